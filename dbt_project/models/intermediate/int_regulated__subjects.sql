{{ config(materialized='table') }}

{{ list_history('regulated_subjects', 'stg_regulated_subjects__subjects', ['uscc'], history=false) }}
