"""Vector files: read, checked, and each vector complete with what its file says for all. The classes are the schema.

Unknown fields are refused with their path; so are templates, patterns and references that could never work.
``vectors/README.md`` explains every field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, Struct, field

from cos.kernel.stack import Stacks
from cos.stacks import STACKS, labels
from dualcos.explain.memory_cells import DIRECTORY_REGION
from dualcos.lab.conformance import answer_pattern, applicability, command_template, template_functions
from dualcos.lab.conformance.command_template import Call, TemplateError
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from dualcos.textforms.text_files import UnreadableText, text_of

ROUTINES = "routines.json"
_WHAT = ("send", "routine", "reset", "state", "damage")
Id = Annotated[str, Meta(pattern="^[A-Z0-9][A-Za-z0-9_.-]*$")]
Overrides = dict[str, Any]  # a piece of a profile: checked against the profile's own schema when the card is made


class VectorError(Exception):
    """The file cannot be used; the message names file and field and says what is wrong."""


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
    """One answer that is right: mask or masks of ``sw``, pattern of ``data``, ``tlv`` path to pattern."""

    sw: str | list[str] = "9000"
    data: str | None = None
    tlv: dict[str, str] = {}

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
    """White box, against the state before the steps: memory regions unchanged, try counters moved by so much; and
    ``atomic`` regions as before or as after the command that was cut, try counters aside.
    """

    unchanged: list[str] = []
    counter: dict[str, int] = {}
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


class VectorStep(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of: ``send`` a command, ``routine``, ``reset``, ``state``, ``damage``. ``cut`` goes with ``send``.

    ``once``: the last command of a vector with a cut at each tick, which computes for long: sent once over each memory
    that the cuts leave, after the same answers since power-on.
    """

    send: str | None = None
    routine: str | None = None
    reset: Literal["warm", "cold"] | None = None
    state: VectorState | None = None
    damage: VectorDamage | None = None
    cut: VectorCut | None = None
    expect: str | list[str | Expect] = []
    label: str = field(default="", name="as")
    requirement: str = ""
    sm: bool = False
    once: bool = False

    def alternatives(self) -> tuple[Expect, ...]:
        """Every answer that is right; none: any. A string is a status word, then a pattern."""
        wanted = [self.expect] if isinstance(self.expect, str) else self.expect
        return tuple(each if isinstance(each, Expect) else _written(each) for each in wanted)


def _written(text: str) -> Expect:
    sw, _, data = text.partition(" ")
    return Expect(sw=sw, data=data if data.strip() else None)


class Vector(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One judgement. What is left out is the unit's; ``setup`` comes behind the unit's."""

    id: Id
    title: Title
    purpose: str = ""
    clause: list[str] = []
    item: str = ""
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
    item: str = ""
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


class Case(NamedTuple):
    """A vector, complete. ``setup`` is the unit's and its own; ``clause``, ``live`` and so on are settled."""

    unit: Unit
    vector: Vector
    path: Path
    routines: Mapping[str, Routine]

    @property
    def id(self) -> str:
        """The vector's id."""
        return self.vector.id

    @property
    def clause(self) -> tuple[str, ...]:
        """The clauses it judges by."""
        return tuple(self.vector.clause or self.unit.clause)

    @property
    def profile(self) -> str:
        """Name of a built-in profile, or a path beside the vector file."""
        return self.vector.profile or self.unit.profile

    @property
    def overrides(self) -> Overrides:
        """Changes to that profile."""
        return self.unit.overrides if self.vector.overrides is None else self.vector.overrides

    @property
    def setup(self) -> tuple[VectorStep, ...]:
        """What comes before the steps."""
        return (*self.unit.setup, *self.vector.setup)

    @property
    def live(self) -> bool:
        """True if it may be played on a real card."""
        return self.unit.live if self.vector.live is None else self.vector.live

    @property
    def playable_live(self) -> bool:
        """True if a card in a reader can show it, personalised as its profile says."""
        return self.live and not self.white_box and not self.overrides

    @property
    def destructive(self) -> bool:
        """True if the card is not the same afterwards."""
        return self.unit.destructive if self.vector.destructive is None else self.vector.destructive

    @property
    def provenance(self) -> Provenance:
        """Where the expectation comes from."""
        return self.vector.provenance or self.unit.provenance

    @property
    def conditions(self) -> tuple[str, ...]:
        """What must hold of the card's profile."""
        return tuple(each for each in (self.unit.applies, self.vector.applies) if each)

    @property
    def white_box(self) -> bool:
        """True if it needs a card in process: scripted random numbers, power cuts, memory changed by hand."""
        steps = (*self.setup, *self.vector.steps)
        return bool(self.vector.random) or any(step.cut is not None or step.damage is not None for step in steps)


# --- reading -----------------------------------------------------------------------------------------------------


def load(path: Path, stacks: Stacks = STACKS) -> tuple[Case, ...]:
    """The vectors of a file, or of all files in a folder; ``stacks``: what may be on cards. Raises VectorError."""
    if path.is_dir():
        found = [case for file in vector_files(path) for case in _load_file(file, stacks)]
    elif path.is_file():
        found = list(_load_file(path, stacks))
    else:
        raise VectorError(f"{path}: no such vector file or folder")
    _demand_unique(found)
    return tuple(found)


def vector_files(folder: Path) -> list[Path]:
    """All files of vectors in a folder: every .json that begins a unit (data tables beside them do not)."""
    return [path for path in sorted(folder.rglob("*.json")) if path.name not in (ROUTINES, "holes.json")]


def _demand_unique(cases: list[Case]) -> None:
    first: dict[str, Path] = {}
    for case in cases:
        if case.id in first:
            raise VectorError(f"{case.path}: id {case.id} is taken by {first[case.id]}")
        first[case.id] = case.path


def _load_file(path: Path, stacks: Stacks) -> Iterator[Case]:
    unit = _decode(path, Unit)
    known = regions(stacks)
    routines = _routines(path, known)
    _check_steps(f"{path}: $.setup", unit.setup, routines, known)
    for at, vector in enumerate(unit.vectors):
        where = f"{path}: $.vectors[{at}] ({vector.id})"
        _check_vector(where, unit, vector, stacks)
        for name in ("setup", "steps", "after"):
            _check_steps(f"{where}.{name}", getattr(vector, name), routines, known)
        yield Case(unit, vector, path, routines)


def _decode(path: Path, kind: type[Any]) -> Any:  # noqa: ANN401 - the caller names the type
    try:
        text = text_of(path)
        found = from_json(text, kind)
        twice = named_twice(text)
    except BadText as error:
        raise VectorError(f"{path}: {error}") from None
    except UnreadableText as error:
        raise VectorError(str(error)) from None
    if twice:
        raise VectorError(f"{path}: an object has {twice} twice")
    return found


def _routines(path: Path, known: Collection[str]) -> Mapping[str, Routine]:
    """The routines nearest above a vector file; none if there are none."""
    for folder in path.resolve().parents:
        file = folder / ROUTINES
        if file.is_file():
            found: Routines = _decode(file, Routines)
            for name, routine in found.routines.items():
                _check_steps(f"{file}: $.routines.{name}.steps", routine.steps, found.routines, known)
                if any(step.once for step in routine.steps):
                    raise VectorError(f"{file}: $.routines.{name}: once is for a vector's last command")
            return found.routines
    return {}


def _check_vector(where: str, unit: Unit, vector: Vector, stacks: Stacks) -> None:
    for flag in vector.flags:
        if flag not in unit.notes:
            raise VectorError(f"{where}.flags: {flag} is not explained in $.notes")
    if (vector.status == "withdrawn") != bool(vector.reason):
        raise VectorError(f"{where}.reason: a withdrawn vector gives its reason, an active one has none")
    if not vector.steps and vector.status == "active":
        raise VectorError(f"{where}.steps: nothing is judged")
    cut = any(step.cut is not None for step in vector.steps)
    if not cut and any(step.state is not None and step.state.atomic for step in (*vector.steps, *vector.after)):
        raise VectorError(f"{where}: atomic is about a command that is cut, and no step is")
    each = any(step.cut is not None and step.cut.tick == "each" for step in vector.steps[:-1])
    last = vector.steps[-1:] if each and not vector.after else []
    for step in (*unit.setup, *vector.setup, *vector.steps, *vector.after):
        if step.once and not (step in last and step.send is not None and step.cut is None):
            raise VectorError(f"{where}: once is for the last command of a vector that is cut at each tick")
    for name, condition in (("unit.applies", unit.applies), ("applies", vector.applies)):
        try:
            applicability.check(condition, stacks)
        except applicability.ConditionError as error:
            raise VectorError(f"{where}.{name}: {error}") from None
    for label, draws in vector.random.items():
        for draw in draws:
            if not command_template.is_hex(draw):
                raise VectorError(f"{where}.random.{label}: {draw!r} is not hex")


def _check_steps(where: str, steps: list[VectorStep], routines: Mapping[str, Routine], known: Collection[str]) -> None:
    for at, step in enumerate(steps):
        here = f"{where}[{at}]"
        given = [name for name in _WHAT if getattr(step, name) is not None]
        if len(given) != 1:
            raise VectorError(f"{here}: a step has one of {', '.join(_WHAT)}; this has {given or 'none'}")
        if step.damage is not None and (wrong := step.damage.fault()) is not None:
            raise VectorError(f"{here}.damage: {wrong}")
        for region in _looked_at(step):
            if region not in known:
                raise VectorError(f"{here}.{given[0]}: {region!r} is none of {', '.join(known)}")
        if step.cut is not None and step.send is None:
            raise VectorError(f"{here}.cut: only a command can be cut")
        for name, check in ((given[0], _check_command), ("expect", _check_expectation)):
            try:
                check(step, routines)
            except (TemplateError, answer_pattern.PatternError) as error:
                raise VectorError(f"{here}.{name}: {error}") from None


def _looked_at(step: VectorStep) -> Iterator[str]:
    """The regions a step names."""
    if step.state is not None:
        yield from (*step.state.unchanged, *step.state.atomic)
    if step.damage is not None and step.damage.file is not None:
        yield step.damage.file.partition("/")[0]


def _check_command(step: VectorStep, routines: Mapping[str, Routine]) -> None:
    if step.send is not None:
        template_functions.check_template(step.send)
    if step.routine is not None:
        called = command_template.parse(step.routine)
        name, args = (called.name, called.args) if isinstance(called, Call) else (called, ())
        if name not in routines:
            raise TemplateError(f"there is no routine {name}; {ROUTINES} has {', '.join(sorted(routines)) or 'none'}")
        if len(args) != len(routines[name].params):
            raise TemplateError(f"routine {name} takes {len(routines[name].params)} arguments, not {len(args)}")


def _check_expectation(step: VectorStep, routines: Mapping[str, Routine]) -> None:  # noqa: ARG001 - the checks share a shape
    for wanted in step.alternatives():
        for mask in wanted.masks:
            answer_pattern.check_mask(mask)
        for text in (wanted.data, *wanted.tlv.values()):
            for expression in answer_pattern.expressions(text or ""):
                template_functions.check(command_template.parse(expression))
