"""Code is compiled once, and what runs is never yesterday's code."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from sim import errors
from sim.engine import jit
from sim.engine.budget import available, draw, new_budgets
from sim.engine.jit import prune

# A package in which the kernel stands in one file and the decision that it calls in another.
OFFICER = """
from sim.engine.jit import inline

@inline
def outcome(height):
    return 3 if height < 10 else 0
"""
LOOP = """
from sim.agents.officer import outcome
from sim.engine.jit import kernel

@kernel
def run(many):
    total = 0
    for height in range(many):
        total += outcome(height)
    return total
"""
REPORT = """
import json, sys
from numba.core import event

with event.install_recorder("numba:compile") as seen:
    from {module} import {name}
    result = {name}({argument})
compiled = sum(e.is_start for _, e in seen.buffer)
print(json.dumps({{"result": result, "compiled": compiled}}))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Give the folder of a small package with this project's way of compiling."""
    for folder in ("engine", "agents"):
        (tmp_path / "sim" / folder).mkdir(parents=True)
        (tmp_path / "sim" / folder / "__init__.py").touch()
    (tmp_path / "sim/__init__.py").touch()
    shutil.copy(jit.__file__, tmp_path / "sim/engine/jit.py")
    shutil.copy(errors.__file__, tmp_path / "sim/errors.py")
    (tmp_path / "sim/agents/officer.py").write_text(OFFICER)
    (tmp_path / "sim/loop.py").write_text(LOOP)
    return tmp_path


def python(code: str, folder: Path, **environment: str) -> Any:
    """Give what another Python process prints, read as JSON."""
    kept = {k: x for k, x in os.environ.items() if not k.startswith(("PYTHON", "NUMBA", "SIM_", "COV"))}
    settings = {
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SIM_CACHE_DIR": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=kept | settings | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def called(
    folder: Path, module: str = "sim.loop", name: str = "run", argument: object = 100
) -> tuple[int, bool]:
    """Give what a kernel returns in a new process, and whether anything was compiled for it."""
    found = python(REPORT.format(module=module, name=name, argument=argument), folder)
    return found["result"], found["compiled"] > 0


def machine_code(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in (folder / "cache").rglob("*") if p.is_file()}


def test_a_second_process_compiles_nothing_until_some_file_is_edited(package: Path) -> None:
    assert called(package) == (30, True)
    written = machine_code(package)
    assert any(name.endswith(".nbc") for name in written)
    assert called(package) == (30, False)
    assert machine_code(package) == written
    # An edit of a decision, not of the file that holds the kernel.
    decisions = package / "sim/agents/officer.py"
    decisions.write_text(OFFICER.replace("return 3", "return 0"))
    assert called(package) == (0, True)


def test_a_kernel_outside_the_package_is_compiled_anew_when_its_own_file_is_edited(package: Path) -> None:
    study = package / "study.py"
    text = LOOP.replace("from sim.agents.officer import outcome", OFFICER)
    study.write_text(text)
    assert called(package, "study") == (30, True)
    study.write_text(text.replace("return 3", "return 5"))  # the same length, the same lines
    assert called(package, "study") == (50, True)


def test_modules_of_one_name_in_two_folders_do_not_share_machine_code(package: Path) -> None:
    for folder, factor in (("first", 3), ("second", 4)):
        (package / folder).mkdir()
        text = LOOP.replace(
            "from sim.agents.officer import outcome", OFFICER.replace("return 3", f"return {factor}")
        )
        (package / folder / "tool.py").write_text(text)
        (package / folder / "__init__.py").touch()
    assert called(package, "first.tool")[0] == 30
    assert called(package, "second.tool")[0] == 40
    assert called(package, "first.tool") == (30, False)


def test_without_the_compiler_a_kernel_is_a_plain_function(package: Path) -> None:
    code = "import json; from sim.loop import run; print(json.dumps([run(100), type(run).__name__]))"
    assert python(code, package, NUMBA_DISABLE_JIT="1") == [30, "function"]
    assert machine_code(package) == {}


def test_a_kernel_typed_at_a_prompt_works(package: Path) -> None:
    lines = LOOP.strip().splitlines()
    code = "\n".join(["import json", *lines, "", "print(json.dumps(run(100)))"])
    assert python(code, package) == 30


# A function that stands in for the decision, as `sim.agents.replacing` puts it there.
STAND_IN = """
import json
from sim.engine.jit import STAND_INS, StandIn

def mine(height):
    return {answer}

STAND_INS["sim.agents.officer.outcome"] = StandIn("", {identity!r}, lambda usual: mine)
"""


def stood_in(folder: Path, answer: str, identity: str, **environment: str) -> Any:
    """Give what the kernel returns in a new process with a function that stands in for the decision."""
    code = STAND_IN.format(answer=answer, identity=identity)
    told = """
from sim.loop import run
from sim.errors import SimError
try:
    print(json.dumps(run(100)))
except SimError as error:
    print(json.dumps(str(error)))
"""
    return python(code + told, folder, **environment)


def test_what_stands_in_for_a_decision_is_compiled_in_its_place(package: Path) -> None:
    assert called(package) == (30, True)
    assert stood_in(package, "2", "twos") == 200
    # Other code has another digest: each finds its own machine code again.
    assert stood_in(package, "4", "fours") == 400
    assert stood_in(package, "2", "twos", NUMBA_DISABLE_JIT="1") == 200
    assert called(package) == (30, False)


def test_what_stands_in_and_does_not_compile_is_named(package: Path) -> None:
    told = stood_in(package, "height.nonsense", "wrong")
    assert told.startswith(
        "the function in the place of officer.outcome does not compile: "
        "Unknown attribute 'nonsense' of type int64\n\nFile "
    )
    assert "During" not in told


def test_python_may_call_what_compiled_code_calls() -> None:
    budget = new_budgets()[0]
    budget.flow, budget.limit = 2.0, 5.0
    assert available(budget, 1.0) == 2.0
    assert draw(budget, 2.0, 3.0)  # calls another of them
    assert not draw(budget, 2.0, 3.0)
    assert budget.drawn == 3.0


@jit.inline
def _above(number, least):
    return number > least


@numba.njit  # not kept on disk: what is read from there compiles nothing
def _count_above(records, least):
    one = records[0]
    signed = _above(one.tiny, least) + _above(one.small, least) + _above(one.large, least) + _above(3, 2)
    return signed + _above(one.unsigned, np.uint64(0))


@pytest.mark.skipif(not jit.COMPILED, reason="there is no compiler here")
def test_a_function_is_compiled_once_for_whole_numbers_of_every_width() -> None:
    kinds = [("tiny", np.int8), ("small", np.int32), ("large", np.int64), ("unsigned", np.uint64)]
    records = np.zeros(1, dtype=kinds)
    records["large"], records["unsigned"] = 7, 2**63
    assert _count_above(records, 2) == 3
    widths = [{str(kind) for kind in signature} for signature in _above.signatures]  # type: ignore[attr-defined]
    assert sorted(widths, key=str) == [{"int64"}, {"uint64"}]


def test_overflow_is_silent_in_python_too() -> None:
    from sim.engine.luck import threefry

    word = np.uint64(2**64 - 1)
    threefry(word, word, word, word)  # a warning would be an error here


def test_pruning_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit, "can_keep", lambda: True)
    prune()  # where there is nothing yet
    for age in range(7):
        folder = tmp_path / "cache" / f"version{age}"
        folder.mkdir(parents=True)
        (folder / "loop.run-1.nbc").write_bytes(b"code")
        os.utime(folder, (1e9 - age, 1e9 - age))
    note = tmp_path / "cache" / "note.txt"
    note.write_text("not a version")
    prune(keep=3)
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == [
        "note.txt",
        "version0",
        "version1",
        "version2",
    ]
    prune(keep=3)
    assert len(list((tmp_path / "cache").iterdir())) == 4


def digest(package: Path) -> str:
    """Give the digest that the package's own copy of the module finds."""
    spec = importlib.util.spec_from_file_location("jit_copy", package / "sim/engine/jit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return str(module.source_digest())


def test_the_digest_is_that_of_every_source_file(package: Path) -> None:
    seen = [digest(package), digest(package)]
    assert seen[0] == seen[1]
    edits = [
        ("sim/agents/officer.py", OFFICER + "\n"),
        ("sim/agents/officer.py", OFFICER + "#"),
        ("sim/new.py", ""),
        ("sim/deep/er/still.py", ""),
    ]
    for name, text in edits:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
        seen.append(digest(package))
    assert len(set(seen)) == 1 + len(edits)
    assert digest(package) != jit.source_digest()


def test_the_code_of_a_study_has_one_name_wherever_the_package_lies(tmp_path: Path) -> None:
    package = tmp_path / "elsewhere" / "sim"
    shutil.copytree(Path(jit.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    program = "import sim.engine.jit as j; print(j.__file__, j.code_digest(), j.source_digest())"
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    where, code, machine_code = done.stdout.split()
    assert Path(where).is_relative_to(package)
    assert code == jit.code_digest()
    assert machine_code != jit.source_digest()
