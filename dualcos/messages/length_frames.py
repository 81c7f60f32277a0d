"""Messages on a stream: two bytes of length, most significant first, then the message. No I/O."""

from __future__ import annotations

LONGEST = 0xFFFF
_HEAD = 2


class TooLong(ValueError):
    """A message does not fit a frame."""


def framed(payload: bytes) -> bytes:
    """The frame of a message. Raises TooLong."""
    if len(payload) > LONGEST:
        raise TooLong(f"a message of {len(payload)} bytes; a frame takes {LONGEST}")
    return len(payload).to_bytes(_HEAD, "big") + payload


class LengthFrames:
    """The reading end: bytes in, whole messages out, however they are cut."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def fed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now, in order."""
        self._waiting += data
        found = []
        while len(self._waiting) >= _HEAD:
            end = _HEAD + int.from_bytes(self._waiting[:_HEAD], "big")
            if len(self._waiting) < end:
                break
            found.append(bytes(self._waiting[_HEAD:end]))
            del self._waiting[:end]
        return found

    @property
    def between(self) -> bool:
        """True if no message has begun."""
        return not self._waiting
