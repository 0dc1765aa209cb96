import pytest

from sim.errors import InputError
from sim.scenario.loader import load
from sim.scenario.vary import Memo, varied

PATH = "ice.pickup.effort.low"


def test_a_world_that_is_asked_for_again_is_the_same_and_others_are_others() -> None:
    world = load("base")
    first, other = varied(world, {PATH: 0.5}), varied(world, {PATH: 0.6})
    assert varied(world, {PATH: 0.5}) is first
    assert first.digest != other.digest != world.digest
    assert [w.settings.ice.pickup.effort["low"] for w in (first, other)] == [0.5, 0.6]
    lever = load("base", levers=["data_firewall"])
    assert varied(lever, {PATH: 0.5}).digest != first.digest
    assert varied(world, {}) is world


def test_values_that_do_not_fit_are_told_each_time() -> None:
    world = load("base")
    for _ in range(2):
        with pytest.raises(InputError):
            varied(world, {PATH: 7.0})


def test_a_memo_keeps_no_more_than_it_has_room_for_and_lets_the_oldest_go() -> None:
    made: list[str] = []
    memo: Memo[str] = Memo(2)

    def ask(name: str) -> str:
        return memo.get(name, lambda: made.append(name) or name.upper())  # type: ignore[func-returns-value]

    assert [ask(name) for name in "abab"] == ["A", "B", "A", "B"]
    assert made == ["a", "b"]
    ask("c")
    ask("b")
    ask("a")
    assert made == ["a", "b", "c", "a"]
