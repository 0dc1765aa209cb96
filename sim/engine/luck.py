"""Keyed luck: a uniform is a pure function of seed, decision and key.

Why not a stream of random numbers?  Take a person who is stopped, booked, matched and transferred in a
world without a lever, and ask what the lever changes for that person.  With a stream, one draw more or less
anywhere shifts every draw after it: the two worlds are strangers after the first difference, and their
comparison is as noisy as that of unrelated worlds (measured in an object-stepped model: same-seed pairs had
1.01 times the variance of independent ones).  Here each draw is looked up, not drawn: *this* seed, *this*
decision, *this* candidate encounter.  A person meets the same candidate with the same luck in every world,
and the worlds part only where a rule makes them part.  A lever that touches nothing changes nothing, to
the last event.

The key of a draw is the candidate that began the case, never "the k-th stop of this person": numbering by
person would renumber everything that follows when one stop disappears.

The generator is Threefry-2x64 with 13 rounds [salmon_2011]_, which passes BigCrush; the tests check it
against the published known-answer vectors.  The seed and the decision form the key, the candidate and an
index form the counter.

.. [salmon_2011] Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
   SC '11.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline, kernel, wrapping

_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_ROUNDS = 13
_ROTATIONS = np.array([16, 42, 12, 31, 16, 32, 24, 21], dtype=np.uint64)
_64 = np.uint64(64)
_11 = np.uint64(11)
_ZERO = np.uint64(0)
_TO_UNIT = 2.0**-53


def decision(name: str) -> np.uint64:
    """Return the constant that stands for a named decision in every key."""
    return np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))


def replication_seed(root: int, replication: int) -> np.uint64:
    """Return the seed of one replication; it does not depend on how many replications there are."""
    text = f"{root}/{replication}".encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


@wrapping
def threefry(k0, k1, c0, c1):
    """Encrypt the counter (c0, c1) under the key (k0, k1): Threefry-2x64-13; all words unsigned 64-bit."""
    k2 = _PARITY ^ k0 ^ k1
    x0 = c0 + k0
    x1 = c1 + k1
    for r in range(_ROUNDS):
        turn = _ROTATIONS[r % 8]
        x0 = x0 + x1
        x1 = ((x1 << turn) | (x1 >> (_64 - turn))) ^ x0
        if r % 4 == 3:
            s = r // 4 + 1
            a = s % 3
            b = (s + 1) % 3
            x0 = x0 + (k0 if a == 0 else (k1 if a == 1 else k2))
            x1 = x1 + (k0 if b == 0 else (k1 if b == 1 else k2)) + np.uint64(s)
    return x0, x1


@inline
def uniform(seed, decision, key):
    """Return the uniform in [0, 1) of one decision about one key (both unsigned 64-bit)."""
    x0, _ = threefry(seed, decision, key, _ZERO)
    return float(x0 >> _11) * _TO_UNIT


@inline
def uniform_at(seed, decision, key, index):
    """Return the `index`-th uniform of a decision that one case takes repeatedly."""
    x0, _ = threefry(seed, decision, key, np.uint64(index))
    return float(x0 >> _11) * _TO_UNIT


@inline
def uniform_pair(seed, decision, key):
    """Return two independent uniforms of one decision at the price of one."""
    x0, x1 = threefry(seed, decision, key, _ZERO)
    return float(x0 >> _11) * _TO_UNIT, float(x1 >> _11) * _TO_UNIT


@inline
def uniform_pair_at(seed, decision, key, index):
    """Return the `index`-th pair of independent uniforms of a decision."""
    x0, x1 = threefry(seed, decision, key, np.uint64(index))
    return float(x0 >> _11) * _TO_UNIT, float(x1 >> _11) * _TO_UNIT


@inline
def exponential(u, mean):
    """Return the exponential time that belongs to the uniform `u`."""
    return -mean * math.log1p(-u)


@inline
def normal(u):
    """Return the standard normal quantile of `u` by Wichura's AS 241 (relative error about 1e-16).

    An inverse rather than a Box–Muller pair: monotone in `u`, so that twins stay ordered, and made of
    operations that round alike with and without compilation.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2509.0809287301226727 * r + 33430.575583588128105
        top = (top * r + 67265.770927008700853) * r + 45921.953931549871457
        top = (top * r + 13731.693765509461125) * r + 1971.5909503065514427
        top = (top * r + 133.14166789178437745) * r + 3.387132872796366608
        low = 5226.495278852545925 * r + 28729.085735721942674
        low = (low * r + 39307.89580009271061) * r + 21213.794301586595867
        low = (low * r + 5394.1960214247511077) * r + 687.1870074920579083
        low = (low * r + 42.313330701600911252) * r + 1.0
        return q * top / low
    r = u if q < 0.0 else 1.0 - u
    r = math.sqrt(-math.log(max(r, 1e-300)))
    if r <= 5.0:
        r = r - 1.6
        top = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        top = (top * r + 0.24178072517745061177) * r + 1.27045825245236838258
        top = (top * r + 3.64784832476320460504) * r + 5.7694972214606914055
        top = (top * r + 4.6303378461565452959) * r + 1.42343711074968357734
        low = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        low = (low * r + 0.0151986665636164571966) * r + 0.14810397642748007459
        low = (low * r + 0.68976733498510000455) * r + 1.6763848301838038494
        low = (low * r + 2.05319162663775882187) * r + 1.0
    else:
        r = r - 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = (top * r + 0.0012426609473880784386) * r + 0.026532189526576123093
        top = (top * r + 0.29656057182850489123) * r + 1.7848265399172913358
        top = (top * r + 5.4637849111641143699) * r + 6.6579046435011037772
        low = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        low = (low * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4
        low = (low * r + 0.0148753612908506148525) * r + 0.13692988092273580531
        low = (low * r + 0.59983220655588793769) * r + 1.0
    z = top / low
    return -z if q < 0.0 else z


@inline
def lognormal(u, median, spread):
    """Return the log-normal value of the uniform `u`; `spread` is the standard deviation of the logarithm."""
    return median * math.exp(spread * normal(u))


@kernel
def _fill_normal(out, u):
    for i in range(out.size):
        out[i] = normal(u[i])


def normals(seed: np.uint64, name: str, count: int, first: int = 0) -> NDArray[np.float64]:
    """Return standard normal values as `uniforms` returns uniforms."""
    out = np.empty(count)
    _fill_normal(out, uniforms(seed, name, count, first))
    return out


@kernel
def _fill(out, seed, decision, first):
    for i in range(out.size):
        out[i] = uniform(seed, decision, np.uint64(first + i))


def uniforms(seed: np.uint64, name: str, count: int, first: int = 0) -> NDArray[np.float64]:
    """Return the uniforms of decision `name` for the keys `first` … `first + count - 1`."""
    out = np.empty(count)
    _fill(out, seed, decision(name), first)
    return out
