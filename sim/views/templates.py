"""Files to start from: what `sim new` writes."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from sim.errors import InputError, Mark, Problem, Problems, shorten
from sim.scenario.check import check_file
from sim.scenario.facts import CountyFacts, UnknownPlace, county
from sim.scenario.places import note_unknown
from sim.scenario.tree import Tree, shipped
from sim.views.county_notes import notes
from sim.views.names import wrong_name

SCENARIO = """\
# A scenario says only what differs from the one that it extends: `sim show {file}` prints the whole.
# Check it with `sim check {file}`, run it with `sim run {file}`.
# What follows a `#` and looks like a setting is an example: take the `#` away, and it holds.
extends: base
{place}
name: {name}
description: >
  What this world stands for, and where its numbers come from.

# Sections stand as in the base (`sim show base`).  A number may carry its passport: its source, or `assumed`
# with a plausible range.  All paths with unit and bounds: `sim show {file} --parameters`.
# run:
#   days: {{value: 730, source: assumed, range: [30, 3650]}}
#   residents: 20000

# Single numbers are quicker to set by their path.
# set:
#   ice.pickup.effort.low: {{value: 0.5, source: assumed, range: [0.3, 0.85]}}
#   agencies.city_police.leniency: 0.25

# In a table of rules the first row whose conditions all hold gives the answer.  `before` puts rows on top of
# those that stand already: `sim show {file} --rules detainer.response`.
# rules:
#   detainer.response:
#     before:
#       - when: {{offence: [no_licence, traffic], record: none}}
#         then: decline
#       - when: {{record: {{not: none}}}}
#         then: {{hold: 0.9, notify: 0.1}}

# Levers to switch on from the start: `sim show {file} --levers`.
# levers:
#   - cite_and_release
#   - ice_effort: {{effort: 0.5}}

# What changes later, by day or by date.
# timeline:
#   - {{day: 180, levers: [data_firewall]}}
#   - {{day: 270, off: [data_firewall]}}
"""

LEVER = """\
# A lever: one policy as a patch to a scenario.  Check it with `sim check {file}`,
# try it with `sim compare base --lever {stem}` in the folder above this one.
# What follows a `#` and looks like a setting is an example: take the `#` away, and it holds.
title: {title}
claim: What its supporters say it does, in one line.
stage: custody                # stop, arrest, booking, sharing, ice, custody, court or none
cooperation: less             # more or less cooperation with immigration enforcement, or neutral
systems: []                   # numbers of the systems that it belongs to, 1 to 25
sources: []                   # ids from sources.yaml

# Levers that cannot hold together with it, each with the reason; and what it needs to change anything.
# contradicts: {{honour_all_detainers: a detainer has one answer}}
# needs: a jail that ICE sends detainers to

# Numbers that the lever leaves open: `--lever {stem}=0.5`.
parameters:
  share:
    default: 0.8
    bounds: [0, 1]
    unit: probability
    source: assumed
    doc: share of requests for people without a conviction that the jail declines

# `set` takes settings by path, `rules` takes rows, `state_rules` rows of state law, which come before all
# others; `$share` stands for the parameter.
patch:
  # set:
  #   jails.county_jail.hold_limit: 24
  rules:
    detainer.response:
      before:
        - when: {{record: none}}
          then: {{decline: $share, hold: rest}}
  # state_rules:
  #   sharing.channel:
  #     before:
  #       - when: {{channel: local_records}}
  #         then: withheld
"""

_PLACE = """\
place: "{label}"
# `place:` lays these facts over the base, and the law of the state over both ({label}):
{facts}
# What is not here stays as in the base.  All that differs from it: `sim show {file} --diff base`.
# Without the law of its state, or without its agreements, it would be
# `place: {{county: "{label}", state_law: false, agreements: false}}`."""

_NO_PLACE = """\
# A county's own people, officers, jail, crime and state law:
# place: Davidson County, TN"""

_EXISTS = "the file exists already, and is left as it is"


KINDS = ("scenario", "lever")


def asked(words: Sequence[str]) -> tuple[str, str]:
    """Return what kind of file the words of `sim new` ask for, and its name.

    Raises
    ------
    InputError
        If they are not a name, with or without `scenario` or `lever` before it.
    """
    if len(words) == 2 and words[0] in KINDS:
        return words[0], words[1]
    if len(words) != 1:
        _fail("one file at a time", " ".join(words), "NAME, or lever NAME")
    if words[0] in KINDS:
        _fail(f"the {words[0]} needs a name", words[0], f"{words[0]} NAME")
    return "scenario", words[0]


def new_scenario(name: str, place: str | None) -> Path:
    """Write a commented scenario that extends the base, and return where it is.

    Raises
    ------
    InputError
        If it cannot be a file's name, a shipped scenario has the name, the file exists, its folder does not,
        or there is no such place.
    """
    path = _path(name)
    known = Tree(shipped().resolve()).scenario_names()
    if not path.exists() and (path.stem in known or path.with_suffix("").as_posix() in known):
        _fail("a shipped scenario has this name, and is what others extend", name, "another name")
    title = path.stem.replace("_", " ").replace("-", " ")
    where = _NO_PLACE
    if place is not None:
        facts = _county(place)
        told = "\n".join(f"# {line}" for line in notes(facts))
        where = _PLACE.format(label=facts.label, facts=told, file=_typed(path))
        title = f"{facts.label}, {title}"
    text = SCENARIO.format(file=_typed(path), name=_quoted(title), place=where)
    return _write(path, _schema_line(path, "scenario") + text)


def new_lever(name: str) -> Path:
    """Write a commented lever into `levers/` of the present folder, and return where it is.

    Raises
    ------
    InputError
        If the name is not a plain word, a shipped lever has it, or the file exists.
    """
    stem = name.removesuffix(".yaml")
    if not stem.isidentifier():
        _fail("a lever's name is a plain word", name, "letters, digits and _")
    path = _path(f"levers/{stem}")
    if not path.exists() and (shipped() / "levers" / f"{stem}.yaml").is_file():
        _fail("a shipped lever has this name, and would be hidden by the file", name, "another name")
    title = _quoted(stem.replace("_", " ").capitalize())
    text = LEVER.format(stem=stem, title=title, file=_typed(path))
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


def _county(place: str) -> CountyFacts:
    try:
        return county(place)
    except UnknownPlace as error:
        problems = Problems()
        note_unknown(error, Mark(), problems, "--place: ")
        problems.raise_if_any()
        raise


def _schema_line(path: Path, kind: str) -> str:
    """Return the comment by which editors find the schema: that of the tree around the file, else ours.

    Editors take a path from the file's own folder, without blanks in it, or an address.  A file in the same
    checkout as the schema gets the first, which holds on every machine; any other, the address.
    """
    name = f"schemas/{kind}.schema.json"
    folder = path.parent.resolve()
    own, ours = Tree.around(path).root.resolve() / name, shipped().resolve() / name
    schema = own if own.is_file() else ours
    if not schema.is_file():
        return ""
    relative = Path(os.path.relpath(schema, folder)).as_posix() if _beside(folder, schema) else ""
    where = schema.as_uri() if not relative or re.search(r"\s", relative) else relative
    return f"# yaml-language-server: $schema={where}\n"


def _beside(folder: Path, schema: Path) -> bool:
    """Whether a file of this folder and the schema move together: they share a tree, or the checkout."""
    scenarios = schema.parents[1]
    home = scenarios if scenarios.name == "_scenarios" else scenarios.parent
    return folder.is_relative_to(scenarios) or folder.is_relative_to(home)


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


def _typed(path: Path) -> str:
    """Return a path as one types it on a command line."""
    return shlex.quote(path.as_posix())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _fail(what: str, value: str, allowed: str) -> NoReturn:
    raise InputError([Problem(Mark(), what, shorten(value), allowed)])
