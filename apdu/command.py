"""Command APDUs: bytes become a typed value before anything else happens.

``parse`` is total: any bytes give a ``CommandAPDU`` or raise ``MalformedAPDU``. It knows ISO 7816-3 only;
which class or instruction exists is the card's business.
"""

from __future__ import annotations

from typing import NamedTuple


class MalformedAPDU(ValueError):
    """The bytes are no command APDU: too short, or the lengths contradict each other."""


class CommandAPDU(NamedTuple):
    """One command. ``le`` is the number of bytes asked for (1..256, extended 1..65536), None if absent."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    extended: bool = False

    @property
    def p1p2(self) -> int:
        """P1 ‖ P2 as one number."""
        return self.p1 << 8 | self.p2

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def encode(self) -> bytes:
        """The bytes on the wire; ``parse(c.encode()) == c``. Raises ValueError for lengths out of range."""
        data, le = self.data, self.le
        if self.extended:
            return self._encode_extended()
        if len(data) > 255 or (le is not None and not 1 <= le <= 256):
            raise ValueError("short APDU: at most 255 bytes of data and Le 1..256")
        body = bytes((len(data),)) + data if data else b""
        tail = b"" if le is None else bytes((le & 0xFF,))
        return self.header + body + tail

    def _encode_extended(self) -> bytes:
        data, le = self.data, self.le
        if len(data) > 0xFFFF or (le is not None and not 1 <= le <= 0x10000):
            raise ValueError("extended APDU: at most 65535 bytes of data and Le 1..65536")
        if not data and le is None:
            raise ValueError("extended APDU needs data or Le")
        body = b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0"
        tail = b"" if le is None else (le & 0xFFFF).to_bytes(2, "big")
        return self.header + body + tail


def parse(raw: bytes) -> CommandAPDU:
    """Read one command APDU, cases 1 to 4, short or extended (ISO 7816-3 §12.1).

    Raises MalformedAPDU if ``raw`` is shorter than 4 bytes or its lengths do not add up.
    """
    n = len(raw)
    if n == 5:
        cla, ins, p1, p2, le = raw
        return CommandAPDU(cla, ins, p1, p2, b"", le or 256)
    if n < 4:
        raise MalformedAPDU(f"{n} bytes; a command has at least 4")
    cla, ins, p1, p2 = raw[:4]
    if n == 4:
        return CommandAPDU(cla, ins, p1, p2)
    lc = raw[4]
    if lc:
        if n == 5 + lc:
            return CommandAPDU(cla, ins, p1, p2, raw[5:])
        if n == 6 + lc:
            return CommandAPDU(cla, ins, p1, p2, raw[5:-1], raw[-1] or 256)
        raise MalformedAPDU(f"Lc {lc:02X} announces {lc} bytes, {n - 5} follow")
    return _parse_extended(raw)


def _parse_extended(raw: bytes) -> CommandAPDU:
    cla, ins, p1, p2 = raw[:4]
    n = len(raw)
    if n == 6:
        raise MalformedAPDU("Lc 00 followed by one byte")
    length = raw[5] << 8 | raw[6]
    if n == 7:
        return CommandAPDU(cla, ins, p1, p2, b"", length or 0x10000, extended=True)
    if length and n == 7 + length:
        return CommandAPDU(cla, ins, p1, p2, raw[7:], None, extended=True)
    if length and n == 9 + length:
        le = raw[-2] << 8 | raw[-1]
        return CommandAPDU(cla, ins, p1, p2, raw[7:-2], le or 0x10000, extended=True)
    raise MalformedAPDU(f"extended Lc announces {length} bytes, {n - 7} follow")
