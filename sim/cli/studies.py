"""Verbs of studies: `sweep`, `decide`, `sensitivity`, `verify`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.command import app, command_of, compiled
from sim.views import console
from sim.views import options as o
from sim.views.console import say_json, tell


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
            help="Add replications (10 at least) until each lever's 95 % interval is as narrow. Repeatable.",
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
        start = compiled()
    done, lacking = sweeps.run(opened, asked, wanted, budget)
    found_outcomes = sweeps.finish(done, seconds=time.perf_counter() - start, command=command_of(context))
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

    start = time.perf_counter() if scheduler is not None else compiled()
    done = view.run(experiment, out, asked, method, samples, effect_of or [])
    view.finish(done, seconds=time.perf_counter() - start, command=command_of(context))
    say_json(view.sensitivity_data(done)) if as_json else console.show(view.sensitivity_tables(done))


@app.command(
    short_help="Runs of a finished study done again.",
    help="Do a random sample of a finished study's runs again, and compare what they count; make a study's "
    "tables anew from what it keeps, or see that its files are as they were written.",
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
