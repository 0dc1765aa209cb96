"""ICE asks the jail to hold a person or to say when they leave, and the jail answers by its policy."""

from __future__ import annotations

from sim.agents.jail import release_route, response, stay
from sim.engine.calendar import HOLD_END, LIFT, RELEASE, SHARE
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_DECLINED,
    E_DETAINER,
    E_DETAINER_LIFTED,
    E_HONOURED,
    E_JUDICIAL_DETAINER,
    E_NOTIFICATION_REQUEST,
    E_NOTIFIED,
    Q_REMOVABLE_REQUESTS,
    Q_WRONGFUL_REQUEST_DAYS,
    Q_WRONGFUL_REQUESTS,
)
from sim.engine.luck import decision, exponential, uniform
from sim.pathway.world import count, record, schedule
from sim.scenario import vocabulary as v

_ERROR_FOUND = decision("detainer.error_found")


@inline
def request(w, slot):
    """Handle a request while the person is still in the jail."""
    case = w.cases[slot]
    if case.in_jail == 0:
        return
    clock = w.clock[0]
    resident = w.residents[case.resident]
    if case.request == v.REQUEST_NOTIFICATION:
        record(w, E_NOTIFICATION_REQUEST, slot, case.channel)
    else:
        record(w, E_DETAINER, slot, case.channel)
        if case.request == v.REQUEST_JUDICIAL:
            record(w, E_JUDICIAL_DETAINER, slot, case.channel)
    if case.wrongful == 1:
        count(w, Q_WRONGFUL_REQUESTS, 1.0, slot)
        case.requested_at = clock.now
        found = exponential(uniform(clock.seed, _ERROR_FOUND, case.key), w.office[0].error_found)
        schedule(w, clock.now + found, slot, LIFT, 0)
    else:
        count(w, Q_REMOVABLE_REQUESTS, 1.0, slot)
    case.response = response(w.rules, resident, case, clock.seed)
    if case.response == v.HOLD:
        record(w, E_HONOURED, slot, -1)
        _stay_with_detainer(w, slot)
        return
    record(w, E_NOTIFIED if case.response == v.NOTIFY else E_DECLINED, slot, -1)
    schedule(w, clock.now, slot, SHARE, v.RELEASE_DATE)


@inline
def _stay_with_detainer(w, slot):
    """Ask again how the person leaves, now that a detainer stands: the same luck, a different rule."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    route = release_route(w.rules, resident, case, 1, clock.seed)
    if route == case.route:
        return
    case.route = route
    case.release_at = max(clock.now, case.booked_at + stay(w.settings[0], case, clock.seed))
    schedule(w, case.release_at, slot, RELEASE, 0)


@inline
def lift(w, slot):
    """Handle the moment at which a request turns out to be about a person who is not removable."""
    clock = w.clock[0]
    case = w.cases[slot]
    if case.in_jail == 0:
        return
    record(w, E_DETAINER_LIFTED, slot, case.channel)
    count(w, Q_WRONGFUL_REQUEST_DAYS, clock.now - case.requested_at, slot)
    case.request = v.REQUEST_NONE
    case.response = -1
    if case.hold_from >= 0.0:
        schedule(w, clock.now, slot, HOLD_END, 1 if clock.now > case.hold_until else 0)
    elif case.release_at > case.first_release:
        case.release_at = max(clock.now, case.first_release)
        schedule(w, case.release_at, slot, RELEASE, 0)
