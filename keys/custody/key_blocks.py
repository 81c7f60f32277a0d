"""TR-31 key blocks (ANSI X9.143): keys between hosts with a header that says what they are, all of which is obeyed.

The format is ``psec``'s work (MIT); this is the only module that imports it. It warns at every use that two-key 3DES is
old; the standards of both sides prescribe it, so the warning is silenced here and nowhere else. What it says of a block
that does not open is not repeated: it quotes from it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from keys.algorithms import BadKey
from keys.custody.key_transport import AES_NAME, HMAC_NAME, TransportError, check_value
from keys.custody.ownership import Purpose

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from psec import tr31


class _Usage(NamedTuple):
    """How a purpose stands in a header: usage code, mode of use as we send it, modes under which its key does all it
    does here.
    """

    code: str
    mode: str
    modes: str


# Usage codes of ANSI X9.143 where there is one; proprietary numbers for the rest, fixed by this list. Mode X derives
# keys, B enciphers both ways, C makes and verifies MACs, N is whatever the usage allows.
_USAGES: Mapping[Purpose, _Usage] = MappingProxyType(
    {
        Purpose.ISSUER_AC: _Usage("E0", "X", "XN"),
        Purpose.ISSUER_ENC: _Usage("E1", "X", "XN"),
        Purpose.ISSUER_MAC: _Usage("E2", "X", "XN"),
        Purpose.KMC: _Usage("E5", "X", "XN"),
        Purpose.EXCHANGE: _Usage("K0", "B", "BN"),
        Purpose.TRANSPORT: _Usage("10", "X", "XN"),
        Purpose.CARD_MASTER: _Usage("11", "X", "XN"),
        Purpose.CARD_MASTER_ROOT: _Usage("12", "X", "XN"),
        Purpose.FIRST_SOCIAL: _Usage("20", "X", "XN"),
        Purpose.SOCIAL_MASTER: _Usage("21", "X", "XN"),
        Purpose.SOCIAL_ROOT: _Usage("22", "X", "XN"),
        Purpose.FIRST_BANK: _Usage("30", "X", "XN"),
        Purpose.BANK_MASTER: _Usage("31", "X", "XN"),
        Purpose.FILE_MAC: _Usage("M7", "C", "CN"),
    }
)
_ALGORITHMS: Mapping[str, str] = MappingProxyType({"T": "3DES", "A": AES_NAME, "D": "DES", "H": HMAC_NAME, "4": "SM4"})
_DESTINATIONS: Mapping[str, str] = MappingProxyType({"A": "3DES", "B": "3DES", "C": "3DES", "D": AES_NAME})
_WEAK_BINDING = "AC"
_NOT_USED, _COMPONENT = "00", "c"
_HEAD = re.compile(r"[0-9A-Z]\d{4}[0-9A-Z]{4}[0-9A-Za-z]{2}[0-9A-Z]\d{2}[0-9A-Z]{2}[\x20-\x7e]*", re.ASCII)
_LENGTH_AT, _LENGTH_END = 1, 5
_CONTEXT_AT, _CONTEXT_END = 14, 16
_ANY_CONTEXT, _EXCHANGE_CONTEXT = "00", "20"
_LEGACY_KCV, _CMAC_KCV = "00", "01"
_HMAC_SHA256 = "21"


class Arrived(NamedTuple):
    """A key that came in a key block: what its header says of it, and its value.

    ``version``: its number; None if the block numbers none. ``sendable``: it may go on to others under a transport key.
    ``told``: what else the header says and whoever takes the key ought to know, a sentence each.
    """

    purpose: Purpose
    algorithm: str
    value: bytes
    version: int | None = None
    sendable: bool = False
    told: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.algorithm} key, {self.purpose.value}>"


def unwrap_block(kbpk: bytes, block: str, under: str = "") -> Arrived:
    """The key of a TR-31 block, version A, B or C under 3DES, D under AES; ``under`` is the algorithm of ``kbpk``.

    Raises TransportError: it does not open, carries a component, or a key with a restriction that cannot be kept here.
    """
    text = "".join(block.strip().splitlines())
    if not _HEAD.fullmatch(text):
        raise TransportError("this is no TR-31 key block: it does not begin with version, length and usage")
    if text[0] not in _DESTINATIONS:
        raise TransportError(f"a key block of version {text[0]} is not known here: A, B and C (3DES), D (AES) are")
    if under and _DESTINATIONS[text[0]] != under:
        raise TransportError(
            f"a key block of version {text[0]} is under a {_DESTINATIONS[text[0]]} key, this transport key is {under}"
        )
    length = int(text[_LENGTH_AT:_LENGTH_END])
    if length != len(text):
        raise TransportError(f"the key block says {length} characters and has {len(text)}: cut or joined")
    header, value = _opened(kbpk, text)
    purpose, algorithm = _meant(header)
    if header.version_num.startswith(_COMPONENT):
        raise TransportError(
            f"this key block carries a component ({header.version_num}), not a key: all components of it are joined, "
            "with `dualcos keys components`; open each with its custodian, or ask for the whole key"
        )
    _obey_mode(purpose, header.mode_of_use)
    context = text[_CONTEXT_AT:_CONTEXT_END]
    if context not in (_ANY_CONTEXT, _EXCHANGE_CONTEXT):
        raise TransportError(f"the key block is for its sender's own storage (context {context}) only")
    if header.exportability not in "ENS":
        raise TransportError(f"exportability {header.exportability} of the key block is a private rule of its sender")
    told = [_optional(header.blocks, name, Wrapped(kbpk, algorithm, value, under)) for name in header.blocks]
    if text[0] in _WEAK_BINDING:
        told.insert(0, f"version {text[0]} binds header and key weakly (variants, a 4-byte MAC): ask for B or D")
    return Arrived(
        purpose, algorithm, value, _version(header.version_num), header.exportability != "N", tuple(filter(None, told))
    )


def _opened(kbpk: bytes, text: str) -> tuple[tr31.Header, bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tr31.unwrap(kbpk, text)
    except tr31.HeaderError:
        raise TransportError("the header of the key block is malformed; ask for it again") from None
    except ValueError:
        raise TransportError(
            "the key block does not open under this transport key: it is of another key, or was changed"
        ) from None


def _meant(header: tr31.Header) -> tuple[Purpose, str]:
    purpose = next((each for each, usage in _USAGES.items() if usage.code == header.key_usage), None)
    name = _ALGORITHMS.get(header.algorithm)
    if purpose is None or name is None:
        raise TransportError(
            f"a key block for usage {header.key_usage}, algorithm {header.algorithm} is not known here"
        )
    return purpose, name


def _obey_mode(purpose: Purpose, mode: str) -> None:
    usage = _USAGES[purpose]
    if mode not in usage.modes:
        wanted = " or ".join(usage.modes)
        raise TransportError(
            f"the key block allows mode of use {mode} only, and a {purpose.value} is used under {wanted}: ask for that"
        )


def _version(text: str) -> int | None:
    if text == _NOT_USED:
        return None
    if not text.isdecimal():
        raise TransportError(f"the key version {text} of this key block is no number, as versions are here")
    return int(text)


# --- optional blocks ----------------------------------------------------------------------------------------------


class Wrapped(NamedTuple):
    """What optional blocks speak of: the key, and the transport key over it. ``repr`` shows neither."""

    kbpk: bytes
    algorithm: str
    value: bytes
    under: str

    def __repr__(self) -> str:
        return f"<{self.algorithm} key in a key block>"


def _optional(blocks: Mapping[str, str], name: str, wrapped: Wrapped) -> str:
    """What an optional block says, as a sentence, empty if it is of no account here. Raises TransportError."""
    obey = _OPTIONAL.get(name)
    if obey is None:
        what = "a private rule of its sender" if name.isdecimal() else "a rule that is not kept here"
        raise TransportError(f"optional block {name} of the key block is {what}: ask for the key without it")
    return obey(blocks[name], wrapped)


def _own_check_value(data: str, wrapped: Wrapped) -> str:
    _compare_check_value(data, wrapped.algorithm, wrapped.value, "the key in it")
    return ""


def _check_value_above(data: str, wrapped: Wrapped) -> str:
    if wrapped.under:
        _compare_check_value(data, wrapped.under, wrapped.kbpk, "its transport key")
    return ""


def _compare_check_value(data: str, algorithm: str, value: bytes, what: str) -> None:
    method, noted = data[:2], data[2:].upper()
    if method != (_CMAC_KCV if algorithm == AES_NAME else _LEGACY_KCV) or algorithm == HMAC_NAME:
        return  # of a kind that is not computed here
    try:
        found = check_value(algorithm, value).hex().upper()
    except BadKey:
        return  # told of the key itself, wherever it is entered
    if len(noted) < 4 or len(noted) % 2 or not found.startswith(noted):
        raise TransportError(f"the key block notes check value {noted} for {what}, it is {found}")


def _hash(data: str, wrapped: Wrapped) -> str:
    if wrapped.algorithm == HMAC_NAME and data != _HMAC_SHA256:
        raise TransportError(f"the key block is for HMAC with hash {data}; files here take SHA-256 ({_HMAC_SHA256})")
    return ""


def _padding(data: str, wrapped: Wrapped) -> str:  # noqa: ARG001 - it says nothing by design
    return ""


def _telling(what: str) -> Callable[[str, Wrapped], str]:
    return lambda data, _: f"{what} {data}"


_OPTIONAL: Mapping[str, Callable[[str, Wrapped], str]] = MappingProxyType(
    {
        "HM": _hash,
        "KC": _own_check_value,
        "KP": _check_value_above,
        "LB": _telling("its sender calls it"),
        "PB": _padding,
        "TC": _telling("the key was made at"),
        "TS": _telling("the block was made at"),
    }
)


# --- sending ------------------------------------------------------------------------------------------------------


def wrap_block(kbpk: bytes, key: Arrived, *, aes: bool = False) -> str:
    """The key as a TR-31 block: version D under AES, else B; for its usage only, not exportable. TransportError."""
    usage = _USAGES.get(key.purpose)
    letter = next((code for code, each in _ALGORITHMS.items() if each == key.algorithm), None)
    if usage is None or letter is None:
        raise TransportError(f"{key!r} has no key block")
    version = f"{key.version:02d}" if key.version is not None and key.version < 100 else _NOT_USED
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = f"{'D' if aes else 'B'}0000{usage.code}{letter}{usage.mode}{version}N0000"
            return tr31.wrap(kbpk, header, key.value)
    except ValueError:
        raise TransportError(f"{key!r} goes into no key block under this transport key") from None
