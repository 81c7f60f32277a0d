"""The vpcd client against a vpcd of the test's own, on a real socket; and its answers without any socket."""

from __future__ import annotations

import socket
import threading

import pytest

from dualcos.reader import vpcd as vpcd_module
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot
from dualcos.reader.vpcd import CARD_PORT, PSAM_PORT, Plug, VpcdError, VpcdReader, answer
from tests.dualcos.reader.cards import T0_ATR, T1_ATR, DiaryCard

SELECT = bytes.fromhex("00A4040000")
OK = b"\x90\x00"
OFF, ON, RESET, ATR = b"\x00\x01\x00", b"\x00\x01\x01", b"\x00\x01\x02", b"\x00\x01\x04"


class FakeVpcd:
    """Listens like vpcd; each card that connects is ``accept``ed."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(10)
        self.port = self.listener.getsockname()[1]
        self.card: socket.socket | None = None

    def accept(self) -> FakeVpcd:
        if self.card is not None:
            self.card.close()
        self.card, _ = self.listener.accept()
        self.card.settimeout(10)
        return self

    def hang_up(self) -> None:
        assert self.card is not None
        self.card.close()
        self.card = None

    def send(self, words: bytes) -> None:
        assert self.card is not None
        self.card.sendall(words)

    def read(self) -> bytes:
        length = int.from_bytes(self._exactly(2), "big")
        assert length > 0
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        assert self.card is not None
        words = b""
        while len(words) < count:
            chunk = self.card.recv(count - len(words))
            assert chunk, "the card closed the connection"
            words += chunk
        return words

    def ask(self, message: bytes) -> bytes:
        self.send(len(message).to_bytes(2, "big") + message)
        return self.read()

    def closed(self) -> bool:
        assert self.card is not None
        return self.card.recv(1) == b""

    def close(self) -> None:
        self.listener.close()
        if self.card is not None:
            self.card.close()


@pytest.fixture
def vpcd():
    fake = FakeVpcd()
    yield fake
    fake.close()


@pytest.fixture
def card():
    return DiaryCard()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def slot(card, lines):
    return Slot("s", card, report=lines.append)


@pytest.fixture
def reader(vpcd, slot, lines):
    with VpcdReader([Plug(slot, vpcd.port)], report=lines.append) as running:
        yield running


@pytest.fixture
def line(reader, vpcd):
    assert reader is not None
    return vpcd.accept()


def test_default_ports():
    assert (CARD_PORT, PSAM_PORT) == (35963, 35964)
    assert Plug(Slot("s")).port == CARD_PORT


# Without a socket.


def test_the_atr_has_no_side_effects(slot, card):
    assert answer(slot, b"\x04") == T0_ATR
    assert card.diary == []


def test_power_messages_have_no_answer(slot, card):
    assert [answer(slot, bytes((code,))) for code in (1, 2, 0)] == [None, None, None]
    assert card.diary == ["cold", "warm", "off"]


def test_unknown_controls_do_nothing(slot, card):
    assert answer(slot, b"\x03") is None
    assert answer(slot, b"\x77") is None
    assert answer(slot, b"") is None
    assert card.diary == []


def test_an_answer_vpcd_cannot_carry_is_6f00(slot):
    slot.power_on()
    assert answer(slot, bytes(65533)) == bytes(65533) + OK
    assert answer(slot, bytes(65534)) == b"\x6f\x00"


def test_silence_is_raised(slot):
    slot.power_on()
    with pytest.raises(CardMute):
        answer(slot, b"\xdd\x00\x00\x00")
    slot.remove()
    for message in (b"\x04", SELECT):
        with pytest.raises((CardGone, CardMute)):
            answer(slot, message)


# On the wire.


def test_a_session(line, card):
    assert line.ask(b"\x04") == T0_ATR
    line.send(ON)
    assert line.ask(b"\x04") == T0_ATR
    assert line.ask(SELECT) == SELECT + OK
    line.send(RESET)
    assert line.ask(SELECT) == SELECT + OK
    line.send(OFF)
    assert line.ask(b"\x04") == T0_ATR
    assert card.diary == ["cold", SELECT.hex().upper(), "warm", SELECT.hex().upper(), "off"]


def test_several_messages_in_one_segment(line, card):
    line.send(ON + bytes.fromhex("000102000104"))
    assert line.read() == T0_ATR
    assert card.diary == ["cold", "warm"]


def test_messages_in_pieces(line):
    line.send(ON)
    for byte in (5).to_bytes(2, "big") + SELECT:
        line.send(bytes((byte,)))
    assert line.read() == SELECT + OK
    line.send(b"\x00")
    line.send(b"\x05")
    line.send(SELECT)
    assert line.read() == SELECT + OK


def test_the_longest_message(line):
    line.send(ON)
    assert line.ask(bytes(65533)) == bytes(65533) + OK


def test_a_bug_is_answered(line, lines):
    line.send(ON)
    assert line.ask(b"\xbb\x00\x00\x00") == b"\x6f\x00"
    assert line.ask(b"\xee\x00\x00\x00") == b"\x6f\x00"
    assert line.ask(SELECT) == SELECT + OK
    assert len(lines) == 2


def test_mute_is_a_closed_socket_and_a_card_that_comes_back(line, lines, card):
    line.send(ON)
    assert line.ask(SELECT) == SELECT + OK
    line.send(b"\x00\x04\xdd\x00\x00\x00")
    assert line.closed()
    line.accept()
    assert line.ask(b"\x04") == T0_ATR
    line.send(ON)
    assert line.ask(SELECT) == SELECT + OK
    assert card.diary == ["cold", SELECT.hex().upper(), "DD000000", "off", "cold", SELECT.hex().upper()]
    assert len([each for each in lines if "mute" in each]) == 1


def test_a_card_that_does_not_start_is_a_closed_socket(line, card):
    card.broken_start = ValueError("test")
    line.send(ON + ATR)
    assert line.closed()


def test_removal_closes_and_insertion_connects(line, slot, card):
    line.send(ON)
    assert line.ask(b"\x04") == T0_ATR
    slot.remove()
    assert line.closed()
    assert card.diary == ["cold", "off"]
    slot.insert(DiaryCard(T1_ATR))
    line.accept()
    assert line.ask(b"\x04") == T1_ATR


def test_an_empty_slot_connects_when_a_card_comes(vpcd, lines):
    slot = Slot("s")
    with VpcdReader([Plug(slot, vpcd.port)], report=lines.append):
        slot.insert(DiaryCard())
        assert vpcd.accept().ask(b"\x04") == T0_ATR


def test_pcscd_going_away_and_coming_back(line, lines, card, slot):
    line.send(ON)
    assert line.ask(SELECT) == SELECT + OK
    port = line.port
    line.close()
    again = FakeVpcd(port)
    try:
        again.accept()
        assert again.ask(b"\x04") == T0_ATR
        assert "off" in card.diary
        assert not slot.powered  # a card newly inserted has no power
        again.send(ON)
        assert again.ask(SELECT) == SELECT + OK
    finally:
        again.close()
    assert sum("waiting" in each for each in lines) >= 1
    assert sum("again" in each for each in lines) >= 1


def test_a_card_is_taken_when_vpcd_has_asked_it_something_and_not_before(vpcd, slot):
    noticed: list[Plug] = []
    plug = Plug(slot, vpcd.port)
    with VpcdReader([plug], taken=noticed.append) as reader:
        vpcd.accept()
        assert (reader.taken(), noticed) == ([], [])
        assert vpcd.ask(b"\x04") == T0_ATR
        assert (reader.taken(10), noticed) == ([plug], [plug])
        vpcd.send(ON)
        assert vpcd.ask(SELECT) == SELECT + OK
        assert noticed == [plug]
        slot.remove()
        assert vpcd.closed()
        slot.insert(DiaryCard())
        vpcd.accept()
        assert reader.taken() == []
        assert vpcd.ask(b"\x04") == T0_ATR
        assert (reader.taken(10), noticed) == ([plug], [plug, plug])


@pytest.mark.parametrize(
    "words",
    [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail\r\n", b"\x00\x01\x77", b"\x00\x00"],
    ids=["ssh", "mail", "no-control", "nothing"],
)
def test_what_is_no_word_of_vpcd_takes_no_card(vpcd, slot, words):
    with VpcdReader([Plug(slot, vpcd.port)]) as reader:
        vpcd.accept().send(words)
        assert reader.taken(0.05) == []


def test_what_is_said_of_a_vpcd_that_hangs_up_is_said_once_until_it_has_the_card(vpcd, slot, lines):
    with VpcdReader([Plug(slot, vpcd.port)], report=lines.append) as reader:
        for _ in range(3):
            vpcd.accept().hang_up()
        vpcd.accept()
        assert [line.partition("closed")[1] for line in lines] == ["closed"]
        assert vpcd.ask(b"\x04") == T0_ATR
        assert reader.taken(10)
        vpcd.hang_up()
        vpcd.accept()
        assert len(lines) == 3  # connected, and still nothing is claimed
        assert vpcd.ask(b"\x04") == T0_ATR
        assert reader.taken(10)
    assert [" ".join(line.split()[4:8]) for line in lines] == [
        "closed the connection; waiting", "has the card now", "closed the connection; waiting", "has the card again",
    ]  # fmt: skip


def test_no_word_means_the_slot_may_be_taken(vpcd, slot, monkeypatch):
    monkeypatch.setattr(vpcd_module, "FIRST_WORD_SECONDS", 0.05)
    heard = threading.Event()
    said: list[str] = []

    def report(text: str) -> None:
        said.append(text)
        heard.set()

    with VpcdReader([Plug(slot, vpcd.port)], report=report):
        vpcd.accept()
        assert heard.wait(10)
        assert "taken" in said[0]
        assert str(vpcd.port) in said[0]
        assert vpcd.ask(b"\x04") == T0_ATR  # it is served all the same when its turn comes


def test_two_slots(vpcd, slot):
    other = FakeVpcd()
    try:
        with VpcdReader([Plug(slot, vpcd.port), Plug(Slot("p", DiaryCard(T1_ATR)), other.port)]):
            assert vpcd.accept().ask(b"\x04") == T0_ATR
            assert other.accept().ask(b"\x04") == T1_ATR
    finally:
        other.close()


def test_nobody_listens(slot):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    with pytest.raises(VpcdError, match="pcscd") as error:
        VpcdReader([Plug(slot, port)]).start()
    assert str(port) in str(error.value)
    assert "vsmartcard-vpcd" in str(error.value)
    assert "\n" not in str(error.value)


def test_one_of_two_missing_leaves_nothing_connected(vpcd, slot):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    with pytest.raises(VpcdError):
        VpcdReader([Plug(slot, vpcd.port), Plug(Slot("p", DiaryCard()), port)]).start()
    vpcd.accept()
    assert vpcd.closed()


def test_stopping_disconnects_and_takes_power(vpcd, slot, card):
    reader = VpcdReader([Plug(slot, vpcd.port)]).start()
    vpcd.accept().send(ON)
    assert vpcd.ask(SELECT) == SELECT + OK
    reader.stop()
    assert vpcd.closed()
    assert card.diary[-1] == "off"
    reader.stop()
    with reader:  # and once more
        assert vpcd.accept().ask(b"\x04") == T0_ATR


def test_a_card_that_never_answers_does_not_keep_the_reader_from_stopping(vpcd, slot, card, lines, monkeypatch):
    monkeypatch.setattr(vpcd_module, "_JOIN_SECONDS", 0.05)
    reader = VpcdReader([Plug(slot, vpcd.port)], report=lines.append).start()
    vpcd.accept().send(ON + b"\x00\x04\x5a\x00\x00\x00")
    assert card.busy.wait(10)
    reader.stop()
    assert lines == ["the card in 's' has not answered for 0.05 s; stopped without it, its power still on"]
    card.go.set()
