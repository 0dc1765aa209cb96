"""Rankings under presets: what is disputed, what is robust, and which assumption turns a ranking."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from sim.outcomes.definitions import OUTCOMES
from sim.studies.plan import Plan
from sim.studies.presets import (
    DISPUTED,
    ROBUST,
    UNTOLD,
    PresetComparison,
    compare_presets,
    is_disputed,
    sign_of,
)

SIGNED = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


def array(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


# ---------------------------------------------------------------- two options under one preset


@pytest.mark.parametrize("many", [2, 3, 6, 20])
@pytest.mark.parametrize("mean", [1.0, -1.0])
def test_a_sign_is_told_where_the_t_interval_leaves_out_zero(many: int, mean: float) -> None:
    wave = array([1.0, -1.0] * (many // 2) + [0.0] * (many % 2))
    spread = wave.std(ddof=1)
    widest = abs(mean) * math.sqrt(many) / stats.t.ppf(0.975, many - 1) / spread
    assert sign_of(mean + 0.999 * widest * wave) == mean
    assert sign_of(mean + 1.001 * widest * wave) == 0


def test_differences_that_are_all_alike_have_their_sign_and_none_has_none() -> None:
    assert sign_of(array([2.0, 2.0])) == 1
    assert sign_of(array([-2.0] * 5)) == -1
    assert sign_of(array([0.0] * 5)) == 0


def test_what_is_missing_says_nothing() -> None:
    nan = math.nan
    assert sign_of(array([nan, nan])) == 0
    assert sign_of(array([])) == 0
    assert sign_of(array([3.0])) == 0
    assert sign_of(array([3.0, nan])) == 0
    assert sign_of(array([3.0, nan, 3.1, 2.9])) == 1


@given(values=SIGNED)
def test_the_opposite_difference_has_the_opposite_sign(values: list[float]) -> None:
    assert sign_of(-array(values)) == -sign_of(array(values))


# ---------------------------------------------------------------- the same two under two presets

FIRM = array([10.0, 10.2, 9.8, 10.1])
SMALL = array([0.1, -0.1, 0.05, -0.05])


def test_opposite_signs_are_a_dispute() -> None:
    assert is_disputed(FIRM, -FIRM)
    assert is_disputed(FIRM, -FIRM / 100)


def test_the_same_sign_is_none_however_the_sizes_differ() -> None:
    assert not is_disputed(FIRM, FIRM / 100)
    assert not is_disputed(SMALL, SMALL)


@pytest.mark.parametrize(
    ("mean", "wave", "disputed"),
    [(0.5, 0.4, True), (0.0, 1.3, True), (0.0, 1.4, False), (1.0, 0.8, True), (1.0, 0.9, False)],
)
def test_a_firm_difference_disputes_one_that_is_surely_less_than_a_quarter(
    mean: float, wave: float, disputed: bool
) -> None:
    """The interval of four values `mean ± wave` reaches 1.837 waves: against 10 it must end below 2.5."""
    other = mean + wave * array([1.0, -1.0, 1.0, -1.0])
    assert sign_of(other) == 0
    for sign in (1, -1):
        assert is_disputed(array([10.0] * 4) * sign, other * sign) == disputed
        assert is_disputed(other * sign, array([10.0] * 4) * sign) == disputed


def test_no_difference_at_all_beside_a_firm_one_is_a_dispute_and_a_vague_one_is_not() -> None:
    assert is_disputed(FIRM, SMALL)
    assert is_disputed(SMALL, FIRM)
    assert is_disputed(-FIRM, SMALL)
    vague = array([40.0, -30.0, 35.0, -25.0])
    assert sign_of(vague) == 0
    assert not is_disputed(FIRM, vague)


@given(one=SIGNED, other=SIGNED)
def test_a_dispute_is_the_same_from_both_sides_and_never_with_itself(
    one: list[float], other: list[float]
) -> None:
    many = min(len(one), len(other))
    assume(many >= 2)
    a, b = array(one[:many]), array(other[:many])
    assert is_disputed(a, b) == is_disputed(b, a)
    assert is_disputed(-a, -b) == is_disputed(a, b)
    assert not is_disputed(a, a)
    if sign_of(a) * sign_of(b) < 0:
        assert is_disputed(a, b)


# ---------------------------------------------------------------- presets of a tree of one's own

QUICK = Plan(residents=1_500, days=60, replications=4)


def tree(folder: Path, presets: dict[str, dict[str, dict[str, Any]]]) -> Path:
    """Write a scenario with two levers and presets: name → assumption → settings."""

    def put(name: str, body: dict[str, Any]) -> None:
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body), encoding="utf-8")

    head = {"claim": "It is so.", "sources": ["own_estimate"]}
    lever = {**head, "stage": "community", "cooperation": "neutral", "systems": []}
    changes = {"calm": {"community.contacts": 4}, "stop_more": {"agencies.*.traffic_stops": 1.5}}
    for name, settings in changes.items():
        put(f"levers/{name}", {**lever, "title": name, "patch": {"set": settings}})
    for name, assumptions in presets.items():
        said = {each: {**head, "set": settings} for each, settings in assumptions.items()}
        put(f"presets/{name}", {**head, "title": name, **({"assumptions": said} if said else {})})
    strong = {
        "community.trust.step": 0.08,
        "community.trust.asymmetry": 2,
        "community.trust.frightens.contact": -0.4,
        "community.avoidance.depth": 0,
    }
    put("main", {"extends": "base", "set": strong})
    return folder / "main.yaml"


QUALITY = "community.trust.quality"
GOOD = dict.fromkeys(("stop", "citation", "search", "arrest", "contact"), 1.0)
BAD = dict.fromkeys(GOOD, -1.0)


def ranking(done: PresetComparison, outcome: str) -> Any:
    return next(r for r in done.rankings if r.outcome == outcome)


def of(quality: dict[str, float]) -> dict[str, Any]:
    return {f"{QUALITY}.{name}": value for name, value in quality.items()}


def test_a_ranking_that_an_assumption_turns_is_disputed_and_the_assumption_is_named(tmp_path: Path) -> None:
    """Whether contacts please or offend decides whether more of them raise trust; other claims do not."""
    presets = {
        "neutral": {},
        "sour": {"offence": {f"{QUALITY}.contact": -1.0}, "lag": {"community.offending.lag": 100}},
    }
    done = compare_presets(tree(tmp_path, presets), ["calm"], plan=QUICK)
    trust = ranking(done, "trust")
    assert trust.label == DISPUTED
    assert trust.turns == (("base", "calm"),)
    assert trust.because == ("sour: offence",)
    assert trust.orders == {"neutral": "base < calm", "sour": "calm < base"}
    assert ranking(done, "contacts").label == ROBUST
    assert ranking(done, "contacts").orders == dict.fromkeys(("neutral", "sour"), "base < calm")
    assert ranking(done, "contacts").because == ()


def test_assumptions_that_turn_a_ranking_only_together_are_named_together(tmp_path: Path) -> None:
    """Contacts raise trust by quality or by reassurance; it takes both to be bad for them to lower it."""
    presets = {
        "neutral": {},
        "sour": {
            "dull": {f"{QUALITY}.contact": -0.05},
            "stern": {"community.trust.frightens.contact": 0.2},
        },
    }
    done = compare_presets(tree(tmp_path, presets), ["calm"], plan=QUICK)
    trust = ranking(done, "trust")
    assert trust.label == DISPUTED
    assert trust.because == ("sour: its assumptions together",)


def test_options_swap_under_presets_and_each_pair_that_turns_is_told(tmp_path: Path) -> None:
    """One preset takes contacts for pleasant and stops for bad; the other the other way round."""
    one = of(BAD | {"contact": 1.0})
    two = of(GOOD | {"contact": -1.0})
    presets = {"neutral": {"all": one}, "other": {"all": two}}
    done = compare_presets(tree(tmp_path, presets), ["calm", "stop_more"], plan=QUICK)
    trust = ranking(done, "trust")
    assert trust.label == DISPUTED
    assert trust.orders == {"neutral": "stop_more < base < calm", "other": "calm < base < stop_more"}
    assert set(trust.turns) == {("base", "calm"), ("base", "stop_more"), ("calm", "stop_more")}
    assert trust.because == ("other: all",)


def test_presets_that_come_to_the_same_never_dispute(tmp_path: Path) -> None:
    presets = {"neutral": {}, "again": {}, "idle": {"nothing": {"community.avoidance.depth": 0}}}
    done = compare_presets(tree(tmp_path, presets), ["calm"], plan=QUICK)
    first = done.comparisons[0]
    for other in done.comparisons[1:]:
        for rows, others in zip(first.results, other.results, strict=True):
            for x, y in zip(rows, others, strict=True):
                assert np.array_equal(x.outcomes, y.outcomes, equal_nan=True)
    assert {r.label for r in done.rankings} <= {ROBUST, UNTOLD}
    assert all(r.turns == r.because == () for r in done.rankings)
    assert len(done.rankings) == len(OUTCOMES)
    assert ranking(done, "contacts").label == ROBUST
    assert ranking(done, "removals").label == UNTOLD


def test_a_setting_by_hand_wins_over_an_assumption(tmp_path: Path) -> None:
    presets = {"neutral": {}, "sour": {"offence": {f"{QUALITY}.contact": -1.0}}}
    path = tree(tmp_path, presets)
    done = compare_presets(path, ["calm"], set_values=[f"{QUALITY}.contact=1.0"], plan=QUICK)
    assert ranking(done, "trust").label == ROBUST


def test_progress_over_all_presets_goes_up_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    plan = QUICK.but(progress=lambda done, total: seen.append((done, total)), residents=500, days=10)
    compare_presets(tree(tmp_path, {"neutral": {}, "again": {}}), ["calm"], plan=plan)
    totals = {total for _, total in seen}
    assert len(totals) == 1
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == seen[-1][1] == 2 * 2 * 4
