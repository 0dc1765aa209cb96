"""Where two timelines part: on logs written by hand, and on any pair of logs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.ledger import EVENTS, LOG
from sim.outcomes.decisions import DECISIONS, NOTHING, WORDS, places_of, words_for
from sim.outcomes.partings import partings, shared_lines, told_as
from sim.scenario import vocabulary as v

TRANSFER = ("ice_arrest_custodial", "ice_arrest_street")
FIELDS = ("resident", "time", "event", "case", "channel", "agency", "jail", "officer")


def log(*lines: tuple[int, float, str, int] | tuple[int, float, str, int, str]) -> np.ndarray:
    """Give a log of (resident, day, event, case[, channel]), in the order of time."""
    made = np.zeros(len(lines), dtype=LOG)
    for row, (resident, time, event, case, *channel) in zip(made, lines, strict=True):
        row["resident"], row["time"], row["event"], row["case"] = resident, time, EVENTS.index(event), case
        row["channel"] = v.CHANNELS.index(channel[0]) if channel else -1
    return made[np.argsort(made["time"], kind="stable")]


def told(parting: Any) -> tuple[str, str, str, float]:
    names = [EVENTS[parting[k]] if parting[k] >= 0 else NOTHING for k in ("base_event", "lever_event")]
    return DECISIONS[parting["decision"]].name, names[0], names[1], float(parting["time"])


# ── the table of events ─────────────────────────────────────────────────────────────────────────────────


def test_every_event_belongs_to_one_decision_and_has_words() -> None:
    owned = [event for d in DECISIONS for event in d.events]
    assert sorted([*owned, "data_withheld", "rule_broken"]) == sorted(EVENTS)
    assert set(WORDS) == set(EVENTS)
    assert len({words_for(event) for event in owned}) == len(owned)


def test_every_channel_belongs_to_one_decision() -> None:
    owned = [channel for d in DECISIONS for channel in d.channels]
    assert sorted(owned) == sorted(v.CHANNELS)
    withheld = np.full(len(v.CHANNELS), EVENTS.index("data_withheld"), dtype=np.int16)
    channels = np.arange(len(v.CHANNELS), dtype=np.int16)
    for channel, place in zip(v.CHANNELS, places_of(withheld, channels), strict=True):
        assert channel in DECISIONS[place].channels


def test_decisions_have_names_and_words_of_their_own() -> None:
    assert len({d.name for d in DECISIONS}) == len({d.words for d in DECISIONS}) == len(DECISIONS)


# ── logs written by hand ────────────────────────────────────────────────────────────────────────────────


def test_known_partings_are_found() -> None:
    common = [(k, 1.0, "booking", 10 + k) for k in range(6)]
    base = log(
        *common,
        (0, 1.0, "prints_shared", 10, "booking_prints"),
        (0, 3.0, "ice_arrest_custodial", 10),
        (1, 2.0, "honoured", 11),
        (1, 4.0, "hold", 11),
        (1, 5.0, "ice_arrest_custodial", 11),
        (2, 7.0, "traffic_stop", 30),
        (2, 7.0, "ice_arrest_street", 30),
        (3, 6.0, "review", 13),
        (3, 8.0, "ice_arrest_custodial", 13),
        (4, 2.0, "citation", 40),  # parts, with no transfer in either world
        (5, 9.0, "ice_arrest_custodial", 15),  # the same in both
    )
    lever = log(
        *common,
        (0, 1.0, "data_withheld", 10, "booking_prints"),
        (1, 2.0, "notified", 11),
        (1, 4.0, "pickup_missed", 11),
        (3, 9.0, "review_lapsed", 13),
        (5, 9.0, "ice_arrest_custodial", 15),
        (0, 20.0, "street_stop", 50),
    )
    found = partings(base, lever, TRANSFER, 6)
    assert found["resident"].tolist() == [0, 1, 2, 3]
    assert [told(p) for p in found] == [
        ("prints", "prints_shared", "data_withheld", 1.0),
        ("answer", "honoured", "notified", 2.0),
        ("stop", "traffic_stop", NOTHING, 7.0),
        ("review", "review", "review_lapsed", 6.0),
    ]
    assert found["same_case"].all()
    assert (found["base_count"] == 1).all()
    assert (found["lever_count"] == 0).all()


def test_the_earlier_of_two_unrelated_events_is_the_parting() -> None:
    base = log((0, 5.0, "traffic_stop", 1), (0, 5.0, "ice_arrest_street", 1))
    lever = log((0, 4.0, "contact", 2), (0, 4.5, "moved_away", 3))
    (parting,) = partings(base, lever, TRANSFER, 1)
    assert told(parting) == ("contact", NOTHING, "contact", 4.0)
    assert not parting["same_case"]


def test_a_person_with_several_events_counts_by_the_difference() -> None:
    twice = [(0, 1.0, "ice_arrest_custodial", 1), (0, 9.0, "ice_arrest_custodial", 2)]
    (parting,) = partings(log(*twice), log(twice[0]), TRANSFER, 1)
    assert (parting["base_count"], parting["lever_count"], parting["time"]) == (2, 1, 9.0)


def test_the_same_event_at_two_times_says_which_is_sooner() -> None:
    base = log((0, 1.0, "jail_release", 1), (0, 2.0, "ice_arrest_custodial", 9))
    (parting,) = partings(base, log((0, 3.0, "jail_release", 1)), TRANSFER, 1)
    assert told(parting) == ("release", "jail_release", "jail_release", 1.0)
    assert parting["sooner"] == -1


def test_events_before_the_warm_up_ends_part_but_do_not_count() -> None:
    base = log((0, 1.0, "hold", 1), (0, 2.0, "ice_arrest_custodial", 1), (1, 3.0, "hold", 2))
    base = np.concatenate([base, log((1, 12.0, "ice_arrest_custodial", 2))])
    found = partings(base, base[:0], TRANSFER, 2, since=10.0)
    assert [(p["resident"], p["time"]) for p in found] == [(1, 3.0)]


def test_a_rule_that_is_not_kept_changes_nothing_by_itself() -> None:
    same = (0, 1.0, "roster_shared", 1, "jail_roster")
    base = log(same, (0, 2.0, "release_date_shared", 1, "release_date"), (0, 3.0, "ice_arrest_custodial", 1))
    lever = log((0, 1.0, "rule_broken", 1, "jail_roster"), same, (0, 2.0, "data_withheld", 1, "release_date"))
    (parting,) = partings(base, lever, TRANSFER, 1)
    assert told(parting) == ("release_date", "release_date_shared", "data_withheld", 2.0)
    (parting,) = partings(base, lever, ("rule_broken",), 1)
    assert told(parting)[:3] == ("roster", NOTHING, "rule_broken")


def test_an_arrest_at_large_is_told_as_what_it_was() -> None:
    base = log((0, 1.0, "ice_arrest_at_large", 1), (1, 1.0, "ice_arrest_at_large", 2))
    lever = log((1, 1.0, "ice_arrest_at_large", 3), (1, 1.0, "collateral_arrest", 3))
    assert [EVENTS[e] for e in told_as(lever)] == ["collateral_arrest", "collateral_arrest"]
    assert [EVENTS[e] for e in told_as(base)] == ["ice_arrest_at_large"] * 2


# ── any pair of logs ────────────────────────────────────────────────────────────────────────────────────

lines = st.tuples(
    st.integers(0, 3),
    st.integers(0, 6).map(float),
    st.sampled_from(["traffic_stop", "booking", "hold", "ice_arrest_custodial", "review", "rule_broken"]),
    st.integers(1, 3),
    st.sampled_from(["booking_prints", "jail_roster"]),
)
pairs = st.tuples(st.lists(lines, max_size=12), st.lists(lines, max_size=12), st.lists(lines, max_size=6))


@given(pairs)
def test_partings_add_up_and_are_those_of_the_worlds_exchanged(drawn: Any) -> None:
    ours, theirs, common = drawn
    base, lever = log(*common, *ours), log(*common, *theirs)
    found, mirrored = partings(base, lever, TRANSFER, 4), partings(lever, base, TRANSFER, 4)
    totals = [int(np.isin(x["event"], [EVENTS.index(e) for e in TRANSFER]).sum()) for x in (base, lever)]
    assert int((found["lever_count"] - found["base_count"]).sum()) == totals[1] - totals[0]
    for name in ("resident", "decision", "time", "same_case"):
        assert np.array_equal(found[name], mirrored[name])
    for name in ("count", "event", "channel"):
        assert np.array_equal(found[f"base_{name}"], mirrored[f"lever_{name}"])
        assert np.array_equal(found[f"lever_{name}"], mirrored[f"base_{name}"])
    assert np.array_equal(found["sooner"], -mirrored["sooner"])


@given(pairs)
def test_timelines_are_the_same_before_they_part(drawn: Any) -> None:
    ours, theirs, common = drawn
    logs = log(*common, *ours), log(*common, *theirs)
    remark = EVENTS.index("rule_broken")
    for parting in partings(*logs, TRANSFER, 4):
        before, until = [], []
        for x in logs:
            own = x[(x["resident"] == parting["resident"]) & (x["event"] != remark)]
            before.append(
                sorted(tuple(line[f] for f in FIELDS) for line in own[own["time"] < parting["time"]])
            )
            until.append(
                sorted(tuple(line[f] for f in FIELDS) for line in own[own["time"] <= parting["time"]])
            )
        assert before[0] == before[1]
        assert until[0] != until[1]


@given(st.lists(lines, max_size=12))
def test_the_same_log_parts_nowhere(drawn: Any) -> None:
    made = log(*drawn)
    assert len(partings(made, made.copy(), TRANSFER, 4)) == 0
    assert all(known.all() for known in shared_lines(made, made.copy()))


def test_logs_without_a_line_part_nowhere() -> None:
    assert len(partings(log(), log(), TRANSFER, 3)) == 0
    with pytest.raises(ValueError, match="not in"):
        partings(log(), log(), ("no_event",), 3)
