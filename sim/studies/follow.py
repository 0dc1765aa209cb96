"""One synthetic resident's two timelines: what happens to them in a world and in its twin with levers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import EVENTS
from sim.errors import Mark, Problems
from sim.outcomes.decisions import REMARKS
from sim.outcomes.partings import shared_lines, told_as
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from sim.studies.explain import WHO, load_twins, worded
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields
from sim.studies.replicate import Twins, each_replication
from sim.studies.simulate import Settings


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a timeline; what does not apply is empty.  `case` is a number in hexadecimal digits."""

    event: str
    case: str
    channel: str
    agency: str
    jail: str
    officer: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of two timelines: what happened in the base and with the levers.

    Attributes
    ----------
    day
        Days since the beginning, warm-up included.
    base, lever
        Equal where both worlds have the event; None where a world has nothing to set beside it.
    parted
        Whether the timelines part here or have parted before.
    """

    day: float
    base: Happening | None
    lever: Happening | None
    parted: bool


@dataclass(frozen=True, slots=True)
class Lives:
    """One resident in two worlds.

    Attributes
    ----------
    who
        Age, status, perceived group, neighbourhood and record on the first day; a synthetic person.
    moments
        Both timelines, in the order of time.
    """

    levers: tuple[str, ...]
    worlds: tuple[LoadedScenario, LoadedScenario]
    settings: Settings
    replication: int
    resident: int
    who: dict[str, int | str]
    moments: tuple[Moment, ...]

    @property
    def parted(self) -> float | None:
        """Day on which the timelines part, None where they do not."""
        return next((m.day for m in self.moments if m.parted), None)


def follow(
    scenario: str | Path,
    levers: Sequence[str],
    resident: int,
    *,
    replication: int = 0,
    set_values: Sequence[str] = (),
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Lives:
    """Follow one synthetic resident through both worlds of a replication, the only one that is run.

    Parameters
    ----------
    scenario, levers, set_values, plan, **changes
        As in `sim.explain`.
    resident
        Number of the resident, from 0.
    replication
        Number of the replication, from 0.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the settings, the plan and both numbers.

    Examples
    --------
    >>> from sim.studies.follow import follow
    >>> life = follow("base", ["data_firewall"], 7, residents=500, days=30, replications=1)
    >>> life.resident, sorted(life.who)
    (7, ['age', 'group', 'neighbourhood', 'record', 'status'])
    """
    plan = plan.but(**changes)
    base, other = load_twins(scenario, levers, set_values, plan, Problems())
    settings, problems = Settings.of(base, plan), Problems()
    note_person(resident, replication, settings, problems)
    problems.raise_if_any()

    def keep(twins: Twins) -> tuple[dict[str, int | str], tuple[Moment, ...]]:
        person = twins.people[0].residents[resident]
        who = {name: worded(name, int(person[name])) for name in WHO}
        logs = [r.log[r.log["resident"] == resident] for r in twins.results if r.log is not None]
        return who, moments_of(logs[0], logs[1], twins.results[0].names)

    ((who, moments),) = each_replication(
        (base, other),
        settings,
        keep,
        chosen=[replication],
        workers=plan.workers,
        keep_log=True,
        progress=plan.progress,
    )
    return Lives(tuple(levers), (base, other), settings, replication, resident, who, moments)


def note_person(
    resident: Any, replication: Any, settings: Settings, problems: Problems, *, option: str = ""
) -> None:
    """Note the number of a resident or of a replication that there is not."""
    there = {"resident": (resident, settings.residents), "replication": (replication, settings.replications)}
    for name, (number, many) in there.items():
        allowed = f"a whole number from 0 to {many - 1:,}"
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            problems.add(Mark(), f"{option}{name} is not a whole number", number, allowed=allowed)
        elif not 0 <= number < many:
            problems.add(Mark(), f"{option}{name} is out of bounds", int(number), allowed=allowed)


def moments_of(
    base: NDArray[Any], lever: NDArray[Any], names: dict[str, tuple[str, ...]]
) -> tuple[Moment, ...]:
    """Return two timelines side by side.

    Parameters
    ----------
    base, lever
        Lines of `sim.engine.ledger.LOG` of one resident.
    names
        Names of agencies and jails, in their order.
    """
    shared = shared_lines(base, lever)
    rows: dict[tuple[float, int], tuple[list[Happening], list[Happening]]] = {}
    common: list[tuple[float, int, Happening]] = []
    for world, (log, known) in enumerate(zip((base, lever), shared, strict=True)):
        after = 0  # shared lines so far: what follows the same of them, in one instant, stands side by side
        for line, event, both in zip(log, told_as(log), known, strict=True):
            happening, day = _happening(line, event, names), float(line["time"])
            if not both:
                rows.setdefault((day, after), ([], []))[world].append(happening)
                continue
            after += 1
            if world == 0:
                common.append((day, after, happening))
    pairs: list[tuple[float, int, int, Happening | None, Happening | None]]
    pairs = [(day, after, 0, event, event) for day, after, event in common]
    for (day, after), (ours, theirs) in rows.items():
        beside = enumerate(zip_longest(ours, theirs), start=1)
        pairs += [(day, after, k, one, other) for k, (one, other) in beside]
    pairs.sort(key=lambda pair: pair[:3])
    found, parted = [], False
    for day, _, _, one, other in pairs:
        parted = parted or (one != other and not _is_remark(one, other))
        found.append(Moment(day, one, other, parted))
    return tuple(found)


def _happening(line: Any, event: int, names: dict[str, tuple[str, ...]]) -> Happening:
    channel, agency, jail = (
        words[line[name]] if line[name] >= 0 else ""
        for name, words in (("channel", v.CHANNELS), ("agency", names["agency"]), ("jail", names["jail"]))
    )
    case = f"{int(line['case']):016x}"
    return Happening(EVENTS[event], case, channel, agency, jail, int(line["officer"]))


def _is_remark(one: Happening | None, other: Happening | None) -> bool:
    return all(event is None or event.event in REMARKS for event in (one, other))
