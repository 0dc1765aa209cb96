"""One synthetic resident's two timelines, side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sim.outcomes.decisions import BY_CHANNEL, words_for
from sim.studies.follow import Happening, Lives
from sim.views.divergence import lever_title, who_words
from sim.views.tables import Column, Table

PARTED: Final = "– here they part –"


def life_tables(lives: Lives) -> list[Table]:
    """Return who the person is, and both timelines with the place where they part."""
    where = f"Resident {lives.resident} of replication {lives.replication}, seed {lives.settings.seed}"
    person = f"{where}: {who_words(lives.who)}. A synthetic person."
    head = Table(
        person, (), (), (f"{lives.worlds[0].settings.name}; {lever_title(lives.levers, lives.worlds)}",)
    )
    columns = (
        Column("day"),
        Column("in the base", left=True, wraps=True),
        Column("with the lever", left=True, wraps=True),
    )
    cells: list[tuple[str, str, str]] = []
    parted = False
    for moment in lives.moments:
        if moment.parted and not parted:
            cells.append(("", PARTED, PARTED))
        parted = moment.parted
        cells.append((f"{moment.day:.2f}", _said(moment.base), _said(moment.lever)))
    return [head, Table("", columns if cells else (), tuple(cells), _notes(lives))]


def _notes(lives: Lives) -> tuple[str, ...]:
    days = f"{lives.settings.warm_up + lives.settings.days:g} days"
    if not lives.moments:
        return (f"Nothing is recorded of this person in {days}, in either world.",)
    if lives.parted is None:
        return (f"Both timelines are the same over {days}.",)
    since = lives.settings.warm_up
    counted = f" Outcomes count from day {since:g}." if since else ""
    return (f"The timelines part on day {lives.parted:.2f} of {days}.{counted}",)


def _said(happening: Happening | None) -> str:
    """Return an event in words, with the channel, agency and jail that it names."""
    if happening is None:
        return ""
    words = words_for(happening.event, happening.channel)
    channel = "" if happening.event in BY_CHANNEL else happening.channel
    of = [x.replace("_", " ") for x in (channel, happening.jail or happening.agency) if x]
    return f"{words} ({', '.join(of)})" if of else words


def life_data(lives: Lives) -> dict[str, Any]:
    """Return both timelines as plain data."""
    return {
        "scenario": lives.worlds[0].path.stem,
        "lever": " + ".join(lives.levers),
        "settings": asdict(lives.settings),
        "replication": lives.replication,
        "resident": lives.resident,
        "who": lives.who,
        "parted": lives.parted,
        "moments": [asdict(moment) for moment in lives.moments],
    }
