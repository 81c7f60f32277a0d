"""VERIFY, EXTERNAL AUTHENTICATE (issuer authentication), INTERNAL AUTHENTICATE (DDA): PBOC-5 §11.4.2, §15.4.3, §9.4.4.

What a wrong PIN would leave behind (one try less, the application perhaps blocked) is durable before the PIN is
compared; a right one takes it back. A cut between the two can only leave the harder state.
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.pse.current_directory import AC_KEY, PIN_REF
from cos.pse.data.data_groups import SM
from cos.pse.session import PseSession
from cos.pse.transaction.command_effects import (
    external_finish,
    external_start,
    internal_done,
    verify_finish,
    verify_start,
)
from keys import bank_cryptography, rsa_certificates, sm2_certificates
from keys.mac import same
from keys.rsa import RsaPrivate
from keys.sm2 import Sm2Private

_ARPC = 8
_CLAUSE = "PBOC-5 §15.4.3"
_VERIFY = "PBOC-5 §11.4.2, B.15"


def verify(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Compare the plain PIN block as a whole. 63Cx, 6984 or 6983 as PBOC-5 figure 7 has it."""
    limits = session.current.issued.limits
    step = verify_start(session.counters, session.transaction, session.options)
    if step.sw is not None:
        first = not session.transaction.verify_seen
        session.settle("VERIFY", step)
        refusal = Refusal(step.sw, Gate.AUTHENTICATION, "offline PIN locked", _VERIFY)
        raise but_for(refusal, session.options, "blocked_pin_always_6983") if first else refusal
    wrong = verify_finish(step.counters, step.transaction, limits, matches=False)
    session.commit(wrong.counters)
    right = session.current.secrets.matches(PIN_REF, command.data)
    done = verify_finish(step.counters, step.transaction, limits, matches=True) if right else wrong
    session.settle("VERIFY", done)
    if not right:
        assert done.sw is not None  # noqa: S101 - a finished step has its word
        raise Refusal(done.sw, Gate.AUTHENTICATION, "wrong offline PIN", _VERIFY, number=done.counters.pin_tries)
    return OK


def external_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """ARPC 8 ‖ ARC 2 against the first cryptogram. Once in a transaction; a second one counts as failed."""
    step = external_start(session.counters, session.transaction, session.options)
    if step.sw is not None:
        again = session.transaction.authentication_seen
        session.settle("EXTERNAL AUTHENTICATE", step)
        why = "second issuer authentication" if again else "no cryptogram to authenticate"
        raise Refusal(step.sw, Gate.STATE, why, _CLAUSE)
    run = session.running
    assert run.session_ac is not None  # noqa: S101 - the state rule has seen a first GENERATE AC
    arpc, code = command.data[:_ARPC], command.data[_ARPC:]
    right = same(bank_cryptography.arpc(run.session_ac, run.cryptogram, code), arpc)
    step = external_finish(session.counters, session.transaction, code, matches=right)
    session.settle("EXTERNAL AUTHENTICATE", step)
    if step.sw != SW.OK:
        raise Refusal(
            step.sw or SW.AUTHENTICATION_FAILED,
            Gate.AUTHENTICATION,
            "wrong ARPC",
            _CLAUSE,
            atc=run.atc,
            code=code,
            cryptogram=run.cryptogram,
            ref=session.current.named(AC_KEY),
            directory=session.current.fid,
        )
    return OK


def internal_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Sign the dynamic data 02 ‖ ATC over the DDOL values (PBOC-5 table 14). Sets "DDA performed" in the CVR."""
    current, dynamic = session.current, rsa_certificates.dda_data(session.running.atc)
    card: Sm2Private | RsaPrivate
    if current.suite is SM:
        card = current.sm2_key()
        signature = sm2_certificates.sign_dynamic(card, dynamic, command.data, session.environment.grant.rng.bytes)
    else:
        card = current.private_key()
        signature = rsa_certificates.sign_dynamic(card, dynamic, command.data)
    session.transaction = internal_done(session.transaction)
    session.note("INTERNAL AUTHENTICATE", f"signed with {card!r} (PBOC-5 §9.4.4)")
    return ResponseAPDU(tlv.encode(0x80, signature))
