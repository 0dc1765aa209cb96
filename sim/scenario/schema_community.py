"""What a scenario file may say about residents: what they think of police, report, suffer, and avoid."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Real, by, choice, dated, number, probability
from sim.scenario.section import AGE_BANDS, Name, Section


class Trust(Section):
    """Trust in police: a slow part (legitimacy) and a fast one (alarm), as log odds."""

    rest: dict[str, Real] = by(
        v.GROUPS, "trust of a person to whom nothing has happened", "log odds", (-6, 6), "uncertainty"
    )
    legitimacy: float = number("trust per unit of legitimacy", "log odds", 0, 20, "uncertainty")
    alarm: float = number("trust lost per unit of alarm", "log odds", 0, 20, "uncertainty")
    legitimacy_half_life: float = number(
        "time in which half of a change of legitimacy fades", "days", 1, 36_500, "uncertainty"
    )
    alarm_half_life: float = number("time in which half of an alarm fades", "days", 0.5, 3_650, "uncertainty")
    step: float = number(
        "change of legitimacy by an encounter of quality 1, at a legitimacy of 0",
        "units",
        0,
        1,
        "uncertainty",
    )
    asymmetry: float = number(
        "effect of a bad encounter relative to an equally good one", "ratio", 1, 20, "uncertainty"
    )
    filter: float = number(
        "share by which full trust strengthens good encounters and weakens bad ones; full distrust the"
        " other way round",
        "share",
        0,
        1,
        "uncertainty",
    )
    quality: dict[str, Real] = by(
        v.EXPERIENCES, "quality of an encounter as the person feels it", "units", (-1, 1), "uncertainty"
    )
    frightens: dict[str, Real] = by(
        v.EXPERIENCES,
        "alarm that an encounter causes (below 0: it reassures)",
        "units",
        (-1, 1),
        "uncertainty",
    )


class Network(Section):
    """How experience travels along ties."""

    vicarious: float = number(
        "what a person takes over of the tie-weighted mean of their ties' changes",
        "ratio",
        0,
        3,
        "uncertainty",
    )
    weights: dict[str, Real] = by(
        v.TIES, "weight of a tie relative to one in the household", "ratio", (0, 1), "uncertainty"
    )
    alarm: float = probability(
        "alarm of the household when ICE arrests a member; others by the weight of their tie", "uncertainty"
    )
    without_conviction: float = number(
        "weight of an arrest by ICE of a person without a conviction relative to others",
        "ratio",
        0,
        10,
        "uncertainty",
    )


class Belief(Section):
    """Belief that local police share data with ICE, from what is announced and what is seen."""

    paper: dict[str, Real] = by(
        v.POLICIES,
        "weight of each written policy in what is announced about working with ICE",
        "share",
        (0, 1),
        "uncertainty",
        total=1.0,
    )
    credibility: float = probability("belief where a policy of full sharing is all one knows", "uncertainty")
    learning: float = probability(
        "part of the way to certainty that the arrest of a household member moves belief", "uncertainty"
    )
    half_life: float = number(
        "time in which belief goes half of the way to what is announced and seen",
        "days",
        0.5,
        3_650,
        "uncertainty",
    )


class News(Section):
    """Public news of arrests by ICE, by perceived group and neighbourhood."""

    half_life: float = number("time in which half of the news is forgotten", "days", 1, 3_650, "uncertainty")
    local: float = probability("share of attention for one's own neighbourhood", "uncertainty")
    alarming: float = number(
        "arrests by ICE at which news alarms half as much as it ever can",
        "a year per 1,000 of the group",
        0.01,
        1_000,
        "uncertainty",
    )
    telling: float = number(
        "transfers from local police at which news convinces half as much as it ever can",
        "a year per 1,000 of the group",
        0.01,
        1_000,
        "uncertainty",
    )
    before: dict[str, Real] = by(
        v.GROUPS,
        "arrests by ICE before the run",
        "a year per 1,000 of the group",
        (0, 1_000),
        "uncertainty",
    )
    before_local: float = probability("share of those that began with local police", "uncertainty")
    findings: float = number(
        "publicized findings of a reviewer at which half of the belief from news is answered",
        "a year per 100,000 residents",
        0.01,
        100_000,
        "uncertainty",
    )


class Stake(Section):
    """For whom immigration enforcement is a threat to themselves or their own."""

    status: dict[str, Real] = by(
        v.STATUSES, "fear by status relative to the undocumented", "ratio", (0, 1), "uncertainty"
    )
    citizens: dict[str, Real] = by(
        v.GROUPS,
        "the same for citizens by perceived group, relative to Hispanic citizens of their status",
        "ratio",
        (0, 1),
        "uncertainty",
    )


class Victimization(Section):
    """Crimes with a victim, whether or not anybody reports them."""

    rates: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "crimes a year per 1,000 residents of 16 and over in whose place people report as in `reporting`"
        " (domestic: of those who live with another adult)",
        "per 1,000 and year",
        (0, 1_000),
        "fact",
    )
    status_ratio: dict[str, Real] = by(
        v.STATUSES, "rate by status relative to the US-born", "ratio", (0, 10), "uncertainty"
    )
    group_ratio: dict[str, Real] = by(
        v.GROUPS, "rate by perceived group relative to the mean", "ratio", (0, 10), "uncertainty"
    )
    age_rate: dict[str, Real] = by(
        AGE_BANDS, "rate by age relative to the mean adult", "ratio", (0, 10), "uncertainty"
    )
    witness: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "chance that a neighbour or friend witnesses the crime",
        "probability",
        (0, 1),
        "uncertainty",
    )


class Reporting(Section):
    """Who calls the police."""

    victim: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "chance that a victim without fear and with the trust of rest reports a crime of mean severity",
        "probability",
        (0, 1),
        "uncertainty",
    )
    witness: dict[str, Real] = by(
        v.VICTIMIZATIONS, "the same for a witness", "probability", (0, 1), "uncertainty"
    )
    trust: float = number("effect of trust (0 to 1)", "log odds", 0, 20, "uncertainty")
    severity_spread: float = number(
        "standard deviation of the severity of crimes", "log odds", 0, 4, "uncertainty"
    )
    chill: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "what full belief that police share data takes from a victim with full stake",
        "log odds",
        (0, 10),
        "uncertainty",
    )
    witness_chill: float = number("the same for witnesses relative to victims", "ratio", 0, 5, "uncertainty")
    protection: float = probability(
        "share of the chill that a promise of immunity takes from victims", "lever"
    )
    certification: float = probability(
        "share of victims who report violence and are certified for protection from removal", "lever"
    )
    stated: float = number(
        "chill at which 63 % of people say that they are less likely to call the police",
        "log odds",
        0.01,
        10,
        "uncertainty",
    )


class Response(Section):
    """What police make of a report."""

    length: float = number("officer time that a reported crime takes", "hours", 0, 100, "uncertainty")
    solve: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "chance that a reported crime is cleared by an arrest",
        "probability",
        (0, 1),
        "fact",
    )
    late: float = probability(
        "share by which a late response lowers the chance of clearing the crime", "uncertainty"
    )
    delay: float = number("mean time from the report to the arrest", "days", 0, 365, "uncertainty")
    offences: dict[str, dict[str, Real]] = by(
        ("misdemeanor", "nonviolent_felony", "violent_felony"),
        "offence of the arrest",
        "share",
        (0, 1),
        "uncertainty",
        total=1.0,
        outer=v.VICTIMIZATIONS,
    )


class Offending(Section):
    """How crime answers to reporting, to custody, and to the risk of removal."""

    elasticity: float = number(
        "elasticity of offending to the reporting of those it victimizes (1: a tenth less reporting, a tenth"
        " more crime)",
        "ratio",
        0,
        3,
        "uncertainty",
    )
    lag: float = number("memory of offenders for how often people report", "days", 1, 3_650, "uncertainty")
    reference: dict[str, Real] = by(
        v.VICTIMIZATIONS,
        "share of crimes that victims report where `victimization.rates` hold",
        "probability",
        (0.01, 1),
        "uncertainty",
    )
    incapacitation: float = probability(
        "chance that a crime does not happen when whoever would do it is in custody or removed", "uncertainty"
    )
    deterrence: float = number(
        "deterrent effect of a certain removal on people who are removable", "log units", 0, 5, "uncertainty"
    )
    return_share: float = probability("share of removed people who return", "uncertainty")
    return_time: float = number("mean time until they do", "days", 1, 36_500, "uncertainty")


class Avoidance(Section):
    """What people stop doing for fear of an encounter."""

    base: dict[str, Real] = by(
        v.ACTIVITIES, "avoidance without belief and fear", "log odds", (-12, 6), "uncertainty"
    )
    response: dict[str, Real] = by(
        v.ACTIVITIES,
        "effect of fear, and of belief times stake, on avoidance",
        "log odds",
        (0, 20),
        "uncertainty",
    )
    depth: float = probability(
        "share of driving, time in public places or dealings with police that those who avoid it give up",
        "uncertainty",
    )
    moving: float = number(
        "households a year that move away per person at full fear and belief", "a year", 0, 5, "uncertainty"
    )


class Announcement(Section):
    """A dated public event without an arrest: an apology, a promise, a rumour, a threat."""

    day: float = dated(number("day of the run, or date", "days", 0, 36_500, "lever"))
    legitimacy: float = number("change of legitimacy among those reached", "units", -1, 1, "lever")
    alarm: float = number("alarm among those reached", "units", 0, 1, "lever")
    belief: float = number("change of belief among those reached", "units", -1, 1, "lever")
    reach: dict[str, Real] = by(
        v.GROUPS, "share of each perceived group that hears of it", "probability", (0, 1), "lever"
    )


class Raid(Section):
    """A dated operation in which ICE arrests many people at large in a few places."""

    begins: float = dated(number("day of the run, or date, on which it begins", "days", 0, 36_500, "lever"))
    days: float = number("length", "days", 0.1, 3_650, "lever")
    arrests: float = number("arrests", "per 100,000 residents", 0, 10_000, "lever")
    neighbourhoods: float = probability(
        "share of neighbourhoods covered, those with the most noncitizens first", "lever"
    )
    publicity: float = number(
        "news of one of its arrests relative to another arrest", "ratio", 0, 100, "uncertainty"
    )


class Community(Section):
    """Residents' attitudes, reports, victimization and avoidance."""

    trust: Trust
    network: Network
    belief: Belief
    news: News
    stake: Stake
    victimization: Victimization
    reporting: Reporting
    response: Response
    offending: Offending
    avoidance: Avoidance
    contacts: float = number(
        "contacts with police that are neither a stop nor a report",
        "a year per resident of 16 and over",
        0,
        50,
        "lever",
    )
    caution: float = number(
        "stops that officers do not make where legitimacy has fallen, per unit of it",
        "log units",
        0,
        20,
        "uncertainty",
    )
    off: tuple[str, ...] = choice("effects that are switched off", v.EFFECTS, "lever")


Announcements = Annotated[
    dict[Name, Announcement],
    Field(default={}, max_length=24, description="public events without an arrest, by name"),
]
Raids = Annotated[dict[Name, Raid], Field(default={}, max_length=24, description="raids by ICE, by name")]

__all__ = ["Announcement", "Announcements", "Community", "Raid", "Raids"]
