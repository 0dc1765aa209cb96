"""A schematic map: the neighbourhoods as tiles, coloured by an outcome.

The model has neighbourhoods and who lives in them, and no geography: tiles stand in the order of their
numbers, in which groups that live apart are neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from sim.studies.compare import Comparison, Effect
from sim.views.dashboard.markup import (
    NOTHING,
    effect_rows_html,
    tag,
    value_words,
    verdict_words,
)
from sim.views.figures import minus
from sim.views.tables import number, signed

VIEWS: Final = {"difference": "the difference", "base": "the base", "value": "the world with levers"}
BLUE: Final = (0, 114, 178)
RED: Final = (213, 94, 0)
DARK: Final = (0, 0, 0)
LIGHT: Final = (255, 255, 255)
MOST_TILES: Final = 400


@dataclass(frozen=True, slots=True)
class Measure:
    """An outcome that a map shows, what it is called there, and what it is multiplied by."""

    label: str
    factor: float = 1.0


MEASURES: Final = {
    "transfers_per_head": Measure("Transfers to ICE per 100,000 residents there and year", 100_000.0),
    "stops_per_head": Measure("Stops per 100,000 residents there and year", 100_000.0),
    "bookings_per_head": Measure("Jail bookings per 100,000 residents there and year", 100_000.0),
    "reporting_rate": Measure("Crimes that victims report (share)"),
    "trust": Measure("Trust in police (0 to 1)"),
    "fear": Measure("Fear of enforcement (0 to 1)"),
    "belief": Measure("Belief that police share data with ICE (0 to 1)"),
}


def map_html(comparison: Comparison, name: str, outcome: str, view: str) -> str:
    """Return the tiles, a legend, and the numbers as a table.

    Parameters
    ----------
    comparison, name
        The comparison, and the world that is set beside the base.
    outcome
        One of `MEASURES`.
    view
        One of `VIEWS`: what colours a tile.
    """
    effects = [
        e for e in comparison.effects if (e.lever, e.outcome, e.group) == (name, outcome, "neighbourhood")
    ]
    if len(effects) > MOST_TILES:
        return tag("p", f"{len(effects):,} neighbourhoods are more than a map shows.", class_="note")
    factor = MEASURES[outcome].factor
    shown = [_shown(e, view) * factor for e in effects]
    finite = [x for x in shown if not math.isnan(x)]
    if not finite:
        return tag("p", "Nothing was counted here.", class_="note")
    low, high = min(finite), max(finite)
    if view == "difference":
        high = max(abs(low), abs(high)) or 1.0
        low = -high
    tiles = "".join(_tile(e, x, (low, high), view, factor) for e, x in zip(effects, shown, strict=True))
    grid = tag("ol", tiles, class_="tiles", aria_label=f"{MEASURES[outcome].label}: {VIEWS[view]}")
    return grid + _legend(low, high, view) + _numbers(effects, factor, MEASURES[outcome].label)


def _shown(effect: Effect, view: str) -> float:
    return {"difference": effect.difference, "base": effect.base, "value": effect.value}[view]


def _tile(effect: Effect, value: float, ends: tuple[float, float], view: str, factor: float) -> str:
    fill = colour(value, ends, diverging=view == "difference")
    text = NOTHING if math.isnan(value) else signed(value) if view == "difference" else number(value)
    sure = view != "difference" or effect.verdict == "change" or effect.verdict == "no change"
    scaled = [effect.base * factor, effect.value * factor]
    words = (
        f"Neighbourhood {effect.level}: base {value_words(scaled[0])}, with levers {value_words(scaled[1])}"
    )
    if view == "difference":
        words += f", {verdict_words(effect)}"
    inside = tag("span", escape(effect.level), class_="name") + tag(
        "span", escape(minus(text)), class_="value"
    )
    style = f"background:rgb{fill};color:rgb{ink_on(fill)}"
    return tag("li", inside, class_="sure" if sure else "unsure", style=style, title=words)


def colour(value: float, ends: tuple[float, float], *, diverging: bool) -> tuple[int, int, int]:
    """Return the colour of a value: white to blue; or blue below zero, white at zero, orange above it."""
    low, high = ends
    if math.isnan(value) or high <= low:
        return LIGHT
    if diverging:
        return _mixed(RED if value > 0 else BLUE, abs(value) / high)
    return _mixed(BLUE, (value - low) / (high - low))


def _mixed(full: Sequence[int], share: float) -> tuple[int, int, int]:
    r, g, b = (round(255 + (part - 255) * min(1.0, share)) for part in full)
    return r, g, b


def ink_on(fill: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return dark or light letters, whichever stand out more (always by 4.5 to 1 on these colours)."""
    return DARK if contrast(DARK, fill) >= contrast(LIGHT, fill) else LIGHT


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the contrast ratio of two colours as WCAG 2 defines it, from 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(rgb: Sequence[int]) -> float:
    parts = [c / 255 for c in rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _legend(low: float, high: float, view: str) -> str:
    steps = [low + (high - low) * k / 4 for k in range(5)]
    swatches = []
    for step in steps:
        fill = colour(step, (low, high), diverging=view == "difference")
        text = minus(signed(step) if view == "difference" else number(step))
        swatches.append(tag("li", escape(text), style=f"background:rgb{fill};color:rgb{ink_on(fill)}"))
    told = (
        "A dashed tile shows no difference that these runs can tell from none."
        if (view == "difference")
        else ""
    )
    note = tag(
        "p",
        escape(f"A schematic map: tiles stand in the order of their numbers. {told}".strip()),
        class_="note",
    )
    return tag("ol", "".join(swatches), class_="legend", aria_label="Colours, from low to high") + note


def _numbers(effects: Sequence[Effect], factor: float, label: str) -> str:
    rows = []
    for e in effects:
        scaled = {
            n: getattr(e, n) * factor for n in ("base", "value", "difference", "ci_low", "ci_high", "mcse")
        }
        rows.append((f"Neighbourhood {e.level}", replace(e, **scaled)))
    table = effect_rows_html(rows, label)
    return tag("details", tag("summary", "The same as a table") + table)
