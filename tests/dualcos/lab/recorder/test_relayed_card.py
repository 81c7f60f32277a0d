"""A card in another reader, passed on: what it does is what the terminal sees, whatever becomes of the reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dualcos.lab.recorder.relayed_card import HandAtOtherReader, RelayedCard
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot
from tests.echo_card import EchoCard

SECONDS = 5.0
LOST = PcscError("Reader 0: service stopped")


class Reader:
    """A reader with a hand at it; its links are what PcscLink is."""

    def __init__(self) -> None:
        self.card: EchoCard | None = EchoCard()
        self.fault: Exception | None = None
        self.closed = 0
        self.moved = threading.Condition()

    def move(self, card: EchoCard | None, fault: Exception | None = None) -> None:
        with self.moved:
            self.card, self.fault = card, fault
            self.moved.notify_all()

    def link(self) -> Link:
        return Link(self)


class Link:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen = b""

    def _there(self) -> EchoCard:
        if self._reader.fault is not None:
            raise self._reader.fault
        if self._reader.card is None:
            raise CardGone("no card")
        return self._reader.card

    def exchange(self, command: bytes) -> bytes:
        return self._there().exchange(command)

    def power_on(self) -> bytes:
        return self._there().power_on()

    def reset(self) -> bytes:
        return self._there().reset()

    def power_off(self) -> None:
        if self._reader.fault is not None:
            raise self._reader.fault

    @property
    def atr(self) -> bytes:
        if not self._seen:
            self._seen = self._there().atr
        return self._seen

    def close(self) -> None:
        self._reader.closed += 1
        self.power_off()

    def wait(self, *, present: bool, seconds: float) -> bool:
        reader = self._reader
        with reader.moved:
            reader.moved.wait_for(lambda: reader.fault or (reader.card is not None) is present, seconds)
            if reader.fault is not None:
                raise reader.fault
            return (reader.card is not None) is present


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def told() -> list[str]:
    return []


def test_what_the_card_does_is_passed_on(reader, told):
    card = RelayedCard(reader.link, told.append)
    assert card.environment is None
    assert card.atr == card.power_on() == card.reset() == EchoCard().atr
    assert card.exchange(bytes.fromhex("00A4000000")) == EchoCard().exchange(bytes.fromhex("00A4000000"))
    card.power_off()
    reader.move(None)
    with pytest.raises(CardGone):
        card.exchange(b"\x00\xa4\x00\x00")
    assert told == []


@pytest.mark.parametrize("silence", [CardGone("taken out"), CardMute("no power")])
def test_silence_is_the_cards_own(reader, told, silence):
    card = RelayedCard(reader.link, told.append)
    reader.move(EchoCard(), silence)
    for call in (card.power_on, card.reset, lambda: card.exchange(b"\x00\xa4\x00\x00")):
        with pytest.raises(type(silence), match=str(silence)):
            call()
    assert told == []


def test_a_reader_that_fails_is_a_card_that_has_gone_and_is_told(reader, told):
    card = RelayedCard(reader.link, told.append)
    reader.move(EchoCard(), LOST)
    with pytest.raises(CardGone):
        card.exchange(b"\x00\xa4\x00\x00")
    assert told == [str(LOST)]
    card.power_off()
    card.close()
    assert card.atr == b""


def test_another_card_is_another(reader, told):
    card = RelayedCard(reader.link, told.append)
    first = card.atr
    other = EchoCard(protocol=1)
    reader.move(other)
    assert card.atr == first, "the link's own memory"
    card.another()
    assert (card.atr, reader.closed) == (other.atr, 1)


@contextmanager
def following(reader: Reader, report: Callable[[str], None]) -> Iterator[tuple[Slot, threading.Semaphore]]:
    """A slot that follows ``reader``, and what is released with every move in it."""
    slot, moves = Slot("Reader 0"), threading.Semaphore(0)
    slot.watch(lambda _present: moves.release())
    relay = RelayedCard(reader.link, report)
    hand = HandAtOtherReader(slot, relay, relay, reader.link(), report)
    hand.start()
    try:
        yield slot, moves
    finally:
        hand.close()


def test_who_takes_it_out_there_takes_it_out_here(reader, told):
    with following(reader, told.append) as (slot, moves):
        assert slot.present
        assert moves.acquire(timeout=SECONDS)
        slot.power_on()
        reader.move(None)
        assert moves.acquire(timeout=SECONDS)
        assert not slot.present
        reader.move(EchoCard())
        assert moves.acquire(timeout=SECONDS)
        assert slot.present
        assert slot.power_on() == EchoCard().atr
    assert told == []


def test_an_empty_reader_is_an_empty_slot(reader, told):
    reader.move(None)
    with following(reader, told.append) as (slot, moves):
        assert not slot.present
        reader.move(EchoCard())
        assert moves.acquire(timeout=SECONDS)
        assert slot.present


def test_a_reader_that_goes_takes_its_card_along(reader, told):
    with following(reader, told.append) as (slot, moves):
        assert moves.acquire(timeout=SECONDS)
        reader.move(None, LOST)
        assert moves.acquire(timeout=SECONDS)
        assert not slot.present
    assert told == [str(LOST)]


def test_a_reader_that_fails_at_the_start_is_let_go_of(reader, told):
    relay = RelayedCard(reader.link, told.append)
    hand = HandAtOtherReader(Slot("Reader 0"), relay, relay, reader.link(), told.append)
    reader.move(None, LOST)
    with pytest.raises(PcscError):
        hand.start()
    hand.close()
    assert reader.closed == 1
