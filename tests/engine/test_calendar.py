"""The calendar is a sorted list, ties in the order in which they were scheduled."""

import bisect

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine import calendar
from sim.engine.calendar import new_heap, push, remove_first, replace_first
from sim.engine.jit import kernel

ADD, REMOVE, REPLACE = range(3)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([ADD, ADD, REMOVE, REPLACE]),
        st.one_of(st.integers(0, 4).map(float), st.floats(0, 1e6)),  # many ties, and any time
        st.integers(0, 2**63 - 1),
    ),
    max_size=200,
)


@kernel
def act(heap, size, step, time, turn, key):
    if step == ADD:
        push(heap, size, time, turn, key, turn % 1000, turn % 18, turn % 9)
        return size + 1
    if step == REMOVE:
        remove_first(heap, size)
        return size - 1
    replace_first(heap, size, time, turn, key, turn % 1000, turn % 18, turn % 9)
    return size


@settings(max_examples=200)
@given(STEPS)
def test_a_heap_gives_back_events_as_a_sorted_list_would(steps: list[tuple[int, float, int]]) -> None:
    heap, expected = new_heap(200), []
    size = 0
    for turn, (step, time, key) in enumerate(steps):
        if step != ADD and not expected:
            continue
        size = act(heap, size, step, time, turn, np.uint64(key))
        if step != ADD:
            expected.pop(0)
        if step != REMOVE:
            bisect.insort(expected, (time, turn, key, turn % 1000, turn % 18, turn % 9))
        assert size == len(expected)
        if expected:
            assert tuple(heap[0].item()) == expected[0]
    left = []
    while size:
        left.append(tuple(heap[0].item()))
        size = act(heap, size, REMOVE, 0.0, 0, np.uint64(0))
    assert left == expected


def test_events_at_one_instant_come_in_the_order_in_which_they_were_scheduled() -> None:
    heap = new_heap(100)
    for turn in range(100):
        push(heap, turn, 5.0, turn, np.uint64(0), turn, 0, 0)
    seen = []
    for left in range(100, 0, -1):
        seen.append(int(heap[0].slot))
        remove_first(heap, left)
    assert seen == list(range(100))


def test_every_kind_of_event_has_the_number_of_its_name() -> None:
    numbers = [getattr(calendar, name.upper()) for name in calendar.KINDS]
    assert numbers == list(range(len(calendar.KINDS)))
