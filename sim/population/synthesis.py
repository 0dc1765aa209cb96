"""A county of synthetic residents, made from a scenario's settings and a seed.

Nobody in it is anybody: people are apportioned to the shares that the scenario gives (`quotas`), assembled
into households (`households`), given what their status, age and luck give them (`attributes`), and tied
(`ties`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.agents.resident import new_residents
from sim.population import attributes
from sim.population.households import assemble
from sim.population.people import People
from sim.population.quotas import draw_pool
from sim.population.ties import draw_ties

if TYPE_CHECKING:
    from sim.scenario.schema import Population


def synthesize(settings: Population, count: int, seed: np.uint64) -> People:
    """Return `count` synthetic residents: a function of its three arguments and of nothing else.

    Attitudes and place are left at 0 (at home).
    """
    pool = draw_pool(settings, count, seed)
    homes = assemble(pool, settings, seed)
    residents = new_residents(count)
    for name, values in zip(pool._fields, pool, strict=True):
        residents[name] = values[homes.members]
    size = np.diff(homes.start)
    residents["household"] = np.repeat(np.arange(len(size), dtype=np.int32), size)
    residents["neighbourhood"] = np.repeat(attributes.draw_neighbourhoods(homes.group, settings, seed), size)
    attributes.draw_law(residents, settings, seed)
    attributes.draw_record(residents, settings, seed)
    attributes.draw_driving(residents, settings, seed)
    attributes.draw_earners(residents, homes.start, seed)
    attributes.find_parents(residents, homes.start)
    return People(residents, homes.start, *draw_ties(residents, homes.start, settings.ties, seed))


def build(settings: Population, count: int, seed: np.uint64) -> People:
    """Return the population of a scenario: its table where it names one, else `count` synthetic residents.

    A table is taken whole, whatever `count` is.
    """
    if settings.table:
        from sim.population.table import read_table

        return read_table(Path(settings.table), settings, seed)
    return synthesize(settings, count, seed)
