"""Arrests away from jails: leads that a local contact left behind, and operations that ICE begins itself."""

from __future__ import annotations

from sim.agents.ice import finds, lead_choice, priority
from sim.agents.resident import HOME, IN_ICE_CUSTODY, IN_TRANSIT, REMOVED, is_removable
from sim.engine.budget import QUOTA, TEAM_HOURS, available, charge, draw
from sim.engine.calendar import DETAIN, SHARE, TAKE_UP
from sim.engine.jit import inline
from sim.engine.ledger import E_AT_LARGE, E_ATTEMPT, E_COLLATERAL, E_LEAD, E_RAID_ARREST
from sim.engine.luck import decision, exponential, uniform_at
from sim.pathway.world import derived_key, open_case, record, record_ice_arrest, schedule
from sim.scenario import vocabulary as v

_INTERVAL = decision("ice.lead_interval")
_COLLATERAL = decision("ice.collateral")


@inline
def lead(w, slot):
    """Handle a new lead: look for an address, and take it up some time later."""
    record(w, E_LEAD, slot, w.cases[slot].channel)
    schedule(w, w.clock[0].now, slot, SHARE, v.LOCAL_RECORDS)
    _wait(w, slot)


@inline
def _wait(w, slot):
    clock = w.clock[0]
    case = w.cases[slot]
    u = uniform_at(clock.seed, _INTERVAL, case.key, case.turns)
    schedule(w, clock.now + exponential(u, w.office[0].interval), slot, TAKE_UP, 0)


@inline
def take_up(w, slot):
    """Handle a lead that ICE takes up: drop it, let it wait, or try to find the person."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    if resident.place == REMOVED or resident.place == IN_ICE_CUSTODY or resident.protected == 1:
        return
    turn = case.turns
    case.turns += 1
    choice = lead_choice(w.rules, resident, case, clock.now - case.lead_at, clock.seed, turn)
    if choice == v.DROP:
        return
    # A person who is in jail again is not looked for at home.
    tries = choice == v.ATTEMPT and resident.place == HOME
    if tries and draw(w.budgets[TEAM_HOURS], clock.now, w.office[0].attempt_hours):
        record(w, E_ATTEMPT, slot, case.channel)
        if finds(w.settings[0].success, case, clock.seed, turn):
            _arrest(w, slot)
            return
    _wait(w, slot)


@inline
def _arrest(w, slot):
    """Arrest a person who is at home, and with them perhaps others of the household."""
    clock = w.clock[0]
    case = w.cases[slot]
    record_ice_arrest(w, E_AT_LARGE, slot, case.channel)
    charge(w.budgets[QUOTA], clock.now, 1.0)
    w.residents[case.resident].place = IN_TRANSIT
    schedule(w, clock.now, slot, DETAIN, 0)
    household = w.residents[case.resident].household
    for other in range(w.household_start[household], w.household_start[household + 1]):
        resident = w.residents[other]
        if other == case.resident or resident.status != v.UNDOCUMENTED or resident.place != HOME:
            continue
        if resident.protected == 1:
            continue
        if (
            resident.age < 16
            or uniform_at(clock.seed, _COLLATERAL, case.key, other) >= w.office[0].collateral
        ):
            continue
        _collateral(w, case.key, case.agency, other)


@inline
def _collateral(w, cause, agency, other):
    clock = w.clock[0]
    slot = open_case(w, derived_key(clock.seed, cause, other), other, v.OPERATION)
    case = w.cases[slot]
    case.cause = cause
    case.agency = agency
    case.hit = v.HIT_ORDER if w.residents[other].order == 1 else v.HIT_REMOVABLE
    record(w, E_AT_LARGE, slot, -1)
    record(w, E_COLLATERAL, slot, -1)
    charge(w.budgets[QUOTA], clock.now, 1.0)
    w.residents[other].place = IN_TRANSIT
    schedule(w, clock.now, slot, DETAIN, 0)


@inline
def accepts_operation(w, resident_index, height):
    """Whether an operation of ICE reaches this resident: by status, while the quota asks for more."""
    resident = w.residents[resident_index]
    if resident.place != HOME or height >= w.settings[0].community[resident.status]:
        return False
    if not is_removable(resident, resident_index, w.clock[0].seed, w.settings[0].deportable[resident.record]):
        return False
    # Half an arrest: so that on average neither a small nor a large sample runs ahead of its quota.
    return available(w.budgets[QUOTA], w.clock[0].now) >= 0.5


@inline
def operation(w, resident_index, key):
    """Handle an operation that reaches a resident without local police contact, and return its case.

    The rules may leave the person alone; that costs no team an hour.
    """
    clock = w.clock[0]
    resident = w.residents[resident_index]
    slot = open_case(w, key, resident_index, v.OPERATION)
    case = w.cases[slot]
    case.address = 1
    case.hit = v.HIT_ORDER if resident.order == 1 else v.HIT_REMOVABLE
    case.priority = priority(resident, case)
    if lead_choice(w.rules, resident, case, 0.0, clock.seed, 0) != v.ATTEMPT:
        return slot
    if not draw(w.budgets[TEAM_HOURS], clock.now, w.office[0].attempt_hours):
        return slot
    record(w, E_ATTEMPT, slot, -1)
    if finds(w.settings[0].success, case, clock.seed, 0):
        _arrest(w, slot)
    return slot


@inline
def accepts_raid(w, stream, resident_index, height):
    """Whether a raid reaches this resident: an undocumented adult at home in the places that it covers."""
    resident = w.residents[resident_index]
    raid = w.raids[stream.operation]
    if resident.place != HOME or resident.status != v.UNDOCUMENTED or resident.age < 16:
        return False
    if resident.protected == 1 or w.ranks[resident.neighbourhood] >= raid.covered:
        return False
    return raid.begins <= w.clock[0].now < raid.ends and height < raid.rate


@inline
def raid(w, stream, resident_index, key):
    """Handle an arrest in a raid, with teams from elsewhere and beyond any quota; return its case."""
    slot = open_case(w, key, resident_index, v.OPERATION)
    case = w.cases[slot]
    case.address = 1
    case.raid = stream.operation + 1
    case.hit = v.HIT_ORDER if w.residents[resident_index].order == 1 else v.HIT_REMOVABLE
    record(w, E_AT_LARGE, slot, -1)
    record(w, E_RAID_ARREST, slot, -1)
    w.residents[resident_index].place = IN_TRANSIT
    schedule(w, w.clock[0].now, slot, DETAIN, 0)
    return slot
