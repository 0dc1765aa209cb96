"""How a published pattern is counted in a world.

The patterns themselves are data: `scenarios/patterns.yaml`, or a file of the user's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sim.engine.ledger import BREAKDOWNS, ROWS
from sim.errors import Problems
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import BY_NAME, values
from sim.scenario.document import Document
from sim.scenario.patterns import Pattern, Patterns, Regime, Words, each, patterns_in, read_patterns
from sim.scenario.tree import shipped
from sim.studies.plan import load_worlds
from sim.studies.simulate import WorldResult

LISTS = ("levers", "set")  # what a regime lays over its scenario


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
        _check_rows(found[0], problems)
        _check_regimes(found[0], problems)
    problems.raise_if_any()
    assert found is not None
    assert found[1] is not None
    return found[1]


def _check_regimes(document: Document, problems: Problems) -> None:
    """Note what is wrong with the scenario of a regime, its levers or its settings."""
    regimes = document.get(("regimes",))
    for name, regime in regimes.items() if isinstance(regimes, dict) else ():
        asked = {"scenario": "base", "levers": [], "set": []} | (regime if isinstance(regime, dict) else {})
        lists = all(isinstance(asked[k], list) and all(isinstance(x, str) for x in asked[k]) for k in LISTS)
        if not lists or not isinstance(asked["scenario"], str):
            continue
        found = Problems()
        load_worlds(asked["scenario"], [asked["levers"]], asked["set"], found)
        for problem in found.found:
            if problem.where.file is None or problem.where.line == 0:  # what the regime itself asks for
                where = document.key_mark(("regimes", name))
                problem = replace(problem, where=where, what=f"regime {name}: {problem.what}")
            problems.found += [problem] if problem not in problems.found else []


def _check_rows(document: Document, problems: Problems) -> None:
    """Note rows and breakdowns that the tally does not have."""
    for k, pattern in patterns_in(document):
        for field in ("count", "of"):
            rows = pattern.get(field)
            for name in [rows] if isinstance(rows, str) else rows if isinstance(rows, list) else ():
                if name not in ROWS:
                    where = document.mark(("patterns", k, field))
                    problems.add(where, f"the tally has no row {name!r}", name, known=ROWS)
        outcome = pattern.get("outcome")
        if isinstance(outcome, str) and outcome not in BY_NAME:
            where = document.mark(("patterns", k, "outcome"))
            problems.add(where, f"unknown outcome {outcome!r}", outcome, known=list(BY_NAME))
        for field in ("levels", "of_levels"):
            for name in pattern.get(field) or () if isinstance(pattern.get(field), dict) else ():
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
