"""``dualcos fuzz firewall`` as a user sees it, in this process and on a real Dask cluster of this machine."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dualcos.cli.main import run
from dualcos.issuance.personaliser import job_pool
from dualcos.issuance.personaliser.job_pool import JobPoolError, trusted
from dualcos.lab.conformance import vector_file
from dualcos.lab.properties import list_of_properties
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import Player
from dualcos.lab.properties.traffic_steps import Do

ROOT = Path(__file__).parents[3]
QUICK = ("fuzz", "firewall", "--jobs", "1", "--examples", "5", "--property", "F1", "--property", "F9")


@pytest.fixture
def said(capfd, tmp_path):
    """Run and return code, stdout, stderr. Counterexamples go to ``tmp_path/found``."""

    def call(*argv: str) -> tuple[int, str, str]:
        code = run([*argv, "--save", str(tmp_path / "found")])
        return (code, *capfd.readouterr())

    return call


# --- in this process -------------------------------------------------------------------------------------------------


def test_each_property_is_told_and_the_sum(said, tmp_path):
    code, out, err = said(*QUICK, "--profile", "social-2.0", "--profile", "bank-cda")
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["F1", "F9"]
    assert "20 examples" in lines[-1]
    assert "on 2 profiles, seed 0: 0 properties violated" in lines[-1]
    assert not err
    assert not (tmp_path / "found").exists()


def test_results_are_kept_and_not_judged_again(said, tmp_path):
    path = tmp_path / "results.jsonl"
    first = said(*QUICK, "--profile", "social-2.0", "--results", str(path))
    kept = path.read_bytes()
    assert said(*QUICK, "--profile", "social-2.0", "--results", str(path)) == first
    assert path.read_bytes() == kept
    assert [json.loads(line)["shard"]["claim"] for line in kept.splitlines()] == ["F1", "F9"]
    more = said(*QUICK, "--profile", "social-2.0", "--results", str(path), "--seed", "1")
    assert more[1] != first[1]
    assert path.read_bytes().startswith(kept)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--property", "F99"),
        ("--profile", "no-such-profile"),
        ("--profile", "blank"),
        ("--examples", "0"),
        ("--hours", "-1"),
        ("--jobs", "-1"),
        ("--cluster", "tcp://198.51.100.1:8786"),
        ("--cluster", "nonsense"),
        ("--results", "."),
    ],
)
def test_wrong_input_is_one_line(said, arguments):
    code, out, err = said("fuzz", "firewall", "--property", "F9", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_foreign_results_file_is_one_line_and_stays(said, tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir,\n")
    code, _, err = said(*QUICK, "--results", str(path))
    assert (code, err.count("\n")) == (2, 1)
    assert path.read_text() == "Dear Sir,\n"


def test_a_violation_is_told_in_words_without_its_pin_and_kept_as_a_vector(said, tmp_path, monkeypatch):
    """The property that finds fault with everything."""

    def never(specimen, _case):
        bench = specimen.bench()
        bench.fresh()
        player = Player(bench)
        player.enter("ssse")
        player.play("ssse", (Do("verify_ok"),))
        mistaken = [(player.record[-1].command, b"\x69\x82")]
        raise Violation("F6", "a right PIN was accepted", player.record, mistaken)

    claims = tuple(
        claim._replace(check=never) if claim.identity == "F6" else claim for claim in list_of_properties.PROPERTIES
    )
    monkeypatch.setattr(list_of_properties, "PROPERTIES", claims)
    asked = ("fuzz", "firewall", "--jobs", "1", "--property", "F6", "--profile", "social-2.0")
    code, out, _ = said(*asked, "--results", str(tmp_path / "results.jsonl"))
    assert code == 1
    assert said(*asked, "--results", str(tmp_path / "results.jsonl"))[:2] == (code, out)  # told again, not run again
    assert "F6 violated on social-2.0" in out
    assert "VERIFY" in out
    assert "not shown 已屏蔽" in out
    assert "expected 6982" in out
    assert "123456" not in out.replace(" ", "")
    (path,) = (tmp_path / "found").iterdir()
    (case,) = vector_file.load(path)
    assert case.id == path.stem
    assert "1 property violated" in out.splitlines()[-1]


# --- where shards may be sent ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["tls://lab.example:8786", "tcp://127.0.0.1:8786", "127.0.0.2:1", "localhost:8786", "tcp://[::1]:8786"]
)
def test_tls_or_this_machine(address):
    assert trusted(address).endswith(address)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://10.0.0.1:8786",
        "lab.example:8786",
        "tcp://127.0.0.1.example:8786",
        "tcp://localhost.example:8786",
        "tcp://127.0.0.1@lab.example:8786",
        "tcp://0.0.0.0:8786",
        "ucx://lab.example:8786",
        "ws://127.0.0.1:8786",
        "inproc://127.0.0.1/1/1",
        "tls://lab.example",
        "tcp://127.0.0.1:99999",
        "tls://",
        "",
    ],
)
def test_anything_else_is_refused(address):
    with pytest.raises(JobPoolError, match="tls://"):
        trusted(address)


# --- a real cluster --------------------------------------------------------------------------------------------------

SHARDS = 8
needs_dask = pytest.mark.skipif(find_spec("distributed") is None, reason="the extra `cluster` is not installed")
CLAIMS = ("F1", "F4", "F5", "F9")
PATIENCE = 120  # seconds; a bound, not a measure


def python(module: str, *arguments: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    # To a file, not a pipe: nobody reads while the process runs.
    with log.open("a") as out:
        return subprocess.Popen(  # noqa: S603 - our own command and Dask's
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def until(done, what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, what
        time.sleep(0.05)


@pytest.fixture
def certified(tmp_path) -> dict[str, str]:
    """Dask's own settings for TLS: one invented key and certificate for everybody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dualcos test")])
    now = datetime.datetime.now(tz=datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, private = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(*form))
    prefix = "DASK_DISTRIBUTED__COMM__"
    settings = {f"{prefix}TLS__CA_FILE": str(pem), f"{prefix}REQUIRE_ENCRYPTION": "True"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{prefix}TLS__{role}__CERT": str(pem), f"{prefix}TLS__{role}__KEY": str(private)}
    return settings


class Cluster(SimpleNamespace):
    """Address, worker processes, settings."""


@pytest.fixture
def cluster(tmp_path):
    """Starts a scheduler and two workers as processes of their own, ended with the test."""
    with ExitStack() as stack:

        def start(protocol: str, settings: dict[str, str]) -> Cluster:
            where = tmp_path / "scheduler.json"
            common = ("--protocol", protocol, "--host", "127.0.0.1", "--no-dashboard")
            named, log = ("--scheduler-file", str(where)), tmp_path / "cluster.log"

            def begin(module: str, *more: str) -> subprocess.Popen[bytes]:
                process = python(f"distributed.cli.{module}", *common, *named, *more, log=log, **settings)
                stack.callback(end, process)
                return process

            begin("dask_scheduler", "--port", "0")
            until(where.exists, "no scheduler")
            workers = [
                begin("dask_worker", "--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path / str(n)))
                for n in range(2)
            ]
            return Cluster(address=json.loads(where.read_text())["address"], workers=workers, settings=settings)

        yield start


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def campaign(at: Cluster, path: Path, examples: int) -> subprocess.Popen[bytes]:
    claims = [word for claim in CLAIMS for word in ("--property", claim)]
    profiles = ("--profile", "social-2.0", "--profile", "bank-cda")
    there = ("--cluster", at.address, "--results", str(path), "--save", str(path.parent / "found"))
    return python(
        "dualcos",
        "fuzz",
        "firewall",
        "--examples",
        str(examples),
        *claims,
        *profiles,
        *there,
        log=path.with_suffix(".log"),
        **at.settings,
    )


def lines(path: Path) -> Iterator[dict[str, object]]:
    return map(json.loads, path.read_text().splitlines() if path.exists() else ())


def every_shard_once(path: Path) -> None:
    done = [json.dumps(result["shard"]) for result in lines(path)]
    assert len(set(done)) == len(done) == SHARDS
    assert {result["verdict"] for result in lines(path)} == {"held"}


@needs_dask
def test_a_killed_worker_of_a_cluster_loses_nothing_and_counts_nothing_twice(cluster, tmp_path):
    at = cluster("tcp", {})
    path = tmp_path / "results.jsonl"
    process = campaign(at, path, 40)
    try:
        until(lambda: len(list(lines(path))) > 2, "no results")
        at.workers[0].send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE)
    finally:
        end(process)
    out = path.with_suffix(".log").read_text()
    assert process.returncode == 0, out
    assert "0 properties violated" in out
    assert at.workers[0].wait() == -signal.SIGKILL
    every_shard_once(path)


@needs_dask
def test_a_cluster_over_tls(cluster, certified, tmp_path):
    at = cluster("tls", certified)
    assert at.address.startswith("tls://")
    path = tmp_path / "results.jsonl"
    process = campaign(at, path, 10)
    try:
        process.wait(timeout=PATIENCE)
    finally:
        end(process)
    assert process.returncode == 0, path.with_suffix(".log").read_text()
    every_shard_once(path)


@needs_dask
def test_a_scheduler_that_is_not_there_is_one_line(said, monkeypatch):
    monkeypatch.setattr(job_pool, "_PATIENCE", 1)
    code, out, err = said("fuzz", "firewall", "--property", "F9", "--cluster", "tcp://127.0.0.1:1")
    assert (code, out, err.count("\n")) == (2, "", 1)
