"""Levers as a scenario, an experiment or the command line asks for them: a name, and parameters if any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document
from sim.scenario.layers import command_line
from sim.scenario.quantities import is_number

MAX_USES = 100


@dataclass(frozen=True, slots=True)
class LeverUse:
    """A lever as a scenario or the command line asks for it: `given` holds its parameters, if any."""

    name: str
    where: Mark
    given: Document


def read_uses(part: Document, problems: Problems) -> list[LeverUse]:
    """Read a list of levers as a scenario gives it."""
    if part.data is None:
        return []
    if not isinstance(part.data, list):
        problems.add(part.mark(), "levers are a list", part.data, allowed="[name, name: value, …]")
        return []
    if len(part.data) > MAX_USES:
        problems.add(part.mark(), f"{len(part.data)} levers, more than {MAX_USES}")
        return []
    uses = [read_use(part.part(k), problems) for k in range(len(part.data))]
    return only_once([use for use in uses if use is not None], problems)


def read_use(item: Document, problems: Problems) -> LeverUse | None:
    """Read `name`, `{name: value}` or `{name: {parameter: value}}`."""
    if isinstance(item.data, str):
        return LeverUse(item.data, item.mark(), Document(item.file, None, item.places))
    if isinstance(item.data, dict) and len(item.data) == 1:
        (name,) = item.data
        given = item.part(name)
        if given.data is None or is_number(given.data) or isinstance(given.data, dict):
            return LeverUse(name, item.key_mark((name,)), given)
    problems.add(
        item.mark(), "not a lever", item.data, allowed="name, {name: value} or {name: {parameter: value}}"
    )
    return None


def only_once(uses: Sequence[LeverUse], problems: Problems) -> list[LeverUse]:
    """Return the uses without those that name a lever a second time, which are noted."""
    first: dict[str, LeverUse] = {}
    for use in uses:
        if use.name in first:
            problems.add(use.where, f"lever {use.name!r} is listed twice", allowed="each lever once")
        first.setdefault(use.name, use)
    return list(first.values())


def parse_use(text: str, problems: Problems) -> LeverUse | None:
    """Read the command line's `name`, `name=0.5` or `name=a:0.5,b:2`."""
    name, equals, rest = text.partition("=")
    given: Any = None
    try:
        if ":" in rest:
            pairs = dict(part.split(":", 1) for part in rest.split(","))
            given = {key.strip(): float(value) for key, value in pairs.items()}
        elif equals:
            given = float(rest)
    except ValueError:
        allowed = "NAME, NAME=NUMBER or NAME=PARAMETER:NUMBER,…"
        problems.add(Mark(), f"--lever {text}: not a lever", text, allowed=allowed)
        return None
    return LeverUse(name.strip(), Mark(), command_line(given))
