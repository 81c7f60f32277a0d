"""RSA keys made beforehand (RSA密钥池): making one takes longer than making a card. Sealed like a key store.

A key is used for one card only; the stock register gives the numbers out.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from dualcos.issuance.exchange.order_services import KeyServiceError
from keys.algorithms import BadKey, generate_rsa
from keys.custody.exclusive_use import ChangedMeanwhileError, mark_of, replace_unchanged
from keys.custody.key_transport import RsaStored, rsa_bytes, rsa_key
from keys.custody.sealing import Lock, SealError


class RsaPoolError(KeyServiceError):
    """The pool cannot be opened, or has no such key."""


class RsaPool:
    """Keys by number, decoded when asked for. ``repr`` shows how many.

    ``read``: the mark of the file they come from.
    """

    __slots__ = ("_read", "_values")

    def __init__(self, values: tuple[bytes, ...] = (), read: bytes | None = None) -> None:
        self._values = values
        self._read = read

    def __len__(self) -> int:
        return len(self._values)

    def key(self, number: int) -> RsaStored:
        """The key with this number. Raises RsaPoolError."""
        if not 0 <= number < len(self._values):
            raise RsaPoolError(f"the pool has {len(self._values)} RSA keys, none with number {number}")
        try:
            return rsa_key(self._values[number])
        except BadKey as error:
            raise RsaPoolError(f"RSA key number {number} of the pool is damaged: {error}") from None

    def extended(self, count: int, bits: int = 1024, exponent: int = 3, workers: int = 1) -> RsaPool:
        """The same pool with ``count`` fresh keys behind the old ones; ``workers`` processes make them."""
        return RsaPool((*self._values, *_fresh(count, bits, exponent, workers)), self._read)

    @classmethod
    def open(cls, path: str | Path, lock: Lock) -> RsaPool:
        """Raises RsaPoolError. Whoever will save it has the pool alone (``exclusive_use.used_alone``) before this."""
        try:
            sealed = Path(path).read_bytes()
            return cls(msgspec.msgpack.decode(lock.unseal(sealed), type=tuple[bytes, ...]), mark_of(sealed))
        except OSError as error:
            raise RsaPoolError(f"RSA pool {path}: {error.strerror}") from None
        except (SealError, msgspec.DecodeError) as error:
            raise RsaPoolError(f"RSA pool {path}: {error}") from None

    def save(self, path: str | Path, lock: Lock) -> None:
        """Write the whole pool; the old file is replaced in one step, behind a link too.

        Raises RsaPoolError: the file is not the one these keys come from.
        """
        try:
            self._read = replace_unchanged(path, lock.seal(msgspec.msgpack.encode(self._values)), self._read)
        except ChangedMeanwhileError as error:
            raise RsaPoolError(f"RSA pool {error}") from None

    def __repr__(self) -> str:
        return f"<RsaPool of {len(self._values)} keys>"


def _fresh(count: int, bits: int, exponent: int, workers: int) -> Iterator[bytes]:
    orders = [(bits, exponent)] * count
    if workers < 2:
        yield from map(_make, orders)
        return
    with ProcessPoolExecutor(workers) as executor:
        yield from executor.map(_make, orders, chunksize=4)


def _make(order: tuple[int, int]) -> bytes:
    numbers = generate_rsa(*order)
    return rsa_bytes(numbers.p, numbers.q, numbers.exponent)
