"""Laying one part of a scenario over another: parent, place, body, levers, `set`, command line.

Precedence is stated once, here: command line > `set` > later lever > earlier lever > the file's own
sections > place > parent.  Mappings merge key by key; anything else replaces what stood there.  A bare
number that lands on a number with a passport keeps the passport's plausible range and becomes `stated`.

Nothing is changed in place: every function returns a new document that shares what it did not touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, Key, Places, at
from sim.scenario.quantities import STATED, is_number, is_passport

RULE_SECTIONS = ("rules", "state_rules", "unrestricted")
EDITS = ("before", "after")
# Sections of dated events, which a scenario names, and what says when they are.
DATED = {"operations": "begins", "raids": "begins", "announcements": "day"}
NAMED = ("agencies", "jails", *DATED)  # sections whose parts a scenario names


def overlay(base: Document, top: Document, path: Key = ()) -> Document:
    """Return `base` with `top` laid over its part at `path`."""
    data, places = _put(base.data, base.places, path, top)
    return replace(base, data=data, places=places)


def _put(data: Any, places: Places, path: Key, top: Document) -> tuple[Any, Places]:
    if not path:
        return _merge(data, places, top.data, top.places)
    old = data if isinstance(data, dict) and not is_passport(data) else {}
    inside = dict(places.inside) if old else {}
    key = path[0]
    value, spot = _put(old.get(key), inside.get(key, top.places), path[1:], top)
    return old | {key: value}, Places(places.key, places.value, inside | {key: spot})


def _merge(here: Any, under: Places, data: Any, over: Places) -> tuple[Any, Places]:
    if is_passport(here) and is_number(data):
        kept = {k: x for k, x in here.items() if k != "note"} | {"value": data, "source": STATED}
        inside = dict(under.inside) | {"value": over, "source": over}
        return kept, Places(over.key, over.value, inside)
    if not (isinstance(here, dict) and isinstance(data, dict)) or is_passport(here) or is_passport(data):
        return data, over
    merged, inside = dict(here), dict(under.inside)
    for key, value in data.items():
        spot = over.inside.get(key, Places(over.key, over.value))
        if key in here:
            value, spot = _merge(here[key], inside.get(key, under), value, spot)
        merged[key], inside[key] = value, spot
    # What is wrong with the whole (a sum, something that lacks) is told where it was touched last.
    return merged, Places(over.key, over.value, inside)


def without_removed(laid: Document, before: Document) -> Document:
    """Return a document without what a layer takes away by `name: null`: agencies, jails, dated events."""
    data = dict(laid.data)
    for section in NAMED:
        named = data.get(section)
        had = before.data.get(section)
        if isinstance(named, dict) and isinstance(had, dict):
            data[section] = {k: x for k, x in named.items() if x is not None or k not in had}
    return replace(laid, data=data)


def apply_settings(base: Document, settings: Document, problems: Problems) -> Document:
    """Lay a `set:` section (dotted path → value) over `base`."""
    if settings.data is None:
        return base
    if not isinstance(settings.data, dict):
        problems.add(settings.mark(), "`set` is a mapping from dotted path to value", settings.data)
        return base
    for path in settings.data:
        base = apply_set(base, path, settings.part(path), problems)
    return base


def apply_set(base: Document, path: str, value: Document, problems: Problems) -> Document:
    """Lay a value on the dotted `path` of `base`, which must be there already.

    `agencies.*.trained` and `jails.*.capacity` mean every agency and every jail; a dated event may be new.
    """
    where = value.key_mark(())
    section = path.partition(".")[0]
    if section in RULE_SECTIONS:
        problems.add(where, f"rules are changed under `{section}:`, not by `set`", path)
        return base
    for keys in _each(base, tuple(path.split("."))):
        parent = base.get(keys[:-1])
        known = isinstance(parent, dict) and not is_passport(parent) and keys[-1] in parent
        named = keys[0] in DATED and len(keys) == 2
        if not known and not named and keys != ("population", "table"):
            allowed = "a path that `sim show SCENARIO --parameters` lists"
            problems.add(where, f"unknown setting {path!r}", path, known=paths(base.data), allowed=allowed)
            return base
        base = overlay(base, value, keys)
    return base


def _each(base: Document, keys: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the path for every agency or jail where its second step is `*`, else the path itself."""
    named = base.get(keys[:1])
    if keys[0] in ("agencies", "jails") and keys[1:2] == ("*",) and isinstance(named, dict):
        return [(keys[0], name, *keys[2:]) for name in named]
    return [keys]


def paths(data: Any, prefix: str = "") -> list[str]:
    """Dotted paths of all settings in `data` (rules left out)."""
    if not isinstance(data, dict) or is_passport(data):
        return [prefix]
    found = [prefix] if prefix else []
    for key, value in data.items():
        if key not in RULE_SECTIONS:
            found += paths(value, f"{prefix}.{key}" if prefix else str(key))
    return found


def apply_rules(base: Document, section: str, top: Document, problems: Problems) -> Document:
    """Lay the rules of `top` (table → rows, or rows to put before or after) over `base[section]`."""
    if top.data is None:
        return base
    if not isinstance(top.data, dict):
        problems.add(top.mark(), f"`{section}` is a mapping from table to rows", top.data)
        return base
    for table, rows in top.data.items():
        part = top.part(table)
        if table not in v.TABLES:
            problems.add(part.key_mark(()), f"unknown table {table!r}", table, known=v.TABLE_NAMES)
        elif isinstance(rows, dict):
            base = _edit(base, (section, table), part, problems)
        else:
            base = overlay(base, part, (section, table))
    return base


def _edit(base: Document, path: tuple[str, str], edits: Document, problems: Problems) -> Document:
    """Put rows before and after the rows of a table."""
    for key in edits.data:
        if key not in EDITS:
            problems.add(edits.key_mark((key,)), f"{path[1]}: unknown edit {key!r}", key, known=EDITS)
    if not edits.data:
        problems.add(
            edits.mark(), f"{path[1]}: no rows are given", allowed="a list of rows, before: or after:"
        )
    for edit in EDITS:
        added = edits.part(edit)
        if isinstance(added.data, list):
            old = base.part(*path)
            order = (added, old) if edit == "before" else (old, added)
            base = overlay(base, _joined(order, added), path)
        elif edit in edits.data:
            problems.add(added.mark(), f"{path[1]}: a table is a list of rows", added.data)
    return base


def _joined(parts: Sequence[Document], new: Document) -> Document:
    """Return lists of rows as one, each row with the place that it had."""
    rows = [
        (row, part.places_of((k,)))
        for part in parts
        for k, row in enumerate(part.data if isinstance(part.data, list) else [])
    ]
    inside: dict[str | int, Places] = {k: places for k, (_, places) in enumerate(rows)}
    return Document(new.file, [row for row, _ in rows], Places(new.key_mark(()), new.mark(), inside))


def command_line(value: Any) -> Document:
    """Return a value given on the command line as a document."""
    return Document(None, value, at(Mark()))
