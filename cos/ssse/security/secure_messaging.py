"""Secure messaging on the social side (安全报文): MAC and encipherment under a session key of STK.

SSC-4 §8: the session key comes from the last random number and serves one command; IV zero; MAC over header, Lc
and the data field as sent.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.presenting_secrets import SecretClaim, present, taken, unusable
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.ssse.security.key_types import SocialKeyType
from cos.ssse.session import SsseSession
from keys.algorithms import BadBlocks
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.padding import BadPadding
from keys.social_cryptography import command_mac, decipher, session_key

STK_NUMBER = 2
MAC_LENGTH = 4
_CLAUSE = "SSC-4 §8, SSC-7 §7.4"


def open_message(
    session: SsseSession, command: CommandAPDU, directory: int, payer: SecretClaim | None = None
) -> tuple[bytes, KeyHandle]:
    """The data field without its MAC, and the session key to decipher it with. ``payer``: whose try a wrong MAC costs.

    Uses up the random number. Refuses with 6984 (none), 6A88 (no STK), 6987 (too short for a MAC), 6988.
    """
    store = session.at.keys(directory)
    ref = store.locate(SocialKeyType.STK, STK_NUMBER)
    stk = store.key(ref)
    challenge = taken(session.at.challenge, _CLAUSE)
    if len(command.data) < MAC_LENGTH:
        word = SW.SM_MISSING if session.environment.options.missing_mac == "6987" else SW.SM_INCORRECT
        refusal = Refusal(
            word, Gate.MESSAGING, "no room for a MAC", _CLAUSE, received=len(command.data), ref=ref, directory=directory
        )
        raise but_for(refusal, session.environment.options, "missing_mac")
    try:
        key = session_key(stk, challenge)
    except BadBlocks:
        raise unusable(challenge, stk, _CLAUSE) from None
    data, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    wanted = command_mac(key, command.header, data)
    if payer is None:
        right = same(wanted, mac)
    else:
        shown = present(payer, lambda: same(wanted, mac), fills=False)
        right = shown.right
        if shown.locks:
            session.at.forfeit(directory, payer.ref)
    if not right:
        raise Refusal(
            SW.SM_INCORRECT,
            Gate.MESSAGING,
            "wrong MAC under STK",
            _CLAUSE,
            key=repr(stk),
            ref=ref,
            directory=directory,
        )
    return data, key


def deciphered(key: KeyHandle, data: bytes) -> bytes:
    """The plain data of an enciphered field. Refuses with 6988."""
    try:
        return decipher(key, data)
    except (BadBlocks, BadPadding):
        raise Refusal(
            SW.SM_INCORRECT, Gate.MESSAGING, "data do not decipher", _CLAUSE, received=len(data), key=repr(key)
        ) from None
