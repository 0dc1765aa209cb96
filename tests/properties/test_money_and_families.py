"""Hours, money and families are counted where something happened, and nowhere else."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from sim.engine.calendar import STREET_END
from sim.engine.ledger import ROWS
from sim.model import Model
from sim.pathway.settings import HOURS_A_DAY
from sim.scenario import vocabulary as v
from tests.properties.histories import by_case, is_staffed, read
from tests.properties.worlds import BUSY, JAIL, Case, cases, happened

EXAMPLES = settings(max_examples=12)
PLAIN = Case({}, {}, {}, {}, 1_000, 120.0, 7)
CHILD = 18  # years below which somebody is one
# In every breakdown, what is counted in the first row is part of the second.
PARTS = {
    "detainer_days": "jail_days",
    "over_hold_hours": "hold_hours",
    "wrongful_hold_hours": "hold_hours",
    "wrongful_detained_days": "detained_days",
    "removable_bookings": "booking",
    "removable_transfers": "ice_arrest_custodial",
    "detainer_lifted": "wrongful_requests",
    "mistaken_arrest": "arrest",
    "stop_arrests": "arrest",
    "task_force_arrests": "arrest",
    "deputized_ice_arrests": "ice_arrest_street",
    "contraband": "search",
    "task_force_contact": "immigration_check",
    "finding": "case_opened",
    "scene_response": "informal_message",
    "over_hold": "hold_expired",
    "warrant_served": "ice_arrest_custodial",
    "earners_taken": "separations",
    "parents_taken": "separations",
    "citizen_children_affected": "children_affected",
}


def row(model: Model, name: str) -> np.ndarray:
    return model.counts.tally[ROWS.index(name)]


@EXAMPLES
@given(case=cases())
def test_nobody_is_paid_but_who_was_held_without_authority(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    wronged = row(model, "wrongful_street_holds") + row(model, "mistaken_arrest")
    assert not row(model, "police_claims")[wronged == 0].any()
    wronged = row(model, "over_hold") + row(model, "wrongful_ice_arrests")
    assert not row(model, "jail_claims")[wronged == 0].any()


@EXAMPLES
@given(case=cases())
def test_claims_to_be_expected_are_the_chance_times_the_mean_payment(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    terms = model.loaded.settings.costs.claims
    mean = terms.median * math.exp(terms.spread**2 / 2)
    wronged = row(model, "wrongful_street_holds") + row(model, "mistaken_arrest")
    assert row(model, "expected_police_claims") == pytest.approx(terms.wrongful * mean * wronged)
    held = terms.over_hold * row(model, "over_hold")
    jailed = row(model, "expected_jail_claims") - mean * held
    assert np.all(jailed >= -1e-6 * mean)
    assert np.all(jailed <= (terms.wrongful * row(model, "wrongful_ice_arrests") + 1e-6) * mean)


@EXAMPLES
@given(case=cases())
def test_hours_are_those_of_the_tasks_that_were_done(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    counts, hours, clock = model.counts, model.loaded.settings.costs.hours, model.world.clock[0]
    coming = model.world.calendar[: clock.due]
    ends = {int(e.key): float(e.time) for e in coming if e.kind == STREET_END}  # of holds not over yet
    police = counts["immigration_check"] * hours["immigration_check"]
    police += counts["informal_message"] * hours["tip"]
    jail = counts["warrant_served"] * hours["warrant_service"]
    enforcers = model.world.jails[0].model_287g == v.JEM
    for key, lines in by_case(read(model)).items():
        at = {line.event: line.time for line in lines}
        if "street_hold" in at:
            end = at.get("ice_arrest_street", at.get("street_hold_released", ends.get(key)))
            police += (end - at["street_hold"]) * HOURS_A_DAY
        elif "ice_arrest_street" in at and "scene_response" not in at:
            police += hours["street_arrest"]
        if "interview" in at and enforcers and is_staffed(model, key):
            jail += hours["jail_interview"]
            assert at["interview"] == at["booking"]  # the jail's own staff ask at once
    assert counts["police_hours"] == pytest.approx(police, rel=1e-9, abs=1e-9)
    assert counts["jail_hours"] == pytest.approx(jail, rel=1e-9, abs=1e-9)


@EXAMPLES
@given(case=cases())
def test_days_in_jail_for_ice_are_those_of_holds_where_a_detainer_alone_puts_off_no_release(
    case: Case, folder: Path
) -> None:
    alike = {"custody.release": [{"otherwise": {"own_recognizance": 0.5, "held": 0.5}}]}
    laws = {name: rows for name, rows in case.state_rules.items() if name not in alike}
    body = {"rules": case.rules | alike, "state_rules": laws}
    model = case.live(case.load(folder, body=body))
    counts, jail = model.counts, model.loaded.settings.jails[JAIL]
    assert counts["detainer_days"] == pytest.approx(counts["hold_hours"] / HOURS_A_DAY, rel=1e-9, abs=1e-9)
    assert counts["detainer_cost"] == pytest.approx(counts["detainer_days"] * jail.cost_day, rel=1e-9)


@EXAMPLES
@given(case=cases())
def test_no_part_is_more_than_its_whole(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    for part, whole in PARTS.items():
        whole_row = row(model, whole)
        assert np.all(row(model, part) <= whole_row + 1e-9 * (1 + whole_row)), (part, whole)


@EXAMPLES
@given(case=cases())
def test_families_lose_whom_ice_arrests_and_removes(case: Case, folder: Path) -> None:
    model = case.live(case.load(folder))
    people, start = model.people.residents, model.people.household_start
    taken = happened(model, "detention", "no_bed")["resident"]
    removed = happened(model, "removal", "voluntary_departure")["resident"]
    expected = dict.fromkeys(("separations", "earners_taken", "parents_taken"), 0)
    children = citizens = 0
    for who in taken.tolist():
        first, after = start[people["household"][who]], start[people["household"][who] + 1]
        others = [k for k in range(first, after) if k != who]
        if others:
            expected["separations"] += 1
            expected["earners_taken"] += int(people["earner"][who])
            expected["parents_taken"] += int(people["parent"][who])
        young = [k for k in others if people["age"][k] < CHILD]
        children += len(young)
        citizens += sum(people["status"][k] < v.LPR for k in young)
    expected |= {"children_affected": children, "citizen_children_affected": citizens}
    expected |= {f"{name}s_removed": people[name][removed].sum() for name in ("earner", "parent")}
    assert {name: model.counts[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("price", "rows"),
    [
        ("costs.claims.median", ("police_claims", "jail_claims")),
        ("costs.officer_hour", ("training_cost",)),
        ("costs.hours.warrant_service", ()),
        (f"jails.{JAIL}.cost_day", ("detainer_cost",)),
        (f"jails.{JAIL}.deputized_staff", ()),
    ],
)
def test_what_costs_twice_as_much_costs_twice_as_much(
    price: str, rows: tuple[str, ...], folder: Path
) -> None:
    first = PLAIN.load(folder)
    once: object = first.settings
    for name in price.split("."):
        once = once[name] if isinstance(once, dict) else getattr(once, name)
    assert isinstance(once, int | float)
    other = PLAIN.with_settings(folder, {price: 2 * once})
    a, b = PLAIN.live(first), PLAIN.live(other)
    for name in rows:
        assert row(a, name)[0] > 0
        assert np.array_equal(row(b, name), 2 * row(a, name))
    if not rows:
        assert (b.counts.tally != a.counts.tally).any()


def test_what_stands_is_paid_for_by_the_day_by_who_agreed_to_it(folder: Path) -> None:
    terms = {
        "agencies.*.officers": 100,
        "agencies.*.deputized": 0.25,
        "agencies.*.model_287g": "none",
        "agencies.sheriff.model_287g": "tfm",
        f"jails.{JAIL}.model_287g": "wso",
        f"jails.{JAIL}.deputized_staff": 10,
        "costs.officer_hour": 50,
        "costs.training_years": 1,
        "costs.training_hours": {"wso": 8, "jem": 160, "tfm": 40},
        "costs.reimbursement": {"salary": 0.5, "award": 3_000, "equipment": 500},
        "operations.sweep.officers": 20,
        "operations.sweep.begins": 10,
        "operations.sweep.days": 60,
    }
    # The agreements end on day 40, and the operation is cut short on day 50.
    timeline = [
        {"day": 40, "set": {"state.agreements_287g": "banned"}},
        {"day": 50, "set": {"operations.sweep.days": 5}},
    ]
    model = replace(PLAIN, days=90.0).live(PLAIN.load(folder, {"set": terms, "timeline": timeline}))
    share, years = 1_000 / BUSY["population.county_residents"], 40 / 365
    counts = model.counts
    trained, staff = 100 * 0.25 * share, 10 * share
    each = trained * 40 * 50 * years
    expected = {
        "training_cost": {
            "sheriff": each,
            "none": staff * 8 * 50 * years,
        },
        "reimbursement": {"sheriff": trained * (0.5 * 50 * 2_080 + 3_000 + 500) * years},
        "operation_hours": {"city_police": 20 * 8 * 40 * share},
    }
    for name, paid in expected.items():
        by_agency = {agency: amount for agency, amount in counts.by(name, "agency").items() if amount}
        assert by_agency == pytest.approx(paid)
        assert counts[name] == pytest.approx(math.fsum(paid.values()))
