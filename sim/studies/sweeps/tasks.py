"""What a sweep has to run, in which order, and how each run is named.

A task is one set of twins: at one point, under one preset, with one replication's people and luck, every arm.
Tasks go replication by replication, so that any beginning of a sweep is a balanced study, and in batches
that belong to one replication and have a size of their own: who runs them, and where, changes nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import code_digest
from sim.engine.luck import replication_seed
from sim.scenario.experiment import Arm, Experiment
from sim.scenario.loader import LoadedScenario
from sim.scenario.presets import Preset
from sim.studies.simulate import Settings
from sim.studies.sweeps.design import values_at

NO_PRESET = ""
# About how long a run takes: by resident and year, and whatever its size; and how long a batch should.
_SECONDS_A_RESIDENT_YEAR, _SECONDS_A_RUN, _SECONDS_A_BATCH = 3e-6, 6e-3, 2.0


@dataclass(frozen=True, slots=True)
class Task:
    """Twins to be run: at a point, under a preset, with one replication's people and luck."""

    point: int
    preset: int
    replication: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks that are run together and kept in one shard.

    `arms` are those of each task that are not there yet, by number; `name` names the runs in it.
    """

    name: str
    tasks: tuple[Task, ...]
    arms: tuple[tuple[int, ...], ...]

    @property
    def runs(self) -> int:
        """How many runs it holds."""
        return sum(len(x) for x in self.arms)


@dataclass(frozen=True)
class Layout:
    """All worlds of a sweep: its arms and presets, each at the values of its files, and the points.

    Attributes
    ----------
    worlds
        By preset and arm.
    points
        `(points, factors)` as `points_of` gives them.
    settings
        Sample, length, warm-up and seed; its replications are those that the experiment asks for.
    design
        How the points were laid out; None where nothing is varied.
    """

    experiment: Experiment
    worlds: tuple[tuple[LoadedScenario, ...], ...]
    points: NDArray[np.float64]
    settings: Settings
    design: str | None = None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """What is compared; the base comes first."""
        return self.experiment.arms

    @property
    def presets(self) -> tuple[Preset | None, ...]:
        """The presets, or none at all as the only one."""
        return self.experiment.presets or (None,)

    @property
    def preset_names(self) -> tuple[str, ...]:
        """Names of the presets; one empty name where the experiment has none."""
        return tuple(NO_PRESET if p is None else p.name for p in self.presets)

    def values(self, point: int) -> dict[str, float]:
        """Return the value of every factor at a point."""
        return values_at(self.points[point], self.experiment.factors)

    def seed(self, replication: int) -> int:
        """Return the seed of a replication's people and luck."""
        return int(replication_seed(self.settings.seed, replication))

    def run_names(self, task: Task) -> tuple[str, ...]:
        """Return the name of each arm's run: a hash of world, values, sizes, seed and code.

        A parameter of a lever that an arm does not use is no part of its name: such points share its run.
        """
        values = self.values(task.point)
        names = []
        for world, unused in zip(self.worlds[task.preset], self.unused, strict=True):
            own = sorted((k, x) for k, x in values.items() if k not in unused)
            told = json.dumps([world.digest, own, self.seed(task.replication), *self._about])
            names.append(hashlib.sha256(told.encode()).hexdigest()[:16])
        return tuple(names)

    @functools.cached_property
    def unused(self) -> tuple[frozenset[str], ...]:
        """The factors that change nothing in an arm: parameters of levers that it does not use."""
        study = self.experiment
        return tuple(frozenset(f.name for f in study.factors if not study.feels(a, f)) for a in self.arms)

    @functools.cached_property
    def _about(self) -> list[float | str]:
        settings = self.settings
        return [settings.residents, settings.days, settings.warm_up, code_digest()]


def layout_of(
    experiment: Experiment, points: NDArray[np.float64], settings: Settings, design: str | None = None
) -> Layout:
    """Resolve every arm under every preset."""
    presets: Sequence[Preset | None] = experiment.presets or (None,)
    worlds = tuple(tuple(experiment.world(arm, p) for arm in experiment.arms) for p in presets)
    return Layout(experiment, worlds, points, settings, design)


def tasks_of(layout: Layout, replications: Sequence[int]) -> Iterator[list[Task]]:
    """Yield the tasks of each replication, in order; `replications` are those that each point has."""
    for replication in range(max(replications, default=0)):
        yield [
            Task(point, preset, replication)
            for point, n in enumerate(replications)
            if replication < n
            for preset in range(len(layout.presets))
        ]


def batches_of(layout: Layout, replications: Sequence[int], done: Mapping[str, object]) -> list[Batch]:
    """Return what is left to run, in batches; `done` holds the names of the runs that are there."""
    size = tasks_a_batch(layout)
    found, planned = [], set(done)
    for tasks in tasks_of(layout, replications):
        for k in range(0, len(tasks), size):
            batch = _batch(layout, tasks[k : k + size], planned)
            if batch is not None:
                found.append(batch)
    return found


def _batch(layout: Layout, tasks: Sequence[Task], planned: set[str]) -> Batch | None:
    """Return the runs of some tasks that are not planned yet, and count them as planned."""
    left, named = [], []
    for task in tasks:
        names = layout.run_names(task)
        arms = tuple(k for k, name in enumerate(names) if name not in planned)
        planned.update(names)
        named += [names[k] for k in arms]
        if arms:
            left.append((task, arms))
    if not left:
        return None
    name = hashlib.sha256(" ".join(named).encode()).hexdigest()[:24]
    return Batch(name, tuple(t for t, _ in left), tuple(a for _, a in left))


def tasks_a_batch(layout: Layout) -> int:
    """Return how many tasks a batch has: as many as take some seconds, whatever the machine."""
    settings = layout.settings
    years = (settings.days + settings.warm_up) / 365.0
    seconds = _SECONDS_A_RESIDENT_YEAR * settings.residents * years + _SECONDS_A_RUN
    return min(max(round(_SECONDS_A_BATCH / (seconds * len(layout.arms))), 1), 250)
