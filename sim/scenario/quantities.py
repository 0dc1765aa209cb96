"""Numbers with a passport: value, unit, bounds, role, and where the value comes from.

In a file a number may stand bare (`0.7`) or with its passport::

    effort: {value: 0.75, source: davidson_sheriff_2025, range: [0.55, 0.82]}

The passport's unit, hard bounds and role (fact, lever or uncertainty) belong to the *field* and are
declared once, in the schema; the file gives value, source, plausible range and distribution.  A bare
number that overrides one with a passport keeps the plausible range and becomes `stated`: somebody said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeGuard

from pydantic import Field

Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Role = Literal["fact", "lever", "uncertainty"]
ASSUMED = "assumed"
STATED = "stated"
PASSPORT_KEYS = ("value", "source", "range", "distribution", "note")
DISTRIBUTIONS = ("uniform", "log_uniform", "triangular")


@dataclass(frozen=True, slots=True)
class Passport:
    """Where a number comes from and how far it may plausibly lie from its value.

    The `value` of a number that has to be whole is an `int`.
    """

    path: str
    value: float
    source: str
    range: tuple[float, float] | None = None
    distribution: str = "uniform"
    unit: str = ""
    role: str = ""
    bounds: tuple[float, float] | None = None
    doc: str = ""


def is_number(data: Any) -> TypeGuard[int | float]:
    """Whether `data` is a plain number (true and false are not)."""
    return isinstance(data, int | float) and not isinstance(data, bool)


def is_passport(data: Any) -> bool:
    """Whether a mapping is a number with its passport."""
    return isinstance(data, dict) and "value" in data and not isinstance(data["value"], dict | list)


def number(doc: str, unit: str, low: float, high: float, role: Role) -> Any:
    """Declare a finite number between `low` and `high`, both allowed."""
    extra: Any = {"unit": unit, "role": role}
    return Field(description=doc, ge=low, le=high, strict=True, allow_inf_nan=False, json_schema_extra=extra)


def dated(declared: Any) -> Any:
    """Declare that a number of days may be written as a date, which is counted from the start of the run."""
    declared.json_schema_extra = {**declared.json_schema_extra, "dated": True}
    return declared


def whole(doc: str, unit: str, low: int, high: int, role: Role) -> Any:
    """Declare a whole number between `low` and `high`, both allowed."""
    return Field(
        description=doc, ge=low, le=high, strict=True, json_schema_extra={"unit": unit, "role": role}
    )


def probability(doc: str, role: Role) -> Any:
    """Declare a probability or share between 0 and 1."""
    return number(doc, "probability", 0.0, 1.0, role)


def switch(doc: str) -> Any:
    """Declare a yes/no setting."""
    return Field(description=doc, strict=True, json_schema_extra={"role": "lever"})


def choice(doc: str, names: Sequence[str], role: Role) -> Any:
    """Declare one of `names`, or a list of them where the field is a tuple."""
    return Field(description=doc, json_schema_extra={"role": role, "choices": list(names)})


def by(
    names: Sequence[str],
    doc: str,
    unit: str,
    bounds: tuple[float, float],
    role: Role,
    *,
    total: float | None = None,
    outer: Sequence[str] = (),
) -> Any:
    """Declare a mapping that gives every one of `names` a number (summing to `total` where given).

    With `outer`, every one of those names has such a mapping.
    """
    extra: Any = {"unit": unit, "role": role, "names": list(names), "bounds": list(bounds)}
    if total is not None:
        extra["total"] = total
    if outer:
        extra["outer"] = list(outer)
    return Field(description=doc, json_schema_extra=extra)


class Fault(NamedTuple):
    """Something wrong at `path` below the model that is being checked.

    `word` is the name that was not understood and `known` are those that would be; `of_key` says that it
    is a key of a mapping and not a value.
    """

    path: tuple[str | int, ...]
    what: str
    known: tuple[str, ...] = ()
    word: str | None = None
    of_key: bool = False


class Faults(ValueError):  # noqa: N818 - pydantic hands a ValueError of a validator on as it is
    """Several faults as one error, since pydantic lets a validator raise only once."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.what for fault in found))
        self.found = tuple(found)


def ends_fault(ends: Any, path: tuple[str, ...]) -> list[Fault]:
    """Return what is wrong with the order of two ends, where they are two numbers."""
    pair = isinstance(ends, list | tuple) and len(ends) == 2 and all(is_number(x) for x in ends)
    return [Fault(path, "the lower end comes first")] if pair and ends[0] > ends[1] else []


def check_names(value: Any, extra: dict[str, Any]) -> None:
    """Check a mapping or a choice against the names and bounds that its field declares."""
    found: list[Fault] = []
    if "choices" in extra:
        found = _choices(value, tuple(extra["choices"]))
    elif isinstance(value, dict):
        found = mapping_faults(value, extra)
    if found:
        raise Faults(found)


def mapping_faults(value: dict[str, Any], extra: dict[str, Any]) -> list[Fault]:
    """Return what is wrong with the names and numbers of a mapping; what is no number is passed over."""
    if "outer" in extra:
        found = _names(value, tuple(extra["outer"]), ())
        for key, inner in value.items():
            if key in extra["outer"] and isinstance(inner, dict):
                found += _mapping(inner, extra, (key,))
        return found
    return _mapping(value, extra, ()) if "names" in extra else []


def _choices(value: Any, known: tuple[str, ...]) -> list[Fault]:
    if isinstance(value, tuple):
        return [
            Fault((k,), f"{word!r} is not one of the choices", known, word)
            for k, word in enumerate(value)
            if word not in known
        ]
    return [] if value in known else [Fault((), f"{value!r} is not one of the choices", known, value)]


def _names(value: dict[str, Any], known: tuple[str, ...], path: tuple[str, ...]) -> list[Fault]:
    found = [
        Fault((*path, key), f"unknown name {key!r}", known, key, True) for key in value if key not in known
    ]
    missing = [name for name in known if name not in value]
    return [*found, Fault(path, f"lacks {', '.join(missing)}")] if missing else found


def _mapping(value: dict[str, Any], extra: dict[str, Any], path: tuple[str, ...]) -> list[Fault]:
    known = tuple(extra["names"])
    found = _names(value, known, path)
    low, high = extra["bounds"]
    for key, entry in value.items():
        if key in known and is_number(entry) and not low <= entry <= high:
            found.append(Fault((*path, key), f"must lie between {low:g} and {high:g}"))
    total = extra.get("total")
    whole = all(is_number(entry) for entry in value.values())
    if not found and whole and total is not None and abs(sum(value.values()) - total) > 1e-6:
        found.append(Fault(path, f"must sum to {total:g}, sums to {sum(value.values()):.6g}"))
    return found
