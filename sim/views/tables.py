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
WHOLE = 10_000  # for tables that a program may read: every column, each cell on one line
NARROWEST = 18  # of a column that wraps, unless it is squeezed
EXTRA = 4
GAP = "  "
MISSING = "n/a"
TINY = 5e-7  # what is less would be written as 0.000000


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
        Where there is no room for all, columns are left out: the highest number first, those of 0 never.
        Those from `EXTRA` on go as soon as text would have to be squeezed for them.
    note
        Said below a table that shows the column.
    """

    title: str
    left: bool = False
    wraps: bool = False
    spare: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what is said above and below it.

    `quiet` holds the numbers of the rows that a terminal shows dimmed; `pipe` is the width that the table may
    take where there is no terminal.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    quiet: frozenset[int] = frozenset()
    pipe: int = WIDTH


def plain(table: Table, width: int | None = None) -> str:
    """Return a table as aligned text without box characters or colours, at most `width` wide if it can be."""
    width = table.pipe if width is None else width
    table = fitted(table, width)
    lines = textwrap.wrap(table.title, width)
    if table.columns:
        lines += _body(table, _widths(table, width))
    for note in _notes(table):
        lines += textwrap.wrap(note, width, subsequent_indent="  ")
    return "\n".join(lines)


def rich_table(table: Table, width: int) -> RenderableType:
    """Return a table as Rich draws it on a terminal of `width`.

    No cell is ever cut: a table that is too wide even without its spare columns becomes a list of all it has.
    """
    from rich.console import Group
    from rich.text import Text

    shown = fitted(table, width)
    title = [Text(table.title, style="bold")] if table.title else []
    notes = _notes(shown if fits(shown, width) else table)
    if fits(shown, width):
        body = [_drawn(shown, width)] if table.columns else []
        left_out = [" ".join(c.title.split()) for c in table.columns if c not in shown.columns]
        notes += [f"A wider terminal also shows {', '.join(left_out)}."] if left_out else []
    else:
        body = [
            Text("\n".join(_listed(table, row, width)), style="dim" if k in table.quiet else "")
            for k, row in enumerate(table.rows)
        ]
    return Group(*title, *body, *(Text(note, style="italic") for note in notes))


def _notes(table: Table) -> list[str]:
    return [*table.notes, *(column.note for column in table.columns if column.note)]


def _drawn(table: Table, width: int) -> RenderableType:
    """Return the columns of a table that fits."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for column, size in zip(table.columns, _widths(table, width), strict=True):
        justify: Literal["left", "right"] = "left" if column.left else "right"
        head = Text(column.title, justify=justify)
        drawn.add_column(head, justify=justify, width=size, no_wrap=not column.wraps, overflow="fold")
    for k, row in enumerate(table.rows):
        drawn.add_row(*(Text(cell) for cell in row), style="dim" if k in table.quiet else None)
    return drawn


def _listed(table: Table, row: Sequence[str], width: int) -> list[str]:
    """Return a row as text: its first cell, and below it the others with the titles of their columns."""
    titles = [" ".join(column.title.replace("-\n", "").split()) for column in table.columns]
    pairs = zip(titles[1:], row[1:], strict=True)
    items = [f"{title} {cell}".strip() for title, cell in pairs if cell]
    lines = [row[0]]
    for k, item in enumerate(items):
        item += "," if k < len(items) - 1 else ""
        if k and len(lines[-1]) + 1 + len(item) <= width:
            lines[-1] += f" {item}"
        else:
            lines.append(f"  {item}")
    return [part for line in lines for part in _wrapped(line, width)]


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(
        line, width, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def fits(table: Table, width: int) -> bool:
    """Whether no cell of a table need be cut on `width`."""
    return _whole(_widths(table, width)) <= width


def fitted(table: Table, width: int) -> Table:
    """Return a table without as many of its spare columns as do not fit into `width`."""
    while most := max((column.spare for column in table.columns), default=0):
        widths = _shared(table, width, NARROWEST) if most >= EXTRA else _widths(table, width)
        if _whole(widths) <= width:
            break
        keep = [k for k, column in enumerate(table.columns) if column.spare < most]
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
    """Widths of the columns: as wide as their text, and those that wrap share what is left.

    These have at least `NARROWEST` where there is room for that, and always the room of their longest word.
    """
    loose = _shared(table, width, NARROWEST)
    return loose if _whole(loose) <= width else _shared(table, width, 0)


def _whole(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shared(table: Table, width: int, least: int) -> list[int]:
    """Widths of the columns, those that wrap not below `least` nor below their longest word."""
    texts = [
        [*column.title.split("\n"), *(row[k] for row in table.rows)] for k, column in enumerate(table.columns)
    ]
    widths = [max(len(text) for text in column) for column in texts]
    wrapping = [k for k, column in enumerate(table.columns) if column.wraps]
    room = width - len(GAP) * (len(widths) - 1) - sum(w for k, w in enumerate(widths) if k not in wrapping)
    for place, k in enumerate(sorted(wrapping, key=lambda k: widths[k])):
        word = max(len(word) for text in texts[k] for word in text.split() or [""])
        widths[k] = min(widths[k], max(room // (len(wrapping) - place), least, word))
        room -= widths[k]
    return widths


def _cell(text: str, column: Column, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""] if column.wraps else [text]


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
    return MISSING if math.isnan(value) else _written(value, decimals(value))


def signed(value: float) -> str:
    """Return a difference with its sign."""
    if math.isnan(value):
        return MISSING
    return "0" if value == 0 else _written(value, decimals(value), "+")


def fixed(value: float, places: int, *, sign: bool = False) -> str:
    """Return a number with as many decimals as its neighbours in a sum have."""
    return f"{value:+,.{places}f}" if sign and value else f"{value:,.{places}f}"


def interval(low: float, high: float) -> str:
    """Return both ends of an interval, to the same number of decimals."""
    if math.isnan(low) or math.isnan(high):
        return MISSING
    places = decimals(max(abs(low), abs(high)))
    if max(abs(low), abs(high)) < TINY:
        return f"{_written(low, places)} to {_written(high, places)}"
    return f"{low:,.{places}f} to {high:,.{places}f}"


def with_half(mean: float, half: float) -> str:
    """Return a mean ± half of its interval, to the decimals of the mean."""
    places = decimals(mean)
    return f"{mean:,.{places}f} ± {half:,.{places}f}"


def _written(value: float, places: int, sign: str = "") -> str:
    """Return a number with so many decimals; with a power of ten where these would all be 0."""
    return f"{value:{sign}.1e}" if 0 < abs(value) < TINY else f"{value:{sign},.{places}f}"


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
