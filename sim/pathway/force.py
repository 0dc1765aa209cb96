"""Agencies and their officers as records: the sample's part of each agency, and how its officers differ."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.officer import new_officers
from sim.engine.luck import normals, uniforms
from sim.pathway.settings import in_order, stop_rates
from sim.pathway.world import AGENCY
from sim.scenario import vocabulary as v
from sim.scenario.schema import Agency, Scenario
from sim.scenario.schema_police import Tips

# Officers' own multipliers lie within this factor of the mean.
OFFICER_RANGE = 4.0


def force_records(s: Scenario, count: int, seed: np.uint64) -> tuple[Any, Any]:
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
    agencies = agency_records(s, agencies)
    set_shares(s, officers, agencies, seed, 0.0)
    return officers, agencies


def agency_records(s: Scenario, standing: Any) -> Any:
    """Return agency records under these settings; who their officers are stays as it stands."""
    agencies = standing.copy().view(np.recarray)
    jails = list(s.jails)
    # An agency without officers arrests nobody; where none has a share, nobody is arrested without a stop.
    weights = np.array([a.crime_share if a.officers > 0 else 0.0 for a in s.agencies.values()])
    shares = weights / max(weights.sum(), 1e-300)
    stops = stop_rates(s).values()
    for record, setting, rates, cumulative in zip(
        agencies, s.agencies.values(), stops, np.cumsum(shares), strict=True
    ):
        record.traffic_stops, record.street_stops = rates
        record.crime_cumulative = cumulative
        record.jail = jails.index(setting.jail)
        banned = s.state.agreements_287g == "banned"
        record.model_287g = v.NO_287G if banned else v.MODELS_287G.index(setting.model_287g)
        record.status_inquiry = int(setting.status_inquiry)
        record.profiling[:] = in_order(v.GROUPS, setting.profiling)
    return agencies


def set_shares(s: Scenario, officers: Any, agencies: Any, seed: np.uint64, now: float) -> None:
    """Give officers what agencies settle by shares; keyed by officer, so that a share only adds officers."""
    size = len(officers)
    before = officers.trained.copy()
    luck = {name: uniforms(seed, f"officer.{name}", size) for name in ("tipper", "pretext")}
    eager = normals(seed, "officer.tipping", size)
    draws = {name: uniforms(seed, f"officer.{name}", size) for name in ("deputized", "task_force", "trained")}
    lenient = uniforms(seed, "officer.lenient", size)
    bias = normals(seed, "officer.profiling", size)
    for agency, setting in zip(agencies, s.agencies.values(), strict=True):
        own = slice(int(agency.first_officer), int(agency.first_officer + agency.officer_count))
        for name, draw in draws.items():
            officers[name][own] = draw[own] < getattr(setting, name)
        if agency.model_287g != v.TFM:
            officers.deputized[own] = 0  # authority comes with an agreement
        officers.leniency[own] = _leniency(setting, lenient[own])
        tips = setting.tips
        officers.tipping[own] = np.where(
            luck["tipper"][own] < tips.officers, _tendency(tips, eager[own]), 0.0
        )
        # The culture of an agency is one draw: that of its first officer.
        moved = luck["pretext"][own][:1].min(initial=1.0) < setting.pretext.chance
        agency.pretext[:] = in_order(v.GROUPS, setting.pretext.log_odds) * moved
        z = np.clip(bias[own], -2.5, 2.5)
        spread = setting.profiling_spread
        mean = _truncated_mean(spread, 2.5)
        officers.profiling[own] = np.clip(np.exp(spread * z) / mean, 1 / OFFICER_RANGE, OFFICER_RANGE)
        agency.most_profiling = max(1.0, officers.profiling[own].max(initial=0.0))
    officers.trained_at[(officers.trained == 1) & (before == 0)] = now


def _tendency(tips: Tips, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each tipping officer's chance to tip: log-normal around the mean, cut at certainty."""
    spread = tips.spread
    return np.minimum(tips.chance * np.exp(spread * z - 0.5 * spread * spread), 1.0)


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
