"""A stop: what the databases show, who is held up, how it ends, and what becomes of a person there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.agents.resident import HOME, IN_TRANSIT, STREET_HOLD
from sim.engine import candidates as c
from sim.model import Model
from sim.pathway.stop import _immigration_hit, _warrant_hit
from sim.pathway.world import OPERATION, open_case
from sim.scenario import vocabulary as v
from tests.pathway.hand import AGENCY, FALSE_ALARM, STILL, begin, counted, otherwise, still, stops
from tests.properties.worlds import JAIL, happened, scenario

ARREST = {"stop.outcome": "arrest"}
NOTHING = {"stop.outcome": "none", "stop.query": "none", "stop.street_check": "none"}


def expect_share(count: int, of: int, share: float) -> None:
    assert stats.binomtest(int(count), int(of), share).pvalue > FALSE_ALARM


def at(model: Model, day: float) -> Model:
    model.world.clock[0].now = day
    return model


# ── immigration checks ───────────────────────────────────────────────────────────────────────────────────

CHECKS = {
    "stops.federal_check": 0.7,
    "stops.immigration_false_match": 0.1,
    "stops.misapplication": 0.3,
}
OPEN = {"warrant_query": "shared", "task_force_contact": "shared"}


def check(
    folder: Path, who: str, authority: str, shared: dict[str, str], training: float = 0.0, many: int = 800
) -> tuple[float, Model]:
    """Give the share of many checks that name a person, and the world in which they were made."""
    rows = [{"when": {"channel": name}, "then": answer} for name, answer in shared.items()]
    tables = {"sharing.channel": [*rows, *otherwise("shared")]}
    model = begin(scenario(folder, {"set": STILL | CHECKS | SURE, "rules": tables}), 200)
    world = model.world
    slot = open_case(world, np.uint64(1), 0, v.TRAFFIC_STOP)
    case, resident = world.cases[slot], world.residents[0]
    case.agency, case.officer = 0, 0
    case.federal = int("agent" in authority)
    case.deputized = int("deputized" in authority)
    world.agencies[0].model_287g = v.TFM if "agreement" in authority else v.NO_287G
    resident.order = int(who == "order")
    found = 0
    for key in range(1, many + 1):
        case.key = key
        found += _immigration_hit(world, slot, who != "lawful", training)
    return found / many, model


SURE: dict[str, Any] = {"sharing.compliance": 1, "sharing.personal_compliance": 1}
LOCAL, DEPUTIZED, AGENT = "local", "deputized under agreement", "agent"
WRONG = 0.1 + 0.3


@pytest.mark.parametrize(
    ("who", "authority", "chance"),
    [
        # Everybody sees an order on file.
        ("order", LOCAL, 1.0),
        ("order", DEPUTIZED, 1.0),
        ("order", AGENT, 1.0),
        # Only federal authority establishes that somebody without one is removable.
        ("removable", LOCAL, 0.0),
        ("removable", "deputized", 0.0),
        ("removable", "agreement", 0.0),
        ("removable", DEPUTIZED, 0.7),
        ("removable", AGENT, 0.7),
        ("removable", f"{DEPUTIZED}, agent", 0.7),
        # And a local officer who has it may misapply it.
        ("lawful", LOCAL, 0.1),
        ("lawful", "deputized", 0.1),
        ("lawful", DEPUTIZED, WRONG),
        ("lawful", AGENT, 0.1),
        ("lawful", f"{DEPUTIZED}, agent", 0.1),
    ],
)
def test_what_a_check_shows(who: str, authority: str, chance: float, folder: Path) -> None:
    share, _ = check(folder, who, authority, OPEN)
    expect_share(round(share * 800), 800, chance)


def test_training_lowers_the_misapplication_of_authority_and_nothing_else(folder: Path) -> None:
    share, _ = check(folder, "lawful", DEPUTIZED, OPEN, training=0.5)
    expect_share(round(share * 800), 800, 0.1 + 0.3 * 0.5)


@pytest.mark.parametrize(
    ("shared", "authority", "chance", "channel"),
    [
        ({"warrant_query": "withheld", "task_force_contact": "shared"}, AGENT, 0.7, "task_force_contact"),
        ({"warrant_query": "shared", "task_force_contact": "withheld"}, AGENT, 0.0, "warrant_query"),
        ({"warrant_query": "shared", "task_force_contact": "withheld"}, DEPUTIZED, 0.7, "warrant_query"),
        ({"warrant_query": "withheld", "task_force_contact": "withheld"}, AGENT, 0.0, None),
        ({"warrant_query": "withheld", "task_force_contact": "shared"}, DEPUTIZED, 0.0, None),
    ],
)
def test_a_rule_that_withholds_closes_its_own_way_of_checking(
    shared: dict[str, str], authority: str, chance: float, channel: str | None, folder: Path
) -> None:
    share, model = check(folder, "removable", authority, shared, many=400)
    expect_share(round(share * 400), 400, chance)
    made = happened(model, "immigration_check")
    assert [v.CHANNELS[k] for k in np.unique(made["channel"])] == ([] if channel is None else [channel])
    assert len(made) == (0 if channel is None else 400)
    contacts = counted(model, "task_force_contact")
    assert contacts == (400 if channel == "task_force_contact" else 0)
    hours = model.loaded.settings.costs.hours["immigration_check"]
    assert counted(model, "police_hours") == pytest.approx(hours * len(made))


# ── warrants ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_warrant_query_names_its_people_and_a_few_others_by_mistake(folder: Path) -> None:
    stale, false = 0.2, 0.1
    model = begin(still(folder, {"stops.stale_warrant": stale, "stops.warrant_false_match": false}), 2_000)
    world = model.world
    world.residents.warrant[:500] = 1
    slots = [open_case(world, np.uint64(k + 1), k, v.TRAFFIC_STOP) for k in range(2_000)]
    hits = np.array([_warrant_hit(world, slot) for slot in slots])
    mistaken = world.cases.mistaken[slots]
    assert hits[:500].all()
    assert not mistaken[:500].any()
    assert np.array_equal(hits[500:], mistaken[500:])
    expect_share(hits[500:].sum(), 1_500, stale + (1 - stale) * false)


def test_a_settled_warrant_is_on_file_in_every_case_of_its_person_and_a_false_match_in_few(
    folder: Path,
) -> None:
    model = begin(still(folder, {"stops.stale_warrant": 0.3, "stops.warrant_false_match": 0.05}), 400)
    world, many = model.world, 30
    named = np.zeros(400, dtype=int)
    for person in range(400):
        slot = open_case(world, np.uint64(1), person, v.TRAFFIC_STOP)
        for key in range(many):
            world.cases[slot].key = 1 + person * many + key
            named[person] += _warrant_hit(world, slot)
        world.clock[0].free += 1  # the slot is used again
    always = named == many
    expect_share(always.sum(), 400, 0.3)
    expect_share(named[~always].sum(), many * int((~always).sum()), 0.05)


# ── officers who are elsewhere ───────────────────────────────────────────────────────────────────────────


def blitz(model: Model, **values: object) -> None:
    """Give the world one operation of the first agency, from day 1 to day 3."""
    operations = np.zeros(1, dtype=OPERATION).view(np.recarray)
    one = operations[0]
    one.begins, one.ends, one.rate, one.unlicensed = 1.0, 3.0, 1.0, 1.0
    one.covered, one.reasons[:], one.profiling[:] = 1, [0.0, 1.0, 1.0], 1.0
    for name, value in values.items():
        one[name] = value
    model.world = model.world._replace(operations=operations)


def test_a_busy_officer_makes_no_stop_until_the_task_is_done(folder: Path) -> None:
    model = at(begin(still(folder, rules=ARREST), 300), 1.0)
    officers = model.world.officers
    officers.busy_until = np.where(np.arange(len(officers)) % 2 == 0, 1.5, 1.0)
    stops(model)
    made, foregone = happened(model, "traffic_stop"), happened(model, "stop_foregone")
    assert len(made) + len(foregone) == 300
    assert min(len(made), len(foregone)) > 50
    assert np.all(made["officer"] % 2 == 1)
    assert np.all(foregone["officer"] % 2 == 0)
    # Nothing comes of a stop that is not made, and the same stop is made when the officer is free.
    model.run_until(1.0 + 1e-9)
    assert np.array_equal(np.sort(happened(model, "arrest")["case"]), np.sort(made["case"]))
    officers.busy_until[:] = 1.0
    stops(model, foregone["resident"], first=1_000)
    assert counted(model, "traffic_stop") == 300


def test_an_operation_takes_its_share_of_the_agencys_officers_from_ordinary_stops(folder: Path) -> None:
    model = begin(still(folder, rules=NOTHING), 700)
    blitz(model, share=0.4)
    foregone = []
    for day, agency, kind in (
        (0.9, 0, c.TRAFFIC),
        (1.0, 0, c.TRAFFIC),
        (2.9, 0, c.STREET),
        (3.0, 0, c.TRAFFIC),
        (2.0, 1, c.TRAFFIC),
    ):
        before = counted(model, "stop_foregone")
        stops(at(model, day), agency=agency, kind=kind)
        foregone.append(counted(model, "stop_foregone") - before)
    assert foregone[0] == foregone[3] == foregone[4] == 0
    for count in foregone[1:3]:
        expect_share(count, 700, 0.4)


def test_two_operations_at_once_take_both_their_shares(folder: Path) -> None:
    model = begin(still(folder, rules=NOTHING), 700)
    blitz(model, share=0.3)
    two = np.concatenate([model.world.operations] * 2).view(np.recarray)
    model.world = model.world._replace(operations=two)
    stops(at(model, 2.0))
    expect_share(counted(model, "stop_foregone"), 700, 0.6)


# ── saturation operations ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("partner", [0, 1])
@pytest.mark.parametrize("model_287g", [v.NO_287G, v.TFM])
def test_an_operation_sends_those_with_authority_and_takes_its_partner_along(
    model_287g: int, partner: int, folder: Path
) -> None:
    model = at(begin(still(folder, rules=NOTHING), 400), 2.0)
    blitz(model, partner=partner, agency=1, reasons=np.cumsum([0.0, 0.7, 0.3]))
    world = model.world
    world.agencies.model_287g[:] = model_287g
    world.officers.deputized[::2] = 1
    world.officers.task_force[1::4] = 1
    world.officers.busy_until[:] = 5.0  # who is sent on an operation is there
    cases = world.cases[stops(model, kind=c.SATURATION, operation=0)]
    assert counted(model, "saturation_stop") == 400
    assert counted(model, "stop_foregone") == counted(model, "traffic_stop") == 0
    assert np.all((cases.saturation == 1) & (cases.origin == v.SATURATION_STOP) & (cases.agency == 1))
    own = world.officers[cases.officer]
    assert np.array_equal(cases.federal, np.maximum(own.task_force, partner))
    assert np.array_equal(cases.deputized, np.ones(400) if model_287g == v.TFM else own.deputized)
    assert set(own.agency) == {1}
    expect_share((cases.reason == v.EQUIPMENT).sum(), 400, 0.7)
    assert not np.any(cases.reason == v.MOVING_VIOLATION)


@pytest.mark.parametrize("kind", [c.TRAFFIC, c.STREET])
def test_an_ordinary_stop_has_the_authority_of_its_officer(kind: int, folder: Path) -> None:
    model = begin(still(folder, rules=NOTHING), 200)
    model.world.agencies.model_287g[:] = v.TFM
    model.world.officers.deputized[::2] = 1
    model.world.officers.task_force[::3] = 1
    cases = model.world.cases[stops(model, kind=kind)]
    own = model.world.officers[cases.officer]
    assert np.array_equal(cases.federal, own.task_force)
    assert np.array_equal(cases.deputized, own.deputized)
    assert not cases.saturation.any()
    assert {int(reason) for reason in cases.reason} == (
        {v.SUSPICION} if kind == c.STREET else {v.MOVING_VIOLATION, v.EQUIPMENT, v.SUSPICION}
    )


# ── searches and pretexts ────────────────────────────────────────────────────────────────────────────────


def test_a_share_of_finds_ends_with_an_arrest_whatever_the_rule_says(folder: Path) -> None:
    terms = {
        "stops.search": dict.fromkeys(v.GROUPS, 0.5),
        "stops.contraband": 0.6,
        "stops.contraband_slope": 0,
        "stops.contraband_arrest": 0.4,
    }
    model = begin(still(folder, terms, NOTHING | {"booking.disposition": "cite_and_release"}), 1_500)
    stops(model)
    model.run_until(1.0)
    searched, found, arrested = (
        set(happened(model, name)["case"].tolist()) for name in ("search", "contraband", "arrest")
    )
    expect_share(len(searched), 1_500, 0.5)
    expect_share(len(found), len(searched), 0.6)
    expect_share(len(arrested), len(found), 0.4)
    assert arrested < found < searched


PRETEXT = {f"agencies.{AGENCY}.pretext": {"chance": 1, "log_odds": dict.fromkeys(v.GROUPS, 1.5)}}
SOME = {"stop.outcome": {"warning": 0.8, "arrest": 0.2}}
MINOR = {"stops.reasons": {"moving_violation": 0.5, "equipment": 0.5, "suspicion": 0}}


def pretexts(
    folder: Path,
    *,
    settings: dict[str, Any] | None = None,
    jail: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
    many: int = 1_200,
    kind: int = c.TRAFFIC,
    agency: int = 0,
    warrant: int = 0,
    restraint: float = 0.0,
) -> int:
    """Give how many of many stops end with an arrest on a pretext."""
    own = {f"jails.{JAIL}.{k}": x for k, x in ({"ice_days_a_week": 2} if jail is None else jail).items()}
    tables = {"stop.query": "warrants"} | SOME | (rules or {})
    model = begin(still(folder, PRETEXT | MINOR | own | (settings or {}), tables), many, warrant=warrant)
    model.world.officers.restraint[:] = restraint
    stops(model, kind=kind, agency=agency)
    return int(counted(model, "pretext_arrest"))


def added(motive: float, chance: float = 0.2) -> float:
    odds = chance / (1 - chance) * np.exp(motive)
    return float(odds / (1 + odds) - chance)


@pytest.mark.parametrize("jail", [{"ice_days_a_week": 1}, {"model_287g": "jem", "deputized": 0.1}])
def test_screening_in_the_jail_moves_arrests_at_minor_stops(jail: dict[str, Any], folder: Path) -> None:
    expect_share(pretexts(folder, jail=jail), 1_200, added(1.5))


def test_restraint_and_training_take_their_share_of_the_motive(folder: Path) -> None:
    expect_share(pretexts(folder, restraint=0.4), 1_200, added(1.5 * 0.6))
    trained = {"agencies.*.trained": 1, "training.effect": 0.5}
    expect_share(pretexts(folder, settings=trained, restraint=0.4), 1_200, added(1.5 * 0.6 * 0.5))


@pytest.mark.parametrize(
    "case",
    [
        {"jail": {}},  # nobody screens
        {"jail": {"model_287g": "wso", "deputized": 1}},  # warrant service is no screening
        {"kind": c.STREET},  # on suspicion: no minor stop
        {"warrant": 1},
        {"agency": 1},  # an agency that screening does not move
        {"restraint": 1.0},
    ],
    ids=str,
)
def test_nobody_is_arrested_on_a_pretext_where_there_is_none(case: dict[str, Any], folder: Path) -> None:
    assert pretexts(folder, many=500, **case) == 0


# ── custody on the street ────────────────────────────────────────────────────────────────────────────────


def custody(answer: str, folder: Path, many: int = 1_000, **settings: Any) -> Model:
    """Give a world in which each stop ends with custody on the street."""
    rules = {"stop.outcome": "none", "stop.query": "none", "stop.street_check": answer}
    terms = {name.replace("__", "."): value for name, value in settings.items()}
    return at(begin(still(folder, terms, rules), many), 2.0)


def test_an_arrest_takes_the_officer_for_its_hours_and_the_person_into_custody(folder: Path) -> None:
    model = custody("immigration_arrest", folder, 300, costs__hours={"street_arrest": 3.0})
    world = model.world
    world.officers.task_force[::2] = 1
    (slot,) = stops(model, [0])
    officer = world.cases[slot].officer
    assert world.officers[officer].busy_until == pytest.approx(2.0 + 3 / 24)
    assert world.residents[0].place in (STREET_HOLD, IN_TRANSIT)
    world.officers.busy_until[:] = 0.0
    for k in range(1, 300):
        stops(model, [k], first=k + 1)
        world.officers.busy_until[:] = 0.0
    arrests = happened(model, "ice_arrest_street")
    assert len(arrests) == 300
    assert counted(model, "police_hours") == pytest.approx(300 * 3.0)
    # Where a federal agent takes part the arrest is the agent's, not the deputized officer's.
    federal = arrests["officer"] % 2 == 0
    assert counted(model, "deputized_ice_arrests") == (~federal).sum() > 0
    assert np.all(arrests["channel"][federal] == v.TASK_FORCE_CONTACT)
    assert np.all(arrests["channel"][~federal] == v.WARRANT_QUERY)


def test_a_hold_takes_the_officer_until_ice_comes_or_the_limit_is_reached(folder: Path) -> None:
    wait, limit = 2.0, 1.5
    model = custody("hold", folder, 700, stops__scene_wait=wait, stops__scene_limit=limit)
    world, slots = model.world, []
    until = np.empty(700)
    for k in range(700):
        slots += stops(model, [k], first=k + 1)
        officer = world.cases[slots[-1]].officer
        until[k] = world.officers[officer].busy_until
        world.officers.busy_until[:] = 0.0
    held = (until - 2.0) * 24
    assert np.all((held > 0) & (held <= limit + 1e-9))
    assert counted(model, "police_hours") == pytest.approx(held.sum())
    assert np.all(world.residents.place == STREET_HOLD)
    model.run_until(2.0 + 1 / 12)
    came, gone = happened(model, "ice_arrest_street"), happened(model, "street_hold_released")
    expect_share(len(came), 700, 1 - np.exp(-limit / wait))
    assert len(came) + len(gone) == 700
    assert np.allclose(np.sort(np.concatenate([came["time"], gone["time"]])), np.sort(until))
    assert np.all(world.residents.place[gone["resident"]] == HOME)


@pytest.mark.parametrize("answer", ["hold", "immigration_arrest"])
def test_custody_of_a_person_who_is_not_removable_is_wrongful_and_may_be_claimed_for(
    answer: str, folder: Path
) -> None:
    claims = {"over_hold": 0, "wrongful": 0.3, "median": 10_000, "spread": 0}
    model = custody(answer, folder, 600, costs__claims=claims, oversight__sampling=1)
    world = model.world
    world.residents.status[:400] = v.US_BORN
    for k in range(600):
        stops(model, [k], first=k + 1)
        world.officers.busy_until[:] = 0.0
    assert counted(model, "wrongful_street_holds") == 400
    expect_share(round(counted(model, "police_claims") / 10_000), 400, 0.3)
    model.run_until(1_000)
    assert set(happened(model, "case_opened")["resident"]) == set(range(400))
    assert counted(model, "wrongful_ice_arrests") == sum(
        happened(model, "ice_arrest_street")["resident"] < 400
    )


# ── messages to ICE ──────────────────────────────────────────────────────────────────────────────────────

TIPS = {
    f"agencies.{AGENCY}.tips": {"officers": 1, "chance": 1, "spread": 0},
    "stops.suspicion": dict.fromkeys(v.GROUPS, 0.6),
}


def tipped(folder: Path, outcome: str, many: int = 1_000, **settings: Any) -> Model:
    terms = TIPS | {name.replace("__", "."): value for name, value in settings.items()}
    rules = NOTHING | {"stop.outcome": outcome, "sharing.channel": "shared", "ice.review": "lead"}
    model = begin(still(folder, terms, rules | {"booking.identify": "none"}), many)
    stops(model)
    return model


def test_a_tip_brings_a_team_to_the_stop_or_becomes_a_match(folder: Path) -> None:
    terms: dict[str, Any] = {"stops__length": 0.4, "ice__tips": {"scene": 0.5, "arrival": 0.6, "mistake": 0}}
    model = tipped(folder, "warning", 1_000, **terms)
    model.run_until(1e-9)
    told, came = happened(model, "informal_message"), happened(model, "scene_response")
    expect_share(len(told), 1_000, 0.6)
    expect_share(len(came), len(told), 0.5 * 0.4 / (0.4 + 0.6))
    # Who waits for the team is held; the others go home, and ICE has a match.
    assert np.all(model.world.residents.place[came["resident"]] == STREET_HOLD)
    others = np.setdiff1d(told["resident"], came["resident"])
    assert np.all(model.world.residents.place[others] == HOME)
    assert np.array_equal(np.sort(happened(model, "match")["resident"]), others)
    hours = model.loaded.settings.costs.hours["tip"]
    assert counted(model, "police_hours") == pytest.approx(hours * len(told))
    model.run_until(2.0)
    arrests = happened(model, "ice_arrest_street")
    assert np.array_equal(np.sort(arrests["resident"]), np.sort(came["resident"]))
    waits = dict(zip(came["case"].tolist(), came["time"].tolist(), strict=True))
    lasted = 24 * (arrests["time"] - np.array([waits[case] for case in arrests["case"].tolist()]))
    assert stats.kstest(lasted, stats.expon(scale=1 / (1 / 0.4 + 1 / 0.6)).cdf).pvalue > FALSE_ALARM
    assert counted(model, "street_hold_released") == 0


def test_nobody_comes_to_the_stop_of_a_person_who_is_taken_to_the_jail(folder: Path) -> None:
    model = tipped(folder, "arrest", 300, ice__tips={"scene": 1, "arrival": 0.01, "mistake": 0})
    model.run_until(1.0)
    assert counted(model, "scene_response") == 0
    assert counted(model, "match") == counted(model, "informal_message") > 100


def test_a_tip_about_somebody_whom_ice_finds_to_be_lawful_comes_to_nothing(folder: Path) -> None:
    rules = NOTHING | {"sharing.channel": "shared"}
    model = begin(
        still(folder, TIPS | {"ice.tips.mistake": 0, "ice.tips.scene": 1}, rules), 500, status=v.LPR
    )
    stops(model)
    model.run_until(1.0)
    assert counted(model, "informal_message") > 200
    assert counted(model, "match") == counted(model, "scene_response") == 0
