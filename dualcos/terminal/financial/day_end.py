"""批结算: the batch is closed, its totals are held against the acquirer's, its transactions uploaded, the next begins.

It is durable where it stands: a terminal that lost its power in the middle goes on with it before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dualcos.messages.acquirer_messages import FieldValue
from dualcos.messages.pos_subfields import joined, parted
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import COUNTED, WaitingKind, WaitingState
from dualcos.terminal.financial.sales_slip import SalesSlip, heading
from dualcos.terminal.financial.slip_layout import SlipLayout, yuan

_BALANCED = "1"
_DETAILS = 8
"""Of one message: field 48 has room for so many."""
_KIND_OF_DETAIL = "00"
_CURRENCY = "156"


class TerminalTotals(NamedTuple):
    """Of a batch: fen and numbers of what took money from cards' accounts (借记), and of what brought some (贷记)."""

    debit: int = 0
    debits: int = 0
    credit: int = 0
    credits: int = 0


class DayEnd(NamedTuple):
    """A batch that was settled."""

    batch: str
    totals: TerminalTotals
    balanced: bool
    slip: SalesSlip


def counted(journal: PaymentJournal, batch: str) -> list[StoredPayment]:
    """What is in a batch's totals: approved, moving money, and taken by the acquirer."""
    return [each for each in journal.of_batch(batch) if _counts(journal, each)]


def _counts(journal: PaymentJournal, stored: StoredPayment) -> bool:
    record = stored.record
    if record.state not in COUNTED or not record.kind.posts:
        return False
    uploads = [each for each in journal.waiting_of(stored.number) if each.kind is WaitingKind.OFFLINE_SALE]
    return all(each.state is WaitingState.ANSWERED for each in uploads)


def totals_of_batch(records: Iterable[PaymentRecord]) -> TerminalTotals:
    """Sums and numbers; a void counts beside what it voids."""
    found = list(records)
    out = [each.amount for each in found if not each.kind.credit]
    into = [each.amount for each in found if each.kind.credit]
    return TerminalTotals(sum(out), len(out), sum(into), len(into))


def settle(means: PaymentMeans) -> DayEnd:
    """The whole of it. Raises PaymentRefused: where it stood before the batch was closed, nothing has changed."""
    journal = means.journal
    means.line.demand_signed_on()
    if not means.forwarding.send():
        raise PaymentRefused(PaymentRefusal.STILL_WAITING)
    means.press.tell_untold()
    journal.begin_settling()
    batch, found = journal.batch, counted(journal, journal.batch)
    totals = totals_of_batch(each.record for each in found)
    answer = means.line.managed("settlement", {48: _totals_field(totals), 49: _CURRENCY})
    balanced = parted(48, answer.text(48)).get("domestic_result") == _BALANCED
    _upload(means, [each.record for each in found], balanced=balanced)
    slip = settlement_slip(means, batch, totals, balanced=balanced)
    journal.end_settling()
    means.line.end_session()
    means.press.printed((slip,))
    return DayEnd(batch, totals, balanced, slip)


def _totals_field(totals: TerminalTotals) -> str:
    parts = dict[str, str]()
    for where, told in (("domestic", totals), ("foreign", TerminalTotals())):
        parts |= {f"{where}_debit_amount": f"{told.debit:012d}", f"{where}_debit_count": f"{told.debits:03d}"}
        parts |= {f"{where}_credit_amount": f"{told.credit:012d}", f"{where}_credit_count": f"{told.credits:03d}"}
        parts[f"{where}_result"] = "0"
    return joined(48, parts)


def _upload(means: PaymentMeans, records: list[PaymentRecord], *, balanced: bool) -> None:
    """批上送: certificates of what was on line; all details, too, where the totals differ."""
    if not balanced:
        for part in _in_parts(records):
            means.line.managed("batch upload", {48: _details_field(part)})
    for record in records:
        if record.chip is not None and not record.offline:
            means.line.managed("TC upload" if balanced else "TC upload unbalanced", _certificate_fields(record))
    count = f"{min(len(records), 99):02d}"
    means.line.managed("end of upload" if balanced else "end of upload unbalanced", {48: joined(48, {"count": count})})


def _in_parts(records: list[PaymentRecord]) -> Iterator[list[PaymentRecord]]:
    return (records[at : at + _DETAILS] for at in range(0, len(records), _DETAILS))


def _details_field(records: list[PaymentRecord]) -> str:
    parts = {"count": f"{len(records):02d}"}
    for turn, record in enumerate(records, 1):
        end = "" if turn == 1 else f"_{turn}"
        parts |= {f"kind{end}": _KIND_OF_DETAIL, f"stan{end}": record.voucher}
        parts |= {f"account{end}": record.pan.rjust(20, "0"), f"amount{end}": f"{record.amount:012d}"}
    return joined(48, parts)


def _certificate_fields(record: PaymentRecord) -> dict[int, FieldValue]:
    place = joined(61, {"batch": record.batch, "stan": record.voucher, "date": record.day or record.moment[4:8]})
    chip = bytes.fromhex(record.chip.field55 if record.chip is not None else "")
    fields: dict[int, FieldValue] = {2: record.pan, 4: f"{record.amount:012d}", 22: record.entry, 55: chip, 61: place}
    return fields | {14: record.expiry, 23: f"0{record.sequence}"}


def settlement_slip(means: PaymentMeans, batch: str, totals: TerminalTotals, *, balanced: bool) -> SalesSlip:
    """结算单: what the batch came to."""
    settings, at = means.settings, means.parts.clock.now()
    layout, data = SlipLayout(settings.slip.width), settings.kernel.data
    lines = [layout.centred("结算总计单"), layout.rule(), *heading(data.merchant, data.terminal, settings)]
    lines += layout.pair(f"批次号：{batch}", f"{at[:4]}/{at[4:6]}/{at[6:8]} {at[8:10]}:{at[10:12]}")
    lines.append(layout.rule())
    lines += layout.pair(f"借记 {totals.debits}笔", yuan(totals.debit))
    lines += layout.pair(f"贷记 {totals.credits}笔", yuan(totals.credit))
    lines += [layout.rule(), "对账平" if balanced else "对账不平"]
    left = means.journal.left_to_a_person()
    lines += [line for each in left for line in layout.wrapped(f"须人工处理：{each.request.texts.get(11, '')}")]
    return SalesSlip(settings.slip.copies[0], tuple(lines))
