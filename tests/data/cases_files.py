"""Cases: formats, encodings, dialects, wrong names, archives, and files that hold no table."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.data.biff12 import Error, Formula, xlsb
from tests.data.building import (
    DOMAIN,
    HEADERS,
    ROW1,
    ROW2,
    ROW3,
    TABLE,
    Case,
    gbk_package,
    kept,
    ods,
    package,
    row,
    text,
    xls,
    xlsx,
    xml,
)

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")
DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "bar": "|", "wide_comma": "，"}


def _refused(name: str, data: bytes, end: str = "xlsx", batch: str = "X-READ", **more: Any) -> Case:
    return Case(name, lambda: data, end, 0, 0, "rejected", batch=batch, **more)


def _quoted(rows: object = TABLE) -> bytes:
    lines = [",".join('"' + str(c).replace('"', '""') + '"' for c in r) for r in TABLE]
    return ("\n".join(lines) + "\n").encode()


def _edited(old: bytes, new: bytes, data: bytes | None = None) -> bytes:
    return (text() if data is None else data).replace(old, new)


def _ole(*streams: str) -> bytes:
    """Returns the beginning of an OLE container that names the streams."""
    names = b"".join(s.encode("utf-16-le").ljust(64, b"\0") + b"\0" * 64 for s in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + names.ljust(2048, b"\0")


FORMATS = [
    *(
        Case(f"csv_{encoding}_{label}", partial(text, TABLE, encoding, delimiter), "csv")
        for encoding in ENCODINGS
        for label, delimiter in DELIMITERS.items()
        if label in ("comma", "tab") or encoding in ("utf-8", "gb18030")
    ),
    Case("csv_cr_only", partial(text, end="\r"), "csv"),
    Case("csv_lf_only", partial(text, end="\n"), "csv"),
    Case("csv_no_last_line_end", lambda: text().rstrip(), "csv"),
    Case("csv_all_quoted", _quoted, "csv"),
    Case("csv_trailing_delimiters", lambda: text([(*r, "", "", "") for r in TABLE]), "csv"),
    Case(
        "csv_line_break_in_cell",
        lambda: text([HEADERS, row(name="湖州甲乙丙丁\n有限公司"), ROW2, ROW3], end="\n"),
        "csv",
        spelled="2:enterprise_name:INVIS",
    ),
    Case("csv_blank_lines_between", lambda: text([HEADERS, [], ROW1, [], [], ROW2, ROW3]), "csv"),
    Case("csv_blank_lines_below", lambda: text() + b"\r\n" * 40, "csv"),
    Case("csv_lines_of_delimiters_below", lambda: text() + b",,,,,,\r\n" * 40, "csv"),
    Case("csv_excel_sep_line", lambda: b"sep=,\r\n" + text(), "csv"),
    Case("csv_two_marks", lambda: "\ufeff".encode() * 2 + text(), "csv"),
    Case(
        "csv_stray_quote",
        lambda: _edited("湖州甲乙丙丁有限公司".encode(), '湖州甲乙"丙丁有限公司'.encode()),
        "csv",
        verdict="accepted_with_remarks",
        found="2:enterprise_name:X-NAME",
    ),
    Case("csv_short_rows", lambda: text([HEADERS, ROW1[:6], ROW2[:6], ROW3]), "csv"),
    Case(
        "csv_long_row",
        lambda: text([HEADERS, (*ROW1, "多出的"), ROW2, ROW3]),
        "csv",
        verdict="accepted_with_remarks",
        batch="X-COLUMN",
    ),
    Case(
        "csv_serial_number_first",
        lambda: text([("序号", *HEADERS), *((i, *r) for i, r in enumerate(TABLE[1:], 1))]),
        "csv",
    ),
    Case(
        "csv_padded_cells",
        lambda: text([[f" {c} " for c in r] for r in TABLE]),
        "csv",
        spelled=" ".join(
            f"{r}:{c}:INVIS"
            for r in (2, 3, 4)
            for c in (
                "evaluation_name",
                "enterprise_name",
                "uscc",
                "evaluated_on",
                "evaluating_department",
                "grade",
                "score",
            )
        ),
    ),
    Case("xlsx_plain", partial(xlsx, TABLE)),
    Case("xls_plain", partial(xls, TABLE), "xls"),
    Case("ods_plain", partial(ods, TABLE), "ods"),
    Case("xml_plain", partial(xml, TABLE, '<?xml version="1.0"?>'), "xml"),
    Case("xml_gb2312", partial(xml, TABLE, '<?xml version="1.0" encoding="gb2312"?>', "gb18030"), "xml"),
    Case("xml_utf16", partial(xml, TABLE, '<?xml version="1.0" encoding="utf-16"?>', "utf-16"), "xml"),
]

SERIAL = 45_828
"""2025-06-20 as Excel counts days."""

XLSB = [
    Case("xlsb_plain", partial(xlsb, TABLE), "xlsb"),
    Case("xlsb_title", partial(xlsb, [["2025年6月评价结果"], [], HEADERS, ROW1, ROW2, ROW3]), "xlsb"),
    Case(
        "xlsb_numbers",
        partial(xlsb, [HEADERS, row(day=SERIAL, score=95), row(ROW2, score=85.5), ROW3]),
        "xlsb",
        spelled="2:evaluated_on:DATE_SERIAL",
    ),
    Case("xlsb_formula_with_value", partial(xlsb, [HEADERS, row(grade=Formula("A")), ROW2, ROW3]), "xlsb"),
    Case("xlsb_two_sheets", partial(xlsb, {"一": [HEADERS, ROW1], "二": [HEADERS, ROW2, ROW3]}), "xlsb"),
    Case("xlsb_named_xlsx", partial(xlsb, [HEADERS, ROW2, ROW1, ROW3]), "xlsx"),
    *(
        Case(f"{end}_error_cell", make, end, 3, 2, "accepted_with_remarks", "2:score:type")
        for end, make in (
            ("xlsb", partial(xlsb, [HEADERS, row(score=Error()), ROW2, ROW3])),
            (
                "xls",
                partial(xls, [HEADERS, row(score=""), ROW2, ROW3], lambda _, s: s.row(1).set_cell_error(6, 0x2A)),
            ),
        )
    ),
    _refused("xlsb_cut_off", xlsb(TABLE)[:-400], "xlsb"),
]

WRONG_NAMES = [
    Case("xlsx_named_xls", partial(xlsx, [HEADERS, ROW2, ROW1, ROW3]), "xls"),
    Case("xlsx_named_csv", partial(xlsx, [HEADERS, ROW3, ROW1, ROW2]), "csv"),
    Case("xlsx_without_extension", partial(xlsx, [HEADERS, ROW3, ROW2, ROW1]), ""),
    Case("xlsx_in_capitals", partial(xlsx, [HEADERS, ROW2, ROW3, ROW1]), "XLSX"),
    Case("xls_named_xlsx", partial(xls, [HEADERS, ROW2, ROW1, ROW3]), "xlsx"),
    Case("csv_named_xls", partial(text, [HEADERS, ROW2, ROW1, ROW3]), "xls"),
    Case("csv_named_xlsx", partial(text, [HEADERS, ROW2, ROW1, ROW3], "gb18030"), "xlsx"),
    Case("tsv_named_csv", partial(text, [HEADERS, ROW2, ROW1, ROW3], "utf-16", "\t"), "csv"),
    Case("gbk_named_json", partial(text, [HEADERS, ROW3, ROW1, ROW2], "gb18030"), "json"),
    Case("xml_named_xlsx", partial(xml, [HEADERS, ROW2, ROW1, ROW3]), "xlsx"),
    Case("xml_named_xls", partial(xml, [HEADERS, ROW3, ROW1, ROW2]), "xls"),
    Case("ods_named_xls", partial(ods, [HEADERS, ROW2, ROW1, ROW3]), "xls"),
    Case("zip_named_xlsx", lambda: package({"一.csv": text()}), "xlsx"),
    # the headers of an evaluation hold all those of a public credit evaluation, under other titles: nobody guesses
    Case(
        "feed_that_headers_leave_open",
        partial(text, [HEADERS, ROW3, ROW2, ROW1]),
        "csv",
        0,
        0,
        "rejected",
        batch="X-FEED",
        title="六月上报",
    ),
]

ARCHIVES = [
    Case("zip_one_csv", lambda: package({"评价.csv": text()}), "zip"),
    Case(
        "zip_names_in_gbk",
        lambda: gbk_package({"环保/评价表.csv": text(), "说明.pdf": b"%PDF-1.7"}),
        "zip",
        verdict="accepted_with_remarks",
        batch="X-SHEET",
    ),
    Case(
        "zip_two_parts",
        lambda: package({"甲.csv": text([HEADERS, ROW1]), "乙.xlsx": xlsx([HEADERS, ROW2, ROW3])}),
        "zip",
    ),
    Case(
        "zip_folders",
        lambda: package({"一/甲.csv": text([HEADERS, ROW1]), "二/甲.csv": text([HEADERS, ROW2])}),
        "zip",
        2,
        2,
    ),
    Case(
        "zip_leftovers",
        lambda: package({"甲.csv": text(), "__MACOSX/._甲.csv": b"x", "~$甲.xlsx": b"x", "Thumbs.db": b"x"}),
        "zip",
    ),
    Case("zip_path_traversal", lambda: package({"../../../甲.csv": text()}), "zip"),
    Case("zip_absolute_path", lambda: package({"/etc/甲.csv": text()}), "zip"),
    Case("zip_windows_path", lambda: package({"C:\\Windows\\甲.csv": text()}), "zip"),
    Case(
        "zip_same_name_twice",
        lambda: package({"甲.csv": text([HEADERS, ROW1]), "./甲.csv": text([HEADERS, ROW2])}),
        "zip",
        2,
        2,
    ),
    _refused("zip_in_zip", package({"内.zip": package({"甲.csv": text()})}), "zip"),
    _refused("zip_empty", package({}), "zip"),
    _refused("zip_only_a_letter", package({"盖章件.pdf": b"%PDF-1.7"}), "zip", "X-SHEET X-READ"),
    _refused("zip_one_member_broken", package({"甲.csv": text(), "乙.xlsx": xlsx()[:900]}), "zip"),
    _refused("zip_truncated", package({"甲.csv": text() * 50})[:90], "zip"),
    _refused(
        "zip_member_without_header",
        package({"甲.csv": text(), "乙.csv": text([HEADERS[:5], ROW1[:5]])}),
        "zip",
        "X-HEADER",
    ),
]

NO_TABLES = [
    _refused("empty_file", b"", "xlsx"),
    _refused("only_blanks", b" \r\n\t\r\n", "csv"),
    _refused("only_zero_bytes", b"\0" * 4000, "xlsx"),
    _refused("html_named_xls", "<html><table><tr><td>企业名称</td></tr></table></html>".encode(), "xls"),
    _refused("html_with_mark", "\ufeff<!DOCTYPE html><html><body>登录已过期</body></html>".encode(), "xls"),
    _refused("pdf_named_xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "xlsx"),
    _refused("picture_named_xls", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "xls"),
    _refused("photo", b"\xff\xd8\xff\xe0\0\x10JFIF", "jpg"),
    _refused("rar", b"Rar!\x1a\x07\x01\0", "zip"),
    _refused("seven_zip", b"7z\xbc\xaf\x27\x1c\0\x04", "zip"),
    _refused("gzip", b"\x1f\x8b\x08\0\0\0\0\0", "csv"),
    _refused("rtf", b"{\\rtf1\\ansi}", "xls"),
    _refused("word_document", package({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}), "xlsx"),
    _refused("json_text", '{"企业名称": "湖州甲乙丙丁有限公司"}'.encode(), "json"),
    _refused("other_xml", b"<?xml version='1.0'?><rss><channel/></rss>", "xml"),
    _refused("random_bytes", bytes(range(256)) * 8, "xls"),
    _refused("word_97", _ole("Root Entry", "WordDocument", "1Table"), "xls"),
    _refused("truncated_xlsx", xlsx()[:3000], "xlsx"),
    _refused("truncated_xls", xls()[:2500], "xls"),
    _refused("truncated_ods", ods()[:700], "ods"),
    _refused("truncated_xml", xml()[:-60], "xml"),
    _refused("truncated_utf16", text(encoding="utf-16")[:-3] + b"\x00\xd8", "csv"),
    _refused("mixed_encodings", text() + text(encoding="gb18030") + b"\xff\xff\x80", "csv"),
    _refused("unbalanced_quotes", text().replace(b"\r\n", b'\r\n"', 2), "csv"),
    _refused("one_column", "企业名称\r\n湖州甲乙丙丁有限公司\r\n".encode(), "csv", "X-HEADER"),
    _refused("xlsx_without_cells", xlsx([]), "xlsx"),
    _refused("letter_as_text", "各单位：\r\n现将有关事项通知如下。\r\n".encode(), "csv", "X-HEADER"),
    _refused("no_feed_known", text([("姓名", "电话"), ("张三", "1")]), "csv", "X-FEED", title="通讯录"),
    _refused("header_missing", text([HEADERS[:5], ROW1[:5]]), "csv", "X-HEADER"),
    _refused(
        "two_feeds_in_the_name",
        text([("姓名", "电话"), ("李四", "2")]),
        "csv",
        "X-FEED",
        title="正面清单和严重失信主体名单",
    ),
    _refused("all_rows_wrong", b"", "csv"),
]
NO_TABLES[-1] = Case(
    "all_rows_wrong",
    lambda: text([HEADERS, *(row(grade=g) for g in ("甲", "乙", "丙", "丁"))]),
    "csv",
    4,
    0,
    "rejected",
    " ".join(f"{r}:grade:scale" for r in (2, 3, 4, 5)),
    batch="X-GATE",
)

PASSWORD_ZH, ARCHIVE_PASSWORD_ZH = "文件有密码", "压缩包有密码"

# TABLE under the password xinyong2025. Salts are drawn at random, so these are kept as they were written once:
# xls (RC4, record FILEPASS) and ods (AES, encryption-data in the manifest) by LibreOffice 7.4; xlsx and xlsb (agile,
# ECMA-376 part of [MS-OFFCRYPTO]) by msoffcrypto-tool 6.1; zip by Info-ZIP 3.0 (ZipCrypto) and pyzipper 0.4 (AES).
_SECRET = {
    "password_xlsx.xlsx": "ac9d19c67fb6b2975d39cd417984812ed49e306dc0dad81f7f7cf82cfa6273e7",
    "password_xlsb.xlsb": "2b6f032aec305a43bd9c16fca0dae131416ed9711fb40c14b1b640898cb228ad",
    "password_xls.xls": "7692edb5a7d7b03d4a2612e720d2a4a96bbc9a1c47e9289e152f307a0b899d89",
    "password_ods.ods": "b506d132cc581f21bbb5c2fc59864e038b0494e87c5d2c86219bb567c7a17508",
    "password_zip_aes.zip": "711e389836cae2a340a0eb921d455839879d325226389341bf15918e34301f2e",
    "password_zip_zipcrypto.zip": "313978b18ac2b1ba1f56a83af260ea1f0ab0f49abc0c0f153397ac4153daa1fc",
}


def _secret(name: str, says: str = PASSWORD_ZH) -> Case:
    stem, _, end = name.partition(".")
    return Case(stem, partial(kept, name, _SECRET[name]), end, 0, 0, "rejected", batch="X-READ", says=says)


def _with_secret() -> bytes:
    name = "password_xlsx.xlsx"
    return package({"甲.csv": text(), "乙.xlsx": kept(name, _SECRET[name])})


PASSWORDS = [
    *(_secret(name) for name in _SECRET if not name.endswith("zip")),
    *(_secret(name, ARCHIVE_PASSWORD_ZH) for name in _SECRET if name.endswith("zip")),
    Case("zip_of_a_password", _with_secret, "zip", 0, 0, "rejected", batch="X-READ", says=PASSWORD_ZH),
]

SENDERS = [
    Case("zero_report_row", lambda: text([HEADERS, (DOMAIN, "无", "", "", "", "", "")]), "csv", 0, 0),
    _refused("zero_report_headers_of_many_domains", text([HEADERS]), "csv", "X-ZERO"),
    Case("zero_report_headers_of_one_domain", lambda: text([HEADERS]), "csv", 0, 0, sender="urban_enforcement"),
    Case("unknown_sender", lambda: text([HEADERS, ROW1]), "csv", 1, 0, "rejected", batch="X-SENDER", sender="烟草局"),
]
