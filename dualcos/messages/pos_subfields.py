"""What stands inside the fields of a POS message: parts of fixed length, one after the other, as seen in the field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from dualcos.messages.line_codes import (
    ACCOUNT_KINDS,
    BALANCE_KINDS,
    BALANCED,
    CHIP_CONDITIONS,
    CURRENCIES,
    ENTRY_MODES,
    KEY_LENGTHS,
    MESSAGE_KINDS,
    NETWORK_CODES,
    PIN_ENTRIES,
    PIN_FORMATS,
    READING_ABILITIES,
    SIGNS,
    SUPPORTED,
    TRACK_FORMS,
)
from dualcos.messages.subfield_tables import BadSubfields, SubField, cut, put_together


def _totals(where: str, zh: str) -> tuple[SubField, ...]:
    return (
        SubField(f"{where}_debit_amount", f"{zh}借记总金额", f"{where} cards: debits, fen", 12),
        SubField(f"{where}_debit_count", f"{zh}借记总笔数", f"{where} cards: debits, number", 3),
        SubField(f"{where}_credit_amount", f"{zh}贷记总金额", f"{where} cards: credits, fen", 12),
        SubField(f"{where}_credit_count", f"{zh}贷记总笔数", f"{where} cards: credits, number", 3),
        SubField(f"{where}_result", f"{zh}对账应答代码", f"{where} cards: result", 1, BALANCED),
    )


TOTALS = (*_totals("domestic", "内卡"), *_totals("foreign", "外卡"))
_DETAIL = (
    SubField("kind", "明细类型", "kind of transaction", 2),
    SubField("stan", "流水号", "running number", 6),
    SubField("account", "卡号", "account number", 20),
    SubField("amount", "金额", "amount, fen", 12),
)
_DETAIL_LENGTH = sum(part.size for part in _DETAIL)
_COUNT = SubField("count", "笔数", "number of details", 2)
_ACCOUNT_TO = SubField("account_to", "转入账号", "account that a transfer goes to", 28, open_end=True)
_BALANCE = (
    SubField(
        "account_kind",
        "账户类型",
        "kind of account",
        2,
        ACCOUNT_KINDS,
    ),
    SubField(
        "amount_kind",
        "余额类型",
        "kind of balance",
        2,
        BALANCE_KINDS,
    ),
    SubField("currency", "货币", "currency", 3, CURRENCIES),
    SubField("sign", "符号", "sign", 1, SIGNS),
    SubField("amount", "金额", "amount, fen", 12),
)
_BALANCE_LENGTH = sum(part.size for part in _BALANCE)
SUBFIELDS: Mapping[int, tuple[SubField, ...]] = MappingProxyType(
    {
        22: (
            SubField("entry", "输入方式", "how the card was read", 2, ENTRY_MODES),
            SubField("pin", "PIN", "PIN", 1, PIN_ENTRIES),
        ),
        44: (
            SubField("issuer", "发卡机构", "issuer", 11),
            SubField("acquirer", "收单机构", "acquirer", 11),
            SubField("reserved", "保留", "reserved", 3),
        ),
        53: (
            SubField("pin_format", "PIN 格式", "PIN format", 1, PIN_FORMATS),
            SubField("key_length", "密钥长度", "key", 1, KEY_LENGTHS),
            SubField("track", "磁道加密", "track", 1, TRACK_FORMS),
            SubField("reserved", "保留", "reserved", 13),
        ),
        60: (
            SubField("kind", "交易类型码", "kind of message", 2, MESSAGE_KINDS),
            SubField("batch", "批次号", "batch", 6),
            SubField("network", "网络管理信息码", "network code", 3, NETWORK_CODES),
            SubField("ability", "终端读取能力", "what the terminal can read", 1, READING_ABILITIES),
            SubField("chip_condition", "IC 卡条件代码", "how the last chip was read", 1, CHIP_CONDITIONS),
            SubField("part_debit", "部分扣款标志", "part of the amount may be debited", 1, SUPPORTED),
            SubField("account_kind", "账户类型", "kind of account", 3),
        ),
        61: (
            SubField("batch", "原批次号", "batch of the original", 6),
            SubField("stan", "原流水号", "running number of the original", 6),
            SubField("date", "原交易日期", "date of the original, MMDD", 4),
            SubField("authorisation_mode", "原授权方式", "how the original was authorised", 2),
            SubField("institution", "原授权机构", "who authorised the original", 11),
        ),
    }
)
OPERATOR = SubField("operator", "操作员号", "operator; of an answer, the card's scheme", 3)
_MARKED = (
    SubField("RA", "折扣前金额", "price before the merchant's special one, fen", 12),
    SubField("EP", "本次积分", "points earned", 10),
    SubField("AP", "积分余额", "points in all", 10),
)
MARKED: Mapping[str, SubField] = MappingProxyType(
    {"before_discount": _MARKED[0], "points_earned": _MARKED[1], "points": _MARKED[2]}
)
"""Of value-added services in field 63, each behind its two letters; ``RA`` as the switch has it, the others our own."""
MEMBER, _MEMBER_MARK, _LONGEST_MEMBER = "member", "MB", 40
TEXT = "text"
"""Of field 63: what stands behind all that has a mark, for people."""


def field_parts(number: int, text: str) -> tuple[SubField, ...]:
    """The table by which this text of field ``number`` is cut; empty for a field without parts."""
    if number == 54:
        return _numbered(_BALANCE, len(text) // _BALANCE_LENGTH)
    if number == 48:
        if len(text) == sum(part.size for part in TOTALS):
            return TOTALS
        if len(text) % _DETAIL_LENGTH == _COUNT.size:
            return (_COUNT, *_numbered(_DETAIL, len(text) // _DETAIL_LENGTH))
        return (_ACCOUNT_TO,)
    return SUBFIELDS.get(number, ())


def parted(number: int, text: str) -> dict[str, str]:
    """The parts of a field by name, as far as it goes; ``rest``: what stands behind them, if anything does. Where parts
    are repeated (48, 54), the second ones are called ``amount_2`` and so on.
    """
    if number == 63:
        return _texts(text)
    return cut(field_parts(number, text), text)


def joined(number: int, parts: Mapping[str, str]) -> str:
    """The field of these parts, which end where the first one is missing. Raises BadSubfields for a part that is
    unknown, of a wrong length, or behind a missing one.
    """
    if number == 63:
        return _joined_texts(parts)
    return put_together(_table_for(number, parts), parts)


def _table_for(number: int, parts: Mapping[str, str]) -> Sequence[SubField]:
    repeated = 1 + sum(name.startswith("amount_") and name[7:].isdecimal() for name in parts)
    if number == 54:
        return _numbered(_BALANCE, repeated)
    if number == 48:
        if _COUNT.name in parts:
            return (_COUNT, *_numbered(_DETAIL, repeated if "amount" in parts else 0))
        return (_ACCOUNT_TO,) if _ACCOUNT_TO.name in parts else TOTALS
    return SUBFIELDS.get(number, ())


def _numbered(table: tuple[SubField, ...], times: int) -> tuple[SubField, ...]:
    return tuple(
        part if turn == 1 else part._replace(name=f"{part.name}_{turn}")
        for turn in range(1, times + 1)
        for part in table
    )


def _texts(text: str) -> dict[str, str]:
    """Field 63: operator, marked parts, member, text for people."""
    found = {OPERATOR.name: text[: OPERATOR.size].rstrip()} if text else {}
    at = OPERATOR.size
    for name, part in MARKED.items():
        if re.match(rf"{part.name}[0-9]{{{part.size}}}", text[at:]):
            found[name] = text[at + 2 : at + 2 + part.size]
            at += 2 + part.size
    if said := re.match(rf"{_MEMBER_MARK}([0-9]{{2}})", text[at:], re.ASCII):
        end = at + 4 + int(said[1])
        if at + 4 < end <= len(text):
            found[MEMBER] = text[at + 4 : end]
            at = end
    if text[at:]:
        found[TEXT] = text[at:]
    return found


def _joined_texts(parts: Mapping[str, str]) -> str:
    if unknown := sorted(set(parts) - {OPERATOR.name, *MARKED, MEMBER, TEXT}):
        raise BadSubfields(f"no part is called {', '.join(unknown)}")
    operator = parts.get(OPERATOR.name, "")
    if len(operator) > OPERATOR.size:
        raise BadSubfields(f"{OPERATOR.name}: {len(operator)} characters, {OPERATOR.size} at most")
    made = [operator.ljust(OPERATOR.size)]
    for name, part in MARKED.items():
        if (value := parts.get(name)) is not None:
            if not re.fullmatch(rf"[0-9]{{{part.size}}}", value, re.ASCII):
                raise BadSubfields(f"{name}: {part.size} digits are wanted")
            made.append(part.name + value)
    if member := parts.get(MEMBER):
        if len(member) > _LONGEST_MEMBER:
            raise BadSubfields(f"{MEMBER}: {len(member)} characters, {_LONGEST_MEMBER} at most")
        made.append(f"{_MEMBER_MARK}{len(member):02d}{member}")
    return "".join(made) + parts.get(TEXT, "")
