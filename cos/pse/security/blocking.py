"""APPLICATION BLOCK, APPLICATION UNBLOCK, CARD BLOCK (PBOC-5 B.2, B.3, B.4, §17.5). Right MAC: always 9000."""

from __future__ import annotations

from apdu.command import CommandAPDU
from cos.kernel.dialect import Life
from cos.pse.environment import PseSession
from cos.pse.transaction import script
from cos.pse.transaction.counters import Counters


def block_application(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - executions share a shape
    """The selected application; the transaction in progress may go to its end."""
    return script.application_block(session.counters)


def unblock_application(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - as above
    """Also lifts the block by PIN tries, which stay as they are; not the one by the transaction counter."""
    return script.application_unblock(session.counters)


def block_card(session: PseSession, command: CommandAPDU, data: bytes) -> Counters:  # noqa: ARG001 - as above
    """The whole environment, for good. The session learns of it once the commit stands (``card_blocked``)."""
    session.files.put_directory(session.home.fid, session.home.header._replace(life=Life.BLOCKED).encode())
    return script.card_block(session.counters)


def card_blocked(session: PseSession) -> None:
    """After CARD BLOCK: this session knows it too; by profile the whole card falls silent (PBOC-5 B.4.1)."""
    session.home.header = session.home.header._replace(life=Life.BLOCKED)
    if session.environment.blocker is not None:
        session.environment.blocker.block_card()
