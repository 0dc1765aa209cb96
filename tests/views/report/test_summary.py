import dataclasses
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.studies.compare import Effect
from sim.studies.findings import RankingTold
from sim.studies.presets import DISPUTED, PARTLY, ROBUST, UNTOLD
from sim.views.report.summary import HEADLINES, WORDS, phrase, summary, words_in
from tests.views.report.made import findings_with

numbers = st.floats(-1e4, 1e4, allow_nan=False)


@st.composite
def effects(draw: st.DrawFn, outcome: str = "transfers") -> Effect:
    base, difference = draw(st.floats(0, 1e4)), draw(numbers)
    half = draw(st.one_of(st.just(math.nan), st.just(0.0), st.floats(1e-6, 1e4)))
    n = draw(st.integers(0, 30))
    low, high = difference - half, difference + half
    same = draw(st.booleans()) and difference == 0
    means = base, base + difference, difference, low, high, half, math.nan
    return Effect("x", outcome, "", "", *means, n, None, BY_NAME[outcome].unit, same)


@given(effects())
def test_no_phrase_claims_what_the_interval_does_not(effect: Effect) -> None:
    told = phrase(effect, "transfers to ICE")
    claims = re.search(r"\b(rise|fall)s?\b", told)
    assert bool(claims) == (effect.verdict == "change")
    if claims:
        assert effect.ci_low > 0 or effect.ci_high < 0
        assert claims.group(1) == ("rise" if effect.difference > 0 else "fall")
    assert ("below noise" in told) == (effect.verdict == "below noise")


def test_a_phrase_holds_size_unit_interval_and_share() -> None:
    unit = BY_NAME["transfers"].unit
    effect = Effect("x", "transfers", "", "", 66.0, 54.1, -11.9, -13.9, -9.9, 1.0, 0.1, 20, 3, unit)
    assert phrase(effect, "transfers to ICE") == (
        "transfers to ICE fall by 11.9 per 100,000 residents and year (9.9 to 13.9, −18 %)"
    )
    unit = BY_NAME["reporting_rate"].unit
    effect = Effect("x", "reporting_rate", "", "", 0.40, 0.42, 0.02, 0.015, 0.025, 0.001, 0.1, 20, 3, unit)
    assert phrase(effect, HEADLINES["reporting_rate"]) == (
        "the share of crimes that victims report rises by 2.00 percentage points (1.50 to 2.50)"
    )


@given(st.data(), st.integers(1, 9), st.text("abc ", max_size=120))
def test_the_first_screen_never_has_more_than_its_words(data: st.DataObject, levers: int, title: str) -> None:
    names = [f"lever_{k}" for k in range(levers)]
    found = {
        (name, outcome): dataclasses.replace(data.draw(effects(outcome)), lever=name)
        for name in names
        for outcome in HEADLINES
    }
    labels = data.draw(st.lists(st.sampled_from([ROBUST, DISPUTED, PARTLY, UNTOLD]), min_size=0, max_size=3))
    outcomes = ("transfers", "reporting_rate", "victimization")
    rankings = tuple(RankingTold(o, label, "", {}) for o, label in zip(outcomes, labels, strict=False))
    findings = findings_with(found, title=f"x {title}", rankings=rankings)
    told = summary(findings)
    assert words_in(" ".join(told)) <= WORDS
    begin = " ".join(f"x {title}".split()[:3])
    shown = sum(1 for sentence in told[1:] if sentence.startswith(begin))
    lost = re.search(r"(\d+) levers? more", told[-1])
    assert shown or lost
    if any(label == DISPUTED for label in labels[:1]):
        assert any("depends on disputed assumptions" in s for s in told)
    if not rankings:
        assert any("Disputed assumptions were not varied" in s for s in told)


def test_a_lever_that_changes_nothing_is_said_to() -> None:
    zero = (5.0, 5.0, 0.0, 0.0, 0.0, 0.0, math.nan, 4, 2)
    found = {("null", o.name): Effect("null", o.name, "", "", *zero, o.unit, True) for o in OUTCOMES}
    findings = findings_with(found, title="Nothing", same=True)
    told = summary(findings)
    assert "Nothing: by the rules, nothing can change." in told
    assert not any("fall" in s or "rise" in s for s in told)


def test_a_lever_without_a_difference_is_not_said_to_change_nothing() -> None:
    zero = (5.0, 5.0, 0.0, math.nan, math.nan, 0.0, math.nan, 4, None)
    found = {("a", o.name): Effect("a", o.name, "", "", *zero, o.unit) for o in OUTCOMES}
    told = summary(findings_with(found, title="Rare"))
    assert "Rare: no difference in any pair, which may be too rare for these runs." in told


def made(name: str, outcome: str, difference: float, half: float) -> Effect:
    ends = difference - half, difference + half
    means = 50.0, 50.0 + difference, difference, *ends, half / 2, 0.1
    return Effect(name, outcome, "", "", *means, 20, 3, BY_NAME[outcome].unit)


def test_levers_that_change_something_come_first_and_the_others_share_a_sentence() -> None:
    sizes = {"weak": -1.0, "none": 0.1, "strong": -20.0, "nil": -0.1, "combined": -21.0}
    found = {
        (name, o): made(name, o, x if o == "transfers" else 0.0, 0.5)
        for name, x in sizes.items()
        for o in HEADLINES
    }
    found["none", "reporting_rate"] = made("none", "reporting_rate", 0.01, 0.001)
    found["other", "transfers"] = made("other", "transfers", 0.2, 0.5)
    found |= {("other", o): made("other", o, 0.0, 0.5) for o in HEADLINES if o != "transfers"}
    told = [s for s in summary(findings_with(found, title="", titles=True)) if ":" in s]
    order = [s.split(":")[0] for s in told[1:]]
    assert order[:4] == ["combined", "strong", "weak", "none"]
    assert "the share of crimes that victims report rises" in told[4]
    assert told[5].startswith("nil; other: any change in transfers to ICE is below noise.")


@pytest.mark.parametrize("label", [ROBUST, DISPUTED, PARTLY, UNTOLD])
def test_what_the_presets_say_is_told(label: str) -> None:
    unit = BY_NAME["transfers"].unit
    effect = Effect("a", "transfers", "", "", 66.0, 54.1, -11.9, -13.9, -9.9, 1.0, 0.1, 20, 3, unit)
    found = {("a", o): dataclasses.replace(effect, outcome=o, unit=BY_NAME[o].unit) for o in HEADLINES}
    told = " ".join(summary(findings_with(found, rankings=(RankingTold("transfers", label, "", {}),))))
    words = {ROBUST: "is the same under", DISPUTED: "depends on", PARTLY: "Only some", UNTOLD: "No set"}
    assert words[label] in told
