"""The end of a batch (批结算、批上送): totals compared, the terminal's transactions taken, the batch ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import structs

from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.issuance.acquirer.batch_records import ClosedBatch, UploadedLine, UploadedLines
from dualcos.issuance.acquirer.batch_totals import compared, told_totals, totals_field, totals_of
from dualcos.issuance.acquirer.pos_answers import answer_to
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.pos_subfields import parted
from dualcos.messages.response_codes import APPROVED

_FORMAT, _NO_TOTALS_BEFORE = "30", "25"
_LAST_BATCH = 999_999


class BatchDesk:
    """Use it in one thread at a time."""

    def __init__(self, books: AcquirerBooks) -> None:
        self._books = books

    def answer(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        """Raises BooksError."""
        name = asked.kind.name
        if name == "settlement":
            return self._settled(asked)
        if name.startswith("end of upload"):
            return self._ended(asked)
        return self._uploaded(asked)

    def _settled(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        told = told_totals(asked.message.text(48))
        if told is None:
            return answer_to(asked, _FORMAT)
        own = totals_of(self._books.of_batch(asked.batch))
        result = compared(told, own)
        before = self._books.batch(asked.batch)
        ended = before is not None and before.ended
        with self._books.transaction():
            self._books.keep_batch(
                ClosedBatch(batch=asked.batch, time=asked.now, told=told, own=own, result=result, ended=ended)
            )
        return answer_to(asked, APPROVED, {48: totals_field(own, result)})

    def _uploaded(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        lines = _lines(asked.message.text(48))
        if lines is None:
            return answer_to(asked, _FORMAT)
        kept = UploadedLines(network=asked.parts.get("network", ""), lines=lines, chip=asked.message.raw(55))
        with self._books.transaction():
            self._books.keep_uploaded(asked.batch, asked.message.text(11), kept)
        return answer_to(asked, APPROVED)

    def _ended(self, asked: AskedOfAcquirer) -> AcquirerMessage:
        settled = self._books.batch(asked.batch)
        if settled is None:
            return answer_to(asked, _NO_TOTALS_BEFORE)
        there = Counter(_told(self._books.uploaded(asked.batch)))
        here = Counter(_own(self._books.of_batch(asked.batch)))
        if there:
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


def _lines(field: str) -> tuple[UploadedLine, ...] | None:
    """The details in field 48; None if it is cut short. A certificate's upload has none."""
    parts = parted(48, field)
    count = int(parts.get("count", "0"))
    endings = ["" if turn == 1 else f"_{turn}" for turn in range(1, count + 1)]
    if any(f"amount{ending}" not in parts for ending in endings):
        return None
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
