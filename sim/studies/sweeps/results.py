"""What a sweep found: outcomes of every run as one array, paired effects, and the tidy tables of both."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import ROWS
from sim.errors import SimError
from sim.outcomes.counts import Counts
from sim.outcomes.definitions import BY_NAME, OUTCOMES, Outcome, values
from sim.outcomes.files import EFFECT_COLUMNS, write_bytes, write_rows
from sim.studies.compare import PRECISION, Effect, paired_effect
from sim.studies.plan import Progress
from sim.studies.reasons import can_differ
from sim.studies.sweeps.averages import over_points
from sim.studies.sweeps.sweep import Asked, Sweep, run_sweep

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Array = NDArray[np.float64]
PLACE_COLUMNS = ("preset", "point")


@dataclass(frozen=True)
class Column:
    """A number of every run: an outcome in total, or for one level of a breakdown."""

    outcome: Outcome
    group: str = ""
    level: str = ""


@dataclass(frozen=True)
class Found:
    """All outcomes of a sweep that were asked for.

    Attributes
    ----------
    columns
        What the last axis of `values` holds.
    values
        `(presets, arms, points, replications, columns)`; missing where a run is not there, failed, or had
        nothing to divide by.
    prints
        `(presets, arms, points, replications)`: a hash of all that a run counted; 0 where there is none.
    errors
        Runs that failed: preset, arm, point and replication by number, and why.
    """

    sweep: Sweep
    columns: tuple[Column, ...]
    values: Array
    prints: NDArray[np.uint64]
    errors: tuple[tuple[int, int, int, int, str], ...]

    def of(self, outcome: str) -> Array:
        """Return the totals of an outcome: `(presets, arms, points, replications)`.

        Raises
        ------
        SimError
            If it is not among those that were asked for.
        """
        for k, column in enumerate(self.columns):
            if column.outcome.name == outcome and not column.group:
                return np.asarray(self.values[..., k])
        known = ", ".join(c.outcome.name for c in self.columns if not c.group)
        raise SimError(f"the sweep has no outcome {outcome!r}, only {known}")

    @property
    def missing(self) -> int:
        """How many runs of the plan are not there (those that failed are)."""
        planned = np.zeros(self.prints.shape, dtype=bool)
        for point, n in enumerate(self.sweep.replications):
            planned[:, :, point, :n] = True
        there = self.prints != 0
        for preset, arm, point, replication, _ in self.errors:
            there[preset, arm, point, replication] = True
        return int((planned & ~there).sum())

    def effects(self, precision: float = PRECISION) -> Iterator[tuple[str, int, Effect]]:
        """Yield the paired effect of every arm, by preset, point and column: preset, point, effect."""
        sweep, same_as_base = self.sweep, self._same()
        names = [arm.name for arm in sweep.layout.arms]
        for p, preset in enumerate(sweep.layout.preset_names):
            for point, n in enumerate(sweep.replications):
                for a, k in itertools.product(range(1, len(names)), range(len(self.columns))):
                    column = self.columns[k]
                    base, value = (self.values[p, x, point, :n, k] for x in (0, a))
                    same = same_as_base(p, a, slice(point, point + 1), n)
                    key = names[a], column.outcome.name, column.group, column.level
                    yield preset, point, paired_effect(key, base, value, precision, same=same)

    def overall(self, preset: int = 0, precision: float = PRECISION) -> list[Effect]:
        """Return every arm's total effects over the whole design, in which each point counts once."""
        sweep, same_as_base = self.sweep, self._same()
        n = max(sweep.replications)
        found = []
        for a, arm in enumerate(sweep.layout.arms[1:], 1):
            same = same_as_base(preset, a, slice(None), n)
            for k, column in enumerate(self.columns):
                if not column.group:
                    base, value = (self.values[preset, x, :, :, k] for x in (0, a))
                    key = arm.name, column.outcome.name, "", ""
                    found.append(over_points(key, base, value, precision, same=same))
        return found

    def _same(self) -> Callable[[int, int, slice, int], bool]:
        """Return what tells whether an arm is the base at some points, in so many replications.

        That is by its rules, at the values of the files, and in all that was counted; rules are compared only
        where the counts are equal, and once.
        """
        worlds = self.sweep.layout.worlds

        @functools.cache
        def may_differ(preset: int, arm: int) -> bool:
            return can_differ(worlds[preset][0], worlds[preset][arm])

        def same(preset: int, arm: int, points: slice, n: int) -> bool:
            counted, base = (self.prints[preset, x, points, :n] for x in (arm, 0))
            return np.array_equal(counted, base) and not may_differ(preset, arm)

        return same

    def table(self) -> pd.DataFrame:
        """Return the paired effects of every lever, one row each."""
        import pandas as pd

        return pd.DataFrame(list(_effect_rows(self)), columns=[*EFFECT_COLUMNS, *PLACE_COLUMNS])


def sweep(
    experiment: str | Path,
    folder: str | Path | None = None,
    *,
    resume: bool = False,
    extend: bool = False,
    replications: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Found:
    """Run an experiment, write its tables, and return what it found.

    Parameters, errors and examples: see `sim.sweep`, whose results show themselves.
    """
    asked = Asked(
        resume=resume,
        extend=extend,
        replications=replications,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )
    found = collect(run_sweep(experiment, folder, asked))
    write_tables(found)
    return found


def wanted_columns(sweep: Sweep, outcomes: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return what a sweep reports: the outcomes asked for, else the experiment's, else the main ones."""
    file = sweep.experiment.file
    names = tuple(outcomes) or file.outcomes or tuple(o.name for o in OUTCOMES if o.main is True)
    found = [Column(BY_NAME[name]) for name in names]
    for name, group in itertools.product(names, file.by):
        if group in BY_NAME[name].by:
            found += [Column(BY_NAME[name], group, level) for level in levels_of(sweep, group)]
    return tuple(found)


def levels_of(sweep: Sweep, group: str) -> tuple[str, ...]:
    """Return the levels of a breakdown, as the runs of the sweep have them."""
    for name in sweep.store.names():
        table = sweep.store.read(name, ["columns"])
        width = next((x for x in table["columns"].to_pylist() if x), None) if table is not None else None
        if width is not None:
            agencies = tuple(sweep.layout.worlds[0][0].settings.agencies)
            return tuple(Counts(np.zeros((0, width)), agencies, 1, 1.0).columns()[group])
    return ()


def collect(sweep: Sweep, outcomes: Sequence[str] = ()) -> Found:
    """Read the runs of a sweep that are there, one shard after another."""
    columns = wanted_columns(sweep, outcomes)
    layout = sweep.layout
    shape = len(layout.presets), len(layout.arms), len(layout.points), max(sweep.replications)
    found = np.full((*shape, len(columns)), np.nan)
    prints = np.zeros(shape, dtype=np.uint64)
    places: dict[str, list[tuple[int, int, int, int]]] = {}
    for point, preset, replication, arm, name in sweep.planned():
        places.setdefault(name, []).append((preset, arm, point, replication))
    errors = []
    agencies = tuple(layout.worlds[0][0].settings.agencies)
    for shard in sweep.store.names():
        table = sweep.store.read(shard)
        for row in _rows(table):
            for place in places.get(row["run"], ()):
                if row["error"] is not None:
                    errors.append((*place, row["error"]))
                    continue
                prints[place] = row["print"]
                found[place] = _numbers(row, columns, agencies)
    return Found(sweep, columns, found, prints, tuple(sorted(errors)))


def _rows(table: pa.Table | None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a shard, the tally as an array."""
    if table is None:
        return
    tallies = table["tally"]
    small = table.drop_columns(["tally", "values"]).to_pylist()
    for k, row in enumerate(small):
        if row["error"] is None:
            tally = np.asarray(tallies[k].values.to_numpy(zero_copy_only=False))
            row["tally"] = tally.reshape(len(ROWS), row["columns"])
            row["print"] = fingerprint(tally)
        yield row


def fingerprint(tally: Array) -> int:
    """Return a number that tells tallies apart; never 0."""
    import hashlib

    return int.from_bytes(hashlib.blake2b(tally.tobytes(), digest_size=8).digest(), "little") or 1


def _numbers(row: dict[str, Any], columns: Sequence[Column], agencies: tuple[str, ...]) -> list[float]:
    counts = Counts(row["tally"], agencies, row["residents"], row["days"])
    index = counts.columns()
    made: dict[str, Array] = {}
    found = []
    for column in columns:
        name = column.outcome.name
        if name not in made:
            made[name] = values(column.outcome, counts)
        at = 0 if not column.group else index[column.group].get(column.level, -1)
        found.append(float(made[name][at]) if at >= 0 else np.nan)
    return found


def write_tables(found: Found, folder: Path | None = None) -> list[Path]:
    """Write the tables of a sweep into its folder, or another: points, runs, outcomes and effects."""
    sweep = found.sweep
    folder = sweep.folder if folder is None else folder
    written = [folder / name for name in ("points.csv", "runs.csv", "outcomes.parquet", "outcomes.csv")]
    factors = [f.name for f in sweep.experiment.factors]
    points = ((k, *sweep.layout.values(k).values()) for k in range(len(sweep.layout.points)))
    write_rows(written[0], ("point", *factors), points)
    write_rows(written[1], RUN_COLUMNS, _run_rows(found))
    table = outcome_table(found)
    _write_parquet(written[2], table)
    _write_csv(written[3], table)
    if len(sweep.layout.arms) > 1:
        written.append(folder / "effects.csv")
        write_rows(written[-1], (*EFFECT_COLUMNS, *PLACE_COLUMNS), _effect_rows(found))
    return written


def _effect_rows(found: Found) -> Iterator[tuple[Any, ...]]:
    for preset, point, effect in found.effects():
        yield *(getattr(effect, c) for c in EFFECT_COLUMNS), preset, point


RUN_COLUMNS = ("run", "scenario", *PLACE_COLUMNS, "replication", "seed", "error")


def _run_rows(found: Found) -> Iterator[tuple[Any, ...]]:
    sweep = found.sweep
    arms, presets = sweep.layout.arms, sweep.layout.preset_names
    failed = {place[:4]: place[4] for place in found.errors}
    for point, preset, replication, arm, name in sweep.planned():
        error = failed.get((preset, arm, point, replication))
        if error is None and not found.prints[preset, arm, point, replication]:
            error = "not run"
        seed = sweep.layout.seed(replication)
        yield name, arms[arm].name, presets[preset], point, replication, seed, error


def outcome_table(found: Found) -> pa.Table:
    """Return the outcomes of every run, tidy: one value a row, missing values left out."""
    import pyarrow as pa

    sweep = found.sweep
    there = np.isfinite(found.values)
    # Point by point, then replication: as a reader would look them up.
    order = np.transpose(there, (0, 2, 3, 1, 4))
    preset, point, replication, arm, column = np.nonzero(order)
    number = np.transpose(found.values, (0, 2, 3, 1, 4))[order]
    seeds = np.array([sweep.layout.seed(r) for r in range(there.shape[3])], dtype=np.uint64)

    def named(codes: NDArray[np.int64], names: Sequence[str]) -> Any:
        words = list(dict.fromkeys(names))  # one that is there twice would be written in any order
        places = np.array([words.index(name) for name in names], dtype=np.int64)
        return pa.DictionaryArray.from_arrays(
            pa.array(places[codes], pa.int32()), pa.array(words, pa.string())
        )

    parts = {
        "scenario": named(arm, [a.name for a in sweep.layout.arms]),
        "replication": pa.array(replication, pa.int32()),
        "seed": pa.array(seeds[replication]),
        "outcome": named(column, [c.outcome.name for c in found.columns]),
        "group": named(column, [c.group for c in found.columns]),
        "level": named(column, [c.level for c in found.columns]),
        "value": pa.array(number),
        "unit": named(column, [c.outcome.unit for c in found.columns]),
        "preset": named(preset, sweep.layout.preset_names),
        "point": pa.array(point, pa.int32()),
    }
    return pa.table(parts)


def _write_parquet(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    write_bytes(path, lambda file: pq.write_table(table, file, compression="zstd"))


def _write_csv(path: Path, table: pa.Table) -> None:
    import pyarrow.csv

    plain = table.cast(_plain_schema(table))
    write_bytes(path, lambda file: pyarrow.csv.write_csv(plain, file))


def _plain_schema(table: pa.Table) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
            for f in table.schema
        ]
    )
