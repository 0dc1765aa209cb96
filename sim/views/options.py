"""Options that several verbs share, and the checks of those that are numbers.

They are annotations: a verb says `days: Days = None`, and Typer reads name, help and type from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A scenario file, or the name of a shipped one.", show_default=False
    ),
]
Levers = Annotated[
    list[str] | None,
    typer.Option(
        "--lever", "-l", metavar="NAME[=x]", help="A lever: NAME, NAME=0.5 or NAME=a:1,b:2. Repeatable."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set one number by its dotted path. Repeatable."),
]
Days = Annotated[float | None, typer.Option("--days", help="Days to run.")]
Residents = Annotated[int | None, typer.Option("--residents", help="Residents in the sample.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Root of all luck.")]
Replications = Annotated[int | None, typer.Option("--replications", "-n", help="Independent repetitions.")]
Workers = Annotated[int | None, typer.Option("--workers", help="Threads (default: one a processor).")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable results on stdout.")]
Everything = Annotated[bool, typer.Option("--all", help="Show all outcomes, not only the main ones.")]


def checked(*, precision: float | None = None, **sizes: float | None) -> dict[str, Any]:
    """Return the sizes given on the command line, in the form that studies take.

    Raises
    ------
    InputError
        With every one that is out of bounds.
    """
    from sim.scenario.sizes import check_sizes

    check_sizes(option="--", precision=precision, **sizes)
    return sizes


def examples(*lines: str) -> str:
    """Return worked examples as they stand below a help text, unwrapped."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
