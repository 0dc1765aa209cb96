import io
import math
import re
from collections import Counter
from collections.abc import Sequence

import pytest
from rich.console import Console

import sim
from sim.studies.validate import ValidationRow
from sim.views import results, scenarios
from sim.views.tables import (
    EXTRA,
    Column,
    Table,
    fits,
    fitted,
    interval,
    number,
    percent,
    plain,
    rich_table,
    signed,
)

TABLE = Table(
    "A title",
    (Column("name", left=True, wraps=True), Column("two\nlines"), Column("spare", spare=1)),
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


def test_what_is_tiny_is_not_written_as_zero() -> None:
    assert (number(2.5e-8), signed(-2.5e-8)) == ("2.5e-08", "-2.5e-08")
    assert interval(-4e-8, -1e-8) == "-4.0e-08 to -1.0e-08"
    assert (number(0.0), signed(0.0), interval(0.0, 0.0)) == ("0", "0", "0 to 0")
    assert number(6e-7) == "0.000001"


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


def test_columns_that_matter_least_are_left_out_first() -> None:
    ranks = (0, 2, 1, 3)
    columns = tuple(Column(str(rank), spare=rank) for rank in ranks)
    table = Table("", columns, (("x" * 10,) * 4,))
    shown = [[c.title for c in fitted(table, width).columns] for width in (46, 45, 33, 21, 1)]
    assert shown == [["0", "2", "1", "3"], ["0", "2", "1"], ["0", "1"], ["0"], ["0"]]


def test_a_label_gives_way_before_a_column_is_left_out() -> None:
    columns = (Column("label", left=True, wraps=True), Column("value"), Column("spare", spare=1))
    table = Table("", columns, (("some words of a label", "1,234", "5,678"),))
    assert len(plain(table, 100).splitlines()) == 3
    narrow = plain(table, 20).splitlines()
    assert "spare" in narrow[0]
    assert narrow[2:] == ["some    1,234  5,678", "words", "of a", "label"]


def test_a_column_that_is_an_extra_is_left_out_before_a_label_gives_way() -> None:
    columns = (Column("label", left=True, wraps=True), Column("value"), Column("spare", spare=EXTRA))
    table = Table("", columns, (("some words of a label", "1,234", "5,678"),))
    assert plain(table, 32).splitlines()[2:] == ["some words of a     1,234  5,678", "label"]
    assert plain(table, 31).splitlines()[2:] == ["some words of a label  1,234"]
    assert plain(table, 13).splitlines()[2:] == ["some    1,234", "words", "of a", "label"]


def on_terminal(table: Table, width: int) -> str:
    console = Console(width=width, record=True, force_terminal=True, file=io.StringIO())
    console.print(rich_table(table, width))
    return console.export_text()


def words(texts: Sequence[str]) -> Counter[str]:
    return Counter(word.strip(",") for text in texts for word in text.split())


def finding(verdict: str, what: str = "bookings of undocumented people") -> ValidationRow:
    return ValidationRow(
        id="F9",
        what=what,
        regime="the country in 2025",
        target=60.0,
        low=5_400.0,
        high=8_000.0,
        value=6_123.4,
        mcse=12.3,
        unit="per 100,000 and year",
        verdict=verdict,
        source="prison_policy_misdemeanor_2025",
        fitted=True,
    )


@pytest.fixture(scope="module")
def shown() -> dict[str, Table]:
    """Give the tables of every verb that shows numbers."""
    sizes = {"residents": 3_000, "days": 30, "replications": 3}
    compared = sim.compare("base", ["cite_and_release=0.9"], **sizes)  # type: ignore[arg-type]
    run = sim.run("base", **sizes)  # type: ignore[arg-type]
    return {
        "effects": results.comparison_tables(compared, everything=True)[1],
        "funnel": results.run_tables(run, everything=False)[0],
        "outcomes": results.run_tables(run, everything=True)[1],
        "findings": results.validation_tables([finding("within"), finding("undecided", what="stops")])[0],
        "parameters": scenarios.parameter_table(sim.load("base")),
        "rules": scenarios.rule_table(sim.load("places/davidson_tn"), "detainer.response"),
    }


@pytest.mark.parametrize("width", [30, 40, 50, 60, 80, 100, 120, 200])
@pytest.mark.parametrize("name", ["effects", "funnel", "outcomes", "findings", "parameters", "rules"])
def test_no_word_is_cut_that_a_line_can_hold(shown: dict[str, Table], name: str, width: int) -> None:
    table = shown[name]
    text = on_terminal(table, width)
    narrow = fitted(table, width)
    cells = (narrow if fits(narrow, width) else table).rows
    told = words([cell for row in cells for cell in row])
    fitting = Counter({word: count for word, count in told.items() if len(word) <= width - len("    ,")})
    assert len(fitting) > 5
    assert fitting - words([text]) == Counter()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width


def test_what_matters_is_in_columns_on_a_narrow_terminal(shown: dict[str, Table]) -> None:
    def heads(name: str, width: int) -> str:
        return " ".join(" ".join(c.title for c in fitted(shown[name], width).columns).split())

    assert re.fullmatch("Outcome( base)? differ- ence 95 % interval verdict", heads("effects", 60))
    assert re.match("From stop to removal per 100,000 and year( events a run)?", heads("funnel", 40))
    assert all(fits(fitted(shown[name], 60), 60) for name in ("effects", "funnel", "outcomes", "findings"))


def test_a_table_that_no_terminal_could_hold_becomes_a_list_of_all_it_has() -> None:
    columns = (Column("what", left=True), Column("a\nnumber"), Column("differ-\nence"), Column("", spare=1))
    table = Table(
        "Title", columns, (("first", "123,456", "-1,234", "x"), ("second", "7", "", "y")), ("Note.",)
    )
    text = [line.rstrip() for line in on_terminal(table, 22).splitlines()]
    assert text == [
        "Title",
        "first",
        "  a number 123,456,",
        "  difference -1,234, x",
        "second",
        "  a number 7, y",
        "Note.",
    ]


def test_a_pipe_gets_every_column_of_a_table_for_programs() -> None:
    head = plain(scenarios.parameter_table(sim.load("base"))).splitlines()[0].split()
    assert head == ["path", "value", "unit", "bounds", "range", "role", "source"]


def test_a_terminal_shows_the_same_words_and_says_what_it_left_out() -> None:
    text = on_terminal(TABLE, 40)
    assert "22.0" in text
    assert "A wider terminal also shows spare." in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 40


def test_an_operation_shows_its_stops_and_arrests_as_events_where_there_are_any() -> None:
    sizes = {"residents": 20_000, "days": 80, "replications": 2}
    run = sim.run("base", **sizes)  # type: ignore[arg-type]
    quiet = results.run_tables(run, everything=False)[1]
    labels = ("Stops of saturation operations", "ICE arrests at stops")
    assert not {row[0] for row in quiet.rows} & set(labels)
    sent = sim.run("base", ["saturation_operation=stops:300,officers:18"], **sizes)  # type: ignore[arg-type]
    table = results.run_tables(sent, everything=False)[1]
    events = [column.title for column in table.columns].index("events\na run")
    found = {row[0]: row[events] for row in table.rows}
    stops = [r.counts["saturation_stop"] for r in sent.results]
    assert sum(stops) > 100
    assert found[labels[0]] == number(sum(stops) / 2)
    assert labels[1] in found
