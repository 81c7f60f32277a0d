"""Explanations as text: columns that line up, also with Chinese in them; hex in groups; colour by role.

``Paint`` gives a piece of text its colour by the role it plays; ``plain`` gives none.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from apdu.status import StatusWord
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.data_details import Detail, unseen
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.explainer import FAULT, Exchange, Happening, Power
from dualcos.explain.finding_texts import certainty_text, finding_text, step_text
from dualcos.explain.refusal_reasons import words
from dualcos.explain.secret_parts import Spans

Role = Literal["seq", "good", "warn", "bad", "place", "name", "faint", "value", "reason", "advice"]
Paint = Callable[[Role, str], str]

_INDENT = " " * 12
_PLACE, _NAME = 10, 36
_HEX_ROW = 32
_LABEL, _VALUE, _FINDING = 60, 96, 120
_GROUP = 4
_WIDE = frozenset("WF")
_DOTS = "••••"
_SHORT = ((0, 4), (4, 5), (5, 0x10000))
_POWER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cold": ("power on", "上电复位"),
        "warm": ("reset", "热复位"),
        "off": ("power off", "下电"),
        "silent": ("mute", "无应答"),
    }
)


def plain(role: Role, text: str) -> str:  # noqa: ARG001 - the shape every Paint has
    """No colour."""
    return text


def width(text: str) -> int:
    """Columns ``text`` takes on a terminal: two for a wide character, none for a combining one."""
    return sum(
        2 if unicodedata.east_asian_width(char) in _WIDE else 0 if unicodedata.combining(char) else 1 for char in text
    )


def pad(text: str, columns: int) -> str:
    """``text`` with blanks up to ``columns``."""
    return text + " " * max(0, columns - width(text))


def grouped(raw: bytes, size: int = _GROUP) -> str:
    """Hex, ``size`` bytes to a group."""
    return " ".join(raw[at : at + size].hex().upper() for at in range(0, len(raw), size))


def command_hex(raw: bytes, hidden: Spans = ()) -> str:
    """A command: header byte by byte, Lc or Le, data in groups; dots for what is hidden."""
    if hidden:
        return _with_dots(raw, hidden)
    head, rest = grouped(raw[:4], 1), raw[4:]
    parts = [head]
    if rest and rest[0] and len(rest) > rest[0]:
        parts += [f"{rest[0]:02X}", grouped(rest[1 : 1 + rest[0]])]
        parts += [grouped(rest[1 + rest[0] :], 1)] if len(rest) > 1 + rest[0] else []
    elif rest:
        parts.append(grouped(rest, 1 if len(rest) == 1 else _GROUP))
    return "  ".join(parts)


def _with_dots(raw: bytes, hidden: Spans) -> str:
    """Header, Lc and the pieces that are shown between those that are not."""
    parts: list[str] = []
    at = 0
    for start, end in (*hidden, (len(raw), len(raw))):
        for first, behind in ((0, 4), (4, 7), (7, len(raw))) if _is_extended(raw) else _SHORT:
            shown = raw[max(first, at) : min(behind, start)]
            parts += [grouped(shown, 1 if first < 7 and behind < 8 else _GROUP)] if shown else []
        if end > start:
            parts.append(f"{_DOTS} {unseen(end - start)}")
        at = end
    return "  ".join(parts)


def _is_extended(raw: bytes) -> bool:
    return len(raw) > 7 and raw[4] == 0


def line(happening: Happening, paint: Paint = plain) -> str:
    """One line; under a refusal one more with the card's reason, and one with advice if there is any."""
    if isinstance(happening, Power):
        return _power(happening, paint)
    value = _single(happening)
    first = (
        _head(happening, paint).rstrip() + _marked(happening, paint) + (f" = {paint('value', value)}" if value else "")
    )
    return "\n".join((first.rstrip(), *_why(happening, paint)))


def text(happening: Happening, paint: Paint = plain) -> str:
    """The same with command, answer and everything they say, indented below; no line end behind the last."""
    if isinstance(happening, Power):
        return "\n".join((_power(happening, paint), *_details(happening.says, paint)))
    lines = [_head(happening, paint).rstrip() + _marked(happening, paint)]
    lines += _block("→", command_hex(happening.command, happening.hidden), paint)
    lines += _details(happening.sent, paint)
    lines += _block("←", _answer(happening), paint)
    lines += _details(happening.received, paint)
    lines += _why(happening, paint)
    return "\n".join(lines)


def _head(exchange: Exchange, paint: Paint) -> str:
    return "  ".join(
        (
            paint("seq", f"{exchange.seq:>4}"),
            paint(role_of(exchange), str(exchange.sw) if exchange.sw is not None else "----"),
            paint("place", pad(exchange.place, _PLACE)),
            pad(f"{exchange.name} {exchange.zh}", _NAME)
            if paint is plain
            else paint("name", exchange.name) + pad(f" {exchange.zh}", _NAME - width(exchange.name)),
            exchange.meaning,
        )
    )


def _marked(happening: Happening, paint: Paint) -> str:
    """In the line itself, so that nobody takes the answer for the card's own."""
    return f"  {paint('bad', FAULT)}" if happening.faults else ""


def role_of(exchange: Exchange) -> Role:
    """How an answer looks: done, to be fetched or asked again, refused."""
    sw = exchange.sw
    if sw is None:
        return "bad"
    return "good" if sw.is_success else "warn" if sw.sw1 in (0x62, 0x6C) else "bad"


def _single(exchange: Exchange) -> str:
    """The value of an answer that says exactly one thing."""
    return exchange.received[0].text if len(exchange.received) == 1 else ""


def _why(exchange: Exchange, paint: Paint) -> list[str]:
    lines = []
    for reason in exchange.reasons:
        clause = f"  [{reason.clause}]" if reason.clause else ""
        lines.append(f"{_INDENT}{paint('reason', f'✗ {reason.gate}: {words(reason)}')}{paint('faint', clause)}")
        chinese = words(reason, Language.CHINESE)
        lines += [f"{_INDENT}{paint('reason', f'  {chinese}')}"] if chinese != words(reason) else []
    if not exchange.reasons and exchange.refused:
        lines.append(f"{_INDENT}{paint('reason', f'✗ {exchange.status}')}")
    return lines + [line for found in exchange.findings for line in _finding(found, paint)] + _notes(exchange, paint)


def _finding(found: Diagnosis, paint: Paint) -> list[str]:
    """One finding in both languages, and what to do; its id is what `dualcos why` takes."""
    lines = []
    for language in Language:
        sure, step = certainty_text(found, language), step_text(found, language)
        told = f"{sure}: {finding_text(found, language)}" + (f"; {step}" if step else "")
        mark = f"  [{found.kind}]" if language is Language.ENGLISH else ""
        first, *more = textwrap.wrap(told, _FINDING, break_long_words=False) or [""]
        sign = "?" if language is Language.ENGLISH else " "
        lines.append(f"{_INDENT}{paint('advice', f'{sign} {first}')}" + ("" if more else paint("faint", mark)))
        lines += [f"{_INDENT}{paint('advice', f'  {piece}')}" for piece in more]
        if more:
            lines[-1] += paint("faint", mark)
    return lines


def _notes(happening: Happening, paint: Paint) -> list[str]:
    return [f"{_INDENT}{paint('advice', f'» {note}')}" for note in happening.notes]


def _answer(exchange: Exchange) -> str:
    data = f"{_DOTS} {exchange.answer_hidden} bytes" if exchange.answer_hidden else grouped(exchange.answer)
    word = word_text(exchange.sw, exchange.status)
    return f"{data}\n{word}" if len(exchange.answer) > _HEX_ROW else f"{data}  {word}" if data else word


def word_text(sw: StatusWord | None, status: str) -> str:
    """A status word with its meaning."""
    return f"{sw}  {status}" if sw is not None else status


def _block(mark: str, shown: str, paint: Paint) -> list[str]:
    """Hex behind an arrow, wrapped between groups."""
    lines = []
    for piece in shown.split("\n"):
        lines += textwrap.wrap(piece, 9 * _HEX_ROW // _GROUP + 24, break_long_words=False, drop_whitespace=True)
    return [f"{_INDENT}{paint('faint', mark if at == 0 else ' ')} {piece}" for at, piece in enumerate(lines)]


def _details(details: Iterable[Detail], paint: Paint) -> list[str]:
    shown = [(f"{one.name} {one.zh}", one.text) for one in details]
    column = min(max((width(label) for label, _ in shown), default=0), _LABEL)
    lines = []
    for label, value in shown:
        first, *more = textwrap.wrap(value, _VALUE, break_long_words=False) or [""]
        lines.append(f"{_INDENT}    {paint('faint', pad(label, column))}  {paint('value', first)}")
        lines += [f"{_INDENT}    {' ' * column}  {paint('value', piece)}" for piece in more]
    return lines


def _power(power: Power, paint: Paint) -> str:
    name, zh = _POWER[power.kind]
    said = f"ATR {grouped(power.atr, 1)}" if power.atr else power.text
    first = f"{paint('seq', f'{power.seq:>4}')}  {paint('faint', '----')}  {paint('name', name)} {zh}  {said}".rstrip()
    mark = "" if FAULT in said else _marked(power, paint)
    return "\n".join((first + mark, *_notes(power, paint)))


def columns(rows: Iterable[Iterable[str]], gap: str = "  ") -> list[str]:
    """``rows`` as lines whose cells line up; the last cell of a row is as long as it is."""
    table = [tuple(row) for row in rows]
    count = max((len(row) for row in table), default=0)
    widths = [max((width(row[at]) for row in table if at < len(row)), default=0) for at in range(count)]
    return [gap.join(pad(cell, widths[at]) for at, cell in enumerate(row)).rstrip() for row in table]
