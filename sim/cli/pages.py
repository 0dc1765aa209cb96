"""Verbs whose result is a page: `report`, `dashboard`."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.command import app, compiled
from sim.views import options as o
from sim.views.console import say


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
    compiled()
    server.serve(scenario, host, port, browser=not no_browser)
