"""SSSE32's seven functions, in C and in FoxPro, as SSC-8 appendix A has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardMute
from dualcos.reader.slot import Slot
from dualcos.terminal.interface.library_card import LibraryCard
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.variants.foxpro_library import FoxProLibrary
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.terminal_bench import WatchedCard, made_card

SSSE = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
USER, SAM = 0x01, 0x11
RETURNS = {0, -1, -2, -3, -4, -11, -12, -13, -14, -15}  # SSC-8 table A1.2


class Reader:
    def __init__(self, **slots):
        self.card, self.sam = WatchedCard(made_card("social-2.0")), WatchedCard(made_card("psam-3des"))
        self.slot, self.sam_slot = Slot("card", self.card), Slot("sam", self.sam)
        self.library = ReaderLibrary({"USB1": {USER: self.slot, SAM: self.sam_slot, **slots}, "COM2": {}})

    def opened(self, device="AUTO"):
        handle = self.library.ICC_Reader_Open(device)
        assert handle >= 0
        return handle

    def powered(self, slot=USER):
        handle = self.opened()
        assert self.library.ICC_Reader_PowerOn(handle, slot, bytearray(33)) > 0
        return handle

    def sent(self, handle, command, slot=USER, room=300):
        answer = bytearray(room)
        length = self.library.ICC_Reader_Application(handle, slot, len(command), command, answer)
        return length, bytes(answer[: max(length, 0)])


@pytest.fixture
def reader():
    return Reader()


def test_a_card_is_opened_powered_asked_and_closed(reader):
    library, handle = reader.library, reader.opened()
    memory = bytearray(b"\xcc" * 40)
    assert library.ICC_Reader_GetStatus(handle, USER) == -3
    length = library.ICC_Reader_PowerOn(handle, USER, memory)
    assert memory[:length] == reader.card.atr
    assert memory[length:] == b"\xcc" * (40 - length)
    assert library.ICC_Reader_GetStatus(handle, USER) == 0
    length, answer = reader.sent(handle, SSSE)
    assert (answer[:1], answer[-2:], length) == (b"\x6f", b"\x90\x00", len(answer))
    assert library.ICC_Reader_PowerOff(handle, USER) == 0
    assert library.ICC_Reader_GetStatus(handle, USER) == -3
    assert library.ICC_Reader_Close(handle) == 0
    assert library.ICC_Reader_GetStatus(handle, USER) == -12


def test_card_and_sam_are_two_connectors(reader):
    handle = reader.powered()
    assert reader.library.ICC_Reader_GetStatus(handle, SAM) == -3
    assert reader.library.ICC_Reader_PowerOn(handle, SAM, bytearray(33)) > 0
    assert reader.sent(handle, bytes.fromhex("00A4000002DF01"), SAM)[0] >= 2
    assert reader.sam.commands == ["00A4000002DF01"]
    assert reader.card.commands == []


@pytest.mark.parametrize("name", ["AUTO", "USB1", "COM2"])
def test_readers_by_name(reader, name):
    first, second = reader.opened(name), reader.opened(name)
    assert first != second


@pytest.mark.parametrize("name", ["USB9", "LPT1", "COM1"])
def test_a_port_without_a_reader(reader, name):
    assert reader.library.ICC_Reader_Open(name) == -11


@pytest.mark.parametrize("name", ["", "USB", "USB0", "USB10", "usb1", "auto", "AUTO ", "COM1\n", "TTY1"])
def test_what_is_no_port(reader, name):
    assert reader.library.ICC_Reader_Open(name) == -14


def test_auto_without_any_reader():
    assert ReaderLibrary({}).ICC_Reader_Open("AUTO") == -11


def test_no_more_handles_than_foxpro_can_name(reader):
    handles = [reader.opened() for _ in range(255)]
    assert len({*handles}) == 255
    assert reader.library.ICC_Reader_Open("AUTO") == -11
    assert reader.library.ICC_Reader_Close(handles[7]) == 0
    assert reader.opened() == handles[7]


@pytest.mark.parametrize("slot", [0x00, 0x10, 0x20, 0xFF, -1, 0x101])
def test_what_is_no_connector(reader, slot):
    handle = reader.opened()
    assert reader.library.ICC_Reader_PowerOn(handle, slot, bytearray(33)) == -14
    assert reader.library.ICC_Reader_PowerOff(handle, slot) == -14
    assert reader.library.ICC_Reader_GetStatus(handle, slot) == -14


@pytest.mark.parametrize("slot", [0x0F, 0x1F, 0x02])
def test_a_connector_that_the_reader_lacks_holds_no_card(reader, slot):
    assert reader.library.ICC_Reader_PowerOn(reader.opened(), slot, bytearray(33)) == -2


def test_nothing_without_open(reader):
    library = reader.library
    assert library.ICC_Reader_PowerOn(1, USER, bytearray(33)) == -12
    assert library.ICC_Reader_PowerOff(1, USER) == -12
    assert library.ICC_Reader_GetStatus(1, USER) == -12
    assert reader.sent(1, SSSE)[0] == -12
    assert library.ICC_Reader_Close(1) == -12


def test_no_command_without_power(reader):
    assert reader.sent(reader.opened(), SSSE) == (-3, b"")
    assert reader.card.commands == []


def test_a_card_that_was_pulled(reader):
    handle = reader.powered()
    reader.slot.remove()
    assert reader.library.ICC_Reader_GetStatus(handle, USER) == -2
    assert reader.sent(handle, SSSE)[0] == -2
    assert reader.library.ICC_Reader_PowerOff(handle, USER) == -2
    reader.slot.insert(reader.card)
    assert reader.library.ICC_Reader_GetStatus(handle, USER) == -3


def test_cold_then_warm():
    """SSC-8 A1.3: a card that is silent at the cold reset is asked by a warm one."""

    class SilentWhenCold(WatchedCard):
        def power_on(self):
            super().power_on()
            raise CardMute("silent")

    card = SilentWhenCold(made_card("social-2.0"))
    library = ReaderLibrary.of(card)
    assert library.ICC_Reader_PowerOn(library.ICC_Reader_Open("AUTO"), USER, bytearray(33)) > 0
    assert card.power == ["cold", "warm"]


@pytest.mark.parametrize(("failure", "code"), [(CardMute("silent"), -4), (PcscError("unplugged"), -11)])
def test_a_card_or_reader_that_fails(failure, code):
    class Failing(WatchedCard):
        def power_on(self):
            raise failure

        reset = power_on

    library = ReaderLibrary.of(Failing(made_card("social-2.0")))
    assert library.ICC_Reader_PowerOn(library.ICC_Reader_Open("AUTO"), USER, bytearray(33)) == code


def test_a_card_that_stays_silent_has_no_power():
    def silent(_):
        raise CardMute("silent")

    card = WatchedCard(made_card("social-2.0"))
    card.bend_atr = silent
    library = ReaderLibrary.of(card)
    assert library.ICC_Reader_PowerOn(library.ICC_Reader_Open("AUTO"), USER, bytearray(33)) == -4
    assert card.power == ["cold", "warm", "off"]


def test_whoever_gives_power_has_the_card(reader):
    first, second = reader.powered(), reader.opened()
    assert reader.library.ICC_Reader_GetStatus(second, USER) == -3
    assert reader.sent(second, SSSE)[0] == -3
    assert reader.library.ICC_Reader_PowerOn(second, USER, bytearray(33)) > 0
    assert reader.sent(first, SSSE)[0] == -3
    assert reader.sent(second, SSSE)[0] > 2
    reader.library.ICC_Reader_Close(first)
    assert reader.slot.powered
    reader.library.ICC_Reader_Close(second)
    assert not reader.slot.powered


def test_nobody_takes_power_that_another_gave(reader):
    first, second = reader.powered(), reader.opened()
    assert reader.library.ICC_Reader_PowerOff(second, USER) == -3
    assert reader.sent(first, SSSE)[0] > 2
    assert reader.library.ICC_Reader_PowerOff(first, USER) == 0
    assert reader.library.ICC_Reader_PowerOff(first, USER) == -3


def test_power_that_another_program_takes(reader):
    handle = reader.powered()
    reader.slot.power_off()
    assert reader.library.ICC_Reader_GetStatus(handle, USER) == -3
    assert reader.sent(handle, SSSE)[0] == -3


@pytest.mark.parametrize("length", [-1, 0, 3, 21, 70_000, 1 << 40])
def test_lengths_that_no_command_has(reader, length):
    handle, answer = reader.powered(), bytearray(300)
    assert reader.library.ICC_Reader_Application(handle, USER, length, SSSE, answer) == -14
    assert reader.card.commands == []


def test_only_so_many_bytes_as_are_said_go_out(reader):
    handle = reader.powered()
    reader.library.ICC_Reader_Application(handle, USER, 20, SSSE + b"\xee\xee", bytearray(300))
    assert reader.card.commands == [SSSE.hex().upper()]


def test_memory_too_small_is_not_written(reader):
    handle = reader.powered()
    memory = bytearray(b"\xcc" * 10)
    assert reader.library.ICC_Reader_Application(handle, USER, len(SSSE), SSSE, memory) == -14
    assert reader.library.ICC_Reader_PowerOn(handle, USER, memory) == -14
    assert reader.library.ICC_Reader_Libinfo(memory) == -14
    assert memory == b"\xcc" * 10


def test_information_has_32_characters(reader):
    memory = bytearray(33)
    assert reader.library.ICC_Reader_Libinfo(memory) == 0
    assert memory[32] == 0
    text = memory[:32].decode("ascii")
    assert (text[:16], text[16:30]) == ("dualcos".ljust(16), "virtual reader")
    assert text[30:].isdigit()


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 255), st.integers(-(2**31), 2**31 - 1), st.binary(max_size=12))
def test_whatever_is_given_there_is_an_answer(handle, slot, length, command):
    """Any call returns a length or one of the table's codes."""
    library = ReaderLibrary.of(made_card("social-1.0"), made_card("psam-3des"))
    opened = library.ICC_Reader_Open("AUTO")
    for each in (handle, opened):
        library.ICC_Reader_PowerOn(opened, USER, bytearray(33))
        for code in (
            library.ICC_Reader_PowerOn(each, slot, bytearray(33)),
            library.ICC_Reader_Application(each, slot, length, command, bytearray(300)),
            library.ICC_Reader_GetStatus(each, slot),
            library.ICC_Reader_PowerOff(each, slot),
        ):
            assert code in RETURNS or 2 <= code <= 300


# --- FoxPro ---


def test_foxpro_strings(reader):
    fox = FoxProLibrary(reader.library)
    opened = fox.ICCR_Open("AUTO")
    assert (opened[:2], len(opened)) == ("00", 4)
    handle = opened[2:]
    assert fox.ICCR_GetS(handle, USER) == "03"
    atr = reader.card.atr
    assert fox.ICCR_Pon(handle, USER) == f"00{len(atr):02X}{atr.hex().upper()}"
    assert fox.ICCR_GetS(handle, USER) == "00"
    answer = fox.ICCR_App(handle, USER, SSSE.hex())
    assert answer[:2] == "00"
    assert len(answer) == 6 + 2 * int(answer[2:6], 16)
    assert (answer[6:8], answer[-4:]) == ("6F", "9000")
    assert fox.ICCR_Poff(handle, USER) == "00"
    assert fox.ICCR_Close(handle) == "00"
    assert fox.ICCR_Close(handle) == "12"
    assert len(fox.ICCR_Linfo()) == 34


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (lambda fox: fox.ICCR_Open("USB1"), "14"),
        (lambda fox: fox.ICCR_Open("LPT9"), "11"),
        (lambda fox: fox.ICCR_Pon("zz", USER), "12"),
        (lambda fox: fox.ICCR_Pon(fox.ICCR_Open("AUTO")[2:], 0x02), "02"),
        (lambda fox: fox.ICCR_App(fox.ICCR_Open("AUTO")[2:], USER, "00840000"), "03"),
        (lambda fox: fox.ICCR_App(fox.ICCR_Open("AUTO")[2:], USER, "0084000"), "14"),
        (lambda fox: fox.ICCR_App(fox.ICCR_Open("AUTO")[2:], USER, "zz"), "14"),
    ],
)
def test_foxpro_refusals_are_two_characters(reader, said, status):
    assert said(FoxProLibrary(reader.library)) == status


# --- the card behind it ---


def test_a_card_through_the_library_is_a_card(reader):
    card = LibraryCard(reader.library, reader.opened(), USER)
    atr = card.power_on()
    assert card.atr == atr == reader.card.atr
    assert card.exchange(SSSE)[-2:] == b"\x90\x00"
    assert card.reset() == card.power_on() == atr
    assert reader.card.power == ["cold", "cold"]  # the last had heard nothing since
    assert card.exchange(SSSE)[-2:] == b"\x90\x00"
    assert card.power_on() == atr
    assert len(reader.card.power) == 3
    card.power_off()
    with pytest.raises(TerminalStopped) as stopped:
        card.exchange(SSSE)
    assert stopped.value.cause is StopCause.NO_POWER


def test_a_library_with_codes_of_its_own_is_a_reader_that_fails(reader, monkeypatch):
    monkeypatch.setattr(reader.library, "ICC_Reader_PowerOn", lambda *_: -99)
    with pytest.raises(TerminalStopped) as stopped:
        LibraryCard(reader.library, 1, USER).power_on()
    assert stopped.value.cause is StopCause.READER


def test_whole_answers_or_what_the_card_says():
    """SSC-8 A1.6 speaks of APDUs; over T=0 a card says 61xx and 6Cxx first."""
    for whole, ends in ((True, ("9000", "9000")), (False, ("6118", "6C0B"))):
        library = ReaderLibrary({"USB1": {USER: made_card("social-2.0")}}, whole_answers=whole)
        handle = library.ICC_Reader_Open("AUTO")
        library.ICC_Reader_PowerOn(handle, USER, bytearray(33))
        for command, end in zip(("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B2072C00"), ends, strict=True):
            memory = bytearray(300)
            length = library.ICC_Reader_Application(handle, USER, len(command) // 2, bytes.fromhex(command), memory)
            assert memory[:length].hex().upper().endswith(end)
