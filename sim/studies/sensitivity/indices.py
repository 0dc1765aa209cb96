"""Sensitivity indices of one number at every point of a design, with 95 % intervals.

`morris`
    *mu star*: the mean absolute elementary effect (Campolongo et al. 2007): how much the number changes, on
    average, from one end of a parameter's range to the other, in its own unit.  *mu* is the same with signs,
    *sigma* the standard deviation: large where effects depend on the other parameters or are curved.
`sobol`
    *S1* and *ST* (Saltelli et al. 2010): the share of the variance that a parameter explains alone, and with
    all that it takes part in.
`pawn`
    The median over slices of a parameter of the Kolmogorov–Smirnov distance between the number's distribution
    in the slice and its whole distribution (Pianosi and Wagener 2018).  A parameter without influence has
    some distance too, by chance: `KS_without_influence` is what 95 % of such parameters stay below, found by
    shuffling.

An interval is the estimate ± 1.96 bootstrap standard errors, samples being drawn anew: it may reach beyond
what is possible, and one that holds 0 says that the parameter is not told from one without influence.  A
Sobol index whose interval would be wider than all that is possible rests on a few points, and has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.studies.sensitivity.design import LEVELS, METHODS, Drawn

Array = NDArray[np.float64]
RESAMPLES: Final = 1000
RESAMPLES_PAWN: Final = 200
MANY: Final = 500  # points from which PAWN has ten slices in place of five
CHANCE: Final = "KS_without_influence"
Z: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Index:
    """An index of a parameter with its 95 % interval (missing where there is none)."""

    parameter: str
    index: str
    value: float
    ci_low: float = math.nan
    ci_high: float = math.nan

    @property
    def told(self) -> bool:
        """Whether it is told from 0; one that is exactly 0 in every sample is told to be so."""
        return self.ci_low > 0.0 or self.exactly_zero

    @property
    def exactly_zero(self) -> bool:
        """Whether nothing at all follows from the parameter."""
        return self.value == 0.0 and self.ci_low == self.ci_high


def indices_of(design: Drawn, y: Array, seed: int) -> tuple[Index, ...]:
    """Return the indices of every parameter for a number known at every point of a design.

    Parameters
    ----------
    design
        As `drawn` gives it.
    y
        `(points,)`, in the order of the design; not the same everywhere.
    seed
        Of the bootstrap.
    """
    # SALib's Sobol analysis takes a seed of 0 for none at all.
    seed = int(np.random.SeedSequence([seed, *b"bootstrap"]).generate_state(1)[0]) or 1
    return {"morris": _morris, "sobol": _sobol, "pawn": _pawn}[design.method](design, y, seed)


def varies(design: Drawn, y: Array) -> bool:
    """Whether a number differs between the points that indices are a share of."""
    if design.method == "sobol":
        rows = y.reshape(design.samples, design.stride)
        y = rows[:, [0, -1]]  # the two independent samples; the others take the place of no point
    return bool(np.ptp(y) > 0)


def main_index(method: str, indices: tuple[Index, ...]) -> dict[str, Index]:
    """Return the index by which a method sorts parameters, by parameter."""
    return {x.parameter: x for x in indices if x.index == METHODS[method].main}


def _around(parameter: str, index: str, value: float, half_width: float) -> Index:
    value, half_width = float(value), float(half_width)
    if index in ("S1", "ST") and half_width > 1.0:
        return Index(parameter, index, value)
    return Index(parameter, index, value, value - half_width, value + half_width)


def _morris(design: Drawn, y: Array, seed: int) -> tuple[Index, ...]:
    from SALib.analyze import morris

    found = morris.analyze(
        design.problem, design.unit, y, num_resamples=RESAMPLES, num_levels=LEVELS, seed=seed
    )
    indices: list[Index] = []
    for k, name in enumerate(design.names):
        indices += [
            _around(name, "mu_star", found["mu_star"][k], found["mu_star_conf"][k]),
            Index(name, "mu", float(found["mu"][k])),
            Index(name, "sigma", float(found["sigma"][k])),
        ]
    return tuple(indices)


def _sobol(design: Drawn, y: Array, seed: int) -> tuple[Index, ...]:
    from SALib.analyze import sobol

    found = sobol.analyze(design.problem, y, calc_second_order=False, num_resamples=RESAMPLES, seed=seed)
    return tuple(
        _around(name, index, found[index][k], found[f"{index}_conf"][k])
        for k, name in enumerate(design.names)
        for index in ("ST", "S1")
    )


def _pawn(design: Drawn, y: Array, seed: int) -> tuple[Index, ...]:
    from SALib.analyze import pawn

    rng = np.random.default_rng(seed)
    slices = slices_of(len(y))
    # Nothing in it is drawn: a seed would only set the state of NumPy's own luck.
    found = pawn.analyze(design.problem, design.unit, y, S=slices, seed=None)
    indices = []
    for k, name in enumerate(design.names):
        x = design.unit[:, k]
        again = (rng.integers(len(y), size=len(y)) for _ in range(RESAMPLES_PAWN))
        spread = np.std([median_ks(x[i], y[i], slices) for i in again], ddof=1)
        indices.append(_around(name, "median_KS", found["median"][k], Z * float(spread)))
    even = np.arange(len(y)) / len(y)
    chance = [median_ks(rng.permutation(even), y, slices) for _ in range(RESAMPLES_PAWN)]
    return (*indices, Index("", CHANCE, float(np.quantile(chance, 0.95))))


def slices_of(points: int) -> int:
    """Return into how many slices PAWN cuts a parameter."""
    return 10 if points >= MANY else 5


def median_ks(x: Array, y: Array, slices: int) -> float:
    """Return the median Kolmogorov–Smirnov distance of `y` within slices of `x` from all of `y`.

    The same as `SALib.analyze.pawn` gives, without its tests of significance, which take most of its time.
    """
    edges = np.quantile(x, np.arange(slices + 1) / slices)
    order = np.argsort(y, kind="stable")
    which = np.searchsorted(edges, x[order], side="right") - 1  # the greatest belongs to no slice, as there
    inside = which == np.arange(slices)[:, None]
    inside = inside[inside.any(axis=1)]
    last = np.append(np.diff(y[order]) != 0, True)  # of those that are equal
    gaps = inside.cumsum(axis=1) / inside.sum(axis=1, keepdims=True) - np.arange(1, len(y) + 1) / len(y)
    return float(np.median(np.abs(gaps[:, last]).max(axis=1)))
