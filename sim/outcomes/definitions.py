"""What is reported: every outcome with its name, unit, numerator, denominator and breakdowns.

An outcome is a sum of counted rows (see `sim.engine.ledger`) over a denominator.  Rates divide by
resident-years, so that runs of different length and size compare; the parts of a breakdown of a rate add up
to the total.  Shares and means divide by other counts, within each level of a breakdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.ledger import BREAKDOWNS, ROWS
from sim.outcomes.counts import Counts

RATE: Final = "per 100,000 residents and year"
RESIDENT_YEARS: Final = "all_resident_years"


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
        `all_resident_years`, or rows whose sum divides; a share with nothing to divide by is missing.
    factor
        What the quotient is multiplied by.
    main
        Whether short tables show it: always, or ("some") where it is not zero.
    by
        Breakdowns that it has: amounts that stand whatever happens to anybody are an agency's alone, and
        what a jail bears is no police agency's.
    groups
        Where it compares two perceived groups: the quotient for the first over that for the second.
    """

    name: str
    label: str
    unit: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = (RESIDENT_YEARS,)
    factor: float = 1.0
    main: bool | Literal["some"] = False
    by: tuple[str, ...] = BREAKDOWNS
    groups: tuple[str, str] | None = None

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate per resident-year."""
        return self.denominator == (RESIDENT_YEARS,)

    @property
    def title(self) -> str:
        """Its label, with the unit where that is not the one that rates share."""
        return self.label if self.is_rate else f"{self.label} ({self.unit})"


def _rate(name: str, label: str, *rows: str, main: bool | Literal["some"] = False) -> Outcome:
    return Outcome(name, label, RATE, rows or (name,), main=main, factor=100_000.0)


def _share(
    name: str,
    label: str,
    rows: tuple[str, ...],
    of: tuple[str, ...],
    unit: str = "share",
    *,
    main: bool = False,
) -> Outcome:
    return Outcome(name, label, unit, rows, of, main=main)


def _amount(name: str, label: str, unit: str, *rows: str, by: tuple[str, ...] = BREAKDOWNS) -> Outcome:
    return Outcome(name, label, f"{unit} {RATE}", rows or (name,), factor=100_000.0, by=by)


def _disparity(name: str, label: str, rows: tuple[str, ...], of: tuple[str, ...], group: str) -> Outcome:
    return Outcome(name, label, "ratio", rows, of, by=(), groups=(group, "white"))


_NOT_AGENCY = tuple(b for b in BREAKDOWNS if b != "agency")
_HEADS = ("resident_years",)
_CRIMES = ("violent_crime", "property_crime", "domestic_crime")
_ASKED = ("surveyed",)

_TRANSFERS = ("ice_arrest_custodial", "ice_arrest_street")
_ARRESTS = (*_TRANSFERS, "ice_arrest_at_large")
_STOPS = ("traffic_stop", "street_stop", "saturation_stop")
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
    _rate("stops", "Stops", "traffic_stop", "street_stop", "saturation_stop", main=True),
    _rate("traffic_stops", "Traffic stops", "traffic_stop"),
    _rate("street_stops", "Street stops", "street_stop"),
    _rate("saturation_stops", "Stops of saturation operations", "saturation_stop", main="some"),
    _rate("stops_foregone", "Stops not made: the officer was taken by immigration work", "stop_foregone"),
    _rate("searches", "Searches at stops", "search"),
    _rate("immigration_checks", "Immigration checks at stops", "immigration_check"),
    _rate("task_force_contacts", "Stops at which a federal agent saw the person", "task_force_contact"),
    _rate("warnings", "Stops that end with a warning", "warning"),
    _rate("citations", "Citations", "citation"),
    _rate("arrests", "Arrests", "arrest", main=True),
    _rate("pretext_arrests", "Arrests at minor stops made for the jail's screening", "pretext_arrest"),
    _rate("mistaken_arrests", "Arrests on somebody else's or a settled warrant", "mistaken_arrest"),
    _amount("mistaken_hours", "Time in jail on such a warrant", "hours"),
    _rate("task_force_arrests", "Arrests by officers of a joint task force"),
    _rate("cite_and_release", "Arrests that end with a citation"),
    _rate("bookings", "Jail bookings", "booking", main=True),
    _rate("removable_bookings", "Bookings of removable people"),
    _rate("crowded_releases", "Booked and released for want of room", "crowded_release"),
    _rate("prints_shared", "Prints shared with federal databases", main=True),
    _rate("rosters_shared", "Roster entries that ICE could read", "roster_shared"),
    _rate("interviews", "ICE interviews in jail", "interview"),
    _rate("data_withheld", "Data withheld by rule"),
    _rate("informal_messages", "Officers' messages to ICE", "informal_message"),
    _rate("scene_responses", "Messages that brought ICE to the scene", "scene_response"),
    _rate("rules_broken", "Data passed on against the rule", "rule_broken"),
    _rate("cases_examined", "Cases opened by the independent reviewer", "case_opened"),
    _rate("findings", "Findings of the independent reviewer", "finding"),
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
    _rate("detainers_lifted", "Detainers lifted as mistaken", "detainer_lifted"),
    _rate("warrants_served", "ICE warrants served by jail staff", "warrant_served"),
    _rate("holds", "Holds beyond release", "hold"),
    _rate("hold_hours", "Hours held beyond release"),
    _rate("over_holds", "Holds past the limit", "over_hold", main=True),
    _rate("over_hold_hours", "Hours held past the limit"),
    _rate("pickups_missed", "Requests that ICE did not act on", "pickup_missed"),
    _rate("transfers", "Transfers to ICE from local custody or stops", *_TRANSFERS, main=True),
    _rate("ice_arrests_custodial", "ICE arrests in jails", "ice_arrest_custodial"),
    _rate("ice_arrests_street", "ICE arrests at stops", "ice_arrest_street", main="some"),
    _rate("ice_arrests_at_large", "ICE arrests at large", "ice_arrest_at_large", main=True),
    _rate("deputized_ice_arrests", "ICE arrests by deputized officers at stops"),
    _rate("raid_arrests", "Arrests in raids", "raid_arrest"),
    _rate("collateral_arrests", "Collateral arrests at large", "collateral_arrest"),
    _rate("ice_arrests", "ICE arrests, all routes", *_ARRESTS, main=True),
    _rate("leads", "Leads left for at-large arrest", "lead"),
    _rate("wrongful_requests", "Requests about people who are not removable"),
    _rate("wrongful_street_holds", "Holds and arrests at stops of people who are not removable"),
    _amount("wrongful_hold_hours", "Hours held beyond release, people who are not removable", "hours"),
    _amount("wrongful_request_days", "Days in jail under a mistaken request", "days"),
    _rate("wrongful_ice_arrests", "ICE arrests of people who are not removable", main=True),
    _rate("wrongful_detained_days", "Days in detention of people who are not removable"),
    _rate("detentions", "People detained", "detention"),
    _rate("no_bed", "ICE arrests released for want of a bed"),
    _rate("detained_days", "Days in detention (ended stays)"),
    _rate("removals", "Removals", "removal", "voluntary_departure", main=True),
    _rate("jail_days", "Days in jail (ended stays)"),
    _rate("separations", "Households that lose a member to ICE"),
    _rate("earners_taken", "Earners taken from households"),
    _rate("parents_taken", "Parents of citizen children arrested by ICE"),
    _rate("children_affected", "Children of arrested people's households"),
    _rate("citizen_children_affected", "Citizen children of arrested people's households"),
    _rate("earners_removed", "Earners removed from the country"),
    _rate("parents_removed", "Parents of citizen children removed from the country"),
    _amount("detainer_days", "Days in jail beyond release for ICE", "days", by=_NOT_AGENCY),
    _amount("detainer_cost", "Cost of those days to the jail", "USD", by=_NOT_AGENCY),
    _amount("police_hours", "Officer hours on immigration tasks", "hours"),
    _amount("jail_hours", "Jail staff hours on immigration tasks", "hours", by=_NOT_AGENCY),
    _amount("operation_hours", "Officer hours on saturation operations", "hours", by=("agency",)),
    _amount("police_claims", "Claims paid by police agencies", "USD"),
    _amount("jail_claims", "Claims paid by jails", "USD", by=_NOT_AGENCY),
    _amount("expected_police_claims", "Claims against police agencies to be expected", "USD"),
    _amount("expected_jail_claims", "Claims against jails to be expected", "USD", by=_NOT_AGENCY),
    _amount("training_cost", "Cost of 287(g) training", "USD", by=("agency",)),
    _amount("reimbursement", "Federal reimbursement", "USD", by=("agency",)),
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
    _share("searches_per_stop", "Searches per stop", ("search",), _STOPS),
    _share("hit_rate", "Searches that find contraband", ("contraband",), ("search",)),
    _rate("stop_arrests", "Arrests that begin with a stop"),
    _share("arrests_per_stop", "Arrests per stop", ("stop_arrests",), _STOPS),
    _share("stops_per_head", "Stops per head", _STOPS, _HEADS, "a year"),
    _share("bookings_per_head", "Jail bookings per head", ("booking",), _HEADS, "a year"),
    _share("transfers_per_head", "Transfers to ICE per head", _TRANSFERS, _HEADS, "a year"),
    _disparity("stop_ratio_hispanic", "Stops per head, Hispanic to white", _STOPS, _HEADS, "hispanic"),
    _disparity("stop_ratio_black", "Stops per head, Black to white", _STOPS, _HEADS, "black"),
    _disparity(
        "citation_ratio_hispanic", "Citations per stop, Hispanic to white", ("citation",), _STOPS, "hispanic"
    ),
    _disparity(
        "search_ratio_hispanic", "Searches per stop, Hispanic to white", ("search",), _STOPS, "hispanic"
    ),
    _disparity("search_ratio_black", "Searches per stop, Black to white", ("search",), _STOPS, "black"),
    _disparity(
        "hit_ratio_hispanic",
        "Searches that find something, Hispanic to white",
        ("contraband",),
        ("search",),
        "hispanic",
    ),
    _disparity(
        "hit_ratio_black",
        "Searches that find something, Black to white",
        ("contraband",),
        ("search",),
        "black",
    ),
    _disparity(
        "arrest_ratio_hispanic", "Arrests per stop, Hispanic to white", ("stop_arrests",), _STOPS, "hispanic"
    ),
    _share("citations_per_stop", "Citations per stop", ("citation",), _STOPS),
    _share("ice_arrests_per_stop", "ICE arrests per stop", ("ice_arrest_street",), _STOPS),
    _share(
        "mean_jail_stay",
        "Mean stay in jail (ended stays)",
        ("jail_days",),
        ("jail_release", "ice_arrest_custodial"),
        "days",
    ),
    _share("mean_detention", "Mean time in detention (ended stays)", ("detained_days",), _ENDS, "days"),
    _share("mean_review_wait", "Mean wait for review", ("review_wait_hours",), ("review",), "hours"),
    _rate("victimization", "Crimes with a victim", *_CRIMES, main=True),
    _rate("violent_crime", "Violent crimes (without domestic ones)"),
    _rate("property_crime", "Property crimes"),
    _rate("domestic_crime", "Domestic violence"),
    _rate("recorded_crime", "Crimes that police learn of", "crime_recorded", main=True),
    _rate("violent_recorded", "Violent crimes that police learn of"),
    _rate("property_recorded", "Property crimes that police learn of"),
    _rate("domestic_recorded", "Domestic violence that police learn of"),
    _rate("unreported_crime", "Crimes that nobody reports", "crime_unreported", main=True),
    _share("reporting_rate", "Crimes that victims report", ("report",), _CRIMES, main=True),
    _share(
        "violent_reporting", "Violent crimes that victims report", ("violent_reported",), ("violent_crime",)
    ),
    _share(
        "property_reporting",
        "Property crimes that victims report",
        ("property_reported",),
        ("property_crime",),
    ),
    _share(
        "domestic_reporting",
        "Domestic violence that victims report",
        ("domestic_reported",),
        ("domestic_crime",),
    ),
    _share("witness_reporting", "Witnesses who report", ("witness_report",), ("witnessed",)),
    _share("calls_per_head", "Calls about crimes per head", ("report", "witness_report"), _HEADS, "a year"),
    _share("clearance_rate", "Recorded crimes that are cleared", ("crime_cleared",), ("crime_recorded",)),
    _share("violent_clearance", "The same, violent", ("violent_cleared",), ("violent_recorded",)),
    _share("property_clearance", "The same, property", ("property_cleared",), ("property_recorded",)),
    _share("domestic_clearance", "The same, domestic", ("domestic_cleared",), ("domestic_recorded",)),
    _share("late_responses", "Calls answered late", ("late_response",), ("response", "late_response")),
    _amount("response_hours", "Officer hours on reported crimes", "hours"),
    _rate("crimes_averted", "Crimes that custody or removal averted", "crime_averted"),
    _rate("crimes_deterred", "Crimes that fear of removal averted", "crime_deterred"),
    _rate("certifications", "Victims certified for protection", "certified"),
    _rate(
        "victim_records_shared", "Records of victims and witnesses that reached ICE", "victim_record_shared"
    ),
    _rate("returns", "Removed people who return", "returned"),
    _rate("contacts", "Contacts that are neither a stop nor a report", "contact"),
    _rate("moved_away", "People who move away for fear", "people_moved"),
    _share("trust", "Trust in police", ("survey_trust",), _ASKED, "0 to 1", main=True),
    _share("fear", "Fear of enforcement", ("survey_fear",), _ASKED, "0 to 1", main=True),
    _share(
        "belief", "Belief that police share data with ICE", ("survey_belief",), _ASKED, "0 to 1", main=True
    ),
    _share("avoid_driving", "Avoid driving", ("avoid_driving",), _ASKED),
    _share("avoid_public_places", "Avoid public places", ("avoid_public_places",), _ASKED),
    _share("avoid_services", "Avoid services", ("avoid_services",), _ASKED),
    _share("avoid_travel", "Avoid travel", ("avoid_travel",), _ASKED),
    _share("avoid_police", "Avoid dealings with police", ("avoid_police",), _ASKED),
    _share("avoid_any", "Avoid something", ("avoid_any",), _ASKED),
    _share(
        "hispanic_less_likely",
        "Hispanic residents who say that they are less likely to call police",
        ("hispanic_less_likely",),
        ("hispanic_surveyed",),
    ),
)
BY_NAME: Final = {o.name: o for o in OUTCOMES}
_ROW: Final = {name: k for k, name in enumerate(ROWS)}


def values(outcome: Outcome, counts: Counts) -> NDArray[np.float64]:
    """Return an outcome for every column of the tally (total first).

    It is missing where nothing divides, and in breakdowns that it does not have.
    """
    top = counts.tally[[_ROW[r] for r in outcome.numerator]].sum(axis=0)
    if outcome.by != BREAKDOWNS:
        columns = counts.columns()
        inside = [0, *(c for name in outcome.by for c in columns[name].values())]
        shown = np.zeros(len(top), dtype=bool)
        shown[inside] = True
    else:
        shown = np.ones(len(top), dtype=bool)
    if outcome.is_rate:
        found = top * (outcome.factor * DAYS_A_YEAR / (counts.residents * counts.days))
    else:
        below = counts.tally[[_ROW[r] for r in outcome.denominator]].sum(axis=0)
        found = np.divide(outcome.factor * top, below, out=np.full(len(top), np.nan), where=below > 0)
    if outcome.groups is not None:
        first, second = (found[counts.columns()["group"][name]] for name in outcome.groups)
        found[0] = first / second if second > 0 else np.nan
    return np.where(shown, found, np.nan)


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
