"""Returns clean rows, feed by feed: what a department would send about one subject. Faults are made in these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from ingest.synthetic.faults import Row, Subject
from ingest.synthetic.feeds import short_of
from ingest.synthetic.policy import Domain, Policy, first_day
from ingest.synthetic.population import CityError
from ingest.synthetic.senders import LONG_NAMES

LISTED_DOMAIN = "work_safety"  # whose dishonesty list names the subjects of planted repairs
LISTED_ON = date(2024, 3, 11)  # since when


def base_row(
    feed: str, subject: Subject, policy: Policy, department: str, domain: Domain | None, period: str, k: int
) -> Row:
    """Returns a clean row about a subject, as the department would send it."""
    day = first_day(period) + timedelta(days=3 + k % 20)
    name, code = subject["name"], subject["uscc"]
    domain_name = domain.name if domain else ""
    make: dict[str, Callable[[], Row]] = {
        "positive_list": lambda: {
            "domain_name": domain_name,
            "enterprise_name": name,
            "uscc": code,
            "published_on": day,
        },
        "regulated_subjects": lambda: {"domain_name": domain_name, "enterprise_name": name, "uscc": code},
        "evaluation_results": lambda: _evaluation(subject, policy, department, domain, day),
        "serious_dishonesty_list": lambda: {
            "enterprise_name": name,
            "uscc": code,
            "published_on": day,
            "domain_name": domain_name,
            "listing_reason": "拒不履行已生效行政处罚决定",
            "removed_on": day + timedelta(days=2),
            "removal_reason": "修复",
        },
        "inspection_tasks": lambda: {
            "task_name": f"{period[:4]}年{int(period[5:])}月专项核查",
            "lead_department": policy.department_name(department),
            "task_no": f"{short_of(department)}抽查〔{period[:4]}〕{7000 + int(period[5:]) * 100 + k}号",
            "task_type": "临时任务",
            "sampling_type": "定向",
            "sampled_subject_count": 0,
            "subject_scope": "有关经营主体",
            "task_start_on": day,
            "task_end_on": day + timedelta(days=5),
            "published_on": day - timedelta(days=2),
            "inspection_items": "整改情况",
        },
        "credit_repair": lambda: {
            "domain_name": next(d.name for d in policy.domains if d.code == LISTED_DOMAIN),
            "enterprise_name": name,
            "uscc": code,
            "listed_on": LISTED_ON,
            "repaired_on": day,
            "decision": "不予",
        },
        "public_credit_evaluation": lambda: {
            "enterprise_name": name,
            "uscc": code,
            "public_credit_grade": "良好",
            "public_credit_score": 812.5,
            "evaluated_on": day,
        },
        "enterprise_registry": lambda: {
            "enterprise_name": name,
            "uscc": code,
            "registration_no": subject["registration_no"],
            "organisation_code": subject["organisation_code"],
            "registration_status": "存续",
            "district_code": subject["area_code"],
            "registered_address": "湖州市吴兴区织里路18号",
            "legal_representative_name": subject["legal_representative_name"],
            "credit_risk_class": "B",
            "established_on": date(2021, 4, 1) + timedelta(days=k),
            "approved_on": first_day(period) - timedelta(days=9),
        },
    }
    return make[feed]()


def _evaluation(subject: Subject, policy: Policy, department: str, domain: Domain | None, day: date) -> Row:
    if domain is None:
        raise CityError("an evaluation needs a domain")
    scale = policy.scale(domain.scales[0])
    name = domain.name + "企业信用评价结果" if department == LONG_NAMES else domain.name
    return {
        "evaluation_name": name,
        "enterprise_name": subject["name"],
        "uscc": subject["uscc"],
        "evaluated_on": day,
        "evaluating_department": policy.department_name(department),
        "grade": scale[1].grade,
        "evaluation_standard": scale[1].scale_name if len(domain.scales) > 1 else None,
        "valid_to": day + timedelta(days=365),
    }
