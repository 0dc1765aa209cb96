"""Verbs that live worlds: `run`, `compare`, `explain`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.command import app, command_of, compiled
from sim.views import console
from sim.views import options as o
from sim.views.console import say_json

if TYPE_CHECKING:
    from sim.views.asked import Asked


@app.command(
    short_help="One world: the funnel and outcomes.",
    help="Run one world: the funnel from stop to removal, and other outcomes.",
    epilog=o.examples(
        "sim run base --residents 20000 --replications 4",
        "sim run places/davidson_tn --lever data_firewall --days 730 --out results/davidson",
        "sim run base --warm-up 365 --lever my/own_lever.yaml=0.5",
        "sim run my_county.yaml --set ice.pickup.effort.low=0.9 --events --out results/mine",
        "sim run stories/growth_of_287g --by-year --replications 4",
        "sim run base --json | jq '.outcomes[] | select(.outcome == \"transfers\")'",
    ),
)
def run(
    context: typer.Context,
    scenario: o.Scenario,
    lever: o.Levers = None,
    set_: o.Settings = None,
    days: o.Days = None,
    warm_up: o.WarmUp = 0.0,
    residents: o.Residents = None,
    seed: o.Seed = None,
    replications: o.Replications = None,
    workers: o.Workers = None,
    out: o.Out = None,
    events: Annotated[bool, typer.Option("--events", help="Keep the event log (needs --out).")] = False,
    by_year: Annotated[bool, typer.Option("--by-year", help="Count by calendar year too.")] = False,
    everything: o.Everything = False,
    as_json: o.AsJson = False,
) -> None:
    """Run one world."""
    from sim.studies.output import write_run
    from sim.studies.plan import AS_IT_STANDS
    from sim.studies.run import run as run_world
    from sim.views import results
    from sim.views.asked import Asked, check_run

    plan = AS_IT_STANDS.but(
        residents=residents,
        days=days,
        seed=seed,
        replications=replications,
        warm_up=warm_up,
        workers=workers,
        keep_log=events,
        by_year=by_year,
    )
    asked = Asked(scenario, tuple(lever or ()), tuple(set_ or ()), plan, out)
    check_run(asked)
    start = compiled()
    with console.progress("Running") as progress:
        done = run_world(scenario, asked.levers, set_values=asked.settings, plan=plan, progress=progress)
    seconds = time.perf_counter() - start
    if as_json:
        say_json(results.run_data(done))
    else:
        console.show(results.run_tables(done, everything=everything))
    if asked.folder is not None:
        before = console.study_files(asked.folder)
        words = command_of(context)
        written = write_run(
            asked.folder, done.world, done.results, done.settings, seconds=seconds, command=words
        )
        console.tell_written(asked.folder, written, before)


@app.command(
    short_help="A world against itself with each lever.",
    help="Compare a world with itself under each lever: same people, same luck.",
    epilog=o.examples(
        "sim compare base --lever data_firewall --lever detainer_on_conviction",
        "sim compare base --lever data_firewall=0.6 --replications 40 --out results/firewall",
        "sim compare base --lever ./my_lever.yaml --warm-up 180",
        "sim compare places/davidson_tn --lever cite_and_release --lever notification_only --combined",
        "sim compare base --lever ice_in_jail --lever prints_kept_local --presets",
    ),
)
def compare(
    context: typer.Context,
    scenario: o.Scenario,
    lever: o.Levers = None,
    combined: Annotated[
        bool, typer.Option("--combined", help="Add a world with all levers together.")
    ] = False,
    presets: Annotated[
        bool,
        typer.Option("--presets", help="Repeat under each preset of disputed assumptions; rank levers."),
    ] = False,
    set_: o.Settings = None,
    days: o.Days = None,
    warm_up: o.WarmUp = 0.0,
    residents: o.Residents = None,
    seed: o.Seed = None,
    replications: o.Replications = None,
    precision: o.Precision = 0.05,
    workers: o.Workers = None,
    out: o.Out = None,
    everything: o.Everything = False,
    as_json: o.AsJson = False,
) -> None:
    """Compare a world with itself under each lever."""
    from sim.studies.plan import AS_IT_STANDS
    from sim.studies.traces import compare_traced
    from sim.views import results
    from sim.views.asked import Asked, check_comparison

    plan = AS_IT_STANDS.but(
        residents=residents,
        days=days,
        seed=seed,
        replications=replications,
        warm_up=warm_up,
        workers=workers,
    )
    asked = Asked(scenario, tuple(lever or ()), tuple(set_ or ()), plan, out)
    check_comparison(asked, combined=combined, precision=precision)
    if presets:
        shown = {"everything": everything, "as_json": as_json}
        _compare_presets(context, asked, combined=combined, precision=precision, **shown)
        return
    start = compiled()
    with console.progress("Comparing") as progress:
        traced = compare_traced(
            scenario,
            asked.levers,
            combined=combined,
            set_values=asked.settings,
            precision=precision,
            plan=plan.but(progress=progress),
            trace=asked.folder is not None,
        )
    seconds, done = time.perf_counter() - start, traced.comparison
    if as_json:
        say_json(results.comparison_data(done))
    else:
        console.show(results.comparison_tables(done, everything=everything))
    if asked.folder is not None:
        from sim.studies.output import write_comparison
        from sim.views.figures import write_figures

        before = console.study_files(asked.folder)
        written = write_comparison(
            asked.folder, done, seconds=seconds, command=command_of(context), traces=traced.traces
        )
        console.tell_written(asked.folder, [*written, *write_figures(asked.folder, done)], before)


def _compare_presets(
    context: typer.Context, asked: Asked, *, combined: bool, precision: float, everything: bool, as_json: bool
) -> None:
    """Compare a world with itself under each lever, once with each preset."""
    from sim.studies.traces import compare_presets_traced
    from sim.views import rankings

    start = compiled()
    with console.progress("Comparing under presets") as progress:
        done, traces = compare_presets_traced(
            asked.scenario,
            asked.levers,
            combined=combined,
            set_values=asked.settings,
            precision=precision,
            plan=asked.plan.but(progress=progress),
            trace=asked.folder is not None,
        )
    seconds = time.perf_counter() - start
    if as_json:
        say_json(rankings.preset_data(done))
    else:
        console.show(rankings.preset_tables(done, everything=everything))
    if asked.folder is not None:
        before = console.study_files(asked.folder)
        command = command_of(context)
        written = rankings.write_presets(asked.folder, done, seconds=seconds, command=command, traces=traces)
        console.tell_written(asked.folder, written, before)


@app.command(
    short_help="Where the timelines of two worlds part.",
    help="Explain why a world differs from its twin with levers: for the same people with the same luck, "
    "where their timelines part, adding up to the difference.  Several levers are laid over the base "
    "together and make one world.",
    epilog=o.examples(
        "sim explain base --lever prints_kept_local",
        "sim explain base --lever cite_and_release --outcome bookings --by status --out results/why",
        "sim explain base --lever notification_only --find transfers-only-in=base --limit 5",
        "sim explain base --lever notification_only --resident 4242 --replication 1",
        "sim explain base --lever data_firewall --lever cite_and_release --json",
    ),
)
def explain(
    context: typer.Context,
    scenario: o.Scenario,
    lever: o.Levers = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome",
            metavar="NAME",
            show_default="transfers",
            help="What is explained: an outcome that counts events that happen to people.",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="BREAKDOWN", help="Break down by status, group or record too."),
    ] = None,
    find: Annotated[
        str | None,
        typer.Option(
            "--find",
            metavar="OUTCOME-only-in=WORLD",
            help="List people to whom it happens in one world alone: base, or lever (or its name).",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", metavar="NUMBER", parser=o.whole, show_default="20", help="How many --find lists."
        ),
    ] = None,
    resident: Annotated[
        int | None,
        typer.Option(
            "--resident", metavar="NUMBER", parser=o.whole, help="Show the two timelines of one person."
        ),
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(
            "--replication",
            metavar="NUMBER",
            parser=o.whole,
            show_default="0",
            help="The replication in which --resident lives.",
        ),
    ] = None,
    set_: o.Settings = None,
    days: o.Days = None,
    warm_up: o.WarmUp = 0.0,
    residents: o.Residents = None,
    seed: o.Seed = None,
    replications: o.Replications = None,
    workers: o.Workers = None,
    out: o.Out = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every kind of parting, not only the commonest.")
    ] = False,
    as_json: o.AsJson = False,
) -> None:
    """Explain why two worlds differ."""
    from sim.studies.explain import explain as explain_worlds
    from sim.studies.plan import AS_IT_STANDS
    from sim.views import divergence as view
    from sim.views.asked import Asked, Question, check_question

    plan = AS_IT_STANDS.but(
        residents=residents,
        days=days,
        seed=seed,
        replications=replications,
        warm_up=warm_up,
        workers=workers,
    )
    asked = Asked(scenario, tuple(lever or ()), tuple(set_ or ()), plan, out)
    question = Question(outcome, by, find, limit, resident, replication)
    chosen, only_in = check_question(asked, question)
    if resident is not None:
        _follow(asked, resident, replication or 0, as_json=as_json)
        return
    start = compiled()
    with console.progress("Explaining") as progress:
        done = explain_worlds(
            scenario, asked.levers, outcome=chosen, set_values=asked.settings, plan=plan, progress=progress
        )
    seconds = time.perf_counter() - start
    most = 20 if limit is None else limit
    if as_json:
        say_json(view.found_data(done, only_in, most) if only_in else view.divergence_data(done, by=by or ""))
    elif only_in:
        console.show(view.found_tables(done, only_in, most))
    else:
        console.show(view.divergence_tables(done, by=by or "", everything=everything))
    if asked.folder is not None:
        before = console.study_files(asked.folder)
        written = view.write_divergence(asked.folder, done, seconds=seconds, command=command_of(context))
        console.tell_written(asked.folder, written, before)


def _follow(asked: Asked, resident: int, replication: int, *, as_json: bool) -> None:
    """Show the two timelines of one person."""
    from sim.studies.follow import follow
    from sim.views import lives

    compiled()
    with console.progress("Following") as progress:
        done = follow(
            asked.scenario,
            asked.levers,
            resident,
            replication=replication,
            set_values=asked.settings,
            plan=asked.plan,
            progress=progress,
        )
    if as_json:
        say_json(lives.life_data(done))
    else:
        console.show(lives.life_tables(done))
