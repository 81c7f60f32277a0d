"""What bills have moved, counted in three places that share no code: hosts' ledgers, cards, receipts.

SQL on the books of bank, acquirer and bureau; APDUs to the cards; text on paper. ``demand_agreement`` is for a world in
which nothing is open any more: lines up, everything sent, every slip printed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from sqlite3 import Connection
from typing import Any, NamedTuple

from cos.card import Card
from tests.dualcos.terminal.financial.money_counts import (
    APPROVED,
    COUNTED,
    Key,
    Logged,
    SlipFacts,
    balances_at_issuer,
    log_of,
    merchants_at_acquirer,
    read_slip,
    standing_at_acquirer,
    standing_at_issuer,
)
from tests.dualcos.terminal.social.three_counts import Counted, counted_on_card

PAID, DUE, COVERED, ELSEWHERE = "已用本卡支付", "待支付", "无须另付", "已用其他方式支付"
NOT_SETTLED, SUSPICIOUS, UNKNOWN, CANCELLED = "未结算，未支付", "结算可疑：勿收款，勿交付", "结算结果不明", "结算已撤销"
NOT_TAKEN = "上送被拒，须人工处理"
"""Of a payment that card and terminal had approved: it is settled between persons, and its bill stays paid."""
SETTLED = (PAID, DUE, COVERED, ELSEWHERE)
_BILL = {
    "number": r"账单号：(\d+)",
    "card": r"社会保障卡号：(\S+)",
    "state": r"(?<!交易)状态：(\S+)",
    "due": r"应付 +RMB ([\d,.]+)",
    "self_paid": r"个人自付 +RMB ([\d,.]+)",
    "own": r"个人自费 +RMB ([\d,.]+)",
    "tac": r"TAC：([0-9A-F]{8})",
    "said": r"(?s)\n=+\n(.*)\n=+\n",
}


# --- receipts ---------------------------------------------------------------------------------------------------------


class BillFacts(NamedTuple):
    """A bill's slip as anybody reads it, amounts in fen. ``payment``: the bank's part; ``goes_back``: cash that was
    taken is to be given back.
    """

    number: str
    card: str
    state: str
    due: int
    self_paid: int
    own: int
    tac: str
    premium: bool
    said: str
    tries: tuple[str, ...]
    payment: SlipFacts | None
    goes_back: bool
    again: bool
    copy: str


class PaperMoney(NamedTuple):
    """The last slip of each bill and of each payment, wherever that is printed."""

    bills: dict[str, BillFacts]
    payments: dict[Key, SlipFacts]

    @property
    def moved(self) -> Counter[str]:
        """Fen that each card's account got or paid, by the account as slips show it."""
        moved: Counter[str] = Counter()
        for slip in self.payments.values():
            moved[slip.card] += slip.moved
        return moved


def read_bill(lines: Iterable[str]) -> BillFacts | None:
    """What a slip says of a bill; None for one that is of none."""
    every = list(lines)
    text = "\n".join(every)
    if "账单号" not in text:
        return None
    said = {name: found[1] if (found := re.search(form, text)) else "" for name, form in _BILL.items()}
    fen = {name: int(re.sub("[,.]", "", said[name] or "0")) for name in ("due", "self_paid", "own")}
    premium, again = "缴纳" in every[0], "重打印" in text
    tries = tuple(re.findall(r"凭证(\d{6})", text))
    payment, copy = read_slip(every), every[-1].strip()
    goes_back = "请退还现金" in text
    more = {"tries": tries, "payment": payment, "goes_back": goes_back, "again": again, "copy": copy}
    return BillFacts(**{**said, **fen, **more}, premium=premium)


def on_paper(printed: Iterable[Iterable[str]]) -> PaperMoney:
    """All that was printed, in order. Nothing is on paper twice running unless it says so."""
    bills: dict[str, BillFacts] = {}
    payments: dict[Key, SlipFacts] = {}
    said: dict[tuple[str, str], BillFacts] = {}
    for slip in map(list, printed):
        payment, bill = read_slip(slip), read_bill(slip)
        if payment is not None:
            payments[payment.key] = payment
        if bill is not None:
            new = said.get((bill.number, bill.copy)) != bill
            assert bill.again or new or bill.state == DUE, f"twice on paper: {bill}"  # due once more behind a vain try
            bills[bill.number] = said[bill.number, bill.copy] = bill
    return PaperMoney(bills, payments)


# --- hosts ------------------------------------------------------------------------------------------------------------


class HostMoney(NamedTuple):
    """``taken``: fen that the bank has taken from all accounts, ``payments``: what it counts, each; ``acquired``: what
    the acquirer does. ``standing``, ``cancelled``, ``disputed``: TACs of settlements at the bureau. ``self_paid``: what
    holders paid at the counter for those that stand; ``collected``, ``cash``: premiums that banks have collected, that
    were paid in cash.
    """

    taken: int
    payments: dict[Key, int]
    acquired: dict[Key, int]
    standing: frozenset[str]
    cancelled: frozenset[str]
    disputed: frozenset[str]
    self_paid: int
    collected: int
    cash: int


_OUT = ("PURCHASE", "WITHDRAWAL", "TRANSFER")
_POSTED = """
SELECT paper.kind, posting.account, sum(posting.fen)
FROM entry JOIN posting ON posting.entry = entry.number JOIN paper ON paper.name = entry.reference
WHERE paper.kind IN ('SettlementPaper', 'PremiumPaper') GROUP BY paper.kind, posting.account
"""


def at_hosts(issuer: Connection, acquirer: Connection, bureau: Connection, opened: int) -> HostMoney:
    """``opened``: fen that were on all accounts together in the beginning, of those that have moved since."""
    balances = {name: fen for name, fen in balances_at_issuer(issuer).items() if name.startswith("account/")}
    booked = standing_at_issuer(issuer)
    posted: Counter[tuple[str, str]] = Counter()
    for kind, account, fen in bureau.execute(_POSTED):
        posted[kind, account.partition("/")[0]] += fen
    states = {told["voucher"]: told["state"] for told in _papers(bureau, "SettlementPaper")}
    tacs = {told["told"][7]: states[told["answer"]["voucher"]] for told in _papers(bureau, "TacPaper")}
    assert sum(merchants_at_acquirer(acquirer).values()) == 0
    return HostMoney(
        opened * len(balances) - sum(balances.values()),
        {key: each.fen if each.business in _OUT else -each.fen for key, each in booked.items()},
        standing_at_acquirer(acquirer),
        frozenset(tac for tac, state in tacs.items() if state in ("settled", "found")),
        frozenset(tac for tac, state in tacs.items() if state == "cancelled"),
        frozenset(tac for tac, state in tacs.items() if state == "suspicious"),
        -posted["SettlementPaper", "counter"],
        -posted["PremiumPaper", "collected"],
        -posted["PremiumPaper", "counter"],
    )


def _papers(bureau: Connection, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in bureau.execute("SELECT body FROM paper WHERE kind = ?", (kind,))]


# --- cards ------------------------------------------------------------------------------------------------------------


class CardMoney(NamedTuple):
    """``social``: counters and totals of DF04; ``bank``: the bank side's log by its counter, newest ten."""

    social: Counted
    bank: dict[int, Logged]


def on_card(card: Card) -> CardMoney:
    """Both sides asked, each by itself."""
    return CardMoney(counted_on_card(card), log_of(card))


# --- the three --------------------------------------------------------------------------------------------------------


def demand_agreement(
    hosts: HostMoney, cards: Mapping[str, CardMoney], paper: PaperMoney, plain: int = 0, in_doubt: int = 0
) -> None:
    """Raises AssertionError. ``cards``: by the number that slips have; ``plain``: settlements that are of no bill;
    ``in_doubt``: those on cards that the bureau has no TAC of.
    """
    _demand_bills(paper)
    _demand_payments(hosts, paper)
    on_cards = sum(each.social.settlements for each in cards.values()) - in_doubt
    _demand_settlements(hosts, paper, plain, on_cards)
    premiums = [each for each in paper.bills.values() if each.premium]
    assert sum(each.due for each in premiums if each.state == PAID) == hosts.collected
    assert sum(each.due for each in premiums if each.state == ELSEWHERE and not each.goes_back) == hosts.cash
    for number, card in cards.items():
        _demand_certificates(card, [each for each in paper.bills.values() if each.card == number])


def _demand_bills(paper: PaperMoney) -> None:
    """A bill is paid by one payment that stands, or by none; a payment pays one bill."""
    pays: Counter[Key] = Counter()
    for bill in paper.bills.values():
        payment = bill.payment and paper.payments[bill.payment.key]
        if bill.state == PAID:
            assert payment is not None
            assert payment.state in (APPROVED, NOT_TAKEN), bill
            assert payment.fen == bill.due, bill
            pays[payment.key] += 1
        else:
            assert payment is None or payment.state != APPROVED, bill
        if bill.state in (NOT_SETTLED, SUSPICIOUS, UNKNOWN, COVERED):
            assert payment is None, bill
        if bill.tac and bill.state in SETTLED:
            assert bill.due == bill.self_paid + bill.own, bill
    assert max(pays.values(), default=0) <= 1


def _demand_payments(hosts: HostMoney, paper: PaperMoney) -> None:
    """Bank, acquirer and paper count the same payments. Of one that was voided before any slip of it was out, the slip
    of the void speaks.
    """
    told = {key: -slip.moved for key, slip in paper.payments.items() if slip.state in COUNTED and slip.moved}
    for slip in paper.payments.values():
        if slip.kind == "消费撤销" and slip.moved:
            told.setdefault((slip.terminal, slip.original_batch, slip.original_voucher), slip.fen)
    assert told == hosts.payments
    assert told == {key: -fen for key, fen in hosts.acquired.items()}
    assert sum(told.values()) == hosts.taken


def _demand_settlements(hosts: HostMoney, paper: PaperMoney, plain: int, on_cards: int) -> None:
    """What is on a bill stands at the bureau, and what it has taken back is on no bill that asks for money."""
    settled = [each for each in paper.bills.values() if each.tac]
    standing = {each.tac for each in settled if each.state in SETTLED}
    assert standing <= hosts.standing
    assert {each.tac for each in settled if each.state == CANCELLED} == hosts.cancelled
    assert len(hosts.standing) == len(standing) + plain
    assert on_cards == len(hosts.standing | hosts.cancelled | hosts.disputed)
    if not plain:
        assert sum(each.self_paid for each in settled if each.state in SETTLED) == hosts.self_paid


def _demand_certificates(card: CardMoney, bills: list[BillFacts]) -> None:
    """The card has given its certificate for every payment of its bills that its log still reaches back to."""
    for bill in bills:
        if bill.state == PAID and bill.payment is not None:
            counter = int(bill.payment.atc, 16)
            if counter >= min(card.bank, default=0):
                assert card.bank[counter].fen == bill.due, bill
