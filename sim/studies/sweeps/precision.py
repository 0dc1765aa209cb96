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
# No interval of fewer replications counts: among few some are narrow by chance, and would end the search.
# After as many, an effect in which no pair of worlds differs gets no more.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An effect whose interval is wider than asked, or rests on too few replications.

    Attributes
    ----------
    half_width
        Of its 95 % interval; missing where no pair of worlds differs, or for a single replication.
    wanted
        What was asked.
    needed
        About how many replications would bring it there; None: nobody can tell.
    none_seen
        Whether no pair of worlds differs in `FEWEST` replications or more: it gets no more of them.
    """

    preset: str
    point: int
    lever: str
    outcome: str
    half_width: float
    wanted: float
    needed: int | None
    none_seen: bool = False


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

    Every point has `FEWEST` replications at least.  Points that are precise enough get no more; under a
    budget those that lack least come first.

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
    """Return the effects whose interval is wider than wanted, or unknown, or of too few replications."""
    lacking = []
    for preset, point, effect in found.effects():
        width = wanted.get(effect.outcome)
        if width is None or effect.group or effect.same_worlds or effect.replications == 0:
            continue
        half, enough = (effect.ci_high - effect.ci_low) / 2.0, effect.replications >= FEWEST
        if half <= width and enough:
            continue
        needed = None
        if math.isfinite(half):
            spread = effect.mcse * math.sqrt(effect.replications)
            needed = max(replications_needed(spread, width) or FEWEST, FEWEST)
        about = preset, point, effect.lever, effect.outcome, half, width, needed
        lacking.append(Unresolved(*about, none_seen=effect.verdict == "none seen" and enough))
    return lacking


def _more(sweep: Sweep, lacking: Sequence[Unresolved], most: int) -> tuple[int, ...]:
    """Return the replications of every point for the next round; `most` is their sum at most.

    A point has at most twice as many as before (or `FEWEST`): what is needed is only estimated.
    """
    now = np.array(sweep.replications)
    then = now.copy()
    for each in lacking:
        had = int(now[each.point])
        aim = FEWEST if each.needed is None else max(each.needed, had + 1)
        if not each.none_seen:
            then[each.point] = max(then[each.point], min(aim, max(2 * had, FEWEST), MOST_REPLICATIONS))
    room = most - int(now.sum())
    for point in np.argsort(then - now, kind="stable"):
        step = min(int(then[point] - now[point]), max(room, 0))
        then[point] = now[point] + step
        room -= step
    return tuple(then.tolist())
