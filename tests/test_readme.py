"""Every `sim` line of the README runs, on a small sample, and so does its Python."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.shown import run_lines, shown_lines

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = shown_lines(TEXT)


def test_the_readme_names_the_two_commands_first() -> None:
    assert LINES[:2] == ["make demo", "make test"]


def test_every_sim_line_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_lines(LINES[2:], tmp_path)


def test_the_rules_of_the_readme_check(tmp_path: Path) -> None:
    from sim.scenario.check import check_file

    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    path = tmp_path / "mine.yaml"
    path.write_text(block)
    assert check_file(path) == "scenario"


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    exec(compile(block, "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "AgentSet" in told
    (shown,) = re.findall(r"```text\n(.*?)```", TEXT, re.S)
    rows = [line.split() for line in shown.splitlines() if line.startswith(("bookings", "transfers"))]
    assert len(rows) == 2
    assert [line.split() for line in told.splitlines() if line.startswith(("bookings", "transfers"))] == rows
    assert "nan" not in told.lower()


def test_the_readme_counts_the_levers_and_says_which_patterns_the_model_misses() -> None:
    levers = {path.stem for path in (ROOT / "scenarios" / "levers").glob("*.yaml")}
    assert f"{len(levers - {'null'})} levers and an empty one, `null`" in TEXT
    rows = json.loads((ROOT / "docs" / "validation.json").read_text(encoding="utf-8"))["rows"]
    missed = {row["id"] for row in rows if row["verdict"] == "outside"}
    (said,) = re.findall(r"What the last one found is in (.*?)\n\n", TEXT, re.S)
    assert set(re.findall(r"\(`([A-Z]\d+)`\)", said)) == missed
    assert not [row for row in rows if row["fitted"] and row["verdict"] == "outside"]
