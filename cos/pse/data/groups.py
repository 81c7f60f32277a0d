"""The data groupings (数据分组, DGI) bank personalisation sends, and what must be there at the end (PBOC-10 §6.4)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cos.pse.data.elements import MANDATORY
from cos.pse.data.profile import Aip


class Group(NamedTuple):
    """One DGI. ``tags`` with M (mandatory), R (should be there), C (conditional) or O (optional) per tag.

    ``length``: the exact number of bytes of the value before encipherment padding, None if open.
    ``padded``: the enciphered value carries padding 80 00… .
    """

    dgi: int
    content: str
    tags: tuple[tuple[int, str], ...] = ()
    enciphered: bool = False
    padded: bool = False
    length: int | None = None
    clause: str = ""

    def presence(self, tag: int) -> str | None:
        """M, R, C, O; None for a tag that does not belong here."""
        return next((mark for each, mark in self.tags if each == tag), None)


class SentGroup(NamedTuple):
    """One data group as it stands in a command."""

    dgi: int
    value: bytes


def _tags(marks: str, *tags: int) -> tuple[tuple[int, str], ...]:
    return tuple(zip(tags, marks, strict=True))


GROUPS: tuple[Group, ...] = (
    Group(0x9102, "FCI, contact interface", _tags("MRCOCOO", 0x50, 0x87, 0x9F38, 0x5F2D, 0x9F11, 0x9F12, 0xBF0C)),
    Group(0x9104, "answer of GET PROCESSING OPTIONS, contact interface", _tags("MM", 0x82, 0x94)),
    Group(0x9105, "the same for the SM algorithms", _tags("MM", 0x82, 0x94)),
    Group(0x9201, "issuer application data for the SM algorithms", _tags("M", 0x9F10)),
    Group(0x9200, "issuer application data, first value", _tags("M", 0x9F10), clause="PBOC-10 table 22"),
    Group(0x0101, "track data and name", _tags("MRRO", 0x57, 0x5F20, 0x9F1F, 0x9F63), clause="PBOC-10 table 2"),
    Group(0x0102, "track data, for cards without name", _tags("MR", 0x57, 0x9F1F), clause="PBOC-10 table 3"),
    Group(0x0103, "identity document", _tags("MMO", 0x9F61, 0x9F62, 0x9F63), clause="PBOC-10 table 4"),
    Group(0x0201, "issuer certificate", _tags("C", 0x90), clause="PBOC-10 table 5"),
    Group(0x0202, "issuer key rest", _tags("CCC", 0x9F32, 0x92, 0x8F), clause="PBOC-10 table 6"),
    Group(0x0203, "signed static data", _tags("C", 0x93), clause="PBOC-10 table 7"),
    Group(0x0204, "card certificate", _tags("C", 0x9F46), clause="PBOC-10 table 8"),
    Group(0x0205, "card key rest", _tags("CCC", 0x9F47, 0x9F48, 0x9F49), clause="PBOC-10 table 9"),
    Group(
        0x0301,
        "signed data",
        _tags("MORMMMMCOO", 0x5A, 0x5F34, 0x8E, 0x9F0D, 0x9F0E, 0x9F0F, 0x5F24, 0x5F28, 0x9F07, 0x5F25),
        clause="PBOC-10 table 13",
    ),
    Group(
        0x0302,
        "unsigned data",
        _tags("CMMCOOCCOM", 0x9F4A, 0x8C, 0x8D, 0x97, 0x9F05, 0x9F0B, 0x9F44, 0x9F42, 0x5F30, 0x9F08),
        clause="PBOC-10 table 14",
    ),
    Group(0x0303, "CVM list that scripts may change", _tags("C", 0x8E), clause="PBOC-10 table 15"),
    Group(0x0401, "terminal velocity limits", _tags("OO", 0x9F14, 0x9F23), clause="PBOC-10 table 17"),
    Group(
        0x0D01,
        "risk data that scripts may change",
        _tags("CCCCCCCCC", 0x9F58, 0x9F59, 0x9F53, 0x9F72, 0x9F54, 0x9F75, 0x9F73, 0x9F5C, 0x9F4F),
        clause="PBOC-10 table 18",
    ),
    Group(
        0x0E01,
        "static risk data",
        _tags("CCCCC", 0x9F51, 0x9F52, 0x9F56, 0x9F57, 0x9F76),
        clause="PBOC-10 table 19",
    ),
    Group(0x0E02, "applications to block together", _tags("C", 0x4F), clause="PBOC-10 table 20"),
    Group(0x8000, "AC key ‖ MAC key ‖ ENC key", enciphered=True, length=48),
    Group(0x9000, "check values of 8000", length=9),
    Group(0x8010, "reference PIN block", enciphered=True, length=8),
    Group(0x9010, "PIN try counter ‖ PIN try limit", length=2),
    Group(0x8201, "card private key: q⁻¹ mod p", enciphered=True, padded=True),
    Group(0x8202, "card private key: d mod (q−1)", enciphered=True, padded=True),
    Group(0x8203, "card private key: d mod (p−1)", enciphered=True, padded=True),
    Group(0x8204, "card private key: q", enciphered=True, padded=True),
    Group(0x8205, "card private key: p", enciphered=True, padded=True),
    Group(0x8400, "AC key ‖ MAC key ‖ ENC key, SM4", enciphered=True, length=48),
    Group(0x9400, "check values of 8400", length=9),
    Group(0x8501, "card private key, SM2", enciphered=True, padded=True),
    Group(0x8502, "card public key, SM2", enciphered=True, padded=True),
)
"""The groups of the debit application; contactless, e-cash and others are unknown: 6A88."""

PRIVATE_KEY_GROUPS: tuple[int, ...] = (0x8201, 0x8202, 0x8203, 0x8204, 0x8205)

SM_GROUPS: tuple[int, ...] = (0x9105, 0x9201, 0x8400)
"""What a card with the SM algorithms besides cannot do without."""

SM2_KEY_GROUPS: tuple[int, ...] = (0x8501, 0x8502)

OUT_OF_SCOPE: frozenset[int] = frozenset((0x0206, 0x0207, 0x9103, 0x9203, 0x9206, 0x9207, 0x8001))
"""Groups of contactless, e-cash and magnetic-stripe data; a debit card does not know them (6A88)."""

VALUE_ADDED = 0x15
"""File of the issuer's value-added services (增值服务): points, coupons. PBOC-5 table 4 leaves SFI 21 to 30 to the
issuer; which of them, and what the records hold, is no standard's: inferred."""

_REPEATED: Mapping[int, Group] = MappingProxyType(
    {
        0x02: Group(
            0x0200,
            "keys and signatures for a second certification authority",
            _tags("CCCCC", 0x93, 0x90, 0x8F, 0x9F32, 0x92),
            clause="PBOC-10 tables 10-12",
        ),
        0x03: next(each for each in GROUPS if each.dgi == 0x0301)._replace(
            content="signed data again, for a second signature", clause="PBOC-10 table 16"
        ),
        0x05: Group(
            0x0500,
            "keys and signatures under SM2, where published card images have them",
            _tags("CCCCC", 0x8F, 0x90, 0x93, 0x9F46, 0x9F49),
        ),
        VALUE_ADDED: Group(0x1500, "records of the issuer's value-added services", clause="PBOC-5 table 4"),
        0x0E: Group(0x0E00, "application default action again", _tags("C", 0x9F52), clause="PBOC-10 table 21"),
    }
)

_BY_DGI: Mapping[int, Group] = MappingProxyType({each.dgi: each for each in GROUPS})


def group(dgi: int) -> Group | None:
    """The row of ``dgi``; the repeating rows 02nn, 03nn, 05nn, 0Enn answer with their own number. None if unknown."""
    if dgi in _BY_DGI:
        return _BY_DGI[dgi]
    if dgi in OUT_OF_SCOPE or not dgi & 0xFF:
        return None
    repeated = _REPEATED.get(dgi >> 8)
    return repeated._replace(dgi=dgi) if repeated else None


def split(data: bytes) -> tuple[list[SentGroup], bytes]:
    """The whole groups of ``data``, and the beginning of one that goes on in the next command.

    DGI, length (1 byte, or FF and 2), value (EMV CPS 3.2.7).
    """
    groups: list[SentGroup] = []
    at = 0
    while at < len(data):
        start = at + 3
        length = int.from_bytes(data[at + 2 : start], "big")
        if length == 0xFF:
            start, length = at + 5, int.from_bytes(data[at + 3 : at + 5], "big")
        if start + length > len(data):
            return groups, data[at:]
        groups.append(SentGroup(int.from_bytes(data[at : at + 2], "big"), data[start : start + length]))
        at = start + length
    return groups, b""


def record_of(dgi: int) -> tuple[int, int] | None:
    """(SFI, record) of a record group 0101-1EFF; 0Dxx and 0Exx are the internal file (PBOC-10 §6.4)."""
    sfi, record = dgi >> 8, dgi & 0xFF
    return (sfi, record) if 1 <= sfi <= 30 and sfi not in (0x0D, 0x0E) and record else None


def missing_at_end(tags: Container[int], groups: Container[int], aip: int) -> tuple[str, ...]:
    """What is missing when the last STORE DATA wants to end personalisation; empty if complete.

    ``tags`` are all stored data elements, ``groups`` the DGIs received. Whether the AFL's records exist is
    ``profile.missing_records``.
    """
    missing = [f"{tag:X}" for tag in sorted(MANDATORY) if tag not in tags]
    wanted = [(0x9102, "FCI"), (0x8000, "keys")]
    if aip & (Aip.DDA | Aip.CDA):
        wanted += [(dgi, "card private key") for dgi in PRIVATE_KEY_GROUPS]
    missing += [f"{name} (DGI {dgi:04X})" for dgi, name in wanted if dgi not in groups]
    return tuple(missing)
