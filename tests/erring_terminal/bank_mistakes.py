"""What a bank's host gets wrong in its computations, one step at a time (JR/T 0025 parts 5 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.erring_terminal import bank_scenes as scenes
from tests.erring_terminal.erring_issuer import card_key, factor
from tests.erring_terminal.host_recipes import Recipe, Values, plus, retail, swapped, zeros
from tests.erring_terminal.mistake_case import MistakeCase, Scene
from tests.erring_terminal.named_keys import KeyElsewhere, bank_key
from tests.erring_terminal.second_ciphers import BLOCKS, cbc, ecb, ecb_back, inverted, padded_80, xor
from tests.erring_terminal.slips import (
    ARC,
    ATC,
    CRYPTOGRAM,
    DATA,
    ENCIPHERMENT,
    HEADER,
    KEY,
    MAC,
    PADDING,
    SESSION,
    START,
    Known,
    Slip,
    Told,
    done,
    in_scene,
    number,
    odd,
    right,
)

OTHER_PAN = "6299990000000000202"
"""Account number of another card."""
WRONG_ANSWER, WRONG_MAC = 0x6300, 0x6988


def _right_key(known: Known) -> tuple[Any, ...]:
    return bank_key(known.right["purpose"], known.right["cipher"], known.right["udk"])


def _right_enc_key(known: Known) -> tuple[Any, ...]:
    return bank_key("ENC", known.right["cipher"], known.right["enc udk"])


def _by_another(name: str) -> Callable[[Values], bytes]:
    """The card's key of another purpose."""
    return lambda v: card_key(v["cipher"], v["masters"][name], v["factor"])


def _own(v: Values) -> bytes:
    return card_key(v["cipher"], v["master"], v["factor"])


def _common_session_key(v: Values, key: str = "udk") -> bytes:
    """EMV's: ATC ‖ F0 …, ATC ‖ 0F …."""
    atc = v["atc"]
    return ecb(v["under"], v[key], atc + b"\xf0" + bytes(5) + atc + b"\x0f" + bytes(5))


def _other_kinds(*names: str) -> Iterator[Slip]:
    for name in names:
        used = _used_key(name)
        yield Slip(f"the {name} key", {"udk": _by_another(name)}, "key.another-kind", KEY, _right_key, used)


def _used_key(name: str) -> Told:
    return lambda known: bank_key(name, known.done["cipher"], known.done["udk"])


def _by_factor(name: str, made: Callable[[Values], bytes]) -> Slip:
    return Slip(name, {"factor": made}, "key.another-factor", KEY, _right_key)


_MASTER = Slip("master undiversified", {"udk": lambda v: v["master"]}, "key.tier-above", KEY, _right_key, lambda known: KeyElsewhere("issuer", known.right["cipher"], known.right["master"]))  # fmt: skip
_NO_SEQUENCE_NUMBER = _by_factor("no sequence number", lambda v: factor(v["pan"], ""))
_FACTORS: tuple[Slip, ...] = (
    _NO_SEQUENCE_NUMBER,
    _by_factor("sequence number 00", lambda v: factor(v["pan"], "00")),
    _by_factor("digits from the left", lambda v: bytes.fromhex((v["pan"] + v["psn"])[:16])),
    _by_factor("another card's number", lambda v: factor(OTHER_PAN, v["psn"])),
)
_HALVES = Slip("halves exchanged", {"udk": lambda v: swapped(_own(v))}, "key.halves-swapped", KEY, _right_key)
_REVERSED = Slip("bytes reversed", {"udk": lambda v: _own(v)[::-1]}, "key.bytes-reversed", KEY, _right_key)
_LEFT_HALF = Slip("single DES", {"udk": lambda v: _own(v)[:8] * 2}, "key.left-half", KEY, _right_key)
_KEY_ITSELF = Slip("key itself", {"session": lambda v: v["udk"]}, "session.key-itself", SESSION)
_COMMON = Slip("EMV common session key", {"session": _common_session_key}, "session.other-derivation", SESSION)
_SM4 = Slip("SM4 with a DES key's value", {"under": lambda _: "SM4"}, "key.another-cipher", KEY, _right_key)
_3DES = Slip("3DES with an SM4 key's value", {"under": lambda _: "3DES"}, "key.another-cipher", KEY, _right_key)
_KEYS = (_MASTER, *_FACTORS, _HALVES, _REVERSED, _KEY_ITSELF, _COMMON)


def _at(name: str, atc: Callable[[Values], bytes], finding: str) -> Slip:
    return Slip(name, {"atc": atc}, finding, ATC, number(right("atc")), number(done("atc")))


_LATE = _at("ATC one too high", lambda v: plus(v["atc"], 1), "atc.off-by-one")
_EARLY = _at("ATC one too low", lambda v: plus(v["atc"], -1), "atc.off-by-one")
_ATC_REVERSED = _at("ATC low byte first", lambda v: v["atc"][::-1], "atc.byte-order")
_TURNED = Slip(
    "cryptogram in front of the ATC",
    {"moment": lambda v: v["cryptogram"] + v["atc"]},
    "fields.swapped",
    "transaction data",
)
_MOMENTS = (_LATE, _EARLY, _ATC_REVERSED)


def _code(name: str, code: bytes) -> Slip:
    return Slip(name, {"arc": lambda _: code}, "response-code.another", ARC, right("sent arc"), lambda _: code)


_REFUSAL, _BINARY = _code("code of a refusal", b"05"), _code("code in binary", bytes(2))

ANSWERS: tuple[MistakeCase, ...] = (
    *in_scene(scenes.ANSWERED, WRONG_ANSWER, *_KEYS, *_MOMENTS, _REFUSAL, _BINARY, *_other_kinds("MAC", "ENC")),
    *in_scene(scenes.ANSWERED, WRONG_ANSWER, _LEFT_HALF, _SM4),
    *in_scene(scenes.ANSWERED_DUAL, WRONG_ANSWER, _MASTER, _NO_SEQUENCE_NUMBER, _LATE, _REFUSAL, *_other_kinds("MAC")),
    *in_scene(scenes.ANSWERED_LATER, WRONG_ANSWER, *_MOMENTS),
    *in_scene(scenes.ANSWERED_SM, WRONG_ANSWER, _MASTER, *_FACTORS[:2], _HALVES, _REVERSED, _KEY_ITSELF, _COMMON),
    *in_scene(scenes.ANSWERED_SM, WRONG_ANSWER, _LATE, _ATC_REVERSED, _BINARY, _3DES, *_other_kinds("MAC")),
)

# --- scripts ----------------------------------------------------------------------------------------------------------

_PLAIN_CLASS = Slip("class without 04 in the MAC", {"mac header": lambda v: bytes((v["header"][0] & ~0x04,)) + v["header"][1:]}, "header.class-without-04", HEADER)  # fmt: skip
_SHORT_LC = Slip("Lc without the MAC in the MAC", {"mac lc": lambda v: bytes((len(v["body"]),))}, "header.lc-without-mac", HEADER)  # fmt: skip
_NO_LC = Slip("no Lc in the MAC", {"mac lc": lambda _: b""}, "header.without-lc", HEADER)
_HEADERS = (_PLAIN_CLASS, _SHORT_LC, _NO_LC)


def _padded(name: str, finding: str, pad: Callable[[bytes, int], bytes]) -> Slip:
    return Slip(name, {"mac padded": lambda v: pad(v["mac text"], BLOCKS[v["under"]])}, finding, PADDING)


_ZEROS = _padded("padded with 00", "padding.zeros", zeros)
_NONE = _padded("whole blocks not padded", "padding.none", lambda data, _: data)
_TWICE = _padded("padded twice", "padding.twice", lambda data, size: padded_80(padded_80(data, size), size))
_RIGHT_HALF = Slip("right half of the MAC", {"mac": lambda v: v["mac block"][4:8]}, "mac.right-half", MAC)
_FROM_RANDOM = Slip("random number as start value", {"start": lambda v: v["unpredictable"] + bytes(4)}, "iv.random", START)  # fmt: skip
_CHAINED = Slip("chained as in EMV", {"start": lambda v: v["previous block"]}, "script.chained", START)
_SECOND = Slip("second cryptogram", {"moment": lambda v: v["atc"] + v["second cryptogram"]}, "script.second-cryptogram", CRYPTOGRAM, right("cryptogram"), right("second cryptogram"))  # fmt: skip

SCRIPTS: tuple[MistakeCase, ...] = (
    *in_scene(scenes.LIMIT, WRONG_MAC, *_KEYS, *_MOMENTS, *_HEADERS, _NONE, _TWICE, _RIGHT_HALF, _FROM_RANDOM),
    *in_scene(scenes.LIMIT, WRONG_MAC, *_other_kinds("AC", "ENC"), _LEFT_HALF),
    *in_scene(scenes.AMOUNT, WRONG_MAC, _TURNED, _LATE, _SHORT_LC, _NO_LC, _ZEROS, _TWICE),
    *in_scene(scenes.BLOCK, WRONG_MAC, *_HEADERS, _ZEROS, _RIGHT_HALF, *_other_kinds("AC")),
    *in_scene(scenes.RECORD, WRONG_MAC, _PLAIN_CLASS, _KEY_ITSELF, _COMMON, _ZEROS),
    *in_scene(scenes.SECOND_SCRIPT, WRONG_MAC, _CHAINED, _SECOND),
    *in_scene(scenes.LIMIT_SM, WRONG_MAC, _MASTER, _NO_SEQUENCE_NUMBER, _HALVES, _KEY_ITSELF, _COMMON, _LATE),
    *in_scene(scenes.LIMIT_SM, WRONG_MAC, *_HEADERS, _TWICE, *_other_kinds("AC")),
)

# --- a new PIN --------------------------------------------------------------------------------------------------------


def _enciphered(name: str, key: Callable[[Values], bytes], finding: str) -> Slip:
    """Under another key, and only that: the mask is made of the right one."""
    mask = {"mask key": lambda v: card_key(v["cipher"], v["enc master"], v["factor"])}
    return Slip(name, {"enc udk": key, **mask}, finding, KEY, _right_enc_key)


_BY_MAC_KEY = _enciphered("enciphered with the MAC key", _by_another("MAC"), "key.another-kind")
_CBC = Slip("CBC", {"body": lambda v: cbc(v["under"], v["enc session"], bytes(8), v["plain"])}, "cipher.cbc", ENCIPHERMENT)  # fmt: skip
_NO_LENGTH = Slip("no length in front", {"with length": lambda v: v["d"], "plain": lambda v: padded_80(v["d"], 16)}, "cipher.without-length", ENCIPHERMENT)  # fmt: skip
_OTHERWISE: tuple[Slip, ...] = (
    _BY_MAC_KEY,
    _enciphered("enciphered with the master", lambda v: v["enc master"], "key.tier-above"),
    Slip("card's key itself", {"enc session": lambda v: v["enc udk"]}, "session.key-itself", SESSION),
    Slip("EMV's session key", {"enc session": lambda v: _common_session_key(v, "enc udk")}, "session.other-derivation", SESSION),
    Slip("in clear", {"body": lambda v: v["plain"]}, "cipher.in-clear", ENCIPHERMENT),
)  # fmt: skip
_MASK = Slip("mask of the AC key, as in VIS", {"mask key": _by_another("AC")}, "key.another-kind", KEY, _right_enc_key)

NEW_PINS: tuple[MistakeCase, ...] = (
    *in_scene(scenes.NEW_PIN, WRONG_MAC, *_OTHERWISE, _CBC, _NO_LENGTH, _MASK),
    *in_scene(scenes.NEW_PIN_WITH_CURRENT, WRONG_MAC, _BY_MAC_KEY, _CBC),
    *in_scene(scenes.NEW_PIN_SM, WRONG_MAC, *_OTHERWISE, _NO_LENGTH),
)

# --- kinds that nobody lists ------------------------------------------------------------------------------------------


def _answer_inputs(known: Known) -> dict[str, Any]:
    return {
        KEY: _right_key(known),
        ATC: int.from_bytes(known.right["atc"], "big"),
        CRYPTOGRAM: known.right["cryptogram"],
        ARC: known.right["sent arc"],
    }


def _script_inputs(known: Known) -> dict[str, Any]:
    return {
        KEY: _right_key(known),
        ATC: int.from_bytes(known.right["atc"], "big"),
        CRYPTOGRAM: known.right["cryptogram"],
        HEADER: known.right["header"] + known.right["mac lc"],
        DATA: known.right["body"],
    }


_ODD_ANSWERS: tuple[tuple[Scene, str, Recipe], ...] = (
    (scenes.ANSWERED, "response code at the right end", {"block": lambda v: xor(v["cryptogram"], v["arc"].rjust(8, b"\0"))}),
    (scenes.ANSWERED, "deciphered instead of enciphered", {"enciphered": lambda v: ecb_back(v["under"], v["session"], v["filled block"])}),
    (scenes.ANSWERED, "response code four times", {"block": lambda v: xor(v["cryptogram"], v["arc"] * 4)}),
    (scenes.ANSWERED, "cryptogram inverted", {"block": lambda v: xor(inverted(v["cryptogram"]), v["arc"].ljust(8, b"\0"))}),
    (scenes.ANSWERED, "EMV's method 2", {"enciphered": lambda v: retail(v["session"], padded_80(v["cryptogram"] + bytes(4) + v["arc"], 8))}),
    (scenes.ANSWERED, "wrong ATC and wrong key at once", {"atc": lambda v: plus(v["atc"], 1), "udk": _by_another("MAC")}),
    (scenes.ANSWERED, "bytes of the answer reversed", {"arpc": lambda v: v["enciphered"][7::-1]}),
    (scenes.ANSWERED_LATER, "cryptogram of the transaction before, code of a refusal", {"block": lambda v: xor(v["earlier cryptogram"], b"05" + bytes(6))}),
    (scenes.ANSWERED_SM, "halves folded", {"arpc": lambda v: xor(v["enciphered"][:8], v["enciphered"][8:])}),
    (scenes.ANSWERED_SM, "block filled in front", {"filled block": lambda v: v["block"].rjust(16, b"\0")}),
    (scenes.ANSWERED_SM, "second half of the block", {"arpc": lambda v: v["enciphered"][8:]}),
)  # fmt: skip
_ODD_SCRIPTS: tuple[tuple[Scene, str, Recipe], ...] = (
    (scenes.LIMIT, "tag and length in the MAC's data", {"mac text": lambda v: v["header"] + v["mac lc"] + v["moment"] + bytes.fromhex("9F580105")}),
    (scenes.LIMIT, "ATC and cryptogram behind the data", {"mac text": lambda v: v["header"] + v["mac lc"] + v["body"] + v["moment"]}),
    (scenes.LIMIT, "3DES over all blocks", {"mac block": lambda v: cbc("3DES", v["session"], bytes(8), v["mac padded"])[-8:]}),
    (scenes.AMOUNT, "limit low byte first in the MAC", {"mac text": lambda v: v["mac header"] + v["mac lc"] + v["moment"] + v["body"][::-1]}),
    (scenes.AMOUNT, "MAC bytes reversed", {"mac": lambda v: v["mac block"][3::-1]}),
    (scenes.BLOCK, "header twice", {"mac header": lambda v: v["header"] * 2}),
    (scenes.RECORD, "record without its template in the MAC", {"mac text": lambda v: v["mac header"] + v["mac lc"] + v["moment"] + v["body"][2:]}),
    (scenes.SECOND_SCRIPT, "second cryptogram and wrong ATC", {"moment": lambda v: plus(v["atc"], 1) + v["second cryptogram"]}),
    (scenes.LIMIT_SM, "halves of the last block folded", {"mac": lambda v: xor(v["mac block"][:8], v["mac block"][8:])[:4]}),
)  # fmt: skip

ODD: tuple[MistakeCase, ...] = (
    *(odd(scene, WRONG_ANSWER, name, steps, _answer_inputs) for scene, name, steps in _ODD_ANSWERS),
    *(odd(scene, WRONG_MAC, name, steps, _script_inputs) for scene, name, steps in _ODD_SCRIPTS),
)

CASES = (*ANSWERS, *SCRIPTS, *NEW_PINS, *ODD)
