"""Counting by calendar year: the parts of a run, which together are the run."""

import numpy as np
import pytest

import sim
from sim.outcomes.definitions import OUTCOMES
from sim.scenario.loader import load
from sim.studies.simulate import Settings, simulate, years_of


@pytest.mark.parametrize(
    ("start", "warm_up", "days", "expected"),
    [
        ("2025-01-20", 0.0, 100.0, [(2025, 100.0)]),
        ("2025-01-20", 0.0, 346.0, [(2025, 346.0)]),
        ("2025-01-20", 0.0, 346.5, [(2025, 346.0), (2026, 346.5)]),
        ("2025-01-20", 400.0, 400.0, [(2026, 711.0), (2027, 800.0)]),
        ("2024-01-01", 0.0, 731.0, [(2024, 366.0), (2025, 731.0)]),
    ],
)
def test_years_are_those_of_the_calendar(
    start: str, warm_up: float, days: float, expected: list[tuple[int, float]]
) -> None:
    assert years_of(start, Settings(100, days, 1, 1, warm_up)) == expected


def test_the_years_of_a_run_add_up_to_it_and_change_nothing() -> None:
    world = load("base", levers=["jail_screening", "task_force_287g"])
    settings = Settings(residents=4_000, days=800.0, seed=3, replications=1, warm_up=30.0)
    plain, counted = (simulate(world, settings, 0, by_year=x) for x in (False, True))
    assert plain.years == ()
    assert np.array_equal(plain.counts.tally, counted.counts.tally)
    assert [year.year for year in counted.years] == [2025, 2026, 2027]
    assert sum(year.counts.days for year in counted.years) == settings.days
    together = sum(year.counts.tally for year in counted.years)
    assert np.allclose(together, counted.counts.tally)
    # Rates weighted by the days of each year are the run's own.
    k = next(k for k, o in enumerate(OUTCOMES) if o.name == "bookings")
    rates = [year.outcomes[k, 0] * year.counts.days for year in counted.years]
    assert sum(rates) / settings.days == pytest.approx(counted.outcomes[k, 0])


def test_what_a_story_tells_by_year_is_seen_by_year() -> None:
    """The growth of agreements: nobody is arrested by deputized officers before 2025, some are in 2026."""
    run = sim.run("stories/growth_of_287g", residents=150_000, replications=2, by_year=True)
    k = next(k for k, o in enumerate(OUTCOMES) if o.name == "warrants_served")
    served = np.array([[year.outcomes[k, 0] for year in r.years] for r in run.results]).mean(axis=0)
    years = [year.year for year in run.results[0].years]
    assert years == list(range(2016, 2027))
    of = dict(zip(years, served.tolist(), strict=True))
    assert max(of[2016], of[2018]) < of[2025] < of[2026]
    k = next(k for k, o in enumerate(OUTCOMES) if o.name == "ice_arrests_street")
    street = np.array([[year.outcomes[k, 0] for year in r.years] for r in run.results]).mean(axis=0)
    assert not street[: years.index(2025)].any()
