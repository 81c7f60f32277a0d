"""Which row a chip in hand is for: the rules that keep a row from two chips, and a chip from two rows."""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord
from dualcos.issuance.personaliser.stock_register import RowClaim, StockRegister, StockState

OPEN_AGAIN = frozenset((StockState.SPOILED, StockState.REJECTED))
"""After these a row may have another try: with another chip, or with corrected data."""


class BatchError(Exception):
    """The batch cannot start: wrong template, too few cards or keys, other people than before."""


class RowRefused(Exception):
    """The card in hand stays as it is; ``code`` says why: ALREADY_MADE, SPOILED, WRONG_CARD …"""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def demand_same_people(batch: Batch, register: StockRegister) -> Mapping[int, RowClaim]:
    """The claims of an earlier run, by number; each must be for the person the batch has there. Raises BatchError."""
    before = register.claims(batch.header.batch)
    for record in batch.records:
        claim = before.get(record.seq)
        if claim is not None and claim.person != record.person:
            raise BatchError(
                f"card {record.seq} of batch {batch.header.batch} was begun for another person: the file was prepared "
                "anew; --amend with the file of the first run keeps every person's number"
            )
    return before


class RowDesk:
    """Hands rows of one batch to chips, durably. One thread at a time."""

    def __init__(self, batch: Batch, register: StockRegister, rsa_keys: int) -> None:
        before = demand_same_people(batch, register)
        self.register = register
        self._batch = batch
        self._rsa_keys = rsa_keys
        self._records = {record.seq: record for record in batch.records}
        self._fresh = [r for r in batch.records if r.seq not in before or before[r.seq].state in OPEN_AGAIN]
        self._fresh.reverse()

    @property
    def waiting(self) -> int:
        """Rows no chip was given to yet."""
        return len(self._fresh)

    @property
    def half_made(self) -> tuple[RowClaim, ...]:
        """Chips that were begun and not finished."""
        last = self.register.claims(self._batch.header.batch).values()
        return tuple(claim for claim in last if claim.state is StockState.CLAIMED and claim.seq in self._records)

    @property
    def complete(self) -> bool:
        """True if every row has its card."""
        last = self.register.claims(self._batch.header.batch)
        return all(seq in last and last[seq].state is StockState.MADE for seq in self._records)

    def record(self, seq: int) -> CardRecord:
        """The row of a claim."""
        return self._records[seq]

    def known(self, serial: int) -> RowClaim | None:
        """The claim of a chip of this batch that is to be taken up; None for one nobody wrote to. Raises RowRefused."""
        claim = self.register.chip(serial)
        if claim is None:
            return None
        whose = f"chip {serial:08X} is card {claim.seq} of batch {claim.batch}"
        if claim.state is StockState.MADE:
            raise RowRefused("ALREADY_MADE", whose)
        if claim.state is StockState.SPOILED:
            raise RowRefused("SPOILED", f"{whose}, {claim.reason}")
        if claim.batch != self._batch.header.batch or claim.seq not in self._records:
            raise RowRefused("OTHER_BATCH", f"{whose} and half made")
        return claim

    def next(self, serial: int | None = None) -> RowClaim:
        """The next row that has no chip, bound to a fresh one or to the chip in hand. Raises RowRefused."""
        if not self._fresh:
            waiting = ", ".join(f"chip {claim.serial:08X} of card {claim.seq}" for claim in self.half_made)
            raise RowRefused(
                "NO_ROW", f"only half-made cards are left: {waiting}" if waiting else "no card is left to make"
            )
        return self._claim(self._fresh.pop(), serial)

    def second(self, record: CardRecord, serial: int) -> RowClaim | None:
        """The row of the person a card belongs to; None if this very card is made already. Raises RowRefused."""
        claim = self.register.row(self._batch.header.batch, record.seq)
        if claim is not None and claim.state in (StockState.MADE, StockState.CLAIMED):
            if claim.serial != serial:
                raise RowRefused("ALREADY_MADE", f"the data of card {record.seq} are on another card")
            return None if claim.state is StockState.MADE else claim
        chip = self.register.chip(serial)
        if chip is not None and chip.state is StockState.SPOILED:
            # Its holder's data are in this very card: there is no other chip to give them to.
            raise RowRefused("SPOILED", f"{chip.reason}; the first body makes another card")
        if chip is not None:
            whose = f"chip {serial:08X} is card {chip.seq} of batch {chip.batch}"
            raise RowRefused("OTHER_BATCH", f"{whose}, {'made' if chip.state is StockState.MADE else 'half made'}")
        return self._claim(record, serial)

    def back(self, claim: RowClaim) -> None:
        """The chip was not written to: its row is the next again."""
        self.register.release(claim.serial)
        self._fresh.append(self._records[claim.seq])

    def _claim(self, record: CardRecord, serial: int | None) -> RowClaim:
        (claim,) = self.register.claim(self._batch.header.batch, (record,), rsa_keys=self._rsa_keys, serial=serial)
        return claim
