"""What every event may do: count hours and claims."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.engine.ledger import Q_JAIL_HOURS, Q_POLICE_CLAIMS, Q_POLICE_HOURS
from sim.pathway.world import World, claim, open_case, task
from sim.scenario import vocabulary as v
from tests.pathway.hand import FALSE_ALARM, begin, counted, still

MANY = 6_000
TERMS = {"over_hold": 0, "wrongful": 0, "median": 40_000, "spread": 1.3}


def payments(world: World, chance: float) -> np.ndarray:
    """Give what each of many cases is paid."""
    slot = open_case(world, np.uint64(1), 0, v.TRAFFIC_STOP)
    paid = np.empty(MANY)
    for key in range(MANY):
        world.cases[slot].key = key + 1
        before = world.tally[Q_POLICE_CLAIMS, 0]
        claim(world, slot, chance, Q_POLICE_CLAIMS)
        paid[key] = world.tally[Q_POLICE_CLAIMS, 0] - before
    return paid


def test_claims_are_rare_and_log_normal_around_their_median(folder: Path) -> None:
    paid = payments(begin(still(folder, {"costs.claims": TERMS}), 100).world, 0.5)
    made = paid[paid > 0]
    assert stats.binomtest(len(made), MANY, 0.5).pvalue > FALSE_ALARM
    assert stats.kstest(made, stats.lognorm(1.3, scale=40_000).cdf).pvalue > FALSE_ALARM
    assert stats.binomtest(int((made > 40_000).sum()), len(made), 0.5).pvalue > FALSE_ALARM


def test_where_claims_are_likelier_the_same_people_claim_as_much_and_others_too(folder: Path) -> None:
    world = begin(still(folder, {"costs.claims": TERMS}), 100).world
    few, many = (payments(world, chance) for chance in (0.2, 0.6))
    assert np.allclose(many[few > 0], few[few > 0])
    assert not payments(world, 0.0).any()


@pytest.mark.parametrize("name", v.TASKS)
def test_a_task_takes_the_hours_of_its_name(name: str, folder: Path) -> None:
    hours = dict(zip(v.TASKS, (0.5, 3.0, 0.25, 1.5, 2.0), strict=True))
    model = begin(still(folder, {"costs.hours": hours}), 100)
    slot = open_case(model.world, np.uint64(1), 0, v.TRAFFIC_STOP)
    for row, counter in ((Q_POLICE_HOURS, "police_hours"), (Q_JAIL_HOURS, "jail_hours")):
        assert task(model.world, slot, v.TASKS.index(name), row) == pytest.approx(hours[name] / 24)
        assert counted(model, counter) == hours[name]
