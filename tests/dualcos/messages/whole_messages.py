"""Requests and answers of every kind, each with every field that it may have."""

from __future__ import annotations

from apdu import tlv
from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.download_messages import DownloadName, listing, query, record_answer
from dualcos.messages.field55 import ChipSet, chip_data
from dualcos.messages.line_keys import EncipheredKey, LineKeyRole, key_delivery
from dualcos.messages.pos_messages import PosMessage
from dualcos.messages.pos_subfields import joined
from dualcos.messages.terminal_parameters import AidParameters, aid_record

PAN, TRACK_2, TRACK_3 = "6200005566778890128", "6200005566778890128=25122200000000", "996200005566778890128=156"
PIN_BLOCK, NEW_PIN_BLOCK = bytes.fromhex("A1B2C3D4E5F60718"), bytes.fromhex("18F7E6D5C4B3A291")
PIN_KEY, MAC_KEY, TRACK_KEY = b"\xc1" * 16, b"\xc2" * 16, b"\xc3" * 16
ACCOUNT_TO = "6200009876543210987"
RID = bytes.fromhex("A000000333")
CHIP = {
    0x9F26: "1122334455667788", 0x9F27: "80", 0x9F10: "07010103A4B01201" + "0A01000000000001AABBCC", 0x9F37: "C7D1042E",
    0x9F36: "0012", 0x95: "FCF8FCF8F0", 0x9A: "251123", 0x9C: "00", 0x9F02: "000000001234", 0x5F2A: "0156",
    0x82: "7C00", 0x9F1A: "0156", 0x9F03: "000000000000", 0x9F33: "E0E1C8", 0x9F34: "420300", 0x9F35: "22",
    0x9F1E: b"12345678".hex(), 0x84: "A000000333010101", 0x9F09: "0020", 0x9F41: "00000012",
    0x9F63: "00" * 16, 0xDF31: "2000000001" + "1F00000002", 0x8A: "3030",
}  # fmt: skip
VALUES: dict[int, FieldValue] = {
    2: PAN, 4: "000000001234", 11: "000012", 12: "182500", 13: "1123", 14: "2512", 15: "1124", 22: "051", 23: "001",
    25: "00", 26: "06", 32: "00010000", 35: TRACK_2, 36: TRACK_3, 37: "000000000012", 38: "123456", 39: "00",
    41: "12345678", 42: "123456789012345", 44: "00010000   00020000", 49: "156", 52: PIN_BLOCK,
    53: "2600000000000000", 54: "1001156C0000000001001002156D000000000200", 64: b"0A1B2C3D",
    61: joined(61, {"batch": "000001", "stan": "000011", "date": "1123", "authorisation_mode": "00",
                    "institution": "00010000000"}),
}  # fmt: skip
_TOTALS = "00000000100000200000000030000110000000000000000000000000000000"
_DETAIL = "012200000706200005566778890128000000000500"


def whole_request(kind: PosMessage) -> AcquirerMessage:
    """With every field that it must or may have."""
    chip = chip_data(kind.chip or ChipSet.UPLOAD, {tag: bytes.fromhex(value) for tag, value in CHIP.items()})
    special = {"operator": "001", "before_discount": "000000002000", "member": "M1"}
    own = {
        **VALUES,
        3: "000000",
        25: "00",
        39: "98",
        48: _private(kind),
        55: chip,
        62: _asked(kind),
        63: joined(63, special),
    }
    if kind.name == "reversal":
        own[60] = joined(60, {"kind": "22", "batch": "000001", "network": "000", "ability": "5", "chip_condition": "0"})
    else:
        own = {number: value for number, value in own.items() if value and number != 60}
    codes = {3: kind.processing, 25: kind.condition}
    taken = {each: own[each] for each in sorted(kind.required | kind.optional) if each in own and not codes.get(each)}
    return kind.request("000001", taken)


def whole_answer(kind: PosMessage) -> AcquirerMessage:
    """An approval with every field that it must or may have."""
    special = {"operator": "CUP", "points_earned": "0000000010", "points": "0000000110", "text": "欢迎 welcome"}
    request = whole_request(kind)
    script = bytes.fromhex("9F180400000001860984240000041122334486028416")
    scripts = tlv.encode(0x91, b"\x11" * 8 + b"00") + tlv.encode(0x72, script)
    own = {
        **VALUES,
        **{number: value for number, value in request.fields.items() if number in (3, 25, 60)},
        48: _private(kind),
        55: scripts,
        62: _answered(kind),
        63: joined(63, special),
    }
    fields = {each: own[each] for each in sorted(kind.answer_required | kind.answer_optional) if each in own}
    return AcquirerMessage(kind.answer_mti, {**fields, 39: "00"})


def _private(kind: PosMessage) -> str:
    if kind.name == "transfer":
        return ACCOUNT_TO
    return _DETAIL if kind.name == "batch upload" else "05" if kind.name.startswith("end of upload") else _TOTALS


def _asked(kind: PosMessage) -> bytes:
    if kind.name.endswith("query"):
        return query(0)
    if kind.name == "PIN change":
        return NEW_PIN_BLOCK
    return DownloadName(RID, 1 if kind.name == "public key" else None).raw


def _answered(kind: PosMessage) -> bytes:
    if kind.name.endswith("query"):
        return listing([DownloadName(RID, 1), DownloadName(RID, 2)], 0)
    if kind.name in ("public key", "parameters"):
        return record_answer(aid_record(AidParameters(RID + b"\1\1\1")))
    keys = {LineKeyRole.PIN: PIN_KEY, LineKeyRole.MAC: MAC_KEY, LineKeyRole.TRACK: TRACK_KEY}
    return key_delivery({role: EncipheredKey(cipher, b"\xd1\xd2\xd3\xd4") for role, cipher in keys.items()})
