"""A batch on a Dask cluster: scheduler and workers as real processes, one of them killed half-way."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from issuance_world import build

import dualcos
from dualcos.cli.main import run as cli
from dualcos.issuance.personaliser import job_pool
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.job_pool import Cluster, JobPoolError
from dualcos.issuance.personaliser.stock_register import StockRegister, StockState

ROOT = Path(__file__).parents[3]
CARDS = 16

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@contextlib.contextmanager
def dask(*arguments: str):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:  # noqa: S603 - Dask itself
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path):
    told = tmp_path / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
    with dask("distributed.cli.dask_scheduler", *words):
        for _ in range(200):
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                yield json.loads(told.read_text())["address"]
                return
            time.sleep(0.05)
        pytest.fail("the scheduler did not start")


def worker(address: str, name: str):
    words = ("--nworkers", "1", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
    return dask("distributed.cli.dask_worker", address, *words)


def test_a_worker_dies_and_every_card_is_made_once(tmp_path, scheduler):
    world = build(tmp_path, CARDS)
    heard = []
    with (
        worker(scheduler, "victim") as victim,
        worker(scheduler, "other"),
        distributed.Client(scheduler, set_as_default=False) as watch,
    ):
        watch.wait_for_workers(2, timeout=30)
        (address,) = (at for at, info in watch.scheduler_info()["workers"].items() if info["name"] == "victim")

        def progress(outcome):
            heard.append(outcome)
            if victim.poll() is None and len(heard) > 2 and watch.processing()[address]:
                victim.kill()
                victim.wait()

        with StockRegister(tmp_path / "stock.db") as register:
            report = run(world.setting(tmp_path / "cards"), world.both, register, Cluster(scheduler), progress)
            history = register.history(world.both.header.batch)
            again = run(world.setting(tmp_path / "cards"), world.both, register, Cluster(scheduler), progress)
    assert victim.poll() is not None, "nothing was killed: the test shows nothing"
    assert 2 < len(heard) == CARDS, "each row is told once, and none by the second run"
    assert {outcome.seq for outcome in heard} == {record.seq for record in world.both.records}
    assert report.complete
    assert again.earlier == CARDS
    assert [claim.state for claim in history] == [StockState.MADE] * CARDS
    assert len({claim.serial for claim in history}) == CARDS
    found = sorted((tmp_path / "cards").iterdir())
    files = [file for file in found if file.suffix == ".card"]
    # Beside a card that was opened once more, its worker being gone, SQLite leaves a journal with nothing in it.
    # What the victim was writing when it was killed lies under no card's name.
    others = {file.name: file.stat().st_size for file in found if file not in files}
    assert not {name: size for name, size in others.items() if size and not name.startswith(".dualcos-")}
    assert [file.name for file in files] == sorted(f"{claim.serial:08X}.card" for claim in history)
    told = {outcome.serial: outcome.atr for outcome in heard}
    for file in files:
        card = dualcos.open_card(file)
        assert card.atr.hex().upper() == told[int(file.stem, 16)]
        card.close()


def test_all_workers_dead_is_said_and_the_rest_made_later(tmp_path, scheduler, monkeypatch):
    monkeypatch.setattr(job_pool, "_PATIENCE", 0.2)
    world = build(tmp_path, 8)
    with StockRegister(tmp_path / "stock.db") as register:
        with worker(scheduler, "only") as only, distributed.Client(scheduler, set_as_default=False) as watch:
            watch.wait_for_workers(1, timeout=30)
            with pytest.raises(JobPoolError, match="all workers are gone"):
                run(world.setting(tmp_path / "cards"), world.both, register, Cluster(scheduler), lambda _: only.kill())
        report = run(world.setting(tmp_path / "cards"), world.both, register)
    assert report.complete
    assert len(list((tmp_path / "cards").iterdir())) == 8


@pytest.mark.parametrize(
    "address", ["tcp://192.0.2.7:8786", "192.0.2.7:8786", "cluster.example:8786", "ws://[2001:db8::1]:1"]
)
def test_beyond_this_machine_only_tls(address):
    with pytest.raises(JobPoolError, match="only tls:// is spoken"):
        Cluster(address)


@pytest.mark.parametrize("address", ["tls://192.0.2.7:8786", "tcp://127.0.0.1:1", "localhost:8786", "tcp://[::1]:1"])
def test_tls_and_this_machine_are_taken(address):
    assert Cluster(address).address == address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://192.0.2.7:8786", "only tls:// is spoken"),
        ("tls://127.0.0.1:1", "TLS expects"),
    ],
)
def test_on_the_command_line_it_is_one_line(tmp_path, monkeypatch, capsys, address, said):
    monkeypatch.chdir(tmp_path)
    assert cli(["keys", "key-file", "lock"]) == 0
    assert cli(["keys", "invent", "k", "--seed", "1", "--lock", "file:lock"]) == 0
    chips = ["--mode", "chips", "--count", "2", "-o", "chips", "--maker", "k/maker.keys", "--lock", "file:lock"]
    capsys.readouterr()
    assert cli(["personalise", *chips, "--cluster", address]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_a_cluster_without_workers_is_said_at_once(scheduler):
    with pytest.raises(JobPoolError, match="has no workers"):
        list(Cluster(scheduler).run(lambda job: job, []))
