"""Scarce hours behave as queueing theory says.

A budget that can save up one job only is a server with deterministic service: after a job is begun, the next
can begin when the hours for it have flowed in again.  Bookings are a Poisson process, so waits for review
follow Pollaczek and Khinchine, by priority Cobham, and services that refuse instead of waiting lose what
renewal theory says.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.model import Model
from sim.pathway.settings import by_year
from sim.scenario import vocabulary as v
from sim.scenario.schema import AGE_BANDS
from tests.properties.worlds import AGENCIES, JAIL, UNMOVED, happened, live, scenario

FALSE_ALARM = 1e-6
RESIDENTS, PER = 2_000, 100_000
OFFENCES = {"low": "misdemeanor", "medium": "nonviolent_felony", "high": "violent_felony"}


def otherwise(answer: Any) -> list[dict[str, Any]]:
    return [{"otherwise": answer}]


# Everybody is undocumented and known; every arrest is booked, and every print is a match.
SETTINGS: dict[str, Any] = {
    **UNMOVED,
    "population.county_residents": RESIDENTS,
    "population.statuses": {"naturalized": 0.0, "lpr": 0.0, "temporary": 0.0, "undocumented": 1.0},
    "population.status_groups.undocumented": {
        "white": 0.612,
        "black": 0.123,
        "hispanic": 0.176,
        "asian": 0.053,
        "other": 0.036,
    },
    "population.biometric.undocumented": 1.0,
    "population.final_order.undocumented": 0.0,
    "population.record_nonviolent.undocumented": 0.0,
    "population.record_violent.undocumented": 0.0,
    "population.open_warrant": 0.0,
    **{f"agencies.{a}.{kind}": 0.0 for a in AGENCIES for kind in ("traffic_stops", "street_stops")},
    **{f"arrests.rates.{name}": 0.0 for name in v.OFFENCES},
    "arrests.status_ratio.undocumented": 1.0,
    "arrests.age_rate": dict.fromkeys(("0-15", "16-24", "25-44", "45-64", "65-99"), 1.0),
    "arrests.conviction": dict.fromkeys(v.OFFENCES, 0.0),
    "custody.median": dict.fromkeys(v.RELEASES, 0.0),
    "custody.spread": dict.fromkeys(v.RELEASES, 0.0),
    "custody.offence_ratio": dict.fromkeys(v.OFFENCES, 1.0),
    f"jails.{JAIL}.capacity": 10 * RESIDENTS,
    "ice.review.hours_a_day": 10_000,
    "ice.review.hours_each": 0.001,
    "ice.review.turnaround": 0,
    "ice.review.lapse": 1_000,
    "ice.review.reserve": 0,
    "ice.pickup.effort": dict.fromkeys(v.PRIORITIES, 1.0),
    "ice.pickup.delay": 0,
    "ice.pickup.reserve": 0,
    "ice.at_large.reserve": 0,
    "ice.at_large.community": {"lpr": 0, "temporary": 0, "undocumented": 0},
    "ice.detention.beds": 10_000,
    "ice.detention.stay": dict.fromkeys(v.COURT_OUTCOMES, 0),
}
RULES: dict[str, Any] = {
    "booking.disposition": otherwise("book"),
    "booking.identify": otherwise("prints"),
    "sharing.channel": otherwise("shared"),
    "ice.review": otherwise("none"),
    "court.outcome": otherwise("bond"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("queues")


def arrests_a_day(rates: dict[str, float]) -> dict[str, Any]:
    """Give the settings under which so many people a day are arrested, by priority."""
    return {f"arrests.rates.{OFFENCES[p]}": x * 365 / RESIDENTS * PER for p, x in rates.items()}


def hours_for(days: float) -> float:
    """Give the hours a day per 100,000 residents with which one hour of work flows in over so many days."""
    return PER / RESIDENTS / days


def live_review(folder: Path, rates: dict[str, float], service: float, days: float) -> Model:
    """Give a world with so many matches a day, by priority, whose reviews take so many days each."""
    own = {"ice.review.hours_each": 1.0, "ice.review.hours_a_day": hours_for(service)}
    body = {"set": SETTINGS | arrests_a_day(rates) | own, "rules": RULES}
    return live(scenario(folder, body), days, RESIDENTS, seed=1)


def waits(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Give the days that each match waited for its review, and its priority, in the order of matches."""
    matches, reviews = happened(model, "match"), happened(model, "review")
    begun = dict(zip(reviews["case"].tolist(), reviews["time"].tolist(), strict=True))
    done = [case in begun for case in matches["case"].tolist()]
    matched = zip(matches["case"].tolist(), matches["time"].tolist(), strict=True)
    waited = [begun[case] - time for case, time in matched if case in begun]
    streams = {int(s.code): v.OFFENCES[s.offence] for s in model.world.streams if s.offence >= 0}
    names = list(OFFENCES.values())
    offence = [names.index(streams[case >> 40 << 40]) for case in matches["case"].tolist()]
    return np.array(waited), np.array(offence)[done]


def z_of_mean(values: np.ndarray, expected: float, batches: int = 50) -> float:
    """Give how many standard errors a mean is from what is expected, by the means of successive batches."""
    size = len(values) // batches
    means = values[: size * batches].reshape(batches, size).mean(axis=1)
    return float((means.mean() - expected) / (means.std(ddof=1) / np.sqrt(batches)))


def expect_mean(values: np.ndarray, expected: float, batches: int = 50) -> None:
    t = z_of_mean(values, expected, batches)
    assert 2 * stats.t.sf(abs(t), batches - 1) > FALSE_ALARM, (values.mean(), expected)


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_matches_wait_as_long_as_pollaczek_and_khinchine_say(load: float, folder: Path) -> None:
    service, rate = 0.05, load / 0.05
    model = live_review(folder, {"low": rate}, service, 200_000 / rate)
    waited, _ = waits(model)
    assert len(waited) > 150_000
    expect_mean(waited, load * service / (2 * (1 - load)))
    # And as many find nobody before them as there is time without work.
    at_once = (waited < 1e-9).astype(float)
    expect_mean(at_once, 1 - load)
    assert model.counts["review_wait_hours"] == pytest.approx(24 * waited.sum(), rel=1e-3)


def test_nobody_waits_where_hours_are_plenty(folder: Path) -> None:
    body = {"set": SETTINGS | arrests_a_day({"low": 10.0}) | {"ice.review.reserve": 10}, "rules": RULES}
    model = live(scenario(folder, body), 100.0, RESIDENTS, seed=1)
    assert waits(model)[0].max() == 0


def test_the_pressing_wait_less_as_cobham_says(folder: Path) -> None:
    service, rates = 0.05, {"low": 5.0, "medium": 6.0, "high": 4.0}
    model = live_review(folder, rates, service, 12_000.0)
    waited, priority = waits(model)
    residual = sum(rates.values()) * service**2 / 2  # work found in service by an arrival
    before = 0.0
    means = []
    for k, name in reversed(list(enumerate(OFFENCES))):
        after = before + rates[name] * service
        means.append(residual / ((1 - before) * (1 - after)))
        expect_mean(waited[priority == k], means[-1])
        before = after
    assert means[0] < 0.5 * means[2]


def test_matches_of_one_priority_are_reviewed_in_the_order_in_which_they_came(folder: Path) -> None:
    model = live_review(folder, {"low": 10.0, "high": 5.0}, 0.06, 500.0)
    reviews = happened(model, "review")
    arrived = {line["case"]: line["time"] for line in happened(model, "match")}
    came = np.array([arrived[case] for case in reviews["case"]])
    streams = {int(s.code): int(s.offence) for s in model.world.streams}
    offence = np.array([streams[case >> 40 << 40] for case in reviews["case"].tolist()])
    for code in np.unique(offence):
        assert np.all(np.diff(came[offence == code]) > 0)


def test_reviews_never_come_faster_than_hours_flow_in(folder: Path) -> None:
    service = 0.06
    model = live_review(folder, {"low": 20.0}, service, 500.0)
    begun = np.sort(happened(model, "review")["time"])
    assert np.diff(begun).min() >= service * (1 - 1e-9)
    # Overloaded: hours are spent as they flow in.
    assert abs(len(begun) - 500.0 / service) <= 2


def test_matches_that_wait_too_long_lapse_and_no_other(folder: Path) -> None:
    lapse = 0.5
    own = {"ice.review.hours_each": 1.0, "ice.review.hours_a_day": hours_for(0.06), "ice.review.lapse": lapse}
    body = {"set": SETTINGS | arrests_a_day({"low": 20.0}) | own, "rules": RULES}
    model = live(scenario(folder, body), 500.0, RESIDENTS, seed=1)
    waited, _ = waits(model)
    assert waited.max() < lapse + 1e-9
    matched = {line["case"]: line["time"] for line in happened(model, "match")}
    lapsed = happened(model, "review_lapsed")
    assert len(lapsed) > 1_000
    assert np.allclose(lapsed["time"] - np.array([matched[c] for c in lapsed["case"]]), lapse)
    # No hour is left lying while somebody waits: a review begins when the hours of the last are made up for.
    begun = happened(model, "review")["time"]
    waiting = np.array([matched[c] for c in happened(model, "review")["case"]]) < begun
    assert np.allclose(np.diff(begun)[waiting[1:]], 0.06, rtol=1e-6)
    assert waiting.sum() > 5_000


def renewals(count: float, days: float, rate: float, service: float) -> float:
    """Give how surprising so many services are, each followed by `service` days in which none is begun.

    The times between them are `service` plus an exponential time: by renewal theory their number is normal
    with mean T/μ and variance T σ²/μ³.
    """
    mean, variance = service + 1 / rate, 1 / rate**2
    z = (count - days / mean) / np.sqrt(days * variance / mean**3)
    return float(2 * stats.norm.sf(abs(z)))


@pytest.mark.parametrize("load", [0.2, 1.0, 2.5])
def test_operations_that_find_no_team_are_lost(load: float, folder: Path) -> None:
    service, days = 0.05, 4_000.0
    rate = load / service
    own = {
        "ice.at_large.community.undocumented": rate * 365 / RESIDENTS * PER,
        "ice.at_large.success": {"no": 0, "yes": 0},
        "ice.at_large.hours_each": 1.0,
        "ice.at_large.hours_a_day": hours_for(service),
        "ice.quota.arrests": 100_000,
    }
    rules = RULES | {"ice.at_large": otherwise("attempt")}
    model = live(scenario(folder, {"set": SETTINGS | own, "rules": rules}), days, RESIDENTS, seed=1)
    assert renewals(model.counts["at_large_attempt"], days, rate, service) > FALSE_ALARM


@pytest.mark.parametrize("load", [0.2, 1.0, 2.5])
def test_people_whom_nobody_has_hours_to_fetch_are_released(load: float, folder: Path) -> None:
    # Notified of every release, ICE comes at once if it has the hours, and else not at all.
    service, days, stay = 0.05, 3_000.0, 0.5
    rate = load / service
    own = {
        "custody.median": dict.fromkeys(v.RELEASES, stay),
        "ice.pickup.hours_each": 1.0,
        "ice.pickup.hours_a_day": hours_for(service),
    }
    rules = {
        "ice.review": otherwise("notification"),
        "detainer.response": otherwise("notify"),
        "ice.at_large": otherwise("drop"),
    }
    body = {"set": SETTINGS | arrests_a_day({"low": rate}) | own, "rules": RULES | rules}
    model = live(scenario(folder, body), days, RESIDENTS, seed=1)
    # Nobody is arrested who is in jail already: each resident's arrests are that much rarer.
    each = rate / RESIDENTS
    free = RESIDENTS * each / (1 + each * stay)
    assert renewals(model.counts["ice_arrest_custodial"], days, free, service) > FALSE_ALARM
    assert model.counts["ice_arrest_custodial"] + model.counts["pickup_missed"] == model.counts[
        "notified"
    ] - len([1 for case in model.world.cases if case.in_jail == 1 and case.response >= 0])


@pytest.mark.parametrize("load", [0.3, 3.0])
def test_an_officer_who_is_taken_by_each_arrest_makes_the_stops_that_are_left(
    load: float, folder: Path
) -> None:
    # One officer, who arrests whoever is stopped and is then busy for a while; those arrested are home again.
    busy, days = 0.2, 3_000.0
    quiet = {f"agencies.{a}.officers": 0 for a in AGENCIES[1:]}
    own = {
        f"agencies.{AGENCIES[0]}.officers": 1,
        f"agencies.{AGENCIES[0]}.street_stops": load / busy * 365 / RESIDENTS,
        f"agencies.{AGENCIES[0]}.profiling": dict.fromkeys(v.GROUPS, 1.0),
        "stops.age_rate": dict.fromkeys(AGE_BANDS, 1.0),
        f"agencies.{AGENCIES[0]}.profiling_spread": 0.0,
        f"agencies.{AGENCIES[0]}.tips.officers": 0.0,
        f"agencies.{AGENCIES[0]}.compliance": 1.0,
        "stops.contraband_arrest": 0.0,
        "costs.hours.street_arrest": 24 * busy,
    }
    rules = {"stop.outcome": otherwise("none"), "stop.street_check": otherwise("immigration_arrest")}
    body = {"set": SETTINGS | quiet | own, "rules": RULES | rules}
    model = live(scenario(folder, body), days, RESIDENTS, seed=1)
    made, foregone = model.counts["street_stop"], model.counts["stop_foregone"]
    assert renewals(made, days, load / busy, busy) > FALSE_ALARM
    law = stats.poisson(days * load / busy)
    assert 2 * min(law.cdf(made + foregone), law.sf(made + foregone - 1)) > FALSE_ALARM
    assert np.diff(happened(model, "street_stop")["time"]).min() >= busy


def test_a_full_jail_turns_away_what_erlang_says(folder: Path) -> None:
    # Poisson arrivals, stays of any law, as many servers as beds, and nobody waits.
    beds, stay, days = 12, 1.5, 6_000.0
    rate = 8.0
    own = {
        "custody.median": dict.fromkeys(v.RELEASES, stay),
        "custody.spread": dict.fromkeys(v.RELEASES, 0.0),
        f"jails.{JAIL}.capacity": beds,
    }
    rules = {"booking.identify": otherwise("none")}
    body = {"set": SETTINGS | arrests_a_day({"low": rate}) | own, "rules": RULES | rules}
    model = live(scenario(folder, body), days, RESIDENTS, seed=1)
    times = happened(model, "booking")["time"]
    turned_away = np.isin(happened(model, "booking")["case"], happened(model, "crowded_release")["case"])
    # A finite population, of whom those in jail are not arrested: Engset's loss, which asks only for means.
    own_load = rate / RESIDENTS * stay
    weights = np.array(
        [stats.binom.pmf(k, RESIDENTS - 1, own_load / (1 + own_load)) for k in range(beds + 1)]
    )
    expect_mean(turned_away.astype(float), weights[-1] / weights.sum())
    assert turned_away.mean() > 0.05
    assert len(times) > 40_000


def test_ages_do_not_matter_in_these_worlds(folder: Path) -> None:
    s = scenario(folder, {"set": SETTINGS, "rules": RULES}).settings
    assert np.all(by_year(s.arrests.age_rate) == 1)
