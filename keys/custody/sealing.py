"""Key stores at rest: the age file format (https://age-encryption.org/v1), by pass phrase or key file.

Why age: it is a published format with several independent programs behind it (age, rage, and pyrage here, MIT), it
has both ways to open a file that a key store needs (scrypt pass phrase, X25519 key file) and no options to get wrong;
a store can be opened without this software. PKCS#8 and PKCS#12 hold asymmetric keys, not a list of card keys.
The only module that imports ``pyrage``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

import pyrage
import pyrage.passphrase
import pyrage.x25519

from keys.custody.lock_texts import LONGEST, LockTextError, phrase_in, public_key_in, secret_key_in
from keys.custody.phrase_sealing import sealed_under_phrase
from keys.custody.watched_pipe import WatchedPipe

_PUBLIC = "# public key:"
_MAGIC = b"age-encryption.org/v1"
_ARMOUR, _ARMOUR_END = b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----"
_HEAD = 4096  # more than anybody puts before the armour
_BYTE_ORDER = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class SealError(Exception):
    """What is sealed does not open, or what should open it is no lock; the message says which. Never quotes either."""


class Lock:
    """What opens a store: the text of an age key file, or with ``phrase`` a pass phrase that was called one.

    Raises SealError: anything but a key file with one secret key; a pass phrase that is blank, several lines, or looks
    like some other key. ``repr`` shows which it is, never the secret.
    """

    __slots__ = ("_identity", "_phrase")

    def __init__(self, secret: str, *, phrase: bool = False) -> None:
        self._identity = None
        self._phrase = ""
        try:
            if phrase:
                self._phrase = phrase_in(secret)
            else:
                self._identity = pyrage.x25519.Identity.from_str(secret_key_in(secret))
        except LockTextError as error:
            raise SealError(str(error)) from None
        except pyrage.IdentityError:
            raise SealError("its age secret key is not whole: cut off or mistyped") from None

    def seal(self, plain: bytes, recipient: str = "") -> bytes:
        """``plain`` as an age file; for another key file's holder too, if ``recipient`` is its public key.

        A pass phrase stands alone in an age file: with it ``recipient`` alone can open. Raises SealError.
        """
        readers = self._recipients(recipient)
        if readers:
            return bytes(pyrage.encrypt(plain, readers))
        return bytes(pyrage.passphrase.encrypt(plain, self._phrase))

    def _recipients(self, recipient: str) -> list[pyrage.x25519.Recipient]:
        readers = [] if self._identity is None else [self._identity.to_public()]
        if recipient:
            try:
                readers.append(pyrage.x25519.Recipient.from_str(recipient))
            except pyrage.RecipientError:
                raise SealError("what the recipient was given as is no public key of a key file (age1…)") from None
        return readers

    def seal_into(self, file: IO[bytes], chunks: Iterable[bytes], recipient: str = "") -> None:
        """``chunks`` one after the other into ``file`` as one age file, never held in memory whole.

        Raises as ``seal``, and what either end raises.
        """
        readers = self._recipients(recipient)
        if not readers:
            file.writelines(sealed_under_phrase(self._phrase, chunks))
            return
        pipe = WatchedPipe(chunks, file)
        pipe.run(lambda: pyrage.encrypt_io(pipe.reader, pipe.writer, readers))

    def unseal(self, sealed: bytes) -> bytes:
        """The content of an age file, armoured or not. Raises SealError."""
        content = _without_frills(sealed)
        if not content.startswith((_MAGIC, _ARMOUR)):
            raise SealError("it is no enciphered file (age), as every key store and pool is")
        if content.startswith(_ARMOUR) and not content.endswith(_ARMOUR_END):
            raise SealError("its armour has no end: it was cut off")
        try:
            if self._identity is not None:
                return bytes(pyrage.decrypt(content, [self._identity]))
            return bytes(pyrage.passphrase.decrypt(content, self._phrase))
        except pyrage.DecryptError:
            raise SealError(f"it does not open with this {self.kind}") from None

    @property
    def kind(self) -> str:
        """``key file`` or ``pass phrase``."""
        return "key file" if self._identity is not None else "pass phrase"

    def __repr__(self) -> str:
        return f"<Lock, {self.kind}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a lock is neither pickled nor copied; hand over a LockSource")


def _strict_utf8(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SealError(f"{name}: not a text file") from None


class LockSource(NamedTuple):
    """Where the secret of a lock is found: an environment ``variable`` or a ``file``. Safe to send to a worker.

    It is an age secret key, unless ``phrase``: then a pass phrase; in a file without the blanks around it.
    """

    file: str = ""
    variable: str = ""
    phrase: bool = False

    def lock(self, environment: dict[str, str], decoded: Callable[[bytes, str], str] = _strict_utf8) -> Lock:
        """Fetch it. Raises SealError.

        ``decoded``: how the caller makes text of a file's bytes, given its name for messages; raises what it raises.
        """
        if self.variable:
            where, secret = f"the environment variable {self.variable}", environment.get(self.variable)
            if secret is None:
                raise SealError(f"{where} is not set")
        else:
            where, secret = self.file, decoded(_content_of_lock(self.file), self.file)
        try:
            # Around a pass phrase in a file are its editor's line ends; in a variable every blank was meant.
            return Lock(secret.strip() if self.file and self.phrase else secret, phrase=self.phrase)
        except SealError as error:
            raise SealError(f"{where}: {error}") from None


def _content_of_lock(path: str) -> bytes:
    """The bytes of a small file. Raises SealError."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise SealError(f"{path}: {error.strerror}") from None
    if is_sealed(content):
        raise SealError(f"{path}: this is an enciphered age file; what opens it is wanted, or itself deciphered")
    if len(content) > LONGEST:
        raise SealError(f"{path}: too long to be a key file or a pass phrase")
    return content


def is_sealed(content: bytes) -> bool:
    """True for an age file, armoured (as text) or not."""
    return _without_frills(content[:_HEAD]).startswith((_MAGIC, _ARMOUR))


def _without_frills(content: bytes) -> bytes:
    """An armoured file as its program wrote it: editors and mail add blanks around it, and a byte order mark."""
    if content.startswith(_MAGIC):
        return content
    text = content
    for mark, encoding in _BYTE_ORDER:
        if content.startswith(mark):
            text = content.decode(encoding, errors="replace").encode()
    text = text.strip()
    return text if text.startswith(_ARMOUR) else content


def public_key(text: str) -> str:
    """The one public key in ``text``, which holds no secret one. Raises SealError."""
    try:
        found = public_key_in(text)
        pyrage.x25519.Recipient.from_str(found)
    except LockTextError as error:
        raise SealError(str(error)) from None
    except pyrage.RecipientError:
        raise SealError("this is no public key of a key file (age1…): cut off, mistyped, or of a plugin") from None
    return found


class FreshKeyFile(NamedTuple):
    """The text of a new key file, and its public key, which may be handed on."""

    text: str
    public: str

    def __repr__(self) -> str:
        return f"<FreshKeyFile {self.public}>"


def fresh_key_file() -> FreshKeyFile:
    """A new age key, its public part as a comment in its text."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    return FreshKeyFile(f"{_PUBLIC} {public}\n{identity}\n", public)


def new_key_file() -> str:
    """The text of a fresh age key file."""
    return fresh_key_file().text
