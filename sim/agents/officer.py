"""A police officer: whom they stop, how they end a stop, and what they do about immigration.

Officers differ: in how far the perceived group of a driver changes whom they stop, in how often they let an
arrest go with a citation, and in how readily they tip ICE.  What they *may* do is the scenario's rules; what
they *are*, their record; training and the findings of a reviewer change what they are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.agents.face import RecordAgent
from sim.engine.jit import inline
from sim.engine.luck import decision, uniform
from sim.engine.rulebook import answer, chance_of, luck_of, part
from sim.scenario import vocabulary as v

SHIFTS = ("night", "day", "evening")

OFFICER = np.dtype(
    [
        ("profiling", np.float64),  # multiplies the agency's stop rate of Black and Hispanic drivers
        ("leniency", np.float64),  # chance that an arrest at a stop becomes a citation
        ("tipping", np.float64),  # chance to tip ICE about a person who seems removable
        ("restraint", np.float64),  # share by which findings have lowered tips and pretext arrests
        ("trained_at", np.float64),  # day of the first training
        ("busy_until", np.float64),  # day until which an immigration task takes the officer
        ("agency", np.int16),  # number of the agency
        ("shift", np.int8),  # see SHIFTS
        ("deputized", np.int8),  # holds 287(g) authority: 0 or 1
        ("task_force", np.int8),  # patrols with a federal agent: 0 or 1
        ("trained", np.int8),  # has had civil-rights training: 0 or 1
    ],
    align=True,
)

_LENIENCY = decision("officer.leniency")
_SEARCH = decision("officer.search")
_CONTRABAND = decision("officer.contraband")
_TIP = decision("officer.tip")
_ON_DUTY = decision("officer.on_duty")


@inline
def on_duty(agency, now, seed, key):
    """Return the officer of an agency whom a candidate meets: one of those on shift at that hour."""
    shift = int((now - np.floor(now)) * 3.0)
    first = agency.first_officer + (agency.officer_count * shift) // 3
    after = agency.first_officer + (agency.officer_count * (shift + 1)) // 3
    if after <= first:
        first = agency.first_officer
        after = first + agency.officer_count
    return first + int(uniform(seed, _ON_DUTY, key) * (after - first))


@inline
def stop_rate(resident, base, exposure, age_rate, profiling):
    """Return stops a year of this resident by the agency's mean officer.

    `base` is the agency's rate for the mean person, `exposure` the resident's own, `profiling` the agency's
    ratio by perceived group.
    """
    return base * exposure * age_rate[resident.age] * profiling[resident.group]


@inline
def training_left(officer, settings, now):
    """Return the effect of the officer's training at this time: fresh at each refresher, then fading."""
    if officer.trained == 0 or settings.training_effect <= 0.0:
        return 0.0
    since = max(now - officer.trained_at, 0.0)
    since -= math.floor(since / settings.training_interval) * settings.training_interval
    return settings.training_effect * math.exp(-math.log(2.0) * since / settings.training_half_life)


@inline
def own_bias(officer, resident, training):
    """Return how much more than the mean officer this one stops a person of the resident's group.

    `training` (0 to 1) takes that share from what lies above the mean.
    """
    if resident.group != v.BLACK and resident.group != v.HISPANIC:
        return 1.0
    if officer.profiling <= 1.0:
        return officer.profiling
    return 1.0 + (officer.profiling - 1.0) * (1.0 - training)


@inline
def searches(officer, resident, settings, seed, key, training):
    """Return how strong the signs were for a search that is made (0 to 1, as a rank), or −1 for none.

    Officers search where signs are strongest, so a group that is searched more often is searched on weaker
    signs, and yields less: the logic of outcome tests.
    """
    signs = uniform(seed, _SEARCH, key)
    share = settings.search[resident.group] * own_bias(officer, resident, training)
    return 1.0 - signs if signs < share else -1.0


@inline
def finds_contraband(settings, signs, seed, key):
    """Whether a search on signs of this strength finds something."""
    chance = settings.contraband * math.pow(signs, settings.contraband_slope)
    return uniform(seed, _CONTRABAND, key) < chance


@inline
def tips_ice(officer, resident, settings, seed, key, training):
    """Whether the officer, unasked and outside any rule, wants to tell ICE about the person."""
    if officer.tipping <= 0.0:
        return False
    unlicensed = resident.licensed == 0 and resident.driving > 0.0
    seems = settings.suspicion_unlicensed if unlicensed else settings.suspicion
    chance = officer.tipping * (1.0 - officer.restraint) * (1.0 - training) * seems[resident.group]
    return uniform(seed, _TIP, key) < chance


@inline
def queries(rules, officer, agency, resident, case, seed):
    """Return which databases the officer asks, as a bit mask."""
    t = v.T_STOP_QUERY
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, case.reason)
        + part(rules, t, 2, resident.group)
        + part(rules, t, 3, resident.licensed)
        + part(rules, t, 4, case.deputized)
        + part(rules, t, 5, officer.trained)
        + part(rules, t, 6, agency.status_inquiry)
        + part(rules, t, 7, case.federal)
        + part(rules, t, 8, case.saturation)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def is_pretext(rules, table, cell, seed, key, motive):
    """Whether a stop ends with an arrest that its rule alone would not have made.

    The motive is added to the log-odds of an arrest.  An arrest is the last of the answers, so the same
    uniform that would make it at the rule's chance makes it at the larger one.
    """
    chance = chance_of(rules, table, cell, v.STOP_ARREST)
    if chance <= 0.0 or chance >= 1.0:
        return False
    odds = chance / (1.0 - chance) * math.exp(motive)
    u = luck_of(rules, table, seed, key, 0)
    return 1.0 - odds / (1.0 + odds) <= u < 1.0 - chance


@inline
def stop_outcome(rules, officer, resident, case, screening, motive, seed):
    """Return how the officer ends the stop; a lenient officer turns some arrests into citations.

    `motive` is what screening in the jail adds to the log-odds of an arrest at a minor stop.
    """
    t = v.T_STOP_OUTCOME
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, case.reason)
        + part(rules, t, 2, resident.group)
        + part(rules, t, 3, resident.age)
        + part(rules, t, 4, resident.licensed)
        + part(rules, t, 5, case.warrant_hit)
        + part(rules, t, 6, case.deputized)
        + part(rules, t, 7, officer.trained)
        + part(rules, t, 8, screening)
        + part(rules, t, 9, case.saturation)
    )
    if motive > 0.0 and is_pretext(rules, t, cell, seed, case.key, motive):
        case.pretext = 1
        return v.STOP_ARREST
    outcome = answer(rules, t, cell, seed, case.key, 0)
    spared = outcome == v.STOP_ARREST and case.warrant_hit == 0
    if spared and uniform(seed, _LENIENCY, case.key) < officer.leniency:
        return v.STOP_CITATION
    return outcome


@inline
def street_check(rules, officer, agency, resident, case, immigration_hit, outcome, seed):
    """Return what the officer does about immigration at the stop."""
    t = v.T_STREET_CHECK
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, agency.model_287g)
        + part(rules, t, 2, case.deputized)
        + part(rules, t, 3, officer.trained)
        + part(rules, t, 4, case.federal)
        + part(rules, t, 5, agency.status_inquiry)
        + part(rules, t, 6, immigration_hit)
        + part(rules, t, 7, resident.group)
        + part(rules, t, 8, outcome)
        + part(rules, t, 9, case.saturation)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def disposition(rules, resident, case, seed):
    """Return whether an arrest ends with a citation (0) or in the jail (1)."""
    t = v.T_DISPOSITION
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, case.origin)
        + part(rules, t, 2, case.offence)
        + part(rules, t, 3, resident.record)
        + part(rules, t, 4, resident.licensed)
        + part(rules, t, 5, resident.age)
        + part(rules, t, 6, case.warrant_hit)
    )
    return answer(rules, t, cell, seed, case.key, 0)


def new_officers(count: int) -> Any:
    """Return `count` zeroed records, with attribute access to their fields."""
    return np.zeros(count, dtype=OFFICER).view(np.recarray)


class Officer(RecordAgent):
    """One officer as a Mesa agent."""

    words = {"shift": SHIFTS}  # noqa: RUF012 - a constant

    @property
    def agency_name(self) -> str:
        """Name of the officer's agency."""
        return str(self.model.agent_names["agency"][self.agency])
