"""A sensitivity study told: indices by outcome and effect, what dominates each, and what neither shows."""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import write_json
from sim.studies.sensitivity.concerns import told
from sim.studies.sensitivity.design import METHODS
from sim.studies.sensitivity.indices import CHANCE, Index, main_index
from sim.studies.sensitivity.study import EFFECT, Analysis, Sensitivity, sensitivity
from sim.studies.sensitivity.variance import LUCK, PRESETS, Decomposition
from sim.studies.sweeps.sweep import Asked
from sim.views import console
from sim.views.sensitivity_figures import parts_of, shown_parts, side_title, sides, write_figures
from sim.views.sweeps import about, head
from sim.views.tables import MISSING, Column, Table, interval, number

STRONGEST: Final = 3  # parameters of an outcome that a table shows
_BESIDE: Final = {"morris": ("sigma", "sigma"), "sobol": ("S1", "alone")}
_TOLD: Final = {
    "morris": "mu*: mean change of the number between the ends of a parameter's range, in its unit; sigma: "
    "how much that differs from place to place (curved, or with the others).",
    "sobol": "Total: share of the variance between points that a parameter has a part in; alone: without the "
    "others.",
    "pawn": "Median KS: how far the number's distribution moves within slices of a parameter, from 0 to 1.",
}


def run(
    experiment: str,
    out: str | None,
    asked: Asked,
    method: str,
    samples: int | None,
    effect_of: Sequence[str],
) -> Sensitivity:
    """Run a study behind a progress bar."""
    with console.resumable("Sampling") as progress:
        asked = replace(asked, progress=progress)
        return sensitivity(experiment, method, samples, effect_of=effect_of, folder=out, asked=asked)


def finish(done: Sensitivity, *, seconds: float, command: Sequence[str]) -> None:
    """Write the tables, the figures and the manifest of a study."""
    written = [*done.write_tables(), *write_figures(done)]
    manifest = about(done.sweep, seconds, command)
    manifest["packages"] |= {"SALib": importlib.metadata.version("SALib")}
    manifest |= {"method": done.design.method, "samples": done.design.samples}
    write_json(done.sweep.folder / "manifest.json", manifest)
    names = ", ".join(path.name for path in written)
    console.tell(f"{done.sweep.runs:,} runs in {done.sweep.folder}: {names}, manifest.json")


def sensitivity_tables(done: Sensitivity) -> list[Table]:
    """Return the indices of the base's outcomes and of each lever's effects, then what they vary by."""
    method = METHODS[done.design.method]
    drawn = f"{method.title}: {done.design.samples:,} {method.what}."
    tables = [Table(f"{head(done.sweep)}  {drawn}", (), ())]
    for preset in done.sweep.layout.preset_names:
        for kind, lever in sides(done):
            tables.append(_indices(done, preset, kind, lever))
    return [*tables, _uncertainty(done)]


def _indices(done: Sensitivity, preset: str, kind: str, lever: str) -> Table:
    method = done.design.method
    beside = _BESIDE.get(method)
    columns = (
        Column(side_title(kind, lever), left=True, wraps=True),
        Column("Parameter", left=True, wraps=True),
        Column(METHODS[method].index),
        Column("95 %\ninterval", spare=1),
        *([Column(beside[1], spare=2)] if beside else []),
        Column("luck in\na run", spare=3),
    )
    rows: list[tuple[str, ...]] = []
    quiet, more = set(), 0
    for analysis in done.of(preset, kind, lever):
        found = [x for x in main_index(method, analysis.indices).values() if not x.exactly_zero]
        strongest = sorted(found, key=lambda x: -x.value)
        more += len(strongest[STRONGEST:])
        for x in strongest[:STRONGEST]:
            if _weak(x, analysis):
                quiet.add(len(rows))
            second = [_beside(analysis, x.parameter, beside[0])] if beside else []
            luck = share(analysis.variance.noise.share) if analysis.variance else MISSING
            shown = _number(method, x.value), _interval(method, x)
            rows.append((BY_NAME[analysis.target.outcome].label, x.parameter, *shown, *second, luck))
    notes = _notes(done, preset, kind, lever)
    if more:
        notes = [f"The {STRONGEST} strongest parameters of each.", *notes]
    notes = ["Parameters that change nothing are left out; all are in indices.csv.", *notes]
    title = f"preset {preset}" if preset else ""
    if not rows:
        title = ", ".join(part for part in (side_title(kind, lever), title) if part)
        return Table(title, (), (), tuple(notes))
    return Table(title, columns, tuple(rows), (_TOLD[method], *notes), frozenset(quiet))


def _number(method: str, value: float) -> str:
    """Return an index: mu* in the outcome's unit, the others between 0 and 1."""
    return number(value) if method == "morris" or math.isnan(value) else f"{value:.2f}"


def _interval(method: str, x: Index) -> str:
    if method == "morris" or math.isnan(x.ci_low):
        return interval(x.ci_low, x.ci_high)
    return f"{x.ci_low:.2f} to {x.ci_high:.2f}"


def _weak(index: Index, analysis: Analysis) -> bool:
    chance = [x.value for x in analysis.indices if x.index == CHANCE]
    return index.value <= chance[0] if chance else not index.told


def _beside(analysis: Analysis, parameter: str, index: str) -> str:
    value = next(x.value for x in analysis.indices if (x.parameter, x.index) == (parameter, index))
    return number(value) if index == "sigma" else f"{value:.2f}"


def _notes(done: Sensitivity, preset: str, kind: str, lever: str) -> list[str]:
    """Return what the indices of a table do not show."""
    return told(
        (BY_NAME[a.target.outcome].label, concern)
        for a in done.of(preset, kind, lever)
        for concern in a.concerns
    )


def share(value: float) -> str:
    """Return a share in whole percent."""
    return MISSING if math.isnan(value) else f"{100 * value:.0f} %"


def _uncertainty(done: Sensitivity) -> Table:
    names = shown_parts(done)
    columns = (
        Column("What it varies by", left=True, wraps=True),
        Column("of", left=True, wraps=True),
        *(Column(name.replace(" x ", "\nx ")) for name in names),
        Column("most", left=True, spare=1),
    )
    rows = []
    for target, split in done.uncertainty:
        if split is not None:
            parts = parts_of(split)
            most = max(names, key=lambda name: (parts[name], name))
            shown = [share(parts[name]) for name in names]
            of = target.lever if target.kind == EFFECT else "the base"
            rows.append((BY_NAME[target.outcome].label, of, *shown, most if any(parts.values()) else MISSING))
    notes = [
        "Shares of the variance over all points" + (", presets" if PRESETS in names else "") + " and luck. "
        "`luck` is what a replication does to all points alike: it cancels between points."
    ]
    if LUCK not in names:
        notes = ["One replication: luck cannot be told from parameters, and `parameters` holds both."]
    if done.design.method == "morris":
        notes.append(
            "Trajectories keep to the ends of the ranges more than all values do: parameters count more."
        )
    return Table("", columns, tuple(rows), tuple(notes))


def sensitivity_data(done: Sensitivity) -> dict[str, Any]:
    """Return a study as plain data."""
    sweep = done.sweep
    return {
        "question": sweep.experiment.file.question,
        "folder": str(sweep.folder),
        "method": done.design.method,
        "samples": done.design.samples,
        "replications": done.replications,
        "points": len(sweep.layout.points),
        "runs": sweep.runs,
        "parameters": list(done.design.names),
        "analyses": [
            {
                **asdict(a.target),
                "indices": [asdict(x) for x in a.indices],
                "variance": _split_data(a.variance),
                "notes": [str(concern) for concern in a.concerns],
            }
            for a in done.analyses
        ],
        "uncertainty": [{**asdict(t), "variance": _split_data(v)} for t, v in done.uncertainty],
    }


def _split_data(split: Decomposition | None) -> dict[str, Any] | None:
    return None if split is None else asdict(split) | {"luck_left": split.left}
