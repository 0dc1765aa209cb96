"""YAML read as plain data, with the place of every value kept.

Files come from strangers, so they are read as data only: no tags, no code, bounded size, depth and
aliasing.  Reading composes the node graph (which knows lines and columns) and builds plain dicts and
lists from it; the places go into a side table keyed by path, so that the data stay plain and a later
check can still say `file:line:column`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import Mark, Problems

MAX_BYTES = 1_000_000
MAX_NODES = 60_000
MAX_DEPTH = 24

Key = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """Plain data, and where each part of it stands (`marks`, by path)."""

    file: Path | None
    data: Any = None
    marks: dict[Key, Mark] = field(default_factory=dict)

    def mark(self, path: Key) -> Mark:
        """Return the place of `path`, or of its nearest known ancestor."""
        for end in range(len(path), -1, -1):
            found = self.marks.get(path[:end])
            if found is not None:
                return found
        return Mark(self.file)

    def part(self, *path: str | int) -> Document:
        """Return the part at `path` as a document of its own (missing: data is None)."""
        data = self.data
        for key in path:
            try:
                data = data[key]
            except (KeyError, IndexError, TypeError):
                data = None
                break
        size = len(path)
        marks = {k[size:]: m for k, m in self.marks.items() if k[:size] == path}
        marks.setdefault((), self.mark(path))
        return Document(self.file, data, marks)

    def without(self, *keys: str) -> Document:
        """Return a copy of a mapping that lacks `keys` at its top."""
        data = {k: v for k, v in self.data.items() if k not in keys}
        marks = {k: m for k, m in self.marks.items() if not (k and k[0] in keys)}
        return Document(self.file, data, marks)


def read(path: Path, problems: Problems) -> Document | None:
    """Read one YAML file; what is wrong goes into `problems` and None comes back."""
    text = _text(path, problems)
    if text is None:
        return None
    return parse(text, path, problems)


def _text(path: Path, problems: Problems) -> str | None:
    where = Mark(path)
    try:
        size = path.stat().st_size
        if path.is_dir():
            problems.add(where, "this is a folder, not a file")
            return None
        if size > MAX_BYTES:
            problems.add(where, f"file is larger than {MAX_BYTES:,} bytes", size)
            return None
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.add(where, "no such file")
    except UnicodeDecodeError as error:
        problems.add(where, f"file is not UTF-8 text (byte {error.start})")
    except (OSError, ValueError) as error:
        problems.add(where, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return None


def parse(text: str, path: Path | None, problems: Problems) -> Document | None:
    """Parse YAML text as `read` does."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    document = Document(path)
    document.marks[()] = Mark(path, 1, 1)
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(path, mark.line + 1, mark.column + 1) if mark else Mark(path)
        problems.add(place, f"not valid YAML: {error.problem or error.context or 'syntax error'}")
        return None
    except YAMLError as error:
        problems.add(Mark(path), f"not valid YAML: {str(error).splitlines()[0]}")
        return None
    except RecursionError:
        problems.add(Mark(path), f"nested deeper than {MAX_DEPTH} levels")
        return None
    except (ValueError, AttributeError, TypeError, KeyError, IndexError, AssertionError) as error:
        # The YAML library fails on some malformed text with a plain Python error.
        problems.add(Mark(path), f"not valid YAML ({type(error).__name__})")
        return None
    if node is None:
        problems.add(Mark(path, 1, 1), "file is empty")
        return None
    builder = _Builder(document, problems)
    document.data = builder.build(node, ())
    return None if builder.failed else document


class _Builder:
    """Plain data out of a node graph, within the limits."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems
        self.nodes = 0
        self.failed = False

    def build(self, node: Any, path: Key) -> Any:
        if self.failed:
            return None
        where = Mark(self.document.file, node.start_mark.line + 1, node.start_mark.column + 1)
        self.document.marks.setdefault(path, where)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            return self._fail(where, f"more than {MAX_NODES:,} values once its aliases are expanded")
        if len(path) > MAX_DEPTH:
            return self._fail(where, f"nested deeper than {MAX_DEPTH} levels")
        if node.id == "mapping":
            return self._mapping(node, path, where)
        if node.id == "sequence":
            self._plain_tag(node, "seq", where)
            return [self.build(item, (*path, k)) for k, item in enumerate(node.value)]
        return self._scalar(node, where)

    def _fail(self, where: Mark, what: str) -> None:
        self.problems.add(where, what)
        self.failed = True

    def _plain_tag(self, node: Any, expected: str, where: Mark) -> None:
        if str(node.tag) != f"tag:yaml.org,2002:{expected}":
            self.problems.add(where, "tags are not allowed: a file is plain data", str(node.tag))
            self.failed = True

    def _mapping(self, node: Any, path: Key, where: Mark) -> Any:
        self._plain_tag(node, "map", where)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = Mark(self.document.file, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key_node.id != "scalar":
                self.problems.add(place, "a key must be a plain word")
                self.failed = True
                continue
            key = str(key_node.value)
            if key == "<<":
                self.problems.add(place, "merge keys (<<) are not allowed: use `extends`")
                self.failed = True
                continue
            if key in result:
                self.problems.add(place, "the same key stands twice in one mapping", key)
                self.failed = True
                continue
            self.document.marks[(*path, key)] = place
            result[key] = self.build(value_node, (*path, key))
        return result

    def _scalar(self, node: Any, where: Mark) -> Any:
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        text = node.value
        if kind in ("str", "timestamp"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        try:
            if kind == "int":
                return int(text.replace("_", ""), 0) if not text.lstrip("+-").isdigit() else int(text)
            if kind == "float":
                return _float(text)
        except (ValueError, OverflowError):
            self.problems.add(where, "not a number", text[:40])
            self.failed = True
            return None
        self.problems.add(where, "tags are not allowed: a file is plain data", str(node.tag))
        self.failed = True
        return None


def _float(text: str) -> float:
    plain = text.replace("_", "").lower()
    for infinity in (".inf", "+.inf"):
        if plain == infinity:
            return float("inf")
    if plain == "-.inf":
        return float("-inf")
    if plain == ".nan":
        return float("nan")
    return float(plain)
