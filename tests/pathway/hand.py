"""Cases begun by hand in a world where nothing begins by itself, so that one step can be looked at alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine import candidates as c
from sim.engine.candidates import Source, new_streams
from sim.engine.ledger import ROWS
from sim.model import Model, _with_more_room
from sim.pathway.loop import CALENDAR_FULL, CASES_FULL, LOG_FULL
from sim.pathway.stop import stop
from sim.pathway.world import open_case, schedule
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from tests.properties.worlds import JAIL, UNMOVED, happened, scenario

FALSE_ALARM = 1e-6
AGENCY = "city_police"

STILL: dict[str, Any] = {
    **UNMOVED,
    **{f"agencies.*.{kind}": 0 for kind in ("traffic_stops", "street_stops")},
    **{f"arrests.rates.{name}": 0 for name in v.OFFENCES},
    **{f"ice.at_large.community.{name}": 0 for name in v.STATUSES[v.LPR :]},
    # What officers and data do of their own accord, and every mistake.
    "agencies.*.tips": {"officers": 0, "chance": 0, "spread": 0},
    "agencies.*.pretext.chance": 0,
    "agencies.*.trained": 0,
    "agencies.*.leniency": 0,
    "stops.search": dict.fromkeys(v.GROUPS, 0),
    "stops.warrant_false_match": 0,
    "stops.stale_warrant": 0,
    "stops.immigration_false_match": 0,
    "stops.misapplication": 0,
    "ice.matching.print_false_match": 0,
    "ice.matching.interview_error": 0,
    "ice.matching.stale_file": dict.fromkeys(v.STATUSES[v.NATURALIZED : v.UNDOCUMENTED], 0),
    "ice.matching.deportable_lawful": dict.fromkeys(v.RECORDS, 0),
    "sharing.personal_compliance": 1,
    # Nothing is scarce.
    "stops.most_a_day": 500,
    "population.county_residents": 1_000,
    f"jails.{JAIL}.capacity": 200_000,
    "ice.review.hours_a_day": 10_000,
    "ice.review.reserve": 90,
    "ice.review.turnaround": 0,
    "ice.pickup.hours_a_day": 10_000,
    "ice.pickup.reserve": 90,
    "ice.at_large.hours_a_day": 0,
    "ice.at_large.reserve": 0,
    "ice.detention.beds": 10_000,
    "ice.detention.reserve": 365,
}


def otherwise(answer: Any) -> list[dict[str, Any]]:
    return [{"otherwise": answer}]


def still(
    folder: Path, settings: dict[str, Any] | None = None, rules: dict[str, Any] | None = None, **more: Any
) -> LoadedScenario:
    """Load a world in which nothing begins by itself; `rules` are rows, or one answer whatever they see."""
    tables = {
        name: said if isinstance(said, list) and isinstance(said[0], dict) else otherwise(said)
        for name, said in (rules or {}).items()
    }
    return scenario(folder, {"set": STILL | (settings or {}), "rules": tables, **more})


def begin(loaded: LoadedScenario, residents: int = 1_000, **fields: int) -> Model:
    """Give a model of undocumented adults who drive with a licence and have no record (but for `fields`)."""
    model = Model(loaded, residents=residents, keep_log=True, seed=8)
    people = model.world.residents
    common = {"status": v.UNDOCUMENTED, "age": 30, "licensed": 1, "driving": 1.0, "biometric": 1}
    for name, value in (dict.fromkeys(("record", "order", "warrant", "group"), 0) | common | fields).items():
        people[name] = value
    while model.world.clock[0].free < 2 * residents:
        model.world = _with_more_room(model.world, CASES_FULL)
    while len(model.world.calendar) < 8 * residents:
        model.world = _with_more_room(model.world, CALENDAR_FULL)
    while len(model.world.log) < 32 * residents:
        model.world = _with_more_room(model.world, LOG_FULL)
    return model


def counted(model: Model, row: str) -> float:
    """Give what has been counted, without what stands whatever happens."""
    return float(model.world.tally[ROWS.index(row), 0])


def open_cases(model: Model, kind: int, who: Iterable[int] | None = None, **fields: int) -> list[int]:
    """Open a case for each resident, by the first agency, and put an event of it into the calendar now."""
    slots, world = [], model.world
    for index in range(len(world.residents)) if who is None else who:
        slot = open_case(world, np.uint64(index + 1), index, v.CRIME)
        case = world.cases[slot]
        for name, value in ({"agency": 0, "officer": 0, "jail": 0, "offence": v.DUI} | fields).items():
            case[name] = value
        schedule(world, world.clock[0].now, slot, kind, 0)
        slots.append(slot)
    return slots


def stops(
    model: Model,
    who: Iterable[int] | None = None,
    *,
    kind: int = c.TRAFFIC,
    agency: int = 0,
    operation: int = -1,
    first: int = 1,
) -> list[int]:
    """Stop each resident once by candidates with keys from `first` on; give the cases."""
    source = Source(kind, "by hand", 1.0, 1.0, 1.0, c.DRIVER, agency=agency, operation=operation)
    stream = new_streams([source], len(model.world.residents))[0]
    people = range(len(model.world.residents)) if who is None else who
    return [stop(model.world, stream, index, np.uint64(first + k)) for k, index in enumerate(people)]


# ---------------------------------------------------------------- in the jail

# Everybody is booked and stays two days; with a detainer, fifty, and up to two more in a hold.
FIRST, LAST, HOLD = 2.0, 50.0, 2.0
STAYS: dict[str, Any] = {
    "custody.median": {"own_recognizance": FIRST, "bail": FIRST, "held": LAST},
    "custody.spread": dict.fromkeys(v.RELEASES, 0.0),
    "custody.offence_ratio": dict.fromkeys(v.OFFENCES, 1.0),
    f"jails.{JAIL}.hold_limit": 24 * HOLD,
    f"jails.{JAIL}.over_hold": 0,
    "arrests.conviction": dict.fromkeys(v.OFFENCES, 0),
}
BOOKED: dict[str, Any] = {
    "booking.disposition": "book",
    "booking.identify": "prints",
    "custody.release": [
        {"when": {"detainer_lodged": "yes"}, "then": "held"},
        {"otherwise": "own_recognizance"},
    ],
    "sharing.channel": "shared",
    "ice.review": "detainer",
    "detainer.response": "hold",
    "court.outcome": "removal",
}


def jail(folder: Path, settings: dict[str, Any] | None = None, rules: dict[str, Any] | None = None) -> Any:
    """Load a still world with fixed stays, in which every print is shared and every match is asked for."""
    return still(folder, STAYS | (settings or {}), BOOKED | (rules or {}))


def effort(share: float) -> dict[str, Any]:
    """Give the settings under which ICE sets out for this share of people."""
    return {"ice.pickup.effort": dict.fromkeys(v.PRIORITIES, share)}


def agreement(kind: str, share: float = 1.0) -> dict[str, Any]:
    """Give the settings of a jail's 287(g) agreement, with staff on duty at this share of bookings."""
    return {f"jails.{JAIL}.model_287g": kind, f"jails.{JAIL}.deputized": share}


def days(model: Model, event: str) -> dict[int, float]:
    """Give the day of an event by case."""
    found = happened(model, event)
    return dict(zip(found["case"].tolist(), found["time"].tolist(), strict=True))
