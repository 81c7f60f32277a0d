"""Traces as lines of JSON: one object a line, to be kept, searched and sent again.

First line: what was traced. Then one line per command or power event. A command whose data are secret carries its
header only and ``"masked": true``; a trace that holds secrets, or answers made wrong on purpose, says so in a line of
its own, right at the top, and each line with such an answer has a ``fault``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from apdu.status import StatusWord
from dualcos.explain.explainer import Exchange, Happening, Power
from dualcos.explain.refusal_reasons import words
from firewall.trace import Reason

FORMAT = 1
BANNER = "UNSAFE: PINs and keys stand in this file in clear. Delete it when you are done. 本文件含明文密码和密钥"
_EVENTS = frozenset(("cold", "warm", "off", "silent"))
_SAID_ELSEWHERE = frozenset(("command", "place"))  # of a reason's data, in the line itself


class TraceError(ValueError):
    """The text is no trace; the message names the line."""


class Recorded(NamedTuple):
    """One line of a trace, as far as it takes to send it again.

    ``event`` is ``command`` or a power event. ``command`` is None where it was masked; ``expected`` is the whole
    answer (data, SW1, SW2), for a power event the ATR. ``fault``: that answer was made wrong on purpose.
    """

    line: int
    seq: int
    event: str
    name: str = ""
    command: bytes | None = None
    expected: bytes = b""
    slot: str = ""
    fault: bool = False


class RecordedTrace(NamedTuple):
    """A trace read back: what the first line said (card, seed), and the lines."""

    about: Mapping[str, Any]
    lines: tuple[Recorded, ...]


def header(about: Mapping[str, Any], *, unsafe: bool = False) -> str:
    """The first line, or two lines if the trace will hold secrets. Without line end."""
    first = _dumped({"trace": "dualcos", "format": FORMAT, **about})
    return f"{first}\n{banner(BANNER)}" if unsafe else first


def encode(happening: Happening, slot: str = "", **extra: str) -> str:
    """One line, without line end. ``slot`` names the reader's slot if it is not the first."""
    fields: dict[str, Any] = {"seq": happening.seq, **extra}
    if slot:
        fields["slot"] = slot
    if isinstance(happening, Power):
        fields["event"] = happening.kind
        if happening.atr:
            fields["atr"] = _hex(happening.atr)
        if happening.text:
            fields["text"] = happening.text
        return _dumped(fields | _marked(happening))
    return _dumped(fields | _exchange(happening))


def _exchange(exchange: Exchange) -> dict[str, Any]:
    command, answer = exchange.command, exchange.answer + _word(exchange.sw)
    fields: dict[str, Any] = {"env": exchange.environment, "place": exchange.place}
    if exchange.clear is not None:
        command, answer = exchange.clear
        fields |= {"secret": True} if exchange.masked else {}
    elif exchange.masked:
        fields |= {"masked": True, "hidden": exchange.hidden + exchange.answer_hidden}
    fields |= {
        "command": _hex(command),
        "answer": _hex(answer),
        "sw": str(exchange.sw) if exchange.sw is not None else "",
        "name": exchange.name,
        "zh": exchange.zh,
    }
    if exchange.meaning:
        fields["meaning"] = exchange.meaning
    if exchange.after != exchange.environment:
        fields["after"] = exchange.after
    for key, details in (("sent", exchange.sent), ("received", exchange.received)):
        if details:
            fields[key] = [detail._asdict() for detail in details]
    if exchange.reasons:
        fields["reason"] = _reason(exchange.reasons[-1])
    return fields | _marked(exchange)


def _reason(reason: Reason) -> dict[str, Any]:
    """The sentence, and what it was made of: numbers as numbers, bytes in hex."""
    about = {name: _datum(value) for name, value in reason.about.items() if name not in _SAID_ELSEWHERE}
    return {"gate": reason.gate, "text": words(reason), "clause": reason.clause, "why": reason.why, "about": about}


def _datum(value: Any) -> Any:  # noqa: ANN401 - whatever a Datum holds, as JSON has it
    if isinstance(value, Enum):
        return _datum(value.value)
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        return dict(zip(fields, map(_datum, value), strict=True)) if fields else [*map(_datum, value)]
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _marked(happening: Happening) -> dict[str, Any]:
    """What else was noted; and that the answer is not the card's own, where it is not."""
    fields: dict[str, Any] = {"fault": list(happening.faults)} if happening.faults else {}
    others = [note for note in happening.notes if note not in happening.faults]
    return fields | ({"notes": others} if others else {})


def banner(text: str, slot: str = "") -> str:
    """A line of its own with a warning."""
    return _dumped({"banner": text} | ({"slot": slot} if slot else {}))


def read(lines: Iterable[str]) -> RecordedTrace:
    """Read a trace back. Raises TraceError at the first line that is none."""
    about: Mapping[str, Any] = {}
    found: list[Recorded] = []
    for number, fields in _objects(lines):
        if "trace" in fields:
            if fields.get("format") != FORMAT:
                raise TraceError(f"line {number}: trace format {fields.get('format')}; this program reads {FORMAT}")
            about = fields
        elif "banner" not in fields:
            found.append(_recorded(number, fields))
    if not found:
        raise TraceError("no commands in it")
    return RecordedTrace(about, tuple(found))


def _objects(lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError:
            raise TraceError(f"line {number}: not JSON") from None
        if not isinstance(fields, dict):
            raise TraceError(f"line {number}: not a JSON object")
        yield number, fields


def _recorded(number: int, fields: Mapping[str, Any]) -> Recorded:
    seq, slot, name = fields.get("seq", number), fields.get("slot", ""), fields.get("name", "")
    if not (isinstance(seq, int) and isinstance(slot, str) and isinstance(name, str)):
        raise TraceError(f"line {number}: seq is a number, slot and name are text")
    event, fault = fields.get("event"), "fault" in fields
    if event is not None:
        if event not in _EVENTS:
            raise TraceError(f"line {number}: event {event!r} is none of {', '.join(sorted(_EVENTS))}")
        return Recorded(number, seq, event, name, None, _bytes(number, fields, "atr"), slot, fault)
    command = None if fields.get("masked") else _bytes(number, fields, "command", needed=True)
    answer = _bytes(number, fields, "answer", needed=True)
    return Recorded(number, seq, "command", name, command, answer, slot, fault)


def _bytes(number: int, fields: Mapping[str, Any], key: str, *, needed: bool = False) -> bytes:
    value = fields.get(key)
    if value is None and not needed:
        return b""
    try:
        return bytes.fromhex(value) if isinstance(value, str) else _no_hex(number, key)
    except ValueError as error:
        raise TraceError(f'line {number}: "{key}" must be hex') from error


def _no_hex(number: int, key: str) -> bytes:
    raise TraceError(f'line {number}: "{key}" must be hex')


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _word(sw: StatusWord | None) -> bytes:
    return sw.to_bytes(2, "big") if sw is not None else b""


def _dumped(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
