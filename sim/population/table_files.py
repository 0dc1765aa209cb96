"""Reading a table of residents: rows out of CSV and Parquet files, and what is wrong with them.

Files are read in pieces, so that a million rows take little memory.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from sim.errors import InputError, Mark, Problem, listing, nearest, shorten
from sim.population.check import SHOWN
from sim.scenario import vocabulary as v

WORDS: Final = {
    "group": v.GROUPS,
    "status": v.STATUSES,
    "record": v.RECORDS,
    **dict.fromkeys(("order", "biometric", "warrant", "licensed", "earner", "parent"), v.YES_NO),
}
OPTIONAL: Final = ("earner", "parent")
COLUMNS: Final = ("household", "neighbourhood", "age", "driving", *WORDS)
_CHUNK = 8_192  # rows: few enough to stay in the processor's cache


class Fault(NamedTuple):
    """Something wrong in a line (CSV) or a row (Parquet), both from 1, or in the file itself (0)."""

    line: int
    column: str
    what: str
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None


class Rows(NamedTuple):
    """Some rows of a file: their lines (CSV) or numbers (Parquet), and their cells by column."""

    lines: Sequence[int]
    cells: dict[str, Sequence[Any]]


class Report:
    """Collects what is wrong, counts it, and keeps what will be shown."""

    def __init__(self, file: Path) -> None:
        self.file, self.total, self.kept = file, 0, list[Fault]()
        self.is_csv = file.suffix.lower() == ".csv"

    def add(self, faults: Sequence[Fault], total: int | None = None) -> None:
        """Note faults; `total` counts those too that are not given."""
        self.total += len(faults) if total is None else total
        self.kept = sorted([*self.kept, *faults], key=lambda f: f.line)[:SHOWN]

    def raise_if_any(self) -> None:
        """Raise `InputError` where anything was noted."""
        if not self.total:
            return
        more = self.total - len(self.kept)
        texts = self._texts() if self.is_csv else {}
        problems = [self._problem(fault, texts) for fault in self.kept]
        if more:
            head = f"{self.total:,} problems; the first {len(self.kept)} are shown, {more:,} more are not"
            problems.insert(0, Problem(Mark(self.file), head))
        raise InputError(problems)

    def _problem(self, fault: Fault, texts: dict[int, str]) -> Problem:
        what = f"{fault.column}: {fault.what}" if fault.column else fault.what
        where = Mark(self.file, fault.line)
        if fault.line and not self.is_csv:
            what, where = f"row {fault.line}: {what}", Mark(self.file)
        elif fault.line:
            where = Mark(self.file, fault.line, _character(texts, fault))
        return Problem(where, what, fault.value, fault.allowed, fault.nearest)

    def _texts(self) -> dict[int, str]:
        """Return the lines of the file that faults are in, and the first, by number."""
        wanted = {1, *(fault.line for fault in self.kept)}
        if wanted <= {0, 1}:
            return {}
        with self.file.open(encoding="utf-8-sig", errors="replace") as file:
            numbered = enumerate(islice(file, max(wanted)), start=1)
            return {number: text for number, text in numbered if number in wanted}


def _character(texts: dict[int, str], fault: Fault) -> int:
    """Return where in its line the cell of a fault begins, from 1; 1 where that would take guessing."""
    text = texts.get(fault.line, "")
    names = [name.strip() for name in texts.get(1, "").split(",")]
    if fault.column not in names or '"' in text:
        return 1
    return sum(len(cell) + 1 for cell in text.split(",")[: names.index(fault.column)]) + 1


def _check_header(header: Sequence[str], report: Report) -> None:
    line = 1 if report.is_csv else 0
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            report.add([Fault(line, "", "unknown column", shorten(name), listing(COLUMNS), near)])
        elif header.count(name) > 1:
            report.add([Fault(line, "", f"the column {name} is there {header.count(name)} times")])
    for name in COLUMNS:
        if name not in header and name not in OPTIONAL:
            report.add([Fault(line, "", f"lacks the column {name}")])


def _csv_rows(path: Path, report: Report) -> Iterator[Rows]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_header(header, report)
            numbered = ((reader.line_num, row) for row in reader if row and (row[0] or any(row)))
            while chunk := list(islice(numbered, _CHUNK)):
                yield from _by_column(chunk, header, report)
        except csv.Error as error:
            report.add([Fault(reader.line_num, "", f"is not CSV: {error}")])
        except UnicodeDecodeError as error:
            report.add([Fault(0, "", "is not UTF-8 text", shorten(error.object[error.start : error.end]))])


def _by_column(chunk: list[tuple[int, list[str]]], header: list[str], report: Report) -> Iterator[Rows]:
    """Turn rows into columns, and note the rows that have too few or too many cells."""
    columns = len(header)
    ragged = [(line, len(row)) for line, row in chunk if len(row) != columns]
    what = "has {} cells, the first line names {} columns"
    report.add([Fault(line, "", what.format(cells, columns)) for line, cells in ragged])
    whole = [(line, row) for line, row in chunk if len(row) == columns]
    if whole:
        lines, rows = zip(*whole, strict=True)
        cells = zip(header, zip(*rows, strict=True), strict=True)
        yield Rows(lines, {name: column for name, column in cells if header.count(name) == 1})


def _scalars(cells: list[Any]) -> list[Any]:
    """Return cells of lists and structures, which have no meaning here, as text."""
    return [str(cell) if isinstance(cell, list | dict) else cell for cell in cells]


def _parquet_rows(path: Path, report: Report) -> Iterator[Rows]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            _check_header(file.schema_arrow.names, report)
            known = [name for name in file.schema_arrow.names if name in COLUMNS]
            if len(set(known)) < len(known):
                return
            first = 1
            for batch in file.iter_batches(_CHUNK, columns=known):
                lines = range(first, first + batch.num_rows)
                yield Rows(lines, {name: _scalars(batch.column(name).to_pylist()) for name in known})
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        report.add([Fault(0, "", f"is not a Parquet file: {error}")])


READERS: Final[dict[str, Callable[[Path, Report], Iterator[Rows]]]] = {
    ".csv": _csv_rows,
    ".parquet": _parquet_rows,
}
