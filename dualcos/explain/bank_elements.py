"""The bank's data elements in words. Total: any value of any tag gets a line; broken ones say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from apdu import tlv
from cos.pse.data.aip_afl_ada import AflError, LogEntry, parse_afl
from cos.pse.data.data_elements import BY_TAG, Format, from_n
from cos.pse.transaction.cvr_and_cid import Iad
from dualcos.explain.bank_bits import (
    AUC_TEXTS,
    TVR_TEXTS,
    ada_words,
    aip_words,
    bit_words,
    cid_words,
    cvr_words,
    read_cid,
)
from dualcos.explain.card_texts import card_text
from dualcos.messages.cvm_list import CvmList

_ALGORITHMS = ((0x01, "3DES"), (0x02, "SSF33"), (0x04, "SM4"))


def _list(words: list[str]) -> str:
    return "; ".join(words) if words else "nothing set"


def _tvr(value: bytes) -> str:
    return _list(bit_words(value, TVR_TEXTS))


def _auc(value: bytes) -> str:
    return _list(bit_words(value, AUC_TEXTS))


def _cvm(value: bytes) -> str:
    cvm = CvmList.parse(value)
    amounts = [f"X {cvm.x}, Y {cvm.y}"] if cvm.x or cvm.y else []
    return _list(amounts + [str(rule) for rule in cvm.rules])


def _dol(value: bytes) -> str:
    return _list([f"{_name(tag)} ({tag:X}) {length}" for tag, length in tlv.parse_dol(value)])


def _afl(raw: bytes) -> list[str]:
    """Each entry in words; a broken AFL says so."""
    try:
        entries = parse_afl(raw)
    except AflError as broken:
        return [f"broken: {broken}"]
    return [f"SFI {sfi} records {first}-{last}, {signed} signed" for sfi, first, last, signed in entries]


def _iad(iad: Iad) -> list[str]:
    """Each part of 9F10 in words."""
    name = next((text for value, text in _ALGORITHMS if value == iad.alg), "unknown algorithm")
    words = [f"DKI {iad.dki:02X}", f"CVN {iad.cvn:02X}", f"CVR {iad.cvr}", *cvr_words(iad.cvr)]
    words.append(f"ALG {iad.alg:02X} {name}")
    if iad.idd:
        words.append(f"IDD {iad.idd.hex().upper()}")
    return words


def _amount(value: bytes) -> str:
    return str(from_n(value))


def _date(value: bytes) -> str:
    digits = value.hex()
    return f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}"


def _time(value: bytes) -> str:
    digits = value.hex()
    return ":".join((digits[:2], digits[2:4], digits[4:]))


def _log_entry(value: bytes) -> str:
    entry = LogEntry.parse(value)
    return f"log file SFI {entry.sfi}, {entry.records} records"


def _conversion(value: bytes) -> str:
    return f"× {from_n(value) % 10**7} ÷ 10^{value[0] >> 4}"


def _response_code(value: bytes) -> str:
    return repr(value.decode("ascii"))


_SPECIAL: Mapping[int, Callable[[bytes], str]] = MappingProxyType(
    {
        0x82: lambda value: _list(aip_words(int.from_bytes(value, "big"))),
        0x94: lambda value: _list(_afl(value)),
        0x8E: _cvm,
        0x95: _tvr,
        0x9F0D: _tvr,
        0x9F0E: _tvr,
        0x9F0F: _tvr,
        0x9F07: _auc,
        0x9F52: lambda value: _list(ada_words(int.from_bytes(value, "big"))),
        0x9F56: lambda value: (
            "issuer authentication mandatory" if value[0] & 0x80 else "issuer authentication optional"
        ),
        0x9F27: lambda value: cid_words(read_cid(value[0])),
        0x9F10: lambda value: _list(_iad(Iad.parse(value))),
        0x9F4D: _log_entry,
        0x9F73: _conversion,
        0x8A: _response_code,
        0x8C: _dol,
        0x8D: _dol,
        0x97: _dol,
        0x9F38: _dol,
        0x9F49: _dol,
        0x9F4F: _dol,
        0x9F02: _amount,
        0x9F03: _amount,
        0x9F54: _amount,
        0x9F5C: _amount,
        0x9F75: _amount,
        0x9A: _date,
        0x5F24: _date,
        0x5F25: _date,
        0x9F21: _time,
    }
)


def _name(tag: int) -> str:
    return BY_TAG[tag].name if tag in BY_TAG else "unknown element"


def _text(value: bytes) -> str:
    text = card_text(value)
    if text is None:
        text = value.decode("gb18030", errors="replace")
    return "".join(char if char.isprintable() else "·" for char in text)


def describe(tag: int, value: bytes) -> str:
    """One line: tag, name, bytes, meaning where one is known. Account numbers are shown as they are sent."""
    return f"{tag:X} {_name(tag)} = {value_in_words(tag, value)}"


def value_in_words(tag: int, value: bytes) -> str:
    """Bytes, and their meaning where one is known."""
    head = value.hex().upper()
    element = BY_TAG.get(tag)
    if element is None:
        return head
    if not element.least <= len(value) <= element.most:
        return f"{head} (length {len(value)}, {element.least}-{element.most} expected)"
    try:
        if tag in _SPECIAL:
            return f"{head}: {_SPECIAL[tag](value)}"
        if element.form in (Format.AN, Format.ANS):
            return f"{head}: {_text(value)}"
    except ValueError as broken:
        return f"{head} (broken: {broken})"
    return head
