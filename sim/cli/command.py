"""The command that all verbs belong to, and what they share."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from sim.views import console
from sim.views import options as o
from sim.views.console import say

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


def compiled() -> float:
    """Compile the engine where that has not been done; return the time at which the study begins."""
    console.compile_first()
    return time.perf_counter()


def command_of(context: typer.Context) -> list[str]:
    """Return the words of the command that is being carried out."""
    arguments = context.obj.get("arguments") if isinstance(context.obj, dict) else None
    return ["sim", *(sys.argv[1:] if arguments is None else arguments)]
