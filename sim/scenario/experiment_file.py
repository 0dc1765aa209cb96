"""An experiment as it is written: what its file may say, and how points may be laid out."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from sim.scenario.quantities import Fault, Faults
from sim.scenario.section import Closed

DESIGNS = ("grid", "latin_hypercube", "sobol", "csv")
MAX_POINTS = 1_000_000
MAX_ARMS = 100

OutcomeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,79}$", description="name of an outcome")]
PresetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="name of a preset")]


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
