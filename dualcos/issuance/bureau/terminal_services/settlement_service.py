"""医保结算: pre-settlement, and what came of it with the card's TAC (SSC-7 §12; 人社信息函〔2012〕38号).

What proves itself counts: a settlement with a right TAC is booked once, whatever was told of its voucher before.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct, structs

from cos.ssse.tables.table_model import KeyKind
from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.ledger_accounts import COUNTER, DISPUTED, FUND
from dualcos.issuance.bureau.terminal_services.offline_figures import demand_figures, figures_after, note_upload
from dualcos.issuance.bureau.terminal_services.registered_cards import RegisteredCard
from dualcos.messages.social_services import (
    PreSettled,
    PreSettlementAsked,
    ServiceDone,
    SettlementGivenUp,
    SettlementReported,
    SettlementTaken,
)
from keys.mac import same
from keys.medical_macs import Purchase

_HELD = ("open", "unknown")
"""States in which the account's part may not be spent again."""
_OFFLINE_PERMITTED, _CARD_HOLDS_MONEY = 2, 3


class SettlementPaper(Struct, frozen=True, kw_only=True):
    """A settlement by its voucher. ``account``, ``pooled``, ``self_paid``: who pays; ``suspicious``: the card is
    debited, and its MAC2 was refused, so nobody has been paid.
    """

    voucher: str
    terminal: str
    card: str
    social_number: str
    account: int
    pooled: int
    self_paid: int
    state: Literal["open", "settled", "given up", "unknown", "suspicious"] = "open"
    offline_amount: int | None = None
    offline_count: int | None = None


class TacPaper(Struct, frozen=True, kw_only=True):
    """What a terminal reported under one sequence number and time, and the answer. ``told``: what may not differ when
    the same comes again.
    """

    told: tuple[str | int, ...]
    answer: SettlementTaken


class _Debits(NamedTuple):
    """Whom the amounts of a settlement are taken from."""

    account: int
    purse: int
    pooled: int
    self_paid: int


def free_balance(means: DeskMeans, entry: RegisteredCard) -> int:
    """What the personal account has beyond what open settlements hold of it."""
    return means.books.balance(ledger_accounts.holder(entry.social_number)) - _held(means, entry.social_number)


def pre_settled(means: DeskMeans, asked: PreSettlementAsked) -> PreSettled:
    """Who pays what, and the settlement's number."""
    entry = means.in_use(asked.card)
    if entry.social_number != asked.social_number:
        raise DeskRefusal("person-differs")
    if not entry.insured:
        raise DeskRefusal("not-insured")
    if means.terms.mode == _CARD_HOLDS_MONEY:
        on_card = means.books.balance(ledger_accounts.purse(entry.identification))
        available = on_card - _held(means, entry.social_number)
    else:
        available = free_balance(means, entry) - _spent_off_line(means, entry, asked)
    shares = means.terms.shares(asked.total, available)
    paper = SettlementPaper(
        voucher=f"S{means.books.next_number('settlement'):010d}",
        terminal=asked.terminal,
        card=entry.identification,
        social_number=entry.social_number,
        account=shares.account,
        pooled=shares.pooled,
        self_paid=shares.self_paid,
        offline_amount=asked.offline_amount,
        offline_count=asked.offline_count,
    )
    means.books.file_paper(paper.voucher, paper.social_number, paper)
    return PreSettled(
        running=asked.running,
        voucher=paper.voucher,
        account=shares.account,
        pooled=shares.pooled,
        self_paid=shares.self_paid,
    )


def _spent_off_line(means: DeskMeans, entry: RegisteredCard, asked: PreSettlementAsked) -> int:
    """Fen of the account that terminals have still to report (mode 2). Raises DeskRefusal."""
    if means.terms.mode != _OFFLINE_PERMITTED or asked.offline_amount is None or asked.offline_count is None:
        return 0
    shown = asked.offline_amount, asked.offline_count
    return demand_figures(means.books, entry.identification, shown, means.terms.offline_difference)


def given_up(means: DeskMeans, told: SettlementGivenUp) -> ServiceDone:
    """The settlement did not come to be: what it held is free. ``unknown``: it stays held."""
    paper = _agreed(means, told)
    if paper.state != "given up":
        _refile(means, paper, "unknown" if told.unknown else "given up")
    return ServiceDone(running=told.running)


def settled(means: DeskMeans, told: SettlementReported) -> SettlementTaken:
    """A settlement with its TAC, booked once. Without a voucher it was made off line and gets one here."""
    entry = means.registered(told.card)
    name = f"{told.terminal}/{told.terminal_sequence}/{told.time}"
    content = _content(told)
    before = means.books.paper(TacPaper, name)
    if before is not None:
        if before.told != content:
            raise DeskRefusal("settlement-differs")
        return structs.replace(before.answer, running=told.running)
    _demand_tac(means, told)
    paper = _paper_of(means, told, entry)
    debits = _debits(means, told, paper if told.voucher else None)
    if told.mac2_wrong:
        postings = {ledger_accounts.purse(paper.card): -debits.purse, DISPUTED: debits.purse}
    else:
        postings = _paid(paper, debits)
    kind = "settlement suspicious" if told.mac2_wrong else "settlement" if told.voucher else "settlement off line"
    means.books.post(means.now(), kind, paper.voucher, postings)
    if not told.voucher:
        paper = structs.replace(paper, account=debits.account + debits.purse, pooled=debits.pooled)
        paper = structs.replace(paper, self_paid=debits.self_paid)
        if not debits.purse:
            note_upload(means.books, paper.card, told.self_paid)
    _refile(means, paper, "suspicious" if told.mac2_wrong else "settled")
    answer = SettlementTaken(running=told.running, voucher=paper.voucher)
    if paper.offline_amount is not None and paper.offline_count is not None:
        shown = paper.offline_amount, paper.offline_count
        answer = figures_after(means.books, paper.card, shown, answer, allowed=means.terms.mode == 2 and entry.insured)
    means.books.file_paper(name, paper.card, TacPaper(told=content, answer=answer))
    return answer


def _content(told: SettlementReported) -> tuple[str | int, ...]:
    amounts = told.account, told.self_paid, told.pooled
    return (told.card.identification, told.voucher, *amounts, told.kind, told.sequence, told.tac)


def _demand_tac(means: DeskMeans, told: SettlementReported) -> None:
    """TAC is under DTK, whatever group of DPK made MAC1; ``key`` may be either's address."""
    keys = means.keys_of(told.card)
    keys.at(told.key, KeyKind.TRANSACTION, KeyKind.PURCHASE)
    purchase = Purchase(
        told.account,
        told.self_paid,
        told.pooled,
        bytes.fromhex(told.terminal),
        bytes.fromhex(told.terminal_sequence),
        bytes.fromhex(told.time),
        int(told.kind, 16),
    )
    if not same(purchase.tac(keys.handle("DTK")), bytes.fromhex(told.tac)):
        raise DeskRefusal("tac-wrong")


def _paper_of(means: DeskMeans, told: SettlementReported, entry: RegisteredCard) -> SettlementPaper:
    """The settlement that is reported; a new one if it was made off line."""
    if not told.voucher:
        return SettlementPaper(
            voucher=f"S{means.books.next_number('settlement'):010d}",
            terminal=told.terminal,
            card=entry.identification,
            social_number=entry.social_number,
            account=0,
            pooled=0,
            self_paid=0,
        )
    return _agreed(means, told)


def _agreed(means: DeskMeans, told: SettlementReported | SettlementGivenUp) -> SettlementPaper:
    """The settlement by its voucher, not yet settled. Raises DeskRefusal."""
    paper = means.books.paper(SettlementPaper, told.voucher)
    if paper is None:
        raise DeskRefusal("voucher-unknown")
    if (paper.card, paper.terminal) != (told.card.identification, told.terminal):
        raise DeskRefusal("voucher-of-another")
    if paper.state in ("settled", "suspicious"):
        raise DeskRefusal("voucher-used")
    return paper


def _debits(means: DeskMeans, told: SettlementReported, paper: SettlementPaper | None) -> _Debits:
    """What the card's three amounts mean. A card that holds money has the three parts themselves (SSC-7 §12); any
    other has no account amount, the total as the holder's part, account and fund as the pooled one (38号).
    """
    if told.account or means.terms.mode == _CARD_HOLDS_MONEY:
        if paper and (paper.account, paper.self_paid, paper.pooled) != (told.account, told.self_paid, told.pooled):
            raise DeskRefusal("figures-differ")
        return _Debits(0, told.account, told.pooled, told.self_paid)
    if paper is None:  # off line only the personal account pays (38号)
        if told.pooled > told.self_paid:
            raise DeskRefusal("figures-differ")
        return _Debits(told.pooled, 0, 0, told.self_paid - told.pooled)
    total = paper.account + paper.pooled + paper.self_paid
    if (told.self_paid, told.pooled) != (total, paper.account + paper.pooled):
        raise DeskRefusal("figures-differ")
    return _Debits(paper.account, 0, paper.pooled, paper.self_paid)


def _paid(paper: SettlementPaper, debits: _Debits) -> dict[str, int]:
    """The institution gets the total from whoever pays."""
    return {
        ledger_accounts.holder(paper.social_number): -debits.account,
        ledger_accounts.purse(paper.card): -debits.purse,
        FUND: -debits.pooled,
        COUNTER: -debits.self_paid,
        ledger_accounts.provider(paper.terminal): debits.account + debits.purse + debits.pooled + debits.self_paid,
    }


def _held(means: DeskMeans, social_number: str) -> int:
    papers = means.books.papers(SettlementPaper, social_number)
    return sum(paper.account for paper in papers if paper.state in _HELD)


def _refile(
    means: DeskMeans, paper: SettlementPaper, state: Literal["settled", "given up", "unknown", "suspicious"]
) -> None:
    means.books.file_paper(paper.voucher, paper.social_number, structs.replace(paper, state=state))
