"""Results as tables for people and as plain data for programs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from sim.engine.candidates import DAYS_A_YEAR
from sim.outcomes.definitions import BY_NAME, OUTCOMES, RATE, Outcome
from sim.scenario.loader import LoadedScenario
from sim.studies.compare import COMBINED, Comparison, Effect
from sim.studies.run import Run, Summary
from sim.studies.simulate import Settings
from sim.views.tables import EXTRA, MISSING, Column, Table, interval, number, percent, signed

if TYPE_CHECKING:
    from sim.studies.validate import ValidationRow

# The pathway in its order.  People arrested at large join it at detention.
FUNNEL: Final = {
    "stops": "Stops",
    "arrests": "Arrests",
    "bookings": "Bookings",
    "prints_shared": "Prints shared",
    "matches": "Matches",
    "detainers": "Detainers",
    "holds": "Held beyond release",
    "transfers": "Transfers to ICE",
    "detentions": "Detentions",
    "removals": "Removals",
}
PER: Final = "per 100,000 residents and year"


class Compared(Protocol):
    """What figures and tables need of a comparison: one that has just been run, or is read from its files."""

    @property
    def name(self) -> str:
        """Name of the scenario."""

    @property
    def names(self) -> tuple[str, ...]:
        """`base` and the levers as they were asked for."""

    @property
    def settings(self) -> Settings:
        """Sample, length, seed, replications."""

    @property
    def effects(self) -> Sequence[Effect]:
        """The paired effects."""

    def effect(self, lever: str, outcome: str, group: str = "", level: str = "") -> Effect:
        """Return one effect."""

    def lever_title(self, lever: str) -> str:
        """Return the title of a lever."""


def about(world: LoadedScenario, settings: Settings) -> str:
    """Return one line that says what was run."""
    return (
        f"{world.settings.name}: {settings.residents:,} residents, {length(settings)}, "
        f"{count(settings.replications, 'replication')}, seed {settings.seed}"
    )


def length(settings: Settings) -> str:
    """Return how long was run: the days that count, and those before them."""
    before = f" after {settings.warm_up:g} of warm-up" if settings.warm_up else ""
    return f"{settings.days:g} days{before}"


def count(many: int, what: str) -> str:
    """Return a number with its noun, in the plural where it is due."""
    return f"{many:,} {what}" if many == 1 else f"{many:,} {what}s"


def run_tables(run: Run, *, everything: bool) -> list[Table]:
    """Return the funnel of a world and its outcomes (the main ones, or all)."""
    summaries = {s.outcome.name: s for s in run.summaries()}
    chosen = [s for n, s in summaries.items() if everything or (_shown(s) and n not in FUNNEL)]
    funnel = _funnel(run, [summaries[name] for name in FUNNEL])
    tables = [funnel, _outcomes(chosen, _events(run.settings), everything=everything)]
    if run.results[0].years:
        tables.append(_by_year(run, [s.outcome for n, s in summaries.items() if everything or _shown(s)]))
    return tables


def _by_year(run: Run, outcomes: Sequence[Outcome]) -> Table:
    """Return the mean of each outcome over the replications, year by year."""
    years = run.results[0].years
    columns = (
        Column("By calendar year", left=True, wraps=True),
        *(Column(str(year.year)) for year in years),
        Column("unit", left=True, wraps=True, spare=1),
    )
    means = {o.name: _means(run, k) for k, o in enumerate(OUTCOMES)}
    rows = tuple((o.label, *map(number, means[o.name]), _short(o.unit)) for o in outcomes)
    parts = [f"{year.year} {year.counts.days:g} days" for year in years if year.counts.days < 365]
    notes = (
        f"A rate is {PER}, also in a part of a year: {', '.join(parts)}." if parts else f"A rate is {PER}.",
    )
    return Table("", columns, rows, notes)


def _means(run: Run, outcome: int) -> list[float]:
    """Return the mean of an outcome over the replications that gave a value, for each year."""
    values = np.array([[float(year.outcomes[outcome, 0]) for year in r.years] for r in run.results])
    return [fmean(found) if len(found := x[np.isfinite(x)]) else math.nan for x in values.T]


def _shown(s: Summary) -> bool:
    """Whether a short table shows an outcome."""
    return s.outcome.main is True or (s.outcome.main == "some" and s.high != 0)


def _events(settings: Settings) -> float:
    """Return by what a rate is multiplied to give the events of a run."""
    return settings.residents * settings.days / (DAYS_A_YEAR * 100_000)


def _funnel(run: Run, summaries: Sequence[Summary]) -> Table:
    rates = ("per 100,000\nand year", "standard\ndeviation", "\nlowest", "\nhighest", "events\na run")
    spare = (0, 3, 2, 2, 1)
    columns = (
        Column("From stop to removal", left=True, wraps=True),
        *(Column(title, spare=k) for title, k in zip(rates, spare, strict=True)),
    )
    events = _events(run.settings)
    rows = tuple(
        (FUNNEL[s.outcome.name], *map(number, (s.mean, s.sd, s.low, s.high, s.mean * events)))
        for s in summaries
    )
    stocks = [
        ("in jail", [r.in_jail for r in run.results]),
        ("in detention", [r.in_ice_custody for r in run.results]),
    ]
    ends = ", ".join(f"{number(fmean(values))} {where}" for where, values in stocks)
    notes = (
        "Spread is over replications. Detentions and removals include people arrested at large.",
        f"At the end, per 100,000 residents: {ends}.",
    )
    return Table(about(run.world, run.settings), columns, rows, notes)


def _outcomes(summaries: Sequence[Summary], events: float, *, everything: bool) -> Table:
    columns = (
        Column("Outcome", left=True, wraps=True),
        Column("mean"),
        Column("standard\ndeviation", spare=2),
        *(Column(title, spare=1) for title in ("lowest", "highest")),
        Column("events\na run", spare=1),
        Column("unit", left=True, wraps=True),
    )
    rows = tuple(
        (
            s.outcome.label,
            *map(number, (s.mean, s.sd, s.low, s.high)),
            number(s.mean * events) if s.outcome.is_rate else "",
            _short(s.outcome.unit),
        )
        for s in summaries
    )
    title = "All outcomes" if everything else "Other main outcomes (--all shows every one)"
    return Table(title, columns, rows, (f"A rate is {PER}.",))


def _short(unit: str) -> str:
    return "rate" if unit == RATE else unit


def run_data(run: Run) -> dict[str, Any]:
    """Return a run as plain data."""
    return {
        "scenario": run.names[0],
        "name": run.world.settings.name,
        "levers": [lever.label for lever in run.world.levers],
        "settings": asdict(run.settings),
        "funnel": list(FUNNEL),
        "outcomes": [
            {
                "outcome": s.outcome.name,
                "label": s.outcome.label,
                "mean": s.mean,
                "sd": s.sd,
                "low": s.low,
                "high": s.high,
                "replications": s.replications,
                "unit": s.outcome.unit,
            }
            for s in run.summaries()
        ],
        "years": [
            {
                "year": year.year,
                "days": year.counts.days,
                "outcomes": {o.name: _means(run, i)[k] for i, o in enumerate(OUTCOMES)},
            }
            for k, year in enumerate(run.results[0].years)
        ],
        "at_end": {
            "in_jail": [r.in_jail for r in run.results],
            "in_ice_custody": [r.in_ice_custody for r in run.results],
            "unit": "per 100,000 residents",
        },
    }


def comparison_tables(comparison: Comparison, *, everything: bool) -> list[Table]:
    """Return a table of paired effects for each lever, and on top what they are compared with."""
    tables = [_effects(comparison, name, everything=everything) for name in comparison.names[1:]]
    base = about(comparison.worlds[0], comparison.settings)
    head = Table(f"Base: {base}", (), ())
    return [head, *tables, Table("", (), (), _legend(comparison))]


def _effects(comparison: Comparison, name: str, *, everything: bool) -> Table:
    columns = (
        Column("Outcome", left=True, wraps=True),
        Column("base", spare=2),
        Column("with\nlever", spare=3),
        *(Column(t) for t in ("differ-\nence", "95 %\ninterval")),
        Column("relative\nchange", spare=EXTRA),
        Column("\nverdict", left=True, wraps=True, spare=1),
        Column("variance\nratio", spare=EXTRA + 1),
        Column("runs\nneeded", spare=EXTRA + 2),
    )
    effects = (
        [comparison.effect(name, o.name) for o in OUTCOMES] if everything else main_effects(comparison, name)
    )
    quiet = frozenset(k for k, e in enumerate(effects) if e.verdict != "change")
    why = comparison.why_nothing(name)
    rows, notes = tuple(effect_row(e) for e in effects), () if why is None else (why,)
    return Table(title_of(comparison, name), columns, rows, notes, quiet)


def main_effects(comparison: Compared, name: str) -> list[Effect]:
    """Return the effects that a short table shows: those on main outcomes, and on some where not zero."""
    found = [comparison.effect(name, o.name) for o in OUTCOMES if o.main]
    return [e for e in found if BY_NAME[e.outcome].main is True or e.base or e.value]


def title_of(comparison: Comparison, name: str) -> str:
    """Return the name of a lever as it was asked for, with its title."""
    if name == COMBINED:
        together = comparison.worlds[-1].levers
        labels = [lever.label for lever in together if lever not in comparison.worlds[0].levers]
        return f"{COMBINED}: {' + '.join(comparison.names[1:-1] or labels)}"
    levers = comparison.worlds[comparison.names.index(name)].levers
    return f"{name}: {levers[-1].file.title}" if levers else name


def effect_row(e: Effect) -> tuple[str, ...]:
    """Return the cells of an effect, from its outcome to the runs needed, as `sim compare` shows them."""
    exact = e.verdict == "no change"
    ratio = MISSING if math.isnan(e.variance_ratio) else f"{e.variance_ratio:.2f}"
    needed = MISSING if e.replications_needed is None else f"{e.replications_needed:,}"
    return (
        BY_NAME[e.outcome].title,
        number(e.base),
        number(e.value),
        "0" if exact else signed(e.difference),
        "exactly 0" if exact else interval(e.ci_low, e.ci_high),
        "0 %" if exact else percent(e.relative),
        e.verdict,
        "" if exact else ratio,
        "" if exact else needed,
    )


def _legend(comparison: Comparison) -> tuple[str, ...]:
    n = comparison.settings.replications
    paired = (
        f"Totals are {PER}, unless a unit is given. Each difference is paired: the same people and the same "
        f"luck with and without the lever, in {count(n, 'replication')}."
    )
    words = (
        "no change: by the rules the worlds are the same. none seen: they are not, but no pair differs here; "
        "it may be too rare for these runs. below noise: the 95 % interval holds zero, so these runs "
        "cannot tell the difference from none. change: the interval leaves zero out. unknown: too few runs."
    )
    figures = (
        "variance ratio: variance of the paired difference over that of independent worlds. runs needed: "
        f"replications for an interval of ± {100 * comparison.precision:g} % of the base value."
    )
    return paired, words, figures


def comparison_data(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain data: totals of all outcomes (`effects.csv` has the breakdowns too)."""
    return {
        "scenario": comparison.worlds[0].path.stem,
        "name": comparison.worlds[0].settings.name,
        "settings": asdict(comparison.settings),
        "precision": comparison.precision,
        "levers": [
            {"lever": n, "title": title_of(comparison, n), "why_nothing": comparison.why_nothing(n)}
            for n in comparison.names[1:]
        ],
        "effects": [
            asdict(e) | {"label": BY_NAME[e.outcome].label, "relative": e.relative, "verdict": e.verdict}
            for e in comparison.effects
            if not e.group
        ],
    }


def validation_tables(rows: Sequence[ValidationRow]) -> list[Table]:
    """Return the tables of `sim validate`: what the defaults were fitted to, and what tests them."""
    parts = (
        ("Patterns that the defaults were fitted to", [r for r in rows if r.fitted]),
        ("Patterns that they were not fitted to, which test the model", [r for r in rows if not r.fitted]),
    )
    notes = (
        "undecided: the model's own error reaches across an end of the range; more runs would tell.",
        "standard error: of the model's number, over replications.",
    )
    tables = [_findings(title, found) for title, found in parts if found]
    return [*tables, Table("", (), (), notes)]


def _findings(title: str, rows: Sequence[ValidationRow]) -> Table:
    columns = (
        Column("Pattern", left=True, wraps=True),
        Column("target", spare=1),
        *(Column(head) for head in ("published\nrange", "model")),
        Column("standard\nerror", spare=2),
        Column("\nverdict", left=True),
        Column("\nsource", left=True, spare=EXTRA),
    )
    words = ("within", "outside", "undecided")
    tally = ", ".join(f"{sum(r.verdict == word for r in rows)} {word}" for word in words)
    cells = tuple(
        (
            f"{r.id} {r.regime}: {r.what} ({r.unit})",
            f"{r.target:,g}",
            f"{r.low:,g} to {r.high:,g}",
            number(r.value),
            number(r.mcse),
            r.verdict,
            r.source,
        )
        for r in rows
    )
    return Table(title, columns, cells, (f"{len(rows)} patterns: {tally}.",))
