"""The numbers of a scenario's `community` in the records, units and order of the engine.

An effect that is switched off is a strength of zero here, so that nothing of it is left anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.community.records import ANNOUNCEMENT, CLIMATE, COMMUNITY, MEMORY, RAID, REGARD
from sim.engine.candidates import DAYS_A_YEAR, stream_code
from sim.engine.ledger import EVENTS
from sim.scenario import vocabulary as v
from sim.scenario.schema import AGE_BANDS, Scenario
from sim.scenario.tables import CompiledTable

HOURS_A_DAY = 24.0
PER = 100_000.0
OFFENCES = (v.MISDEMEANOR, v.NONVIOLENT_FELONY, v.VIOLENT_FELONY)  # what a cleared crime is charged as

# The encounter that an event is to the person.
EXPERIENCE_OF = {
    "traffic_stop": "stop",
    "street_stop": "stop",
    "saturation_stop": "stop",
    "citation": "citation",
    "search": "search",
    "arrest": "arrest",
    "mistaken_arrest": "mistaken_arrest",
    "immigration_check": "immigration_check",
    "street_hold": "street_hold",
    "response": "prompt_response",
    "late_response": "late_response",
    "contact": "contact",
}
ARRESTS_BY_ICE = ("ice_arrest_custodial", "ice_arrest_street", "ice_arrest_at_large")


def _in_order(names: Sequence[str], values: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([values[name] for name in names])


def _by_year(bands: Mapping[str, float]) -> NDArray[np.float64]:
    return np.repeat(
        [bands[band] for band in AGE_BANDS],
        [int(band.split("-")[1]) - int(band.split("-")[0]) + 1 for band in AGE_BANDS],
    )


def _odds(chances: Mapping[str, float]) -> NDArray[np.float64]:
    """Return log odds by kind of crime, cut at one in a million."""
    p = np.clip(_in_order(v.VICTIMIZATIONS, chances), 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def _decay(half_life: float) -> float:
    return math.log(2.0) / half_life


def community_record(s: Scenario, tables: Mapping[str, CompiledTable]) -> Any:
    """Return the numbers of a phase."""
    c, on = s.community, {name: float(name not in s.community.off) for name in v.EFFECTS}
    record = np.zeros(1, dtype=COMMUNITY).view(np.recarray)
    own = max(on["own_encounters"], on["vicarious"])
    levels = s.arrests.crime_level
    level = np.array([levels["violent"], levels["property"], levels["violent"]])
    values: dict[str, Any] = {
        "rest": _in_order(v.GROUPS, c.trust.rest),
        "legitimacy": c.trust.legitimacy,
        "alarm": c.trust.alarm,
        "legitimacy_decay": _decay(c.trust.legitimacy_half_life),
        "alarm_decay": _decay(c.trust.alarm_half_life),
        "belief_decay": _decay(c.belief.half_life),
        "news_decay": _decay(c.news.half_life),
        "step": c.trust.step,
        "asymmetry": c.trust.asymmetry,
        "filter": c.trust.filter,
        "quality": _in_order(v.EXPERIENCES, c.trust.quality),
        "frightens": _in_order(v.EXPERIENCES, c.trust.frightens),
        "own": on["own_encounters"],
        "vicarious": c.network.vicarious * on["vicarious"],
        "ties": _in_order(v.TIES, c.network.weights),
        "network_alarm": c.network.alarm * on["network_arrests"],
        "without_conviction": c.network.without_conviction,
        "learning": c.belief.learning * on["network_arrests"],
        "paper": c.belief.credibility * paper(s, tables) * on["paper"],
        "local": c.news.local,
        "alarming": c.news.alarming,
        "telling": c.news.telling,
        "news": on["news"],
        "practice": on["practice"],
        "findings": c.news.findings,
        "publicity": s.oversight.publicity,
        "stake": _in_order(v.STATUSES, c.stake.status),
        "stake_citizens": _in_order(v.GROUPS, c.stake.citizens),
        "crime_rate": _in_order(v.VICTIMIZATIONS, c.victimization.rates) / 1_000.0 * level,
        "crime_status": _in_order(v.STATUSES, c.victimization.status_ratio),
        "crime_group": _in_order(v.GROUPS, c.victimization.group_ratio),
        "crime_age": _by_year(c.victimization.age_rate),
        "witness": _in_order(v.VICTIMIZATIONS, c.victimization.witness),
        "victim_odds": _odds(c.reporting.victim),
        "witness_odds": _odds(c.reporting.witness),
        "report_trust": c.reporting.trust * on["trust_reporting"],
        "severity_spread": c.reporting.severity_spread,
        "chill": _in_order(v.VICTIMIZATIONS, c.reporting.chill) * on["chill"],
        "witness_chill": c.reporting.witness_chill,
        "protection": c.reporting.protection,
        "certification": c.reporting.certification,
        "stated": c.reporting.stated,
        "solve": _in_order(v.VICTIMIZATIONS, c.response.solve),
        "late": c.response.late * on["late_response"],
        "delay": c.response.delay,
        "response_hours": c.response.length,
        "offences": np.cumsum(
            [
                _in_order([v.OFFENCES[k] for k in OFFENCES], c.response.offences[kind])
                for kind in v.VICTIMIZATIONS
            ],
            axis=1,
        ),
        "elasticity": c.offending.elasticity * on["offending_response"],
        "lag_decay": 1.0 / c.offending.lag,
        "reference": _in_order(v.VICTIMIZATIONS, c.offending.reference),
        "incapacitation": c.offending.incapacitation * on["incapacitation"],
        "deterrence": c.offending.deterrence * on["deterrence"],
        "return_share": c.offending.return_share * on["return"],
        "return_time": c.offending.return_time,
        "avoids": on["avoidance"],
        "avoidance_base": _in_order(v.ACTIVITIES, c.avoidance.base),
        "avoidance_response": _in_order(v.ACTIVITIES, c.avoidance.response),
        "depth": c.avoidance.depth,
        "moving": c.avoidance.moving * on["moving"],
        "contacts": c.contacts,
        "caution": c.caution * on["caution"],
        "offending_weight": max(_by_year(s.arrests.age_rate))
        * max(s.arrests.status_ratio.values())
        * max(s.arrests.record_ratio.values()),
    }
    for name, value in values.items():
        record[name] = value
    for event, experience in EXPERIENCE_OF.items():
        number = EVENTS.index(event)
        record.experience[0, number] = v.EXPERIENCES.index(experience)
        record.felt[0, number] = int(own > 0)
    for event in ARRESTS_BY_ICE:
        record.felt[0, EVENTS.index(event)] = int(on["network_arrests"] + on["news"] + on["practice"] > 0)
    record.felt[0, EVENTS.index("finding")] = int(on["practice"] * s.oversight.publicity > 0)
    return record


# ── what is on paper ─────────────────────────────────────────────────────────────────────────────────────
def paper(s: Scenario, tables: Mapping[str, CompiledTable]) -> float:
    """Return how much of what residents may know of the written policies serves ICE (0 to 1)."""
    weights = s.community.belief.paper
    channels = [name for name in v.POLICIES if name in v.CHANNELS]
    found = {name: _shared(s, tables["sharing.channel"], v.CHANNELS.index(name)) for name in channels}
    found["detainers"] = _held(s, tables["detainer.response"])
    officers = sum(a.officers for a in s.agencies.values())
    asking = sum(a.officers for a in s.agencies.values() if a.status_inquiry)
    found["status_inquiry"] = asking / officers if officers > 0 else 0.0
    banned, required = (s.state.agreements_287g == word for word in ("banned", "required"))
    agreed = [a.model_287g for a in s.agencies.values()] + [j.model_287g for j in s.jails.values()]
    found["agreement_287g"] = float(not banned and (required or any(m != "none" for m in agreed)))
    return sum(weights[name] * found[name] for name in v.POLICIES)


def _shared(s: Scenario, table: CompiledTable, channel: int) -> float:
    """Return the share of cases in which the written rule lets data through a channel, all cases alike."""
    cells = table.cells(
        channel=channel,
        offence=range(len(v.OFFENCES)),
        charged=range(2),
        record=range(len(v.RECORDS)),
        agency=range(len(s.agencies)),
        jail=range(len(s.jails)),
    )
    return float(np.mean(1.0 - table.paper[cells, v.WITHHELD]))


def _held(s: Scenario, table: CompiledTable) -> float:
    """Return the share of detainers with ICE's own warrant that the written rule honours by a hold."""
    detainer = v.ATTRIBUTES["request"].values.index("detainer")
    administrative = v.WARRANTS.index("administrative")
    cells = table.cells(
        offence=range(len(v.OFFENCES)),
        charged=range(2),
        record=range(len(v.RECORDS)),
        jail=range(len(s.jails)),
        request=detainer,
        warrant=administrative,
    )
    return float(np.mean(1.0 - table.paper[cells, v.NOTIFY]))


# ── what is publicly known and remembered when a run begins ──────────────────────────────────────────────
def new_climate(s: Scenario, c: Any, residents: Any, neighbourhoods: int) -> tuple[Any, Any]:
    """Return public knowledge, and legitimacy by neighbourhood, after the years before the run."""
    places = neighbourhoods + 1
    climate = np.zeros(len(v.GROUPS) * places, dtype=CLIMATE).view(np.recarray)
    cell = residents.group.astype(np.int64) * places + residents.neighbourhood
    size = np.bincount(cell, minlength=len(climate)).reshape(len(v.GROUPS), places).astype(np.float64)
    size[:, -1] = size.sum(axis=1)
    climate.people = size.ravel()
    before = _in_order(v.GROUPS, s.community.news.before) / (1_000.0 * DAYS_A_YEAR * float(c.news_decay[0]))
    climate.arrests = (size * before[:, None]).ravel()
    climate.transfers = climate.arrests * s.community.news.before_local
    regard = np.zeros(neighbourhoods, dtype=REGARD).view(np.recarray)
    regard.people = np.bincount(residents.neighbourhood, minlength=neighbourhoods)
    return climate, regard


def new_memory(c: Any, residents: Any) -> Any:
    """Return what offenders remember: reports as often as at the reference, by crime and group of victims."""
    memory = np.zeros(len(v.VICTIMIZATIONS) * len(v.GROUPS), dtype=MEMORY).view(np.recarray)
    people = np.bincount(residents.group, minlength=len(v.GROUPS))
    for kind in range(len(v.VICTIMIZATIONS)):
        for group in range(len(v.GROUPS)):
            row = memory[kind * len(v.GROUPS) + group]
            a_day = people[group] * float(c.crime_rate[0, kind]) / DAYS_A_YEAR
            row.crimes = max(a_day / float(c.lag_decay[0]), 1.0)
            row.reported = row.crimes * float(c.reference[0, kind])
            row.ratio = 1.0
    return memory


# ── dated events ─────────────────────────────────────────────────────────────────────────────────────────
def _code(name: str) -> np.uint64:
    return np.uint64(stream_code(name))


def announcement_records(s: Scenario) -> Any:
    """Return the announcements of a phase."""
    records = np.zeros(len(s.announcements), dtype=ANNOUNCEMENT).view(np.recarray)
    for record, (name, a) in zip(records, s.announcements.items(), strict=True):
        record.code, record.day = _code(name), a.day
        record.legitimacy, record.alarm, record.belief = a.legitimacy, a.alarm, a.belief
        record.reach[:] = _in_order(v.GROUPS, a.reach)
    return records


def raid_records(s: Scenario, names: Sequence[str], residents: Any, ranks: NDArray[np.int64]) -> Any:
    """Return the raids of a phase in the order of `names`; one that it does not have arrests nobody."""
    records = np.zeros(len(names), dtype=RAID).view(np.recarray)
    for record, name in zip(records, names, strict=True):
        record.code = _code(name)
        if name not in s.raids:
            continue
        raid = s.raids[name]
        record.begins, record.ends, record.publicity = raid.begins, raid.begins + raid.days, raid.publicity
        record.covered = math.ceil(raid.neighbourhoods * s.population.neighbourhoods - 1e-9)
        reached = (residents.status == v.UNDOCUMENTED) & (ranks[residents.neighbourhood] < record.covered)
        people = np.count_nonzero(reached & (residents.age >= 16))
        arrests = raid.arrests * len(residents) / PER
        # So many are found among those who are at home that the expected number is met.
        share = min(arrests / people, 0.98) if people else 0.0
        record.rate = -math.log1p(-share) * DAYS_A_YEAR / raid.days
    return records


def raids_of_phase(s: Scenario, standing: Any, residents: Any, ranks: NDArray[np.int64]) -> Any:
    """Return the raids of a phase in the order in which the world has them."""
    known = {_code(name): name for name in s.raids}
    names = [known.get(code, "") for code in standing.code]
    records = raid_records(s, names, residents, ranks)
    records.code = standing.code
    return records
