"""Nothing is dead: whatever a scenario may say changes something reported, in a world that reaches it.

A parameter with a slider that changes nothing is worse than a missing one.  What is tried comes from the
schema, the folder of levers and the vocabulary, so what is added there is tried without a word here.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from rich_worlds import LARGE, LOOKS, SMALL, Life, Worlds, differ
from ruamel.yaml import YAML

from sim.engine.rulebook import build
from sim.outcomes.definitions import OUTCOMES
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.quantities import is_number
from sim.scenario.schema import Scenario
from sim.scenario.tree import shipped
from sim.scenario.validate import all_paths, bounds_of

# What cannot move an outcome of a run, and why.  The test fails when one of these begins to.
CANNOT_MATTER = {
    "name": "a title",
    "description": "a text",
    "sources": "a text",
    "run.replications": "each repetition is a run of its own: how many there are is a study's affair",
}

# Two values of what is neither number nor choice.  TABLE is a file in the folder of the worlds.
TABLE = "residents.csv"
TEXTS = {
    "name": ("One county", "Another county"),
    "description": ("One county.", "Another county."),
    "sources": ((), ("own_estimate",)),
    "start": ("2025-01-20", "2025-03-01"),
    "population.table": (None, TABLE),
}

# Settings that are compiled into the rules, or date them: they are moved in the file at once, to save time.
RULED = ("compliance", "personal_compliance", "technical", "start")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    folder = tmp_path_factory.mktemp("worlds")
    adults = [f"{k},0,30,white,us_born,none,no,no,no,yes,1" for k in range(300)]
    columns = "household,neighbourhood,age,group,status,record,order,biometric,warrant,licensed,driving"
    (folder / TABLE).write_text("\n".join([columns, *adults]), encoding="utf-8")
    return Worlds(folder)


# ── the settings of a scenario, and the two ends of each ─────────────────────────────────────────────────
@dataclass(frozen=True)
class Leaf:
    """A setting of a world: where it stands, what it is, and the field of the schema that declares it."""

    path: tuple[str, ...]
    value: Any
    field: FieldInfo
    declared: str

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def extra(self) -> dict[str, Any]:
        return self.field.json_schema_extra if isinstance(self.field.json_schema_extra, dict) else {}


@dataclass(frozen=True)
class Move:
    """A setting of a world that is moved from one value to another."""

    world: str
    leaf: Leaf
    low: Any
    high: Any


def leaves(section: BaseModel, path: tuple[str, ...] = (), declared: str = "") -> Iterator[Leaf]:
    """Give all settings of a section and of the sections in it."""
    for name, field in type(section).model_fields.items():
        yield from _inside(getattr(section, name), field, (*path, name), f"{declared}{name}")


def _inside(value: Any, field: FieldInfo, path: tuple[str, ...], declared: str) -> Iterator[Leaf]:
    if isinstance(value, BaseModel):
        yield from leaves(value, path, f"{declared}.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            named = f"{declared}.NAME" if isinstance(inner, BaseModel) else declared
            yield from _inside(inner, field, (*path, key), named)
    else:
        yield Leaf(path, value, field, declared)


def moves(worlds: Worlds, names: Iterable[str]) -> dict[str, list[Move]]:
    """Give what is tried with the settings of these worlds: a label, and the same move in each world."""
    found: dict[str, list[Move]] = {}
    for name in names:
        world = worlds.base[name]
        for leaf in leaves(world.settings):
            for label, low, high in _pairs(leaf, world, worlds):
                found.setdefault(label, []).append(Move(name, leaf, low, high))
    return found


def _pairs(leaf: Leaf, world: LoadedScenario, worlds: Worlds) -> list[tuple[str, Any, Any]]:
    names = {"jail": world.settings.jails, "agency": world.settings.agencies}
    if isinstance(leaf.value, bool):
        return [(leaf.name, False, True)]
    if is_number(leaf.value):
        return [(leaf.name, *ends(leaf, world))]
    if leaf.name in TEXTS:
        low, high = TEXTS[leaf.name]
        return [(leaf.name, low, str(worlds.folder / TABLE) if high == TABLE else high)]
    if isinstance(leaf.value, tuple):
        return [(f"{leaf.name}: {word}", (), (word,)) for word in leaf.extra["choices"]]
    choices = leaf.extra.get("choices") or names.get(leaf.path[-1])
    assert choices, f"say in TEXTS between which two values {leaf.name} is moved"
    return [(f"{leaf.name}: {low} to {high}", low, high) for low, high in itertools.pairwise(choices)]


def ends(leaf: Leaf, world: LoadedScenario) -> tuple[float, float]:
    """Give the ends of a number: its plausible range, else its bounds, or half and twice its value.

    Half and twice where bounds are no end to try: those of amounts (a county of fifty million), and of how
    long and how large a run is.
    """
    passport = world.passports.get(leaf.name)
    low, high = passport.range if passport and passport.range else (math.nan, math.nan)
    if not low < high or leaf.path[0] == "run":
        low, high = widest(leaf)
        if (low, high) != (0, 1) and leaf.value != 0:
            low, high = max(low, leaf.value / 2), min(high, leaf.value * 2)
    return _soundest(leaf, world.settings, low), _soundest(leaf, world.settings, high)


def widest(leaf: Leaf) -> tuple[float, float]:
    """Give the hard bounds of a number."""
    bounds = bounds_of(leaf.field)
    assert bounds is not None, f"{leaf.name} has no bounds"
    return bounds


def _soundest(leaf: Leaf, settings: Scenario, end: float) -> float:
    """Give `end`, or where other numbers leave no room for it what lies on the way there."""
    for _ in range(8):
        end = round(end) if isinstance(leaf.value, int) else float(end)
        try:
            put(settings, leaf, end)
        except ValidationError:
            end = (end + leaf.value) / 2
        else:
            break
    return end


def put(settings: Scenario, leaf: Leaf, value: Any) -> Scenario:
    """Give the settings with another value; the other shares of a whole make room for it."""
    data: Any = settings.model_dump()
    parent = data
    for key in leaf.path[:-1]:
        parent = parent[key]
    key = leaf.path[-1]
    if "total" in leaf.extra:
        others = [name for name in parent if name != key]
        left, was = leaf.extra["total"] - value, leaf.extra["total"] - parent[key]
        for name in others:
            parent[name] = parent[name] * left / was if was > 0 else left / len(others)
    parent[key] = value
    return Scenario.model_validate(data)


# ── (a) the scenario ─────────────────────────────────────────────────────────────────────────────────────
def moved(worlds: Worlds, move: Move, value: Any) -> LoadedScenario:
    """Give a world with another value of one setting, and with its rules as they are compiled."""
    world = worlds.base[move.world]
    phases = tuple(replace(p, settings=put(p.settings, move.leaf, value)) for p in world.phases)
    return replace(world, phases=phases)


def moved_and_loaded(worlds: Worlds, move: Move, value: Any) -> LoadedScenario:
    """Give the same as a user has it, from the file: rules compiled and dates counted with the value."""
    path = move.leaf.path[:-1] if "names" in move.leaf.extra else move.leaf.path
    here: Any = moved(worlds, move, value).settings.model_dump(mode="json")
    for key in path:
        here = here[key]
    return worlds.load(move.world, settings=[f"{'.'.join(path)}={json.dumps(here)}"])


def farther(worlds: Worlds, move: Move) -> Move:
    """Give the move of a number between its hard bounds, which shows what is too rare for a small county."""
    low, high = (_soundest(move.leaf, worlds.base[move.world].settings, x) for x in widest(move.leaf))
    return replace(move, low=low, high=high)


def rules_of(world: LoadedScenario) -> list[Any]:
    """Give the rules of a world as the engine has them, with the day from which they hold."""
    return [(phase.day, build(phase.tables).chances.tobytes()) for phase in world.phases]


def ways(worlds: Worlds, tries: list[Move]) -> Iterator[tuple[str, LoadedScenario, LoadedScenario]]:
    """Give the worlds with a setting at its one end and at its other, those that are quick to make first."""
    if tries[0].leaf.path[-1] not in RULED:
        for move in tries:
            yield move.world, moved(worlds, move, move.low), moved(worlds, move, move.high)
        if is_number(move.low):
            for move in (farther(worlds, move) for move in tries):
                yield f"{move.world}, far", moved(worlds, move, move.low), moved(worlds, move, move.high)
    for move in tries:
        low, high = (moved_and_loaded(worlds, move, x) for x in (move.low, move.high))
        if rules_of(low) != rules_of(high):
            yield f"{move.world}, loaded", low, high


def how_it_matters(worlds: Worlds, tries: list[Move]) -> str | None:
    """Give the world in which a setting changes what is reported, or None."""
    for way, low, high in ways(worlds, tries):
        if differ(worlds.live(low), worlds.live(high)):
            return way
    return None


def test_every_setting_of_a_scenario_matters(worlds: Worlds) -> None:
    """Each number from its low to its high end, each choice to its neighbour, each switch both ways."""
    still = {label for label, tries in moves(worlds, SMALL).items() if how_it_matters(worlds, tries) is None}
    if rare := still - set(CANNOT_MATTER):
        once_more = moves(worlds, LARGE)
        still -= {label for label in rare if how_it_matters(worlds, once_more[label]) is not None}
    dead, listed_but_alive = sorted(still - set(CANNOT_MATTER)), sorted(set(CANNOT_MATTER) - still)
    assert (dead, listed_but_alive) == ([], [])


def test_the_worlds_have_every_setting_of_the_schema_and_of_the_base_scenario(worlds: Worlds) -> None:
    """What no world has is not tried: a section or a mapping that is empty in all of them."""
    tried = [leaf.declared for world in worlds.base.values() for leaf in leaves(world.settings)]
    known = {".".join(path.split(".")[:k]) for path in tried for k in range(1, path.count(".") + 2)}
    assert not set(all_paths(Scenario)) - known
    base = {leaf.name for leaf in leaves(load("base").settings)}
    assert not base - {leaf.name for world in worlds.base.values() for leaf in leaves(world.settings)}


# ── (b) levers ───────────────────────────────────────────────────────────────────────────────────────────
LEVERS = {path.stem: YAML(typ="safe").load(path) for path in sorted((shipped() / "levers").glob("*.yaml"))}


def with_lever(worlds: Worlds, world: str, lever: str, **parameters: float) -> Life:
    return worlds.live(worlds.load(world, levers=[{lever: parameters}]))


def changes(worlds: Worlds, world: str, lever: str) -> bool:
    """Whether a lever changes anything that a world reports."""
    return differ(worlds.life[world], with_lever(worlds, world, lever))


def turns(worlds: Worlds, world: str, lever: str, name: str) -> bool:
    """Whether a parameter of a lever does, from its lower to its upper bound, with the others as they are."""
    low, high = LEVERS[lever]["parameters"][name]["bounds"]
    return differ(*(with_lever(worlds, world, lever, **{name: end}) for end in (low, high)))


def test_every_lever_but_the_empty_one_matters(worlds: Worlds) -> None:
    levers = [lever for lever in LEVERS if lever != "null"]
    dead = [x for x in levers if not any(changes(worlds, name, x) for name in worlds.base)]
    assert not dead
    assert not any(changes(worlds, name, "null") for name in SMALL)


def test_every_parameter_of_a_lever_matters(worlds: Worlds) -> None:
    parameters = [(lever, name) for lever, file in LEVERS.items() for name in file.get("parameters", ())]
    dead = [x for x in parameters if not any(turns(worlds, world, *x) for world in worlds.base)]
    assert not dead


# ── (c) rules ────────────────────────────────────────────────────────────────────────────────────────────
def ruled(worlds: Worlds, world: str, table: v.Table, *rows: dict[str, Any]) -> Life:
    """Give the life of a world with these rows for one table."""
    file = worlds.file("ruled")
    body = {"extends": worlds.file(world).name, "rules": {table.name: rows}}
    file.write_text(json.dumps(body), encoding="utf-8")
    return worlds.live(load(file))


def conditions(worlds: Worlds, world: str, attribute: v.Attribute) -> list[Any]:
    """Give what a rule may ask of an attribute: each value, or whether a number is above some size."""
    if attribute.numeric:
        return [{"from": attribute.top // part} for part in (2, 4, 30)]
    return list(worlds.base[world].settings.domain(attribute.name))


def blind_to(worlds: Worlds, table: v.Table) -> set[str]:
    """Give the attributes of a table that make no difference to a rule that asks for them.

    A rule that answers one thing where the attribute has a value, and another elsewhere, must differ both
    from the rule that always gives the one and from the rule that always gives the other.
    """
    first, last = table.answers[0], table.answers[-1]
    unseen = set(table.sees)
    for world in worlds.base:
        if not unseen:
            break
        plain = [ruled(worlds, world, table, {"otherwise": answer}) for answer in (first, last)]
        for name in sorted(unseen):
            for value in conditions(worlds, world, v.ATTRIBUTES[name]):
                rows = {"when": {name: value}, "then": first}, {"otherwise": last}
                asked = ruled(worlds, world, table, *rows)
                if all(differ(life, asked) for life in plain):
                    unseen.discard(name)
                    break
    return unseen


def test_every_attribute_of_a_decision_matters(worlds: Worlds) -> None:
    dead = [f"{table.name}: {name}" for table in v.TABLES.values() for name in blind_to(worlds, table)]
    assert not dead


def test_every_attribute_is_seen_by_some_decision() -> None:
    seen = {name for table in v.TABLES.values() for name in table.sees}
    dead = set(v.ATTRIBUTES) - seen
    assert not dead


# ── (d) outcomes ─────────────────────────────────────────────────────────────────────────────────────────
def test_every_outcome_happens(worlds: Worlds) -> None:
    last = len(LOOKS) - 1
    totals = np.array(
        [np.nan_to_num(life.at(last)[:, 0]) for name, life in worlds.life.items() if name in SMALL]
    )
    silent = [outcome.name for outcome, x in zip(OUTCOMES, totals.T, strict=True) if not x.any()]
    assert not silent
