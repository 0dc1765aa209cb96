"""What silently wins is told: settings over levers, later levers over earlier ones, levers over state law."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.tree import shipped

HEAD = "title: A lever\nclaim: It helps.\nstage: ice\nsystems: []\nsources: []\n"


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "levers").mkdir()
    for name, patch in {
        "early": "{set: {agencies.*.trained: 0.4, ice.pickup.effort: {low: 0.1, medium: 0.2, high: 0.3}}}",
        "late": "{set: {agencies.sheriff.trained: 0.6, ice.pickup.effort.low: 0.1, ice.pickup.delay: 3}}",
        "table": "{rules: {ice.at_large: {before: [{when: {priority: low}, then: drop}]}}}",
        "whole": "{rules: {ice.at_large: [{otherwise: wait}]}}",
        "row": "{rules: {ice.at_large: {before: [{when: {priority: high}, then: wait}]}}}",
        "law": "{state_rules: {detainer.response: {before: [{when: {request: detainer}, then: decline}]}}}",
    }.items():
        (tmp_path / f"levers/{name}.yaml").write_text(f"{HEAD}patch: {patch}\n", encoding="utf-8")
    return tmp_path


def world(county: Path, *lines: str, **asked: list[str]) -> LoadedScenario:
    path = county / "world.yaml"
    path.write_text("\n".join(["extends: base", *lines, ""]), encoding="utf-8")
    return load(path, **asked)


def test_a_later_lever_that_sets_the_same_number_is_told_of_once_for_each_number(county: Path) -> None:
    told = ("lever late overrides early at agencies.sheriff.trained.",)
    assert world(county, levers=["early", "late"]).notes == told
    assert world(county, "levers: [early, late]").notes == told
    other = ("lever early overrides late at agencies.*.trained.",)
    assert world(county, levers=["late", "early"]).notes == other


def test_a_lever_in_place_of_a_shipped_one_is_told(county: Path) -> None:
    mine = county / "levers/null.yaml"
    mine.write_text((shipped() / "levers/null.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert world(county, levers=["null"]).notes == ()  # a copy says the same
    mine.write_text(f"{HEAD}patch: {{set: {{ice.pickup.delay: 3}}}}\n", encoding="utf-8")
    told = (f"lever null is that of {mine.resolve()}, not the shipped one.",)
    assert world(county, levers=["null"]).notes == told
    assert load("base", levers=["null"]).notes == told
    assert world(county, 'levers: ["null"]').notes == told
    assert world(county, 'timeline: [{day: 3, levers: ["null"]}]').notes == told
    assert world(county, levers=["./levers/null.yaml"]).notes == ()  # asked for by its path
    assert world(county, levers=["early"]).notes == ()


def test_levers_of_a_file_and_of_the_command_line_are_not_held_against_each_other(county: Path) -> None:
    assert world(county, "levers: [early]", levers=["late"]).notes == ()


def test_rows_that_decide_every_case_hide_those_of_an_earlier_lever(county: Path) -> None:
    hidden = world(county, levers=["table", "whole"]).notes
    assert hidden == ("lever whole overrides table: its rows of ice.at_large decide every case.",)
    assert world(county, levers=["table", "row"]).notes == ()


def test_a_setting_that_fixes_what_a_lever_moves_is_told(county: Path) -> None:
    settings = ["agencies.city_police.trained=0.9", "ice.pickup.effort={low: 0.1, medium: 0.5, high: 0.3}"]
    assert world(county, levers=["early"], settings=settings).notes == (
        "--set agencies.city_police.trained overrides lever early.",
        "--set ice.pickup.effort.medium overrides lever early.",
    )
    assert world(county, levers=["early"], settings=["ice.pickup.delay=5"]).notes == ()


def test_a_lever_that_stands_before_the_law_of_the_place_is_told(county: Path) -> None:
    notes = world(county, "place: Davidson County, TN", levers=["law"]).notes
    assert len(notes) == 1
    assert notes[0].startswith(
        "the rows of lever law on detainer.response come before those of state law (TN:"
    )
    assert world(county, "place: Allegheny County, PA", levers=["law"]).notes == ()
    against = world(county, "place: Cobb County, GA", levers=["state_ban_287g"]).notes
    assert [note.split(" (")[0] for note in against] == [
        "lever state_ban_287g sets state.agreements_287g against state law"
    ]


def test_no_scenario_that_is_shipped_has_anything_of_the_kind_to_tell() -> None:
    for path in sorted([*(shipped() / "stories").glob("*.yaml"), *(shipped() / "places").glob("*.yaml")]):
        assert load(path).notes == (), path.name


def test_levers_of_a_file_that_contradict_each_other_are_told_once_where_the_second_stands(
    county: Path,
) -> None:
    lines = (
        "levers: [decline_all_detainers, carve_outs]",
        "timeline: [{day: 10, levers: [early]}, {day: 20, levers: [notification_only]}]",
    )
    with pytest.raises(InputError) as error:
        world(county, *lines)
    first, *later = error.value.problems
    assert "decline_all_detainers and carve_outs" in first.what
    assert (first.where.file, first.where.line, first.where.column) == (county / "world.yaml", 2, 33)
    assert {problem.where.line for problem in later} == {3}
    assert len(later) == 2  # the third of them contradicts both
