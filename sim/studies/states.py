"""The states of the world of a sweep: what every option comes to at each point, under each preset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.errors import SimError
from sim.studies.aims import Aims, Threshold
from sim.studies.compare import CONFIDENCE
from sim.studies.sweeps.averages import means
from sim.studies.sweeps.design import seed_of
from sim.studies.sweeps.results import Found

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SAMPLED: Final = ("latin_hypercube", "sobol")


@dataclass(frozen=True)
class States:
    """The options' outcomes in every state of the world.

    Attributes
    ----------
    options
        Names of the arms; the scenario as it stands comes first.
    values
        Outcome → `(options, states, replications)`; a replication in which some option lacks a value is
        missing for all of them.
    presets, points
        Where each state comes from: the name of its preset and the number of its point.
    sampled
        Whether the points are a sample of their ranges, so that a share of them has an interval.
    left_out
        States in which some option has no value at all (its runs failed, or there was nothing to divide by).
    """

    options: tuple[str, ...]
    values: Mapping[str, Array]
    presets: tuple[str, ...]
    points: tuple[int, ...]
    seed: int = 0
    sampled: bool = False
    left_out: int = 0

    @property
    def replications(self) -> NDArray[np.int64]:
        """How many replications each state has."""
        first = next(iter(self.values.values()))
        return np.asarray(np.isfinite(first[0]).sum(axis=-1))


def states_of(found: Found, aims: Aims) -> States:
    """Return the states of the world that a sweep has run.

    Raises
    ------
    SimError
        If runs are missing, or no state has a value for every option.
    """
    sweep = found.sweep
    layout = sweep.layout
    if found.missing:
        planned = sum(sweep.replications) * len(layout.presets) * len(layout.arms)
        raise SimError(
            f"the sweep in {sweep.folder} is not complete: {found.missing:,} of {planned:,} runs are not "
            "there, and options are compared when all have run; `sim sweep --resume` goes on with it"
        )
    chosen = [k for k, name in enumerate(layout.preset_names) if not aims.presets or name in aims.presets]
    arms, points = len(layout.arms), len(layout.points)
    values = {}
    for name in aims.outcomes:
        part = np.moveaxis(found.of(name)[chosen], 1, 0)  # options, presets, points, replications
        values[name] = part.reshape(arms, len(chosen) * points, -1)
    there = np.all([np.isfinite(x).all(axis=0) for x in values.values()], axis=0)
    keep = there.any(axis=-1)
    if not keep.any():
        why = f": {found.errors[0][-1]}" if found.errors else ""
        raise SimError(f"in no state of the world have all options a value for {', '.join(values)}{why}")
    places = [(layout.preset_names[p], point) for p in chosen for point in range(points)]
    places = [place for place, kept in zip(places, keep, strict=True) if kept]
    design = sweep.experiment.file.design
    return States(
        tuple(arm.name for arm in layout.arms),
        {name: np.where(there, x, np.nan)[:, keep] for name, x in values.items()},
        tuple(preset for preset, _ in places),
        tuple(point for _, point in places),
        seed_of(sweep.experiment),
        design is not None and design.kind in SAMPLED,
        int((~keep).sum()),
    )


def intervals(values: Array) -> tuple[Array, Array]:
    """Return the 95 % interval of each state's mean over replications; none for a single replication."""
    n, mean = np.isfinite(values).sum(axis=-1), means(values)
    residual = np.where(np.isfinite(values), values - mean[..., None], 0.0)
    free = np.maximum(n - 1, 1)
    half = special.stdtrit(free, 0.5 + CONFIDENCE / 2) * np.sqrt((residual**2).sum(axis=-1) / free / n)
    half = np.where(n > 1, half, np.inf)
    return mean - half, mean + half


def keeping(states: States, option: int, thresholds: Sequence[Threshold]) -> tuple[Mask, Mask, Mask]:
    """Return for each state whether an option keeps thresholds: as found, beyond noise, and surely not."""
    many = len(states.points)
    holds, kept, broken = np.ones(many, bool), np.ones(many, bool), np.zeros(many, bool)
    for each in thresholds:
        beyond = each.sign * (states.values[each.outcome][option] - each.value)
        low, high = intervals(beyond)
        holds &= means(beyond) <= 0
        kept &= high <= 0
        broken |= low > 0
    return holds, kept, broken
