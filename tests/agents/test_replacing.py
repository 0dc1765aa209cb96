"""A function of one's own takes the place of a decision, in compiled code and in plain Python."""

from __future__ import annotations

import json
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import sim
from sim.agents import attitudes, ice, jail, officer, replacing, resident
from sim.agents.decisions import ANSWERS, MODULES
from sim.agents.replacing import AnswerError
from sim.engine.jit import COMPILED, STAND_INS, inline, source_digest
from sim.engine.luck import decision, uniform
from sim.errors import InputError, SimError
from sim.scenario import vocabulary as v

ROOT = Path(__file__).parents[2]
FACES = {"officer": officer, "jail": jail, "ice": ice, "resident": resident, "attitudes": attitudes}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let decisions be replaced though the engine is loaded: it goes on as it was."""
    monkeypatch.setattr(replacing, "MODULES", ())
    yield
    STAND_INS.clear()


# ── what can be replaced ─────────────────────────────────────────────────────────────────────────────────


def test_every_decision_that_can_be_replaced_exists_with_its_parameters() -> None:
    assert set(MODULES) == set(FACES)
    found = sim.replaceable()
    assert list(found) == list(ANSWERS)
    for name, one in found.items():
        module, function = name.split(".")
        made = getattr(FACES[module], function)
        plain = getattr(made, "py_func", made)
        assert one.parameters == plain.__code__.co_varnames[: plain.__code__.co_argcount]
        assert one.doc.endswith(".")
        assert str(one).startswith(f"{name}({', '.join(one.parameters)})")


def test_every_table_that_an_agent_asks_can_be_replaced_with_its_own_answers() -> None:
    """All tables but that of data, which no agent answers."""
    words = {answers.words for answers in ANSWERS.values()}
    assert {t.answers for t in v.TABLES.values()} - words == {v.SHARING}


def test_looking_up_what_can_be_replaced_loads_no_decision() -> None:
    code = (
        "import sim, sys; sim.replaceable(); print([m for m in sys.modules if m.startswith('sim.agents.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['sim.agents.decisions']"


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_decision_names_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"no such decision.*\n.*officer.stop_outcom.*\n.*\n.*did you mean: off"
    ):
        sim.replaces("officer.stop_outcom")
    with pytest.raises(InputError, match=r"did you mean: officer\.stop_outcome"):
        sim.replaces("stop_outcome")
    with pytest.raises(InputError, match="no such decision"):
        sim.replaces(7)  # type: ignore[arg-type]


def tips(officer: Any, resident: Any, settings: Any, seed: Any, key: Any, training: Any) -> bool:
    return False


def too_few(officer: Any, resident: Any) -> bool:
    return False


def other_order(resident: Any, officer: Any, settings: Any, seed: Any, key: Any, training: Any) -> bool:
    return False


def with_default(officer: Any, resident: Any, settings: Any, seed: Any, key: Any, training: Any = 0) -> bool:
    return False


def with_more(
    officer: Any, resident: Any, settings: Any, seed: Any, key: Any, training: Any, *more: Any
) -> bool:
    return False


def usual_last(
    officer: Any, resident: Any, settings: Any, seed: Any, key: Any, training: Any, usual: Any
) -> Any:
    return False


@pytest.mark.parametrize("function", [too_few, other_order, with_default, with_more, usual_last])
def test_a_function_with_other_parameters_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match="takes other parameters") as raised:
        sim.replaces("officer.tips_ice")(function)
    assert "(officer, resident, settings, seed, key, training), with or without `usual`" in str(raised.value)


def around() -> Callable[..., Any]:
    share = 0.5

    def inside(effort: Any, seed: Any, key: Any) -> Any:
        return effort > share

    return inside


def at_a_prompt() -> Any:
    names: dict[str, Any] = {}
    exec("def typed(effort, seed, key):\n    return True", names)
    return names["typed"]


def yielding(effort: Any, seed: Any, key: Any) -> Any:
    yield True


def lists(effort: Any, seed: Any, key: Any) -> Any:
    return len(NAMES) > 0


def files(effort: Any, seed: Any, key: Any) -> Any:
    return os.path.exists("x")  # noqa: PTH110 - what is refused


def undefined(effort: Any, seed: Any, key: Any) -> Any:
    return effort > NOT_YET  # type: ignore[name-defined] # noqa: F821


def endless(effort: Any, seed: Any, key: Any) -> Any:
    return again(effort)


def again(effort: Any) -> Any:
    return again(effort)


NAMES = ["a", "b"]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda effort, seed, key: True, "is a lambda"),
        (around(), "is a closure: share belong"),
        (at_a_prompt(), "has no source that can be read"),
        (numba.njit(tips) if COMPILED else len, "is compiled already|is no function written in Python"),
        (np.sin, "is no function written in Python"),
        (yielding, "yields or awaits"),
        (lists, "uses 'NAMES', which compiled code cannot"),
        (files, "uses 'os' of os, which compiled code cannot"),
        (undefined, "uses 'NOT_YET', which is not defined"),
        (endless, "uses 'again', which calls itself"),
    ],
)
def test_a_function_that_cannot_be_compiled_with_the_engine_is_told_why(function: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        sim.replaces("ice.sets_out")(function)
    assert not STAND_INS


def test_source_that_belongs_to_another_program_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.13 on, what `python -c` runs passes for the source of whatever was typed."""
    monkeypatch.setitem(linecache.cache, "<string>", (11, None, ["import sys\n"], "<string>"))
    with pytest.raises(InputError, match="has no source that can be read"):
        sim.replaces("ice.sets_out")(at_a_prompt())
    assert not STAND_INS


def test_once_the_engine_is_loaded_it_is_too_late() -> None:
    with pytest.raises(SimError, match=r"officer\.tips_ice can no longer be replaced.*restart the kernel"):
        sim.replaces("officer.tips_ice")(tips)
    assert not STAND_INS


# ── other code ───────────────────────────────────────────────────────────────────────────────────────────

LIMIT = 0.5
STEPS = np.array([0.1, 0.9])


def helper(effort: Any) -> Any:
    return effort * LIMIT


def sets_out(effort: Any, seed: Any, key: Any) -> Any:
    return helper(effort) > STEPS[0]


@pytest.mark.usefixtures("fresh")
def test_a_replaced_decision_is_other_code_by_all_that_it_refers_to(monkeypatch: pytest.MonkeyPatch) -> None:
    here = sys.modules[__name__]
    plain = source_digest()
    seen = []

    def digest() -> str:
        STAND_INS.clear()
        assert sim.replaces("ice.sets_out")(sets_out) is sets_out
        return source_digest()

    seen = [plain, digest()]
    assert digest() == seen[-1]
    monkeypatch.setattr(here, "LIMIT", 0.25)  # of the helper
    seen.append(digest())
    STEPS[0] = 0.2
    seen.append(digest())
    monkeypatch.setattr(here, "helper", lambda effort: effort)
    seen.append(digest())
    assert len(set(seen)) == 5
    STAND_INS.clear()
    assert source_digest() == plain


@pytest.mark.usefixtures("fresh")
def test_a_number_that_changes_afterwards_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sim.replaces("ice.sets_out")(sets_out)
    (stand_in,) = STAND_INS.values()
    mine = stand_in.build(None)
    monkeypatch.setattr(sys.modules[__name__], "LIMIT", 0.0)
    before = STEPS[0]
    STEPS[0] = 100.0
    assert mine(1.0, np.uint64(1), np.uint64(1))
    STEPS[0] = before


@pytest.mark.usefixtures("fresh")
def test_the_source_is_kept_for_people() -> None:
    assert replacing.replaced() == {}
    sim.replaces("ice.sets_out")(sets_out)
    assert list(replacing.replaced()) == ["ice.sets_out"]
    assert "return helper(effort) > STEPS[0]" in replacing.replaced()["ice.sets_out"]


@pytest.mark.usefixtures("fresh")
def test_a_worker_without_the_replacement_refuses_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.studies.sweeps import batch

    class Asked:
        code = source_digest()

    sim.replaces("ice.sets_out")(sets_out)
    with pytest.raises(SimError, match="other decisions replaced"):
        batch.run_job(Asked())  # type: ignore[arg-type]


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────

_LUCK = decision("a test of the agents")


def maybe_nothing(effort: Any, seed: Any, key: Any) -> Any:
    if effort > 0.5:
        return True
    return None


def by_luck(effort: Any, seed: Any, key: Any) -> Any:
    return uniform(seed, _LUCK, key) < effort


def as_is(usual: Any, effort: Any, seed: Any, key: Any) -> Any:
    return not usual(effort, seed, key)


def priority(resident: Any, case: Any) -> Any:
    return case


def days(office: Any, seed: Any, key: Any) -> Any:
    return office


def asked(name: str, function: Any, usual: Any = None) -> Callable[..., Any]:
    """Give a function that asks the decision as it would be asked, compiled where there is a compiler."""
    sim.replaces(name)(function)
    build = STAND_INS[f"sim.agents.{name}"].build
    mine = inline(build(None if usual is None else inline(usual)))

    @numba.njit
    def ask(first: Any, second: Any, third: Any) -> Any:
        return mine(first, second, third)

    @numba.njit
    def ask_two(first: Any, second: Any) -> Any:
        return mine(first, second)

    return ask_two if name == "ice.priority" else ask  # type: ignore[no-any-return]


@pytest.mark.usefixtures("fresh")
def test_what_is_no_answer_is_told_and_nothing_else() -> None:
    ask = asked("ice.priority", priority)
    assert [ask(0, code) for code in (0, 1, 2, True, 2.0)] == [0, 1, 2, 1, 2]
    for wrong in (-1, 3, 0.5, np.nan, np.inf):
        with pytest.raises(
            AnswerError, match=r"ice\.priority, as replaced, gave what is no answer.*0 low, 1 medium"
        ):
            ask(0, wrong)
    ask = asked("ice.arrival", days)
    assert ask(0.5, 1, 1) == 0.5
    assert ask(7, 1, 1) == 7.0
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(AnswerError, match=r"0 to 36,500 \(days\)"):
            ask(wrong, 1, 1)


@pytest.mark.usefixtures("fresh")
def test_an_answer_that_is_missing_is_told() -> None:
    ask = asked("ice.sets_out", maybe_nothing)
    assert ask(0.7, 1, 1)
    with pytest.raises(AnswerError, match="gave no answer at all"):
        ask(0.3, 1, 1)


@pytest.mark.usefixtures("fresh")
def test_a_replacement_may_draw_keyed_luck_and_ask_the_usual_decision() -> None:
    seed = np.uint64(1)
    keys = [np.uint64(k) for k in range(50)]
    lucky = [uniform(seed, _LUCK, key) < 0.3 for key in keys]
    ask = asked("ice.sets_out", by_luck)
    assert [ask(0.3, seed, key) for key in keys] == lucky
    turned = asked("ice.sets_out", as_is, usual=by_luck)
    assert [turned(0.3, seed, key) for key in keys] == [not x for x in lucky]


# ── whole worlds, in a Python of their own ───────────────────────────────────────────────────────────────

USUAL = """
import sim
@sim.replaces("officer.stop_outcome")
def own(usual, rules, officer, resident, case, screening, motive, seed):
    return usual(rules, officer, resident, case, screening, motive, seed)
"""
NO_ARRESTS = """
import sim
from sim.scenario import vocabulary as v
@sim.replaces("officer.stop_outcome")
def own(usual, rules, officer, resident, case, screening, motive, seed):
    outcome = usual(rules, officer, resident, case, screening, motive, seed)
    return v.STOP_CITATION if outcome == v.STOP_ARREST else outcome
"""
WORLD = """
import json, sim
from sim.engine.jit import source_digest
many = ["stops.contraband_arrest=0", "agencies.*.traffic_stops=1"]
run = sim.run("base", set_values=many, residents=700, days=40, replications=1)
counts = run.results[0].counts
told = {"tally": counts.tally.sum(), "sum": counts.tally.tobytes().hex()[-2000:], "code": source_digest()}
print(json.dumps(told | {name: counts[name] for name in ("traffic_stop", "stop_arrests", "citation")}))
"""


def told(code: str, folder: Path, **environment: str) -> Any:
    """Give what another Python prints, without a compiler, read as JSON."""
    path = folder / "script.py"
    path.write_text(code, encoding="utf-8")
    kept = {name: x for name, x in os.environ.items() if not name.startswith(("NUMBA", "COV"))}
    settings = {"PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1", "SIM_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(path)],
        env=kept | settings | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_replaced_decision_changes_the_world_and_the_usual_one_does_not(tmp_path: Path) -> None:
    plain, same, other = (told(code + WORLD, tmp_path) for code in ("", USUAL, NO_ARRESTS))
    assert {**plain, "code": ""} == {**same, "code": ""}
    assert len({plain["code"], same["code"], other["code"]}) == 3
    assert plain["stop_arrests"] > 0
    assert other["stop_arrests"] == 0
    assert other["citation"] > plain["citation"]


def test_replacing_in_a_program_of_ones_own(tmp_path: Path) -> None:
    code = """
from pathlib import Path
from sim.errors import SimError
from sim.studies.output import write_comparison
sim.load("base")                  # reading files loads no decision
again = own
sim.replaces("officer.stop_outcome")(again)
done = sim.compare("base", ["null"], residents=500, days=10, replications=1)
sim.replaces("officer.stop_outcome")(again)   # a cell that is run again, as it was
try:
    sim.replaces("officer.tips_ice")(again)
except SimError as error:
    told = [str(error)]
def own(rules, officer, resident, case, screening, motive, seed):
    return 0
try:
    sim.replaces("officer.stop_outcome")(own)
except SimError as error:
    told.append(str(error))
write_comparison(Path("out"), done, seconds=1.0, command=["mine"])
manifest = json.loads(Path("out/manifest.json").read_text())
print(json.dumps([manifest["code"], code_digest(), told]))
"""
    code = NO_ARRESTS + "import json\nfrom sim.engine.jit import code_digest" + code
    (tmp_path / "out").mkdir()
    about, digest, refused = told(code, tmp_path)
    assert about["digest"] == digest
    assert "v.STOP_CITATION if outcome == v.STOP_ARREST" in about["replaced"]["officer.stop_outcome"]
    assert "takes other parameters" in refused[0]
    assert re.search(r"officer\.stop_outcome can no longer be replaced", refused[1])
