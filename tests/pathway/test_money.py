"""Amounts that stand whatever happens: training, reimbursement and operations, against sums by hand."""

from pathlib import Path
from typing import Any

import pytest

from sim.engine.ledger import ROWS, new_tally
from sim.model import Model
from sim.outcomes.counts import Counts
from sim.pathway.money import count_standing
from sim.scenario.loader import LoadedScenario
from tests.pathway.hand import STILL
from tests.properties.worlds import AGENCIES, JAIL, scenario

COUNTY, SAMPLE = 10_000, 2_500
HOUR, LASTS = 60.0, 2.5
TERMS: dict[str, Any] = {
    "population.county_residents": COUNTY,
    "costs.officer_hour": HOUR,
    "costs.training_hours": {"tfm": 40, "wso": 8, "jem": 160},
    "costs.reimbursement": {"salary": 0.5, "award": 1_000, "equipment": 7_500},
    "agencies.city_police.officers": 200,
    "agencies.city_police.model_287g": "tfm",
    "agencies.city_police.deputized": 0.1,
    "agencies.sheriff.officers": 50,
    "agencies.sheriff.deputized": 0.4,  # without an agreement nobody has authority, and nobody is trained
    "costs.training_years": LASTS,
}
OFFICERS = 20.0
YEARLY = 0.5 * HOUR * 2_080 + 1_000 + 7_500
BLITZ = {
    "agency": "state_police",
    "begins": 100,
    "days": 10,
    "stops_a_day": 5,
    "officers": 6,
    "neighbourhoods": 0.5,
    "partner": True,
    "reasons": {"moving_violation": 1, "equipment": 0, "suspicion": 0},
    "profiling": {"white": 1, "black": 1, "hispanic": 1, "asian": 1, "other": 1},
    "unlicensed": 1,
}


def world(folder: Path, settings: dict[str, Any] | None = None, **more: Any) -> LoadedScenario:
    return scenario(folder, {"set": STILL | TERMS | (settings or {}), **more})


def standing(loaded: LoadedScenario, until: float, phase: int = 0) -> Counts:
    """Give what stands of one phase until a day, for a quarter of the county."""
    tally, columns = new_tally(len(AGENCIES), 20)
    count_standing(tally, columns, SAMPLE, loaded.phases[phase], until)
    return Counts(tally, AGENCIES, SAMPLE, until)


def test_officers_with_authority_cost_training_and_bring_reimbursement(folder: Path) -> None:
    counts, years, share = standing(world(folder), 730.0), 2.0, 0.25
    yearly = 40 * HOUR / LASTS
    training = {name: n * yearly * years * share for name, n in zip(AGENCIES, (20, 0, 0), strict=True)}
    assert counts.by("training_cost", "agency") == pytest.approx(training | {"none": 0.0})
    paid = OFFICERS * YEARLY * years * share
    expected = {"city_police": paid, "sheriff": 0.0, "state_police": 0.0, "none": 0.0}
    assert counts.by("reimbursement", "agency") == pytest.approx(expected)
    assert counts["reimbursement"] == pytest.approx(paid)
    assert counts["training_cost"] == pytest.approx(sum(training.values()))


@pytest.mark.parametrize(("kind", "hours"), [("none", 0), ("wso", 8), ("jem", 160)])
def test_trained_staff_of_a_jail_cost_what_their_agreement_asks_for(
    kind: str, hours: int, folder: Path
) -> None:
    jail = {f"jails.{JAIL}.model_287g": kind, f"jails.{JAIL}.deputized_staff": 5}
    counts = standing(world(folder, jail | {"agencies.*.deputized": 0}), 365.0)
    cost = 5 * hours * HOUR * 0.25 / LASTS
    assert counts["training_cost"] == pytest.approx(cost)
    assert counts.by("training_cost", "agency")["none"] == pytest.approx(cost)  # a jail is no agency


def test_a_state_that_bans_agreements_saves_and_forgoes_all_of_it(folder: Path) -> None:
    jail = {f"jails.{JAIL}.model_287g": "jem", f"jails.{JAIL}.deputized_staff": 5}
    counts = standing(world(folder, jail | {"state.agreements_287g": "banned"}), 365.0)
    assert counts["training_cost"] == counts["reimbursement"] == 0


def test_a_jail_that_the_state_obliges_trains_warrant_service_officers(folder: Path) -> None:
    law = {"state.agreements_287g": "required", "state.required_staff": 7}
    own = {f"jails.{JAIL}.deputized_staff": 5, "agencies.*.deputized": 0}
    counts = standing(world(folder, own | law), 365.0)
    assert counts["training_cost"] == pytest.approx(7 * 8 * HOUR * 0.25 / LASTS)
    # A jail with an agreement of its own has the staff that it says.
    counts = standing(world(folder, own | law | {f"jails.{JAIL}.model_287g": "wso"}), 365.0)
    assert counts["training_cost"] == pytest.approx(5 * 8 * HOUR * 0.25 / LASTS)


@pytest.mark.parametrize(
    ("until", "days"), [(50.0, 0.0), (100.0, 0.0), (104.5, 4.5), (110.0, 10.0), (365.0, 10.0)]
)
def test_an_operation_takes_a_shift_a_day_of_its_officers_while_it_lasts(
    until: float, days: float, folder: Path
) -> None:
    counts = standing(world(folder, {"operations.blitz": BLITZ}), until)
    hours = 6 * 8 * days * 0.25
    assert counts["operation_hours"] == pytest.approx(hours)
    assert counts.by("operation_hours", "agency")["state_police"] == pytest.approx(hours)


def test_an_operation_has_no_more_officers_than_the_agency(folder: Path) -> None:
    few = {"operations.blitz": BLITZ | {"officers": 60}, "agencies.state_police.officers": 4}
    assert standing(world(folder, few), 365.0)["operation_hours"] == pytest.approx(4 * 8 * 10 * 0.25)


def test_no_other_breakdown_is_touched(folder: Path) -> None:
    counts = standing(world(folder, {"operations.blitz": BLITZ}), 365.0)
    for row in ("training_cost", "reimbursement", "operation_hours"):
        for breakdown in counts.columns():
            if breakdown != "agency":
                assert not any(counts.by(row, breakdown).values())


def test_a_model_counts_each_phase_for_as_long_as_it_has_lasted(folder: Path) -> None:
    timeline = [
        {"day": 100, "set": {"agencies.city_police.deputized": 0.3, "operations.blitz": BLITZ}},
        {"day": 105, "set": {"agencies.city_police.model_287g": "none"}},
    ]
    model = Model(world(folder, timeline=timeline), residents=SAMPLE)

    def expected(first: float, second: float, third: float) -> dict[str, float]:
        city = 200 * (0.1 * first + 0.3 * second) / 365
        training = city * 40 * HOUR * 0.25 / LASTS
        paid = 200 * (0.1 * first + 0.3 * second) / 365 * YEARLY * 0.25
        hours = 6 * 8 * min(second + third, 10) * 0.25
        return {"training_cost": training, "reimbursement": paid, "operation_hours": hours}

    for day, parts in ((60, (60, 0, 0)), (100, (100, 0, 0)), (103, (100, 3, 0)), (400, (100, 5, 295))):
        model.run_until(day)
        for _ in range(2):  # asking changes nothing
            assert {name: model.counts[name] for name in expected(0, 0, 0)} == pytest.approx(expected(*parts))
    assert not model.world.tally[[ROWS.index(name) for name in expected(0, 0, 0)]].any()
