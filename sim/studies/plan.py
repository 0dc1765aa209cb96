"""How a study is run, as its caller asks for it, and the worlds that it is run on.

The one home of what `sim.run`, `sim.compare` and the command line have in common: sizes, warm-up, threads,
event log, progress.  Everything that is wrong with what a caller asks for is told together.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypedDict, Unpack

from sim.errors import InputError, Mark, Problems, UnknownKeyword
from sim.scenario.arguments import SCENARIO, function, is_path
from sim.scenario.lever_uses import parse_use
from sim.scenario.levers import load_lever
from sim.scenario.loader import LoadedScenario, load
from sim.scenario.phases import LAST_DAY
from sim.scenario.sizes import check_sizes
from sim.scenario.tree import Tree

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a study is run; what is None is as the scenario says.

    A plan that is made with wrong numbers raises `InputError` with all of them; one that is made of another
    by `but` is checked by the study that takes it, together with all else that it is asked.

    Attributes
    ----------
    residents, days, seed, replications
        In place of the scenario's own.
    warm_up
        Days lived before outcomes are counted, so that jail and detention are no longer empty.  The days of a
        timeline and the times of an event log count from the beginning of the warm-up.
    workers
        Threads (default: one for each processor).
    keep_log
        Whether to keep every event (`events` of each result), those of the warm-up included.
    by_year
        Whether a run counts by calendar year too (`years` of each result); a comparison does not.
    progress
        Called with (runs done, runs in all), one call at a time and in order.
    """

    residents: int | None = None
    days: float | None = None
    seed: int | None = None
    replications: int | None = None
    warm_up: float = 0.0
    workers: int | None = None
    keep_log: bool = False
    by_year: bool = False
    progress: Progress | None = None

    def __new__(cls, *_: Any, **given: Any) -> Plan:
        """Refuse fields that no plan has, with the nearest one."""
        check_keywords("Plan", given)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        self.check()

    def but(self, **changes: Unpack[PlanFields]) -> Plan:
        """Return the plan with some fields changed, and not checked yet.

        Raises
        ------
        UnknownKeyword
            An `InputError` and a `TypeError`: if a plan has no such field.
        """
        check_keywords("Plan.but", changes)
        plan: Plan = object.__new__(type(self))
        for field in fields(self):
            object.__setattr__(plan, field.name, changes.get(field.name, getattr(self, field.name)))
        return plan

    def check(self, *, option: str = "", precision: float | None = None) -> None:
        """Raise `InputError` with every number that is out of bounds.

        Parameters
        ----------
        option
            What stands before a name where it is shown: `--` for the command line.
        precision
            Checked with the rest, where a study has one.
        """
        problems = Problems()
        with gathered(problems):
            check_sizes(
                option=option,
                days=self.days,
                residents=self.residents,
                seed=self.seed,
                replications=self.replications,
                workers=self.workers,
                precision=precision,
            )
        _check_warm_up(self.warm_up, f"{option}warm-up" if option else "warm_up", problems)
        for name in ("keep_log", "by_year"):
            if getattr(self, name) not in (True, False):
                problems.add(Mark(), f"{name} is yes or no", getattr(self, name), allowed="True, False")
        progress: object = self.progress
        if progress is not None and not callable(progress):
            what = "progress cannot be called"
            problems.add(Mark(), what, progress, allowed="a function of runs done and runs in all")
        problems.raise_if_any()


class PlanFields(TypedDict, total=False):
    """The fields of a `Plan`, as keywords of the functions that take one."""

    residents: int | None
    days: float | None
    seed: int | None
    replications: int | None
    warm_up: float
    workers: int | None
    keep_log: bool
    by_year: bool
    progress: Progress | None


def check_keywords(name: str, given: Iterable[str], others: Iterable[str] = ()) -> None:
    """Raise `UnknownKeyword` with every keyword that is neither a field of a plan nor one of `others`."""
    known, problems = [*others, *PlanFields.__annotations__], Problems()
    for word in given:
        if word not in known:
            problems.add(function(name), f"there is no keyword {word!r}", word, known=known)
    if problems.found:
        raise UnknownKeyword(problems.found)


def load_worlds(
    scenario: str | Path,
    lever_sets: Sequence[Sequence[str]],
    settings: Sequence[str],
    problems: Problems,
    assumptions: Sequence[str] = (),
) -> list[LoadedScenario]:
    """Load a scenario once with each set of levers, and note everything that is wrong with any of them.

    Parameters
    ----------
    scenario
        Path or name of the scenario.
    lever_sets
        Sets of levers as the command line takes them.
    settings
        `path=value` settings for every world.
    assumptions
        Settings of a preset for every world, laid before the levers.
    problems
        What is wrong is noted here; where anything is, the worlds are not to be used.
    """
    if not is_path(scenario, "the scenario", Mark(), problems, SCENARIO):
        return []
    note_repeats(settings, problems)
    worlds = []
    for levers in lever_sets:
        with gathered(problems):
            worlds.append(load(scenario, levers=levers, settings=settings, assumptions=assumptions))
    if Tree.around(Path(scenario)).find(str(scenario), None) is None:
        _check_levers(scenario, [lever for levers in lever_sets for lever in levers], problems)
    return worlds


def _check_warm_up(days: Any, name: str, problems: Problems) -> None:
    allowed = f"0 to {LAST_DAY:,} days"
    if isinstance(days, bool) or not isinstance(days, numbers.Real):
        problems.add(Mark(), f"{name} is not a number", days, allowed=allowed)
    elif not 0 <= float(days) <= LAST_DAY:
        problems.add(Mark(), f"{name} is out of bounds", days, allowed=allowed)


def note_repeats(settings: Sequence[str], problems: Problems) -> None:
    """Note the paths that `path=value` settings set more than once."""
    given: dict[str, list[str]] = {}
    for text in settings:
        path, equals, _ = text.partition("=")
        if equals:
            given.setdefault(path.strip(), []).append(text.strip())
    for path, texts in given.items():
        if len(texts) > 1:
            what = f"--set {path} is given more than once: {' and '.join(texts)}"
            problems.add(Mark(), what, allowed="each path once")


def _check_levers(scenario: str | Path, levers: Sequence[str], problems: Problems) -> None:
    """Note what is wrong with levers when there is no scenario to lay them over."""
    tree = Tree.around(Path(scenario))
    for text in dict.fromkeys(levers):
        use = parse_use(text, problems)
        if use is not None:
            load_lever(use, tree, problems)


@contextmanager
def gathered(problems: Problems) -> Iterator[None]:
    """Note the problems of an `InputError` that ends the block, so that others can be found too."""
    try:
        yield
    except InputError as error:
        problems.found += [problem for problem in error.problems if problem not in problems.found]


AS_IT_STANDS = Plan()
