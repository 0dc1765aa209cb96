"""What this package raises on purpose.

Everything derives from `SimError`.  A file or an argument that is wrong raises `InputError`, which
carries *every* problem found, so that a person mends a file once instead of once per mistake.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SimError(Exception):
    """Root of every error this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands in a file: lines and columns count from 1."""

    file: Path | None = None
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`, as editors understand it."""
        if self.file is None:
            return "command line"
        return f"{self.file}:{self.line}:{self.column}" if self.line else str(self.file)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and the way out."""

    where: Mark
    what: str
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        """One line for the place and the fault, then one line each for what helps."""
        text = f"{self.where}: {self.what}"
        if self.value is not None:
            text += f"\n    found:   {self.value}"
        if self.allowed is not None:
            text += f"\n    allowed: {self.allowed}"
        if self.nearest is not None:
            text += f"\n    did you mean: {self.nearest}"
        return text


class InputError(SimError):
    """An input is wrong; `problems` holds everything that was found.

    Parameters
    ----------
    problems
        At least one; they are shown sorted by file, line and column.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(
            sorted(problems, key=lambda p: (str(p.where.file), p.where.line, p.where.column))
        )
        super().__init__("\n".join(str(p) for p in self.problems))


class UnknownKeyword(InputError, TypeError):  # noqa: N818 - the name says what happened
    """A function was given a keyword that it does not take: a `TypeError`, as Python's own."""


class UnknownName(InputError, KeyError):  # noqa: N818 - the name says what happened
    """A result was asked for under a name that it does not have: a `KeyError`, as of a mapping."""

    __str__ = SimError.__str__  # that of KeyError would quote the lines as one name


def shorten(value: Any, limit: int = 80) -> str:
    """`value` as a person would recognise it, cut to `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def nearest(word: Any, known: Sequence[str]) -> str | None:
    """Return the known name closest to `word`, or None where nothing is close."""
    if not isinstance(word, str):
        return None
    last = word.rsplit(".", 1)[-1].lower()
    if last == word.lower():
        beside = [name for name in known if "." not in name]
        hits = difflib.get_close_matches(last, beside, n=1, cutoff=0.8)
        if hits:
            return hits[0]
    ends = [name for name in known if name.lower().rsplit(".", 1)[-1] == last]
    if ends and last == word.lower():
        return ends[0]  # the right word in another place
    by_folded = {name.lower(): name for name in known}
    hits = difflib.get_close_matches(word.lower(), list(by_folded), n=1, cutoff=0.6)
    if hits:
        return by_folded[hits[0]]
    return ends[0] if ends else None


def listing(names: Iterable[str], most: int = 20) -> str:
    """Names joined by commas, cut after `most`."""
    names = list(names)
    return ", ".join(names[:most]) + (f", … ({len(names)} in all)" if len(names) > most else "")


class Problems:
    """A list that grows while an input is read, and is raised at once."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(
        self,
        where: Mark,
        what: str,
        value: Any = None,
        *,
        allowed: str | None = None,
        known: Sequence[str] | None = None,
    ) -> None:
        """Note one problem; `known` names give the list of what is allowed and the nearest of them."""
        shown = None if value is None else shorten(value)
        near = nearest(value, known) if known is not None else None
        if known is not None and allowed is None:
            allowed = listing(known)
        problem = Problem(where, what, shown, allowed, near)
        if problem not in self.found:
            self.found.append(problem)

    def raise_if_any(self) -> None:
        """Raise `InputError` where anything was noted."""
        if self.found:
            raise InputError(self.found)
