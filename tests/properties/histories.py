"""Reading a log again: where everybody was, and what each case may do after what."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.agents.resident import PLACES
from sim.engine.ledger import EVENTS
from sim.model import Model
from tests.properties.worlds import lines


class Line(NamedTuple):
    """A line of the log, its event by name."""

    time: float
    event: str
    resident: int
    case: int
    cause: int


def read(model: Model) -> list[Line]:
    log = lines(model)
    columns = [log[name].tolist() for name in ("time", "resident", "case", "cause")]
    names = [EVENTS[code] for code in log["event"].tolist()]
    return [
        Line(t, e, r, c, x)
        for t, e, (r, c, x) in zip(columns[0], names, zip(*columns[1:], strict=True), strict=True)
    ]


def by_case(history: list[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in history:
        found[line.case].append(line)
    return found


# ---------------------------------------------------------------- one place at a time

# Where somebody must be for an event to happen to them, and where they are after it.
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "traffic_stop": (("home",), "home"),
    "street_stop": (("home",), "home"),
    "arrest": (("home",), "home"),
    "booking": (("home",), "jail"),
    "crowded_release": (("jail",), "home"),
    "hold": (("jail",), "jail"),
    "hold_expired": (("jail",), "jail"),
    "pickup_missed": (("jail",), "jail"),
    "jail_release": (("jail",), "home"),
    "ice_arrest_custodial": (("jail",), "in_transit"),
    "street_hold": (("home",), "street_hold"),
    "street_hold_released": (("street_hold",), "home"),
    "ice_arrest_street": (("home", "street_hold"), "in_transit"),
    "ice_arrest_at_large": (("home",), "in_transit"),
    "detention": (("in_transit",), "ice_custody"),
    "no_bed": (("in_transit",), "home"),
    "release_bond": (("ice_custody",), "home"),
    "release_recognizance": (("ice_custody",), "home"),
    "release_relief": (("ice_custody",), "home"),
    "release_terminated": (("ice_custody",), "home"),
    "voluntary_departure": (("ice_custody",), "removed"),
    "removal": (("ice_custody",), "removed"),
}


def misplaced(history: list[Line], residents: int) -> tuple[list[str], np.ndarray]:
    """Give what happened to people who were elsewhere, and where everybody is at the end."""
    place = dict.fromkeys(range(residents), "home")
    keeper: dict[int, int] = {}  # the case that holds somebody who is not at home
    wrong = []
    for line in history:
        if line.event not in MOVES:
            continue
        allowed, after = MOVES[line.event]
        here = place[line.resident]
        if here not in allowed:
            wrong.append(f"{line} while in {here}")
        elif here != "home" and keeper[line.resident] != line.case:
            wrong.append(f"{line}, but another case holds them")
        place[line.resident] = after
        keeper[line.resident] = line.case
    return wrong, np.array([PLACES.index(place[i]) for i in range(residents)])


# ---------------------------------------------------------------- no event before its cause

_TAKEN = ("ice_arrest_custodial", "ice_arrest_street", "ice_arrest_at_large")
_STOPS = ("traffic_stop", "street_stop")
_ASKED = ("detainer", "notification_request")
_SOURCES = ("prints_shared", "roster_shared", "interview", "informal_message")
_ENDS = (
    "release_bond",
    "release_recognizance",
    "release_relief",
    "release_terminated",
    "voluntary_departure",
    "removal",
)

# One of these must have happened in the case before.
NEEDS: dict[str, tuple[str, ...]] = {
    "warning": _STOPS,
    "citation": _STOPS,
    "street_hold": _STOPS,
    "informal_message": _STOPS,
    "cite_and_release": ("arrest",),
    "booking": ("arrest",),
    "crowded_release": ("booking",),
    "prints_shared": ("booking",),
    "roster_shared": ("booking",),
    "interview": ("booking",),
    "jail_release": ("booking",),
    "match": _SOURCES,
    "match_lawful": _SOURCES,
    "review": ("match", "match_lawful"),
    "review_lapsed": ("match", "match_lawful"),
    "detainer": ("review",),
    "notification_request": ("review",),
    "judicial_detainer": ("detainer",),
    "request_too_late": ("review",),
    "lead": ("review",),
    "address_shared": ("lead",),
    "honoured": ("detainer", "notification_request"),
    "notified": _ASKED,
    "declined": _ASKED,
    "release_date_shared": ("notified", "declined"),
    "hold": ("honoured",),
    "hold_expired": ("hold",),
    "over_hold": ("hold_expired",),
    "pickup_missed": ("hold_expired", "notified", "declined"),
    "ice_arrest_custodial": ("hold", "notified", "declined"),
    "street_hold_released": ("street_hold",),
    "ice_arrest_street": _STOPS,
    "collateral_arrest": ("ice_arrest_at_large",),
    "detention": _TAKEN,
    "no_bed": _TAKEN,
    **dict.fromkeys(_ENDS, ("detention",)),
}
# These may begin a case.
BEGIN = {*_STOPS, "arrest", "at_large_attempt", "ice_arrest_at_large"}
# Of each of these a case has one at most.
ONCE = (
    *((name,) for name in (*MOVES, *NEEDS) if name not in ("arrest",)),
    ("arrest",),
    (*_STOPS,),
    ("warning", "citation"),
    ("cite_and_release", "booking"),
    ("crowded_release", "jail_release", "ice_arrest_custodial"),
    ("match", "match_lawful"),
    ("review", "review_lapsed"),
    (*_ASKED, "request_too_late"),
    ("honoured", "notified", "declined"),
    ("hold_expired", "ice_arrest_custodial"),
    ("pickup_missed", "ice_arrest_custodial"),
    ("street_hold_released", "ice_arrest_street"),
    _TAKEN,
    ("detention", "no_bed"),
    _ENDS,
)


def out_of_order(cases: dict[int, list[Line]]) -> Iterator[str]:
    """Say what happened in a case before what it needs, or more than once."""
    for case in cases.values():
        seen: set[str] = set()
        for k, line in enumerate(case):
            if k == 0 and line.event not in BEGIN:
                yield f"{line} begins a case"
            if line.event in NEEDS and seen.isdisjoint(NEEDS[line.event]):
                yield f"{line} without {' or '.join(NEEDS[line.event])}"
            seen.add(line.event)
        if len({line.resident for line in case}) > 1 or len({line.cause for line in case}) > 1:
            yield f"{case[0]}: one case, several people or causes"
        names = [line.event for line in case]
        for group in ONCE:
            if sum(names.count(name) for name in set(group)) > 1:
                yield f"{case[0]}: more than one of {', '.join(group)}"


def uncaused(cases: dict[int, list[Line]]) -> Iterator[str]:
    """Say which cases name a cause that is not an earlier arrest in the same household."""
    for case in cases.values():
        first = case[0]
        if not first.cause:
            if first.event == "ice_arrest_at_large":
                yield f"{first} without an attempt, and nobody caused it"
            continue
        causes = [line for line in cases.get(first.cause, ()) if line.event == "ice_arrest_at_large"]
        if not causes or causes[0].time > first.time:
            yield f"{first} is caused by a case that holds no earlier arrest at large"
