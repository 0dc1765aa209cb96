"""The field office: what its searches find, and whom it holds to be pressing."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from sim.agents.ice import (
    arrival,
    finds,
    match_interview,
    match_prints,
    match_roster,
    match_tip,
    new_office,
    priority,
    reaches_scene,
    sets_out,
    turnaround,
)
from sim.agents.resident import new_residents
from sim.pathway.world import CASE
from sim.scenario import vocabulary as v

SEED = np.uint64(21)
MANY = 5_000


def office(**values: float) -> np.record:
    one = new_office()[0]
    for name, value in values.items():
        one[name] = value
    return one


def person(status: str = "undocumented", *, biometric: int = 1, order: int = 0) -> np.record:
    one = new_residents(1)[0]
    one.status, one.biometric, one.order = v.STATUSES.index(status), biometric, order
    return one


def shares(find: Callable[[np.uint64], int]) -> dict[str, int]:
    codes, counts = np.unique([find(np.uint64(k)) for k in range(MANY)], return_counts=True)
    return {v.HITS[code]: int(n) for code, n in zip(codes, counts, strict=True)}


@pytest.mark.parametrize(
    ("status", "biometric", "order", "removable", "hit"),
    [
        ("undocumented", 1, 0, True, "removable"),
        ("undocumented", 1, 1, True, "order"),
        ("undocumented", 0, 0, True, "none"),
        ("lpr", 1, 0, True, "removable"),
        ("lpr", 1, 0, False, "lawful"),
        ("naturalized", 1, 0, False, "lawful"),
        ("lpr", 0, 0, False, "none"),
        ("us_born", 0, 0, False, "none"),
    ],
)
def test_what_booking_prints_show(status: str, biometric: int, order: int, removable: bool, hit: str) -> None:
    someone = person(status, biometric=biometric, order=order)
    assert shares(lambda key: match_prints(office(), someone, removable, False, SEED, key)) == {hit: MANY}


def test_prints_of_people_who_are_not_removable_match_wrongly_at_the_error_rate() -> None:
    found = shares(
        lambda key: match_prints(office(print_false_match=0.02), person("us_born"), False, False, SEED, key)
    )
    assert stats.binomtest(found["removable"], MANY, 0.02).pvalue > 1e-6
    # A removable person's own file is found whatever the error rate.
    wrong = office(print_false_match=1.0)
    unknown = person(biometric=0)
    assert shares(lambda key: match_prints(wrong, unknown, True, False, SEED, key)) == {"none": MANY}


@pytest.mark.parametrize(
    ("status", "biometric", "removable", "hit"),
    [
        ("naturalized", 1, False, "removable"),
        ("lpr", 1, False, "removable"),
        ("naturalized", 0, False, "none"),  # there is no file that could be stale
        ("undocumented", 0, True, "none"),
    ],
)
def test_a_stale_file_shows_a_lawful_resident_as_removable(
    status: str, biometric: int, removable: bool, hit: str
) -> None:
    someone = person(status, biometric=biometric)
    assert shares(lambda key: match_prints(office(), someone, removable, True, SEED, key)) == {hit: MANY}


def test_interviews_establish_and_err_at_their_rates() -> None:
    asking = office(interview_disclosure=0.7, interview_error=0.05)
    told = shares(lambda key: match_interview(asking, person(), True, SEED, key))
    assert stats.binomtest(told["removable"], MANY, 0.7).pvalue > 1e-6
    ordered = shares(lambda key: match_interview(asking, person(order=1), True, SEED, key))
    assert ordered["order"] == told["removable"]
    wrong = shares(lambda key: match_interview(asking, person("us_born"), False, SEED, key))
    assert stats.binomtest(wrong["removable"], MANY, 0.05).pvalue > 1e-6


def test_the_roster_leads_to_removable_people_only() -> None:
    reading = office(roster_flag=0.5)
    found = shares(lambda key: match_roster(reading, person(biometric=0), True, SEED, key))
    assert stats.binomtest(found["removable"], MANY, 0.5).pvalue > 1e-6
    assert shares(lambda key: match_roster(reading, person("us_born"), False, SEED, key)) == {"none": MANY}


@pytest.mark.parametrize(
    ("status", "order", "removable", "hit"),
    [
        ("undocumented", 0, True, "removable"),
        ("undocumented", 1, True, "order"),
        ("lpr", 0, True, "removable"),
        ("naturalized", 0, False, "none"),
        ("us_born", 0, False, "none"),
    ],
)
def test_what_ice_makes_of_a_tip(status: str, order: int, removable: bool, hit: str) -> None:
    credulous, someone = office(tip_mistake=1.0), person(status, biometric=0, order=order)
    assert shares(lambda key: match_tip(credulous, someone, removable, SEED, key)) == {hit: MANY}


@pytest.mark.parametrize("status", ["lpr", "temporary"])
def test_a_tip_about_a_lawful_noncitizen_is_taken_wrongly_at_the_error_rate(status: str) -> None:
    careless, someone = office(tip_mistake=0.06), person(status)
    found = shares(lambda key: match_tip(careless, someone, False, SEED, key))
    assert stats.binomtest(found["removable"], MANY, 0.06).pvalue > 1e-6
    assert set(found) == {"removable", "none"}


def test_a_team_that_sets_out_reaches_the_scene_where_it_is_faster_than_the_stop_is_long() -> None:
    near, length = office(tip_scene=0.5, tip_arrival=0.2), 0.3
    waits = np.array([reaches_scene(near, length, SEED, np.uint64(k)) for k in range(MANY)])
    came = waits[waits >= 0]
    # Two exponential clocks: which is first, and when the first of them strikes.
    assert stats.binomtest(len(came), MANY, 0.5 * length / (length + 0.2)).pvalue > 1e-6
    assert stats.kstest(came, stats.expon(scale=1 / (1 / length + 1 / 0.2)).cdf).pvalue > 1e-6
    assert set(waits[waits < 0]) == {-1.0}
    far = office(tip_scene=0.0, tip_arrival=0.2)
    assert all(reaches_scene(far, length, SEED, np.uint64(k)) == -1 for k in range(500))


@pytest.mark.parametrize(
    ("record", "offence", "hit", "expected"),
    [
        ("none", "misdemeanor", "removable", "low"),
        ("none", "misdemeanor", "order", "medium"),
        ("nonviolent", "misdemeanor", "removable", "medium"),
        ("none", "nonviolent_felony", "removable", "medium"),
        ("violent", "misdemeanor", "removable", "high"),
        ("none", "violent_felony", "removable", "high"),
    ],
)
def test_violence_comes_first_then_orders_convictions_and_felonies(
    record: str, offence: str, hit: str, expected: str
) -> None:
    case = np.zeros(1, dtype=CASE).view(np.recarray)[0]
    case.offence, case.hit = v.OFFENCES.index(offence), v.HITS.index(hit)
    someone = person()
    someone.record = v.RECORDS.index(record)
    assert v.PRIORITIES[priority(someone, case)] == expected


def test_times_and_chances_are_those_of_the_office() -> None:
    timed = office(turnaround=0.2, turnaround_spread=1.0, delay=0.5, delay_spread=0.8)
    keys = [np.uint64(k) for k in range(MANY)]
    answers = [turnaround(timed, SEED, key) for key in keys]
    assert stats.kstest(answers, stats.lognorm(1.0, scale=0.2).cdf).pvalue > 1e-6
    arrivals = [arrival(timed, SEED, key) for key in keys]
    assert stats.kstest(arrivals, stats.lognorm(0.8, scale=0.5).cdf).pvalue > 1e-6
    assert stats.binomtest(sum(sets_out(0.76, SEED, key) for key in keys), MANY, 0.76).pvalue > 1e-6
    case = np.zeros(1, dtype=CASE).view(np.recarray)[0]
    for address, chance in ((0, 0.12), (1, 0.45)):
        case.address = address
        found = sum(finds(np.array([0.12, 0.45]), case, SEED, turn) for turn in range(MANY))
        assert stats.binomtest(found, MANY, chance).pvalue > 1e-6
