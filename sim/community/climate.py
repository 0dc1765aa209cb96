"""Public knowledge, moved once a day: news of arrests by ICE, what is believed of police, announcements.

Each perceived group knows of arrests in its own neighbourhood and in the region.  News fades; how alarming
and how telling it is rises slowly at first (few notice), then fast, then no further.  Public belief goes
towards what is announced and, before that, what is seen; residents' own beliefs are kept as differences from
it, which fade at the same speed, so that looking at them less often changes nothing.
"""

from __future__ import annotations

import math

import numpy as np

from sim.engine.calendar import DAY, push
from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.jit import inline
from sim.scenario import vocabulary as v


@inline
def noticed(rate, half):
    """Return how far news at a `rate` is noticed (0 to 1): a half at `half`, little where it is much less."""
    return rate * rate / (rate * rate + half * half)


@inline
def _rate(own, own_size, region, region_size, local, decay):
    """Return events a year per 1,000 of the group, from fading counts of the neighbourhood and the region."""
    per = 1_000.0 * decay * DAYS_A_YEAR
    near = own / own_size if own_size > 0.0 else 0.0
    far = region / region_size if region_size > 0.0 else 0.0
    return per * (local * near + (1.0 - local) * far)


@inline
def _doubt(w):
    """Return the share of the belief from news that publicized findings of a reviewer leave."""
    c = w.community[0]
    findings = w.regard[0].findings
    if findings <= 0.0:
        return 1.0
    a_year = findings * c.news_decay * DAYS_A_YEAR * 100_000.0 / len(w.residents)
    return 1.0 - a_year / (a_year + c.findings)


@inline
def set_climate(w, moved):
    """Bring alarm and belief of every group and neighbourhood up to date; belief goes `moved` of its way."""
    c = w.community[0]
    places = len(w.ranks) + 1
    left = _doubt(w)
    for group in range(len(v.GROUPS)):
        region = w.climate[group * places + places - 1]
        for place in range(places):
            cell = w.climate[group * places + place]
            cell.fear = 0.0
            seen = 0.0
            if c.news == 1:
                rate = _rate(cell.arrests, cell.people, region.arrests, region.people, c.local, c.news_decay)
                cell.fear = 1.0 - (1.0 - noticed(rate, c.alarming)) * (1.0 - min(region.shock, 1.0))
            if c.practice == 1:
                rate = _rate(
                    cell.transfers, cell.people, region.transfers, region.people, c.local, c.news_decay
                )
                seen = noticed(rate, c.telling) * left
            cell.belief += moved * (seen + (1.0 - seen) * c.paper - cell.belief)


@inline
def _announce(w):
    """Let the announcements of this day be heard."""
    now = w.clock[0].now
    places = len(w.ranks) + 1
    for k in range(len(w.announcements)):
        said = w.announcements[k]
        if not now - 1.0 < said.day <= now:
            continue
        for group in range(len(v.GROUPS)):
            reach = said.reach[group]
            region = w.climate[group * places + places - 1]
            region.shock = 1.0 - (1.0 - region.shock) * (1.0 - reach * said.alarm)
            for place in range(places):
                cell = w.climate[group * places + place]
                cell.legitimacy = min(max(cell.legitimacy + reach * said.legitimacy, -1.0), 1.0)
                cell.belief = min(max(cell.belief + reach * said.belief, 0.0), 1.0)


@inline
def new_day(w):
    """Handle the begin of a day: what was known fades, what is announced is heard; schedule the next."""
    clock = w.clock[0]
    c = w.community[0]
    news = math.exp(-c.news_decay)
    alarm = math.exp(-c.alarm_decay)
    legitimacy = math.exp(-c.legitimacy_decay)
    for k in range(len(w.climate)):
        cell = w.climate[k]
        cell.arrests *= news
        cell.transfers *= news
        cell.shock *= alarm
        cell.legitimacy *= legitimacy
    w.regard[0].findings *= news
    _announce(w)
    set_climate(w, 1.0 - math.exp(-c.belief_decay))
    schedule_day(w, clock.now + 1.0)


@inline
def schedule_day(w, time):
    """Put the begin of a day into the calendar."""
    clock = w.clock[0]
    push(w.calendar, clock.due, time, clock.turn, np.uint64(0), 0, DAY, 0)
    clock.due += 1
    clock.turn += 1
