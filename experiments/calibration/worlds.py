"""The parameters that are varied, the patterns they are held against, and the worlds in between."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

import sim
from sim.scenario.patterns import Pattern, Patterns
from sim.studies.simulate import Settings, WorldResult, people_of, simulate
from sim.studies.targets import load_patterns, measure

Array = NDArray[np.float64]

PATTERNS = ("V1", "P1", "P4", "P5", "P12", "P13", "P16", "P17", "P19")
# What is called by one name may move several numbers, each in the proportion of their shipped values.
VARIED = {
    "reporting.chill": (
        "community.reporting.chill.violent",
        "community.reporting.chill.property",
        "community.reporting.chill.domestic",
    ),
    "reporting.witness_chill": ("community.reporting.witness_chill",),
    "reporting.trust": ("community.reporting.trust",),
    "reporting.stated": ("community.reporting.stated",),
    "belief.credibility": ("community.belief.credibility",),
    "news.telling": ("community.news.telling",),
    "news.alarming": ("community.news.alarming",),
    "avoidance.base.driving": ("community.avoidance.base.driving",),
    "avoidance.response.driving": ("community.avoidance.response.driving",),
    "avoidance.base.travel": ("community.avoidance.base.travel",),
    "avoidance.response.travel": ("community.avoidance.response.travel",),
    "trust.step": ("community.trust.step",),
    "trust.asymmetry": ("community.trust.asymmetry",),
    "trust.alarm_half_life": ("community.trust.alarm_half_life",),
    "network.vicarious": ("community.network.vicarious",),
    "offending.elasticity": ("community.offending.elasticity",),
    "ice.matching.roster_flag": ("ice.matching.roster_flag",),
}


@dataclass(frozen=True)
class Parameter:
    """A name, the numbers it moves with their own ranges, and its range (that of the first)."""

    name: str
    numbers: tuple[tuple[str, float, tuple[float, float]], ...]

    @property
    def shipped(self) -> float:
        return self.numbers[0][1]

    @property
    def range(self) -> tuple[float, float]:
        return self.numbers[0][2]

    @property
    def logarithmic(self) -> bool:
        """Whether proportions matter, not differences: a positive number whose range spans a doubling."""
        low, high = self.range
        return low > 0.0 and high >= 2.0 * low

    def settings(self, value: float) -> list[str]:
        """Return the settings that give the parameter a value."""
        moved = [(path, own * value / self.shipped, ends) for path, own, ends in self.numbers]
        return [f"{path}={min(max(x, low), high):.8g}" for path, x, (low, high) in moved]


def parameters() -> list[Parameter]:
    """Return what is varied, with values and ranges from the passports of the base scenario."""
    passports = sim.load("base").passports
    found = []
    for name, paths in VARIED.items():
        numbers = []
        for path in paths:
            passport = passports[path]
            assert passport.range is not None, f"{path} has no range"
            numbers.append((path, passport.value, passport.range))
        found.append(Parameter(name, tuple(numbers)))
    return found


def natural(u: Array, varied: list[Parameter]) -> Array:
    """Return coordinates between −1 and 1 as values."""
    low, high = np.array([p.range for p in varied]).T
    return low + (u + 1.0) / 2.0 * (high - low)


def coordinates(values: Array, varied: list[Parameter]) -> Array:
    """Return values as coordinates between −1 and 1."""
    low, high = np.array([p.range for p in varied]).T
    return 2.0 * (values - low) / (high - low) - 1.0


def inputs(u: Array, varied: list[Parameter]) -> Array:
    """Return coordinates as the emulators take them: logarithmic where proportions matter."""
    found = u.copy()
    values = natural(u, varied)
    for k, parameter in enumerate(varied):
        if parameter.logarithmic:
            low, high = np.log(parameter.range)
            found[:, k] = 2.0 * (np.log(values[:, k]) - low) / (high - low) - 1.0
    return found


def from_inputs(x: Array, varied: list[Parameter]) -> Array:
    """Return coordinates from what the emulators take."""
    found = x.copy()
    for k, parameter in enumerate(varied):
        if parameter.logarithmic:
            low, high = parameter.range
            value = np.exp(np.log(low) + (x[:, k] + 1.0) / 2.0 * np.log(high / low))
            found[:, k] = 2.0 * (value - low) / (high - low) - 1.0
    return found


def hypercube(count: int, dimensions: int, seed: int) -> Array:
    """Return a Latin hypercube of coordinates between −1 and 1."""
    return 2.0 * np.asarray(qmc.LatinHypercube(dimensions, rng=seed).random(count)) - 1.0


@functools.cache
def patterns() -> Patterns:
    """Return the shipped file of patterns, read once."""
    return load_patterns()


@functools.cache
def rows() -> tuple[Pattern, ...]:
    """Return the patterns of the community, one a row."""
    return tuple(p for p in patterns().patterns if p.id in PATTERNS)


def scaled(pattern: Pattern, value: float) -> float:
    """Return a pattern's number on the scale on which it is emulated (missing where it has none).

    Log odds of a share, the logarithm of a ratio or a rate, and of one plus a relative change.
    """
    if pattern.unit == "share":
        return math.log(value / (1.0 - value)) if 0.0 < value < 1.0 else math.nan
    shifted = value + 1.0 if pattern.unit == "relative" else value
    return math.log(shifted) if shifted > 0.0 else math.nan


def unscaled(pattern: Pattern, value: float) -> float:
    """Return the number from its emulated scale."""
    if pattern.unit == "share":
        return 1.0 / (1.0 + math.exp(-value))
    return math.exp(value) - (1.0 if pattern.unit == "relative" else 0.0)


@dataclass(frozen=True)
class Size:
    """How large a sample, how long, and how many replications a point gets."""

    residents: int
    days: float
    replications: int


def run(values: Array, varied: list[Parameter], size: Size, first: int) -> list[dict[str, WorldResult]]:
    """Return the regimes of all patterns at a point, one dictionary a replication, counted from `first`.

    The regimes of a replication are twins: the same people with the same luck.
    """
    file = patterns()
    names = sorted({name for p in rows() for name in (p.regime, p.against) if name is not None})
    moved = [s for p, x in zip(varied, values, strict=True) for s in p.settings(float(x))]
    worlds = {
        name: sim.load(regime.scenario, levers=list(regime.levers), settings=[*regime.set, *moved])
        for name, regime in ((name, file.regimes[name]) for name in names)
    }
    settings = Settings(size.residents, size.days, 1, first + size.replications, size.days)
    found = []
    for k in range(first, first + size.replications):
        people = people_of(worlds["base"], settings, k)
        found.append({n: simulate(world, settings, k, people=people) for n, world in worlds.items()})
    return found


def pooled(results: list[WorldResult]) -> WorldResult:
    """Return replications as one large sample."""
    tally = np.sum([r.counts.tally for r in results], axis=0)
    residents = sum(r.counts.residents for r in results)
    return replace(results[0], counts=replace(results[0].counts, tally=tally, residents=residents))


def numbers(replications: list[dict[str, WorldResult]]) -> list[float]:
    """Return every row's number in the sample that the replications make together."""
    together = {name: pooled([r[name] for r in replications]) for name in replications[0]}
    return [_number(p, together) for p in rows()]


def _number(pattern: Pattern, worlds: dict[str, WorldResult]) -> float:
    against = None if pattern.against is None else worlds[pattern.against]
    return measure(pattern, worlds[pattern.regime], against)
