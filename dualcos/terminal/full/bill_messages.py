"""What the social back end is asked and told of bills: premiums, their payment, settlements that are taken back."""

from __future__ import annotations

from dualcos.messages.social_services import BankPayment, PremiumCancelled, PremiumPaid, SettlementCancelled
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.full.bill_record import Bill
from dualcos.terminal.social.medical_records import MedicalRecord


def bank_payment(paid: PaymentRecord) -> BankPayment:
    """What the bank's slip names it by."""
    return BankPayment(
        merchant=paid.merchant,
        bank_terminal=paid.terminal,
        batch=paid.batch,
        bank_voucher=paid.voucher,
        reference=paid.reference,
    )


def premium_paid(bill: Bill, running: int, moment: str, paid: PaymentRecord | None) -> PremiumPaid:
    """``paid``: None for cash, at ``moment``."""
    premium = bill.premium
    if premium is None:
        raise ValueError("no premium is in that bill")
    return PremiumPaid(
        terminal=bill.terminal,
        running=running,
        card=bill.card,
        voucher=premium.voucher,
        amount=premium.amount,
        time=moment if paid is None else paid.moment,
        payment=None if paid is None else bank_payment(paid),
    )


def premium_cancelled(bill: Bill, running: int, paid: PaymentRecord | None) -> PremiumCancelled:
    """That payment does not count; None: the cash that was taken. ``time`` names it, and is when it was made."""
    premium = bill.premium
    if premium is None:
        raise ValueError("no premium is in that bill")
    return PremiumCancelled(
        terminal=bill.terminal,
        running=running,
        card=bill.card,
        voucher=premium.voucher,
        time=bill.elsewhere_at if paid is None else paid.moment,
        payment=None if paid is None else bank_payment(paid),
    )


def settlement_cancelled(record: MedicalRecord, running: int) -> SettlementCancelled:
    """Named by all that the terminal knows of it."""
    return SettlementCancelled(
        terminal=record.terminal,
        running=running,
        card=record.card,
        voucher=record.voucher,
        time=record.time,
        terminal_sequence=record.terminal_sequence,
        sequence=record.sequence,
        tac=record.tac,
    )
