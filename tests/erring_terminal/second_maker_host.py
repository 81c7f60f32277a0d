"""The card maker's and the bureau's host, written a second time, in the dialect of one COS (SSC-10 §5; SSC-9 §7).

Transport key, card master key, an environment with its first key, keys in it: enciphered and with MAC under a master
key whose start value is the random number. The same form makes the keys of a PSAM.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dualcos.profile.parties.party_facts import Party
from tests.erring_terminal.explained_card import ExplainedCard, apdu, shown_facts
from tests.erring_terminal.input_names import HEADER, KEY, ORIGINAL, RANDOM, SERIAL, START
from tests.erring_terminal.second_ciphers import cbc, ecb, padded_80, xor
from tests.erring_terminal.second_social_host import (
    RIGHT_PROOF,
    SELECT_SSSE,
    HostKey,
    ProofWays,
    block_of,
    cut_mac,
    session_cipher,
    with_length,
)

TRANSPORT_KIND = 0xF0  # the kind that a card keeps its maker's key under: no header was ever sent for it
MF = "80E0010010000000FF013F000100012300008000" + "00"
SSSE_DDF = "80E001001F002200FF01DDF10100002300008000817378312E73682EC9E7BBE1B1A3D5CF"
SECURITY_FILE = "80E001001000000000C2EF80C300800018EFEF00FF"
CARD_MASTER = bytes.fromhex("3A91C7058E42D6F01B7759E2A4630CFD")  # invented, as all keys here
NEW_MASTER = bytes.fromhex("C25E7719F0A8346DB1934E8D0267FA5C")
UPDATE_KEY = bytes.fromhex("71E40B96D85F2AC3069DB37C4FE1582A")
SHORT_KEY = bytes.fromhex("2F86D1590BE37CA4")


def master_key(profile: str, name: str, place: str, number: int = 0, kind: int = 0) -> HostKey:
    """A key that the maker is shown, by its name there."""
    shown = next(key for key in shown_facts(profile)[Party.MAKER.label].keys if key.name == name)
    return HostKey(name, place, kind, number, 0, shown.algorithm, bytes.fromhex(shown.value))


def retail_block(cipher: str, key: bytes, iv: bytes, padded: bytes) -> bytes:
    """The last block of the MAC: CBC, of 16-byte DES keys with the left half and 3DES on the last block (SSC-9 §7)."""
    if cipher != "3DES":
        return cbc(cipher, key, iv, padded)[-block_of(cipher) :]
    before, last = padded[:-8], padded[-8:]
    chained = cbc("DES", key[:8], iv, before)[-8:] if before else iv
    return ecb("3DES", key, xor(chained, last))


def cut_static(cipher: str, block: bytes) -> bytes:
    """As any MAC: of SM4 four words XORed."""
    return cut_mac(session_cipher(cipher), block)


@dataclass(frozen=True, slots=True)
class MakerWays:
    """WRITE KEY, or CREATE KEY of a PSAM, step by step."""

    key: Callable[[MakerHost], bytes] = lambda host: host.key.value
    algorithm: Callable[[MakerHost], str] = lambda host: host.key.algorithm
    random: Callable[[MakerHost], bytes] = lambda host: host.random
    block: Callable[[str, bytes], bytes] = with_length
    encipher: Callable[[str, bytes, bytes], bytes] = ecb
    cipher_key: Callable[[MakerHost, bytes], bytes] = lambda host, key: key  # noqa: ARG005 - a mistaken host's
    header: Callable[[bytes], bytes] = lambda header: header
    data: Callable[[bytes, bytes], bytes] = lambda data, plain: data  # noqa: ARG005
    iv: Callable[[MakerHost, bytes, int], bytes] = lambda host, random, block: random.ljust(block, b"\0")  # noqa: ARG005
    pad: Callable[[bytes, int], bytes] = padded_80
    chain: Callable[[str, bytes, bytes, bytes], bytes] = retail_block
    cut: Callable[[str, bytes], bytes] = cut_static
    sent: Callable[[bytes, bytes], bytes] = lambda data, mac: data + mac


RIGHT_MAKER = MakerWays()


@dataclass(frozen=True, slots=True)
class TransportWays:
    """The block that shows the transport key."""

    key: Callable[[MakerHost], bytes] = lambda host: host.key.value
    block: Callable[[bytes], bytes] = lambda atr: b"\0\0" + atr[-6:]
    encipher: Callable[[str, bytes, bytes], bytes] = ecb
    algorithm: str = "3DES"


RIGHT_TRANSPORT = TransportWays()


@dataclass
class MakerHost:
    """One host at one card."""

    card: ExplainedCard
    key: HostKey = None  # type: ignore[assignment] - before the first computation
    randoms: list[bytes] = field(default_factory=list)
    random: bytes = b""
    header: bytes = b""
    used: dict[str, Any] = field(default_factory=dict)

    def keep(self, *secrets: bytes) -> None:
        """Nothing of these may be told."""
        self.card.secrets.update(secrets)

    def challenge(self, length: int = 8) -> bytes:
        """GET CHALLENGE; the last one counts."""
        self.random = self.card.ok(bytes((0x00, 0x84, 0, 0, length)))
        self.randoms.append(self.random)
        return self.random

    def show_transport_key(self, ways: TransportWays = RIGHT_TRANSPORT) -> int:
        """The maker's key over the end of the ATR."""
        self.key = HostKey("transport", "MF", TRANSPORT_KIND, 0, 0, "3DES", self.card.profile.transport_key)
        key, block = ways.key(self), ways.block(self.card.atr)
        self.keep(key)
        self.used = {KEY: self.key.named, SERIAL: b"\0\0" + self.card.atr[-6:]}
        return self.card.send(apdu("80E00300", ways.encipher(ways.algorithm, key, block)))[1]

    def prove(self, key: HostKey, ways: ProofWays = RIGHT_PROOF, number: int = 0) -> int:
        """A master key by EXTERNAL AUTHENTICATION, the random number its own original."""
        self.key = key
        random = self.challenge()
        algorithm, value = ways.algorithm(self), ways.key(self)  # type: ignore[arg-type] - of this host
        session = ways.session(algorithm, value, ways.random(self))  # type: ignore[arg-type]
        self.keep(value, session)
        proof = ways.proof(session_cipher(algorithm), session, random)
        self.header = bytes((0x00, 0x82, 0x00, number))
        self.used = {KEY: key.named, RANDOM: random, ORIGINAL: random}
        return self.card.send(apdu(self.header, ways.order(proof, random)))[1]

    def write(
        self, under: HostKey, head: str, plain: bytes, ways: MakerWays = RIGHT_MAKER, *, enciphered: bool = True
    ) -> int:
        """A key, on the last random number; ``plain``: its header and value."""
        self.key = under
        algorithm, key, random = ways.algorithm(self), ways.key(self), ways.random(self)
        self.keep(key, plain[8:])
        block = block_of(algorithm)
        data = (
            ways.encipher(algorithm, ways.cipher_key(self, key), ways.block(algorithm, plain)) if enciphered else plain
        )
        start = bytes.fromhex(head)
        self.header = start + bytes((len(data) + 4,))
        covered = ways.pad(ways.header(self.header) + ways.data(data, plain), block)
        mac = ways.cut(algorithm, ways.chain(algorithm, key, ways.iv(self, random, block), covered))
        self.used = {KEY: under.named, START: self.random.ljust(block, b"\0"), HEADER: self.header}
        return self.card.send(apdu(start, ways.sent(data, mac)))[1]


def key_plain(header: str, value: bytes) -> bytes:
    """Header and value, FF behind it up to 16 bytes."""
    return bytes.fromhex(header) + value.ljust(16, b"\xff")


MASTER_HEADER = "000000EF3300FF10"
SM4_MASTER_HEADER = "000000EF3303FF10"
UPDATE_HEADER = "0D0401EF33001110"
SHORT_HEADER = "070200EF33010008"


def card_master() -> HostKey:
    """Of the MF that this host makes."""
    return HostKey("card master", "MF", 0, 0, 0, "3DES", CARD_MASTER)


def born(card: ExplainedCard) -> MakerHost:
    """A chip with an MF and its master key."""
    host = MakerHost(card)
    assert host.show_transport_key() == 0x9000
    card.ok(MF)
    host.challenge()
    transport = HostKey("transport", "MF", TRANSPORT_KIND, 0, 0, "3DES", card.profile.transport_key)
    assert host.write(transport, "84D40100", key_plain(MASTER_HEADER, CARD_MASTER)) == 0x9000
    return host


def enter_issued(card: ExplainedCard) -> MakerHost:
    """SSSE of an issued card, its master key proved."""
    host = MakerHost(card)
    card.ok(SELECT_SSSE)
    assert host.prove(master_key(card.name, "SSSE master", "SSSE")) == 0x9000
    return host
