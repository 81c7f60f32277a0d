"""Two people at one key store: both keys are in it afterwards, and both entries in its log. After a cut it goes on."""

# ruff: noqa: S603 - the command lines are our own

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands_with_files import COMMANDS, one_parser, typed  # noqa: F401 - one is a fixture

from dualcos.cli import keys, main
from dualcos.cli.main import run
from dualcos.issuance.bank.rsa_pool import RsaPool
from firewall.hardware.randomness import SystemRng
from keys.custody import ceremony_log
from keys.custody.ceremony_log import LOG
from keys.custody.exclusive_use import used_alone
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import Purpose
from keys.custody.sealing import LockSource

LOCK = ("--lock", "file:lock")
ROOT = Path(__file__).parents[3]
CHANGING = [name for name, line in COMMANDS.items() if name.startswith("keys ") and "@store=k/" in line]
CHANGING = [name for name in CHANGING if name not in ("keys list", "keys log")]


@pytest.fixture
def place(tmp_path, monkeypatch, one_parser):  # noqa: ARG001, F811 - a fixture that this one needs
    monkeypatch.chdir(tmp_path)
    Path("k").mkdir()
    assert run(["keys", "key-file", "lock"]) == 0
    assert run(["keys", "init", "k/bank.keys", "--owner", "bank", *LOCK]) == 0
    assert run(["keys", "generate", "k/bank.keys", "kmc", "--purpose", "kmc", *LOCK]) == 0
    for name in ("part", "part2"):
        Path(name).write_text("C2A4E69018B7D35F7E6021F394A8C5DB D08440", encoding="utf-8")
    return tmp_path


def generate(name: str, *more: str) -> list[str]:
    return ["keys", "generate", "k/bank.keys", name, "--purpose", "kmc", *LOCK, *more]


def logged(capsys) -> list[str]:
    capsys.readouterr()
    assert run(["keys", "log", "k/bank.keys", *LOCK]) == 0
    return [line.partition("  ")[2] for line in capsys.readouterr().out.splitlines()]


def test_two_processes_that_enter_keys_at_once_lose_nothing(place, capsys):
    """The one is here and has the store; the other, a real one, comes meanwhile, and is told to wait."""
    lock = LockSource("lock").lock({})
    with used_alone("k/bank.keys"):
        store = KeyFile.open("k/bank.keys", lock)
        other = subprocess.Popen(
            [sys.executable, "-m", "dualcos", *generate("two", "--who", "two")],
            cwd=place,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "another process is changing it; waiting" in other.stderr.readline()
        key = store.generate("one", Purpose.KMC, "3DES", SystemRng())
        log = Path("k/bank.keys" + LOG)
        store.log = ceremony_log.append(log, store.log, "now", ("one",), "generated", {key.label: key.kcv})
        store.save("k/bank.keys", lock)
    assert other.communicate(timeout=60)[1] == ""
    assert other.returncode == 0
    lines = logged(capsys)
    assert [line.partition(":")[0] for line in lines[2:]] == ["one", "two"]
    assert not any("not done" in line for line in lines)
    assert [key.label for key in KeyFile.open("k/bank.keys", lock).entries()] == ["kmc/1", "one/1", "two/1"]


@pytest.mark.parametrize("command", CHANGING)
@pytest.mark.usefixtures("place")
def test_whatever_changes_a_store_has_it_alone_from_before_it_is_opened(monkeypatch, command):
    alone, seen, real = [], [], KeyFile.open

    @contextmanager
    def noted(path, _):
        alone.append(path)
        yield
        alone.pop()

    def opened(path, lock):
        seen.append(("opened", list(alone)))
        return real(path, lock)

    monkeypatch.setattr(keys, "used_alone", noted)
    monkeypatch.setattr(KeyFile, "open", opened)
    monkeypatch.setattr(KeyFile, "save", lambda *_, **__: seen.append(("saved", list(alone))))
    run(typed(command))
    assert seen
    assert all(held == ["k/bank.keys"] for _, held in seen)


@pytest.mark.usefixtures("place")
def test_a_pool_grows_alone(monkeypatch):
    assert run(["keys", "pool", "pool", "--add", "1", *LOCK]) == 0
    held, real, opened = [], used_alone, RsaPool.open

    @contextmanager
    def noted(path, waits):
        with real(path, waits):
            held.append("taken")
            yield
            held.append("left")

    monkeypatch.setattr(keys, "used_alone", noted)
    monkeypatch.setattr(RsaPool, "open", lambda *how: held.append("opened") or opened(*how))
    assert run(["keys", "pool", "pool", "--add", "1", *LOCK]) == 0
    assert held == ["taken", "opened", "left"]


@pytest.mark.usefixtures("place")
def test_a_cut_while_an_entry_is_written_is_told_once_and_the_store_goes_on(capsys):
    log = Path("k/bank.keys" + LOG)
    whole = log.read_bytes()
    log.write_bytes(whole + whole.splitlines()[1][:70])
    capsys.readouterr()
    assert run(generate("one")) == 0
    assert "bank.keys.log line 3 was cut off while it was written: its action was not done" in capsys.readouterr().err
    assert run(generate("two")) == 0
    assert capsys.readouterr().err == ""
    assert run(["keys", "log", "k/bank.keys", *LOCK]) == 0
    assert capsys.readouterr().out.splitlines()[2] == "line 3 was cut off while it was written; not done"
    assert log.read_bytes().startswith(whole)


@pytest.mark.usefixtures("place")
def test_a_store_that_was_not_saved_after_its_entry_is_told_and_goes_on(capsys, monkeypatch):
    def cut(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(KeyFile, "save", cut)
        assert run(generate("lost")) == 2
    capsys.readouterr()
    assert run(generate("kept")) == 0
    assert "line 3 notes «generated», which this key store does not know" in capsys.readouterr().err
    lines = logged(capsys)
    assert "lost/1" in lines[2]
    assert lines[2].endswith("not done: the store was not saved")
    assert not lines[3].endswith("saved")
    assert run(["keys", "list", "k/bank.keys", *LOCK]) == 0
    told = capsys.readouterr()
    assert "kept/1" in told.out
    assert "lost/1" not in told.out


@pytest.mark.usefixtures("place")
def test_of_two_that_make_a_store_the_first_has_it(monkeypatch, capsys):
    """The second found no file when it looked, as the first had not begun: it leaves the first's log as it is."""
    monkeypatch.setattr(main, "demand_sound_files", lambda _: None)
    Path("k/new.keys.log").write_text("", encoding="utf-8")
    capsys.readouterr()
    assert run(["keys", "init", "k/new.keys", "--owner", "bank", *LOCK]) == 2
    assert "exists already" in capsys.readouterr().err
    assert Path("k/new.keys.log").read_text("utf-8") == ""
    assert not Path("k/new.keys").exists()


@pytest.mark.usefixtures("place")
def test_a_new_store_that_cannot_be_written_leaves_no_log(monkeypatch):
    def cut(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KeyFile, "save", cut)
    assert run(["keys", "init", "k/new.keys", "--owner", "bank", *LOCK]) == 2
    assert not Path("k/new.keys.log").exists()
