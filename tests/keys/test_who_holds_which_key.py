"""Who may hold which key, of what kind it is and how it travels: written a second time, from the national plan and the
two issuers' standards, and held whole against what stores and key blocks really take.
"""

from __future__ import annotations

import itertools
import string
import warnings
from typing import NamedTuple

import msgspec
import pytest

from firewall.hardware.randomness import SeededRng
from keys.custody.key_blocks import unwrap_block
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import TransportError, rsa_bytes
from keys.custody.ownership import EXCHANGE_YEARS, KeyOwner, NotYours, Purpose
from keys.custody.sealing import Lock, new_key_file

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from psec import tr31

KBPK = bytes.fromhex("1D7B3F5A92C4E60817A3D5F9240E6C8B")  # an invented transport key
TDES = ("3DES 16",)
CARD = ("3DES 16", "SM4 16")
AES = ("AES 16", "AES 24", "AES 32")
HMAC = tuple(f"HMAC {length}" for length in range(16, 65))
RSA = ("RSA 1024", "RSA 1984")


class Held(NamedTuple):
    """Who holds a kind of key, of what algorithms and lengths it is (RSA: bits), usage and mode of its key block."""

    by: str
    kinds: tuple[str, ...]
    block: str


# 总体方案 一（四）: the card master key creates both environments and belongs to neither's issuer; 三（八）, 五（一）2:
# social keys are the bureau's alone, bank keys the bank's. What an environment is handed over with both ends know.
# PBOC-10 table 24, 25 and §8.4.1.2: KMC, issuer keys, keys between hosts; SSC-10 §6.1.2. Usage codes: X9.143 where
# there is one, else a number of our own; X derives, B enciphers both ways, C makes and verifies MACs.
HELD = {
    "TRANSPORT": Held("maker", TDES, "10 X"),
    "CARD_MASTER": Held("maker", TDES, "11 X"),
    "CARD_MASTER_ROOT": Held("maker", TDES, "12 X"),
    "FIRST_SOCIAL": Held("maker social", CARD, "20 X"),
    "FIRST_BANK": Held("bank maker", TDES, "30 X"),
    "SOCIAL_MASTER": Held("social", CARD, "21 X"),
    "SOCIAL_ROOT": Held("social", (*CARD, "DES 8"), "22 X"),
    "BANK_MASTER": Held("bank", TDES, "31 X"),
    "KMC": Held("bank", TDES, "E5 X"),
    "ISSUER_AC": Held("bank", CARD, "E0 X"),
    "ISSUER_ENC": Held("bank", CARD, "E1 X"),
    "ISSUER_MAC": Held("bank", CARD, "E2 X"),
    "ISSUER_RSA": Held("bank", RSA, ""),
    "EXCHANGE": Held("bank maker social", (*CARD, *AES), "K0 B"),
    "FILE_MAC": Held("bank maker social", HMAC, "M7 C"),
}
USUAL = {name: held.kinds[0].split()[0] if name != "FILE_MAC" else "HMAC" for name, held in HELD.items()}
LETTERS = {"3DES": "T", "AES": "A", "DES": "D", "HMAC": "H", "SM4": "4"}
YEARS = {"social": 5, "bank": 1, "maker": 1}  # SSC-10 §6.2.1; PBOC-10 §8.4.1.2; the maker serves both


def value(algorithm: str, length: int) -> bytes:
    return SeededRng(f"{algorithm} {length}".encode()).bytes(length)


def rsa(bits: int) -> bytes:
    """The two largest primes of half the length, by their distance from a power of two."""
    known = {1024: ((512, 569), (512, 629)), 1984: ((992, 1779), (992, 3789)), 896: ((448, 203), (448, 207))}
    (a, b), (c, d) = known[bits]
    return rsa_bytes(2**a - b, 2**c - d, 65537)


def takes(owner: KeyOwner, purpose: Purpose, algorithm: str, key: bytes) -> bool:
    store = KeyFile(owner)
    try:
        store.add("k", purpose, algorithm, key)
    except (NotYours, KeyFileError):
        assert not store.entries()
        return False
    return True


def test_every_purpose_is_in_the_table():
    assert {purpose.name for purpose in Purpose} == set(HELD)


@pytest.mark.parametrize("way", ["entered", "generated", "found in a store"])
def test_who_holds_which_key(way, tmp_path):
    found = {}
    lock = Lock(new_key_file())
    for purpose, owner in itertools.product(Purpose, KeyOwner):
        algorithm = USUAL[purpose.name]
        key = rsa(1024) if algorithm == "RSA" else value(algorithm, 16)
        by = found.setdefault(purpose.name, [])
        try:
            if way == "entered":
                KeyFile(owner).add("k", purpose, algorithm, key)
            elif way == "generated":
                KeyFile(owner).generate("k", purpose, algorithm, SeededRng(b"any"))
            else:
                KeyFile.open(smuggled(tmp_path / "store", lock, owner, purpose, algorithm, key), lock)
            by.append(owner.value)
        except NotYours:
            pass
        except KeyFileError as error:
            if way == "generated" and algorithm == "RSA":
                by.append(owner.value)  # asked who holds it before what can be made here
            else:
                assert way == "found in a store", error  # noqa: PT017 - of many
                assert "belongs to" in str(error)  # noqa: PT017 - as above
    assert {name: " ".join(sorted(by)) for name, by in found.items()} == {name: held.by for name, held in HELD.items()}


def smuggled(path, lock, owner, purpose, algorithm, key):
    """A store of the right form that holds a key whoever made it would not have entered."""
    path.unlink(missing_ok=True)
    rightful = next(each for each in KeyOwner if each.value in HELD[purpose.name].by.split())
    store = KeyFile(rightful)
    store.add("k", purpose, algorithm, key)
    store.save(path, lock)
    told = msgspec.json.decode(lock.unseal(path.read_bytes()))
    path.write_bytes(lock.seal(msgspec.json.encode(told | {"owner": owner.value})))
    return path


def test_of_what_kind_a_key_is():
    found = {}
    for purpose in Purpose:
        owner = next(each for each in KeyOwner if each.value in HELD[purpose.name].by.split())
        kinds = [
            f"{algorithm} {length}"
            for algorithm in ("3DES", "SM4", "DES", "AES", "HMAC")
            for length in range(1, 70)
            if takes(owner, purpose, algorithm, value(algorithm, length))
        ]
        kinds += [f"RSA {bits}" for bits in (896, 1024, 1984) if takes(owner, purpose, "RSA", rsa(bits))]
        found[purpose.name] = sorted(kinds)
    assert found == {name: sorted(held.kinds) for name, held in HELD.items()}


def test_how_a_key_stands_in_its_block():
    found = {}
    for purpose in Purpose:
        owner = next(each for each in KeyOwner if each.value in HELD[purpose.name].by.split())
        algorithm = USUAL[purpose.name]
        store = KeyFile(owner)
        store.add("under", Purpose.EXCHANGE, "3DES", KBPK)
        store.add("k", purpose, algorithm, rsa(1024) if algorithm == "RSA" else value(algorithm, 16))
        try:
            text = store.send("k", "under")
        except TransportError:
            found[purpose.name] = ""
            continue
        assert (text[0], text[7], text[9:12]) == ("B", LETTERS[algorithm], "01N")
        found[purpose.name] = f"{text[5:7]} {text[8]}"
    assert found == {name: held.block for name, held in HELD.items()}


def test_a_block_of_no_other_usage_is_a_key_here():
    """Every usage as X9.143 forms them, and numbers of one's own, under the mode that any of them has (N)."""
    found = {}
    for usage in map("".join, itertools.product(string.ascii_uppercase + string.digits, string.digits)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = tr31.wrap(KBPK, f"B0000{usage}TN00N0000", value("3DES", 16))
        try:
            found[usage] = unwrap_block(KBPK, text).purpose.name
        except TransportError as error:
            assert f"usage {usage}" in str(error)  # noqa: PT017 - of hundreds
    assert found == {held.block[:2]: name for name, held in HELD.items() if held.block}


def test_how_long_a_key_between_hosts_is_used():
    assert {owner.value: years for owner, years in EXCHANGE_YEARS.items()} == YEARS


def test_no_store_serves_another_party():
    served = []
    for owner, asking in itertools.product(KeyOwner, repeat=2):
        try:
            KeyFile(owner).demand_owner(asking)
            served.append((owner.value, asking.value))
        except NotYours:
            pass
    assert sorted(served) == [("bank", "bank"), ("maker", "maker"), ("social", "social")]
