"""What somebody wants of a policy: goals, in either direction, and thresholds that are to hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sim.errors import Mark, Problems
from sim.outcomes.definitions import BY_NAME, OUTCOMES
from sim.scenario.experiment import Experiment

SENSES: Final = ("min", "max")
Bound = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Goal:
    """An outcome of which less (`min`) or more (`max`) is wanted."""

    outcome: str
    sense: str

    @property
    def sign(self) -> float:
        """What makes an outcome a loss: 1 where less is wanted, −1 where more is."""
        return 1.0 if self.sense == "min" else -1.0

    @property
    def words(self) -> str:
        """The goal as it is told."""
        return f"{BY_NAME[self.outcome].label} ({'less' if self.sense == 'min' else 'more'} is wanted)"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value, in the outcome's unit, which the outcome is to keep `at most` or `at least`."""

    outcome: str
    bound: Bound
    value: float

    @property
    def sign(self) -> float:
        """1 where the outcome is to stay below the value, −1 where above."""
        return 1.0 if self.bound == "at most" else -1.0

    @property
    def words(self) -> str:
        """The threshold as it is told."""
        return f"{self.outcome} {self.bound} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Aims:
    """Goals and thresholds, and the presets to look at (none named: all that the experiment has)."""

    goals: tuple[Goal, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    presets: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that they speak of, each once."""
        return tuple(dict.fromkeys([*(x.outcome for x in self.goals), *(x.outcome for x in self.thresholds)]))


def parse_aims(
    goals: Sequence[str],
    at_most: Sequence[str] = (),
    at_least: Sequence[str] = (),
    presets: Sequence[str] = (),
) -> Aims:
    """Read `OUTCOME=min`, `OUTCOME=max` and thresholds `OUTCOME=X`, each as often as it is given.

    Examples
    --------
    >>> aims = parse_aims(["transfers=min", "reporting_rate=max"], at_most=["transfers=30"])
    >>> aims.goals[1].words, aims.thresholds[0].words
    ('Crimes that victims report (more is wanted)', 'transfers at most 30')

    Raises
    ------
    InputError
        With all that is wrong.
    """
    problems = Problems()
    found = [_goal(text, problems) for text in goals]
    bounds = [_threshold(text, "at most", problems) for text in at_most]
    bounds += [_threshold(text, "at least", problems) for text in at_least]
    aims = Aims(
        tuple(x for x in found if x is not None),
        tuple(x for x in bounds if x is not None),
        tuple(dict.fromkeys(presets)),
    )
    _note_clashes(aims, problems)
    if not (goals or at_most or at_least):
        allowed = "--goal OUTCOME=min|max, --at-most OUTCOME=X, --at-least OUTCOME=X"
        problems.add(Mark(), "there is nothing to judge the options by", allowed=allowed)
    problems.raise_if_any()
    return aims


def _goal(text: str, problems: Problems) -> Goal | None:
    name, _, sense = (part.strip() for part in text.partition("="))
    known = _note_outcome("--goal", name, problems)
    if sense not in SENSES:
        allowed = "OUTCOME=min where less is wanted, OUTCOME=max where more is"
        problems.add(Mark(), f"--goal {text}: no direction", text, allowed=allowed)
        return None
    return Goal(name, sense) if known else None


def _threshold(text: str, bound: Bound, problems: Problems) -> Threshold | None:
    option = f"--{bound.replace(' ', '-')}"
    name, equals, number = (part.strip() for part in text.partition("="))
    known = _note_outcome(option, name, problems)
    try:
        value = float(number) if equals else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        unit = f" ({BY_NAME[name].unit})" if known else ""
        allowed = f"OUTCOME=X, a number in the outcome's unit{unit}"
        problems.add(Mark(), f"{option} {text}: not a threshold", text, allowed=allowed)
        return None
    return Threshold(name, bound, value) if known else None


def _note_outcome(option: str, name: str, problems: Problems) -> bool:
    known = [o.name for o in OUTCOMES]
    if name not in known:
        problems.add(Mark(), f"{option}: unknown outcome {name!r}", name, known=known)
    return name in known


def _note_clashes(aims: Aims, problems: Problems) -> None:
    """Note goals and thresholds that are given twice, and thresholds that nothing can keep together."""
    names = [goal.outcome for goal in aims.goals]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            problems.add(Mark(), f"--goal {name} is given more than once", allowed="each outcome once")
    ends: dict[tuple[str, str], float] = {}
    for each in aims.thresholds:
        key = each.outcome, each.bound
        if key in ends:
            option = f"--{each.bound.replace(' ', '-')}"
            problems.add(Mark(), f"{option} {each.outcome} is given more than once", allowed="each once")
        ends[key] = each.value
    for (name, bound), value in ends.items():
        most = ends.get((name, "at most"))
        if bound == "at least" and most is not None and most < value:
            what = f"no world keeps {name} both at least {value:g} and at most {most:g}"
            problems.add(Mark(), what, allowed="--at-least no higher than --at-most")


def note_misfits(aims: Aims, experiment: Experiment, problems: Problems) -> None:
    """Note what an experiment cannot answer: presets that it has not, goals without options."""
    known = [preset.name for preset in experiment.presets]
    for name in aims.presets:
        if not known:
            problems.add(Mark(experiment.path), "--preset: the experiment names no presets", name)
        elif name not in known:
            problems.add(Mark(), f"--preset: the experiment has no preset {name!r}", name, known=known)
    if aims.goals and len(experiment.arms) < 2:
        what = "there is no lever to decide between: goals compare the experiment's levers"
        problems.add(Mark(experiment.path), what, allowed="`levers:` in the experiment, or thresholds alone")
