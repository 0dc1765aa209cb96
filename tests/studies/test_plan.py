"""What a caller asks of a study: one plan for all of them, and every mistake told together."""

import copy
import dataclasses
import doctest
import pickle
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.errors import InputError, Problems
from sim.model import Model
from sim.studies import run as run_module
from sim.studies.plan import Plan, PlanFields, load_worlds, note_repeats
from sim.studies.simulate import Settings

QUICK = Plan(residents=1_000, days=30, replications=2)


def test_every_field_of_a_plan_is_a_keyword_of_the_functions_that_take_one() -> None:
    assert set(PlanFields.__annotations__) == {field.name for field in dataclasses.fields(Plan)}


def test_the_example_in_the_docstring_of_run_runs() -> None:
    (test,) = doctest.DocTestFinder().find(run_module.run, "run", globs={})
    assert doctest.DocTestRunner().run(test).failed == 0


def test_a_plan_and_keywords_ask_for_the_same() -> None:
    by_plan = sim.run("base", plan=QUICK, seed=5)
    by_name = sim.run("base", residents=1_000, days=30, replications=2, seed=5)
    assert by_plan.settings == by_name.settings == Settings(1_000, 30, 5, 2, 0.0)
    assert by_plan.summaries()[0] == by_name.summaries()[0]


def test_a_comparison_takes_a_plan_too_and_may_keep_its_events() -> None:
    done = sim.compare("base", ["null"], plan=QUICK, keep_log=True)
    assert done.settings == Settings(1_000, 30, 1, 2, 0.0)
    assert all(result.events is not None for world in done.results for result in world)


def test_a_keyword_that_no_plan_has_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"sim\.run: there is no keyword 'dayz'(.*\n)*.*did you mean: days"
    ) as caught:
        sim.run("base", dayz=3)  # type: ignore[call-arg]
    assert isinstance(caught.value, InputError)
    with pytest.raises(InputError, match="did you mean: levers"):
        sim.compare("base", [], lever="null")  # type: ignore[call-arg]
    with pytest.raises(InputError, match="did you mean: residents"):
        Plan(resident=3)  # type: ignore[call-arg]
    with pytest.raises(InputError, match="did you mean: replications"):
        Plan().but(replication=3)  # type: ignore[call-arg]


def test_a_plan_is_checked_when_it_is_made() -> None:
    with pytest.raises(InputError) as caught:
        Plan(residents="x", days=-1, keep_log="no", progress=3)  # type: ignore[arg-type]
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="seed"):
        dataclasses.replace(QUICK, seed=-1)


def test_a_changed_plan_is_checked_with_all_else_that_is_asked() -> None:
    plan = QUICK.but(residents=-1)
    assert (plan.residents, plan.days, plan.replications) == (-1, 30, 2)
    with pytest.raises(InputError) as caught:
        sim.run("nowhere", plan=plan)
    assert len(caught.value.problems) == 2
    assert QUICK.but() == QUICK == pickle.loads(pickle.dumps(QUICK)) == copy.deepcopy(QUICK)


def test_outcomes_are_counted_from_the_end_of_the_warm_up() -> None:
    run = sim.run("base", residents=3_000, days=60, replications=1, warm_up=40, keep_log=True)
    model = Model("base", residents=3_000)
    model.run_until(40)
    before = model.counts.tally
    model.run_until(100)
    (result,) = run.results
    assert np.array_equal(result.counts.tally, model.counts.tally - before)
    assert before.sum() > 0
    assert (result.counts.days, run.settings.warm_up) == (60, 40)
    assert result.events is not None
    assert result.events.time.min() < 40 < result.events.time.max() <= 100


def test_both_worlds_of_a_comparison_are_warmed_up() -> None:
    done = sim.compare("base", ["cite_and_release"], plan=QUICK, warm_up=20)
    alone = sim.run("base", plan=QUICK, warm_up=20)
    assert np.array_equal(done.results[0][1].counts.tally, alone.results[1].counts.tally)
    assert done.settings.warm_up == 20


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf"), 1e6, "ten", True])
def test_a_warm_up_out_of_bounds_is_told_with_the_other_numbers(days: object) -> None:
    with pytest.raises(InputError) as caught:
        Plan().but(days=-1, warm_up=days).check(option="--", precision=0)  # type: ignore[arg-type]
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "--warm-up" in text
    assert "--days" in text
    assert "--precision" in text


def told(scenario: str, levers: list[str], settings: list[str]) -> str:
    problems = Problems()
    load_worlds(scenario, [levers], settings, problems)
    return "\n".join(map(str, problems.found))


def test_levers_are_looked_at_even_where_there_is_no_scenario() -> None:
    text = told("no_such_county", ["data_firewal", "data_firewall"], [])
    assert "no such scenario" in text
    assert "did you mean: data_firewall" in text
    assert text.count("unknown lever") == 1


def test_numbers_levers_and_settings_are_told_together_to_python_too() -> None:
    for study in (sim.run, sim.compare):
        with pytest.raises(InputError) as caught:
            study("base", ["nonsense"], set_values=["run.dayz=3"], days=-1, warm_up=-1)
        text = str(caught.value)
        for part in ("nonsense", "run.days", "days is out of bounds", "warm_up is out of bounds"):
            assert part in text


def test_a_path_that_is_set_twice_is_an_error_that_names_both() -> None:
    problems = Problems()
    given = ["run.days=30", "run.seed=1", " run.days =60", "run.seed=2", "run.seed=3", "ice.x=1"]
    note_repeats(given, problems)
    texts = [problem.what for problem in problems.found]
    assert texts == [
        "--set run.days is given more than once: run.days=30 and run.days =60",
        "--set run.seed is given more than once: run.seed=1 and run.seed=2 and run.seed=3",
    ]
    assert "given more than once" in told("base", [], ["run.days=30", "run.days=30"])


def test_a_lever_or_a_parameter_that_is_given_twice_is_an_error_that_names_both() -> None:
    text = told("base", ["data_firewall=0.5", "data_firewall=0.75"], [])
    assert "data_firewall=0.5 and data_firewall=0.75" in text
    text = told("base", ["ice_effort=effort:0.5,hours:2,effort:0.9"], [])
    assert "parameter 'effort' is given more than once: effort:0.5 and effort:0.9" in text
    with pytest.raises(InputError, match="--lever null is given more than once"):
        sim.compare("base", ["null", "null"], plan=QUICK)


def test_one_lever_at_two_strengths_is_compared_but_not_combined() -> None:
    levers = ["data_firewall=0.5", "data_firewall=0.75"]
    assert sim.compare("base", levers, plan=QUICK).names == ("base", *levers)
    with pytest.raises(InputError, match=r"data_firewall=0\.5 and data_firewall=0\.75"):
        sim.compare("base", levers, combined=True, plan=QUICK)


LEVER = """\
title: My own
claim: Data stay here.
stage: sharing
systems: []
sources: [{source}]
parameters:
  share: {{default: 0.5, bounds: [0, 1], unit: probability, source: assumed, doc: it}}
patch:
  set: {{sharing.compliance: $share}}
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder, which is the present one, of a lever file of somebody's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    (tmp_path / "my/own.yaml").write_text(LEVER.format(source="seed_reports"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", ["my/own.yaml", "./my/own.yaml", "my/own", "{here}/my/own.yaml"])
def test_a_lever_may_be_a_file_of_ones_own(own: Path, path: str) -> None:
    path = path.format(here=own)
    world = sim.load("base", levers=[path])
    assert [lever.label for lever in world.levers] == ["own"]
    assert world.settings.sharing.compliance == 0.5
    assert sim.load("base", levers=[f"{path}=0.25"]).settings.sharing.compliance == 0.25
    assert sim.load("base", levers=[f"{path}=share:0.75"]).settings.sharing.compliance == 0.75


def test_a_folder_with_an_equals_sign_is_no_parameter(own: Path) -> None:
    (own / "my").rename(own / "a=b")
    assert sim.load("base", levers=["a=b/own.yaml=0.25"]).settings.sharing.compliance == 0.25


def test_a_lever_of_ones_own_cites_the_bibliography_beside_it(own: Path) -> None:
    (own / "my/own.yaml").write_text(LEVER.format(source="diary"), encoding="utf-8")
    with pytest.raises(InputError, match="unknown source 'diary'"):
        sim.load("base", levers=["my/own.yaml"])
    (own / "my/sources.yaml").write_text("diary: {title: Mine, url: '', status: read, confidence: low}\n")
    assert sim.load("base", levers=["my/own.yaml"]).levers[0].name == "own"


def test_a_lever_file_is_compared_under_the_name_it_was_given(own: Path) -> None:
    done = sim.compare("base", ["my/own.yaml=0.25", "null"], plan=QUICK)
    assert done.names == ("base", "my/own.yaml=0.25", "null")


@pytest.mark.parametrize(
    ("lever", "what"),
    [
        ("my/other.yaml", "there is no such file"),
        ("my", "unknown lever 'my'"),
        ("my/", "there is no such file"),
        ("my/own.yaml=much", "not a lever"),
        ("my/own.yaml=2", "own: share is out of bounds"),
        ("my/2nd-try.yaml", "a plain word"),
        (f"./{'x' * 300}.yaml", "no file can have this name"),
        ("x" * 300, "the name of a lever is too long"),
        ("my/\0.yaml", "there is no such file"),
    ],
)
def test_a_lever_file_that_cannot_be_is_told(own: Path, lever: str, what: str) -> None:
    (own / "my/2nd-try.yaml").write_text(LEVER.format(source="seed_reports"), encoding="utf-8")
    with pytest.raises(InputError, match=what):
        sim.load("base", levers=[lever])


def test_a_name_that_no_file_can_have_is_told_in_a_scenario_too(own: Path) -> None:
    for levers in (f"[{'x' * 300}]", f"[{'x' * 300}: 0.5]"):
        (own / "world.yaml").write_text(f"extends: base\nlevers: {levers}\n", encoding="utf-8")
        with pytest.raises(InputError, match="the name of a lever is too long"):
            sim.load(own / "world.yaml")
