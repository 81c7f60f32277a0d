"""SSSE32: the seven functions of a reader's library, as all programs of the social security card know them (SSC-8 A1).

C semantics: ``long`` is 32 bits, handles are small numbers, an answer goes to the front of the caller's memory. A slot
has power from one handle at a time, and whoever gives it power last has it: commands of another are answered -3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeVar

from apdu.link import SmartCard
from dualcos.dialogue.driver import perform, send
from dualcos.reader.pcsc import PcscError, PcscLink
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.slot import Slot
from dualcos.terminal.card_contacts import let_go

AUTO = "AUTO"
_PORT = re.compile(r"(COM|USB|LPT)[1-9]\Z")
_MOST_HANDLES = 0xFF  # FoxPro has two characters for one
_SHORTEST_COMMAND = 4
_LONGEST_COMMAND = 4 + 3 + 65_535 + 2
_MAKER, _MODEL, _VERSION = "dualcos", "virtual reader", "10"
INFORMATION_LENGTH, LONGEST_ATR, LONGEST_ANSWER = 32, 33, 65_538
"""Bytes that a caller has to have for what comes."""
T = TypeVar("T")


class IfdCode(IntEnum):
    """What the functions return besides lengths and handles (SSC-8 table A1.2)."""

    OK = 0
    CARD_TYPE = -1
    NO_CARD = -2
    NO_POWER = -3
    NO_ANSWER = -4
    CONNECTION = -11
    NOT_OPEN = -12
    UNSUPPORTED = -13
    PARAMETER = -14
    CHECKSUM = -15


class CardReaderLibrary(Protocol):
    """SSSE32, ours or a maker's."""

    def ICC_Reader_Open(self, dev_Name: str) -> int:
        """A handle, not negative."""
        ...

    def ICC_Reader_Close(self, ReaderHandle: int) -> int:
        """0."""
        ...

    def ICC_Reader_PowerOn(self, ReaderHandle: int, ICC_Slot_No: int, Response: bytearray) -> int:
        """The length of the ATR."""
        ...

    def ICC_Reader_PowerOff(self, ReaderHandle: int, ICC_Slot_No: int) -> int:
        """0."""
        ...

    def ICC_Reader_GetStatus(self, ReaderHandle: int, ICC_Slot_No: int) -> int:
        """0: a card with power."""
        ...

    def ICC_Reader_Application(
        self, ReaderHandle: int, ICC_Slot_No: int, Lenth: int, Command_APDU: bytes, Response_APDU: bytearray
    ) -> int:
        """The length of data and status word."""
        ...

    def ICC_Reader_Libinfo(self, info: bytearray) -> int:
        """0."""
        ...


class _Stopped(Exception):
    def __init__(self, code: IfdCode) -> None:
        self.code = code


class _Place(NamedTuple):
    device: str
    slot: int


class ReaderLibrary:
    """``devices``: the readers by port (``USB1``), each its connectors by number: 0x0n for cards, 0x1n for SAMs.

    ``whole_answers``: an answer that waits (61xx) is fetched, and a wrong Le (6Cxx) mended, as the function speaks of
    APDUs (SSC-8 A1.6); without it the caller sees what the card says.
    """

    def __init__(self, devices: Mapping[str, Mapping[int, SmartCard]], *, whole_answers: bool = True) -> None:
        self._whole = whole_answers
        self._devices = {name: dict(slots) for name, slots in devices.items()}
        self._open: dict[int, str] = {}
        self._powered: dict[_Place, int] = {}  # by which handle

    @classmethod
    def of(cls, card: SmartCard, sam: SmartCard | None = None, contactless: SmartCard | None = None) -> ReaderLibrary:
        """One reader, ``USB1``: card at 01, contactless at 02, SAM at 11."""
        slots = {0x01: card, 0x02: contactless, 0x11: sam}
        return cls({"USB1": {number: each for number, each in slots.items() if each is not None}})

    def ICC_Reader_Open(self, dev_Name: str) -> int:
        """打开设备. ``AUTO``, or a port by name; a handle from 1 on."""
        if dev_Name != AUTO and not _PORT.match(dev_Name):
            return IfdCode.PARAMETER
        found = next(iter(self._devices), None) if dev_Name == AUTO else dev_Name
        handle = next((each for each in range(1, _MOST_HANDLES + 1) if each not in self._open), None)
        if found not in self._devices or handle is None:
            return IfdCode.CONNECTION
        self._open[handle] = found
        return handle

    def ICC_Reader_Close(self, ReaderHandle: int) -> int:
        """关闭设备. What this handle has given power to loses it."""
        if ReaderHandle not in self._open:
            return IfdCode.NOT_OPEN
        for place in [each for each, handle in self._powered.items() if handle == ReaderHandle]:
            self._without_power(place)
        del self._open[ReaderHandle]
        return IfdCode.OK

    def ICC_Reader_PowerOn(self, ReaderHandle: int, ICC_Slot_No: int, Response: bytearray) -> int:
        """卡上电或热复位: cold reset, then a warm one if the card stayed silent. The length of the ATR."""
        try:
            place = self._place(ReaderHandle, ICC_Slot_No)
            card = self._card(place)
            self._powered.pop(place, None)
            atr = _tried(lambda: _restarted(card))
            self._powered[place] = ReaderHandle
            return _given(atr, Response)
        except _Stopped as stopped:
            return stopped.code

    def ICC_Reader_PowerOff(self, ReaderHandle: int, ICC_Slot_No: int) -> int:
        """卡下电; -3 where this handle has not given power: it is another's, or there is none."""
        try:
            place = self._place(ReaderHandle, ICC_Slot_No)
            self._card(place)
            if self._powered.get(place) != ReaderHandle:
                return IfdCode.NO_POWER
            self._without_power(place)
        except _Stopped as stopped:
            return stopped.code
        return IfdCode.OK

    def ICC_Reader_GetStatus(self, ReaderHandle: int, ICC_Slot_No: int) -> int:
        """获取卡片状态: 0 a card with power from this handle, -2 no card, -3 a card without."""
        try:
            self._demand_power(self._place(ReaderHandle, ICC_Slot_No), ReaderHandle)
        except _Stopped as stopped:
            return stopped.code
        return IfdCode.OK

    def ICC_Reader_Application(
        self, ReaderHandle: int, ICC_Slot_No: int, Lenth: int, Command_APDU: bytes, Response_APDU: bytearray
    ) -> int:
        """应用命令: one command. The length of data and status word."""
        try:
            place = self._place(ReaderHandle, ICC_Slot_No)
            if not _SHORTEST_COMMAND <= Lenth <= min(len(Command_APDU), _LONGEST_COMMAND):
                return IfdCode.PARAMETER
            self._demand_power(place, ReaderHandle)
            card = self._card(place)
            command = bytes(Command_APDU[:Lenth])
            return _given(_tried(lambda: self._answer(card, command)), Response_APDU)
        except _Stopped as stopped:
            return stopped.code

    def ICC_Reader_Libinfo(self, info: bytearray) -> int:
        """取信息: maker in 16 characters, model in 14, version in 2 (SSC-8 table A1.1)."""
        try:
            _given(f"{_MAKER:16}{_MODEL:14}{_VERSION}".encode("ascii"), info)
        except _Stopped as stopped:
            return stopped.code
        return IfdCode.OK

    # --- below -------------------------------------------------------------------------------------------------------

    def _answer(self, card: SmartCard, command: bytes) -> bytes:
        return perform(card, send(command)).encode() if self._whole else card.exchange(command)

    def _place(self, handle: int, slot: int) -> _Place:
        if handle not in self._open:
            raise _Stopped(IfdCode.NOT_OPEN)
        if slot >> 4 not in (0, 1) or not slot & 0xF:
            raise _Stopped(IfdCode.PARAMETER)
        return _Place(self._open[handle], slot)

    def _card(self, place: _Place) -> SmartCard:
        """The connector's. One that the reader does not have holds no card."""
        card = self._devices[place.device].get(place.slot)
        if card is None or not _tried(lambda: _present(card)):
            self._powered.pop(place, None)
            raise _Stopped(IfdCode.NO_CARD)
        return card

    def _demand_power(self, place: _Place, handle: int) -> None:
        card = self._card(place)
        if self._powered.get(place) != handle or (isinstance(card, Slot) and not card.powered):
            raise _Stopped(IfdCode.NO_POWER)

    def _without_power(self, place: _Place) -> None:
        if self._powered.pop(place, None) is not None:
            let_go(self._devices[place.device][place.slot])


def _present(card: SmartCard) -> bool:
    if isinstance(card, Slot):
        return card.present
    return not isinstance(card, PcscLink) or card.wait(present=True, seconds=0)


def _restarted(card: SmartCard) -> bytes:
    try:
        return card.power_on()
    except CardMute:
        try:
            return card.reset()
        except CardMute:
            let_go(card)
            raise


def _tried(act: Callable[[], T]) -> T:
    try:
        return act()
    except CardGone:
        raise _Stopped(IfdCode.NO_CARD) from None
    except CardMute:
        raise _Stopped(IfdCode.NO_ANSWER) from None
    except PcscError:
        raise _Stopped(IfdCode.CONNECTION) from None


def _given(answer: bytes, memory: bytearray) -> int:
    """Its length; what does not fit is not written."""
    if len(answer) > len(memory):
        raise _Stopped(IfdCode.PARAMETER)
    memory[: len(answer)] = answer
    return len(answer)
