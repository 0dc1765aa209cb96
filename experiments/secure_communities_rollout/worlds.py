"""The counties, their worlds, and what is counted in each quarter."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from sim.engine.ledger import ROWS
from sim.population.people import People
from sim.scenario import vocabulary as v
from sim.scenario.facts import CountyFacts, counties
from sim.scenario.loader import LoadedScenario
from sim.studies.simulate import Settings, people_of

START = dt.date(2007, 6, 1)
FIRST, LAST = (2008, 1), (2014, 2)  # year and quarter
# Before 2025: what the climate of 2018 has in the shipped patterns.
APPETITE = {"federal_appetite": {"reviews": 2, "pickups": 0.7, "teams": 4, "beds": 15, "quota": 45}}
# Public knowledge when the worlds begin: that of the base scenario, by the ratio of these arrests to its own.
NEWS_BEFORE = {"white": 0.02, "black": 0.2, "hispanic": 2.0, "asian": 0.6, "other": 0.12}
STRATA = (0, 25_000, 65_000, 200_000, 500_000, 20_000_000)  # residents
SHARES = (1 / 6, 1 / 6, 1 / 4, 1 / 4, 1 / 6)
SHIFT = 365  # days by which practice begins after or before the published date
NEWS_BELIEF, NEWS_REACH = 0.3, 0.8  # where the whole country is activated, each quarter
CRIMES = ("violent_crime", "property_crime", "domestic_crime")
TRANSFERS = ("ice_arrest_custodial", "ice_arrest_street")
COUNTED = (*CRIMES, "report", "surveyed", "survey_belief", "survey_trust")
WORLDS = ("local", "published", "news_local", "news", "shifted")


def quarters() -> list[tuple[int, int]]:
    """Return years and quarters of the panel."""
    every = [(y, q) for y in range(FIRST[0], LAST[0] + 1) for q in range(1, 5)]
    return [x for x in every if FIRST <= x <= LAST]


def begin(quarter: tuple[int, int]) -> dt.date:
    """Return the first day of a quarter."""
    return dt.date(quarter[0], 3 * quarter[1] - 2, 1)


def following(quarter: tuple[int, int]) -> tuple[int, int]:
    """Return the next quarter."""
    return (quarter[0] + 1, 1) if quarter[1] == 4 else (quarter[0], quarter[1] + 1)


def number_of(date: dt.date) -> int:
    """Return the quarter of a date, counted from the first of the panel."""
    return 4 * (date.year - FIRST[0]) + (date.month - 1) // 3 + 1 - FIRST[1]


def exposure(date: dt.date) -> NDArray[np.float64]:
    """Return for each quarter the share of it that lies after a date."""
    shares = []
    for quarter in quarters():
        first, after = begin(quarter), begin(following(quarter))
        shares.append((after - max(date, first)).days / (after - first).days)
    return np.clip(shares, 0.0, 1.0)


@dataclass(frozen=True)
class Member:
    """A county of the panel: its facts, and by how many days practice departs from its published date."""

    facts: CountyFacts
    shift: int

    @property
    def published(self) -> dt.date:
        return self.facts.secure_communities_date

    @property
    def practice(self) -> dt.date:
        return self.published + dt.timedelta(days=self.shift)


def sample(count: int, seed: int) -> list[Member]:
    """Return counties drawn within strata of population, and shifts of practice for a random half of them."""
    rng = np.random.default_rng(seed)
    found: list[CountyFacts] = []
    sizes = np.diff(np.round(np.concatenate([[0.0], np.cumsum(SHARES)]) * count).astype(int))
    for low, high, size in zip(STRATA[:-1], STRATA[1:], sizes, strict=True):
        stratum = [c for c in counties() if low <= c.population < high]
        found += [stratum[int(k)] for k in sorted(rng.choice(len(stratum), size, replace=False))]
    shifts = np.zeros(count, dtype=int)
    half = rng.permutation(count)[: count // 2]
    shifts[half[::2]], shifts[half[1::2]] = SHIFT, -SHIFT
    return [Member(facts, int(shift)) for facts, shift in zip(found, shifts, strict=True)]


def activated(date: dt.date) -> float:
    """Return the share of the country's residents in counties activated by a date."""
    people = sum(c.population for c in counties())
    return sum(c.population for c in counties() if c.secure_communities_date <= date) / people


def national_news() -> dict[str, Any]:
    """Return what is heard of other counties each quarter, the more so the more of them take part."""
    found = {}
    for quarter in [q for q in quarters() if q >= (2009, 1)]:
        date = begin(quarter)
        found[f"news_{quarter[0]}_{quarter[1]}"] = {
            "day": (date - START).days,
            "legitimacy": 0,
            "alarm": 0,
            "belief": round(NEWS_BELIEF * activated(date), 6),
            "reach": {"white": 0.05, "black": 0.05, "hispanic": NEWS_REACH, "asian": 0.2, "other": 0.1},
        }
    return found


def scenario(member: Member, world: str) -> dict[str, Any]:
    """Return the scenario of a county in one of the worlds."""
    found: dict[str, Any] = {
        "extends": "base",
        "name": f"{member.facts.label}: {world}",
        "start": START.isoformat(),
        "place": {"county": member.facts.fips, "state_law": False, "agreements": False},
        "run": {"days": (begin(following(LAST)) - START).days + 1},
        "levers": ["prints_kept_local", APPETITE],
        "set": {f"community.news.before.{group}": x for group, x in NEWS_BEFORE.items()},
    }
    if world.startswith("news"):
        found["announcements"] = national_news()
    if not world.endswith("local"):
        date = member.practice if world == "shifted" else member.published
        found["timeline"] = [{"date": date.isoformat(), "off": ["prints_kept_local"]}]
    return found


def load(member: Member, world: str, folder: Path) -> LoadedScenario:
    """Return a county's world, loaded as any scenario file is (JSON is YAML)."""
    file = folder / f"{member.facts.fips}_{world}.yaml"
    file.write_text(json.dumps(scenario(member, world)), encoding="utf-8")
    return sim.load(file)


def live(loaded: LoadedScenario, settings: Settings, replication: int, people: People) -> pd.DataFrame:
    """Return what a world counts in each quarter of the panel."""
    model = sim.Model(
        loaded,
        seed=settings.seed,
        replication=replication,
        residents=settings.residents,
        people=people,
    )
    columns = model.counts.columns()["group"]
    hispanic = columns["hispanic"]
    others = [column for name, column in columns.items() if name != "hispanic"]
    rows = [ROWS.index(name) for name in COUNTED]
    moved = [ROWS.index(name) for name in TRANSFERS]
    found, before = [], np.zeros(0)
    for quarter in [*quarters(), following(LAST)]:
        model.run_until(float((begin(quarter) - START).days))
        tally = model.counts.tally
        now = np.concatenate(
            [tally[rows, hispanic], tally[np.ix_(rows, others)].sum(axis=1), [tally[moved, 0].sum()]]
        )
        found.append(now - before if len(before) else now)
        before = now
    model.close()
    names = [f"{group}_{name}" for group in ("hispanic", "other") for name in COUNTED] + ["transfers"]
    table = pd.DataFrame(found[1:], columns=names)
    table.insert(0, "quarter", np.arange(len(table)))
    return table


def run_county(member: Member, settings: Settings) -> pd.DataFrame:
    """Return a county's counts by world and quarter, summed over replications that all worlds share."""
    with tempfile.TemporaryDirectory() as name:
        loaded = {world: load(member, world, Path(name)) for world in WORLDS}
    total: dict[str, pd.DataFrame] = {}
    hispanics = 0
    for k in range(settings.replications):
        people = people_of(loaded["local"], settings, k)
        hispanics += int(np.count_nonzero(people.residents["group"] == v.HISPANIC))
        for world, scene in loaded.items():
            table = live(scene, settings, k, people)
            total[world] = table if k == 0 else total[world] + table
    parts = []
    for world, table in total.items():
        table["quarter"] = np.arange(len(table))
        table.insert(0, "world", world)
        parts.append(table)
    whole = pd.concat(parts, ignore_index=True)
    whole.insert(0, "fips", member.facts.fips)
    whole["hispanics"], whole["residents"] = hispanics, settings.residents * settings.replications
    return whole


def run(members: Sequence[Member], settings: Settings) -> pd.DataFrame:
    """Return the counts of all counties; each has a seed of its own."""
    parts = []
    for k, member in enumerate(members):
        own = Settings(settings.residents, settings.days, settings.seed + k, settings.replications)
        parts.append(run_county(member, own))
        if (k + 1) % 10 == 0:
            print(f"{k + 1} of {len(members)} counties", flush=True)
    return pd.concat(parts, ignore_index=True)
