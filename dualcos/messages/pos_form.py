"""POS messages for whoever handles them unseen (``MessageForm`` of the leash), and as facts for rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from apdu import tlv
from apdu.tlv import Tlv, TlvError
from dualcos.messages.acquirer_messages import SECRET_FIELDS, AcquirerMessage, FieldValue, NoLineAnswer
from dualcos.messages.field55 import ChipSet
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583, UnwritableIso8583
from dualcos.messages.iso8583_fields import FieldKind, IsoField
from dualcos.messages.message_names import MessageNames
from dualcos.messages.pos_envelope import PosEnvelope, opened
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import POS_MESSAGES, answer_mti, answers, pos_message, refused
from dualcos.messages.pos_subfields import MARKED, MEMBER, OPERATOR, parted

MAC, ARPC, BITMAP = "mac", "arpc", "bitmap"
_CHIP, _TERMINAL = 55, 41
_AUTHENTICATION, _SCRIPTS = 0x91, (0x71, 0x72)
_TAG = "tag_"
_NUMBERS: Mapping[str, int] = MappingProxyType({row.name: row.number for row in POS_DIALECT.fields.values()})
_PARTS = {
    60: {"kind": "kind", "batch": "batch", "network": "network"},
    61: {"original_batch": "batch", "original_stan": "stan"},
    63: {name: name for name in (OPERATOR.name, *MARKED, MEMBER)},
}
_CODED = (48, 60, 61, 63)
"""Fields of parts: facts have the parts."""
FORMAT_ERROR = "30"
_UNREADABLE_MTI = "0810"
_BITMAP_END = 9
"""The bitmap's last byte, behind an MTI of two."""


@dataclass(frozen=True)
class LineRequest:
    """A request as it came: what stood in front, the body whose MAC is checked, the message in it."""

    envelope: PosEnvelope
    body: bytes
    message: AcquirerMessage


@dataclass(frozen=True)
class LineAnswer:
    """An answer before it is sealed. ``terminal``: that it goes to, whatever it says itself. ``sealed``: it goes out
    with a MAC; ``wrong_mac``: with one bit of it false; ``wrong_bitmap``: with the bitmap's last bit false, so that
    nobody can read it.
    """

    envelope: PosEnvelope
    message: AcquirerMessage
    terminal: str = ""
    sealed: bool = True
    wrong_mac: bool = False
    wrong_bitmap: bool = False


def line_answer(request: LineRequest, message: AcquirerMessage, *, proven: bool) -> LineAnswer:
    """The answer to go back where the request came from. ``proven``: that had the right MAC, and so will this one."""
    return LineAnswer(request.envelope.back(), message, request.message.text(_TERMINAL), sealed=proven)


def pos_facts(message: AcquirerMessage) -> dict[str, str | int]:
    """What rules can ask of a message: its fields by name, parts of 60, 61 and 63, ``message`` (its kind), amounts as
    numbers, tags of field 55 as ``tag_9F27`` in hex. No track, PIN block or key.
    """
    facts: dict[str, str | int] = {"mti": message.mti}
    if (kind := pos_message(message)) is not None:
        facts["message"] = kind.name
    for number, value in message.fields.items():
        row = POS_DIALECT.fields.get(number)
        if row is None or number in SECRET_FIELDS or number in _CODED or isinstance(value, bytes):
            continue
        facts[row.name] = int(value) if row.name == "amount" and value.isdecimal() else value
    for number, parts in _PARTS.items():
        found = parted(number, message.text(number))
        facts |= {fact: found[part] for fact, part in parts.items() if part in found}
    return facts | {f"{_TAG}{item.tag:X}": item.value.hex().upper() for item in _chip_items(message)}


def _chip_items(message: AcquirerMessage) -> tuple[Tlv, ...]:
    try:
        return tlv.parse(message.raw(_CHIP))
    except TlvError:
        return ()


def pos_names() -> MessageNames:
    """What rules about these messages can name."""
    open_rows = [row for row in POS_DIALECT.fields.values() if row.number not in SECRET_FIELDS]
    tags = {f"{_TAG}{tag:X}" for kind in ChipSet for tag in (*kind.required, *kind.optional)}
    answered = {f"{_TAG}{tag:X}" for tag in (_AUTHENTICATION, *_SCRIPTS)}
    parts = {fact for each in _PARTS.values() for fact in each}
    facts = {row.name for row in open_rows if row.number not in _CODED and not row.kind.is_bytes}
    return MessageNames(
        facts=frozenset(facts | parts | tags | {"mti", "message"}),
        values=MappingProxyType(
            {
                "message": frozenset(POS_MESSAGES),
                "mti": frozenset(row.mti for row in POS_MESSAGES.values()),
            }
        ),
        fields=frozenset(_NUMBERS) | answered | {ARPC, BITMAP},
        single=frozenset(_NUMBERS) | answered | {ARPC, BITMAP},
        unfit=_unfit,
    )


class PosForm:
    """``seal``: an answer's body with its MAC, by whoever has the keys of the terminal named; ``proven``: whether a
    request's MAC is right; ``codec``: of those without one.
    """

    def __init__(
        self,
        seal: Callable[[AcquirerMessage, str], bytes],
        proven: Callable[[LineRequest], bool],
        codec: Iso8583Codec | None = None,
    ) -> None:
        self._seal = seal
        self._proven = proven
        self._codec = codec or Iso8583Codec(POS_DIALECT)

    def names(self) -> MessageNames:
        """As ``pos_names``."""
        return pos_names()

    def facts(self, request: LineRequest, /) -> dict[str, str | int]:
        """As ``pos_facts``."""
        return pos_facts(request.message)

    def refusal(self, request: LineRequest, code: str, /) -> LineAnswer:
        """An answer with ``code`` in field 39."""
        return line_answer(request, refused(request.message, code), proven=self._proven(request))

    def altered(self, answer: LineAnswer, fields: Mapping[str, str | int], /) -> LineAnswer:
        """With other values, and sealed as such; binary ones in hex, tags of field 55 as ``tag_91``. What the answer
        has not is added; what is empty is taken out.
        """
        message = answer.message
        for name, value in fields.items():
            message = _with_tag(message, name, str(value)) if name.startswith(_TAG) else _with(message, name, value)
        return replace(answer, message=message)

    def spoiled(self, answer: LineAnswer, names: tuple[str, ...], /) -> LineAnswer:
        """One bit of these fields false, and the MAC made over it; ``mac``: the MAC itself; ``arpc``: of tag 91;
        ``bitmap``: what says which fields there are.
        """
        message = answer.message
        for name in names:
            if name == ARPC or name.startswith(_TAG):
                message = _spoiled_tag(message, _AUTHENTICATION if name == ARPC else _tag_of(name))
            elif (number := _NUMBERS.get(name)) in message.fields and number is not None:
                message = message.having({number: _flipped(message.fields[number])})
        return replace(
            answer,
            message=message,
            wrong_mac=answer.wrong_mac or MAC in names,
            wrong_bitmap=answer.wrong_bitmap or BITMAP in names,
        )

    def unasked(self, request: LineRequest, /) -> LineAnswer:
        """The approval of a request with another running number."""
        stan = f"{(int(request.message.text(11) or 0) + 1) % 1_000_000:06d}"
        return line_answer(request, refused(request.message, "00").having({11: stan}), proven=self._proven(request))

    def belongs(self, request: LineRequest, answer: LineAnswer, /) -> bool:
        """As ``answers``."""
        return answers(request.message, answer.message)

    def silence(self, words: str, /) -> Exception:
        """NoLineAnswer."""
        return NoLineAnswer(words)

    def read(self, payload: bytes, /) -> LineRequest | None:
        """The request, None for anything else."""
        try:
            return self._request(payload)
        except UnreadableIso8583:
            return None

    def _request(self, payload: bytes) -> LineRequest:
        envelope, body = opened(payload)
        message = self._codec.message(body)
        if answer_mti(message.mti) == message.mti:
            raise UnreadableIso8583(f"MTI {message.mti}: no request")
        return LineRequest(envelope, body, message)

    def unreadable(self, payload: bytes, /) -> LineAnswer:
        """A format error, without the running number that cannot be seen: a terminal passes it over."""
        try:
            envelope, _ = opened(payload)
        except UnreadableIso8583:
            envelope = PosEnvelope()
        return LineAnswer(envelope.back(), AcquirerMessage(_UNREADABLE_MTI, {39: FORMAT_ERROR}), sealed=False)

    def why_unreadable(self, payload: bytes, /) -> str:
        """The reason of UnreadableIso8583."""
        try:
            self._request(payload)
        except UnreadableIso8583 as error:
            return str(error)
        return ""

    def written(self, answer: LineAnswer, /) -> bytes:
        """Raises UnwritableIso8583 for values that their fields do not take."""
        body = self._seal(answer.message, answer.terminal) if answer.sealed else self._codec.body(answer.message)
        if answer.sealed and answer.wrong_mac:
            body = body[:-1] + bytes((body[-1] ^ 1,))
        if answer.wrong_bitmap:
            body = body[:_BITMAP_END] + bytes((body[_BITMAP_END] ^ 1,)) + body[_BITMAP_END + 1 :]
        return answer.envelope.around(body)


def _with(message: AcquirerMessage, name: str, value: str | int) -> AcquirerMessage:
    number = _NUMBERS.get(name)
    if number is None:
        return message
    return message.having({number: None if value == "" else _fitting(POS_DIALECT.fields[number], value)})


def _unfit(name: str, value: str | int) -> str:
    """Why an answer cannot be written with this value; empty if it can."""
    answer = AcquirerMessage("0210")
    changed = _with_tag(answer, name, str(value)) if name.startswith(_TAG) else _with(answer, name, value)
    try:
        Iso8583Codec(POS_DIALECT).body(changed)
    except UnwritableIso8583 as error:
        return str(error)
    return ""


def _fitting(row: IsoField, value: str | int) -> FieldValue:
    if row.kind.is_bytes:
        return _bytes_of(str(value))
    fills = row.kind is FieldKind.DIGITS and not row.length_digits
    return str(value).zfill(row.size) if fills else str(value)


def _bytes_of(text: str) -> bytes:
    """Of hex; what is none stands for itself."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode()


def _tag_of(name: str) -> int:
    """The tag of ``tag_91``; 0 for what is none."""
    try:
        return int(name.removeprefix(_TAG), 16)
    except ValueError:
        return 0


def _with_tag(message: AcquirerMessage, name: str, value: str) -> AcquirerMessage:
    """Other bytes under a tag, which is added where there is none, and taken out where they are none; field 55 goes
    with its last one.
    """
    tag, new = _tag_of(name), _bytes_of(value)
    if not tag:
        return message
    items = [item for item in _chip_items(message) if item.tag != tag] + ([Tlv(tag, new)] if new else [])
    return message.having({_CHIP: b"".join(item.encode() for item in items) or None})


def _spoiled_tag(message: AcquirerMessage, tag: int) -> AcquirerMessage:
    items = [
        Tlv(item.tag, bytes((item.value[0] ^ 1,)) + item.value[1:]) if item.tag == tag and item.value else item
        for item in _chip_items(message)
    ]
    return message.having({_CHIP: b"".join(item.encode() for item in items)}) if items else message


def _flipped(value: FieldValue) -> FieldValue:
    """The last bit of bytes, the last digit, the last character's last bit; an empty one stays."""
    if isinstance(value, bytes):
        return value[:-1] + bytes((value[-1] ^ 1,)) if value else value
    if not value or not value[-1].isascii():
        return value
    return value[:-1] + (str(int(value[-1]) ^ 1) if value[-1].isdecimal() else chr(ord(value[-1]) ^ 1))
