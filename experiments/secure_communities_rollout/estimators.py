"""Difference-in-differences and event studies as the literature runs them, by plain least squares.

Every estimate is a linear function of the outcomes, so that what is estimated on a panel splits exactly into
what would be estimated without any effect, and what the estimator makes of the effect itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

LEADS, LAGS = 8, 12  # quarters shown one by one; farther ones go into the last
BEFORE = -1  # the quarter to which an event study relates the others


@dataclass(frozen=True)
class Panel:
    """Cells of units and periods.

    Attributes
    ----------
    unit, period, event
        Of each cell; `event` is its number of periods since the one in which its unit was treated.
    exposure
        Share of the period for which the unit was treated.
    weight
        Weight of the cell.
    """

    unit: Whole
    period: Whole
    event: Whole
    exposure: Array
    weight: Array

    def only(self, keep: NDArray[np.bool_]) -> Panel:
        """Return some of the cells."""
        return Panel(
            self.unit[keep], self.period[keep], self.event[keep], self.exposure[keep], self.weight[keep]
        )

    @property
    def start(self) -> Whole:
        """Period of treatment of the unit of each cell."""
        return self.period - self.event


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error, robust to any correlation within units."""

    value: float
    error: float


def dummies(labels: Whole) -> Array:
    """Return a column for each label."""
    return (labels[:, None] == np.unique(labels)[None, :]).astype(np.float64)


def regress(x: Array, panel: Panel, y: Array, ask: Array) -> list[Estimate]:
    """Return linear combinations `ask` (one a row) of the coefficients of `x` beside two-way fixed effects.

    The variance is the sandwich over units, times G / (G − 1).
    """
    effects = np.hstack([dummies(panel.unit), dummies(panel.period)[:, 1:]])
    design = np.hstack([x, effects])
    moments = np.linalg.pinv(design.T @ (panel.weight[:, None] * design), hermitian=True)
    coefficients = moments @ (design.T @ (panel.weight * y))
    scores = design * (panel.weight * (y - design @ coefficients))[:, None]
    units = np.unique(panel.unit, return_inverse=True)[1]
    by_unit = np.zeros((units.max() + 1, design.shape[1]))
    np.add.at(by_unit, units, scores)
    wanted = np.hstack([ask, np.zeros((len(ask), effects.shape[1]))]) @ moments
    count = len(by_unit)
    errors = np.sqrt(((by_unit @ wanted.T) ** 2).sum(axis=0) * count / (count - 1))
    values = ask @ coefficients[: x.shape[1]]
    return [Estimate(float(v), float(e)) for v, e in zip(values, errors, strict=True)]


def two_way(panel: Panel, y: Array) -> Estimate:
    """Return the coefficient of treatment in a regression with fixed effects of units and periods."""
    return regress(panel.exposure[:, None], panel, y, np.ones((1, 1)))[0]


def event_study(panel: Panel, y: Array, *, leads: int = LEADS, lags: int = LAGS) -> dict[int, Estimate]:
    """Return the coefficient of each period before and after treatment, relative to the one before it."""
    event = np.clip(panel.event, -leads, lags)
    shown = [int(k) for k in np.unique(event) if k != BEFORE]
    x = (event[:, None] == np.array(shown)[None, :]).astype(np.float64)
    return dict(zip(shown, regress(x, panel, y, np.eye(len(shown))), strict=True))


def compared(panel: Panel) -> NDArray[np.bool_]:
    """Return the cells before the last unit starts: those with somebody not yet treated to compare with."""
    return np.asarray(panel.period < panel.start.max())


@dataclass(frozen=True)
class Weighted:
    """An event study that never compares with units already treated.

    `by_event` has the effect by period since treatment, `overall` their mean over all treated cells from
    the first full period on.
    """

    by_event: dict[int, Estimate]
    overall: Estimate


def interaction_weighted(panel: Panel, y: Array) -> Weighted:
    """Return effects by cohort and period, each against the cohort treated last, averaged over cohorts.

    The estimator of Sun and Abraham (2021) for a panel in which everybody is treated in the end: periods in
    which the last cohort is treated are left out, and a cohort counts by its weight among those observed so
    long after treatment.
    """
    keep = compared(panel)
    cells, y = panel.only(keep), y[keep]
    last = panel.start.max()
    treated = (cells.start != last) & (cells.event != BEFORE)
    pairs = sorted(
        {(int(s), int(e)) for s, e in zip(cells.start[treated], cells.event[treated], strict=True)}
    )
    # A cohort that is treated when the panel begins has no period before to compare with.
    pairs = [(s, e) for s, e in pairs if np.any((cells.start == s) & (cells.event == BEFORE))]
    inside = [(cells.start == s) & (cells.event == e) for s, e in pairs]
    x = np.array(inside, dtype=np.float64).T
    mass = np.array([cells.weight[cell].sum() for cell in inside])
    events = np.array([e for _, e in pairs])
    shown = [int(e) for e in np.unique(events)]
    ask = np.array([np.where(events == e, mass, 0.0) / mass[events == e].sum() for e in shown])
    after = np.where(events >= 1, mass, 0.0)
    found = regress(x, cells, y, np.vstack([ask, after / after.sum()]))
    return Weighted(dict(zip(shown, found[:-1], strict=True)), found[-1])


def mean_effect(panel: Panel, effect: Array) -> Estimate:
    """Return the mean effect over treated cells from the first full period on, clustered by unit."""
    after = panel.event >= 1
    return _mean(panel.only(after), effect[after])


def mean_by_event(panel: Panel, effect: Array, events: list[int]) -> dict[int, Estimate]:
    """Return the mean effect by period since treatment, the last ones taken together as in `event_study`."""
    event = np.clip(panel.event, -LEADS, LAGS)
    return {e: _mean(panel.only(event == e), effect[event == e]) for e in events}


def _mean(panel: Panel, effect: Array) -> Estimate:
    total = panel.weight.sum()
    value = float(panel.weight @ effect / total)
    units = np.unique(panel.unit, return_inverse=True)[1]
    by_unit = np.bincount(units, panel.weight * (effect - value))
    count = len(by_unit)
    return Estimate(value, float(np.sqrt((by_unit**2).sum() * count / max(count - 1, 1)) / total))
