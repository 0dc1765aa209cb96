"""Jail staff with 287(g) authority, mistaken requests and holds that run over: each by its own closed form.

`constant.py` says what such a world is and how its counts are held to their laws.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constant import (
    DAYS,
    ERROR_FOUND,
    FALSE_ALARM,
    FLUSH,
    LIMIT,
    OVER,
    RESPONSE,
    SHARE,
    STAY,
    STOPS,
    expect_shares,
    otherwise,
    world,
)
from scipy import stats

from sim.model import Model
from sim.scenario import vocabulary as v
from tests.properties.worlds import JAIL, happened, live

RESIDENTS = 60_000
STAFFED, DISCLOSED, HOURS = 0.4, 0.6, 0.75
# Arrests without a stop, all booked, and nobody whom ICE itself comes for.
NO_STOPS: dict[str, Any] = dict.fromkeys(STOPS, 0.0) | {
    "ice.pickup.effort": dict.fromkeys(v.PRIORITIES, 0.0),
    "ice.matching.interview_disclosure": DISCLOSED,
    "ice.matching.interview_error": 0.0,
    "ice.matching.interview_reach": 1.0,
    "costs.hours.jail_interview": HOURS,
    "costs.hours.warrant_service": HOURS,
}
BOOKED: dict[str, Any] = {
    "booking.disposition": otherwise("book"),
    "booking.identify": otherwise("prints"),
    "ice.review": [
        {"when": {"hit": "lawful"}, "then": "none"},
        *otherwise({"detainer": 0.6, "notification": 0.4}),
    ],
}
WSO = {f"jails.{JAIL}.model_287g": "wso", f"jails.{JAIL}.deputized": STAFFED}
JEM = {f"jails.{JAIL}.model_287g": "jem", f"jails.{JAIL}.deputized": STAFFED}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jails")


def live_jail(folder: Path, changes: dict[str, Any], rules: dict[str, Any] | None = None) -> Model:
    changed = world(folder, NO_STOPS | changes, BOOKED | (rules or {}))
    return live(changed, DAYS + FLUSH, RESIDENTS, seed=9)


def of_removable(model: Model, *events: str) -> np.ndarray:
    """Give the cases of removable people with these events; requests about others are lifted in time."""
    lines = happened(model, *events)
    removable = model.people.residents["status"][lines["resident"]] == v.UNDOCUMENTED
    return np.unique(lines["case"][removable])


def test_warrant_service_makes_custody_certain_for_those_whom_staff_deal_with(folder: Path) -> None:
    model = live_jail(folder, WSO)
    answers = {"honoured": STAFFED, "notified": STAFFED, "declined": 0.0}
    served, taken = (of_removable(model, x) for x in ("warrant_served", "ice_arrest_custodial"))
    assert np.array_equal(served, taken)
    shares = {}
    for answer, chance in answers.items():
        answered = of_removable(model, answer)
        shares[answer] = (int(np.isin(answered, taken).sum()), len(answered), chance)
    expect_shares(shares)
    assert len(served) > 300
    assert model.counts["jail_hours"] == pytest.approx(HOURS * model.counts["warrant_served"])
    # Where staff are always there, everybody is taken for whom the jail answers ICE, and nobody is held.
    always = live_jail(folder, WSO | {f"jails.{JAIL}.deputized": 1.0})
    assert np.array_equal(
        of_removable(always, "honoured", "notified"), of_removable(always, "ice_arrest_custodial")
    )
    assert always.counts["hold"] == always.counts["detainer_days"] == 0


def test_where_state_law_requires_it_every_jail_serves_warrants_at_the_laws_coverage(folder: Path) -> None:
    law = {"state.agreements_287g": "required", "state.required_coverage": STAFFED}
    model = live_jail(folder, law)
    served, answered = model.counts["warrant_served"], model.counts["honoured"] + model.counts["notified"]
    expect_shares({"served": (served, answered, STAFFED)})
    assert served > 300
    model = live_jail(folder, law | {"state.required_coverage": 1.0})
    taken = of_removable(model, "ice_arrest_custodial")
    assert np.array_equal(of_removable(model, "honoured", "notified"), taken)
    assert len(taken) > 300


def test_jail_enforcement_staff_find_review_and_serve_by_themselves(folder: Path) -> None:
    # ICE is never there and has no hours for review; prints stay.
    alone = {"ice.review.hours_a_day": 0.0, "ice.review.reserve": 0.0, f"jails.{JAIL}.ice_days_a_week": 0}
    model = live_jail(folder, JEM | alone, {"booking.identify": otherwise("interview")})
    counts = model.counts
    removable = round(counts["removable_bookings"])
    expect_shares(
        {
            "interviews": (counts["interview"], counts["booking"], STAFFED * SHARE),
            "matches": (counts["match"], removable, STAFFED * SHARE * DISCLOSED),
        }
    )
    assert counts["match"] == counts["review"] > 200
    answered, taken = of_removable(model, "honoured", "notified"), of_removable(model, "warrant_served")
    assert np.array_equal(answered, taken)
    asked = of_removable(model, "detainer", "notification_request")
    expect_shares({"custody": (len(taken), len(asked), RESPONSE["hold"] + RESPONSE["notify"])})
    hours = HOURS * (counts["interview"] + counts["warrant_served"])
    assert counts["jail_hours"] == pytest.approx(hours)


@pytest.mark.parametrize(("model_287g", "own"), [("jem", STAFFED), ("wso", 0.0), ("none", 0.0)])
def test_only_jail_enforcement_staff_interview_and_ice_the_others(
    model_287g: str, own: float, folder: Path
) -> None:
    # ICE comes every day and reaches everybody; two days are time enough.
    changes = {
        f"jails.{JAIL}.model_287g": model_287g,
        f"jails.{JAIL}.deputized": STAFFED,
        f"jails.{JAIL}.ice_days_a_week": 7,
        "agencies.*.pretext.chance": 0.0,
        "custody.median": dict.fromkeys(v.RELEASES, 2.0),
    }
    rules = {"booking.identify": otherwise("interview"), "ice.review": otherwise("none")}
    model = live_jail(folder, changes, rules)
    interviews, booked = happened(model, "interview"), happened(model, "booking")
    began = dict(zip(booked["case"].tolist(), booked["time"].tolist(), strict=True))
    at_once = interviews["time"] == np.array([began[case] for case in interviews["case"].tolist()])
    expect_shares(
        {
            "all": (len(interviews), len(booked), SHARE),
            "at once": (int(at_once.sum()), len(booked), own * SHARE),
        }
    )
    assert np.allclose(interviews["time"][~at_once] % 1, 10 / 24)
    assert model.counts["jail_hours"] == pytest.approx(HOURS * at_once.sum())


def test_a_mistaken_request_stands_until_its_error_is_found_or_the_person_leaves(folder: Path) -> None:
    often = {"ice.matching.print_false_match": 0.3}
    model = live_jail(folder, often, {"detainer.response": otherwise("decline")})
    asked, lifted = round(model.counts["wrongful_requests"]), round(model.counts["detainer_lifted"])
    gone = math.exp(-STAY / ERROR_FOUND)
    expect_shares({"lifted": (lifted, asked, 1 - gone)})
    mean = ERROR_FOUND * (1 - gone)
    square = 2 * ERROR_FOUND**2 * (1 - gone * (1 + STAY / ERROR_FOUND))
    z = (model.counts["wrongful_request_days"] - asked * mean) / math.sqrt(asked * (square - mean**2))
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM
    assert lifted > 60


def test_holds_that_run_over_are_paid_for_by_chance_and_counted_by_the_day(folder: Path) -> None:
    paid = {"over_hold": 0.3, "wrongful": 0.0, "median": 500, "spread": 0.0}
    model = live_jail(folder, {"costs.claims": paid}, {"detainer.response": otherwise("hold")})
    held, over, claims = (model.counts[x] for x in ("hold", "over_hold", "jail_claims"))
    true = of_removable(model, "hold")
    expect_shares(
        {
            "over": (len(of_removable(model, "over_hold")), len(true), OVER),
            "claims": (round(claims / 500), round(over), 0.3),
        }
    )
    # Nobody's release is put off but by the hold itself, and each lasts as long as is allowed at least.
    days = model.counts["detainer_days"]
    assert days == pytest.approx(model.counts["hold_hours"] / 24, rel=1e-9)
    assert len(true) * LIMIT / 24 <= days <= held * LIMIT / 24 + model.counts["over_hold_hours"] / 24
