"""The kinds of misbehaviour, each a value a script can hold. The classes are the schema: unknown fields are refused.

``executed`` (where a kind has it): whether the card carried the command out before it went wrong; if not, the command
never reached it. ``bytes``: so many bytes are still programmed before power ends (0: none), as a vector's ``cut``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Word = Annotated[str, Meta(pattern="^[0-9A-Fa-f]{4}$")]
Octets = Annotated[str, Meta(pattern="^([0-9A-Fa-f]{2})*$")]
Octet = Annotated[str, Meta(pattern="^[0-9A-Fa-f]{2}$")]
Seconds = Annotated[float, Meta(gt=0, le=600)]
LONGEST = 0xFFFF - 2  # data both readers carry: vpcd has two bytes of length for answer and status word
Ticks = Annotated[int, Meta(ge=0)]


class Mute(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="mute"):
    """No answer, and none to anything else until the next reset."""

    executed: bool = True


class Delay(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="delay"):
    """The right answer, ``seconds`` late."""

    seconds: Seconds


class Answer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="answer"):
    """Another answer: status word ``sw``, and ``data`` in hex; without ``data`` the card's own stay."""

    sw: Word
    data: Octets | None = None
    executed: bool = True


class Truncate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="truncate"):
    """Only the first ``keep`` bytes of the data; the status word follows only if ``status``."""

    keep: Annotated[int, Meta(ge=0)]
    status: bool = False


class Flip(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="flip"):
    """So many single bits wrong, anywhere in the data, in the status word, or in both (chosen by the seed)."""

    bits: Annotated[int, Meta(ge=1, le=64)] = 1
    where: Literal["data", "status", "answer"] = "data"


class Lengthen(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="over-long"):
    """Data made ``length`` bytes long with ``fill`` behind them: more than the terminal asked for."""

    length: Annotated[int, Meta(ge=1, le=LONGEST)]
    fill: Octet = "FF"


Shape = Literal["length-beyond", "length-huge", "length-indefinite", "tag-endless", "nested", "cut-short", "twice"]


class Malform(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="malformed-tlv"):
    """A TLV answer no parser should trust: see ``dualcos.lab.faults.bent_answers`` for each shape."""

    shape: Shape


class Remove(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="remove"):
    """Pulled out of the reader: before the command, behind it with its answer lost, or (``bytes``) while it writes.

    ``back``: put in again so many seconds later; without it, by hand.
    """

    executed: bool = True
    bytes: Ticks | None = None
    back: Seconds | None = None


class PowerCut(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="power-cut"):
    """Power ends while the command programs; the card stays in the reader, mute until the next reset."""

    bytes: Ticks


Fault = Mute | Delay | Answer | Truncate | Flip | Lengthen | Malform | Remove | PowerCut
ON_RESET = (Mute, Delay, Remove)
"""What can also happen to a reset (no ATR, a late one, pulled during it)."""
