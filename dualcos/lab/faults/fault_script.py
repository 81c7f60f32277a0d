"""Fault scripts (故障脚本): what shall go wrong, when, and what it is good for. A TOML file in, a checked value out.

Unknown fields are refused with their path. ``README.md`` beside this file explains every field, with an example;
kinds and their fields are ``dualcos/lab/faults/fault_kinds.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from cos.stacks import labels
from dualcos.lab.faults.fault_kinds import ON_RESET, Fault, Truncate
from dualcos.textforms.json_and_toml import BadText, from_toml
from dualcos.textforms.text_files import UnreadableText, text_of
from dualcos.textforms.what_is_wrong import what_is_wrong

ENVIRONMENTS = labels()
"""What a rule may name on the cards of this COS."""
Text = Annotated[str, Meta(pattern=r"\S")]
Name = Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9 _.-]*$")]
Header = Annotated[str, Meta(pattern="^[0-9A-Fa-f?]{8}$")]
Count = Annotated[int, Meta(ge=1)]
_LONGEST_SCRIPT = 1 << 20


class ScriptError(Exception):
    """The fault script cannot be used; the message names the file, the field and what is wrong with it."""


class Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that goes wrong. ``fetched``: with the GET RESPONSE that fetches the command's data, not with it."""

    name: Name
    purpose: Text
    clause: Text
    event: Literal["command", "reset"] = "command"
    command: Header = "????????"
    environment: str | None = None
    fetched: bool = False
    nth: Count | list[Count] | Literal["every"] = 1
    chance: Annotated[float, Meta(gt=0, le=1)] = 1.0
    fault: Fault

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

    title: Text
    seed: int = 0
    rules: list[Rule] = field(name="rule")


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
    if not script.rules:
        yield "it has no rule, so nothing would go wrong"
    names = [rule.name for rule in script.rules]
    for at, rule in enumerate(script.rules):
        where = f"$.rule[{at}] ({rule.name})"
        if names.index(rule.name) != at:
            yield f"{where}: another rule has that name"
        if rule.environment not in (None, *environments):
            yield f"{where}.environment: {rule.environment!r} is none of {', '.join(environments)}"
        if rule.event == "reset":
            if not isinstance(rule.fault, ON_RESET) or getattr(rule.fault, "bytes", None) is not None:
                yield f"{where}.fault: at a reset a card can be mute, late, or pulled"
            if rule.command != "????????" or rule.environment is not None or rule.fetched:
                yield f"{where}: a reset has no command, environment or fetched"
        yield from (f"{where}.fault: {text}" for text in _contradictions(rule.fault))


def _contradictions(fault: Fault) -> Iterator[str]:
    if isinstance(fault, Truncate) and not fault.keep and not fault.status:
        yield "nothing would be left of the answer; that is kind mute"
    if getattr(fault, "bytes", None) is not None and not getattr(fault, "executed", True):
        yield "a command that never reached the card programs no bytes"
