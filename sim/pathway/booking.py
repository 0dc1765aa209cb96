"""Booking: prints, roster, interviews, and when the person will leave again."""

from __future__ import annotations

import numpy as np

from sim.agents.jail import (
    identify,
    is_interviewed,
    is_staffed,
    mistake_found,
    next_visit,
    release_route,
    stay,
)
from sim.agents.resident import IN_JAIL, is_removable
from sim.engine.calendar import INTERVIEW, RELEASE, SHARE
from sim.engine.jit import inline
from sim.engine.ledger import E_BOOKING, E_CROWDED_RELEASE, Q_MISTAKEN_HOURS, Q_REMOVABLE_BOOKINGS
from sim.pathway.world import count, record, schedule
from sim.scenario import vocabulary as v


@inline
def booking(w, slot):
    """Handle a booking.

    A full jail books and releases: prints are taken and the roster shows the booking, but nobody is held.
    """
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    jail = w.jails[case.jail]
    case.booked_at = clock.now
    resident.warrant = 0
    case.staffed = 1 if is_staffed(jail, clock.seed, case.key) else 0
    record(w, E_BOOKING, slot, -1)
    if is_removable(resident, case.resident, clock.seed, w.settings[0].deportable[resident.record]):
        count(w, Q_REMOVABLE_BOOKINGS, 1.0, slot)
    steps = identify(w.rules, resident, case, clock.seed)
    if jail.held < jail.capacity:
        jail.held += 1
        jail.most_held = max(jail.most_held, jail.held)
        case.in_jail = 1
        resident.place = IN_JAIL
        case.route = release_route(w.rules, resident, case, 0, clock.seed)
        case.release_at = clock.now + stay(w.settings[0], case, clock.seed)
        if case.mistaken == 1:
            found = clock.now + mistake_found(w.settings[0], clock.seed, case.key)
            case.release_at = min(case.release_at, found)
            count(w, Q_MISTAKEN_HOURS, (case.release_at - clock.now) * 24.0, slot)
        case.first_release = case.release_at
        schedule(w, case.release_at, slot, RELEASE, 0)
    else:
        record(w, E_CROWDED_RELEASE, slot, -1)
    if steps & v.IDENTIFY_PRINTS:
        schedule(w, clock.now, slot, SHARE, v.BOOKING_PRINTS)
    if steps & v.IDENTIFY_ROSTER:
        schedule(w, clock.now, slot, SHARE, v.JAIL_ROSTER)
    # Who leaves in the same moment is not there to be asked.
    if steps & v.IDENTIFY_INTERVIEW and case.in_jail == 1 and case.release_at > clock.now:
        if case.staffed == 1 and jail.model_287g == v.JEM:
            schedule(w, clock.now, slot, SHARE, v.JAIL_INTERVIEW)  # the jail's own staff ask at once
        else:
            _await_visit(w, slot)


@inline
def _await_visit(w, slot):
    case = w.cases[slot]
    visit = next_visit(w.jails[case.jail], w.clock[0].now)
    if visit < case.release_at:
        schedule(w, visit, slot, INTERVIEW, 0)


@inline
def interview(w, slot):
    """Handle a day on which ICE is in the jail: it reaches some of the people there."""
    case = w.cases[slot]
    if case.in_jail == 0 or case.hit != v.HIT_NONE:
        return
    if is_interviewed(w.clock[0].seed, case.key, case.visits, w.office[0].interview_reach):
        schedule(w, w.clock[0].now, slot, SHARE, v.JAIL_INTERVIEW)
        return
    case.visits += 1
    jail = w.jails[case.jail]
    visit = next_visit(jail, np.floor(w.clock[0].now) + 1.0)
    if visit < case.release_at:
        schedule(w, visit, slot, INTERVIEW, 0)
