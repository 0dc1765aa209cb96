"""Luck is the published generator, uniform, and a function of its key alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.engine.jit import kernel
from sim.engine.luck import (
    decision,
    exponential,
    lognormal,
    normal,
    normals,
    replication_seed,
    threefry,
    uniform,
    uniform_at,
    uniform_pair,
    uniforms,
)

FALSE_ALARM = 1e-6
MANY = 200_000
SEED = np.uint64(20_250_120)

# Threefry-2x64 with 13 rounds, from the file `kat_vectors` of Random123: counter, key, result.
KNOWN_ANSWERS = [
    (("0000000000000000",) * 2, ("0000000000000000",) * 2, ("f167b032c3b480bd", "e91f9fee4b7a6fb5")),
    (("ffffffffffffffff",) * 2, ("ffffffffffffffff",) * 2, ("ccdec5c917a874b1", "4df53abca26ceb01")),
    (
        ("243f6a8885a308d3", "13198a2e03707344"),
        ("a4093822299f31d0", "082efa98ec4e6c89"),
        ("c3aac71561042993", "3fe7ae8801aff316"),
    ),
]
WORDS = st.integers(0, 2**64 - 1).map(np.uint64)


@kernel
def encrypt(k0, k1, c0, c1):
    return threefry(k0, k1, c0, c1)


@kernel
def look_up(out, seed, name, key, index):
    out[0] = uniform(seed, name, key)
    out[1] = uniform_at(seed, name, key, index)
    out[2], out[3] = uniform_pair(seed, name, key)


@kernel
def quantiles(out, u):
    for i in range(out.size):
        out[i] = normal(u[i])


def words(texts: tuple[str, ...]) -> list[np.uint64]:
    return [np.uint64(int(text, 16)) for text in texts]


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_the_generator_gives_the_published_answers(
    counter: tuple[str, ...], key: tuple[str, ...], result: tuple[str, ...]
) -> None:
    expected = tuple(int(text, 16) for text in result)
    assert tuple(int(x) for x in encrypt(*words(key), *words(counter))) == expected
    assert tuple(int(x) for x in threefry(*words(key), *words(counter))) == expected


@given(WORDS, WORDS, WORDS, st.integers(0, 2**31))
def test_every_uniform_lies_in_the_half_open_unit_interval_and_needs_no_compiler(
    seed: np.uint64, name: np.uint64, key: np.uint64, index: int
) -> None:
    found = np.empty(4)
    look_up(found, seed, name, key, index)
    assert ((found >= 0) & (found < 1)).all()
    plain = [uniform(seed, name, key), uniform_at(seed, name, key, index), *uniform_pair(seed, name, key)]
    assert found.tolist() == plain
    assert found[0] == found[2]  # the first of a pair, and the 0-th of several, is the one
    assert uniform_at(seed, name, key, 0) == found[0]


def test_the_largest_word_is_below_one_and_the_smallest_is_zero() -> None:
    top, bottom = np.uint64(2**64 - 1), np.uint64(0)
    assert float(top >> np.uint64(11)) * 2.0**-53 < 1
    assert float(bottom >> np.uint64(11)) == 0


def test_uniforms_do_not_depend_on_the_order_or_number_in_which_they_are_asked_for() -> None:
    whole = uniforms(SEED, "a decision", 1_000)
    assert np.array_equal(whole[400:500], uniforms(SEED, "a decision", 100, first=400))
    backwards = [uniform(SEED, decision("a decision"), np.uint64(k)) for k in range(999, -1, -1)]
    assert np.array_equal(whole[::-1], backwards)


@pytest.mark.parametrize("seed", [0, 1, 2**63, 2**64 - 1])
def test_uniforms_are_uniform(seed: int) -> None:
    u = uniforms(np.uint64(seed), "a decision", MANY)
    assert stats.kstest(u, "uniform").pvalue > FALSE_ALARM


def pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    u = uniforms(SEED, "a decision", MANY)
    name = decision("a decision")
    both = np.array([uniform_pair(SEED, name, np.uint64(k)) for k in range(MANY // 10)])
    turns = np.array([uniform_at(SEED, name, np.uint64(k), 1) for k in range(MANY // 10)])
    return {
        "neighbouring keys": (u[:-1], u[1:]),
        "neighbouring seeds": (u, uniforms(SEED + np.uint64(1), "a decision", MANY)),
        "two decisions": (u, uniforms(SEED, "another decision", MANY)),
        "the two of a pair": (both[:, 0], both[:, 1]),
        "two turns of a decision": (u[: len(turns)], turns),
        "two replications": (
            uniforms(replication_seed(1, 0), "a decision", MANY),
            uniforms(replication_seed(1, 1), "a decision", MANY),
        ),
    }


def test_luck_of_different_keys_is_independent() -> None:
    for what, (a, b) in pairs().items():
        cells = np.histogram2d(a, b, bins=16, range=[[0, 1], [0, 1]])[0]
        assert stats.chisquare(cells.ravel()).pvalue > FALSE_ALARM, what


def test_the_normal_quantile_is_exact() -> None:
    tails = 10.0 ** -np.arange(1, 300, 0.5)
    u = np.concatenate((np.linspace(1e-6, 1 - 1e-6, 20_001), tails, 1 - tails[tails > 1e-15]))
    found = np.empty(u.size)
    quantiles(found, u)
    expected = stats.norm.ppf(u)
    assert np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1)) < 1e-14
    assert normal(0.5) == 0
    assert np.array_equal(found[:2_000], [normal(x) for x in u[:2_000]])  # to the last bit without a compiler


def test_the_normal_quantile_is_finite_at_zero() -> None:
    assert np.isfinite(normal(0.0))
    assert normal(0.0) < normal(2.0**-53) < 0


def test_normals_are_normal_and_monotone_in_their_uniforms() -> None:
    z, u = normals(SEED, "a decision", MANY), uniforms(SEED, "a decision", MANY)
    assert stats.kstest(z, "norm").pvalue > FALSE_ALARM
    assert np.array_equal(np.argsort(z), np.argsort(u))


def test_times_have_the_distribution_of_their_name() -> None:
    u = uniforms(SEED, "a decision", MANY // 10)
    waits = [exponential(x, 3.0) for x in u]
    assert stats.kstest(waits, stats.expon(scale=3.0).cdf).pvalue > FALSE_ALARM
    stays = [lognormal(x, 3.2, 1.2) for x in u]
    assert stats.kstest(stays, stats.lognorm(1.2, scale=3.2).cdf).pvalue > FALSE_ALARM
    assert lognormal(0.3, 3.2, 0.0) == 3.2
    assert lognormal(0.3, 0.0, 1.2) == exponential(0.0, 3.0) == 0


def test_replication_seeds_are_all_different() -> None:
    seeds = {int(replication_seed(root, k)) for root in (0, 1, 11, 2**40) for k in range(2_000)}
    assert len(seeds) == 8_000
    assert replication_seed(1, 10) != replication_seed(11, 0)  # not the digits run together


def test_names_of_decisions_stand_for_different_constants() -> None:
    assert decision("ice.review") != decision("ice.Review")
    assert decision("ice.review") == decision("ice.review")
