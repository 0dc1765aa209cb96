"""Several worlds, several replications, on threads; the same bytes for any number of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from sim.scenario.loader import LoadedScenario
from sim.studies.simulate import Settings, WorldResult, people_of, simulate

Progress = Callable[[int, int], None]


def replicate(
    worlds: Sequence[LoadedScenario],
    settings: Settings,
    *,
    workers: int | None = None,
    keep_log: bool = False,
    warm_up: float = 0.0,
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
        Sample, length, seed and number of replications.
    workers
        Threads (default: one for each processor).
    keep_log
        Whether to keep the event logs.
    warm_up
        Days lived before counting begins.
    progress
        Called with (runs done, runs in all) as runs finish.

    Returns
    -------
    list of list of WorldResult
        One list a world, one result a replication.
    """
    total = len(worlds) * settings.replications
    done = 0
    _compile_first(worlds[0], settings)

    def one(replication: int) -> list[WorldResult]:
        nonlocal done
        results = []
        people, built_for = None, None
        for world in worlds:
            population = world.settings.population
            if built_for != population:
                people, built_for = people_of(world, settings, replication), population
            results.append(
                simulate(world, settings, replication, keep_log=keep_log, people=people, warm_up=warm_up)
            )
            done += 1
            if progress is not None:
                progress(done, total)
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


def _compile_first(world: LoadedScenario, settings: Settings) -> None:
    """Compile before the threads start, so that they do not compile the same code at the same time."""
    small = Settings(residents=min(200, settings.residents), days=0.01, seed=settings.seed, replications=1)
    if world.settings.population.table is None:
        simulate(world, small, 0)
