"""Agents and a case in any state, and rule books in which one table looks at one attribute alone."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from sim.agents.ice import new_office
from sim.agents.jail import new_jails
from sim.agents.officer import new_officers
from sim.agents.resident import new_residents
from sim.engine import rulebook
from sim.engine.rulebook import RuleBook
from sim.errors import Mark, Problems
from sim.pathway.world import AGENCY, CASE
from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from sim.scenario.rules import Row
from sim.scenario.tables import CompiledTable, Practice, RowSets, compile_table

DOMAINS = {"agency": ("city_police", "sheriff", "state_police"), "jail": ("county_jail", "other_jail")}
Look = Callable[[str, str, int], RuleBook]
Says = Callable[[str, Mapping[str, float]], RuleBook]


def size(attribute: str) -> int:
    """Give how many codes an attribute has."""
    found = v.ATTRIBUTES[attribute]
    return found.top + 1 if found.numeric else len(DOMAINS.get(attribute, found.values))


class State:
    """One of each agent, and a case, with every field drawn anywhere in its range."""

    def __init__(self, rng: np.random.Generator) -> None:
        draw = rng.integers
        self.resident = new_residents(1)[0]
        self.resident.age = draw(100)
        for name, words in (("group", v.GROUPS), ("status", v.STATUSES), ("record", v.RECORDS)):
            self.resident[name] = draw(len(words))
        for name in ("licensed", "order", "biometric", "warrant"):
            self.resident[name] = draw(2)
        self.officer = new_officers(1)[0]
        for name in ("deputized", "trained", "task_force"):
            self.officer[name] = draw(2)
        self.agency = np.zeros(1, dtype=AGENCY).view(np.recarray)[0]
        self.agency.model_287g, self.agency.status_inquiry = draw(len(v.MODELS_287G)), draw(2)
        self.jail = new_jails(1)[0]
        self.office = new_office()[0]
        self.case = np.zeros(1, dtype=CASE).view(np.recarray)[0]
        case = self.case
        case.key = draw(1, 2**63)
        ranges = {
            "agency": 3,
            "jail": 2,
            "reason": len(v.REASONS),
            "origin": len(v.ORIGINS),
            "offence": len(v.OFFENCES),
            "charged": 2,
            "warrant_hit": 2,
            "federal": 2,
            "deputized": 2,
            "saturation": 2,
            "channel": len(v.CHANNELS),
            "priority": len(v.PRIORITIES),
            "address": 2,
        }
        for name, count in ranges.items():
            case[name] = draw(count)
        case.hit = draw(1, len(v.HITS))
        case.request = draw(v.REQUEST_NOTIFICATION, len(v.REQUESTS))
        self.screening, self.immigration_hit, self.outcome = draw(2), draw(2), draw(4)
        self.detainer, self.represented, self.lead_age = draw(2), draw(2), draw(800)
        self.seed = np.uint64(draw(2**63))


@pytest.fixture
def states() -> list[State]:
    rng = np.random.default_rng(5)
    return [State(rng) for _ in range(60)]


@pytest.fixture(scope="session")
def base_tables() -> Mapping[str, CompiledTable]:
    return load("base").phases[0].tables


def book(base: Mapping[str, CompiledTable], name: str, rows: Sequence[Row]) -> RuleBook:
    """Give the rules of the base scenario with other rows for one table, always kept."""
    problems = Problems()
    table = compile_table(v.TABLES[name], RowSets([], rows, []), Practice(1.0), DOMAINS, problems)
    problems.raise_if_any()
    assert table is not None
    return rulebook.build({**base, name: table})


@pytest.fixture(scope="session")
def looks_at(base_tables: Mapping[str, CompiledTable]) -> Look:
    """Give a rule book whose table `name` answers 1 where `attribute` has the code, and 0 elsewhere."""

    def look(name: str, attribute: str, code: int) -> RuleBook:
        def answers(k: int) -> tuple[float, ...]:
            return tuple(float(k == a) for a in range(len(v.TABLES[name].answers)))

        rows = [Row({attribute: frozenset({code})}, answers(1), Mark()), Row({}, answers(0), Mark())]
        return book(base_tables, name, rows)

    return look


@pytest.fixture(scope="session")
def says(base_tables: Mapping[str, CompiledTable]) -> Says:
    """Give a rule book whose table `name` answers by these chances whatever it sees."""

    def say(name: str, chances: Mapping[str, float]) -> RuleBook:
        answers = tuple(chances.get(answer, 0.0) for answer in v.TABLES[name].answers)
        return book(base_tables, name, [Row({}, answers, Mark())])

    return say
