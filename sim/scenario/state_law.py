"""State law on cooperation with ICE and on driving licences, as layers that a place lays over a scenario.

One category of the state table stands for a whole body of law (`data/README.md`), so these rows are its main
effect and not the statute: a scenario that studies one state writes its own `state_rules`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sim.scenario.document import Document
from sim.scenario.facts import StateFacts

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

    def holds(self, start: dt.date | None, today: dt.date | None) -> bool:
        """Whether it holds on a day of a run that began on `start`."""
        day = start if self.lasting else today
        return self.since is None or day is None or self.since <= day


def agreements(facts: StateFacts) -> str:
    """Return what state law says of 287(g) agreements, as `state.agreements_287g` writes it."""
    if facts.coop_category == "mandate_287g":
        return "required"
    banned = facts.coop_category == "ban_287g" or "bans 287(g)" in (facts.coop_note or "")
    return "banned" if banned else "local"


def cooperation(facts: StateFacts) -> dict[str, Any]:
    """Return the settings and rules of a state's law on cooperation with ICE."""
    rules = STATE_RULES.get(facts.coop_category, {})
    return {"state": {"agreements_287g": agreements(facts)}, "state_rules": rules}


def day_of(text: str | None) -> dt.date | None:
    """Return the first day of a date written as YYYY, YYYY-MM or YYYY-MM-DD."""
    if not text:
        return None
    year, month, day = (int(x) for x in (text + "-01-01").split("-")[:3])
    return dt.date(year, month, day)
