"""Why a lever changes nothing: told where the rules leave no doubt, and only there."""

import math
from pathlib import Path

import pytest

import sim
from sim.studies.plan import Plan
from sim.studies.reasons import why_nothing
from sim.views.results import comparison_data, comparison_tables

QUICK = Plan(residents=1_000, days=30, replications=2)
LAW = "detainer.response: [{when: {request: [detainer, judicial_detainer]}, then: hold}]"


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "levers").mkdir()
    return tmp_path


def lever(folder: Path, name: str, patch: str) -> str:
    head = f"title: {name}\nclaim: It helps.\nstage: custody\nsystems: []\nsources: []\n"
    (folder / f"levers/{name}.yaml").write_text(f"{head}patch: {patch}\n", encoding="utf-8")
    return name


def scenario(folder: Path, *lines: str) -> Path:
    path = folder / "world.yaml"
    path.write_text("\n".join(["extends: base", *lines, ""]), encoding="utf-8")
    return path


def reason(path: Path | str, name: str) -> str | None:
    return why_nothing(sim.load(path), sim.load(path, levers=[name]), name)


PRACTICE = {"rules": "hold", "unrestricted": "decline"}
DECLINE = "{rules: {detainer.response: [{otherwise: decline}]}}"


def test_state_law_is_named_where_it_decides_what_the_lever_would(county: Path) -> None:
    name = lever(county, "refuse", DECLINE)
    path = scenario(county, f"state_rules: {{{LAW}}}")
    assert reason(path, name) == "State law decides every case that refuse would change."
    assert reason(scenario(county), name) is None


def test_requests_that_ice_makes_keep_a_lever_alive(county: Path) -> None:
    name = lever(county, "refuse", DECLINE)
    asks = "ice.review: [{otherwise: {detainer: 0.5, notification: 0.5}}]"
    assert reason(scenario(county, f"state_rules: {{{LAW}}}", f"rules: {{{asks}}}"), name) is None


def test_a_law_that_is_not_always_kept_leaves_room_for_a_lever(county: Path) -> None:
    name = lever(county, "refuse", DECLINE)
    lines = f"state_rules: {{{LAW}}}", "set: {state.compliance: 0.9}"
    assert reason(scenario(county, *lines), name) is None


def test_a_law_on_another_table_is_not_the_reason(county: Path) -> None:
    name = lever(county, "same", "{set: {sharing.compliance: 1}}")
    path = scenario(county, f"state_rules: {{{LAW}}}")
    assert reason(path, name) == "same changes nothing in this scenario."


def test_a_switch_of_the_timeline_counts(county: Path) -> None:
    name = lever(county, "refuse", DECLINE)
    lever(county, "repeal", "{state_rules: {detainer.response: [{when: {record: violent}, then: hold}]}}")
    path = scenario(county, f"state_rules: {{{LAW}}}", "timeline: [{day: 100, levers: [repeal]}]")
    assert reason(path, name) is None


def test_a_lever_that_is_itself_state_law_is_not_overruled_by_it(county: Path) -> None:
    name = lever(county, "same", "{state_rules: {detainer.response: {after: [{otherwise: hold}]}}}")
    law = "state_rules: {detainer.response: [{when: {request: judicial_detainer}, then: hold}]}"
    local, free = (f"{s}: {{detainer.response: [{{otherwise: {x}}}]}}" for s, x in PRACTICE.items())
    path = scenario(county, law, local, free, "set: {jails.county_jail.compliance: 1}")
    assert reason(path, name) == "same changes nothing in this scenario."


AGREEMENTS = ("warrant_service_287g", "jail_enforcement_287g", "task_force_287g")


@pytest.mark.parametrize("name", AGREEMENTS)
def test_a_state_that_bans_agreements_is_named_for_levers_on_them(name: str, county: Path) -> None:
    path = scenario(county, "place: Los Angeles County, CA")
    why = f"State law bans 287(g) agreements, and {name} would change nothing else."
    assert reason(path, name) == why
    assert reason(scenario(county), name) is None


def test_an_agreement_that_brings_more_than_the_ban_forbids_is_a_change(county: Path) -> None:
    patch = "{set: {jails.*.model_287g: wso, ice.pickup.effort.low: 0.1}}"
    assert reason(scenario(county, "state: {agreements_287g: banned}"), lever(county, "more", patch)) is None
    # Nor does a rule on officers with authority stay idle where some have it.
    name = lever(county, "checks", "{rules: {stop.query: {before: [{when: {deputized: yes}, then: none}]}}}")
    assert reason(scenario(county), name) == "checks changes nothing in this scenario."
    assert reason(scenario(county, "agencies: {sheriff: {model_287g: tfm, deputized: 0.1}}"), name) is None


def test_a_setting_that_fixes_what_the_lever_moves_is_named() -> None:
    settings = ["agencies.*.tips.officers=0.1", "agencies.*.tips.chance=0.3"]
    one, other = (sim.load("base", settings=settings, levers=x) for x in ([], ["informal_tips"]))
    fixed = "agencies.*.tips.officers, agencies.*.tips.chance"
    why = f"--set fixes {fixed}, which informal_tips would change; it changes nothing else here."
    assert why_nothing(one, other, "informal_tips") == why


def test_what_a_lever_needs_is_said_where_nothing_reaches_it() -> None:
    levers = ["federal_reimbursement", "pretext_arrests"]
    done = sim.compare("base", levers, plan=QUICK)
    for name in levers:
        needs = done.worlds[done.names.index(name)].levers[-1].file.needs
        assert needs
        assert done.why_nothing(name) == f"{name} made no difference in these runs. It needs {needs}."
    met = ("agencies.*.model_287g=tfm", "agencies.*.deputized=0.1")
    assert sim.compare("base", levers[:1], set_values=met, plan=QUICK).why_nothing(levers[0]) is None


def test_equal_runs_are_no_proof_that_a_lever_can_change_nothing() -> None:
    """A pick-up that is half as likely changes nothing where nobody is found: another run would tell."""
    lever = "ice_effort=effort:0.5,hours:2"
    done = sim.compare("base", [lever, "null"], plan=Plan(residents=300, days=5, replications=3))
    effect, nothing = (done.effect(name, "transfers") for name in (lever, "null"))
    assert effect.difference == nothing.difference == 0
    assert (effect.verdict, nothing.verdict) == ("none seen", "no change")
    assert math.isnan(effect.ci_low)
    assert (done.is_same(lever), done.is_same("null")) == (False, True)
    assert done.why_nothing(lever) is None
    why = sim.explain("base", [lever], plan=Plan(residents=300, days=5, replications=3))
    assert why.effect.verdict == "none seen"


def test_another_number_is_a_change(county: Path) -> None:
    assert reason("base", "data_firewall=0.5") is None
    assert reason(scenario(county), lever(county, "later", "{set: {ice.pickup.delay: 20}}")) is None


def test_a_lever_without_a_patch_changes_nothing() -> None:
    assert reason("base", "null") == "null changes nothing in this scenario."


def test_the_reason_stands_below_the_table_and_in_the_data() -> None:
    levers = ["detainer_judicial_warrant", "cite_and_release=0.9", "null"]
    done = sim.compare("places/davidson_tn", levers, combined=True, plan=QUICK)
    notes = {table.title.split(":")[0]: table.notes for table in comparison_tables(done, everything=False)}
    law = "State law decides every case that detainer_judicial_warrant would change."
    assert notes["detainer_judicial_warrant"] == (law,)
    assert notes["null"] == ("null changes nothing in this scenario.",)
    assert notes["cite_and_release=0.9"] == notes["combined"] == ()
    told = {row["lever"]: row["why_nothing"] for row in comparison_data(done)["levers"]}
    assert told["detainer_judicial_warrant"] == law
    assert told["combined"] is None


def test_levers_that_do_nothing_together_are_told_of_as_one(county: Path) -> None:
    levers = [lever(county, "refuse", DECLINE), lever(county, "idle", "{}")]
    path = scenario(county, f"state_rules: {{{LAW}}}")
    done = sim.compare(path, levers, combined=True, plan=QUICK)
    assert done.why_nothing("combined") == "State law decides every case that the set of levers would change."
    done = sim.compare(path, ["null", "idle"], combined=True, plan=QUICK)
    assert done.why_nothing("combined") == "The set of levers changes nothing in this scenario."
