"""How the officers of an agency differ, what state law takes from them, and what a switch leaves alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.agents.officer import training_left
from sim.engine.luck import replication_seed
from sim.model import Model
from sim.pathway.force import force_records
from sim.pathway.settings import arrest_rates, in_order, jail_records, stop_rates
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario, load
from tests.pathway.hand import AGENCY, FALSE_ALARM, STILL, agreement
from tests.properties.worlds import JAIL, scenario

MANY = 20_000  # residents of a county of 500: forty times its officers


def large(folder: Path, settings: dict[str, Any], **more: Any) -> LoadedScenario:
    return scenario(folder, {"set": STILL | {"population.county_residents": 500} | settings, **more})


def officers(folder: Path, settings: dict[str, Any]) -> Any:
    return Model(large(folder, settings), residents=MANY).world.officers


# ── tips ─────────────────────────────────────────────────────────────────────────────────────────────────


def tips(share: float, chance: float, spread: float) -> dict[str, Any]:
    return {"agencies.*.tips": {"officers": share, "chance": chance, "spread": spread}}


def test_most_officers_never_tip_and_the_others_differ_around_their_mean(folder: Path) -> None:
    tipping = officers(folder, tips(0.2, 0.05, 0.6)).tipping
    some = tipping[tipping > 0]
    assert stats.binomtest(len(some), len(tipping), 0.2).pvalue > FALSE_ALARM
    law = stats.lognorm(0.6, scale=0.05 * np.exp(-(0.6**2) / 2))
    assert law.mean() == pytest.approx(0.05)
    assert stats.kstest(some, law.cdf).pvalue > FALSE_ALARM


def test_a_tendency_is_never_more_than_certain(folder: Path) -> None:
    tipping = officers(folder, tips(1.0, 0.9, 1.5)).tipping
    assert tipping.max() == 1.0
    sure = stats.lognorm(1.5, scale=0.9 * np.exp(-(1.5**2) / 2)).sf(1.0)
    assert stats.binomtest(int((tipping == 1).sum()), len(tipping), sure).pvalue > FALSE_ALARM


def test_where_more_officers_tip_those_who_did_still_do_as_much(folder: Path) -> None:
    last = None
    for share in (0.0, 0.1, 0.4, 1.0):
        tipping = np.array(officers(folder, tips(share, 0.2, 1.0)).tipping)
        if last is not None:
            assert np.array_equal(tipping[last > 0], last[last > 0])
        last = tipping
    assert np.all(last > 0)


# ── the culture of an agency ─────────────────────────────────────────────────────────────────────────────


def test_screening_moves_a_share_of_agencies_and_each_of_them_wholly(folder: Path) -> None:
    odds = dict(zip(v.GROUPS, (0.1, 0.5, 0.9, 0.3, 0.2), strict=True))
    settings = large(folder, {"agencies.*.pretext": {"chance": 0.3, "log_odds": odds}}).settings
    found = [force_records(settings, 300, replication_seed(k, 0))[1].pretext for k in range(1_500)]
    whole = in_order(v.GROUPS, odds)
    assert all(np.array_equal(row, whole) or not row.any() for world in found for row in world)
    moved = np.array([[row.any() for row in world] for world in found])
    for agency in moved.T:
        assert stats.binomtest(int(agency.sum()), len(agency), 0.3).pvalue > FALSE_ALARM
    # One agency's culture says nothing of another's.
    both = np.bincount(moved.astype(int) @ [4, 2, 1], minlength=8)
    chances = [np.prod([0.3 if k >> bit & 1 else 0.7 for bit in range(3)]) for k in range(8)]
    assert stats.chisquare(both, np.array(chances) * len(moved)).pvalue > FALSE_ALARM


def test_the_same_agencies_are_moved_where_more_are(folder: Path) -> None:
    odds = dict.fromkeys(v.GROUPS, 1.0)
    worlds = [
        large(folder, {"agencies.*.pretext": {"chance": x, "log_odds": odds}}).settings
        for x in (0.2, 0.7, 1.0)
    ]
    for seed in range(100):
        few, more, everybody = (
            force_records(s, 300, replication_seed(seed, 0))[1].pretext.any(axis=1) for s in worlds
        )
        assert np.all(few <= more)
        assert everybody.all()


# ── state law ────────────────────────────────────────────────────────────────────────────────────────────

LOCAL: dict[str, Any] = {
    "agencies.*.model_287g": "tfm",
    "agencies.*.deputized": 0.5,
    **agreement("jem", 0.4),
}


@pytest.mark.parametrize(
    ("law", "own", "expected"),
    [
        ("local", {}, ("jem", 0.4)),
        ("local", {f"jails.{JAIL}.model_287g": "none"}, ("none", 0.4)),
        ("banned", {}, ("none", 0.4)),
        ("required", {}, ("jem", 0.4)),
        ("required", {f"jails.{JAIL}.model_287g": "wso"}, ("wso", 0.4)),
        ("required", {f"jails.{JAIL}.model_287g": "none"}, ("wso", 0.25)),
    ],
)
def test_state_law_bans_agreements_of_jails_or_asks_for_one(
    law: str, own: dict[str, Any], expected: tuple[str, float], folder: Path
) -> None:
    asked = {"state.agreements_287g": law, "state.required_coverage": 0.25}
    settings = large(folder, LOCAL | asked | own).settings
    (jail,) = jail_records(settings, 500)
    assert (v.JAIL_MODELS[jail.model_287g], jail.deputized) == expected


def test_stops_of_an_agency_without_officers_are_made_by_the_others() -> None:
    everybody = load("base").settings
    total = [sum(x[k] for x in stop_rates(everybody).values()) for k in range(2)]
    rates = stop_rates(load("base", settings=["agencies.city_police.officers=0"]).settings)
    assert rates["city_police"] == (0.0, 0.0)
    assert [sum(x[k] for x in rates.values()) for k in range(2)] == pytest.approx(total)
    own, (sheriff, state) = everybody.agencies, (rates[name] for name in ("sheriff", "state_police"))
    ratio = own["sheriff"].traffic_stops / own["state_police"].traffic_stops
    assert sheriff[0] / state[0] == pytest.approx(ratio)
    nobody = load("base", settings=[f"agencies.{name}.officers=0" for name in own]).settings
    assert set(stop_rates(nobody).values()) == {(0.0, 0.0)}


def test_a_county_without_city_officers_has_as_many_stops() -> None:
    stops = []
    for own in ([], ["agencies.city_police.officers=0"]):
        settings = ["agencies.*.profiling_spread=0", *own]
        model = Model(load("base", settings=settings), residents=MANY)
        model.run_until(365.0)
        stops.append(model.counts["traffic_stop"])
    assert model.counts.by("traffic_stop", "agency")["city_police"] == 0
    assert stops[0] > 500
    # Two Poisson counts of the same mean are binomial, given their sum.
    assert stats.binomtest(int(stops[0]), int(sum(stops))).pvalue > FALSE_ALARM


def test_a_ban_takes_agreements_and_authority_from_every_agency(folder: Path) -> None:
    for law, has in (("local", True), ("required", True), ("banned", False)):
        world = Model(large(folder, LOCAL | {"state.agreements_287g": law}), residents=MANY).world
        assert {int(model) for model in world.agencies.model_287g} == {v.TFM if has else v.NO_287G}
        assert world.officers.deputized.any() == has
    assert {int(model) for model in Model("base", residents=500).world.agencies.model_287g} == {v.NO_287G}


def test_officers_have_authority_only_under_an_agreement(folder: Path) -> None:
    terms = {
        "agencies.*.deputized": 0.5,
        "agencies.*.model_287g": "none",
        "agencies.sheriff.model_287g": "tfm",
    }
    timeline = [{"day": 5, "set": {"agencies.*.model_287g": "tfm", "agencies.sheriff.model_287g": "none"}}]
    model = Model(large(folder, terms, timeline=timeline), residents=MANY)

    def with_authority() -> list[bool]:
        officers = model.world.officers
        return [
            bool(officers.deputized[officers.agency == k].any()) for k in range(len(model.world.agencies))
        ]

    assert with_authority() == [False, True, False]
    model.run_until(6.0)
    assert with_authority() == [True, False, True]


def test_crime_scales_arrests_of_its_own_sort(folder: Path) -> None:
    plain = arrest_rates(load("base").settings)
    level = {"arrests.crime_level": {"violent": 2.0, "property": 0.5}}
    ratio = arrest_rates(scenario(folder, {"set": level}).settings)[plain > 0] / plain[plain > 0]
    names = [name for name, rate in zip(v.OFFENCES, plain, strict=True) if rate > 0]
    found = dict(zip(names, ratio.round(9), strict=True))
    assert found.pop("violent_felony") == 2.0
    assert (found.pop("nonviolent_felony"), found.pop("misdemeanor")) == (0.5, 0.5)
    assert set(found.values()) == {1.0}


# ── a switch of the timeline ─────────────────────────────────────────────────────────────────────────────


def test_a_switch_trains_more_officers_on_its_day_and_leaves_the_others_training_to_fade(
    folder: Path,
) -> None:
    timeline = [{"day": 40, "set": {"agencies.*.trained": 0.8}}]
    loaded = large(folder, {"agencies.*.trained": 0.3}, timeline=timeline)
    model = Model(loaded, residents=MANY)
    first = model.world.officers.trained.copy() == 1
    model.world.officers.restraint[:5] = 0.7
    model.run_until(50.0)
    now = model.world.officers
    trained = now.trained == 1
    assert np.all(trained[first])
    assert set(now.trained_at[first]) == {0.0}
    assert set(now.trained_at[trained & ~first]) == {40.0}
    settings = model.world.settings[0]
    effect, half = settings.training_effect, settings.training_half_life
    left = {True: effect * 0.5 ** (50 / half), False: effect * 0.5 ** (10 / half)}
    for k in np.flatnonzero(trained)[:200]:
        assert training_left(now[k], settings, 50.0) == pytest.approx(left[bool(first[k])])
    # Findings and tasks are the officer's own.
    assert np.all(now.restraint[:5] == 0.7)


def test_a_switch_that_changes_nothing_leaves_every_officer_and_agency_as_they_are(folder: Path) -> None:
    rich = tips(0.5, 0.2, 1.0) | {
        "agencies.*.trained": 0.5,
        "agencies.*.pretext": {"chance": 0.5, "log_odds": dict.fromkeys(v.GROUPS, 1.0)},
    }
    model = Model(large(folder, rich, timeline=[{"day": 5, "levers": ["null"]}]), residents=MANY)
    model.world.officers.busy_until[::3] = 9.0
    before = [x.copy() for x in (model.world.officers, model.world.agencies)]
    model.run_until(6.0)
    for old, new in zip(before, (model.world.officers, model.world.agencies), strict=True):
        assert all(np.array_equal(old[name], new[name]) for name in old.dtype.names)
    assert AGENCY in model.loaded.settings.agencies
