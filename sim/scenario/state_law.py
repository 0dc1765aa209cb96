"""State law on cooperation with ICE and on driving licences, as layers that a place lays over a scenario.

A state may have several laws, each from its own day on; a later one replaces what it speaks of itself.  One
category of the table stands for each (`data/README.md`), so these rows are its main effect and not the
statute: a scenario that studies one state writes its own `state_rules`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sim.scenario.document import Document
from sim.scenario.facts import StateLaw

_OPEN = ["booking_prints", "jail_roster", "release_date", "jail_interview"]
_NO_LIMITS = {"sharing.channel": [{"when": {"channel": _OPEN}, "then": "shared"}]}
_HONOUR = {
    "detainer.response": [{"when": {"request": ["detainer", "judicial_detainer"]}, "then": "hold"}]
} | _NO_LIMITS
_CLOSED = ["release_date", "jail_interview", "informal_message", "task_force_contact"]

# What each category of law says to local agencies (rows of `state_rules`); the others say nothing here.
STATE_RULES: dict[str, dict[str, Any]] = {
    "restrict_strong": {
        "detainer.response": [
            {"when": {"request": "detainer"}, "then": "decline"},
            {"when": {"request": "notification", "record": "none"}, "then": "decline"},
        ],
        "sharing.channel": [{"when": {"channel": _CLOSED, "record": "none"}, "then": "withheld"}],
    },
    "restrict_detainer_courts": {"detainer.response": [{"when": {"request": "detainer"}, "then": "notify"}]},
    "ban_sanctuary": _NO_LIMITS,
    "mandate_detainer": _HONOUR,
    "mandate_287g": _HONOUR,
}


@dataclass(frozen=True, slots=True)
class Law:
    """A law as a layer, and the day from which it holds (None: it has no known beginning).

    `lasting` laws are settled when the run begins: who holds a licence then is part of the people.
    """

    layer: Document
    since: dt.date | None
    lasting: bool = False
    name: str = ""

    def holds(self, start: dt.date | None, today: dt.date | None) -> bool:
        """Whether it holds on a day of a run that began on `start`."""
        day = start if self.lasting else today
        return self.since is None or day is None or self.since <= day


# What holds where no law has begun: a place brings its own state's law, whatever its parent's was.
NO_LAW: dict[str, Any] = {"state": {"agreements_287g": "local"}}


def cooperation(law: StateLaw) -> dict[str, Any]:
    """Return the settings and rules of a law on cooperation with ICE: only what it speaks of."""
    patch: dict[str, Any] = {"state_rules": STATE_RULES.get(law.category, {})}
    if law.agreements_287g is not None:
        patch["state"] = {"agreements_287g": law.agreements_287g}
    return patch


def day_of(text: str | None) -> dt.date | None:
    """Return the first day of a date written as YYYY, YYYY-MM or YYYY-MM-DD."""
    if not text:
        return None
    year, month, day = (int(x) for x in (text + "-01-01").split("-")[:3])
    return dt.date(year, month, day)
