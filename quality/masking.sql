-- What of a value a clerk may see in a finding (design.md 10, domain.md 13). Values are cut at 60 characters.
-- An ID number is recognised by its shape, whatever cell it stands in.
create or replace temp macro xq_shown(x) as
    regexp_replace(
        left(x, 60),
        '[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])[0-9]{3}[0-9Xx]', '******', 'g'
    );

-- Name of a natural person: the first character stays.
create or replace temp macro xq_person(x) as case when x is null then null else left(trim(x), 1) || '**' end;
