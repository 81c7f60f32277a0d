"""Which bytes of a command nobody may be shown, whatever a mistaken terminal sends (what is secret, 保密数据).

An instruction under which some row of some stack carries a secret may carry one in any class, with any P1 P2 and
length, wherever it is sent; so may one that no row knows. Their data are shown only where they are recognised as no
secret: by a row that takes exactly this command, piece by piece as the stack declares them (``Says.sent``), as far as
they can be read. Where the lengths contradict each other anything behind the header may be part of a PIN, and in a
header that fits no row even P1 and P2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu import tlv
from apdu.command import CommandAPDU, MalformedAPDU, parse
from apdu.tlv import TlvError
from cos.kernel.command_rows import CommandRow, Secret
from cos.kernel.what_commands_say import Concealed, Decoder, Field, Fixed, MacTail, Objects
from cos.making.write_key import forms
from dualcos.explain.command_names import FAMILIAR, Familiar
from dualcos.explain.stored_groups import ends_whole, public_groups
from keys.algorithms import BadKey, social_algorithm
from keys.card_key_store import KeyHeader

Span = tuple[int, int]
"""First byte, and the byte behind the last."""
Spans = tuple[Span, ...]

_HEADER, _LC = 4, 5
_BLOCK = 8
_KEY_HEADER = 8
_KEY_KINDS = 0x20
_VALUE_LENGTHS = frozenset((*range(2, 9), 16))
_SECURED = 0x04
_DIGITS = frozenset("0123456789")


class SecretParts(NamedTuple):
    """``spans``: what must not be shown of a command, in order; ``answer``: the data of its answer neither."""

    spans: Spans = ()
    answer: bool = False

    @property
    def in_header(self) -> bool:
        """True if a part of the header, or Lc, is among it."""
        return bool(self.spans) and self.spans[0][0] < _LC


NOTHING_SECRET = SecretParts()


def secret_parts(
    environment: str | None, raw: bytes, known: Familiar = FAMILIAR, begun: bytes | None = b""
) -> SecretParts:
    """What of ``raw``, sent in ``environment`` (None: it is not known where), is secret. Total.

    ``begun``: what the STORE DATA before has left of a group that goes on here; None if that is not known.
    """
    length = len(raw)
    if length < _HEADER:
        return SecretParts(((0, length),) if length else ())
    if raw[:2] in known.plain:
        return NOTHING_SECRET if length <= _LC or length - raw[4] in (5, 6) else _surplus(raw)
    try:
        command = parse(raw)
    except MalformedAPDU:
        return SecretParts(((_unreadable_from(raw, known), length),), raw[1] not in known.innocent)
    if not command.data:
        return _without_data(raw, known)
    start = 7 if command.extended else _LC
    if raw[1] in known.innocent:
        return SecretParts(((start, length),))  # of a class that no row has: its answer is as innocent as any
    if raw[1] not in known.instructions and (raw[0] not in known.classes or _may_be_digits(raw)):
        return SecretParts(((0, length),), answer=True)
    hidden = _hidden(start, len(command.data), length, _shown(environment, command, known, begun))
    return SecretParts(hidden, answer=True) if hidden else NOTHING_SECRET


# --- commands that cannot be read, or have no data --------------------------------------------------------------------


def _surplus(raw: bytes) -> SecretParts:
    """Of a command whose data are no secret: what stands behind the data that it announces, if that is too much."""
    try:
        parse(raw)
    except MalformedAPDU:
        end = _LC + raw[4] if raw[4] else 7 + int.from_bytes(raw[5:7])
        return SecretParts(((end, len(raw)),)) if end < len(raw) else NOTHING_SECRET
    return NOTHING_SECRET


def _unreadable_from(raw: bytes, known: Familiar) -> int:
    """Where what must not be shown begins if lengths do not add up: a PIN may stand in the place of Lc, or of P1."""
    if raw[1] not in known.instructions:
        return 0
    return _HEADER if raw[1] in known.innocent or known.takes_parameters(raw[1], raw[2], raw[3]) else 2


def _without_data(raw: bytes, known: Familiar) -> SecretParts:
    """Case 1 or 2: a PIN that somebody forgot to give a length may stand in P1 P2, or make up all of it."""
    length = len(raw)
    if raw[1] in known.innocent:
        return NOTHING_SECRET
    if raw[1] not in known.instructions:
        strange = length > _LC or raw[0] not in known.classes or _may_be_digits(raw)
        return SecretParts(((0, length),), answer=True) if strange else NOTHING_SECRET
    if not known.takes_parameters(raw[1], raw[2], raw[3]):
        return SecretParts(((2, length),))
    return SecretParts(((_HEADER, length),)) if length > _LC else NOTHING_SECRET


def _may_be_digits(raw: bytes) -> bool:
    """True if ``raw`` can be nothing but digits, packed or as text, filled up with F."""
    return set(raw.hex().rstrip("f")) <= _DIGITS


def _may_be_pin(data: bytes) -> bool:
    """True if ``data`` may be a PIN in any usual form: packed digits in any order, text, PIN block, two PINs and FF."""
    return set(data.hex()) <= _DIGITS | {"f"}


# --- commands with data -----------------------------------------------------------------------------------------------


def _shown(environment: str | None, command: CommandAPDU, known: Familiar, begun: bytes | None) -> Spans:
    """Which bytes of the data are no secret, by every row that may take the command."""
    fitting = known.fitting(environment, command)
    shown: Spans | None = None
    for label, row in fitting:
        spans = _pieces_of(row, known.sent(label, row), command, begun)
        shown = spans if shown is None else _both(shown, spans)
    return shown or ()


def _pieces_of(row: CommandRow[Any], sent: tuple[Field, ...], command: CommandAPDU, begun: bytes | None) -> Spans:
    data = command.data
    if row.secret is Secret.NOTHING:
        return ((0, len(data)),) if len(data) in row.lc else ()
    return tuple(span for span in _public(row, sent, command, begun) if span[0] < span[1])


class DataCut(NamedTuple):
    """What of data is no secret, and whether they are as long as they say."""

    shown: tuple[Span, ...]
    whole: bool


def _public(
    row: CommandRow[Any], fields: tuple[Field, ...], command: CommandAPDU, begun: bytes | None
) -> Iterator[Span]:
    """The public pieces of data that carry a secret; the MAC behind them only if all that stands before it adds up."""
    data, tail = command.data, 0
    if fields and isinstance(mac := fields[-1], MacTail):
        fields = fields[:-1]
        tail = mac.length if not mac.optional or command.cla & _SECURED else 0
    end = len(data) - min(tail, len(data))
    cut = _cut(fields, command, data[:end], begun)
    yield from cut.shown
    if tail == len(data) - end and cut.whole and len(data) in row.lc and not _mistaken(data, end):
        yield end, len(data)


def _cut(fields: tuple[Field, ...], command: CommandAPDU, data: bytes, begun: bytes | None) -> DataCut:
    shown: list[Span] = []
    at, whole = 0, True
    for field in fields:
        match field:
            case Fixed():
                length = field.length or len(data) - at
                shown.append((at, min(at + length, len(data))))
                at += length
            case Concealed():
                at += field.length or len(data) - at
                whole = whole and not at % _BLOCK
            case Objects():
                return DataCut((*shown, *public_objects(field, data)), whole)
            case Decoder() if is_cut(field):
                cut = CUTS[field.name](command, data, begun)
                return DataCut((*shown, *cut.shown), whole and cut.whole)
            case _:
                return DataCut(tuple(shown), whole=False)
    return DataCut(tuple(shown), whole and at == len(data))


def _mistaken(data: bytes, end: int) -> bool:
    """True if what stands behind ``end`` may be a piece of a secret and no MAC: digits, or the same data twice."""
    half = len(data) // 2
    return _may_be_pin(data) or _may_be_digits(data[end:]) or data[:half] == data[half:]


def public_objects(objects: Objects, data: bytes) -> Iterator[Span]:
    """Of data objects in TLV those that the stack names and does not conceal, and of these tag and length."""
    at = 0
    while at < len(data):
        try:
            tag, behind = tlv.read_tag(data, at)
            length, value = tlv.read_length(data, behind)
        except TlvError:
            return
        field = objects.by_tag.get(tag)
        if field is None or value + length > len(data) or field.length not in (0, length):
            return
        yield at, value if isinstance(field, Concealed) else value + length
        at = value + length


def loaded_key_header(command: CommandAPDU, data: bytes) -> KeyHeader | None:
    """The header in front of a key that comes in clear; None if it comes enciphered or this is none."""
    if forms(command.cla).enciphered or len(data) < _KEY_HEADER:
        return None
    header = KeyHeader.decode(data)
    try:
        social_algorithm(header.algorithm)
    except BadKey:
        return None
    limit, left = header.counter >> 4, header.counter & 0x0F
    known = header.kind < _KEY_KINDS and header.length in _VALUE_LENGTHS and left <= limit
    return header if known else None


def _loaded_key(command: CommandAPDU, data: bytes, _begun: bytes | None) -> DataCut:
    if forms(command.cla).enciphered:
        return DataCut((), not len(data) % _BLOCK)
    header = loaded_key_header(command, data)
    if header is None:
        return DataCut((), whole=False)
    return DataCut(((0, _KEY_HEADER),), len(data) == _KEY_HEADER + header.length)


def _data_groups(command: CommandAPDU, data: bytes, begun: bytes | None) -> DataCut:
    if begun is None:
        return DataCut((), False)
    return DataCut(tuple(public_groups(command.p1, data, begun)), ends_whole(data, begun))


CUTS: Mapping[str, Callable[[CommandAPDU, bytes, bytes | None], DataCut]] = MappingProxyType(
    {"loaded key": _loaded_key, "data groups": _data_groups}
)
"""What of the data that a decoder reads is no secret."""


def is_cut(field: Field) -> bool:
    """True if ``field`` is read by a decoder that knows what of its data is no secret."""
    return isinstance(field, Decoder) and field.name in CUTS


# --- spans ------------------------------------------------------------------------------------------------------------


def _both(one: Spans, other: Spans) -> Spans:
    """What lies in both."""
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))


def _hidden(start: int, data: int, length: int, shown: Spans) -> Spans:
    """What is left of a command if ``shown`` of its ``data`` bytes of data, which begin at ``start``, is taken out.

    Le is hidden with the last of the data: if Lc is one too few, it is the last byte of a PIN.
    """
    hidden: list[Span] = []
    at = 0
    for first, behind in shown:
        if first > at:
            hidden.append((start + at, start + first))
        at = max(at, behind)
    if at < data:
        hidden.append((start + at, length))
    return tuple(hidden)
