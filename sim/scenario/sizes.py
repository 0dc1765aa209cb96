"""How large a study may be: the bounds of what a caller gives in place of the scenario's own settings."""

from __future__ import annotations

import numbers
from typing import Any

from sim.errors import Mark, Problems
from sim.scenario.schema import Run as RunSection

MOST_WORKERS = 1024
FRACTIONS = ("days", "precision")


def check_sizes(*, option: str = "", **values: Any) -> None:
    """Raise `InputError` with every one of `values` that is out of bounds.

    Parameters
    ----------
    option
        What stands before a name where it is shown: `--` for the command line.
    **values
        `days`, `residents`, `seed`, `replications` (bounds as in a scenario), `replication`, `workers`,
        `precision`; None means not given.
    """
    problems = Problems()
    for name, value in values.items():
        if value is None:
            continue
        low, high, unit = _bounds(name)
        whole = name not in FRACTIONS
        if isinstance(value, bool) or not isinstance(value, numbers.Integral if whole else numbers.Real):
            problems.add(Mark(), f"{option}{name} is not a {'whole ' if whole else ''}number", value)
        elif not low <= float(value) <= high:
            allowed = f"{low:,} to {high:,} {unit}".rstrip()
            problems.add(Mark(), f"{option}{name} is out of bounds", value, allowed=allowed)
    problems.raise_if_any()


def _bounds(name: str) -> tuple[float, float, str]:
    if name == "workers":
        return 1, MOST_WORKERS, "threads"
    if name == "replication":
        return 0, 1_000_000, ""
    if name == "precision":
        return 0.0001, 10, "of the base value"
    field = RunSection.model_fields[name]
    limits = {key: getattr(m, key) for m in field.metadata for key in ("ge", "le") if hasattr(m, key)}
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return limits["ge"], limits["le"], str(extra.get("unit", ""))
