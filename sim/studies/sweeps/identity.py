"""What makes a sweep the same sweep: what may not change while it goes on, and what may be added.

A sweep that is resumed is the one that was asked for; one that is extended keeps every point and every
replication that it has, in the same worlds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sim.agents.replacing import replaced
from sim.engine.jit import code_digest
from sim.errors import SimError
from sim.studies.sweeps.tasks import Layout


def identity(layout: Layout) -> dict[str, Any]:
    """Return what makes a sweep the same sweep, as plain data."""
    experiment, settings = layout.experiment, layout.settings
    file = experiment.file
    return {
        "question": file.question,
        "scenario": experiment.scenario.path.name,
        "code": code_digest(),
        "replaced": replaced(),
        "seed": settings.seed,
        "residents": settings.residents,
        "days": settings.days,
        "warm_up": settings.warm_up,
        "factors": [
            {
                "name": f.name,
                "range": f.range,
                "grid": list(f.grid),
                "distribution": f.distribution,
                "unit": f.passport.unit,
            }
            for f in experiment.factors
        ],
        "design": layout.design,
        "points": layout.points.tolist(),
        "arms": [arm.name for arm in layout.arms],
        "presets": list(layout.preset_names),
        "worlds": [[world.digest for world in row] for row in layout.worlds],
        "agencies": list(layout.worlds[0][0].settings.agencies),
        "outcomes": list(file.outcomes),
        "by": list(file.by),
    }


# What a sweep may not change while it goes on, and what it is called.
_FIXED = {
    "code": "the code of this package (or of a decision that is replaced)",
    "scenario": "the scenario",
    "seed": "the seed",
    "residents": "the number of residents",
    "days": "the number of days",
    "warm_up": "the warm-up",
    "agencies": "the agencies",
}


def as_before(before: Mapping[str, Any], layout: Layout, asked: int | None) -> tuple[int, ...]:
    """Return the replications that a sweep has been asked for, if the experiment is still the same."""
    now = json.loads(json.dumps(identity(layout)))
    changed = _changes(before, now)
    kinds = {
        "points": "the points",
        "arms": "the levers",
        "presets": "the presets",
        "factors": "the parameters",
    }
    more = [what for key, what in kinds.items() if before[key] != now[key]]
    if asked is not None and any(asked != n for n in before["replications"]):
        more.append("the number of replications")
    if not changed and not more and before["worlds"] != now["worlds"]:
        changed = ["a scenario, lever or preset file"]
    if changed or more:
        raise _other(changed + more, can_extend=not changed)
    return tuple(before["replications"])


def and_more(before: Mapping[str, Any], layout: Layout, replications: Sequence[int]) -> tuple[int, ...]:
    """Return the replications of a sweep that is extended: no point loses any that it has."""
    now = json.loads(json.dumps(identity(layout)))
    changed = _changes(before, now)
    names = [f["name"] for f in now["factors"]]
    if [f["name"] for f in before["factors"]] != names:
        changed.append("which parameters are varied")
    worlds = _by_name(before)
    for key, digest in _by_name(now).items():
        if worlds.get(key, digest) != digest:
            changed.append(f"the world of {key[1]}" + (f" under {key[0]}" if key[0] else ""))
    had = {tuple(point): n for point, n in zip(before["points"], before["replications"], strict=True)}
    have = [tuple(point) for point in now["points"]]
    lost = len(set(had) - set(have))
    if lost:
        why = "" if now["design"] != "latin_hypercube" else " (a Latin hypercube has other points: use sobol)"
        changed.append(f"{lost} of {len(had)} points, which are no longer there{why}")
    if changed:
        raise _other(changed, can_extend=False)
    return tuple(max(n, had.get(point, 0)) for point, n in zip(have, replications, strict=True))


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [what for key, what in _FIXED.items() if before.get(key) != now[key]]


def _by_name(about: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (preset, arm): digest
        for preset, row in zip(about["presets"], about["worlds"], strict=True)
        for arm, digest in zip(about["arms"], row, strict=True)
    }


def _other(changed: Sequence[str], *, can_extend: bool) -> SimError:
    way = "--extend adds to it" if can_extend else "name another folder with --out"
    return SimError(f"the folder holds a sweep that differs in {'; '.join(changed)}: {way}")
