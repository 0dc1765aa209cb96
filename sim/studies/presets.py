"""A comparison repeated under presets: which rankings of levers hang on a disputed assumption.

Each preset is a set of assumptions laid over the scenario before its levers.  All presets share people and
luck, so the difference between two options under one preset and the same difference under another are paired
too.  Where a ranking depends on a preset, its assumptions are tried one at a time upon the neutral one, and
those that alone turn the ranking are named.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problems
from sim.outcomes.definitions import OUTCOMES
from sim.scenario.loader import LoadedScenario
from sim.scenario.presets import NEUTRAL, Preset, presets_tried
from sim.scenario.tree import Tree
from sim.studies.compare import (
    PRECISION,
    Comparison,
    Results,
    compare_sides,
    half_width,
    live,
    sides_asked,
)
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields, Progress
from sim.studies.simulate import Settings

ROBUST: Final = "robust"
DISPUTED: Final = "depends on a disputed assumption"
PARTLY: Final = "told apart under some presets only"
UNTOLD: Final = "not told apart"
SMALL: Final = 0.25  # a difference this much smaller than another is another finding


@dataclass(frozen=True, slots=True)
class Ranking:
    """How the options (no lever, and each lever) rank in one outcome.

    Attributes
    ----------
    outcome
        Name of the outcome.
    orders
        For each preset the options from the lowest value to the highest.  `<` stands where all options
        before it are told apart from all after it, `=` elsewhere.
    label
        `robust`, `depends on a disputed assumption`, `told apart under some presets only`, or `not told
        apart`.
    turns
        Pairs of options whose order the presets dispute.
    because
        Assumptions, as `preset: assumption`, that turn such a pair on their own; or where none does, that
        none does, and the presets that dispute it.
    """

    outcome: str
    orders: dict[str, str]
    label: str
    turns: tuple[tuple[str, str], ...]
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetComparison:
    """The same comparison under each preset, and what their rankings have in common."""

    presets: tuple[Preset, ...]
    comparisons: tuple[Comparison, ...]
    rankings: tuple[Ranking, ...]


def compare_presets(
    scenario: str | Path,
    levers: Sequence[str],
    *,
    combined: bool = False,
    set_values: Sequence[str] = (),
    precision: float = PRECISION,
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> PresetComparison:
    """Compare a scenario with itself under each lever, once with each preset of its tree or each shipped one.

    Parameters are those of `sim.compare`.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the presets, the levers, the settings and the plan.
    """
    return compare_presets_living(
        scenario, levers, combined, set_values, precision, plan.but(**changes), live
    )


def compare_presets_living(
    scenario: str | Path,
    levers: Sequence[str],
    combined: bool,
    set_values: Sequence[str],
    precision: float,
    plan: Plan,
    live_first: Callable[[Sequence[LoadedScenario], Settings, Plan], Results],
) -> PresetComparison:
    """Do the same where `live_first` runs the worlds of the first preset: it may keep more of them."""
    problems = Problems()
    sides = sides_asked(levers, combined, precision, plan, problems)
    presets = presets_tried(Tree.around(Path(scenario)), problems)
    problems.raise_if_any()
    steps = _Steps(plan.progress, len(presets))
    found = [
        compare_sides(
            scenario,
            sides,
            set_values,
            precision,
            plan.but(progress=steps.of(k)),
            preset.settings(),
            live=live if k else live_first,
        )
        for k, preset in enumerate(presets)
    ]
    drafts = [_ranking(k, presets, found) for k in range(len(OUTCOMES))]
    singles = _Singles(scenario, sides, set_values, plan.but(progress=None), presets, found)
    rankings = tuple(singles.explain(k, ranking) for k, ranking in enumerate(drafts))
    return PresetComparison(tuple(presets), tuple(found), rankings)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Progress of several comparisons as one."""

    progress: Progress | None
    many: int

    def of(self, k: int) -> Progress | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda done, total: progress(k * total + done, self.many * total)


# ── pairs of options ─────────────────────────────────────────────────────────────────────────────────────
def _differences(comparison: Comparison, outcome: int, a: int, b: int) -> NDArray[np.float64]:
    """Return the differences of two options in an outcome, one a replication."""
    values = [np.array([r.outcomes[outcome, 0] for r in comparison.results[k]]) for k in (a, b)]
    found: NDArray[np.float64] = values[1] - values[0]
    return found


def sign_of(differences: NDArray[np.float64]) -> int:
    """Return 1 or −1 where the interval of the mean leaves 0 out, else 0."""
    d = differences[np.isfinite(differences)]
    if len(d) < 2:
        return 0
    spread = float(d.std(ddof=1))
    mean = float(d.mean())
    if spread == 0:
        return (mean > 0) - (mean < 0)
    return 0 if abs(mean) <= half_width(spread, len(d)) else (1 if mean > 0 else -1)


def is_disputed(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two presets say different things of a pair of options.

    They do where its difference has opposite signs, or where one shows a difference and the other, with
    certainty, one of less than a quarter of it.
    """
    first, second = sign_of(one), sign_of(other)
    if first * second < 0:
        return True
    if first == second:
        return False
    large, small = (one, other) if first else (other, one)
    # Certainly smaller: a quarter of the large difference still exceeds the small one.
    both = np.isfinite(large) & np.isfinite(small)
    lead = SMALL * large[both] - small[both]
    return sign_of(lead) == (first or second)


def _order(comparison: Comparison, outcome: int) -> str:
    """Return the options from lowest to highest."""
    means = [np.mean([r.outcomes[outcome, 0] for r in rows]) for rows in comparison.results]
    if not np.isfinite(means).all():
        return "unknown"
    ranked = [int(k) for k in np.argsort(means, kind="stable")]
    text = comparison.names[ranked[0]]
    for k in range(1, len(ranked)):
        across = itertools.product(ranked[:k], ranked[k:])
        told = all(sign_of(_differences(comparison, outcome, a, b)) for a, b in across)
        text += f" {'<' if told else '='} {comparison.names[ranked[k]]}"
    return text


def _ranking(outcome: int, presets: Sequence[Preset], found: Sequence[Comparison]) -> Ranking:
    names = found[0].names
    turns: list[tuple[str, str]] = []
    told: list[int] = []
    for a, b in itertools.combinations(range(len(names)), 2):
        differences = [_differences(c, outcome, a, b) for c in found]
        signs = {sign_of(d) for d in differences}
        if signs != {0}:
            told.append(int(len(signs) == 1))
        if any(is_disputed(x, y) for x, y in itertools.combinations(differences, 2)):
            turns.append((names[a], names[b]))
    orders = {p.name: _order(c, outcome) for p, c in zip(presets, found, strict=True)}
    label = DISPUTED if turns else UNTOLD if not told else ROBUST if all(told) else PARTLY
    return Ranking(OUTCOMES[outcome].name, orders, label, tuple(turns), ())


# ── which assumption ─────────────────────────────────────────────────────────────────────────────────────
class _Singles:
    """Each assumption alone upon the neutral preset; run when first asked for."""

    def __init__(
        self,
        scenario: str | Path,
        sides: Sequence[tuple[str, Sequence[str]]],
        set_values: Sequence[str],
        plan: Plan,
        presets: Sequence[Preset],
        found: Sequence[Comparison],
    ) -> None:
        self._asked = (scenario, sides, set_values)
        self._plan = plan
        self._presets = presets
        self._found = found
        self._runs: dict[tuple[str, str], Comparison] | None = None

    def _all(self) -> dict[tuple[str, str], Comparison]:
        if self._runs is None:
            scenario, sides, set_values = self._asked
            self._runs = {
                (preset.name, name): compare_sides(
                    scenario, sides, set_values, PRECISION, self._plan, preset.settings(name)
                )
                for preset in self._presets
                for name in preset.file.assumptions
            }
        return self._runs

    def explain(self, outcome: int, ranking: Ranking) -> Ranking:
        """Return a ranking with the assumptions that turn it."""
        main = OUTCOMES[outcome].main
        if ranking.label != DISPUTED or not main:
            return ranking
        names = self._found[0].names
        neutral = next(
            (c for p, c in zip(self._presets, self._found, strict=True) if p.name == NEUTRAL), None
        )
        because: list[str] = []
        for a, b in ((names.index(x), names.index(y)) for x, y in ranking.turns):
            base = _differences(neutral or self._found[0], outcome, a, b)
            for (preset, name), run in self._all().items():
                text = f"{preset}: {name}"
                if text not in because and is_disputed(base, _differences(run, outcome, a, b)):
                    because.append(text)
        if not because:
            because = self._disputing(outcome, ranking)
        return Ranking(ranking.outcome, ranking.orders, ranking.label, ranking.turns, tuple(because))

    def _disputing(self, outcome: int, ranking: Ranking) -> list[str]:
        """Return the presets that dispute a ranking by all their assumptions together."""
        pairs = [tuple(self._found[0].names.index(name) for name in turn) for turn in ranking.turns]
        both = zip(self._presets, self._found, strict=True)
        return [
            f"{q.name}: its assumptions together"
            if p.name == NEUTRAL
            else f"no assumption alone, but {p.name} against {q.name}"
            for (p, c), (q, d) in itertools.combinations(both, 2)
            if any(
                is_disputed(_differences(c, outcome, a, b), _differences(d, outcome, a, b)) for a, b in pairs
            )
        ]


__all__ = [
    "DISPUTED",
    "PARTLY",
    "ROBUST",
    "UNTOLD",
    "PresetComparison",
    "Ranking",
    "compare_presets",
    "is_disputed",
]
