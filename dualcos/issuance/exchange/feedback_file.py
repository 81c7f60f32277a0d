"""Feedback files (制卡回盘): what was made, card by card, for the other body and for both issuers.

Columns in the order provincial programs use, ours behind them. The last line is the file's MAC (HMAC-SHA-256):
whoever reads the file without checking it could bind a card to the wrong person.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from dualcos.textforms.text_files import UnreadableText, decoded
from keys.custody.whole_file import write_whole

_MARK = "#MAC"
_REASON_BYTES, _MORE = 50, "…"


class FeedbackError(Exception):
    """The feedback file cannot be trusted or read. Says which line."""


class FeedbackRow(NamedTuple):
    """One card. ``atr`` the whole of it in hexadecimal; ``card_ident`` the 16 bytes of the identification code."""

    seq: int
    card_no: str = ""
    ssn: str = ""
    name: str = ""
    issue_date: str = ""
    expiry: str = ""
    card_ident: str = ""
    atr: str = ""
    bank_code: str = ""
    bank_pan: str = ""
    social_account: str = ""
    bank_account: str = ""
    box_pos: str = ""
    fail_stage: str = ""
    fail_reason: str = ""
    sides: str = ""
    csn: str = ""
    pse_keydata: str = ""
    kcv_set: str = ""
    apdu_log_hash: str = ""
    operator: str = ""
    time: str = ""
    perso_body: str = ""
    result: str = ""

    def __repr__(self) -> str:
        return f"<FeedbackRow {self.seq}, {self.result}>"


COLUMNS = FeedbackRow._fields
# The two provincial forms seen: their columns, in their order.
DIALECTS = {
    "own": COLUMNS,
    "tec": (
        *("seq", "card_no", "ssn", "name", "issue_date", "expiry", "card_ident", "atr", "bank_code", "bank_pan"),
        *("social_account", "box_pos", "fail_stage", "fail_reason"),
    ),
    "kio": (
        *("seq", "card_no", "ssn", "name", "issue_date", "expiry", "card_ident", "atr", "social_account", "bank_pan"),
        *("bank_account", "box_pos", "fail_stage", "fail_reason"),
    ),
}


def write(path: Path, rows: Iterable[FeedbackRow], key: bytes, dialect: str = "own") -> None:
    """The file whole, with its MAC; replaces an older one in one step. Mode 0600: it names people."""
    write_whole(path, as_csv(rows, key, dialect), replace=True)


def as_csv(rows: Iterable[FeedbackRow], key: bytes, dialect: str = "own") -> bytes:
    """A file's bytes, with its MAC."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    columns = DIALECTS[dialect]
    writer.writerow(columns)
    for row in rows:
        short = row._replace(fail_reason=_fitting(row.fail_reason))
        writer.writerow([getattr(short, column) for column in columns])
    body = text.getvalue().encode("utf-8", "backslashreplace")  # a path may have bytes that are no text
    return body + f"{_MARK},{_mac(key, body)}\r\n".encode()


def _fitting(reason: str) -> str:
    """As many whole characters as the interface takes, with … where more was said. What GBK does not have stays: it
    counts with its bytes of GB 18030.
    """
    sizes = [len(character.encode("gb18030", "backslashreplace")) for character in reason]
    if sum(sizes) <= _REASON_BYTES:
        return reason
    ends = accumulate(sizes, initial=len(_MORE.encode("gb18030")))
    return reason[: sum(end <= _REASON_BYTES for end in ends) - 1] + _MORE


def read(path: Path, keys: Iterable[bytes]) -> tuple[FeedbackRow, ...]:
    """All rows of a file in any of the dialects, its MAC made with one of ``keys``. Raises FeedbackError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FeedbackError(f"{path}: {error.strerror}") from None
    body, mark, mac = raw.rpartition(f"{_MARK},".encode())
    if not mark:
        raise FeedbackError(f"{path}: the last line is not a MAC; the file was cut or is none of ours")
    if not any(hmac.compare_digest(_mac(key, body).encode(), mac.strip()) for key in keys):
        raise FeedbackError(f"{path}: its MAC is wrong: changed, or of a file MAC key this party does not have")
    try:
        return tuple(_rows(path, decoded(body, str(path))))
    except UnreadableText as error:
        raise FeedbackError(str(error)) from None
    except csv.Error as error:
        raise FeedbackError(f"{path}: not a feedback file: {error}") from None


def _rows(path: Path, text: str) -> Iterator[FeedbackRow]:
    reader = csv.reader(io.StringIO(text, newline=""))
    columns = tuple(next(reader, ()))
    if columns not in DIALECTS.values():
        # A column that nobody knows, or in another's place, would tell of a card what is true of another thing.
        raise FeedbackError(f"{path} line 1: its columns are of no form known here: {', '.join(DIALECTS)}")
    for cells in reader:
        if len(cells) != len(columns):
            raise FeedbackError(f"{path} line {reader.line_num}: {len(cells)} values, the header has {len(columns)}")
        row = dict(zip(columns, cells, strict=True))
        number = row.pop("seq")
        if not (number.isascii() and number.isdigit()):
            raise FeedbackError(f"{path} line {reader.line_num}: not a feedback row")
        yield FeedbackRow(seq=int(number), result=row.pop("result", "") or _result(row), **row)


def _result(row: Mapping[str, str]) -> str:
    return "failed" if row.get("fail_stage") or row.get("fail_reason") else "made"


def _mac(key: bytes, body: bytes) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()
