{#- What the rules that hold a row back say of it; the contracts are the one home (contract_rules.sql is generated). -#}

{#- Returns a condition: does any of the rules wait for that, and not for a correction: nothing, withdraw, confirm? -#}
{% macro waits_for(rule_ids, closing) -%}
    list_has_any({{ rule_ids }}, {{ contract_rules()['closing'][closing] }})
{%- endmacro %}

{#- Returns a condition: is the row, by any of the rules, about that and no enterprise: person, nobody? -#}
{% macro is_about(rule_ids, subject) -%}
    list_has_any({{ rule_ids }}, {{ contract_rules()['subject'][subject] }})
{%- endmacro %}

{#- Returns a condition: does any of the rules say that a part of the feed's business key, beside subject and domain, is
    wrong, so that it cannot tell which row is meant? -#}
{% macro has_wrong_key(rule_ids, feed) -%}
    case {{ feed }}
        {%- for name, wrong in contract_rules()['key'].items() %}
        when '{{ name }}' then list_has_any({{ rule_ids }}, {{ wrong }})
        {%- endfor %}
        else false
    end
{%- endmacro %}
