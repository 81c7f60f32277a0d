"""A disk that is full, broken, read-only or closed, at the n-th thing that is asked of it, for every n.

Whatever a command was writing, it ends with one clear line and leaves whole files or none; when the disk is mended, the
same command does what is left to do, and no card is made twice.
"""

from __future__ import annotations

import os
import re
import shutil
from itertools import count
from pathlib import Path

import pytest
from commands_with_files import one_parser, typed

import dualcos
from dualcos.cli import main
from dualcos.issuance.personaliser.stock_register import StockRegister, StockState
from keys.custody import whole_file
from tests.failing_disk import BROKEN, FAILURES, FULL, Disk
from tests.mishaps import mishaps

__all__ = ["one_parser"]  # a fixture
pytestmark = pytest.mark.usefixtures("one_parser")

OLD, NEW = b"what was there before\n", b"what is to be there\n" * 5000
SAYS = (
    r"No space left|Disk quota|Input/output error|Read-only|Permission denied|no space is left|the disk fails|read-only"
)


def state(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- one file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
@pytest.mark.parametrize("replace", [False, True], ids=["new", "replaced"])
def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch, replace, links, failure):
    path = tmp_path / "file"
    if not links:
        monkeypatch.setattr(os, "link", lambda *_: os.open(tmp_path, os.O_WRONLY))  # no such thing here
    for at in count(1):
        path.unlink(missing_ok=True)
        if replace:
            path.write_bytes(OLD)
        disk = Disk(at, failure)
        with disk.in_use():
            told = complaint(path, replace=replace)
        if disk.count < at:
            break
        # A link that fails may be made otherwise; then there is nothing to complain of.
        assert told in (str(path), None if path.exists() and path.read_bytes() == NEW else str(path))
        left = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
        if failure.undone and told:
            assert left == ({"file": OLD} if replace else {}) or (replace and left == {"file": NEW})
        # Without links the name is taken by an empty file for a moment, which nobody can remove from such a disk.
        assert left.get("file", NEW) in (OLD, NEW, *([] if links or failure.undone else [b""]))
        for name in left.keys() - {"file"}:
            (tmp_path / name).unlink()
    assert at > 4, "nothing failed"
    assert path.read_bytes() == NEW


def complaint(path: Path, *, replace: bool) -> str | None:
    """The file that a failure names."""
    try:
        whole_file.write_whole(path, NEW, replace=replace)
    except OSError as error:
        return str(error.filename)
    return None


@pytest.mark.parametrize("before", [b"", OLD], ids=["empty", "behind others"])
def test_a_stream_that_ends_in_a_file_gets_all_or_nothing(tmp_path, before, monkeypatch):
    """As a shell hands over ``> file``: half of a card's keys must not stay there."""
    path, write = tmp_path / "file", os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:1000]))
    for at, failure in ((1, FULL), (2, BROKEN)):
        path.write_bytes(before)
        with path.open("ab") as file, Disk(at, failure).in_use(), pytest.raises(OSError, match="/dev/fd"):
            whole_file.write_whole(f"/dev/fd/{file.fileno()}", NEW)
        assert path.read_bytes() == before
    with path.open("ab") as file:
        whole_file.write_whole(f"/dev/fd/{file.fileno()}", NEW)
    assert path.read_bytes() == before + NEW


@pytest.mark.usefixtures("there")
def test_keys_in_clear_do_not_go_where_others_may_read(capfd):
    words = typed("card export", output=f"/dev/fd/{os.open('shown', os.O_CREAT | os.O_WRONLY, 0o644)}")
    assert main.run([*words, "--unsafe-secrets"]) == 2
    assert "others may read" in capfd.readouterr().err
    assert Path("shown").read_bytes() == b""
    Path("shown").chmod(0o600)
    assert main.run([*words, "--unsafe-secrets"]) == 0
    assert b"UNSAFE" in Path("shown").read_bytes()


# --- every command that leaves files -----------------------------------------------------------------------------

WRITING = {
    "issue": {"profile": "blank"},
    "card export": {"card": "blank"},
    "card export --unsafe-secrets": {"card": "blank"},
    "card import": {},
    "prepare": {},
    "match": {},
    "keys key-file": {},
    "keys invent": {},
    "keys pool": {},
    "sample": {},
}


@pytest.mark.parametrize("command", WRITING)
def test_every_write_of_a_command(there, capsys, command):
    name, _, secrets = command.partition(" --")
    words = [*typed(name, **WRITING[command]), *([f"--{secrets}"] if secrets else [])]
    before = state(there)
    for at in count(1):
        failure = FAILURES[at % len(FAILURES)]
        capsys.readouterr()
        disk = Disk(at, failure)
        with disk.in_use():
            code = main.run(words)
        told = capsys.readouterr().err
        if disk.count < at:
            break
        if code in (0, 1):  # it was asked for what can be had otherwise, or when all is there
            assert state(there).keys() > before.keys()
            clear(there, before)
            continue
        assert code == 2
        one_clear_line(told)
        left = state(there)
        for each in left.keys() - before.keys():
            assert not failure.undone, each
        assert {each: left[each] for each in before} == before
        clear(there, before)
    assert code == (name == "match")  # whose person has a card already
    assert at > 4, "nothing failed"


def clear(folder: Path, before: dict[str, bytes]) -> None:
    for each in state(folder).keys() - before.keys():
        (folder / each).unlink()


def one_clear_line(told: str) -> None:
    line = told.splitlines()[-1]
    assert line.startswith("dualcos: ")
    assert re.search(SAYS, line), line
    assert "a bug" not in told
    assert not mishaps(line.removeprefix("dualcos: "))


# --- personalise -------------------------------------------------------------------------------------------------


def chips(where, *words):
    return ["personalise", "--mode", "chips", "--count", "1", "-o", where, "--jobs", "1", "--maker", "k/maker.keys",
            "--lock", "file:lock", "--seed", "1", *words]  # fmt: skip


def all_whole(folder: Path, *, undone: bool) -> tuple[object, ...]:
    """Cards under their final names, the register, the reports: each is there whole or not at all. What there is."""
    cards = folder / "cards"
    for path in cards.glob(".dualcos-*"):
        assert not undone
        path.unlink()
    for path in cards.glob("*.card"):
        dualcos.open_card(path, detached=True)
    claims: tuple[object, ...] = ()
    if (folder / "stock.db").exists():
        with StockRegister(folder / "stock.db", "chips") as register:
            claims = tuple((claim.seq, claim.state) for claim in register.history("chips-out"))
    for name in ("feedback.csv", "states.csv"):
        report = folder / name
        assert not report.exists() or report.read_bytes().endswith(b"\r\n")
    return (claims, *sorted(path.name for path in (*folder.glob("*"), *cards.glob("*"))))


def made_once(folder: Path) -> None:
    with StockRegister(folder / "stock.db", "chips") as register:
        history = register.history("chips-out")
    assert [(claim.seq, claim.serial, claim.state) for claim in history] == [(1, 1, StockState.MADE)]
    assert sorted(path.name for path in (folder / "cards").iterdir()) == ["00000001.card"]


@pytest.mark.parametrize(("words", "step"), [((), 1), (("--durable",), 19)], ids=["plain", "durable"])
def test_every_write_of_a_batch(there, capsys, words, step):
    met = set()
    for at in count(1, step):
        shutil.rmtree(there / "out", ignore_errors=True)
        failure = FAILURES[at % len(FAILURES)]
        disk = Disk(at, failure)
        capsys.readouterr()
        with disk.in_use():
            code = main.run(chips("out", *words))
        if disk.count < at:
            assert code == 0
            break
        if code == 0:  # a link that failed once was made otherwise
            assert not failure.lasting
            made_once(there / "out")
            continue
        assert code == 2
        one_clear_line(capsys.readouterr().err)
        left = all_whole(there / "out", undone=failure.undone)
        if left in met:
            continue  # the next run can see no difference
        met.add(left)
        with Disk().in_use():
            assert main.run(chips("out", *words)) == 0
        made_once(there / "out")
    assert at > 30
