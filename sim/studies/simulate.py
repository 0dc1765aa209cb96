"""The one way to run a world: every study goes through `simulate`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems
from sim.model import Model
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import table
from sim.population.synthesis import build
from sim.scenario.loader import LoadedScenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.population.people import People


@dataclass(frozen=True, slots=True)
class Settings:
    """How large, how long and how often; what a scenario says is used where the caller says nothing."""

    residents: int
    days: float
    seed: int
    replications: int

    @classmethod
    def of(
        cls,
        scenario: LoadedScenario,
        *,
        residents: int | None = None,
        days: float | None = None,
        seed: int | None = None,
        replications: int | None = None,
    ) -> Settings:
        """Return the scenario's own settings, with those given in their place.

        A table of residents is taken whole: its length is the size of the sample.
        """
        run = scenario.settings.run
        if scenario.settings.population.table is not None:
            size = len(build(scenario.settings.population, 0, np.uint64(0)).residents)
            if residents is not None and residents != size:
                problems = Problems()
                allowed = f"{size:,}, all of the table"
                what = "the scenario's table of residents is taken whole"
                problems.add(Mark(), what, residents, allowed=allowed)
                problems.raise_if_any()
            residents = size
        return cls(
            run.residents if residents is None else residents,
            run.days if days is None else days,
            run.seed if seed is None else seed,
            run.replications if replications is None else replications,
        )


@dataclass(frozen=True, slots=True)
class WorldResult:
    """What one run of one world gave.

    Attributes
    ----------
    outcomes
        `(outcomes, columns)` as `sim.outcomes.definitions.table` orders them.
    counts
        The tally behind them.
    in_jail, in_ice_custody
        People held at the end, per 100,000 residents.
    events
        The event log where it was kept.
    """

    replication: int
    outcomes: NDArray[np.float64]
    counts: Counts
    in_jail: float
    in_ice_custody: float
    events: pd.DataFrame | None = None


def simulate(
    scenario: LoadedScenario,
    settings: Settings,
    replication: int,
    *,
    keep_log: bool = False,
    people: People | None = None,
    warm_up: float = 0.0,
) -> WorldResult:
    """Run one replication of one world to its end.

    Parameters
    ----------
    scenario
        The world.
    settings
        Sample, length and seed.
    replication
        Number of the repetition, from 0: it has its own people and its own luck, which twins share.
    keep_log
        Whether to return every event.
    people
        The replication's people, if they have been built already.
    warm_up
        Days lived before counting begins, so that jail and detention are no longer empty.
    """
    model = Model(
        scenario,
        seed=settings.seed,
        replication=replication,
        residents=settings.residents,
        keep_log=keep_log,
        people=people,
    )
    model.run_until(warm_up)
    before = model.counts.tally.copy()
    model.run_until(warm_up + settings.days)
    per = 100_000.0 / len(model.world.residents)
    counts = replace(model.counts, tally=model.counts.tally - before, days=settings.days)
    return WorldResult(
        replication,
        table(counts),
        counts,
        float(model.world.jails.held.sum()) * per,
        float(model.world.office[0].in_custody) * per,
        model.events() if keep_log else None,
    )


def people_of(scenario: LoadedScenario, settings: Settings, replication: int) -> People:
    """Return the people of a replication."""
    from sim.engine.luck import replication_seed

    return build(
        scenario.settings.population, settings.residents, replication_seed(settings.seed, replication)
    )
