"""What the functions are given, but for file addresses: fields that each end with ``|``, hex, amounts, times (SC).

All functions raise TerminalStopped: -20 an identification code that is none, -23 another shape, -41 a character that
does not belong there, -42 a wrong length.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from dualcos.terminal.interface.caller_buffers import CallerText, CharBuffer
from dualcos.terminal.interface.text_charset import TextCharset, encoded, given_text
from dualcos.terminal.social.security_path import PurchaseBegun
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_HEX = re.compile(r"[0-9A-Fa-f]*\Z")
_AMOUNT = re.compile(r"[0-9]+\.[0-9]{2}\Z", re.ASCII)
_AMOUNT_CHARACTERS = re.compile(r"[0-9.]*\Z", re.ASCII)
AMOUNT_END = 4_294_967_295
"""Fen: an amount is less (SC §8.1.2)."""
_IDENTIFICATION_DIGITS, _KEY_DIGITS = 32, 32


class CardInfo(NamedTuple):
    """pCardInfo: whose card the caller means."""

    identification: bytes
    number: str


class PayInfo(NamedTuple):
    """pPayInfo: amounts in fen, 7 bytes of time."""

    total: int
    account_and_pooled: int
    time: bytes


class ProofGiven(NamedTuple):
    """What an HSM has made of the card's random numbers: 8 bytes each, ``data`` first."""

    data: bytes
    original: bytes


class IdentificationGiven(NamedTuple):
    """pKey of iReadCardBas_HSM_Step2; None where the field is empty."""

    internal: ProofGiven | None
    external: ProofGiven | None


def text_of(given: CallerText, charset: TextCharset, longest: int) -> str:
    """The caller's text, of at most ``longest`` bytes."""
    try:
        raw = _up_to_nul(encoded(given, charset) if isinstance(given, str) else given)
        text = given_text(raw, charset)
    except UnicodeError:
        raise TerminalStopped(StopCause.CHARACTER, detail=(f"非{charset.upper()}", f"not {charset}")) from None
    if len(raw) > longest:
        raise _wrong_length("参数", "a parameter")
    return text


def _up_to_nul(given: bytes | CharBuffer) -> bytes:
    return given.text if isinstance(given, CharBuffer) else given.partition(b"\0")[0]


def fields(text: str, count: int) -> list[str]:
    """Exactly ``count`` fields, each with its ``|``."""
    parts = text.split("|")
    if parts.pop() or len(parts) != count:
        raise ill_formed(f"应有{count}项，每项以|结尾", f"{count} fields belong here, each ending with |")
    return parts


def card_info(text: str) -> CardInfo:
    """``identification code|card number|`` (SC §2.1.2)."""
    identification, number = fields(text, 2)
    if len(identification) != _IDENTIFICATION_DIGITS or not _HEX.match(identification):
        raise TerminalStopped(StopCause.IDENTIFICATION, detail=("传入数据", "as it was given"))
    return CardInfo(bytes.fromhex(identification), number)


def pay_info(text: str) -> PayInfo:
    """``total|account and pooled|YYYYMMDDhhmmss|``, amounts in yuan with two decimals (SC §8.1.2)."""
    total, part, time = fields(text, 3)
    pay = PayInfo(_fen(total), _fen(part), time_bytes(time))
    if pay.account_and_pooled > pay.total:
        raise ill_formed("个人账户与统筹支付大于总额", "account and pooled part are more than the total")
    return pay


def _fen(text: str) -> int:
    if not _AMOUNT_CHARACTERS.match(text):
        raise _wrong_character("金额", "an amount")
    if not _AMOUNT.match(text):
        raise ill_formed("金额应为两位小数的元", "an amount is in yuan with two decimals")
    amount = int(text.replace(".", ""))
    if amount >= AMOUNT_END:
        raise ill_formed("金额过大", "an amount must be less than 42949672.95")
    return amount


def yuan(fen: int) -> str:
    """The inverse: two decimals."""
    return f"{fen // 100}.{fen % 100:02d}"


def time_bytes(text: str) -> bytes:
    """``YYYYMMDDhhmmss``, a time that there is."""
    if not (text.isascii() and (text.isdigit() or not text)):
        raise _wrong_character("交易时间", "a time")
    try:
        if len(text) != 14:
            raise ValueError
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - a terminal's local time, only checked
    except ValueError:
        raise ill_formed("交易时间", "there is no such time") from None
    return bytes.fromhex(text)


def hex_bytes(text: str, *lengths: int) -> bytes:
    """Hex of as many bytes as one of ``lengths``."""
    if not _HEX.match(text):
        raise _wrong_character("十六进制", "hex")
    if len(text) not in [2 * length for length in lengths]:
        raise _wrong_length("十六进制", "hex")
    return bytes.fromhex(text)


def step_key(text: str, *, strict: bool) -> ProofGiven:
    """What the other second steps take: 32 hex digits, no bar; callers add one (SC §2.3.2)."""
    raw = hex_bytes(text if strict else text.rstrip("|"), _KEY_DIGITS // 2)
    return ProofGiven(raw[:8], raw[8:])


def identification_key(text: str, *, strict: bool) -> IdentificationGiven:
    """``internal 32|external 32|``; the second may be empty (SC §1.3.2)."""
    if not strict:
        bare = text.rstrip("|")
        text = f"{bare}|" if "|" in bare else f"{bare}||"
    internal, external = fields(text, 2)
    return IdentificationGiven(
        step_key(internal, strict=True) if internal else None, step_key(external, strict=True) if external else None
    )


def purchase_key(text: str, *, strict: bool) -> PurchaseBegun:
    """``terminal sequence|time|MAC1|`` (SC §8.3.2)."""
    sequence, time, mac1 = fields(text if strict else f"{text.rstrip('|')}|", 3)
    return PurchaseBegun(hex_bytes(sequence, 4), time_bytes(time), hex_bytes(mac1, 4))


def ill_formed(zh: str, en: str) -> TerminalStopped:
    """-23."""
    return TerminalStopped(StopCause.INPUT, detail=(zh, en))


def _wrong_character(zh: str, en: str) -> TerminalStopped:
    return TerminalStopped(StopCause.CHARACTER, detail=(zh, en))


def _wrong_length(zh: str, en: str) -> TerminalStopped:
    return TerminalStopped(StopCause.LENGTH, detail=(zh, en))
