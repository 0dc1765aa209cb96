"""A budget gives out what has flowed in, never more, and says when there will be enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.budget import (
    BED_DAYS,
    PICKUP_HOURS,
    QUOTA,
    REVIEW_HOURS,
    TEAM_HOURS,
    available,
    charge,
    draw,
    new_budgets,
    ready_at,
)
from sim.engine.jit import kernel

FLOWS = st.one_of(st.just(0.0), st.floats(1e-6, 1e4))
AMOUNTS = st.floats(1e-3, 1e3)
WAITS = st.one_of(st.just(0.0), st.floats(0, 100))
LAST_DAY = 36_500.0


def budget(flow: float, limit: float, level: float = 0.0, time: float = 0.0) -> np.record:
    one = new_budgets()[0]
    one.flow, one.limit, one.level, one.time = flow, limit, min(level, limit), time
    return one


@kernel
def draw_all(budgets, times, amounts, made):
    for i in range(times.size):
        made[i] = draw(budgets[0], times[i], amounts[i])


@settings(max_examples=200)
@given(FLOWS, AMOUNTS, st.floats(0, 1e3), st.lists(st.tuples(WAITS, AMOUNTS), max_size=60))
def test_no_more_is_drawn_than_has_flowed_in(
    flow: float, limit: float, level: float, draws: list[tuple[float, float]]
) -> None:
    one = budget(flow, limit, level)
    first, now, drawn = float(one.level), 0.0, 0.0
    for wait, amount in draws:
        now += wait
        there = available(one, now)
        made = draw(one, now, amount)
        assert made == (there >= amount)
        drawn += amount * made
        assert 0 <= available(one, now) <= limit
        assert drawn <= (first + flow * now) * (1 + 1e-12) + 1e-9
    assert one.drawn == drawn
    budgets = new_budgets()
    budgets[0].flow, budgets[0].limit, budgets[0].level = flow, limit, first
    made_all = np.zeros(len(draws), dtype=np.bool_)
    times = np.cumsum([wait for wait, _ in draws]) if draws else np.zeros(0)
    draw_all(budgets, times, np.array([amount for _, amount in draws]), made_all)
    assert budgets[0].drawn == drawn  # the same compiled


@given(FLOWS, AMOUNTS, WAITS)
def test_what_is_saved_up_never_exceeds_the_limit(flow: float, limit: float, wait: float) -> None:
    assert available(budget(flow, limit), wait) == min(limit, flow * wait)


@given(FLOWS, AMOUNTS, AMOUNTS)
def test_a_refused_draw_takes_nothing(flow: float, limit: float, amount: float) -> None:
    one = budget(flow, limit, limit / 2)
    before = one.copy()
    if not draw(one, 0.0, amount):
        assert one == before


@settings(max_examples=500)
@given(FLOWS, AMOUNTS, st.floats(0, 1), st.floats(0, 1), st.floats(0, LAST_DAY))
def test_at_the_time_it_names_there_is_enough_and_not_long_before(
    flow: float, limit: float, level: float, part: float, now: float
) -> None:
    one, amount = budget(flow, limit, level * limit, now), part * limit
    ready = ready_at(one, now, amount)
    if available(one, now) >= amount:
        assert ready == now
    elif flow == 0:
        assert ready == np.inf
    else:
        assert ready > now
        # Not later than rounding needs, which is far below a second.
        exact = now + (amount - available(one, now)) / flow
        assert ready - exact <= 1e-11 + 1e-14 * exact + 1e-13 * amount / flow
        assert draw(one, ready, amount)


@given(FLOWS, AMOUNTS, st.floats(1.001, 10))
def test_more_than_can_be_saved_up_is_never_ready(flow: float, limit: float, factor: float) -> None:
    assert ready_at(budget(flow, limit), 3.0, factor * limit) == np.inf


def test_a_charge_goes_below_zero_and_is_worked_off() -> None:
    one = budget(2.0, 10.0, 1.0)
    charge(one, 0.0, 5.0)
    assert (one.level, one.drawn) == (-4.0, 5.0)
    assert ready_at(one, 0.0, 1.0) == pytest.approx(2.5, abs=1e-9)
    assert not draw(one, 2.4, 1.0)
    assert draw(one, 2.6, 1.0)


def test_the_budgets_of_a_world_are_five_and_empty() -> None:
    budgets = new_budgets()
    assert sorted((REVIEW_HOURS, PICKUP_HOURS, TEAM_HOURS, BED_DAYS, QUOTA)) == list(range(len(budgets)))
    assert all(value == 0 for one in budgets for value in one.item())
