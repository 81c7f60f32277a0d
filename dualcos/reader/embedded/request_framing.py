"""Cuts a client's byte stream into requests. Fed whole or byte by byte, the same requests come out.

The library writes header, body and data one after the other, so a request rarely arrives in one piece.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dualcos.reader.embedded.pcsclite_messages import BODY_SIZES, DATA_COUNT_AT, HEADER, LONGEST_MESSAGE

_COUNT = struct.Struct("=I")
_HEADER_SIZE = HEADER.size
_SIZES = {int(code): size for code, size in BODY_SIZES.items()}.get
_COUNTS = {int(code): at for code, at in DATA_COUNT_AT.items()}.get


class ClientRequest(NamedTuple):
    """One request: its code, its body of the size that code has, and the data after it (if it has any)."""

    code: int
    body: bytes
    data: bytes


class BrokenStream(ValueError):
    """The bytes are not a client's: unknown code, a body of the wrong size, or data beyond the library's limit."""


def _cut(buffer: bytes, at: int) -> tuple[ClientRequest, int] | None:
    """The request that starts at ``at`` and where the next one starts; None if it is not complete."""
    body_at = at + _HEADER_SIZE
    if len(buffer) < body_at:
        return None
    size, code = HEADER.unpack_from(buffer, at)
    if size != _SIZES(code):
        raise BrokenStream(f"request {code:#x} with a body of {size} bytes")
    data_at = body_at + size
    if len(buffer) < data_at:
        return None
    count_at = _COUNTS(code)
    if count_at is None:
        return ClientRequest(code, buffer[body_at:data_at], b""), data_at
    (count,) = _COUNT.unpack_from(buffer, body_at + count_at)
    if count > LONGEST_MESSAGE:
        raise BrokenStream(f"request {code:#x} with {count} bytes of data")
    end = data_at + count
    if len(buffer) < end:
        return None
    return ClientRequest(code, buffer[body_at:data_at], buffer[data_at:end]), end


class RequestFramer:
    """The stream of one connection."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, chunk: bytes) -> list[ClientRequest]:
        """The requests that are complete with ``chunk``, in order. Raises BrokenStream; then the stream is lost."""
        buffer = self._pending + chunk if self._pending else chunk
        requests = []
        at = 0
        while (cut := _cut(buffer, at)) is not None:
            request, at = cut
            requests.append(request)
        self._pending = buffer[at:] if at else buffer
        return requests
