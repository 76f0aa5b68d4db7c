-- Macros of the gate. Spelling and meaning of values are in ingest/normalise.sql; these serve its already clean columns.

-- ID number of a code that xy_uscc has normalised: 15 digits upgraded (xy_id without normalising five times over).
create or replace temp macro xq_id_of(code) as
    case
        when xy_id15_ok(code) then code[1:6] || '19' || code[7:15] || xy_id_check_char(code[1:6] || '19' || code[7:15])
        else code
    end;

-- Is it a date in ISO form that needs no reading? Those that stand for 'no end' are read like the others.
create or replace temp macro xq_is_iso(t) as
    regexp_full_match(t, '(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}') and t not in ('1900-01-01', '2099-12-31');

-- How a clean date is written (xy_date_kind without cleaning again).
create or replace temp macro xq_date_form(t) as
    case
        when t is null then null
        when xq_is_iso(t) then case when try_cast(t as date) is null then 'type' end
        else xy_date_kind_of(t)
    end;

-- Date of a clean text (xy_date without cleaning again).
create or replace temp macro xq_date(t) as
    case when t is null then null when xq_is_iso(t) then try_cast(t as date) else xy_date_value(t) end;

-- What of a value a clerk may see in a finding (design.md 10, domain.md 13). Values are cut at 60 characters.
-- An ID number is recognised by its shape, whatever cell it stands in.
create or replace temp macro xq_shown(x) as left(xy_blotted(x), 60);
create or replace temp macro xq_shown_number(x) as left(xy_hidden_number(x), 60);

-- Name of a natural person: the first character stays.
create or replace temp macro xq_person(x) as case when x is null then null else left(trim(x), 1) || '**' end;
