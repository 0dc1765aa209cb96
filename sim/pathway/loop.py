"""The loop: takes what is due from the calendar and calls whoever handles it.

Only the loop knows all events; they meet each other through the calendar alone.
"""

from __future__ import annotations

import numpy as np

from sim.community.climate import new_day, schedule_day, set_climate
from sim.community.crime import accepts_crime_against, clear, crime_against, respond
from sim.community.experience import hear
from sim.community.movement import accepts_contact, accepts_move, contact, move_away
from sim.community.records import SURVEY_INTERVAL
from sim.community.survey import survey
from sim.engine import calendar as due
from sim.engine.candidates import (
    COMMUNITY,
    CONTACT,
    CRIME,
    MOVE,
    RAID,
    REACH,
    SATURATION,
    VICTIM,
    next_gap,
    who_and_height,
)
from sim.engine.jit import inline, kernel
from sim.pathway.arrest import accepts_crime, arrest, crime
from sim.pathway.at_large import accepts_operation, accepts_raid, lead, operation, raid, take_up
from sim.pathway.booking import booking, interview
from sim.pathway.court import come_back, court_end, detain
from sim.pathway.detainer import lift, request
from sim.pathway.oversight import examine
from sim.pathway.release import hold_end, pickup, release
from sim.pathway.review import match, review_lapse, review_ready, reviewed
from sim.pathway.sharing import share
from sim.pathway.stop import accepts_saturation, accepts_stop, stop, street_end
from sim.pathway.world import settle

# What `run` returns.
DONE, CALENDAR_FULL, LOG_FULL, CASES_FULL, SURVEYS_FULL = range(5)


@inline
def _meet(w, stream, resident, height, key):
    """Meet a candidate whom reach alone did not refuse."""
    slot = -1
    if stream.kind == CRIME:
        if accepts_crime(w, stream, resident, height):
            slot = crime(w, stream, resident, key)
    elif stream.kind == COMMUNITY:
        if accepts_operation(w, resident, height):
            slot = operation(w, resident, key)
    elif stream.kind == SATURATION:
        if accepts_saturation(w, stream, resident, height):
            slot = stop(w, stream, resident, key)
    elif stream.kind == VICTIM:
        if accepts_crime_against(w, stream, resident, height):
            slot = crime_against(w, stream, resident, key)
    elif stream.kind == CONTACT:
        if accepts_contact(w, resident, height):
            slot = contact(w, resident, key)
    elif stream.kind == MOVE:
        if accepts_move(w, resident, height):
            slot = move_away(w, resident, key)
    elif stream.kind == RAID:
        if accepts_raid(w, stream, resident, height):
            slot = raid(w, stream, resident, key)
    elif accepts_stop(w, stream, resident, height, key):
        slot = stop(w, stream, resident, key)
    if slot >= 0:
        if w.clock[0].heard > 0:
            hear(w)
        settle(w, slot)


@inline
def _handle(w, slot, kind, note):
    if kind == due.SHARE:
        share(w, slot, note)
    elif kind == due.ARREST:
        arrest(w, slot)
    elif kind == due.BOOKING:
        booking(w, slot)
    elif kind == due.RELEASE:
        release(w, slot)
    elif kind == due.MATCH:
        match(w, slot)
    elif kind == due.REVIEWED:
        reviewed(w, slot)
    elif kind == due.REVIEW_LAPSE:
        review_lapse(w, slot)
    elif kind == due.REQUEST:
        request(w, slot)
    elif kind == due.INTERVIEW:
        interview(w, slot)
    elif kind == due.PICKUP:
        pickup(w, slot)
    elif kind == due.HOLD_END:
        hold_end(w, slot, note)
    elif kind == due.STREET_END:
        street_end(w, slot, note)
    elif kind == due.LEAD:
        lead(w, slot)
    elif kind == due.TAKE_UP:
        take_up(w, slot)
    elif kind == due.DETAIN:
        detain(w, slot)
    elif kind == due.COURT_END:
        court_end(w, slot, note)
    elif kind == due.LIFT:
        lift(w, slot)
    elif kind == due.OVERSIGHT:
        examine(w, slot)
    elif kind == due.RESPOND:
        respond(w, slot)
    elif kind == due.CLEAR:
        clear(w, slot)
    elif kind == due.COME_BACK:
        come_back(w, slot)


@kernel
def start(w):
    """Put the first day and the first candidate of every stream into the calendar."""
    clock = w.clock[0]
    set_climate(w, 1.0)
    schedule_day(w, 0.0)
    for number in range(len(w.streams)):
        stream = w.streams[number]
        first = stream.begins + next_gap(stream, clock.seed)
        if first >= stream.ends:
            continue
        due.push(w.calendar, clock.due, first, clock.turn, np.uint64(0), number, due.CANDIDATE, 0)
        clock.due += 1
        clock.turn += 1


@kernel
def run(w, until):
    """Live until the day `until` (that instant not included); stop early when an array is full."""
    clock = w.clock[0]
    calendar = w.calendar
    streams = w.streams
    reach = w.reach
    people = len(reach)
    while clock.due > 0 and calendar[0].time < until:
        if clock.due + clock.spare > len(calendar) or clock.queued + 1 > len(w.queue):
            return CALENDAR_FULL
        if clock.keep_log == 1 and clock.logged + clock.spare > len(w.log):
            return LOG_FULL
        if clock.free < clock.spare:
            return CASES_FULL
        first = calendar[0]
        time = first.time
        slot = first.slot
        kind = first.kind
        note = first.note
        if kind == due.DAY and clock.surveys >= len(w.surveys):
            return SURVEYS_FULL
        clock.now = time
        if kind == due.CANDIDATE:
            stream = streams[slot]
            key = stream.code | stream.count
            stream.count += np.uint64(1)
            clock.candidates += 1
            after = time + next_gap(stream, clock.seed)
            if after < stream.ends:
                due.replace_first(
                    calendar, clock.due, after, clock.turn, np.uint64(0), slot, due.CANDIDATE, 0
                )
            else:
                due.remove_first(calendar, clock.due)
                clock.due -= 1
            clock.turn += 1
            resident, height = who_and_height(stream, clock.seed, key, people)
            if height < stream.scale * REACH[reach[resident, stream.column]]:
                _meet(w, stream, resident, height, key)
            continue
        due.remove_first(calendar, clock.due)
        clock.due -= 1
        if kind == due.REVIEW_READY:
            review_ready(w)
        elif kind == due.DAY:
            new_day(w)
            if int(time) % SURVEY_INTERVAL == SURVEY_INTERVAL - 1:
                survey(w)
        else:
            w.cases[slot].pending -= 1
            _handle(w, slot, kind, note)
            if clock.heard > 0:
                hear(w)
            settle(w, slot)
    clock.now = until
    return DONE
