"""Attitudes over time: what each survey found, as means and quantiles by status, group and neighbourhood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.community.records import BINS, MEASURES, SURVEY_INTERVAL
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    import pandas as pd

QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
COLUMNS: Final = (
    "day",
    "measure",
    "group",
    "level",
    "asked",
    "mean",
    *(f"q{round(100 * q)}" for q in QUANTILES),
)


def attitude_rows(surveys: NDArray[np.int32]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `COLUMNS` from histograms `(surveys, measures, columns, bins)`.

    Answers lie between 0 and 1, are grouped into bins of equal width, and are taken to lie evenly within
    them; so means and quantiles are exact to half a bin.  `group` and `level` are empty for all residents.
    """
    neighbourhoods = surveys.shape[2] - 1 - len(v.STATUSES) - len(v.GROUPS)
    labels = [
        ("", ""),
        *(("status", name) for name in v.STATUSES),
        *(("group", name) for name in v.GROUPS),
        *(("neighbourhood", str(k)) for k in range(neighbourhoods)),
    ]
    middles = (np.arange(BINS) + 0.5) / BINS
    for k, survey in enumerate(surveys):
        day = (k + 1) * SURVEY_INTERVAL - 1
        for measure, table in zip(MEASURES, survey, strict=True):
            for (group, level), counts in zip(labels, table, strict=True):
                asked = int(counts.sum())
                if asked:
                    mean = float(counts @ middles) / asked
                    yield (day, measure, group, level, asked, mean, *map(float, quantiles(counts)))


def attitude_means(surveys: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the days of the surveys, and the mean of each measure over all who were asked.

    Parameters
    ----------
    surveys
        Histograms `(surveys, measures, columns, bins)`.

    Returns
    -------
    days
        Shape (surveys,).
    means
        Shape (surveys, measures), from 0 to 1; missing where nobody was asked.
    """
    counts = surveys[:, :, 0, :]
    asked = counts.sum(axis=-1)
    sums = counts @ ((np.arange(BINS) + 0.5) / BINS)
    means = np.full(asked.shape, np.nan, dtype=np.float64)
    np.divide(sums, asked, out=means, where=asked > 0)
    days = np.arange(1, len(surveys) + 1, dtype=np.float64) * SURVEY_INTERVAL - 1
    return days.astype(np.float64), means


def quantiles(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the `QUANTILES` of a histogram over [0, 1]."""
    below = np.concatenate(([0], np.cumsum(counts))) / counts.sum()
    edges = np.linspace(0.0, 1.0, BINS + 1)
    found: NDArray[np.float64] = np.interp(QUANTILES, below, edges)
    return found


def attitude_frame(surveys: NDArray[np.int32]) -> pd.DataFrame:
    """Return the same as a table."""
    import pandas as pd

    return pd.DataFrame(list(attitude_rows(surveys)), columns=list(COLUMNS))
