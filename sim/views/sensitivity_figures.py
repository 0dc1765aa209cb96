"""Figures of a sensitivity study: indices by outcome, and what each outcome varies by.

Colours are of the Okabe–Ito set, and shapes and hatches tell the same, so that both can be read in grey.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import write_bytes
from sim.studies.sensitivity.indices import CHANCE, Index, main_index
from sim.studies.sensitivity.study import EFFECT, OUTCOME, Analysis, Sensitivity
from sim.studies.sensitivity.variance import LUCK, PARAMETERS, PRESETS, Decomposition
from sim.views.figures import BLUE, GREY, HEAD, PALE, STYLE, new_figure, saver, settle, wrapped
from sim.views.results import count, length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACROSS: Final = 3  # panels side by side, at most
FOOT: Final = 1.0  # inches below the panels
HIGH: Final = 0.3  # more inches above them: the line with what was asked
VERMILION, GREEN, PINK, ORANGE, SKY = "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
_MARKS: Final = (
    (BLUE, "o"),
    (VERMILION, "s"),
    (GREEN, "^"),
    (PINK, "D"),
    (ORANGE, "v"),
    (SKY, "P"),
)
TOGETHER: Final = "luck x others"
# Of each part: fill, edge, hatch, ink.
_FILLS: Final = {
    PRESETS: (ORANGE, "white", "", "black"),
    PARAMETERS: (BLUE, "white", "", "white"),
    f"{PRESETS} x {PARAMETERS}": (SKY, "white", "\\\\\\\\", "black"),
    LUCK: (PALE, "white", "", "black"),
    TOGETHER: ("white", GREY, "////", "black"),
}
_LEGEND: Final = {
    PRESETS: "presets (structural)",
    PARAMETERS: "parameters",
    f"{PRESETS} x {PARAMETERS}": "presets with parameters",
    LUCK: "luck, alike at all points",
    TOGETHER: "luck with the others",
}
_AXIS: Final = {
    "morris": "mu*: mean change between the ends of a parameter's range, in the outcome's unit, with 95 % "
    "interval",
    "sobol": "Share of the variance between points, with 95 % interval",
    "pawn": "Median Kolmogorov–Smirnov distance, with 95 % interval; dotted: what 95 % of parameters without "
    "influence stay below",
}


def write_figures(done: Sensitivity) -> list[Path]:
    """Write both figures into the folder of a study."""
    written = []
    for name, draw in (("sensitivity", sensitivity_figure), ("uncertainty", uncertainty_figure)):
        written.append(done.sweep.folder / f"{name}.png")
        write_bytes(written[-1], saver(draw(done), "png"))
    return written


def sides(done: Sensitivity) -> list[tuple[str, str]]:
    """Return what is analysed, by kind and lever: the base's outcomes, and every lever's effects."""
    return [(OUTCOME, ""), *((EFFECT, arm.name) for arm in done.sweep.layout.arms[1:])]


def side_title(kind: str, lever: str) -> str:
    """Return a heading for the base's outcomes or a lever's effects."""
    return "The base" if kind == OUTCOME else f"Effect of {lever}"


def sensitivity_figure(done: Sensitivity) -> Figure:
    """Return a figure of the indices: a row an outcome, a panel for the base and each lever's effect.

    Parameters are sorted by their largest index in the row, and stand in the same order in all its panels.
    """
    across = sides(done)
    columns = _columns(len(across))
    blocks = [across[k : k + columns] for k in range(0, len(across), columns)]
    outcomes = list(dict.fromkeys(a.target.outcome for a in done.analyses))
    names, presets = done.design.names, done.sweep.layout.preset_names
    a_row = 0.8 + len(names) * (0.11 + 0.08 * len(presets))
    with mpl.rc_context(STYLE):
        figure = new_figure(len(outcomes) * len(blocks) * a_row + HEAD + HIGH + FOOT)
        axes = figure.subplots(len(outcomes) * len(blocks), columns, squeeze=False)
        for k, outcome in enumerate(outcomes):
            mine = {
                (a.target.kind, a.target.lever, a.target.preset): a
                for a in done.analyses
                if a.target.outcome == outcome
            }
            order = _sorted(done, list(mine.values()))
            for b, block in enumerate(blocks):
                row = axes[k * len(blocks) + b]
                for panel, side in zip(row, [*block, *[None] * (columns - len(block))], strict=True):
                    panel.set_visible(side is not None)
                    if side is not None:
                        _index_panel(panel, done, [mine[*side, p] for p in presets], order)
                        title = f"{BY_NAME[outcome].label}\n{side_title(*side)}"
                        width = 100 // columns
                        panel.set_title("\n".join(wrapped(t, width) for t in title.split("\n")), loc="left")
                row[0].set_yticks(range(len(order)), [short_names(names)[name] for name in order])
        _frame(figure, done, "Which parameters matter", _AXIS[done.design.method], _index_key(done))
    return figure


def _columns(panels: int) -> int:
    """Return how many panels stand side by side, so that rows are about as long."""
    return math.ceil(panels / math.ceil(panels / ACROSS))


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return names of parameters without the beginnings that are not needed to tell them apart."""
    short = {}
    for name in names:
        parts = name.split(".")
        ends = (".".join(parts[-n:]) for n in range(min(2, len(parts)), len(parts) + 1))
        alone = (e for e in ends if sum(o == e or o.endswith(f".{e}") for o in names) == 1)
        short[name] = next(alone, name)
    return short


def _sorted(done: Sensitivity, analyses: Sequence[Analysis]) -> list[str]:
    """Return the parameters, the strongest first: by their largest share of the greatest index of a panel."""
    best = dict.fromkeys(done.design.names, 0.0)
    for analysis in analyses:
        main = main_index(done.design.method, analysis.indices)
        most = max((x.value for x in main.values()), default=0.0)
        for name, x in main.items():
            best[name] = max(best[name], x.value / most if most > 0 else 0.0)
    return sorted(best, key=lambda name: -best[name])


def _index_panel(panel: Axes, done: Sensitivity, analyses: Sequence[Analysis], order: Sequence[str]) -> None:
    """Draw the indices of one number, under each preset."""
    method = done.design.method
    panel.axvline(0, color="black", linewidth=0.8, zorder=1)
    panel.set_ylim(len(order) - 0.4, -0.6)
    panel.set_yticks(range(len(order)), [""] * len(order))
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    for k in range(len(order)):
        panel.axhline(k, color=PALE, linewidth=0.5, zorder=0)
    drawn: list[Index] = []
    for p, analysis in enumerate(analyses):
        drawn += _draw_indices(panel, method, analysis, order, (p, len(analyses)))
    if not drawn:
        middle: dict[str, Any] = {"ha": "center", "va": "center", "transform": panel.transAxes}
        said = "nothing differs, or values are missing"
        panel.text(0.5, 0.5, said, color=GREY, fontsize=8, backgroundcolor="white", **middle)
    ends = [e for x in drawn for e in (x.value, x.ci_low, x.ci_high) if math.isfinite(e)]
    low, high = min([0.0, *ends]), max([0.0 if method == "morris" else 1.0, *ends])
    pad = 0.04 * (high - low)
    panel.set_xlim(low - pad, high + pad if high > low else 1.0)
    panel.xaxis.set_major_locator(MaxNLocator(4, min_n_ticks=2))


def _draw_indices(
    panel: Axes, method: str, analysis: Analysis, order: Sequence[str], place: tuple[int, int]
) -> list[Index]:
    """Draw the indices under one preset, the `place` of which is its number of so many."""
    ink, mark = _MARKS[place[0] % len(_MARKS)]
    shift = 0.0 if place[1] == 1 else 0.6 * (place[0] / (place[1] - 1) - 0.5)
    found = []
    for x in analysis.indices:
        if x.index == CHANCE:
            panel.axvline(x.value, color=ink, linewidth=1.0, linestyle=":", zorder=1)
            continue
        y = order.index(x.parameter) + shift
        if x.index == "S1":
            hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.0, "zorder": 4}
            panel.plot([x.value], [y], color=ink, marker=mark, markersize=3.5, **hollow)
            found.append(Index(x.parameter, x.index, x.value))
        elif x.index in ("ST", "mu_star", "median_KS"):
            panel.plot([x.ci_low, x.ci_high], [y, y], color=ink, linewidth=1.3, zorder=2)
            panel.plot([x.value], [y], color=ink, marker=mark, markersize=5, zorder=3)
            found.append(x)
    return found


def _index_key(done: Sensitivity) -> list[Line2D | Patch]:
    names = {"morris": "mu*", "sobol": "total: with the others", "pawn": "median distance"}
    title, presets = names[done.design.method], done.sweep.layout.preset_names
    key: list[Line2D | Patch] = []
    for k, preset in enumerate(presets):
        ink, mark = _MARKS[k % len(_MARKS)]
        label = f"{title}, {preset.replace('_', ' ')}" if preset else title
        key.append(Line2D([], [], color=ink, marker=mark, markersize=5, linewidth=1.3, label=label))
    if done.design.method == "sobol":
        hollow: dict[str, Any] = {"markerfacecolor": "white", "linestyle": "none", "markersize": 3.5}
        key.append(Line2D([], [], color=BLUE, marker="o", label="alone (hollow)", **hollow))
    return key


def uncertainty_figure(done: Sensitivity) -> Figure:
    """Return a figure of what each outcome varies by: a bar an outcome, a panel for base and each lever."""
    across = sides(done)
    columns = _columns(len(across))
    rows = math.ceil(len(across) / columns)
    outcomes = list(dict.fromkeys(t.outcome for t, _ in done.uncertainty))
    found = {(t.kind, t.lever, t.outcome): split for t, split in done.uncertainty}
    with mpl.rc_context(STYLE):
        figure = new_figure(rows * (0.75 + 0.3 * len(outcomes)) + HEAD + HIGH + FOOT)
        axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for k, panel in enumerate(axes.flat):
            panel.set_visible(k < len(across))
            if k < len(across):
                for y, outcome in enumerate(outcomes):
                    _bar(panel, y, found[*across[k], outcome])
                _bar_panel(panel, side_title(*across[k]), 100 // columns)
        axes[0, 0].set_ylim(len(outcomes) - 0.4, -0.6)
        for panel in axes[:, 0]:
            panel.set_yticks(range(len(outcomes)), [wrapped(BY_NAME[o].label, 32) for o in outcomes])
        axis = "Share of the variance over all points, assumptions and replications, in %"
        _frame(figure, done, "What each outcome varies by", axis, _bar_key(done))
    return figure


def _bar_panel(panel: Axes, title: str, width: int) -> None:
    panel.set_title(wrapped(title, width), loc="left")
    panel.set_xlim(0, 100)
    panel.set_xticks([0, 50, 100])
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)


def _bar(panel: Axes, y: int, split: Decomposition | None) -> None:
    parts = {} if split is None else parts_of(split)
    if not sum(parts.values()) > 0:
        panel.text(2, y, "nothing differs, or values are missing", va="center", fontsize=7.5, color=GREY)
        return
    start = 0.0
    for name, (fill, edge, hatch, ink) in _FILLS.items():
        wide = 100.0 * parts[name]
        panel.barh(
            y, wide, left=start, height=0.7, facecolor=fill, edgecolor=edge, hatch=hatch, linewidth=0.6
        )
        if wide >= 14:
            box = {"facecolor": fill, "edgecolor": "none", "pad": 0.8} if hatch else None
            panel.text(
                start + wide / 2,
                y,
                f"{wide:.0f}",
                ha="center",
                va="center",
                fontsize=7.5,
                color=ink,
                bbox=box,
            )
        start += wide


def parts_of(split: Decomposition) -> dict[str, float]:
    """Return the shares of a variance as they are shown: what luck does with the others in one."""
    both = f"{PRESETS} x {PARAMETERS}"
    alone = {name: split.share(name) for name in (PRESETS, PARAMETERS, both, LUCK)}
    together = sum(s.share for s in split.shares if LUCK in s.component and s.component != LUCK)
    return {**alone, TOGETHER: together}


def shown_parts(done: Sensitivity) -> list[str]:
    """Return which parts a study has."""
    structural, lucky = len(done.sweep.layout.presets) > 1, done.replications > 1
    missing = set() if structural else {PRESETS, f"{PRESETS} x {PARAMETERS}"}
    missing |= set() if lucky else {LUCK, TOGETHER}
    return [name for name in _FILLS if name not in missing]


def _bar_key(done: Sensitivity) -> list[Line2D | Patch]:
    words = dict(_LEGEND)
    if done.replications < 2:
        words[PARAMETERS] = "parameters, and luck that one replication cannot tell from them"
    return [
        Patch(facecolor=_FILLS[n][0], edgecolor=_FILLS[n][1], hatch=_FILLS[n][2], label=words[n])
        for n in shown_parts(done)
    ]


def _frame(figure: Figure, done: Sensitivity, title: str, axis: str, key: Sequence[Line2D | Patch]) -> None:
    """Write title, question, axis, key and what was run into the strips above and below the panels."""
    from sim.studies.sensitivity.design import METHODS

    height, settings = figure.get_figheight(), done.sweep.layout.settings
    method = METHODS[done.design.method]
    run = (
        f"{method.title}, {done.design.samples:,} {method.what}: {count(len(done.design.unit), 'point')}, "
        f"{count(done.replications, 'replication')} of {settings.residents:,} residents "
        f"for {length(settings)}, "
        f"seed {settings.seed}."
    )
    top = HEAD + HIGH
    room = (0.005, FOOT / height, 0.985, 1 - (FOOT + top) / height)
    figure.set_layout_engine("constrained", rect=room, h_pad=0.06)
    left: dict[str, Any] = {"x": 0.01, "ha": "left", "va": "bottom", "in_layout": False}
    figure.text(y=1 - 0.3 / height, s=title, fontsize=13, fontweight="bold", **left)
    question = wrapped(done.sweep.experiment.file.question, 110).split("\n")[0]
    figure.text(y=1 - 0.54 / height, s=question, fontsize=9.5, **left)
    figure.text(y=0.68 / height, s=axis, fontsize=9.5, **left)
    figure.text(y=0.1 / height, s=run, fontsize=8.5, **left)
    legend = figure.legend(
        handles=list(key),
        loc="lower left",
        bbox_to_anchor=(0.0, 0.28 / height),
        ncols=len(key),
        frameon=False,
        fontsize=8.5,
    )
    legend.set_in_layout(False)
    settle(figure)
