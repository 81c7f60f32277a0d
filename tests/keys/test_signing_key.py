"""A signing key: a file of its own, opened by its lock and nothing else, read by other programs, never shown."""

from __future__ import annotations

import base64
import copy
import hashlib
import pickle
import re

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from keys.custody.sealing import Lock, SealError, fresh_key_file
from keys.custody.signing_key import (
    SigningKey,
    SigningKeyError,
    is_signed,
    key_fingerprint,
    public_pem,
    signing_public_key,
)

# RFC 8032 §7.1, TEST 2: published numbers.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNED_72 = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
# RFC 8410 §10.1 and §10.3: a public key in PEM, and the private key it belongs to.
PRINTED_PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""
PRINTED_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
PRINTED = bytes.fromhex("19BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E1")
LOCK_FILE = fresh_key_file()
LOCK = Lock(LOCK_FILE.text)


def published() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(SEED))


def test_it_signs_as_the_standard_prints():
    assert published().public == PUBLIC
    assert published().sign(b"\x72") == SIGNED_72
    assert is_signed(b"\x72", SIGNED_72, PUBLIC)


def test_a_signature_is_of_one_content_by_one_key():
    assert not is_signed(b"\x73", SIGNED_72, PUBLIC)
    assert not is_signed(b"\x72", SIGNED_72, PRINTED)
    assert not is_signed(b"\x72", SIGNED_72[:-1] + b"\x01", PUBLIC)
    assert not is_signed(b"\x72", SIGNED_72[:-1], PUBLIC)
    assert not is_signed(b"\x72", SIGNED_72, PUBLIC[:-1])


def test_what_is_kept_is_read_by_other_programs(tmp_path):
    """age opens it, and inside is PKCS#8."""
    published().save(tmp_path / "k", LOCK)
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    secret = next(line for line in LOCK_FILE.text.splitlines() if line.startswith("AGE-SECRET-KEY-"))
    plain = pyrage.decrypt((tmp_path / "k").read_bytes(), [pyrage.x25519.Identity.from_str(secret)])
    assert b"PRIVATE KEY" in plain
    assert load_pem_private_key(plain, None).private_bytes_raw() == SEED
    assert SigningKey.open(tmp_path / "k", LOCK).public == PUBLIC


def test_two_fresh_keys_are_two_keys():
    assert SigningKey.generated().public != SigningKey.generated().public


def test_a_recipient_opens_it_too(tmp_path):
    other = fresh_key_file()
    published().save(tmp_path / "k", LOCK, other.public)
    for lock in (LOCK, Lock(other.text)):
        assert SigningKey.open(tmp_path / "k", lock).public == PUBLIC
    with pytest.raises(SigningKeyError, match="beside a pass phrase only the recipient"):
        published().save(tmp_path / "k2", Lock("four words nobody says", phrase=True), other.public)
    with pytest.raises(SealError, match="no public key"):
        published().save(tmp_path / "k2", LOCK, "age1nonsense")
    assert not (tmp_path / "k2").exists()


def test_a_wrong_lock_is_told_by_its_kind(tmp_path):
    published().save(tmp_path / "k", LOCK)
    with pytest.raises(SigningKeyError, match="does not open with this pass phrase"):
        SigningKey.open(tmp_path / "k", Lock("four words nobody says", phrase=True))
    with pytest.raises(SigningKeyError, match="does not open with this key file"):
        SigningKey.open(tmp_path / "k", Lock(fresh_key_file().text))


def test_no_key_is_written_over_another(tmp_path):
    published().save(tmp_path / "k", LOCK)
    before = (tmp_path / "k").read_bytes()
    with pytest.raises(FileExistsError):
        SigningKey.generated().save(tmp_path / "k", LOCK)
    assert (tmp_path / "k").read_bytes() == before


def other_pem(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        (b"plain text", "no enciphered file"),
        (LOCK.seal(b"plain text"), "its content is no Ed25519 key"),
        (LOCK.seal(b""), "its content is no Ed25519 key"),
        (LOCK.seal(other_pem(generate_private_key(SECP256R1()))), "its content is no Ed25519 key"),
        (LOCK.seal(PRINTED_PUBLIC.encode()), "its content is no Ed25519 key"),
        (Lock(fresh_key_file().text).seal(PRINTED_PRIVATE.encode()), "does not open with this key file"),
    ],
)
def test_what_is_no_key_is_told_and_not_quoted(tmp_path, content, said):
    if content is not None:
        (tmp_path / "k").write_bytes(content)
    with pytest.raises(SigningKeyError, match=said) as raised:
        SigningKey.open(tmp_path / "k", LOCK)
    assert "plain text" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None, "a cause may quote it"


def test_its_secret_half_is_nowhere_to_be_seen():
    key = published()
    assert repr(key) == f"<SigningKey {key_fingerprint(PUBLIC)}>"
    assert not hasattr(key, "__dict__")
    for handed_on in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="neither pickled nor copied"):
            handed_on(key)
    assert SEED.hex() not in (repr(key) + str(key) + f"{key!s}").lower()


# --- the public half -------------------------------------------------------------------------------------------------


def test_a_public_key_is_read_as_hex_and_as_printed():
    assert signing_public_key(PRINTED_PUBLIC) == PRINTED
    assert signing_public_key(PRINTED.hex()) == PRINTED
    assert signing_public_key(f" {PRINTED.hex().upper()}\n") == PRINTED
    assert public_pem(PRINTED) == PRINTED_PUBLIC.encode()
    assert signing_public_key("a line before it\n" + PRINTED_PUBLIC) == PRINTED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no public Ed25519 key"),
        ("00" * 31, "no public Ed25519 key"),
        ("00" * 33, "no public Ed25519 key"),
        ("zz" * 32, "no public Ed25519 key"),
        (PRINTED_PUBLIC.replace("MCow", "AAAA"), "no public Ed25519 key"),
        (PRINTED_PUBLIC[:-30], "no public Ed25519 key"),
        (PRINTED_PRIVATE, "this is a secret key"),
        (
            "-----BEGIN PUBLIC KEY-----\n"
            + base64.b64encode(bytes.fromhex("302a300506032b656e032100") + PRINTED).decode()  # X25519
            + "\n-----END PUBLIC KEY-----\n",
            "no public Ed25519 key",
        ),
    ],
)
def test_what_is_no_public_key_is_refused_and_not_quoted(text, said):
    with pytest.raises(SigningKeyError, match=said) as raised:
        signing_public_key(text)
    assert "MC4CAQAwBQYDK2VwBCIEINTuctv5" not in str(raised.value)


def test_a_fingerprint_is_the_beginning_of_a_digest():
    short = key_fingerprint(PUBLIC)
    assert re.fullmatch(r"[0-9A-F]{4}( [0-9A-F]{4}){3}", short)
    assert hashlib.sha256(PUBLIC).hexdigest().upper().startswith(short.replace(" ", ""))
