"""Mistakes in commands with MAC at the social side, and in what they encipher (SSC-4 §8, SSC-5 §6, SSC-7 §13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from tests.erring_terminal.explained_card import ExplainedCard
from tests.erring_terminal.input_names import CIPHER, HEADER, KEY, MAC, PADDING, RANDOM, SESSION, START
from tests.erring_terminal.mistake_case import ANY, CERTAIN, LIKELY, NONE_FITS, NOTE, Expected, MistakeCase, Scene
from tests.erring_terminal.proof_mistakes import (
    ascii_digits,
    changed,
    from_factor,
    key_itself,
    master,
    other,
    swapped_halves,
    swapped_nibbles,
    value,
)
from tests.erring_terminal.second_ciphers import cbc, ecb, ecb_back, inverted, padded_80
from tests.erring_terminal.second_social_host import (
    RIGHT_SECURED,
    HostKey,
    SecuredWays,
    SocialHost,
    block_of,
    cut_mac,
    pin_bytes,
    session_cipher,
)

BAD = 0x6988
BAD_LENGTH = 0x6700
NEW_PIN = "4711"


def securing(
    proven: str, key: str, header: str, plain: bytes = b"", directory: str = "SSSE", *, enciphered: bool = False
) -> Callable[..., SocialHost]:
    """Select, earn the right, two random numbers, the command with MAC."""

    def play(card: ExplainedCard, ways: SecuredWays) -> SocialHost:
        host = SocialHost(card)
        card.pins |= {NEW_PIN}
        host.select(directory)
        assert host.prove(proven) == 0x9000
        host.challenge()
        host.challenge()
        host.secured(key, header, plain, ways, enciphered=enciphered)
        host.used = {KEY: host.key.named, RANDOM: host.random, HEADER: host.header}
        return host

    return play


def _scene(profile: str, name: str, *how: Any, **more: Any) -> Scene:
    return Scene(f"{profile}-{name}", profile, securing(*how, **more), RIGHT_SECURED)


SEX = bytes.fromhex("0A0131")
UNBLOCK = {
    profile: _scene(profile, "unblock", "PUK", "STKSSSE", "84240000") for profile in ("social-2.0", "dual-3.0-sm4")
}
RELOAD = {
    profile: _scene(profile, "reload", "PUK", "STKSSSE", "84240001", pin_bytes(NEW_PIN), enciphered=True)
    for profile in ("dual-2.0-3des", "social-3.0")
}
UPDATE = {
    profile: _scene(profile, "update", "UKSSSE", "STKSSSE", "04DC0A30", SEX) for profile in ("social-2.0", "social-3.0")
}
NAME = b"\x09\x1e" + "测试持卡人".encode("gbk").ljust(30, b"\0")
NAME_UPDATE = _scene("social-3.0", "update-name", "UKSSSE", "STKSSSE", "04DC0930", NAME)
ALIGNED = _scene("social-2.0", "update-aligned", "UKSSSE", "STKSSSE", "04D68700", bytes.fromhex("414243"))
ALIGNED_SM4 = _scene("social-3.0", "update-aligned", "UKSSSE", "STKSSSE", "04D68700", bytes(range(0x41, 0x4C)))
CARD_BLOCK = {
    profile: _scene(profile, "card-block", "BK", "STKSSSE", "84160000") for profile in ("dual-2.0-3des", "dual-3.0-sm4")
}
DF03_BLOCK = _scene("social-2.0", "block-DF03", "LKDF03", "STKDF03", "841E0001", directory="DF03")
DF04_BLOCK = _scene("dual-3.0-sm4", "block-DF04", "LKDF04", "STKDF04", "841E0001", directory="DF04")
OLD_UPDATE = _scene("social-1.0", "update", "UKSSSE", "STKSSSE", "04DC0A30", SEX)

# --- what a mistaken terminal does --------------------------------------------------------------------------------

_Right = Callable[[SocialHost], Any]


def _right_key(host: SocialHost) -> Any:
    return host.key.named


def _any(_: SocialHost) -> Any:
    return ANY


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
    def expected(host: SocialHost) -> Expected:
        return Expected(what, right(host), wrong(host))

    named = f"MAC {scene.name}: {name}"
    return MistakeCase(named, scene, replace(RIGHT_SECURED, **ways), sw, finding, certainty, expected)


def _another_key(scene: Scene, name: str, finding: str, key: Callable[[SocialHost], HostKey]) -> MistakeCase:
    # the key's own algorithm goes with it
    return _case(
        scene, name, finding, KEY, _right_key, lambda host: key(host).named,
        key=value(key), algorithm=lambda host: key(host).algorithm,
    )  # fmt: skip


def _random(scene: Scene, name: str, finding: str, wrong: Callable[[SocialHost], bytes]) -> MistakeCase:
    return _case(scene, name, finding, RANDOM, lambda host: host.random, wrong, random=wrong)


def zeros(data: bytes, block: int) -> bytes:
    """00 up to a block, nothing where it is one."""
    return data + bytes(-len(data) % block)


def always_zeros(data: bytes, block: int) -> bytes:
    """00 up to a block, a block of them where it is one."""
    return data + bytes(block - len(data) % block)


def twice(data: bytes, block: int) -> bytes:
    return padded_80(padded_80(data, block), block)


def pkcs7(data: bytes, block: int) -> bytes:
    count = block - len(data) % block
    return data + bytes((count,)) * count


def without_padding(data: bytes, block: int) -> bytes:
    assert len(data) % block == 0
    return data


def lc_of_the_data(header: bytes) -> bytes:
    """As if no MAC followed."""
    return header[:4] + bytes((header[4] - 4,))


def without_ld(cipher: str, plain: bytes) -> bytes:
    return padded_80(plain, block_of(cipher))


def _keys() -> Iterator[MistakeCase]:
    yield _another_key(UNBLOCK["social-2.0"], "PUK for the MAC", "key.another-kind", other("PUK"))
    yield _another_key(UNBLOCK["dual-3.0-sm4"], "PUK for the MAC", "key.another-kind", other("PUK"))
    yield _another_key(CARD_BLOCK["dual-2.0-3des"], "BK for the MAC", "key.another-kind", other("BK"))
    yield _another_key(UPDATE["social-3.0"], "key of writing for the MAC", "key.another-kind", other("UKSSSE"))
    yield _another_key(UPDATE["social-2.0"], "STK of DF01", "key.another-place", other("STKDF01"))
    yield _another_key(DF03_BLOCK, "STK of the environment", "key.another-place", other("STKSSSE"))
    yield _another_key(DF04_BLOCK, "STK of DF03", "key.another-place", other("STKDF03"))
    for scene, tier in (
        (UNBLOCK["social-2.0"], "city"), (UPDATE["social-3.0"], "city"), (CARD_BLOCK["dual-3.0-sm4"], "province"),
        (OLD_UPDATE, "national"),
    ):  # fmt: skip
        yield _another_key(scene, f"master of the {tier}", "key.tier-above", master(tier))
    for scene in (UPDATE["social-2.0"], RELOAD["social-3.0"]):
        yield _case(
            scene, "derived with the first eight historical bytes", "key.another-factor", KEY,
            key=from_factor(lambda host: host.card.atr[-13:-5]),
        )  # fmt: skip
    yield _case(
        UPDATE["social-3.0"], "halves swapped", "key.halves-swapped", KEY, _right_key, key=changed(swapped_halves)
    )
    for scene in (UNBLOCK["social-2.0"], UPDATE["social-3.0"]):
        yield _case(scene, "bytes reversed", "key.bytes-reversed", KEY, _right_key, key=changed(lambda key: key[::-1]))
    for scene in (CARD_BLOCK["dual-3.0-sm4"], UPDATE["social-3.0"]):
        yield _case(scene, "as 3DES", "key.another-cipher", KEY, _right_key, algorithm=lambda _: "3DES")
    for scene in (UPDATE["social-2.0"], UNBLOCK["dual-3.0-sm4"], RELOAD["dual-2.0-3des"]):
        yield _case(scene, "no session key", "session.key-itself", SESSION, session=key_itself)


def _randoms() -> Iterator[MistakeCase]:
    for scene in (UNBLOCK["social-2.0"], RELOAD["social-3.0"]):
        yield _random(scene, "the random number before", "random.older", lambda host: host.randoms[-2])
    yield _random(UPDATE["social-2.0"], "the random number of the proof", "random.older", lambda host: host.randoms[1])
    for scene in (CARD_BLOCK["dual-2.0-3des"], UPDATE["social-3.0"]):
        yield _random(scene, "zeros for the random number", "random.zero", lambda host: bytes(len(host.random)))
    yield _random(UPDATE["social-3.0"], "random number twice", "random.doubled", lambda host: host.random * 2)
    for scene in (UNBLOCK["social-2.0"], DF04_BLOCK):
        yield _random(scene, "four bytes of eight", "random.truncated", lambda host: host.random[:4])
    yield _random(
        RELOAD["social-3.0"], "zeros in front", "random.filled-in-front", lambda host: host.random.rjust(16, b"\0")
    )
    for scene in (UPDATE["social-2.0"], UNBLOCK["dual-3.0-sm4"]):
        yield _random(scene, "bytes from behind", "random.reversed", lambda host: host.random[::-1])


def without_04(header: bytes) -> bytes:
    """The class as of the plain command."""
    return bytes((header[0] & ~4,)) + header[1:]


def _headers() -> Iterator[MistakeCase]:
    def row(scene: Scene, name: str, finding: str, wrong: Callable[[bytes], bytes]) -> MistakeCase:
        return _case(
            scene, name, finding, HEADER, lambda host: host.header, lambda host: wrong(host.header), header=wrong
        )  # fmt: skip

    for scene in (UPDATE["social-2.0"], UNBLOCK["social-2.0"], CARD_BLOCK["dual-3.0-sm4"], DF03_BLOCK):
        yield row(scene, "class without 04", "header.class-without-04", without_04)
    for scene in (UPDATE["social-2.0"], UPDATE["social-3.0"], UNBLOCK["dual-3.0-sm4"], RELOAD["dual-2.0-3des"]):
        yield row(scene, "Lc without MAC", "header.lc-without-mac", lc_of_the_data)
    for scene in (UPDATE["social-2.0"], RELOAD["social-3.0"], DF04_BLOCK):
        yield row(scene, "header without Lc", "header.without-lc", lambda head: head[:4])


def _paddings() -> Iterator[MistakeCase]:
    for scene in (DF03_BLOCK, UNBLOCK["dual-3.0-sm4"], RELOAD["dual-2.0-3des"]):
        yield _case(scene, "00 for 80", "padding.zeros", PADDING, pad=zeros)
    for scene in (ALIGNED, ALIGNED_SM4):
        yield _case(scene, "nothing behind whole blocks", "padding.none", PADDING, pad=without_padding)
    for scene in (UPDATE["social-2.0"], UPDATE["social-3.0"]):
        yield _case(scene, "padded twice", "padding.twice", PADDING, pad=twice)
    yield _case(ALIGNED, "a block of 00", "padding.zeros", PADDING, pad=always_zeros)
    for scene in (UNBLOCK["social-2.0"], UPDATE["social-3.0"], DF03_BLOCK):
        yield _case(
            scene, "random number as start value", "iv.random", START, lambda host: bytes(_block(host)), _filled_up,
            iv=lambda host, _: _filled_up(host),
        )  # fmt: skip


def _block(host: SocialHost) -> int:
    return block_of(session_cipher(host.key.algorithm))


def _filled_up(host: SocialHost) -> bytes:
    """The random number with 00 behind it."""
    return host.random.ljust(_block(host), b"\0")


def _cuts() -> Iterator[MistakeCase]:
    yield _case(
        UNBLOCK["social-2.0"], "three bytes", "mac.three-bytes", MAC, sw=0x6987, certainty=LIKELY,
        sent=lambda data, mac: data + mac[:3],
    )  # fmt: skip
    yield _case(
        UNBLOCK["social-2.0"], "eight bytes", "mac.eight-bytes", MAC, sw=BAD_LENGTH, cut=lambda _, block: block[:8],
    )  # fmt: skip
    yield _case(
        UPDATE["social-2.0"], "eight bytes", "mac.eight-bytes", MAC, cut=lambda _, block: block[:8],
    )  # fmt: skip
    yield _case(UPDATE["social-3.0"], "not folded", "mac.not-folded", MAC, cut=lambda _, block: block[:4])
    yield _case(RELOAD["social-3.0"], "over the plain text", "mac.over-plain", "", data=lambda _, plain: plain)
    for scene in (UNBLOCK["social-2.0"], DF03_BLOCK):
        yield _case(scene, "right half", "mac.right-half", MAC, cut=lambda _, block: block[4:8])


def _ciphers() -> Iterator[MistakeCase]:
    for scene in RELOAD.values():
        yield _case(
            scene,
            "without LD",
            "cipher.without-length",
            CIPHER,
            block=lambda c, p: padded_80(p, 16 if c == "SM4" else 8),
        )
        yield _case(scene, "PIN in clear", "cipher.in-clear", CIPHER, encipher=lambda _, __, data: data)
    yield _case(
        RELOAD["dual-2.0-3des"], "enciphered under the key itself", "session.key-itself", SESSION,
        cipher_key=lambda host, _: host.key.value,
    )  # fmt: skip
    yield _case(
        RELOAD["social-3.0"], "enciphered under PUK's session key", "key.another-kind", KEY,
        cipher_key=lambda host, _: ecb("SM4", host.tree("PUK").card.value, host.random.ljust(16, b"\0")),
    )  # fmt: skip


# --- kinds that no id is for ----------------------------------------------------------------------------------------


def _cmac(cipher: str, session: bytes, _iv: bytes, data: bytes) -> bytes:
    mac = cmac.CMAC(SM4(session) if cipher == "SM4" else TripleDES(session * 3))
    mac.update(data)
    return mac.finalize()


def _retail(cipher: str, session: bytes, iv: bytes, padded: bytes) -> bytes:
    """The last block deciphered and enciphered once more with the halves of the session key."""
    block = cbc(cipher, session, iv, padded)[-8:]
    left, right = session[:4] * 2, session[4:] * 2
    return ecb("DES", left, ecb_back("DES", right, block))


def _xored_blocks(cipher: str, session: bytes, _iv: bytes, padded: bytes) -> bytes:
    size = 16 if cipher == "SM4" else 8
    mixed = 0
    for at in range(0, len(padded), size):
        mixed ^= int.from_bytes(padded[at : at + size], "big")
    return ecb(cipher, session, mixed.to_bytes(size, "big"))


def _unlisted() -> Iterator[MistakeCase]:
    def row(scene: Scene, name: str, sw: int = BAD, **ways: Any) -> MistakeCase:
        def expected(host: SocialHost) -> Expected:
            return Expected(inputs=host.used)

        named = f"MAC {scene.name}: {name}"
        return MistakeCase(named, scene, replace(RIGHT_SECURED, **ways), sw, NONE_FITS, NOTE, expected)

    yield row(UPDATE["social-2.0"], "data without header", header=lambda _: b"")
    yield row(UPDATE["social-3.0"], "Le behind the data", data=lambda data, _: data + b"\0")
    yield row(UPDATE["social-2.0"], "Lc of three bytes", header=lambda head: head[:4] + bytes((0, 0, head[4])))
    yield row(UNBLOCK["social-2.0"], "as PKCS 7 pads", pad=pkcs7)
    yield row(UPDATE["social-3.0"], "as PKCS 7 pads", pad=pkcs7)
    yield row(UPDATE["social-2.0"], "FF for padding", pad=lambda d, block: d + b"\xff" * (-len(d) % block or block))
    yield row(UNBLOCK["dual-3.0-sm4"], "CMAC", pad=lambda data, _: data, chain=_cmac)
    yield row(CARD_BLOCK["dual-2.0-3des"], "CMAC", pad=lambda data, _: data, chain=_cmac)
    yield row(UPDATE["social-2.0"], "retail MAC of the session key's halves", chain=_retail)
    yield row(NAME_UPDATE, "blocks XORed", chain=_xored_blocks)
    yield row(UPDATE["social-3.0"], "middle of the block", cut=lambda _, block: block[6:10])
    yield row(UNBLOCK["social-2.0"], "bytes of the MAC from behind", cut=lambda c, block: cut_mac(c, block)[::-1])
    yield row(UPDATE["social-2.0"], "middle of the block", cut=lambda _, block: block[2:6])
    yield row(UPDATE["social-2.0"], "P1 P2 as zeros", header=lambda head: head[:2] + b"\0\0" + head[4:])
    yield row(DF04_BLOCK, "zeros where the MAC comes", data=lambda data, _: data + bytes(4))
    yield row(UNBLOCK["dual-3.0-sm4"], "nibbles of the key swapped", key=changed(swapped_nibbles))
    yield row(DF03_BLOCK, "random number in text", random=lambda host: ascii_digits(host.random))
    yield row(CARD_BLOCK["dual-3.0-sm4"], "random number inverted", random=lambda host: inverted(host.random))
    yield row(UPDATE["social-2.0"], "FF as start value", iv=lambda _, block: b"\xff" * block)
    yield row(UPDATE["social-3.0"], "value without tag and length", data=lambda data, _: data[2:])
    yield row(OLD_UPDATE, "record number for the identifier", header=lambda head: head[:2] + b"\x04\x34" + head[4:])
    yield row(RELOAD["dual-2.0-3des"], "enciphered by deciphering", encipher=ecb_back)


def zeros_behind(cipher: str, plain: bytes) -> bytes:
    """LD ‖ plain ‖ 00 … up to a block."""
    return zeros(bytes((len(plain),)) + plain, block_of(cipher))


CASES = (*_keys(), *_randoms(), *_headers(), *_paddings(), *_cuts(), *_ciphers(), *_unlisted())
