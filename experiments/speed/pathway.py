"""The simplified pathway that every yardstick walks, and what it counts on the way.

The yardsticks are compared with one another and with closed forms, so the numbers live in one place and are
constants: no rule tables, no attitudes, no second agency. The engine itself does a good deal more for each
event than the yardsticks do, so a ratio of speeds understates its lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

DAYS_A_YEAR = 365.0


@dataclass(frozen=True)
class Pathway:
    """Constants of the simplified pathway. All are assumed, of a plausible size; none is a finding.

    Rates are per resident and year, times are in days unless the name says hours, the rest are probabilities.
    """

    stop_rate: float = 0.06
    no_action: float = 0.09
    warning: float = 0.44
    citation: float = 0.45
    arrest: float = 0.02
    crime_arrest_rate: float = 0.022
    cite_and_release: float = 0.30
    prints_shared: float = 1.0
    undocumented_share: float = 0.041
    match_if_undocumented: float = 1.0
    match_otherwise: float = 0.0002
    reviewers: int = 2
    review_hours: float = 0.5
    working_hours: float = 8.0
    detainer: float = 0.9
    jail_median_days: float = 3.2
    jail_sigma: float = 1.5
    hold_days: float = 2.0
    pickup: float = 0.70
    detention_mean_days: float = 44.5
    removal: float = 0.86

    def stop_outcome(self, luck: float) -> str:
        """Turn a uniform in [0, 1) into what the officer does at a stop."""
        if luck < self.citation:
            return "citation"
        if luck < self.citation + self.warning:
            return "warning"
        if luck < self.citation + self.warning + self.no_action:
            return "none"
        return "arrest"

    def match(self, undocumented: bool) -> float:
        """Probability that shared prints match an immigration record."""
        return self.match_if_undocumented if undocumented else self.match_otherwise


PATHWAY = Pathway()


class Counts(NamedTuple):
    """How often each transition happened in one run; `events` is the sum of all the others."""

    stops: int
    arrests: int
    bookings: int
    prints: int
    matches: int
    reviews: int
    detainers: int
    pickups: int
    removals: int
    events: int


@dataclass(slots=True)
class Tally:
    """The counters of a run while it is running."""

    stops: int = 0
    arrests: int = 0
    bookings: int = 0
    prints: int = 0
    matches: int = 0
    reviews: int = 0
    detainers: int = 0
    pickups: int = 0
    removals: int = 0

    def counts(self) -> Counts:
        """Close the tally."""
        parts = [getattr(self, name) for name in Counts._fields if name != "events"]
        return Counts(*parts, events=sum(parts))
