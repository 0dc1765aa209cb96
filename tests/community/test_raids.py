"""Raids: how many are arrested, where, when, and how loud it is."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.agents.resident import IN_JAIL
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.community.feelings import inhabited, with_only
from tests.community.test_crime import share_is
from tests.properties.worlds import BUSY, Case, expect_same_history, happened, lines

RAID: dict[str, Any] = {"begins": 20, "days": 3, "arrests": 4_000, "neighbourhoods": 1, "publicity": 3}


def raided(folder: Path, residents: int = 3_000, raids: dict[str, Any] | None = None, **raid: Any) -> Model:
    settings = {f"raids.{name}": said for name, said in (raids or {"one": RAID | raid}).items()}
    return inhabited(with_only(folder, settings=settings), residents=residents)


def arrests(model: Model) -> np.ndarray:
    return happened(model, "ice_arrest_at_large")


@pytest.mark.parametrize(("number", "days"), [(500, 0.5), (500, 30), (2_000, 3), (10_000, 3)])
def test_a_raid_arrests_the_expected_number_within_its_dates(number: int, days: float, folder: Path) -> None:
    settings = {"raids.one": RAID | {"arrests": number, "days": days}}
    model = Model(with_only(folder, settings=settings), residents=12_000, keep_log=True)
    people = model.world.residents
    exposed = np.count_nonzero((people.status == v.UNDOCUMENTED) & (people.age >= 16))
    model.run_until(60.0)
    found = arrests(model)
    # Never quite everybody, however many are wanted.
    assert share_is(len(found), exposed, min(number * 0.12 / exposed, 0.98))
    assert 20 <= found["time"].min() <= found["time"].max() < 20 + days
    assert np.ptp(found["time"]) > 0.7 * days
    assert len(set(found["resident"].tolist())) == len(found)


@pytest.mark.parametrize("covered", [0.1, 0.25, 0.9])
def test_a_raid_covers_the_neighbourhoods_with_the_most_noncitizens_first(
    covered: float, folder: Path
) -> None:
    settings = {"raids.one": RAID | {"neighbourhoods": covered, "arrests": 1_000}}
    model = Model(with_only(folder, settings=settings), residents=8_000, keep_log=True)
    people = model.world.residents
    model.run_until(40.0)
    found = arrests(model)["resident"]
    shares = [
        np.mean(people.status[people.neighbourhood == k] >= v.LPR) for k in range(len(model.world.ranks))
    ]
    many = math.ceil(covered * len(shares))
    first = np.argsort(-np.array(shares), kind="stable")[:many]
    assert set(people.neighbourhood[found].tolist()) <= set(first.tolist())
    exposed = np.isin(people.neighbourhood, first) & (people.status == v.UNDOCUMENTED) & (people.age >= 16)
    assert exposed[found].all()
    assert share_is(len(found), int(exposed.sum()), min(80 / exposed.sum(), 0.98))


@pytest.mark.parametrize("spared", ["lawful", "children", "protected", "away"])
def test_a_raid_takes_undocumented_adults_at_home_and_nobody_else(spared: str, folder: Path) -> None:
    model = raided(folder, arrests=10_000)
    people = model.world.residents
    field, value = {
        "lawful": ("status", v.TEMPORARY),
        "children": ("age", 15),
        "protected": ("protected", 1),
        "away": ("place", IN_JAIL),
    }[spared]
    people[field][::2] = value
    model.run_until(40.0)
    found = arrests(model)["resident"]
    assert set((found % 2).tolist()) == {1}
    assert share_is(len(found), 1_500, -math.expm1(-float(model.world.raids[0].rate) * 3 / 365))


def test_raids_are_beyond_any_quota_and_need_no_teams_of_the_county(folder: Path) -> None:
    model = raided(folder)
    model.run_until(40.0)
    assert len(arrests(model)) > 50
    assert [float(b.drawn) for b in model.world.budgets[:4]].count(0.0) >= 3
    assert len(happened(model, "at_large_attempt")) == 0


def test_a_raid_in_which_nobody_is_arrested_changes_no_event(folder: Path) -> None:
    case = Case({}, {}, {}, {}, 800, 60.0, 4)
    idle = RAID | {"arrests": 0}
    without = case.live(case.load(folder))
    expect_same_history(without, case.live(case.with_settings(folder, {"raids.idle": idle})))
    nowhere = RAID | {"neighbourhoods": 0}
    expect_same_history(without, case.live(case.with_settings(folder, {"raids.idle": nowhere})))
    later = RAID | {"begins": 61}
    expect_same_history(without, case.live(case.with_settings(folder, {"raids.idle": later})))
    assert "raids.idle" not in BUSY


def test_another_raid_leaves_the_first_as_it_was(folder: Path) -> None:
    one = raided(folder)
    two = raided(folder, raids={"another": RAID | {"begins": 60}, "one": RAID})
    for model in (one, two):
        model.run_until(100.0)
    until = [arrests(m)[arrests(m)["time"] < 60] for m in (one, two)]
    assert until[0].tolist() == until[1].tolist()
    assert len(arrests(two)) > len(until[0]) + 50


def test_a_raid_that_a_later_phase_brings_happens_on_its_date_and_not_before(folder: Path) -> None:
    settings = {"raids.one": RAID | {"arrests": 0}}
    timeline = [{"day": 21, "set": {"raids.one": RAID}}]
    model = inhabited(with_only(folder, settings=settings, timeline=timeline), residents=3_000)
    model.run_until(60.0)
    times = arrests(model)["time"]
    assert len(times) > 20
    assert 21 <= times.min() <= times.max() < 23
    assert len(lines(model)) >= 2 * len(times)


@pytest.mark.parametrize("publicity", [0.0, 1.0, 5.0])
def test_a_raid_is_as_loud_as_its_publicity(publicity: float, folder: Path) -> None:
    settings = {
        "raids.one": RAID | {"publicity": publicity},
        "community.news.before": dict.fromkeys(v.GROUPS, 0),
        "community.network.without_conviction": 1,
    }
    model = inhabited(with_only(folder, "news", settings=settings), residents=3_000)
    model.run_until(24.0)
    half_life = model.loaded.settings.community.news.half_life
    heard = sum(0.5 ** ((23 - math.floor(t)) / half_life) for t in arrests(model)["time"])
    places = len(model.world.ranks) + 1
    region = model.world.climate[v.WHITE * places + places - 1]
    assert region.arrests == pytest.approx(publicity * heard, rel=1e-9)
    assert (region.fear > 0) == (publicity > 0)
    assert region.transfers == 0
