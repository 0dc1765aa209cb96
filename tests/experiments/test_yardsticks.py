"""The yardsticks walk the pathway they claim to walk, so a comparison of speeds compares like with like.

Encounters are a thinned Poisson process, so every count has a closed form: a product of rates and
probabilities times residents and days. Where two stages follow one another at once, the later count is
binomial given the earlier one. Exact two-sided tests are used where there is one, and the false-alarm rate of
this whole module is at most 1e-6, shared equally among its stochastic assertions.

Two effects are bounded rather than modelled: people who are away cannot be stopped, and the Mesa version
rounds times up to whole days. Each gives an interval of possible means, and a count is refused only when it
is too improbable under both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from scipy import stats

from experiments.speed import in_simpy, plain_mesa
from experiments.speed.pathway import DAYS_A_YEAR, PATHWAY, Counts, Pathway

FALSE_ALARM = 1e-6
STOCHASTIC_ASSERTIONS = 28
LEVEL = FALSE_ALARM / STOCHASTIC_ASSERTIONS

DAYS = 365
BUSY = replace(PATHWAY, stop_rate=1.0, crime_arrest_rate=0.2, undocumented_share=0.5)
"""The pathway with so many encounters that a small region has enough of every transition to test."""

SLOW = replace(
    PATHWAY,
    stop_rate=0.0,
    crime_arrest_rate=0.08,
    cite_and_release=0.0,
    undocumented_share=1.0,
    detainer=1.0,
    jail_median_days=60.0,
    jail_sigma=0.5,
    pickup=1.0,
    detention_mean_days=90.0,
    removal=1.0,
)
"""A pathway that loses nobody on the way and takes long, so that only the waiting times decide the counts."""

ROUNDING_DAYS = 4.0
"""Mesa rounds the arrest, the jail stay, the hold and the detention up: each by less than a day."""

Yardstick = Callable[[int, int, int, Pathway], Counts]
SIZES = {plain_mesa.run: 6_000, in_simpy.run: 60_000}


@pytest.fixture(scope="module", params=SIZES, ids=["plain_mesa", "in_simpy"])
def yardstick(request: pytest.FixtureRequest) -> Yardstick:
    """One of the two yardsticks."""
    return request.param


@pytest.fixture(scope="module")
def residents(yardstick: Yardstick) -> int:
    """A size that runs in about a second."""
    return SIZES[yardstick]


@pytest.fixture(scope="module")
def counts(yardstick: Yardstick, residents: int) -> Counts:
    """One year of the busy pathway."""
    return yardstick(residents, DAYS, 20_240_601, BUSY)


def assert_poisson(count: int, low: float, high: float) -> None:
    """Refuse a count that no Poisson mean between `low` and `high` makes plausible."""
    at_most, at_least = stats.poisson.cdf(count, low), stats.poisson.sf(count - 1, high)
    assert 2 * min(at_most, at_least) > LEVEL, (
        f"{count} is not a count with a mean in [{low:.1f}, {high:.1f}]"
    )


def assert_binomial(count: int, trials: int, low: float, high: float) -> None:
    """Refuse a count that no probability between `low` and `high` makes plausible."""
    at_most, at_least = stats.binom.cdf(count, trials, low), stats.binom.sf(count - 1, trials, high)
    assert 2 * min(at_most, at_least) > LEVEL, (
        f"{count} of {trials} is not a share in [{low:.4f}, {high:.4f}]"
    )


def arrests_a_year(p: Pathway) -> float:
    """Arrests per resident and year."""
    return p.stop_rate * p.arrest + p.crime_arrest_rate


def match_share(p: Pathway) -> float:
    """Share of prints that match."""
    return p.undocumented_share * p.match(True) + (1 - p.undocumented_share) * p.match(False)


def finished_in_time(p: Pathway, days: float, stages: int, late: float = 0.0) -> float:
    """Probability that a case begun at a uniform time ends its first `stages` of jail, hold and detention.

    The mean of (days - waiting time)+ / days over a grid of mid-quantiles of the independent waiting times.
    """
    middle = (np.arange(400) + 0.5) / 400
    jail = stats.lognorm.ppf(middle, p.jail_sigma, scale=p.jail_median_days)
    hold = p.hold_days * middle[::20] if stages > 1 else np.zeros(1)
    detention = stats.expon.ppf(middle, scale=p.detention_mean_days) if stages > 2 else np.zeros(1)
    waiting = jail[:, None, None] + hold[None, :, None] + detention[None, None, :] + late
    return float(np.clip(days - waiting, 0.0, None).mean() / days)


def share_away(p: Pathway, days: float) -> float:
    """Return an upper bound on the mean share of residents who are away from home.

    Every booking costs at most a jail stay, a hold and the rounding; a pick-up at most all days left.
    """
    jail_mean = p.jail_median_days * np.exp(p.jail_sigma**2 / 2)
    taken = match_share(p) * p.detainer * p.pickup
    bookings_a_day = arrests_a_year(p) * (1 - p.cite_and_release) / DAYS_A_YEAR
    return float(bookings_a_day * (jail_mean + p.hold_days + ROUNDING_DAYS + taken * days / 2))


def test_encounters_have_the_rate_of_the_closed_form(counts: Counts, residents: int) -> None:
    at_home = 1 - share_away(BUSY, DAYS)
    for count, rate in ((counts.stops, BUSY.stop_rate), (counts.arrests, arrests_a_year(BUSY))):
        everybody = rate * residents * DAYS / DAYS_A_YEAR
        assert_poisson(count, everybody * at_home, everybody)


def test_each_stage_of_the_booking_has_its_probability(counts: Counts) -> None:
    booked = 1 - BUSY.cite_and_release
    assert_binomial(counts.bookings, counts.arrests, booked, booked)
    assert counts.prints == counts.bookings, "prints are shared at every booking"
    # The undocumented share of those at home falls by no more than all who are away at the year's end.
    fewest = match_share(BUSY) - 2 * share_away(BUSY, DAYS)
    assert_binomial(counts.matches, counts.prints, fewest, match_share(BUSY))
    assert_binomial(counts.detainers, counts.reviews, BUSY.detainer, BUSY.detainer)


def test_reviews_keep_up_with_matches_while_reviewers_have_time(counts: Counts) -> None:
    assert 0 <= counts.matches - counts.reviews <= 2 * BUSY.reviewers


def assert_timing(counts: Counts, p: Pathway) -> None:
    """Compare pick-ups and removals per detainer with their probability and the time they need."""
    # As people leave, cases begin a little earlier than at a uniform time, and so end in time more often.
    earlier = 1 / (1 - share_away(p, DAYS))
    for count, stages, share in ((counts.pickups, 2, p.pickup), (counts.removals, 3, p.pickup * p.removal)):
        slow = share * finished_in_time(p, DAYS, stages, ROUNDING_DAYS)
        quick = share * finished_in_time(p, DAYS, stages) * earlier
        assert_binomial(count, counts.detainers, slow, quick)


def test_pickups_and_removals_follow_detainers_as_in_the_closed_form(counts: Counts) -> None:
    assert_timing(counts, BUSY)


def test_waiting_times_are_those_of_the_closed_form(yardstick: Yardstick, residents: int) -> None:
    assert_timing(yardstick(residents, DAYS, 21, SLOW), SLOW)


def test_somebody_who_is_removed_is_not_met_again(yardstick: Yardstick) -> None:
    every_stop_arrests = replace(SLOW, stop_rate=5.0, no_action=0.0, warning=0.0, citation=0.0, arrest=1.0)
    instant = replace(every_stop_arrests, jail_median_days=0.1, detention_mean_days=0.1, reviewers=50)
    counts = yardstick(200, 3 * DAYS, 2, instant)
    assert 190 <= counts.removals <= counts.bookings <= 200


def test_the_published_pathway_has_the_funnel_of_the_closed_form(
    yardstick: Yardstick, residents: int
) -> None:
    counts = yardstick(residents, DAYS, 7, PATHWAY)
    at_home = 1 - share_away(PATHWAY, DAYS)
    bookings = arrests_a_year(PATHWAY) * (1 - PATHWAY.cite_and_release) * residents * DAYS / DAYS_A_YEAR
    for count, mean in (
        (counts.stops, PATHWAY.stop_rate * residents * DAYS / DAYS_A_YEAR),
        (counts.prints, bookings * PATHWAY.prints_shared),
        (counts.matches, bookings * PATHWAY.prints_shared * match_share(PATHWAY)),
    ):
        assert_poisson(count, mean * at_home, mean)


def test_the_two_yardsticks_book_equally_many_people() -> None:
    """Two Poisson counts with one mean: given their sum, each is binomial by its share of the residents."""
    small, large = SIZES[plain_mesa.run], SIZES[in_simpy.run]
    mesa = plain_mesa.run(small, DAYS, 11, BUSY).bookings
    simpy = in_simpy.run(large, DAYS, 12, BUSY).bookings
    share = small / (small + large)
    z = (mesa - (mesa + simpy) * share) / sqrt((mesa + simpy) * share * (1 - share))
    assert 2 * stats.norm.sf(abs(z)) > LEVEL, f"z = {z:.2f}"


def test_a_short_handed_ice_office_reviews_what_its_hours_allow(yardstick: Yardstick) -> None:
    one_a_day = replace(BUSY, crime_arrest_rate=3.0, reviewers=1, review_hours=8.0)
    counts = yardstick(2_000, 60, 3, one_a_day)
    assert counts.matches > 120
    assert 55 <= counts.reviews <= 60


def test_without_encounters_nothing_happens(yardstick: Yardstick) -> None:
    quiet = replace(PATHWAY, stop_rate=0.0, crime_arrest_rate=0.0)
    assert yardstick(500, 30, 1, quiet).events == 0


def test_events_are_the_sum_of_all_transitions(counts: Counts) -> None:
    assert counts.events == sum(counts[:-1])


def test_the_same_seed_gives_the_same_counts(yardstick: Yardstick) -> None:
    first, second, other = (yardstick(500, 60, seed, BUSY) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_the_outcomes_of_a_stop_are_the_whole_of_chance() -> None:
    total = PATHWAY.no_action + PATHWAY.warning + PATHWAY.citation + PATHWAY.arrest
    assert log(total) == pytest.approx(0.0, abs=1e-12)
    grid = (np.arange(10_000) + 0.5) / 10_000
    outcomes = [PATHWAY.stop_outcome(luck) for luck in grid]
    shares = {
        name: outcomes.count(name) / len(outcomes) for name in ("none", "warning", "citation", "arrest")
    }
    assert shares == {"none": 0.09, "warning": 0.44, "citation": 0.45, "arrest": 0.02}
