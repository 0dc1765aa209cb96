from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.engine.ledger import EVENTS, LOG
from sim.outcomes.flows import PLACES, STAGE_OF, STAGES, flows, path_of
from sim.studies.run import Run

events = st.lists(st.sampled_from(EVENTS), max_size=14)


@given(events)
def test_a_chain_runs_through_each_stage_once_and_in_their_order(known: list[str]) -> None:
    path = path_of(known)
    stages = [STAGE_OF[place] for place in path]
    assert stages == sorted(set(stages))
    assert not path or STAGES[stages[0]].name == "notice"


@given(st.lists(events, max_size=8))
def test_what_flows_into_a_place_flows_out_of_it_or_ends_there(chains: list[list[str]]) -> None:
    log = np.zeros(sum(map(len, chains)), dtype=LOG)
    lines = [(k, event) for k, chain in enumerate(chains) for event in chain]
    for line, (k, event) in zip(log, lines, strict=True):
        line["case"], line["resident"], line["event"] = k + 1, k, EVENTS.index(event)
    links = flows(log)
    into, out = Counter[str](), Counter[str]()
    for (start, end), n in links.items():
        into[end] += n
        out[start] += n
    ends = Counter(path[-1] for chain in chains if (path := path_of(chain)))
    for place in PLACES:
        assert into[place] == out[place] + ends[place]
    assert out[""] == sum(1 for chain in chains if path_of(chain))


@pytest.fixture(scope="module")
def run() -> Run:
    return sim.run("base", residents=30_000, days=200, replications=1, keep_log=True, seed=5)


def test_the_flow_has_the_transfers_arrests_and_matches_that_are_counted(run) -> None:  # type: ignore[no-untyped-def]
    (result,) = run.results
    links = flows(result.log)
    sizes = Counter[str]()
    for (_, end), n in links.items():
        sizes[end] += n
    counts = result.counts
    transfers = counts["ice_arrest_custodial"] + counts["ice_arrest_street"]
    assert sizes["transferred"] == transfers > 0
    assert sizes["at_large"] == counts["ice_arrest_at_large"] > 0
    assert sizes["match"] == counts["match"] > 0
    assert sizes["lawful_match"] == counts["match_lawful"] > 0
    assert sizes["removed"] == counts["removal"] + counts["voluntary_departure"] > 0


def test_a_chain_that_began_before_the_counting_is_left_out(run) -> None:  # type: ignore[no-untyped-def]
    log = run.results[0].log
    whole, later = flows(log), flows(log, 100.0)
    assert 0 < sum(n for (a, _), n in later.items() if not a) < sum(n for (a, _), n in whole.items() if not a)
    assert flows(log, 1e9) == {}
