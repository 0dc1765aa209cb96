"""Decision tables as people write them: rows of conditions and answers.

A table is a list of rows; the first row whose conditions all hold gives the answer::

    - when: {offence: violent_felony, record: {not: none}}
      then: {notify: 0.9, decline: 0.1}
    - when: {age: {from: 16, to: 24}}
      then: hold
    - otherwise: decline

This module reads rows into sets of codes and answer distributions, and reports what is not understood.
`sim.scenario.tables` turns them into the dense arrays that the engine indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, Key

Domains = Mapping[str, Sequence[str]]
MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the codes that each mentioned attribute may have, and the answer probabilities."""

    allowed: dict[str, frozenset[int]]
    answer: tuple[float, ...]
    mark: Mark


def read_rows(table: v.Table, document: Document, domains: Domains, problems: Problems) -> list[Row]:
    """Read the rows of one table; `document` holds the list."""
    if not isinstance(document.data, list):
        problems.add(document.mark(()), f"{table.name}: a table is a list of rows", document.data)
        return []
    if len(document.data) > MAX_ROWS:
        problems.add(document.mark(()), f"{table.name}: more than {MAX_ROWS} rows", len(document.data))
        return []
    reader = _Reader(table, document, domains, problems)
    rows = [reader.row(k) for k in range(len(document.data))]
    return [row for row in rows if row is not None]


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, table: v.Table, document: Document, domains: Domains, problems: Problems) -> None:
        self.table = table
        self.document = document
        self.domains = domains
        self.problems = problems

    def _add(self, path: Key, what: str, value: Any = None, **help_: Any) -> None:
        self.problems.add(self.document.mark(path), f"{self.table.name}: {what}", value, **help_)

    def row(self, k: int) -> Row | None:
        data = self.document.data[k]
        before = len(self.problems.found)
        if not isinstance(data, dict):
            self._add((k,), "a row is `{when: …, then: …}` or `{otherwise: …}`", data)
            return None
        for key in data:
            if key not in ("when", "then", "otherwise"):
                self._add((k, key), "unknown part of a row", key, known=("when", "then", "otherwise"))
        if "otherwise" in data:
            if "when" in data or "then" in data:
                self._add((k,), "a row has either `when` and `then`, or `otherwise`")
            allowed: dict[str, frozenset[int]] = {}
            answer = self.answer(data["otherwise"], (k, "otherwise"))
        else:
            for part in ("when", "then"):
                if part not in data:
                    self._add((k,), f"row lacks `{part}`")
            allowed = self.conditions(data.get("when", {}), (k, "when"))
            answer = self.answer(data["then"], (k, "then")) if "then" in data else ()
        return Row(allowed, answer, self.document.mark((k,))) if len(self.problems.found) == before else None

    def conditions(self, data: Any, path: Key) -> dict[str, frozenset[int]]:
        if not isinstance(data, dict):
            self._add(path, "conditions are a mapping from attribute to value", data)
            return {}
        allowed = {}
        for name, condition in data.items():
            if name not in self.table.sees:
                self._add((*path, name), f"this decision cannot see {name!r}", name, known=self.table.sees)
                continue
            codes = self.codes(v.ATTRIBUTES[name], condition, (*path, name))
            if codes is not None and not codes:
                self._add((*path, name), "this condition can never hold", condition)
            allowed[name] = codes or frozenset()
        return allowed

    def codes(self, attribute: v.Attribute, condition: Any, path: Key) -> frozenset[int] | None:
        """Return the codes that satisfy a condition, or None where it is not understood."""
        if isinstance(condition, dict) and set(condition) == {"not"}:
            inner = self.codes(attribute, condition["not"], (*path, "not"))
            return None if inner is None else frozenset(range(self.size(attribute))) - inner
        if isinstance(condition, list):
            parts = [self.codes(attribute, item, (*path, k)) for k, item in enumerate(condition)]
            return None if None in parts else frozenset().union(*(p for p in parts if p is not None))
        if attribute.numeric:
            return self.range(attribute, condition, path)
        names = self.domains.get(attribute.name, attribute.values)
        if isinstance(condition, bool) and tuple(names) == v.YES_NO:
            condition = "yes" if condition else "no"
        if isinstance(condition, dict):
            self._add(path, "a condition is a value, a list, or `{not: …}`", condition)
            return None
        if condition not in names:
            self._add(path, f"unknown value of {attribute.name}", condition, known=tuple(names))
            return None
        return frozenset((tuple(names).index(condition),))

    def size(self, attribute: v.Attribute) -> int:
        if attribute.numeric:
            return attribute.top + 1
        return len(self.domains.get(attribute.name, attribute.values))

    def range(self, attribute: v.Attribute, condition: Any, path: Key) -> frozenset[int] | None:
        if isinstance(condition, dict) and condition and set(condition) <= {"from", "to"}:
            low, high = condition.get("from", 0), condition.get("to", attribute.top)
        else:
            low = high = condition
        if not all(isinstance(x, int) and not isinstance(x, bool) for x in (low, high)):
            allowed = f"a whole number of {attribute.unit} or {{from: a, to: b}}"
            self._add(path, f"not a condition on {attribute.name}", condition, allowed=allowed)
            return None
        if low < 0 or high > attribute.top or low > high:
            allowed = f"0 ≤ from ≤ to ≤ {attribute.top}"
            self._add(path, f"not a range of {attribute.name}", condition, allowed=allowed)
            return None
        return frozenset(range(low, high + 1))

    def answer(self, data: Any, path: Key) -> tuple[float, ...]:
        answers = self.table.answers
        if isinstance(data, dict):
            return self.distribution(data, path)
        code = self.one(data, path)
        return () if code is None else tuple(float(k == code) for k in range(len(answers)))

    def one(self, data: Any, path: Key) -> int | None:
        """Return the code of one answer; in a table of many parts a list names a subset."""
        parts = data if isinstance(data, list) else str(data).split("+")
        if self.table.many and data not in ("none", []):
            unknown = [p for p in parts if p not in self.table.parts]
            for part in unknown:
                self._add(path, "unknown answer", part, known=(*self.table.parts, "none"))
            return None if unknown else sum(1 << self.table.parts.index(p) for p in dict.fromkeys(parts))
        data = "none" if data == [] else data
        if data not in self.table.answers:
            self._add(path, "unknown answer", data, known=self.table.answers)
            return None
        return self.table.answers.index(data)

    def distribution(self, data: dict[str, Any], path: Key) -> tuple[float, ...]:
        chances = [0.0] * len(self.table.answers)
        before = len(self.problems.found)
        for name, chance in data.items():
            place = (*path, name)
            code = self.one(name, place)
            if isinstance(chance, dict) and "value" in chance:
                chance = chance["value"]
            if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
                self._add(place, "not a probability", chance, allowed="a number from 0 to 1")
            elif code is not None:
                chances[code] += chance
        if len(self.problems.found) == before and abs(sum(chances) - 1) > 1e-6:
            self._add(path, f"probabilities sum to {sum(chances):.6g}, not 1", data)
        return tuple(chances)
