"""The flat arrays answer as the compiled tables they were made from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.engine.jit import kernel
from sim.engine.luck import decision, uniform_at
from sim.engine.rulebook import (
    MOST_ATTRIBUTES,
    WIDTH,
    RuleBook,
    answer,
    build,
    chance_of,
    is_kept,
    luck_of,
    part,
    written,
)
from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from sim.scenario.tables import CompiledTable
from tests.properties.worlds import Case, cases

SEED = np.uint64(77)
QUESTIONS = 300
FALSE_ALARM = 1e-6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@kernel
def ask(rules, table, codes, seed, keys, answers, kept, on_paper):
    for i in range(keys.size):
        cell = 0
        for k in range(codes.shape[1]):
            cell += part(rules, table, k, codes[i, k])
        answers[i] = answer(rules, table, cell, seed, keys[i], i % 4)
        kept[i] = is_kept(rules, table, cell, seed, keys[i], i % 4)
        on_paper[i] = written(rules, table, cell, seed, keys[i], i % 4)


def asked(rules: RuleBook, name: str, codes: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Give, for each case, the answer, whether the rule is kept, and the answer on paper."""
    found = np.zeros((3, len(keys)), dtype=np.int64)
    ask(rules, v.TABLE_NAMES.index(name), codes, SEED, keys, *found)
    return found


def read(table: CompiledTable, name: str, codes: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Give the same by the compiled table itself."""
    found = []
    for i, (case, key) in enumerate(zip(codes, keys, strict=True)):
        cell = table.cell(**dict(zip(table.spec.sees, case.tolist(), strict=True)))
        luck = uniform_at(SEED, decision(name), key, i % 4)
        keeps = uniform_at(SEED, decision(f"practice of {name}"), key, i % 4)
        kept = bool(table.compliance[cell] >= 1 or keeps < table.compliance[cell])
        rows = {True: table.paper[cell], False: table.fallback[cell]}
        answers = {which: int(np.searchsorted(row, luck, side="right")) for which, row in rows.items()}
        found.append((answers[kept], kept, answers[True]))
    return np.array(found).T


def random_codes(table: CompiledTable, rng: np.random.Generator) -> np.ndarray:
    return np.array([[rng.integers(len(codes)) for codes in table.lookup] for _ in range(QUESTIONS)])


def expect_agreement(tables: Mapping[str, CompiledTable], seed: int) -> None:
    rng, rules = np.random.default_rng(seed), build(tables)
    for name, table in tables.items():
        codes, keys = random_codes(table, rng), rng.integers(1, 2**63, QUESTIONS).astype(np.uint64)
        assert np.array_equal(asked(rules, name, codes, keys), read(table, name, codes, keys)), name


def test_the_rules_of_the_base_scenario_are_answered_as_written() -> None:
    expect_agreement(load("base").phases[0].tables, 0)


@settings(max_examples=10)
@given(case=cases(), seed=st.integers(0, 2**32))
def test_rules_of_any_sort_are_answered_as_written(case: Case, seed: int, folder: Path) -> None:
    expect_agreement(case.load(folder).phases[0].tables, seed)


def test_answers_have_the_chances_of_the_rule_and_repeated_questions_luck_of_their_own() -> None:
    tables = load("base").phases[0].tables
    name = "custody.release"
    rules, table, many = build(tables), tables[name], 30_000
    case = {"offence": v.MISDEMEANOR, "charged": 1}
    codes = np.array([[case.get(x, 0) for x in table.spec.sees]] * many)
    keys = np.repeat(np.arange(1, many // 4 + 1, dtype=np.uint64), 4)  # each asked four times
    answers = asked(rules, name, codes, keys)[0]
    chances = np.diff(table.paper[table.cell(**case)], prepend=0)
    assert stats.chisquare(np.bincount(answers, minlength=3), chances * many).pvalue > FALSE_ALARM
    turns = answers.reshape(-1, 4)
    both = np.zeros((3, 3))
    np.add.at(both, (turns[:, 0], turns[:, 1]), 1)
    assert stats.chi2_contingency(both).pvalue > FALSE_ALARM


def test_the_last_answer_is_given_where_its_luck_lies_in_the_chance_of_the_last() -> None:
    tables = load("base").phases[0].tables
    rng, rules, given = np.random.default_rng(1), build(tables), 0
    for name in ("stop.outcome", "custody.release", "detainer.response"):
        table, number = tables[name], v.TABLE_NAMES.index(name)
        last = len(table.spec.answers) - 1
        for codes in random_codes(table, rng):
            cell = sum(part(rules, number, k, code) for k, code in enumerate(codes))
            chance = chance_of(rules, number, cell, last)
            row = table.paper[table.cell(**dict(zip(table.spec.sees, codes.tolist(), strict=True)))]
            assert chance == pytest.approx(np.diff(row)[last - 1])
            key = np.uint64(rng.integers(1, 2**63))
            luck = luck_of(rules, number, SEED, key, 2)
            assert luck == uniform_at(SEED, decision(name), key, 2)
            is_last = written(rules, number, cell, SEED, key, 2) == last
            assert is_last == (luck >= 1.0 - chance)
            given += is_last
    assert 100 < given < 3 * QUESTIONS - 100


def test_the_book_has_room_for_what_the_vocabulary_names() -> None:
    assert max(len(t.sees) for t in v.TABLES.values()) <= MOST_ATTRIBUTES
    assert max(len(t.answers) for t in v.TABLES.values()) == WIDTH
