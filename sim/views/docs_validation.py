"""The result of `sim validate` for the methods pages."""

from __future__ import annotations

import datetime as dt

from sim.studies.validate import ValidationRow
from sim.studies.validation_file import Validation
from sim.views.docs_library import patterns
from sim.views.markdown import code, codes, plain_number, table
from sim.views.tables import number

WORDS = ("within", "outside", "undecided")


def validation_tables(result: Validation) -> str:
    """Return what a validation found: how it was run, and a table each for fitted and other patterns."""
    fitted = [row for row in result.rows if row.fitted]
    tests = [row for row in result.rows if not row.fitted]
    parts = (
        ("Patterns that the defaults were fitted to", fitted),
        ("Patterns that they were not fitted to, which test the model", tests),
    )
    return "\n\n".join([_about(result), *(f"### {title}\n\n{_findings(found)}" for title, found in parts)])


def _about(result: Validation) -> str:
    day = dt.date.fromisoformat(result.date)
    quick = " This was the quick look of `--short`, which decides less." if result.short else ""
    days, before = plain_number(result.days), plain_number(result.warm_up)
    return (
        f"Measured on {day.day} {day:%B %Y} with version {result.version} (code {code(result.code[:12])}): "
        f"{result.residents:,} residents and {result.replications} replications in each regime that does not "
        f"have sizes of its own, {days} days counted after {before} days of warm-up, seed 1. It took "
        f"{result.seconds / 60:.0f} minutes.{quick}"
    )


def tally(rows: list[ValidationRow]) -> str:
    """Return how many patterns lie within their range, outside, and undecided."""
    return ", ".join(f"{sum(r.verdict == word for r in rows)} {word}" for word in WORDS)


def _findings(rows: list[ValidationRow]) -> str:
    titles = ("Id", "Regime", "Pattern", "Target", "Range", "Model", "Std. error", "Verdict")
    cells = [
        (
            r.id,
            r.regime,
            f"{r.what} ({r.unit}; {code(r.source)})",
            f"{r.target:,g}",
            f"{r.low:,g} to {r.high:,g}",
            number(r.value),
            number(r.mcse),
            r.verdict if r.verdict == "within" else f"**{r.verdict}**",
        )
        for r in rows
    ]
    return f"{len(rows)} patterns: {tally(rows)}.\n\n{table(titles, cells, right=(3, 5, 6))}"


def regime_table() -> str:
    """Return the regimes of the shipped patterns: scenario, levers, settings and sizes."""
    rows = []
    for name, r in patterns().regimes.items():
        size = "" if r.residents is None else f"{r.residents:,} residents"
        runs = "" if r.replications is None else f"{r.replications} replications"
        sizes = ", ".join(x for x in (size, runs) if x)
        rows.append(
            (code(name), r.title, code(r.scenario), codes(r.levers), "<br>".join(map(code, r.set)), sizes)
        )
    return table(("Regime", "Title", "Scenario", "Levers", "Settings", "Own sizes"), rows)
