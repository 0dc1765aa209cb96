"""A sweep: an experiment's worlds run in batches, anywhere, and kept in a folder that survives.

What is done is never done again and never changed: a sweep that was killed is resumed, a finished one is
extended by replications, points, levers or outcomes.  Every run keeps its whole tally, so that an outcome
asked for later needs no run.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import BREAKDOWNS
from sim.errors import InputError, Problem, Problems, SimError
from sim.outcomes.definitions import OUTCOMES
from sim.scenario.document import Document, read
from sim.scenario.experiment import Experiment, load_experiment
from sim.scenario.sizes import check_sizes
from sim.studies.plan import AS_IT_STANDS, Progress, gathered
from sim.studies.simulate import Settings
from sim.studies.sweeps.batch import Job, job_of
from sim.studies.sweeps.design import note_same_points, points_of
from sim.studies.sweeps.identity import and_more, as_before, identity
from sim.studies.sweeps.places import on_dask, on_threads
from sim.studies.sweeps.store import Store
from sim.studies.sweeps.tasks import Layout, batches_of, layout_of, tasks_of

MAX_RUNS = 2_000_000


@dataclass(frozen=True, slots=True)
class Status:
    """How far a sweep is.

    `failed` are runs that ended with an error and count among those done; `broken` are shards that could not
    be read.  A sweep that is not `begun` has no folder yet.
    """

    folder: Path
    planned: int
    done: int
    failed: int
    bytes: int
    broken: tuple[str, ...] = ()
    begun: bool = True

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        return self.done >= self.planned


@dataclass(frozen=True)
class Sweep:
    """A sweep in its folder: what it consists of, and how many replications each point has."""

    layout: Layout
    store: Store
    replications: tuple[int, ...]

    @property
    def experiment(self) -> Experiment:
        """The experiment."""
        return self.layout.experiment

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.store.folder

    @functools.cached_property
    def runs(self) -> int:
        """How many runs it has when it is complete; what several points share counts once."""
        return len({name for *_, name in self.planned()})

    def planned(self) -> Iterator[tuple[int, int, int, int, str]]:
        """Yield every run in order: point, preset, replication, arm (by number), and its name."""
        for tasks in tasks_of(self.layout, self.replications):
            for task in tasks:
                for arm, name in enumerate(self.layout.run_names(task)):
                    yield task.point, task.preset, task.replication, arm, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a caller asks of a sweep beside its experiment.

    Attributes
    ----------
    resume, extend
        Whether to go on with a sweep that is there, as it was asked for, or with more.
    replications
        In place of the experiment's own.
    workers
        Threads.
    scheduler
        Address of a Dask scheduler in place of threads.
    progress
        Called with (runs done, runs in all).
    """

    resume: bool = False
    extend: bool = False
    replications: int | None = None
    workers: int | None = None
    scheduler: str | None = None
    progress: Progress | None = field(default=None, compare=False)


AS_WRITTEN = Asked()


def open_sweep(path: str | Path, folder: str | Path | None = None, asked: Asked = AS_WRITTEN) -> Sweep:
    """Read an experiment, and return its sweep in a folder without running anything.

    Parameters
    ----------
    path
        The experiment's file, or its folder.
    folder
        Where the sweep lies (`results/` and the name of the experiment's folder by default).
    asked
        See there.

    Raises
    ------
    InputError
        With all that is wrong with the experiment and what is asked.
    SimError
        If the folder holds another sweep.
    """
    problems = Problems()
    with gathered(problems):
        check_sizes(option="--", replications=asked.replications, workers=asked.workers)
    experiment = None
    with gathered(problems):
        experiment = read_experiment(path)
    problems.raise_if_any()
    assert experiment is not None
    return sweep_as_written(experiment, folder, asked)


def sweep_as_written(experiment: Experiment, folder: str | Path | None, asked: Asked) -> Sweep:
    """Return the sweep of an experiment at the points of its own design; the rest is as in `open_sweep`."""
    problems = Problems()
    points = points_of(experiment)
    note_same_points(points, experiment, problems)
    problems.raise_if_any()
    design = experiment.file.design
    return sweep_of(experiment, points, folder, asked, None if design is None else design.kind)


def sweep_of(
    experiment: Experiment,
    points: NDArray[np.float64],
    folder: str | Path | None,
    asked: Asked,
    design: str | None,
) -> Sweep:
    """Return the sweep of an experiment at these points, in place of those that it asks for itself.

    Parameters
    ----------
    experiment
        As `read_experiment` gives it.
    points
        `(points, factors)`; one that is there twice is run once.
    folder, asked
        As `open_sweep` takes them.
    design
        How the points were laid out, for the study's description of itself.

    Raises
    ------
    InputError, SimError
        As `open_sweep`.
    """
    wanted = asked.replications
    plan = AS_IT_STANDS.but(replications=wanted, warm_up=experiment.file.warm_up)
    settings = Settings.of(experiment.scenario, plan)
    layout = layout_of(experiment, points, settings, design)
    store = Store(Path(folder) if folder is not None else default_folder(experiment))
    replications = (settings.replications,) * len(points)
    if store.exists:
        before = store.about()
        if not asked.extend:
            replications = as_before(before, layout, wanted)
        else:
            replications = and_more(before, layout, replications)
    found = Sweep(layout, store, replications)
    runs = sum(replications) * len(layout.presets) * len(layout.arms)
    if runs > MAX_RUNS:
        what = f"the experiment has {runs:,} runs"
        raise InputError([Problem(experiment.document.mark(), what, None, f"up to {MAX_RUNS:,}")])
    return found


def read_experiment(path: str | Path, *, own_design: bool = True) -> Experiment:
    """Read an experiment by its file or folder, and check the names of its outcomes and breakdowns.

    Where its points are laid out by somebody else (`own_design` is false), it needs no `design`.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "experiment.yaml"
    problems = Problems()
    experiment = None
    with gathered(problems):
        experiment = load_experiment(path, own_design=own_design)
    document = read(path, Problems()) if experiment is None else experiment.document
    if document is not None:
        check_names(document, problems)
    problems.raise_if_any()
    assert experiment is not None
    return experiment


def check_names(document: Document, problems: Problems) -> None:
    """Note outcomes and breakdowns that there are not."""
    for key, what, known in (
        ("outcomes", "outcome", [o.name for o in OUTCOMES]),
        ("by", "breakdown", list(BREAKDOWNS)),
    ):
        names = document.get((key,))
        for k, name in enumerate(names if isinstance(names, list) else ()):
            if isinstance(name, str) and name not in known:
                problems.add(document.mark((key, k)), f"unknown {what} {name!r}", name, known=known)
            elif name in names[:k]:
                problems.add(document.mark((key, k)), f"{what} {name} is listed twice", allowed="each once")


def default_folder(experiment: Experiment) -> Path:
    """Return where a sweep lies when nobody says: `results/` and the experiment's own name."""
    path = experiment.path.resolve()
    return Path("results") / (path.parent.name if path.stem == "experiment" else path.stem)


def run_sweep(path: str | Path, folder: str | Path | None = None, asked: Asked = AS_WRITTEN) -> Sweep:
    """Run what is left of a sweep, and return it.

    Raises
    ------
    InputError
        With all that is wrong with the experiment and what is asked.
    SimError
        If the folder holds another sweep, or one that is to be resumed or extended; if it cannot be written
        to; if a scheduler cannot be reached or is lost.  What has been computed is kept.
    """
    sweep = open_sweep(path, folder, asked)
    run_opened(sweep, asked)
    return sweep


def run_opened(sweep: Sweep, asked: Asked) -> None:
    """Run what is left of a sweep; it raises what `run_sweep` raises."""
    with sweep.store.locked():
        begin(sweep, asked)
        carry_on(sweep, asked)


def begin(sweep: Sweep, asked: Asked) -> None:
    """Write down what the sweep is, unless it would write over another."""
    may_begin(sweep, asked)
    about = identity(sweep.layout) | {"replications": list(sweep.replications)}
    sweep.store.describe(about | {"experiment": os.path.relpath(sweep.experiment.path, sweep.folder)})


def may_begin(sweep: Sweep, asked: Asked) -> None:
    """Raise `SimError` if a sweep would write over another.

    One that was killed before it had a folder is resumed by beginning it: who asks for that need not know.
    """
    store = sweep.store
    if store.exists and not (asked.resume or asked.extend):
        state = status_of(sweep)
        if state.done == 0 and not state.broken:
            return  # it was written down and never begun, as where no scheduler answered
        how = "is complete" if state.complete else f"has {state.done:,} of {state.planned:,} runs"
        next_step = "--extend adds to it" if state.complete else "--resume goes on with it"
        raise SimError(f"{store.folder} holds this sweep already, and it {how}: {next_step}")


def carry_on(sweep: Sweep, asked: Asked) -> None:
    """Run what is left, keeping every batch as soon as it is done."""
    store = sweep.store
    done = store.done()
    left = batches_of(sweep.layout, sweep.replications, done)
    if not left:
        return
    total = sweep.runs
    there = total - sum(batch.runs for batch in left)
    jobs = (job_of(sweep.layout, batch) for batch in left)
    if asked.progress is not None:
        asked.progress(there, total)
    try:
        for job, shard in _run(jobs, sweep, asked):
            store.add(job.batch.name, shard)
            there += job.batch.runs
            if asked.progress is not None:
                asked.progress(there, total)
    except SimError as error:
        kept = f"{there:,} of {total:,} runs are kept, and --resume goes on with the rest"
        raise SimError(f"{error}\n{kept}") from error


def _run(jobs: Iterator[Job], sweep: Sweep, asked: Asked) -> Iterator[tuple[Job, bytes]]:
    if asked.scheduler is not None:
        return on_dask(jobs, asked.scheduler)
    _compile(sweep.layout)
    return on_threads(jobs, asked.workers)


def _compile(layout: Layout) -> None:
    """Compile before threads start, so that they do not compile the same code at the same time."""
    from sim.studies.simulate import simulate

    simulate(layout.worlds[0][0], Settings(200, 0.01, 1, 1), 0)


def status_of(sweep: Sweep) -> Status:
    """Return how far a sweep is."""
    store = sweep.store
    names = {name for *_, name in sweep.planned()}
    done = failed = 0
    for shard in store.names():
        table = store.read(shard, put_aside=False)  # in full, as a sweep reads it that goes on
        if table is None:
            continue
        for run, error in zip(table["run"].to_pylist(), table["error"].to_pylist(), strict=True):
            done += run in names
            failed += run in names and error is not None
    return Status(store.folder, sweep.runs, done, failed, store.size(), tuple(store.broken), store.exists)


def spread_of(replications: Sequence[int]) -> str:
    """Return how many replications points have, in words."""
    low, high = int(np.min(replications)), int(np.max(replications))
    return f"{low}" if low == high else f"{low} to {high}"
