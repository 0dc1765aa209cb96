"""What a report says, chapter by chapter: plain text and tables; `sim.views.report.page` sets them."""

from __future__ import annotations

import io
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from sim.outcomes.decisions import title_of as decision_title
from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.outcomes.flows import PLACES, STAGES
from sim.studies.compare import COMBINED, Effect
from sim.studies.explain import Row
from sim.studies.findings import Findings, LeverTold
from sim.studies.output import ROW_COLUMNS
from sim.studies.presets import DISPUTED
from sim.studies.sensitivity.design import METHODS
from sim.studies.sensitivity.indices import CHANCE
from sim.views.divergence import row_words
from sim.views.docs_library import bibliography
from sim.views.rankings import WORDS
from sim.views.report.figures import BY, WHO, effects_by, flow_halves, label_of, links_of
from sim.views.results import PER, count, effect_row, length, main_effects
from sim.views.sankey import sizes_of
from sim.views.tables import MISSING, Column, Table, interval, number, signed, with_half

MOST_PARTINGS: Final = 8
MOST_PARAMETERS: Final = 5
FEW_RESIDENTS: Final = 20_000
FEW_REPLICATIONS: Final = 10
SETTLED: Final = 365.0  # days of warm-up after which attitudes are near balance


def sources_of(levers: Sequence[LeverTold]) -> list[tuple[str, str, str]]:
    """Return title, year and address of what levers cite; of somebody's own bibliography the ids alone."""
    names = dict.fromkeys(name for lever in levers for name in lever.sources)
    found = ((name, bibliography().get(name)) for name in names)
    return [(x.title, str(x.year or ""), x.url or "") if x else (name, "", "") for name, x in found]


def parameters_of(lever: LeverTold) -> str:
    """Return the parameters of a lever as they were set."""
    return ", ".join(f"{name} = {value:g}" for name, value in lever.parameters.items())


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────
def overview(findings: Findings) -> Table:
    """Return the main outcomes with the effect of every lever."""
    outcomes = [o for o in OUTCOMES if o.main is True]
    columns = (
        Column("Outcome", left=True),
        Column("base"),
        *(Column(label_of(findings, lever)) for lever in findings.levers),
    )
    rows = tuple(
        (
            o.title,
            number(findings.effect(findings.levers[0], o.name).base),
            *(told(findings.effect(lever, o.name)) for lever in findings.levers),
        )
        for o in outcomes
    )
    return Table("What each lever changes: paired difference (95 % interval)", columns, rows)


def told(effect: Effect) -> str:
    """Return an effect in a cell: the difference with its interval, or why there is none to tell."""
    if effect.verdict == "change":
        return f"{signed(effect.difference)} ({interval(effect.ci_low, effect.ci_high)})"
    if effect.verdict == "below noise":
        return f"below noise ({interval(effect.ci_low, effect.ci_high)})"
    return effect.verdict


def effects_table(findings: Findings, lever: str) -> Table:
    """Return every outcome that a report tells, under one lever."""
    columns = (
        Column("Outcome", left=True),
        *(Column(title) for title in ("base", "with the lever", "difference", "95 % interval", "relative")),
        Column("verdict", left=True),
    )
    shown = main_effects(findings, lever)
    rows = tuple(effect_row(e)[: len(columns)] for e in shown)
    quiet = frozenset(k for k, e in enumerate(shown) if e.verdict != "change")
    return Table(f"All main outcomes, {PER} unless a unit is given", columns, rows, quiet=quiet)


def who_table(findings: Findings, lever: str) -> Table:
    """Return the effect of a lever on transfers and wrongful arrests, by status, group and record."""
    columns = (
        Column("Who", left=True),
        *(
            Column(f"{'ICE arrests of people who are not removable' if k else 'Transfers to ICE'}: {title}")
            for k in range(len(WHO))
            for title in ("base", "difference (95 % interval)")
        ),
    )
    found = {
        outcome: {(e.group, e.level): e for by in BY for e in effects_by(findings, lever, outcome, by)}
        for outcome in WHO
    }
    keys = [
        (by, level)
        for by in BY
        for level in findings.levels(by)
        if any((by, level) in x for x in found.values())
    ]
    rows = []
    for by, level in keys:
        cells = [f"{BY[by]}: {level.replace('_', ' ')}"]
        for outcome in WHO:
            effect = found[outcome].get((by, level))
            cells += ["0", "0"] if effect is None else [number(effect.base), told(effect)]
        rows.append(tuple(cells))
    note = (
        "All rates are per 100,000 residents of any kind and year, so that the lines of a breakdown add up. "
        "A record is that on the day of the event."
    )
    return Table("Who bears it", columns, tuple(rows), (note,))


# ── the flow ─────────────────────────────────────────────────────────────────────────────────────────────
def flow_table(findings: Findings, lever: str) -> Table:
    """Return the numbers of the flow's figure, place by place."""
    columns = (
        Column("Stage", left=True),
        Column("Place", left=True),
        Column("base"),
        Column("with the lever"),
    )
    base, other = (sizes_of(links_of(findings, world)) for world in ("base", lever))
    halves = [flow_halves(findings, world) for world in ("base", lever)]
    rows = tuple(
        (
            stage.words,
            PLACES[place],
            *map(_with_half, (base[place], other[place]), (h.get(place) for h in halves)),
        )
        for stage in STAGES
        for place in reversed(stage.places)
        if base[place] or other[place]
    )
    note = "± is half of the 95 % interval of a mean, for each world by itself."
    return Table(f"The flow in numbers, mean people {PER}", columns, rows, (note,) if all(halves) else ())


def _with_half(mean: float, half: float | None) -> str:
    return number(mean) if half is None else with_half(mean, half)


# ── where timelines part ─────────────────────────────────────────────────────────────────────────────────
def partings_table(findings: Findings, lever: str) -> Table:
    """Return where the timelines part of those whose transfer a lever averts or adds."""
    columns = (
        Column("Where the two worlds part", left=True),
        Column("in the base", left=True),
        Column("with the lever", left=True),
        *(Column(title) for title in ("people", "averted", "added", f"net {PER}", "95 % interval")),
    )
    rows = partings(findings, lever)
    shown = rows if len(rows) <= MOST_PARTINGS + 1 else rows[:MOST_PARTINGS]
    cells = [
        (
            decision_title(r.decision),
            *row_words(r),
            *(f"{x:,}" for x in (r.people, r.averted, r.added)),
            signed(r.net_per_100k),
            interval(r.ci_low, r.ci_high),
        )
        for r in shown
    ]
    if rest := rows[len(shown) :]:
        cells.append((f"{len(rest)} other kinds", "", "", *_sums(rest), ""))
    cells.append(("All", "", "", *_sums(rows), ""))
    return Table("Transfers to ICE: where people’s timelines part", columns, tuple(cells))


def partings(findings: Findings, lever: str) -> list[Row]:
    """Return the kinds of parting of a lever, those of most people first."""
    d = findings.divergence
    rows = d[(d["lever"] == lever) & (d["group"] == "")][list(ROW_COLUMNS)]
    return [Row(*values) for values in rows.itertuples(index=False, name=None)]


def _sums(rows: Sequence[Row]) -> tuple[str, ...]:
    numbers = (sum(getattr(r, name) for r in rows) for name in ("people", "averted", "added"))
    return (*(f"{x:,}" for x in numbers), signed(sum(r.net_per_100k for r in rows)))


# ── what the answer depends on ───────────────────────────────────────────────────────────────────────────
def ranking_table(findings: Findings) -> Table | None:
    """Return how the options rank under the presets, or None where these were not run."""
    if not findings.rankings:
        return None
    columns = (
        Column("Outcome", left=True),
        Column(f"Order, lowest first ({findings.presets[0].name})", left=True),
        Column("What can be said", left=True),
        Column("It hangs on", left=True),
    )
    rows = tuple(
        (
            BY_NAME[r.outcome].title,
            r.orders[findings.presets[0].name],
            r.label,
            r.because.replace("_", " ") if r.label == DISPUTED else "",
        )
        for r in findings.rankings
        if BY_NAME[r.outcome].main is True
    )
    return Table("How the options rank", columns, rows, WORDS)


def preset_table(findings: Findings, lever: str) -> Table | None:
    """Return the effect of a lever under each preset, or None where these were not run."""
    if not findings.presets:
        return None
    columns = (Column("Outcome", left=True), *(Column(p.title) for p in findings.presets))
    rows = tuple(
        (o.title, *(told(p.effects[lever, o.name]) for p in findings.presets))
        for o in OUTCOMES
        if o.main is True
    )
    title = f"{label_of(findings, lever)}: the difference under each set of assumptions"
    return Table(title, columns, rows)


def influence_tables(findings: Findings) -> list[Table]:
    """Return the parameters that most move outcomes or effects, if a sensitivity study is at hand."""
    if findings.sensitivity is None:
        return []
    title = "What moves the answer, among the parameters that were varied"
    table, about = findings.sensitivity.indices, study_notes(findings)
    if len(table) == 0 or not (table["value"] > 0).any():
        return [Table(title, (), (), ("No parameter that was varied moved any of these outcomes.", *about))]
    method = str(table["method"].iloc[0])
    chosen = table[(table["index"] == METHODS[method].main) & table["outcome"].isin(list(_HEADS))]
    columns = (Column("Of what", left=True), Column("Parameters that move it most", left=True))
    rows = []
    for (preset, kind, lever, outcome), found in chosen.groupby(
        ["preset", "kind", "lever", "outcome"], sort=False
    ):
        same = (table["preset"] == preset) & (table["kind"] == kind) & (table["lever"] == lever)
        luck = table[same & (table["outcome"] == outcome) & (table["index"] == CHANCE)]["value"]
        above = found[found["value"] > max(0.0, *luck)] if len(luck) else found[found["value"] > 0]
        top = above.sort_values("value", ascending=False).head(MOST_PARAMETERS)
        what = BY_NAME[str(outcome)].title + (f", effect of {lever}" if kind == "effect" else ", base")
        what += f" ({preset})" if preset else ""
        told = "; ".join(_influence(row) for row in top.to_dict("records"))
        rows.append((what, told or "none stands out"))
    sizes = table[["samples", "replications"]].iloc[0]
    each = count(int(sizes["replications"]), "replication")
    what = f"{METHODS[method].title}, {sizes['samples']} {METHODS[method].what}, {each} each."
    return [Table(title, columns, tuple(rows), (what, _INDEX[method], *about))]


_INDEX: Final = {
    "morris": "The numbers are mu*: by how much the outcome moves, in its unit, when the parameter "
    "does. In brackets: the 95 % interval; where it reaches 0, the influence may be luck.",
    "sobol": "The numbers are total indices: the share of the variance in which the parameter takes part. "
    "In brackets: the 95 % interval; where it reaches 0, the influence may be luck.",
    "pawn": "The numbers are median Kolmogorov-Smirnov distances, from 0 to 1, of the parameters "
    "that are above what one without any influence reaches by luck. In brackets: the 95 % interval.",
}


def study_notes(findings: Findings) -> list[str]:
    """Return what a sensitivity study was a study of, where that is not what the report is about."""
    if findings.sensitivity is None or not findings.sensitivity.about:
        return []
    about, s = findings.sensitivity.about, findings.settings
    found = []
    if Path(str(about.get("scenario", ""))).stem != Path(findings.scenario).stem:
        found.append(f"scenario {about.get('scenario')}")
    arms = [str(arm) for arm in about.get("arms", ())][1:]
    if set(arms) != set(findings.levers) - {COMBINED}:
        found.append(f"levers {', '.join(arms) or 'none'}")
    sizes = tuple(about.get(k) for k in ("residents", "days", "warm_up"))
    if sizes != (s.residents, s.days, s.warm_up):
        residents, days, warm_up = sizes
        found.append(f"{residents:,} residents, {days:g} days" + (f" after {warm_up:g}" if warm_up else ""))
    return [f"The study was of another world than this page: {'; '.join(found)}."] if found else []


_HEADS: Final = ("transfers", "reporting_rate", "victimization", "fear")


def _influence(row: Mapping[Any, Any]) -> str:
    low, high = row["ci_low"], row["ci_high"]
    spread = "" if pd.isna(low) else f" ({low:.2g} to {high:.2g})"
    return f"{row['parameter']} {row['value']:.2g}{spread}"


# ── limits, and how to run it again ──────────────────────────────────────────────────────────────────────
def limits(findings: Findings) -> list[str]:
    """Return what a reader should keep in mind of this run; the page adds what holds for all."""
    s = findings.settings
    found = []
    if s.residents < FEW_RESIDENTS:
        few = (
            f"The sample has {s.residents:,} residents: with fewer than {FEW_RESIDENTS:,} limits of capacity "
        )
        found.append(few + "(jail beds above all) are felt more than a county would feel them.")
    if s.replications < FEW_REPLICATIONS:
        few = f"{count(s.replications, 'replication')}: intervals from so few are wide, and rare outcomes "
        found.append(few + "may not have been met.")
    if s.warm_up < SETTLED:
        start = "Jail, detention and attitudes are not in balance on the first day; trust and fear settle in "
        start += f"about a year (--warm-up {SETTLED:g}). "
        found.append(start + "Differences between twins are less touched than levels.")
    tested = sum(1 for e in findings.effects if e.verdict in ("change", "below noise"))
    many = f"Intervals are for one outcome at a time. {tested:,} were looked at here; where nothing changes, "
    found.append(many + "about one in twenty would leave zero out by luck.")
    return found


def again(findings: Findings) -> list[tuple[str, str]]:
    """Return what it takes to run the same again, as names and values."""
    m = findings.manifest
    seeds = [str(x) for x in m["seeds"]]
    some = ", ".join(seeds[:4]) + (f", … ({len(seeds)} in all)" if len(seeds) > 4 else "")
    found = [
        ("Command", shlex.join(m["command"])) if m["command"] else ("Command", MISSING),
        ("Scenario", f"{findings.name} ({findings.scenario})"),
        ("Size", f"{findings.settings.residents:,} residents, {length(findings.settings)}"),
        ("Seed", f"{findings.settings.seed}, {count(findings.settings.replications, 'replication')}: {some}"),
        ("Code", f"version {m['code']['version']}, {m['code']['digest']}"),
        ("Packages", ", ".join(f"{name} {version}" for name, version in m["packages"].items())),
        ("Python", str(m["python"])),
    ]
    return found + [(f"World {w['name']}", w["digest"]) for w in m["worlds"]]


def scenario_text(findings: Findings, world: str = "base") -> str:
    """Return the resolved scenario of a world as a scenario file."""
    from sim.views.scenarios import yaml_of

    data = next(w for w in findings.manifest["worlds"] if w["name"] == world)
    stream = io.StringIO()
    yaml_of(data["resolved"], stream)
    for phase in data["phases"][1:]:
        stream.write(f"# from day {phase['day']:g}: levers {', '.join(phase['levers']) or 'none'}\n")
    return stream.getvalue()


def changed(findings: Findings, lever: str) -> str:
    """Return in a line how many outcomes a lever moves, so that a page without changes says so."""
    world = findings.world(lever)
    if world.same_as_base:
        return "By the rules, this lever can change nothing here. " + (world.why_nothing or "")
    if findings.is_equal(lever):
        none = (
            "No pair of worlds differed in anything that is counted, which may be too rare for these runs. "
        )
        return none + (world.why_nothing or "")
    effects = [findings.effect(lever, o.name) for o in OUTCOMES if o.main is True]
    many = sum(1 for e in effects if e.verdict == "change")
    return f"Of {len(effects)} main outcomes, {many} can be told from no change by these runs."
