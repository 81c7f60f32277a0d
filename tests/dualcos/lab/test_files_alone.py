"""Scripts of faults, traces and results of campaigns: each check of their form with a file that it alone refuses."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dualcos.explain.recorded_data import from_json
from dualcos.explain.trace_file_lines import TraceError, read
from dualcos.lab.faults.fault_script import Rule
from dualcos.lab.search.results import Results, ResultsError
from dualcos.lab.search.shard import Shard, ShardResult, fingerprint

# --- scripts of faults -----------------------------------------------------------------------------------------------


def test_a_rule_is_for_the_commands_it_names():
    def rule(**fields: Any) -> Rule:
        fault = {"kind": "malformed-tlv", "shape": "length-huge"}
        told = {"name": "n", "purpose": "p", "clause": "c", "fault": fault} | fields
        return msgspec.convert(told, Rule)

    one = rule(command="00b2??0C")
    assert one.fits(bytes.fromhex("00B2FF0C"))
    assert [one.fits(bytes.fromhex(near)) for near in ("00B2FF0D", "00B2FF1C", "00B0FF0C", "80B2FF0C")] == [False] * 4
    assert [rule(nth=[2, 4]).due(count) for count in range(1, 6)] == [False, True, False, True, False]
    assert [rule(nth=2).due(count) for count in range(1, 4)] == [False, True, False]
    assert [rule(nth="every").due(count) for count in range(1, 4)] == [True] * 3


# --- traces ----------------------------------------------------------------------------------------------------------

HEAD = {"trace": "dualcos", "format": 2}
LINE = {"seq": 1, "command": "0084000008", "answer": "00" * 8 + "9000"}
REFUSAL = {"command": "SELECT", "sw": 0x6A82, "gate": "g", "why": "w", "clause": "c", "about": {}}


def trace(*lines: Any) -> str:
    try:
        read([json.dumps(line) for line in lines])
    except TraceError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEAD, LINE], ""),
        ([HEAD | {"format": 1}, LINE], ""),
        ([HEAD | {"format": 3}, LINE], "line 1: trace format 3"),
        ([HEAD | {"format": 0}, LINE], "line 1: trace format 0"),
        ([HEAD | {"format": "2"}, LINE], "line 1: trace format 2"),
        ([HEAD], "no commands in it"),
        ([], "no commands in it"),
        ([HEAD, [LINE]], "line 2: not a JSON object"),
        ([HEAD, LINE | {"slot": 1}], "line 2: slot is text"),
        ([HEAD, LINE | {"seq": "1"}], "line 2: seq is a number"),
        ([HEAD, LINE | {"event": 1}], "line 2: event is one of"),
        ([HEAD, LINE | {"event": "Cold"}], "line 2: event is one of"),
        ([HEAD, LINE | {"env": 1}], "line 2: env is text"),
        ([HEAD, LINE | {"hidden": -1}], "line 2: hidden is a number"),
        ([HEAD, LINE | {"hidden": "1"}], "line 2: hidden is a number"),
        ([HEAD, LINE | {"hidden": 0x10002}], ""),
        ([HEAD, LINE | {"hidden": 0x10003}], "line 2: hidden is a number"),
        ([HEAD, LINE | {"at": 0}], ""),
        ([HEAD, LINE | {"at": -1}], "line 2: at is a time"),
        ([HEAD, LINE | {"at": 253402300799.9}], ""),
        ([HEAD, LINE | {"at": 253402300800}], "line 2: at is a time"),
        ([HEAD, LINE | {"at": "2026-11-29"}], ""),
        ([HEAD, LINE | {"notes": "a: b"}], "line 2: notes is a list"),
        ([HEAD, LINE | {"notes": [1]}], "line 2: notes is a list"),
        ([HEAD, LINE | {"refusals": ["x"]}], "line 2: refusals is a list"),
        ([HEAD, LINE | {"command": "008"}], 'line 2: "command" must be hex'),
        ([HEAD, LINE | {"command": None}], 'line 2: "command" must be hex'),
        ([HEAD, {"seq": 1, "command": "00"}], 'line 2: "answer" must be hex'),
        ([HEAD, LINE | {"refusals": [REFUSAL]}], ""),
        *(
            ([HEAD, LINE | {"refusals": [REFUSAL | change]}], "line 2: a refusal has|line 2: the data of")
            for change in (
                *({"command": 1}, {"clause": 1}, {"sw": "6A82"}, {"sw": -1}, {"sw": 0x10000}, {"about": []}),
                *({"about": {"a": {"hex": "0"}}}, {"about": {"a": {"is": "X", "fields": {"_a": 1}}}}),
                *({"about": {"a": {"is": "X", "fields": {}, "says": 1}}}, {"about": {"a": {}}}, {"about": {"a": 1.5}}),
                *({"settings": 1}, {"settings": [["a"]]}, {"settings": [[1, 1, 1]]}),
            )
        ),
    ],
    ids=lambda each: str(each)[-70:],
)
def test_a_trace_with_one_thing_wrong(lines, said):
    found = trace(*lines)
    assert found.startswith(tuple(said.split("|"))) if said else not found, found


def test_a_datum_is_what_a_card_notes():
    assert from_json({"is": "X", "fields": {"a": 1}, "says": "s"})
    assert from_json([None, True, "a", 1]) == (None, True, "a", 1)


# --- results of a campaign -------------------------------------------------------------------------------------------


def result(**changes: Any) -> bytes:
    """A line of a results file, with fields of the shard or of the line otherwise."""
    told = msgspec.to_builtins(ShardResult(shard=Shard("F3", "bank-sda", "", 1, 1, fingerprint()), verdict="held"))
    for name, value in changes.items():
        (told["shard"] if name == "code" else told)[name] = value
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"code": fingerprint()[:-1]}, "of another dualcos"),
        ({"code": ""}, "of another dualcos"),
        ({"colour": "red"}, "line 1, is no campaign result"),
    ],
)
def test_results_of_this_very_program(tmp_path, change, said):
    path = tmp_path / "r.jsonl"
    path.write_bytes(result(**change))
    try:
        with Results(path):
            assert not said
    except ResultsError as error:
        assert said, error  # noqa: PT017 - either way
        assert said in str(error)  # noqa: PT017 - as above


def test_a_shard_counts_once_it_was_judged(tmp_path):
    """One that failed for want of a worker was not: it is run again, and that result counts."""
    shard = Shard("F3", "bank-sda", "", 1, 1, fingerprint())
    for verdict, judged in (("held", True), ("failed", False)):
        path = tmp_path / f"{verdict}.jsonl"
        with Results(path) as results:
            assert shard not in results
            results.add(ShardResult(shard=shard, verdict=verdict))
            assert (shard in results) is judged
        with Results(path) as results:
            assert (shard in results) is judged
            results.add(ShardResult(shard=shard, verdict="violated"))
            assert shard in results
            assert [each.verdict for each in results] == ["held" if judged else "violated"]


def test_what_stands_behind_the_last_whole_line_was_cut_short_or_is_somebody_elses(tmp_path):
    path, line = tmp_path / "r.jsonl", result()
    for end in (1, 30, -1):
        path.write_bytes(line + line[:end])
        with Results(path) as results:
            assert len(list(results)) == 1
        assert path.read_bytes() == line
    other = b'{"shard":{"clain":"'
    path.write_bytes(line + other)
    with pytest.raises(ResultsError, match=r"r\.jsonl, line 2, is no campaign result, nor the beginning of one"):
        Results(path).__enter__()
    assert path.read_bytes() == line + other
