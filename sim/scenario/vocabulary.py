"""The words a rule may use: attributes, their values, the decision tables and their answers.

One list for everybody.  The scenario compiler reads it to check a file, the JSON Schemas are generated
from it, and the engine takes its integer codes from it, so a word means the same everywhere.  The code of
a value is its place in its tuple.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

# ── who ──────────────────────────────────────────────────────────────────────────────────────────────
STATUSES: Final = ("us_born", "naturalized", "lpr", "temporary", "undocumented")
US_BORN, NATURALIZED, LPR, TEMPORARY, UNDOCUMENTED = range(5)

GROUPS: Final = ("white", "black", "hispanic", "asian", "other")
WHITE, BLACK, HISPANIC, ASIAN, OTHER = range(5)

RECORDS: Final = ("none", "nonviolent", "violent")
NO_RECORD, NONVIOLENT, VIOLENT = range(3)

YES_NO: Final = ("no", "yes")
NO, YES = range(2)

# ── encounters and offences ──────────────────────────────────────────────────────────────────────────
REASONS: Final = ("moving_violation", "equipment", "suspicion")
MOVING_VIOLATION, EQUIPMENT, SUSPICION = range(3)

OFFENCES: Final = (
    "no_licence",
    "traffic",
    "dui",
    "misdemeanor",
    "nonviolent_felony",
    "violent_felony",
    "warrant",
)
NO_LICENCE, TRAFFIC, DUI, MISDEMEANOR, NONVIOLENT_FELONY, VIOLENT_FELONY, WARRANT = range(7)

STOP_OUTCOMES: Final = ("none", "warning", "citation", "arrest")
STOP_NONE, STOP_WARNING, STOP_CITATION, STOP_ARREST = range(4)

ORIGINS: Final = (
    "traffic_stop",
    "street_stop",
    "crime",
    "operation",
    "saturation_stop",
    "victimization",
    "contact",
)
TRAFFIC_STOP, STREET_STOP, CRIME, OPERATION, SATURATION_STOP, VICTIMIZATION, CONTACT = range(7)

# Index offences as the federal tables count them.
CRIMES: Final = ("violent", "property")

# 287(g): the task force model is an agency's, the other two are a jail's (jail enforcement includes what
# warrant service officers do).
MODELS_287G: Final = ("none", "tfm")
NO_287G, TFM = range(2)
JAIL_MODELS: Final = ("none", "wso", "jem")
NO_JAIL_MODEL, WSO, JEM = range(3)
AGREEMENTS: Final = ("wso", "jem", "tfm")

# What immigration work asks of local officers' time.
TASKS: Final = ("immigration_check", "street_arrest", "tip", "jail_interview", "warrant_service")
TASK_CHECK, TASK_STREET_ARREST, TASK_TIP, TASK_INTERVIEW, TASK_SERVICE = range(5)

# ── what residents live through, think and do ────────────────────────────────────────────────────────
# Crimes with a victim; domestic violence is apart from other violence.
VICTIMIZATIONS: Final = ("violent", "property", "domestic")
VIOLENT_CRIME, PROPERTY_CRIME, DOMESTIC_CRIME = range(3)

# Encounters with police, as they change what a person thinks of them.
EXPERIENCES: Final = (
    "stop",
    "citation",
    "search",
    "arrest",
    "mistaken_arrest",
    "immigration_check",
    "street_hold",
    "prompt_response",
    "late_response",
    "contact",
)

# Ties along which experience travels: the household's own, then those of the population.
TIES: Final = ("household", "kin", "neighbours", "co_ethnic")

# What is on paper about working with ICE, as residents may know it.
POLICIES: Final = (
    "booking_prints",
    "jail_roster",
    "local_records",
    "victim_witness_records",
    "informal_message",
    "task_force_contact",
    "detainers",
    "status_inquiry",
    "agreement_287g",
)

# What people avoid for fear of an encounter.
ACTIVITIES: Final = ("driving", "public_places", "services", "travel", "police")
DRIVING, PUBLIC_PLACES, SERVICES, TRAVEL, POLICE = range(5)

# Ways in which the community responds; each can be switched off.
EFFECTS: Final = (
    "own_encounters",
    "vicarious",
    "network_arrests",
    "news",
    "paper",
    "practice",
    "trust_reporting",
    "chill",
    "avoidance",
    "moving",
    "offending_response",
    "incapacitation",
    "deterrence",
    "return",
    "late_response",
    "caution",
)

# ── data and ICE ─────────────────────────────────────────────────────────────────────────────────────
CHANNELS: Final = (
    "booking_prints",
    "warrant_query",
    "jail_roster",
    "release_date",
    "jail_interview",
    "local_records",
    "victim_witness_records",
    "informal_message",
    "task_force_contact",
)
(
    BOOKING_PRINTS,
    WARRANT_QUERY,
    JAIL_ROSTER,
    RELEASE_DATE,
    JAIL_INTERVIEW,
    LOCAL_RECORDS,
    VICTIM_WITNESS_RECORDS,
    INFORMAL_MESSAGE,
    TASK_FORCE_CONTACT,
) = range(9)

# Channels that need no system: an officer speaks.
PERSONAL_CHANNELS: Final = ("informal_message", "task_force_contact")

HITS: Final = ("none", "order", "removable", "lawful")
HIT_NONE, HIT_ORDER, HIT_REMOVABLE, HIT_LAWFUL = range(4)

REQUESTS: Final = ("none", "lead", "notification", "detainer", "judicial_detainer")
REQUEST_NONE, REQUEST_LEAD, REQUEST_NOTIFICATION, REQUEST_DETAINER, REQUEST_JUDICIAL = range(5)

WARRANTS: Final = ("none", "administrative", "judicial")
RESPONSES: Final = ("decline", "notify", "hold")
DECLINE, NOTIFY, HOLD = range(3)

PRIORITIES: Final = ("low", "medium", "high")
LOW, MEDIUM, HIGH = range(3)

RELEASES: Final = ("own_recognizance", "bail", "held")
OWN_RECOGNIZANCE, BAIL, HELD = range(3)

STREET_CHECKS: Final = ("none", "ask", "tip", "hold", "immigration_arrest")
CHECK_NONE, CHECK_ASK, CHECK_TIP, CHECK_HOLD, CHECK_ARREST = range(5)

COURT_OUTCOMES: Final = ("bond", "recognizance", "relief", "terminated", "voluntary_departure", "removal")
BOND, RECOGNIZANCE, RELIEF, TERMINATED, VOLUNTARY_DEPARTURE, REMOVAL = range(6)

ROUTES: Final = ("custodial", "street", "at_large")
CUSTODIAL, STREET, AT_LARGE = range(3)

SHARING: Final = ("withheld", "shared")
WITHHELD, SHARED = range(2)

LEAD_CHOICES: Final = ("drop", "wait", "attempt")
DROP, WAIT, ATTEMPT = range(3)


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something a decision can see.

    `values` lists what it may be; it is empty where the scenario names them (`agency`, `jail`).  A
    `numeric` attribute counts whole units from 0 to `top` (larger values count as `top`) and is
    written in rules as a number or as a range `{from: 18, to: 64}`.
    """

    name: str
    doc: str
    values: tuple[str, ...] = ()
    top: int = 0
    unit: str = ""

    @property
    def numeric(self) -> bool:
        """Whether rules compare it as a number."""
        return self.top > 0


_ATTRIBUTES = (
    Attribute("agency", "the police agency of the officer who acts, by its name in the scenario"),
    Attribute("jail", "the jail, by its name in the scenario"),
    Attribute("reason", "why the stop was made", REASONS),
    Attribute("group", "perceived group: what an officer sees, not what a person is", GROUPS),
    Attribute("age", "age of the resident", top=99, unit="years"),
    Attribute("licensed", "whether the resident holds a driving licence", YES_NO),
    Attribute("warrant_hit", "whether the warrant query named the resident", YES_NO),
    Attribute("immigration_hit", "whether the immigration query named the resident", YES_NO),
    Attribute("deputized", "whether the officer holds 287(g) authority for the street", YES_NO),
    Attribute("trained", "whether the officer has had civil-rights training", YES_NO),
    Attribute("screening", "whether the jail that this agency feeds screens for status", YES_NO),
    Attribute("outcome", "how the stop ends", STOP_OUTCOMES),
    Attribute("model_287g", "287(g) agreement of the agency for the street", MODELS_287G),
    Attribute("task_force", "whether a federal agent takes part in the stop", YES_NO),
    Attribute("saturation", "whether the stop belongs to a saturation operation", YES_NO),
    Attribute("status_inquiry", "whether the agency allows its officers to ask about status", YES_NO),
    Attribute("origin", "what the case began with", ORIGINS),
    Attribute("offence", "most serious offence of the arrest", OFFENCES),
    Attribute("record", "most serious conviction before the arrest", RECORDS),
    Attribute("charged", "whether the prosecutor files charges", YES_NO),
    Attribute("detainer_lodged", "whether an ICE detainer stands", YES_NO),
    Attribute("channel", "the way the data would travel", CHANNELS),
    Attribute("hit", "what the match shows ICE", HITS[1:]),
    Attribute("status", "status as ICE sees it (a false match shows a person as undocumented)", STATUSES),
    Attribute("order", "whether ICE sees a final order of removal", YES_NO),
    Attribute("warrant", "warrant that comes with the request", WARRANTS),
    Attribute("request", "what ICE asks of the jail", REQUESTS[2:]),
    Attribute("lead_age", "time since the lead arose", top=730, unit="days"),
    Attribute("priority", "ICE's priority for the person", PRIORITIES),
    Attribute("address_known", "whether ICE has a current address", YES_NO),
    Attribute("represented", "whether the person has counsel", YES_NO),
)
ATTRIBUTES: Final = {a.name: a for a in _ATTRIBUTES}


@dataclass(frozen=True, slots=True)
class Table:
    """A decision point: what it may see and what it may answer.

    `many` tables answer any subset of `parts`, written `a`, `[a, b]`, `a+b` or `none`.  `practice` says
    whose compliance with the written rule applies: `agency`, `jail`, `sharing`, or nobody's.
    """

    name: str
    doc: str
    sees: tuple[str, ...]
    answers: tuple[str, ...]
    many: bool = False
    parts: tuple[str, ...] = ()
    practice: Literal["agency", "jail", "sharing"] | None = None


def _subsets(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Names of all subsets of `parts`, by bit mask: none, a, b, a+b and so on."""
    masks = range(1 << len(parts))
    return tuple("+".join(p for k, p in enumerate(parts) if mask >> k & 1) or "none" for mask in masks)


def _many(
    name: str, doc: str, sees: tuple[str, ...], parts: tuple[str, ...], practice: Literal["agency"] | None
) -> Table:
    return Table(name, doc, sees, _subsets(parts), True, parts, practice)


QUERIES: Final = ("warrants", "immigration")
QUERY_WARRANTS, QUERY_IMMIGRATION = 1, 2
IDENTIFICATION: Final = ("prints", "interview", "roster")
IDENTIFY_PRINTS, IDENTIFY_INTERVIEW, IDENTIFY_ROSTER = 1, 2, 4

_OFFICER = ("deputized", "trained")
_TABLES = (
    Table(
        "stop.outcome",
        "how an officer ends a stop",
        ("agency", "reason", "group", "age", "licensed", "warrant_hit", *_OFFICER, "screening", "saturation"),
        STOP_OUTCOMES,
    ),
    _many(
        "stop.query",
        "which databases an officer asks during a stop",
        ("agency", "reason", "group", "licensed", *_OFFICER, "status_inquiry", "task_force", "saturation"),
        QUERIES,
        "agency",
    ),
    Table(
        "stop.street_check",
        "what an officer does about immigration at a stop",
        (
            "agency",
            "model_287g",
            "deputized",
            "trained",
            "task_force",
            "status_inquiry",
            "immigration_hit",
            "group",
            "outcome",
            "saturation",
        ),
        STREET_CHECKS,
        practice="agency",
    ),
    Table(
        "booking.disposition",
        "whether an arrest ends with a citation or in the jail",
        ("agency", "origin", "offence", "record", "licensed", "age", "warrant_hit"),
        ("cite_and_release", "book"),
        practice="agency",
    ),
    _many(
        "booking.identify",
        "what the jail does with a booked person's identity",
        ("jail", "offence", "charged", "record"),
        IDENTIFICATION,
        None,
    ),
    Table(
        "custody.release",
        "how a booked person leaves the jail",
        ("jail", "offence", "record", "charged", "detainer_lodged"),
        RELEASES,
    ),
    Table(
        "sharing.channel",
        "whether data moves to ICE",
        ("channel", "offence", "charged", "record", "agency", "jail"),
        SHARING,
        practice="sharing",
    ),
    Table(
        "ice.review",
        "what ICE does about a match",
        ("hit", "status", "order", "record", "offence", "charged", "channel"),
        REQUESTS,
    ),
    Table(
        "detainer.response",
        "how the jail answers a request",
        ("jail", "request", "warrant", "offence", "record", "charged"),
        RESPONSES,
        practice="jail",
    ),
    Table(
        "ice.at_large",
        "what ICE does with a lead each time it is taken up, and whether an operation of its own goes ahead",
        ("lead_age", "origin", "priority", "address_known", "order", "record"),
        LEAD_CHOICES,
    ),
    Table(
        "court.outcome",
        "how immigration detention ends",
        ("status", "order", "record", "represented"),
        COURT_OUTCOMES,
    ),
)
TABLES: Final = {t.name: t for t in _TABLES}
TABLE_NAMES: Final = tuple(TABLES)
(
    T_STOP_OUTCOME,
    T_STOP_QUERY,
    T_STREET_CHECK,
    T_DISPOSITION,
    T_IDENTIFY,
    T_RELEASE,
    T_SHARING,
    T_REVIEW,
    T_RESPONSE,
    T_AT_LARGE,
    T_COURT,
) = range(len(_TABLES))

# The agency of a case that no local agency began (an ICE operation): rules never see it.
UNRELATED: Final = -1
