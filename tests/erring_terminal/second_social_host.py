"""A terminal with the social keys, written a second time (SSC-4 §8, §9; SSC-5 §6; SSC-7 §5, §6, §13; SSC-9 §7).

Every step of a computation is a way: an attribute that is a function, right by default, replaced by the tables of
mistakes one at a time. ``SocialHost`` remembers what it heard and used, for whoever judges the trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from dualcos.profile.parties.party_facts import Party
from tests.erring_terminal.explained_card import ExplainedCard, apdu, shown_facts
from tests.erring_terminal.second_ciphers import BLOCKS, cbc, check_value, ecb, inverted, padded_80, xor

SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"  # sx1.sh.社会保障, SSC-5 §6.11
AIDS = MappingProxyType({f"DF{n:02X}": f"D156000005{n - 1:02X}" for n in (1, 2, 3, 4)})  # SSC-6 table 2
_KINDS = MappingProxyType({"STK": 0x07, "DLK": 0x08, "DPK": 0x09, "DTK": 0x0A, "IRK": 0x0E})  # SSC-10 §5.2, T514
_EXTERNAL = 0x0D
PIN = "123456"


class HostKey(NamedTuple):
    """A key as the host knows it. ``place``, ``kind``, ``number``, ``version``: how the card's side names it."""

    name: str
    place: str
    kind: int
    number: int
    version: int
    algorithm: str
    value: bytes

    @property
    def named(self) -> tuple[str, int, int, int, str, str]:
        """As a finding names it: never by its value; its number is the low four bits of P2 (SSC-5 table 14)."""
        return (self.place, self.kind, self.number & 0x0F, self.version, self.algorithm, self.check)

    @property
    def check(self) -> str:
        """KCV."""
        return check_value(self.algorithm, self.value)


class KeyOfTree(NamedTuple):
    """One key of the national tree, at every tier."""

    card: HostKey
    city: bytes
    province: bytes
    national: bytes

    def at(self, tier: str) -> HostKey:
        """The master of a tier, named by who holds it."""
        value = getattr(self, tier)
        return self.card._replace(place=tier, value=value)


@cache
def tree_of(profile: str) -> dict[tuple[str, int], KeyOfTree]:
    """Keys by name and version; version 0 where there is one group alone."""
    found = {}
    for key in shown_facts(profile)[Party.PSAM.label].tree:
        values = {tier.tier: bytes.fromhex(tier.value) for tier in key.tiers}
        place = key.directory if key.directory == "SSSE" else f"SSSE/{key.directory}"
        kind = _KINDS.get(key.name[:3], _EXTERNAL)
        card = HostKey(
            key.name, place, kind, int(key.kid, 16), key.version, key.algorithm, values.get("card", values["city"])
        )
        found[key.name, key.version] = KeyOfTree(card, values["city"], values["province"], values["national"])
    return found


# --- what every computation is made of --------------------------------------------------------------------------


def block_of(algorithm: str) -> int:
    """Block length."""
    return BLOCKS[algorithm]


def derived(algorithm: str, master: bytes, factor: bytes) -> bytes:
    """A child key: the master over F ‖ NOT F, a DES key over F (SSC-9 §7)."""
    return ecb(algorithm, master, factor if len(master) == 8 else factor + inverted(factor))


def process_key(algorithm: str, key: bytes, random: bytes) -> bytes:
    """The session key: the card's key over the random number, 00 behind it up to a block (SSC-4 §8.4)."""
    block = block_of(algorithm)
    return ecb(algorithm, key, random.ljust(block, b"\0")[:block])


def session_cipher(algorithm: str) -> str:
    """Session keys of 3DES keys are single DES (SSC-4 §8.4)."""
    return "SM4" if algorithm == "SM4" else "DES"


def proof_of(cipher: str, session: bytes, original: bytes) -> bytes:
    """Authentication data: 8 bytes (SSC-4 §9)."""
    if cipher == "DES":
        return ecb("DES", session, original)
    both = ecb("SM4", session, original + bytes(8))
    return xor(both[:8], both[8:])


def last_block(cipher: str, session: bytes, iv: bytes, padded: bytes) -> bytes:
    """Of CBC."""
    return cbc(cipher, session, iv, padded)[-block_of(cipher) :]


def cut_mac(cipher: str, block: bytes) -> bytes:
    """The leftmost four bytes; of SM4 the four words XORed (SSC-4 §8.2)."""
    if cipher == "DES":
        return block[:4]
    return xor(xor(block[:4], block[4:8]), xor(block[8:12], block[12:]))


def with_length(cipher: str, plain: bytes) -> bytes:
    """LD ‖ plain, 80 00 … only where it is no whole number of blocks (SSC-4 §8.3)."""
    data = bytes((len(plain),)) + plain
    return data if len(data) % block_of(cipher) == 0 else padded_80(data, block_of(cipher))


def pin_bytes(digits: str) -> bytes:
    """Packed, F behind an odd last digit (SSC-7 §5.6)."""
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


# --- ways -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProofWays:
    """EXTERNAL AUTHENTICATION, step by step (SSC-4 §9, SSC-5 §6.4)."""

    key: Callable[[SocialHost], bytes] = lambda host: host.key.value
    algorithm: Callable[[SocialHost], str] = lambda host: host.key.algorithm
    random: Callable[[SocialHost], bytes] = lambda host: host.random
    session: Callable[[str, bytes, bytes], bytes] = process_key
    original: Callable[[SocialHost], bytes] = lambda host: host.original
    proof: Callable[[str, bytes, bytes], bytes] = proof_of
    order: Callable[[bytes, bytes], bytes] = lambda proof, original: proof + original
    number: Callable[[int], int] = lambda kid: kid


@dataclass(frozen=True, slots=True)
class SecuredWays:
    """A command with MAC, its data enciphered or plain (SSC-4 §8)."""

    key: Callable[[SocialHost], bytes] = lambda host: host.key.value
    algorithm: Callable[[SocialHost], str] = lambda host: host.key.algorithm
    random: Callable[[SocialHost], bytes] = lambda host: host.random
    session: Callable[[str, bytes, bytes], bytes] = process_key
    cipher_key: Callable[[SocialHost, bytes], bytes] = lambda host, session: session  # noqa: ARG005 - what a
    # mistaken host takes, here and below
    block: Callable[[str, bytes], bytes] = with_length
    encipher: Callable[[str, bytes, bytes], bytes] = ecb
    header: Callable[[bytes], bytes] = lambda header: header
    data: Callable[[bytes, bytes], bytes] = lambda data, plain: data  # noqa: ARG005
    pad: Callable[[bytes, int], bytes] = padded_80
    iv: Callable[[SocialHost, int], bytes] = lambda host, block: bytes(block)  # noqa: ARG005
    chain: Callable[[str, bytes, bytes, bytes], bytes] = last_block
    cut: Callable[[str, bytes], bytes] = cut_mac
    sent: Callable[[bytes, bytes], bytes] = lambda data, mac: data + mac


RIGHT_PROOF = ProofWays()
RIGHT_SECURED = SecuredWays()


@dataclass
class SocialHost:
    """One terminal at one card. ``used``: the right inputs of the last computation by name."""

    card: ExplainedCard
    key: HostKey = None  # type: ignore[assignment] - before the first computation
    randoms: list[bytes] = field(default_factory=list)
    random: bytes = b""
    original: bytes = b""
    header: bytes = b""
    mac: bytes = b""
    used: dict[str, Any] = field(default_factory=dict)

    @property
    def factor(self) -> bytes:
        """F3: historical bytes 6 to 13, the last eight of this ATR (SSC-9 §7.3.3)."""
        return self.card.atr[-8:]

    def tree(self, name: str, version: int | None = None) -> KeyOfTree:
        """A key by name; its first version if none is named."""
        keys = tree_of(self.card.name)
        if version is None:
            version = min(known for key, known in keys if key == name)
        return keys[name, version]

    def select(self, directory: str = "SSSE") -> None:
        """The environment by name, then a directory in it by its AID."""
        self.card.ok(SELECT_SSSE)
        if directory != "SSSE":
            self.card.ok(apdu("00A40400", bytes.fromhex(AIDS[directory])))

    def challenge(self, length: int = 8) -> bytes:
        """GET CHALLENGE; the last one counts."""
        self.random = self.card.ok(bytes((0x00, 0x84, 0, 0, length)))
        self.randoms.append(self.random)
        return self.random

    def keep(self, *secrets: bytes) -> None:
        """Nothing of these may be told."""
        self.card.secrets.update(secrets)

    def prove(self, name: str, ways: ProofWays = RIGHT_PROOF, *, version: int = 0) -> int:
        """Two random numbers, the second the process factor; then the proof. Returns the status word.

        ``version``: the group, named in the command; 0 leaves it to the card.
        """
        self.original = self.challenge()
        self.challenge()
        return self.present(name, ways, version=version)

    def present(self, name: str, ways: ProofWays = RIGHT_PROOF, *, version: int = 0) -> int:
        """The proof alone, with what was heard."""
        self.key = self.tree(name, version or None).card
        algorithm, key = ways.algorithm(self), ways.key(self)
        session = ways.session(algorithm, key, ways.random(self))
        self.keep(key, session)
        data = ways.order(ways.proof(session_cipher(algorithm), session, ways.original(self)), self.original)
        self.header = bytes((0x00, 0x82, 0x00, ways.number(self.key.number)))
        return self.card.send(apdu(self.header, data + bytes((version,) if version else ())))[1]

    def secured(
        self, name: str, header: str, plain: bytes = b"", ways: SecuredWays = RIGHT_SECURED, *, enciphered: bool = False
    ) -> int:
        """A command with MAC under the maintenance key ``name`` on the last random number. Returns the status word."""
        self.key = self.tree(name).card
        algorithm, key = ways.algorithm(self), ways.key(self)
        session, cipher = ways.session(algorithm, key, ways.random(self)), session_cipher(algorithm)
        self.keep(key, session)
        data = plain
        if enciphered:
            data = ways.encipher(cipher, ways.cipher_key(self, session), ways.block(cipher, plain))
        head = bytes.fromhex(header)
        self.header = head + bytes((len(data) + 4,))
        covered = ways.header(self.header) + ways.data(data, plain)
        block = block_of(cipher)
        self.mac = ways.cut(cipher, ways.chain(cipher, session, ways.iv(self, block), ways.pad(covered, block)))
        return self.card.send(apdu(head, ways.sent(data, self.mac)))[1]
