"""A stop: who is met by whom, what is asked of the databases, how it ends, and what is done about status."""

from __future__ import annotations

import math

from sim.agents.attitudes import exposure_left
from sim.agents.officer import (
    finds_contraband,
    on_duty,
    own_bias,
    queries,
    searches,
    stop_outcome,
    stop_rate,
    street_check,
    tips_ice,
    training_left,
)
from sim.agents.resident import HOME, STREET_HOLD, discloses, is_removable, stale_warrant
from sim.engine.budget import QUOTA, charge
from sim.engine.calendar import ARREST, DETAIN, SHARE, STREET_END
from sim.engine.candidates import SATURATION, STREET
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_CITATION,
    E_CONTRABAND,
    E_IMMIGRATION_CHECK,
    E_PRETEXT_ARREST,
    E_SATURATION_STOP,
    E_SEARCH,
    E_STOP_FOREGONE,
    E_STREET,
    E_STREET_HOLD,
    E_STREET_HOLD_RELEASED,
    E_STREET_STOP,
    E_TASK_FORCE_CONTACT,
    E_TRAFFIC_STOP,
    E_WARNING,
    Q_DEPUTIZED_ARRESTS,
    Q_POLICE_CLAIMS,
    Q_POLICE_HOURS,
    Q_WRONGFUL_STREET_HOLDS,
)
from sim.engine.luck import decision, exponential, uniform
from sim.engine.rulebook import answer, part
from sim.pathway.world import (
    claim,
    climate_of,
    count,
    is_elsewhere,
    offer_for_review,
    open_case,
    record,
    record_ice_arrest,
    schedule,
    task,
)
from sim.scenario import vocabulary as v

_REASON = decision("stop.reason")
_FALSE_HIT = decision("stop.immigration_false_match")
_FALSE_WARRANT = decision("stop.warrant_false_match")
_FEDERAL = decision("stop.federal_check")
_SEEN = decision("stop.mistake_at_scene")
_SCENE = decision("stop.scene_wait")
_CONTRABAND_ARREST = decision("stop.contraband_arrest")


# ── who is stopped ───────────────────────────────────────────────────────────────────────────────────────
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
    settings = w.settings[0]
    mean = stop_rate(resident, base, exposure, settings.stop_age, agency.profiling)
    if height >= mean * agency.most_profiling:
        return False
    now = w.clock[0].now
    officer = w.officers[on_duty(agency, now, w.clock[0].seed, key)]
    rate = mean * own_bias(officer, resident, training_left(officer, settings, now))
    return height < rate and height < rate * _exposed(w, resident, v.PUBLIC_PLACES if street else v.DRIVING)


@inline
def _exposed(w, resident, activity):
    """Return what is left of the chance of a stop: people stay away, and officers are cautious."""
    c = w.community[0]
    now = w.clock[0].now
    left = exposure_left(activity, resident, climate_of(w, resident), c, now)
    if c.caution > 0.0:
        regard = w.regard[resident.neighbourhood]
        fallen = -regard.legitimacy * math.exp(-c.legitimacy_decay * (now - regard.time))
        left *= math.exp(-c.caution * max(fallen, 0.0))
    return left


@inline
def accepts_saturation(w, stream, resident_index, height):
    """Whether a candidate of a saturation operation is stopped: a driver in the places that it covers."""
    resident = w.residents[resident_index]
    operation = w.operations[stream.operation]
    now = w.clock[0].now
    if resident.place != HOME or w.agencies[operation.agency].officer_count == 0:
        return False
    if w.ranks[resident.neighbourhood] >= operation.covered or not operation.begins <= now < operation.ends:
        return False
    rate = stop_rate(resident, operation.rate, resident.driving, w.settings[0].stop_age, operation.profiling)
    if resident.licensed == 0:
        rate *= operation.unlicensed
    return height < rate and height < rate * _exposed(w, resident, v.DRIVING)


# ── what the databases say ───────────────────────────────────────────────────────────────────────────────
@inline
def _reason(shares, seed, key):
    u = uniform(seed, _REASON, key)
    k = 0
    while k < 2 and u >= shares[k]:
        k += 1
    return k


@inline
def _warrant_hit(w, slot):
    """What a warrant query shows; the person may have no open warrant at all."""
    case = w.cases[slot]
    seed = w.clock[0].seed
    if w.residents[case.resident].warrant == 1:
        return 1
    settings = w.settings[0]
    stale = stale_warrant(case.resident, seed, settings.stale_warrant)
    if stale or uniform(seed, _FALSE_WARRANT, case.key) < settings.warrant_false_match:
        case.mistaken = 1
        return 1
    return 0


@inline
def _passes(w, slot, channel):
    """Whether a query or a contact at the stop is let through by the rules on data."""
    case = w.cases[slot]
    t = v.T_SHARING
    cell = (
        part(w.rules, t, 0, channel)
        + part(w.rules, t, 1, v.MISDEMEANOR)
        + part(w.rules, t, 2, 0)
        + part(w.rules, t, 3, w.residents[case.resident].record)
        + part(w.rules, t, 4, case.agency)
        + part(w.rules, t, 5, w.agencies[case.agency].jail)
    )
    return answer(w.rules, t, cell, w.clock[0].seed, case.key, channel) == v.SHARED


@inline
def _immigration_hit(w, slot, removable, training):
    """What an immigration check shows the officer.

    Everybody sees a final order on file, or a false match.  With federal authority (a federal agent who takes
    part, or 287(g)) a check may also establish that a person without an order is removable; a local officer
    with that authority may misapply it.
    """
    case = w.cases[slot]
    resident = w.residents[case.resident]
    settings = w.settings[0]
    seed = w.clock[0].seed
    agent = False
    if case.federal == 1 and _passes(w, slot, v.TASK_FORCE_CONTACT):
        agent = True
        record(w, E_TASK_FORCE_CONTACT, slot, v.TASK_FORCE_CONTACT)
    if not agent and not _passes(w, slot, v.WARRANT_QUERY):
        return 0
    local = case.deputized == 1 and w.agencies[case.agency].model_287g == v.TFM
    record(w, E_IMMIGRATION_CHECK, slot, v.TASK_FORCE_CONTACT if agent else v.WARRANT_QUERY)
    task(w, slot, v.TASK_CHECK, Q_POLICE_HOURS)
    if resident.order == 1:
        return 1
    if removable:
        found = (agent or local) and uniform(seed, _FEDERAL, case.key) < settings.federal_check
        return 1 if found else 0
    error = settings.immigration_false_match
    if local and not agent:
        error += settings.misapplication * (1.0 - training)
    return 1 if uniform(seed, _FALSE_HIT, case.key) < error else 0


# ── the stop ─────────────────────────────────────────────────────────────────────────────────────────────
@inline
def stop(w, stream, resident_index, key):
    """Handle an accepted stop and return its case."""
    clock = w.clock[0]
    seed = clock.seed
    saturation = stream.kind == SATURATION
    origin = v.TRAFFIC_STOP
    if saturation:
        origin = v.SATURATION_STOP
    elif stream.kind == STREET:
        origin = v.STREET_STOP
    slot = open_case(w, key, resident_index, origin)
    case = w.cases[slot]
    case.agency = w.operations[stream.operation].agency if saturation else stream.agency
    agency = w.agencies[case.agency]
    case.officer = on_duty(agency, clock.now, seed, key)
    officer = w.officers[case.officer]
    if not saturation and is_elsewhere(w, case.agency, case.officer, key):
        record(w, E_STOP_FOREGONE, slot, -1)
        return slot
    tfm = agency.model_287g == v.TFM
    case.federal = officer.task_force
    case.deputized = officer.deputized
    if saturation:
        operation = w.operations[stream.operation]
        case.saturation = 1
        case.reason = _reason(operation.reasons, seed, key)
        case.federal = max(officer.task_force, operation.partner)
        case.deputized = 1 if tfm else officer.deputized  # those with authority are sent
        record(w, E_SATURATION_STOP, slot, -1)
    elif origin == v.STREET_STOP:
        case.reason = v.SUSPICION
        record(w, E_STREET_STOP, slot, -1)
    else:
        case.reason = _reason(w.settings[0].reasons, seed, key)
        record(w, E_TRAFFIC_STOP, slot, -1)
    _go_on(w, slot)
    return slot


@inline
def _go_on(w, slot):
    """Handle what happens at a stop: queries, a search, its outcome, and what is done about status."""
    clock = w.clock[0]
    seed = clock.seed
    settings = w.settings[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    officer = w.officers[case.officer]
    agency = w.agencies[case.agency]
    training = training_left(officer, settings, clock.now)
    asked = queries(w.rules, officer, agency, resident, case, seed)
    if asked & v.QUERY_WARRANTS:
        case.warrant_hit = _warrant_hit(w, slot)
    outcome = _outcome(w, slot, training)
    if outcome == v.STOP_WARNING:
        record(w, E_WARNING, slot, -1)
    elif outcome == v.STOP_CITATION:
        record(w, E_CITATION, slot, -1)
    removable = is_removable(resident, case.resident, seed, settings.deportable[resident.record])
    hit = 0
    if asked & v.QUERY_IMMIGRATION:
        hit = _immigration_hit(w, slot, removable, training)
    check = street_check(w.rules, officer, agency, resident, case, hit, outcome, seed)
    if check == v.CHECK_ARREST or check == v.CHECK_HOLD:
        _take_on_the_street(w, slot, check, removable)
        return
    asks = check == v.CHECK_ASK and removable and discloses(seed, case.key, settings.disclosure)
    if outcome == v.STOP_ARREST:
        schedule(w, clock.now, slot, ARREST, 0)
    if check == v.CHECK_TIP or asks or tips_ice(officer, resident, settings, seed, case.key, training):
        schedule(w, clock.now, slot, SHARE, v.INFORMAL_MESSAGE)


@inline
def _outcome(w, slot, training):
    """Return how the stop ends: by rule, by what a search finds, or for what the jail might show."""
    seed = w.clock[0].seed
    settings = w.settings[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    officer = w.officers[case.officer]
    agency = w.agencies[case.agency]
    jail = w.jails[agency.jail]
    screening = 1 if jail.ice_days_a_week > 0.0 or jail.model_287g == v.JEM else 0
    motive = 0.0
    if screening == 1 and case.reason != v.SUSPICION and case.warrant_hit == 0:
        motive = agency.pretext[resident.group] * (1.0 - officer.restraint) * (1.0 - training)
    outcome = stop_outcome(w.rules, officer, resident, case, screening, motive, seed)
    if case.pretext == 1:
        record(w, E_PRETEXT_ARREST, slot, -1)
        offer_for_review(w, slot)
    signs = searches(officer, resident, settings, seed, case.key, training)
    if signs >= 0.0:
        record(w, E_SEARCH, slot, -1)
        if finds_contraband(settings, signs, seed, case.key):
            record(w, E_CONTRABAND, slot, -1)
            if uniform(seed, _CONTRABAND_ARREST, case.key) < settings.contraband_arrest:
                outcome = v.STOP_ARREST
    return outcome


# ── custody on the street ────────────────────────────────────────────────────────────────────────────────
@inline
def _take_on_the_street(w, slot, check, removable):
    """Arrest under federal authority, or hold at the scene until ICE comes or the limit is reached."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    officer = w.officers[case.officer]
    case.hit = v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    case.channel = v.TASK_FORCE_CONTACT if case.federal == 1 else v.WARRANT_QUERY
    case.wrongful = 0 if removable else 1
    resident.place = STREET_HOLD
    if case.wrongful == 1:
        count(w, Q_WRONGFUL_STREET_HOLDS, 1.0, slot)
        claim(w, slot, w.settings[0].claim_wrongful, Q_POLICE_CLAIMS)
        offer_for_review(w, slot)
    if check == v.CHECK_ARREST:
        taken = clock.now + task(w, slot, v.TASK_STREET_ARREST, Q_POLICE_HOURS)
        officer.busy_until = max(officer.busy_until, taken)
        if case.federal == 0:
            count(w, Q_DEPUTIZED_ARRESTS, 1.0, slot)
        _into_custody(w, slot)
        return
    record(w, E_STREET_HOLD, slot, case.channel)
    wait = exponential(uniform(clock.seed, _SCENE, case.key), w.settings[0].scene_wait)
    held = min(wait, w.settings[0].scene_limit)
    officer.busy_until = max(officer.busy_until, clock.now + held)
    count(w, Q_POLICE_HOURS, held * 24.0, slot)
    schedule(w, clock.now + held, slot, STREET_END, 1 if wait <= w.settings[0].scene_limit else 0)


@inline
def _into_custody(w, slot):
    clock = w.clock[0]
    record_ice_arrest(w, E_STREET, slot, w.cases[slot].channel)
    charge(w.budgets[QUOTA], clock.now, w.office[0].displacement)
    schedule(w, clock.now, slot, DETAIN, 0)


@inline
def street_end(w, slot, taken):
    """Handle the end of a wait at the scene: ICE came in time, or the person may go."""
    case = w.cases[slot]
    seen = case.wrongful == 1 and uniform(w.clock[0].seed, _SEEN, case.key) < w.settings[0].mistake_at_scene
    if taken == 1 and not seen:
        _into_custody(w, slot)
        return
    record(w, E_STREET_HOLD_RELEASED, slot, case.channel)
    w.residents[case.resident].place = HOME
