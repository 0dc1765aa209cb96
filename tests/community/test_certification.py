"""Whose rule applies to a report, who is certified, and what certification protects from."""

from pathlib import Path

import numpy as np
import pytest

from sim.engine import calendar as due
from sim.scenario import vocabulary as v
from tests.community.feelings import inhabited, with_only
from tests.community.test_crime import ALIKE, chances, rates
from tests.community.test_protection import NO_ARRESTS, cases_of
from tests.pathway.hand import open_cases
from tests.properties.worlds import happened


def test_the_rule_on_victim_records_sees_the_agency_that_takes_the_report(folder: Path) -> None:
    rows = [
        {"when": {"channel": "victim_witness_records", "agency": "sheriff"}, "then": "shared"},
        {"otherwise": "withheld"},
    ]
    laid = rates(violent=500) | ALIKE | NO_ARRESTS | chances(1, 0, 0)
    model = inhabited(with_only(folder, settings=laid, rules={"sharing.channel": rows}), residents=1_500)
    model.run_until(300.0)
    answers = happened(model, "response")
    by_sheriff = set(answers["case"][answers["agency"] == 1].tolist())
    assert by_sheriff
    assert cases_of(model, "victim_record_shared") == by_sheriff


def test_only_victims_who_report_are_certified(folder: Path) -> None:
    settings = (
        rates(violent=500) | ALIKE | NO_ARRESTS | chances(0, 1, 1) | {"community.reporting.certification": 1}
    )
    model = inhabited(with_only(folder, settings=settings), residents=1_000)
    model.run_until(200.0)
    assert cases_of(model, "certified") <= cases_of(model, "report")


@pytest.mark.parametrize("officers", ["agencies.*.officers", "agencies.state_police.officers"])
def test_an_agency_without_officers_sends_none(officers: str, folder: Path) -> None:
    settings = (
        rates(violent=500)
        | ALIKE
        | NO_ARRESTS
        | chances(1, 0, 0)
        | {"community.contacts": 2, officers: 0, "agencies.state_police.crime_share": 10}
    )
    model = inhabited(with_only(folder, settings=settings), residents=1_000)
    model.run_until(100.0)
    for name in ("response", "late_response", "contact"):
        for line in happened(model, name):
            agency = model.world.agencies[line["agency"]]
            assert (
                agency.first_officer <= line["officer"] < agency.first_officer + agency.officer_count
                or line["officer"] == -1
            )


def test_a_certified_victim_is_no_collateral_arrest(folder: Path) -> None:
    settings = {
        "ice.at_large.collateral": 1,
        "ice.at_large.hours_a_day": 10_000,
        "ice.at_large.reserve": 90,
        "ice.at_large.success": {"address": 1, "no_address": 1},
    }
    model = inhabited(
        with_only(
            folder,
            settings={k: x for k, x in settings.items() if "success" not in k},
            rules={"ice.at_large": "attempt"},
        ),
        residents=600,
    )
    people = model.world.residents
    people.protected[:] = 1
    first = np.unique(people.household, return_index=True)[1]
    people.protected[first] = 0
    open_cases(model, due.LEAD, first.tolist(), hit=v.HIT_REMOVABLE, address=1, lead_at=0)
    model.run_until(300.0)
    taken = happened(model, "collateral_arrest")["resident"]
    assert len(happened(model, "ice_arrest_at_large")) > 20
    assert not people.protected[taken].any(), len(taken)


def test_a_victim_certified_after_a_lead_is_no_longer_looked_for(folder: Path) -> None:
    settings = {"ice.at_large.collateral": 0, "ice.at_large.hours_a_day": 10_000, "ice.at_large.reserve": 90}
    model = inhabited(with_only(folder, settings=settings, rules={"ice.at_large": "attempt"}), residents=600)
    open_cases(model, due.LEAD, hit=v.HIT_REMOVABLE, address=1, lead_at=0)
    model.world.residents.protected[:] = 1
    model.run_until(300.0)
    assert len(happened(model, "ice_arrest_at_large")) == 0
