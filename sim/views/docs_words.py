"""Tables of the model's words for the methods pages: decision tables, channels, effects, events, outcomes."""

from __future__ import annotations

from sim.engine.ledger import BREAKDOWNS, EVENTS, QUANTITIES
from sim.outcomes import meanings as counted
from sim.outcomes.definitions import OUTCOMES, RATE, Outcome
from sim.scenario import meanings
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from sim.views.markdown import bullets, code, codes, table
from sim.views.scenarios import ORIGINS, rule_rows

PRACTICE = {
    "agency": "the agency's (`agencies.*.compliance`)",
    "jail": "the jail's (`jails.*.compliance`)",
    "sharing": "`sharing.compliance`, of officers who speak `sharing.personal_compliance`",
    None: "nobody's: the rule is what is done",
}


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────
def decision_tables(scenario: LoadedScenario) -> str:
    """Return every decision table: when it is asked, what it sees and answers, and its rows."""
    return "\n\n".join(_decision(scenario, spec) for spec in v.TABLES.values())


def _decision(scenario: LoadedScenario, spec: v.Table) -> str:
    several = " (any of these together, or `none`)" if spec.many else ""
    facts = bullets(
        (
            f"**Asked** {meanings.ASKED[spec.name]}.",
            f"**Sees** {codes(spec.sees)}.",
            f"**Answers** {codes(spec.parts or spec.answers)}{several}.",
            f"**Compliance** {PRACTICE[spec.practice]}.",
        )
    )
    found = rule_rows(scenario, spec.name)
    rows = [
        (f"{k + 1}", r.text if r.origin == "rules" else f"[{ORIGINS[r.origin]}] {r.text}")
        for k, r in enumerate(r for r in found if r.origin != "unrestricted")
    ]
    loose = [r.text for r in found if r.origin == "unrestricted"]
    also = f"\n\nWho does not keep to the rule: {'; '.join(loose)}." if loose else ""
    shown = table(("Row", "Condition → answer"), rows, right=[0])
    return f"### `{spec.name}`: {spec.doc}\n\n{facts}\n\n{shown}{also}"


def attribute_table() -> str:
    """Return what the decision tables can see: meaning and values, and which tables see it."""
    rows = []
    for a in v.ATTRIBUTES.values():
        values = f"0 to {a.top} {a.unit}" if a.numeric else codes(a.values) or "named by the scenario"
        seen = [name for name, spec in v.TABLES.items() if a.name in spec.sees]
        rows.append((code(a.name), a.doc, values, codes(seen)))
    return table(("Attribute", "Meaning", "Values", "Seen by"), rows)


def word_list() -> str:
    """Return the values of attributes that need more than their name."""
    rows = [(of, code(w), text) for of, words in meanings.WORDS.items() for w, text in words.items()]
    return table(("Of", "Word", "Meaning"), rows)


def channel_table() -> str:
    """Return the channels through which data can reach ICE."""
    spoken = {True: "an officer speaks", False: "a system or an instruction"}
    rows = [
        (code(name), text, spoken[name in v.PERSONAL_CHANNELS]) for name, text in meanings.CHANNELS.items()
    ]
    return table(("Channel", "What moves", "By"), rows)


def effect_table() -> str:
    """Return the ways in which the community responds, each of which can be switched off."""
    return table(("Effect", "What it is"), ((code(name), text) for name, text in meanings.EFFECTS.items()))


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────
def event_table() -> str:
    """Return the events of the log."""
    return table(("Event", "Meaning"), ((code(name), counted.EVENTS[name]) for name in EVENTS))


def quantity_table() -> str:
    """Return the quantities that are counted beside the events."""
    return table(("Quantity", "Meaning"), ((code(name), counted.QUANTITIES[name]) for name in QUANTITIES))


def outcome_tables() -> str:
    """Return every outcome with unit, numerator, denominator and breakdowns, by kind."""
    rates = [o for o in OUTCOMES if o.is_rate and o.unit == RATE]
    amounts = [o for o in OUTCOMES if o.is_rate and o.unit != RATE]
    shares = [o for o in OUTCOMES if not o.is_rate and o.groups is None]
    ratios = [o for o in OUTCOMES if o.groups is not None]
    first, last = ("Outcome", "Label"), ("Numerator", "Breakdowns")
    whole = (*first, "Unit", "Numerator", "Denominator", "Breakdowns")
    parts = (
        (f"Rates {RATE}", (*first, *last), [(*_named(o), _above(o), _by(o)) for o in rates]),
        (
            f"Amounts {RATE}",
            (*first, "Unit", *last),
            [(*_named(o), o.unit.removesuffix(f" {RATE}"), _above(o), _by(o)) for o in amounts],
        ),
        ("Shares and means", whole, [(*_named(o), o.unit, _above(o), _below(o), _by(o)) for o in shares]),
        (
            "Ratios between perceived groups",
            (*first, "Numerator", "Denominator"),
            [(*_named(o), _above(o), _below(o)) for o in ratios],
        ),
    )
    return "\n\n".join(f"### {kind}\n\n{table(titles, rows)}" for kind, titles, rows in parts)


def _named(o: Outcome) -> tuple[str, str]:
    """Return name and label; a dot marks what short tables show."""
    return f"{code(o.name)} •" if o.main else code(o.name), o.label


def _above(o: Outcome) -> str:
    return " + ".join(map(code, o.numerator))


def _below(o: Outcome) -> str:
    return " + ".join(map(code, o.denominator))


def _by(o: Outcome) -> str:
    """Return the breakdowns of an outcome, or those that it lacks where these are fewer."""
    lacking = [name for name in BREAKDOWNS if name not in o.by]
    if len(lacking) < len(BREAKDOWNS) // 2:
        return f"all but {codes(lacking)}" if lacking else "all"
    return codes(o.by) or "none"
