"""Replications are added where an interval is too wide, and what stays unresolved is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.studies.sweeps.precision import FEWEST, Precise, parse_precision, run_precisely
from sim.studies.sweeps.results import collect
from sim.studies.sweeps.sweep import Asked, Sweep, open_sweep, run_sweep
from sim.views.sweeps import sweep_tables
from tests.studies.sweeps.conftest import TEXT, Write, shards

ALONE = Asked(workers=1)


def precisely(
    path: Path, folder: Path, asked: Asked, wanted: dict[str, float], budget: int | None = None
) -> Precise:
    return run_precisely(open_sweep(path, folder, asked), asked, wanted, budget)


def half_widths(sweep: Sweep, outcome: str) -> dict[int, float]:
    found = collect(sweep, (outcome,))
    return {
        point: max((e.ci_high - e.ci_low) / 2 for _, at, e in found.effects() if at == point and not e.group)
        for point in range(len(sweep.replications))
    }


CITED = (
    ("levers: [data_firewall, {cite_and_release: 0.4}]", "levers: [cite_and_release]"),
    ("data_firewall.compliance: {range: [0.5, 1]}", "cite_and_release.share: {grid: [0.2, 1]}"),
    ("  community.victimization.rates.violent: {range: [15, 25]}\n", ""),
    ("kind: sobol, points: 4", "kind: grid"),
    ("residents: 400", "residents: 2000"),
)


def test_intervals_become_as_narrow_as_asked_and_points_that_are_get_no_more(
    write: Write, tmp_path: Path
) -> None:
    path = write(*CITED)
    begun = run_sweep(path, tmp_path / "r", replace(ALONE, replications=FEWEST))
    few, all_of_them = (begun.layout.values(k)["cite_and_release.share"] for k in (0, 1))
    assert (few, all_of_them) == (0.2, 1)  # at the first point the lever changes little
    wanted = half_widths(begun, "bookings")[1] / 1.5
    done = precisely(path, tmp_path / "r", replace(ALONE, extend=True), {"bookings": wanted}, budget=400)
    assert done.unresolved == ()
    assert half_widths(done.sweep, "bookings")[1] <= wanted
    assert FEWEST == done.sweep.replications[0] < done.sweep.replications[1] <= 200 - FEWEST


def test_the_whole_design_is_told_with_all_replications_of_each_point(write: Write, tmp_path: Path) -> None:
    path = write(*CITED)
    begun = run_sweep(path, tmp_path / "r", replace(ALONE, replications=FEWEST))
    wanted = half_widths(begun, "bookings")[1] / 1.5
    done = precisely(path, tmp_path / "r", replace(ALONE, extend=True), {"bookings": wanted}, budget=400)
    few, many = done.sweep.replications
    found = collect(done.sweep, ("bookings",))
    (whole,) = found.overall()
    d = (found.of("bookings")[0, 1] - found.of("bookings")[0, 0]).astype(float)  # points, replications
    assert whole.difference == pytest.approx((d[0, :few].mean() + d[1, :many].mean()) / 2)
    # Each point's mean varies with the luck that it has; up to the tenth replication both have the same.
    parts = np.zeros((2, many))
    parts[0, :few] = (d[0, :few] - d[0, :few].mean()) / few
    parts[1] = (d[1] - d[1].mean()) / many
    error = np.sqrt(((parts.sum(axis=0) / 2) ** 2).sum() * few / (few - 1))
    assert whole.mcse == pytest.approx(error)
    assert whole.ci_high - whole.ci_low == pytest.approx(
        2 * 2.262157 * error
    )  # Student's t, 9 degrees of freedom
    assert whole.replications == few == FEWEST
    *_, table = sweep_tables(found)
    assert f"Points have {few} to {many} replications" in table.notes[-1]


def test_a_budget_is_kept_and_what_is_left_is_said(write: Write, tmp_path: Path) -> None:
    done = precisely(write(), tmp_path / "r", ALONE, {"bookings": 1.0}, budget=60)
    assert sum(done.sweep.replications) * 3 <= 60
    assert sum(done.sweep.replications) * 3 > 60 - 3
    widths = half_widths(done.sweep, "bookings")
    assert {each.point for each in done.unresolved} <= set(widths)
    assert {each.wanted for each in done.unresolved} == {1.0}
    assert any(each.needed is not None and each.half_width > 1.0 for each in done.unresolved)


def test_precision_goes_on_where_a_sweep_stands(write: Write, tmp_path: Path) -> None:
    path = write()
    first = precisely(path, tmp_path / "r", ALONE, {"bookings": 1.0}, budget=30)
    before = shards(first.sweep)
    asked = Asked(workers=1, extend=True)
    second = precisely(path, tmp_path / "r", asked, {"bookings": 1.0}, budget=60)
    assert before.items() < shards(second.sweep).items()
    assert open_sweep(path, tmp_path / "r").replications == second.sweep.replications


def test_an_effect_that_no_pair_shows_gets_a_few_replications_and_no_more(
    write: Write, tmp_path: Path
) -> None:
    # The firewall leaves prints alone, and changes much else.
    path = write(*CITED[2:], (", {cite_and_release: 0.4}", ""), ("{range: [0.5, 1]}", "{grid: [1]}"))
    done = precisely(path, tmp_path / "r", ALONE, {"prints_shared": 1e-9}, budget=100)
    assert done.sweep.replications == (FEWEST,)
    (left,) = done.unresolved
    assert left.none_seen
    assert (left.outcome, left.needed) == ("prints_shared", None)


def test_wrong_precision_is_told_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse_precision(["transferz=5", "transfers=-1", "bookings=x", "bookings"])
    told = [p.what for p in caught.value.problems]
    assert len(told) == 5
    assert caught.value.problems[0].nearest == "transfers"


def test_precision_needs_a_lever_and_a_budget_that_fits(write: Write, tmp_path: Path) -> None:
    firewall = ("  data_firewall.compliance: {range: [0.5, 1]}\n", "")
    path = write(("levers: [data_firewall, {cite_and_release: 0.4}]\n", ""), firewall)
    with pytest.raises(InputError, match="no lever whose effect"):
        precisely(path, tmp_path / "r", ALONE, {"bookings": 1.0})
    with pytest.raises(InputError, match="less than the 24 runs"):
        precisely(write(text=TEXT), tmp_path / "r", ALONE, {"bookings": 1.0}, budget=10)
