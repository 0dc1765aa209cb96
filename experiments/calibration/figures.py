"""The figures of the finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from experiments.figures import BLUE, GREY, canvas, save


def _labelled(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)


def draw_rows(rows: pd.DataFrame, file: Path) -> None:
    """Draw where each row stands in its published range, at the shipped and at the best point."""
    figure = canvas(9.0, 0.3 * len(rows) + 1.2)
    axes = figure.subplots()
    width = rows.high - rows.low
    axes.axvspan(0.0, 1.0, color="#E8E8E8")
    for name, colour, marker, shift in (("shipped", GREY, "o", -0.13), ("best", BLUE, "D", 0.13)):
        place = (rows[name] - rows.low) / width
        error = 1.96 * rows[f"{name}_mcse"] / width
        y = np.arange(len(rows)) + shift
        axes.errorbar(place, y, xerr=error, fmt=marker, ms=4.5, color=colour, lw=1, label=f"{name} point")
    marks = ["" if fitted else " (not fitted)" for fitted in rows.fitted]
    _labelled(axes, [f"{r}  {w}{m}" for r, w, m in zip(rows.row, rows.what, marks, strict=True)])
    axes.set_xlabel("place in the published range (0: lower end, 1: upper end), 95 % interval")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
    save(figure, file)


def draw_parameters(table: pd.DataFrame, file: Path) -> None:
    """Draw what the patterns leave of each parameter's range."""
    table = table.sort_values("spread_left").reset_index(drop=True)
    figure = canvas(9.0, 0.3 * len(table) + 1.2)
    axes = figure.subplots()
    width = table.high - table.low
    y = np.arange(len(table))
    axes.barh(y, 1.0, height=0.55, color="#EEEEEE")
    left = (table.left_low - table.low) / width
    axes.barh(y, (table.left_high - table.left_low) / width, left=left, height=0.55, color="#9CC9E3")
    axes.plot((table.shipped - table.low) / width, y, "o", ms=8.5, mfc="none", color="black", label="shipped")
    axes.plot((table.best - table.low) / width, y, "D", ms=5, color=BLUE, label="best")
    names = zip(table.parameter, table.spread_left, strict=True)
    _labelled(axes, [f"{name}  ({100 * left:.0f} % of its spread left)" for name, left in names])
    axes.set_xlabel(
        "plausible range from end to end; light blue: 90 % of the values that no pattern rules out"
    )
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8)
    save(figure, file)


def draw_effects(effects: pd.DataFrame, file: Path) -> None:
    """Draw how far each parameter moves each row, in widths of the row's range."""
    table = effects.pivot(index="parameter", columns="row", values="widths")
    table = table.loc[effects.parameter.unique(), effects.row.unique()]
    figure = canvas(0.42 * table.shape[1] + 3.2, 0.3 * len(table) + 1.4)
    axes = figure.subplots()
    axes.imshow(np.clip(table, -2.0, 2.0), cmap="RdBu_r", vmin=-2.0, vmax=2.0, aspect="auto")
    for i, j in np.argwhere(np.abs(table.to_numpy()) >= 0.15):
        value = table.iat[int(i), int(j)]
        colour = "white" if abs(value) > 1.3 else "black"
        axes.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_yticks(range(len(table)), list(table.index), fontsize=8)
    axes.set_xticks(range(table.shape[1]), list(table.columns), fontsize=8, rotation=60)
    axes.set_title("change of each row over a parameter's range, in widths of the row's range", fontsize=9)
    save(figure, file)
