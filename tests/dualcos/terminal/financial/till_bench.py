"""A payment terminal on a bench, whole: journal, line, printer, dispenser; the demonstration's acquirer and issuer
behind it, on a leash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apdu.link import SmartCard
from dualcos.leash.ready_behaviours import BANK as BANK_LEASH
from dualcos.leash.ready_behaviours import ready_behaviours
from dualcos.messages.acquirer_messages import AcquirerMessage, Answering, NoLineAnswer
from dualcos.messages.iso8583_codec import Iso8583Codec
from dualcos.messages.pos_envelope import opened
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.line_test_keys import terminal_master_key
from dualcos.reader.slot import Slot
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked
from dualcos.terminal.financial.kernel.kernel_settings import POS, KernelSettings, TerminalData
from dualcos.terminal.financial.payment_journal import PaymentJournal
from dualcos.terminal.financial.payment_parts import (
    AcceptorFailed,
    DispenserFailed,
    FinancialParts,
    PinChangeAsked,
    PrinterFailed,
)
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.terminal_forms import FormFactor
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.demonstration_bank import BANK_CLOCK, ONLINE_PIN, taken_from_first
from tests.dualcos.terminal.financial.payment_bench import (
    DEBIT,
    PIN,
    ChoosingHolder,
    ScriptedAttendant,
    authorities,
)
from tests.dualcos.terminal.terminal_bench import QuietDisplay, StandingClock, WatchedCard, made_card


class KeyedPin:
    """The holder's fingers: the card's PIN for the card, the bank's for the bank; ``new``: typed for a new one."""

    def __init__(self, *entries: str | Exception) -> None:
        self.entries = list(entries)
        self.new: list[str | Exception] = []
        self.asked: list[BankPinAsked | PinChangeAsked] = []
        self.amounts: list[int] = []

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        del tries
        self.amounts.append(amount)
        self.asked.append(asked)
        usual = ONLINE_PIN if asked is BankPinAsked.ONLINE else PIN
        return _typed(self.entries.pop(0) if self.entries else usual)

    def new_digits(self, asked: PinChangeAsked) -> str:
        self.asked.append(asked)
        return _typed(self.new.pop(0))


def _typed(entry: str | Exception) -> str:
    if isinstance(entry, Exception):
        raise entry
    return entry


class PaperRoll:
    """The printer: what is on paper. ``jams``: it prints nothing."""

    def __init__(self) -> None:
        self.slips: list[tuple[str, ...]] = []
        self.jams = False

    def print(self, slip: SalesSlip) -> None:
        if self.jams:
            raise PrinterFailed
        self.slips.append(slip.lines)


class NoteBox:
    """The dispenser: what it paid, by mark. ``fails``: nothing comes out."""

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.fails = False

    def pay(self, mark: str, amount: int) -> None:
        if self.fails:
            raise DispenserFailed
        assert mark not in self.paid
        self.paid[mark] = amount

    def has_paid(self, mark: str) -> bool:
        return mark in self.paid


class NoteMouth:
    """The acceptor: what it holds, and what it has kept. ``fails``: it takes nothing."""

    def __init__(self) -> None:
        self.held = self.kept = self.back = 0
        self.fails = False

    def take(self, amount: int) -> None:
        if self.fails:
            raise AcceptorFailed
        assert self.held == 0
        self.held = amount

    def keep(self) -> None:
        self.kept, self.held = self.kept + self.held, 0

    def give_back(self) -> None:
        self.back, self.held = self.back + self.held, 0


class CardThroat:
    """A reader that can keep cards."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def retain(self) -> None:
        self.done.append("retained")

    def give_back(self) -> None:
        self.done.append("given back")


class HeardLine:
    """The line, and every message that went over it in clear. ``cut``: called before and behind each; ``down``: nothing
    leaves the terminal.
    """

    def __init__(self, behind: DemonstrationLine) -> None:
        self.behind = behind
        self.sent: list[AcquirerMessage] = []
        self.cut: Callable[[], None] = lambda: None
        self.down = False
        self._codec = Iso8583Codec(POS_DIALECT)

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        if self.down:
            raise NoLineAnswer("the line is down", sent=False)
        self.sent.append(self._codec.message(opened(payload)[1]))
        self.cut()
        answer = self.behind.line.ask(payload, belongs)
        self.cut()
        return answer

    def of(self, mti: str) -> list[AcquirerMessage]:
        """Those of one type."""
        return [each for each in self.sent if each.mti == mti]


class TillBench:
    """``profile``: of the card; ``rules``: a ready behaviour's name. All parts may be changed before ``till`` is called
    the first time; ``power_cut`` makes another terminal of the same journal and parts.
    """

    def __init__(
        self,
        profile: str = "dual-2.0-3des",
        *settings: str,
        rules: str = "",
        data: TerminalData = POS,
        merchant: str = "",
        journal: PaymentJournal | None = None,
        **changed: Any,
    ) -> None:
        self.profile = profile
        self.host = demonstration_line([profile], **changed)
        self.line = HeardLine(self.host)
        self.card = WatchedCard(made_card(profile, *settings))
        self.slot: SmartCard = Slot("card", self.card, report=lambda _: None, shortest=0)
        self.fingers, self.printer, self.box, self.throat = KeyedPin(), PaperRoll(), NoteBox(), CardThroat()
        self.mouth = NoteMouth()
        self.attendant, self.holder = ScriptedAttendant(), ChoosingHolder()
        self.clock = StandingClock(BANK_CLOCK)
        self.journal = journal or PaymentJournal()
        self.data = replace(data, merchant=merchant or data.merchant, merchant_name="江城惠民药房")
        self.parameters = AidParameters(DEBIT)
        self.settings: dict[str, Any] = {}
        self.new_pin = True
        self.form: FormFactor | None = None
        self._till: FinancialTerminal | None = None
        if rules:
            self.rules(rules)

    def rules(self, name: str) -> None:
        """A ready behaviour from now on; empty: none."""
        self.host.leash.exchange(ready_behaviours(BANK_LEASH)[name].rule if name else ())

    @property
    def till(self) -> FinancialTerminal:
        """Powered up and signed on."""
        if self._till is None:
            self._till = self.powered()
            self._till.sign_on()
        return self._till

    def powered(self) -> FinancialTerminal:
        """A terminal of these parts behind its power-up."""
        kernel = KernelSettings(self.data, (self.parameters,), lambda count: bytes(range(1, count + 1)), authorities())
        parts = FinancialParts(
            self.slot, self.holder, self.clock, QuietDisplay(), self.fingers,
            self.fingers if self.new_pin else None, self.attendant,
            self.printer, self.box, self.mouth, self.throat,
        )  # fmt: skip
        settings = FinancialSettings(kernel, terminal_master_key(self.data.terminal), form=self.form, **self.settings)
        made = FinancialTerminal(parts, settings, self.journal, self.line)
        made.power_up()
        return made

    def open_account(self, number: str) -> None:
        """Another account at the same bank, with nothing on it."""
        issuer: Any = self.host.issuer
        own = next(iter(issuer.cards.values()))
        issuer.cards[number] = type(own)(pan=number, sequence="01", expiry="3012", account="another", opening=0)

    def power_cut(self) -> FinancialTerminal:
        """The power goes, and comes back."""
        self.card.power_off()
        self._till = self.powered()
        return self._till

    @property
    def gone(self) -> int:
        """Fen that the bank has taken from the card's account, and not given back."""
        return taken_from_first(self.host.issuer)

    @property
    def record(self) -> PaymentRecord:
        """The newest payment."""
        return self.journal.payments()[-1].record

    @property
    def states(self) -> list[str]:
        """Of all payments."""
        return [each.record.state.value for each in self.journal.payments()]

    def slips(self, from_: int = 0) -> str:
        """What is on paper since the slip of that number."""
        return "\n".join(line for slip in self.printer.slips[from_:] for line in slip)
