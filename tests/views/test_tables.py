import io
import math

import pytest
from rich.console import Console

from sim.views.tables import Column, Table, fitted, interval, number, percent, plain, rich_table, signed

TABLE = Table(
    "A title",
    (Column("name", left=True, wraps=True), Column("two\nlines"), Column("spare", spare=True)),
    (("a long label that has to be wrapped", "1.0", "x" * 30), ("b", "22.0", "")),
    ("A note.",),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (6123.4, "6,123"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.01234, "0.0123")],
)
def test_numbers_have_about_three_digits(value: float, text: str) -> None:
    assert number(value) == text
    assert number(-value) in (f"-{text}", "0")


def test_numbers_that_do_not_exist_are_said_to() -> None:
    nan = math.nan
    assert {number(nan), signed(nan), percent(nan), interval(nan, 1.0)} == {"n/a"}


def test_an_interval_has_both_ends_to_the_same_places() -> None:
    assert interval(-12.34, 0.1) == "-12.3 to 0.1"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (-0.416, "-41.6 %"), (0.0012, "+0.12 %"), (1e-9, "0.00 %"), (2.5, "+250 %"), (-1, "-100 %")],
)
def test_a_relative_change_is_in_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_plain_text_is_aligned_and_fits() -> None:
    lines = plain(TABLE, 60).splitlines()
    assert lines[0] == "A title"
    assert lines[-1] == "A note."
    assert max(map(len, lines)) <= 60
    assert lines[4].startswith("a long label")
    assert "spare" in lines[2]


def test_spare_columns_are_left_out_where_there_is_no_room() -> None:
    assert "spare" not in plain(TABLE, 40)
    assert len(fitted(TABLE, 200).columns) == 3


def test_a_terminal_shows_the_same_words_and_says_what_it_left_out() -> None:
    console = Console(width=40, record=True, force_terminal=True, file=io.StringIO())
    console.print(rich_table(TABLE, 40))
    text = console.export_text()
    assert "22.0" in text
    assert "A wider terminal also shows spare." in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 40
