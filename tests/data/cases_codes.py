"""Cases: dirty forms of codes and names, and rows that contradict each other."""

from __future__ import annotations

from typing import Any

from tests.data.building import DOMAIN, HEADERS, ROW1, ROW2, ROW3, Case, row, text
from tests.unit.judging import FIRM, PERSON, SHOP

U = "uscc"


def _code(name_: str, code: str, found: str = "", spelled: str = "", accepted: int = 3, **changes: Any) -> Case:
    return Case(
        name_,
        lambda: text([HEADERS, row(code=code, **changes), ROW2, ROW3]),
        "csv",
        3,
        accepted,
        "accepted_with_remarks" if found else "accepted",
        found,
        spelled,
    )


CODES = [
    _code("code_lower_case", FIRM.lower(), "", f"2:{U}:CASE"),
    _code("code_with_prefix", "统一社会信用代码：" + FIRM, "", f"2:{U}:PREFIX"),
    _code("code_with_copy_mark", FIRM + "（1/1）", "", f"2:{U}:COPYMARK"),
    _code("code_full_width", "".join(chr(ord(c) + 0xFEE0) for c in FIRM), "", f"2:{U}:WIDTH"),
    _code("code_invisible", FIRM[:9] + "\u200b" + FIRM[9:] + "\u00a0", "", f"2:{U}:INVIS"),
    _code("code_apostrophe", "'" + FIRM, "", f"2:{U}:APOS"),
    _code("code_as_forced_text", f'="{FIRM}"', "", f"2:{U}:APOS"),
    _code("code_hyphenated", "91330502-MATEXT01X-A", "", f"2:{U}:HYPHEN"),
    _code("code_old_organisation", "MATEXT01X", f"2:{U}:OLDORG"),
    _code("code_old_registration", "330500000012346", f"2:{U}:OLDREG"),
    _code("code_tax_number", "330502MATEXT01X", f"2:{U}:TAXNO"),
    _code("code_with_letter_o", FIRM.replace("0", "O"), f"2:{U}:LETTER"),
    _code(
        "code_with_letter_o_unknown_name",
        FIRM.replace("0", "O"),
        f"2:{U}:LETTER",
        accepted=2,
        name="湖州查无此企业有限公司",
    ),
    _code("code_masked", "913305******XT01XA", f"2:{U}:MASKED"),
    _code("code_placeholder", "暂无", f"2:{U}:required", f"2:{U}:PLACE"),
    _code("code_missing", "", f"2:{U}:required"),
    _code("code_missing_name_unknown", "", f"2:{U}:required", accepted=2, name="湖州查无此企业有限公司"),
    _code("code_missing_name_ambiguous", "", f"2:{U}:required", accepted=2, name="德清同名专业合作社"),
    _code("code_too_short", "913305", f"2:{U}:format"),
    _code("code_check_character", "91330502MATEXT01X9", f"2:enterprise_name:X-NAME 2:{U}:check".split(" ")[1]),
    _code("code_is_a_person", PERSON, f"2:{U}:X-PERSON", accepted=2),
    _code("code_of_the_army", "A1330500MATEXT011W", f"2:{U}:check", name="某军队单位"),
    _code("code_of_a_village", "N2330522MFTEXT050D", name="安吉某村经济合作社"),
    _code("code_of_an_institution", "123305000000000190", name="湖州某事业单位"),
    _code("name_masked_without_code", "", f"2:{U}:required 2:enterprise_name:NAME*", accepted=2, name="湖州***公司"),
    _code("name_of_another", SHOP, "2:enterprise_name:X-NAME"),
    _code("name_former", FIRM, name="湖州旧名有限公司"),
    _code("name_missing", FIRM, "2:enterprise_name:required", accepted=2, name=""),
    _code("name_bracket_forms", FIRM, "2:enterprise_name:X-NAME", "2:enterprise_name:BRACKET", name="湖州〔甲〕公司厂"),
    Case(
        "row_repeated",
        lambda: text([HEADERS, ROW1, ROW2, ROW1, ROW3]),
        "csv",
        4,
        3,
        "accepted_with_remarks",
        "4::X-REPEAT",
    ),
    Case(
        "row_contradicted",
        lambda: text([HEADERS, ROW1, ROW2, row(grade="D"), ROW3]),
        "csv",
        4,
        2,
        "accepted_with_remarks",
        "2::X-DUPLICATE 4::X-DUPLICATE",
    ),
    Case(
        "row_of_another_department",
        lambda: text([HEADERS, row(domain="产品质量领域"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        "2:evaluation_name:X-OWNER",
    ),
    Case(
        "row_of_no_domain",
        lambda: text([HEADERS, row(domain="全部领域"), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        "2:evaluation_name:X-DOMAIN",
    ),
    Case(
        "row_says_none_among_others",
        lambda: text([HEADERS, (DOMAIN, "无", "", "", "", "", ""), ROW2, ROW3]),
        "csv",
        3,
        2,
        "accepted_with_remarks",
        "2::X-ZEROROW "
        + " ".join(
            f"2:{c}:required" for c in ("enterprise_name", "evaluated_on", "evaluating_department", "grade", "uscc")
        ),
        "2:enterprise_name:PLACE",
    ),
    Case(
        "row_of_another_unit",
        lambda: text([HEADERS, row(unit="市市场监管局"), ROW2, ROW3]),
        "csv",
        3,
        3,
        "accepted_with_remarks",
        "2:evaluating_department:X-UNIT",
    ),
    Case("row_withdrawn", lambda: text([(*HEADERS, "操作"), (*ROW1, ""), (*ROW2, "删除"), (*ROW3, "新增")]), "csv"),
]
