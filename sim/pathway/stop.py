"""A stop: who is met by whom, what is asked of the databases, how it ends, and what is done about status."""

from __future__ import annotations

from sim.agents.officer import on_duty, own_bias, queries, stop_outcome, stop_rate, street_check
from sim.agents.resident import HOME, STREET_HOLD, discloses, is_removable
from sim.engine.budget import QUOTA, charge
from sim.engine.calendar import ARREST, DETAIN, SHARE, STREET_END
from sim.engine.candidates import STREET
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_CITATION,
    E_STREET,
    E_STREET_HOLD,
    E_STREET_HOLD_RELEASED,
    E_STREET_STOP,
    E_TRAFFIC_STOP,
    E_WARNING,
)
from sim.engine.luck import decision, exponential, uniform
from sim.engine.rulebook import answer, part
from sim.pathway.world import open_case, record, record_ice_arrest, schedule
from sim.scenario import vocabulary as v

_REASON = decision("stop.reason")
_FALSE_HIT = decision("stop.immigration_false_match")
_SCENE = decision("stop.scene_wait")


@inline
def accepts_stop(w, stream, resident_index, height, key):
    """Whether a candidate stop happens in this world."""
    resident = w.residents[resident_index]
    agency = w.agencies[stream.agency]
    street = stream.kind == STREET
    base = agency.street_stops if street else agency.traffic_stops
    exposure = 1.0 if street else resident.driving
    if exposure <= 0.0 or resident.place != HOME or agency.officer_count == 0:
        return False
    # Most candidates are refused whoever is on duty: ask for the officer only where it can matter.
    mean = stop_rate(resident, base, exposure, w.settings[0].stop_age, agency.profiling)
    if height >= mean * agency.most_profiling:
        return False
    officer = w.officers[on_duty(agency, w.clock[0].now, w.clock[0].seed, key)]
    return height < mean * own_bias(officer, resident)


@inline
def _reason(w, key):
    u = uniform(w.clock[0].seed, _REASON, key)
    k = 0
    while k < 2 and u >= w.settings[0].reasons[k]:
        k += 1
    return k


@inline
def _immigration_hit(w, slot, removable):
    """What an immigration query shows the officer: a final order on file, or a false match."""
    case = w.cases[slot]
    resident = w.residents[case.resident]
    if resident.order == 1:
        return 1
    if removable:
        return 0
    return 1 if uniform(w.clock[0].seed, _FALSE_HIT, case.key) < w.settings[0].immigration_false_match else 0


@inline
def _query_passes(w, slot):
    """Whether the agency's query of federal immigration files is let through."""
    case = w.cases[slot]
    t = v.T_SHARING
    cell = (
        part(w.rules, t, 0, v.WARRANT_QUERY)
        + part(w.rules, t, 1, v.MISDEMEANOR)
        + part(w.rules, t, 2, 0)
        + part(w.rules, t, 3, w.residents[case.resident].record)
        + part(w.rules, t, 4, case.agency)
        + part(w.rules, t, 5, w.agencies[case.agency].jail)
    )
    return answer(w.rules, t, cell, w.clock[0].seed, case.key, v.WARRANT_QUERY) == v.SHARED


@inline
def stop(w, stream, resident_index, key):
    """Handle an accepted stop and return its case."""
    clock = w.clock[0]
    seed = clock.seed
    agency = w.agencies[stream.agency]
    resident = w.residents[resident_index]
    street = stream.kind == STREET
    slot = open_case(w, key, resident_index, v.STREET_STOP if street else v.TRAFFIC_STOP)
    case = w.cases[slot]
    case.agency = stream.agency
    case.officer = on_duty(agency, clock.now, seed, key)
    officer = w.officers[case.officer]
    case.reason = v.SUSPICION if street else _reason(w, key)
    record(w, E_STREET_STOP if street else E_TRAFFIC_STOP, slot, -1)
    asked = queries(w.rules, officer, agency, resident, case, seed)
    if asked & v.QUERY_WARRANTS and resident.warrant == 1:
        case.warrant_hit = 1
    screening = 1 if w.jails[agency.jail].ice_days_a_week > 0.0 else 0
    outcome = stop_outcome(w.rules, officer, resident, case, screening, seed)
    if outcome == v.STOP_WARNING:
        record(w, E_WARNING, slot, -1)
    elif outcome == v.STOP_CITATION:
        record(w, E_CITATION, slot, -1)
    removable = is_removable(resident, resident_index, seed, w.settings[0].deportable[resident.record])
    hit = 0
    if asked & v.QUERY_IMMIGRATION and _query_passes(w, slot):
        hit = _immigration_hit(w, slot, removable)
    check = street_check(w.rules, officer, agency, resident, case, hit, outcome, seed)
    if check == v.CHECK_ARREST or check == v.CHECK_HOLD:
        _take_on_the_street(w, slot, check, removable)
        return slot
    asks = check == v.CHECK_ASK and removable and discloses(seed, key, w.settings[0].disclosure)
    if outcome == v.STOP_ARREST:
        schedule(w, clock.now, slot, ARREST, 0)
    if check == v.CHECK_TIP or asks:
        schedule(w, clock.now, slot, SHARE, v.INFORMAL_MESSAGE)
    return slot


@inline
def _take_on_the_street(w, slot, check, removable):
    """Arrest under 287(g) authority, or hold at the scene until ICE comes or the limit is reached."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    case.hit = v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    case.channel = v.WARRANT_QUERY
    case.wrongful = 0 if removable else 1
    resident.place = STREET_HOLD
    if check == v.CHECK_ARREST:
        _into_custody(w, slot)
        return
    record(w, E_STREET_HOLD, slot, case.channel)
    wait = exponential(uniform(clock.seed, _SCENE, case.key), w.settings[0].scene_wait)
    limit = w.settings[0].scene_limit
    if wait <= limit:
        schedule(w, clock.now + wait, slot, STREET_END, 1)
    else:
        schedule(w, clock.now + limit, slot, STREET_END, 0)


@inline
def _into_custody(w, slot):
    clock = w.clock[0]
    record_ice_arrest(w, E_STREET, slot, w.cases[slot].channel)
    charge(w.budgets[QUOTA], clock.now, w.office[0].displacement)
    schedule(w, clock.now, slot, DETAIN, 0)


@inline
def street_end(w, slot, taken):
    """Handle the end of a hold at the scene: ICE came in time, or the person may go."""
    if taken == 1:
        _into_custody(w, slot)
        return
    record(w, E_STREET_HOLD_RELEASED, slot, w.cases[slot].channel)
    w.residents[w.cases[slot].resident].place = HOME
