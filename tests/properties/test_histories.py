"""Whatever the rules, the rates and the luck: people are somewhere, and nothing comes before its cause."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.resident import IN_ICE_CUSTODY, IN_JAIL, REMOVED
from sim.engine import budget as b
from sim.engine.ledger import EVENTS, ROWS
from sim.pathway.build import HOURS_A_DAY
from sim.scenario import vocabulary as v
from tests.properties.histories import by_case, misplaced, out_of_order, read, uncaused
from tests.properties.worlds import JAIL, Case, cases, lines

EXAMPLES = settings(max_examples=20)
ROUNDING = 1e-9  # of hours and days that add up to thousands


@EXAMPLES
@given(case=cases())
def test_everybody_is_in_one_place_at_a_time_and_ends_where_the_log_says(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    wrong, places = misplaced(read(model), case.residents)
    assert wrong == []
    assert np.array_equal(places, model.world.residents.place)


@EXAMPLES
@given(case=cases())
def test_nobody_comes_or_goes_except_by_removal(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    before, after = model.people.residents, model.world.residents
    assert len(before) == len(after)
    fixed = [name for name in before.dtype.names if name not in ("place", "record", "warrant")]
    assert all(np.array_equal(before[name], after[name]) for name in fixed)
    assert np.all(after["record"] >= before["record"])
    assert np.all(after["warrant"] <= before["warrant"])
    gone = model.counts["removal"] + model.counts["voluntary_departure"]
    assert np.sum(after["place"] == REMOVED) == gone
    held = np.bincount(after["place"], minlength=6)
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
        if "over_hold" in at:
            assert held > limit
            over_hours += (held - limit) * HOURS_A_DAY
        elif "hold_expired" in at:
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


@EXAMPLES
@given(case=cases())
def test_every_hour_drawn_went_into_a_review_or_an_attempt(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    counts, office, budgets = model.counts, model.world.office[0], model.world.budgets
    begun = counts["match"] + counts["match_lawful"] - counts["review_lapsed"] - office.waiting
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
    for first, after in itertools.pairwise(ends):
        assert np.allclose(tally[:, first:after].sum(axis=1), tally[:, 0], rtol=1e-9)
    assert tally.shape[0] == len(ROWS)
    assert (tally >= 0).all()


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
def test_a_citizen_is_wronged_where_ice_takes_one_and_a_removable_person_never_is(
    case: Case, folder: Path
) -> None:
    model = case.live(case.load(folder))
    for status in v.STATUSES[: v.LPR]:
        taken = sum(model.counts.by(f"ice_arrest_{route}", "status")[status] for route in v.ROUTES)
        assert model.counts.by("wrongful_ice_arrests", "status")[status] == taken
    assert model.counts.by("wrongful_ice_arrests", "status")["undocumented"] == 0
    assert model.counts.by("wrongful_requests", "status")["undocumented"] == 0
