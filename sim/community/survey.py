"""A survey every thirty days: what a sample of residents thinks, avoids, and says it would do.

Looking changes nothing.  The same residents are asked each time.  Besides their attitudes, each is given
what surveys and experiments give people: a crime, with police who do or do not work with ICE; a friendly
contact; a good and a bad encounter.
"""

from __future__ import annotations

import math

from sim.agents.attitudes import (
    alarm_now,
    avoids,
    belief_now,
    fear_now,
    judged,
    legitimacy_now,
    report_chance,
    stake_of,
    toward,
    trust_now,
    trust_with,
)
from sim.agents.resident import HOME
from sim.community.records import BINS, SURVEYED, VIGNETTES
from sim.engine.jit import inline
from sim.engine.ledger import (
    B_GROUP,
    B_NEIGHBOURHOOD,
    B_RECORD,
    B_STATUS,
    Q_AVOID_ANY,
    Q_AVOID_DRIVING,
    Q_HISPANIC_LESS_LIKELY,
    Q_HISPANIC_SURVEYED,
    Q_SURVEY_BELIEF,
    Q_SURVEY_FEAR,
    Q_SURVEY_TRUST,
    Q_SURVEYED,
    Q_VIGNETTE_BAD,
    Q_VIGNETTE_CONTACT_3,
    Q_VIGNETTE_GOOD,
    Q_VIGNETTE_NOW,
    Q_VIGNETTE_VICTIM_APART,
    Q_VIGNETTE_VICTIM_TOGETHER,
    Q_VIGNETTE_WITNESS_APART,
    Q_VIGNETTE_WITNESS_TOGETHER,
)
from sim.scenario import vocabulary as v

GROWN = 16  # years
_CONTACT = v.EXPERIENCES.index("contact")
CRIME = v.VIOLENT_CRIME  # of the crime that people are asked about


@inline
def _note(w, row, amount, resident):
    line = w.tally[row]
    line[0] += amount
    line[w.columns[B_STATUS] + resident.status] += amount
    line[w.columns[B_GROUP] + resident.group] += amount
    line[w.columns[B_RECORD] + resident.record] += amount
    line[w.columns[B_NEIGHBOURHOOD] + resident.neighbourhood] += amount


@inline
def _bin(w, measure, value, resident):
    """Add an answer to the histograms: all, by status, by group, by neighbourhood."""
    k = min(int(value * BINS), BINS - 1)
    table = w.surveys[w.clock[0].surveys, measure]
    statuses = len(v.STATUSES)
    table[0, k] += 1
    table[1 + resident.status, k] += 1
    table[1 + statuses + resident.group, k] += 1
    table[1 + statuses + len(v.GROUPS) + resident.neighbourhood, k] += 1


@inline
def survey(w):
    """Ask a sample of residents who are at home."""
    c = w.community[0]
    now = w.clock[0].now
    step = max(1, len(w.residents) // SURVEYED)
    for person in range(0, len(w.residents), step):
        resident = w.residents[person]
        if resident.place != HOME or resident.age < GROWN:
            continue
        cell = w.climate[resident.group * (len(w.ranks) + 1) + resident.neighbourhood]
        trust = trust_now(resident, cell, c, now)
        fear = fear_now(resident, cell, c, now)
        belief = belief_now(resident, cell, c, now)
        stake = stake_of(resident, c)
        _note(w, Q_SURVEYED, 1.0, resident)
        _note(w, Q_SURVEY_TRUST, trust, resident)
        _note(w, Q_SURVEY_FEAR, fear, resident)
        _note(w, Q_SURVEY_BELIEF, belief, resident)
        _bin(w, 0, trust, resident)
        _bin(w, 1, fear, resident)
        _bin(w, 2, belief, resident)
        most = 0.0
        for activity in range(len(v.ACTIVITIES)):
            chance = avoids(activity, stake, belief, fear, c)
            most = max(most, chance)
            _note(w, Q_AVOID_DRIVING + activity, chance, resident)
        _note(w, Q_AVOID_ANY, most, resident)
        chill = c.chill[CRIME] * stake * belief * (1.0 + fear)
        if resident.group == v.HISPANIC:
            _note(w, Q_HISPANIC_SURVEYED, 1.0, resident)
            _note(w, Q_HISPANIC_LESS_LIKELY, 1.0 - math.exp(-chill / c.stated), resident)
        if (person // step) % VIGNETTES == 0:
            _crime(w, resident, trust, stake, belief, fear)
            _encounters(w, resident, cell, trust)
    w.clock[0].surveys += 1


@inline
def _crime(w, resident, trust, stake, belief, fear):
    """Ask what people would do as victim or witness of a violent crime of mean severity."""
    c = w.community[0]
    group = resident.group
    apart = report_chance(CRIME, 0, trust, stake, 0.0, fear, group, 0.0, c)
    together = report_chance(CRIME, 0, trust, stake, 1.0, fear, group, 0.0, c)
    _note(w, Q_VIGNETTE_NOW, report_chance(CRIME, 0, trust, stake, belief, fear, group, 0.0, c), resident)
    _note(w, Q_VIGNETTE_VICTIM_APART, apart, resident)
    _note(w, Q_VIGNETTE_VICTIM_TOGETHER, together, resident)
    apart = report_chance(CRIME, 1, trust, stake, 0.0, fear, group, 0.0, c)
    together = report_chance(CRIME, 1, trust, stake, 1.0, fear, group, 0.0, c)
    _note(w, Q_VIGNETTE_WITNESS_APART, apart, resident)
    _note(w, Q_VIGNETTE_WITNESS_TOGETHER, together, resident)


@inline
def _encounters(w, resident, cell, trust):
    """Ask what trust would be after a friendly contact, and after a good and a bad encounter."""
    c = w.community[0]
    now = w.clock[0].now
    legitimacy = legitimacy_now(resident, c, now)
    alarm = alarm_now(resident, c, now)
    better = toward(legitimacy, judged(c.quality[_CONTACT], trust, c))
    calmer = toward(alarm, c.frightens[_CONTACT])
    for k in range(2):
        days = 3.0 if k == 0 else 21.0
        slow = math.exp(-c.legitimacy_decay * days)
        fast = math.exp(-c.alarm_decay * days)
        after = trust_with(better * slow, calmer * fast, resident, cell, c)
        without = trust_with(legitimacy * slow, alarm * fast, resident, cell, c)
        _note(w, Q_VIGNETTE_CONTACT_3 + k, after - without, resident)
    good = trust_with(toward(legitimacy, judged(1.0, trust, c)), alarm, resident, cell, c)
    bad = trust_with(toward(legitimacy, judged(-1.0, trust, c)), alarm, resident, cell, c)
    _note(w, Q_VIGNETTE_GOOD, good - trust, resident)
    _note(w, Q_VIGNETTE_BAD, trust - bad, resident)
