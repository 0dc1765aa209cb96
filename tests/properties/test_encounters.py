"""Who is met comes from the seed and the rates alone; what officers are busy with only takes stops away."""

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from sim.engine.candidates import TRAFFIC
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.properties.worlds import (
    AGENCIES,
    UNMOVED,
    Case,
    cases,
    happened,
    laid_over,
    same,
)

EXAMPLES = settings(max_examples=10)
NEVER = [{"otherwise": "none"}]

# Nothing feeds back on who is met: somebody arrested at a stop is home again in the same moment.
BACK_AT_ONCE: dict[str, Any] = {
    **UNMOVED,
    "raids.mills.arrests": 0,
    **{f"arrests.rates.{name}": 0 for name in v.OFFENCES},
    "stops.contraband_arrest": 0,
    "agencies.*.tips.officers": 0,
    "ice.at_large.community": dict.fromkeys(v.STATUSES[v.LPR :], 0),
    "ice.detention.beds": 0,
    "ice.detention.reserve": 0,
    "ice.detention.stay": dict.fromkeys(v.COURT_OUTCOMES, 10),
}
BACK_AT_ONCE_RULES = {
    "stop.outcome": [{"otherwise": "citation"}],
    "stop.street_check": [{"otherwise": {"immigration_arrest": 0.3, "none": 0.7}}],
}


def met(case: Case, folder: Path, **changes: Any) -> Model:
    """Live a case in which nothing feeds back on who is met, with changes by dotted path."""
    own = laid_over(case.settings, BACK_AT_ONCE)
    rules = {name: rows for name, rows in case.rules.items() if name == "stop.query"}
    body = {"set": laid_over(own, changes), "rules": rules | BACK_AT_ONCE_RULES, "state_rules": {}}
    return case.live(case.load(folder, body | {"unrestricted": {"stop.street_check": NEVER}}))


def same_meetings(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether the same officers meet the same people at the same times, whatever comes of it."""
    return all(np.array_equal(a[name], b[name]) for name in ("time", "case", "resident", "officer"))


@EXAMPLES
@given(case=cases(), share=st.one_of(st.just(0.0), st.floats(0.01, 1)), agency=st.sampled_from(AGENCIES))
def test_fewer_stops_are_a_subset_of_the_same_stops(
    case: Case, share: float, agency: str, folder: Path
) -> None:
    # An officer whom one stop keeps busy foregoes the next, so with fewer stops fewer are foregone: it is
    # encounters, made or foregone, that are a subset.
    many = met(case, folder)
    # The stops of an agency without officers are made by the others, in proportion to their rates.
    assume(all(a.officers > 0 for a in many.loaded.settings.agencies.values()))
    rate = many.loaded.settings.agencies[agency].traffic_stops
    few = met(case, folder, **{f"agencies.{agency}.traffic_stops": rate * share})
    before, after = (happened(m, "traffic_stop", "street_stop", "stop_foregone") for m in (many, few))
    kept = np.isin(before["case"], after["case"])
    assert same_meetings(before[kept], after)
    streams = {int(s.code): int(s.kind) for s in many.world.streams}
    on_the_road = np.array(
        [streams[key >> 40 << 40] == TRAFFIC for key in before["case"].tolist()], dtype=bool
    )
    own = on_the_road & (before["agency"] == AGENCIES.index(agency))
    assert kept[~own].all()
    assert same(happened(many, "saturation_stop"), happened(few, "saturation_stop"))
    # Each encounter is kept with probability `share`: an exact two-sided test at 1e-6.
    if own.any():
        assert binomtest(int((kept & own).sum()), int(own.sum()), share).pvalue > 1e-6


@EXAMPLES
@given(case=cases(), hours=st.floats(0, 100))
def test_work_that_keeps_officers_busy_changes_no_encounter_and_no_stop_that_is_made(
    case: Case, hours: float, folder: Path
) -> None:
    idle, busy = (met(case, folder, **{"costs.hours.street_arrest": h}) for h in (0, hours))
    meetings = (happened(m, "traffic_stop", "street_stop", "stop_foregone") for m in (idle, busy))
    assert same_meetings(*meetings)
    able, made = (happened(m, "traffic_stop", "street_stop") for m in (idle, busy))
    assert same(able[np.isin(able["case"], made["case"])], made)
    assert same(happened(idle, "saturation_stop"), happened(busy, "saturation_stop"))


@EXAMPLES
@given(case=cases(), share=st.floats(0.01, 1))
def test_a_smaller_operation_makes_a_subset_of_the_same_stops(case: Case, share: float, folder: Path) -> None:
    large = met(case, folder)
    stops = large.loaded.settings.operations["sweep"].stops_a_day
    small = met(case, folder, **{"operations.sweep.stops_a_day": stops * share})
    before, after = happened(large, "saturation_stop"), happened(small, "saturation_stop")
    kept = np.isin(before["case"], after["case"])
    assert same(before[kept], after)
    streams = {int(s.code): int(s.operation) for s in large.world.streams}
    names = list(large.loaded.settings.operations)
    own = np.array(
        [names[streams[key >> 40 << 40]] == "sweep" for key in before["case"].tolist()], dtype=bool
    )
    assert kept[~own].all()
    if own.any():
        assert binomtest(int((kept & own).sum()), int(own.sum()), share).pvalue > 1e-6
