"""Each way in which the community responds: with its switch off it is gone, to the last event."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.ledger import EVENTS, ROWS
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.properties.lively import LIVELY, at_an_end, feelings, under
from tests.properties.worlds import (
    Case,
    cases,
    expect_same_events,
    expect_same_history,
    happened,
    lines,
    same,
)

COUNTY = Case(LIVELY, {}, {}, {}, 1_100, 80.0, 7)
ANNOUNCED: dict[str, Any] = dict.fromkeys(v.POLICIES, 0) | {"agreement_287g": 1}

# What is switched off, and the numbers that then lie behind a closed gate; those of a switch that shares its
# numbers with others need these off too.
GATES: dict[str, tuple[tuple[str, ...], list[str], dict[str, Any]]] = {
    "own_encounters": (
        ("own_encounters", "vicarious"),
        under("community.trust.step", "community.trust.asymmetry", "community.trust.filter")
        + under("community.trust.quality", "community.trust.frightens"),
        {},
    ),
    "vicarious": (("vicarious",), under("community.network.vicarious"), {}),
    "network_arrests": (
        ("network_arrests",),
        under("community.network.alarm", "community.belief.learning"),
        {},
    ),
    "vicarious and network_arrests": (
        ("vicarious", "network_arrests"),
        under("community.network.weights", "community.network.vicarious", "community.network.alarm"),
        {},
    ),
    "news": (("news",), under("community.news.alarming"), {}),
    "practice": (
        ("practice",),
        under("community.news.telling", "community.news.findings", "community.news.before_local")
        + under("oversight.publicity"),
        {},
    ),
    "news and practice": (("news", "practice"), under("community.news"), {}),
    "news, practice and network_arrests": (
        ("news", "practice", "network_arrests"),
        under("community.news", "community.network.without_conviction"),
        {},
    ),
    "paper": (("paper",), under("community.belief.credibility"), {"community.belief.paper": ANNOUNCED}),
    "trust_reporting": (("trust_reporting",), under("community.reporting.trust"), {}),
    "chill": (
        ("chill",),
        under("community.reporting.chill", "community.reporting.witness_chill")
        + under("community.reporting.protection"),
        {},
    ),
    "avoidance": (
        ("avoidance",),
        under("community.avoidance.base", "community.avoidance.response", "community.avoidance.depth"),
        {},
    ),
    "moving": (("moving",), under("community.avoidance.moving"), {}),
    "offending_response": (
        ("offending_response",),
        under("community.offending.elasticity", "community.offending.lag", "community.offending.reference"),
        {},
    ),
    "incapacitation": (("incapacitation",), under("community.offending.incapacitation"), {}),
    "deterrence": (("deterrence",), under("community.offending.deterrence"), {}),
    "return": (
        ("return",),
        under("community.offending.return_share", "community.offending.return_time"),
        {},
    ),
    "late_response": (("late_response",), under("community.response.late"), {}),
    "caution": (("caution",), under("community.caution"), {}),
}


@cache
def lived(folder: Path, off: tuple[str, ...], changes: tuple[str, ...] = ()) -> Model:
    """Give the lively county with effects off; `changes` names a gate and an end of its numbers' ranges."""
    laid: dict[str, Any] = {"community.off": list(off)}
    if changes:
        gate, end = changes
        laid |= at_an_end(GATES[gate][1], int(end)) | GATES[gate][2]
    return COUNTY.live(COUNTY.with_settings(folder, laid))


def test_every_switch_has_a_gate() -> None:
    assert {name for off, _, _ in GATES.values() for name in off} == set(v.EFFECTS)
    assert set(v.EFFECTS) <= set(GATES)
    assert all(behind for _, behind, _ in GATES.values())


@pytest.mark.parametrize("gate", GATES)
def test_what_lies_behind_an_effect_that_is_off_changes_no_event(gate: str, folder: Path) -> None:
    off = GATES[gate][0]
    closed = lived(folder, off)
    for end in ("0", "1"):
        expect_same_events(closed, lived(folder, off, (gate, end)))


@pytest.mark.parametrize("gate", GATES)
def test_the_same_numbers_change_events_while_the_effect_is_on(gate: str, folder: Path) -> None:
    plain = lines(lived(folder, ()))
    assert not all(same(plain, lines(lived(folder, (), (gate, end)))) for end in ("0", "1"))


@pytest.mark.parametrize("effect", v.EFFECTS)
def test_each_effect_changes_the_lively_county(effect: str, folder: Path) -> None:
    assert not same(lines(lived(folder, ())), lines(lived(folder, (effect,))))


OFF = {
    "community.off": list(v.EFFECTS),
    "community.victimization.rates": dict.fromkeys(v.VICTIMIZATIONS, 0),
    "community.contacts": 0,
}
CLOSED = tuple(OFF)


@settings(max_examples=5)
@given(case=cases(), drawn=feelings(), other=feelings())
def test_with_everything_off_and_no_crimes_the_pathway_does_not_know_of_the_community(
    case: Case, drawn: dict[str, Any], other: dict[str, Any], folder: Path
) -> None:
    for each in (drawn, other):
        for name in [path for path in each if path.startswith(CLOSED)]:
            del each[name]
    models = [case.live(case.with_settings(folder, each | OFF)) for each in (drawn, other)]
    expect_same_events(*models)
    people = models[0].world.residents
    assert not people.legitimacy.any()
    assert not people.fear.any()
    assert not people.belief.any()


def test_the_busy_county_without_a_community_is_busy(folder: Path) -> None:
    """The property above would hold for a county in which nothing happens."""
    model = COUNTY.live(COUNTY.with_settings(folder, OFF))
    with_it = lived(folder, ())
    ours = (
        "violent_crime",
        "property_crime",
        "domestic_crime",
        "report",
        "contact",
        "moved_away",
        "returned",
    )
    assert len(happened(model, *ours)) == 0
    assert min(len(happened(with_it, name)) for name in ours) > 5
    assert len(lines(model)) > 3_000


@settings(max_examples=6)
@given(case=cases(), drawn=feelings())
def test_attitudes_and_public_knowledge_stay_within_bounds_in_any_world(
    case: Case, drawn: dict[str, Any], folder: Path
) -> None:
    model = case.live(case.with_settings(folder, LIVELY | drawn | {"community.trust.step": 1}))
    people, climate, memory = (getattr(model.world, name) for name in ("residents", "climate", "memory"))
    for name in ("legitimacy", "fear", "belief"):
        assert np.abs(people[name]).max() <= 1
    assert people.attitude_time.max() <= case.days
    for name in ("fear", "belief", "shock"):
        assert climate[name].min() >= 0
        assert climate[name].max() <= 1
    assert np.abs(climate.legitimacy).max() <= 1
    assert min(climate.arrests.min(), climate.transfers.min(), model.world.regard.findings.min()) >= 0
    assert (climate.transfers <= climate.arrests * (1 + 1e-12)).all()
    assert ((memory.ratio >= 0.5) & (memory.ratio <= 2)).all()
    assert (memory.reported <= memory.crimes * (1 + 1e-12)).all()
    tally = model.world.tally
    mean = {row: tally[ROWS.index(f"survey_{row}")] for row in ("trust", "fear", "belief")}
    asked = tally[ROWS.index("surveyed")]
    for values in mean.values():
        assert (values >= 0).all()
        assert (values <= asked * (1 + 1e-12)).all()


@settings(max_examples=5)
@given(case=cases(), drawn=feelings())
def test_a_lever_that_changes_nothing_changes_nothing_in_a_lively_county(
    case: Case, drawn: dict[str, Any], folder: Path
) -> None:
    lively = replace(case, settings=case.settings | LIVELY | drawn)
    plain = lively.live(lively.load(folder))
    expect_same_history(plain, lively.live(lively.load(folder, levers=["null"])))


@settings(max_examples=4)
@given(case=cases(), drawn=feelings(), day=st.floats(1, 39))
def test_a_switch_to_the_same_settings_changes_nothing_in_a_lively_county(
    case: Case, drawn: dict[str, Any], day: float, folder: Path
) -> None:
    lively = replace(case, settings=case.settings | LIVELY | drawn)
    plain = lively.live(lively.load(folder))
    again = {
        "timeline": [
            {"day": day, "set": {"community.network.vicarious": drawn["community.network.vicarious"]}}
        ]
    }
    switched = lively.live(lively.load(folder, body=again))
    expect_same_history(plain, switched)


def test_an_effect_that_is_off_for_a_time_is_off_for_that_time(folder: Path) -> None:
    plain = lived(folder, ())
    timeline = {"timeline": [{"day": 40, "set": {"community.off": list(v.EFFECTS)}}]}
    later = COUNTY.live(COUNTY.load(folder, body=timeline))
    before = [lines(m)[lines(m)["time"] < 40] for m in (plain, later)]
    assert same(*before)
    after = lines(later)[lines(later)["time"] >= 40]
    gone = [EVENTS.index(name) for name in ("crime_averted", "crime_deterred", "moved_away")]
    assert np.isin(before[0]["event"], gone).any()
    assert not np.isin(after["event"], gone).any()
    untouched = later.world.residents.attitude_time < 40
    assert untouched.all()
