"""What the medical flows of a terminal share: its storage, its back end, its clock, what its region lays down."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from time import strptime
from typing import NamedTuple

from dualcos.messages.social_services import Answer, Request
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import Clock
from dualcos.textforms.whole_texts import whole
from keys.medical_macs import TYPE_LOAD, TYPE_SETTLEMENT

_TIME = re.compile(whole("[0-9]{14}"))


class OfflineLimits(NamedTuple):
    """Off-line settlements stay below both: fen and times (人社信息函〔2012〕38号)."""

    amount: int = 50_000
    times: int = 10


def any_card(basics: Mapping[int, bytes]) -> bool:
    """The rule of a region that has none."""
    del basics
    return True


class MedicalTerms(NamedTuple):
    """What a region lays down. ``local``: beginnings of 发卡地区行政区划代码 whose cards may settle off line in mode 2,
    empty for the city of the terminal's number. ``eligible``: whether the basic data (DF04 EF05, by tag) allow
    insurance to pay (SSC-7 §10.2). ``load_index``: of DLK. ``kind_of_load``, ``kind_of_settlement``: type codes.
    ``tries``: how often a silent back end is asked the same.
    """

    mode: SettlementMode = SettlementMode.ONLINE_OR_OFFLINE
    limits: OfflineLimits = OfflineLimits()
    local: tuple[str, ...] = ()
    eligible: Callable[[Mapping[int, bytes]], bool] = any_card
    load_index: int = 1
    kind_of_load: int = TYPE_LOAD
    kind_of_settlement: int = TYPE_SETTLEMENT
    tries: int = 2


class MedicalMeans(NamedTuple):
    """See the module. ``back_end``: None for a terminal that is never on line."""

    journal: TerminalJournal
    back_end: AskedBackEnd | None
    clock: Clock
    terms: MedicalTerms

    def ask(self, request: Request) -> Answer:
        """The answer; the same request again where none comes. Raises TerminalStopped, BackEndRefused."""
        back_end = self.back_end or AskedBackEnd(None, self.journal.next_running)
        for _ in range(self.terms.tries - 1):
            try:
                return back_end.ask(request)
            except TerminalStopped as stopped:
                if stopped.cause is not StopCause.NO_BACK_END:
                    raise
        return back_end.ask(request)

    def time(self) -> bytes:
        """Now, 7 bytes. Raises TerminalStopped for a clock that says no time."""
        text = self.clock.now()
        try:
            if not _TIME.fullmatch(text):
                raise ValueError
            strptime(text, "%Y%m%d%H%M%S")
        except ValueError:
            raise TerminalStopped(StopCause.INPUT, detail=("终端时钟", "the terminal's clock")) from None
        return bytes.fromhex(text)


def terminal_number(at: CardAtTerminal) -> str:
    """终端机编号 of the path that computes for this card, twelve digits."""
    return at.path.terminal.hex()
