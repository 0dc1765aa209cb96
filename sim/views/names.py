"""File names as the command line takes them: whether the operating system takes them too."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from sim.errors import Mark, Problem, shorten


def wrong_name(what: str, name: str, *, ending: str = "") -> Problem | None:
    """Return what is wrong with the name of a file or folder, None where nothing is.

    Parameters
    ----------
    what
        What the name stands for, as the command line calls it.
    name
        As it was given.
    ending
        What is added to it.
    """
    if not name.strip():
        return Problem(Mark(), f"{what}: the name is empty", shorten(name), "a name")
    reason = _refused(Path(name + ending))
    return None if reason is None else Problem(Mark(), f"{what}: {reason}", shorten(name), "another name")


def _refused(path: Path) -> str | None:
    """Return why no file can have this path; that there is none, or a folder lacks, is no reason."""
    # Each part by itself too: what is below a folder that lacks is not looked at.
    for part in (*path.parts, str(path)):
        try:
            os.lstat(part)
        except ValueError:
            return "the name holds a sign that no file name can have"
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return "the name is too long"
    return None
