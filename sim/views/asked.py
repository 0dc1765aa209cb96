"""What a verb is asked on the command line, checked in full before anything long begins.

Wrong options, a wrong scenario, wrong levers and wrong settings are told together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Mark, Problems
from sim.scenario.levers import lever_names
from sim.scenario.loader import LoadedScenario
from sim.scenario.tree import Tree
from sim.studies.plan import AS_IT_STANDS, Plan, gathered, load_worlds
from sim.views.console import check_folder, tell
from sim.views.names import wrong_name
from sim.views.notes import notes_on


@dataclass(frozen=True, slots=True)
class Asked:
    """A scenario with what is laid over it, and for a study how it is run and where its files go."""

    scenario: str
    levers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    plan: Plan = AS_IT_STANDS
    out: str | None = None

    @property
    def folder(self) -> Path | None:
        """Folder of the files, if any are to be written."""
        return None if self.out is None else Path(self.out)


def load_asked(asked: Asked) -> LoadedScenario:
    """Return the scenario with its levers and settings.

    Raises
    ------
    InputError
        With all that is wrong with them.
    """
    problems = Problems()
    worlds = _load(asked, [asked.levers], problems)
    problems.raise_if_any()
    return worlds[0]


def check_run(asked: Asked) -> None:
    """Raise `InputError` with all that is wrong with a run."""
    problems = Problems()
    if asked.plan.keep_log and asked.out is None:
        problems.add(Mark(), "--events needs a folder for the log", allowed="--out DIR")
    with gathered(problems):
        asked.plan.check(option="--")
    _check_study(asked, [asked.levers], problems)


def check_comparison(asked: Asked, *, combined: bool, precision: float) -> None:
    """Raise `InputError` with all that is wrong with a comparison."""
    from sim.studies.compare import note_same_levers, sides_of

    problems = Problems()
    with gathered(problems):
        asked.plan.check(option="--", precision=precision)
    if not asked.levers:
        known = lever_names(Tree.around(Path(asked.scenario)).lever_folders())
        problems.add(Mark(), "no lever to compare with: give at least one --lever", known=known)
    note_same_levers(asked.levers, problems)
    _check_study(asked, [levers for _, levers in sides_of(asked.levers, combined=combined)], problems)


def _check_study(asked: Asked, lever_sets: Sequence[Sequence[str]], problems: Problems) -> None:
    """Check scenario and folder, raise all that has been found, and tell what is to be known."""
    from sim.studies.simulate import Settings

    worlds = _load(asked, lever_sets, problems)
    if asked.out is not None:
        with gathered(problems):
            check_folder(asked.out)
    if not problems.found:
        with gathered(problems):
            Settings.of(worlds[0], asked.plan)  # reads its table of residents, where there is one
    problems.raise_if_any()
    plan = asked.plan
    days = None if plan.days is None else plan.days + plan.warm_up
    for note in dict.fromkeys(note for world in worlds for note in notes_on(world, days)):
        tell(f"Note: {note}")


def _load(asked: Asked, lever_sets: Sequence[Sequence[str]], problems: Problems) -> list[LoadedScenario]:
    wrong = wrong_name("SCENARIO", asked.scenario, ending=".yaml")
    if wrong is not None:
        problems.found.append(wrong)
        return []
    return load_worlds(asked.scenario, lever_sets, asked.settings, problems)
