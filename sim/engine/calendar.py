"""The calendar: a binary heap of events to come, with deterministic ties.

Events at the same instant happen in the order in which they were scheduled, so that a chain without delays
(arrest, booking, prints) runs in its own order.  An event names its case by slot *and* key: a slot is used
again once its case is closed, and the key tells a stale event from a live one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline

EVENT = np.dtype(
    [
        ("time", np.float64),  # days since the start
        ("turn", np.int64),  # order among events of the same time
        ("key", np.uint64),  # key of the case
        ("slot", np.int32),  # slot of the case, or number of the stream
        ("kind", np.int16),
        ("note", np.int16),  # what the kind needs to know, e.g. the channel
    ],
    align=True,
)

# What can be due.  Each kind is handled by one module of `sim.pathway`.
KINDS = (
    "candidate",
    "arrest",
    "booking",
    "share",
    "interview",
    "match",
    "review_ready",
    "reviewed",
    "review_lapse",
    "request",
    "release",
    "hold_end",
    "pickup",
    "street_end",
    "lead",
    "take_up",
    "detain",
    "court_end",
    "lift",
    "oversight",
    "day",
    "respond",
    "clear",
    "come_back",
)
(
    CANDIDATE,
    ARREST,
    BOOKING,
    SHARE,
    INTERVIEW,
    MATCH,
    REVIEW_READY,
    REVIEWED,
    REVIEW_LAPSE,
    REQUEST,
    RELEASE,
    HOLD_END,
    PICKUP,
    STREET_END,
    LEAD,
    TAKE_UP,
    DETAIN,
    COURT_END,
    LIFT,
    OVERSIGHT,
    DAY,
    RESPOND,
    CLEAR,
    COME_BACK,
) = range(len(KINDS))


def new_heap(room: int) -> NDArray[Any]:
    """Return an empty heap with room for `room` events (its size is kept elsewhere)."""
    return np.zeros(room, dtype=EVENT).view(np.recarray)


@inline
def _before(a, b):
    return a.time < b.time or (a.time == b.time and a.turn < b.turn)


@inline
def _write(event, time, turn, key, slot, kind, note):
    event.time = time
    event.turn = turn
    event.key = key
    event.slot = slot
    event.kind = kind
    event.note = note


@inline
def _copy(to, source):
    _write(to, source.time, source.turn, source.key, source.slot, source.kind, source.note)


@inline
def push(heap, size, time, turn, key, slot, kind, note):
    """Add an event to a heap of `size` events, which must have room for one more."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        above = heap[parent]
        if above.time < time or (above.time == time and above.turn < turn):
            break
        _copy(heap[i], above)
        i = parent
    _write(heap[i], time, turn, key, slot, kind, note)


@inline
def _sift(heap, size, i, time, turn, key, slot, kind, note):
    """Put an event where it belongs at or below the gap at `i`."""
    child = 2 * i + 1
    while child < size:
        if child + 1 < size and _before(heap[child + 1], heap[child]):
            child += 1
        below = heap[child]
        if time < below.time or (time == below.time and turn < below.turn):
            break
        _copy(heap[i], below)
        i = child
        child = 2 * i + 1
    _write(heap[i], time, turn, key, slot, kind, note)


@inline
def remove_first(heap, size):
    """Remove the first of `size` events; the caller has read it and lowers its size."""
    last = heap[size - 1]
    _sift(heap, size - 1, 0, last.time, last.turn, last.key, last.slot, last.kind, last.note)


@inline
def replace_first(heap, size, time, turn, key, slot, kind, note):
    """Put another event in the place of the first: cheaper than removing one and adding one."""
    _sift(heap, size, 0, time, turn, key, slot, kind, note)
