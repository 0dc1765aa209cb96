"""Residents: who is removable, and how often they are arrested."""

import numpy as np
import pytest
from scipy import stats

from sim.agents.resident import arrest_rate, discloses, is_removable, new_residents
from sim.scenario import vocabulary as v

SEED = np.uint64(9)


@pytest.mark.parametrize(
    ("status", "order", "share", "expected"),
    [
        ("us_born", 0, 1.0, False),
        ("naturalized", 0, 1.0, False),
        ("lpr", 0, 0.0, False),
        ("lpr", 0, 1.0, True),
        ("temporary", 0, 0.0, False),
        ("temporary", 0, 1.0, True),
        ("lpr", 1, 0.0, True),
        ("undocumented", 0, 0.0, True),
        ("undocumented", 1, 0.0, True),
    ],
)
def test_who_is_removable(status: str, order: int, share: float, expected: bool) -> None:
    resident = new_residents(1)[0]
    resident.status, resident.order = v.STATUSES.index(status), order
    assert is_removable(resident, 3, SEED, share) is expected


def test_a_share_of_lawful_noncitizens_is_removable_and_the_same_people_every_time() -> None:
    resident = new_residents(1)[0]
    resident.status = v.LPR
    found = [is_removable(resident, k, SEED, 0.25) for k in range(10_000)]
    assert stats.binomtest(sum(found), len(found), 0.25).pvalue > 1e-6
    more = [is_removable(resident, k, SEED, 0.7) for k in range(10_000)]
    assert all(b for a, b in zip(found, more, strict=True) if a)


def test_the_rate_of_arrests_is_a_product_of_age_status_and_record() -> None:
    resident = new_residents(1)[0]
    resident.age, resident.status, resident.record = 40, v.LPR, v.VIOLENT
    ages, statuses, records = np.arange(100) / 50, np.array([1, 0.4, 0.5, 0.6, 0.7]), np.array([1.0, 4, 5])
    assert arrest_rate(resident, 0.01, ages, statuses, records) == 0.01 * ages[40] * 0.5 * 5


def test_people_disclose_as_often_as_the_share_says() -> None:
    found = [discloses(SEED, np.uint64(k), 0.3) for k in range(10_000)]
    assert stats.binomtest(sum(found), len(found), 0.3).pvalue > 1e-6
    assert not any(discloses(SEED, np.uint64(k), 0.0) for k in range(1_000))
    assert all(discloses(SEED, np.uint64(k), 1.0) for k in range(1_000))
