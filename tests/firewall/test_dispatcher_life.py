"""What a dispatcher learns while it lives: births, ends, the card blocked; and what it tells the trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from firewall.dispatcher import Dispatcher
from firewall.grant import Ended
from firewall.mint import Entry
from firewall.trace import Reason, Refused, TraceBuffer

SELECT_MF = bytes.fromhex("00A40000023F00")
GO = bytes.fromhex("00010000")
END = bytes.fromhex("80E40000")


def select(name: bytes, p1: int = 0x04, cla: int = 0x00) -> bytes:
    return bytes((cla, 0xA4, p1, 0, len(name))) + name


class Toy(NamedTuple):
    """An environment whose sessions answer with its label and how many commands they have heard."""

    label: bytes
    sw: StatusWord = SW.OK
    claimed: bytes = b""
    act: Callable[[], None] = lambda: None

    def open(self) -> Stay:
        return Stay(self)

    def claims(self, name: bytes) -> bool:
        return bool(self.claimed) and self.claimed.startswith(name)


class Stay:
    def __init__(self, toy: Toy) -> None:
        self.toy, self.heard = toy, 0

    def handle(self, command: CommandAPDU) -> ResponseAPDU:
        self.heard += 1
        if command.ins == 0xE4:
            raise Ended(ResponseAPDU(b"bye", SW.OK))
        if command.ins == 0x01:
            self.toy.act()
        return ResponseAPDU(self.toy.label + bytes((self.heard,)), self.toy.sw if command.ins == 0xA4 else SW.OK)

    def refused_elsewhere(self) -> None:
        self.heard = 0


class World:
    """What stands around a dispatcher; counts how often it is asked for the environments."""

    def __init__(self, root: Toy | None = None, **environments: Toy) -> None:
        self.entries = {kind: self.entry(kind, toy) for kind, toy in environments.items()}
        self.asked = self.changes = 0
        self.blocked = False
        self.ended: list[str] = []
        self.buffer = TraceBuffer()
        self.root = root or Toy(b"M")
        self.card = self.dispatcher()

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.root, self.open_all, lambda: self.blocked, self.end, self.buffer.writer("card"), lambda: self.changes
        )

    @staticmethod
    def entry(kind: str, toy: Toy) -> tuple[Entry, Toy]:
        return Entry(kind, kind.encode() * 2, b"name-of-" + kind.encode()), toy

    def open_all(self):
        self.asked += 1
        return dict(self.entries)

    def end(self, kind: str) -> None:
        self.ended.append(kind)
        del self.entries[kind]
        self.changes += 1

    def born(self, kind: str, toy: Toy) -> None:
        self.entries[kind] = self.entry(kind, toy)
        self.changes += 1


# --- crossings ------------------------------------------------------------------------------------------------


def test_the_manager_is_current_at_first_and_knows_itself():
    world = World(a=Toy(b"A"))
    assert world.card.current == "manager"
    assert world.card.exchange(GO) == b"M\x01\x90\x00"
    assert world.card.exchange(SELECT_MF) == b"M\x02\x90\x00"  # where we are already: no new session


def test_the_master_file_leads_by_identifier_to_each_environment():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    assert world.card.exchange(select(b"bb", p1=0)) == b"B\x01\x90\x00"
    assert world.card.current == "b"
    world.card.exchange(SELECT_MF)
    assert world.card.exchange(select(b"aa", p1=0)) == b"A\x01\x90\x00"
    world.card.exchange(SELECT_MF)
    assert world.card.exchange(select(b"xx", p1=0)) == b"M\x02\x90\x00"  # nobody's: the manager's own business
    assert world.card.current == "manager"


@pytest.mark.parametrize("sw", [0x9000, 0x6110, 0x6283])
def test_a_selection_with_success_or_warning_crosses(sw):
    world = World(a=Toy(b"A", StatusWord(sw)))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.current == "a"


@pytest.mark.parametrize("sw", [0x6300, 0x6400, 0x6985, 0x6A82, 0x6A81, 0x8F00, 0x9100])
def test_any_other_word_leaves_everything(sw):
    world = World(a=Toy(b"A", StatusWord(sw)))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.current == "manager"
    assert world.card.exchange(GO) == b"M\x01\x90\x00"


@pytest.mark.parametrize("command", [select(b"name-of-b", cla=0x80), select(b"name-of-b", p1=0x02), b"\0\xb0\x04\0"])
def test_only_select_by_name_crosses(command):
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(command) == b"A\x02\x90\x00"
    assert world.card.current == "a"


def test_a_registered_name_comes_before_anybodys_claim():
    world = World(a=Toy(b"A", claimed=b"name-of-b"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(select(b"name-of-b"))[:1] == b"B"


def test_the_current_environments_claim_comes_before_the_others():
    world = World(a=Toy(b"A", claimed=b"application"), b=Toy(b"B", claimed=b"application"))
    world.card.exchange(select(b"name-of-b"))
    assert world.card.exchange(select(b"applicat")) == b"B\x02\x90\x00"


def test_what_the_manager_claims_leads_to_the_master_file():
    world = World(root=Toy(b"M", claimed=b"name of the card"), a=Toy(b"A"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(select(b"name of the card")) == b"M\x01\x90\x00"
    assert world.card.current == "manager"


# --- birth, end, block ----------------------------------------------------------------------------------------


def test_an_environment_born_by_the_manager_can_be_selected():
    births = [lambda: world.born("a", Toy(b"A"))]
    world = World(root=Toy(b"M", act=lambda: births.pop()() if births else None))
    assert world.card.exchange(select(b"name-of-a")) == b"M\x01\x90\x00"
    world.card.exchange(GO)
    assert world.card.exchange(select(b"name-of-a")) == b"A\x01\x90\x00"
    world.card.exchange(SELECT_MF)
    world.card.exchange(GO)
    assert world.asked == 2  # at first, and when something had changed; not again


def test_nothing_is_looked_up_where_nothing_changed():
    world = World(a=Toy(b"A"))
    for command in (GO, SELECT_MF, GO, select(b"name-of-a"), GO):
        world.card.exchange(command)
    assert world.asked == 1


def test_what_the_manager_did_is_not_seen_from_inside():
    """A command to an environment makes the dispatcher look at nothing but the block (no other channel)."""
    world = World()
    world.born("a", Toy(b"A", act=lambda: world.born("b", Toy(b"B"))))
    world.card = world.dispatcher()
    world.card.exchange(select(b"name-of-a"))
    world.asked = 0
    world.card.exchange(GO)
    assert world.asked == 0


def test_an_ended_environment_is_left_and_forgotten():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(END) == b"bye\x90\x00"
    assert world.ended == ["a"]
    assert world.card.current == "manager"
    assert world.card.exchange(select(b"name-of-a")) == b"M\x01\x90\x00"  # nobody of that name
    assert world.card.exchange(select(b"name-of-b")) == b"B\x01\x90\x00"


def test_a_manager_after_an_end_is_the_manager():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    world.card.exchange(END)
    assert world.card.exchange(SELECT_MF) == b"M\x01\x90\x00"  # the session opened by the end, not another
    assert world.card.exchange(select(b"bb", p1=0)) == b"B\x01\x90\x00"


@pytest.mark.parametrize("at", ["manager", "a"])
def test_a_block_silences_from_the_next_command_on(at):
    """The answer to the blocking command goes out; everything behind it is 6A81 (SSC-5 §6.2.1)."""
    world = World()

    def block() -> None:
        world.blocked = True

    world.root = Toy(b"M", act=block)
    world.born("a", Toy(b"A", act=block))
    world.card = world.dispatcher()
    if at == "a":
        world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(GO)[-2:] == b"\x90\x00"
    for command in (GO, SELECT_MF, select(b"name-of-a")):
        assert world.card.exchange(command) == b"\x6a\x81"


# --- what it tells --------------------------------------------------------------------------------------------


def test_a_malformed_command_is_explained():
    world = World()
    world.card.exchange(b"\0\xa4")
    ((origin, event),) = world.buffer.take()
    assert origin == "card"
    assert isinstance(event, Refused)
    assert (event.command, event.sw, event.reason.gate) == ("", SW.WRONG_LENGTH, "APDU")
    assert "2" in event.reason.text  # how many bytes there were
    assert event.reason.clause == "ISO 7816-3 §12.1"


def test_a_blocked_card_is_explained():
    world = World()
    world.blocked = True
    card = world.dispatcher()
    card.exchange(GO)
    reason = Reason("life cycle", "the card is blocked")
    assert world.buffer.take() == (("card", Refused("", SW.FUNCTION_NOT_SUPPORTED, reason)),)


def test_a_malformed_command_on_a_blocked_card_is_malformed():
    world = World()
    world.blocked = True
    assert world.dispatcher().exchange(b"\0") == b"\x67\x00"
