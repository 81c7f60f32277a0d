"""Script commands (发卡行脚本): MAC first, then execution, then counter and indicator, all in one commit.

The MAC covers header, Lc, ATC and the cryptogram of the first GENERATE AC; no chaining from command to command
(PBOC-5 §17.6, C.2.4, figure 23). The executions for PIN and blocks (PBOC-5 B.2, B.3, B.4, B.10); what scripts write is
in ``files.records``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW
from apdu.tlv import TlvError
from cos.kernel.directory_headers import Life
from cos.kernel.files import FileNotFound, RecordNotFound
from cos.kernel.refusal import Gate, Refusal
from cos.pse.current_directory import ENC_KEY, MAC_KEY, PIN_REF
from cos.pse.session import PseSession
from cos.pse.transaction.command_effects import ScriptEvent, script_event
from cos.pse.transaction.transaction_memory import Counters
from firewall.hardware.cells import CellsFull
from firewall.partition import DamagedCell
from keys import bank_cryptography
from keys.algorithms import BadBlocks
from keys.mac import same
from keys.padding import BadPadding

MAC_LENGTH = 4
_UNBLOCK, _WITH_CURRENT = 0x00, 0x01
_FAILURES = (Refusal, FileNotFound, RecordNotFound, TlvError, CellsFull, DamagedCell)


@dataclass(frozen=True, slots=True)
class IssuerScript:
    """A script command as the handler of its row: the common frame around one execution.

    ``execute`` gets the data in front of the MAC and answers the application's new counters, inside the commit.
    ``fits``: is the length right, where more than the row's is asked. ``then``: what the session learns behind it.
    """

    execute: Callable[[PseSession, CommandAPDU, bytes], Counters]
    fits: Callable[[PseSession, CommandAPDU], bool] | None = None
    then: Callable[[PseSession], None] | None = None

    def __call__(self, session: PseSession, command: CommandAPDU) -> ResponseAPDU:
        """Check the MAC, then execute.

        A failure rolls the execution back; that the command was received and failed stays.
        """
        data, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
        context = _context(session)
        if not same(context.mac(command.header, data), mac):
            record(session, ScriptEvent.MAC_WRONG)
            raise Refusal(
                SW.SM_INCORRECT,
                Gate.MESSAGING,
                "wrong MAC of a script",
                "PBOC-5 §17.6, C.2.4",
                key=repr(context.session_mac),
                atc=context.atc,
                cryptogram=context.ac,
                ref=session.current.named(MAC_KEY),
                directory=session.current.fid,
            )
        try:
            with session.at.nvm.transaction():
                counters = self.execute(session, command, data)
                step = script_event(counters, session.transaction, ScriptEvent.DONE, session.options)
                session.at.nvm.put(session.current.counters_cell, step.counters.to_bytes())
        except _FAILURES:
            record(session, ScriptEvent.EXECUTION_FAILED)
            raise
        session.counters = step.counters
        session.note("script", *step.explanation)
        if self.then is not None:
            self.then(session)
        return OK


def record(session: PseSession, event: ScriptEvent) -> None:
    """Counter and failure indicator after a script command that was not executed; outlives its refusal."""
    session.settle("script", script_event(session.counters, session.transaction, event, session.options))


def _context(session: PseSession) -> bank_cryptography.ScriptContext:
    run = session.running
    if run.script is not None:
        return run.script
    key = bank_cryptography.session_key(session.current.key(MAC_KEY), run.atc)
    context = bank_cryptography.ScriptContext(key, run.atc, run.cryptogram, session.current.issued.folded)
    session.run = run._replace(script=context)
    return context


def block_application(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - executions share a shape
    """The selected application; the transaction in progress may go to its end (PBOC-5 B.2.5)."""
    return session.counters._replace(application_blocked=True)


def unblock_application(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - as above
    """Also lifts the block by PIN tries, which stay as they are; not the one by the ATC (PBOC-5 B.3, §11.6)."""
    return session.counters._replace(application_blocked=False)


def block_card(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - as above
    """The whole environment, for good (PBOC-5 §17.5). The session learns of it behind the commit (``card_blocked``)."""
    session.at.files.put_directory(session.home.fid, session.home.header._replace(life=Life.BLOCKED).encode())
    return session.counters._replace(card_blocked=True)


def card_blocked(session: PseSession) -> None:
    """After CARD BLOCK: this session knows it too; by profile the whole card falls silent (PBOC-5 B.4.1)."""
    session.home.header = session.home.header._replace(life=Life.BLOCKED)


def change_pin(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:
    """PIN CHANGE/UNBLOCK: P2 00 restores the tries, 01 and 02 also set a new PIN (inside the script's transaction).

    The application's block is not lifted (PBOC-5 B.10, §11.6). Refuses with 6988 if the deciphered block is no new PIN.
    """
    if command.p2 != _UNBLOCK:
        session.current.secrets.replace(PIN_REF, _new_pin(session, data, with_current=command.p2 == _WITH_CURRENT))
    return session.counters._replace(pin_tries=session.current.issued.limits.pin_try_limit)


def _new_pin(session: PseSession, cipher: bytes, *, with_current: bool) -> bytes:
    secrets = session.current.secrets
    udk = session.current.key(ENC_KEY)
    try:
        plain = bank_cryptography.decipher(bank_cryptography.session_key(udk, session.running.atc), cipher)
        if with_current and len(plain) == 8:
            plain = secrets.with_pin_digits(PIN_REF, plain)
        return bank_cryptography.changed_pin_block(udk, plain)
    except (BadBlocks, BadPadding, bank_cryptography.BadPinBlock):
        why = "no new PIN with the current one" if with_current else "no new PIN"
        raise Refusal(
            SW.SM_INCORRECT,
            Gate.MESSAGING,
            why,
            "PBOC-5 B.10.3, C.3",
            key=repr(udk),
            ref=session.current.named(ENC_KEY),
            directory=session.current.fid,
        ) from None
