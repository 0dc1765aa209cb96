"""Where the timelines of twins part: one person's events in two worlds that share their luck.

A timeline is what the log holds of a resident, in its order.  An event of one world is *shared* if the other
world has it too: the same event at the same instant, in the same case, with the same channel, agency, jail
and officer.  The two timelines part at the first event that is not shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import E_AT_LARGE, E_COLLATERAL, E_RAID_ARREST, EVENTS, LOG
from sim.outcomes.decisions import BY_CHANNEL, DECISIONS, REMARKS, places_of

Log = NDArray[Any]

ABSENT: Final = -1  # in place of an event or a channel

PARTING: Final = np.dtype(
    [
        ("resident", np.int32),
        ("base_count", np.int32),  # counted events of the person in each world
        ("lever_count", np.int32),
        ("decision", np.int16),  # place in sim.outcomes.decisions.DECISIONS
        ("base_event", np.int16),  # −1: nothing then
        ("lever_event", np.int16),
        ("base_channel", np.int16),  # where it tells two rows apart; else −1
        ("lever_channel", np.int16),
        ("sooner", np.int8),  # both have the same event: −1 the base's is first, 1 the lever's; else 0
        ("same_case", np.bool_),  # the parting lies in a case of a counted event that is not shared
        ("time", np.float64),  # days
    ]
)

_KEY: Final = ("resident", "time", "event", "case", "channel", "agency", "jail", "officer")
_WITH_CHANNEL: Final = [EVENTS.index(name) for name in BY_CHANNEL]


def partings(base: Log, lever: Log, counted: Sequence[str], residents: int, since: float = 0.0) -> Log:
    """Return where the timelines part of each resident who has more of some events in one of two worlds.

    Parameters
    ----------
    base, lever
        Lines of `sim.engine.ledger.LOG` of two worlds that share people and luck, in their order.
    counted
        The events whose number is compared.
    residents
        How many there are; they are numbered from 0.
    since
        Day from which events count; timelines may part before.

    Returns
    -------
    numpy.ndarray
        Records of `PARTING`, one a resident whose numbers differ, by resident.  `lever_count` less
        `base_count`, summed, is the difference between the two worlds' totals.
    """
    codes = [EVENTS.index(name) for name in counted]
    logs = (base, lever)
    counts = [_counts(log, codes, residents, since) for log in logs]
    differs = counts[0] != counts[1]
    who = np.flatnonzero(differs)
    found = np.zeros(len(who), dtype=PARTING)
    found["resident"] = who
    found["base_count"], found["lever_count"] = (count[who] for count in counts)
    lines = [log[differs[log["resident"]] & ~_is_remark(log, codes)] for log in logs]
    shared = shared_lines(*lines)
    sides = [_side(log, known, found["resident"]) for log, known in zip(lines, shared, strict=True)]
    kept = _part(found, *sides)
    own = np.concatenate([log[~known] for log, known in zip(lines, shared, strict=True)])
    own = own[np.isin(own["event"], codes) & (own["time"] >= since)]
    for side, stands in zip(sides, kept, strict=True):
        found["same_case"] |= stands & _is_in(found["resident"], side.case, own)
    return found


def _counts(log: Log, codes: Sequence[int], residents: int, since: float) -> NDArray[np.int64]:
    chosen = np.isin(log["event"], codes) & (log["time"] >= since)
    return np.bincount(log["resident"][chosen], minlength=residents)


def _is_remark(log: Log, codes: Sequence[int]) -> NDArray[np.bool_]:
    remarks = [EVENTS.index(name) for name in REMARKS if EVENTS.index(name) not in codes]
    return np.isin(log["event"], remarks)


def shared_lines(base: Log, lever: Log) -> list[NDArray[np.bool_]]:
    """Return for each of two logs which of its lines the other has too, as often."""
    both = {name: np.concatenate((base[name], lever[name])) for name in _KEY}
    order = np.lexsort([both[name] for name in reversed(_KEY)])
    new = np.zeros(len(order), dtype=bool)
    for values in both.values():
        sorted_values = values[order]
        new[1:] |= sorted_values[1:] != sorted_values[:-1]
    kind = np.empty(len(order), dtype=np.int64)
    kind[order] = np.cumsum(new)
    split = len(base)
    kinds = int(kind.max(initial=-1)) + 1
    times = [np.bincount(part, minlength=kinds) for part in (kind[:split], kind[split:])]
    same = times[0] == times[1]
    return [same[kind[:split]], same[kind[split:]]]


@dataclass(frozen=True, slots=True)
class _Side:
    """The first event of each resident that the other world lacks; `time` is infinite where there is none."""

    event: NDArray[np.int16]
    channel: NDArray[np.int16]
    case: NDArray[np.uint64]
    time: NDArray[np.float64]
    decision: NDArray[np.int64]


def _side(log: Log, shared: NDArray[np.bool_], residents: NDArray[np.int32]) -> _Side:
    own, event = log[~shared], told_as(log)[~shared]
    who, place = np.unique(own["resident"], return_index=True)
    first = np.full(len(residents), len(own), dtype=np.int64)  # beyond the end: an event that never comes
    first[np.isin(residents, who)] = place
    own, event = np.append(own, np.zeros(1, dtype=LOG)), np.append(event, np.int16(0))
    lines = own[first]
    time = np.where(first < len(own) - 1, lines["time"], np.inf)
    return _Side(
        event[first], lines["channel"], lines["case"], time, places_of(event[first], lines["channel"])
    )


def _part(found: Log, base: _Side, lever: _Side) -> list[NDArray[np.bool_]]:
    """Fill in where the timelines part; return whose event stands there.

    Both do where they are alternatives: at one instant, or as ends of one case that one decision settles.
    Else only the earlier one does, and the other world has nothing then.
    """
    both = np.isfinite(base.time) & np.isfinite(lever.time)
    one_decision = both & (base.case == lever.case) & (base.decision == lever.decision)
    paired = both & (one_decision | (base.time == lever.time))
    kept = [paired | (base.time < lever.time), paired | (lever.time < base.time)]
    decisions = [np.where(k, s.decision, len(DECISIONS)) for k, s in zip(kept, (base, lever), strict=True)]
    found["decision"] = np.minimum(*decisions)
    found["time"] = np.minimum(base.time, lever.time)
    alike = paired & (base.event == lever.event)
    found["sooner"] = np.where(alike & (base.time < lever.time), -1, 0) + (alike & (base.time > lever.time))
    by_channel = alike & (base.channel != lever.channel)
    for name, side, stands in zip(("base", "lever"), (base, lever), kept, strict=True):
        told = stands & (by_channel | np.isin(side.event, _WITH_CHANNEL))
        found[f"{name}_event"] = np.where(stands, side.event, ABSENT)
        found[f"{name}_channel"] = np.where(told, side.channel, ABSENT)
    return kept


def told_as(log: Log) -> NDArray[np.int16]:
    """Return the event of each line; an arrest at large that was collateral or in a raid is told as that."""
    event = np.array(log["event"])
    then = np.isin(event[1:], (E_COLLATERAL, E_RAID_ARREST)) & (event[:-1] == E_AT_LARGE)
    then &= log["resident"][1:] == log["resident"][:-1]
    event[:-1] = np.where(then, event[1:], event[:-1])
    return event


def _is_in(residents: NDArray[np.int32], cases: NDArray[np.uint64], lines: Log) -> NDArray[np.bool_]:
    """Return whether each resident's case is among those of the lines."""
    known = set(zip(lines["resident"].tolist(), lines["case"].tolist(), strict=True))
    pairs = zip(residents.tolist(), cases.tolist(), strict=True)
    return np.array([pair in known for pair in pairs], dtype=bool)
