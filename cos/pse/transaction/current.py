"""The transaction in progress: what dies with reset, SELECT and GET PROCESSING OPTIONS (PBOC-5 §7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from apdu.status import SW, StatusWord
from cos.pse.options import BankOptions
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.cvr import Bit, Cvr
from cos.pse.transaction.states import State


class Authentication(Enum):
    """What EXTERNAL AUTHENTICATE came to in this transaction."""

    NOT_RECEIVED = "not received"
    SUCCESSFUL = "successful"
    FAILED = "failed"


class Transaction(NamedTuple):
    """Volatile state. ``authentication_response_code`` is the one received with EXTERNAL AUTHENTICATE.

    ``tries_ran_out``: a VERIFY of this transaction brought the try counter to 0.
    ``script_mac_failed``: a script command of this transaction had a wrong MAC.
    """

    state: State = State.RESET
    cvr: Cvr = Cvr()
    verify_seen: bool = False
    tries_ran_out: bool = False
    authentication: Authentication = Authentication.NOT_RECEIVED
    authentication_response_code: bytes | None = None
    script_mac_failed: bool = False

    @property
    def authentication_seen(self) -> bool:
        """True if an EXTERNAL AUTHENTICATE of right length was received."""
        return self.authentication is not Authentication.NOT_RECEIVED


class Step(NamedTuple):
    """What a command changes. ``sw`` None: go on; else the answer, after ``counters`` are committed."""

    sw: StatusWord | None
    counters: Counters
    transaction: Transaction
    explanation: tuple[str, ...] = ()


def selected(*, pse: bool = False) -> Transaction:
    """After a successful SELECT, 6283 included: everything volatile is gone (PBOC-5 §6)."""
    return Transaction(State.PSE if pse else State.SELECTED)


def initiate(counters: Counters, transaction: Transaction, options: BankOptions) -> Step:
    """GET PROCESSING OPTIONS with good data in state SELECTED (PBOC-5 §7.4 steps 4-5).

    Counts the ATC and opens the transaction. When the counter reaches its end, or has reached it before, the
    application is blocked for ever and the answer is 6985.
    """
    last = 0xFFFE if options.atc_stops_before_ffff else 0xFFFF
    if counters.blocked_for_ever or counters.atc >= last:
        return Step(
            SW.CONDITIONS_NOT_SATISFIED,
            counters._replace(blocked_for_ever=True),
            transaction,
            (f"ATC {counters.atc:04X}: application blocked for ever (PBOC-5 §7.4)",),
        )
    atc = counters.atc + 1
    if atc == 0xFFFF:
        return Step(
            SW.CONDITIONS_NOT_SATISFIED,
            counters._replace(atc=atc, blocked_for_ever=True),
            transaction,
            ("ATC has reached FFFF: application blocked for ever (PBOC-5 §7.4, figure 5)",),
        )
    return Step(None, counters._replace(atc=atc), Transaction(State.INITIATED), (f"ATC {atc:04X} (PBOC-5 §7.4)",))


def gpo_restricted(
    values: Mapping[int, bytes], currency: bytes | None, country: bytes | None, options: BankOptions
) -> StatusWord | None:
    """The issuer's own restriction (PBOC-5 §7.4 step 2): 6985 if the PDOL ``values`` name a foreign country (9F1A
    against 9F57) or currency (5F2A against 9F51). The ATC is not counted then.
    """
    if not options.gpo_refuses_foreign:
        return None
    for tag, own in ((0x9F1A, country), (0x5F2A, currency)):
        if own is not None and tag in values and values[tag] != own:
            return SW.CONDITIONS_NOT_SATISFIED
    return None


def read_try_counter(counters: Counters, transaction: Transaction) -> Transaction:
    """GET DATA 9F17: a try counter of 0 sets CVR "PIN try limit exceeded" (PBOC-5 §11.4.2 step 1)."""
    if counters.pin_tries:
        return transaction
    return transaction._replace(cvr=transaction.cvr.set(Bit.PIN_TRIES_EXCEEDED))
