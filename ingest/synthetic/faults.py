"""Returns the faults that are planted: what is changed in a clean row, and all that it must be found as.

The consequences are written by hand from domain.md 4 and semantics.md 3, not computed: this is the planter's half of
the comparison. Spelling (CASE ... ALIAS) leaves a row accepted; a code that cannot be used leaves it accepted where
the enterprise resolves by old number or by unique name, else quarantined; findings of severity error quarantine it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.synthetic.feeds import FEEDS
from ingest.synthetic.files import Value
from ingest.synthetic.identifiers import USCC_ALPHABET, id_check

Row = dict[str, Value]
Subject = dict[str, str]
ACCEPTED, QUARANTINED = "accepted", "quarantined"
# Whom the row is about: one that the register knows; one it does not; one with a code of digits only; one with
# brackets in its name; one that is registered a month later.
KNOWN, UNKNOWN, DIGITS, BRACKETS, LATER = "known", "unknown", "digits", "brackets", "later"
PLACES = ("无", "/", "-", "null", "undefined", "\\N", "\\n", "暂无", "[]号", "0", "000000000000000000")
EXCEL_EPOCH = date(1899, 12, 30)  # Excel's serial 0 in the system of 1900


@dataclass(frozen=True)
class Fault:
    """One way to make a row wrong."""

    kind: str  # the dirty form or rule that is planted
    found: tuple[tuple[str, str], ...]  # (column, kind): everything it is found as; column '' is the row
    state: str
    edit: Callable[[Row, Subject], None]
    who: str = KNOWN
    only: str = "any"  # any | xlsx (line breaks, numeric cells) | gateway | datashare (that gateway)
    twin: str | None = None  # repeat | duplicate: a second row about the same thing
    scale: str | None = None  # needs a domain with this scale, or with 'A' among its grades
    released: bool = False  # accepted at the close of the next month, when the register knows the enterprise


def unchanged(_row: Row, _subject: Subject) -> None:
    """Leaves the row as it is: the fault is that it stands there twice."""


def put(column: str, make: Callable[[Subject], Value] | Value) -> Callable[[Row, Subject], None]:
    """Returns an edit that puts a value, or one made from the subject, into a column."""

    def edit(row: Row, subject: Subject) -> None:
        row[column] = make(subject) if callable(make) else make

    return edit


def both(*edits: Callable[[Row, Subject], None]) -> Callable[[Row, Subject], None]:
    """Returns an edit that does several, in order."""

    def edit(row: Row, subject: Subject) -> None:
        for one in edits:
            one(row, subject)

    return edit


def alter(column: str, change: Callable[[str], Value]) -> Callable[[Row, Subject], None]:
    """Returns an edit that changes the text of a column."""

    def edit(row: Row, _subject: Subject) -> None:
        row[column] = change(str(row[column]))

    return edit


def rebracketed(old: str, new: str) -> Callable[[str], Value]:
    """Returns a change of one pair of brackets to another."""
    exchanged = str.maketrans(old, new)
    return lambda text: text.translate(exchanged)


def full_width(text: str) -> str:
    """Returns the text in full-width forms."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def person_number(subject: Subject) -> str:
    """Returns a structurally valid ID number that belongs to nobody."""
    body = "330502" + "19700" + str(int(subject["i"]) % 9 + 1) + "15" + f"{int(subject['i']) % 1000:03d}"
    return body + id_check(body)


def next_check(code: str) -> str:
    """Returns the code with another, wrong check character."""
    return code[:-1] + USCC_ALPHABET[(USCC_ALPHABET.index(code[-1]) + 1) % 31]


def spelling(u: str) -> Iterator[Fault]:
    """Returns spellings of a code that are undone without a finding (semantics 3.9)."""
    forms: list[tuple[str, Callable[[str], str], str]] = [
        ("CASE", lambda c: c.lower(), "any"),
        ("CASE", lambda c: c[:17] + c[17:].lower() if c[17:].isalpha() else c[:8] + c[8:].lower(), "any"),
        ("PREFIX", lambda c: "统一社会信用代码：" + c, "any"),
        ("PREFIX", lambda c: "统一社会信用代码:" + c, "any"),
        ("COPYMARK", lambda c: c + "（1/1）", "any"),
        ("COPYMARK", lambda c: c + "(1/1)", "any"),
        ("COPYMARK", lambda c: c + "()", "any"),
        ("WIDTH", full_width, "any"),
        ("WIDTH", lambda c: c[:8] + "\u3000" + c[8:], "any"),
        ("INVIS", lambda c: c[:6] + "\u200b" + c[6:], "any"),
        ("INVIS", lambda c: "\ufeff" + c, "any"),
        ("INVIS", lambda c: c[:9] + "\u00a0" + c[9:], "any"),
        ("INVIS", lambda c: c + "\t", "any"),
        ("INVIS", lambda c: c + "\n", "xlsx"),
        ("INVIS", lambda c: c + "\r\n", "gateway"),
        ("APOS", lambda c: "'" + c, "any"),
        ("APOS", lambda c: f'="{c}"', "any"),
        ("HYPHEN", lambda c: c[:8] + "-" + c[8:], "any"),
        ("HYPHEN", lambda c: f"{c[:2]} {c[2:8]} {c[8:17]} {c[17:]}", "any"),
    ]
    for kind, change, only in forms:
        yield Fault(kind, ((u, kind),), ACCEPTED, alter(u, change), only=only)


def unusable_codes(u: str, n: str) -> Iterator[Fault]:
    """Returns codes that are none, once resolving by old number or name (warning), once not (error)."""
    forms: list[tuple[str, Callable[[Subject], Value], str, str]] = [
        ("OLDORG", lambda s: s["organisation_code"], "any", KNOWN),
        ("OLDREG", lambda s: s["registration_no"], "any", KNOWN),
        ("TAXNO", lambda s: s["area_code"] + s["organisation_code"], "any", KNOWN),
        ("TAXNO", lambda s: s["area_code"] + s["organisation_code"] + "00000", "any", KNOWN),
        ("SCI", lambda _: "9.13305E+17", "any", DIGITS),
        ("SCI", lambda s: s["uscc"][:15] + "000", "any", DIGITS),
        ("SCI", lambda s: float(s["uscc"][:15] + "000"), "xlsx", DIGITS),
        ("LETTER", lambda s: s["uscc"].replace("0", "O", 1), "any", KNOWN),
        ("LETTER", lambda s: s["uscc"][:8] + s["uscc"][8:].replace("M", "S", 1), "any", KNOWN),
        ("MASKED", lambda s: s["uscc"][:6] + "******" + s["uscc"][12:], "any", KNOWN),
        ("MASKED", lambda s: s["uscc"][:6] + "************", "any", KNOWN),
        ("format", lambda s: s["uscc"][:17], "any", KNOWN),
        ("format", lambda s: s["uscc"] + "7", "any", KNOWN),
        ("format", lambda _: "办理中", "any", KNOWN),
    ]
    for kind, make, only, who in forms:
        yield Fault(kind, ((u, kind),), ACCEPTED, put(u, make), who, only)
        if who == KNOWN:
            yield Fault(kind, ((u, kind),), QUARANTINED, put(u, make), UNKNOWN, only)
    yield Fault(
        "OLDORG",
        ((u, "OLDORG"), (u, "HYPHEN")),
        ACCEPTED,
        put(u, lambda s: s["organisation_code"][:8] + "-" + s["organisation_code"][8:]),
    )
    yield Fault("required", ((u, "required"),), ACCEPTED, put(u, None))
    yield Fault("required", ((u, "required"),), QUARANTINED, put(u, None), UNKNOWN)
    for token in PLACES:
        yield Fault("PLACE", ((u, "PLACE"), (u, "required")), ACCEPTED, put(u, token))
    yield Fault("PLACE", ((u, "PLACE"), (u, "required")), QUARANTINED, put(u, "暂无"), UNKNOWN)
    yield Fault("check", ((u, "check"),), ACCEPTED, alter(u, next_check))
    yield Fault("X-PERSON", ((u, "X-PERSON"),), QUARANTINED, put(u, person_number))
    for name in (lambda s: s["name"][:2] + "**" + s["name"][4:], lambda s: s["name"][-3:]):
        yield Fault("NAME*", ((u, "required"), (n, "NAME*")), QUARANTINED, both(put(u, None), put(n, name)))
    yield Fault(
        "NAME*",
        ((u, "MASKED"), (n, "NAME*")),
        QUARANTINED,
        both(put(u, lambda s: s["uscc"][:6] + "************"), put(n, lambda s: s["name"][:4] + "****公司")),
    )


def names(n: str, *, is_required: bool = True) -> Iterator[Fault]:
    """Returns spellings of a name, missing ones, and a name that the register has under another code."""
    yield Fault("WIDTH", ((n, "WIDTH"),), ACCEPTED, alter(n, lambda t: t[:4] + "\u3000" + t[4:]))
    for change in (lambda t: t[:3] + "\u200b" + t[3:], lambda t: t + "\u00a0", lambda t: t[:4] + " " + t[4:]):
        yield Fault("INVIS", ((n, "INVIS"),), ACCEPTED, alter(n, change))
    for brackets in ("()", "【】", "[]", "〔〕"):
        yield Fault("BRACKET", ((n, "BRACKET"),), ACCEPTED, alter(n, rebracketed("（）", brackets)), BRACKETS)
    yield Fault("X-NAME", ((n, "X-NAME"),), ACCEPTED, put(n, lambda s: s["other_name"]))
    if is_required:
        yield Fault("required", ((n, "required"),), QUARANTINED, put(n, None))
        yield Fault("PLACE", ((n, "PLACE"), (n, "required")), QUARANTINED, put(n, "/"))


def domains(d: str) -> Iterator[Fault]:
    """Returns domain names that name no domain, or several, or none at all."""
    yield Fault("X-DOMAIN", ((d, "X-DOMAIN"),), QUARANTINED, put(d, "低空经济领域"))
    yield Fault("X-DOMAIN", ((d, "X-DOMAIN"),), QUARANTINED, put(d, "养老服务机构及家政服务领域"))
    yield Fault("required", ((d, "required"),), QUARANTINED, put(d, None))
    yield Fault("PLACE", ((d, "PLACE"), (d, "required")), QUARANTINED, put(d, "暂无"))
    yield Fault("INVIS", ((d, "INVIS"),), ACCEPTED, alter(d, lambda t: t[:2] + "\u200b" + t[2:]))


def reform(column: str, make: Callable[[date], Value]) -> Callable[[Row, Subject], None]:
    """Returns an edit that writes a column's date in another way."""

    def edit(row: Row, _subject: Subject) -> None:
        value = row[column]
        row[column] = make(value if isinstance(value, date) else date.fromisoformat(str(value)))

    return edit


def date_forms(c: str) -> Iterator[Fault]:
    """Returns readable dates in other writings than ISO."""
    forms: tuple[Callable[[date], Value], ...] = (
        lambda v: f"{v:%Y%m%d}",
        lambda v: f"{v.year}-{v.month}-{v.day}",
        lambda v: f"{v.year}/{v.month}/{v.day}",
        lambda v: f"{v.year}-{v.month}-{v.day} 0:00:00",
        lambda v: f"{v.year}年{v.month}月{v.day}日",
    )
    for make in forms:
        yield Fault("DATE_FORM", ((c, "DATE_FORM"),), ACCEPTED, reform(c, make))


def dates(
    c: str, *, is_required: bool = True, not_after_receipt: bool = True, has_month: bool = True
) -> Iterator[Fault]:
    """Returns dates in other writings, unreadable ones, missing ones, future ones."""
    yield from date_forms(c)
    yield Fault("DATE_SERIAL", ((c, "DATE_SERIAL"),), ACCEPTED, reform(c, lambda v: str((v - EXCEL_EPOCH).days)))
    yield Fault(
        "DATE_SERIAL", ((c, "DATE_SERIAL"),), ACCEPTED, reform(c, lambda v: (v - EXCEL_EPOCH).days), only="xlsx"
    )
    yield Fault("type", ((c, "type"),), QUARANTINED, put(c, "上半年"))
    yield Fault("type", ((c, "type"),), QUARANTINED, reform(c, lambda v: f"{v.year}-02-30"))
    sentinels = ("9999-12-31", "2099-12-31", "9999-9-9", "1900-1-1 0:00:00")
    if is_required:
        yield Fault("required", ((c, "required"),), QUARANTINED, put(c, None))
        yield Fault("PLACE", ((c, "PLACE"), (c, "required")), QUARANTINED, put(c, "/"))
        for text in sentinels:
            yield Fault("SENTINEL", ((c, "SENTINEL"), (c, "required")), QUARANTINED, put(c, text))
    else:
        yield Fault("PLACE", ((c, "PLACE"),), ACCEPTED, put(c, "无"))
        for text in sentinels:
            yield Fault("SENTINEL", ((c, "SENTINEL"),), ACCEPTED, put(c, text))
    if has_month:
        yield Fault("DATE_MONTH", ((c, "DATE_MONTH"),), ACCEPTED, reform(c, lambda v: f"{v:%Y%m}"))
        yield Fault("DATE_MONTH", ((c, "DATE_MONTH"),), ACCEPTED, reform(c, lambda v: f"{v.year}年{v.month}月"))
    if not_after_receipt:
        yield Fault("X-FUTURE", ((c, "X-FUTURE"),), QUARANTINED, reform(c, lambda v: v + timedelta(days=366)))


def required_cells(*columns: str) -> Iterator[Fault]:
    """Returns one blank required cell per column."""
    for c in columns:
        yield Fault("required", ((c, "required"),), QUARANTINED, put(c, None))


def required_here(column: str, edit: Callable[[Row, Subject], None]) -> Fault:
    """Returns a blank cell that is required because of what the row says elsewhere: a remark, the row is used."""
    return Fault("required", ((column, "required"),), ACCEPTED, edit)


def cell(kind: str, column: str, value: Value, *, more: tuple[tuple[str, str], ...] = (), only: str = "any") -> Fault:
    """Returns a fault of one cell with a fixed value.

    Spelling and PLACE leave the row accepted, and so does the form of a number beside the subject's own code: the row
    can be used without it (severity warning).
    """
    harmless = {"PLACE", "WIDTH", "INVIS", "ALIAS", "X-UNIT", "SWAP", "ID15", "BRACKET", "pattern"}
    state = ACCEPTED if kind in harmless and not more else QUARANTINED
    return Fault(kind, ((column, kind), *more), state, put(column, value), only=only)


def twins(change: Callable[[Row, Subject], None]) -> Iterator[Fault]:
    """Returns rows that say the same twice, and rows that contradict each other (semantics 3.3)."""
    yield Fault("X-REPEAT", (("", "X-REPEAT"),), QUARANTINED, unchanged, twin="repeat")
    yield Fault("X-DUPLICATE", (("", "X-DUPLICATE"),), QUARANTINED, change, twin="duplicate")


def one_each(faults: Iterator[Fault]) -> Iterator[Fault]:
    """Returns the first fault of every kind, outcome and reach: enough where lists are short."""
    seen = set()
    for fault in faults:
        key = (fault.kind, fault.found, fault.state)
        if key not in seen:
            seen.add(key)
            yield fault


def code_and_name(feed: str) -> Iterator[Fault]:
    """Returns the faults of a feed's code and name columns."""
    f = FEEDS[feed]
    yield from spelling(f.code_column)
    yield from unusable_codes(f.code_column, f.name_column)
    yield from names(f.name_column)


def zero_row(name: str, *blank: str) -> Fault:
    """Returns a row that says 无 among other rows: no zero report, but a row without anything (semantics 3.7)."""
    found = (("", "X-ZEROROW"), (name, "PLACE"), (name, "required"), *((c, "required") for c in blank))
    return Fault("X-ZEROROW", found, QUARANTINED, both(put(name, "无"), *(put(c, None) for c in blank)))


def operations() -> Iterator[Fault]:
    """Returns operations in other words, and one that is none (semantics 3.5)."""
    yield cell("ALIAS", "operation", "更新")
    yield cell("enum", "operation", "作废")
