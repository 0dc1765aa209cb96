"""Take the passports off the numbers of a scenario: plain data for the models, a passport by path."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

from sim.errors import Problems
from sim.scenario.document import Document, Key, Places
from sim.scenario.layers import RULE_SECTIONS
from sim.scenario.quantities import (
    ASSUMED,
    DISTRIBUTIONS,
    PASSPORT_KEYS,
    STATED,
    Passport,
    is_number,
    is_passport,
)
from sim.scenario.schema import Scenario
from sim.scenario.tree import Tree
from sim.scenario.validate import bounds_of, dotted, field_at


def collapse(document: Document, tree: Tree, problems: Problems) -> tuple[Document, dict[str, Passport]]:
    """Return `document` with bare numbers, and the passport of each number by dotted path.

    Numbers inside rules are part of the rules: a passport there is checked and stays where it is.
    """
    collapser = _Collapser(document, tree, problems)
    data: dict[str, Any] = {}
    inside: dict[str | int, Places] = {}
    for key, value in document.data.items():
        places = document.places_of((key,))
        if key in RULE_SECTIONS:
            collapser.check_inside(value, (key,))
            data[key], inside[key] = value, places
        else:
            data[key], inside[key] = collapser.walk(value, places, (key,))
    places = replace(document.places, inside=inside)
    return Document(document.file, data, places), collapser.passports


class _Collapser:
    """Walks through the settings of one document."""

    def __init__(self, document: Document, tree: Tree, problems: Problems) -> None:
        self.document = document
        self.tree = tree
        self.problems = problems
        self.sources = tree.sources() | {ASSUMED, STATED}
        self.passports: dict[str, Passport] = {}

    def walk(self, data: Any, places: Places, path: Key) -> tuple[Any, Places]:
        if is_passport(data):
            self._keep(self.passport(data, path))
            value = places.inside.get("value", places)
            return data["value"], Places(places.key, value.value)
        if isinstance(data, dict):
            if data and set(data) <= set(PASSPORT_KEYS) - {"value"}:
                self._add(path, "a number's passport lacks its `value`")
            found = {k: self.walk(x, places.inside.get(k, places), (*path, k)) for k, x in data.items()}
            inside: dict[str | int, Places] = {k: place for k, (_, place) in found.items()}
            return {k: x for k, (x, _) in found.items()}, replace(places, inside=inside)
        if is_number(data):
            self._keep(_passport(path, float(data), STATED))
        return data, places

    def _keep(self, passport: Passport | None) -> None:
        if passport is not None:
            self.passports[passport.path] = passport

    def check_inside(self, data: Any, path: Key) -> None:
        """Check the passports that stand inside rules."""
        if is_passport(data):
            self.passport(data, path)
        elif isinstance(data, dict | list):
            for key, value in data.items() if isinstance(data, dict) else enumerate(data):
                self.check_inside(value, (*path, key))

    def _add(self, path: Key, what: str, value: Any = None, *, part: str = "", **help_: Any) -> None:
        where = self.document.mark((*path, part) if part else path)
        self.problems.add(where, f"{dotted(path)}: {what}", value, **help_)

    def passport(self, data: dict[str, Any], path: Key) -> Passport | None:
        """Check one passport and return it (None where it is wrong or not of a number)."""
        sound = True
        for key in data:
            if key not in PASSPORT_KEYS:
                where = self.document.key_mark((*path, key))
                what = f"{dotted(path)}: unknown part of a passport {key!r}"
                self.problems.add(where, what, key, known=PASSPORT_KEYS)
                sound = False
        source = data.get("source", STATED)
        if isinstance(source, str):
            if source not in self.sources:
                self.tree.check_sources((source,), self.document.mark((*path, "source")), self.problems)
        else:
            self._add(path, "a source is an id or `assumed`", source, part="source")
            sound = False
        shape = data.get("distribution", "uniform")
        if shape not in DISTRIBUTIONS:
            self._add(path, "unknown distribution", shape, part="distribution", known=DISTRIBUTIONS)
            sound = False
        value = data["value"]
        if not is_number(value):
            return None
        if source == ASSUMED and "range" not in data:
            self._add(path, "an assumed number needs a plausible range", value, allowed="range: [low, high]")
            sound = False
        limits = None
        if "range" in data:
            fault = _range_fault(data, _described(path).bounds, shape)
            if fault is not None:
                self._add(path, fault[0], data["range"], part="range", allowed=fault[1])
                return None
            limits = float(data["range"][0]), float(data["range"][1])
        return _passport(path, float(value), source, limits, shape) if sound else None


def _range_fault(
    data: dict[str, Any], bounds: tuple[float, float] | None, shape: str
) -> tuple[str, str | None] | None:
    """Say what is wrong with the range of a passport and what is allowed, or return None."""
    limits = data["range"]
    if not isinstance(limits, list) or len(limits) != 2 or not all(is_number(x) for x in limits):
        return "not a range", "[low, high]"
    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        return "not a range", "[low, high], low first"
    # A value that something else set (`stated`) may lie outside the range that the original had.
    if data.get("source") != STATED and not low <= data["value"] <= high:
        return f"the range does not contain the value {data['value']:g}", "[low, high] around the value"
    if bounds is not None and not bounds[0] <= low <= high <= bounds[1]:
        return "the range leaves the bounds", f"{bounds[0]:g} to {bounds[1]:g}"
    if shape == "log_uniform" and low <= 0:
        return "a log_uniform range begins above zero", "[low, high] with low > 0"
    return None


@dataclass(frozen=True, slots=True)
class _Description:
    """What the schema knows of a number: unit, role, hard bounds, meaning, and whether it is a whole one."""

    unit: str = ""
    role: str = ""
    bounds: tuple[float, float] | None = None
    doc: str = ""
    whole: bool = False


@functools.lru_cache(maxsize=4096)  # a scenario has hundreds of numbers, and is read thousands of times
def _described(path: Key) -> _Description:
    field = field_at(Scenario, path)
    if field is None:
        return _Description()
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return _Description(
        unit=str(extra.get("unit", "")),
        role=str(extra.get("role", "")),
        bounds=bounds_of(field),
        doc=field.description or "",
        whole=field.annotation is int,
    )


def _passport(
    path: Key, value: float, source: str, limits: tuple[float, float] | None = None, shape: str = "uniform"
) -> Passport:
    """Return the passport of a number, with what the schema knows of it."""
    known = _described(path)
    return Passport(
        path=dotted(path),
        value=int(value) if known.whole and value.is_integer() else value,
        source=source,
        range=limits,
        distribution=shape,
        unit=known.unit,
        role=known.role,
        bounds=known.bounds,
        doc=known.doc,
    )
