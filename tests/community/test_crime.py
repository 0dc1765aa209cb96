"""Crimes: how many, by whom, who reports them, who comes, and what becomes of it."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim.agents.attitudes import report_chance
from sim.agents.resident import PLACES
from sim.community.crime import _chance, _partner, _stranger
from sim.engine import calendar as due
from sim.engine.candidates import NO_LIMIT
from sim.engine.ledger import EVENTS
from sim.engine.luck import decision, exponential, uniform
from sim.model import Model
from sim.scenario import vocabulary as v
from sim.scenario.section import AGE_BANDS
from tests.community.feelings import housemates, inhabited, with_only
from tests.pathway.hand import FALSE_ALARM, counted, open_cases
from tests.properties.worlds import happened, lines, same

CRIMES = tuple(f"{kind}_crime" for kind in v.VICTIMIZATIONS)
KINDS = range(len(v.VICTIMIZATIONS))


def rates(**kinds: float) -> dict[str, Any]:
    """Give settings with these crimes a year and thousand and no others; nobody sees, reports or is away."""
    never = dict.fromkeys(v.VICTIMIZATIONS, 0.0)
    return {
        "community.victimization.rates": never | kinds,
        "community.victimization.witness": never,
        "community.reporting.victim": never,
        "community.reporting.severity_spread": 0,
        "arrests.crime_level": {"violent": 1, "property": 1},
    }


PRINTS_ALONE = dict.fromkeys(v.POLICIES, 0.0) | {"booking_prints": 1.0}  # all that is announced
ALIKE = {
    "community.victimization.status_ratio": dict.fromkeys(v.STATUSES, 1),
    "community.victimization.group_ratio": dict.fromkeys(v.GROUPS, 1),
    "community.victimization.age_rate": dict.fromkeys(AGE_BANDS, 1),
}


def share_is(found: int, of: int, expected: float) -> bool:
    return stats.binomtest(found, of, expected).pvalue > FALSE_ALARM


def count_is(found: float, expected: float) -> bool:
    """Whether a Poisson count fits its mean."""
    low, high = stats.poisson.cdf(found, expected), stats.poisson.sf(found - 1, expected)
    return bool(min(low, high) > FALSE_ALARM / 2)


# ---------------------------------------------------------------- how many


@pytest.mark.parametrize("kind", KINDS)
def test_crimes_come_by_the_rates_of_status_group_and_age(kind: int, folder: Path) -> None:
    name = v.VICTIMIZATIONS[kind]
    model = Model(with_only(folder, settings=rates(**{name: 900})), residents=6_000, keep_log=True, seed=3)
    model.run_until(365.0)
    people, s = model.world.residents, model.loaded.settings.community.victimization
    band = np.searchsorted([16, 25, 45, 65], people.age, side="right")
    mean = 0.9 * np.array([s.age_rate[b] for b in AGE_BANDS])[band]
    mean *= np.array([s.status_ratio[x] for x in v.STATUSES])[people.status]
    mean *= np.array([s.group_ratio[x] for x in v.GROUPS])[people.group]
    if kind == v.DOMESTIC_CRIME:
        mean *= [any(people.age[k] >= 16 for k in housemates(model, i)) for i in range(len(people))]
    victims = happened(model, CRIMES[kind])["resident"]
    found = np.bincount(victims, minlength=len(people))
    assert len(happened(model, *CRIMES)) == len(victims)
    for codes in (band, people.status, people.group):
        for code in np.unique(codes):
            mine = codes == code
            assert count_is(found[mine].sum(), mean[mine].sum()), code
    assert found[mean == 0].sum() == 0
    assert counted(model, "crime_unreported") == len(victims)


def test_the_county_s_level_of_crime_scales_its_kinds(folder: Path) -> None:
    levels = {"arrests.crime_level": {"violent": 2, "property": 0.5}}
    settings = rates(violent=100, property=100, domestic=100) | levels
    model, plain = (
        Model(with_only(folder, settings=s), residents=1_000, keep_log=True)
        for s in (settings, rates(violent=200, property=50, domestic=200))
    )
    for m in (model, plain):
        m.run_until(200.0)
    assert len(lines(model)) > 150
    assert same(lines(model), lines(plain))


def test_a_lower_rate_leaves_some_of_the_same_crimes(folder: Path) -> None:
    logs = []
    for rate in (300, 100):
        model = Model(with_only(folder, settings=rates(violent=rate)), residents=2_000, keep_log=True)
        model.run_until(200.0)
        logs.append({(x["case"], x["resident"]) for x in happened(model, "violent_crime")})
    many, few = logs
    assert few < many
    assert share_is(len(few), len(many), 1 / 3)


# ---------------------------------------------------------------- by whom


def test_strangers_offend_as_often_as_people_like_them_are_arrested(folder: Path) -> None:
    model = Model(with_only(folder), residents=3_000, seed=2)
    people, s = model.world.residents, model.loaded.settings.arrests
    band = np.searchsorted([16, 25, 45, 65], people.age, side="right")
    weight = np.array([s.age_rate[b] for b in AGE_BANDS])[band]
    weight *= np.array([s.status_ratio[x] for x in v.STATUSES])[people.status]
    weight *= np.array([s.record_ratio[x] for x in v.RECORDS])[people.record]
    victim = int(np.argmax(weight))
    weight[victim] = 0.0
    found = np.array([_stranger(model.world, victim, np.uint64(k)) for k in range(1, 601)])
    assert weight[found].all()
    for codes in (band, people.status, people.record):
        for code in np.unique(codes):
            expected = weight[codes == code].sum() / weight.sum()
            assert share_is(int((codes[found] == code).sum()), len(found), expected), code


def test_domestic_violence_is_by_another_adult_of_the_household_any_of_them_alike(folder: Path) -> None:
    model = Model(with_only(folder), residents=1_000, seed=2)
    people = model.world.residents
    others = {i: [k for k in housemates(model, i) if people.age[k] >= 16] for i in range(len(people))}
    alone = [i for i, found in others.items() if not found]
    assert alone
    assert {_partner(model.world, i, np.uint64(5)) for i in alone} == {-1}
    crowded = next(i for i, found in others.items() if len(found) >= 3)
    by = [_partner(model.world, crowded, np.uint64(k)) for k in range(1, 1_001)]
    for other in others[crowded]:
        assert share_is(by.count(other), 1_000, 1 / len(others[crowded]))
    assert set(by) == set(others[crowded])


def test_only_victims_at_home_are_met(folder: Path) -> None:
    settings = rates(violent=1_000, property=1_000, domestic=1_000) | ALIKE
    for place in range(1, 7):
        model = inhabited(with_only(folder, settings=settings))
        model.world.residents.place[::2] = place
        model.run_until(30.0)
        victims = happened(model, *CRIMES)["resident"]
        assert len(victims) > 5
        assert not (victims % 2 == 0).any()


@pytest.mark.parametrize(("strength", "on"), [(1.0, True), (0.4, True), (1.0, False)])
def test_crimes_by_those_who_are_away_do_not_happen(strength: float, on: bool, folder: Path) -> None:
    """A third are gone: a third of crimes are averted, as far as nobody takes their place."""
    settings = rates(violent=1_000) | ALIKE | {"community.offending.incapacitation": strength}
    model = inhabited(with_only(folder, *["incapacitation"] * on, settings=settings), residents=3_000)
    model.world.residents.place[::3] = 3  # removed
    model.run_until(365.0)
    averted, done = len(happened(model, "crime_averted")), len(happened(model, "violent_crime"))
    if on:
        assert share_is(averted, averted + done, strength / 3)
    else:
        assert averted == 0
    assert count_is(averted + done, 2_000)


@pytest.mark.parametrize("place", [name for name in PLACES if name not in ("home", "moved_away")])
def test_whoever_is_held_anywhere_or_removed_commits_no_crime(place: str, folder: Path) -> None:
    settings = rates(violent=1_000) | ALIKE | {"community.offending.incapacitation": 1}
    model = inhabited(with_only(folder, "incapacitation", settings=settings), residents=600)
    model.world.residents.place[::2] = PLACES.index(place)
    model.run_until(200.0)
    averted, done = len(happened(model, "crime_averted")), len(happened(model, "violent_crime"))
    assert done > 50
    assert share_is(averted, averted + done, 1 / 2)


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_the_risk_of_removal_deters_removable_people_alone(strength: float, folder: Path) -> None:
    settings = rates(violent=1_000) | ALIKE | {"community.offending.deterrence": strength}
    settings |= {"community.belief.credibility": 0.7, "community.belief.paper": PRINTS_ALONE}
    loaded = with_only(folder, "paper", "deterrence", settings=settings, rules={"sharing.channel": "shared"})
    for status, share in ((v.UNDOCUMENTED, 1 - math.exp(-0.7 * strength)), (v.US_BORN, 0.0), (v.LPR, 0.0)):
        model = inhabited(loaded, residents=2_000, status=status)
        model.run_until(365.0)
        deterred, done = len(happened(model, "crime_deterred")), len(happened(model, "violent_crime"))
        if share:
            assert share_is(deterred, deterred + done, share)
        else:
            assert deterred == 0
            assert done > 1_000


# ---------------------------------------------------------------- who reports


def chances(victim: float, witness: float, seen: float) -> dict[str, Any]:
    named = {"victim": victim, "witness": witness}
    return {
        **{f"community.reporting.{who}": dict.fromkeys(v.VICTIMIZATIONS, p) for who, p in named.items()},
        "community.victimization.witness": dict.fromkeys(v.VICTIMIZATIONS, seen),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_victims_report_as_often_as_the_function_says(kind: int, folder: Path) -> None:
    """With a chill of stake times belief and a severity of each crime's own."""
    settings = rates(**{v.VICTIMIZATIONS[kind]: 1_000}) | ALIKE | chances(0.4, 0, 0)
    settings |= {"community.belief.paper": PRINTS_ALONE, "community.belief.credibility": 0.9}
    settings["community.reporting.severity_spread"] = 1.2
    loaded = with_only(folder, "paper", "chill", settings=settings, rules={"sharing.channel": "shared"})
    model = inhabited(loaded, residents=2_000, group=v.HISPANIC)
    people = model.world.residents
    people.status[::2] = v.US_BORN
    c = model.world.community[0]
    model.run_until(365.0)
    crimes, reported = happened(model, CRIMES[kind]), set(happened(model, "report")["case"].tolist())
    assert len(crimes) > 1_000
    stakes = {v.US_BORN: 0.42, v.UNDOCUMENTED: 1.0}
    told = set()
    for crime in crimes:
        victim, key = int(crime["resident"]), crime["case"]
        stake = stakes[int(people.status[victim])]
        if kind == v.DOMESTIC_CRIME:
            stake = max(stake, stakes[int(people.status[_partner(model.world, victim, key)])])
        severity = stats.norm.ppf(uniform(model.seed_of_luck, decision("crime.severity"), key))
        odds = math.log(0.4 / 0.6) + 1.2 * severity - c.chill[kind] * stake * 0.9
        chance = 1 / (1 + math.exp(-odds))
        expected = uniform(model.seed_of_luck, decision("crime.report"), key) < chance
        assert (int(key) in reported) == expected
        told.add((int(people.status[victim]), bool(expected)))
    assert len(told) == 4
    assert counted(model, f"{v.VICTIMIZATIONS[kind]}_reported") == len(reported)


def test_of_domestic_violence_the_larger_stake_of_the_two_counts(folder: Path) -> None:
    settings = {"community.belief.paper": PRINTS_ALONE, "community.belief.credibility": 0.9}
    loaded = with_only(folder, "paper", "chill", settings=settings, rules={"sharing.channel": "shared"})
    model = inhabited(loaded, group=v.WHITE, status=v.US_BORN)
    world, c = model.world, model.world.community[0]
    world.residents.status[5] = v.UNDOCUMENTED
    rest = 1 / (1 + math.exp(-c.rest[v.WHITE]))
    for victim, offender in ((3, 4), (3, 5), (5, 3)):
        for kind in KINDS:
            for witness in (0, 1):
                stake = float(victim == 5)
                if kind == v.DOMESTIC_CRIME and witness == 0:
                    stake = float(5 in (victim, offender))
                expected = report_chance(kind, witness, rest, stake, 0.9, 0.0, v.WHITE, 0.5, c)
                assert _chance(world, victim, kind, witness, 0.5, offender) == pytest.approx(expected)


@pytest.mark.parametrize(("victim", "witness", "seen"), [(0.5, 0.4, 0.7), (0.0, 1.0, 1.0), (1.0, 0.0, 0.5)])
def test_police_learn_of_what_victims_or_witnesses_report(
    victim: float, witness: float, seen: float, folder: Path
) -> None:
    nobody_arrested = {"community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 0)}
    settings = rates(violent=1_000) | ALIKE | chances(victim, witness, seen) | nobody_arrested
    model = inhabited(with_only(folder, settings=settings), residents=2_000)
    model.run_until(300.0)
    log = lines(model)
    of = {
        name: {
            int(k)
            for k in log["case" if name != "witness_report" else "cause"][log["event"] == EVENTS.index(name)]
        }
        for name in (
            "violent_crime",
            "report",
            "witness_report",
            "crime_recorded",
            "response",
            "late_response",
        )
    }
    assert of["crime_recorded"] == of["report"] | of["witness_report"]
    assert of["response"] | of["late_response"] == of["crime_recorded"]
    assert of["crime_recorded"] <= of["violent_crime"]
    many = len(of["violent_crime"])
    assert counted(model, "violent_recorded") == len(of["crime_recorded"])
    assert counted(model, "crime_unreported") == many - len(of["crime_recorded"])
    assert share_is(len(of["report"]), many, min(max(victim, 1e-6), 1 - 1e-6))
    witnessed = happened(model, "witnessed")
    assert share_is(len(of["witness_report"]), len(witnessed), min(max(witness, 1e-6), 1 - 1e-6))
    tied = [bool(model.people.tie_start[k + 1] > model.people.tie_start[k]) for k in range(2_000)]
    could = sum(tied[k] for k in happened(model, "violent_crime")["resident"])
    # Hardly ever is it whoever committed the crime, who does not count as a witness.
    assert share_is(len(witnessed), could, seen) if seen < 1 else 0.99 * could <= len(witnessed) <= could
    # Whoever sees it is tied to the victim.
    victims = {int(x["case"]): int(x["resident"]) for x in happened(model, "violent_crime")}
    for line in witnessed[:300]:
        person = victims[int(line["cause"])]
        assert line["resident"] in model.people.tie_to[slice(*model.people.tie_start[person : person + 2])]


def test_children_and_those_who_are_away_witness_nothing(folder: Path) -> None:
    settings = rates(violent=1_000) | ALIKE | chances(0, 1, 1)
    model = inhabited(with_only(folder, settings=settings), residents=1_000)
    model.world.residents.age[::3] = 15
    model.world.residents.place[1::3] = 1  # in jail
    model.run_until(200.0)
    seen = happened(model, "witnessed")["resident"]
    assert len(seen) > 50
    assert set((seen % 3).tolist()) == {2}


# ---------------------------------------------------------------- what police make of it


def reported(folder: Path, *on: str, residents: int = 1_000, **settings: Any) -> Model:
    """Give a world in which everybody reports and those who are arrested go home."""
    laid = rates(violent=1_000, property=1_000, domestic=1_000) | ALIKE | chances(1, 0, 0) | settings
    rules = {"booking.disposition": "cite_and_release"}
    return inhabited(with_only(folder, *on, settings=laid, rules=rules), residents=residents)


def test_each_agency_answers_its_share_of_calls_by_an_officer_of_its_own(folder: Path) -> None:
    model = reported(folder)
    model.run_until(365.0)
    answers = happened(model, "response")
    agencies = model.loaded.settings.agencies
    shares = [a.crime_share for a in agencies.values()]
    for k, agency in enumerate(model.world.agencies):
        mine = answers[answers["agency"] == k]
        assert share_is(len(mine), len(answers), shares[k] / sum(shares))
        inside = (mine["officer"] >= agency.first_officer) & (
            mine["officer"] < agency.first_officer + agency.officer_count
        )
        assert inside.all()
    assert not len(happened(model, "late_response"))
    hours = model.loaded.settings.community.response.length * len(answers)
    assert counted(model, "response_hours") == pytest.approx(hours)


@pytest.mark.parametrize("empty", ["*", "state_police"])
def test_an_agency_without_officers_answers_no_call_and_meets_nobody(empty: str, folder: Path) -> None:
    settings = {"agencies.state_police.crime_share": 10, f"agencies.{empty}.officers": 0}
    model = reported(folder, **settings, **{"community.contacts": 2})
    model.run_until(100.0)
    assert len(happened(model, "crime_recorded")) > 500
    for event in ("response", "contact"):
        agencies = set(happened(model, event)["agency"].tolist())
        assert agencies == (set() if empty == "*" else {0, 1})


def test_the_response_is_late_while_the_officer_on_duty_is_busy(folder: Path) -> None:
    model = reported(folder)
    model.world.officers.busy_until[:] = 100.0
    model.run_until(200.0)
    for event, first, last in (("late_response", 0, 100), ("response", 100, 200)):
        times = happened(model, event)["time"]
        assert len(times) > 300
        assert first <= times.min() <= times.max() < last


def test_an_operation_takes_its_share_of_officers_from_calls_of_its_agency(folder: Path) -> None:
    operation = {
        "agency": "city_police",
        "begins": 0,
        "days": 365,
        "stops_a_day": 0,
        "officers": 60,
        "neighbourhoods": 1,
        "partner": False,
        "reasons": {"moving_violation": 1, "equipment": 0, "suspicion": 0},
        "profiling": dict.fromkeys(v.GROUPS, 1),
        "unlicensed": 1,
    }
    model = reported(folder, **{"operations.long": operation, "agencies.city_police.officers": 240})
    share = float(model.world.operations[0].share)
    assert 0.1 < share < 0.9
    model.run_until(365.0)
    late, prompt = (happened(model, name)["agency"] for name in ("late_response", "response"))
    assert set(late.tolist()) == {0}
    assert share_is(len(late), len(late) + int((prompt == 0).sum()), share)


@pytest.mark.parametrize(
    ("on", "late", "cleared"), [(True, True, 0.6), (True, False, 1.0), (False, True, 1.0)]
)
def test_calls_are_cleared_by_their_kind_and_less_often_when_late(
    on: bool, late: bool, cleared: float, folder: Path
) -> None:
    solve = {"violent": 0.7, "property": 0.2, "domestic": 0.5}
    settings = {
        "community.response.solve": solve,
        "community.response.late": 0.4,
        "community.response.delay": 0,
    }
    model = reported(folder, *["late_response"] * on, **settings)
    model.world.officers.busy_until[:] = 1_000.0 if late else 0.0
    model.run_until(365.0)
    for name, share in solve.items():
        found, of = (int(counted(model, f"{name}_{what}")) for what in ("cleared", "recorded"))
        assert of > 300
        assert share_is(found, of, share * cleared)


def test_the_arrest_follows_the_call_after_a_time_of_its_own(folder: Path) -> None:
    settings = {
        "community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 1),
        "community.response.delay": 12,
    }
    model = reported(folder, residents=400, **settings)
    model.run_until(300.0)
    begun = {int(x["case"]): x for x in happened(model, *CRIMES)}
    solved = happened(model, "crime_cleared")
    waits = [x["time"] - begun[int(x["case"])]["time"] for x in solved if x["time"] < 300]
    early = [w for x, w in zip(solved, waits, strict=True) if begun[int(x["case"])]["time"] < 150 and w < 150]
    assert len(early) > 300
    assert stats.kstest(early, "expon", args=(0, 12)).pvalue > FALSE_ALARM
    key = solved[0]["case"]
    u = uniform(model.seed_of_luck, decision("crime.delay"), key)
    assert waits[0] == pytest.approx(exponential(u, 12.0))


def test_who_committed_a_cleared_crime_is_arrested_in_the_name_of_the_victim_s_case(folder: Path) -> None:
    shares = {
        "violent": {"misdemeanor": 0.5, "nonviolent_felony": 0.2, "violent_felony": 0.3},
        "property": {"misdemeanor": 0.9, "nonviolent_felony": 0.1, "violent_felony": 0.0},
        "domestic": {"misdemeanor": 0.0, "nonviolent_felony": 0.0, "violent_felony": 1.0},
    }
    settings = {
        "community.response.solve": dict.fromkeys(v.VICTIMIZATIONS, 1),
        "community.response.delay": 0,
        "community.response.offences": shares,
    }
    for kind, offences in shares.items():
        only = {"community.victimization.rates": dict.fromkeys(v.VICTIMIZATIONS, 0) | {kind: 1_000}}
        model = reported(folder, **settings, **only)
        model.run_until(300.0)
        solved, arrests = happened(model, "crime_cleared"), happened(model, "arrest")
        assert solved["case"].tolist() == arrests["cause"].tolist()
        assert solved["officer"].tolist() == arrests["officer"].tolist()
        assert solved["agency"].tolist() == arrests["agency"].tolist()
        assert not (solved["resident"] == arrests["resident"]).any()
        if kind == "domestic":
            homes = model.world.residents.household
            assert np.array_equal(homes[solved["resident"]], homes[arrests["resident"]])
        columns = model.counts.columns()["offence"]
        tally = {name: model.counts.tally[EVENTS.index("arrest"), k] for name, k in columns.items()}
        assert sum(tally.values()) == len(arrests) > 100
        for name, share in offences.items():
            found = int(tally[name])
            assert found == 0 if share == 0 else share_is(found, len(arrests), min(share, 1 - 1e-9))


def test_nobody_is_arrested_for_a_crime_while_away(folder: Path) -> None:
    model = inhabited(with_only(folder))
    slots = open_cases(model, due.CLEAR, range(len(PLACES)), reason=v.VIOLENT_CRIME)
    for place, slot in enumerate(slots):
        model.world.cases[slot].other = 100 + place
        model.world.residents.place[100 + place] = place
    model.run_until(0.5)
    assert len(happened(model, "crime_cleared")) == len(PLACES)
    assert happened(model, "arrest")["resident"].tolist() == [100]


# ---------------------------------------------------------------- how crime answers to reporting


@pytest.mark.parametrize(
    ("p", "elasticity", "ratio"), [(0.2, 0.6, 2**0.6), (0.8, 0.6, 2**-0.6), (0.2, 0, 1), (0.02, 1, 2)]
)
def test_crime_answers_to_reporting_by_its_elasticity_within_a_factor_of_two(
    p: float, elasticity: float, ratio: float, folder: Path
) -> None:
    """Everybody reports half (or twice) as often as at the reference; after some lags crime has followed."""
    settings = rates(violent=1_000) | ALIKE | chances(p, 0, 0)
    settings |= {
        "community.offending.elasticity": elasticity,
        "community.offending.lag": 2,
        "community.offending.reference": dict.fromkeys(v.VICTIMIZATIONS, 0.4),
    }
    model = inhabited(with_only(folder, "offending_response", settings=settings), residents=4_000)
    model.run_until(40.0)
    before = len(happened(model, "violent_crime"))
    memory = model.world.memory[v.VIOLENT_CRIME * len(v.GROUPS) + v.WHITE]
    assert memory.ratio == pytest.approx(ratio, rel=1e-3)
    model.run_until(220.0)
    assert count_is(len(happened(model, "violent_crime")) - before, 4_000 * 180 / 365 * ratio)


def test_offenders_remember_by_kind_and_group_and_forget_with_the_lag(folder: Path) -> None:
    settings = rates(violent=1_000, property=500) | ALIKE | chances(0.3, 0, 0)
    settings |= {"community.offending.lag": 30, "community.offending.elasticity": 0.6}
    settings["community.offending.reference"] = dict.fromkeys(v.VICTIMIZATIONS, 0.4)
    model = inhabited(with_only(folder, "offending_response", settings=settings), residents=1_000)
    model.world.residents.group[::2] = v.ASIAN
    first = model.world.memory.copy()
    model.run_until(50.0)
    where = model.world.residents.group
    for kind in (v.VIOLENT_CRIME, v.PROPERTY_CRIME):
        for group in (v.WHITE, v.ASIAN, v.BLACK):
            row = kind * len(v.GROUPS) + group
            crimes, heard, last = float(first[row].crimes), float(first[row].reported), 0.0
            for line in happened(model, CRIMES[kind]):
                if where[line["resident"]] == group:
                    left = math.exp(-(line["time"] - last) / 30)
                    crimes, heard, last = crimes * left + 1, heard * left + 0.3, line["time"]
            memory = model.world.memory[row]
            assert memory.crimes == pytest.approx(crimes)
            assert memory.reported == pytest.approx(heard)
            if group != v.BLACK:
                assert memory.ratio == pytest.approx((heard / crimes / 0.4) ** -0.6)
                assert last > 0
            else:
                assert memory.ratio == 1.0


def test_no_crime_is_lost_to_the_shortcut_by_reach_however_much_crime_answers(folder: Path) -> None:
    settings = rates(violent=800, property=800, domestic=800) | chances(0.02, 0, 0)
    settings |= {"community.offending.elasticity": 1, "community.offending.lag": 1}
    settings["community.offending.reference"] = dict.fromkeys(v.VICTIMIZATIONS, 0.5)
    settings["community.victimization.group_ratio"] = dict(zip(v.GROUPS, (1, 3, 2, 0.5, 0), strict=True))
    loaded = with_only(folder, "offending_response", settings=settings)
    models = [Model(loaded, residents=1_500, keep_log=True) for _ in range(2)]
    models[1].world.reach[:] = NO_LIMIT
    for model in models:
        model.run_until(120.0)
    assert (models[0].world.memory.ratio == 2).sum() > 6
    assert len(happened(models[0], *CRIMES)) > 1_000
    assert same(*(lines(m) for m in models))
