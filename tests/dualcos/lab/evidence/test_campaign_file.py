"""The campaign file: a line is there whole or not at all, and whoever goes on finds what was written before."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from dualcos.lab.evidence import campaign_file
from dualcos.lab.evidence.campaign_file import (
    CampaignFile,
    CampaignFileError,
    ChainBrokenError,
    chain_of,
    looks_like_campaign,
)
from tests.failing_disk import BROKEN, FULL, Disk
from tests.honest_campaigns import IDS, begun, in_reader, judged, session, whole, written


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "c.jsonl"


def records_of(path: Path) -> tuple:
    return chain_of(path.read_bytes()).records


def test_the_chain_can_be_worked_out_with_nothing_but_sha256(path):
    """As the file's description says, by a program that shares nothing with this one."""
    written(path, in_reader())
    before = bytes(32)
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    for line in lines:
        assert json.loads(line)["record"]
        chain, record = line[10:74], line[85:-1]
        assert line == b'{"chain":"' + chain + b'","record":' + record + b"}"
        before = hashlib.sha256(before + record).digest()
        assert before.hex().encode() == chain
    assert chain_of(path.read_bytes()).root == before


def test_what_was_written_is_read_and_gone_on_with(path):
    records = in_reader()
    written(path, records[:5])
    with CampaignFile(path) as file:
        assert list(file.records) == records[:5]
        for record in records[5:]:
            file.append(record, durable=True)
        assert list(file.records) == records
        assert file.root == chain_of(path.read_bytes()).root
    chain = chain_of(path.read_bytes())
    assert list(chain.records) == records
    assert (chain.size, chain.torn) == (path.stat().st_size, 0)


def test_whatever_the_end_of_a_line_lacks_the_next_session_cuts_off(path):
    records = [whole()[0], begun("A")]
    content = written(path, records).read_bytes()
    for length in range(chain_of(content).ends[0], len(content)):
        path.write_bytes(content[:length])
        with CampaignFile(path) as file:
            assert len(file.records) == 1
            file.append(session(20))
        assert records_of(path) == (records[0], session(20))


@pytest.mark.parametrize("tail", [b"\0" * 700, b'{"chain":"0' + b"\0" * 9])
def test_zeros_that_a_power_loss_left_are_cut_off(path, tail):
    content = written(path, whole()).read_bytes()
    path.write_bytes(content + tail)
    with CampaignFile(path):
        pass
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content", [b"root:x:0:0\n", b"no line", b"{}\n", b'{"chain":"00","record":{}}\n', b'\0{"chain":"']
)
def test_a_foreign_file_is_refused_and_stays(path, content):
    path.write_bytes(content)
    with pytest.raises(CampaignFileError, match=r"no line of a campaign file"), CampaignFile(path):
        pass
    assert path.read_bytes() == content


def test_a_campaign_that_was_changed_is_not_gone_on_with(path):
    content = written(path, whole()).read_bytes()
    path.write_bytes(content.replace(IDS[1].encode(), b"TEST-X-2"))
    with pytest.raises(CampaignFileError, match="record 4: it is not what was written here"), CampaignFile(path):
        pass


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (b'{"record":"begun","at":"2026-11-29T08:00:00Z","id":"A","id":"B"}', "it has id twice"),
        (b'{"record":"begun","at":"2026-11-29T08:00:00Z","id":"A","more":1}', "has no field more"),
        (b'{"record":"begun","at":"2026-11-29 08:00:00","id":"A"}', r"\$.at takes text of the form"),
        (b'{"record":"other","at":"2026-11-29T08:00:00Z"}', r"\$.record does not take 'other'"),
        (b"[]", r"takes a table, not a list"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
    ],
)
def test_a_record_of_another_form_is_refused_though_it_is_chained(record, said):
    chain = hashlib.sha256(bytes(32) + record).hexdigest().encode()
    with pytest.raises(ChainBrokenError, match=f"record 1: .*{said}"):
        chain_of(b'{"chain":"' + chain + b'","record":' + record + b"}\n")


def test_what_has_nothing_of_a_campaign_file_does_not_look_like_one(path):
    content = written(path, whole()).read_bytes()
    assert looks_like_campaign(content)
    assert looks_like_campaign(b"x" + content[1:])
    assert looks_like_campaign(content[:40])
    assert not looks_like_campaign(b"root:x:0:0\n")
    assert not looks_like_campaign(b"")


# --- one process, and what ends it -----------------------------------------------------------------------------------


def test_two_processes_do_not_write_one_campaign(path):
    with CampaignFile(path) as file:
        file.append(whole()[0])
        with pytest.raises(CampaignFileError, match="being written by another campaign"), CampaignFile(path):
            pass
        file.append(session())
    assert len(records_of(path)) == 2


@pytest.mark.parametrize("another", [False, True])
def test_who_waited_for_a_file_that_is_gone_does_not_write_into_nothing(path, monkeypatch, another):
    """The name was taken away, or given to another file, between opening and locking."""
    locked = campaign_file.fcntl.flock

    def late(file: int, how: int) -> None:
        path.rename(path.with_name("away"))
        if another:
            path.touch()
        locked(file, how)

    monkeypatch.setattr(campaign_file.fcntl, "flock", late)
    with pytest.raises(CampaignFileError, match="taken away by another campaign"), CampaignFile(path):
        pass


def test_where_nothing_came_of_it_no_file_is_left(path):
    with CampaignFile(path):
        assert path.exists()
    assert not path.exists()
    path.touch()
    with CampaignFile(path):
        pass
    assert path.exists(), "it was there before"


def test_outside_of_its_block_nothing_is_written(path):
    file = CampaignFile(path)
    with pytest.raises(CampaignFileError, match="is not open"):
        file.append(session())
    with file:
        file.append(whole()[0])
    with pytest.raises(CampaignFileError, match="is not open"):
        file.append(session())


@pytest.mark.parametrize("failure", [FULL, BROKEN], ids=str)
def test_a_disk_that_fails_leaves_whole_lines_and_the_campaign_goes_on(path, failure):
    """Half a line written, then the disk is full: the record has not happened, the next one follows the last."""
    written(path, whole()[:3])
    with CampaignFile(path) as file:
        real = os.write

        def half(handle: int, content: bytes) -> int:
            return real(handle, bytes(content)[: max(1, len(content) // 2)])

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "write", half)
            file.append(whole()[3])  # written bit by bit, it is whole all the same
            with Disk(3, failure).in_use(), pytest.raises(OSError, match=r"space|output"):
                file.append(whole()[4])
        assert len(file.records) == 4
        file.append(whole()[4])
    assert list(records_of(path)) == whole()[:5]


def test_a_line_that_is_not_surely_on_disk_has_not_happened(path):
    with CampaignFile(path) as file:
        file.append(whole()[0])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(5, "Input/output error")))
            with pytest.raises(OSError, match="Input/output"):
                file.append(begun("A"), durable=True)
        assert len(file.records) == 1
    assert list(records_of(path)) == whole()[:1]


@pytest.mark.parametrize("more", [[session()], []], ids=["gone on with", "left"])
def test_an_interruption_anywhere_in_an_append_breaks_no_chain(path, more):
    """Ctrl-C comes between any two lines of Python: the record is there or not, and the one behind it fits."""

    class Interruption:
        def __init__(self, at: int) -> None:
            self.left = at

        def __call__(self, frame, event, _arg):
            if frame.f_code.co_filename != campaign_file.__file__:
                return None
            if event == "line":
                self.left -= 1
                if not self.left:
                    raise KeyboardInterrupt
            return self

    at, outcomes = 0, set()
    while True:
        at += 1
        path.unlink(missing_ok=True)
        with CampaignFile(path) as file:
            file.append(whole()[0])
            interruption = Interruption(at)
            old = sys.gettrace()
            sys.settrace(interruption)
            try:
                file.append(judged("A"))
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(old)
            there = len(file.records)
            for record in more:
                file.append(record)
        outcomes.add(there)
        assert list(records_of(path)) == [whole()[0], judged("A")][:there] + more, at
        if interruption.left > 0:
            break
    assert (outcomes, at > 10) == ({1, 2}, True)


def test_killed_at_any_time_whole_lines_are_left(path):
    """kill -9 at random points of a process that writes without end."""
    program = (
        "import sys\n"
        "from pathlib import Path; from itertools import count\n"
        "from tests.honest_campaigns import judged, campaign\n"
        "from dualcos.lab.evidence.campaign_file import CampaignFile\n"
        "with CampaignFile(Path(sys.argv[1])) as file:\n"
        "    if not file.records: file.append(campaign())\n"
        "    print(len(file.records), flush=True)\n"
        "    for n in count(): file.append(judged(f'TEST-{n}')); print(n, flush=True)\n"
    )
    drawn, before = random.Random(4), 0  # noqa: S311 - where to kill
    root = str(Path(__file__).parents[4])
    for _ in range(2):
        command = [sys.executable, "-c", program, str(path)]
        with subprocess.Popen(  # noqa: S603 - the lines above
            command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": root}
        ) as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) >= before
            for _ in range(drawn.randrange(1, 60)):
                process.stdout.readline()
            process.kill()
        before = len(records_of(path))
        assert before > 1
