"""The parts of a social terminal (SSC-8 §6): display, keyboard, PIN pad, clock. Devices take their place, or scripts.

Card and SAM interface are ``SmartCard``s that raise ``CardGone`` and ``CardMute``: a slot of ours or a PC/SC reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol


class PartText(NamedTuple):
    """One text for people, in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


class Display(Protocol):
    """显示器. Shows Chinese (SSC-8 §6.2.1)."""

    def show(self, said: PartText) -> None:
        """Show one line until the next."""
        ...


class Keyboard(Protocol):
    """键盘: the operator's, and the holder's choice where there are several."""

    def choose(self, question: PartText, choices: Sequence[PartText]) -> int | None:
        """Which one, from 0; None: cancelled."""
        ...


class PinAsked(Enum):
    """What a PIN pad asks for. It always says that it is the social PIN (社保密码), never the bank's."""

    PIN = PartText("请输入社保密码", "enter your social security PIN")
    PIN_AGAIN = PartText("密码错误，请重新输入社保密码", "that PIN is wrong; enter your social security PIN again")
    OLD = PartText("请输入旧社保密码", "enter your old social security PIN")
    NEW = PartText("请输入新社保密码", "enter your new social security PIN")
    NEW_AGAIN = PartText("请再次输入新社保密码", "enter your new social security PIN again")


class PinCancelled(Exception):
    """The holder pressed cancel."""


class PinKnownWrong(Exception):
    """The pad has no other digits than some that the card has refused already."""


class PinTimedOut(Exception):
    """The holder pressed nothing for too long."""


class PinPad(Protocol):
    """密码键盘. Prompts come from the pad; it shows symbols only and forgets what was entered (SSC-8 §6.4.4.4)."""

    def enter(self, asked: PinAsked, tries: int | None) -> str:
        """The digits. ``tries``: what is left, where that is known. Raises PinCancelled, PinTimedOut,
        PinKnownWrong.
        """
        ...


class Clock(Protocol):
    """实时时钟."""

    def now(self) -> str:
        """YYYYMMDDhhmmss."""
        ...
