"""What a scenario file may say about local police: agencies, stops, operations, accountability."""

from __future__ import annotations

from pydantic import Field

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Real, by, choice, dated, number, probability, switch
from sim.scenario.section import AGE_BANDS, Section


class Tips(Section):
    """Informal messages to ICE, outside any agreement: most officers never send one, a few send many."""

    officers: float = probability("share of officers who ever tip ICE", "uncertainty")
    chance: float = probability(
        "mean chance that such an officer tips ICE about a person at a stop who seems removable",
        "uncertainty",
    )
    spread: float = number(
        "how far these officers differ in it (standard deviation of the logarithm)",
        "log units",
        0,
        3,
        "uncertainty",
    )


class Pretext(Section):
    """Custodial arrests at minor stops that have ICE's screening in the jail as their motive."""

    chance: float = probability(
        "chance that the agency is one of those where screening moves arrests", "uncertainty"
    )
    log_odds: dict[str, Real] = by(
        v.GROUPS,
        "what the motive adds, by perceived group, to the log-odds of a custodial arrest at a minor stop"
        " while ICE screens in the jail",
        "log odds",
        (0, 10),
        "uncertainty",
    )


class Agency(Section):
    """A police agency: whom it stops, what its officers are, and what it lets them do."""

    jail: str = Field(description="name of the jail that books its arrests")
    officers: float = number("sworn officers for the whole county", "officers", 0, 100_000, "fact")
    traffic_stops: float = number("traffic stops", "stops per driver and year", 0, 5, "uncertainty")
    street_stops: float = number(
        "street stops", "stops per resident of 16 and over and year", 0, 5, "uncertainty"
    )
    crime_share: float = number(
        "its part of the arrests that do not begin with a stop, as a weight",
        "weight",
        0,
        1_000,
        "uncertainty",
    )
    profiling: dict[str, Real] = by(
        v.GROUPS,
        "stop rate of a group relative to the same conduct and exposure",
        "ratio",
        (0, 10),
        "uncertainty",
    )
    profiling_spread: float = number(
        "how far officers differ in it (standard deviation of the logarithm)",
        "log units",
        0,
        1.5,
        "uncertainty",
    )
    leniency: float = probability(
        "mean chance that an officer turns an arrest at a stop into a citation", "uncertainty"
    )
    leniency_spread: float = probability(
        "how far officers differ in it: 0 all alike, 1 from never to always", "uncertainty"
    )
    tips: Tips
    pretext: Pretext
    model_287g: str = choice(
        "287(g) agreement for the street: none, or the task force model", v.MODELS_287G, "lever"
    )
    deputized: float = probability(
        "share of officers trained for 287(g) authority, which they have only under an agreement", "lever"
    )
    task_force: float = probability("share of officers who patrol with a federal agent", "lever")
    trained: float = probability("share of officers with civil-rights training", "lever")
    status_inquiry: bool = switch("whether officers may ask about immigration status")
    compliance: float = probability(
        "share of decisions in which its officers follow the written rule", "lever"
    )


class Stops(Section):
    """What stops are made for, and what comes to light in them."""

    reasons: dict[str, Real] = by(
        v.REASONS, "share of traffic stops by reason", "share", (0, 1), "uncertainty", total=1.0
    )
    age_rate: dict[str, Real] = by(
        AGE_BANDS, "stop rate by age relative to the mean driver", "ratio", (0, 10), "uncertainty"
    )
    length: float = number("mean length of a stop", "hours", 0.01, 4, "uncertainty")
    search: dict[str, Real] = by(
        v.GROUPS,
        "share of stops in which the mean officer searches, by perceived group",
        "probability",
        (0, 1),
        "uncertainty",
    )
    contraband: float = probability(
        "chance that a search finds contraband where the signs are strongest", "uncertainty"
    )
    contraband_slope: float = number(
        "how fast that chance falls with weaker signs: it is their rank (0 to 1) to this power",
        "exponent",
        0,
        200,
        "uncertainty",
    )
    contraband_arrest: float = probability("share of finds that lead to an arrest", "uncertainty")
    arrest_offences: dict[str, Real] = by(
        v.OFFENCES,
        "share of arrests at a stop by offence, for a licensed driver without a warrant",
        "share",
        (0, 1),
        "uncertainty",
        total=1.0,
    )
    licence_arrest: float = probability(
        "share of stop arrests of unlicensed drivers whose only offence is the licence", "uncertainty"
    )
    warrant_false_match: float = probability(
        "chance that a warrant query wrongly names a person", "uncertainty"
    )
    stale_warrant: float = probability(
        "share of residents whose settled warrant still stands in the file", "uncertainty"
    )
    mistake_found: float = number(
        "mean time until a person arrested on somebody else's or a settled warrant is released",
        "hours",
        0.05,
        720,
        "uncertainty",
    )
    immigration_false_match: float = probability(
        "chance that an immigration query wrongly names a citizen or lawful resident", "uncertainty"
    )
    federal_check: float = probability(
        "chance that a check by an officer with federal authority establishes that a removable person is one",
        "uncertainty",
    )
    misapplication: float = probability(
        "chance that a local officer with federal authority takes a person who is not removable for one",
        "uncertainty",
    )
    mistake_at_scene: float = probability(
        "chance that ICE, when it comes to the scene, sees that the person held is not removable",
        "uncertainty",
    )
    disclosure: float = probability(
        "chance that a person who is asked discloses being removable", "uncertainty"
    )
    suspicion: dict[str, Real] = by(
        v.GROUPS,
        "chance that a licensed person of the group seems removable to an officer who tips",
        "probability",
        (0, 1),
        "uncertainty",
    )
    suspicion_unlicensed: dict[str, Real] = by(
        v.GROUPS, "the same for a driver without a licence", "probability", (0, 1), "uncertainty"
    )
    most_a_day: float = number(
        "most stops that an officer of a saturation operation makes in a day",
        "stops a day",
        0,
        500,
        "uncertainty",
    )
    scene_wait: float = number(
        "mean time until ICE comes to a person held at the scene", "hours", 0.05, 48, "uncertainty"
    )
    scene_limit: float = number(
        "longest time an officer holds a person at the scene for ICE", "hours", 0, 48, "lever"
    )


class Operation(Section):
    """A saturation operation: many stops in a few places for a few days, with or without federal agents."""

    agency: str = Field(description="name of the agency whose officers make the stops")
    begins: float = dated(number("day of the run, or date, on which it begins", "days", 0, 36_500, "lever"))
    days: float = number("length", "days", 0.1, 3_650, "lever")
    stops_a_day: float = number("stops", "a day per 100,000 residents", 0, 10_000, "lever")
    officers: float = number(
        "officers for the whole county who make no other stops meanwhile, as far as the agency has them",
        "officers",
        0,
        100_000,
        "lever",
    )
    neighbourhoods: float = probability(
        "share of neighbourhoods covered, those with the most noncitizens first", "lever"
    )
    partner: bool = switch("whether federal agents ride along")
    reasons: dict[str, Real] = by(
        v.REASONS, "share of its stops by reason", "share", (0, 1), "lever", total=1.0
    )
    profiling: dict[str, Real] = by(
        v.GROUPS,
        "stop rate of a group relative to the same conduct and exposure",
        "ratio",
        (0, 50),
        "uncertainty",
    )
    unlicensed: float = number(
        "stop rate of drivers without a licence relative to others", "ratio", 0, 100, "uncertainty"
    )


class Training(Section):
    """What civil-rights training does to those who have had it, and how it fades."""

    effect: float = probability(
        "share by which fresh training lowers profiling, pretext arrests, tips and misapplied authority",
        "uncertainty",
    )
    half_life: float = number("time in which half of the effect fades", "days", 1, 36_500, "uncertainty")
    interval: float = number("time between refreshers", "days", 1, 36_500, "lever")


class Oversight(Section):
    """An independent reviewer of cases in which a rule may have been broken or a motive hidden."""

    sampling: float = probability("share of such cases that the reviewer opens", "lever")
    delay: float = number("time from the event to the finding", "days", 0, 730, "lever")
    finding: float = probability("chance that an opened case ends with a finding", "uncertainty")
    consequence: float = probability(
        "share by which a finding lowers the officer's tendency to tip and to arrest on a pretext", "lever"
    )
    publicity: float = probability("share of findings that become publicly known", "lever")


__all__ = [
    "Agency",
    "Operation",
    "Oversight",
    "Pretext",
    "Stops",
    "Tips",
    "Training",
]
