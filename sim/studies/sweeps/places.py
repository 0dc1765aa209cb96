"""Where batches run: threads of this process, or the workers of a Dask scheduler anywhere."""

from __future__ import annotations

import logging
import os
import queue
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.studies.sweeps.batch import Job, run_shard

if TYPE_CHECKING:
    from distributed import Client

_LOG = logging.getLogger(__name__)
Done = tuple[Job, bytes]
_PATIENCE = 30  # seconds to wait for a scheduler to answer
_SOON, _GIVE_UP = 10, 300  # seconds without any worker until that is said, and until it is the end
_TRIES = 3  # how often a batch is begun anew when its worker dies


def on_threads(jobs: Iterable[Job], workers: int | None = None) -> Iterator[Done]:
    """Run batches on threads, and yield each as it is done.

    Only a few batches are ahead of those that run, so that memory does not grow with their number.
    """
    threads = workers or os.cpu_count() or 1
    waiting = iter(jobs)
    with ThreadPoolExecutor(threads) as pool:
        running: dict[Future[bytes], Job] = {}
        try:
            while True:
                for job in islice(waiting, threads + 1 - len(running)):
                    running[pool.submit(run_shard, job)] = job
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def on_dask(jobs: Iterable[Job], address: str) -> Iterator[Done]:
    """Run batches on the workers of a Dask scheduler, and yield each as it is done.

    A batch whose worker dies is run again elsewhere.

    Raises
    ------
    SimError
        If there is no scheduler at the address, it has no workers, it is lost, or a batch kills every worker
        that takes it.
    """
    with _client(address) as client:
        waiting = iter(jobs)
        running: dict[str, tuple[Job, Any]] = {}  # a future that nobody holds is cancelled
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            while True:
                room = 2 * max(sum(client.nthreads().values()), 1) - len(running)
                for job in islice(waiting, max(room, 0)):
                    future = _submit(client, job)
                    running[future.key] = job, future
                    future.add_done_callback(done.put)
                if not running:
                    return
                job, future = running.pop(_next(done, client, address).key)
                yield job, _result(future, job, address)
        except OSError as error:
            raise _lost(address, error) from error


def _client(address: str) -> Client:
    from distributed import Client

    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what is lost is told here, in words
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, ImportError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise SimError(f"no Dask scheduler answers at {address}: {why}") from error
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        client.close()
        raise SimError(
            f"the Dask scheduler at {address} has no workers: start some with `dask worker`"
        ) from error
    return client


def _submit(client: Client, job: Job) -> Any:
    return client.submit(run_shard, job, key=f"sim-{job.batch.name}", retries=_TRIES, pure=False)


def _next(done: queue.SimpleQueue[Any], client: Client, address: str) -> Any:
    """Wait until a batch is done; a scheduler or workers that are gone are noticed within seconds."""
    since: float | None = None  # when there was no worker any more
    told = False
    while True:
        try:
            return done.get(timeout=1)
        except queue.Empty:
            if client.status != "running":
                raise _lost(address, None) from None
        if client.nthreads():
            since, told = None, False
            continue
        since = time.monotonic() if since is None else since
        alone = time.monotonic() - since
        what = f"the Dask scheduler at {address} has no workers any more"
        if alone > _GIVE_UP:
            raise SimError(what)
        if alone > _SOON and not told:
            _LOG.warning("%s: waiting up to %d seconds for one", what, _GIVE_UP)
            told = True


def _result(future: Any, job: Job, address: str) -> bytes:
    import distributed

    try:
        return bytes(future.result())
    except distributed.KilledWorker as error:
        what = f"a batch of {job.batch.runs} runs ended every worker that took it (is there enough memory?)"
        raise SimError(what) from error
    except (OSError, distributed.client.FutureCancelledError) as error:
        raise _lost(address, error) from error


def _lost(address: str, error: BaseException | None) -> SimError:
    why = f": {error}" if error is not None and str(error) else ""
    return SimError(f"the Dask scheduler at {address} is lost{why}")
