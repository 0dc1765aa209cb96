"""The course of a run: crimes, reports and transfers, period by period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import ROWS
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import BY_NAME

PERIOD: Final = 30.0  # days of a period, where a run has as many
MEASURES: Final = (
    BY_NAME["victimization"].numerator,  # crimes with a victim
    BY_NAME["reporting_rate"].numerator,  # reports by victims
    BY_NAME["transfers"].numerator,
)
CRIMES, REPORTS, TRANSFERS = range(3)


def period_of(days: float) -> float:
    """Return the days of a period: all of them where a run is shorter than `PERIOD`."""
    return min(PERIOD, days)


def period_ends(days: float) -> list[float]:
    """Return the last day of each whole period; what is left over at the end of a run is in none."""
    period = period_of(days)
    return [period * (k + 1) for k in range(max(1, math.floor(days / period)))]


def course_of(counts: Counts, tallies: Sequence[NDArray[np.float64]]) -> NDArray[np.int64]:
    """Return counts by period from the tallies at its bounds, one more than there are periods.

    Returns
    -------
    ndarray
        `(periods, 3, 1 + statuses)` counts of `MEASURES`, in total and by status of the resident.
    """
    columns = [0, *counts.columns()["status"].values()]
    rows = [[ROWS.index(name) for name in names] for names in MEASURES]
    at = np.array([[tally[found].sum(axis=0)[columns] for found in rows] for tally in tallies])
    return np.diff(np.rint(at).astype(np.int64), axis=0)
