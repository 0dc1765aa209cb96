"""What a comparison found, as a report tells it: read from the files of `sim compare --out`, or just run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from sim.errors import SimError
from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import EFFECT_COLUMNS
from sim.studies.compare import Effect
from sim.studies.output import (
    ATTITUDE_COLUMNS,
    DIVERGENCE_COLUMNS,
    attitude_table,
    comparison_manifest,
    divergence_rows,
)
from sim.studies.sensitivity.design import METHODS
from sim.studies.sensitivity.study import INDEX_COLUMNS
from sim.studies.simulate import Settings
from sim.studies.traces import COURSE_COLUMNS, FLOW_COLUMNS, course_rows, flow_rows

if TYPE_CHECKING:
    from sim.studies.traces import Traced

SHOWN_BY: Final = ("", "status", "group", "record")
_TRACES: Final = {
    "over_time.csv": COURSE_COLUMNS,
    "flows.csv": FLOW_COLUMNS,
    "divergence.csv": DIVERGENCE_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class LeverTold:
    """A lever as its file tells it: name, title, claim, parameters as they were set, source ids."""

    name: str
    title: str
    claim: str
    parameters: Mapping[str, float]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorldTold:
    """A world: its levers, and whether and why these change nothing."""

    name: str
    levers: tuple[LeverTold, ...]
    same_as_base: bool
    why_nothing: str | None


@dataclass(frozen=True, slots=True)
class PresetTold:
    """A preset of disputed assumptions, and the effects under it."""

    name: str
    title: str
    claim: str
    effects: Mapping[tuple[str, str], Effect]  # (lever, outcome), in total


@dataclass(frozen=True, slots=True)
class RankingTold:
    """How the options rank in an outcome: a label of `sim.studies.presets`, and what it hangs on."""

    outcome: str
    label: str
    because: str
    orders: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SensitivityTold:
    """A sensitivity study: its table of indices, and what it was a study of, as far as its folder says."""

    indices: pd.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a comparison found.

    Attributes
    ----------
    names
        `base` and the levers as they were asked for (`combined`: all of them).
    worlds
        One for each name.
    settings, precision
        As in `Comparison`.
    effects
        In total and by status, perceived group and record.
    attitudes, course, flows, divergence
        The files of those names as tables; without rows where they have not been kept.
    presets, rankings
        What a comparison under presets adds.
    sensitivity
        A sensitivity study, where one is at hand.
    manifest
        What it takes to run the same again.
    """

    names: tuple[str, ...]
    worlds: tuple[WorldTold, ...]
    settings: Settings
    precision: float
    effects: tuple[Effect, ...]
    attitudes: pd.DataFrame
    course: pd.DataFrame
    flows: pd.DataFrame
    divergence: pd.DataFrame
    manifest: Mapping[str, Any]
    presets: tuple[PresetTold, ...]
    rankings: tuple[RankingTold, ...]
    sensitivity: SensitivityTold | None = None
    _index: dict[tuple[str, str, str, str], Effect] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update({(e.lever, e.outcome, e.group, e.level): e for e in self.effects})

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.resolved.get("name", self.scenario))

    @property
    def scenario(self) -> str:
        """File of the scenario."""
        return str(self.manifest["worlds"][0]["scenario"])

    @property
    def resolved(self) -> Mapping[str, Any]:
        """The scenario with all that it extends."""
        found: Mapping[str, Any] = self.manifest["worlds"][0]["resolved"]
        return found

    @property
    def levers(self) -> tuple[str, ...]:
        """The worlds with levers."""
        return self.names[1:]

    def effect(self, lever: str, outcome: str, group: str = "", level: str = "") -> Effect:
        """Return one effect.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        return self._index[lever, outcome, group, level]

    def world(self, name: str) -> WorldTold:
        """Return a world by its name."""
        return self.worlds[self.names.index(name)]

    def lever_title(self, lever: str) -> str:
        """Return the title of a lever."""
        return self.world(lever).levers[-1].title

    def is_equal(self, lever: str) -> bool:
        """Whether no pair of worlds differed in any outcome."""
        return all(e.difference == 0 for e in self.effects if e.lever == lever and e.replications)

    def levels(self, group: str) -> list[str]:
        """Return the levels of a breakdown, in their order."""
        return list(dict.fromkeys(e.level for e in self.effects if e.group == group))


# ── just run ─────────────────────────────────────────────────────────────────────────────────────────────
def findings_of(traced: Traced, command: Sequence[str] = ()) -> Findings:
    """Return the findings of a comparison that has just been run."""
    done, traces = traced.comparison, traced.traces
    manifest = comparison_manifest(done, 0.0, command)
    told = pd.DataFrame(
        attitude_table(done.names, done.results, done.settings), columns=list(ATTITUDE_COLUMNS)
    )
    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in _TRACES.items()}
    if traces is not None:
        rows = {
            "over_time.csv": course_rows(done),
            "flows.csv": flow_rows(done.names, traces, done.settings),
            "divergence.csv": divergence_rows(traces.divergences),
        }
        tables = {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in _TRACES.items()}
    return _findings(manifest, tuple(e for e in done.effects if e.group in SHOWN_BY), told, tables)


def _findings(
    manifest: Mapping[str, Any],
    effects: tuple[Effect, ...],
    attitudes: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    presets: tuple[PresetTold, ...] = (),
    rankings: tuple[RankingTold, ...] = (),
) -> Findings:
    worlds = tuple(_world(world) for world in manifest["worlds"])
    own = len(manifest["worlds"][0]["levers"])
    worlds = tuple(
        WorldTold(w.name, w.levers[own:], w.same_as_base, w.why_nothing) if k else w
        for k, w in enumerate(worlds)
    )
    settings = Settings(*(manifest[k] for k in ("residents", "days", "seed", "replications", "warm_up")))
    return Findings(
        tuple(w.name for w in worlds),
        worlds,
        settings,
        manifest["precision"],
        effects,
        attitudes,
        tables["over_time.csv"],
        tables["flows.csv"],
        tables["divergence.csv"],
        manifest,
        presets,
        rankings,
    )


def _world(data: Mapping[str, Any]) -> WorldTold:
    levers = tuple(
        LeverTold(x["name"], x["title"], x["claim"], x["parameters"], tuple(x["sources"]))
        for x in data["levers"]
    )
    return WorldTold(data["name"], levers, bool(data.get("same_as_base")), data.get("why_nothing"))


# ── from files ───────────────────────────────────────────────────────────────────────────────────────────
def read_findings(folder: str | Path) -> Findings:
    """Return what the files of a comparison say.

    Parameters
    ----------
    folder
        What `sim compare --out` left, with or without `--presets`.

    Raises
    ------
    SimError
        If it is no such folder, or its files are broken or of another version.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SimError(f"there is no folder {folder}")
    under_presets, plain = ((folder / name).is_file() for name in ("presets.json", "manifest.json"))
    if under_presets and plain:
        what = f"{folder} holds two studies: one under presets (presets.json), and another (manifest.json)"
        raise SimError(f"{what}; run the comparison again with a folder of its own")
    try:
        return _read_presets(folder) if under_presets else _read(folder)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        what = f"{folder} comes from another version of this program, or has been changed"
        raise SimError(f"{what} ({type(error).__name__}: {error}): run the comparison again") from error


def _read_presets(folder: Path) -> Findings:
    told = _json(folder / "presets.json")
    presets = tuple(
        PresetTold(
            x["name"],
            x["title"],
            x["claim"],
            {
                (e.lever, e.outcome): e
                for e in _effects(
                    folder / x["name"] / "effects.csv", _json(folder / x["name"] / "manifest.json")
                )
                if not e.group
            },
        )
        for x in told
    )
    table = _table(folder / "rankings.csv", ("outcome", "label", "because", "preset", "order"))
    rankings = tuple(
        RankingTold(
            str(outcome),
            str(rows["label"].iloc[0]),
            str(rows["because"].iloc[0]),
            dict(zip(rows["preset"].astype(str), rows["order"].astype(str), strict=True)),
        )
        for outcome, rows in table.groupby("outcome", sort=False)
    )
    return _read(folder / presets[0].name, presets, rankings)


def _read(
    folder: Path,
    presets: tuple[PresetTold, ...] = (),
    rankings: tuple[RankingTold, ...] = (),
) -> Findings:
    about = _json(folder / "manifest.json")
    if not (folder / "effects.csv").is_file():
        raise SimError(f"{folder} holds no comparison: a report needs what `sim compare … --out DIR` leaves")
    tables = {
        name: _table(folder / name, columns)
        if (folder / name).is_file()
        else pd.DataFrame(columns=list(columns))
        for name, columns in _TRACES.items()
    }
    effects = _effects(folder / "effects.csv", about)
    told = _table(folder / "attitudes.csv", ATTITUDE_COLUMNS)
    names = {world["name"] for world in about["worlds"]}
    for name, table in {"attitudes.csv": told, **tables}.items():
        column = "lever" if name == "divergence.csv" else "scenario"
        if alien := sorted(set(table[column].astype(str)) - names):
            what = f"{folder / name} is of another study: manifest.json has no world {alien[0]}"
            raise SimError(f"{what}; run the comparison again with a folder of its own")
    return _findings(about, effects, told, tables, presets, rankings)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        what = f"{path.parent} holds no comparison: there is no {path.name} in it"
        raise SimError(f"{what}; a report needs what `sim compare … --out DIR` leaves") from error
    except (OSError, ValueError) as error:
        raise SimError(f"{path} cannot be read: {error}") from error


def _table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in _NUMBERS})
    except FileNotFoundError as error:
        raise SimError(f"{path.parent} is not whole: there is no {path.name} in it") from error
    except (OSError, ValueError) as error:
        raise SimError(f"{path} cannot be read: {error}") from error
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise SimError(f"{path} lacks the column {', '.join(missing)}: it comes from another version")
    for column in (c for c in columns if c in _NUMBERS):
        numbers = pd.to_numeric(table[column], errors="coerce")
        wrong = table.index[numbers.isna() & table[column].notna()]
        if len(wrong):
            value = table[column][wrong[0]]
            raise SimError(f"{path}, line {wrong[0] + 2}: {column} is {value!r}, which is no number")
    return table


_NUMBERS: Final = (
    *("base", "value", "difference", "ci_low", "ci_high", "mcse", "variance_ratio", "replications_needed"),
    *("mean", "net_per_100k", "day", "replications", "people", "averted", "added"),
)


def _effects(path: Path, manifest: Mapping[str, Any]) -> tuple[Effect, ...]:
    same = {world["name"]: bool(world.get("same_as_base")) for world in manifest["worlds"]}
    table = _table(path, EFFECT_COLUMNS)
    table = table[table["group"].isin(SHOWN_BY)]
    found = []
    for row in table[list(EFFECT_COLUMNS)].itertuples(index=False, name=None):
        values = dict(zip(EFFECT_COLUMNS, row, strict=True))
        if values["outcome"] not in BY_NAME:
            raise SimError(f"{path}: unknown outcome {values['outcome']}: it comes from another version")
        needed = values["replications_needed"]
        values["replications_needed"] = None if math.isnan(needed) else int(needed)
        if values["lever"] not in same:
            what = f"{path} is of another study: manifest.json has no world {values['lever']}"
            raise SimError(f"{what}; run the comparison again with a folder of its own")
        found.append(Effect(**values, same_worlds=same[values["lever"]] and values["replications"] > 0))
    there = {(e.lever, e.outcome) for e in found if not e.group}
    lacking = [(w, o) for w in list(same)[1:] for o in BY_NAME if (w, o) not in there]
    if lacking:
        lever, outcome = lacking[0]
        raise SimError(f"{path} is not whole: it has no line for {outcome} under {lever}")
    return tuple(found)


def read_sensitivity(folder: str | Path) -> SensitivityTold:
    """Return a sensitivity study: the one in a folder, or that of the first method in it.

    Raises
    ------
    SimError
        If there is none.
    """
    folder = Path(folder)
    places = [folder, *sorted((folder / "sensitivity").glob("*")), *sorted(folder.glob("*"))]
    found = next((p for p in places if (p / "indices.csv").is_file()), None)
    if found is None:
        raise SimError(f"{folder} holds no sensitivity study: there is no indices.csv in it")
    about = _json(found / "study.json") if (found / "study.json").is_file() else {}
    indices = _table(found / "indices.csv", INDEX_COLUMNS)
    unknown = sorted(set(indices["method"].astype(str)) - set(METHODS))
    unknown += sorted(set(indices["outcome"].astype(str)) - set(BY_NAME))
    if unknown:
        raise SimError(f"{found / 'indices.csv'} comes from another version: it knows {unknown[0]!r}")
    if about != {} and not (isinstance(about, dict) and set(_ABOUT) <= set(about)):
        raise SimError(f"{found / 'study.json'} comes from another version, or has been changed")
    return SensitivityTold(indices, about)


_ABOUT: Final = ("scenario", "arms", "residents", "days", "warm_up")  # what a report tells of a study
