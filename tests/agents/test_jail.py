"""A jail: its visiting days, how long people stay, and how holds run over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.agents.jail import (
    is_interviewed,
    is_staffed,
    mistake_found,
    new_jails,
    next_visit,
    over_hold_time,
    stay,
)
from sim.pathway.world import CASE, SETTINGS
from sim.scenario import vocabulary as v

SEED = np.uint64(12)
TEN = 10 / 24


def visits(days_a_week: float, days: int) -> list[float]:
    jail, found, now = new_jails(1)[0], [], 0.0
    jail.ice_days_a_week = days_a_week
    while (visit := next_visit(jail, now)) < days:
        assert visit >= now, "a visit in the past"
        found.append(visit)
        now = np.floor(visit) + 1.0
    return found


@given(st.floats(0.01, 7))
def test_ice_comes_on_as_many_days_as_it_is_said_to(days_a_week: float) -> None:
    weeks = 60
    found = visits(days_a_week, 7 * weeks)
    assert all(visit - int(visit) == pytest.approx(TEN) for visit in found)
    assert len({int(visit) for visit in found}) == len(found)
    assert abs(len(found) - days_a_week * weeks) <= 1
    # Evenly: between visits lie as many days as there are on average, give or take one.
    gaps = np.diff([int(visit) for visit in found])
    assert np.all(np.abs(gaps - 7 / days_a_week) < 1 + 1e-6)


def test_whole_numbers_of_days_are_the_same_days_every_week() -> None:
    for days in range(1, 8):
        found = [int(visit) for visit in visits(days, 28)]
        assert len(found) == 4 * days
        assert len({day % 7 for day in found}) == days


@given(st.floats(0.2, 7), st.floats(0, 1_000))
def test_the_next_visit_is_not_past_and_none_lies_before_it(days_a_week: float, now: float) -> None:
    jail = new_jails(1)[0]
    jail.ice_days_a_week = days_a_week
    visit = next_visit(jail, now)
    assert visit >= now - 1e-9
    earlier = [x for x in visits(days_a_week, int(visit) + 1) if now <= x < visit - 1e-6]
    assert earlier == []


def test_ice_never_comes_where_it_is_not_present() -> None:
    assert next_visit(new_jails(1)[0], 3.0) == np.inf


def test_ice_reaches_a_share_of_people_at_each_visit_anew() -> None:
    reached = np.array([[is_interviewed(SEED, np.uint64(k), n, 0.6) for n in (0, 1)] for k in range(5_000)])
    both = np.histogram2d(*reached.T.astype(int), bins=2)[0].ravel()
    chances = np.outer([0.4, 0.6], [0.4, 0.6]).ravel()
    assert stats.chisquare(both, chances * len(reached)).pvalue > 1e-6


def test_a_stay_is_log_normal_by_route_and_offence_and_cut_at_the_longest() -> None:
    settings = np.zeros(1, dtype=SETTINGS).view(np.recarray)[0]
    settings.stay_median[:], settings.stay_spread[:] = [1, 3, 30], [0.8, 1.2, 1.3]
    settings.stay_ratio[:], settings.longest_stay = 1.0, 90.0
    settings.stay_ratio[v.DUI] = 0.5
    case = np.zeros(1, dtype=CASE).view(np.recarray)[0]
    case.offence, case.route = v.DUI, v.HELD
    days = []
    for key in range(20_000):
        case.key = key
        days.append(stay(settings, case, SEED))
    uncut = np.array([d for d in days if d < 90])
    law = stats.lognorm(1.3, scale=15)
    assert stats.binomtest(len(days) - len(uncut), len(days), law.sf(90)).pvalue > 1e-6
    assert stats.kstest(uncut, lambda x: law.cdf(x) / law.cdf(90)).pvalue > 1e-6
    assert max(days) == 90


def test_a_share_of_unclaimed_holds_runs_over_by_an_exponential_time() -> None:
    jail = new_jails(1)[0]
    jail.over_hold, jail.over_hold_mean = 0.2, 1.5
    over = np.array([over_hold_time(jail, SEED, np.uint64(k)) for k in range(20_000)])
    assert stats.binomtest(int((over > 0).sum()), len(over), 0.2).pvalue > 1e-6
    assert stats.kstest(over[over > 0], stats.expon(scale=1.5).cdf).pvalue > 1e-6


@pytest.mark.parametrize("model", v.JAIL_MODELS)
def test_staff_with_authority_are_on_duty_at_their_share_where_there_is_an_agreement(model: str) -> None:
    jail = new_jails(1)[0]
    jail.model_287g, jail.deputized = v.JAIL_MODELS.index(model), 0.35
    met = sum(is_staffed(jail, SEED, np.uint64(k)) for k in range(10_000))
    share = 0.0 if model == "none" else 0.35
    assert stats.binomtest(met, 10_000, share).pvalue > 1e-6


def test_a_mistaken_warrant_is_found_out_after_an_exponential_time() -> None:
    settings = np.zeros(1, dtype=SETTINGS).view(np.recarray)[0]
    settings.mistake_found = 0.7
    found = [mistake_found(settings, SEED, np.uint64(k)) for k in range(10_000)]
    assert stats.kstest(found, stats.expon(scale=0.7).cdf).pvalue > 1e-6
