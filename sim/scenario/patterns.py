"""Files of published patterns: regimes, and numbers that the model should give in them."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from sim.errors import Problems
from sim.scenario.document import Document, read
from sim.scenario.quantities import Fault, Faults, Real
from sim.scenario.section import Closed, Name
from sim.scenario.tree import Tree
from sim.scenario.validate import check_model


class Regime(Closed):
    """A world in which patterns are measured."""

    title: str = Field(min_length=1, max_length=120, description="as tables show it")
    scenario: str = Field(default="base", description="the scenario")
    levers: tuple[str, ...] = Field(default=(), description="levers, as the command line takes them")
    set: tuple[str, ...] = Field(default=(), description="settings, `path=value`")
    residents: int | None = Field(
        default=None,
        ge=100,
        le=5_000_000,
        strict=True,
        description="people simulated, if not as many as usual",
    )
    replications: int | None = Field(
        default=None, ge=2, le=10_000, strict=True, description="repetitions, if not as many as usual"
    )


Words = str | tuple[str, ...]


def each(words: Words) -> tuple[str, ...]:
    """Return one word, or several, as a tuple."""
    return (words,) if isinstance(words, str) else words


class Pattern(Closed):
    """A published number and its range, and how the model's is counted."""

    id: str = Field(pattern=r"^[A-Z][0-9]+$", description="patterns that share an id belong together")
    what: str = Field(min_length=1, max_length=120, description="as tables show it")
    regime: str = Field(description="the regime in which it is measured")
    against: str | None = Field(
        default=None, description="a regime: the relative change from it is taken, pair by pair"
    )
    count: Words | None = Field(default=None, description="rows of the tally that are summed")
    levels: dict[str, Words] = Field(
        default={}, max_length=1, description="breakdown → the levels of it that count"
    )
    of: Words | None = Field(default=None, description="rows that divide; without them it is a rate")
    of_levels: dict[str, Words] = Field(
        default={}, max_length=1, description="breakdown → the levels of it that divide"
    )
    outcome: str | None = Field(default=None, description="an outcome's total instead")
    state: str | None = Field(
        default=None,
        description="a stock at the end instead, per 100,000",
        json_schema_extra={"choices": ["in_jail", "in_ice_custody", None]},
    )
    above: Real | None = Field(
        default=None, description="the share of replications whose number is larger is taken"
    )
    target: Real = Field(description="the published number")
    range: tuple[Real, Real] = Field(description="the range in which it counts as met")
    unit: str = Field(description="unit of the number")
    source: str = Field(description="source id")
    fitted: bool = Field(default=True, strict=True, description="whether the defaults were tuned to it")

    @model_validator(mode="after")
    def _sound(self) -> Pattern:
        found = []
        if sum(x is not None for x in (self.count, self.outcome, self.state)) != 1:
            found.append(Fault((), "a pattern has one of `count`, `outcome` and `state`"))
        if self.of is None and self.of_levels:
            found.append(Fault(("of_levels",), "needs `of`"))
        if self.range[0] > self.range[1]:
            found.append(Fault(("range",), "the lower end comes first"))
        if found:
            raise Faults(found)
        return self


class Patterns(Closed):
    """A file of patterns."""

    regimes: dict[Name, Regime] = Field(min_length=1, description="regimes, by name")
    patterns: tuple[Pattern, ...] = Field(min_length=1, description="patterns, in the order of the table")

    @model_validator(mode="after")
    def _regimes_exist(self) -> Patterns:
        known = tuple(self.regimes)
        found = [
            Fault(("patterns", k, field), f"no regime is named {name!r}", known, name)
            for k, pattern in enumerate(self.patterns)
            for field in ("regime", "against")
            if (name := getattr(pattern, field)) is not None and name not in known
        ]
        if found:
            raise Faults(found)
        return self


def read_patterns(path: Path, problems: Problems) -> tuple[Document, Patterns] | None:
    """Read a file of patterns and check all that can be checked without running a world."""
    document = read(path, problems)
    if document is None:
        return None
    file = check_model(Patterns, document, problems)
    if file is None:
        return None
    tree = Tree.around(path)
    for k, pattern in enumerate(file.patterns):
        tree.check_sources((pattern.source,), document.mark(("patterns", k, "source")), problems)
    return document, file


__all__ = ["Pattern", "Patterns", "Regime", "Words", "each", "read_patterns"]
