"""Two implementations check each other: our set-based rules and the native expectations of Great Expectations.

The same dirty rows go through the gate and, read anew in plain Python, into a pandas batch; for every rule that has a
native twin (not null, set, pattern, length, range, type) both must name the same rows. Rules about owners, codes,
grades, repeats and other feeds have none: their contracts say so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ingest.contract_model import Column, Rule
from ingest.normalise import key
from quality.rules import row_rules
from tests.conftest import settings_for
from tests.unit.judging import CONTRACTS, GOOD, REGISTRY, SENDER, Bench, opened
from tests.unit.test_rules import CASES

NO_TWIN = {"month", "format", "check", "masked", "swap", "scale"}
"""Kinds of cell rules without a native twin: they need the registry, the seeds, or arithmetic on characters."""

DATES = ("%Y-%m-%d", "%Y年%m月%d日", "%Y/%m/%d", "%Y%m%d")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("agreement")
    with opened(settings_for(home), home) as found:
        found.send("enterprise_registry", REGISTRY, department="market_regulation", period="2025-05")
        yield found


def folded(text: str | None) -> str | None:
    """Returns the text in NFKC without invisible characters, None for nothing."""
    if text is None:
        return None
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text.replace("\u200b", ""))).strip()
    return plain or None


def cell(c: Column, tokens: tuple[str, ...], text: str | None) -> str | None:
    """Returns the cell's text, None where it says nothing."""
    plain = folded(text)
    nothing = {key(t) for t in tokens if not (c.kind in ("number", "integer") and t.isdigit())}
    if plain is None or key(plain) in nothing:
        return None
    if c.kind == "date" and plain.startswith(("9999", "2099-12-31", "1900-1-1", "1900-01-01")):
        return None
    return plain


def as_date(text: str) -> int | str:
    """Returns the day as a number, or the text itself if it names none."""
    if re.fullmatch(r"\d{5}", text):
        return (date(1899, 12, 30) + timedelta(days=int(text))).toordinal()
    if match := re.fullmatch(r"(\d{4})-?(\d{2})", text):
        return date(int(match[1]), int(match[2]), 1).toordinal()
    for form in DATES:
        try:
            return datetime.strptime(text, form).date().toordinal()
        except ValueError:
            continue
    return text


def as_number(text: str, whole: bool) -> float | str:
    """Returns the number, or the text itself if it is none."""
    try:
        number = float(text)
    except ValueError:
        return text
    return text if whole and number != int(number) else number


def expectation(gxe: Any, rule: Rule, c: Column, texts: list[str | None]) -> tuple[Any, list[Any]]:
    """Returns the native expectation of a rule, and the values of the column to put to it."""
    means = {key(s): e.value for e in c.enum for s in (e.value, *e.aliases)}
    match rule.native_expectation:
        case "expect_column_values_to_not_be_null":
            return gxe.ExpectColumnValuesToNotBeNull(column="value"), texts
        case "expect_column_values_to_be_in_set":
            values = [t and means.get(key(t), t) for t in texts]
            return gxe.ExpectColumnValuesToBeInSet(column="value", value_set=[e.value for e in c.enum]), values
        case "expect_column_values_to_match_regex":
            return gxe.ExpectColumnValuesToMatchRegex(column="value", regex=c.pattern), texts
        case "expect_column_value_lengths_to_be_between":
            return gxe.ExpectColumnValueLengthsToBeBetween(
                column="value", min_value=c.min_length, max_value=c.max_length
            ), texts
        case "expect_column_values_to_be_between":
            numbers = [None if t is None else as_number(t, c.kind == "integer") for t in texts]
            readable = [n if isinstance(n, float) else None for n in numbers]
            return gxe.ExpectColumnValuesToBeBetween(column="value", min_value=c.minimum, max_value=c.maximum), readable
        case "expect_column_values_to_be_in_type_list" if c.kind == "date":
            return gxe.ExpectColumnValuesToBeInTypeList(column="value", type_list=["int"]), [
                t and as_date(t) for t in texts
            ]
        case "expect_column_values_to_be_in_type_list":
            return (
                gxe.ExpectColumnValuesToBeInTypeList(column="value", type_list=["float"]),
                [None if t is None else as_number(t, c.kind == "integer") for t in texts],
            )
    raise AssertionError(f"{rule.rule_id} names {rule.native_expectation}, which this test does not know")


def unexpected_rows(rule: Rule, c: Column, texts: list[str | None], row_ids: list[int]) -> set[int]:
    """Returns the rows that Great Expectations finds at fault."""
    import great_expectations.expectations as gxe
    import pandas as pd

    from quality.suite import _batch_definition

    expected, values = expectation(gxe, rule, c, texts)
    numeric = rule.native_expectation == "expect_column_values_to_be_between"
    frame = pd.DataFrame({"row": row_ids, "value": pd.Series(values, dtype="float64" if numeric else "object")})
    if frame["value"].notna().sum() == 0 and rule.kind != "required":
        return set()
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
    result = batch.validate(
        expected, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]}
    )
    assert not result.exception_info.get("raised_exception"), result.exception_info
    return {int(i["row"]) for i in result.result.get("unexpected_index_list") or []}


@pytest.mark.parametrize("feed", list(CASES))
def test_native_expectations_find_the_same_rows(bench: Bench, feed: str) -> None:
    contract = CONTRACTS[feed]
    rows = [GOOD[feed]] + [GOOD[feed] | changes for _, changes, _ in CASES[feed] if changes.get("_op") != "delete"]
    judged = bench.send(feed, rows, department=SENDER.get(feed, "ecology_environment"))
    ours: dict[str, set[int]] = {}
    for rule_id, row_id in bench.query(
        "select rule_id, row_id from quality.findings where submission_id = $1 and row_id is not null",
        judged.submission_id,
    ):
        ours.setdefault(rule_id, set()).add(row_id)
    measured = dict(
        bench.query("select rule_id, unexpected from quality.measures where submission_id = $1", judged.submission_id)
    )
    compared = 0
    for rule in row_rules(contract):
        if rule.native_expectation is None:
            continue
        c = contract.column(rule.column or "")
        texts = [cell(c, contract.null_tokens, r.get(c.name)) for r in rows]
        native = unexpected_rows(rule, c, texts, list(range(1, len(rows) + 1)))
        assert ours.get(rule.rule_id, set()) == native, rule.rule_id
        assert measured[rule.rule_id] == len(native), rule.rule_id
        compared += bool(native)
    assert compared >= 3  # the comparison is about something


@pytest.mark.parametrize("feed", list(CASES))
def test_rules_without_a_native_twin_are_those_that_cannot_have_one(feed: str) -> None:
    contract = CONTRACTS[feed]
    for rule in row_rules(contract):
        conditional = rule.kind == "required" and not contract.column(rule.column or "").required
        of_list = rule.kind == "enum" and contract.column(rule.column or "").kind == "list"
        twinless = rule.scope == "row" or rule.kind in NO_TWIN or conditional or of_list
        assert (rule.native_expectation is None) == twinless, rule.rule_id
