"""Explained traces as lines of JSON, for programs that read words: one object an exchange or power event.

Nothing secret is in them: a command whose data are secret carries its header only and ``"masked": true``. Each line
with an answer made wrong on purpose has a ``fault``. (What a trace file keeps is ``trace_file_lines``.)
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from apdu.status import StatusWord
from dualcos.explain.explainer import Exchange, Happening, Power
from dualcos.explain.refusal_reasons import words
from firewall.trace import Reason

_SAID_ELSEWHERE = frozenset(("command", "place"))  # of a reason's data, in the line itself


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
    fields: dict[str, Any] = {"env": exchange.environment, "place": exchange.place}
    if exchange.masked:
        fields |= {"masked": True, "hidden": exchange.hidden + exchange.answer_hidden}
    fields |= {
        "command": _hex(exchange.command),
        "answer": _hex(exchange.answer + _word(exchange.sw)),
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


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _word(sw: StatusWord | None) -> bytes:
    return sw.to_bytes(2, "big") if sw is not None else b""


def _dumped(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)
