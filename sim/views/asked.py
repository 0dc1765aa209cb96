"""What a verb is asked on the command line, checked in full before anything long begins.

Wrong options, a wrong scenario, wrong levers and wrong settings are told together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, Mark, Problems, SimError
from sim.scenario.levers import lever_names
from sim.scenario.loader import LoadedScenario
from sim.scenario.sizes import check_sizes
from sim.scenario.tree import Tree
from sim.studies.plan import AS_IT_STANDS, Plan, gathered, load_worlds
from sim.views.console import check_file, check_folder, tell
from sim.views.names import wrong_name
from sim.views.notes import notes_on

if TYPE_CHECKING:
    from sim.scenario.experiment import Experiment
    from sim.studies.aims import Aims
    from sim.studies.findings import Findings


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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about why two worlds differ; what is None was not asked.

    Attributes
    ----------
    outcome, by
        The outcome to be explained, and a breakdown.
    find, limit
        People to be listed, as `OUTCOME-only-in=WORLD`, and how many at most.
    resident, replication
        The one person to be followed.
    """

    outcome: str | None = None
    by: str | None = None
    find: str | None = None
    limit: int | None = None
    resident: int | None = None
    replication: int | None = None


def check_question(asked: Asked, question: Question) -> tuple[str, str]:
    """Return the outcome that is asked for, and in which world alone (`base`, `lever`, empty: in both).

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the settings and the question.
    """
    from sim.studies.explain import BY, OUTCOME, note_outcome

    problems = Problems()
    with gathered(problems):
        asked.plan.check(option="--")
    if not asked.levers:
        known = lever_names(Tree.around(Path(asked.scenario)).lever_folders())
        problems.add(Mark(), "no lever to explain: give at least one --lever", known=known)
    outcome, world = OUTCOME if question.outcome is None else question.outcome, ""
    note_outcome(outcome, problems, "--outcome")
    if question.by is not None and question.by not in BY:
        problems.add(Mark(), "--by: unknown breakdown", question.by, known=tuple(BY))
    if question.find is not None:
        found, world = _found(question.find, asked.levers, problems)
        if question.outcome not in (None, found):
            allowed = "the outcome once"
            problems.add(Mark(), "--outcome and --find name two outcomes", question.find, allowed=allowed)
        outcome = found
    _note_misplaced(asked, question, problems)
    _check_study(asked, [(), asked.levers], problems, question)
    return outcome, world


def _found(text: str, levers: Sequence[str], problems: Problems) -> tuple[str, str]:
    """Return outcome and world of `OUTCOME-only-in=WORLD`."""
    from sim.scenario.lever_uses import split_use
    from sim.studies.explain import OUTCOME, note_outcome

    outcome, between, world = text.partition("-only-in=")
    if not between:
        allowed = "OUTCOME-only-in=base or OUTCOME-only-in=lever"
        problems.add(Mark(), "--find does not say what to find", text, allowed=allowed)
        return OUTCOME, ""
    outcome = OUTCOME if outcome == "transferred" else outcome
    note_outcome(outcome, problems, "--find")
    names = [*levers, *(split_use(lever)[0] for lever in levers)]
    if world not in ("base", "lever", *names):
        problems.add(Mark(), "--find: unknown world", world, known=("base", "lever", *dict.fromkeys(names)))
    return outcome, "base" if world == "base" else "lever"


def _note_misplaced(asked: Asked, question: Question, problems: Problems) -> None:
    """Note options that say nothing about what is asked for."""
    given = {
        "--outcome": question.outcome,
        "--by": question.by,
        "--find": question.find,
        "--limit": question.limit,
        "--out": asked.out,
    }
    if question.resident is not None:
        found = [name for name, value in given.items() if value is not None]
        if found:
            what = f"--resident shows one person; {' and '.join(found)} would say nothing about them"
            problems.add(Mark(), what, allowed="--resident with --replication")
        return
    if question.replication is not None:
        problems.add(Mark(), "--replication says where --resident lives", allowed="--resident N")
    if question.find is None and question.limit is not None:
        problems.add(Mark(), "--limit says how many people --find lists", allowed="--find")
    limit = question.limit
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        problems.add(Mark(), "--limit is no number of people", limit, allowed="a whole number, 1 or more")


def _check_study(
    asked: Asked,
    lever_sets: Sequence[Sequence[str]],
    problems: Problems,
    question: Question | None = None,
) -> None:
    """Check scenario and folder, raise all that has been found, and tell what is to be known."""
    from sim.studies.follow import note_person
    from sim.studies.simulate import Settings

    worlds = _load(asked, lever_sets, problems)
    if asked.out is not None:
        with gathered(problems):
            check_folder(asked.out)
    if not problems.found:
        with gathered(problems):
            settings = Settings.of(worlds[0], asked.plan)  # reads its table of residents, if there is one
            if question is not None and question.resident is not None:
                note_person(question.resident, question.replication or 0, settings, problems, option="--")
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


def check_sweep(
    experiment: str,
    out: str | None,
    modes: Mapping[str, bool],
    precision: Sequence[str],
    budget: Any,
    **sizes: Any,
) -> tuple[Experiment, dict[str, float]]:
    """Return the experiment of a sweep, and the precision that is asked of it.

    Parameters
    ----------
    experiment, out
        As the command line gives them.
    modes
        `--resume`, `--extend` and `--status`: at most one may be on.
    precision, budget
        `OUTCOME=HALF_WIDTH`, and runs at most.
    **sizes
        `replications`, `workers`, `scheduler`.

    Raises
    ------
    InputError
        With all that is wrong with what is asked, the experiment included.
    """
    from sim.studies.sweeps.precision import parse_precision

    problems, wanted = Problems(), {}
    on = _check_modes(modes, problems)
    with gathered(problems):
        check_sizes(option="--", replications=sizes["replications"], workers=sizes["workers"])
    with gathered(problems):
        wanted = parse_precision(precision)
    if budget is not None and (isinstance(budget, str) or budget < 1):
        problems.add(Mark(), "--budget is out of bounds", budget, allowed="a whole number of runs, 1 or more")
    if budget is not None and not precision:
        problems.add(
            Mark(), "--budget belongs to --precision", budget, allowed="--precision OUTCOME=HALF_WIDTH"
        )
    read = _check_place(experiment, None if "--status" in on else out, sizes, problems)
    problems.raise_if_any()
    assert read is not None
    return read, wanted


def check_decision(
    experiment: str,
    out: str | None,
    aims: tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]],
    *,
    discover: bool,
) -> tuple[Experiment, Aims]:
    """Return the experiment whose options are judged, and what they are judged by.

    Parameters
    ----------
    experiment, out
        As the command line gives them.
    aims
        Goals, upper and lower thresholds, presets.
    discover
        Whether the extra is needed.

    Raises
    ------
    InputError
        With all that is wrong, the experiment included.
    """
    from sim.studies.aims import Aims, note_misfits, parse_aims
    from sim.studies.discovery import workbench

    problems, found = Problems(), None
    with gathered(problems):
        found = parse_aims(*aims)
    if discover:
        try:
            workbench()
        except SimError as error:
            problems.add(Mark(), f"--discover: {error}")
    read = _check_place(experiment, out, {}, problems)
    if read is not None:
        note_misfits(found or Aims(presets=tuple(aims[3])), read, problems)
    problems.raise_if_any()
    assert found is not None
    assert read is not None
    return read, found


def _check_place(
    experiment: str,
    out: str | None,
    sizes: Mapping[str, Any],
    problems: Problems,
    *,
    own_design: bool = True,
) -> Experiment | None:
    """Read an experiment; note what is wrong with it, with where it is run, and with where its files go."""
    from sim.studies.sweeps.sweep import read_experiment

    scheduler = sizes.get("scheduler")
    if scheduler is not None and not re.fullmatch(r"(tcp|tls|ucx|wss?|inproc)://[^\s/]+", scheduler):
        allowed = (
            "such as tcp://10.0.0.1:8786, as the scheduler says when it starts (http is its dashboard's)"
        )
        problems.add(Mark(), "--scheduler: not an address", scheduler, allowed=allowed)
    if scheduler is not None and sizes["workers"] is not None:
        what = "--workers are threads of this process, and --scheduler has workers of its own"
        problems.add(Mark(), what, sizes["workers"], allowed="one of them")
    if out is not None:
        with gathered(problems):
            check_folder(out)
    wrong = wrong_name("EXPERIMENT", experiment)
    if wrong is not None:
        problems.found.append(wrong)
        return None
    read: list[Experiment] = []
    with gathered(problems):
        read.append(read_experiment(experiment, own_design=own_design))
    return read[0] if read else None


def check_sensitivity(
    experiment: str,
    out: str | None,
    modes: Mapping[str, bool],
    method: str,
    samples: Any,
    effect_of: Sequence[str],
    **sizes: Any,
) -> None:
    """Raise `InputError` with all that is wrong with what a sensitivity study is asked.

    Parameters
    ----------
    experiment, out
        As the command line gives them.
    modes
        `--resume` and `--extend`: at most one may be on.
    method, samples, effect_of
        How parameters are drawn, how often, and the levers whose effects are analysed.
    **sizes
        `replications`, `workers`, `scheduler`.
    """
    from sim.studies.sensitivity.design import check_samples
    from sim.studies.sensitivity.study import note_unfit

    problems = Problems()
    _check_modes(modes, problems)
    with gathered(problems):
        check_sizes(option="--", replications=sizes["replications"], workers=sizes["workers"])
    check_samples(method, samples, problems, option="--")
    read = _check_place(experiment, out, sizes, problems, own_design=False)
    if read is not None:
        note_unfit(read, effect_of, problems, option="--effect-of")
    problems.raise_if_any()


def check_report(folder: str, sensitivity: str | None, out: str | None) -> tuple[Findings, Path]:
    """Return what a folder holds, and where its report goes.

    Raises
    ------
    InputError
        With all that is wrong with the folders and the file.
    """
    from sim.studies.findings import read_findings, read_sensitivity

    problems, found, study = Problems(), [], None
    with noted("DIR", folder, problems):
        found.append(read_findings(folder))
    if sensitivity is not None:
        with noted("--sensitivity", sensitivity, problems):
            study = read_sensitivity(sensitivity)
    path = Path(folder) / "report.html" if out is None else Path(out)
    if out is not None or found:
        with gathered(problems):
            check_file(str(path))
    problems.raise_if_any()
    return replace(found[0], sensitivity=study), path


@contextmanager
def noted(what: str, value: str, problems: Problems) -> Iterator[None]:
    """Note a `SimError` that ends the block as a problem with an input."""
    try:
        yield
    except SimError as error:
        if isinstance(error, InputError):
            problems.found += error.problems
        else:
            problems.add(Mark(), f"{what}: {error}", value)


def check_validation(patterns: str | None, workers: Any, out: str | None) -> None:
    """Raise `InputError` with all that is wrong with what a validation is asked."""
    from sim.studies.targets import load_patterns

    problems = Problems()
    with gathered(problems):
        AS_IT_STANDS.but(workers=workers).check(option="--")
    with gathered(problems):
        load_patterns(patterns)
    if out is not None:
        with gathered(problems):
            check_folder(out)
    problems.raise_if_any()


def check_docs(
    folder: str | None,
    modes: Mapping[str, bool],
    delta: str | None,
    levers: Sequence[str],
    settings: Sequence[str],
    out: str | None,
) -> LoadedScenario | None:
    """Return the scenario whose delta-ODD is asked for; None where the methods pages are.

    Parameters
    ----------
    folder
        Folder of the pages, as the command line gives it.
    modes
        `--check` and `--write`: at most one may be on, and none with `--delta`.
    delta, levers, settings, out
        The scenario, what is laid over it, and the file for its delta-ODD.

    Raises
    ------
    InputError
        With all that is wrong with what is asked.
    """
    problems, worlds = Problems(), []
    on = _check_modes(modes, problems)
    if delta is None:
        given = {"--lever": levers, "--set": settings, "--out": out}
        for name in (name for name, value in given.items() if value):
            problems.add(Mark(), f"{name} belongs to --delta", allowed="--delta SCENARIO")
    else:
        for name in [*on, *(["DIR"] if folder is not None else [])]:
            problems.add(
                Mark(), f"{name} is for the pages, and --delta for one scenario", allowed="one of them"
            )
        worlds = _load(Asked(delta, tuple(levers), tuple(settings)), [tuple(levers)], problems)
        if out is not None:
            with gathered(problems):
                check_file(out)
    problems.raise_if_any()
    return worlds[0] if worlds else None


def _check_modes(modes: Mapping[str, bool], problems: Problems) -> list[str]:
    """Note options that exclude each other; return those that are on."""
    on = [name for name, given in modes.items() if given]
    if len(on) > 1:
        problems.add(Mark(), "ask for one thing at a time", " ".join(on), allowed="one of them")
    return on
