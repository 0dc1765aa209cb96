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
from tests.properties.draws import AGENCIES, DOMAINS, JAIL, SETTINGS, rows, some_settings, some_tables

# ---------------------------------------------------------------- to write, live and compare


def written(folder: Path, body: dict[str, Any] | None, name: str = "world") -> Path:
    """Write the base scenario with a body laid over it (JSON is YAML)."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps({"extends": "base", **(body or {})}), encoding="utf-8")
    return file


def scenario(folder: Path, body: dict[str, Any] | None = None, **asked: Any) -> LoadedScenario:
    """Load the base scenario with a body laid over it; `asked` goes to `load`."""
    return load(written(folder, body), **asked)


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


def ranks(people: np.ndarray, neighbourhoods: int) -> np.ndarray:
    """Give each neighbourhood's place in the order of their shares of noncitizens, the highest first."""
    foreign = people["status"] >= v.LPR
    shares = []
    for k in range(neighbourhoods):
        here = people["neighbourhood"] == k
        shares.append(foreign[here].sum() / max(here.sum(), 1))
    order = sorted(range(neighbourhoods), key=lambda k: -shares[k])
    return np.argsort(order)


def expect_same_events(a: Model, b: Model) -> None:
    """Expect the same log and people, to the last bit, whatever is counted in hours and money."""
    assert same(lines(a), lines(b))
    assert same(np.array(a.world.residents), np.array(b.world.residents))
    events = len(EVENTS)
    assert np.array_equal(a.world.tally[:events], b.world.tally[:events])


def expect_same_history(a: Model, b: Model) -> None:
    """Expect the same log, counts and people, to the last bit."""
    expect_same_events(a, b)
    assert np.array_equal(a.world.tally, b.world.tally)


# ---------------------------------------------------------------- a county in which something happens

# Nobody is a victim, meets an officer otherwise, or feels anything.
UNMOVED: dict[str, Any] = {
    "community.off": list(v.EFFECTS),
    "community.contacts": 0,
    "community.victimization.rates": dict.fromkeys(v.VICTIMIZATIONS, 0),
}

# Most of the pathway is walked by a thousand residents in a few months.
BUSY: dict[str, Any] = {
    "population.county_residents": 4_000,
    "population.statuses.undocumented": 0.12,
    "population.open_warrant": 0.2,
    "agencies.*.traffic_stops": 1.0,
    "agencies.*.street_stops": 0.5,
    "agencies.*.status_inquiry": True,
    "agencies.*.task_force": 0.3,
    "agencies.*.deputized": 0.5,
    "agencies.sheriff.model_287g": "tfm",
    "agencies.*.compliance": 0.7,
    "agencies.*.tips.officers": 0.5,
    "agencies.*.tips.chance": 0.5,
    "agencies.*.pretext.chance": 0.7,
    "agencies.*.pretext.log_odds": dict.fromkeys(v.GROUPS, 1.0),
    "operations.sweep": {
        "agency": "city_police",
        "begins": 20,
        "days": 30,
        "stops_a_day": 400,
        "officers": 50,
        "neighbourhoods": 0.3,
        "partner": True,
        "reasons": {"moving_violation": 0.2, "equipment": 0.7, "suspicion": 0.1},
        "profiling": {"white": 0.5, "black": 1.0, "hispanic": 3.0, "asian": 0.5, "other": 1.0},
        "unlicensed": 2.0,
    },
    **{f"arrests.rates.{name}": 4_000 for name in v.OFFENCES},
    "stops.length": 1.0,
    "stops.search": dict.fromkeys(v.GROUPS, 0.2),
    "stops.contraband_slope": 3,
    "stops.warrant_false_match": 0.02,
    "stops.stale_warrant": 0.05,
    "stops.immigration_false_match": 0.1,
    "stops.suspicion": dict.fromkeys(v.GROUPS, 0.3),
    "stops.suspicion_unlicensed": dict.fromkeys(v.GROUPS, 0.6),
    "custody.offence_ratio.violent_felony": 1.0,
    f"jails.{JAIL}.ice_days_a_week": 3,
    f"jails.{JAIL}.model_287g": "jem",
    f"jails.{JAIL}.deputized": 0.3,
    f"jails.{JAIL}.deputized_staff": 10,
    f"jails.{JAIL}.over_hold": 0.5,
    "sharing.compliance": 0.5,
    "sharing.personal_compliance": 0.5,
    "training.effect": 0.4,
    "training.half_life": 40,
    "training.interval": 90,
    "oversight.sampling": 0.5,
    "oversight.delay": 10,
    "costs.claims.over_hold": 0.3,
    "costs.claims.wrongful": 0.3,
    "costs.reimbursement.salary": 0.5,
    "costs.reimbursement.award": 1_000,
    "ice.review.hours_a_day": 60,
    "ice.matching.print_false_match": 0.1,
    "ice.matching.interview_error": 0.1,
    "ice.matching.stale_file": dict.fromkeys(v.STATUSES[1:4], 0.1),
    "ice.tips.scene": 0.6,
    "ice.tips.arrival": 0.5,
    "ice.pickup.hours_a_day": 60,
    "ice.at_large.hours_a_day": 600,
    "ice.at_large.interval": 10,
    "ice.at_large.collateral": 0.5,
    "ice.at_large.community.undocumented": 20_000,
    "ice.quota.arrests": 5_000,
    "ice.detention.beds": 1_000,
    **{f"ice.detention.stay.{name}": 10 for name in v.COURT_OUTCOMES},
    "oversight.publicity": 0.5,
    "community.victimization.rates": {"violent": 300, "property": 300, "domestic": 100},
    "community.reporting.certification": 0.2,
    "community.offending.deterrence": 0.5,
    "community.offending.return_share": 0.7,
    "community.offending.return_time": 20,
    "community.avoidance.moving": 0.3,
    "community.contacts": 0.5,
    "community.caution": 1.0,
    "raids.mills": {"begins": 30, "days": 20, "arrests": 500, "neighbourhoods": 0.4, "publicity": 2.0},
    "announcements.apology": {
        "day": 40,
        "legitimacy": 0.1,
        "alarm": 0.2,
        "belief": -0.2,
        "reach": dict.fromkeys(v.GROUPS, 0.5),
    },
}
BUSY_RULES: dict[str, Any] = {
    "stop.outcome": [{"otherwise": {"none": 0.2, "warning": 0.2, "citation": 0.3, "arrest": 0.3}}],
    "sharing.channel": [
        {
            "when": {"channel": ["informal_message", "task_force_contact"]},
            "then": {"shared": 0.5, "withheld": 0.5},
        },
        {"when": {"channel": "release_date"}, "then": "withheld"},
        {"otherwise": "shared"},
    ],
    "stop.street_check": [
        {"when": {"immigration_hit": "yes"}, "then": {"hold": 0.2, "immigration_arrest": 0.1, "none": 0.7}},
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


def laid_over(settings: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Give settings with others set after them, so that `agencies.*` wins over one agency before it."""
    return {name: value for name, value in settings.items() if name not in changes} | changes


# ---------------------------------------------------------------- worlds at random


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
        """Load it, with the sections of `body` in the place of its own."""
        written(folder, {"set": BUSY, "rules": BUSY_RULES}, "busy")  # parsed once, since it never changes
        rules = {"unrestricted": self.unrestricted, "state_rules": self.state_rules}
        own = {"extends": "busy", "set": self.settings, "rules": self.rules} | rules
        return scenario(folder, own | (body or {}), **asked)

    def with_settings(self, folder: Path, changes: dict[str, Any]) -> LoadedScenario:
        """Load it with some settings laid over its own, last of all."""
        return self.load(folder, body={"set": laid_over(self.settings, changes)})

    def start(self, world: LoadedScenario) -> Model:
        return live(world, 0.0, self.residents, seed=self.seed)

    def live(self, world: LoadedScenario) -> Model:
        return live(world, self.days, self.residents, seed=self.seed)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a busy world with some settings anywhere in their range and some rules of any sort."""
    return Case(
        settings=draw(some_settings()),
        rules=draw(some_tables(complete=True)),
        unrestricted=draw(some_tables(complete=False)),
        state_rules=draw(some_tables(complete=False)),
        residents=draw(st.integers(300, 1_200)),
        days=draw(st.floats(40, 150)),
        seed=draw(st.integers(0, 2**40)),
    )


__all__ = [
    "AGENCIES",
    "BUSY",
    "BUSY_RULES",
    "DOMAINS",
    "JAIL",
    "SETTINGS",
    "Case",
    "cases",
    "expect_same_events",
    "expect_same_history",
    "happened",
    "laid_over",
    "lines",
    "live",
    "ranks",
    "rows",
    "same",
    "scenario",
]
