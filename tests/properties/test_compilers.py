"""The same code with and without the compiler, and the same machine code for every way of living a world."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.jit import COMPILED
from sim.engine.ledger import EVENTS
from sim.pathway import loop
from tests.properties.lively import LIVELY
from tests.properties.worlds import BUSY, BUSY_RULES, Case, lines, scenario

ROOT = Path(__file__).resolve().parents[2]
CASE = Case({}, {}, {}, {}, 1_200, 60.0, 5)
BODY: dict[str, Any] = {
    "set": BUSY
    | {"population.county_residents": 12_000, "agencies.*.traffic_stops": 0.3, "stops.disclosure": 1}
    | {"ice.detention.beds": 200, "ice.detention.reserve": 3}
    | LIVELY,
    "rules": BUSY_RULES,
    # A switch, so that what a new phase does by plain Python runs too.
    "timeline": [
        {
            "day": 40,
            "levers": ["data_firewall"],
            "set": {"ice.review.hours_a_day": 5, "ice.review.lapse": 3},
        }
    ],
}
LIVE = """
import sys
from pathlib import Path

import numpy as np

from sim.engine.jit import COMPILED
from sim.scenario.loader import load
from tests.properties.test_compilers import CASE, fields

assert COMPILED == (sys.argv[3] == "compiled")
np.savez(sys.argv[2], **fields(CASE.live(load(Path(sys.argv[1])))))
"""
WATCH = """
import json, sys
from pathlib import Path

from numba.core import event

with event.install_recorder("numba:compile") as seen:
    from sim.scenario.loader import load
    from tests.properties.test_compilers import CASE

    model = CASE.live(load(Path(sys.argv[1])))
print(json.dumps([len(seen.buffer), int(model.world.clock[0].logged)]))
"""

pytestmark = pytest.mark.skipif(not COMPILED, reason="there is no compiler here to compare with")


def fields(model: Any) -> dict[str, np.ndarray]:
    """Give log, people, tally, budgets and jails of a world, field by field (padding may differ)."""
    world = model.world
    records = {"log": lines(model), "people": world.residents, "budgets": world.budgets, "jails": world.jails}
    records |= {"office": world.office, "clock": world.clock}
    records |= {"climate": world.climate, "regard": world.regard, "memory": world.memory}
    found = {f"{what}.{name}": np.array(r[name]) for what, r in records.items() for name in r.dtype.names}
    return found | {"tally": world.tally, "surveys": world.surveys}


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    return scenario(folder / "compilers", BODY).path


def python(code: str, *arguments: object, **environment: str) -> str:
    kept = {k: x for k, x in os.environ.items() if not k.startswith(("PYTHON", "NUMBA", "COV"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        env=kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_the_compiler_the_world_is_the_same_to_the_last_bit(file: Path, folder: Path) -> None:
    compiled = fields(CASE.live(scenario(file.parent, BODY)))
    python(LIVE, file, folder / "plain.npz", "plain", NUMBA_DISABLE_JIT="1")
    with np.load(folder / "plain.npz") as plain:
        assert set(plain) == set(compiled)
        different = [name for name, values in compiled.items() if not np.array_equal(values, plain[name])]
    assert different == []
    assert len(compiled["log.event"]) > 2_000
    happened = {EVENTS[k] for k in compiled["log.event"]}
    assert set(EVENTS[EVENTS.index("violent_crime") :]) - {"certified", "returned"} <= happened


def test_a_second_process_compiles_nothing(file: Path) -> None:
    logged = CASE.live(scenario(file.parent, BODY)).world.clock[0].logged  # compiled by now
    assert json.loads(python(WATCH, file)) == [0, logged]


def test_every_way_of_living_a_world_runs_the_same_machine_code(folder: Path) -> None:
    world = scenario(folder, BODY)
    model = CASE.start(world)
    model.run_until(1)  # a whole number, and below a part, a switch, arrays that grow, and other people
    known = len(loop.run.signatures)
    model.run_until(1.5)
    model.run_until(np.float64(2))
    model.run_until(np.int64(60))
    model.step()
    other = CASE.start(scenario(folder, {"set": {"agencies.*.officers": 0}, "rules": {}}))
    other.run_until(10)
    assert known == len(loop.run.signatures) == 1
    assert model.day == 61
