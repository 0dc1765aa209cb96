"""What happened: events counted as they happen, and written down when somebody wants the log.

Counting needs no log: every recorded event adds to one row of a table whose columns are the total and the
breakdowns.  Quantities (hours, days) have rows of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline
from sim.scenario import vocabulary as v

# Events as they appear in the log (one activity each) and quantities (not logged).
EVENTS = (
    "traffic_stop",
    "street_stop",
    "warning",
    "citation",
    "arrest",
    "cite_and_release",
    "booking",
    "crowded_release",
    "prints_shared",
    "roster_shared",
    "release_date_shared",
    "interview",
    "address_shared",
    "informal_message",
    "data_withheld",
    "rule_broken",
    "match",
    "match_lawful",
    "review",
    "review_lapsed",
    "lead",
    "notification_request",
    "detainer",
    "judicial_detainer",
    "request_too_late",
    "declined",
    "notified",
    "honoured",
    "hold",
    "hold_expired",
    "over_hold",
    "pickup_missed",
    "jail_release",
    "ice_arrest_custodial",
    "street_hold",
    "street_hold_released",
    "ice_arrest_street",
    "at_large_attempt",
    "ice_arrest_at_large",
    "collateral_arrest",
    "detention",
    "no_bed",
    "release_bond",
    "release_recognizance",
    "release_relief",
    "release_terminated",
    "voluntary_departure",
    "removal",
    "stop_foregone",
    "saturation_stop",
    "search",
    "contraband",
    "pretext_arrest",
    "mistaken_arrest",
    "immigration_check",
    "task_force_contact",
    "scene_response",
    "detainer_lifted",
    "warrant_served",
    "case_opened",
    "finding",
)
QUANTITIES = (
    "removable_bookings",
    "removable_requests",
    "removable_transfers",
    "wrongful_requests",
    "wrongful_ice_arrests",
    "wrongful_detained_days",
    "jail_days",
    "hold_hours",
    "over_hold_hours",
    "detained_days",
    "review_wait_hours",
    "transfer_wait_days",
    "resident_years",
    "stop_arrests",
    "mistaken_hours",
    "wrongful_street_holds",
    "wrongful_hold_hours",
    "wrongful_request_days",
    "task_force_arrests",
    "deputized_ice_arrests",
    "detainer_days",
    "detainer_cost",
    "police_hours",
    "jail_hours",
    "police_claims",
    "jail_claims",
    "expected_police_claims",
    "expected_jail_claims",
    "training_cost",
    "reimbursement",
    "operation_hours",
    "separations",
    "earners_taken",
    "parents_taken",
    "children_affected",
    "citizen_children_affected",
    "earners_removed",
    "parents_removed",
)
ROWS = EVENTS + QUANTITIES
(
    E_TRAFFIC_STOP,
    E_STREET_STOP,
    E_WARNING,
    E_CITATION,
    E_ARREST,
    E_CITE_AND_RELEASE,
    E_BOOKING,
    E_CROWDED_RELEASE,
    E_PRINTS_SHARED,
    E_ROSTER_SHARED,
    E_RELEASE_DATE_SHARED,
    E_INTERVIEW,
    E_ADDRESS_SHARED,
    E_INFORMAL_MESSAGE,
    E_DATA_WITHHELD,
    E_RULE_BROKEN,
    E_MATCH,
    E_MATCH_LAWFUL,
    E_REVIEW,
    E_REVIEW_LAPSED,
    E_LEAD,
    E_NOTIFICATION_REQUEST,
    E_DETAINER,
    E_JUDICIAL_DETAINER,
    E_REQUEST_TOO_LATE,
    E_DECLINED,
    E_NOTIFIED,
    E_HONOURED,
    E_HOLD,
    E_HOLD_EXPIRED,
    E_OVER_HOLD,
    E_PICKUP_MISSED,
    E_JAIL_RELEASE,
    E_CUSTODIAL,
    E_STREET_HOLD,
    E_STREET_HOLD_RELEASED,
    E_STREET,
    E_ATTEMPT,
    E_AT_LARGE,
    E_COLLATERAL,
    E_DETENTION,
    E_NO_BED,
    E_BOND,
    E_RECOGNIZANCE,
    E_RELIEF,
    E_TERMINATED,
    E_VOLUNTARY_DEPARTURE,
    E_REMOVAL,
    E_STOP_FOREGONE,
    E_SATURATION_STOP,
    E_SEARCH,
    E_CONTRABAND,
    E_PRETEXT_ARREST,
    E_MISTAKEN_ARREST,
    E_IMMIGRATION_CHECK,
    E_TASK_FORCE_CONTACT,
    E_SCENE_RESPONSE,
    E_DETAINER_LIFTED,
    E_WARRANT_SERVED,
    E_CASE_OPENED,
    E_FINDING,
    Q_REMOVABLE_BOOKINGS,
    Q_REMOVABLE_REQUESTS,
    Q_REMOVABLE_TRANSFERS,
    Q_WRONGFUL_REQUESTS,
    Q_WRONGFUL_ARRESTS,
    Q_WRONGFUL_DAYS,
    Q_JAIL_DAYS,
    Q_HOLD_HOURS,
    Q_OVER_HOLD_HOURS,
    Q_DETAINED_DAYS,
    Q_REVIEW_WAIT,
    Q_TRANSFER_WAIT,
    Q_RESIDENT_YEARS,
    Q_STOP_ARRESTS,
    Q_MISTAKEN_HOURS,
    Q_WRONGFUL_STREET_HOLDS,
    Q_WRONGFUL_HOLD_HOURS,
    Q_WRONGFUL_REQUEST_DAYS,
    Q_TASK_FORCE_ARRESTS,
    Q_DEPUTIZED_ARRESTS,
    Q_DETAINER_DAYS,
    Q_DETAINER_COST,
    Q_POLICE_HOURS,
    Q_JAIL_HOURS,
    Q_POLICE_CLAIMS,
    Q_JAIL_CLAIMS,
    Q_EXPECTED_POLICE_CLAIMS,
    Q_EXPECTED_JAIL_CLAIMS,
    Q_TRAINING_COST,
    Q_REIMBURSEMENT,
    Q_OPERATION_HOURS,
    Q_SEPARATIONS,
    Q_EARNERS_TAKEN,
    Q_PARENTS_TAKEN,
    Q_CHILDREN,
    Q_CITIZEN_CHILDREN,
    Q_EARNERS_REMOVED,
    Q_PARENTS_REMOVED,
) = range(len(ROWS))

# What is known against a person when something happens to them: three states, never two.
STANDINGS = ("neither", "pending", "convicted")

LOG = np.dtype(
    [
        ("time", np.float64),
        ("case", np.uint64),
        ("cause", np.uint64),  # key of the case that led to this one, or 0
        ("resident", np.int32),
        ("officer", np.int32),
        ("event", np.int16),
        ("agency", np.int16),
        ("jail", np.int16),
        ("channel", np.int16),
    ],
    align=True,
)

# Columns of the tally: the total, then each breakdown after the other.
BREAKDOWNS = ("status", "group", "record", "standing", "offence", "pathway", "agency", "neighbourhood")
(B_STATUS, B_GROUP, B_RECORD, B_STANDING, B_OFFENCE, B_PATHWAY, B_AGENCY, B_NEIGHBOURHOOD) = range(8)
NO_OFFENCE = len(v.OFFENCES)  # a case before any arrest


def breakdown_levels(agencies: tuple[str, ...], neighbourhoods: int) -> dict[str, tuple[str, ...]]:
    """Return the levels of each breakdown, in the order of their columns."""
    return {
        "status": v.STATUSES,
        "group": v.GROUPS,
        "record": v.RECORDS,
        "standing": STANDINGS,
        "offence": (*v.OFFENCES, "none"),
        "pathway": v.ORIGINS,
        "agency": (*agencies, "none"),
        "neighbourhood": tuple(str(k) for k in range(neighbourhoods)),
    }


def new_tally(agencies: int, neighbourhoods: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return an empty tally `(rows, columns)` and the first column of each breakdown."""
    levels = breakdown_levels(("",) * agencies, neighbourhoods)
    sizes = [len(names) for names in levels.values()]
    starts = 1 + np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return np.zeros((len(ROWS), 1 + sum(sizes))), starts.astype(np.int64)


def new_log(room: int) -> NDArray[Any]:
    """Return an empty log with room for `room` events."""
    return np.zeros(room, dtype=LOG).view(np.recarray)


@inline
def add(tally, columns, row, amount, resident, case, agencies):
    """Add `amount` to a row of the tally: to the total and to each breakdown of this resident and case."""
    line = tally[row]
    standing = 2 if resident.record > 0 else (1 if case.charged == 1 else 0)
    line[0] += amount
    line[columns[B_STATUS] + resident.status] += amount
    line[columns[B_GROUP] + resident.group] += amount
    line[columns[B_RECORD] + resident.record] += amount
    line[columns[B_STANDING] + standing] += amount
    line[columns[B_OFFENCE] + (case.offence if case.offence >= 0 else NO_OFFENCE)] += amount
    line[columns[B_PATHWAY] + case.origin] += amount
    line[columns[B_AGENCY] + (case.agency if case.agency >= 0 else agencies)] += amount
    line[columns[B_NEIGHBOURHOOD] + resident.neighbourhood] += amount
