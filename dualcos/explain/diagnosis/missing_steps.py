"""Which step would have had to come before (缺少的步骤): for refusals by state, right, random number, selection.

Every phrase that a card refuses with is decided on here: what would have helped, or who says it instead. States are
asked of the stacks' own tables. ``expected`` of a finding names the commands that are missing, in order; how they are
sent are the words of its next step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from cos.kernel.state_tables import StateTable
from cos.stacks import STACKS, by_label
from dualcos.explain.advice import keys_elsewhere, rights_to_prove
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from firewall.trace import Datum

_SELECT, _EXTERNAL, _GPO = 0xA4, 0x82, 0xA8


class MissingStep(NamedTuple):
    """What would have helped: ``step``, an id in ``NEXT_STEPS``, the ``commands`` of it, and data for words."""

    step: str
    commands: tuple[str, ...]
    about: Mapping[str, Datum] = MappingProxyType({})


Decided = MissingStep | Callable[[Situation], MissingStep | None]
_AUTHENTICATION = ("GET CHALLENGE", "EXTERNAL AUTHENTICATION")


# --- rights -----------------------------------------------------------------------------------------------------------


def _rights(situation: Situation) -> MissingStep | None:
    """The keys and the PIN that the rule names, or the master key that governs the making."""
    reason = situation.reason
    if reason is None:
        return None
    asked = rights_to_prove(reason, situation.at)
    if asked.keys:
        step = "prove-key" if not asked.pin else "prove-key-and-pin" if asked.together else "prove-key-or-pin"
        verify = ("VERIFY",) if asked.pin and asked.together else ()
        return MissingStep(step, (*_AUTHENTICATION, *verify), {"keys": asked.keys})
    if asked.pin:
        return _pin(situation)
    return _master(situation) if asked.master else None


def _pin(situation: Situation) -> MissingStep:
    pki = situation.spot.environment == "pki"
    send = "00 84 00 00 10, 00 20 01 81 10" if pki else "00 20 00 00"
    step = "verify-user-pin" if pki else "verify-pin"
    return MissingStep(step, ("GET CHALLENGE", "VERIFY") if pki else ("VERIFY",), {"send": send})


def _master(situation: Situation) -> MissingStep:
    return MASTER_PROOFS.get(situation.spot.environment, MissingStep("prove-master-key", _AUTHENTICATION))


MASTER_PROOFS: Mapping[str, MissingStep] = MappingProxyType(
    {
        "pse": MissingStep("prove-master-key-of-bank", _AUTHENTICATION),
        "pki": MissingStep("prove-master-key-of-pki", _AUTHENTICATION),
    }
)
"""How the master key is proved where not as in the other stacks."""


def _proof_to_mf(situation: Situation) -> MissingStep:
    reason = situation.reason
    needed = reason.about.get("needed") if reason is not None else None
    value = needed.value if isinstance(needed, Enum) else needed
    return TRANSPORT if value == _TRANSPORT_KEY else _master(situation)


_TRANSPORT_KEY = "transport key"
TRANSPORT = MissingStep("prove-transport-key", ("TRANSPORT KEY AUTHENTICATION",))

# --- random numbers, keys ---------------------------------------------------------------------------------------------


def _random(situation: Situation) -> MissingStep:
    """PKI's terminals take 16 bytes, everybody else 8."""
    long = situation.spot.environment == "pki"
    return MissingStep("get-challenge-of-16" if long else "get-challenge", ("GET CHALLENGE",))


def _key(situation: Situation) -> MissingStep | None:
    """PKI's keys and PINs lie in its application; a key of the social side may be one of another directory."""
    environment, command = situation.spot.environment, situation.command
    if environment == "pki":
        return None if _in_pki(situation) else CERTIFICATE_APPLICATION
    if environment != "ssse" or command.ins != _EXTERNAL:
        return None
    keys = keys_elsewhere(command.p2, situation.spot.directory, situation.at.version)
    return MissingStep("key-elsewhere", (), {"keys": keys}) if keys else None


def _in_pki(situation: Situation) -> bool:
    """True if the last selection inside the environment was the application's."""
    last = situation.history.last(_SELECT, "pki")
    return last is not None and last.command.data not in (b"", b"\x3f\x00")


CERTIFICATE_APPLICATION = MissingStep("select-cert-adf", ("SELECT",))


def _locked(situation: Situation) -> MissingStep | None:
    """A PIN of the social side has its PUK; no other key comes back."""
    reason = situation.reason
    what = reason.about.get("what") if reason is not None else ""
    return UNBLOCK if situation.spot.environment == "ssse" and what == "the PIN" else None


UNBLOCK = MissingStep("unblock-pin", (*_AUTHENTICATION, "PIN CHANGE/UNBLOCK"))

# --- states -----------------------------------------------------------------------------------------------------------


def way_to(table: StateTable[Any, Any], state: Enum, event: Enum) -> tuple[Enum, ...]:
    """The shortest row of events from ``state`` to one in which ``event`` may come; nothing if there is none, or if it
    may come at once.
    """
    may = {*table.allowing(event)}
    ways: dict[Enum, tuple[Enum, ...]] = {state: ()}
    waiting: list[Enum] = [state]
    for at in waiting:
        if at in may:
            return ways[at]
        for each in table.events:
            for to in table.cells[at, each].to:
                if to not in ways:
                    ways[to] = (*ways[at], each)
                    waiting.append(to)
    return ()


FIRST_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "SELECT ADF": "select-adf",
        "GET PROCESSING OPTIONS": "gpo",
        "GENERATE AC": "generate-ac",
        "INITIALIZE FOR LOAD": "initialize-load",
        "INITIALIZE FOR PURCHASE": "initialize-purchase",
        "EXPORT PUBLIC KEY (which)": "export-public-key",
        "IMPORT SESSION KEY": "import-session-key",
        "INIT SAM FOR PURCHASE": "init-sam",
    }
)
"""How a step is called, by the event of the stacks' state tables that it is."""


def _by_table(situation: Situation) -> MissingStep | None:
    """The way from the state to one that takes the command, in the table of the stack that knows it."""
    event = situation.row.event if situation.row is not None else None
    stack = by_label(situation.spot.environment, STACKS)
    for table in stack.machines if stack is not None else ():
        if event is not None and event in table.events:
            return _way(situation, table, event)
    return None


def _way(situation: Situation, table: StateTable[Any, Any], event: Enum) -> MissingStep | None:
    told = situation.reason.about.get("state") if situation.reason is not None else None
    state = next((each for each in table.states if told in (each, each.value)), table.start)
    way = way_to(table, state, event)
    if not way:
        return None
    step = FIRST_STEPS.get(str(way[0].value), "")
    behind = step == "select-adf" and state is not table.start and state.value != _DIRECTORY
    return MissingStep("new-transaction" if behind else step, tuple(str(each.value) for each in way))


_DIRECTORY = "P"  # the bank's payment environment itself is selected


def _after_cryptogram(situation: Situation) -> MissingStep:
    """EXTERNAL AUTHENTICATE tells no state: what the commands of this selection were tells it."""
    if situation.at.cryptograms:
        return NEW_TRANSACTION
    for past in situation.history.since_reset():
        if past.command.ins == _SELECT:
            break
        if past.command.ins == _GPO and past.done:
            return MissingStep("generate-ac", ("GENERATE AC",))
    return MissingStep("gpo", ("GET PROCESSING OPTIONS", "GENERATE AC"))


NEW_TRANSACTION = MissingStep("new-transaction", ("SELECT ADF",))


# --- files ------------------------------------------------------------------------------------------------------------


def _by_number(situation: Situation) -> MissingStep | None:
    """A short identifier without the mode of record numbers asks for the first record with an identifier."""
    return MissingStep("record-by-number", ()) if not situation.command.p2 & 7 else None


_DELIVER = MissingStep("delivery-session-key", ("DELIVERY SESSION KEY",))
_INIT_SAM = MissingStep("init-sam", ("INIT SAM FOR PURCHASE",))
_CHANNEL = MissingStep("initialize-update", ("INITIALIZE UPDATE", "EXTERNAL AUTHENTICATE"))
_SELECT_ADF = MissingStep("select-adf", ("SELECT",))
_BINARY, _RECORD = MissingStep("binary-instead", ()), MissingStep("record-instead", ())

STEPS: Mapping[str, Decided] = MappingProxyType(
    {
        # commands and answers
        "Le without answer": MissingStep("without-le", ()),
        "no answer waits": MissingStep("fetch-at-once", ()),
        # selection and files
        "no current EF": MissingStep("select-file", ("SELECT",)),
        "no records by number": _BINARY,
        "file without records": _BINARY,
        "file with records": _RECORD,
        "no record with that identifier": _by_number,
        "no application selected": MissingStep("select-application", ("SELECT",)),
        "an application is selected": MissingStep("select-ssse", ("SELECT",)),
        "no medical account": MissingStep("select-df04", ("SELECT",)),
        "medical files of another kind": MissingStep("select-df04", ("SELECT",)),
        "no application of the PSAM": MissingStep("select-psam-application", ("SELECT",)),
        "a key outside the application": CERTIFICATE_APPLICATION,
        "not the MF": MissingStep("select-mf", ("SELECT",)),
        "the MF is not current": MissingStep("select-mf", ("SELECT",)),
        "instruction of an application": _SELECT_ADF,
        "no SELECT to go on from": MissingStep("select-first", ("SELECT",)),
        "the environment's own key does that": MissingStep("select-environment", ("SELECT",)),
        "not the current environment": MissingStep("select-environment", ("SELECT",)),
        "the environment has its master key": MissingStep("select-environment", ("SELECT",)),
        # rights
        "read rule not met": _rights,
        "write rule not met": _rights,
        "right not held": _rights,
        "not proved to the MF": _proof_to_mf,
        "card master key there": _master,
        "no transport key any more": _master,
        "transport key not proved": TRANSPORT,
        "user PIN not shown": lambda situation: _key(situation) or _pin(situation),
        "locked": _locked,
        "no tries left": _locked,
        "offline PIN locked": MissingStep("unblock-pin-of-bank", ("PIN CHANGE/UNBLOCK",)),
        # keys and random numbers
        "no random number": _random,
        "no random number just before": _random,
        "unfit random number": _random,
        "no such key": _key,
        "no such entry": _key,
        "no such SM2 key": MissingStep("generate-key-pair", ("GENERATE KEY PAIR",)),
        # transactions
        "not in this state": _by_table,
        "no cryptogram to authenticate": _after_cryptogram,
        "second issuer authentication": NEW_TRANSACTION,
        "no medical transaction": _by_table,
        "medical transaction ended": _by_table,
        "medical transaction left": _by_table,
        "step missing": _by_table,
        "no delivered key": _DELIVER,
        "delivered key served otherwise": _DELIVER,
        "no MAC begun": MissingStep("begin-mac", ("CIPHER DATA 07",)),
        "key for purchases only": _INIT_SAM,
        "no purchase initialised": _by_table,
        # making
        "channel not initialised": _CHANNEL,
        "no channel open": _CHANNEL,
        "C-MAC missing": _CHANNEL,
        "no KEYDATA yet": MissingStep("key-data", ("KEY DATA",)),
        "the chip is blank": MissingStep("create-mf", ("TRANSPORT KEY AUTHENTICATION", "CREATE FILE")),
        "no serial number": MissingStep("set-serial", ("SET SERIAL",)),
        "an environment waits already": MissingStep("write-master-key", ("WRITE KEY",)),
        "an environment waits for its master key": MissingStep("write-master-key", ("WRITE KEY",)),
        "an environment exists": MissingStep("delete-environments", ("DELETE FILE",)),
        "key there already": MissingStep("change-key", ("CHANGE KEY",)),
        "check values before their keys": MissingStep("keys-first", ("STORE DATA",)),
        "a key without protection": MissingStep("protected-key", ("WRITE KEY",)),
    }
)
"""What would have helped, by the phrase of the reason; a function that answers None: nothing, this time."""


def missing_step(situation: Situation) -> Iterable[Diagnosis]:
    """The step that is missing before a refused command, if one is."""
    reason = situation.reason
    if reason is None or situation.accepted:
        return ()
    decided = STEPS.get(reason.why)
    found = decided(situation) if callable(decided) else decided
    if found is None:
        return ()
    name = situation.known.name(situation.spot.environment, situation.command).name
    kind = "step.missing" if found.commands else "step.otherwise"
    about = {"command": name, **found.about}
    return (Diagnosis(kind, Certainty.LIKELY, about, found.commands, None, reason.clause, found.step),)
