"""A slot's card always answers or is silent in one of two ways; it can be pulled at any moment."""

from __future__ import annotations

import threading

import pytest

from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot, SlotError
from dualcos.reader.supervised_card import Supervised
from firewall.hardware.power import PowerLoss
from tests.dualcos.reader.cards import T0_ATR, DiaryCard
from tests.echo_card import EchoCard


def test_echo():
    card = EchoCard()
    assert card.power_on() == card.atr == card.reset()
    assert card.exchange(b"\x00\xa4\x04\x00") == b"\x00\xa4\x04\x00\x90\x00"


def test_a_bug_is_6f00_and_one_line_without_what_the_exception_says():
    lines: list[str] = []
    card = Supervised(DiaryCard(), lines.append)
    card.power_on()
    assert card.exchange(bytes.fromhex("BB20000108")) == b"\x6f\x00"
    assert card.exchange(bytes.fromhex("BB20000108")) == b"\x6f\x00"
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert "KeyError" in lines[0]
    assert "cards.py" in lines[0]
    assert "BB200001" in lines[0]
    assert "0123456789ABCDEF" not in lines[0]


@pytest.mark.parametrize("sent", ["BB92837165", "BB209283", "BB20928371", "BB200000039283716594", "BB20000092837165"])
def test_the_line_of_a_bug_shows_no_pin(sent):
    """In the place of P1 P2, behind the header, without a length."""
    lines: list[str] = []
    card = Supervised(DiaryCard(), lines.append)
    card.power_on()
    card.exchange(bytes.fromhex(sent))
    assert not [piece for piece in ("283", "8371", "7165") if piece in lines[0]]


def test_another_bug_is_another_line():
    lines: list[str] = []
    card = Supervised(DiaryCard(), lines.append)
    card.power_on()
    card.exchange(b"\xbb\x01\x00\x00")
    card.exchange(b"\xbb\x02\x00\x00")
    assert len(lines) == 2


def test_an_empty_answer_never_gets_out():
    lines: list[str] = []
    card = Supervised(DiaryCard(), lines.append)
    card.power_on()
    assert card.exchange(b"\xee\x00\x00\x00") == b"\x6f\x00"
    assert len(lines) == 1


def test_lost_power_is_muteness_until_the_next_reset():
    card = Supervised(DiaryCard())
    card.power_on()
    with pytest.raises(CardMute):
        card.exchange(b"\xdd\x00\x00\x00")
    with pytest.raises(CardMute):
        card.exchange(b"\x00\x00\x00\x00")
    card.power_off()
    with pytest.raises(CardMute):
        card.exchange(b"\x00\x00\x00\x00")
    assert card.reset() == T0_ATR
    assert card.exchange(b"\x00\x00\x00\x00") == b"\x00\x00\x00\x00\x90\x00"


@pytest.mark.parametrize("failure", [PowerLoss(), ValueError("x")])
def test_a_card_that_does_not_start_is_mute(failure):
    inner = DiaryCard()
    inner.broken_start = failure
    card = Supervised(inner)
    with pytest.raises(CardMute):
        card.power_on()
    with pytest.raises(CardMute):
        card.exchange(b"\x00\x00\x00\x00")


def test_interrupts_are_not_swallowed():
    inner = DiaryCard()
    inner.broken_start = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        Supervised(inner).power_on()


def test_slot_power():
    card = DiaryCard()
    slot = Slot("s", card)
    assert slot.present
    assert not slot.powered
    with pytest.raises(CardMute):
        slot.exchange(b"\x00\x00\x00\x00")
    assert slot.atr == T0_ATR
    assert card.diary == []
    slot.power_on()
    assert slot.powered
    slot.reset()
    slot.power_off()
    slot.power_off()
    assert not slot.powered
    slot.reset()
    assert card.diary == ["cold", "warm", "off", "cold"]


def test_empty_slot():
    slot = Slot("s")
    assert slot.atr == b""
    assert slot.remove() is None
    for call in (slot.power_on, slot.reset, lambda: slot.exchange(b"\x00\x00\x00\x00")):
        with pytest.raises(CardGone):
            call()
    slot.power_off()


def test_insert_remove_and_watchers():
    slot, card, seen = Slot("s"), DiaryCard(), []
    unwatch = slot.watch(seen.append)
    slot.insert(card)
    assert slot.card is card
    with pytest.raises(SlotError):
        slot.insert(DiaryCard())
    slot.power_on()
    assert slot.remove() is card
    assert card.diary == ["cold", "off"]
    unwatch()
    slot.insert(card)
    assert seen == [True, False]
    assert not slot.powered


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_unusable_names(name):
    with pytest.raises(SlotError):
        Slot(name)


def test_pulled_in_the_middle_of_a_command():
    slot, card = Slot("s", DiaryCard()), DiaryCard()
    slot.remove()
    slot.insert(card)
    slot.power_on()
    outcome: list[BaseException] = []

    def command():
        try:
            slot.exchange(b"\x5a\x00\x00\x00")
        except CardGone as gone:
            outcome.append(gone)

    worker = threading.Thread(target=command)
    worker.start()
    assert card.busy.wait(10)
    gone = threading.Event()
    slot.watch(lambda _present: gone.set())
    puller = threading.Thread(target=slot.remove)
    puller.start()
    assert gone.wait(10)  # at once, while the card still works
    assert not slot.present
    card.go.set()
    worker.join(10)
    puller.join(10)
    assert len(outcome) == 1
    assert card.diary == ["cold", "5A000000", "off"]
