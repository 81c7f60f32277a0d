"""MACs of the medical account that did not fit: MAC2 of a load, MAC1 and MAC2 of a settlement (SSC-7 §11, §12, §15).

The session key comes of DLK or DPK from the card's random number, its sequence number and the end of the terminal's;
what they stand for passes in INITIALIZE and its answer. No command header is MACed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

from cos.psam.security.delivered_key_states import KeyType, Usage
from cos.ssse.security.key_types import SocialKeyType
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.mac_forms import PART, RANDOM_START, MacPart, made_mac
from dualcos.explain.diagnosis.process_keys import PROCESS_KEY, ProcessKey, process_handle
from dualcos.explain.diagnosis.session_history import PastExchange
from dualcos.explain.diagnosis.wrong_inputs import KEY, PADDING, RANDOM, Padding, instead, stepped, turned
from keys.card_key_store import KeyRef

_INITIALIZE, _DEBIT, _INIT_SAM = 0x28, 0x2C, 0x70
_AMOUNT = 4
_LENGTHS = frozenset((16, 22))
_AS_IT_IS = "key.tier-above"
_LOAD_TAIL = b"\x80\x00"
_TYPES = (b"\x31", b"\x32", b"\x01", b"\x02", b"\x00")


_ORDER = "amounts, type, terminal, time"


class TimeFirst(bytes):
    """The time, MACed before the terminal number instead of behind it."""

    __slots__ = ()
    told = (_ORDER, "amounts, type, time, terminal")


class TypeLast(bytes):
    """The type, MACed behind the terminal number instead of before it."""

    __slots__ = ()
    told = (_ORDER, "amounts, terminal, type, time")


class AsInTac(bytes):
    """The time, MACed with the terminal's sequence before it, as a TAC has it and no MAC1."""

    __slots__ = ()
    told = (_ORDER, "amounts, type, terminal, terminal sequence, time")


class ZeroTail(bytes):
    """What ends the seed of a load's session key, got wrong."""

    __slots__ = ()
    told = ("8000 behind the card's sequence", "0000 behind the card's sequence")


class Begun(NamedTuple):
    """What INITIALIZE and its answer say of a transaction."""

    reference: KeyRef
    amounts: bytes
    terminal: bytes
    balance: bytes
    sequence: bytes
    random: bytes


def begun_load(past: PastExchange) -> Begun:
    """Of INITIALIZE FOR LOAD: key index, amount, terminal → balance, sequence, version, algorithm, random, MAC1."""
    sent, answer = past.command.data, past.data
    reference = KeyRef(SocialKeyType.DLK, sent[0], answer[6])
    return Begun(reference, sent[1:5], sent[5:], answer[:4], answer[4:6], answer[8:12])


def begun_purchase(past: PastExchange) -> Begun:
    """Of INITIALIZE FOR PURCHASE: index, amounts, terminal → balance, totals, year, sequence, version, algorithm,
    random.
    """
    sent, answer = past.command.data, past.data
    reference = KeyRef(SocialKeyType.DPK, sent[0], answer[16])
    return Begun(reference, sent[1:13], sent[13:], answer[:4], answer[14:16], answer[18:22])


def _begun(situation: Situation) -> Begun | None:
    """The transaction that was open: the newest INITIALIZE, if it is of this command's kind."""
    wanted = 1 if situation.command.ins == _DEBIT else 0
    past = situation.history.last(_INITIALIZE, situation.spot.environment)
    if past is None or past.command.p1 != wanted or len(past.data) not in _LENGTHS:
        return None
    return begun_purchase(past) if wanted else begun_load(past)


def _key_of(situation: Situation, begun: Begun) -> SeenKey | None:
    """In the directory the card stands in, as far as that is known."""
    directory = situation.spot.directory
    for each in situation.own_keys():
        name = each.key.name
        if KeyRef(name.kind, name.number, name.version) == begun.reference and directory in (None, each.directory):
            return each.key
    return None


def _gathered(situation: Situation) -> Gathered | None:
    begun = _begun(situation)
    key = _key_of(situation, begun) if begun is not None else None
    about = situation.reason.about if situation.reason is not None else {}
    data, kind = situation.command.data, about.get("type_code")
    if begun is None or key is None or situation.hidden or not isinstance(kind, int):
        return None
    debit = situation.command.ins == _DEBIT
    values = {
        **_session_inputs(key, begun.random, begun.sequence),
        "terminal sequence": data[:4] if debit else b"",
        "amounts": begun.amounts,
        "type": bytes((kind,)),
        "terminal": begun.terminal,
        "time": data[4:11] if debit else data[:7],
        "balance": begun.balance,
    }
    return Gathered(values, data[-_AMOUNT:]) if _same_session(values, situation) else None


def _session_inputs(key: SeenKey, random: bytes, sequence: bytes) -> dict[str, Any]:
    return {
        "random number": random,
        "sequence": sequence,
        "key": key,
        "process key": ProcessKey.DERIVED,
        "padding": Padding.METHOD_2,
        "start value": bytes(key.handle.block),
        "MAC": MacPart.FOUR,
    }


def _same_session(values: Values, situation: Situation) -> bool:
    """False if the card computed with another session key: other keys lie there since."""
    about = situation.reason.about if situation.reason is not None else {}
    return about.get("key") == repr(process_handle(values["key"], _seed(values), ProcessKey.DERIVED))


def _seed(values: Values) -> bytes:
    """What the session key is derived from."""
    tail: bytes = values["terminal sequence"][-2:] or _LOAD_TAIL
    return bytes(values["random number"] + values["sequence"] + tail)


def _formula(values: Values) -> bytes:
    kind, terminal, time = values["type"], values["terminal"], values["time"]
    middle = terminal + kind if isinstance(kind, TypeLast) else kind + terminal
    if isinstance(time, TimeFirst):
        middle, time = kind + time + terminal, b""
    if isinstance(time, AsInTac):
        middle += values["terminal sequence"]
    return _made(values["key"], values, values["amounts"] + middle + time)


def _made(key: SeenKey, values: Values, message: bytes) -> bytes:
    handle = process_handle(key, _seed(values), values["process key"])
    return made_mac(handle, message, values, values["start value"])


# --- ways -------------------------------------------------------------------------------------------------------------


def _split(amounts: bytes) -> list[bytes]:
    return [amounts[at : at + _AMOUNT] for at in range(0, len(amounts), _AMOUNT)]


def _amounts_turned(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    wrong = b"".join(each[::-1] for each in _split(right))
    if wrong != right:
        yield wrong


def _amounts_in_digits(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    digits = [f"{int.from_bytes(each, 'big'):08d}" for each in _split(right)]
    wrong = bytes.fromhex("".join(each[-8:] for each in digits))
    if wrong != right:
        yield wrong


def _amounts_exchanged(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    for order in permutations(_split(right)):
        if b"".join(order) != right:
            yield b"".join(order)


def _balance(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    """The balance, before or after, for the amount; or both, as the card's MAC1 of a load has them."""
    balance: bytes = values["balance"]
    first, rest = right[:_AMOUNT], right[_AMOUNT:]
    before, amount = int.from_bytes(balance, "big"), int.from_bytes(first, "big")
    after = before - amount if rest else before + amount
    told = [balance + rest, max(after, 0).to_bytes(5, "big")[-_AMOUNT:] + rest, balance + right]
    yield from (each for each in told if each != right)


AMOUNTS: tuple[Mistake, ...] = (
    Mistake("amount.byte-order", _amounts_turned),
    Mistake("amount.bcd", _amounts_in_digits),
    Mistake("fields.swapped", _amounts_exchanged),
)


def _another_terminal(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    """Zeros; a PSAM's own number, which it puts into MAC1 whatever the card was told; that of another transaction."""
    yield bytes(len(right))
    told = (
        past.command.data[13 if past.command.p1 else 5 :]
        for past in situation.history.all()
        if past.command.ins == _INITIALIZE
    )
    yield from (each for each in dict.fromkeys((*situation.view.terminals(), *told)) if each != right)


def _short_year(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield right[1:]


def _time_first(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield TimeFirst(right)


def _as_in_tac(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    if values["terminal sequence"]:
        yield AsInTac(right)


def _zero_tail(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    """Of a load, whose seed has no terminal's number."""
    if not right:
        yield ZeroTail(bytes(len(_LOAD_TAIL)))


def _type_last(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield TypeLast(right)


def _older_randoms(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    """The card's, of the transactions before."""
    for past in situation.history.all():
        if not past.done:
            continue
        if past.command.ins == _INITIALIZE and len(past.data) in _LENGTHS:
            random = begun_purchase(past).random if past.command.p1 else begun_load(past).random
        elif past.command.ins == _INIT_SAM:
            random = past.command.data[:_AMOUNT]
        else:
            continue
        if random != right:
            yield random


def _first_bytes(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    """Two bytes of the terminal's number make the session key: the last."""
    if right[:2] != right[-2:]:
        yield right[:2]


OLDER = Mistake("random.older", _older_randoms)
_SESSION = (
    Input("random number", (OLDER, *RANDOM)),
    Input("sequence", (stepped("sequence.off-by-one"), turned("sequence.byte-order"))),
    Input(
        "terminal sequence",
        (
            stepped("sequence.off-by-one"),
            Mistake("sequence.first-bytes", _first_bytes),
            Mistake("session.other-derivation", _zero_tail),
            turned("sequence.byte-order"),
        ),
    ),
    Input("process key", PROCESS_KEY),
)
_CUT = (
    Input("padding", PADDING),
    Input("start value", (RANDOM_START,)),
    Input("MAC", tuple(way for way in PART if way.kind in ("mac.not-folded", "mac.right-half"))),
)

SETTLEMENT_MAC = Computation(
    name="transaction MAC",
    clause="SSC-7 §11.7, §12.5, §15",
    whys=frozenset(("wrong transaction MAC",)),
    inputs=(
        Input("type", (instead("type.another-code", *_TYPES), Mistake("fields.swapped", _type_last))),
        *_SESSION,
        Input("amounts", (*AMOUNTS, Mistake("amount.balance-instead", _balance))),
        Input("terminal", (turned("terminal.byte-order"), Mistake("terminal.another", _another_terminal))),
        Input(
            "time",
            (
                turned("date.byte-order"),
                Mistake("date.short-year", _short_year),
                Mistake("fields.swapped", _time_first),
                Mistake("fields.swapped", _as_in_tac),
            ),
        ),
        *_CUT,
        Input("key", KEY),
    ),
    gather=_gathered,
    formula=_formula,
)


# --- MAC2 at the PSAM -------------------------------------------------------------------------------------------------


def _at_psam(situation: Situation) -> Gathered | None:
    past = situation.history.last(_INIT_SAM, situation.spot.environment)
    if past is None or len(past.data) != 8 or situation.hidden:
        return None
    sent = past.command.data
    factors = tuple(sent[at : at + 8] for at in range(28, len(sent), 8))
    for each in situation.own_keys():
        name = each.key.name
        usage = Usage.of(name.kind)
        fits = usage == Usage(len(factors), KeyType.PURCHASE) and name.number == sent[26]
        if not fits or each.key.algorithm.social != sent[27]:
            continue
        values = {
            **_session_inputs(each.key, sent[:4], sent[4:6]),
            "terminal sequence": past.data[:4],
            "amounts": sent[6:18],
            "factors": factors,
        }
        if _same_session({**values, "key": _down(each.key, factors)}, situation):
            return Gathered(values, situation.command.data)
    return None


def _down(key: SeenKey, factors: tuple[bytes, ...]) -> SeenKey:
    """The card's key, by factors with the card's first; a key that was used as it is stays so. Raises BadBlocks."""
    if key.relation == _AS_IT_IS:
        return key
    for factor in reversed(factors):
        key = key.child(factor)
    return key


def _formula_at_psam(values: Values) -> bytes:
    return _made(_down(values["key"], values["factors"]), values, values["amounts"])


def _undiversified(right: SeenKey, _: Values, __: Situation) -> Iterator[SeenKey]:
    yield SeenKey(right.name, right.algorithm, right.value, relation=_AS_IT_IS)


def _other_factors(right: tuple[bytes, ...], _: Values, __: Situation) -> Iterator[tuple[bytes, ...]]:
    yield from (right[::-1], tuple(each[::-1] for each in right), right[1:], right[:-1])


MAC2_AT_PSAM = Computation(
    name="MAC2 of the card",
    clause="SSC-9 §9.10, SSC-7 §12",
    whys=frozenset(("wrong MAC2 of the card",)),
    inputs=(
        *_SESSION,
        Input("amounts", AMOUNTS),
        *_CUT,
        Input("key", (Mistake(_AS_IT_IS, _undiversified), *KEY)),
        Input("factors", (Mistake("key.another-factor", _other_factors),)),
    ),
    gather=_at_psam,
    formula=_formula_at_psam,
)
