"""What a study leaves in its output directory."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.agents.replacing import replaced
from sim.engine.jit import code_digest
from sim.engine.luck import replication_seed
from sim.outcomes.attitudes import COLUMNS, attitude_rows
from sim.outcomes.definitions import OUTCOMES, levels
from sim.outcomes.files import (
    EFFECT_COLUMNS,
    OUTCOME_COLUMNS,
    YEAR_COLUMNS,
    digest_of,
    write_bytes,
    write_json,
    write_rows,
)
from sim.scenario.living import standalone
from sim.scenario.loader import LoadedScenario
from sim.studies.explain import BY, Row
from sim.studies.simulate import Settings, WorldResult
from sim.studies.traces import COURSE_COLUMNS, FLOW_COLUMNS, course_rows, flow_rows

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.compare import Comparison
    from sim.studies.explain import Divergence
    from sim.studies.traces import Traces

ROW_COLUMNS = tuple(Row.__dataclass_fields__)
DIVERGENCE_COLUMNS = ("lever", "outcome", *ROW_COLUMNS, "replications", "unit")
ATTITUDE_COLUMNS = ("scenario", "replication", "seed", *COLUMNS)
PACKAGES = ("mesa", "numba", "numpy", "scipy", "pandas", "pydantic", "pyarrow", "ruamel.yaml")


def outcome_rows(
    names: Sequence[str], results: Sequence[Sequence[WorldResult]], settings: Settings
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `outcomes.csv`.

    Values that do not exist (a share of nothing) are left out, and so is the breakdown by neighbourhood of
    outcomes that are not main ones.
    """
    for name, world in zip(names, results, strict=True):
        for result in world:
            seed = int(replication_seed(settings.seed, result.replication))
            columns = list(levels(result.counts))
            for k, outcome in enumerate(OUTCOMES):
                for column, group, level in columns:
                    if group == "neighbourhood" and outcome.main is not True:
                        continue
                    value = float(result.outcomes[k, column])
                    if value == value:
                        yield name, result.replication, seed, outcome.name, group, level, value, outcome.unit


def attitude_table(
    names: Sequence[str], results: Sequence[Sequence[WorldResult]], settings: Settings
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `attitudes.csv`: what each survey found; days count from the end of the warm-up."""
    for name, world in zip(names, results, strict=True):
        for result in world:
            seed = int(replication_seed(settings.seed, result.replication))
            if result.surveys is not None:
                for row in attitude_rows(result.surveys):
                    yield name, result.replication, seed, *row


def year_rows(name: str, results: Sequence[WorldResult], settings: Settings) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `outcomes_by_year.csv`: totals, and the days of each year that were lived."""
    for result in results:
        seed = int(replication_seed(settings.seed, result.replication))
        for year in result.years:
            for outcome, value in zip(OUTCOMES, year.outcomes[:, 0].tolist(), strict=True):
                if value == value:
                    about = name, result.replication, seed, year.year, year.counts.days
                    yield *about, outcome.name, value, outcome.unit


def run_name(scenario: LoadedScenario, settings: Settings) -> str:
    """Return the name of a run: a hash of resolved scenario, settings and code."""
    text = f"{scenario.digest} {settings} {code_digest()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def manifest(
    names: Sequence[str],
    worlds: Sequence[LoadedScenario],
    settings: Settings,
    seconds: float,
    command: Sequence[str],
) -> dict[str, Any]:
    """Return what it takes to run the same again, and what it was run with."""
    return {
        "run": run_name(worlds[0], settings),
        "command": list(command),
        "residents": settings.residents,
        "days": settings.days,
        "warm_up": settings.warm_up,
        "seed": settings.seed,
        "replications": settings.replications,
        "seeds": [int(replication_seed(settings.seed, r)) for r in range(settings.replications)],
        "code": {
            "version": importlib.metadata.version("enforcement-pathways"),
            "digest": code_digest(),
            "replaced": replaced(),
        },
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": sys.version.split()[0],
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "wall_seconds": round(seconds, 3),
        "worlds": [
            {
                "name": name,
                "scenario": world.path.name,
                "digest": world.digest,
                "levers": [
                    {
                        "name": x.name,
                        "parameters": x.parameters,
                        "title": x.file.title,
                        "claim": x.file.claim,
                        "sources": list(x.file.sources),
                    }
                    for x in world.levers
                ],
                "phases": [
                    {"day": p.day, "levers": list(p.levers)}
                    | ({"resolved": standalone(world, k)} if k else {})
                    for k, p in enumerate(world.phases)
                ],
                "resolved": standalone(world),
            }
            for name, world in zip(names, worlds, strict=True)
        ],
    }


def write_run(
    folder: Path,
    scenario: LoadedScenario,
    results: Sequence[WorldResult],
    settings: Settings,
    *,
    seconds: float,
    command: Sequence[str],
) -> list[Path]:
    """Write the files of one world: outcomes, by year and events where these were kept, manifest."""
    names = [scenario.path.stem]
    written = [folder / "outcomes.csv", folder / "attitudes.csv"]
    write_rows(written[0], OUTCOME_COLUMNS, outcome_rows(names, [results], settings))
    write_rows(written[1], ATTITUDE_COLUMNS, attitude_table(names, [results], settings))
    if results[0].years:
        written.append(folder / "outcomes_by_year.csv")
        write_rows(written[-1], YEAR_COLUMNS, year_rows(names[0], results, settings))
    if results[0].log is not None:
        written.append(folder / "events.parquet")
        write_events(written[-1], names[0], results)
    about = manifest(names, [scenario], settings, seconds, command)
    return _sealed(folder, written, about)


def write_events(path: Path, name: str, results: Sequence[WorldResult]) -> None:
    """Write the event logs of all replications as one Parquet file."""
    import pandas as pd

    frames: list[pd.DataFrame] = []
    for result in results:
        frame = result.events
        if frame is not None:
            frame.insert(0, "scenario", name)
            frame.insert(1, "replication", result.replication)
            frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    write_bytes(path, lambda file: whole.to_parquet(file, index=False))


def write_comparison(
    folder: Path,
    comparison: Comparison,
    *,
    seconds: float,
    command: Sequence[str],
    traces: Traces | None = None,
) -> list[Path]:
    """Write the tables of a comparison: outcomes of every world, paired effects, manifest, traces if any."""
    written = [folder / name for name in ("outcomes.csv", "effects.csv", "attitudes.csv")]
    names, settings = comparison.names, comparison.settings
    write_rows(written[0], OUTCOME_COLUMNS, outcome_rows(names, comparison.results, settings))
    write_rows(written[1], EFFECT_COLUMNS, effect_rows(comparison))
    write_rows(written[2], ATTITUDE_COLUMNS, attitude_table(names, comparison.results, settings))
    if traces is not None:
        more = [folder / name for name in ("over_time.csv", "flows.csv", "divergence.csv")]
        write_rows(more[0], COURSE_COLUMNS, course_rows(comparison))
        write_rows(more[1], FLOW_COLUMNS, flow_rows(names, traces, settings))
        write_rows(more[2], DIVERGENCE_COLUMNS, divergence_rows(traces.divergences))
        written += more
    return _sealed(folder, written, comparison_manifest(comparison, seconds, command))


def _sealed(folder: Path, written: Sequence[Path], about: dict[str, Any]) -> list[Path]:
    """Write the manifest, which also says what the other files hold; return all of them."""
    last = folder / "manifest.json"
    write_json(last, about | {"files": {path.name: digest_of(path) for path in written}})
    return [*written, last]


def effect_rows(comparison: Comparison) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `effects.csv`."""
    for effect in comparison.effects:
        yield tuple(getattr(effect, column) for column in EFFECT_COLUMNS)


def comparison_manifest(comparison: Comparison, seconds: float, command: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a comparison, which also says why a lever changes nothing where it does not."""
    about = manifest(comparison.names, comparison.worlds, comparison.settings, seconds, command)
    about["precision"] = comparison.precision
    for world in about["worlds"][1:]:
        world["same_as_base"] = comparison.is_same(world["name"])
        world["why_nothing"] = comparison.why_nothing(world["name"])
    return about


def divergence_rows(divergences: Sequence[Divergence]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `divergence.csv`: partings in total and by every breakdown."""
    for d in divergences:
        for row in (row for by in ("", *BY) for row in d.rows(by)):
            cells = (getattr(row, name) for name in ROW_COLUMNS)
            yield (d.lever, d.outcome.name, *cells, d.settings.replications, d.outcome.unit)
