"""What must be true of every bill when nothing is open any more, by SQL on the files of terminals, bank and bureau.

``full_money`` says that places agree; this says that what they agree on may be: each bill in a state that may be an
end, paid by its own card once or not at all, no money taken but for a bill or an ordinary purchase, a premium paid at
the bureau if, and only if, its payment stands.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from sqlite3 import Connection
from typing import Any, NamedTuple

from cos.card import Card
from tests.dualcos.terminal.social.three_counts import Counted, counted_in_books, counted_in_journal, counted_on_card

BillName = tuple[str, int]
"""The terminal's number at the bank, the bill's own there."""
_ENDS = {"due", "paid", "covered", "elsewhere", "not-settled", "suspicious", "unknown", "cancelled"}
_SETTLED = ("due", "paid", "covered", "elsewhere", "cancelled")
_IN_DOUBT = ("unknown", "suspicious")


class StandingPurchase(NamedTuple):
    """One at the issuer that stands, no part of it given back. ``name``: merchant, terminal, batch, voucher."""

    name: tuple[str, str, str, str]
    pan: str
    fen: int


class TerminalFiles(NamedTuple):
    """What a terminal's file says, read by SQL. ``bills``: by name."""

    bills: dict[BillName, dict[str, Any]]
    payments: dict[int, dict[str, Any]]
    records: dict[int, dict[str, Any]]


def files_of(terminal: str, db: Connection) -> TerminalFiles:
    """``terminal``: its number at the bank."""
    bills, payments, records = (
        {number: json.loads(body) | {"state": state} for number, state, body in db.execute(rows)}
        for rows in (
            "SELECT number, state, body FROM bill",
            "SELECT number, state, body FROM payment",
            "SELECT number, state, body FROM record",
        )
    )
    return TerminalFiles({(terminal, number): bill for number, bill in bills.items()}, payments, records)


def purchases_at(issuer: Connection) -> list[StandingPurchase]:
    """Those that stand."""
    found = []
    for pan, body in issuer.execute("SELECT pan, body FROM authorisation"):
        told = json.loads(body)
        stands = told["code"] == "00" and told["state"] == "standing" and not told["refunded"]
        if told["business"] == "PURCHASE" and stands:
            terminal, merchant, batch, voucher = told["key"]
            found.append(StandingPurchase((merchant, terminal, batch, voucher), pan, told["amount"]))
    return found


def cash_in(files: Collection[TerminalFiles]) -> int:
    """Fen that cashiers have taken in cash, and not given back."""
    bills = (bill for each in files for bill in each.bills.values())
    return sum(bill["due"] for bill in bills if (bill["state"], bill["elsewhere"]) == ("elsewhere", "cash"))


def demand_ends(files: TerminalFiles, unsaid: int) -> None:
    """Every bill stands where it may stay; whoever stands there has its slip, and the bureau what it had to hear."""
    for name, bill in files.bills.items():
        assert bill["state"] in _ENDS, (name, bill)
        assert bill["told"], (name, bill)
        assert not bill["reports"], (name, bill)
        record = files.records.get(bill["record"])
        if bill["kind"] == "settlement" and bill["total"]:
            expected = {"not-settled": (None, "given-up"), "unknown": ("unknown",), "suspicious": ("suspicious",)}
            state = None if record is None else record["state"]
            assert state in expected.get(bill["state"], ("complete",)), (name, bill, record)
        if record is not None and bill["state"] in _SETTLED:
            assert record["card"] == bill["card"]
            assert bill["due"] == record["shares"][2] + bill["own"], (name, bill, record)
            assert sum(record["shares"]) == record["total"] == bill["total"]
        assert (bill["state"] == "covered") <= (bill["due"] == 0), (name, bill)
        assert bool(bill["elsewhere"]) <= (bill["state"] in ("elsewhere", "cancelled")), (name, bill)
    assert unsaid == 0
    shared = Counter(bill["record"] for bill in files.bills.values() if bill["record"])
    assert max(shared.values(), default=0) <= 1, "two bills have one settlement"
    tried = Counter(number for bill in files.bills.values() for number in bill["tries"])
    assert max(tried.values(), default=0) <= 1, "two bills have one payment"


def demand_payments(
    files: Collection[TerminalFiles],
    standing: Collection[StandingPurchase],
    pans: Mapping[str, str],
) -> None:
    """``pans``: by the card's identification code."""
    at_issuer = {each.name: each for each in standing}
    for each in files:
        for name, bill in each.bills.items():
            tries = [name_of(each.payments[number]) for number in bill["tries"]]
            stands = [at_issuer.pop(paid) for paid in tries if paid in at_issuer]
            assert len(stands) <= 1, f"paid twice: {name} {bill}"
            paid = each.payments.get(bill["payment"])
            not_taken = paid is not None and paid["state"] == "not-taken"
            assert bool(stands) == (bill["state"] == "paid" and not not_taken), (name, bill, stands)
            for one in stands:
                assert (one.name, one.pan, one.fen) == (
                    tries[bill["tries"].index(bill["payment"])],
                    pans[bill["card"]["identification"]],
                    bill["due"],
                )
    for left in at_issuer.values():
        assert left.fen % 10 == 7, f"money for no bill: {left}"


def name_of(payment: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Merchant, terminal, batch, voucher."""
    return payment["merchant"], payment["terminal"], payment["batch"], payment["voucher"]


def demand_premiums(
    files: Collection[TerminalFiles],
    standing: Collection[StandingPurchase],
    bureau: Connection,
) -> None:
    """A premium is paid at the bureau by a payment that stands, and each that stands pays one, but those given back."""
    papers = [json.loads(body) for (body,) in bureau.execute("SELECT body FROM paper WHERE kind = 'PremiumPaper'")]
    by_bank = {_slip_of(each["paid_by"]): each for each in papers if each["paid_by"].startswith("bank/")}
    in_cash = [each["voucher"] for each in papers if each["paid_by"].startswith("cash/")]
    at_issuer = {each.name for each in standing}
    assert by_bank.keys() <= at_issuer
    taken = []
    for each in files:
        for name, bill in each.bills.items():
            premium = bill["premium"]
            if premium is None or bill["state"] not in ("paid", "elsewhere"):
                continue
            if bill["state"] == "elsewhere":
                taken += [premium["voucher"]] if bill["refusal"] is None else []
                continue
            paper = by_bank.pop(name_of(each.payments[bill["payment"]]), None)
            assert (paper is None) == (bill["refusal"] is not None), (name, bill, paper)
            assert paper is None or (paper["voucher"], paper["amount"]) == (premium["voucher"], bill["due"])
    assert not by_bank, f"paid by no bill: {by_bank}"
    assert sorted(taken) == sorted(in_cash)


def _slip_of(paid_by: str) -> tuple[str, ...]:
    """Merchant, terminal, batch, voucher: in these histories no storage is made anew, so that names a payment."""
    return tuple(paid_by.split("/")[1:5])


def demand_settlements(files: Collection[TerminalFiles], bureau: Connection) -> None:
    """Each bill's settlement is at the bureau as the bill has it, with the same shares."""
    papers = {each["voucher"]: each for each in _papers(bureau, "SettlementPaper")}
    by_tac = {each["told"][7]: papers[each["answer"]["voucher"]] for each in _papers(bureau, "TacPaper")}
    for each in files:
        cancelled = {bill["record"] for bill in each.bills.values() if bill["state"] == "cancelled"}
        for number, record in each.records.items():
            if record["mode"] is None or record["state"] != "complete":
                continue
            paper = by_tac[record["tac"]]
            assert (paper["state"] == "cancelled") == (number in cancelled), (record, paper)
            assert [paper["account"], paper["pooled"], paper["self_paid"]] == record["shares"], (record, paper)


def demand_ledger(files: Collection[TerminalFiles], bureau: Connection) -> None:
    """What institutions, the fund, counters and banks have of settlements and premiums that stand; none is in doubt."""
    sums: Counter[str] = Counter(
        dict(bureau.execute("SELECT account, sum(fen) FROM posting GROUP BY account HAVING sum(fen) != 0"))
    )
    assert sum(sums.values()) == 0
    expected: Counter[str] = Counter()
    for each in files:
        cancelled = {bill["record"] for bill in each.bills.values() if bill["state"] == "cancelled"}
        for number, record in each.records.items():
            if record["state"] == "complete" and record["mode"] is not None and number not in cancelled:
                _, pooled, self_paid = record["shares"]
                expected[f"provider/{record['terminal']}"] += record["total"]
                expected["fund"] -= pooled
                expected["counter"] -= self_paid
        for bill in each.bills.values():
            if bill["kind"] == "premium" and bill["state"] in ("paid", "elsewhere") and bill["refusal"] is None:
                expected["collected" if bill["state"] == "paid" else "counter"] -= bill["due"]
                expected[f"premiums/{bill['premium']['scheme']}"] += bill["due"]
    kinds = ("provider/", "fund", "counter", "collected", "premiums/", "disputed")
    assert {name: fen for name, fen in sums.items() if name.startswith(kinds)} == {
        n: f for n, f in expected.items() if f
    }


def _papers(bureau: Connection, kind: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in bureau.execute("SELECT body FROM paper WHERE kind = ?", (kind,))]


def demand_card(
    card: Card, identification: str, journals: Collection[Connection], bureau: Connection, *, in_parts: bool
) -> int:
    """What is on a card is what terminals have, and what they are sure of is in the bureau's books, but for what was
    taken back there, of which the card knows nothing. Of loads the bureau may be sure before their terminal is: the
    card's next one says so by its number. How many settlements of it nobody is sure of.
    """
    sure, all_ = (
        Counted(*map(sum, zip(*(counted_in_journal(each, identification, *also) for each in journals), strict=True)))
        for also in ((), _IN_DOUBT)
    )
    assert counted_on_card(card) == all_
    books = counted_in_books(bureau, identification, in_parts=in_parts)
    assert books._replace(loads=sure.loads, balance=sure.balance) == sure
    found = books.loads - sure.loads, books.balance - sure.balance
    doubtful = [fen for each in journals for fen in _doubtful_loads(each, identification)]
    assert found in [(size, sum(part)) for size in range(len(doubtful) + 1) for part in combinations(doubtful, size)]
    return all_.settlements - sure.settlements


def _doubtful_loads(journal: Connection, identification: str) -> Iterator[int]:
    """In fen."""
    for state, body in journal.execute("SELECT state, body FROM record"):
        told = json.loads(body)
        if state in _IN_DOUBT and told["mode"] is None and told["card"]["identification"] == identification:
            yield told["account"]
