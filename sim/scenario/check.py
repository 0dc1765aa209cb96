"""Check one file by itself, whatever kind it is: what `sim check` calls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, read
from sim.scenario.experiment import load_experiment
from sim.scenario.levers import Lever, LeverFile, Patch, filled, read_lever
from sim.scenario.loader import load
from sim.scenario.passports import collapse
from sim.scenario.patterns import read_patterns
from sim.scenario.phases import Extras, Resolver, check_stretch, domains_of
from sim.scenario.presets import read_preset
from sim.scenario.quantities import is_number
from sim.scenario.reader import Reader
from sim.scenario.rules import read_rows
from sim.scenario.section import Closed
from sim.scenario.tables import dead_rows, never_fires
from sim.scenario.telling import Telling
from sim.scenario.tree import FOLDERS, Tree
from sim.scenario.validate import check_model

KINDS = ("scenario", "lever", "experiment", "sources", "patterns", "preset")
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", description="id of a source")]


class SourceEntry(Closed):
    """One work in the bibliography."""

    title: str = Field(min_length=1, max_length=400, description="authors and title, or what it is")
    year: int | None = Field(
        default=None, ge=1900, le=2100, strict=True, description="year of the data or work"
    )
    url: str = Field(max_length=1_000, description="where it can be found; empty where nowhere stable")
    status: str = Field(
        description="whether the figures were read in it or recalled",
        json_schema_extra={"choices": ["read", "recalled"]},
    )
    confidence: str = Field(
        description="how far its figures are trusted",
        json_schema_extra={"choices": ["high", "medium", "low"]},
    )
    note: str = Field(default="", max_length=2_000, description="what to know before citing it")


class Sources(RootModel[dict[SourceId, SourceEntry]]):
    """A bibliography: entries by id."""


def check_file(path: str | Path) -> str:
    """Check a scenario, lever, experiment, bibliography, preset or file of patterns in full.

    Returns
    -------
    str
        What the file is: one of `KINDS`.

    Raises
    ------
    InputError
        With every problem found in it, and in the files that it uses.
    """
    path = Path(path)
    problems = Telling()
    document = read(path, problems)
    problems.raise_if_any()
    assert document is not None
    kind = kind_of(path, document)
    if kind == "scenario":
        load(path)
    elif kind == "experiment":
        load_experiment(path)
    elif kind == "lever":
        _check_lever(path, problems)
    elif kind == "patterns":
        read_patterns(path, problems)
    elif kind == "preset":
        _check_preset(path, problems)
    else:
        check_model(Sources, document, problems)
    problems.raise_if_any()
    return kind


def kind_of(path: Path, document: Document) -> str:
    """Tell the kind of a file by what only that kind has, else by where it lies."""
    keys = set(document.data) if isinstance(document.data, dict) else set()
    if "patch" in keys or ("claim" in keys and "stage" in keys):
        return "lever"
    if keys & {"question", "design"}:
        return "experiment"
    if path.name == "sources.yaml":
        return "sources"
    if keys >= {"regimes", "patterns"}:
        return "patterns"
    if "extends" in keys:
        return "scenario"
    if "assumptions" in keys or path.resolve().parent.name == "presets":
        return "preset"
    if path.resolve().parent.name in FOLDERS:
        return "lever"
    return "experiment" if path.name == "experiment.yaml" else "scenario"


def _check_preset(path: Path, problems: Problems) -> None:
    """Check a preset by itself, and that its assumptions make a sound scenario of the tree's base."""
    tree = Tree.around(path)
    found = read_preset(path, problems)
    base = tree.find("base", tree.root)
    if base is None or found is None:
        return
    document, file = found
    settings = [
        (setting, document.part("assumptions", name, "set", setting))
        for name, assumption in file.assumptions.items()
        for setting in assumption.set
    ]
    for name, (setting, _) in zip(
        [n for n, a in file.assumptions.items() for _ in a.set], settings, strict=True
    ):
        if [s for s, _ in settings].count(setting) > 1:
            mark = document.key_mark(("assumptions", name, "set", setting))
            problems.add(mark, f"{setting} is set by more than one assumption", setting)
    source = Reader(tree, problems).source(base)
    if source is not None:
        stretch = Resolver(source, Extras(assumptions=tuple(settings)), problems).stretches()[0]
        check_stretch(stretch, tree, problems)


def _check_lever(path: Path, problems: Problems) -> None:
    """Check a lever by itself, and that its patch makes a sound scenario of the tree's base.

    That is tried with the parameters at their defaults, and with all at their lower and upper bounds.
    """
    tree = Tree.around(path)
    name = path.stem
    if not name.isidentifier():
        problems.add(
            Mark(path), "a lever's file name is a plain word", path.name, allowed="letters, digits and _"
        )
    found = read_lever(path, tree, problems)
    base = tree.find("base", tree.root)
    if base is None or found is None:
        return
    document, file = found
    if file is None:
        _check_patch(base, name, document, path, tree, problems)
        return
    parameters = file.parameters.items()
    for values in (
        {key: parameter.default for key, parameter in parameters},
        {key: parameter.bounds[0] for key, parameter in parameters},
        {key: parameter.bounds[1] for key, parameter in parameters},
    ):
        before = len(problems.found)
        lever, whole = filled(name, document, file, values, problems)
        _check_on(base, lever, path, tree, problems, whole=whole)
        if len(problems.found) > before:
            return


def _check_patch(
    base: Path, name: str, document: Document, path: Path, tree: Tree, problems: Problems
) -> None:
    """Check the patch of a lever whose own form is wrong, with the defaults that are numbers."""
    patch, parameters = document.get(("patch",)), document.get(("parameters",))
    if not isinstance(patch, dict) or not set(patch) <= set(Patch.model_fields):
        return
    given = parameters.items() if isinstance(parameters, dict) else ()
    defaults = {key: x.get("default") if isinstance(x, dict) else None for key, x in given}
    values = {key: float(x) for key, x in defaults.items() if is_number(x)}
    if len(values) < len(defaults) or not all(isinstance(x, dict) for x in patch.values()):
        return
    file = LeverFile.model_construct(parameters={}, contradicts={}, patch=Patch.model_construct(**patch))
    lever, whole = filled(name, document, file, values, problems)
    _check_on(base, replace(lever, parameters={}), path, tree, problems, whole=whole)


def _check_on(base: Path, lever: Lever, path: Path, tree: Tree, problems: Problems, *, whole: bool) -> None:
    """Check a lever laid over the base; without its `whole` patch, only where it would be laid."""
    source = Reader(tree, problems).source(base)
    if source is None:
        return
    before = len(problems.found)
    stretch = Resolver(source, Extras((lever,)), problems).stretches()[0]
    if whole:
        check_stretch(stretch, tree, problems)
    if not whole or len(problems.found) > before:
        return
    plain, _ = collapse(stretch.document, tree, problems)
    for section in ("rules", "state_rules"):
        for table, spec in v.TABLES.items():
            part = plain.part(section, table)
            rows = [] if part.data is None else read_rows(spec, part, domains_of(plain), problems) or []
            for row, above in dead_rows(spec, rows, domains_of(plain), among_files=True):
                if row.mark.file == path.resolve() or row.mark.file == path:
                    what = f"{table}: on the base scenario {never_fires(above)}"
                    problems.add(row.mark, what, allowed="rows under `before:`")
