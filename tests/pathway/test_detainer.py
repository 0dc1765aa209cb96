"""Requests about people who are not removable: lifted when the mistake is found, and what that changes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.engine.calendar import BOOKING
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.pathway.hand import (
    FALSE_ALARM,
    FIRST,
    HOLD,
    LAST,
    agreement,
    begin,
    counted,
    days,
    effort,
    jail,
    open_cases,
)
from tests.properties.worlds import JAIL

FOUND = 20.0
MANY = 1_200
END = LAST + HOLD


def mistaken(folder: Path, many: int = MANY, rules: dict[str, Any] | None = None, **settings: Any) -> Model:
    """Give a world of citizens for each of whom ICE lodges a detainer at booking, and does not come."""
    terms: dict[str, Any] = {"ice.matching.print_false_match": 1, "ice.matching.error_found": FOUND}
    own = {name.replace("__", "."): value for name, value in settings.items()}
    model = begin(jail(folder, terms | effort(0) | own, rules), many, status=v.US_BORN)
    open_cases(model, BOOKING)
    model.run_until(LAST + 100)
    return model


@pytest.fixture(scope="module")
def lifted(folder: Path) -> Model:
    return mistaken(folder)


def test_a_mistake_is_found_after_an_exponential_time_while_its_person_is_there(lifted: Model) -> None:
    found, law = np.array(list(days(lifted, "detainer_lifted").values())), stats.expon(scale=FOUND)
    assert counted(lifted, "wrongful_requests") == MANY
    assert stats.binomtest(len(found), MANY, law.cdf(END)).pvalue > FALSE_ALARM
    assert stats.kstest(found, lambda x: law.cdf(x) / law.cdf(END)).pvalue > FALSE_ALARM


def test_who_is_cleared_leaves_at_the_first_release_or_at_once(lifted: Model) -> None:
    cleared, left = days(lifted, "detainer_lifted"), days(lifted, "jail_release")
    assert len(left) == MANY
    assert left == {case: max(FIRST, cleared[case]) if case in cleared else END for case in left}
    # Some before the first release, some while they would have gone long ago, some in the hold.
    seen = np.histogram(list(cleared.values()), [0, FIRST, LAST, END])[0]
    assert seen.min() > 0
    assert len(cleared) < MANY


def test_time_under_a_mistaken_request_ends_when_it_is_lifted(lifted: Model) -> None:
    found = np.array(list(days(lifted, "detainer_lifted").values()))
    never = MANY - len(found)
    assert counted(lifted, "wrongful_request_days") == pytest.approx(found.sum() + END * never)
    in_hold = 24 * ((found[found > LAST] - LAST).sum() + HOLD * never)
    assert counted(lifted, "wrongful_hold_hours") == pytest.approx(in_hold)
    assert counted(lifted, "hold_hours") == pytest.approx(in_hold)
    assert counted(lifted, "jail_days") == pytest.approx(sum(days(lifted, "jail_release").values()))


def test_days_that_a_detainer_adds_count_though_it_is_lifted(lifted: Model) -> None:
    longer = sum(day - FIRST for day in days(lifted, "jail_release").values())
    assert counted(lifted, "detainer_days") == pytest.approx(longer)
    cost = lifted.loaded.settings.jails[JAIL].cost_day
    assert counted(lifted, "detainer_cost") == pytest.approx(longer * cost)


def test_a_lifted_request_leaves_no_lead(lifted: Model) -> None:
    assert set(days(lifted, "lead")) == set(days(lifted, "jail_release")) - set(
        days(lifted, "detainer_lifted")
    )


def test_nobody_is_fetched_or_handed_over_once_the_request_is_lifted(folder: Path) -> None:
    at_once: dict[str, Any] = {"ice__matching__error_found": 0.01}
    for settings in (effort(1), agreement("wso")):
        for response in ("hold", "notify"):
            own = {name.replace(".", "__"): value for name, value in settings.items()} | at_once
            model = mistaken(folder, 100, {"detainer.response": response}, **own)
            assert counted(model, "detainer_lifted") == counted(model, "jail_release") == 100
            assert counted(model, "ice_arrest_custodial") == counted(model, "warrant_served") == 0
            assert set(days(model, "jail_release").values()) == {FIRST}


def test_a_request_that_is_lifted_past_the_limit_ends_an_over_hold(folder: Path) -> None:
    over: dict[str, Any] = {f"jails__{JAIL}__over_hold": 1, f"jails__{JAIL}__over_hold_mean": 2_000}
    model = mistaken(folder, 600, {"custody.release": "own_recognizance"}, **over)
    cleared, left, overs = (days(model, name) for name in ("detainer_lifted", "jail_release", "over_hold"))
    past = FIRST + HOLD
    late = {case: day for case, day in cleared.items() if day > past}
    assert len(late) > 50
    assert all(left[case] == cleared[case] for case in late)
    assert set(late) <= set(overs)
    assert set(overs) == {case for case, day in left.items() if day > past}
    hours = 24 * sum(left[case] - past for case in overs)
    assert counted(model, "over_hold_hours") == pytest.approx(hours)


def test_a_request_about_somebody_who_is_removable_is_never_lifted(folder: Path) -> None:
    settings = effort(0) | {"ice.matching.error_found": 0.01}
    model = begin(jail(folder, settings), 200)
    open_cases(model, BOOKING)
    model.run_until(END + 1)
    assert counted(model, "detainer_lifted") == counted(model, "wrongful_requests") == 0
    assert set(days(model, "jail_release").values()) == {END}
    assert counted(model, "detainer_days") == pytest.approx(200 * (END - FIRST))
