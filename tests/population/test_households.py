"""Who lives with whom, and where."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.population.attributes import FURTHER_EARNER
from sim.population.households import SINGLE, ordering
from sim.population.people import People
from sim.population.synthesis import synthesize
from sim.scenario import vocabulary as v
from sim.scenario.schema import Population

Settings = Callable[..., Population]
SEED = np.uint64(4)
CHILDREN = {"0-15": 1.0, "16-24": 0.0, "25-44": 0.0, "45-64": 0.0, "65-99": 0.0}


def per_home(people: People, values: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.add.reduceat(values.astype(np.int64), people.household_start[:-1])


def heads_are_immigrants(people: People) -> NDArray[np.bool_]:
    return people.residents["status"][people.household_start[:-1]] != v.US_BORN


@pytest.mark.parametrize("size", [1.6, 2.0, 2.5, 3.4])
def test_the_mean_household_is_as_large_as_the_scenario_says(settings: Settings, size: float) -> None:
    people = synthesize(settings(household_size=size), 20_000, SEED)
    # Whole households in each of five groups.
    assert abs(people.households - 20_000 / size) <= 6


def test_mean_size_gives_way_where_children_would_live_alone(settings: Settings) -> None:
    people = synthesize(settings(household_size=1.0, mixed_status=0.0), 5_000, SEED)
    grown = per_home(people, people.residents["age"] >= 16)
    assert (grown == 1).all()


def test_sizes_are_near_those_of_us_households(settings: Settings) -> None:
    # Census Bureau, about 2023: 29, 34.5, 15, 12.5 and 9 % have 1, 2, 3, 4 and more people.  The
    # composition is assumed, so this only guards against households nobody would recognise.
    size = np.diff(synthesize(settings(), 50_000, SEED).household_start)
    shares = np.bincount(np.minimum(size, 5))[1:] / len(size)
    assert np.abs(shares - [0.29, 0.345, 0.15, 0.125, 0.09]).max() < 0.06


def test_heads_stand_first_and_children_last(settings: Settings) -> None:
    people = synthesize(settings(), 5_000, SEED)
    age, start = people.residents["age"], people.household_start
    assert (age[start[:-1]] >= 18).all()
    for first, last in pairwise(start):
        assert (np.diff((age[first:last] < 16).astype(int)) >= 0).all()


def test_children_have_somebody_of_an_age_to_be_their_parent(settings: Settings) -> None:
    people = synthesize(settings(), 50_000, SEED)
    r = people.residents
    head = r["age"][people.household_start[:-1]][r["household"]]
    child = r["age"] < 16
    gap = (head - r["age"])[child]
    assert (gap >= 15).mean() > 0.99
    assert (gap <= 50).mean() > 0.97


def test_many_of_16_to_24_live_with_a_parent(settings: Settings) -> None:
    people = synthesize(settings(), 50_000, SEED)
    r, first = people.residents, people.household_start[:-1]
    young = (r["age"] >= 16) & (r["age"] < 25)
    young[first] = False
    gap = r["age"][first][r["household"]] - r["age"]
    assert ((gap >= 20) & (gap <= 40))[young].mean() > 0.5


def test_a_household_is_of_one_group(settings: Settings) -> None:
    people = synthesize(settings(), 5_000, SEED)
    group = people.residents["group"]
    assert (group == group[people.household_start[:-1]][people.residents["household"]]).all()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6])
def test_mixed_status_is_the_share_of_immigrant_households_with_a_us_born_member(
    settings: Settings, share: float
) -> None:
    people = synthesize(settings(mixed_status=share), 20_000, SEED)
    mixed = per_home(people, people.residents["status"] == v.US_BORN) > 0
    immigrant = heads_are_immigrants(people)
    assert abs(mixed[immigrant].sum() - share * immigrant.sum()) <= 5  # rounded once in each group
    assert mixed[~immigrant].all()


def test_us_born_members_of_immigrant_households_are_children_while_there_are_any(settings: Settings) -> None:
    people = synthesize(settings(), 20_000, SEED)
    r = people.residents
    inside = heads_are_immigrants(people)[r["household"]] & (r["status"] == v.US_BORN)
    young = inside & (r["age"] < 16)
    hispanic = r["group"] == v.HISPANIC
    assert (young & hispanic).sum() == (inside & hispanic).sum() > 0
    # Asian US-born children are too few in these settings, so grown people are taken in too.
    asian = r["group"] == v.ASIAN
    assert ((r["age"] < 16) & asian & (r["status"] == v.US_BORN) & ~inside).sum() == 0


def test_grown_immigrants_mostly_live_with_their_own_status(settings: Settings) -> None:
    people = synthesize(settings(), 50_000, SEED)
    r, first = people.residents, people.household_start[:-1]
    two = per_home(people, (r["age"] >= 16) & (r["status"] != v.US_BORN)) >= 2
    one, other = r["status"][first[two]], r["status"][first[two] + 1]
    grown = (one != v.US_BORN) & (other != v.US_BORN)
    assert 0.55 < (one == other)[grown].mean() < 0.95


def test_a_group_without_grown_people_lives_with_another(settings: Settings) -> None:
    groups = {"white": 0.98, "black": 0.0, "hispanic": 0.0, "asian": 0.0, "other": 0.02}
    lonely = 0
    for seed in range(40):
        people = synthesize(
            settings(
                groups=groups,
                statuses=dict.fromkeys(v.STATUSES[1:], 0.0),
                ages={"0-15": 0.7, "16-24": 0.0, "25-44": 0.3, "45-64": 0.0, "65-99": 0.0},
            ),
            100,
            np.uint64(seed),
        )
        r = people.residents
        lonely += not ((r["group"] == v.OTHER) & (r["age"] >= 16)).any()
        assert (per_home(people, r["age"] >= 16) > 0).all()
    assert lonely > 0  # the case did occur


def test_a_population_of_children_still_has_households(settings: Settings) -> None:
    people = synthesize(settings(ages=CHILDREN, immigrant_ages=CHILDREN), 200, SEED)
    assert people.household_start[-1] == 200
    assert not people.residents["earner"].any()


def test_the_first_of_working_age_earns_and_only_those_of_working_age(settings: Settings) -> None:
    people = synthesize(settings(), 20_000, SEED)
    r = people.residents
    able = (r["age"] >= 18) & (r["age"] <= 64)
    assert not r["earner"][~able].any()
    assert (per_home(people, able) > 0).tolist() == (per_home(people, r["earner"] == 1) > 0).tolist()
    further = able.sum() - (per_home(people, able) > 0).sum()
    earn = r["earner"].sum() - (per_home(people, able) > 0).sum()
    share = FURTHER_EARNER
    assert abs(earn / further - share) <= 6 * np.sqrt(share * (1 - share) / further)


def test_parents_are_those_with_a_much_younger_us_born_minor_at_home(settings: Settings) -> None:
    people = synthesize(settings(), 3_000, SEED)
    r, start = people.residents, people.household_start
    for first, last in pairwise(start):
        home = r[first:last]
        minors = home["age"][(home["age"] < 18) & (home["status"] == v.US_BORN)]
        expected = [a >= 18 and bool((a - minors >= 15).any()) for a in home["age"]]
        assert home["parent"].astype(bool).tolist() == expected


# ── neighbourhoods ───────────────────────────────────────────────────────────────────────────────────


def dissimilarity(people: People, group: int, neighbourhoods: int) -> float:
    """Share of the group that would have to move for its spread to be that of everybody else."""
    place, own = people.residents["neighbourhood"], people.residents["group"] == group
    inside = np.bincount(place[own], minlength=neighbourhoods) / own.sum()
    outside = np.bincount(place[~own], minlength=neighbourhoods) / (~own).sum()
    return 0.5 * float(np.abs(inside - outside).sum())


@pytest.mark.parametrize("group", [v.WHITE, v.BLACK, v.HISPANIC])
def test_segregation_is_the_dissimilarity_index(settings: Settings, group: int) -> None:
    wanted = (0.0, 0.25, 0.5, 0.75, 1.0)
    found = [dissimilarity(synthesize(settings(segregation=s), 100_000, SEED), group, 20) for s in wanted]
    assert found == sorted(found)
    # Blocks share the neighbourhoods at their ends; sampling adds a little at 0.
    assert np.abs(np.array(found) - wanted).max() < 0.07


@pytest.mark.parametrize("segregation", [0.0, 0.5, 1.0])
def test_neighbourhoods_are_equally_large_however_segregated(settings: Settings, segregation: float) -> None:
    people = synthesize(settings(segregation=segregation), 100_000, SEED)
    homes = np.bincount(people.residents["neighbourhood"][people.household_start[:-1]], minlength=20)
    mean = people.households / 20
    # Groups' shares of households differ a little from their shares of residents.
    assert np.abs(homes - mean).max() <= 6 * np.sqrt(mean) + 0.05 * mean


@given(st.lists(st.integers(0, 5), max_size=60))
def test_ordering_keeps_the_places_of_equals(keys: list[int]) -> None:
    key = np.array(keys, dtype=np.float64)
    assert ordering(key).tolist() == sorted(range(len(keys)), key=lambda k: keys[k])


def test_about_the_assumed_share_of_households_has_one_grown_person(settings: Settings) -> None:
    people = synthesize(settings(), 50_000, SEED)
    alone = per_home(people, people.residents["age"] >= 16) == 1
    assert abs(alone.mean() - SINGLE) < 0.05
