"""社会保险费缴纳: what a holder has to pay, and by which payment it was paid (总体方案 二(二)1).

The due list is the register's, which has a scheme and period once. A premium gets its voucher when it is first asked
for, and keeps voucher and amount until it is paid, whoever asks. It is paid by one payment, in one sum; two people with
one voucher at two counters are told apart by their payments, and the second is refused, to be given back.

A payment that was voided or given back does not count from then on, in whatever order the two reports come: a terminal
that has not heard whether its report came can take the payment back and be done with it.

A voucher of books that were restored is unknown and its payment refused: nothing of it can be told from a card.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from cos.ssse.tables.scheme_names import scheme_name
from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.ledger_accounts import COLLECTED, COUNTER
from dualcos.issuance.bureau.terminal_services.registered_cards import DuePremium
from dualcos.messages.social_services import (
    BankPayment,
    PremiumAsked,
    PremiumCancelled,
    PremiumDue,
    PremiumPaid,
    ServiceDone,
)


class PremiumPaper(Struct, frozen=True, kw_only=True):
    """A premium by its voucher; fen. ``paid_by``: name of its payment, empty while it is due."""

    voucher: str
    time: str
    social_number: str
    scheme: str
    period: str
    amount: int
    paid_by: str = ""


class PaymentPaper(Struct, frozen=True, kw_only=True):
    """A payment of which a terminal spoke, by its name. ``cancelled``: it does not count, whatever else comes.
    ``payment``: None for cash.
    """

    name: str
    voucher: str
    terminal: str
    time: str
    payment: BankPayment | None
    cancelled: bool = False


def due(means: DeskMeans, asked: PremiumAsked) -> PremiumDue:
    """The first on the due list that is not paid, of those that are asked for."""
    entry = means.in_use(asked.card)
    known = {(each.scheme, each.period): each for each in means.books.papers(PremiumPaper, entry.social_number)}
    unpaid = [
        bill for bill in entry.premiums if (paper := known.get((bill.scheme, bill.period))) is None or not paper.paid_by
    ]
    chosen = (each for each in unpaid if asked.scheme in ("", each.scheme) and asked.period in ("", each.period))
    if (bill := next(chosen, None)) is None:
        raise DeskRefusal("nothing-due")
    paper = known.get((bill.scheme, bill.period)) or _new_paper(means, entry.social_number, bill)
    scheme = scheme_name(paper.scheme)
    return PremiumDue(
        running=asked.running,
        voucher=paper.voucher,
        amount=paper.amount,
        scheme=paper.scheme,
        scheme_zh=scheme.zh,
        scheme_en=scheme.en,
        period=paper.period,
        payee=means.terms.payee,
        left=len(unpaid) - 1,
    )


def paid(means: DeskMeans, told: PremiumPaid) -> ServiceDone:
    """The premium is paid, by this payment and no other."""
    paper = _asked_before(means, told)
    if told.amount != paper.amount:
        raise DeskRefusal("amount-differs")
    payment = _payment(means, told)
    if payment.cancelled:
        raise DeskRefusal("payment-cancelled")
    if paper.paid_by and paper.paid_by != payment.name:
        raise DeskRefusal("premium-paid")
    if not paper.paid_by:
        _book(means, "premium paid", paper, payment, paper.amount)
        means.books.file_paper(payment.name, payment.terminal, payment)
        _refile(means, paper, payment.name)
    return ServiceDone(running=told.running)


def cancelled(means: DeskMeans, told: PremiumCancelled) -> ServiceDone:
    """The payment does not count; what it had paid is due again."""
    paper = _asked_before(means, told)
    payment = _payment(means, told)
    if paper.paid_by == payment.name:
        _book(means, "premium cancelled", paper, payment, -paper.amount)
        _refile(means, paper, "")
    means.books.file_paper(payment.name, payment.terminal, structs.replace(payment, cancelled=True))
    return ServiceDone(running=told.running)


def _new_paper(means: DeskMeans, social_number: str, bill: DuePremium) -> PremiumPaper:
    paper = PremiumPaper(
        voucher=means.voucher("P", "premium"),
        time=means.now(),
        social_number=social_number,
        scheme=bill.scheme,
        period=bill.period,
        amount=bill.amount,
    )
    means.books.file_paper(paper.voucher, social_number, paper)
    return paper


def _asked_before(means: DeskMeans, told: PremiumPaid | PremiumCancelled) -> PremiumPaper:
    """The premium that is spoken of. It is the holder's, whichever of his cards he came with. Raises DeskRefusal."""
    paper = means.books.paper(PremiumPaper, told.voucher)
    if paper is None:
        raise DeskRefusal("voucher-unknown")
    if means.registered(told.card).social_number != paper.social_number:
        raise DeskRefusal("voucher-of-another")
    return paper


def _payment(means: DeskMeans, told: PremiumPaid | PremiumCancelled) -> PaymentPaper:
    """The payment as it is known, or as it is told for the first time. Raises DeskRefusal if it paid another premium.

    A bank's has its day in its name, for a terminal with a new storage counts its batches from the first again. Field
    37 tells two of a day apart; it is in the name only then, for of a payment without an answer no terminal knows it.
    """
    for name in _names(told):
        known = means.books.paper(PaymentPaper, name)
        if known is None:
            break
        if not _differ(known.payment, told.payment):
            if known.voucher != told.voucher:
                raise DeskRefusal("payment-of-another")
            return known
    return PaymentPaper(name=name, voucher=told.voucher, terminal=told.terminal, time=told.time, payment=told.payment)


def _names(told: PremiumPaid | PremiumCancelled) -> Iterator[str]:
    """What the payment may be called, the usual name first."""
    bank = told.payment
    if bank is None:
        yield f"cash/{told.terminal}/{told.time}/{told.voucher}"
        return
    usual = f"bank/{bank.merchant}/{bank.bank_terminal}/{bank.batch}/{bank.bank_voucher}/{told.time[:8]}"
    yield usual
    if bank.reference:
        yield f"{usual}/{bank.reference}"


def _differ(known: BankPayment | None, told: BankPayment | None) -> bool:
    """True for two payments that have one name for all but the bank."""
    references = {each.reference for each in (known, told) if each is not None and each.reference}
    return len(references) > 1


def _book(means: DeskMeans, kind: str, paper: PremiumPaper, payment: PaymentPaper, fen: int) -> None:
    source = COUNTER if payment.payment is None else COLLECTED
    postings = {ledger_accounts.premiums(paper.scheme): fen, source: -fen}
    means.books.post(means.now(), kind, paper.voucher, postings)


def _refile(means: DeskMeans, paper: PremiumPaper, paid_by: str) -> None:
    means.books.file_paper(paper.voucher, paper.social_number, structs.replace(paper, paid_by=paid_by))
