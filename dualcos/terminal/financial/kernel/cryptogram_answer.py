"""The answer of GENERATE AC, read so that nothing in it can be taken in two ways (PBOC-5 B.6; PBOC-7 §5.3.6)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from apdu.tlv import TlvError
from dualcos.terminal.financial.kernel.card_objects import all_but, once, only

FORMAT_1, FORMAT_2 = 0x80, 0x77
CID, ATC, CRYPTOGRAM, ISSUER_DATA, SIGNATURE = 0x9F27, 0x9F36, 0x9F26, 0x9F10, 0x9F4B
_ATC_LENGTH, _MOST_ISSUER_DATA, _FIXED = 2, 32, 11


class CryptogramKind(Enum):
    """Upper two bits of 9F27 (PBOC-5 table B.9)."""

    AAC = 0
    TC = 1
    ARQC = 2

    @property
    def rank(self) -> int:
        """How much the card grants: a TC most."""
        return (CryptogramKind.AAC, CryptogramKind.ARQC, CryptogramKind.TC).index(self)


class CryptogramAnswer(NamedTuple):
    """``cid``: 9F27; ``atc``: 9F36, 2 bytes; ``ac``: 9F26, empty if it did not come; ``iad``: 9F10, 32 bytes at most.
    ``signature``: 9F4B, empty if it did not come; ``signed``: the other data objects as they came.
    """

    cid: int
    atc: bytes
    ac: bytes
    iad: bytes
    signature: bytes = b""
    signed: bytes = b""

    @property
    def kind(self) -> CryptogramKind:
        """Of the upper bits."""
        return CryptogramKind(self.cid >> 6)


def cryptogram_answer(data: bytes) -> CryptogramAnswer:
    """One template of format 1 or 2, each data object in it once. Raises TlvError for all else."""
    template = only(data, FORMAT_1, FORMAT_2)
    raw = template.value
    if template.tag == FORMAT_1:
        if len(raw) < _FIXED:
            raise TlvError(f"format 1 of {len(raw)} bytes")
        told = CryptogramAnswer(raw[0], raw[1:3], raw[3:_FIXED], raw[_FIXED:])
    else:
        found = once(raw)
        cid, atc, ac, iad, signature = (found.get(tag, b"") for tag in (CID, ATC, CRYPTOGRAM, ISSUER_DATA, SIGNATURE))
        if len(cid) != 1:
            raise TlvError(f"9F27 of {len(cid)} bytes")
        told = CryptogramAnswer(cid[0], atc, ac, iad, signature, all_but(raw, SIGNATURE))
    if len(told.atc) != _ATC_LENGTH:
        raise TlvError(f"9F36 of {len(told.atc)} bytes")
    if len(told.iad) > _MOST_ISSUER_DATA:
        raise TlvError(f"9F10 of {len(told.iad)} bytes")
    if told.cid >> 6 not in {each.value for each in CryptogramKind}:
        raise TlvError(f"CID {told.cid:02X}")
    return told
