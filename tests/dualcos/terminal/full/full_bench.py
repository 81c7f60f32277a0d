"""A full-function terminal on a bench: one card and one PSAM, both kernels, one journal; the bureau's back end, and the
demonstration's acquirer and issuer.

While the bank's environment is selected, or a payment's, a PSAM that is touched fails the test (``DecoySam``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from apdu.link import AroundCard, SmartCard
from cos.card import Card
from dualcos.leash.ready_behaviours import BANK, SOCIAL, ready_behaviours
from dualcos.messages.social_services import Answer, NoAnswer, Request
from dualcos.messages.terminal_parameters import UNIONPAY_TAC, AidParameters
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.reader.slot import Slot
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings, terminal_data
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.full.bill_record import CASH
from dualcos.terminal.full.bill_refused import BillRefusal, BillRefused
from dualcos.terminal.full.bill_states import BillState
from dualcos.terminal.full.full_journal import FullJournal
from dualcos.terminal.full.full_terminal import FullTerminal
from dualcos.terminal.full.one_insertion import OneInsertion
from dualcos.terminal.full.withheld_paper import WithheldPaper
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.medical_means import MedicalTerms
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.social_terminal import SocialParts, SocialTerminal
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of
from tests.demonstration_acquirer import demonstration_line
from tests.demonstration_bank import BANK_OPENING, taken_from_first
from tests.dualcos.terminal.financial.payment_bench import DEBIT, ChoosingHolder, ScriptedAttendant, authorities
from tests.dualcos.terminal.financial.till_bench import CardThroat, HeardLine, KeyedPin, NoteBox, NoteMouth, PaperRoll
from tests.dualcos.terminal.full.card_money import on_card
from tests.dualcos.terminal.full.full_money import at_hosts, demand_agreement, on_paper
from tests.dualcos.terminal.social.medical_bench import LIMITS, BureauBehind, RunningClock, prepared_card
from tests.dualcos.terminal.terminal_bench import (
    ChoosingOperator,
    QuietDisplay,
    TypingHolder,
    WatchedCard,
    made_card,
    psam_for,
)

PSE, ANY_PAYMENT = bytes.fromhex("315041592E5359532E4444463031"), bytes.fromhex("A000000333")
SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
_SELECT = b"\x00\xa4\x04"


class SamTouched(BaseException):
    """The PSAM was touched while the bank's side of the card was at work. No slot takes that for a card's own fault."""


class TellingSide(AroundCard[SmartCard]):
    """The card; whose environment is selected, as whoever looks on sees it. ``bank``: True from a SELECT of anything
    of the bank's to one of anything of the social side, or a reset.
    """

    def __init__(self, card: SmartCard) -> None:
        super().__init__(card)
        self.bank = False

    def power_on(self) -> bytes:
        self.bank = False
        return self.card.power_on()

    def exchange(self, command: bytes) -> bytes:
        if command.startswith(_SELECT):
            name = command[5 : 5 + command[4]] if len(command) > 4 else b""
            self.bank = name.startswith((PSE, ANY_PAYMENT)) or (self.bank and not name.startswith(SSSE))
        return self.card.exchange(command)


class DecoySam(AroundCard[SmartCard]):
    """A PSAM that fails the test when it is touched in the bank half."""

    def __init__(self, sam: SmartCard, side: TellingSide) -> None:
        super().__init__(sam)
        self._side = side

    def _demand_social(self) -> None:
        if self._side.bank:
            raise SamTouched

    def power_on(self) -> bytes:
        self._demand_social()
        return self.card.power_on()

    def reset(self) -> bytes:
        self._demand_social()
        return self.card.reset()

    def exchange(self, command: bytes) -> bytes:
        self._demand_social()
        return self.card.exchange(command)


def refused(act: Callable[[], object]) -> BillRefusal:
    """Why a bill is not dealt with as ``act`` wants it."""
    with pytest.raises(BillRefused) as caught:
        act()
    return caught.value.cause


def approving_alone() -> FullBench:
    """Card and terminal approve what nobody has answered."""
    bench = FullBench(card=made_card("dual-2.0-3des", "pse.elements.9F0D=0000000000"))
    bench.parameters = AidParameters(DEBIT, tac=UNIONPAY_TAC._replace(default=bytes(5)))
    return bench


class FullBench:
    """``profile``: of the card, a dual one; the hosts know cards of ``others``, too. All parts may be changed before
    ``terminal`` is called the first time; ``power_cut`` makes another terminal of the same journal and parts.
    """

    def __init__(
        self,
        profile: str = "dual-2.0-3des",
        mode: SettlementMode = SettlementMode.ONLINE,
        *,
        card: Card | None = None,
        journal: FullJournal | None = None,
        terminal: str = "990000000009",
        others: tuple[str, ...] = (),
        form: FormFactor = FormFactor.POS,
        **changed: Any,
    ) -> None:
        self.mode, self.number, self.form = mode, terminal, form
        self.clock = RunningClock()
        self.bureau = BureauBehind((profile, *others), mode, self.clock)
        self.host = demonstration_line([profile, *others], **changed)
        self.line = HeardLine(self.host)
        self.own_card = card or prepared_card(profile, offline_account=mode is SettlementMode.OFFLINE)
        self.card = WatchedCard(self.own_card)
        self.side = TellingSide(self.card)
        self.slot = Slot("card", self.side, report=lambda _: None, shortest=0)
        self.sam = DecoySam(WatchedCard(made_card(psam_for(profile))), self.side)
        self.sam_slot = Slot("sam", self.sam, report=lambda _: None, shortest=0)
        self.journal = journal or FullJournal()
        self.fingers, self.typing, self.printer = KeyedPin(), TypingHolder(), PaperRoll()
        self.display, self.parameters = QuietDisplay(), AidParameters(DEBIT)
        self.merchant = ""
        self.terms = MedicalTerms(mode=mode, limits=LIMITS)
        self._terminal: FullTerminal | None = None

    @property
    def terminal(self) -> FullTerminal:
        """Powered up and signed on."""
        if self._terminal is None:
            self._terminal = self.powered()
            self._terminal.bank.sign_on()
        return self._terminal

    def powered(self) -> FullTerminal:
        """A terminal of these parts behind its power-up."""
        insertion, journal = OneInsertion(self.slot), self.journal
        social = journal.social
        back_end = AskedBackEnd(self.bureau, social.next_running, bytes.fromhex(self.number), social.skip_running)
        parts = SocialParts(
            insertion.social, self.sam_slot, self.display, ChoosingOperator(), self.typing, self.clock, back_end
        )
        cell = cell_of(TerminalKind.FULL, self.form)
        data = replace(terminal_data(self.form), merchant_name="江城人民医院")
        if self.merchant:
            data = replace(data, merchant=self.merchant)
        kernel = KernelSettings(data, (self.parameters,), lambda count: bytes(range(1, count + 1)), authorities())
        settings = FinancialSettings(kernel, terminal_master_key(data.terminal), form=self.form)
        paper = WithheldPaper(self.printer)
        bank_parts = FinancialParts(
            insertion.bank, ChoosingHolder(), self.clock, self.display, self.fingers, self.fingers,
            ScriptedAttendant() if cell.is_attended else None, paper,
        )  # fmt: skip
        if self.form is FormFactor.ATM:
            bank_parts = replace(bank_parts, dispenser=NoteBox(), acceptor=NoteMouth(), tray=CardThroat())
        bank = FinancialTerminal(bank_parts, settings, journal.payments, self.line)
        made = FullTerminal(insertion, SocialTerminal(parts, cell=cell), bank, journal, paper, cell=cell)
        made.power_up()
        return made

    def power_cut(self) -> FullTerminal:
        """The power goes, and comes back."""
        self.card.power_off()
        self._terminal = self.powered()
        return self._terminal

    def put(self, card: SmartCard) -> None:
        """Another card in the slot."""
        self.slot.remove()
        self.slot.insert(card)

    @property
    def desk(self) -> MedicalDesk:
        """Of the terminal as it stands."""
        return MedicalDesk(self.terminal.social, self.journal.social, self.terms)

    def admitted(self) -> CardAtTerminal:
        """The card in the slot."""
        return self.terminal.social.admit()

    def rules(self, name: str = "") -> None:
        """A ready behaviour of the bank's from now on; empty: none."""
        self.host.leash.exchange(ready_behaviours(BANK)[name].rule if name else ())

    def bureau_rules(self, name: str) -> None:
        """A ready behaviour of the bureau's from now on."""
        self.bureau.rules(*ready_behaviours(SOCIAL)[name].rule)

    @contextmanager
    def deaf_to(self, *kinds: type, heard: bool = False) -> Iterator[None]:
        """The bureau does not answer such requests; ``heard``: though it has done what they ask."""
        bureau: Any = self.bureau
        real = bureau.ask

        def asked(request: Request) -> Answer:
            if isinstance(request, kinds):
                if heard:
                    real(request)
                raise NoAnswer("silent")
            answer: Answer = real(request)
            return answer

        bureau.ask = asked
        try:
            yield
        finally:
            bureau.ask = real

    def finish(self) -> None:
        """Everything works again, and what waits is sent, until nothing does."""
        self.rules()
        self.bureau.rules()
        self.bureau.down = self.line.down = self.printer.jams = False
        for _ in range(4):
            self.terminal.catch_up()
            self.desk.upload()
            self.terminal.bank.send_waiting()
            self.terminal.send_waiting()

    def demand_agreement(self, plain: int = 0) -> None:
        """Hosts, card and paper say the same; for when nothing is open any more."""
        issuer: Any = self.host.issuer
        books = (each.opened[1] for each in (issuer.books, self.host.books, self.bureau.desk.books))
        hosts = at_hosts(*books, BANK_OPENING, in_parts=self.mode is SettlementMode.OFFLINE)
        bills, paper = [each.bill for each in self.journal.bills()], on_paper(self.printer.slips)
        cash = sum(each.due for each in bills if each.state is BillState.ELSEWHERE and each.elsewhere == CASH)
        demand_agreement(hosts, [on_card(self.own_card)], paper, cash, plain)
        assert len(paper.bills) == len(bills)
        assert all(bill.told and bill.state.is_decided and not bill.reports for bill in bills)

    @property
    def states(self) -> list[str]:
        """Of all bills."""
        return [each.bill.state.value for each in self.journal.bills()]

    @property
    def gone(self) -> int:
        """Fen that the bank has taken from the card's account, and not given back."""
        return taken_from_first(self.host.issuer)
