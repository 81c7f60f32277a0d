"""A batch at its end: what the terminal says it holds, what the acquirer has, what was uploaded."""

from __future__ import annotations

from typing import Annotated, NamedTuple
from urllib.parse import quote

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
BALANCED, UNBALANCED = "1", "2"


class BatchName(NamedTuple):
    """Whose batch, and its number."""

    terminal: str
    merchant: str
    number: str

    def __str__(self) -> str:
        """One text for a batch; batches that differ have others."""
        return "/".join(quote(part, safe="") for part in self)


class BatchTotals(Struct, frozen=True, kw_only=True):
    """Fen and numbers of what took money from cards' accounts (借记) and what brought some (贷记)."""

    debit: int = 0
    debits: Count = 0
    credit: int = 0
    credits: Count = 0


class ClosedBatch(Struct, frozen=True, kw_only=True):
    """``told``: the terminal's totals, ``own``: the acquirer's. ``result``: field 48.5, 1 balanced, 2 unbalanced.
    ``ended``: the terminal said that its upload is over; it takes no payment any more. ``only_here``, ``only_there``:
    running numbers that differ, or that the other end has not, after an upload.
    """

    batch: BatchName
    time: str
    told: BatchTotals
    own: BatchTotals
    result: str
    ended: bool = False
    only_here: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()


class UploadedLine(Struct, frozen=True, kw_only=True):
    """One transaction as the terminal has it. ``pan``: as uploaded, filled with nothing."""

    stan: str
    pan: str
    amount: int


class UploadedLines(Struct, frozen=True, kw_only=True):
    """One message of an upload: transactions that were on line, or one made off line with its certificate."""

    network: str
    lines: tuple[UploadedLine, ...] = ()
    chip: bytes = b""

    def __repr__(self) -> str:
        """Nothing of the cards."""
        return f"<UploadedLines {self.network} {len(self.lines)}>"
