"""A resident: who they are, where they are, and what drives their encounters.

One record a resident; the Mesa face below shows one record as an agent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline
from sim.scenario import vocabulary as v

if TYPE_CHECKING:
    from sim.agents.face import WorldModel

# Where a resident is: one place at a time.
PLACES = ("home", "jail", "ice_custody", "removed", "street_hold")
HOME, IN_JAIL, IN_ICE_CUSTODY, REMOVED, STREET_HOLD = range(5)

RESIDENT = np.dtype(
    [
        ("driving", np.float64),  # driving exposure relative to the mean driver; 0: does not drive
        ("legitimacy", np.float64),  # slow trust, −1 … 1 (moved by attitudes)
        ("fear", np.float64),  # fast fear, 0 … 1 (moved by attitudes)
        ("belief", np.float64),  # that police share data with ICE, 0 … 1
        ("attitude_time", np.float64),  # day of their last update
        ("household", np.int32),
        ("neighbourhood", np.int16),
        ("age", np.int16),  # years
        ("group", np.int8),  # perceived: what an officer sees
        ("status", np.int8),
        ("record", np.int8),  # most serious conviction
        ("place", np.int8),
        ("order", np.int8),  # final order of removal: 0 or 1
        ("biometric", np.int8),  # in the federal biometric database: 0 or 1
        ("warrant", np.int8),  # open local warrant: 0 or 1
        ("licensed", np.int8),  # holds a driving licence: 0 or 1
        ("earner", np.int8),  # brings income into the household: 0 or 1
        ("parent", np.int8),  # has a US-citizen child in the household: 0 or 1
    ],
    align=True,
)


@inline
def is_removable(resident, lawful_draw, deportable_share):
    """Whether immigration law makes the resident removable.

    The undocumented and those under a final order are; lawful noncitizens are for some convictions
    (`deportable_share` of those with their record, by the uniform `lawful_draw`); citizens never are.
    """
    if resident.order == 1 or resident.status == v.UNDOCUMENTED:
        return True
    return v.LPR <= resident.status and lawful_draw < deportable_share


def new_residents(count: int) -> NDArray[Any]:
    """Return `count` zeroed records, with attribute access to their fields."""
    return np.zeros(count, dtype=RESIDENT).view(np.recarray)


class Resident(mesa.Agent):
    """One resident's record as a Mesa agent; reading an attribute reads the record."""

    model: WorldModel

    def __init__(self, model: WorldModel, index: int) -> None:
        super().__init__(model)
        self.index = index

    @property
    def record_view(self) -> Any:
        """The record itself, writable."""
        return self.model.world.residents[self.index]
