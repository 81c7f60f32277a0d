"""Down the tree to the card's key, then calculate with it (SSC-9 §9.7 to §9.10).

DELIVERY SESSION KEY and CIPHER DATA; INIT SAM and CREDIT SAM FOR PURCHASE: MAC1 for the card, MAC2 of the card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel.files import CONTENT_CELL, DIRECTORY_PART
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.psam.security.authentication import demand_application
from cos.psam.security.delivered_key_states import (
    KEY_TABLE,
    TABLE,
    Delivered,
    DeliveredKeyEvent,
    KeyType,
    OpenPsamPurchase,
    PurchaseEvent,
    Usage,
)
from cos.psam.security.key_files import HeldKey, find
from cos.psam.session import PsamSession
from firewall.cellkind import Count, Counting, Part
from keys.card_key_store import KeyNotFound
from keys.key_handle import KeyHandle
from keys.mac import same, social_cut
from keys.medical_macs import Purchase, purchase_session
from keys.social_cryptography import FACTOR_LENGTH, child_key, session_key

MODES: Mapping[int, DeliveredKeyEvent] = MappingProxyType(
    {
        0x00: DeliveredKeyEvent.ENCIPHER,
        0x01: DeliveredKeyEvent.END,
        0x02: DeliveredKeyEvent.ENCIPHER,
        0x03: DeliveredKeyEvent.GO_ON,
        0x05: DeliveredKeyEvent.WHOLE,
        0x07: DeliveredKeyEvent.BEGIN,
    }
)
"""What P1 of CIPHER DATA asks; 02 says that more to encipher comes."""
_MORE = 0x02
_WITH_IV, _ENDS = (DeliveredKeyEvent.WHOLE, DeliveredKeyEvent.BEGIN), (DeliveredKeyEvent.WHOLE, DeliveredKeyEvent.END)
_MOST_BLOCKS = 8


def descend(key: KeyHandle, factors: Sequence[bytes]) -> KeyHandle:
    """From the PSAM's tier to the card; ``factors`` with the card's first (SSC-9 §7)."""
    for factor in reversed(factors):
        key = child_key(key, factor)
    return key


def split_factors(data: bytes) -> tuple[bytes, ...]:
    """Diversification factors, 8 bytes each."""
    return tuple(data[start : start + FACTOR_LENGTH] for start in range(0, len(data), FACTOR_LENGTH))


def preferred(session: PsamSession, held: Sequence[HeldKey]) -> HeldKey:
    """Of keys that fit alike, the one BF EC has picked, else one of an 8-byte cipher."""
    return min(held, key=lambda each: (each.key.block == 16) != bool(session.wide))


def deliver(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """DELIVERY SESSION KEY 分散过程密钥: P1 usage, P2 identifier; factors 8 each, then the session factor.

    Refuses with 6A88 (no such key), 6985 (a key of the medical commands), 6A80 (its steps are not P1's, or the
    data are not that many factors and a session factor).
    """
    session.delivered = session.spent = None
    demand_application(session)
    asked, data = Usage.of(command.p1), command.data
    held = find(session, asked.kind, command.p2)
    kind = KeyType(asked.kind)
    if not (kind.encipher or kind.mac):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.AUTHENTICATION, "key for purchases only", "SSC-9 §6.3", kind=kind
        )
    fitting = [each for each in held if each.usage == asked and _fits(session, each, len(data))]
    if not fitting:
        refusal = Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            "steps unlike the key's",
            expected=tuple(sorted({each.usage.steps for each in held})),
            steps=asked.steps,
            received=len(data),
        )
        short = any(each.usage == asked and _rest(each, len(data)) == FACTOR_LENGTH for each in held)
        raise but_for(refusal, session.environment.options, "session_factor", "16 or 8") if short else refusal
    chosen = preferred(session, fitting)
    end = FACTOR_LENGTH * chosen.usage.steps
    factors = split_factors(data[:end])
    if session.environment.options.factor_order == "province first":
        factors = factors[::-1]
    session.delivered = Delivered(session_key(descend(chosen.key, factors), data[end:]), kind)
    return OK


def _fits(session: PsamSession, held: HeldKey, length: int) -> bool:
    factor = _rest(held, length)
    if factor == held.key.block:
        return True
    return factor == FACTOR_LENGTH and session.environment.options.session_factor == "16 or 8"


def _rest(held: HeldKey, length: int) -> int:
    """How long the session factor is, behind the key's diversification factors."""
    return length - FACTOR_LENGTH * held.usage.steps


def cipher_data(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CIPHER DATA 数据计算: encipher ECB (P1 00, more to come 02), or MAC by CBC in one piece (05) or in several
    (07, 03, 01); in 05 and 07 the first block is the start value. The caller pads.

    Refuses with 6901 (no delivered key, or one that served otherwise), 6985 (not this key's purpose, or 03, 01 without
    07), 6700 (not whole blocks, too many, 05 below two).
    """
    event = MODES[command.p1]
    held = _demand_key(session, event)
    _check_blocks(command, held, event)
    enciphers = event is DeliveredKeyEvent.ENCIPHER
    if not (held.kind.encipher if enciphers else held.kind.mac):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.AUTHENTICATION,
            "key for another calculation",
            "SSC-9 §6.3",
            kind=held.kind,
            needed=event,
        )
    if enciphers:
        _keep(session, held, event, ended=command.p1 != _MORE)
        return ResponseAPDU(held.key.encrypt(command.data))
    return _mac(session, command.data, held, event)


def _demand_key(session: PsamSession, event: DeliveredKeyEvent) -> Delivered:
    """The delivered key, if the table lets ``event`` come; a key that served otherwise is gone."""
    held = session.delivered
    if held is None:
        refusal = Refusal(SW.WRONG_STATE, Gate.STATE, "no delivered key")
        serves = session.spent is not None and KEY_TABLE.cells[session.spent, event].sw is None
        raise but_for(refusal, session.environment.options, "delivered_key", "one type") if serves else refusal
    cell = KEY_TABLE.cells[held.state, event]
    if cell.sw is not None:
        if cell.also:
            session.delivered = None
        why = "delivered key served otherwise" if cell.also else "no MAC begun"
        raise Refusal(cell.sw, Gate.STATE, why, state=held.state, needed=KEY_TABLE.openers(event))
    return held


def _check_blocks(command: CommandAPDU, held: Delivered, event: DeliveredKeyEvent) -> None:
    block, length = held.key.block, len(command.data)
    least = 2 if event is DeliveredKeyEvent.WHOLE else 1
    if length % block or not least * block <= length <= _MOST_BLOCKS * block:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            "another number of blocks",
            least=least,
            most=_MOST_BLOCKS,
            block=block,
            received=length,
        )


def _mac(session: PsamSession, data: bytes, held: Delivered, event: DeliveredKeyEvent) -> ResponseAPDU:
    block, chain = held.key.block, held.chain
    if event in _WITH_IV:
        chain, data = data[:block], data[block:]
    if data:
        chain = held.key.cbc_encrypt(data, chain)[-block:]
    ended = event in _ENDS
    _keep(session, held._replace(chain=b"" if ended else chain), event, ended=ended)
    if not ended:
        return OK
    whole = session.environment.options.mac_answer == "block" and block == 8
    return ResponseAPDU(chain if whole else social_cut(chain))


def _keep(session: PsamSession, held: Delivered, event: DeliveredKeyEvent, *, ended: bool) -> None:
    """The delivered key serves on, or is gone after one whole calculation (by profile)."""
    gone = ended and session.environment.options.delivered_key == "one calculation"
    state = KEY_TABLE.cells[held.state, event].to[0]
    session.delivered = None if gone else held._replace(state=state)
    session.spent = state if gone else None


TERMINAL_FID, SEQUENCE_FID = 0x0016, 0x0019
_FIXED = 0x1C
_LAST_SEQUENCE = 0xFFFF_FFFF
SEQUENCE_CELL = CONTENT_CELL._replace(
    parts=(DIRECTORY_PART, Part("file", 2, (SEQUENCE_FID.to_bytes(2, "big"),))),
    counts=(Count("terminal sequence", Counting.NUMBER, at=0, length=4, most=_LAST_SEQUENCE),),
)
"""The content of file 0019."""


def init_sam(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """Card random 4 ‖ card sequence 2 ‖ account, self-paid, pooled 4 each ‖ type 1 ‖ date 4 ‖ time 3 ‖ key version 1 ‖
    algorithm 1 ‖ factors, card first → terminal sequence 4 ‖ MAC1 4.

    The key is the purchase key whose identifier is the version named. Refuses with 6985 (no application), 6A88
    (no such key), 6700 (factors are not as many as its steps).
    """
    data = command.data
    version, algorithm, factors = data[26], data[27], split_factors(data[_FIXED:])
    held = [each for each in find(session, KeyType.PURCHASE, version) if each.key.algorithm.social == algorithm]
    if not held:
        raise KeyNotFound("no purchase key", version=version, algorithm=algorithm)
    chosen = next((each.key for each in held if each.usage.steps == len(factors)), None)
    if chosen is None:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            "factors unlike steps",
            expected=tuple(sorted({each.usage.steps for each in held})),
            received=len(factors),
        )
    number = session.at.files.file(session.at.home.fid, TERMINAL_FID).read(0, 6)
    sequence = session.at.files.file(session.at.directory.fid, SEQUENCE_FID).read(0, 4)
    if len(number) != 6 or len(sequence) != 4:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.TARGET, "terminal files too short")
    if int.from_bytes(sequence, "big") == _LAST_SEQUENCE:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "terminal sequence at its end")
    account, self_paid, pooled = (int.from_bytes(data[at : at + 4], "big") for at in (6, 10, 14))
    purchase = Purchase(account, self_paid, pooled, number, sequence, data[19:26], data[18])
    key = purchase_session(descend(chosen, factors), data[:4], int.from_bytes(data[4:6], "big"), sequence)
    if session.environment.options.terminal_sequence == "80 70":
        _step(session)
    session.purchase = OpenPsamPurchase(key, purchase)
    return ResponseAPDU(sequence + purchase.mac1(key))


def _step(session: PsamSession) -> None:
    """The next number, written before the answer leaves."""
    file = session.at.files.file(session.at.directory.fid, SEQUENCE_FID)
    value = int.from_bytes(file.read(0, 4), "big")
    file.write(0, (value + 1).to_bytes(4, "big"))


def credit_sam(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """MAC2 of the card. Only right after INIT SAM (6901); wrong: 63CF (SSC-9 §9.10.1) or 9302 (table 31)."""
    opened = session.purchase
    if opened is None:
        needed = TABLE.openers(PurchaseEvent.CREDIT_SAM)
        raise Refusal(SW.WRONG_STATE, Gate.STATE, "no purchase initialised", needed=needed)
    if not same(opened.purchase.mac2(opened.session), command.data):
        short = session.environment.options.wrong_mac2 == "63CF"
        refusal = Refusal(
            retries(15) if short else SW.MAC_INVALID,
            Gate.AUTHENTICATION,
            "wrong MAC2 of the card",
            "SSC-9 §9.10.1",
            key=repr(opened.session),
        )
        raise but_for(refusal, session.environment.options, "wrong_mac2")
    if session.environment.options.terminal_sequence == "80 72":
        _step(session)
    return OK
