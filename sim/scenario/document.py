"""YAML read as plain data, with the place of every value kept.

Files come from strangers, so they are read as data only: no tags, no code, bounded size, depth and
aliasing.  Reading composes the node graph (which knows lines and columns) and builds plain dicts and
lists from it; where each value stands goes into a tree beside the data, so that the data stay plain and
a later check can still say `file:line:column`.

Data and places are never changed once read: layers build new mappings along the path they touch and
share the rest, so a file is parsed once however many scenarios of one process extend it.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problem, Problems
from sim.scenario.telling import Telling

MAX_BYTES = 256_000
MAX_NODES = 60_000
MAX_DEPTH = 24

Key = tuple[str | int, ...]

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Some malformed text makes the YAML library fail with a plain Python error.
_LIBRARY_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where a value stands (`value`), where its key does (`key`), and the same for what is `inside`.

    A block that begins on the line below its key counts as standing at the key.
    """

    key: Mark
    value: Mark
    inside: Mapping[str | int, Places] = field(default_factory=dict)


def at(mark: Mark) -> Places:
    """Return the places of something that stands, with all its parts, at one mark."""
    return Places(mark, mark)


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data, and where each part of it stands."""

    file: Path | None
    data: Any
    places: Places

    def mark(self, path: Key = ()) -> Mark:
        """Return the place of the value at `path`, or of its nearest known ancestor."""
        return self.places_of(path).value

    def key_mark(self, path: Key) -> Mark:
        """Return the place of the key at `path`, or of its nearest known ancestor."""
        return self.places_of(path).key

    def places_of(self, path: Key) -> Places:
        """Return the places at `path`, or of its nearest known ancestor (without what is inside it)."""
        here = self.places
        for key in path:
            if key not in here.inside:
                return Places(here.key, here.value)
            here = here.inside[key]
        return here

    def part(self, *path: str | int) -> Document:
        """Return the part at `path` as a document of its own (missing: data is None)."""
        return Document(self.file, self.get(path), self.places_of(path))

    def get(self, path: Key) -> Any:
        """Return the data at `path`, or None where there is none."""
        data = self.data
        for key in path:
            try:
                data = data[key]
            except (KeyError, IndexError, TypeError):
                return None
        return data

    def without(self, *keys: str) -> Document:
        """Return a copy of a mapping that lacks `keys` at its top."""
        data = {k: v for k, v in self.data.items() if k not in keys}
        inside = {k: p for k, p in self.places.inside.items() if k not in keys}
        return Document(self.file, data, replace(self.places, inside=inside))


def plain_copy(data: Any) -> Any:
    """Return data of a document as the caller's own: no mapping or list of it is shared."""
    if isinstance(data, dict):
        return {key: plain_copy(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain_copy(value) for value in data]
    return data


def read(path: Path, problems: Problems) -> Document | None:
    """Read one YAML file; what is wrong goes into `problems` and None comes back."""
    text = read_text(path, problems)
    return None if text is None else parse(text, path, problems)


def read_text(path: Path, problems: Problems, most: int = MAX_BYTES) -> str | None:
    """Read a text file of at most so many bytes, or note why it cannot be read."""
    where = Mark(path)
    try:
        if path.is_dir():
            problems.add(where, "this is a folder, not a file")
        elif not path.exists():
            problems.add(where, "no such file")
        elif not path.is_file():
            problems.add(where, "this is not an ordinary file")
        else:
            with path.open("rb") as stream:
                content = stream.read(most + 1)
            if len(content) <= most:
                return content.decode("utf-8-sig")
            problems.add(where, f"the file is larger than {most:,} bytes")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        column = error.start - (error.object.rfind(b"\n", 0, error.start) + 1) + 1
        problems.add(
            Mark(path, line, column), "the file is not UTF-8 text", error.object[error.start : error.end]
        )
    except (OSError, ValueError) as error:
        problems.add(where, f"the file cannot be read: {getattr(error, 'strerror', None) or error}")
    return None


def parse(text: str, path: Path | None, problems: Problems) -> Document | None:
    """Parse YAML text as `read` does."""
    document, found = _parsed(text, path)
    for problem in found:
        if problem not in problems.found:
            problems.found.append(problem)
    return document


@functools.lru_cache(maxsize=256)
def _parsed(text: str, path: Path | None) -> tuple[Document | None, tuple[Problem, ...]]:
    """Parse once per process and text: a file that changed has another text."""
    problems = Telling()
    node = _compose(text, path, problems)
    if node is None:
        if not problems.found:
            problems.add(_position(path, 1, 1), "the file is empty" if path else "there is no value")
        return None, tuple(problems.found)
    builder = _Builder(path, problems)
    start = _position(path, 1, 1)
    data, places = builder.build(node, start, 0)
    document = None if builder.failed else Document(path, data, replace(places, key=start, value=start))
    return document, tuple(problems.found)


def _compose(text: str, path: Path | None, problems: Problems) -> Any:
    """Return the node graph of a text, or note why there is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice is lawful YAML
            return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        said = ", ".join(part for part in (error.context, error.problem) if part) or "syntax error"
        cut_off = "end" in str(error.problem) and "stream" in str(error.problem)
        mark = (error.context_mark if cut_off else None) or error.problem_mark or error.context_mark
        place = _position(path, mark.line + 1, mark.column + 1) if mark else Mark(path)
        allowed = "spaces, not tabs, at the beginning of a line" if r"'\t'" in said else None
        problems.add(place, f"not valid YAML: {said}", allowed=allowed)
    except YAMLError as error:
        offset = getattr(error, "position", None)
        place = _offset(text, offset, path) if isinstance(offset, int) else Mark(path)
        problems.add(place, f"not valid YAML: {str(error).splitlines()[0]}")
    except RecursionError:
        problems.add(Mark(path), f"values are nested deeper than {MAX_DEPTH} levels")
    except _LIBRARY_FAULTS as error:
        problems.add(Mark(path), f"not valid YAML ({type(error).__name__})")
    return None


def _position(path: Path | None, line: int, column: int) -> Mark:
    return Mark() if path is None else Mark(path, line, column)


def _offset(text: str, offset: int, path: Path | None) -> Mark:
    before = text[:offset]
    return _position(path, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


class _Builder:
    """Plain data and their places out of a node graph, within the limits."""

    def __init__(self, file: Path | None, problems: Telling) -> None:
        self.file = file
        self.problems = problems
        self.nodes = 0
        self.failed = False
        self.full = False
        self.open: set[int] = set()

    def build(self, node: Any, key: Mark | None, depth: int) -> tuple[Any, Places]:
        """Return the data of `node` and where they stand; `key` is where its key does."""
        where = self._place(node)
        self.nodes += 1
        if not self.full and self.nodes > MAX_NODES:
            self._stop(where, f"more than {MAX_NODES:,} values once aliases are expanded")
        if not self.full and depth > MAX_DEPTH:
            self._stop(where, f"values are nested deeper than {MAX_DEPTH} levels")
        if not self.full and id(node) in self.open:
            self._stop(where, "an alias contains itself")
        if self.full:
            return None, at(where)
        if node.id == "scalar":
            empty = str(node.tag).endswith(":null") and not node.value
            spot = key if empty and key is not None else where
            return self._scalar(node, spot), Places(key or where, spot)
        value = where if node.flow_style or key is None else key
        self.open.add(id(node))
        data, inside = (self._mapping if node.id == "mapping" else self._sequence)(node, where, depth)
        self.open.discard(id(node))
        return data, Places(key or where, value, inside)

    def _place(self, node: Any) -> Mark:
        return _position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _stop(self, where: Mark, what: str) -> None:
        self.problems.add(where, what)
        self.failed = self.full = True

    def _fail(self, where: Mark, what: str, value: Any = None) -> None:
        self.problems.add(where, what, value)
        self.failed = True

    def _plain_tag(self, node: Any, expected: str, where: Mark) -> None:
        if str(node.tag) != f"tag:yaml.org,2002:{expected}":
            self._fail(where, "tags are not allowed: a file is plain data", str(node.tag))

    def _sequence(self, node: Any, where: Mark, depth: int) -> tuple[Any, dict[str | int, Places]]:
        self._plain_tag(node, "seq", where)
        items = [self.build(item, None, depth + 1) for item in node.value]
        return [data for data, _ in items], {k: places for k, (_, places) in enumerate(items)}

    def _mapping(self, node: Any, where: Mark, depth: int) -> tuple[Any, dict[str | int, Places]]:
        self._plain_tag(node, "map", where)
        result: dict[str, Any] = {}
        inside: dict[str | int, Places] = {}
        for key_node, value_node in node.value:
            if self.full or self.problems.full:
                break
            place = self._place(key_node)
            key = str(key_node.value)
            if key_node.id != "scalar" or _UNWANTED.search(key):
                self._fail(place, "a key must be a plain word")
            elif key == "<<":
                self.problems.add(place, "merge keys (<<) are not allowed: use `extends`")
            elif key in result:
                first = inside[key].key.line
                self.problems.add(place, f"key {key!r} stands twice in one mapping (first on line {first})")
            else:
                result[key], inside[key] = self.build(value_node, place, depth + 1)
        return result, inside

    def _scalar(self, node: Any, where: Mark) -> Any:
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        text = node.value
        if kind in ("str", "timestamp"):
            if _UNWANTED.search(text):
                self._fail(where, "control characters are not allowed", text)
            return text
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in _BOOLEANS:
            return _BOOLEANS[text.lower()]
        if kind in ("int", "float"):
            try:
                return _whole(text) if kind == "int" else _real(text)
            except (ValueError, OverflowError):
                self._fail(where, "not a number", text[:40])
                return None
        self._fail(where, "tags are not allowed: a file is plain data", str(node.tag))
        return None


_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _whole(text: str) -> int:
    digits = text.replace("_", "")
    number = int(digits) if digits.lstrip("+-").isdigit() else int(digits, 0)
    if number.bit_length() > 1_000:  # beyond what a float can hold, or a message show
        raise OverflowError
    return number


def _real(text: str) -> float:
    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
