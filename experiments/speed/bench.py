"""`make bench`: how fast the engine is, beside plain Mesa, SimPy and a floor, measured in one run.

Everything is measured in the same run, in turn, several times over, so that a busy machine slows all alike.
A ratio is taken within each round and then summarised, because ratios travel between machines and seconds do
not. The time to build a region is left out everywhere except where a figure says "population included".

The engine does more for a resident and for an event than the yardsticks do: rule tables, several agencies,
attitudes, an event log. Two notes on reading the table: "per event" depends on what each program counts as an
event, so the figure per resident-year stands beside it; and an aim that is not met is reported, never an
error.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.speed import engine, in_simpy, plain_mesa
from experiments.speed.floor import floor_seconds
from experiments.speed.pathway import DAYS_A_YEAR, Counts

YEAR = 365
MILLION = 1_000_000

Round = dict[str, float]
"""The figures of one round, by the names in `FIGURES`."""


@dataclass(frozen=True)
class Plan:
    """How much is measured. Sizes are numbers of residents."""

    rounds: int
    days: int
    main: int
    scale: tuple[int, ...]
    mesa: int
    simpy: int
    sweep: tuple[int, int]  # points and replications of the sweeps that are compared
    long_sweep: tuple[int, int]  # of the one that is timed as a whole
    small: int = 10_000


FULL = Plan(
    rounds=5,
    days=YEAR,
    main=MILLION,
    scale=(100_000, MILLION, 5 * MILLION),
    mesa=100_000,
    simpy=MILLION,
    sweep=(32, 10),
    long_sweep=(512, 10),
)
SHORT = Plan(
    rounds=3,
    days=120,
    main=200_000,
    scale=(20_000, 200_000),
    mesa=5_000,
    simpy=200_000,
    sweep=(16, 4),
    long_sweep=(32, 4),
)


@dataclass(frozen=True)
class Figure:
    """What is reported, in which unit, and what is aimed at, if anything."""

    title: str
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def aim(self) -> str:
        """The aim in words."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def met(self, value: float) -> bool | None:
        """Whether a value meets the aim; None if there is none."""
        if self.at_most is not None:
            return value <= self.at_most
        return None if self.at_least is None else value >= self.at_least


FIGURES = {
    "year_of_a_million": Figure("year of 1,000,000 residents", "s", at_most=1.5),
    "over_floor": Figure("engine / floor", "times", at_most=6.0),
    "over_mesa": Figure("plain Mesa / engine, per resident-day", "times", at_least=100.0),
    "over_simpy_event": Figure("SimPy / engine, per event", "times", at_least=30.0),
    "over_simpy_year": Figure("SimPy / engine, per resident-year", "times"),
    "flatness": Figure("dearest / cheapest resident-day over sizes", "times", at_most=1.6),
    "small_year": Figure("year of 10,000 residents, population included", "ms", at_most=30.0),
    "bytes": Figure("memory of a resident, without the log", "bytes", at_most=300.0),
    "sweep": Figure("sweep of 10,000 runs of 10,000 residents for a year, 2 threads", "s", at_most=240.0),
    "sweep_memory": Figure("the same, peak memory of the process", "MB", at_most=600.0),
    "sweep_threads": Figure("sweep on 1 thread / on 2 threads", "times", at_least=1.7),
    "sweep_overhead": Figure("sweep on 1 thread / its runs in a bare loop", "times", at_most=1.05),
    "cold": Figure("cold compile", "s", at_most=60.0),
    "warm_start": Figure("first run in a new process, cache filled", "s"),
    "build_a_million": Figure("population of 1,000,000 residents", "s"),
    "engine_event": Figure("engine", "ns per event"),
    "engine_candidate": Figure("engine", "ns per candidate"),
    "floor_candidate": Figure("floor", "ns per candidate"),
    "floor_flatness": Figure("floor, dearest / cheapest over sizes", "times"),
    "engine_events": Figure("engine", "events per resident-year"),
    "mesa_day": Figure("plain Mesa", "ns per resident-day"),
    "simpy_event": Figure("SimPy", "ns per event"),
    "simpy_events": Figure("SimPy", "events per resident-year"),
}


def timed(work: Callable[[], Counts]) -> tuple[Counts, float]:
    """Run something and say how long it took, with earlier garbage out of the way."""
    gc.collect()
    gc.freeze()
    start = perf_counter()
    counts = work()
    return counts, perf_counter() - start


def measure_engine(plan: Plan, seed: int) -> Round:
    """Time the engine at every size, and the floor beside it."""
    figures: Round = {}
    cost_a_day = []
    floor_a_day = []
    for residents in plan.scale:
        start = perf_counter()
        world = engine.build(residents, seed)
        build_seconds = perf_counter() - start
        events, candidates, seconds = engine.run(world, plan.days)
        floor = floor_seconds(engine.residents(world), candidates, seed)
        cost_a_day.append(seconds / (residents * plan.days))
        floor_a_day.append(floor / (residents * plan.days))
        if residents == plan.main:
            figures["over_floor"] = seconds / floor
            figures["floor_candidate"] = floor / candidates * 1e9
            figures["year_of_a_million"] = cost_a_day[-1] * MILLION * YEAR
            figures["build_a_million"] = build_seconds * MILLION / residents
            figures["engine_event"] = seconds / events * 1e9
            figures["engine_candidate"] = seconds / candidates * 1e9
            figures["engine_events"] = events / (residents * plan.days) * DAYS_A_YEAR
            figures["bytes"] = engine.bytes_per_resident(world)
        del world
    figures["flatness"] = max(cost_a_day) / min(cost_a_day)
    figures["floor_flatness"] = max(floor_a_day) / min(floor_a_day)
    start = perf_counter()
    engine.run(engine.build(plan.small, seed), YEAR)
    figures["small_year"] = (perf_counter() - start) * 1e3
    return figures


def measure_yardsticks(plan: Plan, seed: int) -> Round:
    """Time plain Mesa and SimPy."""
    mesa, simpy = plain_mesa.Region(plan.mesa, seed), in_simpy.Region(plan.simpy, seed)
    _, mesa_seconds = timed(lambda: mesa.pass_days(plan.days))
    counts, simpy_seconds = timed(lambda: simpy.pass_days(plan.days))
    return {
        "mesa_day": mesa_seconds / (plan.mesa * plan.days) * 1e9,
        "simpy_event": simpy_seconds / counts.events * 1e9,
        "simpy_events": counts.events / (plan.simpy * plan.days) * DAYS_A_YEAR,
    }


def measure_round(plan: Plan, seed: int) -> Round:
    """Measure everything once, and take the ratios within the round."""
    figures = measure_engine(plan, seed) | measure_yardsticks(plan, seed) | measure_sweeps(plan)
    engine_year = figures["engine_event"] * figures["engine_events"]
    figures["over_mesa"] = figures["mesa_day"] * YEAR / engine_year
    figures["over_simpy_event"] = figures["simpy_event"] / figures["engine_event"]
    figures["over_simpy_year"] = figures["simpy_event"] * figures["simpy_events"] / engine_year
    return figures


FIRST_RUN = """
from time import perf_counter
start = perf_counter()
from experiments.speed import engine
engine.run(engine.build(1_000, 1), 1)
print(perf_counter() - start)
"""


def measure_first_runs() -> Round:
    """Time the first small run of a new process, imports included: cache folder empty, then filled.

    Raises
    ------
    RuntimeError
        If nothing was written to the cache folder, for then neither figure means what it says.
    """

    def first_run() -> float:
        result = subprocess.run(
            [sys.executable, "-c", FIRST_RUN], env=environment, check=True, capture_output=True, text=True
        )
        return float(result.stdout.split()[-1])

    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"SIM_CACHE_DIR": folder}
        cold = first_run()
        if not any(Path(folder).rglob("*.nbc")):
            raise RuntimeError(
                "the engine left no compiled code in SIM_CACHE_DIR: is the variable still read?"
            )
        warm = first_run()
    return {"cold": cold - warm, "warm_start": warm}


def sweep_of(points: int, replications: int, threads: int) -> dict[str, Any]:
    """Run a sweep in a process of its own (0 threads: its runs in a bare loop) and return what it says."""
    words = [str(x) for x in (points, replications, threads)]
    command = [sys.executable, "-m", "experiments.speed.sweeping", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure_sweeps(plan: Plan) -> Round:
    """Time sweeps on one thread, on two, and their runs in a bare loop, one after the other.

    Raises
    ------
    RuntimeError
        If one and two threads left different bytes.
    """
    bare, one, two = (sweep_of(*plan.sweep, threads) for threads in (0, 1, 2))
    if one["digest"] != two["digest"]:
        raise RuntimeError("a sweep on two threads left other bytes than on one")
    return {
        "sweep_threads": one["seconds"] / two["seconds"],
        "sweep_overhead": one["seconds"] / bare["seconds"],
    }


def measure_long_sweep(plan: Plan) -> Round:
    """Time a long sweep on two threads, as a whole and in memory."""
    sweep_of(2, 1, 1)  # leaves the machine code behind: compiling takes more memory than any sweep
    found = sweep_of(*plan.long_sweep, 2)
    return {"sweep": found["seconds"] / found["runs"] * 10_000, "sweep_memory": found["peak"]}


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Measure all rounds. Returns the values of each figure, one a round."""
    say("first runs in new processes")
    first = measure_first_runs()
    say("a long sweep")
    first |= measure_long_sweep(plan)
    engine.run(engine.build(1_000, 1), 1)
    rounds = []
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}")
        rounds.append(measure_round(plan, seed=number))
    return {name: [first[name]] if name in first else [r[name] for r in rounds] for name in FIGURES}


def table(plan: Plan, values: dict[str, list[float]]) -> Table:
    """Lay the figures out with their aims."""
    sizes = f"{plan.rounds} rounds; {plan.main:,} residents for {plan.days} days unless said otherwise"
    scaled = "" if plan == FULL else "; figures for a million and for 10,000 runs are scaled up"
    grid = Table(title="Speed", caption=sizes + scaled)
    for heading in ("figure", "median", "least", "greatest", "unit", "aim", ""):
        grid.add_column(heading, justify="left" if heading in ("figure", "unit", "") else "right")
    verdicts = {True: "[green]met[/]", False: "[red]not met[/]", None: ""}
    for name, figure in FIGURES.items():
        several = values[name]
        numbers = [f"{number:,.3g}" if number < 1000 else f"{number:,.0f}" for number in spread(several)]
        grid.add_row(figure.title, *numbers, figure.unit, figure.aim, verdicts[figure.met(median(several))])
    return grid


def spread(values: list[float]) -> tuple[float, float, float]:
    """Median, least and greatest."""
    return median(values), min(values), max(values)


def as_json(plan: Plan, values: dict[str, list[float]]) -> str:
    """Write everything down: machine, plan, every value of every round, summary and verdict."""
    figures = {}
    for name, figure in FIGURES.items():
        middle, least, greatest = spread(values[name])
        summary = {"median": middle, "min": least, "max": greatest, "met": figure.met(middle)}
        figures[name] = asdict(figure) | summary | {"values": values[name]}
    packages = {name: version(name) for name in ("numba", "numpy", "mesa", "simpy")}
    machine = {"machine": platform.machine(), "system": platform.system(), "cores": os.cpu_count()}
    facts = machine | {"python": platform.python_version()} | packages
    return json.dumps({"machine": facts, "plan": asdict(plan), "figures": figures}, indent=1)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print the table, and write the JSON to a file or after the table."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.speed.bench", description="Measure the speed."
    )
    parser.add_argument("--short", action="store_true", help="small sizes, for continuous integration")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all values there instead of printing them"
    )
    options = parser.parse_args(arguments)
    plan = SHORT if options.short else FULL
    progress = Console(stderr=True)
    values = measure(plan, progress.print)
    Console(width=118).print(table(plan, values))
    if options.json:
        options.json.write_text(as_json(plan, values) + "\n", encoding="utf-8")
    else:
        print(as_json(plan, values))


if __name__ == "__main__":
    main()
