"""The end of a batch (批结算、批上送): totals compared, the terminal's transactions taken, the batch ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import structs

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.batch_records import UNBALANCED, ClosedBatch, UploadedLine, UploadedLines
from dualcos.issuance.acquirer.batch_totals import compared, told_totals, totals_field, totals_of
from dualcos.issuance.acquirer.pos_answers import answer_to
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.field55 import ChipSet
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.pos_subfields import parted
from dualcos.messages.response_codes import APPROVED

_FORMAT, _NO_TOTALS_BEFORE, _NOT_AS_SETTLED, _OTHER_BATCH = "30", "25", "12", "77"
_BALANCED_END = POS_MESSAGES["end of upload"].network
_LAST_BATCH = 999_999


class BatchDesk:
    """Use it in one thread at a time. None of its messages has a MAC: only the batch that a terminal is in can be
    settled and ended, and one that has ended is answered as it was then, and stays so.
    """

    def __init__(self, books: AcquirerBooks) -> None:
        self._books = books

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """Raises BooksError."""
        closed, settles = self._books.batch(asked.batch), asked.kind.name == "settlement"
        if closed is not None and closed.ended:
            return answer_to(asked, APPROVED, {48: totals_field(closed.own, closed.result)} if settles else {})
        if asked.batch.number != asked.terminal.batch:
            return answer_to(asked, _OTHER_BATCH)
        if settles:
            return self._settled(asked)
        if closed is None:
            return answer_to(asked, _NO_TOTALS_BEFORE)
        if asked.kind.name.startswith("end of upload"):
            return self._ended(asked, closed)
        return self._uploaded(asked)

    def _settled(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        told = told_totals(asked.message.text(48))
        if told is None:
            return answer_to(asked, _FORMAT)
        own = totals_of(self._books.of_batch(asked.batch))
        result = compared(told, own)
        with self._books.transaction():
            self._books.keep_batch(ClosedBatch(batch=asked.batch, time=asked.now, told=told, own=own, result=result))
        return answer_to(asked, APPROVED, {48: totals_field(own, result)})

    def _uploaded(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        lines, chip = _lines(asked.message.text(48)), _certificate(asked.message.raw(55))
        if lines is None or chip is None:
            return answer_to(asked, _FORMAT)
        kept = UploadedLines(network=asked.parts.get("network", ""), lines=lines, chip=chip)
        with self._books.transaction():
            self._books.keep_uploaded(asked.batch, asked.message.text(11), kept)
        return answer_to(asked, APPROVED)

    def _ended(self, asked: AskedOfAcquirer, settled: ClosedBatch) -> AcquirerMessage:
        there = Counter(_told(self._books.uploaded(asked.batch)))
        here = Counter(_own(self._books.of_batch(asked.batch)))
        if settled.result == UNBALANCED:
            left_out = settled.told.debits + settled.told.credits > 0 and not there
            if asked.parts.get("network") == _BALANCED_END or left_out:
                return answer_to(asked, _NOT_AS_SETTLED)
            settled = structs.replace(
                settled,
                only_here=tuple(sorted(stan for stan, _, _ in (here - there).elements())),
                only_there=tuple(sorted(stan for stan, _, _ in (there - here).elements())),
            )
        following = f"{int(asked.batch.number) % _LAST_BATCH + 1:06d}"
        with self._books.transaction():
            self._books.keep_batch(structs.replace(settled, ended=True))
            self._books.keep_terminal(structs.replace(asked.terminal, batch=following))
        return answer_to(asked, APPROVED)


def _certificate(field: bytes) -> bytes | None:
    """What is kept of field 55: the card's certificate and what it is over, no track and no account. None if it cannot
    be read.
    """
    kept = {*ChipSet.UPLOAD.required, *ChipSet.UPLOAD.optional}
    try:
        return b"".join(item.encode() for item in tlv.parse(field) if item.tag in kept)
    except TlvError:
        return None


def _lines(field: str) -> tuple[UploadedLine, ...] | None:
    """The details in field 48; None if there are not as many as it says. A certificate's upload has none."""
    if not field:
        return ()
    parts = parted(48, field)
    found = sum(name.partition("_")[0] == "amount" for name in parts)
    if parts.get("count") != f"{found:02d}":
        return None
    endings = ["" if turn == 1 else f"_{turn}" for turn in range(1, found + 1)]
    return tuple(
        UploadedLine(
            stan=parts[f"stan{ending}"],
            pan=parts[f"account{ending}"],
            amount=int(parts[f"amount{ending}"]),
        )
        for ending in endings
    )


def _told(uploaded: Iterable[UploadedLines]) -> list[tuple[str, str, int]]:
    return [(line.stan, line.pan.lstrip("0"), line.amount) for each in uploaded for line in each.lines]


def _own(acquired: Iterable[AcquiredTransaction]) -> list[tuple[str, str, int]]:
    return [(each.key.stan, each.pan.lstrip("0"), each.amount) for each in acquired if each.counts]
