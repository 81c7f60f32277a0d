"""What an issuing program gets wrong at the certificate side."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from tests.erring_terminal import certificate_scenes as scenes
from tests.erring_terminal.host_recipes import Values, sm3, swapped, words_xored, zeros
from tests.erring_terminal.mistake_case import MistakeCase
from tests.erring_terminal.named_keys import master_key, pin_key_name
from tests.erring_terminal.second_ciphers import cbc, ecb, ecb_back, inverted, padded_80, xor
from tests.erring_terminal.slips import (
    CIPHER,
    ENCIPHERMENT,
    HEADER,
    KEY,
    MAC_CUT,
    PADDING,
    PIN_KEY,
    RANDOM,
    START,
    Known,
    Slip,
    in_scene,
    odd,
    right,
)

WRONG_PIN, WRONG_PROOF, WRONG_MAC = 0x63C5, 0x63C2, 0x6988


def _master(known: Known) -> tuple[Any, ...]:
    return master_key("PKI/DF01", "SM4", known.right["master"])


def _home_master(known: Known) -> tuple[Any, ...]:
    return master_key("PKI", "SM4", known.right["home master"])


def _pin_key(known: Known) -> tuple[Any, ...]:
    return pin_key_name("PKI/DF01", 1 if known.right["header"][3] else 2)


def _shown(name: str, finding: str, shown: Callable[[Values], bytes]) -> Slip:
    return Slip(name, {"shown": shown}, finding, RANDOM, right("random"))


_SHOWN: tuple[Slip, ...] = (
    _shown("random number before the last", "random.older", lambda v: v["older"]),
    _shown("random number reversed", "random.reversed", lambda v: v["random"][::-1]),
    _shown("half of the random number", "random.truncated", lambda v: v["random"][:8]),
)
_ZERO = _shown("zeros enciphered", "random.zero", lambda _: bytes(16))
_DOUBLED = _shown("half of the random number twice", "random.doubled", lambda v: v["random"][:8] * 2)
_HASHES: tuple[Slip, ...] = (
    Slip("SHA-256", {"digest": lambda v: hashlib.sha256(v["packed"]).digest()}, "pin-key.another-hash", PIN_KEY),
    Slip("digits as text", {"packed": lambda v: v["digits"].encode()}, "pin-key.ascii-digits", PIN_KEY),
)
_SHA_1 = Slip("SHA-1", {"digest": lambda v: hashlib.sha1(v["packed"]).digest()}, "pin-key.another-hash", PIN_KEY)  # noqa: S324 - what a program may take
_OTHER_PIN = Slip("the other PIN", {"packed": lambda v: bytes.fromhex(v["other digits"])}, "key.another-number", KEY)

_PIN_SLIPS: tuple[Slip, ...] = (
    Slip("key's bytes reversed", {"key": lambda v: v["digest"][15::-1]}, "key.bytes-reversed", KEY),
    Slip("3DES", {"cipher": lambda _: "3DES"}, "key.another-cipher", KEY),
    Slip("master key of the application", {"key": lambda v: v["application master"]}, "key.another-kind", KEY),
)
_IN_FRONT = Slip("random number at the end of the block", {"filled": lambda v: v["shown"].rjust(16, b"\0")}, "random.filled-in-front", RANDOM)  # fmt: skip

PINS: tuple[MistakeCase, ...] = (
    *in_scene(scenes.USER, WRONG_PIN, *_HASHES, _SHA_1, _OTHER_PIN, *_SHOWN, _ZERO, _DOUBLED, *_PIN_SLIPS),
    *in_scene(scenes.USER_BY_EIGHT, WRONG_PIN, _IN_FRONT),
    *in_scene(scenes.MANAGER, WRONG_PIN, *_HASHES, _OTHER_PIN, _SHOWN[0]),
)

_MASTERS: tuple[Slip, ...] = (
    Slip("master key of the environment", {"key": lambda v: v["home master"]}, "key.another-place", KEY, _master, _home_master),
    Slip("halves exchanged", {"key": lambda v: swapped(v["master"])}, "key.halves-swapped", KEY, _master),
    Slip("bytes reversed", {"key": lambda v: v["master"][::-1]}, "key.bytes-reversed", KEY, _master),
)  # fmt: skip
_3DES = Slip("3DES", {"cipher": lambda _: "3DES"}, "key.another-cipher", KEY, _master)

PROOFS: tuple[MistakeCase, ...] = in_scene(scenes.MASTER, WRONG_PROOF, *_MASTERS, *_SHOWN, _ZERO, _DOUBLED, _3DES)

_SECURED: tuple[Slip, ...] = (
    Slip("start value zero", {"start": lambda _: bytes(16)}, "iv.zero", START, right("random")),
    Slip("class 80 in the MAC", {"mac header": lambda v: b"\x80" + v["header"][1:]}, "header.class-without-04", HEADER),
    Slip("Lc without the MAC in the MAC", {"mac lc": lambda v: bytes((len(v["body"]),))}, "header.lc-without-mac", HEADER),
    Slip("no Lc in the MAC", {"mac lc": lambda _: b""}, "header.without-lc", HEADER),
    Slip("padded with 00", {"mac padded": lambda v: zeros(v["mac text"], 16)}, "padding.zeros", PADDING),
    Slip("padded twice", {"mac padded": lambda v: padded_80(padded_80(v["mac text"], 16), 16)}, "padding.twice", PADDING),
)  # fmt: skip
_NO_LENGTH = Slip("no length in front", {"with length": lambda v: v["content"]}, "cipher.without-length", CIPHER)
_IN_CLEAR = Slip("in clear", {"body": lambda v: v["plain"]}, "cipher.in-clear", ENCIPHERMENT)
_CBC = Slip("CBC", {"body": lambda v: cbc("SM4", v["key"], bytes(16), v["plain"])}, "cipher.cbc", CIPHER)
_LAST_WORD = Slip("last word of the MAC block", {"mac": lambda v: v["mac block"][12:]}, "mac.right-half", MAC_CUT)

CHANGES: tuple[MistakeCase, ...] = (
    *in_scene(scenes.NEW_MANAGER_PIN, WRONG_MAC, *_SECURED, *_SHOWN, *_HASHES, _OTHER_PIN, _IN_CLEAR),
    *in_scene(
        scenes.NEW_MASTER,
        WRONG_MAC,
        *_SECURED,
        *_SHOWN,
        *_MASTERS,
        _IN_CLEAR._replace(input=CIPHER),
        _NO_LENGTH,
        _CBC,
        _LAST_WORD,
    ),
)

# --- kinds that nobody lists ------------------------------------------------------------------------------------------


def _pin_inputs(known: Known) -> dict[str, Any]:
    return {KEY: _pin_key(known), RANDOM: known.right["random"]}


def _master_inputs(known: Known) -> dict[str, Any]:
    return {KEY: _master(known), RANDOM: known.right["random"]}


def _change_inputs(known: Known) -> dict[str, Any]:
    return {**_master_inputs(known), HEADER: known.right["header"] + known.right["mac lc"]}


ODD: tuple[MistakeCase, ...] = (
    odd(scenes.USER, WRONG_PIN, "last 16 bytes of SM3", {"key": lambda v: v["digest"][16:]}, _pin_inputs),
    odd(scenes.USER, WRONG_PIN, "halves of SM3 folded", {"key": lambda v: xor(v["digest"][:16], v["digest"][16:])}, _pin_inputs),
    odd(scenes.USER, WRONG_PIN, "hashed twice", {"digest": lambda v: sm3(sm3(v["packed"]))}, _pin_inputs),
    odd(scenes.USER, WRONG_PIN, "PIN not hashed", {"key": lambda v: v["packed"].ljust(16, b"\0")}, _pin_inputs),
    odd(scenes.MANAGER, WRONG_PIN, "hashed with the random number", {"digest": lambda v: sm3(v["packed"] + v["random"])}, _pin_inputs),
    odd(scenes.MASTER, WRONG_PROOF, "deciphered instead of enciphered", {"proof": lambda v: ecb_back("SM4", v["key"], v["filled"])}, _master_inputs),
    odd(scenes.MASTER, WRONG_PROOF, "random number inverted", {"shown": lambda v: inverted(v["random"])}, _master_inputs),
    odd(scenes.MASTER, WRONG_PROOF, "social side's form", {"proof": lambda v: _social_form(v["key"], v["random"])}, _master_inputs),
    odd(scenes.NEW_MASTER, WRONG_MAC, "MAC over the plain key", {"mac text": lambda v: v["mac header"] + v["mac lc"] + v["plain"]}, _change_inputs),
    odd(scenes.NEW_MASTER, WRONG_MAC, "MAC bytes reversed", {"mac": lambda v: words_xored(v["mac block"])[::-1]}, _change_inputs),
)  # fmt: skip


def _social_form(key: bytes, random: bytes) -> bytes:
    """Authentication data ‖ original information (SSC-4 §9.5)."""
    block = ecb("SM4", ecb("SM4", key, random), random[:8] + bytes(8))
    return xor(block[:8], block[8:]) + random[:8]


CASES = (*PINS, *PROOFS, *CHANGES, *ODD)
