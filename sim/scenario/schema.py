"""What a scenario file may say: every section, every number, its unit, its bounds and its role.

The models are closed (an unknown key is an error) and frozen.  No number has a default here: numbers
live in files, with their sources, and `scenarios/base.yaml` gives them all.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from sim.scenario import vocabulary as v
from sim.scenario.quantities import by, check_names, choice, fault, number, probability, switch, whole

AGE_BANDS = ("0-15", "16-24", "25-44", "45-64", "65-99")
IMMIGRANT = v.STATUSES[1:]
NONCITIZEN = v.STATUSES[2:]
LICENCE_LAWS = ("regardless_of_status", "lawful_presence")
Name = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="a short name: lower case letters, digits and _")
]


class Section(BaseModel):
    """A closed, frozen part of a scenario."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _listed_names(cls, value: Any, info: ValidationInfo) -> Any:
        """Check mappings and choices against the names that their field declares."""
        extra = cls.model_fields[info.field_name or ""].json_schema_extra
        if isinstance(extra, dict):
            check_names(value, extra)
        return value


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

    county_residents: float = number("people who live in the county", "people", 100, 50_000_000, "fact")
    table: str | None = Field(
        default=None,
        description="a CSV or Parquet file of residents that replaces the synthetic ones (relative to the scenario file)",
    )
    groups: dict[str, float] = by(v.GROUPS, "share of residents by perceived group", "share", (0, 1), "fact", total=1.0)
    statuses: dict[str, float] = by(IMMIGRANT, "share of residents by immigration status; the rest are US-born", "share", (0, 1), "fact")
    status_groups: dict[str, dict[str, float]] = by(
        v.GROUPS,
        "perceived group of people of each immigrant status; the US-born make up the rest",
        "share",
        (0, 1),
        "uncertainty",
        total=1.0,
        outer=IMMIGRANT,
    )
    ages: dict[str, float] = by(AGE_BANDS, "share of the US-born by age band", "share", (0, 1), "fact", total=1.0)
    immigrant_ages: dict[str, float] = by(AGE_BANDS, "share of immigrants by age band", "share", (0, 1), "fact", total=1.0)
    final_order: dict[str, float] = by(NONCITIZEN, "share with a final order of removal", "probability", (0, 1), "uncertainty")
    biometric: dict[str, float] = by(IMMIGRANT, "share whose prints the federal database holds", "probability", (0, 1), "uncertainty")
    record_nonviolent: dict[str, float] = by(v.STATUSES, "share of adults whose worst conviction is non-violent", "probability", (0, 1), "uncertainty")
    record_violent: dict[str, float] = by(v.STATUSES, "share of adults with a violent conviction", "probability", (0, 1), "uncertainty")
    open_warrant: float = probability("share of adults with an open local warrant", "uncertainty")
    licence_law: str = choice("whether undocumented residents may obtain a driving licence", LICENCE_LAWS, "lever")
    licensed: dict[str, float] = by(v.STATUSES, "share of drivers who hold a licence where the law lets them", "probability", (0, 1), "uncertainty")
    drives: dict[str, float] = by(v.STATUSES, "share of residents of 16 and over who drive", "probability", (0, 1), "uncertainty")
    driving_spread: float = number("standard deviation of the logarithm of driving exposure", "log units", 0, 1.5, "uncertainty")
    household_size: float = number("mean household size", "people", 1, 8, "fact")
    mixed_status: float = probability("chance that an immigrant household takes in a US-born member", "uncertainty")
    neighbourhoods: int = whole("neighbourhoods in the region", "neighbourhoods", 1, 2_000, "uncertainty")
    segregation: float = probability("how far groups live apart: 0 evenly mixed, 1 wholly apart", "uncertainty")
    ties: Ties

    @model_validator(mode="after")
    def _shares_fit(self) -> Population:
        immigrants = sum(self.statuses.values())
        if immigrants > 1:
            raise fault("statuses", f"shares sum to {immigrants:.4f}, more than 1")
        for group in v.GROUPS:
            taken = sum(self.statuses[s] * self.status_groups[s][group] for s in IMMIGRANT)
            if taken > self.groups[group] + 1e-9:
                raise fault(
                    f"groups.{group}",
                    f"immigrants alone make up {taken:.4f} of residents, the group only {self.groups[group]:.4f}",
                )
        return self


class Agency(Section):
    """A police agency: whom it stops, what its officers are, and what it lets them do."""

    jail: str = Field(description="name of the jail that books its arrests")
    officers: float = number("sworn officers for the whole county", "officers", 0, 100_000, "fact")
    traffic_stops: float = number("traffic stops", "stops per driver and year", 0, 5, "uncertainty")
    street_stops: float = number("street stops", "stops per resident of 16 and over and year", 0, 5, "uncertainty")
    crime_share: float = number("its part of the arrests that do not begin with a stop, as a weight", "weight", 0, 1_000, "uncertainty")
    profiling: dict[str, float] = by(v.GROUPS, "stop rate of a group relative to the same conduct and exposure", "ratio", (0, 10), "uncertainty")
    profiling_spread: float = number("how far officers differ in it (standard deviation of the logarithm)", "log units", 0, 1.5, "uncertainty")
    leniency: float = probability("mean chance that an officer turns an arrest at a stop into a citation", "uncertainty")
    leniency_spread: float = probability("how far officers differ in it: 0 all alike, 1 from never to always", "uncertainty")
    model_287g: str = choice("287(g) model in force", v.MODELS_287G, "lever")
    deputized: float = probability("share of officers with 287(g) authority", "lever")
    task_force: float = probability("share of officers who patrol with a federal agent", "lever")
    trained: float = probability("share of officers with civil-rights training", "lever")
    status_inquiry: bool = switch("whether officers may ask about immigration status")
    compliance: float = probability("share of decisions in which its officers follow the written rule", "lever")


class Stops(Section):
    """What stops are made for, and what comes to light in them."""

    reasons: dict[str, float] = by(v.REASONS, "share of traffic stops by reason", "share", (0, 1), "uncertainty", total=1.0)
    age_rate: dict[str, float] = by(AGE_BANDS, "stop rate by age relative to the mean driver", "ratio", (0, 10), "uncertainty")
    arrest_offences: dict[str, float] = by(v.OFFENCES, "share of arrests at a stop by offence, for a licensed driver without a warrant", "share", (0, 1), "uncertainty", total=1.0)
    licence_arrest: float = probability("share of stop arrests of unlicensed drivers whose only offence is the licence", "uncertainty")
    immigration_false_match: float = probability("chance that an immigration query wrongly names a citizen or lawful resident", "uncertainty")
    disclosure: float = probability("chance that a person who is asked discloses being removable", "uncertainty")
    scene_wait: float = number("mean time until ICE comes to a person held at the scene", "hours", 0.05, 48, "uncertainty")
    scene_limit: float = number("longest time an officer holds a person at the scene for ICE", "hours", 0, 48, "lever")


class Arrests(Section):
    """Arrests that do not begin with a stop, and what becomes of charges."""

    rates: dict[str, float] = by(v.OFFENCES, "arrests a year per 100,000 residents of 16 and over (warrant: per 100,000 with an open warrant)", "arrests per 100,000 and year", (0, 1_000_000), "fact")
    status_ratio: dict[str, float] = by(v.STATUSES, "arrest rate by status relative to the US-born", "ratio", (0, 10), "uncertainty")
    record_ratio: dict[str, float] = by(v.RECORDS, "arrest rate by record relative to residents without one", "ratio", (0, 50), "uncertainty")
    age_rate: dict[str, float] = by(AGE_BANDS, "arrest rate by age relative to the mean adult", "ratio", (0, 10), "uncertainty")
    no_charge: dict[str, float] = by(v.OFFENCES, "share of arrests that the prosecutor does not charge or drops at once", "probability", (0, 1), "uncertainty")
    conviction: dict[str, float] = by(v.OFFENCES, "share of charged cases that end in a conviction", "probability", (0, 1), "uncertainty")


class ReleaseTimes(Section):
    """How long people stay in jail: log-normal by route, scaled by offence, cut at a longest stay."""

    median: dict[str, float] = by(v.RELEASES, "median time from booking to release", "days", (0, 1_000), "fact")
    spread: dict[str, float] = by(v.RELEASES, "standard deviation of the logarithm of that time", "log units", (0, 4), "uncertainty")
    offence_ratio: dict[str, float] = by(v.OFFENCES, "stay by offence relative to the median", "ratio", (0, 20), "uncertainty")
    longest: float = number("longest stay in a local jail", "days", 1, 3_650, "uncertainty")


class Jail(Section):
    """A jail: its room, ICE's access to it, and how closely it keeps to its own rules."""

    capacity: float = number("beds for the whole county", "people", 0, 200_000, "fact")
    ice_days_a_week: float = number("days a week on which ICE is present", "days a week", 0, 7, "lever")
    compliance: float = probability("share of requests in which staff follow the written detainer rule", "lever")
    hold_limit: float = number("longest hold for ICE beyond release", "hours", 0, 240, "lever")
    over_hold: float = probability("chance that a hold that ICE does not end runs past its limit", "uncertainty")
    over_hold_mean: float = number("mean time by which such a hold runs over", "hours", 0, 2_000, "uncertainty")


class Sharing(Section):
    """Practice of the rules on data: who keeps to them, and where a technical barrier leaves no choice."""

    compliance: float = probability("share of transfers in which a rule that withholds data is kept", "lever")
    technical: tuple[str, ...] = choice(
        "channels closed by separate systems rather than by instruction: the rule is always kept", v.CHANNELS, "lever"
    )


class Review(Section):
    """ICE's review of matches: finite hours, spent by priority."""

    hours_a_day: float = number("review hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever")
    hours_each: float = number("hours that one review takes", "hours", 0.001, 100, "uncertainty")
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 90, "uncertainty")
    turnaround: float = number("median time from match to answer when hours are free", "hours", 0, 1_000, "uncertainty")
    turnaround_spread: float = number("standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty")
    lapse: float = number("time after which a match that nobody reviewed lapses", "days", 0.01, 1_000, "uncertainty")


class Matching(Section):
    """What each way into the federal databases finds."""

    print_false_match: float = probability("chance that a print of a citizen or lawful resident is matched as removable", "uncertainty")
    interview_reach: float = probability("share of people in custody whom ICE interviews on a day it is present", "lever")
    interview_disclosure: float = probability("chance that an interview establishes that a removable person is removable", "uncertainty")
    interview_error: float = probability("chance that an interview takes a citizen or lawful resident for removable", "uncertainty")
    roster_flag: float = probability("chance that reading the roster leads ICE to a removable person whom no print found", "uncertainty")
    deportable_lawful: dict[str, float] = by(v.RECORDS, "share of lawful noncitizens who are removable for their record", "probability", (0, 1), "uncertainty")


class Pickup(Section):
    """Coming to the jail for a person: will, hours and speed."""

    effort: dict[str, float] = by(v.PRIORITIES, "chance that ICE sets out for a person held for it", "probability", (0, 1), "lever")
    hours_a_day: float = number("pick-up hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever")
    hours_each: float = number("hours that one pick-up takes, travel included", "hours", 0.001, 100, "uncertainty")
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 90, "uncertainty")
    delay: float = number("median time from release to arrival when ICE sets out", "hours", 0, 240, "uncertainty")
    delay_spread: float = number("standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty")
    notice: float = number("how long before release ICE learns the time when a jail notifies", "hours", 0, 240, "uncertainty")
    patience: float = number("how long after an expected release ICE still finds the person at the door", "hours", 0, 48, "uncertainty")


class AtLarge(Section):
    """Arrests away from jails: leads that local contact left behind, and ICE's own operations."""

    hours_a_day: float = number("team hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever")
    hours_each: float = number("team hours that one attempt takes", "hours", 0.001, 1_000, "uncertainty")
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 365, "uncertainty")
    interval: float = number("mean time until a lead is taken up again", "days", 0.1, 730, "uncertainty")
    success: dict[str, float] = by(v.YES_NO, "chance that an attempt finds the person, by whether the address is known", "probability", (0, 1), "uncertainty")
    collateral: float = number("chance that each other undocumented household member is arrested too", "probability", 0, 1, "uncertainty")
    community: dict[str, float] = by(NONCITIZEN, "operations that reach a resident without local police contact", "per 100,000 of the status and year", (0, 1_000_000), "uncertainty")


class Quota(Section):
    """ICE's own target, and how far arrests at large make up for transfers that jails do not yield."""

    arrests: float = number("ICE arrests sought a year", "per 100,000 residents and year", 0, 100_000, "lever")
    expected_from_jails: float = number("transfers that planning counts on", "per 100,000 residents and year", 0, 100_000, "uncertainty")
    displacement: float = probability("share of each transfer, made or missed, that operations at large offset", "uncertainty")


class Detention(Section):
    """Beds, and the time spent in them."""

    beds: float = number("detention beds for the county", "beds per 100,000 residents", 0, 10_000, "lever")
    reserve: float = number("unused bed-days that can be saved up", "days", 0, 365, "uncertainty")
    stay: dict[str, float] = by(v.COURT_OUTCOMES, "mean time in detention by how it ends", "days", (0, 2_000), "uncertainty")
    stay_spread: float = number("standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty")
    represented: float = probability("share with counsel", "uncertainty")
    wrongful_found: float = number("mean time until a wrongly detained citizen or lawful resident is released", "days", 0.01, 365, "uncertainty")


class Ice(Section):
    """The field office: its capacities, for the county, and its will."""

    review: Review
    matching: Matching
    pickup: Pickup
    at_large: AtLarge
    quota: Quota
    detention: Detention


class State(Section):
    """Law above the county: rows that come before any local rule, and how far they are kept."""

    compliance: float = probability("share of decisions in which a state rule is followed", "lever")


class Scenario(Section):
    """A resolved scenario: one world's settings, without its rules (compiled apart)."""

    name: Annotated[str, Field(min_length=1, max_length=200, description="title shown in tables and figures")]
    description: Annotated[str, Field(max_length=4_000, description="what it shows, in a paragraph")] = ""
    start: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="date of day 0, for timelines written in dates")]
    run: Run
    population: Population
    agencies: Annotated[dict[Name, Agency], Field(min_length=1, max_length=24, description="police agencies, by name")]
    jails: Annotated[dict[Name, Jail], Field(min_length=1, max_length=24, description="jails, by name")]
    stops: Stops
    arrests: Arrests
    custody: ReleaseTimes
    sharing: Sharing
    state: State
    ice: Ice

    @model_validator(mode="after")
    def _jails_exist(self) -> Scenario:
        for name, agency in self.agencies.items():
            if agency.jail not in self.jails:
                raise fault(f"agencies.{name}.jail", f"no jail is named {agency.jail}", known=tuple(self.jails))
        return self

    def domain(self, attribute: str) -> tuple[str, ...]:
        """Return the values that an attribute may take in this scenario (numeric: empty)."""
        if attribute == "agency":
            return tuple(self.agencies)
        if attribute == "jail":
            return tuple(self.jails)
        return v.ATTRIBUTES[attribute].values
