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

from keys.custody.watched_pipe import WatchedPipe

_PREFIX = "AGE-SECRET-KEY-"
_PUBLIC = "# public key:"
_MAGIC = b"age-encryption.org/v1"


class SealError(Exception):
    """The sealed bytes do not open: wrong pass phrase or key file, or damaged. Never says more."""


class Lock:
    """What opens a store: a pass phrase or the text of a key file. ``repr`` shows which, never the secret."""

    __slots__ = ("_identity", "_phrase")

    def __init__(self, secret: str) -> None:
        text = next((line.strip() for line in secret.splitlines() if line.strip().startswith(_PREFIX)), "")
        self._identity = None
        self._phrase = secret
        if text:
            try:
                self._identity = pyrage.x25519.Identity.from_str(text)
            except pyrage.IdentityError:
                raise SealError("this is not a whole age key file") from None
        elif not secret:
            raise SealError("an empty pass phrase protects nothing")

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
                raise SealError(f"{recipient[:12]}… is no public key of a key file (age1…)") from None
        return readers

    def seal_into(self, file: IO[bytes], chunks: Iterable[bytes], recipient: str = "") -> None:
        """``chunks`` one after the other into ``file`` as one age file: a key file's, never held in memory whole.

        Under a pass phrase it is (the library has no other way). Raises as ``seal``, and what either end raises.
        """
        readers = self._recipients(recipient)
        if not readers:
            file.write(self.seal(b"".join(chunks)))
            return
        pipe = WatchedPipe(chunks, file)
        pipe.run(lambda: pyrage.encrypt_io(pipe.reader, pipe.writer, readers))

    def unseal(self, sealed: bytes) -> bytes:
        """The content of an age file. Raises SealError."""
        try:
            if self._identity is not None:
                return bytes(pyrage.decrypt(sealed, [self._identity]))
            return bytes(pyrage.passphrase.decrypt(sealed, self._phrase))
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
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise SealError(f"{name}: not a text file") from None


class LockSource(NamedTuple):
    """Where the secret of a lock is found: an environment ``variable`` or a ``file``. Safe to send to a worker."""

    file: str = ""
    variable: str = ""

    def lock(self, environment: dict[str, str], decoded: Callable[[bytes, str], str] = _strict_utf8) -> Lock:
        """Fetch it. Raises SealError.

        ``decoded``: how the caller makes text of a file's bytes, given its name for messages; raises what it raises.
        """
        if self.variable:
            secret = environment.get(self.variable)
            if secret is None:
                raise SealError(f"the environment variable {self.variable} is not set")
            return Lock(secret)
        try:
            content = Path(self.file).read_bytes()
        except OSError as error:
            raise SealError(f"{self.file}: {error.strerror}") from None
        secret = decoded(content, self.file).strip()
        if not secret:
            raise SealError(f"{self.file}: it is empty, and an empty pass phrase protects nothing")
        return Lock(secret)


def is_sealed(content: bytes) -> bool:
    """True for an age file."""
    return content.startswith(_MAGIC)


def public_key(text: str) -> str:
    """The public key in the text of a key file, or ``text`` itself."""
    found = next((line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(_PUBLIC)), "")
    return found or text.strip()


def new_key_file() -> str:
    """The text of a fresh age key file, with its public part as a comment."""
    identity = pyrage.x25519.Identity.generate()
    return f"{_PUBLIC} {identity.to_public()}\n{identity}\n"
