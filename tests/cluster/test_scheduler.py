"""Moments on worker processes of a Dask cluster, some of which are killed."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import perturbdash as pdash
from perturbdash.errors import Cancelled, DataError, SettingsError
from perturbdash.statistics.cluster.files import open_files
from perturbdash.statistics.cluster.part import Plan
from perturbdash.statistics.cluster.scheduler import reduce_on
from perturbdash.statistics.halves import assign_groups
from tests.cluster.screen import SCHEMA, Screen, assert_same

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",  # sockets that a killed worker leaves to the garbage collector
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
SECONDS = 40


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes; a killed one is started anew by its nanny."""
    import dask

    quiet = {
        "distributed.logging.distributed": "critical",
        "distributed.worker.multiprocessing-method": "spawn",
    }
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as started,
    ):
        yield started


def hold(folder: str, module: str, name: str) -> None:
    """On a worker: let a function say who called it, and wait for leave to go on."""
    import importlib

    home = importlib.import_module(module)
    original = getattr(home, name)

    def held(*arguments):
        (Path(folder) / f"{os.getpid()}.held").touch()
        end = time.monotonic() + SECONDS
        while not (Path(folder) / "go").exists() and time.monotonic() < end:
            time.sleep(0.01)
        return original(*arguments)

    setattr(home, name, held)


@pytest.mark.parametrize("rows", [40, 1000])
def test_a_cluster_equals_one_machine(cluster, screen: Screen, rows) -> None:
    seen = []
    found = pdash.moments(
        screen.files[::-1],
        scheduler=cluster.scheduler_address,
        rows=rows,
        device="cpu",
        seed=5,
        progress=lambda share, text: seen.append((share, text)),
        **SCHEMA,
    )
    assert_same(found, screen.reference(seed=5))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert seen[-1][0] == 1


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("perturbdash.statistics.cluster.reducing", "reduce"),
        ("perturbdash.statistics.partial", "merge_partials"),
    ],
    ids=["map", "merge"],
)
def test_a_killed_worker_costs_a_retry(cluster, screen: Screen, tmp_path, module, name) -> None:
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=SECONDS)
        client.run(partial(hold, str(tmp_path), module, name))
        workers = set(client.run(os.getpid).values())
        with ThreadPoolExecutor(1) as pool:
            address = cluster.scheduler_address
            running = pool.submit(
                pdash.moments, screen.files, scheduler=address, rows=60, device="cpu", **SCHEMA
            )
            victim = first_held(tmp_path, running)
            assert victim in workers
            os.kill(victim, signal.SIGKILL)
            (tmp_path / "go").touch()
            assert_same(running.result(timeout=SECONDS), screen.reference())
        client.wait_for_workers(2, timeout=SECONDS)
        assert victim not in set(client.run(os.getpid).values())


def first_held(folder: Path, running) -> int:
    """Wait until a worker is held and return its process."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if running.done():
            running.result()
            pytest.fail("the work was done before a worker was held")
        found = [int(path.stem) for path in folder.glob("*.held")]
        if found:
            return found[0]
        time.sleep(0.01)
    return pytest.fail("no worker was held")


def test_an_error_of_a_worker_arrives_as_its_sentence(cluster, screen: Screen, tmp_path) -> None:
    path = tmp_path / "cells.h5ad"
    path.write_bytes(screen.files[0].read_bytes())
    dataset = open_files([path], **SCHEMA)
    parts = list(Plan(rows=60).parts(dataset, assign_groups(dataset, seed=0)))
    os.utime(path)
    with pytest.raises(DataError, match=r"cells.h5ad has changed since the work was planned"):
        reduce_on(cluster.scheduler_address, lambda threads: parts, retries=1)


def test_it_can_be_cancelled(cluster, screen: Screen) -> None:
    def stop(share, text):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        pdash.moments(screen.files, scheduler=cluster.scheduler_address, rows=20, progress=stop, **SCHEMA)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_no_scheduler_is_one_sentence(screen: Screen, address, monkeypatch) -> None:
    monkeypatch.setattr("perturbdash.statistics.cluster.scheduler._SECONDS_TO_CONNECT", 1)
    with pytest.raises(SettingsError, match="No Dask scheduler answers at") as caught:
        pdash.moments(screen.whole, scheduler=address, **SCHEMA)
    assert "\n" not in str(caught.value)


def test_a_scheduler_that_goes_away_is_one_sentence(screen: Screen) -> None:
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty:
        seen = []

        def leave(share, text):
            seen.append(text)
            if len(seen) == 2:
                empty.close()

        with pytest.raises(SettingsError, match="went away before the work was done"):
            pdash.moments(screen.whole, scheduler=empty.scheduler_address, progress=leave, **SCHEMA)
    assert seen[0] == "Reducing cells: 0 of 1 parts, no worker yet; waiting for one"
