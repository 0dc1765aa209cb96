"""An arrest: for what, whether it is charged, and whether it ends with a citation or in the jail."""

from __future__ import annotations

from sim.agents.attitudes import deterrence
from sim.agents.officer import disposition, on_duty
from sim.agents.resident import HOME, arrest_rate, is_removable
from sim.engine.calendar import ARREST, BOOKING
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_ARREST,
    E_CITE_AND_RELEASE,
    E_MISTAKEN_ARREST,
    Q_POLICE_CLAIMS,
    Q_STOP_ARRESTS,
    Q_TASK_FORCE_ARRESTS,
)
from sim.engine.luck import decision, uniform
from sim.pathway.world import claim, climate_of, count, open_case, record, schedule
from sim.scenario import vocabulary as v

_AGENCY = decision("arrest.agency")
_LICENCE = decision("arrest.licence")
_OFFENCE = decision("arrest.offence")
_CHARGE = decision("arrest.charge")
BOOK = 1


@inline
def accepts_crime(w, stream, resident_index, height):
    """Whether a candidate arrest for an offence, without a stop, happens in this world."""
    resident = w.residents[resident_index]
    if resident.place != HOME or w.agencies[len(w.agencies) - 1].crime_cumulative <= 0.0:
        return False
    settings = w.settings[0]
    base = settings.arrest_rate[stream.offence]
    rate = arrest_rate(resident, base, settings.arrest_age, settings.arrest_status, settings.arrest_record)
    if height >= rate:
        return False
    c = w.community[0]
    if c.deterrence <= 0.0:
        return True
    seed = w.clock[0].seed
    if not is_removable(resident, resident_index, seed, settings.deportable[resident.record]):
        return True
    return height < rate * deterrence(resident, climate_of(w, resident), c, w.clock[0].now)


@inline
def crime(w, stream, resident_index, key):
    """Handle an accepted arrest that does not begin with a stop."""
    clock = w.clock[0]
    slot = open_case(w, key, resident_index, v.CRIME)
    case = w.cases[slot]
    case.offence = stream.offence
    u = uniform(clock.seed, _AGENCY, key)
    k = 0
    while k < len(w.agencies) - 1 and u >= w.agencies[k].crime_cumulative:
        k += 1
    case.agency = k
    if w.agencies[k].officer_count > 0:
        case.officer = on_duty(w.agencies[k], clock.now, clock.seed, key)
    case.warrant_hit = w.residents[resident_index].warrant
    schedule(w, clock.now, slot, ARREST, 0)
    return slot


@inline
def _stop_offence(w, case, resident):
    """Return the offence of an arrest at a stop."""
    if case.warrant_hit == 1:
        return v.WARRANT
    seed = w.clock[0].seed
    driving = case.origin == v.TRAFFIC_STOP or case.origin == v.SATURATION_STOP
    unlicensed = driving and resident.licensed == 0 and resident.driving > 0.0
    if unlicensed and uniform(seed, _LICENCE, case.key) < w.settings[0].licence_arrest:
        return v.NO_LICENCE
    u = uniform(seed, _OFFENCE, case.key)
    k = 0
    while k < len(v.OFFENCES) - 1 and u >= w.settings[0].stop_offence[k]:
        k += 1
    return k


@inline
def arrest(w, slot):
    """Handle an arrest."""
    case = w.cases[slot]
    resident = w.residents[case.resident]
    seed = w.clock[0].seed
    if case.offence < 0:
        case.offence = _stop_offence(w, case, resident)
    case.charged = 1 if uniform(seed, _CHARGE, case.key) >= w.settings[0].no_charge[case.offence] else 0
    record(w, E_ARREST, slot, -1)
    if case.origin != v.CRIME:
        count(w, Q_STOP_ARRESTS, 1.0, slot)
    if case.officer >= 0 and w.officers[case.officer].task_force == 1:
        count(w, Q_TASK_FORCE_ARRESTS, 1.0, slot)
    if case.mistaken == 1:
        record(w, E_MISTAKEN_ARREST, slot, -1)
        claim(w, slot, w.settings[0].claim_wrongful, Q_POLICE_CLAIMS)
    if disposition(w.rules, resident, case, seed) == BOOK:
        case.jail = w.agencies[case.agency].jail
        schedule(w, w.clock[0].now, slot, BOOKING, 0)
        return
    record(w, E_CITE_AND_RELEASE, slot, -1)
