"""An experiment as a file: a question, a scenario, what is varied and how.

`experiments/NAME/experiment.yaml` names the scenario and the levers, gives each varied number a grid or a
range (or takes the range from the number's passport), and says by what design the points are laid out.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from sim.errors import Mark, Problems
from sim.scenario.document import Document, read, read_text
from sim.scenario.lever_uses import read_uses
from sim.scenario.loader import LoadedScenario, find_scenario, resolve
from sim.scenario.quantities import DISTRIBUTIONS, Fault, Faults, Passport, Real
from sim.scenario.section import Closed
from sim.scenario.telling import Telling
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model

DESIGNS = ("grid", "latin_hypercube", "sobol", "csv")
FROM_PASSPORT = "passport"
OVERRIDES = ("days", "residents", "seed", "replications")
MAX_POINTS = 1_000_000

OutcomeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$", description="name of an outcome")]
PresetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="name of a preset")]


class Spread(Closed):
    """The values that a number is given: a list, or a range with a distribution."""

    grid: tuple[Real, ...] | None = Field(default=None, min_length=1, max_length=1_000, description="values")
    range: tuple[Real, Real] | None = Field(default=None, description="lowest and highest value")
    distribution: str = Field(
        default="uniform",
        description="how values lie in the range",
        json_schema_extra={"choices": list(DISTRIBUTIONS)},
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Spread:
        if (self.grid is None) == (self.range is None):
            raise Faults([Fault((), "gives either a `grid` or a `range`")])
        if self.grid is not None and "distribution" in self.model_fields_set:
            raise Faults([Fault(("distribution",), "belongs to a `range`, not to a `grid`")])
        if self.range is not None and self.range[0] > self.range[1]:
            raise Faults([Fault(("range",), "the lower end comes first")])
        if self.range is not None and self.distribution == "log_uniform" and self.range[0] <= 0:
            raise Faults([Fault(("range",), "a log_uniform range begins above zero")])
        return self


class Design(Closed):
    """How the points of an experiment are laid out."""

    kind: str = Field(
        description="every combination of grids; a Latin hypercube or Sobol sequence; or points from a file",
        json_schema_extra={"choices": list(DESIGNS)},
    )
    points: int | None = Field(
        default=None, ge=1, le=MAX_POINTS, strict=True, description="points (Sobol: a power of two)"
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description="CSV file of points: one column a parameter, beside the experiment",
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Design:
        sampled = self.kind in ("latin_hypercube", "sobol")
        found = []
        if sampled and self.points is None:
            found.append(Fault((), f"a {self.kind} design needs `points`"))
        if not sampled and self.points is not None:
            found.append(Fault(("points",), f"a {self.kind} design has the points that its values give"))
        if self.kind == "sobol" and self.points is not None and self.points & (self.points - 1):
            below = 1 << (self.points.bit_length() - 1)
            found.append(Fault(("points",), f"must be a power of two, such as {below} or {2 * below}"))
        if (self.kind == "csv") != (self.file is not None):
            found.append(Fault((), "a `file` belongs to a csv design, and a csv design needs one"))
        if found:
            raise Faults(found)
        return self


class ExperimentFile(Closed):
    """An experiment as it is written."""

    question: str = Field(min_length=1, max_length=1_000, description="what the experiment is to answer")
    scenario: str = Field(min_length=1, description="path of a scenario file, or name of a shipped one")
    levers: tuple[Any, ...] = Field(
        default=(), description="levers that hold throughout, as a scenario lists them"
    )
    replications: Any = Field(default=None, description="replaces `run.replications` (checked there)")
    seed: Any = Field(default=None, description="replaces `run.seed` (checked there)")
    days: Any = Field(default=None, description="replaces `run.days` (checked there)")
    residents: Any = Field(default=None, description="replaces `run.residents` (checked there)")
    outcomes: tuple[OutcomeName, ...] = Field(default=(), description="outcomes to report; none given: all")
    presets: tuple[PresetName, ...] = Field(default=(), description="structural presets to run it under")
    parameters: dict[str, Any] = Field(
        default={},
        description="dotted path → `grid`, `range`, or the word `passport` for the range that it comes with",
    )
    design: Design = Field(description="how the points are laid out")


@dataclass(frozen=True, slots=True)
class Factor:
    """A number that an experiment varies: by a grid, or over a range."""

    passport: Passport
    grid: tuple[float, ...] = ()
    range: tuple[float, float] | None = None
    distribution: str = "uniform"


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its scenario loaded and its parameters resolved."""

    path: Path
    file: ExperimentFile
    scenario: LoadedScenario
    factors: tuple[Factor, ...]
    points: tuple[tuple[float, ...], ...] = ()


def load_experiment(path: str | Path) -> Experiment:
    """Read and check an experiment.

    Returns
    -------
    Experiment
        With the scenario resolved (levers and overrides laid over it), one factor for each varied number,
        and, for a csv design, the points in the order of the factors.

    Raises
    ------
    InputError
        With every problem found in any file involved.
    """
    problems = Telling()
    path = Path(path)
    document = read(path, problems)
    checked = None if document is None else _check(path, document, problems)
    problems.raise_if_any()
    assert checked is not None
    return checked


def _check(path: Path, document: Document, problems: Problems) -> Experiment | None:
    file = check_model(ExperimentFile, document, problems)
    scenario = _scenario(path, document, problems) if isinstance(document.data, dict) else None
    if file is None:
        return None
    reader = _Factors(file, document, scenario, problems)
    if file.design.file is not None:
        factors, points = reader.from_file(path.parent / file.design.file)
    else:
        factors, points = reader.from_parameters(), ()
    return None if scenario is None else Experiment(path, file, scenario, factors, points)


def _scenario(path: Path, document: Document, problems: Problems) -> LoadedScenario | None:
    """Resolve the experiment's scenario with its levers and overrides."""
    uses = read_uses(document.part("levers"), problems)
    name = document.data.get("scenario")
    if not isinstance(name, str) or not name:
        return None
    folder = path.resolve().parent
    tree = Tree.around(folder / name)
    file = find_scenario(name, tree, document.mark(("scenario",)), problems, folder)
    if file is None:
        return None
    given = [(f"run.{key}", document.part(key)) for key in OVERRIDES if document.data.get(key) is not None]
    return resolve(file, Tree.around(file), uses, given, problems)


class _Factors:
    """Reads what an experiment varies, against the passports of its scenario (where that could be loaded)."""

    def __init__(
        self, file: ExperimentFile, document: Document, scenario: LoadedScenario | None, problems: Problems
    ) -> None:
        self.file = file
        self.document = document
        self.passports = None if scenario is None else scenario.passports
        self.problems = problems

    def from_parameters(self) -> tuple[Factor, ...]:
        """Return the factors that `parameters` lists."""
        if not self.file.parameters:
            allowed = "`parameters:` with at least one"
            self.problems.add(self.document.mark(), "there is no parameter to vary", allowed=allowed)
        found = [self._factor(self.document.part("parameters", name), name) for name in self.file.parameters]
        return tuple(factor for factor in found if factor is not None)

    def _factor(self, part: Document, name: str) -> Factor | None:
        passport = self._passport(name, part.key_mark(()))
        if part.data == FROM_PASSPORT:
            if passport is not None and passport.range is None:
                allowed = "grid: [...] or range: [low, high]"
                self.problems.add(part.mark(), f"the passport of {name} gives no range", allowed=allowed)
            elif self._needs_grid(part) and passport is not None:
                return Factor(passport, (), passport.range, passport.distribution)
            return None
        if not isinstance(part.data, dict):
            allowed = "{grid: [...]}, {range: [low, high]} or passport"
            self.problems.add(part.mark(), f"{name}: not a grid or a range", part.data, allowed=allowed)
            return None
        spread = check_model(Spread, part, self.problems)
        if spread is None or (spread.grid is None and not self._needs_grid(part)) or passport is None:
            return None
        if spread.grid is not None and self.file.design.kind != "grid":
            what = f"a {self.file.design.kind} design draws from ranges"
            self.problems.add(part.mark(("grid",)), what, allowed="range: [low, high] or passport")
            return None
        key = "range" if spread.grid is None else "grid"
        values = spread.grid or spread.range or ()
        for k, value in enumerate(values):
            self._within(passport, value, part.mark((key, k)))
        return Factor(passport, spread.grid or (), spread.range, spread.distribution)

    def _needs_grid(self, part: Document) -> bool:
        """Note a range in a design of grids; return whether a range is in its place."""
        if self.file.design.kind != "grid":
            return True
        self.problems.add(part.mark(), "a grid design needs a grid of values", allowed="grid: [...]")
        return False

    def _passport(self, name: str, where: Mark) -> Passport | None:
        if self.passports is None or name in self.passports:
            return None if self.passports is None else self.passports[name]
        allowed = "a number that `sim show SCENARIO --parameters` lists"
        self.problems.add(
            where, f"unknown parameter {name!r}", name, known=list(self.passports), allowed=allowed
        )
        return None

    def _within(self, passport: Passport, value: float, where: Mark) -> None:
        low, high = passport.bounds or (-math.inf, math.inf)
        if not low <= value <= high:
            allowed = f"{low:g} to {high:g}"
            self.problems.add(where, f"{passport.path} is out of bounds", value, allowed=allowed)

    def from_file(self, path: Path) -> tuple[tuple[Factor, ...], tuple[tuple[float, ...], ...]]:
        """Return the factors that head the columns of a CSV file, and its points."""
        if self.file.parameters:
            where = self.document.key_mark(("parameters",))
            what = "the columns of a csv design are its parameters"
            self.problems.add(where, what, allowed="no `parameters`")
        text = read_text(path, self.problems)
        rows = [] if text is None else list(csv.reader(io.StringIO(text)))
        if len(rows) < 2:
            if text is not None:
                self.problems.add(Mark(path, 1, 1), "a design has a line of names and at least one of values")
            return (), ()
        names = [name.strip() for name in rows[0]]
        passports = [self._passport(name, Mark(path, 1, 1)) for name in names]
        points = tuple(
            self._point(row, names, passports, Mark(path, k, 1)) for k, row in enumerate(rows[1:], start=2)
        )
        return tuple(Factor(p) for p in passports if p is not None), points

    def _point(
        self, row: list[str], names: list[str], passports: list[Passport | None], where: Mark
    ) -> tuple[float, ...]:
        if len(row) != len(names):
            self.problems.add(where, f"{len(row)} values for {len(names)} columns")
            return ()
        point = []
        for name, passport, text in zip(names, passports, row, strict=True):
            try:
                point.append(float(text))
            except ValueError:
                self.problems.add(where, f"{name}: not a number", text)
                continue
            if passport is not None:
                self._within(passport, point[-1], where)
        return tuple(point)
