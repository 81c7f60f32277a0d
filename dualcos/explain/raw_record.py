"""What passed a card, raw (原始记录): the one form in which recorders, traces, reports and failures keep it.

Bytes, the environments before and behind, what the card noted, and when. Words are made of it when somebody reads
(``Explainer.explain``); until then nothing is looked at, so that keeping costs next to nothing.

A record holds PINs and keys if the command did. Its ``repr`` shows none; who lets one out of the process takes
``SecretMasking`` first.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from dualcos.explain.secret_parts import Spans, secret_parts
from firewall.trace import Event

Noticed = tuple[tuple[str, Event], ...]
"""What was noted meanwhile, by whom, in order (as ``TraceBuffer.take`` gives it)."""


# gc=False: nothing in a record can lead back to it, and a long trace would be walked again and again.
class RawExchange(Struct, frozen=True, gc=False):
    """One command with its answer. ``before``, ``after``: labels as ``Card.environment`` gives them; None: not known.

    ``at``: seconds since 1970, 0 if nobody looked at a clock. ``hidden``: where ``command`` has zeros for bytes that
    are secret, from the first to behind the last of each piece; ``answer`` lacks ``answer_hidden`` bytes before its
    status word. ``pin_form``: of a PIN that is hidden, and was refused, in which form it came (``PinForm``).
    """

    command: bytes
    answer: bytes
    before: str | None = None
    after: str | None = None
    events: Noticed = ()
    at: float = 0.0
    hidden: Spans = ()
    answer_hidden: int = 0
    pin_form: str = ""

    def __repr__(self) -> str:
        answer = f"{_length(self.answer[:-2])}{self.answer[-2:].hex().upper()}"
        return f"RawExchange({header_shown(self.command)} -> {answer})"


class RawSilence(Struct, frozen=True, gc=False):
    """No answer came to ``command`` (empty: to a reset; None: it was not kept), and ``why``."""

    command: bytes | None
    why: str
    before: str | None = None
    events: Noticed = ()
    at: float = 0.0
    hidden: Spans = ()

    def __repr__(self) -> str:
        return f"RawSilence({header_shown(self.command or b'')}, {self.why})"


class RawPower(Struct, frozen=True, gc=False):
    """A cold or warm reset with its ``atr``, or power off."""

    kind: Literal["cold", "warm", "off"]
    atr: bytes = b""
    events: Noticed = ()
    at: float = 0.0


RawRecord = RawExchange | RawSilence | RawPower


def header_shown(command: bytes) -> str:
    """A command in one word or two: as much of the header as is no secret, and how many bytes follow. Total."""
    spans = secret_parts(None, command).spans
    head = command[: min(spans[0][0], 4) if spans else 4]
    return " ".join(piece for piece in (head.hex().upper(), _length(command[len(head) :]).rstrip()) if piece)


def _length(data: bytes) -> str:
    return f"+{len(data)} " if data else ""
