"""The Python face: the studies of `sim`, with results that show themselves in a notebook.

What a notebook shows of a result is what the command line prints of it; `.table()` gives it as a pandas
table, and `.plot()` as a matplotlib figure, which shows itself too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Unpack

from sim.errors import InputError, Mark, Problems
from sim.outcomes.definitions import BY_NAME
from sim.scenario.arguments import SCENARIO, function, is_path, texts
from sim.studies import compare as comparing
from sim.studies import explain as explaining
from sim.studies import run as running
from sim.studies.findings import Findings, findings_of, read_findings
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields, check_keywords, gathered
from sim.studies.sweeps import results as sweeping
from sim.studies.traces import Traced, Traces, compare_traced

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.studies.plan import Progress
    from sim.views.tables import Table

T = TypeVar("T")
FIGURES: Final = ("effects", "funnel")
PAGE: Final = "the file of the page, such as report.html"


def _as(kind: type[T], result: Any, **more: Any) -> T:
    """Return a result as one of the kinds below, which have the same fields."""
    return kind(**{f.name: getattr(result, f.name) for f in fields(result)}, **more)


def _html(tables: Sequence[Table]) -> str:
    from sim.views.report.page import table_html

    return "\n".join(table_html(table) for table in tables)


@dataclass(frozen=True, slots=True)
class Run(running.Run):
    """A world and what its replications gave; in a notebook, the tables of `sim run`."""

    def _repr_html_(self) -> str:
        from sim.views.results import run_tables

        return _html(run_tables(self, everything=False))

    def plot(self, what: Literal["funnel"] = "funnel") -> Figure:
        """Return a figure of the funnel: each stage per 100,000 residents and year, with its spread."""
        from sim.views.run_figure import run_figure

        _check_choice("plot", what, ("funnel",))
        return run_figure(self)


@dataclass(frozen=True, slots=True)
class Comparison(comparing.Comparison):
    """A world beside itself with each lever; in a notebook, the tables of `sim compare`.

    `traces` holds what a full report needs, where the comparison was asked to keep it.
    """

    traces: Traces | None = None

    def _repr_html_(self) -> str:
        from sim.views.results import comparison_tables

        return _html(comparison_tables(self, everything=False))

    def table(self, by: str = "") -> pd.DataFrame:
        """Return all paired effects by lever and outcome, in total or for each level of a breakdown.

        Parameters
        ----------
        by
            `status`, `group`, `record` … as `effects.csv` has them; empty: totals.

        Returns
        -------
        pandas.DataFrame
            By lever and outcome (and level): `label`, `base`, `value`, `difference`, `ci_low`, `ci_high`,
            `relative`, `verdict`, `unit`.

        Raises
        ------
        InputError
            If there is no such breakdown.
        """
        import pandas as pd

        known = list(dict.fromkeys(e.group for e in self.effects))
        if by not in known:
            problems = Problems()
            problems.add(Mark(), "unknown breakdown", by, known=[x for x in known if x])
            raise InputError(problems.found)
        names = ("base", "value", "difference", "ci_low", "ci_high", "relative", "verdict", "unit")
        index = ["lever", "outcome", *(["level"] if by else [])]
        rows = [
            {name: getattr(e, name) for name in index}
            | {"label": BY_NAME[e.outcome].label}
            | {name: getattr(e, name) for name in names}
            for e in self.effects
            if e.group == by
        ]
        return pd.DataFrame(rows).set_index(index)

    def plot(self, what: Literal["effects", "funnel"] = "effects") -> Figure:
        """Return a figure: the paired effects of each lever, or the funnel of each world."""
        from sim.views.figures import effects_figure, funnel_figure

        _check_choice("plot", what, FIGURES)
        return effects_figure(self) if what == "effects" else funnel_figure(self)

    def report(self, path: str | Path) -> Path:
        """Write the report, one HTML file, and return where it is.

        Without `trace=True` it lacks the flow of people, where the worlds part, and the course over time.
        """
        from sim.views.report.page import write_report

        _check_path("report", path, "the report", PAGE)
        return write_report(Path(path), findings_of(Traced(self, self.traces)))


@dataclass(frozen=True, slots=True)
class Divergence(explaining.Divergence):
    """Where the timelines of two worlds part; in a notebook, the tables of `sim explain`."""

    def _repr_html_(self) -> str:
        from sim.views.divergence import divergence_tables

        return _html(divergence_tables(self))

    def plot(self, what: Literal["waterfall"] = "waterfall") -> Figure:
        """Return a waterfall from the base's number to the lever's, one bar a decision point."""
        from sim.views.waterfall import divergence_figure

        _check_choice("plot", what, ("waterfall",))
        return divergence_figure(self)


@dataclass(frozen=True)
class Sweep(sweeping.Found):
    """What a sweep found; in a notebook, the tables of `sim sweep`."""

    def _repr_html_(self) -> str:
        from sim.views.sweeps import sweep_tables

        return _html(sweep_tables(self))

    def plot(self, what: Literal["effects"] = "effects") -> Figure:
        """Return a figure of every lever's effect over the whole design, a panel an outcome."""
        from sim.views.sweep_figure import sweep_figure

        _check_choice("plot", what, ("effects",))
        return sweep_figure(self)


def run(
    scenario: str | Path,
    levers: str | Sequence[str] = (),
    *,
    set_values: str | Sequence[str] = (),
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Run:
    """Run one world.

    Parameters
    ----------
    scenario
        Path or name of the scenario.
    levers
        Levers to switch on, as the command line takes them (`name`, `name=0.5`, `name=a:1,b:2`; a path to a
        lever file in place of the name).  A single one need not be in a list.
    set_values
        `path=value` settings, which win over everything.
    plan
        Sizes, warm-up, threads, event log, progress.
    **changes
        Fields of the plan that are to be otherwise: `residents`, `days`, `seed`, `replications`, `warm_up`,
        `workers`, `keep_log`, `by_year`, `progress`.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the settings and the plan; for a keyword that
        there is not, an `UnknownKeyword`, which is a `TypeError` too.

    Examples
    --------
    >>> import sim
    >>> month = sim.Plan(residents=2_000, days=30, replications=2)
    >>> run = sim.run("base", ["data_firewall=0.5"], plan=month, seed=3)
    >>> run.settings.days, run.settings.seed
    (30, 3)
    >>> list(run.table().columns)
    ['label', 'mean', 'sd', 'replications', 'unit']
    """
    plan = _plan(run, plan, changes)
    levers, set_values = _checked("sim.run", scenario, levers, set_values, plan)
    return _as(Run, running.run(scenario, levers, set_values=set_values, plan=plan))


def compare(
    scenario: str | Path,
    levers: str | Sequence[str],
    *,
    combined: bool = False,
    set_values: str | Sequence[str] = (),
    precision: float = comparing.PRECISION,
    trace: bool = False,
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Comparison:
    """Compare a scenario with itself under each lever: the same people and the same luck.

    Parameters
    ----------
    scenario
        Path or name of the base.
    levers
        Levers as the command line takes them (`name`, `name=0.5`, `name=a:1,b:2`; a path to a lever file in
        place of the name).  A single one need not be in a list.
    combined
        Whether to add a world with all levers together.
    set_values
        `path=value` settings for every world, base included.
    precision
        Half-width of the interval, as a share of the base value, for `replications_needed`.
    trace
        Whether to keep what a full report tells beside outcomes: the flow of people, where the worlds part,
        the course over time.
    plan
        Sizes, warm-up, threads, event log, progress.
    **changes
        Fields of the plan that are to be otherwise: `residents`, `days`, `seed`, `replications`, `warm_up`,
        `workers`, `keep_log`, `progress`.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the settings and the plan; for a keyword that
        there is not, an `UnknownKeyword`, which is a `TypeError` too.

    Examples
    --------
    >>> import sim
    >>> quick = sim.Plan(residents=2_000, days=60, replications=2)
    >>> comparison = sim.compare("base", ["null", "cite_and_release=0.9"], plan=quick)
    >>> comparison.table().loc[("null", "bookings"), "verdict"]
    'no change'
    >>> comparison.effect("cite_and_release=0.9", "bookings").difference < 0
    True
    """
    plan = _plan(compare, plan, changes)
    levers, set_values = _checked("sim.compare", scenario, levers, set_values, plan)
    done = compare_traced(
        scenario,
        levers,
        combined=combined,
        set_values=set_values,
        precision=precision,
        plan=plan,
        trace=trace,
    )
    return _as(Comparison, done.comparison, traces=done.traces)


def explain(
    scenario: str | Path,
    levers: str | Sequence[str],
    *,
    outcome: str = explaining.OUTCOME,
    set_values: str | Sequence[str] = (),
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Divergence:
    """Explain an outcome's difference between a scenario and the same with levers, by where timelines part.

    Parameters
    ----------
    scenario
        Path or name of the base.
    levers
        Levers as the command line takes them (`name`, `name=0.5`, `name=a:1,b:2`; a path to a lever file in
        place of the name).  Several are laid over the base together, in this order: they make one world.
    outcome
        A rate that counts events that happen to people (`sim.studies.explain.EXPLAINABLE` lists them).
    set_values
        `path=value` settings for both worlds.
    plan
        Sizes, warm-up, threads, progress.  Events count after the warm-up; timelines may part within it.
    **changes
        Fields of the plan that are to be otherwise: `residents`, `days`, `seed`, `replications`, `warm_up`,
        `workers`, `progress`.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the outcome, the settings and the plan; for a
        keyword that there is not, an `UnknownKeyword`, which is a `TypeError` too.

    Examples
    --------
    >>> import sim
    >>> quick = sim.Plan(residents=2_000, days=120, replications=2)
    >>> why = sim.explain("base", ["prints_kept_local"], outcome="prints_shared", plan=quick)
    >>> row = why.rows()[0]
    >>> row.decision, row.base_event, row.lever_event, row.lever_channel
    ('prints', 'prints_shared', 'data_withheld', 'booking_prints')
    """
    plan = _plan(explain, plan, changes)
    levers, set_values = _checked("sim.explain", scenario, levers, set_values, plan)
    done = explaining.explain(scenario, levers, outcome=outcome, set_values=set_values, plan=plan)
    return _as(Divergence, done)


def sweep(
    experiment: str | Path,
    folder: str | Path | None = None,
    *,
    resume: bool = False,
    extend: bool = False,
    replications: int | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Run an experiment, write its tables, and return what it found.

    Parameters
    ----------
    experiment
        Its file, or its folder.
    folder
        Where its runs are kept (default: `results/` and the name of the experiment's folder).
    resume, extend
        Whether to go on with a sweep that lies there, as it was begun or with more.
    replications
        In place of the experiment's own.
    workers
        Threads (default: one for each processor).
    scheduler
        Address of a Dask scheduler, in place of threads.
    progress
        Called with (runs done, runs in all).

    Raises
    ------
    InputError
        With all that is wrong with the experiment and what is asked.
    SimError
        As `sim.studies.sweeps.sweep.run_sweep`; what has been computed is kept.
    """
    _check_path("sim.sweep", experiment, "the experiment", "an experiment file, or its folder")
    if folder is not None:
        _check_path("sim.sweep", folder, "the folder", "a folder for the runs")
    found = sweeping.sweep(
        experiment,
        folder,
        resume=resume,
        extend=extend,
        replications=replications,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )
    return _as(Sweep, found)


def report(folder: str | Path, path: str | Path | None = None) -> Path:
    """Write the report of what `sim compare --out` left in a folder; return where it is.

    Parameters
    ----------
    folder
        The folder of the comparison, with or without presets.
    path
        The page (default: `report.html` in the folder).

    Raises
    ------
    InputError
        If the folder or the page is no path.
    SimError
        If the folder holds no comparison, or one of another version, or the page cannot be written.
    """
    from sim.views.report.page import write_report

    _check_path(
        "sim.report",
        folder,
        "the folder",
        "what `sim compare --out` wrote; a comparison itself has `.report(path)`",
    )
    if path is not None:
        _check_path("sim.report", path, "the report", PAGE)
    findings: Findings = read_findings(folder)
    return write_report(Path(folder) / "report.html" if path is None else Path(path), findings)


def _plan(study: Callable[..., Any], plan: object, changes: PlanFields) -> Plan:
    """Return a plan with its changes, or raise `InputError` where these are none."""
    name = f"sim.{study.__name__}"
    others = [parameter for parameter in inspect.signature(study).parameters if parameter != "changes"]
    check_keywords(name, changes, others)
    if not isinstance(plan, Plan):
        problems = Problems()
        problems.add(function(name), "the plan is none", plan, allowed="a sim.Plan")
        raise InputError(problems.found)
    return plan.but(**changes)


def _checked(
    name: str, scenario: Any, levers: Any, set_values: Any, plan: Plan
) -> tuple[list[str], list[str]]:
    """Return levers and settings as lists of texts, or raise `InputError` with what is of a wrong type.

    What else is wrong is for the study to tell.
    """
    problems, where = Problems(), function(name)
    is_path(scenario, "the scenario", where, problems, SCENARIO)
    found = texts(levers, "levers", where, problems), texts(set_values, "set_values", where, problems)
    if problems.found:
        with gathered(problems):
            plan.check()
    problems.raise_if_any()
    return found


def _check_path(name: str, value: Any, what: str, allowed: str) -> None:
    problems = Problems()
    is_path(value, what, function(name), problems, allowed)
    problems.raise_if_any()


def _check_choice(what: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        problems = Problems()
        problems.add(Mark(), f"{what}: unknown name", value, known=known)
        raise InputError(problems.found)
