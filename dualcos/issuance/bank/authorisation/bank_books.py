"""The issuer's books in one SQLite file: messages answered, authorisations, money, points, cards' counters, scripts.

Guarantees: all of a request is on disk when it is answered, or nothing of it; every entry sums to zero. There is no
key and no track in them, and no PIN in clear: that of a PIN CHANGE waits as the line brought it, enciphered.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct

from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.authorisation import AuthorisationAnswer, MessageKey
from dualcos.sqlitefile.double_entry_books import BooksForm, DoubleEntryBooks
from dualcos.sqlitefile.durable_database import IN_MEMORY

_SCHEMA = """
CREATE TABLE message (
    kind TEXT NOT NULL, acquirer TEXT NOT NULL, message TEXT NOT NULL,
    content BLOB NOT NULL, answer BLOB NOT NULL, PRIMARY KEY (acquirer, message, kind)
);
CREATE TABLE authorisation (
    number INTEGER PRIMARY KEY, acquirer TEXT NOT NULL, message TEXT NOT NULL, reference TEXT NOT NULL UNIQUE,
    pan TEXT NOT NULL, day TEXT NOT NULL, atc INTEGER, debited INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX authorisation_by_message ON authorisation (acquirer, message);
CREATE INDEX authorisation_by_day ON authorisation (pan, day);
CREATE INDEX authorisation_by_counter ON authorisation (pan, atc);
"""
_FORM = BooksForm("an issuer", _SCHEMA, application=0x64756969, format=1)


class Authorisation(Struct, frozen=True, kw_only=True):
    """One request and what became of it. ``business``: a name of ``Business``. ``day``: the business date YYYYMMDD.
    ``reason``: why it was declined, a key of ``DECLINES``. ``original``: number of what a void or a refund belongs to.
    ``state``: what was declined is ``reversed`` too if a reversal came behind. ``refunded``: of a purchase, fen that
    refunds have given back. ``atc``: the card's counter, where its cryptogram was right. ``points``: that stand for it
    now, at ``points_per_yuan`` of ``programme``. ``remarks``: what was noticed and let pass. ``offset_before``,
    ``offset_after``: of a PIN change.
    """

    number: int
    acquirer: str
    key: MessageKey
    time: str
    day: str
    business: str
    pan: str
    amount: int
    code: str
    reference: str
    account: str = ""
    account_to: str = ""
    before_discount: int = 0
    reason: str = ""
    approval: str = ""
    atc: int | None = None
    original: int | None = None
    state: Literal["standing", "declined", "voided", "reversed"] = "standing"
    refunded: int = 0
    points: int = 0
    points_per_yuan: int = 0
    programme: str = ""
    remarks: tuple[str, ...] = ()
    offset_before: str = ""
    offset_after: str = ""

    def __repr__(self) -> str:
        """The account of the card is masked; nothing of a PIN."""
        what = f"{self.number} {self.business} {self.amount} {masked_account(self.pan)}"
        return f"<Authorisation {what} {self.code} {self.state}>"

    @property
    def open(self) -> int:
        """Fen of a purchase that neither refund nor void nor reversal has given back."""
        return self.amount - self.refunded if self.state == "standing" else 0


class CardMemory(Struct, frozen=True, kw_only=True):
    """What the bank remembers of a card. ``atc``: the highest that a right cryptogram came with. ``wrong_pins``: in a
    row. ``offset``: of a PIN that was changed, in place of the register's. ``wrong_cryptograms``: in all.
    """

    pan: str
    atc: int = 0
    wrong_pins: int = 0
    offset: str = ""
    wrong_cryptograms: int = 0

    def __repr__(self) -> str:
        """Masked; nothing of a PIN."""
        return f"<CardMemory {masked_account(self.pan)} ATC {self.atc}>"


class OpenedBankAccount(Struct, frozen=True, kw_only=True):
    """An account has its opening balance."""

    account: str
    fen: int


class EarlyReversal(Struct, frozen=True, kw_only=True):
    """A reversal that came before what it reverses: that is declined when it comes."""

    acquirer: str
    key: MessageKey
    time: str


class AnsweredMessage(NamedTuple):
    """What the books know of a message: a digest of its content, the answer."""

    content: bytes
    answer: AuthorisationAnswer


class DayTotals(NamedTuple):
    """What a card has spent on a business day: fen, times."""

    fen: int
    times: int


class BankBooks(DoubleEntryBooks):
    """Open books; use them in one process, by one thread at a time.

    ``path``: made if there is nothing, ``IN_MEMORY`` for books that go with the process. Raises BooksError.
    """

    def __init__(self, path: str | Path = IN_MEMORY) -> None:
        super().__init__(path, _FORM)

    # --- one message -------------------------------------------------------------------------------------------------

    def answered(self, kind: str, acquirer: str, key: MessageKey) -> AnsweredMessage | None:
        """What this acquirer asked under this key before, with a message of that kind."""
        found = self._ask(
            "SELECT content, answer FROM message WHERE acquirer = ? AND message = ? AND kind = ?",
            *(acquirer, named(key), kind),
        )
        if not found:
            return None
        content, answer = found[0]
        return AnsweredMessage(content, self._read(AuthorisationAnswer, answer))

    def keep_answer(self, kind: str, acquirer: str, key: MessageKey, kept: AnsweredMessage) -> None:
        """From now on this key is this message's."""
        answer = msgspec.json.encode(kept.answer)
        self._ask("INSERT INTO message VALUES (?, ?, ?, ?, ?)", kind, acquirer, named(key), kept.content, answer)

    # --- authorisations ----------------------------------------------------------------------------------------------

    def keep(self, authorisation: Authorisation, debited: int = 0) -> None:
        """Keep an authorisation in place of its older state. ``debited``: fen that count against the card's day."""
        it, body = authorisation, msgspec.json.encode(authorisation)
        self._ask(
            "INSERT INTO authorisation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (number) DO UPDATE SET debited = excluded.debited, body = excluded.body",
            *(it.number, it.acquirer, named(it.key), it.reference, it.pan, it.day, it.atc, debited, body),
        )

    def authorisation(self, acquirer: str, key: MessageKey) -> Authorisation | None:
        """By the key of the message that asked for it."""
        return self._one("acquirer = ? AND message = ?", acquirer, named(key))

    def by_reference(self, reference: str) -> Authorisation | None:
        """By its 37."""
        return self._one("reference = ?", reference)

    def by_number(self, number: int) -> Authorisation | None:
        """By its number in these books."""
        return self._one("number = ?", number)

    def at_counter(self, pan: str, atc: int) -> list[Authorisation]:
        """What the card has proved itself for at this state of its counter."""
        found = self._ask("SELECT body FROM authorisation WHERE pan = ? AND atc = ?", pan, atc)
        return [self._read(Authorisation, body) for (body,) in found]

    def authorisations(self) -> Iterator[Authorisation]:
        """All of them, oldest first."""
        for (body,) in self._ask("SELECT body FROM authorisation ORDER BY number"):
            yield self._read(Authorisation, body)

    def spent(self, pan: str, day: str) -> DayTotals:
        """What counts against a card's limits of a business day."""
        ((fen, times),) = self._ask(
            "SELECT coalesce(sum(debited), 0), count(*) FROM authorisation WHERE pan = ? AND day = ? AND debited > 0",
            *(pan, day),
        )
        return DayTotals(self._number(fen, "a day's total"), self._number(times, "a day's total"))

    def _one(self, where: str, *values: object) -> Authorisation | None:
        found = self._ask(f"SELECT body FROM authorisation WHERE {where}", *values)  # noqa: S608 - a constant of ours
        return self._read(Authorisation, found[0][0]) if found else None

    # --- cards -------------------------------------------------------------------------------------------------------

    def memory(self, pan: str) -> CardMemory:
        """What is remembered of a card; nothing yet of one that was never seen."""
        return self.paper(CardMemory, pan) or CardMemory(pan=pan)

    def remember(self, memory: CardMemory) -> None:
        """Keep it from now on."""
        self.file_paper(memory.pan, memory.pan, memory)


def named(key: MessageKey) -> str:
    """One text for a key; keys that differ have others."""
    return "/".join(quote(part, safe="") for part in key)
