"""A jail: what it does with a booked person's identity, how people leave it, and how it answers ICE."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.face import RecordAgent
from sim.engine.jit import inline
from sim.engine.luck import decision, exponential, lognormal, uniform, uniform_at
from sim.engine.rulebook import answer, part
from sim.scenario import vocabulary as v

JAIL = np.dtype(
    [
        ("capacity", np.int64),  # beds, scaled to the sample
        ("held", np.int64),  # people in it now
        ("most_held", np.int64),  # most people ever in it at once
        ("ice_days_a_week", np.float64),  # days a week on which ICE is present
        ("hold_limit", np.float64),  # days
        ("over_hold", np.float64),  # chance that an unclaimed hold runs past its limit
        ("over_hold_mean", np.float64),  # days
        ("cost_day", np.float64),  # USD
        ("model_287g", np.int64),  # see vocabulary.JAIL_MODELS
        ("deputized", np.float64),  # chance that staff with 287(g) authority are on duty
    ],
    align=True,
)

_STAY = decision("jail.stay")
_MISTAKE = decision("jail.mistake_found")
_STAFFED = decision("jail.staffed")
_VISIT = decision("ice.visit")
_OVER = decision("jail.over_hold")
_OVER_TIME = decision("jail.over_hold_time")


@inline
def identify(rules, resident, case, seed):
    """Return what the jail does at booking, as a bit mask: prints, interview, roster."""
    t = v.T_IDENTIFY
    cell = (
        part(rules, t, 0, case.jail)
        + part(rules, t, 1, case.offence)
        + part(rules, t, 2, case.charged)
        + part(rules, t, 3, resident.record)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def release_route(rules, resident, case, detainer_lodged, seed):
    """Return the way in which the person will leave: own recognizance, bail, or held to disposition.

    Asked at booking, and again with the same luck when a detainer is lodged.
    """
    t = v.T_RELEASE
    cell = (
        part(rules, t, 0, case.jail)
        + part(rules, t, 1, case.offence)
        + part(rules, t, 2, resident.record)
        + part(rules, t, 3, case.charged)
        + part(rules, t, 4, detainer_lodged)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def stay(settings, case, seed):
    """Return days from booking to release: log-normal by route and offence, cut at the longest stay."""
    median = settings.stay_median[case.route] * settings.stay_ratio[case.offence]
    spread = settings.stay_spread[case.route]
    return min(settings.longest_stay, lognormal(uniform(seed, _STAY, case.key), median, spread))


@inline
def mistake_found(settings, seed, key):
    """Return days until a person arrested on somebody else's or a settled warrant is let go."""
    return exponential(uniform(seed, _MISTAKE, key), settings.mistake_found)


@inline
def is_staffed(jail, seed, key):
    """Whether staff with 287(g) authority deal with the person: under an agreement, while on duty."""
    return jail.model_287g != v.NO_JAIL_MODEL and uniform(seed, _STAFFED, key) < jail.deputized


@inline
def next_visit(jail, now):
    """Return when ICE is next in the jail (ten in the morning of its days), or infinity."""
    if jail.ice_days_a_week <= 0.0:
        return np.inf
    day = np.floor(now)
    if now - day > 10.0 / 24.0:
        day += 1.0
    # Visits are spread evenly: day k is a visiting day when their running count, k times the share of
    # days, comes to a whole number on it.
    share = jail.ice_days_a_week / 7.0
    visits = np.floor(day * share + 1e-9)
    return np.ceil((visits + 1.0 - 1e-9) / share) - 1.0 + 10.0 / 24.0


@inline
def is_interviewed(seed, key, visit, reach):
    """Whether ICE interviews the person on its `visit`-th day in the jail."""
    return uniform_at(seed, _VISIT, key, visit) < reach


@inline
def response(rules, resident, case, seed):
    """Return how the jail answers ICE's request: decline, notify or hold."""
    t = v.T_RESPONSE
    warrant = (
        0 if case.request == v.REQUEST_NOTIFICATION else (2 if case.request == v.REQUEST_JUDICIAL else 1)
    )
    cell = (
        part(rules, t, 0, case.jail)
        + part(rules, t, 1, case.request - v.REQUEST_NOTIFICATION)
        + part(rules, t, 2, warrant)
        + part(rules, t, 3, case.offence)
        + part(rules, t, 4, resident.record)
        + part(rules, t, 5, case.charged)
    )
    return answer(rules, t, cell, seed, case.key, 0)


@inline
def over_hold_time(jail, seed, key):
    """Return days by which an unclaimed hold runs past its limit; most do not."""
    if uniform(seed, _OVER, key) >= jail.over_hold:
        return 0.0
    return exponential(uniform(seed, _OVER_TIME, key), jail.over_hold_mean)


def new_jails(count: int) -> Any:
    """Return `count` zeroed records, with attribute access to their fields."""
    return np.zeros(count, dtype=JAIL).view(np.recarray)


class Jail(RecordAgent):
    """One jail as a Mesa agent."""

    @property
    def name(self) -> str:
        """The jail's name in the scenario."""
        return str(self.model.agent_names["jail"][self.index])
