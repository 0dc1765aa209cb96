"""The one rule on data: what it looks at, how it is broken, and what each channel brings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.ledger import EVENTS
from sim.engine.luck import decision, uniform_at
from sim.model import Model
from sim.pathway.sharing import is_shared
from sim.pathway.stop import _passes
from sim.pathway.world import World, open_case
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from tests.properties.worlds import BUSY, BUSY_RULES, Case, happened, scenario


def look_at(folder: Path, attribute: str, value: Any, *, jails: int = 1, **more: Any) -> LoadedScenario:
    """Load a world that shares data where an attribute has a value, and withholds them elsewhere."""
    rows = [{"when": {attribute: value}, "then": "shared"}, {"otherwise": "withheld"}]
    kept = {"sharing.compliance": 1, "sharing.personal_compliance": 1}
    return scenario(folder, {"set": kept, "rules": {"sharing.channel": rows}, **more})


def cases_of(model: Model, many: int = 40) -> Iterator[tuple[World, int]]:
    """Give cases in any state."""
    rng, world = np.random.default_rng(1), model.world
    for key in range(1, many + 1):
        slot = open_case(world, np.uint64(key), int(rng.integers(len(world.residents))), v.CRIME)
        case = world.cases[slot]
        case.agency, case.jail = rng.integers(3), rng.integers(-1, 1)
        case.offence, case.charged = rng.integers(-1, len(v.OFFENCES)), rng.integers(2)
        world.residents[case.resident].record = rng.integers(len(v.RECORDS))
        yield world, slot


MEANINGS = {
    "channel": lambda w, case, channel: v.CHANNELS[channel],
    "offence": lambda w, case, channel: v.OFFENCES[case.offence if case.offence >= 0 else v.MISDEMEANOR],
    "charged": lambda w, case, channel: v.YES_NO[case.charged],
    "record": lambda w, case, channel: v.RECORDS[w.residents[case.resident].record],
    "agency": lambda w, case, channel: ("city_police", "sheriff", "state_police")[case.agency],
    "jail": lambda w, case, channel: "county_jail",
}


@pytest.mark.parametrize("attribute", v.TABLES["sharing.channel"].sees)
def test_sharing_sees_each_attribute_by_its_name(attribute: str, folder: Path) -> None:
    values = {"agency": ("city_police", "sheriff", "state_police"), "jail": ()}.get(
        attribute, v.ATTRIBUTES[attribute].values
    )
    for value in values:
        model = Model(look_at(folder, attribute, value), residents=200)
        for world, slot in cases_of(model):
            for channel in (v.BOOKING_PRINTS, v.JAIL_ROSTER, v.INFORMAL_MESSAGE):
                expected = MEANINGS[attribute](world, world.cases[slot], channel) == value
                assert is_shared(world, slot, channel) == expected


@pytest.mark.parametrize("attribute", ["channel", "record", "agency"])
def test_a_query_at_a_stop_asks_the_rule_on_its_own_channel(attribute: str, folder: Path) -> None:
    values = {"agency": ("city_police", "sheriff", "state_police")}.get(
        attribute, v.ATTRIBUTES[attribute].values
    )
    for value in values:
        model = Model(look_at(folder, attribute, value), residents=200)
        for world, slot in cases_of(model):
            for channel in (v.WARRANT_QUERY, v.TASK_FORCE_CONTACT):
                expected = MEANINGS[attribute](world, world.cases[slot], channel) == value
                assert _passes(world, slot, channel) == expected


def test_a_rule_that_is_kept_three_times_in_four_is_broken_once(folder: Path) -> None:
    rules = {"sharing.channel": [{"otherwise": "withheld"}]}
    kept = {"sharing.compliance": 0.75, "sharing.personal_compliance": 0.4}
    habits = {"sharing.channel": [{"otherwise": "shared"}]}
    world = scenario(folder, {"set": BUSY | kept, "rules": BUSY_RULES | rules, "unrestricted": habits})
    model = Case({}, {}, {}, {}, 1_000, 150.0, 4).live(world)
    broken, withheld = happened(model, "rule_broken"), happened(model, "data_withheld")
    assert len(broken) > 100
    seed, practice = model.world.clock[0].seed, decision("practice of sharing.channel")
    for lines, is_kept in ((broken, False), (withheld, True)):
        channels = [int(channel) for channel in lines["channel"]]
        assert {v.INFORMAL_MESSAGE, v.BOOKING_PRINTS} < set(channels)
        for case, channel in zip(lines["case"], channels, strict=True):
            # What an officer says is withheld as often as officers keep quiet, data as the system is kept.
            share = 0.4 if v.CHANNELS[channel] in v.PERSONAL_CHANNELS else 0.75
            assert (uniform_at(seed, practice, case, channel) < share) == is_kept
    # What was passed on against the rule is what was passed on at all.
    shared = happened(
        model,
        "prints_shared",
        "roster_shared",
        "interview",
        "informal_message",
        "release_date_shared",
        "address_shared",
        "victim_record_shared",
    )
    assert sorted(zip(shared["case"], shared["channel"], strict=True)) == sorted(
        zip(broken["case"], broken["channel"], strict=True)
    )


def test_a_technical_barrier_is_never_broken(folder: Path) -> None:
    rules = {"sharing.channel": [{"otherwise": "withheld"}]}
    barrier = {"sharing.compliance": 0.0, "sharing.technical": ["booking_prints", "jail_roster"]}
    world = scenario(folder, {"set": BUSY | barrier, "rules": BUSY_RULES | rules})
    model = Case({}, {}, {}, {}, 1_000, 150.0, 4).live(world)
    names = {
        EVENTS[e] for e in np.unique(happened(model, "prints_shared", "roster_shared", "interview")["event"])
    }
    assert names == {"interview"}
    assert model.counts["rule_broken"] > 0


def test_only_the_first_channel_that_finds_somebody_makes_a_match(folder: Path) -> None:
    everything = {
        "ice.matching.roster_flag": 1,
        "population.biometric.undocumented": 1,
        "sharing.compliance": 1,
    }
    rules = {"sharing.channel": [{"otherwise": "shared"}]}
    world = scenario(folder, {"set": BUSY | everything, "rules": BUSY_RULES | rules})
    model = Case({}, {}, {}, {}, 1_000, 100.0, 4).live(world)
    matches = happened(model, "match", "match_lawful")
    assert len(np.unique(matches["case"])) == len(matches)
    # Prints and roster of one booking both show the person; prints come first.
    both = set(happened(model, "prints_shared")["case"]) & set(happened(model, "roster_shared")["case"])
    of_both = matches[np.isin(matches["case"], list(both))]
    assert len(of_both) > 0
    told = happened(model, "informal_message")["case"]
    at_booking = of_both[~np.isin(of_both["case"], told)]
    assert v.JAIL_ROSTER not in at_booking["channel"]
