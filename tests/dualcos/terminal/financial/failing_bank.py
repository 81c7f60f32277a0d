"""An acquirer and an issuer in this process, each with its books on a disk, whose power goes in the middle of a write;
and lines to them that lose, repeat, delay and spoil messages.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits
from dualcos.leash.leash_rules import Facts, LeashRule
from dualcos.leash.rule_engine import AppliedRule, Leash
from dualcos.messages.acquirer_messages import Answering, NoLineAnswer
from dualcos.messages.authorisation import AuthorisationAnswer, IssuerRequest
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_envelope import opened
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import pos_message
from tests.demonstration_acquirer import LeashedLine, demonstration_line
from tests.demonstration_bank import demonstration_issuer
from tests.dualcos.terminal.power_cuts import PowerCut, PowerMeter

MESSAGE_FAULTS: dict[str, dict[str, Any]] = {
    "request lost": {"drop": "before commit"},
    "answer lost": {"drop": "after commit"},
    "answered too late": {"delay": 60},
    "answered twice": {"duplicate": True},
    "late, in front of the next answer": {"late": "in front"},
    "late, behind the next answer": {"late": "behind"},
    "wrong MAC": {"wrong": ("mac",)},
    "forged refusal": {"answer": {"code": "05"}, "wrong": ("mac",)},
    "wrong ARPC": {"wrong": ("arpc",)},
    "answer to nobody in front": {"unsolicited": "in front"},
    "refused": {"refuse": "96"},
}
"""What a line does to one message, by the leash."""
NOT_CONNECTED, REQUEST_LATE = "not connected", "request behind the next message"
POWER_BEFORE, POWER_BEHIND = "terminal's power, before", "terminal's power, behind"
_CALLER = 3  # of a function that is called inside ``transaction``, which ``contextlib`` calls


def write_name() -> str:
    """Who writes: the function around the transaction; of a payment's step its event, too."""
    frame = sys._getframe(_CALLER)
    event = frame.f_locals.get("event")
    return frame.f_code.co_name.strip("_") + (f" {event.name}" if event is not None else "")


class NotedLeash(Leash):
    """It counts what it has done to which messages."""

    def __init__(self, seen: Counter[str]) -> None:
        self._seen = seen
        super().__init__()

    def followed(self, facts: Facts) -> AppliedRule | None:
        applied = super().followed(facts)
        if applied is not None:
            self._seen[f"message {facts.get('message')}: {applied.rule.note}"] += 1
        return applied

    def only(self, *rules: LeashRule) -> None:
        """These rules, and nothing was counted yet."""
        self.exchange(())
        self.forget()
        self.exchange(rules)


class FailingBank:
    """``now``: its clock. ``cut``: what is done when a host's power goes, before it starts anew."""

    def __init__(
        self, profiles: tuple[str, ...], folder: Path, now: Callable[[], str], seen: Counter[str], limits: CardLimits
    ) -> None:
        self._profiles, self._folder, self._now, self._limits = profiles, folder, now, limits
        self.seen, self.issuer_meter, self.acquirer_meter = seen, PowerMeter(), PowerMeter()
        self._starts = 0
        self._start_issuer()
        self._start_acquirer()

    def answer(self, request: IssuerRequest) -> AuthorisationAnswer:
        """The issuer's; see ``AuthorisingIssuer``. Its power cut is silence, and it starts anew."""
        try:
            return self.issuer.answer(request)
        except PowerCut as cut:
            self.seen[f"issuer {cut}"] += 1
            self.issuer_meter.cut_at = None
            self.issuer.close()
            self._start_issuer()
            raise NoLineAnswer("the issuer is gone") from None

    def order(self, *asked: Any) -> None:
        """Rules of these lines order nothing."""
        raise AssertionError(asked)

    def acquirer_cut(self, cut: PowerCut) -> None:
        """The acquirer starts anew."""
        self.seen[f"acquirer {cut}"] += 1
        self.acquirer_meter.cut_at = None
        self.host.books.close()
        self._start_acquirer()

    def close(self) -> None:
        """Both books are closed."""
        self.issuer.close()
        self.host.books.close()

    def _start_issuer(self) -> None:
        self.issuer = demonstration_issuer(self._profiles, self._folder / "issuer", now=self._now, limits=self._limits)
        _meter(self.issuer.books, self.issuer_meter)

    def _start_acquirer(self) -> None:
        self._starts += 1
        path, series = self._folder / "acquirer", b"%d" % self._starts
        self.host = demonstration_line(self._profiles, path=path, issuer=self, now=self._now, series=series)
        _meter(self.host.books, self.acquirer_meter)


def _meter(books: Any, meter: PowerMeter) -> None:
    """Writes of these books are counted, and fast: the power of the machine that tests stays on."""
    durable = books.transaction
    books._db.execute("PRAGMA synchronous=OFF")

    @contextmanager
    def transaction() -> Iterator[None]:
        what = write_name()
        with durable():
            yield
            meter.before(what)
        meter.behind(what)

    books.transaction = transaction


class FailingLine:
    """One terminal's line. ``leash``: what happens to messages."""

    def __init__(self, bank: FailingBank) -> None:
        self._bank, self._codec = bank, Iso8583Codec(POS_DIALECT)
        self.leash = NotedLeash(bank.seen)
        self._here: tuple[str, str] | None = None
        self._held: list[bytes] = []
        self._host, self._line = bank.host, LeashedLine(bank.host.end, self.leash, bank.order)

    def plan(self, message: str, fault: str) -> None:
        """At the next message of that name, whenever it comes; instead of what was planned before."""
        self.undisturbed()
        if fault in MESSAGE_FAULTS:
            match: dict[str, Any] = {"message": message}
            self.leash.only(LeashRule(match=match, times=1, note=fault, **MESSAGE_FAULTS[fault]))
        else:
            self._here = message, fault

    def undisturbed(self) -> None:
        """Nothing happens from now on."""
        self.leash.only()
        self._here = None

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """See ``AcquirerLine``."""
        found = pos_message(self._codec.message(opened(payload)[1]))
        fault = ""
        if self._here is not None and found is not None and self._here[0] == found.name:
            fault, self._here = self._here[1], None
            self._bank.seen[f"message {found.name}: {fault}"] += 1
        if fault == NOT_CONNECTED:
            raise NoLineAnswer("nobody is there", sent=False)
        if fault == REQUEST_LATE:
            self._held.append(payload)
            raise NoLineAnswer("it is on its way")
        if fault == POWER_BEFORE:
            raise PowerCut(f"message, {fault}")
        try:
            answer = self._answer(payload, belongs)
        finally:
            while self._held:
                with suppress(NoLineAnswer):
                    self._answer(self._held.pop(), belongs)
        if fault == POWER_BEHIND:
            raise PowerCut(f"message, {fault}")
        return answer

    def _answer(self, payload: bytes, belongs: Answering) -> bytes:
        if self._host is not self._bank.host:  # it has started anew: another connection
            self._host, self._line = self._bank.host, LeashedLine(self._bank.host.end, self.leash, self._bank.order)
        try:
            return self._line.ask(payload, belongs)
        except PowerCut as cut:
            self._bank.acquirer_cut(cut)
            raise NoLineAnswer("the acquirer is gone") from None
