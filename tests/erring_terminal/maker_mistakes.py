"""Mistakes in making a card: transport key, card master key, keys with MAC and enciphered (SSC-10 §5, SSC-9 §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard
from tests.erring_terminal.input_names import CIPHER, HEADER, KEY, MAC, PADDING, PROOF, RANDOM, SERIAL, SESSION, START
from tests.erring_terminal.mistake_case import ANY, CERTAIN, NONE_FITS, NOTE, Expected, MistakeCase, Scene
from tests.erring_terminal.proof_mistakes import (
    ascii_digits,
    key_itself,
    long_proof,
    swapped_halves,
    swapped_nibbles,
)
from tests.erring_terminal.second_ciphers import cbc, ecb, ecb_back, inverted, padded_80
from tests.erring_terminal.second_maker_host import (
    CARD_MASTER,
    MASTER_HEADER,
    MF,
    NEW_MASTER,
    RIGHT_MAKER,
    RIGHT_TRANSPORT,
    SECURITY_FILE,
    SHORT_HEADER,
    SHORT_KEY,
    SM4_MASTER_HEADER,
    SSSE_DDF,
    TRANSPORT_KIND,
    UPDATE_HEADER,
    UPDATE_KEY,
    MakerHost,
    MakerWays,
    TransportWays,
    born,
    card_master,
    enter_issued,
    key_plain,
    master_key,
)
from tests.erring_terminal.second_social_host import (
    RIGHT_PROOF,
    SELECT_SSSE,
    HostKey,
    ProofWays,
    block_of,
    process_key,
    tree_of,
    with_length,
)
from tests.erring_terminal.secured_mistakes import lc_of_the_data, pkcs7, twice, without_04, zeros, zeros_behind

BAD = 0x6988
NO_KEY = 0x6A80
TWO_LEFT = 0x63C2
NINE_LEFT = 0x63C9  # of the transport key's ten tries

# --- scenes -----------------------------------------------------------------------------------------------------------


def transport(card: ExplainedCard, ways: TransportWays) -> MakerHost:
    """A blank chip shown its transport key."""
    host = MakerHost(card)
    host.show_transport_key(ways)
    return host


def first_master(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """The card's first master key, under the transport key."""
    host = MakerHost(card)
    assert host.show_transport_key() == 0x9000
    card.ok(MF)
    host.challenge()
    under = HostKey("transport", "MF", TRANSPORT_KIND, 0, 0, "3DES", card.profile.transport_key)
    host.write(under, "84D40100", key_plain(MASTER_HEADER, CARD_MASTER), ways)
    return host


def card_master_proof(card: ExplainedCard, ways: ProofWays) -> MakerHost:
    """The card master key proved in an MF just made."""
    host = born(card)
    host.challenge()
    host.prove(card_master(), ways)
    return host


def first_environment_key(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """An environment's first master key, under the card's."""
    host = born(card)
    assert host.prove(card_master()) == 0x9000
    card.ok(SSSE_DDF)
    host.challenge()
    host.write(card_master(), "84D40100", key_plain(MASTER_HEADER, NEW_MASTER), ways)
    return host


def environment_key(header: str, value: bytes) -> Callable[..., MakerHost]:
    """A key of a new environment under its master key."""

    def play(card: ExplainedCard, ways: MakerWays) -> MakerHost:
        host = first_environment_key(card, RIGHT_MAKER)
        card.ok(SELECT_SSSE)
        master = HostKey("SSSE master", "SSSE", 0, 0, 0, "3DES", NEW_MASTER)
        assert host.prove(master) == 0x9000
        card.ok(SECURITY_FILE)
        host.challenge()
        host.challenge()
        host.write(master, "84D40000", key_plain(header, value), ways)
        return host

    return play


def plain_key(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """A key in plain with MAC."""
    host = first_environment_key(card, RIGHT_MAKER)
    card.ok(SELECT_SSSE)
    master = HostKey("SSSE master", "SSSE", 0, 0, 0, "3DES", NEW_MASTER)
    assert host.prove(master) == 0x9000
    card.ok(SECURITY_FILE)
    host.challenge()
    host.write(master, "04D40000", key_plain(UPDATE_HEADER, UPDATE_KEY), ways, enciphered=False)
    return host


def new_master(card: ExplainedCard, ways: MakerWays) -> MakerHost:
    """An issued environment replaces its master key."""
    host = enter_issued(card)
    sm4 = host.key.algorithm == "SM4"
    host.challenge(16 if sm4 else 8)
    host.write(host.key, "84D40100", key_plain(SM4_MASTER_HEADER if sm4 else MASTER_HEADER, NEW_MASTER), ways)
    return host


def issued_proof(card: ExplainedCard, ways: ProofWays) -> MakerHost:
    """An issued environment's master key proved."""
    host = MakerHost(card)
    card.ok(SELECT_SSSE)
    host.challenge()
    host.prove(master_key(card.name, "SSSE master", "SSSE"), ways)
    return host


TRANSPORT = Scene("blank-transport", "blank", transport, RIGHT_TRANSPORT)
FIRST_MASTER = Scene("blank-first-master", "blank", first_master, RIGHT_MAKER)
MF_PROOF = Scene("blank-card-master", "blank", card_master_proof, RIGHT_PROOF)
FIRST_ENVIRONMENT = Scene("blank-first-environment-key", "blank", first_environment_key, RIGHT_MAKER)
UPDATE = Scene("blank-update-key", "blank", environment_key(UPDATE_HEADER, UPDATE_KEY), RIGHT_MAKER)
SHORT = Scene("blank-short-key", "blank", environment_key(SHORT_HEADER, SHORT_KEY), RIGHT_MAKER)
PLAIN = Scene("blank-plain-key", "blank", plain_key, RIGHT_MAKER)
NEW_3DES = Scene("social-2.0-new-master", "social-2.0", new_master, RIGHT_MAKER)
NEW_SM4 = Scene("dual-3.0-sm4-new-master", "dual-3.0-sm4", new_master, RIGHT_MAKER)
SSSE_3DES = Scene("dual-2.0-3des-master", "dual-2.0-3des", issued_proof, RIGHT_PROOF)
SSSE_SM4 = Scene("social-3.0-master", "social-3.0", issued_proof, RIGHT_PROOF)

# --- tables -----------------------------------------------------------------------------------------------------------

_Right = Callable[[MakerHost], Any]


def _any(_: MakerHost) -> Any:
    return ANY


def _right_key(host: MakerHost) -> Any:
    return host.key.named


def _case(
    scene: Scene,
    name: str,
    finding: str,
    what: str,
    right: _Right = _any,
    wrong: _Right = _any,
    *,
    sw: int = BAD,
    certainty: str = CERTAIN,
    **ways: Any,
) -> MistakeCase:
    def expected(host: MakerHost) -> Expected:
        return Expected(what, right(host), wrong(host))

    named = f"making {scene.name}: {name}"
    return MistakeCase(named, scene, replace(scene.honest, **ways), sw, finding, certainty, expected)


def changed(change: Callable[[bytes], bytes]) -> Callable[[MakerHost], bytes]:
    return lambda host: change(host.key.value)


def _unlisted_row(scene: Scene, name: str, sw: int = BAD, **ways: Any) -> MistakeCase:
    def expected(host: MakerHost) -> Expected:
        return Expected(inputs=host.used)

    named = f"making {scene.name}: {name}"
    return MistakeCase(named, scene, replace(scene.honest, **ways), sw, NONE_FITS, NOTE, expected)


def _transport() -> Iterator[MistakeCase]:
    def row(name: str, finding: str, what: str = KEY, **ways: Any) -> MistakeCase:
        return _case(TRANSPORT, name, finding, what, sw=NINE_LEFT, **ways)

    yield row("halves swapped", "key.halves-swapped", key=changed(swapped_halves))
    yield row("bytes reversed", "key.bytes-reversed", key=changed(lambda key: key[::-1]))
    yield row("left half alone", "key.left-half", key=changed(lambda key: key[:8]))
    yield row("last eight bytes of the ATR", "serial.another-part", SERIAL, block=lambda atr: atr[-8:])
    yield row("zeros behind the serial number", "padding.at-the-other-end", SERIAL, block=lambda a: a[-6:] + b"\0\0")
    yield _unlisted_row(TRANSPORT, "serial number from behind", NINE_LEFT, block=lambda atr: atr[:-9:-1])
    yield _unlisted_row(TRANSPORT, "deciphered", NINE_LEFT, encipher=ecb_back)
    yield _unlisted_row(TRANSPORT, "key in text", NINE_LEFT, key=changed(ascii_digits))


def _proofs() -> Iterator[MistakeCase]:
    def row(scene: Scene, name: str, finding: str, what: str = KEY, right: _Right = _any, **ways: Any) -> MistakeCase:
        return _case(scene, name, finding, what, right, sw=TWO_LEFT, **ways)

    for scene in (MF_PROOF, SSSE_3DES):
        yield row(scene, "left half alone", "key.left-half", right=_right_key, key=changed(lambda key: key[:8]))
        yield row(scene, "halves swapped", "key.halves-swapped", right=_right_key, key=changed(swapped_halves))
    for scene in (MF_PROOF, SSSE_SM4):
        yield _case(
            scene, "the random number before", "random.older", RANDOM, lambda host: host.random,
            lambda host: host.randoms[-2], sw=TWO_LEFT, random=lambda host: host.randoms[-2],
        )  # fmt: skip
    yield row(
        MF_PROOF, "as the bank's side proves it", "session.key-itself", SESSION, session=key_itself, proof=long_proof
    )
    yield row(SSSE_SM4, "no session key", "session.key-itself", SESSION, session=key_itself)
    for scene in (SSSE_3DES, SSSE_SM4):
        yield _case(
            scene, "card master key in the environment", "key.another-place", KEY, _right_key,
            lambda host: _mf_master(host).named, sw=TWO_LEFT, key=lambda host: _mf_master(host).value,
            algorithm=lambda host: _mf_master(host).algorithm,
        )  # fmt: skip
    yield row(SSSE_SM4, "as 3DES", "key.another-cipher", right=_right_key, algorithm=lambda _: "3DES")
    yield _case(
        SSSE_3DES, "reading key of the environment", "key.another-kind", KEY, _right_key, sw=TWO_LEFT,
        key=_card_key("RKSSSE"),
    )  # fmt: skip
    yield row(
        MF_PROOF, "original before the proof", "fields.swapped", PROOF, order=lambda proof, random: random + proof
    )
    yield _unlisted_row(MF_PROOF, "key inverted", TWO_LEFT, key=changed(inverted))
    yield _unlisted_row(SSSE_SM4, "nibbles of the key swapped", TWO_LEFT, key=changed(swapped_nibbles))


def _mf_master(host: MakerHost) -> HostKey:
    return master_key(host.card.name, "card master", "MF")


def _card_key(name: str) -> Callable[[MakerHost], bytes]:
    return lambda host: tree_of(host.card.name)[name, 1].card.value


def _keys_of_keys() -> Iterator[MistakeCase]:
    for scene in (FIRST_MASTER, UPDATE, NEW_3DES):
        yield _case(scene, "halves swapped", "key.halves-swapped", KEY, key=changed(swapped_halves))
    for scene in (FIRST_ENVIRONMENT, NEW_SM4):
        yield _case(scene, "bytes reversed", "key.bytes-reversed", KEY, key=changed(lambda key: key[::-1]))
    yield _case(FIRST_ENVIRONMENT, "left half alone", "key.left-half", KEY, key=changed(lambda key: key[:8]))
    for scene, master in ((UPDATE, lambda _: card_master()), (NEW_3DES, _mf_master)):
        yield _case(
            scene, "under the card's master key", "key.another-place", KEY, _right_key,
            lambda host, master=master: master(host).named, key=lambda host, master=master: master(host).value,
        )  # fmt: skip
    yield _case(
        NEW_SM4, "under the key of reading", "key.another-kind", KEY, _right_key, key=_card_key("RKSSSE")
    )  # fmt: skip
    yield _case(
        NEW_SM4, "as 3DES", "key.another-cipher", KEY, _right_key,
        algorithm=lambda _: "3DES", iv=lambda host, _, block: host.random[:block],
    )  # fmt: skip
    yield _unlisted_row(FIRST_ENVIRONMENT, "under the new key itself", key=lambda _: NEW_MASTER)
    yield _unlisted_row(NEW_SM4, "key in text", key=changed(ascii_digits))


def _macs() -> Iterator[MistakeCase]:
    for scene in (FIRST_MASTER, UPDATE, NEW_SM4, PLAIN):
        yield _case(
            scene, "zero start value", "iv.zero", START, lambda host: host.used[START],
            lambda host: bytes(len(host.used[START])), iv=lambda _, __, block: bytes(block),
        )  # fmt: skip
    for scene in (UPDATE, SHORT):
        yield _case(
            scene, "the random number before", "random.older", RANDOM, lambda host: host.random,
            lambda host: host.randoms[-2], random=lambda host: host.randoms[-2],
        )  # fmt: skip
    for scene in (NEW_SM4, NEW_3DES):
        yield _case(scene, "four bytes of it", "random.truncated", RANDOM, random=lambda host: host.random[:4])
    yield _case(UPDATE, "bytes from behind", "random.reversed", RANDOM, random=lambda host: host.random[::-1])
    for scene in (FIRST_ENVIRONMENT, NEW_SM4, SHORT):
        for name, finding, wrong in (
            ("class without 04", "header.class-without-04", without_04),
            ("Lc without MAC", "header.lc-without-mac", lc_of_the_data),
        ):
            yield _case(
                scene, name, finding, HEADER, lambda host: host.header, lambda host, wrong=wrong: wrong(host.header),
                header=wrong,
            )  # fmt: skip
    for scene in (UPDATE, NEW_3DES):
        yield _case(scene, "header without Lc", "header.without-lc", HEADER, header=lambda head: head[:4])
        yield _case(scene, "00 for 80", "padding.zeros", PADDING, pad=zeros)
    for scene in (FIRST_MASTER, NEW_SM4):
        yield _case(scene, "padded twice", "padding.twice", PADDING, pad=twice)
    yield _case(UPDATE, "right half", "mac.right-half", MAC, cut=lambda _, block: block[4:8])
    yield _unlisted_row(UPDATE, "single DES CBC with 3DES left out", chain=_all_by_3des)
    yield _case(
        PLAIN, "session key, as secured commands have it", "session.other-derivation", SESSION, chain=_by_session_key
    )  # fmt: skip
    yield _unlisted_row(NEW_3DES, "as PKCS 7 pads", pad=pkcs7)
    yield _unlisted_row(SHORT, "bytes of the MAC from behind", cut=lambda _, block: block[:4][::-1])
    yield _case(NEW_SM4, "not folded", "mac.not-folded", MAC, cut=lambda _, block: block[:4])
    yield _unlisted_row(UPDATE, "MAC over the plain text with LD", data=lambda _, plain: with_length("3DES", plain))
    yield _unlisted_row(NEW_SM4, "data without header", header=lambda _: b"")


def _all_by_3des(cipher: str, key: bytes, iv: bytes, padded: bytes) -> bytes:
    return cbc(cipher, key, iv, padded)[-8:]


def _by_session_key(_: str, key: bytes, iv: bytes, padded: bytes) -> bytes:
    return cbc("DES", ecb("3DES", key, iv), bytes(8), padded)[-8:]


def _ciphers() -> Iterator[MistakeCase]:
    for scene in (UPDATE, NEW_3DES):
        yield _case(
            scene, "CBC from zero", "cipher.cbc", CIPHER, sw=NO_KEY,
            encipher=lambda name, key, data: cbc(name, key, bytes(8), data),
        )  # fmt: skip
    for scene in (UPDATE, NEW_SM4):
        yield _case(scene, "without LD", "cipher.without-length", CIPHER, sw=NO_KEY, block=_without_ld)
    for scene in (FIRST_ENVIRONMENT, NEW_SM4):
        yield _case(scene, "in clear", "cipher.in-clear", CIPHER, encipher=lambda _, __, data: data)
    yield _case(
        UPDATE, "00 behind the key", "accepted.zero-padding", "", sw=0x9000, certainty=NOTE, block=zeros_behind
    )  # fmt: skip
    yield _unlisted_row(
        UPDATE, "enciphered under a session key", encipher=lambda _, key, data: ecb("DES", key, data),
        cipher_key=lambda host, key: process_key("3DES", key, host.random),
    )  # fmt: skip
    yield _unlisted_row(NEW_SM4, "deciphered", encipher=ecb_back)
    yield _unlisted_row(NEW_3DES, "LD counts itself", NO_KEY, block=_counting_ld)


def _without_ld(cipher: str, plain: bytes) -> bytes:
    return padded_80(plain, block_of(cipher))


def _counting_ld(cipher: str, plain: bytes) -> bytes:
    return padded_80(bytes((len(plain) + 1,)) + plain, block_of(cipher))


CASES = (*_transport(), *_proofs(), *_keys_of_keys(), *_macs(), *_ciphers())
