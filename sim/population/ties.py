"""Ties between residents of different households: kin, neighbours, co-ethnics.

A tie is a pair of people drawn at random from a set within which such ties form: kin and co-ethnic ties
from the perceived group, neighbours from the neighbourhood.  The numbers of ties that people have are
therefore close to Poisson around the mean of the scenario, the longest path between two people is short,
and there is little clustering beyond households and small neighbourhoods.  Real networks differ more from
person to person and are more clustered; the scenario's means are what carries news of an arrest from one
household to others.

The e-th pair of a set is looked up by e.  More ties in the scenario therefore add pairs and keep all those
there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import kernel
from sim.engine.luck import decision, uniform_pair, uniforms
from sim.population.people import TIE_KINDS

if TYPE_CHECKING:
    from sim.scenario.schema import Ties

FORMED_IN = ("group", "neighbourhood", "group")  # by kind: the field whose equals a tie joins
FULLEST = 0.95  # largest share of all possible pairs of a set that are tied


class Network(NamedTuple):
    """Ties as compressed sparse rows; see `People`."""

    start: NDArray[np.int64]
    to: NDArray[np.int32]
    kind: NDArray[np.int8]


class _Sets(NamedTuple):
    """Residents sorted into the sets within which a kind of tie forms."""

    order: NDArray[np.int32]
    start: NDArray[np.int64]
    draws: NDArray[np.int64]


def _draws(size: NDArray[np.int64], own: NDArray[Any], mean: float) -> NDArray[np.float64]:
    """Return how many pairs to draw in each set for its members to have `mean` ties on average.

    A draw is void when it hits one of the `own` pairs, who share a household, or a pair drawn before; what is
    returned makes up for both: after d draws, free·(1 − (1 − 1/all)^d) different free pairs are expected.
    """
    pairs = np.maximum(size * (size - 1) / 2.0, 2.0)
    free = np.maximum(size * (size - 1) / 2.0 - own, 0.0)
    wanted = np.minimum(size * mean / 2.0, FULLEST * free)
    return np.log1p(-wanted / np.maximum(free, 1.0)) / np.log1p(-1.0 / pairs)


def _sets(
    residents: NDArray[Any], household_start: NDArray[np.int32], kind: int, mean: float, seed: np.uint64
) -> _Sets:
    """Return the sets of a kind of tie, and the number of pairs to draw in each."""
    field = residents[FORMED_IN[kind]]
    size: NDArray[np.int64] = np.bincount(field)
    home = np.diff(household_start).astype(np.float64)
    own = np.bincount(field[household_start[:-1]], weights=home * (home - 1.0) / 2.0, minlength=len(size))
    rounding = uniforms(seed, f"population.ties.{TIE_KINDS[kind]}.rounding", len(size))
    draws = np.floor(_draws(size, own, mean) + rounding).astype(np.int64)
    draws[size < 2] = 0
    order = np.argsort(field, kind="stable").astype(np.int32)
    return _Sets(order, np.concatenate(([0], np.cumsum(size))), draws)


@kernel
def _pair(one, other, order, start, draws, household, seed, name):
    """Write the pairs of every set; −1 where two people of one household were drawn."""
    e = 0
    for s in range(draws.size):
        size = start[s + 1] - start[s]
        for d in range(draws[s]):
            u, w = uniform_pair(seed, name, np.uint64((s << 40) + d))
            i = int(u * size)
            j = (i + 1 + int(w * (size - 1))) % size
            a = order[start[s] + i]
            b = order[start[s] + j]
            void = household[a] == household[b]
            one[e] = -1 if void else a
            other[e] = -1 if void else b
            e += 1


@kernel
def _rows(one, other, kinds, start, to, kind):
    """Sort pairs into rows, both ways; return the number of entries left after dropping repeated pairs.

    `kinds` holds where the pairs of each kind begin and end; `start` is filled; `to` and `kind` have room for
    two entries a pair.
    """
    n = start.size - 1
    for e in range(one.size):
        if one[e] >= 0:
            start[one[e] + 1] += 1
            start[other[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:n].copy()
    for k in range(kinds.size - 1):
        for e in range(kinds[k], kinds[k + 1]):
            if one[e] >= 0:
                a = one[e]
                b = other[e]
                to[place[a]] = b
                kind[place[a]] = k
                place[a] += 1
                to[place[b]] = a
                kind[place[b]] = k
                place[b] += 1
    kept = 0
    for i in range(n):
        first = start[i]
        last = start[i + 1]
        start[i] = kept
        for p in range(first, last):
            t = to[p]
            k = kind[p]
            # What is kept of this row stands sorted in [start[i], kept): find the place of this entry.
            q = kept
            while q > start[i] and kind[q - 1] == k and to[q - 1] > t:
                q -= 1
            if q > start[i] and kind[q - 1] == k and to[q - 1] == t:
                continue
            for r in range(kept, q, -1):
                to[r] = to[r - 1]
                kind[r] = kind[r - 1]
            to[q] = t
            kind[q] = k
            kept += 1
    start[n] = kept
    return kept


def draw_ties(
    residents: NDArray[Any], household_start: NDArray[np.int32], means: Ties, seed: np.uint64
) -> Network:
    """Return the ties of everybody.

    No one is tied to themselves or to their household, and no pair has two ties of one kind.  Mean numbers
    per resident are those of the scenario, as far as a set has that many people.
    """
    sets = [
        _sets(residents, household_start, kind, getattr(means, name), seed)
        for kind, name in enumerate(TIE_KINDS)
    ]
    kinds = np.cumsum([0, *(int(s.draws.sum()) for s in sets)])
    one = np.empty(kinds[-1], dtype=np.int32)
    other = np.empty(kinds[-1], dtype=np.int32)
    household = np.ascontiguousarray(residents["household"])
    for k, s in enumerate(sets):
        part = slice(kinds[k], kinds[k + 1])
        name = decision(f"population.ties.{TIE_KINDS[k]}")
        _pair(one[part], other[part], s.order, s.start, s.draws, household, seed, name)
    room = 2 * int(np.count_nonzero(one >= 0))
    start = np.zeros(len(residents) + 1, dtype=np.int64)
    to = np.empty(room, dtype=np.int32)
    kind = np.empty(room, dtype=np.int8)
    kept = _rows(one, other, kinds, start, to, kind)
    return Network(start, to[:kept], kind[:kept])
