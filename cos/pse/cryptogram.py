"""GENERATE AC (生成应用密文): the decision of the pure core, its cryptogram, its effects in one commit, the answer.

Order: decide, compute, commit counters and log together, then let the answer leave (PBOC-5 §14.5, §16.6.2.1).
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import AC_KEY
from cos.pse.environment import PseSession, Run
from cos.pse.files.log import write_log
from cos.pse.issued import Issued
from cos.pse.transaction import cvr as words
from cos.pse.transaction import decision as rules
from cos.pse.transaction.cvr import Request
from cos.pse.transaction.decision import Decision
from cos.pse.transaction.risk import Facts, Terminal
from cos.pse.transaction.states import State
from keys import bank, emv_pki

_UNPREDICTABLE = 0x9F37
_CLAUSE = "PBOC-5 §14.5, §16, B.6"


def generate_ac(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """The first or second cryptogram of the transaction (PBOC-5 B.6)."""
    issued, run = session.current.issued, session.running
    first = session.transaction.state is State.INITIATED
    values = tlv.split_dol((issued.cdol1 if first else issued.cdol2).entries, command.data)
    facts = Facts(session.risk, session.transaction, Terminal.from_values(values), session.options)
    request = Request.from_p1(command.p1)
    word = rules.refusal(request, facts)
    if word is not None:
        raise Refusal(word, Gate.DATA, f"P1 {command.p1:02X} asks for what this card does not do", _CLAUSE)
    decision = rules.generate_ac(request, facts)
    key = run.session_ac or bank.session_key(session.current.key(AC_KEY), run.atc)
    text = bank.cryptogram_input(values, issued.aip, run.atc, decision.cvr.to_bytes())
    cryptogram = bank.cryptogram(key, text, folded=issued.folded)
    run = run._replace(
        received=(*run.received, values),
        raw=run.raw + command.data,
        session_ac=key,
        cryptogram=cryptogram if first else run.cryptogram,
    )
    answer = _answer(session, run, decision, cryptogram, values[_UNPREDICTABLE])
    _commit(session, decision, run)
    session.run = run
    session.transaction = session.transaction._replace(state=decision.state, cvr=decision.cvr)
    session.closing = session.blocked
    if session.told:
        session.note("GENERATE AC", *decision.explanation, decision.cid.explain())
        session.note("CVR", *words.explain(decision.cvr))
    return ResponseAPDU(answer)


def _commit(session: PseSession, decision: Decision, run: Run) -> None:
    """Counters, indicators and log record: all or none."""
    if not decision.log:
        session.commit(decision.counters)
        return
    with session.nvm.transaction():
        session.nvm.put(session.current.counters_cell, decision.counters.to_bytes())
        write_log(session, run)
    session.counters = decision.counters


def _answer(session: PseSession, run: Run, decision: Decision, cryptogram: bytes, unpredictable: bytes) -> bytes:
    """Format 1 without CDA, format 2 with it (PBOC-5 B.6.4)."""
    issued: Issued = session.current.issued
    iad = issued.iad._replace(cvr=decision.cvr).build()
    cid = bytes((decision.cid.byte,))
    if not decision.cda:
        return tlv.encode(0x80, cid, run.atc, cryptogram, iad)
    before, after = tlv.encode(0x9F27, cid) + tlv.encode(0x9F36, run.atc), tlv.encode(0x9F10, iad)
    digest = emv_pki.transaction_hash(run.raw, before, after)
    dynamic = emv_pki.cda_data(run.atc, decision.cid.byte, cryptogram, digest)
    private = session.current.private_key()
    signature = emv_pki.sign_dynamic(private, dynamic, unpredictable)
    return tlv.encode(0x77, before, tlv.encode(0x9F4B, signature), after)
