"""What our reader says of itself: control codes and attributes (PC/SC parts 3 and 10)."""

from __future__ import annotations

import struct
from types import MappingProxyType

from dualcos.reader.embedded.pcsclite_messages import LONGEST_MESSAGE
from dualcos.reader.embedded.virtual_reader import VirtualReader

_GET_FEATURES = 0x42000D48
_GET_PROPERTIES = 0x42330012
_PROPERTIES_FEATURE = 0x12
_MAX_APDU_DATA = 0x0A
_EXTENDED = 65536  # any APDU data length: extended length works

_CONTROLS = MappingProxyType(
    {
        _GET_FEATURES: bytes((_PROPERTIES_FEATURE, 4)) + _GET_PROPERTIES.to_bytes(4, "big"),
        _GET_PROPERTIES: bytes((_MAX_APDU_DATA, 4)) + _EXTENDED.to_bytes(4, "little"),
    }
)

_VENDOR_NAME = 0x00010100
_VENDOR_IFD_TYPE = 0x00010101
_CURRENT_PROTOCOL = 0x00080201
_ICC_PRESENCE = 0x00090300
_ICC_INTERFACE_STATUS = 0x00090301
_ATR_STRING = 0x00090303
_FRIENDLY_NAMES = frozenset((0x7FFF0003, 0x7FFF0004, 0x7FFF0005, 0x7FFF0006))
_MAX_INPUT = 0x7FFFA007


def control(code: int) -> bytes | None:
    """The answer to a control code; None if the reader does not know it."""
    return _CONTROLS.get(code)


def attribute(reader: VirtualReader, name: int) -> bytes | None:
    """The value of attribute ``name``; None if the reader does not have it (the ATR: without a card)."""
    if name == _ATR_STRING:
        return reader.atr or None
    if name in _FRIENDLY_NAMES:
        return reader.name + b"\0"
    if name == _ICC_PRESENCE:
        return b"\x02" if reader.slot.present else b"\x00"
    if name == _ICC_INTERFACE_STATUS:
        return b"\x01" if reader.slot.powered else b"\x00"
    if name == _CURRENT_PROTOCOL:
        return struct.pack("=I", reader.protocol)
    if name == _MAX_INPUT:
        return struct.pack("=I", LONGEST_MESSAGE)
    return {_VENDOR_NAME: b"dualcos\0", _VENDOR_IFD_TYPE: b"embedded reader\0"}.get(name)
