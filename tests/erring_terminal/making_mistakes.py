"""What a bureau gets wrong: proof of PSE's master key, WRITE KEY, the opening of the channel, STORE DATA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.erring_terminal import making_scenes as scenes
from tests.erring_terminal.erring_personaliser import channel_key, channel_session, level_3
from tests.erring_terminal.host_recipes import Recipe, Values, plus, retail, swapped, words_xored, zeros
from tests.erring_terminal.mistake_case import MistakeCase
from tests.erring_terminal.named_keys import KeyElsewhere, channel_key_name, master_key
from tests.erring_terminal.second_ciphers import cbc, ecb, ecb_back, inverted, padded_80
from tests.erring_terminal.slips import (
    CARD_CHALLENGE,
    CHAIN,
    CIPHER,
    ENCIPHERMENT,
    HEADER,
    HOST_CHALLENGE,
    KEY,
    MAC_CUT,
    PADDING,
    RANDOM,
    SEQUENCE,
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

WRONG_PROOF, WRONG_MAC, WRONG_CRYPTOGRAM, WRONG_C_MAC, WRONG_DATA = 0x63C2, 0x6988, 0x6300, 0x6982, 0x6A80


def _master(place: str, step: str) -> Told:
    return lambda known: master_key(place, "3DES", known.right[step])


def _channel(name: str) -> Told:
    return lambda known: channel_key_name(name, known.right[name.lower()])


def _kmc(known: Known) -> KeyElsewhere:
    return KeyElsewhere("issuer", "3DES", known.right["kmc"])


_MASTER, _CARD_MASTER = _master("PSE", "master"), _master("MF", "card master")
_KEYS: tuple[Slip, ...] = (
    Slip("card master key", {"key": lambda v: v["card master"]}, "key.another-place", KEY, _MASTER, _CARD_MASTER),
    Slip("halves exchanged", {"key": lambda v: swapped(v["master"])}, "key.halves-swapped", KEY, _MASTER),
    Slip("bytes reversed", {"key": lambda v: v["master"][::-1]}, "key.bytes-reversed", KEY, _MASTER),
    Slip("single DES", {"key": lambda v: v["master"][:8] * 2}, "key.left-half", KEY, _MASTER),
)


def _shown(name: str, finding: str, shown: Callable[[Values], bytes]) -> Slip:
    return Slip(name, {"shown": shown}, finding, RANDOM, right("random"))


_SHOWN: tuple[Slip, ...] = (
    _shown("random number before the last", "random.older", lambda v: v["older"]),
    _shown("random number reversed", "random.reversed", lambda v: v["random"][::-1]),
    _shown("half of the random number, filled", "random.truncated", lambda v: v["random"][:4] + bytes(4)),
)

PROOFS: tuple[MistakeCase, ...] = in_scene(
    scenes.PROOF,
    WRONG_PROOF,
    *_KEYS,
    *_SHOWN,
    _shown("zeros enciphered", "random.zero", lambda _: bytes(8)),
    _shown("half of the random number twice", "random.doubled", lambda v: v["random"][:4] * 2),
)

# --- MACs with the random number, C-MACs ------------------------------------------------------------------------------


def _body(values: Values) -> bytes:
    """What the MAC protects, by the recipe that it is in."""
    return next(values[step] for step in ("sent groups", "cryptogram", "cipher") if step in values)


_PLAIN_CLASS = Slip("class without 04 in the MAC", {"mac header": lambda v: bytes((v["header"][0] & ~0x04,)) + v["header"][1:]}, "header.class-without-04", HEADER)  # fmt: skip
_SHORT_LC = Slip("Lc without the MAC in the MAC", {"mac lc": lambda v: bytes((len(_body(v)),))}, "header.lc-without-mac", HEADER)  # fmt: skip
_NO_LC = Slip("no Lc in the MAC", {"mac lc": lambda _: b""}, "header.without-lc", HEADER)
_ZEROS = Slip("padded with 00", {"mac padded": lambda v: zeros(v["mac text"], 8)}, "padding.zeros", PADDING)
_TWICE = Slip("padded twice", {"mac padded": lambda v: padded_80(padded_80(v["mac text"], 8), 8)}, "padding.twice", PADDING)  # fmt: skip
_MACS = (_PLAIN_CLASS, _SHORT_LC, _NO_LC, _ZEROS, _TWICE)

_LEFT_MAC = Slip("MAC by the left half", {"mac key": lambda v: v["key"][:8] * 2}, "key.left-half", KEY, _MASTER)
_RIGHT_MAC = Slip("right half of the MAC", {"mac": lambda v: v["mac block"][4:]}, "mac.right-half", MAC_CUT)
_ZERO_START = Slip("start value zero", {"start": lambda _: bytes(8)}, "iv.zero", START, right("random"))
_CBC = Slip("CBC", {"cipher": lambda v: cbc("3DES", v["key"], bytes(8), v["plain"])}, "cipher.cbc", CIPHER)
_NO_LENGTH = Slip("no length in front", {"with length": lambda v: v["key header"] + v["value"]}, "cipher.without-length", CIPHER)  # fmt: skip
_IN_CLEAR = Slip("key in clear", {"cipher": lambda v: v["plain"]}, "cipher.in-clear", CIPHER)
_UNDER_ANOTHER = Slip("under the card master key", {"cipher": lambda v: ecb("3DES", v["card master"], v["plain"])}, "key.another-place", KEY, _MASTER, _CARD_MASTER)  # fmt: skip

LOADED: tuple[MistakeCase, ...] = (
    *in_scene(scenes.KEY_LOADED, WRONG_MAC, *_KEYS, *_SHOWN, *_MACS, _LEFT_MAC, _RIGHT_MAC, _ZERO_START),
    *in_scene(scenes.KEY_LOADED, WRONG_MAC, _IN_CLEAR, _UNDER_ANOTHER),
    *in_scene(scenes.KEY_LOADED, WRONG_DATA, _CBC, _NO_LENGTH),
)

# --- the channel ------------------------------------------------------------------------------------------------------

_KENC, _KMAC, _KDEK = (_channel(name) for name in ("KENC", "KMAC", "KDEK"))
_KMC = Slip("KMC undiversified", {name: lambda v: v["kmc"] for name in ("kenc", "kmac", "kdek")}, "key.tier-above", KEY)
_VISA_2 = Slip("factor as in Visa 2", {"factor": lambda v: v["key data"][:2] + v["key data"][-4:]}, "key.another-factor", KEY, _KENC)  # fmt: skip
_LEFT_FACTOR = Slip("factor from the left", {"factor": lambda v: v["key data"][:6]}, "key.another-factor", KEY, _KENC)


def _counter(name: str, counter: Callable[[Values], bytes], finding: str) -> Slip:
    told = number(right("counter")), number(done("counter"))
    return Slip(name, {"counter": counter}, finding, SEQUENCE, *told)


_COUNTERS: tuple[Slip, ...] = (
    _counter("counter one too high", lambda v: plus(v["counter"], 1), "sequence.off-by-one"),
    _counter("counter one too low", lambda v: plus(v["counter"], -1), "sequence.off-by-one"),
    _counter("counter low byte first", lambda v: v["counter"][::-1], "sequence.byte-order"),
)


def _host_random(name: str, finding: str, shown: Callable[[Values], bytes]) -> Slip:
    text: Recipe = {"text": lambda v: v["counter"] + v["challenge"] + shown(v)}
    return Slip(name, text, finding, HOST_CHALLENGE, right("host random"))


def _for_kenc(name: str, key: Callable[[Values], bytes], finding: str) -> Slip:
    return Slip(name, {"kenc": key}, finding, KEY, _KENC)


_CRYPTOGRAMS: tuple[Slip, ...] = (
    *_COUNTERS,
    _VISA_2,
    _LEFT_FACTOR,
    _KMC._replace(right=_KENC, wrong=_kmc),
    Slip("challenges as the card has them", {"text": lambda v: v["host random"] + v["counter"] + v["challenge"]}, "challenges.turned-round"),
    _host_random("host challenge of the opening before", "random.older", lambda v: v["older random"]),
    _host_random("host challenge zero", "random.zero", lambda _: bytes(8)),
    _host_random("host challenge left out", "random.missing", lambda _: b""),
    Slip("card challenge of the opening before", {"text": lambda v: v["counter"] + v["older challenge"] + v["host random"]}, "random.older", CARD_CHALLENGE, right("challenge"), right("older challenge")),
    Slip("cryptogram not padded", {"padded": lambda v: v["text"]}, "padding.none", PADDING),
    Slip("cryptogram padded twice", {"padded": lambda v: padded_80(padded_80(v["text"], 8), 8)}, "padding.twice", PADDING),
    Slip("KENC itself", {"enc": lambda v: v["kenc"]}, "session.key-itself", SESSION),
    Slip("0101 for KENC", {"enc": lambda v: channel_session(v["kenc"], "0101", v["counter"])}, "session.other-derivation", SESSION),
    Slip("KMAC for KENC", {"enc": lambda v: channel_session(v["kmac"], "0182", v["counter"])}, "key.another-kind", KEY, _KENC, _KMAC),
    _for_kenc("halves exchanged", lambda v: swapped(channel_key(v["kmc"], v["factor"], 1)), "key.halves-swapped"),
    _for_kenc("bytes reversed", lambda v: channel_key(v["kmc"], v["factor"], 1)[::-1], "key.bytes-reversed"),
    _for_kenc("single DES", lambda v: channel_key(v["kmc"], v["factor"], 1)[:8] * 2, "key.left-half"),
)  # fmt: skip
_MAC_ITSELF = Slip("KMAC itself", {"mac key": lambda v: v["kmac"]}, "session.key-itself", SESSION)
_REVERSED_KMAC = Slip("bytes of KMAC reversed", {"kmac": lambda v: channel_key(v["kmc"], v["factor"], 2)[::-1]}, "key.bytes-reversed", KEY, _KMAC)  # fmt: skip
_KENC_FOR_MAC = Slip("KENC for KMAC", {"mac key": lambda v: channel_session(v["kenc"], "0101", v["counter"])}, "key.another-kind", KEY, _KMAC, _KENC)  # fmt: skip
_KDEK_FOR_MAC = Slip("KDEK for KMAC", {"mac key": lambda v: channel_session(v["kdek"], "0101", v["counter"])}, "key.another-kind", KEY, _KMAC, _KDEK)  # fmt: skip
_FROM_CHALLENGE = Slip("challenge as start value", {"start": lambda v: v["challenge"] + bytes(2)}, "iv.random", START)

OPENINGS: tuple[MistakeCase, ...] = (
    *in_scene(scenes.OPENED, WRONG_CRYPTOGRAM, *_CRYPTOGRAMS),
    *in_scene(scenes.OPENED, WRONG_C_MAC, *_MACS, _KENC_FOR_MAC, _MAC_ITSELF, _FROM_CHALLENGE, _REVERSED_KMAC),
)

# --- STORE DATA -------------------------------------------------------------------------------------------------------

_UNCHAINED = Slip("C-MAC not chained", {"chain": lambda _: b""}, "chain.missing", CHAIN, right("previous"))
_KMC_FOR_MAC = _KMC._replace(right=_KMAC, wrong=_kmc)
_AT_LEVEL_3: tuple[Slip, ...] = (
    _UNCHAINED,
    Slip("Lc as sent in the C-MAC", {"mac lc": lambda v: bytes((len(level_3(v)) + 8,))}, "chain.plain-lc", HEADER),
    Slip("ECB", {"body": lambda v: ecb("3DES", v["enc"], padded_80(v["sent groups"], 8))}, "cipher.ecb", ENCIPHERMENT),
    Slip("padded, in clear", {"body": lambda v: padded_80(v["sent groups"], 8)}, "cipher.in-clear", ENCIPHERMENT),
)
_SEALED: tuple[Slip, ...] = (
    Slip("sealed with KDEK itself", {"sealing key": lambda v: v["kdek"]}, "session.key-itself", SESSION),
    Slip("sealed with KENC", {"sealing key": lambda v: channel_session(v["kenc"], "0181", v["counter"])}, "key.another-kind", KEY, _KDEK, _KENC),
    Slip("PIN block in clear", {"sealed": lambda v: v["pin block"]}, "cipher.in-clear", ENCIPHERMENT),
)  # fmt: skip
_CHECKED: tuple[Slip, ...] = (
    Slip("check values in another order", {"checked": lambda v: [v["card keys"][at] for at in (0, 2, 1)]}, "fields.swapped", "", right("check values"), done("check values")),
    Slip("check values with SM4", {"check cipher": lambda _: "SM4"}, "key.another-cipher", "", right("check values"), done("check values")),
    Slip("check values of the masters", {"checked": lambda v: v["masters"]}, "key.tier-above", "", right("check values"), done("check values")),
)  # fmt: skip

STORES: tuple[MistakeCase, ...] = (
    *in_scene(scenes.STORED, WRONG_C_MAC, *_MACS, *_COUNTERS, _UNCHAINED, _KDEK_FOR_MAC, _MAC_ITSELF, _KMC_FOR_MAC),
    *in_scene(scenes.STORED_ENCIPHERED, WRONG_C_MAC, *_AT_LEVEL_3),
    *in_scene(scenes.PIN_STORED, WRONG_DATA, *_SEALED),
    *in_scene(scenes.CHECKED, WRONG_DATA, *_CHECKED),
)

# --- kinds that nobody lists ------------------------------------------------------------------------------------------


def _proof_inputs(known: Known) -> dict[str, Any]:
    return {KEY: _MASTER(known), RANDOM: known.right["random"]}


def _loading_inputs(known: Known) -> dict[str, Any]:
    return {**_proof_inputs(known), HEADER: known.right["header"] + known.right["mac lc"]}


def _opening_inputs(known: Known) -> dict[str, Any]:
    return {
        KEY: _KENC(known),
        SEQUENCE: int.from_bytes(known.right["counter"], "big"),
        CARD_CHALLENGE: known.right["challenge"],
        HOST_CHALLENGE: known.right["host random"],
    }


def _c_mac_inputs(known: Known) -> dict[str, Any]:
    return {
        KEY: _KMAC(known),
        SEQUENCE: int.from_bytes(known.right["counter"], "big"),
        HEADER: known.right["header"] + known.right["mac lc"],
        CHAIN: known.right.get("previous", b""),
    }


_ODD_PROOFS: tuple[tuple[str, Recipe], ...] = (
    ("social side's form, cut to 8 bytes", {"proof": lambda v: ecb("DES", ecb("3DES", v["key"], v["shown"]), v["shown"])}),
    ("deciphered instead of enciphered", {"proof": lambda v: ecb_back("3DES", v["key"], v["shown"])}),
    ("random number inverted", {"shown": lambda v: inverted(v["random"])}),
    ("MAC of the random number", {"proof": lambda v: retail(v["key"], padded_80(v["shown"], 8))}),
    ("older random number and the card's key at once", {"shown": lambda v: v["older"], "key": lambda v: v["card master"]}),
)  # fmt: skip
_ODD_LOADS: tuple[tuple[str, Recipe], ...] = (
    ("MAC over the plain key", {"mac text": lambda v: v["mac header"] + v["mac lc"] + v["plain"]}),
    ("MAC without header", {"mac text": lambda v: v["cipher"]}),
    ("MAC's halves added", {"mac": lambda v: words_xored(v["mac block"])}),
    ("MAC by 3DES over all blocks", {"mac block": lambda v: cbc("3DES", v["mac key"], v["start"], v["mac padded"])[-8:]}),
)  # fmt: skip
_ODD_CRYPTOGRAMS: tuple[tuple[str, Recipe], ...] = (
    ("first block instead of the last", {"cryptogram": lambda v: cbc("3DES", v["enc"], bytes(8), v["padded"])[:8]}),
    ("counter behind the card challenge", {"text": lambda v: v["challenge"] + v["counter"] + v["host random"]}),
    ("retail MAC instead of 3DES", {"cryptogram": lambda v: retail(v["enc"], v["padded"])}),
)
_ODD_FIRST_C_MACS: tuple[tuple[str, Recipe], ...] = (
    ("C-MAC by 3DES over all blocks", {"mac": lambda v: cbc("3DES", v["mac key"], bytes(8), v["mac padded"])[-8:]}),
    ("C-MAC of another level", {"mac header": lambda _: bytes((0x84, 0x82, 3, 0))}),
    ("C-MAC without header", {"mac text": lambda v: v["cryptogram"]}),
)
_ODD_C_MACS: tuple[tuple[str, Recipe], ...] = (
    ("previous C-MAC as start value", {"start": lambda v: v["previous"], "chain": lambda _: b""}),
    ("previous C-MAC behind the groups", {"mac text": lambda v: v["mac header"] + v["mac lc"] + v["sent groups"] + v["chain"]}),
    ("half of the previous C-MAC", {"chain": lambda v: v["previous"][:4]}),
)  # fmt: skip
_OVER_CIPHER = "C-MAC over what is enciphered"
_OVER_CIPHER_TEXT: Recipe = {"mac text": lambda v: v["chain"] + v["mac header"] + v["mac lc"] + level_3(v)}

ODD: tuple[MistakeCase, ...] = (
    *(odd(scenes.PROOF, WRONG_PROOF, *each, _proof_inputs) for each in _ODD_PROOFS),
    *(odd(scenes.KEY_LOADED, WRONG_MAC, *each, _loading_inputs) for each in _ODD_LOADS),
    *(odd(scenes.OPENED, WRONG_CRYPTOGRAM, *each, _opening_inputs) for each in _ODD_CRYPTOGRAMS),
    *(odd(scenes.OPENED, WRONG_C_MAC, *each, _c_mac_inputs) for each in _ODD_FIRST_C_MACS),
    *(odd(scenes.STORED, WRONG_C_MAC, *each, _c_mac_inputs) for each in _ODD_C_MACS),
    odd(scenes.STORED_ENCIPHERED, WRONG_C_MAC, _OVER_CIPHER, _OVER_CIPHER_TEXT, _c_mac_inputs),
)

CASES = (*PROOFS, *LOADED, *OPENINGS, *STORES, *ODD)
