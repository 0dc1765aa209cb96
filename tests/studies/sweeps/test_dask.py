"""The same sweep on the workers of a real Dask scheduler: the same bytes, whatever dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.cli import main
from sim.errors import SimError
from sim.studies.sweeps.places import on_dask
from sim.studies.sweeps.sweep import Asked, open_sweep, run_sweep, status_of
from tests.studies.sweeps.conftest import Write, shards

MANY = ("replications: 2", "replications: 14")


class Cluster:
    """A scheduler and its worker processes, each a process of its own on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = self._address(self.scheduler)
        self.workers: list[subprocess.Popen[str]] = []

    def _start(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @staticmethod
    def _address(process: subprocess.Popen[str]) -> str:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", line)
            if found:
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return found[1]
        raise AssertionError("the scheduler did not start")

    def add_worker(self) -> subprocess.Popen[str]:
        words = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(self.folder))
        worker = self._start("worker", self.address, *words)
        assert worker.stderr is not None
        threading.Thread(target=worker.stderr.read, daemon=True).start()
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stderr is not None
            process.stderr.close()


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    made = Cluster(folder)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.stop()


def wait_for(condition, seconds: float = 200.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_a_cluster_gives_the_same_bytes_though_a_worker_and_the_driver_die(
    write: Write, tmp_path: Path
) -> None:
    path, folder = write(MANY), tmp_path / "results"
    with cluster(tmp_path, 2) as made:
        words = [str(path), "--out", str(folder), "--scheduler", made.address]
        command = [sys.executable, "-m", "sim", "sweep", *words]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as driver:
            wait_for(lambda: len(list(folder.glob("shards/*.parquet"))) >= 2)
            os.killpg(made.workers[0].pid, signal.SIGKILL)
            done = len(list(folder.glob("shards/*.parquet")))
            wait_for(lambda: len(list(folder.glob("shards/*.parquet"))) >= done + 2)
            driver.send_signal(signal.SIGKILL)
        left = status_of(open_sweep(path, folder))
        assert 0 < left.done < left.planned
        again = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
    assert shards(open_sweep(path, folder)) == shards(run_sweep(path, tmp_path / "one", Asked(workers=1)))


def test_a_sensitivity_study_on_a_cluster_says_the_same(write: Write, tmp_path: Path) -> None:
    path = write(("replications: 2", "replications: 1"), ("400", "200"))
    words = ["sensitivity", str(path), "--method", "morris", "--samples", "4"]
    assert main([*words, "--out", str(tmp_path / "threads"), "--workers", "1"]) == 0
    with cluster(tmp_path, 1) as made:
        assert main([*words, "--out", str(tmp_path / "dask"), "--scheduler", made.address]) == 0
    on_threads, on_dask = (tmp_path / where / "sensitivity" / "morris" for where in ("threads", "dask"))
    assert shards_in(on_threads) == shards_in(on_dask) != {}
    assert (on_threads / "indices.csv").read_bytes() == (on_dask / "indices.csv").read_bytes()


def shards_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("shards/*.parquet"))}


def test_a_scheduler_that_is_lost_for_good_is_told_and_what_is_done_is_kept(
    write: Write, tmp_path: Path
) -> None:
    path, folder = write(MANY), tmp_path / "results"
    with cluster(tmp_path, 1) as made:
        words = [str(path), "--out", str(folder), "--scheduler", made.address]
        command = [sys.executable, "-m", "sim", "sweep", *words]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as driver:
            wait_for(lambda: len(list(folder.glob("shards/*.parquet"))) >= 2)
            made.stop()
            _, told = driver.communicate(timeout=120)
    assert driver.returncode == 1
    assert f"the Dask scheduler at {made.address} is lost" in told
    assert "--resume" in told
    assert "Traceback" not in told
    assert status_of(open_sweep(path, folder)).done > 0


def test_workers_that_are_lost_for_good_are_told_and_what_is_done_is_kept(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sim.studies.sweeps.places._SOON", 1)
    monkeypatch.setattr("sim.studies.sweeps.places._GIVE_UP", 4)
    path, folder = write(MANY), tmp_path / "results"
    with cluster(tmp_path, 1) as made:

        def kill(done: int, _: int) -> None:
            if done and made.workers[0].poll() is None:
                os.killpg(made.workers[0].pid, signal.SIGKILL)

        with pytest.raises(SimError, match=r"no workers any more\n.* are kept, and --resume goes on"):
            run_sweep(path, folder, Asked(scheduler=made.address, progress=kill))
    assert "waiting up to 4 seconds" in caplog.text
    assert status_of(open_sweep(path, folder)).done > 0


def test_an_unknown_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.sweeps.places._PATIENCE", 1)
    with pytest.raises(SimError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(on_dask([], "tcp://127.0.0.1:9"))


def test_a_scheduler_without_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.sweeps.places._PATIENCE", 5)
    with cluster(tmp_path, 0) as made, pytest.raises(SimError, match="has no workers"):
        list(on_dask([], made.address))
