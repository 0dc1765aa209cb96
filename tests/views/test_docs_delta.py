"""The delta-ODD of a variant names everything that differs from the base, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.scenario.loader import LoadedScenario
from sim.scenario.tree import Tree, shipped
from sim.views.docs_delta import delta_odd
from sim.views.docs_library import base
from sim.views.scenarios import difference

SHIPPED = [name for name in Tree(shipped()).scenario_names() if name != "base"]
ELEMENTS = [
    "1. Purpose and patterns",
    "2. Entities, state variables, and scales",
    "3. Process overview and scheduling",
    "4. Design concepts",
    "5. Initialization",
    "6. Input data",
    "7. Submodels",
    "Levers",
    "Sources cited here",
]


def part_of(text: str, heading: str) -> str:
    """Return what stands below a heading."""
    return re.split(r"^## ", text.partition(f"## {heading}\n")[2], flags=re.M)[0]


def missing_from(text: str, world: LoadedScenario) -> list[str]:
    """Return what differs from the base and is not named in the text."""
    found = difference(world, base())
    about = ("name", "description", "sources", "community.off")
    paths = [s["path"] for s in found["settings"] if s["path"] not in about]
    kept = [p for p in paths if p.split(".")[1:2] and not _has_gone(p, world)]
    paths = [p for p in kept if f"`{p}`" not in text]
    return paths + [row["row"] for row in found["rules"] if row["row"] not in text]


def _has_gone(path: str, world: LoadedScenario) -> bool:
    section, name = path.split(".")[:2]
    return section in ("agencies", "jails") and name not in getattr(world.settings, section)


def test_nothing_differs_from_the_base_in_the_base() -> None:
    text = delta_odd(sim.load("base"))
    assert "**Nothing differs from the base**" in text
    assert "##" not in text


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_that_differs_is_named(name: str) -> None:
    world = sim.load(name)
    text = delta_odd(world)
    assert re.findall(r"^## (.*)$", text, flags=re.M) == ELEMENTS
    assert missing_from(text, world) == []
    assert len(re.findall(r"^\| \d", part_of(text, ELEMENTS[2]), flags=re.M)) == len(world.phases) - 1


def test_a_lever_is_told_with_its_numbers_rules_and_sources() -> None:
    world = sim.load("base", levers=["notification_only", "ice_effort=effort:0.5,hours:2"])
    text = delta_odd(world)
    assert missing_from(text, world) == []
    assert "added: otherwise → notify" in part_of(text, "4. Design concepts")
    line = next(x for x in text.splitlines() if x.startswith("| `ice.pickup.effort.low`"))
    assert "| 0.77 | 0.5 | probability<br>0.3 to 0.85 | stated | chance that ICE sets out" in line
    assert "<br>levers/ice_effort.yaml:" in line
    levers = part_of(text, "Levers")
    assert "`effort` = 0.5 probability (default 0.9, 0 to 1, davidson_sheriff_2025)" in levers
    assert "`davidson_sheriff_2025`" in part_of(text, "Sources cited here")
    assert part_of(text, "5. Initialization").strip() == "As in the base."


def test_a_setting_of_the_command_line_is_said_to_be_one() -> None:
    text = delta_odd(sim.load("base", settings=["ice.quota.displacement=1", "community.off=[chill]"]))
    line = next(x for x in text.splitlines() if x.startswith("| `ice.quota.displacement`"))
    assert "| 0.5 | 1 | probability<br>0 to 1 | stated |" in line
    assert line.endswith("<br>command line |")
    assert "- `chill`: belief that police share data" in part_of(text, "4. Design concepts")


def test_the_empty_lever_is_named_and_said_to_change_nothing() -> None:
    text = delta_odd(sim.load("base", levers=["null"]))
    assert "they change nothing" in text
    assert "### `null`" in part_of(text, "Levers")


def test_a_timeline_is_told_switch_by_switch(tmp_path: Path) -> None:
    path = tmp_path / "later.yaml"
    path.write_text(
        "extends: base\nname: Later\ntimeline:\n"
        "  - {day: 100, levers: [decline_all_detainers]}\n"
        "  - {day: 200, off: [decline_all_detainers], set: {ice.quota.arrests: 80}}\n"
    )
    text = delta_odd(sim.load(path))
    told = part_of(text, "3. Process overview and scheduling")
    assert "| 100 | `decline_all_detainers` |  | rules of `detainer.response` |" in told
    assert "| 200 | no lever |  | `ice.quota.arrests` 112 → 80<br>rules of `detainer.response` |" in told
    assert "On in the stretches that begin on day 100." in part_of(text, "Levers")
    assert "As in the base" not in told


OWN = """\
extends: base
name: A county of two jails
description: Its own sources, an agency and a jail more, and rules of its own.
jails:
  city_jail:
    capacity: {value: 40, source: our_survey}
    cost_day: {value: 120, source: our_survey}
    ice_days_a_week: 0
    model_287g: none
    deputized: 0
    deputized_staff: 0
    compliance: 1
    hold_limit: 48
    over_hold: 0.03
    over_hold_mean: 36
set:
  ice.at_large.interval: {value: 90, source: our_survey, range: [60, 120]}
rules:
  detainer.response:
    - when: {jail: city_jail}
      then: decline
    - otherwise: {hold: 0.5, notify: 0.5}
"""
WORK = """\
our_survey:
  title: A survey of our own
  year: 2024
  url: ""
  status: read
  confidence: low
"""


def test_a_file_of_ones_own_is_told_with_its_parts_rules_and_sources(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(WORK)
    path = tmp_path / "mine.yaml"
    path.write_text(OWN)
    world = sim.load(path)
    text = delta_odd(world)
    assert missing_from(text, world) == []
    assert "added to jails: `city_jail`" in part_of(text, "2. Entities, state variables, and scales")
    assert "| `jails.city_jail.capacity` | 40 | people |" in part_of(text, ELEMENTS[1])
    assert "removed: otherwise → hold 0.96, decline 0.04" in part_of(text, "4. Design concepts")
    same = part_of(text, "7. Submodels").partition("### Same value")[2]
    assert "| `ice.at_large.interval` | 90 | assumed | 20 to 200 | our_survey | 60 to 120 |" in same
    assert "| `our_survey` | A survey of our own | 2024 | low |" in part_of(text, "Sources cited here")
    assert "mine.yaml:" in text
    assert str(tmp_path) not in text, "a path of this machine"


def test_residents_from_a_table_are_told_by_its_name_alone(tmp_path: Path) -> None:
    columns = "household,neighbourhood,age,group,status,record,order,biometric,warrant,licensed,driving"
    (tmp_path / "people.csv").write_text(f"{columns}\n1,0,30,white,us_born,none,no,no,no,yes,1\n")
    path = tmp_path / "mine.yaml"
    path.write_text("extends: base\nname: A table\npopulation: {table: people.csv}\n")
    text = delta_odd(sim.load(path))
    assert "Residents are read from `people.csv`" in part_of(text, "6. Input data")
    assert str(tmp_path) not in text


def test_the_verb_writes_a_file_or_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new" / "delta.md"
    words = ["docs", "--delta", "base", "--lever", "cite_and_release=0.5"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert main([*words, "--out", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert file.read_text(encoding="utf-8") == said
    assert said == delta_odd(sim.load("base", levers=["cite_and_release=0.5"]))
