"""Saturation operations as streams of candidates: how many stops, when, where and of whom."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.engine import candidates as c
from sim.model import Model
from sim.pathway.settings import PER, by_year
from sim.pathway.stop import accepts_saturation
from sim.pathway.streams import operation_records, ranks_of
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from tests.pathway.hand import FALSE_ALARM, STILL
from tests.properties.worlds import AGENCIES, happened, live, scenario

BEGINS, DAYS, STOPS, RESIDENTS = 20.0, 6.0, 800.0, 6_000
BLITZ: dict[str, Any] = {
    "agency": "sheriff",
    "begins": BEGINS,
    "days": DAYS,
    "stops_a_day": STOPS,
    "officers": 5,
    "neighbourhoods": 0.25,
    "partner": True,
    "reasons": {"moving_violation": 0.4, "equipment": 0.6, "suspicion": 0},
    "profiling": {"white": 1, "black": 2, "hispanic": 4, "asian": 0.5, "other": 1},
    "unlicensed": 3,
}


def world(folder: Path, operations: dict[str, Any] | None = None, **more: Any) -> LoadedScenario:
    """Load a still world with operations, whose stops end with nothing."""
    found = {"blitz": BLITZ} if operations is None else operations
    terms = STILL | {"population.neighbourhoods": 20} | {f"operations.{k}": x for k, x in found.items()}
    rules = {name: [{"otherwise": "none"}] for name in ("stop.outcome", "stop.query", "stop.street_check")}
    return scenario(folder, {"set": terms, "rules": rules} | more)


def rates(model: Model) -> np.ndarray:
    """Give the stops a day of each resident by an operation, from its description alone."""
    people, s = model.world.residents, model.loaded.settings
    o = s.operations["blitz"]
    noncitizen = np.array([(people.status[people.neighbourhood == k] >= v.LPR).mean() for k in range(20)])
    covered = np.argsort(-noncitizen, kind="stable")[: round(o.neighbourhoods * 20)]
    weight = people.driving * by_year(s.stops.age_rate)[people.age]
    weight = weight * np.array([o.profiling[v.GROUPS[g]] for g in people.group])
    weight = weight * np.where(people.licensed == 1, 1.0, o.unlicensed)
    weight = weight * np.isin(people.neighbourhood, covered)
    return weight / weight.sum() * o.stops_a_day * len(people) / PER


@pytest.fixture(scope="module")
def lived(folder: Path) -> Model:
    return live(world(folder), 60.0, RESIDENTS, seed=3)


def test_an_operation_makes_the_stops_that_it_is_to_make(lived: Model) -> None:
    made, expected = len(happened(lived, "saturation_stop")), STOPS * DAYS * RESIDENTS / PER
    law = stats.poisson(expected)
    assert 2 * min(law.cdf(made), law.sf(made - 1)) > FALSE_ALARM
    assert set(happened(lived, "saturation_stop")["agency"]) == {AGENCIES.index("sheriff")}
    assert lived.world.clock[0].logged == made


def test_its_stops_are_spread_evenly_over_its_days_and_there_are_none_outside(lived: Model) -> None:
    at = happened(lived, "saturation_stop")["time"]
    assert stats.kstest(at, stats.uniform(BEGINS, DAYS).cdf).pvalue > FALSE_ALARM
    assert BEGINS <= at.min() < at.max() < BEGINS + DAYS


def test_it_stops_drivers_of_the_places_covered_by_who_they_are(lived: Model) -> None:
    who, expected = happened(lived, "saturation_stop")["resident"], rates(lived) * DAYS
    assert expected.sum() == pytest.approx(STOPS * DAYS * RESIDENTS / PER)
    assert np.all(expected[who] > 0)
    people = lived.world.residents
    for name in ("group", "licensed", "neighbourhood"):
        values = people[name]
        mean = np.bincount(values, expected)
        some = mean > 0
        seen = np.bincount(values[who], minlength=len(mean))
        shares = mean[some] * seen.sum() / mean.sum()
        assert stats.chisquare(seen[some], shares).pvalue > FALSE_ALARM, name
    z = (people.driving[who].mean() - np.average(people.driving, weights=expected)) / (
        people.driving[who].std() / np.sqrt(len(who))
    )
    assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM


@pytest.mark.parametrize("share", [0.02, 0.25, 0.5, 1.0])
def test_the_neighbourhoods_with_the_most_noncitizens_come_first(share: float, folder: Path) -> None:
    model = Model(world(folder, {"blitz": BLITZ | {"neighbourhoods": share}}), residents=5_000)
    people = model.world.residents
    ranks = ranks_of(people, 20)
    share_of = [(people.status[people.neighbourhood == k] >= v.LPR).mean() for k in range(20)]
    assert sorted(ranks) == list(range(20))
    assert np.all(np.diff(np.array(share_of)[np.argsort(ranks)]) <= 0)
    (record,) = operation_records(model.loaded.settings, ["blitz"], people, ranks)
    assert record.covered == int(np.ceil(share * 20))


@pytest.mark.parametrize(
    "change",
    [
        {"neighbourhoods": 1.0},
        {"profiling": dict.fromkeys(v.GROUPS, 1.0)},
        {"unlicensed": 0.0},
        {"stops_a_day": 3.0},
        {"days": 0.5},
    ],
    ids=str,
)
def test_the_number_of_stops_asked_for_is_that_of_all_rates_together(
    change: dict[str, Any], folder: Path
) -> None:
    model = Model(world(folder, {"blitz": BLITZ | change}), residents=3_000)
    people, operation = model.world.residents, model.world.operations[0]
    ages = by_year(model.loaded.settings.stops.age_rate)
    total = 0.0
    for one in people:
        if model.world.ranks[one.neighbourhood] < operation.covered:
            rate = operation.rate * one.driving * ages[one.age] * operation.profiling[one.group]
            total += rate * (operation.unlicensed if one.licensed == 0 else 1.0)
    stops = (BLITZ | change)["stops_a_day"]
    assert total / 365 == pytest.approx(stops * 3_000 / PER)


@pytest.mark.parametrize(
    ("officers", "there", "most", "made"),
    [(5, 100, 10, 50), (5, 2, 10, 20), (5, 100, 0, 0), (0, 100, 10, 0), (900, 1_000, 500, STOPS)],
)
def test_officers_limit_the_stops_of_an_operation(
    officers: float, there: float, most: float, made: float, folder: Path
) -> None:
    """In a county of 100,000: what is asked for, or what its officers (those the agency has) can make."""
    terms = STILL | {
        "population.county_residents": PER,
        "operations.blitz": BLITZ | {"officers": officers, "stops_a_day": STOPS},
        "agencies.sheriff.officers": there,
        "stops.most_a_day": most,
    }
    model = Model(scenario(folder, {"set": terms}), residents=3_000)
    operation, people = model.world.operations[0], model.world.residents
    ages = by_year(model.loaded.settings.stops.age_rate)[people.age]
    weight = people.driving * ages * operation.profiling[people.group]
    weight = weight * np.where(people.licensed == 0, operation.unlicensed, 1.0)
    weight = weight[model.world.ranks[people.neighbourhood] < operation.covered]
    assert operation.rate * weight.sum() / 365 == pytest.approx(made * 3_000 / PER)
    assert operation.share == pytest.approx(min(officers / there, 1.0))


@pytest.mark.parametrize(
    "change",
    [{"profiling": dict.fromkeys(v.GROUPS, 0.0)}, {"stops_a_day": 0}, {"neighbourhoods": 0}],
    ids=str,
)
def test_an_operation_that_nobody_can_meet_makes_no_stops(change: dict[str, Any], folder: Path) -> None:
    model = live(world(folder, {"blitz": BLITZ | change}), 60.0, 500)
    assert model.world.clock[0].logged == 0


def test_an_agency_without_officers_makes_no_stops(folder: Path) -> None:
    model = Model(world(folder), residents=500, keep_log=True)
    model.world.agencies.officer_count[:] = 0
    model.run_until(60.0)
    assert model.world.clock[0].candidates > 0
    assert model.world.clock[0].logged == 0


# ── the window of a stream ───────────────────────────────────────────────────────────────────────────────


def test_a_stream_has_no_candidate_outside_its_window_and_is_poisson_inside(folder: Path) -> None:
    model = Model(world(folder), residents=RESIDENTS, seed=5)
    streams, clock = model.world.streams, model.world.clock[0]
    model.run_until(BEGINS)
    assert clock.candidates == 0
    parts, seen = 60, []
    for k in range(1, parts + 1):
        before = int(clock.candidates)
        model.run_until(BEGINS + DAYS * k / parts)
        seen.append(int(clock.candidates) - before)
    mean = RESIDENTS * streams.high.max() / 365 * DAYS / parts
    assert mean > 5
    # As many as a Poisson process has, and as unevenly.
    law = stats.poisson(mean * parts)
    assert 2 * min(law.cdf(sum(seen)), law.sf(sum(seen) - 1)) > FALSE_ALARM
    unevenness = stats.chi2(parts - 1)
    dispersion = np.var(seen) * parts / np.mean(seen)
    assert 2 * min(unevenness.cdf(dispersion), unevenness.sf(dispersion)) > FALSE_ALARM
    model.run_until(BEGINS + DAYS + 500)
    assert clock.candidates == sum(seen)
    assert clock.due == 1  # the next day alone: the stream is at its end


def test_a_window_shorter_than_the_gap_may_have_no_candidate(folder: Path) -> None:
    brief = {"blitz": BLITZ | {"days": 0.1, "stops_a_day": 1}}
    starts = [Model(world(folder, brief), residents=200, seed=s).world.clock[0].due for s in range(5)]
    assert 1 in starts  # the first day alone


@pytest.mark.parametrize(
    ("driving", "licensed", "rank", "day", "height", "expected"),
    [
        (1.0, 1, 0, BEGINS, 0.99, True),
        (1.0, 1, 0, BEGINS, 1.01, False),
        (2.0, 1, 0, BEGINS, 1.99, True),
        (0.0, 1, 0, BEGINS, 0.0, False),
        (1.0, 0, 0, BEGINS, 2.99, True),
        (1.0, 0, 0, BEGINS, 3.01, False),
        (1.0, 1, 4, BEGINS, 0.99, True),
        (1.0, 1, 5, BEGINS, 0.0, False),  # a place that is not covered
        (1.0, 1, 0, BEGINS - 1e-9, 0.0, False),
        (1.0, 1, 0, BEGINS + DAYS - 1e-9, 0.99, True),
        (1.0, 1, 0, BEGINS + DAYS, 0.0, False),
    ],
)
def test_whom_an_operation_stops(
    driving: float, licensed: int, rank: int, day: float, height: float, expected: bool, folder: Path
) -> None:
    model = Model(world(folder), residents=200)
    w = model.world
    one, operation = w.residents[0], w.operations[0]
    one.age, one.group, one.driving, one.licensed = 30, v.WHITE, driving, licensed
    one.neighbourhood = int(np.flatnonzero(w.ranks == rank)[0])
    operation.rate = 1 / by_year(model.loaded.settings.stops.age_rate)[30]
    w.clock[0].now = day
    (stream,) = w.streams[:1]
    assert bool(accepts_saturation(w, stream, 0, height)) is expected
    one.place = 1
    assert not accepts_saturation(w, stream, 0, height)


# ── phases ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_operation_that_a_switch_orders_is_made_and_one_that_it_calls_off_is_not(folder: Path) -> None:
    later = BLITZ | {"begins": 40.0}
    timeline = [
        {"day": 23, "set": {"operations.blitz.stops_a_day": 0}},
        {"day": 30, "set": {"operations.second": later}},
    ]
    model = live(world(folder, timeline=timeline), 90.0, RESIDENTS, seed=3)
    at = happened(model, "saturation_stop")["time"]
    seen = np.histogram(at, [0, BEGINS, 23, 40, 46, 90])[0]
    per_day = STOPS * RESIDENTS / PER
    assert seen[0] == seen[2] == seen[4] == 0
    for count, length in ((seen[1], 3), (seen[3], 6)):
        law = stats.poisson(per_day * length)
        assert 2 * min(law.cdf(count), law.sf(count - 1)) > FALSE_ALARM
    # What happened before the switch is what happens without it.
    plain = live(world(folder), 23.0, RESIDENTS, seed=3)
    assert np.array_equal(happened(plain, "saturation_stop")["time"], at[at < 23])


def test_more_stops_a_day_add_to_the_same_stops(folder: Path) -> None:
    few, many = (
        live(world(folder, {"blitz": BLITZ | {"stops_a_day": n}}), 30.0, 2_000, seed=9) for n in (300, 900)
    )
    cases = [happened(model, "saturation_stop")["case"] for model in (few, many)]
    assert set(cases[0]) < set(cases[1])


def test_reach_and_layers_hold_everybodys_rate(folder: Path) -> None:
    model = Model(world(folder), residents=2_000)
    w, yearly = model.world, rates(model) * 365
    assert {int(kind) for kind in w.streams.kind} == {c.SATURATION}
    assert w.streams.high.max() >= yearly.max()
    assert np.all(w.streams[0].scale * c.REACH[w.reach[:, c.DRIVER]] >= yearly)
