"""Who knows whom."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from sim.errors import InputError
from sim.population.check import check
from sim.population.people import CO_ETHNIC, KIN, NEIGHBOUR, People
from sim.population.synthesis import synthesize
from sim.scenario.schema import Population

Settings = Callable[..., Population]
SEED = np.uint64(11)
SIGMAS = 6.0


def entries(people: People) -> set[tuple[int, int, int]]:
    one = np.repeat(np.arange(len(people.residents)), np.diff(people.tie_start))
    return set(zip(one.tolist(), people.tie_to.tolist(), people.tie_kind.tolist(), strict=True))


@effort(max_examples=40)
@given(
    kin=st.floats(0, 12),
    neighbours=st.floats(0, 12),
    co_ethnic=st.floats(0, 12),
    count=st.integers(1, 400),
    places=st.integers(1, 300),
)
def test_ties_are_mutual_single_and_never_at_home(
    settings: Settings, kin: float, neighbours: float, co_ethnic: float, count: int, places: int
) -> None:
    ties = {"kin": kin, "neighbours": neighbours, "co_ethnic": co_ethnic}
    people = synthesize(settings(ties=ties, neighbourhoods=places), count, SEED)
    found = entries(people)
    assert len(found) == len(people.tie_to)
    home = people.residents["household"]
    for one, other, kind in found:
        assert (other, one, kind) in found
        assert home[one] != home[other]
    check(people)


@pytest.mark.parametrize("neighbourhoods", [1, 20, 400])
def test_mean_ties_by_kind_are_those_of_the_scenario(settings: Settings, neighbourhoods: int) -> None:
    people = synthesize(settings(neighbourhoods=neighbourhoods, segregation=0.0), 20_000, SEED)
    for kind, mean in ((KIN, 4.0), (NEIGHBOUR, 5.0), (CO_ETHNIC, 8.0)):
        found = (people.tie_kind == kind).sum() / 20_000
        # Pairs are drawn in fixed number; only how many are void is chance, and fewer than one in ten is.
        assert abs(found - mean) <= SIGMAS * 2 * np.sqrt(0.1 * 0.9 * mean / 2 * 20_000) / 20_000


def test_numbers_of_ties_vary_as_poisson(settings: Settings) -> None:
    people = synthesize(settings(), 50_000, SEED)
    degree = np.diff(people.tie_start)
    # Variance of a sample variance of a Poisson variable with mean m: about 2 m² / n.
    mean = degree.mean()
    assert abs(degree.var() - mean) <= SIGMAS * np.sqrt(2 * mean**2 / 50_000) + 0.01 * mean


def test_kin_and_co_ethnic_ties_stay_in_the_group_and_neighbours_next_door(settings: Settings) -> None:
    people = synthesize(settings(), 10_000, SEED)
    one = np.repeat(np.arange(10_000), np.diff(people.tie_start))
    group, place = people.residents["group"], people.residents["neighbourhood"]
    near = people.tie_kind == NEIGHBOUR
    assert (group[one] == group[people.tie_to])[~near].all()
    assert (place[one] == place[people.tie_to])[near].all()
    assert (group[one] != group[people.tie_to])[near].any()


def test_more_ties_keep_all_those_there_were(settings: Settings) -> None:
    few, many = (
        entries(synthesize(settings(ties={"kin": k, "neighbours": 3.0, "co_ethnic": 2.5}), 2_000, SEED))
        for k in (1.7, 4.3)
    )
    assert few < many
    assert {kind for _, _, kind in many - few} == {KIN}


def test_no_ties_at_all_is_a_population_too(settings: Settings) -> None:
    people = synthesize(settings(ties={"kin": 0.0, "neighbours": 0.0, "co_ethnic": 0.0}), 300, SEED)
    assert len(people.tie_to) == 0
    check(people)


def test_where_everybody_could_know_everybody_ties_stop_short_of_all_pairs(settings: Settings) -> None:
    people = synthesize(settings(ties={"kin": 0.0, "neighbours": 50.0, "co_ethnic": 0.0}), 400, SEED)
    check(people)
    assert 5 < len(people.tie_to) / 400 < 20  # neighbourhoods of 20


def wrong_ties(people: People) -> list[People]:
    last = people.tie_to.copy()
    last[0] = (last[0] + 1) % len(people.residents)
    kind = people.tie_kind.copy()
    kind[0] = 9
    start = people.tie_start.copy()
    start[1] = start[2] + 1
    home = people.residents.copy()
    home["household"][0] = 3
    away = people.residents.copy()
    away["place"][5] = 1
    citizen = people.residents.copy()
    citizen["order"][citizen["status"] == 0] = 1
    return [
        people._replace(tie_to=last),
        people._replace(tie_kind=kind),
        people._replace(tie_start=start),
        people._replace(tie_to=people.tie_to[:-1]),
        people._replace(residents=home),
        people._replace(residents=away),
        people._replace(residents=citizen),
    ]


@pytest.mark.parametrize("fault", range(7))
def test_the_check_sees_a_population_that_is_wrong(settings: Settings, fault: int) -> None:
    people = synthesize(settings(), 300, SEED)
    with pytest.raises(InputError):
        check(wrong_ties(people)[fault])
