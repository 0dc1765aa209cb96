"""A sensitivity study: an experiment's parameters drawn by a method, run as a sweep, and analysed.

The base's outcomes are analysed, and the paired effects of every lever: lever less base at the same point,
with the same people and the same luck, so that what moves both alike is no part of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems, SimError
from sim.outcomes.files import write_rows
from sim.scenario.experiment import Experiment
from sim.studies.plan import gathered
from sim.studies.sensitivity.concerns import Concern, concerns_of
from sim.studies.sensitivity.design import METHODS, Drawn, check_samples, drawn
from sim.studies.sensitivity.indices import Index, indices_of, main_index, varies
from sim.studies.sensitivity.variance import Decomposition, decomposed
from sim.studies.sweeps.design import scaled, seed_of
from sim.studies.sweeps.results import Found, collect
from sim.studies.sweeps.store import Store
from sim.studies.sweeps.sweep import (
    AS_WRITTEN,
    Asked,
    Sweep,
    default_folder,
    read_experiment,
    run_opened,
    sweep_of,
)

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
OUTCOME, EFFECT = "outcome", "effect"
ALL_PRESETS: Final = "all presets"
_PLACE = ("method", "preset", "kind", "lever", "outcome")
INDEX_COLUMNS = (*_PLACE, "parameter", "index", "value", "ci_low", "ci_high", "samples", "replications")
VARIANCE_COLUMNS = (
    *_PLACE,
    "component",
    "variance",
    "share",
    "ci_low",
    "ci_high",
    "presets",
    "samples",
    "replications",
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is analysed: an outcome of the base, or the paired effect of a lever on it.

    `preset` is empty where the experiment has none, and `all presets` where they are taken together.
    """

    preset: str
    kind: str
    lever: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the points say of one number under one preset.

    Attributes
    ----------
    indices
        Those of each parameter; none where the number could not be analysed.
    variance
        What is parameters, and what is luck; None where the number could not be analysed.
    concerns
        What to know before the indices are believed.
    """

    target: Target
    indices: tuple[Index, ...]
    variance: Decomposition | None
    concerns: tuple[Concern, ...]


@dataclass(frozen=True)
class Sensitivity:
    """A sensitivity study that is done.

    Attributes
    ----------
    found
        The runs.
    design
        The points.
    analyses
        By preset, then the base's outcomes and the effects of each lever.
    uncertainty
        For each outcome and effect its variance over presets, parameters and luck.
    """

    found: Found
    design: Drawn
    analyses: tuple[Analysis, ...]
    uncertainty: tuple[tuple[Target, Decomposition | None], ...]

    @property
    def sweep(self) -> Sweep:
        """The sweep that ran the points."""
        return self.found.sweep

    @property
    def replications(self) -> int:
        """How many replications each point has."""
        return min(self.sweep.replications)

    def of(self, preset: str, kind: str, lever: str) -> list[Analysis]:
        """Return the analyses of the base's outcomes, or of a lever's effects, under a preset."""
        wanted = preset, kind, lever
        return [a for a in self.analyses if (a.target.preset, a.target.kind, a.target.lever) == wanted]

    def table(self) -> pd.DataFrame:
        """Return all indices, one row each, as `indices.csv` has them."""
        import pandas as pd

        return pd.DataFrame(list(self._index_rows()), columns=list(INDEX_COLUMNS))

    def shares(self) -> pd.DataFrame:
        """Return the components of all variances, one row each, as `variance.csv` has them."""
        import pandas as pd

        return pd.DataFrame(list(self._variance_rows()), columns=list(VARIANCE_COLUMNS))

    def write_tables(self) -> list[Path]:
        """Write both tables into the folder of the study."""
        written = [self.sweep.folder / name for name in ("indices.csv", "variance.csv")]
        write_rows(written[0], INDEX_COLUMNS, self._index_rows())
        write_rows(written[1], VARIANCE_COLUMNS, self._variance_rows())
        return written

    def _place(self, t: Target) -> tuple[str, ...]:
        return self.design.method, t.preset, t.kind, t.lever, t.outcome

    def _index_rows(self) -> Iterator[tuple[Any, ...]]:
        for a in self.analyses:
            for x in a.indices:
                number = x.parameter, x.index, x.value, x.ci_low, x.ci_high
                yield (*self._place(a.target), *number, self.design.samples, self.replications)

    def _variance_rows(self) -> Iterator[tuple[Any, ...]]:
        single = [(a.target, a.variance) for a in self.analyses]
        crossed = self.uncertainty if len(self.sweep.layout.presets) > 1 else ()
        for target, v in (*single, *crossed):
            if v is None:
                continue
            for s in (*v.shares, v.noise):
                number = s.component, s.variance, s.share, s.ci_low, s.ci_high
                yield (*self._place(target), *number, v.presets, self.design.samples, v.replications)


def sensitivity(
    experiment: str | Path,
    method: str = "morris",
    samples: int | None = None,
    *,
    effect_of: Sequence[str] = (),
    folder: str | Path | None = None,
    asked: Asked = AS_WRITTEN,
) -> Sensitivity:
    """Say which parameters of an experiment move its outcomes and the effects of its levers, and how surely.

    Parameters
    ----------
    experiment
        The experiment's file or folder.  Its parameters need ranges; its own design plays no part.
    method
        `morris`, `sobol` or `pawn`.
    samples
        Trajectories, rows of Saltelli's design (a power of two), or points.  By default those of the study
        that is resumed, else 20, 256 and 500.
    effect_of
        Levers, as the experiment lists them, that are run and analysed (by default all).
    folder
        Folder of the experiment's results (`results/` and its name by default); the study lies in
        `sensitivity/` and the name of the method below it.
    asked
        Replications, threads and so on, as a sweep takes them.

    Raises
    ------
    InputError
        With all that is wrong with the experiment and what is asked.
    SimError
        As `run_sweep`; and if runs failed or are not there.
    """
    problems = Problems()
    check_samples(method, samples, problems)
    read = None
    with gathered(problems):
        read = read_experiment(experiment, own_design=False)
    if read is not None:
        note_unfit(read, effect_of, problems)
    problems.raise_if_any()
    assert read is not None
    sweep, design = open_study(narrowed(read, effect_of), method, samples, folder, asked)
    run_opened(sweep, asked)
    return analysed(collect(sweep), design)


def open_study(
    experiment: Experiment, method: str, samples: int | None, folder: str | Path | None, asked: Asked
) -> tuple[Sweep, Drawn]:
    """Return the sweep and the design of a study without running anything."""
    names = [f.name for f in experiment.factors]
    where = Path(folder) if folder is not None else default_folder(experiment)
    where = where / "sensitivity" / method
    store = Store(where)
    if samples is None and asked.resume and store.exists:
        samples = len(store.about()["points"]) // METHODS[method].points(len(names))
    design = drawn(method, names, samples or METHODS[method].samples, seed_of(experiment))
    return sweep_of(experiment, scaled(design.unit, experiment.factors), where, asked, method), design


def note_unfit(
    experiment: Experiment, effect_of: Sequence[str], problems: Problems, *, option: str = "effect_of"
) -> None:
    """Note parameters of an experiment that no method can draw, and levers that it does not have."""
    document = experiment.document
    for factor in experiment.factors:
        if factor.range is None and experiment.points:
            continue  # a table of points: told once, below
        if factor.range is None:
            where = document.mark(("parameters", factor.name))
            what = f"{factor.name} needs a range, from which sensitivity draws"
            problems.add(where, what, list(factor.grid), allowed="range: [low, high] or passport")
    if experiment.points:
        what = (
            "sensitivity draws its own points: the parameters need ranges, which a csv design does not give"
        )
        problems.add(document.mark(("design",)), what, allowed="`parameters:` with ranges")
    elif not experiment.factors:
        what = "no parameter is varied: there is nothing to be sensitive to"
        problems.add(document.mark(), what, allowed="`parameters:` with ranges, and a `design`")
    known = [arm.name for arm in experiment.arms[1:]]
    for lever in effect_of:
        if lever not in known:
            problems.add(Mark(), f"{option}: the experiment has no lever {lever!r}", lever, known=known)
    if experiment.factors and not narrowed(experiment, effect_of).factors and set(effect_of) <= set(known):
        what = f"{option}: nothing that is varied concerns these levers or the base"
        problems.add(Mark(), what, ", ".join(effect_of), allowed="levers whose parameters are varied")


def narrowed(experiment: Experiment, effect_of: Sequence[str]) -> Experiment:
    """Return an experiment with these levers only (all if none is named), and their parameters."""
    arms = tuple(a for k, a in enumerate(experiment.arms) if not k or not effect_of or a.name in effect_of)
    factors = tuple(f for f in experiment.factors if any(experiment.feels(arm, f) for arm in arms))
    return replace(experiment, arms=arms, factors=factors)


def analysed(found: Found, design: Drawn) -> Sensitivity:
    """Analyse the runs of a design.

    Raises
    ------
    SimError
        If a run failed or is not there: the indices of what is left would not be those of the design.
    """
    _refuse_gaps(found)
    layout, seed = found.sweep.layout, found.sweep.layout.settings.seed
    arms = [arm.name for arm in layout.arms]
    columns = [(k, c.outcome.name) for k, c in enumerate(found.columns) if not c.group]
    n = min(found.sweep.replications)
    analyses, crossed = [], []
    for (a, arm), (k, outcome) in itertools.product(enumerate(arms), columns):
        values = found.values[:, a, :, :n, k] - (found.values[:, 0, :, :n, k] if a else 0.0)
        kind, lever = (EFFECT, arm) if a else (OUTCOME, "")
        for p, preset in enumerate(layout.preset_names):
            target = Target(preset, kind, lever, outcome)
            analyses.append(_analysis(target, values[p], design, layout.unused[a], seed))
        over = ALL_PRESETS if len(layout.presets) > 1 else layout.preset_names[0]
        split = decomposed(_sliced(values, design), seed) if _unfit(values) is None else None
        crossed.append((Target(over, kind, lever, outcome), split))
    order = {preset: k for k, preset in enumerate(layout.preset_names)}
    analyses.sort(key=lambda x: order[x.target.preset])
    return Sensitivity(found, design, tuple(analyses), tuple(crossed))


def _analysis(target: Target, values: Array, design: Drawn, unused: frozenset[str], seed: int) -> Analysis:
    """Analyse one number, `(points, replications)`, leaving out parameters that no world of it has."""
    unfit = _unfit(values)
    if unfit is not None:
        return Analysis(target, (), None, (unfit,))
    variance = decomposed(_sliced(values[None], design), seed)
    means = values.mean(axis=1)
    if not varies(design, means):
        return Analysis(target, (), variance, (Concern("constant"),))
    indices = tuple(x for x in indices_of(design, means, seed) if x.parameter not in unused)
    main = list(main_index(design.method, indices).values())
    return Analysis(target, indices, variance, tuple(concerns_of(main, indices, variance)))


def _sliced(values: Array, design: Drawn) -> Array:
    """Return `(presets, points, replications)` as `(presets, samples, points of a sample, replications)`."""
    return values.reshape(len(values), design.samples, design.stride, values.shape[-1])


def _unfit(values: Array) -> Concern | None:
    """Return why a number cannot be analysed, if it cannot."""
    gaps = int((~np.isfinite(values)).sum())
    if gaps:
        return Concern("gaps", f"{gaps:,} of {values.size:,}")
    return Concern("constant") if np.ptp(values) == 0 else None


def _refuse_gaps(found: Found) -> None:
    sweep = found.sweep
    if not found.errors and not found.missing:
        return
    told = [f"the design is incomplete, and indices of a part of it would not be its own ({sweep.folder})"]
    if found.missing:
        told.append(f"{found.missing:,} of {found.prints.size:,} runs are not there: --resume runs them")
    if found.errors:
        preset, arm, point, replication, why = found.errors[0]
        name = sweep.layout.preset_names[preset]
        under = f" under {name}" if name else ""
        values = ", ".join(f"{k} {x:.6g}" for k, x in sweep.layout.values(point).items())
        first = f"{sweep.layout.arms[arm].name}{under}, replication {replication}, at {values}"
        told.append(f"{len(found.errors):,} of {found.prints.size:,} runs failed. The first, {first}: {why}")
        told.append("ranges without such points give a design that is whole (in another folder: --out)")
    raise SimError("\n".join(told))
