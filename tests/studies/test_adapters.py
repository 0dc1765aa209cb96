"""An experiment in the hands of other tools gives what a sweep of it gives."""

from __future__ import annotations

import dataclasses
import doctest
import importlib.util
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.errors import InputError, SimError
from sim.studies import adapters, discovery
from sim.studies.adapters import Worlds, ema_model, optuna_objective, salib_problem, salib_values
from sim.studies.sweeps.results import collect, write_tables
from sim.studies.sweeps.sweep import Asked, read_experiment, run_sweep

HAVE = {name: importlib.util.find_spec(name) is not None for name in ("ema_workbench", "optuna")}
EXPERIMENT = """\
question: What does a firewall do?
scenario: base
replications: 2
residents: 300
days: 20
warm_up: 5
seed: 11
outcomes: [bookings, transfers]
levers: [data_firewall]
parameters:
  ice.pickup.effort.low: {range: [0.2, 0.9], distribution: triangular}
  ice.detention.beds: {range: [11, 30]}
  data_firewall.compliance: {range: [0.5, 1]}
design: {kind: sobol, points: 2}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the experiment of the examples, in the folder in which they run."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "experiment.yaml"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path


def replaced(path: Path, *parts: tuple[str, str]) -> Path:
    text = path.read_text(encoding="utf-8")
    for old, new in parts:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "package"),
    [("salib_problem", "SALib"), ("ema_model", "ema_workbench"), ("optuna_objective", "optuna")],
)
@pytest.mark.usefixtures("path")
def test_the_worked_examples_run(name: str, package: str) -> None:
    if not HAVE.get(package, True):
        pytest.skip("the extra `explore` is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the packages themselves
        found = doctest.DocTestFinder().find(
            getattr(adapters, name), name, globs={name: getattr(adapters, name), "salib_values": salib_values}
        )
        assert doctest.DocTestRunner().run(found[0]) == doctest.TestResults(0, len(found[0].examples))
        assert len(found[0].examples) > 2


def test_salib_samples_become_values_as_the_experiment_draws_them(path: Path) -> None:
    from SALib.sample import latin

    problem = salib_problem(path)
    assert problem["dists"] == ["triang", "unif", "unif"]
    low, high, peak = problem["bounds"][0]
    assert (low, high) == (0.2, 0.9)
    assert low + peak * (high - low) == pytest.approx(0.77)  # the value of the base
    values = salib_values(path, latin.sample(problem, 1000, seed=1))
    assert problem["bounds"][1] == [11, 30]
    # Stratified, so that the distance from the law is that of the strata, far below a random sample's.
    assert stats.kstest(values[:, 0], stats.triang(peak, low, high - low).cdf).statistic < 0.002
    assert stats.kstest(values[:, 1], stats.uniform(11, 19).cdf).statistic < 0.002
    assert stats.kstest(values[:, 2], stats.uniform(0.5, 0.5).cdf).statistic < 0.002


def test_whole_numbers_are_drawn_equally_often(path: Path) -> None:
    experiment = read_experiment(path)
    beds = experiment.factors[1]
    whole = dataclasses.replace(beds, passport=dataclasses.replace(beds.passport, value=20))
    experiment = dataclasses.replace(experiment, factors=(whole,))
    assert salib_problem(experiment)["bounds"] == [[0.0, 1.0]]
    values = salib_values(experiment, np.linspace(0, 1, 2001)[:-1, None])
    assert np.unique(values, return_counts=True)[1].tolist() == [100] * 20
    trial = Trial(0.0)
    assert adapters._suggested(trial, experiment, whole) == 11
    assert trial.asked == {"ice.detention.beds": (11, 30)}


def test_a_grid_is_sampled_by_its_values(path: Path) -> None:
    replaced(
        path,
        ("{range: [0.2, 0.9], distribution: triangular}", "{grid: [0.1, 0.2, 0.7]}"),
        ("{range: [11, 30]}", "{grid: [3]}"),
        ("{range: [0.5, 1]}", "{grid: [0.5, 1]}"),
        ("kind: sobol, points: 2", "kind: grid"),
    )
    problem = salib_problem(path)
    assert problem["bounds"] == [[0.0, 1.0]] * 3
    samples = np.array([[0.0, 0.3, 0.49], [0.34, 1.0, 0.5], [1.0, 0.0, 1.0]])
    assert salib_values(path, samples).tolist() == [[0.1, 3, 0.5], [0.2, 3, 1], [0.7, 3, 1]]


def test_a_table_of_points_without_ranges_is_sampled_between_its_ends(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    text = text[: text.index("parameters")] + "design: {kind: csv, file: points.csv}\n"
    path.write_text(text, encoding="utf-8")
    (path.parent / "points.csv").write_text("data_firewall.compliance\n0.3\n0.9\n0.6\n", encoding="utf-8")
    experiment = read_experiment(path)
    (factor,) = experiment.factors
    bare = dataclasses.replace(experiment, factors=(dataclasses.replace(factor, range=None),))
    assert salib_problem(bare)["bounds"] == [[0.3, 0.9]]
    assert salib_values(bare, np.array([[0.4]])).tolist() == [[0.4]]
    assert optuna_objective(bare, "bookings", lever="data_firewall")(Trial(0.0)) >= 0


def test_worlds_at_a_point_of_a_sweep_are_those_of_the_sweep(path: Path, tmp_path: Path) -> None:
    sweep = run_sweep(path, tmp_path / "results", Asked(workers=1))
    found = collect(sweep)
    worlds = Worlds.of(path)
    assert worlds.outcomes == ("bookings", "transfers")
    for arm in (0, 1):
        for point in (0, 1):
            mine = worlds.run(arm, sweep.layout.values(point))
            assert np.array_equal(mine, found.values[0, arm, point])


class Trial:
    """What an objective asks of a trial; it answers with the same place of every range."""

    def __init__(self, place: float) -> None:
        self.place = place
        self.asked: dict[str, tuple[Any, ...]] = {}

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked[name] = (low, high, log)
        return low * (high / low) ** self.place if log else low + self.place * (high - low)

    def suggest_int(self, name: str, low: int, high: int) -> int:
        self.asked[name] = (low, high)
        return round(low + self.place * (high - low))

    def suggest_categorical(self, name: str, choices: Sequence[float]) -> float:
        self.asked[name] = tuple(choices)
        return choices[int(self.place * (len(choices) - 1))]


def test_an_objective_asks_for_each_factor_that_the_arm_feels(path: Path) -> None:
    replaced(path, ("distribution: triangular", "distribution: log_uniform"))
    trial = Trial(0.5)
    assert optuna_objective(path, "bookings")(trial) > 0
    assert trial.asked == {
        "ice.pickup.effort.low": (0.2, 0.9, True),
        "ice.detention.beds": (11, 30, False),
    }
    optuna_objective(path, "bookings", lever="data_firewall")(trial)
    assert trial.asked["data_firewall.compliance"] == (0.5, 1, False)


def test_an_objective_is_the_mean_or_the_paired_effect_and_the_same_each_time(path: Path) -> None:
    replaced(path, ("[data_firewall]", "[cite_and_release]"), ("residents: 300", "residents: 3000"))
    replaced(
        path, ("data_firewall.compliance: {range: [0.5, 1]}", "cite_and_release.share: {range: [0.8, 1]}")
    )
    trial = Trial(0.25)
    worlds = Worlds.of(path, ["bookings"])
    at = {"ice.pickup.effort.low": 0.375, "ice.detention.beds": 15.75, "cite_and_release.share": 0.85}
    base, lever = (worlds.run(arm, at)[:, 0] for arm in (0, 1))
    assert lever.mean() < base.mean()
    objective = optuna_objective(path, "bookings", lever="cite_and_release")
    assert objective(trial) == objective(trial) == lever.mean()
    effect = optuna_objective(path, "bookings", lever="cite_and_release", effect=True)
    assert effect(trial) == (lever - base).mean()


def test_what_the_experiment_has_not_is_told(path: Path) -> None:
    for wrong, what in (
        ({"outcome": "bokings"}, "unknown outcome 'bokings'"),
        ({"outcome": "bookings", "lever": "firewall"}, "no arm 'firewall'"),
        ({"outcome": "bookings", "preset": "nix"}, "no preset 'nix'"),
        ({"outcome": "bookings", "effect": True}, "no effect on itself"),
    ):
        with pytest.raises(InputError, match=what):
            optuna_objective(path, **wrong)  # type: ignore[arg-type]


def test_the_workbench_is_asked_for_only_where_it_is_needed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "find_spec", lambda _: None)
    with pytest.raises(SimError, match=r"this adapter needs the package ema_workbench: pip install"):
        ema_model(path)


@pytest.mark.skipif(not HAVE["ema_workbench"], reason="the extra `explore` is not installed")
def test_the_workbench_runs_the_worlds_of_the_experiment(path: Path) -> None:
    replaced(
        path,
        ("levers:", "presets: [neutral, critic_favourable]\nlevers:"),
        ("{range: [11, 30]}", "{range: [7, 7]}"),
    )
    model = ema_model(path, ["bookings"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the package itself
        from ema_workbench import perform_experiments

        assert [x.name for x in model.uncertainties] == ["ice.pickup.effort.low", "preset"]
        assert [x.name for x in model.levers] == ["arm", "data_firewall.compliance"]
        experiments, found = perform_experiments(model, scenarios=2, policies=2)
    worlds = Worlds.of(path, ["bookings"])
    for (_, row), value in zip(experiments.iterrows(), found["bookings"], strict=True):
        at = {name: row[name] for name in ("ice.pickup.effort.low", "data_firewall.compliance")}
        at["ice.detention.beds"] = 7
        assert worlds.run(worlds.arm(row["arm"]), at, row["preset"]).mean() == value


@pytest.mark.skipif(not HAVE["optuna"], reason="the extra `explore` is not installed")
def test_optuna_runs_the_objective(path: Path) -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    objective = optuna_objective(path, "bookings")
    study.optimize(objective, n_trials=2)
    again = optuna.trial.FixedTrial(study.best_params)
    assert objective(again) == study.best_value


def test_outcomes_load_the_same_from_parquet_and_csv(path: Path, tmp_path: Path) -> None:
    sweep = run_sweep(path, tmp_path / "results", Asked(workers=1))
    write_tables(collect(sweep))
    parquet = pd.read_parquet(sweep.folder / "outcomes.parquet")
    plain = pd.read_csv(sweep.folder / "outcomes.csv", keep_default_na=False, dtype={"seed": "uint64"})
    text = [c for c in parquet if not pd.api.types.is_numeric_dtype(parquet[c])]
    assert text == ["scenario", "outcome", "group", "level", "unit", "preset"]
    pd.testing.assert_frame_equal(
        parquet.astype(dict.fromkeys(text, "str")),
        plain.astype(dict.fromkeys(text, "str")),
        check_dtype=False,
    )
    assert len(plain) == 2 * 2 * 2 * 2  # arms, points, replications, outcomes
