"""The Mesa model: a scenario and a seed become a world that can be stepped.

The world runs on continuous time and events; `step()` lives one day of it, `run_until()` many at once.  Both
give the same world, to the last event.  A model can be pickled and copied on any day, and what it lives then
is what the original lives.
"""

from __future__ import annotations

import html
import math
import numbers
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from sim.agents.ice import FieldOffice
from sim.agents.jail import Jail
from sim.agents.officer import Officer
from sim.agents.resident import Resident
from sim.engine.calendar import new_heap
from sim.engine.ledger import new_log
from sim.engine.luck import replication_seed
from sim.errors import Problems, SimError
from sim.outcomes.attitudes import attitude_frame
from sim.outcomes.counts import Counts
from sim.outcomes.log import log_frame
from sim.pathway import loop
from sim.pathway.build import enter_phase, new_world
from sim.pathway.money import count_resident_years, count_standing
from sim.population.synthesis import build as build_people
from sim.scenario.arguments import function
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.sizes import check_sizes

if TYPE_CHECKING:
    from mesa.agent import AgentSet

    from sim.population.people import People


class Model(mesa.Model):
    """One world: a scenario, a seed, and the day it has reached.

    Parameters
    ----------
    scenario
        A loaded scenario, or the path or name of one.
    seed
        Root of all luck (the scenario's when None).  Worlds with the same seed and replication are twins.
    replication
        Number of the repetition, from 0.
    residents
        Size of the sample (the scenario's when None).
    keep_log
        Whether to write down every event (`events()`); counts are kept in any case.
    people
        Residents to use instead of building them, as `sim.population.build` returns them.

    Attributes
    ----------
    loaded
        The loaded scenario (`scenario` itself is Mesa's own, from 3.5 on).
    world
        The arrays of the world (`sim.pathway.world.World`).
    day
        Days lived so far.
    officers, jails, ice
        The agents, as Mesa agent sets; `resident(i)` shows a resident as an agent.
    datacollector
        A Mesa `DataCollector` of the main counts; `step()` collects.

    Raises
    ------
    InputError
        If the scenario, the seed or the size is wrong.

    Examples
    --------
    >>> import sim
    >>> model = sim.Model("base", seed=1, residents=2_000)
    >>> for _ in range(30):
    ...     model.step()
    >>> model.day
    30.0
    >>> len(model.ice), model.resident(0).place
    (1, 0)
    """

    def __init__(
        self,
        scenario: LoadedScenario | str | Path = "base",
        *,
        seed: int | None = None,
        replication: int = 0,
        residents: int | None = None,
        keep_log: bool = False,
        people: People | None = None,
    ) -> None:
        super().__init__(rng=0)  # nothing here draws from Mesa's generators
        check_sizes(seed=seed, replication=replication, residents=residents)
        self.loaded = scenario if isinstance(scenario, LoadedScenario) else load(scenario)
        run = self.loaded.settings.run
        self.root_seed = run.seed if seed is None else seed
        self.replication = replication
        self.seed_of_luck = replication_seed(self.root_seed, replication)
        size = run.residents if residents is None else residents
        settings = self.loaded.settings
        self.people = (
            people if people is not None else build_people(settings.population, size, self.seed_of_luck)
        )
        self.agent_names = {"agency": tuple(settings.agencies), "jail": tuple(settings.jails)}
        self.world = new_world(self.loaded.phases, self.people, self.seed_of_luck, keep_log=keep_log)
        self._phase = 0
        self._residents: dict[int, Resident] = {}
        loop.start(self.world)
        self._make_faces()
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "day": _day,
                "stops": partial(_counted, events=("traffic_stop", "street_stop")),
                "bookings": partial(_counted, events=("booking",)),
                "detainers": partial(_counted, events=("detainer",)),
                "transfers": partial(_counted, events=("ice_arrest_custodial", "ice_arrest_street")),
                "in_jail": _in_jail,
                "in_ice_custody": _in_ice_custody,
            }
        )

    def _make_faces(self) -> None:
        for index in range(len(self.world.officers)):
            Officer(self, self.world.officers, index)
        for index in range(len(self.world.jails)):
            Jail(self, self.world.jails, index)
        FieldOffice(self, self.world.office, 0)

    @property
    def officers(self) -> AgentSet:
        """All officers."""
        return self.agents_by_type[Officer]

    @property
    def jails(self) -> AgentSet:
        """All jails."""
        return self.agents_by_type[Jail]

    @property
    def ice(self) -> AgentSet:
        """The ICE field office, as a set of one."""
        return self.agents_by_type[FieldOffice]

    def resident(self, index: int) -> Resident:
        """Return resident `index` (from 0) as an agent; the same one each time."""
        if not isinstance(index, int | np.integer) or not 0 <= index < len(self.world.residents):
            raise SimError(
                f"there is no resident {index}: they are numbered 0 to {len(self.world.residents) - 1}"
            )
        if index not in self._residents:
            self._residents[index] = Resident(self, self.world.residents, index)
        return self._residents[index]

    @property
    def day(self) -> float:
        """Days lived so far."""
        return float(self.world.clock[0].now)

    def step(self) -> None:
        """Live one day."""
        self.run_until(self.day + 1.0)
        self.datacollector.collect(self)

    def run_until(self, day: float) -> None:
        """Live until `day`, counted from the scenario's start; days already lived are not lived again.

        Raises
        ------
        InputError
            If it is no day from the start on.
        """
        given: Any = day
        if isinstance(given, bool) or not isinstance(given, numbers.Real) or not 0 <= float(given) < math.inf:
            problems = Problems()
            shown = "nothing" if day is None else day
            what = "cannot live until a day that is none"
            problems.add(
                function("Model.run_until"), what, shown, allowed="a number of days from the start, 0 or more"
            )
            problems.raise_if_any()
        while self.day < day:
            phases = self.loaded.phases
            later = [p.day for p in phases[self._phase + 1 :]]
            goal = min([float(day), *later[:1]])  # another type of number would be compiled anew
            self._live(goal)
            if later and goal == later[0]:
                self._phase += 1
                self._switch()

    def _switch(self) -> None:
        world = enter_phase(self.world, self.loaded.phases[self._phase], self.people, self.day)
        self.world = world
        for agents, records in (
            (self.officers, world.officers),
            (self.jails, world.jails),
            (self.ice, world.office),
        ):
            for agent in agents:
                agent.show(records)

    def _live(self, day: float) -> None:
        while True:
            full = loop.run(self.world, day)
            if full == loop.DONE:
                return
            self.world = _with_more_room(self.world, full)

    def _repr_html_(self) -> str:
        name = html.escape(self.loaded.settings.name)
        if not hasattr(self, "world"):
            return f"<p><strong>{name}</strong>: a model that has been closed</p>"
        reporters = self.datacollector.model_reporters.items()
        shown = {"residents": len(self.world.residents), **{key: ask(self) for key, ask in reporters}}
        rows = "".join(
            f"<tr><th>{key.replace('_', ' ').replace('ice', 'ICE')}</th><td>{value:,.10g}</td></tr>"
            for key, value in shown.items()
        )
        return f"<table><caption>{name}</caption><tbody>{rows}</tbody></table>"

    def close(self) -> None:
        """Let go of people and world; afterwards the model can no longer be asked or stepped.

        Mesa 3.3 keeps every model it ever numbered an agent of, so a study of thousands of runs would
        otherwise keep all of them, each with its scenario.
        """
        del self.world, self.people
        self._residents.clear()
        numbered = getattr(mesa.Agent, "_ids", None)
        if numbered is not None:
            numbered.pop(self, None)

    @property
    def counts(self) -> Counts:
        """What has been counted so far."""
        # A copy: what was counted on a day stays what was counted on that day.
        tally = self.world.tally.copy()
        phases = self.loaded.phases[: self._phase + 1]
        for phase, after in zip(phases, [*(p.day for p in phases[1:]), self.day], strict=True):
            until = min(after, self.day)
            count_standing(tally, self.world.columns, len(self.people.residents), phase, until)
        count_resident_years(tally, self.world.columns, self.people.residents, self.day)
        agencies = tuple(self.loaded.settings.agencies)
        return Counts(tally, agencies, len(self.world.residents), self.day)

    def events(self) -> pd.DataFrame:
        """Return the event log (one row an event); the model must have been made with `keep_log=True`."""
        clock = self.world.clock[0]
        if not clock.keep_log:
            raise SimError("this model keeps no event log: make it with keep_log=True")
        return log_frame(self.world.log[: clock.logged], self.agent_names)

    def attitudes(self) -> pd.DataFrame:
        """Return what each survey so far found: means and quantiles of trust, fear and belief.

        One row for each survey (every 30 days), measure, and level of status, perceived group and
        neighbourhood; see `sim.outcomes.attitudes`.
        """
        return attitude_frame(self.world.surveys[: self.world.clock[0].surveys])

    def state_table(self) -> pd.DataFrame:
        """Return the present state of all residents, one row each, codes as numbers."""
        return pd.DataFrame(
            {name: np.array(self.world.residents[name]) for name in self.world.residents.dtype.names}
        )


# What the data collector asks: functions with a name, so that a model can be pickled.


def _day(model: Model) -> float:
    return model.day


def _counted(model: Model, events: tuple[str, ...]) -> float:
    counts = model.counts
    return sum(counts[event] for event in events)


def _in_jail(model: Model) -> int:
    return int(model.world.jails.held.sum())


def _in_ice_custody(model: Model) -> int:
    return int(model.world.office[0].in_custody)


def _with_more_room(world: Any, full: int) -> Any:
    """Return the world with the array that is full twice as large."""
    if full == loop.CALENDAR_FULL:
        grown = {"calendar": new_heap(2 * len(world.calendar)), "queue": new_heap(2 * len(world.queue))}
    elif full == loop.LOG_FULL:
        grown = {"log": new_log(2 * len(world.log))}
    elif full == loop.SURVEYS_FULL:
        grown = {"surveys": np.zeros((2 * len(world.surveys), *world.surveys.shape[1:]), dtype=np.int32)}
    else:
        size = len(world.cases)
        slots = np.arange(2 * size, dtype=np.int32)
        clock = world.clock[0]
        slots[: clock.free] = world.free_slots[: clock.free]
        slots[clock.free : clock.free + size] = np.arange(2 * size - 1, size - 1, -1, dtype=np.int32)
        clock.free += size
        cases = np.zeros(2 * size, dtype=world.cases.dtype).view(np.recarray)
        cases[:size] = world.cases
        return world._replace(cases=cases, free_slots=slots)
    for name, array in grown.items():
        old = getattr(world, name)
        array[: len(old)] = old
    return world._replace(**grown)
