"""The one way to run a world: every study goes through `simulate`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems
from sim.model import Model
from sim.outcomes.counts import Counts
from sim.outcomes.course import course_of, period_ends
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
    course
        Crimes, reports and transfers by period, where that was asked for (see `sim.outcomes.course`).
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
    course: NDArray[np.int64] | None = None

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
    course: bool = False,
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
    course
        Whether to count crimes, reports and transfers by period too.
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
    begin, end = settings.warm_up, settings.warm_up + settings.days
    years = years_of(scenario.settings.start, settings) if by_year else []
    periods = [begin + day for day in (0.0, *period_ends(settings.days))] if course else []
    model.run_until(begin)
    told = int(model.world.clock[0].surveys)
    tallies = _tallies(model, {begin, end, *periods, *(until for _, until in years)})
    per = 100_000.0 / len(model.world.residents)
    counts = replace(model.counts, tally=tallies[end] - tallies[begin], days=settings.days)
    result = WorldResult(
        replication,
        table(counts) if outcomes else np.empty((0, 0)),
        counts,
        float(model.world.jails.held.sum()) * per,
        float(model.world.office[0].in_custody) * per,
        np.array(model.world.log[: model.world.clock[0].logged]) if keep_log else None,
        model.agent_names,
        _years(years, begin, counts, tallies),
        model.world.surveys[told : model.world.clock[0].surveys].copy(),
        course_of(counts, [tallies[day] for day in periods]) if course else None,
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


def _tallies(model: Model, days: Set[float]) -> dict[float, NDArray[np.float64]]:
    """Live to each of some days in turn, and return what has been counted by then."""
    found = {}
    for day in sorted(days):
        model.run_until(day)
        found[day] = model.counts.tally.copy()
    return found


def _years(
    years: Sequence[tuple[int, float]],
    begin: float,
    counts: Counts,
    tallies: Mapping[float, NDArray[np.float64]],
) -> tuple[Year, ...]:
    """Return what each calendar year added."""
    found = []
    for year, until in years:
        added = replace(counts, tally=tallies[until] - tallies[begin], days=until - begin)
        found.append(Year(year, table(added), added))
        begin = until
    return tuple(found)


def people_of(scenario: LoadedScenario, settings: Settings, replication: int) -> People:
    """Return the people of a replication."""
    from sim.engine.luck import replication_seed

    return build(
        scenario.settings.population, settings.residents, replication_seed(settings.seed, replication)
    )
