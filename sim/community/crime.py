"""A crime with a victim: whether it happens, who reports it, who comes, and whether anybody is arrested.

A candidate crime has a victim and somebody who would commit it.  It does not happen where that person is in
custody or removed (incapacitation), or stays away from crime for fear of removal (deterrence); how many there
are answers to how often people of the victim's group report.  A report brings an officer, late when the one
on duty is taken by immigration work; some reported crimes end with the arrest of whoever committed them.
"""

from __future__ import annotations

import math

from sim.agents.attitudes import (
    belief_now,
    deterrence,
    fear_now,
    report_chance,
    reports,
    severity_of,
    stake_of,
    trust_now,
    witness_reports,
)
from sim.agents.officer import on_duty
from sim.agents.resident import HOME, MOVED_AWAY, is_removable
from sim.community.records import MOST_RESPONSE
from sim.community.settings import OFFENCES
from sim.engine.calendar import ARREST, CLEAR, RESPOND, SHARE
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_CERTIFIED,
    E_CRIME_AVERTED,
    E_CRIME_CLEARED,
    E_CRIME_DETERRED,
    E_CRIME_RECORDED,
    E_LATE_RESPONSE,
    E_REPORT,
    E_RESPONSE,
    E_VIOLENT_CRIME,
    E_WITNESS_REPORT,
    E_WITNESSED,
    Q_CRIME_UNREPORTED,
    Q_RESPONSE_HOURS,
    Q_VIOLENT_CLEARED,
    Q_VIOLENT_RECORDED,
    Q_VIOLENT_REPORTED,
)
from sim.engine.luck import decision, exponential, uniform, uniform_pair_at
from sim.pathway.world import (
    climate_of,
    count,
    derived_key,
    is_elsewhere,
    open_case,
    record,
    schedule,
    settle,
)
from sim.scenario import vocabulary as v

_OFFENDER = decision("crime.offender")
_PARTNER = decision("crime.partner")
_AWAY = decision("crime.incapacitation")
_DETERRED = decision("crime.deterrence")
_SEEN = decision("crime.witness")
_WHICH = decision("crime.which_witness")
_AGENCY = decision("crime.agency")
_CERTIFIED = decision("crime.certification")
_SOLVED = decision("crime.solved")
_DELAY = decision("crime.delay")
_CHARGE = decision("crime.charge")
GROWN = 16  # years
TRIES = 200  # at finding somebody who would commit the crime


# ── whether it happens ───────────────────────────────────────────────────────────────────────────────────
@inline
def accepts_crime_against(w, stream, resident_index, height):
    """Whether somebody would commit the candidate crime against this resident."""
    resident = w.residents[resident_index]
    c = w.community[0]
    kind = stream.offence
    if resident.place != HOME:
        return False
    rate = c.crime_rate[kind] * c.crime_status[resident.status] * c.crime_group[resident.group]
    rate *= c.crime_age[resident.age]
    return height < rate * w.memory[kind * len(v.GROUPS) + resident.group].ratio


@inline
def _partner(w, victim, key):
    """Return another adult of the household, or −1."""
    household = w.residents[victim].household
    first = w.household_start[household]
    after = w.household_start[household + 1]
    adults = 0
    for other in range(first, after):
        adults += 1 if other != victim and w.residents[other].age >= GROWN else 0
    if adults == 0:
        return -1
    wanted = int(uniform(w.clock[0].seed, _PARTNER, key) * adults)
    for other in range(first, after):
        if other != victim and w.residents[other].age >= GROWN:
            if wanted == 0:
                return other
            wanted -= 1
    return -1


@inline
def _stranger(w, victim, key):
    """Return anybody, in proportion to how often people like them are arrested, or −1."""
    settings = w.settings[0]
    most = w.community[0].offending_weight
    for k in range(TRIES):
        u, height = uniform_pair_at(w.clock[0].seed, _OFFENDER, key, k)
        other = int(u * len(w.residents))
        resident = w.residents[other]
        rate = settings.arrest_age[resident.age] * settings.arrest_status[resident.status]
        if height * most < rate * settings.arrest_record[resident.record] and other != victim:
            return other
    return -1


@inline
def crime_against(w, stream, resident_index, key):
    """Handle a candidate crime; return the victim's case, or −1 where nobody is there to commit it."""
    clock = w.clock[0]
    c = w.community[0]
    kind = stream.offence
    domestic = kind == v.DOMESTIC_CRIME
    offender = _partner(w, resident_index, key) if domestic else _stranger(w, resident_index, key)
    if offender < 0 or w.residents[offender].place == MOVED_AWAY:
        return -1
    slot = open_case(w, key, resident_index, v.VICTIMIZATION)
    case = w.cases[slot]
    case.reason = kind
    case.other = offender
    other = w.residents[offender]
    if other.place != HOME and uniform(clock.seed, _AWAY, key) < c.incapacitation:
        record(w, E_CRIME_AVERTED, slot, -1)
        return slot
    if c.deterrence > 0.0:
        settings = w.settings[0]
        if is_removable(other, offender, clock.seed, settings.deportable[other.record]):
            left = deterrence(other, climate_of(w, other), c, clock.now)
            if uniform(clock.seed, _DETERRED, key) >= left:
                record(w, E_CRIME_DETERRED, slot, -1)
                return slot
    record(w, E_VIOLENT_CRIME + kind, slot, -1)
    _who_reports(w, slot)
    return slot


# ── who reports ──────────────────────────────────────────────────────────────────────────────────────────
@inline
def _chance(w, person, kind, witness, severity, offender):
    """Return the chance that a person reports.

    Of domestic violence the stake of whoever committed it counts if it is larger: the family may lose them.
    """
    c = w.community[0]
    now = w.clock[0].now
    resident = w.residents[person]
    cell = climate_of(w, resident)
    stake = stake_of(resident, c)
    if kind == v.DOMESTIC_CRIME and witness == 0:
        stake = max(stake, stake_of(w.residents[offender], c))
    trust = trust_now(resident, cell, c, now)
    belief = belief_now(resident, cell, c, now)
    fear = fear_now(resident, cell, c, now)
    return report_chance(kind, witness, trust, stake, belief, fear, resident.group, severity, c)


@inline
def _who_reports(w, slot):
    """Let the victim and perhaps a witness decide whether to call the police."""
    clock = w.clock[0]
    case = w.cases[slot]
    kind = case.reason
    severity = severity_of(clock.seed, case.key)
    chance = _chance(w, case.resident, kind, 0, severity, case.other)
    _remember(w, kind, w.residents[case.resident].group, chance)
    told = reports(clock.seed, case.key, chance)
    if told:
        case.reported = 1
        case.agency = _called(w, case.key)
        record(w, E_REPORT, slot, -1)
        count(w, Q_VIOLENT_REPORTED + kind, 1.0, slot)
        schedule(w, clock.now, slot, SHARE, v.VICTIM_WITNESS_RECORDS)
    seen = uniform(clock.seed, _SEEN, case.key) < w.community[0].witness[kind]
    if seen and _witness(w, slot, kind, severity):
        told = True
    if told:
        case.agency = _called(w, case.key)
        record(w, E_CRIME_RECORDED, slot, -1)
        count(w, Q_VIOLENT_RECORDED + kind, 1.0, slot)
        schedule(w, clock.now, slot, RESPOND, 0)
    else:
        count(w, Q_CRIME_UNREPORTED, 1.0, slot)


@inline
def _called(w, key):
    """Return the agency that is called about a crime, or −1 where none answers."""
    many = len(w.agencies)
    if w.agencies[many - 1].crime_cumulative <= 0.0:
        return -1
    u = uniform(w.clock[0].seed, _AGENCY, key)
    k = 0
    while k < many - 1 and u >= w.agencies[k].crime_cumulative:
        k += 1
    return k


@inline
def _witness(w, slot, kind, severity):
    """Let somebody tied to the victim who saw the crime decide; return whether they call."""
    clock = w.clock[0]
    case = w.cases[slot]
    first = w.tie_start[case.resident]
    many = w.tie_start[case.resident + 1] - first
    if many == 0:
        return False
    person = w.tie_to[first + int(uniform(clock.seed, _WHICH, case.key) * many)]
    there = w.residents[person].place == HOME and w.residents[person].age >= GROWN
    if not there or person == case.other:
        return False
    seen = open_case(w, derived_key(clock.seed, case.key, person), person, v.VICTIMIZATION)
    w.cases[seen].cause = case.key
    w.cases[seen].reason = kind
    record(w, E_WITNESSED, seen, -1)
    chance = _chance(w, person, kind, 1, severity, case.other)
    told = witness_reports(clock.seed, case.key, chance)
    if told:
        w.cases[seen].agency = _called(w, case.key)
        record(w, E_WITNESS_REPORT, seen, -1)
        schedule(w, clock.now, seen, SHARE, v.VICTIM_WITNESS_RECORDS)
    settle(w, seen)
    return told


@inline
def _remember(w, kind, group, chance):
    """Let offenders learn how likely people of a group are to report, and set how much crime that makes."""
    c = w.community[0]
    memory = w.memory[kind * len(v.GROUPS) + group]
    now = w.clock[0].now
    left = math.exp(-c.lag_decay * (now - memory.time))
    memory.time = now
    memory.reported = memory.reported * left + chance
    memory.crimes = memory.crimes * left + 1.0
    if c.elasticity <= 0.0:
        memory.ratio = 1.0
        return
    relative = max(memory.reported / memory.crimes / c.reference[kind], 1e-6)
    ratio = math.pow(relative, -c.elasticity)
    memory.ratio = min(max(ratio, 1.0 / MOST_RESPONSE), MOST_RESPONSE)


# ── what police make of it ───────────────────────────────────────────────────────────────────────────────
@inline
def respond(w, slot):
    """Handle the call: an officer comes, late when immigration work takes the one on duty."""
    clock = w.clock[0]
    case = w.cases[slot]
    c = w.community[0]
    if case.agency < 0:
        return
    case.officer = on_duty(w.agencies[case.agency], clock.now, clock.seed, case.key)
    late = is_elsewhere(w, case.agency, case.officer, case.key)
    record(w, E_LATE_RESPONSE if late else E_RESPONSE, slot, -1)
    count(w, Q_RESPONSE_HOURS, c.response_hours, slot)
    kind = case.reason
    violent = kind != v.PROPERTY_CRIME and case.reported == 1
    if violent and uniform(clock.seed, _CERTIFIED, case.key) < c.certification:
        resident = w.residents[case.resident]
        if resident.status >= v.TEMPORARY and resident.protected == 0:
            resident.protected = 1
            record(w, E_CERTIFIED, slot, -1)
    solve = c.solve[kind] * (1.0 - c.late if late else 1.0)
    if uniform(clock.seed, _SOLVED, case.key) < solve:
        delay = exponential(uniform(clock.seed, _DELAY, case.key), c.delay)
        schedule(w, clock.now + delay, slot, CLEAR, 0)


@inline
def clear(w, slot):
    """Handle the end of an investigation: whoever committed the crime is arrested, if they are there."""
    clock = w.clock[0]
    case = w.cases[slot]
    kind = case.reason
    record(w, E_CRIME_CLEARED, slot, -1)
    count(w, Q_VIOLENT_CLEARED + kind, 1.0, slot)
    if w.residents[case.other].place != HOME:
        return
    arrested = open_case(w, derived_key(clock.seed, case.key, case.other), case.other, v.CRIME)
    made = w.cases[arrested]
    made.cause = case.key
    made.agency = case.agency
    made.officer = case.officer
    made.warrant_hit = w.residents[case.other].warrant
    u = uniform(clock.seed, _CHARGE, case.key)
    k = 0
    while k < len(OFFENCES) - 1 and u >= w.community[0].offences[kind, k]:
        k += 1
    made.offence = OFFENCES[k]
    schedule(w, clock.now, arrested, ARREST, 0)
