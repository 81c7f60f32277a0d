"""The gates before a command runs, in the order they are asked; lengths and MAC lie between them (PBOC-5 B).

``blocked_word`` (card blocked) → ``unsupported_word`` (instruction not there) → P1 P2, lengths → ``state_word``.
EXTERNAL AUTHENTICATE asks ``authentication.external_start`` instead of ``state_word``: its refusal has effects.
"""

from __future__ import annotations

from apdu.status import SW, StatusWord
from cos.pse.options import BankOptions
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.current import Authentication, Transaction
from cos.pse.transaction.risk import RiskData
from cos.pse.transaction.states import Command, State, allowed

_NEEDS_LIVE_ATC = frozenset((Command.GET_PROCESSING_OPTIONS, Command.GENERATE_AC, Command.SCRIPT))


def blocked_word(command: Command, counters: Counters, transaction: Transaction) -> StatusWord | None:
    """6A81 for everything on a blocked card. Only the GENERATE AC that ends the running transaction still goes
    (PBOC-5 §17.5; conformance cases APD024, INI070, IAU110, PSE110).
    """
    if not counters.card_blocked:
        return None
    if command is Command.GENERATE_AC and transaction.state is State.ONLINE:
        return None
    return SW.FUNCTION_NOT_SUPPORTED


def unsupported_word(
    command: Command, risk: RiskData, transaction: Transaction, options: BankOptions
) -> StatusWord | None:
    """The instruction does not exist here: in the payment system environment, or not with this card's features."""
    if allowed(transaction.state, command) == SW.INS_NOT_SUPPORTED:
        return SW.INS_NOT_SUPPORTED
    external = (Command.EXTERNAL_AUTHENTICATE, Command.EXTERNAL_AUTHENTICATE_AGAIN)
    if command in external and not risk.issuer_authentication:
        return SW.INS_NOT_SUPPORTED
    if command is Command.SCRIPT and not risk.scripts:
        return SW.INS_NOT_SUPPORTED
    if command is Command.VERIFY and not risk.offline_pin:
        return options.verify_without_offline_pin
    return None


def state_word(command: Command, risk: RiskData, transaction: Transaction, options: BankOptions) -> StatusWord | None:
    """The transaction's state and flags (PBOC-5 §7.4, §17.6; see ``states`` for the table)."""
    word = allowed(transaction.state, command)
    if word is not None:
        return word
    if risk.counters.blocked_for_ever and command in _NEEDS_LIVE_ATC:
        return SW.CONDITIONS_NOT_SATISFIED
    if command is Command.VERIFY and transaction.state is State.ONLINE and not options.verify_after_first_ac:
        return SW.CONDITIONS_NOT_SATISFIED
    if command is Command.INTERNAL_AUTHENTICATE and not (risk.dda or risk.cda):
        return SW.CONDITIONS_NOT_SATISFIED
    if command is Command.SCRIPT and _script_refused(transaction, options):
        return SW.CONDITIONS_NOT_SATISFIED
    return None


def _script_refused(transaction: Transaction, options: BankOptions) -> bool:
    failed = transaction.authentication is Authentication.FAILED
    return (options.script_refused_after_failed_ea and failed) or (
        options.script_refused_after_wrong_mac and transaction.script_mac_failed
    )
