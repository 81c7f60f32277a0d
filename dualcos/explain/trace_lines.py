"""Explained traces as lines of JSON, for programs that read words: one object an exchange or power event.

Nothing secret is in them: two dots stand for each byte that is, and the line says ``"masked": true``. Each line with an
answer made wrong on purpose has a ``fault``. What has nothing to say is left out. (What a trace file keeps is
``trace_file_lines``.)
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from apdu.status import StatusWord
from dualcos.explain.catalogue_entry import Language, entry_id
from dualcos.explain.data_details import Detail
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.explainer import Exchange, Happening, Power
from dualcos.explain.finding_texts import finding_text, step_text
from dualcos.explain.refusal_reasons import words
from dualcos.explain.trace_file_lines import DOT, DottedHex, dotted
from dualcos.textforms.whole_texts import whole
from firewall.trace import Reason

_SAID_ELSEWHERE = frozenset(("command", "place"))  # of a reason's data, in the line itself
_Hex = Annotated[str, Meta(pattern=whole("([0-9A-F]{2})*"))]


class DetailLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that a command or an answer says."""

    name: Annotated[str, Meta(description="what it is")]
    zh: Annotated[str, Meta(description="名称")]
    text: Annotated[str, Meta(description="its value, for a person")]


class SettingLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A setting of the card that has decided."""

    path: Annotated[str, Meta(description="where it stands in a profile")]
    now: Annotated[bool | str | None, Meta(description="its value")]
    would: Annotated[
        bool | str | None,
        Meta(description="the value under which the command would be answered; null where it has only chosen the word"),
    ]


class ReasonLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the card refused."""

    id: Annotated[str, Meta(description="what `dualcos why` takes")]
    gate: Annotated[str, Meta(description="what was checked")]
    text: Annotated[str, Meta(description="the sentence in English")]
    zh: Annotated[str, Meta(description="拒绝原因")]
    clause: Annotated[str, Meta(description="where the rule stands")]
    why: Annotated[str, Meta(description="the short phrase that names the reason")]
    about: Annotated[
        dict[str, Any],
        Meta(description="what the sentence was made of: numbers as numbers, bytes in hex; its names depend on `why`"),
    ]
    settings: Annotated[list[SettingLine], Meta(description="those that have decided")]


class FindingLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which mistake an exchange shows."""

    kind: Annotated[str, Meta(description="its id for `dualcos why`")]
    certainty: Annotated[Literal["certain", "likely", "note"], Meta(description="how sure it is")]
    text: Annotated[str, Meta(description="what it says, in English")]
    zh: Annotated[str, Meta(description="诊断结果")]
    clause: Annotated[str, Meta(description="where the rule stands")] = ""
    step: Annotated[str, Meta(description="what to send or do next, in English")] = ""
    step_zh: Annotated[str, Meta(description="下一步")] = ""
    expected: Annotated[
        Any, Meta(description="what would have been right: bytes in hex, keys by name and check value")
    ] = None
    received: Annotated[Any, Meta(description="what came, or the wrong value that fits")] = None
    about: Annotated[dict[str, Any], Meta(description="what the words were made of")] = {}


class _Line(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, tag_field="schema"):
    seq: Annotated[int, Meta(description="its number, from 1")]
    at: Annotated[str, Meta(description="when, in UTC, ISO 8601")] = ""
    slot: Annotated[str, Meta(description="which reader's, if not the first")] = ""


class PowerLine(_Line, frozen=True, kw_only=True, tag="dualcos.power/1"):
    """The card was reset (``cold``, ``warm``), switched off, or was silent."""

    event: Annotated[Literal["cold", "warm", "off", "silent"], Meta(description="what happened")]
    atr: Annotated[_Hex, Meta(description="the answer to reset, in hex")] = ""
    text: Annotated[str, Meta(description="what is said of it")] = ""
    says: Annotated[list[DetailLine], Meta(description="what the ATR says")] = []
    fault: Annotated[list[str], Meta(description="what was done to the card on purpose")] = []
    notes: Annotated[list[str], Meta(description="what else the card noted")] = []


class ExchangeLine(_Line, frozen=True, kw_only=True, tag="dualcos.exchange/1"):
    """One command and its answer."""

    env: Annotated[str, Meta(description="the environment before it")]
    place: Annotated[str, Meta(description="the same, short, with the directory")]
    masked: Annotated[bool, Meta(description="dots stand for something secret")] = False
    hidden: Annotated[int, Meta(description="how many bytes are secret")] = 0
    command: Annotated[DottedHex, Meta(description="in hex")]
    answer: Annotated[DottedHex, Meta(description="in hex, with its status word")]
    sw: Annotated[str, Meta(description="the status word, empty without one")]
    name: Annotated[str, Meta(description="what the command is called")]
    zh: Annotated[str, Meta(description="命令名称")]
    meaning: Annotated[str, Meta(description="what it is about")] = ""
    after: Annotated[str, Meta(description="the environment behind it, where that is another")] = ""
    sent: Annotated[list[DetailLine], Meta(description="what its data say")] = []
    received: Annotated[list[DetailLine], Meta(description="what the data of the answer say")] = []
    reason: Annotated[ReasonLine | None, Meta(description="why the card refused it")] = None
    findings: Annotated[list[FindingLine], Meta(description="which mistake it shows, the surest first")] = []
    fault: Annotated[list[str], Meta(description="what was made of the answer on purpose")] = []
    notes: Annotated[list[str], Meta(description="what else the card noted")] = []


def encode(happening: Happening, slot: str = "", at: str = "") -> str:
    """One line, without line end. ``slot`` names the reader's slot if it is not the first."""
    return json.dumps(msgspec.to_builtins(happening_facts(happening, slot, at)), ensure_ascii=False)


def happening_facts(happening: Happening, slot: str = "", at: str = "") -> PowerLine | ExchangeLine:
    """What a line says, as facts."""
    return _power(happening, slot, at) if isinstance(happening, Power) else _exchange(happening, slot, at)


def _power(power: Power, slot: str, at: str) -> PowerLine:
    return PowerLine(
        seq=power.seq,
        at=at,
        slot=slot,
        event=power.kind,
        atr=_hex(power.atr),
        text=power.text,
        says=[_detail(detail) for detail in power.says],
        fault=list(power.faults),
        notes=_other_notes(power),
    )


def _exchange(exchange: Exchange, slot: str, at: str) -> ExchangeLine:
    return ExchangeLine(
        seq=exchange.seq,
        at=at,
        slot=slot,
        env=exchange.environment,
        place=exchange.place,
        masked=exchange.masked,
        hidden=sum(end - start for start, end in exchange.hidden) + exchange.answer_hidden,
        command=dotted(exchange.command, exchange.hidden),
        answer=DOT * exchange.answer_hidden + _hex(exchange.answer + _word(exchange.sw)),
        sw=str(exchange.sw) if exchange.sw is not None else "",
        name=exchange.name,
        zh=exchange.zh,
        meaning=exchange.meaning,
        after=exchange.after if exchange.after != exchange.environment else "",
        sent=[_detail(detail) for detail in exchange.sent],
        received=[_detail(detail) for detail in exchange.received],
        reason=reason_facts(exchange.reasons[-1]) if exchange.reasons else None,
        findings=[finding_facts(found) for found in exchange.findings],
        fault=list(exchange.faults),
        notes=_other_notes(exchange),
    )


def finding_facts(found: Diagnosis) -> FindingLine:
    """A finding as facts, with its words in both languages."""
    return FindingLine(
        kind=found.kind,
        certainty=found.certainty.value,
        text=finding_text(found),
        zh=finding_text(found, Language.CHINESE),
        clause=found.clause,
        step=step_text(found),
        step_zh=step_text(found, Language.CHINESE),
        expected=_datum(found.expected),
        received=_datum(found.received),
        about={name: _datum(value) for name, value in found.about.items()},
    )


def _detail(detail: Detail) -> DetailLine:
    return DetailLine(name=detail.name, zh=detail.zh, text=detail.text)


def reason_facts(reason: Reason) -> ReasonLine:
    """A reason as facts, with its words in both languages."""
    about = {name: _datum(value) for name, value in reason.about.items() if name not in _SAID_ELSEWHERE}
    settings = [SettingLine(path=each.path, now=_value(each.now), would=_value(each.would)) for each in reason.settings]
    return ReasonLine(
        id=entry_id(reason.why),
        gate=reason.gate,
        text=words(reason),
        zh=words(reason, Language.CHINESE),
        clause=reason.clause,
        why=reason.why,
        about=about,
        settings=settings,
    )


def _value(value: int | str | None) -> bool | str | None:
    """A setting's value as a profile has it."""
    return value if value is None or isinstance(value, bool) else str(value)


def _datum(value: Any) -> Any:  # noqa: ANN401 - whatever a Datum holds, as JSON has it
    if isinstance(value, Enum):
        return _datum(value.value)
    if isinstance(value, bytes):
        return value.hex().upper()
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        return dict(zip(fields, map(_datum, value), strict=True)) if fields else [*map(_datum, value)]
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _other_notes(happening: Happening) -> list[str]:
    """What was noted besides that the answer is not the card's own."""
    return [note for note in happening.notes if note not in happening.faults]


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _word(sw: StatusWord | None) -> bytes:
    return sw.to_bytes(2, "big") if sw is not None else b""
