"""A financial terminal at a till: what its steps work on, and what has been seen in the step that is under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dualcos.cli.facts.financial_facts import PaymentFacts
from dualcos.cli.standing.hand_at_card import HandAtCard
from dualcos.cli.till.bank_pins_typed import BankPinKeys
from dualcos.cli.till.heard_line import HeardMessage
from dualcos.cli.till.paper_in_step import PaperInStep
from dualcos.cli.till.payment_told import payment_facts
from dualcos.terminal.card_contacts import let_go
from dualcos.terminal.financial.financial_terminal import FinancialTerminal
from dualcos.terminal.financial.kernel.debit_kernel import DebitKernel, TransactionAsked
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked, KernelParts
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.parameter_download import downloaded
from dualcos.terminal.financial.payment_journal import StoredPayment
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.slip_layout import SalesSlip

WRONG_PIN_CODES = ("55", "38", "75")
"""Of field 39: the issuer says so of the on-line PIN."""


@dataclass
class SeenInStep:
    """``kernel``: of the last card that was asked; ``payments`` and ``slips``: that the step is about."""

    kernel: KernelRecord | None = None
    messages: list[HeardMessage] = field(default_factory=list)
    payments: list[PaymentFacts] = field(default_factory=list)
    slips: list[SalesSlip] = field(default_factory=list)


class UnsentPins:
    """A pad of which nothing goes to a host: what is entered for one is taken, and forgotten."""

    def __init__(self, keys: BankPinKeys) -> None:
        self._keys = keys

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        """See ``BankPinPad``."""
        return self._keys.digits(asked, tries, amount)

    def enciphered(self, pan: str, amount: int) -> bytes:
        """Nothing of the PIN is in it."""
        del pan
        self._keys.digits(BankPinAsked.ONLINE, None, amount)
        return bytes(8)


class TillAtWork:
    """``hand``: at a card in this process; None at a reader, where people put cards in. ``terminal`` works on a line
    that tells ``hear``; ``told``: called with each message as it passes. ``paper``: of its printer.
    """

    def __init__(
        self, pins: BankPinKeys, hand: HandAtCard | None, told: Callable[[HeardMessage], None], paper: PaperInStep
    ) -> None:
        self.pins, self.hand, self.paper, self._told = pins, hand, paper, told
        self.seen = SeenInStep()
        self._terminal: FinancialTerminal | None = None

    @property
    def terminal(self) -> FinancialTerminal:
        """The one that was given."""
        if self._terminal is None:
            raise ValueError("no terminal stands there yet")
        return self._terminal

    def stand(self, terminal: FinancialTerminal) -> None:
        """From now on it works with that terminal, which has to be powered up first."""
        self._terminal = terminal

    def hear(self, message: HeardMessage) -> None:
        """It has passed on the line."""
        self.seen.messages.append(message)
        self._told(message)

    def saw(self, outcome: PaymentOutcome) -> None:
        """A step has come to this, and its slips are printed."""
        self.saw_payment(outcome)
        self.seen.slips.extend(outcome.slips)

    def saw_payment(self, outcome: PaymentOutcome) -> None:
        """A step has come to this."""
        self.seen.kernel = outcome.kernel
        self.saw_stored(outcome.stored)
        if outcome.stored.record.code in WRONG_PIN_CODES:
            self.pins.was_wrong()

    def saw_stored(self, stored: StoredPayment) -> None:
        """A step is about this payment, too."""
        self.seen.payments.append(payment_facts(stored, self.terminal.journal))

    def slips(self) -> tuple[SalesSlip, ...]:
        """All of the step: what it is about, and what else was printed in it."""
        seen = self.seen.slips
        return (*seen, *(slip for slip in self.paper.printed if slip not in seen))

    def kernel(self, kind: str, amount: int) -> DebitKernel:
        """A kernel without a host, for one transaction of that kind (9C)."""
        parts = self.terminal.parts
        settings = downloaded(self.terminal.settings.kernel, self.terminal.journal)
        asks = KernelParts(parts.card, parts.holder, UnsentPins(self.pins), parts.attendant)
        return DebitKernel(asks, settings, TransactionAsked(kind, amount, parts.clock.now(), counter=1))

    def begin_step(self) -> None:
        """Nothing has been seen in it."""
        self.seen = SeenInStep()
        self.paper.begin_step()

    def forget(self) -> None:
        """The card loses its power."""
        let_go(self.terminal.parts.card)
