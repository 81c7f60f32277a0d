"""Secure messaging on the social side (安全报文): MAC and encipherment under a session key of STK.

SSC-4 §8: the session key comes from the last random number and serves one command; IV zero; MAC over header, Lc
and the data field as sent.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.keyring import Kind
from keys.algorithms import BadBlocks
from keys.handle import KeyHandle
from keys.mac import same
from keys.padding import BadPadding
from keys.social import command_mac, decipher, session_key

STK_NUMBER = 2
MAC_LENGTH = 4
_CLAUSE = "SSC-4 §8, SSC-7 §7.4"


def open_message(session: SsseSession, command: CommandAPDU, directory: int) -> tuple[bytes, KeyHandle]:
    """The data field without its MAC, and the session key to decipher it with.

    Uses up the random number. Refuses with 6984 (none), 6A88 (no STK), 6987 (too short for a MAC), 6988.
    """
    stk = session.keys(directory).find(Kind.STK, STK_NUMBER)
    challenge = session.challenge.take()
    if challenge is None:
        raise Refusal(
            SW.REFERENCED_DATA_INVALID, Gate.RANDOM, "no random number: GET CHALLENGE must come just before", _CLAUSE
        )
    if len(command.data) < MAC_LENGTH:
        word = SW.SM_MISSING if session.environment.options.missing_mac == "6987" else SW.SM_INCORRECT
        raise Refusal(word, Gate.MESSAGING, "the data field has no room for a MAC", _CLAUSE)
    try:
        key = session_key(stk, challenge)
    except BadBlocks as error:
        raise Refusal(
            SW.REFERENCED_DATA_INVALID, Gate.RANDOM, f"this random number does not serve: {error}", _CLAUSE
        ) from None
    data, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    if not same(command_mac(key, command.header, data), mac):
        raise Refusal(
            SW.SM_INCORRECT,
            Gate.MESSAGING,
            f"MAC wrong: session key of STK {stk!r} from the last random number",
            _CLAUSE,
        )
    return data, key


def deciphered(key: KeyHandle, data: bytes) -> bytes:
    """The plain data of an enciphered field. Refuses with 6988."""
    try:
        return decipher(key, data)
    except (BadBlocks, BadPadding) as error:
        raise Refusal(
            SW.SM_INCORRECT, Gate.MESSAGING, f"the enciphered data do not decipher: {error}", _CLAUSE
        ) from None
