"""`check_file` tells what a file is and checks it in full, and every shipped file passes."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.check import check_file
from tests.scenario.conftest import Write

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    [*(ROOT / "scenarios").rglob("*.yaml"), *(ROOT / "experiments").rglob("experiment.yaml")],
    key=lambda path: path.as_posix(),
)
LEVER = """\
title: A lever
claim: It does something.
stage: custody
systems: [9]
sources: [own_estimate]
parameters:
  share: {default: 0.5, bounds: [0, 1], unit: share, source: assumed, doc: it}
patch:
  rules:
    detainer.response:
      before:
        - when: {warrant: judicial}
          then: {hold: $share, decline: rest}
"""
EXPERIMENT = """\
question: How much?
scenario: main
parameters: {sharing.compliance: {grid: [0, 1]}}
design: {kind: grid}
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_shipped_file_passes(path: Path) -> None:
    check_file(path)


def test_the_base_scenario_and_the_bibliography_are_among_them() -> None:
    assert {ROOT / "scenarios/base.yaml", ROOT / "scenarios/sources.yaml"} <= set(SHIPPED)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("main.yaml", "extends: base\n", "scenario"),
        ("levers/lever.yaml", LEVER, "lever"),
        ("presets/neutral.yaml", LEVER, "lever"),
        ("elsewhere.yaml", LEVER, "lever"),
        ("question/experiment.yaml", EXPERIMENT.replace("main", "../main"), "experiment"),
        ("my_design.yaml", EXPERIMENT, "experiment"),
        ("levers/world.yaml", "extends: base\n", "scenario"),
        ("sources.yaml", "a_b: {title: A, url: '', status: read, confidence: low}\n", "sources"),
    ],
)
def test_the_kind_of_a_file_is_told_by_what_it_says(name: str, text: str, kind: str, tree: Write) -> None:
    main = tree("extends: base\n", {name: text})
    assert check_file(main.parent / name) == kind


def problems_of(path: Path) -> list[tuple[str, int, int]]:
    with pytest.raises(InputError) as caught:
        check_file(path)
    return [(p.what, p.where.line, p.where.column) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "what", "line", "column"),
    [
        ("patch:", "pach:", "unknown key pach", 8, 1),
        ("detainer.response:\n", "detainer.respons:\n", "unknown table", 10, 5),
        ("warrant: judicial", "warrant: judical", "unknown value of warrant", 12, 27),
        ("before:", "after:", "on the base scenario this row can never fire", 12, 11),
        ("bounds: [0, 1]", "bounds: [0, 2]", "the chance of hold is not a probability", 13, 24),
        ("bounds: [0, 1]", "bounds: [-1, 1]", "the chance of hold is not a probability", 13, 24),
        ("systems: [9]", "systems: [26]", "systems.0 is too large", 4, 11),
        ("systems: [9]", "systems: nine", "systems must be a list", 4, 10),
        ("title: A lever", "title: ''", "title is empty", 1, 8),
        ("share: {", "Share: {", "parameters.Share is not of the form", 7, 3),
    ],
)
def test_a_lever_is_tried_on_the_base_scenario_at_both_bounds(
    old: str, new: str, what: str, line: int, column: int, tree: Write
) -> None:
    main = tree("extends: base\n", {"levers/lever.yaml": LEVER.replace(old, new)})
    found = problems_of(main.parent / "levers/lever.yaml")
    assert [(x, y) for said, x, y in found if what in said][:1] == [(line, column)], found


def test_a_lever_is_tried_on_the_base_of_its_own_tree(tree: Write) -> None:
    files = {"levers/lever.yaml": LEVER, "base.yaml": "extends: nowhere\n"}
    assert "no such scenario to extend" in problems_of(tree("", files).parent / "levers/lever.yaml")[0][0]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a_b: {title: A, url: '', status: read}\n", "a_b lacks confidence"),
        ("a_b: {title: A, url: '', status: red, confidence: low}\n", "not one of the choices"),
        ("A-B: {title: A, url: '', status: read, confidence: low}\n", "not of the form"),
        ("a_b: {title: A, url: '', status: read, confidence: low, yaer: 2020}\n", "unknown key a_b.yaer"),
        ("- a\n", "must be a mapping"),
    ],
)
def test_a_wrong_bibliography_is_told_its_error(text: str, what: str, tree: Write) -> None:
    path = tree("extends: base\n", {"sources.yaml": text}).with_name("sources.yaml")
    assert what in problems_of(path)[0][0]


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_what_is_no_file_is_an_input_error(name: str, tmp_path: Path) -> None:
    problems_of(tmp_path / name)


def test_a_lever_is_told_all_its_errors_at_once(tree: Write) -> None:
    """Its form, its parameters, its sources and its patch, whatever else is wrong."""
    text = """\
title: A lever
claim: ""
stage: nowhere
systems: [99]
sources: [nobody]
contradicts: {no_such_lever: it says otherwise}
parameters:
  share: {default: 0.5, bounds: [0.8], unit: sharee, source: nowhere_read}
  other: {default: 5, bounds: [0, 1], unit: probability, source: assumed, doc: it}
patch:
  set:
    sharing.complianse: $share
    run.days: $none
"""
    path = tree("extends: base\n", {"levers/lever.yaml": text}).parent / "levers/lever.yaml"
    told = {(what, line) for what, line, _ in problems_of(path)}
    assert told == {
        ("claim is empty", 2),
        ("stage: 'nowhere' is not one of the choices", 3),
        ("systems.0 is too large", 4),
        ("unknown source 'nobody'", 5),
        ("unknown lever 'no_such_lever'", 6),
        ("parameters.share lacks doc", 8),
        ("parameters.share.bounds has too few entries", 8),
        ("parameters.share.unit: no number of a scenario has the unit 'sharee'", 8),
        ("unknown source 'nowhere_read'", 8),
        ("parameter other is used nowhere in the patch", 9),
        ("parameters.other.default: must lie between 0 and 1", 9),
        ("unknown setting 'sharing.complianse'", 12),
        ("the lever has no parameter $none", 13),
    }


def test_names_and_sums_are_asked_for_beside_other_errors(tree: Write) -> None:
    text = (
        "extends: base\n"
        "run: {days: x}\n"
        "population: {groups: {white: x, blak: 0.3}, statuses: {undocumented: 0.99}}\n"
        "agencies: {sheriff: {jail: nojail}}\n"
        "operations: {blitz: {agency: nobody}}\n"
    )
    told = {(what, line) for what, line, _ in problems_of(tree(text, {}))}
    assert {
        ("run.days must be a number", 2),
        ("population.groups.white must be a number", 3),
        ("population.groups.blak: unknown name 'blak'", 3),
        ("agencies.sheriff.jail: no jail is named 'nojail'", 4),
        ("operations.blitz.agency: no agency is named 'nobody'", 5),
    } <= told
    assert any("shares sum to" in what for what, _ in told)
