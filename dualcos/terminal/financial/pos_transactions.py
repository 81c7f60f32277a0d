"""POS 交易: what an attended terminal or a counter does with a card, one method each."""

from __future__ import annotations

from dualcos.messages.authorisation import Business
from dualcos.terminal.financial.chip_payment import ChipPayment, ChipWanted
from dualcos.terminal.financial.kernel.processing_restrictions import GOODS_AND_SERVICES
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import OriginalPayment
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.short_flow import ShortFlow
from dualcos.terminal.terminal_forms import TerminalBusiness


class PosTransactions:
    """See ``FinancialTerminal``."""

    def __init__(self, means: PaymentMeans) -> None:
        self._means = means

    def balance(self) -> PaymentOutcome:
        """余额查询: always on line; nothing is told if the card declines."""
        self._means.demand_online()
        wanted = ChipWanted(Business.BALANCE)
        return ChipPayment(self._means, wanted, online=True).pay()

    def purchase(self, amount: int, *, forced_online: bool, as_it_stands: bool) -> PaymentOutcome:
        """消费: off line if card and terminal agree, or if the acquirer cannot be asked and both allow that."""
        self._means.demand_business(TerminalBusiness.PURCHASE)
        self._means.demand_amount(amount)
        online = self._means.ready()
        if as_it_stands and not online:
            raise PaymentRefused(PaymentRefusal.NO_LINE)
        wanted = ChipWanted(
            Business.PURCHASE,
            amount,
            GOODS_AND_SERVICES,
            must_be_online=as_it_stands,
            forced=forced_online,
            usual_price=as_it_stands,
        )
        return ChipPayment(self._means, wanted, online=online).pay()

    def void(self, voucher: str) -> PaymentOutcome:
        """消费撤销."""
        self._means.demand_business(TerminalBusiness.VOID)
        self._means.demand_online()
        journal = self._means.journal
        voided = journal.of_voucher(journal.batch, voucher)
        if voided is None:
            raise PaymentRefused(PaymentRefusal.NO_SUCH_PAYMENT, detail=(voucher, voucher))
        old = voided.record
        if old.kind is not Business.PURCHASE or old.state is not PaymentState.APPROVED or not old.reference:
            raise PaymentRefused(PaymentRefusal.NOT_VOIDABLE, detail=(old.state.words.zh, old.state.words.en))
        return ShortFlow(self._means).void(voided)

    def refund(self, amount: int, original: OriginalPayment, account: str) -> PaymentOutcome:
        """退货."""
        self._means.demand_business(TerminalBusiness.REFUND)
        self._means.demand_amount(amount)
        self._means.demand_online()
        return ShortFlow(self._means).refund(amount, original, account)
