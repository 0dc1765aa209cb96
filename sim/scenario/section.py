"""What all sections of a scenario share: closed and frozen models, names, dates."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from sim.scenario import vocabulary as v
from sim.scenario.quantities import Fault, Faults, check_names

AGE_BANDS = ("0-15", "16-24", "25-44", "45-64", "65-99")
IMMIGRANT = v.STATUSES[1:]
NONCITIZEN = v.STATUSES[2:]
LAWFUL = v.STATUSES[1:4]
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
AGREEMENT_LAWS = ("local", "banned", "required")
LICENCE_LAWS = ("regardless_of_status", "lawful_presence")
Name = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="a short name: lower case letters, digits and _"),
]


def date_of(text: str) -> dt.date | None:
    """Return the date that `text` writes as YYYY-MM-DD, or None where it is none."""
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(DATE, text) else None
    except ValueError:
        return None


class Closed(BaseModel):
    """A closed, frozen part of a file: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _listed_names(cls, value: Any, info: ValidationInfo) -> Any:
        """Check mappings and choices against the names that their field declares."""
        extra = cls.model_fields[info.field_name or ""].json_schema_extra
        if isinstance(extra, dict):
            check_names(value, extra)
        return value

    @classmethod
    def between(cls, data: dict[str, Any]) -> list[Fault]:
        """Return what is wrong between the parts of plain data of this model.

        Parts that are missing or wrong in themselves are passed over, so that this can be asked of any data.
        """
        return []

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if type(self).between.__func__ is not Closed.between.__func__:  # type: ignore[attr-defined]
            found = self.between(self.model_dump())
            if found:
                raise Faults(found)
        return self


class Section(Closed):
    """A part of a scenario."""
