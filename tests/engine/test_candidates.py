"""Candidates: layers that stack, keys that never meet, and reach that never refuses wrongly."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.engine.candidates import (
    DAYS_A_YEAR,
    DRIVER,
    INDEX_BITS,
    NO_LIMIT,
    REACH,
    SATURATION,
    TRAFFIC,
    Source,
    layers,
    new_streams,
    next_gap,
    reach_code,
    stream_code,
    who_and_height,
)
from sim.engine.jit import kernel
from sim.scenario import vocabulary as v

FALSE_ALARM = 1e-6
RATES = st.one_of(
    st.just(0.0), st.floats(0, 1e6), st.floats(1e-300, 1e-3), st.sampled_from(REACH[:-1].tolist())
)


def source(name: str = "one", base: float = 0.25, highest: float = 1.0) -> Source:
    return Source(TRAFFIC, name, base, highest, scale=1.0, column=0)


@settings(max_examples=500)
@given(st.lists(RATES, min_size=1, max_size=50))
def test_reach_is_the_least_that_is_not_below_the_rate(relative: list[float]) -> None:
    rates = np.array(relative)
    codes = reach_code(rates)
    assert codes.dtype == np.uint8
    assert (REACH[codes] >= rates).all()
    assert ((codes == 0) == (rates == 0)).all()
    lower = codes > 0
    assert (REACH[codes[lower] - 1] <= rates[lower] * (1 + 1e-11)).all()


def test_reach_goes_from_nothing_to_no_limit_in_even_steps() -> None:
    assert len(REACH) == NO_LIMIT + 1
    assert REACH[0] == 0
    assert REACH[NO_LIMIT] == np.inf
    assert np.allclose(np.diff(np.log2(REACH[1:-1])), 1 / 8)
    assert REACH[-2] > 1e6  # more than any product of a scenario's ratios that is not absurd


@given(st.floats(1e-4, 10), st.floats(0, 1e4))
def test_layers_stack_from_zero_to_the_highest_rate(base: float, highest: float) -> None:
    found = layers(base, highest)
    assert [low for low, _ in found] == [0.0, *(high for _, high in found[:-1])][: len(found)]
    assert [high - low for low, high in found] == [base * 2 ** max(k - 1, 0) for k in range(len(found))]
    if found:
        assert found[-1][1] >= highest
        assert found[-1][0] < highest
    else:
        assert highest == 0


@given(st.floats(1e-4, 10), st.floats(0, 1e4), st.floats(0, 1e4))
def test_a_higher_rate_adds_layers_and_leaves_the_others(base: float, a: float, b: float) -> None:
    few, many = layers(base, min(a, b)), layers(base, max(a, b))
    assert many[: len(few)] == few


def test_streams_of_higher_rates_hold_the_streams_of_lower_ones() -> None:
    few, many = (new_streams([source(highest=x), source("other")], 1_000) for x in (1.0, 50.0))
    known = {row.code: row.item() for row in many}
    assert all(known[row.code] == row.item() for row in few)
    assert len(many) > len(few)


# Names as `sim.pathway.streams` makes them; 24 agencies and operations are the most that a scenario may have.
NAMES = [
    f"{name}/{layer}"
    for name in (
        *(f"{kind}/agency_{k}" for kind in ("traffic", "street") for k in range(24)),
        *(f"crime/{offence}" for offence in v.OFFENCES),
        *(f"operation/operation_{k}" for k in range(24)),
        "community",
    )
    for layer in range(30)  # a rate of millions a year
]


def test_no_two_streams_of_a_world_share_a_code() -> None:
    names = [name for name in NAMES if name.endswith("/0")]
    streams = new_streams([source(name, highest=0.25) for name in names], 100)
    assert len(set(streams.code.tolist())) == len(streams)


def test_every_layer_of_a_source_has_its_window_and_its_operation() -> None:
    window = Source(SATURATION, "blitz", 0.25, 4.0, 1.0, DRIVER, operation=2, begins=30.0, ends=37.5)
    streams = new_streams([source(highest=0.25), window], 100)
    assert len(streams) > 3
    assert [x.item() for x in streams[0][["operation", "begins", "ends"]]] == [-1, 0.0, np.inf]
    assert {row[["operation", "begins", "ends"]].item() for row in streams[1:]} == {(2, 30.0, 37.5)}
    assert {int(kind) for kind in streams.kind[1:]} == {SATURATION}


def test_codes_leave_room_for_the_count_and_none_is_zero() -> None:
    codes = [stream_code(name) for name in NAMES]
    assert all(0 < code < 1 << 23 for code in codes)
    assert 23 + INDEX_BITS <= 63


def test_streams_whose_names_collide_still_get_codes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.engine.candidates.stream_code", lambda name: 7)
    streams = new_streams([source(name, highest=4.0) for name in ("a", "b")], 100)
    assert sorted(int(code) >> INDEX_BITS for code in streams.code) == list(range(7, 7 + len(streams)))


@kernel
def meet(streams, seed, residents, gaps, who, heights):
    stream = streams[0]
    for i in range(gaps.size):
        gaps[i] = next_gap(stream, seed)
        who[i], heights[i] = who_and_height(stream, seed, stream.code | stream.count, residents)
        stream.count += np.uint64(1)


@pytest.mark.parametrize("layer", [0, 2])
def test_candidates_are_a_poisson_process_over_time_residents_and_heights(layer: int) -> None:
    residents, many = 50, 40_000
    streams = new_streams([source()], residents)[layer : layer + 1]
    low, high = float(streams[0].low), float(streams[0].high)
    gaps, heights, who = np.empty(many), np.empty(many), np.empty(many, dtype=np.int64)
    meet(streams, np.uint64(3), residents, gaps, who, heights)
    mean = DAYS_A_YEAR / (residents * (high - low))
    assert stats.kstest(gaps, stats.expon(scale=mean).cdf).pvalue > FALSE_ALARM
    assert stats.kstest(heights, stats.uniform(low, high - low).cdf).pvalue > FALSE_ALARM
    assert stats.chisquare(np.bincount(who, minlength=residents)).pvalue > FALSE_ALARM
    assert ((heights >= low) & (heights < high)).all()
    for a, b in itertools.combinations((gaps, heights, who.astype(float)), 2):
        z = np.corrcoef(a, b)[0, 1] * np.sqrt(many)
        assert 2 * stats.norm.sf(abs(z)) > FALSE_ALARM
