"""A trace as a capture file: what stands in it, and what stock tshark says of it.

* Of every session each command is a packet, and each answer; no packet is malformed, and each is ISO 7816.
* Where Wireshark's ISO 7816 cannot show what passed, a packet of bytes does, with a comment that says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dualcos.explain import RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.trace_file_lines import RecordedTrace, TraceError, header, read, written
from dualcos.lab.recorder.capture_of_trace import capture
from tests.dualcos.lab.recorder.captured_packets import SeenPacket, interfaces, packets
from tests.dualcos.lab.recorder.recorded_sessions import SESSIONS, record_of

ATR = bytes.fromhex("3B6D0000008144434F860099000000A1B2")
MALFORMED = "_ws.malformed || _ws.expert.severity >= 0x400000"
tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def seen(*records: RawRecord) -> list[SeenPacket]:
    return packets(captured(*records))


def captured(*records: RawRecord) -> bytes:
    lines = [header({"card": "x"}), *(written(each, at).decode() for at, each in enumerate(records, 1))]
    return b"".join(capture(read(lines)))


def shown(pdu: SeenPacket) -> tuple[str, str, str]:
    """Who sent it, for which dissector, its bytes."""
    return pdu.sender, pdu.dissector, pdu.data.hex().upper()


def asked(file: Path, which: str, *fields: str) -> list[list[str]]:
    """What tshark shows of the packets that fit a filter."""
    words = [
        "tshark",
        "-r",
        str(file),
        "-Y",
        which,
        "-T",
        "fields",
        *(word for each in fields for word in ("-e", each)),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)  # noqa: S603 - tshark
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_commands_answers_and_resets():
    at = 1_795_941_116.25
    found = seen(
        RawPower("cold", ATR, at=at),
        RawExchange(bytes.fromhex("0084000008"), bytes.fromhex("11223344556677889000"), "ssse", at=at + 1),
        RawPower("warm", ATR),
        RawSilence(bytes.fromhex("00B2010400"), "power was lost"),
        RawPower("off"),
        RawPower("cold", ATR),
    )
    assert list(map(shown, found)) == [
        ("<", "iso7816", ATR.hex().upper()),
        (">", "iso7816", "0084000008"),
        ("<", "iso7816", "11223344556677889000"),
        ("<", "iso7816", ATR.hex().upper()),
        (">", "iso7816", "00B2010400"),
        ("<", "iso7816", ATR.hex().upper()),
    ]
    assert [each.comments for each in found] == [
        ("cold reset",),
        ("GET CHALLENGE 取随机数",),
        (),
        ("warm reset",),
        ("no answer: power was lost", "READ RECORD 读记录"),
        ("power off", "cold reset"),
    ]
    assert [each.at for each in found[:2]] == [1_795_941_116_250_000, 1_795_941_117_250_000]


def test_what_is_secret_is_zeros_and_the_comment_says_which():
    verify = bytes.fromhex("0020000003123456")
    (command, answer) = seen(RawExchange(verify, b"\x90\x00", "ssse"))
    assert shown(command)[2] == "0020000003000000"
    assert command.comments[1] == "masked: bytes 5 to 7 are secret, zeros stand for them"
    hidden = RawExchange(
        bytes.fromhex("80FA0000080000000000000000"), b"\x90\x00", "psam", hidden=((5, 13),), answer_hidden=8
    )
    _, answer = seen(hidden)
    assert (shown(answer)[2], answer.comments) == (
        "00000000000000009000",
        ("masked: the first 8 bytes are secret, zeros stand for them",),
    )


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("00", "6700", [("data", "00"), ("iso7816", "6700")]),
        ("0084000002", "3B119000", [("iso7816", "0084000002"), ("data", "3B11"), ("iso7816", "9000")]),
        ("0084000002", "3F019000", [("iso7816", "0084000002"), ("data", "3F01"), ("iso7816", "9000")]),
        ("0084000002", "3B00", [("iso7816", "0084000002"), ("data", "3B00")]),
        ("0084000002", "90", [("iso7816", "0084000002"), ("data", "90")]),
        ("0084000002", "", [("iso7816", "0084000002")]),
    ],
)  # fmt: skip
def test_what_wireshark_would_take_for_malformed_is_bytes(command, answer, expected):
    found = seen(RawExchange(bytes.fromhex(command), bytes.fromhex(answer), "ssse"))
    assert [shown(each)[1:] for each in found] == expected
    assert all(each.comments for each in found if shown(each)[1] == "data")


def test_an_atr_that_is_none():
    (pdu,) = seen(RawPower("cold", bytes.fromhex("3BFF00")))
    assert shown(pdu)[1] == "data"
    assert pdu.comments[0] == "cold reset"
    assert pdu.comments[1].startswith("no ATR: ")
    assert seen(RawPower("cold", b"")) == []


def test_each_slot_is_an_interface():
    first = written(RawExchange(b"\x00\x84\x00\x00\x08", b"\x6f\x00"), 1).decode()
    second = written(RawExchange(b"\x00\x84\x00\x00\x04", b"\x6f\x00"), 1, "sam").decode()
    trace = read([header({"card": "x", "reader": "Reader 0"}), header({"card": "y"}, slot="sam"), first, second])
    raw = b"".join(capture(trace))
    assert [each.interface for each in packets(raw)] == [0, 0, 1, 1]
    assert interfaces(raw) == ["Reader 0", "sam"]


def together(traces: Iterable[RecordedTrace]) -> RecordedTrace:
    return RecordedTrace({}, tuple(line for trace in traces for line in trace.lines))


def test_of_every_session_all_is_there():
    for session in SESSIONS:
        trace = record_of(session)
        found = packets(b"".join(capture(trace)))
        sent = [each for each in found if shown(each)[0] == ">"]
        answered = [one for one in trace.lines if one.event == "command"]
        silent = [one for one in trace.lines if one.event == "silent"]
        assert len(sent) == len(answered) + len(silent)
        assert b"".join(each.data for each in found if shown(each)[0] == "<") == b"".join(
            bytes(getattr(one.record, "answer_hidden", 0)) + one.expected for one in trace.lines
        )


words = st.builds(bytes.fromhex, st.sampled_from(("9000", "6A82", "6110", "3B00", "")))
commands = st.one_of(
    st.binary(max_size=12),
    st.builds(
        lambda cla, ins, data, le: bytes((cla, ins, 0, 4)) + (bytes((len(data),)) + data if data else b"") + le,
        st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20), st.sampled_from((b"", b"\0", b"\x10")),
    ),
)  # fmt: skip


answers = st.builds(lambda data, word: (data + word).hex(), st.binary(max_size=40), words)
long_texts = st.builds(lambda piece, count: piece * count, st.sampled_from(("w", "字")), st.integers(0x5554, 0x10001))
texts = st.one_of(st.text(max_size=20), long_texts)
numbers = st.one_of(st.integers(), st.sampled_from((2, 0x10002, 0x10003, 10**14)))
times = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from((0, -1, 1e308, 253402300799.9)))
commands_in_hex = commands.map(bytes.hex)
exchanged = st.fixed_dictionaries(
    {"command": commands_in_hex, "answer": answers},
    optional={"at": times, "env": texts, "masked": st.booleans(), "hidden": numbers, "answer_hidden": numbers},
)
silent = st.fixed_dictionaries(
    {"event": st.just("silent"), "why": texts}, optional={"at": times, "command": commands_in_hex, "hidden": numbers}
)
powered = st.fixed_dictionaries(
    {"event": st.sampled_from(("cold", "warm", "off"))}, optional={"at": times, "atr": st.just(ATR.hex())}
)
passed = st.one_of(exchanged, silent, powered)


@given(st.dictionaries(st.just("reader"), texts), st.lists(passed, max_size=4))
@example({"reader": "r" * 0x10000}, [{"event": "silent", "why": "字" * 0x10000, "command": "00840000"}])
def test_whatever_is_read_as_a_trace_is_a_capture(about, lines):
    """All that a file may say: what is no trace is refused, and what is one can be shown."""
    try:
        trace = read([header(about), *(json.dumps({"seq": 1} | each) for each in lines)], may_be_empty=True)
    except TraceError:
        return
    raw = b"".join(capture(trace))
    assert all(0 <= each.at < 253402300800_000_000 for each in packets(raw))
    assert all(len(name.encode()) <= 0xFFFF for name in interfaces(raw))


@pytest.mark.parametrize(
    ("field", "value"), [("at", -1), ("at", 1e308), ("at", 10**400), ("answer_hidden", 10**14), ("hidden", 0x10003)]
)
def test_numbers_that_no_record_has_are_refused(field, value):
    line = {"seq": 1, "command": "00840000", "answer": "9000"}
    with pytest.raises(TraceError, match=f"line 2: {field} is a "):
        read([header({}), json.dumps(line | {field: value})])


def test_a_command_of_which_nothing_is_shown_is_no_command_of_zeros():
    """Its four bytes may be any: neither is it called a command, nor shown as one."""
    (command, _) = seen(RawExchange(bytes(4), b"\x6e\x00", "pse", hidden=((0, 4),)))
    assert (shown(command)[1:], command.comments) == (
        ("data", "00000000"),
        ("no command APDU", "masked: bytes 0 to 3 are secret, zeros stand for them"),
    )


@tshark
def test_tshark_shows_every_session(tmp_path):
    """All of them in one file: each packet ISO 7816, none malformed, standard commands by name, ours in comments."""
    file = tmp_path / "all.pcap"
    plain = [session for session in SESSIONS if session.name not in ("garbage", "refusals")]
    assert len(plain) >= 50
    file.write_bytes(b"".join(capture(together(map(record_of, plain)))))
    every = asked(file, "frame", "frame.number", "_ws.col.Protocol", "_ws.col.Info", "frame.comment")
    assert len(every) == len(packets(file.read_bytes()))
    assert asked(file, MALFORMED, "frame.number") == []
    strange = [line for line in every if line[1] != "ISO 7816"]
    assert all("Wireshark takes what begins with 3B or 3F" in line[3] for line in strange)
    told = {line[2] for line in every}
    assert {
        "Select file",
        "Get challenge",
        "External authenticate",
        "Verify",
        "Response APDU (to Get challenge)",
    } <= told
    assert any(line[2].startswith("ATR, ") for line in every)
    assert any("GENERATE AC 生成应用密文" in line[3] for line in every)


@tshark
def test_tshark_calls_nothing_malformed(tmp_path):
    """What is no command, and random numbers that begin as ATRs do."""
    file = tmp_path / "strange.pcap"
    numbers: list[Any] = [
        RawExchange(bytes.fromhex("0084000008"), bytes((first, second)) + bytes(6) + b"\x90\x00")
        for first in (0x3B, 0x3F)
        for second in range(0, 256, 15)
    ]
    strange = [session for session in SESSIONS if session.name in ("garbage", "refusals")]
    whole = captured(*numbers), *(b"".join(capture(record_of(session))) for session in strange)
    for at, raw in enumerate(whole):
        file = tmp_path / f"{at}.pcap"
        file.write_bytes(raw)
        assert asked(file, MALFORMED, "frame.number", "_ws.col.Info") == []
