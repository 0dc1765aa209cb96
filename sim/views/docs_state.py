"""State variables of the entities for the methods pages: fields of the record types, with what they mean.

A record type says beside each field what it is (`sim.agents`, `sim.pathway.world`); that comment is read
here, so there is no second copy of it.
"""

from __future__ import annotations

import inspect
import io
import re
import tokenize
from types import ModuleType
from typing import Any, Final

import numpy as np

from sim.agents import ice, jail, officer, resident
from sim.community import records
from sim.engine import budget
from sim.pathway import world
from sim.scenario import vocabulary
from sim.views.markdown import code, codes, table

# Entities: their record types, and the modules that hold them.
ENTITIES: Final[dict[str, tuple[str, ModuleType]]] = {
    "resident": ("RESIDENT", resident),
    "officer": ("OFFICER", officer),
    "agency": ("AGENCY", world),
    "jail": ("JAIL", jail),
    "ice": ("OFFICE", ice),
    "capacity": ("BUDGET", budget),
    "operation": ("OPERATION", world),
    "case": ("CASE", world),
    "climate": ("CLIMATE", records),
    "regard": ("REGARD", records),
    "memory": ("MEMORY", records),
}


def state_table(entity: str) -> str:
    """Return the state variables of an entity: field, type and meaning."""
    name, module = ENTITIES[entity]
    dtype: Any = getattr(module, name)
    meaning = comments_of(module, name)
    rows = [
        (code(field), _kind(dtype.fields[field][0]), _spelled(meaning.get(field, ""), module))
        for field in dtype.names
    ]
    return table(("Variable", "Type", "Meaning"), rows)


def comments_of(module: ModuleType, name: str) -> dict[str, str]:
    """Return the comment beside each field of the record type `name` of a module."""
    found: dict[str, str] = {}
    inside, opened, field = False, "", ""
    for token in tokenize.generate_tokens(io.StringIO(inspect.getsource(module)).readline):
        if token.type == tokenize.NAME and token.string == name and token.start[1] == 0:
            inside = True
        elif inside and token.type == tokenize.NEWLINE:
            break
        elif inside and token.type == tokenize.STRING and opened == "(":
            field = token.string.strip("\"'")
        elif inside and token.type == tokenize.COMMENT and field:
            found[field] = token.string.lstrip("# ")
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            opened = token.string
    return found


def _spelled(text: str, module: ModuleType) -> str:
    """Return a comment in which `see vocabulary.RECORDS` gives way to the words that it points to."""

    def words(found: re.Match[str]) -> str:
        home = vocabulary if found[1] else module
        return f"one of {codes(getattr(home, found[2]))}"

    return re.sub(r"see (vocabulary\.)?([A-Z][A-Z0-9_]+)", words, text)


def _kind(dtype: np.dtype[Any]) -> str:
    """Return the type of a field as a reader of a table wants it."""
    item, shape = dtype.subdtype if dtype.subdtype is not None else (dtype, ())
    word = {"f": "real", "i": "integer", "u": "key"}[item.kind]
    return f"{word} × {shape[0]}" if shape else word
