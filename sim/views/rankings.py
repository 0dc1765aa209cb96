"""Comparisons under presets as tables, plain data and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.outcomes.files import write_json, write_rows
from sim.studies.compare import Comparison
from sim.studies.output import write_comparison
from sim.studies.presets import DISPUTED, PARTLY, ROBUST, UNTOLD, PresetComparison
from sim.studies.traces import Traces
from sim.views.results import about, comparison_data, count, title_of
from sim.views.tables import Column, Table, signed

_LABELS: Final = (
    f"{ROBUST}: whatever pair of options one preset tells apart, all do, in the same order. {DISPUTED}: "
    "two presets put a pair in opposite orders, or one finds a difference where another finds less than "
    f"a quarter of it; the assumptions named do that alone. {PARTLY}: presets agree as far as these runs "
    f"show, and more runs may tell. {UNTOLD}: no preset tells any pair apart."
)
_SIGNS: Final = (
    "base is the world without a lever; < stands where all options before it are told apart from all "
    "after it, = elsewhere."
)
WORDS: Final = (_LABELS, _SIGNS)
RANKING_COLUMNS = ("outcome", "label", "turns", "because", "preset", "order")


def preset_tables(done: PresetComparison, *, everything: bool) -> list[Table]:
    """Return the effects of each lever under each preset, and how the levers rank."""
    neutral = done.comparisons[0]
    titles = [f"{p.name}: {p.file.title}. {p.file.claim}" for p in done.presets]
    head = Table(f"Base: {about(neutral.worlds[0], neutral.settings)}", (), (), tuple(titles))
    effects = [_effects(done, name, everything=everything) for name in neutral.names[1:]]
    return [head, *effects, _rankings(done, everything=everything)]


def _effects(done: PresetComparison, name: str, *, everything: bool) -> Table:
    columns = (
        Column("Difference in", left=True, wraps=True),
        *(Column(p.name.replace("_", "\n", 1)) for p in done.presets),
    )
    shown = [o for o in OUTCOMES if everything or o.main]
    rows = tuple(
        (
            o.title,
            *(_difference(c, name, o.name) for c in done.comparisons),
        )
        for o in shown
    )
    notes = ("In brackets: the 95 % interval holds zero.",)
    return Table(title_of(done.comparisons[0], name), columns, rows, notes)


def _difference(comparison: Comparison, name: str, outcome: str) -> str:
    effect = comparison.effect(name, outcome)
    if effect.verdict == "no change":
        return "0"
    text = signed(effect.difference)
    return text if effect.verdict == "change" else f"({text})"


def _rankings(done: PresetComparison, *, everything: bool) -> Table:
    columns = (
        Column("Ranking of the options, lowest first", left=True, wraps=True),
        Column("neutral", left=True, wraps=True, spare=1),
        Column("is", left=True, wraps=True),
        Column("because of", left=True, wraps=True),
    )
    shown = [r for r in done.rankings if everything or BY_NAME[r.outcome].main]
    rows = tuple(
        (
            BY_NAME[r.outcome].label,
            r.orders[done.presets[0].name],
            r.label,
            "; ".join(r.because).replace("_", " ") or ("not asked" if r.turns else ""),
        )
        for r in shown
    )
    n = count(done.comparisons[0].settings.replications, "replication")
    same = f"{count(len(done.presets), 'preset')}, {n} each, the same people and luck in all."
    return Table("How the options rank", columns, rows, (*WORDS, same))


def preset_data(done: PresetComparison) -> dict[str, Any]:
    """Return a comparison under presets as plain data."""
    return {
        "presets": {
            p.name: {"title": p.file.title, "claim": p.file.claim} | comparison_data(c)
            for p, c in zip(done.presets, done.comparisons, strict=True)
        },
        "rankings": [asdict(r) for r in done.rankings],
    }


def write_presets(
    folder: Path,
    done: PresetComparison,
    *,
    seconds: float,
    command: Sequence[str],
    traces: Traces | None = None,
) -> list[Path]:
    """Write the tables of each preset into a folder of its own, and the rankings beside them.

    `traces` are those of the first preset.
    """
    written: list[Path] = []
    for preset, comparison in zip(done.presets, done.comparisons, strict=True):
        inside = folder / preset.name
        inside.mkdir(parents=True, exist_ok=True)
        kept = traces if preset is done.presets[0] else None
        written += write_comparison(inside, comparison, seconds=seconds, command=command, traces=kept)
    written.append(folder / "presets.json")
    write_json(
        written[-1], [{"name": p.name, "title": p.file.title, "claim": p.file.claim} for p in done.presets]
    )
    written.append(folder / "rankings.csv")
    rows = (
        (r.outcome, r.label, "; ".join(f"{a} / {b}" for a, b in r.turns), "; ".join(r.because), preset, order)
        for r in done.rankings
        for preset, order in r.orders.items()
    )
    write_rows(written[-1], RANKING_COLUMNS, rows)
    return written
