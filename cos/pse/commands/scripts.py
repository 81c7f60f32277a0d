"""The script commands as handlers: each is the common frame around one execution (PBOC-5 §17.6, figure 23)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.pse.environment import PseSession
from cos.pse.files.writing import put_data, update_record
from cos.pse.security.blocking import block_application, block_card, card_blocked, unblock_application
from cos.pse.security.messaging import run_script
from cos.pse.security.pin import change


def application_block(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPLICATION BLOCK (PBOC-5 B.2)."""
    return run_script(session, command, block_application)


def application_unblock(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """APPLICATION UNBLOCK (PBOC-5 B.3)."""
    return run_script(session, command, unblock_application)


def card_block(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """CARD BLOCK (PBOC-5 B.4)."""
    response = run_script(session, command, block_card)
    card_blocked(session)
    return response


def pin_change(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """PIN CHANGE/UNBLOCK (PBOC-5 B.10)."""
    return run_script(session, command, change)


def put(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """PUT DATA (PBOC-5 B.11)."""
    return run_script(session, command, put_data)


def update(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """UPDATE RECORD (PBOC-5 B.14)."""
    return run_script(session, command, update_record)
