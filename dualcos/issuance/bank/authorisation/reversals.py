"""冲正: a message is undone exactly, once; one that has not come yet will be declined when it does.

What a refund or a void gave back is not given back twice: of a purchase only what is still open comes back, and a
void whose purchase has been reversed is only marked. A refund is never reversed (seen in the field: the terminal asks
again): whoever could would take it back from the holder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from msgspec import structs

from dualcos.issuance.bank.authorisation import ledger_names
from dualcos.issuance.bank.authorisation.bank_books import Authorisation, BankBooks, EarlyReversal, named
from dualcos.issuance.bank.authorisation.chip_data import UnreadableField55, objects
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import IssuerMeans
from dualcos.issuance.bank.authorisation.programme_points import settle_points
from dualcos.issuance.bank.authorisation.script_desk import ScriptDesk
from dualcos.messages.authorisation import Business, MessageKey, ReversalRequest

_ISSUER_DATA, _SCRIPT_RESULTS = 0x9F10, 0xDF31
_Undoing = Callable[[BankBooks, Authorisation], dict[str, int]]
"""The lines that undo it."""


def reverse(means: IssuerMeans, request: ReversalRequest, scripts: ScriptDesk) -> Authorisation | None:
    """The authorisation, reversed now or before. None: there is none, and that is remembered. Raises IssuerDecline."""
    if request.business is Business.REFUND:
        raise IssuerDecline("refund-reversed")
    books = means.books
    row = books.authorisation(request.acquirer, request.original)
    if row is None:
        early = EarlyReversal(acquirer=request.acquirer, key=request.original, time=means.now())
        books.file_paper(_early(request.acquirer, request.original), request.acquirer, early)
        return None
    if row.business != request.business.name or request.pan not in ("", row.pan):
        raise IssuerDecline("original-unknown")
    if row.amount != request.amount:
        raise IssuerDecline("amount-not-the-originals")
    told = _told(request.chip)
    row = structs.replace(row, remarks=tuple(dict.fromkeys((*row.remarks, *_remarks(request, told)))))
    if _SCRIPT_RESULTS in told:
        with suppress(IssuerDecline):  # what cannot be read is no reason to leave a payment standing
            scripts.report(row, told[_SCRIPT_RESULTS])
    if row.state != "reversed":
        row = _undone(means, row)
    books.keep(row)
    return row


def came_early(books: BankBooks, acquirer: str, key: MessageKey) -> bool:
    """True if the reversal of this message has come already."""
    return books.paper(EarlyReversal, _early(acquirer, key)) is not None


def _early(acquirer: str, key: MessageKey) -> str:
    return f"{acquirer}/{named(key)}"


def _remarks(request: ReversalRequest, told: Mapping[int, bytes]) -> Iterator[str]:
    """Why it was reversed, and the card's last word, if it came with it."""
    yield f"reversed for {request.reason}"
    if _ISSUER_DATA in told:
        yield f"9F10 at the reversal: {told[_ISSUER_DATA].hex().upper()}"


def _told(chip: bytes) -> dict[int, bytes]:
    """What card and terminal say behind the answer; a reversal is not refused for it."""
    try:
        return objects(chip)
    except UnreadableField55:
        return {}


def _undone(means: IssuerMeans, row: Authorisation) -> Authorisation:
    books = means.books
    if row.state == "declined":
        return structs.replace(row, state="reversed")
    lines = _UNDOING[Business[row.business]](books, row)
    if lines:
        books.post(means.now(), f"reversal of {Business[row.business].en}", row.reference, lines)
    return settle_points(books, structs.replace(row, state="reversed"))


def _nothing(books: BankBooks, row: Authorisation) -> dict[str, int]:
    del books, row
    return {}


def _paid(books: BankBooks, row: Authorisation) -> dict[str, int]:
    del books
    return {ledger_names.customer(row.account): row.open, ledger_names.acquirer(row.acquirer): -row.open}


def _credited(books: BankBooks, row: Authorisation) -> dict[str, int]:
    del books
    return {ledger_names.customer(row.account): -row.amount, ledger_names.acquirer(row.acquirer): row.amount}


def _transferred(books: BankBooks, row: Authorisation) -> dict[str, int]:
    del books
    return {ledger_names.customer(row.account): row.amount, ledger_names.customer(row.account_to): -row.amount}


def _voided(books: BankBooks, row: Authorisation) -> dict[str, int]:
    original = _original(books, row)
    if original.state != "voided":
        return {}
    original = settle_points(books, structs.replace(original, state="standing"))
    books.keep(original, original.amount)
    return _credited(books, row)


def _original(books: BankBooks, row: Authorisation) -> Authorisation:
    found = books.by_number(row.original or 0)
    assert found is not None  # noqa: S101 - voids were booked onto it
    return found


def _pin_changed(books: BankBooks, row: Authorisation) -> dict[str, int]:
    """The PIN from before, unless it has been changed once more."""
    memory = books.memory(row.pan)
    if memory.offset == row.offset_after:
        books.remember(structs.replace(memory, offset=row.offset_before))
    return {}


_UNDOING: Mapping[Business, _Undoing] = MappingProxyType(
    {
        Business.BALANCE: _nothing,
        Business.PURCHASE: _paid,
        Business.VOID: _voided,
        Business.WITHDRAWAL: _paid,
        Business.DEPOSIT: _credited,
        Business.TRANSFER: _transferred,
        Business.PIN_CHANGE: _pin_changed,
        Business.PRICE: _nothing,
    }
)
