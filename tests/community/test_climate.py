"""What everybody knows: how news fades and is noticed, and what becomes of what people believe."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.agents.attitudes import belief_now, trust_now
from sim.community.climate import noticed
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.community.feelings import inhabited, logistic, with_only

BEFORE = {"white": 0.5, "black": 2.0, "hispanic": 8.0, "asian": 0.0, "other": 1.0}
NEWS = {
    "community.news.before": BEFORE,
    "community.news.before_local": 0.25,
    "community.news.half_life": 50,
    "community.news.alarming": 3.0,
    "community.news.telling": 2.0,
    "community.news.local": 0.4,
}


def cell(model: Model, group: int, place: int = 0) -> Any:
    """Give what a group knows in a place (−1: the region)."""
    places = len(model.world.ranks) + 1
    return model.world.climate[group * places + place % places]


def share(rate: float, half: float) -> float:
    return rate**2 / (rate**2 + half**2)


def of_all_groups(model: Model) -> None:
    """Let the residents be of all groups in turn."""
    model.world.residents.group[:] = np.arange(len(model.world.residents)) % len(v.GROUPS)


# ---------------------------------------------------------------- news


def test_few_notice_a_little_news_and_half_notice_at_the_threshold() -> None:
    assert noticed(0.0, 4.0) == 0.0
    assert noticed(4.0, 4.0) == 0.5
    assert noticed(0.4, 4.0) == pytest.approx(1 / 101)
    assert noticed(40.0, 4.0) == pytest.approx(100 / 101)
    assert all(np.diff([noticed(x, 4.0) for x in np.linspace(0, 100, 50)]) > 0)


@pytest.mark.parametrize("days", [0, 1, 50, 100])
def test_news_from_before_the_run_fades_by_its_half_life(days: int, folder: Path) -> None:
    model = inhabited(with_only(folder, "news", "practice", settings=NEWS), residents=600)
    model.run_until(float(days))
    for group, name in enumerate(v.GROUPS):
        rate = BEFORE[name] * 0.5 ** (days / 50)
        found = cell(model, group, -1)
        if found.people == 0:
            continue
        assert found.fear == pytest.approx(share(rate, 3.0), rel=1e-9)
        if days == 0:
            assert found.belief == pytest.approx(share(0.25 * rate, 2.0), rel=1e-9)


def test_everybody_is_counted_in_their_group_and_neighbourhood(folder: Path) -> None:
    model = Model(with_only(folder), residents=3_000)
    people = model.world.residents
    for group in range(len(v.GROUPS)):
        mine = people.neighbourhood[people.group == group]
        here = np.bincount(mine, minlength=len(model.world.ranks)).tolist()
        assert [float(cell(model, group, k).people) for k in range(len(here))] == here
        assert cell(model, group, -1).people == len(mine)


def test_news_is_a_yearly_rate_per_thousand_of_the_group_near_and_far(folder: Path) -> None:
    settings = NEWS | {"community.news.before": dict.fromkeys(v.GROUPS, 0), "community.news.alarming": 90}
    model = Model(with_only(folder, "news", settings=settings), residents=2_000)
    places = range(len(model.world.ranks))
    size = [float(cell(model, v.WHITE, k).people) for k in places]
    struck = int(np.argmax(size))
    left, a_year = 0.5 ** (1 / 50), math.log(2) / 50 * 365
    counted = 0.0
    for day in range(120):
        for place in (struck, -1):  # an arrest a day among white residents of one neighbourhood
            cell(model, v.WHITE, place).arrests += 1.0
        counted = (counted + 1) * left
        model.run_until(float(day + 1))
    for place in places:
        near = counted / size[place] if place == struck else 0.0
        rate = 1_000 * a_year * (0.4 * near + 0.6 * counted / sum(size))
        assert cell(model, v.WHITE, place).fear == pytest.approx(share(rate, 90.0), rel=1e-9)
    fears = [float(cell(model, v.WHITE, k).fear) for k in places]
    assert 0.3 < fears[struck] == max(fears) > fears[struck - 1] > 0.0
    assert cell(model, v.BLACK, -1).fear == 0.0
    # In the long run that comes to the arrests of a year.
    assert counted * a_year == pytest.approx(365 * (1 - 0.5 ** (120 / 50)), rel=0.01)


@pytest.mark.parametrize(
    ("on", "alarms", "tells"), [("news", True, False), ("practice", False, True), ("moving", False, False)]
)
def test_news_alarms_and_convinces_apart(on: str, alarms: bool, tells: bool, folder: Path) -> None:
    model = inhabited(with_only(folder, on, settings=NEWS))
    model.run_until(3.0)
    found = cell(model, v.WHITE)
    assert (found.fear > 0, found.belief > 0) == (alarms, tells)


# ---------------------------------------------------------------- belief

OPEN = {"sharing.channel": "shared", "detainer.response": "hold"}
BELIEF = {
    "community.belief.paper": dict.fromkeys(v.POLICIES, 0.0) | {"booking_prints": 1.0},
    "community.belief.credibility": 0.8,
    "community.belief.half_life": 20,
    **NEWS,
}


def test_what_is_announced_is_believed_as_far_as_it_is_credible(folder: Path) -> None:
    for answer, expected in (("shared", 0.8), ("withheld", 0.0)):
        rules = {"sharing.channel": answer}
        model = inhabited(with_only(folder, "paper", settings=BELIEF, rules=rules))
        model.run_until(30.0)
        assert cell(model, v.HISPANIC).belief == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("transfers", [0.0, 2.0, 8.0, 1_000.0])
def test_practice_beats_paper(transfers: float, folder: Path) -> None:
    """Belief is what is seen, and what is announced only as far as nothing is seen."""
    settings = BELIEF | {
        "community.news.before": dict.fromkeys(v.GROUPS, transfers),
        "community.news.before_local": 1,
    }
    for credibility in (0.0, 0.8, 1.0):
        said = settings | {"community.belief.credibility": credibility}
        model = inhabited(with_only(folder, "paper", "practice", settings=said, rules=OPEN))
        seen = share(transfers, 2.0)
        assert cell(model, v.WHITE).belief == pytest.approx(seen + (1 - seen) * credibility, rel=1e-9)
    if transfers == 1_000.0:
        closed = {"sharing.channel": "withheld"}
        model = inhabited(with_only(folder, "paper", "practice", settings=settings, rules=closed))
        assert cell(model, v.WHITE).belief > 0.99


def test_a_new_policy_is_believed_half_after_the_half_life(folder: Path) -> None:
    timeline = [{"day": 10, "set": {"community.belief.credibility": 0}}]
    model = inhabited(with_only(folder, "paper", settings=BELIEF, rules=OPEN, timeline=timeline))
    model.run_until(10.0)
    assert cell(model, v.WHITE).belief == pytest.approx(0.8)
    for days in (20, 40, 100):
        model.run_until(10.0 + days)
        assert cell(model, v.WHITE).belief == pytest.approx(0.8 * 0.5 ** (days / 20), rel=1e-9)


@pytest.mark.parametrize("a_year", [0.0, 2.5, 5.0, 500.0])
def test_publicized_findings_answer_what_is_seen_and_not_what_is_announced(
    a_year: float, folder: Path
) -> None:
    settings = BELIEF | {"community.news.findings": 5.0, "community.news.before_local": 1}
    settings["community.news.before"] = dict.fromkeys(v.GROUPS, 4.0)
    model = inhabited(with_only(folder, "paper", "practice", settings=settings, rules=OPEN))
    left = 0.5 ** (1 / 50)
    decay = math.log(2) / 50
    model.world.regard[0].findings = a_year / 365 / decay * 300 / 100_000 / left
    first = cell(model, v.WHITE).belief
    model.run_until(1.0)
    seen = share(4.0 * left, 2.0) * (1 - a_year / (a_year + 5.0))
    goal = seen + (1 - seen) * 0.8
    expected = goal + (first - goal) * 0.5 ** (1 / 20)
    assert cell(model, v.WHITE).belief == pytest.approx(expected, rel=1e-9)


def test_looking_at_the_public_belief_less_often_changes_nothing(folder: Path) -> None:
    model, other = (inhabited(with_only(folder, "news", "practice", settings=NEWS)) for _ in range(2))
    model.run_until(77.0)
    for day in np.linspace(0.3, 77.0, 200):
        other.run_until(float(day))
    for name in model.world.climate.dtype.names:
        assert np.array_equal(model.world.climate[name], other.world.climate[name])


# ---------------------------------------------------------------- announcements

REACH = {"white": 0.0, "black": 0.25, "hispanic": 1.0, "asian": 0.5, "other": 0.0}
SAID = {"day": 10, "legitimacy": -0.2, "alarm": 0.6, "belief": 0.4, "reach": REACH}
QUIET = NEWS | {
    "community.news.before": dict.fromkeys(v.GROUPS, 0),
    "community.belief.half_life": 20,
    "community.trust.alarm_half_life": 5,
    "community.trust.legitimacy_half_life": 40,
}


@pytest.mark.parametrize(("day", "heard"), [(0.0, 0), (10.0, 10), (9.5, 10), (10.01, 11)])
def test_an_announcement_is_heard_when_the_next_day_begins_by_the_groups_that_it_reaches(
    day: float, heard: int, folder: Path
) -> None:
    settings = QUIET | {"announcements.threat": SAID | {"day": day}}
    model = inhabited(with_only(folder, "news", settings=settings))
    model.run_until(float(heard))
    assert not model.world.climate.fear.any()
    assert not model.world.climate.legitimacy.any()
    model.run_until(heard + 0.5)
    for group, name in enumerate(v.GROUPS):
        for place in range(len(model.world.ranks)):
            found = cell(model, group, place)
            assert found.fear == pytest.approx(0.6 * REACH[name])
            assert found.legitimacy == pytest.approx(-0.2 * REACH[name])
            # The day on which it is heard is the first on which belief goes back to what is known.
            assert found.belief == pytest.approx(0.4 * REACH[name] * 0.5 ** (1 / 20))


def test_what_was_announced_fades_each_part_by_its_own_half_life(folder: Path) -> None:
    settings = QUIET | {"announcements.threat": SAID}
    model = inhabited(with_only(folder, "news", settings=settings))
    model.run_until(30.5)
    found = cell(model, v.HISPANIC)
    assert found.fear == pytest.approx(0.6 * 0.5 ** (20 / 5))
    assert found.legitimacy == pytest.approx(-0.2 * 0.5 ** (20 / 40))
    assert found.belief == pytest.approx(0.4 * 0.5 ** (21 / 20))


def test_announcements_together_stay_within_bounds(folder: Path) -> None:
    loud = {f"announcements.say_{k}": SAID | {"legitimacy": -1, "belief": 1, "alarm": 0.9} for k in range(4)}
    model = inhabited(with_only(folder, "news", settings=QUIET | loud))
    model.run_until(10.5)
    found = cell(model, v.HISPANIC)
    assert found.legitimacy == -1.0
    assert found.belief == pytest.approx(0.5 ** (1 / 20))
    assert found.fear == pytest.approx(1 - 0.1**4)


def test_residents_think_by_what_their_own_group_knows_where_they_live(folder: Path) -> None:
    """The public part and a person's own add up, in trust and in belief."""
    settings = QUIET | {"announcements.promise": SAID | {"legitimacy": 0.3, "belief": -0.1, "alarm": 0}}
    model = inhabited(with_only(folder, "news", settings=settings))
    of_all_groups(model)
    model.run_until(10.5)
    model.world.residents.belief[:] = 0.5
    model.world.residents.attitude_time[:] = 10.5
    model.world.residents.legitimacy[:] = 0.1
    trust = model.loaded.settings.community.trust
    seen = set()
    for resident in model.world.residents[:60]:
        name = v.GROUPS[resident.group]
        here = cell(model, int(resident.group), int(resident.neighbourhood))
        c = model.world.community[0]
        odds = trust.rest[name] + trust.legitimacy * (0.1 + 0.3 * REACH[name])
        assert trust_now(resident, here, c, 10.5) == pytest.approx(logistic(odds))
        assert belief_now(resident, here, c, 10.5) == pytest.approx(0.5)  # it cannot be less than none
        seen.add(name)
    assert seen == set(v.GROUPS)
