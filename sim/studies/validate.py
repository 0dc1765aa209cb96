"""Published patterns against this model: target, range, result, verdict.

Each row runs a shipped scenario to a steady state (a year of warm-up) and compares one number with what has
been published (`scenarios/patterns.yaml`).  `within` means that the result lies in the published range;
`undecided` that its Monte-Carlo error does not let one say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.loader import load
from sim.studies.plan import Progress
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings, WorldResult
from sim.studies.targets import Pattern, Regime, load_patterns, measure

WARM_UP = 365.0
# Residents and replications.
FULL, SHORT = (200_000, 20), (60_000, 4)


@dataclass(frozen=True, slots=True)
class ValidationRow:
    """What became of one pattern.

    `mcse` is the Monte-Carlo standard error of `value`; `verdict` is `within`, `outside` or `undecided`
    (the 95 % interval straddles an end of the range).
    """

    id: str
    what: str
    regime: str
    target: float
    low: float
    high: float
    value: float
    mcse: float
    unit: str
    verdict: str
    source: str
    fitted: bool


def validate(
    patterns: str | Path | None = None,
    *,
    short: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[ValidationRow]:
    """Measure every pattern.

    Parameters
    ----------
    patterns
        A file of patterns (default: the shipped one).
    short
        A quick pass on smaller samples, which decides less.
    workers
        Threads.
    progress
        Called with (runs done, runs in all).

    Raises
    ------
    InputError
        If the file of patterns is wrong, or a regime in it.
    """
    file = load_patterns(patterns)
    used = {name for p in file.patterns for name in (p.regime, p.against) if name is not None}
    regimes = {name: regime for name, regime in file.regimes.items() if name in used}
    plans = {name: _settings(regime, short=short) for name, regime in regimes.items()}
    total = sum(plan.replications for plan in plans.values())
    results: dict[str, list[WorldResult]] = {}
    finished = 0
    for name, regime in regimes.items():
        world = load(regime.scenario, levers=regime.levers, settings=regime.set)

        def report(done: int, _: int, before: int = finished) -> None:
            if progress is not None:
                progress(before + done, total)

        results[name] = replicate([world], plans[name], workers=workers, progress=report)[0]
        finished += plans[name].replications
    return [judge(p, _observed(p, results), file.regimes[p.regime].title) for p in file.patterns]


def _settings(regime: Regime, *, short: bool) -> Settings:
    residents, runs = SHORT if short else FULL
    if regime.replications is not None:
        runs = max(4, regime.replications // 5) if short else regime.replications
    size = residents if regime.residents is None else regime.residents
    return Settings(residents=size, days=365.0, seed=1, replications=runs, warm_up=WARM_UP)


def _observed(pattern: Pattern, results: dict[str, list[WorldResult]]) -> NDArray[Any]:
    """Return the pattern's number in each replication."""
    worlds = results[pattern.regime]
    twins = results[pattern.against] if pattern.against is not None else [None] * len(worlds)
    numbers = np.array([measure(pattern, r, twin) for r, twin in zip(worlds, twins, strict=True)])
    if pattern.above is not None:
        return np.where(np.isfinite(numbers), numbers > pattern.above, np.nan)
    return numbers


def judge(target: Pattern, observed: NDArray[Any], regime: str = "") -> ValidationRow:
    """Return the verdict on one pattern from one observation a replication."""
    least, most = target.range
    values = observed[np.isfinite(observed)]
    mean = float(values.mean()) if len(values) else math.nan
    mcse = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    low, high = mean - 1.96 * mcse, mean + 1.96 * mcse
    if (mean == 0 and least > 0) or (mcse == 0 and not least <= mean <= most):
        verdict = "undecided"  # never met, or the same in all of a few runs: no error can be told
    elif least <= low and high <= most:
        verdict = "within"
    elif high < least or low > most:
        verdict = "outside"
    else:
        verdict = "undecided"
    return ValidationRow(
        target.id,
        target.what,
        regime,
        target.target,
        least,
        most,
        mean,
        mcse,
        target.unit,
        verdict,
        target.source,
        target.fitted,
    )
