"""Runs that are kept: the same numbers, lived once."""

from typing import Any

import numpy as np
import pytest

from sim.outcomes.definitions import OUTCOMES
from sim.scenario.loader import load
from sim.studies import kept as module
from sim.studies import replicate as replicate_module
from sim.studies.compare import PRECISION, compare, compare_sides, effects_of, paired_effect
from sim.studies.kept import KeptRuns
from sim.studies.plan import Plan
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings

SMALL = Settings(residents=1_000, days=40, seed=3, replications=2)
PLAN = Plan(residents=1_000, days=40, seed=3, replications=2)


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is lived from now on, by the digest of its world."""
    told: list[str] = []
    real = replicate_module.simulate

    def watched(scenario: Any, settings: Settings, *more: Any, **rest: Any) -> Any:
        if settings.days > 1:
            told.append(scenario.digest)
        return real(scenario, settings, *more, **rest)

    monkeypatch.setattr(replicate_module, "simulate", watched)
    return told


def test_kept_runs_are_those_that_would_be_lived(lived: list[str]) -> None:
    worlds = [load("base"), load("base", levers=["cite_and_release"])]
    plain = replicate(worlds, SMALL)
    runs = KeptRuns()
    for _ in range(2):
        again = runs.replicate(worlds, SMALL)
        for one, other in zip(plain, again, strict=True):
            for a, b in zip(one, other, strict=True):
                assert a.replication == b.replication
                assert np.array_equal(a.counts.tally, b.counts.tally)
    assert len(lived) == 8  # four for each of the first two


def test_moving_a_lever_lives_only_its_world(lived: list[str]) -> None:
    runs, base = KeptRuns(), load("base")
    runs.replicate([base, load("base", levers=["cite_and_release=0.5"])], SMALL)
    lived.clear()
    moved = load("base", levers=["cite_and_release=0.6"])
    runs.replicate([base, moved], SMALL)
    assert lived == [moved.digest] * 2


def test_more_replications_live_only_those_that_lack(lived: list[str]) -> None:
    runs, base = KeptRuns(), load("base")
    runs.replicate([base], SMALL)
    lived.clear()
    more = Settings(residents=1_000, days=40, seed=3, replications=3)
    found = runs.replicate([base], more)
    assert len(lived) == 1
    assert [r.replication for r in found[0]] == [0, 1, 2]


@pytest.mark.parametrize(
    "other",
    [
        Settings(residents=1_001, days=40, seed=3, replications=2),
        Settings(residents=1_000, days=41, seed=3, replications=2),
        Settings(residents=1_000, days=40, seed=4, replications=2),
        Settings(residents=1_000, days=40, seed=3, replications=2, warm_up=5),
    ],
)
def test_another_size_length_seed_or_warm_up_is_another_run(lived: list[str], other: Settings) -> None:
    runs, base = KeptRuns(), load("base")
    runs.replicate([base], SMALL)
    lived.clear()
    runs.replicate([base], other)
    assert len(lived) == 2


def test_what_does_not_fit_is_let_go_and_lived_again(lived: list[str]) -> None:
    runs, base = KeptRuns(most_runs=1, most_bytes=1), load("base")
    first = runs.replicate([base], SMALL)
    lived.clear()
    again = runs.replicate([base], SMALL)
    assert len(lived) >= 1
    for a, b in zip(first[0], again[0], strict=True):
        assert np.array_equal(a.counts.tally, b.counts.tally)


def test_people_are_made_once_for_all_worlds_that_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = module.people_of

    def watched(*arguments: Any) -> Any:
        made.append(arguments[2])
        return real(*arguments)

    monkeypatch.setattr(module, "people_of", watched)
    runs = KeptRuns()
    runs.replicate([load("base")], SMALL)
    runs.replicate([load("base", levers=["cite_and_release"])], SMALL)
    assert sorted(made) == [0, 1]


def test_what_was_lived_before_an_interruption_is_kept(lived: list[str]) -> None:
    class Stop(Exception):  # noqa: N818 - it ends a study
        pass

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Stop

    runs, base = KeptRuns(), load("base")
    with pytest.raises(Stop):
        runs.replicate([base], SMALL, workers=1, progress=stop)
    lived.clear()
    told: list[tuple[int, int]] = []
    runs.replicate([base], SMALL, workers=1, progress=lambda *step: told.append(step))
    assert len(lived) == 1
    assert told == [(1, 1)]


def test_a_comparison_from_kept_runs_is_that_of_sim_compare() -> None:
    sides = [("base", ()), ("cite_and_release", ["cite_and_release"])]
    runs = KeptRuns()
    compare_sides("base", sides, (), PRECISION, PLAN, live=runs.live)
    kept = compare_sides("base", sides, (), PRECISION, PLAN, live=runs.live)
    plain = compare("base", ["cite_and_release"], plan=PLAN)
    assert repr(kept.effects) == repr(plain.effects)


def test_effects_taken_together_are_those_taken_one_by_one() -> None:
    worlds = [load("base"), load("base", levers=["cite_and_release"])]
    results = replicate(worlds, Settings(residents=1_000, days=40, seed=5, replications=5))
    together = effects_of(["base", "lever"], results, can_differ=lambda _: True)
    stacks = [np.stack([r.outcomes for r in world]) for world in results]
    columns = len(together) // len(OUTCOMES)
    for k, effect in enumerate(together):
        pair = [stack[:, k // columns, k % columns] for stack in stacks]
        key = (effect.lever, effect.outcome, effect.group, effect.level)
        assert repr(paired_effect(key, *pair, PRECISION, same=effect.same_worlds)) == repr(effect)
    assert any(e.replications == 5 for e in together)
    assert any(0 < e.replications < 5 for e in together), "some shares are missing in some runs"
