"""Worlds in which nothing happens by itself and only the named effects are on, and what is felt in them."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from sim.community.experience import hear
from sim.engine.candidates import NO_LIMIT
from sim.engine.ledger import EVENTS
from sim.model import Model
from sim.pathway.world import open_case, record
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from tests.pathway.hand import begin, still

ATTITUDES = ("legitimacy", "fear", "belief")


def with_only(folder: Path, *on: str, settings: dict[str, Any] | None = None, **more: Any) -> LoadedScenario:
    """Load a still world in which all effects but these are off."""
    off = {"community.off": [name for name in v.EFFECTS if name not in on]}
    return still(folder, off | (settings or {}), **more)


def inhabited(loaded: LoadedScenario, residents: int = 300, **fields: Any) -> Model:
    """Give a model of undocumented adults (but for `fields`) whose reach says nothing about them."""
    model = begin(loaded, residents, **fields)
    model.world.reach[:] = NO_LIMIT
    return model


def attitudes(model: Model) -> dict[str, np.ndarray]:
    """Give the three attitudes of everybody as they are stored."""
    return {name: np.array(model.world.residents[name]) for name in ATTITUDES}


def happens(model: Model, event: str, person: int, origin: int = v.CRIME, **fields: int) -> None:
    """Let an event happen to a person, and everybody feel it."""
    world = model.world
    slot = open_case(world, np.uint64(person + 1), person, origin)
    for name, value in fields.items():
        world.cases[slot][name] = value
    record(world, EVENTS.index(event), slot, -1)
    hear(world)


def moved(value: float, change: float) -> float:
    """Give where a change leads on a scale from −1 to 1."""
    return value + change * (1 - value if change > 0 else 1 + value)


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def housemates(model: Model, person: int) -> list[int]:
    """Give the others of a person's household."""
    household = model.world.residents.household
    return [k for k in np.flatnonzero(household == household[person]).tolist() if k != person]


def tied(model: Model, person: int) -> list[tuple[int, str]]:
    """Give everybody tied to a person and by what, in the order in which they are told."""
    people = model.people
    own = slice(people.tie_start[person], people.tie_start[person + 1])
    kinds = [v.TIES[1 + k] for k in people.tie_kind[own].tolist()]
    home = [(other, "household") for other in housemates(model, person)]
    return home + list(zip(people.tie_to[own].tolist(), kinds, strict=True))


def somebody(model: Model) -> int:
    """Give a person who has at least one tie of each sort."""
    return next(
        k for k in range(len(model.world.residents)) if {kind for _, kind in tied(model, k)} == set(v.TIES)
    )
