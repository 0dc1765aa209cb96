"""Presets: named sets of disputed assumptions, one file each, under which a comparison is repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.errors import Problems
from sim.scenario.document import Document, read, read_text
from sim.scenario.layers import command_line
from sim.scenario.section import Closed, Name
from sim.scenario.tree import Tree, shipped
from sim.scenario.validate import check_model

NEUTRAL = "neutral"


class Assumption(Closed):
    """A disputed assumption: what it says, and the settings that say it."""

    claim: str = Field(min_length=1, max_length=600, description="what it says, in a line")
    sources: tuple[str, ...] = Field(min_length=1, description="source ids from sources.yaml")
    set: dict[str, Any] = Field(min_length=1, description="dotted path → value")


class PresetFile(Closed):
    """A preset."""

    title: str = Field(min_length=1, max_length=120, description="name shown in tables and figures")
    claim: str = Field(min_length=1, max_length=600, description="what somebody who takes it believes")
    sources: tuple[str, ...] = Field(min_length=1, description="source ids from sources.yaml")
    assumptions: dict[Name, Assumption] = Field(
        default={}, max_length=24, description="what it assumes other than the scenario, by name"
    )


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset as it is used: its name and its file."""

    name: str
    file: PresetFile

    def settings(self, *only: str) -> list[str]:
        """Return its settings as `path=value` (those of the assumptions named, or all)."""
        return [
            f"{path}={json.dumps(value)}"
            for name, assumption in self.file.assumptions.items()
            if not only or name in only
            for path, value in assumption.set.items()
        ]

    def assumed(self) -> list[tuple[str, Document]]:
        """Return its settings as `resolve` takes them."""
        return [(path, command_line(x)) for a in self.file.assumptions.values() for path, x in a.set.items()]


def read_preset(path: Path, problems: Problems) -> tuple[Document, PresetFile] | None:
    """Read a preset and check all that can be checked without a scenario."""
    document = read(path, problems)
    if document is None:
        return None
    file = check_model(PresetFile, document, problems)
    if file is None:
        return None
    tree = Tree.around(path)
    tree.check_sources(file.sources, document.mark(("sources",)), problems)
    for name, assumption in file.assumptions.items():
        tree.check_sources(assumption.sources, document.mark(("assumptions", name, "sources")), problems)
    return document, file


def load_presets(folder: Path, problems: Problems) -> list[Preset]:
    """Return all presets of a folder, the neutral one first."""
    return _read_all([path for path in folder.glob("*.yaml") if path.is_file()], problems)


def presets_of(tree: Tree, problems: Problems) -> list[Preset]:
    """Return all presets of a tree of scenarios and the shipped ones, the neutral one first.

    Of two with the same name the nearer one counts, as with levers.
    """
    nearest: dict[str, Path] = {}
    for files in _files(tree):
        nearest = {path.stem: path for path in files} | nearest
    return _read_all(nearest.values(), problems)


def presets_tried(tree: Tree, problems: Problems) -> list[Preset]:
    """Return the presets under which a comparison is repeated: those of its tree, else the shipped ones."""
    return _read_all(next((files for files in _files(tree) if files), []), problems)


def _files(tree: Tree) -> list[list[Path]]:
    """Return the presets in each folder, nearest first.

    What lies in a folder of that name and says nothing that only a preset says is none: other programs have
    presets too.
    """
    home = (shipped() / "presets").resolve()
    return [
        [path for path in folder.glob("*.yaml") if path.is_file() and (folder == home or _is_preset(path))]
        for folder in tree.preset_folders()
    ]


def _read_all(paths: Iterable[Path], problems: Problems) -> list[Preset]:
    """Return the presets in these files, the neutral one first."""
    found = []
    for path in sorted(paths, key=lambda p: (p.stem != NEUTRAL, p.stem)):
        made = read_preset(path, problems)
        if made is not None:
            found.append(Preset(path.stem, made[1]))
    return found


def _is_preset(path: Path) -> bool:
    """Whether a file says what only presets say, or says what is no YAML, which its author is to know."""
    document = read(path, Problems())
    if document is None:
        return bool((read_text(path, Problems()) or "").strip())
    return isinstance(document.data, dict) and bool({"claim", "assumptions"} & set(document.data))


__all__ = [
    "NEUTRAL",
    "Assumption",
    "Preset",
    "PresetFile",
    "load_presets",
    "presets_of",
    "presets_tried",
    "read_preset",
]
