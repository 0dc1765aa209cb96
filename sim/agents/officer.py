"""A police officer: whom they stop, how they end a stop, and what they do about immigration.

Officers differ: in how far the perceived group of a driver changes whom they stop, and in how often they
let an arrest go with a citation.  What they *may* do is the scenario's rules; what they *are*, their record.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.face import RecordAgent
from sim.engine.jit import inline
from sim.engine.luck import decision, uniform
from sim.engine.rulebook import answer, part
from sim.scenario import vocabulary as v

SHIFTS = ("night", "day", "evening")

OFFICER = np.dtype(
    [
        ("profiling", np.float64),  # multiplies the agency's stop rate of Black and Hispanic drivers
        ("leniency", np.float64),  # chance that an arrest at a stop becomes a citation
        ("agency", np.int16),
        ("shift", np.int8),
        ("deputized", np.int8),  # holds 287(g) authority: 0 or 1
        ("task_force", np.int8),  # patrols with a federal agent: 0 or 1
        ("trained", np.int8),  # has had civil-rights training: 0 or 1
    ],
    align=True,
)

_LENIENCY = decision("officer.leniency")
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
def own_bias(officer, resident):
    """Return how much more than the mean officer this one stops a person of the resident's group."""
    if resident.group == v.BLACK or resident.group == v.HISPANIC:
        return officer.profiling
    return 1.0


@inline
def queries(rules, officer, agency, resident, case, seed):
    """Return which databases the officer asks, as a bit mask."""
    t = v.T_STOP_QUERY
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, case.reason)
        + part(rules, t, 2, resident.group)
        + part(rules, t, 3, resident.licensed)
        + part(rules, t, 4, officer.deputized)
        + part(rules, t, 5, officer.trained)
        + part(rules, t, 6, agency.status_inquiry)
        + part(rules, t, 7, officer.task_force)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def stop_outcome(rules, officer, resident, case, screening, seed):
    """Return how the officer ends the stop; a lenient officer turns some arrests into citations."""
    t = v.T_STOP_OUTCOME
    cell = (
        part(rules, t, 0, case.agency)
        + part(rules, t, 1, case.reason)
        + part(rules, t, 2, resident.group)
        + part(rules, t, 3, resident.age)
        + part(rules, t, 4, resident.licensed)
        + part(rules, t, 5, case.warrant_hit)
        + part(rules, t, 6, officer.deputized)
        + part(rules, t, 7, officer.trained)
        + part(rules, t, 8, screening)
    )
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
        + part(rules, t, 2, officer.deputized)
        + part(rules, t, 3, officer.trained)
        + part(rules, t, 4, officer.task_force)
        + part(rules, t, 5, agency.status_inquiry)
        + part(rules, t, 6, immigration_hit)
        + part(rules, t, 7, resident.group)
        + part(rules, t, 8, outcome)
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
