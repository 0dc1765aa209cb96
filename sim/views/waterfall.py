"""The figure of `sim explain`: from the base's number to the lever's, decision point by decision point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from sim.outcomes.decisions import title_of
from sim.studies.explain import Divergence, Row
from sim.views.figures import BLUE, GREY, HEAD, PALE, STYLE, minus, new_figure, settle, wrapped
from sim.views.results import PER, count, length
from sim.views.tables import decimals, fixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VERMILION: Final = "#D55E00"
MOST: Final = 9  # decision points shown by themselves
FOOT: Final = 1.0  # inches below the panel
STEP: Final = 0.46  # inches of a bar with its room
_FEWER: Final[Any] = {"facecolor": BLUE, "edgecolor": "white", "linewidth": 0.0}
_MORE: Final[Any] = {"facecolor": "white", "edgecolor": VERMILION, "linewidth": 1.2, "hatch": "////"}
_WHOLE: Final[Any] = {"facecolor": GREY, "edgecolor": "white", "linewidth": 0.0}
_POINT: Final[Any] = {"color": GREY, "marker": "D", "markersize": 9, "linestyle": "none"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A step of the waterfall, in events per 100,000 residents and year."""

    words: str
    start: float
    net: float
    averted: float
    added: float
    low: float
    high: float

    @property
    def interval(self) -> list[float]:
        """The ends of its 95 % interval on the axis; empty where there is none."""
        return [] if math.isnan(self.low) else [max(self.start + x, 0.0) for x in (self.low, self.high)]

    @property
    def end(self) -> float:
        """Where the next step begins."""
        return self.start + self.net


def bars_of(d: Divergence) -> list[Bar]:
    """Return the steps from the base's number to the lever's, the largest first, small ones together last."""
    rows = sorted(d.rows(summed=True), key=lambda r: (-abs(r.net), -r.people))
    chosen = rows if len(rows) <= MOST + 1 else rows[:MOST]
    found: list[Bar] = []
    start = d.events[0] * d.per_100k
    for row in chosen:
        found.append(_bar(title_of(row.decision), start, [row], d.per_100k))
        start = found[-1].end
    if rest := rows[len(chosen) :]:
        found.append(_bar(f"{len(rest)} other decisions", start, rest, d.per_100k))
    return found


def _bar(words: str, start: float, rows: Sequence[Row], per_100k: float) -> Bar:
    net, averted, added = (sum(getattr(r, name) for r in rows) for name in ("net", "averted", "added"))
    low, high = (rows[0].ci_low, rows[0].ci_high) if len(rows) == 1 else (math.nan, math.nan)
    return Bar(words, start, net * per_100k, averted * per_100k, added * per_100k, low, high)


def divergence_figure(d: Divergence) -> Figure:
    """Return a waterfall: the base's number, what parting at each decision changes, the lever's number."""
    bars = bars_of(d)
    with mpl.rc_context(STYLE):
        figure = new_figure(STEP * (len(bars) + 2) + HEAD + 0.5 + FOOT)
        panel = figure.subplots()
        cut = _draw(panel, d, bars)
        _frame(figure, d, cut=cut)
    return figure


def _draw(panel: Axes, d: Divergence, bars: Sequence[Bar]) -> bool:
    """Draw all bars; return whether the axis begins above zero."""
    base, lever = (events * d.per_100k for events in d.events)
    levels = [base, lever, *(x for bar in bars for x in (bar.start, bar.end))]
    left, right = _limits(min(levels), max(levels), [x for bar in bars for x in bar.interval])
    last, places = len(bars) + 1, decimals_of(d)
    for k, value in ((0, base), (last, lever)):
        if left > 0:
            panel.plot([value], [k], zorder=2, **_POINT)  # a bar would be read from zero
        else:
            panel.barh(k, value, height=0.62, zorder=2, **_WHOLE)
        _note(panel, k, fixed(value, places), "", "black")
    for k, bar in enumerate(bars, start=1):
        style, ink = (_MORE, VERMILION) if bar.net > 0 else (_FEWER, BLUE)
        panel.barh(k, bar.net, left=bar.start, height=0.62, zorder=2, **style)
        panel.plot(bar.interval, [k] * len(bar.interval), color="black", linewidth=1.0, zorder=3)
        parts = f"averted {fixed(bar.averted, places)}, added {fixed(bar.added, places)}"
        _note(panel, k, minus(fixed(bar.net, places, sign=True)), parts, ink)
    for k, level in enumerate([base, *(bar.end for bar in bars)]):
        panel.plot([level, level], [k, k + 1], color=GREY, linewidth=0.8, zorder=1)
    words = ["Base", *(wrapped(bar.words, 34) for bar in bars), "With the lever"]
    panel.set_yticks(range(len(words)), words)
    panel.set_ylim(last + 0.6, -0.6)
    panel.set_xlim(left, right)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(left == 0)
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    panel.set_axisbelow(True)
    panel.grid(axis="x", color=PALE, linewidth=0.6)
    return left > 0


def _limits(low: float, high: float, ends: Sequence[float]) -> tuple[float, float]:
    """Return an axis from zero, or from above it where the steps would else be too small to be seen."""
    if high <= 0:
        return 0.0, 1.0
    room = high - low
    left = 0.0 if low < 0.9 * high or room == 0 else max(min([low - 0.3 * room, *ends]), 0.0)
    most = max([high, *ends])
    return left, most + 0.06 * (most - left)


def decimals_of(d: Divergence) -> int:
    """Return how many decimals show the steps of a divergence, the same for all so that they add up."""
    most = max((abs(row.net_per_100k) for row in d.rows(summed=True)), default=1.0)
    return min(max(decimals(most), 1), 2)


def _note(panel: Axes, k: int, text: str, more: str, ink: str) -> None:
    """Write a number at the right of its bar, and beside it what it is made of."""
    beside: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "va": "center"}
    panel.text(1.085, k, text, color=ink, fontweight="bold", ha="right", fontsize=9, **beside)
    panel.text(1.1, k, more, color=GREY, ha="left", fontsize=8, **beside)


def _frame(figure: Figure, d: Divergence, *, cut: bool) -> None:
    """Write title, axis, key and what was run into the strips above and below the panel."""
    height, s = figure.get_figheight(), d.settings
    titles = " + ".join(use.file.title for use in d.worlds[1].levers[-len(d.levers) :])
    head = HEAD + 0.3
    figure.set_layout_engine("constrained", rect=(0.005, FOOT / height, 0.985, 1 - (FOOT + head) / height))
    left: dict[str, Any] = {"x": 0.01, "ha": "left", "va": "bottom", "in_layout": False}
    figure.text(
        y=1 - 0.3 / height,
        s=f"{d.outcome.label}: where two worlds part",
        fontsize=13,
        fontweight="bold",
        **left,
    )
    figure.text(
        y=1 - 0.56 / height, s=f"{d.worlds[0].settings.name}, without and with: {titles}", fontsize=10, **left
    )
    axis = f"{PER[:1].upper()}{PER[1:]}" + ("; the axis does not begin at zero" if cut else "")
    figure.text(y=0.72 / height, s=axis, fontsize=9.5, **left)
    said = (
        "Each step: what the outcome loses and gains by the people whose two timelines first differ at this "
        "decision. Line: 95 % interval of the step."
        if len(d.partings)
        else "Nobody has more of these in one world than in the other: there is nothing to explain."
    )
    run = (
        f"{count(s.replications, 'replication')} of {s.residents:,} residents for {length(s)}, seed {s.seed}."
    )
    figure.text(y=0.28 / height, s=said, fontsize=8.5, **left)
    figure.text(y=0.1 / height, s=run, fontsize=8.5, **left)
    world = "the outcome in a world"
    key: list[Patch | Line2D] = [
        Line2D([], [], label=world, **_POINT) if cut else Patch(label=world, **_WHOLE),
        Patch(label="fewer", **_FEWER),
        Patch(label="more", **_MORE),
    ]
    place = (0.0, 0.43 / height)
    legend = figure.legend(
        handles=key, loc="lower left", bbox_to_anchor=place, ncols=3, frameon=False, fontsize=8.5
    )
    legend.set_in_layout(False)
    settle(figure)
