"""Tables of parameters for the methods pages: every number of a scenario with its passport, by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sim.scenario.layers import RULE_SECTIONS
from sim.scenario.loader import LoadedScenario
from sim.scenario.quantities import Passport
from sim.scenario.schema import Scenario
from sim.scenario.validate import bounds_of, field_at, model_inside
from sim.views.markdown import code, codes, ends, plain_number, table

# Sections whose parts have tables of their own.
WIDE = ("population", "ice", "community", "agencies", "jails")
OPTIONAL = ("operations", "raids", "announcements")
TITLES = ("Parameter", "Value", "Plausible range", "Source", "Unit and bounds", "Kind", "Meaning")


def parameter_tables(scenario: LoadedScenario) -> str:
    """Return every number of a scenario with its passport, one table a section."""
    parts = []
    for section, found in groupby(scenario.passports.values(), key=lambda p: section_of(p.path)):
        numbers = list(found)
        parts += [f"### `{section}`", f"{_doc_of(section)}\n\n{_numbers(section, numbers)}"]
    return "\n\n".join(parts)


def section_of(path: str) -> str:
    """Return the part of a scenario that a number is shown in: `run`, `ice.review`, `agencies.sheriff`."""
    keys = path.split(".")
    deep = keys[0] in WIDE and len(keys) > 2
    # The population's own mappings are numbers by name, and no sections.
    deep = deep and (
        keys[0] in ("agencies", "jails") or model_inside(_field(keys[:2]).annotation) is not None
    )
    return ".".join(keys[: 2 if deep else 1])


def _field(keys: Sequence[str]) -> Any:
    return field_at(Scenario, tuple(keys))


def _doc_of(section: str) -> str:
    """Return what a section is, as its model says."""
    model = model_inside(_field(section.split(".")).annotation)
    text = (model.__doc__ or "").split("\n\n")[0]
    return " ".join(text.split())


def _numbers(section: str, numbers: Sequence[Passport]) -> str:
    """Return the table of a section: a mapping has a line of its own above its numbers."""
    rows: list[tuple[str, ...]] = []
    for field, found in groupby(numbers, key=lambda p: _family(section, p.path)):
        alike = list(found)
        if field:
            rows.append((f"**{code(field)}**", "", "", "", *_shared(alike[0])))
        above = f"{section}.{field}" if field else section
        rows += [_row(p, above, own=not field) for p in alike]
    return table(TITLES, rows, right=[1])


def _family(section: str, path: str) -> str:
    """Return the mapping that a number belongs to, below its section; nothing where it stands alone."""
    keys = path.split(".")
    above = keys[:-1]
    while above and _field(above) is _field(keys):
        shorter = above[:-1]
        if not shorter or _field(shorter) is not _field(keys):
            return ".".join(above)[len(section) + 1 :]
        above = shorter
    return ""


def _row(p: Passport, above: str, *, own: bool) -> tuple[str, ...]:
    shape = "" if p.range is None or p.distribution == "uniform" else f" ({p.distribution.replace('_', '-')})"
    name = p.path[len(above) + 1 :] if own else p.path[len(above) :]
    rest = _shared(p) if own else ("", "", "")
    return code(name), plain_number(p.value), ends(p.range) + shape, p.source, *rest


def _shared(p: Passport) -> tuple[str, str, str]:
    """Return unit with bounds, kind and meaning: what the numbers of a mapping have in common."""
    return _unit(p.unit, ends(p.bounds)), p.role, p.doc


def _unit(unit: str, bounds: str) -> str:
    return ": ".join(x for x in (unit, bounds) if x)


# ── settings that are words, and parts that a scenario may add ───────────────────────────────────────────
def word_table(scenario: LoadedScenario) -> str:
    """Return the settings that are no numbers: words, switches and lists of words."""
    rows = []
    for path, value in _words(scenario.resolved, ""):
        field = _field(path.split("."))
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        choices = codes(extra.get("choices", ())) or ("yes, no" if isinstance(value, bool) else "")
        rows.append((code(path), _shown(value), choices, str(extra.get("role", "")), field.description or ""))
    return table(("Setting", "Value", "Choices", "Kind", "Meaning"), rows)


def _words(data: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a resolved scenario that are no numbers; titles and sources are none."""
    if isinstance(data, dict) and "value" not in data:
        for key, value in data.items():
            if path or (key not in RULE_SECTIONS and key not in ("name", "description", "sources")):
                yield from _words(value, f"{path}.{key}" if path else key)
    elif isinstance(data, bool | str | list | tuple):
        yield path, data


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return codes(value) or "none"
    return code(value)


def optional_tables() -> str:
    """Return the parts that the base leaves empty and a scenario may add: their fields, unit and bounds."""
    parts = []
    for section in OPTIONAL:
        model = model_inside(Scenario.model_fields[section].annotation)
        doc = " ".join((model.__doc__ or "").split())
        rows = [_declared(name, field) for name, field in model.model_fields.items()]
        titles = ("Parameter", "Unit and bounds", "Kind", "Meaning")
        parts += [f"### `{section}.NAME`", f"{doc}\n\n{table(titles, rows)}"]
    return "\n\n".join(parts)


def _declared(name: str, field: Any) -> tuple[str, ...]:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    unit, kind = str(extra.get("unit", "")), str(extra.get("role", ""))
    kinds = f"; by {', '.join(extra['names'])}" if "names" in extra else ""
    return code(name), _unit(unit, ends(bounds_of(field))), kind, f"{field.description or ''}{kinds}"


def value_of(scenario: LoadedScenario, path: str) -> str | None:
    """Return the value of a number as prose gives it, None where there is none at that path."""
    passport = scenario.passports.get(path)
    return None if passport is None else plain_number(passport.value)
