"""Compile once, and never run yesterday's code.

`inline` marks a function that kernels call; `kernel` marks an entry point, whose machine code is kept on
disk.  Numba's own disk cache looks only at the file that holds the entry point: edit a decision in another
module and the old machine code would still run.  Here the cache folder is named by a digest of every source
file of the package, so an edit anywhere compiles anew, and nothing else ever does.

With NUMBA_DISABLE_JIT=1 both marks leave plain Python behind, so that a breakpoint works in any decision.

Where somebody has put a function of their own in the place of a decision (`sim.agents.replacing`), `inline`
compiles that one, and the digest is that of other code.

The folder is `$SIM_CACHE_DIR`, else the user's cache folder.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import caching
from numba.core.registry import CPUDispatcher

from sim.errors import SimError

F = TypeVar("F", bound=Callable[..., Any])
KEPT = 12  # versions of 12 MB: those of several checkouts, and of decisions that are replaced

COMPILED: bool = not numba.config.DISABLE_JIT


@dataclass(frozen=True, slots=True)
class StandIn:
    """A function that is compiled in the place of an `inline` one.

    Attributes
    ----------
    source
        Its text, for people.
    identity
        A digest of what it does: its instructions, and all that they refer to.
    build
        Takes the function in whose place it stands, as compiled, and returns the one to compile.
    """

    source: str
    identity: str
    build: Callable[[Any], Callable[..., Any]]


STAND_INS: dict[str, StandIn] = {}  # by module and name of the function in whose place it stands


def cache_root() -> Path:
    """Return the folder that holds machine code, one folder in it per version of the sources."""
    chosen = os.environ.get("SIM_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home())
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "enforcement-pathways"


def code_digest() -> str:
    """Return a digest of the sources of this package and of what stands in for parts of them.

    It names the code of a study: the same wherever the package lies, and whatever runs it.
    """
    digest = _package_digest()
    for name, stand_in in sorted(STAND_INS.items()):
        digest = hashlib.sha256(f"{digest} {name} {stand_in.identity}".encode()).hexdigest()[:20]
    return digest


def source_digest() -> str:
    """Return a digest that names machine code: that of the code, and what compiles it where and for what."""
    package = Path(__file__).resolve().parents[1]
    versions = f"{numba.__version__} {np.__version__} {sys.version} {platform.machine()} {package}"
    return hashlib.sha256(f"{code_digest()} {versions}".encode()).hexdigest()[:20]


@functools.cache
def _package_digest() -> str:
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def cache_folder() -> Path:
    """Return the folder of the machine code that belongs to the present sources."""
    return cache_root() / source_digest()


def is_warm() -> bool:
    """Whether the present sources have been compiled on this machine."""
    return can_keep() and any(cache_folder().rglob("loop.run-*.nbc"))


def prune(keep: int = KEPT) -> None:
    """Remove the machine code of all but the newest `keep` versions of the sources."""
    root = cache_root()
    if not can_keep():
        return
    folders = sorted((p for p in root.glob("*") if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
    for folder in folders[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


@functools.cache
def can_keep() -> bool:
    """Whether machine code can be kept on disk; where it cannot, each process compiles for itself."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


class _Locator(caching._CacheLocator):  # type: ignore[misc]
    """Tells Numba to keep machine code in `cache_folder()`."""

    def __init__(self, py_func: Callable[..., Any], py_file: str) -> None:
        self._line = py_func.__code__.co_firstlineno
        self._file = Path(py_file)
        self._py_file = py_file  # Numba asks for it where it warns that code cannot be kept

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        # With the file's own content, since a kernel may stand outside the package.
        return source_digest() + hashlib.sha256(self._file.read_bytes()).hexdigest()

    def get_disambiguator(self) -> str:
        # Numba names the file by module, and two folders may each have a module of that name.
        return f"{self._line}-{hashlib.sha256(str(self._file).encode()).hexdigest()[:8]}"

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> _Locator:
        return cls(py_func, py_file)


class _Implementation(caching.CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = [_Locator]  # noqa: RUF012 - the name and form that Numba reads


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    _impl_class = _Implementation

    def save_overload(self, signature: Any, data: Any) -> None:
        super().save_overload(signature, data)
        prune()


def _plain(kind: Any) -> Any:
    """Return the type that stands for an argument: one for all signed whole numbers, constant or not."""
    types: Any = numba.types
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind.signed else kind


class _Inline(CPUDispatcher):  # type: ignore[misc]
    """A function that compiled code calls compiled, and that Python calls as plain Python.

    Numba would compile it anew for each constant that it is called with, and for each width of a whole
    number: several times the code, which LLVM specializes by itself wherever it inlines.
    """

    def get_call_template(self, arguments: Any, names: Any) -> Any:
        plain = {name: _plain(kind) for name, kind in names.items()}
        return super().get_call_template([_plain(kind) for kind in arguments], plain)

    def __call__(self, *arguments: Any) -> Any:
        with np.errstate(over="ignore"):
            return self.py_func(*arguments)


def wrapping(function: F) -> F:
    """Mark an `inline` function whose unsigned arithmetic wraps around, on purpose."""
    if COMPILED:
        return inline(function)

    @functools.wraps(function)
    def plain(*arguments: Any) -> Any:
        with np.errstate(over="ignore"):
            return function(*arguments)

    return plain  # type: ignore[return-value]


def inline(function: F) -> F:
    """Mark a function that kernels call.

    It gets no compiled entry from Python: wrapping and unwrapping the world for each of them would double
    the time that compiling takes.  Called from Python, it runs as plain Python.
    """
    stand_in = STAND_INS.get(f"{function.__module__}.{function.__qualname__}")
    return _inline(function if stand_in is None else stand_in.build(_inline(function)))


def _inline(function: Any) -> Any:
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled = numba.njit(nogil=True, cache=False, error_model="numpy", **options)(function)
    if COMPILED:
        compiled.__class__ = _Inline
    return compiled


def kernel(function: F) -> F:
    """Mark an entry point: compiled for its arguments on first use, then read from disk; releases the GIL."""
    compiled = numba.njit(nogil=True, cache=False, error_model="numpy")(function)
    if COMPILED:
        # Code typed at a prompt has no file to look at.
        if Path(function.__code__.co_filename).is_file() and can_keep():
            compiled._cache = _Cache(function)
        return _telling(compiled) if STAND_INS else compiled

    @functools.wraps(function)
    def plain(*arguments: Any) -> Any:
        # Unsigned overflow is silent in machine code and warns in Python.
        with np.errstate(over="ignore"):
            return function(*arguments)

    return plain  # type: ignore[return-value]


def _telling(compiled: Any) -> Any:
    """Return a kernel that says in words why a function that stands in for another does not compile."""

    @functools.wraps(compiled.py_func)
    def call(*arguments: Any) -> Any:
        try:
            return compiled(*arguments)
        except SimError:
            raise
        except Exception as error:  # a field that a record lacks is a KeyError there
            raise SimError(_why(error)) from error

    return call


def _why(error: Exception) -> str:
    """Return the innermost reason of an error of the compiler: what, in which file, on which line."""
    told = f"there is no such field: {error}" if isinstance(error, KeyError) else str(error)
    lines = [line for line in told.splitlines() if not line.startswith("Failed in nopython mode")]
    reason = "\n".join(lines).partition("\n\nDuring:")[0].strip()
    names = " and ".join(name.partition(".agents.")[2] or name for name in STAND_INS)
    return f"the function in the place of {names} does not compile: {reason or type(error).__name__}"
