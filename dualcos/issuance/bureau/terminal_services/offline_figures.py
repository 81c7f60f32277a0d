"""The figures of the temporary off-line file: judged before a settlement, and new ones after it (mode 2;
人社信息函〔2012〕38号).

What has been uploaded since is taken off the card's own figures; what is still with terminals stays on it. A card that
shows the old figures again was not written: it is told the same once more.
"""

from __future__ import annotations

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.registered_cards import OfflineDifference
from dualcos.messages.social_services import SettlementTaken


class OfflineFigures(Struct, frozen=True, kw_only=True):
    """Of one card: uploaded since it was last told, what it showed then, what it was told."""

    uploaded: tuple[int, int] = (0, 0)
    shown: tuple[int, int] | None = None
    told: tuple[int, int] = (0, 0)


def demand_figures(books: DeskBooks, card: str, shown: tuple[int, int], difference: OfflineDifference) -> int:
    """What a card that shows ``shown``, fen and count, has spent off line and no terminal has uploaded, in fen: the
    personal account will have to pay it. Raises DeskRefusal, by what the region lays down for a ``difference``.

    38号, mode 2, pre-settlement: by the card's flag, amount and count and by the account the back end judges whether
    the transaction may go on. How, it does not say; this is inferred:

    * A card that shows more than has come in is ordinary, as uploads wait in terminals.
    * One that shows less than it was last told, or than has come in since, is as it was before: a copy, or one that
      was pulled out before its file was written, which the terminal with that settlement makes good.
    * The flag permits settlements off line. One on line needs no such permission, and has it renewed.
    """
    before = books.paper(OfflineFigures, card) or OfflineFigures()
    booked = tuple(map(max, before.told, before.uploaded))
    waiting = _still_with_terminals(before, shown)
    if difference != "go on" and any(on_card < least for on_card, least in zip(shown, booked, strict=True)):
        raise DeskRefusal("offline-figures-older")
    if difference == "refuse any" and waiting != (0, 0):
        raise DeskRefusal("offline-uploads-missing")
    return waiting[0]


def note_upload(books: DeskBooks, card: str, amount: int) -> None:
    """One off-line settlement of this card has come in."""
    before = books.paper(OfflineFigures, card) or OfflineFigures()
    uploaded = before.uploaded[0] + amount, before.uploaded[1] + 1
    books.file_paper(card, card, structs.replace(before, uploaded=uploaded))


def figures_after(
    books: DeskBooks, card: str, shown: tuple[int, int], answer: SettlementTaken, *, allowed: bool
) -> SettlementTaken:
    """``answer`` with the figures for a card that showed ``shown``; ``allowed``: it may settle off line."""
    before = books.paper(OfflineFigures, card) or OfflineFigures()
    amount, count = _still_with_terminals(before, shown)
    # A report that comes late was shown the figures of its day: what has come in since is not in them yet.
    not_shown = max(0, before.uploaded[0] - shown[0]), max(0, before.uploaded[1] - shown[1])
    books.file_paper(card, card, OfflineFigures(uploaded=not_shown, shown=shown, told=(amount, count)))
    return structs.replace(answer, offline_flag="1" if allowed else "0", offline_amount=amount, offline_count=count)


def _still_with_terminals(before: OfflineFigures, shown: tuple[int, int]) -> tuple[int, int]:
    """Of what the card shows, all that has not come in."""
    if before.shown == shown and before.uploaded == (0, 0):
        return before.told
    return max(0, shown[0] - before.uploaded[0]), max(0, shown[1] - before.uploaded[1])
