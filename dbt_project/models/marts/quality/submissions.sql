-- Everything that was sent, as known by as_of; former periods too (semantics 1.5).
select
    submission_id,
    department_code,
    feed,
    period,
    channel,
    gateway_name,
    source_name,
    received_at,
    due_at,
    is_timely,
    is_correction,
    corrects_submission_id,
    verdict,
    decided_at,
    rows_received,
    rows_accepted,
    rows_quarantined,
    contract_version,
    sha256
from {{ ref('int_submission__known') }}
