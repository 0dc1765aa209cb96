"""Experiments are checked against the scenario that they vary."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.experiment import load_experiment
from tests.scenario.conftest import Write

TEXT = """\
question: How much does compliance matter?
scenario: main.yaml
replications: 4
residents: 500
outcomes: [transfers]
parameters:
  sharing.compliance: {range: [0.2, 0.9]}
  population.open_warrant: passport
design: {kind: latin_hypercube, points: 8}
"""
LEVER = """\
title: A lever
claim: It does something.
stage: sharing
systems: [11]
sources: [own_estimate]
parameters:
  to: {default: 0.5, bounds: [0, 1], unit: share, source: assumed, doc: it}
patch:
  set: {state.compliance: $to}
"""


@pytest.fixture
def experiment(tree: Write) -> Write:
    """Give a function that writes an experiment beside a small scenario and returns its path."""

    def write(text: str, files: dict[str, str] | None = None) -> Path:
        given = {"experiment.yaml": text, "levers/lever.yaml": LEVER} | (files or {})
        return tree("extends: base\n", given).with_name("experiment.yaml")

    return write


def test_an_experiment_resolves_its_scenario_overrides_and_factors(experiment: Write) -> None:
    found = load_experiment(experiment(TEXT + "throughout: [lever: 0.25]\n"))
    assert (found.scenario.settings.run.replications, found.scenario.settings.run.residents) == (4, 500)
    assert found.scenario.settings.state.compliance == 0.25
    compliance, warrant = found.factors
    assert (compliance.passport.path, compliance.range) == ("sharing.compliance", (0.2, 0.9))
    assert warrant.range == warrant.passport.range is not None


def test_a_grid_keeps_its_values(experiment: Write) -> None:
    text = TEXT[: TEXT.index("parameters")] + "parameters:\n  sharing.compliance: {grid: [0, 0.5, 1]}\n"
    (factor,) = load_experiment(experiment(text + "design: {kind: grid}\n")).factors
    assert (factor.grid, factor.range) == ((0, 0.5, 1), None)


def test_a_csv_design_names_its_parameters_in_its_head(experiment: Write) -> None:
    text = "question: Which?\nscenario: main.yaml\ndesign: {kind: csv, file: points.csv}\n"
    points = "sharing.compliance,population.open_warrant\n0.1,0.03\n0.9,0.06\n"
    found = load_experiment(experiment(text, {"points.csv": points}))
    assert [f.name for f in found.factors] == ["sharing.compliance", "population.open_warrant"]
    assert found.points == ((0.1, 0.03), (0.9, 0.06))


ARMS = """\
question: Which?
scenario: main.yaml
residents: 500
throughout: [cite_and_release]
set: {sharing.compliance: 0.7}
levers: [data_firewall, lever, [data_firewall, lever]]
presets: [neutral, critic_favourable]
parameters:
  data_firewall.compliance: passport
  lever.to: {range: [0.1, 0.2]}
design: {kind: sobol, points: 4}
"""


def test_the_arms_are_the_base_each_lever_and_levers_together(experiment: Write) -> None:
    found = load_experiment(experiment(ARMS))
    assert [arm.name for arm in found.arms] == [
        "base",
        "data_firewall",
        "lever",
        "data_firewall + lever",
    ]
    assert [lever.name for lever in found.scenario.levers] == ["cite_and_release"]
    assert found.scenario.settings.sharing.compliance == 0.7
    assert [preset.name for preset in found.presets] == ["neutral", "critic_favourable"]
    firewall, to = found.factors
    assert (firewall.lever, firewall.range, firewall.passport.unit) == (
        "data_firewall",
        (0, 1),
        "probability",
    )
    assert (to.lever, to.range) == ("lever", (0.1, 0.2))


def test_a_factor_of_a_lever_is_set_in_the_arms_that_use_it_and_wins(experiment: Write) -> None:
    found = load_experiment(experiment(ARMS))
    values = {"data_firewall.compliance": 0.6, "lever.to": 0.15}
    base, firewall, lever, both = (found.world(arm, None, values) for arm in found.arms)
    assert base.digest == found.world(found.arms[0]).digest
    assert firewall.levers[-1].parameters == {"compliance": 0.6}
    assert lever.settings.state.compliance == both.settings.state.compliance == 0.15


def test_a_preset_lies_under_the_levers_and_over_the_scenario(experiment: Write) -> None:
    found = load_experiment(experiment(ARMS))
    critic = found.presets[1]
    world = found.world(found.arms[0], critic)
    moved = {path for a in critic.file.assumptions.values() for path in a.set}
    assert moved
    assert world.digest != found.scenario.digest


def test_nothing_need_be_varied_where_levers_are_compared(experiment: Write) -> None:
    text = "question: Which?\nscenario: main.yaml\nlevers: [lever]\n"
    found = load_experiment(experiment(text))
    assert (found.factors, found.points, len(found.arms)) == ((), (), 2)


CRITIC = "presets: [critic_favourable]\ndesign: {kind: sobol, points: 2}\nparameters:\n  "

# What is added to an experiment that compares one lever, and what is said of it.
WRONG_ARMS = [
    ("levers: [lever, lever]", "lever is compared twice", 3),
    ("levers: [[lever, lever]]", "is listed twice", 3),
    ("levers: [levr]", "unknown lever 'levr'", 3),
    ("levers: [base]", "unknown lever 'base'", 3),
    ("levers: lever", "levers must be a list", 3),
    ("levers: [[]]", "there is no lever in this list", 3),
    ("levers: [lever]\nthroughout: [lever: 0.2]", "is listed twice", 3),
    ("levers: [lever]\npresets: [critic]", "unknown preset", 4),
    ("levers: [lever]\npresets: [neutral, neutral]", "named twice", 4),
    ("levers: [lever]\nset: {sharing.complianse: 1}", "sharing.complianse", 4),
    ("levers: [lever]\nwarm_up: -1", "warm_up is too small", 4),
    (
        "levers: [lever]\nparameters: {lever.form: passport}\ndesign: {kind: sobol, points: 2}",
        "unknown par",
        4,
    ),
    (
        "levers: [lever]\nparameters: {lever.to: {range: [0, 2]}}\ndesign: {kind: sobol, points: 2}",
        "bounds",
        4,
    ),
    (
        "levers: [lever: 0.5]\nparameters: {lever.to: passport}\ndesign: {kind: sobol, points: 2}",
        "given here",
        3,
    ),
    ("levers: [lever]\nparameters: {lever.to: passport}", "a `design` belongs to `parameters`", 1),
    ("levers: [lever]\ndesign: {kind: grid}", "a `design` belongs to `parameters`", 1),
    ("outcomes: [transfers]", "nothing to compare or to vary", 1),
    (
        f"{CRITIC}community.offending.elasticity: passport",
        "preset critic_favourable sets it",
        6,
    ),
    (
        f"{CRITIC}agencies.sheriff.pretext.chance: passport",
        "preset critic_favourable sets it",
        6,
    ),
]


@pytest.mark.parametrize(("text", "what", "line"), WRONG_ARMS, ids=lambda x: str(x)[:40])
def test_wrong_arms_are_told(text: str, what: str, line: int, experiment: Write) -> None:
    path = experiment(f"question: Which?\nscenario: main.yaml\n{text}\n")
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    told = [(p.what, p.where.line) for p in caught.value.problems]
    assert any(what in found and at == line for found, at in told), told


# What is replaced in the experiment above, by what, and the error: what it says, line, column, nearest.
WRONG = [
    ("question: How much does compliance matter?\n", "", "lacks question", 1, 1, None),
    ("question:", "queston:", "unknown key queston", 1, 1, "question"),
    ("scenario: main.yaml", "scenario: mian", "no such scenario", 2, 11, "main"),
    ("scenario: main.yaml", "scenario: 5", "scenario must be text", 2, 11, None),
    ("replications: 4", "replications: 0", "run.replications is too small", 3, 15, None),
    ("residents: 500", "residents: few", "run.residents must be a whole number", 4, 12, None),
    ("[transfers]", "[Transfers!]", "outcomes.0 is not of the form", 5, 12, None),
    ("[transfers]", "transfers", "outcomes must be a list", 5, 11, None),
    ("sharing.compliance:", "sharing.complianse:", "unknown parameter", 7, 3, "sharing.compliance"),
    ("[0.2, 0.9]", "[0.2, 9]", "sharing.compliance is out of bounds", 7, 37, None),
    ("[0.2, 0.9]", "[0.9, 0.2]", "the lower end comes first", 7, 31, None),
    ("[0.2, 0.9]", "[0.2, .inf]", "must be a finite number", 7, 37, None),
    ("[0.2, 0.9]", "[0, 0.9], distribution: log_uniform", "begins above zero", 7, 31, None),
    ("[0.2, 0.9]", "[0.2, 0.9], distribution: normal", "not one of the choices", 7, 57, None),
    ("range: [0.2, 0.9]", "rnage: [0.2, 0.9]", "unknown key sharing.compliance.rnage", 7, 24, "range"),
    ("{range: [0.2, 0.9]}", "0.5", "not a grid or a range", 7, 23, None),
    ("{range: [0.2, 0.9]}", "{grid: [0.5]}", "draws from ranges", 7, 30, None),
    ("{range: [0.2, 0.9]}", "{grid: [7]}", "sharing.compliance is out of bounds", 7, 31, None),
    ("{range: [0.2, 0.9]}", "{grid: [0.5, 0.2, 0.5]}", "is there already", 7, 41, None),
    ("replications: 4", "replications: 4\nwarm_up: .nan", "must be a finite number", 4, 10, None),
    ("design: {kind: latin_hypercube, points: 8}", "", "a range needs a design", 7, 23, None),
    ("{range: [0.2, 0.9]}", "{}", "sharing.compliance: neither a grid nor a range", 7, 23, None),
    (
        "{range: [0.2, 0.9]}",
        "{distribution: uniform}",
        "sharing.compliance: give either a `grid` or a `range`",
        7,
        23,
        None,
    ),
    ("population.open_warrant", "run.seed", "cannot be varied", 8, 3, None),
    ("kind: latin_hypercube", "kind: latin_square", "not one of the choices", 9, 16, None),
    (", points: 8", "", "needs `points`", 9, 9, None),
    ("latin_hypercube, points: 8", "sobol, points: 9", "a power of two, such as 8 or 16", 9, 31, None),
    ("latin_hypercube, points: 8", "grid", "a grid design needs a grid of values", 7, 23, None),
    ("kind: latin_hypercube, points: 8", "kind: csv", "a csv design needs one", 9, 9, None),
    ("points: 8", "points: 8, file: a.csv", "`file` belongs to a csv design", 9, 9, None),
]


@pytest.mark.parametrize(
    ("old", "new", "what", "line", "column", "nearest"), WRONG, ids=lambda x: str(x)[:40]
)
def test_a_wrong_experiment_is_told_its_error(
    old: str, new: str, what: str, line: int, column: int, nearest: str | None, experiment: Write
) -> None:
    path = experiment(TEXT.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    problems = caught.value.problems
    (problem, *_) = [p for p in problems if what in p.what] or pytest.fail(str(caught.value))
    assert problem.where.file == path
    assert (problem.where.line, problem.where.column) == (line, column)
    assert nearest is None or problem.nearest == nearest


@pytest.mark.parametrize(
    ("points", "what", "line"),
    [
        ("", "a line of names", 1),
        ("\n \n\n", "a line of names", 1),
        ("sharing.compliance\n", "a line of names", 1),
        ("sharing.compliance,population.open_warrant,sharing.compliance\n0.5,0.01,0.2\n", "two columns", 1),
        ("sharing.compliance\n\n1_0\n", "not a number", 3),
        (f'sharing.compliance\n"{"1" * 200_000}"\n', "the line cannot be read", 2),
        ("sharing.complianse\n0.5\n", "unknown parameter", 1),
        ("sharing.compliance\n7\n", "out of bounds", 2),
        ("sharing.compliance\nnan\n", "not a number", 2),
        ("sharing.compliance\ninf\n", "not a number", 2),
        ("sharing.compliance\nmuch\n", "not a number", 2),
        ("sharing.compliance\n0.1\n0.1,0.2\n", "2 values for 1 columns", 3),
    ],
)
def test_a_wrong_table_of_points_is_told_its_line(
    points: str, what: str, line: int, experiment: Write
) -> None:
    text = "question: Which?\nscenario: main.yaml\ndesign: {kind: csv, file: points.csv}\n"
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text, {"points.csv": points}))
    (problem,) = caught.value.problems
    assert what in problem.what
    assert (problem.where.file.name if problem.where.file else "", problem.where.line) == ("points.csv", line)


def test_a_name_that_is_wrong_at_the_head_of_a_table_is_told_with_its_column(experiment: Write) -> None:
    text = "question: Which?\nscenario: main.yaml\ndesign: {kind: csv, file: points.csv}\n"
    points = "sharing.compliance, population.open_warant\n0.5,0.01\n"
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text, {"points.csv": points}))
    (problem,) = caught.value.problems
    assert (problem.where.line, problem.where.column, problem.nearest) == (1, 20, "population.open_warrant")


def test_blank_lines_of_a_table_of_points_are_passed_over(experiment: Write) -> None:
    text = "question: Which?\nscenario: main.yaml\ndesign: {kind: csv, file: points.csv}\n"
    found = load_experiment(experiment(text, {"points.csv": "sharing.compliance\n0.5\n\n0.75\n\n"}))
    assert found.points == ((0.5,), (0.75,))


def test_a_number_that_has_to_be_whole_is_varied_as_one(experiment: Write) -> None:
    text = TEXT.replace(
        "sharing.compliance: {range: [0.2, 0.9]}", "population.neighbourhoods: {range: RANGE}"
    )
    whole, _ = load_experiment(experiment(text.replace("RANGE", "[4, 9]"))).factors
    assert whole.whole
    assert isinstance(whole.passport.value, int)
    with pytest.raises(InputError, match=r"population\.neighbourhoods is not whole"):
        load_experiment(experiment(text.replace("RANGE", "[4, 9.5]")))


def test_every_wrong_cell_of_a_table_is_told_with_its_column(experiment: Write) -> None:
    text = "question: Which?\nscenario: main.yaml\ndesign: {kind: csv, file: points.csv}\n"
    points = "sharing.compliance,population.open_warrant\nnan,much\n0.5,0.01\n7,0.5\n"
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text, {"points.csv": points}))
    where = [(p.where.line, p.where.column) for p in caught.value.problems]
    assert where[:3] == [(2, 1), (2, 5), (4, 1)]


def test_what_is_wrong_is_told_though_scenario_and_keys_are_wrong_too(experiment: Write) -> None:
    text = (
        "queston: Why?\nscenario: mian\nreplications: 0\nresidents: many\ndays: -3\npresets: [neutrl]\n"
        "parameters:\n  sharing.compliance: {range: [5]}\n  population.open_warrant: {grid: [a, b]}\n"
        "design: {kind: sobol, points: 7}\n"
    )
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text))
    assert {p.where.line for p in caught.value.problems} == {1, 2, 3, 4, 5, 6, 8, 9, 10}


def test_parameters_are_told_though_levers_and_presets_are_wrong(experiment: Write) -> None:
    text = (
        "question: Why?\nscenario: main.yaml\n"
        "levers: [lever_, {lever: 3}, null, {data_firewall: {complience: 1}}]\npresets: [neutrl]\n"
        "parameters:\n  sharing.complianse: passport\n  lever.too: passport\n"
        "design: {kind: sobol, points: 7}\n"
    )
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text))
    told = {(p.where.line, p.where.column): p for p in caught.value.problems}
    assert sorted(told) == [(3, 10), (3, 26), (3, 30), (3, 53), (4, 11), (6, 3), (7, 3), (8, 31)]
    assert told[6, 3].nearest == "sharing.compliance"
    assert told[7, 3].nearest == "lever.to"
    assert "null needs quotes" in str(told[3, 30].allowed)


def test_options_that_differ_in_words_only_are_told(experiment: Write) -> None:
    levers = "[lever, {lever: 0.5}, {lever: {to: 0.5}}, lever: 0.25]"
    text = f"question: Which?\nscenario: main.yaml\nlevers: {levers}\n"
    with pytest.raises(InputError) as caught:
        load_experiment(experiment(text))
    told = [(p.where.line, p.where.column, p.what) for p in caught.value.problems]
    assert told == [(3, 18, "lever=0.5 is the same as lever"), (3, 32, "lever=to:0.5 is the same as lever")]


def test_a_shipped_scenario_is_tried_with_levers_beside_the_experiment(experiment: Write) -> None:
    text = "question: Which?\nscenario: places/davidson_tn\nlevers: [lever, data_firewall]\n"
    text += "parameters: {lever.to: passport}\ndesign: {kind: sobol, points: 2}\n"
    found = load_experiment(experiment(text))
    arm = found.arms[1]
    assert found.world(arm, None, {"lever.to": 0.125}).settings.state.compliance == 0.125


def test_a_study_that_draws_its_own_points_needs_no_design(experiment: Write) -> None:
    path = experiment(TEXT.replace("design: {kind: latin_hypercube, points: 8}\n", ""))
    found = load_experiment(path, own_design=False)
    assert [f.name for f in found.factors] == ["sharing.compliance", "population.open_warrant"]


def test_errors_of_experiment_scenario_and_lever_are_told_at_once(experiment: Write) -> None:
    text = TEXT.replace("latin_hypercube", "latin").replace("points: 8", "points: 0")
    path = experiment(text + "levers: [nobody]\n", {"main.yaml": "extends: base\nrun: {days: x}\n"})
    path.with_name("main.yaml").write_text("extends: base\nrun: {days: x}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    told = {(p.where.file.name if p.where.file else "", p.where.line) for p in caught.value.problems}
    assert told == {("experiment.yaml", 9), ("experiment.yaml", 10), ("main.yaml", 2)}


@pytest.mark.parametrize("text", ["", "[]", "question: [", "5"])
def test_what_is_no_experiment_at_all_is_an_input_error(text: str, experiment: Write) -> None:
    with pytest.raises(InputError):
        load_experiment(experiment(text))
