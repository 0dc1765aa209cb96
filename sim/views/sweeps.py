"""A sweep told: effects over its design, how far it is, what failed, and the same as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import write_json
from sim.studies.compare import Effect
from sim.studies.output import manifest
from sim.studies.sweeps.averages import means
from sim.studies.sweeps.precision import FEWEST, Unresolved, run_precisely
from sim.studies.sweeps.results import Found, collect, write_tables
from sim.studies.sweeps.sweep import Asked, Status, Sweep, run_opened, spread_of
from sim.views import console
from sim.views.results import count
from sim.views.tables import Column, Table, interval, number, signed

SHOWN = 20  # lines of what was not resolved
NARROW, WIDE = 10, 90  # percentiles of the points


def run(
    sweep: Sweep, asked: Asked, precision: Mapping[str, float], budget: int | None
) -> tuple[Sweep, list[Unresolved] | None]:
    """Run a sweep behind a progress bar; where precision is asked, return also what was not resolved."""
    with console.resumable("Sweeping") as progress:
        asked = replace(asked, progress=progress)
        if not precision:
            run_opened(sweep, asked)
            return sweep, None
        done = run_precisely(sweep, asked, precision, budget)
        return done.sweep, list(done.unresolved)


def finish(sweep: Sweep, *, seconds: float, command: Sequence[str]) -> Found:
    """Write the tables and the manifest of a sweep, and return what it found."""
    found = collect(sweep)
    written = write_tables(found)
    write_json(sweep.folder / "manifest.json", about(sweep, seconds, command))
    names = ", ".join(path.name for path in written)
    console.tell(f"{sweep.runs:,} runs in {sweep.folder}: {names}, manifest.json")
    return found


def about(sweep: Sweep, seconds: float, command: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a sweep."""
    settings = replace(sweep.layout.settings, replications=max(sweep.replications))
    arms = [arm.name for arm in sweep.layout.arms]
    return manifest(arms, sweep.layout.worlds[0], settings, seconds, command) | {
        "experiment": sweep.experiment.document.data,
        "presets": list(sweep.layout.preset_names),
        "runs": sweep.runs,
    }


def head(sweep: Sweep) -> str:
    """Return one line that says what a sweep consists of."""
    layout = sweep.layout
    settings = layout.settings
    parts = [
        count(len(layout.points), "point"),
        count(len(layout.arms) - 1, "lever"),
        *([count(len(layout.presets), "preset")] if sweep.experiment.presets else []),
        f"{spread_of(sweep.replications)} replications",
        f"{settings.residents:,} residents",
        f"{settings.days:g} days",
    ]
    return f"{sweep.experiment.file.question} ({', '.join(parts)})"


def status_table(sweep: Sweep, status: Status) -> Table:
    """Return how far a sweep is."""
    share = f"{100.0 * status.done / status.planned:.0f} %" if status.planned else "100 %"
    rows = (
        ("runs done", f"{status.done:,} of {status.planned:,} ({share})"),
        ("of these failed", f"{status.failed:,}"),
        ("shards", f"{status.bytes / 1e6:,.1f} MB"),
        ("folder", str(status.folder)),
    )
    notes = () if status.complete else ("`--resume` goes on where it stands.",)
    if not status.begun:
        notes = ("There is no sweep in that folder: it has not begun.",)
    if status.broken:
        what = count(len(status.broken), "shard")
        notes = (
            f"{what} could not be read: a resumed sweep puts them into broken/ and does their runs again.",
            *notes,
        )
    return Table(head(sweep), (Column("Sweep", left=True), Column("", left=True, wraps=True)), rows, notes)


def status_data(status: Status) -> dict[str, Any]:
    """Return how far a sweep is as plain data."""
    return asdict(status) | {
        "folder": str(status.folder),
        "broken": list(status.broken),
        "complete": status.complete,
    }


def sweep_tables(found: Found) -> list[Table]:
    """Return for each preset the effect of every lever, or the outcomes of the base."""
    sweep = found.sweep
    tables = [Table(head(sweep), (), ())]
    for p, preset in enumerate(sweep.layout.preset_names):
        title = f"preset {preset}" if preset else ""
        one = _effects(found, p, title) if len(sweep.layout.arms) > 1 else _outcomes(found, p, title)
        tables.append(one)
    return tables


def _effects(found: Found, preset: int, title: str) -> Table:
    points = len(found.sweep.layout.points)
    across_points = f"{WIDE - NARROW} % of the points have an effect of their own between those of `points`."
    columns = (
        Column("Lever", left=True, wraps=True),
        Column("Outcome", left=True, wraps=True),
        Column("base", spare=1),
        Column("differ-\nence"),
        Column("95 %\ninterval"),
        *([Column(f"points\n{NARROW} to {WIDE} %", spare=2, note=across_points)] if points > 1 else []),
        Column("\nverdict", left=True, spare=1),
    )
    effects = found.overall(preset)
    rows = []
    for effect in effects:
        label = BY_NAME[effect.outcome].label
        exact = effect.verdict == "no change"
        across = [_across(_point_effects(found, preset, effect))] if points > 1 else []
        rows.append(
            (
                effect.lever,
                label,
                number(effect.base),
                "0" if exact else signed(effect.difference),
                "exactly 0" if exact else interval(effect.ci_low, effect.ci_high),
                *across,
                effect.verdict,
            )
        )
    quiet = frozenset(k for k, e in enumerate(effects) if e.verdict != "change")
    what = "Differences are paired, and means over all points; the 95 % interval is over replications."
    notes = [what if points > 1 else "Differences are paired; the interval is over replications."]
    if len(set(found.sweep.replications)) > 1:
        notes.append(
            f"Points have {spread_of(found.sweep.replications)} replications, and each counts once here: who "
            "averages outcomes.csv has to take each point's mean first."
        )
    return Table(title, columns, tuple(rows), tuple(notes), quiet)


def _point_effects(found: Found, preset: int, effect: Effect) -> NDArray[np.float64]:
    """Return an effect at every point, as the mean over its replications."""
    values = found.of(effect.outcome)[preset]
    arm = [a.name for a in found.sweep.layout.arms].index(effect.lever)
    return means(values[arm] - values[0])


def _outcomes(found: Found, preset: int, title: str) -> Table:
    columns = (
        Column("Outcome", left=True, wraps=True),
        Column("mean"),
        Column(f"points\n{NARROW} to {WIDE} %"),
        Column("unit", left=True, wraps=True, spare=1),
    )
    rows = []
    for column in found.columns:
        if not column.group:
            at = means(found.of(column.outcome.name)[preset, 0])
            rows.append((column.outcome.label, number(_overall(at)), _across(at), column.outcome.unit))
    return Table(title, columns, tuple(rows))


def _overall(values: NDArray[np.float64]) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else math.nan


def _across(values: NDArray[np.float64]) -> str:
    there = values[np.isfinite(values)]
    return interval(*np.percentile(there, [NARROW, WIDE])) if len(there) else "n/a"


def failures(found: Found) -> list[str]:
    """Return what to say of runs that failed, are not there, or had to be done again."""
    told = []
    if broken := found.sweep.store.broken:
        what = count(len(broken), "shard")
        told.append(
            f"{what} could not be read, now in {found.sweep.folder}/broken: their runs were done again."
        )
    if found.errors:
        arms, names = found.sweep.layout.arms, found.sweep.layout.preset_names
        preset, arm, point, replication, why = found.errors[0]
        under = f" under {names[preset]}" if names[preset] else ""
        where = f"{arms[arm].name}{under} at point {point}, replication {replication}"
        told.append(f"{count(len(found.errors), 'run')} failed (see runs.csv). The first, {where}: {why}")
    if found.missing:
        told.append(f"{count(found.missing, 'run')} of the plan are not there yet: --resume goes on.")
    return told


def unresolved_table(lacking: Sequence[Unresolved]) -> Table:
    """Return the effects that are not as precise as asked."""
    columns = (
        Column("Not resolved", left=True, wraps=True),
        Column("outcome", left=True),
        Column("preset", left=True, spare=1),
        Column("point"),
        Column("half-\nwidth"),
        Column("asked"),
        Column("replications\nneeded"),
    )
    rows = tuple(
        (
            each.lever,
            each.outcome,
            each.preset or "-",
            f"{each.point}",
            number(each.half_width),
            number(each.wanted),
            "none seen" if each.none_seen else "unknown" if each.needed is None else f"{each.needed:,}",
        )
        for each in lacking[:SHOWN]
    )
    left, notes = len(lacking) - SHOWN, []
    if not all(each.none_seen for each in lacking):
        notes.append(
            f"The budget ended first: these intervals are wider than asked, or rest on fewer than {FEWEST} "
            "replications, and nothing follows from that."
        )
    if any(each.none_seen for each in lacking):
        notes.append(
            "None seen: no pair of worlds differed, so that there is no interval; the effect may be too rare "
            "for these runs, which stopped there."
        )
    if left > 0:
        notes.append(f"{left} more are not shown.")
    return Table("", columns, rows, tuple(notes))


def sweep_data(found: Found, lacking: Sequence[Unresolved] | None = None) -> dict[str, Any]:
    """Return a sweep as plain data: its effects over the whole design, by preset."""
    sweep = found.sweep
    data: dict[str, Any] = {
        "question": sweep.experiment.file.question,
        "folder": str(sweep.folder),
        "runs": sweep.runs,
        "failed": len(found.errors),
        "missing": found.missing,
        "points": len(sweep.layout.points),
        "replications": list(sweep.replications),
        "effects": [
            asdict(effect) | {"preset": preset, "verdict": effect.verdict}
            for p, preset in enumerate(sweep.layout.preset_names)
            for effect in found.overall(p)
        ],
    }
    if lacking is not None:
        data["unresolved"] = [asdict(each) for each in lacking]
    return data
