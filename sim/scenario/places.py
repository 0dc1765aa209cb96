"""A real county as a layer of a scenario: `place: Davidson County, TN`.

The facts table gives people by group, noncitizens and undocumented residents, officers, the jail, the level
of crime, 287(g) agreements, and the state's law on licences and on cooperation with ICE (from the day on
which it took effect); each becomes a setting with its source, so that the scenario file need say only what it
knows better.  What the table does not know (rates, outcomes, local rules) stays as in the parent; where that
is an amount for the whole county (officers, beds) it is scaled by residents, and its passport says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sim.errors import Mark, Problems, listing
from sim.scenario.document import Document, at
from sim.scenario.facts import CountyFacts, UnknownPlace, county, state, state_laws
from sim.scenario.quantities import is_number, is_passport
from sim.scenario.state_law import NO_LAW, Law, cooperation, day_of

# Of the foreign-born 49 % are naturalised (chart on Census data, 2023), so about 0.96 for each noncitizen.
NATURALIZED_PER_NONCITIZEN = 0.96
# Noncitizens who are neither undocumented nor temporary are lawful permanent residents; DACA holders and
# other people with temporary protection are counted among the undocumented by most estimates.
TEMPORARY_SHARE_OF_UNDOCUMENTED = 0.10
MOST_UNDOCUMENTED_OF_NONCITIZENS = 0.80
OCCUPANCY = 0.827
# People held in local jails per 100,000 residents: the sum over the counties of the facts table.  A county
# far below has its people held in another one (Manhattan's are in the Bronx), and is given beds by residents.
HELD_NATION = 230.43
LEAST_HELD = 0.25
# Index offences known to police per 100,000 residents, 2012: the sum over the counties of the facts table.  A
# county far below has agencies that did not report, and keeps the nation's level.
VIOLENT_NATION = 373.55
PROPERTY_NATION = 2748.65
LEAST_REPORTED = 0.1
# 8,501 officers trained under 958 task force agreements in September 2025.
OFFICERS_PER_AGREEMENT = 8.9


@dataclass(frozen=True, slots=True)
class Place:
    """What a real county gives a scenario: its facts as a layer, and the laws of its state."""

    facts: Document
    laws: tuple[Law, ...] = ()

    def scaled(self, parent: Document) -> Document:
        """Return the parent's amounts for the whole county, scaled to the residents of this one.

        Officers of every agency and beds of every jail: the facts of the place come after them.
        """
        ratio = _ratio(parent, self.facts)
        data: dict[str, Any] = {}
        if ratio is None:
            return Document(self.facts.file, data, self.facts.places)
        for section, name in AMOUNTS:
            for key, inner in (parent.get((section,)) or {}).items():
                amount = inner.get(name) if isinstance(inner, dict) else None
                if isinstance(amount, dict) and is_passport(amount) and is_number(amount["value"]):
                    data.setdefault(section, {})[key] = {name: _by_residents(amount, ratio)}
        return Document(self.facts.file, data, self.facts.places)


KEYS = ("county", "state_law", "agreements")


AMOUNTS = (("agencies", "officers"), ("jails", "capacity"))


def _ratio(parent: Document, facts: Document) -> float | None:
    """Return residents of a place per resident of the parent's county; None where the parent has none."""
    path = ("population", "county_residents")
    before, here = parent.get(path), facts.get(path)
    if isinstance(before, dict):
        before = before.get("value")
    return float(here["value"]) / before if is_number(before) and before > 0 else None


def _by_residents(amount: dict[str, Any], ratio: float) -> dict[str, Any]:
    """Return an amount with its passport, scaled; without a range, half to twice as much is plausible."""
    value = amount["value"]
    low, high = amount.get("range") or (value / 2, value * 2)
    note = f"{amount['source']}, scaled by residents: the facts of the place do not give it"
    ends = [round(low * ratio, 2), round(high * ratio, 2)]
    return {"value": round(value * ratio, 2), "source": "own_estimate", "range": ends, "note": note}


def read_place(part: Document, problems: Problems) -> Place | None:
    """Return the place that a scenario names, or note why there is none.

    `part` holds a FIPS code, `Name County, ST`, or `{county: …, state_law: false, agreements: false}`, which
    leaves out the laws of the state or the 287(g) agreements of the county.
    """
    asked = {"county": part.data}
    where = part.mark()
    if isinstance(part.data, dict):
        asked = part.data
        where = part.mark(("county",)) if "county" in asked else where
        for key in asked:
            if key not in KEYS:
                problems.add(part.key_mark((key,)), f"unknown part of a place {key!r}", key, known=KEYS)
        for key in KEYS[1:]:
            if not isinstance(asked.get(key, True), bool):
                problems.add(
                    part.mark((key,)), f"place: {key} is true or false", asked[key], allowed="true, false"
                )
    facts = _county(asked.get("county"), where, problems)
    if facts is None:
        return None
    law = state(facts.state)
    spot = at(where)
    data = _patch(facts, agreements=asked.get("agreements", True) is not False)
    laws: list[Law] = []
    if asked.get("state_law", True) is not False:
        licence = {"population": {"licence_law": "regardless_of_status"}}
        if law.licence_law:
            laws.append(Law(Document(where.file, licence, spot), day_of(law.licence_effective), lasting=True))
        laws.append(Law(Document(where.file, NO_LAW, spot), None))
        for step in state_laws()[facts.state]:
            layer = Document(where.file, cooperation(step), spot)
            laws.append(Law(layer, day_of(step.since), name=f"{step.state}: {step.law}"))
    return Place(Document(where.file, data, spot), tuple(laws))


def _county(name: Any, where: Mark, problems: Problems) -> CountyFacts | None:
    if isinstance(name, int) and not isinstance(name, bool):
        name = f"{name:05d}"
    if not isinstance(name, str):
        problems.add(where, "not a place", name, allowed="a FIPS code or `Name County, ST`")
        return None
    try:
        return county(name)
    except UnknownPlace as error:
        note_unknown(error, where, problems)
        return None


def note_unknown(error: UnknownPlace, where: Mark, problems: Problems, option: str = "") -> None:
    """Note that there is no such place, with the nearest one, or with all that have the name."""
    what = f"{option}{str(error).partition(';')[0]}"
    name, found = error.place.strip(), error.candidates
    if not found:
        problems.add(where, what, name, allowed="a five-digit FIPS code or `Name County, ST`")
    elif not error.alike:
        problems.add(where, what, name, known=found)
    elif len(error.states) == 1:
        problems.add(where, what, name, allowed=listing(found))
    else:
        there = listing(error.states, len(error.states))
        problems.add(where, what, name, allowed=f"the county with its state: of that name, one in {there}")


def _patch(facts: CountyFacts, *, agreements: bool) -> dict[str, Any]:
    """Return the settings that the facts of a county give."""
    data: dict[str, Any] = {
        "name": f"{facts.name}, {facts.state}",
        "population": _population(facts),
        "agencies": _agencies(facts, agreements=agreements),
    }
    jail: dict[str, Any] = {}
    held = facts.jail_population_est
    if held and held / facts.population * 100_000 >= LEAST_HELD * HELD_NATION:
        capacity = round(held / OCCUPANCY)
        jail["capacity"] = _fact(capacity, "dhs_infrastructure_jails")
    if agreements and (facts.agreements_jem or facts.agreements_wso):
        jail["model_287g"] = "jem" if facts.agreements_jem else "wso"
        jail["deputized"] = {"value": 0.5, "source": "assumed", "range": [0.1, 1.0]}
        jail["deputized_staff"] = {"value": 5, "source": "assumed", "range": [1, 20]}
    if jail:
        data["jails"] = {"county_jail": jail}
    level = {
        kind: _fact(offences / facts.population * 100_000 / nation, "fbi_ucr_2012")
        for kind, offences, nation in (
            ("violent", facts.crime_violent_2012, VIOLENT_NATION),
            ("property", facts.crime_property_2012, PROPERTY_NATION),
        )
        if offences and offences / facts.population * 100_000 >= LEAST_REPORTED * nation
    }
    if level:
        data["arrests"] = {"crime_level": level}
    return data


def _fact(value: float, source: str) -> dict[str, Any]:
    return {"value": round(value, 6), "source": source}


def _estimate(value: float, source: str, spread: float) -> dict[str, Any]:
    """Return a share with its source and the range around it, which ends at 1."""
    low, high = value * (1 - spread), min(value * (1 + spread), 1.0)
    return {"value": round(value, 6), "source": source, "range": [round(low, 6), round(high, 6)]}


def _population(facts: CountyFacts) -> dict[str, Any]:
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
    return {
        "county_residents": _fact(people, "acs_2013_2017"),
        "groups": {group: _fact(share, "acs_2013_2017") for group, share in shares.items()},
        "statuses": statuses,
        "status_groups": _status_groups(facts, shares, {k: float(x["value"]) for k, x in statuses.items()}),
        "licence_law": "lawful_presence",
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


def _agencies(facts: CountyFacts, *, agreements: bool) -> dict[str, Any]:
    """Return officers, and who holds a task force agreement: the sheriff first, then the city police.

    ICE's list counts agreements by county; which agency holds one is an assumption.
    """
    officers = {"city_police": facts.officers_city, "sheriff": facts.officers_county}
    found: dict[str, Any] = {
        name: {"officers": _fact(count, "fbi_le_employees_2025")}
        for name, count in officers.items()
        if count is not None
    }
    holders = [name for name in ("sheriff", "city_police") if officers[name]]
    for name in holders[: facts.agreements_tfm] if agreements else ():
        share = min(OFFICERS_PER_AGREEMENT / (officers[name] or 1), 1.0)
        found[name]["model_287g"] = "tfm"
        found[name]["deputized"] = _estimate(share, "dhs_reimbursement_2025", 0.8)
    return found
