"""Mistakes in EXTERNAL AUTHENTICATION at the social side (SSC-4 §9, SSC-5 §6.4, SSC-7 §6, SSC-9 §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.erring_terminal.explained_card import ExplainedCard
from tests.erring_terminal.input_names import KEY, ORIGINAL, PROOF, RANDOM, SESSION
from tests.erring_terminal.mistake_case import ANY, NONE_FITS, NOTE, Expected, MistakeCase, Scene, nothing_said
from tests.erring_terminal.second_ciphers import ecb, ecb_back, inverted, xor
from tests.erring_terminal.second_social_host import (
    RIGHT_PROOF,
    HostKey,
    ProofWays,
    SocialHost,
    derived,
    proof_of,
)

TWO_LEFT = 0x63C2  # of three tries
THREE_LEFT = 0x63C3  # of a key that never locks
CITY_FACTOR = b"990000sx"  # F2 of the profiles' city, SSC-9 §7.3.3


def proving(name: str, directory: str = "SSSE", *, version: int = 0, length: int = 8) -> Callable[..., SocialHost]:
    """Select, two random numbers, the proof; ``length``: of the random numbers."""

    def play(card: ExplainedCard, ways: ProofWays) -> SocialHost:
        host = SocialHost(card)
        host.select(directory)
        host.original = host.challenge()
        host.challenge(length)
        host.present(name, ways, version=version)
        host.used = {KEY: host.key.named, RANDOM: host.random, ORIGINAL: host.original}
        return host

    return play


def _scene(profile: str, name: str, directory: str = "SSSE", **how: int) -> Scene:
    told = "".join(f"-{key}-{value}" for key, value in how.items())
    return Scene(f"{profile}-{name}{told}", profile, proving(name, directory, **how), RIGHT_PROOF)


DES_READ = _scene("social-2.0", "RKSSSE")
DES_SHORT = _scene("social-2.0", "RKSSSE", length=4)
DES_GROUP = _scene("dual-2.0-3des", "UKSSSE", version=2)
DES_DF03 = _scene("social-2.0", "RK1DF03", "DF03")
DES_OLD = _scene("social-1.0", "UKSSSE")
SM4_READ = _scene("dual-3.0-sm4", "RKSSSE")
SM4_LONG = _scene("social-3.0", "RKSSSE", length=16)
SM4_DF04 = _scene("social-3.0", "UK1DF04", "DF04")
DES_BLOCK = _scene("social-2.0", "BK")
SM4_LOCK = _scene("social-3.0", "LKDF03", "DF03")

# --- what a mistaken terminal takes in the place of something ---------------------------------------------------------


def other(name: str, version: int | None = None) -> Callable[[SocialHost], HostKey]:
    """Another key of the card."""
    return lambda host: host.tree(name, version).card


def master(tier: str) -> Callable[[SocialHost], HostKey]:
    """The right key before it was derived down to the card."""
    return lambda host: host.tree(host.key.name, host.key.version).at(tier)


def from_factor(factor: Callable[[SocialHost], bytes]) -> Callable[[SocialHost], bytes]:
    """The city's key derived with another factor than F3."""
    return lambda host: derived(host.key.algorithm, host.tree(host.key.name, host.key.version).city, factor(host))


def value(key: Callable[[SocialHost], HostKey]) -> Callable[[SocialHost], bytes]:
    """Its bytes."""
    return lambda host: key(host).value


def changed(change: Callable[[bytes], bytes]) -> Callable[[SocialHost], bytes]:
    """The right key with its bytes changed."""
    return lambda host: change(host.key.value)


def swapped_halves(key: bytes) -> bytes:
    return key[len(key) // 2 :] + key[: len(key) // 2]


def swapped_nibbles(data: bytes) -> bytes:
    return bytes(byte >> 4 | (byte & 0xF) << 4 for byte in data)


def ascii_digits(data: bytes) -> bytes:
    """As text in hex, cut to the length there was."""
    return data.hex().upper().encode()[: len(data)]


def key_itself(algorithm: str, key: bytes, random: bytes) -> bytes:  # noqa: ARG001 - there is no session key
    return key


def twice_session(algorithm: str, key: bytes, random: bytes) -> bytes:
    """A 16-byte session key of a 3DES key: over the random number and its inverse."""
    return ecb(algorithm, key, random + inverted(random))


def inverse_session(algorithm: str, key: bytes, random: bytes) -> bytes:
    """Deciphered where it should be enciphered."""
    block = 16 if algorithm == "SM4" else 8
    return ecb_back(algorithm, key, random.ljust(block, b"\0")[:block])


def long_proof(cipher: str, session: bytes, original: bytes) -> bytes:
    """With a session key of 16 bytes as 3DES."""
    return ecb("3DES" if cipher == "DES" else cipher, session, original)


def as_cipher(cipher: str) -> Callable[[str, bytes, bytes], bytes]:
    return lambda _, session, original: proof_of(cipher, session, original)


# --- the tables -------------------------------------------------------------------------------------------------------

_Right = Callable[[SocialHost], Any]


def _right_key(host: SocialHost) -> Any:
    return host.key.named


def _any(_: SocialHost) -> Any:
    return ANY


def _case(
    scene: Scene, name: str, finding: str, what: str, right: _Right, wrong: _Right, sw: int = TWO_LEFT, **ways: Any
) -> MistakeCase:
    def expected(host: SocialHost) -> Expected:
        return Expected(what, right(host), wrong(host))

    return MistakeCase(
        f"proof {scene.name}: {name}", scene, replace(RIGHT_PROOF, **ways), sw, finding, expected=expected
    )


def _another_key(
    scene: Scene, name: str, finding: str, key: Callable[[SocialHost], HostKey], **ways: Any
) -> MistakeCase:
    return _case(scene, name, finding, KEY, _right_key, lambda host: key(host).named, key=value(key), **ways)


def _changed_key(scene: Scene, name: str, finding: str, change: Callable[[bytes], bytes], **ways: Any) -> MistakeCase:
    return _case(scene, name, finding, KEY, _right_key, _any, key=changed(change), **ways)


def _random(scene: Scene, name: str, finding: str, wrong: Callable[[SocialHost], bytes]) -> MistakeCase:
    return _case(scene, name, finding, RANDOM, lambda host: host.random, wrong, random=wrong)


def _keys() -> Iterator[MistakeCase]:
    for scene, number in ((DES_READ, "UKSSSE"), (SM4_READ, "PUK"), (SM4_DF04, "UK2DF04")):
        yield _another_key(scene, f"key of {number}", "key.another-number", other(number))
    yield _another_key(DES_DF03, "key of RK2 of the same group", "key.another-number", other("RK2DF03", 1))
    yield _case(
        DES_READ, "P2 names the key of writing", "key.another-number", KEY, lambda host: host.tree("UKSSSE").card.named,
        _right_key, number=lambda _: 0x04,
    )  # fmt: skip
    yield _another_key(DES_READ, "second group", "key.another-version", other("RKSSSE", 2))
    yield _another_key(DES_GROUP, "first group, second named", "key.another-version", other("UKSSSE", 1))
    yield _another_key(SM4_READ, "third group", "key.another-version", other("RKSSSE", 3))
    yield _another_key(DES_DF03, "same number of DF04", "key.another-place", other("RK1DF04"))
    yield _another_key(SM4_DF04, "same number of DF01", "key.another-place", other("UK3DF01"))
    yield _another_key(DES_READ, "IRK", "key.another-kind", other("IRK"))
    yield _another_key(SM4_READ, "STK", "key.another-kind", other("STKSSSE"))
    yield _another_key(DES_OLD, "IRK", "key.another-kind", other("IRK"))
    for tier, scenes in {
        "city": (DES_READ, SM4_READ, DES_OLD), "province": (DES_GROUP, SM4_DF04), "national": (DES_READ, SM4_LONG),
    }.items():  # fmt: skip
        for scene in scenes:
            yield _another_key(scene, f"master of the {tier}", "key.tier-above", master(tier))
    for scene, what, factor in (
        (DES_READ, "first eight historical bytes", lambda host: host.card.atr[-13:-5]),
        (SM4_READ, "first eight historical bytes", lambda host: host.card.atr[-13:-5]),
        (DES_OLD, "first eight bytes of the ATR", lambda host: host.card.atr[:8]),
        (DES_GROUP, "factor of the card before", lambda host: host.factor[:-1] + b"\xb2"),
    ):
        yield _case(scene, f"derived with {what}", "key.another-factor", KEY, _any, _any, key=from_factor(factor))
    for name, steps in (
        ("card's factor before the city's", _steps_of(lambda host: host.factor, lambda _: CITY_FACTOR)),
        ("city's factor for both", _steps_of(lambda _: CITY_FACTOR, lambda _: CITY_FACTOR)),
    ):
        yield _case(DES_READ, name, "key.another-factor", KEY, _any, _any, key=steps)
    # Of a key of two halves, F for both is the left one for both: what single DES computes with.
    for scene, finding in ((DES_READ, "key.left-half"), (SM4_READ, "key.another-factor")):
        yield _case(
            scene, "derived with F twice", finding, KEY, _any, _any,
            key=lambda host: ecb(
                host.key.algorithm, host.tree(host.key.name, host.key.version).city, host.factor * 2
            ),
        )  # fmt: skip
    for scene in (DES_READ, SM4_READ):
        yield _changed_key(scene, "halves swapped", "key.halves-swapped", swapped_halves)
        yield _changed_key(scene, "bytes reversed", "key.bytes-reversed", lambda key: key[::-1])
    yield _case(
        DES_DF03, "derived with NOT F before F", "key.halves-swapped", KEY, _right_key, _any,
        key=from_factor(lambda host: inverted(host.factor)),
    )  # fmt: skip
    yield _case(
        DES_READ, "as SM4", "key.another-cipher", KEY, _right_key, _any, algorithm=lambda _: "SM4",
    )  # fmt: skip
    yield _case(
        SM4_READ, "as 3DES", "key.another-cipher", KEY, _right_key, _any, algorithm=lambda _: "3DES",
    )  # fmt: skip
    yield _changed_key(DES_READ, "left half alone", "key.left-half", lambda key: key[:8])
    yield _changed_key(DES_OLD, "left half alone", "key.left-half", lambda key: key[:8])


def _sessions() -> Iterator[MistakeCase]:
    for scene in (DES_READ, SM4_READ):
        yield _case(
            scene, "no session key", "session.key-itself", SESSION, _any, _any,
            session=key_itself, proof=long_proof if scene is DES_READ else proof_of,
        )  # fmt: skip
    yield _case(
        DES_READ, "session key of 16 bytes", "session.other-derivation", SESSION, _any, _any,
        session=twice_session, proof=long_proof,
    )  # fmt: skip


def _randoms() -> Iterator[MistakeCase]:
    for scene in (DES_READ, SM4_READ, SM4_DF04):
        yield _random(scene, "the random number before", "random.older", lambda host: host.randoms[-2])
    for scene in (DES_READ, SM4_LONG):
        yield _random(scene, "zeros for the random number", "random.zero", lambda host: bytes(len(host.random)))
    yield _random(DES_SHORT, "random number twice", "random.doubled", lambda host: host.random * 2)
    yield _random(SM4_READ, "random number twice", "random.doubled", lambda host: host.random * 2)
    yield _random(DES_READ, "four bytes of eight", "random.truncated", lambda host: host.random[:4])
    yield _random(SM4_LONG, "eight bytes of sixteen", "random.truncated", lambda host: host.random[:8])
    yield _random(DES_SHORT, "zeros in front", "random.filled-in-front", lambda host: host.random.rjust(8, b"\0"))
    yield _random(SM4_READ, "zeros in front", "random.filled-in-front", lambda host: host.random.rjust(16, b"\0"))
    for scene in (DES_GROUP, SM4_LONG):
        yield _random(scene, "bytes from behind", "random.reversed", lambda host: host.random[::-1])


def _fields() -> Iterator[MistakeCase]:
    yield _case(
        SM4_READ, "half of the block for the proof", "proof.not-folded", "part", _any, _any,
        proof=lambda _, s, o: ecb("SM4", s, o + bytes(8))[:8],
    )  # fmt: skip
    for scene in (DES_READ, SM4_READ):
        yield _case(
            scene, "original before the proof", "fields.swapped", PROOF, _any, _any,
            order=lambda proof, original: original + proof,
        )  # fmt: skip
        yield _case(
            scene, "factor and original exchanged", "challenges.turned-round", RANDOM, lambda host: host.random,
            lambda host: host.original, random=lambda host: host.original, original=lambda host: host.random,
        )  # fmt: skip


def _unlisted() -> Iterator[MistakeCase]:
    """Kinds that no id is for."""

    def row(scene: Scene, name: str, **ways: Any) -> MistakeCase:
        def expected(host: SocialHost) -> Expected:
            return Expected(inputs=host.used)

        wrong = replace(RIGHT_PROOF, **ways)
        return MistakeCase(f"proof {scene.name}: {name}", scene, wrong, TWO_LEFT, NONE_FITS, NOTE, expected)

    yield row(SM4_READ, "original deciphered", proof=lambda _, s, o: _folded(ecb_back("SM4", s, o + bytes(8))))
    yield row(DES_DF03, "session key deciphered", session=inverse_session)
    yield row(SM4_READ, "session key deciphered", session=inverse_session)
    yield row(DES_READ, "original and random XORed", original=lambda host: xor(host.original, host.random))
    yield row(DES_GROUP, "random number in text", random=lambda host: ascii_digits(host.random))
    yield row(SM4_LONG, "random number in text", random=lambda host: ascii_digits(host.random))
    yield row(
        DES_READ,
        "city code in BCD",
        key=_steps_of(lambda _: bytes.fromhex("990000") + b"sx\0\0\0", lambda host: host.factor),
    )
    yield row(DES_READ, "key in text", key=changed(ascii_digits))
    yield row(SM4_DF04, "nibbles of the key swapped", key=changed(swapped_nibbles))
    yield row(DES_OLD, "key inverted", key=changed(inverted))
    yield row(SM4_READ, "original twice in the block", proof=lambda _, s, o: _folded(ecb("SM4", s, o + o)))
    yield row(SM4_DF04, "80 behind the original", proof=lambda _, s, o: _folded(ecb("SM4", s, o + b"\x80" + bytes(7))))
    yield row(DES_READ, "random number counted up", random=lambda host: _counted_up(host.random))
    yield row(DES_SHORT, "FF behind the random number", random=lambda host: host.random.ljust(8, b"\xff"))
    yield row(DES_READ, "random number rotated", random=lambda host: host.random[1:] + host.random[:1])
    yield row(SM4_READ, "halves of the proof exchanged", proof=lambda c, s, o: swapped_halves(proof_of(c, s, o)))
    yield row(
        DES_DF03, "city's key derived by deciphering",
        key=lambda host: ecb_back(
            host.key.algorithm, host.tree(host.key.name, host.key.version).city, host.factor + inverted(host.factor)
        ),
    )  # fmt: skip


def _steps_of(first: Callable[[SocialHost], bytes], second: Callable[[SocialHost], bytes]) -> Callable[..., bytes]:
    """The province's key derived in two steps."""

    def key(host: SocialHost) -> bytes:
        algorithm, province = host.key.algorithm, host.tree(host.key.name, host.key.version).province
        return derived(algorithm, derived(algorithm, province, first(host)), second(host))

    return key


def _never_locking() -> Iterator[MistakeCase]:
    """Keys whose failures cost no try (SSC-7 §13): said beside the mistake, and to who sees the wire alone."""
    for scene in (DES_BLOCK, SM4_LOCK):
        zeros = _case(
            scene, "zeros for the random number", "random.zero", RANDOM, lambda host: host.random,
            lambda host: bytes(len(host.random)), sw=THREE_LEFT, random=lambda host: bytes(len(host.random)),
        )  # fmt: skip
        yield zeros
        for seen in (True, False):
            yield zeros._replace(
                name=f"proof {scene.name}: no try spent, {'card and wire' if seen else 'wire'} seen",
                finding="accepted.tries-never-lock", certainty=NOTE, expected=nothing_said, seen=seen, among=seen,
            )  # fmt: skip


def _folded(block: bytes) -> bytes:
    return xor(block[:8], block[8:])


def _counted_up(random: bytes) -> bytes:
    return ((int.from_bytes(random, "big") + 1) % (1 << 8 * len(random))).to_bytes(len(random), "big")


CASES = (*_keys(), *_sessions(), *_randoms(), *_fields(), *_never_locking(), *_unlisted())
