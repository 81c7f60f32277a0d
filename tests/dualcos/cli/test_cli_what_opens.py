"""What opens a store is one age secret key, or a pass phrase that was called one: every text that is some other key,
by every way in which a lock is given, is refused with its kind named, seals nothing and is not repeated.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import NamedTuple

import pyrage
import pyrage.passphrase
import pyrage.x25519
import pytest
from commands_with_files import one_parser  # noqa: F401 - a fixture
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from dualcos.cli import key_store_locks
from dualcos.cli.main import run
from keys.custody.lock_texts import LONGEST

IDENTITY = pyrage.x25519.Identity.generate()
SECRET, PUBLIC = str(IDENTITY), str(IDENTITY.to_public())
OTHER_SECRET = str(pyrage.x25519.Identity.generate())
PHRASE = "four words nobody says"
KEY_FILE = f"# created: 2026-01-01T00:00:00Z\n# public key: {PUBLIC}\n{SECRET}\n"
EDWARDS, CURVE = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
PEM, NO_CIPHER = serialization.Encoding.PEM, serialization.NoEncryption()
WORDS = base64.b64encode(bytes(range(200))).decode()


class OtherText(NamedTuple):
    """A text that opens nothing, and what its refusal calls it as a key file and as a pass phrase."""

    text: str
    as_key: str
    as_phrase: str


def _same(text: str, kind: str) -> OtherText:
    return OtherText(text, kind, kind)


def _armour(what: str, body: str = WORDS) -> str:
    return f"-----BEGIN {what}-----\n{body}\n-----END {what}-----\n"


TEXTS = {
    "age public key": _same(PUBLIC, "age public key"),
    "age public key, indented": _same(f"\n  {PUBLIC}\n", "age public key"),
    "age public key, half": _same(PUBLIC[:31], "age public key"),
    "age public key as its comment": _same(f"# public key: {PUBLIC}\n", "age public key"),
    "age public key, upper case": _same(PUBLIC.upper(), "age public key"),
    "recipient of an age plugin": _same("age1yubikey1qd3u7yqvwp0k9jpjrw3wf5pu5rrvfsg0jxz9", "age public key"),
    "two age public keys": _same(f"{PUBLIC}\n{OTHER_SECRET and PUBLIC}\n", "age public key"),
    "identity of an age plugin": _same("# a comment\nAGE-PLUGIN-YUBIKEY-1QZZ9X8GF2TVDW0S3JN5\n", "age plugin"),
    "post-quantum age key": _same("AGE-SECRET-KEY-PQ-1QZZ9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8", "post-quantum age key"),
    "age secret key, first half": OtherText(SECRET[:40], "not whole", "age secret key"),
    "age secret key, one sign less": OtherText(SECRET[:-1], "not whole", "age secret key"),
    "age secret key, one sign changed": OtherText(
        SECRET[:-1] + ("Q" if SECRET[-1] != "Q" else "P"), "not whole", "age secret key"
    ),
    "age secret key, lower case": OtherText(SECRET.lower(), "was changed", "age secret key"),
    "age secret key behind a word": OtherText(f"key: {SECRET}\n", "was changed", "age secret key"),
    "age secret key with a word behind": OtherText(f"{SECRET} of mine\n", "not whole", "age secret key"),
    "age secret key in two lines": OtherText(f"{SECRET[:40]}\n{SECRET[40:]}\n", "line 2", "age secret key"),
    "age key file and a line of words": OtherText(f"{KEY_FILE}and some words\n", "line 4", "age secret key"),
    "two age secret keys": OtherText(f"{KEY_FILE}\n{OTHER_SECRET}\n", "2 age secret keys", "age secret key"),
    "the same age secret key twice": OtherText(f"{SECRET}\n{SECRET}\n", "2 age secret keys", "age secret key"),
    "armoured age file": _same(
        pyrage.encrypt(b"x", [IDENTITY.to_public()], armored=True).decode(), "enciphered age file"
    ),
    "header of an age file": _same("age-encryption.org/v1\n-> X25519 abcdefgh\nabcdefgh\n", "enciphered age file"),
    "SSH private key": _same(
        EDWARDS.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, NO_CIPHER).decode(), "SSH private key"
    ),
    "SSH private key of PuTTY": _same("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "SSH private key"),
    "SSH public key": _same(
        EDWARDS.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode(),
        "SSH public key",
    ),
    "SSH public key, elliptic, with its owner": _same(
        CURVE.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
        + " somebody@somewhere",
        "SSH public key",
    ),
    "SSH public key of RFC 4716": _same("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2E\n", "SSH public key"),
    "PGP public key": _same(_armour("PGP PUBLIC KEY BLOCK"), "PGP"),
    "PGP private key": _same(_armour("PGP PRIVATE KEY BLOCK"), "PGP"),
    "PGP message": _same(_armour("PGP MESSAGE"), "PGP"),
    "PKCS#8": _same(
        CURVE.private_bytes(PEM, serialization.PrivateFormat.PKCS8, NO_CIPHER).decode(), "private key in PEM"
    ),
    "PKCS#8, enciphered": _same(_armour("ENCRYPTED PRIVATE KEY"), "private key in PEM"),
    "elliptic private key": _same(
        CURVE.private_bytes(PEM, serialization.PrivateFormat.TraditionalOpenSSL, NO_CIPHER).decode(),
        "private key in PEM",
    ),
    "public key": _same(
        CURVE.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode(),
        "public key in PEM",
    ),
    "certificate": _same(_armour("CERTIFICATE"), "certificate"),
    "certificate request": _same(_armour("CERTIFICATE REQUEST"), "certificate"),
    "other PEM": _same(_armour("PKCS7"), "PEM"),
    "minisign public key": _same(
        "untrusted comment: minisign public key\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n", "minisign"
    ),
    "minisign public key, its line": _same("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3", "minisign"),
    "JSON web key": _same('{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}', "JSON web key"),
    "TR-31 key block": _same(
        "B0096E5TX01N000011B6054C0C5F96070F1432975B25E899D8C4CC9D0D1780527951A9214428CCDA49926EEF92A11628", "TR-31"
    ),
    "DES key": _same("5BA7D9E03D6E2904", "card key in hexadecimal"),
    "3DES key": _same("5ba7d9e03d6e29049d40b3e6863b0ec4", "card key in hexadecimal"),
    "3DES key in bytes": _same("5B A7 D9 E0 3D 6E 29 04 9D 40 B3 E6 86 3B 0E C4", "card key in hexadecimal"),
    "three-key 3DES key": _same("5BA7D9E03D6E29049D40B3E6863B0EC4" + "0123456789ABCDEF", "card key in hexadecimal"),
    "AES-256 key": _same("5BA7D9E03D6E29049D40B3E6863B0EC4" * 2, "card key in hexadecimal"),
    "key component": _same("C2A4E69018B7D35F7E6021F394A8C5DB D08440", "key component"),
    "nothing": OtherText("", "empty", "empty"),
    "blanks": OtherText(" \t \n\n", "empty", "empty"),
    "two lines": OtherText("four words\nnobody says\n", "passphrase-file", "2 lines"),
    "a pass phrase": OtherText(PHRASE, "passphrase-file", ""),
    "no text": OtherText("\x01\x02\x03", "no text", "no text"),
    "an enormous text": OtherText("x" * (LONGEST + 1), "too long", "too long"),
}


class Way(NamedTuple):
    """How a text comes in: what stands behind --lock, or nothing for the question."""

    lock: str
    phrase: bool
    variable: bool = False


WAYS = {
    "file": Way("file:given", phrase=False),
    "env": Way("env:GIVEN", phrase=False, variable=True),
    "passphrase-file": Way("passphrase-file:given", phrase=True),
    "passphrase-env": Way("passphrase-env:GIVEN", phrase=True, variable=True),
    "question": Way("", phrase=True, variable=True),
}


@pytest.fixture
def given(tmp_path, monkeypatch):
    """Puts a text where a way finds it; returns the options that give it."""
    monkeypatch.chdir(tmp_path)

    def put(way: Way, text: str, option: str = "--lock") -> list[str]:
        Path("given").write_text(text, encoding="utf-8", newline="")
        monkeypatch.setattr(key_store_locks, "getpass", lambda _: text)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        if way.variable and "\0" not in text:
            monkeypatch.setenv("GIVEN", text)
        for name in ("NEW_KEYS", "POOL", "K_BANK_KEYS", "NEW"):
            monkeypatch.setenv(f"DUALCOS_LOCK_{name}", "")
            monkeypatch.delenv(f"DUALCOS_LOCK_{name}")
        return [option, way.lock] if way.lock else []

    return put


def nothing_of(text: str, said: str) -> bool:
    """No piece of the text that could be of use is repeated."""
    return not any(piece in said for word in text.split() for piece in (word[:12], word[-12:]) if len(word) > 15)


REFUSED = [
    pytest.param(way, each.text, said, id=f"{name} by {how}")
    for name, each in TEXTS.items()
    for how, way in WAYS.items()
    for said in [each.as_phrase if way.phrase else each.as_key]
    if said
]


@pytest.mark.usefixtures("one_parser")
@pytest.mark.parametrize(("way", "text", "said"), REFUSED)
def test_another_key_opens_nothing(given, capsys, way, text, said):
    assert run(["keys", "init", "new.keys", "--owner", "bank", *given(way, text)]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert nothing_of(text, told.out + told.err)
    assert not Path("new.keys").exists()
    assert not Path("new.keys.log").exists()


SOUND = (
    ("as it is made", "file", KEY_FILE),
    ("the key alone", "file", SECRET),
    ("comments and blanks", "file", f"\n\n# mine\n\n  {SECRET}  \n# {PHRASE}\n"),
    ("line ends of Windows", "file", KEY_FILE.replace("\n", "\r\n")),
    ("byte order mark", "file", "\ufeff" + KEY_FILE),
    ("the key alone", "env", SECRET),
    ("as it is made", "env", KEY_FILE),
    ("words", "passphrase-file", PHRASE),
    ("words and blanks", "passphrase-file", f"  {PHRASE}\r\n"),
    ("words", "passphrase-env", PHRASE),
    ("words like a public key", "passphrase-env", "my age1 is over"),
    ("words and a number", "passphrase-env", "correct horse battery staple 5BA7D9E03D6E2904"),
    ("words", "question", PHRASE),
    ("Chinese words", "question", "口令也可以是汉字"),
)


@pytest.mark.usefixtures("one_parser")
@pytest.mark.parametrize(
    ("how", "text"),
    [pytest.param(how, text, id=f"{name} by {how}") for name, how, text in SOUND],
)
def test_a_key_file_and_a_pass_phrase_that_is_called_one(given, how, text):
    given(WAYS[how], text)
    lock = key_store_locks.lock(WAYS[how].lock, "new.keys")
    assert lock.kind == ("pass phrase" if WAYS[how].phrase else "key file")
    if not WAYS[how].phrase:
        assert pyrage.decrypt(lock.seal(b"x"), [IDENTITY]) == b"x"


@pytest.mark.usefixtures("one_parser")
@pytest.mark.parametrize(
    ("how", "text", "phrase"),
    [
        ("passphrase-file", f" {PHRASE} \r\n", PHRASE),
        ("passphrase-env", f" {PHRASE} ", f" {PHRASE} "),
        ("question", f" {PHRASE} ", f" {PHRASE} "),
    ],
)
def test_a_pass_phrase_seals_as_it_is_without_what_its_file_adds(given, monkeypatch, how, text, phrase):
    """Not by age itself, which takes a second over it on purpose: what it is given is looked at."""
    seen = []
    monkeypatch.setattr(pyrage.passphrase, "encrypt", lambda _, with_it: seen.append(with_it) or b"sealed")
    assert run(["keys", "init", "new.keys", "--owner", "bank", *given(WAYS[how], text)]) == 0
    assert seen == [phrase]


OPTIONS = {
    "--lock of a store": ["keys", "list", "k/bank.keys"],
    "--lock of a pool": ["keys", "pool", "pool", "--add", "1"],
    "--lock of invented stores": ["keys", "invent", "new"],
    "--lock of a personalisation file": ["prepare", "--social", "s.csv", "--keys", "k/bank.keys", "-o", "new"],
    "--lock of a batch": ["personalise", "b.perso", "-o", "new", "--bank", "k/bank.keys"],
    **{
        f"--{owner}-lock": ["personalise", "b.perso", "-o", "new", f"--{owner}", f"k/{owner}.keys"]
        for owner in ("maker", "social", "bank")
    },
}


@pytest.mark.usefixtures("one_parser")
@pytest.mark.parametrize("command", OPTIONS)
@pytest.mark.parametrize("how", ["file", "env", "passphrase-file", "passphrase-env"])
def test_every_option_that_takes_a_lock_refuses_a_public_key(given, capsys, command, how):
    lock = given(WAYS[how], PUBLIC, command.split()[0])
    assert run([*OPTIONS[command], *lock]) == 2
    told = capsys.readouterr()
    assert "age public key" in told.err
    assert nothing_of(PUBLIC, told.out + told.err)
    assert {path.name for path in Path().iterdir()} == {"given"}


TYPED = {
    "a secret key": SECRET,
    "a secret key as a file": f"file:{SECRET}",
    "a secret key as a variable": f"env:{SECRET}",
    "a secret key in lower case": f"passphrase-env:{SECRET.lower()}",
    "a pass phrase with its kind": f"passphrase:{PHRASE}",
    "a pass phrase": PHRASE,
    "no name": "file:",
}


@pytest.mark.usefixtures("one_parser")
@pytest.mark.parametrize("name", TYPED)
def test_no_secret_stands_on_the_command_line(given, capsys, name):
    lock = TYPED[name]
    given(WAYS["file"], "")
    assert run(["keys", "init", "new.keys", "--owner", "bank", "--lock", lock]) == 2
    told = capsys.readouterr().err
    assert "no place on a command line" in told
    assert SECRET[:30] not in told
    assert PHRASE not in told


RECIPIENTS = {
    "a secret key": (SECRET, "a secret key stays with its owner"),
    "a secret key, lower case": (SECRET.lower(), "a secret key stays with its owner"),
    "half a secret key": (SECRET[:40], "a secret key stays with its owner"),
    "its own key file": (KEY_FILE, "a secret key is in it"),
    "a file with a secret key": (SECRET, "a secret key is in it"),
    "two public keys": (f"{PUBLIC}\n{PUBLIC[:-4]}qqqq\n", "it holds 2"),
    "an SSH public key": ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA", "SSH public key"),
    "a pass phrase": (PHRASE, "neither that nor a file"),
    "a public key, one sign less": (PUBLIC[:-1], "no public key"),
}


@pytest.mark.parametrize("name", RECIPIENTS)
def test_a_recipient_is_a_public_key(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    text, said = RECIPIENTS[name]
    in_file = "file" in name or "two" in name
    if in_file:
        Path("given").write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match=said) as refused:
        key_store_locks.Lock(KEY_FILE).seal(b"x", key_store_locks.recipient("given" if in_file else text))
    assert nothing_of(text, str(refused.value))
    assert PHRASE not in str(refused.value)


def test_a_public_key_is_read_from_a_file_of_its_own_or_its_comment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in (PUBLIC, f"{PUBLIC}\r\n", f"# public key: {PUBLIC}\n"):
        Path("given").write_text(text, encoding="utf-8")
        assert key_store_locks.recipient("given") == PUBLIC
    assert key_store_locks.recipient(PUBLIC) == PUBLIC
    assert key_store_locks.recipient(None) == ""
