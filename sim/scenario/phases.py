"""From layers to phases: what holds in each stretch of the timeline, checked and compiled."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, Places, at
from sim.scenario.layers import (
    DATED,
    RULE_SECTIONS,
    apply_rules,
    apply_set,
    apply_settings,
    overlay,
    without_removed,
)
from sim.scenario.levers import Lever, contradictions, lay_lever
from sim.scenario.passports import collapse
from sim.scenario.quantities import Passport, is_passport
from sim.scenario.reader import Layer, Source, Switch
from sim.scenario.rules import Domains, read_rows
from sim.scenario.schema import Scenario
from sim.scenario.section import date_of
from sim.scenario.tables import CompiledTable, Practice, RowSets, compile_table
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model

LAST_DAY = 36_500


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time with unchanging settings and rules, from `day` on.

    `levers` are those on in it, as the command line takes them; `laws` are those of the place's state that
    take effect on its first day.
    """

    day: float
    settings: Scenario
    tables: dict[str, CompiledTable]
    levers: tuple[str, ...]
    laws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extras:
    """What is laid over a scenario from outside: assumptions, then levers, then settings by dotted path."""

    levers: tuple[Lever, ...] = ()
    settings: tuple[tuple[str, Document], ...] = ()
    assumptions: tuple[tuple[str, Document], ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time before it is checked: everything laid together."""

    day: float
    document: Document
    levers: tuple[Lever, ...]
    mark: Mark
    laws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Moment:
    """What a timeline says from some day on."""

    active: tuple[tuple[int, Lever], ...]
    switched: tuple[Document, ...]
    mark: Mark


@dataclass(slots=True)
class Resolver:
    """Lays the layers of a source together for every stretch of its timeline."""

    source: Source
    extras: Extras
    problems: Problems
    failed_levers: frozenset[str] = frozenset()

    def stretches(self) -> list[Stretch]:
        """Return the stretches in order; a switch on the day of another joins it.

        A law of the place that takes effect while the world runs begins a stretch of its own.
        """
        last = len(self.source.layers) - 1
        active = [(k, lever) for k, layer in enumerate(self.source.layers) for lever in layer.levers]
        active = _each_once(active)
        start = self._laid(active, (), None, Problems()).data.get("start")
        now = 0.0
        switched: list[Document] = []
        moments = {0.0: _Moment(tuple(active), (), Mark())}
        for switch in self.source.timeline:
            now = self._day(switch, start, now)
            active = self._switched(active, switch, last)
            switched.append(switch.settings)
            where = switch.mark if switch.settings.data is None else switch.settings.mark()
            moments[now] = _Moment(tuple(active), tuple(switched), where)
        begin = date_of(str(start))
        for day in self._law_days(begin):
            if day not in moments:
                before = moments[max(d for d in moments if d < day)]
                moments[day] = replace(before, mark=Mark())
        return [self._stretch(day, moments[day], begin) for day in sorted(moments)]

    def _stretch(self, day: float, moment: _Moment, begin: dt.date | None) -> Stretch:
        today = None if begin is None else (begin, begin + dt.timedelta(days=math.floor(day)))
        laid = self._laid(moment.active, moment.switched, today, self.problems)
        laid = _in_days(laid, begin, self.problems)
        levers = self._levers(moment.active)
        for where, what in contradictions(levers):
            self.problems.add(where, what, allowed="one of them, or one after the other")
        return Stretch(day, laid, levers, moment.mark, self._law_days(begin).get(day, ()))

    def _law_days(self, begin: dt.date | None) -> dict[float, tuple[str, ...]]:
        """Return the days after the first on which laws of the place take effect, with their names."""
        laws = [law for layer in self.source.layers if layer.place for law in layer.place.laws]
        found: dict[float, tuple[str, ...]] = {}
        for law in laws:
            day = None if begin is None or law.since is None else float((law.since - begin).days)
            if day is not None and not law.lasting and 0 < day <= LAST_DAY:
                found[day] = (*found.get(day, ()), law.name)
        return dict(sorted(found.items()))

    def _laid(
        self,
        active: Sequence[tuple[int, Lever]],
        switched: Sequence[Document],
        today: tuple[dt.date, dt.date] | None,
        problems: Problems,
    ) -> Document:
        """Lay everything together for a day: `today` is the run's first date and the day's own."""
        given = {lever.name for lever in self.extras.levers}
        base = Document(None, {section: {} for section in RULE_SECTIONS}, at(Mark()))
        for k, layer in enumerate(self.source.layers):
            base = _lay(base, layer, today, problems)
            for place, lever in active:
                if place == k and lever.name not in given:
                    base = lay_lever(base, lever, problems)
            base = apply_settings(base, layer.settings, problems)
        for settings in switched:
            base = apply_settings(base, settings, problems)
        for path, value in self.extras.assumptions:
            base = apply_set(base, path, value, problems)
        for lever in self.extras.levers:
            base = lay_lever(base, lever, problems)
        for path, value in self.extras.settings:
            base = apply_set(base, path, value, problems)
        return base

    def _levers(self, active: Sequence[tuple[int, Lever]]) -> tuple[Lever, ...]:
        given = {lever.name for lever in self.extras.levers}
        return (*(lever for _, lever in active if lever.name not in given), *self.extras.levers)

    def _day(self, switch: Switch, start: object, previous: float) -> float:
        when, allowed = switch.when, f"0 to {LAST_DAY}"
        if switch.dated:
            date, begin = date_of(str(when)), date_of(str(start))
            if date is None:
                shown = "nothing" if when is None else when
                self.problems.add(switch.mark, "not a date", shown, allowed="YYYY-MM-DD")
            if date is None or begin is None:
                return previous
            when, allowed = (date - begin).days, f"a date from the start, {start}, on"
        if isinstance(when, bool) or not isinstance(when, int | float) or not 0 <= when <= LAST_DAY:
            shown = "nothing" if switch.when is None else switch.when
            self.problems.add(switch.mark, "not a day of the run", shown, allowed=allowed)
        elif when < previous:
            what = "the timeline runs backwards"
            self.problems.add(switch.mark, what, switch.when, allowed=f"day {previous:g} or later")
        else:
            return float(when)
        return previous

    def _switched(
        self, active: list[tuple[int, Lever]], switch: Switch, last: int
    ) -> list[tuple[int, Lever]]:
        names = [lever.name for _, lever in active]
        for name, where in switch.off:
            if name not in names and name not in self.failed_levers:
                self.problems.add(where, f"lever {name!r} is not on", name, known=names or ["none is on"])
        off = {name for name, _ in switch.off}
        kept = [(k, lever) for k, lever in active if lever.name not in off]
        return _each_once([*kept, *((last, lever) for lever in switch.on)])


def _in_days(laid: Document, begin: dt.date | None, problems: Problems) -> Document:
    """Return a scenario in which what happens on a date does so on the day of the run that it is."""
    for path in _dates(laid):
        part = laid.part(*path)
        if is_passport(part.data):
            part = part.part("value")
        if not isinstance(part.data, str):
            continue
        date = date_of(part.data)
        days = 0 if begin is None or date is None else (date - begin).days
        if date is None:
            what = f"{'.'.join(path)} is neither a day nor a date"
            problems.add(part.mark(), what, part.data, allowed="a number of days, or YYYY-MM-DD")
        elif days < 0:
            what = f"{'.'.join(path)} lies before the start"
            problems.add(part.mark(), what, part.data, allowed=f"a date from the start, {begin}, on")
        laid = overlay(laid, Document(part.file, max(days, 0), part.places), path)
    return laid


def _dates(laid: Document) -> Iterator[tuple[str, str, str]]:
    """Yield the paths of a scenario that may hold a date in place of a day."""
    for section, key in DATED.items():
        named = laid.data.get(section)
        for name in named if isinstance(named, dict) else ():
            yield section, name, key


def _each_once(active: list[tuple[int, Lever]]) -> list[tuple[int, Lever]]:
    """Return the levers without those that a later entry sets anew."""
    latest = {lever.name: k for k, (_, lever) in enumerate(active)}
    return [entry for k, entry in enumerate(active) if latest[entry[1].name] == k]


def _lay(base: Document, layer: Layer, today: tuple[dt.date, dt.date] | None, problems: Problems) -> Document:
    """Lay a file's place, the laws that hold there on the day, and its body over what it extends."""
    if layer.place is not None:
        base = overlay(overlay(base, layer.place.scaled(base)), layer.place.facts)
        for law in layer.place.laws:
            if today is None or law.holds(*today):
                base = overlay(base, law.layer.without("state_rules"))
                base = apply_rules(base, "state_rules", law.layer.part("state_rules"), problems)
    base = without_removed(overlay(base, layer.body.without(*RULE_SECTIONS)), base)
    top = layer.body.places
    base = Document(layer.body.file, base.data, Places(top.key, top.value, base.places.inside))
    for section in RULE_SECTIONS:
        base = apply_rules(base, section, layer.body.part(section), problems)
    return base


def check_stretch(
    stretch: Stretch, tree: Tree, problems: Problems
) -> tuple[Phase | None, Scenario | None, dict[str, Passport]]:
    """Check and compile one stretch; where something is wrong the phase is None, but all of it is told."""
    plain, passports = collapse(stretch.document, tree, problems)
    cited = plain.data.get("sources")
    for k, source in enumerate(cited if isinstance(cited, list) else ()):
        if isinstance(source, str):
            tree.check_sources((source,), plain.mark(("sources", k)), problems)
    hint = "`extends: base` at the top takes what the file leaves out from the base scenario"
    settings = check_model(Scenario, plain.without(*RULE_SECTIONS), problems, hint=hint)
    rules = {section: plain.part(section) for section in RULE_SECTIONS}
    tables = compile_rules(settings, rules, domains_of(plain), problems)
    if settings is None or len(tables) < len(v.TABLES):
        return None, settings, passports
    labels = tuple(lever.label for lever in stretch.levers)
    return Phase(stretch.day, settings, tables, labels, stretch.laws), settings, passports


def domains_of(plain: Document) -> dict[str, tuple[str, ...]]:
    """Return the names of agencies and jails, also where a scenario's settings are not sound."""
    found = {"agency": plain.data.get("agencies"), "jail": plain.data.get("jails")}
    return {name: tuple(data) if isinstance(data, dict) else () for name, data in found.items()}


def check_same_people(phases: Sequence[tuple[Stretch, Scenario | None]], problems: Problems) -> None:
    """Note switches that would change what cannot change while a world runs."""
    first = phases[0][1]
    for stretch, settings in phases[1:]:
        if first is None or settings is None:
            continue
        changed = [
            name for name in ("population", "run", "start") if getattr(settings, name) != getattr(first, name)
        ]
        changed += [n for n in ("agencies", "jails") if list(getattr(settings, n)) != list(getattr(first, n))]
        if changed:
            what = f"a timeline cannot change {' or '.join(changed)}"
            allowed = "rules and all other settings"
            problems.add(stretch.mark, what, allowed=allowed)


def compile_rules(
    settings: Scenario | None, rules: Mapping[str, Document], domains: Domains, problems: Problems
) -> dict[str, CompiledTable]:
    """Compile every decision table of a scenario; those that are wrong are noted and left out.

    Without `settings` (they are wrong) the rules are still checked in full.
    """
    tables: dict[str, CompiledTable] = {}
    missing = [name for name in v.TABLES if rules["rules"].get((name,)) is None]
    if missing:
        where = rules["rules"].mark()
        problems.add(where, f"rules lacks {', '.join(missing)}", allowed="every table, with a list of rows")
    for name, spec in v.TABLES.items():
        if name in missing:
            continue
        parts = [rules[section].part(name) for section in ("state_rules", "rules", "unrestricted")]
        read = [[] if p.data is None else read_rows(spec, p, domains, problems) for p in parts]
        state, local, unrestricted = read
        if local == []:
            problems.add(
                parts[1].mark(), f"{name}: the table has no row", allowed="at least `- otherwise: …`"
            )
        elif state is not None and local is not None and unrestricted is not None and all(domains.values()):
            rows = RowSets(state, local, unrestricted)
            table = compile_table(spec, rows, _practice(spec, settings), domains, problems)
            if table is not None:
                tables[name] = table
    return tables


def _practice(spec: v.Table, settings: Scenario | None) -> Practice:
    if settings is None:
        return Practice(1.0)
    state = settings.state.compliance
    if spec.practice == "agency":
        return Practice(state, ("agency",), np.array([a.compliance for a in settings.agencies.values()]))
    if spec.practice == "jail":
        return Practice(state, ("jail",), np.array([j.compliance for j in settings.jails.values()]))
    if spec.practice == "sharing":
        law = _by_channel(state, settings.state.personal_compliance)
        return Practice(law, ("channel",), _kept_channels(settings))
    return Practice(state)


def _by_channel(systems: float, personal: float) -> NDArray[np.float64]:
    """Return how far rules on data are kept by channel: in what passes through systems, and in speech."""
    return np.array([personal if c in v.PERSONAL_CHANNELS else systems for c in v.CHANNELS])


def _kept_channels(settings: Scenario) -> NDArray[np.float64]:
    """Return how far a local rule that withholds data is kept, by channel."""
    rules = settings.sharing
    kept = _by_channel(rules.compliance, rules.personal_compliance)
    return np.where([c in rules.technical for c in v.CHANNELS], 1.0, kept)
