"""One's own function in the place of an agent's decision.

    import sim
    from sim.scenario import vocabulary as v

    @sim.replaces("officer.stop_outcome")
    def no_arrest_without_a_warrant(usual, rules, officer, resident, case, screening, motive, seed):
        outcome = usual(rules, officer, resident, case, screening, motive, seed)
        if outcome == v.STOP_ARREST and case.warrant_hit == 0:
            return v.STOP_CITATION
        return outcome

The engine is one piece of machine code, so this comes before the first world is made: the decision is then
compiled with the rest, and the same function runs as plain Python where NUMBA_DISABLE_JIT is set.  Results
belong to other code than this package's alone, and their names, the machine code and the manifest say so.

The parameter `usual` is the decision as it was.  What a function refers to is read when it replaces the
decision.  A number that changes afterwards changes nothing: it would otherwise run with the old machine code,
or not, as luck has it.
"""

from __future__ import annotations

import ast
import builtins
import dis
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np
from numba.core.registry import CPUDispatcher

from sim.agents.decisions import MODULES, Decision, replaceable
from sim.engine.jit import STAND_INS, StandIn, inline
from sim.errors import Mark, Problems, SimError, listing

F = TypeVar("F", bound=Callable[..., Any])
USUAL = "usual"
_HOME = "sim.agents"
_COMPILABLE = ("math", "numpy", "numba", "sim")  # modules whose names compiled code may use


class AnswerError(SimError):
    """A function that stands in for a decision answered what is no answer to it."""


def replaces(decision: str) -> Callable[[F], F]:
    """Replace a decision of the agents by the function that follows.

    The function takes the parameters of the decision, by the same names and in the same order; it may take
    `usual` before them, which is the decision as it was.  It is compiled by Numba together with the engine,
    so it does arithmetic on numbers and records: no strings, lists of objects, files or printing.  Functions
    of one's own that it calls are compiled with it.  Luck comes from `sim.engine.luck.uniform`, keyed by the
    case, so that twins stay twins.

    Parameters
    ----------
    decision
        Its name: one of `sim.replaceable()`, which gives parameters and answers too.

    Returns
    -------
    callable
        A decorator that leaves the function itself as it is.

    Raises
    ------
    InputError
        If there is no such decision, or the function cannot take its place: other parameters, a lambda or
        closure, a source that cannot be read, a name that compiled code cannot use.
    SimError
        If the engine has been loaded already, with another decision.

    Examples
    --------
    >>> import sim
    >>> @sim.replaces("officer.tips_ice")  # doctest: +SKIP
    ... def nobody_tips(officer, resident, settings, seed, key, training):
    ...     return False
    """
    problems = Problems()
    known = replaceable()
    name = decision.removeprefix(f"{_HOME}.") if isinstance(decision, str) else decision
    if name not in known:
        problems.add(Mark(Path("sim.replaces")), "there is no such decision", name, known=list(known))
    problems.raise_if_any()

    def take(function: F) -> F:
        _replace(known[name], function)
        return function

    return take


def replaced() -> dict[str, str]:
    """Return the decisions that have been replaced, each with the source of the function in its place."""
    return {name.removeprefix(f"{_HOME}."): x.source for name, x in sorted(STAND_INS.items())}


def _replace(decision: Decision, function: Any) -> None:
    reader = _Reader(decision, function)
    build = reader.read()
    reader.problems.raise_if_any()
    assert build is not None
    wants_usual = reader.wants_usual

    def stand_in(usual: Any) -> Callable[..., Any]:
        return _checked(decision, inline(build({USUAL: usual} if wants_usual else {})))

    _register(decision, StandIn(reader.source, reader.identity(), stand_in))


def _register(decision: Decision, stand_in: StandIn) -> None:
    name = f"{_HOME}.{decision.name}"
    before = STAND_INS.get(name)
    if before is not None and before.identity == stand_in.identity:
        return  # a cell of a notebook that is run again
    if any(f"{_HOME}.{module}" in sys.modules for module in MODULES):
        raise SimError(
            f"{decision.name} can no longer be replaced: the engine has been loaded with it. Start a new "
            "Python (in a notebook: restart the kernel), and replace it before any world is made or run."
        )
    STAND_INS[name] = stand_in


def _checked(decision: Decision, mine: Any) -> Callable[..., Any]:
    """Return a function that asks `mine` and refuses what is no answer, by exact type for the compiler."""
    answers = decision.answers
    name = decision.name.rpartition(".")[2]
    given = ", ".join(decision.parameters)
    wrong = f"{decision.name}, as replaced, gave what is no answer; it has to be {answers}"
    none = (
        f"{decision.name}, as replaced, gave no answer at all: a `return` is missing on some way through it"
    )
    told = {"code": "int(given)", "truth": "given != 0", "number": "float(given)"}[answers.kind]
    whole = "" if answers.kind == "number" else " or given != int(given)"
    text = f"""
        def {name}({given}):
            given = mine({given})
            if given is None:
                raise AnswerError({none!r})
            if not ({answers.low!r} <= given <= {answers.high!r}){whole}:
                raise AnswerError({wrong!r})
            return {told}
        """
    names = {"__name__": __name__, "mine": mine, "AnswerError": AnswerError}
    exec(compile(textwrap.dedent(text), f"<{decision.name}, as replaced>", "exec"), names)
    return names[name]


class _Reader:
    """Reads a function and all that it refers to, and copies them as they are now."""

    def __init__(self, decision: Decision, function: Any) -> None:
        self.decision = decision
        self.function = function
        self.problems = Problems()
        self.wants_usual = False
        self.source = ""
        self._told: list[str] = []
        self._reading: list[FunctionType] = []

    def identity(self) -> str:
        """Return a digest of instructions, constants and of what stands under the names that they use."""
        return hashlib.sha256("\n".join(self._told).encode()).hexdigest()[:20]

    def read(self) -> Callable[[dict[str, Any]], FunctionType] | None:
        """Return what makes a copy of the function, given more names; None where it cannot take the place."""
        function = self.function
        if isinstance(function, CPUDispatcher):
            self._add("is compiled already: give the plain function, which is compiled with the engine")
            return None
        if not isinstance(function, FunctionType):
            self._add("is no function written in Python", function)
            return None
        if function.__name__ == "<lambda>":
            self._add("is a lambda: write it as a function with `def`, so that it can be read and named")
            return None
        self._check_parameters(function)
        try:
            lines, first = inspect.getsourcelines(function)
        except (OSError, TypeError):
            lines, first = [], 0
        self.source = textwrap.dedent("".join(lines))
        if not _defines(self.source, function.__name__):
            self._add("has no source that can be read: write it in a file or in a notebook, not at a prompt")
            return None
        self._check_form(function)
        code = _code_of(self.source, function, first) if self.wants_usual else function.__code__
        return self._copier(function, code, (USUAL,) if self.wants_usual else ())

    def _check_parameters(self, function: FunctionType) -> None:
        code = function.__code__
        found = code.co_varnames[: code.co_argcount]
        wanted = self.decision.parameters
        self.wants_usual = found[:1] == (USUAL,)
        plain = not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
        plain = plain and not code.co_kwonlyargcount and not function.__defaults__
        if found[self.wants_usual :] != wanted or not plain:
            allowed = f"({', '.join(wanted)}), with or without `{USUAL}` before them"
            self._add("takes other parameters", str(inspect.signature(function)), allowed)

    def _add(self, what: str, value: Any = None, allowed: str | None = None) -> None:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        where = Mark(Path(f"{name} for {self.decision.name}"))
        self.problems.add(where, f"the function {what}", value, allowed=allowed)

    # ── what it refers to ────────────────────────────────────────────────────────────────────────────────
    def _check_form(self, function: FunctionType) -> None:
        code = function.__code__
        if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
            self._add(f"uses {function.__name__!r}, which yields or awaits: a decision returns its answer")
        if code.co_freevars:
            names = ", ".join(code.co_freevars)
            self._add(f"is a closure: {names} belong(s) to the function around it, and has to be global")

    def _copier(
        self, function: FunctionType, code: CodeType, later: tuple[str, ...] = ()
    ) -> Callable[[dict[str, Any]], FunctionType]:
        """Return what copies a function with its own copy of the global names that it uses."""
        self._reading.append(function)
        self._told += [function.__name__, *_told_of(code)]
        own: dict[str, Any] = {"__name__": function.__module__, "__builtins__": builtins}
        for name in sorted(set(_globals_of(code)) - set(later)):
            if name in function.__globals__:
                self._told.append(name)
                own[name] = self._value(name, function.__globals__[name])
            elif not hasattr(builtins, name):
                self._add(f"uses {name!r}, which is not defined (yet)")
        self._reading.pop()

        def copy(more: dict[str, Any]) -> FunctionType:
            closure = function.__closure__ if code is function.__code__ else None
            twin = FunctionType(code, own | more, function.__name__, function.__defaults__, closure)
            twin.__module__, twin.__qualname__ = function.__module__, function.__qualname__
            return twin

        return copy

    def _value(self, name: str, value: Any) -> Any:
        """Return what stands under a name, in a form that later changes do not reach."""
        if value is None or isinstance(value, bool | int | float | complex | str | np.generic):
            self._told.append(f"{type(value).__name__} {value!r}")
        elif isinstance(value, tuple):
            return tuple(self._value(name, part) for part in value)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            value = value.copy()
            value.flags.writeable = False
            self._told.append(f"{value.dtype} {value.shape} {value.tobytes().hex()}")
        elif isinstance(value, ModuleType):
            self._check_module(name, value.__name__)
        elif isinstance(value, FunctionType | CPUDispatcher):
            return self._function(name, value)
        elif isinstance(value, type | BuiltinFunctionType | np.ufunc):
            self._check_module(name, getattr(value, "__module__", None) or "numpy")
        else:
            self._add(f"uses {name!r}, which compiled code cannot", value, _KINDS)
        return value

    def _function(self, name: str, value: Any) -> Any:
        plain = getattr(value, "py_func", value)
        if (plain.__module__ or "").partition(".")[0] in _COMPILABLE:
            self._told.append(f"{plain.__module__}.{plain.__qualname__}")
            return value
        if plain in self._reading:
            self._add(f"uses {name!r}, which calls itself: write it as a loop")
            return value
        self._check_form(plain)
        return inline(self._copier(plain, plain.__code__)({}))

    def _check_module(self, name: str, module: str) -> None:
        self._told.append(module)
        if module.partition(".")[0] not in (*_COMPILABLE, "builtins"):
            self._add(f"uses {name!r} of {module}, which compiled code cannot", allowed=_KINDS)


_KINDS = f"numbers, tuples, NumPy arrays, functions of your own, and {listing(_COMPILABLE)}"


def _defines(source: str, name: str) -> bool:
    """Whether a text defines a function: what Python takes for its source may be that of another program."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    return any(isinstance(x, ast.FunctionDef | ast.AsyncFunctionDef) and x.name == name for x in tree.body)


def _code_of(source: str, function: FunctionType, first: int) -> CodeType:
    """Return the code of a function without its first parameter, whose name is then a global one.

    Numba could pass the usual decision as an argument, but then it could not keep the machine code.
    """
    tree = ast.parse(source)
    node = next(x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef) and x.name == function.__name__)
    node.decorator_list, node.returns = [], None
    del (node.args.posonlyargs or node.args.args)[0]
    for argument in (*node.args.posonlyargs, *node.args.args):
        argument.annotation = None
    ast.increment_lineno(tree, first - 1)
    module = compile(tree, function.__code__.co_filename, "exec", dont_inherit=True)
    return next(x for x in module.co_consts if isinstance(x, CodeType) and x.co_name == function.__name__)


def _globals_of(code: CodeType) -> Iterator[str]:
    """Yield the global names that a function uses, and the functions inside it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)


def _told_of(code: CodeType) -> Iterator[str]:
    """Yield what a function does as text: the same in every process, wherever its file lies."""
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_argcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _told_of(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(constant, key=repr))
        else:
            yield f"{type(constant).__name__} {constant!r}"
