"""File names on the command line: what no file can be called is told, and is no traceback."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.views import checks, console, templates
from sim.views.asked import Asked, load_asked
from sim.views.names import wrong_name

LONG = "x" * 300


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["a", "a/b", "no/such/folder", ".", "..", "/", "a b", "é" * 100])
def test_a_name_that_a_file_can_have_is_no_problem(name: str) -> None:
    assert wrong_name("FILE", name, ending=".yaml") is None


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "empty"),
        (" \t", "empty"),
        (LONG, "too long"),
        (f"no/such/{LONG}", "too long"),
        (f"{LONG}/a", "too long"),
        ("x" * 252, "too long"),
        ("a/" * 3_000, "too long"),
        ("a\0b", "sign that no file name can have"),
    ],
)
def test_a_name_that_no_file_can_have_is_told(name: str, what: str) -> None:
    problem = wrong_name("FILE", name, ending=".yaml")
    assert problem is not None
    assert problem.what.startswith("FILE: the name ")
    assert what in problem.what


@pytest.mark.parametrize("name", ["", LONG, f"new/{LONG}"])
def test_no_study_begins_without_a_folder_that_can_be(name: str) -> None:
    with pytest.raises(InputError, match=r"--out: the name is (empty|too long)"):
        console.check_folder(name)


@pytest.mark.parametrize("name", ["", LONG])
def test_a_scenario_has_a_name_that_can_be(name: str) -> None:
    with pytest.raises(InputError, match=r"SCENARIO: the name is (empty|too long)"):
        load_asked(Asked(name))


def test_a_checked_file_has_a_name_that_can_be(here: Path) -> None:
    (here / "good.yaml").write_text("extends: base\n", encoding="utf-8")
    found = checks.check_all(["", LONG, "good.yaml"])
    assert [[problem.what for problem in file.problems] for file in found] == [
        ["FILE: the name is empty"],
        ["FILE: the name is too long"],
        [],
    ]


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", ".yaml", "folder/", "folder/.yaml", LONG, f"levers/{LONG}"]
)
def test_a_new_file_needs_a_name(here: Path, name: str) -> None:
    (here / "folder").mkdir()
    for write in (lambda: templates.new_scenario(name, None), lambda: templates.new_lever(name)):
        with pytest.raises(InputError, match=r"NAME: |a lever's name is a plain word"):
            write()
    assert [path.name for path in here.iterdir()] == ["folder"]


def test_a_place_that_cannot_be_written_to_is_told(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "levers").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot make the folder: File exists"):
        templates.new_lever("mine")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot write the file: Permission denied"):
        templates.new_scenario("mine", None)


def test_a_file_that_somebody_else_has_just_written_stays(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "mine.yaml").write_text("precious\n", encoding="utf-8")
    monkeypatch.setattr(Path, "exists", lambda *_a, **_k: False)
    with pytest.raises(InputError, match="exists already"):
        templates._write(here / "mine.yaml", "new\n")
    assert (here / "mine.yaml").read_text(encoding="utf-8") == "precious\n"
