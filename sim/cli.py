"""The command line: `sim VERB …`, also `python -m sim VERB …`.

Results go to stdout, everything else to stderr.  Exit status: 0 done, 2 the input is wrong, 1 anything
else, 130 interrupted.  Whatever takes long to import is imported inside the verb that needs it, so that help
is there at once.
"""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import InputError, Mark, Problem
from sim.views import console
from sim.views import options as o
from sim.views.console import say, say_json, tell

if TYPE_CHECKING:
    from sim.views.asked import Asked

app = typer.Typer(
    name="sim",
    help="How everyday encounters with local police become immigration enforcement.",
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(
    invoke_without_command=True,
    epilog=o.examples(
        "sim run base",
        "sim compare base --lever data_firewall --lever cite_and_release=0.5",
        "sim report out/firewall",
        "sim explain base --lever data_firewall",
        "sim show base --levers",
        "sim new my_county --place 'Maricopa County, AZ'",
    ),
)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Show the help when no verb is given."""
    if version:
        import sim

        say(f"sim {sim.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        say(context.get_help())


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
    from sim.studies.plan import Plan
    from sim.studies.run import run as run_world
    from sim.views import results
    from sim.views.asked import Asked, check_run

    plan = Plan(
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
    start = _compiled()
    with console.progress("Running") as progress:
        done = run_world(scenario, asked.levers, set_values=asked.settings, plan=plan, progress=progress)
    seconds = time.perf_counter() - start
    if as_json:
        say_json(results.run_data(done))
    else:
        console.show(results.run_tables(done, everything=everything))
    if asked.folder is not None:
        before = console.study_files(asked.folder)
        words = _command(context)
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
        "sim compare base --lever secure_communities --lever data_firewall --presets",
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
    from sim.studies.plan import Plan
    from sim.studies.traces import compare_traced
    from sim.views import results
    from sim.views.asked import Asked, check_comparison

    plan = Plan(
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
    start = _compiled()
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
            asked.folder, done, seconds=seconds, command=_command(context), traces=traced.traces
        )
        console.tell_written(asked.folder, [*written, *write_figures(asked.folder, done)], before)


def _compare_presets(
    context: typer.Context, asked: Asked, *, combined: bool, precision: float, everything: bool, as_json: bool
) -> None:
    """Compare a world with itself under each lever, once with each preset."""
    from sim.studies.traces import compare_presets_traced
    from sim.views import rankings

    start = _compiled()
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
        command = _command(context)
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
    from sim.studies.plan import Plan
    from sim.views import divergence as view
    from sim.views.asked import Asked, Question, check_question

    plan = Plan(
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
    start = _compiled()
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
        written = view.write_divergence(asked.folder, done, seconds=seconds, command=_command(context))
        console.tell_written(asked.folder, written, before)


def _follow(asked: Asked, resident: int, replication: int, *, as_json: bool) -> None:
    """Show the two timelines of one person."""
    from sim.studies.follow import follow
    from sim.views import lives

    _compiled()
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


@app.command(
    short_help="An experiment: design, runs, tidy tables.",
    help="Run an experiment: every lever at every point of its design, kept run by run in a folder that "
    "survives being killed.",
    epilog=o.examples(
        "sim sweep experiments/firewall_leaks",
        "sim sweep experiments/firewall_leaks --status",
        "sim sweep my_experiment.yaml --out results/mine --resume",
        "sim sweep my_experiment.yaml --extend --replications 40",
        "sim sweep my_experiment.yaml --precision transfers=5 --budget 2000",
        "sim sweep my_experiment.yaml --scheduler tcp://10.0.0.1:8786",
    ),
)
def sweep(
    context: typer.Context,
    experiment: o.Experiment,
    out: o.Out = None,
    resume: o.Resume = False,
    extend: o.Extend = False,
    status: Annotated[bool, typer.Option("--status", help="Say how far it is, and run nothing.")] = False,
    replications: o.Replications = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            "--precision",
            metavar="OUTCOME=HALF_WIDTH",
            help="Add replications until every lever's 95 % interval is that narrow. Repeatable.",
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="RUNS",
            parser=o.whole,
            help="With --precision: runs in all at most (default: ten times the experiment's own).",
        ),
    ] = None,
    workers: o.Workers = None,
    scheduler: o.Scheduler = None,
    as_json: o.AsJson = False,
) -> None:
    """Run an experiment."""
    from sim.studies.sweeps.sweep import Asked as AskedOfSweep
    from sim.studies.sweeps.sweep import may_begin, status_of, sweep_as_written
    from sim.views import sweeps
    from sim.views.asked import check_sweep

    read, wanted = check_sweep(
        experiment,
        out,
        {"--resume": resume, "--extend": extend, "--status": status},
        precision or [],
        budget,
        replications=replications,
        workers=workers,
        scheduler=scheduler,
    )
    asked = AskedOfSweep(
        resume=resume, extend=extend, replications=replications, workers=workers, scheduler=scheduler
    )
    opened = sweep_as_written(read, out, asked)
    if status:
        found = status_of(opened)
        say_json(sweeps.status_data(found)) if as_json else console.show([sweeps.status_table(opened, found)])
        return
    may_begin(opened, asked)
    start = time.perf_counter()
    if scheduler is None:
        start = _compiled()
    done, lacking = sweeps.run(opened, asked, wanted, budget)
    found_outcomes = sweeps.finish(done, seconds=time.perf_counter() - start, command=_command(context))
    if as_json:
        say_json(sweeps.sweep_data(found_outcomes, lacking))
    else:
        tables = sweeps.sweep_tables(found_outcomes)
        console.show([*tables, sweeps.unresolved_table(lacking)] if lacking else tables)
    for told in sweeps.failures(found_outcomes):
        tell(told)


@app.command(
    short_help="Options of a sweep: regret, thresholds.",
    help="Judge the options of a finished sweep (the scenario as it stands, and each lever) over all states "
    "of the world that it has run: how much worse each is than the best one, in how many states it keeps "
    "thresholds, which options are dominated, and where options fail.",
    epilog=o.examples(
        "sim decide experiments/firewall_leaks --goal transfers=min --goal reporting_rate=max",
        "sim decide my_experiment.yaml --goal transfers=max --at-most wrongful_ice_arrests=1",
        "sim decide my_experiment.yaml --at-most transfers=30 --at-least reporting_rate=0.4 --discover",
        "sim decide my_experiment.yaml --out results/mine --goal transfers=min --preset neutral --json",
    ),
)
def decide(
    experiment: o.Experiment,
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder of the sweep; the files go there too.")
    ] = None,
    goal: Annotated[
        list[str] | None,
        typer.Option(
            "--goal", metavar="OUTCOME=min|max", help="Less or more of an outcome is wanted. Repeatable."
        ),
    ] = None,
    at_most: Annotated[
        list[str] | None,
        typer.Option(
            "--at-most", metavar="OUTCOME=X", help="A threshold, in the outcome's unit. Repeatable."
        ),
    ] = None,
    at_least: Annotated[
        list[str] | None,
        typer.Option("--at-least", metavar="OUTCOME=X", help="The same from below. Repeatable."),
    ] = None,
    preset: Annotated[
        list[str] | None,
        typer.Option("--preset", metavar="NAME", help="Only the states of this preset. Repeatable."),
    ] = None,
    discover: Annotated[
        bool,
        typer.Option(
            "--discover",
            help="Say where options break thresholds, or do worse than the base (extra `explore`).",
        ),
    ] = False,
    as_json: o.AsJson = False,
) -> None:
    """Judge the options of a sweep."""
    from sim.studies.decisions import judge
    from sim.studies.sweeps.sweep import AS_WRITTEN, sweep_as_written
    from sim.views import decisions as view
    from sim.views.asked import check_decision

    asked = goal or [], at_most or [], at_least or [], preset or []
    read, aims = check_decision(experiment, out, asked, discover=discover)
    done = judge(sweep_as_written(read, out, AS_WRITTEN), aims, discover=discover)
    say_json(view.decision_data(done)) if as_json else console.show(view.decision_tables(done))
    written = view.write_decision(done)
    if written:
        console.tell_written(written[0].parent, written, set())


@app.command(
    short_help="Which parameters matter, and how surely.",
    help="Draw the parameters of an experiment from their ranges, run every lever at every point, and say "
    "which of them move its outcomes and the effects of its levers: with 95 % intervals, and with the share "
    "that is luck.  Screen with morris first; sobol and pawn say more, and need more runs.",
    epilog=o.examples(
        "sim sensitivity experiments/firewall_leaks",
        "sim sensitivity my_experiment.yaml --method sobol --samples 256 --replications 4",
        "sim sensitivity my_experiment.yaml --method pawn --effect-of data_firewall",
        "sim sensitivity my_experiment.yaml --method sobol --resume",
        "sim sensitivity my_experiment.yaml --method sobol --samples 512 --extend --out results/mine",
    ),
)
def sensitivity(
    context: typer.Context,
    experiment: o.Experiment,
    method: Annotated[
        str,
        typer.Option("--method", metavar="NAME", help="morris (screening), sobol or pawn."),
    ] = "morris",
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            metavar="NUMBER",
            parser=o.whole,
            help="morris: trajectories (default 20); sobol: rows of the design, a power of two (256); pawn: "
            "points (500).  With P parameters a trajectory has P + 1 points, a row P + 2.",
        ),
    ] = None,
    effect_of: Annotated[
        list[str] | None,
        typer.Option(
            "--effect-of",
            metavar="LEVER",
            help="Only this lever of the experiment, as it lists it (default: all). Repeatable.",
        ),
    ] = None,
    replications: o.Replications = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the experiment's results; the files go to sensitivity/METHOD in it.",
        ),
    ] = None,
    resume: o.Resume = False,
    extend: o.Extend = False,
    workers: o.Workers = None,
    scheduler: o.Scheduler = None,
    as_json: o.AsJson = False,
) -> None:
    """Say which parameters matter."""
    from sim.studies.sweeps.sweep import Asked as AskedOfSweep
    from sim.views.asked import check_sensitivity

    check_sensitivity(
        experiment,
        out,
        {"--resume": resume, "--extend": extend},
        method,
        samples,
        effect_of or [],
        replications=replications,
        workers=workers,
        scheduler=scheduler,
    )
    asked = AskedOfSweep(
        resume=resume, extend=extend, replications=replications, workers=workers, scheduler=scheduler
    )
    from sim.views import sensitivity as view

    start = time.perf_counter() if scheduler is not None else _compiled()
    done = view.run(experiment, out, asked, method, samples, effect_of or [])
    view.finish(done, seconds=time.perf_counter() - start, command=_command(context))
    say_json(view.sensitivity_data(done)) if as_json else console.show(view.sensitivity_tables(done))


@app.command(
    short_help="A comparison as one HTML page.",
    help="Write a comparison as one self-contained HTML page: what changes, for whom, how surely, where the "
    "worlds part, what the answer depends on, and how to run it again.",
    epilog=o.examples(
        "sim report out/firewall",
        "sim report out/demo --out report.html",
        "sim report out/presets --sensitivity results/my_experiment",
    ),
)
def report(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="What `sim compare … --out DIR` left.")],
    sensitivity: Annotated[
        str | None,
        typer.Option("--sensitivity", metavar="DIR", help="Results of a sensitivity study, to be told too."),
    ] = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="The page (default: report.html in DIR).")
    ] = None,
) -> None:
    """Write a report."""
    from sim.views.asked import check_report
    from sim.views.report.page import write_report

    findings, path = check_report(folder, sensitivity, out)
    say(str(write_report(path, findings)))


@app.command(
    short_help="Check files, and say all that is wrong.",
    help="Check scenario, lever, experiment and source files, and say everything that is wrong with them.",
    epilog=o.examples("sim check my_county.yaml", "sim check scenarios", "sim check --json levers"),
)
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files, or folders to look through.")],
    as_json: o.AsJson = False,
) -> None:
    """Check files."""
    from sim.views import checks

    found = checks.check_all(files)
    if as_json:
        say_json([x.data() for x in found])
    checks.report(found, quiet=as_json)
    if any(x.problems for x in found):
        raise typer.Exit(console.WRONG_INPUT)


@app.command(
    short_help="A scenario resolved; levers, numbers, rules.",
    help="Show a scenario with everything it extends and applies.",
    epilog=o.examples(
        "sim show base --lever data_firewall > world.yaml",
        "sim show places/davidson_tn --diff base",
        "sim show base --lever notification_only --diff base",
        "sim show base --levers",
        "sim show base --parameters | grep pickup",
        "sim show places/davidson_tn --rules detainer.response",
    ),
)
def show(
    scenario: o.Scenario,
    diff: Annotated[
        str | None,
        typer.Option("--diff", metavar="OTHER", help="What differs from OTHER, which is taken as it is."),
    ] = None,
    levers: Annotated[bool, typer.Option("--levers", help="All levers that it can be given.")] = False,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Every number with unit and source.")
    ] = False,
    rules: Annotated[
        str | None, typer.Option("--rules", metavar="TABLE", help="Rows of a decision table, in their order.")
    ] = None,
    lever: o.Levers = None,
    set_: o.Settings = None,
    as_json: o.AsJson = False,
) -> None:
    """Show a scenario."""
    asked = {
        "--diff": diff is not None,
        "--levers": levers,
        "--parameters": parameters,
        "--rules": rules is not None,
    }
    if sum(asked.values()) > 1:
        _wrong("show one thing at a time", " ".join(k for k, x in asked.items() if x), "one of them")
    from sim.views import scenarios
    from sim.views.asked import Asked, load_asked

    loaded = load_asked(Asked(scenario, tuple(lever or ()), tuple(set_ or ())))
    if diff is not None:
        found = scenarios.difference(loaded, load_asked(Asked(diff)))
        say_json(found) if as_json else say(scenarios.difference_text(found))
    elif levers:
        known = scenarios.levers_of(loaded)
        say_json(scenarios.lever_data(known)) if as_json else say(scenarios.lever_text(known))
    elif parameters:
        if as_json:
            say_json(scenarios.parameter_rows(loaded))
        else:
            console.show([scenarios.parameter_table(loaded)])
    elif rules is not None:
        rows = scenarios.rule_rows(loaded, rules)
        say_json([row.data() for row in rows]) if as_json else console.show(
            [scenarios.rule_table(loaded, rules)]
        )
    else:
        say_json(loaded.resolved) if as_json else say(scenarios.yaml_text(loaded).rstrip("\n"))


@app.command(
    short_help="A commented file to start from.",
    help="Write a commented file to start from; never over one that exists.",
    epilog=o.examples(
        "sim new my_county",
        "sim new my_county --place 'Maricopa County, AZ'",
        "sim new lever bail_reform",
    ),
)
def new(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[lever] NAME", help="Name of the file, without .yaml; `lever` before it."),
    ],
    place: Annotated[
        str | None,
        typer.Option("--place", metavar="PLACE", help="A county: 'Name County, ST' or its FIPS code."),
    ] = None,
    lever: Annotated[
        bool, typer.Option("--lever", help="The same as `lever` before the name: write into ./levers.")
    ] = False,
) -> None:
    """Write a file to start from."""
    from sim.views import templates

    kind, name = templates.asked(words)
    is_lever = lever or kind == "lever"
    if is_lever and place is not None:
        _wrong("--place is for scenarios, and a lever has no place", place, "a lever, or --place")
    path = templates.new_lever(name) if is_lever else templates.new_scenario(name, place)
    say(str(path))
    file = shlex.quote(str(path))
    then = f"sim compare base --lever {path.stem}" if is_lever else f"sim run {file}"
    tell(f"Next: sim check {file}, then {then}")


@app.command(
    short_help="Compile the engine once, say how long.",
    help="Compile the engine once, and say how long it took and where the machine code lies.",
    epilog=o.examples("sim warmup", "SIM_CACHE_DIR=/scratch/sim sim warmup"),
)
def warmup(as_json: o.AsJson = False) -> None:
    """Compile the engine."""
    from sim.engine import jit
    from sim.studies.run import warm_up

    warm, folder = jit.is_warm(), jit.cache_folder()
    seconds = warm_up() if warm or not jit.COMPILED else console.compile_now()
    if as_json:
        say_json({"compiled": jit.COMPILED, "was_warm": warm, "seconds": seconds, "folder": str(folder)})
    elif not jit.COMPILED:
        say("Nothing is compiled: NUMBA_DISABLE_JIT is set, and decisions run as plain Python.")
    elif warm:
        say(f"Already compiled; loaded in {seconds:.1f} s from {folder}")
    else:
        say(f"Compiled in {seconds:.1f} s into {folder}")


@app.command(
    short_help="Published patterns against this model.",
    help="Hold the model against published patterns: target, range, result, verdict.",
    epilog=o.examples(
        "sim validate --short",
        "sim validate --json > findings.json",
        "sim validate --out docs",
    ),
)
def validate(
    patterns: Annotated[
        str | None,
        typer.Argument(
            metavar="PATTERNS", help="File of patterns (default: the shipped one).", show_default=False
        ),
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="Fewer and smaller runs: a quick look.")] = False,
    workers: o.Workers = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder for validation.json.")
    ] = None,
    as_json: o.AsJson = False,
) -> None:
    """Hold the model against published patterns."""
    from sim.studies.validate import validate as hold_against
    from sim.views import results
    from sim.views.asked import check_validation

    check_validation(patterns, workers, out)
    start = _compiled()
    with console.progress("Validating") as progress:
        findings = hold_against(patterns, short=short, workers=workers, progress=progress)
    if as_json:
        say_json([asdict(row) for row in findings])
    else:
        console.show(results.validation_tables(findings))
    if out is not None:
        from sim.studies.validation_file import result_of, write_validation

        found = result_of(findings, short=short, seconds=time.perf_counter() - start)
        tell(f"Wrote {write_validation(Path(out), found)}")


@app.command(
    short_help="Runs of a finished study done again.",
    help="Do a random sample of a finished study's runs again, and compare all that is kept of them.",
    epilog=o.examples(
        "sim verify results/firewall_leaks",
        "sim verify results/firewall_leaks --sample 50 --ro-crate",
        "sim verify out/levers --seed 1",
    ),
)
def verify(
    folder: Annotated[
        str,
        typer.Argument(metavar="DIR", help="What `sim sweep` left, or `sim run` or `compare` with --out."),
    ],
    sample: Annotated[
        int,
        typer.Option("--sample", metavar="RUNS", parser=o.whole, show_default="10", help="How many runs."),
    ] = 10,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", metavar="NUMBER", parser=o.whole, help="Of the sample (default: another each time)."
        ),
    ] = None,
    ro_crate: Annotated[
        bool, typer.Option("--ro-crate", help="Describe a verified sweep as a Workflow Run RO-Crate.")
    ] = False,
    as_json: o.AsJson = False,
) -> None:
    """Do runs of a study again."""
    from sim.views import verify as views

    views.check_verify(folder, sample, seed, crate=ro_crate)
    from sim.studies.verify import verify as do_again

    found = do_again(folder, sample, seed, before_runs=console.compile_first)
    say_json(views.verified_data(found)) if as_json else console.show([views.verified_table(found)])
    if found.differing:
        raise typer.Exit(console.FAILED)
    if ro_crate:
        tell(f"Wrote {views.crate(Path(folder))}")


@app.command(
    short_help="The methods pages, and a variant's delta-ODD.",
    help="Check that the tables of the methods pages agree with the code (exit status 1 where they do not), "
    "or write them anew; prose is left as it is.  With --delta, say which elements of the model's "
    "description (ODD) a variant changes: numbers, rules, parts, levers, timeline, with units and sources.",
    epilog=o.examples(
        "sim docs --check docs",
        "sim docs --write docs",
        "sim docs --delta places/davidson_tn --out davidson.md",
        "sim docs --delta base --lever data_firewall=0.8 --set ice.quota.displacement=1",
        "sim docs --delta my_county.yaml > delta.md",
    ),
)
def docs(
    folder: Annotated[
        str | None, typer.Argument(metavar="DIR", help="Folder of the pages.", show_default="docs")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what is out of date (the default).")] = False,
    write: Annotated[bool, typer.Option("--write", help="Bring the tables up to date.")] = False,
    delta: Annotated[
        str | None, typer.Option("--delta", metavar="SCENARIO", help="The delta-ODD of this scenario.")
    ] = None,
    lever: o.Levers = None,
    set_: o.Settings = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="File for the delta-ODD (default: stdout).")
    ] = None,
) -> None:
    """Check or write the methods pages, or the delta-ODD of a variant."""
    from sim.views import docs as view
    from sim.views.asked import check_docs

    loaded = check_docs(folder, {"--check": check, "--write": write}, delta, lever or [], set_ or [], out)
    if loaded is not None:
        from sim.views.docs_delta import delta_odd

        text = delta_odd(loaded)
        say(text.rstrip("\n")) if out is None else tell(f"Wrote {console.write_text(out, text)}")
        return
    pages = view.FOLDER if folder is None else folder
    for page in view.write_pages(pages) if write else []:
        tell(f"Wrote {page}")
    stale = view.check_pages(pages)
    for note in view.notes_on(pages):
        tell(f"Note: {note}")
    for part in stale:
        tell(str(part))
    if stale:
        if not write:
            tell(f"`sim docs --write {pages}` brings tables up to date.")
        raise typer.Exit(console.FAILED)
    many = len(view.pages(pages))
    tell(f"{many} page{'s agree' if many > 1 else ' agrees'} with the code.")


@app.command(
    short_help="Levers in the browser, on this machine.",
    help="Serve a page on this machine: choose a place, move levers, and see what changes.  It needs the "
    "extra: pip install 'enforcement-pathways[dashboard]'.",
    epilog=o.examples(
        "sim dashboard",
        "sim dashboard places/davidson_tn",
        "sim dashboard my_county.yaml --port 8080 --no-browser",
    ),
)
def dashboard(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO", help="A scenario file, or the name of a shipped one, to begin with."
        ),
    ] = "base",
    port: Annotated[
        int,
        typer.Option("--port", metavar="NUMBER", parser=o.whole, help="0 is any that is free."),
    ] = 8765,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="Where to listen; others can reach what is not loopback."
        ),
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Serve the dashboard."""
    from sim.views.dashboard import server

    server.check_installed()
    server.check_port(port)
    from sim.views.dashboard.choices import Catalogue

    Catalogue.around(scenario)
    _compiled()
    server.serve(scenario, host, port, browser=not no_browser)


def _compiled() -> float:
    """Compile the engine where that has not been done; return the time at which the study begins."""
    console.compile_first()
    return time.perf_counter()


def _wrong(what: str, value: str | None, allowed: str) -> None:
    raise InputError([Problem(Mark(), what, value, allowed)])


def _command(context: typer.Context) -> list[str]:
    arguments = context.obj.get("arguments") if isinstance(context.obj, dict) else None
    return ["sim", *(sys.argv[1:] if arguments is None else arguments)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        Words after `sim` (those of this process when None).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = typer.main.get_command(app)
    return console.status_of(lambda: command.main(args=words, prog_name="sim", obj={"arguments": words}))
