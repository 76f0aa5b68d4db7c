"""Counts the figures of a notice again, in pandas, from raw Parquet, ledger and seeds (semantics.md 6).

Written from semantics.md alone: imports neither dbt models nor anything of ``exports``. Two people counted; a test
compares them.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
CATALOGUES = (
    "evaluation_results", "positive_list", "serious_dishonesty_list", "inspection_results", "inspection_tasks",
)  # fmt: skip
BY_DOMAIN = CATALOGUES[:3]
RATES = ("collection_rate", "timeliness_rate", "completeness_rate", "conformity_rate", "accuracy_rate")
SHAPES = str.maketrans("，；：？！（）％～[]【】〔〕〖〗{}〈〉", ",;:?!()%~()()()()()()")
ROW_COLUMNS = [
    "_submission_id", "_row_id", "_operation", "domain_code", "is_own_domain", "name_norm", "resolved_uscc",
    "match_method", "is_check_ok", "required_cells", "required_filled", "row_state",
]  # fmt: skip
EXTRA = {
    "inspection_tasks": [
        "task_no", "task_name", "subject_scope", "inspection_items", "lead_department", "joint_departments",
        "task_start_on", "task_end_on",
    ],
    "inspection_results": [
        "counterpart_code", "inspected_on", "task_no", "inspecting_authority_code", "inspecting_authority_name",
        "inspection_result",
    ],
    "enterprise_registry": ["former_names", "registration_status"],
    "evaluation_results": ["evaluated_on", "valid_to", "tier"],
    "positive_list": ["published_on"],
    "serious_dishonesty_list": ["published_on", "removed_on", "removal_reason"],
    "credit_repair": ["listed_on", "repaired_on", "decision"],
    "public_credit_evaluation": ["public_credit_grade", "scale_id", "evaluated_on"],
}  # fmt: skip


@lru_cache(maxsize=16)
def seed(name: str) -> pd.DataFrame:
    """Returns a seed of Huzhou."""
    (path,) = SEEDS.rglob(f"{name}.csv")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame[frame["programme"] == "huzhou"]


def ledger(home: Path) -> dict[str, pd.DataFrame]:
    """Returns the tables of the ledger, whole."""
    names = (
        "submissions", "submission_verdicts", "submission_domains", "row_decisions", "list_decisions", "quarantine",
        "findings", "period_gates",
    )  # fmt: skip
    with duckdb.connect(str(home / "warehouse" / "xinyong.duckdb"), read_only=True) as con:
        return {name: con.execute(f"select * from quality.{name}").df() for name in names}


@lru_cache(maxsize=16)
def batches(home: Path, feed: str) -> pd.DataFrame:
    """Returns all rows ever received of a feed."""
    files = sorted((home / "warehouse" / "raw" / feed).glob("*.parquet"))
    wanted = ROW_COLUMNS + EXTRA.get(feed, [])
    frames = [frame for frame in (pd.read_parquet(path, columns=wanted) for path in files) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=wanted)


def share(part: float, whole: float) -> Decimal | None:
    """Returns a share with the six decimals that the release keeps; None of nothing."""
    if not whole:
        return None
    return (Decimal(int(part)) / Decimal(int(whole))).quantize(Decimal("0.000001"), ROUND_HALF_UP)


class Recount:
    """One period as known at one instant."""

    def __init__(self, home: Path, tables: dict[str, pd.DataFrame], period: str, as_of: datetime) -> None:
        self.home, self.tables, self.period, self.as_of = home, tables, period, pd.Timestamp(as_of)
        known = tables["submissions"]
        known = known[(known["received_at"] <= self.as_of) & (known["period"].isna() | (known["period"] <= period))]
        verdicts = tables["submission_verdicts"]
        verdicts = verdicts[verdicts["decided_at"] <= self.as_of].assign(later=lambda v: v["cause"] != "judged")
        last = verdicts.sort_values(["decided_at", "later", "cause"]).groupby("submission_id")["verdict"].last()
        judged = verdicts[verdicts["cause"] == "judged"].set_index("submission_id")["rows_received"]
        known = known.assign(
            usable=known["submission_id"].map(last).isin(["accepted", "accepted_with_remarks"]),
            rows_received=known["submission_id"].map(judged),
        )
        self.known = known
        due_on = seed("reporting_calendar").set_index("period")["due_on"][period]
        # 24:00 in Asia/Shanghai is 16:00 UTC of the same day.
        self.due_at = pd.Timestamp(due_on) + timedelta(hours=16)
        self.sent = known[
            (known["period"] == period) & known["feed"].isin(CATALOGUES) & known["department_code"].notna()
        ]
        self.sent = self.sent.assign(timely=self.sent["received_at"] <= self.due_at)
        self.rows = self._rows()
        self.owed = self._owed()
        self.departments = {code: self._department(code) for code in seed("departments")["department_code"]}
        self._rank()

    def decided(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Returns rows with their state, enterprise and match as decided by as_of."""
        decisions = self.tables["row_decisions"]
        decisions = decisions[decisions["decided_at"] <= self.as_of]
        accepted = set(
            map(tuple, decisions.loc[decisions["row_state"] == "accepted", ["submission_id", "row_id"]].to_numpy())
        )
        last = decisions.sort_values("decided_at").groupby(["submission_id", "row_id"]).last()
        keys = list(zip(frame["_submission_id"], frame["_row_id"], strict=True))
        frame = frame.assign(
            was_accepted=[
                state == "accepted" or key in accepted for key, state in zip(keys, frame["row_state"], strict=True)
            ]
        )
        for key, decision in last.iterrows():
            here = [position for position, own in enumerate(keys) if own == key]
            for position in here:
                row = frame.index[position]
                frame.loc[row, "row_state"] = decision["row_state"]
                if isinstance(decision["uscc"], str):
                    frame.loc[row, "resolved_uscc"] = decision["uscc"]
                if isinstance(decision["match_method"], str):
                    frame.loc[row, "match_method"] = decision["match_method"]
        return frame

    def _rows(self) -> pd.DataFrame:
        frames = [batches(self.home, feed).reindex(columns=ROW_COLUMNS).assign(feed=feed) for feed in CATALOGUES]
        rows = pd.concat([f for f in frames if len(f)], ignore_index=True)
        facts = self.sent.set_index("submission_id")
        rows = rows[rows["_submission_id"].isin(facts.index)].reset_index(drop=True)
        rows = self.decided(rows)
        for column in ("department_code", "timely", "is_correction"):
            rows[column] = rows["_submission_id"].map(facts[column])
        own = rows["is_own_domain"].fillna(False).astype(bool)
        rows["own_domain"] = rows["domain_code"].where(own)
        rows["datable"] = ~rows["is_correction"].astype(bool) & (rows["feed"] != "inspection_results")
        rows["on_time"] = rows["datable"] & rows["timely"].astype(bool)
        method = rows["match_method"].where(rows["feed"] != "inspection_tasks")
        rows["assessed"] = rows["was_accepted"] & method.notna() & (method != "natural_person")
        self.names = names = self._names()
        is_named = [
            uscc not in names or name in names[uscc]
            for uscc, name in zip(rows["resolved_uscc"], rows["name_norm"], strict=True)
        ]
        matches = pd.Series(is_named, index=rows.index)
        rows["accurate"] = rows["was_accepted"] & (method == "uscc") & rows["is_check_ok"].eq(True) & matches
        return rows

    def _names(self) -> dict[str, set[str]]:
        """Returns the present and former names of every enterprise of the registry."""
        frame = self.in_force("enterprise_registry", ["resolved_uscc"])
        return {
            row["resolved_uscc"]: {row["name_norm"]}
            | {"".join(n.split()).translate(SHAPES).upper() for n in as_list(row["former_names"])}
            for _, row in frame.iterrows()
        }

    def in_force(self, feed: str, key: list[str]) -> pd.DataFrame:
        """Returns the rows of an upsert feed that hold at as_of: the last received of a key, unless it withdraws."""
        frame = batches(self.home, feed)
        known = self.known[(self.known["feed"] == feed) & self.known["usable"]]
        frame = self.decided(frame[frame["_submission_id"].isin(known["submission_id"])].reset_index(drop=True))
        if frame.empty:
            return frame
        order = known.set_index("submission_id")["received_at"]
        frame = frame[frame["row_state"] == "accepted"].assign(
            received=lambda f: f["_submission_id"].map(order), when=lambda f: f["_row_id"]
        )
        frame = frame.sort_values(["received", "_submission_id", "when"]).groupby(key, dropna=False).tail(1)
        return frame[frame["_operation"] != "delete"]

    def _owed(self) -> pd.DataFrame:
        """Returns (department, domain, feed, due, reported): one row per obligation."""
        domains = seed("domains")
        named = self.tables["submission_domains"].merge(self.sent, on="submission_id")
        counting = named[
            named["is_own_domain"] & named["usable"] & ((named["rows_received_x"] > 0) | named["is_zero_report"])
        ]
        here = set(zip(counting["domain_code"], counting["feed"], strict=True))
        rows = [
            (
                d["department_code"],
                d["domain_code"],
                feed,
                d["due_from"] <= self.period,
                (d["domain_code"], feed) in here,
            )
            for _, d in domains.iterrows()
            for feed in BY_DOMAIN
        ]
        active = self._active()
        due_departments = set(domains.loc[domains["due_from"] <= self.period, "department_code"])
        for code in seed("departments")["department_code"]:
            usable = self.sent[(self.sent["department_code"] == code) & self.sent["usable"]]["feed"]
            for feed in CATALOGUES[3:]:
                is_due = code in due_departments and (feed == "inspection_tasks" or code in active)
                rows.append((code, None, feed, is_due, feed in set(usable)))
        owed = pd.DataFrame(rows, columns=["department_code", "domain_code", "feed", "due", "reported"])
        zero = named[named["is_own_domain"] & named["usable"] & named["is_zero_report"]]
        empty = self.sent[
            self.sent["usable"] & (self.sent["rows_received"] == 0) & self.sent["feed"].isin(CATALOGUES[3:])
        ]
        self.zero_reports = len(zero) + len(empty)
        return owed

    def _active(self) -> set[str]:
        """Returns the departments that lead or join a task whose window touches the month."""
        year, month = map(int, self.period.split("-"))
        first, last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        tasks = self.in_force("inspection_tasks", ["task_no"])
        units: set[str] = set()
        for _, task in tasks.iterrows():
            start, end = as_day(task["task_start_on"]), as_day(task["task_end_on"])
            if start and end and start <= last and end >= first:
                units |= {task["lead_department"], *as_list(task["joint_departments"])}
        authorities = seed("inspecting_authorities")
        return set(authorities.loc[authorities["authority_name"].isin(units), "department_code"])

    def _measures(self, rows: pd.DataFrame, owed: pd.DataFrame) -> dict[str, Any]:
        due = owed[owed["due"]]
        counts = {
            "due_feed_count": len(due),
            "reported_feed_count": int(due["reported"].sum()),
            "submitted_rows": len(rows),
            "accepted_rows": int(rows["was_accepted"].sum()),
        }
        # Domain catalogues that came though not due count in neither (6.2).
        return counts | {
            "collection_rate": share(counts["reported_feed_count"], counts["due_feed_count"]),
            "timeliness_rate": share(rows["on_time"].sum(), rows["datable"].sum()),
            "completeness_rate": share(rows["required_filled"].sum(), rows["required_cells"].sum()),
            "conformity_rate": share(counts["accepted_rows"], counts["submitted_rows"]),
            "accuracy_rate": share(rows["accurate"].sum(), rows["assessed"].sum()),
        }

    def _department(self, code: str) -> dict[str, Any]:
        rows = self.rows[self.rows["department_code"] == code]
        owed = self.owed[self.owed["department_code"] == code]
        found = self._measures(rows, owed)
        weights = {r["component"]: Decimal(r["weight"]) for _, r in seed("score_weights").iterrows()}
        # The score rests on the shares themselves, not on their rounded form.
        exact = {
            "collection_rate": (found["reported_feed_count"], found["due_feed_count"]),
            "timeliness_rate": (rows["on_time"].sum(), rows["datable"].sum()),
            "completeness_rate": (rows["required_filled"].sum(), rows["required_cells"].sum()),
            "conformity_rate": (found["accepted_rows"], found["submitted_rows"]),
            "accuracy_rate": (rows["accurate"].sum(), rows["assessed"].sum()),
        }
        parts = {c: Decimal(int(n)) / Decimal(int(d)) for c, (n, d) in exact.items() if d}
        score = None
        if found["due_feed_count"]:
            mean = sum(weights[c] * v for c, v in parts.items()) / sum(weights[c] for c in parts)
            score = (100 * mean).quantize(Decimal("0.01"), ROUND_HALF_UP)
        vertical = seed("departments").set_index("department_code")["is_vertical"]
        return found | {"score": score, "is_vertical": vertical[code] == "true"}

    def _rank(self) -> None:
        scores = [f["score"] for f in self.departments.values() if f["score"] is not None]
        for found in self.departments.values():
            own = found["score"]
            found["rank"] = None if own is None else 1 + sum(other > own for other in scores)

    @property
    def programme(self) -> dict[str, Any]:
        """Returns the measures of the whole city."""
        found = self._measures(self.rows, self.owed)
        due = self.owed[self.owed["due"]]
        by_domain = due[due["domain_code"].notna()]
        found |= {
            "due_department_count": due["department_code"].nunique(),
            "reporting_department_count": due.loc[due["reported"], "department_code"].nunique(),
            "due_domain_count": by_domain["domain_code"].nunique(),
            "reporting_domain_count": by_domain.loc[by_domain["reported"], "domain_code"].nunique(),
            "zero_report_count": self.zero_reports,
            "unassigned_rows": int((self.rows["feed"].isin(BY_DOMAIN) & self.rows["own_domain"].isna()).sum()),
            "evaluated_subject_count": len(self.current_evaluations()),
        }
        return found

    def current_evaluations(self) -> dict[tuple[str, str], Any]:
        """Returns the current evaluations (5.1) by domain and enterprise: the latest dated one, if it still holds."""
        year, month = map(int, self.period.split("-"))
        reference = date(year, month, calendar.monthrange(year, month)[1])
        months = {d["domain_code"]: int(d["evaluation_months"]) for _, d in seed("domains").iterrows()}
        frame = self.in_force("evaluation_results", ["domain_code", "resolved_uscc", "evaluated_on"])
        frame = frame.assign(day=frame["evaluated_on"].map(as_day), until=frame["valid_to"].map(as_day))
        frame = frame[frame["day"].map(lambda d: d is not None and d <= reference)]
        last = frame.sort_values("day").groupby(["domain_code", "resolved_uscc"]).tail(1)
        return {
            (row["domain_code"], row["resolved_uscc"]): row
            for _, row in last.iterrows()
            if (row["until"] or months_later(row["day"], months[row["domain_code"]])) >= reference
        }

    def catalogue(self, feed: str) -> dict[str, Any]:
        """Returns what a catalogue owed and brought."""
        owed = self.owed[(self.owed["feed"] == feed) & self.owed["due"]]
        rows = self.rows[self.rows["feed"] == feed]
        if feed in BY_DOMAIN:  # rows without an own domain are told apart
            rows = rows[rows["own_domain"].notna()]
        return {
            "due_count": len(owed),
            "reported_count": int(owed["reported"].sum()),
            "submitted_rows": len(rows),
            "accepted_rows": int(rows["was_accepted"].sum()),
            "conformity_rate": share(rows["was_accepted"].sum(), len(rows)),
        }

    @property
    def faults(self) -> pd.DataFrame:
        """Returns the findings on what was sent for the period in the five catalogues, or in no feed at all."""
        sent = self.known[
            (self.known["period"] == self.period) & (self.known["feed"].isna() | self.known["feed"].isin(CATALOGUES))
        ]
        return self.tables["findings"].merge(sent[["submission_id", "department_code", "feed"]], on="submission_id")


def as_list(value: Any) -> list[str]:
    return [] if value is None or isinstance(value, float) else list(value)


def as_day(value: Any) -> date | None:
    stamp = pd.to_datetime(value)
    return None if pd.isna(stamp) else stamp.date()


def months_later(day: date, months: int) -> date:
    position = day.year * 12 + day.month - 1 + months
    year, month = divmod(position, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
