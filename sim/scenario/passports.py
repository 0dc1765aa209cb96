"""Take the passports off the numbers of a scenario: plain data for the models, a passport by path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sim.errors import Problems
from sim.scenario.document import Document, Key
from sim.scenario.quantities import ASSUMED, DISTRIBUTIONS, PASSPORT_KEYS, STATED, Passport, is_passport
from sim.scenario.schema import Scenario
from sim.scenario.tree import Tree

_RULES = ("rules", "state_rules", "unrestricted")


def collapse(document: Document, problems: Problems) -> tuple[Document, dict[str, Passport]]:
    """Return `document` with bare numbers, and the passport of each number by dotted path.

    Numbers inside rules are part of the rules and have none.
    """
    passports: dict[str, Passport] = {}
    data = {
        key: value if key in _RULES else _walk(value, (key,), document, passports, problems)
        for key, value in document.data.items()
    }
    return Document(document.file, data, document.marks), passports


def _walk(data: Any, path: Key, document: Document, passports: dict[str, Passport], problems: Problems) -> Any:
    if is_passport(data):
        passport = _passport(data, path, document, problems)
        if passport is not None:
            passports[passport.path] = passport
        return data["value"]
    if isinstance(data, dict):
        return {k: _walk(x, (*path, k), document, passports, problems) for k, x in data.items()}
    if isinstance(data, int | float) and not isinstance(data, bool):
        dotted = ".".join(map(str, path))
        passports[dotted] = _described(Passport(dotted, float(data), STATED), path)
    return data


def _passport(data: dict[str, Any], path: Key, document: Document, problems: Problems) -> Passport | None:
    before = len(problems.found)
    dotted = ".".join(map(str, path))
    for key in data:
        if key not in PASSPORT_KEYS:
            problems.add(document.mark((*path, key)), f"{dotted}: unknown part of a passport", key, known=PASSPORT_KEYS)
    source = data.get("source", STATED)
    if not isinstance(source, str):
        problems.add(document.mark((*path, "source")), f"{dotted}: a source is an id or `assumed`", source)
    value = data["value"]
    plausible = data.get("range")
    if plausible is not None and not _is_range(plausible, value):
        allowed = "[low, high] around the value"
        problems.add(document.mark((*path, "range")), f"{dotted}: not a range", plausible, allowed=allowed)
    if source == ASSUMED and plausible is None:
        problems.add(document.mark(path), f"{dotted}: an assumed number needs a range", value, allowed="range: [low, high]")
    shape = data.get("distribution", "uniform")
    if shape not in DISTRIBUTIONS:
        problems.add(document.mark((*path, "distribution")), f"{dotted}: unknown distribution", shape, known=DISTRIBUTIONS)
    if len(problems.found) > before or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    limits = (float(plausible[0]), float(plausible[1])) if plausible else None
    return _described(Passport(dotted, float(value), source, limits, shape), path)


def _is_range(data: Any, value: Any) -> bool:
    sound = isinstance(data, list) and len(data) == 2
    if not sound or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in (*data, value)):
        return False
    # A value that something else set may lie outside the range that the original had.
    return bool(data[0] <= data[1])


def _described(passport: Passport, path: Key) -> Passport:
    """Add what the schema knows of the field: unit, role, hard bounds, meaning."""
    here: Any = Scenario
    field: Any = None
    for key in path:
        fields = getattr(here, "model_fields", None)
        if fields is None:
            continue
        if key not in fields:
            continue
        field = fields[key]
        here = _model_inside(field.annotation)
    if field is None:
        return passport
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    bounds = extra.get("bounds") or _limits(field)
    return replace(
        passport,
        unit=str(extra.get("unit", "")),
        role=str(extra.get("role", "")),
        bounds=tuple(bounds) if bounds else None,
        doc=field.description or "",
    )


def _model_inside(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_inside(part)
        if found is not None:
            return found
    return None


def _limits(field: Any) -> tuple[float, float] | None:
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    return None if low is None or high is None else (float(low), float(high))


def resolve_sources(passports: dict[str, Passport], document: Document, tree: Tree, problems: Problems) -> None:
    """Note passports whose source no bibliography has."""
    for path, passport in passports.items():
        key = tuple(path.split("."))
        tree.check_sources((passport.source,), document.mark((*key, "source")), problems)
