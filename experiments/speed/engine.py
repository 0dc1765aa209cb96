"""The engine as the benchmark sees it: build a world, run it, say what it is made of."""

from __future__ import annotations

import functools
from time import perf_counter
from typing import Any

from numpy.typing import NDArray

from sim.model import Model
from sim.scenario.loader import LoadedScenario, load


@functools.cache
def _scenario() -> LoadedScenario:
    return load("base")


def build(residents: int, seed: int) -> Model:
    """Return a world of the base scenario, population included, before its first day."""
    return Model(_scenario(), seed=seed, residents=residents)


def residents(world: Model) -> NDArray[Any]:
    """Return the records of the residents."""
    return world.world.residents


def run(world: Model, days: float) -> tuple[int, int, float]:
    """Live `days` more days; return events handled, candidates drawn, and seconds.

    Events are what the calendar handed out: candidates met and steps of cases.
    """
    clock = world.world.clock[0]
    before = int(clock.turn), int(clock.candidates)
    begun = perf_counter()
    world.run_until(world.day + days)
    seconds = perf_counter() - begun
    return int(clock.turn) - before[0], int(clock.candidates) - before[1], seconds


def bytes_per_resident(world: Model) -> float:
    """Return the memory of everything that grows with the residents, the log left out."""
    people, arrays = world.people, world.world
    parts = [*people[1:], arrays.residents, people.residents, arrays.reach]
    machinery = [arrays.calendar, arrays.queue, arrays.cases, arrays.free_slots]
    return sum(a.nbytes for a in (*parts, *machinery)) / len(arrays.residents)
