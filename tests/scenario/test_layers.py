"""Who wins over whom: parent, place, body, levers, `set`, timeline, command line."""

import itertools
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.loader import LoadedScenario, load
from tests.scenario.conftest import Write
from tests.scenario.wrong_files import OPERATION

PLAIN = """\
title: {name}
claim: It sets compliance.
stage: sharing
systems: [11]
sources: [own_estimate]
parameters:
  to: {{default: {default}, bounds: [0, 1], unit: share, source: assumed, doc: it}}
patch:
  set: {{sharing.compliance: $to}}
"""
LEVERS = {
    f"levers/{name}.yaml": PLAIN.format(name=name, default=x) for name, x in [("one", 0.1), ("two", 0.2)]
}
RULES = """\
title: Rules
claim: It adds rows.
stage: custody
systems: [9]
sources: [own_estimate]
patch:
  rules:
    detainer.response:
      before:
        - when: {warrant: judicial}
          then: hold
"""


def compliance(loaded: LoadedScenario, phase: int = -1) -> float:
    return loaded.phases[phase].settings.sharing.compliance


# From the weakest to the strongest; each one alone must win over all before it.
VOICES = {
    "parent's body": ("parent", "sharing: {compliance: 0.31}\n"),
    "parent's lever": ("parent", "levers: [one: 0.32]\n"),
    "parent's set": ("parent", "set: {sharing.compliance: 0.33}\n"),
    "body": ("main", "sharing: {compliance: 0.34}\n"),
    "earlier lever": ("main", "levers: [one: 0.35]\n"),
    "later lever": ("main", "levers: [two: 0.36]\n"),
    "set": ("main", "set: {sharing.compliance: 0.37}\n"),
    "timeline's set": ("main", "timeline: [{day: 3, set: {sharing.compliance: 0.38}}]\n"),
    "lever on the command line": ("lever", "two=0.39"),
    "setting on the command line": ("setting", "sharing.compliance=0.4"),
}


def spoken(tree: Write, names: tuple[str, ...]) -> LoadedScenario:
    text = {"parent": "extends: base\n", "main": "extends: parent\n"}
    words = dict(VOICES[name] for name in names if VOICES[name][0] in ("lever", "setting"))
    levers = [n for n in names if n in ("earlier lever", "later lever")]
    for name in names:
        place, said = VOICES[name]
        if place in text and name not in levers:
            text[place] += said
    if levers:
        both = {"earlier lever": "one: 0.35", "later lever": "two: 0.36"}
        text["main"] += f"levers: [{', '.join(both[n] for n in levers)}]\n"
    main = tree(text["main"], LEVERS | {"parent.yaml": text["parent"]})
    levers_given = [words["lever"]] if "lever" in words else []
    settings = [words["setting"]] if "setting" in words else []
    return load(main, levers=levers_given, settings=settings)


@pytest.mark.parametrize("names", list(itertools.combinations(VOICES, 2)), ids=" under ".join)
def test_the_stronger_voice_wins(names: tuple[str, ...], tree: Write) -> None:
    strongest = 0.31 + 0.01 * list(VOICES).index(names[-1])
    assert compliance(spoken(tree, names)) == pytest.approx(strongest)


def test_with_everybody_speaking_the_command_line_wins(tree: Write) -> None:
    assert compliance(spoken(tree, tuple(VOICES))) == 0.4


def test_nobody_speaking_leaves_the_base(tree: Write) -> None:
    assert compliance(spoken(tree, ())) == compliance(load("base"))


def test_a_place_lies_over_the_parent_and_under_the_body(tree: Write) -> None:
    body = "population: {county_residents: 5000}\n"
    loaded = load(tree(f"extends: base\nplace: Davidson County, TN\n{body}"))
    assert loaded.settings.name == "Davidson County, TN"
    assert loaded.settings.population.county_residents == 5000
    assert loaded.settings.population.groups != load("base").settings.population.groups


def test_a_bare_number_keeps_the_range_of_the_passport_and_is_stated(tree: Write) -> None:
    before = load("base").passports["sharing.compliance"]
    after = load(tree("extends: base\nsharing: {compliance: 0.3}\n")).passports["sharing.compliance"]
    assert (after.value, after.source, after.range) == (0.3, "stated", before.range)


def test_a_bare_number_may_lie_outside_the_range_that_it_inherits(tree: Write) -> None:
    loaded = load(tree("extends: base\nset: {sharing.compliance: 0}\n"))
    assert loaded.passports["sharing.compliance"].value == 0


def test_a_star_stands_for_every_agency_or_jail(tree: Write) -> None:
    main = tree("extends: base\nset:\n  agencies.*.trained: 0.25\n  agencies.sheriff.trained: 0.5\n")
    agencies = load(main).settings.agencies
    assert {name: a.trained for name, a in agencies.items()} == dict.fromkeys(agencies, 0.25) | {
        "sheriff": 0.5
    }
    assert load(main, settings=["jails.*.capacity=7"]).settings.jails["county_jail"].capacity == 7


def test_mappings_merge_and_lists_do_not(tree: Write) -> None:
    main = tree(
        "extends: parent\nagencies: {sheriff: {trained: 1}}\nsharing: {technical: [jail_roster]}\n",
        {"parent.yaml": "extends: base\nsharing: {technical: [release_date, local_records]}\n"},
    )
    settings = load(main).settings
    assert settings.agencies["sheriff"].trained == 1
    assert settings.agencies["sheriff"].officers == load("base").settings.agencies["sheriff"].officers
    assert settings.sharing.technical == ("jail_roster",)


def test_null_takes_away_what_the_parent_has_under_a_name(tree: Write) -> None:
    parent = f"extends: base\noperations: {{blitz: {OPERATION}, second: {OPERATION}}}\n"
    main = tree(
        "extends: parent\noperations: {blitz: null}\nagencies: {state_police: null}\n",
        {"parent.yaml": parent},
    )
    settings = load(main).settings
    assert list(settings.operations) == ["second"]
    assert list(settings.agencies) == ["city_police", "sheriff"]


def test_a_set_may_name_an_operation_that_is_new_and_change_a_part_of_it(tree: Write) -> None:
    text = f"extends: base\nset:\n  operations.blitz: {OPERATION}\n  operations.blitz.days: 9\n"
    loaded = load(tree(text), settings=["operations.blitz.unlicensed=4"])
    blitz = loaded.settings.operations["blitz"]
    assert (blitz.agency, blitz.days, blitz.unlicensed) == ("sheriff", 9, 4)


@pytest.mark.parametrize("edit", ["before", "after"])
def test_rows_of_a_lever_come_before_or_after_those_that_stand_there(edit: str, tree: Write) -> None:
    rows = "    - {when: {charged: yes}, then: hold}\n    - otherwise: decline\n"
    base = f"extends: base\nrules:\n  detainer.response:\n{rows}"
    main = tree(base, {"levers/rules.yaml": RULES.replace("before", edit)})
    with_lever, without = load(main, levers=["rules"]), load(main)
    standing = without.resolved["rules"]["detainer.response"]
    added = [{"when": {"warrant": "judicial"}, "then": "hold"}]
    order = [*added, *standing] if edit == "before" else [*standing, *added]
    assert with_lever.resolved["rules"]["detainer.response"] == order
    assert with_lever.digest != without.digest
    places = [with_lever.marks[f"rules.detainer.response.{k}"] for k in range(3)]
    assert [place.file.name for place in places if place.file] == [
        "rules.yaml" if row in added else "main.yaml" for row in order
    ]


# ---------------------------------------------------------------- timelines


def test_a_timeline_switches_levers_on_and_off(tree: Write) -> None:
    text = "extends: base\nlevers: [one]\n"
    text += "timeline:\n  - {day: 10, off: [one]}\n  - {day: 20, levers: [two: 0.5]}\n"
    loaded = load(tree(text, LEVERS))
    assert [phase.day for phase in loaded.phases] == [0, 10, 20]
    assert [phase.levers for phase in loaded.phases] == [("one",), (), ("two=0.5",)]
    assert [compliance(loaded, k) for k in range(3)] == [0.1, compliance(load("base")), 0.5]


def test_a_timeline_can_switch_off_what_a_parent_switched_on(tree: Write) -> None:
    files = LEVERS | {"parent.yaml": "extends: base\nlevers: [one]\n"}
    loaded = load(tree("extends: parent\ntimeline:\n  - {day: 10, off: [one]}\n", files))
    assert [phase.levers for phase in loaded.phases] == [("one",), ()]
    assert compliance(loaded) == compliance(load("base"))


def test_a_timeline_is_inherited_unless_the_child_has_its_own(tree: Write) -> None:
    files = LEVERS | {"parent.yaml": "extends: base\nlevers: [one]\ntimeline: [{day: 10, off: [one]}]\n"}
    assert len(load(tree("extends: parent\n", files)).phases) == 2
    assert len(load(tree("extends: parent\ntimeline: []\n", files)).phases) == 1


def test_a_lever_named_again_replaces_its_earlier_use(tree: Write) -> None:
    files = LEVERS | {"parent.yaml": "extends: base\nlevers: [one, two]\n"}
    loaded = load(tree("extends: parent\nlevers: [one: 0.7]\n", files))
    assert loaded.phases[0].levers == ("two", "one=0.7")
    assert compliance(loaded) == 0.7
    assert load(tree("extends: parent\n", files), levers=["one=0.9"]).phases[0].levers == ("two", "one=0.9")


def test_dates_are_days_from_the_start(tree: Write) -> None:
    timeline = "timeline:\n  - {date: 2025-03-01, set: {state.compliance: 1}}\n"
    loaded = load(tree(f"extends: base\nstart: 2025-01-20\n{timeline}"))
    assert loaded.phases[1].day == 40


def test_switches_on_one_day_make_one_phase(tree: Write) -> None:
    text = "extends: base\ntimeline:\n  - {day: 5, levers: [one]}\n  - {day: 5, levers: [two: 0.5]}\n"
    loaded = load(tree(text, LEVERS))
    assert [(phase.day, phase.levers) for phase in loaded.phases] == [(0, ()), (5, ("one", "two=0.5"))]


# ---------------------------------------------------------------- names of worlds


def test_equal_content_has_equal_digests_wherever_it_stands(tree: Write, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("# a remark\nextends: base\nsharing:\n    compliance: 0.5\n", encoding="utf-8")
    main = tree("extends: base\nsharing: {compliance: 0.5}\n")
    assert load(main).digest == load(other).digest == load(main).digest
    assert load(main, settings=["sharing.compliance=0.6"]).digest != load(main).digest


def test_a_table_of_residents_counts_by_its_content(tree: Write, tmp_path: Path) -> None:
    text = "extends: base\npopulation: {table: residents.csv}\n"
    first = tree(text, {"residents.csv": "status\nlpr\n"})
    second = tmp_path / "elsewhere" / "main.yaml"
    second.parent.mkdir()
    second.write_text(text, encoding="utf-8")
    (second.parent / "residents.csv").write_text("status\nlpr\n", encoding="utf-8")
    assert load(first).settings.population.table == str(first.parent.resolve() / "residents.csv")
    assert load(first).digest == load(second).digest
    (second.parent / "residents.csv").write_text("status\nus_born\n", encoding="utf-8")
    assert load(first).digest != load(second).digest


def test_what_a_caller_does_to_a_resolved_scenario_stays_with_the_caller(tree: Write) -> None:
    main = tree("extends: base\n")
    load(main).resolved["run"]["days"] = "changed"
    assert load(main).resolved["run"]["days"] != "changed"


def test_marks_say_where_each_value_of_the_world_stands(tree: Write) -> None:
    main = tree("extends: base\nrun: {days: 7}\n")
    marks = load(main).marks
    assert (marks["run.days"].file, marks["run.days"].line) == (main.resolve(), 2)
    assert marks["run.seed"].file != main.resolve()


@pytest.mark.parametrize(
    "written", ['"2025-03-01"', "2025-03-01", '{value: "2025-03-01", source: seed_reports}']
)
def test_an_operation_may_begin_on_a_date(written: str, tmp_path: Path) -> None:
    path = tmp_path / "main.yaml"
    path.write_text(f'extends: base\nstart: "2025-02-10"\n{BLITZ.format(written)}', encoding="utf-8")
    assert load(path).settings.operations["blitz"].begins == 19
    assert (
        load(path, settings=["operations.blitz.begins=2025-03-03"]).settings.operations["blitz"].begins == 21
    )


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ('"2025-02-30"', "neither a day nor a date"),
        ("2025-01-01", "lies before the start"),
        ("soon", "neither"),
    ],
)
def test_a_wrong_date_of_an_operation_is_told_where_it_stands(
    written: str, what: str, tmp_path: Path
) -> None:
    path = tmp_path / "main.yaml"
    path.write_text(f'extends: base\nstart: "2025-02-10"\n{BLITZ.format(written)}', encoding="utf-8")
    with pytest.raises(InputError, match=what) as error:
        load(path)
    (problem,) = error.value.problems
    assert (problem.where.line, problem.where.column) == (5, 13)


BLITZ = """operations:
  blitz:
    begins: {}
    agency: sheriff
    days: 2
    stops_a_day: 5
    officers: 2
    neighbourhoods: 0.5
    partner: true
    reasons: {{moving_violation: 1, equipment: 0, suspicion: 0}}
    unlicensed: 1
    profiling: {{white: 1, black: 1, hispanic: 1, asian: 1, other: 1}}
"""
