"""Records of victims and witnesses, certification, and return after removal."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.agents.resident import HOME, IN_JAIL, REMOVED
from sim.engine import calendar as due
from sim.model import Model
from sim.pathway.world import open_case
from sim.scenario import vocabulary as v
from tests.community.feelings import inhabited, with_only
from tests.community.test_crime import ALIKE, chances, count_is, rates, share_is
from tests.pathway.hand import FALSE_ALARM, open_cases
from tests.properties.worlds import happened, lines

NO_ARRESTS = {"community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 0)}
TO_COURT: dict[str, Any] = {"court.outcome": "removal"}


def cases_of(model: Model, *events: str) -> set[int]:
    return {int(k) for k in happened(model, *events)["case"]}


# ---------------------------------------------------------------- records of victims and witnesses


def reporting(folder: Path, channel: Any, *, witnesses: bool = False, **settings: Any) -> Model:
    """Give a world in which every victim (or else every witness) reports, and nobody is arrested for it."""
    laid = rates(violent=500) | ALIKE | NO_ARRESTS | chances(0, 1, 1) if witnesses else {}
    laid = laid or rates(violent=500) | ALIKE | NO_ARRESTS | chances(1, 0, 0)
    rules = {"sharing.channel": channel, "ice.review": "lead", "ice.at_large": "wait"}
    return inhabited(with_only(folder, settings=laid | settings, rules=rules), residents=1_500)


@pytest.mark.parametrize("witnesses", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_record_reaches_ice_as_often_as_the_rule_shares_it(
    share: float, witnesses: bool, folder: Path
) -> None:
    answer = {0.0: "withheld", 1.0: "shared"}.get(share, {"shared": share, "withheld": "rest"})
    rows = [{"when": {"channel": "victim_witness_records"}, "then": answer}, {"otherwise": "withheld"}]
    model = reporting(folder, rows, witnesses=witnesses, **{"ice.matching.record_flag": 0.6})
    model.run_until(300.0)
    reports = cases_of(model, "witness_report" if witnesses else "report")
    shared = cases_of(model, "victim_record_shared")
    assert len(reports) > 300
    assert shared <= reports
    if 0 < share < 1:
        assert share_is(len(shared), len(reports), share)
    else:
        assert len(shared) == share * len(reports)
    matches = happened(model, "match")
    assert {int(k) for k in matches["case"]} <= shared
    assert set(matches["channel"].tolist()) <= {v.VICTIM_WITNESS_RECORDS}
    if shared:
        assert share_is(len(matches), len(shared), 0.6)
        assert cases_of(model, "lead") == cases_of(model, "match")
    assert len(cases_of(model, "data_withheld")) >= len(reports) - len(shared)


def test_a_technical_barrier_closes_the_records_exactly(folder: Path) -> None:
    settings = {"sharing.technical": ["victim_witness_records"], "sharing.compliance": 0}
    rows = [{"when": {"channel": "victim_witness_records"}, "then": "withheld"}, {"otherwise": "shared"}]
    model = reporting(folder, rows, **settings, **{"ice.matching.record_flag": 1})
    model.run_until(300.0)
    assert cases_of(model, "report")
    assert not cases_of(model, "victim_record_shared", "match", "lead", "rule_broken")


@pytest.mark.parametrize(("status", "found"), [(v.US_BORN, False), (v.LPR, False), (v.UNDOCUMENTED, True)])
def test_only_removable_people_are_found_by_their_records(status: int, found: bool, folder: Path) -> None:
    model = reporting(folder, "shared", **{"ice.matching.record_flag": 1})
    model.world.residents.status[:] = status
    model.run_until(100.0)
    shared = cases_of(model, "victim_record_shared")
    assert len(shared) > 50
    assert cases_of(model, "match") == (shared if found else set())


# ---------------------------------------------------------------- certification


@pytest.mark.parametrize("kind", range(len(v.VICTIMIZATIONS)))
def test_victims_of_violence_who_report_are_certified_by_the_share(kind: int, folder: Path) -> None:
    settings = rates(**{v.VICTIMIZATIONS[kind]: 500}) | ALIKE | NO_ARRESTS | chances(1, 0, 0)
    settings["community.reporting.certification"] = 0.4
    model = inhabited(with_only(folder, settings=settings), residents=2_000)
    people = model.world.residents
    people.status[:] = np.arange(2_000) % len(v.STATUSES)
    people.place[::11] = IN_JAIL
    model.run_until(120.0)
    certified = happened(model, "certified")
    assert set(np.flatnonzero(people.protected).tolist()) == set(certified["resident"].tolist())
    assert len(certified) == people.protected.sum()
    if kind == v.PROPERTY_CRIME:
        assert len(certified) == 0
        return
    assert set(people.status[certified["resident"]].tolist()) == {v.TEMPORARY, v.UNDOCUMENTED}
    # Of those at risk, the first report is certified with the share.
    firsts: dict[int, int] = {}
    for line in happened(model, "response"):
        if people.status[line["resident"]] >= v.TEMPORARY:
            firsts.setdefault(int(line["resident"]), int(line["case"]))
    mine = cases_of(model, "certified")
    assert share_is(sum(case in mine for case in firsts.values()), len(firsts), 0.4)


def test_a_certified_victim_is_no_match_for_ice_by_any_record(folder: Path) -> None:
    model = reporting(folder, "shared", **{"ice.matching.record_flag": 1})
    model.world.residents.protected[::2] = 1
    model.run_until(100.0)
    assert set((happened(model, "match")["resident"] % 2).tolist()) == {1}
    assert set((happened(model, "victim_record_shared")["resident"] % 2).tolist()) == {0, 1}


def test_a_certified_victim_is_reached_by_no_operation_and_no_print(folder: Path) -> None:
    settings = {
        "ice.at_large.community.undocumented": 200_000,
        "ice.at_large.hours_a_day": 10_000,
        "ice.at_large.reserve": 90,
        "ice.at_large.collateral": 0,
        "ice.quota.arrests": 100_000,
        "arrests.rates.dui": 50_000,
    }
    rules = {"booking.disposition": "book", "booking.identify": "prints", "sharing.channel": "shared"}
    model = inhabited(with_only(folder, settings=settings, rules=rules), residents=1_000)
    model.world.residents.protected[::2] = 1
    model.run_until(60.0)
    for event in ("ice_arrest_at_large", "match", "at_large_attempt"):
        found = happened(model, event)["resident"] % 2
        assert len(found) > 20, event
        assert set(found.tolist()) == {1}, event
    assert set((happened(model, "prints_shared")["resident"] % 2).tolist()) == {0, 1}


# ---------------------------------------------------------------- return


def removed(folder: Path, *on: str, outcome: str = "removal", **settings: Any) -> Model:
    """Give a world in which a thousand people are detained at once for two days."""
    stays = {f"ice.detention.stay.{name}": 2 for name in v.COURT_OUTCOMES} | {"ice.detention.stay_spread": 0}
    loaded = with_only(folder, *on, settings=stays | settings, rules={"court.outcome": outcome})
    model = inhabited(loaded, residents=1_000)
    open_cases(model, due.DETAIN, hit=v.HIT_REMOVABLE)
    return model


@pytest.mark.parametrize("outcome", ["removal", "voluntary_departure"])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_some_of_those_removed_return_after_a_time(share: float, outcome: str, folder: Path) -> None:
    settings = {"community.offending.return_share": share, "community.offending.return_time": 40}
    model = removed(folder, "return", outcome=outcome, **settings)
    model.run_until(900.0)
    assert len(happened(model, outcome)) == 1_000
    back = happened(model, "returned")
    people = model.world.residents
    assert share_is(len(back), 1_000, share) if 0 < share < 1 else len(back) == share * 1_000
    assert set(people.place[back["resident"]].tolist()) <= {HOME}
    assert np.count_nonzero(people.place == REMOVED) == 1_000 - len(back)
    if len(back):
        gone = dict(
            zip(happened(model, outcome)["case"].tolist(), happened(model, outcome)["time"], strict=True)
        )
        waits = [x["time"] - gone[x["case"]] for x in back]
        assert stats.kstest(waits, "expon", args=(0, 40)).pvalue > FALSE_ALARM


def test_nobody_returns_who_was_not_removed_or_where_it_is_switched_off(folder: Path) -> None:
    settings = {"community.offending.return_share": 1, "community.offending.return_time": 1}
    for model in (removed(folder, "return", outcome="bond", **settings), removed(folder, **settings)):
        model.run_until(100.0)
        assert len(lines(model)) == 2_000
        assert not len(happened(model, "returned"))


def test_those_who_return_live_on_as_others_do(folder: Path) -> None:
    settings = {
        "community.offending.return_share": 1,
        "community.offending.return_time": 1,
        "community.contacts": 4,
    }
    model = removed(folder, "return", **settings)
    model.run_until(300.0)
    back = {int(x["resident"]): float(x["time"]) for x in happened(model, "returned")}
    contacts = [x for x in happened(model, "contact") if x["time"] > 2]
    assert all(x["time"] > back[int(x["resident"])] for x in contacts)
    assert count_is(len(contacts), sum(300 - t for t in back.values()) * 4 / 365)


def test_a_case_by_hand_closes_once_its_person_is_back(folder: Path) -> None:
    """The case of a removed person stays open until the return, and is free for others afterwards."""
    settings = {"community.offending.return_share": 1, "community.offending.return_time": 5}
    model = removed(folder, "return", **settings)
    free = model.world.clock[0].free
    model.run_until(2.5)
    assert model.world.clock[0].free == free + np.count_nonzero(model.world.residents.place == HOME)
    model.run_until(500.0)
    assert model.world.clock[0].free == free + 1_000
    assert open_case(model.world, np.uint64(3), 0, v.CRIME) >= 0
