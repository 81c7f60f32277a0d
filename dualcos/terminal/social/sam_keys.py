"""The keys of a PSAM: where it has them, and what it computes with them for one card (SSC-9 §6 to §9).

A key is looked for under the usage that the tables list and then under those of other tiers, by a calculation with
zeros that changes nothing. A usage under which this card's tables have another key is left alone: a wrong key costs a
try.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from apdu.status import SW
from cos.psam.security.delivered_key_states import KeyType, Usage
from cos.psam.stack import STACK
from cos.ssse.tables.table_model import KeyRow, SocialAlgorithm
from dualcos.dialogue.iso_commands import read_binary
from dualcos.dialogue.psam import (
    ENCIPHER,
    ENCIPHER_MORE,
    MAC,
    MAC_BEGIN,
    MAC_END,
    MAC_GO_ON,
    PsamFile,
    PsamHost,
    SettlingCard,
    key_file,
)
from dualcos.terminal.social.card_factors import CardFactors, announced_cipher
from dualcos.terminal.social.sam_slot import SamSlot
from keys.algorithms import xor
from keys.custody.psam_keys import PsamKeyHead
from keys.mac import social_cut
from keys.medical_macs import Purchase

_STEPS = (1, 2, 3)
_MOST_BLOCKS = 8  # of one CIPHER DATA
_ABSENT = (SW.REFERENCED_DATA_NOT_FOUND, SW.WRONG_DATA)
_OTHERWISE = (SW.WRONG_LENGTH, SW.CONDITIONS_NOT_SATISFIED)  # a key of another cipher, or for another calculation
_AUTHORITIES = (PsamFile.NATIONAL_KEYS, PsamFile.PROVINCIAL_KEYS, PsamFile.CITY_KEYS)
_INFORMATION = (PsamFile.NATIONAL, PsamFile.PROVINCIAL, PsamFile.CITY)
_INFORMATION_LENGTH, _TERMINAL_LENGTH, _SEQUENCE_LENGTH, _MAC_LENGTH = 10, 6, 4, 4


class SamCalculation(Enum):
    """What a key of a PSAM may be for (SSC-9 §6.3)."""

    ENCIPHER = "enciphers"
    MAC = "makes MACs"
    PURCHASE = "settles"

    @property
    def types(self) -> tuple[KeyType, ...]:
        """The types of keys that are for it."""
        if self is SamCalculation.PURCHASE:
            return (KeyType.PURCHASE,)
        return (KeyType.ENCIPHER if self is SamCalculation.ENCIPHER else KeyType.MAC, KeyType.BOTH)


class SamEnvironment(NamedTuple):
    """One environment with its application. ``announced``: purchase index and group of keys, by key file; ``terminal``:
    six bytes, empty if it does not say them; ``cipher`` as its FCI announces it.
    """

    host: PsamHost
    cipher: int
    terminal: bytes
    announced: Mapping[int, tuple[int, int]]

    @property
    def purchase_index(self) -> int:
        """Which of the card's purchase keys it has, 0 if it does not say."""
        return self.announced.get(PsamFile.NATIONAL_KEYS, (0, 0))[0]


class SamKeyPlace(NamedTuple):
    """Where a key is, and which group of the card's keys it is the parent of (0: the PSAM does not say)."""

    environment: SamEnvironment
    head: PsamKeyHead
    group: int


class SamKeys:
    """``known``: the rows of the card's tables. ``turned``: DELIVERY SESSION KEY takes the province's factor first."""

    def __init__(self, slot: SamSlot, card: CardFactors, known: Collection[KeyRow]) -> None:
        self._slot = slot
        self._card = card
        self._claimed = frozenset(place for row in known for place in row.psam)
        self._found: dict[tuple[str, int, SamCalculation], SamKeyPlace | None] = {}
        self._steps: dict[int, int] = {}
        self.turned = False
        self.block = card.block
        self.environments = tuple(sorted(self._look_round(), key=lambda each: each.cipher != self._announced_cipher))

    @property
    def described(self) -> str:
        """Its ATR and its terminal."""
        number = self.environments[0].terminal.hex()
        return f"ATR {self._slot.atr.hex().upper()}, terminal {number or 'without a number'}"

    @property
    def _announced_cipher(self) -> int:
        return 0 if self._card.cipher is SocialAlgorithm.DES else self._card.cipher

    # --- where keys are ----------------------------------------------------------------------------------------------

    def place(self, row: KeyRow, version: int, calculation: SamCalculation) -> SamKeyPlace | None:
        """Where the key is; None if the PSAM has none that is for this. ``version``: which group, 0 of a key that has
        one. Raises the slot's ``refused`` where it cannot be told because the PSAM refuses to say, ``gone``.
        """
        asked = row.name, version, calculation
        if asked not in self._found:
            self._found[asked] = self._search(row, version, calculation)
        return self._found[asked]

    def _search(self, row: KeyRow, version: int, calculation: SamCalculation) -> SamKeyPlace | None:
        refusal: Exception | None = None
        other: SamKeyPlace | None = None
        for environment in self.environments:
            for head in self._candidates(row, version, calculation):
                try:
                    if not self._serves(environment, head, calculation):
                        continue
                except self._slot.refused as refused:
                    refusal = refusal or refused
                    continue
                group = environment.announced.get(key_file(head.kid), (0, 0))[1] if version else 0
                place = SamKeyPlace(environment, head, group)
                if group == version or calculation is SamCalculation.PURCHASE:
                    return place
                other = other or place
        if other is None and refusal is not None:
            raise refusal
        return other

    def _candidates(self, row: KeyRow, version: int, calculation: SamCalculation) -> Iterator[PsamKeyHead]:
        """Usage and identifier, the listed first; a purchase key's identifier is its version (SSC-9 table B1)."""
        listed = [(Usage.of(usage), identifier) for usage, identifier in row.psam]
        tried = set[tuple[int, int]]()
        wanted = [each for each in listed if each[0].kind in calculation.types]
        wanted += [
            (Usage(steps, kind), identifier)
            for kind in calculation.types
            for usage, identifier in listed
            for steps in (usage.steps, *_STEPS)
        ]
        for usage, identifier in wanted:
            place = usage.steps << 5 | usage.kind, identifier
            if place not in tried and (place in row.psam or place not in self._claimed):
                tried.add(place)
                number = version if calculation is SamCalculation.PURCHASE else identifier
                yield PsamKeyHead(place[0], number, self._card.key_algorithm)

    def _serves(self, environment: SamEnvironment, head: PsamKeyHead, calculation: SamCalculation) -> bool:
        """True if a calculation with zeros comes out. Raises the slot's ``refused`` for any other
        refusal than that of a key that is not there, ``gone``.
        """
        self._enter(environment)
        block = self.block
        delivered = self._slot.ask(environment.host.deliver(head, self._factors(head), bytes(block)))
        if calculation is SamCalculation.PURCHASE:  # not to be delivered; whether it is there shows all the same
            return delivered.sw not in _ABSENT[:1]
        if delivered.sw != SW.OK:
            return False if delivered.sw in _ABSENT else self._slot.refuse()
        enciphers = calculation is SamCalculation.ENCIPHER
        step, count = (ENCIPHER, 1) if enciphers else (MAC, 2)
        answer = self._slot.ask(environment.host.calculate(step, bytes(count * block)))
        if answer.sw != SW.OK:
            return False if answer.sw in _OTHERWISE else self._slot.refuse()
        if len(answer.data) not in ((block,) if enciphers else (_MAC_LENGTH, block)):
            self._slot.refuse_length(answer.data, block if enciphers else _MAC_LENGTH)
        return True

    def demand(self, place: SamKeyPlace, calculation: SamCalculation) -> None:
        """Raises the slot's ``refused``, ``gone`` if the key does not serve any more."""
        if not self._serves(place.environment, place.head, calculation):
            self._slot.refuse()

    # --- calculating -------------------------------------------------------------------------------------------------

    def enciphered(self, place: SamKeyPlace, factor: bytes, blocks: bytes) -> bytes:
        """Whole blocks, ECB under the session key of ``factor``. Raises the slot's ``refused``, ``gone``."""
        self._deliver(place, factor)
        size, host = _MOST_BLOCKS * self.block, place.environment.host
        pieces = [blocks[at : at + size] for at in range(0, len(blocks), size)]
        steps = [ENCIPHER_MORE] * (len(pieces) - 1) + [ENCIPHER]
        return b"".join(
            self._slot.demand(host.calculate(step, piece), len(piece))
            for step, piece in zip(steps, pieces, strict=True)
        )

    def mac(self, place: SamKeyPlace, factor: bytes, padded: bytes) -> bytes:
        """MAC 4 of the social side over padded data, IV zeros, likewise. Raises the slot's ``refused``, ``gone``."""
        self._deliver(place, factor)
        block, host = self.block, place.environment.host
        whole, size = bytes(block) + padded, _MOST_BLOCKS * block
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        steps = [MAC_BEGIN, *[MAC_GO_ON] * (len(pieces) - 2), MAC_END] if len(pieces) > 1 else [MAC]
        for step, piece in zip(steps[:-1], pieces[:-1], strict=True):
            self._slot.demand(host.calculate(step, piece))
        answer = self._slot.demand(host.calculate(steps[-1], pieces[-1]), _MAC_LENGTH, block)
        return answer if len(answer) == _MAC_LENGTH else social_cut(answer)

    def authentication(self, place: SamKeyPlace, factor: bytes, original: bytes) -> bytes:
        """Authentication data 8 (SSC-4 §9.5), likewise. Raises the slot's ``refused``, ``gone``."""
        block = self.enciphered(place, factor, original.ljust(self.block, b"\0"))
        return block if len(block) == len(original) else xor(block[:8], block[8:])

    def begin_purchase(self, place: SamKeyPlace, random: bytes, sequence: int, order: Purchase) -> tuple[bytes, bytes]:
        """Terminal sequence 4 and MAC1 4 (SSC-9 §9.9); terminal and sequence of ``order`` are the PSAM's own.

        Raises the slot's ``refused``, ``gone``.
        """
        if place.environment.terminal != self.terminal():
            raise self._slot.refused("the PSAM settles in an environment whose terminal has another number (file 0016)")
        self._enter(place.environment)
        listed = place.head.steps
        for steps in dict.fromkeys((self._steps.get(place.head.kid, listed), listed, *_STEPS)):
            head = place.head._replace(usage=steps << 5 | KeyType.PURCHASE)
            factors = self._card.factors[: head.steps]  # the card's first, whatever deliveries take (SSC-9 §9.9)
            card = SettlingCard(random, sequence, head.kid, head.algorithm, factors)
            answer = self._slot.ask(place.environment.host.begin_purchase(card, order))
            if answer.sw != SW.WRONG_LENGTH:  # as many factors as the key has steps
                break
        if answer.sw != SW.OK:
            self._slot.refuse()
        if len(answer.data) != _SEQUENCE_LENGTH + _MAC_LENGTH:
            self._slot.refuse_length(answer.data, _SEQUENCE_LENGTH + _MAC_LENGTH)
        self._steps[place.head.kid] = steps
        return answer.data[:_SEQUENCE_LENGTH], answer.data[_SEQUENCE_LENGTH:]

    def credited(self, place: SamKeyPlace, mac2: bytes) -> bool:
        """True if MAC2 is the card's, directly behind ``begin_purchase`` (SSC-9 §9.10).

        Raises the slot's ``refused``, ``gone``.
        """
        sw = self._slot.ask(place.environment.host.credit(mac2)).sw
        if sw == SW.OK:
            return True
        return False if sw.sw1 == 0x63 or sw == SW.MAC_INVALID else self._slot.refuse()

    def terminal(self) -> bytes:
        """The number of its terminal: that of the environment whose cipher is the card's.

        Raises the slot's ``refused``.
        """
        number = self.environments[0].terminal
        if not number:
            raise self._slot.refused("the PSAM does not say the number of its terminal (file 0016)")
        return number

    def _deliver(self, place: SamKeyPlace, factor: bytes) -> None:
        self._enter(place.environment)
        session = factor.ljust(self.block, b"\0")
        self._slot.demand(place.environment.host.deliver(place.head, self._factors(place.head), session))

    def _factors(self, head: PsamKeyHead) -> tuple[bytes, ...]:
        factors = self._card.factors[: head.steps]
        return factors[::-1] if self.turned else factors

    # --- environments ------------------------------------------------------------------------------------------------

    def _enter(self, environment: SamEnvironment) -> None:
        if self._slot.place == environment.host.name:
            return
        host = environment.host
        if not self._slot.enter(host.home(), host.application()):
            self._slot.refuse()
        self._slot.ask(host.initialise(self._card.province))  # what it does with it is its own
        self._slot.place = host.name

    def _look_round(self) -> Iterator[SamEnvironment]:
        """Every environment it has. Raises the slot's ``refused`` if there is none, ``gone``."""
        found, told = False, ""  # words are made of the first refusal only, and only while there is nothing else
        self._slot.power_on()
        for host in (PsamHost(place.name) for place in STACK.places):
            fci = self._slot.ask(host.home())
            if fci.sw != SW.OK:
                told = told or ("" if found else self._slot.told())
                continue
            number = self._slot.ask(read_binary(PsamFile.TERMINAL, _TERMINAL_LENGTH))
            if self._slot.ask(host.application()).sw != SW.OK:
                told = told or ("" if found else self._slot.told())
                continue
            said = number.sw == SW.OK and len(number.data) == _TERMINAL_LENGTH and number.data.hex().isdecimal()
            found = True
            yield SamEnvironment(host, _cipher(fci.data), number.data if said else b"", dict(self._information()))
        if not found:
            raise self._slot.refused(f"this is no PSAM of the social security card: {told}")

    def _information(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Purchase index and group that each authority announces, by its key file (SSC-9 §5.5 to §5.7)."""
        for keys, information in zip(_AUTHORITIES, _INFORMATION, strict=True):
            answer = self._slot.ask(read_binary(information, _INFORMATION_LENGTH))
            if answer.sw == SW.OK and len(answer.data) == _INFORMATION_LENGTH:
                yield keys, (answer.data[0], answer.data[1])


def _cipher(fci: bytes) -> int:
    """As the FCI of an environment says, 0 if it says none: 8-byte blocks."""
    return int.from_bytes(announced_cipher(fci), "big")
