"""What the community's events read and write: the scenario's numbers, public knowledge, offenders' memory."""

from __future__ import annotations

import numpy as np

from sim.engine.ledger import EVENTS
from sim.scenario import vocabulary as v

_KINDS, _GROUPS, _STATUSES = len(v.VICTIMIZATIONS), len(v.GROUPS), len(v.STATUSES)

COMMUNITY = np.dtype(
    [
        ("rest", np.float64, (_GROUPS,)),  # log odds of trust
        ("legitimacy", np.float64),
        ("alarm", np.float64),
        ("legitimacy_decay", np.float64),  # a day
        ("alarm_decay", np.float64),
        ("belief_decay", np.float64),
        ("news_decay", np.float64),
        ("step", np.float64),
        ("asymmetry", np.float64),
        ("filter", np.float64),
        ("quality", np.float64, (len(v.EXPERIENCES),)),
        ("frightens", np.float64, (len(v.EXPERIENCES),)),
        ("own", np.float64),  # 1: own encounters move attitudes
        ("vicarious", np.float64),
        ("ties", np.float64, (len(v.TIES),)),
        ("network_alarm", np.float64),
        ("without_conviction", np.float64),
        ("learning", np.float64),
        ("paper", np.float64),  # belief in what is announced, credibility included
        ("local", np.float64),
        ("alarming", np.float64),  # arrests a year per 1,000
        ("telling", np.float64),
        ("news", np.int64),  # 1: news alarms
        ("practice", np.int64),  # 1: news convinces
        ("findings", np.float64),  # a year per 100,000
        ("publicity", np.float64),
        ("stake", np.float64, (_STATUSES,)),
        ("stake_citizens", np.float64, (_GROUPS,)),
        ("crime_rate", np.float64, (_KINDS,)),  # a year and resident
        ("crime_status", np.float64, (_STATUSES,)),
        ("crime_group", np.float64, (_GROUPS,)),
        ("crime_age", np.float64, (100,)),
        ("witness", np.float64, (_KINDS,)),
        ("victim_odds", np.float64, (_KINDS,)),
        ("witness_odds", np.float64, (_KINDS,)),
        ("report_trust", np.float64),
        ("severity_spread", np.float64),
        ("chill", np.float64, (_KINDS,)),
        ("witness_chill", np.float64),
        ("protection", np.float64),
        ("certification", np.float64),
        ("stated", np.float64),  # log odds
        ("solve", np.float64, (_KINDS,)),
        ("late", np.float64),
        ("delay", np.float64),  # days
        ("response_hours", np.float64),
        ("offences", np.float64, (_KINDS, 3)),  # cumulative
        ("elasticity", np.float64),
        ("lag_decay", np.float64),
        ("reference", np.float64, (_KINDS,)),
        ("incapacitation", np.float64),
        ("deterrence", np.float64),
        ("return_share", np.float64),
        ("return_time", np.float64),
        ("avoids", np.int64),  # 1: anybody avoids anything
        ("avoidance_base", np.float64, (len(v.ACTIVITIES),)),
        ("avoidance_response", np.float64, (len(v.ACTIVITIES),)),
        ("depth", np.float64),
        ("moving", np.float64),
        ("contacts", np.float64),
        ("caution", np.float64),
        ("felt", np.int8, (len(EVENTS),)),  # 1: the event moves attitudes
        ("experience", np.int8, (len(EVENTS),)),  # the encounter that an event is to the person
        ("offending_weight", np.float64),  # largest relative rate of any offender
    ],
    align=True,
)

# Public knowledge: row `group · (neighbourhoods + 1) + neighbourhood`; the last of a group is the region's.
CLIMATE = np.dtype(
    [
        ("people", np.float64),  # who belong to it
        ("arrests", np.float64),  # by ICE, weighted and fading
        ("transfers", np.float64),  # those that began with local police
        ("shock", np.float64),  # alarm of an announcement, fading
        ("legitimacy", np.float64),  # change by announcements, fading
        ("fear", np.float64),  # alarm by news, 0 … 1
        ("belief", np.float64),  # that police share data with ICE, 0 … 1
    ],
    align=True,
)

# Where legitimacy has changed: one row a neighbourhood, and findings of the region in row 0.
REGARD = np.dtype(
    [
        ("people", np.float64),  # who belong to it
        ("legitimacy", np.float64),  # mean change of its people, fading
        ("time", np.float64),  # day of the last change
        ("findings", np.float64),  # publicized, fading
    ],
    align=True,
)

# What offenders remember: row `kind · groups + group` of the victims.
MEMORY = np.dtype(
    [
        ("reported", np.float64),  # chances that victims reported, fading
        ("crimes", np.float64),  # crimes, fading alike
        ("time", np.float64),  # day of the last crime
        ("ratio", np.float64),  # crime rate relative to that at the reference
    ],
    align=True,
)

ANNOUNCEMENT = np.dtype(
    [
        ("code", np.uint64),
        ("day", np.float64),
        ("legitimacy", np.float64),
        ("alarm", np.float64),
        ("belief", np.float64),
        ("reach", np.float64, (_GROUPS,)),
    ],
    align=True,
)

RAID = np.dtype(
    [
        ("code", np.uint64),
        ("begins", np.float64),
        ("ends", np.float64),
        ("rate", np.float64),  # arrests a year and removable resident of the places covered
        ("covered", np.int64),
        ("publicity", np.float64),
    ],
    align=True,
)

# What happened and has not been felt yet: an event and its case.
NEWS = np.dtype([("event", np.int32), ("slot", np.int32)], align=True)

# Offending answers to reporting within this factor.
MOST_RESPONSE = 2.0
SURVEY_INTERVAL = 30  # days
SURVEYED = 10_000  # residents asked at most, about
VIGNETTES = 5  # every so many of them are also asked what they would do
BINS = 50
MEASURES = ("trust", "fear", "belief")
