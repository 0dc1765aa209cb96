"""Files checked one by one, for `sim check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, Mark, Problem, Problems
from sim.scenario.check import check_file, kind_of
from sim.scenario.document import read
from sim.scenario.loader import load
from sim.studies.plan import gathered
from sim.views.console import say, tell
from sim.views.names import wrong_name
from sim.views.notes import notes_on


@dataclass(frozen=True, slots=True)
class Checked:
    """A file, what kind it is where that could be told, what is wrong with it, and what to know of it."""

    path: Path
    kind: str
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()

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
            "notes": list(self.notes),
        }


def check_all(names: Sequence[str]) -> list[Checked]:
    """Check files, and every `*.yaml` below folders."""
    found: list[Checked] = []
    for name in names:
        path, wrong = Path(name), wrong_name("FILE", name)
        if wrong is not None:
            found.append(Checked(path, "", (wrong,)))
        elif path.is_dir():
            inside = sorted(path.rglob("*.yaml"))
            found += [_check(file) for file in inside] or [_empty(path)]
        else:
            found.append(_check(path))
    return found


def _check(path: Path) -> Checked:
    problems, kind = Problems(), ""
    with gathered(problems):
        kind = check_file(path)
    looks = kind or _looks(path)  # what is wrong otherwise keeps nothing from being told
    if looks == "patterns":
        from sim.studies.targets import load_patterns

        with gathered(problems):
            load_patterns(path)  # asks the tally and the scenarios of the regimes, which a file alone cannot
    if looks == "experiment":
        from sim.studies.sweeps.sweep import read_experiment

        with gathered(problems):
            read_experiment(path)  # the names of outcomes, which a file alone does not know
    notes: tuple[str, ...] = ()
    if kind == "scenario":
        with gathered(problems):
            notes = _notes(path)
    if problems.found:
        return Checked(path, "", InputError(problems.found).problems)
    return Checked(path, kind, (), notes)


def _looks(path: Path) -> str:
    """Return the kind of file that one that is wrong seems to be."""
    document = read(path, Problems())
    return "" if document is None else kind_of(path, document)


def _empty(path: Path) -> Checked:
    return Checked(path, "", (Problem(Mark(path), "the folder holds no *.yaml file"),))


def report(found: Sequence[Checked], *, quiet: bool) -> None:
    """Say which files are right (unless `quiet`), and each problem once however many files it spoils."""
    told: set[Problem] = set()
    for checked in found:
        if not checked.problems:
            if not quiet:
                say(f"ok  {checked.kind:<10}  {checked.path}")
            for note in checked.notes:
                tell(f"{checked.path}: note: {note}")
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


def _notes(path: Path) -> tuple[str, ...]:
    """Return what to know of a scenario, after reading its table of residents, if any: its mistakes count."""
    world = load(path)
    if world.settings.population.table is not None:
        import numpy as np

        from sim.population.synthesis import build

        build(world.settings.population, 0, np.uint64(0))
    return tuple(notes_on(world))
