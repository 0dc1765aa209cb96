"""The one way to run a world: every study goes through `simulate`."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems
from sim.model import Model
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import table
from sim.outcomes.log import log_frame
from sim.population.synthesis import build
from sim.scenario.loader import LoadedScenario
from sim.studies.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

    from sim.population.people import People


@dataclass(frozen=True, slots=True)
class Settings:
    """How large, how long and how often: what is settled once plan and scenario are known.

    `warm_up` is the number of days lived before counting begins; `days` are those that count.
    """

    residents: int
    days: float
    seed: int
    replications: int
    warm_up: float = 0.0

    @classmethod
    def of(cls, scenario: LoadedScenario, plan: Plan) -> Settings:
        """Return what a plan says, and the scenario where the plan says nothing.

        A table of residents is taken whole: its length is the size of the sample.

        Raises
        ------
        InputError
            If the table is wrong, or the plan asks for another number of residents.
        """
        run, residents = scenario.settings.run, plan.residents
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
            run.days if plan.days is None else plan.days,
            run.seed if plan.seed is None else plan.seed,
            run.replications if plan.replications is None else plan.replications,
            plan.warm_up,
        )


@dataclass(frozen=True, slots=True)
class Year:
    """What one run gave in a calendar year, or in the part of it that it lived: `counts.days`."""

    year: int
    outcomes: NDArray[np.float64]
    counts: Counts


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
    log, names
        Lines of the event log (`sim.engine.ledger.LOG`) where it was kept; names of agencies and jails.
    surveys
        Histograms of attitudes, one a survey of the days that count (see `sim.outcomes.attitudes`).
    years
        The same by calendar year, where that was asked for.
    """

    replication: int
    outcomes: NDArray[np.float64]
    counts: Counts
    in_jail: float
    in_ice_custody: float
    log: NDArray[Any] | None = None
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    years: tuple[Year, ...] = ()
    surveys: NDArray[np.int32] | None = None

    @property
    def events(self) -> pd.DataFrame | None:
        """The event log as a table, made anew each time; None where no log was kept."""
        return None if self.log is None else log_frame(self.log, self.names)


def simulate(
    scenario: LoadedScenario,
    settings: Settings,
    replication: int,
    *,
    keep_log: bool = False,
    by_year: bool = False,
    people: People | None = None,
    outcomes: bool = True,
) -> WorldResult:
    """Run one replication of one world to its end.

    Parameters
    ----------
    scenario
        The world.
    settings
        Sample, length, warm-up and seed.
    replication
        Number of the repetition, from 0: it has its own people and its own luck, which twins share.
    keep_log
        Whether to return every event.
    by_year
        Whether to count by calendar year too.
    people
        The replication's people, if they have been built already.
    outcomes
        Whether to work out the outcomes; without, the tally holds all of them still.
    """
    model = Model(
        scenario,
        seed=settings.seed,
        replication=replication,
        residents=settings.residents,
        keep_log=keep_log,
        people=people,
    )
    model.run_until(settings.warm_up)
    before, told = model.counts.tally.copy(), int(model.world.clock[0].surveys)
    years = _years(model, settings) if by_year else ()
    model.run_until(settings.warm_up + settings.days)
    per = 100_000.0 / len(model.world.residents)
    counts = replace(model.counts, tally=model.counts.tally - before, days=settings.days)
    result = WorldResult(
        replication,
        table(counts) if outcomes else np.empty((0, 0)),
        counts,
        float(model.world.jails.held.sum()) * per,
        float(model.world.office[0].in_custody) * per,
        np.array(model.world.log[: model.world.clock[0].logged]) if keep_log else None,
        model.agent_names,
        years,
        model.world.surveys[told : model.world.clock[0].surveys].copy(),
    )
    model.close()
    return result


def years_of(start: str, settings: Settings) -> list[tuple[int, float]]:
    """Return the calendar years that a run counts, each with the day of the run on which it is left."""
    begin = dt.date.fromisoformat(start)
    end = settings.warm_up + settings.days
    found: list[tuple[int, float]] = []
    year = (begin + dt.timedelta(days=math.floor(settings.warm_up))).year
    while not found or found[-1][1] < end:
        found.append((year, min(float((dt.date(year + 1, 1, 1) - begin).days), end)))
        year += 1
    return found


def _years(model: Model, settings: Settings) -> tuple[Year, ...]:
    """Live to the end, and count what each calendar year adds."""
    found = []
    before, since = model.counts.tally.copy(), settings.warm_up
    for year, until in years_of(model.loaded.settings.start, settings):
        model.run_until(until)
        tally = model.counts.tally.copy()
        counts = replace(model.counts, tally=tally - before, days=until - since)
        found.append(Year(year, table(counts), counts))
        before, since = tally, until
    return tuple(found)


def people_of(scenario: LoadedScenario, settings: Settings, replication: int) -> People:
    """Return the people of a replication."""
    from sim.engine.luck import replication_seed

    return build(
        scenario.settings.population, settings.residents, replication_seed(settings.seed, replication)
    )
