-- Inspections of enterprises that belong to one domain: what the rule INSPECTION_FAILED reads (semantics 5.6).
{{ config(materialized='view') }}

select
    uscc,
    domain_code,
    inspected_on,
    result_group,
    severity_rank,
    task_no,
    submission_id,
    row_id
from {{ ref('int_inspection__latest') }}
where uscc is not null and domain_code is not null
