-- The one home of normalisation: what a cell's text means, as DuckDB macros over columns (domain.md 3 and 4).
-- Every macro takes the text as sent and may be called on millions of rows; call them on plain columns, stage by
-- stage, because a macro's argument is copied into its body: `list_transform([value], lambda t: ...)[1]` names a value
-- that is used more than once, or plans would grow to thousands of expressions. `nfkc` and `person_hash` are registered by normalise.py.
-- Vocabulary of spelling kinds (never findings, semantics 3.9): CASE PREFIX COPYMARK WIDTH INVIS APOS HYPHEN BRACKET.

-- Characters that nobody sees: zero width, direction marks, soft hyphen, byte order mark (domain.md 4 INVIS).
create or replace temp macro xy_unseen(x) as
    regexp_replace(x, '[\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]+', '', 'g');

-- Width folded by NFKC; the punctuation of Chinese sentences keeps its form, text goes back to people.
create or replace temp macro xy_fold(x) as
    case
        when regexp_full_match(
            x, '[\x00-\x7F\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}，。、；：？！（）《》“”‘’【】〔〕〈〉—·％～]*'
        ) then x
        else translate(
            nfkc(translate(x, '，；：？！（）％～', chr(57344) || chr(57345) || chr(57346) || chr(57347)
                || chr(57348) || chr(57349) || chr(57350) || chr(57351) || chr(57352))),
            chr(57344) || chr(57345) || chr(57346) || chr(57347)
            || chr(57348) || chr(57349) || chr(57350) || chr(57351) || chr(57352), '，；：？！（）％～'
        )
    end;

-- Text that is read as it stands: no blanks, nothing that xy_fold changes.
create or replace temp macro xy_as_it_stands(x) as
    regexp_full_match(x, '[!-~\x{4E00}-\x{9FFF}，。、；：？！（）《》“”‘’【】〔〕〈〉—·％～]*');

-- Text for reading: width folded, invisibles out, runs of blanks one blank, trimmed; empty is null.
create or replace temp macro xy_text(x) as
    case
        when xy_as_it_stands(x) then nullif(x, '')
        else nullif(trim(regexp_replace(xy_fold(xy_unseen(x)), '[\s\x{00A0}\x{0000}-\x{0020}\x{007F}]+', ' ', 'g')), '')
    end;

-- One form of case, brackets and sentence marks: what xy_key does to a text that stands as it is read.
create or replace temp macro xy_one_form(x) as
    upper(translate(x, '，；：？！（）％～[]【】〔〕〖〗{}〈〉', ',;:?!()%~()()()()()()'));

-- Text for comparing: NFKC, one bracket form (), no blanks, upper case; empty is null. Same as normalise.key in Python.
create or replace temp macro xy_key(x) as
    case
        when regexp_full_match(x, '[0-9A-Z\x{4E00}-\x{9FFF}]+') then x
        when regexp_full_match(x, '[0-9A-Z\x{4E00}-\x{9FFF}（）]+') then replace(replace(x, '（', '('), '）', ')')
        else nullif(xy_one_form(
            regexp_replace(xy_fold(xy_unseen(x)), '[\s\x{00A0}\x{0000}-\x{0020}\x{007F}]+', '', 'g')
        ), '')
    end;

-- Name of an enterprise for comparing.
create or replace temp macro xy_name_norm(x) as xy_key(x);

-- Name for reading: one bracket form （）, which is that of the register, no blanks.
create or replace temp macro xy_name(x) as
    case
        when regexp_full_match(x, '[0-9A-Za-z\x{4E00}-\x{9FFF}（）·]+') then x
        else nullif(translate(
            regexp_replace(xy_fold(xy_unseen(x)), '[\s\x{00A0}\x{0000}-\x{0020}\x{007F}]+', '', 'g'),
            '()[]【】〔〕〖〗{}', '（）（）（）（）（）（）'
        ), '')
    end;

-- Is the text a placeholder for 'empty' (domain.md 4 PLACE)? Tokens: the contract's, any width and case.
create or replace temp macro xy_is_place(x, tokens) as
    coalesce(list_contains(list_transform(tokens, lambda t: translate(upper(t), '[]', '()')), xy_key(x)), false);

-- Text for reading, null for empty and for placeholders.
create or replace temp macro xy_null(x, tokens) as case when xy_is_place(x, tokens) then null else xy_text(x) end;

create or replace temp macro xy_has_invis(x) as
    regexp_matches(x, '[\x{0000}-\x{001F}\x{007F}\x{00A0}\x{00AD}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]|^ | $');

-- Kinds of spelling that xy_text undid.
create or replace temp macro xy_text_kinds(x) as
    case
        when x is null or xy_as_it_stands(x) then []::varchar[]
        else list_filter([
            case when regexp_matches(x, '[\x{3000}\x{FF02}-\x{FF04}\x{FF06}\x{FF07}\x{FF0A}\x{FF0B}\x{FF0D}-\x{FF19}\x{FF1C}-\x{FF1E}\x{FF20}-\x{FF5D}]') then 'WIDTH' end,
            case when xy_has_invis(x) then 'INVIS' end
        ], lambda k: k is not null)
    end;

-- Kinds of spelling that xy_name undid.
create or replace temp macro xy_name_kinds(x) as
    case
        when x is null or regexp_full_match(x, '[0-9A-Za-z\x{4E00}-\x{9FFF}（）·]*') then []::varchar[]
        else list_filter([
            case when regexp_matches(x, '[\x{3000}\x{FF02}-\x{FF04}\x{FF06}\x{FF07}\x{FF0A}\x{FF0B}\x{FF0D}-\x{FF19}\x{FF1C}-\x{FF1E}\x{FF20}-\x{FF3A}\x{FF3C}\x{FF3E}-\x{FF5A}\x{FF5C}]') then 'WIDTH' end,
            case when xy_has_invis(x) or contains(x, ' ') then 'INVIS' end,
            case when regexp_matches(x, '[()\[\]{}【】〔〕〖〗［］｛｝]') then 'BRACKET' end
        ], lambda k: k is not null)
    end;

-- Number of an inspection task: one bracket form 〔〕, no blanks (domain.md 7.1).
create or replace temp macro xy_task_no(x) as translate(xy_key(x), '()', '〔〕');

create or replace temp macro xy_task_no_kinds(x) as
    list_filter([
        case when regexp_matches(x, '[\x{3000}\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}]') then 'WIDTH' end,
        case when xy_has_invis(x) or contains(x, ' ') then 'INVIS' end,
        case when regexp_matches(x, '[()\[\]{}【】（）〖〗［］｛｝]') then 'BRACKET' end
    ], lambda k: k is not null);

-- ---------------------------------------------------------------------------------------------------------------
-- Codes (domain.md 3.1, 3.2; GB 32100-2015, GB 11714-1997, GB 11643)

-- What may stand before a code in its cell (domain.md 4 PREFIX), and the mark of a copied licence behind it.
create or replace temp macro xy_code_prefix() as
    '^[\s\x{3000}]*(统一社会信用代码|社会信用代码|统一信用代码|信用代码|组织机构代码|工商注册号|注册号|营业执照号|纳税人识别号|税号|[Uu][Ss][Cc][Cc])(证号|证|号)?[\s\x{3000}]*[:：]?[\s\x{3000}]*';
create or replace temp macro xy_copy_mark() as
    '[(（][\s\x{3000}]*([0-9０-９]+[\s\x{3000}]*[/／-][\s\x{3000}]*[0-9０-９]+)?[\s\x{3000}]*[)）][\s\x{3000}]*$';

-- Invisibles out and the quotes of a forced text cell off: '913… and ="913…" (domain.md 4 APOS).
create or replace temp macro xy_code_bare(x) as
    regexp_replace(
        trim(regexp_replace(xy_unseen(x), '[\x{00A0}\x{0000}-\x{001F}\x{007F}]+', '', 'g')),
        '^=?[''"‘’“”＇`]+|["''’”＇]+$', '', 'g'
    );

-- The code itself as written, without prefix and copy mark.
create or replace temp macro xy_code_unmarked(bare) as
    regexp_replace(regexp_replace(bare, xy_code_prefix(), ''), xy_copy_mark(), '');
create or replace temp macro xy_code_core(x) as xy_code_unmarked(xy_code_bare(x));

-- Code as compared: 18 characters if it is a USCC; other numbers keep their own length; empty is null.
create or replace temp macro xy_uscc(x) as
    case
        when regexp_full_match(x, '[0-9A-Z]{18}') then x
        when regexp_full_match(x, '[0-9A-TV-Za-tv-z][0-9A-Za-z]{17}') then upper(x)  -- no prefix begins so
        else nullif(upper(regexp_replace(xy_fold(xy_code_core(x)), '[\s\x{2010}-\x{2015}\x{2212}-]+', '', 'g')), '')
    end;

-- Kinds of spelling that xy_uscc undid.
create or replace temp macro xy_uscc_kinds(x) as
    case
        when x is null or regexp_full_match(x, '[0-9A-Z*.+]*') then []::varchar[]
        else list_transform([xy_code_bare(x)], lambda b: list_transform([xy_code_unmarked(b)], lambda c: list_filter([
            case when regexp_matches(c, '[a-z\x{FF41}-\x{FF5A}]') then 'CASE' end,
            case when regexp_matches(b, xy_code_prefix()) then 'PREFIX' end,
            case when regexp_matches(b, xy_copy_mark()) then 'COPYMARK' end,
            case when contains(x, chr(12288)) or regexp_matches(c, '[\x{FF01}-\x{FF5E}]') then 'WIDTH' end,
            case when xy_has_invis(x) then 'INVIS' end,
            case when regexp_matches(trim(x), '^=?[''"‘’“”＇`]') then 'APOS' end,
            case when regexp_matches(trim(c), '[ \x{2010}-\x{2015}\x{2212}\x{FF0D}-]') then 'HYPHEN' end
        ], lambda k: k is not null))[1])[1]
    end;

-- 18 characters of the alphabet of 31 (no I O Z S V). Combinations of department and kind are not enforced.
create or replace temp macro xy_uscc_wellformed(code) as
    regexp_full_match(code, '[0-9A-HJ-NPQRTUWXY]{18}');

-- Does the check character hold (GB 32100-2015)? Null unless well-formed.
create or replace temp macro xy_uscc_check_ok(code) as
    case when xy_uscc_wellformed(code) then uscc_check(code) end;

create or replace temp macro xy_v36(c) as (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1);

-- 9-character organisation code, weights 3,7,9,10,5,8,4,2, check 11 - sum mod 11, 10 is X, 11 is 0 (GB 11714-1997).
create or replace temp macro xy_org_check_ok(code) as
    case when regexp_full_match(code, '[0-9A-Z]{8}[0-9X]') then
        (xy_v36(code[1]) * 3 + xy_v36(code[2]) * 7 + xy_v36(code[3]) * 9 + xy_v36(code[4]) * 10 + xy_v36(code[5]) * 5
        + xy_v36(code[6]) * 8 + xy_v36(code[7]) * 4 + xy_v36(code[8]) * 2
        + case code[9] when 'X' then 10 else xy_v36(code[9]) end) % 11 = 0
    end;

-- 15-digit registration number, ISO 7064 MOD 11,10 (domain.md 3.2).
create or replace temp macro xy_regno_check_ok(code) as
    case when regexp_full_match(code, '[0-9]{15}') then
        list_reduce(
            list_transform(string_split(code[1:14], ''), lambda d: cast(d as integer)),
            lambda p, d: (case when (p + d) % 10 = 0 then 10 else (p + d) % 10 end) * 2 % 11, 10
        ) % 10 = (11 - cast(code[15] as integer)) % 10
    end;

-- Check character of the first 17 digits of an ID number (GB 11643).
create or replace temp macro xy_id_check_char(d) as
    substr('10X98765432', 1 + (
        (ascii(d[1]) - 48) * 7 + (ascii(d[2]) - 48) * 9 + (ascii(d[3]) - 48) * 10 + (ascii(d[4]) - 48) * 5
        + (ascii(d[5]) - 48) * 8 + (ascii(d[6]) - 48) * 4 + (ascii(d[7]) - 48) * 2 + (ascii(d[8]) - 48)
        + (ascii(d[9]) - 48) * 6 + (ascii(d[10]) - 48) * 3 + (ascii(d[11]) - 48) * 7 + (ascii(d[12]) - 48) * 9
        + (ascii(d[13]) - 48) * 10 + (ascii(d[14]) - 48) * 5 + (ascii(d[15]) - 48) * 8 + (ascii(d[16]) - 48) * 4
        + (ascii(d[17]) - 48) * 2) % 11, 1);

-- Texts that mean themselves: reading them changes nothing, no ID number can hide in them (the runs that privacy.py
-- asks for), a code is well-formed and no person's. Most cells are plain; placeholders are for the caller to tell.
create or replace temp macro xy_may_hide(x) as length(x) >= 15 and regexp_matches(x, '[0-9]{14}|[Ee][+]?17');
create or replace temp macro xy_plain_text(x) as
    case when x = '' or not xy_as_it_stands(x) then false else not xy_may_hide(x) end;
create or replace temp macro xy_plain_name(x) as
    case when not regexp_full_match(x, '[0-9A-Z\x{4E00}-\x{9FFF}（）]+') then false else not xy_may_hide(x) end;
create or replace temp macro xy_plain_uscc(x) as
    regexp_full_match(x, '[1-9A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY]{17}') and not regexp_full_match(x, '[0-9]{17}[0-9X]');
create or replace temp macro xy_plain_id(x) as regexp_full_match(x, '[1-9][0-9]{16}[0-9X]');

-- Is it an ID number: 18 characters, a birth date of the 20th or 21st century, check character holds? Null for null.
create or replace temp macro xy_id_ok(code) as
    case
        when code is null then null
        when not regexp_full_match(code, '[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9][0-9]{3}[0-9X]') then false
        when try_strptime(code[7:14], '%Y%m%d') is null then false
        else xy_id_check_char(code) = code[18]
    end;

-- Is it an ID number of the first generation: 15 digits with a birth date?
create or replace temp macro xy_id15_ok(code) as
    regexp_full_match(code, '[1-9][0-9]{5}[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9][0-9]{3}')
    and try_strptime('19' || code[7:12], '%Y%m%d') is not null;

-- Text of a column for old numbers: 15 digits alone are a person's only without the check digit of a registration number.
create or replace temp macro xy_hidden_number(x) as
    case
        when not regexp_full_match(x, '[0-9]{15}') then xy_blotted(x)
        when xy_id15_ok(x) and not xy_regno_check_ok(x) then '******'
        else x
    end;

-- ID number as compared: width folded, no blanks, upper case; 15 digits upgraded (domain.md 4 ID15).
create or replace temp macro xy_id(x) as
    case
        when regexp_full_match(x, '[0-9]{17}[0-9X]') then x
        else list_transform([xy_uscc(x)], lambda c: case when xy_id15_ok(c) then
            list_transform([c[1:6] || '19' || c[7:15]], lambda d: d || xy_id_check_char(d))[1] else c end)[1]
    end;

create or replace temp macro xy_id_kind(x) as
    case
        when regexp_full_match(x, '[0-9]{17}[0-9X]') then null
        when list_transform([xy_uscc(x)], lambda c: xy_id15_ok(c))[1] then 'ID15'
    end;

-- What sort of number a normalised code is: uscc, person, or the dirty form of domain.md 4; null for null.
-- person: an ID number. The caller must look a 'person' up first: a registered code is none (semantics 3.8).
create or replace temp macro xy_code_class(code) as
    case
        when code is null then null
        when contains(code, '*') then 'MASKED'
        when xy_uscc_wellformed(code) then
            case
                when not regexp_full_match(code, '[0-9]{17}[0-9X]') then 'uscc'
                when xy_id_ok(code) and not (xy_uscc_check_ok(code) and regexp_matches(code, '^9[123]')) then 'person'
                when code[16:18] = '000' and not xy_uscc_check_ok(code) then 'SCI'
                else 'uscc'
            end
        when regexp_full_match(code, '[0-9](\.[0-9]+)?E\+?[0-9]{1,2}') then 'SCI'
        when regexp_full_match(code, '[0-9A-Z]{18}') then 'LETTER'
        when regexp_full_match(code, '[0-9A-Z]{8}[0-9X]') then 'OLDORG'
        when regexp_full_match(code, '[0-9]{13,15}') then
            case
                when length(code) = 15 and not xy_regno_check_ok(code) and xy_org_check_ok(code[7:15]) then 'TAXNO'
                else 'OLDREG'
            end
        when regexp_full_match(code, '[0-9]{6}[0-9A-Z]{9}|[0-9]{15}[0-9A-Z]{2}|[0-9A-Z]{20}') then 'TAXNO'
        else 'format'
    end;

-- The code that a misread letter hides (O 0, I 1, Z 2, S 5, V U or Y), if its check character then holds, else null.
-- A proposal only, never made without the name agreeing (domain.md 4 LETTER).
create or replace temp macro xy_uscc_repair(code) as
    case
        when not regexp_full_match(code, '[0-9A-Z]{18}') or xy_uscc_wellformed(code) then null
        when xy_uscc_check_ok(translate(code, 'OIZSV', '0125U')) then translate(code, 'OIZSV', '0125U')
        when xy_uscc_check_ok(translate(code, 'OIZSV', '0125Y')) then translate(code, 'OIZSV', '0125Y')
    end;

-- ---------------------------------------------------------------------------------------------------------------
-- Dates and numbers

-- How a date is written: null ISO (also a native cell, which the reader writes as ISO), DATE_FORM, DATE_SERIAL,
-- DATE_MONTH, SENTINEL, or 'type' if it is none. Years 1900 to 2200; Excel serials 1927 to 2173 (system of 1900).
create or replace temp macro xy_date_kind(x) as
    case
        when x is null then null
        when regexp_full_match(x, '(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}') and x not in ('1900-01-01', '2099-12-31')
            then case when try_cast(x as date) is null then 'type' end
        else list_transform([xy_text(x)], lambda t: xy_date_kind_of(t))[1]
    end;

create or replace temp macro xy_date_kind_of(t) as
    case
        when t is null then null
        when regexp_full_match(t, '9999[-/.年]?[0-9]{1,2}[-/.月]?[0-9]{1,2}日?([ T].*)?|2099[-/.年]?12[-/.月]?31日?([ T].*)?|1900[-/.年]?0?1[-/.月]?0?1日?([ T].*)?|2958465|长期|长期有效|永久|永久有效|无固定期限')
            then 'SENTINEL'
        when regexp_full_match(t, '[0-9]{5}(\.[0-9]+)?')
            then case when try_cast(t as double) between 10000 and 99999 then 'DATE_SERIAL' else 'type' end
        when regexp_full_match(t, '(19|20|21)[0-9]{2}(0[1-9]|1[0-2])|(19|20|21)[0-9]{2}(年(0?[1-9]|1[0-2])月?|[-/](0?[1-9]|1[0-2])|\.(0[1-9]|1[0-2]))')
            then 'DATE_MONTH'
        when xy_date_of(t) is null then 'type'
        when regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?')
            then null
        else 'DATE_FORM'
    end;

-- Date of a text that names a day; null if it does not. An instant with an offset is cut in Asia/Shanghai (UTC+8).
create or replace temp macro xy_date_of(t) as
    case
        when regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})')
            then cast(epoch_ms(epoch_ms(try_cast(t as timestamptz))) + interval 8 hour as date)
        when regexp_full_match(t, '(19|20|21)[0-9]{6}') then cast(try_strptime(t, '%Y%m%d') as date)
        when regexp_full_match(t, '(19|20|21)[0-9]{2} ?([-/.年]) ?[0-9]{1,2} ?([-/.月]) ?[0-9]{1,2}( ?日)?([ T]?[0-9]{1,2}[:时][0-9]{1,2}([:分][0-9]{1,2}(\.[0-9]+)?)?[分秒]?)?')
            then try_cast(
                t[1:4] || '-' || lpad(regexp_extract(t, '^[0-9]{4} ?[-/.年] ?([0-9]{1,2})', 1), 2, '0') || '-'
                || lpad(regexp_extract(t, '^[0-9]{4} ?[-/.年] ?[0-9]{1,2} ?[-/.月] ?([0-9]{1,2})', 1), 2, '0') as date
            )
    end;

-- Typed date; a month is its first day, a sentinel and an unreadable text are null.
create or replace temp macro xy_date(x) as
    case
        when regexp_full_match(x, '(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}') and x not in ('1900-01-01', '2099-12-31')
            then try_cast(x as date)
        when x is null then null
        else list_transform([xy_text(x)], lambda t: xy_date_value(t))[1]
    end;

create or replace temp macro xy_date_value(t) as
    case xy_date_kind_of(t)
        when 'SENTINEL' then null
        when 'type' then null
        when 'DATE_SERIAL' then date '1899-12-30' + cast(floor(try_cast(t as double)) as integer)
        when 'DATE_MONTH' then try_cast(
            t[1:4] || '-' || lpad(regexp_extract(t, '^[0-9]{4}[-/.年]?([0-9]{1,2})', 1), 2, '0') || '-01' as date
        )
        else xy_date_of(t)
    end;

-- Number as written in Chinese offices: thousands marks allowed, no unit; null if it is none.
create or replace temp macro xy_number(x) as
    case
        when regexp_full_match(x, '[0-9]{1,15}(\.[0-9]+)?') then try_cast(x as double)
        else list_transform([xy_key(x)], lambda t: case
            when regexp_full_match(t, '[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?(E[+-]?[0-9]{1,3})?|[+-]?\.[0-9]+')
                then try_cast(replace(t, ',', '') as double)
        end)[1]
    end;

-- Whole number; 12.0 is 12, 12.5 is none.
create or replace temp macro xy_integer(x) as
    case
        when regexp_full_match(x, '[0-9]{1,18}') then try_cast(x as bigint)
        else list_transform([xy_key(x)], lambda t: case
            when regexp_full_match(t, '[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,18})(\.0*)?')
                then try_cast(regexp_replace(replace(t, ',', ''), '\..*$', '') as bigint)
        end)[1]
    end;
