"""Other numbers in a loaded scenario, without reading its files again: what a sweep does at every point."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document, at
from sim.scenario.loader import LoadedScenario
from sim.scenario.schema import Scenario
from sim.scenario.telling import Telling
from sim.scenario.validate import check_model

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
    problems = Telling()
    phases = []
    for phase in world.phases:
        settings = _with(phase.settings, values, problems)
        if settings is not None:
            phases.append(replace(phase, settings=settings))
    problems.raise_if_any()
    named = json.dumps([world.digest, sorted(values.items())])
    return replace(world, phases=tuple(phases), digest=hashlib.sha256(named.encode()).hexdigest())


def _with(settings: Scenario, values: Mapping[str, float], problems: Problems) -> Scenario | None:
    data: dict[str, Any] = settings.model_dump()
    for path, value in values.items():
        *way, last = path.split(".")
        part = data
        for step in way:
            part = part[step]
        part[last] = value
    return check_model(Scenario, Document(None, data, at(Mark())), problems)
