"""What bills have moved, counted in three places that share no code: hosts' ledgers, cards, receipts.

SQL on the books of bank, acquirer and bureau; APDUs to the cards; text on paper. ``demand_agreement`` is for a world in
which nothing is open any more: lines up, everything sent, every slip printed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable
from sqlite3 import Connection
from typing import Any, NamedTuple

from tests.dualcos.terminal.financial.money_counts import (
    APPROVED,
    COUNTED,
    LEFT,
    Key,
    SlipFacts,
    balances_at_issuer,
    merchants_at_acquirer,
    read_slip,
    standing_at_acquirer,
    standing_at_issuer,
)
from tests.dualcos.terminal.full.card_money import CardMoney
from tests.dualcos.terminal.social.three_counts import Counted, counted_in_books

PAID, DUE, COVERED, ELSEWHERE = "已用本卡支付", "待支付", "无须另付", "已用其他方式支付"
NOT_SETTLED, SUSPICIOUS, UNKNOWN, CANCELLED = "未结算，未支付", "结算可疑：勿收款，勿交付", "结算结果不明", "结算已撤销"
NOT_TAKEN = "上送被拒，须人工处理"
"""Of a payment that card and terminal had approved: it is settled between persons, and its bill stays paid."""
_LEFT_TO_PERSONS = (LEFT, NOT_TAKEN, "退货未答复，须人工处理")
SETTLED = (PAID, DUE, COVERED, ELSEWHERE)
_IN_CASH = "已用现金支付"
_BILL = {
    "number": r"账单号：(\d+)",
    "card": r"社会保障卡号：(\S+)",
    "state": r"(?<!交易)状态：(\S+)",
    "terminal": r"社保终端号：(\d+)",
    "sequence": r"卡交易序号：([0-9A-F]{4})",
    "terminal_sequence": r"(?<!卡)终端交易序号：([0-9A-F]{8})",
    "settled_at": r"结算时间：([\d/: ]+)",
    "how": r"结算方式：(\S+)",
    "due": r"应付 +RMB ([\d,.]+)",
    "self_paid": r"个人自付 +RMB ([\d,.]+)",
    "own": r"个人自费 +RMB ([\d,.]+)",
    "account": r"个人账户支付 +RMB ([\d,.]+)",
    "pooled": r"统筹基金支付 +RMB ([\d,.]+)",
    "discount": r"优惠 +RMB ([\d,.]+)",
    "tac": r"TAC：([0-9A-F]{8})",
    "said": r"(?s)\n=+\n(.*)\n=+\n",
}
_AMOUNTS = ("due", "self_paid", "own", "account", "pooled", "discount")
_LOGGED = 10
"""Settlements in a card's log, at most."""
_OFFLINE = "脱网"
"""Of a settlement in mode 3: the card was told the three parts."""


# --- receipts ---------------------------------------------------------------------------------------------------------


class BillFacts(NamedTuple):
    """A bill's slip as anybody reads it, amounts in fen. ``payment``: the bank's part; ``discount``: what that takes
    off; ``goes_back``: what was taken is to be given back.
    """

    number: str
    card: str
    state: str
    terminal: str
    sequence: str
    terminal_sequence: str
    settled_at: str
    how: str
    due: int
    self_paid: int
    own: int
    account: int
    pooled: int
    discount: int
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
    def cash(self) -> int:
        """Fen that the cashier has taken in cash, and has not given back."""
        bills = self.bills.values()
        return sum(each.due for each in bills if each.state == ELSEWHERE and _IN_CASH in each.said)

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
    fen = {name: int(re.sub("[,.]", "", said[name] or "0")) for name in _AMOUNTS}
    premium, again = "缴纳" in every[0], "重打印" in text
    tries = tuple(re.findall(r"凭证(\d{6})", text))
    payment, copy = read_slip(every), every[-1].strip()
    goes_back = any(said in text for said in ("请退还现金", "请撤销支付，退款给持卡人"))
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
    were paid in cash. ``cards``: what it has of each card, by its identification code.
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
    cards: dict[str, Counted]


_OUT = ("PURCHASE", "WITHDRAWAL", "TRANSFER")
_POSTED = """
SELECT paper.kind, posting.account, sum(posting.fen)
FROM entry JOIN posting ON posting.entry = entry.number JOIN paper ON paper.name = entry.reference
WHERE paper.kind IN ('SettlementPaper', 'PremiumPaper') GROUP BY paper.kind, posting.account
"""


def at_hosts(
    issuer: Connection, acquirer: Connection, bureau: Connection, opened: int, *, in_parts: bool = False
) -> HostMoney:
    """``opened``: fen that were on all accounts together in the beginning, of those that have moved since.
    ``in_parts``: the region settles off line (模式3).
    """
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
        {card: counted_in_books(bureau, card, in_parts=in_parts) for card in _cards_in(bureau)},
    )


def _cards_in(bureau: Connection) -> set[str]:
    return {told["card"] for kind in ("SettlementPaper", "LoadPaper") for told in _papers(bureau, kind)}


def _papers(bureau: Connection, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in bureau.execute("SELECT body FROM paper WHERE kind = ?", (kind,))]


# --- the three --------------------------------------------------------------------------------------------------------


def demand_agreement(
    hosts: HostMoney,
    cards: Collection[CardMoney],
    paper: PaperMoney,
    cash: int,
    plain: int = 0,
    in_doubt: int = 0,
    in_transit: Collection[str] = (),
) -> None:
    """Raises AssertionError. ``cash``: fen in the cashiers' drawers; ``plain``: settlements that are of no bill;
    ``in_doubt``: those on cards that the bureau has no TAC of; ``in_transit``: cards, by identification code, with a
    load of which nobody has heard whether they credited it.
    """
    _demand_bills(paper)
    _demand_payments(hosts, paper)
    on_cards = sum(each.social.settlements for each in cards) - in_doubt
    _demand_settlements(hosts, paper, plain, on_cards)
    premiums = [each for each in paper.bills.values() if each.premium]
    assert sum(each.due for each in premiums if each.state == PAID and not each.goes_back) == hosts.collected
    assert sum(each.due for each in premiums if each.state == ELSEWHERE and not each.goes_back) == hosts.cash
    assert paper.cash == cash
    for card in cards if not in_doubt and not hosts.disputed else ():
        if card.identification not in in_transit:
            assert card.social == hosts.cards.get(card.identification, Counted()), card.number
    for bill in paper.bills.values():
        of_holder = [each for each in cards if each.number == bill.card]  # slips have no more of a card than that
        _demand_certificate(of_holder, bill)
        if bill.tac and bill.state in (*SETTLED, CANCELLED):
            _demand_tac(of_holder, bill)
    of_bills = {each.tac for each in paper.bills.values()}
    for card in cards if not plain and not in_doubt else ():
        assert not card.proof or card.proof in of_bills, card.number


def _demand_bills(paper: PaperMoney) -> None:
    """A bill is paid by one payment that stands, or by none; a payment pays one bill."""
    pays: Counter[Key] = Counter()
    for bill in paper.bills.values():
        payment = bill.payment and paper.payments[bill.payment.key]
        if bill.state == PAID:
            assert payment is not None
            assert payment.state in (APPROVED, NOT_TAKEN, LEFT), bill
            assert payment.fen == bill.due - bill.discount, bill
            pays[payment.key] += 1
        else:
            assert payment is None or payment.state != APPROVED, bill
        if bill.state in (NOT_SETTLED, SUSPICIOUS, UNKNOWN, COVERED):
            assert payment is None, bill
        if bill.tac and bill.state in SETTLED:
            assert bill.due == bill.self_paid + bill.own, bill
    assert max(pays.values(), default=0) <= 1


def _demand_payments(hosts: HostMoney, paper: PaperMoney) -> None:
    """Bank, acquirer and paper count the same payments. Of one that was taken back before any slip of it was out, the
    slip of the void or refund speaks; of one that was left to a person no slip says what the bank did.
    """
    told = {key: -slip.moved for key, slip in paper.payments.items() if slip.state in COUNTED and slip.moved}
    for slip in paper.payments.values():
        if slip.kind in ("消费撤销", "退货") and slip.moved:
            told.setdefault((slip.terminal, slip.original_batch, slip.original_voucher), slip.fen)
    left = {key for key, slip in paper.payments.items() if slip.state in _LEFT_TO_PERSONS}
    for bill in paper.bills.values():
        if bill.state == PAID and bill.payment is not None and paper.payments[bill.payment.key].state == LEFT:
            assert hosts.payments[bill.payment.key] == bill.payment.fen, bill  # as a person has found out
    assert told == {key: fen for key, fen in hosts.payments.items() if key not in left}
    assert told == {key: -fen for key, fen in hosts.acquired.items() if key not in left}
    assert sum(hosts.payments.values()) == hosts.taken


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


def _demand_certificate(cards: Collection[CardMoney], bill: BillFacts) -> None:
    """A card has given its certificate for the payment, or its log does not reach back to it any more."""
    if bill.state == PAID and bill.payment is not None and bill.payment.state != LEFT:
        counter, fen = int(bill.payment.atc, 16), bill.payment.fen
        found = [each.bank[counter].fen if counter in each.bank else None for each in cards]
        assert fen in found or any(counter < min(each.bank, default=0) for each in cards), bill


def _demand_tac(cards: Collection[CardMoney], bill: BillFacts) -> None:
    """A card has the settlement in its log, and by that and its key its TAC is what is on paper; or its log does not
    reach back to it any more.
    """
    logged = [each for each in cards if bill.sequence in each.settled]
    found = [each for each in logged if each.tac(bill.sequence, bill.terminal_sequence) == bill.tac]
    if not found:
        assert any(len(each.settled) == _LOGGED and bill.sequence < min(each.settled) for each in cards), bill
        return
    (card,) = found
    told = card.settled[bill.sequence]
    assert (told.terminal, told.time) == (bill.terminal, re.sub(r"\D", "", bill.settled_at)), bill
    if bill.how == _OFFLINE and bill.state in SETTLED:
        assert (told.account, told.self_paid, told.pooled) == (bill.account, bill.self_paid, bill.pooled), bill
    if bill.sequence == max(card.settled) and card.proof:
        assert card.proof == bill.tac, bill
