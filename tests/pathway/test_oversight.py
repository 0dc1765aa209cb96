"""The independent reviewer: which cases are opened, what is found, and what that changes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.model import Model
from sim.pathway.world import offer_for_review, open_case
from sim.scenario import vocabulary as v
from tests.pathway.hand import AGENCY, FALSE_ALARM, begin, counted, days, still, stops
from tests.properties.worlds import JAIL, happened

DELAY = 40.0
REVIEW = {
    "oversight.sampling": 0.6,
    "oversight.delay": DELAY,
    "oversight.finding": 0.5,
    "oversight.consequence": 0.3,
}


def offered(folder: Path, origin: int, many: int = 1_000, *, again: int = 0, officer: int = 0) -> Model:
    """Give a world in which one case of each resident is offered to the reviewer, and some `again`."""
    model = begin(still(folder, REVIEW), many)
    world = model.world
    for k in range(many):
        slot = open_case(world, np.uint64(k + 1), k, origin)
        world.cases[slot].agency, world.cases[slot].officer = 0, officer
        for _ in range(1 + again):
            offer_for_review(world, slot)
    model.run_until(DELAY + 1)
    return model


@pytest.mark.parametrize("origin", [v.TRAFFIC_STOP, v.STREET_STOP, v.SATURATION_STOP])
def test_a_sample_of_cases_is_opened_and_some_end_with_a_finding(origin: int, folder: Path) -> None:
    model = offered(folder, origin)
    opened, found = days(model, "case_opened"), days(model, "finding")
    assert stats.binomtest(len(opened), 1_000, 0.6).pvalue > FALSE_ALARM
    assert stats.binomtest(len(found), len(opened), 0.5).pvalue > FALSE_ALARM
    assert set(found) < set(opened)
    assert set(opened.values()) == {DELAY}


def test_a_case_is_offered_once_whatever_else_is_doubtful_about_it(folder: Path) -> None:
    once, often = (offered(folder, v.TRAFFIC_STOP, 300, again=n) for n in (0, 3))
    assert days(often, "case_opened") == days(once, "case_opened")
    assert len(happened(often, "case_opened")) == len(days(often, "case_opened"))


@pytest.mark.parametrize("origin", [v.CRIME, v.OPERATION])
def test_only_cases_that_began_with_a_stop_are_reviewed(origin: int, folder: Path) -> None:
    assert counted(offered(folder, origin, 100), "case_opened") == 0
    assert counted(offered(folder, v.TRAFFIC_STOP, 100, officer=-1), "case_opened") == 0


def test_each_finding_takes_its_share_of_what_an_officer_is_still_inclined_to_do(folder: Path) -> None:
    model = begin(still(folder, REVIEW | {"oversight.sampling": 1}), 300)
    world = model.world
    slots = [open_case(world, np.uint64(k + 1), k, v.TRAFFIC_STOP) for k in range(300)]
    for k, slot in enumerate(slots):
        world.cases[slot].agency, world.cases[slot].officer = 0, k % 7
        offer_for_review(world, slot)
    model.run_until(DELAY + 1)
    found = np.bincount(happened(model, "finding")["officer"], minlength=len(world.officers))
    assert found[:7].min() > 5
    assert np.allclose(world.officers.restraint, 1 - 0.7**found)


# What makes a case doubtful: a pretext, a rule that is broken, a person held who is not removable.
DOUBTFUL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "pretext_arrest": (
        {
            f"agencies.{AGENCY}.pretext": {"chance": 1, "log_odds": dict.fromkeys(v.GROUPS, 1.5)},
            f"jails.{JAIL}.ice_days_a_week": 1,
        },
        {"stop.outcome": {"warning": 0.7, "arrest": 0.3}, "booking.disposition": "cite_and_release"},
    ),
    "rule_broken": (
        {"sharing.personal_compliance": 0.4},
        {"stop.outcome": "none", "stop.street_check": "tip", "sharing.channel": "withheld"},
    ),
}


@pytest.mark.parametrize("event", DOUBTFUL)
def test_the_reviewer_sees_the_cases_that_are_doubtful_and_no_others(event: str, folder: Path) -> None:
    settings, rules = DOUBTFUL[event]
    model = begin(still(folder, REVIEW | {"oversight.sampling": 1} | settings, rules), 400)
    stops(model)
    model.run_until(DELAY + 1)
    doubtful = set(days(model, event))
    assert 50 < len(doubtful) < 400
    assert set(days(model, "case_opened")) == doubtful


def test_where_nobody_reviews_nothing_changes(folder: Path) -> None:
    settings, rules = DOUBTFUL["rule_broken"]
    model = begin(still(folder, REVIEW | {"oversight.sampling": 0} | settings, rules), 200)
    stops(model)
    model.run_until(DELAY + 1)
    assert counted(model, "rule_broken") > 50
    assert counted(model, "case_opened") == 0
    assert not model.world.officers.restraint.any()
