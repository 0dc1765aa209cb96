"""An experiment as other tools want it: a SALib problem, an EMA Workbench model, an Optuna objective.

Each takes an experiment's file, its folder, or what `read_experiment` made of it, and runs worlds through the
one way that all studies go.  Replication `r` has the same people and the same luck everywhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.errors import InputError, Mark, Problem, Problems
from sim.outcomes.definitions import BY_NAME, OUTCOMES, values
from sim.scenario.experiment import BASE, Experiment
from sim.scenario.factors import Factor
from sim.studies.discovery import PRESET, require
from sim.studies.plan import Plan
from sim.studies.simulate import Settings, simulate
from sim.studies.sweeps.averages import means
from sim.studies.sweeps.design import quantile
from sim.studies.sweeps.sweep import read_experiment

Array = NDArray[np.float64]
ARM = "arm"
_UNIT = (0.0, 1.0)


def _read(experiment: str | Path | Experiment) -> Experiment:
    return experiment if isinstance(experiment, Experiment) else read_experiment(experiment)


def range_of(experiment: Experiment, factor: Factor) -> tuple[float, float]:
    """Return the ends of a factor: of its range, its grid, or the points of a table of one's own."""
    if factor.range is not None:
        return factor.range
    at = experiment.factors.index(factor)
    known = factor.grid or tuple(point[at] for point in experiment.points)
    return min(known), max(known)


def salib_problem(experiment: str | Path | Experiment) -> dict[str, Any]:
    """Return an experiment as a problem of SALib: `num_vars`, `names`, `bounds` and `dists`.

    Uniform, log-uniform and triangular factors have their own bounds.  Whole numbers and grids, which SALib
    does not know, lie in the unit interval; `salib_values` turns its samples into values of the factors.

    Examples
    --------
    >>> from SALib.sample import sobol
    >>> problem = salib_problem("experiment.yaml")
    >>> problem["names"]
    ['ice.pickup.effort.low', 'ice.detention.beds', 'data_firewall.compliance']
    >>> samples = sobol.sample(problem, 8, calc_second_order=False, seed=1)
    >>> salib_values("experiment.yaml", samples).shape
    (40, 3)
    """
    found = _read(experiment)
    rows = [_salib_row(found, factor) for factor in found.factors]
    return {
        "num_vars": len(rows),
        "names": [factor.name for factor in found.factors],
        "bounds": [bounds for bounds, _ in rows],
        "dists": [kind for _, kind in rows],
    }


def _salib_row(experiment: Experiment, factor: Factor) -> tuple[list[float], str]:
    """Return the bounds and the distribution of a factor as SALib writes them."""
    low, high = range_of(experiment, factor)
    if factor.whole or factor.grid or not low < high:
        return list(_UNIT), "unif"
    if factor.distribution == "log_uniform":
        return [low, high], "logunif"
    if factor.distribution == "triangular":
        peak = (min(max(float(factor.passport.value), low), high) - low) / (high - low)
        if 0 < peak < 1:  # SALib has no triangle whose peak is at an end
            return [low, high, peak], "triang"
        return list(_UNIT), "unif"
    return [low, high], "unif"


def salib_values(experiment: str | Path | Experiment, samples: Array) -> Array:
    """Return SALib's samples of `salib_problem` as values of the factors."""
    found = _read(experiment)
    made = np.array(samples, dtype=float)
    for k, factor in enumerate(found.factors):
        if _salib_row(found, factor) == (list(_UNIT), "unif"):
            made[:, k] = [_at(found, factor, float(u)) for u in made[:, k]]
    return made


def _at(experiment: Experiment, factor: Factor, u: float) -> float:
    """Return the value of a factor at a place of the unit interval."""
    if factor.grid:
        return factor.grid[min(int(u * len(factor.grid)), len(factor.grid) - 1)]
    return quantile(replace(factor, range=range_of(experiment, factor)), u)


@dataclass(frozen=True)
class Worlds:
    """Runs worlds of an experiment at any values of its factors."""

    experiment: Experiment
    outcomes: tuple[str, ...]

    @classmethod
    def of(cls, experiment: str | Path | Experiment, outcomes: Sequence[str] = ()) -> Worlds:
        """Return the worlds of an experiment; where no outcomes are named, its own ones, or the main ones.

        Raises
        ------
        InputError
            If the experiment is wrong, or there is no such outcome.
        """
        found = _read(experiment)
        names = tuple(outcomes) or found.file.outcomes
        known = [o.name for o in OUTCOMES]
        problems = Problems()
        for name in names:
            if name not in known:
                problems.add(Mark(), f"unknown outcome {name!r}", name, known=known)
        problems.raise_if_any()
        return cls(found, names or tuple(o.name for o in OUTCOMES if o.main is True))

    def arm(self, name: str) -> int:
        """Return the number of an arm.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        return _place(name, [arm.name for arm in self.experiment.arms], "the experiment has no arm")

    def run(self, arm: int, at: Mapping[str, float], preset: str = "") -> Array:
        """Return the outcomes of every replication of an arm: `(replications, outcomes)`.

        Raises
        ------
        InputError
            If the values do not fit together.
        """
        experiment = self.experiment
        names = [p.name for p in experiment.presets]
        chosen = experiment.presets[_place(preset, names, "the experiment has no preset")] if preset else None
        chosen_arm = experiment.arms[arm]
        felt = [f for f in experiment.factors if f.name in at and experiment.feels(chosen_arm, f)]
        world = experiment.world(chosen_arm, chosen, {f.name: _number(f, at[f.name]) for f in felt})
        settings = Settings.of(experiment.scenario, Plan(warm_up=experiment.file.warm_up))
        counts = [simulate(world, settings, r, outcomes=False).counts for r in range(settings.replications)]
        return np.array([[float(values(BY_NAME[o], c)[0]) for o in self.outcomes] for c in counts])


def _number(factor: Factor, value: float) -> float:
    return int(value) if factor.whole else float(value)


def _place(name: str, known: Sequence[str], what: str) -> int:
    if name not in known:
        problems = Problems()
        problems.add(Mark(), f"{what} {name!r}", name, known=known)
        problems.raise_if_any()
    return list(known).index(name)


def ema_model(experiment: str | Path | Experiment, outcomes: Sequence[str] = ()) -> Any:
    """Return an experiment as a `Model` of the EMA Workbench (extra `explore`).

    Its uncertainties are the numbers of the scenario that are varied, and `preset` where the experiment has
    some; its levers are `arm` (which lever is on, if any) and the parameters of levers that are varied; its
    outcomes are means over the experiment's replications.

    Examples
    --------
    >>> from ema_workbench import perform_experiments
    >>> model = ema_model("experiment.yaml", outcomes=["transfers"])
    >>> [x.name for x in model.uncertainties], [x.name for x in model.levers]
    (['ice.pickup.effort.low', 'ice.detention.beds'], ['arm', 'data_firewall.compliance'])
    >>> experiments, found = perform_experiments(model, scenarios=2, policies=2)
    >>> found["transfers"].shape
    (4,)

    Raises
    ------
    SimError
        If the workbench is not installed.
    """
    require("this adapter", "ema_workbench")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that it could use and does without
        from ema_workbench import CategoricalParameter, Constant, Model, ScalarOutcome

        worlds = Worlds.of(experiment, outcomes)
        found = worlds.experiment
        arms, presets = [arm.name for arm in found.arms], [preset.name for preset in found.presets]

        def function(**given: Any) -> dict[str, float]:
            arm, preset = given.pop(ARM, BASE), given.pop(PRESET, presets[0] if presets else "")
            mean = means(worlds.run(worlds.arm(arm), given, preset), axis=0)
            return dict(zip(worlds.outcomes, mean.tolist(), strict=True))

        model = Model("experiment", function=function)
        ends = {f: range_of(found, f) for f in found.factors}
        parameters = {f: _ema_parameter(found, f) for f, (low, high) in ends.items() if low < high}
        model.uncertainties = [x for f, x in parameters.items() if not f.lever]
        if len(presets) > 1:
            model.uncertainties.extend([CategoricalParameter(PRESET, presets)])
        model.levers = [CategoricalParameter(ARM, arms)] if len(arms) > 1 else []
        model.levers.extend([x for f, x in parameters.items() if f.lever])
        model.constants = [Constant(f.name, low) for f, (low, high) in ends.items() if not low < high]
        model.outcomes = [ScalarOutcome(name) for name in worlds.outcomes]
    return model


def _ema_parameter(experiment: Experiment, factor: Factor) -> Any:
    """Return a factor as a parameter of the EMA Workbench."""
    from ema_workbench import CategoricalParameter, IntegerParameter, RealParameter

    low, high = range_of(experiment, factor)
    if factor.grid:
        return CategoricalParameter(factor.name, [_number(factor, x) for x in factor.grid])
    if factor.whole:
        return IntegerParameter(factor.name, int(low), int(high))
    if factor.distribution == "log_uniform":
        return RealParameter.from_dist(factor.name, stats.loguniform(low, high), pff=False)
    if factor.distribution == "triangular":
        peak = (min(max(float(factor.passport.value), low), high) - low) / (high - low)
        return RealParameter.from_dist(factor.name, stats.triang(peak, low, high - low), pff=False)
    return RealParameter(factor.name, low, high)


def optuna_objective(
    experiment: str | Path | Experiment,
    outcome: str,
    *,
    lever: str = BASE,
    effect: bool = False,
    preset: str = "",
) -> Callable[[Any], float]:
    """Return an objective for Optuna (extra `explore`): an outcome's mean over replications.

    It suggests every factor that the arm feels from its range (log-uniform on a log scale, triangular evenly,
    a grid as categories), and gives the same for the same values whenever it is called.  Whether less or more
    is wanted is for the study to say.

    Parameters
    ----------
    experiment
        The experiment.
    outcome
        Name of the outcome.
    lever
        The arm, as the experiment lists it; the scenario as it stands by default.
    effect
        Whether to return the paired difference from the scenario as it stands.
    preset
        The preset under which it runs.

    Examples
    --------
    >>> import optuna
    >>> objective = optuna_objective("experiment.yaml", "transfers", lever="data_firewall", effect=True)
    >>> study = optuna.create_study(direction="maximize")  # where does the firewall do least?
    >>> study.optimize(objective, n_trials=2)
    >>> sorted(study.best_params)
    ['data_firewall.compliance', 'ice.detention.beds', 'ice.pickup.effort.low']

    Raises
    ------
    InputError
        With what is wrong with the experiment, or if it has no such outcome, arm or preset.
    """
    worlds = Worlds.of(experiment, [outcome])
    arm = worlds.arm(lever)
    if preset:
        _place(preset, [p.name for p in worlds.experiment.presets], "the experiment has no preset")
    if effect and lever == BASE:
        raise InputError([Problem(Mark(), "the base has no effect on itself", lever, "a lever")])

    def objective(trial: Any) -> float:
        asked = worlds.experiment
        factors = [f for f in asked.factors if asked.feels(asked.arms[arm], f)]
        at = {f.name: _suggested(trial, worlds.experiment, f) for f in factors}
        found = worlds.run(arm, at, preset)
        if effect:
            found = found - worlds.run(0, at, preset)
        return float(means(found, axis=0)[0])

    return objective


def _suggested(trial: Any, experiment: Experiment, factor: Factor) -> float:
    """Return the value that a trial suggests for a factor."""
    low, high = range_of(experiment, factor)
    if factor.grid:
        return float(trial.suggest_categorical(factor.name, list(factor.grid)))
    if factor.whole:
        return int(trial.suggest_int(factor.name, int(low), int(high)))
    log = factor.distribution == "log_uniform"
    return float(trial.suggest_float(factor.name, low, high, log=log))
