"""Residents: who is removable, and how often they are arrested."""

import numpy as np
import pytest
from scipy import stats

from sim.agents.resident import (
    arrest_rate,
    discloses,
    is_removable,
    new_residents,
    stale_file,
    stale_warrant,
)
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


def test_a_share_of_residents_has_a_settled_warrant_on_file_and_the_same_people_every_time() -> None:
    few, many = (np.array([stale_warrant(k, SEED, share) for k in range(10_000)]) for share in (0.1, 0.4))
    assert stats.binomtest(int(few.sum()), len(few), 0.1).pvalue > 1e-6
    assert stats.binomtest(int(many.sum()), len(many), 0.4).pvalue > 1e-6
    assert np.all(many >= few)
    assert not any(stale_warrant(k, SEED, 0.0) for k in range(1_000))


def test_files_are_stale_at_the_share_of_each_status_and_of_the_same_people() -> None:
    resident = new_residents(1)[0]
    shares = np.array([0.0, 0.1, 0.3, 0.6, 0.0])
    last = np.zeros(5_000, dtype=bool)
    for status in (v.US_BORN, v.NATURALIZED, v.LPR, v.TEMPORARY):
        resident.status = status
        stale = np.array([stale_file(resident, k, SEED, shares) for k in range(len(last))])
        assert stats.binomtest(int(stale.sum()), len(stale), shares[status]).pvalue > 1e-6
        assert np.all(stale >= last)
        last = stale


def test_what_is_wrong_in_one_file_says_nothing_of_another() -> None:
    resident = new_residents(1)[0]
    resident.status = v.LPR
    shares = np.full(5, 0.5)
    wrong = np.array(
        [
            [
                stale_warrant(k, SEED, 0.5),
                stale_file(resident, k, SEED, shares),
                is_removable(resident, k, SEED, 0.5),
            ]
            for k in range(8_000)
        ]
    )
    cells = np.bincount(wrong.astype(int) @ [4, 2, 1], minlength=8)
    assert stats.chisquare(cells).pvalue > 1e-6
