"""An experiment as a file: a question, a scenario, the levers to compare, what is varied and how.

`experiments/NAME/experiment.yaml` names the scenario and the levers, gives each varied number a grid or a
range (or takes the range from the number's passport), and says by what design the points are laid out.  At
each point the scenario is run as it stands (`base`) and with each lever: the *arms* of the experiment.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from sim.errors import InputError, Mark, Problems
from sim.scenario.document import Document, read, read_text
from sim.scenario.layers import command_line
from sim.scenario.lever_uses import LeverUse, only_once, read_use, read_uses
from sim.scenario.levers import load_lever
from sim.scenario.loader import LoadedScenario, find_scenario, resolve
from sim.scenario.presets import Preset, presets_of
from sim.scenario.quantities import DISTRIBUTIONS, Fault, Faults, Passport, Real
from sim.scenario.section import Closed
from sim.scenario.sizes import check_sizes
from sim.scenario.telling import Telling
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model

DESIGNS = ("grid", "latin_hypercube", "sobol", "csv")
FROM_PASSPORT = "passport"
SIZES = "run."
OVERRIDES = ("days", "residents", "seed", "replications")
MAX_POINTS = 1_000_000
MAX_ARMS = 100
BASE = "base"

OutcomeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$", description="name of an outcome")]
PresetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="name of a preset")]


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
    throughout: tuple[Any, ...] = Field(
        default=(), description="levers that hold in every world, as a scenario lists them"
    )
    set: dict[str, Any] = Field(default={}, description="dotted path → value, in every world")
    levers: tuple[Any, ...] = Field(
        default=(),
        max_length=MAX_ARMS,
        description="levers to compare with the scenario as it stands; a list of levers is one option",
    )
    replications: Any = Field(default=None, description="replaces `run.replications` (checked there)")
    seed: Any = Field(default=None, description="replaces `run.seed` (checked there)")
    days: Any = Field(default=None, description="replaces `run.days` (checked there)")
    residents: Any = Field(default=None, description="replaces `run.residents` (checked there)")
    warm_up: float = Field(
        default=0.0,
        ge=0,
        le=36_500,
        strict=True,
        allow_inf_nan=False,
        description="days lived before outcomes are counted",
    )
    outcomes: tuple[OutcomeName, ...] = Field(default=(), description="outcomes to report; none given: all")
    by: tuple[OutcomeName, ...] = Field(
        default=(), description="breakdowns of the outcomes, such as status, beside their totals"
    )
    presets: tuple[PresetName, ...] = Field(default=(), description="structural presets to run it under")
    parameters: dict[str, Any] = Field(
        default={},
        description="dotted path, or LEVER.PARAMETER → `grid`, `range`, or the word `passport` for the "
        "range that it comes with (the bounds of a lever's parameter)",
    )
    design: Design | None = Field(
        default=None, description="how the points are laid out; none is needed where nothing is varied"
    )


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


@dataclass(frozen=True, slots=True)
class Arm:
    """What is compared: the base, or a lever (or several together) laid over it."""

    name: str
    uses: tuple[LeverUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment with its scenario loaded and its parameters resolved.

    Attributes
    ----------
    path, file
        Where it was read, and what is written there.
    scenario
        The base at the values of its files.
    arms
        The base, and what is compared with it.
    factors
        One for each varied number, in their order.
    points
        For a csv design the points, in the order of the factors.
    presets
        Those named, in their order; none named is one set of no assumptions.
    document
        The file as it was read, for the places of what is wrong.
    """

    path: Path
    file: ExperimentFile
    scenario: LoadedScenario
    arms: tuple[Arm, ...]
    factors: tuple[Factor, ...]
    presets: tuple[Preset, ...]
    document: Document = field(repr=False)
    points: tuple[tuple[float, ...], ...] = ()
    throughout: tuple[LeverUse, ...] = field(default=(), repr=False)
    fixed: tuple[tuple[str, Document], ...] = field(default=(), repr=False)

    def feels(self, arm: Arm, factor: Factor) -> bool:
        """Whether a factor can change anything in an arm: the parameter of a lever that it has not cannot."""
        return not factor.lever or any(use.name == factor.lever for use in (*self.throughout, *arm.uses))

    def world(
        self, arm: Arm, preset: Preset | None = None, values: Mapping[str, float] | None = None
    ) -> LoadedScenario:
        """Return the world of an arm under a preset, with some factors set.

        How long, how large and how often it is run is not in it: that is the experiment's own affair.

        Raises
        ------
        InputError
            If the values do not fit together.
        """
        problems = Telling()
        world = self._world(arm, preset, values or {}, problems)
        problems.raise_if_any()
        assert world is not None
        return world

    def _world(
        self, arm: Arm, preset: Preset | None, values: Mapping[str, float], problems: Problems
    ) -> LoadedScenario | None:
        mine = {f.name: f for f in self.factors}
        uses = [_given(use, mine, values) for use in (*self.throughout, *arm.uses)]
        numbers = [(k, command_line(x)) for k, x in values.items() if not mine[k].lever]
        fixed = [(path, x) for path, x in self.fixed if not path.startswith(SIZES)]
        assumed = [] if preset is None else preset.assumed()
        tree = Tree.around(self.scenario.path)
        return resolve(self.scenario.path, tree, uses, [*fixed, *numbers], problems, assumed)


def _given(use: LeverUse, factors: Mapping[str, Factor], values: Mapping[str, float]) -> LeverUse:
    """Return a lever with those of its parameters set that are varied."""
    own = {k.partition(".")[2]: x for k, x in values.items() if factors[k].lever == use.name}
    if not own:
        return use
    before = use.given.data if isinstance(use.given.data, dict) else {}
    return replace(use, given=command_line(before | own))


def load_experiment(path: str | Path, *, own_design: bool = True) -> Experiment:
    """Read and check an experiment.

    Parameters
    ----------
    path
        Its file.
    own_design
        Whether it has to say how its points are laid out; a study that draws them itself needs ranges only.

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
    checked = None if document is None else _check(path, document, problems, own_design=own_design)
    problems.raise_if_any()
    assert checked is not None
    return checked


def _check(path: Path, document: Document, problems: Problems, *, own_design: bool) -> Experiment | None:
    file = check_model(ExperimentFile, document, problems)
    if not isinstance(document.data, dict):
        return None
    throughout = tuple(read_uses(document.part("throughout"), problems))
    fixed = tuple(_fixed(document))
    arms = (Arm(BASE), *_arms(document.part("levers"), throughout, problems))
    source = _source(path, document, problems)
    tree = Tree.around(path if source is None else source)
    scenario = None if source is None else resolve(source, tree, throughout, fixed, problems)
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        load_lever(use, tree, problems)
    if scenario is None:
        _note_sizes(document, problems)
    presets = _presets(document, tree, problems)
    reader = _Factors(document, scenario, _used(throughout, arms, tree), problems, own_design=own_design)
    if file is None:
        reader.from_parameters(whole=False)
        return None
    if file.design is not None and file.design.file is not None:
        factors, points = reader.from_file(path.parent / file.design.file)
    else:
        factors, points = reader.from_parameters(), ()
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        _note_twice(use, factors, problems)
    _note_disputed(presets, factors, document, problems)
    if scenario is None:
        return None
    found = Experiment(path, file, scenario, arms, factors, presets, document, points, throughout, fixed)
    if not problems.found:
        for arm in arms[1:]:
            found._world(arm, None, {}, problems)
        for preset in presets:
            found._world(arms[0], preset, {}, problems)
    return found


def _note_twice(use: LeverUse, factors: Sequence[Factor], problems: Problems) -> None:
    """Note parameters of a lever that are given where the lever is listed, and varied as well."""
    varied = [f.name.partition(".")[2] for f in factors if f.lever == use.name]
    given = use.given.data
    for name in given if isinstance(given, dict) else varied if given is not None else ():
        if name in varied:
            what = f"{use.name}.{name} is given here and varied below"
            problems.add(use.where, what, allowed="one of them")


def _note_disputed(
    presets: Sequence[Preset], factors: Sequence[Factor], document: Document, problems: Problems
) -> None:
    """Note numbers that are varied though a preset is what sets them: the preset would then say nothing."""
    for preset in presets:
        for path in (path for a in preset.file.assumptions.values() for path in a.set):
            for factor in factors:
                if fnmatch.fnmatchcase(factor.name, path) or fnmatch.fnmatchcase(factor.name, f"{path}.*"):
                    where = document.key_mark(("parameters", factor.name))
                    what = f"{factor.name} is varied, and preset {preset.name} sets it"
                    problems.add(where, what, allowed="one of them")


def _source(path: Path, document: Document, problems: Problems) -> Path | None:
    """Return the file of the experiment's scenario."""
    name = document.data.get("scenario")
    if not isinstance(name, str) or not name:
        return None
    folder = path.resolve().parent
    return find_scenario(name, Tree.around(folder / name), document.mark(("scenario",)), problems, folder)


def _fixed(document: Document) -> list[tuple[str, Document]]:
    """Return the settings that hold in every world."""
    sizes = [(f"{SIZES}{key}", document.part(key)) for key in OVERRIDES if document.data.get(key) is not None]
    own = document.part("set")
    return [*sizes, *((str(key), own.part(key)) for key in (own.data if isinstance(own.data, dict) else ()))]


def _arms(part: Document, throughout: Sequence[LeverUse], problems: Problems) -> list[Arm]:
    """Read the levers to compare: each entry is a lever, or a list of levers that are on together."""
    found: dict[str, Arm] = {}
    for k in range(len(part.data) if isinstance(part.data, list) else 0):
        item = part.part(k)
        if isinstance(item.data, list):
            uses = read_uses(item, problems)
            if not item.data:
                problems.add(item.mark(), "there is no lever in this list", allowed="[name, name: value, …]")
        else:
            use = read_use(item, problems)
            uses = [] if use is None else [use]
        if not uses:
            continue
        only_once([*throughout, *uses], problems)
        arm = Arm(" + ".join(str(use) for use in uses), tuple(uses))
        if arm.name in found or arm.name == BASE:
            problems.add(item.mark(), f"{arm.name} is compared twice", allowed="each option once")
        found.setdefault(arm.name, arm)
    return list(found.values())


def _note_sizes(document: Document, problems: Problems) -> None:
    """Note sizes that no scenario could have, where there is no scenario to check them with."""
    sizes = {key: document.data.get(key) for key in OVERRIDES}
    for key, value in sizes.items():
        if isinstance(value, dict):
            continue  # with its passport, which the scenario's own schema reads
        found = Telling()
        try:
            check_sizes(**{key: value})
        except InputError as error:
            found.found += error.problems
        for problem in found.found:
            problems.add(document.mark((key,)), problem.what, value, allowed=problem.allowed)


def _presets(document: Document, tree: Tree, problems: Problems) -> tuple[Preset, ...]:
    """Return the presets that the experiment names."""
    listed = document.data.get("presets")
    names = [name if isinstance(name, str) else "" for name in listed] if isinstance(listed, list) else []
    if not names:
        return ()
    known = {preset.name: preset for preset in presets_of(tree, problems)}
    for k, name in enumerate(names):
        if name and name not in known:
            where = document.mark(("presets", k))
            problems.add(where, f"unknown preset {name!r}", name, known=list(known))
        elif name and name in names[:k]:
            problems.add(document.mark(("presets", k)), f"preset {name} is named twice", allowed="each once")
    return tuple(known[name] for name in dict.fromkeys(names) if name in known)


def _used(throughout: Sequence[LeverUse], arms: Sequence[Arm], tree: Tree) -> dict[str, Passport]:
    """Return a passport for every parameter of a lever that the experiment uses, by LEVER.PARAMETER."""
    found = {}
    for use in (*throughout, *(use for arm in arms for use in arm.uses)):
        lever = load_lever(use, tree, Telling())  # what is wrong with it has been told
        for name, x in {} if lever is None else lever.file.parameters.items():
            path = f"{use.name}.{name}"
            found[path] = Passport(
                path, x.default, x.source, x.bounds, "uniform", x.unit, "lever", x.bounds, x.doc
            )
    return found


class _Factors:
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
        if not low <= value <= high:
            allowed = f"{low:g} to {high:g}"
            self.problems.add(where, f"{passport.path} is out of bounds", value, allowed=allowed)

    def from_file(self, path: Path) -> tuple[tuple[Factor, ...], tuple[tuple[float, ...], ...]]:
        """Return the factors that head the columns of a CSV file, and its points."""
        if self.names:
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
        return tuple(self._of(p) for p in passports if p is not None), points

    def _point(
        self, row: list[str], names: list[str], passports: list[Passport | None], where: Mark
    ) -> tuple[float, ...]:
        if len(row) != len(names):
            self.problems.add(where, f"{len(row)} values for {len(names)} columns")
            return ()
        point, column = [], 1
        for name, passport, text in zip(names, passports, row, strict=True):
            at = replace(where, column=column)
            column += len(text) + 1
            try:
                value = float(text)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                self.problems.add(at, f"{name}: not a number", text)
                continue
            point.append(value)
            if passport is not None:
                self._within(passport, value, at)
        return tuple(point)
