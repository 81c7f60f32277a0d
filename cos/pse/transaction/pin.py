"""Cardholder verification by offline PIN (脱机PIN): the steps of VERIFY and of PIN CHANGE/UNBLOCK (PBOC-5 §11.4.2).

VERIFY has two steps, so that the lowered try counter can be committed before the PIN is compared.
"""

from __future__ import annotations

from apdu.status import SW, retries
from cos.pse.options import BankOptions
from cos.pse.transaction.ada import Ada
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.current import Step, Transaction
from cos.pse.transaction.cvr import Bit
from cos.pse.transaction.risk import Limits


def verify_start(counters: Counters, transaction: Transaction, options: BankOptions) -> Step:
    """Before the comparison. ``sw`` None: commit ``counters`` (one try less), compare, then ``verify_finish``.

    With no tries left: 6984 for the first VERIFY of a transaction, 6983 afterwards (figure 7).
    """
    seen = transaction.verify_seen
    cvr = transaction.cvr.set(Bit.PIN_PERFORMED)
    if counters.pin_tries:
        counters = counters._replace(pin_tries=counters.pin_tries - 1)
        return Step(None, counters, transaction._replace(cvr=cvr, verify_seen=True))
    cvr = cvr.set(Bit.PIN_TRIES_EXCEEDED, Bit.PIN_FAILED)
    again = seen or options.blocked_pin_always_6983
    return Step(
        SW.METHOD_BLOCKED if again else SW.REFERENCED_DATA_INVALID,
        counters,
        transaction._replace(cvr=cvr, verify_seen=True),
        ("PIN try counter is 0 (PBOC-5 §11.4.2 step 1)",),
    )


def verify_finish(counters: Counters, transaction: Transaction, limits: Limits, *, matches: bool) -> Step:
    """After the comparison, over the values of ``verify_start``: 9000, or 63Cx with x tries left.

    The try that reaches 0 blocks the application if ADA 2.b8 asks for it.
    """
    if matches:
        return Step(
            SW.OK,
            counters._replace(pin_tries=limits.pin_try_limit),
            transaction._replace(cvr=transaction.cvr.clear(Bit.PIN_FAILED)),
            ("PIN right, try counter restored (PBOC-5 §11.4.2 step 2)",),
        )
    cvr = transaction.cvr.set(Bit.PIN_FAILED)
    left = counters.pin_tries
    words = [f"PIN wrong, {left} tries left (PBOC-5 §11.4.2 step 3)"]
    if not left:
        cvr = cvr.set(Bit.PIN_TRIES_EXCEEDED)
        if limits.wants(Ada.PIN_EXCEEDED_BLOCK):
            cvr = cvr.set(Bit.BLOCKED_BY_PIN)
            counters = counters._replace(application_blocked=True)
            words.append("application blocked (ADA2.b8, PBOC-5 §11.4.2 step 4)")
    transaction = transaction._replace(cvr=cvr, tries_ran_out=transaction.tries_ran_out or not left)
    return Step(retries(left), counters, transaction, tuple(words))


def tries_restored(counters: Counters, limits: Limits) -> Counters:
    """After PIN UNBLOCK or PIN CHANGE; the application block is not lifted (PBOC-5 B.10, §11.6)."""
    return counters._replace(pin_tries=limits.pin_try_limit)
