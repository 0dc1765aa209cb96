"""What is not wrong with a scenario, and yet not what its author may think."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sim.scenario.loader import LoadedScenario

# What a table of residents does not say: how much of the county the sample is, and who knows whom.
BESIDE_A_TABLE: Final = ("county_residents", "neighbourhoods", "ties")


def notes_on(world: LoadedScenario) -> list[str]:
    """Return what to tell about a scenario, a sentence or two each."""
    table = world.settings.population.table
    told = [note[:1].upper() + note[1:] if note.startswith("the ") else note for note in world.notes]
    if table is None:
        return told
    still = ", ".join(BESIDE_A_TABLE[:-1]) + f" and {BESIDE_A_TABLE[-1]}"
    origin = f"the residents come from {Path(table).name} (population.table)"
    return [
        *told,
        f"{origin}. Of population only {still} still act: all else in it, and levers on that, is idle.",
    ]
