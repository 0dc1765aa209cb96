"""What a population is: residents in household order, and who is tied to whom.

Two arrays-of-offsets carry all structure.  Residents stand in household order, so a household is a slice;
ties are compressed sparse rows, so a resident's acquaintances are a slice.  Household ties are the household
itself and are not stored.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

TIE_KINDS: Final = ("kin", "neighbours", "co_ethnic")
KIN, NEIGHBOUR, CO_ETHNIC = range(3)

GROWN: Final = 16  # years: the least age of drivers, of records and of the one person every household needs
ADULT: Final = 18  # years: the least age of earners and parents


class People(NamedTuple):
    """A population.

    Attributes
    ----------
    residents
        Record array of `RESIDENT`, shape (n,), in household order; `residents.household` is the index below.
    household_start
        int32, shape (households + 1,): household h is `residents[household_start[h]:household_start[h + 1]]`.
    tie_start
        int64, shape (n + 1,): the ties of resident i are the entries `tie_start[i]:tie_start[i + 1]` of the
        two arrays below, sorted by kind and then by resident.
    tie_to
        int32: the resident at the other end.  Every tie is stored from both ends.
    tie_kind
        int8: `KIN`, `NEIGHBOUR` or `CO_ETHNIC`.
    """

    residents: NDArray[Any]
    household_start: NDArray[np.int32]
    tie_start: NDArray[np.int64]
    tie_to: NDArray[np.int32]
    tie_kind: NDArray[np.int8]

    @property
    def households(self) -> int:
        """Number of households."""
        return len(self.household_start) - 1

    @property
    def nbytes(self) -> int:
        """Memory that the population takes, in bytes."""
        return sum(part.nbytes for part in self)
