"""A finished study checked by doing some of it again: a random sample of runs has to come out the same."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from sim.engine.jit import code_digest
from sim.errors import SimError
from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import EFFECT_COLUMNS, digest_of
from sim.scenario.loader import LoadedScenario, load
from sim.studies.compare import PRECISION, paired_effect
from sim.studies.output import outcome_rows
from sim.studies.simulate import Settings, simulate
from sim.studies.sweeps.batch import job_of, run_job
from sim.studies.sweeps.results import collect, write_tables
from sim.studies.sweeps.store import Store
from sim.studies.sweeps.sweep import Asked, Sweep, open_sweep
from sim.studies.sweeps.tasks import Batch, Task

SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Checked:
    """A run that was done again: which it is, and what came out otherwise (nothing: all is the same)."""

    run: str
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of the runs that were done again, out of `runs` in the study.

    `files` are the tables that were made anew from all that is kept: where they differ, and how.  `kept` are
    the files whose content the manifest names, and which may be missing or other than they were written.
    """

    folder: Path
    runs: int
    checked: tuple[Checked, ...]
    files: tuple[Checked, ...] = ()
    kept: tuple[Checked, ...] = ()

    @property
    def differing(self) -> tuple[Checked, ...]:
        """Runs that came out otherwise, and files that do not hold what the runs say, or were changed."""
        return tuple(x for x in (*self.kept, *self.files, *self.checked) if x.differs)


def verify(
    folder: str | Path,
    sample: int = SAMPLE,
    seed: int | None = None,
    before_runs: Callable[[], object] | None = None,
) -> Verified:
    """Do a random sample of a study's runs again, and compare all that is kept of them.

    The files of a study are checked too: the tables of a sweep are made anew from its shards, and the effects
    of a comparison from its outcomes; files of `sim run` and `sim compare` hold what their manifest says.

    Parameters
    ----------
    folder
        What `sim sweep` left, or `sim run` or `sim compare` with `--out`.
    sample
        How many runs (all, where the study has fewer).
    seed
        Of the sample; None draws another each time.
    before_runs
        Called when all is there and the runs begin.

    Raises
    ------
    SimError
        If there is no finished study, or this is not the code, or these are not the files, that made it.
    """
    folder = Path(folder)
    draw = random.Random(seed)
    if (folder / "study.json").is_file() or Store(folder).shards.is_dir():
        return _verify_sweep(folder, sample, draw, before_runs)
    return _verify_output(folder, sample, draw, before_runs)


# ── a sweep ──────────────────────────────────────────────────────────────────────────────────────────────


def sweep_in(folder: Path) -> Sweep:
    """Return the sweep that lies in a folder, read from the experiment that it names."""
    about = Store(folder).about()
    _same_code(about["code"], folder)
    path = folder / about["experiment"]
    if not path.is_file():
        raise SimError(f"the experiment of {folder} is no longer at {path}")
    return open_sweep(path, folder, Asked(resume=True))


def _verify_sweep(
    folder: Path, sample: int, draw: random.Random, before_runs: Callable[[], object] | None
) -> Verified:
    sweep = sweep_in(folder)
    kept = sweep.store.done()
    places: dict[str, tuple[Task, int]] = {}
    for point, preset, replication, arm, name in sweep.planned():
        places.setdefault(name, (Task(point, preset, replication), arm))
    missing = len(places.keys() - kept.keys())
    if missing:
        raise SimError(f"{missing:,} of {len(places):,} runs are not there yet: `sim sweep --resume` goes on")
    files = _tables_again(sweep)
    if before_runs is not None:
        before_runs()
    chosen = draw.sample(sorted(places), min(sample, len(places)))
    again = tuple(_again(sweep, name, kept[name], *places[name]) for name in chosen)
    return Verified(folder, len(places), again, files)


def _tables_again(sweep: Sweep) -> tuple[Checked, ...]:
    """Return what the tables of a sweep say otherwise than its shards; one that is not there is missing."""
    with tempfile.TemporaryDirectory() as place:
        made = write_tables(collect(sweep), Path(place))
        return tuple(Checked(new.name, _file_differs(sweep.folder / new.name, new)) for new in made)


def _file_differs(kept: Path, made: Path) -> tuple[str, ...]:
    if not kept.is_file():
        return ("missing",)
    if made.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            same = pq.read_table(kept).equals(pq.read_table(made))
        except (OSError, pa.ArrowException):
            return ("cannot be read",)
        return () if same else ("not what the runs say",)
    before, now = kept.read_bytes().splitlines(), made.read_bytes().splitlines()
    if len(before) != len(now):
        return (f"{len(before):,} lines, not {len(now):,}",)
    return tuple(f"line {k}" for k, (a, b) in enumerate(zip(before, now, strict=True), start=1) if a != b)


def _again(sweep: Sweep, name: str, shard: str, task: Task, arm: int) -> Checked:
    table = sweep.store.read(shard)
    assert table is not None  # `done` has read it
    index = table["run"].to_pylist().index(name)
    (before,) = table.slice(index, 1).to_pylist()
    (now,) = run_job(job_of(sweep.layout, Batch(name, (task,), ((arm,),)))).to_pylist()
    return Checked(name, tuple(key for key in before if not _same(before[key], now[key])))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return bool(np.array_equal(np.array(a), np.array(b)))
    return bool(a == b)


# ── what `sim run` and `sim compare` write ───────────────────────────────────────────────────────────────


def _verify_output(
    folder: Path, sample: int, draw: random.Random, before_runs: Callable[[], object] | None
) -> Verified:
    about = _manifest(folder)
    _same_code(about["code"]["digest"], folder)
    settings = Settings(*(about[k] for k in ("residents", "days", "seed", "replications", "warm_up")))
    worlds = {world["name"]: world for world in about["worlds"]}
    runs = [(name, r) for name in worlds for r in range(settings.replications)]
    kept = _outcomes(folder / "outcomes.csv")
    files: tuple[Checked, ...] = ()
    if (folder / "effects.csv").is_file():
        files = (Checked("effects.csv", _effects_differ(folder / "effects.csv", kept, settings, about)),)
    if before_runs is not None:
        before_runs()
    found = []
    for name, replication in draw.sample(runs, min(sample, len(runs))):
        before = kept.get((name, replication), {})
        now = _run_again(worlds[name], name, settings, replication)
        keys = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
        differs = tuple("/".join(x for x in key if x) for key in keys)
        found.append(Checked(f"{name}, replication {replication}", differs))
    return Verified(folder, len(runs), tuple(found), files, _as_written(folder, about))


def _as_written(folder: Path, about: Mapping[str, Any]) -> tuple[Checked, ...]:
    """Return the files that the manifest names, and which of them are not what was written."""
    found = []
    for name, digest in about.get("files", {}).items():
        path = folder / name
        if not path.is_file():
            found.append(Checked(name, ("missing",)))
        else:
            found.append(Checked(name, () if digest_of(path) == digest else ("not as it was written",)))
    return tuple(found)


def _effects_differ(
    path: Path,
    kept: Mapping[tuple[str, int], Mapping[tuple[str, ...], str]],
    settings: Settings,
    about: Mapping[str, Any],
) -> tuple[str, ...]:
    """Return the lines of `effects.csv` that are not what `outcomes.csv` gives."""
    found = []
    precision = about.get("precision", PRECISION)
    with _table(path) as rows:
        for line, row in enumerate(rows, start=2):
            key = row["outcome"], row["group"], row["level"]
            if row["outcome"] not in BY_NAME:
                found.append(f"line {line}")
                continue
            if row["group"] == "neighbourhood" and BY_NAME[row["outcome"]].main is not True:
                continue  # `outcomes.csv` leaves these out
            pair = [
                np.array(
                    [float(kept.get((world, r), {}).get(key, "nan")) for r in range(settings.replications)]
                )
                for world in ("base", row["lever"])
            ]
            same = row["ci_low"] == "0.0" == row["ci_high"]
            effect = paired_effect((row["lever"], *key), pair[0], pair[1], precision, same=same)
            made = [_cell(getattr(effect, name)) for name in EFFECT_COLUMNS]
            if made != [row[name] for name in EFFECT_COLUMNS]:
                found.append(f"line {line}")
    return tuple(found)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return "" if value is None else str(value)


def _manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SimError(
            f"{folder} holds no study: there is neither study.json nor manifest.json in it"
        ) from error
    except (OSError, ValueError) as error:
        raise SimError(f"{path} cannot be read: {error}") from error
    if not isinstance(data, dict) or "worlds" not in data or not (folder / "outcomes.csv").is_file():
        raise SimError(f"{folder} holds no study whose runs could be done again")
    return data


@contextlib.contextmanager
def _table(path: Path) -> Iterator[Iterator[dict[str, str]]]:
    """Open a table to read its rows; one that is cut or garbled is told."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield csv.DictReader(file)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise SimError(f"{path} cannot be read as it was written: {error}") from error


def _outcomes(path: Path) -> dict[tuple[str, int], dict[tuple[str, ...], str]]:
    """Return every value of `outcomes.csv` as it is written, by run and by outcome, group and level."""
    found: dict[tuple[str, int], dict[tuple[str, ...], str]] = {}
    with _table(path) as rows:
        for row in rows:
            key = row["outcome"], row["group"], row["level"]
            found.setdefault((row["scenario"], int(row["replication"])), {})[key] = row["value"]
    return found


def _run_again(
    world: Mapping[str, Any], name: str, settings: Settings, replication: int
) -> dict[tuple[str, ...], str]:
    result = simulate(_world_of(world), settings, replication)
    rows = outcome_rows([name], [[result]], settings)
    return {(row[3], row[4], row[5]): repr(row[6]) for row in rows if not math.isnan(row[6])}


def _world_of(about: Mapping[str, Any]) -> LoadedScenario:
    """Return a world as its manifest tells it: the first phase's scenario, with the later phases' behind."""
    first, *later = about["phases"]
    start = _resolved(about["resolved"])
    phases = [replace(_resolved(phase["resolved"]).phases[0], day=phase["day"]) for phase in later]
    return replace(start, phases=(replace(start.phases[0], day=first["day"]), *phases))


def _resolved(data: Mapping[str, Any]) -> LoadedScenario:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "world.yaml"
        text = StringIO()
        YAML(typ="safe").dump(data, text)
        path.write_text(text.getvalue(), encoding="utf-8")
        return load(path)


def _same_code(code: str, folder: Path) -> None:
    if code != code_digest():
        what = "another version of this package, or with other decisions replaced,"
        raise SimError(f"{folder} was made by {what} which alone can do it again")
