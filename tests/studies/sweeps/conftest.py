"""A small sweep that a test can run in a second or two, and what is asked of its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.studies.sweeps.sweep import Asked, Sweep, run_sweep

TEXT = """\
question: What does a firewall do?
scenario: base
replications: 2
residents: 400
days: 40
warm_up: 20
seed: 11
outcomes: [bookings, prints_shared, reporting_rate]
by: [status]
levers: [data_firewall, {cite_and_release: 0.4}]
parameters:
  community.victimization.rates.violent: {range: [15, 25]}
  data_firewall.compliance: {range: [0.5, 1]}
design: {kind: sobol, points: 4}
"""

Write = Callable[..., Path]
Run = Callable[..., Sweep]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes the experiment, with some text replaced, and returns its path."""

    def writes(*replaced: tuple[str, str], text: str = TEXT) -> Path:
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "experiment.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return writes


@pytest.fixture
def run(write: Write, tmp_path: Path) -> Run:
    """Give a function that runs the experiment into a folder of this test."""

    def runs(
        *replaced: tuple[str, str], to: str = "results", workers: int | None = 1, **asked: object
    ) -> Sweep:
        return run_sweep(write(*replaced), tmp_path / to, Asked(workers=workers, **asked))  # type: ignore[arg-type]

    return runs


def shards(sweep: Sweep) -> dict[str, bytes]:
    """Return the bytes of every shard by name."""
    return {name: (sweep.store.shards / f"{name}.parquet").read_bytes() for name in sweep.store.names()}
