"""A transaction of the bank side as the wire shows it, and what a host gets wrong of its ATC and its session keys.

Every cryptogram, answer and script of a transaction hangs on its ATC and on the cryptogram of its first GENERATE AC
(PBOC-5 D, C.2.4; PBOC-7 §11.1.3). Both are in the answers; only beside a CDA signature the cryptogram is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.explain.diagnosis.computation import Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.session_history import PastExchange
from dualcos.explain.diagnosis.wrong_inputs import KEY, byte_order, instead, off_by_one
from keys.algorithms import DES, TDES, invert
from keys.card_key_store import KeyRef
from keys.key_handle import KeyHandle

PSE = "pse"
_GPO, _GENERATE_AC, _SELECT = 0xA8, 0xAE, 0xA4
_AC_END = 11
_NAME = len(KeyRef._fields)

# --- from the wire ----------------------------------------------------------------------------------------------------


class ShownCryptogram(NamedTuple):
    """What one GENERATE AC told: ATC 2, cryptogram 8, empty where it stands in a CDA signature only."""

    atc: bytes
    ac: bytes


def shown_cryptogram(data: bytes) -> ShownCryptogram | None:
    """Of an answer of GENERATE AC, format 1 or 2 (PBOC-5 B.6.4); None if it is none."""
    try:
        plain = tlv.find(data, 0x80)
        if plain is not None and len(plain) >= _AC_END:
            return ShownCryptogram(plain[1:3], plain[3:_AC_END])
        atc, ac = (tlv.find(data, 0x77, tag) or b"" for tag in (0x9F36, 0x9F26))
    except TlvError:
        return None
    return ShownCryptogram(atc, ac) if len(atc) == 2 else None


def cryptograms(past: Iterable[PastExchange]) -> Iterator[ShownCryptogram]:
    """Those that were made in ``past``, in its order."""
    for each in past:
        if each.command.ins == _GENERATE_AC and each.done and each.spot.environment == PSE:
            shown = shown_cryptogram(each.data)
            if shown is not None:
                yield shown


def running(situation: Situation) -> tuple[PastExchange, ...]:
    """What passed since the transaction began, oldest first; nothing if none runs."""
    found: list[PastExchange] = []
    for past in situation.history.since_reset():
        if past.spot.environment != PSE or (past.command.ins == _SELECT and past.done):
            break
        found.append(past)
        if past.command.ins == _GPO and past.done:
            return tuple(reversed(found))
    return ()


class AskedOnline(NamedTuple):
    """What the answers of an issuer are bound to: ATC, first cryptogram; ``second``: that of the second GENERATE AC,
    ``past``: what passed in this transaction.
    """

    atc: bytes
    cryptogram: bytes
    second: bytes
    past: tuple[PastExchange, ...]


def asked_online(situation: Situation) -> AskedOnline | None:
    """Of the transaction that runs; None if it has made no cryptogram, or nobody outside could know it.

    What no answer has told, because nobody fetched it or a signature covers it, may be in the refusal.
    """
    past = running(situation)
    made = list(cryptograms(past)) or [ShownCryptogram(_told(situation, "atc"), b"")]
    atc, first = made[0].atc, made[0].ac or _told(situation, "cryptogram")
    return AskedOnline(atc, first, made[1].ac if len(made) > 1 else b"", past) if atc and first else None


def _told(situation: Situation, name: str) -> bytes:
    told = situation.reason.about.get(name) if situation.reason is not None else None
    return told if isinstance(told, bytes) else b""


# --- wrong ATCs, cryptograms, keys ------------------------------------------------------------------------------------


def _other_atcs(right: int, _: Values, situation: Situation) -> Iterator[int]:
    seen = dict.fromkeys(int.from_bytes(each.atc) for each in cryptograms(situation.history.all()))
    return (each for each in (*seen, 0) if each != right)


ATC: tuple[Mistake, ...] = (
    off_by_one("atc.off-by-one"),
    byte_order("atc.byte-order", 2),
    Mistake("atc.another", _other_atcs),
)


def _other_cryptograms(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    seen = dict.fromkeys(each.ac for each in cryptograms(situation.history.all()))
    return (each for each in seen if each not in (right, b""))


OTHER_CRYPTOGRAM = Mistake("cryptogram.another", _other_cryptograms)


def _other_set(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    for each in situation.view.card_keys():
        name = each.key.name
        if (name.place, name.kind) == (right.name.place, right.name.kind) and name.version != right.name.version:
            yield each.key


CARD_KEY: tuple[Mistake, ...] = (Mistake("key.another-set", _other_set), *KEY)
"""Of an application's own key; the version of its name tells the set of algorithms."""


class SessionRule(Enum):
    """What a transaction's key is made of."""

    OF_ATC = "session key of the ATC: card key over 00 × 6 ‖ ATC ‖ 00 × 6 ‖ NOT ATC"
    KEY_ITSELF = "the card's key itself"
    EMV_COMMON = "EMV common session key: card key over ATC F0 00… ‖ ATC 0F 00…"
    WITHOUT_NOT = "card key over the ATC twice"
    ATC_IN_FRONT = "card key over ATC ‖ 00 × 6 ‖ NOT ATC ‖ 00 × 6"


SESSION_INPUT = Input(
    "session key",
    (
        instead("session.key-itself", SessionRule.KEY_ITSELF),
        instead("session.other-derivation", SessionRule.EMV_COMMON, SessionRule.WITHOUT_NOT, SessionRule.ATC_IN_FRONT),
    ),
    told=False,
)


_SOURCES: Mapping[SessionRule, Callable[[bytes], bytes]] = MappingProxyType(
    {
        SessionRule.OF_ATC: lambda atc: bytes(6) + atc + bytes(6) + invert(atc),
        SessionRule.EMV_COMMON: lambda atc: atc + b"\xf0" + bytes(5) + atc + b"\x0f" + bytes(5),
        SessionRule.WITHOUT_NOT: lambda atc: (bytes(6) + atc) * 2,
        SessionRule.ATC_IN_FRONT: lambda atc: atc + bytes(6) + invert(atc) + bytes(6),
    }
)


def transaction_key(key: SeenKey, atc: int, rule: SessionRule) -> KeyHandle:
    """The key that somebody with these works with; from one half of a 3DES key comes a 3DES key still."""
    if rule is SessionRule.KEY_ITSELF:
        return key.handle
    source = _SOURCES[rule](atc.to_bytes(2, "big"))
    return key.handle.derive(source, TDES if key.algorithm is DES else None)


def own_key(situation: Situation) -> SeenKey | None:
    """The application's key that the refusal names; a check value that it tells is a session key's."""
    about = situation.reason.about if situation.reason is not None else {}
    ref = about.get("ref")
    return situation.same_directory(KeyRef(*ref)) if isinstance(ref, tuple) and len(ref) == _NAME else None


def still_is(situation: Situation, key: KeyHandle) -> bool:
    """False if the refusal tells another check value: the key has been replaced since."""
    told = situation.reason.about.get("key") if situation.reason is not None else None
    return not isinstance(told, str) or "KCV" not in told or told == repr(key)
