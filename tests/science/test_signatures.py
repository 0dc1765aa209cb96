"""Each system of the mission leaves its signature: paired worlds differ as the published record says.

The worlds share people and luck, so a few replications decide.  `surely` asks for a paired t statistic
beyond 6 (with 5 degrees of freedom a false alarm once in about a thousand) *and* a size that means
something; exact statements (no change at all) ask for exactly that.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from worlds import paired

from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.studies.compare import Comparison, Effect

INDEX = {o.name: k for k, o in enumerate(OUTCOMES)}

STRAINED = (
    "ice.detention.beds=1",
    "jails.county_jail.capacity=100",
    "agencies.city_police.status_inquiry=true",
)
# Every agreement, every error and every agency moved, so that whatever is rare comes about.
COMMON = (
    "agencies.*.status_inquiry=true",
    "agencies.*.model_287g=tfm",
    "agencies.*.deputized=0.2",
    "agencies.*.task_force=0.1",
    "agencies.*.tips.officers=0.5",
    "agencies.*.tips.chance=0.9",
    "agencies.*.pretext.chance=1",
    "jails.county_jail.model_287g=jem",
    "jails.county_jail.deputized=0.5",
    "jails.county_jail.deputized_staff=10",
    "ice.tips.scene=0.9",
    "jails.county_jail.over_hold=0.1",
    "stops.warrant_false_match=0.01",
    "stops.immigration_false_match=0.02",
    "ice.matching.print_false_match=0.02",
    "sharing.compliance=0.5",
    "oversight.sampling=1",
    "costs.claims.over_hold=1",
    "costs.claims.wrongful=1",
    "costs.reimbursement.award=1000",
)


def surely(effect: Effect, least: float, most: float) -> None:
    """Assert that the relative effect lies between two bounds, and is far from noise."""
    assert abs(effect.difference) > 6 * effect.mcse or effect.mcse == 0
    assert least <= effect.relative <= most, effect


def means(comparison: Comparison, lever: str, outcome: str, breakdown: str) -> dict[str, tuple[float, float]]:
    """Return (without, with) the lever, by level."""
    world = comparison.names.index(lever)
    columns = comparison.results[0][0].counts.columns()[breakdown]
    found = {}
    for level, column in columns.items():
        values = [
            np.mean([r.outcomes[INDEX[outcome], column] for r in comparison.results[w]]) for w in (0, world)
        ]
        found[level] = (float(values[0]), float(values[1]))
    return found


def test_the_null_lever_changes_nothing_at_all() -> None:
    effects = paired("base", ("null",)).effects
    assert len(effects) > 1000
    assert all(e.verdict in ("no change", "unknown") for e in effects)
    assert all(e.difference == 0 for e in effects if not math.isnan(e.difference))


def test_ice_in_the_jail_makes_a_city_rule_matter_little() -> None:
    """System 2 (Phoenix): jail presence belongs to the jail, not to the arresting agency."""
    effect = paired("stories/jail_presence", ("city_no_cooperation",)).effect(
        "city_no_cooperation", "transfers"
    )
    assert abs(effect.relative) < 0.03
    removed = paired("stories/jail_presence", ("detainer_judicial_warrant",))
    surely(removed.effect("detainer_judicial_warrant", "transfers"), -1.0, -0.6)


def test_prints_outlive_a_case_that_ended_without_charge() -> None:
    """System 3 (Los Angeles): at-large arrests of people whose only contact ended without a charge."""
    prints_alone = ("ice.matching.roster_flag=0", "agencies.*.tips.officers=0")
    comparison = paired("stories/prints_outlive_the_case", ("prints_kept_local",), prints_alone)
    by_origin = means(comparison, "prints_kept_local", "ice_arrests_at_large", "pathway")
    standing = means(comparison, "prints_kept_local", "ice_arrests_at_large", "standing")
    contacts = ("traffic_stop", "street_stop", "crime")
    before, after = (sum(by_origin[o][k] for o in contacts) for k in (0, 1))
    assert before > 3
    assert after == 0
    assert standing["neither"][0] > 3


def test_screening_finds_people_whom_no_print_finds() -> None:
    """System 7 (Criminal Alien Program): interviews reach people who are in no federal database."""
    settings = ("population.biometric.undocumented=0.3", "ice.matching.roster_flag=0.1")
    comparison = paired("base", ("jail_screening",), settings)
    surely(comparison.effect("jail_screening", "matches"), 0.3, 2.5)
    assert comparison.effect("jail_screening", "interviews").base == 0
    surely(comparison.effect("jail_screening", "transfers"), 0.2, 2.5)


def test_acting_on_any_match_takes_far_more_than_acting_on_priorities() -> None:
    """System 8: Secure Communities 2 to 4 per 100 prints; the priority programme far fewer."""
    comparison = paired("base", ("secure_communities", "priority_enforcement", "prints_kept_local"))
    assert 0.015 < comparison.effect("secure_communities", "custody_per_print").value < 0.044
    surely(comparison.effect("priority_enforcement", "transfers"), -0.95, -0.7)
    surely(comparison.effect("prints_kept_local", "transfers"), -0.8, -0.2)
    assert comparison.effect("prints_kept_local", "prints_shared").value == 0


@pytest.mark.parametrize(
    ("lever", "least", "most"),
    [
        ("detainer_judicial_warrant", -1.0, -0.97),
        ("detainer_on_conviction", -0.85, -0.4),
        ("notification_only", -0.6, -0.15),
        ("ice_effort=effort:0.3,hours:3", -0.7, -0.5),
    ],
)
def test_what_the_jail_answers_and_what_ice_does_both_move_custody(
    lever: str, least: float, most: float
) -> None:
    """System 9: ICE's pick-up effort moves custody as much as local policy does."""
    surely(paired("base", (lever,)).effect(lever, "transfers"), least, most)


def test_over_holds_vanish_with_holds() -> None:
    comparison = paired("base", ("notification_only",), ("jails.county_jail.over_hold=0.1",))
    assert comparison.effect("notification_only", "holds").value == 0
    assert comparison.effect("notification_only", "over_holds").base > 0
    assert comparison.effect("notification_only", "over_holds").value == 0


def test_carve_outs_spare_people_without_convictions_and_hardly_touch_violent_cases() -> None:
    """System 10 (the order of 1979): gains by record."""
    by_record = means(paired("base", ("carve_outs",)), "carve_outs", "transfers", "record")
    without, with_lever = by_record["none"]
    assert with_lever < 0.35 * without
    violent, violent_with = by_record["violent"]
    assert violent_with > 0.85 * violent > 0


def test_a_firewall_closes_some_channels_and_not_others() -> None:
    """System 11: a print sent at booking has left the building."""
    settings = ("population.biometric.undocumented=0.6",)
    comparison = paired("base", ("data_firewall=1", "data_firewall=0.5"), settings)
    closed = comparison.effect("data_firewall=1", "rosters_shared")
    assert closed.base > 0
    assert closed.value == 0
    # Nobody's print is withheld; but people drive more and report more, and whom ICE does not take may be
    # booked again.
    assert comparison.effect("data_firewall=1", "prints_shared").relative == pytest.approx(0, abs=0.005)
    surely(comparison.effect("data_firewall=1", "transfers"), -0.5, -0.1)
    half, full = (comparison.effect(f"data_firewall={x}", "data_withheld").difference for x in ("0.5", "1"))
    assert half == pytest.approx(full / 2, rel=0.05)


def test_a_technical_barrier_leaks_nothing_where_a_paper_rule_does() -> None:
    paper = paired("base", ("data_firewall=0.5",))
    barrier = paired(
        "base",
        ("data_firewall=0.5",),
        ("sharing.technical=[jail_roster, release_date, local_records, victim_witness_records]",),
    )
    assert paper.effect("data_firewall=0.5", "rules_broken").value > 0
    assert barrier.effect("data_firewall=0.5", "rules_broken").value == 0


def test_who_is_transferred_changes_with_policy_not_only_how_many() -> None:
    """System 24: convicted, pending, neither."""
    by_standing = means(
        paired("base", ("detainer_on_conviction",)), "detainer_on_conviction", "transfers", "standing"
    )
    shares = [[by_standing[s][k] for s in ("neither", "pending", "convicted")] for k in (0, 1)]
    before, after = (np.array(x) / sum(x) for x in shares)
    assert before[2] < 0.5 < after[2]


def test_the_same_county_policy_differs_under_a_different_federal_appetite() -> None:
    """System 25: reviewers, teams, beds and quota are set by the scenario."""
    lever = "federal_appetite=reviews:0.1,pickups:0.1,teams:1,beds:4,quota:20"
    comparison = paired("base", (lever,))
    surely(comparison.effect(lever, "transfers"), -0.95, -0.3)
    surely(comparison.effect(lever, "ice_arrests_at_large"), -1.0, -0.5)
    assert comparison.effect(lever, "bookings").relative == pytest.approx(0, abs=0.02)


def test_a_local_lever_that_state_law_overrides_changes_exactly_nothing() -> None:
    """Tennessee demands that jails hold on detainers, so a local rule against it changes no event."""
    comparison = paired("places/davidson_tn", ("detainer_judicial_warrant",))
    assert all(e.difference == 0 for e in comparison.effects if not math.isnan(e.difference))


def test_twins_vary_far_less_than_strangers() -> None:
    effect = paired("base", ("cite_and_release",)).effect("cite_and_release", "bookings")
    assert effect.variance_ratio < 0.2
    surely(effect, -0.4, -0.05)


AWAY = (
    "operations.away={agency: city_police, begins: 0, days: 300, stops_a_day: 5, officers: 60,"
    " neighbourhoods: 0.5, partner: false, reasons: {moving_violation: 1, equipment: 0, suspicion: 0},"
    " profiling: {white: 1, black: 1, hispanic: 1, asian: 1, other: 1}, unlicensed: 1}"
)
# What the base has none of, or little: certified victims, deterrence, raids, late answers, quick returns.
LIVELY = (
    "community.reporting.certification=0.3",
    "community.offending.deterrence=0.5",
    "community.offending.return_time=20",
    "raids.mills={begins: 20, days: 5, arrests: 50, neighbourhoods: 0.5, publicity: 2}",
    AWAY,
)


def test_every_outcome_has_a_value_in_some_world() -> None:
    """An outcome that is always missing or always zero would be dead."""
    comparisons = [
        paired("base", ("data_firewall=0.5",)),
        paired("stories/jail_presence", ("city_no_cooperation",)),
        paired("base", ("notification_only",)),
        paired("base", ("federal_appetite=reviews:0.1,pickups:0.1,teams:1,beds:4,quota:20",)),
        paired("base", ("priority_enforcement",)),
        paired("base", ("null",), STRAINED),
        paired("base", ("saturation_operation",), COMMON),
        paired("base", ("victim_records_open",), LIVELY),
    ]
    alive = {
        name
        for comparison in comparisons
        for world in comparison.results
        for name in BY_NAME
        if any(r.outcomes[INDEX[name], 0] > 0 for r in world)
    }
    assert sorted(set(BY_NAME) - alive) == []
