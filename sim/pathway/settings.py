"""The numbers of a scenario in the records, units and order of the engine; capacities become flows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.ice import new_office
from sim.agents.jail import new_jails
from sim.engine import budget as b
from sim.engine.candidates import DAYS_A_YEAR
from sim.pathway.world import SETTINGS
from sim.scenario import vocabulary as v
from sim.scenario.schema import AGE_BANDS, Jail, Operation, Scenario

HOURS_A_DAY = 24.0
PER = 100_000.0


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


def arrest_rates(s: Scenario) -> NDArray[np.float64]:
    """Return arrests a year of the reference adult by offence, at the county's level of crime."""
    level = s.arrests.crime_level
    by_offence = {
        "misdemeanor": level["property"],
        "nonviolent_felony": level["property"],
        "violent_felony": level["violent"],
    }
    scale = np.array([by_offence.get(name, 1.0) for name in v.OFFENCES])
    return in_order(v.OFFENCES, s.arrests.rates) * scale / PER


def stop_rates(s: Scenario) -> dict[str, tuple[float, float]]:
    """Return the traffic and street stops a year of each agency, by name.

    An agency without officers stops nobody: the region's stops are made by those that have some, in
    proportion to their own rates.
    """
    rates = {name: (a.traffic_stops, a.street_stops) for name, a in s.agencies.items()}
    able = [name for name, a in s.agencies.items() if a.officers > 0]
    if len(able) == len(rates):
        return rates
    here = [sum(rates[name][k] for name in able) for k in range(2)]
    scale = [sum(x[k] for x in rates.values()) / here[k] if here[k] > 0 else 0.0 for k in range(2)]
    return {n: (x * scale[0], y * scale[1]) if n in able else (0.0, 0.0) for n, (x, y) in rates.items()}


def officers_sent(s: Scenario, operation: Operation) -> float:
    """Return how many officers go on an operation, in the whole county: no more than the agency has."""
    return min(operation.officers, s.agencies[operation.agency].officers)


def stops_made(s: Scenario, operation: Operation) -> float:
    """Return the stops a day per 100,000 residents of an operation: no more than its officers can make."""
    able = officers_sent(s, operation) * s.stops.most_a_day
    return min(operation.stops_a_day, able / s.population.county_residents * PER)


def jail_records(s: Scenario, count: int) -> Any:
    """Return the records of the jails, for a sample of `count` residents."""
    jails = new_jails(len(s.jails))
    share = count / s.population.county_residents
    for record, jail in zip(jails, s.jails.values(), strict=True):
        record.capacity = math.ceil(jail.capacity * share - 1e-9)
        record.cost_day = jail.cost_day
        record.model_287g = jail_model(s, jail)
        record.deputized = s.state.required_coverage if _is_obliged(s, jail) else jail.deputized
        record.ice_days_a_week = jail.ice_days_a_week
        record.hold_limit = jail.hold_limit / HOURS_A_DAY
        record.over_hold = jail.over_hold
        record.over_hold_mean = jail.over_hold_mean / HOURS_A_DAY
    return jails


def _is_obliged(s: Scenario, jail: Jail) -> bool:
    """Whether only state law gives the jail its agreement."""
    return s.state.agreements_287g == "required" and jail.model_287g == "none"


def jail_model(s: Scenario, jail: Jail) -> int:
    """Return the 287(g) model of a jail under state law: none where banned, at least one where required."""
    if s.state.agreements_287g == "banned":
        return v.NO_JAIL_MODEL
    return v.WSO if _is_obliged(s, jail) else v.JAIL_MODELS.index(jail.model_287g)


def jail_staff(s: Scenario, jail: Jail) -> float:
    """Return how many of a jail's staff have 287(g) authority, in the whole county."""
    if jail_model(s, jail) == v.NO_JAIL_MODEL:
        return 0.0
    return s.state.required_staff if _is_obliged(s, jail) else jail.deputized_staff


def office_record(s: Scenario) -> Any:
    """Return the record of the field office."""
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
        "record_flag": ice.matching.record_flag,
        "stale_file": in_order(v.STATUSES, ice.matching.stale_file),
        "error_found": ice.matching.error_found,
        "tip_scene": ice.tips.scene,
        "tip_arrival": ice.tips.arrival / HOURS_A_DAY,
        "tip_mistake": ice.tips.mistake,
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


def budget_records(s: Scenario, count: int) -> Any:
    """Return the budgets with the sample's share of each capacity; they start with their reserve."""
    ice, scale = s.ice, count / PER
    sought = ice.quota.arrests - (1 - ice.quota.displacement) * ice.quota.expected_from_jails
    rows = {
        b.REVIEW_HOURS: (ice.review.hours_a_day, ice.review.reserve, ice.review.hours_each),
        b.PICKUP_HOURS: (ice.pickup.hours_a_day, ice.pickup.reserve, ice.pickup.hours_each),
        b.TEAM_HOURS: (ice.at_large.hours_a_day, ice.at_large.reserve, ice.at_large.hours_each),
        b.BED_DAYS: (ice.detention.beds, ice.detention.reserve, 365.0),
        b.QUOTA: (max(sought, 0.0) / DAYS_A_YEAR, DAYS_A_YEAR, 1.0),
    }
    budgets = b.new_budgets()
    for k, (flow, reserve, unit) in rows.items():
        budgets[k].flow = flow * scale
        budgets[k].limit = max(reserve * flow * scale, unit)
        budgets[k].level = min(reserve * flow * scale, budgets[k].limit)
    budgets[b.QUOTA].level = 0.0
    return budgets


def settings_record(s: Scenario) -> Any:
    """Return the numbers of a scenario in the units and the order of the engine."""
    record = np.zeros(1, dtype=SETTINGS).view(np.recarray)
    values = {
        "licence_arrest": s.stops.licence_arrest,
        "stop_length": s.stops.length / HOURS_A_DAY,
        "search": in_order(v.GROUPS, s.stops.search),
        "contraband": s.stops.contraband,
        "contraband_slope": s.stops.contraband_slope,
        "contraband_arrest": s.stops.contraband_arrest,
        "suspicion": in_order(v.GROUPS, s.stops.suspicion),
        "suspicion_unlicensed": in_order(v.GROUPS, s.stops.suspicion_unlicensed),
        "warrant_false_match": s.stops.warrant_false_match,
        "stale_warrant": s.stops.stale_warrant,
        "mistake_found": s.stops.mistake_found / HOURS_A_DAY,
        "federal_check": s.stops.federal_check,
        "misapplication": s.stops.misapplication,
        "mistake_at_scene": s.stops.mistake_at_scene,
        "training_effect": s.training.effect,
        "training_half_life": s.training.half_life,
        "training_interval": s.training.interval,
        "oversight_sampling": s.oversight.sampling,
        "oversight_delay": s.oversight.delay,
        "oversight_finding": s.oversight.finding,
        "oversight_consequence": s.oversight.consequence,
        "officer_hour": s.costs.officer_hour,
        "task_hours": in_order(v.TASKS, s.costs.hours),
        "claim_over_hold": s.costs.claims.over_hold,
        "claim_wrongful": s.costs.claims.wrongful,
        "claim_median": s.costs.claims.median,
        "claim_spread": s.costs.claims.spread,
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
        "arrest_rate": arrest_rates(s),
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
