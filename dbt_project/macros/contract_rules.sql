{#- Generated from ingest/contracts by `python -m ingest.contract_render`; edit the contracts instead. -#}

{#- Returns the ids of rules by what the contracts say of them. -#}
{% macro contract_rules() -%}
    {{ return({
        'closing': {
            'withdraw': ['X-OWNER'],
            'nothing': ['X-REPEAT', 'X-ZEROROW'],
            'confirm': ['X-SHRINK'],
        },
        'subject': {
            'person': ['X-PERSON'],
            'nobody': ['X-ZEROROW'],
        },
        'key': {
            'evaluation_results': ['evaluation_results.evaluated_on.required', 'evaluation_results.evaluated_on.type', 'X-FUTURE'],
            'serious_dishonesty_list': ['serious_dishonesty_list.published_on.required', 'serious_dishonesty_list.published_on.type', 'X-FUTURE'],
            'inspection_results': ['inspection_results.inspected_on.required', 'inspection_results.inspected_on.type', 'inspection_results.task_no.required', 'inspection_results.inspecting_authority_code.required', 'X-FUTURE'],
            'inspection_tasks': ['inspection_tasks.task_no.required'],
            'credit_repair': ['credit_repair.listed_on.required', 'credit_repair.listed_on.type'],
            'public_credit_evaluation': ['public_credit_evaluation.evaluated_on.required', 'public_credit_evaluation.evaluated_on.type', 'X-FUTURE'],
        },
    }) }}
{%- endmacro %}
