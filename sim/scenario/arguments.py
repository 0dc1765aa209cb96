"""What Python code hands over in place of words of the command line: texts, lists of texts, paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems

SCENARIO = "a scenario file, or a name such as base or places/davidson_tn"


def function(name: str) -> Mark:
    """Return the place of what is wrong with the arguments of a function."""
    return Mark(Path(name))


def texts(
    given: Any, what: str, where: Mark, problems: Problems, *, also: tuple[type, ...] = ()
) -> list[Any]:
    """Return levers or settings as a list: one by itself is a list of one, and a path is its text.

    Parameters
    ----------
    given
        What was handed over.
    what
        What it is called.
    where
        The function that it was handed to.
    problems
        What is no text is noted here, and left out.
    also
        Types that stand beside texts, and are left as they are.
    """
    if isinstance(given, (str, os.PathLike, *also)):
        given = [given]
    elif isinstance(given, Mapping) or not isinstance(given, Iterable):
        problems.add(
            where, f"{what} is no list of texts", _shown(given), allowed="a text, or a list of texts"
        )
        return []
    found = []
    for item in given:
        text = os.fspath(item) if isinstance(item, str | os.PathLike) else item
        if isinstance(text, (str, *also)):
            found.append(text)
        else:
            allowed = "a text such as the command line takes"
            problems.add(where, f"{what} holds what is no text", _shown(item), allowed=allowed)
    return found


def is_path(value: Any, what: str, where: Mark, problems: Problems, allowed: str) -> bool:
    """Whether a value can be a path or a name; one that cannot is noted."""
    if isinstance(value, str | Path):
        return True
    problems.add(where, f"{what} is no path or name", _shown(value), allowed=allowed)
    return False


def _shown(value: Any) -> Any:
    return "nothing" if value is None else value
