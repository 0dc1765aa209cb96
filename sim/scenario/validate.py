"""Check plain data against a closed model, and say every error where it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import Problems, listing
from sim.scenario.document import Document, Key
from sim.scenario.quantities import Fault, Faults, mapping_faults
from sim.scenario.section import Closed

M = TypeVar("M", bound=BaseModel)


def check_model(
    model: type[M], document: Document, problems: Problems, *, hint: str | None = None, within: Key = ()
) -> M | None:
    """Return the data of `document` as `model`, or note what is wrong and return None.

    `hint` says what to do where keys are missing at the top of the file; `within` is the path of the document
    where it is a part of one, for the names of what is wrong.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        items = error.errors(include_url=False)
        translator = _Translator(model, document, problems, hint, within)
        translator.translate(items)
        # What pydantic did not come to ask, because something else was wrong.
        for path, fault in _unasked(model, document.data, ()):
            translator.fault(path, fault)
        return None


def _unasked(model: type[BaseModel], data: Any, path: Key) -> Iterator[tuple[Key, Fault]]:
    """Give what is wrong with names and between parts, wherever the data have the shape to say so."""
    if not isinstance(data, dict):
        return
    for name, field in model.model_fields.items():
        value, extra, inner = data.get(name), field.json_schema_extra, model_inside(field.annotation)
        if isinstance(value, dict) and isinstance(extra, dict) and "names" in extra:
            yield from (((*path, name), fault) for fault in mapping_faults(value, extra))
        elif inner is None:
            continue
        elif isinstance(value, list | tuple):
            for k, item in enumerate(value):
                yield from _unasked(inner, item, (*path, name, k))
        elif getattr(field.annotation, "__origin__", None) is dict:
            for key, item in value.items() if isinstance(value, dict) else ():
                yield from _unasked(inner, item, (*path, name, key))
        else:
            yield from _unasked(inner, value, (*path, name))
    if issubclass(model, Closed):
        yield from ((path, fault) for fault in model.between(data))


_SHORT = 4  # entries of a list that is shown where it is at fault


class _Translator:
    """Says pydantic's errors in our words."""

    def __init__(
        self, model: type[BaseModel], document: Document, problems: Problems, hint: str | None, within: Key
    ) -> None:
        self.model = model
        self.document = document
        self.problems = problems
        self.hint = hint
        self.within = within

    def translate(self, items: Sequence[Any]) -> None:
        missing: dict[Key, list[str]] = {}
        for item in items:
            path: Key = tuple(p for p in item["loc"] if p != "[key]")
            context = item.get("ctx") or {}
            error = context.get("error")
            if isinstance(error, Faults):
                for fault in error.found:
                    self.fault(path, fault)
            elif item["type"] == "missing" and isinstance(path[-1], int):
                self._short(path[:-1])
            elif item["type"] == "missing":
                missing.setdefault(path[:-1], []).append(str(path[-1]))
            elif item["type"] == "too_short" and len(item.get("input", ())) >= context["min_length"]:
                continue  # pydantic counts only the entries that are sound, and those that are not are told
            elif item["type"] == "extra_forbidden":
                self._unknown(path)
            else:
                self._other(path, item, context)
        for path, names in missing.items():
            what = (
                f"{self._named(path)} lacks {listing(names)}"
                if path or self.within
                else f"lacks {listing(names)}"
            )
            self.problems.add(self.document.key_mark(path), what, allowed=None if path else self.hint)

    def fault(self, path: Key, fault: Fault) -> None:
        """Note a fault of the part at `path`."""
        place = (*path, *fault.path)
        where = self.document.key_mark(place) if fault.of_key else self.document.mark(place)
        value = fault.word if fault.word is not None else self.document.get(place)
        short = isinstance(value, list) and len(value) <= _SHORT
        shown = value if isinstance(value, int | float | str) or short else None
        self.problems.add(where, f"{self._named(place)}: {fault.what}", shown, known=fault.known or None)

    def _named(self, path: Key) -> str:
        return dotted((*self.within, *path))

    def _short(self, path: Key) -> None:
        """Note a list of fixed length that lacks an entry."""
        field = field_at(self.model, path)
        many = len(getattr(field.annotation, "__args__", ())) if field is not None else 0
        allowed = f"{many} of them" if many != 2 else "two of them, such as [low, high]"
        where, value = self.document.mark(path), self.document.get(path)
        self.problems.add(where, f"{self._named(path)} has too few entries", value, allowed=allowed)

    def _unknown(self, path: Key) -> None:
        siblings = _fields(self.model, path[:-1])
        # Elsewhere only where the word itself is: what merely sounds alike there leads astray.
        elsewhere = [p for p in all_paths(self.model) if p.rsplit(".", 1)[-1] == path[-1]]
        known = [*siblings, *elsewhere]
        where = self.document.key_mark(path)
        what = f"unknown key {self._named(path)}"
        self.problems.add(where, what, path[-1], known=known, allowed=listing(siblings, 40))

    def _other(self, path: Key, item: dict[str, Any], context: dict[str, Any]) -> None:
        of_key = "[key]" in item["loc"]
        where = self.document.key_mark(path) if of_key else self.document.mark(path)
        value = path[-1] if of_key else item.get("input")
        if value is None:
            self.problems.add(where, f"{self._named(path)} has no value")
            return
        what, allowed = _plain(item["type"], context, item["msg"])
        if item["type"] in _OF_NUMBERS:
            allowed = _numbers(field_at(self.model, path)) or allowed
        self.problems.add(where, f"{self._named(path)} {what}", value, allowed=allowed)


_OF_NUMBERS = {
    "float_type",
    "finite_number",
    "int_type",
    "int_from_float",
    "greater_than_equal",
    "less_than_equal",
}
_WORDS = {
    "float_type": ("must be a number", "a number"),
    "finite_number": ("must be a finite number", "a number"),
    "int_type": ("must be a whole number", "a whole number"),
    "int_from_float": ("must be a whole number", "a whole number"),
    "string_type": ("must be text", "text"),
    "bool_type": ("must be true or false", "true, false"),
    "dict_type": ("must be a mapping", "`key: value` lines"),
    "model_type": ("must be a mapping", "`key: value` lines"),
    "tuple_type": ("must be a list", "[a, b, …]"),
    "list_type": ("must be a list", "[a, b, …]"),
    "string_too_short": ("is empty", "some text"),
}
_PATTERNS = {
    "^[a-z][a-z0-9_]{0,39}$": "lower case letters, digits and _, a letter first, at most 40",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "YYYY-MM-DD",
}


def _plain(kind: str, context: dict[str, Any], message: str) -> tuple[str, str | None]:
    """Return pydantic's error in our words, with what is allowed."""
    if kind == "greater_than_equal":
        return "is too small", f"at least {context['ge']:g}"
    if kind == "less_than_equal":
        return "is too large", f"at most {context['le']:g}"
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        return "is not of the form asked for", _PATTERNS.get(pattern, pattern)
    if kind == "string_too_long":
        return "is too long", f"at most {context['max_length']} characters"
    if kind in ("too_long", "too_short"):
        many = kind == "too_long"
        limit = context["max_length"] if many else context["min_length"]
        return f"has too {'many' if many else 'few'} entries", f"at {'most' if many else 'least'} {limit}"
    return _WORDS.get(kind, (f"is wrong: {message[:1].lower()}{message[1:]}", None))


def dotted(path: Key) -> str:
    """Return a path as the user writes it."""
    return ".".join(str(p) for p in path) or "the file"


def field_at(model: type[BaseModel], path: Key) -> Any:
    """Return the innermost declared field on the way to `path`, or None."""
    here: Any = model
    field: Any = None
    for key in path:
        fields = getattr(here, "model_fields", None) or {}
        if key in fields:
            field = fields[key]
            here = model_inside(field.annotation)
    return field


def bounds_of(field: Any) -> tuple[float, float] | None:
    """Return the lowest and highest number that a field allows, or None where there is no such limit."""
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    if "bounds" in extra:
        low, high = extra["bounds"]
        return float(low), float(high)
    low = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    high = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    return None if low is None or high is None else (float(low), float(high))


def _numbers(field: Any) -> str | None:
    """Say what numbers a field allows."""
    bounds = None if field is None else bounds_of(field)
    if bounds is None:
        return None
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind = "a whole number" if field.annotation is int else "a number"
    unit = f" ({extra['unit']})" if extra.get("unit") else ""
    return f"{kind} from {bounds[0]:.10g} to {bounds[1]:.10g}{unit}"


def _fields(model: type[BaseModel], path: Key) -> list[str]:
    """Return the keys that the model allows at `path`."""
    here: Any = model
    for key in path:
        fields = getattr(here, "model_fields", None)
        if fields is not None and key in fields:
            here = model_inside(fields[key].annotation)
    return list(getattr(here, "model_fields", {}))


def all_paths(model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return the dotted paths of all fields of a model (a name that the file chooses is written NAME)."""
    found = []
    for name, field in model.model_fields.items():
        found.append(prefix + name)
        inner = model_inside(field.annotation)
        if inner is not None:
            named = "NAME." if getattr(field.annotation, "__origin__", None) is dict else ""
            found += all_paths(inner, f"{prefix}{name}.{named}")
    return found


def model_inside(annotation: Any) -> Any:
    """Return the model inside an annotation such as `dict[str, Agency]`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = model_inside(part)
        if found is not None:
            return found
    return None
