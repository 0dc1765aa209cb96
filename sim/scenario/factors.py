"""What an experiment varies: numbers of a scenario and parameters of levers, each with its grid or range."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field, model_validator

from sim.errors import Mark, Problems
from sim.scenario.document import Document, read_text
from sim.scenario.loader import LoadedScenario
from sim.scenario.quantities import DISTRIBUTIONS, Fault, Faults, Passport, Real
from sim.scenario.section import Closed
from sim.scenario.validate import check_model

FROM_PASSPORT = "passport"
MAX_TABLE = 256_000_000  # bytes of a table of points
SIZES = "run."
_SPREADS = "{grid: [...]}, {range: [low, high]} or passport"


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
            raise Faults([Fault((), "give either a `grid` or a `range`")])
        for k, value in enumerate(self.grid or ()):
            if value in (self.grid or ())[:k]:
                raise Faults([Fault(("grid", k), "is there already: each value once")])
        if self.grid is not None and "distribution" in self.model_fields_set:
            raise Faults([Fault(("distribution",), "belongs to a `range`, not to a `grid`")])
        if self.range is not None and self.range[0] > self.range[1]:
            raise Faults([Fault(("range",), "the lower end comes first")])
        if self.range is not None and self.distribution == "log_uniform" and self.range[0] <= 0:
            raise Faults([Fault(("range",), "a log_uniform range begins above zero")])
        return self


@dataclass(frozen=True, slots=True)
class Factor:
    """A number that an experiment varies: by a grid, or over a range.

    `lever` is the lever whose parameter it is; where that is empty it is a number of the scenario.
    """

    passport: Passport
    grid: tuple[float, ...] = ()
    range: tuple[float, float] | None = None
    distribution: str = "uniform"
    lever: str = ""

    @property
    def name(self) -> str:
        """As the experiment calls it: a dotted path, or LEVER.PARAMETER."""
        return self.passport.path

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return isinstance(self.passport.value, int)


class Factors:
    """Reads what an experiment varies, against the passports of its scenario (where that could be loaded)."""

    def __init__(
        self,
        document: Document,
        scenario: LoadedScenario | None,
        of_levers: dict[str, Passport],
        problems: Problems,
        *,
        own_design: bool,
    ) -> None:
        self.document = document
        self.of_levers = of_levers
        self.passports = None if scenario is None else scenario.passports | of_levers
        listed = document.data.get("parameters")
        self.names = list(listed) if isinstance(listed, dict) else []
        self.has_design = document.data.get("design") is not None
        kind = document.get(("design", "kind"))
        self.kind = str(kind) if self.has_design else "grid" if own_design else ""
        self.own_design = own_design
        self.problems = problems

    def from_parameters(self, *, whole: bool = True) -> tuple[Factor, ...]:
        """Return the factors that `parameters` lists; of a file that is not whole, only what is wrong."""
        if whole and not self.names and not self.document.data.get("levers"):
            allowed = "`levers:` to compare, or `parameters:` to vary"
            self.problems.add(self.document.mark(), "there is nothing to compare or to vary", allowed=allowed)
        elif whole and self.has_design != bool(self.names) and (self.has_design or self.own_design):
            what = "a `design` belongs to `parameters`, and parameters need one"
            self.problems.add(self.document.mark(), what, allowed="both or neither")
        found = [self._factor(self.document.part("parameters", name), str(name)) for name in self.names]
        return tuple(factor for factor in found if factor is not None)

    def _factor(self, part: Document, name: str) -> Factor | None:
        passport = self._passport(name, part.key_mark(()))
        if part.data == FROM_PASSPORT:
            if passport is not None and passport.range is None:
                allowed = "grid: [...] or range: [low, high]"
                self.problems.add(part.mark(), f"the passport of {name} gives no range", allowed=allowed)
            elif self._needs_grid(part) and passport is not None:
                return self._of(passport, (), passport.range, passport.distribution)
            return None
        if not isinstance(part.data, dict):
            self.problems.add(part.mark(), f"{name}: not a grid or a range", part.data, allowed=_SPREADS)
            return None
        if not part.data:
            self.problems.add(part.mark(), f"{name}: neither a grid nor a range", allowed=_SPREADS)
            return None
        spread = check_model(Spread, part, self.problems, within=(name,))
        if spread is None or (spread.grid is None and not self._needs_grid(part)) or passport is None:
            return None
        if spread.grid is not None and self.kind != "grid":
            what = f"a {self.kind} design draws from ranges" if self.kind else "points are drawn from ranges"
            self.problems.add(part.mark(("grid",)), what, allowed="range: [low, high] or passport")
        key = "range" if spread.grid is None else "grid"
        values = spread.grid or spread.range or ()
        for k, value in enumerate(values):
            self._within(passport, value, part.mark((key, k)))
        return self._of(passport, spread.grid or (), spread.range, spread.distribution)

    def _of(
        self,
        passport: Passport,
        grid: tuple[float, ...] = (),
        ends: tuple[float, float] | None = None,
        distribution: str = "uniform",
    ) -> Factor:
        lever = passport.path.partition(".")[0] if passport.path in self.of_levers else ""
        return Factor(passport, grid, ends, distribution, lever)

    def _needs_grid(self, part: Document) -> bool:
        """Note a range in a design of grids; return whether a range is in its place."""
        if self.kind != "grid":
            return True
        what = "a grid design needs a grid of values" if self.has_design else "a range needs a design"
        allowed = "grid: [...]" if self.has_design else "design: {kind: sobol, points: 64}, or another"
        self.problems.add(part.mark(), what, allowed=allowed)
        return False

    def _passport(self, name: str, where: Mark) -> Passport | None:
        if name.startswith(SIZES):
            what = f"{name} is how an experiment is run, and cannot be varied"
            self.problems.add(where, what, name, allowed=f"one {name.removeprefix(SIZES)} for all points")
            return None
        if self.passports is None or name in self.passports:
            return None if self.passports is None else self.passports[name]
        allowed = "a number that `sim show SCENARIO --parameters` lists, or LEVER.PARAMETER of a lever used"
        self.problems.add(
            where, f"unknown parameter {name!r}", name, known=list(self.passports), allowed=allowed
        )
        return None

    def _within(self, passport: Passport, value: float, where: Mark) -> None:
        low, high = passport.bounds or (-math.inf, math.inf)
        whole = isinstance(passport.value, int)
        allowed = f"{'a whole number from ' if whole else ''}{low:.10g} to {high:.10g}"
        if not low <= value <= high:
            self.problems.add(where, f"{passport.path} is out of bounds", value, allowed=allowed)
        elif whole and value != int(value):
            self.problems.add(where, f"{passport.path} is not whole", value, allowed=allowed)

    def from_file(self, path: Path) -> tuple[tuple[Factor, ...], tuple[tuple[float, ...], ...]]:
        """Return the factors that head the columns of a CSV file, and its points."""
        if self.names:
            where = self.document.key_mark(("parameters",))
            what = "the columns of a csv design are its parameters"
            self.problems.add(where, what, allowed="no `parameters`")
        text = read_text(path, self.problems, MAX_TABLE)
        reader = csv.reader(io.StringIO(text or ""))
        try:
            rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
        except csv.Error as error:
            self.problems.add(Mark(path, reader.line_num, 1), f"the line cannot be read: {error}")
            return (), ()
        if len(rows) < 2:
            if text is not None:
                self.problems.add(Mark(path, 1, 1), "a design has a line of names and at least one of values")
            return (), ()
        names, passports = self._columns(rows[0][1], Mark(path, rows[0][0], 1))
        points = tuple(self._point(row, names, passports, Mark(path, k, 1)) for k, row in rows[1:])
        return tuple(self._of(p) for p in passports if p is not None), points

    def _columns(self, row: list[str], where: Mark) -> tuple[list[str], list[Passport | None]]:
        """Return the names that head the columns of a table, each with its passport."""
        names: list[str] = []
        passports = []
        for at, text in _cells(row, where):
            name = text.strip()
            if name in names:
                self.problems.add(at, f"the design has two columns {name}", allowed="each parameter once")
            names.append(name)
            passports.append(self._passport(name, at))
        return names, passports

    def _point(
        self, row: list[str], names: list[str], passports: list[Passport | None], where: Mark
    ) -> tuple[float, ...]:
        if len(row) != len(names):
            what = f"{len(row)} values for {len(names)} columns"
            self.problems.add(where, what, ",".join(row), allowed=",".join(names))
            return ()
        point = []
        for name, passport, (at, text) in zip(names, passports, _cells(row, where), strict=True):
            value = _finite(text)
            if value is None:
                self.problems.add(at, f"{name}: not a number", text, allowed="such as 0.25")
                continue
            point.append(value)
            if passport is not None:
                self._within(passport, value, at)
        return tuple(point)


def _cells(row: list[str], where: Mark) -> Iterator[tuple[Mark, str]]:
    """Yield the cells of a line with their places, as far as nothing is quoted."""
    column = 1
    for text in row:
        yield replace(where, column=column), text
        column += len(text) + 1


def _finite(text: str) -> float | None:
    """Return a finite number as it is written in a table, None where it is none."""
    try:
        value = math.nan if "_" in text else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
