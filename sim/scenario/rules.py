"""Decision tables as people write them: rows of conditions and answers.

A table is a list of rows; the first row whose conditions all hold gives the answer::

    - when: {offence: violent_felony, record: {not: none}}
      then: {notify: 0.9, decline: 0.1}
    - when: {age: {from: 16, to: 24}}
      then: hold
    - otherwise: {decline: 0.3, notify: rest}

A condition is a value, a list of values, `{not: …}`, or, where the attribute counts something, a number or a
range `{from: 18, to: 64}`.  An answer is a name or a distribution, in which one answer may get the `rest`.

This module reads rows into sets of codes and answer distributions, and reports what is not understood.
`sim.scenario.tables` turns them into the dense arrays that the engine indexes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import Mark, Problems, listing, shorten
from sim.scenario import vocabulary as v
from sim.scenario.document import Document, Key
from sim.scenario.quantities import is_number, is_passport

Domains = Mapping[str, Sequence[str]]
MAX_ROWS = 500
REST = "rest"
_PARTS = ("when", "then", "otherwise")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the codes that each mentioned attribute may have, and the answer probabilities."""

    allowed: dict[str, frozenset[int]]
    answer: tuple[float, ...]
    mark: Mark

    def holds(self, **codes: int) -> bool:
        """Whether all conditions hold in a case."""
        return all(codes[name] in allowed for name, allowed in self.allowed.items())


def read_rows(table: v.Table, document: Document, domains: Domains, problems: Problems) -> list[Row] | None:
    """Read the rows of one table, or note what is not understood and return None.

    `document` holds the list; `domains` names the values of attributes that the scenario itself names.
    """
    if not isinstance(document.data, list):
        problems.add(document.mark(), f"{table.name}: a table is a list of rows", document.data)
        return None
    if len(document.data) > MAX_ROWS:
        problems.add(document.mark(), f"{table.name}: {len(document.data)} rows, more than {MAX_ROWS}")
        return None
    reader = _Reader(table, document, domains, problems)
    rows = [reader.row(k) for k in range(len(document.data))]
    return None if reader.failed else [row for row in rows if row is not None]


class _Reader:
    """Reads the rows of one table."""

    def __init__(self, table: v.Table, document: Document, domains: Domains, problems: Problems) -> None:
        self.table = table
        self.document = document
        self.domains = domains
        self.problems = problems
        self.failed = False

    def _add(self, path: Key, what: str, value: Any = None, *, of_key: bool = False, **help_: Any) -> None:
        where = self.document.key_mark(path) if of_key else self.document.mark(path)
        self.problems.add(where, f"{self.table.name}: {what}", value, **help_)
        self.failed = True

    def row(self, k: int) -> Row | None:
        data = self.document.data[k]
        if not isinstance(data, dict):
            self._add((k,), "a row is `{when: …, then: …}` or `{otherwise: …}`", data)
            return None
        for key in data:
            if key not in _PARTS:
                self._add((k, key), f"unknown part of a row {key!r}", key, of_key=True, known=_PARTS)
        if "otherwise" in data:
            if "when" in data or "then" in data:
                self._add((k,), "a row has either `when` and `then`, or `otherwise`")
            return Row({}, self.answer(data["otherwise"], (k, "otherwise")), self.document.mark((k,)))
        for part in ("when", "then"):
            if part not in data:
                self._add((k,), f"the row lacks `{part}`", allowed="when and then, or otherwise")
        allowed = self.conditions(data["when"], (k, "when")) if "when" in data else {}
        answer = self.answer(data["then"], (k, "then")) if "then" in data else ()
        return Row(allowed, answer, self.document.mark((k,)))

    def conditions(self, data: Any, path: Key) -> dict[str, frozenset[int]]:
        if not isinstance(data, dict):
            self._add(path, "conditions are a mapping from attribute to value", data)
            return {}
        allowed = {}
        for name, condition in data.items():
            place = (*path, name)
            if name not in self.table.sees:
                seen = name in v.ATTRIBUTES
                what = f"this decision cannot see {name!r}" if seen else f"unknown attribute {name!r}"
                known, everything = self.table.sees, (*self.table.sees, *v.ATTRIBUTES)
                if seen:
                    self._add(place, what, of_key=True, allowed=listing(known))
                else:
                    self._add(place, what, name, of_key=True, known=everything, allowed=listing(known))
                continue
            codes = self.codes(v.ATTRIBUTES[name], condition, place)
            if codes is not None and not codes:
                self._add(place, f"this condition on {name} can never hold", condition)
            allowed[name] = codes or frozenset()
        return allowed

    def codes(self, attribute: v.Attribute, condition: Any, path: Key) -> frozenset[int] | None:
        """Return the codes that satisfy a condition, or None where it is not understood."""
        if isinstance(condition, dict) and set(condition) == {"not"}:
            inner = self.codes(attribute, condition["not"], (*path, "not"))
            return None if inner is None else frozenset(range(self.size(attribute))) - inner
        if isinstance(condition, list):
            parts = [self.codes(attribute, item, (*path, k)) for k, item in enumerate(condition)]
            sound = [p for p in parts if p is not None]
            return frozenset().union(*sound) if len(sound) == len(parts) else None
        if isinstance(condition, dict):
            forms = ("not", "from", "to") if attribute.numeric else ("not",)
            odd = [key for key in condition if key not in forms]
            for key in odd:
                self._add((*path, key), f"unknown form of condition {key!r}", key, of_key=True, known=forms)
            if odd:
                return None
        if attribute.numeric:
            return self.range(attribute, condition, path)
        names = tuple(self.domains.get(attribute.name, attribute.values))
        if condition is None:
            self._add(path, f"the condition on {attribute.name} has no value", known=names)
            return None
        if isinstance(condition, bool) and names == v.YES_NO:
            condition = "yes" if condition else "no"
        if condition not in names:
            what = f"unknown value of {attribute.name}: {shorten(condition, 40)}"
            self._add(path, what, condition, known=names)
            return None
        return frozenset((names.index(condition),))

    def size(self, attribute: v.Attribute) -> int:
        if attribute.numeric:
            return attribute.top + 1
        return len(self.domains.get(attribute.name, attribute.values))

    def range(self, attribute: v.Attribute, condition: Any, path: Key) -> frozenset[int] | None:
        if isinstance(condition, dict) and condition and "not" not in condition:
            low, high = condition.get("from", 0), condition.get("to", attribute.top)
        else:
            low = high = condition
        if not all(isinstance(x, int) and is_number(x) for x in (low, high)):
            allowed = f"whole {attribute.unit} such as 18, or {{from: 18, to: 64}}"
            self._add(path, f"not a condition on {attribute.name}", condition, allowed=allowed)
            return None
        if low > high:
            self._add(path, f"the range of {attribute.name} is the wrong way round", condition)
            return None
        if low < 0 or high > attribute.top:
            allowed = f"0 to {attribute.top} (more counts as {attribute.top})"
            self._add(path, f"{attribute.name} is out of range", condition, allowed=allowed)
            return None
        return frozenset(range(low, high + 1))

    def answer(self, data: Any, path: Key) -> tuple[float, ...]:
        if isinstance(data, dict):
            return self.distribution(data, path)
        code = self.one(data, path)
        return tuple(float(k == code) for k in range(len(self.table.answers)))

    def one(self, data: Any, path: Key, *, of_key: bool = False) -> int | None:
        """Return the code of one answer; in a table of many parts a list or `a+b` names a subset."""
        if data is None:
            self._add(path, "there is no answer", known=self.table.answers)
            return None
        if not self.table.many:
            if data in self.table.answers:
                return self.table.answers.index(data)
            if isinstance(data, list):
                self._add(
                    path, "this decision has one answer, not a list", data, allowed="a name or a distribution"
                )
            else:
                self._unknown_answer(path, data, self.table.answers, of_key)
            return None
        if data in ("none", []):
            return 0
        parts = data if isinstance(data, list) else str(data).split("+")
        unknown = [part for part in parts if part not in self.table.parts]
        for part in unknown:
            if part == "none":
                self._add(path, "`none` stands alone", data, of_key=of_key)
            else:
                self._unknown_answer(path, part, (*self.table.parts, "none"), of_key)
        return None if unknown else sum(1 << self.table.parts.index(p) for p in dict.fromkeys(parts))

    def _unknown_answer(self, path: Key, word: Any, known: Sequence[str], of_key: bool) -> None:
        self._add(path, f"unknown answer {word!r}", word, of_key=of_key, known=known)

    def distribution(self, data: dict[str, Any], path: Key) -> tuple[float, ...]:
        chances = [0.0] * len(self.table.answers)
        rest: list[int] = []
        sound = True
        for name, given in data.items():
            code = self.one(name, (*path, name), of_key=True)
            chance = given["value"] if is_passport(given) else given
            if chance == REST and code is not None:
                rest.append(code)
            elif not is_number(chance) or not 0 <= chance <= 1:
                self._add(
                    (*path, name),
                    f"the chance of {name} is not a probability",
                    given,
                    allowed="0 to 1, or rest",
                )
                sound = False
            elif code is not None:
                chances[code] += chance
            sound = sound and code is not None
        if sound:
            self._share_out(chances, rest, path)
        return tuple(chances)

    def _share_out(self, chances: list[float], rest: list[int], path: Key) -> None:
        """Give what is left to the answer that gets the rest, and check that all is shared out."""
        total = math.fsum(chances)
        if len(rest) > 1:
            self._add(path, "only one answer can get the rest")
        elif rest and total <= 1 + 1e-6:
            chances[rest[0]] += max(1 - total, 0.0)
        elif abs(total - 1) > 1e-6:
            self._add(
                path,
                f"probabilities sum to {total:.6g}, not 1",
                allowed="`rest` for one answer gives it what is left",
            )
