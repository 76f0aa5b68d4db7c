{{ config(materialized='table') }}

{{ list_history('serious_dishonesty_list', 'stg_serious_dishonesty_list__listings', ['uscc', 'published_on']) }}
