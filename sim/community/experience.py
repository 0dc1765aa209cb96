"""What residents feel of what happens: to themselves, to those they are tied to, and in the news."""

from __future__ import annotations

import math

from sim.agents.attitudes import judged, touch, toward, trust_now
from sim.engine.jit import inline
from sim.engine.ledger import E_AT_LARGE, E_CUSTODIAL, E_FINDING, E_STREET
from sim.pathway.world import climate_of
from sim.scenario import vocabulary as v

HOUSEHOLD_TIE = 0  # of `v.TIES`; the kinds of the population's ties follow


@inline
def hear(w):
    """Let residents feel what has happened since the last event."""
    clock = w.clock[0]
    for k in range(clock.heard):
        event = w.news[k].event
        slot = w.news[k].slot
        if event in (E_CUSTODIAL, E_STREET, E_AT_LARGE):
            _arrested_by_ice(w, slot, event)
        elif event == E_FINDING:
            w.regard[0].findings += w.community[0].publicity
        else:
            _encounter(w, w.cases[slot].resident, w.community[0].experience[event])
    clock.heard = 0


# ── encounters with police ───────────────────────────────────────────────────────────────────────────────
@inline
def _encounter(w, person, experience):
    """Move the attitudes of a person by an encounter of their own, and those of their ties by its echo."""
    c = w.community[0]
    now = w.clock[0].now
    resident = w.residents[person]
    trust = trust_now(resident, climate_of(w, resident), c, now)
    change = judged(c.quality[experience], trust, c)
    alarm = c.frightens[experience]
    if change == 0.0 and alarm == 0.0:
        return
    if c.own > 0.0:
        _feel(w, person, change, alarm, 0.0)
    if c.vicarious > 0.0:
        _tell(w, person, c.vicarious * change, c.vicarious * alarm)


@inline
def _feel(w, person, legitimacy, alarm, belief):
    """Change the attitudes of a resident, and the regard for police in their neighbourhood."""
    c = w.community[0]
    now = w.clock[0].now
    resident = w.residents[person]
    touch(resident, c, now)
    before = resident.legitimacy
    resident.legitimacy = toward(before, legitimacy)
    resident.fear = toward(resident.fear, alarm)
    resident.belief = toward(resident.belief, belief)
    if c.caution > 0.0:
        _regard(w, resident.neighbourhood, resident.legitimacy - before)


@inline
def _regard(w, neighbourhood, change):
    """Change the mean legitimacy of police in a neighbourhood."""
    regard = w.regard[neighbourhood]
    now = w.clock[0].now
    regard.legitimacy *= math.exp(-w.community[0].legitimacy_decay * (now - regard.time))
    regard.time = now
    regard.legitimacy += change / max(regard.people, 1.0)


@inline
def _tell(w, person, legitimacy, alarm):
    """Pass a change on to everybody tied to a person, as the part that the tie has of all of theirs."""
    c = w.community[0]
    first = w.household_start[w.residents[person].household]
    after = w.household_start[w.residents[person].household + 1]
    for other in range(first, after):
        if other != person and c.ties[HOUSEHOLD_TIE] > 0.0:
            part = c.ties[HOUSEHOLD_TIE] / w.tie_total[other]
            _feel(w, other, part * legitimacy, part * alarm, 0.0)
    for k in range(w.tie_start[person], w.tie_start[person + 1]):
        weight = c.ties[HOUSEHOLD_TIE + 1 + w.tie_kind[k]]
        if weight > 0.0:
            other = w.tie_to[k]
            part = weight / w.tie_total[other]
            _feel(w, other, part * legitimacy, part * alarm, 0.0)


# ── arrests by ICE ───────────────────────────────────────────────────────────────────────────────────────
@inline
def _arrested_by_ice(w, slot, event):
    """Frighten those tied to a person whom ICE arrests, and let the news have it.

    Whether local police led to the arrest decides what it says about them: one at large that follows from a
    case of theirs does.
    """
    c = w.community[0]
    case = w.cases[slot]
    person = case.resident
    resident = w.residents[person]
    weight = c.without_conviction if resident.record == v.NO_RECORD else 1.0
    police = event != E_AT_LARGE or case.origin != v.OPERATION
    learned = c.learning if police else 0.0
    alarm = min(c.network_alarm * weight, 1.0)
    if alarm > 0.0 or learned > 0.0:
        _alarm_ties(w, person, alarm, learned)
    if case.raid > 0:
        weight *= w.raids[case.raid - 1].publicity
    places = len(w.ranks) + 1
    _publish(w.climate[resident.group * places + resident.neighbourhood], weight, police)
    _publish(w.climate[resident.group * places + places - 1], weight, police)


@inline
def _publish(cell, weight, police):
    cell.arrests += weight
    if police:
        cell.transfers += weight


@inline
def _alarm_ties(w, person, alarm, learned):
    c = w.community[0]
    first = w.household_start[w.residents[person].household]
    after = w.household_start[w.residents[person].household + 1]
    for other in range(first, after):
        if other != person:
            part = c.ties[HOUSEHOLD_TIE]
            _feel(w, other, 0.0, part * alarm, part * learned)
    for k in range(w.tie_start[person], w.tie_start[person + 1]):
        part = c.ties[HOUSEHOLD_TIE + 1 + w.tie_kind[k]]
        if part > 0.0:
            _feel(w, w.tie_to[k], 0.0, part * alarm, part * learned)
