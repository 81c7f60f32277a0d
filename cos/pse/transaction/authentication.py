"""Effects of EXTERNAL AUTHENTICATE (外部认证) and INTERNAL AUTHENTICATE (内部认证) on the transaction."""

from __future__ import annotations

from apdu.status import SW
from cos.pse.options import BankOptions
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.current import Authentication, Step, Transaction
from cos.pse.transaction.cvr import Bit
from cos.pse.transaction.states import Command, cell


def external_start(counters: Counters, transaction: Transaction, options: BankOptions) -> Step:
    """The state rule, for a command of right form and length (PBOC-5 §15.4.3 step 1, figure 14).

    ``sw`` None: compare the ARPC, then ``external_finish``. A second one in the transaction is 6985 and sets the
    failure indicator, which is to be committed although the command is refused.
    """
    command = Command.EXTERNAL_AUTHENTICATE_AGAIN if transaction.authentication_seen else Command.EXTERNAL_AUTHENTICATE
    row = cell(transaction.state, command)
    if not row.sets_ia_failure:
        return Step(row.sw, counters, transaction)
    if options.second_ea_marks_cvr:
        transaction = transaction._replace(cvr=transaction.cvr.set(Bit.IA_FAILED), authentication=Authentication.FAILED)
    words = ("second EXTERNAL AUTHENTICATE: issuer authentication failed (PBOC-5 figure 14)",)
    return Step(row.sw, counters._replace(ia_failure=True), transaction, words)


def external_finish(counters: Counters, transaction: Transaction, response_code: bytes, *, matches: bool) -> Step:
    """After the comparison: 9000 or 6300; the response code is kept in both cases (PBOC-5 §15.4.3)."""
    transaction = transaction._replace(authentication_response_code=response_code)
    if matches:
        return Step(
            SW.OK,
            counters._replace(ia_failure=False),
            transaction._replace(authentication=Authentication.SUCCESSFUL),
            ("ARPC right: issuer authenticated (PBOC-5 §15.4.3)",),
        )
    return Step(
        SW.AUTHENTICATION_FAILED,
        counters._replace(ia_failure=True),
        transaction._replace(authentication=Authentication.FAILED, cvr=transaction.cvr.set(Bit.IA_FAILED)),
        ("ARPC wrong: issuer authentication failed (PBOC-5 §15.4.3)",),
    )


def internal_done(transaction: Transaction) -> Transaction:
    """INTERNAL AUTHENTICATE answered: CVR "DDA performed" (PBOC-5 §9.4.4.1)."""
    return transaction._replace(cvr=transaction.cvr.set(Bit.DDA_PERFORMED))
