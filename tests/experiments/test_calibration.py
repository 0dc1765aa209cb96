"""The emulators, what they rule out, and a short run of the calibration."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.calibration.calibrate import labels, main
from experiments.calibration.emulator import (
    CUT,
    Emulator,
    Target,
    fit,
    narrowing,
    nearest,
    walk,
    worst,
)
from experiments.calibration.worlds import (
    coordinates,
    from_inputs,
    hypercube,
    inputs,
    natural,
    parameters,
    rows,
    scaled,
    unscaled,
)


def smooth(u: np.ndarray) -> np.ndarray:
    return 1.0 + 2.0 * u[:, 0] - u[:, 1] + 0.5 * u[:, 0] * u[:, 1] + np.sin(3.0 * u[:, 2])


def exact(column: int, dimensions: int) -> Emulator:
    """An emulator that is one coordinate itself, all but without error."""
    u = hypercube(10 * dimensions, dimensions, 0)
    return fit(u, u[:, column], 0.0)


def test_an_emulator_finds_a_smooth_function_again() -> None:
    u, new = hypercube(200, 4, 1), hypercube(50, 4, 2)
    value, variance = fit(u, smooth(u), 0.0)(new)
    assert value == pytest.approx(smooth(new), abs=0.03)
    assert (np.abs(value - smooth(new)) < 6 * np.sqrt(variance)).all()


def test_predictions_and_their_variance_are_those_of_a_normal_distribution_given_what_was_seen() -> None:
    """Conditioning the joint normal distribution of the points and a new one, written out."""
    u, new = hypercube(15, 2, 8), np.array([[0.3, -0.4]])
    y = smooth(np.column_stack([u, u[:, 0]]))
    emulator = fit(u, y, 0.01)
    together = np.vstack([u, new])
    line = 10.0 * (1.0 + together @ together.T)
    apart = (together[:, None, :] - together[None, :, :]) ** 2 @ emulator.rates
    joint = line + emulator.strength * np.exp(-apart / 2.0)
    seen = np.linalg.inv(emulator.inverse)
    noise = np.diag(seen - joint[:-1, :-1])
    assert noise == pytest.approx(np.full(15, noise[0]))
    assert noise[0] >= 0.01 / y.var()
    pull = np.linalg.solve(joint[:-1, :-1] + np.diag(noise), joint[:-1, -1])
    value, variance = emulator(new)
    assert value[0] == pytest.approx(y.mean() + pull @ (y - y.mean()))
    assert variance[0] == pytest.approx(y.var() * (joint[-1, -1] - pull @ joint[:-1, -1]))


def test_the_left_out_error_is_that_of_leaving_each_point_out() -> None:
    rng = np.random.default_rng(3)
    u = hypercube(40, 2, 3)
    y = 1.0 + u[:, 0] + u[:, 1] ** 2 + rng.normal(0.0, 0.3, len(u))
    emulator = fit(u, y, 0.09)
    moments, z = np.linalg.inv(emulator.inverse), y - y.mean()
    errors = []
    for k in range(len(u)):
        others = np.arange(len(u)) != k
        weights = np.linalg.solve(moments[np.ix_(others, others)], z[others])
        errors.append(z[k] - moments[k, others] @ weights)
    assert emulator.residual == pytest.approx(np.mean(np.square(errors)), rel=1e-6)


def test_luck_is_averaged_out_of_an_emulator() -> None:
    u = hypercube(150, 2, 4)
    y = u[:, 0] + np.random.default_rng(4).normal(0.0, 0.5, len(u))
    value, variance = fit(u, y, 0.25)(np.zeros((1, 2)))
    assert variance[0] < 0.04
    assert abs(value[0]) < 6 * np.sqrt(variance[0])


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    u = hypercube(200, 2, 9)
    near = u[u[:, 0] < 0.0]
    emulator = fit(near, np.sin(4.0 * near[:, 0]), 0.0)
    _, variance = emulator(np.array([[-0.5, 0.0], [1.0, 0.0]]))
    assert variance[1] > 100 * variance[0]


def test_the_ends_of_a_range_are_just_implausible() -> None:
    target = Target(exact(0, 1), -0.2, 0.6)
    found = target.implausibility(np.array([[-0.2], [0.2], [0.6]]))
    assert found == pytest.approx([-CUT, 0.0, CUT], abs=0.05)


def test_the_walk_spreads_evenly_over_what_is_not_ruled_out() -> None:
    targets = [Target(exact(0, 3), -0.5, 0.0), Target(exact(1, 3), 0.2, 0.6)]
    start, rng = hypercube(1_000, 3, 5), np.random.default_rng(5)
    u, far = walk(lambda x, limit: worst(targets, x, limit), start, 40, rng)
    assert (far < CUT).all()
    u = u[:: len(u) // 200]  # those that go on from one place in the middle are not quite independent
    for k, (low, high) in enumerate([(-0.5, 0.0), (0.2, 0.6), (-1.0, 1.0)]):
        assert stats.kstest(u[:, k], stats.uniform(low, high - low).cdf).pvalue > 1e-7


def test_what_is_left_of_a_range_is_measured_against_the_whole() -> None:
    grid = (np.arange(2_000) + 0.5) / 1_000 - 1.0
    spread, low, high = narrowing(np.column_stack([grid, grid / 4.0]))
    assert spread == pytest.approx([1.0, 0.25], abs=1e-3)
    assert low == pytest.approx([-0.9, -0.225], abs=2e-3)
    assert high == pytest.approx([0.9, 0.225], abs=2e-3)


def test_the_nearest_point_moves_no_more_than_the_patterns_ask() -> None:
    targets = [Target(exact(0, 2), 0.2, 0.6)]
    found = nearest(targets, np.array([-0.5, 0.3]), np.zeros((1, 2)))
    # Half of the cut is at 0.3, and a little farther in for what the emulator does not know.  A unit of
    # implausibility is 1/15 wide, and the square of what is missing is weighed against that of moving.
    _, variance = targets[0].emulator(found[None, :])
    aim = 0.3 + np.sqrt(variance[0])
    assert found[0] == pytest.approx((15.0**2 * aim - 0.5) / (15.0**2 + 1.0), abs=2e-3)
    assert variance[0] < 0.01**2
    assert found[1] == pytest.approx(0.3, abs=5e-3)


def test_a_point_of_the_hypercube_has_every_stratum_once() -> None:
    cells = np.floor((hypercube(20, 4, 6) + 1.0) * 10.0).astype(int)
    assert (np.sort(cells, axis=0) == np.arange(20)[:, None]).all()


def test_coordinates_and_values_are_one_to_one_and_the_shipped_values_lie_inside() -> None:
    varied = parameters()
    u = hypercube(10, len(varied), 7)
    assert coordinates(natural(u, varied), varied) == pytest.approx(u)
    assert from_inputs(inputs(u, varied), varied) == pytest.approx(u)
    ends = np.vstack([np.full(len(varied), -1.0), np.full(len(varied), 1.0)])
    assert inputs(ends, varied) == pytest.approx(ends)
    shipped = coordinates(np.array([[p.shipped for p in varied]]), varied)
    assert (np.abs(shipped) <= 1.0).all()


def test_a_parameter_moves_all_its_numbers_in_proportion_within_their_ranges() -> None:
    chill = next(p for p in parameters() if p.name == "reporting.chill")
    paths = [path for path, _, _ in chill.numbers]
    assert [s.partition("=")[0] for s in chill.settings(chill.shipped)] == paths
    for value in (chill.range[0], chill.shipped, chill.range[1]):
        given = [float(s.partition("=")[2]) for s in chill.settings(value)]
        for number, (_, own, (low, high)) in zip(given, chill.numbers, strict=True):
            expected = min(max(own * value / chill.shipped, low), high)
            assert number == pytest.approx(expected, rel=1e-6)


def test_the_scale_of_every_pattern_can_be_undone() -> None:
    for pattern in rows():
        for value in pattern.range:
            assert unscaled(pattern, scaled(pattern, value)) == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_a_short_run_writes_its_tables_and_figures(tmp_path: Path) -> None:
    main(["--short", "--out", str(tmp_path)])
    names = labels(rows())
    varied = [p.name for p in parameters()]
    points = pd.read_csv(tmp_path / "points.csv")
    assert list(points.wave.unique()) == [1, 2]
    assert points[varied].drop_duplicates().shape[0] == len(points)
    found = pd.read_csv(tmp_path / "rows.csv")
    assert list(found.row) == names
    left = pd.read_csv(tmp_path / "parameters.csv")
    assert list(left.parameter) == varied
    inside = (left.left_low >= left.low) & (left.left_high <= left.high)
    assert inside.all()
    for figure in ("rows", "parameters", "effects"):
        assert (tmp_path / f"{figure}.png").stat().st_size > 10_000
