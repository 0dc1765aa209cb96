"""Settings that nothing reaches change nothing, to the last event."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.ledger import ROWS
from sim.scenario import vocabulary as v
from tests.properties.draws import COSTS, SETTINGS
from tests.properties.worlds import (
    AGENCIES,
    BUSY,
    JAIL,
    Case,
    cases,
    expect_same_events,
    expect_same_history,
    happened,
    lines,
    same,
)

EXAMPLES = settings(max_examples=8)
PLAIN = Case({}, {}, {}, {}, 1_000, 120.0, 7)
NO_SCREENING = {f"jails.{JAIL}.ice_days_a_week": 0, f"jails.{JAIL}.model_287g": "none"}


def of_agencies(*keys: str) -> list[str]:
    """Give paths of settings of all agencies."""
    return [f"agencies.{name}.{key}" for name in AGENCIES for key in keys]


TIPS = of_agencies("tips.chance", "tips.spread")
SUSPICIONS = [f"stops.{kind}.{name}" for kind in ("suspicion", "suspicion_unlicensed") for name in v.GROUPS]
PRETEXTS = of_agencies("pretext.chance", "pretext.log_odds.white", "pretext.log_odds.hispanic")
# What closes a gate, and the settings behind it.
GATES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no officer tips": (
        {"agencies.*.tips.officers": 0},
        [*TIPS, "stops.suspicion.white", "stops.suspicion_unlicensed.hispanic"],
    ),
    "officers never tip": (
        {"agencies.*.tips.chance": 0},
        [*of_agencies("tips.officers", "tips.spread"), "stops.suspicion.hispanic"],
    ),
    "nobody seems removable": (dict.fromkeys(SUSPICIONS, 0), [*TIPS, *of_agencies("tips.officers")]),
    "no agency is moved by screening": (
        {"agencies.*.pretext.chance": 0},
        of_agencies("pretext.log_odds.white", "pretext.log_odds.hispanic"),
    ),
    "the motive adds nothing": (
        {f"agencies.*.pretext.log_odds.{name}": 0 for name in v.GROUPS},
        of_agencies("pretext.chance"),
    ),
    "the jail screens nobody": (NO_SCREENING, PRETEXTS),
    "the reviewer opens nothing": (
        {"oversight.sampling": 0},
        ["oversight.delay", "oversight.finding", "oversight.consequence"],
    ),
    "training has no effect": ({"training.effect": 0}, ["training.half_life", "training.interval"]),
    "nobody is searched": (
        {f"stops.search.{name}": 0 for name in v.GROUPS},
        ["stops.contraband", "stops.contraband_slope", "stops.contraband_arrest"],
    ),
    "searches find nothing": (
        {"stops.contraband": 0},
        ["stops.contraband_slope", "stops.contraband_arrest"],
    ),
    "staff have no agreement": (
        {f"jails.{JAIL}.model_287g": "none", "state.agreements_287g": "local"},
        [f"jails.{JAIL}.deputized"],
    ),
    "teams never come to the scene": ({"ice.tips.scene": 0}, ["ice.tips.arrival", "stops.length"]),
    "holds end at their limit": ({f"jails.{JAIL}.over_hold": 0}, [f"jails.{JAIL}.over_hold_mean"]),
}


@pytest.mark.parametrize("gate", GATES)
@settings(max_examples=4)
@given(case=cases(), data=st.data())
def test_what_stands_behind_a_closed_gate_changes_no_event(
    gate: str, case: Case, data: st.DataObject, folder: Path
) -> None:
    closed, behind = GATES[gate]
    idle = {name: data.draw(SETTINGS[name]) for name in behind if name in SETTINGS}
    assert idle
    other = case.live(case.with_settings(folder, idle | closed))
    expect_same_history(case.live(case.with_settings(folder, closed)), other)


SWEEP: dict[str, Any] = BUSY["operations.sweep"] | {"agency": "sheriff", "begins": 10, "days": 60}
NOBODY = {"officers": 0}  # else they are away from their other stops, whatever they find to do


@pytest.mark.parametrize(
    "idle",
    [
        {"begins": 150},
        NOBODY | {"stops_a_day": 0},
        NOBODY | {"neighbourhoods": 0},
        NOBODY | {"profiling": dict.fromkeys(v.GROUPS, 0)},
    ],
    ids=["after the run", "no stops", "nowhere", "nobody to stop"],
)
@settings(max_examples=4)
@given(case=cases())
def test_an_operation_that_makes_no_stops_changes_no_event(
    idle: dict[str, Any], case: Case, folder: Path
) -> None:
    without = case.live(case.load(folder))
    model = case.live(case.with_settings(folder, {"operations.another": SWEEP | idle}))
    expect_same_history(without, model)
    assert np.array_equal(without.counts.tally, model.counts.tally)


def test_that_operation_makes_stops_where_nothing_hinders_it(folder: Path) -> None:
    opened = PLAIN.live(PLAIN.with_settings(folder, {"operations.another": SWEEP}))
    without = PLAIN.live(PLAIN.load(folder))
    assert len(happened(opened, "saturation_stop")) > len(happened(without, "saturation_stop")) + 50


@EXAMPLES
@given(case=cases(), longer=st.floats(0.1, 60))
def test_an_operation_that_lasts_longer_changes_no_event_before_its_end(
    case: Case, longer: float, folder: Path
) -> None:
    operation = case.settings.get("operations.sweep", BUSY["operations.sweep"])
    end = operation["begins"] + operation["days"]
    model = case.live(case.with_settings(folder, {"operations.sweep.days": operation["days"] + longer}))
    logs = (lines(case.live(case.load(folder))), lines(model))
    assert same(*(log[log["time"] < end] for log in logs))


MONEY = ("police_hours", "jail_hours", "police_claims", "jail_claims", "detainer_cost")
STANDING = ("training_cost", "reimbursement", "operation_hours")


@EXAMPLES
@given(case=cases(), prices=st.fixed_dictionaries(COSTS), data=st.data())
def test_prices_and_hours_of_any_size_change_nothing_but_money_and_hours(
    case: Case, prices: dict[str, Any], data: st.DataObject, folder: Path
) -> None:
    # But for the hours that a street arrest takes: they keep officers from other stops.
    del prices["costs.hours.street_arrest"]
    prices |= {
        f"jails.{JAIL}.{key}": data.draw(SETTINGS[f"jails.{JAIL}.{key}"])
        for key in ("cost_day", "deputized_staff")
    }
    models = [case.live(world) for world in (case.load(folder), case.with_settings(folder, prices))]
    expect_same_events(*models)
    other = ~np.isin(ROWS, (*MONEY, *STANDING))
    a, b = (m.counts.tally[other] for m in models)
    assert np.array_equal(a, b)


def test_the_hours_of_a_street_arrest_take_officers_from_other_stops(folder: Path) -> None:
    strict = replace(PLAIN, rules={"stop.street_check": [{"otherwise": "immigration_arrest"}]})
    models = [strict.live(strict.with_settings(folder, {"costs.hours.street_arrest": h})) for h in (0, 50)]
    few, many = (len(happened(m, "stop_foregone")) for m in models)
    assert many > few + 100


def test_training_without_effect_changes_no_event_whoever_has_had_it(folder: Path) -> None:
    nobody, everybody = (
        PLAIN.live(PLAIN.with_settings(folder, {"training.effect": 0, "agencies.*.trained": share}))
        for share in (0, 1)
    )
    expect_same_history(nobody, everybody)
    trained = PLAIN.live(PLAIN.with_settings(folder, {"agencies.*.trained": 1}))
    assert not same(lines(nobody), lines(trained))


def test_findings_without_consequence_add_only_the_reviewers_own_events(folder: Path) -> None:
    quiet = {"oversight.consequence": 0, "oversight.publicity": 0}
    changes = [quiet | {"oversight.sampling": x} for x in (0, 1)]
    none, all_ = (PLAIN.live(PLAIN.with_settings(folder, c)) for c in changes)
    own = happened(all_, "case_opened", "finding")
    rest = lines(all_)
    rest = rest[~np.isin(rest["event"], np.unique(own["event"]))]
    assert len(own) > 50
    assert same(lines(none), rest)


NO_AGREEMENTS = {
    "agencies.*.model_287g": "none",
    "agencies.*.deputized": 0,
    f"jails.{JAIL}.model_287g": "none",
}


@EXAMPLES
@given(case=cases())
def test_a_state_that_bans_agreements_is_one_in_which_nobody_has_any(case: Case, folder: Path) -> None:
    banned = case.live(case.with_settings(folder, {"state.agreements_287g": "banned"}))
    local = case.live(case.with_settings(folder, {"state.agreements_287g": "local", **NO_AGREEMENTS}))
    expect_same_history(banned, local)


@EXAMPLES
@given(case=cases(), model=st.sampled_from(v.JAIL_MODELS))
def test_a_state_that_requires_agreements_gives_a_jail_without_one_warrant_service(
    case: Case, model: str, folder: Path
) -> None:
    own = {f"jails.{JAIL}.model_287g": model}
    given_ = {f"jails.{JAIL}.model_287g": "wso", f"jails.{JAIL}.deputized": 1} if model == "none" else own
    law = {"state.agreements_287g": "required", "state.required_coverage": 1}
    required = case.live(case.with_settings(folder, {**law, **own}))
    local = case.live(case.with_settings(folder, {"state.agreements_287g": "local", **given_}))
    expect_same_history(required, local)


@EXAMPLES
@given(case=cases(), violent=st.sampled_from([0, 0.25, 2, 16]), thefts=st.sampled_from([0, 0.25, 2, 16]))
def test_the_level_of_crime_scales_the_arrests_for_its_offences(
    case: Case, violent: float, thefts: float, folder: Path
) -> None:
    # By powers of two, which round nothing.
    level = {"misdemeanor": thefts, "nonviolent_felony": thefts, "violent_felony": violent}
    scaled = case.live(
        case.with_settings(folder, {"arrests.crime_level": {"violent": violent, "property": thefts}})
    )
    settings = case.load(folder).settings
    rates, crimes = settings.arrests.rates, settings.community.victimization.rates
    changed = {f"arrests.rates.{name}": rates[name] * level[name] for name in level}
    level = {"violent": violent, "property": thefts, "domestic": violent}
    changed |= {f"community.victimization.rates.{name}": crimes[name] * level[name] for name in level}
    plain = case.with_settings(folder, {"arrests.crime_level": {"violent": 1, "property": 1}, **changed})
    expect_same_history(scaled, case.live(plain))
