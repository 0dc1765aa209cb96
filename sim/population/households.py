"""Households, assembled from people whose group, status and age are already settled.

Assembling, rather than drawing household members' types, keeps every quota of the scenario exact.  What is
luck is who lives with whom.  In each group there are immigrant households, headed by an immigrant, and
US-born ones:

1. Heads come first, so no child lives alone.  They are mostly 25 and over; teenagers only when nobody else
   is left.
2. Some households stay without a second grown person; the others share the rest, people of like age
   together, and grown children of 16–24 with people of their parents' age.  Immigrants mostly live with
   immigrants of their own status.
3. Children go to families whose head is of an age to have them; the younger the child, the younger the head.
4. An immigrant household takes in US-born members with chance `mixed_status`: children as long as there are
   any, else one grown person.

Not modelled: households across groups, a US-born head with an immigrant spouse, institutions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.luck import uniforms
from sim.population.people import GROWN
from sim.population.quotas import Pool, apportion
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    from sim.scenario.schema import Population

Ids = NDArray[np.int64]

# Assumed composition, chosen to give household sizes near the US ones (tests/population compares them).
SINGLE = 0.35  # share of households with one grown person
LARGE = (0.2, 2.5)  # share of households with more than a couple, and how many more of the others join them
FAMILY = (0.25, 0.5)  # share of households with children: one grown person; more
FAMILY_HEAD = (20, 59)  # years: age of the heads of such households
TAKEN_IN = (0.4, 0.4, 0.2)  # share of mixed-status households that take in 1, 2, 3 US-born children
ANY_STATUS = 0.25  # chance that a grown immigrant joins a household whatever its status
GROWN_CHILD = 0.6  # chance that somebody of 16–24 lives as a child of the household
GENERATION = 28  # years between parent and child
BLUR = 6.0  # years by which ages in a household differ from an exact match, either way

_TAKEN_MEAN = sum((k + 1) * share for k, share in enumerate(TAKEN_IN))
_STREAM = 1 << 40  # numbers between streams of households, so that none shares or shifts another's luck


class Homes(NamedTuple):
    """Who lives together.

    Attributes
    ----------
    members
        People (indices into the pool), household after household: head, other grown people, children.
    start
        int32, shape (households + 1,): household h is `members[start[h]:start[h + 1]]`.
    group
        int8, shape (households,): the group that the household belongs to.
    """

    members: Ids
    start: NDArray[np.int32]
    group: NDArray[np.int8]


class _Luck:
    """Keyed uniforms of people, drawn once, and of the households of a stream."""

    def __init__(self, seed: np.uint64, people: int) -> None:
        self.seed = seed
        self.order = uniforms(seed, "population.household.order", people)
        self.blur = BLUR * (2.0 * uniforms(seed, "population.household.blur", people) - 1.0)
        self.status = uniforms(seed, "population.household.status", people)
        self.youth = uniforms(seed, "population.household.youth", people)

    def homes(self, what: str, stream: int, count: int) -> NDArray[np.float64]:
        return uniforms(self.seed, f"population.household.{what}", count, stream * _STREAM)


def ordering(key: NDArray[np.float64]) -> Ids:
    """Return the order that sorts `key`; equal keys keep their places, on every machine.

    NumPy's fast sort is not stable and its order of equals depends on the processor.
    """
    order = np.argsort(key)
    placed = key[order]
    if np.any(placed[1:] == placed[:-1]):
        order = np.argsort(key, kind="stable")
    return order


def _match(slots: NDArray[np.float64], people: NDArray[np.float64]) -> Ids:
    """Return for each slot the person whose rank by key is the same as the slot's."""
    chosen = np.empty(len(slots), dtype=np.int64)
    chosen[ordering(slots)] = ordering(people)
    return chosen


def _spread(weights: NDArray[np.float64], count: int, luck: float) -> Ids:
    """Return the households (repeated, ascending) that `count` people go to, in proportion to `weights`."""
    if not weights.any():
        weights = np.ones(len(weights))
    return np.repeat(np.arange(len(weights)), apportion(weights, count, luck))


class _Stream:
    """The households of one group and one origin (immigrant or US-born) while they fill.

    `people` and `home` are parallel: who, and in which household of the stream.
    """

    def __init__(self, pool: Pool, luck: _Luck, number: int, grown: Ids, homes: int) -> None:
        self.pool, self.luck, self.number, self.homes = pool, luck, number, homes
        age = pool.age[grown]
        order = ordering(luck.order[grown] + 0.5 * (age < 25) + 2.0 * (age < 18))
        self.heads, others = grown[order[:homes]], grown[order[homes:]]
        self.people, self.home = [self.heads], [np.arange(homes)]
        self.rounding = iter(luck.homes("rounding", number, 4))
        size = luck.homes("grown", number, homes)
        weights = np.where(size < SINGLE, 0.0, np.where(size < 1.0 - LARGE[0], 1.0, LARGE[1]))
        self.company = self.add(others, _spread(weights, len(others), next(self.rounding)))

    def add(self, people: Ids, homes: Ids, same_status: bool = True) -> Ids:
        """Let `people` live in `homes` (one entry each), by age and, unless told otherwise, by status too."""
        if len(people):
            key = self.pool.age[people] + self.luck.blur[people] + self._generation(people)
            home_key = self.pool.age[self.heads].astype(np.float64)
            if same_status:
                key += self._status_key(people)
                home_key += self._status_key(self.heads)
            # A tiny step makes the keys of a household's places differ.
            places = home_key[homes] + np.arange(len(homes)) * (0.5 / len(homes))
            self.people.append(people[_match(places, key)])
            self.home.append(homes)
        return homes

    def _generation(self, people: Ids) -> NDArray[np.float64]:
        """Return by how many years a person is younger than the head they fit best."""
        age = self.pool.age[people]
        child = (age < GROWN) | ((age < 25) & (self.luck.youth[people] < GROWN_CHILD))
        return np.where(child, float(GENERATION), 0.0)

    def _status_key(self, people: Ids) -> NDArray[np.float64]:
        """Return a key that puts immigrants of a status together, but for those who live with any status."""
        status, luck = self.pool.status[people], self.luck.status[people]
        anyone = 1 + (luck / ANY_STATUS * (len(v.STATUSES) - 1)).astype(np.int64)
        place = np.where((luck < ANY_STATUS) & (status != v.US_BORN), anyone, status)
        return np.multiply(place, 1000.0, dtype=np.float64)

    def of_age(self) -> NDArray[np.bool_]:
        """Whether the head of each household is of an age to have children at home."""
        age = self.pool.age[self.heads]
        return (age >= FAMILY_HEAD[0]) & (age <= FAMILY_HEAD[1])

    def add_children(self, children: Ids) -> None:
        """Share children out among families."""
        shared = np.bincount(self.company, minlength=self.homes) > 0
        luck = self.luck.homes("family", self.number, self.homes) / np.where(shared, FAMILY[1], FAMILY[0])
        weights = np.where((luck < 1.0) & self.of_age(), 0.4 + 1.6 * luck, 0.0)
        self.add(children, _spread(weights, len(children), next(self.rounding)))

    def take_in(self, children: Ids, grown: Ids, share: float) -> tuple[Ids, Ids]:
        """Take US-born members into `share` of the households; return the children and grown people left.

        Households whose head is of an age to have children come first, and each takes in one before any
        takes in two.
        """
        count = int(share * self.homes + next(self.rounding))
        luck = self.luck.homes("mixed", self.number, self.homes)
        takers = ordering(luck + ~self.of_age())[:count]
        wish = np.searchsorted(np.cumsum(TAKEN_IN)[:-1], self.luck.homes("wish", self.number, self.homes))
        wanted = np.concatenate([takers[wish[takers] >= k] for k in range(len(TAKEN_IN))])
        children = children[ordering(self.luck.order[children])]
        grown = grown[ordering(self.luck.order[grown])]
        taken = min(len(wanted), len(children))
        self.add(children[:taken], wanted[:taken], same_status=False)
        without = takers[taken:][: len(grown)]
        self.add(grown[: len(without)], without, same_status=False)
        return children[taken:], grown[len(without) :]

    def finish(self) -> tuple[Ids, Ids]:
        """Return people in household order, heads first and children last, and sizes of households."""
        home, people = np.concatenate(self.home), np.concatenate(self.people)
        place = 2 * home + (self.pool.age[people] < GROWN)
        return people[np.argsort(place, kind="stable")], np.bincount(home)


def _immigrant_homes(immigrants: int, children: int, settings: Population) -> float:
    """Return how many immigrant households make their mean size that of the scenario.

    With H of them, `mixed_status`·H take in US-born members: 1.8 children each as long as the `children` of
    the group last, and somebody in any case: H·size = immigrants + min(1.8·mixed·H, max(children, mixed·H)).
    """
    size, mixed = settings.household_size, settings.mixed_status
    fewest = max(size - _TAKEN_MEAN * mixed, 1e-9)
    most = max(size - mixed, 1e-9)
    return min(immigrants / fewest, max((immigrants + children) / size, immigrants / most))


def _assemble_group(pool: Pool, luck: _Luck, group: int, members: Ids, settings: Population) -> list[_Stream]:
    """Return the immigrant and the US-born households of a group, as far as it has them."""
    old = pool.age[members] >= GROWN
    if not old.any():
        old[:] = True
    native = pool.status[members] == v.US_BORN
    immigrants, natives = members[old & ~native], members[old & native]
    young, children = members[~old & ~native], members[~old & native]
    rounding = luck.homes("number", group, 1)[0]
    homes = max(int(len(members) / settings.household_size + rounding), 1)
    streams = []
    if len(immigrants):
        wanted = _immigrant_homes(len(immigrants) + len(young), len(children), settings)
        own = max(round(min(wanted, homes, len(immigrants))), 1)
        streams.append(_Stream(pool, luck, 2 * group, immigrants, own))
        streams[0].add_children(young)
        children, natives = streams[0].take_in(children, natives, settings.mixed_status)
        homes -= own
    else:
        children = np.concatenate((children, young))
    if len(natives):
        streams.append(_Stream(pool, luck, 2 * group + 1, natives, min(max(homes, 1), len(natives))))
    streams[-1].add_children(children)
    return streams


def _home_group(pool: Pool) -> NDArray[np.int8]:
    """Return the group among whose households each person lives.

    It is the own group, except that a group without grown people (possible in a sample of a few hundred)
    lives with the largest group that has some.
    """
    grown = np.bincount(pool.group[pool.age >= GROWN], minlength=len(v.GROUPS))
    if not grown.any():
        return pool.group
    home = np.where(grown > 0, np.arange(len(v.GROUPS)), grown.argmax()).astype(np.int8)
    return home[pool.group]


def assemble(pool: Pool, settings: Population, seed: np.uint64) -> Homes:
    """Return households for everybody in the pool.

    Each has somebody of 16 or over, provided that the pool has anybody of that age.  The mean size is
    `household_size` unless too few grown people are left to head that many households.
    """
    luck = _Luck(seed, len(pool.age))
    home_group = _home_group(pool)
    members, sizes, groups = [], [], []
    for group in range(len(v.GROUPS)):
        inside = np.flatnonzero(home_group == group)
        for stream in _assemble_group(pool, luck, group, inside, settings) if len(inside) else ():
            people, size = stream.finish()
            members.append(people)
            sizes.append(size)
            groups.append(np.full(len(size), group, dtype=np.int8))
    ends = np.cumsum(np.concatenate(sizes))
    start = np.concatenate(([0], ends)).astype(np.int32)
    return Homes(np.concatenate(members), start, np.concatenate(groups))
