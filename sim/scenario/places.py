"""A real county as a layer of a scenario: `place: Davidson County, TN`.

The facts table gives people by group, noncitizens and undocumented residents, officers, the jail and the
state's licence law; each becomes a setting with its source, so that the scenario file need say only what
it knows better.  What the table does not know (rates, outcomes, rules) stays as in the parent.
"""

from __future__ import annotations

import math
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.document import Document, at
from sim.scenario.facts import CountyFacts, StateFacts, UnknownPlace, county, state

# Of the foreign-born 49 % are naturalised (chart on Census data, 2023), so about 0.96 for each noncitizen.
NATURALIZED_PER_NONCITIZEN = 0.96
# Noncitizens who are neither undocumented nor temporary are lawful permanent residents; DACA holders and
# other people with temporary protection are counted among the undocumented by most estimates.
TEMPORARY_SHARE_OF_UNDOCUMENTED = 0.10
MOST_UNDOCUMENTED_OF_NONCITIZENS = 0.80
OCCUPANCY = 0.827


def place_patch(place: Any, where: Mark, problems: Problems) -> Document | None:
    """Return the settings that the facts give for `place`, as a document that stands at `where`."""
    if isinstance(place, int) and not isinstance(place, bool):
        place = f"{place:05d}"
    if not isinstance(place, str):
        problems.add(where, "not a place", place, allowed="a FIPS code or `Name County, ST`")
        return None
    try:
        facts = county(place)
    except UnknownPlace as error:
        what = str(error).partition(";")[0]
        allowed = None if error.candidates else "a five-digit FIPS code or `Name County, ST`"
        problems.add(where, what, place, known=error.candidates or None, allowed=allowed)
        return None
    data = {
        "name": f"{facts.name}, {facts.state}",
        "population": _population(facts, state(facts.state)),
        "agencies": _agencies(facts),
    }
    if facts.jail_population_est:
        capacity = round(facts.jail_population_est / OCCUPANCY)
        data["jails"] = {"county_jail": {"capacity": _fact(capacity, "dhs_infrastructure_jails")}}
    return Document(where.file, data, at(where))


def _fact(value: float, source: str) -> dict[str, Any]:
    return {"value": round(value, 6), "source": source}


def _estimate(value: float, source: str, spread: float) -> dict[str, Any]:
    """Return a share with its source and the range around it, which ends at 1."""
    low, high = value * (1 - spread), min(value * (1 + spread), 1.0)
    return {"value": round(value, 6), "source": source, "range": [round(low, 6), round(high, 6)]}


def _population(facts: CountyFacts, law: StateFacts) -> dict[str, Any]:
    people = facts.population
    shares = {
        "white": facts.white_nh / people,
        "black": facts.black_nh / people,
        "hispanic": facts.hispanic / people,
        "asian": facts.asian_nh / people,
    }
    shares = {group: math.floor(share * 1e6) / 1e6 for group, share in shares.items()}
    shares["other"] = round(1 - sum(shares.values()), 6)
    noncitizen = (facts.noncitizen or 0) / people
    undocumented = min(
        (facts.undocumented_est_2023 or 0) / people, MOST_UNDOCUMENTED_OF_NONCITIZENS * noncitizen
    )
    temporary = TEMPORARY_SHARE_OF_UNDOCUMENTED * undocumented
    statuses = {
        "naturalized": _estimate(NATURALIZED_PER_NONCITIZEN * noncitizen, "own_estimate", 0.2),
        "lpr": _estimate(max(noncitizen - undocumented - temporary, 0.0), "own_estimate", 0.2),
        "temporary": _estimate(temporary, "own_estimate", 0.5),
        "undocumented": _estimate(undocumented, "own_estimate", 0.3),
    }
    allowed = law.licence_law is not None and law.licence_law != ""
    return {
        "county_residents": _fact(people, "acs_2013_2017"),
        "groups": {group: _fact(share, "acs_2013_2017") for group, share in shares.items()},
        "statuses": statuses,
        "status_groups": _status_groups(facts, shares, {k: float(x["value"]) for k, x in statuses.items()}),
        "licence_law": "regardless_of_status" if allowed else "lawful_presence",
    }


def _status_groups(
    facts: CountyFacts, shares: dict[str, float], statuses: dict[str, float]
) -> dict[str, Any]:
    """Perceived group of immigrants: the Hispanic part from the county's estimate, the rest by group size.

    No group may hold more immigrants than members; what does not fit goes to the others in proportion.
    """
    hispanic = (facts.noncitizen_hispanic_est or 0) / max(facts.noncitizen or 1, 1)
    weights = {"white": 0.25, "black": 0.20, "asian": 0.50, "other": 0.05}
    immigrants = sum(statuses.values())
    split = {"hispanic": hispanic} | {g: (1 - hispanic) * w for g, w in weights.items()}
    room = {g: shares[g] / immigrants if immigrants else 1.0 for g in shares}
    for _ in range(20):
        over = {g: split[g] - 0.95 * room[g] for g in split if split[g] > 0.95 * room[g]}
        if not over or immigrants == 0:
            break
        excess = sum(over.values())
        free = {g: split[g] + 1e-9 for g in split if g not in over and room[g] > 0}
        for g in over:
            split[g] = 0.95 * room[g]
        for g in free:
            split[g] += excess * free[g] / sum(free.values())
    # Rounded down, so that what is left for the last group is never negative.
    parts = {g: math.floor(split[g] * 1e6) / 1e6 for g in ("black", "hispanic", "asian", "other")}
    parts["white"] = round(1 - sum(parts.values()), 6)
    cited = {g: _estimate(x, "own_estimate", 0.2) for g, x in parts.items()}
    return {status: dict(cited) for status in statuses}


def _agencies(facts: CountyFacts) -> dict[str, Any]:
    officers = {"city_police": facts.officers_city, "sheriff": facts.officers_county}
    return {
        name: {"officers": _fact(count, "fbi_le_employees_2025")}
        for name, count in officers.items()
        if count is not None
    }
