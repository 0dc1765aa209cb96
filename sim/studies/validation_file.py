"""The result of `sim validate` as a file: its rows, and what they were measured with."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from sim.engine.jit import source_digest
from sim.errors import InputError, Mark, Problem
from sim.outcomes.files import write_json
from sim.scenario.loader import load
from sim.scenario.patterns import Patterns
from sim.scenario.tree import shipped
from sim.studies.validate import FULL, SHORT, WARM_UP, ValidationRow

NAME: Final = "validation.json"


@dataclass(frozen=True, slots=True)
class Validation:
    """What `sim validate` found, and with what.

    Attributes
    ----------
    date
        Day on which it was found.
    version, code
        Version of the package, and a digest of its sources and of what they were run with.
    base
        Digest of the base scenario.
    short
        Whether samples were small and runs few.
    residents, replications, days, warm_up
        Sizes of the runs, where a regime does not have its own.
    seconds
        How long it took.
    rows
        One a pattern, in the order of the file of patterns.
    """

    date: str
    version: str
    code: str
    base: str
    short: bool
    residents: int
    replications: int
    days: float
    warm_up: float
    seconds: float
    rows: tuple[ValidationRow, ...]

    def is_of(self, patterns: Patterns) -> bool:
        """Whether these patterns are the ones that were measured."""
        return [_asked(row) for row in self.rows] == [
            (
                p.id,
                p.what,
                patterns.regimes[p.regime].title,
                *map(float, (p.target, *p.range)),
                p.unit,
                p.source,
                p.fitted,
            )
            for p in patterns.patterns
        ]


def _asked(row: ValidationRow) -> tuple[Any, ...]:
    ends = (row.target, row.low, row.high)
    return row.id, row.what, row.regime, *map(float, ends), row.unit, row.source, row.fitted


def result_of(rows: Sequence[ValidationRow], *, short: bool, seconds: float) -> Validation:
    """Return rows just found with what they were found with."""
    residents, replications = SHORT if short else FULL
    return Validation(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        version=importlib.metadata.version("enforcement-pathways"),
        code=source_digest(),
        base=load(shipped() / "base.yaml").digest,
        short=short,
        residents=residents,
        replications=replications,
        days=365.0,
        warm_up=WARM_UP,
        seconds=round(seconds, 1),
        rows=tuple(rows),
    )


def write_validation(folder: Path, result: Validation) -> Path:
    """Write a result into a folder and return its file; a number that does not exist is null."""
    data = asdict(result)
    data["rows"] = [{k: None if _is_missing(x) else x for k, x in row.items()} for row in data["rows"]]
    write_json(folder / NAME, data)
    return folder / NAME


def read_validation(path: Path) -> Validation:
    """Read a result.

    Raises
    ------
    InputError
        If there is none, or it is not what `sim validate --out` writes.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = [_row(row) for row in data["rows"]]
        return Validation(
            **{f.name: data[f.name] for f in fields(Validation) if f.name != "rows"}, rows=tuple(rows)
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = (
            "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        )
        problem = Problem(Mark(path), reason, None, "a file that `sim validate --out DIR` writes")
        raise InputError([problem]) from error


def _row(data: dict[str, Any]) -> ValidationRow:
    values: dict[str, Any] = {name: math.nan if x is None else x for name, x in data.items()}
    return ValidationRow(**values)


def _is_missing(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
