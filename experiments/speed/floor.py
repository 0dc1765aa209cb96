"""The floor: what drawing the candidates and touching the residents costs, with nothing decided.

An engine with keyed luck and exogenous candidates must, for each candidate, draw a time, a resident and a
height, and look at one resident record somewhere in memory. This loop does that and no more: three uniforms
from the engine's own generator, two fields read and one written. Engine time over floor time is therefore
the price of the model itself, and hardly depends on the machine.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.agents.resident import HOME
from sim.engine.luck import decision, uniform

TIME, RESIDENT, HEIGHT = (decision(f"floor.{name}") for name in ("time", "resident", "height"))


@njit(nogil=True, error_model="numpy")
def touch(residents: NDArray[Any], candidates: int, seed: np.uint64) -> int:
    """Draw candidates and touch a random resident's record for each.

    Parameters
    ----------
    residents
        Records of `sim.agents.resident.RESIDENT`, shape (residents,). Their `attitude_time` is overwritten.
    candidates
        How many to draw.
    seed
        The seed of the run.

    Returns
    -------
    int
        How many candidates passed the comparison with the fields read, so that no read can be left out.
    """
    accepted = 0
    for candidate in range(candidates):
        key = np.uint64(candidate)
        time = uniform(seed, TIME, key)
        resident = residents[int(uniform(seed, RESIDENT, key) * residents.size)]
        height = uniform(seed, HEIGHT, key)
        if (height < resident.fear) & (resident.place == HOME):
            accepted += 1
        resident.attitude_time = time
    return accepted


def floor_seconds(residents: NDArray[Any], candidates: int, seed: int) -> float:
    """Time the floor for as many candidates as the engine drew.

    Parameters
    ----------
    residents
        The engine's resident records. They are copied, so the caller's are left as they are.
    candidates
        How many to draw.
    seed
        The seed of the run.

    Returns
    -------
    float
        Seconds.
    """
    records = np.array(residents).view(np.recarray)
    touch(records, 1, np.uint64(seed))
    start = perf_counter()
    touch(records, candidates, np.uint64(seed))
    return perf_counter() - start
