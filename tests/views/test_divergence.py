"""Why worlds differ, as it is shown: tables, figure, files and one person's two timelines."""

import csv
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.studies.explain import BY, Divergence, explain
from sim.studies.follow import Lives, follow
from sim.views.divergence import (
    DIVERGENCE_COLUMNS,
    divergence_data,
    divergence_tables,
    found_data,
    found_tables,
    pair_words,
    row_words,
    write_divergence,
)
from sim.views.lives import PARTED, life_data, life_tables
from sim.views.tables import plain
from sim.views.waterfall import bars_of, divergence_figure

SIZE = {"residents": 3_000, "days": 120, "replications": 2}


@pytest.fixture(scope="module")
def bookings() -> Divergence:
    return explain("base", ["cite_and_release=0.9"], outcome="bookings", **SIZE)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def several() -> Divergence:
    """Give partings at several decisions."""
    large = {"residents": 20_000, "days": 365, "replications": 2}
    levers = ["prints_kept_local", "cite_and_release=0.9", "workplace_raid"]
    why = explain("base", levers, outcome="ice_arrests", **large)  # type: ignore[arg-type]
    assert len(why.rows(summed=True)) > 2
    return why


@pytest.fixture(scope="module")
def nothing() -> Divergence:
    return explain("base", ["null"], outcome="bookings", **SIZE)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def life(bookings: Divergence) -> Lives:
    person = bookings.only_in("base")[0]
    number, replication = int(person["resident"]), int(person["replication"])
    return follow("base", ["cite_and_release=0.9"], number, replication=replication, **SIZE)  # type: ignore[arg-type]


def text_of(tables: list) -> str:  # type: ignore[type-arg]
    return "\n".join(plain(table) for table in tables)


def words(figure: Figure) -> str:
    return " | ".join(" ".join(t.get_text().split()) for t in figure.findobj(Text) if isinstance(t, Text))


def numbers(text: str, first: str) -> list[int]:
    line = next(x for x in text.splitlines() if x.startswith(first))
    return [
        int(x.replace(",", ""))
        for x in line[len(first) :].split()
        if x.lstrip("+-").replace(",", "").isdigit()
    ]


def test_what_is_shown_adds_up_from_the_base_to_the_lever(bookings: Divergence) -> None:
    text = text_of(divergence_tables(bookings))
    base, averted, added, lever = (
        numbers(text, first)[0] for first in ("in the base", "averted", "added", "with the lever")
    )
    assert (base, lever) == bookings.events
    assert base + averted + added == lever
    people, away, more, net, *_ = numbers(text, "All ")
    assert (people, -away, more, net) == (len(bookings.partings), averted, added, lever - base)


def test_rare_kinds_are_summed_unless_all_are_asked_for(
    several: Divergence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.views.divergence.MOST", 1)
    short, long = divergence_tables(several), divergence_tables(several, everything=True)
    assert "other kinds" in text_of(short)
    assert "other kinds" not in text_of(long)
    for tables in (short, long):
        body = tables[2].rows
        assert sum(int(row[3]) for row in body[:-1]) == int(body[-1][3]) == len(several.partings)
        assert sum(int(row[6]) for row in body[:-1]) == int(body[-1][6])


@pytest.mark.parametrize("by", list(BY))
def test_a_breakdown_adds_up_both_ways(bookings: Divergence, by: str) -> None:
    table = divergence_tables(bookings, by=by)[3]
    rows = np.array([[int(x.replace(",", "")) for x in row[1:]] for row in table.rows])
    assert (rows[:, :-1].sum(axis=1) == rows[:, -1]).all()
    assert (rows[:-1].sum(axis=0) == rows[-1]).all()
    assert rows[-1, -1] == bookings.events[1] - bookings.events[0]


def test_the_two_sides_of_every_row_are_told_apart(bookings: Divergence) -> None:
    for row in bookings.rows():
        base, lever = row_words(row)
        assert base != lever


def test_words_tell_apart_what_has_one_name() -> None:
    assert pair_words("review", "", "review", "", "lever") == (
        "reviewed by ICE, later",
        "reviewed by ICE, sooner",
    )
    assert pair_words("match", "booking_prints", "match", "jail_roster", "") == (
        "match (booking prints)",
        "match (jail roster)",
    )
    assert pair_words("arrest", "", "arrest", "", "") == ("arrested", "arrested, by somebody else")
    assert pair_words("nothing", "", "data_withheld", "jail_roster", "") == (
        "nothing then",
        "jail roster withheld by rule",
    )


def test_a_lever_that_changes_nothing_says_so(nothing: Divergence) -> None:
    text = text_of(divergence_tables(nothing, by="status"))
    assert "nothing to explain" in text
    assert "null changes nothing in this scenario." in text
    assert "Where timelines part" not in text
    assert divergence_data(nothing)["partings"] == []
    assert "nothing to explain" in words(divergence_figure(nothing))


@pytest.mark.parametrize("most", [1, 9])
def test_the_steps_of_the_figure_lead_from_the_base_to_the_lever(
    several: Divergence, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.views.waterfall.MOST", most)
    bars = bars_of(several)
    assert len(bars) > 1
    assert bars[0].start == pytest.approx(several.events[0] * several.per_100k)
    assert bars[-1].end == pytest.approx(several.events[1] * several.per_100k)
    assert all(one.end == other.start for one, other in itertools.pairwise(bars))
    assert all(bar.net == pytest.approx(bar.added - bar.averted) for bar in bars)


def test_the_figure_says_what_it_shows(bookings: Divergence) -> None:
    said = words(divergence_figure(bookings))
    for part in ("Jail bookings: where two worlds part", "Cite and release", "Base", "With the lever"):
        assert part in said
    assert "Per 100,000 residents and year" in said
    assert "2 replications of 3,000 residents for 120 days, seed 1." in said
    assert "Whether the arrest ends in jail" in said


def test_a_figure_that_does_not_begin_at_zero_says_so_and_draws_no_bars_from_there() -> None:
    why = explain("base", ["cite_and_release=0.05"], outcome="stops", **SIZE)  # type: ignore[arg-type]
    figure = divergence_figure(why)
    cut = figure.axes[0].get_xlim()[0] > 0
    assert cut == ("does not begin at zero" in words(figure))
    assert cut == (len(why.partings) > 0)


def test_files_hold_every_row_in_total_and_by_level(bookings: Divergence, tmp_path: Path) -> None:
    written = write_divergence(tmp_path, bookings, seconds=1.0, command=["sim"])
    assert [path.name for path in written] == ["divergence.csv", "divergence.png", "manifest.json"]
    with written[0].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == DIVERGENCE_COLUMNS
    for by in ("", *BY):
        net = sum(int(row["net"]) for row in rows if row["group"] == by)
        assert net == bookings.events[1] - bookings.events[0]
    assert written[1].read_bytes().startswith(b"\x89PNG")
    about = json.loads(written[2].read_text(encoding="utf-8"))
    assert [world["name"] for world in about["worlds"]] == ["base", "cite_and_release=0.9"]


def test_the_same_study_gives_the_same_figure(bookings: Divergence, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        write_divergence(folder, bookings, seconds=1.0, command=["sim"])
    one, other = ((folder / "divergence.png").read_bytes() for folder in folders)
    assert one == other


def test_a_list_says_how_many_more_there_are(bookings: Divergence) -> None:
    found = len(bookings.only_in("base"))
    assert found > 2
    text = text_of(found_tables(bookings, "base", 2))
    assert f"{found - 2} more" in text
    assert f"only in the base: {found} people" in text
    data = found_data(bookings, "base", 2)
    assert data["found"] == found
    assert len(data["people"]) == 2
    assert "more" not in text_of(found_tables(bookings, "base", found)).partition("people")[2]


def test_two_timelines_stand_side_by_side_and_the_parting_is_marked_once(life: Lives) -> None:
    head, table = life_tables(life)
    assert "A synthetic person." in head.title
    marks = [k for k, row in enumerate(table.rows) if row[1] == PARTED]
    assert len(marks) == 1
    assert all(row[1] == row[2] for row in table.rows[: marks[0]])
    assert table.rows[marks[0] + 1][1] != table.rows[marks[0] + 1][2]
    assert "The timelines part on day" in plain(table)


def test_timelines_as_data_hold_the_same(life: Lives) -> None:
    data = life_data(life)
    assert data["parted"] == life.parted
    assert len(data["moments"]) == len(life.moments)
    json.dumps(data)
