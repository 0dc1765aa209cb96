"""Sensitivity says of known functions what is known of them, and of the model only what its runs can tell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import pawn
from SALib.test_functions import Ishigami

from sim.errors import InputError, SimError
from sim.studies.sensitivity import Sensitivity, sensitivity
from sim.studies.sensitivity.concerns import concerns_of, told
from sim.studies.sensitivity.design import METHODS, drawn
from sim.studies.sensitivity.indices import CHANCE, Index, indices_of, main_index, median_ks, varies
from sim.studies.sensitivity.study import ALL_PRESETS, _sliced, analysed
from sim.studies.sensitivity.variance import decomposed
from sim.studies.sweeps.results import collect
from sim.studies.sweeps.sweep import Asked

TEXT = """\
question: What moves bookings?
scenario: base
replications: 2
residents: 4000
days: 60
seed: 0
outcomes: [bookings, recorded_crime, saturation_stops]
levers: [cite_and_release]
parameters:
  community.victimization.rates.violent: {range: [10, 40]}
  agencies.city_police.traffic_stops: {range: [0.1, 0.6]}
design: {kind: sobol, points: 4}
"""
SAMPLES = {"morris": 4, "sobol": 32, "pawn": 50}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes the experiment with some text replaced, and returns its path."""

    def writes(*replaced: tuple[str, str]) -> Path:
        text = TEXT
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "experiment.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return writes


# ------------------------------------------------------------------ known functions


def test_sobol_indices_of_ishigami_are_those_of_the_closed_form() -> None:
    design = drawn("sobol", ["x1", "x2", "x3"], 2048, 0)
    y = Ishigami.evaluate(np.pi * (2 * design.unit - 1))
    found = {(x.parameter, x.index): x for x in indices_of(design, y, 0)}
    exact = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437)}
    for index, values in exact.items():
        for name, value in zip(design.names, values, strict=True):
            x = found[name, index]
            assert x.value == pytest.approx(value, abs=0.02)
            assert x.ci_low <= value <= x.ci_high
    assert not found["x3", "S1"].told
    assert found["x3", "ST"].told


@pytest.mark.parametrize("seed", [0, 1])
def test_sobol_indices_of_a_sum_are_shares_of_its_squares(seed: int) -> None:
    weights = np.array([4.0, 2.0, 1.0, 0.0])
    design = drawn("sobol", list("abcd"), 256, seed)
    found = main_index("sobol", indices_of(design, design.unit @ weights, seed))
    assert [x.value for x in found.values()] == pytest.approx(weights**2 / 21, abs=0.02)
    assert found["d"].exactly_zero
    assert found["d"].told


def test_morris_finds_the_slopes_of_a_sum_and_no_spread() -> None:
    design = drawn("morris", list("abc"), 8, 3)
    found = {(x.parameter, x.index): x for x in indices_of(design, design.unit @ [3.0, -1.0, 0.0], 3)}
    for name, slope in (("a", 3.0), ("b", -1.0), ("c", 0.0)):
        assert found[name, "mu"].value == pytest.approx(slope)
        assert found[name, "mu_star"].value == pytest.approx(abs(slope))
        assert found[name, "sigma"].value == pytest.approx(0, abs=1e-12)


def test_morris_sees_an_interaction_as_spread() -> None:
    design = drawn("morris", list("ab"), 20, 0)
    found = indices_of(design, 4 * design.unit[:, 0] * design.unit[:, 1], 0)
    assert all(x.value > 0.5 for x in found if x.index == "sigma")


def test_pawn_tells_a_parameter_with_influence_from_one_without() -> None:
    design = drawn("pawn", list("ab"), 500, 0)
    indices = indices_of(design, design.unit[:, 0] ** 3, 0)
    found = main_index("pawn", indices)
    (chance,) = (x.value for x in indices if x.index == CHANCE)
    # Slice k of ten of a monotone function lies between k and k + 1 tenths: the larger rest is the distance.
    assert found["a"].value == pytest.approx(np.median([max(k, 9 - k) / 10 for k in range(10)]), abs=0.02)
    assert found["b"].value < chance < found["a"].ci_low


@pytest.mark.parametrize(("points", "slices"), [(60, 5), (500, 10)])
def test_the_fast_distance_is_that_of_salib(points: int, slices: int) -> None:
    rng = np.random.default_rng(4)
    x = rng.random(points)
    y = np.round(x + rng.normal(size=points), 1)  # with ties
    theirs = pawn.analyze({"num_vars": 1, "names": ["a"], "bounds": [[0, 1]]}, x[:, None], y, S=slices)
    assert median_ks(x, y, slices) == pytest.approx(theirs["median"][0])


def test_luck_of_numpy_itself_is_left_alone() -> None:
    design = drawn("pawn", ["a", "b"], 50, 7)
    np.random.seed(1)  # noqa: NPY002 - the state that must not be touched
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for method in METHODS:
        design = drawn(method, ["a", "b"], SAMPLES[method], 7)
        indices_of(design, design.unit[:, 0], 7)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [0, 5])
def test_the_same_seed_gives_the_same_design_and_intervals(method: str, seed: int) -> None:
    a, b = (drawn(method, list("abc"), SAMPLES[method], seed) for _ in range(2))
    assert np.array_equal(a.unit, b.unit)
    y = a.unit[:, 0] + a.unit[:, 1] ** 2
    assert repr(indices_of(a, y, seed)) == repr(
        indices_of(b, y, seed)
    )  # missing ends are not equal themselves
    assert not np.array_equal(a.unit, drawn(method, list("abc"), SAMPLES[method], seed + 1).unit)


@pytest.mark.parametrize("method", METHODS)
def test_the_beginning_of_a_design_is_that_of_a_longer_one(method: str) -> None:
    short, long = (drawn(method, list("abc"), n * SAMPLES[method], 2) for n in (1, 2))
    assert np.array_equal(short.unit, long.unit[: len(short.unit)])
    assert short.samples == SAMPLES[method]


def test_a_number_that_differs_at_dependent_points_only_has_no_sobol_indices() -> None:
    design = drawn("sobol", ["a", "b"], 32, 0)
    y = np.zeros(len(design.unit))
    y[1] = 1.0
    assert not varies(design, y)
    assert varies(drawn("morris", ["a", "b"], 32, 0), y[:96])


# ------------------------------------------------------------------ what varies


def test_two_way_components_are_those_of_the_textbook() -> None:
    y = np.random.default_rng(0).normal(size=(7, 4)) + np.arange(7)[:, None]
    points, replications = y.shape
    means, lucks = y.mean(axis=1), y.mean(axis=0)
    ms_points = replications * means.var(ddof=1)
    ms_luck = points * lucks.var(ddof=1)
    rest = y - means[:, None] - lucks + y.mean()
    ms_rest = (rest**2).sum() / ((points - 1) * (replications - 1))
    split = decomposed(y[None, :, None], 0)
    found = {s.component: s.variance for s in split.shares}
    assert found["parameters"] == pytest.approx((ms_points - ms_rest) / replications)
    assert found["luck"] == pytest.approx((ms_luck - ms_rest) / points)
    assert found["parameters x luck"] == pytest.approx(ms_rest)
    assert split.left == pytest.approx(
        ms_rest / replications / (found["parameters"] + ms_rest / replications)
    )
    assert split.noise.share == pytest.approx(1 - split.share("parameters"))


STANDARD = {
    "presets": 2.0,
    "parameters": 1.0,
    "luck": 0.5,
    "presets x parameters": 0.7,
    "presets x luck": 0.3,
    "parameters x luck": 0.4,
    "presets x parameters x luck": 0.6,
}


def crossed(rng: np.random.Generator, presets: int, points: int, replications: int) -> np.ndarray:
    """Draw a number whose terms have the standard deviations above; over presets each sums to zero."""
    sizes = {"presets": presets, "parameters": points, "luck": replications}
    y = np.zeros((presets, points, replications))
    for name, sd in STANDARD.items():
        shape = tuple(sizes[axis] if axis in name.split(" x ") else 1 for axis in sizes)
        term = rng.normal(size=shape)
        if "presets" in name:
            if name == "presets":
                term = np.linspace(-1, 1, presets)[:, None, None]
            term = term - term.mean(axis=0)
            # The variance over presets, averaged over draws, is that of the term.
            term /= np.sqrt((np.linspace(-1, 1, presets).var()) if name == "presets" else 1 - 1 / presets)
        y += sd * term
    return y


def test_the_components_of_an_additive_number_come_out_without_bias() -> None:
    # The mean of 2,000 estimates of each variance lies within 4.5 of its standard errors of the truth: with
    # seven variances a false alarm in 20,000 seeds.
    rng = np.random.default_rng(11)
    found = [
        {s.component: s.variance for s in decomposed(crossed(rng, 3, 6, 3)[:, :, None], 0).shares}
        for _ in range(2_000)
    ]
    for name, sd in STANDARD.items():
        estimates = np.array([one[name] for one in found])
        error = estimates.std(ddof=1) / np.sqrt(len(estimates))
        assert abs(estimates.mean() - sd**2) < 4.5 * error, name


def test_dependent_points_of_a_sample_do_not_bias_what_parameters_vary_by() -> None:
    rng = np.random.default_rng(2)
    found = []
    for seed in range(300):
        design = drawn("morris", list("abc"), 4, seed)
        luck = rng.normal(size=2)
        y = (design.unit @ [3.0, 2.0, 1.0])[:, None] + luck
        split = decomposed(y.reshape(1, 4, 4, 2), 0)
        found.append(next(s.variance for s in split.shares if s.component == "parameters"))
    exact = 14 * np.var([0, 1 / 3, 2 / 3, 1])
    assert abs(np.mean(found) - exact) < 4.5 * np.std(found, ddof=1) / np.sqrt(len(found))


def test_one_replication_cannot_tell_luck() -> None:
    split = decomposed(np.random.default_rng(0).normal(size=(1, 9, 1, 1)), 0)
    assert [s.component for s in split.shares] == ["parameters"]
    assert np.isnan(split.noise.share)
    assert np.isnan(split.left)


def test_what_never_varies_has_no_shares() -> None:
    split = decomposed(np.full((2, 5, 1, 3), 4.0), 0)
    assert all(np.isnan(s.share) for s in split.shares)


# ------------------------------------------------------------------ what is not believed


def test_noise_is_said_in_words() -> None:
    rng = np.random.default_rng(0)
    design = drawn("sobol", ["a", "b"], 64, 0)
    y = rng.normal(size=(len(design.unit), 3))
    indices = indices_of(design, y.mean(axis=1), 0)
    split = decomposed(y.reshape(1, 64, 4, 3), 0)
    concerns = concerns_of(list(main_index("sobol", indices).values()), indices, split)
    said = told(("Bookings", c) for c in concerns)
    assert len(said) == 1
    assert re.match(r"Mostly luck.*: Bookings: \d+ %\.$", said[0])


def test_an_index_beyond_what_can_be_is_said_in_words() -> None:
    split = decomposed(np.arange(8.0).reshape(1, 4, 1, 2), 0)
    total = Index("a", "ST", 1.3, -0.1, 2.7), Index("b", "ST", 0.4)
    first = Index("a", "S1", 0.8, 0.7, 0.9), Index("b", "S1", 0.4, 0.3, 0.5)
    said = " ".join(map(str, concerns_of(total, (*total, *first), split)))
    assert "first-order indices add up to 1.20" in said
    assert "total of a is 1.30" in said
    assert "a parameter without influence (the interval holds 0): a." in said
    assert "no interval can be told: b." in said


# ------------------------------------------------------------------ the model


def test_a_study_is_the_same_for_any_number_of_threads_and_after_a_shard_is_lost(
    write: Write, tmp_path: Path
) -> None:
    path, method = write(), "morris"
    one = sensitivity(path, method, 6, folder=tmp_path / "one", asked=Asked(workers=1))
    two = sensitivity(path, method, 6, folder=tmp_path / "two", asked=Asked(workers=2))
    _check(one, method)
    before = [file.read_bytes() for file in one.write_tables()]
    assert before == [file.read_bytes() for file in two.write_tables()]
    shards = sorted(one.sweep.store.shards.glob("*.parquet"))
    shards[0].unlink()
    again = sensitivity(path, method, folder=tmp_path / "one", asked=Asked(resume=True))  # as many samples
    assert before == [file.read_bytes() for file in again.write_tables()]


def _check(done: Sensitivity, method: str) -> None:
    assert json.loads((done.sweep.folder / "study.json").read_text())["design"] == method
    assert done.sweep.folder.parts[-2:] == ("sensitivity", method)
    table = done.table()
    assert set(table["method"]) == {method}
    assert set(table["kind"]) == {"outcome", "effect"}
    main = table[table["index"] == METHODS[method].main].set_index(["kind", "outcome", "parameter"])
    crime = main.loc[("outcome", "recorded_crime", "community.victimization.rates.violent")]
    assert crime["value"] > crime["ci_low"] > 0
    shares = done.shares()
    single = shares[shares["component"] != "noise"].groupby(["kind", "lever", "outcome"])["share"].sum()
    assert single.to_numpy() == pytest.approx(1.0)
    unseen = done.of("", "outcome", "")[2]
    assert unseen.target.outcome == "saturation_stops"
    assert [c.kind for c in unseen.concerns] == ["constant"]


def test_the_points_of_a_sample_stay_together() -> None:
    design = drawn("sobol", list("abc"), 32, 0)
    a, *crossed_, b = np.moveaxis(_sliced(design.unit.T[:, :, None], design)[..., 0], 2, 0)
    for k, each in enumerate(crossed_):
        assert np.array_equal(each[k], b[k])
        assert np.array_equal(np.delete(each, k, axis=0), np.delete(a, k, axis=0))


def test_an_effect_is_what_differs_from_the_base_with_the_same_luck(write: Write, tmp_path: Path) -> None:
    done = sensitivity(write(("[cite_and_release]", "['null']")), "morris", 4, folder=tmp_path)
    assert [len(a.indices) > 0 for a in done.of("", "outcome", "")] == [True, True, False]
    for analysis in done.of("", "effect", "null"):
        assert [c.kind for c in analysis.concerns] == ["constant"]


def test_samples_and_replications_can_be_added(write: Write, tmp_path: Path) -> None:
    path = write()
    sensitivity(path, "morris", 4, folder=tmp_path / "a")
    more = Asked(extend=True, replications=3)
    after = sensitivity(path, "morris", 6, folder=tmp_path / "a", asked=more)
    clean = sensitivity(path, "morris", 6, folder=tmp_path / "b", asked=Asked(replications=3))
    assert after.table().equals(clean.table())
    with pytest.raises(SimError, match="is complete"):
        sensitivity(path, "morris", 6, folder=tmp_path / "b")


def test_presets_are_kept_apart_and_crossed(write: Write, tmp_path: Path) -> None:
    path = write(("levers:", "presets: [neutral, critic_favourable]\nlevers:"))
    done = sensitivity(path, "morris", 4, folder=tmp_path)
    assert set(done.table()["preset"]) == {"neutral", "critic_favourable"}
    shares = done.shares()
    assert set(shares["preset"]) == {"neutral", "critic_favourable", ALL_PRESETS}
    over = shares[(shares["preset"] == ALL_PRESETS) & (shares["outcome"] == "recorded_crime")]
    assert "presets x parameters x luck" in set(over["component"])
    assert set(over["presets"]) == {2}


def test_an_effect_is_analysed_alone_where_only_it_is_asked_for(write: Write, tmp_path: Path) -> None:
    path = write(
        ("[cite_and_release]", "[cite_and_release, data_firewall]"),
        (
            "agencies.city_police.traffic_stops: {range: [0.1, 0.6]}",
            "cite_and_release.share: {range: [0, 1]}",
        ),
    )
    whole = sensitivity(path, "morris", 4, folder=tmp_path / "whole").table()
    crime = "community.victimization.rates.violent"
    named = whole.groupby("lever")["parameter"].agg(lambda names: tuple(dict.fromkeys(names)))
    assert named[""] == (crime,)  # no world of the base has the other
    assert named["cite_and_release"] == (crime, "cite_and_release.share")
    done = sensitivity(path, "morris", 4, folder=tmp_path, effect_of=["data_firewall"])
    assert [arm.name for arm in done.sweep.layout.arms] == ["base", "data_firewall"]
    assert done.design.names == (crime,)


def test_failed_runs_are_not_analysed(write: Write, tmp_path: Path) -> None:
    # Each value is within its bounds, and at some points there are more immigrants than residents.
    text = "community.victimization.rates.violent: {range: [10, 40]}"
    path = write((text, "population.statuses.lpr: {range: [0.02, 0.99]}"))
    with pytest.raises(SimError) as caught:
        sensitivity(path, "morris", 4, folder=tmp_path)
    assert re.search(
        r"the design is incomplete.*\n\d+ of 48 runs failed\. The first, base", str(caught.value)
    )
    assert re.search(r"population\.statuses\.lpr 0\.\d+", str(caught.value))
    assert "in another folder" in str(caught.value)
    assert not list(tmp_path.rglob("indices.csv"))


def test_missing_runs_are_not_analysed(write: Write, tmp_path: Path) -> None:
    done = sensitivity(write(), "morris", 4, folder=tmp_path)
    next(done.sweep.store.shards.glob("*.parquet")).unlink()
    with pytest.raises(SimError, match=r"\d+ of 48 runs are not there: --resume runs them"):
        analysed(collect(done.sweep), done.design)


def test_an_outcome_with_nothing_to_divide_by_is_told(write: Write, tmp_path: Path) -> None:
    path = write(
        ("[bookings,", "[reporting_rate,"), ("days: 60", "days: 1"), ("residents: 4000", "residents: 100")
    )
    done = sensitivity(path, "morris", 4, folder=tmp_path)
    (concern,) = done.analyses[0].concerns
    assert re.match(r"Not analysed, because some runs have nothing to divide by: \d+ of 24\.", str(concern))


def test_all_that_is_wrong_is_told_at_once(write: Write) -> None:
    grid = (
        ("{range: [10, 40]}", "{grid: [10, 40]}"),
        ("{range: [0.1, 0.6]}", "{grid: [0.5]}"),
        ("kind: sobol, points: 4", "kind: grid"),
    )
    with pytest.raises(InputError) as caught:
        sensitivity(write(*grid), "sobol", 33, effect_of=["nobody"])
    said = [p.what for p in caught.value.problems]
    assert len(said) == 4
    assert sum("needs a range" in what for what in said) == 2
    assert any("no power of two" in what for what in said)
    assert any("no lever 'nobody'" in what for what in said)


@pytest.mark.parametrize(
    ("method", "samples", "what"),
    [
        ("morris", 3, "out of bounds for morris"),
        ("sobol", 16, "out of bounds for sobol"),
        ("pawn", 49, "out of bounds for pawn"),
        ("pawn", "many", "not a whole number"),
        ("fast", 100, "unknown method"),
    ],
)
def test_too_few_samples_are_refused(method: str, samples: int, what: str, write: Write) -> None:
    with pytest.raises(InputError, match=what):
        sensitivity(write(), method, samples)


def test_an_experiment_without_ranges_is_refused(write: Write, tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("parameters")]
    (tmp_path / "plain.yaml").write_text(text)
    with pytest.raises(InputError, match="nothing to be sensitive to"):
        sensitivity(tmp_path / "plain.yaml")
    (tmp_path / "points.csv").write_text("community.victimization.rates.violent\n20\n30\n")
    (tmp_path / "table.yaml").write_text(text + "design: {kind: csv, file: points.csv}\n")
    with pytest.raises(InputError, match="a csv design does not give"):
        sensitivity(tmp_path / "table.yaml")


def test_tables_read_back_as_they_are(write: Write, tmp_path: Path) -> None:
    done = sensitivity(write(), "morris", 4, folder=tmp_path)
    indices, _ = done.write_tables()
    read = pd.read_csv(indices, keep_default_na=False, na_values={"ci_low": [""], "ci_high": [""]})
    assert list(read) == list(done.table())
    assert np.allclose(read["value"], done.table()["value"])
