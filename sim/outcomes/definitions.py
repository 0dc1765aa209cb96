"""What is reported: every outcome with its name, unit, numerator, denominator and breakdowns.

An outcome is a sum of counted rows (see `sim.engine.ledger`) over a denominator.  Rates divide by
resident-years, so that runs of different length and size compare; the parts of a breakdown of a rate add up
to the total.  Shares and means divide by other counts, within each level of a breakdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.ledger import BREAKDOWNS, ROWS
from sim.outcomes.counts import Counts

RATE: Final = "per 100,000 residents and year"
RESIDENT_YEARS: Final = "resident_years"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reported number.

    Attributes
    ----------
    name, label, unit
        As they appear in files and tables.
    numerator
        Rows whose sum is reported.
    denominator
        `resident_years`, or rows whose sum divides; a share with nothing to divide by is missing.
    factor
        What the quotient is multiplied by.
    main
        Whether short tables show it.
    """

    name: str
    label: str
    unit: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = (RESIDENT_YEARS,)
    factor: float = 1.0
    main: bool = False

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate per resident-year."""
        return self.denominator == (RESIDENT_YEARS,)


def _rate(name: str, label: str, *rows: str, main: bool = False) -> Outcome:
    return Outcome(name, label, RATE, rows or (name,), main=main, factor=100_000.0)


def _share(name: str, label: str, rows: tuple[str, ...], of: tuple[str, ...], unit: str = "share") -> Outcome:
    return Outcome(name, label, unit, rows, of)


_TRANSFERS = ("ice_arrest_custodial", "ice_arrest_street")
_ARRESTS = (*_TRANSFERS, "ice_arrest_at_large")
_REQUESTS = ("detainer", "notification_request")
_ENDS = (
    "release_bond",
    "release_recognizance",
    "release_relief",
    "release_terminated",
    "voluntary_departure",
    "removal",
)

OUTCOMES: Final = (
    _rate("stops", "Stops", "traffic_stop", "street_stop", main=True),
    _rate("traffic_stops", "Traffic stops", "traffic_stop"),
    _rate("street_stops", "Street stops", "street_stop"),
    _rate("warnings", "Stops that end with a warning", "warning"),
    _rate("citations", "Citations", "citation"),
    _rate("arrests", "Arrests", "arrest", main=True),
    _rate("cite_and_release", "Arrests that end with a citation"),
    _rate("bookings", "Jail bookings", "booking", main=True),
    _rate("removable_bookings", "Bookings of removable people"),
    _rate("crowded_releases", "Booked and released for want of room", "crowded_release"),
    _rate("prints_shared", "Prints shared with federal databases", main=True),
    _rate("rosters_shared", "Roster entries that ICE could read", "roster_shared"),
    _rate("interviews", "ICE interviews in jail", "interview"),
    _rate("data_withheld", "Data withheld by rule"),
    _rate("rules_broken", "Data passed on against the rule", "rule_broken"),
    _rate("matches", "Matches that show a removable person", "match", main=True),
    _rate("matches_lawful", "Matches that show a lawful resident", "match_lawful"),
    _rate("reviews", "Matches reviewed by ICE", "review"),
    _rate("reviews_lapsed", "Matches that lapsed without review", "review_lapsed"),
    _rate("detainers", "Detainers issued", "detainer", main=True),
    _rate("notification_requests", "Notification requests", "notification_request"),
    _rate("honoured", "Requests honoured by a hold", "honoured"),
    _rate("notified", "Requests answered by notification"),
    _rate("declined", "Requests declined"),
    _rate("requests_too_late", "Requests after the person had left", "request_too_late"),
    _rate("holds", "Holds beyond release", "hold"),
    _rate("hold_hours", "Hours held beyond release"),
    _rate("over_holds", "Holds past the limit", "over_hold", main=True),
    _rate("over_hold_hours", "Hours held past the limit"),
    _rate("pickups_missed", "Requests that ICE did not act on", "pickup_missed"),
    _rate("transfers", "Transfers to ICE from local custody", *_TRANSFERS, main=True),
    _rate("ice_arrests_custodial", "ICE arrests in jails", "ice_arrest_custodial"),
    _rate("ice_arrests_street", "ICE arrests at stops", "ice_arrest_street"),
    _rate("ice_arrests_at_large", "ICE arrests at large", "ice_arrest_at_large", main=True),
    _rate("collateral_arrests", "Collateral arrests at large", "collateral_arrest"),
    _rate("ice_arrests", "ICE arrests, all routes", *_ARRESTS, main=True),
    _rate("leads", "Leads left for at-large arrest", "lead"),
    _rate("wrongful_requests", "Requests about people who are not removable"),
    _rate("wrongful_ice_arrests", "ICE arrests of people who are not removable", main=True),
    _rate("wrongful_detained_days", "Days in detention of people who are not removable"),
    _rate("detentions", "People detained", "detention"),
    _rate("no_bed", "ICE arrests released for want of a bed"),
    _rate("detained_days", "Days in detention (ended stays)"),
    _rate("removals", "Removals", "removal", "voluntary_departure", main=True),
    _rate("jail_days", "Days in jail (ended stays)"),
    _share("custody_per_detainer", "Transfers per detainer", ("ice_arrest_custodial",), _REQUESTS),
    _share(
        "request_per_removable",
        "Requests per booking of a removable person",
        ("removable_requests",),
        ("removable_bookings",),
    ),
    _share(
        "custody_per_removable",
        "Transfers per booking of a removable person",
        ("removable_transfers",),
        ("removable_bookings",),
    ),
    _share("custody_per_print", "Transfers per print shared", ("ice_arrest_custodial",), ("prints_shared",)),
    _share("removal_share", "Detentions that end in removal", ("removal", "voluntary_departure"), _ENDS),
    _share(
        "mean_jail_stay",
        "Mean stay in jail (ended stays)",
        ("jail_days",),
        ("jail_release", "ice_arrest_custodial"),
        "days",
    ),
    _share("mean_detention", "Mean time in detention (ended stays)", ("detained_days",), _ENDS, "days"),
    _share("mean_review_wait", "Mean wait for review", ("review_wait_hours",), ("review",), "hours"),
)
BY_NAME: Final = {o.name: o for o in OUTCOMES}
_ROW: Final = {name: k for k, name in enumerate(ROWS)}


def values(outcome: Outcome, counts: Counts) -> NDArray[np.float64]:
    """Return an outcome for every column of the tally (total first); missing where nothing divides."""
    top = counts.tally[[_ROW[r] for r in outcome.numerator]].sum(axis=0)
    if outcome.is_rate:
        return top * (outcome.factor * DAYS_A_YEAR / (counts.residents * counts.days))
    below = counts.tally[[_ROW[r] for r in outcome.denominator]].sum(axis=0)
    return np.divide(outcome.factor * top, below, out=np.full(len(top), np.nan), where=below > 0)


def table(counts: Counts) -> NDArray[np.float64]:
    """Return all outcomes, `(outcomes, columns)`: the total first, then the breakdowns."""
    return np.array([values(o, counts) for o in OUTCOMES])


def levels(counts: Counts) -> Iterator[tuple[int, str, str]]:
    """Return (column, breakdown, level) for the total (both empty) and every level."""
    yield 0, "", ""
    for breakdown, columns in counts.columns().items():
        for level, column in columns.items():
            yield column, breakdown, level


def check_names(names: Iterable[str]) -> list[str]:
    """Return those of `names` that are no outcome."""
    return [n for n in names if n not in BY_NAME]


__all__ = ["BREAKDOWNS", "BY_NAME", "OUTCOMES", "RATE", "Outcome", "check_names", "levels", "table", "values"]
