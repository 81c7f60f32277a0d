"""Vector files: read, checked, and each vector complete with what its file says for all.

Unknown fields are refused with their path; so are templates, patterns and references that could never work.
``vectors/README.md`` explains every field.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from cos.kernel.stack import Stacks
from cos.stacks import STACKS, labels
from dualcos.explain.control_characters import in_one_line
from dualcos.lab.conformance import answer_pattern, applicability, command_template, template_functions
from dualcos.lab.conformance.attended_steps import shown_values
from dualcos.lab.conformance.command_template import Node, TemplateError, called
from dualcos.lab.conformance.item_names import unknown_item
from dualcos.lab.conformance.profile_data import fields
from dualcos.lab.conformance.requirement_names import unknown_requirement
from dualcos.lab.conformance.routine_reach import RoutineReach, reach_of, reaches
from dualcos.lab.conformance.vector_forms import Overrides, each_of, regions
from dualcos.lab.conformance.vector_schema import (
    STEP_KINDS,
    Provenance,
    Routine,
    Routines,
    Unit,
    Vector,
    VectorStep,
)
from dualcos.textforms.field_rules import broken_rule
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from dualcos.textforms.text_files import UnreadableText, text_of

ROUTINES = "routines.json"
_LONGEST_TOLD = 600
NO_UNITS = frozenset((ROUTINES, "holes.json"))
"""What lies beside files of vectors and is none."""


class VectorError(Exception):
    """The file cannot be used; the message names file and field and says what is wrong, in a line."""

    def __init__(self, text: str) -> None:
        super().__init__(in_one_line(text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}…"))


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
    def items(self) -> tuple[str, ...]:
        """The standards' test items it is for."""
        return each_of(self.vector.item) or each_of(self.unit.item)

    @property
    def requirements(self) -> tuple[str, ...]:
        """The requirements it decides as a whole; a step may decide one of its own besides."""
        return each_of(self.vector.requirement) or each_of(self.unit.requirement)

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
        """True if a card in a reader can show it, one that is what it was made for."""
        return self.live and not self.white_box

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
    def common(self) -> bool:
        """True if it is for other cards than its own, as far as its conditions and what it overrides hold of them."""
        return bool(self.conditions) and not self.vector.random

    @property
    def white_box(self) -> bool:
        """True if it needs a card in process: scripted random numbers, power cuts, memory changed by hand."""
        steps = self.every_step()
        return bool(self.vector.random) or any(step.cut is not None or step.damage is not None for step in steps)

    @property
    def attended(self) -> bool:
        """True if it needs an operator, and a card that he can take into his hand: no routine does."""
        own = (*self.setup, *self.vector.steps, *self.vector.after)
        return any(step.operator is not None or step.pull is not None for step in own)

    @property
    def named(self) -> frozenset[str]:
        """What the expressions of its steps name: fields of the card's profile, keys, values kept, hex."""
        return frozenset().union(*map(_named, self.every_step()))

    def every_step(self) -> list[VectorStep]:
        """All steps, those of pulls, and of each routine as often as it is called otherwise."""
        found, seen = [*self.unit.setup, *self.vector.setup, *self.vector.steps, *self.vector.after], set[str]()
        for step in found:  # which grows
            if step.routine is not None and step.routine not in seen:
                seen.add(step.routine)
                found += self.routines[called(step.routine)[0]].steps
            if step.pull is not None:
                found += step.pull.send
        return found


def _named(step: VectorStep) -> frozenset[str]:
    if step.operator is None and step.pull is None and isinstance(step.expect, str):  # nearly always
        return _named_in(step.send, step.routine, step.times, step.when, step.expect)
    routine = (command_template.parse(step.routine),) if step.routine else ()
    return frozenset(name for node in (*expressions(step), *routine) for name in command_template.names(node))


@lru_cache(maxsize=8192)
def _named_in(send: str | None, routine: str | None, times: str, when: str, expect: str) -> frozenset[str]:
    return _named(VectorStep(send=send, routine=routine, times=times, when=when, expect=[expect]))


def expressions(step: VectorStep) -> Iterator[Node]:
    """What is computed for a step: for what it sends, how often and when, for what it expects, keeps and shows."""
    for piece in command_template.pieces(step.send or ""):
        if not isinstance(piece, bytes):
            yield piece
    texts = [text for text in (step.times, step.when) if text]
    for asked in (step.operator, step.pull):
        if asked is not None:
            texts += [shown.expression for text in (asked.zh, asked.en) for shown in shown_values(text)]
    for wanted in step.alternatives():
        texts += wanted.keep.values()
        texts += [mask[1:-1] for mask in wanted.masks if mask.startswith("{")]
        for text in (wanted.data, *wanted.tlv.values()):
            texts += answer_pattern.expressions(text or "")
    yield from map(command_template.parse, texts)


# --- reading -----------------------------------------------------------------------------------------------------


def load(path: Path, stacks: Stacks = STACKS) -> tuple[Case, ...]:
    """The vectors of a file, or of all files in a folder; ``stacks``: what may be on cards. Raises VectorError."""
    if path.is_dir():
        files = vector_files(path)
    elif path.is_file():
        files = [path]
    else:
        raise VectorError(f"{path}: no such vector file or folder")
    reading = _reading(stacks)
    found = [case for file in files for case in _load_file(file, reading)]
    _demand_unique(found)
    return tuple(found)


def load_text(text: str, path: Path, stacks: Stacks = STACKS) -> tuple[Case, ...]:
    """The vectors of a text that is not in its file yet; ``path``: where that will lie. Raises VectorError."""
    return tuple(_load_file(path, _reading(stacks), text))


class _Reading(NamedTuple):
    """What the files of one ``load`` are checked against: what may be on cards, the fields of profiles and regions of
    memory that gives, the files of routines read so far and how far each routine reaches.
    """

    stacks: Stacks
    fields: Collection[str]
    regions: Collection[str]
    routines: dict[Path, _RoutinesRead]


class _RoutinesRead(NamedTuple):
    named: Mapping[str, Routine]
    reaches: Mapping[str, RoutineReach]


def _reading(stacks: Stacks) -> _Reading:
    return _Reading(stacks, fields(stacks), regions(stacks), {})


def vector_files(folder: Path) -> list[Path]:
    """All files of vectors in a folder: every .json that begins a unit (data tables beside them do not)."""
    return [path for path in sorted(folder.rglob("*.json")) if path.name not in NO_UNITS]


def _demand_unique(cases: list[Case]) -> None:
    first: dict[str, Path] = {}
    for case in cases:
        if case.id in first:
            raise VectorError(f"{case.path}: id {case.id} is taken by {first[case.id]}")
        first[case.id] = case.path


def _load_file(path: Path, reading: _Reading, text: str | None = None) -> Iterator[Case]:
    unit = _decode(path, Unit, text)
    known = reading.regions
    routines, known_reaches = _routines(path, reading)
    _check_names(f"{path}: $", unit)
    _check_rules(f"{path}: $", unit)
    _check_steps(f"{path}: $.setup", unit.setup, routines, known)
    for at, vector in enumerate(unit.vectors):
        where = f"{path}: $.vectors[{at}] ({vector.id})"
        _check_vector(where, unit, vector, reading)
        for name in ("setup", "steps", "after"):
            _check_steps(f"{where}.{name}", getattr(vector, name), routines, known)
        case = Case(unit, vector, path, routines)
        _check_places(where, case, known_reaches)
        yield case


def _decode(path: Path, kind: type[Any], text: str | None = None) -> Any:  # noqa: ANN401 - the caller names the type
    """What stands in a file, or in ``text``, which will be that file."""
    try:
        text = text_of(path) if text is None else text
        found = from_json(text, kind)
        twice = named_twice(text)
    except BadText as error:
        raise VectorError(f"{path}: {error}") from None
    except UnreadableText as error:
        raise VectorError(str(error)) from None
    if twice:
        raise VectorError(f"{path}: an object has {twice} twice")
    return found


def _routines(path: Path, reading: _Reading) -> _RoutinesRead:
    """The routines of a vector file; none if there are none."""
    file = routines_of(path)
    if file is None:
        return _RoutinesRead({}, {})
    if file not in reading.routines:
        found: Routines = _decode(file, Routines)
        for name, routine in found.routines.items():
            _check_steps(f"{file}: $.routines.{name}.steps", routine.steps, found.routines, reading.regions)
            _check_rules(f"{file}: $.routines.{name}", routine)
        try:
            reading.routines[file] = _RoutinesRead(found.routines, reaches(found.routines))
        except TemplateError as error:
            raise VectorError(f"{file}: $.routines.{error}") from None
    return reading.routines[file]


def routines_of(path: Path) -> Path | None:
    """The file of routines nearest above a vector file; None if there is none."""
    files = (folder / ROUTINES for folder in path.resolve().parents)
    return next((file for file in files if file.is_file()), None)


def _check_places(where: str, case: Case, known: Mapping[str, RoutineReach]) -> None:
    """What is judged stands where it is judged, and is no more than can be played."""
    try:
        before, behind = (reach_of(each, known) for each in (case.setup, (*case.vector.steps, *case.vector.after)))
    except TemplateError as error:
        raise VectorError(f"{where}: {error}") from None
    if case.attended and not case.playable_live:
        raise VectorError(f"{where}: an operator has a card in a reader: live, and without white box")
    if case.live and (before.sends_less or behind.sends_less):
        raise VectorError(f"{where}: no reader passes on less than the four bytes of a header: live is false")
    if before.looks:
        raise VectorError(f"{where}.setup: state is compared with what the setup leaves: it belongs behind it")


def _check_names(where: str, named: Unit | Vector) -> None:
    """Items and requirements are those that are declared."""
    wrong = unknown_item(each_of(named.item)), unknown_requirement(each_of(named.requirement))
    for field, text in zip(("item", "requirement"), wrong, strict=True):
        if text is not None:
            raise VectorError(f"{where}.{field}: {text}")


def _check_rules(where: str, value: Struct) -> None:
    """What it declares of its fields together."""
    broken = broken_rule(value)
    if broken is not None:
        raise VectorError(f"{where}{broken}")


def _check_vector(where: str, unit: Unit, vector: Vector, reading: _Reading) -> None:
    stacks = reading.stacks
    _check_names(where, vector)
    _check_rules(where, vector)
    for flag in vector.flags:
        if flag not in unit.notes:
            raise VectorError(f"{where}.flags: {flag} is not explained in $.notes")
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
            applicability.check(condition, stacks, reading.fields)
        except applicability.ConditionError as error:
            raise VectorError(f"{where}.{name}: {error}") from None
    for label, draws in vector.random.items():
        if label not in labels(stacks):
            raise VectorError(f"{where}.random: {label!r} draws nothing; {', '.join(labels(stacks))} do")
        for draw in draws:
            if not command_template.is_hex(draw):
                raise VectorError(f"{where}.random.{label}: {draw!r} is not hex")


def _check_steps(where: str, steps: list[VectorStep], routines: Mapping[str, Routine], known: Collection[str]) -> None:
    for at, step in enumerate(steps):
        here = f"{where}[{at}]"
        _check_rules(here, step)
        kind = next(name for name in STEP_KINDS if getattr(step, name) is not None)
        inside = getattr(step, kind)
        if isinstance(inside, Struct):
            _check_rules(f"{here}.{kind}", inside)
        for region in _looked_at(step):
            if region not in known:
                raise VectorError(f"{here}.{kind}: {region!r} is none of {', '.join(known)}")
        if step.requirement and (unknown := unknown_requirement((step.requirement,))) is not None:
            raise VectorError(f"{here}.requirement: {unknown}")
        if step.operator is not None and (wrong := step.operator.fault()) is not None:
            raise VectorError(f"{here}.operator: {wrong}")
        for name, check in ((kind, _check_command), ("expect", _check_expectation)):
            try:
                check(step, routines)
            except (TemplateError, answer_pattern.PatternError) as error:
                raise VectorError(f"{here}.{name}: {error}") from None
        if step.pull is not None:
            _check_steps(f"{here}.pull.send", step.pull.send, routines, known)


def _looked_at(step: VectorStep) -> Iterator[str]:
    """The regions a step names."""
    if step.state is not None:
        yield from (*step.state.unchanged, *step.state.atomic)
    if step.damage is not None and step.damage.file is not None:
        yield step.damage.file.partition("/")[0]


def _check_command(step: VectorStep, routines: Mapping[str, Routine]) -> None:
    if step.send is not None:
        template_functions.check_template(step.send)
    for expression in (step.times, step.when):
        if expression:
            template_functions.check(command_template.parse(expression))
    for asked in (step.operator, step.pull):
        for text in (asked.zh, asked.en) if asked is not None else ():
            for shown in shown_values(text):
                template_functions.check(command_template.parse(shown.expression))
    if step.routine is not None:
        name, args = called(step.routine)
        for argument in args:
            template_functions.check(argument)
        if name not in routines:
            raise TemplateError(f"there is no routine {name}; {ROUTINES} has {', '.join(sorted(routines)) or 'none'}")
        if len(args) != len(routines[name].params):
            raise TemplateError(f"routine {name} takes {len(routines[name].params)} arguments, not {len(args)}")


def _check_expectation(step: VectorStep, routines: Mapping[str, Routine]) -> None:  # noqa: ARG001 - the checks share a shape
    for wanted in step.alternatives():
        if step.reset is not None and (wanted.sw != "9000" or (wanted.data is None and not wanted.tlv)):
            raise answer_pattern.PatternError("a reset answers no status word: its data are judged")
        if not wanted.masks:
            raise answer_pattern.PatternError("no status word is right")
        for mask in wanted.masks:
            if mask.startswith("{") and mask.endswith("}"):
                template_functions.check(command_template.parse(mask[1:-1]))
            else:
                answer_pattern.check_mask(mask)
        for text in (wanted.data, *wanted.tlv.values()):
            for expression in answer_pattern.expressions(text or ""):
                template_functions.check(command_template.parse(expression))
        for expression in wanted.keep.values():
            template_functions.check(command_template.parse(expression))
