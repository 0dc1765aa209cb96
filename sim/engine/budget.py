"""Capacities of shared services: reviewer hours, team hours, bed-days, a quota.

A field office serves many counties, and a sample is a small part of one; so a capacity is a *flow* that the
sample draws on, in proportion to its people, and can be saved up to a limit.  Thus a sample of 10,000 gets
0.08 review hours a day rather than a fraction of a person, and results per 100,000 hardly depend on the
sample's size from about 20,000 residents on (in smaller ones a single case empties a budget).  What is drawn
is never more than what has flowed in.

With a reserve of one job the budget is a single server with deterministic service, and waiting follows the
Pollaczek–Khinchine formula (a test holds it to that).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline

BUDGET = np.dtype(
    [
        ("flow", np.float64),  # units a day
        ("limit", np.float64),  # units that can be saved up
        ("level", np.float64),  # units at hand at `time`
        ("time", np.float64),  # day of the last draw
        ("drawn", np.float64),  # units drawn since the start
    ],
    align=True,
)
REVIEW_HOURS, PICKUP_HOURS, TEAM_HOURS, BED_DAYS, QUOTA = range(5)


def new_budgets() -> NDArray[Any]:
    """Return the five budgets of a world, all empty."""
    return np.zeros(5, dtype=BUDGET).view(np.recarray)


@inline
def available(budget, now):
    """Return the units at hand at time `now`."""
    return min(budget.limit, budget.level + budget.flow * (now - budget.time))


@inline
def draw(budget, now, amount):
    """Draw `amount` if so much is at hand; say whether it was."""
    level = available(budget, now)
    if level < amount:
        return False
    budget.level = level - amount
    budget.time = now
    budget.drawn += amount
    return True


@inline
def charge(budget, now, amount):
    """Draw `amount` whether or not it is at hand: the level may fall below zero."""
    budget.level = available(budget, now) - amount
    budget.time = now
    budget.drawn += amount


@inline
def ready_at(budget, now, amount):
    """Return when `amount` will be at hand if nothing is drawn before (infinite: never)."""
    short = amount - available(budget, now)
    if short <= 0.0:
        return now
    if budget.flow <= 0.0 or amount > budget.limit:
        return np.inf
    # A hair late rather than a hair early, so that rounding never finds the level just short.
    ready = now + (short + 1e-14 * amount) / budget.flow
    return ready + 1e-15 * ready + 1e-12
