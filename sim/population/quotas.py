"""How many people of each kind: quotas, not draws.

A county of 10,000 with 4 % undocumented residents has 400 of them, not 400 ± 20: the noise of drawing each
person's status would be noise in every outcome, and it is noise about a fact that the scenario states.
Numbers of people are therefore apportioned, and only *who they are otherwise* is luck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.luck import uniforms
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.scenario.schema import Population

_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


class Pool(NamedTuple):
    """People before they have a household: codes of perceived group and status, age in years; shape (n,)."""

    group: NDArray[np.int8]
    status: NDArray[np.int8]
    age: NDArray[np.int8]


def by_name(values: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    """Return the values in the order of `names`; 0 for a name that `values` lacks."""
    return np.array([values.get(name, 0.0) for name in names])


def apportion(shares: NDArray[np.float64], count: int, luck: float) -> NDArray[np.int64]:
    """Divide `count` by `shares`: each part within one of its share, and equal to it on average over `luck`.

    Systematic sampling: the ends of the parts, laid out on [0, count), are all rounded by the same uniform.

    Parameters
    ----------
    shares
        Non-negative, not all 0; scaled to sum to 1.
    count
        What is divided.
    luck
        Uniform in [0, 1).
    """
    total = np.cumsum(shares)
    ends = np.minimum(np.floor(count * (total / total[-1]) + luck), count).astype(np.int64)
    ends[-1] = count
    return np.diff(ends, prepend=0)


def cell_shares(settings: Population) -> NDArray[np.float64]:
    """Return the share of residents by status (rows) and perceived group (columns).

    Both margins are those of the scenario: an immigrant status has the groups that `status_groups` gives it,
    and the US-born are what is left of every group.
    """
    immigrants = v.STATUSES[1:]
    share = by_name(settings.statuses, immigrants)
    inside = np.array([by_name(settings.status_groups[s], v.GROUPS) for s in immigrants])
    cells = np.empty((len(v.STATUSES), len(v.GROUPS)))
    cells[1:] = share[:, None] * inside
    cells[0] = np.maximum(by_name(settings.groups, v.GROUPS) - cells[1:].sum(axis=0), 0.0)
    return cells


def _age_at(place: NDArray[np.float64], shares: Mapping[str, float]) -> NDArray[np.int8]:
    """Return the ages in years at places in [0, 1) of an age distribution that is uniform within bands."""
    bands = sorted(shares, key=lambda band: int(band.split("-")[0]))
    low, high = np.array([band.split("-") for band in bands], dtype=np.int64).T
    ends = np.cumsum(by_name(shares, bands))
    ends /= ends[-1]
    starts = np.concatenate(([0.0], ends[:-1]))
    band = np.searchsorted(ends, place, side="right")
    inside = (place - starts[band]) / (ends[band] - starts[band])
    years = low[band] + np.floor(inside * (high - low + 1)[band])
    return np.clip(years, low[band], high[band]).astype(np.int8)


def draw_pool(settings: Population, count: int, seed: np.uint64) -> Pool:
    """Return `count` people with group, status and age, ordered by status and then by group.

    Every cell of status × group is within one person of its share, and so is every status.  Ages follow the
    golden-ratio sequence from a place that is luck: any run of it is spread evenly over [0, 1), so each
    cell has its due of every age, within a person or two.  Immigrants use `immigrant_ages`, the US-born
    `ages`.
    """
    cells = cell_shares(settings)
    luck, first_age = uniforms(seed, "population.quotas", 2)
    members = apportion(cells.ravel(), count, luck)
    cell = np.repeat(np.arange(cells.size, dtype=np.int8), members)
    status, group = np.divmod(cell, np.int8(len(v.GROUPS)))
    place = np.modf(first_age + np.arange(count) * _GOLDEN)[0]
    native = int(members[: len(v.GROUPS)].sum())
    ages = (_age_at(place[:native], settings.ages), _age_at(place[native:], settings.immigrant_ages))
    return Pool(group, status, np.concatenate(ages))
