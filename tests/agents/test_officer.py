"""Officers: who is met at which hour, how they differ, and what they do of their own accord."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.agents.officer import (
    OFFICER,
    SHIFTS,
    finds_contraband,
    new_officers,
    on_duty,
    own_bias,
    searches,
    stop_outcome,
    stop_rate,
    tips_ice,
    training_left,
)
from sim.agents.resident import new_residents
from sim.model import Model
from sim.pathway.world import AGENCY, SETTINGS
from sim.scenario import vocabulary as v
from tests.agents.conftest import Says, State

SEED = np.uint64(4)
FALSE_ALARM = 1e-6
MANY = 6_000
PROFILED = (v.BLACK, v.HISPANIC)


def agency(first: int, count: int) -> np.record:
    one = np.zeros(1, dtype=AGENCY).view(np.recarray)[0]
    one.first_officer, one.officer_count = first, count
    return one


def policing(**values: object) -> np.record:
    """Give the settings of a world, all zero but these."""
    one = np.zeros(1, dtype=SETTINGS).view(np.recarray)[0]
    for name, value in values.items():
        one[name] = value
    return one


def keys(act: Callable[[np.uint64], object], many: int = MANY) -> np.ndarray:
    """Give what happens in many cases."""
    return np.array([act(np.uint64(key)) for key in range(many)])


# ── on duty ──────────────────────────────────────────────────────────────────────────────────────────────


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
    found = keys(lambda key: on_duty(agency(10, 30), 0.5, SEED, key))
    assert stats.chisquare(np.bincount(found, minlength=30)[20:30]).pvalue > FALSE_ALARM
    assert set(found) == set(range(20, 30))


# ── whom they stop ───────────────────────────────────────────────────────────────────────────────────────


def biases(profiling: float, training: float) -> dict[str, float]:
    officer, resident = new_officers(1)[0], new_residents(1)[0]
    officer.profiling = profiling
    found = {}
    for code, name in enumerate(v.GROUPS):
        resident.group = code
        found[name] = own_bias(officer, resident, training)
    return found


def test_only_the_groups_that_profiling_is_about_meet_an_officers_own_bias() -> None:
    assert biases(2.5, 0.0) == {"white": 1.0, "black": 2.5, "hispanic": 2.5, "asian": 1.0, "other": 1.0}


def test_training_takes_its_share_of_what_lies_above_the_mean_officer_and_of_nothing_below() -> None:
    assert biases(2.5, 0.2)["hispanic"] == pytest.approx(1 + 0.8 * 1.5)
    assert biases(2.5, 1.0)["black"] == 1.0
    assert biases(0.4, 0.9)["hispanic"] == 0.4


def test_the_rate_of_stops_is_a_product_of_agency_exposure_age_and_group() -> None:
    resident = new_residents(1)[0]
    resident.age, resident.group = 30, v.BLACK
    ages, groups = np.linspace(0, 2, 100), np.array([1.0, 1.5, 1.0, 1.0, 1.0])
    assert stop_rate(resident, 0.2, 3.0, ages, groups) == 0.2 * 3.0 * ages[30] * 1.5


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────

TRAINING = {"training_effect": 0.4, "training_half_life": 100.0, "training_interval": 730.0}


def trained(at: float = 0.0) -> np.record:
    one = new_officers(1)[0]
    one.trained, one.trained_at = 1, at
    return one


def test_training_halves_with_each_half_life_and_is_fresh_at_each_interval() -> None:
    officer, terms = trained(at=50.0), policing(**TRAINING)
    assert training_left(officer, terms, 50.0) == 0.4
    for halves in (1, 2, 5):
        assert training_left(officer, terms, 50.0 + 100 * halves) == pytest.approx(0.4 / 2**halves)
    assert training_left(officer, terms, 50.0 + 729.9) == pytest.approx(0.4 / 2**7.299)
    for refresher in (1, 2, 3):
        assert training_left(officer, terms, 50.0 + 730.0 * refresher) == pytest.approx(0.4)


@given(since=st.floats(0.0, 700.0), times=st.integers(0, 5), half_life=st.floats(1.0, 2_000.0))
def test_training_fades_alike_after_every_refresher(since: float, times: int, half_life: float) -> None:
    officer, terms = trained(), policing(**TRAINING | {"training_half_life": half_life})
    expected = 0.4 * 0.5 ** (since / half_life)
    assert training_left(officer, terms, since + 730.0 * times) == pytest.approx(
        expected, rel=1e-6, abs=1e-12
    )


def test_there_is_nothing_to_fade_without_training_or_without_effect() -> None:
    assert training_left(new_officers(1)[0], policing(**TRAINING), 3.0) == 0.0
    # A switch of the timeline may train officers later than the time that is asked about.
    assert training_left(trained(at=60.0), policing(**TRAINING), 59.0) == 0.4
    none = policing(training_effect=0.0, training_half_life=100.0, training_interval=730.0)
    assert training_left(trained(), none, 3.0) == 0.0


# ── searches ─────────────────────────────────────────────────────────────────────────────────────────────

SEARCH = np.array([0.03, 0.07, 0.06, 0.02, 0.04])


def signs_of(share: float, many: int = MANY) -> np.ndarray:
    """Give the signs of the searches that an officer without bias makes, −1 where there is none."""
    officer, resident, terms = new_officers(1)[0], new_residents(1)[0], policing(search=share)
    officer.profiling = 1.0
    return keys(lambda key: searches(officer, resident, terms, SEED, key, 0.0), many)


@pytest.mark.parametrize("group", range(len(v.GROUPS)))
def test_officers_search_each_group_at_its_share_times_their_own_bias(group: int) -> None:
    officer, resident, terms = new_officers(1)[0], new_residents(1)[0], policing(search=SEARCH)
    officer.profiling, resident.group, training = 4.0, group, 0.5
    share = SEARCH[group] * (2.5 if group in PROFILED else 1.0)
    found = keys(lambda key: searches(officer, resident, terms, SEED, key, training))
    assert stats.binomtest(int((found >= 0).sum()), MANY, share).pvalue > FALSE_ALARM


def test_officers_search_where_signs_are_strongest() -> None:
    few, many = signs_of(0.1), signs_of(0.5)
    assert stats.kstest(few[few >= 0], stats.uniform(0.9, 0.1).cdf).pvalue > FALSE_ALARM
    # Who is searched by a reluctant officer is searched on the same signs by an eager one.
    assert np.array_equal(many[few >= 0], few[few >= 0])
    assert many[(many >= 0) & (few < 0)].max() <= few[few >= 0].min()


@pytest.mark.parametrize("slope", [0.0, 1.0, 8.0])
def test_a_group_that_is_searched_more_yields_less(slope: float) -> None:
    best = 0.6
    terms = policing(contraband=best, contraband_slope=slope)
    rates = []
    for share in (0.05, 0.3, 1.0):
        signs = signs_of(share)
        found = [
            finds_contraband(terms, x, SEED, np.uint64(key)) for key, x in enumerate(signs.tolist()) if x >= 0
        ]
        # The mean of best · signs^slope over signs between 1 − share and 1.
        expected = best * (1 - (1 - share) ** (slope + 1)) / ((slope + 1) * share)
        assert stats.binomtest(sum(found), len(found), expected).pvalue > FALSE_ALARM
        rates.append(expected)
    falls = -np.diff(rates)
    assert np.all(falls > 0.01) if slope else np.allclose(falls, 0)


# ── tips ─────────────────────────────────────────────────────────────────────────────────────────────────

SUSPICION = np.array([0.0, 0.1, 0.3, 0.15, 0.05])
UNLICENSED = np.array([0.0, 0.2, 0.9, 0.5, 0.1])


@pytest.mark.parametrize(
    ("tendency", "restraint", "training", "licensed", "driving"),
    [
        (1.0, 0.0, 0.0, 1, 1.0),
        (1.0, 0.0, 0.0, 0, 1.0),
        (1.0, 0.0, 0.0, 0, 0.0),  # who does not drive needs no licence
        (0.5, 0.0, 0.0, 0, 1.0),
        (0.5, 0.4, 0.0, 0, 1.0),
        (0.5, 0.4, 0.3, 0, 1.0),
    ],
)
def test_tips_are_as_frequent_as_tendency_times_suspicion(
    tendency: float, restraint: float, training: float, licensed: int, driving: float
) -> None:
    officer, resident = new_officers(1)[0], new_residents(1)[0]
    terms = policing(suspicion=SUSPICION, suspicion_unlicensed=UNLICENSED)
    officer.tipping, officer.restraint = tendency, restraint
    resident.licensed, resident.driving = licensed, driving
    seems = UNLICENSED if licensed == 0 and driving > 0 else SUSPICION
    for group in (v.WHITE, v.HISPANIC, v.ASIAN):
        resident.group = group
        tips = keys(lambda key: tips_ice(officer, resident, terms, SEED, key, training), 5_000)
        chance = tendency * (1 - restraint) * (1 - training) * seems[group]
        assert stats.binomtest(int(tips.sum()), len(tips), chance).pvalue > FALSE_ALARM


def test_an_officer_who_tips_more_tips_about_the_same_people_and_others() -> None:
    officer, resident = new_officers(1)[0], new_residents(1)[0]
    terms, told = policing(suspicion=1.0), np.zeros(2_000, dtype=bool)
    for tendency in (0.0, 0.2, 0.7, 1.0):
        officer.tipping = tendency
        now = keys(lambda key: tips_ice(officer, resident, terms, SEED, key, 0.0), len(told))
        assert np.all(now >= told)
        told = now
    assert told.all()


# ── how a stop ends ──────────────────────────────────────────────────────────────────────────────────────

STOPS = 2_500
ENDS = {"none": 0.1, "warning": 0.4, "citation": 0.3, "arrest": 0.2}


def outcomes(
    says: Says, state: State, ends: dict[str, float] = ENDS, motive: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Give how many stops end, and which of them with an arrest on a pretext."""
    rules, case = says("stop.outcome", ends), state.case
    ended, pretext = [], []
    for key in range(1, STOPS + 1):
        case.key, case.pretext = key, 0
        ended.append(stop_outcome(rules, state.officer, state.resident, case, 0, motive, SEED))
        pretext.append(bool(case.pretext))
    return np.array(ended), np.array(pretext)


def test_a_lenient_officer_cites_as_often_as_they_are_lenient_and_never_where_there_is_a_warrant(
    says: Says, states: list[State]
) -> None:
    state = states[0]
    state.officer.leniency, state.case.warrant_hit = 0.3, 0
    ended, _ = outcomes(says, state, {"arrest": 1.0})
    assert set(ended) == {v.STOP_CITATION, v.STOP_ARREST}
    assert stats.binomtest(int((ended == v.STOP_CITATION).sum()), STOPS, 0.3).pvalue > FALSE_ALARM
    state.case.warrant_hit = 1
    ended, _ = outcomes(says, state, {"arrest": 1.0})
    assert set(ended) == {v.STOP_ARREST}


@pytest.mark.parametrize("motive", [0.3, 0.92, 4.0])
def test_a_motive_adds_exactly_itself_to_the_log_odds_of_an_arrest(
    motive: float, says: Says, states: list[State]
) -> None:
    state = states[0]
    state.officer.leniency = 0.0
    without, none = outcomes(says, state)
    ended, pretext = outcomes(says, state, motive=motive)
    odds = 0.2 / 0.8 * np.exp(motive)
    assert stats.binomtest(int((ended == v.STOP_ARREST).sum()), STOPS, odds / (1 + odds)).pvalue > FALSE_ALARM
    # It takes no arrest away, and only what it adds is its own; every other stop ends as it would.
    assert not none.any()
    assert np.array_equal(pretext, (ended == v.STOP_ARREST) & (without != v.STOP_ARREST))
    assert np.array_equal(ended[~pretext], without[~pretext])


def test_a_motive_moves_neither_what_never_happens_nor_what_always_does(
    says: Says, states: list[State]
) -> None:
    states[0].officer.leniency = 0.0
    for ends in ({"warning": 0.5, "citation": 0.5}, {"arrest": 1.0}):
        ended, pretext = outcomes(says, states[0], ends, motive=5.0)
        assert np.array_equal(ended, outcomes(says, states[0], ends)[0])
        assert not pretext.any()


def test_nobody_is_lenient_where_the_arrest_is_what_they_are_after(says: Says, states: list[State]) -> None:
    state = states[0]
    state.officer.leniency, state.case.warrant_hit = 1.0, 0
    ended, pretext = outcomes(says, state, motive=1.0)
    assert pretext.any()
    assert np.array_equal(ended == v.STOP_ARREST, pretext)


def test_the_fields_of_an_officer_are_those_that_decisions_read() -> None:
    expected = {"profiling", "leniency", "agency", "shift", "deputized", "task_force", "trained"}
    expected |= {"tipping", "restraint", "trained_at", "busy_until"}
    assert set(OFFICER.names or ()) == expected
