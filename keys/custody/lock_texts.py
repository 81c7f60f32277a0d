"""What opens a key store, told from its text: one age secret key, or a pass phrase that was called one.

Public keys, enciphered files and keys of other programs are recognised and refused, whichever of the two was asked for:
taken as a pass phrase, text that others have would open the store. Nothing here repeats what it reads.
"""

from __future__ import annotations

import re

SECRET, PUBLIC = "AGE-SECRET-KEY-", "age1"
LONGEST = 1 << 16
"""Bytes; no key file and no pass phrase is longer."""
_COMMENT = "#"
_HEX_SIZES = (16, 32, 48, 64)  # digits of DES, two-key 3DES and SM4 and AES, three-key 3DES, AES-256
_SAY = "a pass phrase is called one: passphrase-file:PATH or passphrase-env:NAME"
_PUBLIC_KEY = "an age public key, which anybody may have"

# The first that is found names the text. Lines may be indented, and commented out: so are public keys in key files.
_AT = r"^[ \t]*(?:#[^\n]*?)?"
_KINDS: tuple[tuple[str, str], ...] = (
    (_AT + r"AGE-PLUGIN-", "the identity of an age plugin"),
    (_AT + r"AGE-SECRET-KEY-PQ-", "a post-quantum age key"),
    (r"AGE-SECRET-KEY-", "an age secret key"),
    (_AT + r"age1(?:[0-9a-z]+1)?[02-9ac-hj-np-z]{10,}\b", _PUBLIC_KEY),
    (r"-----BEGIN AGE ENCRYPTED FILE-----|^age-encryption\.org/v1", "an enciphered age file"),
    (r"BEGIN OPENSSH PRIVATE KEY|^PuTTY-User-Key-File-|BEGIN SSH2 ENCRYPTED PRIVATE", "an SSH private key"),
    (r"\b(?:ssh-\w+|ecdsa-sha2-\S+|sk-\S+@openssh\.com)\s+AAAA|BEGIN SSH2 PUBLIC", "an SSH public key"),
    (r"-----BEGIN PGP ", "a PGP key or message"),
    (r"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE", "a certificate in PEM"),
    (r"-----BEGIN [^\n]*PRIVATE KEY", "a private key in PEM"),
    (r"-----BEGIN [^\n]*PUBLIC KEY", "a public key in PEM"),
    (r"-----BEGIN ", "a file in PEM"),
    (r"^untrusted comment:|^RW[A-Za-z0-9+/]{54}$", "a minisign or signify key"),
    (r"\"kty\"\s*:", "a JSON web key"),
    (r"^[A-D]\d{4}[0-9A-Z]{4}[0-9A-Za-z]{2}[0-9A-Z]\d{2}[0-9A-Z]{2}\S{32,}$", "a TR-31 key block"),
)
_PATTERNS = tuple((re.compile(found, re.MULTILINE | re.IGNORECASE), words) for found, words in _KINDS)


class LockTextError(ValueError):
    """The text opens nothing; the message says why, and repeats none of it."""


def kind_of_key(text: str) -> str:
    """What other key or enciphered file a text looks like, in words with their article; empty for none."""
    for pattern, words in _PATTERNS:
        if pattern.search(text):
            return words
    digits, *check = text.split() or [""]
    if len(digits) in _HEX_SIZES and _is_hex(digits) and len(check) == 1 and _is_hex(check[0]):
        return "a key component with its check value"
    joined = re.sub(r"[\s:]", "", text)
    return "a card key in hexadecimal" if len(joined) in _HEX_SIZES and _is_hex(joined) else ""


def holds_secret_key(text: str) -> bool:
    """True if an age secret key of any kind is in a text, whole or in part, in whatever case."""
    return bool(re.search("AGE-SECRET-KEY|AGE-PLUGIN", text, re.IGNORECASE))


def secret_key_in(text: str) -> str:
    """The one secret key of an age key file: that line, comments and blank lines. Raises LockTextError."""
    lines = [line.strip() for line in _plain(text).splitlines()]
    found = [line for line in lines if line.startswith(SECRET)]
    if not found:
        raise LockTextError(_no_secret_key(text))
    if len(found) > 1:
        raise LockTextError(f"it holds {len(found)} age secret keys: which of them is meant? A file has one")
    for number, line in enumerate(lines, 1):
        if line and line not in found and not line.startswith(_COMMENT):
            raise LockTextError(f"line {number} is neither the secret key nor a comment: this is no whole age key file")
    if kind_of_key(found[0]) != "an age secret key":
        raise LockTextError(f"it holds {kind_of_key(found[0])}, which this program does not know")
    return found[0]


def _no_secret_key(text: str) -> str:
    kind = kind_of_key(text)
    if not text.strip():
        return "it is empty: an age key file is wanted"
    if kind == "an age secret key":
        return "this is an age secret key that was changed: it is upper case and begins its line"
    if kind:
        return f"this is {kind}; a store is opened by an age secret key ({SECRET}…) or a pass phrase"
    return f"no age secret key ({SECRET}…) is in it; {_SAY}"


def phrase_in(text: str) -> str:
    """A pass phrase that was called one: one line that looks like no key. Raises LockTextError."""
    _plain(text)
    kind = kind_of_key(text)
    if kind == "an age secret key":
        raise LockTextError("this is an age secret key, and no pass phrase: give it as file:PATH or env:NAME")
    if kind:
        raise LockTextError(f"this is {kind}, and no pass phrase")
    if not text.strip():
        raise LockTextError("an empty pass phrase protects nothing")
    if len(text.splitlines()) > 1:
        raise LockTextError(f"it has {len(text.splitlines())} lines; a pass phrase is one line")
    return text


def public_key_in(text: str) -> str:
    """The one public key (age1…) of a text, plain or in its comment. Raises LockTextError, for a secret key too."""
    if holds_secret_key(text):
        raise LockTextError(
            f"a secret key is in it, and that stays with who owns it: the public key ({PUBLIC}…) alone is wanted"
        )
    words = [word for line in _plain(text).splitlines() for word in line.split()]
    found = set(filter(re.compile(rf"{PUBLIC}[0-9a-z]+").fullmatch, words))
    if len(found) != 1:
        kind = kind_of_key(text)
        told = f"it holds {len(found)} public keys" if found else f"this is {kind}" if kind else "it holds none"
        raise LockTextError(f"one age public key ({PUBLIC}…) is wanted: {told}")
    return found.pop()


def _plain(text: str) -> str:
    """``text`` without the mark some editors begin a file with. Raises LockTextError: no text, or too much of it."""
    if any(ord(sign) < 0x20 and sign not in "\t\r\n" for sign in text):
        raise LockTextError("this is no text")
    if len(text) > LONGEST:
        raise LockTextError("this is too long to be a key file or a pass phrase")
    return text.removeprefix("\ufeff")


def _is_hex(text: str) -> bool:
    return bool(re.fullmatch("[0-9A-Fa-f]+", text))
