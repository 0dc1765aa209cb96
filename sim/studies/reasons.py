"""Why a lever changes nothing, where the rules alone can tell.

Two worlds whose settings are equal and whose decision tables give the same answers to every case that can
come up are one world, whatever the runs draw.  State law comes before local rules, so a lever on local rules
may be without effect: what the place would do by itself differs, and what it does is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import listing
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from sim.scenario.overrides import fixed_by
from sim.scenario.phases import Phase
from sim.scenario.schema import Scenario
from sim.scenario.tables import CompiledTable

MOST_CASES = 2_000_000


def can_differ(base: LoadedScenario, world: LoadedScenario) -> bool:
    """Whether two worlds may differ, for all that their settings and rules tell."""
    if len(base.phases) != len(world.phases):
        return True
    return not all(_same(a, b) for a, b in zip(base.phases, world.phases, strict=True))


def why_nothing(base: LoadedScenario, world: LoadedScenario, what: str) -> str | None:
    """Return why `what`, which makes `world` of `base`, changes nothing; None where that cannot be told."""
    if can_differ(base, world):
        return None
    there = [(lever.name, lever.parameters) for lever in base.levers]
    added = [lever for lever in world.levers if (lever.name, lever.parameters) not in there]
    phases = list(zip(base.phases, world.phases, strict=True))
    touched = {table for lever in added for table in lever.file.patch.rules}
    if any(_pair(a, b, table).overruled for a, b in phases for table in sorted(touched)):
        return f"State law decides every case that {what} would change."
    laws = {a.settings.state.agreements_287g for a, b in phases if a.settings != b.settings}
    if "banned" in laws:
        return f"State law bans 287(g) agreements, and {what} would change nothing else."
    if "required" in laws:
        return f"State law decides what agreement the jail has, and {what} would change nothing else."
    fixed = [path for lever in added for path in fixed_by(lever, world.fixed)]
    if fixed:
        return f"--set fixes {listing(fixed)}, which {what} would change; it changes nothing else here."
    return f"{what} changes nothing in this scenario."


def needs_of(base: LoadedScenario, world: LoadedScenario, what: str) -> str | None:
    """Return what a lever that was seen to change nothing needs, by its file; None where that does not say.

    That the need is not met here is a guess: the runs may only have been too few to meet a difference.
    """
    there = [(lever.name, lever.parameters) for lever in base.levers]
    added = [lever for lever in world.levers if (lever.name, lever.parameters) not in there]
    needs = [lever.file.needs for lever in added if lever.file.needs]
    if not needs or len(needs) < len(added):
        return None
    return f"{what} made no difference in these runs. It needs {'; '.join(dict.fromkeys(needs))}."


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two tables case by case: their cells side by side, for the cases that can come up."""

    a: CompiledTable
    b: CompiledTable
    one: NDArray[np.int64]
    other: NDArray[np.int64]

    @property
    def same(self) -> bool:
        """Whether every case has the same answers with the same chances."""
        kept = self.a.compliance[self.one]
        # What is done by those who do not keep to a rule matters only where there are any.
        fallback = (self.a.fallback[self.one] == self.b.fallback[self.other]).all(axis=1) | (kept >= 1)
        return bool(
            np.array_equal(self.a.paper[self.one], self.b.paper[self.other])
            and np.array_equal(kept, self.b.compliance[self.other])
            and fallback.all()
        )

    @property
    def overruled(self) -> bool:
        """Whether state law hides a difference between the local rules of tables with the same answers.

        Where state law answers, what is done by those who do not keep to it is what the local rule says;
        where it does not, it is unrestricted practice, which no lever changes.
        """
        return not np.array_equal(self.a.fallback[self.one], self.b.fallback[self.other])


def _same(a: Phase, b: Phase) -> bool:
    """Whether two phases are equal in everything that can come up; where there are too many cases, no."""
    if a.day != b.day or _in_force(a.settings) != _in_force(b.settings):
        return False
    return all(_countable(a, b, name) and _pair(a, b, name).same for name in a.tables)


def _in_force(s: Scenario) -> Scenario:
    """Return settings without what the law on 287(g) agreements leaves idle."""
    law = s.state.agreements_287g
    agencies, jails, state = dict(s.agencies), dict(s.jails), s.state
    if law == "banned":
        nothing = {"model_287g": "none", "deputized": 0.0}
        agencies = {name: a.model_copy(update=nothing) for name, a in agencies.items()}
        jails = {n: j.model_copy(update={**nothing, "deputized_staff": 0.0}) for n, j in jails.items()}
    for name, jail in jails.items():
        if jail.model_287g == "none":
            jails[name] = jail.model_copy(update={"deputized": 0.0, "deputized_staff": 0.0})
    for name, agency in agencies.items():
        if agency.model_287g == "none":
            agencies[name] = agency.model_copy(update={"deputized": 0.0})
    if law != "required" or all(jail.model_287g != "none" for jail in jails.values()):
        state = state.model_copy(update={"required_coverage": 0.0, "required_staff": 0.0})
    return s.model_copy(update={"agencies": agencies, "jails": jails, "state": state})


def _possible(phase: Phase, attribute: str) -> tuple[str, ...] | None:
    """Return the values that an attribute can take in a phase; None where any can come up."""
    s = _in_force(phase.settings)
    agencies, operations = s.agencies.values(), s.operations.values()
    if attribute == "model_287g":
        return tuple({a.model_287g for a in agencies})
    if attribute == "status_inquiry":
        return tuple({v.YES_NO[int(a.status_inquiry)] for a in agencies})
    occurs = {
        "deputized": any(a.model_287g == "tfm" for a in agencies),
        "task_force": any(a.task_force > 0 for a in agencies) or any(o.partner for o in operations),
        "saturation": bool(operations),
        "trained": any(a.trained > 0 for a in agencies),
    }
    if attribute not in occurs:
        return None
    return v.YES_NO if occurs[attribute] else ("no",)


def _pair(a: Phase, b: Phase, name: str) -> _Pair:
    """Return a table of two phases, one case after the other."""
    one = other = np.zeros(1, dtype=np.int64)
    for parts in _parts(a, b, name):
        one = (one[:, None] + parts[0]).reshape(-1)
        other = (other[:, None] + parts[1]).reshape(-1)
    return _Pair(a.tables[name], b.tables[name], one, other)


def _countable(a: Phase, b: Phase, name: str) -> bool:
    return float(np.prod([float(parts.shape[1]) for parts in _parts(a, b, name)])) <= MOST_CASES


def _parts(a: Phase, b: Phase, name: str) -> list[NDArray[np.int32]]:
    """Return for each attribute that a table sees the parts of the cell numbers that its values give."""
    table, other = a.tables[name], b.tables[name]
    found = []
    for attribute, x, y in zip(table.spec.sees, table.lookup, other.lookup, strict=True):
        values = np.stack([x, y])
        if attribute == "request":
            values = values[:, _requests(a) | _requests(b)]
        possible = [_possible(phase, attribute) for phase in (a, b)]
        if possible[0] is not None and possible[1] is not None:
            names = v.ATTRIBUTES[attribute].values
            values = values[:, [name in possible[0] + possible[1] for name in names]]
        found.append(np.unique(values, axis=1))
    return found


def _requests(phase: Phase) -> NDArray[np.bool_]:
    """Return which requests ICE makes at all: those that its review can answer with."""
    review = phase.tables["ice.review"]
    possible = _answers(review.paper) | (_answers(review.fallback) & (review.compliance < 1)[:, None])
    answered = [v.REQUESTS[code] for code in np.flatnonzero(np.any(possible, axis=0))]
    return np.array([name in answered for name in v.ATTRIBUTES["request"].values])


def _answers(cumulative: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which answers a cell can give."""
    return np.diff(cumulative, axis=1, prepend=0.0) > 0
