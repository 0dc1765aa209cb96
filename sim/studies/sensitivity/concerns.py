"""What an analysis does not show, in words: intervals that hold 0, sums that cannot be, luck that rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sim.studies.sensitivity.indices import CHANCE, Index
from sim.studies.sensitivity.variance import Decomposition

SUM: Final = 1.05  # an index, or a sum of first-order ones, beyond which more than rounding is amiss
MUCH: Final = 0.5  # a share of luck that rules

# What is said of each concern, in the order of their weight; outcomes with their details follow.
SENTENCES: Final = {
    "gaps": "Not analysed, because some runs have nothing to divide by",
    "constant": "Not analysed, because no point differs from another",
    "noise": "Mostly luck: more than half of what the points differ by would change with other luck, and so "
    "would these indices (more replications help)",
    "luck": "One replication: luck cannot be told from parameters, and is in all these numbers",
    "sum": "More than 1, which only noise is (more samples help)",
    "few": "Resting on a few points, so that no interval can be told",
    "untold": "Not told from a parameter without influence (the interval holds 0)",
    "chance": "Not told from a parameter without influence (95 % of such stay below the distance given)",
}


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to know before an analysis is believed: one of `SENTENCES`, and what it is about."""

    kind: str
    about: str = ""

    def __str__(self) -> str:
        """As a sentence."""
        return SENTENCES[self.kind] + (f": {self.about}." if self.about else ".")


def concerns_of(main: Sequence[Index], indices: Sequence[Index], shares: Decomposition) -> list[Concern]:
    """Return what is to be said of the indices of one number.

    Parameters
    ----------
    main
        The index by which parameters are sorted.
    indices
        All of them.
    shares
        The number's variance.
    """
    found = []
    if shares.replications < 2:
        found.append(Concern("luck"))
    elif shares.left > MUCH:
        found.append(Concern("noise", f"{100 * shares.left:.0f} %"))
    whole = sum(x.value for x in indices if x.index == "S1")
    if whole > SUM:
        found.append(Concern("sum", f"first-order indices add up to {whole:.2f}"))
    found += [Concern("sum", f"total of {x.parameter} is {x.value:.2f}") for x in main if _above(x)]
    chance = [x.value for x in indices if x.index == CHANCE]
    if chance:
        weak = [x.parameter for x in main if x.value <= chance[0]]
        if weak:
            found.append(Concern("chance", f"{', '.join(weak)} ({chance[0]:.2f})"))
    else:
        few = [x.parameter for x in main if math.isnan(x.ci_low)]
        weak = [x.parameter for x in main if not x.told and x.parameter not in few]
        found += [Concern(kind, ", ".join(n)) for kind, n in (("few", few), ("untold", weak)) if n]
    return found


def _above(index: Index) -> bool:
    return index.index == "ST" and index.value > SUM


def told(concerns: Iterable[tuple[str, Concern]]) -> list[str]:
    """Return a sentence for each kind of concern, with all that it is about.

    Parameters
    ----------
    concerns
        Pairs of what the concern is raised by (an outcome) and the concern.
    """
    by_kind: dict[str, list[str]] = {kind: [] for kind in SENTENCES}
    concerns = list(concerns)
    lucky = {name for name, concern in concerns if concern.kind == "noise"}
    for name, concern in concerns:
        if name in lucky and concern.kind != "noise":
            continue  # nothing more need be said of it
        by_kind[concern.kind].append(f"{name}: {concern.about}" if concern.about else name)
    return [
        f"{SENTENCES[kind]}." if kind == "luck" else f"{SENTENCES[kind]}: {'; '.join(names)}."
        for kind, names in by_kind.items()
        if names
    ]
