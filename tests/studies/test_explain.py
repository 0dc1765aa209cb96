"""Why worlds differ: what adds up, what does not depend on how it is asked, and what is refused."""

import doctest
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim.engine.ledger import EVENTS
from sim.errors import InputError
from sim.outcomes.definitions import BY_NAME
from sim.outcomes.partings import partings
from sim.studies.explain import BY, EXPLAINABLE, Divergence, explain
from sim.studies.follow import follow
from sim.studies.plan import Plan
from sim.studies.replicate import each_replication
from sim.studies.simulate import Settings
from sim.views.divergence import notes_on

QUICK = Plan(residents=3_000, days=120, replications=2, workers=1)
LEVERS = ["prints_kept_local", "cite_and_release=0.9", "task_force_287g", "jail_screening", "workplace_raid"]


@pytest.mark.parametrize("lever", LEVERS)
@pytest.mark.parametrize("outcome", ["transfers", "bookings", "ice_arrests"])
def test_rows_add_up_exactly_to_the_difference_that_compare_finds(lever: str, outcome: str) -> None:
    compared = sim.compare("base", [lever], plan=QUICK, warm_up=20)
    why = explain("base", [lever], outcome=outcome, plan=QUICK, warm_up=20)
    counted = [
        [sum(r.counts[row] for row in BY_NAME[outcome].numerator) for r in world]
        for world in compared.results
    ]
    assert why.events == (sum(counted[0]), sum(counted[1]))
    for by in ("", *BY):
        rows = why.rows(by)
        assert sum(row.net for row in rows) == why.events[1] - why.events[0]
        assert all(row.net == row.added - row.averted for row in rows)
        assert sum(row.people for row in rows) == len(why.partings)
    effect = compared.effect(lever, outcome)
    assert repr(why.effect) == repr(effect)  # a missing value is no difference
    assert sum(row.net_per_100k for row in why.rows()) == pytest.approx(effect.difference)
    for by in ("status", "group"):
        for level in BY[by]:
            net = sum(row.net_per_100k for row in why.rows(by) if row.level == level)
            assert net == pytest.approx(compared.effect(lever, outcome, by, level).difference)


OTHERS = """\
title: More people without papers
claim: A larger share of residents is undocumented.
stage: stop
systems: [1]
sources: [own_estimate]
patch:
  set: {population.statuses.undocumented: 0.08}
"""


def test_rows_add_up_where_a_lever_changes_who_people_are(tmp_path: Path) -> None:
    """They are no twins of themselves, which is told; averted and added are the difference all the same."""
    lever = tmp_path / "others.yaml"
    lever.write_text(OTHERS, encoding="utf-8")
    compared = sim.compare("base", [str(lever)], plan=QUICK)
    why = explain("base", [str(lever)], outcome="bookings", plan=QUICK)
    assert 0 < why.changed_people < QUICK.residents * 2  # type: ignore[operator]
    assert why.events[1] != why.events[0]
    for by in ("", *BY):
        assert sum(row.net for row in why.rows(by)) == why.events[1] - why.events[0]
    effect = compared.effect(compared.names[1], "bookings")
    assert sum(row.net_per_100k for row in why.rows()) == pytest.approx(effect.difference)
    assert "those are no twins" in notes_on(why)[0]


@given(seed=st.integers(0, 2**31), lever=st.sampled_from(LEVERS), outcome=st.sampled_from(EXPLAINABLE))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_rows_add_up_whatever_the_seed_the_lever_and_the_outcome(seed: int, lever: str, outcome: str) -> None:
    why = explain("base", [lever], outcome=outcome, plan=QUICK, seed=seed, residents=1_000)
    for summed in (False, True):
        assert sum(row.net for row in why.rows(summed=summed)) == why.events[1] - why.events[0]
    unit = why.settings.residents * why.settings.days * why.settings.replications / 36_500_000
    assert why.effect.difference * unit == pytest.approx(why.events[1] - why.events[0])


@pytest.mark.parametrize(("shown", "name"), [(Divergence.table, "table"), (follow, "follow")])
def test_the_examples_in_the_docstrings_run(shown: Any, name: str) -> None:
    (test,) = doctest.DocTestFinder().find(shown, name, globs={})
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_a_lever_that_changes_nothing_leaves_nothing_to_explain() -> None:
    why = explain("base", ["null"], outcome="stops", plan=QUICK)
    assert why.table().empty
    assert len(why.partings) == 0
    assert why.events[0] == why.events[1] > 0
    assert why.why_nothing() == "null changes nothing in this scenario."


def test_several_levers_are_one_world() -> None:
    both = ["cite_and_release=0.9", "prints_kept_local"]
    why = explain("base", both, outcome="prints_shared", plan=QUICK)
    assert why.lever == "cite_and_release=0.9 + prints_kept_local"
    assert why.events[1] == 0
    assert {row.decision for row in why.rows()} >= {"prints", "disposition"}


def test_the_table_is_the_same_whatever_the_number_of_threads() -> None:
    one, two = (explain("base", ["jail_screening"], plan=QUICK, workers=n) for n in (1, 2))
    assert one.table().equals(two.table())
    assert np.array_equal(one.partings, two.partings)


def test_partings_of_lived_worlds_do_not_depend_on_which_is_the_base() -> None:
    def both(twins: Any) -> Any:
        logs = [r.log for r in twins.results]
        return [partings(a, b, ("traffic_stop", "booking"), 3_000) for a, b in (logs, logs[::-1])]

    worlds = [sim.load("base", levers=levers) for levers in ([], ["cite_and_release=0.9"])]
    ((one, other),) = each_replication(worlds, Settings(3_000, 120.0, 1, 1), both, keep_log=True)
    assert len(one) > 0
    assert np.array_equal(one["base_count"], other["lever_count"])
    assert np.array_equal(one["base_event"], other["lever_event"])
    assert np.array_equal(one["decision"], other["decision"])


def test_people_of_one_world_alone_have_the_outcome_there_and_not_in_the_other() -> None:
    why = explain("base", ["cite_and_release=0.9"], outcome="bookings", plan=QUICK)
    gone, come = why.only_in("base"), why.only_in("lever")
    assert len(gone) > 0
    assert (gone["lever_count"] == 0).all()
    assert (gone["base_count"] > 0).all()
    assert (come["base_count"] == 0).all()


def test_a_person_followed_parts_where_the_table_says() -> None:
    why = explain("base", ["cite_and_release=0.9"], outcome="bookings", plan=QUICK)
    for person in why.only_in("base")[:4]:
        where = {"replication": int(person["replication"]), "plan": QUICK}
        lives = follow("base", ["cite_and_release=0.9"], int(person["resident"]), **where)
        assert lives.parted == person["time"]
        first = next(m for m in lives.moments if m.parted)
        assert first.base is not None
        assert first.base.event == EVENTS[person["base_event"]]
        assert all(m.base == m.lever for m in lives.moments if not m.parted)
        assert lives.who["age"] == person["age"]


def test_a_timeline_holds_all_that_the_log_has_of_a_person() -> None:
    model = sim.Model(sim.load("base", levers=["cite_and_release=0.9"]), residents=3_000, keep_log=True)
    model.run_until(120.0)
    log = model.events()
    busiest = int(log["resident"].mode()[0])
    lives = follow("base", ["cite_and_release=0.9"], busiest, plan=QUICK, seed=model.root_seed)
    own = log[log["resident"] == busiest]
    assert [m.lever.event for m in lives.moments if m.lever] == [str(e) for e in own["event"]]
    assert [m.day for m in lives.moments if m.lever] == own["time"].tolist()


def test_nobody_parts_under_a_lever_that_changes_nothing() -> None:
    lives = follow("base", ["null"], 7, plan=QUICK)
    assert lives.parted is None
    assert all(m.base == m.lever for m in lives.moments)


def test_one_replication_has_no_interval() -> None:
    why = explain("base", ["cite_and_release=0.9"], outcome="bookings", plan=QUICK, replications=1)
    assert all(math.isnan(row.ci_low) for row in why.rows())


def test_each_replication_keeps_what_it_is_told_to_in_their_order() -> None:
    run = Settings(residents=500, days=5.0, seed=1, replications=5)
    numbers = each_replication([sim.load("base")], run, lambda twins: twins.results[0].replication)
    assert numbers == [0, 1, 2, 3, 4]
    chosen = each_replication([sim.load("base")], run, lambda t: t.results[0].replication, chosen=[3])
    assert chosen == [3]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        explain("base", ["data_firewal"], outcome="transfer", days=-1, set_values=["ice.nonsense=1"])
    text = str(caught.value)
    assert "did you mean: data_firewall" in text
    assert "did you mean: transfers" in text
    assert "days" in text
    assert "ice.nonsense" in text


@pytest.mark.parametrize(
    "outcome", ["trust", "hold_hours", "jail_days", "reporting_rate", "custody_per_detainer"]
)
def test_outcomes_that_are_no_events_of_people_are_refused_by_name(outcome: str) -> None:
    with pytest.raises(InputError, match=f"{outcome} is no count of events") as caught:
        explain("base", ["null"], outcome=outcome)
    assert all(name in str(caught.value) for name in ("transfers", "removals", "stops"))


def test_every_outcome_that_can_be_explained_counts_events_a_year_and_resident() -> None:
    assert "transfers" in EXPLAINABLE
    for name in EXPLAINABLE:
        assert BY_NAME[name].is_rate
        assert set(BY_NAME[name].numerator) <= set(EVENTS)


def test_without_a_lever_there_is_nothing_to_explain() -> None:
    with pytest.raises(InputError, match="no lever"):
        explain("base", [])


def test_a_person_or_a_replication_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        follow("base", ["null"], 3_000, replication=2, plan=QUICK)
    assert "0 to 2,999" in str(caught.value)
    assert "0 to 1" in str(caught.value)


def test_an_unknown_breakdown_is_a_value_error() -> None:
    why = explain("base", ["null"], plan=QUICK, days=5)
    with pytest.raises(ValueError, match="status, group, record"):
        why.rows("county")
