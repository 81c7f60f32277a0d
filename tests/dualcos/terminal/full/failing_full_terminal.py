"""A full-function terminal whose power goes: at a command, at a message of either line, in the middle of a durable
write, at the printer; with cards that are pulled, exchanged, lose power or answer nonsense, and a PSAM that goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from msgspec import structs

from apdu.link import AroundCard
from cos.card import Card
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.acquirer_messages import Answering, NoLineAnswer
from dualcos.messages.service_names import kind_of
from dualcos.messages.social_services import Answer, NoAnswer, Request
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.reader.slot import Slot
from dualcos.sqlitefile.held_database import HeldDatabase
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_settings import POS, KernelSettings
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.full.bill_states import BillEvent
from dualcos.terminal.full.full_journal import FullJournal, StoredBill
from dualcos.terminal.full.full_terminal import AT_A_CASHIER, FullTerminal
from dualcos.terminal.full.one_insertion import OneInsertion
from dualcos.terminal.full.withheld_paper import WithheldPaper
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_means import MedicalTerms
from dualcos.terminal.social.social_terminal import SocialParts, SocialTerminal
from tests.demonstration_desk import LeashedBackEnd
from tests.dualcos.terminal.financial.failing_bank import (
    NOT_CONNECTED,
    POWER_BEFORE,
    POWER_BEHIND,
    FailingBank,
    FailingLine,
    write_name,
)
from tests.dualcos.terminal.financial.failing_till import CardCut, CutPrinter, CuttableCard, data_of
from tests.dualcos.terminal.financial.payment_bench import ChoosingHolder, ScriptedAttendant, authorities
from tests.dualcos.terminal.financial.till_bench import KeyedPin
from tests.dualcos.terminal.full.full_bench import DecoySam, TellingSide
from tests.dualcos.terminal.power_cuts import PowerCut, PowerMeter
from tests.dualcos.terminal.social.medical_bench import BureauBehind
from tests.dualcos.terminal.terminal_bench import (
    ChoosingOperator,
    QuietDisplay,
    StandingClock,
    TypingHolder,
    WatchedCard,
    made_card,
)

REFUSED = "refused"
_DEBIT, _TAC_AND_MAC2 = "2C", 4 + 4 + 2
SERVICE_FAULTS: dict[str, LeashRule] = {
    "request lost": LeashRule(drop="before commit", times=1),
    "answer lost": LeashRule(drop="after commit", times=1),
    "nobody answers": LeashRule(drop="before commit"),
    "answered too late": LeashRule(delay=60, times=1),
    "answered twice": LeashRule(duplicate=True),
    "late, in front of the next answer": LeashRule(late="in front", times=1),
    "late, behind the next answer": LeashRule(late="behind", times=1),
    REFUSED: LeashRule(refuse="test", times=1),
}
"""What the bureau's line does to answers of one service, by the leash."""
SERVICE_POWER = (NOT_CONNECTED, POWER_BEFORE, POWER_BEHIND)


class FirmBureau(BureauBehind):
    """What it has carried out it does not refuse when it is asked once more, whatever the leash says: no terminal can
    see through that.
    """

    def __init__(self, *made: Any) -> None:
        super().__init__(*made)
        self._rules: tuple[LeashRule, ...] = ()
        self._carried_out: set[Request] = set()
        self._answers, self.desk.ask = self.desk.ask, self._carry_out  # type: ignore[method-assign]  # of this one
        self._caller = LeashedBackEnd(self.desk, self.leash)

    def ask(self, request: Request) -> Answer:
        """See ``BureauBehind``."""
        if structs.replace(request, running=0) in self._carried_out:
            self.rules(*(each for each in self._rules if not each.refuse))
        return super().ask(request)

    def rules(self, *rules: LeashRule) -> None:
        """Others from now on."""
        self._rules = rules
        super().rules(*rules)

    def _carry_out(self, request: Request) -> Answer:
        self._carried_out.add(structs.replace(request, running=0))
        return self._answers(request)


class Hosts(NamedTuple):
    """All that is behind terminals, and what happened, counted."""

    bureau: BureauBehind
    bank: FailingBank
    clock: StandingClock
    terms: MedicalTerms
    seen: Counter[str]


def metered(database: HeldDatabase, meter: PowerMeter) -> None:
    """Its writes are counted, those within another's as one, and are fast: the power of the test's machine stays on."""
    durable = database.transaction

    @contextmanager
    def transaction() -> Iterator[None]:
        if database._db.in_transaction:
            with durable():
                yield
            return
        what = write_name()
        with durable():
            yield
            meter.before(what)
        meter.behind(what)

    database.transaction = transaction  # type: ignore[method-assign]  # of this one


class CutFullJournal(FullJournal):
    """A journal whose writes a meter counts, those of both halves, too. ``seen``: what happened to bills, counted."""

    def __init__(self, meter: PowerMeter, path: Path, seen: Counter[str]) -> None:
        super().__init__(path)
        self._seen = seen
        self._ask("PRAGMA synchronous=OFF")
        for each in (self, self.social, self.payments):
            metered(each, meter)

    def step(self, stored: StoredBill, event: BillEvent, **changes: object) -> StoredBill:
        """See ``FullJournal``."""
        after = super().step(stored, event, **changes)
        self._seen[f"event {stored.bill.state.value}, {event.name}"] += 1
        return after


class CuttableSocialLine:
    """One terminal's line to the bureau. ``here``: a service, and what happens at its next request."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self.here: tuple[str, str] | None = None
        self.at_message: Callable[[], None] = lambda: None

    def ask(self, request: Request) -> Answer:
        """See ``SocialBackEnd``."""
        self.at_message()
        fault = ""
        if self.here is not None and self.here[0] == kind_of(request):
            fault, self.here = self.here[1], None
            self._hosts.seen[f"service {kind_of(request)}: {fault}"] += 1
        if fault == NOT_CONNECTED:
            raise NoAnswer("nobody is there", sent=False)
        if fault == POWER_BEFORE:
            raise PowerCut(f"service, {fault}")
        answer = self._hosts.bureau.ask(request)
        if fault == POWER_BEHIND:
            raise PowerCut(f"service, {fault}")
        return answer


class CuttablePaymentLine(FailingLine):
    """One terminal's line to the acquirer. While ``down`` nothing leaves the terminal."""

    def __init__(self, bank: FailingBank) -> None:
        super().__init__(bank)
        self.down = False
        self.at_message: Callable[[], None] = lambda: None

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        """See ``AcquirerLine``."""
        self.at_message()
        if self.down:
            raise NoLineAnswer("nobody is there", sent=False)
        return super().ask(payload, belongs)


class JammingPrinter(CutPrinter):
    """``good``: so many slips come out before it jams; None: it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.good: int | None = None

    def print(self, slip: SalesSlip) -> None:
        if self.good is not None:
            self.jams, self.good = not self.good, max(0, self.good - 1)
        super().print(slip)


class ExchangedCard(CuttableCard):
    """A card that may be taken out between commands, and ``instead`` put in, which may be the same."""

    def __init__(self, card: Card, seen: Counter[str], cut: CardCut | None, instead: Card | None = None) -> None:
        super().__init__(card, seen, cut)
        self._instead, self.spoils = instead, False

    def exchange(self, command: bytes) -> bytes:
        """A planned TAC is wrong, the other certificate beside it is right."""
        answer = super().exchange(command)
        if self.spoils and self.steps[-1].startswith(_DEBIT) and len(answer) == _TAC_AND_MAC2:
            self.spoils = False
            self._seen[f"card {self.steps[-1]}: wrong TAC"] += 1
            return bytes((answer[0] ^ 1,)) + answer[1:]
        return answer

    def power_on(self) -> bytes:
        """Who finds the reader empty finds the other card in it."""
        self._put_in()
        return super().power_on()

    def reset(self) -> bytes:
        """The same."""
        self._put_in()
        return super().reset()

    def exchanged_now(self) -> None:
        """Out and in between two commands: whatever is in the slot has no power."""
        instead = self._instead
        if instead is not None and not self.gone:
            self.pull()
            self._put_in()

    def _put_in(self) -> None:
        if self.gone and self._instead is not None:
            self._seen["another card instead" if self._instead is not self.own else "the same card again"] += 1
            self.own, self._instead, self.gone, self.cut = self._instead, None, False, None
            self.own.rail.cut_after(None)
            self.own.power_off()
            slot = self.card
            assert isinstance(slot, Slot)
            in_slot = slot.remove()
            assert isinstance(in_slot, AroundCard)
            in_slot.card = self.own
            slot.insert(in_slot)


class FailingFullTerminal:
    """One terminal, by its ``turn`` from 0. Behind a PowerCut it has to be ``switched_on``."""

    def __init__(self, turn: int, hosts: Hosts, folder: Path, draw: Random, first: Card, sam: str) -> None:
        self.turn, self.hosts, self._draw = turn, hosts, draw
        self._path, self.meter, self.clock = folder / f"full{turn}", PowerMeter(), hosts.clock
        self.number = f"99000000001{turn}"
        self.data = replace(data_of(POS, 10_000_001 + turn), merchant_name="江城人民医院")
        self.line, self.services = CuttablePaymentLine(hosts.bank), CuttableSocialLine(hosts)
        self.sam = WatchedCard(made_card(sam, copy=1))
        self.card = ExchangedCard(first, hosts.seen, None)
        self.side = TellingSide(self.card)
        self.decoy = DecoySam(Slot("sam", self.sam, report=_bug, shortest=0), self.side)
        self.spoils = False
        self.printer, self.fingers, self.typing = JammingPrinter(), KeyedPin(), TypingHolder()
        self.display = QuietDisplay()
        self.journal = CutFullJournal(self.meter, self._path, self.hosts.seen)
        self._switch_on()

    def put(self, card: Card, cut: CardCut | None = None, instead: Card | None = None) -> None:
        """Another card, or the same again, at rest."""
        card.rail.cut_after(None)
        card.power_off()
        self.card = ExchangedCard(card, self.hosts.seen, cut, instead)
        self.card.spoils = self.spoils
        self.side.card, self.side.bank = self.card, False

    def spoil_tac(self) -> None:
        """The TAC that the next card put in gives for a settlement is another on the way to the terminal."""
        self.card.spoils = True
        self.spoils = True

    def undisturbed(self) -> None:
        """Nothing happens any more, but for what is planned on the lines."""
        self.spoils = self.card.spoils = False
        self.meter.cut_at = self.printer.planned = None
        self.printer.jams, self.printer.good = False, None
        self.fingers.entries.clear()
        self.typing.digits.clear()
        self.line.at_message = self.services.at_message = lambda: None
        self.services.here = None
        self.sam.put_back()
        self.card.cut = None

    def exchange_card_at(self, number: int, *lines: CuttablePaymentLine | CuttableSocialLine) -> None:
        """The card is taken out, and what is to be there instead put in, before message ``number`` from now, from 0, of
        these lines, or of both.
        """
        left = [number]

        def at_message() -> None:
            if left[0] == 0:
                self.card.exchanged_now()
            left[0] -= 1

        for line in lines or (self.line, self.services):
            line.at_message = at_message

    def switched_on(self, cut_again: int | None = None) -> None:
        """After a power cut the terminal has what is in its file; what has failed once does not fail again.
        ``cut_again``: but the power goes once more at this write of the start, from 0, if there are so many.
        """
        self.undisturbed()
        self.journal.close()
        self.journal = CutFullJournal(self.meter, self._path, self.hosts.seen)
        if cut_again is not None:
            self.meter.cut_at = self.meter.writes + cut_again, bool(cut_again % 2)
        try:
            self._switch_on()
        except PowerCut as cut:
            self.hosts.seen[f"power-up {cut}"] += 1
            self.switched_on()
        self.meter.cut_at = None

    @property
    def desk(self) -> MedicalDesk:
        """For what is done at the social half."""
        return MedicalDesk(self.full.social, self.journal.social, self.hosts.terms)

    def admitted(self) -> CardAtTerminal:
        """The card in the slot. Raises TerminalStopped."""
        return self.full.social.admit()

    def stored(self) -> bytes:
        """All bytes of its storage."""
        return self.journal._db.serialize()

    def _switch_on(self) -> None:
        insertion, social = OneInsertion(self.side), self.journal.social
        back_end = AskedBackEnd(self.services, social.next_running, bytes.fromhex(self.number), social.skip_running)
        parts = SocialParts(
            insertion.social, self.decoy, self.display, ChoosingOperator(), self.typing, self.clock, back_end
        )
        kernel = KernelSettings(self.data, (PARAMETERS,), self._draw.randbytes, authorities())
        settings = FinancialSettings(kernel, terminal_master_key(self.data.terminal), tries=1_000)
        paper = WithheldPaper(self.printer)
        bank_parts = FinancialParts(
            insertion.bank, ChoosingHolder(), self.clock, self.display, self.fingers, None, ScriptedAttendant(), paper
        )
        bank = FinancialTerminal(bank_parts, settings, self.journal.payments, self.line)
        self.full = FullTerminal(insertion, SocialTerminal(parts, cell=AT_A_CASHIER), bank, self.journal, paper)
        self.full.power_up()


FLOOR = 20_000
PARAMETERS = AidParameters(
    bytes.fromhex("A000000333010101"), floor_limit=FLOOR, threshold=FLOOR, target_percent=40, most_target_percent=40
)


def _bug(words: str) -> None:
    raise AssertionError(words)
