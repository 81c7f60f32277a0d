"""Which setting of the card a program needs (设置提示): named at a refusal that another value would not have given, and
where a program leaves an answer behind that it should have fetched.

A refusal carries its settings; what a program left undone is seen from the commands. What belongs to T=0 as such (61xx,
6Cxx) and what only chooses a word is named once from reset to reset; anything else at each refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import StatusWord
from cos.kernel.transmission import TransmissionOptions
from cos.stacks import STACKS, by_label
from dualcos.explain.command_names import INS_GET_RESPONSE
from dualcos.explain.served_card import NO_CARD, ServedCard, plain
from firewall.trace import Reason, Setting

_SELECT = 0xA4
_WRONG_LE, _MORE = 0x6C, 0x61
_NOTHING_WAITS, _CARD_BLOCKED = "no answer waits", "the card is blocked"
CASE4 = Setting(f"{TransmissionOptions.path}.case4", "61xx", "direct")
_FETCHES = Setting(f"{TransmissionOptions.path}.case4", "direct", "61xx")
_SCOPE = "card_block_scope"


def named(setting: Setting, deed: str = "answer this", card: ServedCard = NO_CARD) -> str:
    """The note: which setting of ``card``, what it is, what it would have to be and how."""
    if setting.would is None:
        return f"the word is a setting: {setting.path} (now {_quoted(setting.now)})"
    value = f"{setting.path} = {_quoted(setting.would)}"
    return f"setting {value} would {deed} (now {_quoted(setting.now)}); {card.having(setting)}"


def _quoted(value: int | str | None) -> str:
    return f'"{value}"' if isinstance(value, str | StatusWord) else plain(value)


class Heard(NamedTuple):
    """One command as it was answered: what it is called, the status word (None: none came), whether data came."""

    command: CommandAPDU
    name: str
    sw: StatusWord
    data: bool


class SettingNotes:
    """Follows the commands of ``card``, in order and from the first."""

    def __init__(self, card: ServedCard = NO_CARD) -> None:
        self._card = card
        self.restart()

    def restart(self) -> None:
        """A reset: what was said may be said again."""
        self._said: set[str] = set()
        self._last: Heard | None = None
        self._owner: Heard | None = None
        self._asked: tuple[Setting, ...] = ()

    def heard(self, now: Heard, reasons: Iterable[Reason], environment: str) -> tuple[str, ...]:
        """What there is to say of settings behind this answer."""
        reasons = tuple(reasons)
        notes = [*self._left_undone(now.command), *self._refused(now, reasons, environment)]
        self._remember(now, reasons)
        return tuple(notes)

    def power(self) -> tuple[str, ...]:
        """The same at a reset or power off, where a program may have given up."""
        notes = tuple(self._left_undone(None))
        self.restart()
        return notes

    def _remember(self, now: Heard, reasons: tuple[Reason, ...]) -> None:
        fetching = now.command.ins == INS_GET_RESPONSE
        if not fetching:
            self._owner = now if now.sw.sw1 == _MORE else None
        elif now.sw.is_success or now.sw.sw1 not in (_MORE, _WRONG_LE, 0x6E):
            self._owner = None
        self._asked = tuple(one for reason in reasons for one in reason.settings) if now.sw.sw1 == _WRONG_LE else ()
        self._last = now

    def _left_undone(self, command: CommandAPDU | None) -> Iterator[str]:
        """An answer behind 61xx that nobody fetches any more, a 6Cxx after which the command was not repeated.

        Most programs never fetch what a SELECT says; it is missed only where one stops there.
        """
        owner, last = self._owner, self._last
        fetching = command is not None and command.ins == INS_GET_RESPONSE
        skipped = owner is not None and owner.command.ins == _SELECT and command is not None
        if owner is not None and not fetching and not skipped:
            yield from self._once(CASE4, f"{owner.sw} of {owner.name} was not followed by GET RESPONSE")
        if self._asked and last is not None and (command is None or command.header != last.command.header):
            why = f"{last.sw} of {last.name} was not followed by Le {last.sw.sw2:02X}"
            for setting in self._asked:
                yield from self._once(setting, why, "unrepeated")

    def _refused(self, now: Heard, reasons: tuple[Reason, ...], environment: str) -> Iterator[str]:
        for setting in (one for reason in reasons for one in reason.settings):
            if now.sw.sw1 == _WRONG_LE or setting.would is None:
                yield from self._once(setting)
            else:
                yield named(setting, card=self._card)
        for reason in reasons:
            if reason.why == _NOTHING_WAITS and self._answered_at_once():
                yield from self._once(_FETCHES)
            if reason.why == _CARD_BLOCKED:
                scopes = _scopes(reason, now.command, environment)
                yield from (named(setting, card=self._card) for setting in scopes)

    def _answered_at_once(self) -> bool:
        """True if the last answer would have waited behind 61xx on another card."""
        last = self._last
        return last is not None and bool(last.command.data) and last.data and last.sw.is_success

    def _once(self, setting: Setting, why: str = "", mark: str = "") -> Iterator[str]:
        if setting.path + mark not in self._said:
            self._said.add(setting.path + mark)
            note = named(setting, "answer at once" if why else "answer this", self._card)
            yield f"{why}: {note}" if why else note


def _scopes(reason: Reason, command: CommandAPDU, environment: str) -> Iterator[Setting]:
    """The settings that let a CARD BLOCK reach beyond the environment that it was sent to."""
    silencing = reason.about.get("environment")
    for label in silencing if isinstance(silencing, tuple) else ():
        stack = by_label(str(label), STACKS)
        inside = label == environment and command.ins != _SELECT
        if stack is not None and not inside and hasattr(stack.options, _SCOPE):
            yield Setting(f"{stack.label}.options.{_SCOPE}", "card", "environment")
