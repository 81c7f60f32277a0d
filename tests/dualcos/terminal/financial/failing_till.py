"""A payment terminal whose power goes: at a command, at a message, in the middle of a durable write, at the printer and
the dispenser; with cards that are pulled, lose power while they write, or answer nonsense.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

from apdu.link import AroundCard, SmartCard
from cos.card import Card
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings, TerminalData
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.slip_layout import SalesSlip
from tests.dualcos.terminal.financial.failing_bank import FailingBank, FailingLine, write_name
from tests.dualcos.terminal.financial.payment_bench import ChoosingHolder, ScriptedAttendant, authorities
from tests.dualcos.terminal.financial.till_bench import CardThroat, KeyedPin, NoteBox, NoteMouth, PaperRoll
from tests.dualcos.terminal.power_cuts import PowerCut, PowerMeter
from tests.dualcos.terminal.terminal_bench import QuietDisplay, StandingClock

_GET_RESPONSE, _SECURED = 0xC0, 0x04
_STEPS = {
    0xA4: "SELECT", 0xA8: "GET PROCESSING OPTIONS", 0xB2: "READ RECORD", 0xCA: "GET DATA", 0x20: "VERIFY",
    0x84: "GET CHALLENGE", 0x88: "INTERNAL AUTHENTICATE", 0xAE: "GENERATE AC", 0x82: "EXTERNAL AUTHENTICATE",
}  # fmt: skip
PULLED_BEFORE, PULLED_BEHIND, CARD_POWER, SPOILT = "pulled before", "pulled behind", "card's power", "spoilt answer"
TILL_POWER_BEFORE, TILL_POWER_BEHIND = "terminal's power before", "terminal's power behind"
CARD_FAULTS = (PULLED_BEFORE, PULLED_BEHIND, CARD_POWER, SPOILT, TILL_POWER_BEFORE, TILL_POWER_BEHIND)
_GARBLED = ("6700", "6D00", "6300", "6581", "6F00", "6985", "6A88", "9000", "01029000")


class CardCut(NamedTuple):
    """What happens at command ``number`` of a payment, from 0, or at the first one that is called ``step``."""

    fault: str
    number: int = -1
    step: str = ""
    ticks: int = 0
    word: str = "6F00"


class CuttableCard(AroundCard[SmartCard]):
    """The card in the terminal's reader. ``steps``: what was asked of it, by name."""

    def __init__(self, card: Card, seen: Counter[str], cut: CardCut | None) -> None:
        super().__init__(Slot("card", _InSlot(card, self), report=self._bug, shortest=0))
        self.own, self.cut, self._seen = card, cut, seen
        self.steps: list[str] = []
        self.gone = False

    def exchange(self, command: bytes) -> bytes:
        """Behind the slot the terminal's power may go, in front of it the card's."""
        self.steps.append(self._named(command))
        fault = self._due()
        if fault == TILL_POWER_BEFORE:
            raise self._power_cut(fault)
        answer = self.card.exchange(command)
        if fault == TILL_POWER_BEHIND:
            raise self._power_cut(fault)
        return answer

    def in_slot(self, command: bytes) -> bytes:
        """What the card itself gets."""
        fault, rail = self._due() if not self.gone else "", self.own.rail
        if fault in (PULLED_BEFORE, PULLED_BEHIND):
            self._note(fault)
            if fault == PULLED_BEHIND:
                self.own.exchange(command)
            self.pull()
        if self.gone:
            raise CardGone("pulled")
        if fault != CARD_POWER or self.cut is None:
            answer = self.own.exchange(command)
            return self._spoilt() if fault == SPOILT else answer
        rail.cut_after(self.cut.ticks)
        try:
            return self.own.exchange(command)
        finally:
            if not rail.armed:
                self._note(fault)
            rail.cut_after(None)

    def pull(self) -> None:
        """Out of the reader."""
        self.gone = True
        self.own.power_off()

    def _spoilt(self) -> bytes:
        assert self.cut is not None
        self._note(SPOILT)
        return bytes.fromhex(self.cut.word)

    def _power_cut(self, fault: str) -> PowerCut:
        self._note(fault)
        return PowerCut(f"{self.steps[-1]}, {fault}")

    def _note(self, fault: str) -> None:
        self._seen[f"card {self.steps[-1]}: {fault}"] += 1

    def _due(self) -> str:
        cut, at = self.cut, len(self.steps) - 1
        if cut is None:
            return ""
        first = bool(cut.step) and self.steps[at] == cut.step and cut.step not in self.steps[:at]
        return cut.fault if first or at == cut.number else ""

    def _named(self, command: bytes) -> str:
        if command[1] == _GET_RESPONSE:
            return f"{self.steps[-1].removesuffix(', fetched')}, fetched" if self.steps else "GET RESPONSE"
        if command[0] & _SECURED:
            return "script"
        name = _STEPS.get(command[1], f"{command[1]:02X}")
        return f"{name} {self.steps.count('GENERATE AC 1') + 1}" if name == "GENERATE AC" else name

    @staticmethod
    def _bug(words: str) -> None:
        raise AssertionError(words)


class _InSlot(AroundCard[SmartCard]):
    """What a slot has: the card, or nothing any more."""

    def __init__(self, card: Card, around: CuttableCard) -> None:
        super().__init__(card)
        self._around = around

    def exchange(self, command: bytes) -> bytes:
        return self._around.in_slot(command)

    def power_on(self) -> bytes:
        if self._around.gone:
            raise CardGone("pulled")
        return self.card.power_on()


class CutPaymentJournal(PaymentJournal):
    """A journal whose writes a meter counts."""

    def __init__(self, meter: PowerMeter, path: Path) -> None:
        self.meter = meter
        super().__init__(path)
        self._ask("PRAGMA synchronous=OFF")  # the power of the machine that tests stays on

    @contextmanager
    def transaction(self) -> Iterator[None]:
        what = write_name()
        with super().transaction():
            yield
            self.meter.before(what)
        self.meter.behind(what)


class CutPrinter(PaperRoll):
    """``planned``: a slip by number from the next one, 0, and whether it is on paper before the power goes."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: tuple[int, bool] | None = None

    def print(self, slip: SalesSlip) -> None:
        planned, self.planned = self.planned, None
        if planned is not None and planned[0] > 0:
            self.planned = planned[0] - 1, planned[1]
        elif planned is not None:
            if planned[1]:
                super().print(slip)
            raise PowerCut(f"slip, {'printed' if planned[1] else 'not printed'}")
        super().print(slip)


class CutDispenser(NoteBox):
    """``planned``: the power goes at the next payment, before or behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: bool | None = None

    def pay(self, mark: str, amount: int) -> None:
        planned, self.planned = self.planned, None
        if planned is not False:
            super().pay(mark, amount)
        if planned is not None:
            raise PowerCut(f"cash, {'out' if planned else 'not out'}")


class FailingTill:
    """One terminal. ``tries``: how often what waits is sent. Behind a PowerCut it has to be ``switched_on``."""

    def __init__(
        self,
        data: TerminalData,
        bank: FailingBank,
        path: Path,
        clock: StandingClock,
        draw: Random,
        parameters: AidParameters,
        tries: int,
    ) -> None:
        self.data, self.bank, self.clock = data, bank, clock
        self._path, self._draw, self._parameters, self._tries = path, draw, parameters, tries
        self.seen, self.meter, self.line = bank.seen, PowerMeter(), FailingLine(bank)
        self.printer, self.box, self.fingers = CutPrinter(), CutDispenser(), KeyedPin()
        self.journal = CutPaymentJournal(self.meter, path)
        self.card: CuttableCard | None = None
        self.started = False
        self.switched_on()

    @property
    def is_atm(self) -> bool:
        """It pays cash."""
        return self.data.is_atm

    def put(self, card: Card, cut: CardCut | None = None) -> None:
        """Another card, or the same again, at rest."""
        card.rail.cut_after(None)
        card.power_off()
        self.card = CuttableCard(card, self.seen, cut)

    def undisturbed(self) -> None:
        """Nothing happens any more, but for what is planned on the line."""
        self.meter.cut_at = self.printer.planned = self.box.planned = None
        self.printer.jams = self.box.fails = False
        self.fingers.entries.clear()
        if self.card is not None:
            self.card.cut = None

    def switched_on(self) -> None:
        """After a power cut the terminal has what is in its file; what has failed once does not fail again."""
        if self.started:
            self.undisturbed()
            self.journal.close()
            self.journal = CutPaymentJournal(self.meter, self._path)
        kernel = KernelSettings(self.data, (self._parameters,), self._draw.randbytes, authorities())
        parts = FinancialParts(
            self._card(), ChoosingHolder(), self.clock, QuietDisplay(), self.fingers, self.fingers,
            None if self.is_atm else ScriptedAttendant(), self.printer, self.box, NoteMouth(), CardThroat(),
        )  # fmt: skip
        settings = FinancialSettings(kernel, terminal_master_key(self.data.terminal), tries=self._tries)
        self.till = FinancialTerminal(parts, settings, self.journal, self.line)
        self.till.power_up()
        self.started = True

    def _card(self) -> SmartCard:
        return _Reader(lambda: self.card)


class _Reader:
    """Whatever card is there."""

    def __init__(self, card: Callable[[], CuttableCard | None]) -> None:
        self._there = card

    def _card(self) -> CuttableCard:
        card = self._there()
        if card is None:
            raise CardGone("no card")
        return card

    @property
    def atr(self) -> bytes:
        return self._card().atr

    def power_on(self) -> bytes:
        return self._card().power_on()

    def reset(self) -> bytes:
        return self._card().reset()

    def exchange(self, command: bytes) -> bytes:
        return self._card().exchange(command)

    def power_off(self) -> None:
        if (card := self._there()) is not None:
            card.power_off()


def data_of(usual: TerminalData, number: int) -> TerminalData:
    """A terminal and a merchant of their own."""
    return replace(
        usual, terminal=f"{number:08d}", merchant=f"{898_000_000_000_000 + number}", merchant_name="江城药房"
    )
