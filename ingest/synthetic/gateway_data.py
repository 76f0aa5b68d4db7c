"""Writes what the two gateways hold, and the file that tells the pipeline how to ask them.

``dazonghe`` (X-BG-HMAC, POST, pages) names fields as the national check action does (domain.md 7.2); ``datashare``
(dataSharing, GET, offsets) uses the Chinese headers of catalogue 4 and encodes its answer twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from ingest.synthetic.drops import Writer
from ingest.synthetic.fault_table import faults_of
from ingest.synthetic.faults import Fault, Row, Subject
from ingest.synthetic.feeds import FEEDS, short_of
from ingest.synthetic.inspections import OPERATION, RECORD_ID, WATERMARK, gateway_of
from ingest.synthetic.manifest import Finding
from ingest.synthetic.planter import Cast
from ingest.synthetic.policy import first_day
from ingest.synthetic.population import insert
from ingest.synthetic.senders import SILENT

FEED = FEEDS["inspection_results"]
VERTICAL_SENDER = "tax_bureau"  # a department of the second gateway
PLACEHOLDER = "http://127.0.0.1:1"  # replaced by write_gateways_yaml when a simulator runs
PATHS = {
    "dazonghe": "/restapi/prod/IC33000020990101000001/inspection.htm",
    "datashare": "/gateway/api/001008010010201/dataSharing/Xy20Inspection25.htm",
}
KEYS = {
    "dazonghe": ("DAZONGHE_ACCESS_KEY", "DAZONGHE_SECRET_KEY"),
    "datashare": ("DATASHARE_APP_KEY", "DATASHARE_APP_SECRET"),
}
FIELDS = {  # dazonghe: column -> dotted path in the record
    "counterpart_name": "administrative_cp",
    "counterpart_category": "administrative_cp_na",
    "counterpart_code": "administrative_cp_ui_code",
    "legal_representative_name": "legal.name",
    "legal_representative_id_type": "legal.id_type",
    "legal_representative_id_number": "legal.id_number",
    "inspection_form": "check_form",
    "inspection_method": "check_mode",
    "inspection_content": "check_action_name",
    "inspection_result": "check_result",
    "related_document_no": "document_no",
    "inspected_on": "check_date",
    "task_no": "plan_id",
    "inspecting_authority_name": "implement_institution",
    "inspecting_authority_code": "implement_institution_code",
    "source_unit_name": "source.name",
    "source_unit_code": "source.code",
    "remarks": "remarks",
}


def write(writer: Writer, cast: Cast) -> None:
    """Plants faults among the inspection records, then writes ``gateway/<name>.jsonl`` and ``gateways.yaml``."""
    _plant(writer, cast)
    folder = writer.home / "gateway"
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in (("dazonghe", _nested(FIELDS)), ("datashare", [f'{c} as "{h}"' for c, h in FEED.columns])):
        path = folder / f"{name}.jsonl"
        writer.con.execute(f"""copy (
            select {", ".join(columns)}, record_id as {RECORD_ID}, op as {OPERATION}, watermark as {WATERMARK}
            from inspection where gateway = '{name}' order by watermark, record_id, version
        ) to '{path}' (format json)""")
        counted = writer.con.execute(
            "select count(*), count(distinct record_id) from inspection where gateway = ?", [name]
        ).fetchone() or (0, 0)
        writer.manifest.gateways.append(
            {"name": name, "feed": FEED.name, "versions": counted[0], "records": counted[1]}
        )
    write_gateways_yaml(writer.home, PLACEHOLDER)


def _nested(fields: dict[str, str]) -> list[str]:
    """Returns select items that put columns at their dotted paths, one level deep."""
    items, groups = [], dict[str, list[str]]()
    for column, path in fields.items():
        head, _, leaf = path.partition(".")
        if leaf:
            groups.setdefault(head, []).append(f"{leaf} := {column}")
        else:
            items.append(f"{column} as {path}")
    return items + [f"struct_pack({', '.join(members)}) as {head}" for head, members in groups.items()]


def write_gateways_yaml(home: Path, base_url: str) -> Path:
    """Writes ``gateways.yaml`` in the shape of design.md 3; returns its path.

    Args:
        home: data directory.
        base_url: of the simulator, e.g. http://127.0.0.1:54321.
    """
    import yaml

    shared = {
        "feed": FEED.name,
        "base_url": base_url,
        "record_id": RECORD_ID,
        "operation": OPERATION,
        "watermark": {"parameter": "updatedFrom", "field": WATERMARK},
    }
    listed = [
        {
            "name": "dazonghe",
            "protocol": "bg-hmac",
            **shared,
            "path": PATHS["dazonghe"],
            "method": "POST",
            "access_key_env": KEYS["dazonghe"][0],
            "secret_key_env": KEYS["dazonghe"][1],
            "paging": {"style": "page", "page": "pageNum", "size": "pageSize", "page_size": 500},
            "records": "data.records",
            "total": "data.total",
            "fields": FIELDS,
        },
        {
            "name": "datashare",
            "protocol": "datasharing",
            **shared,
            "path": PATHS["datashare"],
            "method": "GET",
            "access_key_env": KEYS["datashare"][0],
            "secret_key_env": KEYS["datashare"][1],
            "paging": {"style": "offset", "offset": "start", "size": "length", "page_size": 500},
            "records": "datas.records",
            "total": "datas.total",
        },
    ]
    path = home / "gateways.yaml"
    path.write_text(yaml.safe_dump(listed, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _plant(writer: Writer, cast: Cast) -> None:
    """Adds one record per fault, by turns over months and departments; no task announces them."""
    departments = [code for code, _ in writer.policy.departments if code != SILENT]
    columns = [c for c, _ in FEED.columns]
    rows = []
    for k, fault in enumerate(faults_of(FEED.name)):
        m = k % len(writer.months)
        department = VERTICAL_SENDER if fault.only == "datashare" else departments[k % len(departments)]
        row, subject, record_id, watermark = _record(writer, cast, fault, department, m, k)
        fault.edit(row, subject)
        gateway = gateway_of(department)
        for column, kind in fault.found:
            value = row.get(column) if column else None
            writer.manifest.faults.append(
                Finding(
                    file=f"gateway:{gateway}",
                    sheet="",
                    row=record_id,
                    column=column,
                    kind=kind,
                    planted=fault.kind,
                    feed=FEED.name,
                    period=_period(row, writer.months[m]),
                    department=department,
                    text=None if value is None else str(value),
                    expected_state=fault.state,
                )
            )
        for version in range(2 if fault.twin else 1):
            at = watermark + timedelta(hours=version)
            rows.append(
                [
                    gateway,
                    department,
                    False,
                    m,
                    None,
                    version,
                    record_id,
                    "iu"[version],
                    f"{at:%Y-%m-%d %H:%M:%S}",
                    *(row.get(c) for c in columns),
                ]
            )
    insert(writer.con, "inspection", rows)


def _period(row: Row, month: str) -> str:
    text = str(row["inspected_on"])
    return text[:7] if text[:7].count("-") == 1 and text[:2] == "20" and len(text) == 10 else month


def _record(
    writer: Writer, cast: Cast, fault: Fault, department: str, m: int, k: int
) -> tuple[Row, Subject, str, datetime]:
    codes: Sequence[str] = [code for code, _ in writer.policy.departments]
    other = codes[(codes.index(department) + 1) % len(codes)]
    subject = cast.take(FEED.name, fault.who)
    subject["other_department"] = writer.policy.authority(other).name
    subject["other_unit_code"] = writer.policy.authority(other).code
    day: date = first_day(writer.months[m]) + timedelta(days=3 + k % 20)
    unit = writer.policy.authority(department)
    row: Row = {
        "counterpart_name": subject["name"],
        "counterpart_category": "法人及非法人组织",
        "counterpart_code": subject["uscc"],
        "legal_representative_name": subject["legal_representative_name"],
        "legal_representative_id_type": "居民身份证",
        "legal_representative_id_number": subject["legal_representative_id_number"],
        "inspection_form": "个案检查",
        "inspection_method": "现场检查",
        "inspection_content": "整改情况核查",
        "inspection_result": "未发现问题",
        "related_document_no": None,
        "inspected_on": day.isoformat(),
        "task_no": f"{short_of(department)}个查〔{day.year}〕{90000 + k}号",
        "inspecting_authority_name": unit.name,
        "inspecting_authority_code": unit.code,
        "source_unit_name": unit.name,
        "source_unit_code": unit.code,
        "remarks": None,
    }
    written = datetime(day.year, day.month, day.day) + timedelta(days=1, hours=10, seconds=k)
    return row, subject, f"P{day:%y%m}{k:05d}", written
