"""Tables of the shipped files for the methods pages: levers, presets, stories and places, sources."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sim.errors import Problems
from sim.scenario.check import SourceEntry, Sources
from sim.scenario.document import read
from sim.scenario.levers import STAGES, LeverFile
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.patterns import Patterns
from sim.scenario.presets import Preset, load_presets
from sim.scenario.quantities import ASSUMED, STATED
from sim.scenario.tree import Tree, shipped
from sim.scenario.validate import check_model
from sim.studies.targets import load_patterns
from sim.views.markdown import code, codes, plain_number, table
from sim.views.scenarios import levers_of


@functools.cache
def base() -> LoadedScenario:
    """Return the shipped base scenario, which the methods pages describe."""
    return load(shipped() / "base.yaml")


@functools.cache
def worlds() -> dict[str, LoadedScenario]:
    """Return the shipped scenarios by name."""
    return {name: load(shipped() / f"{name}.yaml") for name in Tree(shipped()).scenario_names()}


@functools.cache
def shipped_levers() -> dict[str, LeverFile]:
    """Return the shipped levers by name."""
    return levers_of(base())


@functools.cache
def presets() -> tuple[Preset, ...]:
    """Return the shipped presets, the neutral one first."""
    problems = Problems()
    found = load_presets(shipped() / "presets", problems)
    problems.raise_if_any()
    return tuple(found)


@functools.cache
def bibliography() -> dict[str, SourceEntry]:
    """Return the shipped bibliography by id."""
    return read_bibliography(shipped() / "sources.yaml")


@functools.cache
def patterns() -> Patterns:
    """Return the shipped patterns."""
    return load_patterns()


def read_bibliography(path: Path) -> dict[str, SourceEntry]:
    """Return a bibliography by id.

    Raises
    ------
    InputError
        If the file is wrong.
    """
    problems = Problems()
    document = read(path, problems)
    found = None if document is None else check_model(Sources, document, problems)
    problems.raise_if_any()
    assert found is not None
    return found.root


def works(tree: Tree) -> dict[str, SourceEntry]:
    """Return the works that a scenario of this tree may cite: its own bibliography after the shipped one."""
    own = tree.root / "sources.yaml"
    return bibliography() | (read_bibliography(own) if own.is_file() else {})


# ── levers ───────────────────────────────────────────────────────────────────────────────────────────────
def lever_tables() -> str:
    """Return the catalogue of levers, stage by stage along the pathway."""
    parts = []
    for stage in STAGES:
        here = {name: file for name, file in shipped_levers().items() if file.stage == stage}
        if here:
            rows = [(_named(name, file), *_lever(file)) for name, file in here.items()]
            titles = ("Lever", "Claim of its supporters", "Cooperation", "Parameters")
            parts.append(f"### Stage: {stage}\n\n{table(titles, rows)}")
    return "\n\n".join(parts)


def _named(name: str, file: LeverFile) -> str:
    return f"{code(name)}<br>{file.title}"


def _lever(file: LeverFile) -> tuple[str, ...]:
    claim = file.claim
    if file.needs:
        claim += f"<br>*Needs* {file.needs}."
    if file.contradicts:
        claim += f"<br>*Not with* {codes(file.contradicts)}."
    if file.sources:
        claim += f"<br>*Sources* {codes(file.sources)}."
    return claim, file.cooperation, parameters_of(file)


def parameters_of(file: LeverFile) -> str:
    """Return the parameters of a lever in one cell: default, bounds, unit, source, meaning."""
    shown = []
    for name, p in file.parameters.items():
        low, high = (plain_number(x) for x in p.bounds)
        shown.append(
            f"{code(name)} = {plain_number(p.default)} {p.unit} ({low} to {high}; {p.source}): {p.doc}"
        )
    return "<br>".join(shown) or "none"


# ── presets and scenarios ────────────────────────────────────────────────────────────────────────────────
def preset_tables() -> str:
    """Return the presets of disputed assumptions: what each claims, sets and cites."""
    parts = []
    for preset in presets():
        file = preset.file
        rows = [(code(name), a.claim, _sets(a.set), codes(a.sources)) for name, a in file.assumptions.items()]
        head = f"### `{preset.name}`: {file.title}\n\n{file.claim}"
        parts.append(
            head + (f"\n\n{table(('Assumption', 'Claim', 'Sets', 'Sources'), rows)}" if rows else "")
        )
    return "\n\n".join(parts)


def _sets(settings: dict[str, Any]) -> str:
    return "<br>".join(code(f"{path}: {_flat(value)}") for path, value in settings.items())


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flat(x)}" for key, x in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def scenario_table() -> str:
    """Return the shipped places and stories."""
    rows = []
    for name, world in worlds().items():
        s = world.settings
        rows.append((code(name), s.name, s.description, codes(s.sources)))
    return table(("Scenario", "Title", "What it shows", "Sources"), rows)


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────
def source_table() -> str:
    """Return the bibliography, with what cites each work."""
    cited = citations()
    rows = []
    for name, work in bibliography().items():
        title = f"[{work.title}]({work.url})" if work.url else work.title
        year = "" if work.year is None else str(work.year)
        grade = f"{work.status}, {work.confidence}"
        rows.append((code(name), title, year, grade, cited.get(name, ""), work.note))
    return table(("Id", "Work", "Year", "Status, confidence", "Cited by", "Note"), rows)


def citations() -> dict[str, str]:
    """Return what cites each work of the bibliography, in words: `3 parameters, 1 lever`."""
    found: dict[str, Counter[str]] = {}
    for kind, name in _cited():
        if name not in (ASSUMED, STATED):
            found.setdefault(name, Counter())[kind] += 1
    return {
        name: ", ".join(f"{many} {kind}{'s' if many > 1 else ''}" for kind, many in counts.items())
        for name, counts in found.items()
    }


def _cited() -> Iterator[tuple[str, str]]:
    """Yield what cites a source, and the source."""
    for passport in base().passports.values():
        yield "parameter", passport.source
    for file in shipped_levers().values():
        for source in {*file.sources, *(p.source for p in file.parameters.values())}:
            yield "lever", source
    for preset in presets():
        for source in {
            *preset.file.sources,
            *(s for a in preset.file.assumptions.values() for s in a.sources),
        }:
            yield "preset", source
    for pattern in patterns().patterns:
        yield "pattern", pattern.source
    for name, world in worlds().items():
        own = {p.source for path, p in world.passports.items() if p != base().passports.get(path)}
        for source in {*world.settings.sources, *(own if name != "base" else ())}:
            yield "scenario", source
