"""What a scenario file may say about ICE: the field office, its capacities and its will."""

from __future__ import annotations

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Real, by, number, probability
from sim.scenario.section import LAWFUL, NONCITIZEN, Section


class Review(Section):
    """ICE's review of matches: finite hours, spent by priority."""

    hours_a_day: float = number(
        "review hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever"
    )
    hours_each: float = number("hours that one review takes", "hours", 0.001, 100, "uncertainty")
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 90, "uncertainty")
    turnaround: float = number(
        "median time from match to answer when hours are free", "hours", 0, 1_000, "uncertainty"
    )
    turnaround_spread: float = number(
        "standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty"
    )
    lapse: float = number(
        "time after which a match that nobody reviewed lapses", "days", 0.01, 1_000, "uncertainty"
    )


class Matching(Section):
    """What each way into the federal databases finds."""

    print_false_match: float = probability(
        "chance that a print of a citizen or lawful resident is matched as removable", "uncertainty"
    )
    interview_reach: float = probability(
        "share of people in custody whom ICE interviews on a day it is present", "lever"
    )
    interview_disclosure: float = probability(
        "chance that an interview establishes that a removable person is removable", "uncertainty"
    )
    interview_error: float = probability(
        "chance that an interview takes a citizen or lawful resident for removable", "uncertainty"
    )
    roster_flag: float = probability(
        "chance that reading the roster leads ICE to a removable person whom no print found", "uncertainty"
    )
    record_flag: float = probability(
        "chance that a shared record of a victim or witness who is removable shows them to be so",
        "uncertainty",
    )
    stale_file: dict[str, Real] = by(
        LAWFUL,
        "share of lawful residents whose federal file still shows them as removable",
        "probability",
        (0, 1),
        "uncertainty",
    )
    error_found: float = number(
        "mean time until a detainer on a person who is not removable is lifted",
        "days",
        0.01,
        365,
        "uncertainty",
    )
    deportable_lawful: dict[str, Real] = by(
        v.RECORDS,
        "share of lawful noncitizens who are removable for their record",
        "probability",
        (0, 1),
        "uncertainty",
    )


class TipResponse(Section):
    """What ICE does about an officer's informal message."""

    scene: float = probability("chance that a team nearby sets out for the scene at once", "uncertainty")
    arrival: float = number("mean time that such a team takes", "hours", 0.01, 48, "uncertainty")
    mistake: float = probability(
        "chance that ICE takes a lawful noncitizen named in a tip for removable", "uncertainty"
    )


class Pickup(Section):
    """Coming to the jail for a person: will, hours and speed."""

    effort: dict[str, Real] = by(
        v.PRIORITIES, "chance that ICE sets out for a person held for it", "probability", (0, 1), "lever"
    )
    hours_a_day: float = number(
        "pick-up hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever"
    )
    hours_each: float = number(
        "hours that one pick-up takes, travel included", "hours", 0.001, 100, "uncertainty"
    )
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 90, "uncertainty")
    delay: float = number(
        "median time from release to arrival when ICE sets out", "hours", 0, 240, "uncertainty"
    )
    delay_spread: float = number(
        "standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty"
    )
    notice: float = number(
        "how long before release ICE learns the time when a jail notifies", "hours", 0, 240, "uncertainty"
    )
    patience: float = number(
        "how long after an expected release ICE still finds the person at the door",
        "hours",
        0,
        48,
        "uncertainty",
    )


class AtLarge(Section):
    """Arrests away from jails: leads that local contact left behind, and ICE's own operations."""

    hours_a_day: float = number(
        "team hours for the county", "hours a day per 100,000 residents", 0, 10_000, "lever"
    )
    hours_each: float = number("team hours that one attempt takes", "hours", 0.001, 1_000, "uncertainty")
    reserve: float = number("unused hours that can be saved up", "days of work", 0, 365, "uncertainty")
    interval: float = number("mean time until a lead is taken up again", "days", 0.1, 730, "uncertainty")
    success: dict[str, Real] = by(
        v.YES_NO,
        "chance that an attempt finds the person, by whether the address is known",
        "probability",
        (0, 1),
        "uncertainty",
    )
    collateral: float = number(
        "chance that each other undocumented household member is arrested too",
        "probability",
        0,
        1,
        "uncertainty",
    )
    community: dict[str, Real] = by(
        NONCITIZEN,
        "operations that reach a resident without local police contact",
        "per 100,000 of the status and year",
        (0, 1_000_000),
        "uncertainty",
    )


class Quota(Section):
    """ICE's own target, and how far arrests at large make up for transfers that jails do not yield."""

    arrests: float = number(
        "ICE arrests sought a year", "per 100,000 residents and year", 0, 100_000, "lever"
    )
    expected_from_jails: float = number(
        "transfers that planning counts on", "per 100,000 residents and year", 0, 100_000, "uncertainty"
    )
    displacement: float = probability(
        "share of each transfer, made or missed, that operations at large offset", "uncertainty"
    )


class Detention(Section):
    """Beds, and the time spent in them."""

    beds: float = number("detention beds for the county", "beds per 100,000 residents", 0, 10_000, "lever")
    reserve: float = number("unused bed-days that can be saved up", "days", 0, 365, "uncertainty")
    stay: dict[str, Real] = by(
        v.COURT_OUTCOMES, "mean time in detention by how it ends", "days", (0, 2_000), "uncertainty"
    )
    stay_spread: float = number("standard deviation of the logarithm of it", "log units", 0, 3, "uncertainty")
    represented: float = probability("share with counsel", "uncertainty")
    wrongful_found: float = number(
        "mean time until a wrongly detained citizen or lawful resident is released",
        "days",
        0.01,
        365,
        "uncertainty",
    )


class Ice(Section):
    """The field office: its capacities, for the county, and its will."""

    review: Review
    matching: Matching
    tips: TipResponse
    pickup: Pickup
    at_large: AtLarge
    quota: Quota
    detention: Detention
