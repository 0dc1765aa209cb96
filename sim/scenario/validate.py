"""Check plain data against a closed model, and say every error where it stands in the file."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import Problems
from sim.scenario.document import Document, Key

M = TypeVar("M", bound=BaseModel)


def check_model(model: type[M], document: Document, problems: Problems) -> M | None:
    """Return the data of `document` as `model`, or note what is wrong and return None."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            _translate(model, item, document, problems)
        return None


def _translate(model: type[BaseModel], item: Any, document: Document, problems: Problems) -> None:
    path: Key = tuple(p for p in item["loc"] if p != "[key]")
    context = item.get("ctx") or {}
    if "faults" in context:
        for below, what, known in context["faults"]:
            place = (*path, *(p for p in below.split(".") if p))
            value = _value(document, place)
            shown = value if isinstance(value, int | float | str) else None
            problems.add(document.mark(place), f"{_dotted(place)}: {what}", shown, known=known or None)
        return
    kind = item["type"]
    where = document.mark(path)
    if kind == "extra_forbidden":
        known = _siblings(model, path[:-1])
        problems.add(where, f"unknown key {_dotted(path)}", path[-1], known=known)
    elif kind == "missing":
        problems.add(document.mark(path[:-1]), f"{_dotted(path)} is missing")
    else:
        what, allowed = _plain(kind, context, item["msg"])
        problems.add(where, f"{_dotted(path)} {what}", item.get("input"), allowed=allowed)


def _plain(kind: str, context: dict[str, Any], message: str) -> tuple[str, str | None]:
    """Return pydantic's error in our words, with what is allowed."""
    if kind in ("greater_than_equal", "less_than_equal"):
        return ("is too small", f"at least {context['ge']:g}") if "ge" in context else ("is too large", f"at most {context['le']:g}")
    words = {
        "float_type": ("must be a number", "a number"),
        "finite_number": ("must be a finite number", "a number"),
        "int_type": ("must be a whole number", "a whole number"),
        "int_from_float": ("must be a whole number", "a whole number"),
        "string_type": ("must be text", "text"),
        "bool_type": ("must be true or false", "true, false"),
        "dict_type": ("must be a mapping", "key: value lines"),
        "model_type": ("must be a mapping", "key: value lines"),
        "tuple_type": ("must be a list", "[a, b, …]"),
        "list_type": ("must be a list", "[a, b, …]"),
        "string_pattern_mismatch": ("is not of the form asked for", context.get("pattern")),
    }
    return words.get(kind, (f"is wrong: {message[:1].lower()}{message[1:]}", None))


def _dotted(path: Key) -> str:
    return ".".join(str(p) for p in path) or "file"


def _value(document: Document, path: Key) -> Any:
    data = document.data
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _siblings(model: type[BaseModel], path: Key) -> list[str]:
    """Return the keys that the model allows at `path`."""
    here: Any = model
    for key in path:
        fields = getattr(here, "model_fields", None)
        if fields is not None and key in fields:
            here = _inner(fields[key].annotation)
    return list(getattr(here, "model_fields", {}))


def _inner(annotation: Any) -> Any:
    """Return the model inside an annotation such as `dict[str, Agency]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _inner(part)
        if found is not None:
            return found
    return None
