"""Several worlds, several replications, on threads; the same bytes for any number of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from sim.scenario.loader import LoadedScenario
from sim.studies.plan import Progress
from sim.studies.simulate import Settings, WorldResult, people_of, simulate


def replicate(
    worlds: Sequence[LoadedScenario],
    settings: Settings,
    *,
    workers: int | None = None,
    keep_log: bool = False,
    by_year: bool = False,
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
    progress
        Called with (runs done, runs in all) as runs finish: one call at a time, and in order.

    Returns
    -------
    list of list of WorldResult
        One list a world, one result a replication.
    """
    tally = _Tally(len(worlds) * settings.replications, progress)
    _compile_first(worlds[0], settings)

    def one(replication: int) -> list[WorldResult]:
        results = []
        people, built_for = None, None
        for world in worlds:
            population = world.settings.population
            if built_for != population:
                people, built_for = people_of(world, settings, replication), population
            results.append(
                simulate(world, settings, replication, keep_log=keep_log, by_year=by_year, people=people)
            )
            tally.add()
        return results

    threads = max(1, min(workers or os.cpu_count() or 1, settings.replications))
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(one, r) for r in range(settings.replications)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            rows = [f.result() for f in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [list(world) for world in zip(*rows, strict=True)]


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
