"""Traces as JSON lines: what is written is read back and can be sent again; anything else is refused by line."""

from __future__ import annotations

import json

import pytest
from explain_bench import PIN, SELECT_SSSE, Bench, profile

import dualcos
from dualcos.cli.replay import read_trace
from dualcos.cli.user_faults import Fault
from dualcos.explain import RawExchange
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import TraceError, header, read, written
from dualcos.explain.trace_lines import encode
from dualcos.explain.trace_replay import ReplayVerdict, replay
from firewall.trace import Noted


@pytest.fixture
def trace():
    bench = Bench()
    bench.send(SELECT_SSSE, "0084000008", "00B2013414", "0020000003" + PIN, "00B0870010")
    masking = SecretMasking()
    lines = [written(masking.masked(record), at).decode() for at, record in enumerate(bench.records, 1)]
    return read([header({"card": "social-2.0", "seed": "0"}), *lines])


def test_the_agreed_fields():
    refused = json.loads(encode(Bench("3.0").send(SELECT_SSSE, "00B2013400")))
    assert refused["env"] == "ssse"
    assert refused["command"] == "00B2013400"
    assert (refused["answer"], refused["sw"], refused["name"]) == ("6982", "6982", "READ RECORD")
    assert set(refused["reason"]) == {"id", "gate", "text", "zh", "clause", "why", "about", "settings"}
    about = refused["reason"]["about"]
    assert (about["fid"], about["directory"], about["held"]) == (0xEF06, 0xDDF1, [])
    assert about["needed"][0][0]["directory"] == 0xDDF1
    assert "command" not in about
    unknown = json.loads(encode(Bench("3.0").send(SELECT_SSSE, "00A404000AA0A1A2A3A4A5A6A7A8A9")))
    assert unknown["reason"]["about"] == {"name": "A0A1A2A3A4A5A6A7A8A9"}


def test_a_masked_line_says_so_and_cannot_be_sent(trace):
    masked = [one for one in trace.lines if one.name == "VERIFY"]
    assert [one.command for one in masked] == [None]


def test_the_same_card_answers_the_same(trace):
    outcomes = list(replay(trace.lines, dualcos.card(profile(), 0), random_differs=False))
    assert [one.verdict for one in outcomes].count(ReplayVerdict.SKIPPED) == 1
    assert ReplayVerdict.DIFFERENT not in [one.verdict for one in outcomes]


def test_another_seed_differs_in_the_random_number_only(trace):
    card = dualcos.card(profile(), 1)
    different = [
        one for one in replay(trace.lines, card, random_differs=False) if one.verdict is ReplayVerdict.DIFFERENT
    ]
    assert [one.recorded.name for one in different] == ["GET CHALLENGE"]
    card.power_off()
    assert all(one.verdict is not ReplayVerdict.DIFFERENT for one in replay(trace.lines, card, random_differs=True))


def test_a_3_0_card_differs_where_its_tables_do(trace):
    card = dualcos.card(profile("3.0"), 0)
    different = [
        one for one in replay(trace.lines, card, random_differs=True) if one.verdict is ReplayVerdict.DIFFERENT
    ]
    assert ("READ RECORD", b"\x69\x82") in [(one.recorded.name, one.answer) for one in different]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "no commands"),
        (["nonsense"], "line 1: not JSON"),
        (["[]"], "line 1: not a JSON object"),
        (['{"trace": "dualcos", "format": 9}'], "format 9"),
        (['{"seq": 1, "command": "0", "answer": ""}'], 'line 1: "command"'),
        (['{"seq": 1, "command": 5, "answer": ""}'], 'line 1: "command"'),
        (['{"seq": 1, "answer": "9000"}'], 'line 1: "command"'),
        (["", '{"seq": "x", "command": "00", "answer": ""}'], "line 2: seq"),
        (['{"event": "fire"}'], "line 1: event"),
        (['{"command": "00", "answer": "", "hidden": -1}'], "line 1: hidden"),
        (['{"command": "00", "answer": "", "refusals": [{"gate": "a"}]}'], "line 1: a refusal"),
        (
            ['{"command": "", "answer": "", "refusals": [{"gate": "a", "why": "b", "about": {"c": {}}}]}'],
            "line 1: the",
        ),
    ],
)
def test_what_is_no_trace(lines, complaint):
    with pytest.raises(TraceError, match=complaint.replace("(", r"\(")):
        read(lines)


def test_a_line_that_its_recorder_was_killed_in_is_not_read(tmp_path):
    """What is whole before it is, wherever it was cut; a line with its end, or none of ours, is no such line."""
    whole = [header({"card": "x"}) + "\n", written(RawExchange(b"\x00\x84\x00\x00\x08", b"\x6f\x00"), 1).decode()]
    noted = (("", Noted("topic", "卡片")),)
    second = written(RawExchange(b"\x00\xa4\x00\x00", b"\x90\x00", events=noted), 2).decode().rstrip("\n")
    begun, raw = "".join(whole).encode(), second.encode()
    path = tmp_path / "killed.trace"
    for length in range(len(raw) + 2):
        path.write_bytes(begun + (raw + b"\n")[:length])
        assert len(read_trace(str(path)).lines) == 1 + (length >= len(raw)), length
    assert len(read([*whole, second]).lines) == 2
    path.write_bytes(begun + b"\xe5")
    with pytest.raises(Fault, match=r"killed\.trace is no trace: line 3"):
        read_trace(str(path))
    for torn in (second[:-4] + "\n", "x" + second[:-4]):
        with pytest.raises(TraceError, match="line 3"):
            read([*whole, torn])
    with pytest.raises(TraceError, match="line 1"):
        read([second[:-4]])
