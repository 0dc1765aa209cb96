"""The flow of people through ICE's notice, the jail's answer and custody, in two worlds side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline

from sim.outcomes.flows import PLACES, STAGE_OF, STAGES, Link
from sim.views.figures import BLUE, GREY, STYLE, new_figure, wrapped
from sim.views.results import PER
from sim.views.tables import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ORANGE: Final = "#D55E00"
HEIGHT: Final = 5.6
_INK: Final = {"transferred": BLUE, "at_large": ORANGE}
_BAR: Final = 0.09  # width of a place, where stages are 1 apart
_GAP: Final = 0.055  # between places, as a share of all that flows
_CUSTODY: Final = STAGES[3].places


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a place is drawn: its stage, its upper end, and how much flows through it."""

    stage: int
    top: float
    size: float


def flow_figure(worlds: Sequence[tuple[str, Mapping[Link, float]]]) -> Figure:
    """Return a figure of the flow in each world, all on one scale.

    Parameters
    ----------
    worlds
        Title and links (from, to; what enters comes from `""`) per 100,000 residents and year.
    """
    most = max((_total(links) for _, links in worlds), default=0.0) or 1.0
    with mpl.rc_context(STYLE):
        figure = new_figure(HEIGHT)
        axes = figure.subplots(1, len(worlds), squeeze=False)[0]
        lowest = min(
            _panel(panel, title, links, most) for panel, (title, links) in zip(axes, worlds, strict=True)
        )
        for panel in axes:
            panel.set_ylim(lowest - 0.12 * most, 0.14 * most)
        figure.subplots_adjust(left=0.01, right=0.99, top=0.9, bottom=0.07, wspace=0.06)
        note = f"Mean number of people {PER}; the height of a band is in proportion, on one scale."
        figure.text(0.01, 0.02, note, fontsize=8.5, ha="left")
    return figure


def sizes_of(links: Mapping[Link, float]) -> dict[str, float]:
    """Return how much flows through each place."""
    return {place: sum(x for (_, to), x in links.items() if to == place) for place in PLACES}


def _total(links: Mapping[Link, float]) -> float:
    return sum(x for (start, _), x in links.items() if not start)


def _panel(panel: Axes, title: str, links: Mapping[Link, float], most: float) -> float:
    """Draw a world; return the lowest point of it."""
    panel.set_axis_off()
    panel.set_xlim(-0.12, len(STAGES) - 1 + 0.95)
    panel.set_title(wrapped(title, 52), loc="left", fontweight="bold")
    places = _places(links, most)
    for k, stage in enumerate(STAGES):
        panel.text(k, 0.035 * most, wrapped(stage.words, 13), fontsize=7.5, color=GREY, va="bottom")
    _bands(panel, links, places)
    for name, place in places.items():
        ink = _INK.get(name, "black")
        panel.add_patch(
            Rectangle((place.stage, place.top - place.size), _BAR, place.size, color=ink, zorder=3)
        )
        label = f"{wrapped(PLACES[name], 17)}\n{number(place.size)}"
        middle: dict[str, Any] = {"va": "center", "fontsize": 7.2, "zorder": 4, "linespacing": 1.05}
        box: dict[str, Any] = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6}
        panel.text(
            place.stage + _BAR + 0.04, place.top - place.size / 2, label, color=ink, bbox=box, **middle
        )
    return min((p.top - p.size for p in places.values()), default=0.0)


def _places(links: Mapping[Link, float], most: float) -> dict[str, _Place]:
    """Stack the places of each stage from the top, those listed last first."""
    sizes, found = sizes_of(links), {}
    for k, stage in enumerate(STAGES):
        top = 0.0
        for name in reversed(stage.places):
            if sizes[name] > 0:
                found[name] = _Place(k, top, sizes[name])
                top -= max(sizes[name], 0.035 * most) + _GAP * most
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
