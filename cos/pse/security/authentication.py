"""EXTERNAL AUTHENTICATE (issuer authentication, PBOC-5 §15.4.3) and INTERNAL AUTHENTICATE (DDA, PBOC-5 §9.4.4)."""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import SM
from cos.pse.environment import PseSession
from cos.pse.transaction.authentication import external_finish, external_start, internal_done
from cos.pse.transaction.current import Step
from keys import bank, emv_pki, sm2_pki
from keys.mac import same

_ARPC = 8
_CLAUSE = "PBOC-5 §15.4.3"


def external_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """ARPC 8 ‖ ARC 2 against the first cryptogram. Once in a transaction; a second one counts as failed."""
    step = external_start(session.counters, session.transaction, session.options)
    if step.sw is not None:
        again = session.transaction.authentication_seen
        _settle(session, step)
        reason = "only one is allowed in a transaction" if again else "it follows a GENERATE AC answered ARQC or AAC"
        raise Refusal(step.sw, Gate.STATE, reason, _CLAUSE)
    run = session.running
    assert run.session_ac is not None  # noqa: S101 - the state rule has seen a first GENERATE AC
    arpc, code = command.data[:_ARPC], command.data[_ARPC:]
    right = same(bank.arpc(run.session_ac, run.cryptogram, code), arpc)
    step = external_finish(session.counters, session.transaction, code, matches=right)
    _settle(session, step)
    if step.sw != SW.OK:
        raise Refusal(
            step.sw or SW.AUTHENTICATION_FAILED,
            Gate.AUTHENTICATION,
            f"the ARPC does not fit the cryptogram of this transaction (ATC {run.atc.hex().upper()}) and "
            f"response code {code.hex().upper()}",
            _CLAUSE,
        )
    return OK


def _settle(session: PseSession, step: Step) -> None:
    """Keep what the step changed, also when the command is refused."""
    session.commit(step.counters)
    session.transaction = step.transaction
    session.note("EXTERNAL AUTHENTICATE", *step.explanation)


def internal_authenticate(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Sign the dynamic data 02 ‖ ATC over the DDOL values (PBOC-5 table 14). Sets "DDA performed" in the CVR."""
    signature, signer = _dynamic_signature(session, emv_pki.dda_data(session.running.atc), command.data)
    session.transaction = internal_done(session.transaction)
    session.note("INTERNAL AUTHENTICATE", f"signed with {signer} (PBOC-5 §9.4.4)")
    return ResponseAPDU(tlv.encode(0x80, signature))


def _dynamic_signature(session: PseSession, dynamic: bytes, tail: bytes) -> tuple[bytes, str]:
    """Signature of the chosen suite, and which key made it."""
    current = session.current
    if current.suite is SM:
        card = current.sm2_key()
        return sm2_pki.sign_dynamic(card, dynamic, tail, session.environment.grant.rng.bytes), repr(card)
    private = current.private_key()
    return emv_pki.sign_dynamic(private, dynamic, tail), repr(private)
