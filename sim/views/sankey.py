"""The flow of people through ICE's notice, the jail's answer and custody, in two worlds side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from sim.outcomes.flows import PLACES, STAGE_OF, STAGES, Link
from sim.studies.compare import half_width
from sim.views.figures import BLUE, GREY, STYLE, new_figure, wrapped
from sim.views.results import PER
from sim.views.tables import number, with_half

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORANGE: Final = "#D55E00"
HEIGHT: Final = 6.6
_INK: Final = {"transferred": BLUE, "at_large": ORANGE}
_BAR: Final = 0.09  # width of a place, where stages are 1 apart
_GAP: Final = 0.03  # between places, as a share of all that flows
_SMALL: Final = 7.0  # points, of labels
_LINE: Final = 1.25 * _SMALL / 72  # inches that a line of a label takes
_LETTERS: Final = 12  # of a label, before the bar of the next stage
_PANEL: Final = (0.09, 0.93)  # where panels begin and end, as shares of the height
_HEAD, _FOOT = 0.14, 0.04  # room above and below what is drawn, as shares of all that flows


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a place is drawn: its stage, its upper end, how much flows through it, what its label needs."""

    stage: int
    top: float
    size: float
    room: float


def flow_figure(
    worlds: Sequence[tuple[str, Mapping[Link, float]]], halves: Sequence[Mapping[str, float]] = ()
) -> Figure:
    """Return a figure of the flow in each world, all on one scale.

    Parameters
    ----------
    worlds
        Title and links (from, to; what enters comes from `""`) per 100,000 residents and year.
    halves
        For each world half of the 95 % interval of what flows through each place (`halves_of`), or nothing.
    """
    most = max((_total(links) for _, links in worlds), default=0.0) or 1.0
    labels = [_labels(links, halves[k] if halves else {}) for k, (_, links) in enumerate(worlds)]
    per_inch = _scale([(links, own) for (_, links), own in zip(worlds, labels, strict=True)], most)
    with mpl.rc_context(STYLE):
        figure = new_figure(HEIGHT)
        axes = figure.subplots(1, len(worlds), squeeze=False)[0]
        for panel, (title, links), own in zip(axes, worlds, labels, strict=True):
            _panel(panel, title, links, own, most, per_inch)
            room = HEIGHT * (_PANEL[1] - _PANEL[0]) * per_inch
            panel.set_ylim(_HEAD * most - room, _HEAD * most)
        figure.subplots_adjust(left=0.01, right=0.995, top=_PANEL[1], bottom=_PANEL[0], wspace=0.03)
        figure.text(0.01, 0.02, _note(halves), fontsize=8.5, ha="left", linespacing=1.3)
    return figure


def sizes_of(links: Mapping[Link, float]) -> dict[str, float]:
    """Return how much flows through each place."""
    return {place: sum(x for (_, to), x in links.items() if to == place) for place in PLACES}


def halves_of(rows: pd.DataFrame) -> dict[str, float]:
    """Return half of the 95 % interval of what flows through each place, on average over replications.

    `rows` are those of `flows.csv` for one world; nothing is returned for fewer than two replications.
    """
    each = rows.pivot_table(index="replication", columns="to", values="value", aggfunc="sum", fill_value=0.0)
    if len(each) < 2:
        return {}
    return {
        str(place): half_width(float(np.std(each[place], ddof=1)), len(each))
        for place in each.columns
        if place in PLACES
    }


def _note(halves: Sequence[Mapping[str, float]]) -> str:
    note = f"Mean number of people {PER}; the height of a band is in proportion, on one scale."
    if not any(halves):
        return note
    return (
        f"{note}\n± is half of the 95 % interval of a mean, for each world by itself; as the worlds share "
        "their luck, what differs between them is known better."
    )


def _total(links: Mapping[Link, float]) -> float:
    return sum(x for (start, _), x in links.items() if not start)


def _labels(links: Mapping[Link, float], halves: Mapping[str, float]) -> dict[str, str]:
    """Return the label of each place through which something flows."""
    return {
        place: f"{wrapped(PLACES[place], _LETTERS)}\n"
        + (with_half(size, halves[place]) if place in halves else number(size))
        for place, size in sizes_of(links).items()
        if size > 0
    }


def _scale(worlds: Sequence[tuple[Mapping[Link, float], Mapping[str, str]]], most: float) -> float:
    """Return how many people an inch stands for, so that every place has room for its label."""
    inches, low, high = HEIGHT * (_PANEL[1] - _PANEL[0]), 0.0, 100.0 * most
    for _ in range(40):
        middle = (low + high) / 2
        lowest = min(_lowest(_places(links, labels, most, middle)) for links, labels in worlds)
        fits = (_HEAD + _FOOT) * most - lowest <= inches * middle
        low, high = (low, middle) if fits else (middle, high)
    return high


def _lowest(places: Mapping[str, _Place]) -> float:
    return min((p.top - max(p.size, p.room) for p in places.values()), default=0.0)


def _panel(
    panel: Axes,
    title: str,
    links: Mapping[Link, float],
    labels: Mapping[str, str],
    most: float,
    per_inch: float,
) -> None:
    """Draw a world."""
    panel.set_axis_off()
    panel.set_xlim(-0.06, len(STAGES) - 1 + 0.98)
    panel.set_title(wrapped(title, 52), loc="left", fontweight="bold")
    places = _places(links, labels, most, per_inch)
    for k, stage in enumerate(STAGES):
        panel.text(k, 0.035 * most, wrapped(stage.words, 13), fontsize=7.5, color=GREY, va="bottom")
    _bands(panel, links, places)
    for name, place in places.items():
        ink = _INK.get(name, "black")
        panel.add_patch(
            Rectangle((place.stage, place.top - place.size), _BAR, place.size, color=ink, zorder=3)
        )
        given: dict[str, Any] = {"va": "center", "fontsize": _SMALL, "zorder": 4, "linespacing": 1.05}
        box: dict[str, Any] = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.4}
        middle = place.top - max(place.size, place.room) / 2
        panel.text(place.stage + _BAR + 0.03, middle, labels[name], color=ink, bbox=box, **given)


def _places(
    links: Mapping[Link, float], labels: Mapping[str, str], most: float, per_inch: float
) -> dict[str, _Place]:
    """Stack the places of each stage from the top, those listed last first, each with room for its label."""
    sizes, found = sizes_of(links), {}
    for k, stage in enumerate(STAGES):
        top = 0.0
        for name in reversed(stage.places):
            if sizes[name] > 0:
                room = (labels[name].count("\n") + 1) * _LINE * per_inch
                found[name] = _Place(k, top, sizes[name], room)
                top -= max(sizes[name], room) + _GAP * most
    return found


def _bands(panel: Axes, links: Mapping[Link, float], places: Mapping[str, _Place]) -> None:
    """Draw the bands, each leaving and entering beside the others in their order."""
    left = {name: place.top for name, place in places.items()}
    right = dict(left)
    order = {name: -k for k, name in enumerate(PLACES)}
    inner = [(link, x) for link, x in links.items() if link[0] and x > 0]
    starts: dict[Link, float] = {}
    for link, x in sorted(inner, key=lambda item: (STAGE_OF[item[0][1]], order[item[0][1]])):
        starts[link] = left[link[0]]
        left[link[0]] -= x
    for link, x in sorted(inner, key=lambda item: (order[item[0][0]], order[item[0][1]])):
        begin, end = places[link[0]], places[link[1]]
        ink = _INK.get(link[1]) or _INK.get(link[0]) or GREY
        x0, x1 = begin.stage + _BAR, float(end.stage)
        panel.add_patch(_band((x0, starts[link]), (x1, right[link[1]]), x, ink))
        right[link[1]] -= x


def _band(start: tuple[float, float], end: tuple[float, float], size: float, ink: str) -> PathPatch:
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + x1) / 2
    points = [
        (x0, y0),
        (middle, y0),
        (middle, y1),
        (x1, y1),
        (x1, y1 - size),
        (middle, y1 - size),
        (middle, y0 - size),
        (x0, y0 - size),
        (x0, y0),
    ]
    kinds = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3, Outline.CLOSEPOLY]
    return PathPatch(Outline(points, kinds), facecolor=ink, edgecolor="none", alpha=0.28, zorder=1)
