"""What outlives the card it belongs to: the process remembers."""

from __future__ import annotations

from cos.kernel.security_state import Challenge
from cos.kernel.transmission import Transmission
from keys.card_key_store import KeyRef, KeyStore
from keys.key_handle import KeyHandle

from .patching import Patch

_SERVING = (0x07, 0x0D, 0x21, 0x22, 0x23)


def handles_kept_by_name(patch: Patch) -> None:
    """A key for authentication or messaging, once opened, is kept for whoever asks for one of the same name and cipher:
    the next card's has both too.
    """
    opened: dict[tuple[bytes, KeyRef, int], KeyHandle] = {}
    key = KeyStore.key

    def remembering(self: KeyStore, ref: KeyRef) -> KeyHandle:
        handle = key(self, ref)
        if ref.kind not in _SERVING:
            return handle
        return opened.setdefault((self._prefix, ref, handle.algorithm.social), handle)

    patch.setattr(KeyStore, "key", remembering)


def last_challenge_of_all(patch: Patch) -> None:
    """Only the last random number counts: of the process, for it is kept in the function that draws."""

    def draw(self: Challenge, length: int, last: list[Challenge] = []) -> bytes:  # noqa: B006 - it is the bug
        if last and last[0] is not self:
            last[0].drop()
        last[:] = [self]
        self._value = self._rng.bytes(length)
        return self._value

    patch.setattr(Challenge, "draw", draw)


class _Shared:
    """An attribute of the class, as if its objects had none of their own."""

    def __init__(self) -> None:
        self.value = b""

    def __get__(self, owner: object, kind: type) -> bytes:
        return self.value

    def __set__(self, owner: object, value: bytes) -> None:
        self.value = value


def waiting_answer_of_all(patch: Patch) -> None:
    """What waits for GET RESPONSE waits in the class, so in the process: the other card's command drops it."""
    patch.setattr(Transmission, "_pending", _Shared())
