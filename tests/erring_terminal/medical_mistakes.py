"""Mistakes in MAC1 and MAC2 of the medical account (SSC-7 §11, §12; SSC-5 §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.erring_terminal.input_names import (
    AMOUNTS,
    KEY,
    MAC,
    PADDING,
    RANDOM,
    SEQUENCE,
    SESSION,
    START,
    TERMINAL,
    TERMINAL_SEQUENCE,
    TIME,
    TYPE,
)
from tests.erring_terminal.mistake_case import ANY, NONE_FITS, NOTE, Expected, MistakeCase, Scene
from tests.erring_terminal.proof_mistakes import key_itself, swapped_halves
from tests.erring_terminal.second_ciphers import ecb
from tests.erring_terminal.second_medical_host import (
    AMOUNT,
    RIGHT_MEDICAL,
    TERMINAL_COUNT,
    TERMINAL_NUMBER,
    MedicalHost,
    load,
    number,
    purchase,
)
from tests.erring_terminal.second_social_host import HostKey, derived
from tests.erring_terminal.secured_mistakes import pkcs7, twice, zeros

BAD_MAC = 0x9302

LOADS = {name: Scene(f"{name}-load", name, load, RIGHT_MEDICAL) for name in ("social-2.0", "dual-3.0-sm4")}
PURCHASES = {name: Scene(f"{name}-purchase", name, purchase, RIGHT_MEDICAL) for name in ("dual-2.0-3des", "social-3.0")}
LOAD_DES, LOAD_SM4 = LOADS.values()
PURCHASE_DES, PURCHASE_SM4 = PURCHASES.values()

_Right = Callable[[MedicalHost], Any]


def _any(_: MedicalHost) -> Any:
    return ANY


def _right_key(host: MedicalHost) -> Any:
    return host.key.named


def _case(
    scene: Scene, name: str, finding: str, what: str, right: _Right = _any, wrong: _Right = _any, **ways: Any
) -> MistakeCase:
    def expected(host: MedicalHost) -> Expected:
        return Expected(what, right(host), wrong(host))

    return MistakeCase(
        f"medical {scene.name}: {name}", scene, replace(RIGHT_MEDICAL, **ways), BAD_MAC, finding, expected=expected
    )


def _another_key(scene: Scene, name: str, finding: str, key: Callable[[MedicalHost], HostKey]) -> MistakeCase:
    return _case(scene, name, finding, KEY, _right_key, lambda host: key(host).named, key=key)


def _named(name: str, version: int | None = None) -> Callable[[MedicalHost], HostKey]:
    return lambda host: host.tree(name, version).card


def _master(tier: str) -> Callable[[MedicalHost], HostKey]:
    return lambda host: host.tree(host.key.name, host.key.version).at(tier)


def _derived_with(factor: Callable[[MedicalHost], bytes]) -> Callable[[MedicalHost], HostKey]:
    def key(host: MedicalHost) -> HostKey:
        city = host.tree(host.key.name, host.key.version).city
        return host.key._replace(value=derived(host.key.algorithm, city, factor(host)))

    return key


def bcd(value: bytes) -> bytes:
    """The same number in decimal digits."""
    return bytes.fromhex(f"{int.from_bytes(value, 'big'):0{len(value) * 2}d}"[-len(value) * 2 :])


def backwards(data: bytes) -> bytes:
    return data[::-1]


def each_amount(change: Callable[[bytes], bytes]) -> Callable[[list[bytes]], list[bytes]]:
    """Every amount changed."""
    return lambda amounts: [change(amount) for amount in amounts]


def _counted(step: int) -> Callable[[bytes], bytes]:
    return lambda sequence: (int.from_bytes(sequence, "big") + step).to_bytes(2, "big")


def _keys() -> Iterator[MistakeCase]:
    yield _another_key(LOAD_DES, "second load key", "key.another-number", _named("DLK02", 1))
    yield _another_key(PURCHASE_SM4, "third purchase key", "key.another-number", _named("DPK03", 1))
    yield _another_key(PURCHASE_DES, "second group", "key.another-version", _named("DPK01", 2))
    yield _another_key(LOAD_SM4, "third group", "key.another-version", _named("DLK01", 3))
    yield _another_key(LOAD_DES, "purchase key", "key.another-kind", _named("DPK01", 1))
    yield _another_key(PURCHASE_DES, "load key", "key.another-kind", _named("DLK01", 1))
    yield _another_key(PURCHASE_SM4, "TAC key", "key.another-kind", _named("DTK"))
    yield _another_key(PURCHASE_DES, "master of the city", "key.tier-above", _master("city"))
    yield _another_key(PURCHASE_SM4, "master of the nation", "key.tier-above", _master("national"))
    yield _case(
        PURCHASE_DES, "derived with the first eight historical bytes", "key.another-factor", KEY,
        key=_derived_with(lambda host: host.card.atr[-13:-5]),
    )  # fmt: skip
    yield _case(LOAD_DES, "halves swapped", "key.halves-swapped", KEY, _right_key, value=swapped_halves)
    yield _case(PURCHASE_SM4, "bytes reversed", "key.bytes-reversed", KEY, _right_key, value=lambda key: key[::-1])
    yield _case(PURCHASE_DES, "left half alone", "key.left-half", KEY, _right_key, value=lambda key: key[:8])
    yield _case(PURCHASE_SM4, "no session key", "session.key-itself", SESSION, session=key_itself)


def _counters() -> Iterator[MistakeCase]:
    for scene, step in ((LOAD_DES, 1), (PURCHASE_DES, 1), (PURCHASE_SM4, -1)):
        yield _case(
            scene, f"counter {step:+d}", "sequence.off-by-one", SEQUENCE, lambda host: host.sequence,
            lambda host, step=step: _counted(step)(host.sequence), sequence=_counted(step),
        )  # fmt: skip
    for scene in (LOAD_SM4, PURCHASE_DES):
        yield _case(
            scene, "counter from behind", "sequence.byte-order", SEQUENCE, lambda host: host.sequence,
            lambda host: host.sequence[::-1], sequence=lambda sequence: sequence[::-1],
        )  # fmt: skip

    yield _case(
        PURCHASE_SM4, "first two bytes of the terminal's counter", "sequence.first-bytes", TERMINAL_SEQUENCE,
        tail=lambda _: TERMINAL_COUNT[:2],
    )  # fmt: skip


def _randoms() -> Iterator[MistakeCase]:
    for scene in (LOAD_DES, PURCHASE_SM4):
        yield _case(
            scene, "random number of the transaction before", "random.older", RANDOM, lambda host: host.random,
            lambda host: host.randoms[-2], random=lambda host: host.randoms[-2],
        )  # fmt: skip
    yield _case(
        PURCHASE_DES, "zeros for the random number", "random.zero", RANDOM, lambda host: host.random,
        lambda _: bytes(4), random=lambda _: bytes(4),
    )  # fmt: skip
    yield _case(
        LOAD_SM4, "random number from behind", "random.reversed", RANDOM, lambda host: host.random,
        lambda host: host.random[::-1], random=lambda host: host.random[::-1],
    )  # fmt: skip


def _data() -> Iterator[MistakeCase]:
    def amounts(scene: Scene, name: str, finding: str, change: Callable[[list[bytes]], list[bytes]]) -> MistakeCase:
        def wrong(host: MedicalHost) -> bytes:
            right = host.used[AMOUNTS]
            return b"".join(change([right[at : at + 4] for at in range(0, len(right), 4)]))

        return _case(scene, name, finding, AMOUNTS, lambda host: host.used[AMOUNTS], wrong, amounts=change)

    def field(scene: Scene, name: str, finding: str, what: str, **way: Callable[[bytes], bytes]) -> MistakeCase:
        (change,) = way.values()
        return _case(scene, name, finding, what, lambda host: host.used[what], lambda h: change(h.used[what]), **way)

    for scene in (LOAD_DES, PURCHASE_SM4):
        yield amounts(scene, "amounts from behind", "amount.byte-order", each_amount(backwards))
        yield amounts(scene, "amounts in decimal", "amount.bcd", each_amount(bcd))
    for scene in (PURCHASE_DES, LOAD_SM4):
        yield field(scene, "terminal number from behind", "terminal.byte-order", TERMINAL, terminal=backwards)
        yield field(scene, "year of two digits", "date.short-year", TIME, time=lambda time: time[1:])
    yield field(PURCHASE_DES, "time from behind", "date.byte-order", TIME, time=backwards)
    for scene, kind in ((PURCHASE_DES, 0x02), (PURCHASE_SM4, 0x31), (LOAD_DES, 0x01), (LOAD_SM4, 0x32)):
        another = bytes((kind,))
        yield field(
            scene, f"type {kind:02X}", "type.another-code", TYPE, kind=lambda _, another=another: another
        )  # fmt: skip
    yield amounts(PURCHASE_DES, "pooled before self-paid", "fields.swapped", lambda each: [each[0], each[2], each[1]])
    yield _case(
        LOAD_SM4, "time before the terminal", "fields.swapped", TIME,
        order=lambda fields: b"".join((*fields[:2], fields[3], fields[2])),
    )  # fmt: skip
    yield _case(
        PURCHASE_DES, "terminal's counter in MAC1 as in a TAC", "fields.swapped", TIME,
        order=lambda fields: b"".join((*fields[:-1], TERMINAL_COUNT, fields[-1])),
    )  # fmt: skip
    for scene in (LOAD_DES, LOAD_SM4):
        yield _case(
            scene, "0000 for 8000", "session.other-derivation", TERMINAL_SEQUENCE, tail=lambda _: bytes(2)
        )  # fmt: skip


def _macs() -> Iterator[MistakeCase]:
    for scene in (PURCHASE_DES, LOAD_SM4):
        yield _case(scene, "00 for 80", "padding.zeros", PADDING, pad=zeros)
        yield _case(scene, "padded twice", "padding.twice", PADDING, pad=twice)
    yield _case(
        LOAD_DES,
        "random number as start value",
        "iv.random",
        START,
        iv=lambda host, block: host.random.ljust(block, b"\0"),
    )  # fmt: skip
    yield _case(PURCHASE_SM4, "not folded", "mac.not-folded", MAC, cut=lambda _, block: block[:4])
    yield _case(PURCHASE_DES, "right half", "mac.right-half", MAC, cut=lambda _, block: block[4:])


def _unlisted() -> Iterator[MistakeCase]:
    def row(scene: Scene, name: str, **ways: Any) -> MistakeCase:
        def expected(host: MedicalHost) -> Expected:
            return Expected(inputs=host.used)

        named = f"medical {scene.name}: {name}"
        return MistakeCase(named, scene, replace(RIGHT_MEDICAL, **ways), BAD_MAC, NONE_FITS, NOTE, expected)

    yield row(PURCHASE_DES, "header before the data", header=bytes.fromhex("B02C01000F"))
    yield row(LOAD_DES, "amount in yuan", amounts=each_amount(lambda _: number(AMOUNT // 100)))
    yield row(PURCHASE_DES, "the sum in the place of zero", amounts=lambda a: [number(50518), *a[1:]])
    yield row(PURCHASE_SM4, "terminal number in text", terminal=lambda terminal: terminal.hex().encode())
    yield row(LOAD_SM4, "no type", kind=lambda _: b"")
    yield row(PURCHASE_DES, "amounts alone, as for MAC2", order=lambda fields: b"".join(fields[:3]))
    yield row(LOAD_DES, "as PKCS 7 pads", pad=pkcs7)
    yield row(PURCHASE_SM4, "middle of the block", cut=lambda _, block: block[6:10])
    yield row(PURCHASE_DES, "time in text", time=lambda time: time.hex().encode())
    yield row(LOAD_SM4, "seconds left out", time=lambda time: time[:6])
    yield row(
        PURCHASE_SM4, "terminal's whole counter in the session key",
        session=lambda algorithm, key, seed: ecb(algorithm, key, (seed[:6] + TERMINAL_COUNT).ljust(16, b"\0")),
    )  # fmt: skip
    yield row(PURCHASE_DES, "terminal number cut to four bytes", terminal=lambda _: TERMINAL_NUMBER[2:])


CASES = (*_keys(), *_counters(), *_randoms(), *_data(), *_macs(), *_unlisted())
