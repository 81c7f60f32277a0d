"""Response APDUs."""

from __future__ import annotations

from typing import NamedTuple

from apdu.status import SW, StatusWord


class ResponseAPDU(NamedTuple):
    """An answer: ``data`` (0..65536 bytes) and the status word."""

    data: bytes = b""
    sw: StatusWord = SW.OK

    def encode(self) -> bytes:
        """Data followed by SW1 SW2."""
        return self.data + self.sw.to_bytes(2, "big")


def parse_response(raw: bytes) -> ResponseAPDU:
    """Split an answer. Raises ValueError below two bytes: a reader must never pass that on."""
    if len(raw) < 2:
        raise ValueError(f"an answer has at least two bytes, got {len(raw)}")
    return ResponseAPDU(raw[:-2], StatusWord(raw[-2] << 8 | raw[-1]))


OK = ResponseAPDU(b"", SW.OK)
