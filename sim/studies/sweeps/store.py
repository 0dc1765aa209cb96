"""The folder of a sweep: what it is, and the runs that are done, in shards that are whole or not there.

study.json    what the sweep is: experiment, arms, presets, factors, sizes, code, replications
shards/       runs, in Parquet; each shard is written beside its place and moved there when complete
broken/       shards that could not be read any more; their runs are done again
.lock         held while a sweep writes here
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.outcomes.files import whole_file, write_json

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 1
ABOUT = (  # what `study.json` says at least
    *("code", "experiment", "scenario", "seed", "residents", "days", "warm_up", "factors", "points"),
    *("arms", "presets", "worlds", "agencies", "replications"),
)


class Store:
    """A folder with the runs of a sweep."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards = folder / "shards"
        self.broken: list[str] = []

    @property
    def exists(self) -> bool:
        """Whether there is a sweep in the folder."""
        return (self.folder / "study.json").is_file()

    def about(self) -> dict[str, Any]:
        """Return what the sweep is.

        Raises
        ------
        SimError
            If the folder holds no sweep that this version can read.
        """
        path = self.folder / "study.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise SimError(f"{self.folder} holds no sweep: there is no study.json in it") from error
        except (OSError, ValueError) as error:
            raise SimError(f"{path} cannot be read: {error}") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise SimError(f"{path} was written by another version of this package")
        if missing := [key for key in ABOUT if key not in data]:
            raise SimError(f"{path} is not whole: it says nothing of {', '.join(missing)}")
        return data

    def describe(self, about: dict[str, Any]) -> None:
        """Write what the sweep is."""
        write_json(self.folder / "study.json", {"format": FORMAT, **about})

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other sweeps out of the folder while the block runs.

        Raises
        ------
        SimError
            If another one is at work there, or the folder cannot be written to.
        """
        import fcntl

        try:
            self.shards.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise SimError(f"cannot write to {self.folder}: {error.strerror or error}") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                other = os.read(handle, 32).decode(errors="replace").strip()
                who = f" (process {other})" if other else ""
                raise SimError(f"another sweep{who} is at work in {self.folder}") from error
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            for left in self.shards.glob(".*"):
                left.unlink(missing_ok=True)  # half-written when its writer was killed
            yield
        finally:
            os.close(handle)

    def names(self) -> list[str]:
        """Return the names of all shards, in order."""
        return sorted(path.stem for path in self.shards.glob("*.parquet"))

    def add(self, name: str, shard: bytes) -> None:
        """Keep a shard, whole or not at all."""
        with whole_file(self.shards / f"{name}.parquet", "wb") as file:
            file.write(shard)

    def done(self) -> dict[str, str]:
        """Return the shard of every run that is done, by the run's name.

        Shards that cannot be read are put aside, and named in `broken`.
        """
        found: dict[str, str] = {}
        for name in self.names():
            table = self.read(name)  # in full, so that nothing in it can be found broken at the end
            if table is not None:
                found |= dict.fromkeys(table["run"].to_pylist(), name)
        return found

    def read(self, name: str, columns: list[str] | None = None, *, put_aside: bool = True) -> pa.Table | None:
        """Return the runs of a shard; None where it cannot be read, or holds no runs, and was put aside."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.shards / f"{name}.parquet"
        try:
            table = pq.read_table(path, columns=columns, partitioning=None, page_checksum_verification=True)
            if set(columns or ("run",)) <= set(table.column_names):
                return table
        except (OSError, pa.ArrowException):
            pass
        if put_aside:
            self.put_aside(name)
        else:
            self.broken.append(name)
        return None

    def put_aside(self, name: str) -> None:
        """Move a shard that cannot be read to `broken/`, where it does no harm."""
        aside = self.folder / "broken"
        with contextlib.suppress(OSError):
            aside.mkdir(exist_ok=True)
            (self.shards / f"{name}.parquet").replace(aside / f"{name}.parquet")
        self.broken.append(name)

    def size(self) -> int:
        """Return the bytes that the shards take."""
        return sum(path.stat().st_size for path in self.shards.glob("*.parquet"))
