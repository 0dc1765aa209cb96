"""Other numbers in a loaded scenario, without reading its files again: what a sweep does at every point."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from sim.errors import Mark, Problems
from sim.scenario.document import Document, at
from sim.scenario.loader import LoadedScenario
from sim.scenario.schema import Scenario
from sim.scenario.telling import Telling
from sim.scenario.validate import check_model

T = TypeVar("T")

# Numbers that are compiled into the decision tables, and so need a scenario to be resolved anew.
_COMPILED = re.compile(r"(state|sharing|agencies\.\w+|jails\.\w+)\.(personal_)?compliance")


def can_vary(path: str) -> bool:
    """Whether `varied` may set a number; else the scenario has to be resolved with it."""
    return not _COMPILED.fullmatch(path)


def varied(world: LoadedScenario, values: Mapping[str, float]) -> LoadedScenario:
    """Return a scenario in which some numbers have other values in every phase, as `--set` gives them.

    The result is for running: passports and resolved data stay as they were.

    Parameters
    ----------
    world
        The scenario.
    values
        Dotted path → value; each path is one that `can_vary`.

    Raises
    ------
    InputError
        If the values do not fit together.
    """
    if not values:
        return world
    named = json.dumps([world.digest, bool(world.passports), sorted(values.items())])
    return _VARIED.get(named, lambda: _varied(world, values))


def _varied(world: LoadedScenario, values: Mapping[str, float]) -> LoadedScenario:
    problems = Telling()
    phases = []
    for phase in world.phases:
        settings = _with(phase.settings, values, problems)
        if settings is not None:
            phases.append(replace(phase, settings=settings))
    problems.raise_if_any()
    named = json.dumps([world.digest, sorted(values.items())])
    return replace(world, phases=tuple(phases), digest=hashlib.sha256(named.encode()).hexdigest())


class Memo(Generic[T]):
    """What was made last, by name: a study asks for the same worlds in every replication.

    Parameters
    ----------
    room
        How many are kept; what has been asked for longest ago is let go first.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, make: Callable[[], T]) -> T:
        """Return what is kept under a name, or make it; what raises an error is not kept."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = make()
        with self._lock:
            self._kept[name] = made
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return made


_VARIED: Memo[LoadedScenario] = Memo(1_024)  # some 60 kB each


def _with(settings: Scenario, values: Mapping[str, float], problems: Problems) -> Scenario | None:
    data: dict[str, Any] = settings.model_dump()
    for path, value in values.items():
        *way, last = path.split(".")
        part = data
        for step in way:
            part = part[step]
        part[last] = value
    return check_model(Scenario, Document(None, data, at(Mark())), problems)
