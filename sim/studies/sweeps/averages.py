"""Means over points and replications, and how sure they are: points need not have equally many replications.

All points share the luck of a replication, so what it gives at each of them is added before its spread is
taken.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.outcomes.definitions import BY_NAME
from sim.studies.compare import CONFIDENCE, Effect, paired_effect

Array = NDArray[np.float64]


def means(values: Array, axis: int = -1) -> Array:
    """Return means over an axis of what is there; missing where nothing is."""
    there = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(there, values, 0.0).sum(axis=axis) / there.sum(axis=axis))


def weighted(weights: Array, values: Array) -> tuple[float, float, float, float]:
    """Return a weighted sum of points' means over replications: value, standard error and interval.

    Parameters
    ----------
    weights
        `(points,)`.
    values
        `(points, replications)`, missing where a point has no such replication.

    Returns
    -------
    tuple of float
        Where each point has all replications the error is that of a mean.  With fewer than two replications
        at any point error and interval are missing.
    """
    used = weights != 0
    part, weight = values[used], weights[used]
    there = np.isfinite(part)
    n, mean = there.sum(axis=-1), means(part)
    value = float(weight @ mean)
    least = int(n.min())
    if least < 2:
        return value, math.nan, math.nan, math.nan
    by_replication = (weight / n) @ np.where(there, part - mean[:, None], 0.0)
    error = math.sqrt(float((by_replication**2).sum()) * least / (least - 1))
    half = float(special.stdtrit(least - 1, 0.5 + CONFIDENCE / 2)) * error
    return value, error, value - half, value + half


def over_points(
    key: tuple[str, str, str, str], base: Array, value: Array, precision: float, *, same: bool
) -> Effect:
    """Return the paired effect over a whole design: each point counts once, however often it was run.

    Parameters
    ----------
    key
        Lever, outcome, group and level.
    base, value
        `(points, replications)`, missing where a point has no such replication.
    precision, same
        As `sim.studies.compare.paired_effect` takes them.

    Returns
    -------
    Effect
        Its `replications` are those of the point that has fewest.
    """
    both = np.isfinite(base) & np.isfinite(value)
    if both.all():
        return paired_effect(key, base.mean(axis=0), value.mean(axis=0), precision, same=same)
    base, value = np.where(both, base, np.nan), np.where(both, value, np.nan)
    even = np.full(len(base), 1.0 / len(base))
    mean, error, low, high = weighted(even, value - base)
    if error == 0 and mean == 0 and not same:
        low = high = math.nan  # nobody can tell how rare a difference is that was never seen
    sides = float(even @ means(base)), float(even @ means(value))
    least = int(both.sum(axis=-1).min())
    return Effect(*key, *sides, mean, low, high, error, math.nan, least, None, BY_NAME[key[1]].unit, same)
