"""Regret, shares and domination against known answers, with and without noise; boxes where they are known."""

from __future__ import annotations

import dataclasses
import doctest
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.errors import InputError, SimError
from sim.studies import discovery
from sim.studies.aims import Aims, Goal, Threshold, parse_aims
from sim.studies.decisions import decide, dominations, dominator, regrets, shares, wilson
from sim.studies.discovery import Discovered, look_for
from sim.studies.states import States, keeping, states_of
from sim.studies.sweeps.sweep import Asked, open_sweep, run_sweep

Array = NDArray[np.float64]
needs_explore = pytest.mark.skipif(
    importlib.util.find_spec("ema_workbench") is None, reason="the extra `explore` is not installed"
)
LESS, MORE = Goal("transfers", "min"), Goal("reporting_rate", "max")


def states(*outcomes: Array, sampled: bool = False, presets: Sequence[str] = ()) -> States:
    """Return states of options `base`, `a`, `b`, …; the outcomes are transfers, then reporting_rate."""
    options, many, _ = outcomes[0].shape
    names = ("base", *"abcdefgh")[:options]
    values = dict(zip(("transfers", "reporting_rate"), outcomes, strict=False))
    where = tuple(presets) or ("",) * many
    points = tuple(k % (many // len(set(where))) for k in range(many))
    return States(names, values, where, points, seed=3, sampled=sampled)


def still(means: Sequence[Sequence[float]], replications: int = 4) -> Array:
    """Return outcomes without noise: `means` by option and state."""
    return np.repeat(np.array(means, dtype=float)[:, :, None], replications, axis=2)


def of(found: Sequence[Any], option: str, statistic: str) -> Any:
    return next(x for x in found if (x.option, x.statistic) == (option, statistic))


def test_regret_without_noise_is_the_distance_to_the_best_option_of_the_state() -> None:
    # Transfers of base, a, b in five states; the best one changes.
    means = [[10, 20, 30, 40, 50], [8, 22, 30, 10, 60], [12, 19, 33, 20, 40]]
    found = regrets(states(still(means)), LESS)
    regret = np.array(means) - np.array([8, 19, 30, 10, 40])
    for k, option in enumerate(("base", "a", "b")):
        for statistic, value in (
            ("mean", regret[k].mean()),
            ("p90", np.percentile(regret[k], 90)),
            ("max", regret[k].max()),
        ):
            row = of(found, option, statistic)
            assert row.regret == pytest.approx(value)
            assert row.split == pytest.approx(value)
            assert (row.mcse, row.ci_low, row.ci_high) == pytest.approx((0, value, value))
    assert of(found, "a", "max").best == pytest.approx(3 / 5)


def test_where_more_is_wanted_regret_is_what_is_lacking() -> None:
    values = states(still([[0, 0]] * 2), still([[0.3, 0.5], [0.4, 0.2]]))
    found = regrets(values, MORE)
    assert of(found, "base", "max").regret == pytest.approx(0.1)
    assert of(found, "a", "max").regret == pytest.approx(0.3)
    fewer = regrets(values, Goal("reporting_rate", "min"))
    assert of(fewer, "base", "max").regret == pytest.approx(0.3)


def test_equal_options_have_regret_by_noise_alone_and_the_split_takes_it_away() -> None:
    # Nine options that are the same in truth: the least of nine means lies far below each of them.
    noise = np.random.default_rng(1).normal(100, 10, (9, 400, 8))
    found = regrets(states(noise), LESS)
    error = 10 / np.sqrt(8)  # of an option's mean in a state
    of_nine = -_least_of(9) * error
    for option in ("base", "a", "h"):
        row = of(found, option, "mean")
        # The difference of a mean to the least of nine, over 400 states: exact up to 6 standard errors.
        assert abs(row.regret - of_nine) < 6 * error / np.sqrt(400) * 1.5
        assert row.regret > 4
        assert abs(row.split) < 6 * np.sqrt(2) * 10 / np.sqrt(4) / np.sqrt(400)


def _least_of(many: int) -> float:
    """Return the expectation of the least of `many` standard normals."""
    x = np.linspace(-9, 9, 20_001)
    weight = many * stats.norm.pdf(x) * stats.norm.sf(x) ** (many - 1)
    return float((x * weight).sum() * (x[1] - x[0]))


def test_true_regret_lies_between_split_and_found_on_average() -> None:
    rng = np.random.default_rng(2)
    truth = np.array([[10.0] * 20, [11.0] * 20, np.linspace(8, 14, 20)])
    true = truth - truth.min(axis=0)
    low: dict[str, list[float]] = {"mean": [], "max": []}
    high: dict[str, list[float]] = {"mean": [], "max": []}
    for _ in range(60):
        found = regrets(states(truth[:, :, None] + rng.normal(0, 3, (3, 20, 6))), LESS)
        for statistic in low:
            row = of(found, "a", statistic)
            low[statistic].append(row.split)
            high[statistic].append(row.regret)
    for statistic, value in (("mean", true[1].mean()), ("max", true[1].max())):
        errors = [np.std(x) / np.sqrt(60) for x in (low[statistic], high[statistic])]
        assert np.mean(low[statistic]) < value + 4 * errors[0]
        assert np.mean(high[statistic]) > value - 4 * errors[1]
        assert np.mean(low[statistic]) < np.mean(high[statistic])


def test_the_interval_of_a_mean_regret_is_over_replications_not_over_states() -> None:
    # All states of a replication share its luck: a hundred states say no more than one.
    luck = np.random.default_rng(3).normal(0, 5, 10)
    values = np.zeros((2, 100, 10))
    values[1] = 20 + luck
    row = of(regrets(states(values), LESS), "a", "mean")
    assert row.mcse == pytest.approx(luck.std(ddof=1) / np.sqrt(10))
    half = stats.t.ppf(0.975, 9) * row.mcse
    assert (row.ci_low, row.ci_high) == pytest.approx((row.regret - half, row.regret + half))


def test_one_replication_has_neither_interval_nor_split() -> None:
    row = of(regrets(states(still([[1, 2], [3, 1]], replications=1)), LESS), "base", "max")
    assert row.regret == 1
    assert np.isnan([row.mcse, row.ci_low, row.split]).all()


def test_states_may_have_different_numbers_of_replications() -> None:
    values = still([[10, 20], [14, 30]], replications=6)
    values[:, 1, 2:] = np.nan
    row = of(regrets(states(values), LESS), "a", "mean")
    assert (row.regret, row.split) == pytest.approx((7, 7))


def test_shares_count_the_states_in_which_all_thresholds_hold() -> None:
    values = states(still([[10, 20, 30, 40]]), still([[0.5, 0.2, 0.5, 0.2]]), sampled=True)
    most, least = Threshold("transfers", "at most", 30), Threshold("reporting_rate", "at least", 0.4)
    found = {x.threshold: x for x in shares(values, [most, least])}
    assert found["all"].share == 0.5
    assert found["transfers at most 30"].share == 0.75
    assert found["reporting_rate at least 0.4"].share == 0.5
    assert (found["all"].ci_low, found["all"].ci_high) == wilson(0.5, 4)
    low, high = wilson(0.5, 4)
    # Where a normal test of the share would just be significant: the definition of Wilson's interval.
    for end in (low, high):
        assert abs(0.5 - end) / np.sqrt(end * (1 - end) / 4) == pytest.approx(stats.norm.ppf(0.975))


def test_a_share_of_points_that_are_no_sample_has_no_interval() -> None:
    (only,) = shares(states(still([[1, 2]])), [Threshold("transfers", "at most", 1)])
    assert only.share == 0.5
    assert np.isnan([only.ci_low, only.ci_high]).all()


def test_a_point_counts_once_in_the_interval_however_many_presets_it_has() -> None:
    values = states(still([[1, 2, 1, 2]]), sampled=True, presets=["x", "x", "y", "y"])
    found = shares(values, [Threshold("transfers", "at most", 1)])
    assert [x.preset for x in found] == ["", "x", "y"]
    assert (found[0].ci_low, found[0].ci_high) == wilson(0.5, 2)
    assert found[0].states == 4


def test_states_near_a_threshold_are_undecided() -> None:
    noise = np.random.default_rng(4).normal(0, 1, 12)
    noise -= noise.mean()
    values = np.array([[10 + noise, 29.9 + noise, 30.1 + noise, 50 + noise]])
    (only,) = shares(states(values), [Threshold("transfers", "at most", 30)])
    assert (only.share, only.kept, only.broken, only.undecided) == (0.5, 0.25, 0.25, 0.5)


def test_of_single_replications_nothing_is_beyond_noise() -> None:
    (only,) = shares(states(still([[1, 99]], 1)), [Threshold("transfers", "at most", 30)])
    assert (only.share, only.undecided) == (0.5, 1.0)


def _pair(found: Sequence[Any], option: str, by: str) -> Any:
    return next(x for x in found if (x.option, x.by) == (option, by))


def test_an_option_that_another_beats_in_every_goal_is_dominated() -> None:
    values = states(still([[10, 10, 10], [9, 9, 11], [8, 8, 8]]), still([[0.3] * 3, [0.3] * 3, [0.3] * 3]))
    found = dominations(values, [LESS, MORE])
    assert _pair(found, "base", "b").verdict == "every state"
    assert _pair(found, "base", "a").verdict == "most states"
    assert _pair(found, "b", "base").verdict == ""
    assert dominator("base", found).by == "b"  # type: ignore[union-attr]
    assert dominator("b", found) is None


def test_an_option_that_is_better_in_one_goal_is_not_dominated() -> None:
    values = states(still([[10, 10], [9, 9]]), still([[0.3, 0.3], [0.2, 0.2]]))
    assert all(not x.verdict and not x.at_most for x in dominations(values, [LESS, MORE]))
    # The same world with the second goal turned round.
    turned = dominations(values, [LESS, Goal("reporting_rate", "min")])
    assert _pair(turned, "base", "a").verdict == "every state"


def test_differences_within_noise_are_no_domination() -> None:
    noise = np.random.default_rng(5).normal(0, 1, (2, 6, 8))
    noise -= noise.mean(axis=2, keepdims=True)
    less = np.array([np.full((6, 8), 10.0), np.full((6, 8), 9.99)]) + noise
    (one,) = [x for x in dominations(states(less), [LESS]) if x.option == "base"]
    assert (one.dominated, one.at_most, one.verdict) == (0, 0, "")
    # Better beyond noise in one goal, and within noise in the other: not shown, and not excluded.
    clearly = np.array([np.full((6, 8), 30.0), np.full((6, 8), 9.0)]) + noise
    (one,) = [x for x in dominations(states(clearly, noise), [LESS, MORE]) if x.option == "base"]
    assert (one.dominated, one.at_most, one.verdict) == (0, 6, "")


def test_domination_on_average_needs_fewer_replications_than_in_each_state() -> None:
    rng = np.random.default_rng(6)
    less = rng.normal(10, 4, (2, 60, 5))
    less[1] -= 2
    (one,) = [x for x in dominations(states(less), [LESS]) if x.option == "base"]
    assert one.dominated < 30
    assert one.verdict == "on average"


def _found(values: Array, **other: Any) -> Any:
    """Return what a sweep found, as far as states are made of it: transfers under presets x and y."""
    presets, arms, points, _ = values.shape
    design = SimpleNamespace(kind="sobol")
    scenario = SimpleNamespace(settings=SimpleNamespace(run=SimpleNamespace(seed=1)))
    experiment = SimpleNamespace(file=SimpleNamespace(design=design), scenario=scenario)
    layout = SimpleNamespace(
        preset_names=("x", "y")[:presets],
        presets=(None,) * presets,
        arms=[SimpleNamespace(name=f"arm{k}") for k in range(arms)],
        points=np.zeros((points, 0)),
    )
    sweep = SimpleNamespace(
        layout=layout, experiment=experiment, folder="here", runs=9, replications=(2,) * points
    )
    return SimpleNamespace(sweep=sweep, of=lambda _: values, **({"missing": 0, "errors": ()} | other))


def test_each_point_under_each_preset_is_a_state() -> None:
    values = np.arange(2 * 3 * 4 * 2, dtype=float).reshape(2, 3, 4, 2)
    both = states_of(_found(values), Aims((LESS,)))
    assert both.presets == ("x",) * 4 + ("y",) * 4
    assert both.points == (0, 1, 2, 3) * 2
    assert np.array_equal(both.values["transfers"][1, 4:], values[1, 1])
    assert both.sampled
    one = states_of(_found(values), Aims((LESS,), presets=("y",)))
    assert np.array_equal(one.values["transfers"], values[1])


def test_a_state_without_a_value_for_some_option_is_left_out_of_all() -> None:
    values = np.ones((1, 2, 3, 2))
    values[0, 1, 0] = np.nan  # a run of one option failed at the first point, in both replications
    values[0, 1, 1, 0] = np.nan  # and one of its replications at the second
    found = states_of(_found(values), Aims((LESS,)))
    assert (found.points, found.left_out) == ((1, 2), 1)
    assert found.replications.tolist() == [1, 2]
    assert np.isnan(found.values["transfers"][:, 0]).tolist() == [[True, False]] * 2
    values[:] = np.nan
    with pytest.raises(SimError, match=r"in no state of the world.*why not"):
        states_of(_found(values, errors=[(0, 0, 0, 0, "why not")]), Aims((LESS,)))


def test_a_sweep_that_is_not_complete_is_refused_with_the_reason() -> None:
    with pytest.raises(SimError, match="5 of 12 runs are not there"):
        states_of(_found(np.ones((1, 2, 3, 2)), missing=5), Aims((LESS,)))


def test_aims_are_read_and_all_that_is_wrong_is_told_at_once() -> None:
    good = parse_aims(["transfers=min"], ["transfers=30"], ["transfers=2.5"], ["neutral", "neutral"])
    assert good.thresholds[1] == Threshold("transfers", "at least", 2.5)
    assert (good.outcomes, good.presets) == (("transfers",), ("neutral",))
    with pytest.raises(InputError) as caught:
        parse_aims(
            ["transfer=min", "bookings=up", "stops", "arrests=min", "arrests=max"],
            ["bookings=much", "stops=2", "stops=3", "arrests=nan"],
            ["stops=5", "=1"],
        )
    told = [p.what for p in caught.value.problems]
    assert told == [
        "--goal: unknown outcome 'transfer'",
        "--goal bookings=up: no direction",
        "--goal stops: no direction",
        "--at-most bookings=much: not a threshold",
        "--at-most arrests=nan: not a threshold",
        "--at-least: unknown outcome ''",
        "--goal arrests is given more than once",
        "--at-most stops is given more than once",
        "no world keeps stops both at least 5 and at most 3",
    ]
    with pytest.raises(InputError, match="nothing to judge"):
        parse_aims([])


@pytest.mark.parametrize("shown", [parse_aims, wilson])
def test_the_examples_run(shown: Any) -> None:
    (test,) = doctest.DocTestFinder().find(shown, shown.__name__, globs={shown.__name__: shown})
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


# ------------------------------------------------------------------------------ discovery


def _spread(many: int, **other: Any) -> pd.DataFrame:
    x = pd.DataFrame(np.random.default_rng(7).random((many, 3)), columns=["p.one", "p.two", "p.three"])
    return x.assign(**other)


def _look(x: pd.DataFrame, cases: Any, unsure: Any = None) -> Discovered:
    own = np.asarray(cases, dtype=bool)
    place = States(("base",), {}, ("",) * len(x), tuple(range(len(x))), seed=1)
    return look_for(x, own, np.zeros(len(x), bool) if unsure is None else unsure, ("a", "breaks"), place)


@needs_explore
def test_a_box_that_is_there_is_found_with_its_limits() -> None:
    x = _spread(400)
    cases = (x["p.one"] > 0.7) & (x["p.three"] < 0.5)
    found = _look(x, cases)
    assert found.verdict == "box"
    limits = {limit.factor: limit for limit in found.limits}
    assert set(limits) == {"p.one", "p.three"}
    assert limits["p.one"].low == pytest.approx(0.7, abs=0.03)
    assert limits["p.three"].high == pytest.approx(0.5, abs=0.03)
    assert limits["p.one"].high is None
    assert all(limit.quasi_p <= 0.05 for limit in found.limits)
    inside = (x["p.one"] >= limits["p.one"].low) & (x["p.three"] <= limits["p.three"].high)
    assert (found.inside, found.hits) == (inside.sum(), (inside & cases).sum())
    assert found.coverage == found.hits / cases.sum() > 0.9
    assert found.density == found.hits / found.inside > 0.9
    assert found.held_out > 0.8


@needs_explore
def test_a_preset_under_which_an_option_fails_is_found_by_name() -> None:
    names = np.array(["neutral", "critic", "supporter"])[np.arange(300) % 3]
    x = _spread(300, preset=names)
    found = _look(x, (names == "critic") & (x["p.two"] > 0.4))
    presets = [limit.presets for limit in found.limits if limit.factor == "preset"]
    assert presets == [("critic",)]


@needs_explore
def test_cases_that_lie_anywhere_have_no_box() -> None:
    told = 0
    for seed in range(20):
        cases = np.random.default_rng(seed).random(200) < 0.4
        told += _look(_spread(200), cases).verdict == "box"
    # A false alarm in 20 by the test on the other half; four or more of 20 have a probability of 0.016.
    assert told < 4


def test_a_box_that_holds_no_more_cases_than_chance_elsewhere_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = discovery.Limit("p.one", 0.5, None, (), 0.001)
    monkeypatch.setattr(discovery, "_box", lambda *_: [limit])
    x = _spread(200)
    assert _look(x, x["p.two"] > 0.5).verdict == "no pattern"
    assert _look(x, x["p.one"] > 0.6).verdict == "box"


@needs_explore
def test_every_limit_that_is_told_passes_its_test() -> None:
    x = _spread(200)
    some = 0
    for seed in range(10):
        limits = discovery._box(
            x, np.random.default_rng(seed).random(200) < 0.2 + 0.5 * x["p.one"].to_numpy()
        )
        assert all(limit.quasi_p <= discovery.SIGNIFICANT for limit in limits)
        some += bool(limits)
    assert some


@pytest.mark.parametrize(
    ("many", "verdict"), [(0, "none"), (60, "every state"), (9, "too few"), (51, "too few")]
)
def test_a_box_is_not_looked_for_where_there_are_too_few_cases(many: int, verdict: str) -> None:
    found = _look(_spread(60), np.arange(60) < many)
    assert (found.verdict, found.cases, found.limits) == (verdict, many, ())


def test_states_that_an_option_cannot_tell_apart_are_one() -> None:
    x = pd.DataFrame({"p.one": np.repeat([0.0, 1.0], 50)})
    assert _look(x, x["p.one"] > 0).states == 2
    assert _look(pd.DataFrame(index=range(30)), np.ones(30)).states == 1


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "find_spec", lambda _: None)
    with pytest.raises(SimError, match=r"pip install 'enforcement-pathways\[explore\]'"):
        discovery.workbench()


# ------------------------------------------------------------------------------ a real sweep

EXPERIMENT = """\
question: Which lever does best, whatever ICE does?
scenario: base
replications: 4
residents: 2000
days: 60
seed: 5
outcomes: [bookings, prints_shared]
levers: [prints_kept_local, {cite_and_release: 0.8}]
parameters:
  community.victimization.rates.violent: {range: [15, 25]}
  cite_and_release.share: {range: [0.2, 0.9]}
design: {kind: sobol, points: 8}
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    path = folder / "experiment.yaml"
    text = EXPERIMENT.replace("{cite_and_release: 0.8}", "cite_and_release")
    path.write_text(text, encoding="utf-8")
    run_sweep(path, folder / "results", Asked(workers=1))
    return path


def test_a_sweep_is_decided_from_end_to_end(path: Path) -> None:
    sweep = open_sweep(path, path.parent / "results")
    done = decide(sweep, {"prints_shared": "min"}, at_most={"prints_shared": 0.5})
    # Kept in the jail, no print is shared: no regret, and the threshold holds in every state.
    regret = done.table().set_index(["option", "statistic"])["regret"]
    assert regret["prints_kept_local", "max"] == 0
    assert regret["base", "mean"] > 0
    share = done.table("satisficing").set_index("option")["share"]
    assert share.to_dict() == {"base": 0, "prints_kept_local": 1, "cite_and_release": 0}
    assert dominator("base", done.dominations).by == "prints_kept_local"  # type: ignore[union-attr]
    # Of the reverse goal the reverse holds: nothing is presumed.
    other = decide(sweep, {"prints_shared": "max"})
    assert dominator("prints_kept_local", other.dominations) is not None
    assert dominator("base", other.dominations) is None


def test_there_is_nothing_to_decide_without_a_sweep(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SimError, match=r"there is no sweep in .*: run `sim sweep"):
        decide(open_sweep(path, tmp_path / "none"), {"bookings": "min"})


def test_the_command_writes_what_it_shows(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    folder = path.parent / "results"
    asked = ["--goal", "prints_shared=min", "--goal", "bookings=max", "--at-most", "prints_shared=0.5"]
    assert main(["decide", str(path), "--out", str(folder), *asked, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    table = pd.read_csv(folder / "regret.csv")
    assert data["regret"][0]["regret"] == table["regret"][0]
    assert len(table) == 3 * 2 * 3
    assert len(pd.read_csv(folder / "pareto.csv")) == 6
    assert (folder / "regret.png").read_bytes().startswith(b"\x89PNG")
    assert data["boxes"] is None
    assert not (folder / "boxes.csv").exists()
    assert main(["decide", str(path), "--out", str(folder), "--at-least", "bookings=0"]) == 0
    assert not (folder / "regret.csv").exists()  # it told of other aims
    assert len(pd.read_csv(folder / "satisficing.csv")) == 3


def test_what_is_asked_wrongly_is_told_at_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    asked = ["--goal", "prints=min", "--at-most", "bookings=x", "--preset", "neutral", "--out", str(path)]
    assert main(["decide", str(path), *asked]) == 2
    told = capsys.readouterr().err
    for part in ("unknown outcome 'prints'", "not a threshold", "names no presets", "it is not a folder"):
        assert part in told


@needs_explore
def test_the_command_tells_where_options_fail(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli import main

    folder = path.parent / "results"
    assert (
        main(["decide", str(path), "--out", str(folder), "--at-most", "prints_shared=0.5", "--discover"]) == 0
    )
    out = " ".join(capsys.readouterr().out.split())
    assert "prints_kept_local: prints_shared above 0.5 (per 100,000 residents and year) in none of 8" in out
    rows = pd.read_csv(folder / "boxes.csv")
    assert rows["verdict"].tolist() == ["every state", "none", "every state"]


def test_a_case_is_worse_than_the_base_only_beyond_noise() -> None:
    noise = np.random.default_rng(8).normal(0, 1, (2, 3, 6))
    noise -= noise.mean(axis=2, keepdims=True)
    noise[1, 2] += 9
    found = list(discovery._cases(states(10 + noise), Aims((LESS,)), 1))
    assert [(case, cases.tolist()) for case, cases, _ in found] == [("transfers", [False, False, True])]
    assert list(discovery._cases(states(10 + noise), Aims((LESS,)), 0)) == []


def test_thresholds_on_both_sides_keep_a_band() -> None:
    values = states(still([[1, 5, 9]]))
    band = [Threshold("transfers", "at least", 4), Threshold("transfers", "at most", 6)]
    assert keeping(values, 0, band)[0].tolist() == [False, True, False]
    assert dataclasses.replace(values, seed=9).replications.tolist() == [4, 4, 4]
