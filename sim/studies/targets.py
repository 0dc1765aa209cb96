"""How a published pattern is counted in a world.

The patterns themselves are data: `scenarios/patterns.yaml`, or a file of the user's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from sim.engine.ledger import BREAKDOWNS, ROWS
from sim.errors import Problems
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import BY_NAME, values
from sim.scenario.document import Document
from sim.scenario.patterns import Pattern, Patterns, Regime, Words, each, read_patterns
from sim.scenario.tree import shipped
from sim.studies.simulate import WorldResult


def load_patterns(file: str | Path | None = None) -> Patterns:
    """Read a file of patterns, the shipped one if none is named.

    Raises
    ------
    InputError
        With everything that is wrong in it.
    """
    path = shipped() / "patterns.yaml" if file is None else Path(file)
    problems = Problems()
    found = read_patterns(path, problems)
    if found is not None:
        _check_rows(*found, problems)
    problems.raise_if_any()
    assert found is not None
    return found[1]


def _check_rows(document: Document, file: Patterns, problems: Problems) -> None:
    """Note rows and breakdowns that the tally does not have."""
    for k, pattern in enumerate(file.patterns):
        for field in ("count", "of"):
            rows: Words | None = getattr(pattern, field)
            for name in () if rows is None else each(rows):
                if name not in ROWS:
                    where = document.mark(("patterns", k, field))
                    problems.add(where, f"the tally has no row {name!r}", name, known=ROWS)
        if pattern.outcome is not None and pattern.outcome not in BY_NAME:
            where = document.mark(("patterns", k, "outcome"))
            problems.add(where, f"unknown outcome {pattern.outcome!r}", pattern.outcome, known=list(BY_NAME))
        for field in ("levels", "of_levels"):
            for name in getattr(pattern, field):
                if name not in BREAKDOWNS:
                    where = document.key_mark(("patterns", k, field, name))
                    problems.add(where, f"unknown breakdown {name!r}", name, known=BREAKDOWNS)


def measure(pattern: Pattern, result: WorldResult, reference: WorldResult | None = None) -> float:
    """Return a pattern's number in one replication (missing where nothing divides).

    `reference` is the same replication of the regime that the pattern is taken against.
    """
    number = _number(pattern, result)
    if reference is None:
        return number
    before = _number(pattern, reference)
    return number / before - 1.0 if before else math.nan


def _number(pattern: Pattern, result: WorldResult) -> float:
    if pattern.state is not None:
        return float(getattr(result, pattern.state))
    if pattern.outcome is not None:
        return float(values(BY_NAME[pattern.outcome], result.counts)[0])
    assert pattern.count is not None
    counts = result.counts
    top = _sum(counts, pattern.count, pattern.levels)
    if pattern.of is None:
        return top * 100_000.0 * 365.0 / (counts.residents * counts.days)
    below = _sum(counts, pattern.of, pattern.of_levels)
    return top / below if below else math.nan


def _sum(counts: Counts, rows: Words, levels: Mapping[str, Words]) -> float:
    if not levels:
        return sum(counts[row] for row in each(rows))
    ((breakdown, wanted),) = levels.items()
    return sum(counts.by(row, breakdown)[level] for row in each(rows) for level in each(wanted))


__all__ = ["Pattern", "Patterns", "Regime", "load_patterns", "measure"]
