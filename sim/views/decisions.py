"""A decision told: regret, shares, dominated options, and where options fail; in tables, words and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

from sim.outcomes.definitions import BY_NAME
from sim.outcomes.files import write_bytes, write_rows
from sim.studies.aims import Aims
from sim.studies.decisions import STATISTICS, Decision, Domination, Regret, Share, at_least_none, dominator
from sim.studies.discovery import BREAKS, Discovered, Limit
from sim.views.results import count
from sim.views.tables import Column, Table, interval, number

FILES: Final = ("regret.csv", "satisficing.csv", "pareto.csv", "boxes.csv", "regret.png")
BOX_COLUMNS: Final = (
    "option",
    "case",
    "verdict",
    "states",
    "cases",
    "unsure",
    "factor",
    "low",
    "high",
    "presets",
    "quasi_p",
    "inside",
    "hits",
    "coverage",
    "density",
    "held_out",
    "sentence",
)
_NOTE_REGRET = (
    "Regret is how much worse than the best option of the same state, in the outcome's unit. `as found` is "
    "biased upward by the noise of replications; `split` chooses best option and states with half of the "
    "replications and measures with the other, and is biased downward (0 where it falls below). Where the "
    "two are far apart, more replications are needed. "
    "The 95 % interval is over replications, with what is best taken as found."
)
_NOTE_ONE = "With one replication nobody can tell how much of this is noise."
_NOTE_SHARES = (
    "Every state counts the same: a share is no probability unless the ranges and presets are believed to be "
    "as likely as they are dense."
)
_NOTE_PARETO = (
    "Dominated: the other option is better in a goal beyond noise, and in every other goal better beyond "
    "noise or equal in each replication. `at most` also counts states where the rest is within noise."
)


def _percent(share: float) -> str:
    """Return a share of states in percent; a few more or less is no matter, none or all is."""
    text = f"{100.0 * share:.0f} %"
    return {"0 %": "<1 %", "100 %": ">99 %"}.get(text, text) if 0 < share < 1 else text


def head(decision: Decision) -> str:
    """Return one line that says what is decided between, and in how many states of the world."""
    states = decision.states
    presets = len(set(states.presets))
    parts = [
        count(len(states.options), "option"),
        count(len(states.points), "state") + " of the world",
        *([count(presets, "preset")] if presets > 1 else []),
        f"{_spread(decision)} replications",
    ]
    return f"{decision.sweep.experiment.file.question} ({', '.join(parts)})"


def _spread(decision: Decision) -> str:
    low, high = (int(f(decision.states.replications)) for f in (min, max))
    return f"{low}" if low == high else f"{low} to {high}"


def decision_tables(decision: Decision) -> list[Table]:
    """Return all that is to be shown of a decision."""
    states = decision.states
    lines = [Table(head(decision), (), (), _left_out(states.left_out))]
    lines += [_regret_table(decision, k) for k in range(len(decision.aims.goals))]
    if decision.shares:
        lines.append(_share_table(decision))
    if decision.aims.goals:
        lines.append(_pareto_table(decision))
    if decision.discovered is not None:
        told = tuple(sentence(x, decision.aims) for x in decision.discovered)
        lines.append(Table("Where options fail, or do worse than the base", (), (), told))
    return lines


def _left_out(many: int) -> tuple[str, ...]:
    if not many:
        return ()
    return (
        f"{count(many, 'state')} left out: some option has no value there (its runs failed, see runs.csv).",
    )


def _regret_table(decision: Decision, goal: int) -> Table:
    columns = (
        Column("Option", left=True, wraps=True),
        Column("best\nin"),
        Column("mean:\nas found"),
        Column("\nsplit"),
        Column("90 %:\nas found", spare=1),
        Column("\nsplit", spare=1),
        Column("max:\nas found"),
        Column("\nsplit"),
        Column("95 % int.\nof max", spare=2),
    )
    aim = decision.aims.goals[goal]
    found: dict[str, dict[str, Regret]] = {}
    for each in decision.regrets:
        if each.outcome == aim.outcome:
            found.setdefault(each.option, {})[each.statistic] = each
    rows = []
    for option, by in found.items():
        cells = [number(x) for s in STATISTICS for x in (by[s].regret, at_least_none(by[s].split))]
        most = by["max"]
        rows.append((option, _percent(most.best), *cells, interval(most.ci_low, most.ci_high)))
    note = _NOTE_REGRET if decision.states.replications.min() > 1 else _NOTE_ONE
    last = (note,) if goal == len(decision.aims.goals) - 1 else ()
    return Table(f"Regret: {aim.words}, {BY_NAME[aim.outcome].unit}", columns, tuple(rows), last)


def _share_table(decision: Decision) -> Table:
    several = any(x.preset for x in decision.shares)
    each = len(decision.aims.thresholds) > 1
    columns = (
        Column("Option", left=True, wraps=True),
        *([Column("preset", left=True)] if several else []),
        *([Column("threshold", left=True, wraps=True)] if each else []),
        Column("share of\nstates"),
        Column("95 %\ninterval", spare=1),
        Column("kept be-\nyond noise"),
        Column("broken be-\nyond noise"),
        Column("unde-\ncided"),
    )
    rows = []
    for x in decision.shares:
        ends = "n/a" if x.ci_low != x.ci_low else f"{_percent(x.ci_low)} to {_percent(x.ci_high)}"
        own = (x.preset or "all",) if several else ()
        kind = (x.threshold,) if each else ()
        shown = (_percent(x.share), ends, _percent(x.kept), _percent(x.broken), _percent(x.undecided))
        rows.append((x.option, *own, *kind, *shown))
    words = "; ".join(x.words for x in decision.aims.thresholds)
    notes = [_NOTE_SHARES]
    if not decision.states.sampled:
        notes.append("The points are no random sample of the ranges, so that there is no interval.")
    return Table(f"Thresholds kept ({words})", columns, tuple(rows), tuple(notes))


def _pareto_table(decision: Decision) -> Table:
    columns = (
        Column("Option", left=True, wraps=True),
        Column("dominated", left=True),
        Column("by", left=True, wraps=True),
        Column("states"),
        Column("\nat most"),
        Column("of"),
    )
    rows = []
    for option in decision.states.options:
        one = dominator(option, decision.dominations)
        if one is None:
            rows.append((option, "no", "-", "-", "-", f"{len(decision.states.points):,}"))
        else:
            words = "on average" if one.verdict == "on average" else f"in {one.verdict}"
            own = f"{one.dominated:,}", f"{one.at_most:,}", f"{one.states:,}"
            rows.append((option, words, one.by, *own))
    quiet = frozenset(k for k, row in enumerate(rows) if row[1] == "no")
    return Table("Dominated options", columns, tuple(rows), (_NOTE_PARETO,), quiet)


def sentence(x: Discovered, aims: Aims) -> str:
    """Return where an option has its cases, in words that claim no more than the states show."""
    what = f"{x.option}: {_case(x, aims)}"
    if x.verdict == "none":
        return f"{what} in none of {count(x.states, 'state')}."
    unsure = f" ({x.unsure:,} of them within noise)" if x.unsure else ""
    if x.verdict == "every state":
        return f"{what} in every one of {count(x.states, 'state')}{unsure}."
    what = f"{what} in {x.cases:,} of {x.states:,} states{unsure}"
    why = {
        "too few": "too few on one side to say where",
        "nothing varied": "nothing that it uses is varied",
        "no pattern": "no part of the ranges holds more of them than chance may put there",
    }
    if x.verdict != "box":
        return f"{what}: {why[x.verdict]}."
    unclear = 2 * x.unsure > x.cases
    mostly = x.coverage >= 0.5 and x.density >= 0.5 and not unclear
    where = " and ".join(limit_words(limit) for limit in x.limits)
    less = [
        *(["most of them lie elsewhere"] if x.coverage < 0.5 else []),
        *(["most states in it are not such"] if x.density < 0.5 else []),
        *(["replications cannot tell for most of them"] if unclear else []),
    ]
    but = f", but {' and '.join(less)}" if less else ""
    return (
        f"{what}, {'mostly' if mostly else 'more often'} where {where}: that box holds {x.hits:,} of the "
        f"{x.cases:,} such states (coverage {_percent(x.coverage)}), and {_percent(x.density)} of the "
        f"{x.inside:,} states in it are such (density; {_percent(x.cases / x.states)} of all are){but}. "
        f"Boxes drawn from one half of the points have a density of {_percent(x.held_out)} in the other; "
        f"quasi-p {max(limit.quasi_p for limit in x.limits):.1g} at most, the search not counted."
    )


def _case(x: Discovered, aims: Aims) -> str:
    if x.case != BREAKS:
        goal = next(goal for goal in aims.goals if goal.outcome == x.case)
        side = "above" if goal.sense == "min" else "below"
        return f"{x.case} {side} the base's beyond noise"
    if len(aims.thresholds) > 1:
        return f"not all thresholds kept ({', '.join(t.words for t in aims.thresholds)})"
    (only,) = aims.thresholds
    side = "above" if only.bound == "at most" else "below"
    return f"{only.outcome} {side} {only.value:g} ({BY_NAME[only.outcome].unit})"


def limit_words(limit: Limit) -> str:
    """Return one restriction of a box in words."""
    if limit.presets:
        return f"the preset is {' or '.join(limit.presets)}"
    if limit.low is not None and limit.high is not None:
        return f"{limit.factor} is between {limit.low:.3g} and {limit.high:.3g}"
    if limit.low is not None:
        return f"{limit.factor} is above {limit.low:.3g}"
    return f"{limit.factor} is below {limit.high:.3g}"


def decision_data(decision: Decision) -> dict[str, Any]:
    """Return a decision as plain data."""
    states, found = decision.states, decision.discovered
    return {
        "question": decision.sweep.experiment.file.question,
        "folder": str(decision.sweep.folder),
        "options": list(states.options),
        "states": len(states.points),
        "states_left_out": states.left_out,
        "presets": list(dict.fromkeys(states.presets)),
        "goals": [asdict(x) for x in decision.aims.goals],
        "thresholds": [asdict(x) for x in decision.aims.thresholds],
        "regret": [asdict(x) for x in decision.regrets],
        "satisficing": [asdict(x) for x in decision.shares],
        "pareto": [asdict(x) | {"verdict": x.verdict} for x in decision.dominations],
        "boxes": None if found is None else [_box_data(x, decision.aims) for x in found],
    }


def _box_data(x: Discovered, aims: Aims) -> dict[str, Any]:
    own = {"coverage": x.coverage, "density": x.density, "sentence": sentence(x, aims)}
    return asdict(x) | own


def write_decision(decision: Decision) -> list[Path]:
    """Write the tables and the figure of a decision into the sweep's folder; return what was written."""
    from sim.views.figures import saver
    from sim.views.regrets import regret_figure

    folder = decision.sweep.folder
    for name in FILES:
        (folder / name).unlink(missing_ok=True)  # what is not asked this time would tell of other aims
    written = []

    def write(name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        written.append(folder / name)
        write_rows(written[-1], columns, rows)

    for name, kind, found in (
        ("regret.csv", Regret, decision.regrets),
        ("satisficing.csv", Share, decision.shares),
    ):
        if found:
            columns = [f.name for f in fields(kind)]
            write(name, columns, [[getattr(x, c) for c in columns] for x in found])
    if decision.dominations:
        columns = [f.name for f in fields(Domination)]
        write(
            "pareto.csv",
            [*columns, "verdict"],
            [[*(getattr(x, c) for c in columns), x.verdict] for x in decision.dominations],
        )
    if decision.discovered is not None:
        write("boxes.csv", BOX_COLUMNS, list(_box_rows(decision)))
    if decision.regrets:
        written.append(folder / "regret.png")
        write_bytes(written[-1], saver(regret_figure(decision), "png"))
    return written


def _box_rows(decision: Decision) -> list[list[Any]]:
    """Return a row for every restriction of every box; one where there is no box."""
    rows = []
    for x in decision.discovered or ():
        for limit in x.limits or (Limit("", None, None, (), float("nan")),):
            ends = limit.factor, limit.low, limit.high, " ".join(limit.presets), limit.quasi_p
            counts = x.inside, x.hits, x.coverage, x.density, x.held_out
            own = x.option, x.case, x.verdict, x.states, x.cases, x.unsure
            rows.append([*own, *ends, *counts, sentence(x, decision.aims)])
    return rows
