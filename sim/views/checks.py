"""Checks before anything long begins: files for `sim check`, and all that a comparison reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, Mark, Problem, Problems
from sim.scenario.check import check_file
from sim.scenario.levers import lever_names
from sim.scenario.loader import load
from sim.scenario.tree import Tree
from sim.views.console import say, tell


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, what kind it is where that could be told, and what is wrong with it."""

    path: Path
    kind: str
    problems: tuple[Problem, ...]

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "path": str(self.path),
            "ok": not self.problems,
            "kind": self.kind or None,
            "problems": [
                {
                    "file": None if p.where.file is None else str(p.where.file),
                    "line": p.where.line,
                    "column": p.where.column,
                    "what": p.what,
                    "found": p.value,
                    "allowed": p.allowed,
                    "nearest": p.nearest,
                }
                for p in self.problems
            ],
        }


def check_all(paths: Sequence[Path]) -> list[Checked]:
    """Check files, and every `*.yaml` below folders."""
    found: list[Checked] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.yaml"))
            found += [_check(file) for file in inside] or [_empty(path)]
        else:
            found.append(_check(path))
    return found


def _check(path: Path) -> Checked:
    try:
        kind = check_file(path)
        if kind == "scenario":
            _check_residents(path)
        return Checked(path, kind, ())
    except InputError as error:
        return Checked(path, "", error.problems)


def _empty(path: Path) -> Checked:
    return Checked(path, "", (Problem(Mark(path), "the folder holds no *.yaml file"),))


def report(found: Sequence[Checked], *, quiet: bool) -> None:
    """Say which files are right (unless `quiet`), and each problem once however many files it spoils."""
    told: set[Problem] = set()
    for checked in found:
        if not checked.problems:
            if not quiet:
                say(f"ok  {checked.kind:<10}  {checked.path}")
            continue
        for problem in checked.problems:
            if problem not in told:
                tell(str(problem))
        if told.issuperset(checked.problems):
            tell(f"{checked.path}: wrong for the reasons above")
        told.update(checked.problems)
    wrong = sum(bool(checked.problems) for checked in found)
    if wrong:
        tell(f"{wrong} of {len(found)} files wrong" if len(found) > 1 else "1 file wrong")


def check_comparison(scenario: str, levers: Sequence[str], settings: Sequence[str]) -> None:
    """Raise `InputError` with all that is wrong with a scenario, its levers and its settings together."""
    problems = Problems()
    if not levers:
        known = lever_names(Tree.around(Path(scenario)).lever_folders())
        problems.add(Mark(), "no lever to compare with: give at least one --lever", known=known)
    for name in dict.fromkeys(levers):
        if levers.count(name) > 1:
            problems.add(Mark(), f"--lever {name} is given twice", allowed="each lever once")
    for given in [[name] for name in levers] or [[]]:
        try:
            load(scenario, levers=given, settings=settings)
        except InputError as error:
            problems.found += [problem for problem in error.problems if problem not in problems.found]
    problems.raise_if_any()


def _check_residents(path: Path) -> None:
    """Read the table of residents of a scenario that has one: its mistakes are the scenario's."""
    from sim.scenario.loader import load

    population = load(path).settings.population
    if population.table is not None:
        import numpy as np

        from sim.population.synthesis import build

        build(population, 0, np.uint64(0))
