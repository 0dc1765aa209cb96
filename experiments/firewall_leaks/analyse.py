"""The tables and figures of the finding, from the sweep's own folder.

sim sweep experiments/firewall_leaks
python -m experiments.firewall_leaks.analyse [FOLDER]      of a sweep elsewhere: figures and tables go there
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from experiments.figures import BLUE, ORANGE, canvas, save
from sim.studies.compare import half_width
from sim.studies.sweeps.results import Found, collect
from sim.studies.sweeps.sweep import Asked, open_sweep

HERE = Path(__file__).parent
LEAK, TELLING = "sharing.compliance", "community.news.telling"
WALLS = {"prints_kept_local + data_firewall": BLUE, "prints_kept_local": ORANGE}
SHOWN = ("transfers", "ice_arrests_at_large", "ice_arrests", "belief", "reporting_rate")


def effects(found: Found) -> pd.DataFrame:
    """Return the effect of each wall by how far it is kept, absolute and as a share of the tight wall's.

    The share is a ratio of means over replications; its interval is a jackknife over replications.
    """
    layout = found.sweep.layout
    at = {(p[TELLING], p[LEAK]): k for k, p in enumerate(map(layout.values, range(len(layout.points))))}
    tight = max(kept for _, kept in at)
    rows = []
    for outcome in SHOWN:
        values = found.of(outcome)[0]
        for a, arm in enumerate(layout.arms[1:], 1):
            change = values[a] - values[0]
            for (telling, kept), k in sorted(at.items()):
                mean, half = _interval(change[k])
                share, share_half = _ratio(change[k], change[at[telling, tight]])
                base = float(values[0, k].mean())
                rows.append((outcome, arm.name, telling, kept, base, mean, half, share, share_half))
    about = ["outcome", "wall", "telling", "kept", "base"]
    return pd.DataFrame(rows, columns=[*about, "change", "half_width", "share_of_tight", "share_half_width"])


def _interval(x: np.ndarray) -> tuple[float, float]:
    return float(x.mean()), half_width(float(x.std(ddof=1)), len(x))


def _ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    n = len(x)
    whole = x.mean() / y.mean()
    without = (x.sum() - x) / (y.sum() - y)
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return float(whole), float(stats.t.ppf(0.975, n - 1) * error)


def draw(table: pd.DataFrame, file: Path) -> None:
    """Draw what is left of each wall's effect as it leaks."""
    figure = canvas(9.0, 3.9)
    shipped = table.telling.max()
    left, right = figure.subplots(1, 2, sharey=True)
    for wall, colour in WALLS.items():
        part = table[(table.outcome == "transfers") & (table.wall == wall) & (table.telling == shipped)]
        _line(left, part, colour, "o-", wall)
    both = table[(table.outcome == "reporting_rate") & (table.wall == next(iter(WALLS)))]
    for (telling, part), mark in zip(both.groupby("telling"), ("s--", "o-"), strict=True):
        _line(right, part, BLUE, mark, f"news convince at {telling:g} a year per 1,000")
    titles = ("effect on transfers", "effect of both on crimes reported")
    for axes, title in zip((left, right), titles, strict=True):
        axes.plot([0, 1], [0, 1], ":", color="black", lw=1, label="in proportion")
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("share of cases in which the rule is kept")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)
    left.set_ylabel("share of the tight wall's effect, 95 % interval")
    save(figure, file)


def _line(axes: Axes, part: pd.DataFrame, colour: str, mark: str, label: str) -> None:
    error = part.share_half_width
    axes.errorbar(
        part.kept, part.share_of_tight, yerr=error, fmt=mark, ms=4, lw=1.2, color=colour, label=label
    )


def analyse(found: Found, out: Path) -> None:
    """Write the tables and figures."""
    table = effects(found)
    table.to_csv(out / "effects.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False, float_format="{:.3g}".format))
    draw(table, out / "leaks.png")


if __name__ == "__main__":
    analyse(
        collect(open_sweep(HERE, *sys.argv[1:2], asked=Asked(resume=True))),
        Path(*sys.argv[1:2]) if sys.argv[1:] else HERE,
    )
