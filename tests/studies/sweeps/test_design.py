"""Points lie where their design says, and any beginning of them is spread evenly."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario.experiment import load_experiment
from sim.scenario.factors import Factor
from sim.scenario.quantities import Passport
from sim.studies.sweeps.design import _grid, points_of, quantile, scaled, unit_points
from sim.studies.sweeps.sweep import open_sweep
from tests.studies.sweeps.conftest import TEXT, Write


def factor(low: float, high: float, distribution: str = "uniform", value: float = 0.0) -> Factor:
    return Factor(Passport("a.b", value, "assumed"), (), (low, high), distribution)


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_a_grid_holds_every_combination_once(sizes: list[int]) -> None:
    values = [[float(k) for k in range(n)] for n in sizes]
    points = [tuple(p) for p in _grid(values).tolist()]
    assert sorted(points) == sorted(itertools.product(*values))


def test_any_beginning_of_a_grid_is_balanced() -> None:
    points = _grid([[0.0, 1.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0]])
    for n in (4, 8, 12):
        for column in points[:n].T:
            _, times = np.unique(column, return_counts=True)
            assert times.max() - times.min() <= 1


def test_the_beginning_of_a_sobol_sequence_is_that_of_a_longer_one() -> None:
    short, long = (unit_points("sobol", 3, n, 5) for n in (8, 32))
    assert np.array_equal(short, long[:8])
    assert not np.array_equal(short, unit_points("sobol", 3, 8, 6))


def test_a_latin_hypercube_has_one_point_in_every_slice() -> None:
    unit = unit_points("latin_hypercube", 4, 20, 5)
    assert all(np.array_equal(np.sort(np.floor(column * 20)), np.arange(20)) for column in unit.T)


@given(u=st.floats(0, 1, exclude_max=True), kind=st.sampled_from(["uniform", "log_uniform", "triangular"]))
def test_every_quantile_lies_in_the_range(u: float, kind: str) -> None:
    assert 0.5 <= quantile(factor(0.5, 8.0, kind, 2.0), u) <= 8.0


def test_quantiles_of_each_distribution_are_those_of_the_closed_form() -> None:
    assert quantile(factor(1.0, 3.0), 0.25) == 1.5
    assert quantile(factor(1.0, 100.0, "log_uniform"), 0.5) == pytest.approx(10.0)
    # The share of a triangle left of its top is the top's place in the range.
    assert quantile(factor(0.0, 4.0, "triangular", 1.0), 0.25) == pytest.approx(1.0)
    assert quantile(factor(0.0, 4.0, "triangular", 1.0), 1.0) == pytest.approx(4.0)


def test_a_whole_number_takes_each_of_its_values_equally_often() -> None:
    whole = Factor(Passport("a.b", 3, "assumed"), (), (2, 5))
    points = scaled((np.arange(40)[:, None] + 0.5) / 40, [whole])[:, 0]
    assert np.unique(points, return_counts=True)[1].tolist() == [10, 10, 10, 10]
    assert set(points) == {2.0, 3.0, 4.0, 5.0}


def test_a_table_of_points_is_taken_as_it_is(write: Write) -> None:
    head = TEXT[: TEXT.index("parameters")]
    path = write(text=head + "design: {kind: csv, file: points.csv}\n")
    path.with_name("points.csv").write_text(
        "data_firewall.compliance,community.reporting.trust\n0.5,1\n0.25,2\n"
    )
    experiment = load_experiment(path)
    assert points_of(experiment).tolist() == [[0.5, 1.0], [0.25, 2.0]]
    path.with_name("points.csv").write_text("data_firewall.compliance\n0.5\n0.5\n")
    with pytest.raises(InputError, match="a point twice"):
        open_sweep(path)


def test_without_parameters_there_is_one_point(write: Write) -> None:
    assert points_of(load_experiment(write(text=TEXT[: TEXT.index("parameters")]))).shape == (1, 0)
