"""Fault scripts (故障脚本): what shall go wrong, when, and what it is good for. A TOML file in, a checked value out.

Unknown fields are refused with their path. ``README.md`` beside this file explains every field, with an example;
kinds and their fields are ``dualcos/lab/faults/fault_kinds.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct, field

from cos.stacks import labels
from dualcos.lab.faults.fault_kinds import ON_RESET, Fault
from dualcos.textforms.field_rules import FieldRule, broken_rule
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import UnreadableText, text_of
from dualcos.textforms.what_is_wrong import what_is_wrong
from dualcos.textforms.whole_texts import NotBlank, whole

ENVIRONMENTS = labels()
"""What a rule may name on the cards of this COS."""
Name = Annotated[str, Meta(pattern=whole("[A-Za-z0-9][A-Za-z0-9 _.-]*"))]
Header = Annotated[str, Meta(pattern=whole("[0-9A-Fa-f?]{8}"))]
Count = Annotated[int, Meta(ge=1)]
_LONGEST_SCRIPT = 1 << 20


class ScriptError(Exception):
    """The fault script cannot be used; the message names the file, the field and what is wrong with it."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that goes wrong. ``fetched``: with the GET RESPONSE that fetches the command's data, not with it."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (
        FieldRule(
            "a reset has no command, environment or fetched",
            when=("event",),
            never=("command", "environment", "fetched"),
        ),
    )

    name: Annotated[Name, Meta(description="what the trace calls it; no other rule's name")]
    purpose: Annotated[NotBlank, Meta(description="what it is good for: which mistake of a terminal it shows")]
    clause: Annotated[NotBlank, Meta(description="条款: what a terminal must do then, and by which clause")]
    event: Annotated[Literal["command", "reset"], Meta(description="what it happens to")] = "command"
    command: Annotated[Header, Meta(description="CLA INS P1 P2, `?` any digit: `00B2????`")] = "????????"
    environment: Annotated[
        Annotated[str, Meta(extra_json_schema={"enum": list(ENVIRONMENTS)})] | None,
        Meta(description="应用环境: only while this environment answers"),
    ] = None
    fetched: Annotated[
        bool, Meta(description="with the GET RESPONSE 取响应 that fetches the data, not with the command")
    ] = False
    nth: Annotated[
        Count | Annotated[list[Count], Meta(min_length=1)] | Literal["every"],
        Meta(description="which time, from 1; or several; or `every`"),
    ] = 1
    chance: Annotated[float, Meta(gt=0, le=1, description="how likely then; drawn from the seed")] = 1.0
    fault: Annotated[Fault, Meta(description="故障: what goes wrong, by its `kind`")]

    def fits(self, header: bytes) -> bool:
        """True if ``header`` (CLA INS P1 P2) is one of the rule's commands."""
        return all(
            wanted in ("?", digit) for wanted, digit in zip(self.command.upper(), header.hex().upper(), strict=True)
        )

    def due(self, count: int) -> bool:
        """True if the fault is due the ``count``-th time (from 1)."""
        if self.nth == "every":
            return True
        return count in (self.nth if isinstance(self.nth, list) else (self.nth,))


class FaultScript(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole script: the rules in the order in which they are asked."""

    RULES: ClassVar[tuple[FieldRule, ...]] = (FieldRule("it has no rule, so nothing would go wrong", needs=("rule",)),)

    title: Annotated[NotBlank, Meta(description="what the script shows")]
    seed: Annotated[int, Meta(description="where its random numbers start")] = 0
    rules: Annotated[list[Rule], Meta(description="what goes wrong; asked in this order")] = field(name="rule")


def shipped() -> dict[str, Path]:
    """The scripts that come with the package, by name."""
    folder = Path(str(resources.files("dualcos.lab.faults")))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def file_of(name_or_path: str) -> Path:
    """Where the script is that is called so: one that comes with the package, or a path."""
    return shipped().get(name_or_path, Path(name_or_path))


def load(name_or_path: str, environments: Collection[str] = ENVIRONMENTS) -> FaultScript:
    """A script by the name of one that comes with the package, or by path. Raises ScriptError.

    ``environments``: the labels it may name.
    """
    try:
        text = text_of(file_of(name_or_path), most=_LONGEST_SCRIPT)
    except UnreadableText as error:
        raise ScriptError(f"fault script {error}; built in are {', '.join(shipped())}") from None
    return parse(text, name_or_path, environments)


def parse(text: str, source: str, environments: Collection[str] = ENVIRONMENTS) -> FaultScript:
    """A script from its text; ``source`` names it in errors. Raises ScriptError."""
    try:
        script = msgspec.convert(from_toml(text), FaultScript)
    except BadText as error:
        raise ScriptError(f"fault script {source}: {error}") from None
    except msgspec.ValidationError as error:
        raise ScriptError(f"fault script {source}: {what_is_wrong(error)}") from None
    for complaint in _complaints(script, environments):
        raise ScriptError(f"fault script {source}: {complaint}")
    return script


def _complaints(script: FaultScript, environments: Collection[str]) -> Iterator[str]:
    empty = broken_rule(script)
    if empty is not None:
        yield empty.said
    names = [rule.name for rule in script.rules]
    for at, rule in enumerate(script.rules):
        where = f"$.rule[{at}] ({rule.name})"
        if names.index(rule.name) != at:
            yield f"{where}: another rule has that name"
        if rule.environment not in (None, *environments):
            yield f"{where}.environment: {rule.environment!r} is none of {', '.join(environments)}"
        whole = isinstance(rule.fault, ON_RESET) and getattr(rule.fault, "bytes", None) is None
        if rule.event == "reset" and not whole:
            yield f"{where}.fault: at a reset a card can be mute, late, or pulled"
        for place, value in ((where, rule), (f"{where}.fault", rule.fault)):
            broken = broken_rule(value)
            if broken is not None:
                yield f"{place}{broken}"
