"""A resident: who they are, where they are, and what drives their encounters.

State is one record a resident; the decisions are pure functions over records; the face shows one record as
a Mesa agent.  Residents do not choose here to be stopped: what is theirs is exposure (driving, age, record),
and whether they disclose their status when asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.agents.face import RecordAgent
from sim.engine.candidates import NO_LIMIT
from sim.engine.jit import inline
from sim.engine.luck import decision, uniform
from sim.scenario import vocabulary as v

# Where a resident is: one place at a time.
PLACES = ("home", "jail", "ice_custody", "removed", "street_hold", "in_transit", "moved_away")
HOME, IN_JAIL, IN_ICE_CUSTODY, REMOVED, STREET_HOLD, IN_TRANSIT, MOVED_AWAY = range(7)

RESIDENT = np.dtype(
    [
        ("driving", np.float64),  # driving exposure relative to the mean driver; 0: does not drive
        ("legitimacy", np.float64),  # slow part of trust, −1 … 1, as of `attitude_time`
        ("fear", np.float64),  # fast part: own alarm, −1 (reassured) … 1
        ("belief", np.float64),  # that police share data with ICE: their own less the public one, −1 … 1
        ("attitude_time", np.float64),  # day of the last update of these three
        ("household", np.int32),  # number of the household
        ("neighbourhood", np.int16),  # number of the neighbourhood
        ("age", np.int16),  # years
        ("group", np.int8),  # perceived group: what an officer sees
        ("status", np.int8),  # immigration status, see vocabulary.STATUSES
        ("record", np.int8),  # most serious conviction
        ("place", np.int8),  # where they are, see PLACES
        ("order", np.int8),  # final order of removal: 0 or 1
        ("biometric", np.int8),  # in the federal biometric database: 0 or 1
        ("warrant", np.int8),  # open local warrant: 0 or 1
        ("licensed", np.int8),  # holds a driving licence: 0 or 1
        ("earner", np.int8),  # brings income into the household: 0 or 1
        ("parent", np.int8),  # has a US-citizen child in the household: 0 or 1
        ("protected", np.int8),  # certified as a victim of crime, and protected from removal: 0 or 1
    ],
    align=True,
)

_DISCLOSURE = decision("resident.disclosure")
_DEPORTABLE = decision("resident.deportable")
_STALE_WARRANT = decision("resident.stale_warrant")
_STALE_FILE = decision("resident.stale_file")


@inline
def discloses(seed, key, share):
    """Whether a person who is asked discloses being removable."""
    return uniform(seed, _DISCLOSURE, key) < share


@inline
def is_removable(resident, index, seed, deportable_share):
    """Whether immigration law makes the resident removable.

    The undocumented and those under a final order are; lawful noncitizens are for some convictions
    (`deportable_share` of those with their record); citizens never are, nor are certified victims.  Keyed by
    the resident, so that a person is the same in every case.
    """
    if resident.protected == 1:
        return False
    if resident.order == 1 or resident.status == v.UNDOCUMENTED:
        return True
    if resident.status < v.LPR or deportable_share <= 0.0:
        return False
    return uniform(seed, _DEPORTABLE, np.uint64(index)) < deportable_share


@inline
def stale_warrant(index, seed, share):
    """Whether a settled warrant of the resident still stands in the file: the same in every case."""
    return share > 0.0 and uniform(seed, _STALE_WARRANT, np.uint64(index)) < share


@inline
def stale_file(resident, index, seed, shares):
    """Whether the federal file of a lawful resident (`shares` by status) still shows them as removable."""
    share = shares[resident.status]
    return share > 0.0 and uniform(seed, _STALE_FILE, np.uint64(index)) < share


@inline
def arrest_rate(resident, base, age_rate, status_ratio, record_ratio):
    """Return arrests a year of this resident for one offence, given the rate of the reference adult."""
    return base * age_rate[resident.age] * status_ratio[resident.status] * record_ratio[resident.record]


def new_residents(count: int) -> Any:
    """Return `count` zeroed records, with attribute access to their fields."""
    return np.zeros(count, dtype=RESIDENT).view(np.recarray)


class Resident(RecordAgent):
    """One resident as a Mesa agent; reading an attribute reads the record."""

    words = {  # noqa: RUF012 - a constant
        "status": v.STATUSES,
        "group": v.GROUPS,
        "record": v.RECORDS,
        "place": PLACES,
    }

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a field; the world can then no longer tell in advance which encounters are out of reach."""
        super().__setattr__(name, value)
        if name in (RESIDENT.names or ()):
            self.model.world.reach[self.index] = NO_LIMIT
