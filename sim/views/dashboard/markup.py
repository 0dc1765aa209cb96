"""Tables and small pictures as HTML: every text is escaped, and nothing is told by colour alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from sim.studies.compare import Effect
from sim.views.figures import minus
from sim.views.tables import MISSING, Table, interval, number, percent, signed

CLASSES: Final = {"change": "change", "no change": "equal"}  # of rows by verdict; others are quiet
WIDEST: Final = 1.0  # the largest relative change that the axis of a table shows
NOTHING: Final = "–"  # where there was nothing to count, as in a share of no crimes
STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, WIDEST)


def tag(name: str, inside: str, **attributes: str) -> str:
    """Return an element; `inside` is HTML already, attributes are escaped (`class_` stands for `class`)."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{given}>{inside}</{name}>"


def table_html(table: Table) -> str:
    """Return a table for people as HTML, with what is said above and below it."""
    parts = [tag("p", escape(table.title), class_="title")] if table.title else []
    if table.columns:
        titles = (" ".join(c.title.replace("-\n", "").split()) for c in table.columns)
        head = "".join(
            tag("th", escape(title), scope="col", class_="text" if c.left else "number")
            for title, c in zip(titles, table.columns, strict=True)
        )
        rows = "".join(
            tag(
                "tr",
                "".join(
                    tag("td", escape(cell), class_="text" if c.left else "number")
                    for cell, c in zip(row, table.columns, strict=True)
                ),
            )
            for row in table.rows
        )
        inside = tag("thead", tag("tr", head)) + tag("tbody", rows)
        # What is wider than a small screen scrolls by itself, by keyboard too.
        whole = tag("table", inside)
        parts.append(tag("div", whole, class_="scrolls", tabindex="0", role="region", aria_label="Table"))
    parts += [tag("p", escape(note), class_="note") for note in table.notes]
    return "".join(parts)


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────
def effect_rows_html(rows: Sequence[tuple[str, Effect]], caption: str) -> str:
    """Return paired effects as a table: base, with the levers, difference with interval, and a picture.

    The picture shows the change as a share of the base with its interval, on one axis for the table.
    """
    if not rows:
        return ""
    limit = axis_limit(effect for _, effect in rows)
    head = "".join(
        tag("th", inside, scope="col", role="columnheader", class_=css)
        for inside, css in (
            ("Outcome", "text"),
            ("base", "number"),
            ("with levers", "number"),
            ("difference, 95 % interval", "number"),
            (_axis(limit), "picture"),
            ("verdict", "text"),
        )
    )
    body = "".join(_effect_row(label, effect, limit) for label, effect in rows)
    inside = tag("caption", escape(caption))
    inside += tag("thead", tag("tr", head, role="row"), role="rowgroup")
    inside += tag("tbody", body, role="rowgroup")
    return tag("table", inside, class_="effects", role="table")


def axis_limit(effects: Iterable[Effect]) -> float:
    """Return a round share that holds the relative changes and their intervals, at most `WIDEST`."""
    most = 0.0
    for effect in effects:
        if effect.base and effect.verdict != "no change":
            ends = (effect.difference, effect.ci_low, effect.ci_high)
            most = max([most, *(abs(x / effect.base) for x in ends if not math.isnan(x))])
    return next((step for step in STEPS if step >= most), WIDEST)


def _axis(limit: float) -> str:
    ends = [f"−{100 * limit:g} %", "0", f"+{100 * limit:g} %"]
    shown = "".join(tag("span", end) for end in ends)
    return tag("span", "change as a share of the base", class_="unseen") + tag("span", shown, class_="axis")


def _effect_row(label: str, effect: Effect, limit: float) -> str:
    css = CLASSES.get(effect.verdict, "quiet")
    name = tag("th", escape(label), scope="row", role="rowheader", class_="text")
    cells = (
        ("base", value_words(effect.base), "number"),
        ("with levers", value_words(effect.value), "number"),
        ("difference", difference_words(effect), "number"),
        ("", _interval_picture(effect, limit), "picture"),
        ("verdict", verdict_words(effect), "text"),
    )
    inside = "".join(
        tag("td", text if kind == "picture" else _unbroken(text), role="cell", class_=kind, data_label=title)
        for title, text, kind in cells
    )
    return tag("tr", name + inside, role="row", class_=css, data_outcome=effect.outcome)


def _unbroken(text: str) -> str:
    """Return a text whose lines break only before a bracket: an interval stays in one piece."""
    first, bracket, rest = text.partition(" (")
    parts = [first, f"({rest}"] if bracket else [first]
    return " ".join(tag("span", escape(part), class_="whole") for part in parts)


def value_words(value: float) -> str:
    """Return a mean; a dash where there was nothing to count it of."""
    return NOTHING if math.isnan(value) else number(value)


def difference_words(effect: Effect) -> str:
    """Return a difference with its interval."""
    if math.isnan(effect.difference):
        return NOTHING
    if effect.verdict == "no change":
        return "exactly 0"
    if effect.verdict == "none seen":
        return "0 in these runs"
    ends = interval(effect.ci_low, effect.ci_high)
    return minus(signed(effect.difference) + ("" if ends == MISSING else f" ({ends})"))


def verdict_words(effect: Effect) -> str:
    """Return what can be said, with the relative change where there is one."""
    if math.isnan(effect.difference):
        return "nothing to count"
    if effect.verdict == "none seen":
        return "no difference in these runs"
    if effect.verdict != "change":
        return effect.verdict
    share = percent(effect.relative)
    return "change" if share == MISSING else f"change, {minus(share)}"


def _interval_picture(effect: Effect, limit: float) -> str:
    """Return the change as a share of the base and its interval, drawn from −limit to +limit."""
    shown = '<line x1="100" y1="0" x2="100" y2="20" class="zero"/>'
    if effect.verdict == "no change":
        shown += '<line x1="100" y1="4" x2="100" y2="16" class="bar"/>'
    elif effect.base and not math.isnan(effect.relative):
        low, high = effect.ci_low / effect.base, effect.ci_high / effect.base
        if not math.isnan(low):
            a, b = sorted((_at(low, limit), _at(high, limit)))
            shown += f'<line x1="{a:.1f}" y1="10" x2="{b:.1f}" y2="10" class="bar"/>'
        x = _at(effect.relative, limit)
        if abs(effect.relative) > limit:  # beyond the axis: an arrow where it leaves
            tip = 199 if effect.relative > 0 else 1
            back = tip - 9 if tip > 100 else tip + 9
            shown += f'<path d="M{tip} 10 L{back} 4 L{back} 16 Z" class="point"/>'
        else:
            shown += f'<circle cx="{x:.1f}" cy="10" r="4.5" class="point"/>'
    return f'<svg viewBox="0 0 200 20" aria-hidden="true" focusable="false">{shown}</svg>'


def _at(share: float, limit: float) -> float:
    return 100 + 95 * max(-1.0, min(1.0, share / limit))
