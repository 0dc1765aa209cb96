"""The figure of `sim decide`: every option's regret in each goal, as found and with the choice split off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sim.outcomes.definitions import BY_NAME
from sim.studies.aims import Goal
from sim.studies.decisions import Decision, Regret, at_least_none
from sim.views.figures import BLUE, GREY, HEAD, PALE, STYLE, new_figure, settle, wrapped
from sim.views.results import count, length

if TYPE_CHECKING:
    from matplotlib.axes import Axes

VERMILION: Final = "#D55E00"
FOOT: Final = 1.18  # inches below the panels
ROW: Final = 0.62  # inches of an option
ACROSS: Final = 2
# Statistic → its words, its mark, its colour, and its place in the option's row.
MARKS: Final[dict[str, tuple[str, dict[str, Any], float]]] = {
    "mean": ("mean over states", {"marker": "o", "color": BLUE}, -0.24),
    "p90": ("90th percentile", {"marker": "^", "color": GREY}, 0.0),
    "max": ("maximum", {"marker": "s", "color": VERMILION}, 0.24),
}
SIZE: Final = 5.0
# Larger than a filled mark and behind it, so that both are seen where they are equal.
_HOLLOW: Final[dict[str, Any]] = {"markerfacecolor": "white", "markeredgewidth": 1.2, "markersize": 9.0}


def regret_figure(decision: Decision) -> Figure:
    """Return a figure of regrets: a panel a goal, a row an option, three statistics over the states.

    A filled mark is the regret as found, with its 95 % interval; a hollow one the regret where half of the
    replications choose and the other half measures.  What is true lies between them on average.
    """
    goals, options = decision.aims.goals, decision.states.options
    across = min(ACROSS, len(goals))
    rows = math.ceil(len(goals) / across)
    with mpl.rc_context(STYLE):
        figure = new_figure(rows * (0.9 + ROW * len(options)) + HEAD + FOOT)
        axes = figure.subplots(rows, across, sharey=True, squeeze=False)
        for k, panel in enumerate(axes.flat):
            if k < len(goals):
                _panel(panel, decision, goals[k])
            else:
                panel.set_visible(False)
        for panel in axes[:, 0]:
            panel.set_yticks(range(len(options)), [wrapped(name, 30) for name in options])
        axes[0, 0].set_ylim(len(options) - 0.5, -0.5)
        _frame(figure, decision)
    return figure


def _panel(panel: Axes, decision: Decision, goal: Goal) -> None:
    found = [x for x in decision.regrets if x.outcome == goal.outcome]
    outcome = BY_NAME[goal.outcome]
    panel.axvline(0, color="black", linewidth=0.8, zorder=1)
    for k, option in enumerate(decision.states.options):
        if k:
            panel.axhline(k - 0.5, color=PALE, linewidth=0.6, zorder=0)
        for each in found:
            if each.option == option:
                _marks(panel, k, each)
    panel.set_title(
        wrapped(goal.words, 46 if len(decision.aims.goals) > 1 else 100), loc="left", fontweight="bold"
    )
    panel.set_xlabel(wrapped(f"Regret, {outcome.unit}", 60))
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.tick_params(axis="y", length=0)
    low, high = panel.get_xlim()
    panel.set_xlim(min(low, -0.03 * high), max(high, 1e-9) * 1.02)


def _marks(panel: Axes, row: int, each: Regret) -> None:
    _, mark, shift = MARKS[each.statistic]
    y = row + shift
    if math.isfinite(each.ci_low):
        panel.plot([each.ci_low, each.ci_high], [y, y], color=mark["color"], linewidth=1.4, zorder=2)
    panel.plot(each.regret, y, linestyle="none", zorder=4, **({"markersize": SIZE} | mark))
    if math.isfinite(each.split):
        panel.plot(at_least_none(each.split), y, linestyle="none", zorder=3, **(mark | _HOLLOW))


def _frame(figure: Figure, decision: Decision) -> None:
    """Write title, key and what was run into the strips above and below the panels."""
    height, states = figure.get_figheight(), decision.states
    settings = decision.sweep.layout.settings
    figure.set_layout_engine(
        "constrained", rect=(0.005, FOOT / height, 0.985, 1 - (FOOT + HEAD) / height), h_pad=0.08, w_pad=0.1
    )
    left: dict[str, Any] = {"x": 0.01, "ha": "left", "va": "bottom", "in_layout": False}
    title = f"Regret of each option over {count(len(states.points), 'state')} of the world"
    figure.text(y=1 - 0.28 / height, s=title, fontsize=13, fontweight="bold", **left)
    said = (
        "How much worse than the best option of the same state.  Line: 95 % interval over replications.",
        "What is true of mean and maximum lies between the marks on average.",
    )
    few, many = int(states.replications.min()), int(states.replications.max())
    spread = count(few, "replication") if few == many else f"{few} to {many} replications"
    run = f"{spread} of {settings.residents:,} residents for {length(settings)}, seed {settings.seed}."
    for k, line in enumerate((run, *reversed(said))):
        figure.text(y=(0.1 + 0.18 * k) / height, s=line, fontsize=8.5, **left)
    key = [
        Line2D([], [], linestyle="none", markersize=SIZE, label=f"{words}, as found", **mark)
        for words, mark, _ in MARKS.values()
    ]
    key.append(
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            color="black",
            label="hollow: half chooses, half measures",
            **_HOLLOW,
        )
    )
    legend = figure.legend(
        handles=key,
        loc="lower left",
        bbox_to_anchor=(0.0, 0.63 / height),
        ncols=len(key),
        frameon=False,
        fontsize=8.5,
    )
    legend.set_in_layout(False)
    settle(figure)
