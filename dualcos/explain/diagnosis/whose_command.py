"""Whose command it is (命令归属): a command that is refused here and is another side's, or the other card's.

From the stacks' tables alone: class, instruction, P1 P2 and length as their rows take them. Nothing is told of what
lies in the other side's memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.command_rows import CommandRow
from cos.stacks import STACKS, by_label
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis

Row = CommandRow[Any]
_FILE_COMMANDS = frozenset((0xA4, 0xB0, 0xB2, 0xC0, 0xD6, 0xDC))
"""What every side has in its own form: it is nobody's in particular."""
_WITH_FILE = _FILE_COMMANDS - {0xA4, 0xC0}
_MAKING = ("SSC-10", "SSC-2", "SSC-9 §7.1", "PBOC-10", "EMV CPS")
"""Where the rows of making a card have their clauses."""
_HEADER = 4
_UNKNOWN = frozenset(
    (
        "class not supported",
        "instruction of another class",
        "unknown instruction",
        "instruction of an application",
        "feature the card does not have",
    )
)
_UNFIT = frozenset(("P1 P2 not taken", "length not taken", "list length", "script length"))
_ENDED = frozenset(("making has ended", "application made already"))
_UNKNOWN_WORDS, _UNFIT_WORDS = (SW.CLA_NOT_SUPPORTED, SW.INS_NOT_SUPPORTED), (SW.WRONG_P1P2, SW.WRONG_LENGTH)


class Owner(NamedTuple):
    """How a command of a side is told, and what to do; ``elsewhere``: the step if that side is on another card."""

    kind: str
    step: str
    elsewhere: str


OWNERS: Mapping[str, Owner] = MappingProxyType(
    {
        "ssse": Owner("whose.social-command", "select-ssse", "send-to-user-card"),
        "pse": Owner("whose.bank-command", "select-adf", "send-to-user-card"),
        "pki": Owner("whose.pki-command", "select-pki", "send-to-user-card"),
        "psam": Owner("whose.psam-command", "send-to-psam", "send-to-psam"),
    }
)
"""By the label of the stack, the likeliest first."""
_MAKER = Owner("whose.maker-command", "", "")


def whose_command(situation: Situation) -> Iterable[Diagnosis]:
    """Whose the refused command is, if another side takes exactly this one, or has it and this side has not."""
    if situation.accepted or not situation.tells(0, _HEADER):
        return ()
    if situation.why in _ENDED:
        return (_told(situation, _MAKER, "made-already", situation.row),)
    command, here = situation.command, situation.spot.environment
    unknown = _is(situation, _UNKNOWN, _UNKNOWN_WORDS)
    if not unknown and not _is(situation, _UNFIT, _UNFIT_WORDS):
        return ()
    if not unknown and command.ins in _FILE_COMMANDS:
        return _files_of_social_side(situation)
    own = situation.known.own.get(here, {}).get(command.ins, ())
    if not unknown and any(_takes(row, command) for row in own):
        return ()
    others = [(label, row) for label in _labels(situation) for row in _coded(situation, label)]
    near = {row.name for row in own if row.cla == command.cla and command.p1 in row.p1 and command.p2 in row.p2}
    exact = [(label, row) for label, row in others if _takes(row, command) and (unknown or _is_other(row, near))]
    found = exact or (others if unknown and not any(row.cla == command.cla for row in own) else [])
    if not found:
        return ()
    label, row = found[0]
    if all(_making(row) for _, row in found):
        return (_told(situation, _MAKER, "", row),)
    label, row = next((label, row) for label, row in found if not _making(row))
    owner = OWNERS.get(label)
    if owner is None:
        return ()
    told = _told(situation, owner, owner.step if _same_card(here, label) else owner.elsewhere, row)
    return (told._replace(certainty=Certainty.NOTE) if near and not unknown else told,)


def _is_other(row: Row, near: set[str]) -> bool:
    """True for a command of another name; where only the length is not taken here, one that takes few lengths."""
    return not near or (row.name not in near and len(row.lc) <= _FEW)


_FEW = 16


def _files_of_social_side(situation: Situation) -> Iterable[Diagnosis]:
    """At the MF, a file command as only the social side takes it: the environment is not selected."""
    command, social = situation.command, _coded(situation, "ssse")
    if situation.spot.environment != "manager" or command.ins not in _WITH_FILE:
        return ()
    if not any(_takes(row, command) for row in social):
        return ()
    about = {"command": social[0].name}
    return (Diagnosis("step.missing", Certainty.LIKELY, about, ("SELECT",), None, social[0].ref, "select-ssse"),)


def _is(situation: Situation, whys: frozenset[str], words: tuple[int, ...]) -> bool:
    return situation.why in whys if situation.reason is not None else situation.sw in words


def _labels(situation: Situation) -> list[str]:
    """The other sides, those on the same card first; the manager's rows are the maker's."""
    here = situation.spot.environment
    known = [*(label for label in OWNERS if label in situation.known.own), "manager"]
    return sorted((label for label in known if label != here), key=lambda label: not _same_card(here, label))


def _same_card(one: str, other: str) -> bool:
    stacks = [by_label(label, STACKS) for label in (one, other)]
    return len({stack.under if stack is not None else "" for stack in stacks}) == 1


def _coded(situation: Situation, label: str) -> list[Row]:
    command = situation.command
    rows = situation.known.own.get(label, {}).get(command.ins, ())
    return [row for row in rows if row.cla == command.cla]


def _takes(row: Row, command: CommandAPDU) -> bool:
    return command.p1 in row.p1 and command.p2 in row.p2 and len(command.data) in row.lc


def _making(row: Row) -> bool:
    return row.ref.startswith(_MAKING)


def _told(situation: Situation, owner: Owner, step: str, row: Row | None) -> Diagnosis:
    name = row.name if row is not None else "this command"
    reason = situation.reason
    clause = row.ref if row is not None else reason.clause if reason is not None else ""
    return Diagnosis(
        owner.kind,
        Certainty.LIKELY,
        {"command": name, "place": situation.spot.short},
        None,
        situation.command.header,
        clause,
        step,
    )
