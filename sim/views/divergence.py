"""Why two worlds differ, as tables for people, as plain data for programs and as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sim.outcomes.decisions import BY_CHANNEL, DECISIONS, title_of, words_for
from sim.outcomes.files import write_bytes, write_json, write_rows
from sim.scenario.loader import LoadedScenario
from sim.studies.explain import BY, Divergence, Row, kind_names, worded
from sim.studies.output import DIVERGENCE_COLUMNS, divergence_rows, manifest
from sim.views.figures import saver
from sim.views.results import PER, about, count
from sim.views.tables import EXTRA, Column, Table, fixed, interval, signed
from sim.views.waterfall import decimals_of, divergence_figure

MOST: Final = 12  # rows of the short table
WHO: Final = ("age", "status", "group", "neighbourhood", "record")
READING: Final = (
    (
        "Everybody is compared with their twin in the other world: the same person, the same luck. Their "
        "timelines part at the first event that only one of the two has; nothing then: the other world has "
        "no event in its place. Listed are all to whom the outcome happens more often in one world."
    ),
    (
        "averted, added: outcome events that these people have only in the base, only with the lever. "
        "same case: how many part in the very chain of events that brings the outcome; for the others "
        "something earlier in their lives differs first."
    ),
)


# ── where timelines part ─────────────────────────────────────────────────────────────────────────────────
def divergence_tables(d: Divergence, *, by: str = "", everything: bool = False) -> list[Table]:
    """Return how the difference adds up and where timelines part, also by a breakdown where one is named."""
    tables = [Table(f"Base: {about(d.worlds[0], d.settings)}", (), (), notes_on(d)), _sums(d)]
    if len(d.partings) == 0:
        return tables
    tables.append(_partings(d, everything=everything))
    if by:
        tables.append(_by(d, by))
    return [*tables, Table("", (), (), READING)]


def notes_on(d: Divergence) -> tuple[str, ...]:
    """Return what keeps people from being compared with themselves."""
    if not d.changed_people:
        return ()
    many = count(d.changed_people, "resident")
    return (f"The lever changes who {many} are on the first day, over all replications: those are no twins.",)


def lever_title(levers: Sequence[str], worlds: Sequence[LoadedScenario]) -> str:
    """Return the levers as they were asked for, with their titles; they make one world."""
    titles = [use.file.title for use in worlds[1].levers[-len(levers) :]]
    return f"{' + '.join(levers)}: {' + '.join(titles)}"


def _sums(d: Divergence) -> Table:
    """Return what is averted and added between the base's number and the lever's."""
    columns = (
        Column(d.outcome.label, left=True, wraps=True),
        Column("events"),
        Column("per 100,000\nand year"),
    )
    base, lever = d.events
    rows, places = d.rows(), decimals_of(d)
    averted, added = sum(r.averted for r in rows), sum(r.added for r in rows)
    cells = (
        ("in the base", f"{base:,}", fixed(base * d.per_100k, places)),
        ("averted", _change(-averted), fixed(-averted * d.per_100k, places, sign=True)),
        ("added", _change(added), fixed(added * d.per_100k, places, sign=True)),
        ("with the lever", f"{lever:,}", fixed(lever * d.per_100k, places)),
    )
    if len(d.partings):
        e = d.effect
        parts = f"(95 % interval {interval(e.ci_low, e.ci_high)})" if e.replications > 1 else ""
        of = count(d.settings.replications, "replication")
        notes = [
            f"Events of {of}. The paired difference is {signed(e.difference)} {PER} {parts}".strip() + "."
        ]
    else:
        why = d.why_nothing()
        notes = ["Nobody has more of these in one world than in the other: there is nothing to explain."]
        notes += [why] if why else []
    return Table(lever_title(d.levers, d.worlds), columns, cells, tuple(notes))


def _change(events: int) -> str:
    return f"{events:+,}" if events else "0"


def _partings(d: Divergence, *, everything: bool) -> Table:
    columns = (
        Column("Where timelines part", left=True, wraps=True),
        Column("in the base", left=True, wraps=True),
        Column("with the lever", left=True, wraps=True),
        Column("people"),
        Column("averted"),
        Column("added"),
        Column("\nnet"),
        Column("net per\n100,000\nand year"),
        Column("\n95 %\ninterval", spare=EXTRA),
        Column("\nsame\ncase", spare=1),
    )
    rows = d.rows()
    shown = rows if everything or len(rows) <= MOST + 1 else rows[:MOST]
    cells = [(title_of(r.decision), *row_words(r), *_numbers(d, (r,))) for r in shown]
    if rest := rows[len(shown) :]:
        cells.append((f"{len(rest)} other kinds (--all shows them)", "", "", *_numbers(d, rest)))
    cells.append(("All", "", "", *_numbers(d, rows)))
    return Table("", columns, tuple(cells))


def _numbers(d: Divergence, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return people, events and rates of some rows together, and the interval of one."""
    net = sum(r.net for r in rows)
    spread = interval(rows[0].ci_low, rows[0].ci_high) if len(rows) == 1 else ""
    sums = [sum(getattr(r, name) for r in rows) for name in ("people", "averted", "added", "same_case")]
    people, averted, added, same = (f"{x:,}" for x in sums)
    rate = fixed(net * d.per_100k, decimals_of(d), sign=True)
    return people, averted, added, _change(net), rate, spread, same


def _by(d: Divergence, by: str) -> Table:
    """Return the net events of each decision point by the levels of a breakdown."""
    net: dict[str, dict[str, int]] = {r.decision: {} for r in d.rows(summed=True)}
    for row in d.rows(by, summed=True):
        net[row.decision][row.level] = row.net
    columns = (
        Column(f"Net events by {_label(by)}", left=True, wraps=True),
        *(Column(level.replace("_", " ")) for level in BY[by]),
        Column("all"),
    )
    cells = [
        (title_of(name), *(_change(of.get(level, 0)) for level in BY[by]), _change(sum(of.values())))
        for name, of in net.items()
    ]
    sums = [sum(of.get(level, 0) for of in net.values()) for level in BY[by]]
    cells.append(("All", *map(_change, sums), _change(sum(sums))))
    notes = ("A record is that of the first day.",) if by == "record" else ()
    return Table("", columns, tuple(cells), notes)


def _label(by: str) -> str:
    return {"group": "perceived group", "record": "criminal record"}.get(by, by)


def row_words(row: Row) -> tuple[str, str]:
    """Return what happened in the base and with the levers, in words that tell the two apart."""
    return pair_words(row.base_event, row.base_channel, row.lever_event, row.lever_channel, row.sooner)


def pair_words(
    base_event: str, base_channel: str, lever_event: str, lever_channel: str, sooner: str
) -> tuple[str, str]:
    """Return the events of a parting in words, from the names that `kind_names` gives."""
    base, lever = (
        words_for(event, channel) + _by_way_of(event, channel)
        for event, channel in ((base_event, base_channel), (lever_event, lever_channel))
    )
    if sooner:
        first, second = (", sooner", ", later") if sooner == "base" else (", later", ", sooner")
        return base + first, lever + second
    return base, lever + (", by somebody else" if base == lever else "")


def _by_way_of(event: str, channel: str) -> str:
    return f" ({channel.replace('_', ' ')})" if channel and event not in BY_CHANNEL else ""


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────
def found_tables(d: Divergence, world: str, limit: int) -> list[Table]:
    """Return those to whom the outcome happens in one world alone (`base` or `lever`), at most `limit`."""
    people = found_people(d, world)
    where = "in the base" if world == "base" else "with the lever"
    many = "1 person" if len(people) == 1 else f"{len(people):,} people"
    title = f"{d.outcome.label}, only {where}: {many}"
    columns = (
        Column("repli-\ncation"),
        Column("resi-\ndent"),
        Column("age"),
        Column("status", left=True),
        Column("perceived\ngroup", left=True),
        Column("record", left=True, spare=1),
        Column("day"),
        Column("where timelines part", left=True, wraps=True),
        Column("in the base", left=True, wraps=True, spare=EXTRA),
        Column("with the lever", left=True, wraps=True, spare=EXTRA),
    )
    cells = tuple(
        (
            f"{p['replication']}",
            f"{p['resident']}",
            *(str(p[name]).replace("_", " ") for name in ("age", "status", "group", "record")),
            f"{p['day']:.1f}",
            p["decision_words"],
            p["base_words"],
            p["lever_words"],
        )
        for p in people[:limit]
    )
    notes = (
        [f"{len(people) - limit:,} more: --limit says how many are listed."] if len(people) > limit else []
    )
    if people:
        notes.append("--resident N --replication R shows the two timelines of one of them, who is synthetic.")
    head = Table(
        f"Base: {about(d.worlds[0], d.settings)}", (), (), (lever_title(d.levers, d.worlds), *notes_on(d))
    )
    return [head, Table(title, columns if people else (), cells, tuple(notes))]


def who_words(who: dict[str, Any]) -> str:
    """Return who a synthetic person is."""
    status, record = (str(who[name]).replace("_", " ") for name in ("status", "record"))
    place = f"neighbourhood {who['neighbourhood']}"
    return f"age {who['age']}, {status}, perceived as {who['group']}, {place}, record: {record}"


def found_people(d: Divergence, world: str) -> list[dict[str, Any]]:
    """Return as plain data those to whom the outcome happens in one world alone."""
    found = []
    for p in d.only_in(world):
        names = kind_names(p)
        decision = DECISIONS[p["decision"]]
        words = dict(zip(("base_words", "lever_words"), pair_words(*names), strict=True))
        found.append(
            {
                "replication": int(p["replication"]),
                "resident": int(p["resident"]),
                **{name: worded(name, int(p[name])) for name in WHO},
                "day": float(p["time"]),
                "decision": decision.name,
                "decision_words": decision.words,
                "base_event": names[0],
                "lever_event": names[2],
                **words,
                "events": {"base": int(p["base_count"]), "lever": int(p["lever_count"])},
                "same_case": bool(p["same_case"]),
            }
        )
    return found


# ── for programs ─────────────────────────────────────────────────────────────────────────────────────────
def divergence_data(d: Divergence, *, by: str = "") -> dict[str, Any]:
    """Return a divergence as plain data: what adds up, and every kind of parting, also by a breakdown."""
    sides = {
        name: {"events": events, "per_100k": events * d.per_100k}
        for name, events in zip(("base", "lever"), d.events, strict=True)
    }
    return {
        "scenario": d.worlds[0].path.stem,
        "name": d.worlds[0].settings.name,
        "lever": d.lever,
        "levers": [use.label for use in d.worlds[1].levers[-len(d.levers) :]],
        "outcome": d.outcome.name,
        "label": d.outcome.label,
        "unit": d.outcome.unit,
        "settings": asdict(d.settings),
        "worlds": sides,
        "difference": {
            "events": d.events[1] - d.events[0],
            "per_100k": d.effect.difference,
            "ci_low": d.effect.ci_low,
            "ci_high": d.effect.ci_high,
        },
        "partings": [_row_data(row) for row in d.rows()],
        "by": by or None,
        "partings_by": [_row_data(row) for row in d.rows(by)] if by else [],
        "changed_people": d.changed_people,
        "why_nothing": d.why_nothing(),
    }


def _row_data(row: Row) -> dict[str, Any]:
    base, lever = row_words(row)
    words = {"decision_words": title_of(row.decision), "base_words": base, "lever_words": lever}
    return asdict(row) | words


def found_data(d: Divergence, world: str, limit: int) -> dict[str, Any]:
    """Return as plain data whom `found_tables` lists."""
    people = found_people(d, world)
    return {
        "scenario": d.worlds[0].path.stem,
        "lever": d.lever,
        "outcome": d.outcome.name,
        "only_in": world,
        "settings": asdict(d.settings),
        "found": len(people),
        "people": people[:limit],
    }


def write_divergence(folder: Path, d: Divergence, *, seconds: float, command: Sequence[str]) -> list[Path]:
    """Write the partings in total and by every breakdown, the figure and the manifest."""
    written = [folder / name for name in ("divergence.csv", "divergence.png", "manifest.json")]
    write_rows(written[0], DIVERGENCE_COLUMNS, divergence_rows([d]))
    write_bytes(written[1], saver(divergence_figure(d), "png"))
    names = ("base", d.lever)
    write_json(written[2], manifest(names, d.worlds, d.settings, seconds, command))
    return written
