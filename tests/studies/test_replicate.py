"""Runs on threads: each is counted once, whichever finishes first."""

import gc
import threading
import time
import weakref
from typing import Any

import pytest

from sim.scenario.loader import load
from sim.studies import replicate as module
from sim.studies import simulate as simulate_module
from sim.studies.replicate import replicate
from sim.studies.simulate import Settings


def test_progress_is_told_in_order_and_one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    monkeypatch.setattr(module, "simulate", lambda *_a, **_k: both.wait(timeout=60))
    monkeypatch.setattr(module, "people_of", lambda *_a: None)
    monkeypatch.setattr(module, "_compile_first", lambda *_a: None)
    told: list[tuple[int, int]] = []

    def listen(done: int, total: int) -> None:
        time.sleep(0.05 if done % 2 else 0)  # whoever comes first is slow
        told.append((done, total))

    settings = Settings(residents=100, days=1, seed=1, replications=2)
    replicate([load("base")] * 3, settings, workers=2, progress=listen)
    assert told == [(k, 6) for k in range(1, 7)]


def test_a_finished_run_leaves_no_arrays_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mesa keeps every model that it numbered agents of; thousands of runs must not keep their people."""
    kept: list[weakref.ref[Any]] = []
    made = simulate_module.Model.__init__

    def watched(self: Any, *arguments: Any, **more: Any) -> None:
        made(self, *arguments, **more)
        kept.extend(weakref.ref(x) for x in (self.world.residents, self.people.residents, self.world.cases))

    monkeypatch.setattr(simulate_module.Model, "__init__", watched)
    settings = Settings(residents=500, days=5.0, seed=1, replications=1)
    simulate_module.simulate(load("base"), settings, 0)
    gc.collect()
    assert len(kept) == 3
    assert all(reference() is None for reference in kept)
