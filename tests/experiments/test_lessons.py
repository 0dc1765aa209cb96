"""The lessons run as they are, in a Python of their own, and their claims hold."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "experiments" / "lessons"
LESSONS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [path.stem for path in LESSONS]
SAYS = {  # what an answer must have: an interval, or the ratio that was asked for
    "1": r"The 95 % interval, from ten pairs of twins: \d+ to \d+ %\.",
    "3": r"Most over fewest transfers: ([\d.]+ times|\d+ to none: .+)\. You said: None",
}
WORLD = """
import json
import sim

many = ["agencies.city_police.traffic_stops=1"]
run = sim.run("base", set_values=many, residents=800, days=30, replications=1)
print("LIVED", json.dumps([one.counts.tally.tolist() for one in run.results]))
"""


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def environment(folder: Path) -> dict[str, str]:
    """Give what a Python of its own is started with: this checkout, and figures as a notebook has them."""
    kept = {
        name: x for name, x in os.environ.items() if not name.startswith(("MPL", "NUMBA", "COV", "PYTEST"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with one kernel, which is the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("jupyter")
    home = folder / "kernels" / "lesson"
    home.mkdir(parents=True)
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": words, "display_name": "lesson", "language": "python"}
    (home / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def executed(notebook: Any, kernel: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a notebook with what its cells give; a cell that fails, fails the test."""
    monkeypatch.setenv("JUPYTER_PATH", str(kernel))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=600, kernel_name="lesson", resources=where)
    client.execute(env=environment(folder))
    return notebook


def printed(notebook: Any) -> str:
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    return "".join(x.text for x in outputs if x.output_type == "stream" and x.name == "stdout")


def test_there_are_five_lessons_and_the_index_names_each() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name[0] for name in NAMES] == ["1", "2", "3", "4", "5"]
    assert re.findall(r"\]\((\w+)\.ipynb\)", index) == NAMES


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_a_lesson_is_sound_without_results_and_has_its_parts(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.nbformat == 4
    assert all(re.fullmatch(r"[a-z-]+", cell.id) for cell in notebook.cells)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))
    kept = {cell.id: cell.source for cell in notebook.cells}
    assert len(kept) == len(notebook.cells)
    order = ["question", "predict", "guess", "run-it", "answer-head", "answer", "check", "why", "try"]
    assert [name for name in kept if name in order] == order
    assert re.search(r"\*\*Questions?\.\*\*", kept["question"])
    assert re.fullmatch(r"(my_\w+ = None  # [^\n]+\n?)+", kept["guess"])
    assert all(
        name in "".join(kept.values()).replace(kept["guess"], "") for name in kept["guess"].split()[:1]
    )
    assert "assert " in kept["check"]
    assert kept["why"].startswith("<details>\n<summary>")
    assert kept["why"].endswith("</details>")
    assert re.search(r"^1\. .*^2\. ", kept["try"], flags=re.MULTILINE | re.DOTALL)
    assert path.read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("path", [x for x in LESSONS if x.stem[0] != "2"], ids=lambda path: path.stem)
def test_a_lesson_runs_and_its_claims_hold(
    path: Path, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = executed(read(path), kernel, tmp_path, monkeypatch)
    told = printed(notebook)
    assert "You said: None" in told
    assert re.search(SAYS.get(path.stem[0], ""), told)
    assert_figures(notebook)


def assert_figures(notebook: Any) -> None:
    for cell in code(notebook):
        drawn = [x for x in cell.outputs if "image/png" in x.get("data", {})]
        assert len(drawn) == cell.source.count("plt.subplots(")


def test_the_decision_of_a_lesson_is_compiled_and_gives_what_plain_python_gives(
    kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (x for x in LESSONS if x.stem[0] == "2")
    notebook = read(path)
    (decision,) = (cell.source for cell in code(notebook) if "@sim.replaces" in cell.source)
    assert len(decision.split("\n\n\n")[1].splitlines()) <= 20
    notebook.cells.append(nbformat.v4.new_code_cell(WORLD))
    told = printed(executed(notebook, kernel, tmp_path, monkeypatch))
    assert "You said: None" in told
    assert_figures(notebook)
    mine = json.loads(told.partition("LIVED ")[2])
    assert mine == lived(f"{decision}\n{WORLD}", tmp_path, NUMBA_DISABLE_JIT="1")
    assert mine != lived(WORLD, tmp_path)


def lived(script: str, folder: Path, **more: str) -> Any:
    """Give what a script tells of its worlds, in another Python."""
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)],
        env=environment(folder) | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.partition("LIVED ")[2])
