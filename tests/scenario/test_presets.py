"""Presets: the shipped ones are complete, and a wrong one is told all its errors, each where it stands."""

from pathlib import Path

import pytest

from sim.errors import InputError, Problem, Problems
from sim.scenario import tree
from sim.scenario.check import check_file
from sim.scenario.loader import load
from sim.scenario.presets import NEUTRAL, Preset, load_presets, presets_of, presets_tried
from tests.scenario.conftest import Write

SHIPPED = Path(__file__).parents[2] / "scenarios" / "presets"
PRESET = """\
title: Bold
claim: Much is at stake.
sources: [own_estimate]
assumptions:
  strong_chill:
    claim: Belief silences people.
    sources: [own_estimate]
    set:
      community.reporting.chill: {violent: 1, property: 1, domestic: 1}
  quiet:
    claim: Nobody hears of it.
    sources: [own_estimate]
    set:
      community.network.vicarious: 0.5
      community.offending.elasticity: 0
"""


def shipped() -> list[Preset]:
    problems = Problems()
    found = load_presets(SHIPPED, problems)
    problems.raise_if_any()
    return found


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        check_file(path)
    return caught.value.problems


# ---------------------------------------------------------------- the shipped ones


def test_the_neutral_preset_comes_first_and_assumes_nothing_of_its_own() -> None:
    first, *others = shipped()
    assert first.name == NEUTRAL
    assert first.file.assumptions == {}
    assert first.settings() == []
    assert [p.name for p in others] == ["critic_favourable", "supporter_favourable"]


def test_each_other_preset_says_for_each_assumption_what_where_and_by_whom() -> None:
    for preset in shipped()[1:]:
        assert len(preset.file.assumptions) >= 3
        for assumption in preset.file.assumptions.values():
            assert assumption.claim.endswith(".")
            assert assumption.sources
            assert assumption.set


def test_each_assumption_changes_the_neutral_world_and_lies_within_its_ranges() -> None:
    """An assumption is disputed because the evidence allows it: it stays in the range of its number."""
    base = load("base")
    plain = base.settings
    for preset in shipped()[1:]:
        for name, assumption in preset.file.assumptions.items():
            other = load("base", settings=preset.settings(name))
            assert other.settings != plain, (preset.name, name)
            for path in assumption.set:
                if path.startswith("community."):
                    inside = {
                        k: p for k, p in base.passports.items() if k == path or k.startswith(path + ".")
                    }
                    assert inside, path
                    for key, passport in inside.items():
                        low, high = passport.bounds or (0.0, 0.0)
                        value = other.passports[key].value
                        assert low <= value <= high, key


def test_presets_dispute_the_same_questions_in_opposite_directions() -> None:
    """Where both set a number, the neutral one stands between them."""
    neutral, critic, supporter = (load("base", settings=p.settings()) for p in shipped())
    both = set.intersection(*({x for a in p.file.assumptions.values() for x in a.set} for p in shipped()[1:]))
    assert len(both) >= 4
    for path in both:
        for key, passport in neutral.passports.items():
            if key == path or key.startswith(path + "."):
                low, high = sorted((critic.passports[key].value, supporter.passports[key].value))
                assert low <= passport.value <= high, key
                assert low < high, key


def test_settings_can_be_asked_for_one_assumption_or_for_all() -> None:
    critic = shipped()[1]
    some = critic.settings("strong_chill", "replaced_offenders")
    assert some == [
        'community.reporting.chill={"violent": 0.76, "property": 0.76, "domestic": 1.0}',
        "community.reporting.witness_chill=1.6",
        "community.offending.incapacitation=0",
    ]
    assert [s for name in critic.file.assumptions for s in critic.settings(name)] == critic.settings()


# ---------------------------------------------------------------- wrong ones


def test_a_sound_preset_passes_wherever_it_stands(tree: Write) -> None:
    main = tree("extends: base\n", {"presets/bold.yaml": PRESET, "levers/bold.yaml": PRESET})
    assert check_file(main.parent / "presets/bold.yaml") == "preset"
    assert check_file(main.parent / "levers/bold.yaml") == "preset"


@pytest.mark.parametrize(
    ("old", "new", "what", "line", "column"),
    [
        ("title: Bold", "titel: Bold", "unknown key titel", 1, 1),
        ("title: Bold", "title: ''", "title is empty", 1, 8),
        ("claim: Belief silences people.", "claim: ''", "claim is empty", 6, 12),
        ("  quiet:", "  Quiet:", "assumptions.Quiet is not of the form", 10, 3),
        (
            "    sources: [own_estimate]\n    set:\n      community.network",
            "    set:\n      community.network",
            "lacks sources",
            10,
            3,
        ),
        ("sources: [own_estimate]\nassumptions", "sources: [nobody_2020]\nassumptions", "nobody_2020", 3, 10),
        ("vicarious: 0.5", "vicarius: 0.5", "community.network.vicarius", 14, 7),
        ("vicarious: 0.5", "vicarious: much", "community.network.vicarious", 14, 36),
        ("vicarious: 0.5", "vicarious: 40", "too large", 14, 36),
        (
            "{violent: 1, property: 1, domestic: 1}",
            "{violent: 1, property: -1, domestic: 1}",
            "must lie between 0 and 10",
            9,
            57,
        ),
    ],
)
def test_a_wrong_preset_is_told_its_error_where_it_stands(
    old: str, new: str, what: str, line: int, column: int, tree: Write
) -> None:
    assert old in PRESET
    main = tree("extends: base\n", {"presets/bold.yaml": PRESET.replace(old, new)})
    path = main.parent / "presets/bold.yaml"
    found = [p for p in problems_of(path) if what in p.what or what in str(p)]
    assert found, problems_of(path)
    assert found[0].where.file == path.resolve()
    assert (found[0].where.line, found[0].where.column) == (line, column), found


def test_a_number_that_two_assumptions_set_is_told_at_both(tree: Write) -> None:
    twice = PRESET.replace(
        "community.offending.elasticity: 0",
        "community.reporting.chill: {violent: 0, property: 0, domestic: 0}",
    )
    path = tree("extends: base\n", {"presets/bold.yaml": twice}).parent / "presets/bold.yaml"
    found = problems_of(path)
    assert [p.where.line for p in found] == [9, 15]
    assert all("set by more than one assumption" in p.what for p in found)


def test_all_errors_of_a_preset_are_told_at_once(tree: Write) -> None:
    wrong = (
        PRESET.replace("title: Bold", "title: ''")
        .replace("claim: Belief silences people.", "clam: Belief.")
        .replace("claim: Nobody hears of it.\n    sources: [own_estimate]", "claim: Nobody.\n    sources: []")
    )
    path = tree("extends: base\n", {"presets/bold.yaml": wrong}).parent / "presets/bold.yaml"
    lines = {p.where.line for p in problems_of(path)}
    assert {1, 6, 12} <= lines
    unknown = PRESET.replace("community.network.vicarious", "community.netwrk.vicarious").replace(
        "elasticity: 0", "elasticity: 9"
    )
    path.write_text(unknown, encoding="utf-8")
    assert {p.where.line for p in problems_of(path)} == {14, 15}


def test_presets_of_a_folder_come_neutral_first_and_a_wrong_one_is_told(tree: Write) -> None:
    files = {
        "presets/aaa.yaml": PRESET,
        "presets/neutral.yaml": PRESET.split("assumptions")[0],
        "presets/zzz.yaml": PRESET.replace("title", "titel"),
    }
    folder = tree("extends: base\n", files).parent / "presets"
    problems = Problems()
    assert [p.name for p in load_presets(folder, problems)] == ["neutral", "aaa"]
    assert {p.where.file.name for p in problems.found if p.where.file} == {"zzz.yaml"}


def tried(folder: Path) -> list[Preset]:
    return presets_tried(tree.Tree(folder), Problems())


def names_and_titles(folder: Path) -> tuple[dict[str, str], Problems]:
    problems = Problems()
    return {p.name: p.file.title for p in presets_of(tree.Tree(folder), problems)}, problems


@pytest.mark.parametrize("files", [{}, {"lens.yaml": "title: Portrait\niso: 200\n"}, {"empty.yaml": ""}])
def test_a_folder_that_holds_no_preset_is_none_of_presets(tmp_path: Path, files: dict[str, str]) -> None:
    assert names_and_titles(tmp_path)[0] == {p.name: p.file.title for p in shipped()}
    (tmp_path / "presets" / "folder.yaml").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "presets" / name).write_text(text, encoding="utf-8")
    found, problems = names_and_titles(tmp_path)
    assert list(found) == [p.name for p in shipped()] == [p.name for p in tried(tmp_path)]
    assert problems.found == []


def test_presets_of_a_tree_stand_beside_the_shipped_ones_and_hide_those_of_their_name(tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    for name in ("mine", "critic_favourable", NEUTRAL):
        (tmp_path / f"presets/{name}.yaml").write_text(PRESET, encoding="utf-8")
    found, problems = names_and_titles(tmp_path)
    assert list(found) == [NEUTRAL, "critic_favourable", "mine", "supporter_favourable"]
    assert [p.name for p in tried(tmp_path)] == [NEUTRAL, "critic_favourable", "mine"]
    assert [name for name, title in found.items() if title == "Bold"] == [
        NEUTRAL,
        "critic_favourable",
        "mine",
    ]
    assert problems.found == []


def test_a_wrong_preset_of_a_tree_is_told(tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets/bold.yaml").write_text(PRESET.replace("title", "titel"), encoding="utf-8")
    (tmp_path / "presets/torn.yaml").write_text("claim: [", encoding="utf-8")
    found, problems = names_and_titles(tmp_path)
    assert list(found) == [p.name for p in shipped()]
    assert {p.where.file.name for p in problems.found if p.where.file} == {"bold.yaml", "torn.yaml"}
