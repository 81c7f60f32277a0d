"""A PSAM as a terminal uses it, and as those who load its keys do (SSC-9 §5 to §9).

One ``PsamHost`` talks to one environment: public files lie in the environment, everything else in its application,
which has the same name in all of them. Keys come as handles, per call: a terminal needs none. Answers are the PSAM's,
refusals included.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from cos.psam.security.delivered_key_states import KeyType, Usage
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge, select_name
from dualcos.dialogue.making import SOCIAL_FORM
from keys.algorithms import Algorithm
from keys.card_key_store import KeyHeader
from keys.custody.psam_keys import PsamKeyHead, change_key_command, create_key_command
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

APPLICATION_NAME, APPLICATION_FID = bytes.fromhex("D15600000590"), 0xDF01
ENCIPHER, ENCIPHER_MORE, MAC, MAC_BEGIN, MAC_GO_ON, MAC_END = 0x00, 0x02, 0x05, 0x07, 0x03, 0x01
"""P1 of CIPHER DATA (SSC-9 §9.8); a MAC's first block is its IV."""
_EXCEPTIONS = range(0xB0, 0xB5)  # national keys with identifiers of the city range
_KEY_RANDOM = 4  # of CREATE KEY and CHANGE KEY (SSC-9 §7.1)


class PsamFile(IntEnum):
    """Elementary files by identifier, which is their short identifier too (SSC-9 §5)."""

    DIR = 0x01
    NATIONAL_KEYS = 0x11
    PROVINCIAL_KEYS = 0x12
    CITY_KEYS = 0x13
    PUBLIC = 0x15
    TERMINAL = 0x16
    SEQUENCE = 0x19
    NATIONAL = 0x1A
    PROVINCIAL = 0x1B
    CITY = 0x1C


def key_file(identifier: int) -> PsamFile:
    """Which authority's file a key identifier belongs to (SSC-9 App. A): national, provincial, city."""
    if identifier in _EXCEPTIONS or identifier < 0x10 or 0x20 <= identifier < 0x40:
        return PsamFile.NATIONAL_KEYS
    return PsamFile.PROVINCIAL_KEYS if identifier < 0x18 or 0x40 <= identifier < 0x80 else PsamFile.CITY_KEYS


class PsamKey(NamedTuple):
    """One key for user cards: its file, usage and identifier, the key at the PSAM's tier."""

    file: int
    head: PsamKeyHead
    key: KeyHandle


class PsamKeys(NamedTuple):
    """The keys of one environment: its master key, its application's, KID-01 to KID-03, and those for user cards."""

    master: KeyHandle
    application: KeyHandle
    authorities: tuple[KeyHandle, ...]
    held: tuple[PsamKey, ...]

    def of(self, *kinds: KeyType) -> tuple[PsamKey, ...]:
        """The keys for user cards of these kinds."""
        return tuple(each for each in self.held if Usage.of(each.head.usage).kind in kinds)


def authority_header(number: int, cipher: Algorithm, tries: int = 3) -> KeyHeader:
    """Header of an authority's key, number 1 to 3; its level opens the key file and the information of its own."""
    return KeyHeader(0x0D, number, 1, 0xEF, tries << 4 | tries, cipher.social, number * 0x11, 16)


class SettlingCard(NamedTuple):
    """What a user card answered to INIT FOR PURCHASE, and its ``factors`` up to the PSAM's tier, the card's first."""

    random: bytes
    sequence: int
    version: int
    algorithm: int
    factors: Sequence[bytes]


class PsamHost(NamedTuple):
    """The host's end of the environment called ``name``; its keys are proved as ``SOCIAL_FORM`` has it (SSC-9 §9.4)."""

    name: bytes
    application_name: bytes = APPLICATION_NAME

    def home(self) -> Reply:
        """SELECT the environment."""
        return select_name(self.name)

    def application(self) -> Reply:
        """SELECT the application of the environment that is current."""
        return select_name(self.application_name)

    # --- keys --------------------------------------------------------------------------------------------------------

    def load_authority(self, under: KeyHandle, number: int, key: KeyHandle, tries: int = 3) -> Reply:
        """WRITE KEY: KID-01 to KID-03 of the application, whose master key is proved."""
        return SOCIAL_FORM.write_key(under, authority_header(number, key.algorithm, tries), key)

    def create_key(self, under: KeyHandle, made: PsamKey) -> Reply:
        """CREATE KEY under the application's master key; the file's authority is proved (SSC-9 §9.5)."""
        random = yield from challenge(_KEY_RANDOM)
        return (yield from send(create_key_command(under, *made, random)))

    def change_key(self, under: KeyHandle, changed: PsamKey) -> Reply:
        """CHANGE KEY likewise: the value of the one that is there under this head (SSC-9 §9.6)."""
        random = yield from challenge(_KEY_RANDOM)
        return (yield from send(change_key_command(under, *changed, random)))

    # --- calculating -------------------------------------------------------------------------------------------------

    def initialise(self, province: int) -> Reply:
        """INITIALIZE ENVIRONMENT: the first byte of the card's identification code picks the cipher."""
        return send(apdu("BFEC0000", bytes((province,))))

    def deliver(self, head: PsamKeyHead, factors: Sequence[bytes], session_factor: bytes) -> Reply:
        """DELIVERY SESSION KEY down the tree to one card, ``factors`` card first (SSC-9 §9.7)."""
        return send(apdu(f"BFDE{head.usage:02X}{head.kid:02X}", b"".join((*factors, session_factor))))

    def calculate(self, step: int, blocks: bytes) -> Reply:
        """CIPHER DATA with the delivered key: whole blocks, padded already (SSC-9 §9.8)."""
        return send(apdu(f"80FA{step:02X}00", blocks))

    def begin_purchase(self, card: SettlingCard, purchase: Purchase) -> Reply:
        """INIT SAM FOR PURCHASE: answers terminal sequence 4 ‖ MAC1 4 (SSC-9 §9.9).

        Neither terminal nor sequence of ``purchase`` are sent: the PSAM has its own.
        """
        amounts = b"".join(each.to_bytes(4, "big") for each in purchase[:3])
        version = bytes((card.version, card.algorithm))
        data = card.random + card.sequence.to_bytes(2, "big") + amounts + bytes((purchase.kind,)) + purchase.time
        return send(apdu("80700100", data + version + b"".join(card.factors)))

    def credit(self, mac2: bytes) -> Reply:
        """CREDIT SAM FOR PURCHASE with the card's MAC2, directly behind (SSC-9 §9.10)."""
        return send(apdu("80720000", mac2))
