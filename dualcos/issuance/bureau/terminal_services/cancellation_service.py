"""撤销结算: a settlement is taken back at the back end. There is no card command for it (SSC-7 §12 has none); how the
back end does it, no standard says: inferred.

The entry of the settlement is booked once more with all signs turned. The holder's personal account has its part back,
the fund its own, and the institution is not owed the total any more; what the holder paid himself, the institution
gives back. The card stays as it is. Where its own account was debited (mode 3), the money goes onto the personal
account, too, and from there onto the card by its next load, as all money on a card came.

The card's off-line figures (mode 2) stay, too: it has settled off line, and what was settled was reported.
"""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.ledger_accounts import COUNTER, FUND
from dualcos.issuance.bureau.terminal_services.settlement_service import SettlementPaper, TacPaper, tac_paper_name
from dualcos.messages.social_services import SettlementCancelled, SettlementTakenBack


def cancelled(means: DeskMeans, told: SettlementCancelled) -> SettlementTakenBack:
    """The settlement is taken back, once, for the terminal that made it."""
    paper = _cancellable(_named(means, told), told)
    back = _turned(means, paper)
    to_load = back.pop(ledger_accounts.purse(paper.card), 0)
    holder = ledger_accounts.holder(paper.social_number)
    back[holder] += to_load
    means.books.post(means.now(), "settlement cancelled", paper.voucher, back)
    number = means.voucher("C", "cancellation")
    closed = structs.replace(paper, state="cancelled", cancellation=number)
    means.books.file_paper(paper.voucher, paper.social_number, closed)
    return SettlementTakenBack(
        running=told.running,
        voucher=paper.voucher,
        cancellation=number,
        account=back[holder],
        pooled=back[FUND],
        self_paid=back[COUNTER],
        to_load=to_load,
    )


def _named(means: DeskMeans, told: SettlementCancelled) -> SettlementPaper:
    """The settlement that is meant. Raises DeskRefusal."""
    voucher = told.voucher
    if told.time or told.terminal_sequence or told.sequence or told.tac:
        report = means.books.paper(TacPaper, tac_paper_name(told))
        if report is None:
            raise DeskRefusal("settlement-not-reported")
        if not report.is_of(told.card, told.sequence, told.tac):
            raise DeskRefusal("settlement-differs")
        voucher = report.answer.voucher
    paper = means.books.paper(SettlementPaper, voucher)
    if paper is None:
        raise DeskRefusal("voucher-unknown")
    if told.voucher not in ("", paper.voucher, paper.claimed):
        raise DeskRefusal("settlement-differs")
    return paper


def _cancellable(paper: SettlementPaper, told: SettlementCancelled) -> SettlementPaper:
    if (paper.card, paper.terminal) != (told.card.identification, told.terminal):
        raise DeskRefusal("voucher-of-another")
    if paper.state == "cancelled":
        raise DeskRefusal("cancelled-already")
    if paper.state == "suspicious":
        raise DeskRefusal("settlement-disputed")
    if paper.state not in ("settled", "found"):
        raise DeskRefusal("settlement-not-reported")
    return paper


def _turned(means: DeskMeans, paper: SettlementPaper) -> Counter[str]:
    """What the books say that it moved, the other way."""
    turned: Counter[str] = Counter()
    for entry in means.books.entries(paper.voucher):
        turned.subtract(entry.postings)
    return turned
