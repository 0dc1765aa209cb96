"""Decision tables compiled: proved complete, then laid out as dense cumulative arrays.

Values of an attribute that no row tells apart share a bin, so a table has only as many cells as its rows
need.  The engine finds a cell by adding one look-up per attribute and an answer by comparing one uniform
with the cell's cumulative probabilities; changing rules therefore never recompiles code.

Each cell also holds the *unrestricted* answer (what an actor does who ignores the rule) and the chance that
the rule is kept; a row of state law comes before every local row and carries the state's own compliance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problems
from sim.scenario import vocabulary as v
from sim.scenario.rules import Domains, Row

MAX_CELLS = 400_000


@dataclass(frozen=True, slots=True)
class RowSets:
    """The rows of one table by origin: state law, the scenario's own, and unrestricted practice."""

    state: Sequence[Row]
    local: Sequence[Row]
    unrestricted: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Practice:
    """How far a table's rules are kept: by the state rule, and by each value of one attribute."""

    state: float
    attribute: str | None
    local: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table the engine can index.

    Attributes
    ----------
    lookup
        One array per attribute in the order of `spec.sees`: code → its part of the cell number.
    paper, fallback
        `(cells, answers)` cumulative probabilities by the rule, and by unrestricted practice.
    compliance
        `(cells,)` chance that the rule is kept (1 where both agree).
    """

    spec: v.Table
    lookup: tuple[NDArray[np.int32], ...]
    paper: NDArray[np.float64]
    fallback: NDArray[np.float64]
    compliance: NDArray[np.float64]

    def cell(self, **codes: int) -> int:
        """Return the cell of the given attribute codes (those not given count as code 0)."""
        return int(sum(self.lookup[k][codes.get(name, 0)] for k, name in enumerate(self.spec.sees)))


def compile_table(
    spec: v.Table, rows: RowSets, practice: Practice, domains: Domains, problems: Problems
) -> CompiledTable | None:
    """Compile one table, or note why it cannot be and return None."""
    grid = _Grid(spec, [*rows.state, *rows.local, *rows.unrestricted], practice, domains)
    if grid.cells > MAX_CELLS:
        where = rows.local[0].mark
        problems.add(where, f"{spec.name}: rules tell apart {grid.cells:,} cases; at most {MAX_CELLS:,}")
        return None
    local, uncovered = grid.fill(rows.local)
    _report_dead_rows(spec, grid, rows.local, problems)
    if uncovered.any():
        where = rows.local[-1].mark
        example = grid.example(int(np.flatnonzero(uncovered)[0]))
        problems.add(where, f"{spec.name}: no row answers this case", example, allowed="add a row or `otherwise`")
        return None
    state, by_local = grid.fill(rows.state)
    paper = np.where(by_local[:, None], local, state)
    compliance = np.where(by_local, grid.compliance, practice.state)
    if rows.unrestricted:
        fallback, missing = grid.fill(rows.unrestricted)
        fallback[missing] = paper[missing]
    else:
        fallback = paper
    same = np.abs(paper - fallback).max(axis=1) < 1e-12
    compliance = np.where(same, 1.0, compliance)
    return CompiledTable(spec, grid.lookup, _cumulate(paper), _cumulate(fallback), compliance)


def _cumulate(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative probabilities whose last nonzero entry is exactly 1, so that no answer of chance 0 is met."""
    total = np.cumsum(chances, axis=1)
    last = chances.shape[1] - 1 - np.argmax(chances[:, ::-1] > 0, axis=1)
    past = np.arange(chances.shape[1])[None, :] >= last[:, None]
    return np.ascontiguousarray(np.where(past, 1.0, total))


class _Grid:
    """The cells that a set of rows tells apart."""

    def __init__(self, spec: v.Table, rows: Sequence[Row], practice: Practice, domains: Domains) -> None:
        self.spec = spec
        self.bins: list[NDArray[np.int64]] = []
        self.names: list[Sequence[str]] = []
        for name in spec.sees:
            attribute = v.ATTRIBUTES[name]
            values = domains.get(name, attribute.values)
            size = attribute.top + 1 if attribute.numeric else len(values)
            signature = [[code in row.allowed[name] for row in rows if name in row.allowed] for code in range(size)]
            if name == practice.attribute:
                for code in range(size):
                    signature[code].append(practice.local[code])  # type: ignore[arg-type]
            kinds = {tuple(s): None for s in signature}
            order = {s: k for k, s in enumerate(kinds)}
            self.bins.append(np.array([order[tuple(s)] for s in signature], dtype=np.int64))
            self.names.append([str(x) for x in range(size)] if attribute.numeric else list(values))
        self.shape = tuple(int(b.max()) + 1 for b in self.bins)
        self.cells = int(np.prod([float(n) for n in self.shape]))
        if self.cells > MAX_CELLS:
            return
        strides = np.cumprod((1, *self.shape[:0:-1]))[::-1]
        self.lookup = tuple((b * s).astype(np.int32) for b, s in zip(self.bins, strides, strict=True))
        self.compliance = np.ones(self.cells)
        if practice.attribute is not None:
            axis = spec.sees.index(practice.attribute)
            kept = np.ones(self.shape[axis])
            kept[self.bins[axis]] = practice.local
            shape = [1] * len(self.shape)
            shape[axis] = -1
            self.compliance = np.broadcast_to(kept.reshape(shape), self.shape).reshape(-1).copy()

    def mask(self, row: Row) -> NDArray[np.bool_]:
        """Return the cells in which all the row's conditions hold."""
        mask = np.ones(self.shape, dtype=bool)
        for axis, name in enumerate(self.spec.sees):
            if name in row.allowed:
                held = np.zeros(self.shape[axis], dtype=bool)
                held[self.bins[axis][sorted(row.allowed[name])]] = True
                shape = [1] * len(self.shape)
                shape[axis] = -1
                mask &= held.reshape(shape)
        return mask.reshape(-1)

    def fill(self, rows: Sequence[Row]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return answer probabilities by first matching row, and the cells that none matches."""
        chances = np.zeros((self.cells, len(self.spec.answers)))
        open_ = np.ones(self.cells, dtype=bool)
        for row in rows:
            hit = self.mask(row) & open_
            chances[hit] = row.answer
            open_ &= ~hit
        return chances, open_

    def example(self, cell: int) -> dict[str, str]:
        """Return one case of a cell in the words of the rules, for the attributes that matter."""
        place = np.unravel_index(cell, self.shape)
        found = {}
        for axis, name in enumerate(self.spec.sees):
            if self.shape[axis] > 1:
                found[name] = self.names[axis][int(np.flatnonzero(self.bins[axis] == place[axis])[0])]
        return found


def _report_dead_rows(spec: v.Table, grid: _Grid, rows: Sequence[Row], problems: Problems) -> None:
    """Note rows that can never fire because rows *of the same file* above them take all their cases.

    A row that another file's lever covers is not a mistake: that is what the lever is for.
    """
    for k, row in enumerate(rows):
        covered = np.zeros(grid.cells, dtype=bool)
        for above in rows[:k]:
            if above.mark.file == row.mark.file:
                covered |= grid.mask(above)
        if not (grid.mask(row) & ~covered).any():
            problems.add(row.mark, f"{spec.name}: this row can never fire: rows above it take all its cases")
