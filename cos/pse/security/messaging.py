"""Script commands (发卡行脚本): MAC first, then execution, then counter and indicator, all in one commit.

The MAC covers header, Lc, ATC and the cryptogram of the first GENERATE AC; no chaining from command to command
(PBOC-5 §17.6, C.2.4, figure 23).
"""

from __future__ import annotations

from collections.abc import Callable

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from apdu.tlv import TlvError
from cos.kernel.files import FileNotFound, RecordNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import MAC_KEY
from cos.pse.environment import PseSession
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.script import ScriptEvent, script_event
from firewall.hardware.cells import CellsFull
from firewall.partition import DamagedCell
from keys import bank
from keys.bank import ScriptContext
from keys.mac import same

MAC_LENGTH = 4
Execution = Callable[[PseSession, CommandAPDU, bytes], Counters]
_FAILURES = (Refusal, FileNotFound, RecordNotFound, TlvError, CellsFull, DamagedCell)
_CLAUSE = "PBOC-5 §17.6, C.2.4"


def run_script(session: PseSession, command: CommandAPDU, execute: Execution) -> ResponseAPDU:
    """Check the MAC, then ``execute`` with the data in front of it; its answer are the application's new counters.

    A failure rolls the execution back; that the command was received and failed stays.
    """
    data, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
    context = _context(session)
    if not same(context.mac(command.header, data), mac):
        record(session, ScriptEvent.MAC_WRONG)
        raise Refusal(
            SW.SM_INCORRECT,
            Gate.MESSAGING,
            f"MAC wrong: session key {context.session_mac!r} of ATC {context.atc.hex().upper()}, first cryptogram "
            f"{context.ac.hex().upper()}",
            _CLAUSE,
        )
    try:
        with session.nvm.transaction():
            counters = execute(session, command, data)
            step = script_event(counters, session.transaction, ScriptEvent.DONE, session.options)
            session.nvm.put(session.current.counters_cell, step.counters.to_bytes())
    except _FAILURES:
        record(session, ScriptEvent.EXECUTION_FAILED)
        raise
    session.counters = step.counters
    session.note("script", *step.explanation)
    return OK


def record(session: PseSession, event: ScriptEvent) -> None:
    """Counter and failure indicator after a script command that was not executed; outlives its refusal."""
    step = script_event(session.counters, session.transaction, event, session.options)
    session.commit(step.counters)
    session.transaction = step.transaction
    session.note("script", *step.explanation)


def _context(session: PseSession) -> ScriptContext:
    run = session.running
    if run.script is not None:
        return run.script
    key = bank.session_key(session.current.key(MAC_KEY), run.atc)
    context = ScriptContext(key, run.atc, run.cryptogram, session.current.issued.folded)
    session.run = run._replace(script=context)
    return context
