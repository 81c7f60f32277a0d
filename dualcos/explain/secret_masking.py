"""Raw records without their secrets: what of a record may leave the process.

Follows one card from record to record: an answer to a secret may be fetched by a later command, a data group go on in
it. Costs a look at class, instruction and length where nothing is secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any

from msgspec import structs

from apdu.command import CommandAPDU, MalformedAPDU, parse
from apdu.status import StatusWord
from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE, Familiar
from dualcos.explain.diagnosis.pin_form import form_of_refused
from dualcos.explain.raw_record import Noticed, RawExchange, RawPower, RawRecord
from dualcos.explain.secret_parts import SecretParts, Spans, secret_parts
from dualcos.explain.stored_groups import Unfinished, begun_before
from dualcos.explain.tracker import left_waiting
from firewall.trace import Event, Refused

_STORE_DATA, _SECURED, _C_MAC = 0xE2, 0x04, 8
_TELLING = 2
_HEADER, _BODY = 4, 5
_DOTS = "••"
_CONTRADICT = "the lengths contradict each other"


class SecretMasking:
    """Masks the records of one card, in order. Explained, they say what the whole records say, but for their secrets.

    Where a record does not name its environment, whatever is secret in any is.
    """

    __slots__ = ("_known", "_plain", "_public", "_secret_waits", "_unfinished")

    def __init__(self, known: Familiar = FAMILIAR) -> None:
        self._known = known
        self._plain, self._public = known.plain, known.public
        self._secret_waits = False
        self._unfinished: Unfinished | None = None

    def twin(self) -> SecretMasking:
        """Another one that stands where this one does."""
        other = SecretMasking(self._known)
        other._secret_waits, other._unfinished = self._secret_waits, self._unfinished
        return other

    def masked(self, record: RawRecord, environment: str | None = None) -> RawRecord:
        """``record`` itself if nothing in it is secret, else one with that zeroed, and said where.

        ``environment``: where the card stands if the record does not tell.
        """
        if isinstance(record, RawExchange):
            command = record.command
            if not self._secret_waits:  # the short way of what is no secret by its first bytes and its length
                length = len(command)
                if command[:2] in self._plain:
                    short = length in (4, 5) or (length > _BODY and length - command[4] in (5, 6))
                else:
                    lengths = self._public.get(command[:4]) if length > _BODY else None
                    short = lengths is not None and command[4] in lengths and length - command[4] in (5, 6)
                if short:
                    return record
            return self._cut(record, environment)
        self._secret_waits, self._unfinished = False, None
        if isinstance(record, RawPower) or not record.command or record.hidden:
            return record
        parts = secret_parts(record.before or environment, record.command, self._known)
        return structs.replace(record, **_without(parts, record.command, record.events)) if parts.spans else record

    def _cut(self, record: RawExchange, environment: str | None) -> RawExchange:
        answer, command = record.answer, record.command
        sw = StatusWord(int.from_bytes(answer[-2:], "big"))
        if record.hidden:  # cut already
            parts = SecretParts(record.hidden)
            carried = len(command) < _TELLING or command[1] not in self._known.innocent
        else:
            begun = self._begun(command, sw)
            parts = secret_parts(record.before or environment, command, self._known, begun)
            carried = parts.answer
        secret = parts.answer
        sent = blanked_form(command, record.hidden)
        if sent is not None:
            fetching = sent.ins == INS_GET_RESPONSE
            secret = secret or (fetching and self._secret_waits)
            bare = secret or len(answer) <= 2
            self._secret_waits = bool(left_waiting(carried, self._secret_waits, sw, fetching=fetching, bare=bare))
        cut = len(answer) - 2 if secret and len(answer) > 2 else 0
        if secret and len(answer) < 2:
            cut = len(answer)
        if not ((parts.spans and not record.hidden) or cut):
            return record
        changes: dict[str, Any] = {} if record.hidden else _without(parts, command, record.events)
        if not record.hidden and sent is not None:
            changes["pin_form"] = form_of_refused(sent, record.before or environment, sw)
        return structs.replace(record, **changes, answer=answer[cut:], answer_hidden=record.answer_hidden + cut)

    def _begun(self, command: bytes, sw: StatusWord) -> bytes | None:
        """What has begun before a STORE DATA; what it leaves is kept if the card took it."""
        if command[1:2] != bytes((_STORE_DATA,)):
            return b""
        try:
            sent = parse(command)
        except MalformedAPDU:
            return None
        begun = begun_before(sent.p2, self._unfinished)
        if sw.is_success and begun is not None:
            data = sent.data[:-_C_MAC] if sent.cla & _SECURED else sent.data
            self._unfinished = Unfinished.behind(sent.p2, data, begun)
        elif sw.is_success:
            self._unfinished = None
        return begun


def blanked_form(command: bytes, hidden: Spans) -> CommandAPDU | None:
    """``command`` with zeros for what is ``hidden``; None if that is no APDU, or cannot be told."""
    first = hidden[0][0] if hidden else len(command)
    if first < _HEADER or first < _BODY < len(command):
        return None  # lengths that contradict each other, and nobody knows which command it is
    try:
        return parse(command)
    except MalformedAPDU:
        return None


def blanked(command: bytes, spans: Spans) -> bytes:
    """``command`` with zeros for what is hidden."""
    for start, end in spans:
        command = command[:start] + bytes(end - start) + command[end:]
    return command


def _without(parts: SecretParts, command: bytes, events: Noticed) -> dict[str, Any]:
    """The fields of a record that change if ``parts`` of its command are taken out."""
    hidden = [command[start:end] for start, end in parts.spans]
    told = tuple((by, _unsaid(event, hidden, parts)) for by, event in events)
    return {"command": blanked(command, parts.spans), "hidden": parts.spans, "events": told}


def _unsaid(event: Event, hidden: Iterable[bytes], parts: SecretParts) -> Event:
    """``event`` without what the card quotes of the bytes that are hidden."""
    if not isinstance(event, Refused):
        text = event.text
        return event if not isinstance(text, str) or not _quoted(text, hidden) else event._replace(text=_DOTS)
    about = {name: _datum(name, value, hidden, parts) for name, value in event.reason.about.items()}
    return event._replace(reason=event.reason._replace(about=about))


def _datum(name: str, value: Any, hidden: Iterable[bytes], parts: SecretParts) -> Any:  # noqa: ANN401 - as Datum
    if name == "fault" and parts.in_header:
        return _CONTRADICT
    if isinstance(value, Enum):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        number = value.to_bytes((value.bit_length() + 7) // 8 or 1) if value >= 0 else b""
        quoted = parts.in_header or (len(number) >= _TELLING and any(number in each for each in hidden))
        return _DOTS if quoted and not isinstance(value, StatusWord) else value
    if isinstance(value, bytes):
        return _DOTS if value and any(value in each for each in hidden) else value
    if isinstance(value, str):
        return _DOTS if _quoted(value, hidden) else value
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_datum(name, each, hidden, parts) for each in value)
    return value


def _quoted(text: str, hidden: Iterable[bytes]) -> bool:
    """True if ``text`` has bytes that are hidden, as hexadecimal digits."""
    shown = text.replace(" ", "").upper()
    return any(
        each[at : at + _TELLING + 1].hex().upper() in shown for each in hidden for at in range(len(each) - _TELLING)
    )
