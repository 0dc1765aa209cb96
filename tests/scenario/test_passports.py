"""Numbers carry where they come from, and the schema says what they are."""

from sim.scenario.loader import load
from sim.scenario.quantities import ASSUMED
from sim.scenario.tree import Tree, shipped
from tests.scenario.conftest import Write

BASE = load("base")


def test_every_number_of_the_base_scenario_has_a_passport() -> None:
    def numbers(data: object, path: str = "") -> set[str]:
        if isinstance(data, dict):
            return set().union(*(numbers(x, f"{path}.{k}" if path else k) for k, x in data.items()), set())
        return {path} if isinstance(data, int | float) and not isinstance(data, bool) else set()

    settings = numbers(BASE.settings.model_dump())
    assert settings == set(BASE.passports)
    assert len(settings) > 200


def test_a_passport_says_value_source_range_unit_role_bounds_and_meaning() -> None:
    passport = BASE.passports["ice.pickup.effort.low"]
    assert passport.value == BASE.settings.ice.pickup.effort["low"]
    assert (passport.unit, passport.role, passport.bounds) == ("probability", "lever", (0.0, 1.0))
    assert passport.doc
    assert passport.range is not None
    low, high = passport.range
    assert low <= passport.value <= high


def test_every_field_declares_bounds_role_and_meaning() -> None:
    for path, passport in BASE.passports.items():
        assert passport.bounds is not None, path
        assert passport.role in ("fact", "lever", "uncertainty"), path
        assert passport.doc, path


def test_every_assumed_number_has_a_range_and_every_source_is_known() -> None:
    known = Tree(shipped()).sources()
    for path, passport in BASE.passports.items():
        assert passport.source != ASSUMED or passport.range is not None, path
        assert passport.source in known | {ASSUMED, "stated"}, path


def test_a_tree_may_have_a_bibliography_of_its_own(tree: Write) -> None:
    main = tree(
        "extends: base\npopulation: {open_warrant: {value: 0.1, source: my_survey}}\n",
        {"sources.yaml": "my_survey:\n  title: A survey\n  url: ''\n  status: read\n  confidence: low\n"},
    )
    assert load(main).passports["population.open_warrant"].source == "my_survey"


def test_words_and_switches_may_carry_a_source_too(tree: Write) -> None:
    main = tree("extends: base\npopulation: {licence_law: {value: regardless_of_status, source: pew_2023}}\n")
    assert load(main).settings.population.licence_law == "regardless_of_status"
