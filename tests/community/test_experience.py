"""One event by hand: who feels it, and how much; nobody else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.model import Model
from sim.scenario import vocabulary as v
from tests.community.feelings import (
    attitudes,
    happens,
    housemates,
    inhabited,
    logistic,
    moved,
    somebody,
    tied,
    with_only,
)

WHAT_IT_IS = {
    "traffic_stop": "stop",
    "street_stop": "stop",
    "saturation_stop": "stop",
    "citation": "citation",
    "search": "search",
    "arrest": "arrest",
    "mistaken_arrest": "mistaken_arrest",
    "immigration_check": "immigration_check",
    "street_hold": "street_hold",
    "response": "prompt_response",
    "late_response": "late_response",
    "contact": "contact",
}
# No two alike, so that one taken for another is seen.
QUALITY = {name: round(0.9 - 0.17 * k, 2) for k, name in enumerate(v.EXPERIENCES)}
FRIGHTENS = {name: round(-0.4 + 0.13 * k, 2) for k, name in enumerate(v.EXPERIENCES)}
WEIGHTS = {"household": 1.0, "kin": 0.6, "neighbours": 0.3, "co_ethnic": 0.1}
CLEAR: dict[str, Any] = {
    "community.trust.quality": QUALITY,
    "community.trust.frightens": FRIGHTENS,
    "community.trust.step": 0.05,
    "community.trust.asymmetry": 4,
    "community.trust.filter": 0.3,
    "community.network.vicarious": 0.8,
    "community.network.weights": WEIGHTS,
}


def felt(model: Model, experience: str) -> tuple[float, float]:
    """Give the change of legitimacy and the alarm that an encounter causes in somebody at rest."""
    trust = logistic(model.loaded.settings.community.trust.rest["white"])
    quality = QUALITY[experience]
    sign = 1 if quality > 0 else -1
    change = quality * (1 if quality > 0 else 4) * 0.05 * (1 + 0.3 * sign * (2 * trust - 1))
    return change, FRIGHTENS[experience]


def expect_changed(model: Model, expected: Mapping[int, tuple[float, float, float]]) -> None:
    """Expect these attitudes of these people, and of everybody else none."""
    wanted = np.zeros((3, len(model.world.residents)))
    for person, values in expected.items():
        wanted[:, person] = values
    for k, (name, found) in enumerate(attitudes(model).items()):
        assert np.allclose(found, wanted[k], rtol=1e-12, atol=1e-15), name


@pytest.mark.parametrize("event", WHAT_IT_IS)
def test_an_own_encounter_moves_the_person_alone(event: str, folder: Path) -> None:
    model = inhabited(with_only(folder, "own_encounters", settings=CLEAR))
    happens(model, event, 17)
    expect_changed(model, {17: (*felt(model, WHAT_IT_IS[event]), 0.0)})


def echo(model: Model, person: int, experience: str) -> dict[int, tuple[float, float, float]]:
    """Give what those tied to a person feel of what the person lives through."""
    change, alarm = felt(model, experience)
    found: dict[int, tuple[float, float, float]] = {}
    for other, kind in tied(model, person):
        part = 0.8 * WEIGHTS[kind] / sum(WEIGHTS[k] for _, k in tied(model, other))
        legitimacy, fear, _ = found.get(other, (0.0, 0.0, 0.0))
        found[other] = (moved(legitimacy, part * change), moved(fear, part * alarm), 0.0)
    return found


@pytest.mark.parametrize("event", ["contact", "street_hold"])
def test_those_tied_to_a_person_feel_their_tie_s_part_of_it(event: str, folder: Path) -> None:
    model = inhabited(with_only(folder, "vicarious", settings=CLEAR))
    person = somebody(model)
    happens(model, event, person)
    expected = echo(model, person, WHAT_IT_IS[event])
    assert len(expected) > 5
    expect_changed(model, expected)


def test_the_echo_does_not_hang_on_whether_the_person_is_moved(folder: Path) -> None:
    model = inhabited(with_only(folder, "own_encounters", "vicarious", settings=CLEAR))
    person = somebody(model)
    happens(model, "search", person)
    expect_changed(model, echo(model, person, "search") | {person: (*felt(model, "search"), 0.0)})


@pytest.mark.parametrize("weightless", v.TIES)
def test_ties_without_weight_carry_nothing(weightless: str, folder: Path) -> None:
    weights = {name: 0.0 if name == weightless else 1.0 for name in v.TIES}
    settings = CLEAR | {"community.network.weights": weights}
    model = inhabited(with_only(folder, "vicarious", settings=settings))
    person = somebody(model)
    happens(model, "arrest", person)
    told = {other for other, kind in tied(model, person) if kind != weightless}
    assert set(np.flatnonzero(attitudes(model)["legitimacy"]).tolist()) == told
    assert set(np.flatnonzero(attitudes(model)["fear"]).tolist()) == told


def test_an_encounter_of_no_quality_that_frightens_nobody_leaves_no_trace(folder: Path) -> None:
    still = {name: dict.fromkeys(v.EXPERIENCES, 0.0) for name in ("quality", "frightens")}
    settings = {f"community.trust.{name}": values for name, values in still.items()}
    model = inhabited(with_only(folder, "own_encounters", "vicarious", "caution", settings=settings))
    happens(model, "arrest", somebody(model))
    expect_changed(model, {})


def test_a_later_encounter_adds_to_what_is_left_of_an_earlier_one(folder: Path) -> None:
    model = inhabited(with_only(folder, "own_encounters", settings=CLEAR))
    c = model.loaded.settings.community.trust
    happens(model, "arrest", 17)
    model.run_until(20.0)
    slow, fast = (0.5 ** (20 / x) for x in (c.legitimacy_half_life, c.alarm_half_life))
    first = felt(model, "arrest")
    legitimacy, fear = first[0] * slow, moved(0.0, first[1]) * fast
    trust = logistic(c.rest["white"] + c.legitimacy * legitimacy - c.alarm * fear)
    happens(model, "contact", 17)
    quality = QUALITY["contact"]
    assert quality < 0
    change = 4 * 0.05 * quality * (1 - 0.3 * (2 * trust - 1))
    after = model.world.residents[17]
    assert after.legitimacy == pytest.approx(moved(legitimacy, change))
    assert after.fear == pytest.approx(moved(fear, FRIGHTENS["contact"]))
    assert after.attitude_time == 20.0


# ---------------------------------------------------------------- arrests by ICE

ALARM = 0.5
LEARNED = 0.3
ARRESTS = {
    "community.network.alarm": ALARM,
    "community.network.weights": WEIGHTS,
    "community.belief.learning": LEARNED,
    "community.network.without_conviction": 1.6,
}


@pytest.mark.parametrize(
    ("event", "origin", "by_police"),
    [
        ("ice_arrest_custodial", v.CRIME, True),
        ("ice_arrest_street", v.TRAFFIC_STOP, True),
        ("ice_arrest_at_large", v.CRIME, True),
        ("ice_arrest_at_large", v.VICTIMIZATION, True),
        ("ice_arrest_at_large", v.OPERATION, False),
    ],
)
@pytest.mark.parametrize("record", [v.NO_RECORD, v.NONVIOLENT, v.VIOLENT])
def test_an_arrest_by_ice_frightens_the_person_s_ties_and_says_of_police_what_they_did(
    event: str, origin: int, by_police: bool, record: int, folder: Path
) -> None:
    model = inhabited(with_only(folder, "network_arrests", settings=ARRESTS), record=record)
    person = somebody(model)
    happens(model, event, person, origin)
    weight = 1.6 if record == v.NO_RECORD else 1.0
    expected: dict[int, tuple[float, float, float]] = {}
    for other, kind in tied(model, person):
        _, fear, belief = expected.get(other, (0.0, 0.0, 0.0))
        part = WEIGHTS[kind]
        learned = LEARNED if by_police else 0.0
        expected[other] = (0.0, moved(fear, part * ALARM * weight), moved(belief, part * learned))
    expect_changed(model, expected)
    assert set(housemates(model, person)) <= set(expected)


def test_nobody_is_more_than_fully_alarmed(folder: Path) -> None:
    settings = ARRESTS | {"community.network.alarm": 0.9, "community.network.without_conviction": 10}
    model = inhabited(with_only(folder, "network_arrests", settings=settings))
    person = somebody(model)
    happens(model, "ice_arrest_custodial", person)
    assert attitudes(model)["fear"][housemates(model, person)].tolist() == [1.0] * len(
        housemates(model, person)
    )


def news_of(model: Model) -> dict[tuple[int, int], tuple[float, float]]:
    """Give what has been heard since the run began, by group and place (−1: the region)."""
    places = len(model.world.ranks) + 1
    found = {}
    for k, cell in enumerate(model.world.climate):
        if cell.arrests or cell.transfers:
            place = k % places if k % places < places - 1 else -1
            found[k // places, place] = (float(cell.arrests), float(cell.transfers))
    return found


SILENT = {"community.news.before": dict.fromkeys(v.GROUPS, 0)}


@pytest.mark.parametrize("on", ["news", "practice"])
@pytest.mark.parametrize(
    ("event", "origin", "record", "weight", "transfers"),
    [
        ("ice_arrest_custodial", v.CRIME, v.VIOLENT, 1.0, 1.0),
        ("ice_arrest_street", v.STREET_STOP, v.NO_RECORD, 1.6, 1.6),
        ("ice_arrest_at_large", v.VICTIMIZATION, v.NONVIOLENT, 1.0, 1.0),
        ("ice_arrest_at_large", v.OPERATION, v.NO_RECORD, 1.6, 0.0),
    ],
)
def test_an_arrest_by_ice_is_news_in_the_person_s_group_neighbourhood_and_region(
    on: str, event: str, origin: int, record: int, weight: float, transfers: float, folder: Path
) -> None:
    model = inhabited(with_only(folder, on, settings=ARRESTS | SILENT), group=v.HISPANIC, record=record)
    happens(model, event, 40, origin)
    place = int(model.world.residents.neighbourhood[40])
    assert news_of(model) == {(v.HISPANIC, k): (weight, transfers) for k in (place, -1)}
    expect_changed(model, {})


def test_an_arrest_in_a_raid_is_louder_by_its_publicity(folder: Path) -> None:
    raid: dict[str, Any] = {"begins": 5, "days": 1, "arrests": 0, "neighbourhoods": 1, "publicity": 4}
    settings = SILENT | ARRESTS | {"raids.loud": raid, "raids.quiet": raid | {"publicity": 0.5}}
    model = inhabited(with_only(folder, "news", settings=settings), record=v.VIOLENT)
    for number, publicity in ((1, 4.0), (2, 0.5)):
        before = news_of(model).get((v.WHITE, -1), (0.0, 0.0))[0]
        happens(model, "ice_arrest_at_large", 3, v.OPERATION, raid=number)
        assert news_of(model)[v.WHITE, -1] == (before + publicity, 0.0)


@pytest.mark.parametrize("publicity", [0.25, 1.0])
def test_a_finding_is_known_as_far_as_it_is_publicized(publicity: float, folder: Path) -> None:
    settings = {"oversight.publicity": publicity}
    model = inhabited(with_only(folder, "practice", settings=settings))
    happens(model, "finding", 3, v.TRAFFIC_STOP)
    assert model.world.regard[0].findings == publicity
    expect_changed(model, {})


def test_with_everything_off_no_event_is_felt(folder: Path) -> None:
    model = inhabited(with_only(folder, settings=CLEAR | ARRESTS | SILENT))
    for event in (*WHAT_IT_IS, "ice_arrest_custodial", "ice_arrest_street", "ice_arrest_at_large"):
        happens(model, event, 17)
    expect_changed(model, {})
    assert news_of(model) == {}


# ---------------------------------------------------------------- regard for police, and caution


def test_regard_in_a_neighbourhood_is_the_mean_change_of_its_people(folder: Path) -> None:
    settings = CLEAR | {"community.caution": 1.5}
    model = inhabited(with_only(folder, "own_encounters", "vicarious", "caution", settings=settings))
    person = somebody(model)
    happens(model, "arrest", person)
    legitimacy = attitudes(model)["legitimacy"]
    where = model.world.residents.neighbourhood
    for place, regard in enumerate(model.world.regard):
        here = legitimacy[where == place]
        expected = here.sum() / max(len(here), 1)
        assert regard.legitimacy == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert np.count_nonzero(model.world.regard.legitimacy) > 1
