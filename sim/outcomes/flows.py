"""The flow of people from ICE's notice to the end of a case, read off the event log.

A chain is what the log holds of one person in one case.  Each chain in which ICE has notice of somebody runs
through the stages below, one place at a stage, and ends where the log ends; so what flows into a place is
what flows out of it or stops there, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.ledger import EVENTS

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the flow and its places: what each is called, and the events that put a chain there.

    Where a chain has events of several places, the last place in the list counts.
    """

    name: str
    words: str
    places: dict[str, tuple[str, frozenset[str]]]


def _stage(name: str, words: str, **places: tuple[str, str]) -> Stage:
    found = {place: (label, frozenset(events.split())) for place, (label, events) in places.items()}
    return Stage(name, words, found)


STAGES: Final = (
    _stage(
        "notice",
        "How ICE has notice",
        own_search=("ICE’s own search", "at_large_attempt ice_arrest_at_large"),
        at_a_stop=("Check at a stop", "street_hold ice_arrest_street"),
        lawful_match=("Match: lawful resident", "match_lawful"),
        match=("Match: removable person", "match"),
    ),
    _stage(
        "review",
        "What ICE asks for",
        unanswered=("Not reviewed yet", ""),
        lapsed=("Lapsed unreviewed", "review_lapsed"),
        reviewed=("Nothing", "review"),
        too_late=("Too late: already gone", "request_too_late"),
        notification=("Notification", "notification_request"),
        detainer=("Hold (detainer)", "detainer judicial_detainer"),
    ),
    _stage(
        "answer",
        "What the jail answers",
        waiting=("No answer", ""),
        declined=("Declines", "declined"),
        notified=("Notifies", "notified"),
        held=("Agrees to hold", "honoured"),
        lifted=("Request lifted", "detainer_lifted"),
    ),
    _stage(
        "custody",
        "Who is arrested by ICE",
        not_arrested=("Not arrested by ICE", ""),
        at_large=("Arrested at large", "ice_arrest_at_large"),
        transferred=("Transferred to ICE", "ice_arrest_custodial ice_arrest_street"),
    ),
    _stage(
        "end",
        "How the case ends",
        in_detention=("Still detained", ""),
        let_go=(
            "Released",
            "no_bed release_bond release_recognizance release_relief release_terminated",
        ),
        removed=("Removed or departed", "removal voluntary_departure"),
    ),
)
PLACES: Final = {place: words for stage in STAGES for place, (words, _) in stage.places.items()}
STAGE_OF: Final = {place: k for k, stage in enumerate(STAGES) for place in stage.places}
_ASKED: Final = ("too_late", "notification", "detainer")
_COUNTED: Final = [
    code
    for code, event in enumerate(EVENTS)
    if any(event in events for stage in STAGES for _, events in stage.places.values())
]


def flows(log: NDArray[Any], since: float = 0.0) -> dict[Link, int]:
    """Return how many chains go from place to place.

    Parameters
    ----------
    log
        Lines of `sim.engine.ledger.LOG` in their order.
    since
        Day from which chains count: those that ICE has notice of later.

    Returns
    -------
    dict
        `(from, to)` places of `PLACES`; chains enter at `("", place)`.
    """
    lines = log[np.isin(log["event"], _COUNTED)]
    chains: dict[tuple[int, int], list[str]] = {}
    first: dict[tuple[int, int], float] = {}
    columns = (lines[name].tolist() for name in ("case", "resident", "event", "time"))
    for case, resident, event, time in zip(*columns, strict=True):
        key = case, resident
        chains.setdefault(key, []).append(EVENTS[event])
        first.setdefault(key, time)
    found: Counter[Link] = Counter()
    for key, events in chains.items():
        if first[key] >= since:
            found.update(_links(path_of(events)))
    return dict(found)


def path_of(events: Iterable[str]) -> list[str]:
    """Return the places that a chain runs through, in the order of the stages."""
    known = set(events)
    notice, review, answer, custody, end = (_place(stage, known) for stage in STAGES)
    if not notice:
        return []
    path = [notice]
    if notice in ("match", "lawful_match"):
        path.append(review or "unanswered")
        if review in _ASKED[1:]:
            path.append(answer or "waiting")
    path.append(custody or "not_arrested")
    if custody:
        path.append(end or "in_detention")
    return path


def _place(stage: Stage, events: set[str]) -> str:
    """Return the last place of a stage that has an event of a chain; empty where none has."""
    return next(
        (place for place, (_, own) in reversed(list(stage.places.items())) if own & events),
        "",
    )


def _links(path: Sequence[str]) -> list[Link]:
    return list(zip(["", *path], path, strict=False))


__all__ = ["PLACES", "STAGES", "STAGE_OF", "Link", "Stage", "flows", "path_of"]
