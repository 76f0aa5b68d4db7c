"""Returns how each department behaves: in which form it sends, when, and what it does wrong as a whole.

A department that the table does not know sends plain UTF-8 CSV, in time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.synthetic.policy import Policy, due_at, first_day, next_month

SILENT = "statistics_bureau"  # sends nothing at all, in no month
FOREIGN = ("commerce", "hr_service")  # sends rows of a domain that is another department's
SHRINKING = ("medical_insurance", "medins_pharmacy")  # almost empty positive list in the second month
SHRUNK_TO = 2  # rows of that list; the former one has 15 or more
ZERO_ROW = ("water_resources", "river_lake_health")  # zero report of catalogue 3, by a row that says 无
ZERO_HEADER = ("health_commission", "private_hospital")  # zero report by headers only: one domain
CORRECTING = "emergency_management"  # corrects its positive list of the last month
TWICE = ("public_security", 1)  # sends two full positive lists in the second month
UNTITLED = ("customs_office", "inspection_tasks")  # file name without a title: the headers decide
LONG_NAMES = "emergency_management"  # names its domain inside a longer text (semantics 2.4)

# Late: after due_at, before the close. After: received when the month is closed. By month index.
LATE = {
    ("finance", "positive_list", 0),
    ("finance", "positive_list", 2),
    ("agriculture_rural", "evaluation_results", 1),
    ("civil_affairs", "serious_dishonesty_list", 0),
    ("transport_bureau", "evaluation_results", 2),
    ("urban_enforcement", "inspection_tasks", 1),
    ("fire_rescue", "positive_list", 1),
}
AFTER = {
    ("natural_resources", "evaluation_results", 0),
    ("natural_resources", "positive_list", 1),
    ("urban_enforcement", "serious_dishonesty_list", 2),
}

VALID_TO = frozenset({"emergency_management", "tax_bureau", "fire_rescue"})  # send 有效期止
REMOVALS = frozenset(
    {"market_regulation", "tax_bureau", "construction_bureau", "emergency_management"}
)  # send 移出日期
OPERATIONS = frozenset({"urban_enforcement"})  # send 操作

SHORT = {  # department in a task number: <short>抽查〔2025〕12号 (domain.md 7.1)
    "market_regulation": "湖市监",
    "transport_bureau": "湖交",
    "construction_bureau": "湖建",
    "culture_tourism_bureau": "湖文旅",
    "medical_insurance": "湖医保",
    "government_services": "湖政务",
    "justice": "湖司",
    "public_security": "湖公",
    "development_reform": "湖发改",
    "ecology_environment": "湖环",
    "health_commission": "湖卫健",
    "finance": "湖财",
    "human_resources": "湖人社",
    "emergency_management": "湖应急",
    "commerce": "湖商务",
    "economy_information": "湖经信",
    "agriculture_rural": "湖农",
    "natural_resources": "湖自然资规",
    "civil_affairs": "湖民",
    "water_resources": "湖水",
    "tax_bureau": "湖税",
    "urban_enforcement": "湖综执",
    "postal_administration": "湖邮",
    "statistics_bureau": "湖统",
    "fire_rescue": "湖消",
    "customs_office": "湖关",
}


@dataclass(frozen=True)
class Style:
    """The form in which a department sends."""

    form: str  # xlsx | csv | spreadsheetml
    encoding: str = "utf-8"  # csv
    delimiter: str = ","  # csv; what Excel calls Unicode text is UTF-16 with tabs
    layout: str = "plain"  # xlsx: plain | titled (title and notice rows, note below) | merged (two header rows)
    parts: str = "one"  # one | sheets | zip | folder: how the domains are told apart
    chinese_folder: bool = False  # inbox folder bears the department's name


XLSX, CSV = Style("xlsx"), Style("csv")
STYLES = {
    "market_regulation": CSV,
    "transport_bureau": XLSX,
    "construction_bureau": Style("xlsx", parts="sheets"),
    "culture_tourism_bureau": Style("csv", "gb18030"),
    "medical_insurance": Style("xlsx", layout="titled"),
    "government_services": Style("csv", "utf-16", "\t"),
    "justice": Style("spreadsheetml"),
    "public_security": Style("csv", "gb18030"),
    "development_reform": Style("csv", "utf-8-sig"),
    "ecology_environment": Style("csv", parts="zip"),
    "health_commission": Style("xlsx", chinese_folder=True),
    "finance": Style("spreadsheetml"),
    "human_resources": Style("xlsx", layout="merged"),
    "emergency_management": CSV,
    "commerce": XLSX,
    "economy_information": Style("csv", "gb18030"),
    "agriculture_rural": Style("xlsx", parts="folder"),
    "natural_resources": Style("xlsx", layout="titled"),
    "civil_affairs": Style("csv", "utf-8-sig"),
    "water_resources": Style("xlsx", parts="zip"),
    "tax_bureau": Style("csv", "gb18030"),
    "urban_enforcement": XLSX,
    "postal_administration": Style("csv", "utf-16"),
    "fire_rescue": Style("xlsx", layout="merged"),
    "customs_office": CSV,
}


def style_of(department: str) -> Style:
    """Returns the form in which a department sends."""
    return STYLES.get(department, CSV)


def registry_received_at(period: str) -> datetime:
    """Returns when the register of a month arrives: its first morning, before everything else of that month."""
    return datetime.combine(first_day(period), datetime.min.time()) + timedelta(minutes=30)


def received_at(policy: Policy, feed: str, department: str, period: str, months: Sequence[str]) -> datetime:
    """Returns when a drop arrives (UTC): on the 2nd to 7th of the next month, but for those who are late."""
    if feed == "enterprise_registry":
        return registry_received_at(period)
    m = list(months).index(period)
    digest = int(hashlib.sha256(f"{feed}|{department}|{period}".encode()).hexdigest()[:8], 16)
    minutes = timedelta(minutes=digest % 400)
    if (department, feed, m) in LATE:
        return due_at(policy, period) + timedelta(days=1, hours=10) + minutes
    start = datetime.combine(first_day(next_month(period)), datetime.min.time()) + timedelta(hours=1)
    if (department, feed, m) in AFTER:
        return start + timedelta(days=22 + digest % 3) + minutes
    if feed == "credit_repair":
        return start + timedelta(days=9) + minutes  # after the lists that it refers to
    return start + timedelta(days=1 + digest // 400 % 6) + minutes
