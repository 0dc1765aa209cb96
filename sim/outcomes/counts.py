"""Read access to what a world has counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import ROWS, breakdown_levels


@dataclass(frozen=True, slots=True)
class Counts:
    """The tally of a world: `counts["booking"]` is a total, `counts.by("booking", "status")` a breakdown.

    Attributes
    ----------
    tally
        `(rows, columns)`: events and quantities by total and breakdown.
    agencies
        Names of the agencies, in their order.
    residents, days
        Size of the sample and length of the time counted.
    """

    tally: NDArray[np.float64]
    agencies: tuple[str, ...]
    residents: int
    days: float

    def __getitem__(self, name: str) -> float:
        """Return the total of an event or a quantity."""
        return float(self.tally[ROWS.index(name), 0])

    def by(self, name: str, breakdown: str) -> dict[str, float]:
        """Return an event or a quantity by the levels of one breakdown."""
        row = self.tally[ROWS.index(name)]
        columns = self.columns()[breakdown]
        return {level: float(row[c]) for level, c in columns.items()}

    def columns(self) -> dict[str, dict[str, int]]:
        """Return the column of each level of each breakdown."""
        fixed = sum(len(x) for x in breakdown_levels(self.agencies, 0).values())
        levels = breakdown_levels(self.agencies, self.tally.shape[1] - 1 - fixed)
        found: dict[str, dict[str, int]] = {}
        column = 1
        for breakdown, names in levels.items():
            found[breakdown] = {name: column + k for k, name in enumerate(names)}
            column += len(names)
        return found
