"""Decision tables compiled: proved complete, then laid out as dense cumulative arrays.

Values of an attribute that no row tells apart share a bin, so a table has only as many cells as its rows
need.  The engine finds a cell by adding one look-up per attribute and an answer by comparing one uniform
with the cell's cumulative probabilities; changing rules therefore never recompiles code.

Each cell also holds the *unrestricted* answer (what an actor does who ignores the rule) and the chance that
the rule is kept; a row of state law comes before every local row and carries the state's own compliance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
    """How far a table's rules are kept, of the state and of the place, by the values of some attributes.

    `local` has one axis for each of `attributes`, in their order; `state` has the same, or is one number.
    """

    state: float | NDArray[np.float64]
    attributes: tuple[str, ...] = ()
    local: NDArray[np.float64] = field(default_factory=lambda: np.ones(()))

    def by(self, attribute: str) -> NDArray[np.float64]:
        """Return the chances that go with each value of an attribute, one row a value."""
        axis = self.attributes.index(attribute)
        both = np.stack([self.local, np.broadcast_to(self.state, self.local.shape)], axis=-1)
        return np.moveaxis(both, axis, 0).reshape(self.local.shape[axis], -1)


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

    def cells(self, **codes: int | Sequence[int]) -> NDArray[np.int64]:
        """Return the cells of all combinations of codes; what is given last changes fastest."""
        several = [name for name, code in codes.items() if not isinstance(code, int)]
        found = np.zeros(tuple(len(codes[name]) for name in several), dtype=np.int64)  # type: ignore[arg-type]
        for k, name in enumerate(self.spec.sees):
            part = self.lookup[k][codes.get(name, 0)]
            if name in several:
                part = part.reshape([-1 if other == name else 1 for other in several])
            found += part
        return found.ravel()


def compile_table(
    spec: v.Table, rows: RowSets, practice: Practice, domains: Domains, problems: Problems
) -> CompiledTable | None:
    """Compile one table, or note why it cannot be and return None."""
    grid = _Grid(spec, [*rows.state, *rows.local, *rows.unrestricted], practice, domains)
    if grid.cells > MAX_CELLS:
        where = rows.local[0].mark
        problems.add(
            where, f"{spec.name}: the rules tell apart {grid.cells:,} cases, more than {MAX_CELLS:,}"
        )
        return None
    for origin in (rows.state, rows.local, rows.unrestricted):
        _report_dead_rows(spec, grid, origin, problems)
    local, uncovered = grid.fill(rows.local)
    if uncovered.any():
        example = grid.example(int(np.flatnonzero(uncovered)[0]))
        case = ", ".join(f"{name}: {value}" for name, value in example.items())
        where = rows.local[-1].mark
        problems.add(where, f"{spec.name}: no row answers the case {case or 'of any kind'}", allowed=_WAY_OUT)
        return None
    state, by_local = grid.fill(rows.state)
    paper = np.where(by_local[:, None], local, state)
    compliance = np.where(by_local, grid.compliance, grid.state_compliance)
    fallback, missing = grid.fill(rows.unrestricted)
    fallback[missing] = paper[missing]
    # Who does not keep to a rule of state law does what the place itself would do.
    fallback = np.where(by_local[:, None], fallback, local)
    same = np.abs(paper - fallback).max(axis=1) < 1e-12
    compliance = np.where(same, 1.0, compliance)
    return CompiledTable(spec, grid.lookup, _cumulate(paper), _cumulate(fallback), compliance)


_WAY_OUT = "a row for it, or a last row `- otherwise: …`"


def _cumulate(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative probabilities, exactly 1 from the last possible answer on: none of chance 0 is ever met."""
    total = np.minimum(np.cumsum(chances, axis=1), 1.0)
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
            deciding = [row.allowed[name] for row in rows if name in row.allowed]
            chance = practice.by(name) if name in practice.attributes else np.ones((size, 1))
            signatures = [
                (*chance[code].tolist(), *(code in allowed for allowed in deciding)) for code in range(size)
            ]
            order = {kind: k for k, kind in enumerate(dict.fromkeys(signatures))}
            self.bins.append(np.array([order[kind] for kind in signatures], dtype=np.int64))
            self.names.append([str(x) for x in range(size)] if attribute.numeric else list(values))
        self.shape = tuple(int(b.max()) + 1 for b in self.bins)
        self.cells = int(np.prod([float(n) for n in self.shape]))
        if self.cells > MAX_CELLS:
            return
        strides = np.cumprod((1, *self.shape[:0:-1]))[::-1]
        self.lookup = tuple((b * s).astype(np.int32) for b, s in zip(self.bins, strides, strict=True))
        axes = [spec.sees.index(name) for name in practice.attributes]
        places = np.unravel_index(np.arange(self.cells), self.shape)

        def by_cell(chances: NDArray[np.float64]) -> NDArray[np.float64]:
            kept = np.ones([self.shape[axis] for axis in axes])
            kept[np.ix_(*(self.bins[axis] for axis in axes))] = chances
            return np.asarray(kept[tuple(places[axis] for axis in axes)] * np.ones(self.cells))

        self.compliance = by_cell(practice.local)
        self.state_compliance = by_cell(np.broadcast_to(practice.state, practice.local.shape))

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


def dead_rows(
    spec: v.Table, rows: Sequence[Row], domains: Domains, *, among_files: bool = False
) -> list[tuple[Row, Row | None]]:
    """Return the rows that can never fire, each with the row above that alone takes its cases, if one does.

    Only rows *of the same file* count as above: a row that another file's lever covers is not a mistake,
    that is what the lever is for.  With `among_files` every row above counts.
    """
    grid = _Grid(spec, rows, Practice(1.0), domains)
    return [] if grid.cells > MAX_CELLS else _dead(grid, rows, among_files)


def _dead(grid: _Grid, rows: Sequence[Row], among_files: bool) -> list[tuple[Row, Row | None]]:
    covered: dict[Any, NDArray[np.bool_]] = {}
    dead: list[tuple[Row, Row | None]] = []
    for k, row in enumerate(rows):
        home = None if among_files else row.mark.file
        taken = covered.setdefault(home, np.zeros(grid.cells, dtype=bool))
        cases = grid.mask(row)
        if not (cases & ~taken).any():
            above = [r for r in rows[:k] if among_files or r.mark.file == home]
            dead.append((row, next((r for r in above if not (cases & ~grid.mask(r)).any()), None)))
        taken |= cases
    return dead


def _report_dead_rows(spec: v.Table, grid: _Grid, rows: Sequence[Row], problems: Problems) -> None:
    for row, above in _dead(grid, rows, among_files=False):
        problems.add(
            row.mark, f"{spec.name}: {never_fires(above)}", allowed="an order with the narrower row first"
        )


def never_fires(above: Row | None) -> str:
    """Say that a row can never fire, and why."""
    taker = f"the row on line {above.mark.line} takes" if above else "the rows above it take"
    return f"this row can never fire: {taker} all its cases"
