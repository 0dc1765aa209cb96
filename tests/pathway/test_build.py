"""From a scenario to a world: shares, flows and rates arrive in the units and sizes of the sample."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import stats

from sim.engine import budget as b
from sim.engine import candidates as c
from sim.model import Model
from sim.pathway.build import enter_phase
from sim.pathway.settings import PER, by_year, in_order
from sim.pathway.streams import operations_of_phase
from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from sim.scenario.schema import Scenario
from tests.properties.worlds import AGENCIES, BUSY, Case, cases, scenario

EXAMPLES = settings(max_examples=25)
CRIME_OF = {"misdemeanor": "property", "nonviolent_felony": "property", "violent_felony": "violent"}
BLITZ = {
    "agency": "sheriff",
    "begins": 5,
    "days": 20,
    "stops_a_day": 400,
    "officers": 5,
    "neighbourhoods": 0.4,
    "partner": True,
    "reasons": {"moving_violation": 0.4, "equipment": 0.6, "suspicion": 0},
    "profiling": {"white": 1, "black": 1, "hispanic": 5, "asian": 1, "other": 1},
    "unlicensed": 4,
}


def rates(model: Model, s: Scenario) -> dict[int, np.ndarray]:
    """Give, for each stream, the highest rate that each resident may have by it, from the settings alone."""
    people, world = model.world.residents, model.world
    ages, arrest_ages = by_year(s.stops.age_rate)[people.age], by_year(s.arrests.age_rate)[people.age]
    statuses = in_order(v.STATUSES, s.arrests.status_ratio)[people.status]
    records = in_order(v.RECORDS, s.arrests.record_ratio)[people.record]
    found = {}
    for k, stream in enumerate(world.streams):
        if stream.kind in (c.TRAFFIC, c.STREET):
            agency = s.agencies[list(s.agencies)[stream.agency]]
            own = world.officers[world.officers.agency == stream.agency]
            bias = np.where(
                (people.group == v.BLACK) | (people.group == v.HISPANIC), own.profiling.max(initial=0), 1
            )
            base = agency.traffic_stops * people.driving if stream.kind == c.TRAFFIC else agency.street_stops
            found[k] = base * ages * in_order(v.GROUPS, agency.profiling)[people.group] * bias
        elif stream.kind == c.CRIME:
            offence = v.OFFENCES[stream.offence]
            level = s.arrests.crime_level[CRIME_OF[offence]] if offence in CRIME_OF else 1.0
            found[k] = s.arrests.rates[offence] * level / PER * arrest_ages * statuses * records
        elif stream.kind == c.SATURATION:
            operation = world.operations[stream.operation]
            exposure = people.driving * np.where(people.licensed == 0, operation.unlicensed, 1.0)
            rate = operation.rate * exposure * ages * operation.profiling[people.group]
            found[k] = np.where(model.world.ranks[people.neighbourhood] < operation.covered, rate, 0.0)
        elif stream.kind == c.VICTIM:
            told = s.community.victimization
            level = s.arrests.crime_level["property" if stream.offence == v.PROPERTY_CRIME else "violent"]
            mine = told.rates[v.VICTIMIZATIONS[stream.offence]] / 1_000 * level
            who = in_order(v.STATUSES, told.status_ratio)[people.status]
            who = who * in_order(v.GROUPS, told.group_ratio)[people.group]
            # Offending answers to reporting by a factor of 2 at most.
            found[k] = 2 * mine * who * by_year(told.age_rate)[people.age]
        elif stream.kind == c.CONTACT:
            found[k] = np.where(people.age >= 16, s.community.contacts, 0.0)
        elif stream.kind == c.MOVE:
            found[k] = np.where(people.age >= 16, s.community.avoidance.moving, 0.0)
        else:
            found[k] = in_order(v.STATUSES, s.ice.at_large.community)[people.status] / PER
    return found


@EXAMPLES
@given(case=cases())
def test_no_resident_has_a_rate_above_their_reach_or_above_the_top_layer(case: Case, folder: Path) -> None:
    more = {
        "agencies.city_police.traffic_stops": 2,
        "arrests.rates.dui": 9_000,
        "arrests.crime_level": {"violent": 3, "property": 2},
        "agencies.sheriff.profiling.black": 4,
        "operations.blitz.unlicensed": 9,
        "operations.blitz.profiling.black": 7,
        "community.victimization.rates.property": 300,
        "community.contacts": 2,
    }
    blitz = case.settings | {"operations.blitz": BLITZ}
    body = {"set": BUSY | blitz, "timeline": [{"day": 10, "set": more}]}
    world = case.load(folder, body=body)
    model = case.start(world)

    def key(stream: np.record) -> tuple[int, ...]:
        return tuple(int(stream[name]) for name in ("kind", "agency", "offence", "operation"))

    tops: dict[tuple[int, ...], float] = {}
    for stream in model.world.streams:
        tops[key(stream)] = max(tops.get(key(stream), 0.0), float(stream.high))
    assert c.SATURATION in {kind for kind, *_ in tops}
    for phase in world.phases:
        model.world = model.world._replace(operations=operations_of_phase(phase.settings, model.world))
        for k, rate in rates(model, phase.settings).items():
            stream = model.world.streams[k]
            reach = stream.scale * c.REACH[model.world.reach[:, stream.column]]
            assert np.all(rate <= reach)
            assert np.all(rate <= tops[key(stream)])


@pytest.mark.parametrize("share", ["deputized", "task_force", "trained"])
def test_a_larger_share_only_adds_officers(share: str, folder: Path) -> None:
    last = None
    for value in (0.0, 0.2, 0.5, 1.0):
        terms = {"agencies.*.model_287g": "tfm", "population.county_residents": 2_000}
        world = scenario(folder, {"set": terms | {f"agencies.*.{share}": value}})
        has = np.array(Model(world, residents=20_000).world.officers[share])
        assert stats.binomtest(int(has.sum()), len(has), value).pvalue > 1e-6
        assert last is None or np.all(has >= last)
        last = has


@pytest.mark.parametrize("spread", [0.0, 0.35, 1.5])
def test_officers_own_bias_averages_to_that_of_their_agency(spread: float, folder: Path) -> None:
    world = scenario(
        folder, {"set": {"agencies.*.profiling_spread": spread, "population.county_residents": 500}}
    )
    bias = Model(world, residents=20_000).world.officers.profiling
    assert bias.min() >= 0.25
    assert bias.max() <= 4
    if spread < 0.5:  # where no officer is cut off at four times the mean
        z = (bias.mean() - 1) / (bias.std(ddof=1) / np.sqrt(len(bias)) or 1)
        assert 2 * stats.norm.sf(abs(z)) > 1e-6
    assert (spread == 0) == (bias.std() == 0)


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("leniency", [0.0, 0.15, 0.8, 1.0])
def test_officers_leniency_averages_to_that_of_their_agency_and_stays_a_chance(
    spread: float, leniency: float, folder: Path
) -> None:
    own = {
        "agencies.*.leniency": leniency,
        "agencies.*.leniency_spread": spread,
        "population.county_residents": 500,
    }
    found = Model(scenario(folder, {"set": own}), residents=20_000).world.officers.leniency
    reach = spread * min(leniency, 1 - leniency)
    assert np.all(np.abs(found - leniency) <= reach + 1e-12)
    assert np.all((found >= 0) & (found <= 1))
    if reach:
        assert stats.kstest(found, stats.uniform(leniency - reach, 2 * reach).cdf).pvalue > 1e-6


def test_a_sample_has_its_part_of_every_capacity() -> None:
    base = load("base")
    county = round(base.settings.population.county_residents)
    whole, tenth = (Model(base, residents=n) for n in (county, county // 10))
    scale = (county // 10) / county
    assert tenth.world.budgets.flow == pytest.approx(whole.world.budgets.flow * scale)
    assert whole.world.jails[0].capacity == 249
    assert tenth.world.jails[0].capacity == int(np.ceil(249 * scale))
    sizes = [int(a.officer_count) for a in whole.world.agencies]
    assert sizes == [135, 68, 18]
    assert [int(a.officer_count) for a in tenth.world.agencies] == [round(n * scale) for n in sizes]


def test_a_force_that_exists_has_an_officer_in_the_smallest_sample_and_one_that_does_not_has_none(
    folder: Path,
) -> None:
    world = scenario(folder, {"set": {"agencies.sheriff.officers": 0}})
    assert [int(a.officer_count) for a in Model(world, residents=300).world.agencies] == [1, 0, 1]


def test_ice_seeks_at_large_what_its_quota_leaves_beside_the_jails() -> None:
    base = load("base")
    quota = base.settings.ice.quota
    sought = quota.arrests - (1 - quota.displacement) * quota.expected_from_jails
    flow = Model(base, residents=100_000).world.budgets[b.QUOTA].flow
    assert flow * 365 == pytest.approx(sought)


def test_times_given_in_hours_become_days_and_means_become_medians() -> None:
    model, s = Model("base", residents=300), load("base").settings
    assert model.world.office[0].turnaround == s.ice.review.turnaround / 24
    assert model.world.jails[0].hold_limit == 2.0
    medians = model.world.settings[0].court_stay
    means = medians * np.exp(s.ice.detention.stay_spread**2 / 2)
    assert means == pytest.approx(in_order(v.COURT_OUTCOMES, s.ice.detention.stay))


def test_a_phase_keeps_what_was_drawn_and_who_is_held(folder: Path) -> None:
    timeline = [{"day": 60, "set": {"ice.review.hours_a_day": 1, "ice.pickup.hours_a_day": 500}}]
    world = scenario(folder, {"set": BUSY, "timeline": timeline})
    model = Case({}, {}, {}, {}, 1_000, 59.5, 4).live(world)
    before = model.world
    after = enter_phase(before, world.phases[1], model.people, model.day)
    assert np.array_equal(after.budgets.drawn, before.budgets.drawn)
    assert after.jails.held.sum() == before.jails.held.sum() > 0
    assert after.office[0].in_custody == before.office[0].in_custody
    assert after.budgets[b.TEAM_HOURS] == before.budgets[b.TEAM_HOURS]
    review = after.budgets[b.REVIEW_HOURS]
    assert review.level <= review.limit
    assert review.flow == pytest.approx(1 * 1_000 / PER)
    # More hours a day from now on do not come with hours saved up before.
    pickup = b.available(after.budgets[b.PICKUP_HOURS], model.day)
    assert pickup == pytest.approx(b.available(before.budgets[b.PICKUP_HOURS], model.day))
    assert [list(x) for x in (after.agencies.first_officer, after.agencies.officer_count)] == [
        list(x) for x in (before.agencies.first_officer, before.agencies.officer_count)
    ]
    assert len(AGENCIES) == len(after.agencies)
