"""A figure of a sweep: what each lever changes over the whole design, under each preset."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import matplotlib as mpl

from sim.outcomes.definitions import BY_NAME
from sim.studies.sweeps.results import Found
from sim.views.figures import STYLE, effect_point, new_figure, wrapped
from sim.views.results import PER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 3


def sweep_figure(found: Found) -> Figure:
    """Return the paired effects, mean over all points with 95 % intervals: a panel an outcome.

    A sweep without levers has no effects, and its figure says so.
    """
    presets = found.sweep.layout.preset_names
    effects = [(preset, e) for p, preset in enumerate(presets) for e in found.overall(p)]
    names = list(dict.fromkeys((preset, e.lever) for preset, e in effects))
    outcomes = list(dict.fromkeys(e.outcome for _, e in effects))
    rows = max(1, math.ceil(len(outcomes) / ACROSS))
    with mpl.rc_context(STYLE):
        figure = new_figure(rows * (0.95 + 0.3 * len(names)) + 0.5)
        if not effects:
            figure.text(0.5, 0.5, "This sweep has no levers, and so no effects.", ha="center")
            return figure
        axes = figure.subplots(rows, min(ACROSS, len(outcomes)), sharey=True, squeeze=False)
        for k, panel in enumerate(axes.flat):
            if k >= len(outcomes):
                panel.set_visible(False)
                continue
            panel.axvline(0, color="black", linewidth=0.8, zorder=1)
            for preset, effect in effects:
                if effect.outcome == outcomes[k]:
                    effect_point(panel, names.index((preset, effect.lever)), effect)
            panel.set_title(wrapped(BY_NAME[outcomes[k]].label, 36), loc="left")
            panel.tick_params(axis="y", length=0)
            panel.spines["left"].set_visible(False)
        labels = [wrapped(lever + (f" ({preset})" if preset else ""), 30) for preset, lever in names]
        axes[0, 0].set_yticks(range(len(names)), labels)
        axes[0, 0].set_ylim(len(names) - 0.4, -0.6)
        figure.supxlabel(f"Paired difference, rates {PER}; hollow: below noise", fontsize=9)
        figure.set_layout_engine("constrained")
    return figure
