"""One live session; SELECT by name the only crossing; a refused one leaves it and is told alike; nobody clears."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from toy_mint import ToyMint

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from firewall.dispatcher import Dispatcher

SELECT = bytes.fromhex("00A40400")


class Recording:
    """A session that counts what it is told and answers with its label."""

    def __init__(self, label: bytes, refuses: bool) -> None:
        self.label, self.refuses, self.heard, self.passed = label, refuses, 0, 0

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        self.heard += 1
        if command.ins == 0xA4 and self.refuses:
            return ResponseAPDU(b"", SW.FILE_NOT_FOUND)
        return ResponseAPDU(self.label + bytes((self.heard,)) + b"!" * self.passed, SW.OK)

    def refused_elsewhere(self) -> None:
        self.passed += 1


class Toy(NamedTuple):
    label: bytes
    refuses: bool = False
    partial: bytes = b"\0never"

    def open(self) -> Recording:
        return Recording(self.label, self.refuses)

    def claims(self, name: bytes) -> bool:
        return self.partial.startswith(name)

    @property
    def blocks_card(self) -> bool:
        return False


class Panic(NamedTuple):
    """Explodes when touched: nothing may be misrouted to it."""

    def open(self) -> Recording:
        raise AssertionError("touched")

    def claims(self, name: bytes) -> bool:
        return not name

    @property
    def blocks_card(self) -> bool:
        return False


def card(**environments) -> Dispatcher:
    return Dispatcher(Toy(b"M"), ToyMint(environments, names={"p": b"panic"}))


def select(name: bytes) -> bytes:
    return SELECT + bytes((len(name),)) + name


def test_session_is_new_after_every_crossing():
    dispatcher = card(a=Toy(b"A"), b=Toy(b"B"), p=Panic())
    assert dispatcher.exchange(select(b"name-of-a")) == b"A\x01\x90\x00"
    assert dispatcher.exchange(bytes.fromhex("00B00000")) == b"A\x02\x90\x00"
    assert dispatcher.exchange(select(b"name-of-b")) == b"B\x01\x90\x00"
    assert dispatcher.exchange(select(b"name-of-a")) == b"A\x01\x90\x00"
    assert dispatcher.current == "a"


def test_reselection_keeps_the_session():
    dispatcher = card(a=Toy(b"A"))
    dispatcher.exchange(select(b"name-of-a"))
    assert dispatcher.exchange(select(b"name-of-a")) == b"A\x02\x90\x00"


@pytest.mark.parametrize(
    "refused", [select(b"name-of-b"), select(b"beginning"), bytes.fromhex("00A40000023F00"), b"\0\xa4", b""]
)
def test_the_stay_goes_on_and_is_told_once_whoever_refuses(refused):
    """Another environment by its name or a partial one, the MF, the dispatcher itself: one call, always the same."""
    unwilling = Toy(b"B", refuses=True, partial=b"beginning")
    dispatcher = Dispatcher(Toy(b"M", refuses=True), ToyMint({"a": Toy(b"A"), "b": unwilling}))
    dispatcher.exchange(select(b"name-of-a"))
    assert dispatcher.exchange(refused) in (b"\x6a\x82", b"\x67\x00")
    assert dispatcher.exchange(bytes.fromhex("00B00000")) == b"A\x02!\x90\x00"


def test_who_refuses_for_himself_is_not_told():
    dispatcher = card(a=Toy(b"A"))
    dispatcher.exchange(select(b"name-of-a"))
    dispatcher.exchange(select(b"nobody"))
    assert dispatcher.exchange(bytes.fromhex("00B00000")) == b"A\x03\x90\x00"


def test_prefixes_and_file_identifiers_do_not_cross():
    dispatcher = card(a=Toy(b"A"), p=Panic())
    dispatcher.exchange(select(b"name-of-a"))
    for name in (b"pan", b"pani", b"panic!", b""):
        dispatcher.exchange(select(name))
        assert dispatcher.current == "a"
    dispatcher.exchange(bytes.fromhex("00A4000002") + b"pp")
    assert dispatcher.current == "a"


def test_declared_partial_names_lead_across():
    dispatcher = card(a=Toy(b"A"), b=Toy(b"B", partial=b"application-of-b"))
    dispatcher.exchange(select(b"name-of-a"))
    assert dispatcher.exchange(select(b"applicat")) == b"B\x01\x90\x00"


def test_master_file_is_reached_from_everywhere():
    dispatcher = card(a=Toy(b"A"))
    for command in ("00A4000000", "00A40000023F00"):
        dispatcher.exchange(select(b"name-of-a"))
        assert dispatcher.exchange(bytes.fromhex(command)) == b"M\x01\x90\x00"


def test_malformed_never_reaches_a_session():
    dispatcher = card(p=Panic())
    assert dispatcher.exchange(b"") == b"\x67\x00"
    assert dispatcher.exchange(bytes.fromhex("00A4040009")[:4] + b"\x09ab") == b"\x67\x00"


def test_blocked_card_answers_6a81_to_everything():
    dispatcher = Dispatcher(Toy(b"M"), ToyMint(blocked=True))
    for command in (select(b"name-of-a"), bytes.fromhex("0084000008"), b"\0\0\0\0"):
        assert dispatcher.exchange(command) == StatusWord(0x6A81).to_bytes(2, "big")
