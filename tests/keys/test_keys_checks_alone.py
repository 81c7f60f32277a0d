"""Checks of hosts' keys, each with a case that no other check would refuse: the smallest difference, what is empty,
what is the beginning of the right thing, one too many and one too few.
"""

from __future__ import annotations

import os
import stat

import msgspec
import pytest

from firewall.hardware.randomness import SeededRng
from keys import bank_cryptography, rsa_certificates, sm2_certificates
from keys.algorithms import SM4, TDES, sha1
from keys.bank_cryptography import BadPinBlock
from keys.custody import exclusive_use
from keys.custody.bank_key_service import KeyTriple
from keys.custody.key_blocks import Arrived, unwrap_block, wrap_block
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import Component, TransportError, check_value, combine, rsa_key, unwrap_cryptogram
from keys.custody.lock_texts import LONGEST, LockTextError, holds_secret_key, phrase_in, public_key_in, secret_key_in
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, LockSource, SealError, fresh_key_file, is_sealed
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.custody.whole_file import open_to_others
from keys.key_handle import KeyHandle
from keys.rsa import RsaPrivate
from keys.rsa_certificates import BadCertificate, CertifiedKey, KeyCertificate
from keys.sm2 import Sm2Private, public_key
from keys.sm2_certificates import Sm2Certified
from tests.keys.test_key_blocks import HMAC_KEY, KBPK, KEY, block

ONE, OTHER = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"), bytes.fromhex("0B9D27E4A1C63F587210D8EB94F5A637")


def nearly(right: bytes) -> dict[str, bytes]:
    """What is nearly a MAC, a proof or a check value."""
    return {
        "last bit": right[:-1] + bytes((right[-1] ^ 1,)),
        "first bit": bytes((right[0] ^ 0x80,)) + right[1:],
        "without the last byte": right[:-1],
        "four bytes of it": right[:4] if len(right) > 4 else right[:2],
        "three bytes of it": right[:3] if len(right) > 3 else right[:1],
        "a byte more": right + b"\0",
        "twice": right * 2,
        "nothing": b"",
        "zeros": bytes(len(right)),
    }


# --- proofs ----------------------------------------------------------------------------------------------------------


def test_a_cards_cryptogram_is_the_whole_of_it():
    triple = KeyTriple(*(KeyHandle(TDES, ONE),) * 3)
    atc, data = b"\0\x01", bytes(16)
    right = bank_cryptography.cryptogram(bank_cryptography.session_key(triple.ac, atc), data)
    assert triple.verifies(atc, data, right)
    assert not [name for name, wrong in nearly(right).items() if triple.verifies(atc, data, wrong)]


def test_a_cards_proof_by_its_irk_is_the_whole_of_it():
    service = SocialKeyService({("IRK", 1): TierKey(KeyHandle(TDES, ONE))})
    card = SocialCard("999901", bytes.fromhex("0081544C86869931010000A1B2"))
    right = service.external_authentication("IRK", card, bytes(8), bytes(8))[:8]
    assert service.proves(card, bytes(8), bytes(8), right)
    assert not [name for name, wrong in nearly(right).items() if service.proves(card, bytes(8), bytes(8), wrong)]


# --- certificates ----------------------------------------------------------------------------------------------------

SIGNER = RsaPrivate.from_primes(2**512 - 569, 2**512 - 629, 65537)
PUBLIC = SIGNER.public(b"\x01\0\x01")
ISSUER = CertifiedKey(bytes.fromhex("62999900"), b"\x12\x49", b"\0\0\x01", PUBLIC)


def body(**changed: bytes) -> bytes:
    """An issuer certificate from its format on, its parts changed by name."""
    parts = {
        "kind": b"\x02",
        "subject": ISSUER.subject,
        "expiry": ISSUER.expiry,
        "serial": ISSUER.serial,
        "algorithms": b"\x01\x01",
        "lengths": bytes((128, 3)),
        "modulus": PUBLIC.modulus[:92],
    }
    return b"".join((parts | changed).values())


def signed(body: bytes, tail: bytes, head: int = 0x6A, digest: bytes | None = None, trailer: int = 0xBC) -> bytes:
    return SIGNER.sign(bytes((head,)) + body + (sha1(body + tail) if digest is None else digest) + bytes((trailer,)))


TAIL = PUBLIC.modulus[92:] + PUBLIC.exponent


def issuer_of(certificate: bytes, remainder: bytes = PUBLIC.modulus[92:], exponent: bytes = PUBLIC.exponent) -> None:
    rsa_certificates.recover_issuer_key(PUBLIC, KeyCertificate(certificate, remainder, exponent))


def test_a_certificate_that_is_nearly_one_is_refused():
    issuer_of(signed(body(), TAIL))
    digest = sha1(body() + TAIL)
    wrong = {
        "head": lambda: issuer_of(signed(body(), TAIL, head=0x6B)),
        "kind": lambda: issuer_of(signed(body(kind=b"\x04"), TAIL)),
        "trailer": lambda: issuer_of(signed(body(), TAIL, trailer=0xBD)),
        "hash algorithm": lambda: issuer_of(signed(body(algorithms=b"\x02\x01"), TAIL)),
        "key algorithm": lambda: issuer_of(signed(body(algorithms=b"\x01\x02"), TAIL)),
        "a longer key": lambda: issuer_of(signed(body(lengths=bytes((129, 3))), TAIL)),
        "a shorter key": lambda: issuer_of(signed(body(lengths=bytes((127, 3))), TAIL)),
        "a shorter exponent": lambda: issuer_of(signed(body(lengths=bytes((128, 2))), TAIL)),
        "last bit of the hash": lambda: issuer_of(signed(body(), TAIL, digest=nearly(digest)["last bit"])),
        "hash of another rest": lambda: issuer_of(signed(body(), TAIL + b"\0")),
    }
    for name, ask in wrong.items():
        with pytest.raises(BadCertificate):
            pytest.fail(f"{name}: {ask()}")


def test_signed_data_name_their_hash_and_their_length():
    tail, fill = b"static data", b"\xbb"
    for kind, size, read in (
        (0x03, 2, lambda sign: rsa_certificates.recover_static(PUBLIC, sign, tail)),
        (0x05, 3, lambda sign: rsa_certificates.recover_dynamic(PUBLIC, sign, tail)),
    ):
        head = bytes((kind, 0x01)) + (b"\xda\xc1" if kind == 3 else b"\x03\x02\0\x01")
        whole = head.ljust(106, fill)
        assert read(signed(whole, tail)) == head[-size:]
        with pytest.raises(BadCertificate, match="hash algorithm"):
            read(signed(whole[:1] + b"\x02" + whole[2:], tail))
        with pytest.raises(BadCertificate, match="hash differs"):
            read(signed(whole, tail + b"\0"))
    longest = bytes((0x05, 0x01, 103)).ljust(106, fill)
    assert len(rsa_certificates.recover_dynamic(PUBLIC, signed(longest, tail), tail)) == 103
    with pytest.raises(BadCertificate, match="longer than the block"):
        rsa_certificates.recover_dynamic(PUBLIC, signed(longest[:2] + bytes((104,)) + longest[3:], tail), tail)
    assert rsa_certificates.sign_dynamic(SIGNER, bytes(103), tail)
    with pytest.raises(BadCertificate, match="do not fit"):
        rsa_certificates.sign_dynamic(SIGNER, bytes(104), tail)


def test_a_block_shorter_than_its_own_frame_is_none():
    short = RsaPrivate.from_primes(2**100 - 99, 2**100 - 153, 65537)
    made = bytes.fromhex("6A03") + bytes(22) + b"\xbc"
    with pytest.raises(BadCertificate, match="another frame"):
        rsa_certificates.recover_static(short.public(b"\x01\0\x01"), short.sign(made), b"")


def test_contents_of_the_wrong_length_are_not_certified():
    authority = Sm2Private(ONE * 2, public_key(ONE * 2))
    contents = Sm2Certified(bytes(4), bytes(2), bytes(3), bytes(64))
    for part in ("subject", "expiry", "serial", "key"):
        for wrong in (getattr(contents, part)[:-1], getattr(contents, part) + b"\0"):
            with pytest.raises(BadCertificate, match="wrong length"):
                sm2_certificates.sign_issuer_key(authority, contents._replace(**{part: wrong}))


# --- check values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expected", ["", "86", "86A5", "86A5F1", "87A5F0", "86A5F000", "86A5F086A5F0"])
def test_a_check_value_that_is_nearly_right_or_none_lets_no_key_in(expected):
    told = bytes.fromhex(expected)
    under = KeyHandle(TDES, OTHER)
    cryptogram = under.encrypt(ONE)
    assert unwrap_cryptogram(under, cryptogram, "3DES", bytes.fromhex("86A5F0")) == ONE
    with pytest.raises(TransportError, match="check value"):
        unwrap_cryptogram(under, cryptogram, "3DES", told)
    halves = [
        Component(part, check_value("3DES", part))
        for part in (KEY, bytes(a ^ b for a, b in zip(ONE, KEY, strict=True)))
    ]
    assert combine(halves, "3DES", bytes.fromhex("86A5F0")) == ONE
    with pytest.raises(TransportError, match="the joined key"):
        combine(halves, "3DES", told)
    with pytest.raises(TransportError, match="component 2"):
        combine([halves[0], halves[1]._replace(check_value=told)], "3DES", bytes.fromhex("86A5F0"))


def test_components_of_other_lengths_and_those_that_cancel_out():
    part = Component(KEY, check_value("3DES", KEY))
    short = Component(KEY[:8], check_value("DES", KEY[:8]))
    with pytest.raises(TransportError, match="component 2 has 8 bytes, the first 16"):
        combine([part, short], "3DES", b"\0\0\0")
    three = (ONE, OTHER, bytes(a ^ b for a, b in zip(ONE, OTHER, strict=True)))
    with pytest.raises(TransportError, match="cancel out"):
        combine([Component(value, check_value("SM4", value)) for value in three], "SM4", b"\0\0\0")


def test_a_stored_rsa_key_is_two_halves_of_one_length():
    for size in (0, 3, 4):
        with pytest.raises(ValueError, match=f"RSA key of {size} bytes"):
            rsa_key(bytes(size))
    good = b"\x01\0\x01" + (2**512 - 569).to_bytes(64, "big") + (2**512 - 629).to_bytes(64, "big")
    assert rsa_key(good).exponent == b"\x01\0\x01"
    with pytest.raises(ValueError, match="RSA key of 132 bytes"):
        rsa_key(good + b"\0")


# --- key blocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noted", ["5756", "575613"])
def test_a_noted_check_value_has_two_bytes_at_least(noted):
    assert unwrap_block(KBPK, block("B0000E5TX00N0000", _KC="00" + noted)).value == KEY


@pytest.mark.parametrize("noted", ["", "57", "575", "575614", "57561", "57561300", "5757"])
def test_a_noted_check_value_that_is_nearly_right_is_wrong(noted):
    with pytest.raises(TransportError, match="notes check value"):
        unwrap_block(KBPK, block("B0000E5TX00N0000", _KC="00" + noted))


@pytest.mark.parametrize("told", ["", "2", "20", "22", "210", "021"])
def test_the_hash_of_an_hmac_key_is_that_of_files(told):
    assert unwrap_block(KBPK, block("B0000M7HC00N0000", HMAC_KEY, _HM="21")).value == HMAC_KEY
    with pytest.raises(TransportError, match="HMAC with hash"):
        unwrap_block(KBPK, block("B0000M7HC00N0000", HMAC_KEY, _HM=told))


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: text + "0", lambda text: text * 2])
def test_a_key_block_that_was_cut_or_joined_is_told_so(change):
    with pytest.raises(TransportError, match="cut or joined"):
        unwrap_block(KBPK, change(block("B0000E5TX00N0000")))


def test_what_has_no_key_block_is_not_sent():
    for key in (Arrived(Purpose.KMC, "RSA", KEY), Arrived(Purpose.ISSUER_RSA, "3DES", KEY)):
        with pytest.raises(TransportError, match="has no key block"):
            wrap_block(KBPK, key)


# --- stores ----------------------------------------------------------------------------------------------------------


def store() -> KeyFile:
    found = KeyFile(KeyOwner.BANK)
    found.add("kmc", Purpose.KMC, "3DES", ONE)
    found.add("mac", Purpose.FILE_MAC, "HMAC", HMAC_KEY)
    found.add("under", Purpose.EXCHANGE, "3DES", OTHER)
    found.add("aes", Purpose.EXCHANGE, "AES", OTHER)
    return found


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda keys: keys.newest("km"), "has no key km"),
        (lambda keys: keys.newest("kmc1"), "has no key kmc1"),
        (lambda keys: keys.newest("KMC"), "has no key KMC"),
        (lambda keys: keys.key("kmc", 2), "has no key kmc/2"),
        (lambda keys: keys.secret("kmc", Purpose.KMC), "does not leave"),
        (lambda keys: keys.secret("mac", Purpose.ISSUER_RSA), "does not leave"),
        (lambda keys: keys.send("mac", "kmc"), "no transport key"),
        (lambda keys: keys.receive("k", "kmc", "B"), "no transport key"),
        (lambda keys: keys.receive_cryptogram("k", Purpose.KMC, "3DES", "aes", bytes(16), b""), "makes key blocks"),
        (lambda keys: keys.handle("aes"), "is no card key"),
        (lambda keys: keys.limit("kmc", 1, "20260102", "20260101"), "is before its first"),
        (lambda keys: keys.add("kmc", Purpose.KMC, "3DES", OTHER), "is here already"),
        (lambda keys: keys.generate("k", Purpose.ISSUER_RSA, "RSA", SeededRng(b"x")), "are not made here"),
        (lambda keys: keys.generate("k", Purpose.KMC, "AES", SeededRng(b"x")), "is 3DES"),
    ],
)
def test_what_a_store_refuses(ask, said):
    keys = store()
    with pytest.raises((KeyFileError, TransportError), match=said):
        ask(keys)
    assert [key.label for key in keys.entries()] == ["aes/1", "kmc/1", "mac/1", "under/1"]


def test_what_a_store_just_takes():
    keys = store()
    assert keys.limit("kmc", 1, "20260101", "20260101").until == "20260101"
    assert [keys.holds(name) for name in ("kmc", "km", "KMC", "kmc1", "")] == [True, False, False, False, False]
    assert keys.secret("mac", Purpose.FILE_MAC) == HMAC_KEY
    assert [list(keys.overdue(day)) != [] for day in ("20251231", "20260101", "20260102")] == [True, False, True]


def test_keys_are_invented_if_every_one_was_noted_so():
    keys = store()
    assert not keys.invented
    keys.mark_as_invented()
    assert keys.invented
    keys.add("further", Purpose.EXCHANGE, "AES", OTHER)
    assert not keys.invented


def test_a_lock_is_of_the_file_that_is_there_still(tmp_path):
    path = tmp_path / "store"
    path.write_bytes(b"old")
    with path.open("rb") as file:
        assert exclusive_use._is_still(path, file.fileno())
        (tmp_path / "new").write_bytes(b"old")
        (tmp_path / "new").replace(path)
        assert not exclusive_use._is_still(path, file.fileno())
        path.unlink()
        assert not exclusive_use._is_still(path, file.fileno())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told | {"format": 2}, "format 2"),
        (lambda told: told | {"format": 0}, "format 0"),
        (lambda told: told | {"colour": "red"}, "not a key store"),
        (lambda told: told | {"keys": [told["keys"][0] | {"colour": "red"}]}, "not a key store"),
        (lambda told: told | {"keys": [told["keys"][1]] * 2}, "two keys are called kmc/1"),
        (lambda told: told | {"keys": [told["keys"][1] | {"value": "00" * 16}] * 2}, "two keys are called kmc/1"),
        (lambda told: told | {"keys": [told["keys"][1] | {"kcv": "86A5F1"}]}, "noted is 86A5F1"),
        (lambda told: told | {"keys": [told["keys"][1] | {"kcv": "86A5"}]}, "noted is 86A5"),
        (lambda told: told | {"keys": [told["keys"][1] | {"kcv": ""}]}, "noted is : damaged"),
        (lambda told: told | {"keys": [told["keys"][1] | {"purpose": Purpose.SOCIAL_ROOT.value}]}, "never to the bank"),
        (lambda told: {name: value for name, value in told.items() if name != "owner"}, "not a key store"),
    ],
)
def test_a_store_with_one_thing_wrong_does_not_open(tmp_path, change, said):
    lock, path = Lock(fresh_key_file().text), tmp_path / "store"
    store().save(path, lock)
    told = msgspec.json.decode(lock.unseal(path.read_bytes()))
    path.write_bytes(lock.seal(msgspec.json.encode(told)))
    assert len(KeyFile.open(path, lock).entries()) == 4
    path.write_bytes(lock.seal(msgspec.json.encode(change(told))))
    with pytest.raises(KeyFileError, match=said):
        KeyFile.open(path, lock)


# --- locks -----------------------------------------------------------------------------------------------------------

FRESH = fresh_key_file()  # another in every process: no name of a test has it
SECRET = FRESH.text.splitlines()[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("# nothing\n", "no age secret key"),
        (FRESH.text + SECRET + "\n", "2 age secret keys"),
        (FRESH.text + "x\n", "line 3 is neither"),
        ("x\n" + FRESH.text, "line 1 is neither"),
        (FRESH.text + "\x01", "this is no text"),
        (FRESH.text + "\0", "this is no text"),
        pytest.param(SECRET.lower(), "changed", id="lower case"),
        pytest.param(" " * 3 + SECRET[1:], "no age secret key|changed", id="without its first letter"),
        ("AGE-SECRET-KEY-PQ-1" + "Q" * 40, "post-quantum"),
        ("#" * (LONGEST - len(FRESH.text)) + "\n" + FRESH.text, "too long"),
        pytest.param(FRESH.public, "an age public key", id="a public key"),
    ],
)
def test_what_is_nearly_a_key_file_is_none(text, said):
    assert secret_key_in(FRESH.text + "\n# more\n \n") == SECRET
    assert secret_key_in("#" * (LONGEST - len(FRESH.text) - 1) + "\n" + FRESH.text) == SECRET
    with pytest.raises(LockTextError, match=said):
        secret_key_in(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(SECRET, "an age secret key, and no pass phrase: give it as file:PATH", id="a secret key"),
        pytest.param(FRESH.public, "an age public key", id="a public key"),
        ("one\ntwo", "2 lines"),
        ("", "an empty pass phrase"),
        (" \t", "an empty pass phrase"),
        ("a\x1f", "this is no text"),
        ("a" * (LONGEST + 1), "too long"),
        ("0" * 32, "a card key in hexadecimal"),
        ("0" * 32 + " 86A5F0", "a key component with its check value"),
    ],
)
def test_what_is_nearly_a_pass_phrase_is_none(text, said):
    for good in ("a", "a b", "a\t", "0" * 31, "0" * 33, "0" * 32 + " g", "a" * LONGEST, "ag\x20e"):
        assert phrase_in(good) == good
    with pytest.raises(LockTextError, match=said):
        phrase_in(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FRESH.text, "a secret key is in it"),
        (SECRET.lower() + " " + FRESH.public, "a secret key is in it"),
        ("", "it holds none"),
        (f"{FRESH.public}\n{fresh_key_file().public}", "it holds 2"),
        pytest.param(FRESH.public.upper(), "one age public key", id="upper case"),
    ],
)
def test_what_is_nearly_a_public_key_is_none(text, said):
    assert public_key_in(f"# public key: {FRESH.public}\n{FRESH.public}\n") == FRESH.public
    with pytest.raises(LockTextError, match=said):
        public_key_in(text)
    assert not holds_secret_key(FRESH.public)


def test_what_is_sealed_opens_nothing(tmp_path):
    path = tmp_path / "lock"
    path.write_bytes(Lock(FRESH.text).seal(FRESH.text.encode()))
    with pytest.raises(SealError, match="enciphered age file"):
        LockSource(file=str(path)).lock({})
    assert not is_sealed(b"age-encryption.org/v")
    for wrong in (b"", b"age-encryption.org/v", b"-----BEGIN AGE ENCRYPTED FILE----"):
        with pytest.raises(SealError, match="it is no enciphered file"):
            Lock(FRESH.text).unseal(wrong)
    path.write_text(FRESH.text + "#" * (LONGEST - len(FRESH.text)))
    assert LockSource(file=str(path)).lock({}).kind == "key file"
    path.write_text(FRESH.text + "#" * (LONGEST - len(FRESH.text) + 1))
    with pytest.raises(SealError, match="too long"):
        LockSource(file=str(path)).lock({})
    path.write_text("a" * 20 + "\n" * LONGEST)  # one line, so far as it was read
    with pytest.raises(SealError, match="too long"):
        LockSource(file=str(path), phrase=True).lock({})


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_who_may_read_what_a_stream_ends_in(tmp_path):
    path = tmp_path / "out"
    with path.open("w") as file:
        name = f"/dev/fd/{file.fileno()}"
        for mode, others in ((0o600, False), (0o640, True), (0o601, True), (0o700, False)):
            path.chmod(mode)
            assert open_to_others(name) is others
            assert stat.S_IMODE(path.stat().st_mode) == mode
            assert not open_to_others(path)
    assert not open_to_others("/dev/null")
    assert not open_to_others(tmp_path / "none")


# --- PIN blocks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block", ["2412345FFFFFFFFF", "041234FFFFFFFFFF", "341234FFFFFFFFFF", "23123FFFFFFFFFFF", "2D1234567890123F",
              "241234FFFFFFFF", "241234FFFFFFFFFFFF", "24123AFFFFFFFFFF", "241234FFFFFFFFF0", ""]
)  # fmt: skip
def test_what_is_nearly_a_pin_block_is_none(block):
    for good in ("241234FFFFFFFFFF", "2C123456789012FF"):
        bank_cryptography.check_pin_block(bytes.fromhex(good))
    with pytest.raises(BadPinBlock):
        bank_cryptography.check_pin_block(bytes.fromhex(block))
    key = KeyHandle(SM4, ONE)
    for size in (7, 9):
        with pytest.raises(BadPinBlock):
            bank_cryptography.changed_pin_block(key, bytes(size))


def test_an_sm2_object_that_is_nearly_one_is_refused():
    """Signed by the authority itself, so that its signature is right whatever it says."""
    public = public_key(ONE * 2)
    authority = Sm2Private(ONE * 2, public)

    def issuer(
        kind: bytes = b"\x12", algorithms: bytes = b"\x04\x00", size: bytes = b"\x40", more: bytes = b""
    ) -> bytes:
        text = kind + bytes(4) + bytes(2) + bytes(3) + algorithms + b"\x11" + size + public
        return text + authority.sign_reproducibly(text) + more

    assert sm2_certificates.open_issuer_key(public, issuer()).key == public
    for wrong, said in (
        (issuer(kind=b"\x14"), "not an object of kind 12"),
        (issuer(algorithms=b"\x04\x01"), "another signature algorithm"),
        (issuer(algorithms=b"\x01\x00"), "another signature algorithm"),
        (issuer(size=b"\x41"), "key length"),
        (issuer(more=b"\0"), r"not an object of kind 12 of \d+ \+ 64 bytes"),
        (issuer()[:-1], r"not an object of kind 12 of \d+ \+ 64 bytes"),
        (b"", "not an object of kind 12"),
    ):
        with pytest.raises(BadCertificate, match=said):
            sm2_certificates.open_issuer_key(public, wrong)
