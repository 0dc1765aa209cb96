"""Decisions under deep uncertainty: which options do well in how many of the states of the world.

Each arm of a finished sweep is an *option* (the scenario as it stands is one of them), and each point under
each preset is a *state of the world*.  Nobody says how likely a state is: options are judged by their regret
(how much worse than the best option of the same state), by the share of states in which thresholds hold, and
by whether another option is better in every goal.

An option's value in a state is a mean over replications, and the least of several noisy values is too low:
regret measured against it is biased upward.  So it is told twice.  `regret` takes best option and worst
states as found.  `split` chooses them with half of the replications and measures with the other half, over
many splits: what was chosen may not be best, so that this errs downward.  For mean and maximum what is
true lies between the expectations of the two (for the percentile only about so), and where they agree the
noise does not matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.errors import SimError
from sim.outcomes.definitions import BY_NAME
from sim.studies.aims import Aims, Goal, Threshold, parse_aims
from sim.studies.compare import CONFIDENCE
from sim.studies.discovery import Discovered, workbench
from sim.studies.discovery import discover as look
from sim.studies.states import Array, Mask, States, intervals, keeping, states_of
from sim.studies.sweeps.averages import means, weighted
from sim.studies.sweeps.results import collect
from sim.studies.sweeps.sweep import Sweep

if TYPE_CHECKING:
    import pandas as pd

HIGH: Final = 0.9  # the percentile of regret that is told beside the largest
SPLITS: Final = 50
STATISTICS: Final = ("mean", "p90", "max")
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Regret:
    """A statistic of an option's regret over all states: their mean, 90th percentile or maximum.

    Attributes
    ----------
    regret, mcse, ci_low, ci_high
        Against the best option of each state as found; Monte-Carlo standard error and 95 % interval over
        replications, the best options and the states taken as they were found.
    split
        Best options and states chosen with half of the replications, measured with the other half.
    best
        Share of the states in which it is the best option as found (ties count for each).
    """

    option: str
    outcome: str
    goal: str
    statistic: str
    regret: float
    ci_low: float
    ci_high: float
    mcse: float
    split: float
    best: float
    states: int
    unit: str


@dataclass(frozen=True, slots=True)
class Share:
    """The share of states in which an option keeps a threshold, or `all` of them.

    Attributes
    ----------
    preset
        The preset whose states these are; empty for all states.
    share, ci_low, ci_high
        As found; its 95 % interval says what the ranges hold from which the points are drawn (missing where
        they are no sample).
    kept, broken, undecided
        Shares of the states in which that is beyond noise, and in which replications cannot tell.
    """

    option: str
    preset: str
    threshold: str
    share: float
    ci_low: float
    ci_high: float
    kept: float
    broken: float
    undecided: float
    states: int


@dataclass(frozen=True, slots=True)
class Domination:
    """How an option fares against another one over all goals.

    `dominated` counts the states in which the other is better in a goal beyond noise, and in every other goal
    too or equal in each replication; `at_most` those in which it would be if all differences within noise
    were none.  `on_average` says whether the first holds of the means over all states.
    """

    option: str
    by: str
    dominated: int
    at_most: int
    states: int
    on_average: bool

    @property
    def verdict(self) -> str:
        """`every state`, `most states`, `on average`, or empty."""
        if self.states and self.dominated == self.states:
            return "every state"
        if 2 * self.dominated > self.states:
            return "most states"
        return "on average" if self.on_average else ""


@dataclass(frozen=True)
class Decision:
    """What a sweep says on a choice between its options."""

    sweep: Sweep
    aims: Aims
    states: States
    regrets: tuple[Regret, ...]
    shares: tuple[Share, ...]
    dominations: tuple[Domination, ...]
    discovered: tuple[Discovered, ...] | None = field(default=None)

    def table(self, kind: str = "regret") -> pd.DataFrame:
        """Return the rows of `regret`, `satisficing` or `pareto` as a table.

        Raises
        ------
        KeyError
            If there is no such kind.
        """
        import pandas as pd

        rows: dict[str, tuple[Sequence[Regret | Share | Domination], type]] = {
            "regret": (self.regrets, Regret),
            "satisficing": (self.shares, Share),
            "pareto": (self.dominations, Domination),
        }
        found, row = rows[kind]
        return pd.DataFrame([asdict(x) for x in found], columns=[f.name for f in fields(row)])


def decide(
    sweep: Sweep,
    goals: Mapping[str, str] | None = None,
    *,
    at_most: Mapping[str, float] | None = None,
    at_least: Mapping[str, float] | None = None,
    presets: Sequence[str] = (),
    discover: bool = False,
) -> Decision:
    """Judge the options of a finished sweep.

    Parameters
    ----------
    sweep
        As `sim.studies.sweeps.sweep.open_sweep` gives it.
    goals
        Outcome → `min` or `max`.
    at_most, at_least
        Outcome → threshold, in the outcome's unit.
    presets
        The presets whose states count (all by default).
    discover
        Whether to look for where options fail, which needs the extra `explore`.

    Raises
    ------
    InputError
        If goals and thresholds are wrong.
    SimError
        If the sweep is not complete, or the extra is not there.
    """
    aimed, most, least = (
        [f"{k}={x}" for k, x in (part or {}).items()] for part in (goals, at_most, at_least)
    )
    return judge(sweep, parse_aims(aimed, most, least, presets), discover=discover)


def judge(sweep: Sweep, aims: Aims, *, discover: bool = False) -> Decision:
    """Judge the options of a finished sweep by aims that fit it (see `decide`)."""
    if discover:
        workbench()  # that it is not there is told before anything long
    if not sweep.store.exists:
        raise SimError(f"there is no sweep in {sweep.folder}: run `sim sweep {sweep.experiment.path}` first")
    states = states_of(collect(sweep, aims.outcomes), aims)
    found = Decision(
        sweep,
        aims,
        states,
        tuple(x for goal in aims.goals for x in regrets(states, goal)),
        tuple(shares(states, aims.thresholds)),
        tuple(dominations(states, aims.goals)),
    )
    return replace(found, discovered=look(states, aims, sweep.layout)) if discover else found


def regrets(states: States, goal: Goal) -> list[Regret]:
    """Return mean, 90th percentile and maximum of every option's regret in a goal."""
    loss = goal.sign * states.values[goal.outcome]
    mean = means(loss)
    best = mean.argmin(axis=0)
    across = np.arange(loss.shape[1])
    beside = np.asarray(loss - loss[best, across])
    regret = mean - mean.min(axis=0)
    split = _split(loss, states.seed)
    found = []
    for k, option in enumerate(states.options):
        share = float((regret[k] == 0).mean())
        for statistic in STATISTICS:
            value, error, low, high = weighted(_weights(regret[k], statistic), beside[k])
            told = float(split[statistic][k])
            own = option, goal.outcome, goal.sense, statistic
            found.append(
                Regret(*own, value, low, high, error, told, share, len(across), BY_NAME[goal.outcome].unit)
            )
    return found


def _weights(regret: Array, statistic: str) -> Array:
    """Return how much each state counts in a statistic over states, by their regret."""
    many = len(regret)
    if statistic == "mean":
        return np.full(many, 1.0 / many)
    order = np.argsort(regret, kind="stable")
    place = (many - 1) * (HIGH if statistic == "p90" else 1.0)
    below = math.floor(place)
    weights = np.zeros(many)
    weights[order[below]] += 1.0 - (place - below)
    weights[order[min(below + 1, many - 1)]] += place - below
    return weights


def _split(loss: Array, seed: int) -> dict[str, Array]:
    """Return the statistics of regret where one half of the replications chooses and the other measures."""
    there = np.isfinite(loss[0])
    options, many, replications = loss.shape
    total = {statistic: np.zeros(options) for statistic in STATISTICS}
    if there.sum(axis=-1).min() < 2:
        return {statistic: np.full(options, math.nan) for statistic in STATISTICS}
    rng = np.random.default_rng(seed)
    for _ in range(SPLITS):
        halves = _halves(there, rng.permutation(replications))
        for chooses, measures in (halves, halves[::-1]):
            first, second = (means(np.where(half, loss, np.nan)) for half in (chooses, measures))
            best = first.argmin(axis=0), np.arange(many)
            chosen, measured = first - first[best], second - second[best]
            for statistic, k in itertools.product(STATISTICS, range(options)):
                total[statistic][k] += _weights(chosen[k], statistic) @ measured[k]
    return {statistic: x / (2 * SPLITS) for statistic, x in total.items()}


def at_least_none(split: float) -> float:
    """Return a regret measured on another half as it is shown: below 0 it is noise around none."""
    return split if math.isnan(split) else max(split, 0.0)


def _halves(there: Mask, order: NDArray[np.int64]) -> tuple[Mask, Mask]:
    """Return two halves of the replications that each state has, dealt out in an order."""
    rank = np.cumsum(there[:, order], axis=-1)
    first = np.zeros_like(there)
    first[:, order] = there[:, order] & (rank % 2 == 1)
    return first, there & ~first


def shares(states: States, thresholds: Sequence[Threshold]) -> list[Share]:
    """Return the share of states in which each option keeps each threshold, and all of them together."""
    if not thresholds:
        return []
    presets = tuple(dict.fromkeys(states.presets))
    groups = [("", np.ones(len(states.points), dtype=bool))]
    if len(presets) > 1:
        groups += [(name, np.array(states.presets) == name) for name in presets]
    asked: list[tuple[str, Sequence[Threshold]]] = [(ALL, thresholds)]
    if len(thresholds) > 1:
        asked += [(each.words, [each]) for each in thresholds]
    found = []
    for (words, some), (preset, group), k in itertools.product(asked, groups, range(len(states.options))):
        holds, kept, broken = (x[group] for x in keeping(states, k, some))
        low, high = math.nan, math.nan
        if states.sampled:
            # Presets are no sample: a point counts once, however many of them it is run under.
            points = len({p for p, here in zip(states.points, group, strict=True) if here})
            low, high = wilson(float(holds.mean()), points)
        own = float(kept.mean()), float(broken.mean()), float((~kept & ~broken).mean())
        found.append(
            Share(states.options[k], preset, words, float(holds.mean()), low, high, *own, len(holds))
        )
    return found


def wilson(share: float, many: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share among `many`.

    Examples
    --------
    >>> [round(x, 3) for x in wilson(0.0, 10)]
    [0.0, 0.278]
    """
    z = float(special.ndtri(0.5 + CONFIDENCE / 2))
    middle = (share + z * z / (2 * many)) / (1 + z * z / many)
    half = z / (1 + z * z / many) * math.sqrt(share * (1 - share) / many + (z / (2 * many)) ** 2)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def dominations(states: States, goals: Sequence[Goal]) -> list[Domination]:
    """Return how every option fares against every other one, over all goals."""
    found = []
    many = len(states.points)
    even = np.full(many, 1.0 / many)
    for a, b in itertools.permutations(range(len(states.options)) if goals else (), 2):
        surely = maybe = np.ones(many, bool)
        better_once = np.zeros(many, bool)
        average, average_better = True, False
        for goal in goals:
            loss = goal.sign * states.values[goal.outcome]
            gain = loss[b] - loss[a]  # below zero where b is the better one
            low, high = intervals(gain)
            equal = ~np.any(np.abs(np.nan_to_num(gain)) > 0, axis=-1)
            better_once = better_once | (high < 0)
            surely = surely & ((high < 0) | equal)
            maybe = maybe & ~(low > 0)
            _, _, _, top = weighted(even, gain)
            average = average and bool(top < 0 or equal.all())
            average_better = average_better or top < 0
        own = int((surely & better_once).sum()), int((maybe & better_once).sum())
        found.append(Domination(states.options[a], states.options[b], *own, many, average and average_better))
    return found


def dominator(option: str, found: Sequence[Domination]) -> Domination | None:
    """Return the option that dominates this one most, None where there is none."""
    rank = ("on average", "most states", "every state")
    against = [x for x in found if x.option == option and x.verdict]
    return max(against, key=lambda x: (rank.index(x.verdict), x.dominated), default=None)
