"""Paired comparison: the same people and the same luck with and without a lever.

For each replication both worlds give an outcome; their difference is one observation of the effect.  The
interval is Student's t over replications.  Because twins share their luck the differences vary far less than
the worlds do; the *variance ratio* says by how much (1: no better than independent seeds).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.errors import Mark, Problem, Problems, UnknownName
from sim.outcomes.definitions import BY_NAME, OUTCOMES, levels
from sim.scenario.loader import LoadedScenario
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields, gathered, load_worlds
from sim.studies.reasons import can_differ, needs_of, why_nothing
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings, WorldResult

CONFIDENCE = 0.95
PRECISION = 0.05
_NORMAL = float(special.ndtri(0.5 + CONFIDENCE / 2))
COMBINED = "combined"

Side = tuple[str, Sequence[str]]  # the name of a world, and its levers
Results = Sequence[Sequence[WorldResult]]  # one list a world, one result a replication


@dataclass(frozen=True, slots=True)
class Effect:
    """The paired effect of a lever on one outcome, in total or for one level of a breakdown.

    Attributes
    ----------
    base, value
        Mean of the outcome without and with the lever.
    difference, ci_low, ci_high, mcse
        Mean paired difference, its 95 % interval and Monte-Carlo standard error.
    variance_ratio
        Variance of the paired difference over that of independent worlds (missing where nothing varies).
    replications, replications_needed
        Replications that gave a value, and how many would bring the half-width of the interval to
        the stated precision (a share of the base value; missing where the base is 0).
    same_worlds
        Whether both worlds are the same by their settings and rules, and were equal in everything counted.
    """

    lever: str
    outcome: str
    group: str
    level: str
    base: float
    value: float
    difference: float
    ci_low: float
    ci_high: float
    mcse: float
    variance_ratio: float
    replications: int
    replications_needed: int | None
    unit: str
    same_worlds: bool = False

    @property
    def verdict(self) -> str:
        """What can be said: `no change`, `none seen`, `below noise`, `change`, or `unknown`.

        `no change`: the worlds are the same by their rules.  `none seen`: they are not, but no pair differed
        in this outcome, so that no error can be told.  `below noise`: the interval holds 0.  `unknown`: one
        replication, or two that happen to agree, or the outcome has no value.
        """
        if self.replications == 0 or math.isnan(self.difference):
            return "unknown"
        if self.same_worlds:
            return "no change"
        if math.isnan(self.mcse):
            return "unknown"
        if self.difference == 0 and self.mcse == 0:
            return "none seen"
        return "below noise" if self.ci_low <= 0 <= self.ci_high else "change"

    @property
    def relative(self) -> float:
        """Difference as a share of the base value (missing where that is 0)."""
        return self.difference / self.base if self.base else math.nan


@dataclass(frozen=True, slots=True)
class Comparison:
    """A base world, the same world with each lever, and what differs.

    `worlds` and `results` start with the base; `names` are `base` and the levers as they were asked for.
    """

    names: tuple[str, ...]
    worlds: tuple[LoadedScenario, ...]
    settings: Settings
    results: tuple[tuple[WorldResult, ...], ...]
    effects: tuple[Effect, ...]
    precision: float

    def effect(self, lever: str, outcome: str, group: str = "", level: str = "") -> Effect:
        """Return one effect.

        Raises
        ------
        UnknownName
            An `InputError` and a `KeyError`: if there is none of that name.
        """
        for effect in self.effects:
            if (effect.lever, effect.outcome, effect.group, effect.level) == (lever, outcome, group, level):
                return effect
        asked = {"lever": lever, "outcome": outcome, "group": group, "level": level}
        raise UnknownName(_unknown(self.effects, asked))

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.worlds[0].settings.name

    def lever_title(self, lever: str) -> str:
        """Return the title of a lever."""
        return self.worlds[self.names.index(lever)].levers[-1].file.title

    def is_same(self, lever: str) -> bool:
        """Whether a lever can change nothing, by the rules, and has changed nothing that is counted."""
        effects = [e for e in self.effects if e.lever == lever and e.replications]
        return bool(effects) and all(e.same_worlds for e in effects)

    def why_nothing(self, lever: str) -> str | None:
        """Return why a lever changed nothing, or what it needs; None where it did, or nobody can tell."""
        if any(e.difference != 0 for e in self.effects if e.lever == lever and e.replications):
            return None
        world = self.worlds[self.names.index(lever)]
        what = "the set of levers" if lever == COMBINED else lever
        why = why_nothing(self.worlds[0], world, what) or needs_of(self.worlds[0], world, what)
        return why[:1].upper() + why[1:] if why and lever == COMBINED else why


def _unknown(effects: Sequence[Effect], asked: Mapping[str, Any]) -> Sequence[Problem]:
    """Say which part of the name of an effect is the first that no effect has."""
    problems = Problems()
    for part, name in asked.items():
        known = list(dict.fromkeys(getattr(effect, part) for effect in effects))
        if name not in known:
            of = f" of {asked['group'] or 'the total'}" if part == "level" else ""
            what = f"the comparison has no such {'breakdown' if part == 'group' else part}{of}"
            names = [x for x in known if x]
            allowed = ", ".join(["nothing"] * ("" in known) + names)
            problems.add(Mark(), what, name or "nothing", known=names, allowed=allowed)
            break
        effects = [effect for effect in effects if getattr(effect, part) == name]
    return problems.found


def compare(
    scenario: str | Path,
    levers: Sequence[str],
    *,
    combined: bool = False,
    set_values: Sequence[str] = (),
    precision: float = PRECISION,
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Comparison:
    """Compare a scenario with itself under each lever.

    Parameters, errors and examples: see `sim.compare`, whose results show themselves.
    """
    plan, problems = plan.but(**changes), Problems()
    sides = sides_asked(levers, combined, precision, plan, problems)
    return compare_sides(scenario, sides, set_values, precision, plan, problems=problems)


def sides_asked(
    levers: Sequence[str], combined: bool, precision: float, plan: Plan, problems: Problems
) -> list[Side]:
    """Return the worlds of a comparison; note what is wrong with the levers and the plan."""
    with gathered(problems):
        plan.check(precision=precision)
    note_same_levers(levers, problems)
    return sides_of(levers, combined=combined)


def live(worlds: Sequence[LoadedScenario], settings: Settings, plan: Plan) -> Results:
    """Run the worlds of a comparison."""
    return replicate(worlds, settings, workers=plan.workers, keep_log=plan.keep_log, progress=plan.progress)


def compare_sides(
    scenario: str | Path,
    sides: Sequence[Side],
    set_values: Sequence[str],
    precision: float,
    plan: Plan,
    assumptions: Sequence[str] = (),
    problems: Problems | None = None,
    live: Callable[[Sequence[LoadedScenario], Settings, Plan], Results] = live,
) -> Comparison:
    """Compare the worlds of `sides_of`, under the assumptions of a preset where some are given.

    `problems` are those found already; they are raised together with what is wrong here.  `live` runs the
    worlds: another may keep more of them.
    """
    problems = Problems() if problems is None else problems
    worlds = load_worlds(scenario, [asked for _, asked in sides], set_values, problems, assumptions)
    problems.raise_if_any()
    names = [name for name, _ in sides]
    settings = Settings.of(worlds[0], plan)
    results = live(worlds, settings, plan)
    effects = effects_of(
        names, results, precision, can_differ=lambda world: can_differ(worlds[0], worlds[world])
    )
    rows = tuple(tuple(r) for r in results)
    return Comparison(tuple(names), tuple(worlds), settings, rows, tuple(effects), precision)


def sides_of(levers: Sequence[str], *, combined: bool) -> list[Side]:
    """Return the worlds of a comparison by name, each with its levers: base, each lever, all if asked."""
    all_of_them = list(dict.fromkeys(levers))
    together = [(COMBINED, all_of_them)] if combined and len(all_of_them) > 1 else []
    return [("base", ()), *((lever, [lever]) for lever in levers), *together]


def note_same_levers(levers: Sequence[str], problems: Problems) -> None:
    """Note levers that are given again with the same parameters: with others they are another world."""
    for lever in dict.fromkeys(levers):
        if levers.count(lever) > 1:
            allowed = "each lever once, or with other parameters"
            problems.add(Mark(), f"--lever {lever} is given more than once", allowed=allowed)


def effects_of(
    names: Sequence[str],
    results: Sequence[Sequence[WorldResult]],
    precision: float = PRECISION,
    *,
    can_differ: Callable[[int], bool],
) -> list[Effect]:
    """Return all paired effects of the worlds after the first.

    `can_differ` is asked for the number of a world that was equal to the first in everything counted: by its
    rules, may it differ?
    """
    stacks = [np.stack([r.outcomes for r in world], axis=-1) for world in results]
    columns = list(levels(results[0][0].counts))
    cells = [(k, column) for k in range(len(OUTCOMES)) for column, _, _ in columns]
    at = tuple(np.array(cells).T)
    effects: list[Effect] = []
    for k, (name, stack) in enumerate(zip(names[1:], stacks[1:], strict=True), 1):
        twins = zip(results[0], results[k], strict=True)
        equal = all(np.array_equal(a.counts.tally, b.counts.tally) for a, b in twins)
        same = equal and not can_differ(k)
        keys = [(name, o.name, group, level) for o in OUTCOMES for _, group, level in columns]
        effects += _paired_effects(keys, stacks[0][at], stack[at], precision, same=same)
    return effects


def paired_effect(
    key: tuple[str, str, str, str],
    base: NDArray[np.float64],
    value: NDArray[np.float64],
    precision: float,
    *,
    same: bool = False,
) -> Effect:
    """Return the effect from paired observations (missing ones are left out in pairs).

    Where no pair differs though the worlds are not the same (`same` is false) there is no interval: the
    difference may only be too rare to have been met.
    """
    return _paired_effects([key], base[None, :], value[None, :], precision, same=same)[0]


def _paired_effects(
    keys: Sequence[tuple[str, str, str, str]],
    base: NDArray[np.float64],
    value: NDArray[np.float64],
    precision: float,
    *,
    same: bool,
) -> list[Effect]:
    """Return an effect for each row of observations `(keys, replications)`.

    Rows in which nothing is missing are summed together: a comparison has thousands of them.
    """
    both = np.isfinite(base) & np.isfinite(value)
    whole = np.flatnonzero(both.all(axis=1))
    found = dict(zip(whole.tolist(), _moments(base[whole], value[whole]), strict=True))
    found |= dict.fromkeys(np.flatnonzero(~both.any(axis=1)).tolist(), _NOTHING)
    effects = []
    for k, key in enumerate(keys):
        moments = found.get(k)
        if moments is None:
            (moments,) = _moments(base[k : k + 1, both[k]], value[k : k + 1, both[k]])
        effects.append(_effect(key, moments, precision, same=same))
    return effects


@dataclass(frozen=True, slots=True)
class _Moments:
    """Number of pairs, means of both sides and of the difference, its spread, the variance of both sides."""

    n: int
    base: float
    value: float
    mean: float
    spread: float
    independent: float


_NOTHING = _Moments(0, math.nan, math.nan, math.nan, math.nan, math.nan)


def _moments(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[_Moments]:
    """Return the moments of each row, in all of which nothing is missing."""
    rows, n = x.shape
    nothing, d = np.full(rows, math.nan), y - x
    means = [z.mean(axis=1) for z in (x, y, d)]
    spread = d.std(axis=1, ddof=1) if n > 1 else nothing
    independent = x.var(axis=1, ddof=1) + y.var(axis=1, ddof=1) if n > 1 else nothing
    columns = [column.tolist() for column in (*means, spread, independent)]
    return [_Moments(n, *row) for row in zip(*columns, strict=True)]


def _effect(key: tuple[str, str, str, str], m: _Moments, precision: float, *, same: bool) -> Effect:
    unit, nan = BY_NAME[key[1]].unit, math.nan
    if m.n == 0:
        return Effect(*key, nan, nan, nan, nan, nan, nan, nan, 0, None, unit)
    if m.n == 1:
        return Effect(*key, m.base, m.value, m.mean, nan, nan, nan, nan, 1, None, unit, same)
    mcse = m.spread / math.sqrt(m.n)
    if m.spread == 0 and m.mean == 0 and not same:
        return Effect(*key, m.base, m.value, m.mean, nan, nan, 0.0, nan, m.n, None, unit)
    if m.spread == 0 and m.mean != 0 and m.n == 2:  # two pairs that happen to agree are no certainty
        return Effect(*key, m.base, m.value, m.mean, nan, nan, nan, nan, m.n, None, unit)
    half = half_width(m.spread, m.n)
    ratio = m.spread**2 / m.independent if m.independent > 0 else nan
    needed = replications_needed(m.spread, precision * abs(m.base))
    ends = m.mean - half, m.mean + half
    return Effect(*key, m.base, m.value, m.mean, *ends, mcse, ratio, m.n, needed, unit, same)


def half_width(spread: float, n: int) -> float:
    """Return half of the 95 % interval of a mean of `n` observations whose standard deviation is `spread`."""
    return _student(n) * spread / math.sqrt(n)


@functools.lru_cache(maxsize=1024)
def _student(n: int) -> float:
    """Return the quantile of Student's t that bounds the interval of a mean of `n` observations."""
    return float(special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2))


def replications_needed(spread: float, wanted: float) -> int | None:
    """Return the least number of replications whose t interval is no wider than ± `wanted`."""
    if wanted <= 0 or not math.isfinite(wanted):
        return None
    if spread == 0:
        return 2
    n = max(2, math.ceil((_NORMAL * spread / wanted) ** 2))
    if n < 200:
        while half_width(spread, n) > wanted:
            n += 1
    return n
