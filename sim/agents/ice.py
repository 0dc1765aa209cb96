"""The ICE field office: what it finds, what it asks of jails, whom it fetches, and what becomes of leads.

Its capacities are flows (`sim.engine.budget`), its will is a set of chances, and what it does about a match
or a lead is the scenario's rules.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.face import RecordAgent
from sim.engine.budget import BED_DAYS, PICKUP_HOURS, QUOTA, REVIEW_HOURS, TEAM_HOURS, available
from sim.engine.jit import inline
from sim.engine.luck import decision, exponential, lognormal, uniform, uniform_at, uniform_pair
from sim.engine.rulebook import answer, part
from sim.scenario import vocabulary as v

OFFICE = np.dtype(
    [
        ("review_hours", np.float64),  # that one review takes
        ("turnaround", np.float64),  # median days from match to answer
        ("turnaround_spread", np.float64),  # of the logarithm
        ("lapse", np.float64),  # days until an unreviewed match lapses
        ("print_false_match", np.float64),  # chance that a print is matched wrongly
        ("interview_reach", np.float64),  # share of people in jail interviewed on a visit
        ("interview_disclosure", np.float64),  # chance that an interview finds a removable person
        ("interview_error", np.float64),  # chance that it takes another for one
        ("roster_flag", np.float64),  # chance that the roster leads to a removable person
        ("record_flag", np.float64),  # the same of the record of a victim or witness
        ("stale_file", np.float64, (len(v.STATUSES),)),  # share whose file is out of date, by status
        ("error_found", np.float64),  # mean days until a wrongful detainer is lifted
        ("tip_scene", np.float64),  # chance that a team sets out for the scene
        ("tip_arrival", np.float64),  # mean days until it is there
        ("tip_mistake", np.float64),  # chance that a lawful noncitizen is taken for removable
        ("pickup_hours", np.float64),  # that one pick-up takes
        ("delay", np.float64),  # median days from release to arrival
        ("delay_spread", np.float64),  # of the logarithm
        ("notice", np.float64),  # days before release, where a jail notifies
        ("patience", np.float64),  # days after release in which the person is still met
        ("attempt_hours", np.float64),  # team hours that one attempt at large takes
        ("interval", np.float64),  # mean days until a lead is taken up
        ("collateral", np.float64),  # chance that each other undocumented adult at home is arrested
        ("displacement", np.float64),  # part of a transfer that counts against the quota
        ("represented", np.float64),  # share with counsel
        ("stay_spread", np.float64),  # of the logarithm of time in detention
        ("wrongful_found", np.float64),  # mean days until a wrongful detention ends
        ("in_custody", np.int64),  # people in detention now
        ("most_in_custody", np.int64),  # most people ever in detention at once
        ("waiting", np.int64),  # matches that wait for review now
    ],
    align=True,
)

_FALSE_PRINT = decision("ice.false_print")
_INTERVIEW = decision("ice.interview")
_ROSTER = decision("ice.roster")
_RECORD = decision("ice.victim_record")
_TIP_MISTAKE = decision("ice.tip_mistake")
_TIP_SCENE = decision("ice.tip_scene")
_STOP_LENGTH = decision("stop.length")
_TURNAROUND = decision("ice.turnaround")
_EFFORT = decision("ice.pickup_effort")
_DELAY = decision("ice.pickup_delay")
_SUCCESS = decision("ice.at_large_success")


@inline
def match_prints(office, resident, removable, stale, seed, key):
    """Return what a search of the federal databases with booking prints shows.

    The database holds removable people it has met (`biometric`), and lawful noncitizens and naturalized
    citizens whose file says that they are not removable, unless it is `stale`; a print of anybody else may
    match wrongly.
    """
    if removable:
        if resident.biometric == 0:
            return v.HIT_NONE
        return v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    if (stale and resident.biometric == 1) or uniform(seed, _FALSE_PRINT, key) < office.print_false_match:
        return v.HIT_REMOVABLE
    return v.HIT_LAWFUL if resident.biometric == 1 and resident.status != v.US_BORN else v.HIT_NONE


@inline
def match_interview(office, resident, removable, seed, key):
    """Return what an interview in the jail establishes."""
    u = uniform(seed, _INTERVIEW, key)
    if removable:
        if u >= office.interview_disclosure:
            return v.HIT_NONE
        return v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    return v.HIT_REMOVABLE if u < office.interview_error else v.HIT_NONE


@inline
def match_roster(office, resident, removable, seed, key):
    """Return what reading the jail's roster leads to."""
    if not removable or uniform(seed, _ROSTER, key) >= office.roster_flag:
        return v.HIT_NONE
    return v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE


@inline
def match_record(office, resident, removable, seed, key):
    """Return what reading the police record of a victim or witness leads to."""
    if not removable or uniform(seed, _RECORD, key) >= office.record_flag:
        return v.HIT_NONE
    return v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE


@inline
def match_tip(office, resident, removable, seed, key):
    """Return what ICE makes of a person whom an officer names in a message.

    It checks its own files; only a noncitizen can be taken wrongly.
    """
    if removable:
        return v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    lawful = resident.status == v.LPR or resident.status == v.TEMPORARY
    mistaken = lawful and uniform(seed, _TIP_MISTAKE, key) < office.tip_mistake
    return v.HIT_REMOVABLE if mistaken else v.HIT_NONE


@inline
def reaches_scene(office, length, seed, key):
    """Return days until a team stands at a stop that lasts `length` days on average, or −1 if none comes."""
    u, chance = uniform_pair(seed, _TIP_SCENE, key)
    if chance >= office.tip_scene:
        return -1.0
    wait = exponential(u, office.tip_arrival)
    return wait if wait < exponential(uniform(seed, _STOP_LENGTH, key), length) else -1.0


@inline
def priority(resident, case):
    """Return ICE's priority: violence first, then orders, convictions and felonies, then the rest."""
    if resident.record == v.VIOLENT or case.offence == v.VIOLENT_FELONY:
        return v.HIGH
    if case.hit == v.HIT_ORDER or resident.record == v.NONVIOLENT or case.offence == v.NONVIOLENT_FELONY:
        return v.MEDIUM
    return v.LOW


@inline
def review(rules, resident, case, seed):
    """Return what ICE does about a match; a false match shows a person as undocumented."""
    t = v.T_REVIEW
    is_mistaken = case.wrongful == 1 and case.hit != v.HIT_LAWFUL
    status = v.UNDOCUMENTED if is_mistaken else resident.status
    offence = case.offence if case.offence >= 0 else v.MISDEMEANOR
    cell = (
        part(rules, t, 0, case.hit - 1)
        + part(rules, t, 1, status)
        + part(rules, t, 2, 1 if case.hit == v.HIT_ORDER else 0)
        + part(rules, t, 3, resident.record)
        + part(rules, t, 4, offence)
        + part(rules, t, 5, case.charged)
        + part(rules, t, 6, case.channel)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def turnaround(office, seed, key):
    """Return days from the start of a review to its answer."""
    return lognormal(uniform(seed, _TURNAROUND, key), office.turnaround, office.turnaround_spread)


@inline
def sets_out(effort, seed, key):
    """Whether ICE sets out to fetch the person."""
    return uniform(seed, _EFFORT, key) < effort


@inline
def arrival(office, seed, key):
    """Return days from the start of a pick-up to arrival at the jail."""
    return lognormal(uniform(seed, _DELAY, key), office.delay, office.delay_spread)


@inline
def lead_choice(rules, resident, case, age, seed, turn):
    """Return what ICE does with a lead that it takes up for the `turn`-th time: drop, wait, attempt.

    An operation of its own is asked about once, as a lead of age 0.
    """
    t = v.T_AT_LARGE
    cell = (
        part(rules, t, 0, min(int(age), 730))
        + part(rules, t, 1, case.origin)
        + part(rules, t, 2, case.priority)
        + part(rules, t, 3, case.address)
        + part(rules, t, 4, 1 if case.hit == v.HIT_ORDER else 0)
        + part(rules, t, 5, resident.record)
    )
    return answer(rules, t, cell, seed, case.key, turn)


@inline
def finds(success, case, seed, turn):
    """Whether an attempt finds the person; `success` is by whether the address is known."""
    return uniform_at(seed, _SUCCESS, case.key, turn) < success[case.address]


@inline
def court_outcome(rules, resident, case, represented, seed):
    """Return how immigration detention ends."""
    t = v.T_COURT
    cell = (
        part(rules, t, 0, resident.status)
        + part(rules, t, 1, resident.order)
        + part(rules, t, 2, resident.record)
        + part(rules, t, 3, represented)
    )
    return answer(rules, t, cell, seed, case.key, 0)


def new_office() -> Any:
    """Return the zeroed record of one field office."""
    return np.zeros(1, dtype=OFFICE).view(np.recarray)


class FieldOffice(RecordAgent):
    """The field office as a Mesa agent, with what it has left of its capacities."""

    def _left(self, budget: int) -> float:
        return float(available(self.model.world.budgets[budget], self.model.day))

    @property
    def review_hours_left(self) -> float:
        """Review hours at hand."""
        return self._left(REVIEW_HOURS)

    @property
    def pickup_hours_left(self) -> float:
        """Pick-up hours at hand."""
        return self._left(PICKUP_HOURS)

    @property
    def team_hours_left(self) -> float:
        """Hours of at-large teams at hand."""
        return self._left(TEAM_HOURS)

    @property
    def bed_days_left(self) -> float:
        """Bed-days at hand."""
        return self._left(BED_DAYS)

    @property
    def quota_left(self) -> float:
        """At-large arrests that the quota still asks for (negative: it is overfulfilled)."""
        return self._left(QUOTA)
