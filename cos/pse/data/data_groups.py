"""The data groupings (数据分组, DGI) bank personalisation sends (PBOC-10 §6.4): which there are, what they may hold.

TLV that adds up, elements of their lengths, records with their template (PBOC-5 B.12.4). The same rule says what STORE
DATA refuses and what a stored group that fails it is: damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from cos.pse.data.aip_afl_ada import Aip
from cos.pse.data.data_elements import BY_TAG, may_be
from firewall.trace import Datum, Reasoned
from keys.algorithms import SM4, TDES, Algorithm

FCI_GROUP, LIMITS_GROUP, PIN_GROUP, TRIES_GROUP = 0x9102, 0x0D01, 0x8010, 0x9010
INTERNAL_FILE = (0x0D, 0x0E)
"""First byte of the groups of the internal file, which no command reads as records (PBOC-10 §6.4)."""

LONGEST_RECORD = 254
TEMPLATE = 0x70
LAST_WITH_TEMPLATE = 10  # PBOC-5 B.12.4: files above are free in their format
_MOST_TRIES = 15


class Suite(NamedTuple):
    """One set of algorithms: the groups that are its own, the version its symmetric keys lie under, their cipher.

    A card has the international set, and may have the SM one beside it (SM2, SM3, SM4; as published card images have
    it). Everything else is common to both.
    """

    name: str
    gpo: int
    iad: int
    keys: int
    check_values: int
    private_key: tuple[int, ...]
    key_version: int
    cipher: Algorithm

    @property
    def groups(self) -> tuple[int, ...]:
        """All that are its own."""
        return (self.gpo, self.iad, self.keys, self.check_values, *self.private_key)

    def needed(self, aip: int) -> tuple[int, ...]:
        """The groups an application cannot do without: those of a private key if its AIP says that it signs."""
        signs = aip & (Aip.DDA | Aip.CDA)
        return (FCI_GROUP, self.gpo, self.iad, self.keys, *(self.private_key if signs else ()))


INTERNATIONAL = Suite("international", 0x9104, 0x9200, 0x8000, 0x9000, tuple(range(0x8201, 0x8206)), 0, TDES)
SM = Suite("SM", 0x9105, 0x9201, 0x8400, 0x9400, (0x8501, 0x8502), 1, SM4)
SUITES = (INTERNATIONAL, SM)


class DataGroup(NamedTuple):
    """One DGI. ``tags`` with M (mandatory), R (should be there), C (conditional) or O (optional) per tag.

    ``length``: the exact number of bytes of the value before encipherment, None if open.
    """

    dgi: int
    content: str
    tags: tuple[tuple[int, str], ...] = ()
    enciphered: bool = False
    length: int | None = None
    clause: str = ""


class SentGroup(NamedTuple):
    """One data group as it stands in a command."""

    dgi: int
    value: bytes


def _tags(marks: str, *tags: int) -> tuple[tuple[int, str], ...]:
    return tuple(zip(tags, marks, strict=True))


GROUPS: tuple[DataGroup, ...] = (
    DataGroup(0x9102, "FCI, contact interface", _tags("MRCOCOO", 0x50, 0x87, 0x9F38, 0x5F2D, 0x9F11, 0x9F12, 0xBF0C)),
    DataGroup(0x9104, "answer of GET PROCESSING OPTIONS, contact interface", _tags("MM", 0x82, 0x94)),
    DataGroup(0x9105, "the same for the SM algorithms", _tags("MM", 0x82, 0x94)),
    DataGroup(0x9201, "issuer application data for the SM algorithms", _tags("M", 0x9F10)),
    DataGroup(0x9200, "issuer application data, first value", _tags("M", 0x9F10), clause="PBOC-10 table 22"),
    DataGroup(0x0101, "track data and name", _tags("MRRO", 0x57, 0x5F20, 0x9F1F, 0x9F63), clause="PBOC-10 table 2"),
    DataGroup(0x0102, "track data, for cards without name", _tags("MR", 0x57, 0x9F1F), clause="PBOC-10 table 3"),
    DataGroup(0x0103, "identity document", _tags("MMO", 0x9F61, 0x9F62, 0x9F63), clause="PBOC-10 table 4"),
    DataGroup(0x0201, "issuer certificate", _tags("C", 0x90), clause="PBOC-10 table 5"),
    DataGroup(0x0202, "issuer key rest", _tags("CCC", 0x9F32, 0x92, 0x8F), clause="PBOC-10 table 6"),
    DataGroup(0x0203, "signed static data", _tags("C", 0x93), clause="PBOC-10 table 7"),
    DataGroup(0x0204, "card certificate", _tags("C", 0x9F46), clause="PBOC-10 table 8"),
    DataGroup(0x0205, "card key rest", _tags("CCC", 0x9F47, 0x9F48, 0x9F49), clause="PBOC-10 table 9"),
    DataGroup(
        0x0301,
        "signed data",
        _tags("MORMMMMCOO", 0x5A, 0x5F34, 0x8E, 0x9F0D, 0x9F0E, 0x9F0F, 0x5F24, 0x5F28, 0x9F07, 0x5F25),
        clause="PBOC-10 table 13",
    ),
    DataGroup(
        0x0302,
        "unsigned data",
        _tags("CMMCOOCCOM", 0x9F4A, 0x8C, 0x8D, 0x97, 0x9F05, 0x9F0B, 0x9F44, 0x9F42, 0x5F30, 0x9F08),
        clause="PBOC-10 table 14",
    ),
    DataGroup(0x0303, "CVM list that scripts may change", _tags("C", 0x8E), clause="PBOC-10 table 15"),
    DataGroup(0x0401, "terminal velocity limits", _tags("OO", 0x9F14, 0x9F23), clause="PBOC-10 table 17"),
    DataGroup(
        0x0D01,
        "risk data that scripts may change",
        _tags("CCCCCCCCC", 0x9F58, 0x9F59, 0x9F53, 0x9F72, 0x9F54, 0x9F75, 0x9F73, 0x9F5C, 0x9F4F),
        clause="PBOC-10 table 18",
    ),
    DataGroup(
        0x0E01,
        "static risk data",
        _tags("CCCCC", 0x9F51, 0x9F52, 0x9F56, 0x9F57, 0x9F76),
        clause="PBOC-10 table 19",
    ),
    DataGroup(0x0E02, "applications to block together", _tags("C", 0x4F), clause="PBOC-10 table 20"),
    DataGroup(0x8000, "AC key ‖ MAC key ‖ ENC key", enciphered=True, length=48),
    DataGroup(0x9000, "check values of 8000", length=9),
    DataGroup(0x8010, "reference PIN block", enciphered=True, length=8),
    DataGroup(0x9010, "PIN try counter ‖ PIN try limit", length=2),
    DataGroup(0x8201, "card private key: q⁻¹ mod p", enciphered=True),
    DataGroup(0x8202, "card private key: d mod (q−1)", enciphered=True),
    DataGroup(0x8203, "card private key: d mod (p−1)", enciphered=True),
    DataGroup(0x8204, "card private key: q", enciphered=True),
    DataGroup(0x8205, "card private key: p", enciphered=True),
    DataGroup(0x8400, "AC key ‖ MAC key ‖ ENC key, SM4", enciphered=True, length=48),
    DataGroup(0x9400, "check values of 8400", length=9),
    DataGroup(0x8501, "card private key, SM2", enciphered=True),
    DataGroup(0x8502, "card public key, SM2", enciphered=True),
)
"""The groups of the debit application that a document describes; further records are ``group``'s to say."""

OUT_OF_SCOPE: frozenset[int] = frozenset((0x9103, 0x9203, 0x9206, 0x9207, 0x8001))
"""Groups of contactless, e-cash and magnetic-stripe data; a debit card does not know them (6A88)."""

E_CASH, E_CASH_RECORDS = bytes.fromhex("A000000333010106"), frozenset((0x0206, 0x0207))
"""Name of the e-cash application (电子现金), and the records of file 02 that one issuing program fills with its data.
There a COS without e-cash does not know them; in any other application they are records as all 02nn."""

VALUE_ADDED = 0x15
"""File of the issuer's value-added services (增值服务): points, coupons. PBOC-5 table 4 leaves SFI 21 to 30 to the
issuer; which of them, and what the records hold, is no standard's: inferred."""

_REPEATED: Mapping[int, DataGroup] = MappingProxyType(
    {
        0x01: DataGroup(
            0x0100,
            "further records, as for a second signature",
            _tags("CCCCC", 0x93, 0x90, 0x8F, 0x9F32, 0x92),
            clause="PBOC-10 §6.4",
        ),
        0x02: DataGroup(
            0x0200,
            "keys and signatures for a second certification authority",
            _tags("CCCCC", 0x93, 0x90, 0x8F, 0x9F32, 0x92),
            clause="PBOC-10 tables 10-12",
        ),
        0x03: next(each for each in GROUPS if each.dgi == 0x0301)._replace(
            content="signed data again, for a second signature", clause="PBOC-10 table 16"
        ),
        0x05: DataGroup(
            0x0500,
            "keys and signatures under SM2, where published card images have them",
            _tags("CCCCC", 0x8F, 0x90, 0x93, 0x9F46, 0x9F49),
        ),
        VALUE_ADDED: DataGroup(0x1500, "records of the issuer's value-added services", clause="PBOC-5 table 4"),
        0x0E: DataGroup(0x0E00, "application default action again", _tags("C", 0x9F52), clause="PBOC-10 table 21"),
    }
)

_BY_DGI: Mapping[int, DataGroup] = MappingProxyType({each.dgi: each for each in GROUPS})


def group(dgi: int) -> DataGroup | None:
    """The row of ``dgi``; the repeating rows 01nn, 02nn, 03nn, 05nn and 0Enn have its number. None if unknown.

    Any other record of files 01 to 0A is one too: the first byte names the file, the second the record, and the
    tables only recommend what to put where (PBOC-10 §6.4).
    """
    if dgi in _BY_DGI:
        return _BY_DGI[dgi]
    if dgi in OUT_OF_SCOPE or not dgi & 0xFF:
        return None
    sfi = dgi >> 8
    repeated = _REPEATED.get(sfi)
    if repeated is None and 1 <= sfi <= LAST_WITH_TEMPLATE:
        return DataGroup(dgi, f"further record of file {sfi:02X}", clause="PBOC-10 §6.4")
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
    """(SFI, record) of a record group 0101-1EFF."""
    sfi, record = dgi >> 8, dgi & 0xFF
    return (sfi, record) if 1 <= sfi <= 30 and sfi not in INTERNAL_FILE and record else None


class BadGroup(Reasoned):
    """What group ``group`` holds makes no sense, or it is missing."""

    def __init__(self, why: str, group: int, /, **about: Datum) -> None:
        super().__init__(why, group=group, **about)
        self.group = group


def check(dgi: int, value: bytes) -> None:
    """Raises BadGroup if ``value`` can be none of group ``dgi``, one that is no key."""
    if dgi == TRIES_GROUP:
        if len(value) != 2 or not value[0] <= value[1] <= _MOST_TRIES:
            raise BadGroup("tries above their limit", dgi)
        return
    try:
        tags, leaves = [item.tag for item in tlv.parse(value)], tuple(tlv.leaves(value))
    except tlv.TlvError:
        raise BadGroup("group without structure", dgi) from None
    place = record_of(dgi)
    if place is not None and place[0] <= LAST_WITH_TEMPLATE and tags != [TEMPLATE]:
        raise BadGroup("group without template", dgi)
    if place is not None and len(value) > LONGEST_RECORD:
        raise BadGroup("record too long", dgi, received=len(value), expected=LONGEST_RECORD)
    for item in leaves:
        check_element(dgi, item.tag, item.value)


def check_element(dgi: int, tag: int, value: bytes) -> None:
    """Raises BadGroup unless ``value`` is as long as the element ``tag`` may be."""
    if not may_be(tag, len(value)):
        raise BadGroup("element length", dgi, tag=tag, name=BY_TAG[tag].name, received=len(value))


def is_record(sfi: int, raw: bytes) -> bool:
    """True if ``raw`` can be a stored record of that file, judged without taking it apart."""
    if not 0 < len(raw) <= LONGEST_RECORD:
        return False
    if sfi > LAST_WITH_TEMPLATE:
        return True
    if raw[0] != TEMPLATE or len(raw) < 2:
        return False
    if raw[1] < 0x80:
        return len(raw) == 2 + raw[1]
    more = raw[1] & 0x7F  # bytes of the length: issued records may have more than they need
    return 1 <= more <= 2 and len(raw) == 2 + more + int.from_bytes(raw[2 : 2 + more])
