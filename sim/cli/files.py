"""Verbs on the files one writes: `new`, `show`, `check`."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from sim.cli.command import app
from sim.errors import InputError, Mark, Problem
from sim.views import console
from sim.views import options as o
from sim.views.console import say, say_json, tell


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


def _wrong(what: str, value: str | None, allowed: str) -> None:
    raise InputError([Problem(Mark(), what, value, allowed)])


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
        known = scenarios.levers_of(loaded, scenario)
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
