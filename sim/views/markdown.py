"""Markdown that reads well as text and on a page: tables, code, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> str:
    """Return a table; the columns numbered in `right` are aligned to the right."""
    to_right = set(right)
    rule = ["---:" if k in to_right else "---" for k in range(len(titles))]
    return "\n".join(_line(cells) for cells in [titles, rule, *([cell(x) for x in row] for row in rows)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Return text that stays in its cell: one line, with no sign that would end the cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a name as code."""
    return f"`{text}`"


def codes(names: Iterable[object]) -> str:
    """Return names as code, with commas between them."""
    return ", ".join(code(name) for name in names)


def bullets(lines: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)


def plain_number(value: float) -> str:
    """Return a number as a file would give it: `0.7`, `100000`."""
    return f"{value:.10g}"


def ends(pair: tuple[float, float] | None) -> str:
    """Return both ends of a range in words, nothing where there is none."""
    return "" if pair is None else f"{plain_number(pair[0])} to {plain_number(pair[1])}"
