"""The medical account's commands as a terminal gives them, one at a time (SSC-7 §11, §12, §14; SSC-5 §7).

Nothing is decided or kept here: that is the flows' business, and the national interface's caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.ssse.tables.table_model import Directory, KeyRow
from dualcos.dialogue import medical
from dualcos.dialogue.driver import Reply
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.security_path import PurchaseBegun, SettlementAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, refused_by
from keys.medical_macs import TYPE_SETTLEMENT, Purchase

ACCOUNT = "DF04"
LOG = 0xEF08
MOST_FEN = 0xFFFFFFFF
_ACCOUNT_ONLY = 0x14  # length of a log record without the two parts
_BEGUN_PURCHASE, _BEGUN_LOAD, _TAC, _TAC_AND_MAC, _PROOF = 22, 16, 4, 8, 8


class OrderAmounts(NamedTuple):
    """What INITIALIZE FOR PURCHASE carries, in fen: from the account, paid by the holder, pooled (SSC-7 §12.1)."""

    account: int
    self_paid: int
    pooled: int


class Debited(NamedTuple):
    """What DEBIT FOR PURCHASE answered: the amounts are off the card."""

    tac: bytes
    mac2: bytes


class LoadBegun(NamedTuple):
    """What INITIALIZE FOR LOAD answered. ``sequence`` 2 bytes, ``version`` of the key, ``random`` 4, ``mac1`` 4."""

    balance: int
    sequence: bytes
    version: int
    random: bytes
    mac1: bytes


class AccountBalances(NamedTuple):
    """Fen on the account, and the two totals of ``year``, the payment year as the card has it."""

    account: int
    self_paid: int
    pooled: int
    year: str


class LoggedTransaction(NamedTuple):
    """One record of the card's log. ``kind``: ``31`` load, ``32`` settlement; ``self_paid``, ``pooled``: None in the
    log of an account without them (SSC-7 §12).
    """

    sequence: str
    kind: str
    terminal: str
    time: str
    account: int
    self_paid: int | None
    pooled: int | None


def account_directory(at: CardAtTerminal) -> Directory:
    """DF04, current on return. Raises TerminalStopped."""
    found = at.place(ACCOUNT, LOG).directory
    at.enter(found)
    return found


def purchase_key(at: CardAtTerminal, index: int) -> KeyRow:
    """DPK of that index; raises TerminalStopped with 9403 for one that the tables do not have."""
    row = account_directory(at).key(f"DPK{index:02d}")
    if row is None:
        raise refused_by(SW.KEY_INDEX_NOT_SUPPORTED, f"密钥索引{index}", f"key index {index}")
    return row


def begin_settlement(
    at: CardAtTerminal,
    order_amounts: OrderAmounts,
    terminal: bytes,
    time: bytes,
    key_index: int,
    kind: int = TYPE_SETTLEMENT,
) -> SettlementAsked:
    """INITIALIZE FOR PURCHASE; the PIN, if one is set, is verified before. ``terminal`` 6, ``time`` 7 bytes.

    Raises TerminalStopped: 9403 for the index, 9401 where the account has less than is to be taken from it.
    """
    row = purchase_key(at, key_index)
    _demand_amounts(*order_amounts)
    order = Purchase(*order_amounts, terminal, b"", time, kind)
    answer = _carried_out(at, medical.initialize_purchase(key_index, order), "消费初始化", "INITIALIZE FOR PURCHASE")
    return SettlementAsked(row, _of_length(answer, _BEGUN_PURCHASE), order)


def sequence_of(settlement: SettlementAsked) -> bytes:
    """The card's sequence number of a settlement that was begun, 2 bytes."""
    return settlement.begun[14:16]


def debit(at: CardAtTerminal, begun: PurchaseBegun) -> Debited:
    """DEBIT FOR PURCHASE with what the PSAM or HSM made of it. Raises TerminalStopped: 9302 for a wrong MAC1; where no
    answer came, the card may have debited all the same (``transaction_proof`` tells).
    """
    reply = medical.debit_for_purchase(begun.terminal_sequence, begun.time, begun.mac1)
    answer = _of_length(_carried_out(at, reply, "消费", "DEBIT FOR PURCHASE"), _TAC_AND_MAC)
    return Debited(answer[:4], answer[4:])


def begin_load(at: CardAtTerminal, amount: int, terminal: bytes, key_index: int) -> LoadBegun:
    """INITIALIZE FOR LOAD; the PIN, if one is set, is verified before. Raises TerminalStopped."""
    account_directory(at)
    _demand_amounts(amount)
    reply = medical.initialize_load(key_index, amount, terminal)
    said = _of_length(_carried_out(at, reply, "划入初始化", "INITIALIZE FOR LOAD"), _BEGUN_LOAD)
    return LoadBegun(int.from_bytes(said[:4], "big"), said[4:6], said[6], said[8:12], said[12:])


def credit(at: CardAtTerminal, time: bytes, mac2: bytes) -> bytes:
    """CREDIT FOR LOAD with the host's time and MAC2; the TAC. Raises TerminalStopped: 9302 for a wrong MAC2; where no
    answer came, the card may have credited all the same.
    """
    answer = _carried_out(at, medical.credit_for_load(time, mac2), "划入", "CREDIT FOR LOAD")
    return _of_length(answer, _TAC)


def transaction_proof(at: CardAtTerminal, kind: int, sequence: bytes) -> tuple[bytes, bytes] | None:
    """MAC and TAC of the transaction of that type with that sequence number; None: the card has no proof of it (9406).

    It has them until the next command that changes an amount (SSC-7 §14). Raises TerminalStopped.
    """
    account_directory(at)
    answer = asked(at.card, medical.proof(kind, sequence))
    if answer.sw == SW.MAC_NOT_AVAILABLE:
        return None
    said = _of_length(_well(answer, "取交易认证", "GET TRANSACTION PROOF"), _PROOF)
    return said[:4], said[4:]


def balances(at: CardAtTerminal) -> AccountBalances:
    """GET BALANCE of all three; the PIN, if one is set, is verified before. Raises TerminalStopped."""
    account_directory(at)
    account, self_paid, pooled = (
        _of_length(_carried_out(at, medical.balance(which), "取余额", "GET BALANCE"), length)
        for which, length in ((1, 4), (2, 6), (3, 6))
    )
    amount = int.from_bytes
    return AccountBalances(
        amount(account, "big"), amount(self_paid[:4], "big"), amount(pooled[:4], "big"), self_paid[4:].hex()
    )


def logged(at: CardAtTerminal) -> Iterator[LoggedTransaction]:
    """The card's log, newest first; what it asks for is earned. Raises TerminalStopped."""
    place = at.place(ACCOUNT, LOG)
    at.earn(place, place.file.read)
    for number in range(1, place.file.records + 1):
        record = at.read_record(place, number)
        if record is None or not any(record):
            return
        yield log_entry(record)


def is_account_only(at: CardAtTerminal) -> bool:
    """True for a card whose log has no parts, and to which they mean nothing (SSC-7 §12); an empty log does not say.
    What it asks for is earned. Raises TerminalStopped.
    """
    return any(each.self_paid is None for each in islice(logged(at), 1))


def log_entry(record: bytes) -> LoggedTransaction:
    """One record of the log, of 28 bytes, or of 20 in an account without the two parts (SSC-7 §12.6)."""
    amounts = [int.from_bytes(record[at : at + 4], "big") for at in range(16, len(record), 4)]
    parts = amounts[1:3] if len(record) > _ACCOUNT_ONLY else (None, None)
    return LoggedTransaction(
        record[:2].hex().upper(), f"{record[2]:02X}", record[3:9].hex(), record[9:16].hex(), amounts[0], *parts
    )


def _demand_amounts(*amounts: int) -> None:
    if not all(0 <= amount <= MOST_FEN for amount in amounts):
        raise TerminalStopped(StopCause.AMOUNT)


def _carried_out(at: CardAtTerminal, reply: Reply, zh: str, en: str) -> bytes:
    return _well(asked(at.card, reply), zh, en)


def _well(answer: ResponseAPDU, zh: str, en: str) -> bytes:
    if answer.sw != SW.OK:
        raise refused_by(answer.sw, zh, en)
    return answer.data


def _of_length(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise TerminalStopped(StopCause.LENGTH)
    return data
