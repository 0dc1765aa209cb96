"""Replications chosen, not guessed: more of them where an effect's interval is still too wide."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import InputError, Mark, Problem, Problems
from sim.outcomes.definitions import OUTCOMES
from sim.studies.compare import replications_needed
from sim.studies.sweeps.results import Found, collect
from sim.studies.sweeps.sweep import Asked, Sweep, begin, carry_on

MOST_REPLICATIONS = 1_000_000
NONE_SEEN = 10  # replications after which an effect in which no pair of worlds differs gets no more


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An effect whose interval is wider than asked.

    `half_width` is that of its 95 % interval (missing for a single replication), `wanted` what was asked, and
    `needed` about how many replications would bring it there (None: nobody can tell).
    """

    preset: str
    point: int
    lever: str
    outcome: str
    half_width: float
    wanted: float
    needed: int | None


@dataclass(frozen=True, slots=True)
class Precise:
    """A sweep that was run until its effects were precise, and those that are not."""

    sweep: Sweep
    unresolved: tuple[Unresolved, ...]


def parse_precision(texts: Sequence[str]) -> dict[str, float]:
    """Read `OUTCOME=HALF_WIDTH`, as often as it is given.

    Raises
    ------
    InputError
        With all that is wrong.
    """
    problems = Problems()
    found: dict[str, float] = {}
    known = [o.name for o in OUTCOMES]
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        allowed = "OUTCOME=HALF_WIDTH, the half-width in units of the outcome"
        try:
            width = float(number) if equals else math.nan
        except ValueError:
            width = math.nan
        if name not in known:
            what = f"--precision: unknown outcome {name!r}"
            problems.add(Mark(), what, name, known=known, allowed=allowed)
        elif name in found:
            problems.add(Mark(), f"--precision {name} is given more than once", text, allowed="each once")
        if not (width > 0 and math.isfinite(width)):
            problems.add(Mark(), f"--precision {text}: not a half-width above zero", text, allowed=allowed)
        found[name] = width
    problems.raise_if_any()
    return found


def run_precisely(
    sweep: Sweep, asked: Asked, wanted: Mapping[str, float], budget: int | None = None
) -> Precise:
    """Run a sweep, and go on with more replications until every effect's interval is narrow enough.

    Points that are precise enough get no more; under a budget those that lack least come first.

    Parameters
    ----------
    sweep
        As `open_sweep` gives it.
    asked
        What was asked of it.
    wanted
        Outcome → half-width of the 95 % interval of every lever's paired effect, at every point and under
        every preset, in the outcome's unit.
    budget
        Runs in all, at most.  By default ten times those that the experiment asks for.

    Raises
    ------
    InputError, SimError
        As `run_sweep`; and if there is no lever whose effect could be precise.
    """
    problems = Problems()
    if len(sweep.layout.arms) < 2:
        problems.add(Mark(sweep.experiment.path), "there is no lever whose effect could be precise")
    if budget is not None and budget < 1:
        problems.add(Mark(), "--budget is out of bounds", budget, allowed="1 run or more")
    problems.raise_if_any()
    a_replication = len(sweep.layout.presets) * len(sweep.layout.arms)
    most = 10 * sum(sweep.replications) * a_replication if budget is None else budget
    if sum(sweep.replications) * a_replication > most:
        what = f"--budget is less than the {sum(sweep.replications) * a_replication:,} runs of the experiment"
        raise InputError([Problem(Mark(), what, str(budget), "more, or fewer replications to begin with")])
    with sweep.store.locked():
        begin(sweep, asked)
        while True:
            carry_on(sweep, asked)
            lacking = unresolved(collect(sweep, tuple(wanted)), wanted)
            more = _more(sweep, lacking, most // a_replication)
            if more == sweep.replications:
                return Precise(sweep, tuple(lacking))
            sweep = Sweep(sweep.layout, sweep.store, more)
            begin(sweep, dataclasses.replace(asked, extend=True))


def unresolved(found: Found, wanted: Mapping[str, float]) -> list[Unresolved]:
    """Return the effects whose interval is wider than wanted, or unknown.

    Where no pair of worlds differs nobody can tell an interval; after some replications that is left at
    what it is: none seen.
    """
    lacking = []
    for preset, point, effect in found.effects():
        width = wanted.get(effect.outcome)
        if width is None or effect.group or effect.same_worlds or effect.replications == 0:
            continue
        half = (effect.ci_high - effect.ci_low) / 2.0
        none_seen = effect.verdict == "none seen" and effect.replications >= NONE_SEEN
        if half <= width or none_seen:
            continue
        spread = effect.mcse * math.sqrt(effect.replications)
        needed = replications_needed(spread, width) if math.isfinite(half) else None
        lacking.append(Unresolved(preset, point, effect.lever, effect.outcome, half, width, needed))
    return lacking


def _more(sweep: Sweep, lacking: Sequence[Unresolved], most: int) -> tuple[int, ...]:
    """Return the replications of every point for the next round; `most` is their sum at most.

    A point has at most twice as many as before: what is needed is only estimated.
    """
    now = np.array(sweep.replications)
    then = now.copy()
    for each in lacking:
        had = int(now[each.point])
        aim = NONE_SEEN if each.needed is None else max(each.needed, had + 1)
        then[each.point] = max(then[each.point], min(aim, 2 * had, MOST_REPLICATIONS))
    room = most - int(now.sum())
    for point in np.argsort(then - now, kind="stable"):
        step = min(int(then[point] - now[point]), max(room, 0))
        then[point] = now[point] + step
        room -= step
    return tuple(then.tolist())
