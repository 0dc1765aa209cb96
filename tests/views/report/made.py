"""Findings made by hand, for tests of what is told of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.studies.compare import Effect
from sim.studies.findings import Findings, LeverTold, PresetTold, RankingTold, WorldTold
from sim.studies.simulate import Settings


def findings_with(
    found: Mapping[tuple[str, str], Effect],
    *,
    title: str = "A lever",
    titles: bool = False,
    same: bool = False,
    rankings: tuple[RankingTold, ...] = (),
) -> Findings:
    names = list(dict.fromkeys(lever for lever, _ in found)) or ["a"]
    worlds = [WorldTold("base", (), False, None)]
    levers = [LeverTold(n, n if titles else title, "Claims.", {}, ()) for n in names]
    worlds += [WorldTold(n, (x,), same, None) for n, x in zip(names, levers, strict=True)]
    manifest: dict[str, Any] = {
        "worlds": [{"name": "base", "scenario": "own.yaml", "resolved": {"name": "A county"}, "levers": []}]
    }
    empty = pd.DataFrame()
    presets = tuple(PresetTold(n, n, n, {}) for n in ("neutral", "a", "b")) if rankings else ()
    return Findings(
        ("base", *names),
        tuple(worlds),
        Settings(20_000, 365, 1, 10),
        0.05,
        tuple(found.values()),
        empty,
        empty,
        empty,
        empty,
        manifest,
        presets,
        rankings,
    )
