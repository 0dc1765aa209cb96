r"""How much of what an outcome varies by is due to parameters, to luck, to assumptions, and to all of them.

Every preset is run at every point with every replication's people and luck, and all points share the luck of
a replication.  So the three are *crossed*, and an outcome `y` of preset `s`, point `x` and luck `w` is a sum
of uncorrelated terms, each with mean zero over any of its arguments (Hoeffding 1948):

    y(s, x, w) = mean + S(s) + A(x) + B(w) + SA(s, x) + SB(s, w) + AB(x, w) + SAB(s, x, w)

Points and replications are independent draws; the presets are all there are, each with the same weight.

**Estimator.**  With `K` presets, `P` points and `R` replications, let `q(u)` be the mean square, over all
`K P R` cells, of the term `u` of the sample: `y` less its mean over each axis in `u`, and averaged over each
axis not in `u`.  Let `m(u) = q(u) / prod(1 - 1/n)` over the axes of `u` that are draws, with `n` draws.  Then

    E m(u) = sum over v containing u, where v \ u are draws, of V(v) / prod(n of the axes in v \ u)

where `V(v)` is the variance of term `v`.  Solved from the largest term down this gives unbiased estimates:

    V(AB) = m(AB),   V(A) = m(A) - V(AB) / R,   V(B) = m(B) - V(AB) / P,   V(SAB) = m(SAB),
    V(SA) = m(SA) - V(SAB) / R,   V(SB) = m(SB) - V(SAB) / P,
    V(S) = m(S) - V(SA) / P - V(SB) / R - V(SAB) / (P R)

Without presets these are those of the two-way crossed random-effects analysis of variance with one run a
cell: `V(A) = (MS points - MS residual) / R`, and so on (Searle, Casella and McCulloch 1992, chapter 4).
An estimate may fall below zero; its share is then 0, and shares are of the sum of what is above.

**Designs whose points are not independent.**  The points of one trajectory, or of one row of Saltelli's
matrices, resemble each other, but the k-th points of all samples are independent draws.  `m(u)` is therefore
taken over each such slice of a design, and averaged.

**One replication** cannot tell luck from parameters: whatever has `parameters` in it then holds both, and
there are no terms of luck.

Intervals of shares are percentiles of a bootstrap over samples; replications and presets stay as they are,
so an interval says nothing of what other luck would give.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RESAMPLES: Final = 400
PRESETS, PARAMETERS, LUCK = "presets", "parameters", "luck"
NOISE: Final = "noise"
_AXES: Final = (PRESETS, PARAMETERS, LUCK)
_DRAWS: Final = frozenset({PARAMETERS, LUCK})


@dataclass(frozen=True, slots=True)
class Share:
    """A component: its variance (as estimated, perhaps below zero), and its share with a 95 % interval."""

    component: str
    variance: float
    share: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The variance of a number over presets, points and luck, split into its components.

    Attributes
    ----------
    shares
        One a component; `parameters x luck` is what both do together.
    noise
        The sum of all that has luck in it: what a single run cannot tell.  Missing with one replication.
    presets, points, replications
        How many of each there are; points are those of one slice of the design.
    """

    shares: tuple[Share, ...]
    noise: Share
    presets: int
    points: int
    replications: int

    def share(self, component: str) -> float:
        """Return the share of a component; 0 where it is not there."""
        return next((s.share for s in self.shares if s.component == component), 0.0)

    @property
    def left(self) -> float:
        """Share of luck in what the means over the replications differ by from point to point.

        The luck that all points share does not count here: it moves all of them alike.  Missing with one
        replication.
        """
        if self.replications < 2:
            return math.nan
        found = {s.component: max(s.variance, 0.0) for s in self.shares}
        luck = found[_name({PARAMETERS, LUCK})] / self.replications
        whole = luck + found[PARAMETERS]
        return luck / whole if whole > 0 else math.nan


def _name(terms: frozenset[str] | set[str]) -> str:
    return " x ".join(axis for axis in _AXES if axis in terms)


def decomposed(y: Array, seed: int) -> Decomposition:
    """Split the variance of a number into its components.

    Parameters
    ----------
    y
        `(presets, samples, points of a sample, replications)`, without gaps: two samples at least.
    seed
        Of the bootstrap.
    """
    presets, samples, _, replications = y.shape
    rng = np.random.default_rng([seed, *b"variance"])
    again = rng.multinomial(samples, np.full(samples, 1.0 / samples), size=RESAMPLES)
    weights = np.vstack([np.full(samples, 1.0 / samples), again / samples])
    variances = _components(y - y.mean(), weights)
    whole = sum((np.maximum(v, 0.0) for v in variances.values()), np.zeros(len(weights)))
    whole[whole == 0] = np.nan
    shares = tuple(_share(_name(u), v, np.maximum(v, 0.0) / whole) for u, v in variances.items())
    lucky = [v for u, v in variances.items() if LUCK in u]
    if not lucky:
        noise = Share(NOISE, math.nan, math.nan, math.nan, math.nan)
    else:
        part = sum((np.maximum(v, 0.0) for v in lucky), np.zeros(len(weights)))
        noise = _share(NOISE, sum(lucky, np.zeros(len(weights))), part / whole)
    return Decomposition(shares, noise, presets, samples, replications)


def _share(name: str, variances: Array, shares: Array) -> Share:
    """Return an estimate, which comes first, with the percentiles of the others."""
    there = shares[1:][np.isfinite(shares[1:])]
    low, high = np.percentile(there, [2.5, 97.5]) if len(there) else (math.nan, math.nan)
    return Share(name, float(variances[0]), float(shares[0]), float(low), float(high))


def _components(y: Array, weights: Array) -> dict[frozenset[str], Array]:
    """Return the variance of every term, for each row of weights over the samples, the simplest first."""
    sizes = {PRESETS: y.shape[0], PARAMETERS: y.shape[1], LUCK: y.shape[3]}
    slices = [_mean_squares(y[:, :, k], sizes, weights) for k in range(y.shape[2])]
    squares = {u: np.mean([one[u] for one in slices], axis=0) for u in slices[0]}
    found: dict[frozenset[str], Array] = {}
    for u in sorted(squares, key=len, reverse=True):
        above = (v for v in found if u < v and v - u <= _DRAWS)
        found[u] = squares[u] - sum(found[v] / math.prod(sizes[a] for a in v - u) for v in above)
    order = sorted(found, key=lambda u: (len(u), [_AXES.index(a) for a in _AXES if a in u]))
    return {u: found[u] for u in order}


def _mean_squares(y: Array, sizes: Mapping[str, int], weights: Array) -> dict[frozenset[str], Array]:
    """Return `m(u)` of every term, for each row of weights; `y` is `(presets, samples, replications)`."""
    others = [a for a in (PRESETS, LUCK) if sizes[a] > 1]
    found: dict[frozenset[str], Array] = {}
    for many in range(len(others) + 1):
        for chosen in itertools.combinations(others, many):
            u = frozenset(chosen)
            part = _term(_term(y, 0, PRESETS in u), 2, LUCK in u)
            flat = np.moveaxis(part, 1, 0).reshape(y.shape[1], -1)
            unbiased = 1.0 - 1.0 / sizes[LUCK] if LUCK in u else 1.0
            common = ((weights @ flat) ** 2).mean(axis=1)
            apart = weights @ (flat**2).mean(axis=1) - common
            if u:
                found[u] = common / unbiased
            found[u | {PARAMETERS}] = apart / (unbiased * (1.0 - 1.0 / sizes[PARAMETERS]))
    return found


def _term(y: Array, axis: int, centred: bool) -> Array:
    mean = y.mean(axis=axis, keepdims=True)
    return np.asarray(y - mean if centred else mean)
