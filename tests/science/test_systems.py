"""Signatures of the systems on the street, in the law, in money and in families (paired worlds).

Each test says what is expected and why; the source is named where one was published.  Settings given beside
a lever win over it, so a setting that a lever moves is never fixed here.
"""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from test_signatures import means, surely
from worlds import LARGER, paired

from sim.errors import InputError
from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from sim.studies.compare import Comparison

TIPS = (
    "agencies.*.tips.officers=0.2",
    "agencies.*.tips.chance=0.9",
    "agencies.*.compliance=1",
    "stops.suspicion.hispanic=0.1",
)
OPERATION = "saturation_operation"


def nothing_at_all(comparison: Comparison) -> bool:
    return all(e.difference == 0 for e in comparison.effects if not math.isnan(e.difference))


# ── 4: informal messages ─────────────────────────────────────────────────────────────────────────────────
def test_a_ban_on_messages_works_through_compliance_alone() -> None:
    """System 4: a ban that nobody keeps changes no event; one that is kept stops messages in proportion."""
    ignored, half, kept = "ban_on_tips=0", "ban_on_tips=0.5", "ban_on_tips=1"
    # What is written is believed, whatever is done: here nobody reads it.
    unread = (*TIPS, "community.off=[paper]")
    comparison = paired("base", (ignored, half, kept), unread)
    messages = {x: comparison.effect(x, "informal_messages") for x in (ignored, half, kept)}
    assert messages[ignored].base > 10
    assert messages[ignored].difference == 0
    assert comparison.effect(ignored, "transfers").difference == 0
    assert messages[half].relative == pytest.approx(-0.5, abs=0.12)
    assert messages[kept].value == 0
    responses = comparison.effect(kept, "scene_responses")
    assert responses.base > responses.value == 0


def test_a_few_officers_send_most_messages() -> None:
    """System 4: officers differ, and most send none (no published rate: the share is a free parameter)."""
    from sim.model import Model

    model = Model(load("base", settings=TIPS), residents=150_000, seed=3, keep_log=True)
    model.run_until(365)
    log = model.events()
    senders = log.loc[log["event"] == "informal_message", "officer"].value_counts()
    officers = len(model.world.officers)
    assert len(senders) < 0.25 * officers
    assert senders.iloc[: max(1, officers // 10)].sum() > 0.6 * senders.sum()


def test_messages_bring_ice_to_the_scene_the_jail_and_the_home() -> None:
    """System 4: all three places, by officers' messages alone (no prints, roster or interviews)."""
    from sim.model import Model

    settings = (*TIPS, "ice.matching.roster_flag=0", "ice.at_large.interval=20", "ice.tips.scene=0.5")
    found: set[str] = set()
    for seed in range(1, 6):
        world = load("base", settings=settings, levers=["prints_kept_local"])
        model = Model(world, residents=200_000, seed=seed, keep_log=True)
        model.run_until(400)
        log = model.events()
        tipped = set(log.loc[log["event"] == "informal_message", "case"])
        found |= set(log.loc[log["case"].isin(tipped), "event"])
    assert {"ice_arrest_street", "ice_arrest_custodial", "ice_arrest_at_large"} <= found


def test_oversight_lowers_messages_where_a_ban_can_be_broken_and_only_there() -> None:
    """System 16: without a rule there is nothing to find; findings change the officers who break it."""
    lever = "independent_oversight=sampling:1,delay:7,consequence:1"
    free = paired("base", (lever,), TIPS)
    assert free.effect(lever, "informal_messages").difference == 0
    banned = paired(
        "stories/informal_messages", (lever, "independent_oversight=sampling:0,delay:7,consequence:1")
    )
    assert banned.effect(lever, "findings").value > 0
    assert banned.effect(lever, "informal_messages").difference < 0
    idle = "independent_oversight=sampling:0,delay:7,consequence:1"
    assert banned.effect(idle, "informal_messages").difference == 0


def test_messages_under_a_formal_ban_are_sent_and_fall_with_compliance_and_oversight() -> None:
    """System 4, the story of the chat: most are about removable people, and only officers break the law."""
    from sim.model import Model

    story = "stories/informal_messages"
    base = load(story)
    model = Model(base, residents=200_000, seed=2, keep_log=True)
    model.run_until(365)
    by_status = model.counts.by("informal_message", "status")
    assert model.counts["informal_message"] > 10
    assert by_status["undocumented"] > 0.25 * model.counts["informal_message"]
    people = np.bincount(model.world.residents.status, minlength=len(v.STATUSES))
    a_head = {name: by_status[name] / people[k] for k, name in enumerate(v.STATUSES)}
    assert a_head["undocumented"] > 5 * a_head["us_born"]
    log = model.events()
    assert set(log.loc[log["event"] == "rule_broken", "channel"]) == {"informal_message"}
    watched = "independent_oversight=sampling:1,delay:7,consequence:1"
    kept = paired(story, (watched,), ("state.personal_compliance=0.95",))
    half = paired(story, (watched,))
    messages = half.effect(watched, "informal_messages")
    assert kept.effect(watched, "informal_messages").base < 0.4 * messages.base
    assert messages.value < messages.base
    assert half.effect(watched, "ice_arrests_street").base > 0
    assert half.effect(watched, "ice_arrests_street").value <= half.effect(watched, "ice_arrests_street").base


# ── 5, 18: joint task forces and their restructuring ─────────────────────────────────────────────────────
def test_a_federal_agent_on_patrol_takes_people_at_stops_without_any_agreement() -> None:
    """System 5 (Pima County): stop-level transfers where no agency has 287(g)."""
    lever = "joint_task_force=share:0.1,checks:0.5"
    comparison = paired("base", (lever,))
    street = comparison.effect(lever, "ice_arrests_street")
    assert street.base == 0
    assert street.value > 3
    assert comparison.effect(lever, "deputized_ice_arrests").value == 0
    assert comparison.effect(lever, "bookings").relative == pytest.approx(0, abs=0.01)


def test_separate_lines_of_accountability_end_the_contact_and_keep_the_criminal_work() -> None:
    """System 18: stop-level transfers go, arrests by task-force officers stay."""
    lever = "task_force_restructuring=1"
    settings = ("agencies.*.task_force=0.2",)
    comparison = paired("base", (lever, "task_force_restructuring=0.5"), settings)
    assert comparison.effect(lever, "ice_arrests_street").base > 1
    assert comparison.effect(lever, "ice_arrests_street").value == 0
    assert comparison.effect(lever, "task_force_contacts").value == 0
    work = comparison.effect(lever, "task_force_arrests")
    assert work.base > 100
    assert work.relative == pytest.approx(0, abs=0.02)


# ── 6: the three models of 287(g) ────────────────────────────────────────────────────────────────────────
def test_each_287g_model_moves_its_own_stage() -> None:
    """System 6: interviews and detainers (JEM), hand-over (WSO), the street (TFM)."""
    settings = ("population.biometric.undocumented=0.6", "ice.matching.roster_flag=0.2")
    jem, wso, tfm = (
        f"{x}"
        for x in ("jail_enforcement_287g", "warrant_service_287g", "task_force_287g=deputized:0.3,checks:0.2")
    )
    comparison = paired("base", (jem, wso, tfm), settings, plan=LARGER)
    surely(comparison.effect(jem, "detainers"), 0.15, 1.0)
    # Warrant service finds nobody whom ICE did not find before.
    assert comparison.effect(wso, "detainers").relative == pytest.approx(0, abs=0.05)
    surely(comparison.effect(wso, "custody_per_detainer"), 0.1, 0.6)
    surely(comparison.effect(wso, "pickups_missed"), -0.9, -0.4)
    assert comparison.effect(tfm, "ice_arrests_street").value > 1
    assert (
        comparison.effect(tfm, "deputized_ice_arrests").value
        == comparison.effect(tfm, "ice_arrests_street").value
    )
    assert comparison.effect(wso, "ice_arrests_street").value == 0
    assert comparison.effect(jem, "ice_arrests_street").value == 0


def test_a_task_force_agreement_yields_little_in_routine_and_much_in_an_operation() -> None:
    """System 6: routine gave 2 % of 287(g) detainers; a joint operation took 17 to 33 % of those stopped."""
    routine = paired("base", ("task_force_287g",)).effect("task_force_287g", "ice_arrests_per_stop")
    assert 0 < routine.value < 0.001
    comparison = paired("base", (OPERATION,))
    stops = means(comparison, OPERATION, "saturation_stops", "pathway")["saturation_stop"][1]
    taken = means(comparison, OPERATION, "ice_arrests_street", "pathway")["saturation_stop"][1]
    assert 0.17 < taken / stops < 0.33


def test_washington_pays_and_nothing_else_changes() -> None:
    """System 6: reimbursement is money alone."""
    lever = "federal_reimbursement"
    comparison = paired("base", (lever,), ("agencies.*.model_287g=tfm", "agencies.*.deputized=0.1"))
    changed = {
        e.outcome for e in comparison.effects if e.difference not in (0.0,) and not math.isnan(e.difference)
    }
    assert changed == {"reimbursement"}
    # 221 officers for 103,928 residents, a tenth of them deputized, at 65 USD an hour and the awards.
    per = 221 * 0.1 / 103_928 * 100_000
    assert comparison.effect(lever, "reimbursement").value == pytest.approx(per * (65 * 2080 + 4000 + 7500))


# ── 14: a dated operation ────────────────────────────────────────────────────────────────────────────────
def test_an_operation_is_a_spike_of_stops_and_street_transfers_on_its_days() -> None:
    """System 14 (Indiana): about twenty people in a few days, and fewer ordinary stops meanwhile."""
    from sim.model import Model

    taken = []
    for seed in range(1, 5):
        model = Model("stories/traffic_blitz", seed=seed, keep_log=True)
        model.run_until(90)
        log = model.events()
        street = log.loc[log["event"] == "ice_arrest_street", "time"]
        stops = log.loc[log["event"] == "saturation_stop", "time"]
        assert stops.between(60, 64).all()
        taken.append(street.between(60, 65).sum())
        # All of the troopers' stops are foregone only where all of them are sent.
        assert (log["event"] == "stop_foregone").any()
    assert 10 <= np.mean(taken) <= 32


# ── 12: profiling and pretext ────────────────────────────────────────────────────────────────────────────
def test_profiling_shows_in_stop_ratios_and_in_outcome_tests() -> None:
    """System 12 (Maricopa): more stops of the group; it is searched on weaker signs, so hits are rarer."""
    lever = "profiling=ratio:2,spread:0.6"
    stops = means(paired("base", (lever,)), lever, "stops", "group")
    assert stops["hispanic"][1] > 1.6 * stops["hispanic"][0]
    assert stops["white"][1] == pytest.approx(stops["white"][0], rel=1e-3)
    hits = means(paired("base", (lever,)), lever, "hit_rate", "group")
    searches = means(paired("base", (lever,)), lever, "searches_per_stop", "group")
    assert searches["hispanic"][0] > searches["white"][0]
    assert hits["hispanic"][0] < hits["white"][0]
    cited = means(paired("base", (lever,)), lever, "citations_per_stop", "group")
    assert cited["hispanic"][0] > 1.15 * cited["white"][0]


def test_screening_moves_minor_arrests_in_a_few_agencies_only() -> None:
    """System 12: pretext arrests need a motive (screening) and an agency of that kind."""
    screened = ("jails.county_jail.ice_days_a_week=5",)
    lever = "pretext_arrests=agencies:1,log_odds:0.92"
    none = "pretext_arrests=agencies:0,log_odds:0.92"
    live = paired("base", (lever, none), screened)
    assert live.effect(none, "pretext_arrests").value == 0
    by_group = means(live, lever, "pretext_arrests", "group")
    assert by_group["hispanic"][1] > 1
    assert by_group["white"][1] == 0
    unscreened = paired("base", (lever,))
    assert unscreened.effect(lever, "pretext_arrests").value == 0
    assert nothing_at_all(unscreened)


def test_training_lowers_pretext_arrests_and_misapplied_authority_and_fades() -> None:
    """System 17: fewer pretext arrests and wrongful street holds; less so when training is long past."""
    settings = (
        "jails.county_jail.ice_days_a_week=5",
        "agencies.*.pretext.chance=1",
        "agencies.*.model_287g=tfm",
        "agencies.*.deputized=1",
        "stops.misapplication=0.2",
        "stops.immigration_false_match=0",
    )
    fresh = "civil_rights_training=trained:1,effect:0.6,interval:30"
    stale = "civil_rights_training=trained:1,effect:0.6,interval:3650"
    comparison = paired("base", (fresh, stale), (*settings, "training.half_life=60"))
    surely(comparison.effect(fresh, "pretext_arrests"), -0.75, -0.2)
    surely(comparison.effect(fresh, "wrongful_street_holds"), -0.75, -0.3)
    late = comparison.effect(stale, "wrongful_street_holds").relative
    assert comparison.effect(fresh, "wrongful_street_holds").relative < late < 0


# ── 13: errors ───────────────────────────────────────────────────────────────────────────────────────────
def test_wrongful_arrests_scale_with_queries_and_with_the_error_rate() -> None:
    """System 13 (Florida): twice the errors, twice the wrongful holds; no query, none."""
    single, double, none = (
        f"shared_warrant_file=stale_warrants:{x},false_matches:0,immigration_false_matches:{y}"
        for x, y in ((0.004, 0.004), (0.008, 0.008), (0, 0))
    )
    settings = ("agencies.*.status_inquiry=true", "ice.matching.print_false_match=0")
    comparison = paired("base", (single, double, none), settings)
    for outcome in ("mistaken_arrests", "wrongful_street_holds"):
        one, two = (comparison.effect(x, outcome).value for x in (single, double))
        assert one > 5
        assert two / one == pytest.approx(2, rel=0.25)
        assert comparison.effect(none, outcome).value == 0


def test_prompt_correction_shortens_every_mistake_and_prevents_none() -> None:
    settings = ("stops.stale_warrant=0.004", "ice.matching.print_false_match=0.01")
    comparison = paired("base", ("prompt_correction",), settings)
    assert comparison.effect("prompt_correction", "mistaken_arrests").relative == pytest.approx(0, abs=0.05)
    surely(comparison.effect("prompt_correction", "mistaken_hours"), -0.95, -0.6)
    surely(comparison.effect("prompt_correction", "wrongful_request_days"), -0.95, -0.6)
    detained = comparison.effect("prompt_correction", "wrongful_detained_days")
    assert detained.base > 3
    assert detained.value < 0.5 * detained.base


# ── 20: law above the county ─────────────────────────────────────────────────────────────────────────────
def test_state_law_overrides_local_rules_in_both_directions() -> None:
    """System 20: a mandate and a ban; the local lever then changes exactly nothing."""
    comparison = paired("base", ("state_mandate", "state_limits=1"))
    assert comparison.effect("state_mandate", "declined").value == 0
    surely(comparison.effect("state_limits=1", "holds"), -1.0, -0.9)
    forbidden = ("state.agreements_287g=banned",)
    for lever in ("task_force_287g", "warrant_service_287g"):
        street = paired("base", (lever,), forbidden)
        assert nothing_at_all(street), lever


def test_a_jail_that_state_law_obliges_does_and_pays_what_one_with_an_agreement_does() -> None:
    """System 20: a duty alone is no fuller cooperation than an agreement of the jail's own, nor free."""
    obliged, agreed = "state_requires_287g", "warrant_service_287g=coverage:0.5,staff:5"
    comparison = paired("base", (obliged, agreed))
    assert comparison.effect(obliged, "warrants_served").base == 0
    assert comparison.effect(obliged, "warrants_served").value > 20
    assert comparison.effect(obliged, "training_cost").value > 0
    for outcome in ("warrants_served", "transfers", "training_cost", "jail_hours"):
        assert comparison.effect(obliged, outcome).value == comparison.effect(agreed, outcome).value


# ── 21, 22: money and time ───────────────────────────────────────────────────────────────────────────────
def test_holds_cost_days_and_money_and_over_holds_claims() -> None:
    """System 21: detainer days at the jail's cost; claims are rare and of very unequal size."""
    settings = ("ice.pickup.delay=24", "costs.claims.over_hold=0.5")
    comparison = paired("base", ("notification_only", "careless_holds=1"), settings)
    days, cost = (comparison.effect("notification_only", x) for x in ("detainer_days", "detainer_cost"))
    assert days.base > 100
    assert cost.base == pytest.approx(100 * days.base)
    assert days.value == cost.value == 0
    claims = comparison.effect("careless_holds=1", "expected_jail_claims")
    assert claims.base > 0
    assert claims.difference > 0
    assert comparison.effect("notification_only", "expected_jail_claims").value == 0
    assert comparison.effect("careless_holds=1", "jail_claims").difference > 0
    assert comparison.effect("careless_holds=1", "police_claims").difference == 0


def test_immigration_work_takes_hours_and_stops_from_patrol() -> None:
    """System 22: officers who wait for ICE or arrest for it make other stops no more."""
    settings = ("stops.scene_wait=12", "stops.scene_limit=12", "costs.hours.immigration_check=0.2")
    comparison = paired("base", ("status_inquiry",), settings)
    assert comparison.effect("status_inquiry", "police_hours").difference > 500
    assert comparison.effect("status_inquiry", "stops_foregone").value > 0
    checks = comparison.effect("status_inquiry", "immigration_checks").value
    assert comparison.effect("status_inquiry", "police_hours").value > 0.2 * checks
    sent = paired("base", (f"{OPERATION}=officers:18",))
    lever = f"{OPERATION}=officers:18"
    assert sent.effect(lever, "operation_hours").value == pytest.approx(18 / 103_928 * 1e5 * 8 * 7)
    troopers = means(sent, lever, "stops_foregone", "agency")
    assert troopers["state_police"][1] > 5
    assert troopers["city_police"][1] == 0


# ── 23: families ─────────────────────────────────────────────────────────────────────────────────────────
def test_families_lose_members_and_more_so_where_arrests_are_at_home() -> None:
    """System 23: separations, earners, parents, citizen children; collateral arrests in a surge."""
    levers = ("at_large_surge", "no_collateral_arrests", "detainer_judicial_warrant")
    comparison = paired("base", levers, plan=LARGER)
    for outcome in ("separations", "earners_taken", "parents_taken", "citizen_children_affected"):
        surely(comparison.effect("at_large_surge", outcome), 0.3, 2.0)
        assert comparison.effect("detainer_judicial_warrant", outcome).difference < 0
    assert comparison.effect("no_collateral_arrests", "collateral_arrests").value == 0
    surely(comparison.effect("at_large_surge", "collateral_arrests"), 1.0, 12.0)
    arrests, separations = (
        comparison.effect("at_large_surge", x).value for x in ("ice_arrests", "separations")
    )
    assert separations <= arrests


def test_a_rule_on_priorities_reaches_the_operations_of_ice() -> None:
    """Systems 23, 24: operations go by the same table as leads, so nobody of low priority is looked for."""
    comparison = paired("base", ("at_large_priorities",))
    effect = comparison.effect("at_large_priorities", "ice_arrests_at_large")
    surely(effect, -0.95, -0.4)
    by_record = means(comparison, "at_large_priorities", "ice_arrests_at_large", "record")
    assert by_record["none"][1] < 0.4 * by_record["none"][0]
    # The hours of teams and the quota that this leaves free go to those whom the rule still names.
    assert by_record["violent"][1] >= by_record["violent"][0]
    assert comparison.effect("at_large_priorities", "bookings").relative == pytest.approx(0, abs=0.02)


# ── the catalogue ────────────────────────────────────────────────────────────────────────────────────────
def test_levers_that_contradict_each_other_are_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match=re.escape("a detainer has one answer")):
        load("base", levers=["honour_all_detainers", "decline_all_detainers"])
    with pytest.raises(InputError, match="state law cannot both demand and forbid"):
        load("base", levers=["state_limits", "state_mandate"])
    for pair in (
        ["secure_communities", "prints_kept_local"],
        ["notification_only", "detainer_judicial_warrant"],
        ["detainer_on_conviction", "carve_outs"],
        ["at_large_surge", "no_collateral_arrests"],
        ["status_inquiry", "city_no_cooperation"],
        ["priority_enforcement", "priorities_2024"],
        ["fewer_reviewers", "federal_appetite"],
        ["state_requires_287g", "state_limits"],
        ["state_ban_287g", "state_mandate"],
    ):
        with pytest.raises(InputError, match="contradict each other"):
            load("base", levers=pair)
    assert load("base", levers=["jail_screening", "data_firewall"]).levers
