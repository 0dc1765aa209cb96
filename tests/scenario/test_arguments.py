"""What Python code hands over: one text is a list of one, and what is no text is told in full."""

from pathlib import Path
from typing import Any

import pytest

import sim
from sim.errors import InputError, Problems
from sim.scenario.arguments import function, is_path, texts

WHERE = function("sim.run")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("data_firewall", ["data_firewall"]),
        (Path("levers/own.yaml"), ["levers/own.yaml"]),
        (["a", Path("b.yaml")], ["a", "b.yaml"]),
        (("a", "b"), ["a", "b"]),
        ((x for x in "ab"), ["a", "b"]),
        ([], []),
    ],
)
def test_a_text_is_a_list_of_one_and_a_path_is_its_text(given: Any, found: list[str]) -> None:
    problems = Problems()
    assert texts(given, "levers", WHERE, problems) == found
    assert problems.found == []


@pytest.mark.parametrize("given", [None, 3, {"a": 1}, [3], [None], [b"x"], b"x"])
def test_what_is_no_text_is_told(given: Any) -> None:
    problems = Problems()
    assert texts(given, "levers", WHERE, problems) == []
    assert problems.found
    assert all("levers" in problem.what and problem.allowed for problem in problems.found)
    assert all(str(problem).startswith("sim.run: ") for problem in problems.found)


def test_a_path_is_a_text_or_a_path() -> None:
    problems = Problems()
    assert is_path("base", "the scenario", WHERE, problems, "a file")
    assert is_path(Path("base"), "the scenario", WHERE, problems, "a file")
    assert not is_path(None, "the scenario", WHERE, problems, "a file")
    assert [problem.allowed for problem in problems.found] == ["a file"]


def test_load_takes_one_lever_and_one_setting_and_tells_all_that_is_wrong() -> None:
    loaded = sim.load("base", levers="data_firewall=0.5", settings="run.days=30")
    assert [lever.label for lever in loaded.levers] == ["data_firewall=0.5"]
    assert loaded.settings.run.days == 30
    assert sim.load("base", levers={"data_firewall": 0.5}).levers == loaded.levers
    for scenario in (None, 3, loaded):
        with pytest.raises(InputError) as caught:
            sim.load(scenario, levers=3, settings=[None])  # type: ignore[arg-type, list-item]
        assert len(caught.value.problems) == 3
