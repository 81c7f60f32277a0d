"""What a chip transaction stores, step by step, each before the next thing happens."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import Business
from dualcos.messages.field55 import ChipSet, MissingChipData, chip_data
from dualcos.messages.pos_messages import BUSINESS_MESSAGES, POS_MESSAGES, PosMessage
from dualcos.terminal.financial.kernel.debit_kernel import CardVerdict
from dualcos.terminal.financial.kernel.kernel_record import SCRIPT_RESULTS_TAG, KernelRecord
from dualcos.terminal.financial.payment_journal import StoredPayment, Waits
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import (
    NO_ANSWER,
    NOT_COMPLETED,
    amount_field,
    answer_facts,
    balances_told,
    card_fields,
    chip_facts,
    expiry_of,
    facts_behind,
    points_told,
    report_fields,
    reversal_chip,
    reversal_of,
    value_added_field,
    without_secrets,
)
from dualcos.terminal.financial.payment_record import ChipFacts, PaymentRecord, ValueAdded
from dualcos.terminal.financial.payment_states import PaymentEvent, PaymentState, WaitingKind, WaitingState
from dualcos.terminal.financial.payment_words import card_words
from dualcos.terminal.financial.terminal_line import UnwritableRequest
from dualcos.terminal.terminal_parts import PartText

_OFFLINE_SALE, _REPORT = POS_MESSAGES["offline sale"], POS_MESSAGES["script report"]
UNABLE = "Z3"
"""8A where the acquirer cannot be asked and nothing is taken."""


class Agreed(NamedTuple):
    """What is paid, as far as it is settled before the card is asked. ``added``: None without a value-added service."""

    business: Business
    amount: int
    moment: str
    added: ValueAdded | None = None
    account_to: str = ""

    @property
    def row(self) -> PosMessage:
        """The message."""
        return BUSINESS_MESSAGES[self.business]


class PaymentWriter:
    """One transaction's. ``card``: what the kernel knows, as it goes on."""

    def __init__(self, means: PaymentMeans, card: KernelRecord, agreed: Agreed) -> None:
        self._means, self._journal, self._card, self._agreed = means, means.journal, card, agreed

    def alone(self, state: PaymentState, code: str, said: CardVerdict | None = None) -> StoredPayment:
        """The terminal decided without anybody, and nothing is to be sent; ``said``: by the card."""
        facts, stan = chip_facts(self._card), self._journal.next_stan()
        record = self._record(state, stan, facts, code=code, offline=True)
        return self._journal.begin(structs.replace(record, note=card_words(said)))

    def offline_sale(self, code: str, approval: str) -> StoredPayment:
        """Card and terminal have approved: to be uploaded (离线上送). ``approval``: what the issuer said on the
        telephone, empty if nobody asked it. What no message can be made of is not taken.
        """
        stan = self._journal.next_stan()
        try:
            chip = chip_data(ChipSet.UPLOAD, self._card.known())
            fields = self._fields(chip) | ({38: approval} if approval else {})
            upload = self._means.line.request(_OFFLINE_SALE, stan, without_secrets(_OFFLINE_SALE, fields))
        except (MissingChipData, UnwritableRequest):
            return self.alone(PaymentState.DECLINED, UNABLE)
        record = self._record(
            PaymentState.APPROVED, stan, chip_facts(self._card, chip), code=code, approval=approval, offline=True
        )
        return self._journal.begin(record, Waits(WaitingKind.OFFLINE_SALE, upload))

    def asked(self, more: dict[int, FieldValue]) -> tuple[StoredPayment, AcquirerMessage]:
        """The request, and the payment with its reversal standing by. Raises MissingChipData."""
        row, chip = self._agreed.row, chip_data(ChipSet.REQUEST, self._card.known())
        stan = self._journal.next_stan()
        request = self._means.line.request(row, stan, self._fields(chip) | more)
        reversal = Waits(WaitingKind.REVERSAL, self._reversal(request, NO_ANSWER), WaitingState.STANDING)
        record = self._record(PaymentState.ASKED, stan, chip_facts(self._card, chip))
        return self._journal.begin(record, *((reversal,) if row.reversal else ())), request

    def not_sent(self, stored: StoredPayment) -> StoredPayment:
        """Nobody can have booked it."""
        return self._journal.step(stored, PaymentEvent.NOT_SENT)

    def unanswered(self, stored: StoredPayment, request: AcquirerMessage, reason: str) -> StoredPayment:
        """Nobody knows what was booked; ``reason``: of the reversal."""
        if not self._agreed.row.reversal:
            return self._journal.step(stored, PaymentEvent.DROPPED, reason=reason)
        return self._journal.step(stored, PaymentEvent.UNKNOWN, reversal=self._reversal(request, reason), reason=reason)

    def refused(self, stored: StoredPayment, answer: AcquirerMessage, *, retained: bool) -> StoredPayment:
        """The acquirer declined."""
        facts = answer_facts(answer)._asdict()
        held = retained or stored.record.in_machine
        return self._journal.step(stored, PaymentEvent.REFUSED, retained=retained, in_machine=held, **facts)

    def agreed(self, stored: StoredPayment, request: AcquirerMessage, answer: AcquirerMessage) -> StoredPayment:
        """The acquirer approved; the reversal that stands by says from now on what it has approved."""
        added = points_told(answer, self._agreed.added)
        facts = answer_facts(answer)._asdict()
        reversal = self._standing(request, answer.text(38))
        return self._journal.step(stored, PaymentEvent.AGREED, reversal=reversal, value_added=added, **facts)

    def card_refused(self, stored: StoredPayment, request: AcquirerMessage, said: CardVerdict) -> StoredPayment:
        """The card declined what was approved, or is gone: the acquirer hears of it, with what the card says by now."""
        note = card_words(said, PartText("卡片拒绝", "the card declined"))
        if not self._agreed.row.reversal:
            return self._journal.step(stored, PaymentEvent.DROPPED, note=note)
        reversal = self._reversal(request, NOT_COMPLETED, stored.record.approval)
        event = PaymentEvent.CARD_REFUSED
        return self._journal.step(stored, event, reversal=reversal, reason=NOT_COMPLETED, note=note)

    def card_took(
        self, stored: StoredPayment, request: AcquirerMessage, answer: AcquirerMessage, *, pays: bool
    ) -> StoredPayment:
        """The card gave its certificate; ``pays``: and something is handed out now."""
        upload = chip_data(ChipSet.UPLOAD, self._card.known())
        chip = facts_behind(stored.record.chip or ChipFacts(), self._card, upload)
        event = PaymentEvent.PAYS if pays else PaymentEvent.CARD_TOOK
        reversal = self._standing(request, stored.record.approval)
        return self._journal.step(stored, event, reversal=reversal, chip=chip, balances=balances_told(answer))

    def handed_out(self, stored: StoredPayment, request: AcquirerMessage, reason: str) -> StoredPayment:
        """``reason``: why nothing was handed out, for the reversal; empty if it was."""
        if not reason:
            return self._journal.step(stored, PaymentEvent.PAID)
        reversal = self._reversal(request, reason, stored.record.approval)
        return self._journal.step(stored, PaymentEvent.NOT_PAID, reversal=reversal, reason=reason)

    def reported(self, stored: StoredPayment) -> StoredPayment:
        """What became of scripts, if there were any, is to be reported (脚本处理结果通知)."""
        if SCRIPT_RESULTS_TAG not in self._card.terminal:
            return stored
        fields = report_fields(stored.record, self._card)
        report = self._means.line.request(_REPORT, self._journal.next_stan(), fields)
        return self._journal.amend(stored, Waits(WaitingKind.SCRIPT_REPORT, report))

    def _fields(self, chip: bytes) -> dict[int, FieldValue]:
        agreed = self._agreed
        added = {} if agreed.added is None else value_added_field(self._means.settings, agreed.added)
        return card_fields(self._card) | amount_field(agreed.amount) | added | {55: chip}

    def _standing(self, request: AcquirerMessage, approval: str) -> AcquirerMessage | None:
        return self._reversal(request, NO_ANSWER, approval) if self._agreed.row.reversal else None

    def _reversal(self, request: AcquirerMessage, reason: str, approval: str = "") -> AcquirerMessage:
        return reversal_of(request, reason, reversal_chip(self._card), approval)

    def _record(
        self,
        state: PaymentState,
        stan: str,
        chip: ChipFacts,
        *,
        code: str = "",
        approval: str = "",
        offline: bool = False,
    ) -> PaymentRecord:
        agreed, card, data = self._agreed, self._card, self._means.settings.kernel.data
        return PaymentRecord(
            state=state,
            business=agreed.business.name,
            batch=self._journal.batch,
            voucher=stan,
            moment=agreed.moment,
            terminal=data.terminal,
            merchant=data.merchant,
            pan=card.pan,
            sequence=card.sequence,
            expiry=expiry_of(card),
            amount=agreed.amount,
            entry=str(card_fields(card)[22]),
            offline=offline,
            code=code,
            approval=approval,
            chip=chip,
            account_to=agreed.account_to,
            value_added=agreed.added,
            signature=card.signature_wanted,
            in_machine=agreed.business is Business.DEPOSIT,
        )
