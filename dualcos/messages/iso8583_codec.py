"""ISO 8583 messages as bytes: ``iso8583`` (pyiso8583) driven by a dialect's table of fields; its only door.

Total: any bytes are one message, or UnreadableIso8583. What is read is written again as the same bytes: a length, a
filling or a character that would come out otherwise is refused.
"""

from __future__ import annotations

import re
from typing import Any

import iso8583

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.iso8583_fields import FieldKind, IsoDialect, IsoField, SealedText

_TEXT_CODE = "gb18030"
_DIGITS, _PRINTABLE = re.compile(r"[0-9]*", re.ASCII), re.compile(r"[ -~]*", re.ASCII)
_TRACK = re.compile(r"[0-9=]*", re.ASCII)
_FILTERED = re.compile(rb"[^A-Z0-9 ,.]")
_MAC_LENGTH = 8
_NETWORK, _KEY_DELIVERY = 70, "101"
_ORIGINAL, _ORIGINAL_SEALED = "90", 20
_FIRST_BITMAP = 16  # hex digits
_FORMS = {
    FieldKind.DIGITS: (_DIGITS, "digits"),
    FieldKind.LETTERS: (_PRINTABLE, "printable characters"),
    FieldKind.TRACK: (_TRACK, "digits and separators"),
}


class UnreadableIso8583(ValueError):
    """The bytes are no message of this dialect; says which field and why, and no value of it."""


class UnwritableIso8583(ValueError):
    """A message has a value that its field does not take; says which field and why, and no value of it."""


class Iso8583Codec:
    """One dialect's messages, without what stands in front of them on the line (``pos_envelope``)."""

    def __init__(self, dialect: IsoDialect) -> None:
        self.dialect = dialect
        self._specification = _specification(dialect)

    def body(self, message: AcquirerMessage) -> bytes:
        """MTI, bitmap, fields. Raises UnwritableIso8583."""
        document = {"t": message.mti}
        for number, value in message.fields.items():
            row = self.dialect.fields.get(number)
            if row is None:
                raise UnwritableIso8583(f"field {number}: the {self.dialect.name} dialect has none")
            document[str(number)] = self._said(row, value)
        try:
            raw, _ = iso8583.encode(document, self._specification)
        except iso8583.EncodeError as error:
            raise UnwritableIso8583(_reason(error.field, error.msg)) from None
        return bytes(raw)

    def message(self, body: bytes) -> AcquirerMessage:
        """Raises UnreadableIso8583."""
        found = self._decoded(body)[0]
        fields: dict[int, FieldValue] = {}
        for key, text in found.items():
            if key.isdecimal() and int(key) in self.dialect.fields:
                fields[int(key)] = self._meant(self.dialect.fields[int(key)], text)
        if not _DIGITS.fullmatch(found["t"]):
            raise UnreadableIso8583("MTI: four digits are wanted")
        message = AcquirerMessage(found["t"], fields)
        self._written_alike(message, body)
        return message

    def mac_input(self, body: bytes) -> bytes:
        """What the MAC at the end of ``body`` is made over. Raises UnreadableIso8583 where there is none."""
        message = self.message(body)
        if self.dialect.mac_field not in message.fields:
            raise UnreadableIso8583(f"field {self.dialect.mac_field}: the message has no MAC")
        text = self.dialect.sealed_text
        return body[:-_MAC_LENGTH] if text is None else self._sealed_text(text, message, body)

    def _sealed_text(self, text: SealedText, message: AcquirerMessage, body: bytes) -> bytes:
        raw = self._decoded(body)[1]
        numbers = text.at_key_delivery if message.text(_NETWORK) == _KEY_DELIVERY else text.fields
        parts = {key: raw[key]["len"] + raw[key]["data"] for key in ("t", *map(str, numbers)) if key in raw}
        if _ORIGINAL in parts:
            parts[_ORIGINAL] = parts[_ORIGINAL][:_ORIGINAL_SEALED]
        made = b" ".join(parts.values())
        if text.capitals:
            made = made.upper()
        return b" ".join(_FILTERED.sub(b"", made).split()) if text.filtered else made

    def _decoded(self, body: bytes) -> tuple[dict[str, str], dict[str, dict[str, bytes]]]:
        try:
            found, raw = iso8583.decode(body, self._specification)
        except iso8583.DecodeError as error:
            raise UnreadableIso8583(_reason(error.field, error.msg)) from None
        except KeyError as error:
            raise UnreadableIso8583(f"field {error.args[0]}: the {self.dialect.name} dialect has none") from None
        if len(found.get("1", "")) > _FIRST_BITMAP:
            raise UnreadableIso8583("field 65: a third bitmap is not used")
        return found, raw

    def _written_alike(self, message: AcquirerMessage, body: bytes) -> None:
        try:
            alike = self.body(message) == body
        except UnwritableIso8583 as error:
            raise UnreadableIso8583(str(error)) from None
        if not alike:
            raise UnreadableIso8583("a length or a filling is not written as this dialect writes it")

    def _said(self, row: IsoField, value: FieldValue) -> str:
        """A value as the library wants it."""
        if isinstance(value, bytes) is not row.kind.is_bytes:
            raise UnwritableIso8583(f"field {row.number}: {'bytes are' if row.kind.is_bytes else 'text is'} wanted")
        if isinstance(value, bytes):
            return value.hex() if self.dialect.packed else value.decode("latin-1")
        if row.kind in _FORMS:
            form, words = _FORMS[row.kind]
            if not form.fullmatch(value):
                raise UnwritableIso8583(f"field {row.number}: {words} are wanted")
        if row.kind is FieldKind.TRACK and self.dialect.packed:
            return value.replace("=", "D")
        if row.kind in (FieldKind.LETTERS, FieldKind.TEXT) and not row.length_digits:
            return _filled(row, value)
        return value

    def _meant(self, row: IsoField, text: str) -> FieldValue:
        """A value as messages have it."""
        if row.kind.is_bytes:
            return bytes.fromhex(text) if self.dialect.packed else text.encode("latin-1")
        if row.kind is FieldKind.TRACK and self.dialect.packed:
            text = text.replace("D", "=")
        if row.kind in (FieldKind.LETTERS, FieldKind.TEXT) and not row.length_digits:
            text = text.rstrip(" ")
        return text


def _filled(row: IsoField, value: str) -> str:
    try:
        length = len(value.encode(_TEXT_CODE))
    except UnicodeEncodeError:
        raise UnwritableIso8583(f"field {row.number}: a character that GB 18030 has not") from None
    return value + " " * (row.size - length)


def _reason(key: str, words: str) -> str:
    where = {"t": "MTI", "p": "bitmap", "1": "second bitmap"}.get(key, f"field {key}")
    return f"{where}: {words[:1].lower()}{words[1:]}"


def _specification(dialect: IsoDialect) -> dict[str, dict[str, Any]]:
    fixed = {"len_enc": "ascii", "len_type": 0}
    digits = "b" if dialect.packed else "ascii"
    made: dict[str, dict[str, Any]] = {
        "h": {"data_enc": "b", "max_len": 0, **fixed},
        "t": {"data_enc": digits, "max_len": 2 if dialect.packed else 4, **fixed},
        "p": {"data_enc": "b", "max_len": 8, **fixed},
    }
    if dialect.mac_field > 64:
        made["1"] = {"data_enc": "b", "max_len": 8, **fixed}
    return made | {str(row.number): _field_specification(row, packed=dialect.packed) for row in dialect.fields.values()}


def _field_specification(row: IsoField, *, packed: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"max_len": row.size, "desc": row.en}
    if row.kind.is_bytes:
        made["data_enc"] = "b" if packed else "latin-1"
    elif packed and row.kind in (FieldKind.DIGITS, FieldKind.TRACK):
        made |= {"data_enc": "b", "len_count": "nibbles", "left_pad" if row.right_aligned else "right_pad": "0"}
    else:
        made["data_enc"] = _TEXT_CODE
    made["len_enc"] = "bcd" if packed else "ascii"
    made["len_type"] = (row.length_digits + 1) // 2 if packed else row.length_digits
    return made
