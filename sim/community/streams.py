"""Streams of candidates of the community: crimes, contacts, moves and raids, and whom each can reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.community.records import MOST_RESPONSE
from sim.community.settings import raid_records
from sim.engine import candidates as c
from sim.scenario import vocabulary as v
from sim.scenario.schema import Scenario

# Height of the lowest layer of candidates, per year, by sort.
CRIME_HEIGHT = 1 / 128
CONTACT_HEIGHT = 1 / 16
MOVE_HEIGHT = 1 / 256
RAID_HEIGHT = 1 / 64


def community_sources(
    phases: Sequence[Scenario],
    numbers: Sequence[Any],
    raids: Sequence[str],
    residents: Any,
    ranks: NDArray[np.int64],
) -> list[c.Source]:
    """Return the community's sources of candidates; `numbers` are the records of the phases."""
    found = []
    for kind, name in enumerate(v.VICTIMIZATIONS):
        rate = max(float(n.crime_rate[0, kind]) for n in numbers) * MOST_RESPONSE
        most = max(float(n.crime_status.max() * n.crime_group.max() * n.crime_age.max()) for n in numbers)
        found.append(
            c.Source(c.VICTIM, f"victim/{name}", CRIME_HEIGHT, rate * most, rate, c.VICTIMS, offence=kind)
        )
    contacts = max(s.community.contacts for s in phases)
    found.append(c.Source(c.CONTACT, "contact", CONTACT_HEIGHT, contacts, contacts, c.GROWN_UP))
    moving = max(float(n.moving[0]) for n in numbers)
    found.append(c.Source(c.MOVE, "move", MOVE_HEIGHT, moving, moving, c.GROWN_UP))
    every = [raid_records(s, raids, residents, ranks) for s in phases]
    for k, name in enumerate(raids):
        records = [e[k] for e in every if e[k].rate > 0.0]
        if records:
            rate = max(float(r.rate) for r in records)
            found.append(
                c.Source(
                    c.RAID,
                    f"raid/{name}",
                    RAID_HEIGHT,
                    rate,
                    rate,
                    c.NONCITIZEN,
                    operation=k,
                    begins=min(float(r.begins) for r in records),
                    ends=max(float(r.ends) for r in records),
                )
            )
    return found


def community_reach(numbers: Sequence[Any], residents: Any, reach: NDArray[np.uint8]) -> None:
    """Set what no phase lets the relative rates of residents as victims exceed, and who is grown up."""
    for n in numbers:
        relative = n.crime_status[0][residents.status] * n.crime_group[0][residents.group]
        relative = relative * n.crime_age[0][residents.age]
        reach[:, c.VICTIMS] = np.maximum(reach[:, c.VICTIMS], c.reach_code(relative))
    reach[:, c.GROWN_UP] = np.where(residents.age >= 16, c.NO_LIMIT, 0)
