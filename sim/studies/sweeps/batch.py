"""The part of a sweep that runs anywhere: a batch of twins becomes a table of runs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.engine.jit import code_digest
from sim.errors import InputError, SimError
from sim.scenario.experiment import Arm
from sim.scenario.loader import LoadedScenario
from sim.scenario.presets import Preset
from sim.scenario.vary import Memo, can_vary, varied
from sim.studies.simulate import Settings, WorldResult, people_of, simulate
from sim.studies.sweeps.tasks import Batch, Layout

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.population.people import People

COLUMNS = (
    "run",
    "values",
    "preset",
    "arm",
    "replication",
    "seed",
    "error",
    "residents",
    "days",
    "in_jail",
    "in_ice_custody",
    "columns",
    "tally",
)


@dataclass(frozen=True, slots=True)
class Job:
    """A batch with all that it takes to run it, on this machine or another.

    Attributes
    ----------
    worlds
        By preset and arm: a world at the values of its files.
    resolved
        By point, preset and arm: worlds whose values cannot be set without their files, or why there is none.
    code
        Digest of the code that asks for it, which that of the code that runs it has to equal.
    """

    batch: Batch
    settings: Settings
    worlds: tuple[tuple[LoadedScenario, ...], ...]
    resolved: Mapping[tuple[int, int, int], LoadedScenario | str]
    values: tuple[Mapping[str, float], ...]
    arms: tuple[str, ...]
    presets: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    seeds: tuple[int, ...]
    code: str


def job_of(layout: Layout, batch: Batch) -> Job:
    """Return a batch with its worlds, free of all that running does not need."""
    values = tuple(layout.values(task.point) for task in batch.tasks)
    return Job(
        batch,
        layout.settings,
        tuple(tuple(slim(world) for world in row) for row in layout.worlds),
        _resolved(layout, batch, values),
        values,
        tuple(arm.name for arm in layout.arms),
        layout.preset_names,
        tuple(layout.run_names(task) for task in batch.tasks),
        tuple(layout.seed(task.replication) for task in batch.tasks),
        code_digest(),
    )


def slim(world: LoadedScenario) -> LoadedScenario:
    """Return a world without what only readers of its files want."""
    return replace(world, passports={}, documents=(), fixed=(), notes=(), levers=())


def _resolved(
    layout: Layout, batch: Batch, values: Sequence[Mapping[str, float]]
) -> dict[tuple[int, int, int], LoadedScenario | str]:
    """Resolve the worlds whose values change more than plain numbers: levers, and what is compiled."""
    factors = layout.experiment.factors
    found: dict[tuple[int, int, int], LoadedScenario | str] = {}
    for task, mine, at in zip(batch.tasks, batch.arms, values, strict=True):
        for k in mine:
            arm, key = layout.arms[k], (task.point, task.preset, k)
            hard = any(f.name not in layout.unused[k] for f in factors if f.lever or not can_vary(f.name))
            if hard and key not in found:
                named = json.dumps([layout.worlds[task.preset][k].digest, arm.name, sorted(at.items())])
                preset = layout.presets[task.preset]
                found[key] = _RESOLVED.get(named, partial(_resolve, layout, arm, preset, at))
    return found


_RESOLVED: Memo[LoadedScenario | str] = Memo(512)  # resolving files anew takes longer than many a run


def _resolve(
    layout: Layout, arm: Arm, preset: Preset | None, values: Mapping[str, float]
) -> LoadedScenario | str:
    try:
        return slim(layout.experiment.world(arm, preset, values))
    except InputError as error:
        return _told(error)


def run_job(job: Job) -> pa.Table:
    """Run a batch and return its runs, one row each; a run that fails is a row with its error.

    Raises
    ------
    SimError
        If this is not the code that asked for it.
    """
    if code_digest() != job.code:
        what = "the workers have another version of this package, or other decisions replaced,"
        raise SimError(f"{what} than the sweep that asks them")
    rows = []
    people: People | None = None
    built_for: Any = None
    for k, task in enumerate(job.batch.tasks):
        for arm in job.batch.arms[k]:
            world = _world(job, k, arm)
            result: WorldResult | str
            if isinstance(world, str):
                result = world
            else:
                try:
                    wanted = (world.settings.population, task.replication)
                    if people is None or built_for != wanted:
                        people, built_for = people_of(world, job.settings, task.replication), wanted
                    result = simulate(world, job.settings, task.replication, people=people, outcomes=False)
                except Exception as error:  # noqa: BLE001 - one world that cannot be run is no end of a study
                    result = _told(error)
            rows.append(_row(job, k, arm, result))
    return _table(rows)


def _world(job: Job, k: int, arm: int) -> LoadedScenario | str:
    """Return the world of a task and an arm, or why there is none."""
    task = job.batch.tasks[k]
    found = job.resolved.get((task.point, task.preset, arm))
    if found is not None:
        return found
    world = job.worlds[task.preset][arm]
    try:
        return varied(world, {path: x for path, x in job.values[k].items() if _is_of(world, path)})
    except InputError as error:
        return _told(error)


def _is_of(world: LoadedScenario, path: str) -> bool:
    """Whether a factor is a number of the scenario, and not the parameter of a lever that is not on."""
    return path.partition(".")[0] in type(world.settings).model_fields


def _told(error: Exception) -> str:
    text = str(error) if isinstance(error, SimError) else f"{type(error).__name__}: {error}"
    return text or type(error).__name__


def _row(job: Job, k: int, arm: int, result: WorldResult | str) -> tuple[Any, ...]:
    task, values = job.batch.tasks[k], list(job.values[k].values())
    about = job.names[k][arm], values, job.presets[task.preset], job.arms[arm], task.replication, job.seeds[k]
    if isinstance(result, str):
        return (*about, result, None, None, None, None, None, None)
    counts = result.counts
    held = result.in_jail, result.in_ice_custody
    return (*about, None, counts.residents, counts.days, *held, counts.tally.shape[1], counts.tally.ravel())


def _table(rows: Sequence[Sequence[Any]]) -> pa.Table:
    import pyarrow as pa

    types = {
        "run": pa.string(),
        "values": pa.list_(pa.float64()),
        "preset": pa.string(),
        "arm": pa.string(),
        "replication": pa.int32(),
        "seed": pa.uint64(),
        "error": pa.string(),
        "residents": pa.int64(),
        "days": pa.float64(),
        "in_jail": pa.float64(),
        "in_ice_custody": pa.float64(),
        "columns": pa.int32(),
        "tally": pa.list_(pa.float64()),
    }
    parts = zip(*rows, strict=True)
    return pa.table({name: pa.array(part, types[name]) for name, part in zip(COLUMNS, parts, strict=True)})


def shard_of(table: pa.Table) -> bytes:
    """Return a table of runs as the bytes of its shard: the same for the same runs."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(
        table, file, compression="zstd", use_dictionary=["preset", "arm"], write_page_checksum=True
    )
    return file.getvalue()


def run_shard(job: Job) -> bytes:
    """Run a batch and return the bytes of its shard."""
    return shard_of(run_job(job))
