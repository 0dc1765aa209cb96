"""The first screen of a report in at most 120 words, made from the figures by rules that never overstate.

A change is told with its interval only where the interval leaves zero out; what these runs cannot tell from
none is said to be so, and what hangs on a disputed assumption too.  Where there is no room for a sentence, it
is left out whole, the less important first, and the page says that there is more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sim.studies.compare import COMBINED, Effect
from sim.studies.findings import Findings
from sim.studies.presets import DISPUTED, ROBUST, UNTOLD
from sim.views.report.figures import label_of
from sim.views.results import PER, count, length
from sim.views.tables import decimals

WORDS: Final = 120
HEADLINES: Final = {
    "transfers": "transfers to ICE",
    "reporting_rate": "the share of crimes that victims report",
    "wrongful_ice_arrests": "ICE arrests of people who are not removable",
    "victimization": "crimes with a victim",
}
_UNITS: Final = {"transfers": PER, "reporting_rate": "percentage points"}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, its place on the page, and how much it matters.

    What has rank 0 is always told; a lever is told of where its sentences of rank 1 are, and `levers` is how
    many such a sentence tells of.
    """

    place: int
    rank: int
    text: str
    levers: int = 0


def summary(findings: Findings) -> list[str]:
    """Return the paragraphs of the first screen: at most `WORDS` words in all."""
    told = [_Sentence(0, 0, _what(findings))]
    changed = [lever for lever in findings.levers if _changes(findings, lever)]
    for k, lever in enumerate(sorted(changed, key=lambda x: _weight(findings, x), reverse=True), 1):
        told += _of_lever(findings, lever, k)
    others = [lever for lever in findings.levers if lever not in changed]
    told += _of_others(findings, others, 1 + len(changed))
    told += _depends(findings, 2 + len(findings.levers))
    return fitted(told, len(findings.levers))


def fitted(told: Sequence[_Sentence], levers: int, room: int = WORDS) -> list[str]:
    """Return as many sentences as there is room for, the most important first; a paragraph for each place."""
    kept: list[_Sentence] = []
    reserve = words_in(_more(levers))
    for sentence in sorted(told, key=lambda s: (s.rank, s.place)):
        used = sum(words_in(s.text) for s in kept) + reserve
        if used + words_in(sentence.text) <= room:
            kept.append(sentence)
    lost = levers - sum(s.levers for s in kept)
    kept.sort(key=lambda s: (s.place, s.rank))
    paragraphs = [
        " ".join(s.text for s in same) for _, same in itertools.groupby(kept, key=lambda s: s.place)
    ]
    return paragraphs + ([_more(lost)] if lost else [])


def words_in(text: str) -> int:
    """Return the number of words of a text."""
    return len(text.split())


def _more(lost: int) -> str:
    return f"{count(lost, 'lever')} more: see the table."


def _what(findings: Findings) -> str:
    s, many = findings.settings, sum(1 for lever in findings.levers if lever != COMBINED)
    alone = "each beside its twin" if many == len(findings.levers) else "alone and together, beside twins"
    size = f"{count(s.replications, 'pair')} of twin worlds with {s.residents:,} residents over {length(s)}"
    if many == 1:
        return f"{_short(label_of(findings, findings.levers[0]), 8)} in “{_short(findings.name, 8)}”: {size}."
    return f"{count(many, 'lever')} in “{_short(findings.name, 8)}”, {alone}: {size}."


def _short(text: str, most: int) -> str:
    """Return the first words of a text that somebody else wrote."""
    words = text.split()
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


def _changes(findings: Findings, lever: str) -> list[str]:
    """Return the headline outcomes that a lever changes, the first of which matters most."""
    return [o for o in HEADLINES if findings.effect(lever, o).verdict == "change"]


def _weight(findings: Findings, lever: str) -> tuple[bool, float]:
    """Return what puts a lever before others: all of them together, then the share by which it moves most."""
    shares = [abs(findings.effect(lever, o).relative) for o in _changes(findings, lever)]
    return lever == COMBINED, max((x for x in shares if math.isfinite(x)), default=0.0)


def _of_lever(findings: Findings, lever: str, place: int) -> list[_Sentence]:
    """Return what a lever does that changes something: the changes first, then what is below noise."""
    name, lead = _short(label_of(findings, lever), 8), _changes(findings, lever)
    noise = [o for o in HEADLINES if findings.effect(lever, o).verdict == "below noise"]
    found = []
    for rank, outcome in enumerate([*lead, *noise], 1):
        what = phrase(findings.effect(lever, outcome), HEADLINES[outcome])
        text = f"{name}: {what}." if rank == 1 else f"{what[:1].upper()}{what[1:]}."
        found.append(_Sentence(place, rank, text, levers=int(rank == 1)))
    return found


def _of_others(findings: Findings, levers: Sequence[str], place: int) -> list[_Sentence]:
    """Return what can be said of levers without a change, those together of which the same can be said."""
    found: dict[str, list[str]] = {}
    for lever in levers:
        world = findings.world(lever)
        if world.same_as_base:
            what = "by the rules, nothing can change"
        elif findings.is_equal(lever):
            what = "no difference in any pair, which may be too rare for these runs"
        else:
            what = phrase(findings.effect(lever, "transfers"), HEADLINES["transfers"])
        found.setdefault(what, []).append(_short(label_of(findings, lever), 8))
    return [
        _Sentence(place + k, 1, f"{'; '.join(names)}: {what}.", levers=len(names))
        for k, (what, names) in enumerate(found.items())
    ]


def phrase(effect: Effect, what: str) -> str:
    """Return what can be said of an effect, and no more."""
    verdict = effect.verdict
    if verdict == "change":
        verb = "rise" if effect.difference > 0 else "fall"
        verb += "" if what.split()[0] in ("transfers", "crimes", "ICE") else "s"
        factor = 100.0 if effect.unit == "share" else 1.0
        low, high = sorted(abs(factor * x) for x in (effect.ci_low, effect.ci_high))
        size = factor * abs(effect.difference)
        places = decimals(max(low, high))
        unit = _UNITS.get(effect.outcome, PER)
        share = f", {_percent(effect.relative)}" if effect.unit != "share" and effect.base else ""
        return f"{what} {verb} by {size:,.{places}f} {unit} ({low:,.{places}f} to {high:,.{places}f}{share})"
    if verdict == "no change":
        return f"{what} do not change at all" if what.startswith("trans") else f"no change in {what}"
    if verdict == "none seen":
        return f"no change seen in {what}, which may be too rare for these runs"
    if verdict == "below noise":
        return f"any change in {what} is below noise"
    return f"nothing can be said of {what}: too few runs"


def _percent(share: float) -> str:
    return "n/a" if math.isnan(share) else f"{100 * share:+.0f} %".replace("-", "−")


def _depends(findings: Findings, place: int) -> list[_Sentence]:
    """Return what the answer depends on, as far as it was asked."""
    if not findings.rankings:
        return [_Sentence(place, 0, "Disputed assumptions were not varied: see what the answer depends on.")]
    labels = {r.outcome: r.label for r in findings.rankings}
    found = []
    for rank, outcome in enumerate(("transfers", "reporting_rate", "victimization")):
        label = labels.get(outcome, UNTOLD)
        many = count(len(findings.presets), "set")
        what = HEADLINES[outcome]
        if label == ROBUST:
            text = f"The order of the options in {what} is the same under {many} of disputed assumptions."
        elif label == DISPUTED:
            text = f"Their order in {what} depends on disputed assumptions."
        elif label == UNTOLD:
            text = f"No set of assumptions tells the options apart in {what}."
        else:
            text = f"Only some sets of assumptions tell the options apart in {what}."
        found.append(_Sentence(place, 0 if rank == 0 or label == DISPUTED else 2 + rank, text))
    return found
