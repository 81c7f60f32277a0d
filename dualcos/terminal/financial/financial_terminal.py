"""金融业务功能终端: a payment terminal at work (PBOC-6; 总体方案 一（二）). POS and ATM differ in data and parts.

Every transaction: what waits goes out first; then the card, then the acquirer, then the card's last word; the slip is
durable before it is printed.
"""

from __future__ import annotations

from collections.abc import Callable

from dualcos.messages.acquirer_messages import AcquirerLine
from dualcos.terminal.financial.atm_transactions import AtmTransactions
from dualcos.terminal.financial.day_end import DayEnd, end_by_hand, settle
from dualcos.terminal.financial.held_in_machine import let_go_of_all
from dualcos.terminal.financial.parameter_download import DownloadedCounts, download
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment, StoredWaiting
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_parts import FinancialParts
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_recovery import recover
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused, refused_by_form
from dualcos.terminal.financial.payment_settings import FinancialSettings
from dualcos.terminal.financial.payment_states import WaitingState
from dualcos.terminal.financial.pos_transactions import PosTransactions
from dualcos.terminal.financial.slip_layout import SalesSlip
from dualcos.terminal.financial.slip_press import SlipPress
from dualcos.terminal.financial.store_and_forward import StoreAndForward
from dualcos.terminal.financial.terminal_line import TerminalLine
from dualcos.terminal.terminal_hardware import hardware_refusal


class FinancialTerminal:
    """Call ``power_up`` first. Methods raise PaymentRefused where nothing is begun, TransactionEnded where the card
    ends it before the acquirer is asked, JournalFault where the storage fails. What a payment came to is a
    PaymentOutcome, never an exception. Raises PaymentRefused: a part is missing that its form must have (PBOC-6 §5.10).
    """

    def __init__(
        self, parts: FinancialParts, settings: FinancialSettings, journal: PaymentJournal, line: AcquirerLine
    ) -> None:
        refusal = hardware_refusal(settings.cell, parts.missing, settings.kernel.data.reach)
        if refusal is not None:
            raise refused_by_form(PaymentRefusal.NO_PART, refusal)
        self.parts, self.settings, self.journal = parts, settings, journal
        self._line = TerminalLine(line, settings, journal)
        self._forwarding = StoreAndForward(journal, self._line)
        self._press = SlipPress(parts, settings, journal)
        self._means = PaymentMeans(parts, settings, journal, self._line, self._forwarding, self._press)

    def power_up(self) -> tuple[StoredPayment, ...]:
        """What an earlier power cut has left open, as it stands now: decided by what is stored and what the dispenser
        says; a card in the slot is given back (PBOC-6 §5.3) unless it was being kept, slips are printed. The acquirer
        is not asked.
        """
        kept = let_go_of_all(self.parts, self.journal)
        if self.parts.tray is not None and not kept:
            self.parts.tray.give_back()
        found = self.recovered()
        if self.parts.acceptor is not None:
            self.parts.acceptor.give_back()
        self._press.tell_untold()
        return found

    def recovered(self) -> tuple[StoredPayment, ...]:
        """What an exception has left open, decided as behind a power cut."""
        found = recover(self._means)
        let_go_of_all(self.parts, self.journal)
        return found

    @property
    def is_signed_on(self) -> bool:
        """True from a sign-on to the next sign-off."""
        return self._line.is_signed_on

    def demand_open(self) -> None:
        """Signed on, and its batch takes another payment, as far as the terminal knows: the line need not be up, and
        nobody is asked. Raises PaymentRefused.
        """
        self._means.demand_open()

    def sign_on(self) -> None:
        """签到: working keys, batch."""
        self._line.sign_on()

    def sign_off(self) -> None:
        """签退."""
        self._line.sign_off()

    def send_waiting(self) -> int:
        """Reversals, reports, uploads, as before a transaction. How many still wait. Raises PaymentRefused."""
        self.recovered()
        self._line.demand_signed_on()
        self._forwarding.send()
        self._press.tell_untold(shown=True)
        return len(self.journal.waiting())

    def tell_untold(self) -> None:
        """Slips that nobody has are printed."""
        self._press.tell_untold()

    def for_people(self) -> list[StoredWaiting]:
        """What a person must see to: not sent any more though nobody took it, or sent so often that he should ask."""
        return self.journal.left_to_a_person(self.settings.tries)

    def resend(self, voucher: str) -> StoredPayment:
        """What was left to a person of a payment of this batch waits again, or its upload that was refused. Raises
        PaymentRefused if there is nothing.
        """
        return self._seen_to(voucher, self._forwarding.may_go_again, self._forwarding.again)

    def resolve(self, voucher: str) -> StoredPayment:
        """A person has settled with the acquirer what waits of a payment of this batch: it is not sent any more. Raises
        PaymentRefused if nothing waits.
        """
        return self._seen_to(voucher, lambda waits: waits.state is WaitingState.WAITING, self._forwarding.close)

    def _seen_to(
        self, voucher: str, which: Callable[[StoredWaiting], bool], see_to: Callable[[StoredWaiting], None]
    ) -> StoredPayment:
        recover(self._means)
        stored = self.journal.of_voucher(self.journal.batch, voucher)
        found = [] if stored is None else self.journal.waiting_of(stored.number)
        found = [each for each in found if which(each)]
        if stored is None or not found:
            raise PaymentRefused(PaymentRefusal.NO_SUCH_PAYMENT, detail=(voucher, voucher))
        for each in found:
            see_to(each)
        self._press.tell_untold()
        return self.journal.payment(stored.number) or stored

    @property
    def _pos(self) -> PosTransactions:
        """Behind the end of whatever an exception has left open."""
        self.recovered()
        return PosTransactions(self._means)

    @property
    def _atm(self) -> AtmTransactions:
        """The same."""
        self.recovered()
        return AtmTransactions(self._means)

    # --- POS ---------------------------------------------------------------------------------------------------------

    def balance(self) -> PaymentOutcome:
        """余额查询; at an ATM, too. ``stored.record.balances``: ledger and available; None if the card declined."""
        return self._pos.balance()

    def purchase(self, amount: int, *, forced_online: bool = False, as_it_stands: bool = False) -> PaymentOutcome:
        """消费, fen. ``as_it_stands``: the whole amount, whatever the merchant's agreement gives the card's member, and
        on the issuer's word alone.
        """
        return self._pos.purchase(amount, forced_online=forced_online, as_it_stands=as_it_stands)

    def void(self, voucher: str) -> PaymentOutcome:
        """消费撤销 of a purchase in this batch, with its card."""
        return self._pos.void(voucher)

    def refund(self, amount: int, original: OriginalPayment, account: str = "") -> PaymentOutcome:
        """退货 with the card, by what the holder's slip says; ``account``: only to that one, masked or not."""
        return self._pos.refund(amount, original, account)

    # --- ATM ---------------------------------------------------------------------------------------------------------

    def withdraw(self, amount: int) -> PaymentOutcome:
        """取款."""
        return self._atm.withdraw(amount)

    def deposit(self, amount: int) -> PaymentOutcome:
        """存款."""
        return self._atm.deposit(amount)

    def transfer(self, amount: int, account_to: str) -> PaymentOutcome:
        """转账."""
        return self._atm.transfer(amount, account_to)

    def change_pin(self) -> PaymentOutcome:
        """改密: the bank's PIN, not the card's."""
        return self._atm.change_pin()

    # --- day's end ---------------------------------------------------------------------------------------------------

    def settle(self) -> DayEnd:
        """批结算: totals, batch upload, next batch. Goes on where it was cut off."""
        self.recovered()
        return settle(self._means)

    def end_batch(self) -> DayEnd:
        """人工结算: a person ends a batch that was closed and that the acquirer does not settle."""
        self.recovered()
        return end_by_hand(self._means)

    def download(self) -> DownloadedCounts:
        """Parameters and public keys from the acquirer; they stay in the journal."""
        return download(self._line, self.journal)

    def reprint(self, voucher: str) -> tuple[SalesSlip, ...]:
        """重打印: the slips of a payment of this batch again, marked so."""
        stored = self.journal.of_voucher(self.journal.batch, voucher)
        if stored is None:
            raise PaymentRefused(PaymentRefusal.NO_SUCH_PAYMENT, detail=(voucher, voucher))
        return self._press.tell(stored, again=True)
