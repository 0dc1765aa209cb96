"""Hold the parameters of the community against published patterns: which do they pin down?

`python -m experiments.calibration.calibrate` draws waves of points, runs the worlds of every pattern at
each, emulates the patterns, rules out what they rule out, looks for the point that serves them best, and
runs that point and the shipped one again on a large sample.  `--analyse` takes the points from the last
run's `points.csv` and only does what follows them.  Beside the finding it writes

    points.csv      every point: its parameters, and each pattern's number there
    rows.csv        each pattern: range, shipped and best point with error and verdict, error of its emulator
    parameters.csv  each parameter: range, what is left of it, values at the shipped and the best point
    effects.csv     each pattern and parameter: change over the parameter's range in widths of the pattern's
    ties.csv        pairs of parameters that the accepted points tie to one another
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.calibration import figures
from experiments.calibration.emulator import (
    CUT,
    Emulator,
    Target,
    fit,
    narrowing,
    nearest,
    walk,
    worst,
)
from experiments.calibration.worlds import (
    Parameter,
    Size,
    coordinates,
    from_inputs,
    hypercube,
    inputs,
    natural,
    numbers,
    parameters,
    rows,
    run,
    scaled,
)
from sim.scenario.patterns import Pattern
from sim.studies.validate import judge

Array = NDArray[np.float64]
HERE = Path(__file__).parent
SEED = 20250120


@dataclass(frozen=True)
class Plan:
    """How much is run: points by wave, the sample at a point, the sample that confirms, the walk."""

    waves: tuple[int, ...]
    point: Size
    confirm: Size
    walkers: int
    sweeps: int


FULL = Plan((150, 90, 60), Size(40_000, 365.0, 2), Size(100_000, 365.0, 12), 400, 30)
SHORT = Plan((12, 4), Size(1_500, 60.0, 2), Size(2_000, 60.0, 2), 40, 3)


def measure_points(u: Array, varied: list[Parameter], size: Size, first: int, wave: int) -> pd.DataFrame:
    """Run every point on people of its own, and return its parameters, its numbers, and their own luck.

    With people of their own the points' luck is independent, and averages out in the emulators.
    """
    found = []
    for k, values in enumerate(natural(u, varied)):
        replications = run(values, varied, size, first + k * size.replications)
        parts = np.array([numbers([r]) for r in replications])
        on_scale = np.array([[scaled(p, x) for p, x in zip(rows(), part, strict=True)] for part in parts])
        luck = on_scale.var(axis=0, ddof=1) / len(parts)
        found.append([wave, *values, *numbers(replications), *luck])
        if (k + 1) % 25 == 0:
            print(f"wave {wave}: {k + 1} of {len(u)} points", flush=True)
    names = labels(rows())
    columns = ["wave", *(p.name for p in varied), *names, *(f"{name} (luck)" for name in names)]
    return pd.DataFrame(found, columns=columns)


def labels(patterns: Sequence[Pattern]) -> list[str]:
    """Return a short name for each row: the id, and a letter where an id has several."""
    ids = [p.id for p in patterns]
    return [f"{i}{chr(97 + ids[:k].count(i))}" if ids.count(i) > 1 else i for k, i in enumerate(ids)]


def emulate(points: pd.DataFrame, varied: list[Parameter]) -> dict[str, Target]:
    """Return a target for every row that enough points have a number for."""
    u = inputs(coordinates(points[[p.name for p in varied]].to_numpy(), varied), varied)
    found = {}
    for pattern, name in zip(rows(), labels(rows()), strict=True):
        y = np.array([scaled(pattern, x) for x in points[name]])
        there = np.isfinite(y)
        if there.sum() < 10:
            continue
        luck = points[f"{name} (luck)"].to_numpy()
        noise = float(luck[np.isfinite(luck)].mean()) if np.isfinite(luck).any() else 0.0
        low, high = (scaled(pattern, x) for x in pattern.range)
        found[name] = Target(fit(u[there], y[there], noise), low, high)
    return found


def fitted(targets: dict[str, Target]) -> list[Target]:
    """Return the targets of the rows that defaults may be tuned to, the most exacting first."""
    free = {name for p, name in zip(rows(), labels(rows()), strict=True) if not p.fitted}
    return exacting([t for name, t in targets.items() if name not in free])


def exacting(targets: Sequence[Target]) -> list[Target]:
    """Return targets in the order of how much their patterns move over the points, in widths."""
    return sorted(targets, key=lambda t: -t.emulator.scale / (t.high - t.low))


def accept(targets: list[Target], varied: list[Parameter], plan: Plan, seed: int) -> Array:
    """Return points that no pattern rules out."""

    def worst_at(u: Array, limit: Array) -> Array:
        return worst(targets, inputs(u, varied), limit)

    start = hypercube(plan.walkers, len(varied), seed)
    u, far = walk(worst_at, start, plan.sweeps, np.random.default_rng(seed))
    return u[far < CUT]


def draw(plan: Plan, varied: list[Parameter]) -> pd.DataFrame:
    """Run the waves: the first over all ranges, each other one where those before rule nothing out."""
    points = measure_points(hypercube(plan.waves[0], len(varied), SEED), varied, plan.point, 0, 1)
    for wave, count in enumerate(plan.waves[1:], 2):
        u = hypercube(count, len(varied), SEED + wave)
        left = accept(fitted(emulate(points, varied)), varied, plan, SEED - wave)[:count]
        u[: len(left)] = left
        runs = len(points) * plan.point.replications
        points = pd.concat([points, measure_points(u, varied, plan.point, runs, wave)], ignore_index=True)
    return points


def confirm(values: Array, varied: list[Parameter], plan: Plan) -> list[Array]:
    """Return every row's number in each replication of a large sample at a point."""
    first = 100_000  # people that no point has had
    replications = run(values, varied, plan.confirm, first)
    return list(np.array([numbers([r]) for r in replications]).T)


def table_of_rows(targets: dict[str, Target], shipped: list[Array], best: list[Array]) -> pd.DataFrame:
    """Return each row's range, its numbers at the two points, and how well it is emulated."""
    found = []
    for k, (p, name) in enumerate(zip(rows(), labels(rows()), strict=True)):
        a, b = judge(p, shipped[k]), judge(p, best[k])
        emulator = targets[name].emulator if name in targets else None
        found.append(
            {
                "row": name,
                "what": p.what,
                "fitted": p.fitted,
                "low": p.range[0],
                "high": p.range[1],
                "shipped": a.value,
                "shipped_mcse": a.mcse,
                "shipped_verdict": a.verdict,
                "best": b.value,
                "best_mcse": b.mcse,
                "best_verdict": b.verdict,
                **_errors(emulator, targets.get(name)),
            }
        )
    return pd.DataFrame(found)


def _errors(emulator: Emulator | None, target: Target | None) -> dict[str, float]:
    """Return the emulator's left-out error and the luck of a point, in widths of the row's range."""
    if emulator is None or target is None:
        return {"emulator_error": np.nan, "luck": np.nan}
    width = target.high - target.low
    return {
        "emulator_error": float(np.sqrt(emulator.residual)) / width,
        "luck": float(np.sqrt(emulator.noise)) / width,
    }


def effects(targets: dict[str, Target], around: Array, varied: list[Parameter]) -> pd.DataFrame:
    """Return how far each parameter moves each row over its whole range, the others as at points `around`."""
    found = []
    for name, target in targets.items():
        for k, p in enumerate(varied):
            low, high = around.copy(), around.copy()
            low[:, k], high[:, k] = -1.0, 1.0
            top, bottom = (target.emulator(inputs(x, varied))[0] for x in (high, low))
            change = float(np.mean(top - bottom))
            found.append({"row": name, "parameter": p.name, "widths": change / (target.high - target.low)})
    return pd.DataFrame(found)


def table_of_parameters(
    accepted: Array, with_all: Array, best: Array, varied: list[Parameter]
) -> pd.DataFrame:
    """Return what the patterns leave of each range, and the points."""
    spread, low, high = narrowing(accepted)
    spread_all, _, _ = narrowing(with_all)
    low, high = natural(np.array([low, high]), varied)
    ranges = np.array([p.range for p in varied])
    return pd.DataFrame(
        {
            "parameter": [p.name for p in varied],
            "low": ranges[:, 0],
            "high": ranges[:, 1],
            "left_low": low,
            "left_high": high,
            "spread_left": spread,
            "range_left": (high - low) / (0.9 * (ranges[:, 1] - ranges[:, 0])),
            "spread_left_with_unfitted": spread_all,
            "shipped": [p.shipped for p in varied],
            "best": natural(best[None, :], varied)[0],
        }
    )


def ties(accepted: Array, varied: list[Parameter], least: float = 0.3) -> pd.DataFrame:
    """Return pairs of parameters whose accepted values go together, the closest first."""
    correlation = np.corrcoef(accepted.T)
    pairs = [
        {"first": varied[i].name, "second": varied[j].name, "correlation": correlation[i, j]}
        for i in range(len(varied))
        for j in range(i)
        if abs(correlation[i, j]) >= least
    ]
    pairs.sort(key=lambda pair: -abs(float(pair["correlation"])))
    return pd.DataFrame(pairs, columns=["first", "second", "correlation"])


def analyse(points: pd.DataFrame, varied: list[Parameter], plan: Plan, out: Path) -> None:
    """Write what the points say."""
    targets = emulate(points, varied)
    accepted = accept(fitted(targets), varied, plan, SEED + 3)
    with_all = accept(exacting(list(targets.values())), varied, plan, SEED + 4)
    shipped = coordinates(np.array([[p.shipped for p in varied]]), varied)[0]
    x = nearest(fitted(targets), inputs(shipped[None, :], varied)[0], inputs(accepted[:4], varied))
    best = from_inputs(x[None, :], varied)[0]
    print(f"{len(accepted)} of {plan.walkers} walkers accepted, {len(with_all)} with the row not fitted too")
    values = [natural(u[None, :], varied)[0] for u in (shipped, best)]
    confirmed = [confirm(x, varied, plan) for x in values]
    tables = {
        "rows": table_of_rows(targets, *confirmed),
        "parameters": table_of_parameters(accepted, with_all, best, varied),
        "effects": effects(targets, accepted[:200] if len(accepted) else shipped[None, :], varied),
        "ties": ties(accepted, varied),
    }
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.4g")
        print(f"\n{name}\n{table.to_string(index=False, float_format='{:.3g}'.format)}")
    figures.draw_rows(tables["rows"], out / "rows.png")
    figures.draw_parameters(tables["parameters"], out / "parameters.png")
    figures.draw_effects(tables["effects"], out / "effects.png")


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a few small points: shows that it runs")
    parser.add_argument("--analyse", action="store_true", help="take the points from the last run")
    parser.add_argument("--out", type=Path, help="folder (the experiment's own; out/calibration if short)")
    asked = parser.parse_args(arguments)
    out = asked.out or (Path("out/calibration") if asked.short else HERE)
    out.mkdir(parents=True, exist_ok=True)
    plan, varied, began = SHORT if asked.short else FULL, parameters(), time.perf_counter()
    if not asked.analyse:
        draw(plan, varied).to_csv(out / "points.csv", index=False, float_format="%.5g")
    analyse(pd.read_csv(out / "points.csv"), varied, plan, out)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
