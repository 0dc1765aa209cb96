"""The floor: what drawing the candidates and touching the residents costs, with nothing decided.

An engine with keyed luck and exogenous candidates must, for each candidate, draw a time, a resident and a
height, and look at one resident record somewhere in memory. This loop does that and no more: three uniforms
from the engine's own generator, two fields read and one written. Engine time over floor time is therefore
the price of the model itself, and hardly depends on the machine.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sim.engine.luck import uniform

TIME, RESIDENT, HEIGHT = 0, 1, 2


@njit(nogil=True)
def touch(
    first: NDArray[np.generic],
    second: NDArray[np.generic],
    written: NDArray[np.generic],
    candidates: int,
    seed: np.uint64,
) -> int:
    """Draw candidates and touch a random record for each.

    Parameters
    ----------
    first, second, written
        Three fields of one record array, shape (residents,): views with the stride of the whole record.
    candidates
        How many to draw.
    seed
        The seed of the run.

    Returns
    -------
    int
        How many heights fell under the two fields read: keeps the compiler from dropping the reads.
    """
    accepted = 0
    residents = len(first)
    for candidate in range(candidates):
        key = np.uint64(candidate)
        time = uniform(seed, TIME, key)
        resident = int(uniform(seed, RESIDENT, key) * residents)
        height = uniform(seed, HEIGHT, key)
        if height < first[resident] + second[resident]:
            accepted += 1
        written[resident] = time
    return accepted


def floor_seconds(residents: NDArray[np.void], candidates: int, seed: int) -> float:
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
    records = np.array(residents)
    first, second, written = (records[name] for name in far_apart(records.dtype))
    touch(first, second, written, 1, np.uint64(seed))
    start = perf_counter()
    touch(first, second, written, candidates, np.uint64(seed))
    return perf_counter() - start


def far_apart(dtype: np.dtype[np.void]) -> tuple[str, str, str]:
    """Name the first and the middle scalar field of a record, to be read, and its last float, to be written."""
    names = dtype.names or ()
    scalars = [name for name in names if dtype[name].shape == () and dtype[name].kind in "biuf"]
    floats = [name for name in scalars if dtype[name].kind == "f"]
    return scalars[0], scalars[len(scalars) // 2], floats[-1]
