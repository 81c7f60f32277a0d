"""What an acquirer downloads into its terminals: parameters of an application, an authority's public keys.

A record is a string of TLVs as UnionPay terminals take them (seen in the field; the acquirers' specification is not
public). PBOC-6 §8.3 says what may be changed by download, §7.5.1.2 what belongs to a public key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from keys.algorithms import sha1

_TAG_AID, _TAG_ASI, _TAG_VERSION = 0x9F06, 0xDF01, 0x9F09
_TAG_TAC_DEFAULT, _TAG_TAC_ONLINE, _TAG_TAC_DENIAL = 0xDF11, 0xDF12, 0xDF13
_TAG_FLOOR, _TAG_THRESHOLD, _TAG_MOST_TARGET, _TAG_TARGET = 0x9F1B, 0xDF15, 0xDF16, 0xDF17
_TAG_DDOL, _TAG_ONLINE_PIN = 0xDF14, 0xDF18
_TAG_INDEX, _TAG_EXPIRY, _TAG_HASH, _TAG_ALGORITHM = 0x9F22, 0xDF05, 0xDF06, 0xDF07
_TAG_MODULUS, _TAG_EXPONENT, _TAG_CHECK = 0xDF02, 0xDF04, 0xDF03
_TAC_LENGTH = 5
_SM2_POINT = 64
_RSA, _SM2 = b"\x01", b"\x04"
_EXPONENTS = (3, 65537)
"""PBOC-7 §5; another one may make a signature of anything."""


class BadParameters(ValueError):
    """A downloaded record that cannot be used; says which item and why."""


class ActionCodes(NamedTuple):
    """Three action codes of five bytes each, an issuer's (IAC) or an acquirer's (TAC)."""

    denial: bytes
    online: bytes
    default: bytes


UNIONPAY_TAC = ActionCodes(bytes.fromhex("0010000000"), bytes.fromhex("DC4004F800"), bytes.fromhex("DC4000A800"))
"""As nearly all of UnionPay's terminals have them (seen in the field): denied where the card does not allow the
service. Bit 1.3 (CDA failed) is never set in one that does no CDA; there D8 stands in place of DC.
"""


@dataclass(frozen=True, slots=True)
class AidParameters:
    """One application that a terminal takes. ``partial``: longer names on the card match as well (ASI 00). Amounts in
    fen, percentages from 0 to 99. ``default_tdol``: usually empty.
    """

    aid: bytes
    partial: bool = True
    version: bytes = b"\x00\x20"
    tac: ActionCodes = UNIONPAY_TAC
    floor_limit: int = 0
    threshold: int = 0
    target_percent: int = 99
    most_target_percent: int = 99
    default_ddol: bytes = bytes.fromhex("9F3704")
    default_tdol: bytes = b""
    online_pin: bool = True


class AuthorityKeyName(NamedTuple):
    """Which public key: the authority's RID and its number there, the index (8F)."""

    rid: bytes
    number: int


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """CA公钥. RSA: modulus and exponent; SM2 (``exponent`` empty): the point x ‖ y. ``expiry``: YYYYMMDD."""

    name: AuthorityKeyName
    modulus: bytes
    exponent: bytes
    expiry: str

    @property
    def is_sm2(self) -> bool:
        """True for a point."""
        return not self.exponent


def aid_record(parameters: AidParameters) -> bytes:
    """The record as it is sent."""
    percent = (parameters.most_target_percent, parameters.target_percent)
    most, target = (bytes.fromhex(f"{each:02d}") for each in percent)
    return b"".join(
        (
            tlv.encode(_TAG_AID, parameters.aid),
            tlv.encode(_TAG_ASI, bytes((not parameters.partial,))),
            tlv.encode(_TAG_VERSION, parameters.version),
            tlv.encode(_TAG_TAC_DEFAULT, parameters.tac.default),
            tlv.encode(_TAG_TAC_ONLINE, parameters.tac.online),
            tlv.encode(_TAG_TAC_DENIAL, parameters.tac.denial),
            tlv.encode(_TAG_FLOOR, parameters.floor_limit.to_bytes(4, "big")),
            tlv.encode(_TAG_THRESHOLD, parameters.threshold.to_bytes(4, "big")),
            tlv.encode(_TAG_MOST_TARGET, most),
            tlv.encode(_TAG_TARGET, target),
            tlv.encode(_TAG_DDOL, parameters.default_ddol),
            tlv.encode(_TAG_ONLINE_PIN, bytes((parameters.online_pin,))),
        )
    )


def aid_parameters(record: bytes) -> AidParameters:
    """A record read; items it lacks have their usual values, unknown ones are passed over. Raises BadParameters."""
    found = _items(record)
    aid = found.get(_TAG_AID, b"")
    if not 5 <= len(aid) <= 16:
        raise BadParameters(f"9F06: {len(aid)} bytes; an AID has 5 to 16")
    usual = AidParameters(aid)
    tac = ActionCodes(
        *(
            _exactly(found, tag, _TAC_LENGTH, value)
            for tag, value in zip((_TAG_TAC_DENIAL, _TAG_TAC_ONLINE, _TAG_TAC_DEFAULT), usual.tac, strict=True)
        )
    )
    return AidParameters(
        aid,
        partial=found.get(_TAG_ASI, b"\0") == b"\0",
        version=_exactly(found, _TAG_VERSION, 2, found.get(0x9F08, usual.version)),
        tac=tac,
        floor_limit=int.from_bytes(_exactly(found, _TAG_FLOOR, 4, bytes(4)), "big"),
        threshold=int.from_bytes(_exactly(found, _TAG_THRESHOLD, 4, bytes(4)), "big"),
        most_target_percent=_percent(found, _TAG_MOST_TARGET, usual.most_target_percent),
        target_percent=_percent(found, _TAG_TARGET, usual.target_percent),
        default_ddol=found.get(_TAG_DDOL, usual.default_ddol),
        online_pin=found.get(_TAG_ONLINE_PIN, b"\1") != b"\0",
    )


def key_record(key: AuthorityKey) -> bytes:
    """The record as it is sent."""
    algorithm = _SM2 if key.is_sm2 else _RSA
    parts = [
        tlv.encode(_TAG_AID, key.name.rid),
        tlv.encode(_TAG_INDEX, bytes((key.name.number,))),
        tlv.encode(_TAG_EXPIRY, bytes.fromhex(key.expiry)),
        tlv.encode(_TAG_HASH, b"\x07" if key.is_sm2 else b"\x01"),
        tlv.encode(_TAG_ALGORITHM, algorithm),
        tlv.encode(_TAG_MODULUS, key.modulus),
    ]
    if not key.is_sm2:
        parts += [tlv.encode(_TAG_EXPONENT, key.exponent), tlv.encode(_TAG_CHECK, key_check(key))]
    return b"".join(parts)


def authority_key(record: bytes) -> AuthorityKey:
    """A record read, its check sum held against the key (PBOC-6 §7.5.1.2); how one of SM2 is made no text that was at
    hand says, it is not looked at. Raises BadParameters.
    """
    found = _items(record)
    rid, index = _exactly(found, _TAG_AID, 5), _exactly(found, _TAG_INDEX, 1)[0]
    expiry = found.get(_TAG_EXPIRY, b"")
    digits = expiry.decode() if len(expiry) == 8 and expiry.isdigit() else expiry.hex()
    if len(digits) != 8 or not digits.isdecimal():
        raise BadParameters("DF05: no date of eight digits")
    algorithm = found.get(_TAG_ALGORITHM, _RSA)
    if algorithm not in (_RSA, _SM2):
        raise BadParameters("DF07: neither RSA (01) nor SM2 (04)")
    is_sm2 = algorithm == _SM2
    modulus = found.get(_TAG_MODULUS, b"")
    if is_sm2:
        if len(modulus) != _SM2_POINT:
            raise BadParameters(f"DF02: {len(modulus)} bytes; a point of SM2 has {_SM2_POINT}")
        return AuthorityKey(AuthorityKeyName(rid, index), modulus, b"", digits)
    exponent = found.get(_TAG_EXPONENT, b"")
    if not modulus or len(modulus) > 248 or int.from_bytes(exponent, "big") not in _EXPONENTS:
        raise BadParameters("DF02, DF04: an RSA key has a modulus of at most 248 bytes and the exponent 3 or 65537")
    key = AuthorityKey(AuthorityKeyName(rid, index), modulus, exponent, digits)
    if found.get(_TAG_CHECK) != key_check(key):
        raise BadParameters("DF03: the check sum is not this key's, or missing")
    return key


def key_check(key: AuthorityKey) -> bytes:
    """SHA-1 over RID, index, modulus and exponent (PBOC-7 §5)."""
    return sha1(key.name.rid + bytes((key.name.number,)) + key.modulus + key.exponent)


def _items(record: bytes) -> dict[int, bytes]:
    try:
        return {item.tag: item.value for item in tlv.parse(record)}
    except TlvError as error:
        raise BadParameters(f"no string of TLVs: {error}") from None


def _exactly(found: dict[int, bytes], tag: int, length: int, usual: bytes | None = None) -> bytes:
    value = found.get(tag, usual)
    if value is None or len(value) != length:
        raise BadParameters(f"{tag:X}: {'missing' if value is None else f'{len(value)} bytes'}; {length} are needed")
    return value


def _percent(found: dict[int, bytes], tag: int, usual: int) -> int:
    if tag not in found:
        return usual
    digits = found[tag].hex()
    if len(digits) != 2 or not digits.isdecimal():
        raise BadParameters(f"{tag:X}: no percentage of two digits")
    return int(digits)
