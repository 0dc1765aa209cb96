"""The delta-ODD of a variant: which elements of the model's description differ from the base, and how.

What it does not name is as `docs/odd.md` says.  Parameters, rules and parts come from the two resolved
scenarios; a later phase of a timeline is told against the phase before it.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import PurePath
from typing import Any, Final

from sim.scenario import meanings
from sim.scenario.check import SourceEntry
from sim.scenario.levers import Lever
from sim.scenario.loader import LoadedScenario
from sim.scenario.phases import Phase
from sim.scenario.quantities import ASSUMED, STATED, Passport
from sim.scenario.tree import Tree
from sim.views.docs_changes import (
    Change,
    between,
    changes_of,
    levers_of_all_phases,
    patch_lines,
    rules_between,
    shown,
)
from sim.views.docs_library import base, works
from sim.views.docs_parameters import section_of
from sim.views.markdown import bullets, code, codes, ends, plain_number, table
from sim.views.scenarios import ORIGINS, difference

PARTS: Final = ("agencies", "jails", "operations", "raids", "announcements")
ABOUT: Final = ("name", "description", "sources")
SCALES: Final = ("start", "run", "population.county_residents", "population.neighbourhoods")
INITIAL: Final = ("population", "community.news.before", "community.news.before_local")
NOTHING: Final = "As in the base."


def delta_odd(scenario: LoadedScenario) -> str:
    """Return the delta-ODD of a scenario against the shipped base, as Markdown."""
    changes = list(changes_of(scenario))
    found = _Delta(scenario, changes, difference(scenario, base())["rules"], levers_of_all_phases(scenario))
    return "\n\n".join(found.lines()) + "\n"


@dataclass(frozen=True, slots=True)
class _Delta:
    """What differs, and how it is told element by element."""

    scenario: LoadedScenario
    changes: list[Change]
    rules: list[dict[str, Any]]
    levers: dict[str, Lever]

    def lines(self) -> Iterator[str]:
        """Yield the paragraphs of the page."""
        name = self.scenario.settings.name
        yield f"# Delta-ODD: {name}"
        yield self._head()
        if not self._differs():
            yield "**Nothing differs from the base**: the description of the base describes this scenario."
            return
        if self.scenario.digest == base().digest:
            yield "**Nothing differs from the base** but the levers that are on, and they change nothing."
        yield from self._purpose()
        yield from self._entities()
        yield from self._scheduling()
        yield from self._concepts()
        yield from self._initialization()
        yield from self._submodels()
        yield from self._levers()
        yield from self._sources()

    def _differs(self) -> bool:
        several = len(self.scenario.phases) > 1
        return bool(self.changes or self.rules or self.levers or several or self._restated())

    def _head(self) -> str:
        version = importlib.metadata.version("enforcement-pathways")
        own, other = self.scenario.digest[:12], base().digest[:12]
        about = f"{base().settings.name} ({code('base')}, digest {code(other)})"
        return (
            f"What differs from the base scenario, {about}, in the terms of the ODD protocol (Grimm et al. "
            f"2020) with the decision elements of ODD+D (Müller et al. 2013). Whatever is not named here is "
            f"as the ODD description of version {version} says. The digest of this scenario is {code(own)}."
        )

    # ── 1, 2 ─────────────────────────────────────────────────────────────────────────────────────────────
    def _purpose(self) -> Iterator[str]:
        yield "## 1. Purpose and patterns"
        settings = self.scenario.settings
        told = [c.path for c in self.changes if c.path in ABOUT]
        if not told:
            yield NOTHING
            return
        yield f"**{settings.name}.** {' '.join(settings.description.split())}".strip()
        if settings.sources:
            yield f"Its story is told by {codes(settings.sources)}."

    def _entities(self) -> Iterator[str]:
        yield "## 2. Entities, state variables, and scales"
        told = []
        for part in PARTS:
            before, after = (list(getattr(s.settings, part)) for s in (base(), self.scenario))
            told += [f"added to {part}: {code(name)}" for name in after if name not in before]
            told += [f"removed from {part}: {code(name)}" for name in before if name not in after]
        scales = [c for c in self.changes if _is_one_of(c.path, SCALES)]
        own = self._own_parts()
        if not told and not scales:
            yield NOTHING
        if told:
            yield bullets(told)
        if own:
            yield "Numbers of what was added:"
            yield self._table(own, old=False)
        if scales:
            yield "Scales:"
            yield self._table(scales)

    def _own_parts(self) -> list[Change]:
        return [c for c in self.changes if self._is_added(c.path)]

    def _is_added(self, path: str) -> bool:
        section, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        return section in PARTS and name not in getattr(base().settings, section) and bool(name)

    def _is_removed(self, path: str) -> bool:
        section, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        return section in PARTS and bool(name) and name not in getattr(self.scenario.settings, section)

    # ── 3 ────────────────────────────────────────────────────────────────────────────────────────────────
    def _scheduling(self) -> Iterator[str]:
        yield "## 3. Process overview and scheduling"
        phases = self.scenario.phases
        if len(phases) == 1:
            yield f"{NOTHING} There is no timeline."
            return
        yield f"The timeline has {len(phases)} stretches: settings and rules change where one ends."
        rows = []
        for earlier, later in pairwise(phases):
            changed = [
                f"{code(path)} {shown(old)} → {shown(new)}" for path, old, new in between(earlier, later)
            ]
            changed += [f"rules of {code(name)}" for name in rules_between(earlier, later)]
            rows.append(
                (f"{later.day:g}", _on(later), "<br>".join(later.laws), "<br>".join(changed) or "nothing")
            )
        yield f"Day 0: {_on(phases[0])}."
        yield table(("From day", "Levers on", "State law that begins", "What changes"), rows, right=[0])

    # ── 4 ────────────────────────────────────────────────────────────────────────────────────────────────
    def _concepts(self) -> Iterator[str]:
        yield "## 4. Design concepts"
        off = [x for x in self.scenario.settings.community.off if x not in base().settings.community.off]
        yield "### Individual decision-making"
        if not self.rules:
            yield "The decision tables are those of the base."
        for key, found in groupby(self.rules, key=lambda r: (r["section"], r["table"])):
            section, name = key
            yield f"{code(name)} ({ORIGINS[section]}), asked {meanings.ASKED[name]}:"
            words = {"+": "added", "-": "removed"}
            yield bullets(f"{words[row['change']]}: {row['row']}" for row in found)
        practice = [c for c in self.changes if c.path.endswith("compliance") and not self._is_added(c.path)]
        if practice:
            yield "How far rules are kept:"
            yield self._table(practice)
        yield "### Learning, prediction, sensing, interaction"
        if off:
            yield "Effects that are switched off:"
            yield bullets(f"{code(name)}: {meanings.EFFECTS[name]}" for name in off)
        else:
            yield "No effect is switched off. Numbers that differ are listed with their submodels."

    # ── 5, 6 ─────────────────────────────────────────────────────────────────────────────────────────────
    def _initialization(self) -> Iterator[str]:
        yield "## 5. Initialization"
        here = [c for c in self.changes if _is_one_of(c.path, INITIAL) and not _is_one_of(c.path, SCALES)]
        yield self._table(here) if here else NOTHING
        yield "## 6. Input data"
        told = []
        if self.scenario.settings.population.table is not None:
            file = PurePath(self.scenario.settings.population.table).name
            told.append(f"Residents are read from {code(file)} and not synthesized.")
        facts = self.scenario.settings.population.county_residents
        if facts != base().settings.population.county_residents:
            told.append(
                f"The county has {facts:,.0f} residents; the facts of its place are among the numbers here."
            )
        laws = [law for phase in self.scenario.phases for law in phase.laws]
        told += [f"State law: {law}." for law in laws]
        told += [note[:1].upper() + note[1:] for note in self.scenario.notes]
        yield bullets(told) if told else NOTHING

    # ── 7 ────────────────────────────────────────────────────────────────────────────────────────────────
    def _submodels(self) -> Iterator[str]:
        yield "## 7. Submodels"
        elsewhere = (*ABOUT, *SCALES, *INITIAL, "community.off")
        here = [
            c
            for c in self.changes
            if not _is_one_of(c.path, elsewhere)
            and not self._is_added(c.path)
            and not self._is_removed(c.path)
            and not c.path.endswith("compliance")
        ]
        restated = self._restated()
        if not here and not restated:
            yield "No number of a submodel differs in the first stretch."
        for section, found in groupby(
            sorted(here, key=lambda c: section_of(c.path)), key=lambda c: section_of(c.path)
        ):
            yield f"### {code(section)}"
            yield self._table(list(found))
        if restated:
            yield "### Same value, other source or range"
            rows = [(code(p.path), plain_number(p.value), *_grounds(o), *_grounds(p)) for o, p in restated]
            titles = ("Parameter", "Value", "Source in the base", "Range in the base", "Source", "Range")
            yield table(titles, rows, right=[1])

    def _restated(self) -> list[tuple[Passport, Passport]]:
        """Return the numbers whose value is that of the base and whose source or range is not."""
        pairs = [(base().passports.get(path), p) for path, p in self.scenario.passports.items()]
        return [
            (o, p) for o, p in pairs if o is not None and o.value == p.value and _grounds(o) != _grounds(p)
        ]

    def _table(self, changes: Sequence[Change], *, old: bool = True) -> str:
        """Return settings as a table; without `old`, what was in the base is left out."""
        titles = (
            "Parameter",
            "Base",
            "Here",
            "Unit, plausible range",
            "Source",
            "Meaning, and where it is set",
        )
        rows = []
        before = ""
        for c in changes:
            doc = "" if c.doc == before else c.doc  # once for the numbers of a mapping
            before = c.doc
            about = "<br>".join(x for x in (doc, c.where) if x)
            cells = (code(c.path), shown(c.before), shown(c.after), *c.grounds(), about)
            rows.append(cells if old else (cells[0], *cells[2:]))
        return table(titles if old else (titles[0], *titles[2:]), rows, right=(1, 2) if old else (1,))

    # ── levers and sources ───────────────────────────────────────────────────────────────────────────────
    def _levers(self) -> Iterator[str]:
        yield "## Levers"
        if not self.levers:
            yield "None is on."
            return
        for label, lever in self.levers.items():
            file = lever.file
            days = [phase.day for phase in self.scenario.phases if label in phase.levers]
            yield f"### {code(label)}: {file.title}"
            lines = [f"Claim of its supporters: {' '.join(file.claim.split())}"]
            direction = "neutral to" if file.cooperation == "neutral" else file.cooperation
            lines.append(
                f"Acts at stage {code(file.stage)}; {direction} cooperation with immigration enforcement."
            )
            if len(self.scenario.phases) > 1:
                lines.append(f"On in the stretches that begin on day {', '.join(f'{d:g}' for d in days)}.")
            for name, p in file.parameters.items():
                value = plain_number(lever.parameters[name])
                low, high = (plain_number(x) for x in p.bounds)
                lines.append(
                    f"{code(name)} = {value} {p.unit} (default {plain_number(p.default)}, {low} to {high}, "
                    f"{p.source}): {p.doc}"
                )
            lines += list(patch_lines(lever))
            if file.needs:
                lines.append(f"Needs {file.needs}.")
            lines.append(f"Sources: {codes(file.sources) or 'none'}.")
            yield bullets(lines)

    def _sources(self) -> Iterator[str]:
        known = works(Tree.around(self.scenario.path))
        cited = [c.passport.source for c in self.changes if c.passport is not None and c.after is not None]
        cited += list(self.scenario.settings.sources)
        cited += [p.source for _, p in self._restated()]
        for lever in self.levers.values():
            cited += [*lever.file.sources, *(p.source for p in lever.file.parameters.values())]
        yield "## Sources cited here"
        names = sorted({x for x in cited if x in known})
        rows = [(code(name), *_work(known[name])) for name in names]
        words = [f"{code(STATED)}: a bare value, of the file, lever or command line named beside it"]
        words.append(f"{code(ASSUMED)}: no source gives it; its range is what seems plausible")
        yield bullets(words)
        if rows:
            yield table(("Id", "Work", "Year", "Confidence"), rows)


def _is_one_of(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes)


def _grounds(p: Passport) -> tuple[str, str]:
    return p.source, ends(p.range)


def _work(work: SourceEntry) -> tuple[str, str, str]:
    title = f"[{work.title}]({work.url})" if work.url else work.title
    return title, "" if work.year is None else str(work.year), work.confidence


def _on(phase: Phase) -> str:
    return codes(phase.levers) or "no lever"
