"""The estimators on panels whose effect is known, the panel of counties, and a short run of the roll-out."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from experiments.secure_communities_rollout.estimators import (
    BEFORE,
    Panel,
    compared,
    event_study,
    interaction_weighted,
    mean_effect,
    two_way,
)
from experiments.secure_communities_rollout.rollout import OUTCOMES, SETTINGS, main, panel_of
from experiments.secure_communities_rollout.worlds import (
    SHIFT,
    STRATA,
    WORLDS,
    Member,
    activated,
    exposure,
    load,
    number_of,
    quarters,
    sample,
)
from sim.scenario.facts import counties

UNITS, PERIODS = 40, 24
STARTS = np.array([6, 9, 12, 15, 20])


def staggered(seed: int) -> Panel:
    """Units that are treated one after the other, everybody in the end."""
    rng = np.random.default_rng(seed)
    start = STARTS[np.arange(UNITS) % len(STARTS)]
    unit, period = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(PERIODS), UNITS)
    event = period - start[unit]
    return Panel(unit, period, event, (event >= 0).astype(float), rng.uniform(1.0, 2.0, UNITS)[unit])


def fixed_effects(panel: Panel, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=UNITS)[panel.unit] + rng.normal(size=PERIODS)[panel.period]


def test_every_estimator_finds_a_constant_effect_exactly() -> None:
    panel = staggered(1)
    y = fixed_effects(panel, 2) + np.where(panel.event >= 0, 2.5, 0.0)
    assert two_way(panel, y).value == pytest.approx(2.5, abs=1e-9)
    assert interaction_weighted(panel, y).overall.value == pytest.approx(2.5, abs=1e-9)
    for event, estimate in event_study(panel, y).items():
        assert estimate.value == pytest.approx(2.5 if event >= 0 else 0.0, abs=1e-9)


def test_the_interaction_weighted_estimator_finds_effects_that_grow_and_differ_by_cohort() -> None:
    panel = staggered(3)
    effect = np.where(panel.event >= 0, 1.0 + 0.3 * panel.event + 0.1 * panel.start, 0.0)
    y = fixed_effects(panel, 4) + effect
    keep = compared(panel)
    truth = mean_effect(panel.only(keep), effect[keep]).value
    found = interaction_weighted(panel, y)
    assert found.overall.value == pytest.approx(truth, abs=1e-9)
    assert found.by_event[-3].value == pytest.approx(0.0, abs=1e-9)
    early = (panel.start == STARTS[0]) | (panel.start == STARTS[1])
    inside = keep & (panel.event == 8) & (panel.start < STARTS[-1])
    assert not (inside & ~early & (panel.start + 8 >= STARTS[-1])).any()
    true_at_8 = np.average(effect[inside], weights=panel.weight[inside])
    assert found.by_event[8].value == pytest.approx(true_at_8, abs=1e-9)


def test_two_way_fixed_effects_miss_effects_that_grow() -> None:
    """Units treated late are compared with units treated early, whose growing effect counts as a trend."""
    panel = staggered(5)
    effect = np.where(panel.event >= 0, 1.0 + 0.3 * panel.event, 0.0)
    estimate = two_way(panel, fixed_effects(panel, 6) + effect).value
    assert estimate < 0.75 * mean_effect(panel, effect).value


def test_an_estimate_is_the_sum_of_what_it_would_be_without_the_effect_and_of_the_effect_alone() -> None:
    panel = staggered(7)
    rng = np.random.default_rng(8)
    untreated = fixed_effects(panel, 9) + rng.normal(size=len(panel.unit))
    effect = np.where(panel.event >= 0, rng.normal(2.0, 1.0, len(panel.unit)), 0.0)
    whole, parts = untreated + effect, (untreated, effect)
    assert two_way(panel, whole).value == pytest.approx(sum(two_way(panel, x).value for x in parts))
    assert interaction_weighted(panel, whole).overall.value == pytest.approx(
        sum(interaction_weighted(panel, x).overall.value for x in parts)
    )


def test_with_two_groups_and_two_periods_estimate_and_error_have_their_closed_forms() -> None:
    rng = np.random.default_rng(10)
    treated, controls = 12, 20
    unit = np.repeat(np.arange(treated + controls), 2)
    period = np.tile([0, 1], treated + controls)
    start = np.where(unit < treated, 1, 5)
    event = period - start
    panel = Panel(unit, period, event, (event >= 0).astype(float), np.ones(len(unit)))
    y = rng.normal(size=len(unit))
    change = y[1::2] - y[::2]
    first, second = change[:treated], change[treated:]
    estimate = two_way(panel, y)
    assert estimate.value == pytest.approx(first.mean() - second.mean())
    squares = ((first - first.mean()) ** 2).sum() / treated**2
    squares += ((second - second.mean()) ** 2).sum() / controls**2
    count = treated + controls
    assert estimate.error == pytest.approx(np.sqrt(squares * count / (count - 1)))


def test_the_error_of_a_mean_effect_is_that_of_the_mean_over_units() -> None:
    rng = np.random.default_rng(11)
    by_unit = rng.normal(size=30)
    unit, period = np.repeat(np.arange(30), 4), np.tile(np.arange(4), 30)
    panel = Panel(unit, period, period + 1, np.ones(120), np.ones(120))
    found = mean_effect(panel, by_unit[unit])
    assert found.value == pytest.approx(by_unit.mean())
    assert found.error == pytest.approx(by_unit.std(ddof=1) / np.sqrt(30))


def test_the_panel_takes_its_counties_from_every_stratum_and_shifts_half_of_them() -> None:
    members = sample(120, 1)
    assert len({m.facts.fips for m in members}) == 120
    population = np.array([m.facts.population for m in members])
    assert list(np.histogram(population, STRATA)[0]) == [20, 20, 30, 30, 20]
    shifts = [m.shift for m in members]
    assert (shifts.count(0), shifts.count(SHIFT), shifts.count(-SHIFT)) == (60, 30, 30)
    assert sample(120, 1) == members != sample(120, 2)


def test_exposure_begins_on_the_date_and_is_the_share_of_the_quarter_that_follows() -> None:
    share = exposure(dt.date(2010, 5, 16))
    assert number_of(dt.date(2010, 5, 16)) == quarters().index((2010, 2)) == 9
    assert share[8:11] == pytest.approx([0.0, 46 / 91, 1.0])


def test_the_country_is_activated_from_none_to_all() -> None:
    days = [dt.date(2008, 10, 26), dt.date(2010, 6, 1), dt.date(2012, 1, 1), dt.date(2013, 1, 22)]
    shares = [activated(day) for day in days]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_each_world_of_a_county_shares_prints_from_its_own_date(tmp_path: Path) -> None:
    county = next(c for c in counties() if c.fips == "47037")
    member = Member(county, SHIFT)
    starts = {world: [p.day for p in load(member, world, tmp_path).phases] for world in WORLDS}
    day = float((county.secure_communities_date - dt.date(2007, 6, 1)).days)
    assert starts == {
        "local": [0.0],
        "news_local": [0.0],
        "published": [0.0, day],
        "news": [0.0, day],
        "shifted": [0.0, day + SHIFT],
    }
    phases = load(member, "published", tmp_path).phases
    assert "prints_kept_local" in phases[0].levers[0]
    assert all("prints_kept_local" not in label for label in phases[1].levers)
    assert len(load(member, "news", tmp_path).settings.announcements) == 22


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rollout")
    main(["--short", "--counts", str(folder)])
    return folder


def test_a_short_run_writes_its_tables_and_figures(short: Path) -> None:
    estimates = pd.read_csv(short / "estimates.csv")
    assert len(estimates) == len(SETTINGS) * len(OUTCOMES) * 2
    split = estimates.without_effect + estimates.of_effect
    assert np.allclose(estimates.estimate, split, atol=1e-3, rtol=1e-3)
    for figure in ("series", "recovery", *(f"events_{s.name}" for s in SETTINGS)):
        assert (short / f"{figure}.png").stat().st_size > 10_000


def test_twins_are_the_same_to_the_last_count_until_prints_are_shared(short: Path) -> None:
    counts = pd.read_parquet(short / "counts_short.parquet")
    members = sample(12, 20081027)
    tables = {w: counts[counts.world == w].reset_index(drop=True) for w in WORLDS}
    panel = panel_of(tables["published"], members, practice=False, weight="residents")
    columns = [c for c in counts.columns if c not in ("world", "fips")]
    for world, twin in (("published", "local"), ("news", "news_local")):
        same = (tables[world][columns] == tables[twin][columns]).all(axis=1).to_numpy()
        assert same[panel.event < 0].all()
        assert not same[panel.event > 4].all()
    assert BEFORE == -1
