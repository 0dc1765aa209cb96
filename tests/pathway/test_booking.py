"""Booking: people held on somebody else's warrant, and interviews by the jail's own staff."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.engine import budget as b
from sim.engine.calendar import ARREST, BOOKING
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.pathway.hand import (
    FALSE_ALARM,
    FIRST,
    agreement,
    begin,
    counted,
    days,
    jail,
    open_cases,
)
from tests.properties.worlds import JAIL, happened

QUIET = {"booking.identify": "none"}


# ── mistaken warrants ────────────────────────────────────────────────────────────────────────────────────


def test_an_arrest_on_somebody_elses_warrant_is_counted_and_may_be_claimed_for(folder: Path) -> None:
    claims = {"over_hold": 0, "wrongful": 0.4, "median": 5_000, "spread": 0}
    model = begin(jail(folder, {"costs.claims": claims}, QUIET), 1_000)
    mistaken = open_cases(model, ARREST, range(600), mistaken=1, warrant_hit=1, offence=-1)
    open_cases(model, ARREST, range(600, 1_000), warrant_hit=1, offence=-1)
    model.run_until(1e-9)
    assert counted(model, "arrest") == 1_000
    assert set(happened(model, "mistaken_arrest")["resident"]) == set(range(600))
    assert {int(model.world.cases[slot].offence) for slot in mistaken} == {v.WARRANT}
    payments = counted(model, "police_claims") / 5_000
    assert stats.binomtest(round(payments), 600, 0.4).pvalue > FALSE_ALARM


def test_who_is_held_on_a_mistaken_warrant_goes_home_when_that_is_found_out(folder: Path) -> None:
    mean = 24.0
    model = begin(jail(folder, {"stops.mistake_found": mean}, QUIET), 1_500)
    open_cases(model, BOOKING, mistaken=1)
    model.run_until(FIRST + 1)
    hours = 24 * np.array(list(days(model, "jail_release").values()))
    assert len(hours) == 1_500
    # At the first release at the latest, as everybody does.
    law, last = stats.expon(scale=mean), 24 * FIRST
    late = hours > last - 1e-9
    assert stats.binomtest(int(late.sum()), 1_500, law.sf(last)).pvalue > FALSE_ALARM
    assert stats.kstest(hours[~late], lambda x: law.cdf(x) / law.cdf(last)).pvalue > FALSE_ALARM
    assert counted(model, "mistaken_hours") == pytest.approx(hours.sum())


def test_who_is_held_on_their_own_warrant_stays(folder: Path) -> None:
    model = begin(jail(folder, {"stops.mistake_found": 0.1}, QUIET), 100)
    open_cases(model, BOOKING, warrant_hit=1)
    model.run_until(FIRST + 1)
    assert set(days(model, "jail_release").values()) == {FIRST}
    assert counted(model, "mistaken_hours") == 0


def test_arrests_by_officers_of_a_task_force_are_counted(folder: Path) -> None:
    model = begin(jail(folder, rules={"booking.disposition": "cite_and_release"}), 200)
    model.world.officers.task_force[::3] = 1
    many = len(model.world.officers)
    for k in range(200):
        open_cases(model, ARREST, [k], officer=k % many)
    open_cases(model, ARREST, range(50), officer=-1)
    model.run_until(1.0)
    expected = sum((k % many) % 3 == 0 for k in range(200))
    assert counted(model, "task_force_arrests") == expected
    assert counted(model, "arrest") == 250


# ── jail enforcement ─────────────────────────────────────────────────────────────────────────────────────


def interviewed(
    folder: Path, settings: dict[str, Any], many: int = 1_000, visits: float = 0, **rules: Any
) -> Model:
    """Give a world in which only an interview can show anything."""
    terms = {
        "ice.matching.interview_disclosure": 0.6,
        "ice.matching.interview_reach": 1,
        f"jails.{JAIL}.ice_days_a_week": visits,
        "ice.review.lapse": 1,
    }
    model = begin(jail(folder, terms | settings, {"booking.identify": "interview"} | rules), many)
    open_cases(model, BOOKING)
    model.run_until(100.0)
    return model


def test_staff_under_a_jail_enforcement_agreement_interview_at_booking(folder: Path) -> None:
    model = interviewed(folder, agreement("jem"))
    assert set(days(model, "interview").values()) == {0.0}
    assert counted(model, "interview") == 1_000
    assert stats.binomtest(int(counted(model, "match")), 1_000, 0.6).pvalue > FALSE_ALARM
    costs = model.loaded.settings.costs.hours
    served = counted(model, "warrant_served")
    expected = 1_000 * costs["jail_interview"] + served * costs["warrant_service"]
    assert counted(model, "jail_hours") == pytest.approx(expected)


def test_staff_interview_as_often_as_they_are_on_duty(folder: Path) -> None:
    model = interviewed(folder, agreement("jem", 0.35))
    assert stats.binomtest(int(counted(model, "interview")), 1_000, 0.35).pvalue > FALSE_ALARM
    none = interviewed(folder, agreement("wso"), 200)
    assert counted(none, "interview") == 0


def test_where_no_staff_is_on_duty_people_wait_for_ices_own_visit(folder: Path) -> None:
    model = interviewed(folder, agreement("jem", 0.35), visits=7)
    at = np.array(list(days(model, "interview").values()))
    assert len(at) == 1_000
    assert stats.binomtest(int((at == 0).sum()), 1_000, 0.35).pvalue > FALSE_ALARM
    assert np.allclose(at[at > 0], 10 / 24)


def test_only_the_jails_own_interviews_take_its_hours(folder: Path) -> None:
    # Warrant service officers are on duty, but ICE's agents ask.
    refuse = {"detainer.response": "decline"}
    model = interviewed(folder, agreement("wso"), 200, visits=7, **refuse)
    assert counted(model, "interview") == 200
    assert counted(model, "jail_hours") == 0


def test_nobody_is_asked_who_leaves_in_the_same_moment(folder: Path) -> None:
    at_once = {"custody.median": dict.fromkeys(v.RELEASES, 0.0)}
    model = interviewed(folder, agreement("jem") | at_once, 200, visits=7)
    assert counted(model, "interview") == 0
    assert set(days(model, "jail_release").values()) == {0.0}


# ── reviews of their own ─────────────────────────────────────────────────────────────────────────────────

NO_HOURS = {"ice.review.hours_a_day": 0, "ice.review.reserve": 0}


@pytest.mark.parametrize(
    ("kind", "share", "reviewed"), [("jem", 1.0, 1.0), ("jem", 0.4, 0.4), ("wso", 1.0, 0)]
)
def test_jail_enforcement_reviews_what_it_finds_without_ices_hours(
    kind: str, share: float, reviewed: float, folder: Path
) -> None:
    model = begin(jail(folder, NO_HOURS | agreement(kind, share) | {"ice.review.lapse": 1}), 1_000)
    open_cases(model, BOOKING)
    model.run_until(1.5)
    assert counted(model, "match") == 1_000
    assert stats.binomtest(int(counted(model, "review")), 1_000, reviewed).pvalue > FALSE_ALARM
    assert counted(model, "review_lapsed") == 1_000 - counted(model, "review")
    assert counted(model, "detainer") == counted(model, "review")
    assert model.world.budgets[b.REVIEW_HOURS].drawn == 0
    assert model.world.office[0].waiting == 0


def test_where_hours_are_free_ice_spends_them_on_the_others_only(folder: Path) -> None:
    model = begin(jail(folder, agreement("jem", 0.4)), 1_000)
    open_cases(model, BOOKING)
    model.run_until(1.5)
    each = model.loaded.settings.ice.review.hours_each
    by_ice = model.world.budgets[b.REVIEW_HOURS].drawn / each
    assert counted(model, "review") == 1_000
    assert stats.binomtest(round(by_ice), 1_000, 0.6).pvalue > FALSE_ALARM


def test_staff_do_not_review_people_whom_the_jail_has_no_room_for(folder: Path) -> None:
    full = {f"jails.{JAIL}.capacity": 0, "ice.review.lapse": 1}
    model = begin(jail(folder, NO_HOURS | agreement("jem") | full), 100)
    open_cases(model, BOOKING)
    model.run_until(3.0)
    assert (
        counted(model, "crowded_release") == counted(model, "match") == counted(model, "review_lapsed") == 100
    )
