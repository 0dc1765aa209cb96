"""Where rules are constant and capacities never bind, every count is known: a product of rates and chances.

`constant.py` says what such a world is and how its counts are held to their laws.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from constant import (
    ARREST,
    BOOK,
    CHARGED,
    DAYS,
    DELAY,
    DISCLOSURE,
    EFFORT,
    ERROR_FOUND,
    FALSE,
    FALSE_ALARM,
    FIND_ARREST,
    FLUSH,
    FOUND,
    LENIENCY,
    LIMIT,
    NOTICE,
    OVER,
    PATIENCE,
    PER,
    PRINTS,
    QUIET,
    REQUEST,
    RESPONSE,
    ROUND,
    RULES,
    SEARCH,
    SETTINGS,
    SHARE,
    SPREAD,
    STALE,
    STAY,
    arrest_chance,
    crime_rates,
    expect_counts,
    expect_shares,
    finds,
    otherwise,
    stop_rates,
    world,
)
from scipy import stats
from scipy.integrate import quad

from sim.engine.luck import uniforms
from sim.model import Model
from sim.outcomes.definitions import OUTCOMES
from sim.pathway.settings import in_order
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario, load
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings
from tests.properties.worlds import AGENCIES, JAIL, happened, live, scenario


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closed")


@pytest.fixture(scope="module")
def funnel(folder: Path) -> Model:
    return live(world(folder), DAYS + FLUSH, 150_000, seed=1)


def arrives_within(hours: float) -> float:
    """Give the chance that ICE sets out and arrives in so many hours."""
    return EFFORT * float(stats.norm.cdf(np.log(hours / DELAY) / SPREAD))


@dataclass
class Asked:
    """The chances of a request to the jail, by how long its error remains (for ever, where there is none)."""

    error: float  # mean days until the request is lifted

    def stands(self, days: float) -> float:
        """Whether the request still stands so many days after it was made, which is at booking."""
        return math.exp(-days / self.error)

    def fetched(self, answer: str) -> float:
        """Whether ICE fetches the person: from a hold, or at the door with or without notice."""
        if answer == "hold":
            law = stats.lognorm(SPREAD, scale=DELAY)
            held = quad(lambda t: law.pdf(t) * self.stands(STAY + t / 24), 0, LIMIT)[0]
            return EFFORT * held
        hours = NOTICE + PATIENCE if answer == "notify" else PATIENCE
        return SHARE * arrives_within(hours) * self.stands(STAY)

    def lifted(self, answer: str, over: float) -> float:
        """Whether the request is lifted while the person is in jail; `over` is the mean over-hold in days."""
        before = 1 - self.stands(STAY)
        if answer != "hold" or self.error == math.inf:
            return before
        # Of those held some are fetched, some are let go at the limit, and some later.
        let_go = self.stands(STAY + LIMIT / 24) * (1 - OVER + OVER * self.error / (self.error + over))
        return 1 - before - self.fetched("hold") - (1 - arrives_within(LIMIT)) * let_go + before


def funnel_means(model: Model) -> dict[str, float]:
    """Give the expected count of every event of the constant world."""
    s, people = model.loaded.settings, model.people.residents
    years = DAYS / 365
    traffic, street = (stop_rates(model, s, k).sum(axis=0) * years for k in ("traffic_stops", "street_stops"))
    stops, crimes = traffic + street, crime_rates(model, s).sum(axis=0) * years
    found = finds(s)[people["group"]]
    by_rule = stops * (1 - found * FIND_ARREST)
    arrests = stops * arrest_chance(s, people) + crimes
    prints = arrests * BOOK * PRINTS * SHARE
    removable = people["status"] == v.UNDOCUMENTED
    on_file = people["biometric"] == 1
    foreign = people["status"] != v.US_BORN
    stale = on_file & (
        uniforms(model.seed_of_luck, "resident.stale_file", len(people))
        < in_order(v.STATUSES, STALE)[people["status"]]
    )
    true = prints[removable & on_file].sum()
    mistaken = prints[~removable & stale].sum() + prints[~removable & ~stale].sum() * FALSE
    lawful = prints[~removable & on_file & foreign & ~stale].sum() * (1 - FALSE)
    booked = arrests.sum() * BOOK
    over = s.jails[JAIL].over_hold_mean / 24
    counts = dict.fromkeys(
        (
            *("detainer", "notification_request", "honoured", "notified", "declined", "hold", "hold_expired"),
            *("over_hold", "pickup_missed", "ice_arrest_custodial", "detainer_lifted", "lead"),
        ),
        0.0,
    )
    fetched_by = {}
    for asked, matches in ((Asked(math.inf), true), (Asked(ERROR_FOUND), mistaken)):
        requests = matches * (REQUEST["detainer"] + REQUEST["notification"])
        hold, notify, decline = (requests * RESPONSE[name] for name in ("hold", "notify", "decline"))
        lifted = sum(requests * share * asked.lifted(answer, over) for answer, share in RESPONSE.items())
        fetched = sum(requests * share * asked.fetched(answer) for answer, share in RESPONSE.items())
        held, at_the_door = hold * asked.stands(STAY), (notify + decline) * asked.stands(STAY)
        from_holds = hold * asked.fetched("hold")
        # At the limit nobody is held any longer of whom ICE would have come in time.
        late = hold * (1 - arrives_within(LIMIT)) * asked.stands(STAY + LIMIT / 24)
        own = {
            "detainer": matches * REQUEST["detainer"],
            "notification_request": matches * REQUEST["notification"],
            "honoured": hold,
            "notified": notify,
            "declined": decline,
            "hold": held,
            "hold_expired": held - from_holds,
            "over_hold": late * OVER,
            "pickup_missed": held + at_the_door - fetched,
            "ice_arrest_custodial": fetched,
            "detainer_lifted": lifted,
            # A lead arises at once, or when somebody leaves the jail whom ICE still asks for.
            "lead": matches * REQUEST["lead"] + requests - fetched - lifted,
        }
        counts = {what: count + own[what] for what, count in counts.items()}
        fetched_by[asked.error] = fetched
    found_at_large = counts["lead"] * sum(
        share * ROUND["attempt"] * FOUND[known] / (ROUND["attempt"] * FOUND[known] + ROUND["drop"])
        for known, share in (("yes", SHARE), ("no", 1 - SHARE))
    )
    matches = true + mistaken
    return counts | {
        "traffic_stop": traffic.sum(),
        "street_stop": street.sum(),
        "search": (stops * in_order(v.GROUPS, SEARCH)[people["group"]]).sum(),
        "contraband": (stops * found).sum(),
        "warning": by_rule.sum() * 0.3,
        "citation": by_rule.sum() * (0.2 + ARREST * LENIENCY),
        "arrest": arrests.sum(),
        "cite_and_release": arrests.sum() * (1 - BOOK),
        "booking": booked,
        "prints_shared": prints.sum(),
        "removable_bookings": arrests[removable].sum() * BOOK,
        "match": matches,
        "match_lawful": lawful,
        "review": matches + lawful,
        "release_date_shared": (counts["notified"] + counts["declined"]) * SHARE,
        "removable_transfers": fetched_by[math.inf],
        "jail_release": booked - counts["ice_arrest_custodial"],
        "address_shared": counts["lead"] * SHARE,
        "ice_arrest_at_large": found_at_large,
        "detention": counts["ice_arrest_custodial"] + found_at_large,
        "wrongful_requests": mistaken * (REQUEST["detainer"] + REQUEST["notification"]),
        **dict.fromkeys(
            (
                *("crowded_release", "review_lapsed", "request_too_late", "no_bed", "rule_broken"),
                *("stop_foregone", "saturation_stop", "mistaken_arrest", "pretext_arrest", "warrant_served"),
                *("informal_message", "immigration_check", "case_opened", "scene_response"),
            ),
            0.0,
        ),
    }


def test_every_stage_of_the_funnel_counts_the_product_of_its_chances(funnel: Model) -> None:
    expected = funnel_means(funnel)
    expect_counts({what: funnel.counts[what] for what in expected}, expected)
    assert expected["ice_arrest_custodial"] > 800


def test_ice_fetches_from_each_answer_of_the_jail_in_its_own_share(funnel: Model) -> None:
    fetched = happened(funnel, "ice_arrest_custodial")["case"]
    removable = funnel.people.residents["status"] == v.UNDOCUMENTED
    for answer, event in (("hold", "honoured"), ("notify", "notified"), ("decline", "declined")):
        answered = happened(funnel, event)
        true = removable[answered["resident"]]
        for asked, who in ((Asked(math.inf), true), (Asked(ERROR_FOUND), ~true)):
            count = int(np.isin(answered["case"][who], fetched).sum())
            expect_shares({f"{answer}, {asked}": (count, who.sum(), asked.fetched(answer))})


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
    chance = arrest_chance(s, people)
    traffic, street = (
        stop_rates(funnel, s, kind).sum(axis=0) * chance for kind in ("traffic_stops", "street_stops")
    )
    unlicensed = traffic[people["licensed"] == 0].sum() * s.stops.licence_arrest
    others = traffic.sum() + street.sum() - unlicensed
    at_stops = others * shares
    at_stops[v.NO_LICENCE] += unlicensed
    mean = (crimes + at_stops) * DAYS / 365
    expect_counts(funnel.counts.by("arrest", "offence"), dict(zip(v.OFFENCES, mean, strict=True)))


def test_what_is_known_against_arrested_people_is_their_record_or_the_charge(funnel: Model) -> None:
    s, people = funnel.loaded.settings, funnel.people.residents
    stops = sum(stop_rates(funnel, s, kind).sum(axis=0) for kind in ("traffic_stops", "street_stops"))
    arrests = (stops * arrest_chance(s, people) + crime_rates(funnel, s).sum(axis=0)) * DAYS / 365
    by_record = np.bincount(people["record"], arrests, minlength=3)
    expect_counts(funnel.counts.by("arrest", "record"), dict(zip(v.RECORDS, by_record, strict=True)))
    clean = by_record[v.NO_RECORD]
    known = {"neither": clean * (1 - CHARGED), "pending": clean * CHARGED, "convicted": by_record[1:].sum()}
    expect_counts(funnel.counts.by("arrest", "standing"), known)


def test_holds_run_over_by_their_mean_time(funnel: Model) -> None:
    # Those of people who are removable: the others are let go when the error is found.
    over, held = happened(funnel, "over_hold"), happened(funnel, "hold")
    began = dict(zip(held["case"].tolist(), held["time"].tolist(), strict=True))
    over = over[funnel.people.residents["status"][over["resident"]] == v.UNDOCUMENTED]
    hours = 24 * (over["time"] - np.array([began[case] for case in over["case"].tolist()])) - LIMIT
    law = stats.gamma(len(over))  # a sum of so many exponential times, in units of their mean
    total = hours.sum() / funnel.loaded.settings.jails[JAIL].over_hold_mean
    assert 2 * min(law.cdf(total), law.sf(total)) > FALSE_ALARM


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
WAIT, SCENE_LIMIT, MISTAKE, SEEN = 2.0, 3.0, 0.04, 0.3  # hours; chances of a false match and of seeing it


@pytest.fixture(scope="module", params=["by the hit", "whatever the hit"])
def checked(request: pytest.FixtureRequest, folder: Path) -> tuple[Model, bool]:
    """A world in which immigration is checked at stops, and whether what is done depends on the hit."""
    by_hit = request.param == "by the hit"
    changes = {
        "stops.scene_wait": WAIT,
        "stops.scene_limit": SCENE_LIMIT,
        "stops.immigration_false_match": MISTAKE,
        "stops.mistake_at_scene": SEEN,
        **{f"arrests.rates.{name}": 0 for name in v.OFFENCES},
    }
    hit = [{"when": {"immigration_hit": "yes"}, "then": "hold"}, *otherwise("none")]
    rules = {
        "stop.query": otherwise({"immigration": 0.5, "none": 0.5}),
        "stop.street_check": hit if by_hit else otherwise(CHECK),
        "ice.review": otherwise("none"),
    }
    return live(world(folder, changes, rules), DAYS + FLUSH, 20_000, seed=3), by_hit


def test_encounters_are_met_at_their_rate_whether_or_not_an_officer_has_time(
    checked: tuple[Model, bool],
) -> None:
    model, _ = checked
    s = model.loaded.settings
    kinds = ("traffic_stops", "street_stops")
    rates = sum(stop_rates(model, s, kind).sum(axis=1) for kind in kinds) * DAYS / 365
    met = dict.fromkeys(AGENCIES, 0.0)
    for event in ("traffic_stop", "street_stop", "stop_foregone"):
        met = {a: met[a] + n for a, n in model.counts.by(event, "agency").items() if a in met}
    expect_counts(met, dict(zip(AGENCIES, rates, strict=True)))
    assert model.counts["stop_foregone"] > 0


def test_checks_at_stops_have_the_product_of_their_chances(checked: tuple[Model, bool]) -> None:
    # Of the stops that are made: how many are foregone depends on what came of those before.
    model, by_hit = checked
    people, s = model.people.residents, model.loaded.settings
    stops = happened(model, "traffic_stop", "street_stop")
    removable, ordered = people["status"] == v.UNDOCUMENTED, people["order"] == 1
    classes = {"ordered": ordered, "removable": removable & ~ordered, "lawful": ~removable & ~ordered}
    comes = 1 - math.exp(-SCENE_LIMIT / WAIT)
    # A query is made half the time and let through as data are; it names orders, and others by mistake.
    named = {"ordered": 0.5 * SHARE, "removable": 0.0, "lawful": 0.5 * SHARE * MISTAKE}
    shares = {}
    for name, who in classes.items():
        made = int(who[stops["resident"]].sum())

        def count(event: str, who: np.ndarray = who) -> int:
            return int(who[happened(model, event)["resident"]].sum())

        stays = comes * (1 - SEEN) if name == "lawful" else comes
        hold = named[name] if by_hit else CHECK["hold"]
        at_once = 0.0 if by_hit else CHECK["immigration_arrest"]
        told = 0.0 if by_hit else SHARE * (CHECK["tip"] + CHECK["ask"] * DISCLOSURE * (name != "lawful"))
        shares |= {
            f"{name}: checked": (count("immigration_check"), made, 0.5 * SHARE),
            f"{name}: held": (count("street_hold"), made, hold),
            f"{name}: released": (count("street_hold_released"), count("street_hold"), 1 - stays),
            f"{name}: taken": (count("ice_arrest_street"), made, hold * stays + at_once),
            f"{name}: told": (count("informal_message"), made, told),
        }
    taken = np.isin(stops["case"], happened(model, "street_hold", "ice_arrest_street")["case"])
    groups, arrested = people["group"], happened(model, "arrest")["resident"]
    for code, group in enumerate(v.GROUPS):
        left = int((groups[stops["resident"][~taken]] == code).sum())
        chance = float(1 - (1 - ARREST * (1 - LENIENCY)) * (1 - finds(s)[code] * FIND_ARREST))
        shares[f"{group}: arrested"] = (int((groups[arrested] == code).sum()), left, chance)
    expect_shares(shares)
    by_status = model.counts.by("wrongful_ice_arrests", "status")
    assert by_status["undocumented"] == 0
    assert sum(by_status.values()) == int(
        classes["lawful"][happened(model, "ice_arrest_street")["resident"]].sum()
    )


def test_operations_at_large_reach_each_status_at_its_rate(folder: Path) -> None:
    community = {"lpr": 3_000, "temporary": 0, "undocumented": 20_000}
    changes = {
        **QUIET,
        "ice.at_large.community": community,
        "ice.quota.arrests": 100_000,
        "ice.matching.deportable_lawful": dict.fromkeys(v.RECORDS, 1.0),
    }
    # The rules let an operation go ahead by what ICE knows of the person; leads have rules of their own.
    ahead = {"low": 0.3, "medium": 0.8}
    of_its_own = [
        {"when": {"origin": "operation", "priority": name}, "then": {"attempt": chance, "drop": 1 - chance}}
        for name, chance in ahead.items()
    ]
    rules = RULES | {"ice.at_large": [*of_its_own, *RULES["ice.at_large"]]}
    changes |= {f"population.record_violent.{name}": 0 for name in v.STATUSES}
    model = live(scenario(folder, {"set": SETTINGS | changes, "rules": rules}), 2 * DAYS, 20_000, seed=4)
    people = model.people.residents
    status = people["status"]
    medium = (people["record"] == v.NONVIOLENT) | (people["order"] == 1)
    chance = np.where(medium, ahead["medium"], ahead["low"])
    # The quota begins with nothing saved up: what it refuses on the first day is far below one operation.
    operations = {
        name: 2 * rate / PER * float(chance[status == v.STATUSES.index(name)].sum())
        for name, rate in community.items()
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
