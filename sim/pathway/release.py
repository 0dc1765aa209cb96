"""Leaving the jail: released, held for ICE, fetched or not fetched."""

from __future__ import annotations

from sim.agents.ice import arrival, sets_out
from sim.agents.jail import over_hold_time
from sim.agents.resident import HOME
from sim.engine.budget import PICKUP_HOURS, QUOTA, charge, draw
from sim.engine.calendar import DETAIN, HOLD_END, LEAD, PICKUP
from sim.engine.candidates import NO_LIMIT, SUSPECT
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_CUSTODIAL,
    E_HOLD,
    E_HOLD_EXPIRED,
    E_JAIL_RELEASE,
    E_OVER_HOLD,
    E_PICKUP_MISSED,
    E_WARRANT_SERVED,
    Q_DETAINER_COST,
    Q_DETAINER_DAYS,
    Q_HOLD_HOURS,
    Q_JAIL_CLAIMS,
    Q_JAIL_DAYS,
    Q_JAIL_HOURS,
    Q_OVER_HOLD_HOURS,
    Q_REMOVABLE_TRANSFERS,
    Q_TRANSFER_WAIT,
    Q_WRONGFUL_HOLD_HOURS,
    Q_WRONGFUL_REQUEST_DAYS,
)
from sim.engine.luck import decision, uniform
from sim.pathway.world import claim, count, record, record_ice_arrest, schedule, task
from sim.scenario import vocabulary as v

_CONVICTION = decision("release.conviction")


@inline
def release(w, slot):
    """Handle the planned release: the person goes home unless ICE comes or the jail holds."""
    clock = w.clock[0]
    case = w.cases[slot]
    if case.in_jail == 0 or case.hold_from >= 0.0 or clock.now != case.release_at:
        return
    agreed = case.staffed == 1 and w.jails[case.jail].model_287g != v.NO_JAIL_MODEL
    if case.response >= v.NOTIFY and agreed and case.request != v.REQUEST_NONE:
        # Staff with 287(g) authority serve ICE's warrant: nobody has to come in time.
        record(w, E_WARRANT_SERVED, slot, -1)
        task(w, slot, v.TASK_SERVICE, Q_JAIL_HOURS)
        schedule(w, clock.now, slot, PICKUP, 0)
    elif case.response == v.HOLD:
        _hold(w, slot)
    elif case.response >= 0 and _at_the_door(w, slot):
        schedule(w, clock.now, slot, PICKUP, 0)
    else:
        if case.response >= 0:
            record(w, E_PICKUP_MISSED, slot, -1)
        _leave(w, slot)


@inline
def _comes(w, slot):
    """Whether ICE sets out for the person and has the hours to do so."""
    clock = w.clock[0]
    case = w.cases[slot]
    if not sets_out(w.settings[0].effort[case.priority], clock.seed, case.key):
        return False
    return draw(w.budgets[PICKUP_HOURS], clock.now, w.office[0].pickup_hours)


@inline
def _at_the_door(w, slot):
    """Whether ICE is there in time, though it is not waited for.

    A jail that notifies gives notice; where it declines, ICE may still see the release on the roster, as it
    happens.
    """
    case = w.cases[slot]
    if case.release_known == 0 or not _comes(w, slot):
        return False
    office = w.office[0]
    notice = office.notice if case.response == v.NOTIFY else 0.0
    return arrival(office, w.clock[0].seed, case.key) <= notice + office.patience


@inline
def _hold(w, slot):
    """Hold the person beyond release: until ICE comes, or until the limit (and sometimes past it)."""
    clock = w.clock[0]
    case = w.cases[slot]
    jail = w.jails[case.jail]
    record(w, E_HOLD, slot, -1)
    case.hold_from = clock.now
    case.hold_until = clock.now + jail.hold_limit
    if _comes(w, slot):
        wait = arrival(w.office[0], clock.seed, case.key)
        if clock.now + wait <= case.hold_until:
            schedule(w, clock.now + wait, slot, PICKUP, 0)
            return
    over = over_hold_time(jail, clock.seed, case.key)
    schedule(w, case.hold_until + over, slot, HOLD_END, 1 if over > 0.0 else 0)


@inline
def _count_hold(w, slot):
    case = w.cases[slot]
    hours = (w.clock[0].now - case.hold_from) * 24.0
    count(w, Q_HOLD_HOURS, hours, slot)
    if case.wrongful == 1:
        count(w, Q_WRONGFUL_HOLD_HOURS, hours, slot)


@inline
def hold_end(w, slot, over):
    """Handle the end of a hold that ICE did not end."""
    clock = w.clock[0]
    case = w.cases[slot]
    if case.in_jail == 0:
        return
    _count_hold(w, slot)
    record(w, E_HOLD_EXPIRED, slot, -1)
    if over == 1:
        record(w, E_OVER_HOLD, slot, -1)
        count(w, Q_OVER_HOLD_HOURS, (clock.now - case.hold_until) * 24.0, slot)
        claim(w, slot, w.settings[0].claim_over_hold, Q_JAIL_CLAIMS)
    record(w, E_PICKUP_MISSED, slot, -1)
    _leave(w, slot)


@inline
def pickup(w, slot):
    """Handle ICE's arrival: the person passes into its custody."""
    clock = w.clock[0]
    case = w.cases[slot]
    if case.in_jail == 0:
        return
    if case.hold_from >= 0.0:
        _count_hold(w, slot)
    count(w, Q_TRANSFER_WAIT, clock.now - case.booked_at, slot)
    record_ice_arrest(w, E_CUSTODIAL, slot, case.channel)
    if case.wrongful == 0:
        count(w, Q_REMOVABLE_TRANSFERS, 1.0, slot)
    else:
        claim(w, slot, w.settings[0].claim_wrongful, Q_JAIL_CLAIMS)
    charge(w.budgets[QUOTA], clock.now, w.office[0].displacement)
    _out_of_jail(w, slot)
    schedule(w, clock.now, slot, DETAIN, 0)


@inline
def _out_of_jail(w, slot):
    clock = w.clock[0]
    case = w.cases[slot]
    count(w, Q_JAIL_DAYS, clock.now - case.booked_at, slot)
    if clock.now > case.first_release:
        longer = clock.now - case.first_release
        count(w, Q_DETAINER_DAYS, longer, slot)
        count(w, Q_DETAINER_COST, longer * w.jails[case.jail].cost_day, slot)
    if case.wrongful == 1 and case.requested_at >= 0.0 and case.request != v.REQUEST_NONE:
        count(w, Q_WRONGFUL_REQUEST_DAYS, clock.now - case.requested_at, slot)
    case.in_jail = 0
    w.jails[case.jail].held -= 1


@inline
def _leave(w, slot):
    """Go home: a conviction is noted, and what ICE knows may become a lead."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    record(w, E_JAIL_RELEASE, slot, -1)
    _out_of_jail(w, slot)
    resident.place = HOME
    chance = w.settings[0].conviction[case.offence]
    if case.charged == 1 and uniform(clock.seed, _CONVICTION, case.key) < chance:
        worst = v.VIOLENT if case.offence == v.VIOLENT_FELONY else v.NONVIOLENT
        resident.record = max(resident.record, worst)
        w.reach[case.resident, SUSPECT] = NO_LIMIT
    if case.request >= v.REQUEST_LEAD and case.waiting == 0:
        case.lead_at = clock.now
        schedule(w, clock.now, slot, LEAD, 0)
