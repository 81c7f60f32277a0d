"""The parts of a payment terminal that a kernel asks (PBOC-6 §5): PIN pad, holder, attendant. Devices or scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from apdu.link import SmartCard
from dualcos.terminal.terminal_parts import PartText


class BankPinAsked(Enum):
    """What the pad asks for. It always says that it is the bank's PIN (银行卡密码), never the social one."""

    OFFLINE = PartText("请输入银行卡密码", "enter your bank card PIN")
    OFFLINE_AGAIN = PartText("密码错误，请重新输入银行卡密码", "that PIN is wrong; enter your bank card PIN again")
    LAST = PartText("最后一次输入银行卡密码", "last try: enter your bank card PIN")
    LAST_AGAIN = PartText("密码错误，最后一次输入银行卡密码", "that PIN is wrong; last try: enter your bank card PIN")
    ONLINE = PartText("请输入银行卡联机密码", "enter your bank card PIN for your bank")


class PinBypassed(Exception):
    """Holder or merchant goes on without a PIN."""


class BankPinCancelled(Exception):
    """The holder pressed cancel: the transaction ends."""


class BankPinKnownWrong(BankPinCancelled):
    """The pad has no other digits than some that were wrong."""


class BankPinTimedOut(Exception):
    """The holder pressed nothing for too long."""


class PadNotWorking(Exception):
    """The pad is there and does not work."""


class BankPinPad(Protocol):
    """密码键盘, 4 to 12 digits (PBOC-6 §5.9). Both methods raise PinBypassed, BankPinCancelled, BankPinTimedOut,
    PadNotWorking, CardGone where the card was taken out before all digits were in. ``amount``: what the holder
    authorises, fen, shown before he enters anything; 0 where there is none.
    """

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        """For the card: in clear, from the pad into the slot. ``tries``: what is left, where that is known."""
        ...

    def enciphered(self, pan: str, amount: int) -> bytes:
        """For the host: a block of 8 bytes under the pad's PIN key."""
        ...


class Attendant(Protocol):
    """服务员."""

    def compares_document(self, kind: str, number: str) -> bool:
        """True if the holder showed that document and is the one on it (证件出示, PBOC-6 §7.7.5.8)."""
        ...

    def authorises(self, pan: str) -> str | None:
        """The code an issuer gave on the telephone for a referral (PBOC-6 §7.13.5.1), None: declined."""
        ...


class HolderAtTerminal(Protocol):
    """The holder, who chooses."""

    def chooses(self, labels: Sequence[str]) -> int | None:
        """Which application, from 0; None: none of them."""
        ...

    def confirms(self, label: str) -> bool:
        """True if that application is to be used."""
        ...


@dataclass(frozen=True, slots=True)
class KernelParts:
    """``pad`` and ``attendant`` may be missing. There is no slot for a SAM: a payment needs none (总体方案)."""

    card: SmartCard
    holder: HolderAtTerminal
    pad: BankPinPad | None = None
    attendant: Attendant | None = None
