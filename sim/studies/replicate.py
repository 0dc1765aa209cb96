"""Several worlds, several replications, on threads; the same bytes for any number of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from sim.population.people import People
from sim.scenario.loader import LoadedScenario
from sim.studies.plan import Progress
from sim.studies.simulate import Settings, WorldResult, people_of, simulate

T = TypeVar("T")
BuildPeople = Callable[[LoadedScenario, Settings, int], People]


def replicate(
    worlds: Sequence[LoadedScenario],
    settings: Settings,
    *,
    workers: int | None = None,
    keep_log: bool = False,
    by_year: bool = False,
    course: bool = False,
    progress: Progress | None = None,
) -> list[list[WorldResult]]:
    """Run every world `settings.replications` times.

    Worlds of one replication are twins: same people, same luck.  Replications are independent and run on
    threads (compiled code releases the interpreter lock); results come in the order of worlds and
    replications whatever finishes first.

    Parameters
    ----------
    worlds
        At least one; the first is usually the base.
    settings
        Sample, length, warm-up, seed and number of replications.
    workers
        Threads (default: one for each processor).
    keep_log
        Whether to keep the event logs.
    by_year
        Whether to count by calendar year too.
    course
        Whether to count crimes, reports and transfers by period too.
    progress
        Called with (runs done, runs in all) as runs finish: one call at a time, and in order.

    Returns
    -------
    list of list of WorldResult
        One list a world, one result a replication.
    """
    rows = each_replication(
        worlds,
        settings,
        lambda twins: twins.results,
        workers=workers,
        keep_log=keep_log,
        by_year=by_year,
        course=course,
        progress=progress,
    )
    return [list(world) for world in zip(*rows, strict=True)]


@dataclass(frozen=True, slots=True)
class Twins:
    """The worlds of one replication: what each gave, and its people as they were on the first day."""

    results: list[WorldResult]
    people: list[People]


def each_replication(
    worlds: Sequence[LoadedScenario],
    settings: Settings,
    keep: Callable[[Twins], T],
    *,
    chosen: Sequence[int] | None = None,
    workers: int | None = None,
    keep_log: bool = False,
    by_year: bool = False,
    course: bool = False,
    progress: Progress | None = None,
    build: BuildPeople | None = None,
) -> list[T]:
    """Run every world in each replication, and keep of a replication no more than `keep` takes from it.

    Parameters
    ----------
    keep
        Called once a replication, on its thread, when all its worlds have been lived; logs that it does not
        return are let go before the next replication begins.
    chosen
        Numbers of the replications (default: all of them).
    build
        Returns the people of a replication, if they are not to be made anew.

    The other parameters are those of `replicate`.

    Returns
    -------
    list
        What `keep` returned, in the order of the replications.
    """
    numbers = range(settings.replications) if chosen is None else chosen
    tally = _Tally(len(worlds) * len(numbers), progress)
    _compile_first(worlds[0], settings)
    make = people_of if build is None else build

    def one(replication: int) -> T:
        results, people = [], []
        built, built_for = None, None
        for world in worlds:
            population = world.settings.population
            if built is None or built_for != population:
                built, built_for = make(world, settings, replication), population
            results.append(
                simulate(
                    world,
                    settings,
                    replication,
                    keep_log=keep_log,
                    by_year=by_year,
                    course=course,
                    people=built,
                )
            )
            people.append(built)
            tally.add()
        return keep(Twins(results, people))

    threads = max(1, min(workers or os.cpu_count() or 1, len(numbers)))
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(one, r) for r in numbers]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            return [f.result() for f in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _Tally:
    """Counts finished runs, whichever thread finishes them, and tells of each."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total = 0, total
        self._progress = progress
        self._lock = threading.Lock()

    def add(self) -> None:
        """Count one more run."""
        with self._lock:
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)


def _compile_first(world: LoadedScenario, settings: Settings) -> None:
    """Compile before the threads start, so that they do not compile the same code at the same time."""
    small = Settings(residents=min(200, settings.residents), days=0.01, seed=settings.seed, replications=1)
    if world.settings.population.table is None:
        simulate(world, small, 0)
