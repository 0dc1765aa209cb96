"""Compiled tables answer every case as a reader who goes through the rows from the top would."""

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, at
from sim.scenario.loader import load
from sim.scenario.rules import Row, read_rows
from sim.scenario.tables import CompiledTable, Practice, RowSets, compile_table, dead_rows
from tests.scenario.conftest import Write

DOMAINS = {"agency": ("city", "sheriff", "state"), "jail": ("county",)}
SPEC = v.TABLES["detainer.response"]  # jail, request, warrant, offence, record, charged
ANSWERS = SPEC.answers
COMPLIANCE = (0.25, 1.0, 0.5)


def size(name: str) -> int:
    attribute = v.ATTRIBUTES[name]
    return attribute.top + 1 if attribute.numeric else len(DOMAINS.get(name, attribute.values))


def cases(spec: v.Table) -> list[dict[str, int]]:
    return [
        dict(zip(spec.sees, codes, strict=True))
        for codes in itertools.product(*(range(size(name)) for name in spec.sees))
    ]


def conditions(name: str) -> st.SearchStrategy[Any]:
    values = st.sampled_from(DOMAINS.get(name, v.ATTRIBUTES[name].values))
    some = st.lists(values, min_size=1, max_size=3)
    return st.one_of(values, some, st.builds(lambda x: {"not": x}, st.one_of(values, some)))


def distributions(answers: tuple[str, ...]) -> st.SearchStrategy[dict[str, float]]:
    weights = st.lists(st.integers(0, 9), min_size=len(answers), max_size=len(answers)).filter(any)
    return weights.map(lambda w: {a: x / sum(w) for a, x in zip(answers, w, strict=True)})


ANSWER = st.one_of(st.sampled_from(ANSWERS), distributions(ANSWERS))
ROW = st.one_of(
    st.builds(
        lambda when, then: {"when": when, "then": then},
        st.fixed_dictionaries({}, optional={name: conditions(name) for name in SPEC.sees}),
        ANSWER,
    ),
    st.builds(lambda answer: {"otherwise": answer}, ANSWER),
)
ROWS = st.lists(ROW, max_size=5)


def holds(condition: Any, value: str) -> bool:
    if isinstance(condition, dict):
        return not holds(condition["not"], value)
    return value in condition if isinstance(condition, list) else value == condition


def first_match(rows: list[Any], case: dict[str, str]) -> list[float] | None:
    """The naive reader: the chances of the first row whose conditions all hold."""
    for row in rows:
        when = row.get("when", {})
        if all(holds(condition, case[name]) for name, condition in when.items()):
            answer = row["then"] if "then" in row else row["otherwise"]
            return [answer.get(a, 0.0) if isinstance(answer, dict) else float(a == answer) for a in ANSWERS]
    return None


def words(case: dict[str, int]) -> dict[str, str]:
    return {name: DOMAINS.get(name, v.ATTRIBUTES[name].values)[code] for name, code in case.items()}


def read(data: list[Any], spec: v.Table = SPEC) -> list[Row]:
    """Read rows that stand on line k of one file; rows that can never hold make no sense and are skipped."""
    problems = Problems()
    rows = read_rows(spec, Document(Path("x"), data, at(Mark(Path("x"), 1, 1))), DOMAINS, problems)
    assert rows is not None, problems.found
    return rows


def sound(data: list[Any]) -> bool:
    """Whether no condition excludes every value (an error of its own)."""
    return all(
        any(holds(condition, value) for value in DOMAINS.get(name, v.ATTRIBUTES[name].values))
        for row in data
        for name, condition in row.get("when", {}).items()
    )


def compiled(sets: RowSets, practice: Practice) -> tuple[CompiledTable | None, list[str]]:
    problems = Problems()
    table = compile_table(SPEC, sets, practice, DOMAINS, problems)
    return table, [p.what for p in problems.found]


def chances(cumulative: np.ndarray) -> list[float]:
    return list(np.diff(cumulative, prepend=0.0))


SOUND = ROWS.filter(sound)
JAIL = Practice(0.75, ("jail",), np.array([0.5]))


@given(local=SOUND, state=SOUND, unrestricted=SOUND)
def test_every_case_is_answered_as_a_naive_reader_would(
    local: list[Any], state: list[Any], unrestricted: list[Any]
) -> None:
    local = [*local, {"otherwise": "decline"}]
    table, _ = compiled(RowSets(read(state), read(local), read(unrestricted)), JAIL)
    assert table is not None
    for case in cases(SPEC):
        cell, said = table.cell(**case), words(case)
        by_state = first_match(state, said)
        own = first_match(local, said)
        paper = by_state or own
        assert paper is not None
        # Who breaks a state rule does what the place would do; who breaks a local one knows no restriction.
        fallback = own if by_state else first_match(unrestricted, said) or paper
        assert chances(table.paper[cell]) == pytest.approx(paper, abs=1e-9)
        assert chances(table.fallback[cell]) == pytest.approx(fallback, abs=1e-9)
        kept = 0.75 if by_state else 0.5
        assert table.compliance[cell] == (1.0 if np.allclose(paper, fallback, atol=1e-12) else kept)


KEPT = st.lists(st.floats(0, 1), min_size=6, max_size=6)


@given(local=SOUND, unrestricted=SOUND, kept=KEPT, swapped=st.booleans())
def test_a_rule_may_be_kept_by_what_several_attributes_are(
    local: list[Any], unrestricted: list[Any], kept: list[float], swapped: bool
) -> None:
    by_record = np.array(kept).reshape(len(v.RECORDS), len(v.YES_NO))
    attributes, axes = ("record", "charged"), by_record
    if swapped:  # the order is that of `attributes`, not that of the table
        attributes, axes = ("charged", "record"), by_record.T
    local = [*local, {"otherwise": "decline"}]
    table, _ = compiled(RowSets((), read(local), read(unrestricted)), Practice(0.75, attributes, axes))
    assert table is not None
    for case in cases(SPEC):
        said = words(case)
        paper = first_match(local, said)
        fallback = first_match(unrestricted, said) or paper
        assert paper is not None
        agreed = np.allclose(paper, np.array(fallback, dtype=float), atol=1e-12)
        expected = 1.0 if agreed else by_record[case["record"], case["charged"]]
        assert table.compliance[table.cell(**case)] == expected


@given(rows=SOUND.filter(bool))
def test_a_table_is_complete_exactly_when_every_case_has_a_row(rows: list[Any]) -> None:
    table, told = compiled(RowSets((), read(rows), ()), JAIL)
    uncovered = [words(c) for c in cases(SPEC) if first_match(rows, words(c)) is None]
    assert (table is None) == bool(uncovered)
    if uncovered:
        (what,) = [w for w in told if "no row answers" in w]
        example = dict(part.split(": ") for part in what.partition("the case ")[2].split(", "))
        assert any(example.items() <= case.items() for case in uncovered)


@given(rows=SOUND)
def test_dead_rows_are_those_that_are_never_first(rows: list[Any]) -> None:
    everything = [words(c) for c in cases(SPEC)]
    fires = [
        any(
            first_match([row], case) is not None and first_match(rows[:k], case) is None
            for case in everything
        )
        for k, row in enumerate(rows)
    ]
    read_in = read(rows)
    dead = {id(row) for row, _ in dead_rows(SPEC, read_in, DOMAINS)}
    assert [id(row) not in dead for row in read_in] == fires


@given(rows=ROWS.filter(sound), shares=distributions(ANSWERS))
def test_chances_rise_to_exactly_one_and_skip_what_is_impossible(
    rows: list[Any], shares: dict[str, float]
) -> None:
    table, _ = compiled(RowSets((), read([*rows, {"otherwise": shares}]), ()), JAIL)
    assert table is not None
    assert (table.paper[:, -1] == 1.0).all()
    assert (np.diff(table.paper, axis=1) >= 0).all()
    assert (table.paper >= 0).all()
    last = max(k for k, a in enumerate(ANSWERS) if shares[a] > 0)
    catch_all = [c for c in cases(SPEC) if first_match(rows, words(c)) is None]
    assert all((table.paper[table.cell(**c)][last:] == 1.0).all() for c in catch_all)


@pytest.mark.parametrize("weights", [(1, 1, 1), (0.1, 0.2, 0.7), (1 / 3, 1 / 3, 1 / 3), (0, 1, 0)])
def test_thirds_and_tenths_leave_no_gap(weights: tuple[float, ...]) -> None:
    shares = {a: w / math.fsum(weights) for a, w in zip(ANSWERS, weights, strict=True)}
    table, _ = compiled(RowSets((), read([{"otherwise": shares}]), ()), JAIL)
    assert table is not None
    assert table.paper.shape == (1, 3)
    assert table.paper[0, -1] == 1.0


@given(low=st.integers(0, 730), high=st.integers(0, 730), single=st.integers(0, 730))
def test_ranges_hold_from_their_first_to_their_last_day(low: int, high: int, single: int) -> None:
    spec = v.TABLES["ice.at_large"]
    low, high = min(low, high), max(low, high)
    data = [
        {"when": {"lead_age": [{"from": low, "to": high}, single]}, "then": "attempt"},
        {"otherwise": "drop"},
    ]
    problems = Problems()
    rows = RowSets((), read(data, spec), ())
    table = compile_table(spec, rows, Practice(1.0), DOMAINS, problems)
    if low == 0 and high == 730:
        assert "can never fire" in problems.found[0].what
        return
    assert table is not None
    for day in range(731):
        answer = spec.answers[int(np.argmax(table.paper[table.cell(lead_age=day)] == 1.0))]
        assert answer == ("attempt" if low <= day <= high or day == single else "drop")


def test_the_rest_goes_to_the_answer_that_asks_for_it() -> None:
    (row,) = read([{"otherwise": {"hold": 0.25, "decline": "rest"}}])
    assert row.answer == (0.75, 0.0, 0.25)


@pytest.mark.parametrize(
    ("written", "mask"),
    [("none", 0), ([], 0), ("prints", 1), (["prints"], 1), (["roster", "prints"], 5), ("prints+roster", 5)],
)
def test_a_table_of_many_parts_answers_subsets(written: Any, mask: int) -> None:
    spec = v.TABLES["booking.identify"]
    (row,) = read([{"otherwise": written}], spec)
    assert row.answer.index(1.0) == mask


def test_yes_and_no_may_be_written_as_true_and_false() -> None:
    first, second = read([{"when": {"charged": x}, "then": "hold"} for x in (True, "yes")])
    assert first.allowed == second.allowed


# ---------------------------------------------------------------- in a scenario


def cell_of(loaded: Any, table: str, **given: str) -> tuple[CompiledTable, int]:
    compiled_table = loaded.tables[table]
    codes = {name: loaded.settings.domain(name).index(value) for name, value in given.items()}
    return compiled_table, compiled_table.cell(**codes)


def test_state_law_overrides_a_local_rule_and_carries_its_own_compliance(tree: Write) -> None:
    text = (
        "extends: base\nstate: {compliance: 0.7}\njails: {county_jail: {compliance: 0.9}}\n"
        "rules:\n  detainer.response: [{otherwise: notify}]\n"
        "unrestricted:\n  detainer.response: [{otherwise: hold}]\n"
        "state_rules:\n  detainer.response: [{when: {warrant: none}, then: decline}]\n"
    )
    loaded = load(tree(text))
    table, cell = cell_of(loaded, "detainer.response", warrant="none")
    assert chances(table.paper[cell]) == [1.0, 0.0, 0.0]
    assert chances(table.fallback[cell]) == [0.0, 1.0, 0.0]
    assert table.compliance[cell] == 0.7
    table, cell = cell_of(loaded, "detainer.response", warrant="judicial")
    assert chances(table.paper[cell]) == [0.0, 1.0, 0.0]
    assert table.compliance[cell] == 0.9


def test_each_agency_keeps_to_its_rules_as_far_as_it_does(tree: Write) -> None:
    text = "extends: base\nagencies: {city_police: {compliance: 0.4}, sheriff: {compliance: 0.6}}\n"
    loaded = load(tree(text + "rules:\n  stop.query: [{otherwise: none}]\n"))
    for agency, kept in (("city_police", 0.4), ("sheriff", 0.6), ("state_police", 1.0)):
        table, cell = cell_of(loaded, "stop.query", agency=agency)
        assert table.compliance[cell] == kept


def test_a_technical_barrier_leaves_no_choice(tree: Write) -> None:
    rules = "rules:\n  sharing.channel: [{otherwise: withheld}]\n"
    sharing = "sharing: {compliance: 0.4, technical: [jail_roster]}\n"
    loaded = load(tree(f"extends: base\n{sharing}{rules}"))
    for channel, kept in (("jail_roster", 1.0), ("release_date", 0.4)):
        table, cell = cell_of(loaded, "sharing.channel", channel=channel)
        assert table.compliance[cell] == kept


def test_what_officers_say_is_withheld_as_far_as_officers_keep_quiet(tree: Write) -> None:
    sharing = "{compliance: 0.4, personal_compliance: 0.6, technical: [task_force_contact, jail_roster]}"
    rule, habit = (f"{{sharing.channel: [{{otherwise: {x}}}]}}" for x in ("withheld", "shared"))
    loaded = load(tree(f"extends: base\nsharing: {sharing}\nrules: {rule}\nunrestricted: {habit}\n"))
    expected = {
        **dict.fromkeys(v.CHANNELS, 0.4),
        **dict.fromkeys(v.PERSONAL_CHANNELS, 0.6),
        "task_force_contact": 1.0,
        "jail_roster": 1.0,
    }
    for channel, kept in expected.items():
        table, cell = cell_of(loaded, "sharing.channel", channel=channel)
        assert table.compliance[cell] == kept, channel


def test_a_state_rule_that_a_local_lever_meets_changes_exactly_nothing(tree: Write) -> None:
    text = "extends: base\nstate_rules:\n  detainer.response: [{otherwise: hold}]\n"
    lever = (
        "title: Decline\nclaim: The jail declines.\nstage: custody\nsystems: [9]\nsources: [own_estimate]\n"
        "patch:\n  rules:\n    detainer.response:\n      before:\n"
        "        - {when: {warrant: none}, then: decline}\n"
    )
    main = tree(text, {"levers/refuse.yaml": lever})
    without, with_lever = (load(main, levers=x).tables["detainer.response"] for x in ([], ["refuse"]))
    for case in cases(SPEC):
        one, other = without.cell(**case), with_lever.cell(**case)
        assert (without.paper[one] == with_lever.paper[other]).all()
        assert without.compliance[one] == with_lever.compliance[other]


def test_state_law_is_kept_as_far_where_officers_speak_as_its_own_setting_says(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(
        "extends: base\n"
        "set: {state.compliance: 0.9, state.personal_compliance: 0.3, sharing.personal_compliance: 0.6}\n"
        "rules: {sharing.channel: [{otherwise: shared}]}\n"
        "state_rules: {sharing.channel: [{when: {record: none}, then: withheld}]}\n",
        encoding="utf-8",
    )
    table = load(path).tables["sharing.channel"]
    kept = {
        name: float(table.compliance[table.cell(channel=code, record=v.NO_RECORD)])
        for code, name in enumerate(v.CHANNELS)
    }
    assert kept == {name: 0.3 if name in v.PERSONAL_CHANNELS else 0.9 for name in v.CHANNELS}


def test_cells_of_all_combinations_are_those_of_each() -> None:
    table = load("base").tables["detainer.response"]
    codes = itertools.product(range(len(v.OFFENCES)), range(2), range(len(v.RECORDS)))
    one_by_one = [table.cell(offence=o, charged=c, record=r, warrant=1) for o, c, r in codes]
    together = table.cells(
        offence=range(len(v.OFFENCES)), charged=range(2), record=range(len(v.RECORDS)), warrant=1
    )
    assert together.tolist() == one_by_one
