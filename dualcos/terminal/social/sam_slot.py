"""The PSAM in its slot: asked one dialogue at a time, and what it refuses told in words.

A PSAM that refuses, is mute or answers nonsense raises PsamRefused, one that was taken out PsamGone, or what the user
of the slot has in their place. No command's data stand in what is told, for they may be a PIN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NoReturn

from apdu.link import SmartCard
from apdu.response import ResponseAPDU, parse_response
from apdu.status import SW, StatusWord
from dualcos.dialogue.driver import Reply, perform
from dualcos.explain import Explainer, RawExchange
from dualcos.explain.finding_texts import finding_line
from dualcos.explain.raw_record import header_shown
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute

_REMEMBERED = 8  # exchanges, of which words are made
_FETCH = 0xC0


class PsamRefused(Exception):
    """The PSAM did not compute; the text says what it was asked and what came."""


class PsamGone(Exception):
    """The PSAM, or its reader, is not there any more; the card may well be."""


class SamSlot:
    """One PSAM. ``atr`` of its last reset; ``place``: the environment whose application is current, None if none is
    known to be. ``refused``, ``gone``: what it raises.
    """

    def __init__(
        self, card: SmartCard, *, refused: type[Exception] = PsamRefused, gone: type[Exception] = PsamGone
    ) -> None:
        self._card = card
        self.refused, self.gone = refused, gone
        self._entered: list[RawExchange] = []
        self._heard: deque[RawExchange] = deque(maxlen=_REMEMBERED)
        self._powered = False
        self.atr = b""
        self.place: bytes | None = None

    def power_on(self) -> bytes:
        """Cold reset; nothing is selected. Returns the ATR. Raises ``gone``, ``refused``."""
        self.forget()
        self.atr = self._answer(self._card.power_on, "a reset")
        self._powered = True
        return self.atr

    def forget(self) -> None:
        """Where it stands is not known any more: it gets a reset before it is asked next."""
        self._powered, self.place = False, None
        self._entered.clear()
        self._heard.clear()

    def enter(self, *ways: Reply) -> bool:
        """Go through ``ways``, selections from wherever it stands; True if it took them all."""
        if not self._powered:
            self.power_on()
        self.place = None
        self._heard.clear()
        taken = all(self.ask(way).sw == SW.OK for way in ways)
        self._entered = list(self._heard)
        return taken

    def ask(self, dialogue: Reply) -> ResponseAPDU:
        """Its answer, whatever it is. Raises ``gone``, ``refused``."""
        return perform(self, dialogue)

    def demand(self, dialogue: Reply, *lengths: int) -> bytes:
        """The data of an answer that must be 9000, and as long as one of ``lengths`` if any is given.

        Raises ``gone``, ``refused``.
        """
        answer = self.ask(dialogue)
        if answer.sw != SW.OK:
            self.refuse()
        if lengths and len(answer.data) not in lengths:
            self.refuse_length(answer.data, *lengths)
        return answer.data

    def exchange(self, command: bytes) -> bytes:
        """One command as it is. Raises ``gone``, ``refused``."""
        answer = self._answer(lambda: self._card.exchange(command), header_shown(command))
        if len(answer) < 2:
            self.forget()
            raise self.refused(f"the PSAM answered {header_shown(command)} without a status word")
        self._heard.append(RawExchange(command, answer))
        return answer

    def _answer(self, act: Callable[[], bytes], asked: str) -> bytes:
        try:
            return act()
        except CardGone as gone:
            self.forget()
            raise self.gone(f"the PSAM was taken out of its reader: {gone}") from None
        except PcscError as error:
            self.forget()
            raise self.gone(f"the PSAM cannot be reached: {error}") from None
        except CardMute as mute:
            self.forget()
            raise self.refused(f"the PSAM does not answer {asked}: {mute}") from None

    @property
    def last_status(self) -> StatusWord | None:
        """The status word it answered last since it was entered or powered; None if there is none."""
        return parse_response(self._heard[-1].answer).sw if self._heard else None

    def refuse(self, why: str = "") -> NoReturn:
        """Raises ``refused`` with what was asked last and ``why``, else its status word, in words. It will be entered
        anew.
        """
        text = self.told(why)
        self.place = None
        raise self.refused(text)

    def refuse_length(self, data: bytes, *lengths: int) -> NoReturn:
        """Raises ``refused``: an answer that is not as long as it must be."""
        self.refuse(f"with {len(data)} bytes, where {' or '.join(map(str, lengths))} belong")

    def told(self, why: str = "") -> str:
        """What it was asked last and how it answered, in words, with what is known of the like."""
        explainer = Explainer(under="psam")
        records = [*self._entered, *self._heard] if self.place is not None else list(self._heard)
        asked = max((at for at, each in enumerate(records) if each.command[1:2] != bytes((_FETCH,))), default=0)
        for record in records[:asked]:
            explainer.follow(record)
        question = explainer.explain(records[asked])
        last = question
        for record in records[asked + 1 :]:
            last = explainer.explain(record)
        what = f"{question.name} {question.zh}".rstrip() + (f" ({question.meaning})" if question.meaning else "")
        findings = "".join(f"; {finding_line(each)}" for each in last.findings)
        return f"the PSAM answered {what} {why or f'with {last.sw}: {last.status}'}{findings}"
