"""Returns the city's subjects as DuckDB tables: ``ent`` (one row per subject) and ``member`` (domain x subject).

Set-based, so that 10 million subjects cost what DuckDB needs to write them. Every attribute is cut from an MD5 of
(seed, purpose, index): the same seed gives the same city, whatever the number of threads.

Layout of the index i of a subject: 0..RESERVE-1 reserve (registered, in no domain: faults are planted on these, so
that no fault meets another), then the kinds in blocks, at ``size`` the unregistered ones, then the newly registered.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

from ingest.synthetic import watch, words
from ingest.synthetic.identifiers import USCC_ALPHABET, macros, org_check, uscc_check
from ingest.synthetic.policy import PUBLIC_SCALE, Policy, first_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

RESERVE = 320  # registered subjects outside every domain, for planted faults
ALL_DIGITS = 24  # of these, with codes of digits only: what Excel turns into numbers (domain.md 4 SCI)
BRACKETED = (24, 48)  # of these, with brackets in the name (domain.md 4, one bracket form)
LISTED = (48, 84)  # of these, on a dishonesty list all the time, so that a planted repair finds its listing
UNREGISTERED = 160  # subjects that no register knows
SMALLEST = 1000  # subjects; below, domains would be too small to hold lists
DOMAIN_FLOOR = 60  # members of the smallest domain, so that its positive list has 15 names

# Shares of subjects by domain (assumed: large fields of supervision); others DEFAULT_SHARE.
SHARES = {
    "tax": 0.22,
    "work_safety": 0.12,
    "fire_safety": 0.08,
    "enterprise_environment": 0.06,
    "product_quality": 0.06,
    "transport": 0.05,
    "agri_product_quality": 0.04,
    "construction": 0.03,
}
DEFAULT_SHARE = 0.013
POOLS = {
    "legal_service": ("law", "law"),
    "elderly_care": ("npo", "npo"),
    "private_hospital": ("npo", "npo"),
    "medins_hospital": ("npo", "inst"),
    "agri_product_quality": ("firm", "coop"),
    "tax": ("firm", "shop"),
    "medins_pharmacy": ("firm", "shop"),
    "domestic_service": ("firm", "shop"),
    "fire_safety": ("firm", "shop"),
}

# Cumulative shares of 1000 by number of grades, best first. Four: Guangdong 2017 (13.9/73.7/10.0/2.5 %), domain.md 5.2;
# public credit: Zhejiang 2018 (2.3/76.4/20.0/1.3 %), its last share split for the assumed fifth grade. Rest assumed.
SPREAD = {
    2: (900, 1000),
    3: (200, 930, 1000),
    4: (139, 876, 975, 1000),
    5: (100, 500, 860, 972, 1000),
    6: (50, 120, 250, 820, 960, 1000),
    7: (80, 400, 800, 900, 940, 980, 1000),
}
PUBLIC_SPREAD = (23, 787, 987, 994, 1000)


class CityError(ValueError):
    """The city cannot be built as asked."""


@dataclass(frozen=True)
class Layout:
    """Where the blocks of subjects begin and end."""

    size: int  # subjects in the first register
    blocks: dict[str, tuple[int, int]]  # kind of subject -> index range
    growth: int  # newly registered per later month
    months: int

    @property
    def first_new(self) -> int:
        """Index of the first subject registered after the first month."""
        return self.size + UNREGISTERED

    @property
    def total(self) -> int:
        """All subjects, registered or not."""
        return self.first_new + self.growth * (self.months - 1)


def lay_out(size: int, months: int) -> Layout:
    """Returns the layout of a city of that size.

    Raises:
        CityError: the city is too small.
    """
    if size < SMALLEST:
        raise CityError(f"a city needs at least {SMALLEST} enterprises, got {size}: domains would be too small")
    counts = {
        "law": max(70, size * 14 // 1000),
        "npo": max(70, size * 16 // 1000),
        "inst": max(60, size // 100),
        "other": max(12, size * 3 // 1000),
    }
    rest = size - RESERVE - sum(counts.values())
    counts |= {"coop": max(30, rest * 25 // 1000), "shop": rest * 34 // 100}
    counts["firm"] = rest - counts["coop"] - counts["shop"]
    start, blocks = RESERVE, {}
    for kind in ("law", "npo", "inst", "other", "firm", "coop", "shop"):
        blocks[kind] = (start, start + counts[kind])
        start += counts[kind]
    return Layout(size, blocks, max(12, size // 400), months)


def all_digit_codes() -> list[tuple[int, str]]:
    """Returns (index, code) of the subjects whose code has digits only; blocks of zeros mark them as made up."""
    found: list[tuple[int, str]] = []
    sequence = 0
    while len(found) < ALL_DIGITS:
        sequence += 1
        body = f"0000{sequence:04d}"
        organisation = body + org_check(body)
        code = "91330500" + organisation
        cut = code[:15] + "00"  # as Excel leaves it, before its last 0: must not pass for a code by accident
        if (organisation + uscc_check(code)).isdigit() and uscc_check(cut) != "0":
            found.append((len(found), code + uscc_check(code)))
    return found


def spread(scale_id: str, size: int) -> tuple[int, ...]:
    """Returns the cumulative shares of 1000 of a scale's grades, best first."""
    if scale_id == PUBLIC_SCALE:
        return PUBLIC_SPREAD
    if size not in SPREAD:
        raise CityError(f"no distribution for a scale of {size} grades ({scale_id}); known sizes: {sorted(SPREAD)}")
    return SPREAD[size]


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Inserts rows in one statement, column by column."""
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        con.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(columns))}", columns)


def _lookup(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    con.execute(f"create or replace table {name} ({columns})")
    insert(con, name, rows)


def _strings(texts: Sequence[str]) -> str:
    return "[" + ", ".join(f"'{t}'" for t in texts) + "]"


def prepare(con: duckdb.DuckDBPyConnection, policy: Policy, layout: Layout, seed: int, months: Sequence[str]) -> None:
    """Creates the macros and the small tables ``scale, pick, dom, period``."""
    con.execute(macros())
    con.execute(
        f"create or replace macro h(purpose, a) as (md5_number_lower('{seed}|' || purpose || '|' || a) >> 1)::bigint"
    )
    con.execute(
        f"create or replace macro h2(purpose, a, b) as "
        f"(md5_number_lower('{seed}|' || purpose || '|' || a || '|' || b) >> 1)::bigint"
    )
    scales = sorted({s for d in policy.domains for s in d.scales} | {PUBLIC_SCALE})
    grades, picks = [], []
    for scale_id in scales:
        scale = policy.scale(scale_id)
        grades += [(scale_id, g.scale_name, g.rank, g.grade, g.tier, g.score_min, g.score_max) for g in scale]
        cumulative = spread(scale_id, len(scale))
        ranks = [g.rank for g in scale]
        picks += [(scale_id, b, ranks[next(k for k, c in enumerate(cumulative) if b < c)]) for b in range(1000)]
    _lookup(
        con,
        "scale",
        "scale_id varchar, scale_name varchar, rank integer, grade varchar, tier varchar, "
        "score_min double, score_max double",
        grades,
    )
    _lookup(con, "pick", "scale_id varchar, bucket integer, rank integer", picks)
    _lookup(
        con,
        "period",
        "m integer, period varchar, starts date",
        [(m, period, first_day(period)) for m, period in enumerate(months)],
    )
    order = {code: k for k, (code, _) in enumerate(policy.departments)}
    chance = random.Random(f"{seed}|domains")
    rows = []
    for d in policy.domains:
        first, last = POOLS.get(d.code, ("firm", "firm"))
        lo, hi = layout.blocks[first][0], layout.blocks[last][1]
        pool = hi - lo
        wanted = max(DOMAIN_FLOOR, round(layout.size * SHARES.get(d.code, DEFAULT_SHARE)))
        step = _coprime_to(chance, 1, pool)
        rows.append(
            (
                d.no,
                d.code,
                d.name,
                d.department,
                order[d.department],
                d.scales[0],
                d.scales[-1],
                lo,
                pool,
                min(wanted, pool),
                step,
                chance.randrange(pool),
            )
        )
    _lookup(
        con,
        "dom",
        "no integer, code varchar, name varchar, department varchar, department_order integer, "
        "scale_a varchar, scale_b varchar, lo bigint, pool bigint, n bigint, step bigint, shift bigint",
        rows,
    )


def _coprime_to(chance: random.Random, lowest: int, modulus: int) -> int:
    """Returns a factor that shares no divisor with the modulus: k -> factor * k + shift then hits every rest once."""
    while True:
        factor = chance.randrange(lowest, modulus)
        if gcd(factor, modulus) == 1:
            return factor


def build(con: duckdb.DuckDBPyConnection, layout: Layout, seed: int) -> None:
    """Creates ``ent`` and ``member``."""
    chance = random.Random(f"{seed}|names")
    w = len(words.SYLLABLES)
    modulus = w * w * len(words.TRADES_FIRM) * len(words.TOWNS)
    step = _coprime_to(chance, modulus // 3, modulus)
    codes = 31**5
    code_step = _coprime_to(chance, codes // 3, codes)
    _lookup(con, "digit_code", "i bigint, uscc varchar", all_digit_codes())
    b, roads = layout.blocks, _strings(words.ROADS)
    con.execute(f"""
    create or replace table ent as
    with indexed as (
        select i, h('subject', i) as x, h('more', i) as y,
            (i * {step} + {chance.randrange(modulus)}) % {modulus} as k,
            (i * {code_step} + {chance.randrange(codes)}) % {codes} as v,
            case when i >= {b["law"][0]} and i < {b["law"][1]} then 'law'
                 when i >= {b["npo"][0]} and i < {b["npo"][1]} then 'npo'
                 when i >= {b["inst"][0]} and i < {b["inst"][1]} then 'inst'
                 when i >= {b["other"][0]} and i < {b["other"][1]} then 'other'
                 when i >= {b["coop"][0]} and i < {b["coop"][1]} then 'coop'
                 when i >= {b["shop"][0]} and i < {b["shop"][1]} then 'shop' else 'firm' end as sort
        from range({layout.total}) r(i)
    ), parts as (
        select *,
            {_strings([t[0] for t in words.TOWNS])}[1 + t] as area_code,
            {_strings([t[1] for t in words.TOWNS])}[1 + t] as area_name,
            '湖州' || {_strings([t[2] for t in words.TOWNS])}[1 + t] as town,
            substr('{words.SYLLABLES}', 1 + (k % {w})::integer, 1)
                || substr('{words.SYLLABLES}', 1 + (k // {w} % {w})::integer, 1) as word,
            case sort when 'firm' then {_strings(words.TRADES_FIRM)}[1 + trade]
                when 'shop' then {_strings(words.TRADES_SHOP)}[1 + trade]
                when 'coop' then {_strings(words.TRADES_COOP)}[1 + trade] else '' end as trade_name,
            case sort when 'law' then '31' when 'npo' then '52' when 'inst' then '12' when 'coop' then '93'
                when 'shop' then '92' when 'other' then ['N2', 'A1', 'Y1'][1 + i % 3] else '91' end as prefix,
            '{words.ORG_MARK}' || {
        " || ".join(f"substr('{USCC_ALPHABET}', 1 + (v // {31**p} % 31)::integer, 1)" for p in (4, 3, 2, 1, 0))
    } as org8
        from (select *, (k // {w * w * len(words.TRADES_FIRM)})::integer as t,
                     (k // {w * w} % {len(words.TRADES_FIRM)})::integer as trade from indexed)
    ), organised as (
        select *, org8 || syn_org_check(org8) as org9 from parts
    ), coded as (
        select *, prefix || area_code || org9 as body17, area_code
            || lpad((case sort when 'shop' then 60000000 else 0 end + i)::varchar, 8, '0') as reg14,
            area_code || (1955 + x % 45)::varchar || lpad((1 + (x >> 8) % 12)::varchar, 2, '0')
            || lpad((1 + (x >> 16) % 28)::varchar, 2, '0') || lpad(((x >> 24) % 1000)::varchar, 3, '0') as id17
        from organised
    ), named as (
        select c.*, coalesce(d.uscc, body17 || syn_uscc_check(body17)) as uscc,
            case when i < {RESERVE} or i >= {layout.size} or (sort in ('firm', 'shop') and x % 10 < 6)
                then reg14 || syn_reg_check(reg14) end as registration_no,
            case when i >= {BRACKETED[0]} and i < {BRACKETED[1]} then '湖州（' || substr(town, 3) || '）'
                else town end as place,
            case sort when 'law' then '律师事务所'
                when 'npo' then ['养老院', '护理院', '民办医院', '康复中心'][1 + x % 4]
                when 'inst' then ['社区服务中心', '检测中心', '卫生院'][1 + x % 3] when 'coop' then '专业合作社'
                when 'shop' then ['店', '经营部', '商行'][1 + x % 3]
                when 'other' then ['村股份经济合作社', '保障服务中心', '产业联合会'][1 + i % 3]
                else ['有限公司', '有限公司', '有限公司', '股份有限公司', '有限公司安吉分公司'][1 + (x >> 3) % 5]
                end as form,
            -- Renamed in month 1 or 2 (0.3 % each), ended from month 0..2 on (1.5 %, then 0.4 % each).
            case when i < {RESERVE} or i >= {layout.size} then null when (x >> 32) % 1000 < 3 then 1
                when (x >> 32) % 1000 < 6 then 2 end as renamed_m,
            case when i < {RESERVE} or i >= {layout.size} then null when y % 1000 < 15 then 0
                when y % 1000 < 19 then 1 when y % 1000 < 23 then 2 end as ended_m
        from coded c left join digit_code d using (i)
    )
    select i, sort, x, y, area_code, area_name, uscc, substr(uscc, 9, 9) as organisation_code, registration_no,
        place || word || trade_name || form as first_name,
        place || word || case when renamed_m is null then '' else '鼎' end || trade_name || form as later_name,
        renamed_m, ended_m, ['注销', '注销', '吊销', '撤销', '迁出'][1 + (y >> 10) % 5] as ended_status,
        ['存续', '存续', '在业', '开业'][1 + (y >> 13) % 4] as live_status,
        case when (y >> 16) % 100 < 34 then 'A' when (y >> 16) % 100 < 86 then 'B'
            when (y >> 16) % 100 < 97 then 'C' else 'D' end as credit_risk_class,
        '湖州市' || case area_name when '湖州市' then '' else area_name end
            || {roads}[1 + (x >> 40) % {len(words.ROADS)}] || '路'
            || case when (y >> 24) % 400 = 0 then 88 else 1 + (x >> 45) % 1999 end::varchar || '号'
            as registered_address,
        substr('{words.SURNAMES}', 1 + (x % {len(words.SURNAMES)})::integer, 1)
            || substr('{words.GIVEN}', 1 + ((x >> 6) % {len(words.GIVEN)})::integer, 1)
            || substr('{words.GIVEN}', 1 + ((x >> 12) % {len(words.GIVEN)})::integer, 1) as legal_representative_name,
        id17 || syn_id_check(id17) as legal_representative_id_number,
        date '1998-01-05' + (y % 9600)::integer as established_on,
        case when i < {layout.first_new} then 0 else 1 + (i - {layout.first_new}) // {
        layout.growth
    } end as registered_m,
        i < {layout.size} or i >= {layout.first_new} as is_registered
    from named order by i
    """)
    watch.share(con, b["firm"][0])
    con.execute("""
    create or replace table member as
    with place as (
        select d.*, j, d.lo + (j * d.step + d.shift) % d.pool as i, h2('member', d.no, j) as z
        from dom d, range((select max(n) from dom)) r(j) where j < d.n
    ), listed as (
        select *, (j + no) % 4 = 0 as on_list,
            case when (j + no) % 4 = 0 then 0 when (j + no) % 4 = 1 and z % 30 in (1, 2) then z % 30 end as list_from_m,
            case when (j + no) % 4 = 0 and z % 25 in (1, 2) then z % 25 end as list_to_m,
            case when (z >> 20) % 2 = 0 then scale_a else scale_b end as scale_id
        from place
    )
    select no, code, name as domain_name, department, department_order, j, l.i, z, scale_id,
        scale_a <> scale_b as two_scales, list_from_m, list_to_m,
        case when code in ('river_lake_health', 'private_hospital') then null
            when j in (3, 4) or j % 50 = 7 then case when j > 4 and (z >> 8) % 8 in (1, 2) then (z >> 8) % 8 else 0 end
        end as dishonest_from_m,
        case when (j = 4 or j % 50 = 7) and (z >> 11) % 7 in (1, 2) then (z >> 11) % 7 end as dishonest_to_m,
        (case when on_list and z % 20 > 0 then (z >> 24) % 450 when on_list then 880 + (z >> 24) % 120
            else (z >> 24) % 1000 end)::integer as bucket,
        e.uscc, e.first_name, e.later_name, e.renamed_m, e.sort, e.registered_address,
        e.legal_representative_name, e.legal_representative_id_number
    from listed l join ent e on e.i = l.i
    order by department_order, no, j
    """)
