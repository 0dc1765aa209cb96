"""One world, run several times: what a scenario says happens, and how much of that is luck."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from sim.errors import Problems
from sim.outcomes.definitions import OUTCOMES, Outcome
from sim.scenario.loader import LoadedScenario, load
from sim.studies.plan import AS_IT_STANDS, Plan, PlanFields, gathered, load_worlds
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings, WorldResult, simulate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Summary:
    """One outcome over the replications.

    Attributes
    ----------
    mean, sd, low, high
        Mean, standard deviation, least and greatest of the replications that gave a value (NaN where none
        did; `sd` is NaN for one).
    replications
        How many gave a value: a share of nothing is none.
    """

    outcome: Outcome
    mean: float
    sd: float
    low: float
    high: float
    replications: int


@dataclass(frozen=True, slots=True)
class Run:
    """A world and what its replications gave.

    Attributes
    ----------
    names
        The name of the world, as tables and files call it.
    world
        The scenario that was run.
    settings
        Size of the sample, length, warm-up, seed, number of replications.
    results
        One a replication.
    """

    names: tuple[str]
    world: LoadedScenario
    settings: Settings
    results: tuple[WorldResult, ...]

    def summaries(self) -> list[Summary]:
        """Return all outcomes in total, in the order of `sim.outcomes.definitions.OUTCOMES`."""
        values = np.stack([r.outcomes[:, 0] for r in self.results])
        return [_summary(o, values[:, k].tolist()) for k, o in enumerate(OUTCOMES)]

    def table(self) -> pd.DataFrame:
        """Return all outcomes in total: `label`, `mean`, `sd`, `replications`, `unit`, by name."""
        import pandas as pd

        rows = [(s.outcome.label, s.mean, s.sd, s.replications, s.outcome.unit) for s in self.summaries()]
        names = pd.Index([o.name for o in OUTCOMES], name="outcome")
        return pd.DataFrame(rows, index=names, columns=["label", "mean", "sd", "replications", "unit"])


def run(
    scenario: str | Path,
    levers: Sequence[str] = (),
    *,
    set_values: Sequence[str] = (),
    plan: Plan = AS_IT_STANDS,
    **changes: Unpack[PlanFields],
) -> Run:
    """Run one world.

    Parameters, errors and examples: see `sim.run`, whose results show themselves.
    """
    plan = plan.but(**changes)
    problems = Problems()
    with gathered(problems):
        plan.check()
    worlds = load_worlds(scenario, [levers], set_values, problems)
    problems.raise_if_any()
    world = worlds[0]
    settings = Settings.of(world, plan)
    results = replicate(
        worlds,
        settings,
        workers=plan.workers,
        keep_log=plan.keep_log,
        by_year=plan.by_year,
        progress=plan.progress,
    )
    return Run((world.path.stem,), world, settings, tuple(results[0]))


def warm_up() -> float:
    """Compile the engine, or load what has been compiled, by living a moment in a small world.

    Returns
    -------
    float
        How long it took, in seconds.
    """
    start = time.perf_counter()
    simulate(load("base"), Settings(residents=200, days=0.01, seed=1, replications=1), 0)
    return time.perf_counter() - start


def _summary(outcome: Outcome, values: Sequence[float]) -> Summary:
    found = np.array([x for x in values if not math.isnan(x)])
    if len(found) == 0:
        return Summary(outcome, math.nan, math.nan, math.nan, math.nan, 0)
    sd = float(found.std(ddof=1)) if len(found) > 1 else math.nan
    return Summary(outcome, float(found.mean()), sd, float(found.min()), float(found.max()), len(found))
