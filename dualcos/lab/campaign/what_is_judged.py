"""What a vector judges, read from the vector alone: commands, status words, requirements, test items.

Only its own steps and ``after`` count: setup is the way there, and so are routines, unless a vector has no command
besides them. A command counts if an answer is expected or if its power is cut. Which environment it is sent in is what
the SELECTs before it say, as far as they say it; a command that no row of that environment takes goes by the name it
has elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu.command import CommandAPDU, MalformedAPDU, parse
from cos.stacks import STACKS, places
from dualcos.explain.command_names import FAMILIAR
from dualcos.explain.following_select import FOLLOWING, NOTHING_INSIDE
from dualcos.lab.conformance import answer_pattern, command_template
from dualcos.lab.conformance.command_template import Call, Node
from dualcos.lab.conformance.profile_data import choices
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_schema import VectorStep

_HEADER = 4
_SELECT, _BY_IDENTIFIER, _BY_NAME = 0xA4, (0x00, 0x01), 0x04
_SUCCESS = 0x9000
_INTERNATIONAL = 0xA0  # registered application providers, ISO 7816-5: of these stacks only the bank's has such names
_NO_NAME = "no command"
# Functions that give a whole command, with the argument that is its header; those that begin as their argument does.
_HEADED: Mapping[str, int] = MappingProxyType({"secured": 1, "static": 1, "update": 1, "script": 3})
_BEGINNING = frozenset(("flip", "cat"))
_LOADED = bytes.fromhex("84D40000")  # load_key
_ANYTHING = "????"
_TRIES_LEFT = ("63C?", "6983")  # what the function ``left`` gives
_BANK = "pse"


class JudgedCommand(NamedTuple):
    """A command by class, instruction and the name that its environment's row gives it (``no command``: too short)."""

    cla: int
    ins: int
    name: str

    @property
    def code(self) -> str:
        """CLA INS in hex."""
        return f"{self.cla:02X}{self.ins:02X}"


class Judged(NamedTuple):
    """``words``: masks of the status words that are right; an expression stands as the masks of all it can give.
    ``answers``: each command with each of its words; ``sides``: labels of the stacks that it may be sent to, of a
    command to the MF all that answer there.
    """

    commands: frozenset[JudgedCommand]
    words: frozenset[str]
    requirements: frozenset[str]
    items: frozenset[str]
    answers: frozenset[tuple[JudgedCommand, str]]
    sides: frozenset[str]


def judged_by(case: Case) -> Judged:
    """What ``case`` judges."""
    counted = [each for each in _played(case) if each.counts and each.judges]
    judging = [each for each in counted if each.own] or counted
    steps = (*case.vector.steps, *case.vector.after)
    named = {step.requirement for step in steps if step.requirement}
    answered = [(frozenset(_commands(each)), frozenset(_masks(each.step))) for each in judging]
    return Judged(
        frozenset(command for commands, _ in answered for command in commands),
        frozenset(mask for _, masks in answered for mask in masks),
        frozenset((*case.requirements, *named)),
        frozenset(case.items),
        frozenset((command, mask) for commands, masks in answered for command in commands for mask in masks),
        frozenset(label for each in judging for label in each.here),
    )


class _Sent(NamedTuple):
    """A step that sends a command, and where: the labels of the stacks it may be. ``own``: it is the vector's, not a
    routine's; ``counts``: it is not of the setup.
    """

    step: VectorStep
    here: tuple[str, ...]
    own: bool
    counts: bool

    @property
    def judges(self) -> bool:
        """True if an answer is expected, or its power is cut."""
        return bool(self.step.expect) or self.step.cut is not None


def _played(case: Case) -> Iterator[_Sent]:
    """Every command of a vector in the order in which it is sent; a SELECT that is taken is the place's it leads to."""
    here = _ROOTS
    for part, counts in ((case.setup, False), (case.vector.steps, True), (case.vector.after, True)):
        for step, own in _flat(case, part, own=True):
            if step.reset is not None:
                here = _ROOTS
            elif step.send is not None:
                here = _leading(step, here)
                yield _Sent(step, here, own and counts, counts)


def _flat(case: Case, steps: Iterable[VectorStep], *, own: bool) -> Iterator[tuple[VectorStep, bool]]:
    for step in steps:
        if step.routine is None:
            yield step, own
        else:
            called = command_template.parse(step.routine)
            name = called.name if isinstance(called, Call) else called
            yield from _flat(case, case.routines[name].steps, own=False)


# --- where a command is sent --------------------------------------------------------------------------------------

_ROOTS = tuple(stack.label for stack in STACKS if stack.root is not None)


def _leading(step: VectorStep, here: tuple[str, ...]) -> tuple[str, ...]:
    """Where one is behind the step: elsewhere if it is a SELECT that is taken."""
    start = _start(step.send or "")
    if start[1:2] != bytes((_SELECT,)) or len(start) < _HEADER:
        return here
    taken = (mask for mask in _masks(step) if answer_pattern.sw_fits(mask, _SUCCESS) or mask[:2] in ("61", "62"))
    if next(taken, None) is None:
        return here
    given = start[_HEADER + 1 :][: start[_HEADER]] if len(start) > _HEADER else b""
    if start[2] == _BY_NAME:
        return _named(given, here)
    fid = int.from_bytes(given, "big")
    lead = tuple(dict.fromkeys(stack.label for place, stack in places() if place.fid == fid))
    return _ROOTS if not given else lead if lead and start[2] in _BY_IDENTIFIER else here


def _named(name: bytes, here: tuple[str, ...]) -> tuple[str, ...]:
    lead = tuple(dict.fromkeys(stack.label for place, stack in places() if place.name and place.name == name))
    if lead:
        return lead
    inside = tuple(label for label in here if name and name[:1] == FOLLOWING.get(label, NOTHING_INSIDE).own)
    if inside:
        return inside
    return (_BANK,) if name[:1] == bytes((_INTERNATIONAL,)) else here


# --- commands and words -------------------------------------------------------------------------------------------


def _start(template: str) -> bytes:
    """The bytes a command begins with, as far as they are known without playing it."""
    pieces = command_template.pieces(template)
    found = b""
    for piece in pieces:
        if not isinstance(piece, bytes):
            return found + _begun(piece)
        found += piece
    return found


def _begun(node: Node) -> bytes:
    if isinstance(node, str):
        return bytes.fromhex(node) if command_template.is_hex(node) else b""
    if node.name == "load_key":
        return _LOADED
    if node.name in _HEADED and len(node.args) > _HEADED[node.name]:
        return _begun(node.args[_HEADED[node.name]])
    return _begun(node.args[0]) if node.name in _BEGINNING and node.args else b""


def _commands(sent: _Sent) -> Iterator[JudgedCommand]:
    template = sent.step.send or ""
    start = _start(template)
    if all(isinstance(piece, bytes) for piece in command_template.pieces(template)) and len(start) < _HEADER:
        cla, ins = start.ljust(2, b"\0")[:2]
        yield JudgedCommand(cla, ins, _NO_NAME)
        return
    start = start.ljust(_HEADER, b"\0")
    try:
        command = parse(start)
    except MalformedAPDU:  # not all of it is known, or it is none: its header says what it is meant for
        command = CommandAPDU(*start[:_HEADER])
    rows = [FAMILIAR.row(label, command) for label in sent.here]
    names = {row.name for row in rows if row is not None} or {FAMILIAR.name(sent.here[0], command).name}
    yield from (JudgedCommand(command.cla, command.ins, name) for name in names)


def _masks(step: VectorStep) -> Iterator[str]:
    for wanted in step.alternatives():
        for mask in wanted.masks:
            if mask.startswith("{"):
                yield from _given(command_template.parse(mask[1:-1]))
            else:
                yield mask.upper()


def _given(node: Node) -> tuple[str, ...]:
    """The masks of the words that an expression can give."""
    if isinstance(node, Call):
        return _TRIES_LEFT if node.name == "left" else (_ANYTHING,)
    if command_template.is_hex(node):
        return (node.upper(),)
    return choices(node) or (_ANYTHING,)
