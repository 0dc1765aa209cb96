"""The tables and figures of the finding, from the sweep's own folder.

sim sweep experiments/federal_appetite
python -m experiments.federal_appetite.analyse [FOLDER]      of a sweep elsewhere: figures and tables go there
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
FEDERAL = {"": "2025", "priorities_2024": "2024", "priority_enforcement": "2015"}
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


def regimes(found: Found) -> dict[str, dict[str, int]]:
    """Return the number of each arm by federal priorities and local policy."""
    table: dict[str, dict[str, int]] = {name: {} for name in FEDERAL.values()}
    for k, arm in enumerate(found.sweep.layout.arms):
        names = [use.name for use in arm.uses]
        federal = next((name for name in names if name in FEDERAL), "")
        local = " + ".join(name for name in names if name not in FEDERAL)
        table[FEDERAL[federal]][local or "as it stands"] = k
    return table


def crossed(found: Found, outcome: str) -> np.ndarray:
    """Return an outcome as `(local policies, federal points under each priorities, replications)`."""
    x = found.of(outcome)[0]
    arms = regimes(found)
    local = [name for name in next(iter(arms.values())) if all(name in row for row in arms.values())]
    return np.stack([np.concatenate([x[row[name]] for row in arms.values()]) for name in local])


def table_of_shares(found: Found, draws: int = 400) -> pd.DataFrame:
    """Return each outcome's shares, with 95 % intervals from resampled federal points."""
    rng = np.random.default_rng(found.sweep.layout.settings.seed)
    points = len(found.sweep.layout.points)
    rows = []
    for column in found.columns:
        x = crossed(found, column.outcome.name)
        whole = shares(x)
        again = []
        for _ in range(draws):
            drawn = rng.integers(0, points, points)
            again.append(
                shares(x[:, np.concatenate([drawn + k * points for k in range(x.shape[1] // points)])])
            )
        for part in PARTS:
            low, high = np.nanpercentile([one[part] for one in again], [2.5, 97.5])
            rows.append((column.outcome.name, column.outcome.label, part, whole[part], low, high))
    return pd.DataFrame(rows, columns=["outcome", "label", "part", "share", "ci_low", "ci_high"])


def levels(found: Found) -> pd.DataFrame:
    """Return what every local policy comes to under each federal priorities, over the points.

    `low` and `high` are the 10th and 90th percentile of the points.
    """
    rows = []
    for outcome in ("transfers", "ice_arrests"):
        x = found.of(outcome)[0].mean(axis=-1)
        for federal, arms in regimes(found).items():
            for local, k in arms.items():
                low, high = np.percentile(x[k], [10, 90])
                rows.append((outcome, federal, local, x[k].mean(), low, high))
    return pd.DataFrame(rows, columns=["outcome", "priorities", "policy", "mean", "low", "high"])


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


def draw_policies(table: pd.DataFrame, file: Path) -> None:
    """Draw transfers and all ICE arrests under every local policy and each federal priorities."""
    policies = list(dict.fromkeys(table.policy))
    figure = canvas(10.0, 0.5 * len(policies) + 1.4)
    titles = {"transfers": "transfers", "ice_arrests": "ICE arrests, all routes"}
    colours = (BLUE, ORANGE, GREEN)
    for axes, (outcome, title) in zip(figure.subplots(1, 2, sharey=True), titles.items(), strict=True):
        part = table[table.outcome == outcome]
        for (federal, rows), colour, shift in zip(
            part.groupby("priorities", sort=False), colours, (-0.2, 0.0, 0.2), strict=True
        ):
            y = np.array([policies.index(name) for name in rows.policy]) + shift
            axes.hlines(y, rows.low, rows.high, color=colour, lw=1.5, alpha=0.5)
            axes.plot(rows["mean"], y, "o", ms=5, color=colour, label=f"priorities: {federal}")
        axes.set_xlabel(f"{title} per 100,000 residents and year", fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(left=-1)
    figure.axes[0].set_yticks(
        range(len(policies)), [name.replace(" + ", " +\n") for name in policies], fontsize=8
    )
    figure.axes[0].invert_yaxis()
    handles = figure.axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    save(figure, file)


def analyse(found: Found, out: Path) -> None:
    """Write the tables and figures."""
    tables = {"shares": table_of_shares(found), "levels": levels(found)}
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.4g")
        print(f"\n{name}\n{table.to_string(index=False, float_format='{:.3g}'.format)}")
    draw_shares(tables["shares"], out / "shares.png")
    draw_policies(tables["levels"], out / "policies.png")


if __name__ == "__main__":
    analyse(
        collect(open_sweep(HERE, *sys.argv[1:2], asked=Asked(resume=True))),
        Path(*sys.argv[1:2]) if sys.argv[1:] else HERE,
    )
