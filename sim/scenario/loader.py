"""From files to worlds: `load` reads a scenario with everything it extends and applies.

What comes back is a `LoadedScenario`: one `Phase` (settings and compiled rules) for each stretch of the
timeline, the passport of every number, and a hash that names the whole.  All errors of all files involved
are raised together.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, parse, read
from sim.scenario.layers import apply_rules, apply_set, command_line, overlay
from sim.scenario.levers import Lever, LeverUse, load_lever, parse_use, read_use
from sim.scenario.passports import collapse, resolve_sources
from sim.scenario.places import place_patch
from sim.scenario.quantities import Passport
from sim.scenario.rules import Domains, read_rows
from sim.scenario.schema import Scenario
from sim.scenario.tables import CompiledTable, Practice, RowSets, compile_table
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model

CONTROL = ("extends", "place", "levers", "set", "timeline")
RULE_SECTIONS = ("rules", "state_rules", "unrestricted")
MAX_EXTENDS = 16


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time with unchanging settings and rules, from `day` on."""

    day: float
    settings: Scenario
    tables: dict[str, CompiledTable]
    levers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario with everything resolved.

    Attributes
    ----------
    path
        The file it came from.
    phases
        At least one; the first begins on day 0.
    passports
        By dotted path, for every number of the first phase.
    resolved
        Plain data of the first phase, as `sim show` prints it.
    digest
        Names the resolved scenario with its timeline: equal digests mean equal worlds.
    """

    path: Path
    phases: tuple[Phase, ...]
    passports: dict[str, Passport]
    resolved: dict[str, Any]
    levers: tuple[Lever, ...]
    digest: str
    marks: dict[str, Mark] = field(repr=False)

    @property
    def settings(self) -> Scenario:
        """Settings of the first phase."""
        return self.phases[0].settings

    @property
    def tables(self) -> dict[str, CompiledTable]:
        """Rules of the first phase."""
        return self.phases[0].tables


def load(path: str | Path, *, levers: Sequence[str] = (), settings: Sequence[str] = ()) -> LoadedScenario:
    """Read, resolve, check and compile a scenario.

    Parameters
    ----------
    path
        A scenario file, or the name of a shipped one (`base`, `places/davidson_tn`).
    levers
        Levers to add, as the command line takes them: `name`, `name=0.5`, `name=a:0.5,b:2`.
    settings
        Settings that win over everything, as `dotted.path=value` (the value is read as YAML).

    Raises
    ------
    InputError
        With every problem found in any file involved.
    """
    problems = Problems()
    tree = Tree.around(Path(path))
    reader = _Reader(tree, problems)
    file = tree.find(str(path), None)
    if file is None:
        problems.add(Mark(Path(path)), "no such scenario", str(path), known=tree.scenario_names())
    problems.raise_if_any()
    assert file is not None
    source = reader.source(file, ())
    problems.raise_if_any()
    assert source is not None
    extra = [use for text in levers if (use := parse_use(text, problems)) is not None]
    added = [lever for use in extra if (lever := load_lever(use, tree.lever_folders(), problems)) is not None]
    loaded = _Resolver(source, added, list(settings), tree, problems).resolve(file)
    problems.raise_if_any()
    assert loaded is not None
    return loaded


@dataclass(slots=True)
class _Source:
    """A file before its own levers: parent, place and body laid together."""

    base: Document
    levers: list[Lever]
    settings: Document
    timeline: list[_Switch]


@dataclass(slots=True)
class _Switch:
    """One entry of a timeline."""

    when: int | str
    mark: Mark
    on: list[Lever]
    off: list[str]
    settings: Document


class _Reader:
    """Reads files and follows `extends`."""

    def __init__(self, tree: Tree, problems: Problems) -> None:
        self.tree = tree
        self.problems = problems

    def source(self, file: Path, trail: tuple[Path, ...]) -> _Source | None:
        document = read(file, self.problems)
        if document is None:
            return None
        if not isinstance(document.data, dict):
            self.problems.add(document.mark(()), "a scenario is a mapping", document.data)
            return None
        base, timeline = self._parent(document, file, (*trail, file))
        if base is None:
            return None
        place = document.data.get("place")
        if place is not None:
            patch = place_patch(place, document.mark(("place",)), self.problems)
            if patch is not None:
                overlay(base, patch)
        body = document.without(*CONTROL, *RULE_SECTIONS)
        overlay(base, body)
        for section in RULE_SECTIONS:
            base.data.setdefault(section, {})
            apply_rules(base, section, document.part(section), list(v.TABLES), self.problems)
        if "table" in (body.data.get("population") or {}):
            base.data["population"]["table"] = str(file.parent / str(body.data["population"]["table"]))
        own = self._timeline(document)
        return _Source(base, self._levers(document, ("levers",)), document.part("set"), own or timeline)

    def _parent(self, document: Document, file: Path, trail: tuple[Path, ...]) -> tuple[Document | None, list[_Switch]]:
        empty = Document(file, {section: {} for section in RULE_SECTIONS})
        name = document.data.get("extends")
        if name is None:
            return empty, []
        where = document.mark(("extends",))
        if not isinstance(name, str):
            self.problems.add(where, "`extends` names one scenario file", name)
            return None, []
        parent = self.tree.find(name, file.parent)
        if parent is None:
            self.problems.add(where, "no such scenario to extend", name, known=self.tree.scenario_names())
            return None, []
        if not self.tree.allows(parent, name, file):
            allowed = f"a file below {self.tree.root}, or an absolute path"
            self.problems.add(where, "`extends` leaves the scenario folder", name, allowed=allowed)
            return None, []
        if parent in trail:
            chain = " → ".join(p.name for p in (*trail[trail.index(parent) :], parent))
            self.problems.add(where, f"`extends` runs in a circle: {chain}", name)
            return None, []
        if len(trail) > MAX_EXTENDS:
            self.problems.add(where, f"more than {MAX_EXTENDS} files extend each other", name)
            return None, []
        source = self.source(parent, trail)
        if source is None:
            return None, []
        lay_levers(source.base, source.levers, self.problems)
        _lay_settings(source.base, source.settings, self.problems)
        return source.base, source.timeline

    def _levers(self, document: Document, path: tuple[str | int, ...]) -> list[Lever]:
        part = document.part(*path)
        if part.data is None:
            return []
        if not isinstance(part.data, list):
            self.problems.add(part.mark(()), "levers are a list", part.data)
            return []
        levers = []
        for k, item in enumerate(part.data):
            use = read_use(item, part.mark((k,)), self.problems)
            if use is not None:
                lever = load_lever(use, self.tree.lever_folders(), self.problems)
                levers += [lever] if lever is not None else []
        return levers

    def _timeline(self, document: Document) -> list[_Switch]:
        data = document.data.get("timeline")
        if data is None:
            return []
        where = document.mark(("timeline",))
        if not isinstance(data, list):
            self.problems.add(where, "a timeline is a list of switches", data)
            return []
        return [s for k in range(len(data)) if (s := self._switch(document, k)) is not None]

    def _switch(self, document: Document, k: int) -> _Switch | None:
        path = ("timeline", k)
        item = document.data["timeline"][k]
        where = document.mark(path)
        if not isinstance(item, dict):
            self.problems.add(where, "a switch is a mapping", item, allowed="{day or date, levers, off, set}")
            return None
        known = ("day", "date", "levers", "off", "set")
        for key in item:
            if key not in known:
                self.problems.add(document.mark((*path, key)), "unknown part of a switch", key, known=known)
        if ("day" in item) == ("date" in item):
            self.problems.add(where, "a switch has either a `day` or a `date`", item)
            return None
        off = item.get("off", [])
        if not isinstance(off, list) or not all(isinstance(x, str) for x in off):
            self.problems.add(document.mark((*path, "off")), "`off` is a list of lever names", off)
            off = []
        when = item.get("day", item.get("date"))
        levers = self._levers(document, (*path, "levers"))
        return _Switch(when, where, levers, off, document.part(*path, "set"))


def lay_levers(base: Document, levers: Sequence[Lever], problems: Problems) -> None:
    """Lay the patches of `levers` over a scenario, in order."""
    for lever in levers:
        _lay_settings(base, lever.patch.part("set"), problems)
        for section in ("rules", "state_rules"):
            apply_rules(base, section, lever.patch.part(section), list(v.TABLES), problems)


def _lay_settings(base: Document, settings: Document, problems: Problems) -> None:
    if settings.data is None:
        return
    if not isinstance(settings.data, dict):
        problems.add(settings.mark(()), "`set` is a mapping from dotted path to value", settings.data)
        return
    for path, value in settings.data.items():
        apply_set(base, str(path), value, settings, (path,), problems)


class _Resolver:
    """Turns a source, extra levers and settings into phases."""

    def __init__(
        self, source: _Source, extra: list[Lever], settings: list[str], tree: Tree, problems: Problems
    ) -> None:
        self.source = source
        self.extra = extra
        self.settings = settings
        self.tree = tree
        self.problems = problems

    def resolve(self, file: Path) -> LoadedScenario | None:
        given = [s for text in self.settings if (s := _parse_setting(text, self.problems)) is not None]
        documents: list[tuple[float, Document, list[Lever]]] = []
        start: str | None = None
        switched: list[Document] = []
        active = list(self.source.levers)
        for switch in (None, *self.source.timeline):
            day = 0.0
            if switch is not None:
                day = self._day(switch, start, documents[-1][0])
                active = self._switch(active, switch)
                switched.append(switch.settings)
            base = copy.deepcopy(self.source.base)
            lay_levers(base, active, self.problems)
            _lay_settings(base, self.source.settings, self.problems)
            for extra in switched:
                _lay_settings(base, extra, self.problems)
            lay_levers(base, self.extra, self.problems)
            for path, value in given:
                apply_set(base, path, value, command_line(value), (), self.problems)
            start = base.data.get("start") if isinstance(base.data.get("start"), str) else None
            documents.append((day, base, [*active, *self.extra]))
        first = documents[0][1]
        passports = {}
        phases = []
        for day, document, levers in documents:
            found, phase = self._phase(day, document, levers)
            if phase is not None:
                phases.append(phase)
            if document is first:
                passports = found
        if self.problems.found:
            return None
        self._same_people(phases)
        digest = _digest(documents, phases[0].settings)
        marks = {".".join(map(str, k)): m for k, m in first.marks.items()}
        levers_now = tuple(documents[0][2])
        return LoadedScenario(file, tuple(phases), passports, first.data, levers_now, digest, marks)

    def _day(self, switch: _Switch, start: str | None, previous: float) -> float:
        when = switch.when
        if isinstance(when, str):
            try:
                when = (dt.date.fromisoformat(when) - dt.date.fromisoformat(start or "")).days
            except ValueError:
                self.problems.add(switch.mark, "not a date", switch.when, allowed="YYYY-MM-DD")
                return previous
        if isinstance(when, bool) or not isinstance(when, int | float) or not 0 <= when <= 36_500:
            self.problems.add(switch.mark, "not a day of the run", switch.when, allowed="0 to 36500, or a date from `start` on")
            return previous
        if when < previous:
            self.problems.add(switch.mark, "timeline runs backwards", switch.when, allowed=f"day {previous:g} or later")
            return previous
        return float(when)

    def _switch(self, active: list[Lever], switch: _Switch) -> list[Lever]:
        names = [lever.name for lever in active]
        for name in switch.off:
            if name not in names:
                self.problems.add(switch.mark, f"lever {name!r} is not on", name, known=names)
        kept = [lever for lever in active if lever.name not in switch.off]
        replaced = {lever.name for lever in switch.on}
        return [lever for lever in kept if lever.name not in replaced] + switch.on

    def _phase(self, day: float, document: Document, levers: list[Lever]) -> tuple[dict[str, Passport], Phase | None]:
        plain, passports = collapse(document, self.problems)
        resolve_sources(passports, document, self.tree, self.problems)
        for lever in levers:
            self.tree.check_sources(lever.file.sources, lever.patch.mark(()), self.problems)
        rules = {section: plain.part(section) for section in RULE_SECTIONS}
        settings = check_model(Scenario, plain.without(*RULE_SECTIONS), self.problems)
        if settings is None:
            return passports, None
        tables = compile_rules(settings, rules, self.problems)
        return passports, Phase(day, settings, tables, tuple(lever.label for lever in levers))

    def _same_people(self, phases: list[Phase]) -> None:
        first = phases[0].settings
        for phase, switch in zip(phases[1:], self.source.timeline, strict=True):
            now = phase.settings
            same = now.population == first.population and now.run == first.run
            if not same or list(now.agencies) != list(first.agencies) or list(now.jails) != list(first.jails):
                what = "a timeline cannot change the population, the run or the list of agencies and jails"
                self.problems.add(switch.mark, what)


def compile_rules(
    settings: Scenario, rules: dict[str, Document], problems: Problems
) -> dict[str, CompiledTable]:
    """Compile every decision table of a scenario."""
    domains: Domains = {"agency": tuple(settings.agencies), "jail": tuple(settings.jails)}
    tables: dict[str, CompiledTable] = {}
    for name, spec in v.TABLES.items():
        local = rules["rules"].part(name)
        if local.data is None:
            problems.add(rules["rules"].mark(()), f"rules.{name}: this table is missing")
            continue
        before = len(problems.found)
        rows = RowSets(
            *(
                read_rows(spec, part, domains, problems) if part.data is not None else []
                for part in (rules["state_rules"].part(name), local, rules["unrestricted"].part(name))
            )
        )
        if len(problems.found) == before and not rows.local:
            problems.add(local.mark(()), f"{name}: the table has no row")
        if len(problems.found) == before:
            table = compile_table(spec, rows, _practice(spec, settings), domains, problems)
            if table is not None:
                tables[name] = table
    return tables


def _practice(spec: v.Table, settings: Scenario) -> Practice:
    state = settings.state.compliance
    if spec.practice == "agency":
        return Practice(state, "agency", tuple(a.compliance for a in settings.agencies.values()))
    if spec.practice == "jail":
        return Practice(state, "jail", tuple(j.compliance for j in settings.jails.values()))
    if spec.practice == "sharing":
        closed = settings.sharing.technical
        kept = tuple(1.0 if c in closed else settings.sharing.compliance for c in v.CHANNELS)
        return Practice(state, "channel", kept)
    return Practice(state, None, ())


def _parse_setting(text: str, problems: Problems) -> tuple[str, Any] | None:
    path, equals, value = text.partition("=")
    if not equals or not path:
        problems.add(Mark(), "not a setting", text, allowed="PATH=VALUE")
        return None
    document = parse(value, None, problems) if value.strip() else None
    if document is None:
        problems.add(Mark(), f"{path}: the value is not readable", value)
        return None
    return path.strip(), document.data


def _digest(documents: list[tuple[float, Document, list[Lever]]], settings: Scenario) -> str:
    content: list[Any] = [(day, document.data) for day, document, _ in documents]
    if settings.population.table is not None:
        table = Path(settings.population.table)
        content.append(hashlib.sha256(table.read_bytes()).hexdigest() if table.is_file() else None)
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = ["LeverUse", "LoadedScenario", "Phase", "compile_rules", "lay_levers", "load"]
