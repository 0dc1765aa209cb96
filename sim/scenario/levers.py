"""Lever files: a policy as a title, a claim, its own parameters, and the patch it makes to a scenario."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from sim.errors import Mark, Problems
from sim.scenario.document import Document, read
from sim.scenario.validate import check_model

STAGES = ("stop", "arrest", "booking", "sharing", "ice", "custody", "court", "none")


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeverParameter(_Closed):
    """A number that the lever leaves open."""

    default: float = Field(strict=True, allow_inf_nan=False, description="value when none is given")
    bounds: tuple[float, float] = Field(description="lowest and highest value allowed")
    unit: str = Field(description="unit of the value")
    source: str = Field(description="source id, or `assumed`")
    doc: str = Field(default="", description="what it means")


class Patch(_Closed):
    """What a lever changes: settings by dotted path, and rules by table."""

    set: dict[str, Any] = Field(default={}, description="dotted path → value; `$name` stands for a parameter")
    rules: dict[str, Any] = Field(
        default={}, description="table → rows, or {before: rows}, {after: rows} around the rows that stand there"
    )
    state_rules: dict[str, Any] = Field(default={}, description="the same for rules of state law")


class LeverFile(_Closed):
    """A lever."""

    title: str = Field(min_length=1, max_length=120, description="name shown in tables and figures")
    claim: str = Field(min_length=1, max_length=600, description="what its supporters say it does, in a line")
    stage: str = Field(description="stage of the pathway at which it acts", json_schema_extra={"choices": list(STAGES)})
    systems: tuple[int, ...] = Field(description="numbers of the systems that it belongs to")
    sources: tuple[str, ...] = Field(description="source ids from sources.yaml")
    parameters: dict[str, LeverParameter] = Field(default={}, description="the lever's own parameters, by name")
    patch: Patch = Field(description="what it changes")


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever with its parameters settled: what a scenario applies."""

    name: str
    parameters: dict[str, float]
    file: LeverFile
    patch: Document

    @property
    def label(self) -> str:
        """Name with the parameters that differ from their default, as the command line takes it."""
        given = {k: x for k, x in self.parameters.items() if x != self.file.parameters[k].default}
        if not given:
            return self.name
        if len(self.file.parameters) == 1:
            return f"{self.name}={next(iter(given.values())):g}"
        return self.name + "=" + ",".join(f"{k}:{x:g}" for k, x in given.items())


@dataclass(frozen=True, slots=True)
class LeverUse:
    """A lever as a scenario or the command line asks for it."""

    name: str
    parameters: dict[str, Any] | float | None
    mark: Mark


def read_use(data: Any, mark: Mark, problems: Problems) -> LeverUse | None:
    """Read `name`, `{name: value}` or `{name: {parameter: value}}`."""
    if isinstance(data, str):
        return LeverUse(data, None, mark)
    if isinstance(data, dict) and len(data) == 1:
        ((name, parameters),) = data.items()
        if parameters is None or isinstance(parameters, dict | int | float):
            return LeverUse(str(name), parameters, mark)
    problems.add(mark, "not a lever", data, allowed="name, {name: value} or {name: {parameter: value}}")
    return None


def parse_use(text: str, problems: Problems) -> LeverUse | None:
    """Read the command line's `name`, `name=0.5` or `name=a:0.5,b:2`."""
    name, _, rest = text.partition("=")
    where = Mark()
    if not rest:
        if "=" in text:
            problems.add(where, "lever value is empty", text)
            return None
        return LeverUse(name, None, where)
    try:
        if ":" not in rest:
            return LeverUse(name, float(rest), where)
        pairs = dict(part.split(":", 1) for part in rest.split(","))
        return LeverUse(name, {k: float(x) for k, x in pairs.items()}, where)
    except ValueError:
        problems.add(where, "not a lever", text, allowed="NAME, NAME=NUMBER or NAME=PARAMETER:NUMBER,…")
        return None


def find_lever(name: str, folders: list[Path]) -> Path | None:
    """Return the lever's file in the first folder that has it."""
    for folder in folders:
        path = folder / f"{name}.yaml"
        if name.isidentifier() and path.is_file():
            return path
    return None


def lever_names(folders: list[Path]) -> list[str]:
    """Names of all levers in `folders`."""
    return sorted({p.stem for folder in folders for p in folder.glob("*.yaml")})


def load_lever(use: LeverUse, folders: list[Path], problems: Problems) -> Lever | None:
    """Find, check and settle a lever."""
    path = find_lever(use.name, folders)
    if path is None:
        problems.add(use.mark, f"unknown lever {use.name!r}", use.name, known=lever_names(folders))
        return None
    document = read(path, problems)
    if document is None:
        return None
    file = check_model(LeverFile, document, problems)
    if file is None:
        return None
    check_lever(file, document, problems)
    settled = _settle(use, file, problems)
    if settled is None:
        return None
    patch = document.part("patch")
    patch.data = _substitute(patch.data, settled, patch.mark(()), problems)
    return Lever(use.name, settled, file, patch)


def check_lever(file: LeverFile, document: Document, problems: Problems) -> None:
    """Check what the model alone cannot: defaults within bounds, and no parameter that moves nothing."""
    written = json.dumps(document.data.get("patch", {}))
    for name, parameter in file.parameters.items():
        low, high = parameter.bounds
        where = document.mark(("parameters", name))
        if not low <= parameter.default <= high:
            problems.add(where, f"default of {name} lies outside its bounds", parameter.default, allowed=f"{low:g} to {high:g}")
        if f'"${name}"' not in written:
            problems.add(where, f"parameter {name} is used nowhere in the patch", f"${name}")


def _settle(use: LeverUse, file: LeverFile, problems: Problems) -> dict[str, float] | None:
    known = list(file.parameters)
    given = use.parameters
    if isinstance(given, int | float):
        if len(known) != 1:
            problems.add(use.mark, f"lever {use.name} takes named parameters", given, allowed=", ".join(known) or "none")
            return None
        given = {known[0]: given}
    values = {name: p.default for name, p in file.parameters.items()}
    sound = True
    for name, value in (given or {}).items():
        if name not in known:
            problems.add(use.mark, f"lever {use.name} has no parameter {name!r}", name, known=known)
            sound = False
            continue
        low, high = file.parameters[name].bounds
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            problems.add(use.mark, f"{use.name}.{name} is out of bounds", value, allowed=f"{low:g} to {high:g}")
            sound = False
        else:
            values[name] = float(value)
    return values if sound else None


def _substitute(data: Any, values: dict[str, float], where: Mark, problems: Problems) -> Any:
    if isinstance(data, dict):
        return {k: _substitute(x, values, where, problems) for k, x in data.items()}
    if isinstance(data, list):
        return [_substitute(x, values, where, problems) for x in data]
    if isinstance(data, str) and data.startswith("$"):
        if data[1:] not in values:
            problems.add(where, f"unknown parameter {data}", data, known=[f"${k}" for k in values])
            return 0.0
        return values[data[1:]]
    return data
