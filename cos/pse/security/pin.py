"""VERIFY (PBOC-5 §11.4.2, B.15) and the execution of PIN CHANGE/UNBLOCK (PBOC-5 B.10).

What a wrong PIN would leave behind (one try less, the application perhaps blocked) is durable before the PIN is
compared; a right one takes it back. A cut between the two can only leave the harder state.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import ENC_KEY, PIN_REF
from cos.pse.environment import PseSession
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.pin import tries_restored, verify_finish, verify_start
from keys import bank
from keys.algorithms import BadBlocks
from keys.padding import BadPadding

UNBLOCK, WITH_CURRENT, WITHOUT_CURRENT = 0x00, 0x01, 0x02
_CLAUSE = "PBOC-5 §11.4.2, B.15"


def verify(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Compare the plain PIN block as a whole. 63Cx, 6984 or 6983 as PBOC-5 figure 7 has it."""
    limits = session.current.issued.limits
    step = verify_start(session.counters, session.transaction, session.options)
    if step.sw is not None:
        session.transaction = step.transaction
        session.note("VERIFY", *step.explanation)
        raise Refusal(step.sw, Gate.AUTHENTICATION, "no PIN tries are left; the issuer's script restores them", _CLAUSE)
    wrong = verify_finish(step.counters, step.transaction, limits, matches=False)
    session.commit(wrong.counters)
    right = session.current.secrets.matches(PIN_REF, command.data)
    done = verify_finish(step.counters, step.transaction, limits, matches=True) if right else wrong
    session.commit(done.counters)
    session.transaction = done.transaction
    session.note("VERIFY", *done.explanation)
    if not right:
        assert done.sw is not None  # noqa: S101 - a finished step has its word
        raise Refusal(done.sw, Gate.AUTHENTICATION, f"wrong PIN, {done.counters.pin_tries} tries left", _CLAUSE)
    return OK


def change(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """PIN CHANGE/UNBLOCK: P2 00 restores the tries, 01 and 02 also set a new PIN (inside the script's transaction).

    Refuses with 6988 if the deciphered block is no new PIN.
    """
    if command.p2 != UNBLOCK:
        session.current.secrets.replace(PIN_REF, _new_pin(session, data, with_current=command.p2 == WITH_CURRENT))
    return tries_restored(session.counters, session.current.issued.limits)


def _new_pin(session: PseSession, cipher: bytes, *, with_current: bool) -> bytes:
    secrets = session.current.secrets
    udk = session.current.key(ENC_KEY)
    try:
        plain = bank.decipher(bank.session_key(udk, session.running.atc), cipher)
        if with_current and len(plain) == 8:
            plain = secrets.with_pin_digits(PIN_REF, plain)
        return bank.changed_pin_block(udk, plain)
    except (BadBlocks, BadPadding, bank.BadPinBlock):
        basis = "with" if with_current else "without"
        raise Refusal(
            SW.SM_INCORRECT,
            Gate.MESSAGING,
            f"what deciphers under {udk!r} is no new PIN block {basis} the current PIN",
            "PBOC-5 B.10.3, C.3",
        ) from None
