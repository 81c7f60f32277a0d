"""What stands in a vector file: the classes are the schema. ``vectors/README.md`` explains every field.

The loader decodes into them and keeps their rules, and ``dualcos.lab.schemas`` publishes both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, field

from dualcos.lab.conformance.command_template import BLANKS
from dualcos.lab.conformance.vector_forms import (
    AnswerName,
    AnswerText,
    CardCondition,
    Clauses,
    DataPattern,
    DecidedNames,
    EditorSchema,
    Expression,
    Expressions,
    FilledLine,
    HexBytes,
    Id,
    KeptName,
    LabelOfStack,
    OneLine,
    OwnRequirement,
    PlayedLive,
    ProfileName,
    ProfileOverrides,
    Prompt,
    Region,
    SpoilsCard,
    StatusMask,
    TagPath,
    Template,
    TestItems,
    regions,
)
from dualcos.textforms.field_rules import FieldRule
from dualcos.textforms.whole_texts import whole

STEP_KINDS = ("send", "routine", "reset", "state", "damage", "operator", "pull")
_LONGEST_TOLD = 40
YES_OR_NO = ("yes", "no")
_SHORT = re.compile(r"(\{[^{}]*\}|[^\s{}]+)(?:\s(.*))?", re.DOTALL | re.ASCII)
_Setup = Annotated[
    list["VectorStep"],
    Meta(description="steps before what is judged; if one fails the verdict is inconclusive, not fail"),
]


def _in_front_of_what_is_judged(steps: str) -> tuple[FieldRule, ...]:
    """What may not stand in a setup."""
    return (
        FieldRule("a card is pulled out to be judged: pull belongs behind it", each=steps, never=("pull",)),
        FieldRule("state is compared with what the setup leaves: it belongs behind it", each=steps, never=("state",)),
        FieldRule("only steps are cut at each tick, neither setup nor after", each=steps, never=("cut.tick=each",)),
    )


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What it is called, in both languages 名称."""

    zh: Annotated[OneLine, Meta(description="in Chinese 中文")]
    en: Annotated[OneLine, Meta(description="in English 英文")]


class Note(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A flag explained once: kind of mistake, its effect, where it was seen."""

    bug_type: Annotated[str, Meta(description="kind of mistake")] = field(name="bugType")
    effect: Annotated[str, Meta(description="what comes of it")]
    links: Annotated[list[str], Meta(description="where it was seen")] = []
    cves: Annotated[list[str], Meta(description="its numbers in CVE")] = []


class Provenance(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """来源: where the expectation comes from and how its bytes were computed."""

    kind: Annotated[
        Literal["standard", "published", "derived", "field", "inferred", "recorded"],
        Meta(
            description="standard: a document says it; published: its numbers are printed there; derived: computed "
            "from a document; field: seen on cards; inferred: no document says it, or they disagree; recorded: a "
            "draft, what a card answered, held against no document yet"
        ),
    ]
    source: Annotated[str, Meta(description="which document, card or program; of what is inferred, what is silent")]
    computed_by: Annotated[str, Meta(description="what computed the bytes; never the card that is judged")] = ""
    confidence: Annotated[Literal["high", "medium", "low"], Meta(description="how sure that is")] = "high"


class Expect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """应答: one answer that is right. Without ``data`` and ``tlv`` any data are."""

    sw: Annotated[
        StatusMask | Annotated[list[StatusMask], Meta(extra_json_schema={"minItems": 1})],
        Meta(description="状态字: `9000`, a mask `63C?`, an expression in braces, or a list of these"),
    ] = "9000"
    data: Annotated[
        DataPattern | None,
        Meta(
            description="数据: hex; `?` a nibble; `..` a byte; `[n]`, `[n-m]` bytes; `*` the rest; `{name:n}` keep; "
            "`{=expression}` must be; `{name=expression}` both; empty: none may come"
        ),
    ] = None
    tlv: Annotated[
        dict[TagPath, DataPattern],
        Meta(description="path of tags to pattern: `6F/A5/88`; `?` behind it: may be missing"),
    ] = {}
    keep: Annotated[
        dict[KeptName, Expression],
        Meta(
            description="names, and the expressions whose values they keep once this came; they know what it captured"
        ),
    ] = {}

    @property
    def masks(self) -> tuple[str, ...]:
        """The status-word masks."""
        return (self.sw,) if isinstance(self.sw, str) else tuple(self.sw)


class VectorCut(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """防拔: power ends after this many programmed bytes of the command; ``each``: once for every such point, or for
    every ``stride``-th.
    """

    tick: Annotated[
        Annotated[int, Meta(ge=0)] | Literal["each"], Meta(description="after so many programmed bytes, or `each`")
    ]
    stride: Annotated[int, Meta(ge=1, description="with `each`: only at every n-th point")] = 1


class VectorState(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """White box, against the state before the steps: memory regions unchanged, try counters moved by so much (``all``:
    down to none); and ``atomic`` regions as before or as after the command that was cut, try counters aside.
    """

    unchanged: Annotated[list[Region], Meta(description="regions of memory that are byte by byte as before")] = []
    counter: Annotated[
        dict[str, int | Literal["all"]],
        Meta(description='try counters 尝试计数器 and how they moved: `{"SSSE.PIN": -1}`; `all`: down to none'),
    ] = {}
    atomic: Annotated[
        list[Region], Meta(description="regions as before or as after the command that was cut, try counters aside")
    ] = []


class VectorDamage(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """White box: a cell changed by hand under the running card, of a file or any."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule("one of file and cell", one=("file", "cell")),
        FieldRule("one of bytes and becomes", one=("bytes", "becomes")),
        FieldRule("becomes goes with cell, and without at", when=("becomes",), needs=("cell",), never=("at",)),
    )

    file: Annotated[
        Annotated[
            str,
            Meta(
                pattern=whole("[a-z][a-z0-9-]*/[0-9A-F]{4}/[0-9A-F]{4}"),
                extra_json_schema={"allOf": [{"pattern": f"^(?:{'|'.join(regions())})/"}]},
            ),
        ]
        | None,
        Meta(description="first cell of a file's contents, by region, directory and file: `ssse/DF04/EF81`"),
    ] = None
    cell: Annotated[
        Annotated[str, Meta(pattern=whole("[a-z][a-z0-9-]*: [^\n\r\u2028\u2029]+"))] | None,
        Meta(description="any cell, by region and what `card diff` calls it: `pse: directory DDF2`"),
    ] = None
    at: Annotated[
        int, Meta(ge=0, description="offset of the first byte that is changed; the length: it becomes longer")
    ] = 0
    value: Annotated[
        Annotated[str, Meta(pattern=whole("([0-9A-F]{2})+"))] | None, Meta(description="what stands there now, hex")
    ] = field(name="bytes", default=None)
    becomes: Annotated[
        Annotated[str, Meta(pattern=whole("(erased|([0-9A-F]{2})*)"))] | None,
        Meta(description="of a cell: its whole value, hex, or `erased`"),
    ] = None


class VectorMeasure(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A measurement: a number in ``unit``, right from ``least`` to ``most``, both included."""

    unit: Annotated[FilledLine, Meta(description="in which unit, as `mm`")]
    least: Annotated[float, Meta(description="the least that is right")]
    most: Annotated[float, Meta(description="the most that is right; more than `least`")]


class VectorOperator(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """操作员: what he is asked or told, in both languages: a question that is answered yes or no, or by one of
    ``choices``; a measurement (``measure``); or an ``act``.

    ``{text:…}``, ``{digits:…}`` and ``{hex:…}`` show the value of an expression in the words: it stands on the screen
    and nowhere else.
    """

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(
            "an act is neither answered nor attested",
            when=("act",),
            never=("choices", "right", "measure", "valid_days"),
        ),
        FieldRule(
            "valid_days says how long an answer is worth something: at least 1", unless=("act",), needs=("valid_days",)
        ),
        FieldRule(
            "a measurement is right by its range, without choices and right",
            when=("measure",),
            never=("choices", "right"),
        ),
        FieldRule("some answers are right, and some are not", unless=("act", "measure"), needs=("right",)),
    )

    zh: Annotated[Prompt, Meta(description="what he reads, in Chinese; `{text:number}` shows a value")]
    en: Annotated[Prompt, Meta(description="what he reads, in English; `{text:number}` shows a value")]
    choices: Annotated[
        dict[AnswerName, Title], Meta(description="the answers he may choose from; without them yes and no")
    ] = {}
    right: Annotated[list[str], Meta(description="which answers are right")] = []
    measure: Annotated[VectorMeasure | None, Meta(description="he measures, and this is right")] = None
    act: Annotated[
        Literal["take out", "put in"] | None, Meta(description="he does something: the card out, or in and switched on")
    ] = None
    valid_days: Annotated[int, Meta(ge=0, le=36500, description="so long his answer is worth something")] = 0

    def fault(self) -> str | None:
        """What is wrong with what is asked, beyond its rules; None if nothing is."""
        if self.act is not None:
            return None
        if self.measure is not None:
            return None if self.measure.least < self.measure.most else "least is less than most"
        allowed = tuple(self.choices) or YES_OR_NO
        if len(allowed) == 1 or set(self.right) >= set(allowed):
            return "some answers are right, and some are not"
        wrong = [each for each in self.right if each not in allowed]
        return f"right: {wrong[0][:_LONGEST_TOLD]} is none of {', '.join(allowed)}" if wrong else None


class VectorPull(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """拔卡: the card is taken out while commands are being sent, over and over until it has gone."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(
            "only commands and routines are sent while the card is taken out", each="send", needs=("send", "routine")
        ),
        FieldRule("the hand cuts the power here: neither cut nor once", each="send", never=("cut", "once")),
    )

    zh: Annotated[Prompt, Meta(description="what the operator reads, in Chinese")]
    en: Annotated[Prompt, Meta(description="what the operator reads, in English")]
    send: Annotated[
        list[VectorStep],
        Meta(min_length=1, description="commands and routines; `round` is which time it is, two bytes from 0001"),
    ]
    rounds: Annotated[int, Meta(ge=1, le=20000, description="after so many he is asked whether to go on")] = 2000


class VectorStep(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """步骤: one of ``send`` a command, ``routine``, ``reset``, ``state``, ``damage``, ``operator``, ``pull``, and what
    goes with it.
    """

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(f"a step has one of {', '.join(STEP_KINDS)}", one=STEP_KINDS),
        FieldRule(
            "only a command can be cut, and one that is sent once", when=("cut",), needs=("send",), never=("times",)
        ),
        FieldRule("only a command and a reset are answered", when=("expect",), needs=("send", "reset")),
        FieldRule("only a command or a routine comes several times", when=("times",), needs=("send", "routine")),
    )

    send: Annotated[
        Template | None,
        Meta(description="命令: a command APDU, hex with `{expression}` in it: `00200000{lc(ssse.pin)}`"),
    ] = None
    routine: Annotated[
        Expression | None, Meta(description="a sequence of routines.json with its arguments: `auth(RKSSSE, 0A)`")
    ] = None
    reset: Annotated[
        Literal["warm", "cold"] | None, Meta(description="复位: the card is reset; `expect` then looks at the ATR")
    ] = None
    state: Annotated[VectorState | None, Meta(description="white box: memory against what the setup left")] = None
    damage: Annotated[VectorDamage | None, Meta(description="white box: memory changed by hand; in process only")] = (
        None
    )
    operator: Annotated[
        VectorOperator | None,
        Meta(description="操作员: somebody at the reader answers or does something; live vectors"),
    ] = None
    pull: Annotated[
        VectorPull | None, Meta(description="拔卡: the card is taken out while commands are sent; live vectors")
    ] = None
    cut: Annotated[VectorCut | None, Meta(description="power ends while this command programs; in process only")] = None
    expect: Annotated[
        AnswerText | list[AnswerText | Expect],
        Meta(
            description="应答: the answer that is right, or a list of all that are: status word, then a pattern of the "
            "data: `9000 0304 [4]`; left out: any answer"
        ),
    ] = []
    label: Annotated[OneLine, Meta(description="what the step is called in a verdict")] = field(default="", name="as")
    requirement: Annotated[OwnRequirement, Meta(description="the requirement that this step decides")] = ""
    sm: Annotated[bool, Meta(description="安全报文: sent with secure messaging")] = False
    once: Annotated[
        bool,
        Meta(
            description="the last command behind cuts at each tick, which computes for long: sent once over each "
            "memory that they leave, after the same answers since power-on"
        ),
    ] = False
    times: Annotated[Expressions, Meta(description="so often, as `ssse.pin_tries`; `nth` is which time, from 1")] = ""
    when: Annotated[Expressions, Meta(description="only if the value of this expression is not zero")] = ""

    def alternatives(self) -> tuple[Expect, ...]:
        """Every answer that is right; none: any. A string is a status word, then a pattern."""
        wanted = [self.expect] if isinstance(self.expect, str) else self.expect
        return tuple(each if isinstance(each, Expect) else _written(each) for each in wanted)


@lru_cache(maxsize=8192)
def _written(text: str) -> Expect:
    found = _SHORT.fullmatch(text)
    sw, data = found.groups("") if found else (text, "")
    return Expect(sw=sw, data=data if data.strip(BLANKS) else None)


class Vector(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """测试向量: one judgement. What is left out is the unit's; ``setup`` comes behind the unit's."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule("a withdrawn vector gives its reason, an active one has none", when=("reason",), needs=("status",)),
        FieldRule("a withdrawn vector gives its reason, an active one has none", when=("status",), needs=("reason",)),
        FieldRule("nothing is judged: an active vector has steps", unless=("status",), needs=("steps",)),
        *_in_front_of_what_is_judged("setup"),
        FieldRule("only steps are cut at each tick, neither setup nor after", each="after", never=("cut.tick=each",)),
    )

    id: Annotated[Id, Meta(description="its name for ever: never used again, not even once it is withdrawn")]
    title: Annotated[Title, Meta(description="what it shows, in both languages")]
    purpose: Annotated[str, Meta(description="what is judged, if the unit's does not say it")] = ""
    clause: Clauses = []
    item: TestItems = []
    requirement: DecidedNames = []
    applies: CardCondition = ""
    profile: ProfileName | None = None
    overrides: ProfileOverrides | None = None
    random: Annotated[
        dict[LabelOfStack, list[HexBytes]],
        Meta(description='随机数: what the card draws next, by environment: `{"ssse": ["5AC3907E12F4B86D"]}`'),
    ] = {}
    setup: _Setup = []
    steps: Annotated[list[VectorStep], Meta(description="what is judged: the first that fails decides")]
    after: Annotated[list[VectorStep], Meta(description="steps and white-box looks when all is done")] = []
    destructive: SpoilsCard | None = None
    live: PlayedLive | None = None
    flags: Annotated[list[str], Meta(description="names of the unit's notes")] = []
    status: Annotated[
        Literal["active", "withdrawn"], Meta(description="withdrawn: it was wrong, and `reason` says why")
    ] = "active"
    reason: Annotated[str, Meta(description="why it was withdrawn")] = ""
    provenance: Annotated[Provenance | None, Meta(description="来源, where it is not the unit's")] = None


class Unit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of vectors 测试向量: what they have in common, then the vectors."""

    RULES: ClassVar[tuple[FieldRule, ...]] = _in_front_of_what_is_judged("setup")

    editor_schema: EditorSchema = field(name="$schema", default=UNSET)
    unit: Annotated[Id, Meta(description="what the file is called in reports; its vectors' ids begin so")]
    title: Annotated[Title, Meta(description="what is judged, in both languages")]
    purpose: Annotated[str, Meta(description="what is judged, in a sentence")]
    clause: Clauses
    item: TestItems = []
    requirement: DecidedNames = []
    applies: CardCondition = ""
    profile: ProfileName
    overrides: ProfileOverrides = {}
    setup: _Setup = []
    destructive: SpoilsCard = False
    live: PlayedLive = False
    notes: Annotated[dict[str, Note], Meta(description="flags of its vectors, each explained once")] = {}
    provenance: Annotated[Provenance, Meta(description="来源: where its expectations come from")]
    vectors: Annotated[list[Vector], Meta(description="the judgements")]


class Routine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sequence with a name: ``params`` are bound to the call's arguments."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(
            "a step of an operator stands in a vector, never in a routine", each="steps", never=("operator", "pull")
        ),
        FieldRule("once is for a vector's last command", each="steps", never=("once",)),
        FieldRule(
            "a cut at each tick and what is atomic then belong into the vector",
            each="steps",
            never=("cut.tick=each", "state.atomic"),
        ),
    )

    title: Annotated[Title, Meta(description="what it does, in both languages")]
    params: Annotated[list[str], Meta(description="names that its steps use for the arguments of a call")] = []
    steps: Annotated[list[VectorStep], Meta(description="what is sent; what it expects is not judged but needed")]


class Routines(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The routines of a folder and of those below it."""

    editor_schema: EditorSchema = field(name="$schema", default=UNSET)
    routines: Annotated[dict[str, Routine], Meta(description="by the name that a step calls")]
