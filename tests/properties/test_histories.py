"""Whatever the rules, the rates and the luck: people are somewhere, and nothing comes before its cause."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.resident import IN_ICE_CUSTODY, IN_JAIL, MOVED_AWAY, PLACES, REMOVED
from sim.engine import budget as b
from sim.engine.ledger import BREAKDOWNS, EVENTS, ROWS
from sim.model import Model
from sim.pathway.settings import HOURS_A_DAY
from sim.scenario import vocabulary as v
from tests.properties.histories import by_case, is_staffed, misplaced, out_of_order, read, uncaused
from tests.properties.worlds import BUSY, BUSY_RULES, JAIL, Case, cases, lines, scenario

EXAMPLES = settings(max_examples=12)
ROUNDING = 1e-9  # of hours and days that add up to thousands
# What stands whatever happens to anybody, and the breakdowns that it has.
STANDING = dict.fromkeys(("training_cost", "reimbursement", "operation_hours"), ("agency",))
STANDING |= {"resident_years": ("status", "group", "record", "neighbourhood")}
# What surveys ask, and what they are told apart by.
ASKED = ("status", "group", "record", "neighbourhood")
SURVEYS = ("survey", "avoid_", "vignette_", "hispanic_")
LEAVES = ("crowded_release", "jail_release", "ice_arrest_custodial")
WRONGS = (
    "wrongful_ice_arrests",
    "wrongful_street_holds",
    "wrongful_requests",
    "wrongful_hold_hours",
    "wrongful_request_days",
    "wrongful_detained_days",
)


@EXAMPLES
@given(case=cases())
def test_everybody_is_in_one_place_at_a_time_and_ends_where_the_log_says(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    wrong, places = misplaced(read(model), model.people.residents)
    assert wrong == []
    assert np.array_equal(places, model.world.residents.place)


@EXAMPLES
@given(case=cases())
def test_nobody_comes_or_goes_except_by_removal(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    before, after = model.people.residents, model.world.residents
    assert len(before) == len(after)
    moved = ("place", "record", "warrant", "protected", "legitimacy", "fear", "belief", "attitude_time")
    fixed = [name for name in before.dtype.names if name not in moved]
    assert all(np.array_equal(before[name], after[name]) for name in fixed)
    assert np.all(after["record"] >= before["record"])
    assert np.all(after["warrant"] <= before["warrant"])
    gone = model.counts["removal"] + model.counts["voluntary_departure"]
    assert np.sum(after["place"] == REMOVED) == gone - model.counts["returned"]
    assert np.sum(after["place"] == MOVED_AWAY) == model.counts["people_moved"]
    assert np.all(after["protected"] >= before["protected"])
    assert np.sum(after["protected"] - before["protected"]) == model.counts["certified"]
    held = np.bincount(after["place"], minlength=len(PLACES))
    assert model.world.jails.held.sum() == held[IN_JAIL]
    assert model.world.office[0].in_custody == held[IN_ICE_CUSTODY]


@EXAMPLES
@given(case=cases())
def test_nothing_happens_before_what_it_needs(case: Case, folder: Path) -> None:
    history = read(case.live(case.load(folder)))
    found = by_case(history)
    times = [line.time for line in history]
    assert times == sorted(times)
    assert all(0 <= t < case.days for t in times)
    assert list(out_of_order(found)) == []
    assert list(uncaused(found)) == []


@EXAMPLES
@given(case=cases())
def test_a_hold_runs_past_its_limit_only_where_that_is_counted(case: Case, folder: Path) -> None:
    world = case.load(folder)
    model = case.live(world)
    limit = world.settings.jails["county_jail"].hold_limit / HOURS_A_DAY
    hours = over_hours = 0.0
    for case_lines in by_case(read(model)).values():
        at = {line.event: line.time for line in case_lines}
        end = at.get("hold_expired", at.get("ice_arrest_custodial"))
        if "hold" not in at or end is None:
            continue
        held = end - at["hold"]
        lifted = "detainer_lifted" in at
        if lifted:
            assert at["detainer_lifted"] == end  # the hold ends with the detainer
        if "over_hold" in at:
            assert held > limit
            over_hours += (held - limit) * HOURS_A_DAY
        elif "hold_expired" in at and not lifted:
            assert abs(held - limit) < ROUNDING
        else:
            assert held <= limit + ROUNDING
        hours += held * HOURS_A_DAY
    assert abs(model.counts["hold_hours"] - hours) < 1e-6
    assert abs(model.counts["over_hold_hours"] - over_hours) < 1e-6


@EXAMPLES
@given(case=cases(), room=st.integers(0, 40))
def test_no_jail_holds_more_people_than_it_has_room_for(case: Case, room: int, folder: Path) -> None:
    small = [f"jails.{JAIL}.capacity={room}", f"population.county_residents={case.residents}"]
    model = case.live(case.load(folder, settings=small))
    jails = model.world.jails
    assert jails[0].capacity == room
    assert np.all(jails.most_held <= jails.capacity)
    assert np.all(jails.held <= jails.most_held)
    # Somebody is turned away only when it is full.
    if model.counts["crowded_release"]:
        assert np.any(jails.most_held == jails.capacity)


@EXAMPLES
@given(case=cases())
def test_no_capacity_is_overdrawn(case: Case, folder: Path) -> None:
    world = case.load(folder)
    first, last = replace(case, days=0.0).live(world).world.budgets, case.live(world).world.budgets
    for k in (b.REVIEW_HOURS, b.PICKUP_HOURS, b.TEAM_HOURS, b.BED_DAYS):
        assert first[k].drawn == 0
        most = first[k].level + last[k].flow * case.days
        assert last[k].drawn <= most * (1 + ROUNDING) + ROUNDING
        assert -ROUNDING <= last[k].level <= last[k].limit * (1 + ROUNDING)


def reviewed_by_the_jail(model: Model) -> int:
    """Count the matches of people in a jail whose own staff, under a jail enforcement agreement, review."""
    if model.world.jails[0].model_287g != v.JEM:
        return 0
    own = 0
    for key, case_lines in by_case(read(model)).items():
        inside = False
        for line in case_lines:
            inside = line.event not in LEAVES and (inside or line.event == "booking")
            own += inside and line.event in ("match", "match_lawful") and is_staffed(model, key)
    return own


@EXAMPLES
@given(case=cases())
def test_every_hour_drawn_went_into_a_review_or_an_attempt(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    counts, office, budgets = model.counts, model.world.office[0], model.world.budgets
    begun = counts["match"] + counts["match_lawful"] - counts["review_lapsed"] - office.waiting
    begun -= reviewed_by_the_jail(model)
    assert abs(budgets[b.REVIEW_HOURS].drawn - begun * office.review_hours) < 1e-6
    attempts = counts["at_large_attempt"]
    assert abs(budgets[b.TEAM_HOURS].drawn - attempts * office.attempt_hours) < 1e-6
    assert budgets[b.BED_DAYS].drawn >= counts["detained_days"] - 1e-6


@EXAMPLES
@given(case=cases())
def test_the_counts_are_the_log_counted(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    log, tally = lines(model), model.world.tally
    events = len(EVENTS)
    assert np.array_equal(tally[:events, 0], np.bincount(log["event"], minlength=events))
    people = model.world.residents
    ends = np.append(model.world.columns, tally.shape[1])
    for breakdown, codes in (
        ("status", people.status),
        ("group", people.group),
        ("neighbourhood", people.neighbourhood),
    ):
        again = np.zeros((events, len(np.unique(codes)) + 64))
        np.add.at(again, (log["event"], codes[log["resident"]]), 1)
        counted = [list(x.values()) for x in (model.counts.by(name, breakdown) for name in EVENTS)]
        width = len(counted[0])
        assert np.array_equal(np.array(counted), again[:, :width])
        assert not again[:, width:].any()
    # Every breakdown of every row, quantities too, adds up to the total.
    counted, standing = model.counts.tally, np.isin(ROWS, list(STANDING))
    for breakdown, (first, after) in zip(BREAKDOWNS, itertools.pairwise(ends), strict=True):
        parts = counted[:, first:after].sum(axis=1)
        by = [ASKED if name.startswith(SURVEYS) else STANDING.get(name, BREAKDOWNS) for name in ROWS]
        has = np.array([breakdown in names for names in by])
        assert np.allclose(parts, np.where(has, counted[:, 0], 0.0), rtol=1e-9)
    assert not tally[standing].any()
    assert np.array_equal(counted[~standing], tally[~standing])
    assert tally.shape[0] == len(ROWS)
    losses = [name.startswith("vignette_contact") for name in ROWS]
    assert (counted[~np.array(losses)] >= 0).all()


@EXAMPLES
@given(case=cases())
def test_every_case_slot_is_free_again_or_awaits_something(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    world, clock = model.world, model.world.clock[0]
    open_cases = np.flatnonzero(world.cases.key != 0)
    free = world.free_slots[: clock.free]
    assert sorted([*open_cases, *free]) == list(range(len(world.cases)))
    assert np.all(world.cases.pending[open_cases] > 0)
    coming = world.calendar[: clock.due]
    of_cases = coming[coming.key != 0]
    slots, pending = np.unique(of_cases.slot, return_counts=True)
    assert np.array_equal(slots, open_cases)
    assert np.array_equal(pending, world.cases.pending[slots])
    assert np.array_equal(of_cases.key, world.cases.key[of_cases.slot])


@EXAMPLES
@given(case=cases())
def test_a_citizen_is_wronged_where_one_is_taken_and_a_removable_person_never_is(
    case: Case, folder: Path
) -> None:
    # A certified victim is no longer removable, and an undocumented one could be wronged.
    model = case.live(case.with_settings(folder, {"community.reporting.certification": 0}))
    on_the_street = np.zeros(len(v.STATUSES))
    for lines_ in by_case(read(model)).values():
        names = {line.event for line in lines_}
        if "street_hold" in names or ("ice_arrest_street" in names and "scene_response" not in names):
            on_the_street[model.people.residents["status"][lines_[0].resident]] += 1
    wronged = {row: model.counts.by(row, "status") for row in WRONGS}
    for k, status in enumerate(v.STATUSES[: v.LPR]):
        taken = sum(model.counts.by(f"ice_arrest_{route}", "status")[status] for route in v.ROUTES)
        assert wronged["wrongful_ice_arrests"][status] == taken
        assert wronged["wrongful_street_holds"][status] == on_the_street[k]
        asked = sum(model.counts.by(name, "status")[status] for name in ("detainer", "notification_request"))
        assert wronged["wrongful_requests"][status] == asked
    assert all(by_status["undocumented"] == 0 for by_status in wronged.values())


def test_the_county_that_random_worlds_vary_reaches_every_event_and_every_quantity(folder: Path) -> None:
    # With little room, few hours and few beds, so that what is turned away is seen too.
    scarce = {f"jails.{JAIL}.capacity": 60, "ice.review.hours_a_day": 20, "ice.review.lapse": 3}
    scarce |= {"ice.detention.beds": 100, "ice.detention.reserve": 3}
    world = scenario(folder, {"set": BUSY | scarce, "rules": BUSY_RULES})
    model = Case({}, {}, {}, {}, 10_000, 150.0, 7).live(world)
    assert [name for name in ROWS if model.counts[name] == 0] == []
