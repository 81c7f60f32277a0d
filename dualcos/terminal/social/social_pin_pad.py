"""The PIN pad of a social terminal (密码键盘, SSC-8 §6.2.4, §6.4.4.4), and what it asks for."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from dualcos.terminal.terminal_parts import PartText


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
        PinKnownWrong, CardGone where the card was taken out before all digits were in.
        """
        ...
