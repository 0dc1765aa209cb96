"""What comes to light at stops: contraband, warrants, orders, suspicion; each by its own closed form.

`constant.py` says what such a world is and how its counts are held to their laws.
"""

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from constant import (
    DAYS,
    FALSE_ALARM,
    LENIENCY,
    PER,
    QUIET,
    RULES,
    SETTINGS,
    SHARE,
    STOPS,
    expect_counts,
    expect_shares,
    finds,
    otherwise,
    stop_rates,
)
from scipy import stats

from sim.engine.luck import uniforms
from sim.model import Model
from sim.pathway.settings import by_year, in_order
from sim.scenario import vocabulary as v
from tests.properties.worlds import AGENCIES, JAIL, happened, laid_over, live, scenario

RESIDENTS = 40_000
# Stops alone, at which by themselves nothing happens, and after which nobody stays anywhere.
ONLY_STOPS: dict[str, Any] = laid_over(SETTINGS, QUIET | STOPS) | {"stops.contraband_arrest": 0.0}
NOTHING: dict[str, Any] = RULES | {
    "stop.outcome": otherwise("none"),
    "booking.disposition": otherwise("cite_and_release"),
    "ice.review": otherwise("none"),
}


def live_stops(
    folder: Path,
    changes: dict[str, Any],
    rules: dict[str, Any] | None = None,
    days: float = DAYS,
    **more: Any,
) -> Model:
    body = {"set": laid_over(ONLY_STOPS, changes), "rules": NOTHING | (rules or {})}
    return live(scenario(folder, body), days, RESIDENTS, **{"seed": 8, **more})


def traffic(model: Model) -> np.ndarray:
    """Give the traffic stops of each resident that are expected in the run."""
    return stop_rates(model, model.loaded.settings, "traffic_stops").sum(axis=0) * model.day / 365


def on_foot(model: Model) -> np.ndarray:
    return stop_rates(model, model.loaded.settings, "street_stops").sum(axis=0) * model.day / 365


def by_group(people: np.ndarray, values: np.ndarray) -> dict[str, float]:
    return dict(zip(v.GROUPS, np.bincount(people["group"], values, minlength=len(v.GROUPS)), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("street")


# ── searches ─────────────────────────────────────────────────────────────────────────────────────────────
def test_searches_and_what_they_find_follow_the_strength_of_signs(folder: Path) -> None:
    changes = {
        "stops.search": dict(zip(v.GROUPS, (0.05, 0.6, 0.3, 0.05, 1.0), strict=True)),
        "stops.contraband": 0.8,
        "stops.contraband_slope": 6,
        "stops.contraband_arrest": 0.5,
    }
    model = live_stops(folder, changes)
    s, people = model.loaded.settings, model.people.residents
    stops = traffic(model) + on_foot(model)
    found = stops * finds(s)[people["group"]]
    expected = {
        "search": stops * in_order(v.GROUPS, s.stops.search)[people["group"]],
        "contraband": found,
        "arrest": found * 0.5,
    }
    for event, mean in expected.items():
        expect_counts(model.counts.by(event, "group"), by_group(people, mean))
    # Who is searched more often is searched on weaker signs: fewer searches find something.
    searched, found_by = model.counts.by("search", "group"), model.counts.by("contraband", "group")
    assert found_by["black"] / searched["black"] < 0.6 * found_by["white"] / searched["white"]


def test_an_officer_searches_by_their_own_bias(folder: Path) -> None:
    changes = {
        "stops.search": dict.fromkeys(v.GROUPS, 0.2),
        "agencies.*.profiling_spread": 0.8,
        "population.county_residents": 200_000,
    }
    model = live_stops(folder, changes)
    people, officers = model.people.residents, model.world.officers
    profiled = np.isin(people["group"], (v.BLACK, v.HISPANIC))
    stops, searches = happened(model, "traffic_stop", "street_stop"), happened(model, "search")
    for who, bias in ((profiled, officers.profiling), (~profiled, np.ones(len(officers)))):
        made, searched = (
            np.bincount(x["officer"][who[x["resident"]]], minlength=len(officers)) for x in (stops, searches)
        )
        chance = np.minimum(0.2 * bias, 1)
        sure = made * chance * (1 - chance) > 5
        z = (searched - made * chance)[sure] / np.sqrt(made * chance * (1 - chance))[sure]
        assert stats.chi2.sf(np.sum(z**2), sure.sum()) > FALSE_ALARM
        assert sure.sum() > 40


# ── warrants that are somebody else's, or settled ────────────────────────────────────────────────────────
FALSE_WARRANT, STALE, FOUND, STAY, PAID = 0.01, 0.05, 9.0, 24.0, 0.3  # times in hours
ON_WARRANTS: dict[str, Any] = {
    "population.open_warrant": 0.2,
    "stops.warrant_false_match": FALSE_WARRANT,
    "stops.stale_warrant": STALE,
    "stops.mistake_found": FOUND,
    "custody.median": dict.fromkeys(v.RELEASES, STAY / 24),
    "costs.claims": {"over_hold": 0.0, "wrongful": PAID, "median": 1_000, "spread": 0.0},
}
ARREST_ON_WARRANTS: dict[str, Any] = {
    "stop.query": otherwise("warrants"),
    "stop.outcome": [{"when": {"warrant_hit": "yes"}, "then": "arrest"}, *otherwise("none")],
}


def test_mistaken_arrests_are_of_those_without_a_warrant_whom_the_file_or_an_error_names(
    folder: Path,
) -> None:
    model = live_stops(folder, ON_WARRANTS, ARREST_ON_WARRANTS)  # cited, so that warrants stay open
    people = model.people.residents
    stops, wanted = traffic(model) + on_foot(model), people["warrant"] == 1
    stale = uniforms(model.seed_of_luck, "resident.stale_warrant", len(people)) < STALE
    mistaken = np.where(wanted, 0.0, stops * np.where(stale, 1.0, FALSE_WARRANT))
    expect_counts(model.counts.by("mistaken_arrest", "group"), by_group(people, mistaken))
    expect_counts({"arrest": model.counts["arrest"]}, {"arrest": float(mistaken.sum() + stops[wanted].sum())})
    assert model.counts.by("arrest", "offence")["warrant"] == model.counts["arrest"]
    expect_shares({"stale": (int(stale.sum()), len(people), STALE)})
    # Of these a share is paid for, each time the median where payments do not differ.
    paid = model.counts["police_claims"] / 1_000
    assert paid == round(paid)
    expect_shares({"paid": (round(paid), round(model.counts["mistaken_arrest"]), PAID)})
    expected = PAID * 1_000 * model.counts["mistaken_arrest"]
    assert model.counts["expected_police_claims"] == pytest.approx(expected)


def test_claims_paid_are_on_average_those_to_be_expected(folder: Path) -> None:
    spread, wrongful = 0.5, 1.0
    terms = {"over_hold": 0.0, "wrongful": wrongful, "median": 1_000, "spread": spread}
    model = live_stops(folder, ON_WARRANTS | {"costs.claims": terms}, ARREST_ON_WARRANTS)
    many, expected = model.counts["mistaken_arrest"], model.counts["expected_police_claims"]
    assert many > 300
    mean = 1_000 * math.exp(spread**2 / 2)
    assert expected == pytest.approx(many * mean)
    sd = mean * math.sqrt(math.expm1(spread**2))
    z = (model.counts["police_claims"] - expected) / (sd * math.sqrt(many))
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM


def test_a_mistake_is_found_in_its_mean_time_or_when_the_person_leaves_anyway(folder: Path) -> None:
    model = live_stops(folder, ON_WARRANTS, ARREST_ON_WARRANTS | {"booking.disposition": otherwise("book")})
    mistaken, booked, left = (happened(model, x) for x in ("mistaken_arrest", "booking", "jail_release"))
    began = dict(zip(booked["case"].tolist(), booked["time"].tolist(), strict=True))
    ours = left[np.isin(left["case"], mistaken["case"])]
    hours = 24 * (ours["time"] - np.array([began[case] for case in ours["case"].tolist()]))
    # The lesser of an exponential time and the stay: its mean, and the mean of its square.
    gone = math.exp(-STAY / FOUND)
    mean, square = FOUND * (1 - gone), 2 * FOUND**2 * (1 - gone * (1 + STAY / FOUND))
    z = (hours.mean() - mean) / math.sqrt((square - mean**2) / len(hours))
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM
    assert len(hours) > 1_000
    assert np.isclose(hours.max(), STAY)
    still = np.isin(mistaken["case"], ours["case"], invert=True).sum()
    assert hours.sum() <= model.counts["mistaken_hours"] <= hours.sum() + still * STAY
    others = left[~np.isin(left["case"], mistaken["case"])]
    stayed = others["time"] - np.array([began[case] for case in others["case"].tolist()])
    assert np.allclose(24 * stayed, STAY)


# ── federal authority ────────────────────────────────────────────────────────────────────────────────────
FOUND_REMOVABLE, MISAPPLIED, FALSE_HIT = 0.6, 0.03, 0.02
ARREST_ON_HITS: dict[str, Any] = {
    "stop.query": otherwise("immigration"),
    "stop.street_check": [
        {"when": {"immigration_hit": "yes"}, "then": "immigration_arrest"},
        *otherwise("none"),
    ],
}
AUTHORITY: dict[str, Any] = {
    "population.final_order.undocumented": 0.3,
    "stops.federal_check": FOUND_REMOVABLE,
    "stops.misapplication": MISAPPLIED,
    "stops.immigration_false_match": FALSE_HIT,
    "training.effect": 0.0,
    "costs.hours.street_arrest": 0.0,
}
# A federal agent who takes part, an officer with authority, neither; and both, where a message to the agent
# is withheld and the officer asks on their own.
KINDS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "agent": ({"agencies.*.task_force": 1.0}, True, False),
    "deputized": ({"agencies.*.deputized": 1.0, "agencies.*.model_287g": "tfm"}, False, True),
    "deputized without an agreement": ({"agencies.*.deputized": 1.0}, False, False),
    "neither": ({}, False, False),
    "both": (
        {"agencies.*.deputized": 1.0, "agencies.*.model_287g": "tfm", "agencies.*.task_force": 1.0},
        True,
        True,
    ),
}


def hit_chances(agent: bool, local: bool) -> dict[str, float]:
    """Give the chance of an immigration hit by what a person is, with data let through by SHARE."""
    by_agent = SHARE if agent else 0.0
    by_query = (1 - by_agent) * SHARE
    local_error = FALSE_HIT + (MISAPPLIED if local else 0.0)
    return {
        "ordered": by_agent + by_query,
        "removable": (by_agent + (by_query if local else 0.0)) * FOUND_REMOVABLE,
        "lawful": by_agent * FALSE_HIT + by_query * local_error,
    }


def classes(people: np.ndarray) -> dict[str, np.ndarray]:
    removable, ordered = people["status"] == v.UNDOCUMENTED, people["order"] == 1
    return {"ordered": ordered, "removable": removable & ~ordered, "lawful": ~removable & ~ordered}


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_shows_what_the_officers_authority_lets_it_show(kind: str, folder: Path) -> None:
    changes, agent, local = KINDS[kind]
    model = live_stops(folder, AUTHORITY | changes, ARREST_ON_HITS)
    made, taken = happened(model, "traffic_stop", "street_stop"), happened(model, "ice_arrest_street")
    shares = {}
    chances = hit_chances(agent, local)
    for name, who in classes(model.people.residents).items():
        count, stops = (int(who[x["resident"]].sum()) for x in (taken, made))
        shares[name] = (count, stops, chances[name])
    by_agent = SHARE if agent else 0.0
    contacts, checks = model.counts["task_force_contact"], model.counts["immigration_check"]
    shares["contacts"] = (contacts, len(made), by_agent)
    shares["checks"] = (checks, len(made), by_agent + (1 - by_agent) * SHARE)
    expect_shares(shares)
    assert model.counts["stop_foregone"] == 0
    # With an agent there the arrest is the agent's.
    assert model.counts["deputized_ice_arrests"] == (0 if agent else len(taken))


# ── tips ─────────────────────────────────────────────────────────────────────────────────────────────────
CHANCE, SCENE, ARRIVAL, LENGTH, MISTAKE, SEEN = 0.4, 0.7, 2.0, 1.0, 0.25, 0.4
TIPPING: dict[str, Any] = {
    "agencies.*.tips": {"officers": 1.0, "chance": CHANCE, "spread": 0.0},
    "stops.suspicion": dict(zip(v.GROUPS, (0.05, 0.2, 0.4, 0.1, 0.0), strict=True)),
    "stops.suspicion_unlicensed": dict(zip(v.GROUPS, (0.3, 0.5, 1.0, 0.6, 0.1), strict=True)),
    "stops.length": LENGTH,
    "stops.mistake_at_scene": SEEN,
    "ice.tips": {"scene": SCENE, "arrival": ARRIVAL, "mistake": MISTAKE},
    "training.effect": 0.0,
}


def seems_removable(model: Model) -> np.ndarray:
    """Give the chance that each resident seems removable to an officer who tips."""
    s, people = model.loaded.settings.stops, model.people.residents
    unlicensed = (people["licensed"] == 0) & (people["driving"] > 0)
    seems = np.where(
        unlicensed,
        in_order(v.GROUPS, s.suspicion_unlicensed)[people["group"]],
        in_order(v.GROUPS, s.suspicion)[people["group"]],
    )
    return np.asarray(seems)


def test_tips_and_what_ice_makes_of_them_count_the_product_of_their_chances(folder: Path) -> None:
    model = live_stops(folder, TIPPING)
    people = model.people.residents
    messages = (traffic(model) + on_foot(model)) * CHANCE * seems_removable(model) * SHARE
    expect_counts(model.counts.by("informal_message", "group"), by_group(people, messages))
    removable = (people["status"] == v.UNDOCUMENTED) | (people["order"] == 1)
    noncitizen = people["status"] >= v.LPR
    hits = np.where(removable, messages, np.where(noncitizen, messages * MISTAKE, 0.0))
    # A team comes while the stop lasts: whichever of two exponential times is the shorter.
    comes = SCENE * LENGTH / (LENGTH + ARRIVAL)
    expected = {
        "scene_response": hits.sum() * comes,
        "match": hits.sum() * (1 - comes),
        "street_hold_released": hits[~removable].sum() * comes * SEEN,
        "wrongful_ice_arrests": hits[~removable].sum() * comes * (1 - SEEN),
    }
    expect_counts({what: model.counts[what] for what in expected}, expected)
    came, taken = happened(model, "scene_response"), happened(model, "ice_arrest_street")
    set_out = dict(zip(came["case"].tolist(), came["time"].tolist(), strict=True))
    waits = 24 * (taken["time"] - np.array([set_out[case] for case in taken["case"].tolist()]))
    law = stats.gamma(len(waits), scale=1 / (1 / LENGTH + 1 / ARRIVAL))
    assert 2 * min(law.cdf(waits.sum()), law.sf(waits.sum())) > FALSE_ALARM
    assert len(waits) > 500


def test_most_officers_never_tip_and_the_others_by_their_own_tendency(folder: Path) -> None:
    own = {"officers": 0.4, "chance": 0.3, "spread": 1.0}
    changes = {"agencies.*.tips": own, "population.county_residents": 60_000}
    model = live_stops(folder, TIPPING | changes)
    officers, seems = model.world.officers, seems_removable(model)
    expect_shares({"tippers": (int((officers.tipping > 0).sum()), len(officers), 0.4)})
    stops, tips = happened(model, "traffic_stop", "street_stop"), happened(model, "informal_message")
    chance = officers.tipping[stops["officer"]] * seems[stops["resident"]] * SHARE
    mean, variance = (
        np.bincount(stops["officer"], x, minlength=len(officers)) for x in (chance, chance * (1 - chance))
    )
    sent = np.bincount(tips["officer"], minlength=len(officers))
    assert sent[officers.tipping == 0].sum() == 0
    sure = variance > 5
    assert stats.chi2.sf(np.sum((sent - mean)[sure] ** 2 / variance[sure]), sure.sum()) > FALSE_ALARM
    assert sure.sum() > 15


def test_training_lowers_tips_by_what_is_left_of_it(folder: Path) -> None:
    effect, half_life, interval = 0.8, 40.0, 150
    training = {"effect": effect, "half_life": half_life, "interval": interval}
    model = live_stops(folder, TIPPING | {"training": training, "agencies.*.trained": 1.0})
    a_day = float(((traffic(model) + on_foot(model)) * CHANCE * seems_removable(model) * SHARE).sum()) / DAYS
    edges = np.array([0, 20, 60, 150, 170, 300, 365])
    counted, _ = np.histogram(happened(model, "informal_message")["time"], edges)
    rate = math.log(2) / half_life
    for k, (begin, end) in enumerate(itertools.pairwise(edges)):
        since, until = begin % interval, begin % interval + end - begin
        lost = effect * (math.exp(-rate * since) - math.exp(-rate * until)) / rate
        expect_counts({"tips": counted[k]}, {"tips": a_day * (end - begin - lost)})


# ── arrests for what the jail might show ─────────────────────────────────────────────────────────────────
RULE = 0.1  # chance of an arrest by the rule
PRETEXT: dict[str, Any] = {
    "agencies.*.pretext": {
        "chance": 1.0,
        "log_odds": dict(zip(v.GROUPS, (0.0, 0.5, 1.5, 3.0, 10.0), strict=True)),
    },
    "training.effect": 0.0,
    f"jails.{JAIL}.ice_days_a_week": 7,
}
SOME_ARRESTED = {"stop.outcome": otherwise({"none": 1 - RULE, "arrest": RULE})}


def pretext_chances(model: Model, restraint: float = 0.0) -> np.ndarray:
    """Give the chance of an arrest that the rule alone would not make, by group, at a minor stop."""
    added = in_order(v.GROUPS, model.loaded.settings.agencies["sheriff"].pretext.log_odds) * (1 - restraint)
    odds = RULE / (1 - RULE) * np.exp(added)
    return np.asarray(odds / (1 + odds) - RULE)


@pytest.mark.parametrize("screened_by", ["ICE", "jem", "wso"])
def test_pretext_arrests_are_made_where_the_jail_screens_and_at_minor_stops(
    screened_by: str, folder: Path
) -> None:
    jail = (
        {}
        if screened_by == "ICE"
        else {f"jails.{JAIL}.ice_days_a_week": 0, f"jails.{JAIL}.model_287g": screened_by}
    )
    model = live_stops(folder, PRETEXT | jail, SOME_ARRESTED)
    s, people = model.loaded.settings, model.people.residents
    minor = traffic(model) * (1 - s.stops.reasons["suspicion"])
    made = minor * pretext_chances(model)[people["group"]] * (screened_by != "wso")
    by_rule = (traffic(model) + on_foot(model)) * RULE * (1 - LENIENCY)
    expect_counts(model.counts.by("pretext_arrest", "group"), by_group(people, made))
    expect_counts(model.counts.by("arrest", "group"), by_group(people, made + by_rule))
    assert model.counts.by("pretext_arrest", "group")["white"] == 0
    assert model.counts.by("pretext_arrest", "pathway")["traffic_stop"] == model.counts["pretext_arrest"]


def test_screening_moves_some_agencies_and_all_officers_of_those(folder: Path) -> None:
    world = scenario(folder, {"set": ONLY_STOPS | PRETEXT | {"agencies.*.pretext.chance": 0.3}})
    moved = 0
    for seed in range(300):
        agencies = Model(world, residents=200, seed=seed).world.agencies
        moved += int((agencies.pretext[:, v.HISPANIC] > 0).sum())
    expect_shares({"moved": (moved, 300 * len(AGENCIES), 0.3)})


def test_the_reviewer_samples_finds_and_restrains_by_its_chances(folder: Path) -> None:
    sampling, finding, consequence = 0.4, 0.5, 0.5
    oversight = {"sampling": sampling, "delay": 5, "finding": finding, "consequence": consequence}
    few = {"population.county_residents": 100_000}  # some officers, so that each is found out several times
    model = live_stops(folder, PRETEXT | few | {"oversight": oversight}, SOME_ARRESTED)
    stops, pretexts = happened(model, "traffic_stop"), happened(model, "pretext_arrest")
    due = int((pretexts["time"] + 5 < DAYS).sum())
    opened, found = happened(model, "case_opened"), happened(model, "finding")
    expect_shares(
        {"opened": (len(opened), due, sampling), "found": (len(found), len(opened), finding)},
    )
    assert len(found) > 100
    # Given all that went before, each stop is a pretext with a chance that findings have lowered: what is
    # counted less what is expected is a sum of independent steps.
    moments = {k: np.sort(found["time"][found["officer"] == k]) for k in np.unique(stops["officer"])}
    before = np.array(
        [np.searchsorted(moments[k], t) for k, t in zip(stops["officer"], stops["time"], strict=True)]
    )
    groups = model.people.residents["group"][stops["resident"]]
    minor = 1 - model.loaded.settings.stops.reasons["suspicion"]
    chance = np.zeros(len(stops))
    for k in range(before.max() + 1):
        chance = np.where(
            before == k, minor * pretext_chances(model, 1 - (1 - consequence) ** k)[groups], chance
        )
    z = (len(pretexts) - chance.sum()) / math.sqrt((chance * (1 - chance)).sum())
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM
    unrestrained = (minor * pretext_chances(model)[groups]).sum()
    assert len(pretexts) < 0.5 * unrestrained


# ── saturation operations ────────────────────────────────────────────────────────────────────────────────
A_DAY, BEGINS, WINDOW = 400.0, 20.0, 30.0
OPERATION: dict[str, Any] = {
    "agency": "sheriff",
    "begins": BEGINS,
    "days": WINDOW,
    "stops_a_day": A_DAY,
    "officers": 100,
    "neighbourhoods": 0.25,
    "partner": False,
    "reasons": {"moving_violation": 0.1, "equipment": 0.8, "suspicion": 0.1},
    "profiling": dict(zip(v.GROUPS, (0.5, 1.0, 4.0, 0.5, 1.0), strict=True)),
    "unlicensed": 3.0,
}
SENT: dict[str, dict[str, Any]] = {
    "with agents": {"operations.blitz": OPERATION | {"partner": True}},
    "with authority": {"operations.blitz": OPERATION, "agencies.sheriff.model_287g": "tfm"},
    "alone": {"operations.blitz": OPERATION},
}


@pytest.mark.parametrize("how", SENT)
def test_an_operation_makes_its_stops_by_the_day_and_yields_by_its_authority(how: str, folder: Path) -> None:
    no_other = dict.fromkeys(STOPS, 0.0)
    enough = {"agencies.sheriff.officers": 100, "stops.most_a_day": 500}
    model = live_stops(folder, AUTHORITY | no_other | enough | SENT[how], ARREST_ON_HITS, days=60.0)
    s, people = model.loaded.settings, model.people.residents
    stops, total = happened(model, "saturation_stop"), A_DAY * RESIDENTS / PER * WINDOW
    expect_counts({"stops": len(stops)}, {"stops": total})
    by_day = np.bincount((stops["time"] - BEGINS).astype(int), minlength=int(WINDOW))
    expected = total / WINDOW
    assert len(by_day) == WINDOW
    assert stats.chi2.sf(np.sum((by_day - expected) ** 2 / expected), WINDOW) > FALSE_ALARM
    # They fall to drivers of the places covered, by exposure, age, group and licence.
    places = s.population.neighbourhoods
    shares = [np.mean(people["status"][people["neighbourhood"] == k] >= v.LPR) for k in range(places)]
    covered = np.argsort(shares)[::-1][: math.ceil(0.25 * places)]
    weight = np.isin(people["neighbourhood"], covered) * people["driving"]
    weight = weight * by_year(s.stops.age_rate)[people["age"]]
    weight *= in_order(v.GROUPS, OPERATION["profiling"])[people["group"]]
    weight *= np.where(people["licensed"] == 0, OPERATION["unlicensed"], 1.0)
    each = weight / weight.sum() * total
    expect_counts(model.counts.by("saturation_stop", "group"), by_group(people, each))
    for licensed in (0, 1):
        count = int((people["licensed"][stops["resident"]] == licensed).sum())
        expect_counts({"stops": count}, {"stops": float(each[people["licensed"] == licensed].sum())})
    chances = hit_chances(how == "with agents", how == "with authority")
    taken = happened(model, "ice_arrest_street")
    expect_shares(
        {
            name: (*(int(who[x["resident"]].sum()) for x in (taken, stops)), chances[name])
            for name, who in classes(people).items()
        }
    )
    assert len(taken) > 500


def test_officers_on_an_operation_are_away_from_their_other_stops(folder: Path) -> None:
    sent = {"operations.blitz": OPERATION | {"stops_a_day": 0.0, "officers": 30}, "agencies.*.officers": 100}
    model = live_stops(folder, sent, days=80.0)
    encounters = happened(model, "traffic_stop", "street_stop", "stop_foregone")
    foregone = happened(model, "stop_foregone")
    assert np.all(foregone["agency"] == AGENCIES.index("sheriff"))
    assert np.all((foregone["time"] >= BEGINS) & (foregone["time"] < BEGINS + WINDOW))
    during = (encounters["time"] >= BEGINS) & (encounters["time"] < BEGINS + WINDOW)
    own = during & (encounters["agency"] == AGENCIES.index("sheriff"))
    expect_shares({"foregone": (len(foregone), int(own.sum()), 0.3)})
    assert len(foregone) > 200
