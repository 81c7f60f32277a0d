"""医保结算: pre-settlement, and what came of it with the card's TAC (SSC-7 §12; 人社信息函〔2012〕38号).

What proves itself counts: a settlement with a right TAC is booked once, whatever was told of its voucher before. So is
one whose voucher these books do not know, as they were restored: found, and what account and fund pay of it is on
``unforeseen`` until people share it out. In every mode a settlement made off line is booked when it comes in, also
where none should have been made (mode 1); the account may be overdrawn by it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct, structs

from cos.ssse.tables.table_model import KeyKind
from dualcos.issuance.bureau.terminal_services import ledger_accounts
from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.ledger_accounts import COUNTER, DISPUTED, FUND, UNFORESEEN
from dualcos.issuance.bureau.terminal_services.offline_figures import demand_figures, figures_after, note_upload
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms, RegisteredCard
from dualcos.messages.social_services import (
    PreSettled,
    PreSettlementAsked,
    ReadCard,
    ServiceDone,
    SettlementCancelled,
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
    """A settlement by its voucher. ``account``, ``pooled``, ``self_paid``: who pays; ``held_on``: the ledger account
    that ``account`` is of. ``suspicious``: the card is debited, and its MAC2 was refused, so nobody has been paid.
    ``claimed``: the voucher that the terminal named, where these books do not know it. ``cancellation``: the number
    under which it was taken back.
    """

    voucher: str
    time: str
    terminal: str
    card: str
    social_number: str
    account: int
    pooled: int
    self_paid: int
    held_on: str = ""
    claimed: str = ""
    cancellation: str = ""
    state: Literal["open", "settled", "given up", "unknown", "suspicious", "found", "cancelled"] = "open"
    offline_amount: int | None = None
    offline_count: int | None = None


class TacPaper(Struct, frozen=True, kw_only=True):
    """What a terminal reported under one sequence number and time, and the answer. ``told``: what may not differ when
    the same comes again.
    """

    told: tuple[str | int, ...]
    answer: SettlementTaken

    def is_of(self, card: ReadCard, sequence: str, tac: str) -> bool:
        """True if it came from that card, with these."""
        return (self.told[0], *self.told[6:8]) == (card.identification, sequence, tac)


class _Debits(NamedTuple):
    """Whom the amounts of a settlement are taken from. ``unforeseen``: from account or fund, nobody here knows how."""

    account: int
    purse: int
    pooled: int
    self_paid: int
    unforeseen: int = 0


def free_balance(means: DeskMeans, entry: RegisteredCard) -> int:
    """What the personal account has beyond what open settlements hold of it."""
    return _free(means, ledger_accounts.holder(entry.social_number), entry.social_number)


def pre_settled(means: DeskMeans, asked: PreSettlementAsked) -> PreSettled:
    """Who pays what, and the settlement's number."""
    entry = means.in_use(asked.card)
    if entry.social_number != asked.social_number:
        raise DeskRefusal("person-differs")
    if not entry.insured:
        raise DeskRefusal("not-insured")
    of_card = means.terms.mode == _CARD_HOLDS_MONEY
    held_on = ledger_accounts.purse(entry.identification) if of_card else ledger_accounts.holder(entry.social_number)
    available = _free(means, held_on, entry.social_number) - _spent_off_line(means, entry, asked)
    shares = means.terms.shares(asked.total, available)
    paper = SettlementPaper(
        voucher=means.voucher("S", "settlement"),
        time=means.now(),
        held_on=held_on,
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
    name = tac_paper_name(told)
    content = _content(told)
    before = means.books.paper(TacPaper, name)
    if before is not None:
        if before.told != content:
            raise DeskRefusal("settlement-differs")
        return structs.replace(before.answer, running=told.running)
    _demand_tac(means, told)
    paper = _paper_of(means, told, entry)
    debits = _debits(means, told, paper)
    kind = "settlement found" if paper.claimed else "settlement" if told.voucher else "settlement off line"
    kind, postings = (
        ("settlement suspicious", _disputed(paper, debits)) if told.mac2_wrong else (kind, _paid(paper, debits))
    )
    means.books.post(means.now(), kind, paper.voucher, postings)
    if paper.claimed or not told.voucher:
        account = debits.account + debits.purse + debits.unforeseen
        paper = structs.replace(paper, account=account, pooled=debits.pooled, self_paid=debits.self_paid)
    if not told.voucher and not debits.purse:
        note_upload(means.books, paper.card, int(told.sequence, 16), told.self_paid)
    _refile(means, paper, "suspicious" if told.mac2_wrong else "found" if paper.claimed else "settled")
    answer = SettlementTaken(running=told.running, voucher=paper.voucher)
    if paper.offline_amount is not None and paper.offline_count is not None:
        shown = paper.offline_amount, paper.offline_count
        sequence, allowed = int(told.sequence, 16), means.terms.mode == _OFFLINE_PERMITTED and entry.insured
        answer = figures_after(means.books, paper.card, shown, sequence, answer, allowed=allowed)
    means.books.file_paper(name, paper.card, TacPaper(told=content, answer=answer))
    return answer


def tac_paper_name(told: SettlementReported | SettlementCancelled) -> str:
    """A terminal gives each settlement another."""
    return f"{told.terminal}/{told.terminal_sequence}/{told.time}"


def _content(told: SettlementReported) -> tuple[str | int, ...]:
    amounts = told.account, told.self_paid, told.pooled
    return (told.card.identification, told.voucher, *amounts, told.kind, told.sequence, told.tac, int(told.mac2_wrong))


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
    """The settlement that is reported; a new one if it was made off line, or its voucher is another's here."""
    known = means.books.paper(SettlementPaper, told.voucher)
    if known is None or (known.card, known.terminal) != (told.card.identification, told.terminal):
        return SettlementPaper(
            voucher=means.voucher("S", "settlement"),
            claimed=told.voucher,
            time=means.now(),
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
    if paper.state in ("settled", "suspicious", "found", "cancelled"):
        raise DeskRefusal("voucher-used")
    return paper


def _debits(means: DeskMeans, told: SettlementReported, paper: SettlementPaper) -> _Debits:
    """What the card's three amounts mean. A card that holds money has the three parts themselves (SSC-7 §12); any
    other has no account amount, the total as the holder's part, account and fund as the pooled one (38号).
    """
    agreed = bool(told.voucher) and not paper.claimed
    if told.account or means.terms.mode == _CARD_HOLDS_MONEY:
        if agreed and (paper.account, paper.self_paid, paper.pooled) != (told.account, told.self_paid, told.pooled):
            raise DeskRefusal("figures-differ")
        return _Debits(0, told.account, told.pooled, told.self_paid)
    if not agreed:
        if told.pooled > told.self_paid:
            raise DeskRefusal("figures-differ")
        counter = told.self_paid - told.pooled
        if told.voucher:
            return _Debits(0, 0, 0, counter, told.pooled)
        return _Debits(told.pooled, 0, 0, counter)  # off line only the personal account pays (38号)
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
        UNFORESEEN: -debits.unforeseen,
        ledger_accounts.provider(paper.terminal): sum(debits),
    }


def _disputed(paper: SettlementPaper, debits: _Debits) -> dict[str, int]:
    """Nobody is paid; what account, card and fund would have paid is put aside."""
    return {
        ledger_accounts.holder(paper.social_number): -debits.account,
        ledger_accounts.purse(paper.card): -debits.purse,
        FUND: -debits.pooled,
        UNFORESEEN: -debits.unforeseen,
        DISPUTED: sum(debits) - debits.self_paid,
    }


def _free(means: DeskMeans, account: str, social_number: str) -> int:
    """What is on a ledger account of this holder beyond what settlements hold of it."""
    papers = means.books.papers(SettlementPaper, social_number)
    held = sum(held_by(each, means.terms, means.now()) for each in papers if each.held_on == account)
    return means.books.balance(account) - held


def held_by(paper: SettlementPaper, terms: RegionTerms, now: str) -> int:
    """Fen that a settlement holds at that time."""
    return paper.account if paper.state in _HELD and not terms.has_lapsed(paper.time, now) else 0


def _refile(
    means: DeskMeans, paper: SettlementPaper, state: Literal["settled", "given up", "unknown", "suspicious", "found"]
) -> None:
    means.books.file_paper(paper.voucher, paper.social_number, structs.replace(paper, state=state))
