"""The figures of the temporary off-line file: judged before a settlement, and new ones after it (mode 2;
人社信息函〔2012〕38号).

What has been uploaded since is taken off the card's own figures; what is still with terminals stays on it. Whether the
card was written with what it was last told, its purchase sequence says: if it was, it has settled so many times off
line that its count is reached. If it cannot have, it was not written, and what was taken off then is taken off again.
Where both can be (a settlement on line in between is not reported yet), it counts as written: a limit that is reached
too early is the lesser evil (inferred).
"""

from __future__ import annotations

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.registered_cards import OfflineDifference
from dualcos.messages.social_services import SettlementTaken


class OfflineFigures(Struct, frozen=True, kw_only=True):
    """Of one card. ``came``: what has come in and was not taken off its figures, purchase sequence and fen. Of the
    settlement after which it was last told: its purchase ``sequence``, what the card had ``shown``, what it was
    ``told``, and what was ``taken`` off for that; amounts with counts.
    """

    came: tuple[tuple[int, int], ...] = ()
    sequence: int = -1
    shown: tuple[int, int] = (0, 0)
    told: tuple[int, int] = (0, 0)
    taken: tuple[int, int] = (0, 0)

    def uploaded(self, before: int | None = None) -> tuple[int, int]:
        """What has come in and was not taken off; of the purchases ``before`` a sequence number."""
        found = [fen for sequence, fen in self.came if before is None or sequence < before]
        return sum(found), len(found)


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
    came = before.uploaded()
    booked = tuple(map(max, before.told, came))
    # Its purchase sequence is not known yet: it is taken at its best.
    again = all(map(int.__ge__, shown, before.shown))
    waiting = _without(shown, came, before.taken if again else (0, 0))
    if difference != "go on" and any(on_card < least for on_card, least in zip(shown, booked, strict=True)):
        raise DeskRefusal("offline-figures-older")
    if difference == "refuse any" and waiting != (0, 0):
        raise DeskRefusal("offline-uploads-missing")
    return waiting[0]


def note_upload(books: DeskBooks, card: str, sequence: int, amount: int) -> None:
    """One off-line settlement of this card has come in, of this purchase sequence."""
    before = books.paper(OfflineFigures, card) or OfflineFigures()
    books.file_paper(card, card, structs.replace(before, came=(*before.came, (sequence, amount))))


def figures_after(
    books: DeskBooks, card: str, shown: tuple[int, int], sequence: int, answer: SettlementTaken, *, allowed: bool
) -> SettlementTaken:
    """``answer`` with the figures for a card that showed ``shown`` at its purchase ``sequence``; ``allowed``: it may
    settle off line. Without any, where the card has been told after a later one: what it showed then is long past.
    """
    before = books.paper(OfflineFigures, card) or OfflineFigures()
    if sequence <= before.sequence:
        return answer
    taken = before.uploaded(sequence)
    if not _was_written(before, shown, sequence):
        taken = taken[0] + before.taken[0], taken[1] + before.taken[1]
    told = _without(shown, taken)
    later = tuple(each for each in before.came if each[0] >= sequence)
    after = OfflineFigures(came=later, sequence=sequence, shown=shown, told=told, taken=taken)
    books.file_paper(card, card, after)
    return structs.replace(answer, offline_flag="1" if allowed else "0", offline_amount=told[0], offline_count=told[1])


def _was_written(before: OfflineFigures, shown: tuple[int, int], sequence: int) -> bool:
    """False if the card has not made as many purchases since as it would have counted onto what it was told."""
    return shown[1] - before.told[1] < sequence - before.sequence


def _without(shown: tuple[int, int], *taken: tuple[int, int]) -> tuple[int, int]:
    """Of what a card shows, all that was not taken off; never less than nothing."""
    return max(0, shown[0] - sum(each[0] for each in taken)), max(0, shown[1] - sum(each[1] for each in taken))
