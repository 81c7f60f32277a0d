"""What commands say, as data: the kinds of fields and words that a stack declares and that an explainer reads.

Nothing here or in a stack interprets them. What needs tables, or what was seen on the card before, is named by a string
that the explainer resolves: a value in a template (``{file}``), a value that chooses (``Words.of``, ``Choice.of``), a
``Decoder``. Words are English with the standards' Chinese terms behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

# --- words ------------------------------------------------------------------------------------------------------------


class Words(NamedTuple):
    """One of several texts: that of the value named ``of``, under ``mask``. Made by ``words``.

    ``otherwise`` is for what no case names, ``{value}`` in it the value; ``absent`` for a value that is not there (no
    file is selected).
    """

    of: str
    cases: Mapping[int, Word]
    otherwise: Word
    mask: int
    absent: str


Word = str | Words
"""A template whose placeholders name values (``record {p1}``), or a choice of them."""


def words(of: str, cases: Mapping[int, Word], otherwise: Word = "", *, mask: int = -1, absent: str = "") -> Words:
    """Words by a value; what was said once cannot change."""
    return Words(of, MappingProxyType(dict(cases)), otherwise, mask, absent)


class SecretForm(NamedTuple):
    """How the class byte says that a secret travels: plain or enciphered, with MAC or without (``making.keys``).

    The secret itself is never read.
    """


# --- fields -----------------------------------------------------------------------------------------------------------


class Fixed(NamedTuple):
    """``length`` bytes (0: the rest) with a name; ``reads``: as a person would read them, empty for hexadecimal."""

    name: str
    zh: str
    length: int
    reads: Word = ""


class Concealed(NamedTuple):
    """``length`` bytes (0: the rest) that are the secret, in a row that carries one: a PIN, a key, or either
    enciphered. What no field takes there is concealed too.
    """

    name: str
    zh: str
    length: int = 0


class Repeated(NamedTuple):
    """Pieces of ``length`` bytes, numbered by ``{number}``, while something is left for the field behind them."""

    name: str
    zh: str
    length: int


class Elements(NamedTuple):
    """Data elements in TLV by their registered names, templates opened."""


class Objects(NamedTuple):
    """Data objects in TLV by names of the stack's own; nothing if they are no TLV. ``length`` of one (0: any) is asked
    for beside a secret only. Among the pieces of a meaning: what those say that choose ``reads`` from words.
    """

    by_tag: Mapping[int, Fixed | Concealed]


class Untagged(NamedTuple):
    """Values without tags in ``template`` (response format 1): tag and length of each, 0 for the rest. In any other
    template they are ``Elements``.
    """

    template: int
    elements: tuple[tuple[int, int], ...]


class ByList(NamedTuple):
    """Values in the order of a data object list that the card gave in this session, by the list's tag; the bytes alone
    if it gave none or they do not fit. ``template``: tag of the template they may stand in.
    """

    tag: int
    template: int | None = None


class ByTable(NamedTuple):
    """A record of the file that the command means, by the file tables."""


class MacTail(NamedTuple):
    """The last ``length`` bytes, always the last field. ``optional``: only where the class says it is secured (b3)."""

    name: str
    length: int
    optional: bool = False


class Decoder(NamedTuple):
    """What is left, read by the explainer's decoder of this name."""

    name: str


class Choice(NamedTuple):
    """These fields if the value named ``of`` is there and not 0, else those."""

    of: str
    there: tuple[Field, ...]
    absent: tuple[Field, ...]


Field = Fixed | Concealed | Repeated | Elements | Objects | Untagged | ByList | ByTable | MacTail | Decoder | Choice
"""One field of data. The set is closed."""

Phrase = Word | SecretForm | Objects
"""One piece of a meaning. The set is closed."""

WHOLE = Fixed("data", "数据", 0)


class Says(NamedTuple):
    """What one command says: ``meaning`` of P1 P2 and what they point at, fields of the data ``sent`` and ``received``.

    Data are cut from the front, field by field; what no field takes is shown behind them if there are any.
    """

    meaning: tuple[Phrase, ...] = ()
    sent: tuple[Field, ...] = ()
    received: tuple[Field, ...] = (WHOLE,)


# --- what commands say in every stack that does not say otherwise: ISO 7816-4, the maker's dialect --------------------

NOTHING = Says()
OTHER = ""
"""Stands for a row's name: what a stack says of commands that it has no row for."""

MAC = Fixed("MAC", "MAC", 4)
LOADED_KEY = (Decoder("loaded key"), MacTail("MAC", 4, optional=True))
"""What WRITE KEY brings: in clear, a header that is no secret and the value; else all of it enciphered."""
ENCIPHERED_WITH_MAC = (Concealed("enciphered", "密文"), MacTail("MAC", 4))
AUTHENTICATION = (
    Fixed("authentication data", "鉴别数据", 8),
    Fixed("original information", "原始信息", 8),
    Fixed("key version", "密钥版本", 1),
)
_RECORD = (
    "{file}, ",
    words(
        "p2",
        {
            0: "first with identifier {p1:02X}",
            1: "last with identifier {p1:02X}",
            2: "next with identifier {p1:02X}",
            3: "previous with identifier {p1:02X}",
            4: "record {p1}",
            5: "records from {p1} to the last",
            6: "records from the last to {p1}",
            7: "P2 mode 7",
        },
        mask=7,
    ),
)

COMMON: Mapping[str, Says] = MappingProxyType(
    {
        "SELECT": Says(
            (words("p1", {4: "{df name}"}, otherwise="{object}"), words("p1p2", {0x0402: ", next 下一个"})),
            received=(Elements(),),
        ),
        "READ RECORD": Says(_RECORD, received=(ByTable(),)),
        "UPDATE RECORD": Says(_RECORD, (ByTable(), MacTail("MAC", 4, optional=True))),
        "GET CHALLENGE": Says(("{le} bytes",), received=(Fixed("random number", "随机数", 0),)),
        "GET RESPONSE": NOTHING,
        "EXTERNAL AUTHENTICATION": Says(("{key}",), AUTHENTICATION),
        "TRANSPORT KEY AUTHENTICATION": NOTHING,
        "SET SERIAL": NOTHING,
        "SET ATR": NOTHING,
        "CREATE FILE": Says(sent=(Decoder("creation frame"),)),
        "END": Says(("{directory}",)),
        "DELETE FILE": Says(("{object}",)),
        "APPEND FCI": Says(("record {p1} of SFI {p2:02X}",), (Decoder("FCI record"),)),
        "WRITE KEY": Says(
            (
                words("p1", {1: "master key 主控密钥"}, otherwise="key or PIN 密钥或个人密码"),
                " of {place}, ",
                SecretForm(),
            ),
            LOADED_KEY,
        ),
    }
)
