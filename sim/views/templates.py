"""Files to start from: what `sim new` writes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NoReturn

from sim.errors import InputError, Mark, Problem, Problems, shorten
from sim.scenario.check import check_file
from sim.scenario.facts import UnknownPlace, county
from sim.scenario.tree import Tree
from sim.views.names import wrong_name

SCENARIO = """\
# A scenario says only what differs from the one it extends; `sim show {stem}.yaml` prints the whole.
# Check it with `sim check {stem}.yaml`, run it with `sim run {stem}.yaml`.
extends: base
{place}
name: {name}
description: >
  What this world stands for, and where its numbers come from.

# Sections stand as in the base: `sim show base`.  Every number may carry its passport; one that is assumed
# needs a plausible range.  All paths with unit and bounds: `sim show {stem}.yaml --parameters`.
run:
  days: {{value: 365, source: assumed, range: [30, 3650]}}

# Single numbers are quicker to set by their path.
set:
  ice.pickup.effort.low: {{value: 0.76, source: assumed, range: [0.3, 0.85]}}

# Rules: the first row whose conditions all hold gives the answer.  `before` puts rows on top of those that
# stand already: `sim show {stem}.yaml --rules detainer.response`.
# rules:
#   detainer.response:
#     before:
#       - when: {{offence: [no_licence, traffic], record: none}}
#         then: decline

# Levers to switch on from the start: `sim show {stem}.yaml --levers`.
# levers:
#   - data_firewall
#   - ice_effort: {{effort: 0.9}}

# What changes later, by day or by date.
# timeline:
#   - {{day: 180, levers: [data_firewall]}}
"""

LEVER = """\
# A lever: one policy as a patch to a scenario.  Check it with `sim check {file}`,
# try it with `sim compare base --lever {stem}` in the folder above this one.
title: {title}
claim: What its supporters say it does, in one line.
stage: custody                # stop, arrest, booking, sharing, ice, custody, court or none
cooperation: less             # more or less cooperation with immigration enforcement, or neutral
systems: []                   # numbers of the systems that it belongs to
sources: []                   # ids from sources.yaml
# contradicts: {{honour_all_detainers: a detainer has one answer}}

# Numbers that the lever leaves open: `--lever {stem}=0.5`.
parameters:
  share:
    default: 0.8
    bounds: [0, 1]
    unit: probability
    source: assumed
    doc: share of requests for people without a conviction that the jail declines

# `set` takes settings by path, `rules` takes rows; `$share` stands for the parameter.
patch:
  rules:
    detainer.response:
      before:
        - when: {{record: none}}
          then: {{decline: $share, hold: rest}}
"""

_EXISTS = "the file exists already, and is left as it is"


def new_scenario(name: str, place: str | None) -> Path:
    """Write a commented scenario that extends the base, and return where it is.

    Raises
    ------
    InputError
        If it cannot be a file's name, the file exists, its folder does not, or there is no such place.
    """
    path = _path(name)
    title = path.stem.replace("_", " ").replace("-", " ")
    where = "# place: Davidson County, TN     # a county's own people, officers, jail, crime and state law"
    if place is not None:
        facts = _county(place)
        where, title = f'place: "{facts}"', f"{facts}, {title}"
    text = SCENARIO.format(stem=path.stem, name=_quoted(title), place=where)
    return _write(path, _schema_line(path, "scenario") + text)


def new_lever(name: str) -> Path:
    """Write a commented lever into `levers/` of the present folder, and return where it is.

    Raises
    ------
    InputError
        If the file exists or the name is not a plain word.
    """
    stem = name.removesuffix(".yaml")
    if not stem.isidentifier():
        _fail("a lever's name is a plain word", name, "letters, digits and _")
    path = _path(f"levers/{stem}")
    title = _quoted(stem.replace("_", " ").capitalize())
    text = LEVER.format(stem=stem, title=title, file=path.as_posix())
    made = not path.parent.exists()
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        _fail(f"cannot make the folder: {error.strerror}", str(path.parent), "a folder that can be made")
    try:
        return _write(path, _schema_line(path, "lever") + text)
    except BaseException:
        if made:
            path.parent.rmdir()
        raise


def _path(name: str) -> Path:
    """Return the path of a new file, or raise `InputError` where no file can be called that."""
    stem = name.removesuffix(".yaml")
    if not Path(stem).name.strip(" .") or stem.endswith(("/", os.sep)):
        _fail("NAME: a file needs a name", name, "letters, digits and _")
    wrong = wrong_name("NAME", stem, ending=".yaml")
    if wrong is not None:
        raise InputError([wrong])
    return Path(f"{stem}.yaml")


def _county(place: str) -> str:
    try:
        return county(place).label
    except UnknownPlace as error:
        problems = Problems()
        problems.add(
            Mark(), f"--place: {str(error).partition(';')[0]}", place, known=error.candidates or None
        )
        problems.raise_if_any()
        raise


def _schema_line(path: Path, kind: str) -> str:
    """Return the comment by which editors find the schema, where a path to it makes sense."""
    schema = Tree.around(path).root / "schemas" / f"{kind}.schema.json"
    if not schema.is_file():
        return ""
    relative = os.path.relpath(schema, path.parent.resolve())
    return f"# yaml-language-server: $schema={Path(relative).as_posix()}\n"


def _write(path: Path, text: str) -> Path:
    if path.exists():
        _fail(_EXISTS, str(path), "another name")
    if not path.parent.is_dir():
        _fail("there is no such folder", str(path.parent), "a folder that exists")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        check_file(path)
    except FileExistsError:
        _fail(_EXISTS, str(path), "another name")
    except BaseException as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            _fail(f"cannot write the file: {error.strerror}", str(path), "a place that can be written to")
        raise
    return path


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fail(what: str, value: str, allowed: str) -> NoReturn:
    raise InputError([Problem(Mark(), what, shorten(value), allowed)])
