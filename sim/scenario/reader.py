"""Scenario files as they are read: each file of an `extends` chain is one layer, the root first.

Nothing is laid together here: a timeline may switch off a lever that a parent lists, so each phase of a
scenario lays the layers anew (`sim.scenario.phases`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document, read
from sim.scenario.layers import RULE_SECTIONS
from sim.scenario.lever_uses import read_uses
from sim.scenario.levers import Lever, load_lever
from sim.scenario.places import Place, read_place
from sim.scenario.schema import Scenario
from sim.scenario.tree import Tree

CONTROL = ("extends", "place", "levers", "set", "timeline")
SWITCH = ("day", "date", "levers", "off", "set")
MAX_EXTENDS = 16
MAX_SWITCHES = 200


@dataclass(frozen=True, slots=True)
class Layer:
    """One file: the facts of its place, its own sections and rules, its levers and its `set`."""

    place: Place | None
    body: Document
    levers: tuple[Lever, ...]
    settings: Document


@dataclass(frozen=True, slots=True)
class Switch:
    """One entry of a timeline, as it is written."""

    when: Any
    dated: bool
    mark: Mark
    on: tuple[Lever, ...]
    off: tuple[tuple[str, Mark], ...]
    settings: Document


@dataclass(frozen=True, slots=True)
class Source:
    """A chain of files: its layers from the root on, and the timeline that holds."""

    layers: tuple[Layer, ...]
    timeline: tuple[Switch, ...]


@dataclass(slots=True)
class Reader:
    """Reads scenario files and follows `extends`.

    `failed_levers` collects the names of levers that could not be loaded, so that nothing else complains
    about their absence.
    """

    tree: Tree
    problems: Problems
    failed_levers: set[str] = field(default_factory=set)

    def source(self, file: Path, trail: tuple[Path, ...] = ()) -> Source | None:
        """Return a file with everything that it extends, or None where that cannot be had."""
        document = read(file, self.problems)
        if document is None:
            return None
        if not isinstance(document.data, dict):
            allowed = "`key: value` lines such as `extends: base`"
            self.problems.add(document.mark(), "a scenario is a mapping", document.data, allowed=allowed)
            return None
        body = self._body(document, file)
        levers = self._levers(document.part("levers"))
        settings = document.part("set")
        timeline = self._timeline(document.part("timeline"))
        parent = self._parent(document, file, (*trail, file))
        if parent is None:
            return None
        layer = Layer(self._place(document), body, levers, settings)
        kept = parent.timeline if document.data.get("timeline") is None else timeline
        return Source((*parent.layers, layer), kept)

    def _body(self, document: Document, file: Path) -> Document:
        """Return the file's own sections and rules, without the keys that no scenario has."""
        sections = (*Scenario.model_fields, *RULE_SECTIONS)
        known = (*CONTROL, *sections)
        for key in document.data:
            if key not in known:
                self.problems.add(document.key_mark((key,)), f"unknown key {key}", key, known=known)
        unwanted = [key for key in document.data if key not in sections]
        body = document.without(*unwanted)
        table = body.get(("population", "table"))
        if isinstance(table, str):
            population = body.data["population"] | {"table": str(file.parent / table)}
            body = Document(body.file, body.data | {"population": population}, body.places)
        return body

    def _place(self, document: Document) -> Place | None:
        part = document.part("place")
        return None if part.data is None else read_place(part, self.problems)

    def _parent(self, document: Document, file: Path, trail: tuple[Path, ...]) -> Source | None:
        name = document.data.get("extends")
        where = document.mark(("extends",))
        if "extends" not in document.data:
            return Source((), ())
        if not isinstance(name, str) or not name:
            self.problems.add(where, "`extends` names one scenario file", "nothing" if name is None else name)
            return None
        parent = self.tree.find(name, file.parent)
        if parent is None:
            folder = (file.parent / name).is_dir()
            what = "`extends` names a folder, not a file" if folder else "no such scenario to extend"
            self.problems.add(where, what, name, known=self.tree.scenario_names())
        elif not self.tree.allows(parent, name, file):
            allowed = "a file of the same scenario folder, or an absolute path"
            self.problems.add(where, "`extends` leaves the scenario folder", name, allowed=allowed)
        elif parent in trail:
            chain = " → ".join(p.name for p in (*trail[trail.index(parent) :], parent))
            self.problems.add(where, f"`extends` runs in a circle: {chain}", name)
        elif len(trail) > MAX_EXTENDS:
            self.problems.add(where, f"more than {MAX_EXTENDS} files extend each other", name)
        else:
            return self.source(parent, trail)
        return None

    def _levers(self, part: Document) -> tuple[Lever, ...]:
        levers = []
        for use in read_uses(part, self.problems):
            lever = load_lever(use, self.tree, self.problems)
            if lever is None:
                self.failed_levers.add(use.name)
            else:
                levers.append(lever)
        return tuple(levers)

    def _timeline(self, part: Document) -> tuple[Switch, ...]:
        if part.data is None:
            return ()
        if not isinstance(part.data, list):
            self.problems.add(part.mark(), "a timeline is a list of switches", part.data)
            return ()
        if len(part.data) > MAX_SWITCHES:
            self.problems.add(part.mark(), f"{len(part.data)} switches, more than {MAX_SWITCHES}")
            return ()
        switches = [self._switch(part.part(k)) for k in range(len(part.data))]
        return tuple(switch for switch in switches if switch is not None)

    def _switch(self, item: Document) -> Switch | None:
        where = item.mark()
        if not isinstance(item.data, dict):
            allowed = "{day or date, levers, off, set}"
            self.problems.add(where, "a switch is a mapping", item.data, allowed=allowed)
            return None
        for key in item.data:
            if key not in SWITCH:
                self.problems.add(
                    item.key_mark((key,)), f"unknown part of a switch {key!r}", key, known=SWITCH
                )
        on = self._levers(item.part("levers"))
        off = self._off(item.part("off"))
        if item.data.get("levers") == [] and not (item.data.get("off") or item.data.get("set")):
            allowed = "levers to switch on, `off:` with those to switch off, or `set:`"
            self.problems.add(where, "this switch changes nothing", allowed=allowed)
        dated = "date" in item.data
        if ("day" in item.data) == dated:
            self.problems.add(where, "a switch has either a `day` or a `date`")
            return None
        when = item.part("date" if dated else "day")
        return Switch(when.data, dated, when.mark(), on, off, item.part("set"))

    def _off(self, part: Document) -> tuple[tuple[str, Mark], ...]:
        names = [] if part.data is None else part.data
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return tuple((name, part.mark((k,))) for k, name in enumerate(names))
        self.problems.add(part.mark(), "`off` is a list of lever names", part.data)
        return ()
