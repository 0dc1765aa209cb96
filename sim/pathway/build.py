"""From a scenario and its people to a world: numbers into records, capacities into flows, rates into streams.

A sample smaller than the county scales officers, reviewers, beds and teams with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.ice import new_office
from sim.agents.jail import new_jails
from sim.agents.officer import new_officers
from sim.engine import budget as b
from sim.engine import candidates as c
from sim.engine.calendar import new_heap
from sim.engine.ledger import new_log, new_tally
from sim.engine.luck import normals, uniforms
from sim.engine.rulebook import build as build_rules
from sim.pathway.review import await_hours_anew
from sim.pathway.world import AGENCY, CASE, CLOCK, SETTINGS, World
from sim.population.people import People
from sim.scenario import vocabulary as v
from sim.scenario.loader import Phase
from sim.scenario.schema import AGE_BANDS, Agency, Scenario

HOURS_A_DAY = 24.0
PER = 100_000.0
# Officers' own multipliers lie within this factor of the mean.
OFFICER_RANGE = 4.0
# Height of the lowest layer of candidates, per year, by sort.
STOP_HEIGHT = 1 / 16
CRIME_HEIGHT = 1 / 256
COMMUNITY_HEIGHT = 1 / 64
# Scheduled events, lines of the log, or cases that any event other than a household's arrest needs at most.
SPARE = 32


def new_world(phases: Sequence[Phase], people: People, seed: np.uint64, *, keep_log: bool) -> World:
    """Return the world of the first phase on day 0, with streams that reach the rates of every phase.

    Parameters
    ----------
    phases
        Settings and rules in the order of the timeline.
    people
        Residents, households and ties; the residents are copied.
    seed
        Root of all luck of this replication.
    keep_log
        Whether events are written down or only counted.
    """
    settings = phases[0].settings
    count = len(people.residents)
    clock = np.zeros(1, dtype=CLOCK).view(np.recarray)
    clock[0].seed = seed
    clock[0].next_review = np.inf
    clock[0].keep_log = 1 if keep_log else 0
    # Most that one event needs: a household taken together has a case each and two lines of the log each.
    clock[0].spare = SPARE + 2 * int(np.diff(people.household_start).max(initial=0))
    officers, agencies = _officers(settings, count, seed)
    slots = 256 + count // 40
    clock[0].free = slots
    neighbourhoods = int(people.residents["neighbourhood"].max()) + 1 if count else 1
    tally, columns = new_tally(len(agencies), max(neighbourhoods, settings.population.neighbourhoods))
    residents = people.residents.copy().view(np.recarray)
    every = [p.settings for p in phases]
    streams = c.new_streams(_sources(every, residents, agencies), count)
    return World(
        clock=clock,
        residents=residents,
        reach=_reach(every, residents),
        household_start=people.household_start,
        officers=officers,
        agencies=agencies,
        jails=_jails(settings, count),
        office=_office(settings),
        budgets=_budgets(settings, count),
        settings=_settings(settings),
        rules=build_rules(phases[0].tables),
        streams=streams,
        calendar=new_heap(512 + len(streams) + count // 20),
        queue=new_heap(256 + count // 100),
        cases=np.zeros(slots, dtype=CASE).view(np.recarray),
        free_slots=np.arange(slots, dtype=np.int32)[::-1].copy(),
        tally=tally,
        columns=columns,
        log=new_log(4096 if keep_log else 1),
    )


def enter_phase(world: World, phase: Phase, now: float) -> World:
    """Return the world under the settings and rules of another phase; what has happened stays."""
    settings = phase.settings
    count = len(world.residents)
    agencies = _agencies(settings, world.agencies)
    jails = _jails(settings, count)
    jails.held, jails.most_held = world.jails.held, world.jails.most_held
    office = _office(settings)
    for name in ("in_custody", "most_in_custody", "waiting"):
        office[name] = world.office[name]
    budgets = _budgets(settings, count)
    for k, (old, new) in enumerate(zip(world.budgets, budgets, strict=True)):
        if (old.flow, old.limit) == (new.flow, new.limit):
            budgets[k] = old  # to the last bit: a switch that changes nothing changes nothing
        else:
            new.level = min(b.available(old, now), new.limit)
            new.time, new.drawn = now, old.drawn
    officers = world.officers.copy().view(np.recarray)
    _set_shares(settings, officers, agencies, world.clock[0].seed)
    entered = world._replace(
        officers=officers,
        agencies=agencies,
        jails=jails,
        office=office,
        budgets=budgets,
        settings=_settings(settings),
        rules=build_rules(phase.tables),
    )
    hours = b.REVIEW_HOURS
    if budgets[hours] != world.budgets[hours] or office[0].review_hours != world.office[0].review_hours:
        await_hours_anew(entered)
    return entered


def by_year(bands: dict[str, float]) -> NDArray[np.float64]:
    """Return the value of each year of age 0 … 99 from values by age band."""
    out = np.zeros(100)
    for band in AGE_BANDS:
        low, high = (int(x) for x in band.split("-"))
        out[low : high + 1] = bands[band]
    return out


def in_order(names: Sequence[str], values: dict[str, float]) -> NDArray[np.float64]:
    """Return the values of a mapping in the order of `names` (0 where one is missing)."""
    return np.array([values.get(name, 0.0) for name in names])


def _medians(means: NDArray[np.float64], spread: float) -> NDArray[np.float64]:
    """Return the medians of log-normal times with these means."""
    return means * math.exp(-0.5 * spread * spread)


def _officers(s: Scenario, count: int, seed: np.uint64) -> tuple[Any, Any]:
    """Return officer records and agency records: the sample's part of each agency, at least one each."""
    share = count / s.population.county_residents
    sizes = [max(1, round(a.officers * share)) if a.officers > 0 else 0 for a in s.agencies.values()]
    agencies = np.zeros(len(sizes), dtype=AGENCY).view(np.recarray)
    agencies.officer_count = sizes
    agencies.first_officer = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    officers = new_officers(sum(sizes))
    for k, agency in enumerate(agencies):
        own = slice(int(agency.first_officer), int(agency.first_officer + agency.officer_count))
        officers.agency[own] = k
        size = int(agency.officer_count)
        officers.shift[own] = (np.arange(size) * 3 + 2) // max(size, 1) if size >= 3 else 0
    agencies = _agencies(s, agencies)
    _set_shares(s, officers, agencies, seed)
    return officers, agencies


def _agencies(s: Scenario, standing: Any) -> Any:
    agencies = standing.copy().view(np.recarray)
    jails = list(s.jails)
    # An agency without officers arrests nobody; where none has a share, nobody is arrested without a stop.
    weights = np.array([a.crime_share if a.officers > 0 else 0.0 for a in s.agencies.values()])
    shares = weights / max(weights.sum(), 1e-300)
    for record, setting, cumulative in zip(agencies, s.agencies.values(), np.cumsum(shares), strict=True):
        record.traffic_stops = setting.traffic_stops
        record.street_stops = setting.street_stops
        record.crime_cumulative = cumulative
        record.jail = jails.index(setting.jail)
        record.model_287g = v.MODELS_287G.index(setting.model_287g)
        record.status_inquiry = int(setting.status_inquiry)
        record.profiling[:] = in_order(v.GROUPS, setting.profiling)
    return agencies


def _set_shares(s: Scenario, officers: Any, agencies: Any, seed: np.uint64) -> None:
    """Give officers what agencies settle by shares; keyed by officer, so that a share only adds officers."""
    size = len(officers)
    draws = {name: uniforms(seed, f"officer.{name}", size) for name in ("deputized", "task_force", "trained")}
    lenient = uniforms(seed, "officer.lenient", size)
    bias = normals(seed, "officer.profiling", size)
    for agency, setting in zip(agencies, s.agencies.values(), strict=True):
        own = slice(int(agency.first_officer), int(agency.first_officer + agency.officer_count))
        for name, draw in draws.items():
            officers[name][own] = draw[own] < getattr(setting, name)
        officers.leniency[own] = _leniency(setting, lenient[own])
        z = np.clip(bias[own], -2.5, 2.5)
        spread = setting.profiling_spread
        mean = _truncated_mean(spread, 2.5)
        officers.profiling[own] = np.clip(np.exp(spread * z) / mean, 1 / OFFICER_RANGE, OFFICER_RANGE)
        agency.most_profiling = max(1.0, officers.profiling[own].max(initial=0.0))


def _leniency(a: Agency, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each officer's chance of letting an arrest go: uniform around the mean, by the spread."""
    reach = a.leniency_spread * min(a.leniency, 1 - a.leniency)
    return a.leniency + (2 * u - 1) * reach


def _truncated_mean(spread: float, cut: float) -> float:
    """Return the mean of exp(spread·z) for a standard normal z moved to ±cut where it lies beyond."""

    def cdf(x: float) -> float:
        return 0.5 * math.erfc(-x / math.sqrt(2))

    inside = math.exp(spread * spread / 2) * (cdf(cut - spread) - cdf(-cut - spread))
    return inside + cdf(-cut) * (math.exp(spread * cut) + math.exp(-spread * cut))


def _jails(s: Scenario, count: int) -> Any:
    jails = new_jails(len(s.jails))
    share = count / s.population.county_residents
    for record, jail in zip(jails, s.jails.values(), strict=True):
        record.capacity = math.ceil(jail.capacity * share - 1e-9)
        record.ice_days_a_week = jail.ice_days_a_week
        record.hold_limit = jail.hold_limit / HOURS_A_DAY
        record.over_hold = jail.over_hold
        record.over_hold_mean = jail.over_hold_mean / HOURS_A_DAY
    return jails


def _office(s: Scenario) -> Any:
    office = new_office()
    ice = s.ice
    values = {
        "review_hours": ice.review.hours_each,
        "turnaround": ice.review.turnaround / HOURS_A_DAY,
        "turnaround_spread": ice.review.turnaround_spread,
        "lapse": ice.review.lapse,
        "print_false_match": ice.matching.print_false_match,
        "interview_reach": ice.matching.interview_reach,
        "interview_disclosure": ice.matching.interview_disclosure,
        "interview_error": ice.matching.interview_error,
        "roster_flag": ice.matching.roster_flag,
        "pickup_hours": ice.pickup.hours_each,
        "delay": ice.pickup.delay / HOURS_A_DAY,
        "delay_spread": ice.pickup.delay_spread,
        "notice": ice.pickup.notice / HOURS_A_DAY,
        "patience": ice.pickup.patience / HOURS_A_DAY,
        "attempt_hours": ice.at_large.hours_each,
        "interval": ice.at_large.interval,
        "collateral": ice.at_large.collateral,
        "displacement": ice.quota.displacement,
        "represented": ice.detention.represented,
        "stay_spread": ice.detention.stay_spread,
        "wrongful_found": ice.detention.wrongful_found,
    }
    for name, value in values.items():
        office[name] = value
    return office


def _budgets(s: Scenario, count: int) -> Any:
    """Return the budgets with the sample's share of each capacity; they start with their reserve."""
    ice, scale = s.ice, count / PER
    sought = ice.quota.arrests - (1 - ice.quota.displacement) * ice.quota.expected_from_jails
    rows = {
        b.REVIEW_HOURS: (ice.review.hours_a_day, ice.review.reserve, ice.review.hours_each),
        b.PICKUP_HOURS: (ice.pickup.hours_a_day, ice.pickup.reserve, ice.pickup.hours_each),
        b.TEAM_HOURS: (ice.at_large.hours_a_day, ice.at_large.reserve, ice.at_large.hours_each),
        b.BED_DAYS: (ice.detention.beds, ice.detention.reserve, 365.0),
        b.QUOTA: (max(sought, 0.0) / c.DAYS_A_YEAR, c.DAYS_A_YEAR, 1.0),
    }
    budgets = b.new_budgets()
    for k, (flow, reserve, unit) in rows.items():
        budgets[k].flow = flow * scale
        budgets[k].limit = max(reserve * flow * scale, unit)
        budgets[k].level = min(reserve * flow * scale, budgets[k].limit)
    budgets[b.QUOTA].level = 0.0
    return budgets


def _settings(s: Scenario) -> Any:
    """Return the numbers of a scenario in the units and the order of the engine."""
    record = np.zeros(1, dtype=SETTINGS).view(np.recarray)
    values = {
        "licence_arrest": s.stops.licence_arrest,
        "immigration_false_match": s.stops.immigration_false_match,
        "disclosure": s.stops.disclosure,
        "scene_wait": s.stops.scene_wait / HOURS_A_DAY,
        "scene_limit": s.stops.scene_limit / HOURS_A_DAY,
        "longest_stay": s.custody.longest,
        "reasons": np.cumsum(in_order(v.REASONS, s.stops.reasons)),
        "stop_age": by_year(s.stops.age_rate),
        "arrest_age": by_year(s.arrests.age_rate),
        "arrest_status": in_order(v.STATUSES, s.arrests.status_ratio),
        "arrest_record": in_order(v.RECORDS, s.arrests.record_ratio),
        "arrest_rate": in_order(v.OFFENCES, s.arrests.rates) / PER,
        "stop_offence": np.cumsum(in_order(v.OFFENCES, s.stops.arrest_offences)),
        "no_charge": in_order(v.OFFENCES, s.arrests.no_charge),
        "conviction": in_order(v.OFFENCES, s.arrests.conviction),
        "stay_ratio": in_order(v.OFFENCES, s.custody.offence_ratio),
        "stay_median": in_order(v.RELEASES, s.custody.median),
        "stay_spread": in_order(v.RELEASES, s.custody.spread),
        "deportable": in_order(v.RECORDS, s.ice.matching.deportable_lawful),
        "effort": in_order(v.PRIORITIES, s.ice.pickup.effort),
        "success": in_order(v.YES_NO, s.ice.at_large.success),
        "community": in_order(v.STATUSES, s.ice.at_large.community) / PER,
        "court_stay": _medians(in_order(v.COURT_OUTCOMES, s.ice.detention.stay), s.ice.detention.stay_spread),
    }
    for name, value in values.items():
        record[name] = value
    return record


def _sources(phases: Sequence[Scenario], residents: Any, agencies: Any) -> list[c.Source]:
    """Return every source of candidates, with scales and bounds that hold in every phase."""
    driving = float(residents.driving.max()) if len(residents) else 0.0
    sources = []
    for k, name in enumerate(phases[0].agencies):
        settings = [s.agencies[name] for s in phases]
        alike = len({a.profiling_spread for a in settings}) == 1
        bias = float(agencies[k].most_profiling) if alike else OFFICER_RANGE
        most = max(
            max(a.profiling.values()) * max(s.stops.age_rate.values())
            for a, s in zip(settings, phases, strict=True)
        )
        traffic = max(a.traffic_stops for a in settings) * bias
        street = max(a.street_stops for a in settings) * bias
        reach = (traffic * most * driving, street * most)
        sources += [
            c.Source(c.TRAFFIC, f"traffic/{name}", STOP_HEIGHT, reach[0], traffic, c.DRIVER, agency=k),
            c.Source(c.STREET, f"street/{name}", STOP_HEIGHT / 4, reach[1], street, c.ON_FOOT, agency=k),
        ]
    for k, name in enumerate(v.OFFENCES):
        rate = max(s.arrests.rates[name] for s in phases) / PER
        highest = rate * max(_arrest_ratio(s) for s in phases)
        sources.append(c.Source(c.CRIME, f"crime/{name}", CRIME_HEIGHT, highest, rate, c.SUSPECT, offence=k))
    community = max(max(s.ice.at_large.community.values()) for s in phases) / PER
    sources.append(c.Source(c.COMMUNITY, "community", COMMUNITY_HEIGHT, community, community, c.NONCITIZEN))
    return sources


def _arrest_ratio(s: Scenario) -> float:
    ratios = (s.arrests.age_rate, s.arrests.status_ratio, s.arrests.record_ratio)
    return math.prod(max(r.values()) for r in ratios)


def _reach(phases: Sequence[Scenario], residents: Any) -> NDArray[np.uint8]:
    """Return the reach of each resident: what no phase lets their relative rates exceed."""
    reach = np.zeros((len(residents), 4), dtype=np.uint8)
    for s in phases:
        age = by_year(s.stops.age_rate)[residents.age]
        groups = np.max([in_order(v.GROUPS, a.profiling) for a in s.agencies.values()], axis=0)
        on_foot = age * groups[residents.group]
        suspect = (
            by_year(s.arrests.age_rate)[residents.age]
            * in_order(v.STATUSES, s.arrests.status_ratio)[residents.status]
            * in_order(v.RECORDS, s.arrests.record_ratio)[residents.record]
        )
        columns = {c.DRIVER: on_foot * residents.driving, c.ON_FOOT: on_foot, c.SUSPECT: suspect}
        for column, relative in columns.items():
            reach[:, column] = np.maximum(reach[:, column], c.reach_code(relative))
        reach[:, c.NONCITIZEN] = np.where(residents.status >= v.LPR, c.NO_LIMIT, 0)
    return reach
