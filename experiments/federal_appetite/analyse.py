"""The tables and figures of the finding, from the sweep's own folder.

sim sweep experiments/federal_appetite
python -m experiments.federal_appetite.analyse [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.figures import BLUE, GREEN, GREY, ORANGE, canvas, save
from sim.studies.sweeps.results import Found, collect
from sim.studies.sweeps.sweep import Asked, open_sweep

HERE = Path(__file__).parent
PARTS = ("federal", "local", "both together", "luck")
COLOURS = dict(zip(PARTS, (BLUE, ORANGE, GREEN, GREY), strict=True))


def shares(x: np.ndarray) -> dict[str, float]:
    """Return the shares of variance of outcomes `(local policies, federal points, replications)`.

    Policies and points are crossed and every replication has the same people and luck in all of them, so
    the mean squares of a three-way layout give each component: that of a factor is what its mean square
    exceeds that of its interplay with luck by, and components below zero count as none.
    """
    a, p, r = x.shape
    grand = x.mean()
    local, federal, luck = (x.mean(axis=ax) - grand for ax in ((1, 2), (0, 2), (0, 1)))
    lf = x.mean(axis=2) - grand - local[:, None] - federal[None, :]
    lr = x.mean(axis=1) - grand - local[:, None] - luck[None, :]
    fr = x.mean(axis=0) - grand - federal[:, None] - luck[None, :]
    rest = (
        x - grand - local[:, None, None] - federal[None, :, None] - luck[None, None, :]
        - lf[:, :, None] - lr[:, None, :] - fr[None, :, :]
    )  # fmt: skip
    error = (rest**2).sum() / ((a - 1) * (p - 1) * (r - 1))
    ms_lr = p * (lr**2).sum() / ((a - 1) * (r - 1))
    ms_fr = a * (fr**2).sum() / ((p - 1) * (r - 1))
    # A finite set of policies and points is looked at, so variances are those of the set.
    found = {
        "federal": (federal**2).mean() - (p - 1) / p * ms_fr / (a * r),
        "local": (local**2).mean() - (a - 1) / a * ms_lr / (p * r),
        "both together": (lf**2).mean() - (a - 1) * (p - 1) / (a * p) * error / r,
        "luck": luck.var(ddof=1) + (lr**2).sum() / (a * (r - 1)) + (fr**2).sum() / (p * (r - 1)) + error,
    }
    found = {name: max(float(v), 0.0) for name, v in found.items()}
    total = sum(found.values())
    return {name: v / total if total else np.nan for name, v in found.items()}


def table_of_shares(found: Found, draws: int = 400) -> pd.DataFrame:
    """Return each outcome's shares, with 95 % intervals from resampled federal points."""
    rng = np.random.default_rng(found.sweep.layout.settings.seed)
    rows = []
    for column in found.columns:
        if column.group:
            continue
        x = found.of(column.outcome.name)[0]
        whole = shares(x)
        again = [shares(x[:, rng.integers(0, x.shape[1], x.shape[1])]) for _ in range(draws)]
        for part in PARTS:
            low, high = np.nanpercentile([one[part] for one in again], [2.5, 97.5])
            rows.append((column.outcome.name, column.outcome.label, part, whole[part], low, high))
    return pd.DataFrame(rows, columns=["outcome", "label", "part", "share", "ci_low", "ci_high"])


def effects(found: Found) -> pd.DataFrame:
    """Return each policy's effect on transfers where appetite is smallest and largest, and in between.

    Appetite is measured by what the base itself comes to: transfers in the lowest and highest quarter of
    the points.
    """
    layout = found.sweep.layout
    transfers, arrests = found.of("transfers")[0], found.of("ice_arrests")[0]
    base = transfers[0].mean(axis=-1)
    low, high = np.quantile(base, [0.25, 0.75])
    where = {"lowest quarter": base <= low, "all": base >= 0, "highest quarter": base >= high}
    rows = []
    for a, arm in enumerate(layout.arms):
        for name, at in where.items():
            values = [(x[a] - (x[0] if a else 0.0))[at].mean(axis=-1) for x in (transfers, arrests)]
            spread = [v.std() for v in values]
            rows.append((arm.name, name, values[0].mean(), spread[0], values[1].mean(), spread[1]))
    columns = ["policy", "points", "transfers", "transfers_sd", "ice_arrests", "ice_arrests_sd"]
    return pd.DataFrame(rows, columns=columns)


def draw_shares(table: pd.DataFrame, file: Path) -> None:
    """Draw what each outcome's variance is due to."""
    names = list(dict.fromkeys(table.label))
    figure = canvas(9.0, 0.42 * len(names) + 1.3)
    axes = figure.subplots()
    left = np.zeros(len(names))
    for part in PARTS:
        width = table[table.part == part].share.to_numpy()
        axes.barh(range(len(names)), width, left=left, color=COLOURS[part], label=part, height=0.62)
        for y, (x, w) in enumerate(zip(left, width, strict=True)):
            if w > 0.06:
                axes.text(
                    x + w / 2, y, f"{100 * w:.0f} %", ha="center", va="center", color="white", fontsize=8
                )
        left += width
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the variance over federal points, local policies and luck")
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=4, frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, file)


def draw_policies(found: Found, file: Path) -> None:
    """Draw transfers under each policy against those of the county as it stands."""
    layout = found.sweep.layout
    x = found.of("transfers")[0].mean(axis=-1)
    figure = canvas(9.0, 4.6)
    axes = figure.subplots()
    order = np.argsort(x[0])
    marks = "osDv^<>Px*"
    for a, arm in enumerate(layout.arms):
        colour = "black" if a == 0 else None
        label = "as it stands" if a == 0 else arm.name
        axes.plot(x[0][order], x[a][order], marks[a], ms=4, color=colour, label=label, alpha=0.8)
    axes.set_xlabel("transfers per 100,000 residents and year, county as it stands")
    axes.set_ylabel("under the policy")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=7.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, file)


def analyse(found: Found, out: Path) -> None:
    """Write the tables and figures."""
    tables = {"shares": table_of_shares(found), "effects": effects(found)}
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.4g")
        print(f"\n{name}\n{table.to_string(index=False, float_format='{:.3g}'.format)}")
    draw_shares(tables["shares"], out / "shares.png")
    draw_policies(found, out / "policies.png")


if __name__ == "__main__":
    analyse(collect(open_sweep(HERE, *sys.argv[1:2], asked=Asked(resume=True))), HERE)
