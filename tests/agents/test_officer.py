"""Officers: who is met at which hour, and how they differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.agents.officer import OFFICER, SHIFTS, new_officers, on_duty, own_bias, stop_outcome, stop_rate
from sim.agents.resident import new_residents
from sim.model import Model
from sim.pathway.world import AGENCY
from sim.scenario import vocabulary as v
from tests.agents.conftest import Look, State

SEED = np.uint64(4)


def agency(first: int, count: int) -> np.record:
    one = np.zeros(1, dtype=AGENCY).view(np.recarray)[0]
    one.first_officer, one.officer_count = first, count
    return one


@given(st.integers(0, 50), st.integers(1, 200), st.floats(0, 1e4), st.integers(0, 2**62))
def test_the_officer_on_duty_is_one_of_the_agency(first: int, count: int, now: float, key: int) -> None:
    found = on_duty(agency(first, count), now, SEED, np.uint64(key))
    assert first <= found < first + count


@pytest.mark.parametrize("residents", [300, 1_500, 3_000, 20_000])
def test_an_officer_is_met_in_the_hours_of_their_shift_and_everybody_is_met(residents: int) -> None:
    model = Model("base", residents=residents)
    for record in model.world.agencies:
        own = range(record.first_officer, record.first_officer + record.officer_count)
        met = set()
        for hour in range(24):
            for key in range(100 * record.officer_count // 24 + 60):
                who = on_duty(record, 3 + (hour + 0.5) / 24, SEED, np.uint64(key))
                met.add(who)
                if len(own) >= len(SHIFTS):
                    assert model.world.officers[who].shift == hour // 8
        assert met == set(own)


def test_every_officer_on_shift_is_met_alike() -> None:
    found = [on_duty(agency(10, 30), 0.5, SEED, np.uint64(key)) for key in range(10_000)]
    assert stats.chisquare(np.bincount(found, minlength=30)[20:30]).pvalue > 1e-6
    assert set(found) == set(range(20, 30))


def test_only_the_groups_that_profiling_is_about_meet_an_officers_own_bias() -> None:
    officer, resident = new_officers(1)[0], new_residents(1)[0]
    officer.profiling = 2.5
    found = {}
    for code, name in enumerate(v.GROUPS):
        resident.group = code
        found[name] = own_bias(officer, resident)
    assert found == {"white": 1.0, "black": 2.5, "hispanic": 2.5, "asian": 1.0, "other": 1.0}


def test_the_rate_of_stops_is_a_product_of_agency_exposure_age_and_group() -> None:
    resident = new_residents(1)[0]
    resident.age, resident.group = 30, v.BLACK
    ages, groups = np.linspace(0, 2, 100), np.array([1.0, 1.5, 1.0, 1.0, 1.0])
    assert stop_rate(resident, 0.2, 3.0, ages, groups) == 0.2 * 3.0 * ages[30] * 1.5


def test_a_lenient_officer_cites_as_often_as_they_are_lenient_and_never_where_there_is_a_warrant(
    looks_at: Look, states: list[State]
) -> None:
    state = states[0]
    # A table whose only answer beside `none` is that for the agency of the case; shift it to an arrest.
    rules = looks_at("stop.outcome", "agency", int(state.case.agency))
    first = rules.tables[v.T_STOP_OUTCOME].first
    rules.chances[first : first + 2, : len(v.STOP_OUTCOMES)] = [0, 0, 0, 1]
    state.officer.leniency, state.case.warrant_hit = 0.3, 0
    outcomes = []
    for key in range(1, 10_001):
        state.case.key = key
        outcomes.append(stop_outcome(rules, state.officer, state.resident, state.case, 0, SEED))
    assert set(outcomes) == {v.STOP_CITATION, v.STOP_ARREST}
    assert stats.binomtest(outcomes.count(v.STOP_CITATION), len(outcomes), 0.3).pvalue > 1e-6
    state.case.warrant_hit = 1
    assert {
        stop_outcome(rules, state.officer, state.resident, state.case, 0, np.uint64(k)) for k in range(99)
    } == {v.STOP_ARREST}


def test_the_fields_of_an_officer_are_those_that_decisions_read() -> None:
    expected = {"profiling", "leniency", "agency", "shift", "deputized", "task_force", "trained"}
    assert set(OFFICER.names or ()) == expected
