"""The tables and figures of the finding, from the sweep's own folder.

sim sweep experiments/which_levers
python -m experiments.which_levers.analyse [FOLDER]      of a sweep elsewhere: figures and tables go there
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.figures import BLUE, GREY, ORANGE, canvas, save
from sim.studies.compare import half_width
from sim.studies.sweeps.results import Found, collect
from sim.studies.sweeps.sweep import Asked, open_sweep

HERE = Path(__file__).parent
COLOURS = {"neutral": GREY, "supporter_favourable": ORANGE, "critic_favourable": BLUE}
WHOM = (("status", "undocumented"), ("status", "us_born"), ("group", "hispanic"), ("group", "white"))


def effects(found: Found) -> pd.DataFrame:
    """Return every lever's effect under every preset: over all points, and how it differs between them.

    The interval is over replications, each of which is a mean over all points; `low` and `high` are the
    10th and 90th percentile of the points' own effects.  `same_sign` is the share of the points whose
    effect has the sign of the mean.
    """
    layout = found.sweep.layout
    rows = []
    for p, preset in enumerate(layout.preset_names):
        for k, column in enumerate(found.columns):
            if column.group and (column.group, column.level) not in WHOM:
                continue
            for a, arm in enumerate(layout.arms[1:], 1):
                base, value = found.values[p, 0, ..., k], found.values[p, a, ..., k]
                change = value - base
                mean, half = _interval(np.nanmean(change, axis=0))
                points = np.nanmean(change, axis=1)
                low, high = np.nanpercentile(points, [10, 90])
                same = float((np.sign(points) == np.sign(mean)).mean())
                about = column.outcome.name, column.group, column.level, preset, arm.name
                rows.append((*about, np.nanmean(base), mean, half, low, high, same))
    columns = ["outcome", "group", "level", "preset", "lever", "base", "change", "half_width"]
    return pd.DataFrame(rows, columns=[*columns, "low", "high", "same_sign"])


def _interval(x: np.ndarray) -> tuple[float, float]:
    return float(x.mean()), half_width(float(x.std(ddof=1)), len(x))


def draw_effects(table: pd.DataFrame, file: Path) -> None:
    """Draw every lever's effect on transfers and on reporting under the three presets."""
    totals = table[table.group == ""]
    middle = totals[(totals.preset == "neutral") & (totals.outcome == "transfers")]
    levers = middle.sort_values("change").lever.tolist()
    figure = canvas(10.0, 0.36 * len(levers) + 1.4)
    titles = {
        "transfers": "transfers per 100,000 residents and year",
        "reporting_rate": "share of crimes that victims report",
    }
    for axes, (outcome, title) in zip(figure.subplots(1, 2, sharey=True), titles.items(), strict=True):
        for shift, (preset, colour) in zip((-0.22, 0.0, 0.22), COLOURS.items(), strict=True):
            part = (
                totals[(totals.outcome == outcome) & (totals.preset == preset)].set_index("lever").loc[levers]
            )
            y = np.arange(len(levers)) + shift
            axes.hlines(y, part.low, part.high, color=colour, lw=1, alpha=0.5)
            label = preset.replace("_", "-")
            axes.errorbar(
                part.change, y, xerr=part.half_width, fmt="o", ms=3.5, lw=2.2, color=colour, label=label
            )
        axes.axvline(0.0, color="black", lw=0.8)
        axes.set_xlabel(f"change in {title}", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=5)
    figure.axes[0].set_yticks(range(len(levers)), levers, fontsize=8)
    figure.axes[0].invert_yaxis()
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    save(figure, file)


def draw_whom(table: pd.DataFrame, file: Path) -> None:
    """Draw the relative change in transfers and in reporting for some of those whom levers concern."""
    part = table[(table.preset == "neutral") & table.outcome.isin(["transfers", "reporting_rate"])]
    middle = part[(part.outcome == "transfers") & (part.group == "")]
    levers = middle.sort_values("change").lever.tolist()
    figure = canvas(10.0, 0.32 * len(levers) + 1.4)
    names = {"transfers": "transfers", "reporting_rate": "crimes that victims report"}
    for axes, (outcome, title) in zip(figure.subplots(1, 2), names.items(), strict=True):
        shown = [w for w in WHOM if outcome == "reporting_rate" or w[1] not in ("us_born", "white")]
        grid = np.full((len(levers), len(shown)), np.nan)
        unsure = np.zeros(grid.shape, dtype=bool)
        for c, (group, level) in enumerate(shown):
            mine = part[(part.outcome == outcome) & (part.group == group) & (part.level == level)]
            mine = mine.set_index("lever").loc[levers]
            grid[:, c] = 100 * mine.change / mine.base
            unsure[:, c] = mine.change.abs() <= mine.half_width
        most = float(np.nanmax(np.abs(grid)))
        axes.imshow(np.where(unsure, 0.0, grid), cmap="RdBu", vmin=-most, vmax=most, aspect="auto")
        for (y, x), value in np.ndenumerate(grid):
            text = "–" if unsure[y, x] else f"{value:+.0f} %" if abs(value) >= 1 else f"{value:+.1f} %"
            colour = "white" if abs(value) > 0.6 * most and not unsure[y, x] else "black"
            axes.text(x, y, text, ha="center", va="center", fontsize=7.5, color=colour)
        axes.set_xticks(range(len(shown)), [level.replace("_", "-") for _, level in shown], fontsize=8)
        axes.set_title(f"relative change in {title}", fontsize=9)
        axes.set_yticks(range(len(levers)), levers if outcome == "transfers" else [], fontsize=8)
    save(figure, file)


def analyse(found: Found, out: Path) -> None:
    """Write the tables and figures."""
    table = effects(found)
    table.to_csv(out / "effects.csv", index=False, float_format="%.4g")
    short = table[(table.group == "") & table.outcome.isin(["transfers", "ice_arrests", "reporting_rate"])]
    print(short.to_string(index=False, float_format="{:.3g}".format))
    draw_effects(table, out / "effects.png")
    draw_whom(table, out / "whom.png")


if __name__ == "__main__":
    analyse(
        collect(open_sweep(HERE, *sys.argv[1:2], asked=Asked(resume=True))),
        Path(*sys.argv[1:2]) if sys.argv[1:] else HERE,
    )
