"""Verbs for those who look after the model: `validate`, `docs`, `warmup`."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.command import app, compiled
from sim.views import console
from sim.views import options as o
from sim.views.console import say, say_json, tell


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
    start = compiled()
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
