"""Trace files (跟踪文件): raw records as lines of JSON, one object a line, to be explained, searched and sent again.

First line: what was traced; a second card's own line follows. Then one line per command or power event: ``seq``,
``at`` (seconds since 1970), ``env`` before and ``after`` (where it is another), ``command`` and ``answer`` in hex. What
the card noted: ``refusals`` as data, ``notes`` and ``fault`` as text. No words: they are made when the file is read.

Where a byte is secret stand two dots in the place of its digits, and the line says ``"masked": true`` and how many are
``hidden`` (``answer_hidden`` of the answer); of a PIN that was refused, in which form it came (``pin_form``). A file
that holds secrets (there ``"secret": true`` marks their lines), or answers made wrong on purpose, says so in a line of
its own, right at the top, and each line with such an answer has a ``fault``.

Also read: format 1, lines that leave out what is hidden at the end, and lines of ``trace_lines``, which keep words
beside the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, NoReturn

import msgspec
from msgspec import Meta, Struct

from apdu.status import StatusWord
from dualcos.explain.bank_decisions import noted
from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE
from dualcos.explain.explainer import FAULT
from dualcos.explain.raw_record import Noticed, RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.recorded_data import as_json, from_json, recorded_settings
from dualcos.explain.secret_masking import blanked_form
from dualcos.explain.secret_parts import Spans
from dualcos.textforms import json_and_toml
from dualcos.textforms.json_and_toml import BadText
from firewall.trace import Event, Noted, Reason, Refused

FORMAT = 2
BANNER = "UNSAFE: PINs and keys stand in this file in clear. Delete it when you are done. 本文件含明文密码和密钥"
_SILENT = "silent"
DOT = ".."
_DOTS = re.compile(r"(?:\.\.)+")
DottedHex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}|\.\.)*$")]
"""Bytes, two dots for each that is secret."""
_MOST_MISSING = 0x10000 + 2
_POWER: Mapping[str, Literal["cold", "warm", "off"]] = MappingProxyType({"cold": "cold", "warm": "warm", "off": "off"})
_EVENTS = frozenset((*_POWER, _SILENT))
_LATEST = 253_402_300_800
"""No record is of the year 10000."""


class TraceError(ValueError):
    """The text is no trace; the message names the line."""


class Recorded(NamedTuple):
    """One line of a trace: its number in the file and in its slot, and what it records."""

    line: int
    seq: int
    slot: str
    record: RawRecord

    @property
    def event(self) -> Literal["command", "cold", "warm", "off", "silent"]:
        """``command``, or what happened instead: ``cold``, ``warm``, ``off``, ``silent``."""
        if isinstance(self.record, RawPower):
            return self.record.kind
        return "command" if isinstance(self.record, RawExchange) else "silent"

    @property
    def command(self) -> bytes | None:
        """The command as it can be sent again; None where it was masked."""
        record = self.record
        if not isinstance(record, RawExchange) or record.hidden or record.answer_hidden:
            return None
        return record.command

    @property
    def expected(self) -> bytes:
        """The whole answer (data, SW1, SW2), for a power event the ATR."""
        record = self.record
        return record.answer if isinstance(record, RawExchange) else getattr(record, "atr", b"")

    @property
    def fault(self) -> bool:
        """True if that answer was made wrong on purpose."""
        noted = any(isinstance(event, Noted) and event.topic == FAULT for _, event in self.record.events)
        return noted or (isinstance(self.record, RawSilence) and self.record.why.startswith(FAULT))

    @property
    def name(self) -> str:
        """What the command is called; empty for any other event."""
        record = self.record
        if not isinstance(record, RawExchange):
            return ""
        parsed = blanked_form(record.command, record.hidden)
        return FAMILIAR.name(record.before or "", parsed).name if parsed is not None else "no APDU"


class RecordedTrace(NamedTuple):
    """A trace read back: what its first lines said (card, seed …) by slot, and the lines."""

    slots: Mapping[str, Mapping[str, Any]]
    lines: tuple[Recorded, ...]

    def about(self, slot: str) -> Mapping[str, Any]:
        """What was said of the card in ``slot``."""
        return self.slots.get(slot, {})


# --- writing ----------------------------------------------------------------------------------------------------------


# gc=False and no list of its own for a field: half the time that a line takes.
class _Line(Struct, omit_defaults=True, gc=False):
    """A line as it is written; what has its default is left out."""

    seq: int
    at: float = 0.0
    slot: str = ""
    event: str = ""
    env: str | None = None
    after: str | None = None
    command: str | None = None
    answer: str | None = None
    atr: str = ""
    why: str = ""
    masked: bool = False
    secret: bool = False
    hidden: int = 0
    answer_hidden: int = 0
    pin_form: str = ""
    refusals: Sequence[dict[str, Any]] = ()
    fault: Sequence[str] = ()
    notes: Sequence[str] = ()


class _PlainLine(Struct, omit_defaults=True, gc=False):
    """The same of an exchange in which nothing is hidden, and at which nothing was noted: in two thirds of the time."""

    seq: int
    at: float = 0.0
    slot: str = ""
    env: str | None = None
    after: str | None = None
    command: str | None = None
    answer: str | None = None


_ENCODER = msgspec.json.Encoder()


def header(about: Mapping[str, Any], *, unsafe: bool = False, slot: str = "") -> str:
    """The first line, or two lines if the trace will hold secrets. Without line end."""
    marked = {"slot": slot} if slot else {}
    first = _text({"trace": "dualcos", "format": FORMAT, **marked, **about})
    return f"{first}\n{banner(BANNER)}" if unsafe else first


def banner(text: str, slot: str = "") -> str:
    """A line of its own with a warning."""
    return _text({"banner": text} | ({"slot": slot} if slot else {}))


def written(record: RawRecord, seq: int, slot: str = "", *, secret: bool = False) -> bytes:
    """One line with its end. What is in ``record`` is in the line: mask it first, or say that it holds a ``secret``."""
    if isinstance(record, RawExchange):
        before, after = record.before, record.after if record.after != record.before else None
        sent, answer = record.command.hex().upper(), record.answer.hex().upper()
        hides = secret or record.hidden or record.answer_hidden
        if not (hides or record.events):
            return _ENCODER.encode(_PlainLine(seq, record.at, slot, before, after, sent, answer)) + b"\n"
        line = _Line(seq, record.at, slot, "", before, after, sent, answer)
        if hides:
            line.command = dotted(record.command, record.hidden)
            line.answer = DOT * record.answer_hidden + record.answer.hex().upper()
            line.hidden, line.answer_hidden = _count(record.hidden), record.answer_hidden
            line.masked, line.secret = bool(record.hidden or record.answer_hidden), secret
            line.pin_form = record.pin_form
    elif isinstance(record, RawPower):
        line = _Line(seq, record.at, slot, record.kind, atr=record.atr.hex().upper())
    else:
        command = dotted(record.command, record.hidden) if record.command is not None else None
        line = _Line(seq, record.at, slot, _SILENT, record.before, command=command, why=record.why)
        line.masked, line.secret, line.hidden = bool(record.hidden), secret, _count(record.hidden)
    if record.events:
        _note(record.events, line)
    if line.why.startswith(FAULT):  # what was done is told once more as the reason of the silence
        line.fault = [*line.fault, line.why]
    return _ENCODER.encode(line) + b"\n"


def dotted(command: bytes, hidden: Spans) -> str:
    """Hex with dots for what is hidden."""
    digits, at = "", 0
    for start, end in hidden:
        digits, at = digits + command[at:start].hex().upper() + DOT * (end - start), end
    return digits + command[at:].hex().upper()


def undotted(digits: str) -> tuple[bytes, Spans]:
    """What ``dotted`` has written: zeros for dots, and where they are. Raises ValueError."""
    hidden = tuple((one.start() // 2, one.end() // 2) for one in _DOTS.finditer(digits))
    return bytes.fromhex(_DOTS.sub(lambda one: "0" * len(one[0]), digits)), hidden


def _count(hidden: Spans) -> int:
    return sum(end - start for start, end in hidden)


def _note(events: Noticed, line: _Line) -> None:
    """Refusals as data. A decision of the bank's card is made of its own tables and kept as what it says."""
    refusals: list[dict[str, Any]] = []
    fault: list[str] = []
    notes: list[str] = []
    for _, event in events:
        if isinstance(event, Refused):
            reason = event.reason
            refusal = {"command": event.command, "sw": int(event.sw), "gate": reason.gate, "why": reason.why}
            refusal |= {"clause": reason.clause, "about": {name: as_json(each) for name, each in reason.about.items()}}
            if reason.settings:
                refusal["settings"] = [[as_json(each) for each in setting] for setting in reason.settings]
            refusals.append(refusal)
        else:
            (fault if event.topic == FAULT else notes).extend(noted(event))
    line.refusals, line.fault, line.notes = refusals or (), fault or (), notes or ()


# --- reading ----------------------------------------------------------------------------------------------------------


def read(lines: Iterable[str], *, may_be_empty: bool = False) -> RecordedTrace:
    """Read a trace back. Raises TraceError at the first line that is none, and where there is no command, unless it
    ``may_be_empty``.

    A last line that its recorder was killed in the midst of, without an end, is not read; the first must be whole.
    """
    slots: dict[str, Mapping[str, Any]] = {}
    found: list[Recorded] = []
    for number, fields in _objects(lines):
        slot = fields.get("slot", "")
        if not isinstance(slot, str):
            raise TraceError(f"line {number}: slot is text")
        if "trace" in fields:
            made = fields.get("format")
            if made not in (1, FORMAT):
                raise TraceError(f"line {number}: trace format {made}; this program reads 1 and {FORMAT}")
            slots[slot] = fields
        elif "banner" not in fields:
            seq = fields.get("seq", number)
            if not isinstance(seq, int):
                raise TraceError(f"line {number}: seq is a number")
            found.append(Recorded(number, seq, slot, _Reading(number, fields).record()))
    if not found and not may_be_empty:
        raise TraceError("no commands in it")
    return RecordedTrace(slots, tuple(found))


def _objects(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json_and_toml.from_json(line)
        except BadText as error:
            if number > 1 and line.startswith("{") and not line.endswith("\n"):
                return  # nothing is behind a line without an end
            raise TraceError(f"line {number}: {error}") from None
        if not isinstance(fields, dict):
            raise TraceError(f"line {number}: not a JSON object")
        yield number, fields


class _Reading:
    """One line's fields, taken by their type. Each method raises TraceError."""

    def __init__(self, number: int, fields: Mapping[str, Any]) -> None:
        self._number = number
        self._fields = fields

    def record(self) -> RawRecord:
        event = self._fields.get("event")
        if event is None:
            return self._exchange()
        if not isinstance(event, str) or event not in _EVENTS:
            raise self._error(f"event is one of {', '.join(sorted(_EVENTS))}")
        at, events = self._at(), self._events()
        if event == _SILENT:
            why = self._text("why") or self._text("text")
            command, hidden = self._dotted("command") if "command" in self._fields else (None, ())
            if command and not hidden:
                command, hidden = _with_hidden(command, self._count("hidden"))
            return RawSilence(command, why, self._label("env"), events, at, hidden)
        return RawPower(_POWER[event], self._bytes("atr"), events, at)

    def _exchange(self) -> RawExchange:
        command, hidden = self._dotted("command", needed=True)
        answer, dots = self._dotted("answer", needed=True)
        missing, cut = self._count("hidden"), self._count("answer_hidden")
        if dots:
            cut = dots[0][1] if dots[0][0] == 0 and len(dots) == 1 else self._no_hex("answer")
            answer = answer[cut:]
        elif not hidden:  # a line that leaves out what is hidden at the end
            if self._fields.get("masked") and not missing + cut:
                missing = 1  # an old line that does not say how many
            if "answer_hidden" not in self._fields and command[1:2] == bytes((INS_GET_RESPONSE,)):
                missing, cut = 0, missing  # it has one number for both; of this command only the answer can be secret
            command, hidden = _with_hidden(command, missing)
        before = self._label("env")
        after = self._label("after") or before
        form = self._text("pin_form") if hidden else ""
        return RawExchange(command, answer, before, after, self._events(), self._at(), hidden, cut, form)

    def _events(self) -> Noticed:
        events: list[Event] = [self._refused(each) for each in self._list("refusals", dict)]
        told = self._fields.get("reason")
        if isinstance(told, dict):  # in words: its sentence stands for the phrase that it was made of
            gate, text, clause = (str(told.get(name, "")) for name in ("gate", "text", "clause"))
            events.append(Refused(self._text("name"), StatusWord(0), Reason(gate, text, clause)))
        silence = self._fields.get("why")
        for note in (*self._list("fault", str), *self._list("notes", str)):
            if note == silence:
                continue
            topic, _, text = note.partition(": ")
            events.append(Noted(topic, text))
        return tuple(("", event) for event in events)

    def _refused(self, fields: Mapping[str, Any]) -> Refused:
        match fields:
            case {"gate": str(gate), "why": str(why), "about": dict(about)}:
                command, clause, sw = fields.get("command", ""), fields.get("clause", ""), fields.get("sw", 0)
                if isinstance(command, str) and isinstance(clause, str) and isinstance(sw, int) and 0 <= sw <= 0xFFFF:
                    try:
                        data = {name: from_json(each) for name, each in about.items()}
                        settings = recorded_settings(fields.get("settings", []))
                    except ValueError:
                        raise self._error("the data of a refusal") from None
                    return Refused(command, StatusWord(sw), Reason(gate, why, clause, data, settings))
        raise self._error("a refusal has gate, why, about, and a status word if any")

    def _bytes(self, key: str) -> bytes:
        value, dots = self._dotted(key)
        return value if not dots else self._no_hex(key)

    def _dotted(self, key: str, *, needed: bool = False) -> tuple[bytes, Spans]:
        """Hex as bytes, zeros for dots, and where they are."""
        value = self._fields.get(key, None if needed else "")
        if not isinstance(value, str):
            self._no_hex(key)
        try:
            return undotted(value)
        except ValueError:
            self._no_hex(key)

    def _no_hex(self, key: str) -> NoReturn:
        raise self._error(f'"{key}" must be hex')

    def _label(self, key: str) -> str | None:
        return self._text(key) if key in self._fields else None

    def _text(self, key: str) -> str:
        value = self._fields.get(key, "")
        if not isinstance(value, str):
            raise self._error(f"{key} is text")
        return value

    def _count(self, key: str) -> int:
        value = self._fields.get(key, 0)
        if not isinstance(value, int) or not 0 <= value <= _MOST_MISSING:
            raise self._error(f"{key} is a number of bytes, {_MOST_MISSING} at most")
        return value

    def _at(self) -> float:
        """Format 1 has the time as text, which nobody reads back."""
        value = self._fields.get("at", 0.0)
        if not isinstance(value, (int, float)):
            return 0.0
        if not 0 <= value < _LATEST:
            raise self._error("at is a time in seconds since 1970")
        return float(value)

    def _list(self, key: str, kind: type) -> list[Any]:
        value = self._fields.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
            raise self._error(f"{key} is a list")
        return value

    def _error(self, what: str) -> TraceError:
        return TraceError(f"line {self._number}: {what}")


def _with_hidden(command: bytes, missing: int) -> tuple[bytes, Spans]:
    """A command whose last ``missing`` bytes were left out, with zeros in their place: as many as Lc announces, as
    older lines count differently.
    """
    if not missing:
        return command, ()
    if len(command) in (5, 7):
        length = command[4] if len(command) == 5 else int.from_bytes(command[5:])
        le = 1 if len(command) == 5 else 2
        missing = length + le if missing > length else max(length, 1)
    missing = min(missing, _MOST_MISSING)
    return command + bytes(missing), ((len(command), len(command) + missing),)


def _text(fields: Mapping[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()
