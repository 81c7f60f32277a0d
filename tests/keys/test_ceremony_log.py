"""The ceremony log after a cut: at every byte of the last line, and between log and store, it takes entries again,
loses nothing, and every line of it is still bound by the chain.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keys.custody import ceremony_log
from keys.custody.ceremony_log import JournalError

TIME = "2026-11-28T19:00:00+00:00"
# What file systems leave where a line was being written: nothing, or the room it was to have.
FILLS = {"cut short": b"", "room filled with zeros": b"\0"}


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log of two entries. Its disk is not waited for: thousands of entries are written."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    path = tmp_path / "bank.keys.log"
    first = note(path, "", "store made")
    return path, note(path, first, "generated")


def note(path: Path, last: str, action: str) -> str:
    return ceremony_log.append(path, last, TIME, ("管理员甲", "B"), action, {"kmc/1": "575613"}, "测试")


def actions(path: Path, last: str) -> list[tuple[str, bool]]:
    return [(line.entry.action if line.entry else "torn", line.done) for line in ceremony_log.read(path, last).lines]


SOUND = [("store made", True), ("generated", True)]


@pytest.mark.parametrize("fill", FILLS)
def test_a_line_cut_at_any_byte_stays_and_the_log_goes_on(log, fill):
    path, last = log
    before = path.read_bytes()
    note(path, last, "sent")
    line = path.read_bytes()[len(before) :]
    for at in range(len(line)):
        left = before + line[:at] + FILLS[fill] * (len(line) - at)
        path.write_bytes(left)
        found = ceremony_log.read(path, last)
        assert len(found.entries) - 2 == int(at == len(line) - 1 and not FILLS[fill])
        assert len(found.remarks) == int(len(left) > len(before)), at
        again = note(path, last, "joined")
        assert path.read_bytes().startswith(left)
        done = actions(path, again)
        assert done[:2] == SOUND
        assert done[-1] == ("joined", True)
        assert not any(each for _, each in done[2:-1])
        assert not ceremony_log.read(path, again).remarks
        assert actions(path, note(path, again, "sent"))[-1] == ("sent", True)


def test_a_second_cut_behind_the_first_is_the_same(log):
    path, last = log
    before = path.read_bytes()
    note(path, last, "sent")
    torn = path.read_bytes()[: len(before) + 40]
    path.write_bytes(torn)
    note(path, last, "joined")
    behind = path.read_bytes()[len(torn) :]
    for at in range(len(behind)):
        path.write_bytes(torn + behind[:at])
        again = note(path, last, "received")
        found = actions(path, again)
        assert found[:2] == SOUND
        assert found[-1] == ("received", True)
        assert len(found) == 4 + int(at > 1)
        assert path.read_bytes().startswith(torn + behind[:at])


@pytest.mark.parametrize("undone", [1, 2, 3])
def test_an_action_that_was_noted_and_not_saved_is_told_and_passed_over(log, undone):
    path, last = log
    for number in range(undone):
        note(path, last, f"generated {number}")
    remarks = ceremony_log.read(path, last).remarks
    assert [f"line {3 + undone - 1} notes «generated {undone - 1}»" in remark for remark in remarks][-1]
    assert len(remarks) == undone
    again = note(path, last, "sent")
    passed_over = [(f"generated {number}", False) for number in range(undone)]
    assert actions(path, again) == [*SOUND, *passed_over, ("sent", True)]
    further = note(path, again, "joined")
    assert actions(path, further) == [*SOUND, *passed_over, ("sent", True), ("joined", True)]
    assert not ceremony_log.read(path, further).remarks


def test_an_older_copy_of_the_store_is_told(log):
    """It cannot be told from a store that was not saved, and the sentence says both."""
    path, last = log
    note(path, last, "sent")
    (remark,) = ceremony_log.read(path, last).remarks
    assert "or is an older copy" in remark


def test_nothing_in_the_log_can_be_changed_unseen(log):
    """With a torn line, and an action that was not saved, among the others."""
    path, last = log
    note(path, last, "not saved")
    path.write_bytes(path.read_bytes() + b'{"time":"2026-11-28T1')
    last = note(path, note(path, last, "joined"), "sent")
    whole = path.read_bytes()
    assert actions(path, last) == [*SOUND, ("not saved", False), ("torn", False), ("joined", True), ("sent", True)]
    for at in range(0, len(whole) - 1, 3):
        path.write_bytes(whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :])
        with pytest.raises(JournalError):
            ceremony_log.read(path, last)
    lines = whole.splitlines(keepends=True)
    for at in range(len(lines)):
        path.write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
        with pytest.raises(JournalError):
            ceremony_log.read(path, last)


@pytest.mark.parametrize("tail", [b"{}\n", b"words\n", b'{"a":1', b"\xff\xfe", b"{}", b'{"time":1}\n' * 2])
def test_what_does_not_begin_as_an_entry_is_no_torn_one(log, tail):
    path, last = log
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(JournalError, match="line 3 is no entry"):
        ceremony_log.read(path, last)


def test_a_last_line_that_the_store_knows_needs_no_line_end(log):
    path, last = log
    path.write_bytes(path.read_bytes()[:-1])
    assert actions(path, last) == SOUND
    assert actions(path, note(path, last, "sent")) == [*SOUND, ("sent", True)]


def test_a_new_log_is_made_once(tmp_path):
    path = tmp_path / "log"
    ceremony_log.append(path, "", TIME, ("A",), "store made", {}, new=True)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        ceremony_log.append(path, "", TIME, ("B",), "store made", {}, new=True)
    assert path.read_bytes() == before


def test_a_new_log_that_cannot_be_written_is_not_there(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        ceremony_log.append(tmp_path / "log", "", TIME, ("A",), "store made", {}, new=True)
    assert not list(tmp_path.iterdir())
