"""Levers as a scenario, an experiment or the command line asks for them: a name, and parameters if any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document
from sim.scenario.layers import command_line
from sim.scenario.quantities import is_number

MAX_USES = 100
LONGEST_NAME = 200  # what every file system takes, with the ending of a file
_PATH = re.compile(r"(.*\.ya?ml)(?:=(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LeverUse:
    """A lever as a scenario or the command line asks for it.

    Attributes
    ----------
    given
        Its parameters, if any.
    path
        Its file where that was named, which only the command line does; else it is looked up by name.
    """

    name: str
    where: Mark
    given: Document
    path: Path | None = None

    def __str__(self) -> str:
        """As the command line takes it."""
        name, given = str(self.path or self.name), self.given.data
        if isinstance(given, dict):
            return f"{name}={','.join(f'{key}:{value}' for key, value in given.items())}"
        return name if given is None else f"{name}={given}"


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
        return _named(LeverUse(item.data, item.mark(), Document(item.file, None, item.places)), problems)
    if isinstance(item.data, dict) and len(item.data) == 1:
        (name,) = item.data
        given = item.part(name)
        if given.data is None or is_number(given.data) or isinstance(given.data, dict):
            return _named(LeverUse(name, item.key_mark((name,)), given), problems)
    allowed = "name, {name: value} or {name: {parameter: value}}"
    if item.data is None:
        allowed = f"{allowed}; the lever that is called null needs quotes: 'null'"
    problems.add(item.mark(), "not a lever", item.data, allowed=allowed)
    return None


def _named(use: LeverUse, problems: Problems) -> LeverUse | None:
    """Return a use, or note that no file can have its name."""
    if len(use.name) <= LONGEST_NAME:
        return use
    problems.add(
        use.where, "the name of a lever is too long", use.name, allowed=f"up to {LONGEST_NAME} letters"
    )
    return None


def only_once(uses: Sequence[LeverUse], problems: Problems) -> list[LeverUse]:
    """Return the uses without those that name a lever a second time, which are noted."""
    first: dict[str, LeverUse] = {}
    for use in uses:
        if use.name in first:
            what = f"lever {use.name!r} is listed twice: {first[use.name]} and {use}"
            problems.add(use.where, what, allowed="each lever once")
        first.setdefault(use.name, use)
    return list(first.values())


def parse_use(text: str, problems: Problems) -> LeverUse | None:
    """Read the command line's `name`, `name=0.5` or `name=a:0.5,b:2`; a path may stand for the name."""
    name, rest = split_use(text)
    if rest is None:
        given: Any = None
    else:
        try:
            given = _parameters(text, rest, problems) if ":" in rest else float(rest)
        except ValueError:
            allowed = "NAME, NAME=NUMBER or NAME=PARAMETER:NUMBER,…"
            problems.add(Mark(), f"--lever {text}: not a lever", text, allowed=allowed)
            return None
    if "/" in name or "\\" in name or name.endswith((".yaml", ".yml")):
        return _at_path(name, command_line(given), problems)
    return _named(LeverUse(name, Mark(), command_line(given)), problems)


def split_use(text: str) -> tuple[str, str | None]:
    """Return the name or path of a lever on the command line, and its parameters as they are written."""
    path = _PATH.fullmatch(text)
    if path:
        return path[1].strip(), path[2]
    name, equals, rest = text.partition("=")
    return name.strip(), rest if equals else None


def _parameters(text: str, rest: str, problems: Problems) -> dict[str, float]:
    """Read `a:0.5,b:2`, and note parameters that are given more than once."""
    pairs = [(name.strip(), value) for name, value in (part.split(":", 1) for part in rest.split(","))]
    given = {name: float(value) for name, value in pairs}
    for name in given:
        values = [f"{name}:{value}" for key, value in pairs if key == name]
        if len(values) > 1:
            what = f"--lever {text}: parameter {name!r} is given more than once: {' and '.join(values)}"
            problems.add(Mark(), what, allowed="each parameter once")
    return given


def _at_path(name: str, given: Document, problems: Problems) -> LeverUse | None:
    """Return the use of a lever file of the user's own, or note why it cannot be that."""
    path = Path(name)
    try:
        found = path if path.is_file() else path.with_name(f"{path.name}.yaml")
        missing = "" if found.is_file() else "there is no such file"
    except (OSError, ValueError) as error:
        found, missing = path, f"no file can have this name ({getattr(error, 'strerror', error)})"
    if missing:
        problems.add(Mark(), f"--lever: {missing}", name, allowed="a lever file, or the name of a lever")
        return None
    if not found.stem.isidentifier():
        what = "a lever's file name is a plain word"
        problems.add(Mark(), f"--lever: {what}", name, allowed="letters, digits and _")
        return None
    return LeverUse(found.stem, Mark(), given, found)
