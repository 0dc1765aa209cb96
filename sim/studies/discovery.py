"""Scenario discovery: in which part of the ranges an option fails, by the patient rule induction method.

PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010) is that of the EMA Workbench, which the extra
`explore` brings.  A box is told only if there are enough cases, every restriction that is told passes its
quasi-p test, and boxes drawn from one half of the points hold more cases than chance in the other half.
Points share the luck of their replications, so that this says nothing of what other luck would give: how many
cases are within noise is counted beside.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.errors import SimError
from sim.studies.aims import Aims
from sim.studies.states import Mask, States, intervals, keeping
from sim.studies.sweeps.tasks import Layout

if TYPE_CHECKING:
    import pandas as pd

EXTRA: Final = "explore"
PRESET: Final = "preset"
BREAKS: Final = "breaks"
LEAST: Final = 10  # cases, and states that are none, below which no pattern is told
LEAST_OF_A_HALF: Final = 4
SIGNIFICANT: Final = 0.05
MASS: Final = 0.05  # least share of the states in a box


@dataclass(frozen=True, slots=True)
class Limit:
    """One restriction of a box: a factor's ends (None: as far as the range goes), or presets by name.

    `quasi_p` is the probability of a box as dense as this one without the restriction, by chance; it does not
    count that PRIM chose among many.
    """

    factor: str
    low: float | None
    high: float | None
    presets: tuple[str, ...]
    quasi_p: float


@dataclass(frozen=True, slots=True)
class Discovered:
    """Where an option has cases: states in which it breaks thresholds, or is worse than doing nothing.

    Attributes
    ----------
    case
        What a case is: `breaks`, or the outcome of a goal in which it is worse than the base.
    verdict
        `none`, `every state`, `too few`, `nothing varied`, `no pattern`, or `box`.
    states, cases, unsure
        Different states of the option (points that differ in nothing it uses are one), the cases among them,
        and how many of these are within noise.
    limits, inside, hits
        A box, the states in it, and how many of those are cases.
    held_out
        Share of cases among the states of one half that lie in boxes drawn from the other.
    """

    option: str
    case: str
    verdict: str
    states: int
    cases: int
    unsure: int = 0
    limits: tuple[Limit, ...] = ()
    inside: int = 0
    hits: int = 0
    held_out: float = float("nan")

    @property
    def coverage(self) -> float:
        """Share of all cases that lie in the box."""
        return self.hits / self.cases if self.inside else float("nan")

    @property
    def density(self) -> float:
        """Share of the states in the box that are cases."""
        return self.hits / self.inside if self.inside else float("nan")


def workbench() -> Any:
    """Return the EMA Workbench's module of PRIM.

    Raises
    ------
    SimError
        If it is not installed, with the extra that brings it.
    """
    require("scenario discovery", "ema_workbench")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that it could use and does without
        from ema_workbench.analysis import prim
    return prim


def require(what: str, package: str) -> None:
    """Raise `SimError` where a package of the extra is not there, with the way to it."""
    if find_spec(package) is None:
        raise SimError(
            f"{what} needs the package {package}: pip install 'enforcement-pathways[{EXTRA}]' brings it"
        )


def discover(states: States, aims: Aims, layout: Layout) -> tuple[Discovered, ...]:
    """Return where every option breaks the thresholds, and where it is worse than doing nothing."""
    found = []
    for k, option in enumerate(states.options):
        x = factors_of(states, layout, k)
        for case, cases, unsure in _cases(states, aims, k):
            found.append(look_for(x, cases, unsure, (option, case), states))
    return tuple(found)


def factors_of(states: States, layout: Layout, option: int) -> pd.DataFrame:
    """Return the factors that an option feels, a line a state: those of other levers change nothing in it."""
    import pandas as pd

    names = [factor.name for factor in layout.experiment.factors]
    x = pd.DataFrame(layout.points[list(states.points)], columns=names)
    x = x.drop(columns=list(layout.unused[option]))
    if len(set(states.presets)) > 1:
        x[PRESET] = states.presets
    return x


def _cases(states: States, aims: Aims, option: int) -> Iterator[tuple[str, Mask, Mask]]:
    """Yield what a case is, which states are cases, and which of them only within noise."""
    if aims.thresholds:
        holds, _, broken = keeping(states, option, aims.thresholds)
        yield BREAKS, ~holds, ~holds & ~broken
    for goal in aims.goals if option else ():
        loss = goal.sign * states.values[goal.outcome]
        low, _ = intervals(loss[option] - loss[0])
        yield goal.outcome, low > 0, np.zeros(len(low), dtype=bool)  # within noise nothing is worse


def look_for(x: pd.DataFrame, cases: Mask, unsure: Mask, own: tuple[str, str], states: States) -> Discovered:
    """Return the box that holds the cases, or why none is told.

    Parameters
    ----------
    x
        A line a state: the factors, and the name of the preset where there are several.
    cases, unsure
        Which states are cases, and which of these are within noise.
    own
        The option, and what a case is.
    states
        The states, for the points that belong together and the seed.
    """
    one = ~x.duplicated().to_numpy() if len(x.columns) else np.arange(len(x)) == 0
    x, cases, unsure = x[one].reset_index(drop=True), cases[one], unsure[one]
    n, k = len(cases), int(cases.sum())
    counts = n, k, int(unsure.sum())
    verdict = _without_box(x, n, k)
    if verdict:
        return Discovered(*own, verdict, *counts)
    limits = _box(x, cases)
    inside = _within(x, limits)
    held_out, holds = _held_out(x, cases, np.array(states.points)[one], states.seed)
    if not limits or not holds:
        return Discovered(*own, "no pattern", *counts, held_out=held_out)
    hits = int((inside & cases).sum())
    return Discovered(*own, "box", *counts, tuple(limits), int(inside.sum()), hits, held_out)


def _without_box(x: pd.DataFrame, n: int, k: int) -> str:
    if k == 0:
        return "none"
    if k == n:
        return "every state"
    if not len(x.columns):
        return "nothing varied"
    return "too few" if min(k, n - k) < LEAST else ""


def _box(x: pd.DataFrame, cases: Mask) -> list[Limit]:
    """Return the box on PRIM's way with the best balance of coverage and density, free of chance limits."""
    prim = workbench()
    names = sorted(set(x[PRESET])) if PRESET in x else []
    coded = x.copy()
    if names:
        # Numbers in place of names, whose order in a set differs from process to process.
        coded[PRESET] = np.array([names.index(name) for name in x[PRESET]], dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is its own affair: uses of pandas that are to end
        box = prim.Prim(coded, cases, threshold=0.5, mass_min=MASS).find_box()
        way = box.peeling_trajectory
        balance = 2 * way["coverage"] * way["density"] / (way["coverage"] + way["density"])
        best = int(np.argmax(balance.to_numpy()))
        lims = box.box_lims[best].copy()
        while True:
            limits = _limits(lims, box.prim.box_init, names)
            inside = _within(x, limits)
            box.update(lims.copy(), np.flatnonzero(inside))
            chance = _worst(box.qp[-1])
            if chance is None:
                return _with_quasi_p(limits, box.qp[-1])
            factor, side = chance
            rows = [0, 1] if factor == PRESET else [side]
            for row in rows:
                lims.at[row, factor] = box.prim.box_init.at[row, factor]


def _worst(quasi_p: dict[str, list[float]]) -> tuple[str, int] | None:
    """Return the factor and side whose limit is least significant, None where all are."""
    sides = [(p, factor, side) for factor, both in quasi_p.items() for side, p in enumerate(both)]
    p, factor, side = max(sides, default=(0.0, "", 0))
    return (factor, side) if p > SIGNIFICANT else None


def _limits(lims: Any, widest: Any, names: list[str]) -> list[Limit]:
    found = []
    for factor in lims.columns:
        low, high = lims.at[0, factor], lims.at[1, factor]
        if factor == PRESET:
            if low != widest.at[0, factor]:
                kept = tuple(names[code] for code in sorted(low))
                found.append(Limit(PRESET, None, None, kept, float("nan")))
            continue
        left = float(low) if low > widest.at[0, factor] else None
        right = float(high) if high < widest.at[1, factor] else None
        if left is not None or right is not None:
            found.append(Limit(factor, left, right, (), float("nan")))
    return found


def _with_quasi_p(limits: list[Limit], quasi_p: dict[str, list[float]]) -> list[Limit]:
    """Return limits with the larger quasi-p of their sides, the most significant first."""
    told = [Limit(x.factor, x.low, x.high, x.presets, max(quasi_p[x.factor])) for x in limits]
    return sorted(told, key=lambda x: (x.quasi_p, x.factor))


def _within(x: pd.DataFrame, limits: list[Limit]) -> Mask:
    inside = np.ones(len(x), dtype=bool)
    for limit in limits:
        column = x[limit.factor]
        if limit.presets:
            inside &= column.isin(limit.presets).to_numpy()
        if limit.low is not None:
            inside &= (column >= limit.low).to_numpy()
        if limit.high is not None:
            inside &= (column <= limit.high).to_numpy()
    return inside


def _held_out(x: pd.DataFrame, cases: Mask, points: NDArray[np.int64], seed: int) -> tuple[float, bool]:
    """Draw a box from each half of the points, and look at the other half.

    Returns the share of cases in these boxes, and whether it is more than chance would put there.
    """
    which = np.unique(points)
    first = np.isin(points, np.random.default_rng(seed).permutation(which)[: len(which) // 2])
    inside = hits = 0
    for half in (first, ~first):
        k = int(cases[half].sum())
        limits = []
        if LEAST_OF_A_HALF <= k < int(half.sum()):
            limits = _box(x[half].reset_index(drop=True), cases[half])
        if limits:
            there = _within(x[~half], limits)
            inside += int(there.sum())
            hits += int((there & cases[~half]).sum())
    if not inside:
        return float("nan"), False
    chance = stats.binomtest(hits, inside, float(cases.mean()), alternative="greater").pvalue
    return hits / inside, bool(chance <= SIGNIFICANT)
