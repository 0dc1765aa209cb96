"""What must hold of any population, synthetic or from a table.

The rules about residents are a list, so that a table's reader can say in which line one is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.agents.resident import HOME
from sim.errors import InputError, Mark, Problem
from sim.population.people import GROWN, TIE_KINDS, People
from sim.scenario import vocabulary as v

SHOWN = 50  # problems shown at once
OLDEST = 99  # years
MOST_DRIVING = 50.0  # times the mean driver
_MARK = Mark(Path("population"))


class Rule(NamedTuple):
    """A rule about each resident: its column, what is wrong where it is broken, and what is allowed."""

    column: str
    what: str
    allowed: str
    broken: Callable[[NDArray[Any]], NDArray[np.bool_]]


def _outside(column: str, top: float) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
    return lambda r: ~((r[column] >= 0) & (r[column] <= top))


def _young(column: str) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
    return lambda r: (r["age"] < GROWN) & (r[column] > 0)


_WORDS = {"group": v.GROUPS, "status": v.STATUSES, "record": v.RECORDS}
_YES_NO = ("order", "biometric", "warrant", "licensed", "earner", "parent")

RULES = (
    *(Rule(c, f"unknown code of {c}", f"0–{len(w) - 1}", _outside(c, len(w) - 1)) for c, w in _WORDS.items()),
    *(Rule(c, "neither no nor yes", "0, 1", _outside(c, 1)) for c in _YES_NO),
    Rule("age", "not an age", f"0–{OLDEST} years", _outside("age", OLDEST)),
    Rule("driving", "not a driving exposure", f"0–{MOST_DRIVING:g}", _outside("driving", MOST_DRIVING)),
    Rule("place", "everybody starts at home", str(HOME), lambda r: r["place"] != HOME),
    Rule("neighbourhood", "not a neighbourhood", "from 0", lambda r: r["neighbourhood"] < 0),
    Rule(
        "order",
        "a citizen cannot be under a final order of removal",
        f"no, for {v.STATUSES[v.US_BORN]} and {v.STATUSES[v.NATURALIZED]}",
        lambda r: (r["status"] < v.LPR) & (r["order"] > 0),
    ),
    Rule(
        "biometric",
        "the federal immigration database holds no US-born people",
        f"no, for {v.STATUSES[v.US_BORN]}",
        lambda r: (r["status"] == v.US_BORN) & (r["biometric"] > 0),
    ),
    Rule("record", f"nobody under {GROWN} has a conviction here", "none", _young("record")),
    Rule("warrant", f"nobody under {GROWN} has a warrant here", "no", _young("warrant")),
    Rule("driving", f"nobody under {GROWN} drives here", "0", _young("driving")),
    Rule("licensed", f"nobody under {GROWN} has a driving licence here", "no", _young("licensed")),
)


def broken_rules(residents: NDArray[Any]) -> Iterator[tuple[Rule, NDArray[np.int64]]]:
    """Yield each broken rule with the residents (indices) who break it."""
    for rule in RULES:
        rows = np.flatnonzero(rule.broken(residents))
        if len(rows):
            yield rule, rows


def broken_homes(
    residents: NDArray[Any], start: NDArray[np.int32]
) -> Iterator[tuple[Rule, NDArray[np.int64]]]:
    """Yield each broken rule about households with their first residents (indices).

    A household of children alone is wrong, unless the whole population consists of children.
    """
    first = start[:-1].astype(np.int64)
    oldest = np.maximum.reduceat(residents["age"], first)
    if oldest.max() >= GROWN:
        alone = Rule("household", f"nobody in the household is {GROWN} or over", "at least one", _never)
        yield from _hits(alone, first[oldest < GROWN])
    place = residents["neighbourhood"]
    apart = np.minimum.reduceat(place, first) != np.maximum.reduceat(place, first)
    split = Rule("neighbourhood", "the household lives in several neighbourhoods", "one", _never)
    yield from _hits(split, first[apart])


def _never(residents: NDArray[Any]) -> NDArray[np.bool_]:
    return np.zeros(len(residents), dtype=np.bool_)


def _hits(rule: Rule, rows: NDArray[np.int64]) -> Iterator[tuple[Rule, NDArray[np.int64]]]:
    if len(rows):
        yield rule, rows


def _households(people: People) -> Iterator[str]:
    """Yield what is wrong with the households."""
    start, home = people.household_start, people.residents["household"]
    if start[0] != 0 or start[-1] != len(home) or np.any(np.diff(start) < 1):
        yield "household_start must rise from 0 to the number of residents"
    elif not np.array_equal(home, np.repeat(np.arange(people.households), np.diff(start))):
        yield "residents must stand in household order"


def _ties(people: People) -> Iterator[str]:
    """Yield what is wrong with the ties."""
    start, to, kind = people.tie_start, people.tie_to, people.tie_kind
    n = len(people.residents)
    if len(start) != n + 1 or start[0] != 0 or start[-1] != len(to) or np.any(np.diff(start) < 0):
        yield "tie_start must rise from 0 to the number of ties"
        return
    if len(kind) != len(to):
        yield "tie_to and tie_kind must be equally long"
        return
    if len(to) == 0:
        return
    if to.min() < 0 or to.max() >= n or kind.min() < 0 or kind.max() >= len(TIE_KINDS):
        yield "a tie leads to nobody, or has no kind"
        return
    one = np.repeat(np.arange(n), np.diff(start))
    home = people.residents["household"]
    if np.any(home[one] == home[to]):
        yield "ties within a household come from the household and must not be stored"
    row = (one * len(TIE_KINDS) + kind) * n + to
    if np.any(np.diff(row) <= 0):
        yield "ties must be sorted by resident, kind and other resident, each once"
    back = (to.astype(np.int64) * len(TIE_KINDS) + kind) * n + one
    if not np.array_equal(np.sort(back), np.sort(row)):
        yield "every tie must be stored from both ends"


def check(people: People) -> None:
    """Check a population.

    Raises
    ------
    InputError
        With everything that is wrong: codes and ranges, rules between the fields of a resident, households
        (contiguous, in one neighbourhood, no child alone), ties (both ways, each once, none at home).
    """
    faults = [*_households(people), *_ties(people)]
    problems = [Problem(_MARK, what) for what in faults]
    residents = people.residents
    found = list(broken_rules(residents))
    if not faults:
        found += broken_homes(residents, people.household_start)
    for rule, rows in found:
        value = f"{residents[rule.column][rows[0]]}, resident {rows[0]} ({len(rows)} in all)"
        problems.append(Problem(_MARK, f"{rule.column}: {rule.what}", value, rule.allowed))
    if problems:
        raise InputError(problems)
