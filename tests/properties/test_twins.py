"""Worlds that share a seed part only where a rule or a rate makes them part."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.ledger import ROWS
from sim.scenario import vocabulary as v
from tests.properties.worlds import (
    BUSY,
    BUSY_RULES,
    JAIL,
    UNMOVED,
    Case,
    cases,
    expect_same_history,
    happened,
    lines,
    same,
    scenario,
)

EXAMPLES = settings(max_examples=10)
NEVER = [{"otherwise": "none"}]


@EXAMPLES
@given(case=cases())
def test_the_lever_that_changes_nothing_changes_no_event(case: Case, folder: Path) -> None:
    expect_same_history(case.live(case.load(folder)), case.live(case.load(folder, levers=["null"])))


# What each closed gate makes unreachable, written into a world whose gate is closed.
GATES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "nobody is arrested": (
        {f"arrests.rates.{name}": 0 for name in v.OFFENCES} | {"stops.contraband_arrest": 0},
        {"stop.outcome": [{"otherwise": {"warning": 0.5, "citation": 0.5}}]},
        {
            f"jails.{JAIL}.capacity": 3,
            f"jails.{JAIL}.model_287g": "wso",
            f"jails.{JAIL}.deputized": 1,
            "stops.mistake_found": 1,
            "custody.median.held": 1,
            "ice.pickup.hours_a_day": 0,
            "ice.matching.print_false_match": 1,
        },
        {
            "booking.disposition": [{"otherwise": "cite_and_release"}],
            "custody.release": [{"otherwise": "held"}],
        },
    ),
    "nothing reaches ICE": (
        {"ice.at_large.community.undocumented": 0, "sharing.compliance": 1},
        {"sharing.channel": [{"otherwise": "withheld"}], "stop.street_check": NEVER},
        {
            "ice.review.hours_a_day": 0,
            "ice.pickup.effort.low": 0,
            "ice.at_large.interval": 1,
            "ice.detention.beds": 0,
            f"jails.{JAIL}.hold_limit": 1,
        },
        {
            "ice.review": [{"otherwise": "judicial_detainer"}],
            "detainer.response": [{"otherwise": "hold"}],
            "ice.at_large": [{"otherwise": "attempt"}],
            "court.outcome": [{"otherwise": "relief"}],
        },
    ),
    "ICE asks for nothing": (
        {"ice.at_large.community.undocumented": 0, "ice.tips.scene": 0},
        {"ice.review": NEVER, "stop.street_check": NEVER},
        {
            f"jails.{JAIL}.compliance": 0,
            f"jails.{JAIL}.over_hold": 1,
            "ice.matching.error_found": 0.1,
            "ice.tips.arrival": 5,
            "costs.hours.street_arrest": 100,
            "ice.pickup.delay": 100,
            "ice.at_large.collateral": 1,
            "ice.detention.represented": 1,
        },
        {"detainer.response": [{"otherwise": "decline"}], "court.outcome": [{"otherwise": "bond"}]},
    ),
}


@pytest.mark.parametrize("gate", GATES)
def test_what_nobody_reaches_changes_no_event(gate: str, folder: Path) -> None:
    closed, closed_rules, changes, changed_rules = GATES[gate]
    # Nobody who keeps to no rule either.
    unrestricted = {name: [{"otherwise": closed_rules[name][-1]["otherwise"]}] for name in closed_rules}
    # Nobody reports, and nobody knows what the rules say.
    closed = UNMOVED | {"raids.mills.arrests": 0} | closed
    body = {"set": BUSY | closed, "rules": BUSY_RULES | closed_rules, "unrestricted": unrestricted}
    other = body | {"set": body["set"] | changes, "rules": body["rules"] | changed_rules}
    case = Case({}, {}, {}, {}, 1_000, 120.0, 7)
    base = case.live(scenario(folder, body))
    expect_same_history(base, case.live(scenario(folder, other)))
    opened = body | {"set": BUSY | changes, "rules": BUSY_RULES | changed_rules}
    unchanged = {"set": BUSY, "rules": BUSY_RULES}
    assert not same(lines(case.live(scenario(folder, opened))), lines(case.live(scenario(folder, unchanged))))
    assert len(lines(base)) > 500


@EXAMPLES
@given(case=cases())
def test_reach_refuses_nobody_whom_the_exact_rate_accepts(case: Case, folder: Path) -> None:
    world = case.load(folder)
    bounded, unbounded = case.live(world), case.start(world)
    unbounded.world.reach[:] = 255
    unbounded.run_until(case.days)
    expect_same_history(bounded, unbounded)


ALL_AGENCIES = "agencies.*"
NO_STAFF = {f"jails.{JAIL}.model_287g": "none"}
NO_RAIDS = {"raids.mills.arrests": 0}
NOTHING: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "traffic stops": ({f"{ALL_AGENCIES}.traffic_stops": 0}, ("traffic_stop",)),
    "street stops": ({f"{ALL_AGENCIES}.street_stops": 0}, ("street_stop",)),
    "officers": ({f"{ALL_AGENCIES}.officers": 0}, ("traffic_stop", "street_stop", "warning", "citation")),
    "room in the jail": (
        {f"jails.{JAIL}.capacity": 0},
        ("jail_release", "hold", "ice_arrest_custodial", "interview"),
    ),
    "visits": ({f"jails.{JAIL}.ice_days_a_week": 0, **NO_STAFF}, ("interview",)),
    "review hours": (
        {"ice.review.hours_a_day": 0, **NO_STAFF},
        ("review", "lead", "detainer", "ice_arrest_custodial"),
    ),
    "pick-up hours": ({"ice.pickup.hours_a_day": 0, **NO_STAFF}, ("ice_arrest_custodial",)),
    "effort": (
        {f"ice.pickup.effort.{name}": 0 for name in v.PRIORITIES} | NO_STAFF,
        ("ice_arrest_custodial",),
    ),
    "staff with authority": (NO_STAFF, ("warrant_served", "jail_hours")),
    "team hours": ({"ice.at_large.hours_a_day": 0, **NO_RAIDS}, ("at_large_attempt", "ice_arrest_at_large")),
    "success": (
        {f"ice.at_large.success.{x}": 0 for x in v.YES_NO} | NO_RAIDS,
        ("ice_arrest_at_large", "collateral_arrest"),
    ),
    "collateral arrests": ({"ice.at_large.collateral": 0}, ("collateral_arrest",)),
    "beds": ({"ice.detention.beds": 0}, ("detention", "removal", "release_bond")),
    "overstays": ({f"jails.{JAIL}.over_hold": 0}, ("over_hold", "over_hold_hours")),
    "searches": ({f"stops.search.{name}": 0 for name in v.GROUPS}, ("search", "contraband")),
    "contraband": ({"stops.contraband": 0}, ("contraband",)),
    "wrong warrants": (
        {"stops.warrant_false_match": 0, "stops.stale_warrant": 0},
        ("mistaken_arrest", "mistaken_hours"),
    ),
    "agencies that are moved": ({f"{ALL_AGENCIES}.pretext.chance": 0}, ("pretext_arrest",)),
    "the motive": (
        {f"{ALL_AGENCIES}.pretext.log_odds.{name}": 0 for name in v.GROUPS},
        ("pretext_arrest",),
    ),
    "screening": ({f"jails.{JAIL}.ice_days_a_week": 0, **NO_STAFF}, ("pretext_arrest",)),
    "stops of an operation": ({"operations.sweep.stops_a_day": 0}, ("saturation_stop",)),
    "places of an operation": ({"operations.sweep.neighbourhoods": 0}, ("saturation_stop",)),
    "federal agents": (
        {f"{ALL_AGENCIES}.task_force": 0, "operations.sweep.partner": False},
        ("task_force_contact", "task_force_arrests"),
    ),
    "teams for the scene": ({"ice.tips.scene": 0}, ("scene_response",)),
    "samples": ({"oversight.sampling": 0}, ("case_opened", "finding")),
    "findings": ({"oversight.finding": 0}, ("finding",)),
    "claims": (
        {"costs.claims.over_hold": 0, "costs.claims.wrongful": 0},
        ("police_claims", "jail_claims"),
    ),
    "payments": ({"costs.claims.median": 0}, ("police_claims", "jail_claims")),
    "agreements that the law allows": (
        {"state.agreements_287g": "banned"},
        ("warrant_served", "training_cost", "reimbursement"),
    ),
    "reimbursement": (
        {f"costs.reimbursement.{name}": 0 for name in ("salary", "award", "equipment")},
        ("reimbursement",),
    ),
    "officers of an operation": ({"operations.sweep.officers": 0}, ("operation_hours",)),
}


@pytest.mark.parametrize("what", NOTHING)
def test_a_rate_of_zero_means_no_event(what: str, folder: Path) -> None:
    changes, events = NOTHING[what]
    case = Case({}, {}, {}, {}, 1_000, 120.0, 7)
    without = case.live(case.with_settings(folder, changes))
    base = case.live(case.load(folder))
    assert all(base.counts[event] > 0 for event in events)
    assert all(without.counts[event] == 0 for event in events)


def test_a_world_in_which_nothing_can_begin_has_an_empty_log(folder: Path) -> None:
    still = {f"arrests.rates.{name}": 0 for name in v.OFFENCES}
    still |= {f"{ALL_AGENCIES}.traffic_stops": 0, f"{ALL_AGENCIES}.street_stops": 0}
    still |= {f"ice.at_large.community.{name}": 0 for name in v.STATUSES[v.LPR :]}
    still |= {"operations.sweep.stops_a_day": 0, "raids.mills.arrests": 0, **UNMOVED}
    model = Case({}, {}, {}, {}, 1_000, 365.0, 7).live(
        scenario(folder, {"set": BUSY | still, "rules": BUSY_RULES})
    )
    assert len(lines(model)) == 0
    asked = [name.startswith(("survey", "avoid_", "vignette_", "hispanic_")) for name in ROWS]
    assert not model.world.tally[~np.array(asked)].any()


@EXAMPLES
@given(
    case=cases(),
    day=st.floats(1, 60),
    change=st.sampled_from(["data_firewall", "ice_in_jail", "cite_and_release"]),
)
def test_a_lever_switched_on_later_changes_no_event_before(
    case: Case, day: float, change: str, folder: Path
) -> None:
    switched = case.live(case.load(folder, body={"timeline": [{"day": day, "levers": [change]}]}))
    plain = case.live(case.load(folder))
    before = [log[log["time"] < day] for log in (lines(switched), lines(plain))]
    assert same(*before)


@EXAMPLES
@given(case=cases(), day=st.floats(1, 60))
def test_rates_raised_later_change_no_event_before(case: Case, day: float, folder: Path) -> None:
    # Higher rates need more layers of candidates and wider reach from the beginning on, and a new operation
    # streams of its own, from a day before it is decided on.
    more = {
        "operations.another": BUSY["operations.sweep"] | {"begins": 0, "days": 200},
        "agencies.city_police.traffic_stops": 5,
        "arrests.rates.dui": 100_000,
        "arrests.record_ratio.violent": 50,
    }
    switched = case.live(case.load(folder, body={"timeline": [{"day": day, "set": more}]}))
    plain = case.live(case.load(folder))
    before = [log[log["time"] < day] for log in (lines(switched), lines(plain))]
    assert same(*before)
    # Within a few days of 300 people nothing more need happen.
    assert len(lines(switched)) > len(lines(plain)) or case.days < day + 10


@EXAMPLES
@given(case=cases(), days=st.lists(st.floats(0.5, 60), min_size=1, max_size=3))
def test_a_switch_that_changes_nothing_changes_no_event(case: Case, days: list[float], folder: Path) -> None:
    # With hours so scarce that when they are at hand decides when things happen.
    scarce = ["ice.review.hours_a_day=5", "ice.review.hours_each=0.7", "ice.pickup.hours_a_day=5"]
    timeline = [{"day": day, "levers": ["null"]} for day in sorted(days)]
    switched = case.live(case.load(folder, body={"timeline": timeline}, settings=scarce))
    expect_same_history(case.live(case.load(folder, settings=scarce)), switched)


def test_review_hours_that_a_switch_brings_are_used_from_that_day(folder: Path) -> None:
    body = {
        "set": BUSY
        | NO_STAFF
        | {"ice.review.hours_a_day": 0, "ice.review.lapse": 300, "ice.review.turnaround": 0},
        "rules": BUSY_RULES,
        "timeline": [
            # From day 60 on nothing new is found, and the matches that wait are reviewed.
            {
                "day": 60,
                "set": {"ice.review.hours_a_day": 10_000, **{f"arrests.rates.{x}": 0 for x in v.OFFENCES}},
            }
        ],
    }
    quiet = {"stop.outcome": [{"otherwise": "warning"}], "stop.street_check": NEVER}
    body["rules"] = BUSY_RULES | quiet
    body["unrestricted"] = {"stop.street_check": NEVER}
    model = Case({}, {}, {}, {}, 1_000, 61.0, 7).live(scenario(folder, body))
    reviews = happened(model, "review")
    assert len(reviews) > 0
    assert (reviews["time"] >= 60).all()


def test_a_hold_that_began_under_another_limit_counts_no_time_that_was_allowed(folder: Path) -> None:
    limit = f"jails.{JAIL}.hold_limit"
    changes = {limit: 48, f"jails.{JAIL}.over_hold": 1, "ice.pickup.hours_a_day": 0, **UNMOVED}
    timeline = [
        {"day": day, "set": {limit: hours}} for day, hours in ((20, 240), (40, 10), (60, 240), (80, 1))
    ]
    body = {"set": BUSY | changes, "rules": BUSY_RULES, "timeline": timeline}
    model = Case({}, {}, {}, {}, 2_000, 100.0, 7).live(scenario(folder, body))
    holds, ends = happened(model, "hold"), happened(model, "over_hold")
    began = dict(zip(holds["case"].tolist(), holds["time"].tolist(), strict=True))
    over = 0.0
    for case, end in zip(ends["case"].tolist(), ends["time"].tolist(), strict=True):
        start = began[case]
        allowed = [48, 240, 10, 240, 1][int(start // 20)]
        over += (end - start) * 24 - allowed
    assert len(ends) > 20
    assert model.counts["over_hold_hours"] == pytest.approx(over, rel=1e-9)
