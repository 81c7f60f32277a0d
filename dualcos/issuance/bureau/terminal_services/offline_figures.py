"""The three figures of the temporary off-line file that go back to the card (mode 2; 人社信息函〔2012〕38号).

What has been uploaded since is taken off the card's own figures; what is still with terminals stays on it. A card that
shows the old figures again was not written: it is told the same once more.
"""

from __future__ import annotations

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.messages.social_services import SettlementTaken


class OfflineFigures(Struct, frozen=True, kw_only=True):
    """Of one card: uploaded since it was last told, what it showed then, what it was told."""

    uploaded: tuple[int, int] = (0, 0)
    shown: tuple[int, int] | None = None
    told: tuple[int, int] = (0, 0)


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
    if before.shown == shown and before.uploaded == (0, 0):
        amount, count = before.told
    else:
        amount, count = (max(0, on_card - came) for on_card, came in zip(shown, before.uploaded, strict=True))
        books.file_paper(card, card, OfflineFigures(shown=shown, told=(amount, count)))
    return structs.replace(answer, offline_flag="1" if allowed else "0", offline_amount=amount, offline_count=count)
