"""What differs between a scenario and the base, and between phases of a timeline, and where that is said."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import numpy as np

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.lever_uses import parse_use
from sim.scenario.levers import Lever, load_lever
from sim.scenario.loader import LoadedScenario
from sim.scenario.phases import Phase
from sim.scenario.quantities import Passport
from sim.scenario.schema import Scenario
from sim.scenario.tables import CompiledTable
from sim.scenario.tree import Tree, shipped
from sim.scenario.validate import field_at
from sim.views.docs_library import base
from sim.views.markdown import code, ends, plain_number
from sim.views.scenarios import ORIGINS, difference, row_text


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that differs: None stands for one that is not there."""

    path: str
    before: Any
    after: Any
    passport: Passport | None
    where: str

    @property
    def doc(self) -> str:
        """What the setting means."""
        field = field_at(Scenario, tuple(self.path.split(".")))
        return "" if field is None else str(field.description or "")

    def grounds(self) -> tuple[str, str]:
        """Return unit with plausible range, and source: empty where it is no number."""
        p = self.passport
        return ("", "") if p is None else ("<br>".join(x for x in (p.unit, ends(p.range)) if x), p.source)


def changes_of(scenario: LoadedScenario) -> Iterator[Change]:
    """Yield the settings of a scenario that differ from those of the base, in its first phase."""
    before = base().passports
    for row in difference(scenario, base())["settings"]:
        path = row["path"]
        passport = scenario.passports.get(path) or before.get(path)
        yield Change(path, row["from"], row["to"], passport, place_of(scenario, path))


def place_of(scenario: LoadedScenario, path: str) -> str:
    """Return where a setting of a scenario stands: file and line, or the command line."""
    keys = path.split(".")
    for many in range(len(keys), 0, -1):
        mark = scenario.marks.get(".".join(keys[:many]))
        if mark is not None:
            return _written(scenario, mark)
    return ""


def _written(scenario: LoadedScenario, mark: Mark) -> str:
    """Return a mark without the folders of this machine."""
    if mark.file is None:
        return "command line"
    root = shipped().resolve()
    file = mark.file.resolve()
    if file.is_relative_to(root):
        name = file.relative_to(root).as_posix()
    else:
        near = Tree.around(scenario.path).root.resolve()
        name = file.relative_to(near).as_posix() if file.is_relative_to(near) else file.name
    return f"{name}:{mark.line}" if mark.line else name


def levers_of_all_phases(scenario: LoadedScenario) -> dict[str, Lever]:
    """Return every lever that is on in any phase, by its label, in the order in which they come."""
    own = {lever.label: lever for lever in scenario.levers}
    tree, found = Tree.around(scenario.path), {}
    for label in dict.fromkeys(label for phase in scenario.phases for label in phase.levers):
        problems = Problems()
        use = None if label in own else parse_use(label, problems)
        lever = own.get(label) or (None if use is None else load_lever(use, tree, problems))
        if lever is not None:
            found[label] = lever
    return found


def shown(value: Any) -> str:
    """Return a setting as a table shows it; of a path only the name."""
    if value is None:
        return "(nothing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, int | float):
        return plain_number(value)
    return PurePath(str(value)).name or str(value)


def between(earlier: Phase, later: Phase) -> Iterator[tuple[str, Any, Any]]:
    """Yield the settings that differ between two phases."""
    before, after = (dict(_flat(phase.settings.model_dump(), "")) for phase in (earlier, later))
    for path in dict.fromkeys([*before, *after]):
        old, new = before.get(path), after.get(path)
        if old != new:
            yield path, old, new


def _flat(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, data


def rules_between(earlier: Phase, later: Phase) -> list[str]:
    """Return the decision tables whose answers differ between two phases."""
    return [name for name in v.TABLES if not _same(earlier.tables[name], later.tables[name])]


def _same(one: CompiledTable, other: CompiledTable) -> bool:
    pairs: list[tuple[Any, Any]] = [(one.paper, other.paper), (one.fallback, other.fallback)]
    pairs += [(one.compliance, other.compliance), *zip(one.lookup, other.lookup, strict=True)]
    return all(np.array_equal(a, b) for a, b in pairs)


def patch_lines(lever: Lever) -> Iterator[str]:
    """Yield what a lever sets and which rules it lays, with its parameters filled in."""
    data = lever.patch.data if isinstance(lever.patch.data, dict) else {}
    for path, value in (data.get("set") or {}).items():
        yield f"Sets {code(path)} to {code(_value(value))}"
    for section in ("state_rules", "rules"):
        for name, rows in (data.get(section) or {}).items():
            where = {"before": "Before the", "after": "After the"}
            blocks = rows.items() if isinstance(rows, dict) else [("", rows)]
            for place, block in blocks:
                told = "; ".join(row_text(row) for row in block)
                there = where.get(place, "In place of the")
                yield f"{there} rows of {code(name)} ({ORIGINS[section]}): {told}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(x)}" for key, x in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain_number(value) if isinstance(value, int | float) and math.isfinite(value) else str(value)
