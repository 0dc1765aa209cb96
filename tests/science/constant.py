"""A world whose rules are constant and whose capacities never bind, and what can be said of its counts.

Encounters are a Poisson process and every stage keeps an independent share of the one before, so the count of
each stage is a Poisson variable whose mean can be written down, and a binomial one given the stage before.
Exact two-sided tests hold them to that; each fails once in a million times when the model is right.
"""

from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from sim.model import Model
from sim.pathway.settings import by_year, in_order
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from sim.scenario.schema import Scenario
from tests.properties.worlds import AGENCIES, JAIL, UNMOVED, scenario

FALSE_ALARM = 1e-6
DAYS = 365.0
FLUSH = 120.0  # after the last encounter, until every case is closed
PER = 100_000

# The chances of the constant rules.
ARREST, LENIENCY, BOOK, PRINTS, SHARE, FALSE = 0.30, 0.20, 0.6, 0.7, 0.8, 0.01
CHARGED, EFFORT, OVER = 0.75, 0.7, 0.25
DELAY, SPREAD, LIMIT, NOTICE, PATIENCE = 20.0, 0.8, 48.0, 12.0, 2.0  # hours; spread in log units
REQUEST = {"detainer": 0.5, "notification": 0.2, "lead": 0.2, "none": 0.1}
RESPONSE = {"hold": 0.6, "notify": 0.3, "decline": 0.1}
ROUND = {"attempt": 0.5, "wait": 0.3, "drop": 0.2}
FOUND = {"no": 0.3, "yes": 0.6}
COURT = {"bond": 0.4, "recognizance": 0.3, "relief": 0.2, "terminated": 0.1}
DISCLOSURE = 0.4
SEARCH = dict(zip(v.GROUPS, (0.05, 0.3, 0.15, 0.02, 0.1), strict=True))
FIND, SLOPE, FIND_ARREST = 0.5, 4.0, 0.6
STALE = {"naturalized": 0.02, "lpr": 0.1, "temporary": 0.0}
STAY, ERROR_FOUND = 0.5, 2.0  # days

STOPS = {f"agencies.{a}.traffic_stops": rate for a, rate in zip(AGENCIES, (0.9, 0.5, 0.2), strict=True)} | {
    f"agencies.{a}.street_stops": rate for a, rate in zip(AGENCIES, (0.2, 0.05, 0.0), strict=True)
}
CRIMES = dict(zip(v.OFFENCES, (100, 500, 3_000, 4_000, 2_000, 800, 900), strict=True))
QUIET: dict[str, Any] = dict.fromkeys(STOPS, 0) | {f"arrests.rates.{name}": 0 for name in v.OFFENCES}
SETTINGS: dict[str, Any] = {
    **UNMOVED,
    # Four in ten are undocumented, evenly across groups, so that every stage is well filled.
    "population.statuses": {"naturalized": 0.1, "lpr": 0.1, "temporary": 0.0, "undocumented": 0.4},
    "population.status_groups": {
        s: {"white": 0.612, "black": 0.123, "hispanic": 0.176, "asian": 0.053, "other": 0.036}
        for s in v.STATUSES[1:]
    },
    "population.open_warrant": 0.0,
    **STOPS,
    **{f"arrests.rates.{name}": rate for name, rate in CRIMES.items()},
    "agencies.*.tips.officers": 0.0,
    "agencies.*.profiling_spread": 0.0,
    "agencies.*.leniency": LENIENCY,
    "agencies.*.leniency_spread": 0.0,
    "agencies.*.compliance": 1.0,
    "arrests.no_charge": dict.fromkeys(v.OFFENCES, 1 - CHARGED),
    "arrests.conviction": dict.fromkeys(v.OFFENCES, 0.0),
    # Everybody stays half a day, and nothing is scarce.
    "custody.median": dict.fromkeys(v.RELEASES, STAY),
    "custody.spread": dict.fromkeys(v.RELEASES, 0.0),
    "custody.offence_ratio": dict.fromkeys(v.OFFENCES, 1.0),
    f"jails.{JAIL}.capacity": 200_000,
    f"jails.{JAIL}.compliance": 1.0,
    f"jails.{JAIL}.hold_limit": LIMIT,
    f"jails.{JAIL}.over_hold": OVER,
    "sharing.compliance": 1.0,
    "sharing.personal_compliance": 1.0,
    "stops.disclosure": DISCLOSURE,
    "stops.search": SEARCH,
    "stops.contraband": FIND,
    "stops.contraband_slope": SLOPE,
    "stops.contraband_arrest": FIND_ARREST,
    "ice.review.hours_a_day": 10_000,
    "ice.review.turnaround": 0,
    "ice.matching.print_false_match": FALSE,
    "ice.matching.stale_file": STALE,
    "ice.matching.error_found": ERROR_FOUND,
    "ice.matching.deportable_lawful": dict.fromkeys(v.RECORDS, 0.0),
    "ice.pickup.effort": dict.fromkeys(v.PRIORITIES, EFFORT),
    "ice.pickup.hours_a_day": 10_000,
    "ice.pickup.delay": DELAY,
    "ice.pickup.delay_spread": SPREAD,
    "ice.pickup.notice": NOTICE,
    "ice.pickup.patience": PATIENCE,
    "ice.at_large.hours_a_day": 10_000,
    "ice.at_large.interval": 2,
    "ice.at_large.success": FOUND,
    "ice.at_large.collateral": 0,
    "ice.at_large.community": {"lpr": 0, "temporary": 0, "undocumented": 0},
    "ice.detention.beds": 10_000,
    "ice.detention.stay": dict.fromkeys(v.COURT_OUTCOMES, 0),
    "ice.detention.wrongful_found": 0.01,
}


def otherwise(answer: Any) -> list[dict[str, Any]]:
    return [{"otherwise": answer}]


RULES: dict[str, Any] = {
    "stop.outcome": otherwise({"none": 0.2, "warning": 0.3, "citation": 0.2, "arrest": ARREST}),
    "stop.query": otherwise("none"),
    "stop.street_check": otherwise("none"),
    "booking.disposition": otherwise({"book": BOOK, "cite_and_release": 1 - BOOK}),
    "booking.identify": otherwise({"prints": PRINTS, "none": 1 - PRINTS}),
    "custody.release": otherwise({"own_recognizance": 0.5, "bail": 0.3, "held": 0.2}),
    "sharing.channel": otherwise({"shared": SHARE, "withheld": 1 - SHARE}),
    "ice.review": [{"when": {"hit": "lawful"}, "then": "none"}, *otherwise(REQUEST)],
    "detainer.response": otherwise(RESPONSE),
    "ice.at_large": otherwise(ROUND),
    "court.outcome": otherwise(COURT),
}


def world(
    folder: Path, settings: dict[str, Any] | None = None, rules: dict[str, Any] | None = None
) -> LoadedScenario:
    """Load a world whose encounters end on the last day, so that every case is closed after the flush."""
    body = {"set": SETTINGS | (settings or {}), "rules": RULES | (rules or {})}
    return scenario(folder, body | {"timeline": [{"day": DAYS, "set": QUIET}]})


def stop_rates(model: Model, s: Scenario, kind: str) -> np.ndarray:
    """Give the stops a year of each resident, by agency, from the settings and nothing else."""
    people = model.people.residents
    ages = by_year(s.stops.age_rate)[people["age"]]
    exposure = people["driving"] if kind == "traffic_stops" else np.ones(len(people))
    return np.array(
        [
            getattr(a, kind) * exposure * ages * in_order(v.GROUPS, a.profiling)[people["group"]]
            for a in s.agencies.values()
        ]
    )


def crime_rates(model: Model, s: Scenario) -> np.ndarray:
    """Give the arrests a year of each resident that do not begin with a stop, by offence."""
    people = model.people.residents
    ratio = (
        by_year(s.arrests.age_rate)[people["age"]]
        * in_order(v.STATUSES, s.arrests.status_ratio)[people["status"]]
        * in_order(v.RECORDS, s.arrests.record_ratio)[people["record"]]
    )
    return np.outer(in_order(v.OFFENCES, s.arrests.rates) / PER, ratio)


def surprise(count: float, mean: float) -> float:
    """Give how surprising a Poisson count is: the chance of one as far out on its side, doubled."""
    law = stats.poisson(mean)
    return min(1.0, 2 * min(law.cdf(count), law.sf(count - 1)))


def expect_counts(counted: dict[str, float], expected: dict[str, float]) -> None:
    seen = {what: (counted[what], mean, surprise(counted[what], mean)) for what, mean in expected.items()}
    assert {what: x for what, x in seen.items() if x[2] < FALSE_ALARM} == {}


def expect_shares(counted: dict[str, tuple[int, int, float]]) -> None:
    """Expect each count (the first number) to be binomial: out of so many, with this chance."""
    law = {
        what: stats.binomtest(int(k), int(n), p).pvalue if n else float(k == 0)
        for what, (k, n, p) in counted.items()
    }
    assert {what: (*counted[what], x) for what, x in law.items() if x < FALSE_ALARM} == {}


def finds(s: Scenario) -> np.ndarray:
    """Give the chance that a stop turns up contraband, by perceived group, where officers are all alike.

    The strength of signs is uniform, those above 1 − share are searched, and a search on signs of strength x
    finds something with chance FIND · x^SLOPE.
    """
    share, power = in_order(v.GROUPS, s.stops.search), s.stops.contraband_slope + 1
    return s.stops.contraband * (1 - (1 - share) ** power) / power


def arrest_chance(s: Scenario, people: np.ndarray) -> np.ndarray:
    """Give the chance that a stop of each resident ends with an arrest: by the rule, or by what is found."""
    spared = 1 - ARREST * (1 - LENIENCY)
    return 1 - spared * (1 - finds(s)[people["group"]] * s.stops.contraband_arrest)
