"""What silently wins over what: settings over levers, later levers over earlier ones, levers over state law.

Precedence is no mistake, and nothing here is refused; but who lists two levers that set the same number, or
fixes by hand what a lever moves, or has a lever of a shipped name, is told which of them holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sim.scenario.document import Document
from sim.scenario.levers import Lever
from sim.scenario.quantities import is_passport
from sim.scenario.reader import Layer

Setting = tuple[str, Document]


def overrides(layers: Sequence[Layer], levers: Sequence[Lever], settings: Sequence[Setting]) -> list[str]:
    """Return what to tell of a scenario with levers and settings laid over it, a sentence each.

    Levers are held against others of the same list only: that those of the command line come after those of
    a file, and those of a file after its parent's, is what they are asked for.
    """
    found: list[str] = []
    for group in (*(layer.levers for layer in layers), tuple(levers)):
        for k, later in enumerate(group):
            for earlier in group[:k]:
                found += _lever_over_lever(later, earlier)
    for lever in levers:
        found += [f"{_set(path)} overrides lever {lever.name}." for path in fixed_by(lever, settings)]
    every = [lever for group in (*(layer.levers for layer in layers), levers) for lever in group]
    found += [note for lever in every for note in _lever_over_law(lever, layers)]
    return list(dict.fromkeys(found))


def hidden(levers: Iterable[Lever]) -> list[str]:
    """Return what to tell of levers that stand in place of shipped ones of the same name, a sentence each."""
    found = [f"lever {x.name} is that of {x.instead}, not the shipped one." for x in levers if x.instead]
    return list(dict.fromkeys(found))


def fixed_by(lever: Lever, settings: Sequence[Setting]) -> list[str]:
    """Return the paths that a lever moves and settings of the command line set otherwise."""
    moved = _numbers(lever)
    given = [leaf for path, value in settings for leaf in _leaves(path, value.data)]
    return _clashes(given, moved)


def _set(path: str) -> str:
    return f"--set {path}"


def _numbers(lever: Lever) -> list[tuple[str, Any]]:
    patch = lever.patch.data.get("set") or {}
    return [leaf for path, value in patch.items() for leaf in _leaves(path, value)]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Give the plain values of a setting by dotted path."""
    if is_passport(value):
        yield path, value["value"]
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}", inner)
    else:
        yield path, value


def _clashes(later: Sequence[tuple[str, Any]], earlier: Sequence[tuple[str, Any]]) -> list[str]:
    """Return the paths of `later` at which it sets something else than `earlier`."""
    found = [p for p, x in later if any(_meet(p, other) and x != y for other, y in earlier)]
    return list(dict.fromkeys(found))


def _meet(one: str, other: str) -> bool:
    """Whether two dotted paths name the same setting; `*` stands for every agency or jail."""
    a, b = one.split("."), other.split(".")
    return len(a) == len(b) and all(x == y or "*" in (x, y) for x, y in zip(a, b, strict=True))


def _lever_over_lever(later: Lever, earlier: Lever) -> Iterator[str]:
    names = f"lever {later.name} overrides {earlier.name}"
    for path in _clashes(_numbers(later), _numbers(earlier)):
        yield f"{names} at {path}."
    for section in ("rules", "state_rules"):
        before = earlier.patch.data.get(section) or {}
        for table, rows in (later.patch.data.get(section) or {}).items():
            if table in before and rows != before[table] and _decides_all(rows):
                yield f"{names}: its rows of {table} decide every case."


def _decides_all(rows: Any) -> bool:
    """Whether rows leave nothing to those that stood in the table."""
    first = rows.get("before") if isinstance(rows, dict) else rows
    return isinstance(rows, list) or any(
        isinstance(row, dict) and "otherwise" in row for row in (first if isinstance(first, list) else ())
    )


def _lever_over_law(lever: Lever, layers: Sequence[Layer]) -> Iterator[str]:
    laws = [law for layer in layers if layer.place is not None for law in layer.place.laws if law.name]
    for law in laws:
        tables = law.layer.data.get("state_rules") or {}
        for table, rows in (lever.patch.data.get("state_rules") or {}).items():
            if table in tables:
                how = "come before" if isinstance(rows, dict) and "before" in rows else "stand in place of"
                yield f"the rows of lever {lever.name} on {table} {how} those of state law ({law.name})."
        said = list(_leaves("state", law.layer.data.get("state") or {}))
        for path in _clashes(_numbers(lever), said):
            yield f"lever {lever.name} sets {path} against state law ({law.name})."
