"""批结算: the batch is closed, its totals are held against the acquirer's, its transactions uploaded, the next begins.

It is durable where it stands: a terminal that lost its power in the middle goes on with it before anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dualcos.messages.acquirer_messages import FieldValue
from dualcos.messages.pos_subfields import joined, parted
from dualcos.messages.response_codes import response_code
from dualcos.terminal.financial.payment_journal import PaymentJournal, StoredPayment
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import COUNTED, PaymentState, WaitingKind, WaitingState
from dualcos.terminal.financial.sales_slip import heading
from dualcos.terminal.financial.slip_layout import SalesSlip, SlipLayout, yuan

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
    found = counted(journal, journal.batch)
    totals = totals_of_batch(each.record for each in found)
    answer = means.line.managed("settlement", {48: _totals_field(totals), 49: _CURRENCY})
    balanced = parted(48, answer.text(48)).get("domestic_result") == _BALANCED
    refused = _upload(means, [each.record for each in found], balanced=balanced)
    return _ended(means, totals, balanced, "对账平" if balanced else "对账不平", refused)


def end_by_hand(means: PaymentMeans) -> DayEnd:
    """A batch that was closed and that the acquirer does not settle: a person has, by what the slip says. Raises
    PaymentRefused for one that is not closed.
    """
    journal = means.journal
    if not journal.settling:
        raise PaymentRefused(PaymentRefusal.NOT_CLOSED)
    found = counted(journal, journal.batch)
    return _ended(means, totals_of_batch(each.record for each in found), False, "未与收单行对账，人工结算", [])


def _ended(means: PaymentMeans, totals: TerminalTotals, balanced: bool, said: str, refused: list[str]) -> DayEnd:
    journal = means.journal
    batch = journal.batch
    slip = settlement_slip(means, totals, said, refused)
    journal.end_settling(slip.lines)
    means.line.end_session()
    means.press.settled(slip.lines)
    return DayEnd(batch, totals, balanced, slip)


def _totals_field(totals: TerminalTotals) -> str:
    parts = dict[str, str]()
    for where, told in (("domestic", totals), ("foreign", TerminalTotals())):
        parts |= {f"{where}_debit_amount": f"{told.debit:012d}", f"{where}_debit_count": f"{told.debits:03d}"}
        parts |= {f"{where}_credit_amount": f"{told.credit:012d}", f"{where}_credit_count": f"{told.credits:03d}"}
        parts[f"{where}_result"] = "0"
    return joined(48, parts)


def _upload(means: PaymentMeans, records: list[PaymentRecord], *, balanced: bool) -> list[str]:
    """批上送: certificates of what was on line; all details, too, where the totals differ. What was refused of it, for
    the slip: the batch ends all the same.
    """
    refused = list[str]()

    def sent(name: str, fields: dict[int, FieldValue], what: str) -> None:
        try:
            means.line.managed(name, fields)
        except PaymentRefused as said:
            if said.cause is not PaymentRefusal.REFUSED or response_code(said.code).signs_on:
                raise
            refused.append(f"上送被拒：{what} 应答码{said.code}")

    if not balanced:
        for part in _in_parts(records):
            sent("batch upload", {48: _details_field(part)}, f"明细{part[0].voucher}起")
    for record in records:
        if record.chip is not None and record.chip.field55 and not record.offline:
            name = "TC upload" if balanced else "TC upload unbalanced"
            sent(name, _certificate_fields(record), record.voucher)
    count = f"{min(len(records), 99):02d}"
    name = "end of upload" if balanced else "end of upload unbalanced"
    means.line.managed(name, {48: joined(48, {"count": count})})
    return refused


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


def settlement_slip(means: PaymentMeans, totals: TerminalTotals, said: str, refused: list[str]) -> SalesSlip:
    """结算单: what the batch came to, what the acquirer ``said``, and what a person must see to in it."""
    settings, at = means.settings, means.parts.clock.now()
    layout, data = SlipLayout(settings.slip.width), settings.kernel.data
    lines = [layout.centred("结算总计单"), layout.rule(), *heading(data.merchant, data.terminal, settings)]
    lines += layout.pair(f"批次号：{means.journal.batch}", f"{at[:4]}/{at[4:6]}/{at[6:8]} {at[8:10]}:{at[10:12]}")
    lines.append(layout.rule())
    lines += layout.pair(f"借记 {totals.debits}笔", yuan(totals.debit))
    lines += layout.pair(f"贷记 {totals.credits}笔", yuan(totals.credit))
    lines += [layout.rule(), *layout.wrapped(said)]
    for each in refused:
        lines += layout.wrapped(each)
    for stored in means.journal.of_batch(means.journal.batch):
        record = stored.record
        if record.state in (PaymentState.MANUAL, PaymentState.NOT_TAKEN):
            lines += layout.pair(f"须人工处理：{record.voucher}", record.kind.zh)
            lines += layout.pair("", yuan(record.amount))
    return SalesSlip(settings.slip.copies[0], tuple(lines))
