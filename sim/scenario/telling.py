"""Telling what is wrong, up to a limit: a file of nothing but mistakes must not take minutes to refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.errors import Mark, Problem, Problems

MOST_TOLD = 100


class Telling(Problems):
    """Problems, of which the first hundred are kept and the rest only mentioned."""

    @property
    def full(self) -> bool:
        """Whether nothing more is kept."""
        return len(self.found) > MOST_TOLD

    def add(
        self,
        where: Mark,
        what: str,
        value: Any = None,
        *,
        allowed: str | None = None,
        known: Sequence[str] | None = None,
    ) -> None:
        """Note one problem, as `Problems` does, while there is room."""
        if len(self.found) < MOST_TOLD:
            super().add(where, what, value, allowed=allowed, known=known)
        elif not self.full:
            self.found.append(
                Problem(Mark(where.file), f"more than {MOST_TOLD} errors: the rest are not shown")
            )
