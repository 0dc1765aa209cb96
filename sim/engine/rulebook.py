"""All decision tables of a world in three flat arrays, and the ways to ask them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.jit import inline
from sim.engine.luck import decision, uniform_at
from sim.scenario import vocabulary as v
from sim.scenario.tables import CompiledTable

MOST_ATTRIBUTES = 10
WIDTH = max(len(t.answers) for t in v.TABLES.values())

TABLE = np.dtype(
    [
        ("luck", np.uint64),  # decision constant of the table's answers
        ("practice", np.uint64),  # decision constant of whether its rule is kept
        ("first", np.int32),  # first row of the table in `chances`
        ("start", np.int32, (MOST_ATTRIBUTES,)),  # where the look-up of each attribute begins
    ],
    align=True,
)


class RuleBook(NamedTuple):
    """Every table of a world, end to end.

    `lookup[tables[t].start[k] + code]` is the part of the cell number that attribute `k` of table `t` adds.
    Row `tables[t].first + cell` of `chances` holds the cumulative probabilities of the answers by the
    rule, then those of unrestricted practice, then the chance that the rule is kept.
    """

    lookup: NDArray[np.int32]
    tables: Any
    chances: NDArray[np.float64]


def build(tables: Mapping[str, CompiledTable]) -> RuleBook:
    """Lay the compiled tables of a scenario end to end."""
    index = np.zeros(len(v.TABLE_NAMES), dtype=TABLE).view(np.recarray)
    lookups: list[NDArray[np.int32]] = []
    chances: list[NDArray[np.float64]] = []
    where = rows = 0
    for entry, name in zip(index, v.TABLE_NAMES, strict=True):
        table = tables[name]
        entry.luck, entry.practice = decision(name), decision(f"practice of {name}")
        entry.first = rows
        for k, codes in enumerate(table.lookup):
            entry.start[k] = where
            where += len(codes)
            lookups.append(codes)
        block = np.ones((len(table.paper), 2 * WIDTH + 1))
        answers = table.paper.shape[1]
        block[:, :answers] = table.paper
        block[:, WIDTH : WIDTH + answers] = table.fallback
        block[:, 2 * WIDTH] = table.compliance
        chances.append(block)
        rows += len(table.paper)
    return RuleBook(np.concatenate(lookups), index, np.concatenate(chances))


@inline
def part(rules, table, attribute, code):
    """Return what the code of the `attribute`-th attribute adds to the cell number."""
    return int(rules.lookup[rules.tables[table].start[attribute] + int(code)])


@inline
def is_kept(rules, table, cell, seed, key, index):
    """Whether the actor keeps to the written rule this time."""
    entry = rules.tables[table]
    share = rules.chances[entry.first + cell, 2 * WIDTH]
    return share >= 1.0 or uniform_at(seed, entry.practice, key, index) < share


@inline
def _pick(rules, row, u, column):
    k = 0
    while u >= rules.chances[row, column + k]:
        k += 1
    return k


@inline
def answer(rules, table, cell, seed, key, index):
    """Return the answer of a table: by the rule, or by unrestricted practice where it is not kept.

    `index` numbers repeated questions of the same table about the same case.
    """
    entry = rules.tables[table]
    u = uniform_at(seed, entry.luck, key, index)
    column = 0 if is_kept(rules, table, cell, seed, key, index) else WIDTH
    return _pick(rules, entry.first + cell, u, column)


@inline
def luck_of(rules, table, seed, key, index):
    """Return the uniform that `answer` compares with the chances of a table's answers."""
    return uniform_at(seed, rules.tables[table].luck, key, index)


@inline
def chance_of(rules, table, cell, last):
    """Return the chance that the written rule gives to the last of its answers, the one numbered `last`."""
    return 1.0 - rules.chances[rules.tables[table].first + cell, last - 1]


@inline
def written(rules, table, cell, seed, key, index):
    """Return the answer that the written rule alone would give."""
    entry = rules.tables[table]
    return _pick(rules, entry.first + cell, uniform_at(seed, entry.luck, key, index), 0)
