"""GET PROCESSING OPTIONS (PBOC-5 §7.4, B.8) opens a transaction, GENERATE AC (生成应用密文, B.6) makes its cryptograms.

GENERATE AC: decide, compute, commit counters and log together, then let the answer leave (PBOC-5 §14.5, §16.6.2.1).
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.pse.current_directory import AC_KEY
from cos.pse.data.data_groups import INTERNATIONAL, SM
from cos.pse.files.records import write_log
from cos.pse.session import PseSession, Run
from cos.pse.transaction import generate_ac_decision as rules
from cos.pse.transaction.command_effects import gpo_restricted, initiate
from cos.pse.transaction.cvr_and_cid import CryptogramRequest
from cos.pse.transaction.risk_data import Facts, Terminal
from cos.pse.transaction.transaction_states import TransactionState
from keys import bank_cryptography, rsa_certificates

_TEMPLATE, _UNPREDICTABLE = 0x83, 0x9F37
_SM_INDICATOR, _SM_WANTED = 0xDF69, b"\x01"


def pdol_data(session: PseSession, command: CommandAPDU) -> bytes:
    """The PDOL values behind 83 L. Refuses with 6A80 (another template) or 6700, before the state is looked at."""
    data, wanted = command.data, session.current.issued.pdol
    if data[:1] != bytes((_TEMPLATE,)):
        refusal = Refusal(session.options.gpo_template_word, Gate.DATA, "no template 83", received=data[:1])
        raise but_for(refusal, session.options, "gpo_template_word")
    try:
        length, start = tlv.read_length(data, 1)
    except tlv.TlvError:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "template 83 without length", received=data[1:3]) from None
    if length != wanted.length or len(data) - start != length:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            "PDOL length",
            needed=wanted,
            announced=length,
            received=len(data) - start,
        )
    return data[start:]


def get_processing_options(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Count the ATC, open the transaction, answer AIP and AFL in format 1. The count is durable before the answer.

    A card that carries the SM set besides answers with it if the terminal asks so by DF69 (SM算法支持指示器) = 01.
    """
    issued = session.current.issued
    raw = pdol_data(session, command)
    values = tlv.split_dol(issued.pdol.entries, raw)
    word = gpo_restricted(values, issued.limits.currency, issued.limits.country, session.options)
    if word is not None:
        refusal = Refusal(word, Gate.DATA, "foreign country or currency", "PBOC-5 §7.4")
        raise but_for(refusal, session.options, "gpo_refuses_foreign", False)
    step = initiate(session.counters, session.transaction, session.options)
    session.settle("GET PROCESSING OPTIONS", step)
    if step.sw is not None:
        raise Refusal(step.sw, Gate.LIFE_CYCLE, "ATC used up", "PBOC-5 §7.4, figure 5", number=step.counters.atc)
    session.run = Run(step.counters.atc.to_bytes(2, "big"), (values,), raw)
    current = session.current
    if current.groups.has_sm:
        asked = values.get(_SM_INDICATOR) == _SM_WANTED
        current.suite = SM if asked else INTERNATIONAL
        session.note(
            "GET PROCESSING OPTIONS", f"{current.suite.name} algorithms: DF69 {'is' if asked else 'is not'} 01"
        )
    return ResponseAPDU(current.issued.gpo)


def generate_ac(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """The first or second cryptogram of the transaction (PBOC-5 B.6)."""
    issued, run = session.current.issued, session.running
    first = session.transaction.state is TransactionState.INITIATED
    values = tlv.split_dol((issued.cdol1 if first else issued.cdol2).entries, command.data)
    facts = Facts(session.risk, session.transaction, Terminal.from_values(values), session.options)
    request = CryptogramRequest.from_p1(command.p1)
    word = rules.refusal(request, facts)
    if word is not None:
        refusal = Refusal(
            word, Gate.DATA, "cryptogram the card does not make", "PBOC-5 §14.5, §16, B.6", received=command.p1
        )
        cda = word == SW.FUNCTION_NOT_SUPPORTED
        name, would = ("cda_unsupported_refused", False) if cda else ("second_arqc", "aac")
        raise but_for(refusal, session.options, name, would)
    decision = rules.generate_ac(request, facts)
    key = run.session_ac or bank_cryptography.session_key(session.current.key(AC_KEY), run.atc)
    text = bank_cryptography.cryptogram_input(values, issued.aip.to_bytes(2, "big"), run.atc, decision.cvr.to_bytes())
    cryptogram = bank_cryptography.cryptogram(key, text, folded=issued.folded)
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
    session.note("GENERATE AC", decision)
    return ResponseAPDU(answer)


def _commit(session: PseSession, decision: rules.Decision, run: Run) -> None:
    """Counters, indicators and log record: all or none."""
    if not decision.log:
        session.commit(decision.counters)
        return
    with session.at.nvm.transaction():
        session.at.nvm.put(session.current.counters_cell, decision.counters.to_bytes())
        write_log(session, run)
    session.counters = decision.counters


def _answer(session: PseSession, run: Run, decision: rules.Decision, cryptogram: bytes, unpredictable: bytes) -> bytes:
    """Format 1 without CDA, format 2 with it (PBOC-5 B.6.4)."""
    issued = session.current.issued
    iad = issued.iad._replace(cvr=decision.cvr).build()
    cid = bytes((decision.cid.byte,))
    if not decision.cda:
        return tlv.encode(0x80, cid, run.atc, cryptogram, iad)
    before, after = tlv.encode(0x9F27, cid) + tlv.encode(0x9F36, run.atc), tlv.encode(0x9F10, iad)
    digest = rsa_certificates.transaction_hash(run.raw, before, after)
    dynamic = rsa_certificates.cda_data(run.atc, decision.cid.byte, cryptogram, digest)
    signature = rsa_certificates.sign_dynamic(session.current.private_key(), dynamic, unpredictable)
    return tlv.encode(0x77, before, tlv.encode(0x9F4B, signature), after)
