"""The kinds of misbehaviour, each a value a script can hold. The classes are the schema: unknown fields are refused.

``executed`` (where a kind has it): whether the card carried the command out before it went wrong; if not, the command
never reached it. ``bytes``: so many bytes are still programmed before power ends (0: none), as a vector's ``cut``.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from dualcos.textforms.field_rules import FieldRule
from dualcos.textforms.whole_texts import whole

Word = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{4}"))]
Octets = Annotated[str, Meta(pattern=whole("([0-9A-Fa-f]{2})*"))]
Octet = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f]{2}"))]
Seconds = Annotated[float, Meta(gt=0, le=600)]
LONGEST = 0xFFFF - 2  # data both readers carry: vpcd has two bytes of length for answer and status word
Ticks = Annotated[int, Meta(ge=0)]
Executed = Annotated[
    bool, Meta(description="the card carried the command out before; if not, it never reached the card")
]
_BYTES = Meta(description="so many bytes are still programmed before power ends; 0: none")


class Mute(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="mute"):
    """No answer, and none to anything else until the next reset."""

    executed: Executed = True


class Delay(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="delay"):
    """The right answer, ``seconds`` late."""

    seconds: Annotated[Seconds, Meta(description="how late")]


class Answer(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="answer"):
    """Another answer: status word ``sw``, and ``data`` in hex; without ``data`` the card's own stay."""

    sw: Annotated[Word, Meta(description="状态字: the status word")]
    data: Annotated[Octets | None, Meta(description="other data, hex; without it the card's own stay")] = None
    executed: Executed = True


class Truncate(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="truncate"):
    """Only the first ``keep`` bytes of the data; the status word follows only if ``status``."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule("nothing would be left of the answer; that is kind mute", needs=("keep", "status")),
    )

    keep: Annotated[int, Meta(ge=0, description="so many bytes of the data stay")]
    status: Annotated[bool, Meta(description="the status word follows them")] = False


class Flip(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="flip"):
    """So many single bits wrong, anywhere in the data, in the status word, or in both (chosen by the seed)."""

    bits: Annotated[int, Meta(ge=1, le=64, description="how many")] = 1
    where: Annotated[Literal["data", "status", "answer"], Meta(description="where they may be")] = "data"


class Lengthen(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="over-long"):
    """Data made ``length`` bytes long with ``fill`` behind them: more than the terminal asked for."""

    length: Annotated[int, Meta(ge=1, le=LONGEST, description="how long the data become")]
    fill: Annotated[Octet, Meta(description="what they are filled with, a byte in hex")] = "FF"


Shape = Literal["length-beyond", "length-huge", "length-indefinite", "tag-endless", "nested", "cut-short", "twice"]


class Malform(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="malformed-tlv"):
    """A TLV answer no parser should trust: see ``dualcos.lab.faults.bent_answers`` for each shape."""

    shape: Annotated[Shape, Meta(description="what is wrong with it")]


class Remove(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="remove"):
    """Pulled out of the reader: before the command, behind it with its answer lost, or (``bytes``) while it writes.

    ``back``: put in again so many seconds later; without it, by hand.
    """

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule("a command that never reached the card programs no bytes", when=("bytes",), never=("executed",)),
    )

    executed: Executed = True
    bytes: Annotated[Ticks | None, _BYTES] = None
    back: Annotated[Seconds | None, Meta(description="put in again so many seconds later; without it, by hand")] = None


class PowerCut(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="power-cut"):
    """Power ends while the command programs; the card stays in the reader, mute until the next reset."""

    bytes: Annotated[Ticks, _BYTES]


Fault = Mute | Delay | Answer | Truncate | Flip | Lengthen | Malform | Remove | PowerCut
ON_RESET = (Mute, Delay, Remove)
"""What can also happen to a reset (no ATR, a late one, pulled during it)."""
