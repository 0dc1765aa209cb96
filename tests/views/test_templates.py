"""What `sim new` writes is right as it stands, says where its facts come from, and editors understand it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import sim
from sim.errors import InputError
from sim.scenario import tree
from sim.scenario.check import check_file
from sim.scenario.facts import county
from sim.views import templates

ROOT = Path(__file__).parents[2]
PLACES = [
    None,
    "Maricopa County, AZ",  # a state law of 2010
    "Kings County, NY",  # officers unknown, most people held in another county
    "Harris County, TX",  # an agreement for the street, and a law to come
    "Loving County, TX",  # 74 residents
    "District of Columbia, DC",  # no jail on record
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def schema_path(file: Path) -> Path:
    """Give the path of the schema that an editor takes from the first line, as editors do."""
    first = file.read_text(encoding="utf-8").splitlines()[0]
    found = re.match(r"# yaml-language-server: \$schema=(\S+)$", first)
    assert found is not None, first
    where = found.group(1)
    if where.startswith("file:"):
        return Path(url2pathname(urlparse(where).path))
    return file.resolve().parent / where


def errors_of(file: Path) -> list[str]:
    """Give what an editor would underline."""
    validator = Draft202012Validator(json.loads(schema_path(file).read_text(encoding="utf-8")))
    return [error.message for error in validator.iter_errors(YAML(typ="safe").load(file))]


HEAD = re.compile(r"^( *)# ([a-z_]+):( |$)")


def examples(lines: list[str]) -> list[range]:
    """Give the lines of each example that is commented out: a key, and what is indented below it."""
    found = []
    for start, line in enumerate(lines):
        head = HEAD.match(line)
        if head is None:
            continue
        end = start + 1
        while end < len(lines) and re.match(rf"{head.group(1)}#   ", lines[end]):
            end += 1
        found.append(range(start, end))
    return found


def with_examples(text: str, chosen: list[range]) -> str:
    """Give the text with some examples in force; one for a key that is there takes the place of that key."""
    lines = text.splitlines()
    for example in chosen:
        indent, key = HEAD.match(lines[example[0]]).groups()[:2]  # type: ignore[union-attr]
        lines = ["#" if line.startswith(f"{indent}{key}:") else line for line in lines]
        for k in example:
            lines[k] = lines[k].replace("# ", "", 1)
    return "\n".join(lines) + "\n"


def check_with_examples(file: Path, many: int) -> None:
    text = file.read_text(encoding="utf-8")
    found = examples(text.splitlines())
    assert len(found) == many
    for chosen in [*([example] for example in found), found]:
        file.write_text(with_examples(text, chosen), encoding="utf-8")
        check_file(file)
        assert errors_of(file) == []
        assert YAML(typ="safe").load(file) != YAML(typ="safe").load(text)


@pytest.mark.parametrize("place", PLACES)
def test_a_new_scenario_checks_runs_and_fits_the_schema_with_and_without_its_examples(
    here: Path, place: str | None
) -> None:
    file = templates.new_scenario("mine", place)
    check_file(file)
    assert errors_of(file) == []
    done = sim.run(file, residents=300, days=5, replications=1)
    assert done.results[0].counts.residents == 300
    check_with_examples(file, 5 if place else 6)


LIKE_A_SETTING = re.compile(r"^ *# *[\w.]+:( |$)")


@pytest.mark.parametrize("place", PLACES)
def test_no_comment_looks_like_a_setting_that_is_none(here: Path, place: str | None) -> None:
    for file in (templates.new_scenario("mine", place), templates.new_lever("own_rule")):
        lines = file.read_text(encoding="utf-8").splitlines()
        within = {k for example in examples(lines) for k in example}
        assert [line for k, line in enumerate(lines) if LIKE_A_SETTING.match(line) and k not in within] == []


def test_what_a_comment_says_of_a_place_without_its_law_holds(here: Path) -> None:
    file = templates.new_scenario("mine", "Maricopa County, AZ")
    text = file.read_text(encoding="utf-8")
    (line,) = re.findall(r"`(place: \{.*\})`", text)
    file.write_text(re.sub("^place: .*$", line, text, flags=re.MULTILINE), encoding="utf-8")
    assert "SB 1070" not in str(sim.load(file).phases)
    assert not sim.load(file).resolved.get("state_rules")


@pytest.mark.parametrize("name", ["base", "./base.yaml", "places/davidson_tn", "own/base"])
def test_a_scenario_is_not_given_the_name_of_a_shipped_one(here: Path, name: str) -> None:
    (here / "own").mkdir()
    with pytest.raises(InputError, match="a shipped scenario has this name"):
        templates.new_scenario(name, None)


def test_a_lever_is_not_given_the_name_of_a_shipped_one(here: Path) -> None:
    for name in ("null", "data_firewall.yaml"):
        with pytest.raises(InputError, match="a shipped lever has this name"):
            templates.new_lever(name)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "allowed"),
    [("Davidson County", "one in NC, TN"), ("Davidson County, WI", "one in NC, TN")],
)
def test_a_place_of_many_states_is_told_with_all_of_them(here: Path, place: str, allowed: str) -> None:
    with pytest.raises(InputError, match=f"--place: .*{place}(.*\n)*.*{allowed}$") as caught:
        templates.new_scenario("mine", place)
    assert caught.value.problems[0].nearest is None


def test_a_new_scenario_changes_nothing_until_somebody_writes_in_it(here: Path) -> None:
    file = templates.new_scenario("mine", None)
    mine, base = sim.load(file).settings, sim.load("base").settings
    own = {"name", "description", "sources"}
    assert mine.model_dump(exclude=own) == base.model_dump(exclude=own)


def test_a_new_lever_checks_runs_and_fits_the_schema_with_and_without_its_examples(here: Path) -> None:
    file = templates.new_lever("own_rule")
    assert file == Path("levers/own_rule.yaml")
    assert errors_of(file) == []
    done = sim.compare("base", [f"./{file}=1"], residents=300, days=5, replications=1)
    assert done.worlds[1].levers[0].parameters == {"share": 1}
    check_with_examples(file, 4)


def test_the_schema_is_that_of_the_file_and_knows_a_typo(here: Path) -> None:
    scenario, lever = templates.new_scenario("mine", None), templates.new_lever("own_rule")
    assert schema_path(scenario) == ROOT / "scenarios/schemas/scenario.schema.json"
    assert schema_path(lever) == ROOT / "scenarios/schemas/lever.schema.json"
    for file, old, new in ((scenario, "name:", "nmae:"), (lever, "claim:", "clame:")):
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        assert errors_of(file)


def checkout(folder: Path, scenarios: str) -> Path:
    """Make something like a checkout, or an installed package: its scenarios, with the schemas."""
    home = folder / scenarios
    shutil.copytree(ROOT / "scenarios/schemas", home / "schemas")
    shutil.copytree(ROOT / "scenarios/levers", home / "levers")
    for name in ("base.yaml", "sources.yaml"):
        shutil.copy(ROOT / "scenarios" / name, home)
    return home


def first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0]


def test_in_a_checkout_the_schema_is_found_on_every_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = checkout(tmp_path / "project", "scenarios")
    monkeypatch.setattr(templates, "shipped", lambda: home)
    monkeypatch.setattr(tree, "shipped", lambda: home)
    monkeypatch.chdir(home.parent)
    (home / "places").mkdir()
    (home.parent / "my own").mkdir()
    for name, where in (
        ("mine", "scenarios/schemas/scenario.schema.json"),
        ("scenarios/places/mine", "../schemas/scenario.schema.json"),
        ("my own/mine", "../scenarios/schemas/scenario.schema.json"),
    ):
        file = templates.new_scenario(name, None)
        assert first_line(file) == f"# yaml-language-server: $schema={where}"
        assert schema_path(file).is_file()


def test_elsewhere_the_schema_of_the_installed_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = checkout(tmp_path / "site packages" / "sim", "_scenarios")
    monkeypatch.setattr(templates, "shipped", lambda: home)
    monkeypatch.setattr(tree, "shipped", lambda: home)
    monkeypatch.chdir(tmp_path)
    file = templates.new_scenario("mine", None)
    assert first_line(file).startswith("# yaml-language-server: $schema=file:///")
    assert " " not in first_line(file).partition("$schema=")[2]
    assert schema_path(file).samefile(home / "schemas/scenario.schema.json")


def test_a_tree_of_ones_own_comes_with_its_own_schema(here: Path) -> None:
    (here / "levers").mkdir()
    shutil.copytree(ROOT / "scenarios/schemas", here / "schemas")
    (here / "places").mkdir()
    file = templates.new_scenario("places/mine", None)
    assert first_line(file) == "# yaml-language-server: $schema=../schemas/scenario.schema.json"


def told(file: Path) -> dict[str, str]:
    """Give the facts that the comments of a scenario tell, with what follows them on the line."""
    lines = file.read_text(encoding="utf-8").splitlines()
    rows = [re.split(r" {2,}", line[4:]) for line in lines if re.match(r"#   \w.* {2,}", line)]
    return {row[0]: " | ".join(row[1:]) for row in rows}


def test_the_comments_tell_the_facts_of_the_county_and_their_sources(here: Path) -> None:
    facts = county("Maricopa County, AZ")
    file = templates.new_scenario("mine", facts.fips)
    found = told(file)
    assert found["residents"] == f"{facts.population:,} | acs_2013_2017"
    assert found["officers of city police"] == f"{facts.officers_city:,} | fbi_le_employees_2025"
    assert found["held in jails on one day"] == f"{facts.jail_population_est:,} | dhs_infrastructure_jails"
    assert found["287(g) agreements, May 2026"] == "none | ice_287g_list_2026_05"
    assert "SB 1070" in found["state law since 2010-07-29"]
    text = file.read_text(encoding="utf-8")
    for source in {word for row in found.values() for word in row.rpartition(" | ")[2].split(", ")}:
        assert f"\n#   [{source}] " in text


def test_the_comments_tell_what_is_not_known_or_not_believed(here: Path) -> None:
    found = told(templates.new_scenario("mine", "Kings County, NY"))
    assert found["officers of city police"].startswith("unknown: as in base, by residents")
    assert found["held in jails on one day"].startswith("674, too few to be all: as in base, by residents")
    settings = sim.load("mine.yaml").settings
    per_head = sim.load("base").settings.jails["county_jail"].capacity / 103_928
    assert settings.jails["county_jail"].capacity == pytest.approx(per_head * 2_635_121, rel=1e-3)
    harris = told(templates.new_scenario("harris", "Harris County, TX"))
    assert harris["287(g) agreements, May 2026"].startswith("street 1 ")


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        (["mine"], "scenario", "mine"),
        (["scenario", "mine"], "scenario", "mine"),
        (["lever", "mine"], "lever", "mine"),
        (["lever", "lever"], "lever", "lever"),
    ],
)
def test_a_word_before_the_name_says_what_is_wanted(words: list[str], kind: str, name: str) -> None:
    assert templates.asked(words) == (kind, name)


@pytest.mark.parametrize("words", [["lever"], ["scenario"], ["a", "b"], ["lever", "a", "b"]])
def test_any_other_words_are_refused(words: list[str]) -> None:
    with pytest.raises(InputError, match=r"needs a name|one file at a time"):
        templates.asked(words)


def test_a_file_whose_name_has_a_blank_says_how_to_type_it(here: Path) -> None:
    text: Any = templates.new_scenario("my county", None).read_text(encoding="utf-8")
    assert "`sim check 'my county.yaml'`" in text
