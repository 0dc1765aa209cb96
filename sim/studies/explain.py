"""Why two worlds differ: where the timelines part of the people to whom an outcome happens in one of them.

Worlds that share a seed are twins: the same people meet the same candidate encounters with the same luck.
For every resident whose number of the outcome's events differs between the base and the world with the
levers, the first event that only one of the two has says where that person's timelines part.  Summed over
people, what each parting averts and adds is exactly the difference between the worlds.

A parting is where two timelines begin to differ, which need not be all that made the difference later.  Where
it lies in the same case as the outcome's own event, one chain of events links the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Unpack

import numpy as np
from numpy.typing import NDArray

from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.ledger import EVENTS
from sim.errors import Mark, Problems, nearest
from sim.outcomes.decisions import DECISIONS, NOTHING
from sim.outcomes.definitions import BY_NAME, OUTCOMES, Outcome
from sim.outcomes.partings import PARTING, partings
from sim.scenario import vocabulary as v
from sim.scenario.loader import LoadedScenario
from sim.studies.compare import PRECISION, Effect, half_width, paired_effect
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields, gathered, load_worlds
from sim.studies.reasons import can_differ, needs_of, why_nothing
from sim.studies.replicate import Twins, each_replication
from sim.studies.simulate import Settings

if TYPE_CHECKING:
    import pandas as pd

OUTCOME: Final = "transfers"
BY: Final = {"status": v.STATUSES, "group": v.GROUPS, "record": v.RECORDS}
EXPLAINABLE: Final = tuple(
    o.name for o in OUTCOMES if o.is_rate and o.groups is None and set(o.numerator) <= set(EVENTS)
)

# A parting with the replication, and who the person was on the first day.
PERSON: Final = np.dtype(
    [
        *((name, PARTING[name]) for name in PARTING.names or ()),
        ("replication", np.int32),
        ("age", np.int16),
        ("neighbourhood", np.int16),
        ("status", np.int8),
        ("group", np.int8),
        ("record", np.int8),
    ]
)
WHO: Final = ("age", "neighbourhood", "status", "group", "record")
_SIDES: Final = ("base", "lever")
_KIND: Final = ("decision", "base_event", "base_channel", "lever_event", "lever_channel", "sooner")


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of parting, over all replications.

    Attributes
    ----------
    group, level
        Breakdown and level, both empty in total.
    decision
        Name of the decision point (see `sim.outcomes.decisions`).
    base_event, lever_event
        What happened in each world: an event, or `nothing`; empty in rows that sum a decision point.
    base_channel, lever_channel
        What moved or was withheld, where that tells rows apart; else empty.
    sooner
        Where both worlds have the same event at different times, which has it first: `base` or `lever`.
    people
        How many part there.
    averted, added, net
        Outcome events that these people have only in the base, only with the levers, and the second less
        the first.  A person with two in the base and one with the levers has one averted.
    net_per_100k, ci_low, ci_high
        The net per 100,000 residents and year, and its 95 % interval over replications.
    same_case
        How many of the people part in the case that brings the outcome's event in one of the worlds.
    """

    group: str
    level: str
    decision: str
    base_event: str
    base_channel: str
    lever_event: str
    lever_channel: str
    sooner: str
    people: int
    averted: int
    added: int
    net: int
    net_per_100k: float
    ci_low: float
    ci_high: float
    same_case: int


@dataclass(frozen=True, slots=True)
class Divergence:
    """A base world, its twin with levers, and where the timelines part that make an outcome differ.

    Attributes
    ----------
    levers
        As they were asked for.
    outcome
        What is explained.
    worlds
        The base and the world with all the levers.
    settings
        Size of the sample, length, warm-up, seed, number of replications.
    effect
        The paired effect on the outcome, as `sim.compare` gives it.
    events
        Outcome events in the base and with the levers, over all replications.
    partings
        Records of `PERSON`, one for each resident and replication whose number of events differs.
    changed_people
        Residents, over all replications, whom the levers make another person: their status, age, perceived
        group, record or household differs on the first day.
    """

    levers: tuple[str, ...]
    outcome: Outcome
    worlds: tuple[LoadedScenario, LoadedScenario]
    settings: Settings
    effect: Effect
    events: tuple[int, int]
    partings: NDArray[Any]
    changed_people: int

    @property
    def lever(self) -> str:
        """The levers, joined by ` + `."""
        return " + ".join(self.levers)

    @property
    def per_100k(self) -> float:
        """By what events over all replications are multiplied to be per 100,000 residents and year."""
        s = self.settings
        return 100_000.0 * DAYS_A_YEAR / (s.residents * s.days * s.replications)

    def rows(self, by: str = "", *, summed: bool = False) -> list[Row]:
        """Return the kinds of parting, those of most people first.

        Parameters
        ----------
        by
            `status`, `group` or `record`: for each level of that breakdown, in its order.  A record is that
            of the first day; `sim.compare` breaks down by the record on the day of the event.
        summed
            Whether to sum the rows of each decision point.
        """
        if by and by not in BY:
            raise ValueError(f"by={by!r} is none of {', '.join(BY)}")
        names = _KIND[:1] if summed else _KIND
        level = self.partings[by] if by else np.zeros(len(self.partings), dtype=np.int8)
        keys = np.stack([level, *(self.partings[name] for name in names)], axis=1).astype(np.int64)
        kinds, which = np.unique(keys, axis=0, return_inverse=True)
        found = [
            self._row(by, kind, self.partings[which.reshape(-1) == k])
            for k, kind in enumerate(kinds.tolist())
        ]
        order = {name: k for k, name in enumerate(BY[by])} if by else {"": 0}
        return sorted(found, key=lambda row: (order[row.level], -row.people))

    def _row(self, by: str, kind: Sequence[int], people: NDArray[Any]) -> Row:
        change = people["lever_count"].astype(np.int64) - people["base_count"]
        a_run = np.bincount(people["replication"], weights=change, minlength=self.settings.replications)
        low, high = _interval(a_run * self.per_100k * self.settings.replications)
        level, decision = kind[:2]
        return Row(
            by,
            BY[by][level] if by else "",
            DECISIONS[decision].name,
            *(kind_names(people[0]) if len(kind) > 2 else ("", "", "", "", "")),
            len(people),
            int(-change[change < 0].sum()),
            int(change[change > 0].sum()),
            int(change.sum()),
            float(change.sum() * self.per_100k),
            low,
            high,
            int(people["same_case"].sum()),
        )

    def table(self, by: str = "") -> pd.DataFrame:
        """Return the kinds of parting as a table: the fields of `Row`, one row each.

        Examples
        --------
        >>> import sim
        >>> quick = sim.Plan(residents=2_000, days=120, replications=2)
        >>> why = sim.explain("base", ["cite_and_release=0.9"], outcome="bookings", plan=quick)
        >>> int(why.table()["net"].sum()) == why.events[1] - why.events[0]
        True
        """
        import pandas as pd

        names = list(Row.__dataclass_fields__)
        rows = [[getattr(row, name) for name in names] for row in self.rows(by)]
        return pd.DataFrame(rows, columns=names)

    def only_in(self, world: str) -> NDArray[Any]:
        """Return the partings of those to whom the outcome happens in one world and never in the other.

        Parameters
        ----------
        world
            `base` or `lever`.
        """
        there, elsewhere = ("base", "lever") if world == "base" else ("lever", "base")
        has = self.partings[f"{there}_count"] > 0
        found: NDArray[Any] = self.partings[has & (self.partings[f"{elsewhere}_count"] == 0)]
        return found

    def why_nothing(self) -> str | None:
        """Return why nothing changed, or what the levers need; None where it did, or nobody can tell."""
        if len(self.partings) or self.changed_people:
            return None
        return why_nothing(*self.worlds, self.lever) or needs_of(*self.worlds, self.lever)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a replication to explain it."""

    values: tuple[float, float]
    events: tuple[int, int]
    same: bool
    partings: NDArray[Any]
    changed_people: int


def explain(
    scenario: str | Path,
    levers: Sequence[str],
    *,
    outcome: str = OUTCOME,
    set_values: Sequence[str] = (),
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Divergence:
    """Explain an outcome's difference between a scenario and the same with levers, by where timelines part.

    Parameters, errors and examples: see `sim.explain`, whose results show themselves.
    """
    plan = plan.but(**changes)
    problems = Problems()
    note_outcome(outcome, problems)
    base, other = load_twins(scenario, levers, set_values, plan, problems)
    settings, chosen = Settings.of(base, plan), BY_NAME[outcome]
    kept = each_replication(
        (base, other),
        settings,
        lambda twins: keep(twins, chosen, settings.warm_up),
        workers=plan.workers,
        keep_log=True,
        progress=plan.progress,
    )
    return divergence_of(levers, chosen, (base, other), settings, kept)


def divergence_of(
    levers: Sequence[str],
    chosen: Outcome,
    worlds: tuple[LoadedScenario, LoadedScenario],
    settings: Settings,
    kept: Sequence[Kept],
) -> Divergence:
    """Return the divergence of two worlds from what was kept of each replication."""
    values = [np.array([k.values[w] for k in kept]) for w in range(2)]
    same = all(k.same for k in kept) and not can_differ(*worlds)
    return Divergence(
        tuple(levers),
        chosen,
        worlds,
        settings,
        paired_effect((" + ".join(levers), chosen.name, "", ""), values[0], values[1], PRECISION, same=same),
        (sum(k.events[0] for k in kept), sum(k.events[1] for k in kept)),
        np.concatenate([k.partings for k in kept]),
        sum(k.changed_people for k in kept),
    )


def note_outcome(name: str, problems: Problems, what: str = "outcome") -> None:
    """Note an outcome that is not known, or does not count events that happen to people."""
    if name in EXPLAINABLE:
        return
    if name in BY_NAME:
        problem = f"{what} {name} is no count of events that happen to people, so no timeline explains it"
    else:
        problem = f"{what}: unknown name"
    close = nearest(name, EXPLAINABLE)
    allowed = ", ".join(EXPLAINABLE)
    problems.add(Mark(), problem, name, allowed=allowed, known=EXPLAINABLE if close else None)


def load_twins(
    scenario: str | Path, levers: Sequence[str], set_values: Sequence[str], plan: Plan, problems: Problems
) -> list[LoadedScenario]:
    """Return the base and the world with all levers; raise all that is wrong."""
    with gathered(problems):
        plan.check()
    if not levers:
        problems.add(Mark(), "no lever to explain: give at least one")
    worlds = load_worlds(scenario, [(), levers], set_values, problems)
    problems.raise_if_any()
    return worlds


def keep(twins: Twins, outcome: Outcome, since: float) -> Kept:
    """Return what is kept of the two worlds of a replication, which have kept their logs."""
    base, lever = twins.results
    logs = [r.log for r in twins.results if r.log is not None]
    residents, other = (p.residents for p in twins.people)
    found = partings(logs[0], logs[1], outcome.numerator, len(residents), since)
    people = np.zeros(len(found), dtype=PERSON)
    for name in PARTING.names or ():
        people[name] = found[name]
    people["replication"] = base.replication
    for name in WHO:
        people[name] = residents[name][found["resident"]]
    place = OUTCOMES.index(outcome)
    changed = np.zeros(len(residents), dtype=bool)
    for name in (*WHO, "household"):
        changed |= residents[name] != other[name]
    return Kept(
        (float(base.outcomes[place, 0]), float(lever.outcomes[place, 0])),
        (_total(base.counts, outcome), _total(lever.counts, outcome)),
        bool(np.array_equal(base.counts.tally, lever.counts.tally)),
        people,
        int(changed.sum()),
    )


def _total(counts: Any, outcome: Outcome) -> int:
    return int(sum(counts[name] for name in outcome.numerator))


def _interval(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Return the 95 % interval of the mean over replications (missing for one)."""
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    half = half_width(float(values.std(ddof=1)), n)
    return float(values.mean()) - half, float(values.mean()) + half


def kind_names(parting: Any) -> tuple[str, str, str, str, str]:
    """Return a parting's events and channels by name (base, lever), and which world has its event sooner."""
    events = [EVENTS[code] if (code := int(parting[f"{w}_event"])) >= 0 else NOTHING for w in _SIDES]
    channels = [v.CHANNELS[code] if (code := int(parting[f"{w}_channel"])) >= 0 else "" for w in _SIDES]
    sooner = ("", "lever", "base")[int(parting["sooner"])]
    return events[0], channels[0], events[1], channels[1], sooner


def worded(name: str, code: int) -> int | str:
    """Return what is known of a person in words, where it has any."""
    return BY[name][code] if name in BY else code
