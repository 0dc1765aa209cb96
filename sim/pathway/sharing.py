"""Data moves to ICE, or does not: one rule for every channel.

A rule on paper is kept as often as the actors comply (`sharing.compliance`); a technical barrier is always
kept.  What has left the building cannot be called back: prints sent at booking outlive the case.
"""

from __future__ import annotations

from sim.agents.ice import (
    match_interview,
    match_prints,
    match_record,
    match_roster,
    match_tip,
    reaches_scene,
)
from sim.agents.resident import HOME, STREET_HOLD, is_removable, stale_file
from sim.engine.calendar import MATCH, STREET_END
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_ADDRESS_SHARED,
    E_DATA_WITHHELD,
    E_INFORMAL_MESSAGE,
    E_INTERVIEW,
    E_PRINTS_SHARED,
    E_RELEASE_DATE_SHARED,
    E_ROSTER_SHARED,
    E_RULE_BROKEN,
    E_SCENE_RESPONSE,
    E_VICTIM_RECORD_SHARED,
    Q_JAIL_HOURS,
    Q_POLICE_HOURS,
)
from sim.engine.rulebook import answer, is_kept, part, written
from sim.pathway.world import offer_for_review, record, schedule, task
from sim.scenario import vocabulary as v


@inline
def is_shared(w, slot, channel):
    """Whether the data of a case move through a channel; records a withholding or a breach."""
    case = w.cases[slot]
    resident = w.residents[case.resident]
    t = v.T_SHARING
    cell = (
        part(w.rules, t, 0, channel)
        + part(w.rules, t, 1, case.offence if case.offence >= 0 else v.MISDEMEANOR)
        + part(w.rules, t, 2, case.charged)
        + part(w.rules, t, 3, resident.record)
        + part(w.rules, t, 4, case.agency if case.agency >= 0 else 0)
        + part(w.rules, t, 5, case.jail if case.jail >= 0 else 0)
    )
    seed = w.clock[0].seed
    if answer(w.rules, t, cell, seed, case.key, channel) == v.WITHHELD:
        record(w, E_DATA_WITHHELD, slot, channel)
        return False
    kept = is_kept(w.rules, t, cell, seed, case.key, channel)
    if not kept and written(w.rules, t, cell, seed, case.key, channel) == v.WITHHELD:
        record(w, E_RULE_BROKEN, slot, channel)
        offer_for_review(w, slot)
    return True


@inline
def share(w, slot, channel):
    """Handle data that could move: pass it on if the rule lets it, and let ICE see what it shows."""
    if not is_shared(w, slot, channel):
        return
    case = w.cases[slot]
    office = w.office[0]
    resident = w.residents[case.resident]
    seed = w.clock[0].seed
    now = w.clock[0].now
    removable = is_removable(resident, case.resident, seed, w.settings[0].deportable[resident.record])
    hit = v.HIT_NONE
    if channel == v.BOOKING_PRINTS:
        record(w, E_PRINTS_SHARED, slot, channel)
        stale = stale_file(resident, case.resident, seed, office.stale_file)
        hit = match_prints(office, resident, removable, stale, seed, case.key)
    elif channel == v.JAIL_ROSTER:
        record(w, E_ROSTER_SHARED, slot, channel)
        hit = match_roster(office, resident, removable, seed, case.key)
    elif channel == v.JAIL_INTERVIEW:
        record(w, E_INTERVIEW, slot, channel)
        if case.staffed == 1 and w.jails[case.jail].model_287g == v.JEM:
            task(w, slot, v.TASK_INTERVIEW, Q_JAIL_HOURS)
        hit = match_interview(office, resident, removable, seed, case.key)
    elif channel == v.INFORMAL_MESSAGE:
        record(w, E_INFORMAL_MESSAGE, slot, channel)
        task(w, slot, v.TASK_TIP, Q_POLICE_HOURS)
        hit = match_tip(office, resident, removable, seed, case.key)
    elif channel == v.VICTIM_WITNESS_RECORDS:
        record(w, E_VICTIM_RECORD_SHARED, slot, channel)
        hit = match_record(office, resident, removable, seed, case.key)
    elif channel == v.RELEASE_DATE:
        record(w, E_RELEASE_DATE_SHARED, slot, channel)
        case.release_known = 1
    elif channel == v.LOCAL_RECORDS:
        record(w, E_ADDRESS_SHARED, slot, channel)
        case.address = 1
    if hit != v.HIT_NONE and case.hit == v.HIT_NONE:
        case.hit = hit
        case.channel = channel
        case.wrongful = 0 if removable else 1
        if channel == v.INFORMAL_MESSAGE and case.offence < 0 and resident.place == HOME:
            wait = reaches_scene(office, w.settings[0].stop_length, seed, case.key)
            if wait >= 0.0:
                record(w, E_SCENE_RESPONSE, slot, channel)
                resident.place = STREET_HOLD
                schedule(w, now + wait, slot, STREET_END, 1)
                return
        schedule(w, now, slot, MATCH, channel)
