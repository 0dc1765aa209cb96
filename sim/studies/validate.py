"""Published patterns against this model: target, range, result, verdict.

Each row runs a shipped scenario to a steady state (a year of warm-up) and compares one number with what has
been published (`sim.studies.targets`).  `within` means that the result lies in the published range;
`undecided` that its Monte-Carlo error does not let one say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.loader import load
from sim.studies.replicate import Progress, replicate
from sim.studies.simulate import Settings, WorldResult
from sim.studies.targets import Regime, Target, targets

WARM_UP = 365.0


@dataclass(frozen=True, slots=True)
class ValidationRow:
    """What became of one target.

    `mcse` is the Monte-Carlo standard error of `value`; `verdict` is `within`, `outside` or `undecided`
    (the 95 % interval straddles an end of the range).
    """

    id: str
    what: str
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
    *, short: bool = False, workers: int | None = None, progress: Progress | None = None
) -> list[ValidationRow]:
    """Measure every target.

    Parameters
    ----------
    short
        A quick pass on smaller samples, which decides less.
    workers
        Threads.
    progress
        Called with (runs done, runs in all).
    """
    wanted = targets()
    regimes = list(dict.fromkeys(t.regime for t in wanted))
    size, runs = (60_000, 4) if short else (200_000, 20)
    settings = Settings(residents=size, days=365.0, seed=1, replications=runs)
    results: dict[Regime, list[WorldResult]] = {}
    for k, regime in enumerate(regimes):
        world = load(regime.scenario, levers=regime.levers, settings=regime.set_values)

        def report(done: int, total: int, before: int = k) -> None:
            if progress is not None:
                progress(before * total + done, len(regimes) * total)

        results[regime] = replicate([world], settings, workers=workers, warm_up=WARM_UP, progress=report)[0]
    return [judge(t, np.array([t.measure(r) for r in results[t.regime]])) for t in wanted]


def judge(target: Target, observed: NDArray[Any]) -> ValidationRow:
    """Return the verdict on one target from one observation a replication."""
    values = observed[np.isfinite(observed)]
    mean = float(values.mean()) if len(values) else math.nan
    mcse = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    low, high = mean - 1.96 * mcse, mean + 1.96 * mcse
    if mean == 0 and target.low > 0:
        verdict = "undecided"  # so rare that these runs never met it: no error can be told
    elif target.low <= low and high <= target.high:
        verdict = "within"
    elif high < target.low or low > target.high:
        verdict = "outside"
    else:
        verdict = "undecided"
    return ValidationRow(
        target.id,
        target.what,
        target.target,
        target.low,
        target.high,
        mean,
        mcse,
        target.unit,
        verdict,
        target.source,
        target.fitted,
    )
