"""Activate real counties on their published dates, estimate the effect as studies do, and look up the truth.

`python -m experiments.secure_communities_rollout.rollout` runs every county in five worlds (prints kept
local throughout; shared from the published date on; both again with news from other counties; shared from a
date that is a year off in half of the counties) and estimates on what they count.  `--analyse` takes the
counts of the last run from the folder `--counts`.  Beside the finding it writes

    counties.csv     the panel: county, date, shift of practice
    series.csv       each outcome by world and quarter, over all counties
    estimates.csv    each setting, outcome and estimator: estimate, what it would be without any effect,
                     what the estimator makes of the effect alone, and the true effect
    event_study.csv  the same by quarter since activation
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.secure_communities_rollout import figures
from experiments.secure_communities_rollout.estimators import (
    Estimate,
    Panel,
    compared,
    event_study,
    interaction_weighted,
    mean_by_event,
    mean_effect,
    two_way,
)
from experiments.secure_communities_rollout.worlds import CRIMES, Member, exposure, number_of, run, sample
from sim.studies.simulate import Settings

Array = NDArray[np.float64]
HERE = Path(__file__).parent
SEED = 20081027


@dataclass(frozen=True)
class Plan:
    """How many counties, and how large a sample of each."""

    counties: int
    residents: int
    replications: int


FULL, SHORT = Plan(120, 15_000, 2), Plan(12, 2_000, 1)


@dataclass(frozen=True)
class Outcome:
    """What is estimated: a ratio of counts, times `per`, and the count by which a county weighs."""

    name: str
    top: tuple[str, ...]
    below: tuple[str, ...]
    per: float
    weight: str

    def of(self, table: pd.DataFrame) -> Array:
        """Return the outcome in each cell (missing where nothing divides)."""
        below = table[list(self.below)].sum(axis=1).to_numpy(dtype=float)
        top = table[list(self.top)].sum(axis=1).to_numpy(dtype=float)
        return np.divide(self.per * top, below, out=np.full(len(table), np.nan), where=below > 0)


def _of(group: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{group}_{name}" for name in names)


OUTCOMES = (
    Outcome("transfers", ("transfers",), ("residents",), 400_000.0, "residents"),
    Outcome("reporting", _of("hispanic", ("report",)), _of("hispanic", CRIMES), 1.0, "hispanics"),
    Outcome("victimization", _of("hispanic", CRIMES), ("hispanics",), 4_000.0, "hispanics"),
    Outcome("belief", ("hispanic_survey_belief",), ("hispanic_surveyed",), 1.0, "hispanics"),
    Outcome("trust", ("hispanic_survey_trust",), ("hispanic_surveyed",), 1.0, "hispanics"),
    Outcome("reporting_others", _of("other", ("report",)), _of("other", CRIMES), 1.0, "residents"),
)


@dataclass(frozen=True)
class Setting:
    """A world, its twin without activation, and whether cells are dated by practice or by publication."""

    name: str
    world: str
    twin: str
    dated_by_practice: bool = False


SETTINGS = (
    Setting("published_dates", "published", "local"),
    Setting("news_from_elsewhere", "news", "news_local"),
    Setting("practice_a_year_off", "shifted", "local"),
    Setting("dated_by_practice", "shifted", "local", dated_by_practice=True),
)


def panel_of(table: pd.DataFrame, members: list[Member], *, practice: bool, weight: str) -> Panel:
    """Return the cells of a world's table, dated by practice or as published."""
    dates = {m.facts.fips: m.practice if practice else m.published for m in members}
    shares = {fips: exposure(date) for fips, date in dates.items()}
    start = {fips: number_of(date) for fips, date in dates.items()}
    unit = {m.facts.fips: k for k, m in enumerate(members)}
    quarter = table.quarter.to_numpy(dtype=np.int64)
    fips = table.fips.to_list()
    return Panel(
        np.array([unit[f] for f in fips], dtype=np.int64),
        quarter,
        quarter - np.array([start[f] for f in fips], dtype=np.int64),
        np.array([shares[f][q] for f, q in zip(fips, quarter, strict=True)]),
        table[weight].to_numpy(dtype=float),
    )


def studied(
    setting: Setting, outcome: Outcome, counts: pd.DataFrame, members: list[Member]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return what the estimators say of one outcome in one setting, beside what is true."""
    tables = {w: counts[counts.world == w].reset_index(drop=True) for w in (setting.world, setting.twin)}
    with_, without = (outcome.of(tables[w]) for w in (setting.world, setting.twin))
    nowhere = outcome.of(counts[counts.world == "local"])
    keep = np.isfinite(with_) & np.isfinite(without) & np.isfinite(nowhere)
    table = tables[setting.world]
    cells, truly = (
        panel_of(table, members, practice=practice, weight=outcome.weight).only(keep)
        for practice in (setting.dated_by_practice, setting.world == "shifted")
    )
    y, twin, nowhere = with_[keep], without[keep], nowhere[keep]
    effect = y - twin
    overall: list[dict[str, object]] = []
    weighted, weighted_twin, weighted_effect = (interaction_weighted(cells, x) for x in (y, twin, effect))
    pairs = {
        "two_way": tuple(two_way(cells, x) for x in (y, twin, effect)),
        "interaction_weighted": (weighted.overall, weighted_twin.overall, weighted_effect.overall),
    }
    window = {"two_way": np.ones(len(y), dtype=bool), "interaction_weighted": compared(cells)}
    for name, (estimate, placebo, of_effect) in pairs.items():
        inside = window[name]
        true = mean_effect(truly.only(inside), effect[inside])
        total = mean_effect(truly.only(inside), (y - nowhere)[inside])
        overall.append(
            {
                "setting": setting.name,
                "outcome": outcome.name,
                "estimator": name,
                **_named("estimate", estimate),
                **_named("without_effect", placebo),
                **_named("of_effect", of_effect),
                **_named("truth", true),
                **_named("truth_with_news", total),
                "covered": abs(estimate.value - true.value) <= 1.96 * estimate.error,
            }
        )
    study = event_study(cells, y)
    return overall, [
        {
            "setting": setting.name,
            "outcome": outcome.name,
            "estimator": name,
            "event": event,
            **_named("estimate", estimate),
            **_named("truth", true[event]),
        }
        for name, found in (("two_way", study), ("interaction_weighted", weighted.by_event))
        for true in (mean_by_event(truly, effect, sorted(study)),)
        for event, estimate in found.items()
        if event in true
    ]


def _named(name: str, estimate: Estimate) -> dict[str, object]:
    return {name: estimate.value, f"{name}_error": estimate.error}


def series(counts: pd.DataFrame) -> pd.DataFrame:
    """Return each outcome by world and quarter, all counties taken together."""
    total = counts.drop(columns="fips").groupby(["world", "quarter"], as_index=False).sum()
    return pd.concat(
        [total[["world", "quarter"]], *(pd.Series(o.of(total), name=o.name) for o in OUTCOMES)], axis=1
    )


def analyse(counts: pd.DataFrame, members: list[Member], out: Path) -> None:
    """Write what the counts say."""
    overall: list[dict[str, object]] = []
    by_event: list[dict[str, object]] = []
    for setting in SETTINGS:
        for outcome in OUTCOMES:
            estimates, events = studied(setting, outcome, counts, members)
            overall += estimates
            by_event += events
    panel = [
        {
            "fips": m.facts.fips,
            "county": m.facts.label,
            "population": m.facts.population,
            "published": m.published.isoformat(),
            "shift_days": m.shift,
        }
        for m in members
    ]
    tables = {
        "counties": pd.DataFrame(panel),
        "series": series(counts),
        "estimates": pd.DataFrame(overall),
        "event_study": pd.DataFrame(by_event),
    }
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.5g")
    shown = tables["estimates"].drop(columns=["of_effect_error", "truth_with_news_error"])
    print(shown.to_string(index=False, float_format="{:.4g}".format))
    figures.draw_series(tables["series"], out / "series.png")
    for setting in SETTINGS:
        chosen = tables["event_study"][tables["event_study"].setting == setting.name]
        figures.draw_events(chosen, out / f"events_{setting.name}.png")
    figures.draw_recovery(tables["estimates"], out / "recovery.png")


def main(arguments: list[str] | None = None) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="twelve counties, tiny: shows that it runs")
    parser.add_argument("--analyse", action="store_true", help="take the counts of the last run")
    parser.add_argument(
        "--out", type=Path, help="folder of the results (the experiment's own; out/ if short)"
    )
    parser.add_argument("--counts", type=Path, default=Path("out/secure_communities_rollout"))
    asked = parser.parse_args(arguments)
    out = asked.out or (asked.counts if asked.short else HERE)
    out.mkdir(parents=True, exist_ok=True)
    asked.counts.mkdir(parents=True, exist_ok=True)
    plan, began = SHORT if asked.short else FULL, time.perf_counter()
    members = sample(plan.counties, SEED)
    file = asked.counts / ("counts_short.parquet" if asked.short else "counts.parquet")
    if not asked.analyse:
        settings = Settings(plan.residents, 0.0, 1, plan.replications)
        run(members, settings).to_parquet(file)
    analyse(pd.read_parquet(file), members, out)
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
