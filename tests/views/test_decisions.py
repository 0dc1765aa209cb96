"""The sentences of a decision claim no more than the states show."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from sim.studies.aims import Aims, Goal, Threshold
from sim.studies.decisions import decide
from sim.studies.discovery import Discovered, Limit
from sim.studies.sweeps.sweep import Asked, run_sweep
from sim.views.decisions import limit_words, sentence
from sim.views.regrets import regret_figure
from tests.studies.sweeps.conftest import TEXT
from tests.views.test_figures import labels

AIMS = Aims((Goal("reporting_rate", "max"),), (Threshold("transfers", "at most", 30),))
HIGH = Limit("ice.pickup.effort.low", 0.7, None, (), 0.003)


def found(**other: object) -> Discovered:
    own = {"option": "data_firewall", "case": "breaks", "verdict": "box", "states": 100, "cases": 41}
    box = {"limits": (HIGH,), "inside": 44, "hits": 34, "held_out": 0.7}
    return Discovered(**(own | box | other))  # type: ignore[arg-type]


def test_a_box_that_holds_most_cases_is_told_with_its_counts() -> None:
    told = sentence(found(), AIMS)
    assert told == (
        "data_firewall: transfers above 30 (per 100,000 residents and year) in 41 of 100 states, mostly "
        "where ice.pickup.effort.low is above 0.7: that box holds 34 of the 41 such states (coverage 83 %), "
        "and 77 % "
        "of the 44 states in it are such (density; 41 % of all are). Boxes drawn from one half of the points "
        "have a density of 70 % in the other; quasi-p 0.003 at most, the search not counted."
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"hits": 20, "inside": 25}, "but most of them lie elsewhere"),
        ({"hits": 34, "inside": 80}, "but most states in it are not such"),
        ({"hits": 20, "inside": 45}, "most of them lie elsewhere and most states in it are not such"),
        ({"unsure": 21}, "but replications cannot tell for most of them"),
    ],
)
def test_mostly_is_said_only_of_most(other: dict[str, int], said: str) -> None:
    told = sentence(found(**other), AIMS)
    assert "mostly" not in told
    assert "more often where" in told
    assert said in told


def test_half_of_the_cases_within_noise_is_not_most() -> None:
    assert "mostly where" in sentence(found(unsure=20), AIMS)


@pytest.mark.parametrize(
    ("verdict", "cases", "said"),
    [
        ("none", 0, "in none of 100 states."),
        ("every state", 100, "in every one of 100 states."),
        ("too few", 4, "in 4 of 100 states: too few on one side to say where."),
        ("nothing varied", 40, "in 40 of 100 states: nothing that it uses is varied."),
        ("no pattern", 40, "no part of the ranges holds more of them than chance may put there."),
    ],
)
def test_without_a_box_none_is_told(verdict: str, cases: int, said: str) -> None:
    told = sentence(found(verdict=verdict, cases=cases, limits=(), inside=0, hits=0), AIMS)
    assert told.endswith(said)
    assert "where ice" not in told


def test_worse_than_the_base_follows_the_goal() -> None:
    worse = found(case="reporting_rate", verdict="none", cases=0, limits=(), inside=0)
    assert "reporting_rate below the base's beyond noise in none" in sentence(worse, AIMS)
    turned = Aims((Goal("reporting_rate", "min"),))
    assert "reporting_rate above the base's beyond noise in none" in sentence(worse, turned)


def test_several_thresholds_are_named_together() -> None:
    both = Aims((), (*AIMS.thresholds, Threshold("reporting_rate", "at least", 0.4)))
    assert "not all thresholds kept (transfers at most 30, reporting_rate at least 0.4) in 41" in sentence(
        found(), both
    )


def test_limits_are_told_in_words() -> None:
    assert limit_words(Limit("p.x", None, 0.25, (), 0.0)) == "p.x is below 0.25"
    assert limit_words(Limit("p.x", 0.1, 0.25, (), 0.0)) == "p.x is between 0.1 and 0.25"
    assert (
        limit_words(Limit("preset", None, None, ("neutral", "mine"), 0.0)) == "the preset is neutral or mine"
    )


@pytest.mark.parametrize("goals", [{"bookings": "min"}, {"bookings": "min", "reporting_rate": "max"}])
def test_no_words_of_the_figure_of_regret_overlap_or_leave_the_page(
    goals: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "experiment.yaml").write_text(TEXT, encoding="utf-8")
    sweep = run_sweep(tmp_path, tmp_path / "results", Asked(workers=1))
    figure = regret_figure(decide(sweep, goals))
    figure.canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.85)) for text in labels(figure)]
    assert any(text.startswith("How much worse") for text, _ in boxes)
    pairs = itertools.combinations(boxes, 2)
    assert [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)] == []
    page = figure.bbox.padded(1)
    assert [a for a, box in boxes if not (page.contains(*box.min) and page.contains(*box.max))] == []
