"""The off-line account: its amounts file (医疗保险金额文件), and the commands that only ask or set the starting day.

The file is an internal one of the application, created by personalisation, 1F bytes (V2.0 §7): counters, balance,
yearly totals, payment year, starting day, which take 20; the other 11 keep the proof of the last transaction (inferred:
the specification demands the proof, not its place). Reading by command is forbidden; only medical commands write it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.access_rights import demand, demand_master
from cos.kernel.directory_headers import OWN
from cos.kernel.files import RECORD_CELL, ElementaryFile, FileNotFound, Structure, descriptor_around
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.ssse.session import SsseSession
from firewall.cellkind import Count, Counting
from firewall.partition import DamagedCell
from firewall.trace import Reasoned

LOG_FID = 0xEF08
FULL_RECORD, ACCOUNT_RECORD = 0x1C, 0x14
MOST_AMOUNT = 0xFFFF_FFFF
LAST_SEQUENCE = 0xFFFF
NEXT_YEAR = 10000

_FORMAT = struct.Struct(">HHIIIHHBH4s4s")


def _are_amounts(memory: Mapping[bytes, bytes], key: bytes) -> bool:
    file = descriptor_around(memory, key)
    in_application = RECORD_CELL.split(key)["directory"] != memory.get(OWN)
    return in_application and file is not None and file.structure is Structure.INTERNAL


AMOUNTS_CELL = RECORD_CELL._replace(
    counts=(
        Count("loads", Counting.NUMBER, at=0, length=2, most=LAST_SEQUENCE),
        Count("purchases", Counting.NUMBER, at=2, length=2, most=LAST_SEQUENCE),
        Count("balance", Counting.AMOUNT, at=4, length=4, most=MOST_AMOUNT),
        Count("self-paid total", Counting.AMOUNT, at=8, length=4, most=MOST_AMOUNT),
        Count("pooled total", Counting.AMOUNT, at=12, length=4, most=MOST_AMOUNT),
    ),
    told=_are_amounts,
)
"""The one record of the amounts file, with the numbers where ``_FORMAT`` has them. The other internal file is the
environment's own, with the FCI.
"""


class Damaged(Reasoned):
    """The amounts file does not hold amounts."""


class PurchaseProof(NamedTuple):
    """MAC and TAC of the last transaction, for GET TRANSACTION PROOF; ``kind`` 0: none yet."""

    kind: int = 0
    sequence: int = 0
    mac: bytes = bytes(4)
    tac: bytes = bytes(4)


class Amounts(NamedTuple):
    """The account. Amounts in fen; ``year`` and ``starting_day`` as numbers whose decimal digits are YYYY, mmdd."""

    loads: int
    purchases: int
    balance: int
    self_paid: int
    pooled: int
    year: int
    starting_day: int
    proof: PurchaseProof

    def encode(self) -> bytes:
        """The 1F bytes of the file."""
        return _FORMAT.pack(*self[:5], packed(self.year), packed(self.starting_day), *self.proof)

    @staticmethod
    def decode(raw: bytes) -> Amounts:
        """From the file. Raises Damaged."""
        try:
            loads, purchases, balance, self_paid, pooled, year, day, *proof = _FORMAT.unpack(raw)
            return Amounts(
                loads, purchases, balance, self_paid, pooled, int(f"{year:X}"), int(f"{day:X}"), PurchaseProof(*proof)
            )
        except (struct.error, ValueError):
            raise Damaged("no amounts") from None

    def settled(self, day: int, self_paid: int, pooled: int) -> Amounts:
        """The yearly totals after a settlement on ``day`` (YYYYMMDD as a number; SSC-7 §12.5).

        The same payment year as long as fewer than 10000 lie between; else the real settlement year begins, which
        is the year before while the starting day has not come (inferred).
        """
        if day - (self.year * NEXT_YEAR + self.starting_day) < NEXT_YEAR:
            return self._replace(self_paid=self.self_paid + self_paid, pooled=self.pooled + pooled)
        year, date = divmod(day, NEXT_YEAR)
        return self._replace(year=year - (date < self.starting_day), self_paid=self_paid, pooled=pooled)


NOTHING = Amounts(0, 0, 0, 0, 0, 0, 0, PurchaseProof())


def packed(number: int) -> int:
    """Decimal digits as nibbles: 2024 becomes 2024 hexadecimal."""
    return int(str(number), 16)


class Account(NamedTuple):
    """The account of the current application: its two files. ``account_only``: only the balance counts."""

    file: ElementaryFile
    log: ElementaryFile

    @property
    def account_only(self) -> bool:
        """True where the log's records have 14 bytes: totals, year and starting day mean nothing (SSC-7 §12)."""
        return self.log.descriptor.record_length == ACCOUNT_RECORD

    def amounts(self) -> Amounts:
        """What the account holds; all zero before the first transaction. Raises Damaged."""
        try:
            return Amounts.decode(self.file.record(1)) if self.file.records else NOTHING
        except DamagedCell:
            raise Damaged("no amounts") from None

    def store(self, amounts: Amounts) -> None:
        """Write the account; inside the caller's transaction if there is one."""
        self.file.put(1, amounts.encode())


def account(session: SsseSession) -> Account:
    """The account of the current application. Refuses with 6985 where there is none."""
    here = session.at.directory.fid
    try:
        file = session.at.files.by_sfi(here, session.at.home.transaction_sfi)
        log = session.at.files.file(here, LOG_FID)
    except FileNotFound:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.TARGET, "no medical account", directory=here) from None
    if file.descriptor.structure != Structure.INTERNAL or log.descriptor.structure != Structure.CYCLIC:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.TARGET, "medical files of another kind", directory=here)
    length = log.descriptor.record_length
    if length not in (FULL_RECORD, ACCOUNT_RECORD):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.TARGET, "medical log of another length", received=length)
    return Account(file, log)


_SELF_PAID = 2


def get_balance(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """GET BALANCE, P2 01: the account balance, 4 bytes."""
    return ResponseAPDU(account(session).amounts().balance.to_bytes(4, "big"))


def get_total(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET BALANCE, P2 02 self-paid, 03 pooled: this payment year's total 4 ‖ year 2; 00 in account-only mode."""
    own = account(session)
    amounts = own.amounts()
    if own.account_only:
        return ResponseAPDU(bytes(6))
    total = amounts.self_paid if command.p2 == _SELF_PAID else amounts.pooled
    return ResponseAPDU(total.to_bytes(4, "big") + packed(amounts.year).to_bytes(2, "big"))


def get_proof(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET TRANSACTION PROOF: MAC 4 ‖ TAC 4 of the last transaction, if type (P2) and sequence 2 are its own.

    Free of conditions, good after power loss, until the next transaction (SSC-7 §14). Else 9406.
    """
    proof = account(session).amounts().proof
    sequence = int.from_bytes(command.data, "big")
    if not proof.kind or (proof.kind, proof.sequence) != (command.p2, sequence):
        refusal = Refusal(
            SW.MAC_NOT_AVAILABLE,
            Gate.DATA,
            "proof of another transaction" if proof.kind else "no transaction to prove",
            "SSC-7 §14",
            kind=command.p2,
            sequence=sequence,
            last_kind=proof.kind,
            last_sequence=proof.sequence,
        )
        chosen = session.environment.options.medical
        other, step = ("after", 1) if chosen.logged_sequence == "before" else ("before", -1)
        meant = proof.kind == command.p2 and proof.sequence + step == sequence
        raise but_for(refusal, chosen, "logged_sequence", other) if meant else refusal
    return ResponseAPDU(proof.mac + proof.tac)


def update_starting_day(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE STARTING DAY: mmdd. Needs DSK, the right to write the amounts file (or the master key, by profile)."""
    own = account(session)
    _demand_right_to_start(session, own)
    if own.account_only:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, "account without starting day")
    digits = command.data.hex()
    if not digits.isdecimal() or not ("01" <= digits[:2] <= "12" and "01" <= digits[2:] <= "31"):
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.DATA, "no day of the year", received=command.data)
    own.store(own.amounts()._replace(starting_day=int(digits)))
    return OK


def _demand_right_to_start(session: SsseSession, own: Account) -> None:
    """Refuse with 6982 unless the right is held that the profile asks for; whoever holds the other one is told so."""
    chosen = session.environment.options.medical
    demands: dict[str, Callable[[], None]] = {
        "DSK": lambda: demand(session.at, own.file, write=True),
        "master key": lambda: demand_master(session),
    }
    asked = demands.pop(chosen.starting_day_right)
    try:
        asked()
    except Refusal as refusal:
        ((other, also),) = demands.items()
        with suppress(Refusal):
            also()
            but_for(refusal, chosen, "starting_day_right", other)
        raise


def get_starting_day(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET STARTING DAY: mmdd, 2 bytes; 0000 where none was set or the account has none."""
    own = account(session)
    session.at.tx.expect(command.le, 2)
    day = 0 if own.account_only else own.amounts().starting_day
    return ResponseAPDU(packed(day).to_bytes(2, "big"))
