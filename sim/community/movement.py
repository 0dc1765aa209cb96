"""Contacts that are neither a stop nor a report, and households that move away for fear."""

from __future__ import annotations

from sim.agents.attitudes import exposure_left, moving_rate
from sim.agents.officer import on_duty
from sim.agents.resident import HOME, MOVED_AWAY
from sim.engine.jit import inline
from sim.engine.ledger import E_CONTACT, E_MOVED_AWAY, Q_PEOPLE_MOVED
from sim.engine.luck import decision, uniform
from sim.pathway.world import climate_of, count, open_case, record
from sim.scenario import vocabulary as v

_AGENCY = decision("contact.agency")
GROWN = 16  # years


@inline
def accepts_contact(w, resident_index, height):
    """Whether a candidate contact with police comes about."""
    resident = w.residents[resident_index]
    c = w.community[0]
    if resident.place != HOME or resident.age < GROWN or height >= c.contacts:
        return False
    if w.agencies[len(w.agencies) - 1].crime_cumulative <= 0.0:
        return False
    return height < c.contacts * exposure_left(v.POLICE, resident, climate_of(w, resident), c, w.clock[0].now)


@inline
def contact(w, resident_index, key):
    """Handle a contact and return its case."""
    clock = w.clock[0]
    slot = open_case(w, key, resident_index, v.CONTACT)
    case = w.cases[slot]
    u = uniform(clock.seed, _AGENCY, key)
    k = 0
    while k < len(w.agencies) - 1 and u >= w.agencies[k].crime_cumulative:
        k += 1
    case.agency = k
    case.officer = on_duty(w.agencies[k], clock.now, clock.seed, key)
    record(w, E_CONTACT, slot, -1)
    return slot


@inline
def accepts_move(w, resident_index, height):
    """Whether a resident's household moves away."""
    resident = w.residents[resident_index]
    c = w.community[0]
    if resident.place != HOME or resident.age < GROWN or height >= c.moving:
        return False
    return height < moving_rate(resident, climate_of(w, resident), c, w.clock[0].now)


@inline
def move_away(w, resident_index, key):
    """Handle the move of a household; those in custody stay behind.  Return the case."""
    slot = open_case(w, key, resident_index, v.CONTACT)
    record(w, E_MOVED_AWAY, slot, -1)
    household = w.residents[resident_index].household
    for other in range(w.household_start[household], w.household_start[household + 1]):
        if w.residents[other].place == HOME:
            w.residents[other].place = MOVED_AWAY
            count(w, Q_PEOPLE_MOVED, 1.0, slot)
    return slot
