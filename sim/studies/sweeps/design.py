"""Where the points of an experiment lie: grids, Latin hypercubes, Sobol sequences, tables of one's own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sim.errors import Problems
from sim.scenario.experiment import Experiment
from sim.scenario.factors import Factor

Array = NDArray[np.float64]


def points_of(experiment: Experiment) -> Array:
    """Return the points of an experiment in the order in which they are run.

    Returns
    -------
    ndarray
        `(points, factors)`; one point without factors where nothing is varied.  Any beginning of a grid or
        of a Sobol sequence is spread evenly, and is the beginning of a longer one too (a grid's as long as
        its values stay).
    """
    factors, design = experiment.factors, experiment.file.design
    if design is None or not factors:
        return np.empty((1, 0))
    if design.kind == "csv":
        return np.array(experiment.points)
    if design.kind == "grid":
        return _grid([factor.grid for factor in factors])
    return scaled(unit_points(design.kind, len(factors), design.points or 1, seed_of(experiment)), factors)


def seed_of(experiment: Experiment) -> int:
    """Return the root of all luck of an experiment, its design's included."""
    return experiment.scenario.settings.run.seed


def unit_points(kind: str, dimensions: int, points: int, seed: int) -> Array:
    """Return a Latin hypercube or the beginning of a scrambled Sobol sequence in the unit cube."""
    rng = np.random.default_rng(seed)
    if kind == "sobol":
        return np.asarray(qmc.Sobol(dimensions, scramble=True, rng=rng).random(points))
    return np.asarray(qmc.LatinHypercube(dimensions, rng=rng).random(points))


def scaled(unit: Array, factors: Sequence[Factor]) -> Array:
    """Return points of the unit cube as values of factors, each after its distribution.

    A number that is whole takes every whole number of its range equally often.
    """
    found = np.empty_like(unit)
    for k, factor in enumerate(factors):
        found[:, k] = [quantile(factor, float(u)) for u in unit[:, k]]
    return found


def quantile(factor: Factor, u: float) -> float:
    """Return the value below which a factor lies with probability `u`."""
    assert factor.range is not None
    low, high = factor.range
    if factor.whole:
        return float(min(math.floor(low + u * (high - low + 1)), high))
    if factor.distribution == "log_uniform":
        return float(low * (high / low) ** u)
    if factor.distribution == "triangular" and high > low:
        top = min(max(float(factor.passport.value), low), high)
        left = (top - low) / (high - low)
        if u < left:
            return low + math.sqrt(u * (high - low) * (top - low))
        return high - math.sqrt((1.0 - u) * (high - low) * (high - top))
    return low + u * (high - low)


def _grid(values: Sequence[Sequence[float]]) -> Array:
    """Return every combination, in an order whose beginnings are spread evenly over all values."""
    sizes = [len(x) for x in values]
    cells = dict.fromkeys(_spread_cells(sizes))
    cells |= dict.fromkeys(itertools.product(*(range(n) for n in sizes)))
    return np.array([[x[i] for x, i in zip(values, cell, strict=True)] for cell in cells], dtype=float)


def _spread_cells(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """Return cells of a grid in the order in which a Sobol sequence first meets them."""
    power = max(math.ceil(math.log2(math.prod(sizes))), 0) + 1
    if power > 20:
        return []
    unit = qmc.Sobol(len(sizes), scramble=False).random_base2(power)
    return [tuple(cell) for cell in np.floor(unit * np.array(sizes)).astype(int).tolist()]


def values_at(point: Array, factors: Sequence[Factor]) -> dict[str, float]:
    """Return the value of every factor at a point; whole numbers as such."""
    return {f.name: int(x) if f.whole else float(x) for f, x in zip(factors, point, strict=True)}


def note_same_points(points: Array, experiment: Experiment, problems: Problems) -> None:
    """Note points that are there twice: their runs would be the same."""
    if len({tuple(p) for p in points.tolist()}) < len(points) and experiment.points:
        where = experiment.document.mark(("design", "file"))
        problems.add(
            where, "the design has a point twice", allowed="each point once (replications repeat it)"
        )
