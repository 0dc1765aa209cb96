"""Worlds for tests: written down, drawn at random, lived through, and compared to the last bit."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.engine.ledger import EVENTS
from sim.model import Model
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario, load

AGENCIES = ("city_police", "sheriff", "state_police")
JAIL = "county_jail"
DOMAINS = {"agency": AGENCIES, "jail": (JAIL,)}


# ---------------------------------------------------------------- to write, live and compare


def scenario(folder: Path, body: dict[str, Any] | None = None, **asked: Any) -> LoadedScenario:
    """Load the base scenario with a body laid over it (JSON is YAML); `asked` goes to `load`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "world.yaml"
    file.write_text(json.dumps({"extends": "base", **(body or {})}), encoding="utf-8")
    return load(file, **asked)


def live(world: LoadedScenario, days: float, residents: int = 1_000, **more: Any) -> Model:
    """Give a world that has been lived at once, with its log."""
    model = Model(world, residents=residents, keep_log=True, **more)
    model.run_until(days)
    return model


def lines(model: Model) -> np.ndarray:
    """Give the lines of the log."""
    return np.array(model.world.log[: model.world.clock[0].logged])


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of records agree in every field (their padding may differ)."""
    return len(a) == len(b) and all(np.array_equal(a[name], b[name]) for name in a.dtype.names or ())


def happened(model: Model, *events: str) -> np.ndarray:
    """Give the lines of the log with these events."""
    log = lines(model)
    return log[np.isin(log["event"], [EVENTS.index(name) for name in events])]


def expect_same_history(a: Model, b: Model) -> None:
    """Expect the same log, counts and people, to the last bit."""
    assert same(lines(a), lines(b))
    assert np.array_equal(a.world.tally, b.world.tally)
    assert same(np.array(a.world.residents), np.array(b.world.residents))


# ---------------------------------------------------------------- to draw

_share = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
_stops = st.one_of(st.just(0.0), st.floats(0.05, 3))
_arrests = st.one_of(st.just(0.0), st.floats(100, 20_000))
_hours = st.one_of(st.just(0.0), st.floats(0.1, 50))

_AGENCY = {
    "officers": st.one_of(st.just(0), st.integers(1, 400)),
    "traffic_stops": _stops,
    "street_stops": _stops,
    "crime_share": st.integers(0, 10),
    "profiling.hispanic": st.floats(0, 3),
    "profiling_spread": st.floats(0, 1.5),
    "leniency": _share,
    "leniency_spread": _share,
    "model_287g": st.sampled_from(v.MODELS_287G),
    "deputized": _share,
    "task_force": _share,
    "trained": _share,
    "status_inquiry": st.booleans(),
    "compliance": _share,
}
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    **{f"agencies.{name}.{key}": values for name in AGENCIES for key, values in _AGENCY.items()},
    "population.county_residents": st.integers(500, 200_000),
    "population.statuses.undocumented": st.floats(0, 0.12),
    "population.final_order.undocumented": _share,
    "population.biometric.undocumented": _share,
    "population.open_warrant": _share,
    "population.licence_law": st.sampled_from(["lawful_presence", "regardless_of_status"]),
    f"jails.{JAIL}.capacity": st.integers(0, 500),
    f"jails.{JAIL}.ice_days_a_week": st.floats(0, 7),
    f"jails.{JAIL}.compliance": _share,
    f"jails.{JAIL}.hold_limit": st.one_of(st.just(0.0), st.floats(1, 240)),
    f"jails.{JAIL}.over_hold": _share,
    "stops.licence_arrest": _share,
    "stops.immigration_false_match": _share,
    "stops.disclosure": _share,
    "stops.scene_limit": st.floats(0, 12),
    **{f"arrests.rates.{name}": _arrests for name in v.OFFENCES},
    "arrests.status_ratio.undocumented": st.floats(0, 10),
    "arrests.no_charge.misdemeanor": _share,
    "custody.median.own_recognizance": st.floats(0, 5),
    "custody.median.held": st.floats(0, 60),
    "sharing.compliance": _share,
    "sharing.technical": st.lists(st.sampled_from(v.CHANNELS), max_size=3, unique=True),
    "state.compliance": _share,
    "ice.review.hours_a_day": _hours,
    "ice.review.hours_each": st.floats(0.05, 5),
    "ice.review.reserve": st.floats(0, 30),
    "ice.review.turnaround": st.floats(0, 100),
    "ice.review.lapse": st.floats(0.01, 60),
    "ice.matching.print_false_match": _share,
    "ice.matching.interview_error": _share,
    "ice.matching.interview_reach": _share,
    "ice.matching.deportable_lawful.none": _share,
    **{f"ice.pickup.effort.{name}": _share for name in v.PRIORITIES},
    "ice.pickup.hours_a_day": _hours,
    "ice.pickup.delay": st.floats(0, 100),
    "ice.pickup.patience": st.floats(0, 48),
    "ice.at_large.hours_a_day": _hours,
    "ice.at_large.interval": st.floats(0.5, 60),
    "ice.at_large.collateral": _share,
    "ice.at_large.community.undocumented": st.one_of(st.just(0.0), st.floats(100, 300_000)),
    "ice.quota.arrests": st.floats(0, 20_000),
    "ice.quota.displacement": _share,
    "ice.detention.beds": _hours,
    "ice.detention.stay.removal": st.floats(0, 100),
    "ice.detention.represented": _share,
}


def _condition(name: str) -> st.SearchStrategy[Any]:
    attribute = v.ATTRIBUTES[name]
    if attribute.numeric:
        cut = st.integers(1, attribute.top - 1)
        return st.one_of(cut.map(lambda top: {"to": top}), cut.map(lambda low: {"from": low}))
    values = st.sampled_from(DOMAINS.get(name, attribute.values))
    return st.one_of(values, values.map(lambda value: {"not": value}))


def _answer(table: v.Table) -> st.SearchStrategy[Any]:
    one = st.sampled_from(table.answers)
    pairs = st.lists(one, min_size=2, max_size=2, unique=True)
    mixed = st.tuples(pairs, st.floats(0, 1)).map(lambda x: {x[0][0]: x[1], x[0][1]: "rest"})
    return st.one_of(one, mixed)


@st.composite
def rows(draw: st.DrawFn, table: v.Table, *, complete: bool = True) -> list[dict[str, Any]]:
    """Draw a table of up to two rows with conditions (on different attributes, so that each can fire)."""
    several = [n for n in table.sees if n != "jail"]
    names = draw(st.lists(st.sampled_from(several), min_size=0 if complete else 1, max_size=2, unique=True))
    drawn = [{"when": {name: draw(_condition(name))}, "then": draw(_answer(table))} for name in names]
    return [*drawn, {"otherwise": draw(_answer(table))}] if complete else drawn


@dataclass(frozen=True)
class Case:
    """A random world before it is loaded: what is laid over the busy county, and how it is lived."""

    settings: dict[str, Any]
    rules: dict[str, Any]
    unrestricted: dict[str, Any]
    state_rules: dict[str, Any]
    residents: int
    days: float
    seed: int

    def load(self, folder: Path, body: dict[str, Any] | None = None, **asked: Any) -> LoadedScenario:
        rules = {"unrestricted": self.unrestricted, "state_rules": self.state_rules}
        own = {"set": BUSY | self.settings, "rules": BUSY_RULES | self.rules} | rules
        return scenario(folder, own | (body or {}), **asked)

    def start(self, world: LoadedScenario) -> Model:
        return live(world, 0.0, self.residents, seed=self.seed)

    def live(self, world: LoadedScenario) -> Model:
        return live(world, self.days, self.residents, seed=self.seed)


# A county in which something happens: most of the pathway is walked by a thousand residents in a few months.
BUSY: dict[str, Any] = {
    "population.county_residents": 4_000,
    "population.statuses.undocumented": 0.12,
    "population.open_warrant": 0.2,
    "agencies.*.traffic_stops": 1.0,
    "agencies.*.street_stops": 0.5,
    "agencies.*.status_inquiry": True,
    "agencies.*.task_force": 0.3,
    "agencies.*.compliance": 0.7,
    **{f"arrests.rates.{name}": 4_000 for name in v.OFFENCES},
    "stops.immigration_false_match": 0.2,
    "custody.offence_ratio.violent_felony": 1.0,
    f"jails.{JAIL}.ice_days_a_week": 3,
    f"jails.{JAIL}.over_hold": 0.5,
    "sharing.compliance": 0.5,
    "ice.review.hours_a_day": 60,
    "ice.matching.print_false_match": 0.1,
    "ice.matching.interview_error": 0.1,
    "ice.pickup.hours_a_day": 60,
    "ice.at_large.hours_a_day": 600,
    "ice.at_large.interval": 10,
    "ice.at_large.collateral": 0.5,
    "ice.at_large.community.undocumented": 20_000,
    "ice.quota.arrests": 5_000,
    "ice.detention.beds": 1_000,
    **{f"ice.detention.stay.{name}": 10 for name in v.COURT_OUTCOMES},
}
BUSY_RULES: dict[str, Any] = {
    "stop.outcome": [{"otherwise": {"none": 0.2, "warning": 0.2, "citation": 0.3, "arrest": 0.3}}],
    "sharing.channel": [
        {"when": {"channel": "informal_message"}, "then": {"shared": 0.5, "withheld": 0.5}},
        {"when": {"channel": "release_date"}, "then": "withheld"},
        {"otherwise": "shared"},
    ],
    "stop.street_check": [
        {"when": {"immigration_hit": "yes"}, "then": {"hold": 0.5, "immigration_arrest": 0.1, "none": 0.4}},
        {"otherwise": {"none": 0.8, "ask": 0.1, "tip": 0.1}},
    ],
    "ice.review": [
        {"otherwise": {"detainer": 0.4, "judicial_detainer": 0.1, "notification": 0.3, "lead": 0.2}}
    ],
    "detainer.response": [{"otherwise": {"hold": 0.5, "notify": 0.3, "decline": 0.2}}],
    "court.outcome": [
        {
            "otherwise": {
                "removal": 0.3,
                "voluntary_departure": 0.1,
                "bond": 0.2,
                "recognizance": 0.2,
                "relief": 0.1,
                "terminated": 0.1,
            }
        }
    ],
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a busy world with some settings anywhere in their range and some rules of any sort."""
    changed = draw(st.lists(st.sampled_from(sorted(SETTINGS)), max_size=15, unique=True))
    table_names = st.lists(st.sampled_from(v.TABLE_NAMES), max_size=3, unique=True)

    def tables(*, complete: bool) -> dict[str, Any]:
        return {name: draw(rows(v.TABLES[name], complete=complete)) for name in draw(table_names)}

    return Case(
        settings={name: draw(SETTINGS[name]) for name in changed},
        rules=tables(complete=True),
        unrestricted=tables(complete=False),
        state_rules=tables(complete=False),
        residents=draw(st.integers(300, 1_200)),
        days=draw(st.floats(40, 150)),
        seed=draw(st.integers(0, 2**40)),
    )
