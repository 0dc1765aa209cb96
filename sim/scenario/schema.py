"""What a scenario file may say: every section, every number, its unit, its bounds and its role.

The models are closed (an unknown key is an error) and frozen.  No number has a default here: numbers
live in files, with their sources, and `scenarios/base.yaml` gives them all.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Fault, Faults, Real, by, choice, is_number, number, probability, whole
from sim.scenario.schema_community import Announcements, Community, Raids
from sim.scenario.schema_costs import Costs
from sim.scenario.schema_ice import Ice
from sim.scenario.schema_police import Agency, Operation, Oversight, Stops, Training
from sim.scenario.section import (
    AGE_BANDS,
    AGREEMENT_LAWS,
    DATE,
    IMMIGRANT,
    LICENCE_LAWS,
    NONCITIZEN,
    Name,
    Section,
    date_of,
)


def _numbers(data: Any) -> dict[str, float]:
    """Return the entries of a mapping that are numbers."""
    return {k: x for k, x in data.items() if is_number(x)} if isinstance(data, dict) else {}


class Run(Section):
    """How long and how large a run is when the command line does not say."""

    days: float = number("length of the run", "days", 1, 36_500, "lever")
    residents: int = whole("people simulated: a sample of the county", "people", 100, 20_000_000, "lever")
    seed: int = whole("root of all luck; worlds that share it are twins", "", 0, 2**63 - 1, "lever")
    replications: int = whole("independent repetitions", "runs", 1, 1_000_000, "lever")


class Ties(Section):
    """Mean number of ties that a resident has, by kind (household ties come from the household)."""

    kin: float = number("kin outside the household", "ties per resident", 0, 50, "uncertainty")
    neighbours: float = number("neighbours", "ties per resident", 0, 50, "uncertainty")
    co_ethnic: float = number("co-ethnic ties across the region", "ties per resident", 0, 50, "uncertainty")


class Population(Section):
    """Who lives in the county."""

    county_residents: float = number("people who live in the county", "people", 10, 50_000_000, "fact")
    table: str | None = Field(
        default=None,
        description="CSV or Parquet file of residents (beside the scenario file) in place of synthetic ones",
    )
    groups: dict[str, Real] = by(
        v.GROUPS, "share of residents by perceived group", "share", (0, 1), "fact", total=1.0
    )
    statuses: dict[str, Real] = by(
        IMMIGRANT, "share of residents by immigration status; the rest are US-born", "share", (0, 1), "fact"
    )
    status_groups: dict[str, dict[str, Real]] = by(
        v.GROUPS,
        "perceived group of people of each immigrant status; the US-born make up the rest",
        "share",
        (0, 1),
        "uncertainty",
        total=1.0,
        outer=IMMIGRANT,
    )
    ages: dict[str, Real] = by(
        AGE_BANDS, "share of the US-born by age band", "share", (0, 1), "fact", total=1.0
    )
    immigrant_ages: dict[str, Real] = by(
        AGE_BANDS, "share of immigrants by age band", "share", (0, 1), "fact", total=1.0
    )
    final_order: dict[str, Real] = by(
        NONCITIZEN, "share with a final order of removal", "probability", (0, 1), "uncertainty"
    )
    biometric: dict[str, Real] = by(
        IMMIGRANT, "share whose prints the federal database holds", "probability", (0, 1), "uncertainty"
    )
    record_nonviolent: dict[str, Real] = by(
        v.STATUSES,
        "share of adults whose worst conviction is non-violent",
        "probability",
        (0, 1),
        "uncertainty",
    )
    record_violent: dict[str, Real] = by(
        v.STATUSES, "share of adults with a violent conviction", "probability", (0, 1), "uncertainty"
    )
    open_warrant: float = probability("share of adults with an open local warrant", "uncertainty")
    licence_law: str = choice(
        "whether undocumented residents may obtain a driving licence", LICENCE_LAWS, "lever"
    )
    licensed: dict[str, Real] = by(
        v.STATUSES,
        "share of drivers who hold a licence where the law lets them",
        "probability",
        (0, 1),
        "uncertainty",
    )
    drives: dict[str, Real] = by(
        v.STATUSES, "share of residents of 16 and over who drive", "probability", (0, 1), "uncertainty"
    )
    driving_spread: float = number(
        "standard deviation of the logarithm of driving exposure", "log units", 0, 1.5, "uncertainty"
    )
    household_size: float = number("mean household size", "people", 1, 8, "fact")
    mixed_status: float = probability(
        "chance that an immigrant household takes in a US-born member", "uncertainty"
    )
    neighbourhoods: int = whole("neighbourhoods in the region", "neighbourhoods", 1, 2_000, "uncertainty")
    segregation: float = probability(
        "how far groups live apart: 0 evenly mixed, 1 wholly apart", "uncertainty"
    )
    ties: Ties

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return where immigrants are more than all residents, or than a whole group."""
        statuses, groups = _numbers(data.get("statuses")), _numbers(data.get("groups"))
        immigrants = sum(statuses.values())
        if immigrants > 1:
            return [Fault(("statuses",), f"shares sum to {immigrants:.4f}, more than 1")]
        split = data.get("status_groups")
        if not isinstance(split, dict) or not set(IMMIGRANT) <= set(statuses):
            return []
        parts = {status: _numbers(split.get(status)) for status in IMMIGRANT}
        found = []
        for group in v.GROUPS:
            if group not in groups or not all(group in part for part in parts.values()):
                continue
            taken = sum(statuses[status] * parts[status][group] for status in IMMIGRANT)
            if taken > groups[group] + 1e-9:
                what = f"immigrants alone make up {taken:.4f} of residents, more than the whole group"
                found.append(Fault(("groups", group), what))
        return found


class Arrests(Section):
    """Arrests that do not begin with a stop, and what becomes of charges."""

    rates: dict[str, Real] = by(
        v.OFFENCES,
        "arrests a year per 100,000 residents of 16 and over without a record, beyond those that clear a"
        " reported crime (warrant: on warrants and violations of release conditions)",
        "arrests per 100,000 and year",
        (0, 1_000_000),
        "fact",
    )
    crime_level: dict[str, Real] = by(
        v.CRIMES,
        "index offences known to police relative to the nation's rate: violent ones scale arrests for violent"
        " felonies, property ones those for other felonies and misdemeanors",
        "ratio",
        (0, 20),
        "fact",
    )
    status_ratio: dict[str, Real] = by(
        v.STATUSES, "arrest rate by status relative to the US-born", "ratio", (0, 10), "uncertainty"
    )
    record_ratio: dict[str, Real] = by(
        v.RECORDS, "arrest rate by record relative to residents without one", "ratio", (0, 50), "uncertainty"
    )
    age_rate: dict[str, Real] = by(
        AGE_BANDS, "arrest rate by age relative to the mean adult", "ratio", (0, 10), "uncertainty"
    )
    no_charge: dict[str, Real] = by(
        v.OFFENCES,
        "share of arrests that the prosecutor does not charge or drops at once",
        "probability",
        (0, 1),
        "uncertainty",
    )
    conviction: dict[str, Real] = by(
        v.OFFENCES, "share of charged cases that end in a conviction", "probability", (0, 1), "uncertainty"
    )


class ReleaseTimes(Section):
    """How long people stay in jail: log-normal by route, scaled by offence, cut at a longest stay."""

    median: dict[str, Real] = by(
        v.RELEASES, "median time from booking to release", "days", (0, 1_000), "fact"
    )
    spread: dict[str, Real] = by(
        v.RELEASES, "standard deviation of the logarithm of that time", "log units", (0, 4), "uncertainty"
    )
    offence_ratio: dict[str, Real] = by(
        v.OFFENCES, "stay by offence relative to the median", "ratio", (0, 20), "uncertainty"
    )
    longest: float = number("longest stay in a local jail", "days", 1, 3_650, "uncertainty")


class Jail(Section):
    """A jail: its room, ICE's access to it, and how closely it keeps to its own rules."""

    capacity: float = number("beds for the whole county", "people", 0, 200_000, "fact")
    cost_day: float = number("cost of holding one person", "USD a day", 0, 10_000, "fact")
    ice_days_a_week: float = number("days a week on which ICE is present", "days a week", 0, 7, "lever")
    model_287g: str = choice(
        "287(g) agreement for the jail: none, warrant service officers, or jail enforcement",
        v.JAIL_MODELS,
        "lever",
    )
    deputized: float = probability(
        "share of bookings and releases at which staff with 287(g) authority are on duty", "lever"
    )
    deputized_staff: float = number(
        "staff trained for 287(g) authority, for the whole county", "officers", 0, 10_000, "lever"
    )
    compliance: float = probability(
        "share of requests in which staff follow the written detainer rule", "lever"
    )
    hold_limit: float = number("longest hold for ICE beyond release", "hours", 0, 240, "lever")
    over_hold: float = probability(
        "chance that a hold that ICE does not end runs past its limit", "uncertainty"
    )
    over_hold_mean: float = number(
        "mean time by which such a hold runs over", "hours", 0, 2_000, "uncertainty"
    )


class Sharing(Section):
    """Practice of the rules on data: who keeps to them, and where a technical barrier leaves no choice."""

    compliance: float = probability("share of transfers in which a rule that withholds data is kept", "lever")
    personal_compliance: float = probability(
        "the same where an officer speaks: informal messages, and what a federal agent on patrol learns",
        "lever",
    )
    technical: tuple[str, ...] = choice(
        "channels closed by separate systems rather than by instruction: the rule is always kept",
        v.CHANNELS,
        "lever",
    )


class State(Section):
    """Law above the county: rows that come before any local rule, and how far they are kept."""

    compliance: float = probability("share of decisions in which a state rule is followed", "lever")
    personal_compliance: float = probability(
        "the same where an officer speaks: informal messages, and what a federal agent on patrol learns",
        "lever",
    )
    agreements_287g: str = choice(
        "what state law says of 287(g) agreements: left to local agencies, banned, or required of jails",
        AGREEMENT_LAWS,
        "lever",
    )
    required_coverage: float = probability(
        "where required: share of releases with trained staff on duty in a jail without its own agreement",
        "uncertainty",
    )
    required_staff: float = number(
        "where required: staff that such a jail has trained, for the whole county",
        "officers",
        0,
        10_000,
        "uncertainty",
    )


class Scenario(Section):
    """A resolved scenario: one world's settings, without its rules (compiled apart)."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="title shown in tables and figures")]
    sources: Annotated[
        tuple[str, ...],
        Field(max_length=40, description="what its story is told by: source ids from sources.yaml"),
    ] = ()
    description: Annotated[str, Field(max_length=4_000, description="what it shows, in a paragraph")] = ""
    start: Annotated[
        str, Field(pattern=f"^{DATE}$", description="date of day 0, for timelines written in dates")
    ]
    run: Run
    population: Population
    agencies: Annotated[
        dict[Name, Agency], Field(min_length=1, max_length=24, description="police agencies, by name")
    ]
    jails: Annotated[dict[Name, Jail], Field(min_length=1, max_length=24, description="jails, by name")]
    operations: Annotated[
        dict[Name, Operation],
        Field(default={}, max_length=24, description="saturation operations, by name"),
    ]
    raids: Raids
    announcements: Announcements
    stops: Stops
    arrests: Arrests
    custody: ReleaseTimes
    sharing: Sharing
    state: State
    training: Training
    oversight: Oversight
    costs: Costs
    ice: Ice
    community: Community

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return agencies and operations that name a jail or an agency that there is not."""
        parts = {name: data.get(name) for name in ("agencies", "jails", "operations")}
        named = {name: part if isinstance(part, dict) else {} for name, part in parts.items()}
        found = []
        for section, key, where in (("agencies", "jail", "jails"), ("operations", "agency", "agencies")):
            known = tuple(named[where])
            for name, part in named[section].items() if known else ():
                word = part.get(key) if isinstance(part, dict) else None
                if isinstance(word, str) and word not in known:
                    one = "jail" if key == "jail" else "agency"
                    found.append(Fault((section, name, key), f"no {one} is named {word!r}", known, word))
        return found

    @field_validator("start")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        if date_of(value) is None:
            raise Faults([Fault((), "is not a date of the calendar")])
        return value

    def domain(self, attribute: str) -> tuple[str, ...]:
        """Return the values that an attribute may take in this scenario (numeric: empty)."""
        if attribute == "agency":
            return tuple(self.agencies)
        if attribute == "jail":
            return tuple(self.jails)
        return v.ATTRIBUTES[attribute].values


__all__ = [
    "AGE_BANDS",
    "IMMIGRANT",
    "LICENCE_LAWS",
    "NONCITIZEN",
    "Agency",
    "Arrests",
    "Community",
    "Costs",
    "Ice",
    "Jail",
    "Name",
    "Operation",
    "Oversight",
    "Population",
    "ReleaseTimes",
    "Run",
    "Scenario",
    "Section",
    "Sharing",
    "State",
    "Stops",
    "Ties",
    "Training",
]
