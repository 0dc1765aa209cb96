"""The decision points of the pathway, and which of them each event of the log belongs to, in plain words.

Where two timelines of a person part, one world has an event that the other lacks.  The table below says for
every event what was being decided when it happened, and what to call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import EVENTS
from sim.scenario import vocabulary as v

NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision point.

    Attributes
    ----------
    name
        As files call it.
    words
        As people read it.
    events
        What the log may hold of it, with the words for it.
    channels
        Channels whose withheld data are its affair.
    """

    name: str
    words: str
    events: dict[str, str]
    channels: tuple[str, ...] = ()


# In the order in which they come up; where an instant holds several, the parting is at the first of them.
DECISIONS: Final = (
    Decision(
        "crime",
        "Whether a crime happens",
        {
            "violent_crime": "victim of a violent crime",
            "property_crime": "victim of a property crime",
            "domestic_crime": "victim of domestic violence",
            "crime_averted": "no crime: who would have committed it is not free to",
            "crime_deterred": "no crime: who would have committed it fears removal",
            "witnessed": "witness of a crime",
        },
    ),
    Decision(
        "report",
        "Whether a crime is reported",
        {
            "report": "reports the crime",
            "witness_report": "reports the crime as a witness",
            "crime_recorded": "police learn of the crime",
        },
    ),
    Decision(
        "victim_records",
        "Whether victims’ and witnesses’ records reach ICE",
        {"victim_record_shared": "record as victim or witness passed to ICE"},
        ("victim_witness_records",),
    ),
    Decision(
        "police_response",
        "What police make of a report",
        {
            "response": "officer comes at once",
            "late_response": "officer comes late",
            "crime_cleared": "the crime is solved",
        },
    ),
    Decision("certification", "Whether a victim is certified", {"certified": "certified as a victim"}),
    Decision("contact", "Whether there is another contact with police", {"contact": "contact with police"}),
    Decision("moving", "Whether the household moves away", {"moved_away": "moves away"}),
    Decision(
        "stop",
        "Whether police stop the person",
        {
            "traffic_stop": "stopped in traffic",
            "street_stop": "stopped on foot",
            "saturation_stop": "stopped in an operation",
            "stop_foregone": "not stopped: the officer is elsewhere",
        },
    ),
    Decision("search", "Whether there is a search", {"search": "searched", "contraband": "contraband found"}),
    Decision("stop_outcome", "How the stop ends", {"warning": "warned", "citation": "cited"}),
    Decision(
        "street_check",
        "Whether immigration status is checked at the stop",
        {"immigration_check": "status checked", "task_force_contact": "seen by a federal agent"},
        ("warrant_query", "task_force_contact"),
    ),
    Decision(
        "informal_message",
        "Whether the officer tells ICE",
        {"informal_message": "officer’s message to ICE"},
        ("informal_message",),
    ),
    Decision(
        "street_custody",
        "Whether ICE takes the person at the stop",
        {
            "scene_response": "ICE comes to the scene",
            "street_hold": "held at the scene for ICE",
            "street_hold_released": "let go from the scene",
            "ice_arrest_street": "arrested for ICE at the stop",
        },
    ),
    Decision(
        "arrest",
        "Whether police arrest the person",
        {
            "arrest": "arrested",
            "pretext_arrest": "arrested for the jail’s screening",
            "mistaken_arrest": "arrested on a mistaken warrant",
        },
    ),
    Decision(
        "disposition",
        "Whether the arrest ends in jail",
        {"booking": "booked into jail", "cite_and_release": "cited and released"},
    ),
    Decision(
        "jail_room", "Whether the jail has room", {"crowded_release": "released at once for want of room"}
    ),
    Decision(
        "prints",
        "Whether booking prints are shared",
        {"prints_shared": "prints shared"},
        ("booking_prints",),
    ),
    Decision(
        "roster",
        "Whether ICE can read the jail’s roster",
        {"roster_shared": "roster entry readable by ICE"},
        ("jail_roster",),
    ),
    Decision(
        "interview",
        "Whether the person is interviewed in jail",
        {"interview": "interviewed in jail"},
        ("jail_interview",),
    ),
    Decision(
        "match",
        "Whether there is a match",
        {"match": "match", "match_lawful": "match that shows a lawful resident"},
    ),
    Decision(
        "review",
        "Whether and when ICE reviews the match",
        {"review": "reviewed by ICE", "review_lapsed": "lapsed unreviewed"},
    ),
    Decision(
        "request",
        "What ICE asks of the jail",
        {
            "notification_request": "ICE asks to be notified",
            "detainer": "ICE asks for a hold",
            "judicial_detainer": "ICE asks for a hold, with a judge’s warrant",
            "request_too_late": "too late to ask: already gone",
        },
    ),
    Decision(
        "answer",
        "How the jail answers ICE",
        {
            "declined": "jail declines",
            "notified": "jail agrees to notify ICE",
            "honoured": "jail agrees to hold",
        },
    ),
    Decision(
        "release_date",
        "Whether ICE learns the release date",
        {"release_date_shared": "release date shared"},
        ("release_date",),
    ),
    Decision(
        "correction",
        "Whether a mistaken request is lifted",
        {"detainer_lifted": "request lifted as mistaken"},
    ),
    Decision(
        "hold",
        "Whether the jail hands over or holds at release",
        {"warrant_served": "jail staff serve ICE’s warrant", "hold": "held beyond release"},
    ),
    Decision(
        "pickup",
        "Whether ICE comes in time",
        {
            "ice_arrest_custodial": "handed to ICE at the jail",
            "hold_expired": "hold ends, ICE has not come",
            "over_hold": "held past the limit, ICE has not come",
            "pickup_missed": "ICE does not come in time",
        },
    ),
    Decision("release", "When the person leaves jail", {"jail_release": "released from jail"}),
    Decision("lead", "Whether ICE keeps a lead", {"lead": "lead kept by ICE"}),
    Decision(
        "address",
        "Whether ICE learns an address",
        {"address_shared": "address shared"},
        ("local_records",),
    ),
    Decision(
        "at_large",
        "Whether ICE arrests the person at large",
        {
            "at_large_attempt": "ICE looks for the person",
            "ice_arrest_at_large": "arrested at large",
            "collateral_arrest": "arrested with somebody else of the household",
            "raid_arrest": "arrested in a raid",
        },
    ),
    Decision(
        "bed",
        "Whether there is a bed in detention",
        {"detention": "detained", "no_bed": "released for want of a bed"},
    ),
    Decision(
        "court",
        "How and when detention ends",
        {
            "release_bond": "released on bond",
            "release_recognizance": "released on recognizance",
            "release_relief": "granted relief",
            "release_terminated": "case terminated",
            "voluntary_departure": "departs voluntarily",
            "removal": "removed",
        },
    ),
    Decision("return", "Whether the person returns", {"returned": "returns after removal"}),
    Decision(
        "oversight",
        "What the independent reviewer does",
        {"case_opened": "reviewer opens the case", "finding": "reviewer finds a fault"},
    ),
)

# Events that are each channel's own affair: the channel says which decision they belong to.
BY_CHANNEL: Final = {"data_withheld": "withheld by rule", "rule_broken": "passed on against the rule"}

# What is noted beside a decision that goes the same way all the same: no timeline parts there.
REMARKS: Final = ("rule_broken",)

WORDS: Final = {event: words for d in DECISIONS for event, words in d.events.items()} | BY_CHANNEL

_PLACE: Final = {d.name: k for k, d in enumerate(DECISIONS)}


def _places() -> NDArray[np.int64]:
    """Return the place in `DECISIONS` of each event and channel; the last channel is none."""
    of_event = {event: k for k, d in enumerate(DECISIONS) for event in d.events}
    of_channel = {channel: k for k, d in enumerate(DECISIONS) for channel in d.channels}
    places = np.full((len(EVENTS), len(v.CHANNELS) + 1), -1, dtype=np.int64)
    for row, event in enumerate(EVENTS):
        if event in BY_CHANNEL:
            places[row, :-1] = [of_channel[channel] for channel in v.CHANNELS]
        else:
            places[row] = of_event[event]
    return places


_PLACES: Final = _places()


def places_of(events: NDArray[np.int16], channels: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return the place in `DECISIONS` of each event, given its channel (−1: none)."""
    found: NDArray[np.int64] = _PLACES[events, channels]
    return found


def words_for(event: str, channel: str = "") -> str:
    """Return what an event is called; with a channel, what moved or was withheld."""
    if event == NOTHING:
        return "nothing then"
    return f"{channel.replace('_', ' ')} {WORDS[event]}" if channel and event in BY_CHANNEL else WORDS[event]


def title_of(decision: str) -> str:
    """Return the words for a decision point."""
    return DECISIONS[_PLACE[decision]].words
