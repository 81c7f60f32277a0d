"""Medical settlement (医疗消费): INITIALIZE FOR PURCHASE and DEBIT FOR PURCHASE (SSC-5 §7, SSC-7 §12)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import MOST_AMOUNT, Account, Amounts, Proof, account, packed
from cos.ssse.medical.ledger import book, sound_amounts
from cos.ssse.medical.state import OpenPurchase
from cos.ssse.medical.transaction import (
    PURCHASE,
    RANDOM_LENGTH,
    check_sequence,
    demand_pin,
    logged,
    overflow,
    transaction_keys,
    type_code,
    wrong_mac,
)
from cos.ssse.security.keyring import Kind
from keys.mac import same
from keys.medical import Purchase, purchase_session


def initialize(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Key index 1 ‖ account, self-paid, pooled amount 4 each ‖ terminal 6 → balance 4, both totals 4 each, year 2,
    sequence 2, key version, algorithm, random 4.

    Refuses with 6985 (no account), 6982 (PIN), 9403 (key index), 9401 (balance below the account amount; modes
    without money on the card send 0), 9402 (counter).
    """
    own = account(session)
    demand_pin(session, "INITIALIZE FOR PURCHASE")
    data = command.data
    ref, dpk, dtk = transaction_keys(session, Kind.DPK, data[0])
    amounts = sound_amounts(session, own)
    wanted = int.from_bytes(data[1:5], "big")
    if wanted > amounts.balance:
        raise Refusal(
            SW.INSUFFICIENT_FUNDS,
            Gate.DATA,
            f"{wanted} fen are asked of the account, {amounts.balance} are there",
            "SSC-7 §12.2",
        )
    check_sequence(amounts.purchases)
    random = session.environment.grant.rng.bytes(RANDOM_LENGTH)
    self_paid, pooled = int.from_bytes(data[5:9], "big"), int.from_bytes(data[9:13], "big")
    session.medical.begin(purchase=OpenPurchase(wanted, self_paid, pooled, data[13:], random, dpk, dtk))
    return ResponseAPDU(
        amounts.balance.to_bytes(4, "big")
        + _totals(own, amounts)
        + amounts.purchases.to_bytes(2, "big")
        + bytes((ref.version, dpk.algorithm.social))
        + random
    )


def _totals(own: Account, amounts: Amounts) -> bytes:
    """Both yearly totals and the payment year; 00 where the account has none."""
    if own.account_only:
        return bytes(10)
    totals = amounts.self_paid.to_bytes(4, "big") + amounts.pooled.to_bytes(4, "big")
    return totals + packed(amounts.year).to_bytes(2, "big")


def debit(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """Terminal sequence 4 ‖ time 7 ‖ MAC1 4 → TAC 4 ‖ MAC2 4. MAC1 wrong 9302.

    Right: balance, yearly totals, counter, log and proof, all or nothing; MAC2 and TAC are computed before
    anything changes.
    """
    opened = session.medical.purchase
    assert opened is not None  # noqa: S101 - the medical gate lets DEBIT pass in state purchase only
    own = account(session)
    amounts = sound_amounts(session, own)
    data = command.data
    time, mac1 = data[4:11], data[11:]
    kind = type_code(session, PURCHASE)
    purchase = Purchase(opened.account, opened.self_paid, opened.pooled, opened.terminal, data[:4], time, kind)
    key = purchase_session(opened.dpk, opened.random, amounts.purchases, data[:4])
    if not same(purchase.mac1(key), mac1):
        raise wrong_mac("MAC1", key)
    after = _debited(own, amounts, purchase)
    mac2, tac = purchase.mac2(key), purchase.tac(opened.dtk)
    sequence = logged(session, amounts.purchases)
    book(session, own, after, Proof(kind, sequence, mac2, tac), _record(own, purchase, sequence))
    return ResponseAPDU(tac + mac2)


def _debited(own: Account, amounts: Amounts, purchase: Purchase) -> Amounts:
    after = amounts._replace(balance=amounts.balance - purchase.account, purchases=amounts.purchases + 1)
    if own.account_only:
        return after
    day = purchase.time[:4].hex()
    if not day.isdecimal():
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.DATA,
            f"the time begins {day.upper()}: no date YYYYMMDD in digits, so no payment year",
            "SSC-7 §12.5",
        )
    after = after.settled(int(day), purchase.self_paid, purchase.pooled)
    if max(after.self_paid, after.pooled) > MOST_AMOUNT:
        raise overflow("a total of this payment year")
    return after


def _record(own: Account, purchase: Purchase, sequence: int) -> bytes:
    """Sequence 2, type 1, terminal 6, time 7, account 4, self-paid 4, pooled 4; the last two not in a 14 record."""
    head = sequence.to_bytes(2, "big") + bytes((purchase.kind,)) + purchase.terminal + purchase.time
    amounts = purchase.account.to_bytes(4, "big")
    if not own.account_only:
        amounts += purchase.self_paid.to_bytes(4, "big") + purchase.pooled.to_bytes(4, "big")
    return head + amounts
