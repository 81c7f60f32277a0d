"""The PSAM in its slot: asked one dialogue at a time, and what it refuses told in words.

It is not what is judged. A PSAM that refuses, is mute or answers nonsense raises HandRefused, which makes a vector
inconclusive; one that was taken out raises SamGoneError, which ends the session as a pulled card does. No command's
data stand in what is told, for they may be a PIN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NoReturn

from apdu.link import SmartCard
from apdu.response import ResponseAPDU
from apdu.status import SW
from dualcos.dialogue.driver import Reply, perform
from dualcos.explain import Explainer, RawExchange
from dualcos.explain.finding_texts import finding_line
from dualcos.explain.raw_record import header_shown
from dualcos.lab.campaign.campaign_in_reader import SampleGoneError
from dualcos.lab.conformance.who_computes import HandRefused
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute

_REMEMBERED = 8  # exchanges, of which words are made
_FETCH = 0xC0


class SamGoneError(SampleGoneError):
    """The PSAM, or its reader, is not there any more; the card under test may well be."""


class SamSlot:
    """One PSAM. ``atr`` of its last reset; ``place``: the environment whose application is current, None if none is
    known to be.
    """

    def __init__(self, card: SmartCard) -> None:
        self._card = card
        self._entered: list[RawExchange] = []
        self._heard: deque[RawExchange] = deque(maxlen=_REMEMBERED)
        self._powered = False
        self.atr = b""
        self.place: bytes | None = None

    def power_on(self) -> bytes:
        """Cold reset; nothing is selected. Returns the ATR. Raises SamGoneError, HandRefused."""
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
        """Its answer, whatever it is. Raises SamGoneError, HandRefused."""
        return perform(self, dialogue)

    def demand(self, dialogue: Reply, *lengths: int) -> bytes:
        """The data of an answer that must be 9000, and as long as one of ``lengths`` if any is given.

        Raises SamGoneError, HandRefused.
        """
        answer = self.ask(dialogue)
        if answer.sw != SW.OK:
            self.refuse()
        if lengths and len(answer.data) not in lengths:
            self.refuse_length(answer.data, *lengths)
        return answer.data

    def exchange(self, command: bytes) -> bytes:
        """One command as it is. Raises SamGoneError, HandRefused."""
        answer = self._answer(lambda: self._card.exchange(command), header_shown(command))
        if len(answer) < 2:
            self.forget()
            raise HandRefused(f"the PSAM answered {header_shown(command)} without a status word")
        self._heard.append(RawExchange(command, answer))
        return answer

    def _answer(self, act: Callable[[], bytes], asked: str) -> bytes:
        try:
            return act()
        except CardGone as gone:
            self.forget()
            raise SamGoneError(f"the PSAM was taken out of its reader: {gone}") from None
        except PcscError as error:
            self.forget()
            raise SamGoneError(f"the PSAM cannot be reached: {error}") from None
        except CardMute as mute:
            self.forget()
            raise HandRefused(f"the PSAM does not answer {asked}: {mute}") from None

    def refuse(self, why: str = "") -> NoReturn:
        """Raises HandRefused with what was asked last and ``why``, else its status word, in words. It will be entered
        anew.
        """
        text = self.told(why)
        self.place = None
        raise HandRefused(text)

    def refuse_length(self, data: bytes, *lengths: int) -> NoReturn:
        """Raises HandRefused: an answer that is not as long as it must be."""
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
