"""Files are read as plain data, and every value keeps its place."""

from pathlib import Path

import pytest

from sim.errors import Mark, Problems
from sim.scenario.document import Document, parse, read

FILE = Path("x.yaml")


def parsed(text: str) -> Document:
    problems = Problems()
    document = parse(text, FILE, problems)
    assert document is not None, problems.found
    assert problems.found == []
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+7", 7),
        ("017", 17),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("null", None),
        ("~", None),
        ("2025-01-20", "2025-01-20"),
        ("'1'", "1"),
        ("[1, {a: 2}]", [1, {"a": 2}]),
        ("12:30:45", "12:30:45"),
    ],
)
def test_plain_values_are_read_as_yaml_1_2_reads_them(text: str, value: object) -> None:
    data = parsed(f"a: {text}\n").data["a"]
    assert data == value
    assert type(data) is type(value)


def test_keys_are_always_text() -> None:
    assert parsed("1: a\nno: b\n2.5: c\n").data == {"1": "a", "no": "b", "2.5": "c"}


def test_a_value_stands_where_it_is_written_and_its_key_before_it() -> None:
    document = parsed("run:\n  days: 3\n  list: [4, 5]\nrows:\n  - when: {a: 1}\n")
    assert document.mark(("run", "days")) == Mark(FILE, 2, 9)
    assert document.key_mark(("run", "days")) == Mark(FILE, 2, 3)
    assert document.mark(("run", "list", 1)) == Mark(FILE, 3, 13)
    assert document.mark(("rows", 0)) == Mark(FILE, 5, 5)
    assert document.mark(("rows", 0, "when", "a")) == Mark(FILE, 5, 15)


def test_a_block_stands_at_its_key_and_what_is_missing_at_its_parent() -> None:
    document = parsed("run:\n  days: 3\n")
    assert document.mark(("run",)) == Mark(FILE, 1, 1)
    assert document.mark(("run", "seed", "deeper")) == Mark(FILE, 1, 1)
    assert document.mark(("nothing",)) == Mark(FILE, 1, 1)


def test_a_part_keeps_the_places_of_what_is_inside_it() -> None:
    part = parsed("a:\n  b: {c: 1}\n").part("a", "b")
    assert part.data == {"c": 1}
    assert part.mark(("c",)) == Mark(FILE, 2, 10)
    assert part.part("nothing").data is None


def test_aliased_values_stand_where_they_are_written_and_are_not_shared() -> None:
    document = parsed("a: &x {b: 1}\nc: *x\n")
    assert document.data["a"] == document.data["c"]
    assert document.data["a"] is not document.data["c"]
    assert document.mark(("c", "b")) == Mark(FILE, 1, 11)


@pytest.mark.parametrize("start", ["", "\ufeff", "---\n", "%YAML 1.2\n---\n", "# a remark\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_beginnings_and_line_ends_do_not_matter(start: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes((start + "a: 1\nb: 2\n").replace("\n", end).encode())
    document = read(path, Problems())
    assert document is not None
    assert document.data == {"a": 1, "b": 2}


def test_an_anchor_may_be_used_twice() -> None:
    assert parsed("a: &x 1\nb: &x 2\nc: *x\n").data == {"a": 1, "b": 2, "c": 2}


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for number in (1, 2, 1):
        path.write_text(f"a: {number}\n", encoding="utf-8")
        document = read(path, Problems())
        assert document is not None
        assert document.data == {"a": number}


def test_the_errors_of_a_file_are_told_again_when_it_is_read_again() -> None:
    first, second = Problems(), Problems()
    parse("a: 1\na: 2\n", FILE, first)
    parse("a: 1\na: 2\n", FILE, second)
    assert first.found == second.found
    assert len(first.found) == 1
