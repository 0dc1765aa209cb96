"""Leaving the jail: warrants that its own staff serve, and claims of people held without authority."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.engine import budget as b
from sim.engine.calendar import BOOKING
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.pathway.hand import (
    FALSE_ALARM,
    FIRST,
    agreement,
    begin,
    counted,
    days,
    effort,
    jail,
    open_cases,
)
from tests.properties.worlds import JAIL, expect_same_history, happened

ANSWERS = {"hold": 0.5, "notify": 0.3, "decline": 0.2}
SHORT = {"custody.release": "own_recognizance", "detainer.response": ANSWERS}
NEVER_COMES = effort(0) | {"ice.pickup.hours_a_day": 0, "ice.pickup.reserve": 0}


def released(folder: Path, settings: dict[str, Any], many: int = 1_000, **people: int) -> Model:
    """Give a world in which everybody is asked for and would leave on the same day."""
    model = begin(jail(folder, settings, SHORT), many, **people)
    open_cases(model, BOOKING)
    model.run_until(20.0)
    return model


@pytest.mark.parametrize("kind", ["wso", "jem"])
def test_staff_who_serve_warrants_need_nobody_to_come(kind: str, folder: Path) -> None:
    model = released(folder, agreement(kind) | NEVER_COMES)
    asked = {name: set(days(model, event)) for name, event in ANSWERED.items()}
    taken = days(model, "ice_arrest_custodial")
    assert set(taken) == asked["hold"] | asked["notify"] == set(days(model, "warrant_served"))
    assert set(taken.values()) == {FIRST}
    assert set(days(model, "jail_release")) == asked["decline"]
    assert counted(model, "hold") == 0
    assert model.world.budgets[b.PICKUP_HOURS].drawn == 0
    hours = model.loaded.settings.costs.hours["warrant_service"]
    assert counted(model, "jail_hours") == pytest.approx(hours * len(taken))


ANSWERED = {"hold": "honoured", "notify": "notified", "decline": "declined"}


def test_ices_effort_changes_nothing_where_staff_serve_its_warrants(folder: Path) -> None:
    none, all_ = (agreement("wso") | x for x in (NEVER_COMES, effort(1)))
    refuse = {"detainer.response": {"hold": 0.6, "notify": 0.4}}
    models = []
    for settings in (none, all_):
        model = begin(jail(folder, settings, SHORT | refuse), 400)
        open_cases(model, BOOKING)
        model.run_until(20.0)
        models.append(model)
    expect_same_history(*models)


def test_staff_serve_warrants_as_often_as_they_are_on_duty(folder: Path) -> None:
    model = released(folder, agreement("wso", 0.35) | NEVER_COMES)
    willing = int(counted(model, "honoured") + counted(model, "notified"))
    served = int(counted(model, "warrant_served"))
    assert stats.binomtest(served, willing, 0.35).pvalue > FALSE_ALARM
    assert counted(model, "ice_arrest_custodial") == served
    # The others wait for ICE as ever: in a hold where the jail holds.
    assert counted(model, "hold_expired") == counted(model, "hold") > 0
    without = released(folder, agreement("none", 1.0) | NEVER_COMES)
    assert counted(without, "ice_arrest_custodial") == counted(without, "warrant_served") == 0


def test_an_agreement_that_has_ended_serves_nothing(folder: Path) -> None:
    model = begin(jail(folder, agreement("wso") | NEVER_COMES, SHORT), 300)
    open_cases(model, BOOKING)
    model.run_until(1.0)
    assert model.world.cases.staffed.sum() == 300
    model.world.jails.model_287g[:] = v.NO_JAIL_MODEL  # as a switch of the timeline would end it
    model.run_until(20.0)
    assert counted(model, "warrant_served") == counted(model, "ice_arrest_custodial") == 0


# ── claims ───────────────────────────────────────────────────────────────────────────────────────────────

PAID = 20_000


def claims(**shares: float) -> dict[str, Any]:
    return {"costs.claims": {"over_hold": 0, "wrongful": 0, "median": PAID, "spread": 0} | shares}


def test_over_holds_may_be_claimed_for_by_whoever_they_happen_to(folder: Path) -> None:
    over = NEVER_COMES | {f"jails.{JAIL}.over_hold": 0.5} | claims(over_hold=0.3)
    model = released(folder, over, 1_500)
    happened_to = int(counted(model, "over_hold"))
    assert happened_to > 200
    paid = round(counted(model, "jail_claims") / PAID)
    assert stats.binomtest(paid, happened_to, 0.3).pvalue > FALSE_ALARM
    assert counted(model, "police_claims") == 0


def test_handing_over_somebody_who_is_not_removable_may_be_claimed_for(folder: Path) -> None:
    terms = agreement("wso") | claims(wrongful=0.3) | {"ice.matching.error_found": 365}
    wrong = released(folder, terms | {"ice.matching.print_false_match": 1}, 1_500, status=v.US_BORN)
    taken = happened(wrong, "ice_arrest_custodial")
    assert counted(wrong, "wrongful_ice_arrests") == len(taken) > 1_000
    paid = round(counted(wrong, "jail_claims") / PAID)
    assert stats.binomtest(paid, len(taken), 0.3).pvalue > FALSE_ALARM
    assert counted(released(folder, terms, 300), "jail_claims") == 0
    assert np.all(taken["time"] == FIRST)
