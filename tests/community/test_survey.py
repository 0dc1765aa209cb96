"""The survey: whom it asks, that its numbers are the state's, and that asking changes nothing."""

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.community.records import BINS, MEASURES, VIGNETTES
from sim.community.survey import survey
from sim.engine.ledger import ROWS
from sim.model import Model
from sim.scenario import vocabulary as v
from tests.community.feelings import logistic, with_only
from tests.community.test_crime import PRINTS_ALONE
from tests.pathway.hand import STILL, counted
from tests.properties.worlds import Case, lines, same, scenario

SHARED = {"sharing.channel": "shared"}
SETTINGS: dict[str, Any] = {
    "community.belief.paper": PRINTS_ALONE,
    "community.belief.credibility": 0.4,
    "community.reporting.severity_spread": 1.0,
    "community.reporting.protection": 0.2,
}
ON = ("news", "practice", "paper", "chill", "avoidance", "trust_reporting")


def mixed(folder: Path, residents: int = 800) -> Model:
    """Give a still world of people of every sort, each with attitudes of their own, from different days."""
    loaded = with_only(folder, *ON, settings=SETTINGS, rules=SHARED)
    model = Model(loaded, residents=residents, keep_log=True, seed=6)
    rng, people = np.random.default_rng(2), model.world.residents
    for name in ("legitimacy", "fear", "belief"):
        people[name] = rng.uniform(-0.6, 0.6, residents)
    people.status = rng.integers(len(v.STATUSES), size=residents)
    people.place[rng.random(residents) < 0.2] = 1
    return model


def asked(model: Model, every: int = 1) -> np.ndarray:
    people = model.world.residents
    return np.flatnonzero((people.place == 0) & (people.age >= 16) & (np.arange(len(people)) % every == 0))


def answers(model: Model, now: float) -> dict[str, np.ndarray]:
    """Give what each person asked answers, by the formulas alone."""
    c = model.loaded.settings.community
    people = model.world.residents[asked(model)]
    places = len(model.world.ranks) + 1
    cells = model.world.climate[people.group.astype(int) * places + people.neighbourhood]
    past = now - people.attitude_time

    def left(values: Any, half_life: float) -> Any:
        return values * 0.5 ** (past / half_life)

    status = np.array([c.stake.status[name] for name in v.STATUSES])[people.status]
    citizens = np.array([c.stake.citizens[name] for name in v.GROUPS])[people.group]
    stake = np.where(people.status <= v.NATURALIZED, status * citizens, status)
    rest = np.array([c.trust.rest[name] for name in v.GROUPS])[people.group]
    legitimacy = left(people.legitimacy, c.trust.legitimacy_half_life)
    alarm = left(people.fear, c.trust.alarm_half_life)
    belief = np.clip(cells.belief + left(people.belief, c.belief.half_life), 0, 1)
    fear = stake * (1 - (1 - np.maximum(alarm, 0)) * (1 - cells.fear))

    def trust(slow: Any, fast: Any) -> Any:
        return 1 / (
            1 + np.exp(-(rest + c.trust.legitimacy * slow - c.trust.alarm * (fast + stake * cells.fear)))
        )

    found = {"survey_trust": trust(legitimacy, alarm), "survey_fear": fear, "survey_belief": belief}
    found["surveyed"] = np.ones(len(people))
    for name in v.ACTIVITIES:
        odds = c.avoidance.base[name] + c.avoidance.response[name] * (fear + stake * belief)
        found[f"avoid_{name}"] = 1 / (1 + np.exp(-odds))
    found["avoid_any"] = np.max([found[f"avoid_{name}"] for name in v.ACTIVITIES], axis=0)
    chill = c.reporting.chill["violent"] * stake * (1 + fear)
    hispanic = people.group == v.HISPANIC
    found["hispanic_surveyed"] = hispanic.astype(float)
    found["hispanic_less_likely"] = np.where(hispanic, 1 - np.exp(-chill * belief / c.reporting.stated), 0)

    some = asked(model) % VIGNETTES == 0
    level = c.reporting.trust * (found["survey_trust"] - 1 / (1 + np.exp(-rest)))
    for who, ratio in (("victim", 0.8), ("witness", c.reporting.witness_chill)):
        p = getattr(c.reporting, who)["violent"]
        for where, believed in (("apart", 0.0), ("together", 1.0), ("now", belief)):
            odds = math.log(p / (1 - p)) + level - ratio * chill * believed
            found[f"vignette_{who}_{where}"] = np.where(some, 1 / (1 + np.exp(-odds)), 0)
    found["vignette_now"] = found.pop("vignette_victim_now")
    del found["vignette_witness_now"]

    def judged(quality: float) -> Any:
        sign, weight = (1, 1) if quality > 0 else (-1, c.trust.asymmetry)
        return weight * c.trust.step * quality * (1 + c.trust.filter * sign * (2 * found["survey_trust"] - 1))

    def moved(value: Any, change: Any) -> Any:
        return value + change * np.where(np.asarray(change) > 0, 1 - value, 1 + value)

    better = moved(legitimacy, judged(c.trust.quality["contact"]))
    calmer = moved(alarm, c.trust.frightens["contact"])
    for days in (3, 21):
        slow, fast = (0.5 ** (days / x) for x in (c.trust.legitimacy_half_life, c.trust.alarm_half_life))
        gain = trust(better * slow, calmer * fast) - trust(legitimacy * slow, alarm * fast)
        found[f"vignette_contact_{days}"] = np.where(some, gain, 0)
    for name, quality in (("good", 1.0), ("bad", -1.0)):
        change = trust(moved(legitimacy, judged(quality)), alarm) - found["survey_trust"]
        found[f"vignette_{name}"] = np.where(some, quality * change, 0)
    return found


def equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays agree to the last bit (but for the padding of records)."""
    return same(a, b) if a.dtype.names else np.array_equal(a, b)


SURVEY_ROWS = [name for name in ROWS if name.startswith(("survey", "avoid_", "vignette_", "hispanic_"))]


def test_every_number_of_the_survey_is_that_of_the_state(folder: Path) -> None:
    model = mixed(folder)
    model.run_until(29.5)
    people = model.world.residents[asked(model)]
    expected = answers(model, 29.0)
    assert set(expected) == set(SURVEY_ROWS)
    columns = model.counts.columns()
    for name, values in expected.items():
        row = model.world.tally[ROWS.index(name)]
        assert row[0] == pytest.approx(values.sum(), rel=1e-9), name
        for by, codes in (("status", people.status), ("group", people.group), ("record", people.record)):
            sums = np.bincount(codes, weights=values, minlength=len(columns[by]))
            assert row[list(columns[by].values())] == pytest.approx(sums, rel=1e-9, abs=1e-12), (name, by)
        sums = np.bincount(people.neighbourhood, weights=values, minlength=len(columns["neighbourhood"]))
        assert row[list(columns["neighbourhood"].values())] == pytest.approx(sums, rel=1e-9, abs=1e-12), name


def test_answers_are_counted_in_histograms_by_status_group_and_neighbourhood(folder: Path) -> None:
    model = mixed(folder)
    model.run_until(29.5)
    people, expected = model.world.residents[asked(model)], answers(model, 29.0)
    table = model.world.surveys[0]
    for k, measure in enumerate(MEASURES):
        bins = np.minimum((expected[f"survey_{measure}"] * BINS).astype(int), BINS - 1)
        assert table[k, 0].tolist() == np.bincount(bins, minlength=BINS).tolist()
        first = 1
        for codes, many in (
            (people.status, len(v.STATUSES)),
            (people.group, len(v.GROUPS)),
            (people.neighbourhood, len(model.world.ranks)),
        ):
            for code in range(many):
                wanted = np.bincount(bins[codes == code], minlength=BINS)
                assert table[k, first + code].tolist() == wanted.tolist()
            first += many
        assert first == table.shape[1]


def test_asking_changes_nothing_but_what_has_been_answered(folder: Path) -> None:
    model = mixed(folder)
    model.run_until(12.5)
    before = copy.deepcopy(model.world)
    survey(model.world)
    for name, was, now in zip(before._fields, before, model.world, strict=True):
        if name == "rules":
            continue
        if name == "clock":
            was.surveys += 1
        if name == "tally":
            rows = np.isin(ROWS, SURVEY_ROWS)
            assert np.array_equal(was[~rows], now[~rows])
            assert (now[rows, 0] != was[rows, 0]).all()
        elif name != "surveys":
            assert equal(was, now), name


def test_people_are_asked_every_thirty_days(folder: Path) -> None:
    model = mixed(folder)
    many = len(asked(model))
    for day, surveys in ((29.0, 0), (29.01, 1), (59.0, 1), (59.01, 2), (365.0, 12)):
        model.run_until(day)
        assert model.world.clock[0].surveys == surveys
        assert counted(model, "surveyed") == surveys * many


@pytest.mark.parametrize(("residents", "every"), [(10_000, 1), (20_500, 2), (31_000, 3)])
def test_of_a_large_sample_the_same_part_is_asked_each_time(residents: int, every: int, folder: Path) -> None:
    model = Model(with_only(folder), residents=residents)
    model.run_until(60.0)
    here = asked(model, every)
    assert counted(model, "surveyed") == 2 * len(here)
    by = model.counts.columns()["group"].values()
    wanted = np.bincount(model.world.residents.group[here], minlength=len(v.GROUPS))
    assert (model.world.tally[ROWS.index("surveyed"), list(by)] == 2 * wanted).all()


def test_a_run_beyond_its_length_keeps_all_surveys(folder: Path) -> None:
    loaded = scenario(folder, {"set": STILL | {"run.days": 30}})
    model = Model(loaded, residents=500)
    room = len(model.world.surveys)
    model.run_until(30.0)
    first = model.world.surveys[0].copy()
    model.run_until(30.0 * (2 * room + 1))
    assert model.world.clock[0].surveys == 2 * room + 1 <= len(model.world.surveys)
    assert np.array_equal(model.world.surveys[0], first)
    assert (model.world.surveys[: 2 * room + 1, 0, 0].sum(axis=1) == len(asked(model))).all()


def test_a_busy_world_with_surveys_is_the_same_in_one_go_and_in_steps(folder: Path) -> None:
    case = Case({}, {}, {}, {}, 700, 95.0, 3)
    world = case.load(folder)
    once, steps = case.live(world), case.start(world)
    while steps.day < 95.0:
        steps.run_until(min(steps.day + 0.71, 95.0))
    assert once.world.clock[0].surveys == 3
    assert same(lines(once), lines(steps))
    for name in ("tally", "surveys", "climate", "regard", "memory", "residents"):
        assert equal(getattr(once.world, name), getattr(steps.world, name)), name


def test_trust_at_rest_is_the_scenario_s(folder: Path) -> None:
    model = Model(with_only(folder), residents=500)
    model.run_until(30.0)
    rest = model.loaded.settings.community.trust.rest
    people = model.world.residents[asked(model)]
    mean = np.mean([logistic(rest[v.GROUPS[k]]) for k in people.group])
    assert counted(model, "survey_trust") / counted(model, "surveyed") == pytest.approx(mean)
