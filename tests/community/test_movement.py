"""Contacts, avoidance, households that move away, and officers' caution."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.agents.resident import IN_JAIL, MOVED_AWAY, PLACES
from sim.engine.ledger import EVENTS
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.community.feelings import inhabited, logistic, with_only
from tests.community.test_crime import PRINTS_ALONE, count_is, share_is
from tests.pathway.hand import counted
from tests.properties.worlds import happened, lines, same

NEVER = dict.fromkeys(v.ACTIVITIES, -12.0)
# Belief is 0.5 throughout, and what people were once alarmed by does not fade.
BELIEF = 0.5
CONSTANT: dict[str, Any] = {
    "community.belief.paper": PRINTS_ALONE,
    "community.belief.credibility": BELIEF,
    "community.trust.alarm_half_life": 3_650,
}
SHARED = {"sharing.channel": "shared"}


# ---------------------------------------------------------------- contacts


def test_everybody_grown_up_who_is_at_home_meets_police_alike(folder: Path) -> None:
    model = inhabited(with_only(folder, settings={"community.contacts": 2}), residents=1_000)
    people = model.world.residents
    people.age[::4] = 15
    people.age[1::4] = 16
    people.place[2::4] = IN_JAIL
    model.run_until(200.0)
    who = happened(model, "contact")["resident"] % 4
    assert set(who.tolist()) == {1, 3}
    for k in (1, 3):
        assert count_is(int((who == k).sum()), 250 * 2 * 200 / 365)


def test_contacts_are_with_an_officer_of_an_agency_by_its_share(folder: Path) -> None:
    model = inhabited(with_only(folder, settings={"community.contacts": 2}), residents=1_000)
    model.run_until(300.0)
    found = happened(model, "contact")
    shares = [a.crime_share for a in model.loaded.settings.agencies.values()]
    for k, agency in enumerate(model.world.agencies):
        mine = found["officer"][found["agency"] == k]
        assert share_is(len(mine), len(found), shares[k] / sum(shares))
        assert ((mine >= agency.first_officer) & (mine < agency.first_officer + agency.officer_count)).all()


# ---------------------------------------------------------------- avoidance


def expected_left(depth: float, stake: float, fear: float) -> float:
    return 1 - depth * logistic(-2.0 + 3.0 * (stake * fear + stake * BELIEF))


@pytest.mark.parametrize(
    ("activity", "settings", "event"),
    [
        ("police", {"community.contacts": 2}, "contact"),
        ("driving", {"agencies.*.traffic_stops": 0.7}, "traffic_stop"),
        ("public_places", {"agencies.*.street_stops": 0.7}, "street_stop"),
    ],
)
@pytest.mark.parametrize("avoided", v.ACTIVITIES)
def test_people_have_fewer_encounters_where_they_stay_away_and_only_there(
    activity: str, settings: dict[str, Any], event: str, avoided: str, folder: Path
) -> None:
    """Fear and belief times stake decide; the undocumented avoid more, and those without a stake nothing."""
    base = CONSTANT | {
        "community.avoidance.base": NEVER | {avoided: -2.0},
        "community.avoidance.response": dict.fromkeys(v.ACTIVITIES, 0.0) | {avoided: 3.0},
        "community.avoidance.depth": 0.9,
        "stops.length": 0.01,
    }
    rules = SHARED | {"stop.outcome": "none", "stop.query": "none", "stop.street_check": "none"}
    loaded = with_only(folder, "paper", "avoidance", settings=base | settings, rules=rules)
    model = inhabited(loaded, residents=1_200, group=v.HISPANIC)
    without = inhabited(
        with_only(folder, "paper", settings=base | settings, rules=rules), residents=1_200, group=v.HISPANIC
    )
    for m in (model, without):
        m.world.residents.fear[:] = 0.4
        m.world.residents.status[::2] = v.US_BORN
        m.run_until(120.0)
    every = set(happened(without, event)["case"].tolist())
    kept = happened(model, event)
    assert set(kept["case"].tolist()) <= every
    assert len(every) > 400
    for status, stake in ((v.UNDOCUMENTED, 1.0), (v.US_BORN, 0.42)):
        of, found = (
            int((m.world.residents.status[happened(m, event)["resident"]] == status).sum())
            for m in (without, model)
        )
        alarm = 0.4 * 0.5 ** (60 / 3_650)  # midway through the run
        left = expected_left(0.9, stake, alarm) if avoided == activity else 1 - 0.9 * logistic(-12.0)
        assert share_is(found, of, left)


# ---------------------------------------------------------------- moving away


def test_households_move_as_often_as_their_members_fear_and_believe(folder: Path) -> None:
    settings = CONSTANT | {"community.avoidance.moving": 1.0}
    loaded = with_only(folder, "paper", "moving", settings=settings, rules=SHARED)
    model = inhabited(loaded, residents=3_000)
    people = model.world.residents
    people.fear[:] = 0.5
    people.age[::5] = 15
    days = 250.0
    model.run_until(days)
    half_life = 3_650 / math.log(2)
    fear_days = 0.5 * half_life * (1 - math.exp(-days / half_life))
    adults = np.bincount(people.household, weights=people.age >= 16)
    stay = np.exp(-adults * BELIEF * fear_days / 365)
    gone = np.bincount(people.household, weights=people.place == MOVED_AWAY) > 0
    for many in np.unique(adults):
        mine = adults == many
        if many == 0:
            assert not gone[mine].any()
        else:
            assert share_is(int(gone[mine].sum()), int(mine.sum()), float(1 - stay[mine][0])), many
    assert len(happened(model, "moved_away")) == gone.sum()
    assert counted(model, "people_moved") == (people.place == MOVED_AWAY).sum()
    # They went together.
    assert set(people.place[gone[people.household]].tolist()) == {MOVED_AWAY}


@pytest.mark.parametrize("nobody", ["calm", "believes nothing", "switched off", "without a stake"])
def test_nobody_moves_without_fear_belief_and_stake(nobody: str, folder: Path) -> None:
    settings = CONSTANT | {"community.avoidance.moving": 5.0}
    if nobody == "believes nothing":
        settings |= {"community.belief.credibility": 0}
    on = ("paper",) if nobody == "switched off" else ("paper", "moving")
    model = inhabited(with_only(folder, *on, settings=settings, rules=SHARED))
    model.world.residents.fear[:] = 0.0 if nobody == "calm" else 1.0
    if nobody == "without a stake":
        model.world.residents.status[:] = v.US_BORN
    model.run_until(100.0)
    assert len(lines(model)) == 0


def test_those_in_custody_stay_behind_and_those_who_left_meet_nobody(folder: Path) -> None:
    settings = CONSTANT | {"community.avoidance.moving": 5.0, "community.contacts": 5}
    settings |= {"community.victimization.rates": dict.fromkeys(v.VICTIMIZATIONS, 1_000)}
    settings |= {"community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 0)}  # nobody else goes to jail
    loaded = with_only(folder, "paper", "moving", settings=settings, rules=SHARED)
    model = inhabited(loaded, residents=600)
    people = model.world.residents
    people.fear[:] = 1.0
    people.place[::7] = IN_JAIL
    model.run_until(150.0)
    assert set(people.place[::7].tolist()) == {IN_JAIL}
    left = {int(people.household[x["resident"]]): x["time"] for x in happened(model, "moved_away")}
    assert len(left) > 100
    for line in lines(model):
        if line["event"] != EVENTS.index("moved_away"):
            person = people[line["resident"]]
            assert person.place == IN_JAIL or line["time"] <= left.get(int(person.household), math.inf)
    assert PLACES[MOVED_AWAY] == "moved_away"


# ---------------------------------------------------------------- caution


@pytest.mark.parametrize(("legitimacy", "caution"), [(-0.4, 1.5), (-0.1, 3.0), (0.4, 1.5), (-0.4, 0.0)])
def test_officers_make_fewer_stops_where_legitimacy_has_fallen(
    legitimacy: float, caution: float, folder: Path
) -> None:
    settings = {
        "agencies.*.traffic_stops": 2.0,
        "stops.length": 0.01,
        "community.caution": caution,
        "community.trust.legitimacy_half_life": 36_500,
    }
    rules = {"stop.outcome": "none", "stop.query": "none", "stop.street_check": "none"}
    model, off = (
        inhabited(with_only(folder, *on, settings=settings, rules=rules), residents=1_000)
        for on in (("caution",), ())
    )
    for m in (model, off):
        m.world.regard.legitimacy[:] = 0.0
        m.world.regard.legitimacy[::2] = legitimacy
        m.run_until(150.0)
    kept, every = (
        {(int(x["case"]), int(x["resident"])) for x in happened(m, "traffic_stop")} for m in (model, off)
    )
    assert kept <= every
    where = model.world.residents.neighbourhood
    for half, share in ((0, math.exp(-caution * max(-legitimacy, 0.0))), (1, 1.0)):
        of, found = (sum(where[person] % 2 == half for _, person in each) for each in (every, kept))
        assert of > 200
        if share == 1.0:
            assert found == of
        else:
            assert share_is(found, of, share)


def test_a_regard_that_has_fallen_comes_back_by_the_half_life(folder: Path) -> None:
    settings = {
        "agencies.*.traffic_stops": 4.0,
        "stops.length": 0.01,
        "community.caution": 20,
        "community.trust.legitimacy_half_life": 20,
    }
    rules = {"stop.outcome": "none", "stop.query": "none", "stop.street_check": "none"}
    model, off = (
        inhabited(with_only(folder, *on, settings=settings, rules=rules), residents=1_500)
        for on in (("caution",), ())
    )
    for m in (model, off):
        m.world.regard.legitimacy[:] = -0.2
        m.run_until(120.0)
    edges = np.arange(0, 121, 20)
    kept, every = (np.histogram(happened(m, "traffic_stop")["time"], edges)[0] for m in (model, off))
    days = np.linspace(0, 20, 401)
    for k, start in enumerate(edges[:-1]):
        left = float(np.mean(np.exp(-20 * 0.2 * 0.5 ** ((start + days) / 20))))
        assert stats.binomtest(int(kept[k]), int(every[k]), left).pvalue > 1e-6, start


def test_avoidance_that_gives_up_nothing_changes_no_stop(folder: Path) -> None:
    settings = {"agencies.*.traffic_stops": 1.0, "community.avoidance.depth": 0.0}
    models: list[Model] = []
    for on in (("avoidance", "news"), ("news",)):
        model = inhabited(with_only(folder, *on, settings=settings))
        model.run_until(60.0)
        models.append(model)
    assert len(lines(models[0])) > 30
    assert same(lines(models[0]), lines(models[1]))
