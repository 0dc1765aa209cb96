"""Streams of candidates: the highest rates that any phase has, and whom each stream can reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine import candidates as c
from sim.pathway.force import OFFICER_RANGE
from sim.pathway.settings import PER, arrest_rates, by_year, in_order, officers_sent, stop_rates, stops_made
from sim.pathway.world import OPERATION, World
from sim.scenario import vocabulary as v
from sim.scenario.schema import Scenario

# Height of the lowest layer of candidates, per year, by sort.
STOP_HEIGHT = 1 / 16
CRIME_HEIGHT = 1 / 256
COMMUNITY_HEIGHT = 1 / 64


def sources(
    phases: Sequence[Scenario],
    residents: Any,
    agencies: Any,
    operations: Sequence[str],
    ranks: NDArray[np.int64],
) -> list[c.Source]:
    """Return every source of candidates, with scales and bounds that hold in every phase."""
    driving = float(residents.driving.max()) if len(residents) else 0.0
    sources = []
    rates = [stop_rates(s) for s in phases]
    for k, name in enumerate(phases[0].agencies):
        settings = [s.agencies[name] for s in phases]
        alike = len({a.profiling_spread for a in settings}) == 1
        bias = float(agencies[k].most_profiling) if alike else OFFICER_RANGE
        most = max(
            max(a.profiling.values()) * max(s.stops.age_rate.values())
            for a, s in zip(settings, phases, strict=True)
        )
        traffic, street = (max(x[name][kind] for x in rates) * bias for kind in range(2))
        reach = (traffic * most * driving, street * most)
        sources += [
            c.Source(c.TRAFFIC, f"traffic/{name}", STOP_HEIGHT, reach[0], traffic, c.DRIVER, agency=k),
            c.Source(c.STREET, f"street/{name}", STOP_HEIGHT / 4, reach[1], street, c.ON_FOOT, agency=k),
        ]
    for k, name in enumerate(v.OFFENCES):
        rate = max(float(arrest_rates(s)[k]) for s in phases)
        highest = rate * max(_arrest_ratio(s) for s in phases)
        sources.append(c.Source(c.CRIME, f"crime/{name}", CRIME_HEIGHT, highest, rate, c.SUSPECT, offence=k))
    community = max(max(s.ice.at_large.community.values()) for s in phases) / PER
    sources.append(c.Source(c.COMMUNITY, "community", COMMUNITY_HEIGHT, community, community, c.NONCITIZEN))
    every = [operation_records(s, operations, residents, ranks) for s in phases]
    for k, name in enumerate(operations):
        records = [e[k] for e in every if e[k].rate > 0.0]
        if not records:
            continue
        scale = max(float(r.rate * max(1.0, r.unlicensed)) for r in records)
        sources.append(
            c.Source(
                c.SATURATION,
                f"operation/{name}",
                STOP_HEIGHT,
                max(float(r.most) for r in records) * (1.0 + 1e-9),
                scale,
                c.DRIVER,
                operation=k,
                begins=min(float(r.begins) for r in records),
                ends=max(float(r.ends) for r in records),
            )
        )
    return sources


def _code(name: str) -> np.uint64:
    return np.uint64(c.stream_code(name))


def ranks_of(residents: Any, neighbourhoods: int) -> NDArray[np.int64]:
    """Return the rank of each neighbourhood by its share of noncitizens, the highest first."""
    size = np.bincount(residents.neighbourhood, minlength=neighbourhoods)
    noncitizens = np.bincount(
        residents.neighbourhood, weights=residents.status >= v.LPR, minlength=neighbourhoods
    )
    order = np.argsort(-noncitizens / np.maximum(size, 1), kind="stable")
    ranks = np.empty(neighbourhoods, dtype=np.int64)
    ranks[order] = np.arange(neighbourhoods)
    return ranks


def operation_records(s: Scenario, names: Sequence[str], residents: Any, ranks: NDArray[np.int64]) -> Any:
    """Return the operations of a phase in the order of `names`; one that it does not have makes no stops."""
    records = np.zeros(len(names), dtype=OPERATION).view(np.recarray)
    agencies = list(s.agencies)
    for record, name in zip(records, names, strict=True):
        record.code = _code(name)
        if name not in s.operations:
            continue
        o = s.operations[name]
        record.agency = agencies.index(o.agency)
        record.begins, record.ends = o.begins, o.begins + o.days
        record.unlicensed, record.partner = o.unlicensed, int(o.partner)
        record.share = officers_sent(s, o) / max(s.agencies[o.agency].officers, 1e-9)
        record.covered = math.ceil(o.neighbourhoods * s.population.neighbourhoods - 1e-9)
        record.reasons[:] = np.cumsum(in_order(v.REASONS, o.reasons))
        record.profiling[:] = in_order(v.GROUPS, o.profiling)
        # Its stops are spread over the drivers of the places covered, by who they are.
        weight = residents.driving * by_year(s.stops.age_rate)[residents.age]
        weight = (
            weight * record.profiling[residents.group] * np.where(residents.licensed == 0, o.unlicensed, 1)
        )
        weight = weight[ranks[residents.neighbourhood] < record.covered]
        total = float(weight.sum())
        stops = stops_made(s, o) * c.DAYS_A_YEAR * len(residents) / PER
        record.rate = stops / total if total > 0.0 else 0.0
        record.most = record.rate * float(weight.max(initial=0.0))
    return records


def operations_of_phase(s: Scenario, world: World) -> Any:
    """Return the operations of a phase in the order in which the world has them."""
    known = {_code(name): name for name in s.operations}
    names = [known.get(code, "") for code in world.operations.code]
    records = operation_records(s, names, world.residents, world.ranks)
    records.code = world.operations.code
    return records


def _arrest_ratio(s: Scenario) -> float:
    ratios = (s.arrests.age_rate, s.arrests.status_ratio, s.arrests.record_ratio)
    return math.prod(max(r.values()) for r in ratios)


def reach_of(phases: Sequence[Scenario], residents: Any) -> NDArray[np.uint8]:
    """Return the reach of each resident: what no phase lets their relative rates exceed."""
    reach = np.zeros((len(residents), c.REACHES), dtype=np.uint8)
    for s in phases:
        age = by_year(s.stops.age_rate)[residents.age]
        groups = np.max([in_order(v.GROUPS, a.profiling) for a in s.agencies.values()], axis=0)
        sent = [in_order(v.GROUPS, o.profiling) for o in s.operations.values()]
        on_foot = age * np.max([groups, *sent], axis=0)[residents.group]
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
