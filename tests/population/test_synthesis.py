"""Who lives in a synthetic county: quotas, luck of one's own, and levers that move one thing only."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from sim.agents.resident import HOME, RESIDENT
from sim.population.attributes import exposure
from sim.population.check import check
from sim.population.people import People
from sim.population.quotas import apportion, cell_shares, draw_pool
from sim.population.synthesis import build, synthesize
from sim.scenario import vocabulary as v
from sim.scenario.schema import AGE_BANDS, IMMIGRANT, Population

Settings = Callable[..., Population]
SEED = np.uint64(20_250_101)
ROOT = Path(__file__).resolve().parents[2]
SIGMAS = 6.0  # a test of chance may fail by chance once in 500 million times


def shares(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, float]]:
    """Shares that sum to 1; some may be 0."""
    weights = st.lists(st.integers(0, 100), min_size=len(names), max_size=len(names)).filter(any)
    return weights.map(lambda w: {name: x / sum(w) for name, x in zip(names, w, strict=True)})


@st.composite
def marginals(draw: st.DrawFn) -> dict[str, Any]:
    """Any shares of groups and statuses that fit each other."""
    of_all = draw(shares(v.STATUSES))
    inside = {status: draw(shares(v.GROUPS)) for status in v.STATUSES}
    groups = {g: sum(of_all[s] * inside[s][g] for s in v.STATUSES) for g in v.GROUPS}
    return {
        "groups": groups,
        # A hair less, so that shares which sum to 1 do not sum to more in floating point.
        "statuses": {s: of_all[s] * (1 - 1e-12) for s in IMMIGRANT},
        "status_groups": {s: inside[s] for s in IMMIGRANT},
        "ages": draw(shares(AGE_BANDS)),
        "immigrant_ages": draw(shares(AGE_BANDS)),
        "household_size": draw(st.floats(1, 8)),
        "mixed_status": draw(st.floats(0, 1)),
        "segregation": draw(st.floats(0, 1)),
        "neighbourhoods": draw(st.integers(1, 40)),
    }


def fingerprint(people: People) -> str:
    return sha256(b"".join(part.tobytes() for part in people)).hexdigest()


def differing(one: People, other: People) -> set[str]:
    return {name for name in RESIDENT.names if not np.array_equal(one.residents[name], other.residents[name])}


@given(changes=marginals(), count=st.integers(1, 1_500), seed=st.integers(0, 2**64 - 1))
def test_any_population_passes_the_checks_and_conserves_people(
    settings: Settings, changes: dict[str, Any], count: int, seed: int
) -> None:
    chosen = settings(**changes)
    people = synthesize(chosen, count, np.uint64(seed))
    check(people)
    pool = draw_pool(chosen, count, np.uint64(seed))
    members = zip(*(people.residents[name].tolist() for name in pool._fields), strict=True)
    assert sorted(members) == sorted(zip(*(part.tolist() for part in pool), strict=True))


@given(changes=marginals(), count=st.integers(1, 5_000), seed=st.integers(0, 2**64 - 1))
def test_every_cell_and_every_status_is_within_one_person_of_its_share(
    settings: Settings, changes: dict[str, Any], count: int, seed: int
) -> None:
    chosen = settings(**changes)
    pool = draw_pool(chosen, count, np.uint64(seed))
    cell = pool.status.astype(int) * len(v.GROUPS) + pool.group
    found = np.bincount(cell, minlength=25).reshape(5, 5)
    due = cell_shares(chosen) * count
    assert np.abs(found - due).max() < 1 + 1e-6
    assert np.abs((found - due).sum(axis=1)).max() < 1 + 1e-6


def test_both_margins_are_those_of_the_scenario(settings: Settings) -> None:
    chosen = settings()
    cells = cell_shares(chosen)
    assert cells.sum(axis=0) == pytest.approx([chosen.groups[g] for g in v.GROUPS])
    assert cells.sum(axis=1)[1:] == pytest.approx([chosen.statuses[s] for s in IMMIGRANT])


@given(shares(("a", "b", "c", "d")), st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_apportioning_gives_everything_away(parts: dict[str, float], count: int, luck: float) -> None:
    given_ = apportion(np.array(list(parts.values())), count, luck)
    assert given_.sum() == count
    assert (given_ >= 0).all()
    assert all(n == 0 for n, share in zip(given_, parts.values(), strict=True) if share == 0)


def test_apportioning_is_right_on_average() -> None:
    parts = np.array([0.07, 0.0, 0.31, 0.62])
    mean = np.mean([apportion(parts, 10, (k + 0.5) / 1000) for k in range(1000)], axis=0)
    assert mean == pytest.approx(10 * parts, abs=1e-3)


def test_ages_keep_to_their_bands_within_a_few_people(settings: Settings) -> None:
    chosen = settings()
    people = synthesize(chosen, 20_000, SEED).residents
    for native, expected in ((True, chosen.ages), (False, chosen.immigrant_ages)):
        age = people["age"][(people["status"] == v.US_BORN) == native]
        for band, share in expected.items():
            low, high = map(int, band.split("-"))
            inside = age[(age >= low) & (age <= high)]
            assert abs(len(inside) - share * len(age)) <= 5
            years = np.bincount(inside, minlength=high + 1)[low:]
            assert np.ptp(years) <= 6


def test_the_same_seed_makes_the_same_county_and_another_seed_another(settings: Settings) -> None:
    one, same, other = (synthesize(settings(), 2_000, np.uint64(s)) for s in (7, 7, 8))
    assert fingerprint(one) == fingerprint(same)
    assert {"age", "household", "neighbourhood", "driving", "record"} <= differing(one, other)


# What a setting may move; every other field of every resident must stay.
MOVES: list[tuple[str, Any, set[str]]] = [
    ("licensed", dict.fromkeys(v.STATUSES, 0.3), {"licensed"}),
    ("licence_law", "lawful_presence", {"licensed"}),
    ("drives", dict.fromkeys(v.STATUSES, 0.4), {"driving", "licensed"}),
    ("driving_spread", 0.2, {"driving"}),
    ("final_order", {"lpr": 0.1, "temporary": 0.2, "undocumented": 0.3}, {"order"}),
    ("biometric", dict.fromkeys(IMMIGRANT, 0.1), {"biometric"}),
    ("record_violent", dict.fromkeys(v.STATUSES, 0.2), {"record"}),
    ("record_nonviolent", dict.fromkeys(v.STATUSES, 0.4), {"record"}),
    ("open_warrant", 0.3, {"warrant"}),
    ("segregation", 0.9, {"neighbourhood"}),
    ("neighbourhoods", 7, {"neighbourhood"}),
    ("ties", {"kin": 1.0, "neighbours": 1.0, "co_ethnic": 1.0}, set()),
]


@pytest.mark.parametrize(("name", "value", "moves"), MOVES, ids=[m[0] for m in MOVES])
def test_a_setting_moves_its_own_attribute_and_nothing_else(
    settings: Settings, name: str, value: Any, moves: set[str]
) -> None:
    before = synthesize(settings(), 3_000, SEED)
    after = synthesize(settings(**{name: value}), 3_000, SEED)
    assert differing(before, after) == moves
    assert np.array_equal(before.household_start, after.household_start)
    if not moves & {"neighbourhood"} and name != "ties":
        assert np.array_equal(before.tie_to, after.tie_to)


RAISED = [
    ("licensed", v.STATUSES, "licensed"),
    ("drives", v.STATUSES, "driving"),
    ("drives", v.STATUSES, "licensed"),
    ("biometric", IMMIGRANT, "biometric"),
    ("final_order", v.STATUSES[2:], "order"),
    ("record_violent", v.STATUSES, "record"),
    ("record_nonviolent", v.STATUSES, "record"),
]


@pytest.mark.parametrize(("name", "statuses", "field"), RAISED)
@effort(max_examples=25)
@given(pair=st.tuples(st.floats(0, 1), st.floats(0, 1)), seed=st.integers(0, 2**64 - 1))
def test_raising_a_share_only_adds_people(
    settings: Settings, name: str, statuses: tuple[str, ...], field: str, pair: tuple[float, float], seed: int
) -> None:
    low, high = (
        synthesize(settings(**{name: dict.fromkeys(statuses, share)}), 400, np.uint64(seed)).residents[field]
        for share in sorted(pair)
    )
    assert (low <= high).all()


def test_shares_of_attributes_are_those_of_the_scenario(settings: Settings) -> None:
    chosen = settings()
    r = synthesize(chosen, 200_000, SEED).residents
    grown, drives = r["age"] >= 16, r["driving"] > 0
    asked = [
        (chosen.final_order, r["order"] == 1, r["status"] >= v.LPR),
        (chosen.biometric, r["biometric"] == 1, r["status"] > v.US_BORN),
        (chosen.record_violent, r["record"] == v.VIOLENT, grown),
        (chosen.record_nonviolent, r["record"] == v.NONVIOLENT, grown),
        (dict.fromkeys(v.STATUSES, chosen.open_warrant), r["warrant"] == 1, grown),
        (chosen.drives, drives, grown),
        (chosen.licensed, r["licensed"] == 1, drives),
    ]
    for expected, has, among in asked:
        for status, share in expected.items():
            people = has[among & (r["status"] == v.STATUSES.index(status))]
            sigma = np.sqrt(share * (1 - share) / len(people))
            assert abs(people.mean() - share) <= SIGMAS * sigma, (status, share)
        assert not has[~among].any()


def test_whoever_is_under_a_final_order_has_prints_on_file(settings: Settings) -> None:
    r = synthesize(settings(), 50_000, SEED).residents
    assert r["order"].sum() > 50
    assert (r["biometric"] >= r["order"]).all()


def test_the_undocumented_are_unlicensed_where_the_law_asks_for_lawful_presence(settings: Settings) -> None:
    r = synthesize(settings(licence_law="lawful_presence"), 5_000, SEED).residents
    undocumented = r["status"] == v.UNDOCUMENTED
    assert not r["licensed"][undocumented].any()
    assert r["licensed"][~undocumented].any()


@given(st.floats(0, 1.5))
def test_the_mean_driver_has_exposure_one_and_nobody_is_most_of_the_traffic(spread: float) -> None:
    luck = (np.arange(100_000) + 0.5) / 100_000  # the distribution itself, not a sample of it
    amount = exposure(luck, spread)
    assert amount.mean() == pytest.approx(1.0, abs=1e-4)
    assert (np.diff(amount) >= 0).all()
    assert amount.max() / amount.min() <= np.exp(5 * spread) * (1 + 1e-9)


def test_drivers_keep_their_rank_when_exposure_is_less_unequal(settings: Settings) -> None:
    one, other = (
        synthesize(settings(driving_spread=spread), 2_000, SEED).residents["driving"] for spread in (0.7, 0.2)
    )
    drivers = one > 0
    assert (np.argsort(one[drivers]) == np.argsort(other[drivers])).all()


def test_everybody_starts_at_home_with_attitudes_at_zero(settings: Settings) -> None:
    r = synthesize(settings(), 1_000, SEED).residents
    assert (r["place"] == HOME).all()
    assert not any(r[name].any() for name in ("legitimacy", "fear", "belief", "attitude_time"))


def test_a_scenario_without_a_table_gets_synthetic_residents(settings: Settings) -> None:
    assert fingerprint(build(settings(), 500, SEED)) == fingerprint(synthesize(settings(), 500, SEED))


UNCOMPILED = """
import json, sys
from hashlib import sha256
import numpy as np
from sim.engine.jit import COMPILED
from sim.population.synthesis import synthesize
from sim.scenario.schema import Population
people = synthesize(Population.model_validate(json.load(sys.stdin)), 500, np.uint64(99))
assert not COMPILED
print(sha256(b"".join(part.tobytes() for part in people)).hexdigest())
"""


def test_plain_python_makes_the_same_county_to_the_last_bit(settings: Settings) -> None:
    # A process of its own, because Numba reads the switch when it is imported.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", UNCOMPILED],
        input=json.dumps(settings().model_dump()),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == fingerprint(synthesize(settings(), 500, np.uint64(99)))
