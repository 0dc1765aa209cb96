"""A sweep in a process of its own: how long it takes, how much memory, and which bytes come out.

python -m experiments.speed.sweeping POINTS REPLICATIONS THREADS      runs a sweep of twins
python -m experiments.speed.sweeping POINTS REPLICATIONS 0            the same runs in a bare loop
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from sim.studies.simulate import people_of, simulate
from sim.studies.sweeps.sweep import Asked, Sweep, begin, carry_on, open_sweep
from sim.studies.sweeps.tasks import tasks_of

RESIDENTS, DAYS, ARMS = 10_000, 365, 2
TEXT = """\
question: How fast is a sweep?
scenario: base
replications: {replications}
residents: {residents}
days: {days}
levers: [data_firewall]
parameters:
  ice.pickup.effort.low: passport
  community.reporting.trust: passport
  community.offending.elasticity: passport
design: {{kind: sobol, points: {points}}}
"""


def sweep_in(folder: Path, points: int, replications: int, threads: int) -> Sweep:
    """Return the sweep to be measured, compiled and described, with nothing run."""
    text = TEXT.format(points=points, replications=replications, residents=RESIDENTS, days=DAYS)
    (folder / "experiment.yaml").write_text(text, encoding="utf-8")
    return open_sweep(folder, folder / "results", Asked(workers=max(threads, 1)))


def bare_loop(sweep: Sweep) -> None:
    """Run the same worlds with nothing around them."""
    layout = sweep.layout
    for tasks in tasks_of(layout, sweep.replications):
        people = people_of(layout.worlds[0][0], layout.settings, tasks[0].replication)
        for task in tasks:
            for world in layout.worlds[0]:
                simulate(world, layout.settings, task.replication, people=people, outcomes=False)


def measure(points: int, replications: int, threads: int) -> dict[str, float | str]:
    """Return seconds, peak memory in MB, runs, and a digest of all that was kept."""
    with tempfile.TemporaryDirectory() as place:
        sweep = sweep_in(Path(place), points, replications, threads)
        simulate(sweep.layout.worlds[0][0], sweep.layout.settings, 0)  # loads the machine code
        asked = Asked(workers=max(threads, 1))
        start = perf_counter()
        if threads:
            with sweep.store.locked():
                begin(sweep, asked)
                carry_on(sweep, asked)
        else:
            bare_loop(sweep)
        seconds = perf_counter() - start
        digest = hashlib.sha256()
        for name in sweep.store.names():
            digest.update((sweep.store.shards / f"{name}.parquet").read_bytes())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        return {"seconds": seconds, "peak": peak, "runs": sweep.runs, "digest": digest.hexdigest()}


if __name__ == "__main__":
    print(json.dumps(measure(*(int(word) for word in sys.argv[1:4]))))
