"""Every decision hands each attribute of its table what the table calls by that name, and nothing else.

Each table is replaced by one that looks at a single attribute; the decision must then follow that attribute
of the agents, whatever else they are.
"""

from collections.abc import Callable

import pytest

from sim.agents import ice, jail, officer
from sim.engine.rulebook import RuleBook
from sim.scenario import vocabulary as v
from tests.agents.conftest import Look, State, size

Decide = Callable[[RuleBook, State], int]

DECISIONS: dict[str, Decide] = {
    "stop.query": lambda rules, s: officer.queries(rules, s.officer, s.agency, s.resident, s.case, s.seed),
    "stop.outcome": lambda rules, s: officer.stop_outcome(
        rules, s.officer, s.resident, s.case, s.screening, 0.0, s.seed
    ),
    "stop.street_check": lambda rules, s: officer.street_check(
        rules, s.officer, s.agency, s.resident, s.case, s.immigration_hit, s.outcome, s.seed
    ),
    "booking.disposition": lambda rules, s: officer.disposition(rules, s.resident, s.case, s.seed),
    "booking.identify": lambda rules, s: jail.identify(rules, s.resident, s.case, s.seed),
    "custody.release": lambda rules, s: jail.release_route(rules, s.resident, s.case, s.detainer, s.seed),
    "detainer.response": lambda rules, s: jail.response(rules, s.resident, s.case, s.seed),
    "ice.review": lambda rules, s: ice.review(rules, s.resident, s.case, s.seed),
    "ice.at_large": lambda rules, s: ice.lead_choice(rules, s.resident, s.case, s.lead_age + 0.7, s.seed, 0),
    "court.outcome": lambda rules, s: ice.court_outcome(rules, s.resident, s.case, s.represented, s.seed),
}

# What each attribute means, by its name in the rules, whatever the decision.
MEANINGS: dict[str, Callable[[State], int]] = {
    "agency": lambda s: s.case.agency,
    "jail": lambda s: s.case.jail,
    "reason": lambda s: s.case.reason,
    "group": lambda s: s.resident.group,
    "age": lambda s: s.resident.age,
    "licensed": lambda s: s.resident.licensed,
    "warrant_hit": lambda s: s.case.warrant_hit,
    "immigration_hit": lambda s: s.immigration_hit,
    "deputized": lambda s: s.case.deputized,
    "trained": lambda s: s.officer.trained,
    "screening": lambda s: s.screening,
    "outcome": lambda s: s.outcome,
    "model_287g": lambda s: s.agency.model_287g,
    "task_force": lambda s: s.case.federal,
    "saturation": lambda s: s.case.saturation,
    "status_inquiry": lambda s: s.agency.status_inquiry,
    "origin": lambda s: s.case.origin,
    "offence": lambda s: s.case.offence,
    "record": lambda s: s.resident.record,
    "charged": lambda s: s.case.charged,
    "detainer_lodged": lambda s: s.detainer,
    "channel": lambda s: s.case.channel,
    "hit": lambda s: s.case.hit - 1,
    "status": lambda s: s.resident.status,
    "order": lambda s: s.resident.order,
    "request": lambda s: s.case.request - v.REQUEST_NOTIFICATION,
    "warrant": lambda s: {
        v.REQUEST_NOTIFICATION: v.WARRANTS.index("none"),
        v.REQUEST_DETAINER: v.WARRANTS.index("administrative"),
        v.REQUEST_JUDICIAL: v.WARRANTS.index("judicial"),
    }[int(s.case.request)],
    "lead_age": lambda s: min(s.lead_age, v.ATTRIBUTES["lead_age"].top),
    "priority": lambda s: s.case.priority,
    "address_known": lambda s: s.case.address,
    "represented": lambda s: s.represented,
}
# ICE sees an order where its files show one.
SPECIAL = {
    ("ice.review", "order"): lambda s: int(s.case.hit == v.HIT_ORDER),
    ("ice.at_large", "order"): lambda s: int(s.case.hit == v.HIT_ORDER),
}
PAIRS = [(name, attribute) for name in DECISIONS for attribute in v.TABLES[name].sees]


@pytest.mark.parametrize(("name", "attribute"), PAIRS)
def test_a_decision_sees_each_attribute_by_its_name(
    name: str, attribute: str, looks_at: Look, states: list[State]
) -> None:
    meaning = SPECIAL.get((name, attribute), MEANINGS[attribute])
    codes = {int(meaning(s)) for s in states}
    assert len(codes) > 1, "the states do not vary in what is tested"
    for code in sorted(codes)[:8]:
        rules = looks_at(name, attribute, code)
        decided = [int(DECISIONS[name](rules, s)) for s in states]
        assert decided == [int(meaning(s) == code) for s in states]


def test_every_table_but_that_on_sharing_is_a_decision_of_an_agent() -> None:
    assert {*DECISIONS, "sharing.channel"} == set(v.TABLES)  # sharing: tests/pathway/test_sharing.py


def test_a_false_match_shows_ice_an_undocumented_person(looks_at: Look, states: list[State]) -> None:
    rules = looks_at("ice.review", "status", v.UNDOCUMENTED)
    for s in states:
        s.case.wrongful, s.case.hit = 1, v.HIT_REMOVABLE
        assert ice.review(rules, s.resident, s.case, s.seed) == 1
        s.case.hit = v.HIT_LAWFUL  # a file that says that they are lawful shows their own status
        assert ice.review(rules, s.resident, s.case, s.seed) == int(s.resident.status == v.UNDOCUMENTED)


def test_a_match_without_an_arrest_counts_as_a_misdemeanor(looks_at: Look, states: list[State]) -> None:
    rules = looks_at("ice.review", "offence", v.MISDEMEANOR)
    for s in states:
        s.case.offence = -1
        assert ice.review(rules, s.resident, s.case, s.seed) == 1


def test_every_attribute_is_understood_by_the_rules_under_the_same_number_of_codes() -> None:
    assert set(MEANINGS) == set(v.ATTRIBUTES)
    assert all(size(name) > 1 for name in MEANINGS)
