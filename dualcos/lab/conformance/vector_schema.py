"""What stands in a vector file: the classes are the schema. ``vectors/README.md`` explains every field."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from cos.kernel.stack import Stacks
from cos.stacks import STACKS, labels
from dualcos.explain.memory_cells import DIRECTORY_REGION

STEP_KINDS = ("send", "routine", "reset", "state", "damage", "operator", "pull")
YES_OR_NO = ("yes", "no")
_SHORT = re.compile(r"(\{[^{}]*\}|[^\s{}]+)(?:\s(.*))?", re.DOTALL)
Id = Annotated[str, Meta(pattern="^[A-Z0-9][A-Za-z0-9_.-]*$")]
Names = str | list[str]  # of test items or requirements: one, or several
KeptName = Annotated[str, Meta(pattern="^[a-z_][a-z0-9_]*$")]
AnswerName = Annotated[str, Meta(pattern="^[a-z][a-z0-9 -]*$")]
Overrides = dict[str, Any]  # a piece of a profile: checked against the profile's own schema when the card is made


def each_of(names: Names) -> tuple[str, ...]:
    """The names, whether one or several are written."""
    return (names,) if isinstance(names, str) else tuple(names)


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What it is called, in both languages."""

    zh: str
    en: str


class Note(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flag explained once: kind of mistake, its effect, where it was seen."""

    bug_type: str = field(name="bugType")
    effect: str
    links: list[str] = []
    cves: list[str] = []


class Provenance(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the expectation comes from and how its bytes were computed."""

    kind: Literal["standard", "published", "derived", "field", "inferred"]
    source: str
    computed_by: str = ""
    confidence: Literal["high", "medium", "low"] = "high"


class Expect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One answer that is right: mask or masks of ``sw``, pattern of ``data``, ``tlv`` path to pattern.

    A mask may be an expression in braces, whose two bytes it is then. ``keep``: expressions whose values are kept
    under these names once this answer came; captures of the answer are known to them.
    """

    sw: str | list[str] = "9000"
    data: str | None = None
    tlv: dict[str, str] = {}
    keep: dict[KeptName, str] = {}

    @property
    def masks(self) -> tuple[str, ...]:
        """The status-word masks."""
        return (self.sw,) if isinstance(self.sw, str) else tuple(self.sw)


class VectorCut(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Power ends after this many programmed bytes of the command; ``each``: once for every such point, or for every
    ``stride``-th.
    """

    tick: Annotated[int, Meta(ge=0)] | Literal["each"]
    stride: Annotated[int, Meta(ge=1)] = 1


def regions(stacks: Stacks = STACKS) -> tuple[str, ...]:
    """The card's memory regions: every environment it can have, and the directory of environments."""
    return (*labels(stacks), DIRECTORY_REGION)


class VectorState(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """White box, against the state before the steps: memory regions unchanged, try counters moved by so much (``all``:
    down to none); and ``atomic`` regions as before or as after the command that was cut, try counters aside.
    """

    unchanged: list[str] = []
    counter: dict[str, int | Literal["all"]] = {}
    atomic: list[str] = []


class VectorDamage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """White box: a cell changed by hand under the running card.

    ``file``: the first cell of a file's contents, by region, directory and file, as ``ssse/DF04/EF81``; or ``cell``:
    any, by region and what ``card diff`` calls it, as ``pse: directory DDF2``. ``at``: offset; ``bytes``: what stands
    there now. Of a ``cell`` instead ``becomes``: its whole value, or ``erased``.
    """

    file: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*/[0-9A-F]{4}/[0-9A-F]{4}$")] | None = None
    cell: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]*: .+$")] | None = None
    at: Annotated[int, Meta(ge=0)] = 0
    value: Annotated[str, Meta(pattern="^([0-9A-F]{2})+$")] | None = field(name="bytes", default=None)
    becomes: Annotated[str, Meta(pattern="^(erased|([0-9A-F]{2})*)$")] | None = None

    def fault(self) -> str | None:
        """What is wrong with this combination of fields; None if nothing is."""
        if (self.file is None) == (self.cell is None):
            return "one of file and cell"
        if (self.value is None) == (self.becomes is None):
            return "one of bytes and becomes"
        return "becomes goes with cell, and without at" if self.becomes is not None and (self.file or self.at) else None


class VectorMeasure(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A measurement: a number in ``unit``, right from ``least`` to ``most``, both included."""

    unit: Annotated[str, Meta(min_length=1)]
    least: float
    most: float


class VectorOperator(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an operator is asked or told, in both languages: a question that is answered yes or no, or by one of
    ``choices``, of which those in ``right`` are right; a measurement (``measure``); or an ``act``.

    An answer is worth something for ``valid_days``. ``{text:…}``, ``{digits:…}`` and ``{hex:…}`` show the value of an
    expression in the words: it stands on the screen and nowhere else.
    """

    zh: Annotated[str, Meta(min_length=1)]
    en: Annotated[str, Meta(min_length=1)]
    choices: dict[AnswerName, Title] = {}
    right: list[str] = []
    measure: VectorMeasure | None = None
    act: Literal["take out", "put in"] | None = None
    valid_days: Annotated[int, Meta(ge=0)] = 0

    def fault(self) -> str | None:
        """What is wrong with this combination of fields; None if nothing is."""
        if self.act is not None:
            asked = self.choices or self.right or self.measure or self.valid_days
            return "an act is neither answered nor attested" if asked else None
        if not self.valid_days:
            return "valid_days says how long an answer is worth something: at least 1"
        if self.measure is not None:
            if self.choices or self.right:
                return "a measurement is right by its range, without choices and right"
            return None if self.measure.least < self.measure.most else "least is less than most"
        allowed = tuple(self.choices) or YES_OR_NO
        if len(allowed) == 1 or not self.right or set(self.right) >= set(allowed):
            return "some answers are right, and some are not"
        wrong = [each for each in self.right if each not in allowed]
        return f"right: {wrong[0]} is none of {', '.join(allowed)}" if wrong else None


class VectorPull(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The card is taken out while commands are being sent: ``send``, over and over, ``round`` being which time it is
    (two bytes, from 0001), until the card has gone. ``rounds``: after so many the operator is asked whether to go on.
    """

    zh: Annotated[str, Meta(min_length=1)]
    en: Annotated[str, Meta(min_length=1)]
    send: Annotated[list[VectorStep], Meta(min_length=1)]
    rounds: Annotated[int, Meta(ge=1, le=20000)] = 2000


class VectorStep(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of: ``send`` a command, ``routine``, ``reset``, ``state``, ``damage``, ``operator``, ``pull``. ``cut`` goes
    with ``send``.

    ``when``: only if the value of this expression is not zero. ``times``: a command that is sent so often, as
    ``ssse.pin_tries``; ``nth`` is which time it is, from 1.
    ``once``: the last command of a vector with a cut at each tick, which computes for long: sent once over each memory
    that the cuts leave, after the same answers since power-on.
    """

    send: str | None = None
    routine: str | None = None
    reset: Literal["warm", "cold"] | None = None
    state: VectorState | None = None
    damage: VectorDamage | None = None
    operator: VectorOperator | None = None
    pull: VectorPull | None = None
    cut: VectorCut | None = None
    expect: str | list[str | Expect] = []
    label: str = field(default="", name="as")
    requirement: str = ""
    sm: bool = False
    once: bool = False
    times: str = ""
    when: str = ""

    def alternatives(self) -> tuple[Expect, ...]:
        """Every answer that is right; none: any. A string is a status word, then a pattern."""
        wanted = [self.expect] if isinstance(self.expect, str) else self.expect
        return tuple(each if isinstance(each, Expect) else _written(each) for each in wanted)


@lru_cache(maxsize=8192)
def _written(text: str) -> Expect:
    found = _SHORT.fullmatch(text)
    sw, data = found.groups("") if found else (text, "")
    return Expect(sw=sw, data=data if data.strip() else None)


class Vector(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One judgement. What is left out is the unit's; ``setup`` comes behind the unit's."""

    id: Id
    title: Title
    purpose: str = ""
    clause: list[str] = []
    item: Names = []
    requirement: Names = []
    applies: str = ""
    profile: str | None = None
    overrides: Overrides | None = None
    random: dict[str, list[str]] = {}
    setup: list[VectorStep] = []
    steps: list[VectorStep]
    after: list[VectorStep] = []
    destructive: bool | None = None
    live: bool | None = None
    flags: list[str] = []
    status: Literal["active", "withdrawn"] = "active"
    reason: str = ""
    provenance: Provenance | None = None


class Unit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file: what its vectors have in common, then the vectors."""

    unit: Id
    title: Title
    purpose: str
    clause: list[str]
    item: Names = []
    requirement: Names = []
    applies: str = ""
    profile: str
    overrides: Overrides = {}
    setup: list[VectorStep] = []
    destructive: bool = False
    live: bool = False
    notes: dict[str, Note] = {}
    provenance: Provenance
    vectors: list[Vector]


class Routine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sequence with a name: ``params`` are bound to the call's arguments."""

    title: Title
    params: list[str] = []
    steps: list[VectorStep]


class Routines(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The routines of a folder."""

    routines: dict[str, Routine]
