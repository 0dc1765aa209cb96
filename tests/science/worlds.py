"""Paired worlds for the tests of signatures, run once each and kept, as is the base of several of them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from sim.scenario.loader import LoadedScenario
from sim.studies.compare import PRECISION, Comparison, Results, compare_sides, sides_of
from sim.studies.plan import Plan
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings, WorldResult

PLAN = Plan(residents=100_000, replications=5, days=365, seed=11)
LARGER = Plan(residents=200_000, replications=5, days=365, seed=11)  # for what is rare

_BASES: dict[tuple[str, Settings], list[WorldResult]] = {}


@functools.cache
def paired(
    scenario: str, levers: tuple[str, ...], set_values: tuple[str, ...] = (), *, plan: Plan = PLAN
) -> Comparison:
    """Return a comparison of `scenario` with itself under each lever, a year of a large sample."""
    sides = sides_of(levers, combined=False)
    return compare_sides(scenario, sides, set_values, PRECISION, plan, live=_beside_one_base)


def _beside_one_base(worlds: Sequence[LoadedScenario], settings: Settings, plan: Plan) -> Results:
    """Run the levers' worlds, and the base unless it has been; a lever is never taken for its base."""
    base = worlds[0].digest, settings
    others = replicate(worlds if base not in _BASES else worlds[1:], settings, workers=plan.workers)
    if base not in _BASES:
        _BASES[base] = others.pop(0)
    return [_BASES[base], *others]
