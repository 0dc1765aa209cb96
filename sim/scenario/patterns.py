"""Files of published patterns: regimes, and numbers that the model should give in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from sim.errors import Problems
from sim.scenario.document import Document, read
from sim.scenario.quantities import Fault, Real, ends_fault
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

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return what does not go together: what is counted, what divides, the ends of the range."""
        found = []
        if sum(data.get(name) is not None for name in ("count", "outcome", "state")) != 1:
            found.append(Fault((), "a pattern has one of `count`, `outcome` and `state`"))
        if data.get("of") is None and data.get("of_levels"):
            found.append(Fault(("of_levels",), "needs `of`"))
        return found + ends_fault(data.get("range"), ("range",))


class Patterns(Closed):
    """A file of patterns."""

    regimes: dict[Name, Regime] = Field(min_length=1, description="regimes, by name")
    patterns: tuple[Pattern, ...] = Field(min_length=1, description="patterns, in the order of the table")

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return patterns of regimes that the file does not have."""
        regimes, patterns = data.get("regimes"), data.get("patterns")
        if not isinstance(regimes, dict) or not isinstance(patterns, list | tuple):
            return []
        known = tuple(regimes)
        return [
            Fault(("patterns", k, field), f"no regime is named {name!r}", known, name)
            for k, pattern in enumerate(patterns)
            for field in ("regime", "against")
            if isinstance(pattern, dict) and isinstance(name := pattern.get(field), str) and name not in known
        ]


def read_patterns(path: Path, problems: Problems) -> tuple[Document, Patterns | None] | None:
    """Read a file of patterns and check all that can be checked without running a world.

    The patterns are None where anything is wrong with the file, which may be asked more all the same.
    """
    document = read(path, problems)
    if document is None:
        return None
    file = check_model(Patterns, document, problems)
    tree = Tree.around(path)
    for k, pattern in patterns_in(document):
        source = pattern.get("source")
        if isinstance(source, str):
            tree.check_sources((source,), document.mark(("patterns", k, "source")), problems)
    return document, file


def patterns_in(document: Document) -> list[tuple[int, dict[str, Any]]]:
    """Return the patterns of a file by number, those that are mappings."""
    listed = document.get(("patterns",))
    return [(k, x) for k, x in enumerate(listed) if isinstance(x, dict)] if isinstance(listed, list) else []


__all__ = ["Pattern", "Patterns", "Regime", "Words", "each", "patterns_in", "read_patterns"]
