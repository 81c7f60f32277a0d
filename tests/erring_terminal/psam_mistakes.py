"""Mistakes at a terminal's key card: its own proofs, CREATE KEY and CHANGE KEY, MAC2 of a settlement (SSC-9 §7, §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard, apdu
from tests.erring_terminal.input_names import (
    AMOUNTS,
    CIPHER,
    HEADER,
    KEY,
    MAC,
    PADDING,
    PROOF,
    RANDOM,
    SEQUENCE,
    SESSION,
    START,
    TERMINAL_SEQUENCE,
)
from tests.erring_terminal.maker_mistakes import changed
from tests.erring_terminal.medical_mistakes import each_amount
from tests.erring_terminal.mistake_case import ANY, NONE_FITS, NOTE, Expected, MistakeCase, Scene
from tests.erring_terminal.proof_mistakes import ascii_digits, key_itself, swapped_halves, swapped_nibbles
from tests.erring_terminal.second_ciphers import cbc, ecb_back, padded_80
from tests.erring_terminal.second_maker_host import (
    NEW_MASTER,
    RIGHT_MAKER,
    UPDATE_KEY,
    MakerHost,
    MakerWays,
    master_key,
)
from tests.erring_terminal.second_medical_host import (
    POOLED,
    RIGHT_MEDICAL,
    SELF_PAID,
    SETTLEMENT,
    TERMINAL_NUMBER,
    TIME_OF_DAY,
    MedicalWays,
    number,
)
from tests.erring_terminal.second_social_host import (
    RIGHT_PROOF,
    HostKey,
    ProofWays,
    block_of,
    cut_mac,
    derived,
    session_cipher,
    tree_of,
)
from tests.erring_terminal.secured_mistakes import lc_of_the_data, pkcs7, twice, zeros

BAD, TWO_LEFT, WRONG_MAC2, NO_KEY = 0x6988, 0x63C2, 0x63CF, 0x6A80
SELECT_APPLICATION = apdu("00A40400", bytes.fromhex("D15600000590"))
TAC = bytes.fromhex("90632E4A")  # of the same answer, before MAC2
FACTOR = bytes.fromhex("860099000000A1B2")  # F3 of a card that the terminal has before it
SEQUENCE_OF_CARD = bytes.fromhex("0017")
RANDOMS_OF_CARD = (bytes.fromhex("C7D1042E"), bytes.fromhex("5A19F36C"))


def application_key(host: MakerHost, name: str, number: int) -> HostKey:
    """A key of the PSAM's application, as its maker knows it."""
    return master_key(host.card.name, f"sx1 {name}", "PSAM/DF01", number)


def enter(card: ExplainedCard) -> MakerHost:
    card.ok(SELECT_APPLICATION)
    return MakerHost(card)


def proof(card: ExplainedCard, ways: ProofWays) -> MakerHost:
    """The key that opens the file of national keys."""
    host = enter(card)
    host.challenge()
    host.prove(application_key(host, "KID-01", 1), ways, number=1)
    return host


def _opened(card: ExplainedCard) -> MakerHost:
    host = enter(card)
    assert host.prove(application_key(host, "KID-01", 1), number=1) == 0x9000
    host.challenge(4)
    host.challenge(4)
    return host


def create(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """CREATE KEY: a reading key of the nation, one step left."""
    host = _opened(card)
    algorithm = "03" if card.profile.psam.mf == "SM4" else "00"
    plain = bytes.fromhex(f"27E100{algorithm}00000000") + NEW_MASTER
    host.write(application_key(host, "application master", 0), "84D40011", plain, ways)
    return host


def change(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """CHANGE KEY: another value for a key that is there."""
    host = _opened(card)
    plain = bytes.fromhex("270A01") + UPDATE_KEY
    host.write(application_key(host, "application master", 0), "84D40111", plain, ways)
    return host


class Till(MakerHost):
    """A terminal that settles through its PSAM; the user card is its own tale, right in all it says."""

    amounts: bytes = number(0) + number(SELF_PAID) + number(POOLED)
    count: bytes = b""
    mac1: bytes = b""
    card_random: bytes = b""
    before: tuple[bytes, bytes] = (b"", b"")

    def initialise(self, random: bytes) -> None:
        """INIT SAM FOR PURCHASE: terminal's counter and MAC1."""
        self.before = (self.card_random, self.count)
        self.card_random = random
        data = random + SEQUENCE_OF_CARD + self.amounts + SETTLEMENT + TIME_OF_DAY + b"\x01"
        data += b"\x03" if self.card.profile.psam.mf == "SM4" else b"\x00"
        answer = self.card.ok(apdu("80700100", data + FACTOR))
        self.count, self.mac1 = answer[:4], answer[4:]

    def mac2(self, ways: MedicalWays = RIGHT_MEDICAL) -> bytes:
        """As the user card answers it."""
        key = tree_of(self.card.name)["DPK01", 1]
        child = derived(key.card.algorithm, key.city, FACTOR)
        self.key = key.card._replace(value=child)
        chosen = ways.key(self)  # type: ignore[arg-type] - of this host
        value = ways.value(chosen.value)
        seed = ways.random(self) + ways.sequence(SEQUENCE_OF_CARD) + ways.tail(self.count[-2:])  # type: ignore[arg-type]
        session = ways.session(chosen.algorithm, value, seed)
        self.keep(value, session)
        cipher = session_cipher(chosen.algorithm)
        block = block_of(cipher)
        amounts = ways.amounts([self.amounts[:4], self.amounts[4:8], self.amounts[8:]])
        covered = ways.pad(ways.order(amounts), block)
        self.used = {RANDOM: self.card_random, SEQUENCE: SEQUENCE_OF_CARD, AMOUNTS: self.amounts}
        return ways.sent(ways.cut(cipher, ways.chain(cipher, session, ways.iv(self, block), covered)))  # type: ignore[arg-type]


RIGHT_SETTLEMENT = replace(RIGHT_MEDICAL, random=lambda host: host.card_random)  # type: ignore[attr-defined]


def settle(card: ExplainedCard, ways: MedicalWays) -> Till:
    """A settlement before, then the one in question: MAC2 handed back."""
    card.ok(SELECT_APPLICATION)
    host = Till(card)
    host.initialise(RANDOMS_OF_CARD[0])
    assert card.send(apdu("80720000", host.mac2(RIGHT_SETTLEMENT)))[1] == 0x9000
    host.initialise(RANDOMS_OF_CARD[1])
    card.send(apdu("80720000", host.mac2(ways)))
    return host


PROOF_DES = Scene("psam-3des-proof", "psam-3des", proof, RIGHT_PROOF)
PROOF_SM4 = Scene("psam-sm4-proof", "psam-sm4", proof, RIGHT_PROOF)
CREATE_DES = Scene("psam-3des-create", "psam-3des", create, RIGHT_MAKER)
CREATE_SM4 = Scene("psam-sm4-create", "psam-sm4", create, RIGHT_MAKER)
CHANGE_DES = Scene("psam-3des-change", "psam-3des", change, RIGHT_MAKER)
SETTLE_DES = Scene("psam-3des-settle", "psam-3des", settle, RIGHT_SETTLEMENT)
SETTLE_SM4 = Scene("psam-sm4-settle", "psam-sm4", settle, RIGHT_SETTLEMENT)

_Right = Callable[[Any], Any]


def _any(_: MakerHost) -> Any:
    return ANY


def _row(
    scene: Scene, name: str, finding: str, what: str, right: _Right = _any, wrong: _Right = _any, **ways: Any
) -> MistakeCase:
    def expected(host: MakerHost) -> Expected:
        return Expected(what, right(host), wrong(host))

    named = f"psam {scene.name}: {name}"
    return MistakeCase(named, scene, replace(scene.honest, **ways), WORDS[scene.name], finding, expected=expected)


def _unlisted_row(scene: Scene, name: str, sw: int = 0, **ways: Any) -> MistakeCase:
    def expected(host: MakerHost) -> Expected:
        return Expected(inputs={name: value for name, value in host.used.items() if name != KEY})

    named = f"psam {scene.name}: {name}"
    wrong = replace(scene.honest, **ways)
    return MistakeCase(named, scene, wrong, sw or WORDS[scene.name], NONE_FITS, NOTE, expected)


WORDS = {
    scene.name: word
    for scenes, word in (
        ((PROOF_DES, PROOF_SM4), TWO_LEFT),
        ((CREATE_DES, CREATE_SM4, CHANGE_DES), BAD),
        ((SETTLE_DES, SETTLE_SM4), WRONG_MAC2),
    )
    for scene in scenes
}


def _check(key: Callable[[Any], HostKey]) -> Callable[[Any], bytes]:
    return lambda host: key(host).value


def _proofs() -> Iterator[MistakeCase]:
    for scene in (PROOF_DES, PROOF_SM4):
        yield _row(
            scene, "key of the province's file", "key.another-number", KEY,
            key=_check(lambda host: application_key(host, "KID-02", 2)),
        )  # fmt: skip
        yield _row(
            scene, "the random number before", "random.older", RANDOM, lambda host: host.random,
            lambda host: host.randoms[-2], random=lambda host: host.randoms[-2],
        )  # fmt: skip
    yield _row(PROOF_DES, "halves swapped", "key.halves-swapped", KEY, key=changed(swapped_halves))
    yield _row(PROOF_DES, "original before the proof", "fields.swapped", PROOF, order=lambda own, random: random + own)
    yield _row(PROOF_SM4, "no session key", "session.key-itself", SESSION, session=key_itself)
    yield _unlisted_row(PROOF_DES, "key in text", key=changed(ascii_digits))


def _keys() -> Iterator[MistakeCase]:
    def master_of(host: MakerHost) -> HostKey:
        return master_key(host.card.name, "MF master", "PSAM")

    opener = _check(lambda host: application_key(host, "KID-01", 1))
    yield _row(CREATE_DES, "under the key that opened the file", "key.another-kind", KEY, key=opener)
    yield _row(CREATE_SM4, "under the MF's master key", "key.another-place", KEY, key=_check(master_of))
    yield _row(CHANGE_DES, "halves swapped", "key.halves-swapped", KEY, key=changed(swapped_halves))
    yield _row(CREATE_DES, "left half alone", "key.left-half", KEY, key=changed(lambda key: key[:8]))
    for scene in (CREATE_DES, CREATE_SM4):
        yield _row(
            scene, "zero start value", "iv.zero", START, lambda host: host.used[START],
            lambda host: bytes(len(host.used[START])), iv=lambda _, __, block: bytes(block),
        )  # fmt: skip
    for scene in (CHANGE_DES, CREATE_SM4):
        yield _row(
            scene, "the random number before", "random.older", RANDOM, lambda host: host.random,
            lambda host: host.randoms[-2], random=lambda host: host.randoms[-2],
        )  # fmt: skip
        yield _row(
            scene, "Lc without MAC", "header.lc-without-mac", HEADER, lambda host: host.header,
            lambda host: lc_of_the_data(host.header), header=lc_of_the_data,
        )  # fmt: skip
    yield _row(CREATE_DES, "random number twice", "random.doubled", RANDOM, random=lambda host: host.random * 2)
    yield _row(
        CREATE_SM4, "zeros in front", "random.filled-in-front", RANDOM,
        iv=lambda _, random, block: random.rjust(block, b"\0"),
    )  # fmt: skip
    yield _row(
        CREATE_DES, "class without 04", "header.class-without-04", HEADER,
        header=lambda head: bytes((head[0] & ~4,)) + head[1:],
    )  # fmt: skip
    yield _row(CHANGE_DES, "00 for 80", "padding.zeros", PADDING, pad=zeros)
    yield _row(CREATE_SM4, "padded twice", "padding.twice", PADDING, pad=twice)
    yield _row(CREATE_DES, "right half", "mac.right-half", MAC, cut=lambda _, block: block[4:8])
    yield _row(CREATE_SM4, "in clear", "cipher.in-clear", CIPHER, encipher=lambda _, __, data: data)
    yield _row(
        CREATE_DES, "without LD", "cipher.without-length", CIPHER,
        block=lambda name, plain: padded_80(plain, block_of(name)),
    )  # fmt: skip
    yield _unlisted_row(
        CREATE_DES, "3DES in every block", chain=lambda name, key, iv, data: cbc(name, key, iv, data)[-8:]
    )
    yield _unlisted_row(CHANGE_DES, "as PKCS 7 pads", pad=pkcs7)
    yield _unlisted_row(CREATE_SM4, "deciphered", encipher=ecb_back)
    yield _unlisted_row(CREATE_SM4, "nibbles of the key swapped", key=changed(swapped_nibbles))


def _settlements() -> Iterator[MistakeCase]:
    for scene, step in ((SETTLE_DES, 1), (SETTLE_SM4, -1)):
        yield _row(
            scene, f"card's counter {step:+d}", "sequence.off-by-one", SEQUENCE, lambda _: SEQUENCE_OF_CARD,
            sequence=lambda sequence, step=step: (int.from_bytes(sequence, "big") + step).to_bytes(2, "big"),
        )  # fmt: skip
    yield _row(
        SETTLE_DES, "terminal's counter of the settlement before", "sequence.off-by-one", TERMINAL_SEQUENCE,
        tail=lambda tail: (int.from_bytes(tail, "big") - 1).to_bytes(2, "big"),
    )  # fmt: skip
    yield _row(
        SETTLE_SM4, "second purchase key", "key.another-number", KEY, lambda host: _purchase_key(host, 1),
        lambda host: _purchase_key(host, 2), key=_of_group(2),
    )  # fmt: skip
    yield _row(
        SETTLE_DES, "key of the city", "key.tier-above", KEY,
        key=lambda host: host.key._replace(value=tree_of(host.card.name)["DPK01", 1].city),
    )  # fmt: skip
    yield _row(
        SETTLE_SM4, "random number of the settlement before", "random.older", RANDOM, lambda host: host.card_random,
        lambda host: host.before[0], random=lambda host: host.before[0],
    )  # fmt: skip
    reversed_each = each_amount(lambda amount: amount[::-1])
    yield _row(SETTLE_DES, "amounts from behind", "amount.byte-order", AMOUNTS, amounts=reversed_each)
    yield _row(SETTLE_SM4, "pooled before self-paid", "fields.swapped", AMOUNTS, amounts=lambda a: [a[0], a[2], a[1]])
    yield _row(SETTLE_SM4, "00 for 80", "padding.zeros", PADDING, pad=zeros)
    yield _unlisted_row(SETTLE_DES, "TAC for MAC2", sent=lambda _: TAC)
    yield _unlisted_row(SETTLE_SM4, "bytes of the MAC from behind", cut=lambda c, block: cut_mac(c, block)[::-1])
    yield _unlisted_row(
        SETTLE_DES, "over all that MAC1 covers",
        order=lambda amounts: b"".join((*amounts, SETTLEMENT, TERMINAL_NUMBER, TIME_OF_DAY)),
    )  # fmt: skip


def _purchase_key(host: Till, group: int) -> tuple[Any, ...]:
    """As a finding names it: a PSAM's key has usage and identifier, and no version beside (SSC-9 §6.1)."""
    key = tree_of(host.card.name)["DPK01", group]
    return ("PSAM/DF01", 0x22, group, 0, key.card.algorithm, key.card._replace(value=key.city).check)


def _of_group(group: int) -> Callable[[Any], HostKey]:
    def key(host: Till) -> HostKey:
        other = tree_of(host.card.name)["DPK01", group]
        return other.card._replace(value=derived(other.card.algorithm, other.city, FACTOR))

    return key


CASES = (*_proofs(), *_keys(), *_settlements())
