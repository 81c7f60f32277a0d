"""What a terminal reports to the back end of a stored transaction: with TAC, given up, unknown."""

from __future__ import annotations

from typing import Any

from dualcos.messages.social_services import LoadReported, SettlementGivenUp, SettlementReported
from dualcos.terminal.social.medical_records import MedicalRecord
from dualcos.terminal.social.terminal_journal import Report


def booked(record: MedicalRecord, running: int) -> LoadReported | SettlementReported:
    """The card has booked it: TAC and all that went into it."""
    if record.is_load:
        return LoadReported(
            **_named(record, running),
            voucher=record.voucher,
            tac=record.tac,
            amount=record.account,
            balance=record.balance,
            sequence=record.sequence,
            time=record.time,
            kind=record.kind,
        )
    return SettlementReported(
        **_named(record, running),
        voucher=record.voucher,
        key=record.key,
        account=record.account,
        self_paid=record.self_paid,
        pooled=record.pooled,
        kind=record.kind,
        terminal_sequence=record.terminal_sequence,
        sequence=record.sequence,
        time=record.time,
        tac=record.tac,
        mac2_wrong=record.mac2_right is False,
        recovered=record.recovered,
    )


def not_booked(record: MedicalRecord, running: int) -> LoadReported | SettlementGivenUp:
    """The card has not booked it, or was not asked to."""
    if record.is_load:
        return LoadReported(**_named(record, running), voucher=record.voucher, tac="")
    return SettlementGivenUp(**_named(record, running), voucher=record.voucher)


def lost(record: MedicalRecord, running: int) -> SettlementGivenUp:
    """The card never came back: whether it has debited nobody can say."""
    return SettlementGivenUp(**_named(record, running), voucher=record.voucher, unknown=True)


def of_giving_up(record: MedicalRecord) -> Report | None:
    """``not_booked`` of what the back end knows of; None for what it does not."""
    return not_booked if record.voucher else None


def of_losing(record: MedicalRecord) -> Report | None:
    """``lost`` of a settlement that the back end knows of. A load stays in transit there without a word."""
    return lost if record.voucher and not record.is_load else None


def _named(record: MedicalRecord, running: int) -> dict[str, Any]:
    return {"terminal": record.terminal, "running": running, "card": record.card}
