"""The acquirer's own journal in one SQLite file: terminals, what they asked and were told, batches, accounts.

Guarantees: what is kept in a transaction is on disk when it ends, or nothing of it is; the postings of an entry sum to
zero; a working key is in it only as it went out to its terminal, under that terminal's master key.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from dualcos.issuance.acquirer.acquired_transaction import AcquiredTransaction, MessageStanding
from dualcos.issuance.acquirer.batch_records import BatchName, ClosedBatch, UploadedLines
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.messages.authorisation import MessageKey
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.sqlitefile.double_entry_books import BooksForm, DoubleEntryBooks
from dualcos.sqlitefile.durable_database import IN_MEMORY

_SCHEMA = """
CREATE TABLE acquired (
    number INTEGER PRIMARY KEY, batch TEXT NOT NULL, stan TEXT NOT NULL, mti TEXT NOT NULL, merchant TEXT NOT NULL,
    reference TEXT NOT NULL, body BLOB NOT NULL,
    UNIQUE (batch, stan, mti)
);
CREATE INDEX acquired_by_reference ON acquired (merchant, reference);
"""
_FORM = BooksForm("an acquirer", _SCHEMA, application=0x64756171, format=1)
_COLUMNS = "(batch, stan, mti, merchant, reference, body) VALUES (?, ?, ?, ?, ?, ?)"
ISSUERS = "issuers"
"""The account of what issuers owe for their cards."""


class AcquirerBooks(DoubleEntryBooks):
    """An open journal; use it in one process, by one thread at a time.

    ``path``: made if there is nothing, ``IN_MEMORY`` for one that goes with the process. Raises BooksError.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        super().__init__(path, _FORM)

    # --- terminals ---------------------------------------------------------------------------------------------------

    def terminal(self, number: str) -> RegisteredTerminal | None:
        """The terminal of this number."""
        return self.paper(RegisteredTerminal, number)

    def keep_terminal(self, terminal: RegisteredTerminal) -> None:
        """From now on it stands so."""
        self.file_paper(terminal.number, terminal.merchant, terminal)

    # --- messages ----------------------------------------------------------------------------------------------------

    def acquired(self, key: MessageKey, mti: str) -> AcquiredTransaction | None:
        """What came under this number before."""
        found = self._found("WHERE batch = ? AND stan = ? AND mti = ?", str(BatchName(*key[:3])), key.stan, mti)
        return found[0] if found else None

    def asked_under(self, key: MessageKey) -> list[AcquiredTransaction]:
        """Every message with this running number, of whatever MTI."""
        return self._found("WHERE batch = ? AND stan = ?", str(BatchName(*key[:3])), key.stan)

    def enter_acquired(self, acquired: AcquiredTransaction) -> None:
        """A message that nothing is known of. Raises BooksError: something is, and stands as it did."""
        self._ask(f"INSERT INTO acquired {_COLUMNS}", *_row(acquired))

    def keep_acquired(self, acquired: AcquiredTransaction) -> None:
        """From now on it stands so."""
        self._ask(
            f"INSERT INTO acquired {_COLUMNS}"
            " ON CONFLICT DO UPDATE SET reference = excluded.reference, body = excluded.body",
            *_row(acquired),
        )

    def by_reference(self, merchant: str, reference: str) -> list[AcquiredTransaction]:
        """What a merchant's terminals asked that has this reference number (field 37)."""
        return self._found("WHERE merchant = ? AND reference = ?", merchant, reference)

    def of_batch(self, batch: BatchName) -> list[AcquiredTransaction]:
        """All that came in one batch, in the order in which it did."""
        return self._found("WHERE batch = ?", str(batch))

    def all_acquired(self) -> list[AcquiredTransaction]:
        """All that ever came, in the order in which it did."""
        return self._found("")

    def book(self, acquired: AcquiredTransaction) -> None:
        """Its money to or from its merchant's account; back again if it stands reversed. Of what issuers do not owe
        there is none.
        """
        business = POS_MESSAGES[acquired.kind].business
        if business is None or not business.owed:
            return
        fen = acquired.amount if acquired.side == "D" else -acquired.amount
        if acquired.standing is MessageStanding.REVERSED:
            fen = -fen
        name = f"{acquired.standing} {acquired.kind}"
        merchant = f"merchant/{acquired.key.merchant}"
        self.post(acquired.time, name, acquired.reference, {merchant: fen, ISSUERS: -fen})

    # --- batches -----------------------------------------------------------------------------------------------------

    def batch(self, name: BatchName) -> ClosedBatch | None:
        """How a batch was settled; None before."""
        return self.paper(ClosedBatch, str(name))

    def keep_batch(self, settled: ClosedBatch) -> None:
        """From now on it stands so."""
        self.file_paper(str(settled.batch), settled.batch.merchant, settled)

    def keep_uploaded(self, batch: BatchName, stan: str, lines: UploadedLines) -> None:
        """One message of a batch's upload, in place of the same that came before."""
        self.file_paper(f"{batch}/{stan}", str(batch), lines)

    def uploaded(self, batch: BatchName) -> list[UploadedLines]:
        """What has been uploaded of a batch."""
        return self.papers(UploadedLines, str(batch))

    def _found(self, where: str, *values: str) -> list[AcquiredTransaction]:
        rows = self._ask(f"SELECT body FROM acquired {where} ORDER BY number", *values)  # noqa: S608 - constants of ours
        return [self._read(AcquiredTransaction, body) for (body,) in rows]


def _row(acquired: AcquiredTransaction) -> tuple[str | bytes, ...]:
    """As ``_COLUMNS`` has it."""
    key = acquired.key
    body = msgspec.json.encode(acquired)
    return (str(BatchName(*key[:3])), key.stan, acquired.mti, key.merchant, acquired.reference, body)
