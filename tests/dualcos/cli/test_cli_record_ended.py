"""``dualcos record`` where something comes in between: what is kept, what is left behind, and what is not replaced."""

# ruff: noqa: S603 - the command lines are our own

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import dualcos
from dualcos.cli.main import run
from dualcos.cli.replay import read_trace
from keys.custody import whole_file
from tests.dualcos.cli.recorded_programs import CHALLENGE, SSSE, VERIFY, commands, program
from tests.dualcos.lab.recorder.captured_packets import packets
from tests.dualcos.reader.wire import WireClient

ROOT = Path(__file__).parents[3]
OLD, PROFILE = b"old", Path(dualcos.__file__).parent / "profile" / "cards" / "social-2.0.toml"


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run in an empty folder; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


@contextmanager
def recording(*words: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``dualcos record session`` in a process of its own; killed if it is still there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "dualcos", "record", "session", *words]
    # Whoever runs the tests may ignore it (nohup), and what they start would, too.
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    process = subprocess.Popen(argv, cwd=cwd, env=environment, stdout=subprocess.PIPE)
    signal.signal(signal.SIGHUP, hung_up)
    with process:
        try:
            yield process
        finally:
            process.kill()


def until(told: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + 20
    while not told():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_killed_while_it_records_what_was_answered_before_is_there(tmp_path):
    """But for the last moment, of which a busy machine is given more than README says."""
    path, trace, answered = tmp_path / "socket", tmp_path / "a.trace", list[float]()
    with recording("-o", str(trace), "--socket", str(path), "social-2.0", cwd=tmp_path) as process:
        until(path.exists)

        def sending() -> None:
            with suppress(Exception), WireClient(str(path)) as client:  # the service goes away under it
                _, card, _ = client.connect(client.states()[0].name, wanted=1)
                while True:
                    client.transmit(card, bytes.fromhex(CHALLENGE))
                    answered.append(time.monotonic())
                    time.sleep(0.001)

        terminal = threading.Thread(target=sending)
        terminal.start()
        until(lambda: len(answered) > 400)
        killed, sent = time.monotonic(), len(answered)
        process.send_signal(signal.SIGKILL)
        process.wait()
        terminal.join(20)
    kept = commands(str(trace))
    assert set(kept) == {CHALLENGE}
    assert sum(at < killed - 0.3 for at in answered[:sent]) <= len(kept) <= len(answered) + 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_the_program_runs_there_is_the_capture_too(tmp_path, number):
    sent = (SSSE, CHALLENGE)
    waits = program(*sent, then="__import__('time').sleep(60)")
    with recording("-o", "a.trace", "--pcap", "a.pcap", "social-2.0", *waits, cwd=tmp_path) as process:
        assert process.stdout is not None
        for _ in range(1 + len(sent)):
            process.stdout.readline()
        process.send_signal(number)
        assert process.wait(20) == 128 + number
    assert commands(str(tmp_path / "a.trace")) == list(sent)
    assert len(packets((tmp_path / "a.pcap").read_bytes())) == 1 + 2 * len(sent)


@pytest.mark.parametrize(("ending", "code"), [(0, 74), (7, 7)])
def test_a_capture_that_cannot_be_written_leaves_the_programs_exit_code(said, monkeypatch, ending, code):
    put = whole_file._put

    def late(part: Path, path: Path, *, replace: bool) -> None:
        if path.name == "a.pcap":
            path.write_bytes(OLD)
        put(part, path, replace=replace)

    monkeypatch.setattr(whole_file, "_put", late)
    ends = program(SSSE, then=f"raise SystemExit({ending})")
    found, _, err = said("record", "session", "-o", "a.trace", "--pcap", "a.pcap", "social-2.0", *ends)
    assert found == code
    assert "a.pcap cannot be written: File exists; `dualcos record pcap a.trace -o FILE` makes it" in err.replace(
        f"{sys.executable} -m ", ""
    )
    assert Path("a.pcap").read_bytes() == OLD
    assert commands("a.trace") == [SSSE]


def test_on_a_full_disk_what_is_there_is_read(said, monkeypatch):
    """A line that found no room is torn; the capture is made of those before it, as far as there is room for that."""

    class Full:
        """Takes so many bytes, and part of the line behind them."""

        def __init__(self, under: object) -> None:
            self.under, self.room = under, 800

        def write(self, lines: bytes) -> None:
            taken, self.room = lines[: self.room], self.room - len(lines)
            self.under.write(taken)
            if self.room < 0:
                self.under.flush()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def __getattr__(self, name: str) -> object:
            return getattr(self.under, name)

    open_new = whole_file.open_new
    monkeypatch.setattr("dualcos.cli.trace_file.open_new", lambda *path, **how: Full(open_new(*path, **how)))
    words = ("record", "session", "-o", "a.trace", "--pcap", "a.pcap", "social-2.0")
    code, _, err = said(*words, *program(*[CHALLENGE] * 20, then="raise SystemExit(7)"))
    assert code == 7
    assert "no trace from here" in err
    raw = Path("a.trace").read_bytes()
    assert len(raw) == 800
    assert not raw.endswith(b"\n")
    kept = commands("a.trace")
    assert 0 < len(kept) < 20
    assert len(packets(Path("a.pcap").read_bytes())) == 1 + 2 * len(kept)


@pytest.mark.parametrize("words", [("record", "session", "-o"), ("run", "--trace")], ids=" ".join)
def test_a_program_that_cannot_be_started_leaves_no_record(said, words):
    """And none is replaced."""
    assert said(*words, "a.trace", "social-2.0", "--", "./none")[0] == 2
    assert not Path("a.trace").exists()
    Path("a.trace").write_bytes(OLD)
    assert said(*words, "a.trace", "--force", "social-2.0", "--", "./none")[0] == 2
    assert Path("a.trace").read_bytes() == OLD
    assert said(*words, "a.trace", "--force", "social-2.0", "--", "true")[0] == 0
    assert read_trace("a.trace", may_be_empty=True).about("")["card"] == "social-2.0"


def test_what_only_the_record_names_is_not_replaced(said):
    for name in ("own.toml", "other.toml"):
        Path(name).write_bytes(PROFILE.read_bytes())
    assert said("send", "own.toml", SSSE, "--trace", "a.trace")[0] == 0
    Path("link.toml").symlink_to("own.toml")
    for output in ("own.toml", "link.toml"):
        code, _, err = said("record", "vector", "a.trace", "-o", output, "--force")
        assert (code, err.count("\n")) == (2, 1)
        assert f"{output} exists already and is what the command reads as own.toml" in err
    assert Path("own.toml").read_bytes() == PROFILE.read_bytes()
    assert said("record", "vector", "a.trace", "-o", "other.toml", "--force")[0] == 0


def test_what_only_vectors_name_is_not_replaced(said):
    Path("own.toml").write_bytes(PROFILE.read_bytes())
    Path("routines.json").write_text('{"routines": {}}', "utf-8")
    assert said("send", "own.toml", SSSE, "--trace", "a.trace")[0] == 0
    assert said("record", "vector", "a.trace", "-o", "v.json")[0] == 0
    before = Path("routines.json").read_bytes()
    for output in ("own.toml", "routines.json"):
        code, _, err = said("conform", "v.json", "--junit", output, "--force")
        assert (code, err.count("\n")) == (2, 1)
        assert f"--junit {output} exists already and is what the command reads" in err
    assert (Path("own.toml").read_bytes(), Path("routines.json").read_bytes()) == (PROFILE.read_bytes(), before)
    assert said("conform", "v.json", "--junit", "v.xml", "--force")[0] == 0


def test_a_draft_is_in_no_file_while_it_is_played(said, monkeypatch, tmp_path):
    """With a PIN in it; whatever ends the process meanwhile leaves nothing behind."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    said("send", "social-2.0", SSSE, f"{VERIFY}271828", "--trace", "a.trace", "--unsafe-trace")
    before = set(tmp_path.rglob("*"))

    def stopped(*_: object, **__: object) -> None:
        assert set(tmp_path.rglob("*")) == before
        raise SystemExit(143)

    monkeypatch.setattr("dualcos.lab.recorder.draft_played.play", stopped)
    assert said("record", "vector", "a.trace", "-o", "v.json")[0] == 143
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("json_too", [False, True])
def test_a_draft_on_the_standard_output_stands_there_alone(said, json_too):
    Path("own.toml").write_bytes(PROFILE.read_bytes())
    said("send", "own.toml", SSSE, "--trace", "a.trace")
    code, out, err = said("record", "vector", "a.trace", "-o", "-", *(["--json"] if json_too else []))
    assert code == 0
    assert json.loads(out)["profile"] == "own.toml", "seen from here"
    assert (json.loads(err)["profile"] == "own.toml") if json_too else err.startswith("/dev/stdout: RECORDED-")
    Path("v.json").write_text(out, "utf-8")
    assert said("conform", "v.json")[0] == 0


@pytest.mark.parametrize(
    "words",
    [("record", "session", "social-2.0", "-o", "-"), ("serve", "social-2.0", "--trace", "-"),
     ("send", "social-2.0", SSSE, "--trace", "-")],
    ids=lambda words: " ".join(words[:2]),
)  # fmt: skip
def test_a_trace_on_the_standard_output_stands_there_alone(said, monkeypatch, words):
    monkeypatch.setattr("dualcos.cli.serve._waited", lambda: None)
    code, out, err = said(*words)
    assert code == 0
    first, *_ = map(json.loads, out.splitlines())
    assert first["card"] == "social-2.0"
    assert "ATR" in err
