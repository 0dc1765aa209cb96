"""The command line: `sim VERB …`, also `python -m sim VERB …`.

Results go to stdout, everything else to stderr.  Exit status: 0 done, 2 the input is wrong, 1 anything
else, 130 interrupted.  Whatever takes long to import is imported inside the verb that needs it, so that help
is there at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from sim.cli.command import app

# Each module adds its verbs, and help lists them in this order.
from sim.cli import worlds, studies, pages, files, upkeep  # isort: skip  # noqa: F401
from sim.views import console

__all__ = ["app", "main"]


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
