"""For each kind of fault the card behind it is in the state that the trace claims.

What is claimed is read from the trace's sentence alone: carried out, never seen, cut while it programmed, or nothing
injected. What is so is asked of the card: its memory and random numbers against those of a card without faults.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple, get_args

import pytest
from msgspec import structs

from dualcos.lab.faults import fault_kinds
from dualcos.lab.faults.fault_kinds import ON_RESET, Fault, Flip
from dualcos.reader.silent_card import CardGone, CardMute
from tests.dualcos.lab.faults.faulty_lab import CHALLENGE, CHANGE_PIN, Lab

NAME = bytes.fromhex("00A4020002EF05")
RECORD = bytes.fromhex("00B2010412")


class Row(NamedTuple):
    """A fault as a script has it, the command it meets, what becomes of that: ``done``, ``unseen``, ``cut``, ``none``.

    ``silence``: what the terminal gets instead of an answer. ``then``: what is claimed of the answer, by group.
    """

    fault: str
    command: bytes
    state: str
    silence: type[Exception] | None = None
    then: str = ""

    def __str__(self) -> str:
        return self.fault.replace('"', "").replace(" = ", "=")


GONE, MUTE = CardGone, CardMute
ROWS = (
    Row('kind = "mute"', CHANGE_PIN, "done", MUTE),
    Row('kind = "mute", executed = false', CHANGE_PIN, "unseen", MUTE),
    Row('kind = "delay", seconds = 2.5', CHANGE_PIN, "done", None, r"answered (?P<late>2\.5) s late"),
    Row('kind = "answer", sw = "6F00"', CHALLENGE, "done", None, "(?P<sw>6F00) instead of 9000"),
    Row('kind = "answer", sw = "6985", data = "AA"', CHALLENGE, "done", None, r"(?P<sw>6985) .*, (?P<long>1) bytes"),
    Row('kind = "answer", sw = "9000", executed = false', CHANGE_PIN, "unseen", None, "(?P<sw>9000); the card"),
    Row('kind = "truncate", keep = 3', CHALLENGE, "done", None, r"(?P<whole>3) of 8 bytes of data and no status"),
    Row('kind = "truncate", keep = 3, status = true', CHALLENGE, "done", None, r"(?P<long>3) of 8 bytes of data with"),
    Row('kind = "truncate", keep = 9', CHALLENGE, "none"),
    Row('kind = "flip", where = "data"', CHALLENGE, "done", None, "flipped (?P<bits>.*)"),
    Row('kind = "flip", bits = 3, where = "status"', CHANGE_PIN, "done", None, "flipped (?P<bits>.*)"),
    Row('kind = "flip", bits = 8, where = "answer"', CHALLENGE, "done", None, "flipped (?P<bits>.*)"),
    Row('kind = "flip"', CHANGE_PIN, "none"),
    Row('kind = "over-long", length = 40', CHALLENGE, "done", None, r"(?P<long>40) bytes of data instead of 8"),
    Row('kind = "over-long", length = 5, fill = "00"', CHANGE_PIN, "done", None, r"(?P<long>5) bytes of data"),
    Row('kind = "over-long", length = 8', CHALLENGE, "none"),
    *(
        Row(f'kind = "malformed-tlv", shape = "{shape}"', RECORD, "done", None, f"TLV spoilt: {shape}")
        for shape in get_args(fault_kinds.Shape)
    ),
    Row('kind = "malformed-tlv", shape = "nested"', CHANGE_PIN, "none"),
    Row('kind = "remove"', CHANGE_PIN, "done", GONE),
    Row('kind = "remove", executed = false', CHANGE_PIN, "unseen", GONE),
    Row('kind = "remove", bytes = 3', CHANGE_PIN, "cut", GONE),
    Row('kind = "remove", back = 0.01', CHANGE_PIN, "done", GONE),
    Row('kind = "power-cut", bytes = 0', CHANGE_PIN, "cut", MUTE),
    Row('kind = "power-cut", bytes = 17', CHANGE_PIN, "cut", MUTE),
    Row('kind = "power-cut", bytes = 1000', CHANGE_PIN, "none"),
    Row('kind = "remove", bytes = 1000', CHANGE_PIN, "none"),
)


def kind_of(row: Row) -> str:
    (kind,) = re.findall(r'kind = "([a-z-]+)"', row.fault)
    return str(kind)


def test_every_kind_and_each_field_of_it_has_a_row():
    kinds = {each.__struct_config__.tag: each for each in get_args(Fault)}
    assert kinds.keys() == {kind_of(row) for row in ROWS}
    for tag, kind in kinds.items():
        said = " ".join(row.fault for row in ROWS if kind_of(row) == tag)
        assert [each.name for each in structs.fields(kind) if f"{each.encode_name} =" not in said] == [], tag
    flipped = " ".join(row.fault for row in ROWS if kind_of(row) == "flip")
    (where,) = (get_args(each.type)[0] for each in structs.fields(Flip) if each.name == "where")
    assert all(f'where = "{each}"' in flipped for each in get_args(where))


def standing(lab: Lab) -> Any:
    return lab.card.snapshot()


def prepared(made: Any, fault: str, command: bytes) -> Lab:
    lab = Lab(made, fault, command=f'"{command[:4].hex().upper()}"')
    if command == RECORD:
        lab.send(NAME)
    return lab


def claimed(told: list[str]) -> str:
    """What the trace says became of the command."""
    (first, *_) = told
    if first.startswith("FAULT not injected"):
        return "none"
    if "the card never saw" in first:
        return "unseen"
    return "cut" if re.search("power lost after [0-9]+ programmed bytes", first) else "done"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_card_is_as_the_trace_claims(made, row):
    before, answer, after = without(made, row.command)
    lab = prepared(made, row.fault, row.command)
    assert standing(lab) == before
    came: list[str] = []
    if row.silence is not None:
        with pytest.raises(row.silence):
            lab.send(row.command)
    else:
        came = lab.send(row.command)
    told = lab.told
    assert claimed(told) == row.state, told
    assert told[0].startswith("FAULT not injected: r: " if row.state == "none" else "FAULT injected: r: ")
    if row.state in ("done", "none"):
        assert standing(lab) == after
    elif row.state == "unseen":
        assert standing(lab) == before
    else:
        demand_cut(lab, row, told[0])
    assert lab.slot.present == (row.silence is not GONE) or "back" in row.fault
    assert lab.card.powered == (row.state != "cut" and row.silence is not GONE)
    if came:
        demand_answer(row, told[0], bytes.fromhex(came[0]), answer, lab.slept)


def without(made: Any, command: bytes) -> tuple[Any, bytes, Any]:
    """Before, the answer, after: on a card behind a rule that never fits."""
    lab = Lab(made, 'kind = "mute"', command='"FFFFFFFF"')
    if command == RECORD:
        lab.send(NAME)
    before = standing(lab)
    (answer,) = lab.send(command)
    return before, bytes.fromhex(answer), standing(lab)


def demand_cut(lab: Lab, row: Row, told: str) -> None:
    """Exactly so many bytes were programmed as the trace says and the script asked for."""
    (said,) = re.findall("lost after ([0-9]+) programmed bytes", told)
    assert f"bytes = {said}" in row.fault
    assert lab.card.environment == ""


def demand_answer(row: Row, told: str, came: bytes, right: bytes, slept: list[float]) -> None:
    """What is claimed of the answer is true of it, and nothing else is wrong with it."""
    if row.state == "none":
        assert came == right
        return
    found = re.search(row.then, told)
    assert row.then, "a kind that answers claims something of the answer"
    assert found, told
    claims = found.groupdict()
    assert came != right or "late" in claims or row.state == "unseen"
    if "late" in claims:
        assert slept == [float(claims["late"])]
        assert came == right
    if "sw" in claims:
        assert came[-2:].hex().upper() == claims["sw"]
        assert "long" in claims or row.state == "unseen" or came[:-2] == right[:-2]
    if "long" in claims:
        assert len(came) - 2 == int(claims["long"])
        assert "sw" in claims or came[-2:] == right[-2:]
    if "whole" in claims:
        assert came == right[: int(claims["whole"])]
    if "bits" in claims:
        wrong = bytearray(right)
        for place, bit in re.findall(r"byte (\d+) bit (\d)", claims["bits"]):
            wrong[int(place)] ^= 1 << (int(bit) - 1)
        assert came == bytes(wrong)
    if not claims:
        assert came[-2:] == right[-2:]
        assert came[:-2] != right[:-2]


AT_RESET = (
    Row('kind = "mute"', b"", "done", MUTE),
    Row('kind = "mute", executed = false', b"", "unseen", MUTE),
    Row('kind = "delay", seconds = 2.5', b"", "done"),
    Row('kind = "remove"', b"", "done", GONE),
    Row('kind = "remove", executed = false', b"", "unseen", GONE),
)


@pytest.mark.parametrize("row", AT_RESET, ids=str)
def test_a_reset_too(made, row):
    """The session is over if the card was reset, and goes on if it never saw it, as long as it has power."""
    assert {kind.__struct_config__.tag for kind in ON_RESET} == {kind_of(each) for each in AT_RESET}
    lab = Lab(made, row.fault, event='"reset"', nth="2")
    assert lab.card.environment == "ssse"
    if row.silence is not None:
        with pytest.raises(row.silence):
            lab.slot.reset()
    else:
        lab.slot.reset()
    assert claimed(lab.told) == row.state
    if row.silence is GONE:
        assert (lab.slot.present, lab.card.powered, lab.card.environment) == (False, False, "")
    else:
        assert lab.card.environment == ("ssse" if row.state == "unseen" else "manager")


def test_what_the_rows_send_does_what_they_need(made):
    """CHANGE PIN writes, GET CHALLENGE draws; both leave another card behind."""
    for command in (CHANGE_PIN, CHALLENGE):
        before, answer, after = without(made, command)
        assert before != after
        assert answer[-2:] == b"\x90\x00"
    assert without(made, RECORD)[1][:2] == b"\x01\x10"
