"""Signatures of trust, fear, belief and reports (paired worlds; see `test_signatures`).

Each test says what is expected and why, with the source.  The samples are small, because the worlds share
people and luck; where a difference is exact or all but deterministic a few replications decide.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import worlds
from test_signatures import INDEX, means, surely

from sim.errors import Problems
from sim.outcomes.definitions import OUTCOMES
from sim.scenario.presets import load_presets
from sim.studies.compare import Comparison, Effect
from sim.studies.plan import Plan

PRESETS = Path(__file__).parents[2] / "scenarios" / "presets"
LOCAL = "prints_kept_local"
# Twice as much crime as anywhere, so that small samples tell.
MUCH_CRIME = "community.victimization.rates={violent: 37, property: 104, domestic: 10}"


def paired(
    levers: tuple[str, ...], *settings: str, scenario: str | Path = "base", days: int = 365
) -> Comparison:
    """Return a comparison of a scenario with itself under each lever."""
    plan = Plan(residents=30_000, replications=5, days=days, seed=23)
    return worlds.paired(str(scenario), levers, (MUCH_CRIME, *settings), plan=plan)


def falls(effect: Effect) -> bool:
    """Whether an outcome falls, far beyond noise (a paired t of 6)."""
    return effect.difference < -6 * effect.mcse < 0


def rises(effect: Effect) -> bool:
    return effect.difference > 6 * effect.mcse > 0


def change(comparison: Comparison, lever: str, outcome: str, by: str, level: str) -> float:
    """Return the relative change by a lever in one level."""
    before, after = means(comparison, lever, outcome, by)[level]
    return after / before - 1


# ── 15: reporting ────────────────────────────────────────────────────────────────────────────────────────
def test_where_prints_stay_local_hispanic_victims_report_more_and_others_hardly_differ() -> None:
    """Goncalves, Jácome and Weisburst (2024): sharing takes 20 to 35 % of Hispanic victims' reports.

    Seen from the world that shares: without sharing they report 25 to 54 % more; others within 3 %.
    """
    comparison = paired((LOCAL,))
    surely(comparison.effect(LOCAL, "reporting_rate", "group", "hispanic"), 0.15, 0.6)
    for group in ("white", "black"):
        assert abs(change(comparison, LOCAL, "reporting_rate", "group", group)) < 0.03
    assert falls(comparison.effect(LOCAL, "belief", "group", "hispanic"))


def test_sharing_silences_people_by_their_status() -> None:
    """Wong (2019) and Asad (2020): the undocumented most, citizens of immigrant families less, others not."""
    by = {
        status: change(paired((LOCAL,)), LOCAL, "reporting_rate", "status", status)
        for status in ("us_born", "naturalized", "undocumented")
    }
    assert by["undocumented"] > 0.2
    assert by["undocumented"] > by["naturalized"] > by["us_born"]
    assert 0 < by["us_born"] < 0.1


def test_witnesses_fall_silent_too_and_more_so() -> None:
    """Wong (2019): −61 % for witnesses and −43 % for victims, stated."""
    settings = ("community.reporting.witness_chill=1.42", "community.trust.step=0")
    comparison = paired((LOCAL,), *settings)
    witness = change(comparison, LOCAL, "witness_reporting", "group", "hispanic")
    victim = change(comparison, LOCAL, "violent_reporting", "group", "hispanic")
    assert witness > victim > 0.1


def test_recorded_crime_says_little_of_crime_where_offenders_answer_to_silence() -> None:
    """Flat records and higher victimization are both true where an unreported crime invites another.

    With an elasticity of 1 offending rises as reporting falls, and the records of victims stay as they were.
    """
    settings = ("community.offending.elasticity=1", "community.offending.lag=30")
    never = "community.victimization.witness={violent: 0, property: 0, domestic: 0}"
    comparison = paired((LOCAL,), *settings, never)
    crime, recorded = (
        comparison.effect(LOCAL, name, "group", "hispanic") for name in ("victimization", "recorded_crime")
    )
    assert falls(crime)
    assert crime.relative < -0.1
    assert abs(recorded.relative) < abs(crime.relative) / 2
    assert falls(comparison.effect(LOCAL, "unreported_crime"))


def test_without_an_answer_of_crime_sharing_changes_records_and_not_crime() -> None:
    settings = ("community.offending.elasticity=0", "community.offending.incapacitation=0")
    comparison = paired((LOCAL,), *settings, "community.avoidance.moving=0", "ice.quota.displacement=1")
    crime = comparison.effect(LOCAL, "victimization", "group", "hispanic")
    assert abs(crime.relative) < 0.02
    surely(comparison.effect(LOCAL, "recorded_crime", "group", "hispanic"), 0.1, 0.6)


def test_victims_promised_immunity_report_as_if_prints_were_not_shared() -> None:
    """System 15 (Comino and others 2020): a promise to victims brings reports back; belief stays."""
    none, half, full = (f"victim_immunity=protection:{x}" for x in ("0", "0.5", "1"))
    comparison = paired((none, half, full), "community.reporting.witness_chill=0")
    effects = {x: comparison.effect(x, "reporting_rate", "group", "hispanic") for x in (none, half, full)}
    assert effects[none].difference == 0
    assert rises(effects[half])
    assert effects[full].difference > effects[half].difference
    assert abs(comparison.effect(full, "belief").relative) < 0.01
    assert abs(change(comparison, full, "reporting_rate", "group", "white")) < 0.005


# ── 11: records of victims and witnesses ─────────────────────────────────────────────────────────────────
OPEN = """
extends: base
rules: {sharing.channel: [{otherwise: shared}]}
unrestricted: {sharing.channel: [{otherwise: shared}]}
"""


def test_open_records_of_victims_bring_matches() -> None:
    """System 11: who reports is found by the report, where the rules open it and not before."""
    opened = "victim_records_open"
    comparison = paired((opened,), "ice.matching.record_flag=0.6")
    assert comparison.effect(opened, "victim_records_shared").base == 0
    assert rises(comparison.effect(opened, "victim_records_shared"))
    before, after = means(comparison, opened, "matches", "pathway")["victimization"]
    assert before == 0
    assert after > 50
    assert rises(comparison.effect(opened, "leads"))
    assert rises(comparison.effect(opened, "belief", "group", "hispanic"))


def test_a_firewall_closes_open_records_of_victims_as_far_as_it_is_kept(tmp_path: Path) -> None:
    """System 11: what is kept apart reaches nobody; what staff are told to keep leaks."""
    path = tmp_path / "open.yaml"
    path.write_text(OPEN, encoding="utf-8")
    apart, told = "victim_witness_firewall", "data_firewall=0.7"
    comparison = paired((apart, told), "ice.matching.record_flag=0.6", scenario=path)
    records = {x: comparison.effect(x, "victim_records_shared") for x in (apart, told)}
    assert records[apart].base > 1_000
    assert records[apart].value == 0
    assert means(comparison, apart, "matches", "pathway")["victimization"][1] == 0
    assert records[told].relative == pytest.approx(-0.7, abs=0.04)


def test_a_firewall_opens_nothing_that_was_closed() -> None:
    """Records that nobody passes on are not passed on because a leaky rule now forbids it too."""
    leaky = "data_firewall=0.1"
    assert paired((leaky,), "sharing.compliance=0.5").effect(leaky, "victim_records_shared").value == 0


# ── 14: raids and operations ─────────────────────────────────────────────────────────────────────────────
def test_a_raid_frightens_and_lowers_calls_for_weeks_and_then_no_more() -> None:
    """Dee (2025) and Novak (2017): raids are felt far beyond those arrested, and the alarm fades."""
    raid = "workplace_raid=day:1,days:2,arrests:150,publicity:5"
    constant = (
        "community.news.half_life=10",
        "community.news.alarming=30",
        "community.belief.half_life=5",
        "community.news.local=0",
    )
    soon = paired((raid,), *constant, days=30)
    assert rises(soon.effect(raid, "fear", "group", "hispanic"))
    reports = change(soon, raid, "reporting_rate", "group", "hispanic")
    assert -0.5 < reports < -0.02
    assert abs(change(soon, raid, "reporting_rate", "group", "white")) < 0.02
    assert rises(soon.effect(raid, "avoid_driving"))
    late = paired((raid,), *constant, days=180)
    first, half_year = (c.effect(raid, "fear", "group", "hispanic").difference for c in (soon, late))
    assert 0 < half_year < first / 3  # six surveys, of which the last find next to nothing


def test_an_operation_keeps_officers_from_calls_of_its_agency() -> None:
    """Systems 14 and 22: hours spent elsewhere are missing where people call."""
    operation = "saturation_operation=day:30,days:60,stops:20,officers:60"
    comparison = paired((operation,), "agencies.state_police.crime_share=60")
    late = comparison.effect(operation, "late_responses")
    assert late.base == 0
    assert rises(late)
    by_agency = means(comparison, operation, "late_responses", "agency")
    assert by_agency["state_police"][1] > 0
    assert by_agency["city_police"][1] == by_agency["sheriff"][1] == 0


# ── 16: oversight ────────────────────────────────────────────────────────────────────────────────────────
def test_belief_falls_only_where_findings_are_publicized_and_only_where_there_are_any() -> None:
    """System 16: what a reviewer finds answers what people see only if they hear of it."""
    secret, told = (f"publicized_oversight=sampling:1,publicity:{x}" for x in ("0", "1"))
    breaches = (
        "oversight.consequence=0",
        "oversight.sampling=1",
        "agencies.*.pretext.chance=1",
        "agencies.*.pretext.log_odds={white: 0, black: 0, hispanic: 3, asian: 0, other: 0}",
        "jails.county_jail.ice_days_a_week=7",
        "community.belief.credibility=0.1",
    )
    comparison = paired((secret, told), *breaches)
    assert comparison.effect(secret, "findings").base > 5
    assert comparison.effect(secret, "belief").difference == 0
    assert falls(comparison.effect(told, "belief"))
    assert comparison.effect(told, "belief").relative > -0.9
    nothing = ("oversight.finding=0", *breaches)
    assert paired((told,), *nothing).effect(told, "belief").difference == 0


# ── 19: police and public ────────────────────────────────────────────────────────────────────────────────
def test_contacts_that_nobody_feels_change_nothing_and_good_ones_modestly() -> None:
    """Peyton (2019) finds a modest gain, Blair (2021) none in six trials: the quality is the lever's own."""
    few, many, modest = (
        f"community_policing=contacts:{x},quality:{q}" for x, q in ((0, 0), (1, 0), (1, 0.5))
    )
    comparison = paired((few, many, modest), "community.trust.frightens.contact=0")
    _, without, unfelt, _ = comparison.results
    for one, other in zip(without, unfelt, strict=True):
        same = [k for k, o in enumerate(OUTCOMES) if o.name != "contacts"]
        assert np.array_equal(one.outcomes[same], other.outcomes[same], equal_nan=True)
        assert other.outcomes[INDEX["contacts"], 0] > one.outcomes[INDEX["contacts"], 0] == 0
    trust = comparison.effect(modest, "trust")
    assert rises(trust)
    assert trust.difference < 0.1
    assert comparison.effect(modest, "trust").value > comparison.effect(many, "trust").value


def test_a_campaign_makes_known_what_is_on_paper_whatever_it_says(tmp_path: Path) -> None:
    """Wong (2019): people act on what they are told, under sharing and after a firewall alike."""
    campaign = "awareness_campaign"
    assert rises(paired((campaign,)).effect(campaign, "belief", "group", "hispanic"))
    world = tmp_path / "promise.yaml"
    world.write_text(
        "extends: base\ntimeline:\n"
        "  - {day: 60, levers: [prints_kept_local, data_firewall, decline_all_detainers, ban_on_tips]}\n",
        encoding="utf-8",
    )
    after = paired((campaign,), scenario=world)
    assert falls(after.effect(campaign, "belief", "group", "hispanic"))
    assert after.effect(campaign, "reporting_rate", "group", "hispanic").difference > 0


def test_knowing_one_s_rights_takes_from_ice_what_people_say_of_themselves() -> None:
    """System 19: where nothing but interviews finds people, those who say nothing are not found."""
    lever = "know_your_rights=disclosure:0,interviews:0,alarming:6"
    interviews_alone = ("population.biometric.undocumented=0", "ice.matching.roster_flag=0")
    staff = ("jails.county_jail.model_287g=jem", "jails.county_jail.deputized=1")
    comparison = paired((lever,), *interviews_alone, *staff)
    by_channel = comparison.effect(lever, "matches", "pathway", "crime")
    assert by_channel.base > 5
    assert falls(by_channel)


# ── presets ──────────────────────────────────────────────────────────────────────────────────────────────
def test_under_little_chill_sharing_hardly_moves_reports() -> None:
    """CIS (2021) holds that belief hardly keeps anybody from reporting; the neutral preset differs."""
    supporter = next(p for p in load_presets(PRESETS, Problems()) if p.name == "supporter_favourable")
    little = paired((LOCAL,), *supporter.settings("little_chill"))
    plain = change(paired((LOCAL,)), LOCAL, "reporting_rate", "group", "hispanic")
    moved = change(little, LOCAL, "reporting_rate", "group", "hispanic")
    assert moved < plain / 3
    assert abs(moved) < 0.08


def test_deterrence_and_replacement_decide_whether_sharing_prevents_crime() -> None:
    """The disputed assumptions: with deterrence and nobody in their place sharing averts crime, else not."""
    silent = (
        "community.offending.elasticity=0",
        "community.reporting.chill={violent: 0, property: 0, domestic: 0}",
    )
    deterred = paired((LOCAL,), *silent, "community.offending.deterrence=1")
    replaced = paired(
        (LOCAL,), *silent, "community.offending.deterrence=0", "community.offending.incapacitation=0"
    )
    assert rises(deterred.effect(LOCAL, "victimization"))
    assert abs(replaced.effect(LOCAL, "victimization").relative) < 0.003


@pytest.mark.parametrize(
    "outcome", ["trust", "fear", "belief", "avoid_police", "reporting_rate", "clearance_rate"]
)
def test_shares_lie_between_zero_and_one_in_every_group(outcome: str) -> None:
    for by in ("status", "group", "neighbourhood"):
        for before, after in means(paired((LOCAL,)), LOCAL, outcome, by).values():
            for value in (before, after):
                assert math.isnan(value) or 0 <= value <= 1
