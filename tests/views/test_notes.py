"""A table of residents stands for most of `population`: which settings still act, and that it is said."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

import sim
from sim.cli import main
from sim.model import Model
from sim.population.synthesis import build
from sim.population.table_files import COLUMNS, WORDS
from sim.scenario.loader import LoadedScenario
from sim.views.notes import BESIDE_A_TABLE, notes_on

SMALL = ("--days", "5", "--replications", "1")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a scenario with a table of 400 residents."""
    folder = tmp_path_factory.mktemp("county")
    people = build(sim.load("base").settings.population, 400, np.uint64(3)).residents
    with (folder / "residents.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for person in people:
            writer.writerow([WORDS[c][int(person[c])] if c in WORDS else person[c] for c in COLUMNS])
    path = folder / "county.yaml"
    path.write_text("extends: base\npopulation: {table: residents.csv}\n", encoding="utf-8")
    return path


def otherwise(value: Any) -> Any:
    """Give another value of the same kind, which need not be a sensible one."""
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: otherwise(x) for name, x in value})
    if isinstance(value, dict):
        return {name: otherwise(x) for name, x in value.items()}
    if isinstance(value, str):
        laws = {"lawful_presence", "regardless_of_status"} - {value}
        return laws.pop()
    return value + 3 if isinstance(value, int) else value / 2 + 0.01


def with_population(world: LoadedScenario, **changes: Any) -> LoadedScenario:
    (phase,) = world.phases
    population = phase.settings.population.model_copy(update=changes)
    settings = phase.settings.model_copy(update={"population": population})
    return replace(world, phases=(replace(phase, settings=settings),))


def lived(world: LoadedScenario) -> list[Any]:
    """Give what a world with its people is and does in a year."""
    model = Model(world)
    people = model.people.residents.tolist(), model.people.tie_to.tolist()
    capacities = model.world.officers.tolist(), model.world.jails.tolist(), model.world.budgets.tolist()
    model.run_until(365)
    return [*people, *capacities, model.world.tally.tolist()]


def test_only_what_the_note_names_still_acts(county: Path) -> None:
    world = sim.load(county)
    population = world.settings.population
    reference = lived(world)
    acting = {
        name
        for name in set(type(population).model_fields) - {"table"}
        if lived(with_population(world, **{name: otherwise(getattr(population, name))})) != reference
    }
    assert acting == set(BESIDE_A_TABLE)
    (note,) = notes_on(world)
    assert all(name in note for name in ("residents.csv", *BESIDE_A_TABLE))


def test_a_scenario_without_a_table_needs_no_note() -> None:
    assert notes_on(sim.load("base")) == []


def test_an_operation_that_is_not_what_it_asks_for_is_told() -> None:
    late = ["operations.saturation.begins=400", "operations.saturation.officers=50"]
    lever = ["saturation_operation=stops:1000"]
    assert notes_on(sim.load("base", levers=["saturation_operation"])) == []
    told = notes_on(sim.load("base", levers=lever, settings=late))
    assert told[:2] == [
        "--set operations.saturation.begins overrides lever saturation_operation.",
        "--set operations.saturation.officers overrides lever saturation_operation.",
    ]
    rate = "stops a day per 100,000 residents"
    assert told[2:] == [
        "Operation saturation begins on day 400, and the run ends on day 365.",
        "Operation saturation asks for 50 officers, and state_police has 18: these are sent.",
        f"The officers of operation saturation can make 260 of its 1000 {rate} (stops.most_a_day).",
    ]
    short = notes_on(sim.load("base", levers=["saturation_operation"]), 50)
    assert short == ["Operation saturation begins on day 60, and the run ends on day 50."]


@pytest.mark.parametrize(
    "words", [("check",), ("run", *SMALL), ("compare", "--lever", "null", *SMALL), ("check", "--json")]
)
def test_every_verb_that_reads_a_table_says_so_on_stderr(
    capsys: pytest.CaptureFixture[str], county: Path, words: tuple[str, ...]
) -> None:
    assert main([words[0], str(county), *words[1:]]) == 0
    done = capsys.readouterr()
    assert done.err.count("county_residents, neighbourhoods and ties still act") == 1
    assert ("still act" in done.out) == ("--json" in words)


def test_a_note_is_no_problem(capsys: pytest.CaptureFixture[str], county: Path) -> None:
    assert main(["check", str(county), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert found["problems"] == []
    assert len(found["notes"]) == 1


def test_another_number_of_residents_than_the_table_has_is_told_before_the_run(
    capsys: pytest.CaptureFixture[str], county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.views.console.compile_first", lambda: pytest.fail("compiling has begun"))
    assert main(["run", str(county), "--residents", "500"]) == 2
    assert "400, all of the table" in capsys.readouterr().err
