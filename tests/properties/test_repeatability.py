"""The same seed gives the same world, to the last bit, however it is lived."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.calendar import new_heap
from sim.engine.ledger import new_log
from sim.model import Model
from sim.scenario.loader import LoadedScenario
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings, WorldResult
from tests.properties.worlds import BUSY, BUSY_RULES, Case, cases, expect_same_history, lines, same, scenario

EXAMPLES = settings(max_examples=10)
SIZE = Settings(residents=800, days=90.0, seed=11, replications=4)


@pytest.fixture(scope="module")
def busy(folder: Path) -> LoadedScenario:
    return scenario(folder, {"set": BUSY, "rules": BUSY_RULES})


@EXAMPLES
@given(case=cases())
def test_a_world_can_be_lived_twice(case: Case, folder: Path) -> None:
    world = case.load(folder)
    expect_same_history(case.live(world), case.live(world))


@EXAMPLES
@given(case=cases())
def test_day_by_day_is_all_at_once(case: Case, folder: Path) -> None:
    world = case.load(folder)
    whole = replace(case, days=float(int(case.days)))
    stepped = whole.start(world)
    while stepped.day < whole.days:
        stepped.step()
    expect_same_history(whole.live(world), stepped)


@EXAMPLES
@given(case=cases(), cuts=st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_a_world_lived_in_parts_is_the_whole(case: Case, cuts: list[float], folder: Path) -> None:
    world = case.load(folder)
    parts = case.start(world)
    for cut in [*cuts, 1.0]:  # some go back: days already lived are not lived again
        parts.run_until(cut * case.days)
    expect_same_history(case.live(world), parts)


@EXAMPLES
@given(case=cases())
def test_arrays_that_grow_change_nothing(case: Case, folder: Path) -> None:
    world = case.load(folder)
    cramped = case.start(world)
    clock, large = cramped.world.clock[0], cramped.world
    calendar = new_heap(clock.due + 1)
    calendar[: clock.due] = large.calendar[: clock.due]
    clock.free = 2
    small = {
        "calendar": calendar,
        "queue": new_heap(1),
        "log": new_log(1),
        "cases": large.cases[:2].copy().view(np.recarray),
        "free_slots": np.array([1, 0], dtype=np.int32),
    }
    cramped.world = large._replace(**small)
    cramped.run_until(case.days)
    whole = case.live(world)
    assert same(lines(whole), lines(cramped))
    assert np.array_equal(whole.world.tally, cramped.world.tally)


def test_a_household_larger_than_any_reserve_is_taken_whole(folder: Path) -> None:
    changes = {
        "ice.at_large.collateral": 1,
        "ice.at_large.success.yes": 1,
        "ice.at_large.hours_a_day": 10_000,
        "ice.at_large.community.undocumented": 5_000,
        "ice.quota.arrests": 100_000,
        "raids.mills.arrests": 0,
        "community.avoidance.moving": 0,  # nor does it move away
    }
    world = scenario(folder, {"set": BUSY | changes, "rules": BUSY_RULES})
    model = Model(world, residents=600, seed=1)
    people = model.people
    residents = people.residents.copy()
    residents["status"], residents["age"], residents["household"], residents["neighbourhood"] = 4, 30, 0, 0
    start = np.array([0, 600], dtype=np.int32)
    crowd = Model(
        world, people=people._replace(residents=residents, household_start=start), seed=1, keep_log=True
    )
    crowd.run_until(200)
    assert crowd.counts["collateral_arrest"] > 400
    assert crowd.counts["detention"] + crowd.counts["no_bed"] >= crowd.counts["collateral_arrest"]


def test_seed_zero_is_a_seed(busy: LoadedScenario) -> None:
    case = Case({}, {}, {}, {}, 800, 90.0, 0)
    expect_same_history(case.live(busy), case.live(busy))
    assert not same(lines(case.live(busy)), lines(replace(case, seed=1).live(busy)))


@EXAMPLES
@given(case=cases(), other=st.integers(0, 2**40))
def test_two_seeds_give_two_worlds(case: Case, other: int, folder: Path) -> None:
    world = case.load(folder)
    a, b = case.start(world), replace(case, seed=other).start(world)
    a.run_until(case.days)
    b.run_until(case.days)
    assert same(lines(a), lines(b)) == (case.seed == other)


def results(world: LoadedScenario, size: Settings = SIZE, workers: int = 1) -> list[WorldResult]:
    return replicate([world], size, workers=workers, keep_log=True)[0]


def expect_same_results(a: list[WorldResult], b: list[WorldResult]) -> None:
    for one, other in zip(a, b, strict=True):
        assert one.replication == other.replication
        assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
        assert one.events is not None
        assert one.events.equals(other.events)


def test_more_replications_leave_the_earlier_ones_as_they_were(busy: LoadedScenario) -> None:
    few = results(busy, replace(SIZE, replications=2))
    expect_same_results(few, results(busy)[:2])


def test_replications_differ(busy: LoadedScenario) -> None:
    logs = [r.events for r in results(busy)]
    assert all(a is not None and not a.equals(b) for k, a in enumerate(logs) for b in logs[:k])


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_any_number_of_threads_gives_the_same_bits(workers: int, busy: LoadedScenario) -> None:
    expect_same_results(results(busy), results(busy, workers=workers))


def test_twins_run_together_are_the_worlds_run_alone(busy: LoadedScenario, folder: Path) -> None:
    other = scenario(folder, {"set": BUSY, "rules": BUSY_RULES}, levers=["data_firewall"])
    together = replicate([busy, other], SIZE, workers=2, keep_log=True)
    expect_same_results(together[0], results(busy))
    expect_same_results(together[1], results(other))


def test_the_people_of_a_world_are_left_as_they_were(busy: LoadedScenario) -> None:
    model = Case({}, {}, {}, {}, 800, 90.0, 3).start(busy)
    before = model.people.residents.copy()
    model.run_until(90)
    assert same(np.array(before), np.array(model.people.residents))
    assert not same(np.array(before), np.array(model.world.residents))
