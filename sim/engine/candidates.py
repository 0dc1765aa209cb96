"""Possible encounters: exogenous candidates that a world accepts or not.

Candidates are the points of a Poisson process over time × resident × height, drawn from the seed alone.
A world accepts a candidate when its height lies under that resident's present rate.  Lowering a rate
therefore leaves a *subset* of the same encounters, and raising it adds to them.

Height has no upper end, so it is cut into layers: [0, h), [h, 2h), [2h, 4h) … with h fixed for each sort of
encounter.  Each layer of each sort is one clock for the whole region; a world runs as many layers as its
highest rate needs, and the layers below are the same in every world.

Most candidates are refused.  To refuse them without fetching a resident's record from memory, each resident
has six bytes of *reach*: upper bounds, on a logarithmic scale, of what their rates can be relative to a
stream's scale.  Reach never decides an encounter that the exact rate would accept; a test holds it to that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline
from sim.engine.luck import decision, exponential, uniform, uniform_pair

DAYS_A_YEAR = 365.0
INDEX_BITS = 40

# Sorts of encounter.
TRAFFIC, STREET, CRIME, COMMUNITY, SATURATION, VICTIM, CONTACT, MOVE, RAID = range(9)

STREAM = np.dtype(
    [
        ("kind", np.int16),
        ("agency", np.int16),  # −1 where none is fixed
        ("offence", np.int16),  # or kind of victimization; −1 where none is fixed
        ("operation", np.int16),  # or raid; −1 where it belongs to none
        ("low", np.float64),  # height of the layer, per year
        ("high", np.float64),
        ("code", np.uint64),  # first part of the keys of its candidates
        ("count", np.uint64),  # candidates so far
        ("gap", np.float64),  # mean time between candidates, days
        ("scale", np.float64),  # rate a year of a resident whose reach is 1
        ("column", np.int64),  # which of a resident's reaches applies
        ("begins", np.float64),  # day of its first moment
        ("ends", np.float64),  # day after which it has no candidates
    ],
    align=True,
)

# Columns of reach.
DRIVER, ON_FOOT, SUSPECT, NONCITIZEN, VICTIMS, GROWN_UP = range(6)
REACHES = 6
NO_LIMIT = 255
_STEPS = 8.0  # of the scale, per factor of two
_LOWEST = 2.0**-6
REACH = np.concatenate(([0.0], _LOWEST * 2.0 ** (np.arange(254) / _STEPS), [np.inf]))

_GAP = decision("candidate.gap")
_WHO = decision("candidate.who")


def layers(base: float, highest: float) -> list[tuple[float, float]]:
    """Return the layers from height 0 that reach `highest`, the first as high as `base`."""
    found: list[tuple[float, float]] = []
    low, high = 0.0, base
    while low < highest:
        found.append((low, high))
        low, high = high, 2 * high
    return found


def stream_code(name: str) -> int:
    """Return the first part of the keys of a stream: 23 bits of a digest of its name, not zero."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % ((1 << 23) - 1) + 1


@dataclass(frozen=True, slots=True)
class Source:
    """One sort of encounter, from one agency or for one offence, with the highest rates of any phase."""

    kind: int
    name: str
    base: float  # height of the lowest layer, per year
    highest: float  # no resident's rate is higher
    scale: float  # rate of a resident whose reach is 1
    column: int
    agency: int = -1
    offence: int = -1
    operation: int = -1
    begins: float = 0.0
    ends: float = np.inf


def new_streams(sources: Sequence[Source], residents: int) -> NDArray[Any]:
    """Return one stream for each layer that each source needs."""
    rows = [(s, k, low, high) for s in sources for k, (low, high) in enumerate(layers(s.base, s.highest))]
    streams = np.zeros(len(rows), dtype=STREAM).view(np.recarray)
    taken: dict[int, str] = {}
    for k, (source, layer, _, _) in enumerate(rows):
        name = f"{source.name}/{layer}"
        code = stream_code(name)
        while taken.setdefault(code, name) != name:
            code += 1
        streams["code"][k] = np.uint64(code << INDEX_BITS)
    low, high = (np.array([row[end] for row in rows]) for end in (2, 3))
    streams["low"], streams["high"] = low, high
    streams["gap"] = DAYS_A_YEAR / (residents * (high - low))
    for field in ("kind", "agency", "offence", "scale", "column", "operation", "begins", "ends"):
        streams[field] = [getattr(source, field) for source, *_ in rows]
    return streams


def reach_code(relative: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the code of the least reach that is not below `relative` (0 exactly where that is 0)."""
    # A hair above, so that rounding in a rate never lifts it over its reach.
    return np.searchsorted(REACH, relative * (1.0 + 1e-12)).astype(np.uint8)


@inline
def next_gap(stream, seed):
    """Return the time from the last candidate of a stream to the one that `count` now numbers."""
    return exponential(uniform(seed, _GAP, stream.code | stream.count), stream.gap)


@inline
def who_and_height(stream, seed, key, residents):
    """Return the resident whom a candidate would meet and its height (per year)."""
    u, h = uniform_pair(seed, _WHO, key)
    return int(u * residents), stream.low + h * (stream.high - stream.low)
