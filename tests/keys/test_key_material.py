"""What a key of each purpose may be, whichever way it comes: every purpose, algorithm and damage, by every way in.

The tables are of the standards: cards here take two-key 3DES, SM4 and, for some roots of 3DES cards, single DES (SSC-9
§6.1, PBOC-7 §11.1); transport keys are 3DES, SM4 or AES; an issuer's RSA key has at most 1984 bits (PBOC-7 §5). Weak
and semi-weak keys as SP 800-67 §3.3.2 prints them, with their parity bits.
"""

from __future__ import annotations

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from keys.algorithms import TDES, xor
from keys.custody import key_blocks, key_transport
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import Component, TransportError, combine
from keys.custody.ownership import OWNERS, KeyOwner, Purpose
from keys.custody.sealing import Lock, new_key_file
from keys.key_handle import KeyHandle

CARD, ANY_CARD = {"3DES"}, {"3DES", "SM4"}
TAKEN = {
    Purpose.TRANSPORT: CARD,
    Purpose.CARD_MASTER: CARD,
    Purpose.CARD_MASTER_ROOT: CARD,
    Purpose.FIRST_SOCIAL: ANY_CARD,
    Purpose.FIRST_BANK: CARD,
    Purpose.SOCIAL_MASTER: ANY_CARD,
    Purpose.SOCIAL_ROOT: {"3DES", "SM4", "DES"},
    Purpose.BANK_MASTER: CARD,
    Purpose.KMC: CARD,
    Purpose.ISSUER_AC: ANY_CARD,
    Purpose.ISSUER_MAC: ANY_CARD,
    Purpose.ISSUER_ENC: ANY_CARD,
    Purpose.ISSUER_RSA: {"RSA"},
    Purpose.EXCHANGE: {"3DES", "SM4", "AES"},
    Purpose.FILE_MAC: {"HMAC"},
}
WEAK = ("0101010101010101", "FEFEFEFEFEFEFEFE", "E0E0E0E0F1F1F1F1", "1F1F1F1F0E0E0E0E")
SEMI_WEAK = (
    *("01FE01FE01FE01FE", "FE01FE01FE01FE01", "1FE01FE00EF10EF1", "E01FE01FF10EF10E", "01E001E001F101F1"),
    *("E001E001F101F101", "1FFE1FFE0EFE0EFE", "FE1FFE1FFE0EFE0E", "011F011F010E010E", "1F011F010E010E01"),
    *("E0FEE0FEF1FEF1FE", "FEE0FEE0FEF1FEF1"),
)
LEFT, RIGHT = bytes.fromhex("5BA7D9E03D6E2904"), bytes.fromhex("9D40B3E6863B0EC4")
PARITY = bytes.fromhex("0101010101010101")


def primes(bits: int, exponent: int) -> tuple[int, int, int]:
    numbers = rsa.generate_private_key(public_exponent=exponent, key_size=bits).private_numbers()
    return numbers.p, numbers.q, exponent


P, Q, _ = primes(1024, 3)
# As long, odd, and of no common factor with the exponent; but five divides it.
NOT_PRIME = next(number for number in range(Q - Q % 10 + 5, Q + 100, 10) if number % 3 == 2)
SOUND = {
    "DES": [LEFT, xor(LEFT, PARITY)],
    "3DES": [LEFT + RIGHT, xor(LEFT + RIGHT, PARITY * 2), RIGHT + LEFT],
    "SM4": [LEFT + RIGHT, LEFT + LEFT, bytes.fromhex(WEAK[0]) + RIGHT],
    "AES": [LEFT + RIGHT, LEFT + LEFT, LEFT + RIGHT + LEFT, bytes(range(32))],
    "HMAC": [LEFT + RIGHT, bytes(range(32)), bytes(range(64))],
    "RSA": [key_transport.rsa_bytes(P, Q, 3), key_transport.rsa_bytes(*primes(1984, 65537))],
}
ALL_ALIKE = ["zeros", "ones", "one byte over and over"]


def alike(size: int) -> dict[str, bytes]:
    return dict(zip(ALL_ALIKE, (bytes(size), b"\xff" * size, b"\x5b" * size), strict=True))


DAMAGED = {
    "DES": {
        **alike(8),
        **{f"weak {value}": bytes.fromhex(value) for value in (*WEAK, *SEMI_WEAK)},
        **{f"weak {value} without parity": xor(bytes.fromhex(value), PARITY) for value in (*WEAK, *SEMI_WEAK)},
        "7 bytes": LEFT[:7],
        "16 bytes": LEFT + RIGHT,
    },
    "3DES": {
        **alike(16),
        **{f"left half weak {value}": bytes.fromhex(value) + RIGHT for value in (*WEAK, *SEMI_WEAK)},
        **{f"right half weak {value}": LEFT + xor(bytes.fromhex(value), PARITY) for value in (*WEAK, *SEMI_WEAK)},
        "equal halves": LEFT + LEFT,
        "equal halves but for all parity bits": LEFT + xor(LEFT, PARITY),
        "equal halves but for one parity bit": LEFT + xor(LEFT, bytes(7) + b"\1"),
        "equal thirds": LEFT * 3,
        "two keys as three": LEFT + RIGHT + LEFT,
        "three keys": LEFT + RIGHT + bytes.fromhex("0123456789ABCDEF"),
        "single DES": LEFT,
        "15 bytes": (LEFT + RIGHT)[:15],
        "nothing": b"",
    },
    "SM4": {**alike(16), "8 bytes": LEFT, "24 bytes": LEFT * 3, "32 bytes": bytes(range(32))},
    "AES": {**alike(16), "8 bytes": LEFT, "17 bytes": bytes(range(17)), "64 bytes": bytes(range(64))},
    "HMAC": {**alike(32), "15 bytes": bytes(range(15)), "65 bytes": bytes(range(65))},
    "RSA": {
        "512 bits": key_transport.rsa_bytes(2**255 - 19, 2**256 - 189, 65537),
        "2048 bits": key_transport.rsa_bytes(*primes(2048, 3)),
        "one prime twice": key_transport.rsa_bytes(P, P, 3),
        "not prime": key_transport.rsa_bytes(P, NOT_PRIME, 3),
        "exponent 65539": key_transport.rsa_bytes(P, Q, 65539),
        "cut": key_transport.rsa_bytes(P, Q, 3)[:-1],
        "nothing": b"",
    },
}
ALGORITHMS = sorted(SOUND)


def store_for(purpose: Purpose) -> KeyFile:
    return KeyFile(min(OWNERS[purpose], key=lambda owner: owner.value))


def test_the_tables_here_name_every_purpose():
    assert TAKEN.keys() == set(Purpose)
    assert SOUND.keys() == DAMAGED.keys() == set().union(*TAKEN.values())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_purpose_takes_its_algorithms_and_no_damage(purpose, algorithm):
    for value in SOUND[algorithm]:
        store = store_for(purpose)
        if algorithm in TAKEN[purpose]:
            assert store.add("k", purpose, algorithm, value).algorithm == algorithm
        else:
            with pytest.raises(KeyFileError, match=f"this one is {algorithm}"):
                store.add("k", purpose, algorithm, value)
    for damage, value in DAMAGED[algorithm].items():
        store = store_for(purpose)
        with pytest.raises(KeyFileError, match="key k/1") as refused:
            store.add("k", purpose, algorithm, value)
        assert not store.entries(), damage
        assert value.hex().upper() not in str(refused.value) or not value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (bytes(16), "all its bits are 0"),
        (b"\xff" * 16, "all its bits are 1"),
        (LEFT + LEFT, "halves are the same but for parity: it is single DES"),
        pytest.param(LEFT + xor(LEFT, PARITY), "single DES", id="equal halves but for parity"),
        (LEFT * 3, "one DES key three times"),
        (LEFT + RIGHT + LEFT, "ask for the first 16 bytes"),
        (LEFT + RIGHT + bytes(range(8)), "three-key 3DES"),
        (LEFT, "single DES"),
        (bytes.fromhex(WEAK[2]) + RIGHT, "one of the weak keys"),
        (LEFT + bytes.fromhex(SEMI_WEAK[0]), "one of the semi-weak keys"),
        (LEFT + RIGHT[:7], "keys of 16 bytes, this one has 15"),
    ],
)
def test_the_reason_is_told(value, said):
    with pytest.raises(KeyFileError, match=said):
        KeyFile(KeyOwner.BANK).add("k", Purpose.KMC, "3DES", value)


# --- the ways in ------------------------------------------------------------------------------------------------------

EXCHANGE = bytes.fromhex("0B9D27E4A1C63F587210D8EB94F5A637")
LOCK = Lock(new_key_file())


def bank() -> KeyFile:
    store = KeyFile(KeyOwner.BANK)
    store.add("exchange", Purpose.EXCHANGE, "3DES", EXCHANGE)
    return store


def by_key_block(store: KeyFile, algorithm: str, value: bytes) -> None:
    block = key_blocks.wrap_block(EXCHANGE, key_blocks.Arrived(Purpose.KMC, algorithm, value))
    store.receive("k", "exchange", block)


def by_cryptogram(store: KeyFile, algorithm: str, value: bytes) -> None:
    try:
        kcv = key_transport.check_value(algorithm, value)
    except ValueError:
        kcv = bytes(3)
    cryptogram = KeyHandle(TDES, EXCHANGE).encrypt(value)
    store.receive_cryptogram("k", Purpose.KMC, algorithm, "exchange", cryptogram, kcv)


def by_components(store: KeyFile, algorithm: str, value: bytes) -> None:
    parts = [bytes(range(1, len(value) + 1)), xor(value, bytes(range(1, len(value) + 1)))]
    kcvs = [key_transport.check_value(algorithm, part) for part in (*parts, value)]
    joined = combine([Component(*each) for each in zip(parts, kcvs, strict=False)], algorithm, kcvs[-1])
    store.add("k", Purpose.KMC, algorithm, joined)


WAYS = {"a key block": by_key_block, "a cryptogram": by_cryptogram, "components": by_components}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_in_brings_an_unfit_key(way):
    sound = bank()
    WAYS[way](sound, "3DES", LEFT + RIGHT)
    assert sound.handle("k").check_value == KeyHandle(TDES, LEFT + RIGHT).check_value
    unfit = [("3DES", value) for value in DAMAGED["3DES"].values()]
    unfit += [(algorithm, SOUND[algorithm][0]) for algorithm in ("DES", "SM4", "AES", "HMAC")]
    for algorithm, value in unfit:
        if len(value) % 8:  # nobody can encipher it
            continue
        store = bank()
        with pytest.raises((KeyFileError, TransportError, ValueError)) as refused:
            WAYS[way](store, algorithm, value)
        assert not store.holds("k"), value.hex()
        assert not value or value.hex().upper() not in str(refused.value)


@pytest.mark.parametrize("damage", DAMAGED["3DES"])
def test_a_store_that_brings_an_unfit_key_sets_it_aside(tmp_path, damage):
    """Its other keys serve, it does not, a fit one takes its place, and nothing is lost by saving."""
    path, value = tmp_path / "bank.keys", DAMAGED["3DES"][damage]
    store = bank()
    store.add("kmc", Purpose.KMC, "3DES", LEFT + RIGHT)
    store._keys["kmc", 1] = msgspec.structs.replace(store.key("kmc"), value=value.hex().upper())
    store.save(path, LOCK)
    for _ in range(2):
        found = KeyFile.open(path, LOCK)
        assert found.key("exchange")
        assert len(found.unfit) == 1
        assert found.unfit[0].startswith("key kmc/1 cannot be used: ")
        assert found.holds("kmc")
        assert found.newest("kmc") == 1
        assert [key.name for key in found.entries()] == ["exchange"]
        with pytest.raises(KeyFileError, match="key kmc/1 cannot be used"):
            found.handle("kmc")
        found.save(path, LOCK)
    found.add("kmc", Purpose.KMC, "3DES", RIGHT + LEFT)
    found.save(path, LOCK)
    assert not KeyFile.open(path, LOCK).unfit


def test_a_file_mac_key_from_before_goes_on_working(tmp_path):
    """`keys generate` made them as 3DES keys: files are protected with them, and no new ones are made."""
    path = tmp_path / "bank.keys"
    store = bank()
    store.add("file-mac", Purpose.FILE_MAC, "HMAC", LEFT + RIGHT)
    kcv = key_transport.check_value("3DES", LEFT + RIGHT).hex().upper()
    store._keys["file-mac", 1] = msgspec.structs.replace(store.key("file-mac"), algorithm="3DES", kcv=kcv)
    store.save(path, LOCK)
    found = KeyFile.open(path, LOCK)
    assert not found.unfit
    assert found.secret("file-mac", Purpose.FILE_MAC) == LEFT + RIGHT
    with pytest.raises(KeyFileError, match="is HMAC, this one is 3DES"):
        found.add("other", Purpose.FILE_MAC, "3DES", RIGHT + LEFT)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((LEFT + RIGHT, bytes(16)), "component 2 is all zeros"),
        ((bytes(16), LEFT + RIGHT), "component 1 is all zeros"),
        ((LEFT + RIGHT, RIGHT + LEFT, LEFT + RIGHT), "component 3 is the same as one before"),
    ],
)
def test_a_component_that_adds_nothing_is_refused(parts, said):
    components = [Component(part, key_transport.check_value("3DES", part)) for part in parts]
    with pytest.raises(TransportError, match=said):
        combine(components, "3DES", key_transport.check_value("3DES", RIGHT + LEFT))
