"""A county as a layer: its people, its crime, its agreements, and the law of its state from its date on."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError, Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, at
from sim.scenario.facts import CountyFacts, counties, county
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.places import Place, read_place


def place(text: Any) -> tuple[Place | None, Problems]:
    problems = Problems()
    return read_place(Document(None, text, at(Mark())), problems), problems


def scenario(folder: Path, text: str) -> LoadedScenario:
    file = folder / "world.yaml"
    file.write_text("extends: base\n" + text, encoding="utf-8")
    return load(file)


def first(condition: Any) -> CountyFacts:
    return next(facts for facts in counties() if condition(facts))


def test_every_county_of_the_country_can_be_a_place() -> None:
    for facts in counties():
        found, problems = place(facts.fips)
        assert found is not None, facts.label
        assert problems.found == []
        population = found.facts.data["population"]
        plain = {k: x["value"] for k, x in population["groups"].items()}
        assert min(plain.values()) >= 0
        assert sum(plain.values()) == pytest.approx(1, abs=1e-9)
        for status, groups in population["status_groups"].items():
            assert sum(g["value"] for g in groups.values()) == pytest.approx(1, abs=1e-6)
            assert all(0 <= g["value"] <= g["range"][1] <= 1 for g in groups.values()), (facts.label, status)
        for group, share in plain.items():
            taken = sum(
                x["value"] * population["status_groups"][s][group]["value"]
                for s, x in population["statuses"].items()
            )
            assert taken <= share + 1e-9, (facts.label, group)


@pytest.mark.parametrize("every", [40])
def test_counties_load_whole(tmp_path: Path, every: int) -> None:
    for facts in counties()[::every]:
        world = scenario(tmp_path, f"place: '{facts.fips}'\n")
        assert world.settings.name == facts.label


def test_crime_is_the_countys_rate_over_the_nations(tmp_path: Path) -> None:
    facts = county("47037")
    level = scenario(tmp_path, "place: Davidson County, TN\n").settings.arrests.crime_level
    nation = sum(c.crime_property_2012 or 0 for c in counties()) / sum(
        c.population for c in counties() if c.crime_property_2012 is not None
    )
    assert facts.crime_property_2012 is not None
    expected = facts.crime_property_2012 / facts.population / nation
    assert level["property"] == pytest.approx(expected, rel=1e-3)
    assert level["violent"] > 2


def test_a_county_whose_agencies_did_not_report_keeps_the_nations_level(tmp_path: Path) -> None:
    silent = first(lambda c: c.crime_violent_2012 == 0 and c.population > 10_000)
    assert scenario(tmp_path, f"place: '{silent.fips}'\n").settings.arrests.crime_level["violent"] == 1.0


def test_what_the_facts_do_not_give_is_the_parents_by_residents(tmp_path: Path) -> None:
    base = load("base")
    per_resident = base.settings.jails["county_jail"].capacity / base.settings.population.county_residents
    no_jail = first(lambda c: c.jail_population_est is None and c.population > 500_000)
    world = scenario(tmp_path, f"place: '{no_jail.fips}'\n")
    jail = world.passports["jails.county_jail.capacity"]
    assert jail.value == pytest.approx(per_resident * no_jail.population, rel=1e-4)
    assert jail.source == "own_estimate"
    assert jail.range is not None
    assert jail.range[0] < jail.value < jail.range[1]
    assert "by residents" in world.resolved["jails"]["county_jail"]["capacity"]["note"]
    # No table of places has state officers; where the local ones are unknown they are scaled too.
    unknown = first(lambda c: c.officers_city is None and c.population > 1_000_000)
    agencies = scenario(tmp_path, f"place: '{unknown.fips}'\n").settings.agencies
    ratio = unknown.population / base.settings.population.county_residents
    for name, agency in agencies.items():
        assert agency.officers == pytest.approx(base.settings.agencies[name].officers * ratio, rel=1e-3)


def test_a_jail_far_too_small_for_its_county_is_not_taken_for_the_countys(tmp_path: Path) -> None:
    """Manhattan's people are held in the Bronx: a quarter of the nation's jails by residents is the least."""
    nation = sum(c.jail_population_est or 0 for c in counties()) / sum(c.population for c in counties())
    for name, own in (("New York County, NY", False), ("San Francisco County, CA", True)):
        facts = county(name)
        assert facts.jail_population_est is not None
        assert (facts.jail_population_est / facts.population >= nation / 4) == own
        passport = scenario(tmp_path, f"place: {name}\n").passports["jails.county_jail.capacity"]
        assert passport.source == ("dhs_infrastructure_jails" if own else "own_estimate")
        assert (passport.value == round(facts.jail_population_est / 0.827)) == own


def test_a_file_that_extends_a_place_scales_from_the_people_of_that_place(tmp_path: Path) -> None:
    scenario(tmp_path, "place: Denver County, CO\njails: {county_jail: {capacity: 1000}}\n")
    child = tmp_path / "child.yaml"
    child.write_text("extends: world.yaml\nplace: Pima County, AZ\n", encoding="utf-8")
    expected = 1000 * county("Pima County, AZ").population / county("Denver County, CO").population
    assert load(child).settings.jails["county_jail"].capacity == pytest.approx(expected, rel=1e-3)


def test_agreements_go_to_the_jail_and_to_the_sheriff_first(tmp_path: Path) -> None:
    both = first(lambda c: c.agreements_jem and c.agreements_tfm == 1 and c.officers_county)
    settings = scenario(tmp_path, f"place: '{both.fips}'\n").settings
    assert settings.jails["county_jail"].model_287g == "jem"
    assert settings.jails["county_jail"].deputized > 0
    assert settings.agencies["sheriff"].model_287g == "tfm"
    assert settings.agencies["sheriff"].deputized > 0
    assert settings.agencies["city_police"].model_287g == "none"
    warrants = first(lambda c: c.agreements_wso and not c.agreements_jem)
    settings = scenario(tmp_path, f"place: '{warrants.fips}'\n").settings
    assert settings.jails["county_jail"].model_287g == "wso"


def test_agreements_and_state_law_can_be_left_out(tmp_path: Path) -> None:
    facts = first(lambda c: c.state == "FL" and c.agreements_tfm and c.agreements_wso)
    told = f"place: {{county: '{facts.fips}', agreements: false, state_law: false}}\n"
    world = scenario(tmp_path, told)
    assert world.settings.agencies["sheriff"].model_287g == "none"
    assert world.settings.jails["county_jail"].model_287g == "none"
    assert world.settings.state.agreements_287g == "local"
    assert not world.resolved["state_rules"]


@pytest.mark.parametrize(
    ("name", "agreements", "answer"),
    [
        ("Harris County, TX", "local", "hold"),
        ("Cobb County, GA", "required", "hold"),
        ("Miami-Dade County, FL", "required", "hold"),
        ("Kings County, NY", "local", "notify"),
        ("Los Angeles County, CA", "banned", "decline"),
        ("Davidson County, TN", "local", "hold"),
        ("Suffolk County, MA", "local", "notify"),
    ],
)
def test_the_law_of_the_state_holds(tmp_path: Path, name: str, agreements: str, answer: str) -> None:
    world = scenario(tmp_path, f"place: {name}\n")
    assert world.settings.state.agreements_287g == agreements
    rows = world.resolved["state_rules"]["detainer.response"]
    assert rows[0]["then"] == answer
    table = world.tables["detainer.response"]
    chances = table.paper[table.cell(request=1, warrant=1)]
    assert chances[("decline", "notify", "hold").index(answer)] == 1.0


def test_a_state_without_a_law_says_nothing(tmp_path: Path) -> None:
    world = scenario(tmp_path, "place: Allegheny County, PA\n")
    assert not world.resolved["state_rules"]
    assert world.settings.state.agreements_287g == "local"


def test_a_law_begins_on_its_day(tmp_path: Path) -> None:
    before = scenario(tmp_path, 'place: Davidson County, TN\nstart: "2018-12-02"\n')
    assert [phase.day for phase in before.phases] == [0.0, 30.0]
    assert not before.resolved["state_rules"]
    response = [phase.tables["detainer.response"] for phase in before.phases]
    decline = [float(table.paper[table.cell(request=1, warrant=1), 0]) for table in response]
    assert decline[0] > 0 == decline[1]


@pytest.mark.parametrize(
    ("name", "before", "day", "since"),
    [
        ("Harris County, TX", ("local", "hold"), "2026-01-01", ("required", "hold")),
        ("Kings County, NY", ("local", "notify"), "2026-08-25", ("banned", "notify")),
        ("Marion County, IN", ("local", None), "2026-07-01", ("local", "hold")),
        ("Hinds County, MS", ("local", None), "2026-07-01", ("local", "hold")),
        ("Essex County, NJ", ("local", "decline"), "2019-09-27", ("banned", "decline")),
        ("Cook County, IL", ("local", "decline"), "2021-08-02", ("banned", "decline")),
    ],
)
def test_a_state_with_several_laws_has_each_from_its_own_day_on(
    name: str, before: tuple[str, str], day: str, since: tuple[str, str], tmp_path: Path
) -> None:
    start = date.fromisoformat(day) - timedelta(days=40)
    world = scenario(tmp_path, f'place: "{name}"\nstart: "{start}"\n')
    assert [phase.day for phase in world.phases] == [0.0, 40.0]
    for phase, (agreements, answer) in zip(world.phases, (before, since), strict=True):
        assert phase.settings.state.agreements_287g == agreements
        table = phase.tables["detainer.response"]
        chances = table.paper[table.cell(request=1, warrant=1)]
        sure = [
            word for word, end in zip(v.RESPONSES, np.diff(chances, prepend=0.0), strict=True) if end == 1
        ]
        assert sure == ([] if answer is None else [answer])
    assert world.phases[1].laws[0].startswith(f"{name[-2:]}: ")


def test_the_laws_of_a_place_replace_those_of_its_parent(tmp_path: Path) -> None:
    scenario(tmp_path, "place: Los Angeles County, CA\n")
    child = tmp_path / "child.yaml"
    child.write_text("extends: world.yaml\nplace: Harris County, TX\n", encoding="utf-8")
    assert load(child).settings.state.agreements_287g == "local"


def test_a_law_that_begins_on_the_day_of_a_switch_joins_it(tmp_path: Path) -> None:
    body = (
        'place: Davidson County, TN\nstart: "2018-12-02"\n'
        "timeline:\n  - {day: 10, levers: [ice_effort]}\n  - {day: 30, off: [ice_effort]}\n"
    )
    world = scenario(tmp_path, body)
    assert [(phase.day, phase.levers) for phase in world.phases] == [
        (0.0, ()),
        (10.0, ("ice_effort",)),
        (30.0, ()),
    ]
    table = world.phases[2].tables["detainer.response"]
    assert table.paper[table.cell(request=1, warrant=1), 0] == 0


@pytest.mark.parametrize(
    ("start", "law"), [("2014-12-31", "lawful_presence"), ("2015-01-01", "regardless_of_status")]
)
def test_the_licence_law_is_that_of_the_first_day(tmp_path: Path, start: str, law: str) -> None:
    world = scenario(tmp_path, f'place: Los Angeles County, CA\nstart: "{start}"\n')
    assert world.settings.population.licence_law == law


def test_a_file_may_say_otherwise(tmp_path: Path) -> None:
    body = (
        "place: Davidson County, TN\n"
        "set: {arrests.crime_level.violent: 1.5, state.agreements_287g: banned}\n"
        "state_rules: {detainer.response: [{when: {request: detainer}, then: notify}]}\n"
    )
    world = scenario(tmp_path, body)
    assert world.settings.arrests.crime_level["violent"] == 1.5
    assert world.settings.state.agreements_287g == "banned"
    assert len(world.resolved["state_rules"]["detainer.response"]) == 1


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("place: {county: Davidson County, TN}\n", "known|expected|unknown"),
        ('place: {county: "Davidson County, TN", law: false}\n', "unknown part of a place 'law'"),
        ('place: {county: "Davidson County, TN", state_law: 3}\n', "state_law is true or false"),
        ("place: {state_law: false}\n", "not a place"),
        ("place: Davidsen County, TN\n", "did you mean: Davidson County, TN"),
        ("place: Davidson County\n", "with its state: of that name, one in NC, TN"),
        ("place: Davidson County, WI\n", "with its state: of that name, one in NC, TN"),
        ("place: Baltimore, MD\n", r"allowed: Baltimore County, MD \(24005\), Baltimore city, MD \(24510\)"),
        ("place: Davidson, Tenesee\n", r"did you mean: Tennessee \(TN\)"),
    ],
)
def test_a_wrong_place_is_told(tmp_path: Path, body: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        scenario(tmp_path, body)


def test_none_of_many_places_of_a_name_is_said_to_be_meant(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scenario(tmp_path, "place: Washington County\n")
    (problem,) = caught.value.problems
    assert problem.nearest is None
    assert "AL, AR, " in str(problem.allowed)
    assert ", VT, WI" in str(problem.allowed)


def test_the_growth_of_agreements_is_that_of_the_lists() -> None:
    """The shipped scenario is what the script writes from the facts."""
    import importlib.util

    root = Path(__file__).parents[2]
    spec = importlib.util.spec_from_file_location("build_growth", root / "scripts" / "build_growth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shipped = root / "scenarios" / "stories" / "growth_of_287g.yaml"
    assert shipped.read_text(encoding="utf-8") == module.growth()
    world = load(shipped)
    covered = [phase.settings.jails["county_jail"].deputized for phase in world.phases]
    street = [phase.settings.agencies["sheriff"].deputized for phase in world.phases]
    assert covered[0] < covered[1] < covered[-1]
    assert street[0] == 0 < street[-1]
