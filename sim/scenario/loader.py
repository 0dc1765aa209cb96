"""From files to worlds: `load` reads a scenario with everything it extends and applies.

What comes back is a `LoadedScenario`: one `Phase` (settings and compiled rules) for each stretch of the
timeline, the passport of every number, and a hash that names the whole.  All errors of all files involved
are raised together.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.arguments import SCENARIO, function, is_path, texts
from sim.scenario.document import Document, Places, parse, plain_copy
from sim.scenario.layers import command_line
from sim.scenario.lever_uses import LeverUse, only_once, parse_use, read_use
from sim.scenario.levers import Lever, load_lever
from sim.scenario.overrides import hidden, overrides
from sim.scenario.phases import (
    Extras,
    Phase,
    Resolver,
    Stretch,
    check_same_people,
    check_stretch,
    compile_rules,
)
from sim.scenario.quantities import Passport
from sim.scenario.reader import Reader
from sim.scenario.schema import Scenario
from sim.scenario.tables import CompiledTable
from sim.scenario.telling import Telling
from sim.scenario.tree import Tree


@dataclass(frozen=True)
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
    levers
        The levers of the first phase, in the order in which they are laid.
    digest
        Names the resolved scenario with its timeline: equal digests mean equal worlds.
    documents
        Plain data of each phase, with the places of all parts.
    fixed
        Settings that were laid over everything, as the command line gives them.
    notes
        What wins over what without a word in the files (`sim.scenario.overrides`).
    """

    path: Path
    phases: tuple[Phase, ...]
    passports: dict[str, Passport]
    levers: tuple[Lever, ...]
    digest: str
    documents: tuple[Document, ...] = field(repr=False)
    fixed: tuple[tuple[str, Document], ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()

    @functools.cached_property
    def resolved(self) -> dict[str, Any]:
        """Plain data of the first phase, as `sim show` prints it."""
        found: dict[str, Any] = plain_copy(self.documents[0].data)
        return found

    @functools.cached_property
    def later(self) -> tuple[dict[str, Any], ...]:
        """The same for each phase after the first."""
        return tuple(plain_copy(document.data) for document in self.documents[1:])

    @functools.cached_property
    def marks(self) -> dict[str, Mark]:
        """Where each value of the first phase stands, by dotted path."""
        return _marks(self.documents[0].places)

    @property
    def settings(self) -> Scenario:
        """Settings of the first phase."""
        return self.phases[0].settings

    @property
    def tables(self) -> dict[str, CompiledTable]:
        """Rules of the first phase."""
        return self.phases[0].tables


def load(
    path: str | Path,
    *,
    levers: str | Sequence[str | dict[str, Any]] = (),
    settings: str | Sequence[str] = (),
    assumptions: str | Sequence[str] = (),
) -> LoadedScenario:
    """Read, resolve, check and compile a scenario.

    Parameters
    ----------
    path
        A scenario file, or the name of a shipped one (`base`, `places/davidson_tn`).
    levers
        Levers to add, as the command line takes them (`name`, `name=0.5`, `name=a:0.5,b:2`) or as a
        scenario file does (`{"name": {"a": 0.5}}`); a single one need not be in a list.
    settings
        Settings that win over everything, as `dotted.path=value` (the value is read as YAML).
    assumptions
        Settings of a preset in the same form, laid over the scenario before `levers`.

    Raises
    ------
    InputError
        With every problem found in any file involved.
    """
    problems = Telling()
    here = function("sim.load")
    asked = texts(levers, "levers", here, problems, also=(dict,))
    settings = texts(settings, "settings", here, problems)
    assumptions = texts(assumptions, "assumptions", here, problems)
    uses = [use for item in asked if (use := _asked(item, problems)) is not None]
    given = [found for text in settings if (found := _parse_setting(text, problems)) is not None]
    under = [found for text in assumptions if (found := _parse_setting(text, problems)) is not None]
    loaded = None
    if is_path(path, "the scenario", here, problems, SCENARIO):
        tree = Tree.around(Path(path))
        file = find_scenario(str(path), tree, Mark(Path(path)), problems)
        loaded = None if file is None else resolve(file, tree, uses, given, problems, under)
    problems.raise_if_any()
    assert loaded is not None
    return loaded


def _asked(item: str | dict[str, Any], problems: Problems) -> LeverUse | None:
    """Read a lever as the command line takes it, or as a scenario file does."""
    return parse_use(item, problems) if isinstance(item, str) else read_use(command_line(item), problems)


def find_scenario(
    name: str, tree: Tree, where: Mark, problems: Problems, folder: Path | None = None
) -> Path | None:
    """Return the file that `name` means, or note that there is none."""
    file = tree.find(name, folder)
    if file is None:
        problems.add(where, "no such scenario", name, known=tree.scenario_names())
    return file


def resolve(
    file: Path,
    tree: Tree,
    uses: Sequence[LeverUse],
    settings: Sequence[tuple[str, Document]],
    problems: Problems,
    assumptions: Sequence[tuple[str, Document]] = (),
) -> LoadedScenario | None:
    """Resolve a scenario with levers and settings laid over it; None where anything is wrong."""
    reader = Reader(tree, problems)
    source = reader.source(file)
    asked = only_once(uses, problems)
    levers = [lever for use in asked if (lever := load_lever(use, tree, problems)) is not None]
    if source is None:
        return None
    extras = Extras(tuple(levers), tuple(settings), tuple(assumptions))
    stretches = Resolver(source, extras, problems, frozenset(reader.failed_levers)).stretches()
    checked = [check_stretch(stretch, tree, problems) for stretch in stretches]
    check_same_people([(s, c[1]) for s, c in zip(stretches, checked, strict=True)], problems)
    phases = tuple(phase for phase, _, _ in checked if phase is not None)
    if problems.found or len(phases) < len(stretches):
        return None
    listed = [lever for layer in source.layers for lever in layer.levers]
    later = [lever for switch in source.timeline for lever in switch.on]
    return LoadedScenario(
        path=file,
        phases=phases,
        passports=checked[0][2],
        levers=stretches[0].levers,
        digest=_digest(stretches, phases),
        documents=tuple(stretch.document for stretch in stretches),
        fixed=tuple(settings),
        notes=(*hidden([*listed, *later, *levers]), *overrides(source.layers, levers, settings)),
    )


def _parse_setting(text: str, problems: Problems) -> tuple[str, Document] | None:
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        problems.add(Mark(), f"--set {text}: not a setting", text, allowed="PATH=VALUE")
        return None
    found = Telling()
    document = parse(value, None, found)
    if document is None:
        why = "; ".join(problem.what for problem in found.found)
        problems.add(Mark(), f"--set {path}: the value cannot be read ({why})", value)
        return None
    return path.strip(), command_line(document.data)


def _digest(stretches: Sequence[Stretch], phases: Sequence[Phase]) -> str:
    """Name the content of all phases; a table of residents counts by its content, not by where it stands."""
    content: list[Any] = [(stretch.day, stretch.document.data) for stretch in stretches]
    table = phases[0].settings.population.table
    if table is not None:
        population = {k: x for k, x in stretches[0].document.data["population"].items() if k != "table"}
        content = [(d, data | {"population": population}) for d, data in content]
        content.append(_file_digest(Path(table)))
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _marks(places: Places) -> dict[str, Mark]:
    found = {"": places.value}
    _mark_inside(places, "", found)
    return found


def _mark_inside(places: Places, prefix: str, found: dict[str, Mark]) -> None:
    for key, inside in places.inside.items():
        path = f"{prefix}{key}"
        found[path] = inside.value
        if inside.inside:
            _mark_inside(inside, f"{path}.", found)


__all__ = [
    "LeverUse",
    "LoadedScenario",
    "Phase",
    "compile_rules",
    "find_scenario",
    "load",
    "resolve",
]
