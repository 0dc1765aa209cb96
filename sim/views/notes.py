"""What is not wrong with a scenario, and yet not what its author may think."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sim.pathway.settings import officers_sent, stops_made
from sim.scenario.loader import LoadedScenario

# What a table of residents does not say: how much of the county the sample is, and who knows whom.
BESIDE_A_TABLE: Final = ("county_residents", "neighbourhoods", "ties")


def notes_on(world: LoadedScenario, days: float | None = None) -> list[str]:
    """Return what to tell about a scenario, a sentence or two each; `days` in place of the run's own."""
    table = world.settings.population.table
    told = [note[:1].upper() + note[1:] if note.startswith("the ") else note for note in world.notes]
    days = world.settings.run.days if days is None else days
    told += _on_operations(world, days) + _on_days(world, days)
    if table is None:
        return told
    still = ", ".join(BESIDE_A_TABLE[:-1]) + f" and {BESIDE_A_TABLE[-1]}"
    origin = f"the residents come from {Path(table).name} (population.table)"
    return [
        *told,
        f"{origin}. Of population only {still} still act: all else in it, and levers on that, is idle.",
    ]


def _on_days(world: LoadedScenario, days: float) -> list[str]:
    """Return what is to happen on a day that the run does not come to."""
    late = []
    for phase in world.phases:
        late += [(f"Raid {name}", raid.begins) for name, raid in phase.settings.raids.items()]
        late += [(f"Announcement {name}", x.day) for name, x in phase.settings.announcements.items()]
    late += [("A change of the timeline", phase.day) for phase in world.phases[1:] if not phase.laws]
    told = [
        f"{what} is on day {day:g}, and the run ends on day {days:g}." for what, day in late if day > days
    ]
    return list(dict.fromkeys(told))


def _on_operations(world: LoadedScenario, days: float) -> list[str]:
    """Return what keeps operations from being what they are said to be."""
    told = []
    for phase in world.phases:
        s = phase.settings
        for name, o in s.operations.items():
            if o.begins >= days:
                told.append(f"Operation {name} begins on day {o.begins:g}, and the run ends on day {days:g}.")
            sent, there = officers_sent(s, o), s.agencies[o.agency].officers
            if sent < o.officers:
                asked = f"Operation {name} asks for {o.officers:g} officers"
                told.append(f"{asked}, and {o.agency} has {there:g}: these are sent.")
            if stops_made(s, o) < o.stops_a_day:
                made = f"{stops_made(s, o):.3g} of its {o.stops_a_day:g} stops a day per 100,000 residents"
                told.append(f"The officers of operation {name} can make {made} (stops.most_a_day).")
    return list(dict.fromkeys(told))
