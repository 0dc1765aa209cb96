"""The methods pages: prose with generated parts, which `sim docs` writes and checks.

A generated part stands between two comments, in a line or over several::

    <!-- generated: channels -->
    …
    <!-- end -->

Everything outside them is written by hand and left as it is.  `value PATH` and `count WHAT` stand inside a
sentence, so that prose can quote a number that the code or the base scenario holds.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sim.engine.ledger import EVENTS, QUANTITIES
from sim.errors import InputError, Mark, Problem, Problems
from sim.outcomes.definitions import OUTCOMES
from sim.outcomes.files import whole_file
from sim.scenario import vocabulary as v
from sim.studies.plan import gathered
from sim.studies.validation_file import NAME, Validation, read_validation
from sim.views import docs_library as library
from sim.views import docs_parameters as parameters
from sim.views import docs_state as state
from sim.views import docs_validation as validation
from sim.views import docs_words as words
from sim.views.names import wrong_name

FOLDER: Final = "docs"
_OPEN = "<!-- generated: "
_BEGIN = re.compile(r"<!-- generated: ([a-z]+)((?: [^\s<>]+)*) -->")
_END = "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Stale:
    """A generated part that is not what it would be today."""

    page: Path
    line: int
    what: str

    def __str__(self) -> str:
        """`file:line`, as editors understand it, and what it is."""
        return f"{self.page}:{self.line}: out of date: {self.what}"


@dataclass(frozen=True, slots=True)
class _Part:
    """A generated part of a page: what it is, and where its text stands."""

    name: str
    argument: str
    start: int
    stop: int
    mark: Mark
    is_block: bool


@dataclass(frozen=True, slots=True)
class _Page:
    """A page, and its generated parts with what they should hold."""

    path: Path
    text: str
    parts: list[tuple[_Part, str]] = field(default_factory=list)


# ── what can be generated ────────────────────────────────────────────────────────────────────────────────
TABLES: Final[dict[str, Callable[[], str]]] = {
    "parameters": lambda: parameters.parameter_tables(library.base()),
    "words": lambda: parameters.word_table(library.base()),
    "optional": parameters.optional_tables,
    "rules": lambda: words.decision_tables(library.base()),
    "attributes": words.attribute_table,
    "meanings": words.word_list,
    "channels": words.channel_table,
    "effects": words.effect_table,
    "events": words.event_table,
    "quantities": words.quantity_table,
    "outcomes": words.outcome_tables,
    "levers": library.lever_tables,
    "presets": library.preset_tables,
    "scenarios": library.scenario_table,
    "sources": library.source_table,
    "regimes": validation.regime_table,
}
COUNTS: Final[dict[str, Callable[[], int]]] = {
    "parameters": lambda: len(library.base().passports),
    "assumed": lambda: sum(p.source == "assumed" for p in library.base().passports.values()),
    "tables": lambda: len(v.TABLES),
    "channels": lambda: len(v.CHANNELS),
    "effects": lambda: len(v.EFFECTS),
    "events": lambda: len(EVENTS),
    "quantities": lambda: len(QUANTITIES),
    "outcomes": lambda: len(OUTCOMES),
    "levers": lambda: len(library.shipped_levers()),
    "sources": lambda: len(library.bibliography()),
    "patterns": lambda: len(library.patterns().patterns),
    "fitted": lambda: sum(p.fitted for p in library.patterns().patterns),
    "regimes": lambda: len(library.patterns().regimes),
}
KNOWN: Final = (*TABLES, "state", "value", "count", "validation")


@functools.cache
def _table(name: str) -> str:
    """Return a table; code and shipped files do not change while a process lives."""
    return TABLES[name]()


def _text(part: _Part, page: Path, problems: Problems) -> str | None:
    """Return what a part should hold, or note why there is no such thing."""
    name, argument = part.name, part.argument
    if name in TABLES:
        return _table(name)
    if name == "validation":
        return validation.validation_tables(_result(page))
    if name == "state":
        known: Sequence[str] = tuple(state.ENTITIES)
        found = state.state_table(argument) if argument in known else None
    elif name == "count":
        known = tuple(COUNTS)
        found = str(COUNTS[argument]()) if argument in known else None
    elif name == "value":
        known = tuple(library.base().passports)
        found = parameters.value_of(library.base(), argument)
    else:
        problems.add(part.mark, f"nothing is generated as {name!r}", name, known=KNOWN)
        return None
    if found is None:
        problems.add(part.mark, f"unknown {name}", argument or "nothing", known=known)
    return found


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────
def check_pages(folder: str | Path) -> list[Stale]:
    """Return the generated parts of all pages below a folder that are out of date.

    Raises
    ------
    InputError
        If the folder has no pages, a page asks for what is not generated, or a part does not end.
    """
    found = []
    for page in _read(folder):
        for part, wanted in page.parts:
            if page.text[part.start : part.stop] != wanted:
                found.append(Stale(page.path, part.mark.line, f"{part.name} {part.argument}".strip()))
            elif part.name == "validation" and not _result(page.path).is_of(library.patterns()):
                what = "validation: other patterns were measured than are shipped (sim validate --out)"
                found.append(Stale(page.path, part.mark.line, what))
    return found


def write_pages(folder: str | Path) -> list[Path]:
    """Bring the generated parts of all pages below a folder up to date; return the pages that changed.

    Raises
    ------
    InputError
        If the folder has no pages, a page asks for what is not generated, or a part does not end.
    """
    changed = []
    for page in _read(folder):
        filled = page.text
        for part, wanted in reversed(page.parts):
            filled = filled[: part.start] + wanted + filled[part.stop :]
        if filled != page.text:
            with whole_file(page.path) as file:
                file.write(filled)
            changed.append(page.path)
    return changed


def notes_on(folder: str | Path) -> list[str]:
    """Return what to know of the pages below a folder beside what is out of date."""
    notes = []
    for path in sorted(Path(folder).rglob(NAME)):
        result = read_validation(path)
        if result.base != library.base().digest:
            notes.append(f"{path} was measured on {result.date} with another base scenario.")
    return notes


def pages(folder: str | Path) -> list[Path]:
    """Return the Markdown files below a folder.

    Raises
    ------
    InputError
        If there are none.
    """
    wrong = wrong_name("DIR", str(folder))
    if wrong is not None:
        raise InputError([wrong])
    found = sorted(Path(folder).rglob("*.md"))
    if not found:
        what = "the folder holds no page" if Path(folder).is_dir() else "there is no such folder"
        raise InputError([Problem(Mark(), f"DIR: {what}", str(folder), "a folder with Markdown files")])
    return found


def _read(folder: str | Path) -> list[_Page]:
    """Return the pages with what their parts should hold; all that is wrong with any is raised together."""
    problems = Problems()
    found = []
    for path in pages(folder):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            problems.add(Mark(path), f"the page cannot be read: {error}")
            continue
        page = _Page(path, text)
        for part in _parts(path, text, problems):
            with gathered(problems):
                wanted = _text(part, path, problems)
                if wanted is not None:
                    page.parts.append((part, f"\n\n{wanted}\n\n" if part.is_block else wanted))
        found.append(page)
    problems.raise_if_any()
    return found


def _parts(path: Path, text: str, problems: Problems) -> Iterator[_Part]:
    """Yield the generated parts of a page, and note markers that are not understood."""
    at = 0
    while (at := text.find(_OPEN, at)) >= 0:
        before = text[:at]
        mark = Mark(path, before.count("\n") + 1, at - before.rfind("\n"))
        begin = _BEGIN.match(text, at)
        stop = text.find(_END, at)
        following = text.find(_OPEN, at + 1)
        if begin is None:
            problems.add(
                mark, "a marker is not understood", allowed=f"{_OPEN}NAME -->, with an argument or none"
            )
        elif stop < 0 or 0 <= following < stop:
            problems.add(mark, f"the generated part {begin[1]!r} does not end", allowed=_END)
        elif not text.startswith("\n", begin.end()) and not text[before.rfind("\n") + 1 : at].strip():
            what = "a part inside a sentence begins its line, which Markdown takes for a block of its own"
            problems.add(mark, what, allowed="a word before it")
        else:
            block = text.startswith("\n", begin.end())
            yield _Part(begin[1], begin[2].strip(), begin.end(), stop, mark, block)
        at = following if following >= 0 else len(text)


def _result(page: Path) -> Validation:
    return read_validation(page.parent / NAME)
