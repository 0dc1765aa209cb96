"""What the command line says and where: results on stdout, everything else on stderr.

Colour, boxes and progress bars are for terminals; a pipe gets plain text.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from sim.errors import InputError, Mark, Problem, SimError
from sim.views.names import wrong_name
from sim.views.tables import Table, plain, rich_table

Progress = Callable[[int, int], None]
FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130  # exit statuses; 0 is done


def say(text: str) -> None:
    """Write a line of results to stdout."""
    typer.echo(text)


def tell(text: str) -> None:
    """Write a line for the person at the keyboard to stderr."""
    typer.echo(text, err=True)


def show(tables: Sequence[Table]) -> None:
    """Write tables to stdout, in the form that suits it."""
    for k, table in enumerate(tables):
        if k:
            say("")
        if sys.stdout.isatty():
            from rich.console import Console

            terminal = Console(highlight=False)
            terminal.print(rich_table(table, terminal.width))
        else:
            say(plain(table))


def say_json(data: Any) -> None:
    """Write data to stdout as JSON; a number that does not exist is null."""
    say(json_text(data))


def json_text(data: Any) -> str:
    """Return data as JSON; a number that does not exist is null."""
    return json.dumps(_finite(data), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


@contextlib.contextmanager
def progress(what: str, *, rate: str = "") -> Iterator[Progress | None]:
    """Show a progress bar on stderr while the block runs, if somebody can see it.

    `rate` names what is counted where the bar is to say how many are done in a second.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    if rate:
        columns.insert(3, TextColumn("{task.fields[rate]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, rate="")

        def step(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.1f} {rate}/s" if speed else "")

        yield step


@contextlib.contextmanager
def resumable(what: str) -> Iterator[Progress | None]:
    """Show a progress bar in runs while the block fills a folder; if interrupted, say how to go on."""
    with progress(what, rate="runs") as bar:
        try:
            yield bar
        except KeyboardInterrupt:
            tell("What is done is kept: --resume goes on with the rest.")
            raise


def compile_first() -> None:
    """Compile the engine if that has not been done, and say so: the wait would otherwise look like a hang."""
    from sim.engine import jit

    if jit.COMPILED and not jit.is_warm():
        compile_now()


def compile_now() -> float:
    """Compile the engine with a message; return the seconds it took."""
    from sim.studies.run import warm_up

    tell("Compiling the engine (once, about a minute) …")
    start = time.perf_counter()
    warm_up()
    seconds = time.perf_counter() - start
    tell(f"Compiled in {seconds:.0f} s.")
    return seconds


def check_folder(name: str) -> None:
    """Raise `InputError` if the folder `name` could not be made or written to; nothing is left behind.

    A study may take hours, so this is asked before it begins.
    """
    wrong = wrong_name("--out", name)
    if wrong is not None:
        raise InputError([wrong])
    here = Path(name).absolute()
    existing = next(place for place in (here, *here.parents) if place.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".sim-", dir=existing):
            return
    except OSError as error:
        reason = "it is not a folder" if not existing.is_dir() else error.strerror or str(error)
        what = f"--out: cannot write to {existing}: {reason}"
        problem = Problem(Mark(), what, name, allowed="a folder that can be written to")
        raise InputError([problem]) from error


def check_file(name: str) -> None:
    """Raise `InputError` if the file `name` could not be written; nothing is left behind."""
    wrong = wrong_name("--out", name)
    if wrong is None and Path(name).is_dir():
        wrong = Problem(Mark(), "--out: it is a folder", name, allowed="the name of a file")
    if wrong is not None:
        raise InputError([wrong])
    check_folder(str(Path(name).parent))


def write_text(name: str, text: str) -> Path:
    """Write a file, whole or not at all, and return its path."""
    from sim.outcomes.files import whole_file

    with whole_file(Path(name)) as file:
        file.write(text)
    return Path(name)


def tell_written(folder: Path, written: Sequence[Path], before: set[str]) -> None:
    """Say what has been written, and which files of an earlier study still lie there."""
    names = [path.relative_to(folder).as_posix() for path in written]
    tell(f"Wrote {', '.join(names)} to {folder}")
    if old := sorted(before - set(names)):
        tell(f"Note: {', '.join(old)} in the same folder come from an earlier study.")


def study_files(folder: Path) -> set[str]:
    """Return the names of the files in `folder` that a study writes."""
    names = {
        "outcomes.csv",
        "outcomes_by_year.csv",
        "effects.csv",
        "attitudes.csv",
        "events.parquet",
        "manifest.json",
        "rankings.csv",
        "divergence.csv",
        "divergence.png",
        "flows.csv",
        "over_time.csv",
        "presets.json",
        "report.html",
    }
    names |= {f"{figure}.{kind}" for figure in ("effects", "funnel") for kind in ("png", "svg")}
    return {name for name in names if (folder / name).exists()}


def status_of(call: Callable[[], object]) -> int:
    """Run a command and return its exit status: 0, or one of those above."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign still gets the rest
    try:
        status = _status_of(call)
        sys.stdout.flush()
    except OSError as error:
        # The reader has left, or the disk is full: what is buffered must not be tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            tell(f"sim: cannot write the results: {error.strerror}")
        status = FAILED
    return status


def _status_of(call: Callable[[], object]) -> int:
    """Run a command; no error but that of a closed pipe leaves it, and none as a traceback."""
    try:
        call()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            tell("interrupted")
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except InputError as error:
        tell(str(error))
        return WRONG_INPUT
    except SimError as error:
        tell(f"sim: {error}")
        return FAILED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: a person is told, not shown a traceback
        if os.environ.get("SIM_DEBUG"):
            tell(traceback.format_exc().rstrip())
        else:
            tell(f"sim: unexpected {type(error).__name__}: {error}\n(SIM_DEBUG=1 shows the traceback)")
        return FAILED
    return 0
