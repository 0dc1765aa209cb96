"""What a resident thinks of police, and what follows: pure functions over records.

Three numbers of a resident carry what has happened to them and theirs: `legitimacy` (slow), `fear` (fast;
below 0 it is reassurance) and `belief` (how far their own belief that police share data with ICE lies from
the public one).  They are stored with the time of their last update and decay when touched, so that looking
at them changes nothing.  What everybody in a perceived group and a neighbourhood knows is a record of
`sim.community` (`cell` below), and `c` are the numbers of the scenario's `community`.
"""

from __future__ import annotations

import math

from sim.engine.jit import inline
from sim.engine.luck import decision, normal, uniform
from sim.scenario import vocabulary as v

_SEVERITY = decision("crime.severity")
_REPORT = decision("crime.report")
_WITNESS_REPORT = decision("crime.witness_report")


# ── state, and how it changes ────────────────────────────────────────────────────────────────────────────
@inline
def legitimacy_now(resident, c, now):
    """Return the resident's legitimacy at `now` (−1 to 1)."""
    return resident.legitimacy * math.exp(-c.legitimacy_decay * (now - resident.attitude_time))


@inline
def alarm_now(resident, c, now):
    """Return the resident's own alarm at `now` (−1 to 1; below 0: reassured)."""
    return resident.fear * math.exp(-c.alarm_decay * (now - resident.attitude_time))


@inline
def belief_now(resident, cell, c, now):
    """Return how sure the resident is that police share data with ICE (0 to 1)."""
    own = resident.belief * math.exp(-c.belief_decay * (now - resident.attitude_time))
    return min(max(cell.belief + own, 0.0), 1.0)


@inline
def touch(resident, c, now):
    """Write the three numbers as they are at `now`."""
    past = now - resident.attitude_time
    if past > 0.0:
        resident.legitimacy *= math.exp(-c.legitimacy_decay * past)
        resident.fear *= math.exp(-c.alarm_decay * past)
        resident.belief *= math.exp(-c.belief_decay * past)
    resident.attitude_time = now


@inline
def toward(value, change):
    """Return `value` (−1 to 1) moved by `change` (−1 to 1), ever less as it nears the end it moves to."""
    return value + change * (1.0 - value) if change > 0.0 else value + change * (1.0 + value)


@inline
def judged(quality, trust, c):
    """Return the change of legitimacy by an encounter: the bad counts more, and more for who distrusts.

    `quality` lies between −1 and 1, `trust` between 0 and 1.
    """
    if quality == 0.0:
        return 0.0
    sign = 1.0 if quality > 0.0 else -1.0
    weight = 1.0 if quality > 0.0 else c.asymmetry
    change = weight * c.step * quality * (1.0 + c.filter * sign * (2.0 * trust - 1.0))
    return min(max(change, -1.0), 1.0)


# ── what they think ──────────────────────────────────────────────────────────────────────────────────────
@inline
def stake_of(resident, c):
    """Return how far immigration enforcement threatens the resident or their own (0 to 1)."""
    stake = c.stake[resident.status]
    return stake if resident.status >= v.LPR else stake * c.stake_citizens[resident.group]


@inline
def fear_now(resident, cell, c, now):
    """Return the resident's fear of enforcement (0 to 1): own alarm and news, as far as they have a stake."""
    own = max(alarm_now(resident, c, now), 0.0)
    return stake_of(resident, c) * (1.0 - (1.0 - own) * (1.0 - cell.fear))


@inline
def logistic(x):
    """Return 1 / (1 + exp(−x))."""
    return 1.0 / (1.0 + math.exp(-x))


@inline
def trust_with(legitimacy, alarm, resident, cell, c):
    """Return the trust (0 to 1) of a resident of this legitimacy and own alarm."""
    news = stake_of(resident, c) * cell.fear
    odds = c.rest[resident.group] + c.legitimacy * (legitimacy + cell.legitimacy) - c.alarm * (alarm + news)
    return logistic(odds)


@inline
def trust_now(resident, cell, c, now):
    """Return the resident's trust in police (0 to 1)."""
    return trust_with(legitimacy_now(resident, c, now), alarm_now(resident, c, now), resident, cell, c)


# ── what they do ─────────────────────────────────────────────────────────────────────────────────────────
@inline
def report_chance(kind, witness, trust, stake, belief, fear, group, severity, c):
    """Return the chance that a victim (`witness` 0) or a witness (1) of a crime calls the police.

    Trust counts relative to that of rest of the person's perceived group: no group begins with a gap.
    """
    odds = c.witness_odds[kind] if witness == 1 else c.victim_odds[kind]
    ratio = c.witness_chill if witness == 1 else 1.0 - c.protection
    chill = c.chill[kind] * ratio * stake * belief * (1.0 + fear)
    rest = logistic(c.rest[group])
    return logistic(odds + c.report_trust * (trust - rest) + c.severity_spread * severity - chill)


@inline
def severity_of(seed, key):
    """Return how severe a crime is: a standard normal number."""
    return normal(uniform(seed, _SEVERITY, key))


@inline
def reports(seed, key, chance):
    """Whether a victim reports."""
    return uniform(seed, _REPORT, key) < chance


@inline
def witness_reports(seed, key, chance):
    """Whether a witness reports."""
    return uniform(seed, _WITNESS_REPORT, key) < chance


@inline
def avoids(activity, stake, belief, fear, c):
    """Return the chance that a resident avoids an activity."""
    if c.avoids == 0:
        return 0.0
    return logistic(c.avoidance_base[activity] + c.avoidance_response[activity] * (fear + stake * belief))


@inline
def exposure_left(activity, resident, cell, c, now):
    """Return the share of driving, or of time in public places, that the resident does not give up."""
    if c.avoids == 0:
        return 1.0
    belief = belief_now(resident, cell, c, now)
    fear = fear_now(resident, cell, c, now)
    return 1.0 - c.depth * avoids(activity, stake_of(resident, c), belief, fear, c)


@inline
def moving_rate(resident, cell, c, now):
    """Return how often a year the resident's household would move away for fear."""
    if c.moving <= 0.0:
        return 0.0
    return c.moving * fear_now(resident, cell, c, now) * belief_now(resident, cell, c, now)


@inline
def deterrence(resident, cell, c, now):
    """Return the share of offences that a removable person commits despite the risk of removal."""
    return math.exp(-c.deterrence * belief_now(resident, cell, c, now)) if c.deterrence > 0.0 else 1.0
