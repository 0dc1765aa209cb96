"""The world that the pathway's events work on: arrays of records, and the few things every event does.

A `World` is a named tuple of arrays, so that compiled functions take it whole.  Events do not know each
other: one `schedule`s what follows, and the loop calls whoever handles it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.calendar import OVERSIGHT, push
from sim.engine.jit import inline
from sim.engine.ledger import (
    Q_EXPECTED_JAIL_CLAIMS,
    Q_EXPECTED_POLICE_CLAIMS,
    Q_POLICE_CLAIMS,
    Q_WRONGFUL_ARRESTS,
    add,
)
from sim.engine.luck import decision, lognormal, threefry, uniform
from sim.engine.rulebook import RuleBook
from sim.scenario import vocabulary as v

_SAMPLED = decision("oversight.sampled")
_CLAIM = decision("claim.made")
_PAYMENT = decision("claim.payment")
_ELSEWHERE = decision("officer.in_operation")

CASE = np.dtype(
    [
        ("key", np.uint64),  # key of the candidate that began it; 0: slot is free
        ("cause", np.uint64),  # key of the case that led to this one, or 0
        ("begun", np.float64),  # day
        ("booked_at", np.float64),  # day of the booking; negative: none
        ("release_at", np.float64),  # day of the planned release from jail
        ("first_release", np.float64),  # the release planned before any detainer
        ("hold_from", np.float64),  # begin of a hold for ICE; negative: none
        ("hold_until", np.float64),  # end of the time for which it is allowed
        ("matched_at", np.float64),  # day of the match
        ("requested_at", np.float64),  # day of a request about a person who is not removable
        ("lead_at", np.float64),  # day on which the lead arose
        ("detained_at", np.float64),  # day on which detention began
        ("resident", np.int32),  # whom it is about
        ("officer", np.int32),  # −1: none
        ("visits", np.int32),  # ICE's visits to the jail while the person is there
        ("pending", np.int32),  # events of the case in the calendar
        ("turns", np.int32),  # times a lead was taken up
        ("other", np.int32),  # who committed the crime; −1: none
        ("agency", np.int16),  # −1: none
        ("jail", np.int16),  # −1: none
        ("origin", np.int8),  # what it began with, see vocabulary.ORIGINS
        ("reason", np.int8),  # of a stop; of a victimization its kind
        ("offence", np.int8),  # −1: no arrest yet
        ("charged", np.int8),  # the prosecutor files charges
        ("warrant_hit", np.int8),  # the warrant query named the person
        ("hit", np.int8),  # what the match shows ICE, see vocabulary.HITS
        ("channel", np.int8),  # channel of the match
        ("wrongful", np.int8),  # the match is of a person who is not removable
        ("priority", np.int8),  # ICE's, see vocabulary.PRIORITIES
        ("waiting", np.int8),  # 1: in the queue for review; 2: under review
        ("request", np.int8),  # what ICE asks of the jail, see vocabulary.REQUESTS
        ("response", np.int8),  # of the jail, see vocabulary.RESPONSES; −1: none yet
        ("route", np.int8),  # way of release, see vocabulary.RELEASES
        ("release_known", np.int8),  # ICE knows the release date
        ("address", np.int8),  # ICE knows a current address
        ("in_jail", np.int8),  # the person is in jail
        ("saturation", np.int8),  # the stop belongs to a saturation operation
        ("federal", np.int8),  # a federal agent takes part in the stop
        ("deputized", np.int8),  # the officer has 287(g) authority for the street
        ("staffed", np.int8),  # jail staff with 287(g) authority are on duty
        ("pretext", np.int8),  # the arrest was made for what the jail's screening might show
        ("mistaken", np.int8),  # arrested on somebody else's or a settled warrant
        ("examined", np.int8),  # the independent reviewer has been offered the case
        ("reported", np.int8),  # the victim called the police
        ("raid", np.int8),  # number of the raid that it belongs to, from 1; 0: none
    ],
    align=True,
)

OPERATION = np.dtype(
    [
        ("code", np.uint64),  # of its name: which operation it is in every phase
        ("agency", np.int64),  # number of the agency
        ("begins", np.float64),  # day
        ("ends", np.float64),  # day
        ("rate", np.float64),  # stops a year of a resident of weight 1
        ("most", np.float64),  # stops a year of the resident of most weight in the places covered
        ("unlicensed", np.float64),  # stop rate of drivers without a licence relative to others
        ("share", np.float64),  # of the agency's officers who make no other stops meanwhile
        ("covered", np.int64),  # neighbourhoods, by rank
        ("partner", np.int8),  # federal agents ride along: 0 or 1
        ("reasons", np.float64, (len(v.REASONS),)),  # cumulative shares
        ("profiling", np.float64, (len(v.GROUPS),)),  # stop rate by perceived group
    ],
    align=True,
)

AGENCY = np.dtype(
    [
        ("traffic_stops", np.float64),  # a year of the mean driver
        ("street_stops", np.float64),  # a year of the mean resident of 16 and over
        ("most_profiling", np.float64),  # largest multiplier of its officers, at least 1
        ("pretext", np.float64, (len(v.GROUPS),)),  # log odds that screening adds to a custodial arrest
        ("crime_cumulative", np.float64),  # chance that a crime arrest is by this agency or one before it
        ("first_officer", np.int64),  # number of its first officer
        ("officer_count", np.int64),  # officers of the sample
        ("jail", np.int16),  # that books its arrests
        ("model_287g", np.int8),  # see vocabulary.MODELS_287G
        ("status_inquiry", np.int8),  # its officers may ask about status: 0 or 1
        ("profiling", np.float64, (len(v.GROUPS),)),  # stop rate by perceived group
    ],
    align=True,
)

_OFFENCES, _ROUTES, _STATUSES, _RECORDS = len(v.OFFENCES), len(v.RELEASES), len(v.STATUSES), len(v.RECORDS)

SETTINGS = np.dtype(
    [
        ("licence_arrest", np.float64),
        ("stop_length", np.float64),  # mean, days
        ("search", np.float64, (len(v.GROUPS),)),
        ("contraband", np.float64),
        ("contraband_slope", np.float64),
        ("contraband_arrest", np.float64),
        ("suspicion", np.float64, (len(v.GROUPS),)),
        ("suspicion_unlicensed", np.float64, (len(v.GROUPS),)),
        ("warrant_false_match", np.float64),
        ("stale_warrant", np.float64),
        ("mistake_found", np.float64),  # mean, days
        ("federal_check", np.float64),
        ("misapplication", np.float64),
        ("mistake_at_scene", np.float64),
        ("training_effect", np.float64),
        ("training_half_life", np.float64),  # days
        ("training_interval", np.float64),  # days
        ("oversight_sampling", np.float64),
        ("oversight_delay", np.float64),  # days
        ("oversight_finding", np.float64),
        ("oversight_consequence", np.float64),
        ("officer_hour", np.float64),  # USD
        ("task_hours", np.float64, (len(v.TASKS),)),
        ("claim_over_hold", np.float64),
        ("claim_wrongful", np.float64),
        ("claim_median", np.float64),  # USD
        ("claim_spread", np.float64),
        ("immigration_false_match", np.float64),
        ("disclosure", np.float64),
        ("scene_wait", np.float64),  # days
        ("scene_limit", np.float64),  # days
        ("longest_stay", np.float64),  # days
        ("reasons", np.float64, (len(v.REASONS),)),  # cumulative shares of traffic stops
        ("stop_age", np.float64, (100,)),  # relative rate by year of age
        ("arrest_age", np.float64, (100,)),
        ("arrest_status", np.float64, (_STATUSES,)),
        ("arrest_record", np.float64, (_RECORDS,)),
        ("arrest_rate", np.float64, (_OFFENCES,)),  # a year and resident, without a stop
        ("stop_offence", np.float64, (_OFFENCES,)),  # cumulative shares of arrests at stops
        ("no_charge", np.float64, (_OFFENCES,)),
        ("conviction", np.float64, (_OFFENCES,)),
        ("stay_ratio", np.float64, (_OFFENCES,)),
        ("stay_median", np.float64, (_ROUTES,)),  # days
        ("stay_spread", np.float64, (_ROUTES,)),
        ("deportable", np.float64, (_RECORDS,)),  # share of lawful noncitizens who are removable
        ("effort", np.float64, (len(v.PRIORITIES),)),
        ("success", np.float64, (2,)),  # by address known
        ("community", np.float64, (_STATUSES,)),  # operations of ICE's own a year and resident
        ("court_stay", np.float64, (len(v.COURT_OUTCOMES),)),  # median days
    ],
    align=True,
)

CLOCK = np.dtype(
    [
        ("seed", np.uint64),
        ("now", np.float64),
        ("turn", np.int64),  # events scheduled so far
        ("due", np.int64),  # events in the calendar
        ("queued", np.int64),  # matches in the review queue
        ("free", np.int64),  # free case slots
        ("logged", np.int64),
        ("keep_log", np.int64),
        ("spare", np.int64),  # room that one event may need in calendar, log and cases
        ("next_review", np.float64),  # time of the scheduled review, or infinity
        ("events", np.int64),  # recorded events
        ("candidates", np.int64),  # candidates looked at
        ("heard", np.int64),  # events that residents have not felt yet
        ("surveys", np.int64),  # surveys so far
    ],
    align=True,
)


class World(NamedTuple):
    """Everything the events read and write.

    `residents` … `office` are the agents; `settings` is what the scenario says in numbers, `rules` its
    decision tables; the rest is the machinery: streams of candidates, calendar, queue for review, case
    slots, tally and log.
    """

    clock: Any
    residents: Any
    reach: NDArray[np.uint8]  # (residents, 6): see sim.engine.candidates
    household_start: NDArray[np.int32]
    tie_start: NDArray[np.int64]
    tie_to: NDArray[np.int32]
    tie_kind: NDArray[np.int8]
    tie_total: NDArray[np.float64]  # weight of all ties of a resident, the household's included
    officers: Any
    agencies: Any
    operations: Any
    ranks: NDArray[np.int64]  # rank of each neighbourhood by its share of noncitizens, highest first
    jails: Any
    office: Any
    budgets: Any
    settings: Any
    rules: RuleBook
    streams: Any
    calendar: Any
    queue: Any
    cases: Any
    free_slots: NDArray[np.int32]
    tally: NDArray[np.float64]
    columns: NDArray[np.int64]
    log: Any
    community: Any  # see sim.community.records, here and below
    climate: Any
    regard: Any
    memory: Any
    announcements: Any
    raids: Any
    news: Any
    surveys: NDArray[np.int32]  # (surveys, measures, columns, bins)


@inline
def climate_of(w, resident):
    """Return what is publicly known in the perceived group and the neighbourhood of a resident."""
    return w.climate[resident.group * (len(w.ranks) + 1) + resident.neighbourhood]


@inline
def is_elsewhere(w, agency, officer, key):
    """Whether the officer is not on ordinary duty: an immigration task or an operation takes them."""
    clock = w.clock[0]
    if w.officers[officer].busy_until > clock.now:
        return True
    away = 0.0
    for k in range(len(w.operations)):
        operation = w.operations[k]
        if operation.agency == agency and operation.begins <= clock.now < operation.ends:
            away += operation.share
    return away > 0.0 and uniform(clock.seed, _ELSEWHERE, key) < away


@inline
def schedule(w, time, slot, kind, note):
    """Put an event of a case into the calendar."""
    clock = w.clock[0]
    case = w.cases[slot]
    case.pending += 1
    push(w.calendar, clock.due, time, clock.turn, case.key, slot, kind, note)
    clock.due += 1
    clock.turn += 1


@inline
def count(w, row, amount, slot):
    """Add to a quantity of the tally."""
    case = w.cases[slot]
    add(w.tally, w.columns, row, amount, w.residents[case.resident], case, len(w.agencies))


@inline
def record(w, event, slot, channel):
    """Record that something happened to a case: count it, and log it if the log is kept."""
    count(w, event, 1.0, slot)
    clock = w.clock[0]
    clock.events += 1
    if w.community[0].felt[event] == 1:
        w.news[clock.heard].event = event
        w.news[clock.heard].slot = slot
        clock.heard += 1
    if clock.keep_log == 1:
        case = w.cases[slot]
        line = w.log[clock.logged]
        line.time = clock.now
        line.case = case.key
        line.cause = case.cause
        line.resident = case.resident
        line.officer = case.officer
        line.event = event
        line.agency = case.agency
        line.jail = case.jail
        line.channel = channel
        clock.logged += 1


@inline
def task(w, slot, kind, row):
    """Count the hours that local officers spend on an immigration task; return them in days."""
    hours = w.settings[0].task_hours[kind]
    count(w, row, hours, slot)
    return hours / 24.0


@inline
def offer_for_review(w, slot):
    """Let the independent reviewer open a case that began with a stop: once, by the chance of sampling."""
    case = w.cases[slot]
    began = case.origin != v.CRIME and case.origin != v.OPERATION
    if case.examined == 1 or not began or case.officer < 0:
        return
    case.examined = 1
    clock = w.clock[0]
    if uniform(clock.seed, _SAMPLED, case.key) < w.settings[0].oversight_sampling:
        schedule(w, clock.now + w.settings[0].oversight_delay, slot, OVERSIGHT, 0)


@inline
def claim(w, slot, chance, row):
    """Count what a person held without authority is paid, if they claim: rarely, and very unequally.

    What is to be expected (the chance times the mean payment) is counted beside it, since a few large
    payments hide any difference.
    """
    clock = w.clock[0]
    case = w.cases[slot]
    settings = w.settings[0]
    mean = settings.claim_median * math.exp(0.5 * settings.claim_spread * settings.claim_spread)
    expected = Q_EXPECTED_POLICE_CLAIMS if row == Q_POLICE_CLAIMS else Q_EXPECTED_JAIL_CLAIMS
    count(w, expected, chance * mean, slot)
    if uniform(clock.seed, _CLAIM, case.key) >= chance:
        return
    paid = lognormal(uniform(clock.seed, _PAYMENT, case.key), settings.claim_median, settings.claim_spread)
    count(w, row, paid, slot)


@inline
def record_ice_arrest(w, event, slot, channel):
    """Record an arrest by ICE; one of a person who is not removable is counted as wrongful too."""
    record(w, event, slot, channel)
    if w.cases[slot].wrongful == 1:
        count(w, Q_WRONGFUL_ARRESTS, 1.0, slot)


@inline
def open_case(w, key, resident, origin):
    """Take a free slot for a new case and return its number."""
    clock = w.clock[0]
    clock.free -= 1
    slot = w.free_slots[clock.free]
    case = w.cases[slot]
    case.key = key
    case.cause = np.uint64(0)
    case.begun = clock.now
    case.booked_at = -1.0
    case.release_at = -1.0
    case.hold_from = -1.0
    case.hold_until = -1.0
    case.matched_at = -1.0
    case.requested_at = -1.0
    case.lead_at = -1.0
    case.detained_at = -1.0
    case.resident = resident
    case.officer = -1
    case.visits = 0
    case.pending = 0
    case.turns = 0
    case.agency = -1
    case.jail = -1
    case.origin = origin
    case.reason = 0
    case.offence = -1
    case.charged = 0
    case.warrant_hit = 0
    case.hit = 0
    case.channel = -1
    case.wrongful = 0
    case.priority = 0
    case.waiting = 0
    case.request = 0
    case.response = -1
    case.route = 0
    case.release_known = 0
    case.address = 0
    case.in_jail = 0
    case.first_release = -1.0
    case.saturation = 0
    case.federal = 0
    case.deputized = 0
    case.staffed = 0
    case.pretext = 0
    case.mistaken = 0
    case.examined = 0
    case.other = -1
    case.reported = 0
    case.raid = 0
    return slot


@inline
def settle(w, slot):
    """Close the case once nothing more is scheduled for it: give its slot back."""
    if w.cases[slot].pending == 0:
        clock = w.clock[0]
        w.cases[slot].key = np.uint64(0)
        w.free_slots[clock.free] = slot
        clock.free += 1


@inline
def derived_key(seed, key, index):
    """Return the key of a case that another one led to, for the resident `index`."""
    x0, _ = threefry(seed, np.uint64(0x636F6C6C61746572), key, np.uint64(index))
    return x0 | np.uint64(1)
