"""ICE's review of matches: finite hours, spent on the most pressing first; what is not reached lapses."""

from __future__ import annotations

import numpy as np

from sim.agents.ice import priority, review, turnaround
from sim.agents.resident import HOME
from sim.engine.budget import REVIEW_HOURS, draw, ready_at
from sim.engine.calendar import LEAD, REQUEST, REVIEW_LAPSE, REVIEW_READY, REVIEWED, push, remove_first
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_MATCH,
    E_MATCH_LAWFUL,
    E_REQUEST_TOO_LATE,
    E_REVIEW,
    E_REVIEW_LAPSED,
    Q_REVIEW_WAIT,
)
from sim.pathway.world import count, record, schedule
from sim.scenario import vocabulary as v

# Orders the queue: each step of priority outweighs any wait.
_STEP = 1e7


@inline
def match(w, slot):
    """Handle a match: review it now if hours are free and nobody waits, else queue it."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    office = w.office[0]
    case.matched_at = clock.now
    case.priority = priority(resident, case)
    record(w, E_MATCH_LAWFUL if case.hit == v.HIT_LAWFUL else E_MATCH, slot, case.channel)
    case.waiting = 1
    office.waiting += 1
    # Under a jail enforcement agreement the jail's own staff review what they find.
    own = case.in_jail == 1 and case.staffed == 1 and w.jails[case.jail].model_287g == v.JEM
    if own or (clock.queued == 0 and draw(w.budgets[REVIEW_HOURS], clock.now, office.review_hours)):
        _start(w, slot)
        return
    rank = float(v.HIGH - case.priority) * _STEP
    push(w.queue, clock.queued, rank + clock.now, clock.turn, case.key, slot, 0, 0)
    clock.turn += 1
    clock.queued += 1
    schedule(w, clock.now + office.lapse, slot, REVIEW_LAPSE, 0)
    _await_hours(w)


@inline
def _start(w, slot):
    clock = w.clock[0]
    case = w.cases[slot]
    w.office[0].waiting -= 1
    case.waiting = 2
    count(w, Q_REVIEW_WAIT, (clock.now - case.matched_at) * 24.0, slot)
    schedule(w, clock.now + turnaround(w.office[0], clock.seed, case.key), slot, REVIEWED, 0)


@inline
def _await_hours(w):
    """Schedule the moment at which hours for one more review are there, if none is scheduled."""
    clock = w.clock[0]
    if clock.next_review < np.inf or clock.queued == 0:
        return
    ready = ready_at(w.budgets[REVIEW_HOURS], clock.now, w.office[0].review_hours)
    if ready < np.inf:
        clock.next_review = ready
        push(w.calendar, clock.due, ready, clock.turn, np.uint64(0), 0, REVIEW_READY, 0)
        clock.turn += 1
        clock.due += 1


@inline
def await_hours_anew(w):
    """Look again when hours will be there: their flow has changed."""
    w.clock[0].next_review = np.inf
    _await_hours(w)


@inline
def review_ready(w):
    """Handle the moment at which hours are there: take the most pressing matches of the queue."""
    clock = w.clock[0]
    if clock.now != clock.next_review:
        return  # another moment has taken its place
    clock.next_review = np.inf
    while clock.queued > 0:
        first = w.queue[0]
        waiting = first.slot
        live = w.cases[waiting].key == first.key and w.cases[waiting].waiting == 1
        if live and not draw(w.budgets[REVIEW_HOURS], clock.now, w.office[0].review_hours):
            break
        remove_first(w.queue, clock.queued)
        clock.queued -= 1
        if live:
            _start(w, waiting)
    _await_hours(w)


@inline
def review_lapse(w, slot):
    """Handle the time limit of a match: one that still waits lapses."""
    case = w.cases[slot]
    if case.waiting != 1:
        return
    case.waiting = 0
    w.office[0].waiting -= 1
    record(w, E_REVIEW_LAPSED, slot, case.channel)


@inline
def reviewed(w, slot):
    """Handle ICE's answer to a match: nothing, a lead, or a request to the jail."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    case.waiting = 0
    record(w, E_REVIEW, slot, case.channel)
    wants = review(w.rules, resident, case, clock.seed)
    case.request = wants
    if wants == v.REQUEST_NONE:
        return
    if case.in_jail == 1:
        if wants != v.REQUEST_LEAD:
            schedule(w, clock.now, slot, REQUEST, 0)
        return
    if wants != v.REQUEST_LEAD:
        record(w, E_REQUEST_TOO_LATE, slot, case.channel)
    if resident.place == HOME:
        schedule(w, clock.now, slot, LEAD, 0)
        case.lead_at = clock.now
