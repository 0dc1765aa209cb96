"""What is on paper, by hand; and the numbers of a scenario in the engine's units."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.community.settings import community_record, paper
from sim.scenario import vocabulary as v
from sim.scenario.loader import load
from tests.pathway.hand import otherwise
from tests.properties.worlds import JAIL, scenario

# Powers of two, so that a sum says which parts are in it.
WEIGHTS = {name: 2.0**k / 511 for k, name in enumerate(v.POLICIES)}
CLOSED: dict[str, Any] = {
    "community.belief.paper": WEIGHTS,
    "agencies.*.status_inquiry": False,
    "agencies.*.model_287g": "none",
    f"jails.{JAIL}.model_287g": "none",
    "state.agreements_287g": "local",
}
WITHHELD = {"sharing.channel": otherwise("withheld"), "detainer.response": otherwise("decline")}


def on_paper(folder: Path, settings: dict[str, Any] | None = None, **rules: Any) -> float:
    """Give the weight of what serves ICE, in units of the smallest."""
    tables = WITHHELD | {name.replace("_", ".", 1): rows for name, rows in rules.items()}
    phase = scenario(folder, {"set": CLOSED | (settings or {}), "rules": tables}).phases[0]
    return 511 * paper(phase.settings, phase.tables)


def units(*names: str) -> float:
    return float(sum(2 ** v.POLICIES.index(name) for name in names))


CHANNELS = [name for name in v.POLICIES if name in v.CHANNELS]


def test_nothing_is_on_paper_where_everything_is_closed_and_everything_where_all_is_open(
    folder: Path,
) -> None:
    assert on_paper(folder) == 0.0
    everything = {"agencies.*.status_inquiry": True, f"jails.{JAIL}.model_287g": "wso"}
    rules = {"sharing_channel": otherwise("shared"), "detainer_response": otherwise("hold")}
    assert on_paper(folder, everything, **rules) == pytest.approx(511)


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_counts_with_its_own_weight(channel: str, folder: Path) -> None:
    rows = [{"when": {"channel": channel}, "then": "shared"}, *otherwise("withheld")]
    assert on_paper(folder, sharing_channel=rows) == pytest.approx(units(channel))
    rows = [
        {"when": {"channel": channel}, "then": {"shared": 0.25, "withheld": 0.75}},
        *otherwise("withheld"),
    ]
    assert on_paper(folder, sharing_channel=rows) == pytest.approx(units(channel) / 4)


@pytest.mark.parametrize(
    ("when", "share"),
    [
        ({"charged": "yes"}, 1 / 2),
        ({"offence": ["dui", "warrant"]}, 2 / 7),
        ({"record": {"not": "none"}}, 2 / 3),
        ({"agency": "sheriff", "charged": "no"}, 1 / 6),
    ],
)
def test_a_rule_for_some_cases_counts_as_the_share_of_cases_that_it_covers(
    when: dict[str, Any], share: float, folder: Path
) -> None:
    rows = [{"when": {"channel": "booking_prints", **when}, "then": "shared"}, *otherwise("withheld")]
    assert on_paper(folder, sharing_channel=rows) == pytest.approx(units("booking_prints") * share)


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        (otherwise("hold"), 1.0),
        (otherwise("notify"), 0.0),
        (otherwise({"hold": 0.3, "decline": 0.7}), 0.3),
        ([{"when": {"warrant": "judicial"}, "then": "hold"}, *otherwise("decline")], 0.0),
        ([{"when": {"request": "notification"}, "then": "notify"}, *otherwise("hold")], 1.0),
        ([{"when": {"record": "violent"}, "then": "hold"}, *otherwise("notify")], 1 / 3),
    ],
)
def test_detainers_count_as_far_as_jails_honour_those_with_ice_s_own_warrant(
    rows: list[dict[str, Any]], share: float, folder: Path
) -> None:
    hold = units("detainers")
    assert on_paper(folder, detainer_response=rows) == pytest.approx(hold * share)


def test_asking_for_status_counts_by_the_officers_who_may(folder: Path) -> None:
    settings = {f"agencies.{name}.officers": many for name, many in (("city_police", 30), ("sheriff", 50))}
    settings |= {"agencies.state_police.officers": 20, "agencies.sheriff.status_inquiry": True}
    assert on_paper(folder, settings) == pytest.approx(units("status_inquiry") / 2)
    assert on_paper(folder, settings | {"agencies.*.officers": 0}) == 0.0


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({"agencies.sheriff.model_287g": "tfm"}, True),
        ({f"jails.{JAIL}.model_287g": "wso"}, True),
        ({f"jails.{JAIL}.model_287g": "jem"}, True),
        ({"state.agreements_287g": "required"}, True),
        ({"agencies.sheriff.model_287g": "tfm", "state.agreements_287g": "banned"}, False),
    ],
)
def test_an_agreement_is_on_paper_where_an_agency_or_a_jail_has_one_and_the_law_allows_it(
    settings: dict[str, Any], counts: bool, folder: Path
) -> None:
    assert on_paper(folder, settings) == pytest.approx(units("agreement_287g") * counts)


def test_practice_does_not_change_what_is_on_paper(folder: Path) -> None:
    rows = [{"when": {"channel": "booking_prints"}, "then": "shared"}, *otherwise("withheld")]
    for compliance in (0, 0.5, 1):
        settings = {"sharing.compliance": compliance, "sharing.personal_compliance": compliance}
        assert on_paper(folder, settings, sharing_channel=rows) == pytest.approx(units("booking_prints"))


# ---------------------------------------------------------------- effects that are off

# What each switch leaves without strength.
BEHIND: dict[str, tuple[str, ...]] = {
    "own_encounters": ("own",),
    "vicarious": ("vicarious",),
    "network_arrests": ("network_alarm", "learning"),
    "news": ("news",),
    "paper": ("paper",),
    "practice": ("practice",),
    "trust_reporting": ("report_trust",),
    "chill": ("chill",),
    "avoidance": ("avoids",),
    "moving": ("moving",),
    "offending_response": ("elasticity",),
    "incapacitation": ("incapacitation",),
    "deterrence": ("deterrence",),
    "return": ("return_share",),
    "late_response": ("late",),
    "caution": ("caution",),
}


@pytest.mark.parametrize("off", v.EFFECTS)
def test_a_switch_takes_the_strength_of_its_own_effect_and_of_no_other(off: str, folder: Path) -> None:
    strong = {"community.offending.deterrence": 1, "community.caution": 1}
    on, without = (
        community_record(phase.settings, phase.tables)
        for phase in (
            scenario(folder, {"set": strong | {"community.off": names}}).phases[0] for names in ([], [off])
        )
    )
    for name in on.dtype.names:
        before, after = np.asarray(on[name]), np.asarray(without[name])
        if name in BEHIND[off]:
            assert before.any(), name
            assert not after.any(), name
        elif name != "felt":
            assert np.array_equal(before, after), name


def test_rates_times_and_chances_come_in_the_engine_s_units() -> None:
    phase = load("base").phases[0]
    s, record = phase.settings.community, community_record(phase.settings, phase.tables)[0]
    assert record.crime_rate.tolist() == pytest.approx([x / 1_000 for x in s.victimization.rates.values()])
    for kind, name in enumerate(v.VICTIMIZATIONS):
        chance = s.reporting.victim[name]
        assert record.victim_odds[kind] == pytest.approx(math.log(chance / (1 - chance)))
        shares = np.cumsum([s.response.offences[name][x] for x in s.response.offences[name]])
        assert record.offences[kind].tolist() == pytest.approx(shares.tolist())
    assert math.exp(-record.news_decay * s.news.half_life) == pytest.approx(0.5)
    assert record.lag_decay == pytest.approx(1 / s.offending.lag)
    assert record.paper == pytest.approx(s.belief.credibility * paper(phase.settings, phase.tables))
    assert record.crime_age[[0, 15, 16, 24, 25, 44, 45, 64, 65, 99]].tolist() == [
        x for band in s.victimization.age_rate.values() for x in (band, band)
    ]


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_chance_of_none_or_all_is_cut_at_one_in_a_million(chance: float, folder: Path) -> None:
    victims = {"community.reporting.victim": dict.fromkeys(v.VICTIMIZATIONS, chance)}
    phase = scenario(folder, {"set": victims}).phases[0]
    odds = community_record(phase.settings, phase.tables)[0].victim_odds
    assert odds.tolist() == pytest.approx([math.copysign(math.log(1e6), chance - 0.5)] * 3, rel=1e-6)
