"""A wrong file is told what is wrong, where and what would be right; it never ends in a traceback."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, Problem
from sim.scenario.loader import load
from tests.scenario.wrong_files import LEVER, OPERATION, WRONG, Wrong, with_lever


def write(folder: Path, files: dict[str, str | bytes] | str | bytes) -> Path:
    """Write files into a scenario folder and return the one that is to be loaded."""
    folder.mkdir(exist_ok=True)
    if not isinstance(files, dict):
        files = {"main.yaml": files}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / "main.yaml"


def problems_of(call: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.problems


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.id)
def test_a_wrong_file_is_told_its_error(wrong: Wrong, tmp_path: Path) -> None:
    main = write(tmp_path / "tree", wrong.files)
    found = problems_of(lambda: load(main, levers=wrong.levers, settings=wrong.settings))
    fitting = [p for p in found if wrong.what in p.what]
    assert fitting, found
    (first, *_) = fitting
    if wrong.file is not None:
        assert first.where.file == (main.parent / wrong.file).resolve()
    if wrong.at is not None:
        assert (first.where.line, first.where.column) == wrong.at
    assert wrong.nearest is None or first.nearest == wrong.nearest


def test_all_errors_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "main.yaml": (
            "extends: parent\n"
            "levers:\n  - wall\n  - nowhere\n"
            "run: {dais: 3}\n"
            "rules:\n  detainer.response:\n    - otherwise: holt\n"
            "set: {sharing.complianse: 1}\n"
            "timeline:\n  - {day: soon}\n"
        ),
        "parent.yaml": "extends: base\npopulation: {open_warrant: 3}\n",
        "levers/wall.yaml": LEVER.replace("own_estimate", "nobody").replace("sharing.compliance", "no.path"),
    }
    main = write(tmp_path / "tree", files)
    found = problems_of(lambda: load(main, settings=["run.seed=-1"]))
    told = [(p.where.file.name if p.where.file else "", p.where.line) for p in found]
    assert sorted(told) == [
        ("", 0),  # --set run.seed=-1
        ("main.yaml", 4),  # nowhere
        ("main.yaml", 5),  # dais
        ("main.yaml", 8),  # holt
        ("main.yaml", 9),  # complianse
        ("main.yaml", 11),  # soon
        ("parent.yaml", 2),  # open_warrant
        ("wall.yaml", 5),  # nobody
        ("wall.yaml", 10),  # no.path
    ]


def test_no_error_is_told_twice(tmp_path: Path) -> None:
    main = write(tmp_path, "extends: base\nrun: {days: x}\ntimeline:\n  - {day: 3}\n  - {day: 9}\n")
    assert len(problems_of(lambda: load(main))) == 1


def test_a_lever_that_cannot_be_read_is_not_also_said_to_be_off(tmp_path: Path) -> None:
    files = with_lever("extends: base\nlevers: [wall]\ntimeline:\n  - {day: 3, off: [wall]}\n", "title: [\n")
    found = problems_of(lambda: load(write(tmp_path, files)))
    assert [p.where.file.name for p in found if p.where.file] == ["wall.yaml"]


def test_a_flood_of_errors_is_cut_off(tmp_path: Path) -> None:
    flood = "".join(f"  key{k}: 1\n" for k in range(3_000))
    found = problems_of(lambda: load(write(tmp_path, f"extends: base\nrun:\n{flood}")))
    assert len(found) == 101
    assert any("the rest are not shown" in p.what for p in found)


@pytest.mark.parametrize(
    "name", ["nowhere", "nowhere.yaml", "../nowhere", "/nowhere/at/all.yaml", "", "a\0b"]
)
def test_a_scenario_that_does_not_exist_is_an_input_error(name: str) -> None:
    (problem,) = problems_of(lambda: load(name))
    assert problem.what == "no such scenario"


def test_a_folder_is_not_a_scenario(tmp_path: Path) -> None:
    problems_of(lambda: load(tmp_path))


def test_an_absolute_path_may_leave_the_tree(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("extends: base\nrun: {days: 7}\n", encoding="utf-8")
    main = write(tmp_path / "tree", f"extends: {outside}\n")
    assert load(main).settings.run.days == 7


def test_a_link_does_not_lead_out_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("extends: base\n", encoding="utf-8")
    main = write(tmp_path / "tree", "extends: inside.yaml\n")
    (main.parent / "inside.yaml").symlink_to(tmp_path / "outside.yaml")
    (problem,) = problems_of(lambda: load(main))
    assert "leaves the scenario folder" in problem.what


# ---------------------------------------------------------------- files damaged at random

GOOD: tuple[dict[str, str | bytes], ...] = (
    with_lever(
        "extends: base\n"
        "name: A world\n"
        "run: {days: 90, residents: 500}\n"
        "population:\n"
        "  open_warrant: {value: 0.03, source: assumed, range: [0.01, 0.06]}\n"
        "  licence_law: regardless_of_status\n"
        "levers:\n  - wall: {share: 0.8}\n"
        "set:\n  agencies.sheriff.trained: 0.5\n"
        "rules:\n"
        "  detainer.response:\n"
        "    - when: {warrant: judicial, offence: [dui, traffic]}\n      then: hold\n"
        "    - when: {record: {not: none}}\n      then: {notify: 0.9, decline: rest}\n"
        "    - otherwise: decline\n"
        "  ice.at_large:\n    before:\n      - when: {lead_age: {from: 3, to: 20}}\n        then: attempt\n"
        "timeline:\n  - {date: 2025-03-01, off: [wall]}\n  - {day: 80, set: {sharing.compliance: 0.2}}\n",
    ),
    {"main.yaml": 'extends: parent\nplace: "47037"\n', "parent.yaml": "extends: base\nrun: &r {days: 3}\n"},
    {
        "main.yaml": (
            "extends: base\nplace: {county: 47037, state_law: false, agreements: false}\n"
            f"operations:\n  blitz: {OPERATION}\n"
        )
    },
)
TOKENS = [
    *("[", "]", "{", "}", ":", "- ", "&a ", "*a", "!!int ", "'", '"', "#", "|", "\t", "\n", ", ", "null"),
    *(".nan", "1e400", "-1", "true", "0x1F", "%", "@", "`", "?", "<<: *r", "\x00", "é", "\u2028", "---\n"),
    *("...", "$share"),
]


def damaged(text: str, draw: Callable[[st.SearchStrategy[int]], int]) -> str:
    """Return a text with one thing deleted, doubled, inserted, exchanged or moved."""
    kind = draw(st.integers(0, 6))
    lines = text.split("\n")
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    place, length = draw(st.integers(0, len(text))), draw(st.integers(1, 12))
    token = TOKENS[draw(st.integers(0, len(TOKENS) - 1))]
    words = re.split(r"(\W)", text)
    one, other = (draw(st.integers(0, len(words) - 1)) for _ in range(2))
    if kind == 0:
        return text[:place] + text[place + length :]
    if kind == 1:
        return text[:place] + text[place : place + length] * 2 + text[place + length :]
    if kind == 2:
        return text[:place] + token + text[place:]
    if kind == 3:
        words[one], words[other] = words[other], words[one]
        return "".join(words)
    if kind == 4:
        words[one] = token
        return "".join(words)
    if kind == 5:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines[first] = " " * (length % 5) + lines[first].lstrip()
    return "\n".join(lines)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_told_its_errors(tmp_path: Path, data: st.DataObject) -> None:
    files = dict(GOOD[data.draw(st.integers(0, len(GOOD) - 1))])
    for _ in range(data.draw(st.integers(1, 3))):
        name = sorted(files)[data.draw(st.integers(0, len(files) - 1))]
        files[name] = damaged(str(files[name]), data.draw)
    main = write(tmp_path / "tree", files)
    with suppress(InputError):
        load(main)


@pytest.mark.parametrize("files", GOOD, ids=["levers and rules", "place and parent", "part of a place"])
def test_the_files_that_are_damaged_were_sound(files: dict[str, str | bytes], tmp_path: Path) -> None:
    load(write(tmp_path, files))
