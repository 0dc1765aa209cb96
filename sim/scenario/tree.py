"""Where scenario files live: the folder tree around a file, and the one that is shipped."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Mark, Problems
from sim.scenario.document import read_text
from sim.scenario.quantities import ASSUMED, STATED

FOLDERS = ("levers", "presets")
BESIDE = ("sources.yaml", "patterns.yaml")  # files of a tree that are no scenario


@functools.cache
def shipped() -> Path:
    """Return the folder of the scenarios that come with the package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of scenarios.

    `root` holds the files, `root/levers` its levers, `root/sources.yaml` its bibliography.
    """

    root: Path

    @classmethod
    def around(cls, path: Path) -> Tree:
        """Return the tree that a scenario file belongs to.

        It is the nearest folder above the file that has `levers/` or `sources.yaml`, else the file's own.  A
        name of a shipped scenario means no file here, and belongs to the tree in which it is said.
        """
        if path.exists():
            folder = path.resolve().parent
        else:
            folder = next((above.resolve() for above in path.parents if above.is_dir()), shipped().resolve())
        for above in (folder, *folder.parents):
            if (above / "levers").is_dir() or (above / "sources.yaml").is_file():
                return cls(above)
        return cls(folder)

    def find(self, name: str, folder: Path | None) -> Path | None:
        """Return the file that `name` means: from `folder` on, else in this tree, else a shipped one."""
        try:
            roots = (folder or Path.cwd(), self.root, shipped())
            places = [root / end for root in roots for end in (name, f"{name}.yaml")]
            for place in places:
                if place.is_file():
                    return place.resolve()
        except (OSError, ValueError):
            pass
        return None

    def allows(self, file: Path, name: str, by: Path) -> bool:
        """Whether `extends: name` in file `by` may reach `file`: inside a scenario tree, or said in full."""
        homes = (self.root.resolve(), shipped().resolve(), by.parent.resolve())
        return Path(name).is_absolute() or any(file.is_relative_to(home) for home in homes)

    def lever_folders(self) -> list[Path]:
        """Folders searched for levers, nearest first."""
        folders = [self.root / "levers", shipped() / "levers"]
        return list(dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))

    def preset_folders(self) -> list[Path]:
        """Folders searched for presets, nearest first."""
        folders = [self.root / "presets", shipped() / "presets"]
        return list(dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))

    def scenario_names(self) -> list[str]:
        """Names of all scenario files of this tree and the shipped one."""
        names: list[str] = []
        for root in dict.fromkeys((self.root.resolve(), shipped().resolve())):
            for path in sorted(root.glob("*.yaml")) + sorted(root.glob("*/*.yaml")):
                inside = path.relative_to(root)
                if inside.parts[0] not in FOLDERS and path.name not in BESIDE:
                    names.append(inside.with_suffix("").as_posix())
        return names

    def sources(self) -> frozenset[str]:
        """Ids of all sources that a number may cite."""
        own = self.root / "sources.yaml"
        return _source_ids(shipped() / "sources.yaml") | _source_ids(own)

    def check_sources(self, ids: Sequence[str], where: Mark, problems: Problems) -> None:
        """Note ids that no bibliography has."""
        known = self.sources()
        for name in ids:
            if name not in known and name not in (ASSUMED, STATED):
                names = [ASSUMED, *sorted(known)]
                allowed = "an id from sources.yaml, or `assumed`"
                problems.add(where, f"unknown source {name!r}", name, known=names, allowed=allowed)


def _source_ids(path: Path) -> frozenset[str]:
    """Ids in a bibliography, none where there is no such file."""
    try:
        state = path.stat()
    except OSError:
        return frozenset()
    return _ids(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=16)
def _ids(path: Path, _changed: int, _size: int) -> frozenset[str]:
    """Read the ids line by line, for speed: each begins a line (`sim check` reads the file in full)."""
    text = read_text(path, Problems()) or ""
    return frozenset(re.findall(r"^([A-Za-z0-9_]+):", text, flags=re.MULTILINE))
