"""A comparison that keeps more of each world than its outcomes: what it takes to tell how they came about.

From the event logs, which are let go at once: where the timelines of those part who are transferred in one
world and not in the other, the flow of people from ICE's notice to the end of the case, and the course of
reports and transfers over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.engine.candidates import DAYS_A_YEAR
from sim.engine.luck import replication_seed
from sim.errors import Problems
from sim.outcomes.course import period_of
from sim.outcomes.definitions import BY_NAME
from sim.outcomes.flows import Link, flows
from sim.scenario import vocabulary as v
from sim.studies.compare import PRECISION, Comparison, Results, compare_sides, live, sides_asked
from sim.studies.explain import OUTCOME, Divergence, Kept, divergence_of, keep
from sim.studies.plan import AS_IT_STANDS, Plan
from sim.studies.presets import PresetComparison, compare_presets_living
from sim.studies.replicate import Twins, each_replication

if TYPE_CHECKING:
    from sim.scenario.loader import LoadedScenario
    from sim.studies.simulate import Settings, WorldResult

COURSE_COLUMNS: Final = (
    "scenario",
    "replication",
    "seed",
    "day",
    "outcome",
    "group",
    "level",
    "value",
    "unit",
)
FLOW_COLUMNS: Final = ("scenario", "replication", "seed", "from", "to", "value", "unit")
PER_100K: Final = BY_NAME[OUTCOME].unit


@dataclass(frozen=True, slots=True)
class Traces:
    """What was kept of the worlds of a comparison beside their results.

    Attributes
    ----------
    divergences
        For each lever where the timelines part that make transfers differ.
    flows
        For each world and replication how many chains go from place to place (`sim.outcomes.flows`).
    """

    divergences: tuple[Divergence, ...]
    flows: tuple[tuple[dict[Link, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A comparison with its traces."""

    comparison: Comparison
    traces: Traces | None


def compare_traced(
    scenario: str | Path,
    levers: Sequence[str],
    *,
    combined: bool = False,
    set_values: Sequence[str] = (),
    precision: float = PRECISION,
    plan: Plan = AS_IT_STANDS,
    trace: bool = True,
) -> Traced:
    """Compare a scenario with itself under each lever, as `sim.compare` does, and keep the traces if asked.

    Raises
    ------
    InputError
        With all that is wrong with the scenario, the levers, the settings and the plan.
    """
    problems, tracer = Problems(), _Tracer()
    sides = sides_asked(levers, combined, precision, plan, problems)
    runner = tracer.live if trace else live
    done = compare_sides(scenario, sides, set_values, precision, plan, problems=problems, live=runner)
    return Traced(done, tracer.traces(done.names) if trace else None)


def compare_presets_traced(
    scenario: str | Path,
    levers: Sequence[str],
    *,
    combined: bool = False,
    set_values: Sequence[str] = (),
    precision: float = PRECISION,
    plan: Plan = AS_IT_STANDS,
    trace: bool = True,
) -> tuple[PresetComparison, Traces | None]:
    """Do the same once with each preset, and keep the traces of the first, which is the neutral one."""
    tracer = _Tracer()
    runner = tracer.live if trace else live
    done = compare_presets_living(scenario, levers, combined, set_values, precision, plan, runner)
    return done, tracer.traces(done.comparisons[0].names) if trace else None


@dataclass(frozen=True, slots=True)
class _One:
    """What is kept of a replication: outcomes of each world, and the traces."""

    results: list[WorldResult]
    kept: list[Kept]
    flows: list[dict[Link, int]]


class _Tracer:
    """Runs the worlds of a comparison, and keeps the traces for afterwards."""

    def __init__(self) -> None:
        self._worlds: Sequence[LoadedScenario] = ()
        self._settings: Settings | None = None
        self._rows: list[_One] = []

    def live(self, worlds: Sequence[LoadedScenario], settings: Settings, plan: Plan) -> Results:
        """Run the worlds; what a plan says of logs says whether the results keep them."""
        self._worlds, self._settings = worlds, settings
        self._rows = each_replication(
            worlds,
            settings,
            lambda twins: _one(twins, settings, keep_log=plan.keep_log),
            workers=plan.workers,
            keep_log=True,
            course=True,
            progress=plan.progress,
        )
        return [[row.results[w] for row in self._rows] for w in range(len(worlds))]

    def traces(self, names: Sequence[str]) -> Traces:
        """Return the traces of the worlds that have been run."""
        settings, base = self._settings, self._worlds[0]
        assert settings is not None
        divergences = tuple(
            divergence_of(
                (names[k],),
                BY_NAME[OUTCOME],
                (base, world),
                settings,
                [row.kept[k - 1] for row in self._rows],
            )
            for k, world in enumerate(self._worlds)
            if k
        )
        worlds = range(len(self._worlds))
        return Traces(
            divergences,
            tuple(tuple(row.flows[w] for row in self._rows) for w in worlds),
        )


def _one(twins: Twins, settings: Settings, *, keep_log: bool) -> _One:
    results, people, since = twins.results, twins.people, settings.warm_up
    pairs = [
        Twins([results[0], other], [people[0], who])
        for other, who in zip(results[1:], people[1:], strict=True)
    ]
    logs = [r.log for r in results if r.log is not None]
    return _One(
        results if keep_log else [replace(r, log=None) for r in results],
        [keep(pair, BY_NAME[OUTCOME], since) for pair in pairs],
        [flows(log, since) for log in logs],
    )


# ── as tables ────────────────────────────────────────────────────────────────────────────────────────────
def course_rows(done: Comparison) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `over_time.csv`: crimes, the share reported and transfers, period by period.

    `day` is the last of a period, counted from the end of the warm-up.  Rates are per 100,000 residents and
    year; the share reported is also broken down by status.
    """
    settings = done.settings
    period = period_of(settings.days)
    rate = 100_000.0 * DAYS_A_YEAR / (settings.residents * period)
    for name, world in zip(done.names, done.results, strict=True):
        for run in world:
            about = name, run.replication, int(replication_seed(settings.seed, run.replication))
            for k, (crimes, reports, transfers) in enumerate(() if run.course is None else run.course):
                day = (k + 1) * period
                yield *about, day, "victimization", "", "", float(crimes[0] * rate), PER_100K
                yield *about, day, OUTCOME, "", "", float(transfers[0] * rate), PER_100K
                for level, status in enumerate(("", *v.STATUSES)):
                    if crimes[level]:
                        share = float(reports[level] / crimes[level])
                        group = "status" if status else ""
                        yield (
                            *about,
                            day,
                            "reporting_rate",
                            group,
                            status,
                            share,
                            BY_NAME["reporting_rate"].unit,
                        )


def flow_rows(names: Sequence[str], traces: Traces, settings: Settings) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `flows.csv`: chains that go from place to place, per 100,000 residents and year.

    A link that some world or replication has is there for all, so that means over replications are right.
    """
    rate = 100_000.0 * DAYS_A_YEAR / (settings.residents * settings.days)
    links = sorted({link for world in traces.flows for found in world for link in found})
    for name, world in zip(names, traces.flows, strict=True):
        for replication, found in enumerate(world):
            about = name, replication, int(replication_seed(settings.seed, replication))
            for link in links:
                yield *about, *link, float(found.get(link, 0) * rate), PER_100K


__all__ = [
    "COURSE_COLUMNS",
    "FLOW_COLUMNS",
    "Traced",
    "Traces",
    "compare_presets_traced",
    "compare_traced",
    "course_rows",
    "flow_rows",
]
