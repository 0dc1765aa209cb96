"""Options that several verbs share, and the checks of those that are numbers.

They are annotations: a verb says `days: Days = None`, and Typer reads name, help and type from there.
What is not a number is passed on as it stands, so that it is told together with all else that is wrong.
"""

from __future__ import annotations

from typing import Annotated

import typer


def number(text: str) -> float | str:
    """Read a number; what is none comes back as text."""
    try:
        return float(text)
    except ValueError:
        return text


def whole(text: str) -> int | str:
    """Read a whole number; what is none comes back as text."""
    try:
        return int(text)
    except ValueError:
        return text


Scenario = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A scenario file, or the name of a shipped one.", show_default=False
    ),
]
Experiment = Annotated[
    str,
    typer.Argument(
        metavar="EXPERIMENT", help="An experiment file, or the folder of one.", show_default=False
    ),
]
Levers = Annotated[
    list[str] | None,
    typer.Option(
        "--lever",
        "-l",
        metavar="NAME[=x]",
        help="A lever: NAME, NAME=0.5 or NAME=a:1,b:2, or a path to a lever file in place of the name. "
        "Repeatable.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Set one number by its dotted path. Repeatable."),
]
Days = Annotated[
    float | None, typer.Option("--days", metavar="DAYS", parser=number, help="Days to run and count.")
]
WarmUp = Annotated[
    float,
    typer.Option(
        "--warm-up",
        metavar="DAYS",
        parser=number,
        show_default="0",
        help="Days to live first, before outcomes are counted, so that jails and detention are no longer "
        "empty and attitudes have settled (that takes a year).  Timelines and event logs begin with them.",
    ),
]
Residents = Annotated[
    int | None,
    typer.Option("--residents", metavar="NUMBER", parser=whole, help="Residents in the sample."),
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="NUMBER", parser=whole, help="Root of all luck.")]
Replications = Annotated[
    int | None,
    typer.Option("--replications", "-n", metavar="NUMBER", parser=whole, help="Independent repetitions."),
]
Precision = Annotated[
    float,
    typer.Option(
        "--precision",
        metavar="SHARE",
        parser=number,
        help="Half-width for `runs needed`, as a share of the base value.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="NUMBER", parser=whole, help="Threads (default: one a processor)."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with what was cut short, or read it again if it is whole.")
]
Extend = Annotated[
    bool, typer.Option("--extend", help="Add replications, points, levers or outcomes to one that is there.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="Run on the workers of this Dask scheduler, not on threads."
    ),
]
Out = Annotated[str | None, typer.Option("--out", metavar="DIR", help="Folder for the files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable results on stdout.")]
Everything = Annotated[bool, typer.Option("--all", help="Show all outcomes, not only the main ones.")]


def examples(*lines: str) -> str:
    """Return worked examples as they stand below a help text, unwrapped."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
