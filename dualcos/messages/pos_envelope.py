"""What stands around an ISO 8583 message on the line: TPDU and header in front, the MAC behind."""

from __future__ import annotations

from typing import NamedTuple

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac, line_mac, line_mac_holds

_TPDU, _HEADER, _IDENTIFIER = 5, 6, b"\x60"
_MAC_LENGTH = 8
_LRI = b"LRI\x00\x1c"
_LRI_LENGTH = 33


class PosEnvelope(NamedTuple):
    """TPDU (5 bytes: 60, addressee, sender), LRI header of a network controller (33 bytes, mostly none), header
    (6 bytes: application, software, terminal state, what to do, version).
    """

    tpdu: bytes = bytes.fromhex("6000010000")
    header: bytes = bytes.fromhex("603200310000")
    lri: bytes = b""

    def around(self, body: bytes) -> bytes:
        """The whole payload of a frame."""
        return self.tpdu + self.lri + self.header + body

    def back(self) -> PosEnvelope:
        """That of the answer: addressee and sender change places, LRI goes back."""
        return self._replace(tpdu=self.tpdu[:1] + self.tpdu[3:5] + self.tpdu[1:3])


def opened(payload: bytes) -> tuple[PosEnvelope, bytes]:
    """What stands in front of a message, and the message. Raises UnreadableIso8583."""
    tpdu, rest = payload[:_TPDU], payload[_TPDU:]
    lri = rest[:_LRI_LENGTH] if rest.startswith(_LRI) else b""
    header, body = rest[len(lri) : len(lri) + _HEADER], rest[len(lri) + _HEADER :]
    if len(header) < _HEADER or not tpdu.startswith(_IDENTIFIER):
        raise UnreadableIso8583(f"{len(payload)} bytes: no TPDU with a header behind it")
    return PosEnvelope(tpdu, header, lri), body


def sealed(codec: Iso8583Codec, message: AcquirerMessage, key: KeyHandle, kind: LineMac) -> bytes:
    """The body with its MAC, whatever was in that field. Raises UnwritableIso8583."""
    body = codec.body(message.having({codec.dialect.mac_field: bytes(_MAC_LENGTH)}))
    return body[:-_MAC_LENGTH] + line_mac(kind, key, codec.mac_input(body))


def seal_holds(codec: Iso8583Codec, body: bytes, key: KeyHandle, kind: LineMac) -> bool:
    """True if the body has the right MAC; False for another one, for none, and for what is no message."""
    try:
        return line_mac_holds(kind, key, codec.mac_input(body), body[-_MAC_LENGTH:])
    except UnreadableIso8583:
        return False
