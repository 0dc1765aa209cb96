"""Every `sim` line of the README runs, on a small sample, and so does its Python."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    x[2:].strip() for block in re.findall(r"```console\n(.*?)```", TEXT, re.S) for x in block.splitlines()
]
SMALL = ["--residents", "1500", "--replications", "2", "--days", "20"]


def test_the_readme_names_the_two_commands_first() -> None:
    assert LINES[:2] == ["make demo", "make test"]


def test_every_sim_line_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.cli import app

    monkeypatch.chdir(tmp_path)
    for path in (ROOT / "experiments").glob("*/experiment.yaml"):
        _write_small(path, tmp_path / "experiments" / path.parent.name)
    for line in LINES[2:]:
        words = shlex.split(line)
        assert words[0] == "sim"
        if words[1] == "validate":
            continue  # `make validate` runs it, with its own small size, in continuous integration
        extra = SMALL if words[1] in ("run", "compare", "explain") else []
        extra = [x for k, x in enumerate(extra) if extra[k - k % 2] not in words]
        result = CliRunner().invoke(app, [*words[1:], *extra])
        assert result.exit_code == 0, (line, result.output)


def _write_small(path: Path, folder: Path) -> None:
    """Write an experiment with few people, few days and few points."""
    yaml = YAML()
    data = yaml.load(path)
    data |= {"residents": 200, "days": 10, "warm_up": 0, "levers": data["levers"][:2]}
    if "points" in data["design"]:
        data["design"]["points"] = 2
    folder.mkdir(parents=True)
    yaml.dump(data, folder / "experiment.yaml")


def test_the_rules_of_the_readme_check(tmp_path: Path) -> None:
    from sim.scenario.check import check_file

    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.S)
    path = tmp_path / "mine.yaml"
    path.write_text(block)
    assert check_file(path) == "scenario"


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    exec(compile(block, "README.md", "exec"), {})
    assert "AgentSet" in capsys.readouterr().out
