"""June, July and August of a whole city with all gates on: what the issue says a close must show."""

from __future__ import annotations

import json
import re
from collections import Counter

import duckdb
import pytest

from ingest.contract_model import load_contracts
from ingest.seeds import seed_rows
from orchestration import demo
from tests.integration.conftest import ENTERPRISES, City

MONTHS = ("2025-06", "2025-07", "2025-08")

ID_NUMBER = re.compile(r"33[0-9]{4}(19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx]")

FOUND = """
    with marks as (
        select submission_id, row_id, coalesce(column_name, '') as column_name, kind from quality.findings
        where row_id is not null and rule_id not in ('X-SHRINK', 'X-GATE')
        union all
        select _submission_id, _row_id, mark.column_name, mark.kind
        from (select _submission_id, _row_id, unnest(normalisations) as mark from batches)
    )
    select
        case when s.channel = 'gateway' then 'gateway:' || s.gateway_name
            else s.department_code || '/' || s.period || '/' || b._source_file end as file,
        b._sheet as sheet,
        case when s.channel = 'gateway' then b._record_id else cast(b._row_number as varchar) end as row_number,
        marks.column_name, marks.kind, b.row_state
    from marks
    inner join quality.submissions as s using (submission_id)
    inner join batches as b on b._submission_id = marks.submission_id and b._row_id = marks.row_id
"""


def found_in(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, ...], str]:
    """Returns (file, sheet, row, column, kind) of everything found, with the state of the row."""
    return {row[:5]: row[5] for row in con.execute(FOUND).fetchall()}


def test_three_months_are_closed_and_clean(city: City) -> None:
    assert [(r.period, r.state, r.is_final) for r in city.results] == [(m, "closed", True) for m in MONTHS]
    assert [r.problems for r in city.results] == [(), (), ()]
    assert (city.home / "published" / "current").resolve() == city.results[-1].release.resolve()


def test_planted_faults_equal_found_faults(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    found = found_in(ledger)
    assert city.manifest.keys() - found.keys() == set(), "planted, not found"
    assert found.keys() - city.manifest.keys() == set(), "found, not planted"


def test_planted_rows_are_in_the_state_they_deserve(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    found = found_in(ledger)
    wrong = [(f.key, f.expected_state, found[f.key]) for f in city.manifest.faults if found[f.key] != f.expected_state]
    assert wrong == []


def test_every_row_rule_has_a_planted_fault_that_only_it_finds(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    """Switching off any one rule would leave a planted fault without its finding."""
    by_rule = Counter(
        rule for (rule,) in ledger.execute("select rule_id from quality.findings where row_id is not null").fetchall()
    )
    wanted = {r.kind for c in load_contracts().values() for r in c.rules if r.scope in ("cell", "row")}
    found = {r.kind for c in load_contracts().values() for r in c.rules if by_rule[r.rule_id]}
    assert wanted - found == set()


def test_rows_received_are_accepted_or_quarantined(ledger: duckdb.DuckDBPyConnection) -> None:
    torn = ledger.execute(
        """
        select v.submission_id from quality.submission_verdicts as v
        left join (select _submission_id as submission_id, count(*) as n from batches group by all) as b
            using (submission_id)
        left join (select submission_id, count(*) as n from quality.quarantine group by all) as q using (submission_id)
        where v.cause = 'judged' and (v.rows_received <> v.rows_accepted + v.rows_quarantined
            or v.rows_received <> coalesce(b.n, 0) or v.rows_quarantined <> coalesce(q.n, 0))
        """
    ).fetchall()
    assert torn == []


def test_rows_received_are_the_rows_that_were_written(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    received = {
        (f"{department}/{period}/{name}"): rows
        for department, period, name, rows in ledger.execute(
            "select coalesce(s.department_code, ''), coalesce(s.period, ''), s.source_name, v.rows_received "
            "from quality.submissions as s inner join quality.submission_verdicts as v using (submission_id) "
            "where s.channel = 'drop' and v.cause = 'judged'"
        ).fetchall()
    }
    readable = {d.submission: d.rows for d in city.manifest.drops if d.role != "faulty"}
    assert {name: received.get(name) for name in readable} == readable


def test_bad_files_are_refused_with_a_message_and_the_bytes_are_kept(
    city: City, ledger: duckdb.DuckDBPyConnection
) -> None:
    bad = {d.submission: set(d.batch_rules) for d in city.manifest.drops if d.rejected}
    assert bad
    for department, period, name, verdict, rules, member in ledger.execute(
        """
        select
            coalesce(s.department_code, a.sender_folder), coalesce(s.period, a.period_folder), s.source_name, v.verdict,
            list(distinct f.rule_id), any_value(m.sha256)
        from quality.submissions as s
        inner join quality.arrivals as a using (arrival_id)
        inner join quality.submission_verdicts as v on v.submission_id = s.submission_id and v.cause = 'judged'
        inner join quality.arrival_members as m using (arrival_id)
        left join quality.findings as f on f.submission_id = s.submission_id
        where v.verdict = 'rejected' group by all
        """
    ).fetchall():
        submission = f"{department}/{period}/{name}"
        assert submission in bad, f"refused though it is not bad: {submission} {rules}"
        assert bad.pop(submission) <= set(rules)
        assert (city.settings.archive / member[:2] / member).is_file(), verdict
    assert bad == {}


def test_silent_department_stands_with_zeros_and_nulls(city: City) -> None:
    assert city.manifest.silent
    for month in MONTHS:
        with city.release(month) as con:
            for department in city.manifest.silent:
                row = con.execute(
                    "select reported_feed_count, submitted_rows, accepted_rows, conformity_rate, timeliness_rate, "
                    "collection_rate, due_feed_count > 0 from marts.coverage_department_period "
                    "where period = ? and department_code = ?",
                    [month, department],
                ).fetchone()
                assert row == (0, 0, 0, None, None, 0.0, True)
            domains = con.execute(
                "select domain_code, submitted_rows, conformity_rate from marts.coverage_domain_period "
                "where period = ? and department_code in (select unnest(?))",
                [month, city.manifest.silent],
            ).fetchall()
            assert domains
            assert {r[1:] for r in domains} == {(0, None)}


def test_silent_department_is_named_in_the_notice(city: City) -> None:
    from docx import Document

    names = {d["department_code"]: d["department_name"] for d in seed_rows("departments", "huzhou", None)}
    for result in city.results:
        (notice,) = (result.release / "notice").glob("*.docx")
        document = Document(str(notice))
        text = "\n".join(p.text for p in document.paragraphs)
        cells = {c.text.strip("*") for t in document.tables for row in t.rows for c in row.cells}
        for department in city.manifest.silent:
            assert names[department] in text
            assert names[department] in cells


def test_all_departments_and_domains_are_in_every_month(city: City) -> None:
    with city.release("2025-08") as con:
        assert con.execute(
            "select period, count(distinct department_code) from marts.coverage_department_period group by 1 order by 1"
        ).fetchall() == [(m, 26) for m in MONTHS]
        assert con.execute(
            "select period, count(distinct domain_code) from marts.coverage_domain_period group by 1 order by 1"
        ).fetchall() == [(m, 47) for m in MONTHS]


def test_foreign_rows_are_refused_and_reach_no_mart(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    foreign = [f for f in city.manifest.faults if f.kind == "X-OWNER"]
    assert foreign
    states = found_in(ledger)
    assert {states[f.key] for f in foreign} == {"quarantined"}


def test_almost_empty_list_is_held_and_the_former_one_stands(city: City, ledger: duckdb.DuckDBPyConnection) -> None:
    (held,) = city.manifest.held
    domain, month = str(held["domain"]), str(held["period"])
    before = MONTHS[MONTHS.index(month) - 1]
    states = ledger.execute(
        "select list_state from quality.list_decisions inner join quality.submissions using (submission_id) "
        "where feed = ? and period = ? and domain_code = ?",
        [held["feed"], month, domain],
    ).fetchall()
    assert states == [("held",)]

    def listed(period: str) -> set[str]:
        with city.release(period) as con:
            rows = con.execute("select uscc from marts.positive_list where domain_code = ?", [domain]).fetchall()
            return {uscc for (uscc,) in rows}

    assert len(listed(month)) >= int(str(held["former"])) / 2
    assert listed(month) == listed(before)


def test_vetoed_enterprises_are_on_no_positive_list_and_say_why(city: City) -> None:
    for month in MONTHS:
        with city.release(month) as con:
            vetoed = con.execute(
                "select p.uscc, p.veto_reasons, p.positive_list_domains, l.status, l.reasons "
                "from marts.enterprise_profile as p left join marts.positive_list as l using (uscc) where p.is_vetoed"
            ).fetchall()
            assert vetoed
            for uscc, reasons, domains, status, list_reasons in vetoed:
                assert reasons, uscc
                assert not domains, uscc
                assert status in (None, "vetoed"), uscc
                assert status is None or set(reasons) <= set(list_reasons), uscc
            assert con.execute(
                "select count(*) from marts.positive_list where status = 'vetoed' and len(reasons) = 0"
            ).fetchone() == (0,)


def test_no_enterprise_is_in_the_profile_twice(city: City) -> None:
    with city.release("2025-08") as con:
        assert con.execute("select count(*) - count(distinct uscc) from marts.enterprise_profile").fetchone() == (0,)


def test_stock_of_serious_dishonesty_is_carried_from_close_to_close(city: City) -> None:
    stocks: dict[str, int] = {}
    for month in MONTHS:
        with city.release(month) as con:
            rows = con.execute(
                "select period, sum(stock), sum(inflow), sum(outflow) from marts.dishonesty_dynamics group by period"
            ).fetchall()
        found = {period: (int(stock), int(inflow), int(outflow)) for period, stock, inflow, outflow in rows}
        assert sorted(found) == [m for m in MONTHS if m <= month]
        stock, inflow, outflow = found[month]
        assert stock == (stocks[max(stocks)] if stocks else 0) + inflow - outflow
        assert stock > 0
        assert {period: figures[0] for period, figures in found.items() if period in stocks} == stocks
        stocks[month] = stock


def test_city_has_something_to_watch(city: City) -> None:
    with city.release("2025-08") as con:
        kinds = con.execute("select distinct warning_type, level from marts.risk_warnings").fetchall()
        assert {kind for kind, _ in kinds} == {"multi_licence_address", "multi_firm_person", "untraceable"}
        assert con.execute("select count(*) > 0 from marts.grade_conflicts").fetchone() == (True,)
        assert con.execute(
            "select sum(warning_count) = (select count(*) from marts.risk_warnings) from marts.enterprise_profile"
        ).fetchone() == (True,)
        states = {row[0] for row in con.execute("select distinct state from marts.repair_reminders").fetchall()}
        assert states >= {"in_min_period", "eligible", "decided_approved", "auto_expired", "closed"}


def test_every_promised_mart_is_published_with_its_columns(city: City) -> None:
    """design.md 7; the marts of this issue."""
    promised = {
        "enterprise_profile": "uscc, enterprise_name, district_code, registration_status, public_credit_grade, "
        "public_credit_score, public_credit_evaluated_on, evaluated_domain_count, best_tier, worst_tier, is_vetoed, "
        "veto_reasons, is_seriously_dishonest, positive_list_domains, inspection_count_12m, "
        "onsite_inspection_count_ytd, violation_count_12m, last_inspected_on, warning_count, as_of",
        "enterprise_domain_profile": "uscc, domain_code, grade, scale_id, tier, score, evaluated_on, "
        "evaluation_valid_to, on_positive_list, inspection_measure, sampling_rate, measure_basis",
        "positive_list": "domain_code, uscc, enterprise_name, published_on, status, reasons",
        "positive_list_changes": "domain_code, uscc, changed_on, change, reason_code, submission_id",
        "serious_dishonesty": "domain_code, uscc, published_on, listing_reason, status, ended_on",
        "repair_reminders": "domain_code, uscc, severity_class, earliest_end_on, latest_end_on, state, next_action, "
        "due_on",
        "dishonesty_dynamics": "period, domain_code, district_code, stock, inflow, outflow",
        "grade_conflicts": "uscc, domain_code_a, tier_a, domain_code_b, tier_b, gap",
        "risk_warnings": "warning_type, subject_key, uscc, raised_on, evidence_count",
        "inspections": "task_no, uscc, inspected_on, inspection_form, inspection_method, result_group, is_onsite, "
        "on_positive_list_at_inspection",
        "inspection_tasks": "task_no, lead_department, joint_departments, sampled_subject_count, "
        "delivered_subject_count, is_reconciled",
        "coverage_domain_period": "period, domain_code, department_code, due_feed_count, reported_feed_count, "
        "collection_rate, submitted_rows, accepted_rows, conformity_rate, timeliness_rate, completeness_rate, "
        "accuracy_rate, evaluated_subject_count, regulated_subject_count, evaluation_coverage_rate, "
        "positive_list_count, vetoed_count",
        "coverage_department_period": "period, department_code, score, rank, previous_rank, due_feed_count, "
        "reported_feed_count, collection_rate, submitted_rows, accepted_rows, conformity_rate, timeliness_rate, "
        "completeness_rate, accuracy_rate",
        "coverage_programme_period": "period, reporting_department_count, due_department_count, "
        "reporting_domain_count, due_domain_count, submitted_rows, accepted_rows",
        "submissions": "submission_id, department_code, feed, period, received_at, due_at, is_timely, verdict, "
        "rows_received, rows_accepted, rows_quarantined, sha256",
        "findings": "submission_id, row_number, column_name, rule_id, severity, reason",
        "unresolved_records": "feed, submission_id, row_number, name, code_shown, candidates",
    }
    with city.release("2025-08") as con:
        for mart, columns in promised.items():
            con.execute(f"select {columns} from marts.{mart} limit 1")
        bare = con.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
        ).fetchall()
        assert bare == []


def test_no_id_number_leaves_the_raw_zone(city: City) -> None:
    """Every ID number that the gateway delivered, looked for in everything that is published or sent back."""
    numbers = set()
    for path in (city.home / "gateway").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            values = record.get("record", record).values()
            numbers |= {v.upper() for v in values if isinstance(v, str) and ID_NUMBER.fullmatch(v)}
    assert len(numbers) > 100
    con = duckdb.connect()
    for result in city.results:
        for parquet in (result.release / "parquet").glob("*.parquet"):
            rows = con.execute(f"select cast(columns(*) as varchar) from read_parquet('{parquet}')").fetchall()
            assert not numbers & {str(v).upper() for row in rows for v in row}
    outbox = "".join(p.read_text(encoding="utf-8") for p in (city.home / "outbox").rglob("receipt.json")).upper()
    assert not [n for n in numbers if n in outbox]


def test_second_run_changes_nothing_and_says_so(city: City) -> None:
    def state() -> dict[str, int]:
        return {
            str(p.relative_to(city.home)): p.stat().st_mtime_ns
            for folder in ("published", "outbox", "archive", "inbox")
            for p in (city.home / folder).rglob("*")
            if p.is_file()
        }

    before = state()
    outcome = demo.run_demo(city.settings, enterprises=ENTERPRISES, seed=7)
    assert [r.state for r in outcome.results] == ["unchanged"] * 3
    assert state() == before


@pytest.mark.parametrize("month", MONTHS)
def test_every_submission_has_a_receipt_with_the_hash_of_what_was_received(
    city: City, ledger: duckdb.DuckDBPyConnection, month: str
) -> None:
    for submission, department, sha256 in ledger.execute(
        "select submission_id, department_code, sha256 from quality.submissions where period = ?", [month]
    ).fetchall():
        folder = city.settings.outbox / (department or "_unknown") / submission
        receipt = json.loads((folder / "receipt.json").read_text(encoding="utf-8"))
        assert sha256 in json.dumps(receipt)
        assert (folder / "回执.xlsx").is_file()
