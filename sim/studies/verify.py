"""A finished study checked by doing some of it again: a random sample of runs has to come out the same."""

from __future__ import annotations

import csv
import json
import math
import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from sim.engine.jit import source_digest
from sim.errors import SimError
from sim.scenario.loader import load
from sim.studies.output import outcome_rows
from sim.studies.simulate import Settings, simulate
from sim.studies.sweeps.batch import job_of, run_job
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
    """What became of the runs that were done again, out of `runs` in the study."""

    folder: Path
    runs: int
    checked: tuple[Checked, ...]

    @property
    def differing(self) -> tuple[Checked, ...]:
        """Those that came out otherwise."""
        return tuple(x for x in self.checked if x.differs)


def verify(folder: str | Path, sample: int = SAMPLE, seed: int | None = None) -> Verified:
    """Do a random sample of a study's runs again, and compare all that is kept of them.

    Parameters
    ----------
    folder
        What `sim sweep` left, or `sim run` or `sim compare` with `--out`.
    sample
        How many runs (all, where the study has fewer).
    seed
        Of the sample; None draws another each time.

    Raises
    ------
    SimError
        If there is no finished study, or this is not the code, or these are not the files, that made it.
    """
    folder = Path(folder)
    draw = random.Random(seed)
    if (folder / "study.json").is_file():
        return _verify_sweep(folder, sample, draw)
    return _verify_output(folder, sample, draw)


# ── a sweep ──────────────────────────────────────────────────────────────────────────────────────────────


def sweep_in(folder: Path) -> Sweep:
    """Return the sweep that lies in a folder, read from the experiment that it names."""
    about = Store(folder).about()
    _same_code(about["code"], folder)
    path = folder / about["experiment"]
    if not path.is_file():
        raise SimError(f"the experiment of {folder} is no longer at {path}")
    return open_sweep(path, folder, Asked(resume=True))


def _verify_sweep(folder: Path, sample: int, draw: random.Random) -> Verified:
    sweep = sweep_in(folder)
    kept = sweep.store.done()
    places: dict[str, tuple[Task, int]] = {}
    for point, preset, replication, arm, name in sweep.planned():
        places.setdefault(name, (Task(point, preset, replication), arm))
    missing = len(places.keys() - kept.keys())
    if missing:
        raise SimError(f"{missing:,} of {len(places):,} runs are not there yet: `sim sweep --resume` goes on")
    chosen = draw.sample(sorted(places), min(sample, len(places)))
    return Verified(
        folder, len(places), tuple(_again(sweep, name, kept[name], *places[name]) for name in chosen)
    )


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


def _verify_output(folder: Path, sample: int, draw: random.Random) -> Verified:
    about = _manifest(folder)
    _same_code(about["code"]["digest"], folder)
    settings = Settings(*(about[k] for k in ("residents", "days", "seed", "replications", "warm_up")))
    worlds = {world["name"]: world for world in about["worlds"]}
    runs = [(name, r) for name in worlds for r in range(settings.replications)]
    dated = [name for name, world in worlds.items() if len(world["phases"]) > 1]
    if dated:
        what = f"{', '.join(dated)} has a timeline, of which the manifest holds only the beginning"
        raise SimError(f"{what}: run it again with the command in manifest.json instead")
    kept = _outcomes(folder / "outcomes.csv")
    found = []
    for name, replication in draw.sample(runs, min(sample, len(runs))):
        before = kept.get((name, replication), {})
        now = _run_again(worlds[name], name, settings, replication)
        keys = sorted(k for k in before.keys() | now.keys() if before.get(k) != now.get(k))
        differs = tuple("/".join(x for x in key if x) for key in keys)
        found.append(Checked(f"{name}, replication {replication}", differs))
    return Verified(folder, len(runs), tuple(found))


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


def _outcomes(path: Path) -> dict[tuple[str, int], dict[tuple[str, ...], str]]:
    """Return every value of `outcomes.csv` as it is written, by run and by outcome, group and level."""
    found: dict[tuple[str, int], dict[tuple[str, ...], str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["outcome"], row["group"], row["level"]
            found.setdefault((row["scenario"], int(row["replication"])), {})[key] = row["value"]
    return found


def _run_again(
    world: Mapping[str, Any], name: str, settings: Settings, replication: int
) -> dict[tuple[str, ...], str]:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "world.yaml"
        text = StringIO()
        YAML(typ="safe").dump(world["resolved"], text)
        path.write_text(text.getvalue(), encoding="utf-8")
        result = simulate(load(path), settings, replication)
    rows = outcome_rows([name], [[result]], settings)
    return {(row[3], row[4], row[5]): repr(row[6]) for row in rows if not math.isnan(row[6])}


def _same_code(code: str, folder: Path) -> None:
    if code != source_digest():
        what = "another version of this package, or with other decisions replaced,"
        raise SimError(f"{folder} was made by {what} which alone can do it again")
