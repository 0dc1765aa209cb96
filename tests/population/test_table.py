"""A user's own residents: what is read, and what a wrong file is told."""

import csv
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.population.check import check
from sim.population.people import People
from sim.population.synthesis import build, synthesize
from sim.population.table import read_table
from sim.population.table_files import COLUMNS, OPTIONAL, WORDS
from sim.scenario.schema import Population

Settings = Callable[..., Population]
SEED = np.uint64(5)
REQUIRED = tuple(name for name in COLUMNS if name not in OPTIONAL)

# household, neighbourhood, age, driving, group, status, record, order, biometric, warrant, licensed
GOOD: list[list[Any]] = [
    ["b", 3, 41, 1.5, "hispanic", "undocumented", "none", "yes", "yes", "no", "no"],
    ["a", 0, 70, 0, "white", "us_born", "nonviolent", "no", "no", "yes", "no"],
    ["b", 3, 9, 0, "hispanic", "us_born", "none", "no", "no", "no", "no"],
    ["c", 19, 30, 0.25, "asian", "lpr", "violent", "no", "yes", "no", "yes"],
]


def write(path: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = REQUIRED) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return path


def changed(row: int, column: str, value: Any) -> list[list[Any]]:
    rows = [list(r) for r in GOOD]
    rows[row][REQUIRED.index(column)] = value
    return rows


def complaints(path: Path, settings: Settings) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_table(path, settings(), SEED)
    assert all(p.where.file == path for p in caught.value.problems)
    return [str(p).replace(f"{path}", "FILE") for p in caught.value.problems]


def complaints_in(path: Path, chosen: Population) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, chosen, SEED)
    return str(caught.value)


def same(one: People, other: People) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def as_table(people: People) -> pd.DataFrame:
    r = people.residents
    return pd.DataFrame(
        {name: np.array(WORDS[name])[r[name]] if name in WORDS else np.array(r[name]) for name in COLUMNS}
    )


def test_a_good_table_becomes_a_population(settings: Settings, tmp_path: Path) -> None:
    people = read_table(write(tmp_path / "t.csv", GOOD), settings(), SEED)
    check(people)
    r = people.residents
    assert people.household_start.tolist() == [0, 2, 3, 4]  # b, a, c: as they first come
    assert r["age"].tolist() == [41, 9, 70, 30]
    assert r["driving"].tolist() == [1.5, 0, 0, 0.25]
    assert r["status"].tolist() == [4, 0, 0, 2]
    assert r["order"].tolist() == [1, 0, 0, 0]
    assert r["parent"].tolist() == [1, 0, 0, 0]
    assert r["earner"].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_synthetic_population_survives_a_table(settings: Settings, tmp_path: Path, ending: str) -> None:
    before = synthesize(settings(), 1_000, SEED)
    path = tmp_path / f"people.{ending}"
    table = as_table(before)
    table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    assert same(before, build(settings(table=str(path)), 1, SEED))


def test_a_table_is_read_again_when_it_changes_and_never_shared(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", GOOD)
    first = read_table(path, settings(), SEED)
    first.residents["age"] = 1
    assert read_table(path, settings(), SEED).residents["age"].tolist() == [41, 9, 70, 30]
    write(path, changed(0, "age", 142 - 100))
    os.utime(path, ns=(0, 0))
    assert read_table(path, settings(), SEED).residents["age"][0] == 42
    assert "from 0 to 4" in complaints_in(path, settings(neighbourhoods=5))


def test_missing_optional_columns_are_worked_out_as_for_synthetic_residents(
    settings: Settings, tmp_path: Path
) -> None:
    before = synthesize(settings(), 1_000, SEED)
    as_table(before).drop(columns=list(OPTIONAL)).to_csv(tmp_path / "people.csv", index=False)
    assert same(before, read_table(tmp_path / "people.csv", settings(), SEED))


def test_parquet_may_hold_booleans_and_categories(settings: Settings, tmp_path: Path) -> None:
    before = synthesize(settings(), 300, SEED)
    table = as_table(before)
    for name in ("order", "licensed"):
        table[name] = table[name] == "yes"
    table["group"] = table["group"].astype("category")
    table.to_parquet(tmp_path / "people.parquet")
    assert same(before, read_table(tmp_path / "people.parquet", settings(), SEED))


def test_spaces_blank_lines_and_a_byte_order_mark_are_harmless(settings: Settings, tmp_path: Path) -> None:
    good = read_table(write(tmp_path / "good.csv", GOOD), settings(), SEED)
    text = (tmp_path / "good.csv").read_text(encoding="utf-8")
    text = "\ufeff" + text.replace(",", " , ").replace("\n", "\r\n\r\n")
    (tmp_path / "odd.csv").write_bytes(text.encode())
    assert same(good, read_table(tmp_path / "odd.csv", settings(), SEED))


BAD = [
    (0, "status", "undocumentd", "FILE:2:21: status: is not allowed here", "did you mean: undocumented"),
    (1, "group", "", "FILE:3:10: group: must be given", "allowed: white, black, hispanic, asian, other"),
    (2, "age", "9.5", "FILE:4:5: age: is not allowed here", "allowed: whole number from 0 to 99"),
    (2, "age", "nan", "FILE:4:5: age: is not allowed here", "found:   'nan'"),
    (3, "driving", "-1", "FILE:5:9: driving: is not allowed here", "allowed: number from 0 to 50"),
    (3, "neighbourhood", "20", "FILE:5:3: neighbourhood: is not", "whole number from 0 to 19"),
    (3, "household", " ", "FILE:5:1: household: must be given", "a name or number"),
    (0, "order", "Yes", "FILE:2:39: order: is not allowed here", "did you mean: yes"),
    (1, "order", "yes", "FILE:3:35: order: a citizen cannot be under a final order", "found:   yes"),
    (1, "biometric", "yes", "FILE:3:38: biometric: the federal", "allowed: no, for us_born"),
    (2, "driving", "1", "FILE:4:7: driving: nobody under 16 drives here", "found:   1.0"),
    (2, "record", "violent", "FILE:4:26: record: nobody under 16 has a conviction", "found:   violent"),
    (2, "neighbourhood", "4", "FILE:2:3: neighbourhood: the household lives in several", "allowed: one"),
    (0, "household", "x", "FILE:4:1: household: nobody in the household is 16 or over", "found:   b"),
]


@pytest.mark.parametrize(("row", "column", "value", "start", "also"), BAD)
def test_a_wrong_cell_is_named_by_line_and_column(
    settings: Settings, tmp_path: Path, row: int, column: str, value: str, start: str, also: str
) -> None:
    (only,) = complaints(write(tmp_path / "t.csv", changed(row, column, value)), settings)
    assert only.startswith(start)
    assert also in only


def test_parquet_rows_are_named_in_words(settings: Settings, tmp_path: Path) -> None:
    table = pd.DataFrame(GOOD, columns=list(REQUIRED))
    table["age"] = [41, 170, 9, 30]
    table.loc[2, "group"] = None
    table.to_parquet(tmp_path / "t.parquet")
    first, second = complaints(tmp_path / "t.parquet", settings)
    assert first.startswith("FILE: row 2: age: is not allowed here")
    assert second.startswith("FILE: row 3: group: must be given")


def test_all_problems_are_told_at_once_in_the_order_of_the_file(settings: Settings, tmp_path: Path) -> None:
    rows = changed(0, "age", "old")
    rows[1][REQUIRED.index("status")] = "lpp"
    rows[1][REQUIRED.index("age")] = "-3"
    rows[3].append("surplus")
    found = complaints(write(tmp_path / "t.csv", rows), settings)
    assert [line.split(": ")[0].rsplit(":", 1)[0] for line in found] == [
        "FILE:2",
        "FILE:3",
        "FILE:3",
        "FILE:5",
    ]
    assert "has 12 cells, the first line names 11 columns" in found[-1]


def test_at_most_fifty_problems_are_shown_and_the_rest_counted(settings: Settings, tmp_path: Path) -> None:
    rows = [row for k in range(60) for row in changed(3, "age", f"x{k}")]
    rows[0][REQUIRED.index("group")] = "green"
    found = complaints(write(tmp_path / "t.csv", rows), settings)
    assert found[0] == "FILE: 61 problems; the first 50 are shown, 11 more are not"
    assert len(found) == 51
    assert found[1].startswith("FILE:2:")
    assert found[2].startswith("FILE:5:")


def test_the_header_is_checked_with_the_rest(settings: Settings, tmp_path: Path) -> None:
    header = ["household", "neighborhood", *REQUIRED[2:-1], "age"]
    found = complaints(write(tmp_path / "t.csv", changed(0, "group", "blue"), header), settings)
    assert "did you mean: neighbourhood" in found[0]
    assert [text.splitlines()[0] for text in found] == [
        "FILE:1:1: unknown column",
        "FILE:1:1: the column age is there 2 times",
        "FILE:1:1: lacks the column neighbourhood",
        "FILE:1:1: lacks the column licensed",
        "FILE:2:12: group: is not allowed here",
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", b"", "lacks the column household"),
        ("t.csv", ",".join(REQUIRED).encode(), "has no residents"),
        ("t.csv", b"household,age\n\xff\xfe,3\n", "is not UTF-8 text"),
        ("t.csv", b'household,age\n"open,3\n', "is not CSV"),
        ("t.parquet", b"household,age\n", "is not a Parquet file"),
        ("t.xlsx", b"", "another kind of name"),
        ("t.csv", None, "there is no such file"),
    ],
)
def test_a_file_that_is_no_table_is_told_so(
    settings: Settings, tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert any(says in text for text in complaints(path, settings))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_told_so(settings: Settings, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", GOOD)
    path.chmod(0)
    assert "cannot be read" in complaints(path, settings)[0]


def test_a_rule_is_judged_only_where_the_cells_it_needs_are_right(settings: Settings, tmp_path: Path) -> None:
    # The first row is under an order; with its status unreadable nobody can say whether that is wrong.
    assert len(complaints(write(tmp_path / "t.csv", changed(0, "status", "?")), settings)) == 1
