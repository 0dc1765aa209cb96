"""What is chosen, as a scenario file and a command."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sim.errors import InputError, Problems
from sim.scenario.check import check_file
from sim.scenario.document import read
from sim.scenario.loader import load
from sim.views.dashboard.choices import FILE, FIRST, Catalogue, Choice, step_of, told

SIZES = tuple(FIRST.items())


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.around("base")


def sizes(**changed: str) -> tuple[tuple[str, str], ...]:
    return tuple((FIRST | changed).items())


def wrong(choice: Choice, catalogue: Catalogue) -> list[str]:
    problems = Problems()
    choice.note_wrong(catalogue, problems)
    return [problem.what for problem in problems.found]


def written(choice: Choice, catalogue: Catalogue, folder: Path) -> Path:
    path = folder / FILE
    path.write_text(choice.text(catalogue), encoding="utf-8")
    return path


def test_the_catalogue_has_every_scenario_lever_and_preset_that_is_shipped(catalogue: Catalogue) -> None:
    assert catalogue.start == "base"
    assert {"base", "places/davidson_tn", "stories/traffic_blitz"} <= set(catalogue.scenarios)
    assert {"data_firewall", "null", "notification_only"} <= set(catalogue.levers)
    assert catalogue.presets[0].name == "neutral"
    data = catalogue.data()
    assert sum(len(stage["levers"]) for stage in data["stages"]) == len(catalogue.levers)
    assert "Maricopa County, AZ" in data["counties"]


def test_a_slider_can_stand_on_the_default_of_every_lever_and_stays_in_bounds(catalogue: Catalogue) -> None:
    seen = 0
    for file in catalogue.levers.values():
        for p in file.parameters.values():
            steps = (p.default - p.bounds[0]) / step_of(p)
            assert steps == pytest.approx(round(steps), abs=1e-6)
            assert (p.bounds[1] - p.bounds[0]) / step_of(p) >= 10
            seen += 1
    assert seen > 50


@pytest.mark.parametrize("scenario", ["base", "places/davidson_tn", "stories/traffic_blitz"])
def test_the_file_of_a_choice_is_sound_and_its_world_the_scenario(
    scenario: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    choice = Choice(scenario=scenario, sizes=sizes(residents="1500", days="30.5", replications="3", seed="7"))
    path = written(choice, catalogue, tmp_path)
    check_file(path)
    found, plain = load(path), load(scenario)
    run = found.settings.run
    assert (run.residents, run.days, run.replications, run.seed) == (1500, 30.5, 3, 7)
    assert found.settings.model_copy(update={"run": None}) == plain.settings.model_copy(update={"run": None})


@pytest.mark.parametrize("preset", ["critic_favourable", "supporter_favourable"])
def test_assumptions_in_the_file_are_those_of_compare_with_presets(
    preset: str, catalogue: Catalogue, tmp_path: Path
) -> None:
    path = written(Choice(preset=preset, sizes=()), catalogue, tmp_path)
    found = catalogue.preset(preset)
    assert found is not None
    levers = ["informal_tips", "victim_certification"]
    here = load(path, levers=levers)
    there = load("base", levers=levers, assumptions=found.settings())
    assert here.digest == there.digest
    assert here.digest != load("base", levers=levers).digest


def test_a_county_is_laid_over_the_scenario(catalogue: Catalogue, tmp_path: Path) -> None:
    path = written(Choice(county="Maricopa County, AZ"), catalogue, tmp_path)
    assert load(path).settings.name == "Maricopa County, AZ"


def test_a_size_that_is_left_empty_is_the_scenarios_own(catalogue: Catalogue, tmp_path: Path) -> None:
    path = written(Choice(sizes=sizes(residents="", days="")), catalogue, tmp_path)
    run, base = load(path).settings.run, load("base").settings.run
    assert (run.residents, run.days) == (base.residents, base.days)


def test_what_a_person_types_cannot_become_another_key_of_the_file(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    county = 'x"\nname: stolen\nplace: "y'
    path = written(Choice(county=county, sizes=()), catalogue, tmp_path)
    document = read(path, Problems())
    assert document is not None
    assert document.data == {"extends": "base", "place": county}


def test_levers_are_asked_for_as_the_command_line_takes_them(catalogue: Catalogue) -> None:
    choice = Choice(
        levers=(
            ("cite_and_release", ()),
            ("data_firewall", (("compliance", "0.6"),)),
            ("ice_effort", (("effort", "0.5"), ("hours", "3"))),
            ("detainer_judicial_warrant", ()),
        )
    )
    assert choice.uses(catalogue) == [
        "cite_and_release",
        "data_firewall=0.6",
        "ice_effort=effort:0.5",
        "detainer_judicial_warrant",
    ]
    default = Choice(levers=(("data_firewall", (("compliance", "0.95"),)),))
    assert default.uses(catalogue) == ["data_firewall"]


def test_the_command_names_all_worlds_of_the_page(catalogue: Catalogue) -> None:
    one = Choice(levers=(("null", ()),))
    assert one.command(catalogue) == "sim compare dashboard.yaml --lever null"
    assert [name for name, _ in one.sides(catalogue)] == ["base", "null"]
    both = replace(one, levers=(*one.levers, ("cite_and_release", ())), sizes=sizes(warm_up="30"))
    words = shlex.split(both.command(catalogue))
    assert words[-3:] == ["--combined", "--warm-up", "30"]
    assert [name for name, _ in both.sides(catalogue)] == ["base", "combined"]
    each = replace(both, each=True)
    assert [name for name, _ in each.sides(catalogue)] == ["base", "null", "cite_and_release", "combined"]


def test_all_that_is_wrong_is_told_at_once(catalogue: Catalogue) -> None:
    choice = Choice(
        scenario="bass",
        preset="mine",
        levers=(("data_firewal", ()), ("data_firewall", (("compliance", "much"),))),
        sizes=sizes(residents="many", days="0", warm_up="-1"),
    )
    assert wrong(choice, catalogue) == [
        "residents is not a whole number",
        "days is out of bounds",
        "warm_up is out of bounds",
        "no such scenario",
        "no such assumptions",
        "no such lever",
        "Data firewall: compliance is not a number",
    ]
    assert wrong(Choice(), catalogue) == []


def test_what_the_page_sends_is_read_whatever_it_holds() -> None:
    assert Choice.of({}) == Choice()
    sent = {
        "scenario": "base",
        "county": " Davidson County, TN ",
        "preset": None,
        "levers": {"ice_effort": {"effort": 0.5, "hours": " 2 "}, "null": {}},
        "sizes": {"residents": 500, "days": None},
        "each": 1,
        "number": 3,
    }
    found = Choice.of(sent)
    assert found.county == "Davidson County, TN"
    assert found.levers == (("ice_effort", (("effort", "0.5"), ("hours", "2"))), ("null", ()))
    assert dict(found.sizes)["residents"] == "500"
    assert dict(found.sizes)["days"] == ""
    assert found.each
    assert found.number == 3


def test_a_users_own_scenario_and_levers_are_found_with_their_sources(tmp_path: Path) -> None:
    home = tmp_path / "mine"
    (home / "levers").mkdir(parents=True)
    (home / "sources.yaml").write_text("my_source:\n  title: My figures\n  kind: dataset\n  year: 2024\n")
    (home / "county.yaml").write_text("extends: base\nname: My county\nsources: [my_source]\n")
    lever = (
        "title: Mine\nclaim: It does.\nstage: stop\nsystems: []\nsources: [my_source]\n"
        "patch:\n  set: {ice.pickup.hours_a_day: 2}\n"
    )
    (home / "levers" / "mine.yaml").write_text(lever)
    found = Catalogue.around(str(home / "county.yaml"))
    assert found.start == str(home / "county.yaml")
    assert found.scenarios[found.start] == "My county"
    assert "base" in found.scenarios
    choice = Choice(scenario=found.start, levers=(("mine", ()), ("null", ())))
    assert choice.uses(found) == [str(home / "levers" / "mine.yaml"), "null"]
    assert found.sources == home / "sources.yaml"
    assert "Keep it where" in choice.text(found)


def test_problems_are_told_without_the_place_of_the_file_that_the_page_writes(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = written(Choice(county="Nowhere County, AZ"), catalogue, tmp_path)
    with pytest.raises(InputError) as caught:
        load(path)
    (problem,) = told(caught.value)
    assert problem["where"] == ""
    assert "Nowhere" in problem["found"]
