"""Detention and immigration court: a bed, a time, and one of six ends."""

from __future__ import annotations

from sim.agents.ice import court_outcome
from sim.agents.resident import HOME, IN_ICE_CUSTODY, REMOVED
from sim.engine.budget import BED_DAYS, draw
from sim.engine.calendar import COME_BACK, COURT_END
from sim.engine.jit import inline
from sim.engine.ledger import (
    E_BOND,
    E_DETENTION,
    E_NO_BED,
    E_RETURNED,
    Q_CHILDREN,
    Q_CITIZEN_CHILDREN,
    Q_DETAINED_DAYS,
    Q_EARNERS_REMOVED,
    Q_EARNERS_TAKEN,
    Q_PARENTS_REMOVED,
    Q_PARENTS_TAKEN,
    Q_SEPARATIONS,
    Q_WRONGFUL_DAYS,
)
from sim.engine.luck import decision, exponential, lognormal, uniform
from sim.pathway.world import count, record, schedule
from sim.scenario import vocabulary as v

_REPRESENTED = decision("court.represented")
_STAY = decision("court.stay")
_RETURNS = decision("removal.returns")
_RETURN_TIME = decision("removal.return_time")
LONGEST = 365.0
ADULT = 18  # years


@inline
def _plan(w, slot):
    """Return how detention will end and after how many days.

    A person who is not removable is released once that is found out.
    """
    clock = w.clock[0]
    case = w.cases[slot]
    office = w.office[0]
    u = uniform(clock.seed, _STAY, case.key)
    if case.wrongful == 1:
        return v.TERMINATED, min(LONGEST, exponential(u, office.wrongful_found))
    represented = 1 if uniform(clock.seed, _REPRESENTED, case.key) < office.represented else 0
    outcome = court_outcome(w.rules, w.residents[case.resident], case, represented, clock.seed)
    return outcome, min(LONGEST, lognormal(u, w.settings[0].court_stay[outcome], office.stay_spread))


@inline
def _count_family(w, slot):
    """Count what an arrest by ICE takes from a household: a member, an earner, a parent."""
    person = w.cases[slot].resident
    resident = w.residents[person]
    first = w.household_start[resident.household]
    after = w.household_start[resident.household + 1]
    others = after - first - 1
    if others <= 0:
        return
    count(w, Q_SEPARATIONS, 1.0, slot)
    count(w, Q_EARNERS_TAKEN, float(resident.earner), slot)
    count(w, Q_PARENTS_TAKEN, float(resident.parent), slot)
    children = citizens = 0.0
    for other in range(first, after):
        if other != person and w.residents[other].age < ADULT:
            children += 1.0
            citizens += 1.0 if w.residents[other].status <= v.NATURALIZED else 0.0
    count(w, Q_CHILDREN, children, slot)
    count(w, Q_CITIZEN_CHILDREN, citizens, slot)


@inline
def detain(w, slot):
    """Handle the way into detention: a bed for the whole stay, or release under supervision."""
    clock = w.clock[0]
    case = w.cases[slot]
    resident = w.residents[case.resident]
    _count_family(w, slot)
    outcome, days = _plan(w, slot)
    if not draw(w.budgets[BED_DAYS], clock.now, days):
        record(w, E_NO_BED, slot, -1)
        resident.place = HOME
        return
    office = w.office[0]
    office.in_custody += 1
    office.most_in_custody = max(office.most_in_custody, office.in_custody)
    resident.place = IN_ICE_CUSTODY
    case.detained_at = clock.now
    record(w, E_DETENTION, slot, -1)
    schedule(w, clock.now + days, slot, COURT_END, outcome)


@inline
def court_end(w, slot, outcome):
    """Handle the end of detention: removed, or home again."""
    clock = w.clock[0]
    case = w.cases[slot]
    count(w, Q_DETAINED_DAYS, clock.now - case.detained_at, slot)
    if case.wrongful == 1:
        count(w, Q_WRONGFUL_DAYS, clock.now - case.detained_at, slot)
    record(w, E_BOND + outcome, slot, -1)
    w.office[0].in_custody -= 1
    gone = outcome == v.REMOVAL or outcome == v.VOLUNTARY_DEPARTURE
    resident = w.residents[case.resident]
    resident.place = REMOVED if gone else HOME
    if gone:
        if uniform(clock.seed, _RETURNS, case.key) < w.community[0].return_share:
            u = uniform(clock.seed, _RETURN_TIME, case.key)
            schedule(w, clock.now + exponential(u, w.community[0].return_time), slot, COME_BACK, 0)
        count(w, Q_EARNERS_REMOVED, float(resident.earner), slot)
        count(w, Q_PARENTS_REMOVED, float(resident.parent), slot)


@inline
def come_back(w, slot):
    """Handle the return of a person who had been removed."""
    record(w, E_RETURNED, slot, -1)
    w.residents[w.cases[slot].resident].place = HOME
