"""Reading a log again: where everybody was, and what each case may do after what."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.agents.resident import PLACES
from sim.engine.ledger import EVENTS
from sim.engine.luck import decision, uniform
from sim.model import Model
from tests.properties.worlds import lines


class Line(NamedTuple):
    """A line of the log, its event by name."""

    time: float
    event: str
    resident: int
    case: int
    cause: int
    officer: int


def read(model: Model) -> list[Line]:
    log = lines(model)
    columns = [log[name].tolist() for name in ("time", "resident", "case", "cause", "officer")]
    names = [EVENTS[code] for code in log["event"].tolist()]
    return [Line(t, e, r, c, x, o) for e, t, r, c, x, o in zip(names, *columns, strict=True)]


def by_case(history: list[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in history:
        found[line.case].append(line)
    return found


def is_staffed(model: Model, key: int) -> bool:
    """Whether jail staff with 287(g) authority dealt with a case, by the settings, the law and its luck."""
    s = model.loaded.settings
    jail, law = next(iter(s.jails.values())), s.state.agreements_287g
    if law == "banned" or (law == "local" and jail.model_287g == "none"):
        return False
    share = s.state.required_coverage if jail.model_287g == "none" else jail.deputized
    return bool(uniform(model.seed_of_luck, decision("jail.staffed"), np.uint64(key)) < share)


# ---------------------------------------------------------------- one place at a time

STOPS = ("traffic_stop", "street_stop", "saturation_stop")
_AT_A_STOP = (
    "warning",
    "citation",
    "search",
    "contraband",
    "pretext_arrest",
    "immigration_check",
    "task_force_contact",
    "informal_message",
)
CRIMES = ("violent_crime", "property_crime", "domestic_crime")
_OF_CRIMES = (*CRIMES, "crime_averted", "crime_deterred", "report", "witnessed", "witness_report")
_IN_THE_JAIL = (
    "interview",
    "detainer",
    "judicial_detainer",
    "notification_request",
    "honoured",
    "notified",
    "declined",
    "release_date_shared",
    "detainer_lifted",
    "hold",
    "hold_expired",
    "over_hold",
    "pickup_missed",
    "warrant_served",
)

# Where somebody must be for an event to happen to them, and where they are after it.
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    **dict.fromkeys((*STOPS, "stop_foregone", *_AT_A_STOP, "arrest", "mistaken_arrest"), (("home",), "home")),
    **dict.fromkeys((*_OF_CRIMES, "contact"), (("home",), "home")),
    "moved_away": (("home",), "moved_away"),
    "returned": (("removed",), "home"),
    "cite_and_release": (("home",), "home"),
    "booking": (("home",), "jail"),
    "crowded_release": (("jail",), "home"),
    **dict.fromkeys(_IN_THE_JAIL, (("jail",), "jail")),
    "jail_release": (("jail",), "home"),
    "ice_arrest_custodial": (("jail",), "in_transit"),
    "street_hold": (("home",), "street_hold"),
    "scene_response": (("home",), "street_hold"),
    "street_hold_released": (("street_hold",), "home"),
    "ice_arrest_street": (("home", "street_hold"), "in_transit"),
    "at_large_attempt": (("home",), "home"),
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


def misplaced(history: list[Line], residents: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Give what happened to people who were elsewhere, and where everybody is at the end."""
    place = dict.fromkeys(range(len(residents)), "home")
    keeper: dict[int, int] = {}  # the case that holds somebody who is not at home
    wrong = []
    household = residents["household"]
    for line in history:
        if line.event not in MOVES:
            continue
        if line.event == "moved_away":
            # The household goes, but for those who are held.
            for other in np.flatnonzero(household == household[line.resident]).tolist():
                if other != line.resident and place[other] == "home":
                    place[other] = "moved_away"
        allowed, after = MOVES[line.event]
        here = place[line.resident]
        if here not in allowed:
            wrong.append(f"{line} while in {here}")
        elif here not in ("home", "removed") and keeper[line.resident] != line.case:
            wrong.append(f"{line}, but another case holds them")
        place[line.resident] = after
        keeper[line.resident] = line.case
    return wrong, np.array([PLACES.index(place[i]) for i in range(len(residents))])


# ---------------------------------------------------------------- no event before its cause

_TAKEN = ("ice_arrest_custodial", "ice_arrest_street", "ice_arrest_at_large")
_ASKED = ("detainer", "notification_request")
_SOURCES = ("prints_shared", "roster_shared", "interview", "informal_message", "victim_record_shared")
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
    **dict.fromkeys(_AT_A_STOP, STOPS),
    "contraband": ("search",),
    "scene_response": ("informal_message",),
    "street_hold": STOPS,
    "street_hold_released": ("street_hold", "scene_response"),
    "ice_arrest_street": STOPS,
    "mistaken_arrest": ("arrest",),
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
    "detainer_lifted": _ASKED,
    "release_date_shared": ("notified", "declined"),
    "warrant_served": ("honoured", "notified"),
    "hold": ("honoured",),
    "hold_expired": ("hold",),
    "over_hold": ("hold_expired",),
    "pickup_missed": ("hold_expired", "notified", "declined"),
    "ice_arrest_custodial": ("hold", "notified", "declined", "warrant_served"),
    "collateral_arrest": ("ice_arrest_at_large",),
    "raid_arrest": ("ice_arrest_at_large",),
    "report": CRIMES,
    "witness_report": ("witnessed",),
    "victim_record_shared": ("report", "witness_report"),
    "crime_recorded": CRIMES,
    "response": ("crime_recorded",),
    "late_response": ("crime_recorded",),
    "certified": ("response", "late_response"),
    "crime_cleared": ("response", "late_response"),
    "returned": ("removal", "voluntary_departure"),
    "detention": _TAKEN,
    "no_bed": _TAKEN,
    **dict.fromkeys(_ENDS, ("detention",)),
    # A pretext, a rule broken, or somebody taken on the street who is not removable.
    "case_opened": ("pretext_arrest", "rule_broken", "street_hold", "ice_arrest_street"),
    "finding": ("case_opened",),
}
# And these concern only what began with a stop.
OF_STOPS = (*_AT_A_STOP, "mistaken_arrest", "street_hold", "ice_arrest_street", "case_opened", "finding")
# These may begin a case.
BEGIN = {*STOPS, "stop_foregone", "arrest", "at_large_attempt", "ice_arrest_at_large"}
BEGIN |= {*CRIMES, "crime_averted", "crime_deterred", "witnessed", "contact", "moved_away"}
# These happen at once: in the moment in which their case begins.
AT_ONCE = {*STOPS, *_AT_A_STOP, "arrest", "mistaken_arrest", "cite_and_release", "booking", "crowded_release"}
AT_ONCE |= {"prints_shared", "roster_shared", "street_hold", "scene_response"}
AT_ONCE |= {*_OF_CRIMES, "crime_recorded", "response", "late_response", "certified", "victim_record_shared"}
# Of each of these a case has one at most.
ONCE = (
    *((name,) for name in (*MOVES, *NEEDS) if name != "at_large_attempt"),
    STOPS,
    ("warning", "citation", "arrest"),
    ("arrest", "street_hold", "scene_response"),
    ("arrest", "ice_arrest_street"),
    ("cite_and_release", "booking"),
    ("crowded_release", "jail_release", "ice_arrest_custodial"),
    ("match", "match_lawful"),
    ("match", "scene_response"),
    ("review", "review_lapsed"),
    (*_ASKED, "request_too_late"),
    ("honoured", "notified", "declined"),
    ("hold", "warrant_served"),
    ("hold_expired", "ice_arrest_custodial"),
    ("pickup_missed", "ice_arrest_custodial"),
    ("detainer_lifted", "ice_arrest_custodial"),
    ("detainer_lifted", "lead"),
    ("street_hold_released", "ice_arrest_street"),
    _TAKEN,
    ("detention", "no_bed"),
    _ENDS,
    (*CRIMES, "crime_averted", "crime_deterred"),
    ("response", "late_response"),
)
# A stop that its officer had no time for is the whole of its case.
_ALONE = "stop_foregone"


def out_of_order(cases: dict[int, list[Line]]) -> Iterator[str]:
    """Say what happened in a case before what it needs, too late, or more than once."""
    for case in cases.values():
        first = case[0]
        seen: set[str] = set()
        for k, line in enumerate(case):
            if k == 0 and line.event not in BEGIN:
                yield f"{line} begins a case"
            if line.event in NEEDS and seen.isdisjoint(NEEDS[line.event]):
                yield f"{line} without {' or '.join(NEEDS[line.event])}"
            if line.event in OF_STOPS and first.event not in STOPS:
                yield f"{line}, but its case began with {first.event}"
            if line.event in AT_ONCE and line.time != first.time:
                yield f"{line} later than its case began, at {first.time}"
            seen.add(line.event)
        officers = {line.officer for line in case}
        if first.event in CRIMES:
            officers -= {-1}  # until somebody is called
        if any(len({line[k] for line in case}) > 1 for k in (2, 4)) or len(officers) > 1:
            yield f"{first}: one case, several people, causes or officers"
        if first.event == _ALONE and len(case) > 1:
            yield f"{first} was not made, and yet {case[1]}"
        names = [line.event for line in case]
        for group in ONCE:
            if sum(names.count(name) for name in set(group)) > 1:
                yield f"{first}: more than one of {', '.join(group)}"


def uncaused(cases: dict[int, list[Line]]) -> Iterator[str]:
    """Say which cases name a cause that is no earlier arrest in the household, and no crime."""
    for case in cases.values():
        first = case[0]
        if not first.cause:
            in_raid = any(line.event == "raid_arrest" for line in case)
            if first.event == "ice_arrest_at_large" and not in_raid:
                yield f"{first} without an attempt, and nobody caused it"
            continue
        if first.event in ("arrest", "witnessed"):
            needed = ("crime_cleared",) if first.event == "arrest" else CRIMES
            told = [line for line in cases.get(first.cause, ()) if line.event in needed]
            if not told or told[0].time > first.time:
                yield f"{first} is caused by a case without {' or '.join(needed)} before it"
            continue
        causes = [line for line in cases.get(first.cause, ()) if line.event == "ice_arrest_at_large"]
        if not causes or causes[0].time > first.time:
            yield f"{first} is caused by a case that holds no earlier arrest at large"
