{{ config(materialized='table') }}

{{ list_history('positive_list', 'stg_positive_list__entries', ['uscc'], dated=true) }}
