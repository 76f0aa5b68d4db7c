"""Counts again what stands in the lists: regulated, listed and vetoed subjects (semantics.md 1.4, 4.2 to 4.4, 5).

Written from semantics.md alone, in pandas, from raw Parquet, ledger and seeds: imports neither dbt models nor anything
of ``exports``.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd

from tests.integration.recount import Recount, as_day, as_list, batches, months_later, seed

Key = tuple[str, str]  # domain, enterprise
BRACKETS = str.maketrans("（）", "()")


class Lists:
    """What stands in the lists of one period as known at one instant."""

    def __init__(self, counted: Recount) -> None:
        self.counted = counted
        year, month = map(int, counted.period.split("-"))
        self.reference = date(year, month, calendar.monthrange(year, month)[1])
        self.policy = seed("list_policies").iloc[0]
        self.registry = counted.in_force("enterprise_registry", ["resolved_uscc"]).set_index("resolved_uscc")
        self.evaluated = counted.current_evaluations()
        self.regulated = set(self._in_force("regulated_subjects"))
        self.dishonest = {uscc for _, uscc in self._active_listings()}
        self.poor = self._poor()
        self.below = self._below_threshold()
        self.failed = self._failed()
        self.entries = {key for key, row in self._in_force("positive_list").items() if row["is_held"]}

    @property
    def vetoed(self) -> set[Key]:
        """Returns the entries of departments' lists whose enterprise is vetoed in every domain."""
        return {key for key in self.entries if key[1] in self.dishonest | self.poor}

    @property
    def listed(self) -> set[Key]:
        """Returns the entries against which nothing speaks."""
        ended = set(seed("registration_statuses").query("is_ended == 'true'")["registration_status"])
        gone = set(self.registry.index[self.registry["registration_status"].isin(ended)])
        return {
            key
            for key in self.entries - self.vetoed
            if key[1] not in gone and key not in self.below and key not in self.failed
        }

    def _lists_of(self, feed: str) -> Iterator[tuple[str, list[pd.DataFrame]]]:
        """Yields per domain the rows of its usable lists, in the order (period, received_at)."""
        known = self.counted.known
        own = seed("domains").set_index("domain_code")["department_code"]
        decisions = self.counted.tables["list_decisions"]
        decisions = decisions[decisions["decided_at"] <= self.counted.as_of].sort_values("decided_at")
        last = decisions.groupby(["submission_id", "domain_code"])["list_state"].last().reset_index()
        lists = known[(known["feed"] == feed) & known["corrects_submission_id"].isna()].merge(
            last[last["list_state"] == "in_force"], on="submission_id"
        )
        lists = lists[lists["domain_code"].map(own) == lists["department_code"]]
        frame = batches(self.counted.home, feed)
        here = known.loc[known["feed"] == feed, "submission_id"]
        rows = self.counted.decided(frame[frame["_submission_id"].isin(here)].reset_index(drop=True))
        received = known.set_index("submission_id")["received_at"]
        rows = rows.assign(received=rows["_submission_id"].map(received))
        members = {root: self._chain(root) for root in lists["submission_id"].unique()}
        for domain, found in lists.sort_values(["period", "received_at", "sha256"]).groupby("domain_code"):
            yield (
                str(domain),
                [
                    rows[
                        rows["_submission_id"].isin(members[root])
                        & (
                            rows["domain_code"].eq(domain)
                            | (rows["domain_code"].isna() & (rows["row_state"] != "accepted"))
                        )
                    ].sort_values(["received", "_submission_id", "_row_id"])
                    for root in found["submission_id"]
                ],
            )

    def _chain(self, root: str) -> set[str]:
        """Returns a submission with the corrections merged into it."""
        known, found = self.counted.known, {root}
        while True:
            more = set(known.loc[known["corrects_submission_id"].isin(found), "submission_id"]) - found
            if not more:
                return found
            found |= more

    def _in_force(self, feed: str, key: Callable[[Any], Any] = lambda row: row["resolved_uscc"]) -> dict[Any, Any]:
        """Returns the entries of the lists in force by (domain, key).

        Who is missing from a list stays as long as a quarantined row of it is about the same enterprise.
        """
        quarantine = self.counted.tables["quarantine"].set_index(["submission_id", "row_id"])["uscc"]
        found = {}
        for domain, lists in self._lists_of(feed):
            standing: dict[Any, dict[str, Any]] = {}
            for rows in lists:
                waiting = rows[rows["row_state"] == "quarantined"]
                codes = {
                    quarantine.get(pair) for pair in zip(waiting["_submission_id"], waiting["_row_id"], strict=True)
                }
                names = set(waiting["name_norm"])
                former, standing = standing, {}
                for _, row in rows[rows["row_state"] == "accepted"].iterrows():
                    own = key(row)
                    in_time = "published_on" not in row or (as_day(row["published_on"]) or date.max) <= self.reference
                    was_held = own in former and former[own]["is_held"]
                    standing[own] = {**row.to_dict(), "is_held": in_time or was_held}
                for own, row in former.items():
                    if own not in standing and (row["resolved_uscc"] in codes or row["name_norm"] in names):
                        standing[own] = row
            found |= {(domain, own): row for own, row in standing.items()}
        return found

    def _active_listings(self) -> Iterator[Key]:
        """Yields (domain, enterprise) of every listing with the status active (5.5)."""
        repairs = self.counted.in_force("credit_repair", ["domain_code", "resolved_uscc", "listed_on"])
        repaired = {
            (r["domain_code"], r["resolved_uscc"], as_day(r["listed_on"]))
            for _, r in repairs.iterrows()
            if r["decision"] == "准予" and (as_day(r["repaired_on"]) or date.max) <= self.reference
        }
        terms = seed("list_terms").set_index("domain_code")["max_term_months"].astype(int)
        listings = self._in_force(
            "serious_dishonesty_list", lambda row: (row["resolved_uscc"], as_day(row["published_on"]))
        )
        names = self.counted.names
        for (domain, (uscc, published)), row in listings.items():
            removed = as_day(row["removed_on"])
            is_doubtful = row["match_method"] != "uscc" or (
                uscc in names and "*" not in row["name_norm"] and row["name_norm"] not in names[uscc]
            )
            if (
                published <= self.reference
                and row["removal_reason"] not in {"撤销", "纠错"}
                and (domain, uscc, published) not in repaired
                and not (removed and removed <= self.reference)
                and self.reference <= months_later(published, terms.get(domain, terms["*"]))
                and not is_doubtful
            ):
                yield domain, uscc

    def _poor(self) -> set[str]:
        """Returns who is vetoed for public credit: the latest grade vetoes, and is not older than it may be (5.4)."""
        frame = self.counted.in_force("public_credit_evaluation", ["resolved_uscc", "evaluated_on"])
        frame = frame.assign(day=frame["evaluated_on"].map(as_day))
        last = frame[frame["day"] <= self.reference].sort_values("day").groupby("resolved_uscc").tail(1)
        scales = seed("grade_scales")
        vetoing = scales[scales["is_veto"] == "true"]
        veto = set(zip(vetoing["scale_id"], vetoing["grade"], strict=True))
        months = int(self.policy["public_veto_months"])
        return {
            row["resolved_uscc"]
            for _, row in last.iterrows()
            if (row["scale_id"], row["public_credit_grade"]) in veto
            and self.reference <= months_later(row["day"], months)
        }

    def _below_threshold(self) -> set[Key]:
        threshold = self.policy["threshold_tier"]
        return {key for key, row in self.evaluated.items() if row["tier"] > threshold}  # tiers are A, best, to D

    def _failed(self) -> set[Key]:
        """Returns the pairs whose latest inspection of the last months found an open violation or a refusal (5.6)."""
        inspections = self.counted.in_force(
            "inspection_results", ["counterpart_code", "inspected_on", "task_no", "inspecting_authority_code"]
        )
        groups = seed("inspection_result_groups").set_index("result")
        units = seed("inspecting_authorities")
        codes = units.drop_duplicates("authority_code").set_index("authority_code")["department_code"]
        titles = units.drop_duplicates("authority_name").set_index("authority_name")["department_code"]
        first = months_later(self.reference, -int(self.policy["inspection_window_months"]))
        task_texts = self._task_texts()
        last: dict[Key, tuple[date, int, str]] = {}
        for _, row in inspections.iterrows():
            day = as_day(row["inspected_on"])
            unit = codes.get(row["inspecting_authority_code"]) or titles.get(row["inspecting_authority_name"])
            domain = self._domain_of(unit, task_texts.get(row["task_no"], "")) if unit else None
            if not isinstance(row["resolved_uscc"], str) or not domain or not day or not first < day <= self.reference:
                continue
            results = [groups.loc[result] for result in as_list(row["inspection_result"]) if result in groups.index]
            worst = max(results, key=lambda r: int(r["severity_rank"]), default=None)
            rank, group = (int(worst["severity_rank"]), worst["result_group"]) if worst is not None else (0, "")
            key = (domain, row["resolved_uscc"])
            last[key] = max(last.get(key, (date.min, 0, "")), (day, rank, group))
        return {key for key, (_, _, group) in last.items() if group in {"issue_pending", "refused"}}

    def _task_texts(self) -> dict[str, str]:
        tasks = self.counted.in_force("inspection_tasks", ["task_no"])
        return {
            row["task_no"]: "；".join(
                row[c] for c in ("task_name", "subject_scope", "inspection_items") if isinstance(row[c], str)
            ).translate(BRACKETS)
            for _, row in tasks.iterrows()
        }

    def _domain_of(self, department: str, words: str) -> str | None:
        """Returns the one domain of a department that a task names, else the only one that the department has."""
        domains = seed("domains")
        names = [name.translate(BRACKETS) for name in domains["domain_name"]]
        own = domains[domains["department_code"] == department]
        found = []
        for code, name in zip(own["domain_code"], own["domain_name"].str.translate(BRACKETS), strict=True):
            rest = words
            for longer in sorted((n for n in names if name in n and n != name), key=len, reverse=True):
                rest = re.sub(re.escape(longer), "；", rest)
            if name in rest:
                found.append(code)
        if len(found) == 1:
            return str(found[0])
        return str(own["domain_code"].iloc[0]) if len(own) == 1 else None
