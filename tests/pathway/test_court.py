"""Detention: what an arrest by ICE takes from a household, counted on one made by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sim.agents.resident import new_residents
from sim.engine.calendar import DETAIN
from sim.model import Model
from sim.population.people import People
from sim.scenario import vocabulary as v
from tests.pathway.hand import begin, counted, open_cases, still

# A household is a row of (age, status, earner, parent).
Member = tuple[int, int, int, int]
FAMILY: tuple[Member, ...] = (
    (40, v.UNDOCUMENTED, 1, 1),
    (38, v.LPR, 0, 1),
    (18, v.UNDOCUMENTED, 1, 0),  # grown up: no child any more
    (17, v.UNDOCUMENTED, 0, 0),
    (10, v.NATURALIZED, 0, 0),
    (5, v.US_BORN, 0, 0),
    (3, v.US_BORN, 0, 0),
)
ALONE: tuple[Member, ...] = ((30, v.UNDOCUMENTED, 1, 1),)
COUPLE: tuple[Member, ...] = ((50, v.UNDOCUMENTED, 0, 0), (52, v.US_BORN, 1, 0))
ROWS = (
    "separations",
    "earners_taken",
    "parents_taken",
    "children_affected",
    "citizen_children_affected",
)


def people(*households: Sequence[Member]) -> People:
    """Give a county of these households, and enough people who live alone to make it one."""
    rest = 100 - sum(len(h) for h in households)
    members = [*(m for h in households for m in h), *((30, v.US_BORN, 0, 0) for _ in range(rest))]
    sizes = [*(len(h) for h in households), *([1] * rest)]
    residents = new_residents(len(members))
    for resident, (age, status, earner, parent) in zip(residents, members, strict=True):
        resident.age, resident.status, resident.earner, resident.parent = age, status, earner, parent
    residents.household = np.repeat(np.arange(len(sizes)), sizes)
    start = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    none = np.zeros(0, dtype=np.int32)
    return People(residents, start, np.zeros(len(members) + 1, dtype=np.int64), none, none.astype(np.int8))


def after(folder: Path, who: Sequence[int], outcome: str = "bond", **settings: float) -> Model:
    """Give a world in which ICE has taken these members of the family, the couple, or who lives alone."""
    terms = {name.replace("__", "."): value for name, value in settings.items()}
    loaded = still(folder, terms, {"court.outcome": outcome})
    model = Model(loaded, residents=100, keep_log=True, people=people(FAMILY, COUPLE, ALONE))
    open_cases(model, DETAIN, who, hit=v.HIT_REMOVABLE)
    model.run_until(1_000.0)
    return model


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (0, (1, 1, 1, 4, 3)),  # an earner and parent: four children, three of them citizens
        (1, (1, 0, 1, 4, 3)),
        (2, (1, 1, 0, 4, 3)),
        (3, (1, 0, 0, 3, 3)),  # a child of 17 leaves three others behind
        (7, (1, 0, 0, 0, 0)),  # half of a couple
        (9, (0, 0, 0, 0, 0)),  # who lives alone leaves nobody
    ],
)
def test_a_household_loses_a_member_an_earner_or_a_parent(
    who: int, expected: tuple[int, ...], folder: Path
) -> None:
    model = after(folder, [who])
    assert counted(model, "detention") == 1
    assert tuple(counted(model, row) for row in ROWS) == expected


def test_every_arrest_counts(folder: Path) -> None:
    model = after(folder, [0, 1, 7, 9])
    assert tuple(counted(model, row) for row in ROWS) == (3, 1, 2, 8, 6)
    status = model.counts.by("parents_taken", "status")
    assert (status["undocumented"], status["lpr"]) == (1, 1)


@pytest.mark.parametrize(
    ("outcome", "gone"), [("removal", 1), ("voluntary_departure", 1), ("bond", 0), ("relief", 0)]
)
def test_earners_and_parents_are_lost_for_good_where_they_leave_the_country(
    outcome: str, gone: int, folder: Path
) -> None:
    model = after(folder, [0, 2], outcome)
    assert counted(model, "earners_removed") == 2 * gone
    assert counted(model, "parents_removed") == gone


def test_nobody_is_removed_without_a_bed(folder: Path) -> None:
    none = {"ice__detention__beds": 0, "ice__detention__reserve": 0}
    model = after(folder, [0], "removal", **none)
    assert counted(model, "no_bed") == 1
    assert counted(model, "earners_removed") == counted(model, "parents_removed") == 0


def test_the_households_of_a_county_are_its_own(folder: Path) -> None:
    """The same count by a naive reader, for everybody in a county that was not made by hand."""
    model = begin(still(folder, rules={"court.outcome": "bond"}), 600)
    residents = model.world.residents
    rng = np.random.default_rng(3)
    residents.age, residents.status = rng.integers(0, 60, 600), rng.integers(0, 5, 600)
    residents.earner, residents.parent = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    open_cases(model, DETAIN, hit=v.HIT_REMOVABLE)
    model.run_until(0.5)
    expected = np.zeros(5)
    for k, one in enumerate(residents):
        others = [x for j, x in enumerate(residents) if x.household == one.household and j != k]
        children = [x for x in others if x.age < 18]
        citizens = [x for x in children if v.STATUSES[x.status] in ("us_born", "naturalized")]
        if others:
            expected += [1, one.earner, one.parent, len(children), len(citizens)]
    assert [counted(model, row) for row in ROWS] == list(expected)
    assert expected.min() > 50
