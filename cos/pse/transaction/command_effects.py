"""What each command but GENERATE AC may do and does to counters and transaction, as pure functions.

Before it runs, in this order, lengths and MAC between them (PBOC-5 B): ``blocked_word`` (card blocked) →
``unsupported_word`` (instruction not there) → P1 P2, lengths → ``state_word``. EXTERNAL AUTHENTICATE asks
``external_start`` instead of ``state_word``: its refusal has effects. VERIFY has two steps, so that the lowered try
counter can be committed before the PIN is compared. Script commands before the second GENERATE AC are executed but
neither counted nor flagged (PBOC-5 §17.6.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from apdu.status import SW, StatusWord, retries
from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.options import BankOptions
from cos.pse.transaction.cvr_and_cid import Bit
from cos.pse.transaction.risk_data import Limits, RiskData
from cos.pse.transaction.transaction_memory import Authentication, AuthenticationStep, Counters, Transaction
from cos.pse.transaction.transaction_states import TABLE, Command, TransactionState

_NEEDS_LIVE_ATC = frozenset((Command.GET_PROCESSING_OPTIONS, Command.GENERATE_AC, Command.SCRIPT))


def blocked_word(command: Command, counters: Counters, transaction: Transaction) -> StatusWord | None:
    """6A81 for everything on a blocked card. Only the GENERATE AC that ends the running transaction still goes
    (PBOC-5 §17.5; conformance cases APD024, INI070, IAU110, PSE110).
    """
    ends = command is Command.GENERATE_AC and transaction.state is TransactionState.ONLINE
    return SW.FUNCTION_NOT_SUPPORTED if counters.card_blocked and not ends else None


def unsupported_word(
    command: Command, risk: RiskData, transaction: Transaction, options: BankOptions
) -> StatusWord | None:
    """The instruction does not exist here: in the payment system environment, or not with this card's features."""
    external = (Command.EXTERNAL_AUTHENTICATE, Command.EXTERNAL_AUTHENTICATE_AGAIN)
    without = command in external and not risk.supports(Aip.ISSUER_AUTHENTICATION)
    if without or TABLE[transaction.state, command].sw == SW.INS_NOT_SUPPORTED:
        return SW.INS_NOT_SUPPORTED
    if command is Command.VERIFY and not risk.offline_pin:
        return options.verify_without_offline_pin
    return None


def state_word(command: Command, risk: RiskData, transaction: Transaction, options: BankOptions) -> StatusWord | None:
    """The transaction's state and flags (PBOC-5 §7.4, §17.6; see ``states`` for the table)."""
    word = TABLE[transaction.state, command].sw
    if word is not None:
        return word
    refused = risk.counters.blocked_for_ever and command in _NEEDS_LIVE_ATC
    if command is Command.INTERNAL_AUTHENTICATE:
        refused = not (risk.supports(Aip.DDA) or risk.supports(Aip.CDA))
    refused = refused or any(_by_profile(command, transaction, options))
    return SW.CONDITIONS_NOT_SATISFIED if refused else None


def deciding(
    command: Command, risk: RiskData, transaction: Transaction, options: BankOptions
) -> tuple[tuple[str, bool], ...]:
    """Which settings, by name and the value that lets it pass, refuse what ``state_word`` refuses; none if all is lost
    whatever they are.
    """
    lost = TABLE[transaction.state, command].sw is not None
    lost = lost or (risk.counters.blocked_for_ever and command in _NEEDS_LIVE_ATC)
    return () if lost else tuple(_by_profile(command, transaction, options))


def _by_profile(command: Command, transaction: Transaction, options: BankOptions) -> Iterator[tuple[str, bool]]:
    """What the profile alone refuses in this state."""
    match command:
        case Command.VERIFY:
            if transaction.state is TransactionState.ONLINE and not options.verify_after_first_ac:
                yield "verify_after_first_ac", True
        case Command.SCRIPT:
            if transaction.authentication is Authentication.FAILED and options.script_refused_after_failed_ea:
                yield "script_refused_after_failed_ea", False
            if transaction.script_mac_failed and options.script_refused_after_wrong_mac:
                yield "script_refused_after_wrong_mac", False


def initiate(counters: Counters, transaction: Transaction, options: BankOptions) -> AuthenticationStep:
    """GET PROCESSING OPTIONS with good data in state SELECTED (PBOC-5 §7.4 steps 4-5).

    Counts the ATC and opens the transaction. When the counter reaches its end, or has reached it before, the
    application is blocked for ever and the answer is 6985.
    """
    last = 0xFFFE if options.atc_stops_before_ffff else 0xFFFF
    if counters.atc < last and not counters.blocked_for_ever:
        counters = counters._replace(atc=counters.atc + 1)
        if counters.atc < 0xFFFF:
            words = f"ATC {counters.atc:04X} (PBOC-5 §7.4)"
            return AuthenticationStep(None, counters, Transaction(TransactionState.INITIATED), (words,))
    words = f"ATC {counters.atc:04X}: application blocked for ever (PBOC-5 §7.4, figure 5)"
    return AuthenticationStep(
        SW.CONDITIONS_NOT_SATISFIED, counters._replace(blocked_for_ever=True), transaction, (words,)
    )


def gpo_restricted(
    values: Mapping[int, bytes], currency: bytes | None, country: bytes | None, options: BankOptions
) -> StatusWord | None:
    """The issuer's own restriction (PBOC-5 §7.4 step 2): 6985 if the PDOL ``values`` name a foreign country (9F1A
    against 9F57) or currency (5F2A against 9F51). The ATC is not counted then.
    """
    own = {0x9F1A: country, 0x5F2A: currency}
    foreign = any(code is not None and values.get(tag, code) != code for tag, code in own.items())
    return SW.CONDITIONS_NOT_SATISFIED if foreign and options.gpo_refuses_foreign else None


def read_try_counter(counters: Counters, transaction: Transaction) -> Transaction:
    """GET DATA 9F17: a try counter of 0 sets CVR "PIN try limit exceeded" (PBOC-5 §11.4.2 step 1)."""
    if counters.pin_tries:
        return transaction
    return transaction._replace(cvr=transaction.cvr.set(Bit.PIN_TRIES_EXCEEDED))


def verify_start(counters: Counters, transaction: Transaction, options: BankOptions) -> AuthenticationStep:
    """Before the comparison. ``sw`` None: commit ``counters`` (one try less), compare, then ``verify_finish``.

    With no tries left: 6984 for the first VERIFY of a transaction, 6983 afterwards (figure 7).
    """
    again = transaction.verify_seen or options.blocked_pin_always_6983
    cvr = transaction.cvr.set(Bit.PIN_PERFORMED)
    if counters.pin_tries:
        counters = counters._replace(pin_tries=counters.pin_tries - 1)
        return AuthenticationStep(None, counters, transaction._replace(cvr=cvr, verify_seen=True))
    cvr = cvr.set(Bit.PIN_TRIES_EXCEEDED | Bit.PIN_FAILED)
    return AuthenticationStep(
        SW.METHOD_BLOCKED if again else SW.REFERENCED_DATA_INVALID,
        counters,
        transaction._replace(cvr=cvr, verify_seen=True),
        ("PIN try counter is 0 (PBOC-5 §11.4.2 step 1)",),
    )


def verify_finish(counters: Counters, transaction: Transaction, limits: Limits, *, matches: bool) -> AuthenticationStep:
    """After the comparison, over the values of ``verify_start``: 9000, or 63Cx with x tries left.

    The try that reaches 0 blocks the application if ADA 2.b8 asks for it.
    """
    if matches:
        return AuthenticationStep(
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
    return AuthenticationStep(retries(left), counters, transaction, tuple(words))


def external_start(counters: Counters, transaction: Transaction, options: BankOptions) -> AuthenticationStep:
    """The state rule, for a command of right form and length (PBOC-5 §15.4.3 step 1, figure 14).

    ``sw`` None: compare the ARPC, then ``external_finish``. A second one in the transaction is 6985 and sets the
    failure indicator, which is to be committed although the command is refused.
    """
    command = Command.EXTERNAL_AUTHENTICATE_AGAIN if transaction.authentication_seen else Command.EXTERNAL_AUTHENTICATE
    row = TABLE[transaction.state, command]
    if not row.also:
        return AuthenticationStep(row.sw, counters, transaction)
    if options.second_ea_marks_cvr:
        transaction = transaction._replace(cvr=transaction.cvr.set(Bit.IA_FAILED), authentication=Authentication.FAILED)
    words = ("second EXTERNAL AUTHENTICATE: issuer authentication failed (PBOC-5 figure 14)",)
    return AuthenticationStep(row.sw, counters._replace(ia_failure=True), transaction, words)


def external_finish(
    counters: Counters, transaction: Transaction, response_code: bytes, *, matches: bool
) -> AuthenticationStep:
    """After the comparison: 9000 or 6300; the response code is kept in both cases (PBOC-5 §15.4.3)."""
    transaction = transaction._replace(authentication_response_code=response_code)
    if matches:
        return AuthenticationStep(
            SW.OK,
            counters._replace(ia_failure=False),
            transaction._replace(authentication=Authentication.SUCCESSFUL),
            ("ARPC right: issuer authenticated (PBOC-5 §15.4.3)",),
        )
    return AuthenticationStep(
        SW.AUTHENTICATION_FAILED,
        counters._replace(ia_failure=True),
        transaction._replace(authentication=Authentication.FAILED, cvr=transaction.cvr.set(Bit.IA_FAILED)),
        ("ARPC wrong: issuer authentication failed (PBOC-5 §15.4.3)",),
    )


def internal_done(transaction: Transaction) -> Transaction:
    """INTERNAL AUTHENTICATE answered: CVR "DDA performed" (PBOC-5 §9.4.4.1)."""
    return transaction._replace(cvr=transaction.cvr.set(Bit.DDA_PERFORMED))


class ScriptEvent(Enum):
    """How a script command ended. Commands refused by state (6985) are no event."""

    DONE = "executed"
    MAC_WRONG = "MAC wrong"
    MAC_MISSING = "MAC missing, or Lc not that of the command with 4 bytes of MAC"
    NOT_SECURED = "class byte without secure messaging"
    EXECUTION_FAILED = "MAC right, execution failed"


class ScriptRule(NamedTuple):
    """What an event does after the second GENERATE AC."""

    counts: bool
    fails: bool
    clause: str


SCRIPT_RULES: Mapping[ScriptEvent, ScriptRule] = MappingProxyType(
    {
        ScriptEvent.DONE: ScriptRule(counts=True, fails=False, clause="PBOC-5 §17.6.4, figure 23"),
        ScriptEvent.MAC_WRONG: ScriptRule(counts=True, fails=True, clause="PBOC-5 figure 23; conformance case ISL017"),
        ScriptEvent.MAC_MISSING: ScriptRule(
            counts=False, fails=True, clause="PBOC-5 figure 23; conformance case ISL012"
        ),
        ScriptEvent.NOT_SECURED: ScriptRule(counts=False, fails=True, clause="PBOC-5 figure 23"),
        ScriptEvent.EXECUTION_FAILED: ScriptRule(counts=True, fails=True, clause="PBOC-5 §17.6.4"),
    }
)


def script_event(
    counters: Counters, transaction: Transaction, event: ScriptEvent, options: BankOptions
) -> AuthenticationStep:
    """Counter and indicator after ``event``; ``sw`` is None, the command's own word stands.

    The change outlives a refused command: commit it before refusing.
    """
    rule = SCRIPT_RULES[event]
    if event is ScriptEvent.MAC_WRONG:
        transaction = transaction._replace(script_mac_failed=True)
    if transaction.state is not TransactionState.FINISHED:
        return AuthenticationStep(
            None, counters, transaction, (f"script command {event.value}: before the second GENERATE AC",)
        )
    counts = rule.counts or (event is ScriptEvent.MAC_MISSING and options.script_missing_mac_counts)
    failure = rule.fails or (counters.script_failure and (options.script_failure_sticky or event != ScriptEvent.DONE))
    counters = counters._replace(
        script_counter=min(counters.script_counter + counts, 15),
        script_failure=failure,
    )
    return AuthenticationStep(None, counters, transaction, (f"script command {event.value} ({rule.clause})",))
