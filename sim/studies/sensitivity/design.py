"""How each method draws the parameters: points of the unit cube, in the order in which they are analysed.

A study has so many *samples*, and each sample takes some points that belong together: a trajectory of Morris,
a row of Saltelli's matrices, a single point for PAWN.  Samples follow one another, so that more of them only
add to what is there.  SALib is given the unit cube; `sim.studies.sweeps.design.scaled` makes values of it, by
the distribution of each parameter.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems
from sim.studies.sweeps.design import unit_points

Array = NDArray[np.float64]
LEVELS: Final = 4  # of the grid on which trajectories of Morris lie
MOST: Final = 65_536


@dataclass(frozen=True, slots=True)
class Method:
    """A method of sensitivity analysis.

    Attributes
    ----------
    title, what
        As it is called, and what its samples are.
    samples, least
        How many are drawn by default, and how few are not refused.
    beyond
        Points that a sample takes: so many more than there are parameters (None: always one).
    main, index
        The index by which parameters are sorted, as files and as tables call it.
    """

    title: str
    what: str
    samples: int
    least: int
    beyond: int | None
    main: str
    index: str

    def points(self, parameters: int) -> int:
        """Return how many points a sample has."""
        return 1 if self.beyond is None else parameters + self.beyond


METHODS: Final = {
    # Campolongo, Cariboni and Saltelli (2007) take 10 to 50 trajectories, Morris (1991) from 4 on.
    "morris": Method("Morris screening", "trajectories", 20, 4, 1, "mu_star", "mu*"),
    # Sobol sequences are balanced at powers of two (Owen 2020).  Of a sum of five parameters, 16 rows gave
    # totals that were off by up to 0.75 and 95 % intervals that held the truth in 75 %; 32 rows, in all.
    "sobol": Method("Sobol indices", "rows of Saltelli's design", 256, 32, 2, "ST", "total"),
    # Pianosi and Wagener (2018): slices of tens of points at least, about ten of them.
    "pawn": Method("PAWN indices", "points of a Sobol sequence", 500, 50, None, "median_KS", "median KS"),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A design that is drawn.

    `names` are the parameters, `unit` the points `(points, parameters)` in the unit cube, sample by sample.
    """

    method: str
    names: tuple[str, ...]
    unit: Array

    @property
    def stride(self) -> int:
        """How many points a sample has."""
        return METHODS[self.method].points(len(self.names))

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(self.unit) // self.stride

    @property
    def problem(self) -> dict[str, Any]:
        """The same for SALib: as many parameters, each between 0 and 1."""
        return {
            "num_vars": len(self.names),
            "names": list(self.names),
            "bounds": [[0.0, 1.0]] * len(self.names),
        }


def drawn(method: str, names: Sequence[str], samples: int, seed: int) -> Drawn:
    """Draw a design: the same for the same seed, and its beginning that of a longer one.

    Parameters
    ----------
    method
        One of `METHODS`.
    names
        The parameters, at least one.
    samples
        As `check_samples` lets pass.
    seed
        Root of the luck of the experiment; 0 is as good as any.
    """
    found = Drawn(method, tuple(names), np.empty((0, len(names))))
    rng = np.random.default_rng([seed, *method.encode()])
    if method == "morris":
        from SALib.sample import morris

        unit = morris.sample(found.problem, samples, num_levels=LEVELS, seed=rng)
    elif method == "sobol":
        from SALib.sample import sobol

        unit = sobol.sample(found.problem, samples, calc_second_order=False, seed=rng)
    else:
        balanced = 1 << math.ceil(math.log2(samples))
        unit = unit_points("sobol", len(names), balanced, seed)[:samples]
    return Drawn(method, tuple(names), np.clip(unit, 0.0, 1.0))


def check_samples(method: str, samples: Any, problems: Problems, *, option: str = "") -> None:
    """Note a method that there is not, and samples that are too few for it; None stands for the default."""
    if method not in METHODS:
        problems.add(Mark(), f"{option}method: unknown method", method, known=list(METHODS))
        return
    m = METHODS[method]
    if samples is None:
        return
    name = f"{option}samples"
    bounds = f"{m.least} to {MOST:,} {m.what}"
    if isinstance(samples, bool) or not isinstance(samples, numbers.Integral):
        problems.add(Mark(), f"{name} is not a whole number", samples, allowed=bounds)
    elif not m.least <= int(samples) <= MOST:
        problems.add(Mark(), f"{name} is out of bounds for {method}", samples, allowed=bounds)
    elif method == "sobol" and int(samples) & (int(samples) - 1):
        below = 1 << (int(samples).bit_length() - 1)
        problems.add(Mark(), f"{name} is no power of two", samples, allowed=f"such as {below} or {2 * below}")
