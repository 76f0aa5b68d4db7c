"""The command line: instant help, readable errors, honest exit codes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration import cli

ROOT = Path(__file__).parents[2]
COMMANDS = {"demo", "run", "template", "check", "confirm", "draw", "profile", "notice", "trace", "verify", "doctor"}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Calls ``xinyong`` in this process as the console script does; returns exit code, output, errors."""
    monkeypatch.setenv("XINYONG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["xinyong", *arguments])
        code = cli.call()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_commands_are_those_of_the_design() -> None:
    assert {command.name or command.callback.__name__ for command in cli.app.registered_commands} == COMMANDS


def test_help_answers_at_once() -> None:
    subprocess.run([sys.executable, "-m", "orchestration.cli", "--help"], cwd=ROOT, capture_output=True, check=True)
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "orchestration.cli", "--help"], cwd=ROOT, capture_output=True, check=True)
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [(["--help"], 0, "doctor"), (["template", "nothing"], 1, "there is no such feed"), (["nothing"], 2, "nothing")],
)
def test_process_ends_with_the_exit_code_and_all_it_said(arguments, code, said) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == code
    assert said in answer.stdout + answer.stderr


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 100


def test_unknown_setting_is_one_readable_line(run, monkeypatch) -> None:
    monkeypatch.setenv("XINYONG_HOMME", "/tmp/x")
    code, _, err = run("template", "positive_list")
    assert code == 1
    assert "XINYONG_HOMME" in err
    assert "XINYONG_HOME" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--period", "2025-6"), "YYYY-MM"),
        (("run", "--period", "2025-06", "--as-of", "soon"), "Asia/Shanghai"),
        (("template", "nothing"), "positive_list"),
        (("profile", "91330500MA2B0000XX"), "close a month first"),
        (("run", "--period", "2025-06"), "XINYONG_PERSON_KEY"),
    ],
)
def test_fault_of_the_caller_says_what_to_do(run, arguments, said) -> None:
    code, _, err = run(*arguments)
    assert code == 1
    assert said in err
    assert "Traceback" not in err


CHECKED = {  # a list of one entry: in order, with a remark, with a fault, without a header that must be there
    "clean": ("91330502MATEXT01XA", "2025-06-20", 0, "1"),
    "remark": ("91330502MATEXT01X9", "2025-06-20", 0, "1"),
    "fault": ("91330502MATEXT01XA", "近期", 1, "退回"),
    "header": ("91330502MATEXT01XA", None, 1, "发布日期"),
}


@pytest.mark.parametrize("name", CHECKED)
def test_check_ends_with_zero_only_if_every_row_would_be_accepted(run, tmp_path, monkeypatch, name) -> None:
    monkeypatch.setenv("XINYONG_PERSON_KEY", "key of a test, thirty-two letters long")
    code, day, expected, said = CHECKED[name]
    header, row = ["行业领域名称", "企业名称", "统一社会信用代码"], ["企业环保领域", "湖州甲乙丙丁有限公司", code]
    if day is not None:
        header, row = [*header, "发布日期"], [*row, day]
    file = tmp_path / "正面清单_2025-06.csv"
    file.write_text(f"{','.join(header)}\n{','.join(row)}\n", encoding="utf-8")
    ended, out, _ = run("check", str(file), "--department", "ecology_environment")
    assert ended == expected
    assert said in out
    assert not (tmp_path / "home" / "archive").exists(), "nothing is stored"


def test_check_names_the_departments(run, tmp_path) -> None:
    file = tmp_path / "正面清单.csv"
    file.write_text("行业领域名称\n", encoding="utf-8")
    code, _, err = run("check", str(file), "--feed", "positive_list", "--department", "nobody")
    assert code == 1
    assert "market_regulation (市市场监管局)" in err


@pytest.mark.parametrize("name", ["positive_list", "行业正面清单"])
def test_template_is_written_by_code_or_title(run, tmp_path, name) -> None:
    code, out, _ = run("template", name, "--output", str(tmp_path))
    written = Path(out.strip())
    assert code == 0
    assert written.parent == tmp_path
    assert written.read_bytes()[:2] == b"PK"


def test_doctor_tells_a_missing_key_and_fails(run) -> None:
    code, out, _ = run("doctor")
    assert code == 1
    assert "XINYONG_PERSON_KEY is not set" in out


def test_doctor_is_content_with_a_good_machine(run, monkeypatch) -> None:
    monkeypatch.setenv("XINYONG_PERSON_KEY", "k" * 40)
    code, out, _ = run("doctor")
    assert code == 0, out
    assert "bad" not in out.split()
