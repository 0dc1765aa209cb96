"""Where scenario files live: the folder tree around a file, and the one that is shipped."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Mark, Problems
from sim.scenario.document import read
from sim.scenario.quantities import ASSUMED, STATED

FOLDERS = ("levers", "presets")


def shipped() -> Path:
    """Return the folder of the scenarios that come with the package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder of scenarios: `root` holds the files, `root/levers` its levers, `root/sources.yaml` its sources."""

    root: Path

    @classmethod
    def around(cls, path: Path) -> Tree:
        """Return the tree that a scenario file belongs to.

        It is the nearest folder above the file that has `levers/` or `sources.yaml`, else the file's own.
        """
        folder = path.resolve().parent
        if not path.exists() and not path.parent.exists():
            return cls(shipped().resolve())
        for above in (folder, *folder.parents):
            if (above / "levers").is_dir() or (above / "sources.yaml").is_file():
                return cls(above)
        return cls(folder)

    def find(self, name: str, folder: Path | None) -> Path | None:
        """Return the file that `name` means: a path (from `folder`), else a file of this tree or the shipped one."""
        try:
            places = [(folder or Path.cwd()) / name]
            for root in (self.root, shipped()):
                places += [root / name, root / f"{name}.yaml"]
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
        return [f for k, f in enumerate(folders) if f.is_dir() and f.resolve() not in [g.resolve() for g in folders[:k]]]

    def scenario_names(self) -> list[str]:
        """Names of all scenario files of this tree and the shipped one."""
        names: list[str] = []
        for root in dict.fromkeys((self.root.resolve(), shipped().resolve())):
            for path in sorted(root.glob("*.yaml")) + sorted(root.glob("*/*.yaml")):
                inside = path.relative_to(root)
                if inside.parts[0] not in FOLDERS and path.name != "sources.yaml":
                    names.append(inside.as_posix())
        return names

    def sources(self) -> frozenset[str]:
        """Ids of all sources that a number may cite."""
        own = self.root / "sources.yaml"
        ids = _source_ids(shipped() / "sources.yaml")
        return ids | _source_ids(own) if own.is_file() else ids

    def check_sources(self, ids: tuple[str, ...], where: Mark, problems: Problems) -> None:
        """Note ids that no bibliography has."""
        known = self.sources()
        for name in ids:
            if name not in known and name not in (ASSUMED, STATED):
                problems.add(where, f"unknown source {name!r}", name, known=sorted(known), allowed="an id from sources.yaml, or `assumed`")


@functools.cache
def _source_ids(path: Path) -> frozenset[str]:
    problems = Problems()
    document = read(path, problems)
    if document is None or not isinstance(document.data, dict):
        return frozenset()
    return frozenset(document.data)
