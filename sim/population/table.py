"""A user's own residents, from a CSV or Parquet file.

One row a resident, rows in any order.  A CSV file is UTF-8, comma-separated, and its first line names the
columns:

================  ==================================================================================
`household`       any name or number; residents who share it live together
`neighbourhood`   whole number from 0 to one less than the scenario's `neighbourhoods`
`age`             whole years, 0–99
`group`           perceived group: white, black, hispanic, asian, other
`status`          us_born, naturalized, lpr, temporary, undocumented
`record`          worst conviction: none, nonviolent, violent
`order`           final order of removal: no, yes
`biometric`       prints in the federal database: no, yes
`warrant`         open local warrant: no, yes
`licensed`        holds a driving licence: no, yes
`driving`         exposure relative to the mean driver, 0–50; 0 for those who do not drive
`earner`          optional; brings income into the household: no, yes
`parent`          optional; has a US-born child in the household: no, yes
================  ==================================================================================

Without the optional columns both are worked out as for synthetic residents.  Parquet may hold yes/no as
booleans. The table stands for what the scenario says of residents: of `population`, only `neighbourhoods`
and `ties` still matter, so a lever on licences or on any other share changes nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.resident import new_residents
from sim.errors import InputError, Mark, Problem, listing, nearest, shorten
from sim.population.attributes import draw_earners, find_parents
from sim.population.check import MOST_DRIVING, OLDEST, SHOWN, Rule, broken_homes, broken_rules
from sim.population.people import People
from sim.population.table_files import COLUMNS, OPTIONAL, READERS, WORDS, Fault, Report, Rows
from sim.population.ties import draw_ties
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    from sim.scenario.schema import Population


class _Column(dict[Any, float]):
    """What the cells of a column mean, as numbers: codes for words, not-a-number for what is not allowed.

    Each different cell is read once and then remembered.
    """

    def __init__(self, name: str, top: float) -> None:
        super().__init__()
        self.name, self.top = name, top
        self.words: dict[Any, int] = {word: code for code, word in enumerate(WORDS.get(name, ()))}
        if WORDS.get(name) is v.YES_NO:
            self.words |= {False: v.NO, True: v.YES}

    def __missing__(self, cell: Any) -> float:
        value = self[cell] = self.read(cell)
        return value

    def read(self, cell: Any) -> float:
        """Return what a cell means."""
        if isinstance(cell, str):
            cell = cell.strip()
        if self.name == "household":
            named = isinstance(cell, str | int | float) and cell != "" and cell == cell
            return self.words.setdefault(cell, len(self.words)) if named else np.nan
        if self.name in WORDS:
            return self.words.get(cell, np.nan) if isinstance(cell, str | bool) else np.nan
        return self._number(cell)

    def _number(self, cell: Any) -> float:
        if cell is None or isinstance(cell, bool):
            return np.nan
        try:
            value = float(cell)
        except (TypeError, ValueError, OverflowError):
            return np.nan
        fits = 0 <= value <= self.top and (self.name == "driving" or value == int(value))
        return value if fits else np.nan

    def numbers(self, cells: Sequence[Any]) -> NDArray[np.float64]:
        """Return what cells mean."""
        if self.name == "driving":  # hardly any two alike: nothing to remember
            return np.array([self._number(cell) for cell in cells])
        return np.array([self[cell] for cell in cells], dtype=np.float64)


class _Cells:
    """Turns the cells of known columns into numbers, and notes those that cannot be."""

    def __init__(self, neighbourhoods: int, report: Report) -> None:
        self.report = report
        self.top = {"neighbourhood": neighbourhoods - 1, "age": OLDEST, "driving": MOST_DRIVING}
        self.columns = {name: _Column(name, self.top.get(name, 0.0)) for name in COLUMNS}
        self.lines: list[NDArray[np.int64]] = []
        self.values: dict[str, list[NDArray[np.float64]]] = {}

    @property
    def homes(self) -> list[Any]:
        """Names of the households in the order of the file."""
        return list(self.columns["household"].words)

    def take(self, rows: Rows) -> None:
        """Add rows."""
        self.lines.append(np.array(rows.lines, dtype=np.int64))
        faults: list[Fault] = []
        total = 0
        for name, cells in rows.cells.items():
            if name in COLUMNS:
                values = self.columns[name].numbers(cells)
                bad = np.flatnonzero(np.isnan(values))
                total += len(bad)
                faults += [self._fault(rows.lines[k], name, cells[k]) for k in bad[:SHOWN]]
                self.values.setdefault(name, []).append(values)
        self.report.add(faults, total)

    def _fault(self, line: int, name: str, cell: Any) -> Fault:
        empty = cell is None or (isinstance(cell, str) and not cell.strip())
        what = "must be given" if empty else "is not allowed here"
        if name == "household":
            return Fault(line, name, what, None, "a name or number")
        if name in WORDS:
            return Fault(line, name, what, shorten(cell), listing(WORDS[name]), nearest(cell, WORDS[name]))
        kind = "number" if name == "driving" else "whole number"
        return Fault(line, name, what, shorten(cell), f"{kind} from 0 to {self.top[name]:g}")


def _note_rules(
    broken: Iterator[tuple[Rule, NDArray[np.int64]]],
    lines: NDArray[np.int64],
    cells: Callable[[str, int], Any],
    report: Report,
) -> None:
    for rule, rows in broken:
        rows = rows[np.argsort(lines[rows], kind="stable")]
        faults = [
            Fault(int(lines[row]), rule.column, rule.what, str(cells(rule.column, row)), rule.allowed)
            for row in rows[:SHOWN]
        ]
        report.add(faults, len(rows))


def _word(name: str, value: Any) -> Any:
    return WORDS[name][int(value)] if name in WORDS else value


def _residents(cells: _Cells, report: Report) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Return residents in household order and the households' starts, after checking the rules of `check`."""
    lines = np.concatenate(cells.lines)
    columns = {name: np.concatenate(parts) for name, parts in cells.values.items()}
    clean = ~np.isnan(np.array(list(columns.values()))).any(axis=0)
    order = np.flatnonzero(clean)
    order = order[np.argsort(columns["household"][order], kind="stable")]
    lines = lines[order]
    residents = new_residents(len(order))
    for name, values in columns.items():
        residents[name] = values[order]

    def cell(name: str, row: int) -> Any:
        return _word(name, residents[name][row])

    def home(name: str, row: int) -> Any:
        return names[residents["household"][row]] if name == "household" else cell(name, row)

    _note_rules(broken_rules(residents), lines, cell, report)
    report.raise_if_any()
    names = cells.homes
    size = np.bincount(residents["household"], minlength=len(names))
    start = np.concatenate(([0], np.cumsum(size))).astype(np.int32)
    _note_rules(broken_homes(residents, start), lines, home, report)
    report.raise_if_any()
    return residents, start


@functools.lru_cache(maxsize=2)
def _load(
    path: Path, stamp: tuple[int, int], neighbourhoods: int
) -> tuple[NDArray[Any], NDArray[np.int32], set[str]]:
    """Return what a file says: residents, starts of households, and the columns there are.

    Remembered, because every replication of a scenario reads the same table; `stamp` tells when it changes.
    """
    report = Report(path)
    cells = _Cells(neighbourhoods, report)
    try:
        for rows in READERS[path.suffix.lower()](path, report):
            cells.take(rows)
    except OSError as error:
        raise InputError([Problem(Mark(path), f"cannot be read: {error.strerror}")]) from error
    if not cells.lines:
        report.add([Fault(0, "", "has no residents")])
    if not cells.lines or any(name not in cells.values for name in COLUMNS if name not in OPTIONAL):
        report.raise_if_any()
    return *_residents(cells, report), set(cells.values)


def read_table(path: Path, settings: Population, seed: np.uint64) -> People:
    """Return the population of a table; its columns are described at the top of this module.

    Residents come in household order, households in the order in which the file first names them.  Ties, and
    the optional columns where they are missing, are drawn from the seed.

    Raises
    ------
    InputError
        With every problem (at most 50 are shown) by line of a CSV file or row of a Parquet file.
    """
    known = path.suffix.lower() in READERS
    if not known or not path.is_file():
        what = "there is no such file" if known else "a table of residents has another kind of name"
        raise InputError([Problem(Mark(path), what, allowed="a file that ends in " + " or ".join(READERS))])
    state = path.stat()
    residents, start, given = _load(path, (state.st_mtime_ns, state.st_size), settings.neighbourhoods)
    residents, start = residents.copy(), start.copy()
    if "earner" not in given:
        draw_earners(residents, start, seed)
    if "parent" not in given:
        find_parents(residents, start)
    return People(residents, start, *draw_ties(residents, start, settings.ties, seed))
