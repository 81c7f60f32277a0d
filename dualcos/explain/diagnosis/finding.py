"""A finding (诊断结果): which mistake an exchange shows, as data; its words are made outside (``finding_words``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from firewall.trace import Datum

MOST_FINDINGS = 3
CERTAIN_BITS = 32
"""So many bits must agree before a wrong input that was tried is said to be the mistake."""

_NOTHING: Mapping[str, Datum] = MappingProxyType({})


class Certainty(Enum):
    """How sure a finding is: tried and it fits in ``CERTAIN_BITS``; what speaks for it; worth knowing."""

    CERTAIN = "certain"
    LIKELY = "likely"
    NOTE = "note"


_BEST_FIRST = tuple(Certainty)


class KeyName(NamedTuple):
    """How a finding names a key: never by its value.

    ``place`` as ``Spot.short`` has it; of a key that is not in the card, its holder: ``PSAM``, ``city``, ``issuer``.
    ``check_value``: six hex digits, none for a
    key that stands for a PIN.
    """

    place: str
    kind: int
    number: int
    version: int
    algorithm: str
    check_value: str

    def __str__(self) -> str:
        version = f" version {self.version:02X}" if self.version else ""
        check = f", KCV {self.check_value}" if self.check_value else ""
        return f"{self.place} {self.kind:02X}/{self.number:02X}{version} ({self.algorithm}{check})"


class NamedInput(NamedTuple):
    """One right input of a computation, by the name its declaration gives it."""

    name: str
    value: Datum

    def __str__(self) -> str:
        value = self.value.value if isinstance(self.value, Enum) else self.value
        return f"{self.name}: {value.hex().upper() if isinstance(value, bytes) else value}"


class Diagnosis(NamedTuple):
    """One finding. ``kind``: its id in the catalogue. ``about``: data for its words, of a tried input its name
    (``input``), the ``computation`` and all its right ``inputs``. ``expected``: what would have been right;
    ``received``: what came, or the wrong value that fits. ``next_step``: id of what to do, empty if there is nothing.
    """

    kind: str
    certainty: Certainty
    about: Mapping[str, Datum] = _NOTHING
    expected: Datum = None
    received: Datum = None
    clause: str = ""
    next_step: str = ""


def best(found: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """The best of them, the surest first, none twice."""
    kinds: dict[str, Diagnosis] = {}
    for each in sorted(found, key=lambda each: _BEST_FIRST.index(each.certainty)):
        kinds.setdefault(each.kind, each)
    return tuple(kinds.values())[:MOST_FINDINGS]
