"""The files of an output directory, written whole or not at all.

`outcomes.csv` is tidy (one value a row), `effects.csv` holds paired effects, `events.parquet` the event log,
`manifest.json` what it takes to run the same again.  Each file is written beside its place and moved there
when it is complete.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from sim.errors import SimError

OUTCOME_COLUMNS = ("scenario", "replication", "seed", "outcome", "group", "level", "value", "unit")
YEAR_COLUMNS = ("scenario", "replication", "seed", "year", "days", "outcome", "value", "unit")
EFFECT_COLUMNS = (
    "lever",
    "outcome",
    "group",
    "level",
    "base",
    "value",
    "difference",
    "ci_low",
    "ci_high",
    "mcse",
    "variance_ratio",
    "replications",
    "replications_needed",
    "unit",
)


@contextlib.contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a file to write beside `path`; it takes the place of `path` only if the block ends well.

    Raises
    ------
    SimError
        If the folder cannot be written to, with the reason.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise SimError(f"cannot write to {path.parent}: {error.strerror or error}") from error
    try:
        encoding = None if "b" in mode else "utf-8"
        newline = None if "b" in mode else ""
        with os.fdopen(handle, mode, encoding=encoding, newline=newline) as file:
            yield file
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            raise SimError(f"cannot write {path}: {error.strerror or error}") from error
        raise


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file; missing numbers are empty."""
    with whole_file(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_plain(x) for x in row])


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return "" if value is None else value


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file, keys in order, readable by a person."""
    with whole_file(path) as file:
        json.dump(data, file, indent=2, ensure_ascii=False, allow_nan=False)
        file.write("\n")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    SimError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SimError(f"cannot read {path}: {error.strerror or error}") from error


def write_bytes(path: Path, fill: Callable[[IO[bytes]], None]) -> None:
    """Write a binary file with what `fill` puts into it."""
    with whole_file(path, "wb") as file:
        fill(file)
