"""Runs kept in memory: a comparison asked again with other levers lives only the worlds that are new.

A run is named by the digest of its world, the size, length, warm-up and seed, and its number; equal names
mean equal runs, so one that is kept stands for one that would be lived.  What has been used longest ago is
let go first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final, Generic, TypeVar

from sim.population.people import People
from sim.scenario.loader import LoadedScenario
from sim.studies.compare import Results
from sim.studies.plan import Plan, Progress
from sim.studies.replicate import Twins, each_replication
from sim.studies.simulate import Settings, WorldResult, people_of

MOST_RUNS: Final = 200
MOST_BYTES: Final = 400_000_000  # of people: those of 20,000 residents and ten replications take a tenth

T = TypeVar("T")


class KeptRuns:
    """Results and people of runs, for as long as there is room; threads may share it.

    Parameters
    ----------
    most_runs
        Results that are kept: a world in ten replications has ten.
    most_bytes
        Memory that kept people may take.  Those read from a table are not kept.
    """

    def __init__(self, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES) -> None:
        self._runs: _Shelf[WorldResult] = _Shelf(most_runs)
        self._people: _Shelf[People] = _Shelf(most_bytes)

    def replicate(
        self,
        worlds: Sequence[LoadedScenario],
        settings: Settings,
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> list[list[WorldResult]]:
        """Return what `sim.studies.replicate.replicate` does, with courses, and live no run that is kept.

        What was lived before an error, or before `progress` raised one, is kept.
        """
        numbers = range(settings.replications)
        asked = {_name(w, settings, r): None for w in worlds for r in numbers}
        found = {name: run for name in asked if (run := self._runs.get(name)) is not None}
        lacking: dict[tuple[int, ...], dict[str, LoadedScenario]] = {}
        for world in worlds:
            numbers_lacking = tuple(r for r in numbers if _name(world, settings, r) not in found)
            lacking.setdefault(numbers_lacking, {})[world.digest] = world
        lacking.pop((), None)
        lived, total = 0, sum(len(chosen) * len(group) for chosen, group in lacking.items())
        if progress is not None and not total:
            progress(0, 0)
        for chosen, by_digest in lacking.items():
            group = list(by_digest.values())

            def keep(twins: Twins, group: Sequence[LoadedScenario] = group) -> None:
                for world, run in zip(group, twins.results, strict=True):
                    name = _name(world, settings, run.replication)
                    found[name] = run
                    self._runs.put(name, run, 1)

            each_replication(
                group,
                settings,
                keep,
                chosen=chosen,
                workers=workers,
                course=True,
                progress=_after(lived, total, progress),
                build=self.people,
            )
            lived += len(chosen) * len(group)
        return [[found[_name(world, settings, r)] for r in numbers] for world in worlds]

    def live(self, worlds: Sequence[LoadedScenario], settings: Settings, plan: Plan) -> Results:
        """Run the worlds of a comparison, as `sim.studies.compare.compare_sides` asks for it."""
        return self.replicate(worlds, settings, workers=plan.workers, progress=plan.progress)

    def people(self, world: LoadedScenario, settings: Settings, replication: int) -> People:
        """Return the people of a replication."""
        population = world.settings.population
        if population.table is not None:
            return people_of(world, settings, replication)
        name = (population.model_dump_json(), settings.residents, settings.seed, replication)
        people = self._people.get(name)
        if people is None:
            people = people_of(world, settings, replication)
            self._people.put(name, people, people.nbytes)
        return people


def _name(world: LoadedScenario, settings: Settings, replication: int) -> tuple[str, Settings, int]:
    return world.digest, replace(settings, replications=1), replication


def _after(before: int, total: int, progress: Progress | None) -> Progress | None:
    """Return progress that counts what came before."""
    if progress is None:
        return None
    return lambda done, _: progress(before + done, total)


class _Shelf(Generic[T]):
    """What fits into `room`, the most recently used."""

    def __init__(self, room: int) -> None:
        self._room, self._taken = room, 0
        self._held: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: Hashable) -> T | None:
        with self._lock:
            if name not in self._held:
                return None
            self._held.move_to_end(name)
            return self._held[name][0]

    def put(self, name: Hashable, what: T, size: int) -> None:
        with self._lock:
            _, before = self._held.pop(name, (None, 0))
            self._held[name] = what, size
            self._taken += size - before
            while self._taken > self._room and self._held:
                _, (_, freed) = self._held.popitem(last=False)
                self._taken -= freed
