"""Issuer scripts (发卡行脚本): counter and failure indicator, and what the block commands change (PBOC-5 §17).

Commands before the second GENERATE AC are executed but neither counted nor flagged (PBOC-5 §17.6.4).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from cos.pse.options import BankOptions
from cos.pse.transaction.counters import Counters
from cos.pse.transaction.current import Step, Transaction
from cos.pse.transaction.states import State


class ScriptEvent(Enum):
    """How a script command ended. Commands refused by state (6985) are no event."""

    DONE = "executed"
    MAC_WRONG = "MAC wrong"
    MAC_MISSING = "MAC missing, or Lc not that of the command with 4 bytes of MAC"
    NOT_SECURED = "class byte without secure messaging"
    EXECUTION_FAILED = "MAC right, execution failed"


class ScriptRule(NamedTuple):
    """What an event does after the second GENERATE AC."""

    event: ScriptEvent
    counts: bool
    fails: bool
    clause: str


SCRIPT_RULES: tuple[ScriptRule, ...] = (
    ScriptRule(ScriptEvent.DONE, counts=True, fails=False, clause="PBOC-5 §17.6.4, figure 23"),
    ScriptRule(ScriptEvent.MAC_WRONG, counts=True, fails=True, clause="PBOC-5 figure 23; conformance case ISL017"),
    ScriptRule(ScriptEvent.MAC_MISSING, counts=False, fails=True, clause="PBOC-5 figure 23; conformance case ISL012"),
    ScriptRule(ScriptEvent.NOT_SECURED, counts=False, fails=True, clause="PBOC-5 figure 23"),
    ScriptRule(ScriptEvent.EXECUTION_FAILED, counts=True, fails=True, clause="PBOC-5 §17.6.4"),
)


def script_event(counters: Counters, transaction: Transaction, event: ScriptEvent, options: BankOptions) -> Step:
    """Counter and indicator after ``event``; ``sw`` is None, the command's own word stands.

    The change outlives a refused command: commit it before refusing.
    """
    rule = next(each for each in SCRIPT_RULES if each.event is event)
    if event is ScriptEvent.MAC_WRONG:
        transaction = transaction._replace(script_mac_failed=True)
    if transaction.state is not State.FINISHED:
        return Step(None, counters, transaction, (f"script command {event.value}: before the second GENERATE AC",))
    counts = rule.counts or (event is ScriptEvent.MAC_MISSING and options.script_missing_mac_counts)
    failure = rule.fails or (counters.script_failure and (options.script_failure_sticky or event != ScriptEvent.DONE))
    counters = counters._replace(
        script_counter=min(counters.script_counter + counts, 15),
        script_failure=failure,
    )
    return Step(None, counters, transaction, (f"script command {event.value} ({rule.clause})",))


def application_block(counters: Counters) -> Counters:
    """APPLICATION BLOCK; always succeeds (PBOC-5 B.2.5)."""
    return counters._replace(application_blocked=True)


def application_unblock(counters: Counters) -> Counters:
    """APPLICATION UNBLOCK: lifts a block by script and by PIN tries, not the one by the ATC (PBOC-5 B.3, §11.6)."""
    return counters._replace(application_blocked=False)


def card_block(counters: Counters) -> Counters:
    """CARD BLOCK; cannot be undone (PBOC-5 §17.5)."""
    return counters._replace(card_blocked=True)
