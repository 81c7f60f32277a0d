"""DELIVERY SESSION KEY and CIPHER DATA (SSC-9 §9.7, §9.8): down the tree to the card's key, then calculate with it."""

from __future__ import annotations

from collections.abc import Sequence

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from cos.psam.security.delivered import Delivered, KeyType, Usage
from cos.psam.security.keyfiles import HeldKey, find
from cos.psam.security.rights import demand_application
from keys.handle import KeyHandle
from keys.mac import social_cut
from keys.social import FACTOR_LENGTH, child_key, session_key

ENCIPHER, ENCIPHER_MORE, MAC_ONLY, MAC_FIRST, MAC_NEXT, MAC_LAST = 0x00, 0x02, 0x05, 0x07, 0x03, 0x01
_ENCIPHERS, _WITH_IV, _ENDS = (ENCIPHER, ENCIPHER_MORE), (MAC_ONLY, MAC_FIRST), (MAC_ONLY, MAC_LAST)
_MOST_BLOCKS = 8
_DELIVER, _CALCULATE = "SSC-9 §9.7", "SSC-9 §9.8"


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
    session.delivered = None
    demand_application(session, "DELIVERY SESSION KEY")
    asked, data = Usage.of(command.p1), command.data
    held = find(session, asked.kind, command.p2)
    kind = KeyType(asked.kind)
    if not (kind.encipher or kind.mac):
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.AUTHENTICATION,
            f"keys of type {kind:02X} serve purchases only, not calculations",
            "SSC-9 §6.3",
        )
    fitting = [each for each in held if each.usage == asked and _fits(session, each, len(data))]
    if not fitting:
        ways = sorted({each.usage.steps for each in held})
        raise Refusal(
            SW.WRONG_DATA,
            Gate.DATA,
            f"this PSAM's key is {' or '.join(map(str, ways))} steps from the card; P1 says {asked.steps} and the data "
            f"have {len(data)} bytes (8 for each step, then the session factor)",
            _DELIVER,
        )
    chosen = preferred(session, fitting)
    end = FACTOR_LENGTH * chosen.usage.steps
    factors = split_factors(data[:end])
    if session.environment.options.factor_order == "province first":
        factors = factors[::-1]
    session.delivered = Delivered(session_key(descend(chosen.key, factors), data[end:]), kind)
    return OK


def _fits(session: PsamSession, held: HeldKey, length: int) -> bool:
    factor = length - FACTOR_LENGTH * held.usage.steps
    if factor == held.key.block:
        return True
    return factor == FACTOR_LENGTH and session.environment.options.session_factor == "16 or 8"


def cipher_data(session: PsamSession, command: CommandAPDU) -> ResponseAPDU:
    """CIPHER DATA 数据计算: encipher ECB (P1 00, more to come 02), or MAC by CBC in one piece (05) or in several
    (07, 03, 01); in 05 and 07 the first block is the start value. The caller pads.

    Refuses with 6901 (no delivered key), 6700 (not whole blocks, too many, 05 below two), 6985 (not this key's
    purpose, or 03, 01 without 07).
    """
    held = session.delivered
    if held is None:
        raise Refusal(
            SW.WRONG_STATE, Gate.STATE, "no key is delivered: DELIVERY SESSION KEY must come before", _CALCULATE
        )
    wanted = "encipher" if command.p1 in _ENCIPHERS else "MAC"
    if held.doing not in ("", wanted):
        session.delivered = None
        raise Refusal(
            SW.WRONG_STATE,
            Gate.STATE,
            f"the delivered key served to {held.doing} and is gone: deliver it anew to {wanted}",
            _CALCULATE,
        )
    _check_blocks(command, held)
    permitted = held.kind.encipher if wanted == "encipher" else held.kind.mac
    if not permitted:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.AUTHENTICATION,
            f"a key of type {held.kind:02X} does not {wanted}",
            "SSC-9 §6.3",
        )
    if wanted == "encipher":
        _keep(session, held._replace(doing=wanted), ended=command.p1 == ENCIPHER)
        return ResponseAPDU(held.key.encrypt(command.data))
    return _mac(session, command, held)


def _check_blocks(command: CommandAPDU, held: Delivered) -> None:
    block, length = held.key.block, len(command.data)
    least = 2 if command.p1 == MAC_ONLY else 1
    if length % block or not least * block <= length <= _MOST_BLOCKS * block:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            f"{least} to {_MOST_BLOCKS} blocks of {block} bytes are wanted, {length} bytes came",
            _CALCULATE,
        )


def _mac(session: PsamSession, command: CommandAPDU, held: Delivered) -> ResponseAPDU:
    block, data = held.key.block, command.data
    if command.p1 in _WITH_IV:
        chain, data = data[:block], data[block:]
    elif held.chain is not None:
        chain = held.chain
    else:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED, Gate.STATE, "P1 03 and 01 continue a MAC that P1 07 began", _CALCULATE
        )
    if data:
        chain = held.key.cbc_encrypt(data, chain)[-block:]
    ended = command.p1 in _ENDS
    _keep(session, held._replace(doing="MAC", chain=None if ended else chain), ended=ended)
    if not ended:
        return OK
    whole = session.environment.options.mac_answer == "block" and block == 8
    return ResponseAPDU(chain if whole else social_cut(chain))


def _keep(session: PsamSession, held: Delivered, *, ended: bool) -> None:
    """The delivered key serves on, or is gone after one whole calculation (by profile)."""
    gone = ended and session.environment.options.delivered_key == "one calculation"
    session.delivered = None if gone else held
