"""The amounts file (医疗保险金额文件): what it holds, and the one atomic update of a transaction.

An internal file of the application, created by personalisation, 1F bytes (V2.0 §7): counters, balance, yearly
totals, payment year, starting day, which take 20; the other 11 keep the proof of the last transaction (inferred: the
specification demands the proof, not its place). Reading by command is forbidden; only medical commands write it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from apdu.status import SW
from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from firewall.partition import DamagedCell

LOG_FID = 0xEF08
FULL_RECORD, ACCOUNT_RECORD = 0x1C, 0x14
MOST_AMOUNT = 0xFFFF_FFFF
LAST_SEQUENCE = 0xFFFF
NEXT_YEAR = 10000

_FORMAT = struct.Struct(">HHIIIHHBH4s4s")


class Damaged(ValueError):
    """The amounts file does not hold amounts."""


class Proof(NamedTuple):
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
    proof: Proof

    def encode(self) -> bytes:
        """The 1F bytes of the file."""
        return _FORMAT.pack(*self[:5], packed(self.year), packed(self.starting_day), *self.proof)

    @staticmethod
    def decode(raw: bytes) -> Amounts:
        """From the file. Raises Damaged."""
        try:
            loads, purchases, balance, self_paid, pooled, year, day, *proof = _FORMAT.unpack(raw)
            return Amounts(
                loads, purchases, balance, self_paid, pooled, int(f"{year:X}"), int(f"{day:X}"), Proof(*proof)
            )
        except (struct.error, ValueError):
            raise Damaged("the amounts file does not hold amounts") from None

    def settled(self, day: int, self_paid: int, pooled: int) -> Amounts:
        """The yearly totals after a settlement on ``day`` (YYYYMMDD as a number; SSC-7 §12.5).

        The same payment year as long as fewer than 10000 lie between; else the real settlement year begins, which
        is the year before while the starting day has not come (inferred).
        """
        if day - (self.year * NEXT_YEAR + self.starting_day) < NEXT_YEAR:
            return self._replace(self_paid=self.self_paid + self_paid, pooled=self.pooled + pooled)
        year, date = divmod(day, NEXT_YEAR)
        return self._replace(year=year - (date < self.starting_day), self_paid=self_paid, pooled=pooled)


NOTHING = Amounts(0, 0, 0, 0, 0, 0, 0, Proof())


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
            raise Damaged from None

    def store(self, amounts: Amounts) -> None:
        """Write the account; inside the caller's transaction if there is one."""
        raw = amounts.encode()
        if self.file.records:
            self.file.replace(1, raw)
        else:
            self.file.append(raw)


def account(session: SsseSession) -> Account:
    """The account of the current application. Refuses with 6985 where there is none."""
    here = session.directory.fid
    try:
        file = session.files.by_sfi(here, session.home.transaction_sfi)
        log = session.files.file(here, LOG_FID)
    except FileNotFound as missing:
        raise _no_account(f"{missing} is missing") from None
    if file.descriptor.structure != Structure.INTERNAL or log.descriptor.structure != Structure.CYCLIC:
        raise _no_account(f"amounts or log of {here:04X} are files of another kind")
    if log.descriptor.record_length not in (FULL_RECORD, ACCOUNT_RECORD):
        raise _no_account(f"records of the log have {log.descriptor.record_length:02X} bytes, not 1C or 14")
    return Account(file, log)


def _no_account(text: str) -> Refusal:
    return Refusal(
        SW.CONDITIONS_NOT_SATISFIED,
        Gate.TARGET,
        f"no off-line medical account is current (SELECT DF04 first): {text}",
        "SSC-5 §7",
    )
