"""The Mesa face: a model of agent sets that show and follow the world."""

import copy
import doctest
import gc
import math
import pickle
from collections.abc import Callable
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest

import sim.model
from sim.agents.ice import FieldOffice
from sim.agents.jail import Jail
from sim.agents.officer import Officer
from sim.agents.resident import RESIDENT, Resident
from sim.errors import InputError, SimError
from sim.model import Model
from sim.outcomes.log import COLUMNS
from sim.population.synthesis import build
from sim.scenario.loader import load
from sim.studies.simulate import Settings, simulate


@pytest.fixture
def model() -> Model:
    return Model("base", seed=1, residents=2_000)


def test_the_example_in_the_docstring_of_the_model_runs() -> None:
    tests = doctest.DocTestFinder().find(sim.model.Model, "Model", globs={})
    runner = doctest.DocTestRunner()
    assert sum(len(t.examples) for t in tests) >= 5
    for test in tests:
        assert runner.run(test).failed == 0


def test_a_model_is_a_mesa_model_with_agent_sets(model: Model) -> None:
    assert isinstance(model, mesa.Model)
    for agents, kind, records in (
        (model.officers, Officer, model.world.officers),
        (model.jails, Jail, model.world.jails),
        (model.ice, FieldOffice, model.world.office),
    ):
        assert isinstance(agents, type(model.agents))  # Mesa 3.5 has more than one class of agent sets
        assert all(isinstance(agent, mesa.Agent) and type(agent) is kind for agent in agents)
        assert [agent.index for agent in agents] == list(range(len(records)))
    assert len(model.ice) == 1
    assert set(model.agents) == {*model.officers, *model.jails, *model.ice}


def test_a_model_takes_a_name_a_path_or_a_loaded_scenario() -> None:
    loaded = load("base")
    models = [Model(x, seed=3, residents=300, keep_log=True) for x in ("base", loaded.path, loaded)]
    for one in models:
        one.run_until(100)
    assert all(one.events().equals(models[0].events()) for one in models)
    with pytest.raises(InputError, match="no such scenario"):
        Model("a county that nobody wrote")


def test_size_and_seed_are_the_scenarios_own_unless_given() -> None:
    scenario = load("base", settings=["run.residents=700", "run.seed=9"])
    assert len(Model(scenario).world.residents) == 700
    own, given = Model(scenario), Model(scenario, seed=9)
    assert own.seed_of_luck == given.seed_of_luck != Model(scenario, seed=0).seed_of_luck
    assert len(Model(scenario, residents=300).world.residents) == 300


def test_agents_show_the_world_as_it_is_now(model: Model) -> None:
    office, jail = model.ice[0], model.jails[0]
    for _ in range(5):
        model.run_until(model.day + 30)
        assert jail.held == model.world.jails[0].held
        assert office.in_custody == model.world.office[0].in_custody
        assert office.waiting == model.world.office[0].waiting
    assert jail.most_held > 0
    assert jail.name == "county_jail"
    officer = model.officers[0]
    assert officer.agency_name == "city_police"
    assert officer.word("shift") in {"night", "day", "evening"}
    assert type(jail.held) is int
    assert type(officer.profiling) is float


def test_what_the_field_office_has_left_flows_in_and_is_drawn() -> None:
    model = Model("base", seed=1, residents=10_000)
    office = model.ice[0]
    model.world.budgets.level[:] = 0
    model.world.budgets.time[:] = model.day
    model.world.budgets.limit[:] = 1e9
    flows = model.world.budgets.flow.copy()
    names = ("review_hours_left", "pickup_hours_left", "team_hours_left", "bed_days_left", "quota_left")
    model.run_until(1_000)
    drawn = model.world.budgets.drawn
    assert [getattr(office, name) for name in names] == pytest.approx(1_000 * flows - drawn)
    assert drawn.all()


def test_agents_follow_the_world_into_a_new_phase(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    switch = "{day: 10, set: {jails.county_jail.hold_limit: 12, agencies.*.trained: 1}}"
    text = f"extends: base\ntimeline:\n  - {switch}\n"
    file.write_text(text, encoding="utf-8")
    model = Model(file, residents=2_000)
    jail, officers = model.jails[0], list(model.officers)
    model.run_until(9)
    assert jail.hold_limit == 2.0
    assert not all(officer.trained for officer in officers)
    model.run_until(11)
    assert jail.hold_limit == 0.5
    assert all(officer.trained == 1 for officer in officers)
    model.run_until(60)
    assert jail.held == model.world.jails[0].held


def test_a_resident_reads_the_record_and_writes_it(model: Model) -> None:
    resident = model.resident(7)
    assert isinstance(resident, Resident)
    for name in RESIDENT.names or ():
        assert getattr(resident, name) == model.world.residents[name][7]
    assert resident.word("status") in ("us_born", "naturalized", "lpr", "temporary", "undocumented")
    model.world.residents.age[7] = 31
    assert resident.age == 31
    resident.age = 32
    resident.fear = 0.25
    assert model.world.residents.age[7] == 32
    assert model.world.residents.fear[7] == 0.25
    assert repr(resident) == "<Resident 7>"


def test_a_resident_whose_rates_were_changed_is_met_at_the_new_rates() -> None:
    changed = Model("base", seed=2, residents=3_000, keep_log=True)
    record = changed.world.residents
    walkers = np.flatnonzero((record.driving == 0) & (record.age >= 16))[:200]
    for i in walkers:
        changed.resident(int(i)).driving = float(record.driving.max())
    changed.run_until(2_000)
    stops = changed.events().query("event == 'traffic_stop'")
    assert np.isin(stops.resident, walkers).any()


def test_an_agent_can_carry_attributes_of_its_own(model: Model) -> None:
    resident = model.resident(0)
    resident.nickname = "first"
    assert model.resident(0).nickname == "first"
    with pytest.raises(AttributeError, match="Resident has no attribute 'height'"):
        _ = resident.height


def test_residents_become_agents_one_at_a_time() -> None:
    model = Model("base", residents=100_000)
    before = len(model.agents)
    assert before < 1_000
    assert model.resident(99_999) is model.resident(99_999)
    assert len(model.agents) == before + 1


@pytest.mark.parametrize("index", [-1, 2_000, 10**9])
def test_a_resident_who_does_not_exist_is_an_error_that_says_who_does(model: Model, index: int) -> None:
    with pytest.raises(SimError, match=f"no resident {index}: they are numbered 0 to 1999"):
        model.resident(index)


def test_a_step_is_a_day_and_is_collected(model: Model) -> None:
    for _ in range(20):
        model.step()
    table = model.datacollector.get_model_vars_dataframe()
    assert table["day"].tolist() == [float(k) for k in range(1, 21)]
    assert table["stops"].is_monotonic_increasing
    assert table["stops"].iloc[-1] == model.counts["traffic_stop"] + model.counts["street_stop"] > 0
    assert {"bookings", "detainers", "transfers", "in_jail", "in_ice_custody"} <= set(table.columns)
    assert model.steps == 20


def test_a_loop_that_looks_and_steps_changes_nothing(model: Model) -> None:
    watched = []
    while model.day < 60:
        model.step()
        watched.append((model.counts["booking"], model.jails[0].held, model.resident(3).place))
        _ = model.officers.select(lambda o: o.trained == 1)
        _ = model.officers.get("leniency")
        model.state_table()
    left_alone = Model("base", seed=1, residents=2_000)
    left_alone.run_until(60)
    assert np.array_equal(model.world.tally, left_alone.world.tally)
    assert len(watched) == 60


def test_counts_stay_those_of_their_day(model: Model) -> None:
    model.run_until(30)
    early = model.counts
    stops = early["traffic_stop"]
    model.run_until(200)
    assert early["traffic_stop"] == stops < model.counts["traffic_stop"]
    assert (early.days, model.counts.days) == (30.0, 200.0)


def test_the_event_log_is_a_table_of_names() -> None:
    model = Model("base", seed=1, residents=5_000, keep_log=True)
    assert len(model.events()) == 0
    model.run_until(100)
    events = model.events()
    assert list(events.columns) == list(COLUMNS)
    assert len(events) == model.world.clock[0].events > 0
    assert events["time"].is_monotonic_increasing
    assert set(events["agency"].dropna()) <= {"city_police", "sheriff", "state_police"}
    assert set(events["jail"].dropna()) == {"county_jail"}
    assert (events.event == "booking").sum() == model.counts["booking"]


def test_a_model_without_a_log_says_how_to_keep_one(model: Model) -> None:
    with pytest.raises(SimError, match="keep_log=True"):
        model.events()


def test_the_state_table_has_a_row_for_every_resident(model: Model) -> None:
    table = model.state_table()
    assert isinstance(table, pd.DataFrame)
    assert table.shape == (2_000, len(RESIDENT.names or ()))
    table.loc[0, "age"] = 99  # a copy: the world is not changed by it
    assert model.world.residents.age[0] == model.people.residents.age[0]


def test_people_can_be_given(model: Model) -> None:
    people = build(load("base").settings.population, 500, np.uint64(8))
    given = Model("base", people=people)
    assert len(given.world.residents) == 500
    given.run_until(50)
    assert given.people is people
    assert np.all(people.residents.place == 0)


def test_days_already_lived_are_not_lived_again(model: Model) -> None:
    model.run_until(50)
    before = model.world.tally.copy()
    model.run_until(20)
    model.run_until(50)
    assert model.day == 50.0
    assert np.array_equal(before, model.world.tally)


@pytest.mark.parametrize(
    "again", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "copy"]
)
def test_a_model_that_was_put_away_lives_on_as_if_it_had_not_been(
    tmp_path: Path, again: Callable[[Model], Model]
) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("extends: base\ntimeline: [{day: 60, levers: [data_firewall]}]\n", encoding="utf-8")
    model = Model(file, seed=4, residents=3_000, keep_log=True)
    model.resident(7).nickname = "seven"
    for _ in range(40):
        model.step()
    other = again(model)
    for _ in range(50):
        model.step()
        other.step()
    model.run_until(800)
    assert other.day == 90.0
    other.run_until(800)
    assert other.events().equals(model.events())
    assert np.array_equal(other.world.tally, model.world.tally)
    assert other.steps == model.steps == 90
    collected = [m.datacollector.get_model_vars_dataframe() for m in (model, other)]
    assert collected[0].equals(collected[1])
    assert len(collected[0]) == 90
    assert [jail.held for jail in other.jails] == [jail.held for jail in model.jails]
    assert other.resident(7).nickname == "seven"
    assert other.resident(7).model is other


def test_the_collector_asks_for_what_its_columns_say(model: Model) -> None:
    model.run_until(300)
    model.step()
    counts, row = model.counts, model.datacollector.get_model_vars_dataframe().iloc[-1]
    assert row["day"] == 301
    assert row["stops"] == counts["traffic_stop"] + counts["street_stop"]
    assert row["bookings"] == counts["booking"] > 0
    assert row["detainers"] == counts["detainer"]
    assert row["transfers"] == counts["ice_arrest_custodial"] + counts["ice_arrest_street"]
    assert row["in_jail"] == sum(jail.held for jail in model.jails) > 0
    assert row["in_ice_custody"] == model.ice[0].in_custody


@pytest.mark.parametrize("day", ["x", None, -4, True, math.nan, math.inf, -math.inf])
def test_a_day_that_is_none_is_told(model: Model, day: object) -> None:
    with pytest.raises(
        InputError, match=r"^Model.run_until: (.*\n)*.*a number of days from the start, 0 or more"
    ):
        model.run_until(day)  # type: ignore[arg-type]
    assert model.day == 0


def test_a_day_may_be_any_kind_of_number_and_one_that_has_passed_changes_nothing(model: Model) -> None:
    model.run_until(np.float32(2))  # type: ignore[arg-type]
    model.run_until(np.int64(3))
    model.run_until(1)
    assert model.day == 3


def test_a_model_shows_itself_in_a_notebook() -> None:
    model = Model(load("base", settings=["name=A <b>county</b>"]), residents=2_000)
    model.run_until(30)
    shown = model._repr_html_()
    assert "<caption>A &lt;b&gt;county&lt;/b&gt;</caption>" in shown
    model.datacollector.collect(model)
    counted = model.datacollector.get_model_vars_dataframe().iloc[-1]
    for name, value in {"residents": 2_000, "day": 30, "bookings": counted["bookings"]}.items():
        assert f"<th>{name}</th><td>{value:,.0f}</td>" in shown
    assert f"<th>in ICE custody</th><td>{counted['in_ice_custody']:.0f}</td>" in shown
    assert counted["stops"] > 0
    model.close()
    assert "closed" in model._repr_html_()


def test_a_run_leaves_no_model_behind() -> None:
    """A study of ten thousand runs would keep ten thousand scenarios."""
    small = Settings(residents=300, days=5, seed=1, replications=1)

    def alive() -> int:
        gc.collect()
        return sum(type(x) is Model for x in gc.get_objects())  # asking a dead proxy what it is raises

    before, scenario = alive(), load("base")
    for replication in range(3):
        simulate(scenario, small, replication)
    assert alive() == before
