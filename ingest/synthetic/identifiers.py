"""Returns check characters of Chinese identifiers, in Python and as DuckDB macros (domain.md 3).

Written from the standards, on purpose apart from the code that validates: two implementations check each other.
"""

from __future__ import annotations

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O Z S V
USCC_WEIGHTS = tuple(pow(3, k, 31) for k in range(17))  # GB 32100-2015
ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # GB 11714-1997
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643
ID_CHECKS = "10X98765432"  # GB 11643, by sum mod 11


def uscc_check(body: str) -> str:
    """Returns the check character of the first 17 characters of a unified social credit code."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(body, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def org_check(body: str) -> str:
    """Returns the check character of the first 8 characters of an organisation code."""
    check = -sum(ORG_ALPHABET.index(c) * w for c, w in zip(body, ORG_WEIGHTS, strict=True)) % 11
    return "X" if check == 10 else str(check)


def registration_check(body: str) -> str:
    """Returns the check digit of the first 14 digits of a registration number (ISO 7064 MOD 11,10)."""
    p = 10
    for digit in body:
        p = (p + int(digit)) % 10 or 10
        p = p * 2 % 11
    return str((11 - p) % 10)


def id_check(body: str) -> str:
    """Returns the check character of the first 17 digits of an ID number."""
    return ID_CHECKS[sum(int(c) * w for c, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def _weighted(alphabet: str, weights: tuple[int, ...]) -> str:
    terms = (f"(strpos('{alphabet}', substr(s, {k}, 1)) - 1) * {w}" for k, w in enumerate(weights, start=1))
    return "(" + " + ".join(terms) + ")"


def macros() -> str:
    """Returns DuckDB macros ``syn_uscc_check, syn_org_check, syn_reg_check, syn_id_check``; pass plain columns."""
    return f"""
    create or replace macro syn_uscc_check(s) as
        substr('{USCC_ALPHABET}', 1 + (31 - {_weighted(USCC_ALPHABET, USCC_WEIGHTS)} % 31) % 31, 1);
    create or replace macro syn_org_check(s) as
        substr('0123456789X', 1 + (11 - {_weighted(ORG_ALPHABET, ORG_WEIGHTS)} % 11) % 11, 1);
    create or replace macro syn_id_check(s) as
        substr('{ID_CHECKS}', 1 + {_weighted("0123456789", ID_WEIGHTS)} % 11, 1);
    create or replace macro syn_reg_check(s) as ((11 - list_reduce(
        list_transform(string_split(s, ''), lambda d: d::integer),
        lambda p, d: (case when (p + d) % 10 = 0 then 10 else (p + d) % 10 end) * 2 % 11, 10)) % 10)::varchar;
    """
