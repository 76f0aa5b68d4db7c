"""Measures the way of a file from inbox to staging against a floor: a bare read of the same file by a fast library.

Rows: an xlsx of 100,000 x 20 against fastexcel (goal: at most 3 times as long), a GB18030 csv of 1,000,000 rows against
transcoding and a bare DuckDB read (goal: at most 4 times), an xlsx of 500,000 rows for its memory, and 10 million codes
through the normaliser. Each figure is a process of its own, so that its peak of memory is its own. What a process needs
once, mostly to import Great Expectations, is spent on a first file of five rows and told apart as its start: a run
reads many files. ``--scale 0.1`` makes everything a tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "intake.json"
XLSX_ROWS, LARGE_ROWS, CSV_ROWS, CODES = 100_000, 500_000, 1_000_000, 10_000_000
FIRST_ROWS = 5
"""Rows of the file with which a process starts."""
EXTRA = 3
"""Columns beyond those of the catalogue, to make twenty."""

DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = [pow(3, i, 31) for i in range(17)]


def code(number: int) -> str:
    """Returns a synthetic unified social credit code that holds its check character."""
    body = f"91330502MA{number:07d}"
    return body + DIGITS[(31 - sum(DIGITS.index(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 31) % 31]


def inspections(count: int) -> Iterator[list[str]]:
    """Yields the header and the rows of an inspection report, twenty columns."""
    from ingest.contract_model import load_contracts

    columns = load_contracts()["inspection_results"].columns
    example = {
        "counterpart_category": "法人及非法人组织",
        "legal_representative_name": "张三丰",
        "inspection_form": "双随机抽查",
        "inspection_method": "现场检查",
        "inspection_content": "排污许可证后执行情况、污染防治设施运行情况",
        "inspection_result": "未发现问题",
        "inspected_on": "2025-06-20",
        "inspecting_authority_name": "市生态环境局",
        "inspecting_authority_code": "11330500MBTEXT101M",
        "source_unit_name": "市生态环境局",
        "source_unit_code": "11330500MBTEXT101M",
    }
    yield [c.title for c in columns] + [f"附加{i}" for i in range(EXTRA)]
    for i in range(count):
        own = example | {
            "counterpart_name": f"湖州第{i}号有限公司",
            "counterpart_code": code(i),
            "task_no": f"湖环抽查〔2025〕{i % 400}号",
            "related_document_no": f"湖环检〔2025〕{i}号",
        }
        yield [own.get(c.name, "") for c in columns] + [f"值{i % 7}"] * EXTRA


def evaluations(count: int) -> Iterator[str]:
    """Yields the lines of an evaluation report."""
    yield "行业领域评价结果名称,企业名称,统一社会信用代码,评价时间,评价部门,评价等级,评价分值\r\n"
    for i in range(count):
        day, grade = f"2025-06-{1 + i % 28:02d}", "ABCD"[i % 4]
        yield f"企业环保领域,湖州第{i}号有限公司,{code(i)},{day},市生态环境局,{grade},{60 + i % 40}\r\n"


def write_file(path: Path, rows: int) -> None:
    """Writes the report of that name, with so many rows."""
    import xlsxwriter

    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as out:
            out.writelines(evaluations(rows))
        return
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("数据")
        for r, cells in enumerate(inspections(rows)):
            sheet.write_row(r, 0, cells)


def make(folder: Path, scale: float) -> dict[str, Path]:
    """Returns the files to be read."""
    rows = {
        "xlsx": (folder / "监督检查结果.xlsx", XLSX_ROWS),
        "large": (folder / "监督检查结果（大）.xlsx", LARGE_ROWS),
        "csv": (folder / "行业评价结果.csv", CSV_ROWS),
    }
    for path, count in rows.values():
        write_file(path, int(count * scale))
    return {kind: path for kind, (path, _) in rows.items()}


def stage(file: Path) -> Iterator[int]:
    """Yields once the process has started, then the rows that staging can see of the file.

    The file is landed, parsed, judged and written as a raw batch.
    """
    from ingest import landing, warehouse
    from ingest.settings import Settings
    from quality import gate

    home = Path(tempfile.mkdtemp(dir=file.parent))
    inbox = home / "inbox" / "ecology_environment" / "2025-06"
    inbox.mkdir(parents=True)
    settings = Settings(home=home, receipt_clock="mtime", person_key=SecretStr("benchmark"))
    first = inbox / f"0{file.name}"
    write_file(first, FIRST_ROWS)
    try:
        with warehouse.connect(settings) as con:
            for sent in (first, file):
                if sent is file:
                    os.link(file, inbox / file.name)
                landing.land_inbox(con, settings)
                summary = gate.gate_pending(con, settings)
                if summary.errors:
                    raise RuntimeError(str(summary.errors[0]))
                yield summary.rows_received
    finally:
        shutil.rmtree(home)


def floor_xlsx(file: Path) -> int:
    """Returns the rows that fastexcel reads, all cells as texts."""
    import fastexcel

    return int(fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_arrow().num_rows)


def floor_csv(file: Path) -> int:
    """Returns the rows that DuckDB reads after transcoding."""
    import duckdb

    plain = file.with_name("plain.csv")
    with file.open(encoding="gb18030", newline="") as source, plain.open("w", encoding="utf-8", newline="") as out:
        shutil.copyfileobj(source, out, 4 * 1024 * 1024)
    target = plain.with_suffix(".parquet")
    duckdb.execute(
        f"copy (from read_csv('{plain}', header = true, all_varchar = true)) to '{target}' (compression zstd)"
    )
    rows = duckdb.execute(f"select count(*) from '{target}'").fetchall()[0][0]
    plain.unlink()
    target.unlink()
    return int(rows)


def codes(count: int) -> int:
    """Returns how many synthetic codes were normalised, classified and checked; one in eight is in a dirty form."""
    from ingest import warehouse
    from ingest.settings import Settings

    with warehouse.connect_memory(Settings(person_key=SecretStr("benchmark"))) as con:
        con.execute(
            """create temp table codes as
            select case i % 8 when 3 then lower(c) when 5 then c || '（1/1）' else c end as sent
            from (select i, '91330502MA' || lpad(cast(i as varchar), 8, '0') as c from range(?) as t (i))""",
            [count],
        )
        begun = time.perf_counter()
        row = con.execute(
            """select count(code), count(xy_code_class(code)), count(*) filter (xy_uscc_check_ok(code))
            from (select xy_uscc(sent) as code from codes)"""
        ).fetchall()[0]
        print(f"normalised in {time.perf_counter() - begun:.1f} s", file=sys.stderr)
        return int(row[0])


FLOORS = {"floor_xlsx": floor_xlsx, "floor_csv": floor_csv}


def step(name: str, argument: str) -> None:
    """Prints seconds, peak of memory and rows of one step, and what the start of its process took."""
    begun = time.perf_counter(), time.process_time()
    start = {}
    if name == "stage":
        staged = stage(Path(argument))
        next(staged)
        ready = time.perf_counter(), time.process_time()
        start = {"start_seconds": round(ready[0] - begun[0], 2), "start_cpu": round(ready[1] - begun[1], 2)}
        begun = ready
        rows = next(staged)
    else:
        rows = codes(int(argument)) if name == "codes" else FLOORS[name](Path(argument))
    spent, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    if name == "stage":
        staged.close()
    kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    peak = max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024
    print(json.dumps({"seconds": round(spent, 2), "cpu": round(cpu, 2), "peak_mb": round(peak), "rows": rows, **start}))


def measured(name: str, argument: str) -> dict[str, float]:
    """Returns what one step took in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--step", name, argument], cwd=ROOT, check=True, stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measures, prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--step", nargs=2)
    parser.add_argument("--output", type=Path, default=RESULTS)
    chosen = parser.parse_args()
    if chosen.step:
        step(*chosen.step)
        return
    folder = Path(tempfile.mkdtemp(prefix="xinyong-intake-"))
    try:
        files = make(folder, chosen.scale)
        figures = {}
        for kind, file in files.items():
            if f"floor_{kind}" in FLOORS:
                figures[f"{kind}_floor"] = measured(f"floor_{kind}", str(file))
            figures[f"{kind}_staging"] = measured("stage", str(file))
        figures["codes"] = measured("codes", str(int(CODES * chosen.scale)))
    finally:
        shutil.rmtree(folder)
    for name, figure in figures.items():
        print(f"{name:14} {figure['seconds']:8.2f} s  {figure['peak_mb']:6.0f} MB  {figure['rows']:>10,} rows")
    for kind, goal in (("xlsx", 3), ("csv", 4)):
        ratio = figures[f"{kind}_staging"]["seconds"] / figures[f"{kind}_floor"]["seconds"]
        work = figures[f"{kind}_staging"]["cpu"] / figures[f"{kind}_floor"]["cpu"]
        print(f"{kind}: {ratio:.1f} times the floor by the clock (goal {goal}), {work:.1f} times by processor time")
        first = figures[f"{kind}_staging"]["start_seconds"]
        print(f"      and {first:.1f} s once for the start of the process")
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    chosen.output.write_text(json.dumps({"scale": chosen.scale, **figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
