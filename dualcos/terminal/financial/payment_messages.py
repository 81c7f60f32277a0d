"""What a payment says to the acquirer, field by field, and what it keeps of the answer."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.field55 import ChipSet, chip_data
from dualcos.messages.pos_messages import PosMessage
from dualcos.messages.pos_subfields import joined, parted
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.payment_record import ChipFacts, OriginalPayment, PaymentRecord, ValueAdded
from dualcos.terminal.financial.payment_settings import FinancialSettings

_PIN_ENTERED, _NO_PIN = "051", "052"
"""With and without a PIN in the message; one that the card has looked at is told by 9F34 alone."""
_LONGEST_PIN, _WITH_ACCOUNT = "12", "2600000000000000"
_CURRENCY = "156"
_TRACK_2, _EXPIRY, _CID = 0x57, 0x5F24, 0x9F27
_KINDS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}
_FACTS = {
    "aid": 0x9F06,
    "atc": 0x9F36,
    "cryptogram": 0x9F26,
    "tvr": 0x95,
    "tsi": 0x9B,
    "unpredictable": 0x9F37,
    "aip": 0x82,
    "issuer_data": 0x9F10,
    "capabilities": 0x9F33,
    "cvm": 0x9F34,
}
_REVERSED = (2, 3, 4, 11, 14, 22, 23, 25, 32, 38, 41, 42, 49, 60, 61)
NO_ANSWER, NOT_COMPLETED, TERMINAL_FAULT = "98", "06", "96"
"""Reasons of a reversal (field 39)."""


def expiry_of(card: KernelRecord) -> str:
    """YYMM."""
    return card.card.get(_EXPIRY, b"").hex()[:4]


def card_fields(card: KernelRecord) -> dict[int, FieldValue]:
    """Of a card that was read: 2, 14, 22, 23, 35, 49, and the PIN if one was entered for the host."""
    fields: dict[int, FieldValue] = {2: card.pan, 14: expiry_of(card), 22: _NO_PIN, 23: f"0{card.sequence}"}
    fields[49] = _CURRENCY
    if track := card.card.get(_TRACK_2):
        fields[35] = track.hex().upper().rstrip("F").replace("D", "=")
    if card.pin_block:
        fields |= {22: _PIN_ENTERED, 26: _LONGEST_PIN, 52: card.pin_block, 53: _WITH_ACCOUNT}
    return fields


def amount_field(amount: int) -> dict[int, FieldValue]:
    """4, where there is an amount."""
    return {4: f"{amount:012d}"} if amount else {}


def original_fields(original: OriginalPayment) -> dict[int, FieldValue]:
    """37, 38, 61 of what is voided or refunded."""
    place = joined(61, {"batch": original.batch, "stan": original.voucher, "date": original.day})
    fields: dict[int, FieldValue] = {37: original.reference, 61: place}
    return fields | ({38: original.approval} if original.approval else {})


def reversal_of(request: AcquirerMessage, reason: str, chip: bytes = b"", approval: str = "") -> AcquirerMessage:
    """冲正: the original's number and codes, why, and what the chip says by then; neither track nor PIN."""
    fields: dict[int, FieldValue] = {at: request.fields[at] for at in _REVERSED if at in request.fields}
    fields |= {39: reason} | ({55: chip} if chip else {}) | ({38: approval} if approval else {})
    return AcquirerMessage("0400", {4: f"{0:012d}", **fields})


def code_said(raw: bytes) -> str:
    """8A as text."""
    return raw.decode("ascii", "replace")


def reversal_chip(card: KernelRecord | None) -> bytes:
    """Field 55 of a reversal, none where no card took part."""
    return b"" if card is None else chip_data(ChipSet.REVERSAL, card.known())


def chip_facts(card: KernelRecord, field55: bytes = b"") -> ChipFacts:
    """What a slip says of the chip as it stands now."""
    found = {name: known.hex().upper() for name, tag in _FACTS.items() if (known := card.value(tag)) is not None}
    kind = _KINDS.get((card.card.get(_CID) or b"\xff")[0] & 0xC0, "")
    label, name = (card.card.get(tag, b"").decode("gb18030", "replace") for tag in (0x50, 0x9F12))
    return ChipFacts(label=label, name=name, kind=kind, field55=field55.hex().upper(), **found)


def chip_named(card: KernelRecord) -> ChipFacts:
    """What a slip says of a chip that was read and nothing else: which application it was."""
    found = chip_facts(card)
    return ChipFacts(aid=found.aid, label=found.label, name=found.name)


def facts_behind(before: ChipFacts, card: KernelRecord, field55: bytes) -> ChipFacts:
    """The same behind the card's last word: a slip has the ARQC that was sent, an upload the TC that came of it."""
    now = chip_facts(card)
    return structs.replace(before, tvr=now.tvr, tsi=now.tsi, cvm=now.cvm, field55=field55.hex().upper())


class AnswerFacts(NamedTuple):
    """What a record keeps of an answer."""

    code: str
    reference: str
    approval: str
    day: str
    issuer: str


def answer_facts(answer: AcquirerMessage) -> AnswerFacts:
    """Fields 39, 37, 38, 15 or 13, 44."""
    day = answer.text(15) or answer.text(13)
    return AnswerFacts(answer.text(39), answer.text(37), answer.text(38), day, answer.text(44).strip())


def balances_told(answer: AcquirerMessage) -> tuple[int, int] | None:
    """Field 54: ledger and available, fen; None if it is not there or no balance."""
    parts, found = parted(54, answer.text(54)), dict[str, int]()
    for end in ("", "_2"):
        amount = parts.get(f"amount{end}", "")
        if amount.isdecimal() and parts.get(f"currency{end}") == _CURRENCY:
            sign = -1 if parts.get(f"sign{end}") == "D" else 1
            found[parts.get(f"amount_kind{end}", "")] = sign * int(amount)
    if not found:
        return None
    ledger, available = found.get("01"), found.get("02")
    return (available or 0 if ledger is None else ledger, ledger or 0 if available is None else available)


def value_added_field(settings: FinancialSettings, added: ValueAdded) -> dict[int, FieldValue]:
    """63: operator, price before the special one, member."""
    parts = {"operator": settings.operator, "member": added.member}
    return {63: joined(63, parts | ({"before_discount": f"{added.before:012d}"} if added.before else {}))}


def points_told(answer: AcquirerMessage, added: ValueAdded | None) -> ValueAdded | None:
    """What field 63 says of points."""
    parts = parted(63, answer.text(63))
    earned, points = parts.get("points_earned", ""), parts.get("points", "")
    if added is None or not earned.isdecimal() or not points.isdecimal():
        return added
    return ValueAdded(member=added.member, before=added.before, earned=int(earned), points=int(points))


def report_fields(record: PaymentRecord, card: KernelRecord) -> dict[int, FieldValue]:
    """Of a script report (脚本处理结果通知)."""
    fields = card_fields(card)
    place = joined(61, {"batch": record.batch, "stan": record.voucher, "date": record.day or record.moment[4:8]})
    told: dict[int, FieldValue] = {at: fields[at] for at in (2, 14, 22, 23, 49)}
    told |= {55: chip_data(ChipSet.SCRIPT_REPORT, card.known()), 61: place}
    return told | amount_field(record.amount) | ({37: record.reference} if record.reference else {})


def without_secrets(row: PosMessage, fields: dict[int, FieldValue]) -> dict[int, FieldValue]:
    """What may wait in the storage: no PIN, no track, nothing that the message does not take."""
    return {at: fields[at] for at in fields if at not in (26, 35, 36, 52, 53, 62) and at in row.required | row.optional}
