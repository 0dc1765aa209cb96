"""Command lines that a page shows, and how tests run them on small samples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML
from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
SMALL = ["--residents", "1500", "--replications", "2", "--days", "20"]


def shown_lines(text: str) -> list[str]:
    """Return the command lines of a page's console blocks, without their prompt."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.S)
    return [line[2:].strip() for block in blocks for line in block.splitlines()]


def run_lines(lines: Iterable[str], folder: Path) -> None:
    """Run `sim` lines one after the other, the present folder being `folder`; each must end well."""
    from sim.cli import app

    for path in (ROOT / "experiments").glob("*/experiment.yaml"):
        _write_small(path, folder / "experiments" / path.parent.name)
    for line in lines:
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
    folder.mkdir(parents=True, exist_ok=True)
    yaml.dump(data, folder / "experiment.yaml")
