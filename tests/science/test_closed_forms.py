"""Where rules are constant and capacities never bind, every count is known: a product of rates and chances.

Encounters are a Poisson process and every stage keeps an independent share of the one before, so the count of
each stage is a Poisson variable whose mean can be written down.  An exact two-sided test holds it to that; it
fails once in a million times when the model is right.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.model import Model
from sim.outcomes.definitions import OUTCOMES
from sim.pathway.build import by_year, in_order
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.schema import Scenario
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings
from tests.properties.worlds import AGENCIES, JAIL, happened, live, scenario

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
DISCLOSURE, ASK, TIP = 0.4, 0.1, 0.05

NEVER = {"none": 1.0}
STOPS = {f"agencies.{a}.traffic_stops": rate for a, rate in zip(AGENCIES, (0.9, 0.5, 0.2), strict=True)} | {
    f"agencies.{a}.street_stops": rate for a, rate in zip(AGENCIES, (0.2, 0.05, 0.0), strict=True)
}
CRIMES = dict(zip(v.OFFENCES, (100, 500, 3_000, 4_000, 2_000, 800, 900), strict=True))
QUIET: dict[str, Any] = dict.fromkeys(STOPS, 0) | {f"arrests.rates.{name}": 0 for name in v.OFFENCES}
SETTINGS: dict[str, Any] = {
    # Four in ten are undocumented, evenly across groups, so that every stage is well filled.
    "population.statuses": {"naturalized": 0.1, "lpr": 0.1, "temporary": 0.0, "undocumented": 0.4},
    "population.status_groups": {
        s: {"white": 0.612, "black": 0.123, "hispanic": 0.176, "asian": 0.053, "other": 0.036}
        for s in v.STATUSES[1:]
    },
    "population.open_warrant": 0.0,
    **STOPS,
    **{f"arrests.rates.{name}": rate for name, rate in CRIMES.items()},
    "agencies.*.profiling_spread": 0.0,
    "agencies.*.leniency": LENIENCY,
    "agencies.*.leniency_spread": 0.0,
    "agencies.*.compliance": 1.0,
    "arrests.no_charge": dict.fromkeys(v.OFFENCES, 1 - CHARGED),
    "arrests.conviction": dict.fromkeys(v.OFFENCES, 0.0),
    # Everybody stays half a day, and nothing is scarce.
    "custody.median": dict.fromkeys(v.RELEASES, 0.5),
    "custody.spread": dict.fromkeys(v.RELEASES, 0.0),
    "custody.offence_ratio": dict.fromkeys(v.OFFENCES, 1.0),
    f"jails.{JAIL}.capacity": 200_000,
    f"jails.{JAIL}.compliance": 1.0,
    f"jails.{JAIL}.hold_limit": LIMIT,
    f"jails.{JAIL}.over_hold": OVER,
    "sharing.compliance": 1.0,
    "stops.disclosure": DISCLOSURE,
    "ice.review.hours_a_day": 10_000,
    "ice.review.turnaround": 0,
    "ice.matching.print_false_match": FALSE,
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed")


@pytest.fixture(scope="module")
def funnel(folder: Path) -> Model:
    return live(world(folder), DAYS + FLUSH, 150_000, seed=1)


def arrives_within(hours: float) -> float:
    """Give the chance that ICE sets out and arrives in so many hours."""
    return EFFORT * float(stats.norm.cdf(np.log(hours / DELAY) / SPREAD))


def funnel_means(model: Model) -> dict[str, float]:
    """Give the expected count of every event of the constant world."""
    s, people = model.loaded.settings, model.people.residents
    years = DAYS / 365
    traffic, street = (stop_rates(model, s, k).sum(axis=0) * years for k in ("traffic_stops", "street_stops"))
    stops, crimes = traffic + street, crime_rates(model, s).sum(axis=0) * years
    arrests = stops * ARREST * (1 - LENIENCY) + crimes
    prints = arrests * BOOK * PRINTS * SHARE
    removable = people["status"] == v.UNDOCUMENTED
    on_file = people["biometric"] == 1
    foreign = people["status"] != v.US_BORN
    true = prints[removable & on_file].sum()
    wrong = prints[~removable].sum() * FALSE
    lawful = prints[~removable & on_file & foreign].sum() * (1 - FALSE)
    matches = true + wrong
    asked = {name: matches * share for name, share in REQUEST.items()}
    requests = asked["detainer"] + asked["notification"]
    hold, notify, decline = (requests * RESPONSE[name] for name in ("hold", "notify", "decline"))
    # Those held wait for the limit; at the door ICE must come within its notice, which only a jail that
    # notifies gives, and its patience.
    in_time, told, untold = (arrives_within(x) for x in (LIMIT, NOTICE + PATIENCE, PATIENCE))
    fetched = hold * in_time + notify * SHARE * told + decline * SHARE * untold
    wrongful = fetched * wrong / matches
    booked = arrests.sum() * BOOK
    # A lead arises at once, or when somebody leaves the jail whom ICE had asked for.
    leads = asked["lead"] + (requests - fetched)
    found = leads * sum(
        share * ROUND["attempt"] * FOUND[known] / (ROUND["attempt"] * FOUND[known] + ROUND["drop"])
        for known, share in (("yes", SHARE), ("no", 1 - SHARE))
    )
    return {
        "traffic_stop": traffic.sum(),
        "street_stop": street.sum(),
        "warning": stops.sum() * 0.3,
        "citation": stops.sum() * (0.2 + ARREST * LENIENCY),
        "arrest": arrests.sum(),
        "cite_and_release": arrests.sum() * (1 - BOOK),
        "booking": booked,
        "prints_shared": prints.sum(),
        "removable_bookings": arrests[removable].sum() * BOOK,
        "match": matches,
        "match_lawful": lawful,
        "review": matches + lawful,
        "detainer": asked["detainer"],
        "notification_request": asked["notification"],
        "honoured": hold,
        "notified": notify,
        "declined": decline,
        "hold": hold,
        "hold_expired": hold * (1 - in_time),
        "over_hold": hold * (1 - in_time) * OVER,
        "pickup_missed": requests - fetched,
        "release_date_shared": (notify + decline) * SHARE,
        "ice_arrest_custodial": fetched,
        "removable_transfers": fetched - wrongful,
        "jail_release": booked - fetched,
        "lead": leads,
        "address_shared": leads * SHARE,
        "ice_arrest_at_large": found,
        "detention": fetched + found,
        "crowded_release": 0.0,
        "review_lapsed": 0.0,
        "request_too_late": 0.0,
        "no_bed": 0.0,
        "rule_broken": 0.0,
        "wrongful_requests": requests * wrong / matches,
    }


def test_every_stage_of_the_funnel_counts_the_product_of_its_chances(funnel: Model) -> None:
    expected = funnel_means(funnel)
    expect_counts({what: funnel.counts[what] for what in expected}, expected)
    assert expected["ice_arrest_custodial"] > 800


def test_ice_fetches_from_each_answer_of_the_jail_in_its_own_share(funnel: Model) -> None:
    fetched = happened(funnel, "ice_arrest_custodial")["case"]
    chances = {
        "honoured": arrives_within(LIMIT),
        "notified": SHARE * arrives_within(NOTICE + PATIENCE),
        "declined": SHARE * arrives_within(PATIENCE),
    }
    for answer, chance in chances.items():
        answered = happened(funnel, answer)["case"]
        count = int(np.isin(answered, fetched).sum())
        assert stats.binomtest(count, len(answered), chance).pvalue > FALSE_ALARM, answer


def test_the_funnel_is_closed_after_the_last_encounter(funnel: Model) -> None:
    assert np.all(funnel.world.residents.place == 0)
    assert funnel.world.clock[0].free == len(funnel.world.cases)


def test_each_agency_meets_each_group_at_its_rate(funnel: Model) -> None:
    s, people = funnel.loaded.settings, funnel.people.residents
    for event, kind in (("traffic_stop", "traffic_stops"), ("street_stop", "street_stops")):
        rates = stop_rates(funnel, s, kind) * DAYS / 365
        expect_counts(funnel.counts.by(event, "agency"), dict(zip(AGENCIES, rates.sum(axis=1), strict=True)))
        by_group = np.bincount(people["group"], rates.sum(axis=0), minlength=5)
        expect_counts(funnel.counts.by(event, "group"), dict(zip(v.GROUPS, by_group, strict=True)))


def test_arrests_are_for_the_offences_that_the_settings_name(funnel: Model) -> None:
    s, people = funnel.loaded.settings, funnel.people.residents
    crimes = crime_rates(funnel, s).sum(axis=1)
    shares = in_order(v.OFFENCES, s.stops.arrest_offences)
    traffic = stop_rates(funnel, s, "traffic_stops").sum(axis=0)
    unlicensed = traffic[people["licensed"] == 0].sum() * s.stops.licence_arrest
    others = traffic.sum() + stop_rates(funnel, s, "street_stops").sum() - unlicensed
    at_stops = others * shares
    at_stops[v.NO_LICENCE] += unlicensed
    mean = (crimes + at_stops * ARREST * (1 - LENIENCY)) * DAYS / 365
    expect_counts(funnel.counts.by("arrest", "offence"), dict(zip(v.OFFENCES, mean, strict=True)))


def test_what_is_known_against_arrested_people_is_their_record_or_the_charge(funnel: Model) -> None:
    s, people = funnel.loaded.settings, funnel.people.residents
    stops = sum(stop_rates(funnel, s, kind).sum(axis=0) for kind in ("traffic_stops", "street_stops"))
    arrests = (stops * ARREST * (1 - LENIENCY) + crime_rates(funnel, s).sum(axis=0)) * DAYS / 365
    by_record = np.bincount(people["record"], arrests, minlength=3)
    expect_counts(funnel.counts.by("arrest", "record"), dict(zip(v.RECORDS, by_record, strict=True)))
    clean = by_record[v.NO_RECORD]
    known = {"neither": clean * (1 - CHARGED), "pending": clean * CHARGED, "convicted": by_record[1:].sum()}
    expect_counts(funnel.counts.by("arrest", "standing"), known)


def test_holds_run_over_by_their_mean_time(funnel: Model) -> None:
    overs = funnel.counts["over_hold"]
    hours = funnel.counts["over_hold_hours"] / funnel.loaded.settings.jails[JAIL].over_hold_mean
    law = stats.gamma(overs)  # a sum of so many exponential times, in units of their mean
    assert 2 * min(law.cdf(hours), law.sf(hours)) > FALSE_ALARM


def test_each_officer_meets_people_by_their_own_bias(folder: Path) -> None:
    changes = {"agencies.*.profiling_spread": 0.8, "population.county_residents": 300_000}
    quiet = {f"arrests.rates.{name}": 0 for name in v.OFFENCES}
    model = live(world(folder, changes | quiet, {"stop.outcome": otherwise("warning")}), DAYS, 60_000, seed=2)
    people, officers, lines = model.people.residents, model.world.officers, happened(model, "traffic_stop")
    profiled = (people["group"] == v.BLACK) | (people["group"] == v.HISPANIC)
    rates = stop_rates(model, model.loaded.settings, "traffic_stops") * DAYS / 365
    # An officer is on duty for a third of the day, and then meets an equal part of the agency's candidates.
    shifts = np.unique(
        np.array([officers.agency, officers.shift]), axis=1, return_inverse=True, return_counts=True
    )
    part = 1 / (3 * shifts[2][shifts[1]])
    for who, bias in ((profiled, officers.profiling), (~profiled, 1.0)):
        expected = rates[:, who].sum(axis=1)[officers.agency] * part * bias
        seen = np.bincount(lines["officer"][who[lines["resident"]]], minlength=len(officers))
        assert stats.chi2.sf(np.sum((seen - expected) ** 2 / expected), len(officers)) > FALSE_ALARM
        assert expected.min() > 50


CHECK = {"none": 0.5, "ask": 0.1, "tip": 0.05, "hold": 0.2, "immigration_arrest": 0.15}


def test_checks_at_stops_count_the_product_of_their_chances(folder: Path) -> None:
    wait, limit, error = 2.0, 3.0, 0.04
    changes = {
        "stops.scene_wait": wait,
        "stops.scene_limit": limit,
        "stops.immigration_false_match": error,
        **{f"arrests.rates.{name}": 0 for name in v.OFFENCES},
    }
    rules = {"stop.query": otherwise({"immigration": 0.5, "none": 0.5})}
    hit = [{"when": {"immigration_hit": "yes"}, "then": "hold"}, *otherwise("none")]
    for by_hit in (False, True):
        check = {"stop.street_check": hit if by_hit else otherwise(CHECK), "ice.review": otherwise("none")}
        model = live(world(folder, changes, rules | check), DAYS + FLUSH, 20_000, seed=3)
        people, s = model.people.residents, model.loaded.settings
        stops = (
            sum(stop_rates(model, s, kind).sum(axis=0) for kind in ("traffic_stops", "street_stops"))
            * DAYS
            / 365
        )
        removable, ordered = people["status"] == v.UNDOCUMENTED, people["order"] == 1
        comes = 1 - np.exp(-limit / wait)
        # A query is made half the time and let through as data are; it names orders, and others by mistake.
        seen = 0.5 * SHARE * (stops[ordered].sum() + error * stops[~removable & ~ordered].sum())
        held = seen if by_hit else stops.sum() * CHECK["hold"]
        at_once = 0.0 if by_hit else stops.sum() * CHECK["immigration_arrest"]
        told = (
            0.0 if by_hit else CHECK["tip"] * stops.sum() + CHECK["ask"] * DISCLOSURE * stops[removable].sum()
        )
        stays = stops.sum() - held - at_once
        lawful = 0.5 * SHARE * error * stops[~removable & ~ordered].sum() * comes
        lawful = (
            lawful
            if by_hit
            else stops[~removable].sum() * (CHECK["hold"] * comes + CHECK["immigration_arrest"])
        )
        expected = {
            "street_hold": held,
            "ice_arrest_street": at_once + held * comes,
            "street_hold_released": held * (1 - comes),
            "informal_message": told * SHARE,
            "arrest": stays * ARREST * (1 - LENIENCY),
            "wrongful_ice_arrests": lawful,
        }
        expect_counts({what: model.counts[what] for what in expected}, expected)


def test_operations_at_large_reach_each_status_at_its_rate(folder: Path) -> None:
    community = {"lpr": 3_000, "temporary": 0, "undocumented": 20_000}
    changes = {
        **QUIET,
        "ice.at_large.community": community,
        "ice.quota.arrests": 100_000,
        "ice.matching.deportable_lawful": dict.fromkeys(v.RECORDS, 1.0),
    }
    model = live(scenario(folder, {"set": SETTINGS | changes, "rules": RULES}), 2 * DAYS, 20_000, seed=4)
    status = model.people.residents["status"]
    # The quota begins with nothing saved up: what it refuses on the first day is far below one operation.
    operations = {
        name: 2 * rate / PER * np.sum(status == v.STATUSES.index(name)) for name, rate in community.items()
    }
    expect_counts(model.counts.by("at_large_attempt", "status"), operations)
    found = {name: mean * FOUND["yes"] for name, mean in operations.items()}
    expect_counts(model.counts.by("ice_arrest_at_large", "status"), found)
    expect_counts({"all": model.counts["detention"]}, {"all": sum(found.values())})


def limited_mean(mean: float, spread: float, most: float) -> float:
    """Give the mean of a log-normal time with this mean that is cut at `most`."""
    middle = np.log(mean) - spread**2 / 2
    z = (np.log(most) - middle) / spread
    return float(mean * stats.norm.cdf(z - spread) + most * stats.norm.sf(z))


def test_detention_ends_and_lasts_as_the_settings_say(folder: Path) -> None:
    spread, ends = 0.9, dict(zip(v.COURT_OUTCOMES, (0.1, 0.15, 0.05, 0.2, 0.1, 0.4), strict=True))
    means = dict(zip(v.COURT_OUTCOMES, (25, 30, 110, 60, 35, 45), strict=True))
    changes = {
        "ice.detention.stay": means,
        "ice.detention.stay_spread": spread,
        "ice.matching.print_false_match": 0,
    }
    model = live(world(folder, changes, {"court.outcome": otherwise(ends)}), DAYS + 400, 60_000, seed=5)
    detained, counts = happened(model, "detention"), model.counts
    names = [name if "remov" in name or "depart" in name else f"release_{name}" for name in v.COURT_OUTCOMES]
    seen = np.array([counts[name] for name in names])
    assert seen.sum() == len(detained) > 500  # the longest stay is over after the flush
    assert stats.chisquare(seen, np.array(list(ends.values())) * seen.sum()).pvalue > FALSE_ALARM
    since = dict(zip(detained["case"].tolist(), detained["time"].tolist(), strict=True))
    for name, outcome in zip(names, v.COURT_OUTCOMES, strict=True):
        over = happened(model, name)
        days = over["time"] - np.array([since[case] for case in over["case"].tolist()])
        z = (days.mean() - limited_mean(means[outcome], spread, 365)) / (
            days.std(ddof=1) / np.sqrt(len(days))
        )
        assert 2 * stats.t.sf(abs(z), len(days) - 1) > FALSE_ALARM, outcome


SLACK = {
    f"jails.{JAIL}.capacity": 100_000,
    "ice.review.hours_a_day": 10_000,
    "ice.pickup.hours_a_day": 10_000,
    "ice.at_large.hours_a_day": 10_000,
    "ice.detention.beds": 10_000,
    "ice.at_large.community.undocumented": 0,
}


def by_size(world: LoadedScenario) -> list[np.ndarray]:
    """Give the outcomes of many small and of a few large samples of one county."""
    sizes = (Settings(20_000, 365, 21, 40), Settings(200_000, 365, 22, 6))
    return [np.array([r.outcomes[:, 0] for r in replicate([world], size)[0]]) for size in sizes]


@pytest.fixture(scope="module")
def slack(folder: Path) -> list[np.ndarray]:
    return by_size(scenario(folder, {"set": SLACK}))


def alike(samples: list[np.ndarray], outcome: str) -> float:
    """Give the p value of Welch's test that the mean of an outcome is the same in samples of both sizes."""
    small, large = (x[:, [o.name for o in OUTCOMES].index(outcome)] for x in samples)
    return float(stats.ttest_ind(small, large, equal_var=False).pvalue)


@pytest.mark.parametrize(
    "outcome", ["stops", "arrests", "bookings", "matches", "holds", "transfers", "removals"]
)
def test_rates_do_not_depend_on_the_size_of_the_sample_where_nothing_is_scarce(
    outcome: str, slack: list[np.ndarray]
) -> None:
    assert alike(slack, outcome) > FALSE_ALARM


@pytest.fixture(scope="module")
def base() -> list[np.ndarray]:
    return by_size(load("base"))


@pytest.mark.parametrize("outcome", ["stops", "bookings", "matches", "detainers", "transfers"])
def test_rates_of_the_base_scenario_do_not_depend_on_the_size_of_the_sample(
    outcome: str, base: list[np.ndarray]
) -> None:
    assert alike(base, outcome) > FALSE_ALARM


def test_arrests_at_large_do_not_depend_on_the_size_of_the_sample(base: list[np.ndarray]) -> None:
    assert alike(base, "ice_arrests_at_large") > FALSE_ALARM
