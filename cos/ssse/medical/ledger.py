"""Opening and closing the books: amounts that are sound, the commit and its note in the trace."""

from __future__ import annotations

from apdu.status import SW
from cos.kernel.dialect import Life
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.medical.amounts import Account, Amounts, Damaged, Proof
from cos.ssse.medical.transaction import commit
from firewall.trace import Noted


def sound_amounts(session: SsseSession, account: Account) -> Amounts:
    """What the account holds. Damaged memory: 6581, and the card locks as CARD BLOCK would (SSC-5 tables 53 to 72)."""
    try:
        return account.amounts()
    except Damaged:
        session.put_header(session.home._replace(life=Life.BLOCKED))
        if session.environment.blocker is not None:
            session.environment.blocker.block_card()
        raise Refusal(
            SW.MEMORY_FAILURE,
            Gate.DATA,
            "the amounts file does not hold amounts; the environment is blocked from now on",
            "SSC-5 table 53",
        ) from None


def book(session: SsseSession, account: Account, amounts: Amounts, proof: Proof, record: bytes) -> None:
    """Commit a transaction and say so."""
    commit(session, account, amounts, proof, record)
    session.environment.grant.trace.note(
        Noted(
            "medical",
            f"sequence {proof.sequence:04X}: balance {amounts.balance}, year {amounts.year or 'none'}: self-paid "
            f"{amounts.self_paid}, pooled {amounts.pooled} fen",
        )
    )
