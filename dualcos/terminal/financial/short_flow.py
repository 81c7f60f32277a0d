"""简化流程: a card is read and no cryptogram asked of it, for what belongs to an earlier payment: void and refund."""

from __future__ import annotations

import re

from msgspec import structs

from dualcos.messages.acquirer_messages import AcquirerMessage, NoLineAnswer, masked_account
from dualcos.messages.authorisation import Business
from dualcos.messages.pos_messages import BUSINESS_MESSAGES, PosMessage
from dualcos.terminal.financial.kernel.debit_kernel import APPROVED_CODES, TransactionAsked
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.payment_journal import StoredPayment, Waits
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import (
    NO_ANSWER,
    amount_field,
    answer_facts,
    card_fields,
    chip_named,
    expiry_of,
    original_fields,
    reversal_of,
    without_secrets,
)
from dualcos.terminal.financial.payment_outcome import PaymentOutcome
from dualcos.terminal.financial.payment_record import OriginalPayment, PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentEvent, PaymentState, WaitingKind, WaitingState
from dualcos.terminal.financial.terminal_line import UnbelievedAnswer, UnwritableRequest

_VOID, _REFUND = BUSINESS_MESSAGES[Business.VOID], BUSINESS_MESSAGES[Business.REFUND]
_ORIGINAL = re.compile("[0-9]{6} [0-9]{6} [0-9]{4} [0-9A-Za-z]{1,12} [0-9A-Za-z]{0,6}", re.ASCII)
"""Batch, voucher, day, reference, approval."""


class ShortFlow:
    """Both raise TransactionEnded where the card cannot be read, PaymentRefused."""

    def __init__(self, means: PaymentMeans) -> None:
        self._means = means

    def void(self, voided: StoredPayment) -> PaymentOutcome:
        """消费撤销 of a payment in this batch, whose card has to be there. It is reversed itself if nobody answers."""
        means, old = self._means, voided.record
        card, moment = self._read(_VOID)
        if (card.pan, card.sequence) != (old.pan, old.sequence):
            raise PaymentRefused(PaymentRefusal.OTHER_CARD)
        request, record = self._asked(_VOID, card, old.amount, old.as_original, moment)
        reversal = Waits(WaitingKind.REVERSAL, reversal_of(request, NO_ANSWER), WaitingState.STANDING)
        stored = means.journal.begin(record, reversal)
        return self._means.outcome(self._voided(stored, request, voided), card)

    def _voided(self, stored: StoredPayment, request: AcquirerMessage, voided: StoredPayment) -> StoredPayment:
        journal = self._means.journal
        try:
            answer = self._means.line.ask(_VOID, request)
        except NoLineAnswer as silent:
            if not silent.sent:
                return journal.step(stored, PaymentEvent.NOT_SENT)
            return journal.step(stored, PaymentEvent.UNKNOWN, reason=NO_ANSWER)
        except UnbelievedAnswer as unbelieved:
            reversal = reversal_of(request, unbelieved.reason)
            return journal.step(stored, PaymentEvent.UNKNOWN, reversal=reversal, reason=unbelieved.reason)
        facts = answer_facts(answer)
        if facts.code.encode() not in APPROVED_CODES:
            return journal.step(stored, PaymentEvent.REFUSED, **facts._asdict())
        return journal.step(stored, PaymentEvent.APPROVED, voids=voided, **facts._asdict())

    def refund(self, amount: int, original: OriginalPayment, account: str) -> PaymentOutcome:
        """退货: an advice, sent until it is answered; what no message takes would never be. ``account``: the one that
        paid, masked or not; empty if the slip alone says it.
        """
        means = self._means
        if _ORIGINAL.fullmatch(" ".join(structs.astuple(original))) is None:
            raise PaymentRefused(PaymentRefusal.ORIGINAL)
        card, moment = self._read(_REFUND)
        if account and masked_account(card.pan) != masked_account(account):
            raise PaymentRefused(PaymentRefusal.OTHER_CARD)
        request, record = self._asked(_REFUND, card, amount, original, moment)
        stored = means.journal.begin(record, Waits(WaitingKind.ADVICE, request))
        means.forwarding.send()
        return self._means.outcome(means.journal.payment(stored.number) or stored, card)

    def _read(self, row: PosMessage) -> tuple[KernelRecord, str]:
        means = self._means
        moment = means.parts.clock.now()
        asked = TransactionAsked(row.processing[:2], 0, moment, means.journal.next_counter())
        kernel = means.kernel(asked)
        try:
            kernel.read()
        finally:
            kernel.release()
        return kernel.record, moment

    def _asked(
        self, row: PosMessage, card: KernelRecord, amount: int, original: OriginalPayment, moment: str
    ) -> tuple[AcquirerMessage, PaymentRecord]:
        means, data = self._means, self._means.settings.kernel.data
        fields = card_fields(card) | amount_field(amount) | original_fields(original)
        stan = means.journal.next_stan()
        if row is _REFUND:  # it is stored, and no storage has a track
            fields = without_secrets(row, fields)
        try:
            request = means.line.request(row, stan, fields)
        except UnwritableRequest as error:
            raise PaymentRefused(PaymentRefusal.UNWRITABLE, detail=("", str(error))) from None
        business = Business.VOID if row is _VOID else Business.REFUND
        record = PaymentRecord(
            state=PaymentState.ASKED,
            business=business.name,
            batch=means.journal.batch,
            voucher=stan,
            moment=moment,
            terminal=data.terminal,
            merchant=data.merchant,
            pan=card.pan,
            sequence=card.sequence,
            expiry=expiry_of(card),
            amount=amount,
            original=original,
            chip=chip_named(card),
            signature=True,  # nothing else says that the holder is there
        )
        return request, record
