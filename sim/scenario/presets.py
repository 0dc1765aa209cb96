"""Presets: named sets of disputed assumptions, one file each, under which a comparison is repeated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from sim.errors import Problems
from sim.scenario.document import Document, read
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


def preset_folder(tree: Tree) -> Path:
    """Return the folder that holds the presets of a tree of scenarios; the shipped one where it has none."""
    own = tree.root / "presets"
    return own if own.is_dir() else shipped() / "presets"


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
    found = []
    for path in sorted(folder.glob("*.yaml"), key=lambda p: (p.stem != NEUTRAL, p.stem)):
        made = read_preset(path, problems)
        if made is not None:
            found.append(Preset(path.stem, made[1]))
    return found


__all__ = ["NEUTRAL", "Assumption", "Preset", "PresetFile", "load_presets", "preset_folder", "read_preset"]
