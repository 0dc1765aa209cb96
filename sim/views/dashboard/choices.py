"""What is chosen on the page, as a scenario file.

What is on the screen is what the file says: the text made here is loaded for the comparison, and the very
same text is what the page offers for download.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sim.errors import InputError, Mark, Problems
from sim.scenario.document import read
from sim.scenario.facts import counties
from sim.scenario.levers import STAGES, LeverFile, LeverParameter
from sim.scenario.loader import load
from sim.scenario.presets import Preset, presets_of
from sim.scenario.sizes import check_sizes
from sim.scenario.tree import Tree, shipped
from sim.studies.compare import COMBINED
from sim.studies.plan import AS_IT_STANDS, Plan, gathered
from sim.views.options import number, whole
from sim.views.scenarios import levers_of

STEM: Final = "dashboard"
FILE: Final = f"{STEM}.yaml"
SCENARIO: Final = "SIM_DASHBOARD_SCENARIO"  # the environment variable that tells the page where to begin
SIZES: Final = ("residents", "days", "replications", "seed", "warm_up")
FIRST: Final[Mapping[str, str]] = {
    "residents": "20000",
    "days": "365",
    "replications": "10",
    "seed": "1",
    "warm_up": "0",
}
_FRACTIONS: Final = ("days", "warm_up")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is to choose from.

    Attributes
    ----------
    start
        The scenario that the page begins with.
    scenarios
        Title of each scenario, by what `extends` calls it.
    presets
        Sets of disputed assumptions.
    levers
        By name, stage by stage along the pathway.
    paths
        Where a lever that is not a shipped one stands, by name.
    sources
        The bibliography of a user's own scenarios, where there is one.
    """

    start: str
    scenarios: dict[str, str]
    presets: tuple[Preset, ...]
    levers: dict[str, LeverFile]
    paths: dict[str, str]
    sources: Path | None

    @classmethod
    def around(cls, scenario: str) -> Catalogue:
        """Return what there is to choose from, beginning with a scenario (path or name).

        Raises
        ------
        InputError
            With all that is wrong with the scenario, the levers or the presets.
        """
        loaded, problems, home = load(scenario), Problems(), shipped().resolve()
        tree = Tree.around(loaded.path)
        start = _called(loaded.path, home)
        files = [start, *(f for name in tree.scenario_names() if (f := _of_tree(name, tree, home)))]
        names = {name: _title(name, tree) for name in dict.fromkeys(files)}
        presets = presets_of(tree, problems)
        problems.raise_if_any()
        levers = levers_of(loaded)
        order = sorted(levers, key=lambda name: (STAGES.index(levers[name].stage), name))
        own = tree.root.resolve() / "levers"
        paths = {n: str(own / f"{n}.yaml") for n in levers if (own / f"{n}.yaml").is_file()}
        sources = tree.root.resolve() / "sources.yaml"
        mine = tree.root.resolve() != home
        return cls(
            start,
            names,
            tuple(presets),
            {name: levers[name] for name in order},
            paths if mine else {},
            sources if mine and sources.is_file() else None,
        )

    def data(self) -> dict[str, Any]:
        """Return what the controls of the page are built from, as plain data."""
        titles = {name: file.title for name, file in self.levers.items()}
        return {
            "start": self.start,
            "scenarios": [{"value": name, "text": title} for name, title in self.scenarios.items()],
            "presets": [{"value": p.name, "text": p.file.title, "claim": p.file.claim} for p in self.presets],
            "counties": [facts.label for facts in counties()],
            "sizes": dict(FIRST),
            "stages": [
                {"name": stage, "levers": [_lever_data(n, f, titles) for n, f in self._at(stage)]}
                for stage in STAGES
                if any(self._at(stage))
            ],
        }

    def _at(self, stage: str) -> list[tuple[str, LeverFile]]:
        return [(name, file) for name, file in self.levers.items() if file.stage == stage]

    def preset(self, name: str) -> Preset | None:
        """Return a preset, None where there is none of that name."""
        return next((preset for preset in self.presets if preset.name == name), None)


def _called(path: Path, home: Path) -> str:
    """Return a scenario as `extends` calls it from anywhere: a shipped one by its name, others by path."""
    path = path.resolve()
    return path.relative_to(home).with_suffix("").as_posix() if path.is_relative_to(home) else str(path)


def _of_tree(name: str, tree: Tree, home: Path) -> str | None:
    found = tree.find(name, tree.root)
    return None if found is None else _called(found, home)


def _title(name: str, tree: Tree) -> str:
    """Return what a scenario calls itself; what cannot be read is told when it is chosen."""
    found = tree.find(name, None)
    document = None if found is None else read(found, Problems())
    title = None if document is None or not isinstance(document.data, dict) else document.data.get("name")
    return title if isinstance(title, str) else name


def _lever_data(name: str, file: LeverFile, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "title": file.title,
        "claim": " ".join(file.claim.split()),
        "needs": " ".join(file.needs.split()),
        "cooperation": file.cooperation,
        "contradicts": [f"{titles.get(x, x)}: {why}" for x, why in file.contradicts.items()],
        "parameters": [_parameter_data(key, p) for key, p in file.parameters.items()],
    }


def _parameter_data(name: str, p: LeverParameter) -> dict[str, Any]:
    low, high = p.bounds
    return {
        "name": name,
        "doc": " ".join(p.doc.split()),
        "unit": p.unit,
        "low": low,
        "high": high,
        "default": p.default,
        "step": step_of(p),
        "source": p.source,
    }


def step_of(p: LeverParameter) -> float:
    """Return how far a slider moves at a time: a round part of the range that meets the default."""
    low, high = p.bounds
    step: float = 10.0 ** _floor_log10((high - low) / 50)
    while step > 1e-6 and not _meets((p.default - low) / step):
        step /= 10
    return step


def _floor_log10(value: float) -> int:
    return int(f"{value:e}".partition("e")[2]) if value > 0 else -6


def _meets(steps: float) -> bool:
    return abs(steps - round(steps)) < 1e-6


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen.

    Attributes
    ----------
    scenario
        As `Catalogue.scenarios` calls it.
    county
        A county whose facts are laid over the scenario; empty for none.
    preset
        A set of disputed assumptions; empty for those of the scenario.
    levers
        Each lever that is on, with its parameters as they were typed.
    sizes
        `SIZES` as they were typed; empty ones are left to the scenario.
    each
        Whether each lever is to be seen by itself too, where there are several.
    number
        Counts the choices of a page.
    """

    scenario: str = "base"
    county: str = ""
    preset: str = ""
    levers: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    sizes: tuple[tuple[str, str], ...] = tuple(FIRST.items())
    each: bool = False
    number: int = field(default=0, compare=False)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Choice:
        """Return what the page sends."""
        levers = data.get("levers") or {}
        sizes = data.get("sizes") or {}
        return cls(
            scenario=str(data.get("scenario", "base")),
            county=str(data.get("county") or "").strip(),
            preset=str(data.get("preset") or ""),
            levers=tuple(
                (str(name), tuple((str(k), _typed(x)) for k, x in given.items()))
                for name, given in levers.items()
            ),
            sizes=tuple((name, _typed(sizes.get(name, FIRST[name]))) for name in SIZES),
            each=bool(data.get("each")),
            number=int(data.get("number", 0)),
        )

    def plan(self) -> Plan:
        """Return sizes, length, seed and warm-up; what is no number is left as text for the checks."""
        read_as = {name: _read(name, text) for name, text in self.sizes if text}
        warm_up = read_as.pop("warm_up", 0.0)
        return AS_IT_STANDS.but(**read_as, warm_up=warm_up)  # type: ignore[arg-type]

    def note_wrong(self, catalogue: Catalogue, problems: Problems) -> None:
        """Note what is wrong with the choice itself; what its file says is checked when that is loaded."""
        plan = self.plan()
        with gathered(problems):
            check_sizes(
                residents=plan.residents, days=plan.days, replications=plan.replications, seed=plan.seed
            )
        with gathered(problems):
            AS_IT_STANDS.but(warm_up=plan.warm_up).check()
        if self.scenario not in catalogue.scenarios:
            problems.add(Mark(), "no such scenario", self.scenario, known=list(catalogue.scenarios))
        if self.preset and catalogue.preset(self.preset) is None:
            known = [preset.name for preset in catalogue.presets]
            problems.add(Mark(), "no such assumptions", self.preset, known=known)
        for name, given in self.levers:
            file = catalogue.levers.get(name)
            if file is None:
                problems.add(Mark(), "no such lever", name, known=list(catalogue.levers))
                continue
            for key, text in given:
                if not _is_number(text):
                    what = f"{file.title}: {key} is not a number"
                    problems.add(Mark(), what, text, allowed=_allowed(file.parameters.get(key)))

    def uses(self, catalogue: Catalogue) -> list[str]:
        """Return the levers that are on, as `--lever` takes them, without parameters at their default."""
        return [_use(name, given, catalogue) for name, given in self.levers]

    def text(self, catalogue: Catalogue) -> str:
        """Return the scenario file: the world without the levers, and how to compare it with them."""
        lines = [*self._head(catalogue), f"extends: {_quoted(self.scenario)}"]
        if self.county:
            lines.append(f"place: {_quoted(self.county)}")
        preset = catalogue.preset(self.preset) if self.preset else None
        if preset is not None and preset.file.assumptions:
            lines.append(f"set:  # {preset.file.title} assumptions")
            for name, assumption in preset.file.assumptions.items():
                lines.append(f"  # {name}: {' '.join(assumption.claim.split())}")
                lines += [f"  {_quoted(path)}: {json.dumps(value)}" for path, value in assumption.set.items()]
        run = {name: _read(name, text) for name, text in self.sizes if text and name != "warm_up"}
        if run:
            lines.append("run:")
            lines += [f"  {name}: {_plain(value)}" for name, value in run.items()]
        return "\n".join(lines) + "\n"

    def _head(self, catalogue: Catalogue) -> list[str]:
        """Return the comment that stands on top of the file."""
        lines = ["# Written by `sim dashboard`: the world without the levers."]
        if self.levers:
            lines += ["# What was on the screen, to the last digit:", f"#   {self.command(catalogue)}"]
        if catalogue.sources is not None:
            lines.append(f"# Keep it where {catalogue.sources} is: that holds its sources.")
        return lines

    def command(self, catalogue: Catalogue) -> str:
        """Return the command that gives the numbers on the screen again, in the folder of the file."""
        words = ["sim", "compare", FILE]
        for use in self.uses(catalogue):
            words += ["--lever", use]
        if len(self.levers) > 1:
            words.append("--combined")
        warm_up = self.plan().warm_up
        if warm_up:
            words += ["--warm-up", _plain(warm_up)]
        return shlex.join(words)

    def sides(self, catalogue: Catalogue) -> list[tuple[str, Sequence[str]]]:
        """Return the worlds of the comparison: the base, and with all levers; each by itself if asked."""
        uses = self.uses(catalogue)
        if len(uses) < 2:
            return [("base", ()), *((use, [use]) for use in uses)]
        singles = [(use, [use]) for use in uses] if self.each else []
        return [("base", ()), *singles, (COMBINED, uses)]


def _typed(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _read(name: str, text: str) -> float | int | str:
    return number(text) if name in _FRACTIONS else whole(text)


def _plain(value: float | int | str) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _is_number(text: str) -> bool:
    return isinstance(number(text), float)


def _allowed(parameter: LeverParameter | None) -> str | None:
    return None if parameter is None else f"{parameter.bounds[0]:g} to {parameter.bounds[1]:g}"


def _use(name: str, given: Sequence[tuple[str, str]], catalogue: Catalogue) -> str:
    called = catalogue.paths.get(name, name)
    file = catalogue.levers.get(name)
    known = {} if file is None else file.parameters
    other = [(k, x) for k, x in given if k not in known or not _is_number(x) or float(x) != known[k].default]
    if not other:
        return called
    if len(known) == 1 and len(other) == 1:
        return f"{called}={other[0][1]}"
    return f"{called}=" + ",".join(f"{k}:{x}" for k, x in other)


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def told(error: InputError) -> list[dict[str, str]]:
    """Return what is wrong as the page tells it, without places in the file that the page itself writes."""
    found = []
    for problem in error.problems:
        file = problem.where.file
        place = "" if file is None or file.name == FILE else f"{file.name}, line {problem.where.line}"
        parts = {"what": problem.what, "where": place, "found": problem.value or ""}
        found.append(parts | {"allowed": problem.allowed or "", "nearest": problem.nearest or ""})
    return found
