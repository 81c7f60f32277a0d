"""F24, for every stack: what a command that fails keeps and drops of a session, in one table.

``DROPS`` says by item which failures end it; all others keep it. Where a stack differs, ``OTHERWISE`` has the clause.
The items are those of F5b (``selection_table.grounds_of``); the failing commands come from each stack's rows and from
its dialogues (``failing_commands``).

Left out: a short identifier that is valid, which makes its file current whatever comes of the command (ISO 7816-4
§7.2.2); selection by the beginning of a name, of which a card with one application shows nothing (vectors: PSE-SEL);
what the last try takes along (F27a); an item's own commands, which have state tables (``docs/states.md``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from dualcos.lab.properties import items_select_keeps as items


class Failure(Enum):
    """The ways a command can fail, as the table knows them."""

    SELECTION = "refused SELECT, whoever refuses it"
    NO_COMMAND = "bytes that are no command"
    INSTRUCTION = "unknown instruction"
    CLASS = "wrong class"
    PARAMETERS = "wrong P1 P2"
    LENGTH = "wrong length"
    FETCHING = "refused GET RESPONSE"
    CONDITION = "refused for its right, state or target"
    NOT_COMPARED = "proof refused before it is compared"
    ANOTHER = "wrong proof of another secret"
    SAME = "wrong proof of the same secret"
    MAC = "wrong or missing MAC"


_ALL = frozenset(Failure)

# By item, the failures that end it.
DROPS: Mapping[str, frozenset[Failure]] = MappingProxyType(
    {
        items.RIGHT: frozenset(),
        items.PIN: frozenset((Failure.SAME,)),
        items.EF: frozenset(),
        items.POINTER: frozenset(),
        # Whatever computes with it uses it up.
        items.RANDOM: frozenset((Failure.ANOTHER, Failure.SAME, Failure.MAC)),
        items.WAITING: _ALL - {Failure.FETCHING},
        items.MEDICAL: _ALL,
        items.PURCHASE: _ALL,
        items.TRANSACTION: frozenset(),
        items.DELIVERED: frozenset(),
        items.BEGUN: frozenset(),
        items.NAMED: frozenset(),
        items.CHANNEL: frozenset((Failure.SAME, Failure.MAC)),
    }
)

CLAUSES: Mapping[str, str] = MappingProxyType(
    {
        items.RIGHT: "SSC-7 §6.6",
        items.PIN: "SSC-7 §5.8; that a wrong one takes it back: inferred",
        items.EF: "SSC-5 §6.11",
        items.POINTER: "SSC-3 §5.3",
        items.RANDOM: "SSC-5 §6.5, SSC-7 §6.6",
        items.WAITING: "SSC-5 §6.6, PBOC-3 §9.3.1.3",
        items.MEDICAL: "SSC-5 §7, table 49",
        items.PURCHASE: "SSC-9 §9.10",
        items.TRANSACTION: "PBOC-5 §6.4, §15.3, §17.6",
        items.DELIVERED: "SSC-9 §9.8",
        items.BEGUN: "SSC-9 §9.8",
        items.NAMED: "inferred",
        items.CHANNEL: "EMV CPS 5.4.2",
    }
)


class Otherwise(NamedTuple):
    """Another line of the table in one stack, and why."""

    drops: frozenset[Failure]
    clause: str


_WITH_ITS_PROOF = "a wrong proof of the master key ends what a right one opened (inferred: SSC-10 §5.2 is silent)"

_GO_WITH_IT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"manager": (items.RIGHT,), "pse": (items.RIGHT,), "pki": (items.RIGHT,)}
)
OTHERWISE: Mapping[tuple[str, str], Otherwise] = MappingProxyType(
    {
        (stack, item): Otherwise(frozenset((Failure.SAME,)), _WITH_ITS_PROOF)
        for stack, gone in _GO_WITH_IT.items()
        for item in gone
    }
)


def drops(stack: str, item: str) -> frozenset[Failure]:
    """The failures that end ``item`` in a stack."""
    other = OTHERWISE.get((stack, item))
    return DROPS[item] if other is None else other.drops
