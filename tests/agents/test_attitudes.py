"""Attitudes: how they decay and move, whom they concern, and what people do by them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.agents import attitudes as a
from sim.agents.resident import new_residents
from sim.community.records import CLIMATE
from sim.community.settings import community_record
from sim.scenario import vocabulary as v
from sim.scenario.loader import load

SEED = np.uint64(4)
BASE = load("base").phases[0]
ANYWHERE = st.floats(-1, 1)
SHARE = st.floats(0, 1)
DAYS = st.floats(0, 400)


def person(**fields: float) -> Any:
    resident = new_residents(1)[0]
    for name, value in ({"status": v.UNDOCUMENTED, "group": v.HISPANIC, "age": 30} | fields).items():
        resident[name] = value
    return resident


def known(**fields: float) -> Any:
    """Give what is publicly known: nothing, but for `fields`."""
    cell = np.zeros(1, dtype=CLIMATE).view(np.recarray)[0]
    for name, value in fields.items():
        cell[name] = value
    return cell


def numbers(**fields: Any) -> Any:
    """Give the numbers of the base scenario, but for `fields`."""
    record = community_record(BASE.settings, BASE.tables)
    for name, value in fields.items():
        record[name] = value
    return record[0]


def logit(p: float) -> float:
    return math.log(p / (1 - p))


# ---------------------------------------------------------------- decay


@pytest.mark.parametrize(
    ("field", "half_life"),
    [
        ("legitimacy", BASE.settings.community.trust.legitimacy_half_life),
        ("fear", BASE.settings.community.trust.alarm_half_life),
        ("belief", BASE.settings.community.belief.half_life),
    ],
)
def test_each_attitude_halves_in_its_half_life(field: str, half_life: float) -> None:
    resident = person(**{field: 0.8}, attitude_time=10.0)
    for halvings in (1, 2, 5):
        later = 10.0 + halvings * half_life
        now = {
            "legitimacy": a.legitimacy_now(resident, numbers(), later),
            "fear": a.alarm_now(resident, numbers(), later),
            "belief": a.belief_now(resident, known(), numbers(), later),
        }
        assert now.pop(field) == pytest.approx(0.8 / 2**halvings, rel=1e-12)
        assert set(now.values()) == {0.0}


def test_belief_halves_towards_the_public_one_from_both_sides() -> None:
    half_life = BASE.settings.community.belief.half_life
    for own in (0.4, -0.4):
        resident = person(belief=own)
        assert a.belief_now(resident, known(belief=0.5), numbers(), half_life) == pytest.approx(0.5 + own / 2)


@given(start=st.tuples(ANYWHERE, ANYWHERE, ANYWHERE), times=st.lists(DAYS, min_size=1, max_size=30))
def test_looking_often_changes_nothing(start: tuple[float, float, float], times: list[float]) -> None:
    fields = dict(zip(("legitimacy", "fear", "belief"), start, strict=True))
    looked, left = person(**fields), person(**fields)
    times.sort()
    for now in times:
        a.touch(looked, numbers(), now)
        assert looked.attitude_time == now
    a.touch(left, numbers(), times[-1])
    for name in fields:
        assert looked[name] == pytest.approx(left[name], rel=1e-12, abs=1e-15)
    later = times[-1] + 17.0
    assert a.trust_now(looked, known(), numbers(), later) == pytest.approx(
        a.trust_now(left, known(), numbers(), later), rel=1e-12
    )


def test_reading_an_attitude_writes_nothing() -> None:
    resident = person(legitimacy=-0.3, fear=0.4, belief=0.2, attitude_time=3.0)
    before, cell = resident.copy(), known(belief=0.3, fear=0.2)
    a.trust_now(resident, cell, numbers(), 90.0)
    a.fear_now(resident, cell, numbers(), 90.0)
    a.exposure_left(v.DRIVING, resident, cell, numbers(), 90.0)
    a.moving_rate(resident, cell, numbers(), 90.0)
    a.deterrence(resident, cell, numbers(deterrence=1.0), 90.0)
    assert resident == before
    assert cell == known(belief=0.3, fear=0.2)


# ---------------------------------------------------------------- change


@pytest.mark.parametrize("quality", [0.2, 1.0])
@pytest.mark.parametrize("asymmetry", [1.0, 4.0, 14.0])
def test_a_bad_encounter_weighs_more_by_the_asymmetry(quality: float, asymmetry: float) -> None:
    c = numbers(step=0.03, asymmetry=asymmetry, filter=0.3)
    good, bad = a.judged(quality, 0.5, c), a.judged(-quality, 0.5, c)
    assert good == pytest.approx(0.03 * quality, rel=1e-12)
    assert bad == pytest.approx(-asymmetry * good, rel=1e-12)


@pytest.mark.parametrize(("trust", "good", "bad"), [(1.0, 1.3, 0.7), (0.0, 0.7, 1.3), (0.75, 1.15, 0.85)])
def test_who_trusts_feels_good_encounters_more_and_bad_ones_less(
    trust: float, good: float, bad: float
) -> None:
    c = numbers(step=0.02, asymmetry=4.0, filter=0.3)
    assert a.judged(1.0, trust, c) == pytest.approx(0.02 * good, rel=1e-12)
    assert a.judged(-1.0, trust, c) == pytest.approx(-0.08 * bad, rel=1e-12)


def test_an_encounter_of_no_quality_changes_nothing() -> None:
    assert a.judged(0.0, 0.3, numbers()) == 0.0
    assert a.judged(1.0, 0.3, numbers(step=0.0)) == 0.0


@pytest.mark.parametrize("value", [-1.0, -0.4, 0.0, 0.4, 1.0])
def test_a_change_is_worth_the_less_the_nearer_the_end_it_moves_to(value: float) -> None:
    assert a.toward(value, 0.1) == pytest.approx(value + 0.1 * (1 - value), abs=1e-15)
    assert a.toward(value, -0.1) == pytest.approx(value - 0.1 * (1 + value), abs=1e-15)
    assert a.toward(value, 0.0) == value


CHANGES = st.lists(st.tuples(st.floats(0, 60), ANYWHERE, ANYWHERE, ANYWHERE), max_size=60)


@given(changes=CHANGES, step=SHARE, asymmetry=st.floats(1, 20), bias=SHARE, public=SHARE, news=SHARE)
def test_attitudes_keep_their_bounds_whatever_happens(
    changes: list[tuple[float, ...]], step: float, asymmetry: float, bias: float, public: float, news: float
) -> None:
    c = numbers(step=step, asymmetry=asymmetry, filter=bias)
    resident, cell, now = person(), known(belief=public, fear=news, legitimacy=1.0 - 2.0 * news), 0.0
    for days, quality, alarm, learned in changes:
        now += days
        trust = a.trust_now(resident, cell, c, now)
        a.touch(resident, c, now)
        change = a.judged(quality, trust, c)
        assert -1.0 <= change <= 1.0
        resident.legitimacy = a.toward(resident.legitimacy, change)
        resident.fear = a.toward(resident.fear, alarm)
        resident.belief = a.toward(resident.belief, learned)
        for name in ("legitimacy", "fear", "belief"):
            assert -1.0 <= resident[name] <= 1.0
        fear, belief = a.fear_now(resident, cell, c, now), a.belief_now(resident, cell, c, now)
        assert 0.0 <= fear <= 1.0
        assert 0.0 <= belief <= 1.0
        assert 0.0 <= a.trust_now(resident, cell, c, now) <= 1.0
        assert 0.0 <= a.exposure_left(v.POLICE, resident, cell, c, now) <= 1.0
        assert 0.0 <= a.deterrence(resident, cell, numbers(deterrence=5.0), now) <= 1.0
        for witness in (0, 1):
            chance = a.report_chance(v.VIOLENT_CRIME, witness, trust, 1.0, belief, fear, v.HISPANIC, 0.0, c)
            assert 0.0 <= chance <= 1.0


# ---------------------------------------------------------------- what they think


@pytest.mark.parametrize("status", v.STATUSES)
@pytest.mark.parametrize("group", v.GROUPS)
def test_stake_is_that_of_the_status_and_for_citizens_also_of_the_perceived_group(
    status: str, group: str
) -> None:
    stake = BASE.settings.community.stake
    expected = stake.status[status] * (stake.citizens[group] if status in ("us_born", "naturalized") else 1.0)
    resident = person(status=v.STATUSES.index(status), group=v.GROUPS.index(group))
    assert a.stake_of(resident, numbers()) == pytest.approx(expected, rel=1e-15)


def test_the_stake_of_hispanic_residents_falls_with_the_security_of_their_status() -> None:
    """Asad (2020): undocumented 1, LPR 0.87, naturalized 0.76, US-born 0.42."""
    found = [a.stake_of(person(status=k), numbers()) for k in range(len(v.STATUSES))]
    assert found == sorted(found)
    assert found[v.US_BORN] == pytest.approx(0.42)
    assert found[v.UNDOCUMENTED] == 1.0


def test_fear_is_own_alarm_and_news_together_times_the_stake() -> None:
    c, cell = numbers(), known(fear=0.5)
    resident = person(fear=0.4)
    assert a.fear_now(resident, cell, c, 0.0) == pytest.approx(1 - 0.6 * 0.5)
    resident.status = v.NATURALIZED
    assert a.fear_now(resident, cell, c, 0.0) == pytest.approx(0.7 * c.stake[v.NATURALIZED])
    # Reassurance does not make the news less frightening; it counts in trust alone.
    assert a.fear_now(person(fear=-0.4), cell, c, 0.0) == pytest.approx(0.5)
    # Alarm has no hold on somebody without a stake.
    assert a.fear_now(person(fear=1.0, status=v.US_BORN, group=v.WHITE), cell, c, 0.0) == 0.0


def test_trust_is_logistic_in_legitimacy_alarm_and_news() -> None:
    c, cell = numbers(), known(fear=0.3, legitimacy=0.05)
    resident = person(legitimacy=-0.2, fear=0.4, status=v.LPR)
    rest = BASE.settings.community.trust.rest["hispanic"]
    odds = rest + c.legitimacy * (-0.2 + 0.05) - c.alarm * (0.4 + c.stake[v.LPR] * 0.3)
    assert logit(a.trust_now(resident, cell, c, 0.0)) == pytest.approx(odds)
    assert logit(a.trust_now(person(), known(), c, 0.0)) == pytest.approx(rest)


def test_reassurance_raises_trust_and_alarm_lowers_it() -> None:
    rest, calm, alarmed = (a.trust_now(person(fear=x), known(), numbers(), 0.0) for x in (0.0, -0.5, 0.5))
    assert alarmed < rest < calm


# ---------------------------------------------------------------- reporting

REPORTS: dict[str, Any] = {
    "kind": v.VIOLENT_CRIME,
    "witness": 0,
    "trust": 0.6,
    "stake": 0.9,
    "belief": 0.7,
    "fear": 0.3,
    "group": v.HISPANIC,
    "severity": 0.0,
}


def chance(c: Any, **changed: float) -> float:
    return float(a.report_chance(*(REPORTS | changed).values(), c))


@pytest.mark.parametrize("kind", range(len(v.VICTIMIZATIONS)))
@pytest.mark.parametrize("group", range(len(v.GROUPS)))
def test_without_fear_of_ice_people_of_every_group_report_alike(kind: int, group: int) -> None:
    """Noncitizens' baseline reporting is no lower in national surveys: nobody begins with a gap."""
    rest = 1 / (1 + math.exp(-BASE.settings.community.trust.rest[v.GROUPS[group]]))
    reporting = BASE.settings.community.reporting
    for witness, table in enumerate((reporting.victim, reporting.witness)):
        found = chance(numbers(), kind=kind, witness=witness, trust=rest, belief=0.0, group=group)
        assert found == pytest.approx(table[v.VICTIMIZATIONS[kind]], rel=1e-9)


def test_the_chance_of_a_report_is_the_logit_of_its_parts() -> None:
    c = numbers(witness_chill=1.4, severity_spread=0.8)
    rest = 1 / (1 + math.exp(-c.rest[v.HISPANIC]))
    odds = c.victim_odds[0] + c.report_trust * (0.6 - rest) + 0.8 * 1.5
    chill = c.chill[0] * 0.9 * 0.7 * 1.3
    assert logit(chance(c, severity=1.5)) == pytest.approx(odds - chill)
    witness = odds - c.victim_odds[0] + c.witness_odds[0]
    assert logit(chance(c, severity=1.5, witness=1)) == pytest.approx(witness - 1.4 * chill)


@pytest.mark.parametrize("witness", [0, 1])
@pytest.mark.parametrize(
    ("what", "rises"), [("trust", 1), ("severity", 1), ("stake", -1), ("belief", -1), ("fear", -1)]
)
def test_reports_rise_with_trust_and_severity_and_fall_with_stake_belief_and_fear(
    witness: int, what: str, rises: int
) -> None:
    found = [chance(numbers(), witness=witness, **{what: x}) for x in np.linspace(0, 1, 11)]
    assert all(rises * d > 0 for d in np.diff(found))


@pytest.mark.parametrize("zero", ["stake", "belief"])
def test_fear_alone_does_not_keep_anybody_from_reporting(zero: str) -> None:
    assert chance(numbers(), fear=1.0, **{zero: 0.0}) == chance(numbers(), fear=0.0, **{zero: 0.0})


def test_protection_takes_its_share_of_the_chill_from_victims_and_nothing_from_witnesses() -> None:
    none, half, full = (numbers(protection=x) for x in (0.0, 0.5, 1.0))
    without = chance(none, belief=0.0)
    chills = [logit(without) - logit(chance(c)) for c in (none, half, full)]
    assert chills[1] == pytest.approx(chills[0] / 2)
    assert chance(full) == without > chance(half) > chance(none)
    assert len({chance(c, witness=1) for c in (none, half, full)}) == 1


def test_severity_is_a_standard_normal_and_everybody_has_their_own_luck() -> None:
    severe = [a.severity_of(SEED, np.uint64(k)) for k in range(4_000)]
    assert stats.kstest(severe, "norm").pvalue > 1e-6
    for decides in (a.reports, a.witness_reports):
        said = [decides(SEED, np.uint64(k), 0.3) for k in range(4_000)]
        assert stats.binomtest(sum(said), len(said), 0.3).pvalue > 1e-6
        assert all(decides(SEED, np.uint64(k), 0.5) for k in np.flatnonzero(said))
    victims, witnesses = (
        [f(SEED, np.uint64(k), 0.5) for k in range(4_000)] for f in (a.reports, a.witness_reports)
    )
    assert abs(np.corrcoef(victims, witnesses)[0, 1]) < 0.08
    assert abs(np.corrcoef(victims, severe)[0, 1]) < 0.08


# ---------------------------------------------------------------- avoidance, moving, deterrence


@pytest.mark.parametrize("activity", range(len(v.ACTIVITIES)))
def test_avoidance_is_logistic_in_fear_and_in_belief_times_stake(activity: int) -> None:
    c = numbers()
    base, response = c.avoidance_base[activity], c.avoidance_response[activity]
    assert logit(a.avoids(activity, 0.8, 0.0, 0.0, c)) == pytest.approx(base)
    assert logit(a.avoids(activity, 0.8, 0.5, 0.3, c)) == pytest.approx(base + response * (0.3 + 0.4))
    assert a.avoids(activity, 0.8, 0.5, 0.3, numbers(avoids=0)) == 0.0


def test_those_who_avoid_an_activity_give_up_a_part_of_it() -> None:
    resident, cell = person(fear=0.3, belief=0.2), known(belief=0.4)
    avoided = a.avoids(v.DRIVING, 1.0, 0.6, 0.3, numbers())
    for depth in (0.0, 0.4, 1.0):
        c = numbers(depth=depth)
        assert a.exposure_left(v.DRIVING, resident, cell, c, 0.0) == pytest.approx(1 - depth * avoided)
    assert a.exposure_left(v.DRIVING, resident, cell, numbers(avoids=0, depth=1.0), 0.0) == 1.0


def test_people_move_by_fear_times_belief() -> None:
    resident, cell = person(fear=0.3, status=v.LPR), known(belief=0.4)
    stake = numbers().stake[v.LPR]
    assert a.moving_rate(resident, cell, numbers(moving=0.05), 0.0) == pytest.approx(0.05 * 0.3 * stake * 0.4)
    assert a.moving_rate(resident, cell, numbers(moving=0.0), 0.0) == 0.0
    assert a.moving_rate(person(fear=1.0), known(), numbers(moving=0.05), 0.0) == 0.0


def test_deterrence_is_exponential_in_the_belief_that_data_is_shared() -> None:
    resident = person(belief=0.1)
    for strength in (0.5, 2.0):
        left = a.deterrence(resident, known(belief=0.4), numbers(deterrence=strength), 0.0)
        assert left == pytest.approx(math.exp(-strength * 0.5))
    assert a.deterrence(resident, known(belief=0.4), numbers(deterrence=0.0), 0.0) == 1.0
