"""What a dispatcher learns while it lives: births, ends, the card blocked; and what it tells the trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from toy_mint import ToyMint

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW, StatusWord
from dualcos.explain.refusal_reasons import words
from firewall.dispatcher import Dispatcher
from firewall.grant import CardBlocked, CardClosing, Ended, Outcome
from firewall.trace import Reason, Refused

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
    blocks: int | None = None  # the instruction that it answers as one that silences the card
    has_blocked: bool = False

    @property
    def blocks_card(self) -> bool:
        return self.has_blocked

    def open(self) -> Stay:
        return Stay(self)

    def claims(self, name: bytes) -> bool:
        return bool(self.claimed) and self.claimed.startswith(name)


class Stay:
    def __init__(self, toy: Toy) -> None:
        self.toy, self.heard = toy, 0

    def handle(self, command: CommandAPDU) -> Outcome:
        self.heard += 1
        if command.ins == 0xE4 or command.p2 == 0xE4:
            return Ended(ResponseAPDU(b"bye", SW.OK))
        if command.ins == 0x01:
            self.toy.act()
        answer = ResponseAPDU(self.toy.label + bytes((self.heard,)), self.toy.sw if command.ins == 0xA4 else SW.OK)
        return CardBlocked(answer) if command.ins == self.toy.blocks else answer

    def refused_elsewhere(self) -> None:
        self.heard = 0


class World:
    """A root and a mint, and the dispatcher over them."""

    def __init__(self, root: Toy | None = None, **environments: Toy) -> None:
        self.mint = ToyMint(environments)
        self.root = root or Toy(b"M")
        self.card = self.dispatcher()

    def dispatcher(self) -> Dispatcher:
        """As after a reset."""
        return Dispatcher(self.root, self.mint)


# --- crossings ------------------------------------------------------------------------------------------------


def test_the_manager_is_current_at_first_and_knows_itself():
    world = World(a=Toy(b"A"))
    assert world.card.current == ""
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
    assert world.card.current == ""


@pytest.mark.parametrize("sw", [0x9000, 0x6110, 0x6283])
def test_a_selection_with_success_or_warning_crosses(sw):
    world = World(a=Toy(b"A", StatusWord(sw)))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.current == "a"


@pytest.mark.parametrize("sw", [0x6300, 0x6400, 0x6985, 0x6A82, 0x6A81, 0x8F00, 0x9100])
def test_any_other_word_leaves_everything(sw):
    world = World(a=Toy(b"A", StatusWord(sw)))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.current == ""
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
    assert world.card.current == ""


# --- birth, end, block ----------------------------------------------------------------------------------------


def test_an_environment_born_by_the_manager_can_be_selected():
    births = [lambda: world.mint.born("a", Toy(b"A"))]
    world = World(root=Toy(b"M", act=lambda: births.pop()() if births else None))
    assert world.card.exchange(select(b"name-of-a")) == b"M\x01\x90\x00"
    world.card.exchange(GO)
    assert world.card.exchange(select(b"name-of-a")) == b"A\x01\x90\x00"
    world.card.exchange(SELECT_MF)
    world.card.exchange(GO)
    assert world.mint.asked == 2  # at first, and when something had changed; not again


def test_nothing_is_looked_up_where_nothing_changed():
    world = World(a=Toy(b"A"))
    for command in (GO, SELECT_MF, GO, select(b"name-of-a"), GO):
        world.card.exchange(command)
    assert world.mint.asked == 1


def test_what_the_manager_did_is_not_seen_from_inside():
    """A command to an environment makes the dispatcher look at nothing but the block (no other channel)."""
    world = World()
    world.mint.born("a", Toy(b"A", act=lambda: world.mint.born("b", Toy(b"B"))))
    world.card = world.dispatcher()
    world.card.exchange(select(b"name-of-a"))
    world.mint.asked = 0
    world.card.exchange(GO)
    assert world.mint.asked == 0


def test_an_ended_environment_is_left_and_forgotten():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(END) == b"bye\x90\x00"
    assert world.mint.ended == ["a"]
    assert world.card.current == ""
    assert world.card.exchange(select(b"name-of-a")) == b"M\x01\x90\x00"  # nobody of that name
    assert world.card.exchange(select(b"name-of-b")) == b"B\x01\x90\x00"


def test_a_manager_after_an_end_is_the_manager():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    world.card.exchange(END)
    assert world.card.exchange(SELECT_MF) == b"M\x01\x90\x00"  # the session opened by the end, not another
    assert world.card.exchange(select(b"bb", p1=0)) == b"B\x01\x90\x00"


@pytest.mark.parametrize("at", ["", "a"])
def test_a_block_silences_from_the_next_command_on(at):
    """The answer to the blocking command goes out; everything behind it is 6A81 (SSC-5 §6.2.1)."""
    world = World(root=Toy(b"M", blocks=0x01), a=Toy(b"A", blocks=0x01))
    if at == "a":
        world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(GO)[-2:] == b"\x90\x00"
    for command in (GO, SELECT_MF, select(b"name-of-a")):
        assert world.card.exchange(command) == b"\x6a\x81"


@pytest.mark.parametrize("sw", [0x9000, 0x6283, 0x6A81])
def test_a_block_that_a_selection_is_answered_with_silences_too(sw):
    """Whether it crosses, comes from where one stands already, or is refused."""
    world = World(a=Toy(b"A", StatusWord(sw), blocks=0xA4))
    assert world.card.exchange(select(b"name-of-a"))[-2:] == sw.to_bytes(2, "big")
    assert world.mint.card_blocked
    assert world.card.exchange(GO) == b"\x6a\x81"


def test_an_end_that_a_selection_is_answered_with_ends_who_answered():
    world = World(a=Toy(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(bytes((0, 0xA4, 4, 0xE4, 9)) + b"name-of-b") == b"bye\x90\x00"
    assert world.mint.ended == ["b"]
    assert world.card.current == ""
    assert world.card.exchange(select(b"name-of-a")) == b"A\x01\x90\x00"  # a new stay
    assert world.card.exchange(bytes((0, 0xA4, 4, 0xE4, 9)) + b"name-of-a") == b"bye\x90\x00"  # where one stands
    assert world.mint.ended == ["b", "a"]
    assert world.card.exchange(SELECT_MF) == b"M\x01\x90\x00"


def test_a_block_that_nobody_has_heard_of_is_heard_at_power_on():
    """An environment may have lost power between its own block and the directory's mark."""
    world = World(a=Toy(b"A"))
    assert not world.mint.card_blocked
    world.mint.born("b", Toy(b"B", has_blocked=True))
    card = world.dispatcher()
    assert world.mint.card_blocked
    assert card.exchange(GO) == b"\x6a\x81"


# --- what it tells --------------------------------------------------------------------------------------------


def test_a_malformed_command_is_explained():
    world = World()
    world.card.exchange(b"\0\xa4")
    ((origin, event),) = world.mint.buffer.take()
    assert origin == "card"
    assert isinstance(event, Refused)
    assert (event.command, event.sw, event.reason.gate) == ("", SW.WRONG_LENGTH, "APDU")
    assert "2" in words(event.reason)  # how many bytes there were
    assert event.reason.clause == "ISO 7816-3 §12.1"


def test_a_blocked_card_is_explained():
    world = World()
    world.mint.card_blocked = True
    card = world.dispatcher()
    card.exchange(GO)
    reason = Reason("life cycle", "the card is blocked", "", {"environment": ()})
    assert world.mint.buffer.take() == (("card", Refused("", SW.FUNCTION_NOT_SUPPORTED, reason)),)


def test_a_malformed_command_on_a_blocked_card_is_malformed():
    world = World()
    world.mint.card_blocked = True
    assert world.dispatcher().exchange(b"\0") == b"\x67\x00"


# --- a block that lets its transaction end ------------------------------------------------------------------------

LAST, CLOSES = bytes.fromhex("00030000"), 0x02
CLOSE = bytes((0, CLOSES, 0, 0))


class Closing(Toy):
    """As ``Toy``; its instruction 02 blocks the card and leaves one command, 03, to come."""

    def open(self) -> ClosingStay:
        return ClosingStay(self)


class ClosingStay(Stay):
    def handle(self, command: CommandAPDU) -> Outcome:
        outcome = super().handle(command)
        assert isinstance(outcome, ResponseAPDU)
        if command.ins == CLOSES:
            self.toy = self.toy._replace(has_blocked=True)
        if not self.toy.has_blocked:
            return outcome
        return CardBlocked(outcome) if command.ins == 0x03 else CardClosing(outcome)


def closing() -> World:
    world = World(a=Closing(b"A"), b=Toy(b"B"))
    world.card.exchange(select(b"name-of-a"))
    assert world.card.exchange(CLOSE) == b"A\x02\x90\x00"
    assert world.mint.card_blocked, "kept at once: a cut or a reset behind the answer finds it"
    return world


def test_what_was_begun_may_end_and_then_all_is_silent():
    world = closing()
    assert world.card.exchange(GO) == b"A\x03\x90\x00"
    assert world.card.exchange(LAST) == b"A\x04\x90\x00"
    for command in (LAST, GO, SELECT_MF, select(b"name-of-a")):
        assert world.card.exchange(command) == b"\x6a\x81"


@pytest.mark.parametrize("away", [SELECT_MF, select(b"name-of-b")])
def test_nothing_leads_away_from_what_is_closing(away):
    world = closing()
    assert world.card.exchange(away) == b"\x6a\x81"
    assert world.card.current == "a"
    assert world.card.exchange(LAST) == b"\x6a\x81", "left is left"


def test_a_reset_is_the_end_of_closing():
    world = closing()
    assert world.dispatcher().exchange(LAST) == b"\x6a\x81"
