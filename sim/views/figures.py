"""Figures of a comparison: what each lever changes, and the pathway with and without it.

Colours are of the Okabe–Ito set, and nothing is told by colour alone, so that the figures can be read by
everybody and when printed in grey.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import Bbox

from sim.outcomes.definitions import OUTCOMES, Outcome
from sim.outcomes.files import write_bytes
from sim.scenario.lever_uses import split_use
from sim.studies.compare import COMBINED, Effect
from sim.views.results import FUNNEL, PER, Compared, count, length
from sim.views.tables import number, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE: Final = "#0072B2"
GREY: Final = "#6E6E6E"
PALE: Final = "#D9D9D9"
WIDTH: Final = 10.0  # inches, 1,600 pixels at DPI
DPI: Final = 160
COLUMNS: Final = 3
MOST_ACROSS: Final = 4
HEAD: Final = 0.4  # inches above and below the panels
FOOT: Final = 0.95
STYLE: Final[Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.labelsize": 8,
    "svg.hashsalt": "enforcement-pathways",
}
_HOLLOW: Final[dict[str, Any]] = {
    "marker": "o",
    "markersize": 6,
    "markeredgewidth": 1.3,
    "markerfacecolor": "white",
}
_CHANGE: Final[dict[str, Any]] = {"marker": "o", "markersize": 6, "color": BLUE}
_NOISE: Final[dict[str, Any]] = {**_HOLLOW, "color": GREY}
_UNKNOWN: Final[dict[str, Any]] = {**_HOLLOW, "marker": "D", "color": GREY}
_EQUAL: Final[dict[str, Any]] = {
    "marker": "|",
    "markersize": 11,
    "markeredgewidth": 2.6,
    "color": GREY,
    "linestyle": "none",
}
_BASE: Final[dict[str, Any]] = {**_HOLLOW, "markersize": 7, "color": "black", "linestyle": "none"}
_SAME: Final[dict[str, Any]] = {"marker": "o", "markersize": 4, "color": GREY, "linestyle": "none"}
_NONE: Final[dict[str, Any]] = {"marker": "<", "markersize": 6, "color": BLUE, "linestyle": "none"}


def write_figures(folder: Path, comparison: Compared) -> list[Path]:
    """Write both figures as PNG and SVG, and return where they are."""
    written = []
    for name, draw in (("effects", effects_figure), ("funnel", funnel_figure)):
        figure = draw(comparison)
        for kind in ("png", "svg"):
            written.append(folder / f"{name}.{kind}")
            write_bytes(written[-1], saver(figure, kind))
    return written


def saver(figure: Figure, kind: str, dpi: int = DPI) -> Callable[[IO[bytes]], None]:
    """Return what writes a figure into a file."""
    about = {"Date": None} if kind == "svg" else {}  # the same comparison gives the same bytes

    def save(file: IO[bytes]) -> None:
        with mpl.rc_context(STYLE):
            figure.savefig(file, format=kind, dpi=dpi, metadata=about)

    return save


def effects_figure(comparison: Compared) -> Figure:
    """Return a figure of the paired effects: a panel an outcome, a line a lever.

    A filled point is a change, a hollow one is below noise, a bar across the zero line says that every pair
    of worlds is equal.  Each panel has its own axis, in the unit that all share.
    """
    outcomes = [o for o in OUTCOMES if o.main is True]
    names = comparison.names[1:]
    rows = math.ceil(len(outcomes) / COLUMNS)
    with mpl.rc_context(STYLE):
        figure = new_figure(rows * (0.95 + 0.3 * len(names)) + HEAD + FOOT)
        axes = figure.subplots(rows, COLUMNS, sharey=True, squeeze=False)
        for k, panel in enumerate(axes.flat):
            if k < len(outcomes):
                _effect_panel(panel, [comparison.effect(n, outcomes[k].name) for n in names], outcomes[k])
            else:
                panel.set_visible(False)
        for panel in axes[:, 0]:
            panel.set_yticks(range(len(names)), [_label(comparison, name, 26) for name in names])
        axes[0, 0].set_ylim(len(names) - 0.4, -0.6)
        axis = f"Paired difference from the base, {PER}; at the right the same as a share of the base"
        _frame(figure, comparison, "What each lever changes", axis, _effect_key())
    return figure


class Shown(Figure):
    """A figure that a notebook shows, whether or not it has set up matplotlib."""

    def _repr_png_(self) -> bytes:
        stream = io.BytesIO()
        saver(self, "png", dpi=100)(stream)
        return stream.getvalue()


def new_figure(height: float) -> Figure:
    """Return an empty figure of this height in inches."""
    figure = Shown(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def _frame(figure: Figure, comparison: Compared, title: str, axis: str, key: list[Line2D]) -> None:
    """Write title, axis, key and what was run into the strips above and below the panels."""
    height, settings = figure.get_figheight(), comparison.settings
    run = (
        f"{comparison.name}. {count(settings.replications, 'replication')} of "
        f"{settings.residents:,} residents for {length(settings)}, seed {settings.seed}."
    )
    room = (0.005, FOOT / height, 0.99, 1 - (FOOT + HEAD) / height)
    figure.set_layout_engine("constrained", rect=room, h_pad=0.08)
    left: dict[str, Any] = {"x": 0.01, "ha": "left", "va": "bottom", "in_layout": False}
    figure.text(y=1 - 0.28 / height, s=title, fontsize=13, fontweight="bold", **left)
    figure.text(y=0.66 / height, s=axis, fontsize=9.5, **left)
    figure.text(y=0.1 / height, s=run, fontsize=8.5, **left)
    place = (0.0, 0.27 / height)
    legend = figure.legend(
        handles=key, loc="lower left", bbox_to_anchor=place, ncols=len(key), frameon=False, fontsize=8.5
    )
    legend.set_in_layout(False)
    settle(figure)


def settle(figure: Figure) -> None:
    """Lay the panels out once, on round positions: the solver's last digits differ from run to run."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for panel in figure.axes:
        panel.set_position(Bbox(panel.get_position().get_points().round(4)))


def _label(comparison: Compared, name: str, width: int) -> str:
    """Return the title of a lever, with its parameters where they were given."""
    if name in ("base", COMBINED):
        return "Base" if name == "base" else "All levers together"
    _, parameters = split_use(name)
    return wrapped(comparison.lever_title(name) + (f" ({parameters})" if parameters else ""), width)


def wrapped(text: str, width: int) -> str:
    """Return a text in lines of at most `width` signs."""
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False) or [text])


def _effect_panel(panel: Axes, effects: Sequence[Effect], outcome: Outcome) -> None:
    panel.axvline(0, color="black", linewidth=0.8, zorder=1)
    for k, effect in enumerate(effects):
        effect_point(panel, k, effect)
        text = "0" if effect.verdict == "no change" else minus(percent(effect.relative))
        beside: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "va": "center", "fontsize": 8}
        panel.text(1.02, k, text, color=ink_of(effect), fontweight=weight_of(effect), **beside)
    limits = limits_of(effects)
    panel.set_xlim(*(limits or (-1.0, 1.0)))
    panel.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2) if limits else FixedLocator([0.0]))
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.set_title(f"{wrapped(outcome.label, 36)}\nbase {number(effects[0].base)}", loc="left")


def effect_point(panel: Axes, k: int, effect: Effect) -> None:
    """Draw an effect on line `k` of a panel, with its interval; its form says what can be told of it."""
    if math.isnan(effect.difference):
        return
    if effect.verdict == "no change":
        panel.plot([0], [k], zorder=3, **_EQUAL)
        return
    if not math.isnan(effect.ci_low):
        panel.plot([effect.ci_low, effect.ci_high], [k, k], color=ink_of(effect), linewidth=1.6, zorder=2)
    style = {"change": _CHANGE, "below noise": _NOISE}.get(effect.verdict, _UNKNOWN)
    panel.plot([effect.difference], [k], zorder=3, **style)


def ink_of(effect: Effect) -> str:
    """Return the colour of an effect."""
    return BLUE if effect.verdict == "change" else GREY


def weight_of(effect: Effect) -> str:
    """Return a weight that tells a change from noise where there is no colour."""
    return "bold" if effect.verdict == "change" else "normal"


def minus(text: str) -> str:
    """Return a number with the sign that print uses."""
    return text.replace("-", "−")


def limits_of(effects: Sequence[Effect]) -> tuple[float, float] | None:
    """Return an axis that holds zero and all intervals, or None where all is zero."""
    ends = [x for e in effects for x in (e.ci_low, e.ci_high, e.difference) if not math.isnan(x)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    pad = 0.08 * (high - low)
    return (low - pad, high + pad) if low < high else None


def _effect_key() -> list[Line2D]:
    return [
        Line2D([], [], label="change, with 95 % interval", linewidth=1.6, **_CHANGE),
        Line2D([], [], label="below noise: the interval holds zero", linewidth=1.6, **_NOISE),
        Line2D([], [], label="no change: the worlds are the same", **_EQUAL),
        Line2D([], [], label="none seen", linewidth=0, **_UNKNOWN),
    ]


def funnel_figure(comparison: Compared) -> Figure:
    """Return a figure of the pathway: a panel a world, a line a stage, on a logarithmic axis.

    The base appears in every panel as a hollow point, and each value stands beside its line, so that a few
    transfers can be read as well as thousands of stops.
    """
    names = comparison.names
    rows = math.ceil(len(names) / MOST_ACROSS)
    across = math.ceil(len(names) / rows)
    with mpl.rc_context(STYLE):
        figure = new_figure(rows * (0.24 * len(FUNNEL) + 0.75) + HEAD + FOOT)
        axes = figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False)
        axes[0, 0].set_xscale("log")
        axes[0, 0].set_xlim(*_decades(comparison))
        axes[0, 0].set_ylim(len(FUNNEL) - 0.4, -0.6)
        for k, panel in enumerate(axes.flat):
            if k < len(names):
                _funnel_panel(panel, comparison, names[k])
                panel.set_title(_label(comparison, names[k], 28), loc="left", fontweight="bold")
            else:
                panel.set_visible(False)
        for panel in axes[:, 0]:
            panel.set_yticks(range(len(FUNNEL)), list(FUNNEL.values()))
        axis = f"Mean {PER}, on a logarithmic axis; people arrested at large join at detention"
        _frame(figure, comparison, "From stop to removal", axis, _funnel_key())
    return figure


def _decades(comparison: Compared) -> tuple[float, float]:
    stages = [e for e in comparison.effects if e.outcome in FUNNEL and not e.group]
    positive = [x for e in stages for x in (e.base, e.value) if x > 0] or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    return 10.0 ** (low - 0.3), 10.0 ** (max(high, low + 1) + 0.1)


def _funnel_panel(panel: Axes, comparison: Compared, name: str) -> None:
    """Draw the stages of one world, and those of the base where it is another."""
    for k, stage in enumerate(FUNNEL):
        panel.axhline(k, color=PALE, linewidth=0.6, zorder=0)
        if name == "base":
            _stage(panel, k, comparison.effect(comparison.names[1], stage), is_base=True)
        else:
            _stage(panel, k, comparison.effect(name, stage), is_base=False)
    panel.xaxis.set_major_locator(LogLocator(base=100.0))
    panel.xaxis.set_minor_locator(LogLocator(base=10.0))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.tick_params(axis="x", labelbottom=True)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)


def _stage(panel: Axes, k: int, effect: Effect, *, is_base: bool) -> None:
    edge = panel.get_xlim()[0]
    base, value = max(effect.base, edge), max(effect.value, edge)
    shown, ink = effect.base if is_base else effect.value, "black" if is_base else ink_of(effect)
    text = number(shown)
    if is_base:
        panel.plot([base], [k], zorder=2, clip_on=False, **_BASE)
    else:
        panel.plot([base, value], [k, k], color=ink, linewidth=1.2, zorder=1)
        if not math.isnan(effect.ci_low):
            ends = [max(effect.base + x, edge) for x in (effect.ci_low, effect.ci_high)]
            panel.plot(ends, [k, k], color=ink, linewidth=4.5, alpha=0.35, solid_capstyle="butt", zorder=1)
        panel.plot([base], [k], zorder=2, clip_on=False, **_BASE)
        style = _NONE if effect.value == 0 else _CHANGE if effect.verdict == "change" else _SAME
        panel.plot([value], [k], zorder=3, clip_on=False, **style)
        if effect.verdict != "no change":
            text += f"  ({minus(percent(effect.relative))})"
    beside: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "va": "center", "fontsize": 8}
    panel.text(1.03, k, text, color=ink, fontweight="normal" if is_base else weight_of(effect), **beside)


def _funnel_key() -> list[Line2D]:
    return [
        Line2D([], [], label="base", **_BASE),
        Line2D([], [], label="with the lever: change", **_CHANGE),
        Line2D([], [], label="below noise, or no change", **_SAME),
        Line2D([], [], label="95 % interval", color=GREY, linewidth=4.5, alpha=0.35),
        Line2D([], [], label="none at all", **_NONE),
    ]
