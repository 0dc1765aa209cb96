"""Laying one part of a scenario over another: parent, place, body, levers, `set`, command line.

Precedence is stated once, here: command line > `set` > later lever > earlier lever > the file's own
sections > place > parent.  Mappings merge key by key; anything else replaces what stood there.  A bare
number that lands on a number with a passport keeps the passport's plausible range and becomes `stated`.
"""

from __future__ import annotations

from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document, Key
from sim.scenario.quantities import STATED, is_passport

EDITS = ("before", "after")


def overlay(base: Document, top: Document, at: Key = ()) -> None:
    """Lay `top` over the part of `base` at `at`, in place."""
    _overlay(base, at, top.data, top, ())


def _overlay(base: Document, at: Key, data: Any, top: Document, path: Key) -> None:
    here = _get(base.data, at)
    if isinstance(data, dict) and isinstance(here, dict) and not is_passport(data) and not is_passport(here):
        for key, value in data.items():
            _overlay(base, (*at, key), value, top, (*path, key))
        return
    if is_passport(here) and isinstance(data, int | float) and not isinstance(data, bool):
        data = {**here, "value": data, "source": STATED}
        data.pop("note", None)
    _put(base, at, data)
    _forget(base, at)
    for key, mark in top.marks.items():
        if key[: len(path)] == path:
            base.marks[(*at, *key[len(path) :])] = mark
    base.marks.setdefault(at, top.mark(path))


def _get(data: Any, path: Key) -> Any:
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def _put(base: Document, path: Key, value: Any) -> None:
    if not path:
        base.data = value
        return
    here = base.data
    for key in path[:-1]:
        if not isinstance(here.get(key), dict):
            here[key] = {}
        here = here[key]
    here[path[-1]] = value


def _forget(base: Document, path: Key) -> None:
    for key in [k for k in base.marks if k[: len(path)] == path and k != path]:
        del base.marks[key]
    base.marks.pop(path, None)


def apply_set(base: Document, path: str, value: Any, top: Document, at: Key, problems: Problems) -> None:
    """Lay a value on the dotted `path` of `base`; every step but the last must exist there."""
    keys = tuple(path.split("."))
    where = top.mark(at)
    if keys[0] in ("rules", "state_rules", "unrestricted"):
        problems.add(where, "rules are changed under `rules:`, not by `set`", path)
        return
    parent = _get(base.data, keys[:-1]) if len(keys) > 1 else base.data
    if not isinstance(parent, dict) or is_passport(parent) or (len(keys) == 1 and keys[0] not in base.data):
        problems.add(where, f"unknown setting {path!r}", path, known=paths(base.data), allowed="see `sim show SCENARIO --parameters`")
        return
    if keys[-1] not in parent and path != "population.table":
        problems.add(where, f"unknown setting {path!r}", path, known=paths(base.data), allowed="see `sim show SCENARIO --parameters`")
        return
    _overlay(base, keys, value, Document(top.file, value, {(): where}), ())


def paths(data: Any, prefix: str = "") -> list[str]:
    """Dotted paths of all settings in `data` (rules left out)."""
    if not isinstance(data, dict) or is_passport(data):
        return [prefix]
    found = [prefix] if prefix else []
    for key, value in data.items():
        if key not in ("rules", "state_rules", "unrestricted"):
            found += paths(value, f"{prefix}.{key}" if prefix else str(key))
    return found


def apply_rules(base: Document, section: str, top: Document, known: list[str], problems: Problems) -> None:
    """Lay the rules of `top` (table → rows, or rows to put before or after) over `base[section]`."""
    if top.data is None:
        return
    if not isinstance(top.data, dict):
        problems.add(top.mark(()), "rules are a mapping from table to rows", top.data)
        return
    for table, rows in top.data.items():
        if table not in known:
            problems.add(top.mark((table,)), f"unknown table {table!r}", table, known=known)
            continue
        if isinstance(rows, dict):
            unknown = [k for k in rows if k not in EDITS]
            for key in unknown:
                problems.add(top.mark((table, key)), "unknown edit of a table", key, known=EDITS)
            for edit in (e for e in EDITS if e in rows):
                _join(base, section, table, edit, top.part(table, edit), problems)
        else:
            _overlay(base, (section, table), rows, top, (table,))


def _join(base: Document, section: str, table: str, edit: str, added: Document, problems: Problems) -> None:
    """Put rows before or after the rows of a table, keeping the places of both."""
    if not isinstance(added.data, list):
        problems.add(added.mark(()), f"{table}: a table is a list of rows", added.data)
        return
    at = (section, table)
    old = base.part(*at)
    standing = old.data if isinstance(old.data, list) else []
    first, second = (added, old) if edit == "before" else (old, added)
    rows = [*added.data, *standing] if edit == "before" else [*standing, *added.data]
    shift = len(added.data) if edit == "before" else len(standing)
    marks = {at: base.marks.get(at, added.mark(()))}
    marks |= {(*at, *k): m for k, m in first.marks.items() if k}
    marks |= {(*at, k[0] + shift, *k[1:]): m for k, m in second.marks.items() if k and isinstance(k[0], int)}
    _put(base, at, rows)
    _forget(base, at)
    base.marks.update(marks)


def command_line(value: Any) -> Document:
    """Return a value given on the command line as a document."""
    return Document(None, value, {(): Mark()})
