"""Which decisions of the agents a program may replace with its own, and what each of them may answer.

A decision is here where the engine takes any answer of its kind.  Rates are not: encounters are drawn up to
the highest rate that a scenario allows, so a function that returned a higher one would be cut off in silence.
Facts about a resident are not either; they are the population's.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sim.scenario import vocabulary as v

LONGEST = 36_500.0  # days


@dataclass(frozen=True, slots=True)
class Answers:
    """What a decision may answer.

    Attributes
    ----------
    kind
        A `code` that stands for a word, `truth`, or a `number`.
    low, high
        Least and greatest.
    words
        What codes stand for, from 0 on.
    unit
        Of a number.
    """

    kind: Literal["code", "truth", "number"]
    low: float
    high: float
    words: tuple[str, ...] = ()
    unit: str = ""

    def __str__(self) -> str:
        """Return the answers in words."""
        if self.kind == "truth":
            return "True or False"
        if self.kind == "code":
            return ", ".join(f"{code} {word}" for code, word in enumerate(self.words))
        return f"{self.low:g} to {self.high:,g}" + (f" ({self.unit})" if self.unit else "")


def _one_of(words: tuple[str, ...]) -> Answers:
    return Answers("code", 0, len(words) - 1, words)


def _number(low: float, high: float, unit: str = "") -> Answers:
    return Answers("number", low, high, unit=unit)


_TRUTH = Answers("truth", 0, 1)
_DAYS = _number(0.0, LONGEST, "days")
_CHANCE = _number(0.0, 1.0, "probability")

ANSWERS: Final[dict[str, Answers]] = {
    "officer.queries": _one_of(v.TABLES["stop.query"].answers),
    "officer.stop_outcome": _one_of(v.STOP_OUTCOMES),
    "officer.is_pretext": _TRUTH,
    "officer.searches": _number(-1.0, 1.0, "below 0: no search"),
    "officer.finds_contraband": _TRUTH,
    "officer.street_check": _one_of(v.STREET_CHECKS),
    "officer.tips_ice": _TRUTH,
    "officer.disposition": _one_of(v.TABLES["booking.disposition"].answers),
    "jail.identify": _one_of(v.TABLES["booking.identify"].answers),
    "jail.release_route": _one_of(v.RELEASES),
    "jail.stay": _DAYS,
    "jail.response": _one_of(v.RESPONSES),
    "jail.over_hold_time": _DAYS,
    "ice.match_prints": _one_of(v.HITS),
    "ice.match_interview": _one_of(v.HITS),
    "ice.match_roster": _one_of(v.HITS),
    "ice.match_record": _one_of(v.HITS),
    "ice.match_tip": _one_of(v.HITS),
    "ice.priority": _one_of(v.PRIORITIES),
    "ice.review": _one_of(v.REQUESTS),
    "ice.turnaround": _DAYS,
    "ice.sets_out": _TRUTH,
    "ice.arrival": _DAYS,
    "ice.lead_choice": _one_of(v.LEAD_CHOICES),
    "ice.finds": _TRUTH,
    "ice.court_outcome": _one_of(v.COURT_OUTCOMES),
    "resident.discloses": _TRUTH,
    "attitudes.judged": _number(-1.0, 1.0, "change of legitimacy"),
    "attitudes.report_chance": _CHANCE,
    "attitudes.reports": _TRUTH,
    "attitudes.witness_reports": _TRUTH,
    "attitudes.avoids": _CHANCE,
}
MODULES: Final = tuple(dict.fromkeys(name.partition(".")[0] for name in ANSWERS))


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of an agent, as a function of one's own may take its place.

    Attributes
    ----------
    name
        Module of `sim.agents` and function: `officer.stop_outcome`.
    parameters
        Names of what it is given, in this order.  `officer`, `resident`, `case` and the like are records:
        their fields stand at the top of the module (those of a case in `sim/pathway/world.py`).
    answers
        What it may return.
    doc
        What it decides.
    """

    name: str
    parameters: tuple[str, ...]
    answers: Answers
    doc: str

    def __str__(self) -> str:
        """Return the decision as one would look it up: signature, meaning, answers."""
        head = f"{self.name}({', '.join(self.parameters)})"
        return f"{head}\n    {self.doc}\n    answers: {self.answers}"


def replaceable() -> dict[str, Decision]:
    """Return the decisions that `sim.replaces` can replace, by name.

    Nothing of the engine is loaded for it, so that replacing remains possible.

    Examples
    --------
    >>> import sim
    >>> print(sim.replaceable()["officer.tips_ice"])
    officer.tips_ice(officer, resident, settings, seed, key, training)
        Whether the officer, unasked and outside any rule, wants to tell ICE about the person.
        answers: True or False
    """
    return dict(_decisions())


@functools.cache
def _decisions() -> dict[str, Decision]:
    found = {}
    for module in MODULES:
        tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found[f"{module}.{node.name}"] = node
    return {name: _decision(name, found[name], answers) for name, answers in ANSWERS.items()}


def _decision(name: str, node: ast.FunctionDef, answers: Answers) -> Decision:
    parameters = tuple(argument.arg for argument in node.args.args)
    doc = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return Decision(name, parameters, answers, " ".join(doc.split()))
