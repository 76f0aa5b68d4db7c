-- One row per inspection: the last version received of a record, deleted ones left out. A record without an id is
-- known by its content (domain.md 15.4), so the same row sent twice counts once.
with

source as (
    {{ as_known('inspection_results') }}
),

renamed as (
    select
        coalesce(
            _record_id,
            md5(concat_ws(
                '|', counterpart_code, counterpart_person_key, name_norm, task_no, inspected_on,
                inspecting_authority_code, inspection_form, inspection_method, inspection_content,
                array_to_string(inspection_result, ';'), related_document_no
            ))
        ) as inspection_id,
        _record_id as record_id,
        counterpart_name,
        counterpart_category,
        counterpart_code,
        counterpart_person_key,
        legal_representative_name,
        legal_representative_person_key,
        inspection_form,
        inspection_method,
        inspection_content,
        inspection_result,
        related_document_no,
        inspected_on,
        task_no,
        inspecting_authority_name,
        inspecting_authority_code,
        source_unit_name,
        source_unit_code,
        remarks,
        coalesce(_operation, 'upsert') as operation,
        {{ row_provenance() }}
    from source
    where effective_state = 'accepted'
),

final as (
    {{ last_received('renamed', ['inspection_id']) }}
)

select * from final
