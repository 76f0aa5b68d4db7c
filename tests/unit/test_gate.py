"""The gate as a whole on rows written by hand: identity, normalisations, lists, zero reports, what is stored."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.errors import FeedError
from ingest.normalise import person_hash
from ingest.raw_schema import raw_schema
from quality import conservation, store
from quality.confirm import confirm
from quality.identity import retry_identity
from tests.conftest import PERSON_KEY
from tests.unit.judging import CONTRACTS, FIRM, GOOD, PERSON, REGISTRY, SHOP, Bench, Row, problem


def registry(bench: Bench, *rows: Row, **more: object) -> None:
    bench.send("enterprise_registry", rows or REGISTRY, department="market_regulation", **more)


def entry(i: int, domain: str = "企业环保领域") -> Row:
    """Returns a list entry about the i-th enterprise; its code is well formed, its check character is not looked at."""
    return {
        "domain_name": domain,
        "enterprise_name": f"湖州第{i}家企业",
        "uscc": f"91330502MATEX{i:05d}",
        "published_on": "2025-06-20",
    }


IDENTITIES: list[tuple[Row, str | None, str]] = [
    ({}, FIRM, "uscc"),
    ({"uscc": "统一社会信用代码：91330502matext01xa（1/1）"}, FIRM, "uscc"),
    ({"uscc": "52330500MJTEXT999X"}, "52330500MJTEXT999X", "uscc"),  # unknown to the registry, and its check fails
    ({"uscc": "MATEXT01X"}, FIRM, "organisation_code"),
    ({"uscc": "330500000012346"}, FIRM, "registration_no"),
    ({"uscc": None}, FIRM, "name"),
    ({"uscc": "MATEXT01X", "enterprise_name": "湖州吴兴某某商行"}, FIRM, "organisation_code"),  # the number comes first
    ({"uscc": None, "enterprise_name": "湖州旧名有限公司"}, None, "unresolved"),  # a former name is not enough
    ({"uscc": None, "enterprise_name": "德清同名专业合作社"}, None, "unresolved"),
    ({"uscc": None, "enterprise_name": "甲*丙丁有限公司"}, None, "unresolved"),
    ({"uscc": PERSON}, None, "unresolved"),
]


def test_identity_is_found_in_the_order_of_the_rules(bench: Bench) -> None:
    registry(bench)
    arrived = [bench.land("evaluation_results", [GOOD["evaluation_results"] | row]) for row, _, _ in IDENTITIES]
    bench.judge("evaluation_results", arrived)
    got = [bench.raw(a.submission_id, "resolved_uscc, match_method")[0] for a in arrived]
    assert got == [(uscc, method) for _, uscc, method in IDENTITIES]


def test_natural_persons_are_counted_and_never_resolved(bench: Bench) -> None:
    registry(bench)
    row = GOOD["inspection_results"] | {
        "counterpart_category": "个人",
        "counterpart_code": PERSON,
        "counterpart_name": "张三丰",
        "legal_representative_id_number": "110105491231002",
    }
    judged = bench.send("inspection_results", [row])
    hashed = person_hash(PERSON, PERSON_KEY)
    assert bench.raw(
        judged.submission_id,
        "counterpart_code, counterpart_code__text, counterpart_person_key, resolved_uscc, "
        "match_method, legal_representative_person_key, row_state",
    ) == [(None, f"person:{hashed}", hashed, None, "natural_person", hashed, "accepted")]  # 15 digits are upgraded
    assert {"column_name": "legal_representative_id_number", "kind": "ID15"} in bench.raw(
        judged.submission_id, "normalisations"
    )[0][0]


def test_id_numbers_leave_the_gate_as_hashes_only(bench: Bench) -> None:
    judged = bench.send(
        "evaluation_results", [GOOD["evaluation_results"] | {"uscc": PERSON, "grade": "Z"}, GOOD["evaluation_results"]]
    )
    everything = repr([bench.query(f"select * from quality.{t}") for t in ("findings", "quarantine", "measures")])
    everything += repr(bench.raw(judged.submission_id, "*"))
    assert PERSON not in everything
    assert f"person:{person_hash(PERSON, PERSON_KEY)}" in everything


def test_registry_counts_only_what_arrived_before_with_a_period_up_to_the_own(bench: Bench) -> None:
    late = datetime(2025, 7, 20)
    first = bench.land("evaluation_results", [GOOD["evaluation_results"] | {"uscc": None}], at=datetime(2025, 7, 5))
    registry(bench, at=late)  # judged first, received later
    after = bench.land("evaluation_results", [GOOD["evaluation_results"] | {"uscc": None}], at=datetime(2025, 7, 21))
    registry(
        bench,
        {"enterprise_name": "湖州八月有限公司", "uscc": SHOP, "registration_status": "存续"},
        period="2025-08",
        at=datetime(2025, 7, 22),
    )
    future = bench.land(
        "evaluation_results",
        [GOOD["evaluation_results"] | {"uscc": None, "enterprise_name": "湖州八月有限公司"}],
        at=datetime(2025, 7, 23),
    )
    bench.judge("evaluation_results", [first, after, future])
    assert [bench.raw(a.submission_id, "match_method")[0][0] for a in (first, after, future)] == [
        "unresolved",
        "name",
        "unresolved",
    ]


def test_withdrawn_and_renamed_enterprises_are_not_found_by_their_old_name(bench: Bench) -> None:
    registry(bench)
    registry(bench, REGISTRY[0] | {"enterprise_name": "湖州新名有限公司"}, {"uscc": SHOP, "_op": "delete"})
    rows = [
        GOOD["evaluation_results"] | {"uscc": None, "enterprise_name": n}
        for n in ("湖州甲乙丙丁有限公司", "湖州新名有限公司", "湖州吴兴某某商行")
    ]
    judged = bench.send("evaluation_results", rows)
    assert bench.raw(judged.submission_id, "match_method") == [("unresolved",), ("name",), ("unresolved",)]


NORMALISED: list[tuple[Row, set[tuple[str, str]]]] = [
    ({}, set()),
    ({"uscc": "９１３３０５０２ＭＡＴＥＸＴ０１ＸＡ"}, {("uscc", "WIDTH")}),
    ({"uscc": "'91330502MATEXT01XA"}, {("uscc", "APOS")}),
    ({"uscc": "91330502MATEXT01-XA"}, {("uscc", "HYPHEN")}),
    ({"score": "暂无"}, {("score", "PLACE")}),
    ({"evaluated_on": "2025/6/20"}, {("evaluated_on", "DATE_FORM")}),
    ({"evaluated_on": "45828"}, {("evaluated_on", "DATE_SERIAL")}),
    ({"valid_to": "9999-12-31"}, {("valid_to", "SENTINEL")}),
    ({"grade": "A级"}, {("grade", "ALIAS")}),
    ({"grade": "Ａ"}, {("grade", "WIDTH")}),
    ({"enterprise_name": "湖州甲乙丙丁有限公司\u200b"}, {("enterprise_name", "INVIS")}),
    ({"operation": "更新"}, {("operation", "ALIAS")}),
]


def test_normalisations_are_counted_and_are_no_findings(bench: Bench) -> None:
    arrived = [bench.land("evaluation_results", [GOOD["evaluation_results"] | row]) for row, _ in NORMALISED]
    judged = bench.judge("evaluation_results", arrived)
    assert {j.verdict.name for j in judged} == {"accepted"}
    for a, (_, expected) in zip(arrived, NORMALISED, strict=True):
        assert {(n["column_name"], n["kind"]) for n in bench.raw(a.submission_id, "normalisations")[0][0]} == expected


def test_one_pass_gives_what_single_passes_give(bench: Bench) -> None:
    registry(bench)
    rows = [
        [GOOD["evaluation_results"] | row, GOOD["evaluation_results"] | {"grade": "Q"}] for row, _ in NORMALISED[:4]
    ]
    together = bench.judge("evaluation_results", [bench.land("evaluation_results", r) for r in rows])
    single = [bench.send("evaluation_results", r) for r in rows]

    def told(submission: str) -> list[object]:
        return [
            bench.raw(submission, "* exclude (_submission_id, _received_at)"),
            bench.query(
                "select * exclude (submission_id) from quality.findings where submission_id = $1 order by all",
                submission,
            ),
            bench.query(
                "select * exclude (submission_id) from quality.measures where submission_id = $1 order by all",
                submission,
            ),
        ]

    for a, b in zip(together, single, strict=True):
        assert a.verdict == b.verdict
        assert told(a.submission_id) == told(b.submission_id)


def test_clerk_is_told_the_scale_by_its_title(bench: Bench) -> None:
    judged = bench.send("evaluation_results", [GOOD["evaluation_results"] | {"grade": "特优"}])
    ((remedy,),) = bench.query(
        "select remedy from quality.findings where submission_id = $1 and kind = 'scale'", judged.submission_id
    )
    title = bench.query("select any_value(scale_name) from seed_grade_scales where scale_id = 'env_zj'")[0][0]
    assert f"{title}：A、B、C、D、E" in remedy
    assert "env_zj" not in remedy


@pytest.mark.parametrize(
    ("grade", "standard", "domain", "expected"),
    [
        ("AAA", None, "交通运输领域", ("AAA", "road_tran", "A")),  # known to one of two bound standards
        ("A", None, "交通运输领域", ("A", None, None)),  # both know it and disagree about the tier
        ("A", "公路施工企业信用评价", "交通运输领域", None),  # title as the seed has it, see below
        ("A", "hwy_cons", "交通运输领域", ("A", "hwy_cons", "A")),
        ("M", None, "纳税缴费领域", ("M", "tax5", "B")),
    ],
)
def test_grades_are_read_with_their_scale(
    bench: Bench, grade: str, standard: str | None, domain: str, expected: tuple[str, str | None, str | None] | None
) -> None:
    if expected is None:
        standard = bench.query("select any_value(scale_name) from seed_grade_scales where scale_id = 'hwy_cons'")[0][0]
        expected = ("A", "hwy_cons", "A")
    sender = {"交通运输领域": "transport_bureau", "纳税缴费领域": "tax_bureau"}[domain]
    row = GOOD["evaluation_results"] | {"evaluation_name": domain, "grade": grade, "evaluation_standard": standard}
    judged = bench.send("evaluation_results", [row], department=sender)
    assert bench.raw(judged.submission_id, "grade, scale_id, tier") == [expected]


def test_required_cells_are_counted_where_they_apply(bench: Bench) -> None:
    good = GOOD["inspection_results"]
    person = good | {"counterpart_category": "自然人", "counterpart_code": PERSON, "legal_representative_name": None}
    rows = [good, person, good | {"task_no": "无"}, dict.fromkeys(good) | {"_op": "delete", "_record": "x"}]
    judged = bench.send("inspection_results", rows)
    assert bench.raw(judged.submission_id, "required_cells, required_filled") == [(14, 14), (13, 13), (14, 13), (0, 0)]


def test_shrunken_domain_is_held_and_the_other_domain_goes_on(bench: Bench) -> None:
    transport = [entry(i, "交通运输领域") for i in range(3)]
    first = bench.send("positive_list", [entry(i) for i in range(12)])
    second = bench.send(
        "positive_list",
        [entry(i) for i in range(5)] + [entry(i, "社会环境监测机构") for i in range(3)],
        period="2025-07",
    )
    assert (first.verdict.name, second.verdict.name) == (
        "accepted_with_remarks",
        "accepted_with_remarks",
    )  # check characters
    assert bench.lists(second.submission_id) == {"enterprise_environment": "held", "env_monitoring_agency": "in_force"}
    assert bench.query(
        "select subject_count, former_subject_count from quality.submission_domains where submission_id = $1 "
        "order by domain_code",
        second.submission_id,
    ) == [(5, 12), (3, None)]
    assert (
        bench.raw(second.submission_id, "row_state, list_contains(rule_ids, 'X-SHRINK')")
        == [("quarantined", True)] * 5 + [("accepted", False)] * 3
    )
    assert bench.query("select count(*), any_value(row_id) from quality.findings where rule_id = 'X-SHRINK'") == [
        (1, None)
    ]
    third = bench.send(
        "positive_list", [entry(i) for i in range(5)], period="2025-08"
    )  # still compared with the twelve
    assert (third.verdict.name, bench.lists(third.submission_id)) == ("rejected", {"enterprise_environment": "held"})
    foreign = bench.send("positive_list", transport, period="2025-08")
    assert (foreign.verdict.name, bench.lists(foreign.submission_id)) == ("rejected", {})


def test_rows_in_error_count_as_present(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(10)])
    faulty = [entry(i) | ({"published_on": "近期"} if i else {}) for i in range(5)]
    judged = bench.send("positive_list", faulty, period="2025-07")
    assert bench.lists(judged.submission_id) == {"enterprise_environment": "in_force"}
    assert judged.verdict.rows_accepted == 1


def test_a_late_list_of_an_earlier_month_is_compared_with_its_own_past(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)], period="2025-07")
    early = bench.send("positive_list", [entry(0)], period="2025-06")  # the July list is not of its time
    assert bench.lists(early.submission_id) == {"enterprise_environment": "in_force"}


def test_zero_report_of_a_named_domain(bench: Bench) -> None:
    for former, name in ((9, "accepted"), (10, "rejected")):
        bench.reset()
        bench.send("positive_list", [entry(i) for i in range(former)])
        zero = bench.judge("positive_list", [bench.land("positive_list", [], zero="企业环保领域", period="2025-07")])[0]
        assert zero.verdict.name == name
        assert bench.query(
            "select rows_received from quality.submission_verdicts where submission_id = $1", zero.submission_id
        ) == [(0,)]
        assert bench.query(
            "select is_zero_report, subject_count, former_subject_count from quality.submission_domains "
            "where submission_id = $1",
            zero.submission_id,
        ) == [(True, 0, former)]


@pytest.mark.parametrize(
    ("feed", "department", "zero", "rule"),
    [
        ("positive_list", "statistics_bureau", "", None),  # one domain: only headers are enough
        ("positive_list", "market_regulation", "", "X-ZERO"),  # which of seven?
        ("positive_list", "statistics_bureau", "统计领域", None),
        ("positive_list", "statistics_bureau", "测绘行业", "X-OWNER"),
        ("positive_list", "statistics_bureau", "幼儿园领域", "X-DOMAIN"),
        ("evaluation_results", "statistics_bureau", "", None),
        ("inspection_tasks", "statistics_bureau", "", "X-EMPTY"),  # a feed without domains knows no zero report
    ],
)
def test_zero_reports_need_a_domain_of_the_sender(
    bench: Bench, feed: str, department: str, zero: str, rule: str | None
) -> None:
    judged = bench.judge(feed, [bench.land(feed, [], department=department, zero=zero)])[0]
    assert judged.verdict.reject_rule == rule
    told = bench.query("select rule_id, reason, remedy from quality.findings")
    assert [t[0] for t in told] == ([rule] if rule else [])
    assert all("{" not in text for t in told for text in t[1:])


def test_problem_of_the_file_is_told_in_chinese(bench: Bench) -> None:
    wrong = problem("X-HEADER", sheet="数据", expected="列入原因", found="企业名称", available="企业名称、备注")
    judged = bench.judge("serious_dishonesty_list", [bench.land("serious_dishonesty_list", [], problems=[wrong])])[0]
    assert (judged.verdict.name, judged.verdict.reject_rule) == ("rejected", "X-HEADER")
    assert bench.query("select reason from quality.findings") == [
        ("“数据”缺少必需的表头：列入原因。已认出的表头：企业名称。文件中的表头：企业名称、备注。",)
    ]
    unknown = bench.judge(
        "positive_list", [bench.land("positive_list", [entry(1)], problems=[problem("X-COLUMN", value="电话")])]
    )[0]
    assert unknown.verdict.name == "accepted_with_remarks"


def test_rejected_submission_has_all_rows_in_quarantine(bench: Bench) -> None:
    rows = [GOOD["evaluation_results"]] + [
        GOOD["evaluation_results"] | {"grade": "Z", "evaluated_on": f"2025-06-0{i}"} for i in range(1, 6)
    ]
    judged = bench.send("evaluation_results", rows)
    assert judged.verdict.reject_rule == "X-GATE"
    assert bench.query("select row_id, rule_ids from quality.quarantine order by 1")[:2] == [
        (1, ["X-GATE"]),
        (2, ["evaluation_results.grade.scale", "X-GATE"]),
    ]
    assert conservation.check(bench.con, bench.settings) == []


def test_conservation_finds_a_lost_and_a_doubled_row(bench: Bench) -> None:
    judged = bench.send("positive_list", [entry(1), entry(2) | {"published_on": "近期"}])
    assert conservation.check(bench.con, bench.settings) == []
    bench.con.execute("delete from quality.quarantine")
    assert [v.what for v in conservation.check(bench.con, bench.settings)] == ["rows in quarantine"]
    (bench.settings.raw_batches / "positive_list" / f"{judged.submission_id}.parquet").unlink()
    assert {v.what for v in conservation.check(bench.con, bench.settings)} >= {"rows of the raw batch"}


def test_a_pass_killed_before_its_transaction_gives_the_same_result(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived = bench.land("positive_list", [entry(1), entry(1), entry(2) | {"published_on": "近期"}])
    with monkeypatch.context() as broken:
        broken.setattr(store, "_insert_findings", lambda *a: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            bench.judge("positive_list", [arrived])
    assert bench.query("select count(*) from quality.submission_verdicts") == [(0,)]
    file = bench.settings.raw_batches / "positive_list" / f"{arrived.submission_id}.parquet"
    before = file.read_bytes()
    bench.judge("positive_list", [arrived])
    assert file.read_bytes() == before
    assert conservation.check(bench.con, bench.settings) == []


def test_raw_batch_is_the_same_in_a_large_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    same = "同'一\"句{0}、[1]%s;--"  # all rows say it: of many rows it is written in another way
    rows = [entry(i) | {"remarks": same} for i in (3, 1, 2)]
    small, large = bench.land("positive_list", rows), bench.land("positive_list", rows)
    bench.judge("positive_list", [small])
    monkeypatch.setattr(store, "MANY_ROWS", 0)
    bench.judge("positive_list", [large])
    first, second = (bench.raw(a.submission_id, "* exclude (_submission_id, _received_at)") for a in (small, large))
    assert first == second
    assert bench.raw(large.submission_id, "remarks__text, remarks, _row_id, _submission_id, row_state") == [
        (same, same, i, large.submission_id, "accepted") for i in (1, 2, 3)
    ]
    file = bench.settings.raw_batches / "positive_list" / f"{large.submission_id}.parquet"
    types = bench.query(f"describe from read_parquet('{file}')")
    assert [(name, kind) for name, kind, *_ in types] == raw_schema(CONTRACTS["positive_list"])


def test_confirmation_puts_the_held_list_in_force_from_then_on(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)])
    held = bench.send(
        "positive_list", [entry(0), entry(1), entry(2) | {"published_on": "近期"}, entry(0)], period="2025-07"
    )
    at = datetime(2025, 8, 5)
    done = confirm(bench.con, bench.settings, held.submission_id, "王某", "企业确已退出", at=at)
    assert (done.domains, done.rows_released) == (("enterprise_environment",), 2)  # the faulty row and the repeat stay
    assert bench.states(held.submission_id) == ["accepted", "accepted", "quarantined", "quarantined"]
    assert bench.verdict(held.submission_id) == "accepted_with_remarks"
    assert bench.query(
        "select decided_at, decided_by, reason, rows_received, rows_accepted from quality.submission_verdicts "
        "where cause = 'confirmed'"
    ) == [(at, "王某", "企业确已退出", 4, 0)]
    following = bench.send(
        "positive_list", [entry(0)], period="2025-08", at=datetime(2025, 9, 1)
    )  # compared with the three
    assert bench.lists(following.submission_id) == {"enterprise_environment": "in_force"}
    with pytest.raises(FeedError, match="no list of this submission is held"):
        confirm(bench.con, bench.settings, held.submission_id, "王某", "再次")


@pytest.mark.parametrize(
    ("submission", "by", "reason"), [("none", "王某", "因为"), (None, " ", "因为"), (None, "王某", "")]
)
def test_confirmation_needs_a_held_submission_a_name_and_a_reason(
    bench: Bench, submission: str | None, by: str, reason: str
) -> None:
    known = bench.send("positive_list", [entry(1)]).submission_id
    with pytest.raises(FeedError):
        confirm(bench.con, bench.settings, submission or known, by, reason)


def test_rows_without_identity_are_tried_again_at_the_close(bench: Bench) -> None:
    nameless = GOOD["evaluation_results"] | {"uscc": None}
    rows = [
        nameless,  # found by name later
        nameless | {"uscc": "MATEXT01-X", "evaluated_on": "2025-06-02"},  # by its old number
        nameless | {"enterprise_name": "湖州旧名有限公司", "evaluated_on": "2025-06-03"},  # former names do not count
        nameless | {"grade": "Z", "evaluated_on": "2025-06-04"},  # has another fault
        GOOD["evaluation_results"] | {"evaluated_on": "2025-06-05"},  # accepted at once
        nameless | {"evaluated_on": "2025-06-05"},  # its key is taken
    ]
    rows += [
        GOOD["evaluation_results"] | {"evaluated_on": f"2025-06-1{i}"} for i in (1, 2)
    ]  # keep the share of errors low
    first = bench.send("evaluation_results", rows)
    rejected = bench.send("evaluation_results", [nameless | {"evaluated_on": "2025-06-09"}])
    registry(bench, at=datetime(2025, 7, 10))
    as_of = datetime(2025, 7, 14)
    assert retry_identity(bench.con, bench.settings, "2025-06", datetime(2025, 7, 9)) == 0  # not known yet
    assert retry_identity(bench.con, bench.settings, "2025-06", as_of) == 2
    assert bench.states(first.submission_id) == [
        "accepted",
        "accepted",
        "quarantined",
        "quarantined",
        "accepted",
        "quarantined",
        "accepted",
        "accepted",
    ]
    assert bench.states(rejected.submission_id) == ["quarantined"]
    assert bench.query(
        "select row_id, uscc, match_method, decided_at, cause from quality.row_decisions order by 1"
    ) == [(1, FIRM, "name", as_of, "identity"), (2, FIRM, "organisation_code", as_of, "identity")]
    assert retry_identity(bench.con, bench.settings, "2025-06", as_of) == 0  # a second close changes nothing
    assert bench.verdict(first.submission_id) == "accepted_with_remarks"


def test_rows_of_a_held_list_are_not_tried_again(bench: Bench) -> None:
    bench.send("positive_list", [entry(i) for i in range(12)])
    held = bench.send(
        "positive_list",
        [entry(0), GOOD["positive_list"] | {"uscc": None}, *[entry(i, "社会环境监测机构") for i in range(3)]],
        period="2025-07",
    )
    registry(bench, period="2025-07")
    assert retry_identity(bench.con, bench.settings, "2025-07", datetime(2025, 8, 14)) == 0
    assert bench.states(held.submission_id)[:2] == ["quarantined", "quarantined"]


def test_id_numbers_are_masked_in_whatever_cell_they_stand(bench: Bench) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in PERSON)
    rows = [
        GOOD["evaluation_results"] | {"score": f"见{PERSON}。"},
        GOOD["evaluation_results"] | {"score": wide, "evaluated_on": "2025-06-01"},
        GOOD["evaluation_results"] | {"uscc": "110105194912310021", "evaluated_on": "2025-06-02"},  # mistyped
        GOOD["evaluation_results"] | {"score": "九十五", "evaluated_on": "2025-06-03"},
    ]
    bench.send("evaluation_results", rows)
    shown = bench.query("select value_shown, reason from quality.findings where row_id is not null order by row_id")
    assert [value for value, _ in shown] == ["见******。", "******", "******", "九十五"]
    assert not any("1949" in reason or "１９４９" in reason for _, reason in shown)
