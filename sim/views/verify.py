"""What became of the runs that were done again, told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sim.errors import InputError, Mark, Problems
from sim.studies.crate import write_crate
from sim.studies.verify import Verified, sweep_in
from sim.views.names import wrong_name
from sim.views.results import count
from sim.views.tables import Column, Table

SHOWN = 5  # names of what differs in a run


def check_verify(folder: str, sample: Any, seed: Any, *, crate: bool) -> None:
    """Raise `InputError` with all that is wrong with what is asked."""
    problems = Problems()
    wrong = wrong_name("DIR", folder)
    if wrong is not None:
        raise InputError([wrong])
    if not Path(folder).is_dir():
        problems.add(Mark(), "there is no such folder", folder, allowed="the folder of a finished study")
    if isinstance(sample, str) or sample < 1:
        problems.add(Mark(), "--sample is out of bounds", sample, allowed="a whole number of runs, 1 or more")
    if seed is not None and (isinstance(seed, str) or seed < 0):
        problems.add(Mark(), "--seed is out of bounds", seed, allowed="a whole number, 0 or more")
    if crate and Path(folder).is_dir() and not (Path(folder) / "study.json").is_file():
        problems.add(Mark(), "--ro-crate describes a sweep, and there is none in this folder", folder)
    problems.raise_if_any()


def verified_table(found: Verified) -> Table:
    """Return the runs that were done again."""
    rows = []
    for one in found.checked:
        more = f" and {len(one.differs) - SHOWN} more" if len(one.differs) > SHOWN else ""
        rows.append((one.run, ", ".join(one.differs[:SHOWN]) + more if one.differs else "the same"))
    rows += [(x.run, ", ".join(x.differs[:SHOWN]) if x.differs else "as the runs say") for x in found.files]
    rows += [(x.run, ", ".join(x.differs)) for x in found.kept if x.differs]
    share = f"{count(len(found.checked), 'run')} of {found.runs:,} done again"
    wrong = sum(1 for x in found.checked if x.differs)
    told = [
        f"{share}: {count(wrong, 'run')} came out otherwise." if wrong else f"{share}: all came out the same."
    ]
    if found.files:
        bad = [x.run for x in found.files if x.differs]
        told.append(
            f"Tables that do not hold what the runs say: {', '.join(bad)}."
            if bad
            else f"{count(len(found.files), 'table')} made anew from all runs: the same."
        )
    if found.kept and not any(x.differs for x in found.kept):
        told.append(f"{count(len(found.kept), 'file')} as written.")
    columns = (Column("Run", left=True), Column("came out", left=True, wraps=True))
    return Table(str(found.folder), columns, tuple(rows), tuple(told))


def verified_data(found: Verified) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "folder": str(found.folder),
        "runs": found.runs,
        "checked": [{"run": x.run, "differs": list(x.differs)} for x in found.checked],
        "files": [{"file": x.run, "differs": list(x.differs)} for x in found.files],
        "kept": [{"file": x.run, "differs": list(x.differs)} for x in found.kept],
        "same": not found.differing,
    }


def crate(folder: Path) -> Path:
    """Describe a verified sweep as an RO-Crate; it began and ended with its first and last shard."""
    sweep = sweep_in(folder)
    times = [path.stat().st_mtime for path in sweep.store.shards.glob("*.parquet")]
    began, ended = (
        dt.datetime.fromtimestamp(t, dt.UTC).isoformat(timespec="seconds") for t in (min(times), max(times))
    )
    return write_crate(sweep, started=began, ended=ended)
