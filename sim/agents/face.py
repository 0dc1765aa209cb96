"""What the Mesa faces of the agents have in common: each shows one record of the world."""

from __future__ import annotations

from typing import Any, Protocol

import mesa
import numpy as np


class WorldModel(Protocol):
    """What a face needs of its model."""

    world: Any
    agent_names: dict[str, tuple[str, ...]]


class RecordAgent(mesa.Agent):
    """A Mesa agent that shows one record of the world: `agent.field` is the field's present value.

    Setting a field sets it in the world.  Driving or profiling above the highest of any resident or officer
    at the start is cut there: the world has no candidates for more.

    Attributes
    ----------
    index
        Number of the record.
    words
        For fields that hold codes, the names of the values: `agent.word("status")`.
    """

    words: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - class constants of the subclasses

    def __init__(self, model: Any, records: Any, index: int) -> None:
        super().__init__(model)
        self._records = records
        self.index = index

    def __getattr__(self, name: str) -> Any:
        """Return a field of the record."""
        records = self.__dict__.get("_records")
        if records is None or name not in (records.dtype.names or ()):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        value = records[name][self.index]
        return value.item() if isinstance(value, np.generic) else value

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a field of the record, or an attribute of the agent itself."""
        records = self.__dict__.get("_records")
        if records is not None and name in (records.dtype.names or ()):
            records[name][self.index] = value
        else:
            super().__setattr__(name, value)

    def show(self, records: Any) -> None:
        """Read from now on from other records of the same kind."""
        self._records = records

    def word(self, name: str) -> str:
        """Return the name of the value that a coded field has."""
        return self.words[name][int(getattr(self, name))]

    def __repr__(self) -> str:
        """Kind and number."""
        return f"<{type(self).__name__} {self.index}>"
