"""What ``serve --reader vpcd`` says of its readers: only what is true when it is said, whatever listens on the port."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from dualcos.cli import plugged_readers
from dualcos.cli.card_argument import asked_card
from dualcos.cli.plugged_readers import PluggedReaders
from dualcos.cli.reader_slots import Seat
from dualcos.reader import vpcd as vpcd_module
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.pcsc import PcscError
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import CARD_PORT, PSAM_PORT, Plug, VpcdReader
from tests.dualcos.reader.cards import T0_ATR, T1_ATR, DiaryCard
from tests.dualcos.reader.test_vpcd import FakeVpcd

NONE: dict[str, bytes] = {}


class Scene(NamedTuple):
    """Seats, what listens for their cards, and what is said after the start."""

    seats: list[Seat]
    vpcds: list[FakeVpcd]
    said: list[str]
    heard: threading.Event
    plugged: PluggedReaders

    @contextlib.contextmanager
    def started(self) -> Iterator[VpcdReader]:
        plugs = [Plug(seat.slot, seat.port) for seat in self.seats]
        with VpcdReader(plugs, taken=self.plugged.noticed) as reader:
            for vpcd in self.vpcds:
                vpcd.accept()
            yield reader


@pytest.fixture
def scene(monkeypatch):
    """Makes one: a card for each ATR, and what pcscd is to show of readers."""
    monkeypatch.setattr(plugged_readers, "_SHOWN_SECONDS", 10)
    monkeypatch.setattr(vpcd_module, "FIRST_WORD_SECONDS", 10)
    with ExitStack() as stack:

        def make(shown: Callable[[], dict[str, bytes]], *atrs: bytes) -> Scene:
            monkeypatch.setattr(plugged_readers, "cards_in_readers", shown)
            vpcds = sorted((FakeVpcd() for _ in atrs), key=lambda vpcd: vpcd.port)
            for vpcd in vpcds:
                stack.callback(vpcd.close)
            slots = [Slot(f"s{at}", DiaryCard(atr)) for at, atr in enumerate(atrs)]
            opened = asked_card("blank", None)
            stack.callback(opened.card.close)
            seats = [
                Seat(opened, slot, vpcd.port, HotPlug(slot), None) for slot, vpcd in zip(slots, vpcds, strict=True)
            ]
            said: list[str] = []
            heard = threading.Event()

            def say(words: str) -> None:
                said.append(words)
                heard.set()

            return Scene(seats, vpcds, said, heard, PluggedReaders(seats, say))

        yield make


def no_pyscard() -> dict[str, bytes]:
    raise PcscError("pyscard is not installed")


def stuck() -> dict[str, bytes]:
    threading.Event().wait(5)
    return {"Too late 00 00": T0_ATR}


@pytest.mark.parametrize(
    ("shown", "named"),
    [
        (lambda: {"Card 00 00": T0_ATR}, "Card 00 00"),
        (lambda: {"Other 00 00": T1_ATR, "Card 01 00": T0_ATR}, "Card 01 00"),
        (lambda: {"Twin 00 00": T0_ATR, "Card 01 00": T0_ATR}, None),
        (lambda: {"Other 00 00": T1_ATR}, None),
        (lambda: NONE, None),
        (no_pyscard, None),
        (stuck, None),
    ],
    ids=["alone", "beside-another", "a-twin", "elsewhere", "no-reader", "no-pyscard", "no-answer"],
)
def test_a_name_is_told_only_if_pcscd_shows_our_card_under_it(scene, shown, named, monkeypatch):
    at = scene(shown, T0_ATR)
    if named is None:
        monkeypatch.setattr(plugged_readers, "_SHOWN_SECONDS", 0.1)
    with at.started() as reader:
        assert at.vpcds[0].ask(b"\x04") == T0_ATR
        where = at.plugged.found(reader)
    port = at.seats[0].port
    assert where.readers == [f"{named} (port {port})" if named else f"pcscd has taken the card on port {port}"]
    assert where.talk == "any PC/SC program sees this reader"
    assert at.plugged.held(port)


def test_two_slots_with_one_atr_are_named_in_order(scene):
    at = scene(lambda: {"Card 00 01": T0_ATR, "Card 00 00": T0_ATR}, T0_ATR, T0_ATR)
    with at.started() as reader:
        assert [vpcd.ask(b"\x04") for vpcd in at.vpcds] == [T0_ATR, T0_ATR]
        where = at.plugged.found(reader)
    assert [words.split(" (")[0] for words in where.readers] == ["Card 00 00", "Card 00 01"]


@pytest.mark.parametrize("which", [0, 1], ids=["card", "psam"])
def test_a_slot_that_is_another_card_s_is_not_claimed_and_is_said_when_it_is_ours(scene, which, monkeypatch):
    """Nothing comes from vpcd where the slot is taken: until it does, no reader is ours."""
    shown: dict[str, bytes] = {}
    at = scene(lambda: dict(shown), T0_ATR, T1_ATR)
    atrs, ports = (T0_ATR, T1_ATR), [seat.port for seat in at.seats]
    shown[f"Slot {1 - which}"] = atrs[1 - which]
    with at.started() as reader:
        assert at.vpcds[1 - which].ask(b"\x04") == atrs[1 - which]
        while not reader.taken(0.01):
            pass
        monkeypatch.setattr(plugged_readers, "FIRST_WORD_SECONDS", 0.0)
        where = at.plugged.found(reader)
        assert where.readers[1 - which] == f"Slot {1 - which} (port {ports[1 - which]})"
        assert where.readers[which].startswith("none yet")
        assert str(ports[which]) in where.readers[which]
        assert where.talk == "any PC/SC program will see a reader when it is said here"
        assert (at.plugged.held(ports[which]), at.said) == (False, [])
        shown[f"Slot {which}"] = atrs[which]
        assert at.vpcds[which].ask(b"\x04") == atrs[which]
        assert at.heard.wait(10)
        assert at.said == [f"reader      Slot {which} (port {ports[which]})"]
        assert at.plugged.held(ports[which])


def test_after_pcscd_has_come_back_another_name_is_said_and_the_same_is_not(scene):
    shown = {"Card 00 00": T0_ATR}
    at = scene(lambda: dict(shown), T0_ATR)
    port = at.seats[0].port
    with at.started() as reader:
        (vpcd,) = at.vpcds
        assert vpcd.ask(b"\x04") == T0_ATR
        at.plugged.found(reader)
        vpcd.hang_up()
        vpcd.accept()
        assert vpcd.ask(b"\x04") == T0_ATR
        assert not at.heard.wait(0.1)
        shown["Card 01 00"] = shown.pop("Card 00 00")
        vpcd.hang_up()
        vpcd.accept()
        assert vpcd.ask(b"\x04") == T0_ATR
        assert at.heard.wait(10)
    assert at.said == [f"reader      Card 01 00 (port {port})"]


def test_the_usual_name_is_called_the_usual_one(scene):
    at = scene(no_pyscard, T0_ATR, T1_ATR)
    seats = [seat._replace(port=port) for seat, port in zip(at.seats, (CARD_PORT, PSAM_PORT), strict=True)]

    class BothTaken(VpcdReader):
        def taken(self, seconds: float = 0.0) -> list[Plug]:  # noqa: ARG002 - the shape of the method
            return [Plug(seat.slot, seat.port) for seat in seats]

    where = PluggedReaders(seats, at.said.append).found(BothTaken([]))
    assert where.readers == [
        f"pcscd has taken the card on port {CARD_PORT}; its usual name is Virtual PCD 00 00",
        f"pcscd has taken the card on port {PSAM_PORT}; its usual name is Virtual PCD 00 01",
    ]
