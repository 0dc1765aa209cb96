"""Lever files: a policy as a title, a claim, its own parameters, and the patch it makes to a scenario."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from sim.errors import Mark, Problems
from sim.scenario.document import Document, Key, read
from sim.scenario.layers import apply_rules, apply_settings
from sim.scenario.lever_uses import LeverUse
from sim.scenario.quantities import Fault, Real, ends_fault, is_number
from sim.scenario.schema import Scenario
from sim.scenario.section import Closed, Name
from sim.scenario.tree import Tree, shipped
from sim.scenario.validate import check_model, model_inside

STAGES = ("stop", "arrest", "booking", "sharing", "ice", "custody", "court", "community", "none")


@functools.cache
def units() -> tuple[str, ...]:
    """Return the units that numbers of a scenario have: a parameter of a lever stands for one of them."""
    return tuple(sorted({unit for unit in _units(Scenario) if unit}))


def _units(model: type[BaseModel]) -> Iterator[str]:
    for declared in model.model_fields.values():
        extra = declared.json_schema_extra
        if isinstance(extra, dict):
            yield str(extra.get("unit", ""))
        inner = model_inside(declared.annotation)
        if inner is not None:
            yield from _units(inner)


class LeverParameter(Closed):
    """A number that the lever leaves open."""

    default: float = Field(strict=True, allow_inf_nan=False, description="value when none is given")
    bounds: tuple[Real, Real] = Field(description="lowest and highest value allowed")
    unit: str = Field(description="unit of the value")
    source: str = Field(description="source id, or `assumed`")
    doc: str = Field(min_length=1, max_length=400, description="what it means")

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return what is wrong with the bounds, the default between them, and the unit."""
        bounds, default, unit = (data.get(name) for name in ("bounds", "default", "unit"))
        found = ends_fault(bounds, ("bounds",))
        ends = bounds if isinstance(bounds, list | tuple) else ()
        pair = len(ends) == 2 and all(is_number(x) for x in ends)
        if not found and pair and is_number(default) and not ends[0] <= default <= ends[1]:
            found = [Fault(("default",), f"must lie between {ends[0]:g} and {ends[1]:g}")]
        if isinstance(unit, str) and unit not in units():
            what = f"no number of a scenario has the unit {unit!r}"
            found.append(Fault(("unit",), what, units(), unit))
        return found


class Patch(Closed):
    """What a lever changes: settings by dotted path, and rules by table."""

    set: dict[str, Any] = Field(default={}, description="dotted path → value; `$name` stands for a parameter")
    rules: dict[str, Any] = Field(
        default={},
        description="table → rows, or {before: rows}, {after: rows} around the rows that stand there",
    )
    state_rules: dict[str, Any] = Field(default={}, description="the same for rules of state law")


class LeverFile(Closed):
    """A lever."""

    title: str = Field(min_length=1, max_length=120, description="name shown in tables and figures")
    claim: str = Field(min_length=1, max_length=600, description="what its supporters say it does, in a line")
    stage: str = Field(
        description="stage of the pathway at which it acts", json_schema_extra={"choices": list(STAGES)}
    )
    cooperation: str = Field(
        default="neutral",
        description="whether it means more or less cooperation with immigration enforcement",
        json_schema_extra={"choices": ["more", "less", "neutral"]},
    )
    systems: tuple[Annotated[int, Field(ge=1, le=25, strict=True)], ...] = Field(
        description="numbers of the systems that it belongs to"
    )
    sources: tuple[str, ...] = Field(description="source ids from sources.yaml")
    parameters: dict[Name, LeverParameter] = Field(
        default={}, description="the lever's own parameters, by name"
    )
    needs: str = Field(
        default="", max_length=300, description="what a scenario must have for the lever to change anything"
    )
    contradicts: dict[Name, str] = Field(
        default={}, description="levers that cannot be on together with it, and why"
    )
    patch: Patch = Field(description="what it changes")


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever with its parameters settled: what a scenario applies, and where that is asked for.

    `instead` is its file where that was found by a name that a shipped lever, which says something else, has.
    """

    name: str
    parameters: dict[str, float]
    file: LeverFile
    patch: Document
    where: Mark = field(default_factory=Mark, compare=False)
    instead: Path | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """Name with the parameters that differ from their default, as the command line takes it."""
        given = {k: x for k, x in self.parameters.items() if x != self.file.parameters[k].default}
        if not given:
            return self.name
        if len(self.file.parameters) == 1:
            return f"{self.name}={next(iter(given.values())):.12g}"
        return self.name + "=" + ",".join(f"{k}:{x:.12g}" for k, x in given.items())


def find_lever(name: str, folders: list[Path]) -> Path | None:
    """Return the lever's file in the first folder that has it."""
    if not name.isidentifier():
        return None
    return next((path for folder in folders if (path := folder / f"{name}.yaml").is_file()), None)


def lever_names(folders: list[Path]) -> list[str]:
    """Names of all levers in `folders`."""
    return sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})


def load_lever(use: LeverUse, tree: Tree, problems: Problems) -> Lever | None:
    """Find, check and settle a lever."""
    folders = tree.lever_folders()
    path = use.path or find_lever(use.name, folders)
    if path is None:
        problems.add(use.where, f"unknown lever {use.name!r}", use.name, known=lever_names(folders))
        return None
    # A file of the user's own cites the bibliography beside it.
    read_file = read_lever(path, tree if use.path is None else Tree.around(use.path), problems)
    document, file = read_file or (None, None)
    if document is None or file is None:
        return None
    values = _settle(use, file, problems)
    if values is None:
        return None
    lever = settled(use.name, document, file, values, problems)
    if lever is None:
        return None
    return replace(lever, where=use.where, instead=path if use.path is None and _hides(path) else None)


def _hides(path: Path) -> bool:
    """Whether a shipped lever of the same name says something else."""
    known = shipped() / "levers" / path.name
    try:
        return known.is_file() and not known.samefile(path) and known.read_bytes() != path.read_bytes()
    except OSError:
        return False


def read_lever(path: Path, tree: Tree, problems: Problems) -> tuple[Document, LeverFile | None] | None:
    """Read a lever file and check all that can be checked without a scenario.

    The lever is None where anything is wrong with its form, which may be asked more all the same.
    """
    document = read(path, problems)
    if document is None:
        return None
    file = check_model(LeverFile, document, problems)
    parameters, used = document.get(("parameters",)), set(_parameters_used(document.get(("patch",))))
    for name, parameter in parameters.items() if isinstance(parameters, dict) else ():
        if name not in used:
            where = document.key_mark(("parameters", name))
            what = f"parameter {name} is used nowhere in the patch"
            problems.add(where, what, allowed=f"${name} in place of a number of the patch")
        source = parameter.get("source") if isinstance(parameter, dict) else None
        if isinstance(source, str):
            tree.check_sources((source,), document.mark(("parameters", name, "source")), problems)
    others = document.get(("contradicts",))
    for name in others if isinstance(others, dict) else ():
        known = lever_names(tree.lever_folders())
        if name not in known:
            where = document.key_mark(("contradicts", name))
            problems.add(where, f"unknown lever {name!r}", name, known=known)
    sources = document.get(("sources",))
    for k, source in enumerate(sources if isinstance(sources, list) else ()):
        if isinstance(source, str):
            tree.check_sources((source,), document.mark(("sources", k)), problems)
    return document, file


def settled(
    name: str, document: Document, file: LeverFile, values: dict[str, float], problems: Problems
) -> Lever | None:
    """Return a lever whose parameters have these values (None where its patch asks for others)."""
    lever, whole = filled(name, document, file, values, problems)
    return lever if whole else None


def filled(
    name: str, document: Document, file: LeverFile, values: dict[str, float], problems: Problems
) -> tuple[Lever, bool]:
    """Return a lever with these values in its patch, and whether the patch asks for no others."""
    patch = document.part("patch")
    filler = _Filler(patch, values, problems)
    data = filler.fill(patch.data, ())
    return Lever(name, values, file, Document(patch.file, data, patch.places)), not filler.failed


def contradictions(levers: Sequence[Lever]) -> list[tuple[Mark, str]]:
    """Say which of these levers cannot be on together, and why: once a pair, where the later stands."""
    names = [lever.name for lever in levers]
    found = []
    for k, lever in enumerate(levers):
        for j, other in enumerate(levers):
            reason = lever.file.contradicts.get(other.name)
            if reason is not None and (j > k or lever.name not in other.file.contradicts):
                first, second = names[min(j, k)], names[max(j, k)]
                what = f"levers {first} and {second} contradict each other: {reason}"
                found.append((levers[max(j, k)].where, what))
    return found


def lay_lever(base: Document, lever: Lever, problems: Problems) -> Document:
    """Lay the patch of a lever over a scenario."""
    base = apply_settings(base, lever.patch.part("set"), problems)
    for section in ("rules", "state_rules"):
        base = apply_rules(base, section, lever.patch.part(section), problems)
    return base


def _settle(use: LeverUse, file: LeverFile, problems: Problems) -> dict[str, float] | None:
    """Return the value of each parameter, or note what is wrong with those given."""
    known = list(file.parameters)
    given = {} if use.given.data is None else use.given.data
    if is_number(given):
        if len(known) != 1:
            what = (
                f"lever {use.name} has several parameters" if known else f"lever {use.name} has no parameter"
            )
            allowed = f"{{name: value}} with {', '.join(known)}" if known else "the bare name"
            problems.add(use.given.mark(), what, given, allowed=allowed)
            return None
        return _bounded(use, file, {known[0]: given}, (), problems)
    return _bounded(use, file, given, None, problems)


def _bounded(
    use: LeverUse, file: LeverFile, given: dict[str, Any], at: Key | None, problems: Problems
) -> dict[str, float] | None:
    values = {name: parameter.default for name, parameter in file.parameters.items()}
    sound = True
    for name, value in given.items():
        path = (name,) if at is None else at
        if name not in values:
            what = f"lever {use.name} has no parameter {name!r}"
            problems.add(use.given.key_mark(path), what, name, known=list(values))
            sound = False
            continue
        low, high = file.parameters[name].bounds
        if not is_number(value) or not low <= value <= high:
            what = f"{use.name}: {name} {'is out of bounds' if is_number(value) else 'must be a number'}"
            shown = "nothing" if value is None else value
            problems.add(use.given.mark(path), what, shown, allowed=f"{low:g} to {high:g}")
            sound = False
        else:
            values[name] = float(value)
    return values if sound else None


_PARAMETER = re.compile(r"\$(\w+)")


def _parameters_used(data: Any) -> list[str]:
    """Names of the parameters that a patch refers to."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [name for item in data for name in _parameters_used(item)]
    match = _PARAMETER.fullmatch(data) if isinstance(data, str) else None
    return [match.group(1)] if match else []


class _Filler:
    """Puts values in the place of `$parameters`."""

    def __init__(self, patch: Document, values: dict[str, float], problems: Problems) -> None:
        self.patch = patch
        self.values = values
        self.problems = problems
        self.failed = False

    def fill(self, data: Any, path: Key) -> Any:
        if isinstance(data, dict):
            return {key: self.fill(item, (*path, key)) for key, item in data.items()}
        if isinstance(data, list):
            return [self.fill(item, (*path, k)) for k, item in enumerate(data)]
        if not isinstance(data, str) or not data.startswith("$"):
            return data
        if data[1:] not in self.values:
            known = [f"${name}" for name in self.values]
            where = self.patch.mark(path)
            self.problems.add(where, f"the lever has no parameter {data}", data, known=known)
            self.failed = True
            return data
        value = self.values[data[1:]]
        return int(value) if value.is_integer() else value
