"""Tables for people: aligned text in a pipe, a styled table on a terminal, from one description.

Nothing here knows what the numbers mean; `sim.views.results` and `sim.views.scenarios` make the tables.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 100
NARROWEST = 18
GAP = "  "
MISSING = "n/a"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes
    ----------
    title
        May have two lines.
    left
        Whether text is aligned to the left.
    wraps
        Whether text may take several lines.
    spare
        Whether the column is left out where there is no room for all.
    """

    title: str
    left: bool = False
    wraps: bool = False
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what is said above and below it.

    `quiet` holds the numbers of the rows that a terminal shows dimmed.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    quiet: frozenset[int] = frozenset()


def plain(table: Table, width: int = WIDTH) -> str:
    """Return a table as aligned text without box characters or colours, at most `width` wide if it can be."""
    table = fitted(table, width)
    lines = textwrap.wrap(table.title, width)
    if table.columns:
        lines += _body(table, _widths(table, width))
    for note in table.notes:
        lines += textwrap.wrap(note, width, subsequent_indent="  ")
    return "\n".join(lines)


def rich_table(table: Table, width: int) -> RenderableType:
    """Return a table as Rich draws it on a terminal of `width`."""
    from rich import box
    from rich.console import Group
    from rich.table import Table as RichTable
    from rich.text import Text

    table, whole = fitted(table, width), table
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    widths = _widths(table, width) if table.columns else []
    for column, size in zip(table.columns, widths, strict=True):
        justify: Literal["left", "right"] = "left" if column.left else "right"
        head = Text(column.title, justify=justify)
        drawn.add_column(head, justify=justify, width=size, no_wrap=not column.wraps, overflow="fold")
    for k, row in enumerate(table.rows):
        drawn.add_row(*(Text(cell) for cell in row), style="dim" if k in table.quiet else None)
    title = [Text(table.title, style="bold")] if table.title else []
    notes = [Text(note, style="italic") for note in table.notes]
    left_out = [" ".join(c.title.split()) for c in whole.columns if c not in table.columns]
    if left_out:
        notes.append(Text(f"A wider terminal also shows {', '.join(left_out)}.", style="italic"))
    return Group(*title, *([drawn] if table.columns else []), *notes)


def fitted(table: Table, width: int) -> Table:
    """Return a table without its spare columns, the last first, as far as it would not fit into `width`."""
    while sum(_widths(table, width)) + len(GAP) * (len(table.columns) - 1) > width:
        spare = [k for k, column in enumerate(table.columns) if column.spare]
        if not spare:
            break
        keep = [k for k in range(len(table.columns)) if k != spare[-1]]
        rows = tuple(tuple(row[k] for k in keep) for row in table.rows)
        table = replace(table, columns=tuple(table.columns[k] for k in keep), rows=rows)
    return table


def _body(table: Table, widths: Sequence[int]) -> list[str]:
    titles = [column.title.split("\n") for column in table.columns]
    tallest = max(len(parts) for parts in titles)
    lines = _lines([[""] * (tallest - len(parts)) + parts for parts in titles], table.columns, widths)
    lines.append(GAP.join("-" * w for w in widths))
    for row in table.rows:
        cells = [_cell(text, c, w) for text, c, w in zip(row, table.columns, widths, strict=True)]
        lines += _lines(cells, table.columns, widths)
    return lines


def _widths(table: Table, width: int) -> list[int]:
    """Widths of the columns: as wide as their text, and those that wrap share what is left."""
    natural = []
    for k, column in enumerate(table.columns):
        texts = [*column.title.split("\n"), *(row[k] for row in table.rows)]
        natural.append(max(len(text) for text in texts))
    wrapping = [k for k, column in enumerate(table.columns) if column.wraps]
    room = width - len(GAP) * (len(natural) - 1) - sum(w for k, w in enumerate(natural) if k not in wrapping)
    for place, k in enumerate(sorted(wrapping, key=lambda k: natural[k])):
        natural[k] = min(natural[k], max(room // (len(wrapping) - place), NARROWEST))
        room -= natural[k]
    return natural


def _cell(text: str, column: Column, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""] if column.wraps else [text]


def _lines(cells: Sequence[Sequence[str]], columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    lines = []
    for k in range(max(len(cell) for cell in cells)):
        parts = [cell[k] if k < len(cell) else "" for cell in cells]
        aligned = [
            part.ljust(w) if column.left else part.rjust(w)
            for part, column, w in zip(parts, columns, widths, strict=True)
        ]
        lines.append(GAP.join(aligned).rstrip())
    return lines


def number(value: float) -> str:
    """Return a number with about three digits, and thousands apart."""
    return MISSING if math.isnan(value) else f"{value:,.{decimals(value)}f}"


def signed(value: float) -> str:
    """Return a difference with its sign."""
    return MISSING if math.isnan(value) else "0" if value == 0 else f"{value:+,.{decimals(value)}f}"


def interval(low: float, high: float) -> str:
    """Return both ends of an interval, to the same number of decimals."""
    if math.isnan(low) or math.isnan(high):
        return MISSING
    places = decimals(max(abs(low), abs(high)))
    return f"{low:,.{places}f} to {high:,.{places}f}"


def percent(share: float) -> str:
    """Return a relative change in percent."""
    if math.isnan(share):
        return MISSING
    if abs(share) < 0.00005:
        return "0 %" if share == 0 else "0.00 %"
    places = 0 if abs(share) >= 0.995 else 1 if abs(share) >= 0.0095 else 2
    return f"{100 * share:+,.{places}f} %"


def decimals(value: float) -> int:
    """Return how many decimals show about three digits of `value`."""
    size = abs(value)
    if size == 0 or math.isnan(size) or size >= 100:
        return 0
    if size >= 1:
        return 1 if size >= 10 else 2
    return min(2 - math.floor(math.log10(size)), 6)
