"""A figure of one world: the funnel from stop to removal, with what luck makes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.ticker import FuncFormatter

from sim.studies.run import Run
from sim.views.figures import BLUE, PALE, STYLE, new_figure
from sim.views.results import FUNNEL, PER, about
from sim.views.tables import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def run_figure(run: Run) -> Figure:
    """Return the mean of each stage on a logarithmic axis, and the least and greatest of the replications."""
    found = {s.outcome.name: s for s in run.summaries()}
    stages = [found[name] for name in FUNNEL]
    positive = [s.mean for s in stages if s.mean > 0] or [1.0]
    edge = 10.0 ** (math.floor(math.log10(min(positive))) - 0.3)
    with mpl.rc_context(STYLE):
        figure = new_figure(0.28 * len(stages) + 1.3)
        panel = figure.subplots()
        panel.set_xscale("log")
        for k, stage in enumerate(stages):
            panel.axhline(k, color=PALE, linewidth=0.6, zorder=0)
            low, high = max(stage.low, edge), max(stage.high, edge)
            panel.plot([low, high], [k, k], color=BLUE, linewidth=2.0, zorder=1)
            panel.plot([max(stage.mean, edge)], [k], "o", color=BLUE, markersize=6, zorder=2, clip_on=False)
            panel.text(1.02, k, number(stage.mean), transform=panel.get_yaxis_transform(), va="center")
        panel.set_xlim(edge, 10.0 ** (math.ceil(math.log10(max(positive))) + 0.1))
        panel.set_ylim(len(stages) - 0.4, -0.6)
        panel.set_yticks(range(len(stages)), list(FUNNEL.values()))
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
        panel.set_title(about(run.world, run.settings), loc="left", fontweight="bold")
        panel.set_xlabel(f"Mean {PER}, logarithmic; the line runs from the least to the greatest replication")
        figure.set_layout_engine("constrained")
    return figure
