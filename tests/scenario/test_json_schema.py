"""The shipped JSON Schemas come from the code, accept every good file and refuse typos."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.errors import Problems
from sim.scenario import vocabulary as v
from sim.scenario.check import kind_of
from sim.scenario.document import parse, read
from sim.scenario.json_schema import schemas, text
from sim.scenario.layers import paths
from sim.scenario.loader import load
from tests.scenario.test_bad_input import GOOD
from tests.scenario.test_check import EXPERIMENT, LEVER, SHIPPED
from tests.scenario.wrong_files import WRONG

FOLDER = Path(__file__).parents[2] / "scenarios" / "schemas"
SCHEMAS = schemas()
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def errors(kind: str, data: Any) -> list[str]:
    return [error.message for error in VALIDATORS[kind].iter_errors(data)]


def data_of(content: str) -> Any:
    document = parse(content, Path("x.yaml"), Problems())
    assert document is not None
    return document.data


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_the_shipped_schema_is_fresh(name: str) -> None:
    """Where this fails: `python -m sim.scenario.json_schema`."""
    assert (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8") == text(SCHEMAS[name])


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_a_schema_is_itself_sound(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    written = json.dumps(SCHEMAS[name])
    used = {part.partition('"')[0] for part in written.split('"#/$defs/')[1:]}
    assert used == set(SCHEMAS[name]["$defs"])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_fits_its_schema(path: Path) -> None:
    document = read(path, Problems())
    assert document is not None
    kind = kind_of(path, document)
    if kind != "sources":
        assert errors(kind, document.data) == []


def test_good_files_fit() -> None:
    for files in GOOD:
        for name, content in files.items():
            assert errors("lever" if "levers/" in name else "scenario", data_of(str(content))) == []
    assert errors("lever", data_of(LEVER)) == []
    assert errors("experiment", data_of(EXPERIMENT)) == []


# Wrong files whose error a schema can see, which knows one file and no sums.
SEEN = (
    "a typo in a control key",
    "a typo in a section",
    "a typo in a key",
    "an agency whose name is no name",
    "a section that is a number",
    "text in place of a number",
    "a number in quotes",
    "too few residents",
    "a negative seed",
    "a probability above one",
    "a share above one",
    "a status that does not exist",
    "a choice that does not exist",
    "a 287(g) model that does not exist",
    "a channel that does not exist",
    "a range that is a number",
    "a range beyond the bounds",
    "a distribution that does not exist",
    "a passport with another part",
    "a table that does not exist",
    "an edit that does not exist",
    "too many rows",
    "a row with another part",
    "a row without an answer",
    "an attribute that does not exist",
    "an attribute that the jail cannot see",
    "a value that does not exist",
    "a value in a list that does not exist",
    "a form of condition that does not exist",
    "a range beyond the scale",
    "an empty list of values",
    "an answer that does not exist",
    "a part of identification that does not exist",
    "an unknown answer in a distribution",
    "a negative chance",
    "set that is a list",
    "set on an unknown path",
    "set on every jail of what no jail has",
    "set on every section",
    "set to a wrong value on every jail",
    "set into the rules",
    "set to a wrong value",
    "set inside a passport",
    "a timeline that sets an unknown path",
    "levers that are a word",
    "a timeline that is a mapping",
    "a switch without a time",
    "a switch with two times",
    "a switch with another part",
    "a negative day",
)


@pytest.mark.parametrize("name", SEEN)
def test_a_typo_does_not_fit(name: str) -> None:
    (wrong,) = (wrong for wrong in WRONG if wrong.id == name)
    assert errors("scenario", data_of(str(wrong.files)))


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("lever", "stage: custody", "stage: custardy"),
        ("lever", "before:", "befor:"),
        ("lever", "bounds:", "bound:"),
        ("lever", "$share", "much"),
        ("lever", "warrant: judicial", "warrant: judical"),
        ("lever", "systems: [9]", "systems: [99]"),
        ("lever", "patch:", "patch:\n  set: {sharing.complianse: 1}\n#"),
        ("experiment", "question:", "set: {sharing.complianse: 1}\nquestion:"),
        ("experiment", "kind: grid", "kind: gird"),
        ("experiment", "question:", "queston:"),
        ("experiment", "grid: [0, 1]", "gird: [0, 1]"),
    ],
)
def test_a_typo_in_a_lever_or_an_experiment_does_not_fit(kind: str, old: str, new: str) -> None:
    good = {"lever": LEVER, "experiment": EXPERIMENT}[kind]
    assert errors(kind, data_of(good)) == []
    assert errors(kind, data_of(good.replace(old, new)))


def test_every_word_of_the_vocabulary_is_offered_with_its_meaning() -> None:
    definitions = SCHEMAS["scenario"]["$defs"]
    for table in v.TABLES.values():
        assert definitions[f"table.{table.name}"]["description"] == table.doc
        row = definitions[f"row.{table.name}"]["anyOf"][0]["properties"]
        assert set(row["when"]["properties"]) == set(table.sees)
        assert row["then"]["anyOf"][0]["enum"] == list(table.answers)
        for name in table.sees:
            assert v.ATTRIBUTES[name].doc in definitions[f"condition.{name}"]["description"]


def test_every_setting_is_offered_with_its_meaning_and_unit() -> None:
    properties = SCHEMAS["scenario"]["properties"]
    for name, part in properties.items():
        assert part["description"], name
    hold = properties["jails"]["additionalProperties"]["anyOf"][0]["properties"]["hold_limit"]
    assert hold["description"] == "longest hold for ICE beyond release (hours)"


def test_every_path_of_the_base_can_be_set_in_every_kind_of_file() -> None:
    base = load("base").resolved
    for kind, schema in SCHEMAS.items():
        if kind == "patterns":
            continue
        known = schema["$defs"]["set"]
        patterns = [re.compile(pattern) for pattern in known["patternProperties"]]
        for path in paths(base):
            fits = [pattern for pattern in patterns if pattern.search(path)]
            assert (path in known["properties"]) + len(fits) == (1 if path else 0), path


@pytest.mark.parametrize(
    ("setting", "fits"),
    [
        ("ice.pickup.effort.low: 0.5", True),
        ("ice.pickup.effort.low: 1.5", False),
        ("ice.pickup.effort.lowest: 0.5", False),
        ("ice.pickup.effort: {low: 0.5}", True),
        ("ice.pickup.effort.low: {value: 0.5, source: assumed, range: [0.3, 0.85]}", True),
        ("agencies.*.trained: 0.5", True),
        ("agencies.harbour_police.trained: 0.5", True),
        ("agencies.*.trianed: 0.5", False),
        ("operations.rush: {agency: sheriff, begins: 3}", True),
        ("operations.*.begins: 3", False),
        ("raids.rush.day: 3", False),
        ("population.table: null", True),
        ("population.status_groups.lpr.white: 0.1", True),
        ("population.status_groups.lpr.wite: 0.1", False),
        ("jails.county_jail.hold_limit: $hours", False),
    ],
)
def test_a_path_and_its_bounds_are_known_to_editors(setting: str, fits: bool) -> None:
    data = data_of(f"extends: base\nset:\n  {setting}\ntimeline:\n  - {{day: 3, set: {{{setting}}}}}\n")
    assert (errors("scenario", data) == []) == fits
    preset = {"claim": "x", "sources": ["pew_2023"], "set": data["set"]}
    whole = {"title": "x", "claim": "x", "sources": ["pew_2023"], "assumptions": {"one": preset}}
    assert (errors("preset", whole) == []) == fits


def test_in_a_lever_a_parameter_stands_in_place_of_a_number_and_of_nothing_else() -> None:
    for setting, fits in (
        ("jails.county_jail.hold_limit: $hours", True),
        ("jails.*.hold_limit: {value: $hours, source: assumed, range: [1, 90]}", True),
        ("ice.pickup.effort: {low: $share}", True),
        ("agencies.sheriff.jail: $share", True),  # a name, which may be anything
        ("sharing.technical: $share", False),
    ):
        data = data_of(LEVER)
        data["patch"]["set"] = data_of(setting)
        assert (errors("lever", data) == []) == fits, setting
